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
# A table's header longer than this is not repeated above the rows that had to be cut off from it.
MOST_WORDS_ABOVE = 60
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
    """
    A stretch of one source under its heading path, short enough to quote: `text == source.text[start:end]`.

    `above`: where a table had to be cut, the header of the rows that `text` begins with. It is read with them
    (searched, encoded, shown to the Writer) and is no part of what is quoted.
    """

    start: int
    end: int
    heading: str  # "Title > Part > Subpart", without the source's own title
    text: str
    above: str = ""


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
    above: str = ""  # of rows of a table, its header, where that is not in `text`

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
    Passages of 100 to 200 words in order, cut between sentences and at headings; code blocks and formulas stay whole,
    and where a table is cut, its header goes with the rows.

    A passage never crosses a heading. Headings stand in the path of the passages below them and not in a passage;
    otherwise every sentence of `text` is in exactly one passage. A first heading that only repeats the source's `title`
    is left out of the path.
    """
    passages: list[Passage] = []
    for path, body in _parts(sentences(text), text):
        heading = " > ".join(path[1:] if title and path and path[0].casefold() == title.strip().casefold() else path)
        heads = headers(text, body)
        for first, last in _grouped(body, text):
            start, end = body[first].start, body[last].end
            passages.append(Passage(start, end, heading, text[start:end], heads[first]))
    return passages


def headers(text: str, spans: Sequence[Span], above: str = "") -> list[str]:
    """
    For each span its table's header, where it is a row below one, and "" for everything else.

    `spans` are sentences of `text` that follow one another; `above` is the header of the rows they begin with.
    """
    found: list[str] = []
    head, below = above, 0 if above else len(spans)  # the rows from number `below` on stand under `head`
    for i, span in enumerate(spans):
        if span.block is not Block.TABLE:
            head = ""
        elif not (i == 0 and above) and not _goes_on(text, spans, i):
            ruled = i + 1 < len(spans) and _goes_on(text, spans, i + 1) and _is_rule(text, spans[i + 1])
            head = text[span.start : spans[i + 1].end] if ruled else ""
            below = i + 2
        found.append(head if i >= below and len(head.split()) <= MOST_WORDS_ABOVE else "")
    return found


def _goes_on(text: str, spans: Sequence[Span], i: int) -> bool:
    """Whether row `i` belongs to the same table as the span before it."""
    before, span = spans[i - 1], spans[i]
    return i > 0 and before.block is span.block is Block.TABLE and text.count("\n", before.end, span.start) == 1


def _is_rule(text: str, span: Span) -> bool:
    """Whether a row is the line between a table's header and its rows."""
    row = text[span.start : span.end]
    return "-" in row and not row.strip("|:- \t")


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
    Numbers of the first and the last span of each passage of one part: full ones first, and a rest too short to stand
    alone joins the one before.

    A formula or a code block clings to the sentence before it, which introduces it; a table's first row to its header.
    """
    groups: list[list[int]] = []
    sizes = [_words(text, span) for span in body]
    words = 0
    for i, span in enumerate(body):
        needs = sum(sizes[i : i + 3]) if i + 1 < len(body) and _opens_table(text, body, i) else sizes[i]
        clings = span.block in (Block.FORMULA, Block.CODE) and bool(groups) and words + needs <= MOST_WORDS
        clings = clings or any(_opens_table(text, body, n) for n in (i - 1, i - 2))
        paragraph = i > 0 and text.count("\n", body[i - 1].end, span.start) > 1
        full = words + needs > MOST_WORDS or (words >= AIM_WORDS and (paragraph or words + needs > AIM_WORDS * 1.2))
        if not groups or (full and not clings):
            groups.append([])
            words = 0
        groups[-1].append(i)
        words += sizes[i]
    if len(groups) > 1:
        last, before = (sum(sizes[i] for i in group) for group in (groups[-1], groups[-2]))
        if last < LEAST_WORDS and last + before <= MOST_WORDS * 1.2:
            groups[-2:] = [groups[-2] + groups[-1]]
    for group in groups:
        yield group[0], group[-1]


def _opens_table(text: str, body: Sequence[Span], i: int) -> bool:
    """Whether span `i` is the header of a table, with the line below it."""
    return 0 <= i < len(body) - 1 and _goes_on(text, body, i + 1) and _is_rule(text, body[i + 1])


def _words(text: str, span: Span) -> int:
    return len(re.findall(r"\S+", text[span.start : span.end]))
