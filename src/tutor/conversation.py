"""
Follow-ups: what "and why is that faster?" asks about, read from the conversation.

Plain rules on the last questions; no model is needed. Knows nothing of search or answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.questions import Shape, parse
from tutor.words import content_words


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before in this conversation, and what was answered."""

    question: str
    answer: str


_POINTER = re.compile(
    r"\b(?:it|its|it's|they|them|their|theirs|this|that|these|those|the (?:first|second|latter|former|other|same|last) "
    r"(?:one|ones|thing|method|approach)?|one of them|both)\b",
    re.I,
)
_OPENER = re.compile(r"^\s*(?:and|but|so|then|also|ok(?:ay)?|what about|how about|how come|really)\b", re.I)
_COMMAND = re.compile(
    r"^\s*(?:please )?(?:(?:explain|say|put|tell|show|give|go|make)\b.*\b(?:simpl\w+|again|more|deeper|detail\w*|"
    r"maths?|formulas?|equations?|example\w*)|simpler|shorter|deeper|more(?: detail\w*)?|(?:an? )?examples?|"
    r"continue|go on)\b[^?]{0,30}[?.! ]*$|^\s*(?:but |and |so )?(?:why|how)(?: so| come| exactly)?[?.! ]*$",
    re.I,
)
_FIRST = re.compile(r"\bthe (?:first|former)(?: one| thing| method| approach)?\b", re.I)
# A follow-up of at most so many meaningful words may lean on the conversation.
FEW_WORDS = 5


def resolve(question: str, history: Sequence[Turn]) -> str:
    """
    The question as it stands alone: with the subject it points at in place of the pointer, or added where it is left
    out. A question that stands alone already comes back as it is.
    """
    if not history or not leans(question):
        return question
    subject = _subject(history)
    if not subject:
        return question
    first = _first_subject(history)
    if first and _FIRST.search(question):
        question = _FIRST.sub(first, question, count=1)
    pointed = re.sub(r"\b(?:it|this|that|they|them|these|those)\b(?!\s+[a-z]+s\b\s+of)", subject, question, count=1)
    if pointed != question:
        return pointed
    return f"{question.rstrip(' ?.!')} ({subject})?"


def leans(question: str) -> bool:
    """Whether a question needs the ones before it to be understood."""
    meaning = content_words(question)
    if _COMMAND.match(question) or not meaning:
        return True
    if len(meaning) > FEW_WORDS:
        return False
    if _POINTER.search(question):
        return True
    return len(meaning) <= (2 if _OPENER.match(question) else 1 if re.match(r"\s*why\b", question, re.I) else 0)


def _subject(history: Sequence[Turn]) -> str:
    """What the conversation is about: the subject of the last question that named one."""
    for i in range(len(history) - 1, -1, -1):
        asked = history[i].question
        if leans(asked) and i:
            continue
        return _subject_of(asked)
    return ""


def _first_subject(history: Sequence[Turn]) -> str:
    return _subject_of(history[0].question)


def _subject_of(asked: str) -> str:
    question = parse(asked)
    if question.shape is Shape.COMPARISON:
        return " and ".join(question.subjects)
    if question.subjects:
        return question.subjects[0]
    return " ".join(content_words(asked)[:6])
