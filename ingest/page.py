"""
What reading a page gives: the values that `read`, `read_html` and `read_pdf` share.

Knows nothing of how a page is fetched, read or stored.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

# From so many links to other places on, and with at most so many words to each, a page is a reading list.
LIST_LINKS = 12
LIST_WORDS_PER_LINK = 160


@dataclass(frozen=True, slots=True)
class Link:
    """
    A link in the text of a page: its absolute address, its words, and the heading it stands under.

    `start` is where its words stand in the page's text; -1 where they are not in it as they are.
    """

    url: str
    text: str
    heading: str = ""
    start: int = -1


@dataclass(frozen=True, slots=True)
class Page:
    """
    A page as text, and what it says of itself.

    `text` is light Markdown: headings as `#` lines, code in fences with its language, inline code in backquotes,
    formulas as LaTeX between dollars or in the delimiters the page used, tables with pipes, lists; no links,
    images or emphasis. NFC, no trailing blanks, at most one empty line outside of code.
    `published` is an ISO date (YYYY-MM-DD, or YYYY-MM or YYYY where a page says no more). `pages` holds, for a PDF,
    the character offset in `text` at which each page begins (empty otherwise); `times`, for a transcript, pairs of an
    offset and the second at which the words from there on are said. `canonical` is the address that
    the page itself names as its own, where that differs from the address it was read at.
    `more` is an address whose answer belongs to the page and is to be read with it (`Fetched.part`): a video's
    captions; until then the page has no text. `seconds` is the length of a video.
    `below` holds, for the front page of a folder, the addresses in that folder that it links to, from its menus too;
    `next` is the page that a page of a book names as the one after it.
    """

    url: str
    title: str
    text: str
    kind: str = "article"
    author: str | None = None
    published: str | None = None
    language: str | None = None
    licence: str | None = None
    pages: tuple[int, ...] = ()
    times: tuple[tuple[int, float], ...] = ()
    links: tuple[Link, ...] = ()
    canonical: str | None = None
    more: str | None = None
    seconds: float | None = None
    below: tuple[str, ...] = ()
    next: str | None = None

    @property
    def words(self) -> int:
        """The number of words in the text."""
        return len(self.text.split())


def is_reading_list(page: Page) -> bool:
    """Whether a page is there for its links: many of them to other places, and few words to each."""
    host = urlsplit(page.url).netloc
    away = {link.url for link in page.links if link.url.startswith("http") and urlsplit(link.url).netloc != host}
    return len(away) >= LIST_LINKS and page.words / len(away) <= LIST_WORDS_PER_LINK


def is_short_list(page: Page) -> bool:
    """Whether a file is a list, though one with few links."""
    links = len({link.url for link in page.links})
    return page.url.startswith("file:") and links > 2 and page.words / links <= LIST_WORDS_PER_LINK / 2
