"""
Risk and coverage: how much of what is answered is wrong, when more or less is answered; as figures and as a picture.

A rule for declining orders questions by its chance. Answering all questions from some chance on has a coverage (the
share answered) and a risk (the share of those answered that is wrong); every cut gives a point, all of them a curve
(El-Yaniv and Wiener 2010), and the area under it, AURC, says how well the chance orders, whatever the cut (Geifman,
Uziel and El-Yaniv 2019). Two ways to be wrong:

- by evidence: it cannot be answered, or no gold sentence is in the evidence. Known of every question, since evidence is
  found before it is decided to decline: the whole curve.
- by answer: it cannot be answered, or the answer neither rests on a gold sentence nor states one of its facts. Known
  only of questions that were answered: the curve ends at the working point.

Knows nothing of how an answer is made. Not covered: answers half right; one fact of three is not wrong here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from eval.metrics import earned, mean, share
from eval.run import Record

JUDGED = ("answerable", "conversation", "unanswerable")
# Below this coverage a curve is a handful of questions: it is left out of the picture.
FROM = 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """What share is answered, and what share of that is wrong, where every chance from `cut` on is answered."""

    cut: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Curve:
    """
    A curve and what it comes to. `area` is the mean of the risk over the curve's coverages (AURC where it is whole).

    Beside it what the same errors would give if the chance knew them (`least`) and if it knew nothing (`blind`).
    """

    points: tuple[Point, ...]
    area: float
    least: float
    blind: float


def of(chances: Sequence[float], wrong: Sequence[bool], among: int | None = None) -> Curve:
    """
    The curve of questions with these chances, wrong or not; coverage is the share of `among` questions (all of these).

    Questions of one chance are answered together; within the area they count as if drawn by lot.
    """
    total = len(chances) if among is None else among
    groups: dict[float, list[bool]] = {}
    for chance, one in sorted(zip(chances, wrong, strict=True), reverse=True):
        groups.setdefault(chance, []).append(one)
    points: list[Point] = []
    risks: list[float] = []
    answered = errors = 0
    for chance, group in groups.items():
        bad = sum(group)
        risks += [(errors + bad * n / len(group)) / (answered + n) for n in range(1, len(group) + 1)]
        answered, errors = answered + len(group), errors + bad
        points.append(Point(chance, answered / total, errors / answered))
    last = [max(0, n - (answered - errors)) / n for n in range(1, answered + 1)]  # everything right comes first
    return Curve(tuple(points), mean(risks), mean(last), share(errors, answered) if answered else 0.0)


def wrong_by_evidence(record: Record) -> bool:
    """Whether an answer could not rest on what answers."""
    return record.kind == "unanswerable" or not record.in_evidence


def wrong_by_answer(record: Record) -> bool:
    """Whether the answer has nothing of what answers."""
    return record.kind == "unanswerable" or not (record.gold_cited or record.facts_stated)


def judged(records: Sequence[Record]) -> list[Record]:
    """The records that a curve is about: scored, and either to be answered from pages or not to be answered."""
    return [record for record in records if not record.unscored and record.kind in JUDGED]


def by_evidence(records: Sequence[Record]) -> Curve:
    """The whole curve."""
    asked = judged(records)
    return of([r.chance for r in asked], [wrong_by_evidence(r) for r in asked])


def by_answer(records: Sequence[Record]) -> Curve:
    """The curve up to the working point."""
    asked = judged(records)
    answered = [r for r in asked if not r.declined]
    return of([r.chance for r in answered], [wrong_by_answer(r) for r in answered], len(asked))


def working(records: Sequence[Record], wrong: Callable[[Record], bool]) -> Point:
    """Where the tutor stood in this run: what it answered, at the least chance that it answered at."""
    asked = judged(records)
    answered = [record for record in asked if not record.declined]
    cut = min((record.chance for record in answered), default=1.0)
    return Point(cut, share(len(answered), len(asked)), mean([float(wrong(record)) for record in answered]))


def kinds(records: Sequence[Record]) -> dict[str, list[float]]:
    """The chances by kind of question: answerable, follow-up, off-topic, near-miss."""
    found: dict[str, list[float]] = {}
    for record in judged(records):
        name = record.why or ("follow-up" if record.turn > 1 else "answerable")
        found.setdefault(name, []).append(record.chance)
    return found


def figures(records: Sequence[Record]) -> dict[str, float]:
    """What the curves come to, by the names that a summary has them under; nothing where nothing was asked."""
    if not judged(records):
        return {}
    evidence, answer = by_evidence(records), by_answer(records)
    return {
        "AURC by evidence": evidence.area,
        "AURC by evidence, at best": evidence.least,
        "AURC by evidence, blind": evidence.blind,
        "mean risk by answer": answer.area,
        "risk by evidence": working(records, wrong_by_evidence).risk,
        "risk by answer": working(records, wrong_by_answer).risk,
    } | rates(records)


def rates(records: Sequence[Record]) -> dict[str, float]:
    """Of all questions the share that is answered, the share that is answered wrongly, and what both come to."""
    asked = judged(records)
    answered = [record for record in asked if not record.declined]
    wrong = sum(map(wrong_by_answer, answered))
    return {
        "answer rate": share(len(answered), len(asked)),
        "error rate": share(wrong, len(asked)),
        "score (+1, 0, -1)": earned(len(answered) - wrong, wrong, len(asked)),
    }


# -- the picture ------------------------------------------------------------------------------------------------------

_WIDE, _HIGH = 330, 220  # of a plot, in pixels
_LEFT, _TOP, _GAP = 56, 48, 92
_STYLE = """
  svg { --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff;
        --one: #0969da; --two: #bc4c00; --three: #8250df; --four: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0f6fc; --soft: #9aa4af; --line: #3d444d; --paper: #0d1117;
          --one: #58a6ff; --two: #f0883e; --three: #bc8cff; --four: #3fb950; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--soft); }
  .title { font-weight: 600; font-size: 13px; fill: var(--ink); }
  .axis { stroke: var(--line); } .cut { stroke: var(--soft); stroke-dasharray: 3 3; }
  .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .dot { stroke: var(--paper); stroke-width: 2; }
"""
_COLOURS = ("one", "two", "three", "four")
_DASHES = ("", "7 3", "2 3", "9 3 2 3")  # told apart without colours too


@dataclass(frozen=True, slots=True)
class _Plot:
    """One plot of the picture: where it stands, and the value at the top of its upright axis."""

    left: float
    top: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point, x from 0 to 1, y from 0 to `top`."""
        return self.left + x * _WIDE, _TOP + _HIGH * (1 - min(y, self.top) / self.top)

    def frame(self, title: str, across: str) -> str:
        """Title, grid and what the axes say."""
        drawn = [f'<text class="title" x="{self.left}" y="{_TOP - 22}">{escape(title)}</text>']
        for step in range(6):
            value = self.top * step / 5
            x, y = self.at(0, value)
            drawn.append(f'<line class="axis" x1="{x:.1f}" x2="{x + _WIDE:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
            drawn.append(f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{value:.0%}</text>')
            x, y = self.at(step / 5, 0)
            drawn.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{step / 5:.1f}</text>')
        x, y = self.at(0.5, 0)
        drawn.append(f'<text x="{x:.1f}" y="{y + 38:.1f}" text-anchor="middle">{escape(across)}</text>')
        return "\n".join(drawn)

    def line(self, points: Sequence[tuple[float, float]], number: int) -> str:
        """A curve in the colour and dashes of its number."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        style = f"stroke: var(--{_COLOURS[number]})"
        return f'<polyline class="curve" style="{style}" stroke-dasharray="{_DASHES[number]}" points="{path}"/>'

    def dot(self, point: tuple[float, float], number: int) -> str:
        x, y = self.at(*point)
        return f'<circle class="dot" style="fill: var(--{_COLOURS[number]})" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'

    def legend(self, names: Sequence[str]) -> str:
        """The names of the curves, one under the other, below the plot."""
        drawn = []
        for number, name in enumerate(names):
            y = _TOP + _HIGH + 62 + 18 * number
            style = f"stroke: var(--{_COLOURS[number]})"
            drawn.append(
                f'<line class="curve" style="{style}" stroke-dasharray="{_DASHES[number]}" x1="{self.left}" '
                f'x2="{self.left + 28}" y1="{y - 4}" y2="{y - 4}"/>'
                f'<text x="{self.left + 36}" y="{y}">{escape(name)}</text>'
            )
        return "\n".join(drawn)


def picture(records: Sequence[Record], cut: float) -> str:
    """
    The curves as an SVG document of its own: risk over coverage at the left, at the right the share of each kind of
    question that is answered at every cut. `cut` is the rule's. Readable on white and on black paper.
    """
    curves = {"by evidence": by_evidence(records), "by answer, as far as answered": by_answer(records)}
    points = [p for curve in curves.values() for p in curve.points if p.coverage >= FROM]
    worst = max((point.risk for point in points), default=0.0)
    risk = _Plot(_LEFT, next(top for top in (0.1, 0.2, 0.25, 0.5, 1.0) if worst <= top))
    answered = _Plot(_LEFT + _WIDE + _GAP, 1.0)
    wide, high = _LEFT + 2 * _WIDE + _GAP + 24, _TOP + _HIGH + 62 + 18 * 4
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>Risk and coverage of {len(judged(records))} questions</title><style>{_STYLE}</style>",
        f'<rect width="{wide}" height="{high}" style="fill: var(--paper)"/>',
        *_risk(risk, records, curves),
        *_answered(answered, records, cut),
        "</svg>",
    ]
    return "\n".join(drawn) + "\n"


def _risk(plot: _Plot, records: Sequence[Record], curves: dict[str, Curve]) -> list[str]:
    drawn = [plot.frame("Wrong, of those answered", "coverage: share of all questions answered")]
    for number, (curve, wrong) in enumerate(zip(curves.values(), (wrong_by_evidence, wrong_by_answer), strict=True)):
        points = [(point.coverage, point.risk) for point in curve.points if point.coverage >= FROM]
        at = working(records, wrong)
        drawn += [plot.line(points, number), plot.dot((at.coverage, at.risk), number)]
    names = [f"{name}: area {curve.area:.3f}, at best {curve.least:.3f}" for name, curve in curves.items()]
    drawn.append(plot.legend([*names]))
    y = _TOP + _HIGH + 62 + 18 * len(names)
    drawn.append(
        f'<circle cx="{plot.left + 14}" cy="{y - 4}" r="4" style="fill: var(--soft)"/>'
        f'<text x="{plot.left + 36}" y="{y}">the working point</text>'
    )
    return drawn


def _answered(plot: _Plot, records: Sequence[Record], cut: float) -> list[str]:
    drawn = [plot.frame("Answered, of each kind", "chance from which is answered")]
    (x, low), (_, top) = plot.at(cut, 0), plot.at(cut, 1)
    drawn.append(f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{top:.1f}"/>')
    drawn.append(f'<text x="{x:.1f}" y="{top - 6:.1f}" text-anchor="middle">cut {cut:.2f}</text>')
    names = []
    for number, (name, chances) in enumerate(sorted(kinds(records).items())):
        steps = [(0.01 * n, mean([float(chance >= 0.01 * n) for chance in chances])) for n in range(101)]
        drawn.append(plot.line(steps, number))
        names.append(f"{name} ({len(chances)}): {mean([float(chance >= cut) for chance in chances]):.0%} at the cut")
    return [*drawn, plot.legend(names)]
