"""
Questions: what is asked for, read from the words alone.

Pure functions on strings; knows nothing of the library or of models.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from tutor.errors import BadInput
from tutor.words import printable

MOST_CHARACTERS = 2_000


class Shape(StrEnum):
    """What kind of answer a question wants."""

    DEFINITION = "definition"  # the definition comes first
    MECHANISM = "mechanism"  # how, why: the mechanism comes first
    COMPARISON = "comparison"  # both sides
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked. `subjects`: what it is about, where that shows; a comparison has two or more."""

    text: str
    shape: Shape
    subjects: tuple[str, ...]


# What stands before and behind the question proper: "So, can you please tell me ...", "... in simple terms, please?"
_OPENING = re.compile(
    r"^(?:(?:so|and|but|ok(?:ay)?|well|hi|hello|hey|please|(?:can|could|would|will) (?:you|someone)|kindly|tell me|"
    r"explain (?:it )?(?:to me )?like i['’]?a?m (?:five|5)(?: years old)?|eli5|help me understand|do you know|"
    r"i(?: (?:want|need|would like)|['’]d like) to (?:know|understand|learn)|"
    r"i (?:do not|don['’]?t|cannot|can['’]?t) (?:understand|get)|in [^,?]{1,40}(?=,))\b[\s,:;-]*)+(?=\w)",
    re.I,
)
_CLOSING = re.compile(
    r"(?:[\s,?.!]+(?:please|exactly|anyway|again|really|to me|simply|briefly|in (?:short|detail|depth|general)|"
    r"in (?:simple|plain|easy|other|layman['’]?s) (?:terms|words|language|english)|step by step|for (?:a )?beginners?|"
    r"thanks|thank you))*[\s?.!]*$",
    re.I,
)

_B = (
    r"(?P<b>[^:;?]+?)(?:,? (?:in|when|for|with|on|during|regarding|if|and (?:which|when|why|how|what|is|does))\s.*)?"
    r"(?:[:;?].*)?$"
)
_COMPARISONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:differ(?:ences?|s)?|relation(?:ship)?|connection|distinction|trade-?offs?)\b.*?\bbetween (?P<a>.+?) and "
        + _B,
        r"\bhow (?:is|are|do|does) (?P<a>.+?) (?:different|differs?|compared?) (?:from|to|than|with) " + _B,
        r"\bhow (?:is|are|do|does) (?P<a>.+?) and (?P<b>.+?) (?:different|differ|compare|related)\b",
        r"\bcompare (?:and contrast )?(?P<a>.+?) (?:and|with|to|against) " + _B,
        r"^(?P<a>.+?) (?:vs\.?|versus) " + _B,
        r"^(?:what|which) distinguishes (?P<a>.+?) from " + _B,
        r"^(?:is|are|why is|why are) (?P<a>.+?) (?:better|worse|faster|slower|cheaper|(?:more|less) \w+|\w+er) than "
        + _B,
        r"\b(?:dis)?advantages? of (?P<a>.+?) (?:over|compared (?:to|with)) " + _B,
        r"\b(?:use|choose|prefer|pick) (?P<a>.+?) (?:instead of|rather than|over) " + _B,
        r"\b(?:should i (?:use|choose|pick)|better[:,]?|prefer) (?P<a>.+?) or " + _B,
    )
)
_ABOUT = (
    r"(?:(?:the )?(?:meaning|definition|purpose|idea|main idea|goal|point|intuition|role|concept|notion) (?:of|behind) "
    r")?(?:(?:a|an|the) )?"
)
_AND_MORE = (
    r"(?:,? (?:and (?:how|why|when|what|where|which|is|are|does|do|should|can)|used for|used|in|mean|means|called)"
    r"\b(?!-).*)?$"
)
_DEFINITIONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"^what do(?:es)? (?:you|people|we|they|it|one) mean (?:by|when \w+ say) " + _ABOUT + r"(?P<s>.+)$",
        r"^what (?:does|do) (?:the )?(?P<s>.+?) (?:mean|stand for|refer to|do)\b",
        r"^(?:explain|describe|define|tell me)?\s*what (?P<s>(?!is\b|are\b|['’]).+?) (?:is|are|means?|does)$",
        r"^(?:explain |describe )?(?:what(?:['’]?s| is| are| was| were)|who is|who are) (?:meant by )?"
        + _ABOUT
        + r"(?P<s>[^,;:]+?)"
        + _AND_MORE,
        r"^(?:explain|describe|define|about|"
        r"(?:give|show) me (?:an? )?(?:overview|introduction|summary|explanation) (?:of|to)) (?:to me )?(?!how\b|why\b)"
        + _ABOUT
        + r"(?P<s>[^,;:]+?)"
        + _AND_MORE,
        r"^(?:the )?(?:meaning|definition) of (?:(?:a|an|the) )?(?P<s>.+)$",
    )
)
# A few words that ask nothing: their subject.
_BARE = re.compile(
    r"^(?!(?:is|are|was|were|do|does|did|can|could|should|would|will|may|might|has|have|how|why|what|when|where|which|who|"
    r"compare|give|show|list|name|write|i|you|we|it|that|this|more|yes|no)\b)(?P<s>(?:[^\s,;:.?!]+ ?){1,4})$",
    re.I,
)
_MECHANISM = re.compile(
    r"\b(?:how(?! (?:many|much|long|often|large|big|old|far)\b)|why|what (?:makes|causes|happens)|reason)\b", re.I
)
_LEADING = re.compile(r"^(?:what(?:['’]?s| is| are) )?(?:(?:a|an|the|using|use) )*", re.I)
MOST_SUBJECT_WORDS = 6


def parse(text: str) -> Question:
    """
    The question in `text`.

    Raises BadInput for one that is empty, too long, or has no word the tutor's sources could hold.
    """
    asked = printable(text)
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
    bare = _CLOSING.sub("", _OPENING.sub("", asked))
    for pattern in _COMPARISONS:
        if found := pattern.search(bare):
            # "BPE, WordPiece and SentencePiece"
            subjects = [_subject(part) for part in (*re.split(r",\s+(?:and )?", found["a"]), found["b"])]
            return Question(asked, Shape.COMPARISON, tuple(filter(None, subjects)))
    if not re.match(r"(?:explain |describe )?(?:how|why)\b", bare, re.I):
        for pattern in (*_DEFINITIONS, _BARE):
            if (found := pattern.match(bare)) and len(found["s"].split()) <= MOST_SUBJECT_WORDS:
                subjects = [_subject(part) for part in re.split(r" and ", found["s"])]
                return Question(asked, Shape.DEFINITION, tuple(filter(None, subjects)))
    return Question(asked, Shape.MECHANISM if _MECHANISM.search(bare) else Shape.OTHER, ())


# Where one question ends and the next begins: "What is A and how does B work?"
_NEXT = re.compile(r"\?\s+(?=\w)|,?\s+and (?=(?:what|how|why|when|which|where|who)\b)", re.I)
_POINTS = re.compile(r"\b(?:it|its|they|them|their|this|that|these|those|both|one|ones|each)\b", re.I)
MOST_SIDES = 3


def sides(question: Question) -> tuple[tuple[str, str], ...]:
    """
    What a question asks in several, each as (its subject, a question that stands alone); nothing where it asks one.

    The sides of a comparison, or questions joined by "and" or asked one after the other, of which none points at
    another.
    """
    if question.shape is Shape.COMPARISON and len(question.subjects) > 1:
        return tuple((subject, f"What is {subject}?") for subject in question.subjects[:MOST_SIDES])
    parts = [part.strip(" ,;") for part in _NEXT.split(question.text.strip(" ?.!"))]
    if not 1 < len(parts) <= MOST_SIDES or any(_POINTS.search(part) or len(part.split()) < 3 for part in parts):
        return ()
    asked = [_shaped(f"{part}?") for part in parts]
    return tuple(((one.subjects or (part,))[0], one.text) for one, part in zip(asked, parts, strict=True))


def _subject(words: str) -> str:
    return _LEADING.sub("", words.strip(" ?.!,\"'“”‘’`")).strip(" ?.!,\"'“”‘’`")
