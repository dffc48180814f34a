"""
Reading a video of YouTube: what its page says of it, and its transcript, where one is to be had.

The page names its caption tracks; the best is asked for like every page, so that robots.txt, the pause between two
requests, `--via` and the guard against private addresses hold for it too. Nothing here pretends to be another program
to get at a track that is closed to this one: then the video is kept as a resource, and a caption file (.vtt or .srt)
that a person has of it can be read instead (`video_named`).
Knows nothing of the library. Not covered: other video sites, speech to text.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from ingest.captions import Transcript, captions_of, chapters_of, transcript_of
from ingest.fetch import Fetched
from ingest.links import YOUTUBE_HOSTS, youtube_id
from ingest.metadata import facts_of, iso_date
from ingest.page import Page
from ingest.read_html import FEWEST_WORDS, decoded, parsed
from tutor.errors import ReadingError

WATCH = "https://www.youtube.com/watch?v={video}"
OEMBED = "https://www.youtube.com/oembed?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{video}"
PLAYER = re.compile(r"ytInitialPlayerResponse\s*=\s*(?=\{)")
DURATION = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
# How tools that keep subtitles name their files: "Title [kCc8FmEb1nY].en.vtt".
NAMED = re.compile(r"\[([\w-]{11})\](?:\.[\w-]{2,12})?\.(?:vtt|srt|json3?|srv\d)$")
Read = Callable[[Fetched], Page]
NO_TRANSCRIPT = "video without a transcript: kept as a resource"
CLOSED = "video whose transcript is closed to programs: kept as a resource"


class KeptAsResource(ReadingError):
    """A video without words that could be read; `page` is what is known of it."""

    def __init__(self, reason: str, page: Page) -> None:
        super().__init__("skipped", reason)
        self.page = page

    @property
    def description(self) -> str:
        """Title, channel and minutes in one line, as far as they are known."""
        seconds = self.page.seconds
        more = [self.page.author or "", f"{max(1, round(seconds / 60))} min" if seconds else ""]
        about = ", ".join(one for one in more if one)
        return f"{self.page.title} ({about})" if about else self.page.title


@dataclass(frozen=True, slots=True)
class Track:
    """One caption track: its address, language ("en", "en-GB"), and whether a machine heard it."""

    url: str
    language: str
    generated: bool


@dataclass(frozen=True, slots=True)
class Video:
    """What the page of a video says of it; `seconds` is its length."""

    title: str = ""
    author: str | None = None
    seconds: float | None = None
    description: str = ""
    published: str | None = None
    tracks: tuple[Track, ...] = ()


def read_video(fetched: Fetched) -> Page:
    """
    The page of a video; with its transcript, if the captions that its first reading asked for (`more`) are its `part`.

    Without words that could be read its text is empty. ReadingError "dead" or "blocked" for a video that is gone or
    not shown to everybody.
    """
    video = video_of(decoded(fetched.body, fetched.content_type), fetched.url)
    track = best_track(video.tracks)
    page = Page(
        url=fetched.url,
        title=video.title,
        text="",
        kind="video",
        author=video.author,
        published=video.published,
        language=track.language.partition("-")[0] if track else None,
        more=_as_json(track.url) if track else None,
        seconds=video.seconds,
    )
    if fetched.part is None:
        return page
    try:
        captions = captions_of(decoded(fetched.part.body, fetched.part.content_type))
        transcript = _long_enough(transcript_of(captions, chapters_of(video.description), video.seconds))
    except ReadingError:
        return replace(page, more=None)
    return replace(page, text=transcript.text, times=transcript.times, more=None)


def with_transcript(page: Page, fetched: Fetched, fetch: Callable[[str], Fetched], read: Read) -> Page:
    """
    The page of a video with its transcript, which is asked for with `fetch`; `read` reads the two together.

    KeptAsResource where there is none to be had; ReadingError "failed" where that may change by itself.
    """
    if not page.title:
        page = _described_elsewhere(page, fetch)
    if page.more is None:
        raise KeptAsResource(NO_TRANSCRIPT, page)
    try:
        part = fetch(page.more)
    except ReadingError as error:
        if error.state == "failed":
            raise
        raise KeptAsResource(CLOSED if error.state == "blocked" else NO_TRANSCRIPT, page) from error
    whole = read(replace(fetched, part=part))
    if whole.text:
        return replace(whole, title=page.title, author=page.author)
    # An empty answer is how YouTube refuses programs.
    raise KeptAsResource(NO_TRANSCRIPT if part.body.strip() else CLOSED, page)


def read_captions(text: str, *, url: str) -> Page:
    """
    The page in a file of captions. It belongs to the video that its name names, so that its quotes lead there.

    ReadingError when there are no captions in it, or too few words.
    """
    transcript = _long_enough(transcript_of(captions_of(text)))
    video = video_named(url)
    name = re.sub(r"(?:\s*\[[\w-]{11}\])?(?:\.[a-z]{2}(?:-[\w-]+)?)?\.\w+$", "", _file_name(url))
    return Page(
        url=WATCH.format(video=video) if video else url,
        title=name.replace("_", " "),
        text=transcript.text,
        kind="video",
        times=transcript.times,
    )


def video_named(url: str) -> str | None:
    """The YouTube video that a file of captions is named after ("Title [abcdefghijk].en.vtt"); None if it is none."""
    found = NAMED.search(_file_name(url))
    return found[1] if found else None


def _file_name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


# --------------------------------------------------------------------------------------
# The page
# --------------------------------------------------------------------------------------


def video_of(page: str, url: str) -> Video:
    """
    What a watch page says of its video: in the player's data, and in the page's meta tags where that is silent.

    ReadingError "dead" or "blocked" for a video that cannot be watched.
    """
    player = _player(page)
    _check_playable(player)
    details = _part(player, "videoDetails")
    tree = parsed(page)
    facts = facts_of(tree, url)
    named = tree.xpath("string((//*[@itemprop='author']//*[@itemprop='name']/@content)[1])")
    told = tree.xpath("string((//meta[@itemprop='duration']/@content)[1])")
    microformat = _part(player, "microformat", "playerMicroformatRenderer")
    title = re.sub(r"\s+-\s+YouTube$", "", facts.title)
    return Video(
        title=str(details.get("title") or ("" if title == "YouTube" else title)),
        author=str(details.get("author") or named or facts.author or "") or None,
        seconds=_number(details.get("lengthSeconds")) or _duration(str(told)),
        description=str(details.get("shortDescription") or ""),
        published=iso_date(str(microformat.get("publishDate") or "")) or facts.published,
        tracks=tuple(_tracks(_part(player, "captions", "playerCaptionsTracklistRenderer"), url)),
    )


def _player(page: str) -> dict[str, Any]:
    """The data that the page hands to its player; empty where there is none that can be read."""
    for found in PLAYER.finditer(page):
        try:
            player, _ = json.JSONDecoder().raw_decode(page, found.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(player, dict):
            return player
    return {}


def _part(value: Any, *path: str) -> dict[str, Any]:
    """The object at this path of others; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _check_playable(player: dict[str, Any]) -> None:
    status = _part(player, "playabilityStatus")
    if status.get("status") == "ERROR":
        raise ReadingError("dead", "the video is no longer there")
    if status.get("status") == "LOGIN_REQUIRED" and not _part(player, "videoDetails").get("title"):
        raise ReadingError("blocked", "the video is shown only to those who sign in")


def _tracks(listed: dict[str, Any], url: str) -> list[Track]:
    """The caption tracks that lie on YouTube itself: a page cannot send the reader elsewhere."""
    found = []
    tracks = listed.get("captionTracks")
    for track in tracks if isinstance(tracks, list) else []:
        address = urljoin(url, str(_part(track).get("baseUrl") or ""))
        if urlsplit(address).hostname in YOUTUBE_HOSTS and "/timedtext" in address:
            found.append(Track(address, str(track.get("languageCode") or ""), track.get("kind") == "asr"))
    return found


def _number(value: Any) -> float | None:
    try:
        return float(value) or None
    except (TypeError, ValueError):
        return None


def _duration(told: str) -> float | None:
    """The seconds of an ISO 8601 duration such as PT1H2M3S."""
    found = DURATION.fullmatch(told.strip())
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds) or None


def _described_elsewhere(page: Page, fetch: Callable[[str], Fetched]) -> Page:
    """With title and channel from the address made for them (oEmbed): a page that asks for consent tells nothing."""
    try:
        told = json.loads(fetch(OEMBED.format(video=youtube_id(page.url))).body)
        return replace(page, title=str(told.get("title") or ""), author=str(told.get("author_name") or "") or None)
    except (ReadingError, ValueError, AttributeError):
        return page


# --------------------------------------------------------------------------------------
# The transcript
# --------------------------------------------------------------------------------------


def best_track(tracks: Sequence[Track]) -> Track | None:
    """English before other languages, then what people wrote before what a machine heard; the first of several."""
    return min(tracks, key=lambda track: (not track.language.startswith("en"), track.generated), default=None)


def _as_json(url: str) -> str:
    """The track's address in the format that tells most; what answers is read whatever its format."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "fmt"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("fmt", "json3")])))


def _long_enough(transcript: Transcript) -> Transcript:
    if len(transcript.text.split()) < FEWEST_WORDS:
        raise ReadingError("failed", "no readable text")
    return transcript
