"""`tutor plan` as a person (or a program) meets it: the contract's JSON, files, one line for what cannot be done."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ui import cli

Printed = tuple[int, str, str]
Tutor = Callable[..., Printed]


@pytest.fixture
def tutor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Tutor:
    """Runs `tutor plan` with a TUTOR_HOME of its own; returns exit code, output and errors."""
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Printed:
        monkeypatch.setattr("sys.argv", ["tutor", "plan", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


GOAL = ("build a RAG chatbot", "--hours", "4", "--weeks", "5", "--start", "2026-01-05")


def parsed(done: Printed) -> Any:
    assert done[0] == 0, done[2]
    return json.loads(done[1])


def test_json_is_as_the_contract_says(tutor: Tutor) -> None:
    plan = parsed(tutor(*GOAL, "--json"))
    assert {"goal", "weeks", "chapters", "left_out", "total_minutes"} <= set(plan)
    assert plan["goal"] == GOAL[0]
    assert [week["week"] for week in plan["weeks"]] == [1, 2, 3, 4, 5]
    assert plan["weeks"][1]["starts"] == "2026-01-12"
    for week in plan["weeks"]:
        assert week["minutes"] == sum(task["minutes"] for task in week["tasks"])
        for task in week["tasks"]:
            assert {"section", "chapter", "title", "url", "kind", "minutes", "why"} <= set(task)
    assert plan["total_minutes"] == sum(week["minutes"] for week in plan["weeks"])
    assert "retrieval-augmented-generation" in plan["chapters"]
    assert all(set(one) == {"chapter", "why"} for one in plan["left_out"])
    assert parsed(tutor(*GOAL, "--json")) == plan


def test_options_may_come_first_and_take_several_values(tutor: Tutor) -> None:
    options = ("--hours", "4", "--weeks", "5", "--start", "2026-01-05", "--free", "mon", "Thursday", "--json")
    plan = parsed(tutor("--known", "tokenization", "Prompting Techniques", "agents", *options))
    assert plan["goal"] == "agents"
    known = {one["chapter"] for one in plan["left_out"] if one["why"].startswith("You know it")}
    assert known == {"tokenization", "prompting-techniques"}
    days = {date.fromisoformat(task["day"]).weekday() for week in plan["weeks"] for task in week["tasks"]}
    assert days <= {0, 3}
    same = parsed(tutor("agents", *options, "--known", "tokenization, prompting-techniques"))
    assert same["chapters"] == plan["chapters"]


def test_a_person_sees_weeks_boxes_reasons_and_what_was_left_out(tutor: Tutor) -> None:
    code, out, _ = tutor(*GOAL)
    assert code == 0
    for part in ("Week 1, from 05 January 2026", "[ ]   1", "you said “RAG”", "Left out:", "Kept as plan 1"):
        assert part in out


def test_without_a_start_it_begins_today(tutor: Tutor) -> None:
    plan = parsed(tutor("LoRA", "--hours", "3", "--weeks", "2", "--json"))
    assert plan["starts"] == date.today().isoformat()


def test_files_are_written(tutor: Tutor, tmp_path: Path) -> None:
    names = {"--ics": "a.ics", "--markdown": "a.md", "--csv": "a.csv", "--timeline": "t.svg", "--map": "m.svg"}
    options = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    assert tutor(*GOAL, *options)[0] == 0
    begins = {name: (tmp_path / name).read_text(encoding="utf-8")[:15] for name in names.values()}
    assert begins == {
        "a.ics": "BEGIN:VCALENDAR", "a.md": "# Study plan: b", "a.csv": "task,week,day,s", "t.svg": '<svg xmlns="htt',
        "m.svg": '<svg xmlns="htt',
    }  # fmt: skip
    code, _, told = tutor(*GOAL, "--ics", str(tmp_path / "nowhere" / "a.ics"))
    assert code == 1
    assert "cannot be written" in told


def test_living_with_a_plan(tutor: Tutor) -> None:
    tutor(*GOAL)
    tutor("agents", "--hours", "2", "--weeks", "9", "--start", "2026-01-05")
    listed = parsed(tutor("list", "--json"))
    assert [one["plan"] for one in listed] == [1, 2]
    today = parsed(tutor("today", "--on", "2026-01-05", "--json"))
    assert [one["plan"] for one in today["plans"]] == [1, 2]
    assert "Done: 1.1 " in tutor("done", "1.1", "--minutes", "30")[1]
    assert "Skipped: 1.2 " in tutor("skip", "1.2")[1]
    assert "Open again: 1.2 " in tutor("undo", "1.2")[1]
    assert "Put off to Thursday, 08 January: 2.1 " in tutor("postpone", "1", "--days", "2", "--on", "2026-01-06")[1]
    again = parsed(tutor("again", "--plan", "1", "--on", "2026-01-19", "--json"))
    states = [task["state"] for week in again["weeks"] for task in week["tasks"]]
    assert states.count("done") == 1
    assert parsed(tutor("show", "--plan", "1", "--json")) == again
    assert "1 " in tutor()[1]  # the list
    assert "Forgotten: plan 1" in tutor("remove", "1")[1]
    assert len(parsed(tutor("list", "--json"))) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("RAG", "--hours", "0", "--weeks", "4"), "0 hours a week"),
        (("RAG", "--hours", "-3", "--weeks", "4"), "-3 hours a week"),
        (("RAG", "--hours", "101", "--weeks", "4"), "100 or less"),
        (("RAG", "--hours", "nan", "--weeks", "4"), "nothing can be learned"),
        (("RAG", "--hours", "5", "--weeks", "0"), "0 weeks"),
        (("RAG", "--hours", "5", "--weeks", "4", "--start", "someday"), "'someday' is no date"),
        (("RAG", "--hours", "5", "--weeks", "4", "--known", "lora"), "Did you mean low-rank-adapters-lora?"),
        (("RAG", "--hours", "5", "--weeks", "4", "--known", "vq-vaes"), "Did you mean vq-vae?"),
        (("RAG", "--hours", "5", "--weeks", "4", "--prefer", "podcast"), "video, article, paper"),
        (("RAG", "--hours", "5", "--weeks", "4", "--free", "someday"), "no day of the week"),
        (("learn to cook", "--hours", "5", "--weeks", "4"), "it covers modern AI"),
        (("", "--hours", "5", "--weeks", "4"), "There is no goal"),
        (("done", "1"), "There is no plan yet"),
        (("again",), "There is no plan yet"),
    ],
)
def test_what_cannot_be_done_is_one_line(tutor: Tutor, arguments: tuple[str, ...], says: str) -> None:
    code, out, told = tutor(*arguments)
    assert (code, out) == (1, "")
    assert says in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("arguments", [("RAG", "--hours", "5"), ("RAG", "--hours", "many", "--weeks", "2"), ("done",)])
def test_wrong_usage_is_two(tutor: Tutor, arguments: tuple[str, ...]) -> None:
    assert tutor(*arguments)[0] == 2
