"""
Cards: questions to practise with, each with the words of a source that settle it.

The tutor's own cards are written by hand, one file for each chapter under `cards/`, and rest on its starter notes;
`drafts` makes further ones from what has been read. Here is what a card is, where the own ones are, and what must be
true of every card before it is shown (`faults`), checked by code. Knows nothing of learners or days.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from tutor.contradictions import numbers
from tutor.errors import TutorError
from tutor.links import NOTES
from tutor.sentences import sentences
from tutor.sums import calculated
from tutor.words import plain_words, stem, stems

RECALL, CHOICE, ORDER, NUMBER = "recall", "choice", "order", "number"
KINDS: Final = (RECALL, CHOICE, ORDER, NUMBER)
LONGEST_ASK = 320  # characters: a card is read at a glance
LONGEST_ANSWER = 160
MOST_STEPS = 6
TOLERANCE = 0.02  # of a number, where a card does not state its own
# The share of a choice's meaningful words that the quote must hold: below it something else was meant.
_HELD = 0.33


@dataclass(frozen=True, slots=True)
class Wrong:
    """An option that is not the answer, and why it is not."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Card:
    """
    A question to practise with.

    `name` is unique in the chapter and never changes: a learner's reviews hang on it. `quote` are the words of the
    source at `url` that settle it. recall: `answer` is typed, `accept` are other wordings. choice: `answer` among
    `wrong`. order: `steps` in their order. number: `answer` is a figure in `unit` ("" for none), right within
    `tolerance` (a share of it), and `calculation` is what it comes from, in Python's arithmetic ("" where it is told).
    """

    chapter: str  # id
    name: str
    kind: str
    ask: str
    answer: str
    url: str
    quote: str
    accept: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    steps: tuple[str, ...] = ()
    unit: str = ""
    tolerance: float = TOLERANCE
    calculation: str = ""

    @property
    def id(self) -> str:
        return f"{self.chapter}/{self.name}"

    @property
    def accepted(self) -> tuple[str, ...]:
        """All wordings of a typed answer that are right."""
        return (self.answer, *self.accept)


@lru_cache(maxsize=1)
def load() -> tuple[Card, ...]:
    """The tutor's own cards, in the order of the handbook's chapters and of their files."""
    from tutor import handbook

    folder = files("tutor") / "cards"
    made: list[Card] = []
    for chapter in handbook.load().chapters:
        file = folder / f"{chapter.id}.toml"
        if file.is_file():
            made += parse(file.read_text("utf-8"), chapter.id)
    if not made:
        raise TutorError("The practice cards are missing from this installation. Install the tutor again.")
    return tuple(made)


def parse(text: str, chapter: str) -> list[Card]:
    """The cards of a chapter's file. Raises TutorError, naming the card, where one is not as `Card` says."""
    try:
        return [_card(data, chapter) for data in tomllib.loads(text)["card"]]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise TutorError(f"The cards of {chapter} cannot be read ({error}).") from error


def _card(data: Mapping[str, Any], chapter: str) -> Card:
    steps = tuple(data.get("steps", ()))
    values = dict(data) | {
        "answer": str(data["answer"]) if "answer" in data else "; ".join(steps),
        "accept": tuple(data.get("accept", ())),
        "wrong": tuple(Wrong(text, why) for text, why in data.get("wrong", ())),
        "steps": steps,
    }
    return Card(chapter=chapter, url=NOTES + chapter, **values)


# --- what must be true of a card ---


def faults(card: Card, text: str) -> list[str]:
    """What is wrong with a card whose source has this text, one line each; none where it can be shown."""
    return [*_of_any(card, text), *_OF_KIND.get(card.kind, _of_unknown_kind)(card)]


def duplicates(cards: Iterable[Card]) -> list[tuple[Card, Card]]:
    """Pairs of cards that ask the same: the same meaningful words, whatever their order, to the same answer."""
    seen: dict[tuple[frozenset[str], frozenset[str]], Card] = {}
    found = []
    for card in cards:
        key = (frozenset(stems(card.ask)), frozenset(stems(card.answer)))
        if key in seen:
            found.append((seen[key], card))
        seen.setdefault(key, card)
    return found


def _of_any(card: Card, text: str) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", card.name):
        yield f"its name {card.name!r} is not of small letters, digits and hyphens"
    if not 10 <= len(card.ask) <= LONGEST_ASK:
        yield f"its question has {len(card.ask)} characters, not 10 to {LONGEST_ASK}"
    if not card.ask.rstrip().endswith(("?", ".", ":")):
        yield "its question ends with neither ?, . nor :"
    if card.quote not in text:
        yield "its quote does not stand in the source"
    elif not _whole(card.quote, text):
        yield "its quote is not made of whole sentences"
    if card.kind in (RECALL, CHOICE) and not 1 <= len(card.answer) <= LONGEST_ANSWER:
        yield f"its answer has {len(card.answer)} characters, not 1 to {LONGEST_ANSWER}"
    if card.kind in (RECALL, CHOICE) and any(told_by(card.ask, wording) for wording in card.accepted):
        yield "its question gives the answer away"


def _whole(quote: str, text: str) -> bool:
    start = text.index(quote)
    spans = sentences(text)
    return any(s.start == start for s in spans) and any(s.end == start + len(quote) for s in spans)


def told_by(ask: str, answer: str) -> bool:
    """Whether the question holds all of the answer's meaningful words."""
    asked, wanted = {*stems(ask), *map(stem, plain_words(ask))}, stems(answer)
    return bool(wanted) and asked.issuperset(wanted)


def _of_recall(card: Card) -> Iterator[str]:
    if not any(_stands_in(wording, card.quote) for wording in card.accepted):
        yield "no wording of its answer stands in the quote"
    if any(not wording.strip() for wording in card.accepted):
        yield "a wording of its answer is empty"
    if len(card.answer.split()) > 8:
        yield "its answer is too long to be typed"


def _stands_in(wording: str, quote: str) -> bool:
    wanted = stems(wording) or words_of(wording)
    return bool(wanted) and {*stems(quote), *words_of(quote)}.issuperset(wanted)


def words_of(text: str) -> list[str]:
    """Letters and figures of `text` without anything between: also of what has no meaningful word."""
    return re.findall(r"[a-z]+|\d+(?:\.\d+)?", text.lower())


def _of_choice(card: Card) -> Iterator[str]:
    options = [card.answer, *(one.text for one in card.wrong)]
    if not 2 <= len(card.wrong) <= 4:
        yield f"it has {len(card.wrong)} wrong options, not 2 to 4"
    if any(not one.why.strip().endswith(".") for one in card.wrong):
        yield "a wrong option has no sentence that says why"
    if len({tuple(words_of(option)) for option in options}) < len(options):
        yield "two of its options are the same"
    if len({option[:1].isupper() for option in options if option[:1].isalpha()}) > 1:
        yield "some of its options begin with a capital letter, some do not"
    if len({option.endswith(".") for option in options}) > 1:
        yield "some of its options end with a full stop, some do not"
    lengths = [len(one.text) for one in card.wrong] or [1]
    if len(card.answer) > 1.5 * max(lengths) + 10 or 1.5 * len(card.answer) + 10 < min(lengths):
        yield "the length of its answer gives it away"
    wanted = stems(card.answer)
    if len(set(wanted) & set(stems(card.quote))) < _HELD * len(wanted):
        yield "hardly a word of its answer stands in the quote"


def _of_order(card: Card) -> Iterator[str]:
    if not 3 <= len(card.steps) <= MOST_STEPS:
        yield f"it has {len(card.steps)} steps, not 3 to {MOST_STEPS}"
    if len({tuple(words_of(step)) for step in card.steps}) < len(card.steps):
        yield "two of its steps are the same"
    held = set(stems(card.quote))
    for step in card.steps:
        if not held & set(stems(step)):
            yield f"no word of its step {step!r} stands in the quote"


# Figures that a sum may hold though neither question nor quote does: units and their powers.
_CONSTANTS = frozenset({"1", "2", "4", "8", "10", "60", "100", "1000", "1024", "3600", "24", "0.5"})


def _of_number(card: Card) -> Iterator[str]:
    try:
        answer = float(card.answer.replace(",", ""))
    except ValueError:
        yield f"its answer {card.answer!r} is no number"
        return
    if not 0 <= card.tolerance <= 0.2:
        yield f"its tolerance {card.tolerance} is not between 0 and 0.2"
    if not card.calculation:
        if not numbers(card.answer) & numbers(card.quote):
            yield "its figure does not stand in the quote"
        return
    try:
        value = calculated(card.calculation)
    except ValueError as error:
        yield str(error)
        return
    if abs(value - answer) > max(card.tolerance * abs(answer) / 2, 1e-9):
        yield f"its calculation comes to {value:g}, not {card.answer}"
    told = numbers(f"{card.ask} {card.quote}") | _CONSTANTS
    told |= {figure.removesuffix("%") for figure in told}
    told |= {*re.findall(r"\d+(?:\.\d+)?", f"{card.ask} {card.quote}")}  # of "5 billion" also the 5
    for figure in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e\d+)?(?!\w)", card.calculation):
        if not _ways_of_telling(figure) & told:
            yield f"{figure} of its calculation stands neither in the question nor in the quote"


def _ways_of_telling(figure: str) -> set[str]:
    """A figure of a sum as `numbers` gives it: 7e9 is 7 billion or 7 in some unit, 0.05 also 5 percent."""
    value, mantissa = float(figure), float(figure.partition("e")[0])
    return numbers(f"{value:.12g} {value:.0f}") | {f"{value:.12g}", f"{mantissa:g}", f"{100 * value:g}%"}


def _of_unknown_kind(card: Card) -> Iterator[str]:
    yield f"its kind {card.kind!r} is none of {', '.join(KINDS)}"


_OF_KIND: Final[Mapping[str, Callable[[Card], Iterator[str]]]] = {
    RECALL: _of_recall, CHOICE: _of_choice, ORDER: _of_order, NUMBER: _of_number,
}  # fmt: skip


def of_chapter(cards: Sequence[Card], chapter: str) -> list[Card]:
    return [card for card in cards if card.chapter == chapter]
