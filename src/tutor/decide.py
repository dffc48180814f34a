"""
Deciding whether the library can answer, from several signals and never from one cut-off.

A logistic rule over what search and evidence already know; its weights are fitted by `eval/fit.py` on the tune half
of the question sets and kept here. Pure functions.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from tutor.evidence import Evidence
from tutor.search import Found, coverage, occurs
from tutor.words import stems


@dataclass(frozen=True, slots=True)
class Grounds:
    """
    What speaks for an answer, each 0..1.

    `meaning`: best cosine of question and passage; `sentence`: best cosine of question and sentence; `together`: share
    of the question's words (rare ones weigh more) in the evidence and its headings; `rarest`: whether the rarest word
    is there; `alone`: the same share as `together` in the best quote alone; `agreement`: whether words and meaning
    agree on the best passage.
    """

    meaning: float
    sentence: float
    together: float
    rarest: float
    alone: float
    agreement: float


# Fitted: see docs/answers.md. The last is the constant.
FITTED: tuple[float, ...] = (2.62, 3.11, -0.89, 0.77, 4.62, 3.79, -6.83)
# The chance (0..1) below which a question is declined.
CUT = 0.34


def grounds(found: Found, evidence: Sequence[Evidence]) -> Grounds:
    if not found.hits:
        return Grounds(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    said = [f"{e.quote.title} {e.quote.heading} {e.quote.text}" for e in evidence]
    best = max(found.hits, key=lambda hit: hit.signals.meaning)
    return Grounds(
        meaning=best.signals.meaning,
        sentence=max(hit.signals.sentence for hit in found.hits),
        together=coverage(found.rarity, " ".join(said)),
        rarest=_rarest(found.rarity, " ".join(said)),
        alone=max((coverage(found.rarity, text) for text in said), default=0.0),
        agreement=max(min(hit.signals.words, hit.signals.meaning * 2) for hit in found.hits),
    )


def _rarest(rarity: Mapping[str, float], text: str) -> float:
    if not rarity:
        return 0.0
    rarest = max(sorted(rarity), key=lambda word: rarity[word])
    return float(occurs(rarest, set(stems(text))))


def chance(on: Grounds, fitted: Sequence[float] = FITTED) -> float:
    """The chance (0..1) that the evidence answers."""
    total = sum(weight * value for weight, value in zip(fitted, astuple(on), strict=False)) + fitted[-1]
    return 1.0 / (1.0 + math.exp(-total))
