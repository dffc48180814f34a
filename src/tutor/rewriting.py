"""
A follow-up made whole by a capable Writer, and the check that decides whether its version is used.

The Writer sees the last questions and the beginnings of their answers; whatever it says, a rewrite may only hold the
follow-up's own words and words of the dialogue. Knows nothing of search or evidence.
"""

import re
import threading
import time
from collections.abc import Sequence

from tutor.conversation import Turn, leans
from tutor.errors import TutorError
from tutor.prompt import neutraliser
from tutor.words import content_words, stem, stems, words
from tutor.writer import Message, Writer

# What a rewrite may cost before the rules' version stands.
MOST_TOKENS = 48
MOST_SECONDS = 4.0
# What the Writer reads of the dialogue, and how long a question is at most.
TURNS = 3
ANSWER_CHARACTERS = 240
MOST_WORDS = 30

_TASK = (
    "Rewrite the last question so that it can be understood without the conversation. Replace words such as 'it', "
    "'that' or 'the first one' by what they stand for. Keep its meaning and its other words. Do not answer it. "
    "Reply with the one question only."
)
_LABEL = re.compile(r"^(?:(?:standalone|rewritten|new|last|final)? ?(?:question|rewrite|version)\s*:\s*)", re.I)
_ASKING = frozenset("why how when where who whose which what".split())
_DENYING = frozenset("not no never without cannot can't don't doesn't isn't aren't won't neither nor".split())


def capable(writer: Writer | None) -> bool:
    """Whether a Writer is asked at all: one that says of itself that it is `capable`, as a server or a large model."""
    return bool(getattr(writer, "capable", False))


def rewritten(question: str, history: Sequence[Turn], writer: Writer, stop: threading.Event | None = None) -> str:
    """What `writer` makes of a leaning question; "" where that fails the check, takes too long, or the Writer fails."""
    said: list[str] = []
    halt = threading.Event()

    def write() -> None:
        try:
            prompt = writer.render(_messages(question, history[-TURNS:], writer))
            said.extend(writer.write(prompt, max_tokens=MOST_TOKENS, stop=halt))
        except TutorError:  # the answer's own call will tell what is wrong with the Writer
            said.clear()

    writing = threading.Thread(target=write, name="rewriting", daemon=True)
    writing.start()
    until = time.monotonic() + MOST_SECONDS
    while writing.is_alive() and time.monotonic() < until and not (stop and stop.is_set()):
        writing.join(0.05)
    halt.set()
    if writing.is_alive():
        return ""
    version = cleaned("".join(said))
    return version if not refused(version, question, history) else ""


def _messages(question: str, history: Sequence[Turn], writer: Writer) -> list[Message]:
    neutral = neutraliser(writer.special_tokens)
    told = "\n".join(f"Q: {turn.question}\nA: {_beginning(turn.answer)}" for turn in history)
    return [Message("system", _TASK), Message("user", neutral(f"{told}\n\nLast question: {question}"))]


def _beginning(answer: str) -> str:
    flat = " ".join(answer.split())
    return flat if len(flat) <= ANSWER_CHARACTERS else f"{flat[:ANSWER_CHARACTERS].rsplit(' ', 1)[0]} …"


def cleaned(said: str) -> str:
    """The question in what a Writer said: without thoughts aloud, labels, quotation marks and line breaks."""
    said = re.sub(r"<think>.*?(?:</think>|$)", "", said, flags=re.S).strip()
    return _LABEL.sub("", said).strip().strip("\"'“”‘’`*").strip()


def refused(version: str, question: str, history: Sequence[Turn]) -> str:
    """
    Why a rewrite is not used; "" where it may be: one question of sane length that stands alone, keeps the words and
    the kind of the follow-up, and adds words of the dialogue, some, and no others.
    """
    if not version or "\n" in version or len(version.split()) > MOST_WORDS or len(words(version)) < 3:
        return "it is not one line of sane length"
    if re.search(r"[?!.](?=\s+\S)", version) and not re.search(r"\b(?:vs|e\.g|i\.e)\.\s", version):
        return "it is more than one sentence"
    mine, asked = set(stems(version)), set(stems(question))
    own = {stem(word) for word in content_words(question)} - _POINTING
    if missing := sorted(own - mine):
        return f"it lost {missing[0]!r}"
    told = {one for turn in history for text in (turn.question, turn.answer) for one in stems(text)}
    added = mine - asked
    if strange := sorted(added - told):
        return f"nobody said {strange[0]!r}"
    if not added:
        return "it adds nothing"
    spoken, before = set(words(version)), set(words(question))
    if (before & _ASKING) - spoken:
        return "it asks something else"
    if (spoken & _DENYING) != (before & _DENYING):
        return "it denies something else"
    return "it leans itself" if leans(version) else ""


# Words of a follow-up that a rewrite replaces.
_POINTING = frozenset(stem(word) for word in "former latter second third last previous ones way exactly".split())
