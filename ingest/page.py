"""
What reading a page gives: the values that `read`, `read_html` and `read_pdf` share.

Knows nothing of how a page is fetched, read or stored.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the text of a page: its absolute address, its words, and the heading it stands under."""

    url: str
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """
    A page as text, and what it says of itself.

    `text` is light Markdown: headings as `#` lines, code in fences with its language, inline code in backquotes,
    formulas as LaTeX between dollars or in the delimiters the page used, tables with pipes, lists; no links,
    images or emphasis. NFC, no trailing blanks, at most one empty line outside of code.
    `published` is an ISO date (YYYY-MM-DD, or YYYY-MM or YYYY where a page says no more). `pages` holds, for a PDF,
    the character offset in `text` at which each page begins (empty otherwise). `canonical` is the address that
    the page itself names as its own, where that differs from the address it was read at. `below` holds, for the index
    page of a folder, the addresses in that folder that it links to, from its menus too.
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
    links: tuple[Link, ...] = ()
    canonical: str | None = None
    below: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        """The number of words in the text."""
        return len(self.text.split())
