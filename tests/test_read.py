"""Reading what was fetched: the right reader for the bytes."""

import pytest

from ingest.fetch import Fetched
from ingest.read import read, read_text
from tutor.errors import ReadingError

WORDS = "one two three four five six seven eight nine ten " * 4
URL = "https://a.test/p"


def fetched(body: bytes, content_type: str = "text/html", final_url: str = URL, unchanged: bool = False) -> Fetched:
    """An answer with these bytes."""
    return Fetched(URL, final_url, 304 if unchanged else 200, content_type, body, unchanged=unchanged)


def test_bytes_say_what_they_are() -> None:
    assert read(fetched(f"<p>{WORDS}</p>".encode())).text == WORDS.strip()
    assert read(fetched(WORDS.encode(), "text/plain")).text == WORDS.strip()
    assert read(fetched(f"<html><p>{WORDS}</p></html>".encode(), "text/plain")).text == WORDS.strip()
    for body, kind in ((b"%PDF-1.4 nothing", "text/html"), (b"nothing", "application/pdf")):
        with pytest.raises(ReadingError, match="broken PDF"):
            read(fetched(body, kind))


def test_an_archived_copy_is_read_as_the_page_it_is_of() -> None:
    copy = "https://web.archive.org/web/2024id_/https://a.test/dir/p"
    page = read(fetched(f"<p>{WORDS}<a href='q'>q</a></p>".encode(), final_url=copy))
    assert page.url == "https://a.test/dir/p"
    assert page.links[0].url == "https://a.test/dir/q"


def test_an_unchanged_page_has_nothing_to_read() -> None:
    with pytest.raises(ReadingError, match="unchanged"):
        read(fetched(b"", unchanged=True))


def test_markdown_keeps_its_words_and_gives_its_links() -> None:
    text = (
        f'# Notes on [steps](/steps)\n\n{WORDS}\nSee **[the _notes_](q.md "t")** and <https://b.test/x_(y)>, '
        "not ![a picture](p.png).\n\n\n\n```python\n[a](b)   \n\n\n**c**\n```\n"
    )
    page = read_text(text, url=URL)
    assert page.title == "Notes on steps"
    assert "See the _notes_ and <https://b.test/x_(y)>, not ." in page.text
    assert "```python\n[a](b)\n\n\n**c**\n```" in page.text or "```python\n[a](b)\n\n**c**\n```" in page.text
    assert [(link.url, link.heading) for link in page.links] == [
        ("https://a.test/steps", "Notes on steps"),
        ("https://a.test/q.md", "Notes on steps"),
        ("https://b.test/x_(y)", "Notes on steps"),
    ]


def test_too_few_words_are_no_page() -> None:
    for text, reason in (("", "empty"), ("hello", "no readable text")):
        with pytest.raises(ReadingError) as caught:
            read_text(text, url=URL)
        assert caught.value.reason == reason
