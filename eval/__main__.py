"""
`python -m eval`, also `tutor eval`: measure the tutor on question sets, with no network and no judge model.

`python -m eval plans` measures study plans instead (eval/plans.py).

The sets are asked of the library in TUTOR_HOME. Questions about pages that the library does not hold are counted
apart; `tutor ingest` reads them.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval import extraction, facts, floors, own, runs, sets, speed, support
from eval.answers import answers
from eval.asking import asked_of
from eval.baseline import baseline
from eval.chunking import chunking
from eval.compare import compare
from eval.draft import draft
from eval.forms import forms
from eval.intervals import drawn, of_figures
from eval.practice import practice
from eval.public import public
from eval.retrieval import retrieval
from eval.run import recipe, summarise
from eval.show import show
from eval.whole import everything
from tutor.errors import BadInput, TutorError

if TYPE_CHECKING:
    pass

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    name: Annotated[str, typer.Option("--set", help=f"{', '.join(sets.NAMED)}, own, or a .jsonl file.")] = "starter",
    half: Annotated[str, typer.Option(help="tune, test or all; nothing is tuned on test.")] = "all",
    sample: Annotated[int | None, typer.Option(help="Ask only every n-th, so many in all.", min=1)] = None,
    quotes_only: Annotated[bool, typer.Option("--quotes-only", help="Without a Writer.")] = False,
    update_floors: Annotated[bool, typer.Option("--update-floors", help="Raise floors that were exceeded.")] = False,
    lower: Annotated[str | None, typer.Option(help="Set the floors to this run, for this reason.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run's files go, or an earlier run to carry on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Ask a question set and print hit@5, MRR, quote in evidence, citations, declining and times."""
    if context.invoked_subcommand is not None:
        return
    if name == "own":
        from tutor.settings import load as settings_of

        name = str(own.path(settings_of().places.home))
    asked = sets.spread(sets.named(name, half), sample)
    if not asked:
        raise BadInput(f"There is no question in the {half} half of {name}. Choose another half or set.")
    from tutor.answers import Tutor
    from tutor.settings import load

    settings = load()
    tutor = Tutor.open(settings, writer=not quotes_only)
    made_of = {"kind": "set"} | recipe(tutor, asked, name, half)
    place = runs.place(folder, settings.places.home, "set")
    records = asked_of(tutor, asked, place, made_of, shown=not as_json)
    summary = summarise(records)
    bounds = of_figures(drawn(records, seed=0), lambda again: summarise(again).figures)
    whole = {
        "recipe": made_of,
        "figures": dict(summary.figures),
        "intervals": {name: [*bounds[name]] for name in summary.figures if name in bounds},
        "counts": dict(summary.counts),
    }
    runs.finish(place, map(asdict, records), whole)
    if as_json:
        print(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        _show(whole, place)
    measured = floors.measured(summary.figures, made_of)
    if update_floors or lower:
        floors.record(f"{name}/{half}", measured, lower)
    else:
        _judge(f"{name}/{half}", measured, quiet=as_json)


app.command()(answers)
app.command()(baseline)
app.command("extraction")(extraction.main)
app.command()(chunking)
app.command()(compare)
app.command()(draft)
app.command("all")(everything)
app.command("facts")(facts.main)
app.command()(forms)
app.command()(practice)
app.command()(public)
app.command()(retrieval)
app.command()(show)
app.command("speed")(speed.main)
app.command("support")(support.support)


def _show(whole: Mapping[str, Any], place: Path) -> None:
    for figure, value in whole["figures"].items():
        print(runs.figure_line(figure, value, whole["intervals"].get(figure)))
    print(" | ".join(f"{name}:{count}" for name, count in whole["counts"].items()))
    print(" | ".join(f"{name}:{value}" for name, value in whole["recipe"].items()))
    print(f"Every question with its answer and scores: {place}")


def _judge(name: str, measured: floors.Floor, *, quiet: bool) -> None:
    """Holds a run against its floors; raises TutorError where it falls below."""
    floor = floors.load().get(name)
    if floor is None:
        return
    if differences := floors.differs(floor, measured):
        if not quiet:
            print("Not held against the floors, which were measured on something else: " + "; ".join(differences))
    elif lines := floors.below(measured.figures, floor):
        raise TutorError(f"Below the floor: {'; '.join(lines)}. Look at what changed before you lower it.")


def main(arguments: Sequence[str] | None = None) -> None:
    """What `tutor eval` calls; errors are told by the terminal's own main."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["plans"]:
        from eval import plans

        plans.main(arguments[1:])
    app(args=list(arguments), prog_name="tutor eval")


if __name__ == "__main__":
    from ui.cli import main as cli_main

    sys.argv[1:1] = ["eval"]
    cli_main()
