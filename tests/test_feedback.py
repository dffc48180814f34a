"""Disliked answers: kept as they were given, each owner's own, and what becomes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eval import own, sets
from tests.test_focus import answered
from tutor import notes
from tutor.conversations import Conversations
from tutor.errors import BadInput
from tutor.feedback import Feedback
from tutor.fingerprints import fingerprint
from tutor.library import Library

LORA = "low-rank-adapters-lora"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        notes.keep(opened)
        conversations = Conversations(opened, "ada")
        number = conversations.begin("What is LoRA?")
        for question in ("What is LoRA?", "And why is it cheap?"):
            conversations.add(number, question, answered(opened, question, LORA))
        yield opened


def test_an_answer_is_kept_with_the_turns_before_it_and_once(library: Library) -> None:
    feedback = Feedback(library, "ada")
    disliked = feedback.dislike("And why is it cheap?")
    assert [turn.question for turn in disliked.history] == ["What is LoRA?"]
    assert disliked.answer["statements"]
    assert feedback.dislike("And why is it cheap?") == disliked
    assert feedback.all() == [disliked] == [feedback.get(disliked.number)]
    feedback.became(disliked.number, "own-1")
    assert feedback.get(disliked.number).made == "own-1"
    feedback.forget(disliked.number)
    assert feedback.all() == []


def test_nobody_elses_can_be_reached(library: Library) -> None:
    number = Feedback(library, "ada").dislike("What is LoRA?").number
    other = Feedback(library, "bob")
    assert other.all() == []
    for reach in (other.get, other.forget, lambda n: other.became(n, "x")):
        with pytest.raises(BadInput, match="no disliked answer"):
            reach(number)
    with pytest.raises(BadInput, match="not kept"):
        other.dislike("What is LoRA?")


def test_a_disliked_answer_becomes_a_question_of_ones_own(library: Library, tmp_path: Path) -> None:
    feedback = Feedback(library, "ada")
    first, follow_up = feedback.dislike("What is LoRA?"), feedback.dislike("And why is it cheap?")
    quote = first.answer["statements"][0]["quotes"][0]
    made = own.add(tmp_path, own.answered_by(first, quote["url"], f"{quote['text']} A second one. "))
    assert (made.kind, made.set) == ("answerable", "starter")
    assert made.gold == (fingerprint(quote["text"]), fingerprint("A second one."))
    later = own.add(tmp_path, own.unanswerable(follow_up))
    assert (later.kind, later.history[0].question) == ("unanswerable", "What is LoRA?")
    again = own.add(tmp_path, own.unanswerable(first, "off-topic"))
    assert again.id == made.id  # thought better of
    assert own.count(tmp_path) == len(sets.load(own.path(tmp_path))) == 2


def test_what_would_be_no_question_is_not_added(library: Library, tmp_path: Path) -> None:
    disliked = Feedback(library, "ada").dislike("What is LoRA?")
    with pytest.raises(BadInput, match="Name the page"):
        own.answered_by(disliked, " ", "x")
    own.add(tmp_path, own.unanswerable(disliked))
    before = own.path(tmp_path).read_text(encoding="utf-8")
    with pytest.raises(BadInput, match="near-miss"):
        own.add(tmp_path, own.unanswerable(disliked, "because"))
    assert own.path(tmp_path).read_text(encoding="utf-8") == before
    assert own.count(tmp_path / "none") == 0
