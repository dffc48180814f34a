"""Conversations: kept with their citations, and nobody else's business."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tutor import handbook, notes
from tutor.answers import Answer, Tutor, partly
from tutor.conversations import Conversations, KeptTurn, history, restored
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


def test_the_last_turn_is_replaced_where_it_is_asked_again(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    number = mine.begin("What is LoRA?")
    mine.add(number, "one", answer)
    mine.add(number, "two", answer)
    mine.add(number, "three", answer, replacing=True)
    assert [turn.question for turn in mine.turns(number)] == ["one", "three"]


def test_what_never_had_an_answer_is_cleared_away(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    old, recent, answered = mine.begin("old"), mine.begin("recent"), mine.begin("answered")
    mine.add(answered, "q", answer)
    for number in (old, answered):
        library._connection().execute(
            "UPDATE conversations SET created = '2020-01-01T00:00:00+00:00' WHERE id = ?", [number]
        )
    mine.begin("next")
    with pytest.raises(BadInput):
        mine.get(old)
    assert mine.get(recent).turns == 0
    assert mine.get(answered).turns == 1


def test_the_last_changed_comes_first_and_words_find(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    first, second = mine.begin("About routers"), mine.begin("About caches")
    mine.add(second, "What is a cache?", answer)
    library._connection().execute("UPDATE conversations SET changed = '2020-01-01'")
    mine.add(first, "What is LoRA?", answer)
    assert [kept.id for kept in mine.listed()] == [first, second]
    assert [kept.id for kept in mine.listed("CACHES about")] == [second]
    assert [kept.id for kept in mine.listed("routers")] == [first]
    assert mine.listed("nothing of the kind") == []
    assert mine.listed("statements quotes support") == [], "how it is kept is nothing that a person wrote"


def test_an_answer_comes_back_as_it_was_given(library: Library, answer: Answer) -> None:
    mine = Conversations(library, "me")
    number = mine.begin("What is LoRA?")
    mine.add(number, "What is LoRA?", answer)
    [turn] = mine.turns(number)
    again = restored(turn, handbook.load())
    assert (again.text, again.kind, again.declined) == (answer.text, answer.kind, False)
    assert [(s.text, s.quotes, s.quoted) for s in again.statements] == [
        (s.text, s.quotes, s.quoted) for s in answer.statements
    ]
    assert again.evidence == answer.evidence
    assert again.follow_ups == answer.follow_ups
    assert again.chapter == answer.chapter
    assert again.trace.asked == answer.trace.asked
    assert mine.get(number).turns == 1


def test_a_declined_answer_comes_back_declined(library: Library, answer: Answer) -> None:
    declined = replace(answer, kind="declined", statements=(), evidence=(), message="Not covered.")
    mine = Conversations(library, "me")
    number = mine.begin("What is love?")
    mine.add(number, "What is love?", declined)
    again = restored(mine.turns(number)[0], handbook.load())
    assert (again.declined, again.text, again.chapter) == (True, "Not covered.", answer.chapter)


def test_a_partial_answer_comes_back_with_what_is_missing(library: Library, answer: Answer) -> None:
    partial = replace(answer, kind="partial", missing=("a tricycle",), message=partly(("a tricycle",)))
    mine = Conversations(library, "me")
    number = mine.begin("How does LoRA ride a tricycle?")
    mine.add(number, "How does LoRA ride a tricycle?", partial)
    [turn] = mine.turns(number)
    again = restored(turn, handbook.load())
    assert (again.missing, again.message, again.text) == (partial.missing, partial.message, partial.text)
    told = mine.markdown(number)
    assert told.index("says nothing of “a tricycle”") < told.index("[1]")


def test_what_was_kept_by_another_version_still_opens() -> None:
    again = restored(KeptTurn("q", {"text": "old", "chapter": "gone"}), handbook.load())
    assert (again.text, again.chapter, again.statements) == ("old", None, ())


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
    assert mine.listed() == [], "it is listed once it has an answer"
    mine.add(number, "What is LoRA?", answer)
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


HOSTILE = (
    "# Loud ![x](http://evil.test/x.png) and [click](javascript:alert(1)) or <img src=http://evil.test/y.png> with "
    "`d[i] < e` and **weight** $a<b> [c](http://evil.test)$ \\[d\\](http://evil.test) `` [e](http://evil.test) ` [f][g]"
)


def test_words_of_a_page_cannot_become_links_pictures_or_html(library: Library, answer: Answer) -> None:
    quote = replace(answer.statements[0].quotes[0], text=HOSTILE, title=HOSTILE, link="https://page.test/a>b) [c](d")
    statement = replace(answer.statements[0], text=HOSTILE, quotes=(quote,))
    mine = Conversations(library, "me")
    number = mine.begin(HOSTILE)
    mine.add(number, HOSTILE, replace(answer, statements=(statement,)))
    html = MarkdownIt("commonmark").render(mine.markdown(number))
    assert "<img" not in html
    assert html.count("<a ") == 1, "the citation's own"
    assert 'href="https://page.test/a%3Eb)%20[c](d"' in html.replace("%5B", "[").replace("%5D", "]")
    assert html.count("<h1>") == 1
    assert "<code>d[i] &lt; e</code>" in html
