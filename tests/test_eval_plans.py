"""`python -m eval plans`: figures worked out by hand, the set itself, and the bar that the plans have to pass."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval import plans
from eval.plans import Goal, Planned, enough, figures, load, random_requests, run, violations
from tutor.errors import BadInput
from tutor.plan import Request, build
from ui import cli

START = date(2026, 1, 5)


def test_the_set_has_forty_goals_in_two_halves() -> None:
    goals = load()
    assert len({goal.id for goal in goals}) == len({goal.goal for goal in goals}) == len(goals) == 40
    halves = [load(half=half) for half in ("tune", "test")]
    assert all(15 <= len(half) <= 25 for half in halves)
    assert sorted(goal.id for half in halves for goal in half) == sorted(goal.id for goal in goals)
    assert all(goal.outside != bool(goal.must) for goal in goals)
    assert all(not set(goal.must) & set(goal.must_not) for goal in goals)


def test_figures_worked_out_on_paper() -> None:
    made = build(Request("LoRA", 5, 6, START))
    right = Goal("a", "LoRA", ("low-rank-adapters-lora", "vq-vae"), ("instruct-fine-tuning", "ring-attention"))
    refused = Goal("b", "x", ("tokenization", "benchmarking"), ("vq-vae", "hyperattention"))
    outside = Goal("c", "y", (), (), outside=True)
    found = figures([Planned(right, made), Planned(refused, None), Planned(outside, None)])
    assert found["must recall"] == 1 / 4
    assert found["must-not rate"] == 1 / 4
    assert found["refusals right"] == 2 / 3
    assert found["violations"] == 0


def test_a_chapter_before_its_prerequisite_is_found() -> None:
    made = build(Request("LoRA", 5, 6, START))
    assert violations(made) == []
    backwards = replace(made, weeks=tuple(reversed(made.weeks)))
    assert violations(backwards)
    without = replace(
        made,
        weeks=tuple(
            replace(week, tasks=tuple(t for t in week.tasks if t.chapter != "tokenization")) for week in made.weeks
        ),
    )
    assert violations(without) == [("pretraining-recipes", "tokenization")]
    assert violations(without, known=["tokenization"]) == []


def test_enough_material_is_counted_in_the_handbooks_hours() -> None:
    assert enough(build(Request("LoRA", 2, 6, START)))
    assert not enough(build(Request("LoRA", 50, 6, START)))


@pytest.mark.parametrize("half", ["tune", "test"])
def test_goals_land_right(half: str) -> None:
    found = figures(list(run(load(half=half))))
    assert found["must recall"] >= 0.95
    assert found["must-not rate"] <= 0.02
    assert found["refusals right"] == 1
    assert found["violations"] == 0
    assert found["weeks as asked"] == 1


def test_requests_by_chance_are_the_same_each_time() -> None:
    assert list(random_requests(5)) == list(random_requests(5))
    assert plans.random_violations(5)[1] == 0


def test_the_command_prints_one_json_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tutor", "eval", "plans", "--half", "tune", "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    printed = json.loads(capsys.readouterr().out)
    assert printed["figures"]["violations"] == 0
    assert {row["half"] for row in printed["goals"]} == {"tune"}
    assert int(printed["recipe"]["n"]) == len(printed["goals"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "own.jsonl:1: expected"),
        ('{"id": "a"}', "own.jsonl:1: expected"),
        ('{"id": "a", "goal": "b", "must": ["nonsense"]}', "found 'nonsense'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text(line, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        load(own)


def test_a_half_that_is_none_is_told() -> None:
    with pytest.raises(BadInput, match="Choose one of tune, test, or all"):
        load(half="both")
