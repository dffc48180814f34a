"""The fits on examples that are settled on paper; what they find on the real sets is for a person to judge."""

from dataclasses import astuple

import numpy as np
import pytest

from eval.fit import Candidates, area, chances, climb, cut_at, folds, logistic, ranking, tune, unseen_chances
from tutor.decide import FITTED, Grounds, chance

# -- search -----------------------------------------------------------------------------------------------------------

# Two signals. Weighed (1, 0) the passages come as 0 1 2 3 4; weighed (0, 1) as 4 3 2 1 0.
FIVE = Candidates(
    signals=np.array([[5, 1], [4, 2], [3, 3], [2, 4], [1, 5]], np.float64),
    pages=np.array([7, 7, 7, 7, 8]),
    right=np.array([False, False, False, False, True]),
    gold=np.array([False, False, False, True, False]),
)


def test_a_page_gives_three_passages_at_most_and_the_next_page_moves_up() -> None:
    # 0 1 2 of page 7, its fourth passage is left out; so the right page's is fourth and the gold is nowhere.
    assert FIVE.ranks(np.array([1.0, 0.0])) == (4, None)
    assert FIVE.ranks(np.array([0.0, 1.0])) == (1, 2)


def test_a_ranking_has_its_figures() -> None:
    figures = ranking([FIVE, FIVE], np.array([1.0, 0.0]))
    assert figures == {"hit@1": 0.0, "hit@5": 1.0, "MRR": 0.25, "gold passage@5": 0.0}


def test_a_question_that_found_nothing_costs_its_zero() -> None:
    nothing = Candidates(np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    assert nothing.ranks(np.array([1.0, 1.0])) == (None, None)
    assert ranking([FIVE, nothing], np.array([0.0, 1.0]))["hit@5"] == 0.5


def test_climbing_never_ends_lower_than_it_began_and_is_the_same_each_time() -> None:
    def worth(weights: np.ndarray) -> float:
        return float(-np.abs(weights - np.array([1.0, 3.0])).sum())

    start = np.array([1.0, 1.0])
    reached = climb(worth, start, turns=200)
    assert worth(reached) > worth(start) / 2  # from 2 away to less than 1
    assert np.array_equal(reached, climb(worth, start, turns=200))
    assert np.array_equal(climb(lambda _: 0.0, np.zeros(2), turns=0), np.zeros(2))


# -- decide -----------------------------------------------------------------------------------------------------------


def test_a_logistic_rule_leans_to_the_signal_that_tells_and_not_to_the_one_that_does_not() -> None:
    random = np.random.default_rng(0)
    answerable = np.arange(200) % 2 == 0
    signals = np.c_[answerable + random.normal(0, 0.3, 200), random.normal(0, 1, 200)]
    told, idle, constant = logistic(signals, answerable)
    assert told > 10 * abs(idle)
    assert constant == pytest.approx(-told / 2, rel=0.2)  # half-way between the classes


def test_the_rule_that_is_fitted_is_the_rule_that_decides() -> None:
    grounds = Grounds(*np.linspace(0, 1, len(Grounds.__dataclass_fields__)).tolist())
    fitted = chances(np.array([astuple(grounds)]), np.array(FITTED))
    assert fitted[0] == pytest.approx(chance(grounds))


def test_both_classes_weigh_the_same_however_many_each_has() -> None:
    # A signal that says nothing leaves only the constant: even chances, not 90 to 10.
    answerable = np.array([True] * 90 + [False] * 10)
    assert logistic(np.zeros((100, 1)), answerable)[-1] == pytest.approx(0.0, abs=1e-6)


def test_the_cut_declines_no_more_than_the_share() -> None:
    chances = np.arange(100) / 100  # 0.00 to 0.99
    assert cut_at(chances, 0.05) == 0.05  # five lie below: 0.00 to 0.04
    assert cut_at(np.array([0.123, 0.9]), 0.1) == 0.12  # rounded down, never up
    assert (chances < cut_at(chances, 0.025)).mean() <= 0.025


def test_the_area_counts_the_pairs_in_their_order() -> None:
    # Answerable 0.9 and 0.4, not answerable 0.4 and 0.1: three pairs in order, one tie: 3.5 of 4.
    assert area(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False])) == 0.875


def test_a_question_asked_of_two_libraries_is_in_one_fold() -> None:
    names = [f"question {i}" for i in range(20)]
    both = folds(names + names)
    assert np.array_equal(both[:20], both[20:])
    assert sorted(np.bincount(both[:20])) == [4, 4, 4, 4, 4]


def test_what_is_measured_on_unseen_examples_was_not_fitted_on_them() -> None:
    # Each question's class is its own name and nothing else tells it: no rule can know it from the others.
    signals = np.eye(10)[:, :4]
    chances = unseen_chances(signals, np.arange(10) % 2 == 0, [str(i) for i in range(10)])
    assert np.all((chances > 0.05) & (chances < 0.95))


def test_only_the_tune_half_is_fitted_on() -> None:
    assert {q.half for q in tune("mirror", "starter", "conversations", "unanswerable", "near-misses")} == {"tune"}
