"""The loader's errors, the fact check and the validator on toy sets, and the shipped sets as they are."""

import json
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from eval.sets import (
    SETS,
    Question,
    digest,
    half_of,
    load,
    load_all,
    main,
    sentences,
    states,
    summary,
    validate,
)
from tutor.errors import BadInput
from tutor.fingerprints import fingerprint
from tutor.links import NOTES

PAGE = "https://example.org/bread"
RESTS = "The dough rests for two hours, i.e. until it has doubled."
TEXT = f"# Bread\nFlour is mixed with water. {RESTS}\n- Bake it at 230 degrees!"


def row(**changes: Any) -> dict[str, Any]:
    """A good line of a set, with changes; a field set to ... is left out."""
    good = {
        "id": "q1",
        "question": "How long does the dough rest?",
        "kind": "answerable",
        "style": "page-words",
        "url": PAGE,
        "gold": [fingerprint(RESTS)],
        "facts": [["two hours", "2 hours"]],
        "half": half_of(PAGE),
        "set": "mirror",
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in rows), encoding="utf-8")
    return path


def one(tmp_path: Path, **changes: Any) -> Question:
    return load(write(tmp_path / "one.jsonl", row(**changes)))[0]


# -- loading ----------------------------------------------------------------------------------------------------


def test_a_line_becomes_a_question(tmp_path: Path) -> None:
    question = one(
        tmp_path,
        chapter="ovens",
        history=[{"question": "What is dough?", "answer": "Flour and water."}],
    )
    assert question.gold == (fingerprint(RESTS),)
    assert question.facts == (("two hours", "2 hours"),)
    assert question.history[0].answer == "Flour and water."
    assert (question.chapter, question.why, question.also) == ("ovens", None, ())


@pytest.mark.parametrize(
    ("changes", "expected", "found"),
    [
        ({"half": "dev"}, "one of tune, test in 'half'", "'dev'"),
        (
            {"kind": "hard"},
            "one of answerable, unanswerable, handbook, conversation in 'kind'",
            "'hard'",
        ),
        ({"question": " "}, "a text in 'question'", "' '"),
        (
            {"gold": ["two hours"]},
            "fingerprints of 16 hex digits in 'gold'",
            "'two hours'",
        ),
        ({"gold": []}, "'quotes' (or 'gold') for a question of kind 'answerable'", "none"),
        ({"quotes": "two hours"}, "a list in 'quotes'", "'two hours'"),
        ({"url": ...}, "'url' for a question of kind 'answerable' (or kind 'unanswerable')", "none"),
        ({"facts": ["two hours"]}, "a list of texts in a fact", "'two hours'"),
        ({"facts": "two hours"}, "a list in 'facts'", "'two hours'"),
        (
            {"history": [{"question": "Why?"}]},
            "turns of a question and an answer in 'history'",
            "{'question': 'Why?'}",
        ),
        ({"answer": "two hours"}, "only also, chapter, facts", "'answer'"),
        (
            {"kind": "unanswerable"},
            "'why' and no 'url' for an unanswerable question",
            PAGE,
        ),
        (
            {"kind": "handbook", "facts": []},
            "'chapter' or 'facts' for a question about the handbook",
            "neither",
        ),
        (
            {"half": "test" if half_of(PAGE) == "tune" else "tune"},
            f"half '{half_of(PAGE)}'",
            "found 't",
        ),
    ],
)
def test_an_error_names_the_line_what_was_expected_and_what_was_found(
    tmp_path: Path, changes: dict[str, Any], expected: str, found: str
) -> None:
    path = write(tmp_path / "set.jsonl", row(id="q0"), row(**changes))
    with pytest.raises(BadInput) as error:
        load(path)
    assert str(error.value).startswith(f"{path}:2: expected {expected}")
    assert found in str(error.value)
    assert "\n" not in str(error.value)


def test_a_question_of_ones_own_needs_little_more_than_the_page_and_its_words(tmp_path: Path) -> None:
    lines = (
        {"question": "How long does the dough rest?", "url": PAGE, "quotes": ["The dough rests for two hours."]},
        {"question": "Who baked the first bread?", "kind": "unanswerable"},
        {"question": "And the crust?", "url": PAGE, "quotes": ["The crust is thin."],
         "history": [{"question": "How long does the dough rest?", "answer": "Two hours."}]},
    )  # fmt: skip
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    rests, first, crust = load(path)
    assert (rests.kind, rests.half, rests.set, rests.facts) == ("answerable", half_of(PAGE), "mirror", ())
    assert rests.gold == (fingerprint("the dough rests for two hours"),)
    assert (first.kind, first.why) == ("unanswerable", "near-miss")
    assert crust.kind == "conversation"
    assert len({rests.id, first.id, crust.id}) == 3
    assert [q.id for q in load(path)] == [rests.id, first.id, crust.id]


def test_an_id_may_be_used_once(tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", row(), row())
    with pytest.raises(BadInput, match=r"set\.jsonl:2: expected a new id, found 'q1' of line 1"):
        load(path)


@pytest.mark.parametrize("line", ["{'id': 1}", "[1, 2]"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"set\.jsonl:2: expected a JSON object, found"):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.jsonl: expected a question set"):
        load(tmp_path / "none.jsonl")


# -- facts, digests, sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fact", "stated"),
    [
        ("It rests for TWO HOURS.", ["two hours"], True),
        ("The order is reversed.", ["revers"], True),
        ("It is irreversible.", ["revers"], False),
        ("Less than 4% is lost.", ["4%"], True),
        ("About 40 are lost.", ["4"], False),
        ("They don’t share weights.", ["dont share", "no sharing"], True),
        ("A 4-bit type", ["4 bit"], True),
        ("", ["4"], False),
    ],
)
def test_a_fact_is_stated_from_the_start_of_a_word(text: str, fact: list[str], stated: bool) -> None:
    assert states(text, fact) is stated


def test_the_digest_depends_on_the_questions_and_not_on_their_order(
    tmp_path: Path,
) -> None:
    first, second = one(tmp_path), one(tmp_path, id="q2")
    assert digest([first, second]) == digest([second, first])
    assert digest([first]) != digest([one(tmp_path, question="How long does the dough sleep?")])


def test_sentences_are_cut_simply() -> None:
    assert list(sentences(TEXT)) == [
        "# Bread",
        "Flour is mixed with water.",
        RESTS,
        "- Bake it at 230 degrees!",
    ]


def test_the_half_of_a_page_never_moves() -> None:
    assert half_of("") == "test"  # SHA-256 e3b0..., the first byte is odd
    assert half_of("a") == "tune"  # ca97..., the first byte is even


# -- validating -------------------------------------------------------------------------------------------------


def test_a_gold_sentence_is_found_whatever_stands_around_it(tmp_path: Path) -> None:
    report = validate([one(tmp_path)], {PAGE: TEXT})
    assert (report.found, report.missing, report.pages_absent, report.problems) == (
        1,
        (),
        (),
        (),
    )
    assert report.found_ratio == 1.0


def test_a_changed_sentence_is_missing_and_an_absent_page_is_counted_apart(
    tmp_path: Path,
) -> None:
    question = one(tmp_path)
    changed = validate([question], {PAGE: TEXT.replace("two hours", "three hours")})
    assert changed.missing == (("q1", question.gold[0]),)
    assert changed.found_ratio == 0.0
    assert validate([question], {}).pages_absent == (PAGE,)
    assert validate([], {}).found_ratio == 1.0


def test_gold_may_stand_on_another_page_that_answers(tmp_path: Path) -> None:
    other = "Leave it alone for 2 hours."
    question = one(tmp_path, also=["https://example.org/rolls"], gold=[fingerprint(RESTS), fingerprint(other)])
    assert validate([question], {PAGE: TEXT, "https://example.org/rolls": other}).found == 2
    assert validate([question], {PAGE: TEXT}).missing == (("q1", fingerprint(other)),)


def test_a_fact_that_no_gold_sentence_states_and_a_question_asked_twice_are_problems(
    tmp_path: Path,
) -> None:
    report = validate([one(tmp_path, facts=[["yeast"]]), one(tmp_path, id="q2")], {PAGE: TEXT})
    assert report.problems == (
        "q2: asks the same as q1",
        "q1: no gold sentence states 'yeast'",
    )


# -- the shipped sets -------------------------------------------------------------------------------------------


def test_the_shipped_sets_load_with_unique_ids_and_pages_in_one_half() -> None:
    questions = load_all()
    assert len({question.id for question in questions}) == len(questions)
    assert validate(questions, {}).problems == ()


def test_the_shipped_sets_have_the_promised_variety() -> None:
    mirror = load(SETS / "mirror.jsonl")
    assert len(mirror) >= 240
    pages = [question.url for question in mirror]
    assert len(set(pages)) >= 70
    assert max(pages.count(page) for page in set(pages)) <= 5
    styles = [question.style for question in mirror]
    assert styles.count("own-words") >= len(mirror) / 3
    assert styles.count("typo") >= len(mirror) / 10
    unanswerable = load(SETS / "unanswerable.jsonl")
    assert [q.why for q in unanswerable].count("near-miss") == [q.why for q in unanswerable].count("off-topic") == 30


def test_conversations_have_three_turns_with_their_history() -> None:
    turns = load(SETS / "conversations.jsonl")
    assert [len(turn.history) for turn in turns] == [0, 1, 2] * 20
    for first, second in pairwise(turns):
        if second.history:
            assert second.history[-1].question == first.question


def test_every_chapter_of_the_starter_notes_is_asked_about() -> None:
    notes = load(SETS / "starter.jsonl")
    assert len({question.url for question in notes}) == 52
    assert all(question.url == f"tutor:notes/{question.chapter}" for question in notes)


def test_the_starter_notes_still_hold_every_gold_sentence_asked_for() -> None:
    notes = files("tutor") / "notes"
    texts = {f"{NOTES}{note.name.removesuffix('.md')}": note.read_text() for note in notes.iterdir()}
    report = validate(load(SETS / "starter.jsonl"), texts)
    assert (report.missing, report.pages_absent, report.problems) == ((), (), ())


def test_the_program_prints_counts_and_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = write(tmp_path / "texts.jsonl", {"url": PAGE, "text": TEXT})
    assert main([str(texts)]) == 0
    printed = capsys.readouterr().out
    assert summary(load_all()) in printed
    assert "missing:0" in printed
    assert main([str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err
