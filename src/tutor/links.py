"""
Deep links: from a quote to the original page at that sentence.

A web page is opened with a text fragment (https://wicg.github.io/scroll-to-text-fragment/), a PDF at its page. Pure
functions on strings.
"""

import re
from bisect import bisect_right
from urllib.parse import quote as percent_encode

# Beyond this many words a fragment names its first and last words only, so that markup in between cannot break it.
WHOLE_WORDS = 8
EDGE_WORDS = 4
# A shorter run of words, where it is only a part of the quote, would too often be found elsewhere on the page.
LEAST_WORDS = 3
NOTES = "tutor:notes/"

# Where the words of a page and those of its Markdown may part: formulas, code marks, table bars, escapes, citations,
# and the marks at the beginning of a line.
_BREAKS = re.compile(
    r"\$\$[^$]*\$\$|\$[^$]*\$|\\\((?s:.*?)\\\)|\\\[(?s:.*?)\\\]|`+|\*+|\||\\|\[\d+\]|"
    r"^ *(?:#+|[-*+•>]|\d{1,3}[.)])(?= )",
    re.MULTILINE,
)


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
    page = url.partition(":~:")[0]
    if not fragment:
        return url
    anchor = "" if "#" in page else "#"
    return f"{page}{anchor}:~:text={fragment}"


def text_fragment(text: str) -> str:
    """
    The value of `:~:text=`: the longest run of plain words of `text`, whole if short, else by its two ends.

    "" where there is none that is likely to be found, and found in the right place.
    """
    runs = [run.split() for run in _BREAKS.sub("\n", text).split("\n")]
    run = max(runs, key=len, default=[])
    if not any(letter.isalnum() for word in run for letter in word):
        return ""
    if len(run) < LEAST_WORDS and sum(map(len, runs)) > len(run):
        return ""
    if len(run) <= WHOLE_WORDS:
        return _escape(" ".join(run))
    return f"{_escape(' '.join(run[:EDGE_WORDS]))},{_escape(' '.join(run[-EDGE_WORDS:]))}"


def _escape(words: str) -> str:
    """Percent-encoded; also the three characters that mean something inside a text directive: , & -"""
    return percent_encode(words, safe="").replace("-", "%2D")


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
