"""
Two runs on the same questions: is what lies between them more than chance?

The interval of a difference is a percentile bootstrap that draws whole pages, the same ones for both runs. The test is
McNemar's (1947), in its exact form, where a figure is a share of questions that are each right or wrong, else a
permutation test (Fisher 1935): were the runs alike, it would not matter which of them a page's records came from.
Holm (1979) corrects for looking at several figures. Knows nothing of what is measured, nor of runs' folders. Not
covered: chance within a run (another seed, another day); every Writer here answers the same prompt alike.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import comb

from eval import metrics
from eval.intervals import Interval, by_page, drawn
from eval.run import Record

TIMES = 1000  # drawings of the bootstrap, and of the permutation test where all swaps are too many
ALIKE = 1e-9  # two values nearer than this are one: sums in another order differ in their last digits

Figures = Callable[[Sequence[Record]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One figure of both runs, None where a run has none. `interval` is of `second - first`, `p` the chance of a
    difference at least as large if the runs were alike, `corrected` the same by Holm for a figure of the headline.
    """

    figure: str
    first: float | None
    second: float | None
    questions: int  # that the figure is about, in both runs
    interval: Interval | None = None
    test: str = ""
    p: float | None = None
    corrected: float | None = None

    @property
    def value(self) -> float | None:
        """How much more the second run has."""
        if self.first is None or self.second is None:
            return None
        return 0.0 if abs(self.second - self.first) < ALIKE else self.second - self.first

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out that there is no difference."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def mcnemar(gained: int, lost: int) -> float:
    """
    The two-sided p-value that of the questions on which two runs disagree, `gained` to one side and `lost` to the
    other, the split is by the fall of a coin. 1 where they agree on all.
    """
    flipped = gained + lost
    ways = 2 * sum(comb(flipped, n) for n in range(min(gained, lost) + 1))
    return float(min(Fraction(1), Fraction(ways, 2**flipped)))


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """The p-values corrected for their number: the smallest times n, the next times n - 1, never falling, at most 1."""
    found: dict[str, float] = {}
    least = 0.0
    for rank, name in enumerate(sorted(values, key=lambda one: values[one])):
        least = max(least, min(1.0, (len(values) - rank) * values[name]))
        found[name] = least
    return found


def differences(
    first: Sequence[Record],
    second: Sequence[Record],
    figures: Figures,
    headline: Callable[[str], bool] = lambda _: False,
    seed: int = 0,
    times: int = TIMES,
) -> list[Difference]:
    """
    Every figure of two runs, whose records are of the same questions in the same order, all of them scored.

    The same for the same seed. `headline` says which figures are corrected together.
    """
    values = figures(first), figures(second)
    singles = [figures([one]) for one in first], [figures([one]) for one in second]
    bounds = _bounds(first, second, figures, seed, times)
    chances = _permuted(first, second, figures, seed, times)
    found = []
    for name in [*values[0], *(name for name in values[1] if name not in values[0])]:
        pairs = [(a[name], b[name]) for a, b in zip(*singles, strict=True) if name in a and name in b]
        one = Difference(name, values[0].get(name), values[1].get(name), len(pairs))
        if one.value is not None:
            flips = _flips(pairs, one)
            test, p = ("McNemar", mcnemar(*flips)) if flips is not None else ("permutation", chances[name])
            one = replace(one, interval=bounds.get(name), test=test, p=p)
        found.append(one)
    corrected = holm({one.figure: one.p for one in found if one.p is not None and headline(one.figure)})
    return [replace(one, corrected=corrected.get(one.figure)) for one in found]


def _flips(pairs: Sequence[tuple[float, float]], whole: Difference) -> tuple[int, int] | None:
    """How many questions were gained and lost, where the figure is the mean of its questions and each is 0 or 1."""
    if not pairs or any(value not in (0, 1) for pair in pairs for value in pair):
        return None
    for side, value in enumerate((whole.first, whole.second)):
        if value is None or abs(metrics.mean([pair[side] for pair in pairs]) - value) > ALIKE:
            return None
    return sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)


def _bounds(
    first: Sequence[Record], second: Sequence[Record], figures: Figures, seed: int, times: int
) -> dict[str, Interval]:
    """Of each figure what 95 of 100 new sets of pages would have for a difference."""
    other = {one.id: one for one in second}
    found: dict[str, list[float]] = {}
    for again in drawn(first, seed, times):
        before, after = figures(again), figures([other[one.id] for one in again])
        for name in before.keys() & after.keys():
            found.setdefault(name, []).append(after[name] - before[name])
    return {name: (metrics.percentile(some, 0.025), metrics.percentile(some, 0.975)) for name, some in found.items()}


def _permuted(
    first: Sequence[Record], second: Sequence[Record], figures: Figures, seed: int, times: int
) -> dict[str, float]:
    """
    Of each figure how often a difference is as large as the one found when each page's records change sides by the fall
    of a coin: of all ways to do so, or where they are more than `times`, of that many drawn.
    """
    found = _apart(first, second, figures)
    other = {one.id: one for one in second}
    pages = [(page, [other[one.id] for one in page]) for page in by_page(first)]
    as_large = dict.fromkeys(found, 0)
    drawn_too = 0
    for swaps in _swaps(len(pages), seed, times):
        drawn_too += 1
        sides = [(b, a) if swap else (a, b) for swap, (a, b) in zip(swaps, pages, strict=True)]
        apart = _apart([one for a, _ in sides for one in a], [one for _, b in sides for one in b], figures)
        for name, value in found.items():
            as_large[name] += abs(apart.get(name, 0.0)) >= abs(value) - ALIKE
    every = 2 ** len(pages) <= times
    # What was found is itself one of the ways; where they are drawn it may not be among them.
    return {name: n / drawn_too if every else (n + 1) / (drawn_too + 1) for name, n in as_large.items()}


def _swaps(pages: int, seed: int, times: int) -> Iterator[Sequence[bool]]:
    if 2**pages <= times:
        yield from product((False, True), repeat=pages)
        return
    draw = random.Random(seed)
    for _ in range(times):
        yield [draw.random() < 0.5 for _ in range(pages)]


def _apart(first: Sequence[Record], second: Sequence[Record], figures: Figures) -> dict[str, float]:
    before, after = figures(first), figures(second)
    return {name: after[name] - before[name] for name in before if name in after}
