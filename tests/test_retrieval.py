"""The command `tutor eval retrieval`: figures worked out on paper, runs carried on after a kill."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval import gate, ranking, retrieval, runs, sets
from eval.asking import carry_on
from eval.run import Gold, Record, ask, from_row
from tests.test_eval_main import tutor_eval
from tests.test_ranking import pytestmark  # noqa: F401  where ir-measures is not needed
from tutor.answers import Tutor


@pytest.fixture(scope="module")
def tutor(starter_home: Path) -> Tutor:
    return gate.open_tutor(starter_home)


@pytest.fixture(scope="module")
def gold(tutor: Tutor) -> Gold:
    return Gold(tutor.library)


@pytest.fixture(scope="module")
def asked() -> list[sets.Question]:
    return [q for q in sets.named("starter") if q.kind == "answerable"][:6]


def record(name: str, **fields: object) -> Record:
    """A record made by hand, with a gold sentence."""
    gold = {"url": "u", "also": [], "fingerprints": ["f"], "facts": []}
    return replace(Record(name, name, "answerable", "test", page=name, gold=gold), **fields)  # type: ignore[arg-type]


def scores(first: float) -> dict[str, float]:
    return {f"page: {name}": first for name in ranking.MEASURES}


RECORDS = [
    record("a", scores=scores(1.0), in_evidence=True, words_shown=40, words_found=60, search_ms=10.0, peak_mb=5.0),
    record("b", scores=scores(0.5), words_shown=None, words_found=500, search_ms=30.0, peak_mb=9.0),
    record("c", unscored="no page"),
    record("d", scores=scores(0.0), turn=2, words_found=None, search_ms=20.0),
]


def test_the_figures_are_those_worked_out_on_paper() -> None:
    found = retrieval.figures(RECORDS)
    assert found["page: RR@10"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["follow-up: page: RR@10"] == 0.0
    assert "passage: RR@10" not in found
    assert found["gold sentence in evidence"] == found["gold in 50 words shown"] == pytest.approx(1 / 3)
    assert [found[f"gold in {n} words found"] for n in (50, 100, 400, 800)] == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3])
    assert (found["search p50 ms"], found["search p95 ms"], found["peak memory MB"]) == (20.0, 30.0, 9.0)
    assert retrieval.figures([]) == {}


def test_the_summary_has_an_interval_for_every_figure_and_the_curve() -> None:
    whole = retrieval.summary(RECORDS, {"kind": "retrieval"}, seed=0)
    assert set(whole["figures"]) == set(whole["intervals"])
    assert whole["counts"] == {"questions": 4, "follow-ups": 1, "could not be scored": 1}
    assert whole["recall by words"]["words"] == [50, 100, 200, 400, 800]
    assert whole["recall by words"]["found"] == sorted(whole["recall by words"]["found"])


def test_it_finds_and_shows_what_the_tutor_does(tutor: Tutor, gold: Gold, asked: list[sets.Question]) -> None:
    for question in asked:
        alone, whole = retrieval.retrieve(tutor, question, gold), ask(tutor, question, gold)
        assert alone.found == whole.found
        assert len(alone.found) == 10
        assert (alone.rank, alone.in_evidence, alone.words_shown) == (
            whole.rank, whole.in_evidence, whole.words_shown,
        )  # fmt: skip
        assert alone.scores is not None
        assert set(alone.scores) == {f"{level}: {name}" for level in ("page", "passage") for name in ranking.MEASURES}
        assert alone.scores["page: Success@5"] == float(alone.rank is not None and alone.rank <= 5)


def test_a_follow_up_is_searched_as_the_tutor_understands_it(
    tutor: Tutor, gold: Gold, asked: list[sets.Question]
) -> None:
    lora = next(q for q in sets.named("starter") if "LoRA" in q.question)
    later = replace(
        lora, kind="conversation", question="Why does it save memory?", history=(sets.Turn("What is LoRA?", "It is."),)
    )
    alone, whole = retrieval.retrieve(tutor, later, gold), ask(tutor, later, gold)
    assert alone.found == whole.found
    assert (alone.rank, alone.turn) == (1, 2)


def test_a_question_whose_page_is_not_held_is_counted_apart(
    tutor: Tutor, gold: Gold, asked: list[sets.Question]
) -> None:
    absent = replace(asked[0], url="https://rye.test/", half=sets.half_of("https://rye.test/"))
    assert retrieval.retrieve(tutor, absent, gold).unscored == "the library does not hold https://rye.test/"


def test_a_killed_run_goes_on_and_comes_to_the_same(
    tutor: Tutor, gold: Gold, asked: list[sets.Question], tmp_path: Path
) -> None:
    def by(question: sets.Question) -> Record:
        return retrieval.retrieve(tutor, question, gold)

    def rows(folder: Path) -> list[Record]:
        return [from_row(row) for row in runs.resume(folder, {"set": "own"})]

    def timeless(records: list[Record]) -> list[Record]:
        return [replace(one, search_ms=0.0, peak_mb=0.0) for one in records]

    whole = carry_on(tutor, asked, tmp_path, rows(tmp_path), by=by)
    killed = tmp_path / "killed"
    carry_on(tutor, asked[:2], killed, rows(killed), by=by)
    with (killed / "records.jsonl").open("a", encoding="utf-8") as kept:
        kept.write(runs.line(asdict(whole[2]))[:50])  # half a line, as a kill leaves it
    again = carry_on(tutor, asked, killed, rows(killed), by=by, workers=2)
    assert timeless(again) == timeless(whole) == timeless(rows(killed))


def test_the_command_prints_figures_with_intervals_and_carries_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    run = ["retrieval", "--sample", "5", "--seed", "2", "--folder", str(tmp_path)]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run, "--json")
    assert code == 0
    printed = json.loads(out)
    assert printed == json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert printed["recipe"]["kind"] == "retrieval"
    assert set(printed["figures"]) == set(printed["intervals"])
    code, out, _ = tutor_eval(monkeypatch, capsys, *run)  # nothing is left to ask
    assert code == 0
    for part in ("page: Success@5", "passage: nDCG@10", "gold in 400 words shown", "kind:retrieval", str(tmp_path)):
        assert part in out
    code, _, err = tutor_eval(monkeypatch, capsys, "retrieval", "--set", "handbook")
    assert (code, "There is no question that a page answers" in err) == (1, True)


def test_a_sample_is_drawn_by_the_seed_and_in_order(asked: list[sets.Question]) -> None:
    some = sets.sampled(asked, 3, 1)
    assert some == sets.sampled(asked, 3, 1) == [one for one in asked if one in some]
    assert any(sets.sampled(asked, 3, seed) != some for seed in range(2, 6))
    assert sets.sampled(asked, None, 0) == sets.sampled(asked, 9, 0) == asked
