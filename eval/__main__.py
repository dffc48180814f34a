"""
`python -m eval`, also `tutor eval`: measure the tutor on question sets, with no network and no judge model.

The sets are asked of the library in TUTOR_HOME. Questions about pages that the library does not hold are counted
apart; `tutor ingest` reads them.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval import floors as floor_book
from eval import sets
from eval.run import Record, Summary, run, save, summarise
from eval.sets import Question
from tutor.errors import BadInput, TutorError

if TYPE_CHECKING:
    from tutor.answers import Tutor

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
# Which files make up a set.
FILES = {
    "starter": ("starter.jsonl", "unanswerable.jsonl"),
    "mirror": ("mirror.jsonl", "unanswerable.jsonl"),
    "conversations": ("conversations.jsonl",),
}


def questions(name: str, half: str = "all") -> list[Question]:
    """The questions of a set by its name, or of a .jsonl file. Raises BadInput for neither."""
    if name in FILES:
        paths = [sets.SETS / file for file in FILES[name]]
    elif name.endswith(".jsonl"):
        paths = [Path(name)]
    else:
        raise BadInput(f"There is no set {name!r}. Choose one of {', '.join(FILES)}, or name a .jsonl file.")
    found = [question for path in paths for question in sets.load(path)]
    return [q for q in found if half == "all" or q.half == half]


@app.command()
def evaluate(
    name: Annotated[str, typer.Option("--set", help=f"{', '.join(FILES)}, or a .jsonl file.")] = "starter",
    half: Annotated[str, typer.Option(help="tune, test or all; nothing is tuned on test.")] = "all",
    sample: Annotated[int | None, typer.Option(help="Ask only every n-th, so many in all.", min=1)] = None,
    quotes_only: Annotated[bool, typer.Option(help="Without a Writer.")] = False,
    update_floors: Annotated[bool, typer.Option(help="Raise the floors where this run did better.")] = False,
    lower: Annotated[str | None, typer.Option(help="Set the floors to this run, for this reason.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Ask a question set and print hit@5, MRR, quote in evidence, citations, declining and times."""
    if half not in ("all", *sets.HALVES):
        raise BadInput(f"--half takes tune, test or all, not {half!r}.")
    asked = spread(questions(name, half), sample)
    if not asked:
        raise BadInput("There is no question to ask. Choose another set or half.")
    from tutor.answers import Tutor
    from tutor.settings import load

    settings = load()
    tutor = Tutor.open(settings, writer=not quotes_only)
    records = _run(tutor, asked, shown=not as_json)
    summary = summarise(records)
    recipe = recipe_of(tutor, asked, name, half)
    place = folder or settings.places.home / "eval" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    save(records, summary, recipe, place)
    if as_json:
        whole = {"recipe": recipe, "figures": dict(summary.figures), "counts": dict(summary.counts)}
        print(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        _show(summary, recipe, place)
    _judge(f"{name}/{half}", summary, recipe, update_floors=update_floors, lower=lower, quiet=as_json)


def spread(asked: Sequence[Question], sample: int | None) -> list[Question]:
    """At most `sample` questions, evenly spread over the set; the same ones every time."""
    if sample is None or sample >= len(asked):
        return list(asked)
    return [asked[i * len(asked) // sample] for i in range(sample)]


def recipe_of(tutor: "Tutor", asked: Sequence[Question], name: str, half: str) -> dict[str, Any]:
    """What the figures of a run depend on."""
    return {
        "set": name,
        "half": half,
        "questions": sets.digest(asked),
        "corpus": tutor.library.digest()[:16],
        "model": tutor.writer.name if tutor.writer else "quotes only",
        "encoder": tutor.encoder.name,
    }


def _run(tutor: "Tutor", asked: Sequence[Question], *, shown: bool) -> list[Record]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as bar:
        task = bar.add_task("", total=len(asked))
        return run(tutor, asked, lambda _: bar.advance(task))


def _show(summary: Summary, recipe: dict[str, Any], place: Path) -> None:
    for figure, value in summary.figures.items():
        shown = f"{value:,.0f}" if figure.endswith(" ms") else f"{value:.3f}"
        print(f"{figure:<22} {shown:>8}")
    print(" | ".join(f"{name}:{count}" for name, count in summary.counts.items()))
    print(" | ".join(f"{name}:{value}" for name, value in recipe.items()))
    print(f"Every question with its answer and scores: {place}")


def _judge(
    name: str, summary: Summary, recipe: dict[str, Any], *, update_floors: bool, lower: str | None, quiet: bool
) -> None:
    """Holds a run against its floors; raises TutorError where it falls below."""
    kept = floor_book.load()
    measured = floor_book.Floor(
        recipe["questions"], recipe["corpus"], recipe["model"], recipe["encoder"], dict(summary.figures)
    )
    if update_floors or lower:
        kept[name] = floor_book.raised(kept.get(name), measured, lower=lower is not None)
        floor_book.save(kept)
        if lower:
            with floor_book.LOG.open("a", encoding="utf-8") as log:
                log.write(f"- {datetime.now(UTC):%Y-%m-%d} {name}: floors set anew, because {lower}\n")
        return
    floor = kept.get(name)
    if floor is None:
        return
    if differences := floor_book.differs(floor, measured):
        if not quiet:
            print("Not held against the floors, which were measured on something else: " + "; ".join(differences))
    elif lines := floor_book.below(measured.figures, floor):
        raise TutorError(f"Below the floor: {'; '.join(lines)}. Look at what changed before you lower it.")


def main(arguments: Sequence[str] | None = None) -> None:
    """What `tutor eval` calls; errors are told by the terminal's own main."""
    app(args=list(arguments) if arguments is not None else None, prog_name="tutor eval")


if __name__ == "__main__":
    from ui.cli import main as cli_main

    sys.argv[1:1] = ["eval"]
    cli_main()
