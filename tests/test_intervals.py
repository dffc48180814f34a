"""Intervals: pages are drawn, not questions, and the same seed draws the same."""

from dataclasses import replace

from eval.answers import TARGETS
from eval.intervals import by_page, intervals
from tests.test_eval_answers import RECORDS, record


def test_questions_of_one_page_are_drawn_together() -> None:
    assert [[r.id for r in group] for group in by_page(RECORDS)] == [
        ["a", "b"], ["c", "e", "f", "g"], ["j"], ["d"], ["h"], ["i"],
    ]  # fmt: skip


def test_an_interval_holds_its_value_is_the_same_each_time_and_wider_where_pages_are_few() -> None:
    hit = {target.name: target.measure for target in TARGETS}["right page in five"]
    apart = [record(str(n), page=str(n), rank=1 if n % 2 else None) for n in range(40)]
    together = [replace(one, page=str(n % 4)) for n, one in enumerate(apart)]
    (low, high), (wide_low, wide_high) = (intervals(some, {"hit": hit}, 7)["hit"] for some in (apart, together))
    assert low <= 0.5 <= high
    assert intervals(apart, {"hit": hit}, 7) == intervals(apart, {"hit": hit}, 7)
    assert wide_high - wide_low > high - low
    certain = [replace(one, rank=1) for one in apart]
    assert intervals(certain, {"hit": hit}, 7)["hit"] == (1.0, 1.0)
