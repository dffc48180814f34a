"""Ranking metrics by ir-measures: an example worked out on paper, and agreement with our own short ones."""

import math
import platform
import random
import sys

import pytest

from eval import metrics, ranking
from tutor.errors import BadInput

pytestmark = pytest.mark.skipif(
    sys.platform == "linux" and platform.machine() != "x86_64", reason="there ir-measures is not among what is needed"
)


def test_one_ranking_worked_out_on_paper() -> None:
    found = ranking.scores(["c", "a", "d", "b"], {"a", "b", "x"})
    assert (found["Success@1"], found["Success@5"], found["Success@10"]) == (0.0, 1.0, 1.0)
    assert found["RR@10"] == 1 / 2
    assert found["R@10"] == pytest.approx(2 / 3)
    gained = 1 / math.log2(3) + 1 / math.log2(5)  # at ranks 2 and 4
    best = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["nDCG@10"] == pytest.approx(gained / best)


def test_what_is_beyond_ten_and_what_found_nothing_cost_their_zeros() -> None:
    ten = [f"wrong {n}" for n in range(10)]
    assert set(ranking.scores([*ten, "a"], {"a"}).values()) == {0.0}
    assert set(ranking.scores([], {"a"}).values()) == {0.0}
    with pytest.raises(BadInput, match="nothing right to be found"):
        ranking.scores(["a"], set())


def test_a_page_met_again_takes_its_place_and_earns_nothing() -> None:
    ids = ranking.by_page([7, 7, 3])
    assert len(set(ids)) == 3
    assert (ids[0], ids[2]) == ("7", "3")
    found = ranking.scores(ids, {"7", "3"})
    assert found["R@10"] == 1.0
    assert found["nDCG@10"] == pytest.approx((1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3)))


def test_our_own_hit_and_reciprocal_rank_are_those_of_ir_measures() -> None:
    draw = random.Random(0)
    for _ in range(50):
        order = draw.sample(range(12), 10)
        right = set(draw.sample(range(12), draw.randint(1, 4)))
        found = ranking.scores([str(one) for one in order], {str(one) for one in right})
        rank = next((at for at, one in enumerate(order, 1) if one in right), None)
        assert found["RR@10"] == pytest.approx(metrics.reciprocal_rank([rank]))
        for k in (1, 5, 10):
            assert found[f"Success@{k}"] == metrics.hit([rank], k)
