"""
Headings of plain text: lines that only look like headings get the marks of Markdown.

Lines that are underlined, numbered ("Week 3: ...", "II. ...", "2.1 ..."), in capitals, in bold, in title case or by
themselves between empty lines, or that what follows is indented under. A kind of heading seen first is taken to stand
above one seen later, and title case below all others. In doubt a line is no heading.
Knows nothing of links and pages. Not covered: headings that run into the text of their paragraph.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST_WORDS = 12
MOST_WORDS_PLAIN = 8  # of a line that is neither in title case nor numbered
DEEPEST = 6
MOST_PARTS = 60  # a larger number is a year or a count
# So many lines that look alike, with nothing between them, are the items of a list.
ITEMS_IN_A_ROW = 3

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})\w*\s*$")
_MARKED = re.compile(r"#{1,6}\s+\S")
_RULE = re.compile(r"\s*([=\-~^*+#\"'_])\1{2,}\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•◦▪‣–—·>|]|\[\^?\d+\]|\(?[a-z\d]{1,2}\))(?:\s|$)|\s*\|")
_ADDRESS = re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|org|io|net|edu|ai)\b|@\w")
_ADDRESS_ALONE = re.compile(r"\s*[<(]?(?:https?://|www\.)\S+\s*$")
_NAMED = re.compile(
    r"(part|section|chapter|ch\.?|week|lecture|module|unit|lesson|session|day|book|appendix)\s+"
    r"(?:\d{1,3}(?:\.\d+)*|[ivxlc]{1,6}|[a-h])\b\s*(?=[:.–—-]|$|\s[A-Z])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)[.):]?\s+(?=\S)")
_ROMAN = re.compile(r"([IVX]{1,5})[.)]\s+(?=\S)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^*_]{2,120}?)(?<=\S)\1:?\s*$")
_ENDED = re.compile(r"[.!?:;|`)][\"”’]?$|\[\^?\d+\]$")
_CITED = re.compile(r"(?:\[\^?\d+\])+$")
_BYLINE = re.compile(r"by\s|(?:\w+\s+)?(?:\d{1,2},?\s+)?\d{4}$|updated\b|version\b|v\d", re.IGNORECASE)
_SMALL = frozenset(
    "a an the and or of for in on to with vs vs. from by at as is are via your into over per & nor but".split()
)
_FRONT = re.compile(r"(?:introduction|preface|foreword|about(?: this \w+)?)\W*$", re.IGNORECASE)
_BACK = re.compile(
    r"(?:references|bibliography|citations?|works cited|appendix|acknowledge?ments|conclusions?|further reading|"
    r"notes|sources|links)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Heading:
    """The line `at` as a heading of this `style`; `number` of "2.1" is (2, 1)."""

    at: int
    words: str
    style: str
    number: tuple[int, ...] = ()
    underline: bool = False


def outlined(text: str) -> str:
    """
    `text` with `#` marks before its headings; text that has such marks already only gets its underlined ones marked.

    Nothing else changes, but that underlines and the stars around bold headings are left out.
    """
    lines = text.split("\n")
    code = _code(lines)
    underlined = _underlined(lines, code)
    if any(_MARKED.match(line) for line, skip in zip(lines, code, strict=True) if not skip):
        found = [one for one in underlined if one.style in "=-"]
        return _rewritten(lines, [(one, 1 if one.style == "=" else 2) for one in found])
    return _rewritten(lines, _levels(_Finder(lines, code, underlined).headings()))


def _code(lines: Sequence[str]) -> list[bool]:
    """For each line whether it stands in a fence of code, whose end must be there."""
    inside = [False] * len(lines)
    opened, mark = -1, ""
    for i, line in enumerate(lines):
        if not (found := _FENCE.match(line)):
            continue
        if opened < 0 and not _underlines(lines, i):
            opened, mark = i, found[1]
        elif opened >= 0 and found[1].startswith(mark):
            inside[opened : i + 1] = [True] * (i + 1 - opened)
            opened = -1
    return inside


def _underlines(lines: Sequence[str], i: int) -> bool:
    """Whether line `i` is a rule about as long as the line of text above it."""
    above = lines[i - 1].strip() if i else ""
    return bool(_RULE.match(lines[i])) and 0 < len(above) <= len(lines[i].strip()) + 12 and not _RULE.match(above)


def _underlined(lines: Sequence[str], code: Sequence[bool]) -> list[_Heading]:
    found = []
    for i in range(1, len(lines)):
        words = lines[i - 1].strip()
        alone = i < 2 or not lines[i - 2].strip() or bool(_RULE.match(lines[i - 2]))
        if code[i] or not alone or not _underlines(lines, i) or _ITEM.match(words) or len(words.split()) > MOST_WORDS:
            continue
        found.append(_Heading(i - 1, words, lines[i].strip()[0], underline=True))
    return found


# --- which lines ---


class _Finder:
    """Finds the headings among lines, from first to last."""

    def __init__(self, lines: Sequence[str], code: Sequence[bool], underlined: Sequence[_Heading]) -> None:
        self.lines, self.code = lines, code
        self.underlined = {one.at: one for one in underlined}
        self.found: dict[int, _Heading] = {}
        self.before, self.after = _neighbours(lines)

    def headings(self) -> list[_Heading]:
        for i in range(len(self.lines)):
            if one := self._heading(i):
                self.found[i] = one
        found = _names_in_capitals(self._without_items(list(self.found.values())))
        if sum(one.style == "title" and self._alone(one.at) for one in found) >= 2:
            # a text that sets its headings apart
            found = [one for one in found if one.style != "title" or self._alone(one.at)]
        odd = len(found) == 1 and found[0].style == "title" and self.before[found[0].at] >= 0
        return [] if odd else found  # one line like that makes no outline

    def _heading(self, i: int) -> _Heading | None:
        if i in self.underlined:
            return self.underlined[i]
        words = self.lines[i].strip()
        if not words or self.code[i] or self.after[i] < 0 or _RULE.match(words):
            return None
        if not self._begins(i) and not self._goes_on(words):
            return None
        if bold := _BOLD.match(words):
            return _Heading(i, bold[2].rstrip(":"), "bold")
        bare = _CITED.sub("", words).rstrip()
        if _ITEM.match(words) or _ADDRESS.search(words) or not re.search(r"[^\W\d_]{2}", bare):
            return None
        if len(bare.split()) > MOST_WORDS or bare.endswith((".", ",", ";")) or "[" in bare or self._entitles_address(i):
            return None
        style, number = self._style(i, bare)
        return _Heading(i, words, style, number) if style else None

    def _style(self, i: int, bare: str) -> tuple[str, tuple[int, ...]]:
        """What kind of heading a line is, with its number; "" for none."""
        if found := _NAMED.match(bare):
            return {"ch": "chapter", "ch.": "chapter"}.get(found[1].lower(), found[1].lower()), ()
        if found := _NUMBERED.match(bare):
            number = tuple(int(n) for n in found[1].split("."))
            return ("numbered", number) if self._counts(i, bare[found.end() :], number) else ("", ())
        if (found := _ROMAN.match(bare)) and _in_title_case(bare[found.end() :]):
            return "roman", ()
        letters = [letter for letter in bare if letter.isalpha()]
        if len(letters) >= 4 and all(letter.isupper() for letter in letters):
            return "capitals", ()
        if self._holds_indented(i, bare):
            return f"indent {_indent(self.lines[i]):03}", ()
        if bare.endswith(":") or _indent(self.lines[i]) or _BYLINE.match(bare) or bare[0].islower():
            return "", ()
        short = self._alone(i) and len(bare.split()) <= MOST_WORDS_PLAIN and "=" not in bare
        return ("title", ()) if short or _in_title_case(bare) else ("", ())

    def _counts(self, i: int, rest: str, number: tuple[int, ...]) -> bool:
        """Whether a numbered line is a heading and no item: its neighbours are not the numbers before and after it."""
        if rest.endswith(":") or not (rest[0].isupper() or rest[0] in "\"“'‘") or number[0] > MOST_PARTS:
            return False
        for neighbour, step in ((self.before[i], -1), (self.after[i], 1)):
            near = _NUMBERED.match(self.lines[neighbour].strip()) if neighbour >= 0 else None
            if near and near[1] == ".".join(map(str, (*number[:-1], number[-1] + step))):
                return False
        return True

    # -- what stands around a line --

    def _alone(self, i: int) -> bool:
        """Whether it stands between empty lines (or at the beginning)."""
        above = i == 0 or not self.lines[i - 1].strip()
        return above and i + 1 < len(self.lines) and not self.lines[i + 1].strip()

    def _begins(self, i: int) -> bool:
        """Whether nothing that is still going on stands above it."""
        above = self.lines[i - 1] if i else ""
        if not above.strip() or i - 1 in self.found or _RULE.match(above) or self.code[i - 1] or _ITEM.match(above):
            return True
        return _indent(above) > _indent(self.lines[i]) or _ENDED.search(above.strip()) is not None

    def _goes_on(self, words: str) -> bool:
        """Whether a numbered line in title case follows a heading with the number before."""
        found = _NUMBERED.match(words)
        if not found or "." in found[1] or not _in_title_case(words[found.end() :]):
            return False
        return any(one.number == (int(found[1]) - 1,) for one in self.found.values())

    def _entitles_address(self, i: int) -> bool:
        """Whether what follows is one address alone: then it is the title of that page."""
        after = self.after[i]
        if after < 0 or not _ADDRESS_ALONE.match(self.lines[after]):
            return False
        then = self.after[after]
        return then < 0 or not _ADDRESS_ALONE.match(self.lines[then])

    def _holds_indented(self, i: int, bare: str) -> bool:
        """Whether lines are indented under it; after a colon items of a list do not count, and one line never does."""
        after = self.after[i]
        if after != i + 1 or _indent(self.lines[after]) < _indent(self.lines[i]) + 2:
            return False
        return not (bare.endswith(":") and _ITEM.match(self.lines[after]))

    def _without_items(self, found: list[_Heading]) -> list[_Heading]:
        """Leaves out lines in a row that look alike and have nothing between them: they are items."""
        runs: list[list[_Heading]] = []
        for one in found:
            previous = runs[-1][-1] if runs else None
            if previous and previous.style == one.style == "title" and self.before[one.at] == previous.at:
                runs[-1].append(one)
            else:
                runs.append([one])
        return [one for run in runs if len(run) < ITEMS_IN_A_ROW for one in run]


def _names_in_capitals(found: list[_Heading]) -> list[_Heading]:
    """A name that is written in capitals ("VQ-VAE") among headings that are not is a heading like those."""
    capitals = [one for one in found if one.style == "capitals"]
    if not capitals or found[0].style == "capitals" or any(" " in one.words for one in capitals):
        return found
    if sum(one.style == "title" for one in found) <= len(capitals):
        return found
    return [replace(one, style="title") if one.style == "capitals" else one for one in found]


def _neighbours(lines: Sequence[str]) -> tuple[list[int], list[int]]:
    """For each line the number of the last one before it and of the first one after it with words; -1: none."""
    before, after = [-1] * len(lines), [-1] * len(lines)
    for order, kept in ((range(len(lines)), before), (range(len(lines) - 1, -1, -1), after)):
        last = -1
        for i in order:
            kept[i] = last
            last = i if lines[i].strip() else last
    return before, after


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _in_title_case(words: str) -> bool:
    """Whether every word but the small ones has a capital: "How It Works", not "How it works well"."""
    parts = [part.strip("\"“”'‘’()[],:;!?/&") for part in words.split()]
    telling = [part for part in parts if part and part[0].isalpha() and part.lower() not in _SMALL]
    if not telling or "=" in words or "→" in words:
        return False
    return all(part[0].isupper() for part in telling) and max(map(len, telling)) >= 3


# --- which level ---


def _levels(found: Sequence[_Heading]) -> list[tuple[_Heading, int]]:
    """Each heading with its level, 1 to 6."""
    styles = list(dict.fromkeys(one.style for one in found if one.style != "title"))
    titled = bool(found) and found[0].style == "title" and found[0].at == 0 and len(found) > 1 and bool(styles)
    ranks = _ranks(styles, 2 if titled else 1, max((len(one.number) for one in found), default=0))
    beside = _beside(found)
    leveled: list[tuple[_Heading, int]] = []
    numbers: list[tuple[int, tuple[int, ...]]] = []  # the counts that go on, outermost first: level, last number
    for i, one in enumerate(found):
        level = ranks[styles[0]] if i in beside else ranks[one.style]
        if titled and i == 0:
            level = 1
        elif one.style == "numbered":
            level = _numbered_level(one.number, numbers, level, leveled[-1][1] if leveled else 0)
        elif one.style != "title":
            numbers = [(at, last) for at, last in numbers if at < level]
        leveled.append((one, min(level, DEEPEST)))
    return leveled


def _ranks(styles: Sequence[str], first: int, deepest: int) -> dict[str, int]:
    """The level of each style: in the order they come, indentation by its width, title case below all others."""
    plain = [style for style in styles if not style.startswith("indent")]
    ranks: dict[str, int] = {}
    for style in (*plain, *sorted(style for style in styles if style.startswith("indent")), "title"):
        ranks[style] = first
        first += max(1, deepest) if style == "numbered" else 1  # "2.1" needs a level of its own
    return ranks


def _beside(found: Sequence[_Heading]) -> set[int]:
    """An introduction before the first part and references after the last: they stand beside the parts."""
    parts = [i for i, one in enumerate(found) if one.style not in ("title", "bold")]
    if not parts:
        return set()
    return {
        i
        for i, one in enumerate(found)
        if one.style == "title"
        and ((i < parts[0] and _FRONT.match(one.words)) or (i > parts[-1] and _BACK.match(one.words)))
    }


def _numbered_level(
    number: tuple[int, ...], numbers: list[tuple[int, tuple[int, ...]]], rank: int, current: int
) -> int:
    """The level of a numbered heading; a count that begins anew within another is a level below what it is in."""
    if len(number) > 1:
        return rank + len(number) - 1
    for at in range(len(numbers) - 1, -1, -1):
        level, last = numbers[at]
        if last[0] + 1 == number[0]:
            numbers[at:] = [(level, number)]
            return level
    level = max(rank, current + 1) if number[0] == 1 and numbers else rank
    numbers[:] = [pair for pair in numbers if pair[0] < level] + [(level, number)]
    return level


def _rewritten(lines: Sequence[str], leveled: Sequence[tuple[_Heading, int]]) -> str:
    marks = {one.at: (one, level) for one, level in leveled}
    underlines = {one.at + 1 for one, _ in leveled if one.underline}
    overlines = {one.at - 1 for one, _ in leveled if one.underline and one.at and _RULE.match(lines[one.at - 1])}
    kept: list[str] = []
    for i, line in enumerate(lines):
        if i in marks:
            one, level = marks[i]
            kept += [*([""] if kept and kept[-1].strip() else []), f"{'#' * level} {one.words}"]
        elif i not in underlines and i not in overlines:
            kept.append(line)
    return "\n".join(kept)
