"""What stands behind the page: opening in the background, early and stopped questions."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tutor.answers import Answered, EvidenceFound, Tutor, Writing
from tutor.conversations import Conversations
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput, LibraryError, ModelMissing, TutorError
from tutor.handbook import load
from tutor.library import Library
from tutor.search import Search
from tutor.settings import Places, Settings
from ui.desk import Broken, Desk, Opening, Ready


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(Places(tmp_path))


@pytest.fixture
def quoting(notes_library: Library, notes_search: Search, letters: LettersEncoder) -> Tutor:
    """A tutor over the starter notes that answers in quotes."""
    return Tutor(notes_library, notes_search, letters, load(), None)


def opened(desk: Desk) -> Desk:
    desk.start()
    assert desk.wait(10)
    return desk


def test_question_asked_early_waits_for_the_tutor(settings: Settings, quoting: Tutor) -> None:
    gate = threading.Event()

    def slowly(_settings: Settings, _writer: bool) -> Tutor:
        gate.wait(10)
        return quoting

    desk = Desk(settings, open_tutor=slowly)
    desk.start()
    events = desk.ask("What is LoRA?")
    assert isinstance(next(events), Opening)
    gate.set()
    kinds = [type(event) for event in events if event is not None]
    assert EvidenceFound in kinds
    assert kinds[-1] is Answered


def test_model_that_cannot_be_used_leaves_answers_in_quotes(settings: Settings, quoting: Tutor) -> None:
    def without_model(_settings: Settings, writer: bool) -> Tutor:
        if writer:
            raise ModelMissing("No model at x.gguf. Set TUTOR_MODEL.")
        return quoting

    desk = opened(Desk(settings, open_tutor=without_model))
    assert desk.state() == Ready(52, 0, None, "No model at x.gguf. Set TUTOR_MODEL.")


@pytest.mark.parametrize(
    ("error", "told"),
    [(LibraryError("It is damaged. Rename it."), "It is damaged. Rename it."), (RuntimeError("boom"), "boom")],
)
def test_library_that_cannot_be_opened_is_told_to_everyone(settings: Settings, error: Exception, told: str) -> None:
    def broken(_settings: Settings, _writer: bool) -> Tutor:
        raise error

    desk = opened(Desk(settings, open_tutor=broken))
    state = desk.state()
    assert isinstance(state, Broken)
    assert told in state.message
    with pytest.raises(TutorError, match=told):
        list(desk.ask("What is LoRA?"))


def test_bad_question_raises_where_it_was_asked(settings: Settings, quoting: Tutor) -> None:
    desk = opened(Desk(settings, open_tutor=lambda *_: quoting))
    with pytest.raises(BadInput):
        list(desk.ask("??"))


class Endless:
    """A tutor whose Writer never comes to an end by itself."""

    def __init__(self) -> None:
        self.stop: threading.Event | None = None

    def ask(self, question: str, history: object = (), stop: threading.Event | None = None) -> Iterator[Any]:
        self.stop = stop
        yield EvidenceFound((), None, 1.0)
        while stop is not None and not stop.is_set():
            time.sleep(0.01)
            yield Writing("on and on")


def test_stopping_ends_the_stream_and_the_writer(settings: Settings) -> None:
    endless = Endless()
    desk = opened(Desk(settings, open_tutor=lambda *_: cast(Tutor, endless)))
    stop = threading.Event()
    seen = 0
    for event in desk.ask("What is LoRA?", stop=stop):
        seen += isinstance(event, Writing)
        if seen == 3:
            stop.set()
    assert seen == 3


def test_someone_who_leaves_stops_the_writer(settings: Settings) -> None:
    endless = Endless()
    desk = opened(Desk(settings, open_tutor=lambda *_: cast(Tutor, endless)))
    events = cast("Any", desk.ask("What is LoRA?"))
    next(events)
    events.close()
    assert endless.stop is not None
    assert endless.stop.is_set()


# -- conversations --------------------------------------------------------------------------------------------------


def test_conversations_are_there_before_the_tutor_is(tmp_path: Path, settings: Settings) -> None:
    with Library.open(settings.places.library) as library:
        number = Conversations(library, "me").begin("What is LoRA?")
    gate = threading.Event()

    def never(_settings: Settings, _writer: bool) -> Tutor:
        gate.wait(10)
        raise LibraryError("It was only a test.")

    desk = Desk(settings, open_tutor=never)
    desk.start()
    assert desk.conversations("me").get(number).title == "What is LoRA?"
    assert desk.conversations("other").listed() == []
    gate.set()
    assert desk.wait(10)
    desk.close()


def test_there_are_no_conversations_without_a_library(settings: Settings) -> None:
    with pytest.raises(TutorError, match="getting ready"):
        Desk(settings).conversations("me")
