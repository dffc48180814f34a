"""
The forms of an answer beside each other, on the same questions: quotes alone, with what the Writer adds and the check
lets pass, and the same with the Writer held to a grammar (tutor.grammar).

    python -m eval forms --half tune                  all questions of the half that are answerable
    python -m eval forms --half tune --sample 12

One form after the other, so that no form reads a prompt that the one before has left in the model's memory. Knows
nothing of how an answer is made. Not covered: whether what the Writer added is well put, or true where the check is
wrong: the run's folder has every answer, to be read.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval import metrics, runs, sets
from eval.answers import settings_for
from eval.asking import progress
from eval.intervals import Interval, Measure, intervals
from eval.run import Gold, Record, ask, recipe
from eval.sets import Question
from tutor.errors import BadInput
from tutor.settings import FORMS

if TYPE_CHECKING:
    from tutor.answers import Tutor
    from tutor.settings import Settings


def _of_all(measure: Callable[[Sequence[Record]], float]) -> Measure:
    return lambda records: measure(records) if records else None


def _milliseconds(of: Callable[[Record], float | None], share: float) -> Measure:
    def measured(records: Sequence[Record]) -> float | None:
        values = [value for record in records if (value := of(record)) is not None]
        return metrics.percentile(values, share) if values else None

    return measured


def _written(record: Record) -> int:
    return sum(not one["quoted"] for one in record.stated)


# What is said of every form, over the answerable questions that could be scored; a declined one costs its zero.
FIGURES: Mapping[str, Measure] = {
    "facts in answer": _of_all(lambda rs: metrics.share(sum(r.facts_stated for r in rs), sum(r.facts for r in rs))),
    "gold sentence cited": _of_all(lambda rs: metrics.mean([float(r.gold_cited) for r in rs])),
    "declined": _of_all(lambda rs: metrics.mean([float(r.declined) for r in rs])),
    "statements": _of_all(lambda rs: metrics.mean([float(len(r.stated)) for r in rs])),
    "of the Writer, shown": _of_all(lambda rs: metrics.mean([float(_written(r)) for r in rs])),
    "of the Writer, struck": _of_all(lambda rs: metrics.mean([float(len(r.struck)) for r in rs])),
    "words": _of_all(lambda rs: metrics.mean([float(len(r.answer.split())) for r in rs])),
    "prompt tokens": _of_all(lambda rs: metrics.mean([float(r.prompt_tokens) for r in rs])),
    "output tokens": _of_all(lambda rs: metrics.mean([float(r.output_tokens) for r in rs])),
    "first word median ms": _milliseconds(lambda r: r.first_word_ms, 0.5),
    "first word p95 ms": _milliseconds(lambda r: r.first_word_ms, 0.95),
    "total median ms": _milliseconds(lambda r: r.total_ms, 0.5),
    "total p95 ms": _milliseconds(lambda r: r.total_ms, 0.95),
}


def measured(records: Sequence[Record]) -> dict[str, float]:
    """The figures of one form; those that nothing was measured for are left out."""
    scored = [record for record in records if not record.unscored]
    values = {name: measure(scored) for name, measure in FIGURES.items()}
    return {name: value for name, value in values.items() if value is not None}


def bounds(records: Sequence[Record], seed: int) -> dict[str, Interval]:
    """The 95 % intervals of the figures, by drawing whole pages."""
    scored = [record for record in records if not record.unscored]
    found = intervals(scored, FIGURES, seed)
    return {name: found[name] for name in measured(records)}


def compare(
    tutors: Mapping[str, "Tutor"], asked: Sequence[Question], progress: Callable[[], None] = lambda: None
) -> dict[str, list[Record]]:
    """Asks every question in every form, form by form; the tutors share one library."""
    found: dict[str, list[Record]] = {}
    for form, tutor in tutors.items():
        gold = Gold(tutor.library)
        found[form] = []
        for question in asked:
            found[form].append(ask(tutor, question, gold))
            progress()
    return found


def opened(settings: "Settings", chosen: Sequence[str]) -> dict[str, "Tutor"]:
    """A tutor for each form, with one library, one search and one Writer between them."""
    from tutor.answers import Tutor
    from tutor.models import open_writer

    first = Tutor.open(settings, writer=False)
    writer = None if set(chosen) == {"quotes"} else open_writer(settings)
    tokens = settings.answering

    def made(form: str) -> "Tutor":
        return Tutor(
            first.library,
            first.search,
            first.encoder,
            first.handbook,
            None if form == "quotes" else writer,
            prompt_tokens=tokens.prompt_tokens,
            output_tokens=tokens.output_tokens,
            held_to_form=form == "grammar",
        )

    return {form: made(form) for form in chosen}


def forms(
    name: Annotated[str, typer.Option("--set", help=f"{', '.join(sets.NAMED)}, or a .jsonl file.")] = "mirror",
    half: Annotated[str, typer.Option(help="tune, test or all; a default is chosen on tune.")] = "tune",
    sample: Annotated[int | None, typer.Option(help="Ask only every n-th, so many in all.", min=1)] = None,
    form: Annotated[list[str] | None, typer.Option(help="Only this form; may be given more than once.")] = None,
    seed: Annotated[int, typer.Option(help="Of the intervals.")] = 0,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Quotes alone, model with check, and model with check and grammar, on the same answerable questions."""
    asked = [q for q in sets.named(name, half) if q.kind in ("answerable", "conversation")]
    asked = sets.spread(asked, sample)
    chosen = [one for one in FORMS if not form or one in form]
    if not asked or not chosen:
        raise BadInput(f"Nothing to ask: choose another half or set, and forms of {', '.join(FORMS)}.")
    settings = settings_for(None)
    tutors = opened(settings, chosen)
    for tutor in tutors.values():
        tutor.answer("What is this about?")  # loads what is loaded once, so that no question pays for it
    records = _compared(tutors, asked, shown=not as_json)
    place = runs.place(folder, settings.places.home, "forms")
    made_of = recipe(tutors[chosen[-1]], asked, name, half) | {"seed": str(seed)}
    figures = {one: measured(some) for one, some in records.items()}
    found = {one: bounds(some, seed) for one, some in records.items()}
    whole = {"recipe": made_of, "figures": figures, "intervals": found}
    place.mkdir(parents=True, exist_ok=True)
    for one, some in records.items():
        (place / f"{one}.jsonl").write_text("".join(runs.line(asdict(record)) for record in some), encoding="utf-8")
    (place / "summary.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(whole, indent=2, ensure_ascii=False) if as_json else shown(figures, found, made_of, place))


def _compared(tutors: Mapping[str, "Tutor"], asked: Sequence[Question], *, shown: bool) -> dict[str, list[Record]]:
    with progress(len(asked) * len(tutors), shown=shown) as tell:
        done = itertools.count(1)
        return compare(tutors, asked, lambda: tell(next(done)))


def shown(
    figures: Mapping[str, Mapping[str, float]],
    found: Mapping[str, Mapping[str, Interval]],
    made_of: Mapping[str, str],
    place: Path,
) -> str:
    """The table as a person reads it: a line for each figure, a column for each form."""
    lines = [f"{'':<24}" + "".join(f"{form:>26}" for form in figures)]
    for name in FIGURES:
        cells = []
        for form, values in figures.items():
            digits = 0 if name.endswith(("ms", "tokens", "words")) else 3
            if name in values:
                low, high = found[form][name]
                cells.append(f"{values[name]:,.{digits}f} [{low:,.{digits}f}, {high:,.{digits}f}]")
            else:
                cells.append("-")
        lines.append(f"{name:<24}" + "".join(f"{cell:>26}" for cell in cells))
    lines.append(" | ".join(f"{name}:{value}" for name, value in made_of.items()))
    lines.append(f"Every answer in every form: {place}")
    return "\n".join(lines)
