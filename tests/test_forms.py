"""The forms of an answer on the same questions: figures worked out on paper, and the real parts at work."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval import forms, sets
from eval.run import Record
from tests.test_eval_main import tutor_eval
from tutor.answers import Tutor
from tutor.settings import Places, Settings
from tutor.writer import ScriptedWriter

RECORDS = [
    Record(
        "a", "a", "answerable", "test", facts=2, facts_stated=1, gold_cited=True, answer="It rises and rests.",
        stated=[{"quoted": True}, {"quoted": False}], struck=[{"text": "It flies."}],
        prompt_tokens=400, output_tokens=30, first_word_ms=100, total_ms=1_000,
    ),
    Record("b", "b", "answerable", "test", facts=1, declined=True, total_ms=20),
    Record("c", "c", "answerable", "test", unscored="no page"),
]  # fmt: skip


def test_the_figures_of_a_form_are_those_worked_out_on_paper() -> None:
    assert forms.measured(RECORDS) == {
        "facts in answer": pytest.approx(1 / 3),
        "gold sentence cited": 1 / 2,
        "declined": 1 / 2,
        "statements": 2 / 2,
        "of the Writer, shown": 1 / 2,
        "of the Writer, struck": 1 / 2,
        "words": 4 / 2,
        "prompt tokens": 200,
        "output tokens": 15,
        "first word median ms": 100,
        "first word p95 ms": 100,
        "total median ms": 20,
        "total p95 ms": 1_000,
    }
    assert set(forms.bounds(RECORDS, 0)) == set(forms.measured(RECORDS))


def test_without_a_writer_there_is_no_first_word() -> None:
    quotes = [replace(record, first_word_ms=None) for record in RECORDS]
    assert not [name for name in forms.measured(quotes) if name.startswith("first word")]
    assert forms.measured([]) == {}


def test_every_question_is_asked_in_every_form_and_only_grammar_holds_the_writer(starter_home: Path) -> None:
    opened = Tutor.open(Settings(Places(starter_home)), writer=False)
    asked = sets.spread([q for q in sets.named("starter") if q.kind == "answerable"], 1)
    writer = ScriptedWriter([""] * 2)
    parts = (opened.library, opened.search, opened.encoder, opened.handbook)
    tutors = {
        "quotes": Tutor(*parts, None),
        "check": Tutor(*parts, writer),
        "grammar": Tutor(*parts, writer, held_to_form=True),
    }
    told: list[None] = []
    records = forms.compare(tutors, asked, lambda: told.append(None))
    assert list(records) == list(tutors)
    assert all([r.id for r in some] == [q.id for q in asked] for some in records.values())
    assert len(told) == 3
    assert [grammar is not None for grammar in writer.grammars] == [False, True]
    opened.library.close()


def test_the_command_compares_the_forms_that_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    run = ["forms", "--set", "starter", "--half", "tune", "--sample", "1", "--folder", str(tmp_path)]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run, "--form", "quotes", "--form", "grammar")
    assert code == 0
    assert out.splitlines()[0].split() == ["quotes", "grammar"]
    assert "facts in answer" in out
    kept = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert set(kept["figures"]) == {"quotes", "grammar"}
    assert kept["figures"]["quotes"]["output tokens"] == 0 < kept["figures"]["grammar"]["output tokens"]
    assert len((tmp_path / "grammar.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_form_or_half_with_nothing_to_ask_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = tutor_eval(monkeypatch, capsys, "forms", "--form", "verse")
    assert code == 1
    assert "forms of quotes, check, grammar" in err
