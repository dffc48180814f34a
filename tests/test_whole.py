"""`tutor eval all`: every part runs, and each has its folder."""

from pathlib import Path

import pytest

from eval import runs
from tests.test_eval_main import tutor_eval


def test_one_command_runs_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    command = ("all", "--quotes-only", "--sample", "4", "--folder", str(tmp_path))
    code, out, err = tutor_eval(monkeypatch, capsys, *command)
    assert code == 0, err
    for part in ("Search", "Answers", "Plans", "Grading of typed answers", "statements", "facts", "must recall"):
        assert part in out
    for kind in ("retrieval", "answers", "practice", "plans"):
        assert runs.load(str(tmp_path / kind), tmp_path).kind == kind
