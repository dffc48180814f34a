"""Two runs on the same questions: p-values and intervals worked out by hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval import metrics
from eval.paired import Difference, differences, holm, mcnemar
from eval.run import Record
from tests.test_eval_answers import RECORDS, record


def took(*values: float, pages: Sequence[str] = ()) -> list[Record]:
    """A question for each value, each about a page of its own unless pages are named."""
    named = pages or [str(n) for n in range(len(values))]
    return [record(f"q{n}", page=named[n], total_ms=value) for n, value in enumerate(values)]


def mean(records: Sequence[Record]) -> dict[str, float]:
    return {"mean": metrics.mean([one.total_ms for one in records])}


def only(first: Sequence[Record], second: Sequence[Record], **options: int) -> Difference:
    (found,) = differences(first, second, mean, **options)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (0, 0, 1.0),  # they agree on everything
        (5, 0, 2 * 1 / 32),
        (0, 5, 2 * 1 / 32),
        (3, 1, 2 * (1 + 4) / 16),
        (10, 2, 2 * (1 + 12 + 66) / 4096),
        (2, 2, 1.0),  # 2 * (1 + 4 + 6) / 16 is more than 1
        (1500, 0, 0.0),
    ],
)
def test_mcnemar_is_a_coin_thrown_for_each_question_that_flipped(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p)


def test_holm_multiplies_the_smallest_most_never_falls_and_ends_at_one() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == {
        "a": pytest.approx(0.03),  # 3 * 0.01
        "c": pytest.approx(0.06),  # 2 * 0.03
        "b": pytest.approx(0.06),  # 1 * 0.04 would be below the one before
    }
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_a_mean_is_tested_by_all_ways_to_change_sides() -> None:
    # Of the eight sums of +-1 +-2 +-3 two are as far from 0 as 6.
    found = only(took(0, 0, 0), took(1, 2, 3))
    assert (found.test, found.value, found.p) == ("permutation", 2.0, 2 / 8)


def test_questions_of_one_page_change_sides_together() -> None:
    # 1 + 2 stay together: 6, 0, 0, -6.
    pages = ["p", "p", "q"]
    assert only(took(0, 0, 0, pages=pages), took(1, 2, 3, pages=pages)).p == 2 / 4


def test_where_there_are_too_many_ways_they_are_drawn_and_the_one_found_counts() -> None:
    found = only(took(*[0] * 30), took(*[3] * 30), times=200)
    assert found.p == 1 / 201
    assert only(took(*[0] * 30), took(*[3, -3] * 15), times=200).p == 1.0


def test_an_interval_is_of_the_difference_and_draws_the_same_pages_for_both() -> None:
    # However different the questions are, each is 1 slower: so is every drawing.
    assert only(took(10, 200, 3000), took(11, 201, 3001)).interval == (1.0, 1.0)
    # Two pages, 0 and 2: both the first in a quarter of all drawings, both the second in another.
    assert only(took(5, 5), took(5, 7)).interval == (0.0, 2.0)
    assert not only(took(5, 5), took(5, 7)).certain
    assert only(took(5, 5), took(6, 7)).certain


def test_a_share_of_right_and_wrong_is_tested_by_mcnemar_and_others_are_not() -> None:
    def figures(records: Sequence[Record]) -> dict[str, float]:
        facts = metrics.share(sum(one.facts_stated for one in records), sum(one.facts for one in records))
        return {"cited": metrics.mean([float(one.gold_cited) for one in records]), "facts": facts}

    first = [record(str(n), page=str(n), facts=1 + n % 2, facts_stated=0) for n in range(6)]
    second = [replace(one, gold_cited=n < 5, facts_stated=1) for n, one in enumerate(first)]
    found = {one.figure: one for one in differences(first, second, figures, lambda name: name == "cited")}
    assert (found["cited"].test, found["cited"].p, found["cited"].corrected) == ("McNemar", 2 / 32, 2 / 32)
    assert found["cited"].value == pytest.approx(5 / 6)
    # Facts of nine in all: a question may state half of its own, so that the figure is no share of questions.
    assert (found["facts"].test, found["facts"].first, found["facts"].second) == ("permutation", 0.0, 6 / 9)
    assert found["facts"].corrected is None


def test_a_figure_that_one_run_lacks_is_shown_and_not_tested() -> None:
    def figures(records: Sequence[Record]) -> dict[str, float]:
        words = [one.first_word_ms for one in records if one.first_word_ms is not None]
        return {"first word": metrics.mean(words)} if words else {}

    (found,) = differences(RECORDS[:1], [replace(RECORDS[0], first_word_ms=7)], figures)
    assert found == Difference("first word", None, 7, 0)
    assert (found.value, found.certain) == (None, False)


def test_a_run_beside_itself_has_no_difference_and_the_same_seed_gives_the_same() -> None:
    found = only(took(1, 2, 4), took(1, 2, 4))
    assert (found.value, found.interval, found.p) == (0.0, (0.0, 0.0), 1.0)
    many = took(*range(40)), took(*[n * 37 % 41 for n in range(40)])
    assert only(*many, seed=3, times=50) == only(*many, seed=3, times=50) != only(*many, seed=4, times=50)
