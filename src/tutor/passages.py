"""
Sources, passages and quotes; and cutting a source's text into passages.

Text in, passages with exact offsets out. Knows nothing of HTML, vectors or the database.
Not covered: a single sentence, code block or formula longer than a passage is kept whole all the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutor.sentences import Block, Span, sentences

# Words a passage aims at and may not pass (unless one block alone does). 100-200 gives sharper citations than larger
# ones at the same prompt length (docs/design.md).
AIM_WORDS = 130
MOST_WORDS = 200
LEAST_WORDS = 40
# Code in fences and displayed formulas: what is read slowly.
_DENSE = re.compile(r"^```.*?^```|\$\$.*?\$\$|^\\\[.*?\\\]", re.MULTILINE | re.DOTALL)


# Adults read English non-fiction silently at 238 words a minute (mean of 190 studies: M. Brysbaert, Journal of Memory
# and Language 109, 2019). What is read to be understood goes slower, so 200; the words of code and of displayed
# formulas at half of that, which is our own estimate.
WORDS_A_MINUTE = 200
DENSE_WORDS_A_MINUTE = 100


@dataclass(frozen=True, slots=True)
class Source:
    """
    Something read: a page, a paper, a note. `text` is light Markdown; every offset in the tutor counts its characters.

    `pages` holds, for a PDF, the offset where each page begins; `times`, for a transcript, pairs of an offset and the
    second of the video at which the words from there on are said; the last pair is the end.
    """

    url: str
    title: str
    text: str
    author: str | None = None
    published: str | None = None  # ISO date
    language: str | None = None
    licence: str | None = None
    kind: str = "article"
    chapter: str | None = None  # id of the handbook chapter it serves, where there is one
    pages: tuple[int, ...] = ()
    times: tuple[tuple[int, float], ...] = ()
    archived: bool = False

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def minutes(self) -> int:
        """About how long it takes: a video its length, everything else its reading; at least 1."""
        seconds = self.times[-1][1] if self.times else reading_seconds(self.text)
        return max(1, round(seconds / 60))


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one source under its heading path, short enough to quote: `text == source.text[start:end]`."""

    start: int
    end: int
    heading: str  # "Title > Part > Subpart", without the source's own title
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """
    An exact span of a source's text: `source.text[start:end] == text`. `link` opens the original at the quote.

    `page` is where it begins in a PDF, from 1; `second`, in a video. `as_of`: where the page is gone by now, the day on
    which it was read (ISO date).
    """

    url: str
    title: str
    heading: str
    text: str
    start: int
    end: int
    link: str
    source: int  # the library's number for the source
    page: int | None = None
    second: int | None = None
    as_of: str | None = None

    @property
    def spot(self) -> str:
        """Where in its source the quote stands, as a citation says it: "p. 7", "12:34"; "" where that has no name."""
        if self.page is not None:
            return f"p. {self.page}"
        return "" if self.second is None else clock(self.second)


def reading_seconds(text: str) -> float:
    """About how long it takes to read a text of light Markdown: prose, and more slowly its code and formulas."""
    dense = sum(len(block.split()) for block in _DENSE.findall(text))
    return 60 * ((len(text.split()) - dense) / WORDS_A_MINUTE + dense / DENSE_WORDS_A_MINUTE)


def clock(seconds: float) -> str:
    """12:34, 1:02:03."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def split(text: str, title: str = "") -> list[Passage]:
    """
    Passages of 100 to 200 words in order, cut between sentences and at headings; code blocks and formulas stay whole.

    A passage never crosses a heading. Headings stand in the path of the passages below them and not in a passage;
    otherwise every sentence of `text` is in exactly one passage. A first heading that only repeats the source's `title`
    is left out of the path.
    """
    passages: list[Passage] = []
    for path, body in _parts(sentences(text), text):
        heading = " > ".join(path[1:] if title and path and path[0].casefold() == title.strip().casefold() else path)
        for start, end in _grouped(body, text):
            passages.append(Passage(start, end, heading, text[start:end]))
    return passages


def _parts(spans: Sequence[Span], text: str) -> Iterator[tuple[tuple[str, ...], list[Span]]]:
    """What stands under each heading, with the heading's path."""
    path: list[tuple[int, str]] = []
    body: list[Span] = []
    for span in spans:
        if span.block is not Block.HEADING:
            body.append(span)
            continue
        if body:
            yield tuple(name for _, name in path), body
            body = []
        level, name = _heading(text[span.start : span.end])
        path = [*((over, n) for over, n in path if over < level), (level, name)]
    if body:
        yield tuple(name for _, name in path), body


def _heading(line: str) -> tuple[int, str]:
    """Level and name of a heading. Closing marks are not part of the name ("# C #"), but "# C#" is about C#."""
    bare = line.lstrip("#")
    name = bare.strip()
    unmarked = name.rstrip("#")
    if not unmarked or unmarked[-1].isspace():
        name = unmarked.strip()
    return len(line) - len(bare), name


def _grouped(body: Sequence[Span], text: str) -> Iterator[tuple[int, int]]:
    """
    Offsets of the passages of one part: full ones first, and a rest too short to stand alone joins the one before.

    A formula or a code block clings to the sentence before it, which introduces it.
    """
    groups: list[list[Span]] = []
    words = 0
    for i, span in enumerate(body):
        size = _words(text, span)
        clings = span.block in (Block.FORMULA, Block.CODE) and bool(groups) and words + size <= MOST_WORDS
        paragraph = i > 0 and text.count("\n", body[i - 1].end, span.start) > 1
        full = words + size > MOST_WORDS or (words >= AIM_WORDS and (paragraph or words + size > AIM_WORDS * 1.2))
        if not groups or (full and not clings):
            groups.append([])
            words = 0
        groups[-1].append(span)
        words += size
    if len(groups) > 1:
        last, before = (sum(_words(text, span) for span in group) for group in (groups[-1], groups[-2]))
        if last < LEAST_WORDS and last + before <= MOST_WORDS * 1.2:
            groups[-2:] = [groups[-2] + groups[-1]]
    for group in groups:
        yield group[0].start, group[-1].end


def _words(text: str, span: Span) -> int:
    return len(re.findall(r"\S+", text[span.start : span.end]))
