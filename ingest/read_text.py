"""
Reading plain text and Markdown: light Markdown out, and every link with the place it stands at.

Links, images, emphasis, comments and the HTML that Markdown may hold are taken out, their words stay; addresses that
are words of the text themselves stay too. Lines of plain text that look like headings become headings
(ingest.outline). Code is left as it is. Knows nothing of files and fetching.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from ingest.links import kind_of
from ingest.outline import outlined
from ingest.page import Link, Page
from ingest.read_html import FEWEST_WORDS, title_of
from tutor.errors import ReadingError
from tutor.visible import visible

# Every repetition has an end: a line may be megabytes of brackets.
_WORDS_IN = r"\[((?:[^\[\]\n]|\n(?!\s*\n)|\[[^\[\]\n]{0,100}\]){0,400}?)\]"
_TARGET = (
    r"\(\s{0,3}<?([^()\s<>]{0,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,200}){0,3})>?"
    r"(?:\s{1,3}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'))?\s{0,3}\)"
)
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\](?:" + _TARGET + r"|\[[^\[\]\n]{0,100}\])")
_LINK = re.compile(r"(?<!!)" + _WORDS_IN + _TARGET)
_BY_NAME = re.compile(r"(?<![!\]\w])" + _WORDS_IN + r"(?:\[([^\[\]\n]{0,100})\]|(?![(\[:]))")
_NAMED = re.compile(
    r"^ {0,3}\[([^\[\]\n^]{1,100})\]:[ \t]*<?(\S{1,2000}?)>?(?:[ \t]+[\"'(].{0,300})?[ \t]*$", re.MULTILINE
)
_ADDRESS = re.compile(r"(?:https?://|(?<![\w/.@-])www\.(?=\w[\w-]*\.\w))[^\s<>\"`|\\^{}\[\]“”]{1,2000}", re.IGNORECASE)
_ARXIV = re.compile(r"(?<![\w/.])arXiv:\s?(\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*\*|\*\*|\*|___|__)(?=\S)([^*\n]{1,300}?)(?<=\S)\1(?![\w*])")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:[^\n]*\n){0,200}?---[ \t]*(?:\n|\Z)")
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
# HTML that stands in Markdown.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG_HEADING = re.compile(
    r"<h([1-6])(?:\s[^<>]{0,500})?>((?:(?!</?h[1-6]).){0,1000}?)</h\1\s*>", re.DOTALL | re.IGNORECASE
)
_TAG_LINK = re.compile(
    r"<a\s[^<>]{0,500}?href\s*=\s*[\"']?([^\"'\s<>]{1,2000})[\"']?[^<>]{0,500}>((?:(?!</?a\b).){0,1000}?)</a\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TAG_IMAGE = re.compile(r"<img\b[^<>]{0,3000}>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=\s*[\"']([^\"'\n]{1,300})[\"']", re.IGNORECASE)
_TAG_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|div|span|details|summary|b|i|u|em|strong|sup|sub|kbd|center|table|thead|tbody|tr|td|th|ul|ol|li|hr|small|"
    r"font|picture|source|section|article|header|footer|nav|main|blockquote|dl|dt|dd|figure|figcaption|a|mark|abbr)"
    r"(?:\s[^<>]{0,1000})?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[\da-f]{1,5});", re.IGNORECASE)
# Around the words of a link while a text is being made; a text's own are taken out before.
_OPEN, _CLOSE, _PICTURE = "\ue000", "\ue001", "\ue002"


def read_text(text: str, *, url: str) -> Page:
    """
    A page of plain text or Markdown.

    `Link.start` is where a link's words stand in the page's text. ReadingError when there are too few words.
    """
    text = visible(unicodedata.normalize("NFC", text)).expandtabs(4)
    front = _FRONT_MATTER.match(text)
    titled = _FRONT_TITLE.search(front[0]) if front else None
    marker = _Marker(url)
    marked = _outside_code(outlined(_outside_code(text[front.end() if front else 0 :], _without_html)), marker.marked)
    clean, starts = _unmarked(re.sub(r"\n{3,}", "\n\n", marked).strip())
    if len(clean.split()) < FEWEST_WORDS:
        raise ReadingError("failed", "no readable text" if clean else "empty")
    title = titled[1] if titled else title_of(clean, url)
    return Page(url=url, title=title, text=clean, kind=kind_of(url), links=tuple(marker.links(clean, starts)))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """`text` with each stretch outside of fences changed; within them only blanks at the ends of lines go."""
    pieces: list[str] = []
    open_: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) else fence
            pieces.append(line.rstrip())
        elif mark:
            pieces += [change("\n".join(open_))] if open_ else []
            open_, fence = [], mark[1]
            pieces.append(line.rstrip())
        else:
            open_.append(line)
    pieces += [change("\n".join(open_))] if open_ else []
    return "\n".join(pieces)


def _without_html(text: str) -> str:
    """The HTML that Markdown may hold, as Markdown."""
    if "<" in text:
        text = _COMMENT.sub("", text)
        text = _TAG_IMAGE.sub(lambda at: alt[1] if (alt := _ALT.search(at[0])) else "", text)
        text = _TAG_LINK.sub(lambda at: f"[{_flat(at[2])}]({unescape(at[1])})", text)
        text = _TAG_HEADING.sub(lambda at: f"\n\n{'#' * int(at[1])} {_flat(at[2])}\n\n", text)
        text = _TAG.sub("", _TAG_BREAK.sub("\n", text))
    return visible(_ENTITY.sub(lambda at: unescape(at[0]).replace("\xa0", " "), text)) if "&" in text else text


def _flat(words: str) -> str:
    return " ".join(_TAG.sub("", words).split())


class _Marker:
    """Takes the links out of a text, one stretch after another, and remembers them in their order."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._urls: list[tuple[str, str]] = []  # with the words of those that have none in the text

    def marked(self, text: str) -> str:
        """`text` in which links are their words between two marks."""
        named = {_key(at[1]): at[2] for at in _NAMED.finditer(text)}
        pictured = f"{_PICTURE}\\1{_PICTURE}"  # a linked picture leaves a link without words
        text = _IMAGE.sub(lambda at: at.expand(pictured) if text[at.start() - 1 : at.start()] == "[" else "", text)
        if named:
            text = self._with_named(text, named)
        pieces, at = [], 0
        for start, end, words, url in self._found(text):
            words, said = _shown(words, url)
            pieces += [text[at:start], _OPEN, words, _CLOSE]
            self._urls.append((url, said))
            at = end
        text = "".join([*pieces, text[at:]])
        return "\n".join(_EMPHASIS.sub(r"\2", line).rstrip() for line in text.split("\n"))

    def _with_named(self, text: str, named: dict[str, str]) -> str:
        """Links by the name of an address, `[words][name]`, as links; numbers alone are references, not links."""
        used: set[str] = set()

        def linked(at: re.Match[str]) -> str:
            key = _key(at[2] or at[1])
            if key not in named or at[1].lstrip("^").isdigit():
                return at[0]
            used.add(key)
            return f"[{at[1]}]({named[key]})"

        text = _BY_NAME.sub(linked, text)
        gone = {key for key in used if not key.isdigit()}
        return _NAMED.sub(lambda at: "" if _key(at[1]) in gone else at[0], text)

    def _found(self, text: str) -> list[tuple[int, int, str, str]]:
        """Start, end, words and address of each link, in order; none lies in another."""
        found = [(at.start(), at.end(), at[1], at[2]) for at in _LINK.finditer(text)]
        taken = [(start, end) for start, end, _, _ in found]
        for at in _ADDRESS.finditer(text):
            shown = _trimmed(at[0])
            found.append((at.start(), at.start() + len(shown), shown, shown if "://" in shown else f"https://{shown}"))
        for at in _ARXIV.finditer(text):
            found.append((at.start(), at.end(), at[0], f"https://arxiv.org/abs/{at[1]}"))
        kept: list[tuple[int, int, str, str]] = []
        for one in sorted(found, key=lambda one: (one[0], -one[1])):
            start, end = one[:2]
            inside = kept and start < kept[-1][1]
            if not inside and (url := self._absolute(one[3])):
                kept.append((start, end, one[2], url))
            elif not inside and (start, end) in taken:
                kept.append((start, end, one[2], ""))  # a link within the page: only its words stay
        return kept

    def _absolute(self, address: str) -> str:
        if not address or address.startswith("#"):
            return ""
        try:
            return urljoin(self._base, address)
        except ValueError:
            return ""  # an address that cannot be understood leads nowhere

    def links(self, text: str, starts: list[tuple[int, str]]) -> Iterator[Link]:
        """The links of the text that was made, each under its heading; `starts`: where each stands, and its words."""
        headings = [(at.start(), at[1]) for at in re.finditer(r"^#{1,6}[ \t]+(.*?)[ \t]*#*$", text, re.MULTILINE)]
        under, heading = iter([*headings, (len(text) + 1, "")]), ""
        place, following = next(under)
        for (url, said), (start, words) in zip(self._urls, starts, strict=True):
            while place <= start:
                heading = following
                place, following = next(under)
            if url:
                yield Link(url, words or said, heading, start)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _trimmed(address: str) -> str:
    """An address without the marks of the sentence around it; a bracket stays where it was opened within."""
    while address:
        last = address[-1]
        if last in ".,:;!?*_'’…" or (last == ")" and address.count(")") > address.count("(")):
            address = address[:-1]
        else:
            break
    return address


def _shown(words: str, url: str) -> tuple[str, str]:
    """The words of a link as they stand in the text, and what it is called where there are none: a linked picture."""
    pictures = [part for part in words.split(_PICTURE)[1::2] if part.strip()]
    words = " ".join("".join(words.split(_PICTURE)[::2]).split())
    return words, words or " ".join(pictures) or _last_part(url)


def _last_part(url: str) -> str:
    parts = urlsplit(url)
    return PurePosixPath(parts.path).stem or parts.netloc


def _unmarked(marked: str) -> tuple[str, list[tuple[int, str]]]:
    """The text without marks, and where each pair of them stood with the words in it."""
    pieces = re.split(f"[{_OPEN}{_CLOSE}]", marked)
    starts, length = [], 0
    for number, piece in enumerate(pieces):
        if number % 2:
            starts.append((length, piece))
        length += len(piece)
    return "".join(pieces), starts
