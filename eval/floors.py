"""
Floors: what each headline figure may not fall below, with the digests of what it was measured on.

A floor holds for the same questions asked of the same texts; where either differs it says so instead of comparing.
Floors are raised by a run that did better; lowering one takes a reason, which goes into eval/log.md.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FLOORS = Path(__file__).parent / "floors.json"
LOG = Path(__file__).parent / "log.md"
# Figures that are better when smaller.
CEILINGS = frozenset({"answerable declined"})
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


def load(path: Path = FLOORS) -> dict[str, Floor]:
    """The floors by the name of the set."""
    if not path.exists():
        return {}
    return {name: Floor(**floor) for name, floor in json.loads(path.read_text(encoding="utf-8")).items()}


def save(floors: Mapping[str, Floor], path: Path = FLOORS) -> None:
    text = json.dumps({name: asdict(floor) for name, floor in sorted(floors.items())}, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")


def below(measured: Mapping[str, float], floor: Floor) -> list[str]:
    """A line for each figure that has fallen below its floor (or risen above its ceiling)."""
    lines = []
    for name, least in floor.figures.items():
        value = measured.get(name)
        if value is None:
            lines.append(f"{name}: not measured; the floor is {least:.3f}")
        elif _worse(name, value, least):
            lines.append(f"{name}: {value:.3f}; the floor is {least:.3f}")
    return lines


def differs(floor: Floor, measured: Floor) -> list[str]:
    """What a measurement was made on otherwise than the floor: the two cannot be compared then."""
    names = ("questions", "corpus", "model", "encoder")
    return [
        f"{name}: {getattr(measured, name)}, the floor has {getattr(floor, name)}"
        for name in names
        if getattr(floor, name) != getattr(measured, name)
    ]


def raised(old: Floor | None, measured: Floor, *, lower: bool = False) -> Floor:
    """The floors after a run: on the same ground the better of both, on new ground (or where `lower`) the measured."""
    figures = {name: round(value, 4) for name, value in measured.figures.items() if name not in NO_FLOOR}
    if old is not None and not lower and not differs(old, measured):
        for name, value in old.figures.items():
            if name not in figures or _worse(name, figures[name], value):
                figures[name] = value
    return Floor(measured.questions, measured.corpus, measured.model, measured.encoder, figures)


def _worse(name: str, value: float, than: float) -> bool:
    tolerance = 1e-6 + 0.5e-4  # floors are kept with four digits
    return value > than + tolerance if name in CEILINGS else value < than - tolerance
