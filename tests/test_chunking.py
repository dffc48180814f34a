"""Right words within a budget: the set is read strictly, recall is counted by hand, and the whole runs on toy texts."""

import csv
import json
from pathlib import Path

import pytest

from eval.chunking import (
    ALL,
    Question,
    corpora,
    interval,
    libraries,
    measure,
    questions,
    recall,
    table,
    tutors,
    windows,
    within,
)
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput

TEXTS = {
    "birds": "Owls hunt at night and hear a mouse under the snow. Swifts sleep while they fly. " * 3,
    "metals": "Copper carries current well. Mercury is liquid in a warm room. Gold never rusts at all. " * 3,
}


def data(folder: Path, *rows: tuple[str, str, str]) -> Path:
    """A chunking set of TEXTS with one question a row: question, corpus, the words that answer it."""
    (folder / "corpora").mkdir()
    for name, text in TEXTS.items():
        (folder / "corpora" / f"{name}.md").write_text(text, encoding="utf-8")
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "references", "corpus_id"])
        for question, corpus, gold in rows:
            start = TEXTS[corpus].find(gold)
            span = {"content": gold, "start_index": start, "end_index": start + len(gold)}
            writer.writerow([question, json.dumps([span]), corpus])
    return folder


ASKED = (
    ("What do owls hear under the snow?", "birds", "Owls hunt at night and hear a mouse under the snow."),
    ("Which metal is liquid in a warm room?", "metals", "Mercury is liquid in a warm room."),
)


def test_the_set_is_read_with_its_spans(tmp_path: Path) -> None:
    folder = data(tmp_path, *ASKED)
    texts = corpora(folder)
    assert texts == TEXTS
    owls, _ = questions(folder, texts)
    assert owls == Question(ASKED[0][0], "birds", ((0, 51),))
    assert owls.half in ("tune", "test")


def test_a_span_that_is_not_in_its_corpus_is_told_with_its_line(tmp_path: Path) -> None:
    folder = data(tmp_path, *ASKED)
    with pytest.raises(BadInput, match=r"questions\.csv:2: .*'birds'"):
        questions(folder, {**TEXTS, "birds": "Something else."})


def test_a_folder_without_the_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no chunking set"):
        corpora(tmp_path)
    with pytest.raises(BadInput, match=r"questions\.csv"):
        questions(tmp_path, TEXTS)


def test_what_does_not_fit_is_cut_off() -> None:
    texts = {"a": "one two three four five"}
    sent = [("a", 8, 13), ("a", 0, 7), ("a", 14, 23)]  # three; one two; four five
    assert within(sent, texts, 0) == []
    assert within(sent, texts, 2) == [("a", 8, 13), ("a", 0, 3)]
    assert within(sent, texts, 4) == [("a", 8, 13), ("a", 0, 7), ("a", 14, 18)]
    assert within(sent, texts, 9) == sent


def test_recall_counts_each_character_once_and_only_of_its_own_corpus() -> None:
    asked = Question("?", "a", ((0, 10), (5, 20)))
    assert recall(asked, []) == recall(asked, [("b", 0, 20)]) == 0.0
    assert recall(asked, [("a", 0, 5), ("a", 3, 8)]) == 8 / 20
    assert recall(asked, [("a", 0, 99)]) == 1.0


def test_the_interval_holds_the_mean_and_is_repeatable() -> None:
    values = [0.0, 1.0] * 50
    low, high = interval(values)
    assert 0.35 < low < 0.5 < high < 0.65
    assert interval(values) == (low, high)
    assert interval([]) == (0.0, 0.0)


def test_a_table_splits_by_half_and_corpus() -> None:
    asked = [Question("?", "a", ((i, i + 1),)) for i in range(20)]
    figures = table(asked, [float(one.half == "test") for one in asked])
    assert (figures["test"]["recall"], figures["tune"]["recall"]) == (1.0, 0.0)
    assert figures["test"]["n"] + figures["tune"]["n"] == figures["all"]["n"] == 20
    assert figures["corpora"] == {"a": figures["all"]["recall"]}


def test_both_ways_send_the_answer_first_from_one_corpus_and_from_all(tmp_path: Path) -> None:
    folder = data(tmp_path, *ASKED)
    texts = corpora(folder)
    asked = questions(folder, texts)
    opened = libraries(tmp_path / "home", texts, LettersEncoder())
    for way in (tutors(opened), windows(texts)):
        for everywhere in (False, True):
            for values in measure(way, asked, texts, everywhere=everywhere).values():
                assert values == [1.0, 1.0]
    send = tutors(opened)(asked[1].text, ALL)
    assert recall(asked[1], within(send(12), texts, 12)) == 1.0
    again = libraries(tmp_path / "home", texts, LettersEncoder())
    assert again[ALL][0].identity() == opened[ALL][0].identity()  # kept from run to run
    changed = libraries(tmp_path / "home", {**texts, "birds": "Other words."}, LettersEncoder())
    assert changed[ALL][0].counts().words < opened[ALL][0].counts().words + 99
    for library, _ in (*opened.values(), *again.values(), *changed.values()):
        library.close()
