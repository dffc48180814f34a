"""
Intervals: what other questions of the same kind might have given, by drawing whole pages again and again.

Percentile bootstrap (Efron 1979). Questions about one page share its text, so that single questions would make the
intervals too narrow; the kinds of question are drawn apart, so that each has as many pages as it has. Knows nothing of
what is measured.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from eval import metrics, sets

if TYPE_CHECKING:
    from eval.run import Record

RESAMPLED = 1000  # times

T = TypeVar("T")
Interval = tuple[float, float]
Measure = Callable[[Sequence["Record"]], float | None]


def by_page(records: Iterable["Record"]) -> list[list["Record"]]:
    """The records of one page together, in the order of their addresses; what is about no page is by itself."""
    known = sorted(records, key=lambda record: (record.page or f"~{record.id}", record.id))
    return [list(group) for _, group in groupby(known, key=lambda record: record.page or f"~{record.id}")]


def drawn(records: Sequence["Record"], seed: int, times: int = RESAMPLED) -> Iterable[list["Record"]]:
    """So many new sets, each of as many pages of each kind as there are, drawn with replacement."""
    draw = random.Random(seed)
    kinds = [by_page(record for record in records if record.kind == kind) for kind in sets.KINDS]
    for _ in range(times):
        yield [r for groups in kinds if groups for group in draw.choices(groups, k=len(groups)) for r in group]


def intervals(
    records: Sequence["Record"], measures: Mapping[str, Measure], seed: int, times: int = RESAMPLED
) -> dict[str, Interval]:
    """Of each measure what 95 of 100 new sets would give; the same for the same seed."""
    values: dict[str, list[float]] = {name: [] for name in measures}
    for again in drawn(records, seed, times):
        for name, measure in measures.items():
            if (value := measure(again)) is not None:
                values[name].append(value)
    return {name: metrics.middle(some) for name, some in values.items()}


def of_figures(
    again: Iterable[Sequence[T]], figures: Callable[[Sequence[T]], Mapping[str, float]]
) -> dict[str, Interval]:
    """Of every figure of the sets drawn (`drawn`, `drawn_by`) what 95 of 100 of those that have it give."""
    values: dict[str, list[float]] = {}
    for some in again:
        for name, value in figures(some).items():
            values.setdefault(name, []).append(value)
    return {name: metrics.middle(some) for name, some in values.items()}


def drawn_by(items: Sequence[T], group: Callable[[T], str], seed: int, times: int = RESAMPLED) -> Iterable[list[T]]:
    """As `drawn`, of anything: items of one group are drawn together."""
    draw = random.Random(seed)
    groups = [list(some) for _, some in groupby(sorted(items, key=group), key=group)]
    for _ in range(times):
        yield [item for some in draw.choices(groups, k=len(groups)) for item in some]


def plain_intervals(
    items: Sequence[T], measures: Mapping[str, Callable[[Sequence[T]], float]], seed: int,
    group: Callable[[T], str], times: int = RESAMPLED,
) -> dict[str, Interval]:  # fmt: skip
    """As `intervals`, of anything: items of one group are drawn together."""
    told = of_figures(
        drawn_by(items, group, seed, times), lambda again: {name: measure(again) for name, measure in measures.items()}
    )
    return {name: told[name] for name in measures}
