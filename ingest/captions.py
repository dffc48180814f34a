"""
Captions of a video: from the formats they come in to paragraphs with times.

Reads YouTube's JSON (json3) and XML (timedtext, both of its forms), WebVTT and SubRip. Knows nothing of fetching, of
YouTube's pages and of the library. Captions are data: tags in them are taken out, entities in their XML are not loaded.
Not covered: who speaks (voice tags are dropped), captions that are pictures.
"""

import html
import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.errors import ReadingError
from tutor.visible import visible

AIM_WORDS = 100  # of a paragraph: at the first pause or full stop after so many it ends
MOST_WORDS = 150  # of a paragraph: at the first caption after so many it ends, where nobody pauses
# Speech without full stops: a paragraph is one sentence to the rest of the tutor, and a quote of 150 words is too long.
AIM_WORDS_UNPUNCTUATED = 30
MOST_WORDS_UNPUNCTUATED = 50
PAUSE = 1.0  # seconds of silence that end a paragraph
WORDS_PER_STOP = 60  # with fewer full stops than one in so many words, a speech counts as unpunctuated
LATEST = 1_000_000.0  # seconds; no video is longer than eleven days
FEWEST_CHAPTERS = 3  # as YouTube asks of a description

TIMING = re.compile(r"^\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})(?:\s|$)")
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<[\d:.]{1,20}>|\{\\[^{}]{0,200}\}")
SOUND = re.compile(r"\[[^\[\]\n]{1,40}\]|♪+|♫+")
# A change of speaker, at the beginning of a line; it would be a quotation or a list in Markdown.
SPEAKER = re.compile(r"^(?:>>+|-)\s*")
STOP = re.compile(r"[.?!…][\"”’)\]]*$")
CLOCK = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})"
CHAPTER_FIRST = re.compile(rf"^[\s(\[•*-]*{CLOCK}[)\]]?[\s:–—|-]*(\S.*)$")
CHAPTER_LAST = re.compile(rf"^\s*(\S.*?)[\s:–—|(\[-]+{CLOCK}[)\]]?\s*$")


@dataclass(frozen=True, slots=True)
class Caption:
    """Words that are said from second `start` to second `end` of a video."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a video, as its description names it; it begins at second `start`."""

    start: float
    title: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """
    What is said in a video as light Markdown, with `times`: pairs of an offset in `text` and the second at which the
    words from there on are said, both ascending; the last pair stands at the end of the text, with the last second.
    """

    text: str
    times: tuple[tuple[int, float], ...]


# --------------------------------------------------------------------------------------
# The formats
# --------------------------------------------------------------------------------------


def is_captions(body: bytes) -> bool:
    """Whether these bytes are a file of captions: WebVTT says so, SubRip begins with a number and a line of times."""
    head = body[:400].decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    lines = head.split("\n")
    return re.match(r"WEBVTT(?:\s|$)", head) is not None or (
        len(lines) > 1 and lines[0].strip().isdigit() and TIMING.match(lines[1]) is not None
    )


def captions_of(text: str) -> list[Caption]:
    """
    The captions in a file of any of the formats, in order of time.

    ReadingError ("failed") when it is none of them, or damaged.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    start = text.lstrip()[:1]
    try:
        if start == "{":
            found = list(_from_json(json.loads(text)))
        elif start == "<":
            found = list(_from_xml(text))
        else:
            found = list(_without_rolling(_from_blocks(text)))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ReadingError("failed", "the captions are damaged") from error
    found = [one for one in found if one.text and 0 <= one.start < LATEST and 0 <= one.end < LATEST]
    if not found:
        raise ReadingError("failed", "no captions in it" if text.strip() else "empty")
    return sorted(found, key=lambda caption: caption.start)


def _from_json(events: Any) -> Iterator[Caption]:
    """YouTube's json3: events of milliseconds, each with segments of words."""
    for event in events.get("events", []):
        words = "".join(str(segment.get("utf8", "")) for segment in event.get("segs", []))
        start = float(event.get("tStartMs", 0)) / 1000
        yield Caption(start, start + float(event.get("dDurationMs", 0)) / 1000, _clean(words))


def _from_xml(text: str) -> Iterator[Caption]:
    """YouTube's timedtext: `text` elements with seconds, or (format 3) `p` elements with milliseconds."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        tree = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("no XML") from error
    for element in tree.iter("text", "p"):
        seconds = element.tag == "text"
        start = float(element.get("start" if seconds else "t", "0")) / (1 if seconds else 1000)
        length = float(element.get("dur" if seconds else "d", "0")) / (1 if seconds else 1000)
        # The words of a `text` are HTML inside XML, so their entities are escaped twice.
        yield Caption(start, start + length, _clean("".join(element.itertext())))


def _from_blocks(text: str) -> Iterator[Caption]:
    """WebVTT and SubRip: blocks with a line of times; everything else (headers, notes, styles, numbers) is left out."""
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.split("\n")
        for number, line in enumerate(lines):
            if timing := TIMING.match(line):
                words = "\n".join(_clean(words) for words in lines[number + 1 :])
                yield Caption(_second(timing[1]), _second(timing[2]), words.strip())
                break


def _without_rolling(captions: Iterator[Caption]) -> Iterator[Caption]:
    """Captions without the lines that stay on the screen from the caption before, as they do where words roll up."""
    before: list[str] = []
    until = -1.0
    for caption in captions:
        lines = [line for line in caption.text.split("\n") if line]
        fresh = [line for line in lines if line not in before] if caption.start <= until + 0.05 else lines
        before, until = lines or before, caption.end
        yield Caption(caption.start, caption.end, " ".join(fresh))


def _second(clock: str) -> float:
    seconds = 0.0
    for part in clock.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def _clean(words: str) -> str:
    """Words without tags, sounds in brackets and marks of speakers, on one line."""
    words = visible(unicodedata.normalize("NFC", html.unescape(TAG.sub("", words))))
    return SPEAKER.sub("", " ".join(SOUND.sub(" ", words).split()))


# --------------------------------------------------------------------------------------
# Paragraphs
# --------------------------------------------------------------------------------------


def chapters_of(description: str) -> list[Chapter]:
    """
    The chapters that a video's description lists: lines with a time and a title.

    As on YouTube there must be three or more, ascending, the first at 0:00; otherwise there are none.
    """
    found = []
    for line in visible(description).split("\n"):
        if first := CHAPTER_FIRST.match(line[:300]):
            hours, minutes, seconds, title = first.groups()
        elif last := CHAPTER_LAST.match(line[:300]):
            title, hours, minutes, seconds = last.groups()
        else:
            continue
        found.append(Chapter(int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds), " ".join(title.split())))
    starts = [chapter.start for chapter in found]
    proper = len(found) >= FEWEST_CHAPTERS and starts[0] == 0 and starts == sorted(set(starts))
    return found if proper else []


@dataclass(frozen=True, slots=True)
class _Word:
    """A word; `second` where it begins a caption, with the `pause` (seconds) before it."""

    text: str
    second: float | None = None
    pause: float = 0.0


def transcript_of(
    captions: Sequence[Caption], chapters: Sequence[Chapter] = (), seconds: float | None = None
) -> Transcript:
    """
    The transcript that these captions make: paragraphs, under the chapters' headings where there are any.

    Paragraphs of 100 to 150 words end at pauses and full stops; of speech without full stops they are shorter.
    `seconds` is the length of the video, where it is known.
    """
    words = list(_words(captions))
    stops = sum(STOP.search(word.text) is not None for word in words)
    punctuated = stops * WORDS_PER_STOP >= len(words)
    aim, most = (AIM_WORDS, MOST_WORDS) if punctuated else (AIM_WORDS_UNPUNCTUATED, MOST_WORDS_UNPUNCTUATED)
    pieces: list[str] = []
    times: list[tuple[int, float]] = []
    length = counted = 0
    chapter = -1
    for number, word in enumerate(words):
        glue = " " if number else ""
        if counted >= aim and _ends(words[number - 1], word, punctuated, counted >= most):
            glue = "\n\n"
        if word.second is not None and (now := _chapter_at(chapters, word.second)) != chapter:
            chapter, glue = now, f"{chr(10) * 2 if number else ''}## {chapters[now].title}\n\n"
        counted = 1 if glue.startswith("\n") or not number else counted + 1
        if word.second is not None:
            times.append((length + len(glue), word.second))
        pieces += glue, word.text
        length += len(glue) + len(word.text)
    end = max([seconds or 0.0, *(caption.end for caption in captions)])
    return Transcript("".join(pieces), (*times, (length, end)))


def _words(captions: Sequence[Caption]) -> Iterator[_Word]:
    until = 0.0
    for caption in captions:
        first, *others = caption.text.split()
        yield _Word(first, caption.start, max(0.0, caption.start - until))
        yield from map(_Word, others)
        until = caption.end


def _ends(before: _Word, word: _Word, punctuated: bool, long: bool) -> bool:
    """Whether a paragraph that is long enough (or too `long`) ends between two words."""
    if STOP.search(before.text) or word.pause >= PAUSE:
        return True
    # A sentence is not cut for being long; what never stops is cut between two captions.
    return long and not punctuated and word.second is not None


def _chapter_at(chapters: Sequence[Chapter], second: float) -> int:
    # A caption that begins just before its chapter belongs to it.
    return bisect_right([chapter.start for chapter in chapters], second + 0.5) - 1
