"""`tutor eval show`: which runs there are; one in short, as JSON and as Markdown; what it says where there is none."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval import answers, floors, runs
from eval.gathered import gather
from eval.run import Record
from eval.show import listed, markdown, summary
from ui import cli

RECIPE = {"kind": "answers", "questions": "a" * 16, "corpus": "b" * 16, "model": "m", "encoder": "e", "seed": "0"}
RECORDS = [
    Record(f"q{n}", f"What is `{n}` | @somebody <b>?", "answerable", "test", page="tutor:notes/tokenization", rank=1,
           facts=1, facts_stated=n % 2, answer="Said <so>.", quotes=1, quotes_valid=1, total_ms=100)
    for n in range(8)
]  # fmt: skip


def finished(home: Path, name: str, records: list[Record]) -> runs.Run:
    folder = home / "eval" / name
    runs.resume(folder, RECIPE)
    answers.keep(records, RECIPE, folder, 0)
    return runs.load(name, home)


def tutor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, *arguments: str
) -> tuple[int, str, str]:
    """Runs `tutor eval show` over a home; returns its exit code and what it printed."""
    monkeypatch.setenv("TUTOR_HOME", str(home))
    monkeypatch.setattr(sys, "argv", ["tutor", "eval", "show", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    return (ended.value.code if isinstance(ended.value.code, int) else 0), printed.out, printed.err


def test_the_runs_are_listed_with_those_that_were_stopped_or_broken(tmp_path: Path) -> None:
    assert listed(tmp_path) == []
    finished(tmp_path, "answers-1", RECORDS)
    stopped = tmp_path / "eval" / "answers-2"
    runs.resume(stopped, RECIPE)
    with runs.keeping(stopped) as keep:
        keep(asdict(RECORDS[0]))
    broken = tmp_path / "eval" / "answers-3"
    broken.mkdir()
    (broken / runs.RECIPE).write_text("{", encoding="utf-8")
    known = {one["run"]: one for one in listed(tmp_path)}
    assert (known["answers-1"]["finished"], known["answers-1"]["rows"]) == (True, 8)
    assert next(iter(known["answers-1"]["figures"])) == "right page in five"
    assert (known["answers-2"]["finished"], known["answers-2"]["rows"]) == (False, 1)
    assert "broken" in known["answers-3"]


def test_the_command_lists_shows_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = tutor(monkeypatch, capsys, tmp_path)
    assert code == 0
    assert "There is no run under" in out
    finished(tmp_path, "answers-1", RECORDS)
    assert "answers-1  answers" in tutor(monkeypatch, capsys, tmp_path)[1]
    assert json.loads(tutor(monkeypatch, capsys, tmp_path, "--json")[1])[0]["run"] == "answers-1"
    assert "right:4 | wrong:4" in tutor(monkeypatch, capsys, tmp_path, "last")[1]
    told = json.loads(tutor(monkeypatch, capsys, tmp_path, "answers-1", "--json")[1])
    assert told["verdicts"]["right"] == 4
    assert told["recipe"]["corpus"] == "b" * 16
    page, text = tmp_path / "report.html", tmp_path / "summary.md"
    code, out, _ = tutor(
        monkeypatch, capsys, tmp_path, "last", "--html", str(page), "--markdown", str(text), "--no-quotes"
    )
    assert code == 0
    assert out == f"Written: {page}\nWritten: {text}\n"
    assert "Said" not in page.read_text(encoding="utf-8")
    tutor(monkeypatch, capsys, tmp_path, "last", "--html", str(page), "--beside", "answers-1")
    assert "Said &lt;so&gt;." in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("last",), "There is no finished run yet"),
        (("nothing",), "holds no finished run"),
        (("--html", "x.html"), "Which run?"),
        (("--beside", "last"), "Which run?"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    code, out, error = tutor(monkeypatch, capsys, tmp_path, *arguments)
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert told in error


def test_a_file_that_cannot_be_written_and_a_run_of_another_kind_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(tmp_path, "answers-1", RECORDS)
    code, _, error = tutor(monkeypatch, capsys, tmp_path, "last", "--html", str(tmp_path / "none" / "x.html"))
    assert code == 1
    assert "cannot be written" in error
    folder = tmp_path / "eval" / "practice-1"
    runs.resume(folder, {"kind": "practice"})
    runs.finish(folder, [], {"figures": {}})
    code, _, error = tutor(monkeypatch, capsys, tmp_path, "answers-1", "--beside", "practice-1")
    assert code == 1
    assert "Only runs of answers stand beside each other" in error


def test_markdown_tells_changes_against_floors_weak_chapters_and_flips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(tmp_path, "answers-1", RECORDS)
    other = finished(tmp_path, "answers-2", [replace(one, facts_stated=1) for one in RECORDS])
    floor = floors.measured({"right page in five": 0.9, "facts in answer": 0.6}, RECIPE)
    monkeypatch.setattr(floors, "load", lambda path=None: {"x": floor})
    text = markdown(gather(run, tmp_path, other))
    assert "8 questions: 4 right, 4 wrong." in text
    assert "**Below the floor: facts in answer.**" in text
    assert "| facts in answer | 0.500 |" in text
    assert "| 0.600 | -0.100 **below** |" in text
    assert "| 0.900 | +0.100 |" in text
    assert "| Tokenization | 8 | 1.00 | 0.00 | 0.50 | 0.00 |" in text
    assert "4 questions only the other has right" in text
    assert "- `q0` `What is '0' ¦ @somebody <b>?`: wrong; beside right" in text
    assert "Said" not in text
    assert "floor 0.600 NOT HELD" in summary(gather(run, tmp_path))


def test_markdown_says_that_no_floor_was_measured(tmp_path: Path) -> None:
    text = markdown(gather(finished(tmp_path, "answers-1", RECORDS), tmp_path))
    assert "No floors were measured" in text
    assert "<details>" not in text
