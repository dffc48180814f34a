"""The command `tutor eval`: what is wrong is one line and exit code 1; `--json` is one document."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eval import floors
from eval.sets import SETS, load, named, spread
from tutor.errors import BadInput
from tutor.fingerprints import fingerprint
from ui import cli

Printed = tuple[int, str, str]


def tutor_eval(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> Printed:
    """Runs `tutor eval`; returns its exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", ["tutor", "eval", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), printed.out, printed.err


# -- sets by name -----------------------------------------------------------------------------------------------------


def test_a_set_is_its_files_in_order_and_a_half_of_it_part_of_it() -> None:
    whole = named("starter")
    assert [q.id for q in whole[:62]] == [q.id for q in load(SETS / "starter.jsonl")]
    assert {q.kind for q in whole} == {"answerable", "unanswerable"}
    assert sorted(q.id for q in named("starter", "tune") + named("starter", "test")) == sorted(q.id for q in whole)


def test_what_was_written_to_fit_on_is_never_in_the_test_half() -> None:
    assert not {q.id for q in load(SETS / "near-misses.jsonl")} & {q.id for q in named("mirror", "test")}


def test_a_set_of_ones_own_is_named_by_its_file(tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text((SETS / "handbook.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    assert named(str(own)) == named("handbook")
    with pytest.raises(BadInput, match="expected a question set, found none"):
        named(str(tmp_path / "none.jsonl"))


def test_the_examples_in_the_docs_are_sets_and_the_fingerprint_is_that_of_the_sentence(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "evals.md").read_text(encoding="utf-8")
    short, full = (
        part.partition("```")[0] for part in page.partition("## Your own questions")[2].split("```json\n")[1:]
    )
    own = tmp_path / "own.jsonl"
    own.write_text(short + json.dumps(json.loads(full)), encoding="utf-8")
    little, unanswerable, whole = named(str(own))
    assert little.gold == whole.gold == (fingerprint("The dough rests for two hours."),)
    assert unanswerable.kind == "unanswerable"


def test_a_sample_is_spread_evenly_and_the_same_each_time() -> None:
    questions = named("starter")
    sample = spread(questions, 4)
    assert sample == spread(questions, 4)
    assert [questions.index(q) for q in sample] == [i * len(questions) // 4 for i in range(4)]
    assert spread(questions, None) == spread(questions, 10_000) == questions


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "nonsense"], "There is no set 'nonsense'. Choose one of starter, mirror"),
        (["--half", "both"], "There is no half 'both'. Choose one of tune, test, or all."),
        (["--set", "none.jsonl"], "none.jsonl: expected a question set, found none"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    code, out, err = tutor_eval(monkeypatch, capsys, *arguments)
    assert (code, out) == (1, "")
    assert told in err
    assert err.count("\n") == 1


def test_a_line_of_a_set_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"id": "q1", "question": "Why?"}\n', encoding="utf-8")
    code, _, err = tutor_eval(monkeypatch, capsys, "--set", str(path))
    assert code == 1
    assert f"{path}:1: expected 'url' for a question of kind 'answerable'" in err


def test_a_sample_of_nothing_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tutor_eval(monkeypatch, capsys, "--sample", "0")[0] == 2


# -- a run ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, starter_home: Path) -> None:
    """TUTOR_HOME with the starter notes."""
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))


def test_json_is_one_document_and_the_run_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, at_home: None
) -> None:
    monkeypatch.setattr(floors, "FLOORS", tmp_path / "floors.json")
    run = ["--sample", "6", "--quotes-only", "--folder", str(tmp_path / "run")]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run, "--json")
    assert code == 0
    printed = json.loads(out)
    assert printed["counts"]["questions"] == 6
    assert printed["recipe"]["model"] == "quotes only"
    assert 0 <= printed["figures"]["hit@5"] <= 1
    assert len((tmp_path / "run" / "records.jsonl").read_text(encoding="utf-8").splitlines()) == 6
    assert json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8")) == printed


def test_a_person_is_shown_figures_counts_and_recipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, at_home: None
) -> None:
    code, out, _ = tutor_eval(monkeypatch, capsys, "--sample", "4", "--quotes-only", "--folder", str(tmp_path / "run"))
    assert code == 0
    for part in ("hit@5", "citations valid", "questions:4", "model:quotes only", str(tmp_path / "run")):
        assert part in out


def test_a_run_below_its_floor_fails_and_raising_does_not_sink_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, at_home: None
) -> None:
    monkeypatch.setattr(floors, "FLOORS", tmp_path / "floors.json")
    monkeypatch.setattr(floors, "LOG", tmp_path / "log.md")
    run = ["--sample", "4", "--quotes-only", "--json", "--folder", str(tmp_path / "run")]
    assert tutor_eval(monkeypatch, capsys, *run, "--update-floors")[0] == 0
    ((name, floor),) = floors.load().items()
    assert name == "starter/all"
    floors.save({name: replace(floor, figures={**floor.figures, "hit@5": 1.5})})
    code, _, err = tutor_eval(monkeypatch, capsys, *run)
    assert code == 1
    assert "Below the floor: hit@5" in err
    assert tutor_eval(monkeypatch, capsys, *run, "--update-floors")[0] == 0
    assert floors.load()[name].figures["hit@5"] == 1.5
    assert tutor_eval(monkeypatch, capsys, *run, "--lower", "it was set by hand")[0] == 0
    assert floors.load()[name].figures["hit@5"] <= 1.0
    assert "because it was set by hand" in floors.LOG.read_text(encoding="utf-8")
