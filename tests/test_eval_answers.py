"""The command `tutor eval answers`: its figures worked out on paper, its runs carried on after a kill."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval import answers, sets
from eval.answers import (
    TARGETS,
    Target,
    besides,
    chosen,
    handbook_right,
    table,
)
from eval.run import Record
from tests.test_eval_main import tutor_eval
from tutor.errors import BadInput


def record(name: str, kind: str = "answerable", **fields: object) -> Record:
    """A record made by hand."""
    return replace(Record(name, name, kind, "test"), **fields)  # type: ignore[arg-type]


RECORDS = [
    record("a", page="p", rank=1, in_evidence=True, facts=2, facts_stated=2, quotes=3, quotes_valid=3, total_ms=10),
    record("b", page="p", rank=5, facts=1, quotes=1, quotes_valid=1, first_word_ms=900, total_ms=1_000),
    record("c", page="q", rank=6, in_evidence=True, declined=True, facts=1, evidence_ms=40, total_ms=50),
    record("d", "unanswerable", why="off-topic", declined=True),
    record("e", "conversation", page="q", turn=1),
    record("f", "conversation", page="q", turn=2, rank=2, gold_cited=True, facts=1, facts_stated=1),
    record("g", "conversation", page="q", turn=3, rank=None),
    record("h", "handbook", facts=1, facts_stated=1, resources=2, resources_named=2, chapter_right=True),
    record("i", "handbook", facts=1, facts_stated=1, resources=2, resources_named=1),
    record("j", unscored="no page", page="r"),
]


def test_every_target_is_the_figure_worked_out_on_paper() -> None:
    rows = {row.target.name: row for row in table(RECORDS, seed=0)}
    assert {name: row.value for name, row in rows.items()} == {
        "right page in five": pytest.approx(2 / 3),
        "gold sentence in evidence": pytest.approx(2 / 3),
        "facts in answer": pytest.approx(2 / 4),
        "unanswerable declined": 1.0,
        "answerable declined": pytest.approx(1 / 3),
        "citations that exist": 1.0,
        "handbook questions right": 1 / 2,
        "follow-up: page in five": 1 / 2,
        "evidence p95 ms": 40,
        "first word p95 ms": 900,
        "whole answer p95 ms": 1_000,
    }
    assert {name: row.questions for name, row in rows.items() if "p95" not in name} == {
        "right page in five": 3, "gold sentence in evidence": 3, "facts in answer": 3, "unanswerable declined": 1,
        "answerable declined": 3, "citations that exist": 9, "handbook questions right": 2,
        "follow-up: page in five": 2,
    }  # fmt: skip
    assert [name for name, row in rows.items() if not row.target.met(row.value)] == [
        "right page in five", "gold sentence in evidence", "facts in answer", "answerable declined",
        "handbook questions right", "follow-up: page in five",
    ]  # fmt: skip


def test_what_was_not_asked_for_has_no_row_and_no_figure() -> None:
    assert table([], seed=0) == []
    assert [row.target.name for row in table([record("d", "unanswerable", declined=True)], seed=0)] == [
        "unanswerable declined", "citations that exist", "evidence p95 ms", "whole answer p95 ms",
    ]  # fmt: skip
    assert besides([]) == {}


def test_figures_without_a_target_are_named_by_their_group() -> None:
    found = besides(RECORDS)
    assert found["MRR@10"] == pytest.approx((1 + 1 / 5 + 1 / 6) / 3)
    assert found["follow-up: MRR@10"] == pytest.approx((1 / 2 + 0) / 2)
    assert found["follow-up: gold sentence cited"] == 1 / 2
    assert (found["first word p50 ms"], found["whole answer p50 ms"], found["evidence p50 ms"]) == (900, 0, 0)
    assert "AURC by evidence" in found
    assert not {target.name for target in TARGETS} & set(found)


def told(together: float, quoted: bool, words: float, *needed: bool) -> dict[str, object]:
    """A statement as a record keeps it."""
    return {"together": together, "quoted": quoted, "words": words, "quotes": [{"needed": one} for one in needed]}


def test_citations_of_the_writer_and_of_quotes_are_counted_apart() -> None:
    some = [
        record("a", stated=[told(1.0, True, 1.0, True), told(0.9, False, 0.8, True, False)]),
        record("b", stated=[told(0.2, False, 0.4, False)]),
        record("h", "handbook", stated=[{"quoted": False, "quotes": [{}]}]),  # from the syllabus: not judged
    ]
    assert answers.cited(some) == {
        "citation recall": 1 / 2,
        "citation precision": pytest.approx(1 / 3),
        "words in its quotes": pytest.approx(0.6),
        "quotes: citation recall": 1.0,
        "quotes: citation precision": 1.0,
        "quotes: words in its quotes": 1.0,
    }
    assert answers.cited(some[2:]) == {}


def test_what_an_answer_takes() -> None:
    some = [
        record("a", grade=9.0, answered_as="explain", prompt_tokens=100, output_tokens=20, search_ms=5, peak_mb=300),
        record("b", grade=11.0, answered_as="partial", prompt_tokens=300, output_tokens=40, search_ms=7, peak_mb=400),
        record("c", "handbook", grade=40.0, answered_as="handbook", peak_mb=400),  # nothing searched, nothing written
    ]
    found = besides(some)
    assert (found["reading grade"], found["prompt tokens"], found["output tokens"]) == (10, 200, 30)
    assert (found["search p50 ms"], found["search p95 ms"], found["peak memory MB"]) == (5, 7, 400)


@pytest.mark.parametrize(
    ("changed", "right"),
    [
        ({}, True),
        ({"declined": True}, False),
        ({"facts_stated": 0}, False),
        ({"resources_named": 1}, False),
        ({"chapter_right": False}, False),
    ],
)
def test_a_handbook_question_is_right_with_all_that_belongs_to_it(changed: dict[str, object], right: bool) -> None:
    asked = record("h", "handbook", facts=1, facts_stated=1, resources=2, resources_named=2, chapter_right=True)
    assert handbook_right(replace(asked, **changed)) is right  # type: ignore[arg-type]


# -- what is asked ----------------------------------------------------------------------------------------------------


def test_a_sample_has_of_each_set_and_kind_its_share_and_depends_on_the_seed() -> None:
    every = chosen("test")
    some = chosen("test", 60, seed=3)
    assert len(some) == 60
    assert some == chosen("test", 60, seed=3) != chosen("test", 60, seed=4)
    assert [one for one in every if one in some] == some  # in the order of the sets
    for name in answers.ASKED:
        share = sum(of == name for of, _ in every) / len(every)
        assert abs(sum(of == name for of, _ in some) / 60 - share) < 0.03
    assert {q.why for _, q in some} == {None, "off-topic", "near-miss"}


def test_the_handbook_is_asked_whole_and_of_the_rest_one_half() -> None:
    halves = {(name, q.half) for name, q in chosen("test")}
    assert halves == {("mirror", "test"), ("conversations", "test"), ("handbook", "test"), ("handbook", "tune")}
    with pytest.raises(BadInput, match="There is no half 'both'"):
        chosen("both")


def test_other_sets_are_asked_where_they_are_named_and_what_several_have_once(tmp_path: Path) -> None:
    asked = chosen("test", names=["starter", "mirror"])
    assert len({q.id for _, q in asked}) == len(asked)
    assert {name for name, q in asked if q.kind == "unanswerable"} == {"starter"}
    own = tmp_path / "own.jsonl"
    own.write_text((sets.SETS / "starter.jsonl").read_text(encoding="utf-8").replace("What", "Just what"), "utf-8")
    with pytest.raises(BadInput, match=r"own\.jsonl: expected a new id, found '.+', which starter has too"):
        chosen("all", names=["starter", str(own)])
    own.write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match="There is no question in the test half of"):
        chosen("test", names=[str(own)])


# -- a run that was stopped -------------------------------------------------------------------------------------------


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_targets_and_keeps_summary_picture_and_what_is_to_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    run = ["answers", "--sample", "12", "--seed", "2", "--quotes-only", "--folder", str(tmp_path)]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run, "--json")
    assert code == 0
    printed = json.loads(out)
    assert printed == json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert printed["recipe"]["form"] == "quotes"
    assert set(printed["figures"]) == set(printed["intervals"])
    assert printed["targets"]["unanswerable declined"]["target"] == 0.9
    assert (tmp_path / "risk-coverage.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "Tick a statement" in (tmp_path / "to-read.md").read_text(encoding="utf-8")
    code, out, _ = tutor_eval(monkeypatch, capsys, *run)  # nothing is left to ask
    assert code == 0
    for part in ("95 % interval", "unanswerable declined", ">= 0.900", "model:quotes only", str(tmp_path)):
        assert part in out
    code, _, err = tutor_eval(monkeypatch, capsys, *run[:-2], "--folder", str(tmp_path), "--half", "tune")
    assert (code, err.count("\n")) == (1, 1)
    assert "made otherwise" in err


def test_a_form_there_is_not_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = tutor_eval(monkeypatch, capsys, "answers", "--form", "verse")
    assert code == 1
    assert "There is no form 'verse'. Choose one of quotes, check, grammar." in err


def test_a_ceiling_is_met_from_below_and_a_target_from_above() -> None:
    assert Target("x", 0.5, lambda _: None).met(0.5)
    assert not Target("x", 0.5, lambda _: None).met(0.4)
    assert Target("x", 0.5, lambda _: None, ceiling=True).met(0.4)
    assert not Target("x", 0.5, lambda _: None, ceiling=True).met(0.6)
