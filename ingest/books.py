"""
Books and courses by page: what the front page of a folder leads to in that folder, and which page comes next.

Asks a page's links only, those of its menus too, before anything is taken out of it. Whether a page is a book, and how
many of its pages are read, is for the pipeline to say.
"""

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from ingest.blocks import Element
from ingest.links import CODE_HOSTS, skip_reason, source_key

MOST_BELOW = 200  # addresses that are kept of a front page; far more than are read
INDEX_PAGES = ("index.html", "index.htm")
# Pages that a book's tools make, and that hold nothing to learn from.
NO_PARTS = re.compile(
    r"/(?:_?static|_?sources|assets|login|signup|tags?|category|feed|search)(?:/|$)|/page/\d+/?$"
    r"|/(?:genindex|py-modindex|search|print|404|changelog|zreferences)(?:\.html)?$",
    re.IGNORECASE,
)


def folder_of(url: str) -> str | None:
    """
    The folder whose front page an address is: "https://a.test/book/" for that, for its index.html, and without the last
    slash. None for a page within a folder (its name has an ending) and for code hosts, whose folders are no books.
    """
    parts = urlsplit(url)
    above, _, name = parts.path.rpartition("/")
    if parts.hostname in CODE_HOSTS or not parts.netloc:
        return None
    if name and name not in INDEX_PAGES:
        if re.search(r"\.\w{1,5}$", name):
            return None
        above = parts.path
    return f"{parts.scheme}://{parts.netloc}{above}/"


def is_within(url: str, book: str) -> bool:
    """Whether an address lies in the folder whose front page `book` is; http and https are the same here."""
    own = folder_of(book)
    return own is not None and _bare(url).startswith(_bare(own))


def _bare(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url)


def script_source(body: bytes, url: str) -> str | None:
    """
    Where the text of a page lies that a script would have fetched; None where nobody can know.

    docsify, with which many courses are published, shows the README.md of the page's folder.
    """
    return urljoin(url, "README.md") if b"docsify" in body[:100_000] else None


def pages_below(tree: Element, url: str) -> tuple[str, ...]:
    """Of a folder's front page: the pages in that folder that it links to, in their order, each once."""
    if folder_of(url) is None:
        return ()
    return parts_among((_absolute(tree, url, str(href)) or "" for href in tree.xpath("//a/@href")), url)


def parts_among(links: Iterable[str], url: str) -> tuple[str, ...]:
    """Of these addresses the pages that lie in the folder whose front page `url` is, each once."""
    own = folder_of(url)
    if own is None:
        return ()
    found: dict[str, str] = {}
    front = {source_key(own), source_key(url)}
    for link in links:
        if is_within(link, url) and not NO_PARTS.search(urlsplit(link).path) and skip_reason(link) is None:
            key = source_key(link)
            if key not in front:
                found.setdefault(key, link)
    return tuple(found.values())[:MOST_BELOW]


def page_after(tree: Element, url: str) -> str | None:
    """The page that a page names as the next one, on the same host; None if it names none."""
    hrefs = tree.xpath("(//link|//a)[contains(concat(' ',normalize-space(@rel),' '),' next ')]/@href")
    link = _absolute(tree, url, str(hrefs[0])) if hrefs else None
    return link if link and urlsplit(link).netloc == urlsplit(url).netloc and link != url else None


def _absolute(tree: Element, url: str, href: str) -> str | None:
    """The address without its fragment and its query; None for one that cannot be understood."""
    base = urljoin(url, str(tree.xpath("string(//base/@href)")))
    try:
        parts = urlsplit(urljoin(base, href.strip()))
    except ValueError:
        return None
    return parts._replace(query="", fragment="").geturl() if parts.scheme in ("http", "https") else None
