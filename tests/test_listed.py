"""What the learner's own lists say to a question, beside the handbook and alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.read_text import read_text
from ingest.reading_list import understand
from tutor import handbook, listed
from tutor.answers import Tutor
from tutor.encoder import LettersEncoder
from tutor.library import Library, Link
from tutor.passages import Source
from tutor.search import Search
from tutor.vectors import ExactIndex, encode_pending

URL = "file:///shelf.md"
SHELF = """# A shelf

It was put together for those who come to all this in the evening, and nobody has to read the whole of it.

## Grown-up adapters

- [Low-rank adapters for the patient](https://example.org/lora) - the calm way into LoRA, with drawings
- [A talk on adapters](https://www.youtube.com/watch?v=abcdefghijk) - forty minutes, video

## Beekeeping models

- [Bees and their waggle](https://example.org/bees) - how a hive decides
- https://example.org/hive

## Lanterns

Nothing has been found for this one yet.
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def keep(library: Library, text: str = SHELF, url: str = URL) -> None:
    page = read_text(text, url=url)
    put = library.put(Source(url, page.title, page.text))
    library.put_link(Link(url, "read", source=put.source))
    library.put_list(understand(page))


def tutor(library: Library, letters: LettersEncoder) -> Tutor:
    encode_pending(library, letters)
    index = ExactIndex(library, letters)
    index.sync()
    return Tutor(library, Search(library, letters, index), letters, handbook.load(), None)


def test_a_list_is_quoted_word_for_word(library: Library) -> None:
    keep(library)
    first, *_ = listed.says(["LoRA"], (), library)
    (quote,) = first.quotes
    held = library.source(quote.source)
    assert held is not None
    assert held.text[quote.start : quote.end] == quote.text
    assert first.quoted
    assert (quote.url, quote.heading, quote.link) == (URL, "Grown-up adapters", "https://example.org/lora")


def test_kinds_are_those_that_are_wanted(library: Library) -> None:
    keep(library)
    assert [said.quotes[0].link for said in listed.says(["adapters"], ["video"], library)] == [
        "https://www.youtube.com/watch?v=abcdefghijk"
    ]


def test_a_bare_address_says_where_it_stands(library: Library) -> None:
    keep(library)
    said = listed.says(["beekeeping models"], (), library)
    assert [one.quotes[0].link for one in said] == ["https://example.org/bees", "https://example.org/hive"]
    assert said[1].text == "https://example.org/hive (under “Beekeeping models” in “A shelf”)."


def test_a_chapter_that_names_nothing_is_named_itself(library: Library) -> None:
    keep(library)
    (said,) = listed.says(["lanterns"], (), library)
    assert said.text == "“Lanterns” is a chapter of “A shelf”."
    assert said.quotes[0].text == "Lanterns"


def test_what_was_named_already_is_not_named_again(library: Library) -> None:
    keep(library)
    assert len(listed.says(["beekeeping"], (), library, but=["http://www.example.org/bees/"])) == 1
    assert listed.says(["beekeeping"], (), library, known=URL) == []
    assert listed.says(["the"], (), library) == []


def test_a_list_whose_source_has_changed_says_nothing_false(library: Library) -> None:
    keep(library)
    library.put(Source(URL, "A shelf", "Quite another text. " * 30))
    assert listed.says(["beekeeping models"], (), library) == []


def test_the_list_of_a_source_kept_elsewhere_quotes_that(library: Library) -> None:
    page = read_text(SHELF, url=URL)
    library.put(Source("https://example.org/shelf", page.title, page.text))
    keep(library)
    assert listed.says(["beekeeping"], (), library)[0].quotes[0].url == "https://example.org/shelf"


def test_beside_the_handbook_and_alone(library: Library, letters: LettersEncoder) -> None:
    asked = tutor(library, letters)
    about_lora = "What should I read about LoRA?"
    before = asked.answer(about_lora)
    assert asked.answer("What should I read about beekeeping models?").kind != "list"
    keep(library)
    after = asked.answer(about_lora)
    assert after.kind == before.kind == "handbook"
    assert after.statements[: len(before.statements)] == before.statements
    assert after.statements[len(before.statements)].quotes[0].url == URL
    alone = asked.answer("What should I read about beekeeping models?")
    assert (alone.kind, alone.declined, alone.chapter) == ("list", False, None)
    assert {quote.url for quote in alone.evidence} == {URL}
    assert asked.answer("Which videos on adapters do you recommend?").statements[-1].quotes[0].url == URL
    assert asked.answer("What is a beekeeping model?").kind != "list"
