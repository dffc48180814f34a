"""
Sentences of a light Markdown text, with exact offsets.

Knows Markdown's blocks well enough never to cut a code fence, a displayed formula or a table row; knows nothing of
passages, search or models. Not covered: languages without spaces after a full stop (Chinese, Japanese) are cut at
their own full stops only.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Block(StrEnum):
    """What a stretch of Markdown is."""

    HEADING = "heading"
    PROSE = "prose"
    LIST = "list"
    CODE = "code"
    FORMULA = "formula"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of some text; `block` is what it stands in."""

    start: int
    end: int
    block: Block


_HEADING = re.compile(r"#{1,6} +\S")
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r" *(?:[-*+•]|\d{1,3}[.)]) +\S")
_TABLE_ROW = re.compile(r" *\|.*\| *$")

# A full stop after one of these ends no sentence.
_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "eg",
        "ie",
        "etc",
        "cf",
        "vs",
        "al",
        "fig",
        "figs",
        "eq",
        "eqs",
        "sec",
        "ch",
        "chap",
        "no",
        "nos",
        "vol",
        "pp",
        "p",
        "ref",
        "refs",
        "resp",
        "approx",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "jr",
        "sr",
        "inc",
        "ltd",
        "co",
        "dept",
        "est",
        "ca",
        "viz",
        "a.k.a",
        "aka",
        "w.r.t",
        "wrt",
        "i.i.d",
        "iid",
        "s.t",
    ]
)
_END = re.compile(r"[.!?…]+[\"'”’)\]*_`]*(?=\s)|[。！？]+[”’」』）]*")
_STARTS_LOWER = re.compile(r"\s+[a-z]")
_WORD_BEFORE = re.compile(r"([A-Za-z](?:[A-Za-z.]*[A-Za-z])?)$")
_INITIAL = re.compile(r"(?:^|[\s(])[A-Z]$")


def blocks(text: str) -> Iterator[Span]:
    """The blocks of `text` in order: no two overlap, and all that is between them is white space."""
    lines = list(_lines(text))
    i = 0
    while i < len(lines):
        start, end = lines[i]
        line = text[start:end]
        if not line.strip():
            i += 1
            continue
        kind, last = _block_at(text, lines, i)
        yield Span(start, lines[last][1], kind)
        i = last + 1


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _block_at(text: str, lines: list[tuple[int, int]], i: int) -> tuple[Block, int]:
    """Kind of the block that begins at line `i`, and the number of its last line."""

    def line(n: int) -> str:
        return text[lines[n][0] : lines[n][1]]

    first = line(i)
    if fence := _FENCE.match(first):
        return Block.CODE, _line_of_end(lines, i, lambda n: line(n).strip().startswith(fence[1]))
    if first.strip().startswith("$$"):
        if first.strip().endswith("$$") and len(first.strip()) > 3:
            return Block.FORMULA, i
        return Block.FORMULA, _line_of_end(lines, i, lambda n: line(n).rstrip().endswith("$$"), limit=60)
    if first.strip().startswith("\\["):
        if "\\]" in first:
            return Block.FORMULA, i
        return Block.FORMULA, _line_of_end(lines, i, lambda n: "\\]" in line(n), limit=60)
    if _HEADING.match(first):
        return Block.HEADING, i
    if _TABLE_ROW.match(first):
        last = i
        while last + 1 < len(lines) and _TABLE_ROW.match(line(last + 1)):
            last += 1
        return Block.TABLE, last
    kind = Block.LIST if _LIST_ITEM.match(first) else Block.PROSE
    last = i
    while last + 1 < len(lines) and line(last + 1).strip() and not _begins_block(line(last + 1)):
        last += 1
    return kind, last


def _line_of_end(lines: list[tuple[int, int]], i: int, ends: Callable[[int], bool], limit: int | None = None) -> int:
    """The first line after `i` where `ends` holds; the text's last line (or `i`, past `limit`) where none does."""
    stop = len(lines) if limit is None else min(len(lines), i + limit)
    for n in range(i + 1, stop):
        if ends(n):
            return n
    return len(lines) - 1 if limit is None else i


def _begins_block(line: str) -> bool:
    return bool(
        _HEADING.match(line)
        or _FENCE.match(line)
        or _LIST_ITEM.match(line)
        or _TABLE_ROW.match(line)
        or line.strip().startswith(("$$", "\\["))
    )


def sentences(text: str) -> list[Span]:
    """
    The sentences of `text`: prose and list items cut at full stops; a heading, code block, displayed formula or
    table row is one span each. Offsets are exact, leading and trailing white space is left out.
    """
    found: list[Span] = []
    for block in blocks(text):
        if block.block in (Block.PROSE, Block.LIST):
            found.extend(_cut(text, block))
        elif block.block is Block.TABLE:
            rows = ((block.start + s, block.start + e) for s, e in _lines(text[block.start : block.end]))
            found.extend(Span(s, e, Block.TABLE) for s, e in rows)
        else:
            found.append(block)
    return found


def _cut(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    if marker := re.match(r" *(?:[-*+•]|\d{1,3}[.)]) +", text[start : block.end]):
        start += marker.end()
    opened = start
    for end in _END.finditer(text, start, block.end):
        if _is_end(text, opened, end, block.end):
            yield from _trimmed(text, opened, end.end(), block.block)
            opened = end.end()
    yield from _trimmed(text, opened, block.end, block.block)


def _trimmed(text: str, start: int, end: int, block: Block) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end, block)


def _is_end(text: str, opened: int, end: re.Match[str], limit: int) -> bool:
    if not end[0].startswith("."):
        return not _STARTS_LOWER.match(text, end.end(), limit)
    if _STARTS_LOWER.match(text, end.end(), limit):
        return False
    before = text[opened : end.start()]
    if _inside_formula(before):
        return False
    word = _WORD_BEFORE.search(before)
    if word and word[1].lower().strip(".") in _ABBREVIATIONS and len(end[0]) == 1:
        return word[1].lower() == "etc" or word[1].lower().endswith("etc")
    if _INITIAL.search(before):  # "R. Sutton"
        return False
    return not re.fullmatch(r"\s*\d{1,3}", before)  # the number of a list item


def _inside_formula(before: str) -> bool:
    """Whether an inline formula is still open: an odd number of single dollars, each hugging its content."""
    return before.count("\\(") > before.count("\\)") or (
        len(re.findall(r"(?<![\\$])\$(?!\$)", before)) % 2 == 1
        and re.search(r"(?<![\\$\w])\$(?=[^\s\d$])", before) is not None
    )
