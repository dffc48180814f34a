"""
All evaluations in one command, each into a folder of its own under one: what to run before a release.

    python -m eval all [--half test] [--quotes-only] [--sample N] [--folder FOLDER]

A folder that an earlier, stopped run has begun is carried on. Knows nothing of what is measured.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from eval import facts, support
from eval.answers import answers
from eval.practice import practice
from eval.retrieval import retrieval


def everything(
    half: Annotated[str, typer.Option(help="tune, test or all; nothing is tuned on test.")] = "test",
    quotes_only: Annotated[bool, typer.Option("--quotes-only", help="Without a Writer.")] = False,
    sample: Annotated[int | None, typer.Option(help="Ask so many of each, of every kind its share.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of the samples and the intervals.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(help="Where the runs' folders go, or those of an earlier command to carry on.")
    ] = None,
) -> None:
    """Search, answers, plans, practice and the judges themselves, one after the other."""
    from eval import plans
    from tutor.settings import load

    place = folder or load().places.home / "eval"
    mark = "" if folder else datetime.now(UTC).strftime("-%Y%m%d-%H%M%S")

    def into(kind: str) -> Path:
        return place / f"{kind}{mark}"

    parts: dict[str, Callable[[], None]] = {
        "Search": lambda: retrieval("mirror", half, sample, seed, 1, into("retrieval")),
        "Answers": lambda: answers(
            half=half, quotes_only=quotes_only, sample=sample, seed=seed, folder=into("answers")
        ),
        "Plans": lambda: plans.plans(half=half, folder=into("plans")),
        "Grading of typed answers": lambda: practice(half, seed, into("practice")),
        "The check of statements": lambda: support.support(half, into("support")),
        "The check of facts": lambda: facts.main(half),
    }
    for name, part in parts.items():
        began = time.monotonic()
        print(f"\n== {name} ==", flush=True)
        part()
        print(f"({time.monotonic() - began:,.0f} s)")
    print(f"\nA report to read: tutor eval show {into('answers')} --html report.html")
