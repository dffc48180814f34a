"""
Checking what a Writer wrote: every sentence against the evidence, before anyone sees it.

A sentence is supported when a quote says the same: it overlaps in words and in meaning, and nothing in it disagrees
(tutor.contradictions). Code attaches the citations: the quotes that support it.
Not covered: reasoning over several quotes; a conclusion that no single quote holds is struck.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tutor.contradictions import disagreement, initials
from tutor.encoder import Encoder
from tutor.passages import Quote
from tutor.sentences import Block, sentences
from tutor.words import stems

# A sentence is shown when its support reaches this.
SUPPORTED = 0.75
# How overlap in words (the share of the statement's stems that the quote holds) and in meaning (cosine) make a
# support score: a logistic rule, set by hand until eval/fit.py has labelled examples.
FROM_WORDS = 9.0
FROM_MEANING = 5.0
CONSTANT = -9.6
# Quotes that stand this much (log-odds) behind the nearest are not asked: about one word in ten of the statement's.
NEAREST = 1.0


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
        judged = [(_support(statement, vector, ground), ground) for ground in self._grounds]
        nearest = max(odds for odds, _ in judged)
        if _chance(nearest) < SUPPORTED:
            return Verdict(_chance(nearest), (), "the evidence does not say so")
        # What is nearest decides: another stretch that happens not to disagree is no excuse.
        supports: dict[Quote, float] = {}
        reasons: dict[Quote, str] = {}
        for odds, ground in sorted(judged, key=lambda one: -one[0]):
            if odds >= nearest - NEAREST and _chance(odds) >= SUPPORTED:
                supports.setdefault(ground.quote, _chance(odds))
                headings = f"{ground.quote.title} {ground.quote.heading}"
                if reason := disagreement(statement, ground.text, headings):
                    reasons.setdefault(ground.quote, reason)
        agreeing = [quote for quote in supports if quote not in reasons]
        if not agreeing:
            return Verdict(0.0, (), next(iter(reasons.values())))
        return Verdict(supports[agreeing[0]], tuple(agreeing))


def _pieces(quote: Quote) -> list[str]:
    """The sentences of a quote, each pair of neighbours, and the whole of it: what a statement may rest on."""
    single = [quote.text[s.start : s.end] for s in sentences(quote.text) if s.block in (Block.PROSE, Block.LIST)]
    pairs = [f"{a} {b}" for a, b in pairwise(single)]
    return list(dict.fromkeys([*single, *pairs])) or [quote.text]


def _support(statement: str, vector: NDArray[np.float32], ground: _Ground) -> float:
    """How much the ground says the same, whatever the rules think of it: log-odds."""
    headings = f"{ground.quote.title} {ground.quote.heading}"
    theirs, above = set(stems(ground.text)), set(stems(headings))
    mine = stems(statement)
    shared = sum(
        1.0 if s in theirs else 0.5 if s in above or initials(s, f"{headings} {ground.text}") else 0.0 for s in mine
    )
    return FROM_WORDS * shared / max(1, len(mine)) + FROM_MEANING * float(ground.vector @ vector) + CONSTANT


def _chance(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
