"""Floors: what counts as below, when two measurements may be compared, and that floors never sink by themselves."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval import floors
from eval.floors import Floor, below, differs, load, raised, record, save
from tutor.errors import BadInput

OLD = Floor("questions", "texts", "quotes only", "letters-64", {"hit@5": 0.9, "answerable declined": 0.05})


def measured(hit: float, declined: float, **others: str) -> Floor:
    """A measurement on the same ground as OLD, unless `others` say otherwise."""
    return replace(OLD, figures={"hit@5": hit, "answerable declined": declined}, **others)  # type: ignore[arg-type]


# -- below ------------------------------------------------------------------------------------------------------------


def test_a_figure_at_its_floor_is_not_below_it() -> None:
    assert below({"hit@5": 0.9, "answerable declined": 0.05}, OLD) == []


def test_a_figure_that_fell_is_told_with_its_floor() -> None:
    assert below({"hit@5": 0.88, "answerable declined": 0.05}, OLD) == ["hit@5: 0.880; the floor is 0.900"]


def test_declining_too_much_breaks_a_ceiling() -> None:
    assert below({"hit@5": 1.0, "answerable declined": 0.0}, OLD) == []
    told = below({"hit@5": 1.0, "answerable declined": 0.2}, OLD)
    assert told == ["answerable declined: 0.200; the ceiling is 0.050"]


def test_slack_forgives_a_small_fall_and_no_more() -> None:
    assert below({"hit@5": 0.885, "answerable declined": 0.065}, OLD, slack=0.02) == []
    assert len(below({"hit@5": 0.875, "answerable declined": 0.075}, OLD, slack=0.02)) == 2


def test_a_figure_that_is_no_longer_measured_is_below() -> None:
    assert below({"hit@5": 0.9}, OLD) == ["answerable declined: not measured; the floor is 0.050"]


def test_floors_are_kept_with_four_digits_and_the_measurement_they_came_from_meets_them() -> None:
    exact = measured(2 / 3, 1 / 3)
    assert below(exact.figures, raised(None, exact)) == []


# -- what may be compared ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", ["questions", "corpus", "model", "encoder"])
def test_a_measurement_on_other_ground_says_what_differs(ground: str) -> None:
    assert differs(OLD, measured(0.1, 0.9)) == []
    (told,) = differs(OLD, measured(0.1, 0.9, **{ground: "other"}))
    assert told == f"{ground}: other, the floor has {getattr(OLD, ground)}"


# -- raising ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hit", "declined", "kept"),
    [
        (0.95, 0.04, (0.95, 0.04)),  # both better
        (0.85, 0.06, (0.9, 0.05)),  # both worse
        (0.95, 0.06, (0.95, 0.05)),  # one of each
        (0.85, 0.01, (0.9, 0.01)),
    ],
)
def test_raising_keeps_the_better_of_both(hit: float, declined: float, kept: tuple[float, float]) -> None:
    assert tuple(raised(OLD, measured(hit, declined)).figures.values()) == kept


def test_raising_never_forgets_a_figure() -> None:
    assert raised(OLD, replace(OLD, figures={"hit@5": 0.95})).figures == {"hit@5": 0.95, "answerable declined": 0.05}


def test_lowering_takes_the_measured() -> None:
    assert raised(OLD, measured(0.5, 0.5), lower=True).figures == {"hit@5": 0.5, "answerable declined": 0.5}


def test_times_have_no_floor() -> None:
    timed = replace(OLD, figures={"hit@5": 0.9, "evidence p95 ms": 80.0, "first word median ms": 900.0})
    assert raised(None, timed).figures == {"hit@5": 0.9}


# -- the book ---------------------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    assert load(path) == {}
    save({"mirror/test": OLD}, path)
    assert load(path) == {"mirror/test": OLD}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Floors and log in a folder of their own."""
    monkeypatch.setattr(floors, "FLOORS", tmp_path / "floors.json")
    monkeypatch.setattr(floors, "LOG", tmp_path / "log.md")
    return floors.FLOORS, floors.LOG


def test_recording_raises_and_logs_what_changed(book: tuple[Path, Path]) -> None:
    path, log = book
    record("mirror/test", OLD)
    record("mirror/test", measured(0.95, 0.06))
    record("mirror/test", measured(0.1, 0.9))  # worse: nothing changes
    assert load(path)["mirror/test"].figures == {"hit@5": 0.95, "answerable declined": 0.05}
    first, second = log.read_text().splitlines()
    assert "mirror/test: first set" in first
    assert second.endswith("mirror/test: raised (hit@5 0.9 -> 0.95)")


def test_lowering_takes_a_reason_which_is_logged(book: tuple[Path, Path]) -> None:
    path, log = book
    record("mirror/test", OLD)
    record("mirror/test", measured(0.8, 0.05), "the harder questions came in")
    assert load(path)["mirror/test"].figures["hit@5"] == 0.8
    assert "set anew, because the harder questions came in (hit@5 0.9 -> 0.8)" in log.read_text()


def test_other_texts_are_no_way_to_sink_a_floor_unseen(book: tuple[Path, Path]) -> None:
    path, _ = book
    record("mirror/test", OLD)
    with pytest.raises(BadInput, match=r"would sink: hit@5: 0\.800; the floor is 0\.900.*--lower REASON"):
        record("mirror/test", measured(0.8, 0.05, corpus="other"))
    assert load(path)["mirror/test"] == OLD
    assert record("mirror/test", measured(0.92, 0.05, corpus="other")).corpus == "other"
