"""
Plots of a report: small SVG pictures for an HTML page, each with a text alternative and the numbers it was drawn from.

The page has the colours (`--one` to `--four`, `--ink`, `--quiet`, `--line`) and the classes, so that a picture is right
on light and on dark paper and in print; curves are told apart by their dashes too. Letters stay readable at the width
of a phone, since every picture is narrow and grows with its column. Knows nothing of runs: numbers in, text out.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from eval import metrics

Points = Sequence[tuple[float, float]]
Interval = tuple[float, float]

_WIDE, _HIGH = 440.0, 270.0
_LEFT, _RIGHT, _TOP, _BELOW = 46.0, 14.0, 20.0, 46.0
NAMES = ("one", "two", "three", "four")


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with `ticks` as (value, label); `log`: by powers of ten."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    name: str
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value is, 0..1; what lies outside is put on the edge."""
        low, high = (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        known = math.log10(max(value, self.low)) if self.log else value
        return min(1.0, max(0.0, (known - low) / (high - low)))


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a plot with the name that its legend gives it. `steps`: it goes across, then up."""

    name: str
    points: Points
    steps: bool = False
    dots: bool = False


def percent(value: float) -> str:
    """A share in whole per cent, held together by a space that does not break."""
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"


def shares(name: str, high: float = 1.0, parts: int = 5) -> Axis:
    """An axis of shares, 0 % to `high`."""
    return Axis(0.0, high, tuple((high * n / parts, percent(high * n / parts)) for n in range(parts + 1)), name)


# -- drawing ----------------------------------------------------------------------------------------------------------


def plot(
    told: str, across: Axis, up: Axis, curves: Sequence[Curve], marks: Iterable[tuple[float, float, int]] = (),
    lines: Iterable[tuple[float, str]] = (), beneath: Iterable[str] = (),
) -> str:  # fmt: skip
    """
    A picture of curves; `told` is its text alternative.

    `marks` are points that stand out, with the number of their curve; `lines` stand upright at a value, with their
    label; `beneath` is SVG drawn under the curves.
    """
    draw = _Place(across, up)
    parts = [*draw.frame(), *beneath]
    for value, label in lines:
        x = draw.x(value)
        parts.append(f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HIGH - _BELOW}"/>')
        parts.append(f'<text class="mark" x="{x:.1f}" y="{_TOP - 7}" text-anchor="middle">{escape(label)}</text>')
    for number, curve in enumerate(curves):
        parts += draw.curve(curve, number)
    parts += [_dot(draw.x(x), draw.y(y), number, 5) for x, y, number in marks]
    return _svg(told, parts)


class _Place:
    """Where values are in the picture."""

    def __init__(self, across: Axis, up: Axis) -> None:
        self.across, self.up = across, up

    def x(self, value: float) -> float:
        return _LEFT + self.across.at(value) * (_WIDE - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _TOP + (1 - self.up.at(value)) * (_HIGH - _TOP - _BELOW)

    def frame(self) -> Iterable[str]:
        for value, label in self.up.ticks:
            y = self.y(value)
            yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'
        for value, label in self.across.ticks:
            yield (
                f'<text x="{self.x(value):.1f}" y="{_HIGH - _BELOW + 17}" text-anchor="middle">{escape(label)}</text>'
            )
        middle = (_LEFT + _WIDE - _RIGHT) / 2
        yield f'<text class="axis" x="{middle}" y="{_HIGH - 8}" text-anchor="middle">{escape(self.across.name)}</text>'

    def curve(self, curve: Curve, number: int) -> Iterable[str]:
        places = [(self.x(x), self.y(y)) for x, y in curve.points]
        if curve.steps:
            places = [place for a, b in pairwise(places) for place in (a, (b[0], a[1]))] + places[-1:]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline class="curve {NAMES[number]}" points="{path}"/>'
        if curve.dots:
            yield from (_dot(x, y, number, 4) for x, y in places)


def _dot(x: float, y: float, number: int, radius: int) -> str:
    return f'<circle class="dot" style="fill: var(--{NAMES[number]})" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


def _svg(told: str, parts: Iterable[str]) -> str:
    said = escape(told, quote=True)
    return f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" role="img" aria-label="{said}">{"".join(parts)}</svg>'


def legend(names: Sequence[str]) -> str:
    """The names of curves as HTML, each with a stroke like its curve."""
    items = (
        f'<li><svg viewBox="0 0 30 8" aria-hidden="true"><line class="curve {NAMES[number]}" x1="1" x2="29" y1="4" '
        f'y2="4"/></svg>{escape(name)}</li>'
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def spark(values: Sequence[float], told: str) -> str:
    """A line a word high: how a figure went from run to run, the last one dotted. `told` is its text alternative."""
    low, high = min(values), max(values)
    tall = (high - low) or 1.0
    step = 76 / max(1, len(values) - 1)
    places = [
        (4 + at * step, 20 - 16 * ((value - low) / tall if high > low else 0.5)) for at, value in enumerate(values)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<svg class="spark" viewBox="0 0 84 24" role="img" aria-label="{escape(told, quote=True)}">'
        f'<polyline class="curve one" points="{path}"/>'
        f"{_dot(x, y, 0, 3)}</svg>"
    )


def span(value: float, interval: Interval, target: float | None = None) -> str:
    """A share on a line from 0 to 1 with its interval, and a stroke where its target is. It says nothing by itself."""
    low, high, at = (4 + 112 * min(1.0, max(0.0, one)) for one in (*interval, value))
    aim = (
        ""
        if target is None
        else f'<line class="aim" x1="{4 + 112 * target:.1f}" x2="{4 + 112 * target:.1f}" y1="1" y2="15"/>'
    )
    return (
        '<svg class="span" viewBox="0 0 120 16" aria-hidden="true"><line class="track" x1="4" x2="116" y1="8" y2="8"/>'
        f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="8" y2="8"/>{_dot(at, 8, 0, 4)}{aim}</svg>'
    )


# -- numbers ----------------------------------------------------------------------------------------------------------


def cumulative(values: Sequence[float]) -> list[tuple[float, float]]:
    """Of each value which share of the values is at most that; rising, one point for each different value."""
    ordered = sorted(values)
    last: Mapping[float, float] = {value: at / len(ordered) for at, value in enumerate(ordered, 1)}
    return list(last.items())


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts whose support is from `low` (included) to `high`: how many, and the share that is true."""

    low: float
    high: float
    count: int
    true: int
    mean: float  # of their support

    @property
    def share(self) -> float:
        return metrics.share(self.true, self.count)


def bins(supports: Sequence[float], labels: Sequence[bool], count: int = 10) -> list[Bin]:
    """The verdicts in bins of equal width from 0 to 1, without the empty ones; 1 belongs to the last."""
    found = []
    for number in range(count):
        low, high = number / count, (number + 1) / count
        mine = [
            (support, label)
            for support, label in zip(supports, labels, strict=True)
            if min(count - 1, int(support * count)) == number
        ]
        if mine:
            true = sum(label for _, label in mine)
            found.append(Bin(low, high, len(mine), true, metrics.mean([support for support, _ in mine])))
    return found


def expected_error(found: Sequence[Bin]) -> float:
    """How far support and the share that is true lie apart, by the bins' sizes (ECE; Naeini and others 2015)."""
    whole = sum(one.count for one in found)
    return sum(one.count * abs(one.share - one.mean) for one in found) / whole if whole else 0.0


def wilson(part: int, whole: int, z: float = 1.96) -> Interval:
    """The 95 % interval of a share (Wilson 1927); 0 to 1 of nothing."""
    if not whole:
        return 0.0, 1.0
    share, room = part / whole, z * z / whole
    middle = (share + room / 2) / (1 + room)
    half = z * math.sqrt(share * (1 - share) / whole + room / whole / 4) / (1 + room)
    return max(0.0, middle - half), min(1.0, middle + half)


# -- the pictures of a report -----------------------------------------------------------------------------------------


def reliability(found: Sequence[Bin], cut: float) -> str:
    """Support against the share that is true, with intervals; the straight line is where the two agree."""
    across = shares("support that the check gives")
    up = shares("labelled true")
    draw = _Place(across, up)
    beneath = [
        f'<line class="even" x1="{draw.x(0):.1f}" y1="{draw.y(0):.1f}" x2="{draw.x(1):.1f}" y2="{draw.y(1):.1f}"/>'
    ]
    for one in found:
        low, high = wilson(one.true, one.count)
        x = draw.x(one.mean)
        beneath.append(
            f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{draw.y(low):.1f}" y2="{draw.y(high):.1f}"/>'
        )
    told = "Share labelled true by support: " + ", ".join(
        f"{percent(one.mean)} support, {percent(one.share)} true of {one.count}" for one in found
    )
    curve = Curve("labelled true", [(one.mean, one.share) for one in found], dots=True)
    return plot(told, across, up, [curve], lines=[(cut, f"shown from {cut:.2f}")], beneath=beneath)


def times(series: Mapping[str, Sequence[float]]) -> str:
    """Cumulative distributions of milliseconds, on a logarithmic axis; a dot where 95 % are done."""
    every = [max(1.0, value) for values in series.values() for value in values]
    # Few answers are much faster than the others (the syllabus's): they stand on the edge rather than widen the axis.
    low = 10 ** math.floor(math.log10(metrics.percentile(every, 0.03)))
    high = 10 ** math.ceil(math.log10(max(every)))
    high = max(high, 10 * low)
    powers = range(round(math.log10(low)), round(math.log10(high)) + 1)
    ticks = tuple((10.0**power, _seconds(10.0**power)) for power in powers)
    across = Axis(float(low), float(high), ticks, "time since the question (logarithmic)", log=True)
    curves = [Curve(name, [(low, 0.0), *cumulative(values)], steps=True) for name, values in series.items()]
    ends = {name: metrics.percentile(values, 0.95) for name, values in series.items()}
    told = "Times: " + ", ".join(f"{name} within {_seconds(end)} for 95 %" for name, end in ends.items())
    marks = [(end, 0.95, number) for number, end in enumerate(ends.values())]
    return plot(told, across, shares("of the questions"), curves, marks)


def _seconds(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms < 1_000 else f"{ms / 1_000:,.3g} s"
