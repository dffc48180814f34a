"""
The prompt: the evidence word for word, the question, and as little else as will do.

The prompt's length decides how long a learner waits, so the evidence is fitted to a budget in the Writer's own
tokens. What was read is data: a page that holds chat-template tokens cannot end its turn or forge another, and a line
that looks like one of the prompt's own does not begin a line.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tutor.evidence import Evidence
from tutor.passages import Quote
from tutor.visible import TURN_MARKS, folded, visible
from tutor.writer import Message, Writer

RULES = (
    "You are a tutor for modern AI. Answer the question in two to four plain sentences, using only the notes below. "
    "Do not add anything that the notes do not say."
)
LEVELS = {
    "beginner": " Use simple words and explain each term.",
    "intermediate": "",
    "expert": " Be precise and technical; keep formulas and numbers.",
}
# Tokens the notes' numbers and line breaks take, each.
PER_NOTE = 8

# A line that would pass for one of the prompt, or for another speaker's turn.
_OWN_LINE = re.compile(
    r"\n\s*(?=(?:\W{0,6}(?:notes|question|answer|system|user|human|assistant|tutor|ai|model|instructions?)\s*:|\[\d+\]))",
    re.IGNORECASE,
)
# Each round breaks every token that it finds; what a break makes anew is for the next.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the Writer gets. `quotes` are those that are in it, in order; `tokens` counts all of `text`."""

    text: str
    quotes: tuple[Quote, ...]
    tokens: int


def room(question: str, level: str, writer: Writer, budget: int, rule: str = "") -> int:
    """How many tokens of evidence fit beside the rules (and one `rule` more) and the question."""
    bare = writer.count(writer.render(_messages(question, level, (), rule)))
    return max(0, budget - bare)


def build(
    question: str, level: str, evidence: Sequence[Evidence], writer: Writer, budget: int, rule: str = ""
) -> Prompt:
    """The prompt with as much of the evidence, best first, as keeps it within `budget` tokens."""
    neutral = neutraliser(tuple(writer.special_tokens))
    quotes: list[Quote] = [one.quote for one in evidence]
    while True:
        notes = [neutral(_within_its_note(noted(quote))) for quote in quotes]
        text = writer.render(_messages(neutral(visible(question)), level, notes, rule))
        tokens = writer.count(text)
        if tokens <= budget or len(quotes) <= 1:
            return Prompt(text, tuple(quotes), tokens)
        quotes.pop()


def noted(quote: Quote) -> str:
    """A quote as the Writer is to read it: rows of a table under their header."""
    return f"{quote.above}\n{quote.text}" if quote.above else quote.text


def _messages(question: str, level: str, notes: Sequence[str], rule: str) -> list[Message]:
    listed = "\n".join(f"[{number}] {note}" for number, note in enumerate(notes, 1))
    return [
        Message("system", RULES + LEVELS[level] + rule),
        Message("user", f"Notes:\n{listed}\n\nQuestion: {question}"),
    ]


def _within_its_note(text: str) -> str:
    """A note without characters that nobody sees, and whose lines none can take for lines of the prompt."""
    return _OWN_LINE.sub(" ", visible(text))


@lru_cache(maxsize=8)
def neutraliser(special: tuple[str, ...] = ()) -> Callable[[str], str]:
    """
    A function that takes the power from special tokens in a text, the model's own (`special`) and those of
    `TURN_MARKS`, by a space after their first letter; also where compatibility forms or unseen letters disguise them.

    Text without such tokens comes back as it is.
    """
    own = sorted({folded(token)[0] for token in special}, key=len, reverse=True)
    tokens = re.compile("|".join([*(re.escape(token) for token in own if len(token) > 1), TURN_MARKS.pattern]))

    def neutral(text: str) -> str:
        for _ in range(_ROUNDS):
            plain, offsets = folded(text)
            found = list(tokens.finditer(plain))
            if not found:
                return text
            for token in reversed(found):
                first, second = offsets[token.start()], offsets[token.start() + 1]
                if first == second:  # one character that stands for several: it is spelled out
                    spelled = unicodedata.normalize("NFKC", text[first])
                    text = f"{text[:first]}{spelled[0]} {spelled[1:]}{text[first + 1 :]}"
                else:
                    text = f"{text[: first + 1]} {text[first + 1 :]}"
        return tokens.sub(" ", folded(text)[0])

    return neutral
