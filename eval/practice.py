"""
How well answers to practice cards are graded: what learners might type, labelled by reading, against the rules.

    python -m eval practice [--half test] [--json]

A line of `sets/typed.jsonl` is an answer to one of the tutor's own cards with a label, right, nearly or wrong, given by
somebody who had not seen the rules. Told apart: an answer called right that is not (it teaches an error) and one that
is right and was not called so (it annoys, and the learner can overrule it). Knows nothing of how grading works.
Not covered: choices and orders, of which there is nothing to judge.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from eval import floors, metrics, runs
from eval.intervals import plain_intervals
from eval.sets import SETS, half_of, labelled
from tutor import cards
from tutor.errors import BadInput
from tutor.grading import NEARLY, RIGHT, WRONG, grade

TYPED = SETS / "typed.jsonl"
LABELS = (RIGHT, NEARLY, WRONG)
UNREAD = "unread"  # refused as no answer, and asked again: neither right nor wrong


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer to a card; `kind` says how it was made (a slip, a paraphrase, the sibling's name ...)."""

    id: str
    card: str
    given: str
    label: str
    kind: str

    @property
    def half(self) -> str:
        return half_of(self.card.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer with what the code said of it."""

    typed: Typed
    outcome: str


def load(path: Path = TYPED, half: str = "all") -> list[Typed]:
    """The answers of a file, or one half of them. Raises BadInput naming the line, what was expected and found."""
    there = {card.id for card in cards.load()}
    return labelled(path, half, lambda line, where: _read(line, where, there))


def _read(line: str, where: str, there: set[str]) -> Typed:
    try:
        typed = Typed(**json.loads(line))
    except (ValueError, TypeError) as error:
        told = ", ".join(field.name for field in fields(Typed))
        raise BadInput(f"{where}: expected an object with {told}: {error}") from error
    if typed.label not in LABELS:
        raise BadInput(f"{where}: expected a label of {', '.join(LABELS)}, found {typed.label!r}")
    if typed.card not in there:
        raise BadInput(f"{where}: expected a card, found {typed.card!r}")
    return typed


def judge(answers: Sequence[Typed]) -> list[Graded]:
    """What the code says of each answer."""
    by_id = {card.id: card for card in cards.load()}

    def outcome(typed: Typed) -> str:
        try:
            return grade(by_id[typed.card], typed.given).outcome
        except BadInput:
            return UNREAD

    return [Graded(typed, outcome(typed)) for typed in answers]


def _told_right(graded: Sequence[Graded]) -> float:
    right = [one for one in graded if one.outcome == RIGHT]
    return metrics.share(sum(one.typed.label == RIGHT for one in right), len(right))


def _found_right(graded: Sequence[Graded]) -> float:
    right = [one for one in graded if one.typed.label == RIGHT]
    return metrics.share(sum(one.outcome == RIGHT for one in right), len(right))


def _offered(graded: Sequence[Graded]) -> float:
    right = [one for one in graded if one.typed.label == RIGHT]
    return metrics.share(sum(one.outcome in (RIGHT, NEARLY) for one in right), len(right))


def _wrong_passed(graded: Sequence[Graded]) -> float:
    wrong = [one for one in graded if one.typed.label == WRONG]
    return metrics.share(sum(one.outcome == RIGHT for one in wrong), len(wrong)) if wrong else 0.0


def _agreed(graded: Sequence[Graded]) -> float:
    return metrics.share(sum(one.outcome == one.typed.label for one in graded), len(graded))


FIGURES: Mapping[str, Callable[[Sequence[Graded]], float]] = {
    "called right, and right": _told_right,
    "right, and called right": _found_right,
    "right, called right or nearly": _offered,
    "wrong, but called right": _wrong_passed,
    "the same word as the reader": _agreed,
}


def figures(graded: Sequence[Graded]) -> dict[str, float]:
    return {name: measure(graded) for name, measure in FIGURES.items()}


def digest(answers: Sequence[Typed]) -> str:
    """Sixteen hex digits that change with the answers."""
    return hashlib.sha256(json.dumps([asdict(one) for one in answers]).encode()).hexdigest()[:16]


def measure(half: str) -> tuple[floors.Floor, list[Graded]]:
    """Grades a half: its figures as floors are kept, of these answers to these cards."""
    answers = load(TYPED, half)
    graded = judge(answers)
    of_cards = hashlib.sha256("".join(f"{card}" for card in cards.load()).encode()).hexdigest()[:16]
    return floors.Floor(digest(answers), of_cards, "no model", "no encoder", figures(graded)), graded


def practice(
    half: Annotated[str, typer.Option(help="tune, test or all; rules are made on tune.")] = "all",
    seed: Annotated[int, typer.Option(help="Of the intervals.")] = 0,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """How often the grading of typed answers agrees with a reader."""
    from tutor.settings import load as load_settings

    settings = load_settings()
    answers = load(TYPED, half)
    made_of = {"kind": "practice", "half": half, "answers": digest(answers), "seed": str(seed)}
    place = runs.place(folder, settings.places.home, "practice")
    runs.resume(place, made_of)
    graded = judge(answers)
    rows = [{**asdict(one.typed), "outcome": one.outcome} for one in graded]
    bounds = plain_intervals(graded, FIGURES, seed, group=lambda one: one.typed.card)
    whole = {
        "recipe": made_of,
        "figures": figures(graded),
        "intervals": bounds,
        "counts": {"answers": len(graded), "could not be read": sum(one.outcome == UNREAD for one in graded)},
    }
    runs.finish(place, rows, whole)
    print(json.dumps(whole, indent=2, ensure_ascii=False) if as_json else shown(graded, whole, place))


def shown(graded: Sequence[Graded], whole: Mapping[str, Any], place: Path) -> str:
    lines = []
    for name, value in whole["figures"].items():
        low, high = whole["intervals"][name]
        lines.append(f"{name:<32} {value:.3f}  [{low:.3f}, {high:.3f}]")
    # What failed on the test half is not shown: nobody is to tune on it.
    for one in graded:
        if one.typed.half == "tune" and {one.typed.label, one.outcome} == {RIGHT, WRONG}:
            lines.append(
                f"{one.typed.id} {one.typed.card}: {one.typed.given!r} is {one.typed.label}, called {one.outcome}"
            )
    lines.append(" | ".join(f"{name}:{count}" for name, count in whole["counts"].items()))
    lines.append(f"Every answer: {place}")
    return "\n".join(lines)
