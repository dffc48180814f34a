"""The labelled pairs, the figures made of them, and the floors of the check."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eval import __main__ as main
from eval import floors, gate, runs, support
from eval.fit import lowest_cut
from eval.support import Judged, Pair, figures, intervals, load, quotes
from tutor import notes
from tutor.check import FITTED
from tutor.encoder import Encoder, LettersEncoder
from tutor.errors import BadInput

PAIRS = load()
SOURCES = {source.chapter: source for source in notes.sources()}


def judged(support: float, *, label: bool, kind: str, note: str = "a") -> Judged:
    return Judged(Pair("x", "s", ("e",), note, label, kind, "tune"), support, "")


def test_the_set_covers_every_note_and_half_of_it_is_unsupported() -> None:
    assert len({pair.id for pair in PAIRS}) == len({(p.statement, p.note) for p in PAIRS}) == len(PAIRS) >= 360
    assert {pair.note for pair in PAIRS} == set(SOURCES)
    for half in ("tune", "test"):
        labels = [pair.label for pair in load(half=half)]
        assert 0.4 <= sum(labels) / len(labels) <= 0.6
    kinds = {pair.kind for pair in load(half="test")}
    assert kinds == {*support.FAITHFUL, *support.CORRUPTED}


def test_all_evidence_is_whole_sentences_of_the_notes() -> None:
    told = {name: set(support.prose(source)) for name, source in SOURCES.items()}
    assert [pair.id for pair in PAIRS if not set(pair.evidence) <= told[pair.note]] == []


def test_neighbouring_sentences_are_one_quote_and_others_are_their_own() -> None:
    source = SOURCES["tokenization"]
    one, two, _, four = support.prose(source)[:4]
    pair = Pair("x", "s", (one, two, four), "tokenization", label=True, kind="joined", half="tune")
    found = quotes(pair, source)
    assert [quote.text for quote in found] == [f"{one} {two}", four]
    assert all(source.text[quote.start : quote.end] == quote.text for quote in found)
    with pytest.raises(BadInput, match="has no sentence 'gone' any more"):
        quotes(Pair("x", "s", ("gone",), "tokenization", label=True, kind="exact", half="tune"), source)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, "expected an object with id, statement"),
        ({"kind": "typo"}, "expected a kind of exact, .* found 'typo'"),
        ({"kind": "number"}, "expected a kind of exact"),
        ({"half": "both"}, "expected evidence and the half 'tune', found 'both'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, row: dict[str, str], told: str) -> None:
    path = tmp_path / "pairs.jsonl"
    right = {"id": "1", "statement": "s", "evidence": ["e"], "note": "tokenization", "label": True, "kind": "exact"}
    path.write_text(json.dumps({**right, "half": "tune", **row} if row else {"id": "1"}) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=rf"pairs.jsonl:1: {told}"):
        load(path)


def test_figures_on_paper() -> None:
    found = figures(
        [
            judged(0.9, label=True, kind="exact"),
            judged(0.2, label=True, kind="voice"),
            judged(0.8, label=False, kind="number"),
            judged(0.1, label=False, kind="number"),
        ]
    )
    # Of four pairs true over false three are in order; two pass, one of them rightly; one of two true ones passes.
    assert found == {
        "AUROC": 0.75, "precision": 0.5, "recall": 0.5, "exact": 1.0, "voice": 0.0, "number": 0.5,
    }  # fmt: skip


def test_an_interval_holds_its_figure_and_is_the_same_each_time() -> None:
    set_ = [judged(0.1 * i, label=i % 3 > 0, kind="exact" if i % 3 else "number", note=str(i % 5)) for i in range(10)]
    bounds = intervals(set_, 100)
    assert bounds == intervals(set_, 100)
    assert all(bounds[name][0] <= value <= bounds[name][1] for name, value in figures(set_).items())


@pytest.mark.parametrize("half", ["tune", "test"])
def test_the_check_is_above_its_floors(half: str, encoder: Encoder) -> None:
    measured, _ = support.measure(half, encoder)
    floor = floors.load()[f"support/{half}"]
    assert floors.differs(floor, measured) == [], "measured on something else than its floors: `make floors`"
    assert floors.below(measured.figures, floor, gate.SLACK) == []


def test_the_command_prints_one_document(monkeypatch: pytest.MonkeyPatch, encoder: Encoder) -> None:
    from eval.__main__ import app

    few = load(half="test")[:12]
    monkeypatch.setattr(support, "load", lambda half: few)
    monkeypatch.setattr(support, "open_encoder", lambda _: encoder)
    printed = CliRunner().invoke(app, ["support", "--json"])
    assert printed.exit_code == 0, printed.output
    whole = json.loads(printed.stdout)
    assert whole["pairs"] == 12
    assert set(whole["figures"]) == set(whole["intervals"])
    assert "precision" in CliRunner().invoke(app, ["support"]).stdout


def test_what_the_rule_is_fitted_on(letters: LettersEncoder) -> None:
    few = load(half="tune")[:6]
    away = support.elsewhere(few)
    assert len(away) == sum(pair.label for pair in few)
    for pair, original in zip(away, [pair for pair in few if pair.label], strict=True):
        assert not pair.label
        assert set(pair.evidence).isdisjoint(original.evidence)
    rows = support.signals([*few, *away], letters)
    assert len(rows) == len(few) + len(away)
    assert {len(row) for row in rows if row is not None} == {len(FITTED) - 1}


def test_the_lowest_cut_that_is_precise_enough() -> None:
    chance = np.array([0.95, 0.9, 0.8, 0.6, 0.4, 0.2])
    label = np.array([True, True, True, False, True, False])
    assert lowest_cut(chance, label, 1.0) == 0.61  # above it three, all true
    assert lowest_cut(chance, label, 0.8) == 0.21  # four of five


def test_the_command_keeps_a_run_with_every_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = PAIRS[:4]
    monkeypatch.setattr(support, "load", lambda half: some)
    monkeypatch.setattr(support, "open_encoder", lambda folder: LettersEncoder())
    folder = tmp_path / "run"
    told = CliRunner().invoke(main.app, ["support", "--half", "all", "--folder", str(folder)])
    assert told.exit_code == 0, told.output
    run = runs.load(str(folder), tmp_path)
    assert (run.kind, run.recipe["half"], run.recipe["encoder"]) == ("support", "all", "letters-64")
    assert [(row["id"], row["label"]) for row in run.rows] == [(pair.id, pair.label) for pair in some]
    assert "AUROC" in run.figures
    assert run.summary["counts"] == {"pairs": 4}
