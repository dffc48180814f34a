"""Public sets: small files of our own in their form, ranks worked out on paper, and the real ones where they lie."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from eval import public
from eval.public import Asked, Outcome, bm25, dense, figures, holds, intervals, mtrag, part, rank, xquad
from tests.test_eval_main import tutor_eval
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput

DATA = Path(os.environ.get("TUTOR_TEST_DATA") or Path(__file__).resolve().parents[1] / ".." / "shared" / "data")
CONTEXTS = [
    "The bakery on the square opens at seven. Its ovens are fired with beech wood.",
    "Rye bread needs a sourdough, which takes eighteen hours. Its crumb is dense.",
    "The harbour was dug in 1820. Ships from Bergen brought dried cod.",
    "A lighthouse of granite stands on the northern pier. Its lamp turns twice a minute.",
    "The orchard has forty kinds of apple. The oldest tree was planted in 1791.",
]
ANSWERS = [
    ("What are the ovens of the bakery fired with?", "beech wood"),
    ("How long does the sourdough for rye bread take?", "eighteen hours"),
    ("What did ships from Bergen bring?", "dried cod"),
    ("What stone is the lighthouse made of?", "granite"),
    ("When was the oldest apple tree planted?", "1791"),
]


def paragraph(at: int, **changed: Any) -> dict[str, Any]:
    """A paragraph with the question about it, as SQuAD keeps them."""
    question, answer = ANSWERS[at]
    found = {"text": answer, "answer_start": CONTEXTS[at].index(answer)} | changed
    return {"context": CONTEXTS[at], "qas": [{"id": f"q{at}", "question": question, "answers": [found]}]}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    """A folder with a file as XQuAD's, of one article."""
    whole = [{"title": "The_town", "paragraphs": [paragraph(at) for at in range(5)]}]
    (tmp_path / "xquad.en.json").write_text(json.dumps({"data": whole}), encoding="utf-8")
    return tmp_path


@pytest.fixture
def rag(tmp_path: Path) -> Path:
    """A folder with a file as MTRAG-UN's."""

    def row(name: str, label: str, turns: list[str], contexts: list[int]) -> dict[str, Any]:
        said = [{"speaker": "user" if n % 2 == 0 else "agent", "text": text} for n, text in enumerate(turns)]
        texts = [{"document_id": str(at), "text": f"\n{CONTEXTS[at]}"} for at in contexts]
        return {"task_id": name, "conversation_id": name, "Collection": "town", "answerability": [label], "input": said,
                "contexts": texts}  # fmt: skip

    rows = [
        row("one", "ANSWERABLE", [ANSWERS[0][0]], [0]),
        row("two", "ANSWERABLE", ["What is rye bread?", "A bread of rye.", "How long does its sourdough take?"], [1]),
        row("three", "UNANSWERABLE", ["Who was the first mayor of Lisbon in Portugal?"], []),
        row("four", "UNDERSPECIFIED", ["When was it dug or planted?"], [2, 4]),
    ]
    (tmp_path / "reference.jsonl").write_text("\n".join(json.dumps(one) for one in rows), encoding="utf-8")
    return tmp_path


# -- reading ----------------------------------------------------------------------------------------------------------


def test_an_answer_of_xquad_is_where_it_stands_in_its_article(squad: Path) -> None:
    found = xquad(squad)
    ((url, (title, text)),) = found.texts.items()
    assert title == "The town"
    known = [one for one in found.asked if one.label == "answerable"]
    assert len(known) == 4
    for one in known:
        ((of, span),) = one.gold
        assert of == url
        assert span is not None
        assert text[slice(*span)] == dict(ANSWERS)[one.question]


def test_what_is_left_out_of_the_library_cannot_be_answered(squad: Path) -> None:
    found = xquad(squad)
    (unknown,) = [one for one in found.asked if one.label == "near-miss"]
    text = next(iter(found.texts.values()))[1]
    assert dict(ANSWERS)[unknown.question] not in text
    assert unknown.gold == ()


def test_the_sixth_article_is_left_out_and_nothing_counts_whose_answer_is_in_the_library(tmp_path: Path) -> None:
    read = [{"title": str(n), "paragraphs": [paragraph(0), paragraph(1)]} for n in range(5)]
    unread = {"title": "unread", "paragraphs": [paragraph(at) for at in (1, 2, 3, 4)]}
    (tmp_path / "xquad.en.json").write_text(json.dumps({"data": [*read, unread]}), encoding="utf-8")
    found = xquad(tmp_path)
    assert len(found.texts) == 5
    there = " ".join(text for _, text in found.texts.values())
    assert ANSWERS[1][1] in there
    assert [one.question for one in found.asked if one.label == "off-topic"] == [ANSWERS[at][0] for at in (2, 3, 4)]
    assert not [one for one in found.asked if not one.gold and dict(ANSWERS)[one.question] in there]
    assert len(found.asked) + sum(found.dropped.values()) == 5 * 2 + 4


def test_an_answer_that_is_not_in_its_paragraph_is_told(tmp_path: Path) -> None:
    wrong = {"data": [{"title": "Town", "paragraphs": [paragraph(at, answer_start=3) for at in range(5)]}]}
    (tmp_path / "xquad.en.json").write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(BadInput, match="is not in its paragraph"):
        xquad(tmp_path)


def test_the_last_turn_of_mtrag_is_asked_with_those_before_it(rag: Path) -> None:
    found = mtrag(rag)
    assert [(one.id, one.label, len(one.history)) for one in found.asked] == [
        ("one", "answerable", 0), ("two", "answerable", 1), ("three", "unanswerable", 0), ("four", "underspecified", 0),
    ]  # fmt: skip
    two = found.asked[1]
    assert (two.question, two.history[0].question) == ("How long does its sourdough take?", "What is rye bread?")
    assert two.gold == (("https://mtrag.test/town/1", None),)
    assert found.asked[3].gold == ()  # its contexts are what it could be about, not what answers
    assert set(found.texts) == {f"https://mtrag.test/town/{at}" for at in (0, 1, 2, 4)}


@pytest.mark.parametrize("reader", [xquad, mtrag])
def test_a_set_that_is_not_there_or_not_json_is_told(reader: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no .* Name the folder that holds it with --data\."):
        reader(tmp_path)
    for name in ("xquad.en.json", "reference.jsonl"):
        (tmp_path / name).write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="expected JSON"):
        reader(tmp_path)


def test_a_part_has_of_each_label_its_share_and_all_texts(rag: Path) -> None:
    found = mtrag(rag)
    some = part(found, 2, 0)
    assert [one.label for one in some.asked].count("answerable") == 1
    assert some.texts == found.texts
    assert part(found, None, 0) == part(found, 99, 0) == found


# -- figures ----------------------------------------------------------------------------------------------------------

GOLD = (("u", (10, 20)), ("v", None))


def test_a_place_answers_with_the_whole_span_or_any_of_a_source_that_answers_as_a_whole() -> None:
    assert holds(GOLD, ("u", 10, 20))
    assert holds(GOLD, ("u", 0, 90))
    assert not holds(GOLD, ("u", 11, 90))
    assert not holds(GOLD, ("w", 10, 20))
    assert holds(GOLD, ("v", 3, 4))
    assert rank(GOLD, [("w", 0, 9), ("u", 0, 30), ("v", 0, 9)]) == 2
    assert rank(GOLD, [("w", 0, 9)] * 10 + [("v", 0, 9)]) is None


def outcome(label: str, at: int | None = None, *, held: bool = False, declined: bool = False, chance: float) -> Outcome:
    """An outcome made by hand; BM25 finds everything first."""
    asked = Asked(f"{label}{chance}", "?", label, f"{label}{chance}")
    return Outcome(asked, {"tutor": at, "BM25": 1}, {"tutor": held, "BM25": True}, declined, chance, 100)


def test_the_figures_of_five_outcomes_are_those_worked_out_on_paper() -> None:
    outcomes = [
        outcome("answerable", 1, held=True, chance=0.9),
        outcome("answerable", 10, declined=True, chance=0.3),
        outcome("near-miss", chance=0.6),
        outcome("off-topic", declined=True, chance=0.1),
        Outcome(Asked("x", "?", "answerable", "x"), {}, {}, declined=False, chance=0, words=0, unscored="no question"),
    ]
    assert figures(outcomes) == {
        "tutor: hit@5": 1 / 2, "tutor: MRR@10": pytest.approx((1 + 1 / 10) / 2), "tutor: in evidence": 1 / 2,
        "BM25: hit@5": 1.0, "BM25: MRR@10": 1.0, "BM25: in evidence": 1.0,
        "answerable declined": 1 / 2, "near-miss declined": 0.0, "off-topic declined": 1.0,
        "AUROC of the chance": 3 / 4,
        "AURC": pytest.approx((0 + 1 / 2 + 2 / 3 + 3 / 4) / 4),
        "AURC, at best": pytest.approx((0 + 1 / 2 + 2 / 3 + 3 / 4) / 4),
        "AURC, blind": 3 / 4,
        "words of evidence": 100,
    }  # fmt: skip
    bounds = intervals(outcomes, 0, 50)
    assert bounds == intervals(outcomes, 0, 50)
    assert bounds["tutor: hit@5"][0] <= 1 / 2 <= bounds["tutor: hit@5"][1]
    assert figures([]) == {}


def test_the_baselines_find_what_they_should(letters: LettersEncoder) -> None:
    texts = {(str(at), 0, len(text)): text for at, text in enumerate(CONTEXTS)}
    for at, (question, _) in enumerate(ANSWERS):
        assert bm25(texts)(question)[0][0] == str(at)
    assert dense(texts, letters)(CONTEXTS[3])[0][0] == "3"
    assert bm25({})("anything") == []
    assert bm25(texts)("?!") == []


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["xquad", "mtrag-un"])
def test_a_set_is_asked_of_a_library_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    models_folder: Path,
    request: pytest.FixtureRequest,
    name: str,
) -> None:
    data = request.getfixturevalue("squad" if name == "xquad" else "rag")
    run = ["public", name, "--data", str(data), "--home", str(tmp_path / "home"), "--models", str(models_folder)]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run, "--json")
    assert code == 0
    printed = json.loads(out)
    found = printed["figures"]
    if name == "xquad":
        assert (found["tutor: hit@5"], found["BM25: hit@5"], found["tutor: in evidence"]) == (1.0, 1.0, 1.0)
        assert printed["counts"]["near-miss"] == 1
    else:
        assert (found["first turn, tutor: hit@5"], found["later turn, tutor: hit@5"]) == (1.0, 1.0)
        assert "later turn, BM25, resolved: hit@5" in found
        assert found["unanswerable declined"] == 1.0
    code, out, _ = tutor_eval(monkeypatch, capsys, *run)
    assert code == 0
    assert f"set:{name}" in out


def test_a_set_there_is_not_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = tutor_eval(monkeypatch, capsys, "public", "squad", "--data", str(tmp_path))
    assert code == 1
    assert "There is no public set 'squad'. Choose one of xquad, mtrag-un." in err


@pytest.mark.parametrize(("name", "labels"), [("xquad", 3), ("mtrag-un", 4)])
def test_the_real_sets_are_read_whole_where_they_lie_beside_the_repository(name: str, labels: int) -> None:
    if not (DATA / name).is_dir():
        pytest.skip(f"the public set {name} is not at {DATA}: put it there, or name the folder in TUTOR_TEST_DATA")
    found = public.SETS[name](DATA / name)
    assert len({one.label for one in found.asked}) == labels
    assert all(one.gold for one in found.asked if one.label == "answerable")
    assert all(url in found.texts for one in found.asked for url, _ in one.gold)
