"""
A report of a run that people read: one HTML file that needs nothing else, no network and no other file.

    tutor eval show last --html report.html                  for a person
    tutor eval show last --html report.html --no-quotes      to be given away: no sentence of an article is in it

Whatever was read or asked is text in it, never markup; only addresses of the web become links; its own policy lets it
run its own script alone and fetch nothing. It says everything without the script, which only filters. Knows nothing of
how a figure is measured.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from eval import curves, metrics, plots
from eval.gathered import ANSWERED, Beside, Difference, Flip, Gathered, Headline
from eval.plots import Axis, percent
from eval.run import Record
from eval.runs import Run
from eval.verdicts import (
    AIMS,
    COLUMNS,
    HEAD,
    PARTLY,
    RIGHT,
    RIGHTLY,
    UNSCORED,
    WRONG,
    WRONGLY,
    Places,
    Strength,
    counted,
    groups,
    strengths,
    verdict,
)
from tutor import handbook as handbooks
from tutor.check import SUPPORTED
from tutor.handbook import Handbook
from tutor.links import NOTES

MOST_BYTES = 4_800_000  # of a file; texts are shortened until it is smaller
CLIPS = (
    4_000,
    1_200,
    500,
    200,
    80,
    20,
)  # characters of a text, at most, one after the other until the file is small enough
MOST_ROWS = 2_000  # questions listed
PERCENT = "\N{NO-BREAK SPACE}%"

_CLASS = {
    RIGHT: "right",
    PARTLY: "partly",
    WRONG: "wrong",
    RIGHTLY: "rightly",
    WRONGLY: "wrongly",
    UNSCORED: "unscored",
}
_KIND = {
    "answerable": "about a page", "unanswerable": "without an answer", "handbook": "about the handbook",
    "conversation": "in a conversation",
}  # fmt: skip
# What a figure says, in a line.
_SAYS = {
    "right page in five": "a passage of a page that answers is among the first five found",
    "gold sentence in evidence": "a sentence known to answer is in the evidence",
    "facts in answer": "facts that a right answer states and this one does",
    "unanswerable declined": "nothing that was read answers it, and the tutor says so",
    "answerable declined": "a page answers it, and the tutor says that none does",
    "citations that exist": "the quoted words stand in the source, letter for letter",
    "handbook questions right": "every fact and resource that belongs to it, and the right chapter",
    "follow-up: page in five": "the same for questions that lean on those before them",
    "evidence p95 ms": "until the evidence is shown, for 95 of 100 questions",
    "first word p95 ms": "until the first written word, for 95 of 100 questions",
    "whole answer p95 ms": "until the answer is complete, for 95 of 100 questions",
}
_LIMITS = (
    "Whether a sentence truly follows from its quotes is judged by the tutor's own check, whose errors are measured "
    "apart "
    "(Checks and people); whether it reads well, and whether people learn from it, is not measured at all.",
    "A page or a sentence that answers, but that nobody named when the question was written, counts as none: figures "
    "of finding are a little too low rather than too high.",
    "Facts are looked for by their wordings. An answer that says a fact in other words misses it, and one that names "
    "the "
    "words in a wrong sentence is given it.",
    "Partly means that something of the answer is there. One fact of three is not wrong here.",
    "Intervals say what other questions of the same kind might have given, not what other authors would ask. Figures "
    "over "
    "fewer than thirty questions say little.",
    "How many of the questions have no answer decides how risk lies over coverage; curves of different sets cannot be "
    "compared.",
    "Times are those of the machine named below, with whatever else it was doing.",
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """How much of a text is shown: no article text without `quotes`, no more than `clip` characters of any."""

    quotes: bool
    clip: int
    places: Places

    def cut(self, text: str) -> str:
        text = " ".join(text.split())
        return text if len(text) <= self.clip else text[: self.clip - 1] + "…"


def html(gathered: Gathered, *, quotes: bool = True, book: Handbook | None = None) -> str:
    """
    The report as an HTML document smaller than 5 MB, whatever was asked and answered.

    Without `quotes`: questions, verdicts, links and the tutor's own notes, but no text of anybody else's.
    """
    book = book or handbooks.load()
    places = Places(book, gathered.chapters)
    page = ""
    for clip in CLIPS:
        page = _document(gathered, _Shown(quotes, clip, places), book)
        if len(page.encode()) < MOST_BYTES:
            break
    return page


# -- the document -----------------------------------------------------------------------------------------------------


def _document(gathered: Gathered, shown: _Shown, book: Handbook) -> str:
    style = files("eval").joinpath("static/report.css").read_text(encoding="utf-8")
    script = files("eval").joinpath("static/report.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [(name, title, body) for name, title, body in _sections(gathered, shown, book) if body]
    contents = "".join(f'<li><a href="#{name}">{_text(title)}</a></li>' for name, title, _ in parts)
    bodies = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{_text(title)}</h2>{body}</section>'
        for name, title, body in parts
    )
    title = f"{_title(gathered.run)}, {_day(gathered.run)}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{_text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#{parts[0][0]}">To the figures</a>\n'
        f'{_top(gathered)}<main>\n<nav class="contents" aria-label="Contents"><ul>{contents}</ul></nav>\n{bodies}\n'
        f"</main>\n{_foot(shown)}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _sections(gathered: Gathered, shown: _Shown, book: Handbook) -> Iterable[tuple[str, str, str]]:
    records = gathered.records
    yield "figures", "Headline figures", _figures(gathered)
    yield "beside", "Beside another run", _beside(gathered)
    yield "weak", "Where in the handbook", _map(records, book, shown.places)
    yield "plots", "Declining, finding, time", _plots(gathered)
    yield "people", "Checks and people", _people(gathered)
    if gathered.run.kind in ANSWERED:
        yield "questions", "Every question", _questions(gathered, shown, book)
    else:
        yield "rows", "Every row", _rows(gathered.run, shown)
    yield "recipe", "What it was made of", _recipe(gathered)
    yield "limits", "What the figures do not say", _limits(gathered)


def _title(run: Run) -> str:
    return {"answers": "How well the tutor answers", "set": "How well the tutor answers"}.get(
        run.kind, f"Run of {run.kind}"
    )


def _top(gathered: Gathered) -> str:
    run, records = gathered.run, gathered.records
    said = [f"{_many(len(run.rows), 'question' if records else 'row')}, asked on {_day(run)}"]
    if "model" in run.recipe:
        wrote = (
            "without a model that writes"
            if run.recipe["model"] == "quotes only"
            else f"written by {run.recipe['model']}"
        )
        said[0] += f", {wrote}"
    if judged := [one for one in gathered.headlines if one.met is not None]:
        said.append(f"{sum(bool(one.met) for one in judged)} of {len(judged)} targets are met")
    if held := [one for one in [*gathered.headlines, *gathered.others] if one.held is not None]:
        sunk = sum(not one.held for one in held)
        said.append(f"{_many(sunk, 'figure')} below the floor" if sunk else "no figure is below its floor")
    tally = _tally(records) if records else ""
    return (
        f'<header class="top"><p class="kind">Evaluation report: {_text(run.name)}</p><h1>{_text(_title(run))}</h1>'
        f'<p class="lede">{_text(". ".join(one[:1].upper() + one[1:] for one in said))}.</p>{tally}</header>\n'
    )


def _tally(records: Sequence[Record]) -> str:
    """A bar of all verdicts, and how many there are of each, leading to the questions."""
    counts = {name: count for name, count in counted(records).items() if count}
    spans = "".join(f'<span class="{_CLASS[name]}" style="flex: {count}"></span>' for name, count in counts.items())
    items = "".join(
        f'<li><a href="#questions" data-filter="verdict" data-value="{name}">'
        f'<span class="swatch {_CLASS[name]}"></span><b>{count}</b> {name}</a></li>'
        for name, count in counts.items()
    )
    return f'<div class="bar" aria-hidden="true">{spans}</div><ul class="tally">{items}</ul>'


def _foot(shown: _Shown) -> str:
    left_out = (
        "" if shown.quotes else " No text of an article is in this file: of answers and quotes it has the links alone."
    )
    cut = (
        "" if shown.clip == CLIPS[0] else f" Texts longer than {shown.clip} characters were shortened to keep it small."
    )
    return f"<footer><p>One file; it asks nothing of any network.{left_out}{cut}</p></footer>"


# -- figures ----------------------------------------------------------------------------------------------------------


def _figures(gathered: Gathered) -> str:
    rows = "".join(_headline(one, gathered) for one in gathered.headlines)
    floors_known = gathered.floor is not None
    trend = len(gathered.history) > 1
    heads = ["Figure", "Value", "95 % interval", "Target"] + ["Floor"] * floors_known + ["Trend"] * trend
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    missing = []
    if not floors_known:
        missing.append("No floors were measured on these questions and texts with this model and encoder.")
    if not trend:
        missing.append("This is the first finished run with these questions, so there is no trend yet.")
    return (
        f'<table class="headline"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        + "".join(f'<p class="quiet">{one}</p>' for one in missing)
        + _history(gathered)
        + _others(gathered.others)
    )


def _headline(one: Headline, gathered: Gathered) -> str:
    whole = one.target is not None
    says = f"<small>{_text(_SAYS[one.name])}</small>" if one.name in _SAYS else ""
    over = f"<small>{_many(one.questions, 'question')}</small>" if one.questions else ""
    interval = _interval(one.interval, one.name, whole) if one.interval else "–"
    cells = [
        f'<td data-name="Value"><span class="value">{figure(one.name, one.value, whole)}</span>{over}</td>',
        f'<td data-name="95 % interval">{interval}{_drawn(one)}</td>',
        f'<td data-name="Target">{_target(one)}</td>',
    ]
    if gathered.floor is not None:
        cells.append(f'<td data-name="{"Ceiling" if one.ceiling else "Floor"}">{_floor(one, whole)}</td>')
    if len(gathered.history) > 1:
        told = f"{len(one.trend)} runs: " + ", ".join(figure(one.name, value, whole) for value in one.trend)
        cells.append(f'<td data-name="Trend">{plots.spark(one.trend, told) if len(one.trend) > 1 else "–"}</td>')
    return f'<tr><th scope="row">{_text(_name(one.name))}{says}</th>{"".join(cells)}</tr>'


def _drawn(one: Headline) -> str:
    """The interval as a picture, of a share."""
    if one.interval is None or one.name.endswith(" ms") or not 0 <= one.value <= one.interval[1] <= 1:
        return ""
    return plots.span(one.value, one.interval, one.target)


def _target(one: Headline) -> str:
    if one.target is None:
        return '<span class="quiet">none</span>'
    bound = f"at {'most' if one.ceiling else 'least'} {figure(one.name, one.target, True)}"
    if one.met:
        return f'<span class="met">met</span><small>{bound}</small>'
    short = abs(one.value - one.target)
    by = figure(one.name, short, True) if one.name.endswith(" ms") else f"{100 * short:.1f} points"
    return f'<span class="missed">not met</span><small>{bound}; off by {by}</small>'


def _floor(one: Headline, whole: bool) -> str:
    if one.floor is None:
        return '<span class="quiet">none</span>'
    word = '<span class="held">held</span>' if one.held else '<span class="sunk">not held</span>'
    return f"{word}<small>{figure(one.name, one.floor, whole)}</small>"


def _history(gathered: Gathered) -> str:
    if len(gathered.history) < 2:
        return ""
    rows = [
        [one.name, _day(one), one.recipe.get("model", ""), one.recipe.get("corpus", "")] for one in gathered.history
    ]
    return _more("The runs of the trend", _table(["Run", "Day", "Model", "Texts"], rows))


def _others(others: Sequence[Headline]) -> str:
    if not others:
        return ""
    rows = [
        [_name(one.name), figure(one.name, one.value), _interval(one.interval, one.name) if one.interval else "–",
         f"{figure(one.name, one.floor)}, {'held' if one.held else 'not held'}" if one.floor is not None else "–"]
        for one in others
    ]  # fmt: skip
    return _more(f"{_many(len(others), 'further figure')}", _table(["Figure", "Value", "95 % interval", "Floor"], rows))


def figure(name: str, value: float, share: bool = False) -> str:
    """A figure as people read it: times with their unit, shares in per cent, all else with three decimals."""
    if name.endswith(" ms"):
        return f"{value:,.0f} ms"
    if share and 0 <= value <= 1:
        return f"{100 * value:.1f}{PERCENT}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _interval(bounds: tuple[float, float], name: str, share: bool = False) -> str:
    low, high = (figure(name, one, share) for one in bounds)
    unit = next((unit for unit in (PERCENT, " ms") if low.endswith(unit)), "")
    return f"{low.removesuffix(unit)} to {high}"


def _name(name: str) -> str:
    plain = name.removesuffix(" ms").replace(" p95", ", 95th percentile").replace(" median", ", median")
    return plain[:1].upper() + plain[1:]


# -- beside another run -----------------------------------------------------------------------------------------------


def _beside(gathered: Gathered) -> str:
    beside = gathered.beside
    if beside is None:
        return ""
    other = _system(beside.run)
    rows = "".join(_difference(one) for one in beside.differences)
    head = "".join(
        f'<th scope="col">{_text(one)}</th>' for one in ("Figure", "This run", other, "Difference", "95 % interval")
    )
    scored = sum(not r.unscored for r in beside.records.values())
    lost = [flip for flip in beside.flips if not flip.gained]
    gained = [flip for flip in beside.flips if flip.gained]
    numbers = {record.id: at for at, record in enumerate(gathered.records, 1)}
    return (
        f"<p>{_text(beside.run.name)} ({_text(other)}) was asked {_many(scored, 'question')} of this run too; both are "
        "judged by the same gold, over those. A difference is the other's minus this run's; its interval draws the "
        "same "
        "questions for both.</p>"
        f'<table class="headline"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        + _flips(f"{_many(len(lost), 'question')} only this run has right", lost, numbers)
        + _flips(f"{_many(len(gained), 'question')} only {other} has right", gained, numbers)
    )


def _system(run: Run) -> str:
    return run.recipe.get("system") or f"the tutor, {run.recipe.get('model', 'another run')}"


def _difference(one: Difference) -> str:
    lower = one.name.endswith(" ms") or one.name == "answerable declined"
    gap = one.other - one.value
    sure = one.interval is not None and (one.interval[0] > 0 or one.interval[1] < 0)
    word = "no clear difference"
    if sure:
        word = "the other is better" if (gap < 0) == lower else "this run is better"
    kind = "" if not sure else "worse" if word.startswith("the other") else "better"
    told = _signed(f"{gap:+,.0f} ms" if one.name.endswith(" ms") else f"{100 * gap:+.1f} points")
    interval = "–"
    if one.interval:
        form = "{:+,.0f}" if one.name.endswith(" ms") else "{:+.1f}"
        low, high = (form.format(bound if one.name.endswith(" ms") else 100 * bound) for bound in one.interval)
        interval = _signed(f"{low} to {high}")
    return (
        f'<tr><th scope="row">{_text(_name(one.name))}</th>'
        f'<td data-name="This run"><span class="value">{figure(one.name, one.value, True)}</span></td>'
        f'<td data-name="The other"><span class="value">{figure(one.name, one.other, True)}</span></td>'
        f'<td data-name="Difference">{told}<small class="{kind}">{word}</small></td>'
        f'<td data-name="95 % interval">{interval}</td></tr>'
    )


def _signed(text: str) -> str:
    """Numbers with true minus signs, and nothing in front of a zero."""
    return re.sub(r"[+-](0(?:\.0+)?)(?![\d.])", r"\1", text).replace("-", "−")


def _flips(title: str, flips: Sequence[Flip], numbers: Mapping[str, int]) -> str:
    if not flips:
        return ""
    items = "".join(
        f'<li><a href="#q{numbers[flip.record.id]}">{_text(flip.record.question)}</a> '
        f'<span class="quiet">{verdict(flip.record)}; the other: {verdict(flip.other)}</span></li>'
        for flip in flips
    )
    return _more(title, f"<ul>{items}</ul>")


# -- where in the handbook --------------------------------------------------------------------------------------------


def _map(records: Sequence[Record], book: Handbook, places: Places) -> str:
    sections = strengths(records, book, places)
    if not any(section.questions for section in sections):
        return ""
    heads = "".join(f"<span>{column}</span>" for column in COLUMNS)
    rows = "".join(_section(section) for section in sections)
    aims = ", ".join(
        f"{column} at {'most' if column == 'declined' else 'least'} {percent(aim)}" for column, aim in AIMS.items()
    )
    return (
        "<p>The questions that a page answers, by the section and chapter they belong to. The warmer a field, "
        "the "
        f"further it is from its target ({aims}). Open a section for its chapters.</p>"
        f'<div class="map"><div class="row heads" aria-hidden="true"><span></span>{heads}</div>{rows}</div>'
        '<p class="key" aria-hidden="true"><span><span class="cell" style="--by: 0%"></span>on target</span>'
        '<span><span class="cell" style="--by: 80%"></span>far from it</span>'
        '<span><span class="cell few" style="--by: 40%"></span>fewer than five questions</span>'
        '<span><span class="cell none"></span>no question</span></p>'
    )


def _section(section: Strength) -> str:
    if not section.parts:
        return f'<div class="plain">{_row(section)}</div>'
    chapters = "".join(_row(part) for part in section.parts if part.questions)
    silent = [part.name for part in section.parts if not part.questions and part.name != HEAD]
    if silent:
        chapters += f'<p class="quiet">No question is about {_text("; ".join(silent))}.</p>'
    if section.questions:
        name = _text(section.name)
        chapters += (
            f'<p><a href="#questions" data-filter="section" data-value="{name}">Its questions in the list</a></p>'
        )
    return f'<details><summary>{_row(section)}</summary><div class="chapters">{chapters}</div></details>'


def _row(part: Strength) -> str:
    cells = "".join(_cell(column, part.figures[column]) for column in COLUMNS)
    return f'<div class="row"><span class="name">{_text(part.name)}</span>{cells}</div>'


def _cell(column: str, value: tuple[float, int] | None) -> str:
    if value is None:
        return f'<span class="cell none"><span class="only-read">{column}: </span>–<small>no question</small></span>'
    share, over = value
    few, by = " few" if over < 5 else "", f"{100 * _weakness(column, share):.0f}%"
    return (
        f'<span class="cell{few}" style="--by: {by}"><span class="only-read">{column}: </span>{percent(share)}'
        f"<small>of {over}</small></span>"
    )


def _weakness(column: str, share: float) -> float:
    """How far a figure is from its target, 0 (reached) to 1 (as far as can be, and long before for declining)."""
    aim = AIMS[column]
    short = (share - aim) / 0.3 if column == "declined" else (aim - share) / (aim * 0.6)
    return min(1.0, max(0.0, short))


# -- plots ------------------------------------------------------------------------------------------------------------


def _plots(gathered: Gathered) -> str:
    records = gathered.records
    drawn = [_risk(records), _words(gathered.retrieval), _times(records)]
    if "system" not in gathered.run.recipe:  # another one's chances are held against no cut
        drawn.insert(1, _answered(records))
    figures = "".join(one for one in drawn if one)
    return f'<div class="plots">{figures}</div>' if figures else ""


def _plot(title: str, reading: str, picture: str, names: Sequence[str], numbers: str) -> str:
    key = plots.legend(names) if len(names) > 1 else ""
    return (
        f"<figure><figcaption><h3>{_text(title)}</h3><p>{_text(reading)}</p></figcaption>{picture}{key}"
        f"{_more('The numbers', numbers)}</figure>"
    )


def _risk(records: Sequence[Record]) -> str:
    if len(curves.judged(records)) < 2:
        return ""
    both = {"by evidence": curves.by_evidence(records), "by answer": curves.by_answer(records)}
    known = {
        name: [(p.coverage, p.risk) for p in one.points if p.coverage >= curves.FROM] for name, one in both.items()
    }
    known = {name: points for name, points in known.items() if points}
    if not known:
        return ""
    worst = max(risk for points in known.values() for _, risk in points)
    top = next(top for top in (0.1, 0.2, 0.25, 0.5, 1.0) if worst <= top)
    works = {
        "by evidence": curves.working(records, curves.wrong_by_evidence),
        "by answer": curves.working(records, curves.wrong_by_answer),
    }
    marks = [(works[name].coverage, works[name].risk, at) for at, name in enumerate(known)]
    drawn = [plots.Curve(name, points) for name, points in known.items()]
    told = "Risk over coverage. " + " ".join(
        f"Now {percent(works[name].coverage)} answered, {percent(works[name].risk)} of it wrong {name}; area "
        f"{both[name].area:.3f}."
        for name in known
    )
    picture = plots.plot(told, plots.shares("answered, of all questions"), plots.shares("wrong", top), drawn, marks)
    rows = [
        [percent(at / 10), *(_at(known.get(name, ()), at / 10) for name in both)] for at in range(1, 11)
    ]  # fmt: skip
    areas = [
        [f"{label} {name}", f"{value:.3f}"]
        for name, one in both.items()
        for label, value in (("area", one.area), ("at best", one.least), ("blind", one.blind))
    ]
    numbers = _table(["Answered", "Wrong by evidence", "Wrong by answer"], rows) + _table(["Area under", ""], areas)
    return _plot(
        "Risk and coverage",
        "The more of all questions are answered (to the right), the more of the answers are wrong; a low, flat line "
        "means "
        "that the tutor knows what it does not know. The dots are where it works now.",
        picture,
        list(known),
        numbers,
    )


def _at(points: plots.Points, coverage: float) -> str:
    """The risk of a curve at a coverage; a dash where it does not reach so far."""
    beyond = next((risk for x, risk in points if x >= coverage - 1e-9), None)
    return "–" if beyond is None else percent(beyond)


def _answered(records: Sequence[Record]) -> str:
    kinds = {name: chances for name, chances in sorted(curves.kinds(records).items()) if chances}
    if len(kinds) < 2:
        return ""
    steps = [n / 50 for n in range(51)]
    found = {
        name: [(cut, metrics.mean([float(chance >= cut) for chance in chances])) for cut in steps]
        for name, chances in list(kinds.items())[:4]
    }
    from tutor import decide

    drawn = [plots.Curve(name, points) for name, points in found.items()]
    at_cut = {name: metrics.mean([float(c >= decide.CUT) for c in kinds[name]]) for name in found}
    told = f"Share answered by the chance from which is answered. At the cut of {decide.CUT:.2f}: " + ", ".join(
        f"{name} {percent(share)}" for name, share in at_cut.items()
    )
    across = Axis(0.0, 1.0, tuple((n / 5, f"{n / 5:.1f}") for n in range(6)), "chance from which on is answered")
    picture = plots.plot(told, across, plots.shares("answered"), drawn, lines=[(decide.CUT, f"cut {decide.CUT:.2f}")])
    rows = [[f"{cut:.2f}", *(percent(dict(points)[cut]) for points in found.values())] for cut in steps[::5]]
    rows.append([f"{decide.CUT:.2f}, the cut", *(percent(at_cut[name]) for name in found)])
    names = [f"{name} ({len(kinds[name])})" for name in found]
    return _plot(
        "What the rule for declining tells apart",
        "The share of each kind that would be answered if the tutor asked for more or less chance of being right; the "
        "further apart the lines of what can and what cannot be answered, the better.",
        picture,
        names,
        _table(["Chance", *names], rows),
    )


def _words(retrieval: Run | None) -> str:
    """Recall by words; empty where no retrieval run tells it, or tells it in a way that is not known here."""
    told = retrieval.summary.get("recall by words") if retrieval else None
    if not isinstance(told, Mapping) or not isinstance(words := told.get("words"), list) or len(words) < 2:
        return ""
    known = {
        label: list(zip(map(float, words), map(float, values), strict=False))
        for key, label in (("shown", "the evidence that is shown"), ("found", "the passages as they were found"))
        if isinstance(values := told.get(key), list) and len(values) == len(words)
    }
    if retrieval is None or not known:
        return ""
    high = float(max(words))
    across = Axis(0.0, high, tuple((float(n), f"{n:,.0f}") for n in _ticks(words)), "words read")
    said = "Share of questions whose gold sentence was read within so many words: " + "; ".join(
        f"{label}: " + ", ".join(f"{x:.0f} words {percent(y)}" for x, y in points) for label, points in known.items()
    )
    drawn = [plots.Curve(label, [(0.0, 0.0), *points], dots=True) for label, points in known.items()]
    rows = [[f"{n:,.0f}", *(percent(points[at][1]) for points in known.values())] for at, n in enumerate(words)]
    return _plot(
        "Recall by words sent",
        "How often a sentence that answers has been read after so many words; a line that rises early means short "
        f"prompts. From {retrieval.name}, {_many(len(retrieval.rows), 'question')} of this run on the same texts.",
        plots.plot(said, across, plots.shares("gold sentence read"), drawn),
        list(known),
        _table(["Words", *known], rows),
    )


def _ticks(words: Sequence[float]) -> list[float]:
    """The values to be named on an axis: those that stand far enough apart."""
    kept: list[float] = []
    for value in sorted(words):
        if not kept or value - kept[-1] >= max(words) / 9:
            kept.append(value)
    return kept


def _times(records: Sequence[Record]) -> str:
    scored = [record for record in records if not record.unscored]
    series = {
        "evidence": [r.evidence_ms for r in scored if r.evidence_ms > 0],
        "first word": [r.first_word_ms for r in scored if r.first_word_ms],
        "whole answer": [r.total_ms for r in scored if r.total_ms > 0],
    }
    series = {name: values for name, values in series.items() if len(values) > 1}
    if not series:
        return ""
    rows = [
        [name, *(figure(" ms", metrics.percentile(values, at)) for at in (0.5, 0.9, 0.95, 1.0)), str(len(values))]
        for name, values in series.items()
    ]
    return _plot(
        "Waiting",
        "The share of questions that had come so far within a time; the further left and the steeper a line, the "
        "shorter "
        "and surer the wait. The dots are where 95 of 100 are done.",
        plots.times(series),
        list(series),
        _table(["", "Median", "90th", "95th percentile", "Longest", "Questions"], rows),
    )


# -- checks and people ------------------------------------------------------------------------------------------------

_PEOPLE = {
    "support": "Does a quote support a sentence? The check against pairs labelled by reading.",
    "facts": "Does a sentence state a fact? Keywords and meaning against pairs labelled by reading.",
    "practice": "Is a typed answer to a practice card right? The grading against labels given by reading.",
}


def _people(gathered: Gathered) -> str:
    known = list(gathered.people)
    if gathered.run.kind in _PEOPLE:
        known.append(gathered.run)
    if not known:
        if gathered.run.kind not in ANSWERED:
            return ""
        return (
            "<p>The checks that these figures rest on are themselves held against labels given by reading. No such "
            "run is "
            "kept yet: <code>tutor eval support</code> and <code>tutor eval practice</code> make them.</p>"
        )
    drawn = "".join(_calibration(run) for run in known if run.kind == "support")
    cards = "".join(_agreement(run) for run in known)
    return (
        "<p>Some figures rest on checks made by code. These are held against labels that were given by reading; what "
        "is "
        f'printed here is the newest run of each.</p><div class="plots">{drawn}<div class="stack">{cards}</div></div>'
    )


def _agreement(run: Run) -> str:
    bounds = run.summary.get("intervals", {})
    counts = run.summary.get("counts", {})
    rows = [
        [_name(name), figure(name, value), _interval(tuple(bounds[name]), name) if name in bounds else "–"]
        for name, value in run.figures.items()
    ]
    few = rows[:5]
    numbers = _table(["Figure", "Value", "95 % interval"], few)
    if len(rows) > len(few):
        numbers += _more(f"{len(rows) - len(few)} more", _table(["Figure", "Value", "95 % interval"], rows[len(few) :]))
    over = ", ".join(f"{count} {name}" for name, count in counts.items()) or _many(len(run.rows), "row")
    half = {"all": ", both halves", None: ""}.get(run.recipe.get("half"), f", {run.recipe.get('half')} half")
    return (
        f"<figure><figcaption><h3>{_text(_PEOPLE.get(run.kind, run.kind))}</h3>"
        f"<p>{_text(over)}{_text(half)}; {_text(run.name)}, {_text(_day(run))}.</p></figcaption>"
        f'<div class="wide">{numbers}</div></figure>'
    )


def _calibration(run: Run) -> str:
    judged = [
        (row["support"], row["label"]) for row in run.rows if "support" in row and isinstance(row.get("label"), bool)
    ]
    if not judged:
        return ""
    found = plots.bins([float(support) for support, _ in judged], [label for _, label in judged])
    rows = [
        [f"{one.low:.1f} to {one.high:.1f}", str(one.count), f"{one.mean:.2f}", percent(one.share),
         f"{percent(low)} to {percent(high)}"]
        for one in found
        for low, high in [plots.wilson(one.true, one.count)]
    ]  # fmt: skip
    heads = ["Support", "Pairs", "Mean support", "Labelled true", "95 % interval"]
    return _plot(
        "What support is worth",
        "Of statements with some support, the share that a reader called supported: on the straight line the number "
        "is a "
        f"chance, above it too cautious, below it too trusting. Mean distance {plots.expected_error(found):.3f}.",
        plots.reliability(found, SUPPORTED),
        ["labelled true"],
        _table(heads, rows),
    )


# -- questions --------------------------------------------------------------------------------------------------------


def _questions(gathered: Gathered, shown: _Shown, book: Handbook) -> str:
    records = gathered.records[:MOST_ROWS]
    names = [place.group if (place := shown.places.of_question(record)) else "" for record in records]
    rows = [
        _question(record, number, name, shown, gathered.beside)
        for number, (record, name) in enumerate(zip(records, names, strict=True), 1)
    ]
    more = len(gathered.records) - len(records)
    left = f"<p class=quiet>{_many(more, 'further question')} in the run's folder.</p>" if more else ""
    form = _filter(records, [name for name in groups(book) if name in names])
    return form + "".join(rows) + left


def _filter(records: Sequence[Record], sections: Sequence[str]) -> str:
    kinds = [kind for kind in _KIND if any(record.kind == kind for record in records)]
    verdicts = [(name, f"{name} ({count})") for name, count in counted(records).items() if count]

    def choice(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
        told = "".join(f'<option value="{_text(value)}">{_text(text)}</option>' for value, text in options)
        return f'<label>{label}<select name="{name}"><option value="">all</option>{told}</select></label>'

    return (
        '<form class="filter" hidden>'
        '<label class="grow">Words in the question or the answer<input type="search" name="text" '
        'autocomplete="off"></label>'
        + choice("verdict", "Verdict", verdicts)
        + choice("kind", "Kind", [(kind, _KIND[kind]) for kind in kinds])
        + (choice("section", "Section", [(name, name) for name in sections]) if sections else "")
        + '<button type="reset">Show all</button><output aria-live="polite"></output></form>'
    )


def _question(record: Record, number: int, section: str, shown: _Shown, beside: Beside | None) -> str:
    word = verdict(record)
    other = beside.records.get(record.id) if beside else None
    block = ""
    if beside and other:
        block = (
            f'<div class="other"><h4>{_text(_system(beside.run))}: {verdict(other)}</h4>'
            f"{_answer(other, shown)}{_scores(other)}</div>"
        )
    return (
        f'<details class="one-question" id="q{number}" data-kind="{_text(record.kind)}" data-verdict="{word}" '
        f'data-section="{_text(section)}"><summary><span class="what"><span class="swatch {_CLASS[word]}"></span>{word}'
        f'</span><span class="asked" dir="auto">{_text(shown.cut(record.question))}</span></summary><div class="body">'
        f"{_about(record, section, shown)}{_answer(record, shown)}{_scores(record)}{block}</div></details>\n"
    )


def _about(record: Record, section: str, shown: _Shown) -> str:
    parts = [_text(record.id), _KIND.get(record.kind, _text(record.kind))]
    if record.why:
        parts.append(_text(record.why))
    if record.turn > 1:
        parts.append(f"turn {record.turn} of its conversation")
    if record.page:
        parts.append(f"asked of {_link(record.page, shown)}")
    if section:
        parts.append(_text(section))
    return f'<p class="facts">{"; ".join(parts)}</p>'


def _answer(record: Record, shown: _Shown) -> str:
    if record.unscored:
        return f'<p class="notice">Not scored: {_text(shown.cut(record.unscored))}</p>'
    parts = []
    if opening := _opening(record):
        parts.append(f'<p dir="auto">{_text(shown.cut(opening))}</p>' if shown.quotes else "")
    if record.stated:
        items = "".join(_statement(one, shown) for one in record.stated)
        parts.append(f'<ol class="statements">{items}</ol>')
    elif not record.declined and record.answer and shown.quotes:
        parts.append(f'<p dir="auto">{_text(shown.cut(record.answer))}</p>')
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


def _statement(one: Mapping[str, Any], shown: _Shown) -> str:
    text, quotes = str(one.get("text", "")), [quote for quote in one.get("quotes", ()) if isinstance(quote, Mapping)]
    # A sentence that was written may hold words of an article that the Writer saw, whatever it cites.
    ours = bool(quotes) and all(str(quote.get("link", "")).startswith(NOTES) for quote in quotes) and one.get("quoted")
    open_to_all = shown.quotes or ours
    links = ", ".join(_link(str(quote.get("link", "")), shown) for quote in quotes) or "no source"
    how = "a quote" if one.get("quoted") else f"written, support {float(one.get('support') or 0.0):.2f}"
    said = f'<span dir="auto">{_text(shown.cut(text))}</span>' if open_to_all else ""
    cited = ""
    if open_to_all:
        told = (str(quote.get("text", "")) for quote in quotes)
        different = [one for one in told if " ".join(one.split()) != " ".join(text.split())]
        cited = "".join(f'<blockquote dir="auto">{_text(shown.cut(one))}</blockquote>' for one in different)
    return f'<li>{said}<span class="by">{how}; {links}</span>{cited}</li>'


def _struck(record: Record, shown: _Shown) -> str:
    if not record.struck:
        return ""
    title = f"{_many(len(record.struck), 'sentence')} struck"
    if not shown.quotes:
        return f'<p class="facts">{title}</p>'
    items = "".join(
        f'<li><s dir="auto">{_text(shown.cut(str(one.get("text", ""))))}</s> {_text(shown.cut(_why(one)))}</li>'
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
        told.append(f"{record.facts_stated} of {_many(record.facts, 'fact')} stated")
    if record.resources and not record.declined:
        told.append(f"{record.resources_named} of {_many(record.resources, 'resource')} named")
    if record.chapter_right is not None:
        told.append(f"{'right' if record.chapter_right else 'another'} chapter")
    told.append(f"chance {record.chance:.2f}")
    times = [f"evidence {record.evidence_ms:,.0f} ms", f"answer {record.total_ms:,.0f} ms"]
    if record.first_word_ms is not None:
        times.insert(1, f"first word {record.first_word_ms:,.0f} ms")
    if record.prompt_tokens:
        times.append(f"{record.prompt_tokens} tokens read, {record.output_tokens} written")
    return f'<p class="facts">{"; ".join(told)}<br>{"; ".join(times)}</p>'


_FRAGMENT = re.compile(r"#?:~:text=.*$")


def _link(url: str, shown: _Shown) -> str:
    """An address of the web as a link, one of the tutor's notes as its chapter's; anything else as text."""
    title = shown.places.title(url.partition("#")[0])
    if url.startswith(NOTES):
        chapter = shown.places.of(url).chapter
        return f'<a href="{_text(chapter.url)}">{_text(title)}</a>' if chapter else _text(shown.cut(url))
    if not shown.quotes:
        url = _FRAGMENT.sub("", url)  # holds the words of the page
    try:
        parts = urlsplit(url)
        web = parts.scheme in ("http", "https") and bool(parts.netloc)
    except ValueError:
        web = False
    if not web or not url.isprintable():
        return _text(shown.cut(url))
    name = title or (parts.netloc.removeprefix("www.") + parts.path.rstrip("/"))
    return f'<a href="{_text(url)}" rel="noreferrer noopener">{_text(name[:90])}</a>'


def _rows(run: Run, shown: _Shown) -> str:
    """The records of a run of another kind: their fields. Without quotes only ids, numbers and yes or no."""
    items = []
    for row in run.rows[:MOST_ROWS]:
        fields = {name: value for name, value in row.items() if name != "id" and (shown.quotes or _plain(value))}
        told = "".join(
            f"<dt>{_text(name)}</dt><dd>{_text(shown.cut(_value(value)))}</dd>" for name, value in fields.items()
        )
        items.append(
            f'<details class="one-question"><summary><span class="what">{_text(str(row["id"])[:80])}</span>'
            f'<span class="asked" dir="auto">{_text(shown.cut(_named(row))) if shown.quotes else ""}</span></summary>'
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


# -- what it was made of ----------------------------------------------------------------------------------------------


def _recipe(gathered: Gathered) -> str:
    run = gathered.run
    told = {**run.recipe, **{f"count: {name}": str(count) for name, count in run.summary.get("counts", {}).items()}}
    items = "".join(f"<dt>{_text(name)}</dt><dd>{_text(str(value))}</dd>" for name, value in told.items())
    again = ""
    if gathered.beside:
        items += "".join(
            f"<dt>beside: {_text(name)}</dt><dd>{_text(str(value))}</dd>"
            for name, value in gathered.beside.run.recipe.items()
            if run.recipe.get(name) != value
        )
    return f'<p>Two figures may be compared when these agree.</p><dl class="fields">{items}</dl>{again}'


def _limits(gathered: Gathered) -> str:
    if gathered.run.kind not in ANSWERED:
        return ""
    return f'<ul class="limits">{"".join(f"<li>{_text(one)}</li>" for one in _LIMITS)}</ul>'


# -- small parts ------------------------------------------------------------------------------------------------------


# What no HTML may hold: control letters, and halves of letters.
_UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _text(text: str) -> str:
    """Text that HTML takes for text, within an element and within quotes, whatever is in it."""
    return escape(_UNSOUND.sub("\ufffd", text), quote=True)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{_text(first)}</th>{"".join(f"<td>{_text(one)}</td>" for one in rest)}</tr>'
        for first, *rest in rows
    )
    return f'<table class="numbers"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _more(title: str, body: str) -> str:
    return f'<details class="more"><summary>{_text(title)}</summary><div class="wide">{body}</div></details>'


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _day(run: Run) -> str:
    try:
        begun = datetime.fromisoformat(run.recipe.get("begun", ""))
    except ValueError:
        return "an unknown day"
    return f"{begun.day} {begun:%B %Y}"
