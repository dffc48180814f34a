"""Risk and coverage of questions few enough to work out on paper, and the picture of them."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import curves
from eval.curves import Point
from eval.run import Record


def record(name: str, chance: float, kind: str = "answerable", **fields: object) -> Record:
    """A record made by hand: declined below a chance of 0.5."""
    made = Record(name, name, kind, "test", chance=chance, declined=chance < 0.5)
    return replace(made, **fields)  # type: ignore[arg-type]


RECORDS = [
    record("a", 0.9, in_evidence=True, gold_cited=True),
    record("b", 0.8, in_evidence=True, facts=2),  # in the evidence, and the answer has nothing of it
    record("c", 0.7, "unanswerable", why="near-miss"),
    record("d", 0.6, facts=1, facts_stated=1),  # states the fact from elsewhere
    record("e", 0.4, in_evidence=True),
    record("f", 0.2, "unanswerable", why="off-topic"),
    record("g", 0.9, unscored="no page"),
    record("h", 1.0, "handbook"),
]


def test_the_curve_of_four_questions_is_the_one_worked_out_on_paper() -> None:
    curve = curves.of([0.9, 0.8, 0.7, 0.6], [False, True, False, True])
    assert curve.points == (Point(0.9, 0.25, 0.0), Point(0.8, 0.5, 0.5), Point(0.7, 0.75, 1 / 3), Point(0.6, 1.0, 0.5))
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert curve.least == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)  # both right ones first
    assert curve.blind == 0.5


def test_questions_of_one_chance_are_answered_together_and_count_by_lot() -> None:
    curve = curves.of([0.9, 0.5, 0.5], [False, True, False])
    assert curve.points == (Point(0.9, 1 / 3, 0.0), Point(0.5, 1.0, 1 / 3))
    assert curve.area == pytest.approx((0 + 0.5 / 2 + 1 / 3) / 3)
    assert curve.area == curves.of([0.5, 0.9, 0.5], [False, False, True]).area  # whatever the order


def test_nothing_asked_has_an_empty_curve_and_no_figures() -> None:
    assert curves.of([], []) == curves.Curve((), 0.0, 0.0, 0.0)
    assert curves.figures([]) == {}
    assert curves.figures([record("h", 1.0, "handbook")]) == {}


def test_by_evidence_counts_everything_that_was_asked_of_pages() -> None:
    curve = curves.by_evidence(RECORDS)
    assert [point.coverage for point in curve.points] == pytest.approx([n / 6 for n in range(1, 7)])
    assert [point.risk for point in curve.points] == pytest.approx([0, 0, 1 / 3, 2 / 4, 2 / 5, 3 / 6])


def test_by_answer_ends_at_the_working_point() -> None:
    curve = curves.by_answer(RECORDS)
    assert [point.risk for point in curve.points] == pytest.approx([0, 1 / 2, 2 / 3, 2 / 4])
    assert curve.points[-1].coverage == pytest.approx(4 / 6)
    assert curves.working(RECORDS, curves.wrong_by_answer) == Point(0.6, 4 / 6, 2 / 4)
    assert curves.working(RECORDS, curves.wrong_by_evidence) == Point(0.6, 4 / 6, 2 / 4)


def test_the_figures_are_those_of_the_curves() -> None:
    figures = curves.figures(RECORDS)
    assert figures["AURC by evidence"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 2 + 2 / 5 + 1 / 2) / 6)
    assert figures["AURC by evidence, at best"] == pytest.approx((0 + 0 + 0 + 1 / 4 + 2 / 5 + 3 / 6) / 6)
    assert figures["AURC by evidence, blind"] == 1 / 2
    assert figures["mean risk by answer"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4) / 4)
    assert figures["risk by answer"] == 2 / 4


def test_a_wrong_answer_costs_what_a_right_one_earns_and_none_nothing() -> None:
    figures = curves.figures(RECORDS)  # of six questions four are answered, two of them wrongly
    assert (figures["answer rate"], figures["error rate"]) == (4 / 6, 2 / 6)
    assert figures["score (+1, 0, -1)"] == (2 - 2) / 6


def test_kinds_tell_follow_ups_from_questions_that_stand_alone() -> None:
    asked = [*RECORDS, record("i", 0.3, "conversation", turn=2), record("j", 0.5, "conversation")]
    assert curves.kinds(asked) == {
        "answerable": [0.9, 0.8, 0.6, 0.4, 0.5], "near-miss": [0.7], "off-topic": [0.2], "follow-up": [0.3],
    }  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_no_order_of_the_chances_is_better_than_the_best(asked: list[tuple[float, bool]]) -> None:
    curve = curves.of([chance for chance, _ in asked], [wrong for _, wrong in asked])
    assert curve.least <= curve.area + 1e-9
    assert curve.points[-1].coverage == 1.0
    assert curve.points[-1].risk == pytest.approx(curve.blind)


def test_the_picture_is_one_document_that_says_what_is_in_it() -> None:
    picture = curves.picture(RECORDS, 0.5)
    root = ElementTree.fromstring(picture)
    told = " ".join(root.itertext())
    assert "Risk and coverage of 6 questions" in told
    for part in ("by evidence: area 0.289", "the working point", "answerable (4): 75% at the cut", "cut 0.50"):
        assert part in told
    assert "prefers-color-scheme: dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")  # it fetches nothing
    lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2 + 3
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= float(root.attrib["width"])
            assert 0 <= y <= float(root.attrib["height"])


def test_a_run_without_answers_still_has_a_picture() -> None:
    declined = [record("a", 0.1), record("b", 0.2, "unanswerable", why="off-topic")]
    ElementTree.fromstring(curves.picture(declined, 0.5))
    ElementTree.fromstring(curves.picture([], 0.5))
