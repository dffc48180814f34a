"""
Grading: whether what a learner answered to a card is right, by code.

Right is only what a rule can show to be right; what merely comes near is "nearly", and the learner decides beside the
quote. No model grades: a wrong answer in good words is still wrong. Knows nothing of learners, days or screens.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

from rapidfuzz.distance import OSA

from tutor.cards import CHOICE, NUMBER, ORDER, Card, words_of
from tutor.contradictions import numbers
from tutor.errors import BadInput
from tutor.quantities import Quantity, read
from tutor.sums import calculated
from tutor.synonyms import synonyms
from tutor.words import STOP_WORDS, plain_words, stem, words

RIGHT, NEARLY, WRONG = "right", "nearly", "wrong"
_CLOSE = 3  # times the tolerance: as far off a number is nearly right
_LONGEST_TYPED = 400  # characters
_MOST_BESIDE = 4  # meaningful words beside the answer's that no part of the card speaks of


@dataclass(frozen=True, slots=True)
class Grade:
    """`outcome`: right, nearly or wrong. `why`: one sentence for the learner; what settles it is the card's quote."""

    outcome: str
    why: str


def options(card: Card, seed: int = 0) -> list[str]:
    """
    What a choice or order card shows, mixed; the same for the same seed, another order for another.

    The steps of an order card are never shown in their right order.
    """
    mixed = [card.answer, *(one.text for one in card.wrong)] if card.kind == CHOICE else list(card.steps)
    rng = Random(f"{card.id} {seed}")
    rng.shuffle(mixed)
    if card.kind == ORDER and mixed == list(card.steps):
        mixed = [*mixed[1:], mixed[0]]
    return mixed


def grade(card: Card, given: str | Sequence[str]) -> Grade:
    """
    The grade of an answer: the text typed or the option chosen; for an order card its steps, in the learner's order.

    Raises BadInput for what is no answer at all (an option that is not shown, a number that cannot be read, nothing):
    it does not count.
    """
    if card.kind == ORDER:
        return _order(card, [given] if isinstance(given, str) else list(given))
    if not isinstance(given, str):
        raise BadInput("This card takes one answer, not several.")
    typed = " ".join(given.split())
    if not typed:
        raise BadInput("There is no answer yet. Type one, or say that you do not know.")
    if len(typed) > _LONGEST_TYPED:
        raise BadInput(f"That answer has {len(typed)} characters. A few words are enough.")
    if card.kind == CHOICE:
        return _choice(card, typed)
    if card.kind == NUMBER:
        return _number(card, typed)
    return _recall(card, typed)


def unknown(card: Card) -> Grade:
    """The grade of "I do not know"."""
    return Grade(WRONG, f"The answer is: {shown(card)}.")


def shown(card: Card) -> str:
    """The right answer as it is shown, without a full stop."""
    answer = " → ".join(card.steps) if card.kind == ORDER else f"{card.answer} {card.unit}".strip()
    return answer.rstrip(".")


# --- choices and orders ---


def _choice(card: Card, given: str) -> Grade:
    if given == " ".join(card.answer.split()):
        return Grade(RIGHT, "Yes.")
    for wrong in card.wrong:
        if given == " ".join(wrong.text.split()):
            return Grade(WRONG, wrong.why)
    raise BadInput("That is none of the options. Choose one of those shown.")


def _order(card: Card, given: list[str]) -> Grade:
    if sorted(given) != sorted(card.steps):
        raise BadInput("Name every step once, in your order.")
    right = list(card.steps)
    if given == right:
        return Grade(RIGHT, "Yes, in this order.")
    first = next(at for at, step in enumerate(given) if step != right[at])
    why = f"Step {first + 1} is: {right[first].rstrip('.')}."
    swapped = sum(a != b for a, b in zip(given, right, strict=True)) == 2
    beside = swapped and given[first] == right[first + 1] and given[first + 1] == right[first]
    return Grade(
        NEARLY if beside and len(right) > 3 else WRONG, f"Two neighbours are swapped. {why}" if beside else why
    )


# --- numbers ---


def _number(card: Card, given: str) -> Grade:
    wanted = Quantity(float(card.answer.replace(",", "")), card.unit)
    value = read(given, card.unit)
    if isinstance(value, str) and not card.unit and value.lower() in words(card.ask):
        value = read(given, value)  # the question names the unit, the card forgot to
    if value is None:
        unit = f", in {card.unit} or with its unit" if card.unit else ""
        raise BadInput(f"{given!r} is no number that can be read. Type one as 48 or 4.8e10{unit}.")
    told = f"It is {shown(card)}"
    if card.calculation:
        told += f" ({_sum(card)})"
    if isinstance(value, str):
        return Grade(WRONG, f"Asked is a number in {card.unit or 'no unit'}, not in {value}. {told}.")
    meant = (value, 100 * value) if card.unit in ("%", "percent") and "%" not in given and abs(value) <= 1 else (value,)
    off = min(abs(one - exact) for one in meant for exact in (wanted.value, *_worked_out(card)))
    allowed = card.tolerance * abs(wanted.value) + 1e-9 * abs(wanted.value)
    if off <= allowed:
        return Grade(RIGHT, f"Yes: {_sum(card)}." if card.calculation else "Yes.")
    if card.tolerance and off <= _CLOSE * allowed:
        return Grade(NEARLY, f"Close, but further off than rounding explains. {told}.")
    return Grade(WRONG, f"{_mistaken(value, wanted.value)}{told}.")


def _worked_out(card: Card) -> tuple[float, ...]:
    """What the card's sum comes to before it was rounded for its answer."""
    return (calculated(card.calculation),) if card.calculation else ()


def _sum(card: Card) -> str:
    return card.calculation.replace("**", "^").replace("*", "×")


_FACTORS: Final = {
    8: "bits and bytes", 1024: "a power of 1024", 2: "a factor of two", 4: "a factor of four",
    100: "percent and share", 60: "minutes and seconds", 3600: "hours and seconds",
}  # fmt: skip


def _mistaken(value: float, wanted: float) -> str:
    """What probably went wrong, where it is a usual slip: "Off by a factor of 8 (bits and bytes?). " """
    if not value or not wanted:
        return ""
    if abs(value + wanted) < 0.02 * abs(wanted):
        return "The sign is wrong. "
    ratio = max(value / wanted, wanted / value)
    for factor, name in _FACTORS.items():
        if abs(ratio / factor - 1) < 0.02:
            return f"Off by a factor of {factor} ({name}?). "
    for power in range(1, 13):
        if abs(ratio / 10**power - 1) < 0.02:
            return f"Off by a factor of {10**power:,}. "
    return ""


# --- typed answers ---


def _recall(card: Card, given: str) -> Grade:
    told = f"The answer is: {shown(card)}."
    named = given if any(map(_SEVERAL.search, card.accepted)) else _named(given)
    meant = [wording for wording in card.accepted if _agreement(wording, named) == 1]
    meant = [wording for wording in meant if _negated(wording) == _negated(given)]
    if meant:
        if all(_hedged(named, wording, card) for wording in meant):
            return Grade(NEARLY, f"You named several things. {told}")
        if len(_beside(named, card)) > _MOST_BESIDE:
            return Grade(NEARLY, f"It is in there, among much else. {told}")
        return Grade(RIGHT, "Yes.")
    if any(0.5 <= _agreement(wording, named) < 1 and not _another(wording, named) for wording in card.accepted):
        return Grade(NEARLY, f"Part of it. {told}")
    return Grade(WRONG, told)


_EXPLAINED = re.compile(r",?\s+(?:because|since)\b|,\s+(?=\S+\s+\S+\s+\S)|;|:\s|\s\(|\s[-–]\s", re.I)


def _named(given: str) -> str:
    """What was named, without the explanation behind it: "the update gate, since ..." is the update gate."""
    return _EXPLAINED.split(given)[0] or given


def _another(wording: str, given: str) -> bool:
    """Whether what was typed names something else of the same kind: "update gate" for the reset gate."""
    wanted = _meaning(wording)
    return any(stem(word) in _known_stems() and not any(_same(one, word) for one in wanted) for word in _meaning(given))


def _meaning(text: str) -> list[str]:
    """The words of an answer that must be met, numbers in one way of writing."""
    found = []
    for word in words(text.replace("$", " ").replace("/", " ")):
        parts = word.split("-")
        if len(parts) > 1 and all(part in STOP_WORDS for part in parts):  # all-to-all
            found.append("".join(parts))
            continue
        for part in filter(None, parts):
            figures = {"0"} if part == "zero" else numbers(part)
            found.extend(sorted(figures) if figures else [part] * (part not in STOP_WORDS))
    return found or [word for word in words_of(text) if word not in _ARTICLES] or [text.lower()]


_ARTICLES: Final = frozenset(["a", "an", "the"])


def _agreement(wording: str, given: str) -> float:
    """The share of a wording's words that were typed: forms of a word, slips of the key and synonyms count."""
    wanted, typed = _meaning(wording), _meaning(given)
    one, other = "".join(words_of(wording)), "".join(words_of(given))
    unknown_word = any(stem(word) not in _known_stems() for word in plain_words(given))
    if one == other or (len(one) >= 6 and unknown_word and OSA.distance(one, other) <= 1):
        return 1.0  # "soft max", "keyvalue cache", "al-to-all"
    return sum(any(_same(word, typed_word) for typed_word in typed) for word in wanted) / len(wanted)


def _same(wanted: str, typed: str) -> bool:
    if wanted == typed or stem(wanted) == stem(typed):
        return True
    if not (wanted.isalpha() and typed.isalpha()):
        return False
    if synonyms(stem(wanted), stem(typed)):
        return True
    # A word that the notes use is meant as it stands: a decoder is no mistyped encoder.
    if min(len(wanted), len(typed)) < 4 or stem(typed) in _known_stems():
        return False
    return OSA.distance(wanted, typed) <= (2 if len(wanted) >= 9 else 1)


@lru_cache(maxsize=1)
def _known_stems() -> frozenset[str]:
    """Stems of all words of the starter notes: some three thousand."""
    from tutor import notes

    return frozenset(stem(word) for source in notes.sources() for word in plain_words(source.text))


_NEGATIONS: Final = frozenset("not no never none neither nor without isn't doesn't don't cannot can't".split())


def _negated(text: str) -> bool:
    return not _NEGATIONS.isdisjoint(words(text))


_SEVERAL = re.compile(r"\s+(?:or|and|vs\.?)\s+|\s*/\s*|,\s+|\s+&\s+", re.I)


def _hedged(given: str, wording: str, card: Card) -> bool:
    """Whether several different answers were named, of which only some are right."""
    if _SEVERAL.search(wording):
        return False
    parts = [part for part in _SEVERAL.split(given) if part.strip()]
    agreeing = [max(_agreement(other, part) for other in card.accepted) for part in parts]
    return len(parts) > 1 and max(agreeing) == 1 and min(agreeing) < 0.5


def _beside(given: str, card: Card) -> list[str]:
    """Typed words that neither the answer nor the question nor the quote has."""
    there = {*_meaning(" ".join(card.accepted)), *_meaning(card.ask), *_meaning(card.quote)}
    return [word for word in _meaning(given) if not any(_same(other, word) for other in there)]
