"""
The prompt: the evidence word for word, the question, and as little else as will do.

The prompt's length decides how long a learner waits, so the evidence is fitted to a budget in the Writer's own
tokens. What was read is data: a page that holds chat-template tokens cannot end its turn or forge another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutor.evidence import Evidence
from tutor.passages import Quote
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
    neutral = neutraliser(writer.special_tokens)
    quotes: list[Quote] = [one.quote for one in evidence]
    while True:
        text = writer.render(_messages(neutral(question), level, [neutral(noted(quote)) for quote in quotes], rule))
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


def neutraliser(special: Sequence[str]) -> Callable[[str], str]:
    """
    A function that takes the power from the model's special tokens in a text, by a space after their first letter.

    Text without such tokens comes back as it is.
    """
    dangerous = sorted({token for token in special if len(token) > 1}, key=len, reverse=True)

    def neutral(text: str) -> str:
        for token in dangerous:
            text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    return neutral
