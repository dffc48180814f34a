"""
Deep links: from a quote to the original page at that sentence.

A web page is opened with a text fragment (https://wicg.github.io/scroll-to-text-fragment/), a PDF at its page, a video
at the second. Pure functions on strings.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.parse import quote as percent_encode

# A run of so many words is named whole: nothing else is as surely found in the right place. A longer one by its ends.
WHOLE_WORDS = 20
START_WORDS = 8  # a start that stands earlier on the page too would begin the mark there
EDGE_WORDS = 4
# So many words from within, for where the page has something between the others that was not read: notes, hidden words.
WINDOW_WORDS = 5
# A shorter run of words, where it is only a part of the quote, would too often be found elsewhere on the page.
LEAST_WORDS = 3
NOTES = "tutor:notes/"
# Sites where a video is opened at a second by a parameter.
VIDEO_HOSTS = frozenset(("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"))

_ARXIV = re.compile(
    r"https?://(?:www\.)?arxiv\.org/(?:abs|pdf|html)/((?:[a-z-]+(?:\.[A-Z]{2})?/)?[\d.]+\d)(?:v\d+)?(?:\.pdf)?$"
)

# Where the words of a page and those of its Markdown may part: formulas, indices and exponents, code marks, table bars,
# escapes, citations, and the marks at the beginning of a line.
_BREAKS = re.compile(
    r"\$\$[^$]*\$\$|\$[^$]*\$|\\\((?s:.*?)\\\)|\\\[(?s:.*?)\\\]|[^\s_^]{0,40}[_^][^\s]{0,40}|`+|\*+|\||\\|\[\d+\]|"
    r"^ *(?:#+|[-*+•>]|\d{1,3}[.)])(?= )",
    re.MULTILINE,
)
# Our reader puts notes of the margin into brackets, which stand elsewhere on the page.
_BRACKETED = re.compile(r"\([^()]*\)")


def link(
    url: str,
    text: str,
    start: int = 0,
    pages: Sequence[int] = (),
    times: Sequence[tuple[int, float]] = (),
) -> str:
    """
    An address that opens `url` at the quote `text`, which begins at offset `start` of the source.

    A paper of arXiv is opened in the form that was read, whatever form was named: its PDF where there are pages.

    `pages`: offsets where each page of a PDF begins; `times`: pairs of an offset and a second of a video. Notes of
    the tutor's own keep their address: they are shown in the app's reader.
    """
    if url.startswith(NOTES):
        return url
    if paper := _ARXIV.match(url):
        url = f"https://arxiv.org/{'pdf' if pages else 'html'}/{paper[1]}"
    if times:
        return _at_second(url, second_at(times, start) or 0)
    if pages:
        return f"{_without_fragment(url)}#page={page_at(pages, start)}"
    fragment = text_fragment(text)
    page = url.partition(":~:")[0]
    if not fragment:
        return url
    anchor = "" if "#" in page else "#"
    return f"{page}{anchor}:~:text={fragment}"


def page_at(pages: Sequence[int], start: int) -> int | None:
    """The number of the page, from 1, on which offset `start` stands; None for what has no pages."""
    return max(1, bisect_right(pages, start)) if pages else None


def second_at(times: Sequence[tuple[int, float]], start: int) -> int | None:
    """The whole second of a video at or before which the words at offset `start` begin; None for what has no times."""
    if not times:
        return None
    at = bisect_right([offset for offset, _ in times], start)
    return int(times[max(0, at - 1)][1])


def _at_second(url: str, second: int) -> str:
    """The address of a video that starts at a second; as it is where nobody knows how to say that."""
    parts = urlsplit(url)
    if parts.hostname not in VIDEO_HOSTS:
        return url
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("t", "start")]
    return urlunsplit(parts._replace(query=urlencode([*query, ("t", f"{second}s")]), fragment=""))


def text_fragment(text: str) -> str:
    """
    The value of `:~:text=`: how `text` is found on its page, and by what else where that fails (`a&text=b`).

    A browser goes to the first that it finds: the longest run of plain words, whole or by its ends; the text from its
    first run to its last, whatever stands in between; a few words from within. "" where no words are likely to be
    found, and found in the right place.
    """
    runs = [run.split() for run in _BREAKS.sub("\n", text).split("\n")]
    run = max(runs, key=len, default=[])
    if not any(letter.isalnum() for word in run for letter in word):
        return ""
    if len(run) < LEAST_WORDS and sum(map(len, runs)) > len(run):
        return ""
    ways = [_named(run, START_WORDS), *_across(runs)]
    ways += _across([part.split() for one in runs for part in _BRACKETED.split(" ".join(one))])
    if len(run) > 2 * EDGE_WORDS:
        ways += [_ends(run[:EDGE_WORDS], run[-EDGE_WORDS:]), *map(_words, _windows(run))]
    return "&text=".join(dict.fromkeys(ways))


def _named(run: Sequence[str], start: int) -> str:
    return _words(run) if len(run) <= WHOLE_WORDS else _ends(run[:start], run[-EDGE_WORDS:])


def _across(runs: Sequence[Sequence[str]]) -> list[str]:
    """From the first run to the last, of those that are long enough to be found in the right place."""
    runs = [run for run in runs if len(run) >= LEAST_WORDS]
    return [_ends(runs[0][:START_WORDS], runs[-1][-EDGE_WORDS:])] if len(runs) > 1 else []


def _windows(run: Sequence[str]) -> list[Sequence[str]]:
    """Words near either end; not the last nor the first, which a raised number or a mark may stick to."""
    return [run[-WINDOW_WORDS - 1 : -1], run[1 : WINDOW_WORDS + 1]] if len(run) > WINDOW_WORDS + 1 else []


def _words(words: Sequence[str]) -> str:
    return _escape(" ".join(words))


def _ends(first: Sequence[str], last: Sequence[str]) -> str:
    return f"{_words(first)},{_words(last)}"


def _escape(words: str) -> str:
    """Percent-encoded; also the three characters that mean something inside a text directive: , & -"""
    return percent_encode(words, safe="").replace("-", "%2D")


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
