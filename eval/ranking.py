"""
Ranking metrics, as `ir-measures` computes them (MacAvaney, Macdonald and Ounis 2022): comparable with published ones.

A ranking is the passages found, best first, judged in two ways. By page: a passage is right where its page answers; a
further passage of a page counted already takes up its place and earns nothing, so that ranks are what a person sees and
recall counts pages. By passage: right where it holds a gold sentence. Knows nothing of how anything is found.
"""

from collections.abc import Callable, Sequence, Set
from functools import cache
from typing import Any

from tutor.errors import BadInput

# Success@k: one right among the first k. RR: 1/rank of the first. nDCG: all, the later the less worth. R: their share.
MEASURES = ("Success@1", "Success@5", "Success@10", "RR@10", "nDCG@10", "R@10")


def scores(found: Sequence[str], right: Set[str]) -> dict[str, float]:
    """
    Each of MEASURES of one question: `found` are ids, best first, none twice; `right` those that there are at all.

    Raises BadInput where ir-measures is not installed, and for a ranking of nothing that is right.
    """
    if not right:
        raise BadInput("There is nothing right to be found. Count such a question apart.")
    evaluator_of, measures = _parts()
    run = {"q": {one: float(-rank) for rank, one in enumerate(found)}}
    told = evaluator_of(list(measures), {"q": dict.fromkeys(sorted(right), 1)}).iter_calc(run)
    values = {measures[one.measure]: float(one.value) for one in told}
    return {name: values.get(name, 0.0) for name in MEASURES}  # where nothing was found, nothing is told


@cache
def _parts() -> tuple[Callable[..., Any], dict[Any, str]]:
    """What ir-measures computes with, and its measures with our names."""
    try:
        import ir_measures
    except ImportError as error:
        raise BadInput("Ranking metrics need the package ir-measures. Install it: pip install ir-measures") from error
    return ir_measures.evaluator, {ir_measures.parse_measure(name): name for name in MEASURES}


def by_page(found: Sequence[int]) -> list[str]:
    """The pages of the passages found, as ids of which none is twice: a page that was met before is `page again`."""
    met: set[int] = set()
    ids = []
    for place, page in enumerate(found):
        ids.append(f"{page} again at {place}" if page in met else str(page))
        met.add(page)
    return ids
