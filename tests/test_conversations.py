"""Conversations: kept with their citations, and nobody else's business."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tutor import handbook, notes
from tutor.answers import Answer, Tutor
from tutor.conversations import Conversations, history
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput
from tutor.library import Library
from tutor.search import Search
from tutor.vectors import ExactIndex, encode_pending


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory, letters: LettersEncoder) -> Answer:
    """A real answer in quotes."""
    with Library.open(tmp_path_factory.mktemp("answer") / "library.db") as library:
        notes.keep(library)
        encode_pending(library, letters)
        index = ExactIndex(library, letters)
        index.sync()
        made = Tutor(library, Search(library, letters, index), letters, handbook.load(), None).answer("What is LoRA?")
    assert made.statements
    return made


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def test_a_conversation_is_kept_turn_by_turn(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    number = mine.begin("  What is\nLoRA? ")
    mine.add(number, "What is LoRA?", answer)
    mine.add(number, "and why is that cheaper?", answer)
    [kept] = mine.listed()
    assert (kept.title, kept.turns) == ("What is LoRA?", 2)
    first, second = mine.turns(number)
    assert (first.question, second.question) == ("What is LoRA?", "and why is that cheaper?")
    assert first.answer["text"] == answer.text
    assert first.answer["statements"][0]["quotes"][0]["text"] == answer.statements[0].quotes[0].text
    assert [turn.question for turn in history([first, second], 1)] == ["and why is that cheaper?"]
    assert history([first])[0].answer == answer.text


def test_the_last_changed_comes_first_and_words_find(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    first, second = mine.begin("About routers"), mine.begin("About caches")
    library._connection().execute("UPDATE conversations SET changed = '2020-01-01'")
    mine.add(first, "What is LoRA?", answer)
    assert [kept.id for kept in mine.listed()] == [first, second]
    assert [kept.id for kept in mine.listed("CACHES about")] == [second]
    assert [kept.id for kept in mine.listed("lora")] == [first]
    assert mine.listed("nothing of the kind") == []


def test_renamed_and_deleted(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    number = mine.begin("What is LoRA?")
    mine.add(number, "What is LoRA?", answer)
    mine.rename(number, "  Adapters " + "x" * 100)
    [kept] = mine.listed()
    assert kept.title.startswith("Adapters x")
    assert len(kept.title) == 80
    with pytest.raises(BadInput, match="needs a name"):
        mine.rename(number, "  ")
    mine.delete(number)
    assert mine.listed() == []
    assert library.rows("SELECT * FROM turns") == []


def test_nobody_reaches_what_is_not_his(library: Library, answer: Answer) -> None:
    mine, other = Conversations(library, "me"), Conversations(library, "other")
    number = mine.begin("Mine")
    assert other.listed() == []
    for attempt in (
        lambda: other.turns(number),
        lambda: other.add(number, "q", answer),
        lambda: other.rename(number, "x"),
        lambda: other.delete(number),
        lambda: other.markdown(number),
    ):
        with pytest.raises(BadInput, match="no conversation"):
            attempt()
    assert [kept.title for kept in mine.listed()] == ["Mine"]


def test_written_out_every_statement_has_its_citation(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    number = mine.begin("What is *LoRA* <script>?")
    mine.add(number, "What is *LoRA* <script>?", answer)
    text = mine.markdown(number)
    assert text.startswith("# What is \\*LoRA\\* \\<script\\>?\n")
    for statement in answer.statements:
        assert statement.text in text
        assert statement.quotes[0].title in text
    html = MarkdownIt("commonmark").render(text)
    assert "<script>" not in html
    assert "<em>" not in html.split("</h1>")[0]
    assert "[1]" in text
    assert "\n1. " in text
