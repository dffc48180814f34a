"""What stands behind the page: opening in the background, early and stopped questions."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.practising import opened as open_starter
from tutor import models
from tutor.answers import Answered, EvidenceFound, Tutor, Writing
from tutor.conversations import Conversations
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput, LibraryError, ModelMissing, TutorError
from tutor.handbook import load
from tutor.library import Library
from tutor.search import Search
from tutor.settings import Answering, Places, Settings
from tutor.writer import ScriptedWriter
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
        self.writer = None

    def ask(
        self, question: str, history: object = (), level: str = "", stop: threading.Event | None = None
    ) -> Iterator[Any]:
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


# -- changing what answers ------------------------------------------------------------------------------------------


class Slow(ScriptedWriter):
    """Writes when it is let, and knows whether it was closed."""

    closed = False

    def __init__(self, name: str) -> None:
        super().__init__([], name=name)
        self.began, self.go_on = threading.Event(), threading.Event()

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Iterator[str]:
        self.began.set()
        assert self.go_on.wait(10)
        assert not self.closed
        yield "LoRA trains small low-rank updates."

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def switching(settings: Settings, quoting: Tutor, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, dict[str, Slow]]:
    """A desk whose Writers are made by the name of the model."""
    made: dict[str, Slow] = {}

    def open_writer(wanted: Settings) -> Slow:
        name = wanted.parts.model or "embedded"
        if name == "broken":
            raise ModelMissing("No model at broken. Choose another.")
        made[name] = Slow(name)
        return made[name]

    monkeypatch.setattr(models, "open_writer", open_writer)
    desk = opened(Desk(settings, open_tutor=lambda *_: quoting.with_writer(open_writer(settings), settings.answering)))
    return desk, made


def named(settings: Settings, model: str | None) -> Settings:
    return replace(settings, parts=replace(settings.parts, model=model))


def test_another_writer_answers_the_next_question_and_the_one_under_way_ends_with_its_own(
    switching: tuple[Desk, dict[str, Slow]],
) -> None:
    desk, made = switching
    events = desk.ask("What is LoRA?")
    for event in events:
        if isinstance(event, EvidenceFound):
            break
    old = made["embedded"]
    assert old.began.wait(10)
    desk.use(named(desk.settings, "larger"))
    assert desk.busy
    state = desk.state()
    assert isinstance(state, Ready)
    assert state.model == "larger"
    assert not old.closed  # it is still being written with
    old.go_on.set()
    answer = next(event.answer for event in events if isinstance(event, Answered))
    assert answer.model.name == "embedded"
    assert not answer.trace.trouble
    until = time.monotonic() + 5
    while not old.closed and time.monotonic() < until:
        time.sleep(0.01)
    assert old.closed
    made["larger"].go_on.set()
    assert [e.answer.model.name for e in desk.ask("What is LoRA?") if isinstance(e, Answered)] == ["larger"]


def test_what_cannot_be_opened_leaves_the_one_that_answers(switching: tuple[Desk, dict[str, Slow]]) -> None:
    desk, made = switching
    before = desk.settings
    with pytest.raises(ModelMissing, match="Choose another"):
        desk.use(named(desk.settings, "broken"))
    assert desk.settings is before
    assert desk.tutor.writer is made["embedded"]
    assert not made["embedded"].closed


def test_another_budget_keeps_the_writer_and_no_model_closes_it(switching: tuple[Desk, dict[str, Slow]]) -> None:
    desk, made = switching
    desk.use(replace(desk.settings, answering=Answering(300, 80)))
    assert desk.tutor.writer is made["embedded"]
    assert desk.tutor._prompt_tokens == 300
    desk.use(replace(desk.settings, answering=Answering(form="quotes")))
    assert desk.tutor.writer is None
    assert made["embedded"].closed


def test_the_level_of_a_question_is_the_learners(settings: Settings, quoting: Tutor, tmp_path: Path) -> None:
    asked: list[str] = []

    class Hears(Endless):
        def ask(
            self, question: str, history: object = (), level: str = "", stop: threading.Event | None = None
        ) -> Iterator[Any]:
            asked.append(level)
            yield EvidenceFound((), None, 1.0)

    hears = Hears()
    with Library.open(tmp_path / "library.db") as library:
        hears.library = library  # type: ignore[attr-defined]
        desk = opened(Desk(settings, open_tutor=lambda *_: cast(Tutor, hears)))
        assert desk.level("me") == desk.level(None) == "intermediate"
        desk.chosen("me").choose_level("expert")
        for owner in ("me", "other", None):
            list(desk.ask("What is LoRA?", level=desk.level(owner)))
        assert asked[1:] == ["expert", "intermediate", "intermediate"]  # the first warmed it up
        assert Desk(Settings(Places(tmp_path / "none"))).level("me") == "intermediate"


def test_beginning_anew_ends_what_runs_and_leaves_nothing(tmp_path: Path) -> None:
    places = Places(tmp_path)
    desk = opened(Desk(Settings(places), open_tutor=open_starter))
    desk.chosen("me").choose_level("expert")
    for kept in (
        places.pages / "a" / "page.html",
        places.files / "own.md",
        places.models / "big.gguf",
        places.home / "eval" / "run" / "x.json",
    ):
        kept.parent.mkdir(parents=True)
        kept.write_text("kept")
    places.settings_file.write_text("[answering]\nprompt_tokens = 300\n")
    tutor = desk.tutor
    desk.begin_anew()
    assert desk.wait(30)
    assert desk.tutor is not tutor
    assert desk.level("me") == "intermediate"
    state = desk.state()
    assert isinstance(state, Ready)
    assert state.notes == 52
    assert sorted(one.name for one in tmp_path.iterdir() if not one.name.startswith("library")) == ["models"]
    assert (places.models / "big.gguf").exists()
    assert tutor.library.sources()  # whoever still holds it reads what is there now
    desk.begin_anew(models=True)
    assert desk.wait(30)
    assert list(places.models.iterdir()) == []
    desk.close()
