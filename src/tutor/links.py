"""
Deep links: from a quote to the original page at that sentence.

A web page is opened with a text fragment (https://wicg.github.io/scroll-to-text-fragment/), a PDF at its page, a
video at its second. Pure functions on strings.
"""

import re
from bisect import bisect_right
from urllib.parse import quote as percent_encode

# Beyond this many words a fragment names its first and last words only, so that markup in between cannot break it.
WHOLE_WORDS = 8
EDGE_WORDS = 4
NOTES = "tutor:notes/"

# Where the words of a page and those of its Markdown may part: formulas, code marks, table bars, escapes.
_BREAKS = re.compile(r"\$[^$]*\$|\\\(.*?\\\)|`+|\*+|\||\\|^#+ |^[-*+] |\[\d+\]", re.MULTILINE)


def link(url: str, text: str, start: int = 0, pages: tuple[int, ...] = ()) -> str:
    """
    An address that opens `url` at the quote `text`, which begins at offset `start` of the source.

    `pages`: offsets where each page of a PDF begins. Notes of the tutor's own keep their address: they are shown in
    the app's reader.
    """
    if url.startswith(NOTES):
        return url
    if pages:
        return f"{_without_fragment(url)}#page={max(1, bisect_right(pages, start))}"
    fragment = text_fragment(text)
    if not fragment:
        return url
    anchor = "" if "#" in url else "#"
    return f"{url}{anchor}:~:text={fragment}"


def text_fragment(text: str) -> str:
    """The value of `:~:text=`: the longest run of plain words of `text`, whole if short, else by its two ends."""
    runs = [run.split() for run in _BREAKS.sub("\n", text).split("\n")]
    run = max(runs, key=len, default=[])
    if not run:
        return ""
    if len(run) <= WHOLE_WORDS:
        return _escape(" ".join(run))
    return f"{_escape(' '.join(run[:EDGE_WORDS]))},{_escape(' '.join(run[-EDGE_WORDS:]))}"


def _escape(words: str) -> str:
    """Percent-encoded; also the three characters that mean something inside a text directive: , & -"""
    return percent_encode(words, safe="").replace("-", "%2D")


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
