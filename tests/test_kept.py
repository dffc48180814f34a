"""The browser's conversations: kept as they are given, opened as they were, each learner's own."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor import notes
from tutor.answers import Tutor
from tutor.conversations import Conversations, restored
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput, LibraryBusy
from tutor.handbook import load
from tutor.library import Library
from tutor.search import Search
from tutor.settings import Places, Settings
from tutor.vectors import ExactIndex, encode_pending
from ui import chat, kept
from ui.answering import Answering
from ui.desk import Desk
from ui.kept import Conversation

ME, OTHER = "browser:me", "browser:other"
TRACE = re.compile(r'<details class="trace">.*?</details>')


@pytest.fixture(scope="module")
def notes_file(tmp_path_factory: pytest.TempPathFactory, letters: LettersEncoder) -> Path:
    """A library of the starter notes, closed: one file, to be copied."""
    path = tmp_path_factory.mktemp("kept") / "library.db"
    with Library.open(path) as library:
        notes.keep(library)
        encode_pending(library, letters)
    return path


@pytest.fixture
def desk(tmp_path: Path, notes_file: Path, letters: LettersEncoder) -> Iterator[Desk]:
    """A desk over a library of its own with the starter notes, that answers in quotes."""
    with Library.open(Path(shutil.copy(notes_file, tmp_path / "library.db"))) as library:
        index = ExactIndex(library, letters)
        index.sync()
        tutor = Tutor(library, Search(library, letters, index), letters, load(), None)
        made = Desk(Settings(Places(tmp_path)), open_tutor=lambda *_: tutor)
        made.start()
        assert made.wait(10)
        yield made


def ask(desk: Desk, said: Conversation, question: str = "What is LoRA?", owner: str | None = ME) -> str:
    """The turn's HTML at its end."""
    asked = Answering(desk).ask(owner, said, question)
    assert asked.over.wait(20)
    return said.last


def test_a_conversation_comes_back_as_it_was(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    ask(desk, said, "and why is that cheaper?")
    assert said.number is not None
    again = kept.reopened(desk, ME, said.number)
    assert 'class="chip"' in again.past
    assert TRACE.sub("", again.past + again.last) == TRACE.sub("", said.past + said.last)
    assert again.turns == said.turns
    assert again.number == said.number
    assert "Searched for" in again.past, "of how it came about, the question as it was searched for"


def test_conversations_outlive_the_server(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    assert said.number is not None

    def broken(_settings: Settings, _writer: bool) -> Tutor:
        raise LibraryBusy("The models are still being made ready.")

    restarted = Desk(desk.settings, open_tutor=broken)
    restarted.start()
    assert restarted.wait(10)
    again = kept.reopened(restarted, ME, said.number)
    assert TRACE.sub("", again.last) == TRACE.sub("", said.last)
    restarted.close()


def test_what_is_declined_comes_back_declined(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said, "How tall is Mount Kilimanjaro?")
    assert said.number is not None
    assert "turn declined" in said.last
    assert TRACE.sub("", kept.reopened(desk, ME, said.number).last) == TRACE.sub("", said.last)


def test_an_opened_conversation_goes_on(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    assert said.number is not None
    again = kept.reopened(desk, ME, said.number)
    ask(desk, again, "and why is that cheaper?")
    assert again.number == said.number
    assert [one.turns for one in desk.conversations(ME).listed()] == [2]
    assert "LoRA" in desk.conversations(ME).turns(said.number)[1].answer["asked"]


def test_each_learner_has_conversations_of_his_own(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    assert said.number is not None
    assert f'data-number="{said.number}"' in kept.listing(desk, ME)
    assert kept.listing(desk, OTHER) == ""
    with pytest.raises(BadInput):
        kept.reopened(desk, OTHER, said.number)
    assert chat.exported(desk, OTHER, said.number).status_code == 404


def test_a_learner_without_a_name_has_answers_and_nothing_kept(desk: Desk) -> None:
    said = Conversation()
    assert 'class="chip"' in ask(desk, said, owner=None)
    assert said.number is None
    assert kept.listing(desk, None) == ""


def test_a_question_that_failed_is_not_kept(desk: Desk) -> None:
    said = Conversation()
    assert "notice error" in ask(desk, said, "?!")
    assert kept.listing(desk, ME) == ""
    ask(desk, said)
    assert [one.turns for one in desk.conversations(ME).listed()] == [1]


def test_asked_again_it_takes_the_place_of_the_last(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    ask(desk, said, "What is a tokenizer?")
    asked = Answering(desk).ask(ME, said, "What is attention?", again=True)
    assert asked.over.wait(20)
    assert [turn.question for turn in said.turns] == ["What is LoRA?", "What is attention?"]
    assert said.number is not None
    assert [turn.question for turn in desk.conversations(ME).turns(said.number)] == [
        "What is LoRA?", "What is attention?",
    ]  # fmt: skip
    assert "tokenizer" not in said.past


def test_asked_again_in_vain_what_was_kept_stays(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    for _ in range(2):
        assert Answering(desk).ask(ME, said, "?!", again=True).over.wait(20)
    assert said.number is not None
    assert [turn.question for turn in desk.conversations(ME).turns(said.number)] == ["What is LoRA?"]
    assert Answering(desk).ask(ME, said, "What is QLoRA?", again=True).over.wait(20)
    assert [turn.question for turn in desk.conversations(ME).turns(said.number)] == ["What is QLoRA?"]


def test_a_long_conversation_opens_at_its_end_and_the_rest_comes_in_parts(desk: Desk) -> None:
    conversations = desk.conversations(ME)
    said = Conversation()
    ask(desk, said)
    assert said.number is not None
    answer = restored(conversations.turns(said.number)[0], load())
    for n in range(2, 2 * kept.SHOWN + 6):
        conversations.add(said.number, f"Question {n}", answer)
    again = kept.reopened(desk, ME, said.number)
    assert len(again.shown) == kept.SHOWN - 1
    assert again.earlier == kept.SHOWN + 5
    assert len(again.turns) == 2 * kept.SHOWN + 5
    part = kept.earlier(desk, ME, said.number, again.earlier)
    assert part.count("<article") == kept.SHOWN
    assert 'data-before="5"' in part
    last = kept.earlier(desk, ME, said.number, 5)
    assert last.count("<article") == 5
    assert "data-before" not in last
    with pytest.raises(BadInput):
        kept.earlier(desk, OTHER, said.number, 5)


def test_deleted_in_another_window_the_next_answer_begins_anew(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said)
    assert said.number is not None
    first = said.number
    desk.conversations(ME).delete(first)
    ask(desk, said, "What is a tokenizer?")
    assert said.number != first
    assert [one.title for one in desk.conversations(ME).listed()] == ["What is a tokenizer?"]


def test_what_cannot_be_kept_is_told_beside_the_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_owner: str) -> Conversations:
        raise LibraryBusy("Another program is writing.")

    monkeypatch.setattr(desk, "conversations", busy)
    shown = ask(desk, Conversation())
    assert 'class="chip"' in shown
    assert "could not be kept. Another program is writing." in shown


def test_the_file_is_named_after_the_conversation(desk: Desk) -> None:
    said = Conversation()
    ask(desk, said, "What is LoRA/QLoRA?")
    assert said.number is not None
    desk.conversations(ME).rename(said.number, "../Café \r\n x: y")
    made = chat.exported(desk, ME, said.number)
    assert made.headers["content-disposition"] == "attachment; filename*=UTF-8''Caf%C3%A9%20x%20y.md"
    assert bytes(made.body).decode().startswith("# ../Café x: y\n")
