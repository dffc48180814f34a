"""
The list of a report: every question with its verdict, answer, quotes, what was struck and why, and times.

Rows are details elements, which a browser lays out when they are opened: a list of hundreds stays quick, and complete
without a script. Knows nothing of the page around it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.gathered import Beside, Gathered
from eval.markup import CLASS, KIND, Shown, behind, link, many, safe, system_of
from eval.run import Record
from eval.runs import Run
from eval.verdicts import counted, groups, verdict
from tutor.handbook import Handbook
from tutor.links import NOTES

MOST_FOUND = 5  # passages told of each question


def questions(gathered: Gathered, shown: Shown, book: Handbook) -> str:
    records = gathered.records[: shown.rows]
    names = [place.group if (place := shown.places.of_question(record)) else "" for record in records]
    rows = [
        _question(record, number, name, shown, gathered.beside)
        for number, (record, name) in enumerate(zip(records, names, strict=True), 1)
    ]
    more = len(gathered.records) - len(records)
    left = f"<p class=quiet>{many(more, 'further question')} in the run's folder.</p>" if more else ""
    form = _filter(records, [name for name in groups(book) if name in names])
    return form + "".join(rows) + left


def _filter(records: Sequence[Record], sections: Sequence[str]) -> str:
    kinds = [kind for kind in KIND if any(record.kind == kind for record in records)]
    verdicts = [(name, f"{name} ({count})") for name, count in counted(records).items() if count]

    def choice(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
        told = "".join(f'<option value="{safe(value)}">{safe(text)}</option>' for value, text in options)
        return f'<label>{label}<select name="{name}"><option value="">all</option>{told}</select></label>'

    return (
        '<form class="filter" hidden>'
        '<label class="grow">Words in the question or the answer<input type="search" name="text" '
        'autocomplete="off"></label>'
        + choice("verdict", "Verdict", verdicts)
        + choice("kind", "Kind", [(kind, KIND[kind]) for kind in kinds])
        + (choice("section", "Section", [(name, name) for name in sections]) if sections else "")
        + '<button type="reset">Show all</button><output aria-live="polite"></output></form>'
    )


def _question(record: Record, number: int, section: str, shown: Shown, beside: Beside | None) -> str:
    word = verdict(record)
    other = beside.records.get(record.id) if beside else None
    block = ""
    if beside and other:
        block = (
            f'<div class="other"><h4>{safe(system_of(beside.run))}: {verdict(other)}</h4>'
            f"{_answer(other, shown)}{_scores(other)}</div>"
        )
    return (
        f'<details class="one-question" id="q{number}" data-kind="{safe(record.kind)}" data-verdict="{word}" '
        f'data-section="{safe(section)}"><summary><span class="what"><span class="swatch {CLASS[word]}"></span>{word}'
        f'</span><span class="asked" dir="auto">{safe(shown.cut(record.question))}</span></summary><div class="body">'
        f"{_about(record, section, shown)}{_answer(record, shown)}{_scores(record)}{_behind(record, shown)}{block}"
        "</div></details>\n"
    )


def _behind(record: Record, shown: Shown) -> str:
    """What was expected, and which passages were found; runs of older versions do not tell."""
    parts = []
    facts = (record.gold or {}).get("facts") or []
    if facts:
        items = "".join(f"<li>{safe(shown.cut(' / '.join(map(str, fact))))}</li>" for fact in facts)
        parts.append(f"<h4>Facts of a right answer</h4><ul>{items}</ul>")
    if record.found:
        items = "".join(f"<li>{_passage(one, shown)}</li>" for one in record.found[:MOST_FOUND])
        parts.append(f"<h4>Passages found, best first</h4><ol>{items}</ol>")
    return behind("What was expected and found", "".join(parts)) if parts else ""


def _passage(one: Mapping[str, Any], shown: Shown) -> str:
    heading = f": {safe(shown.cut(str(one.get('heading') or '')))}" if shown.quotes and one.get("heading") else ""
    return f"{link(str(one.get('url', '')), shown)}{heading}"


def _about(record: Record, section: str, shown: Shown) -> str:
    parts = [safe(record.id), KIND.get(record.kind, safe(record.kind))]
    if record.why:
        parts.append(safe(record.why))
    if record.turn > 1:
        parts.append(f"turn {record.turn} of its conversation")
    if record.page:
        parts.append(f"asked of {link(record.page, shown)}")
    if section:
        parts.append(safe(section))
    return f'<p class="facts">{"; ".join(parts)}</p>'


def _answer(record: Record, shown: Shown) -> str:
    if record.unscored:
        return f'<p class="notice">Not scored: {safe(shown.cut(record.unscored))}</p>'
    parts = []
    if opening := _opening(record):
        parts.append(f'<p dir="auto">{safe(shown.cut(opening))}</p>' if shown.quotes else "")
    if record.stated:
        items = "".join(_statement(one, shown) for one in record.stated)
        parts.append(f'<ol class="statements">{items}</ol>')
    elif not record.declined and record.answer and shown.quotes:
        parts.append(f'<p dir="auto">{safe(shown.cut(record.answer))}</p>')
    if not shown.quotes and not parts and not record.declined:
        parts.append('<p class="quiet">The answer rests on no quote.</p>')
    return "".join(parts) + _struck(record, shown)


def _opening(record: Record) -> str:
    """What an answer says before its first statement, or all of an answer that declines."""
    if record.declined:
        return record.answer
    first = str(record.stated[0].get("text", "")) if record.stated else ""
    at = record.answer.find(first) if first else 0
    return record.answer[:at].strip() if at > 0 else ""


def _statement(one: Mapping[str, Any], shown: Shown) -> str:
    text, quotes = str(one.get("text", "")), [quote for quote in one.get("quotes", ()) if isinstance(quote, Mapping)]
    # A sentence that was written may hold words of an article that the Writer saw, whatever it cites.
    ours = bool(quotes) and all(str(quote.get("link", "")).startswith(NOTES) for quote in quotes) and one.get("quoted")
    open_to_all = shown.quotes or ours
    links = ", ".join(link(str(quote.get("link", "")), shown) for quote in quotes) or "no source"
    how = "a quote" if one.get("quoted") else f"written, support {float(one.get('support') or 0.0):.2f}"
    said = f'<span dir="auto">{safe(shown.cut(text))}</span>' if open_to_all else ""
    cited = ""
    if open_to_all:
        told = (str(quote.get("text", "")) for quote in quotes)
        different = [one for one in told if " ".join(one.split()) != " ".join(text.split())]
        cited = "".join(f'<blockquote dir="auto">{safe(shown.cut(one))}</blockquote>' for one in different)
    return f'<li>{said}<span class="by">{how}; {links}</span>{cited}</li>'


def _struck(record: Record, shown: Shown) -> str:
    if not record.struck:
        return ""
    title = f"{many(len(record.struck), 'sentence')} struck"
    if not shown.quotes:
        return f'<p class="facts">{title}</p>'
    items = "".join(
        f'<li><s dir="auto">{safe(shown.cut(str(one.get("text", ""))))}</s> {safe(shown.cut(_why(one)))}</li>'
        for one in record.struck
    )
    return f'<h4>{title}</h4><ul class="struck">{items}</ul>'


def _why(one: Mapping[str, Any]) -> str:
    reason = str(one.get("reason") or "")
    support = f"support {float(one.get('support') or 0.0):.2f}"
    return f"({reason}; {support})" if reason else f"({support})"


def _scores(record: Record) -> str:
    if record.unscored:
        return ""
    told = []
    if record.kind in ("answerable", "conversation"):
        told.append(f"right page at rank {record.rank}" if record.rank else "right page not found")
        told.append(f"gold sentence {'in' if record.in_evidence else 'not in'} the evidence")
        if not record.declined:
            told.append(f"gold sentence {'cited' if record.gold_cited else 'not cited'}")
    if record.facts and not record.declined:
        told.append(f"{record.facts_stated} of {many(record.facts, 'fact')} stated")
    if record.resources and not record.declined:
        told.append(f"{record.resources_named} of {many(record.resources, 'resource')} named")
    if record.chapter_right is not None:
        told.append(f"{'right' if record.chapter_right else 'another'} chapter")
    told.append(f"chance {record.chance:.2f}")
    times = [f"evidence {record.evidence_ms:,.0f} ms", f"answer {record.total_ms:,.0f} ms"]
    if record.first_word_ms is not None:
        times.insert(1, f"first word {record.first_word_ms:,.0f} ms")
    if record.prompt_tokens:
        times.append(f"{record.prompt_tokens} tokens read, {record.output_tokens} written")
    return f'<p class="facts">{"; ".join(told)}<br>{"; ".join(times)}</p>'


def rows_of(run: Run, shown: Shown) -> str:
    """The records of a run of another kind: their fields. Without quotes only ids, numbers and yes or no."""
    items = []
    for row in run.rows[: shown.rows]:
        fields = {name: value for name, value in row.items() if name != "id" and (shown.quotes or _plain(value))}
        told = "".join(
            f"<dt>{safe(name)}</dt><dd>{safe(shown.cut(_value(value)))}</dd>" for name, value in fields.items()
        )
        items.append(
            f'<details class="one-question"><summary><span class="what">{safe(str(row["id"])[:80])}</span>'
            f'<span class="asked" dir="auto">{safe(shown.cut(_named(row))) if shown.quotes else ""}</span></summary>'
            f'<div class="body"><dl class="fields">{told}</dl></div></details>'
        )
    return "".join(items)


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _value(value: object) -> str:
    return (
        {True: "yes", False: "no", None: "–"}.get(value, str(value))
        if value is None or isinstance(value, bool)
        else str(value)
    )


def _named(row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in ("question", "statement", "given", "goal") if row.get(name)), "")
