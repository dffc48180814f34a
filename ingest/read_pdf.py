"""
Reading a PDF: from bytes to paragraphs, with the offset at which each page begins.

Lines are joined into paragraphs, words broken at a line's end are made whole, running heads, page numbers and stamps
are dropped, numbered and named section titles (and those of the PDF's own outline) become headings.
Knows nothing of fetching and storing. Bounded in pages, time and letters.
Not covered: scanned pages (they are refused), tables (they come as lines), formulas (as the letters they consist of).
"""

import io
import logging
import re
import statistics
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.links import kind_of
from ingest.metadata import iso_date
from ingest.page import Page
from tutor.errors import ReadingError
from tutor.visible import visible

MOST_PAGES = 1_500
MOST_SECONDS = 90.0  # under the time of a whole page (ingest.workers), so that the reason can name the pages
MOST_LETTERS = 8_000_000
FEWEST_LETTERS = 40  # a page on average; below, the pages are pictures of text
EDGE = 2  # lines at the top and bottom of a page among which running heads are looked for
LONGEST_HEADING = 80  # characters
SHORT_LINE = 0.8  # of the usual width; a sentence that ends on a shorter line ends its paragraph

LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
                           "\u00a0": " ", "\u00ad": "-", "\u2010": "-", "\u2011": "-", "\u200b": ""})  # fmt: skip
PAGE_NUMBER = re.compile(r"\W{0,3}(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/)\s*\d{1,4})?\W{0,3}", re.IGNORECASE)
STAMP = re.compile(r"arXiv:\s?\S+\s+\[[\w.-]+\]\s+(?P<date>\d{1,2} \w{3,9} \d{4})")
NUMBERED = re.compile(r"(?P<number>(?:\d{1,2}|[A-H])(?:\.\d{1,2}){0,3})\.?\s+(?P<title>[A-Z][^.!?=]*[^\s.!?=,;:])")
NAMED = frozenset(("abstract", "introduction", "conclusion", "conclusions", "references", "bibliography", "discussion",
                   "acknowledgements", "acknowledgments", "appendix", "related work", "background", "contents",
                   "experiments", "results", "limitations", "preface"))  # fmt: skip
STARTS_ANEW = re.compile(
    r"(?:[•◦▪‣∗*–-]|\(?\d{1,2}[.)]|\[\d{1,3}\]|(?:Figure|Table|Algorithm|Theorem|Lemma|Definition)\s+\d)\s*\S"
)
ENDS_SENTENCE = re.compile(r"[.!?:][\"”’')\]\d]{0,3}$")
BROKEN_WORD = re.compile(r"([^\W\d_]{1,40})-$")
JUNK_TITLE = re.compile(r"^(?:untitled|microsoft word\b.*|.*\.(?:docx?|tex|dvi|pdf|indd)|\W*)$", re.IGNORECASE)
FAILURES = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError, OverflowError,
            NotImplementedError, OSError)  # fmt: skip  # what damaged files raise inside pypdf


def read_pdf(body: bytes, *, url: str) -> Page:
    """
    The page that this PDF is.

    ReadingError: broken PDF, encrypted PDF, scanned PDF, too many pages, takes too long.
    """
    raw, facts = _pages_of(body)
    letters = sum(sum(map(str.isalpha, page)) for page in raw)
    if letters < FEWEST_LETTERS * max(1, len(raw)):
        raise ReadingError("failed", "scanned PDF: it has no text")
    stamp = STAMP.search("\n".join(raw[:2]))
    pages = without_running_heads([lines_of(page) for page in raw])
    title = facts.title or next((line for page in pages for line in page), "")
    text, starts = composed(pages, title=title, outline=facts.outline)
    return Page(
        url=url,
        title=title,
        text=text,
        kind=kind_of(url) if kind_of(url) in ("book", "course") else "paper",
        author=facts.author,
        published=(iso_date(stamp["date"]) if stamp else None) or facts.created,
        pages=starts,
    )


# --------------------------------------------------------------------------------------
# What pypdf gives
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the file says of itself: section titles with their level, from 1, in `outline`."""

    title: str = ""
    author: str | None = None
    created: str | None = None
    outline: dict[str, int] = field(default_factory=dict)


def _pages_of(body: bytes) -> tuple[list[str], _Facts]:
    """The text of each page as it stands in the file, and the file's facts."""
    import pypdf
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity it could repair
    until = time.monotonic() + MOST_SECONDS
    try:
        reader = pypdf.PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ReadingError("blocked", "encrypted PDF: it needs a password")
        count = len(reader.pages)
        if count > MOST_PAGES:
            raise ReadingError("failed", f"too many pages ({count})")
        pages: list[str] = []
        for page in reader.pages:
            pages.append(_text_of(page))
            if time.monotonic() > until or sum(map(len, pages)) > MOST_LETTERS:
                raise ReadingError("failed", f"takes too long to read ({len(pages)} of {count} pages)")
        if not pages:
            raise ReadingError("failed", "broken PDF: it has no pages")
        return pages, _facts_of(reader)
    except DependencyError:
        raise ReadingError("blocked", "encrypted PDF: its encryption is not supported") from None
    except (PyPdfError, *FAILURES) as error:
        raise ReadingError("failed", "broken PDF") from error


def _text_of(page: Any) -> str:
    """The text of a page; a page that cannot be read is empty, the others still count."""
    try:
        return str(page.extract_text())
    except FAILURES:
        return ""


def _facts_of(reader: Any) -> _Facts:
    try:
        about = reader.metadata or {}
        title, author = str(about.get("/Title") or ""), str(about.get("/Author") or "")
        made = re.match(r"D:(\d{4})(\d\d)?(\d\d)?", str(about.get("/CreationDate") or ""))
    except FAILURES:
        title, author, made = "", "", None
    title = "" if JUNK_TITLE.match(title.strip()) else _clean(title)
    created = iso_date("-".join(part for part in made.groups() if part)) if made else None
    return _Facts(title or _largest_text(reader), _clean(author) or None, created, _outline_of(reader))


def _largest_text(reader: Any) -> str:
    """The words in the largest letters at the top of the first page: the title, where letters differ in size."""
    pieces: list[tuple[float, str]] = []

    def seen(text: str, _matrix: list[float], at: list[float], _font: Any, size: float) -> None:
        if text.strip() and at[3]:  # what stands upright; a stamp in the margin does not
            pieces.append((round(abs(size * at[3]), 1), text))

    try:
        reader.pages[0].extract_text(visitor_text=seen)
    except FAILURES:
        return ""
    sizes = sorted({size for size, text in pieces[:60] if sum(map(str.isalpha, text)) > 3}, reverse=True)
    usual = Counter(size for size, _ in pieces).most_common(1)
    if not sizes or not usual or sizes[0] <= usual[0][0] * 1.1:
        return ""
    title = _clean(" ".join(text for size, text in pieces[:60] if abs(size - sizes[0]) < 0.2))
    return title if 4 <= len(title) <= 200 and not STAMP.search(title) else ""


def _outline_of(reader: Any) -> dict[str, int]:
    """The titles in the file's outline, in letters only, with their level."""
    found: dict[str, int] = {}
    try:
        waiting: list[tuple[Any, int]] = [(item, 1) for item in reader.outline]
        while waiting and len(found) < 2_000:
            item, level = waiting.pop(0)
            if isinstance(item, list):
                waiting = [(inner, level + 1) for inner in item] + waiting
            elif key := _key(str(item.title)):
                found.setdefault(key, level)
    except FAILURES:
        pass
    return found


# --------------------------------------------------------------------------------------
# Lines
# --------------------------------------------------------------------------------------


def _clean(line: str) -> str:
    """One line: ligatures taken apart, NFC, single spaces."""
    line = visible(unicodedata.normalize("NFC", line.translate(LIGATURES)))
    return " ".join("".join(letter for letter in line if letter.isprintable() or letter == "\t").split())


def _key(line: str) -> str:
    """A title in letters and digits only."""
    return re.sub(r"[\W_]+", "", line).lower()


def lines_of(page: str) -> list[str]:
    """The lines of a page that are not empty and no stamp of an archive."""
    lines = [_clean(line) for line in page.splitlines()]
    return [line for line in lines if line and not STAMP.match(line)]


def without_running_heads(pages: Sequence[list[str]]) -> list[list[str]]:
    """The pages without the lines that return at their tops and bottoms, and without page numbers there."""

    def pattern(line: str) -> str:
        return re.sub(r"\d+", "#", line.lower())

    edges = Counter(
        pattern(line) for page in pages for line in {pattern(at): at for at in (*page[:EDGE], *page[-EDGE:])}.values()
    )
    needed = max(3, len(pages) * 0.25)  # left and right pages often differ
    returning = {line for line, count in edges.items() if count >= needed and len(line) > 2}
    kept = []
    for page in pages:
        first, last = 0, len(page)
        for _ in range(EDGE):
            if first < last and _is_margin(page[first], returning, pattern):
                first += 1
            if last > first and _is_margin(page[last - 1], returning, pattern):
                last -= 1
        kept.append(page[first:last])
    return kept


def _is_margin(line: str, returning: set[str], pattern: Any) -> bool:
    return pattern(line) in returning or PAGE_NUMBER.fullmatch(line) is not None


# --------------------------------------------------------------------------------------
# Paragraphs
# --------------------------------------------------------------------------------------


def composed(
    pages: Sequence[list[str]], *, title: str = "", outline: dict[str, int] | None = None
) -> tuple[str, tuple[int, ...]]:
    """
    The text of these pages of lines, and the offset in it at which each page begins.

    A paragraph may run on over the end of a page; its next page then begins in the middle of it.
    """
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(line for page in pages for line in page).lower()))
    headings = _Headings(title, outline or {})
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    before, width = "", 80.0  # the line before; how wide a full line is
    for page in pages:
        long = [len(line) for line in page if len(line) > 30]
        width = statistics.median(long) if len(long) > 3 else width
        starts.append(-1)
        for line, level in headings.of(page):
            glue = _glue(before, line, width, level, words)
            if glue == "-":  # the word goes on: its hyphen belongs to the line, not to the word
                pieces[-1], glue, length = pieces[-1][:-1], "", length - 1
            glue = glue if pieces else ""
            if starts[-1] < 0:
                starts[-1] = length + len(glue)
            pieces.append(f"{glue}{'#' * level} {line}" if level else glue + line)
            length += len(pieces[-1])
            before = "" if level else line
        if starts[-1] < 0:
            starts[-1] = length
    return "".join(pieces), tuple(starts)


def _glue(before: str, line: str, width: float, level: int, words: Counter[str]) -> str:
    """What stands between two lines: a paragraph's end, a space, nothing, or "-" for a hyphen to be taken away."""
    if not before or level or STARTS_ANEW.match(line):
        return "\n\n"
    if broken := BROKEN_WORD.search(before[-42:]):
        head, tail = broken[1].lower(), re.match(r"[^\W\d_]*(?:-[^\W\d_]+)*", line)
        rest = tail[0] if tail else ""
        if not rest or rest[0].isupper():
            return ""
        whole, hyphenated = words[head + rest.lower()], words[f"{head}-{rest.lower()}"]
        return "" if hyphenated > whole or "-" in rest else "-"
    short = len(before) < SHORT_LINE * width
    if short and (ENDS_SENTENCE.search(before[-6:]) or line[0].isupper() or line[0].isdigit()):
        return "\n\n"
    return " "


class _Headings:
    """Tells headings from other lines; numbered ones must follow the number before them."""

    def __init__(self, title: str, outline: dict[str, int]) -> None:
        self._title, self._outline = _key(title), outline
        self._number: tuple[int, ...] = (0,)

    def of(self, page: Sequence[str]) -> Iterator[tuple[str, int]]:
        """The lines of a page with the level of their heading, 0 for none; the title's lines are put together."""
        at = 0
        while at < len(page):
            taken = self._title_lines(page[at : at + 4])
            if taken:
                yield " ".join(page[at : at + taken]), 1
                at += taken
            else:
                yield page[at], self._level(page[at])
                at += 1

    def _title_lines(self, lines: Sequence[str]) -> int:
        """How many of these lines are the title, which is looked for once; 0 if it is not here."""
        for count in range(1, len(lines) + 1):
            if self._title and _key(" ".join(lines[:count])) == self._title:
                self._title = ""
                return count
        return 0

    def _level(self, line: str) -> int:
        if len(line) > LONGEST_HEADING or sum(map(str.isalpha, line)) < 3:
            return 0
        if level := self._outline.get(_key(line)):
            self._note(line)
            return min(level + 1, 6)
        if line.lower().rstrip(".:") in NAMED and line[0].isupper():
            return 2
        found = NUMBERED.fullmatch(line)
        if found and found["number"][0].isdigit() and len(found["title"].split()) <= 12 and _is_worded(found["title"]):
            number = tuple(map(int, found["number"].split(".")))
            if self._follows(number):
                self._number = number
                return min(len(number) + 1, 6)
        return 0

    def _note(self, line: str) -> None:
        found = NUMBERED.fullmatch(line)
        if found and found["number"][0].isdigit():
            self._number = tuple(map(int, found["number"].split(".")))

    def _follows(self, number: tuple[int, ...]) -> bool:
        """Whether a section number is the one after the last one, at any depth."""
        last = self._number
        nexts = {(*last[:depth], last[depth] + 1) for depth in range(len(last))}
        return number in nexts or number == (*last, 1)


def _is_worded(title: str) -> bool:
    """Whether a line is words, not the row of a table."""
    letters = sum(letter.isalpha() or letter == " " for letter in title)
    return letters >= 0.85 * len(title)
