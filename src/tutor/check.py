"""
Checking what a Writer wrote: every sentence against the evidence, before anyone sees it.

A sentence is supported when a quote says the same: its numbers, names and quoted words occur there, negation and
direction agree, and it overlaps in words and in meaning. Code attaches the citations: the quotes that support it.
Not covered: reasoning over several quotes; a conclusion that no single quote holds is struck.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tutor.encoder import Encoder
from tutor.passages import Quote
from tutor.sentences import Block, sentences
from tutor.words import STOP_WORDS, stem, stems, words

# A sentence is shown when its support reaches this.
SUPPORTED = 0.75
# How overlap in words (the share of the statement's stems that the quote holds) and in meaning (cosine) make a
# support score: a logistic rule, set by hand until eval/fit.py has labelled examples.
FROM_WORDS = 9.0
FROM_MEANING = 5.0
CONSTANT = -9.6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found: `support` 0..1, the quotes that give it, and in a word why not where it is low."""

    support: float
    quotes: tuple[Quote, ...]
    reason: str = ""

    @property
    def supported(self) -> bool:
        return self.support >= SUPPORTED


@dataclass(frozen=True, slots=True)
class _Ground:
    quote: Quote
    text: str
    vector: NDArray[np.float32]


class Checker:
    """Checks statements against one set of quotes. Making it encodes the quotes once."""

    def __init__(self, quotes: Sequence[Quote], encoder: Encoder) -> None:
        self._encoder = encoder
        pieces = [(quote, text) for quote in quotes for text in _pieces(quote)]
        vectors = encoder.encode([text for _, text in pieces]) if pieces else ()
        self._grounds = [_Ground(quote, text, vector) for (quote, text), vector in zip(pieces, vectors, strict=True)]

    def check(self, statement: str) -> Verdict:
        """How well the quotes support `statement`, and which do."""
        if not self._grounds:
            return Verdict(0.0, (), "there is no evidence")
        vector = self._encoder.encode([statement])[0]
        scored = [(*_support(statement, vector, ground), ground.quote) for ground in self._grounds]
        best = max(scored, key=lambda item: item[0])
        near = [quote for support, _, quote in scored if support >= max(SUPPORTED, best[0] - 0.15)]
        return Verdict(best[0], tuple(dict.fromkeys(near)), "" if best[0] >= SUPPORTED else best[1])


def _pieces(quote: Quote) -> list[str]:
    """The sentences of a quote, each pair of neighbours, and the whole of it: what a statement may rest on."""
    single = [quote.text[s.start : s.end] for s in sentences(quote.text) if s.block in (Block.PROSE, Block.LIST)]
    pairs = [f"{a} {b}" for a, b in pairwise(single)]
    return list(dict.fromkeys([*single, *pairs])) or [quote.text]


def _support(statement: str, vector: NDArray[np.float32], ground: _Ground) -> tuple[float, str]:
    context = f"{ground.quote.title} {ground.quote.heading} {ground.text}"
    for test, reason in _RULES:
        if not test(statement, ground.text, context):
            return 0.0, reason
    mine = stems(statement)
    theirs = set(stems(ground.text))
    headings = set(stems(f"{ground.quote.title} {ground.quote.heading}"))
    shared = sum(1.0 if s in theirs else 0.5 if s in headings else 0.0 for s in mine) / max(1, len(mine))
    total = FROM_WORDS * shared + FROM_MEANING * float(ground.vector @ vector) + CONSTANT
    support = 1.0 / (1.0 + math.exp(-total))
    return support, "" if support >= SUPPORTED else "the evidence does not say so"


_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?:\s?%|[KMBkx×]\b)?")
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "hundred": "100", "thousand": "1000",
}  # fmt: skip


def _numbers(text: str) -> set[str]:
    found = {re.sub(r"[,\s]", "", n).lower() for n in _NUMBER.findall(text)}
    return found | {_NUMBER_WORDS[w] for w in words(text) if w in _NUMBER_WORDS}


def _numbers_occur(statement: str, ground: str, context: str) -> bool:
    there = _numbers(context)
    return all(number in there for number in _numbers(statement))


_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b(?:[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}[\w-]*|[A-Z][a-z]{2,})\b")


def _names_occur(statement: str, ground: str, context: str) -> bool:
    there = {stem(word) for word in words(context)} | set(stems(context))
    for name in _NAME.findall(statement):
        low = name.lower()
        if low in STOP_WORDS:
            continue
        if stem(low) not in there and not _initials(low, context) and low.rstrip("s") not in there:
            return False
    return True


def _initials(name: str, context: str) -> bool:
    """Whether `name` is made of the first letters of words that stand together in the context."""
    letters = "".join(word[0] for word in words(context))
    return 2 <= len(name) <= 6 and name in letters


_QUOTED = re.compile(r"[\"“]([^\"”]{2,80})[\"”]")


def _quoted_words_occur(statement: str, ground: str, context: str) -> bool:
    flat = " ".join(words(context))
    return all(" ".join(words(quoted)) in flat for quoted in _QUOTED.findall(statement))


_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "none",
        "nothing",
        "neither",
        "nor",
        "without",
        "cannot",
        "can't",
        "don't",
        "doesn't",
        "didn't",
        "isn't",
        "aren't",
        "wasn't",
        "weren't",
        "won't",
        "hardly",
        "rarely",
        "fails",
        "fail",
        "failed",
        "lack",
        "lacks",
        "unlike",
        "instead",
    ]
)


def _negation_agrees(statement: str, ground: str, context: str) -> bool:
    mine = _NEGATIONS & set(words(statement))
    theirs = _NEGATIONS & set(words(ground))
    if mine:
        return bool(theirs)
    return not theirs or _negated_elsewhere(statement, ground)


def _negated_elsewhere(statement: str, ground: str) -> bool:
    """
    The ground denies something and the statement does not: fine where what is denied is not what is stated.

    The words that follow the negation in the ground are compared with the statement's.
    """
    tokens = words(ground)
    said = {stem(w) for w in words(statement) if w not in STOP_WORDS}
    for i, token in enumerate(tokens):
        if token in _NEGATIONS:
            scope = [stem(w) for w in tokens[i + 1 : i + 5] if w not in STOP_WORDS]
            if scope and all(w in said for w in scope):
                return False
    return True


_OPPOSITES = (
    ("increase", "decrease"), ("increases", "decreases"), ("more", "less"), ("more", "fewer"), ("higher", "lower"),
    ("larger", "smaller"), ("faster", "slower"), ("before", "after"), ("better", "worse"), ("maximize", "minimize"),
    ("maximizes", "minimizes"), ("grows", "shrinks"), ("raises", "lowers"), ("encoder", "decoder"),
    ("forward", "backward"), ("linear", "quadratic"), ("always", "sometimes"), ("cheaper", "costlier"),
    ("supervised", "unsupervised"), ("many", "few"), ("short", "long"), ("shorter", "longer"),
)  # fmt: skip


def _direction_agrees(statement: str, ground: str, context: str) -> bool:
    mine, theirs = set(words(statement)), set(words(ground))
    for a, b in _OPPOSITES:
        for one, other in ((a, b), (b, a)):
            if one in mine and other not in mine and other in theirs and one not in theirs:
                return False
    return True


_RULES = (
    (_numbers_occur, "a number is not in the evidence"),
    (_names_occur, "a name is not in the evidence"),
    (_quoted_words_occur, "quoted words are not in the evidence"),
    (_negation_agrees, "it denies what the evidence says, or the other way round"),
    (_direction_agrees, "it says the opposite of the evidence"),
)
