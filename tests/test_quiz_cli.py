"""`tutor quiz` and `tutor cards` as a person types them, in processes of their own where input is read."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tutor import cards
from tutor.errors import BadInput
from tutor.grading import options
from tutor.library import Library
from tutor.passages import Source
from tutor.practice import Practice
from ui import quiz
from ui.cli import app

LORA = "low-rank-adapters-lora"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    return tmp_path


def said(*words: str, typed: str = "") -> str:
    result = CliRunner().invoke(app, list(words), input=typed)
    assert result.exit_code == 0, result.exception or result.output
    return result.stdout


def told(*words: str) -> Any:
    return json.loads(said(*words, "--json"))


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, BadInput)
    return str(result.exception)


def test_the_cards_that_come_next_with_what_settles_them() -> None:
    given = told("quiz", "--chapter", LORA, "--n", "4")
    assert [card["chapter"] for card in given["cards"]] == [LORA] * 4
    assert (given["due"], given["met"]) == (0, 0)
    assert given["new"] == len(cards.of_chapter(cards.load(), LORA))
    for card in given["cards"]:
        assert card["question"]
        assert card["section"].startswith("IV: ")
        assert card["quote"]["end"] - card["quote"]["start"] == len(card["quote"]["text"])
        if card["kind"] == "choice":
            assert sorted(card["options"]) == sorted([card["answer"], *(wrong["text"] for wrong in card["wrong"])])


def test_one_answer_at_a_time_for_scripts() -> None:
    card = next(card for card in told("quiz", "--chapter", LORA)["cards"] if card["kind"] == "recall")
    right = told("quiz", "answer", card["card"], card["answer"], "--on", "2026-01-05")
    assert right["outcome"] == "right"
    assert right["quote"]["text"] == card["quote"]["text"]
    assert right["again"][:10] > "2026-01-05"
    assert told("quiz", "answer", card["card"], "--on", "2026-02-05")["outcome"] == "wrong"
    assert "Counted as right" in said("quiz", "count-right")
    assert [one["met"] for one in told("quiz", "mastery") if one["chapter"] == LORA] == [1]
    assert card["card"] in said("quiz", "undo")
    assert card["card"] in said("quiz", "undo")
    assert "no answer" in said("quiz", "undo")


def test_the_steps_of_an_order_card_are_words_of_the_command() -> None:
    card = next(card for card in cards.load() if card.kind == "order")
    assert told("quiz", "answer", card.id, *card.steps)["outcome"] == "right"


def test_a_round_at_the_terminal(home: Path) -> None:
    """Letters for options, ? for not known, u takes back, what is no answer is asked again, q ends."""
    coming = told("quiz", "--chapter", LORA, "--n", "3")["cards"]
    assert [card["kind"] for card in coming] == ["choice", "recall", "number"]
    letter = "abcd"[coming[0]["options"].index(coming[0]["answer"])]
    typed = ["z", letter, "?", "u", "", "rubbish", "r", "a lot", coming[2]["answer"]]
    out = said("quiz", "--chapter", LORA, "--n", "3", typed="\n".join(typed) + "\n")
    for expected in (
        "Type one letter from a to d", "Right.", "Taken back", "no answer yet", "Counted as right",
        "no number that can be read", "3 of 3 right", "The tutor's note: Low-Rank Adapters (LoRA)",
    ):  # fmt: skip
        assert expected in out, out
    with Library.open(home / "library.db") as library:
        reviews = Practice(library, "terminal").reviews()
        assert [review.outcome for review in reviews] == ["right"] * 3
    assert "Look at again" not in out


def test_a_round_that_is_ended_early_keeps_what_was_answered() -> None:
    out = said("quiz", "--n", "5", typed="?\nq\n")
    assert "0 of 1 right" in out
    assert "Look at again: " in out
    out = said("quiz", "--n", "5", typed="?\n")  # the input ends
    assert "0 of 1 right" in out


@pytest.mark.parametrize("kind", cards.KINDS)
def test_every_kind_of_card_can_be_answered_at_the_terminal(home: Path, kind: str) -> None:
    card = next(card for card in cards.load() if card.kind == kind)
    with Library.open(home / "library.db") as library:
        practice = Practice(library, "terminal")
        for earlier in practice.new(card.chapter):
            if earlier.card == card:
                break
            practice.answer(earlier.card.id, None, quiz._clock())
    shown = options(card) if kind in ("choice", "order") else []
    wanted = card.steps if kind == "order" else (card.answer,)
    typed = "".join("abcdef"[shown.index(one)] for one in wanted) if shown else card.answer
    assert "1 of 1 right" in said("quiz", "--chapter", card.chapter, "-n", "1", typed=f"{typed}\n")


def test_mastery_is_a_picture_of_the_handbook() -> None:
    card = cards.of_chapter(cards.load(), LORA)[0]
    said("quiz", "answer", card.id, card.answer)
    out = said("quiz", "mastery")
    assert "17% known, 1 of 6 cards met" in out
    assert out.count("not met yet") == 51


def test_bad_input_gets_one_line() -> None:
    assert "There is no chapter 'nonsense'" in refused("quiz", "--chapter", "nonsense")
    assert "asks nothing" in refused("quiz", "--n", "0")
    assert "no card" in refused("quiz", "answer", "x/y", "z")
    assert "no date" in refused("quiz", "--on", "tomorrow")
    assert "no answer yet" in refused("quiz", "count-right")


def test_cards_for_anki_and_counted(home: Path) -> None:
    given = told("cards", "--anki", str(home / "cards.apkg"))
    assert given["cards"] == len(cards.load()) >= 260
    assert (home / "cards.apkg").stat().st_size > 100_000
    assert f"{len(cards.load())} cards" in said("cards")
    assert len(told("cards", "--chapter", LORA)) == 6
    assert "cannot be written" in refused("cards", "--anki", str(home / "no" / "x.apkg"))


def test_cards_of_what_was_read_are_made_and_the_rejected_counted(home: Path, models_folder: Path) -> None:
    (home / "models").symlink_to(models_folder)
    text = (
        "# Otters\n\nSharded attention is a training method that splits the scores of each head over several devices."
    )
    with Library.open(home / "library.db") as library:
        library.put(Source(url="https://otters.test/x", title="Sharding", text=f"{text} We like it.", chapter=LORA))
    made = told("cards", "draft")
    assert (made["made"], made["cards"]) == (2, 2)
    assert sum(made["rejected"].values()) >= 1
    assert "0 cards made, 2 were there" in said("cards", "draft")
    assert len(told("cards", "--chapter", LORA)) == 8


def test_the_command_itself_reads_from_a_pipe(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", "quiz", "--n", "1"], input="?\n", text=True,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Not right. The answer is" in done.stdout
