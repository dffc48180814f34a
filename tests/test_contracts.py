"""The terminal's JSON: keys that are always there, and those that only some kinds of source have."""

from pathlib import Path

from tutor.library import Library
from tutor.passages import Quote, Source
from ui import contracts

QUOTE = Quote("https://a.test", "T", "H", "x", 3, 4, "https://a.test#x", 1)


def test_a_quote_tells_its_page_or_second_only_where_it_has_one() -> None:
    plain = contracts.quote(QUOTE)
    assert list(plain) == ["url", "title", "heading", "text", "start", "end", "link"]
    page = contracts.quote(Quote("u", "T", "", "x", 0, 1, "u", 1, page=7))
    assert (set(page) - set(plain), page["page"]) == ({"page"}, 7)
    video = contracts.quote(Quote("u", "T", "", "x", 0, 1, "u", 1, second=0))
    assert (set(video) - set(plain), video["second"]) == ({"second"}, 0)


def test_a_source_tells_what_is_known_of_it(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        library.put(Source("https://a.test", "T", "word " * 600, "A. Field", "2024-02-06", "en", "CC BY 4.0", "paper"))
        (held,) = contracts.sources(library)["sources"]
    assert held == {
        "url": "https://a.test", "title": "T", "author": "A. Field", "kind": "paper", "chapter": None,
        "published": "2024-02-06", "language": "en", "licence": "CC BY 4.0", "archived": False, "words": 600,
        "minutes": 3, "twin_of": None,
    }  # fmt: skip
