"""
Asking a set of questions into a run's folder: with a progress bar, side by side where that is wanted, and carried on
where an earlier run was stopped.

Between `run` (one question, scored) and `runs` (the folder). Knows nothing of figures.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer

from eval import runs
from eval.run import Gold, Record, ask, from_row
from eval.sets import Question
from tutor.answers import Tutor


def asked_of(
    tutor: Tutor,
    asked: Sequence[Question],
    folder: Path,
    made_of: Mapping[str, str],
    *,
    shown: bool,
    workers: int = 1,
    by: Callable[[Question], Record] | None = None,
) -> list[Record]:
    """
    The records of all questions, those that an earlier run into `folder` has answered not asked again.

    `by` asks somebody else than the tutor. Ctrl-C ends the command with exit code 1 and one line that says how to carry
    on. Raises BadInput where `folder` holds a run by another recipe.
    """
    done = [from_row(row) for row in runs.resume(folder, made_of)]
    try:
        with progress(len(asked), shown=shown) as tell:
            return carry_on(tutor, asked, folder, done, tell, workers, by)
    except KeyboardInterrupt:
        kept = len(runs.read(folder / runs.RECORDS))
        told = (
            f"tutor: Stopped after {kept} of {len(asked)} questions. Run the same with --folder {folder} to carry on."
        )
        print(told, file=sys.stderr)
        raise typer.Exit(1) from None


def carry_on(
    tutor: Tutor,
    asked: Sequence[Question],
    folder: Path,
    done: Sequence[Record],
    tell: Callable[[int], None] = lambda _: None,
    workers: int = 1,
    by: Callable[[Question], Record] | None = None,
) -> list[Record]:
    """
    Asks what is not `done` yet, `workers` questions at a time, and keeps each record in `folder` at once.

    Returns all records in the order asked. `tell` is told how many are done.
    """
    gold = Gold(tutor.library)
    records = {record.id: record for record in done}
    left = [question for question in asked if question.id not in records]
    tell(len(records))
    with runs.keeping(folder) as keep, ThreadPoolExecutor(workers) as pool:
        try:
            for record in pool.map(by or (lambda question: ask(tutor, question, gold)), left):
                records[record.id] = record
                keep(asdict(record))
                tell(len(records))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [records[question.id] for question in asked]


@contextmanager
def progress(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal with how many of `total` are done and how long the rest will take; told how many are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as bar:
        task = bar.add_task("", total=total)
        yield lambda at: bar.update(task, completed=at)
