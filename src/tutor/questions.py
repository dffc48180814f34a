"""
Questions: what is asked for, read from the words alone.

Pure functions on strings; knows nothing of the library or of models.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from tutor.errors import BadInput

MOST_CHARACTERS = 2_000


class Shape(StrEnum):
    """What kind of answer a question wants."""

    DEFINITION = "definition"  # the definition comes first
    MECHANISM = "mechanism"  # how, why: the mechanism comes first
    COMPARISON = "comparison"  # both sides
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked. `subjects`: what it is about; two for a comparison, where they can be told."""

    text: str
    shape: Shape
    subjects: tuple[str, ...]


_COMPARISONS = (
    re.compile(r"\bdiffer(?:ence|ences|s)?\b.*?\bbetween\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s*[?.!]*$", re.I),
    re.compile(
        r"\bhow (?:is|are|do|does)\s+(?P<a>.+?)\s+(?:different|differ)\s+(?:from|to|than)\s+(?P<b>.+?)\s*[?.!]*$", re.I
    ),
    re.compile(r"\bcompare\s+(?P<a>.+?)\s+(?:and|with|to|against)\s+(?P<b>.+?)\s*[?.!]*$", re.I),
    re.compile(r"^(?P<a>.+?)\s+(?:vs\.?|versus)\s+(?P<b>.+?)\s*[?.!]*$", re.I),
)
_DEFINITIONS = (
    re.compile(
        r"^\s*(?:so |and |but |please |can you |could you )*"
        r"(?:what(?:'s|’s| is| are| was| were)|define|who is|who are)\s+"
        r"(?:meant by |the (?:meaning|definition|purpose|idea|main idea|goal|point|intuition) (?:of|behind) )?"
        r"(?:(?:a|an|the) )?(?P<s>[^?,;:]+?)"
        r"(?: (?:and|used for|in [a-z ]+|mean|means|exactly|anyway)\b[^?]*)?\s*[?.!]*$",
        re.I,
    ),
    re.compile(r"^\s*what (?:does|do)\s+(?:the )?(?P<s>[^?]+?)\s+(?:mean|stand for|refer to|do)\b", re.I),
    re.compile(
        r"^\s*(?:explain|describe|tell me about)\s+(?:to me )?(?:(?:a|an|the) )?(?P<s>[^?,;:]+?)\s*[?.!]*$", re.I
    ),
)
_MECHANISM = re.compile(r"\b(?:how|why|what (?:makes|causes|happens)|reason|explain how|explain why)\b", re.I)
_LEADING = re.compile(r"^(?:vs\.?\s+)?(?:what(?:'s|’s| is| are)\s+)?(?:(?:a|an|the)\s+)", re.I)


def parse(text: str) -> Question:
    """
    The question in `text`.

    Raises BadInput for one that is empty, too long, or has no word the tutor's sources could hold.
    """
    asked = " ".join(text.split())
    if not asked:
        raise BadInput('There is no question. Type one, for example: tutor ask "What is LoRA?"')
    if len(asked) > MOST_CHARACTERS:
        raise BadInput(
            f"The question has {len(asked):,} characters, and {MOST_CHARACTERS:,} is the most. Ask for one thing at a "
            "time, in a sentence or two."
        )
    letters = [c for c in asked if c.isalpha()]
    latin = sum(c.isascii() or "LATIN" in _name(c) for c in letters)
    if letters and latin * 2 < len(letters):
        raise BadInput("The tutor's sources are in English. Please ask the question in English.")
    if not letters:
        raise BadInput(f'There is no word in "{asked[:40]}". Ask in words, for example: What is LoRA?')
    return _shaped(asked)


def _name(letter: str) -> str:
    import unicodedata

    return unicodedata.name(letter, "")


def _shaped(asked: str) -> Question:
    for pattern in _COMPARISONS:
        if found := pattern.search(asked):
            return Question(asked, Shape.COMPARISON, (_subject(found["a"]), _subject(found["b"])))
    if not re.match(r"^\s*(?:how|why)\b", asked, re.I):
        for pattern in _DEFINITIONS:
            if (found := pattern.match(asked)) and len(found["s"].split()) <= 6:
                return Question(asked, Shape.DEFINITION, (_subject(found["s"]),))
    if _MECHANISM.search(asked):
        return Question(asked, Shape.MECHANISM, ())
    return Question(asked, Shape.OTHER, ())


def _subject(words: str) -> str:
    return _LEADING.sub("", words.strip()).strip(" ?.!\"'“”")
