"""Questions that are being answered: watched, left, found again, ended."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.answers import Tutor
from tutor.encoder import LettersEncoder
from tutor.handbook import load
from tutor.library import Library
from tutor.notes import keep
from tutor.search import Search
from tutor.settings import Places, Settings
from tutor.vectors import ExactIndex, encode_pending
from tutor.writer import Message
from ui import answering, kept
from ui.answering import Answering
from ui.desk import Desk
from ui.kept import Conversation

ME, OTHER = "browser:me", "browser:other"


class Rambling:
    """A Writer that goes on until it is stopped."""

    name, context_tokens, special_tokens = "rambling", 4096, ()

    def count(self, text: str) -> int:
        return len(text) // 4

    def render(self, messages: list[Message]) -> str:
        return "\n".join(message.content for message in messages)

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event, grammar: str | None = None
    ) -> Iterator[str]:
        while not stop.is_set():
            time.sleep(0.01)
            yield "and on "


@pytest.fixture
def desk(tmp_path: Path, letters: LettersEncoder) -> Iterator[Desk]:
    """A desk over the starter notes whose answers end only when they are stopped."""
    with Library.open(tmp_path / "library.db") as library:
        keep(library)
        encode_pending(library, letters)
        index = ExactIndex(library, letters)
        index.sync()
        tutor = Tutor(library, Search(library, letters, index), letters, load(), None)
        made = Desk(Settings(Places(tmp_path)), open_tutor=lambda *_: tutor)
        made.start()
        assert made.wait(10)
        tutor.writer = Rambling()  # type: ignore[assignment]
        yield made


def until(found: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not found():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_answer_is_watched_until_it_is_put_away(desk: Desk) -> None:
    said = Conversation()
    desk.tutor.writer = None
    asked = Answering(desk).ask(ME, said, "What is LoRA?")
    views = list(asked.watch())
    assert asked.over.is_set()
    assert all(one.question == "What is LoRA?" for one in views)
    assert 'class="chip"' in said.last
    assert [turn.question for turn in said.turns] == ["What is LoRA?"]
    assert f'data-conversation="{said.number}"' in said.last


def test_what_cannot_be_asked_is_one_friendly_line(desk: Desk) -> None:
    said = Conversation()
    asked = Answering(desk).ask(ME, said, "什么是注意力机制？")
    assert asked.over.wait(10)
    assert "notice error" in said.last
    assert "English" in said.last
    assert said.turns == []


def test_it_goes_on_while_the_page_is_loaded_anew_and_is_found_again(desk: Desk) -> None:
    questions, said = Answering(desk), Conversation()
    asked = questions.ask(ME, said, "What is LoRA?")
    watched = asked.watch()
    next(watched)
    watched.close()  # type: ignore[attr-defined]
    until(lambda: asked.view.phase == "writing")
    assert said.number is not None
    assert questions.kept_as(ME, said.number) is asked
    assert questions.kept_as(OTHER, said.number) is None
    assert kept.listing(desk, ME) == "", "it is listed once it is answered"
    questions.end(asked)
    assert asked.over.is_set()
    assert questions.kept_as(ME, said.number) is None
    assert "turn stopped" in said.last
    assert 'class="chip"' in kept.reopened(desk, ME, said.number).last


def test_when_the_desk_is_closed_what_had_passed_the_check_is_kept(desk: Desk) -> None:
    said, other = Conversation(), Conversation()
    questions = Answering(desk)
    both = [questions.ask(ME, said, "What is LoRA?"), questions.ask(OTHER, other, "What is a tokenizer?")]
    until(lambda: all(one.view.phase == "writing" for one in both))
    desk.close()
    assert all(one.over.is_set() for one in both)
    assert said.number is not None
    assert 'class="chip"' in kept.reopened(desk, ME, said.number).last


def test_left_alone_for_long_it_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Answering(desk).ask(ME, Conversation(), "What is LoRA?")
    watched = asked.watch()
    next(watched)
    time.sleep(0.2)
    assert not asked.over.is_set()
    monkeypatch.setattr(answering, "LEFT_ALONE", 0.1)
    watched.close()  # type: ignore[attr-defined]
    assert asked.over.wait(10)


def test_a_new_question_ends_the_one_before(desk: Desk) -> None:
    questions, said = Answering(desk), Conversation()
    first = questions.ask(ME, said, "What is LoRA?")
    until(lambda: first.view.phase == "writing")
    second = questions.ask(ME, said, "What is a tokenizer?")
    assert first.over.is_set()
    assert "LoRA" in said.past
    until(lambda: second.view.phase == "writing")
    questions.end(second)
    assert [turn.question for turn in said.turns] == ["What is LoRA?", "What is a tokenizer?"]


def test_fifty_quick_questions_leave_a_conversation_that_is_whole(desk: Desk) -> None:
    questions, said = Answering(desk), Conversation()
    for n in range(50):
        last = questions.ask(None, said, f"What is LoRA number {n}?")
    questions.end(last)
    assert last.over.is_set()
    assert len(said.shown) == 49
    assert "number 49" in said.last
    assert sum(one.name == "asking" for one in threading.enumerate()) == 0


def test_how_long_it_takes_is_told_from_the_ones_before(desk: Desk) -> None:
    class Brief(Rambling):
        def write(
            self, prompt: str, *, max_tokens: int, stop: threading.Event, grammar: str | None = None
        ) -> Iterator[str]:
            yield "LoRA freezes the pretrained weights. "

    desk.tutor.writer = Brief()  # type: ignore[assignment]
    questions, said = Answering(desk), Conversation()
    first = questions.ask(ME, said, "What is LoRA?")
    assert first.view.expected is None
    assert first.over.wait(10)
    second = questions.ask(ME, said, "What is LoRA?")
    assert second.view.expected is not None
    assert 0 <= second.view.expected[0] <= second.view.expected[1] < 10
    assert second.over.wait(10)
