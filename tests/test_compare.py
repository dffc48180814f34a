"""Runs beside each other: what differs, what is compared, what flipped; on a terminal, as JSON and as Markdown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from eval import runs, sets
from eval.compare import Flip, as_json, cells, compared, found_by, markdown, right, shortened, verdict
from eval.paired import Difference
from eval.run import Record
from eval.runs import Run
from tests.test_eval_answers import RECORDS, record
from tests.test_eval_main import tutor_eval
from tutor.errors import BadInput
from tutor.models import embedded


def made(records: Sequence[Record | Mapping[str, Any]], folder: str = "one", **recipe: str) -> Run:
    """A run of these records, without a folder."""
    rows = [asdict(one) if isinstance(one, Record) else one for one in records]
    return Run(Path(folder), {"kind": "answers", **recipe}, rows, {})


def kept(run: Run, home: Path) -> str:
    """The same run, kept under `home`; its name."""
    folder = home / "eval" / run.name
    runs.resume(folder, run.recipe)
    runs.finish(folder, run.rows, {"figures": {}})
    return run.name


# -- what is compared -------------------------------------------------------------------------------------------------


def test_a_run_beside_itself_differs_in_nothing() -> None:
    whole = compared(made(RECORDS, model="m"), made(RECORDS, model="m"))
    assert (whole.differs, whole.flips) == ({}, [])
    assert whole.questions["compared"] == len(RECORDS) - 1  # one could not be scored
    assert {one.value for one in whole.figures} == {0.0}
    assert {one.p for one in whole.figures} == {1.0}
    assert {verdict(one) for one in whole.figures} == {""}


def test_what_the_recipes_have_otherwise_is_told_and_the_moment_is_not() -> None:
    first = made(RECORDS, model="small", corpus="a", seed="0", begun="yesterday", machine="x")
    second = made(RECORDS, model="large", corpus="b", seed="0", begun="today", machine="y", form="check")
    whole = compared(first, second)
    assert whole.differs == {
        "model": ("small", "large"), "corpus": ("a", "b"), "machine": ("x", "y"), "form": ("", "check"),
    }  # fmt: skip
    told = " ".join(whole.notes)
    assert "other texts" in told
    assert "times say nothing" in told


def test_only_questions_that_both_asked_alike_and_could_score_are_compared_and_the_rest_is_told() -> None:
    same, gone, new = record("same", page="p"), record("gone"), record("new")
    reworded, unscored = record("reworded", page="p"), record("unscored")
    whole = compared(
        made([same, gone, reworded, unscored]),
        made([new, same, replace(reworded, question="Why not?"), replace(unscored, unscored="no page")]),
    )
    assert whole.questions == {
        "compared": 1, "only in the first": 1, "only in the second": 1, "asked otherwise": 1, "could not be scored": 1,
    }  # fmt: skip
    assert "Only the 1 common questions are compared (1 only in the first, 1 only in the second" in whole.notes[0]


def test_runs_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(BadInput, match="run of 'answers', two of 'plans'"):
        compared(made(RECORDS), Run(Path("two"), {"kind": "plans"}, [], {}))
    with pytest.raises(BadInput, match="no question in common"):
        compared(made(RECORDS), made([record("z")]))


def test_figures_are_those_of_the_kind_and_the_headline_is_corrected_without_times() -> None:
    worse = [replace(one, rank=None, total_ms=one.total_ms + 5) for one in RECORDS]
    found = {one.figure: one for one in compared(made(RECORDS), made(worse)).figures}
    hit = found["right page in five"]
    assert (hit.first, hit.second, hit.test, hit.p) == (pytest.approx(2 / 3), 0.0, "McNemar", 0.5)
    assert hit.corrected == 1.0
    assert found["whole answer p95 ms"].corrected is None
    assert found["MRR@10"].corrected is None
    assert {"decline precision", "AURC by evidence"} <= set(found)
    of_set = compared(made(RECORDS, kind="set"), made(worse, kind="set")).figures
    assert {"hit@5", "quote in evidence"} <= {one.figure for one in of_set}


def test_runs_of_another_kind_are_compared_by_the_fields_of_their_records() -> None:
    rows = [{"id": str(n), "question": "?", "page": str(n), "rank": 1, "right": True, "words": 10} for n in range(8)]
    other = [{**row, "rank": 2, "right": n > 5, "words": 30} for n, row in enumerate(rows)]
    whole = compared(made(rows, kind="retrieval"), made(other, kind="retrieval"))
    found = {one.figure: (one.first, one.second, one.test) for one in whole.figures}
    assert found["right"] == (1.0, 0.25, "McNemar")
    assert found["words"] == (10.0, 30.0, "permutation")
    assert found["MRR"] == (1.0, 0.5, "permutation")
    assert found["hit@5"] == (1.0, 1.0, "McNemar")
    assert {one.figure: one.p for one in whole.figures}["right"] == pytest.approx(2 / 64)
    assert [flip.first.id for flip in whole.flips] == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("figure", "value", "word"),
    [
        ("right page in five", -0.1, "worse"),
        ("unanswerable declined", 0.1, "better"),
        ("answerable declined", 0.1, "worse"),
        ("risk by answer", -0.1, "better"),
        ("evidence p95 ms", 20.0, "worse"),
        ("answer rate", 0.1, ""),
    ],
)
def test_a_difference_is_called_better_or_worse_by_its_figure(figure: str, value: float, word: str) -> None:
    one = Difference(figure, 0.5, 0.5 + value, 9, interval=(value, value), test="permutation", p=0.01)
    assert verdict(one) == word
    assert verdict(replace(one, interval=(-1.0, 1.0))) == ""
    assert verdict(replace(one, corrected=0.06)) == ""


# -- what flipped -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (record("a", gold_cited=True), True),
        (record("a", facts=2, facts_stated=1), True),
        (record("a", facts=2), False),
        (record("a", declined=True, facts=1, facts_stated=1), False),
        (record("a", "unanswerable", declined=True), True),
        (record("a", "unanswerable"), False),
        (record("a", "handbook", facts=1, facts_stated=1, chapter_right=True), True),
        (record("a", "handbook", facts=1, facts_stated=1, chapter_right=False), False),
        (record("a", unscored="no page"), None),
    ],
)
def test_what_is_right(one: Record, told: bool | None) -> None:
    assert right(one) is told


def test_flips_are_those_lost_and_then_those_gained_with_gold_and_what_was_found() -> None:
    asked = sets.load(sets.SETS / "starter.jsonl")[:3]
    wrong = [record(q.id, question=q.question, page=q.url, facts=len(q.facts), answer="Perhaps.") for q in asked]
    good = [replace(one, facts_stated=one.facts, rank=2, in_evidence=True) for one in wrong]
    whole = compared(made([wrong[0], good[1], good[2]]), made([good[0], wrong[1], good[2]]))
    assert [(flip.first.id, flip.gained) for flip in whole.flips] == [(asked[1].id, False), (asked[0].id, True)]
    assert [flip.gold for flip in whole.flips] == [asked[1].facts, asked[0].facts]
    assert whole.flips[0].figures == ("right page in five", "gold sentence in evidence", "facts in answer")
    assert found_by(good[0]) == f"page at 2, sentence in evidence, not cited, {good[0].facts} of {good[0].facts} facts"
    assert found_by(wrong[0]) == f"page not found, sentence not in evidence, not cited, 0 of {wrong[0].facts} facts"
    told = as_json(whole)["flips"][0]
    assert (told["id"], told["gained"], told["second"]["answer"]) == (asked[1].id, False, "Perhaps.")


# -- as it is read ----------------------------------------------------------------------------------------------------


def test_a_line_of_the_table_has_its_digits_by_what_it_measures() -> None:
    share = Difference("hit@5", 0.9, 0.85, 178, (-0.0713, 0.0004), "McNemar", 0.0004, 0.0032)
    assert cells(share) == ("hit@5", "0.900", "0.850", "-0.050", "[-0.071, 0.000]", "<0.001", "0.003", "178", "")
    time = Difference("total p95 ms", 1200.4, 1000, 9, (-300, -100), "permutation", 0.02)
    assert cells(time)[1:6] == ("1,200", "1,000", "-200", "[-300, -100]", "0.020")
    assert cells(Difference("first word p95 ms", None, 5, 0))[1:6] == ("-", "5", "", "", "")


def test_nothing_of_an_answer_can_order_a_terminal_or_be_markup_in_a_pull_request() -> None:
    nasty = "A\x1b[31m ```\n<b>| @somebody [x](y) " + "word " * 200
    whole = compared(
        made([record("a|<b>", page="p", facts=1, answer=nasty)], model="m|`x`"),
        made([record("a|<b>", page="p", facts=1, facts_stated=1, answer="Good.")], model="n"),
    )
    assert "\x1b" not in shortened(nasty)
    assert len(shortened(nasty)) <= 320
    text = markdown(whole)
    assert "\x1b" not in text
    assert "| model | `m¦'x'` | `n` |" in text
    assert "````text\na|<b>: a|<b>" in text  # a longer fence than any inside
    assert "Good." not in markdown(whole, quotes=False)


def test_the_command_prints_a_table_flips_and_json_and_writes_markdown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    better = [replace(one, gold_cited=True, answer="It rises [twice].") for one in RECORDS]
    first, second = kept(made(RECORDS, "first", model="a"), tmp_path), kept(made(better, "second", model="b"), tmp_path)
    page = tmp_path / "out.md"
    code, out, _ = tutor_eval(monkeypatch, capsys, "compare", first, second, "--markdown", str(page), "--flips", "1")
    assert code == 0
    assert out.index("Made otherwise") < out.index("right page in five") < out.index("only the first has right")
    for part in ("a -> b", "9 questions compared", "It rises [twice].", "0 questions only the first", "more: --flips"):
        assert part in out
    assert "| **right page in five** | 0.667 |" in page.read_text(encoding="utf-8")
    code, out, _ = tutor_eval(monkeypatch, capsys, "compare", first, second, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["differs"]["model"] == ["a", "b"]
    assert told["figures"]["gold sentence cited"]["difference"] == 1.0
    code, _, err = tutor_eval(monkeypatch, capsys, "compare", first, "third")
    assert (code, err.count("\n")) == (1, 1)
    assert "holds no finished run" in err
    code, _, err = tutor_eval(monkeypatch, capsys, "compare", first, second, "--markdown", str(tmp_path))
    assert (code, "cannot be written" in err) == (1, True)


def test_flips_shown_are_taken_from_both_sides() -> None:
    from eval.compare import _evenly

    one = RECORDS[0]
    flips = [Flip(one, one, gained, ()) for gained in (False, False, False, True)]
    assert [flip.gained for flip in _evenly(flips, 2)] == [False, True]
    assert [flip.gained for flip in _evenly(flips, 9)] == [False, False, False, True]


# -- runs made for it -------------------------------------------------------------------------------------------------


def test_two_runs_with_the_same_seed_are_identical_but_for_the_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    for name in ("one", "two"):
        run = ["answers", "--set", "starter", "--sample", "6", "--seed", "5", "--quotes-only", "--folder"]
        assert tutor_eval(monkeypatch, capsys, *run, str(tmp_path / name), "--json")[0] == 0
    first, second = (runs.load(str(tmp_path / name), tmp_path) for name in ("one", "two"))
    assert [_timeless(row) for row in first.rows] == [_timeless(row) for row in second.rows]
    whole = compared(first, second)
    assert (whole.differs, whole.flips) == ({}, [])
    assert {one.value for one in whole.figures if not one.figure.endswith((" ms", " MB"))} == {0.0}
    assert first.recipe["set"] == "starter"


def _timeless(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.endswith(("_ms", "_mb"))}


def test_models_are_asked_the_same_in_one_command_and_put_beside_each_other(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    starter_home: Path,
    models_folder: Path,
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    other = tmp_path / "other.gguf"
    other.symlink_to(embedded(models_folder).absolute())
    run = ["answers", "--set", "starter", "--sample", "2", "--json", "--folder", str(tmp_path / "runs")]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run, "--models", "embedded", str(other))
    assert code == 0
    told = json.loads(out)
    (comparison,) = told["comparisons"]
    assert len(told["runs"]) == 2
    assert comparison["second"]["name"] == "other"
    assert set(comparison["differs"]) == {"model", "model file"}
    assert comparison["flips"] == []
    first, second = comparison["differs"]["model file"]
    assert second.startswith("other.gguf, ")
    assert first.partition(", ")[2] == second.partition(", ")[2]  # the same size and SHA-256
    assert "sha256 " in second


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--models", "embedded", "nowhere.gguf"], "nowhere.gguf"),
        (["--models", "embedded", "--quotes-only"], "Quotes alone need no model"),
        (["stray"], "What is 'stray'?"),
        (["--set", "nonsense"], "There is no set 'nonsense'"),
    ],
)
def test_what_is_wrong_with_models_or_sets_is_told_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    starter_home: Path,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    code, out, err = tutor_eval(monkeypatch, capsys, "answers", *arguments, "--folder", str(tmp_path / "run"))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert told in err
    assert not (tmp_path / "run").exists()
