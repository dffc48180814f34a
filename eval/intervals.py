"""
Intervals: what other questions of the same kind might have given, by drawing whole pages again and again.

Percentile bootstrap (Efron 1979). Questions about one page share its text, so that single questions would make the
intervals too narrow; the kinds of question are drawn apart, so that each has as many pages as it has. Knows nothing of
what is measured.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from eval import metrics, sets
from eval.run import Record

RESAMPLED = 1000  # times

T = TypeVar("T")
Interval = tuple[float, float]
Measure = Callable[[Sequence[Record]], float | None]


def by_page(records: Iterable[Record]) -> list[list[Record]]:
    """The records of one page together, in the order of their addresses; what is about no page is by itself."""
    known = sorted(records, key=lambda record: (record.page or f"~{record.id}", record.id))
    return [list(group) for _, group in groupby(known, key=lambda record: record.page or f"~{record.id}")]


def drawn(records: Sequence[Record], seed: int, times: int = RESAMPLED) -> Iterable[list[Record]]:
    """So many new sets, each of as many pages of each kind as there are, drawn with replacement."""
    draw = random.Random(seed)
    kinds = [by_page(record for record in records if record.kind == kind) for kind in sets.KINDS]
    for _ in range(times):
        yield [r for groups in kinds if groups for group in draw.choices(groups, k=len(groups)) for r in group]


def intervals(
    records: Sequence[Record], measures: Mapping[str, Measure], seed: int, times: int = RESAMPLED
) -> dict[str, Interval]:
    """Of each measure what 95 of 100 new sets would give; the same for the same seed."""
    values: dict[str, list[float]] = {name: [] for name in measures}
    for again in drawn(records, seed, times):
        for name, measure in measures.items():
            if (value := measure(again)) is not None:
                values[name].append(value)
    return {name: (metrics.percentile(some, 0.025), metrics.percentile(some, 0.975)) for name, some in values.items()}


def plain_intervals(
    items: Sequence[T], measures: Mapping[str, Callable[[Sequence[T]], float]], seed: int,
    group: Callable[[T], str], times: int = RESAMPLED,
) -> dict[str, Interval]:  # fmt: skip
    """As `intervals`, of anything: items of one group are drawn together."""
    draw = random.Random(seed)
    groups = [list(some) for _, some in groupby(sorted(items, key=group), key=group)]
    values: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(times):
        again = [item for some in draw.choices(groups, k=len(groups)) for item in some]
        for name, measure in measures.items():
            values[name].append(measure(again))
    return {name: (metrics.percentile(some, 0.025), metrics.percentile(some, 0.975)) for name, some in values.items()}
