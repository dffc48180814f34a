"""Quotes of the library: exact spans, under their heading, with the link to the place."""

from pathlib import Path

from tutor.citing import cited, found
from tutor.library import Library
from tutor.passages import Source

URL = "https://otters.test/diving"
TEXT = (
    "# Otters\n\nOtters swim.\n\n## Diving\n\nAn otter dives for a minute. An otter dives for a minute. Then it rests."
)


def test_a_text_is_found_where_it_first_stands(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        library.put(Source(url=URL, title="Otters", text=TEXT, times=((0, 0.0), (TEXT.index("An otter"), 12.0))))
        quote = found(library, URL, "An otter dives for a minute.")
        assert quote is not None
        assert (quote.start, quote.heading, quote.title) == (TEXT.index("An otter"), "Diving", "Otters")
        assert TEXT[quote.start : quote.end] == quote.text
        assert quote.second == 12
        assert quote.link.startswith(URL)
        assert found(library, URL, "An otter flies.") is None
        assert found(library, "https://otters.test/none", "An otter") is None


def test_a_span_of_a_passage_is_the_same_quote(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        library.put(Source(url=URL, title="Otters", text=TEXT))
        start = TEXT.index("Then it rests.")
        held = next(
            h for h in library.held(library.passages_of(1)).values() if h.passage.start <= start < h.passage.end
        )
        assert cited(held, start, start + len("Then it rests."), library) == found(library, URL, "Then it rests.")
