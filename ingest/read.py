"""
Reading what was fetched: bytes of any kind to a Page of text.

Chooses the reader by what the bytes are, not only by what they are called. Knows nothing of fetching and storing.
"""

import re
import unicodedata
from urllib.parse import urljoin

from ingest.fetch import Fetched
from ingest.links import kind_of, original_of
from ingest.page import Link, Page
from ingest.read_html import FEWEST_WORDS, decoded, first_heading, read_html
from ingest.read_pdf import read_pdf
from tutor.errors import ReadingError

# Grows when pages are read better, so that those which an older reader read are read again from their kept bytes.
READER = 1

__all__ = ["Link", "Page", "read", "read_text"]

# Every repetition has an end: a line may be megabytes of brackets.
TARGET = (
    r"\(\s{0,3}<?([^()\s<>]{0,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,200}){0,3})>?"
    r"(?:\s{1,3}\"[^\"\n]{0,200}\")?\s{0,3}\)"
)
MARKDOWN_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]" + TARGET)
MARKDOWN_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,300})\]" + TARGET)
BARE_ADDRESS = re.compile(r"<?(https?://[^\s<>\"')\]]{1,2000})>?")
EMPHASIS = re.compile(r"(?<![\w*])(\*\*\*|\*\*|\*|___|__)(?=\S)([^*\n]{1,300}?)(?<=\S)\1(?![\w*])")
FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")


def read(fetched: Fetched) -> Page:
    """
    The page in what was fetched.

    `Page.url` is the original address that answered: of an archived copy the one it is a copy of.
    ReadingError when it is not a page of text (see `read_html`, `read_pdf`), or was unchanged and so has no bytes.
    """
    if fetched.unchanged:
        raise ReadingError("failed", "unchanged: there is nothing new to read")
    url = original_of(fetched.final_url)
    body, kind = fetched.body, fetched.content_type.partition(";")[0].strip().lower()
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return read_pdf(body, url=url)
    if "pdf" in kind:
        raise ReadingError("failed", "empty" if not body.strip() else "broken PDF")
    if kind in ("text/plain", "text/markdown", "text/x-markdown") and not _looks_like_html(body):
        return read_text(decoded(body, fetched.content_type), url=url)
    return read_html(body, url=url, content_type=fetched.content_type)


def _looks_like_html(body: bytes) -> bool:
    return re.match(rb"\s*(?:<!doctype html|<html)", body[:512], re.IGNORECASE) is not None


def read_text(text: str, *, url: str) -> Page:
    """
    A page of plain text or Markdown: links and images taken out (the links kept apart), code left as it is.

    ReadingError when there are too few words.
    """
    links: list[Link] = []
    heading, fence = "", ""
    lines: list[str] = []
    for line in unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        mark = FENCE.match(line)
        if fence or mark:
            fence = "" if fence and mark and mark[1].startswith(fence) else fence or (mark[1] if mark else "")
            lines.append(line.rstrip())
            continue
        if found := re.match(r"#{1,6}\s+(.*?)\s*#*$", line):
            heading = MARKDOWN_LINK.sub(r"\1", found[1])
        links += _links_in(line, url, heading)
        line = MARKDOWN_LINK.sub(r"\1", MARKDOWN_IMAGE.sub("", line))
        lines.append(EMPHASIS.sub(r"\2", line).rstrip())
    clean = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if len(clean.split()) < FEWEST_WORDS:
        raise ReadingError("failed", "no readable text" if clean else "empty")
    return Page(url=url, title=first_heading(clean), text=clean, kind=kind_of(url), links=tuple(links))


def _links_in(line: str, base: str, heading: str) -> list[Link]:
    """The links of a line, those of Markdown and bare addresses, in their order."""
    found = [(at.start(), at[2], at[1]) for at in MARKDOWN_LINK.finditer(line)]
    taken = [at.span() for at in (*MARKDOWN_LINK.finditer(line), *MARKDOWN_IMAGE.finditer(line))]
    for at in BARE_ADDRESS.finditer(line):
        if not any(start <= at.start() < end for start, end in taken):
            address = at[1].rstrip(".,:;!?")
            found.append((at.start(), address, address))
    kept = []
    for _, address, words in sorted(found):
        if address and not address.startswith("#"):
            try:
                kept.append(Link(urljoin(base, address), words, heading))
            except ValueError:
                continue  # an address that cannot be understood leads nowhere
    return kept
