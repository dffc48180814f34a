"""Asking a set into a run's folder: carried on after a kill, side by side, stopped by Ctrl-C."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval import asking, gate
from eval.answers import chosen
from eval.asking import carry_on
from eval.run import Record, from_row
from eval.runs import line, read, resume
from eval.sets import Question
from tests.test_eval_main import tutor_eval
from tutor.answers import Tutor


@pytest.fixture(scope="module")
def tutor(starter_home: Path) -> Tutor:
    return gate.open_tutor(starter_home)


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Six questions about the handbook and what nothing answers."""
    every = [question for _, question in chosen("test")]
    return [q for q in every if q.kind == "handbook"][:3] + [q for q in every if q.kind == "unanswerable"][:3]


def rows(folder: Path) -> list[Record]:
    """What a run has kept."""
    return [from_row(row) for row in resume(folder, {"set": "own"})]


def timeless(records: list[Record]) -> list[Record]:
    """The records without what differs from run to run."""
    return [replace(one, search_ms=0.0, evidence_ms=0.0, total_ms=0.0, peak_mb=0.0) for one in records]


def test_a_killed_run_goes_on_where_it_was_and_comes_to_the_same(
    tutor: Tutor, asked: list[Question], tmp_path: Path
) -> None:
    whole = carry_on(tutor, asked, tmp_path, rows(tmp_path))
    killed = tmp_path / "killed"
    carry_on(tutor, asked[:2], killed, rows(killed))
    with (killed / "records.jsonl").open("a", encoding="utf-8") as kept:
        kept.write(line(asdict(whole[2]))[:50])  # half a line, as a kill leaves it
    done = rows(killed)
    assert [one.id for one in done] == [q.id for q in asked[:2]]
    told: list[int] = []
    again = carry_on(tutor, asked, killed, done, told.append)
    assert timeless(again) == timeless(whole) == timeless(rows(killed))
    assert told == [2, 3, 4, 5, 6]


def test_side_by_side_comes_to_the_same(tutor: Tutor, asked: list[Question], tmp_path: Path) -> None:
    one, three = (carry_on(tutor, asked, tmp_path / str(n), rows(tmp_path / str(n)), workers=n) for n in (1, 3))
    assert timeless(one) == timeless(three)


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    real, told = asking.ask, list[str]()

    def interrupted(*parts: object) -> Record:
        if len(told) == 2:
            raise KeyboardInterrupt
        told.append("asked")
        return real(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "ask", interrupted)
    run = ["answers", "--sample", "5", "--quotes-only", "--folder", str(tmp_path)]
    code, _, err = tutor_eval(monkeypatch, capsys, *run)
    assert code == 1
    assert f"Stopped after 2 of 5 questions. Run the same with --folder {tmp_path} to carry on." in err
    assert len(read(tmp_path / "records.jsonl")) == 2
