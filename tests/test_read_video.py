"""Videos: what a watch page says, the transcript it names, and what becomes of a video without one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.fetch import Fetcher
from ingest.pipeline import Address, Pipeline, Report, addresses
from ingest.read_video import CLOSED, NO_TRANSCRIPT, Track, best_track, video_named, video_of
from ingest.workers import Workers
from tests.mirror import Pages, Reply, Website, mirror, website
from tutor import handbook
from tutor.encoder import LettersEncoder
from tutor.library import Library
from tutor.links import link, second_at
from tutor.vectors import ExactIndex

VIDEO = "abcdefghijk"
WATCH = f"https://www.youtube.com/watch?v={VIDEO}"
TRACK = "https://www.youtube.com/api/timedtext"
TOLD = "A short talk.\n\n0:00 Warm up\n0:30 Matrices\n1:00 Cool down"


def player(*tracks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What YouTube hands to its player, as far as it is read."""
    details = {
        "videoId": VIDEO,
        "title": "Matrices & Friends",
        "lengthSeconds": "95",
        "author": "Small Models",
        "shortDescription": TOLD,
    }
    return {
        "playabilityStatus": {"status": "OK"},
        "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": list(tracks)}},
        "videoDetails": details,
        "microformat": {"playerMicroformatRenderer": {"publishDate": "2024-02-06T08:00:00-08:00"}},
        **more,
    }


def track(language: str, kind: str = "", url: str = "/api/timedtext") -> dict[str, Any]:
    address = f"{url}?v={VIDEO}&lang={language}" + ("&kind=asr" if kind else "")
    return {"baseUrl": address, "languageCode": language, "name": {"simpleText": language}, "kind": kind}


def watch_page(data: dict[str, Any] | None, head: str = "", title: str = "Matrices &amp; Friends - YouTube") -> Reply:
    script = f"<script>var ytInitialPlayerResponse = {json.dumps(data)};var meta = {{}};</script>" if data else ""
    page = f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head><body>{script}</body></html>"
    return Reply(page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def timedtext(captions: int = 20) -> Reply:
    """Captions of five seconds each, in the format that is asked for."""
    events = [
        {"tStartMs": 5000 * n, "dDurationMs": 4800, "segs": [{"utf8": f"Caption {n} says that matrices are kind."}]}
        for n in range(captions)
    ]
    return Reply(json.dumps({"events": events}).encode(), headers={"Content-Type": "application/json; charset=UTF-8"})


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def run(library: Library, pages: Pages, wanted: list[Address]) -> tuple[Report, Website]:
    encoder = LettersEncoder()
    with website(pages) as site, Fetcher(via=site.base + "{url}", delay=0.0) as fetcher:
        pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher, handbook=handbook.load())
        return pipeline.run(wanted), site


def test_a_video_is_read_with_the_times_of_its_words(library: Library) -> None:
    pages = {f"/{WATCH}": watch_page(player(track("en"))), f"/{TRACK}?v={VIDEO}&lang=en&fmt=json3": timedtext()}
    report, _ = run(library, pages, [Address(f"https://youtu.be/{VIDEO}?si=x", chapter="tokenization")])
    assert report.count("read") == 1
    source = library.source(1)
    assert source is not None
    assert (source.title, source.author, source.kind) == ("Matrices & Friends", "Small Models", "video")
    assert (source.published, source.language, source.minutes) == ("2024-02-06", "en", 2)
    assert [line for line in source.text.split("\n") if line.startswith("#")] == [
        "## Warm up",
        "## Matrices",
        "## Cool down",
    ]
    at = source.text.index("Caption 13 says")
    assert second_at(source.times, at) == 65
    assert link(source.url, "Caption 13 says", at, (), source.times).endswith(f"/{VIDEO}?t=65s")
    held = library.held(library.passages_of(1)).values()
    assert [one.passage.heading for one in held] == ["Warm up", "Matrices", "Cool down"]


def test_a_video_is_read_in_a_process_of_its_own_too(library: Library) -> None:
    pages = {f"/{WATCH}": watch_page(player(track("en"))), f"/{TRACK}?v={VIDEO}&lang=en&fmt=json3": timedtext()}
    encoder = LettersEncoder()
    with (
        website(pages) as site,
        Fetcher(via=site.base + "{url}", delay=0.0) as fetcher,
        Workers(processes=1) as workers,
    ):
        pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher, workers=workers)
        assert pipeline.run([Address(WATCH)]).count("read") == 1
    source = library.source(WATCH)
    assert source is not None
    assert source.times[-1] == (len(source.text), 99.8)


def test_a_second_run_asks_for_nothing(library: Library) -> None:
    pages = {f"/{WATCH}": watch_page(player())}
    _, first = run(library, pages, [Address(WATCH)])
    report, second = run(library, pages, [Address(WATCH)])
    assert (len(first.paths), second.paths) == (2, [])  # robots.txt and the page
    assert [(one.outcome, one.reason) for one in report.outcomes] == [("skipped", NO_TRANSCRIPT)]


def test_a_video_without_a_transcript_is_kept_with_its_title_and_channel(library: Library) -> None:
    report, _ = run(library, {f"/{WATCH}": watch_page(player())}, [Address(WATCH)])
    assert [(one.outcome, one.reason) for one in report.outcomes] == [("skipped", NO_TRANSCRIPT)]
    kept = library.link(WATCH)
    assert kept is not None
    assert (kept.state, kept.kind, kept.title) == ("skipped", "video", "Matrices & Friends (Small Models, 2 min)")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(b"", headers={"Content-Type": "text/html"}), CLOSED),  # how a program is refused
        (Reply(status=403), CLOSED),
        (Reply(status=404), NO_TRANSCRIPT),
        (timedtext(2), NO_TRANSCRIPT),  # too few words
        (Reply(b"{}", headers={"Content-Type": "application/json"}), NO_TRANSCRIPT),
    ],
)
def test_a_transcript_that_cannot_be_had_is_no_failure(library: Library, answer: Reply, reason: str) -> None:
    pages = {f"/{WATCH}": watch_page(player(track("en"))), f"/{TRACK}?v={VIDEO}&lang=en&fmt=json3": answer}
    report, _ = run(library, pages, [Address(WATCH)])
    assert [(one.outcome, one.reason) for one in report.outcomes] == [("skipped", reason)]


def test_robots_txt_holds_for_transcripts_too(library: Library) -> None:
    robots = Reply(b"User-agent: *\nDisallow: /api/\n", headers={"Content-Type": "text/plain"})
    pages = {"/https://www.youtube.com/robots.txt": robots, f"/{WATCH}": watch_page(player(track("en")))}
    report, site = run(library, pages, [Address(WATCH)])
    assert [(one.outcome, one.reason) for one in report.outcomes] == [("skipped", CLOSED)]
    assert not any("timedtext" in path for path in site.paths)


def test_a_page_cannot_send_the_reader_elsewhere(library: Library) -> None:
    data = player(track("en", url="https://169.254.169.254/timedtext"), track("en", url="https://b.test/timedtext"))
    _, site = run(library, {f"/{WATCH}": watch_page(data)}, [Address(WATCH)])
    assert not any("169.254" in path or "b.test" in path for path in site.paths)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        ({"playabilityStatus": {"status": "ERROR", "reason": "Video unavailable"}}, "dead"),
        ({"playabilityStatus": {"status": "LOGIN_REQUIRED"}}, "blocked"),
    ],
)
def test_a_video_that_cannot_be_watched_is_named_so(library: Library, data: dict[str, Any], outcome: str) -> None:
    report, _ = run(library, {f"/{WATCH}": watch_page(data)}, [Address(WATCH)])
    assert report.outcomes[0].outcome == outcome


def test_a_page_that_says_nothing_is_asked_about_elsewhere(library: Library) -> None:
    oembed = f"https://www.youtube.com/oembed?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{VIDEO}"
    told = json.dumps({"title": "Matrices", "author_name": "Small Models"}).encode()
    pages = {
        f"/{WATCH}": watch_page(None, title="YouTube"),
        f"/{oembed}": Reply(told, headers={"Content-Type": "application/json"}),
    }
    run(library, pages, [Address(WATCH)])
    kept = library.link(WATCH)
    assert kept is not None
    assert kept.title == "Matrices (Small Models)"


def test_the_facts_come_from_meta_tags_where_the_player_says_nothing() -> None:
    head = (
        '<meta property="og:title" content="Ten Minutes"><meta itemprop="duration" content="PT1H2M3S">'
        '<meta itemprop="datePublished" content="2023-01-02"><span itemprop="author" itemscope>'
        '<link itemprop="name" content="Chalk"></span>'
    )
    video = video_of(watch_page(None, head).body.decode(), WATCH)
    assert (video.title, video.author, video.seconds, video.published) == ("Ten Minutes", "Chalk", 3723, "2023-01-02")


@pytest.mark.parametrize("script", ["{broken", "{}", '{"videoDetails": 3, "captions": []}', "[]"])
def test_odd_player_data_breaks_nothing(script: str) -> None:
    page = f"<html><title>A talk - YouTube</title><script>var ytInitialPlayerResponse = {script};</script></html>"
    assert video_of(page, WATCH).title == "A talk"


def test_english_and_people_come_first() -> None:
    german, heard, british = Track("a", "de", False), Track("b", "en", True), Track("c", "en-GB", False)
    assert best_track([german, heard, british]) == british
    assert best_track([german, heard]) == heard
    assert best_track([german]) == german
    assert best_track([]) is None


VTT = "WEBVTT\n\n" + "\n\n".join(
    f"0{n // 6}:{n % 6}0.000 --> 0{n // 6}:{n % 6}9.000\nWords of a talk about kindness, {n}." for n in range(20)
)


def test_a_file_of_captions_is_read(library: Library, tmp_path: Path) -> None:
    (tmp_path / "my_talk.en.vtt").write_text(VTT)
    report, _ = run(library, {}, addresses([str(tmp_path / "my_talk.en.vtt")]))
    assert report.count("read") == 1
    source = library.source(1)
    assert source is not None
    assert (source.title, source.kind, source.times[1][1]) == ("my talk", "video", 10.0)
    assert link(source.url, "Words", 0, (), source.times) == source.url


def test_a_file_of_captions_belongs_to_the_video_it_is_named_after(library: Library, tmp_path: Path) -> None:
    resource, chapter = next(
        (r, c) for c in handbook.load().chapters for r in c.resources if r.kind == "video" and "watch?v=" in r.url
    )
    video = resource.url.partition("v=")[2][:11]
    path = tmp_path / f"Anything [{video}].en.vtt"
    path.write_text(VTT)
    run(library, {}, addresses([str(path)]))
    source = library.source(f"https://www.youtube.com/watch?v={video}")
    assert source is not None
    assert (source.title, source.chapter) == (resource.title, chapter.id)
    at = source.text.index("kindness, 7")
    assert link(source.url, "", at, (), source.times) == f"https://www.youtube.com/watch?v={video}&t=70s"
    kept = library.link(source.url)
    assert kept is not None
    assert (kept.state, kept.source) == ("read", 1)
    assert video_named(path.as_uri()) == video
    assert video_named("file:///a/plain.vtt") is None


def test_the_mirrors_videos_have_no_transcript(library: Library) -> None:
    names = {"mirrorvid01": "Gradient Descent in Ten Minutes (Chalk and Tensors, 10 min)"}
    names |= {"mirrorvid02": "Attention Without the Jargon (Plain Models, 10 min)"}
    encoder = LettersEncoder()
    with mirror() as web, Fetcher(via=web.via, delay=0.0) as fetcher:
        wanted = [Address(f"https://www.youtube.com/watch?v={name}") for name in names]
        report = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher).run(wanted)
    assert {one.reason for one in report.outcomes} == {NO_TRANSCRIPT}
    assert [one.title for one in library.links()] == list(names.values())


def test_what_is_blocked_for_the_moment_is_asked_again(library: Library) -> None:
    pages = {
        f"/{WATCH}": watch_page(player(track("en"))),
        f"/{TRACK}?v={VIDEO}&lang=en&fmt=json3": Reply(status=500),
    }
    report, _ = run(library, pages, [Address(WATCH)])
    assert report.outcomes[0].outcome == "failed"
