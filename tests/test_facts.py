"""The labelled pairs of the fact check, both ways of judging, and the floors of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval import facts, floors, gate
from eval.facts import Judged, Pair, figures, intervals, load, similar
from tutor.encoder import Encoder, LettersEncoder
from tutor.errors import BadInput

PAIRS = load()


def judged(*, stated: bool, kind: str, keywords: bool, cosine: float, url: str = "a") -> Judged:
    return Judged(Pair("x", "q", ("f",), "s", stated, kind, url, "tune"), keywords, cosine)


def test_about_half_of_the_pairs_do_not_state_their_fact_and_every_kind_is_there() -> None:
    assert len({pair.id for pair in PAIRS}) == len({(p.fact, p.sentence) for p in PAIRS}) == len(PAIRS) >= 360
    for half in ("tune", "test"):
        some = load(half=half)
        assert 0.45 <= sum(pair.stated for pair in some) / len(some) <= 0.55
        assert {pair.kind for pair in some} == {*facts.STATED, *facts.NOT_STATED}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, "expected an object with id, question"),
        ({"kind": "typo"}, "expected a kind of keywords, .* found 'typo'"),
        ({"kind": "number"}, "expected a kind of keywords"),
        ({"half": "both"}, "expected a fact and the half .*, found 'both'"),
        ({"fact": []}, "expected a fact and the half"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, row: dict[str, str], told: str) -> None:
    path = tmp_path / "pairs.jsonl"
    first = json.loads(facts.PAIRS.read_text(encoding="utf-8").partition("\n")[0])
    right = {**first, "stated": True, "kind": "reworded"}
    path.write_text(json.dumps({**right, **row} if row else {"id": "1"}) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=rf"pairs.jsonl:1: {told}"):
        load(path)


def test_a_half_there_is_not_is_told() -> None:
    with pytest.raises(BadInput, match="There is no half 'both'"):
        load(half="both")


def test_figures_on_paper() -> None:
    found = figures(
        [
            judged(stated=True, kind="keywords", keywords=True, cosine=0.9),
            judged(stated=True, kind="reworded", keywords=False, cosine=0.5),
            judged(stated=False, kind="negation", keywords=True, cosine=0.6),
            judged(stated=False, kind="beside", keywords=False, cosine=0.1),
        ]
    )
    assert (found["keywords: precision"], found["keywords: recall"]) == (1 / 2, 1 / 2)
    assert (found["keywords: reworded"], found["keywords: negation"], found["keywords: beside"]) == (0, 0, 1)
    # Of four pairs true over false three are in order, and both over what is beside; three pass, two rightly.
    assert (found["meaning: AUROC"], found["meaning: AUROC, beside"]) == (3 / 4, 1.0)
    assert (found["meaning: precision"], found["meaning: recall"]) == (pytest.approx(2 / 3), 1.0)


def test_the_nearest_sentence_to_any_of_the_wordings_counts(letters: LettersEncoder) -> None:
    one, other = similar([["two hours"], ["zzz", "doubled"]], "It rests for two hours. Two hours.", letters)
    assert one == pytest.approx(1.0)
    assert other < 1.0
    assert similar([["two hours"]], "", letters) == [0.0]
    assert similar([], "It rests.", letters) == []


def test_an_interval_holds_its_figure_and_is_the_same_each_time() -> None:
    some = [
        judged(stated=n > 9, kind="note" if n > 9 else "beside", keywords=n % 3 == 0, cosine=n / 20, url=str(n))
        for n in range(20)
    ]
    bounds = intervals(some, 100)
    assert bounds == intervals(some, 100)
    assert all(bounds[name][0] <= value <= bounds[name][1] for name, value in figures(some).items())


def test_the_cosine_was_chosen_on_the_tune_half(encoder: Encoder) -> None:
    tune = facts.judge(load(half="tune"), encoder)
    assert facts.best(tune) == pytest.approx(facts.SIMILAR, abs=0.03)  # int8 rounds otherwise on another processor


@pytest.mark.parametrize("half", ["tune", "test"])
def test_the_fact_check_is_above_its_floors(half: str, encoder: Encoder) -> None:
    measured, _ = facts.measure(half, encoder)
    floor = floors.load()[f"facts/{half}"]
    assert floors.differs(floor, measured) == [], "measured on something else than its floors: `make floors`"
    assert floors.below(measured.figures, floor, gate.SLACK) == []


def test_the_command_prints_one_document(monkeypatch: pytest.MonkeyPatch, encoder: Encoder) -> None:
    from eval.__main__ import app

    few = load(half="test")[:12]
    monkeypatch.setattr(facts, "load", lambda half: few)
    monkeypatch.setattr("tutor.encoder.open_encoder", lambda _: encoder)
    printed = CliRunner().invoke(app, ["facts", "--json"])
    assert printed.exit_code == 0, printed.output
    whole = json.loads(printed.stdout)
    assert whole["pairs"] == 12
    assert set(whole["figures"]) == set(whole["intervals"])
    assert "meaning: AUROC" in CliRunner().invoke(app, ["facts"]).stdout
