"""
Metrics: short functions on plain data, each tested against numbers worked out on paper.

Knows nothing of the tutor. A question that found nothing costs its zero; one that could not be scored never gets
here (eval.run counts it apart).
"""

import re
from collections.abc import Sequence


def hit(ranks: Sequence[int | None], k: int) -> float:
    """The share of questions whose first right result is among the first `k`. A rank is 1-based, or None."""
    return mean([float(rank is not None and rank <= k) for rank in ranks])


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """The mean of 1/rank of the first right result (MRR; Voorhees 1999), 0 where there is none."""
    return mean([0.0 if rank is None else 1.0 / rank for rank in ranks])


def share(part: int, whole: int) -> float:
    """
    `part` of `whole`, and 1 of nothing: where nothing was flagged, nothing was flagged wrongly.

    Precision is the share of the flagged that should be, recall the share of those that should be that was flagged.
    """
    return part / whole if whole else 1.0


def area(true: Sequence[float], false: Sequence[float]) -> float:
    """The chance that one of `true` is above one of `false` (AUROC; Hanley and McNeil 1982); a tie counts half."""
    above = sum((t > f) + 0.5 * (t == f) for t in true for f in false)
    return above / (len(true) * len(false)) if true and false else 0.5


def mean(values: Sequence[float]) -> float:
    """The mean, and 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of the values do not exceed; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    at = max(0, -(-len(ordered) * share // 1) - 1)
    return ordered[int(at)]


def middle(values: Sequence[float]) -> tuple[float, float]:
    """Between what 95 of 100 of the values lie: their 2.5th and 97.5th percentiles; (0, 0) of nothing."""
    return percentile(values, 0.025), percentile(values, 0.975)


def overlaps(a: tuple[int, int], b: tuple[int, int], share: float = 0.8) -> bool:
    """Whether the spans share at least `share` of `b`'s length."""
    common = min(a[1], b[1]) - max(a[0], b[0])
    return common >= share * (b[1] - b[0]) > 0


def earned(right: int, wrong: int, asked: int) -> float:
    """
    The mean of +1 for a right answer, 0 for none and -1 for a wrong one (CRAG; Yang et al. 2024): declining pays.

    0 of nothing asked; -1..1.
    """
    return (right - wrong) / asked if asked else 0.0


_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
# The "e" of "make", "makes", "whole", "trained"; not that of "table", "classes", "needed", "free".
_SILENT = re.compile(r"(?:[^aeiouyl]e|[aeiouy]les?|[^aeiouylsxzcgh]es|[^aeiouytd]ed)$")


def grade(text: str) -> float | None:
    """
    The American school year that `text` takes to be read (Flesch-Kincaid; Kincaid et al. 1975); None without words.

    0.39 words a sentence + 11.8 syllables a word - 15.59. Numbers and signs are no words.
    """
    words = _WORD.findall(text)
    if not words:
        return None
    ends = max(1, len(re.findall(r"[.!?]+(?=\s|$)", text)))
    return 0.39 * len(words) / ends + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """About how many: its groups of vowels, without an "e" at the end that is not said; at least one."""
    small = word.lower()
    return max(1, len(_VOWELS.findall(small)) - bool(_SILENT.search(small)))
