"""
Two runs beside each other: what was made otherwise, every figure with its difference, and the questions that are right
in one and wrong in the other.

    tutor eval compare last answers-20260101-120000
    tutor eval compare RUN RUN --markdown comparison.md      for a pull request
    tutor eval compare RUN RUN --json

Compares what both runs asked and could score, word for word the same question; whatever else there is, is told. Runs of
answers (`answers`, `set`, the baseline) have their own figures; of any other kind the fields of the records are
compared, by their means. Knows nothing of how an answer is made, nor of the statistics (eval.paired).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval import curves, floors, metrics, paired, runs, sets
from eval.answers import TARGETS, besides, handbook_right
from eval.paired import Difference, Figures
from eval.run import PAGES, Record, from_row, summarise
from eval.runs import Row, Run
from eval.sets import Question
from tutor.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

FLIPS = 20  # shown on a terminal and in Markdown; JSON has all
SIGNIFICANT = 0.05  # a p-value below it
SHORT = 320  # characters of an answer that are shown
# What is better when smaller, by the figure's name, and what is neither better nor worse.
_LOWER = re.compile(r"[ _]ms$|^AURC|\brisk\b|\berror|^answerable declined$|^follow-up: declined$| tokens$| MB$")
_NEITHER = re.compile(r"^answer rate$|, at best$|, blind$|^words$|^reading grade")


@dataclass(frozen=True, slots=True)
class Kind:
    """How runs of one kind are compared: their figures, those of the headline, and when a question is right."""

    record: Callable[[Row], Record]
    figures: Figures
    headline: Callable[[str], bool]
    right: Callable[[Record], bool | None]


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that is right in one run and wrong in the other, with what both found and answered."""

    first: Record
    second: Record
    gained: bool  # by the second run
    figures: tuple[str, ...]  # the yes/no figures in which the runs differ
    gold: tuple[tuple[str, ...], ...] = ()  # the facts of a right answer, each in all its wordings


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other. `differs` maps a part of the recipe to what it was in each, "" where it was not."""

    first: Run
    second: Run
    differs: Mapping[str, tuple[str, str]]
    questions: Mapping[str, int]
    notes: Sequence[str]
    figures: Sequence[Difference]
    flips: Sequence[Flip]


# -- figures by kind --------------------------------------------------------------------------------------------------


def _of_answers(records: Sequence[Record]) -> dict[str, float]:
    headline = {target.name: target.measure(records) for target in TARGETS}
    return {name: value for name, value in headline.items() if value is not None} | besides(records)


def _of_set(records: Sequence[Record]) -> dict[str, float]:
    return dict(summarise(records).figures)


def right(record: Record) -> bool | None:
    """
    Whether a question came out right: declined where nothing answers it; a question about the handbook with all that
    belongs to it; any other with a gold sentence cited or a fact stated. None where it could not be scored.
    """
    if record.unscored:
        return None
    if record.kind == "unanswerable":
        return record.declined
    if record.kind == "handbook":
        return handbook_right(record)
    return not record.declined and not curves.wrong_by_answer(record)


def _plain_record(row: Row) -> Record:
    """A record of a kind that is not known here: its numbers and yes/noes go into `grounds`, by their names."""
    kind = str(row.get("kind", ""))
    numbers = {name: float(value) for name, value in row.items() if isinstance(value, bool | int | float)}
    return Record(
        str(row["id"]),
        str(row.get("question") or row.get("query") or row.get("goal") or ""),
        kind if kind in sets.KINDS else sets.KINDS[0],
        str(row.get("half", "")),
        page=str(row.get("page") or row.get("url") or ""),
        unscored=str(row.get("unscored") or ""),
        rank=row["rank"] if isinstance(row.get("rank"), int) else None,
        grounds=numbers,
        answer=str(row.get("answer") or ""),
    )


def _of_fields(records: Sequence[Record]) -> dict[str, float]:
    """The mean of each number of the records, over those that have it; of `rank` the reciprocal, 0 where it is None."""
    found: dict[str, list[float]] = {}
    for record in records:
        for name, value in (record.grounds or {}).items():
            if name != "rank":
                found.setdefault(name, []).append(value)
    figures = {name: metrics.mean(some) for name, some in found.items()}
    if any("rank" in (record.grounds or {}) for record in records):
        figures["MRR"] = metrics.reciprocal_rank([record.rank for record in records])
        figures[f"hit@{PAGES}"] = metrics.hit([record.rank for record in records], PAGES)
    return figures


def _right_by_fields(record: Record) -> bool | None:
    numbers = record.grounds or {}
    return bool(numbers["right"]) if "right" in numbers else None


_TARGETED = {target.name for target in TARGETS}
_ANSWERS = Kind(from_row, _of_answers, lambda name: name in _TARGETED and not _time(name), right)
KINDS = {
    "answers": _ANSWERS,
    "set": Kind(from_row, _of_set, lambda name: name not in floors.NO_FLOOR, right),
}
OTHER = Kind(_plain_record, _of_fields, lambda name: not _time(name), _right_by_fields)


def _time(name: str) -> bool:
    return name.endswith((" ms", "_ms"))


# -- comparing --------------------------------------------------------------------------------------------------------


def compared(first: Run, second: Run, seed: int = 0) -> Comparison:
    """
    The comparison of two finished runs of one kind; the same for the same seed.

    Raises BadInput for runs of different kinds, or with no question that both asked and could score.
    """
    if first.kind != second.kind:
        raise BadInput(
            f"{first.name} is a run of {first.kind!r}, {second.name} of {second.kind!r}. Name two of one kind."
        )
    kind = KINDS.get(first.kind, OTHER)
    before, after, questions = _common(first, second, kind)
    if not before:
        raise BadInput(f"{first.name} and {second.name} have no question in common that both could score.")
    differs = _differs(first.recipe, second.recipe)
    return Comparison(
        first,
        second,
        differs,
        questions,
        _notes(differs, questions),
        paired.differences(before, after, kind.figures, kind.headline, seed),
        _flipped(before, after, kind, _gold(first, second)),
    )


def _common(first: Run, second: Run, kind: Kind) -> tuple[list[Record], list[Record], dict[str, int]]:
    """The records of the questions that both runs asked and could score, in the first run's order; and counts."""
    before = {row["id"]: kind.record(row) for row in first.rows}
    after = {row["id"]: kind.record(row) for row in second.rows}
    both = [name for name in before if name in after]
    same = [name for name in both if _asks(before[name]) == _asks(after[name])]
    scored = [name for name in same if not before[name].unscored and not after[name].unscored]
    counts = {
        "compared": len(scored),
        "only in the first": len(before) - len(both),
        "only in the second": len(after) - len(both),
        "asked otherwise": len(both) - len(same),
        "could not be scored": len(same) - len(scored),
    }
    # What a question is about is the first run's to say: both must be drawn as one.
    second_records = [replace(after[name], page=before[name].page) for name in scored]
    return [before[name] for name in scored], second_records, counts


def _asks(record: Record) -> tuple[object, ...]:
    """What makes a question the same in both runs: its words, its kind and how much a right answer holds."""
    return record.question, record.kind, record.why, record.turn, record.facts, record.resources


def _differs(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = [name for name in {**first, **second} if name != "begun"]
    return {name: (first.get(name, ""), second.get(name, "")) for name in names if first.get(name) != second.get(name)}


def _notes(differs: Mapping[str, tuple[str, str]], questions: Mapping[str, int]) -> list[str]:
    """What a reader has to know before the figures."""
    left_out = ", ".join(f"{n} {name}" for name, n in questions.items() if n and name != "compared")
    notes = (
        [f"Only the {questions['compared']} common questions are compared ({left_out} left out)."] if left_out else []
    )
    if "corpus" in differs:
        notes.append("The libraries hold other texts: a difference may be theirs.")
    if "machine" in differs or "versions" in differs:
        notes.append("Machine or versions differ: times say nothing here.")
    return notes


def _flipped(first: Sequence[Record], second: Sequence[Record], kind: Kind, gold: Mapping[str, Question]) -> list[Flip]:
    """The questions that only one run has right: those that the second run lost come first."""
    found = []
    for before, after in zip(first, second, strict=True):
        was, now = kind.right(before), kind.right(after)
        if was is None or now is None or was == now:
            continue
        asked = gold.get(before.id)
        facts = asked.facts if asked is not None and asked.question == before.question else ()
        one, other = kind.figures([before]), kind.figures([after])
        # Of a single question a figure is a yes or a no; each is named once, not under every name it has.
        changed = [
            name for name in one if not _time(name) and other.get(name) in (0, 1) and one[name] == 1 - other[name]
        ]
        found.append(Flip(before, after, now, tuple(name for name in changed if kind.headline(name)), facts))
    return sorted(found, key=lambda flip: flip.gained)


def _gold(first: Run, second: Run) -> dict[str, Question]:
    """The questions of the sets that come with the tutor, and of the runs' own where their files are still there."""
    found = {one.id: one for one in sets.load_all()}
    for run in (first, second):
        for name in run.recipe.get("set", "").split("+"):
            if name.endswith(".jsonl") and Path(name).exists():
                found |= {one.id: one for one in sets.load(name)}
    return found


# -- in words ---------------------------------------------------------------------------------------------------------


def verdict(one: Difference) -> str:
    """In a word what a difference means: nothing where it may be chance, or for a figure without good and bad."""
    p = one.p if one.corrected is None else one.corrected
    if one.value is None or not one.certain or p is None or p >= SIGNIFICANT or _NEITHER.search(one.figure):
        return ""
    return "better" if (one.value < 0) == bool(_LOWER.search(one.figure)) else "worse"


def found_by(record: Record) -> str:
    """What a run found for a question, in a line."""
    if record.kind == "unanswerable":
        return "declined" if record.declined else "answered"
    parts = ["declined"] if record.declined else []
    parts.append("page not found" if record.rank is None else f"page at {record.rank}")
    parts.append("sentence in evidence" if record.in_evidence else "sentence not in evidence")
    if not record.declined:
        parts.append("cited" if record.gold_cited else "not cited")
    if record.facts:
        parts.append(f"{record.facts_stated} of {record.facts} facts")
    if record.resources:
        parts.append(f"{record.resources_named} of {record.resources} resources")
    return ", ".join(parts)


def shortened(text: str, most: int = SHORT) -> str:
    """`text` on one line, of at most `most` characters, without any that a terminal obeys."""
    plain = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


def as_json(whole: Comparison) -> dict[str, Any]:
    """The comparison as plain data: all figures, all flips, answers whole."""
    return {
        "first": _told(whole.first),
        "second": _told(whole.second),
        "differs": {name: list(values) for name, values in whole.differs.items()},
        "questions": dict(whole.questions),
        "notes": list(whole.notes),
        "figures": {
            one.figure: {
                "first": one.first, "second": one.second, "difference": one.value,
                "interval": list(one.interval) if one.interval else None, "test": one.test, "p": one.p,
                "p corrected": one.corrected, "questions": one.questions, "verdict": verdict(one),
            }
            for one in whole.figures
        },
        "flips": [
            {
                "id": flip.first.id, "question": flip.first.question, "kind": flip.first.kind,
                "gained": flip.gained, "figures": list(flip.figures), "gold": [list(fact) for fact in flip.gold],
                "first": {"found": found_by(flip.first), "answer": flip.first.answer},
                "second": {"found": found_by(flip.second), "answer": flip.second.answer},
            }
            for flip in whole.flips
        ],
    }  # fmt: skip


def _told(run: Run) -> dict[str, Any]:
    return {"name": run.name, "folder": str(run.folder), "recipe": dict(run.recipe)}


HEADS = ("", "first", "second", "difference", "95 % interval", "p", "p (Holm)", "n", "")


def cells(one: Difference) -> tuple[str, ...]:
    """A line of the table, in the order of HEADS."""
    interval = f"[{_signed(one, one.interval[0])}, {_signed(one, one.interval[1])}]" if one.interval else ""
    apart = "" if one.value is None else _signed(one, one.value)
    return (
        one.figure, _figure(one, one.first), _figure(one, one.second), apart, interval,
        _chance(one.p), _chance(one.corrected), str(one.questions), verdict(one),
    )  # fmt: skip


def _figure(one: Difference, value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if _time(one.figure) else f"{value:.3f}"


def _signed(one: Difference, value: float) -> str:
    digits = 0 if _time(one.figure) else 3
    return f"{round(value, digits) + 0.0:+,.{digits}f}" if abs(value) >= 0.5 * 10**-digits else f"{0:.{digits}f}"


def _chance(p: float | None) -> str:
    return "" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def _gold_line(flip: Flip) -> str:
    return "; ".join(" / ".join(fact) for fact in flip.gold) or "-"


EXPLAINED = (
    "Interval: paired bootstrap over whole pages. p: exact McNemar for yes/no figures, else a permutation test by "
    "page; Holm over the headline figures, without times. A word at the end: the interval leaves out 0 and p is below "
    "0.05."
)


# -- on a terminal ----------------------------------------------------------------------------------------------------


def show(whole: Comparison, console: "Console", flips: int = FLIPS) -> None:
    """The comparison as a person reads it on a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    for part in _head(whole):
        console.print(Text(part))
    console.print(_table(whole))
    console.print(Text(EXPLAINED, style="dim"))
    lost = sum(not flip.gained for flip in whole.flips)
    console.print(Text(f"\n{lost} questions only the first has right, {len(whole.flips) - lost} only the second."))
    for flip in _evenly(whole.flips, flips):
        console.print(Padding(_side_by_side(flip), (1, 0, 0, 0)))
    if len(whole.flips) > flips:
        console.print(Text(f"\n{len(whole.flips) - flips} more: --flips {len(whole.flips)}, or --json."))


def _head(whole: Comparison) -> list[str]:
    lines = [f"{word}: {run.folder}" for word, run in (("first ", whole.first), ("second", whole.second))]
    if whole.differs:
        wide = max(map(len, whole.differs))
        lines += ["", "Made otherwise:"]
        lines += [f"  {name:<{wide}}  {a or '-'} -> {b or '-'}" for name, (a, b) in whole.differs.items()]
    else:
        lines += ["", "Made alike in everything that a recipe names."]
    return [*lines, "", *whole.notes, f"{whole.questions['compared']} questions compared.", ""]


def _table(whole: Comparison) -> "RenderableType":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, head in enumerate(HEADS):
        table.add_column(head, justify="left" if number in (0, len(HEADS) - 1) else "right", no_wrap=number > 0)
    colours = {"better": "green", "worse": "red"}
    for one in whole.figures:
        table.add_row(*cells(one), style=colours.get(verdict(one), ""))
    return table


def _side_by_side(flip: Flip) -> "RenderableType":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    change = "right only in the second" if flip.gained else "right only in the first"
    head = Text.assemble((f"{flip.first.id}  ", "dim"), (change, "green" if flip.gained else "red"))
    if flip.figures:
        head.append(f"  ({', '.join(flip.figures)})", "dim")
    table = Table(box=None, pad_edge=False, expand=True, show_header=False)
    for _ in range(2):
        table.add_column(ratio=1)
    table.add_row(*(Text(found_by(one), style="dim") for one in (flip.first, flip.second)))
    table.add_row(*(Text(shortened(one.answer) or "-") for one in (flip.first, flip.second)))
    return Group(head, Text(shortened(flip.first.question), style="bold"), Text(f"gold: {_gold_line(flip)}"), table)


def _evenly(flips: Sequence[Flip], most: int) -> list[Flip]:
    """The first of those lost and of those gained in turn, at most `most`, the lost ones first."""
    lost, gained = ([flip for flip in flips if flip.gained is to] for to in (False, True))
    turns = [flip for pair in zip_longest(lost, gained) for flip in pair if flip is not None][:most]
    return sorted(turns, key=lambda flip: flip.gained)


# -- in Markdown ------------------------------------------------------------------------------------------------------


def markdown(whole: Comparison, flips: int = FLIPS, *, quotes: bool = True) -> str:
    """
    The comparison for a pull request. Whatever is not ours (questions, answers, names) stands in code, where it can
    neither be markup nor call anybody. Without `quotes` the answers are left out.
    """
    lines = [f"## {_code(whole.first.name)} → {_code(whole.second.name)}", ""]
    if whole.differs:
        lines += ["| made otherwise | first | second |", "|---|---|---|"]
        lines += [f"| {name} | {_code(a)} | {_code(b)} |" for name, (a, b) in whole.differs.items()]
        lines.append("")
    lines += [f"{' '.join([*whole.notes, str(whole.questions['compared'])])} questions compared.", ""]
    lines += [f"| {' | '.join(HEADS)} |", f"|---|{'---:|' * (len(HEADS) - 2)}---|"]
    for one in whole.figures:
        line = " | ".join(cells(one))
        lines.append(f"| **{line.replace(' | ', '** | ', 1)} |" if one.corrected is not None else f"| {line} |")
    lines += ["", EXPLAINED, ""]
    for gained, side in ((False, "first"), (True, "second")):
        some = [flip for flip in whole.flips if flip.gained is gained]
        lines += [f"<details><summary>{len(some)} questions only the {side} has right</summary>", ""]
        for flip in some[:flips]:
            lines += _fenced(_flip_lines(flip, quotes))
        lines += [f"{len(some) - flips} more.", ""] if len(some) > flips else []
        lines += ["</details>", ""]
    return "\n".join(lines)


def _flip_lines(flip: Flip, quotes: bool) -> Iterable[str]:
    yield f"{flip.first.id}: {shortened(flip.first.question)}"
    yield f"gold: {_gold_line(flip)}"
    for name, one in (("first", flip.first), ("second", flip.second)):
        yield f"{name}: {found_by(one)}"
        if quotes and one.answer:
            yield f"    {shortened(one.answer)}"


def _fenced(lines: Iterable[str]) -> list[str]:
    import textwrap

    text = "\n".join(
        textwrap.fill(one, 110, subsequent_indent=" " * (len(one) - len(one.lstrip()) or 4)) for one in lines
    )
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}text", text, fence, ""]


def _code(text: str) -> str:
    plain = shortened(text).replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain else "-"


# -- the command ------------------------------------------------------------------------------------------------------


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN", help='A folder, a name under TUTOR_HOME/eval, or "last".')],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The same; differences are this one's.")],
    flips: Annotated[int, typer.Option(help="Show so many of the questions that flipped.", min=0)] = FLIPS,
    seed: Annotated[int, typer.Option(help="Of the intervals and tests.")] = 0,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write it as Markdown too, for a pull request.")
    ] = None,
    no_quotes: Annotated[bool, typer.Option("--no-quotes", help="Markdown without the answers' text.")] = False,
    json_asked: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Two runs beside each other: every figure with its difference, and the questions that flipped."""
    from tutor.settings import load

    home = load().places.home
    pair = runs.load(first, home), runs.load(second, home)
    with _told_to_wait():
        whole = compared(*pair, seed)
    if markdown_file is not None:
        try:
            markdown_file.write_text(markdown(whole, flips, quotes=not no_quotes), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{markdown_file} cannot be written ({error.strerror}). Name another file.") from error
    if json_asked:
        print(json.dumps(as_json(whole), indent=2, ensure_ascii=False))
    else:
        show(whole, terminal(), flips)


@contextmanager
def _told_to_wait() -> Iterator[None]:
    """The thousand drawings of two full runs take some ten seconds."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status("Drawing pages again and again"):
        yield


def terminal() -> "Console":
    """Standard output; where nobody sees how wide it is, wide enough for the table."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=120)
