"""The grading of typed answers, held against what a reader said of them, and against its floors."""

import json
from pathlib import Path

import pytest

from eval import floors, practice
from eval.practice import Graded, Typed, figures
from tests.test_eval_main import tutor_eval
from tutor.errors import BadInput
from tutor.grading import NEARLY, RIGHT, WRONG


def graded(label: str, outcome: str) -> Graded:
    return Graded(Typed("t", "c/c", "x", label, "k"), outcome)


def test_the_figures_are_those_worked_out_on_paper() -> None:
    found = figures([
        graded(RIGHT, RIGHT), graded(RIGHT, RIGHT), graded(RIGHT, NEARLY), graded(RIGHT, WRONG), graded(WRONG, RIGHT),
        graded(WRONG, WRONG), graded(WRONG, "unread"), graded(NEARLY, NEARLY),
    ])  # fmt: skip
    assert found == {
        "called right, and right": pytest.approx(2 / 3),
        "right, and called right": pytest.approx(2 / 4),
        "right, called right or nearly": pytest.approx(3 / 4),
        "wrong, but called right": pytest.approx(1 / 3),
        "the same word as the reader": pytest.approx(4 / 8),
    }
    assert figures([])["wrong, but called right"] == 0


@pytest.mark.parametrize("half", ["tune", "test"])
def test_the_grading_is_above_its_floors(half: str) -> None:
    measured, _ = practice.measure(half)
    floor = floors.load()[f"practice/{half}"]
    assert floors.differs(floor, measured) == [], "measured on something else than its floors: `make floors`"
    assert floors.below(measured.figures, floor) == []  # the same on any machine


def test_a_grading_that_takes_everything_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from tutor.grading import Grade

    monkeypatch.setattr(practice, "grade", lambda *_: Grade(RIGHT, "Yes."))
    measured, _ = practice.measure("tune")
    told = floors.below(measured.figures, floors.load()["practice/tune"])
    assert {line.partition(":")[0] for line in told} >= {"called right, and right", "wrong, but called right"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{}", "expected an object"),
        ('{"id": "a", "card": "x/y", "given": "z", "label": "right", "kind": "k"}', "expected a card"),
        ('{"id": "a", "card": "x/y", "given": "z", "label": "good", "kind": "k"}', "expected a label"),
    ],
)
def test_a_line_that_is_no_answer_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "typed.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=f":1: {told}"):
        practice.load(path)


def test_the_command_keeps_a_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    code, out, _ = tutor_eval(
        monkeypatch, capsys, "practice", "--half", "tune", "--folder", str(tmp_path / "r"), "--json"
    )
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8"))
    code, out, _ = tutor_eval(monkeypatch, capsys, "practice", "--half", "test")
    assert "called right, and right" in out
    assert " is right, called wrong" not in out  # nobody is to tune on it
