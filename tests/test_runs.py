"""Runs: their folders, carried on after a kill, read back, and listed."""

import json
from pathlib import Path

import pytest

from eval.runs import RECORDS, circumstances, finish, folders, history, keeping, line, load, place, read, resume
from tutor.errors import BadInput

ONE, TWO = {"id": "one", "rank": 1}, {"id": "two", "rank": None}


def finished(home: Path, name: str, kind: str = "answers", **recipe: str) -> Path:
    """A finished run under `home`."""
    folder = home / "eval" / name
    resume(folder, {"kind": kind, **recipe})
    finish(folder, [ONE, TWO], {"figures": {"hit@5": 0.5}})
    return folder


def test_what_is_kept_is_there_at_once_and_after_a_kill(tmp_path: Path) -> None:
    assert resume(tmp_path, {"set": "own"}) == []
    with keeping(tmp_path) as keep:
        keep(ONE)
        assert read(tmp_path / RECORDS) == [ONE]
        keep(TWO)
    with (tmp_path / RECORDS).open("a", encoding="utf-8") as kept:
        kept.write(line(TWO)[:9])  # half a line, as a kill leaves it
    assert resume(tmp_path, {"set": "own"}) == [ONE, TWO]
    assert read(tmp_path / RECORDS) == [ONE, TWO]


def test_a_run_by_another_recipe_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    assert resume(tmp_path, {"corpus": "one", "model": "m"}) == []
    with pytest.raises(BadInput, match=r"made otherwise \(corpus: one, now two\)\. Name another --folder"):
        resume(tmp_path, {"corpus": "two", "model": "m"})
    with pytest.raises(BadInput, match="model: m, now None"):
        resume(tmp_path, {"corpus": "one"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "records.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be carried on"):
        resume(other, {"corpus": "one"})


def test_the_recipe_says_when_and_on_what_a_run_was_made(tmp_path: Path) -> None:
    resume(tmp_path, {"set": "own"})
    recipe = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))
    assert recipe["set"] == "own"
    assert "cores" in recipe["machine"]
    assert "chromadb 1." in recipe["versions"]
    assert recipe["begun"] <= circumstances()["begun"]


@pytest.mark.parametrize("bad", ["{}", "[1]", "rubbish", '{"id": 3}'])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(line(ONE) + f"{bad}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"records\.jsonl:2: expected a record, found "):
        read(path)


def test_a_run_is_found_by_folder_by_name_and_as_the_last(tmp_path: Path) -> None:
    folder = finished(tmp_path, "first", corpus="x")
    for named in (str(folder), "first", "last"):
        run = load(named, tmp_path)
        assert (run.name, run.kind, run.figures) == ("first", "answers", {"hit@5": 0.5})
        assert list(run.rows) == [ONE, TWO]
    resume(place(None, tmp_path, "answers"), {"kind": "answers"})  # begun, not finished
    assert load("last", tmp_path).name == "first"
    for named in ("none", str(tmp_path)):
        with pytest.raises(BadInput, match="no finished run"):
            load(named, tmp_path)
    with pytest.raises(BadInput, match="no finished run yet"):
        load("last", tmp_path / "elsewhere")


def test_the_history_of_a_kind_is_in_the_order_of_time(tmp_path: Path) -> None:
    for name, kind in (("b", "answers"), ("a", "answers"), ("c", "plans")):
        folder = finished(tmp_path, name, kind)
        recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
        begun = {"b": "2026-01-01", "a": "2026-01-02", "c": "2026-01-03"}[name]
        (folder / "recipe.json").write_text(json.dumps(recipe | {"begun": begun}), encoding="utf-8")
    (tmp_path / "eval" / "d").mkdir()
    (tmp_path / "eval" / "d" / "recipe.json").write_text("not JSON", encoding="utf-8")
    assert [folder.name for folder in folders(tmp_path)] == ["d", "b", "a", "c"]
    assert [run.name for run in history(tmp_path, "answers")] == ["b", "a"]
