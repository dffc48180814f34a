"""
Sentences of a light Markdown text, with exact offsets.

Knows Markdown's blocks well enough never to cut a code fence, a displayed formula or a table row; knows nothing of
passages, search or models. Not covered: languages without spaces after a full stop (Chinese, Japanese) are cut at
their own full stops only.
"""

import re
from bisect import bisect_right
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


_HEADING = re.compile(r"#{1,6}[ \t]+\S")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
_QUOTE_MARKS = re.compile(r"[ \t]*(?:>[ \t]*)+")
_TABLE_ROW = re.compile(r"[ \t]*\|.*\|\s*$")

# A full stop after one of these ends no sentence.
_ABBREVIATIONS = frozenset("e.g i.e eg ie cf vs al resp approx ca viz a.k.a aka w.r.t wrt i.i.d iid s.t".split())
# Nor after these, where they have a capital (a title, a firm) ...
_TITLES = frozenset("dr mr mrs ms prof st jr sr inc ltd co".split())
# ... or a number or formula follows: "Fig. 3", but "a latency of 20 sec. The".
_NUMBERED = frozenset("fig figs eq eqs sec secs ch chap no nos vol p pp ref refs tab thm def".split())
# After a single capital and a full stop these words show that a sentence ended: "Q, K and V. The", not "R. Sutton".
_BEGINNINGS = frozenset(
    """the a an this that these those it its in on at for from to we you he she they there here if when while then so
    but and or as by with each every all both some most many however because since let now note instead""".split()
)
# Possessive, so that a long run of stops or closing marks is read once.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’)\]*_`]*+(?:\[\^?\d{1,3}\])*+(?=\s)|[。！？]+[”’」』）]*"  # "so.[12]" is an end too
)
_LONGEST_ABBREVIATION = 12  # characters that are looked at before a full stop
_STARTS_LOWER = re.compile(r"\s+[\"'“‘(\[]?[a-z]+(?![A-Za-z0-9_])")  # but "vLLM" and "word2vec" may begin a sentence
_STARTS_NUMBER = re.compile(r"\s+[(\[]?[\d$\\]")
_NEXT_WORD = re.compile(r"\s+[\"'“‘(\[]?([A-Za-z]++)(\.?)")
_WORD_BEFORE = re.compile(r"(?<![A-Za-z.])[A-Za-z](?:[A-Za-z.]*[A-Za-z])?$")
_INITIAL = re.compile(r"(?:^|[\s(])[A-Z]$")
_NUMBER_ALONE = re.compile(r"\s*\d{1,3}")

# Formulas and code inside a line: `$` opens before and closes after something that is no white space (pandoc's rule).
_INLINE_MARK = re.compile(r"\\[()]|\\.|(?<!\$)\$(?!\$)|(?<!`)`(?!`)")
_LONGEST_INLINE = 300
# A stretch of so many words without an end is no sentence but lines under one another: a menu, a list of references.
_LONGEST_SENTENCE = 100  # words
# A text in which fewer of the letters than one in so many are capitals is all in lower case (automatic transcripts,
# some reports): there a small letter after a full stop tells nothing.
_LETTERS_TO_A_CAPITAL = 300
_LONGEST_FORMULA = 60  # lines
_CLOSINGS = {"$$": "$$", "\\[": "\\]"}


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
        return Block.CODE, _line_of_end(lines, i, lambda n: _closes(line(n), fence[1]))
    if (closing := _CLOSINGS.get(first.strip()[:2])) and not _words_follow(first, closing):
        if closing in first.strip()[2:]:
            return Block.FORMULA, i
        return Block.FORMULA, _line_of_end(lines, i, lambda n: closing in line(n), limit=_LONGEST_FORMULA)
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


def _words_follow(line: str, closing: str) -> bool:
    """Whether a displayed formula ends in this line and a sentence goes on behind it."""
    _, mark, tail = line.strip()[2:].rpartition(closing)
    return bool(mark) and len(tail.split()) > 3


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == set(fence)


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
    table row is one span each. Offsets are exact; white space around a sentence and the marks of list items and
    quotations (`- `, `1. `, `> `) are left out.
    """
    found: list[Span] = []
    small = _in_small_letters(text)
    for block in blocks(text):
        if block.block in (Block.PROSE, Block.LIST):
            found.extend(_cut(text, block, small=small))
        elif block.block is Block.TABLE:
            rows = ((block.start + s, block.start + e) for s, e in _lines(text[block.start : block.end]))
            found.extend(span for s, e in rows for span in _trimmed(text, s, e, Block.TABLE))
        else:
            found.extend(_trimmed(text, block.start, block.end, block.block))
    return found


def _cut(text: str, block: Span, *, small: bool) -> Iterator[Span]:
    start = _after_marks(text, block.start, block.end)
    opened = start
    inline = _inline(text, start, block.end)
    for end in _END.finditer(text, start, block.end):
        if _is_end(text, opened, end, block.end, small=small) and not _within(inline, end.end() - 1):
            yield from _in_lines(text, opened, end.end(), block.block)
            opened = end.end()
            if text[opened : opened + 1] == "\n":
                opened = _after_marks(text, opened + 1, block.end)
    yield from _in_lines(text, opened, block.end, block.block)


def _in_small_letters(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return letters >= _LETTERS_TO_A_CAPITAL and sum(map(str.isupper, text)) * _LETTERS_TO_A_CAPITAL < letters


def _in_lines(text: str, start: int, end: int, block: Block) -> Iterator[Span]:
    """The sentence, or each of its lines where it is too long to be one."""
    if len(text[start:end].split()) <= _LONGEST_SENTENCE:
        yield from _trimmed(text, start, end, block)
        return
    for s, e in _lines(text[start:end]):
        yield from _trimmed(text, start + s, start + e, block)


def _after_marks(text: str, start: int, end: int) -> int:
    """Where the words of a line begin: behind the marks of a quotation and of a list item."""
    for marks in (_QUOTE_MARKS, _LIST_ITEM):
        if found := marks.match(text, start, end):
            start = found.end()
    return start


def _trimmed(text: str, start: int, end: int, block: Block) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end, block)


def _is_end(text: str, opened: int, end: re.Match[str], limit: int, *, small: bool) -> bool:
    if end[0][0] in "。！？":
        return True
    if not small and _STARTS_LOWER.match(text, end.end(), limit):
        return False
    if end[0] != ".":
        return True
    before = text[max(opened, end.start() - _LONGEST_ABBREVIATION) : end.start()]
    if word := _WORD_BEFORE.search(before):
        low = word[0].lower()
        if low in _ABBREVIATIONS or (low in _TITLES and (small or word[0][0].isupper())) or (small and "." in low):
            return False
        if low in _NUMBERED and _STARTS_NUMBER.match(text, end.end(), limit):
            return False
    if _INITIAL.search(before):
        following = _NEXT_WORD.match(text, end.end(), limit)
        return following is None or (following[1].lower() in _BEGINNINGS and not following[2])
    return not _NUMBER_ALONE.fullmatch(before)  # "1. What": the number of a list item


def _inline(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The formulas and code inside a line, in order; an opening mark that nothing closes is an ordinary character."""
    found: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for mark in _INLINE_MARK.finditer(text, start, end):
        at, kind = mark.start(), mark[0]
        if opened and (at - opened[0] > _LONGEST_INLINE):
            opened = None
        if opened and kind == {"\\(": "\\)"}.get(opened[1], opened[1]) and not (kind == "$" and text[at - 1].isspace()):
            found.append((opened[0], at))
            opened = None
        elif opened and opened[1] != "$":
            continue  # inside code or \( \) nothing else opens
        elif kind in ("\\(", "`") or (kind == "$" and not text[at + 1 : at + 2].isspace()):
            opened = (at, kind)
    return found


def _within(inline: list[tuple[int, int]], at: int) -> bool:
    number = bisect_right(inline, at, key=lambda span: span[0])
    return number > 0 and at < inline[number - 1][1]
