"""
Checking what a Writer wrote: every sentence against the evidence, before anyone sees it.

A sentence is supported when a quote says the same: it overlaps in words and in meaning, and nothing in it disagrees
(tutor.contradictions). Code attaches the citations: the quotes that support it.
Not covered: reasoning over several quotes; a conclusion that no single quote holds is struck.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tutor.alignment import align
from tutor.contradictions import disagreement, new_directions
from tutor.encoder import Encoder
from tutor.passages import Quote
from tutor.sentences import Block, sentences

# A sentence is shown when its support reaches this. Chosen by hand: `eval.fit support` proposes 0.9, the cut nearest to
# a precision of 0.95, but that strikes a quarter of all faithful statements more and hardly a false one (tune half,
# cross-validated, an earlier fit: 0.75 has precision 0.91 and recall 0.69; 0.9 has 0.93 and 0.43).
SUPPORTED = 0.75
# How the alignment of words (tutor.alignment) and the cosine make a support score: a logistic rule, fitted by
# `python -m eval.fit support` on the tune half of eval/sets/support.jsonl.
FITTED: tuple[float, ...] = (3.51, 1.32, -1.64, 1.57, -0.34, 4.37, -7.51)
# What remains of the support of a statement that the evidence contradicts: below SUPPORTED whatever it was.
CONTRADICTED = 0.3
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


@dataclass(frozen=True, slots=True)
class _Judged:
    odds: float
    signals: tuple[float, ...]
    ground: _Ground


class Checker:
    """Checks statements against one set of quotes. Making it encodes the quotes once."""

    def __init__(self, quotes: Sequence[Quote], encoder: Encoder) -> None:
        self._encoder = encoder
        pieces = [(quote, text) for quote in quotes for text in _pieces(quote)]
        vectors = encoder.encode([text for _, text in pieces]) if pieces else ()
        self._grounds = [_Ground(quote, text, vector) for (quote, text), vector in zip(pieces, vectors, strict=True)]

    def check(self, statement: str, cited: Sequence[Quote] = ()) -> Verdict:
        """
        How well the quotes support `statement`, and which do.

        Quotes that its Writer `cited` are asked first, by themselves; where they do not support it, all of them are.
        """
        judged = self._judged(statement)
        if own := [one for one in judged if one.ground.quote in cited]:
            verdict = _verdict(statement, own)
            if verdict.supported:
                return verdict
        return _verdict(statement, judged)

    def nearest(self, statement: str) -> tuple[tuple[float, ...], str]:
        """The signals of the evidence that is nearest, and what disagrees there; what eval.fit is fitted on."""
        judged = self._judged(statement)
        if not judged:
            return (), "there is no evidence"
        one = judged[0]
        return one.signals, disagreement(statement, one.ground.text, _headings(one.ground.quote))

    def _judged(self, statement: str) -> list[_Judged]:
        if not self._grounds:
            return []
        vector = self._encoder.encode([statement])[0]
        judged = []
        for ground in self._grounds:
            found = signals(statement, ground.text, _headings(ground.quote), float(ground.vector @ vector))
            odds = sum(w * s for w, s in zip(FITTED, (*found, 1.0), strict=True))
            judged.append(_Judged(odds, found, ground))
        return sorted(judged, key=lambda one: -one.odds)


def _verdict(statement: str, judged: Sequence[_Judged]) -> Verdict:
    """What these make of `statement`, the nearest first."""
    if not judged:
        return Verdict(0.0, (), "there is no evidence")
    nearest = judged[0].odds
    if _chance(nearest) < SUPPORTED:
        return Verdict(_chance(nearest), (), "the evidence does not say so")
    # What is nearest decides: another stretch that happens not to disagree is no excuse.
    supports: dict[Quote, float] = {}
    reasons: dict[Quote, str] = {}
    for one in judged:
        if one.odds >= nearest - NEAREST and _chance(one.odds) >= SUPPORTED:
            quote = one.ground.quote
            supports.setdefault(quote, _chance(one.odds))
            if reason := disagreement(statement, one.ground.text, _headings(quote)):
                reasons.setdefault(quote, reason)
    agreeing = [quote for quote in supports if quote not in reasons]
    if not agreeing:
        return Verdict(_chance(nearest) * CONTRADICTED, (), next(iter(reasons.values())))
    return Verdict(supports[agreeing[0]], tuple(agreeing))


def _headings(quote: Quote) -> str:
    return f"{quote.title} {quote.heading}"


def _pieces(quote: Quote) -> list[str]:
    """The sentences of a quote, each pair of neighbours, and the whole of it: what a statement may rest on."""
    single = [quote.text[s.start : s.end] for s in sentences(quote.text) if s.block in (Block.PROSE, Block.LIST)]
    pairs = [f"{a} {b}" for a, b in pairwise(single)]
    return list(dict.fromkeys([*single, *pairs])) or [quote.text]


def signals(statement: str, ground: str, headings: str, cosine: float) -> tuple[float, ...]:
    """What the support of `statement` by `ground`, which stands under `headings`, is judged by."""
    return (*astuple(align(statement, ground, headings)), min(1.0, new_directions(statement, ground)), cosine)


def _chance(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
