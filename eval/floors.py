"""
Floors: what each headline figure may not fall below, with the digests of what it was measured on.

A floor holds for the same questions asked of the same texts; where either differs it says so instead of comparing.
Floors are raised by a run that did better; lowering one takes a reason, which goes into eval/log.md.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tutor.errors import BadInput

FLOORS = Path(__file__).parent / "floors.json"
LOG = Path(__file__).parent / "log.md"
# Figures that are better when smaller.
CEILINGS = frozenset({"answerable declined", "wrong, but called right"})
# Figures that depend on the machine have no floor.
NO_FLOOR = frozenset({"evidence p95 ms", "first word median ms", "total p95 ms"})


@dataclass(frozen=True, slots=True)
class Floor:
    """The floors of one set."""

    questions: str  # digest of the questions
    corpus: str  # digest of the library's texts
    model: str
    encoder: str
    figures: Mapping[str, float]


def measured(figures: Mapping[str, float], recipe: Mapping[str, str]) -> Floor:
    """What a run measured, as floors are kept."""
    return Floor(recipe["questions"], recipe["corpus"], recipe["model"], recipe["encoder"], dict(figures))


def load(path: Path | None = None) -> dict[str, Floor]:
    """The floors by the name of the set and half, from `path` or from where they are kept."""
    path = path or FLOORS
    if not path.exists():
        return {}
    return {name: Floor(**floor) for name, floor in json.loads(path.read_text(encoding="utf-8")).items()}


def save(floors: Mapping[str, Floor], path: Path | None = None) -> None:
    """Writes the floors, in the order of their names."""
    text = json.dumps({name: asdict(floor) for name, floor in sorted(floors.items())}, indent=2) + "\n"
    (path or FLOORS).write_text(text, encoding="utf-8")


def below(figures: Mapping[str, float], floor: Floor, slack: float = 0.0) -> list[str]:
    """
    A line for each figure that has fallen below its floor (or risen above its ceiling) by more than `slack`.

    The same questions on another processor can differ by one or two: its int8 arithmetic rounds otherwise.
    """
    lines = []
    for name, least in floor.figures.items():
        value = figures.get(name)
        if value is None:
            lines.append(f"{name}: not measured; the floor is {least:.3f}")
        elif _worse(name, value, least, slack):
            bound = "ceiling" if name in CEILINGS else "floor"
            lines.append(f"{name}: {value:.3f}; the {bound} is {least:.3f}")
    return lines


def differs(floor: Floor, run: Floor) -> list[str]:
    """What a measurement was made on otherwise than the floor: the two cannot be compared then."""
    names = ("questions", "corpus", "model", "encoder")
    return [
        f"{name}: {getattr(run, name)}, the floor has {getattr(floor, name)}"
        for name in names
        if getattr(floor, name) != getattr(run, name)
    ]


def raised(old: Floor | None, run: Floor, *, lower: bool = False) -> Floor:
    """The floors after a run: on the same ground the better of both, on new ground (or where `lower`) the measured."""
    figures = {name: round(value, 4) for name, value in run.figures.items() if name not in NO_FLOOR}
    if old is not None and not lower and not differs(old, run):
        for name, value in old.figures.items():
            if name not in figures or _worse(name, figures[name], value):
                figures[name] = value
    return replace(run, figures=figures)


def record(name: str, run: Floor, reason: str | None = None) -> Floor:
    """
    Raises the floors called `name` to what was measured, or with a `reason` sets them to it; returns what is kept now.

    Whatever changed is written into FLOORS and LOG. Raises BadInput where floors measured on other ground would sink
    without a reason.
    """
    kept = load()
    old = kept.get(name)
    if old is not None and reason is None and differs(old, run) and (lines := below(run.figures, old)):
        raise BadInput(
            f"The floors of {name} were measured on something else and would sink: {'; '.join(lines)}. Say why with "
            "--lower REASON."
        )
    new = raised(old, run, lower=reason is not None)
    if new != old:
        save(kept | {name: new})
        with LOG.open("a", encoding="utf-8") as book:
            how = f"set anew, because {reason}" if reason else "raised" if old else "first set"
            book.write(f"- {datetime.now(UTC):%Y-%m-%d} {name}: {how}{_changes(old, new)}\n")
    return new


def _changes(old: Floor | None, new: Floor) -> str:
    was = old.figures if old else {}
    told = [f"{name} {was.get(name, '-')} -> {now}" for name, now in new.figures.items() if was.get(name) != now]
    return f" ({'; '.join(told)})" if told else " (the same figures on other ground)"


def _worse(name: str, value: float, than: float, slack: float = 0.0) -> bool:
    tolerance = slack + 1e-6 + 0.5e-4  # floors are kept with four digits
    return value > than + tolerance if name in CEILINGS else value < than - tolerance
