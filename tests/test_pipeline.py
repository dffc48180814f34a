"""The pipeline, against a real website on loopback: what becomes of each page, and that it is done once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.fetch import Fetcher
from ingest.page import Link as PageLink
from ingest.page import Page
from ingest.pipeline import (
    Address,
    Outcome,
    Pipeline,
    Progress,
    Report,
    addresses,
    handbook_addresses,
    is_reading_list,
)
from tests.mirror import Reply, Website, website
from tutor import handbook
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput
from tutor.library import Library
from tutor.vectors import ExactIndex

HOST = "https://pages.test"


def page(title: str, *paragraphs: str, links: tuple[str, ...] = ()) -> bytes:
    """An article with a hundred words and more, so that no reader takes it for an empty page."""
    filling = " ".join(f"The {title} has a part number {n} that says something of its own." for n in range(12))
    body = "".join(f"<p>{text}</p>" for text in (*paragraphs, filling))
    anchors = "".join(f'<p>See <a href="{link}">{link}</a> for one more view of it.</p>' for link in links)
    head = f"<html><head><title>{title}</title></head>"
    return f"{head}<body><main><h1>{title}</h1>{body}{anchors}</main></body></html>".encode()


def conditional(body: bytes, tag: str) -> object:
    def reply(headers: "dict[str, str]") -> Reply:
        known = headers.get("if-none-match") == tag
        return Reply(b"" if known else body, 304 if known else 200, {"Content-Type": "text/html", "ETag": tag})

    return reply


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def run(library: Library, site: Website, wanted: list[Address], **options: object) -> tuple[Report, list[Progress]]:
    encoder = LettersEncoder()
    seen: list[Progress] = []
    index = ExactIndex(library, encoder)
    with Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher:
        pipeline = Pipeline(library, encoder, index, fetcher)
        report = pipeline.run(wanted, progress=seen.append, **options)  # type: ignore[arg-type]
    return report, seen


def outcomes(report: Report) -> dict[str, str]:
    return {one.url.removeprefix(HOST): one.outcome for one in report.outcomes}


def test_a_page_becomes_passages_that_are_encoded(library: Library) -> None:
    with website({f"/{HOST}/a": Reply(page("Alpha", "Alpha is the first letter of the Greek alphabet."))}) as site:
        report, seen = run(library, site, [Address(f"{HOST}/a", chapter="tokenization")])
    assert outcomes(report) == {"/a": "read"}
    source = library.source(f"{HOST}/a")
    assert source is not None
    assert "Alpha is the first letter" in source.text
    assert source.chapter == "tokenization"
    assert library.counts().unencoded == 0
    assert report.passages == library.counts().passages > 0
    assert (seen[-1].done, seen[-1].total, seen[-1].waiting) == (1, 1, 0)


def test_what_was_read_lately_is_not_asked_for_again(library: Library) -> None:
    with website({f"/{HOST}/a": Reply(page("Alpha"))}) as site:
        run(library, site, [Address(f"{HOST}/a"), Address(f"{HOST}/gone")])
        before = len(site.asked)
        report, _ = run(library, site, [Address(f"{HOST}/a"), Address(f"{HOST}/gone")])
        assert outcomes(report) == {"/a": "unchanged", "/gone": "dead"}
        assert len(site.asked) == before


def test_refreshing_costs_a_304_and_keeps_the_passages(library: Library) -> None:
    pages = {f"/{HOST}/a": conditional(page("Alpha"), '"one"')}
    with website(pages) as site:  # type: ignore[arg-type]
        run(library, site, [Address(f"{HOST}/a")])
        kept = library.passages_of(1)
        report, _ = run(library, site, [Address(f"{HOST}/a")], refresh=True)
        assert site.asked[-1][1]["if-none-match"] == '"one"'
    assert outcomes(report) == {"/a": "unchanged"}
    assert library.passages_of(1) == kept


def test_a_changed_page_replaces_its_passages(library: Library) -> None:
    pages = {f"/{HOST}/a": Reply(page("Alpha", "It was written long ago."))}
    with website(pages) as site:
        run(library, site, [Address(f"{HOST}/a")])
        pages[f"/{HOST}/a"] = Reply(page("Alpha", "It was rewritten only yesterday."))
        report, _ = run(library, site, [Address(f"{HOST}/a")], refresh=True)
    assert outcomes(report) == {"/a": "changed"}
    assert library.match("ago", 5) == []
    assert len(library.match("yesterday", 5)) == 1
    assert library.counts().sources == 1


def test_the_same_text_under_another_address_is_one_source(library: Library) -> None:
    same = Reply(page("Alpha", "Alpha is a letter."))
    with website({f"/{HOST}/a": same, f"/{HOST}/b": same}) as site:
        report, _ = run(library, site, [Address(f"{HOST}/a"), Address(f"{HOST}/b")])
    assert sorted(outcomes(report).values()) == ["duplicate", "read"]
    assert library.counts().sources == 1
    assert {link.source for link in library.links()} == {1}


def test_a_page_that_vanished_stays_citable(library: Library) -> None:
    pages = {f"/{HOST}/a": Reply(page("Alpha"))}
    with website(pages) as site:
        run(library, site, [Address(f"{HOST}/a")])
        pages[f"/{HOST}/a"] = Reply(status=410)
        report, _ = run(library, site, [Address(f"{HOST}/a")], refresh=True)
    assert outcomes(report) == {"/a": "dead"}
    link = library.link(f"{HOST}/a")
    assert link is not None
    assert (link.state, link.source) == ("dead", 1)
    assert library.source(1) is not None


def test_one_bad_page_never_ends_a_run(library: Library) -> None:
    bad = Reply(b"\x00\x01" * 500, 200, {"Content-Type": "text/html"})
    with website({f"/{HOST}/bad": bad, f"/{HOST}/a": Reply(page("Alpha"))}) as site:
        report, _ = run(library, site, [Address(f"{HOST}/bad"), Address(f"{HOST}/a"), Address("https://x.com/me")])
    assert outcomes(report)["/a"] == "read"
    assert outcomes(report)["/bad"] in ("failed", "skipped")
    assert outcomes(report)["https://x.com/me"] == "skipped"
    assert all(one.reason for one in report.outcomes if one.outcome in ("failed", "skipped"))


def test_a_reading_list_is_read_with_its_links_and_others_are_not(library: Library) -> None:
    hosts = [f"https://away{n}.test/page" for n in range(14)]
    pages = {f"/{url}": Reply(page(f"Page {n}")) for n, url in enumerate(hosts)}
    pages[f"/{HOST}/list"] = Reply(page("List", links=tuple(hosts)))
    pages[f"/{HOST}/article"] = Reply(page("Article", links=(f"{HOST}/other",)))
    with website(pages) as site:
        report, _ = run(library, site, [Address(f"{HOST}/list"), Address(f"{HOST}/article")])
    assert report.count("read") == 16
    assert f"/{HOST}/other" not in site.paths


def test_links_are_left_alone_when_asked(library: Library) -> None:
    hosts = [f"https://away{n}.test/page" for n in range(14)]
    with website({f"/{HOST}/list": Reply(page("List", links=tuple(hosts)))}) as site:
        report, _ = run(library, site, [Address(f"{HOST}/list", follow="none")])
    assert len(report.outcomes) == 1


def test_a_chapters_index_leads_to_the_pages_of_its_folder(library: Library) -> None:
    pages = {
        f"/{HOST}/book/two/index.html": Reply(page("Two", links=("one.html", "../three/index.html"))),
        f"/{HOST}/book/two/one.html": Reply(page("Two One")),
    }
    with website(pages) as site:
        wanted = [Address(f"{HOST}/book/two/index.html", chapter="tokenization", follow="none")]
        report, _ = run(library, site, wanted)
    assert outcomes(report) == {"/book/two/index.html": "read", "/book/two/one.html": "read"}
    assert {source.chapter for source in library.sources()} == {"tokenization"}


def test_the_limit_counts_what_is_fetched(library: Library) -> None:
    pages = {f"/{HOST}/{n}": Reply(page(f"Page {n}")) for n in range(5)}
    with website(pages) as site:
        first, _ = run(library, site, [Address(f"{HOST}/{n}") for n in range(5)], limit=2)
        second, _ = run(library, site, [Address(f"{HOST}/{n}") for n in range(5)], limit=2)
    assert first.count("read") == 2
    assert (second.count("read"), second.count("unchanged")) == (2, 2)


def test_a_stopped_run_is_carried_on_by_the_next(library: Library) -> None:
    hosts = [f"https://away{n}.test/page" for n in range(14)]
    pages = {f"/{url}": Reply(page(f"Page {n}")) for n, url in enumerate(hosts)}
    pages[f"/{HOST}/list"] = Reply(page("List", links=tuple(hosts)))
    stop = threading.Event()
    with website(pages) as site, Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher:
        encoder = LettersEncoder()
        pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher)

        def enough(state: Progress) -> None:
            if state.done >= 3:
                stop.set()

        first = pipeline.run([Address(f"{HOST}/list")], progress=enough, stop=stop)
        assert first.stopped
        read = {one.url for one in first.outcomes if one.outcome == "read"}
        assert 3 <= len(read) < 15
        second = pipeline.run([Address(f"{HOST}/list")])
    assert not second.stopped
    assert {one.url for one in second.outcomes if one.outcome == "read"} == {f"{HOST}/list", *hosts} - read
    assert library.counts().sources == 15
    assert library.counts().unencoded == 0


INGEST = """
import sys
from pathlib import Path
from ingest.fetch import Fetcher
from ingest.pipeline import Address, Pipeline
from tutor.encoder import LettersEncoder
from tutor.library import Library
from tutor.vectors import ExactIndex
library = Library.open(Path(sys.argv[1]))
encoder = LettersEncoder()
with Fetcher(via=sys.argv[2], delay=0.0, archive=False) as fetcher:
    pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher)
    pipeline.run([Address(f"https://host{n % 4}.test/{n}") for n in range(24)])
"""


def test_a_killed_run_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    pages = {f"/https://host{n % 4}.test/{n}": Reply(page(f"Page {n}")) for n in range(24)}
    with website(pages) as site:

        def begin(path: Path) -> "subprocess.Popen[bytes]":
            command = [sys.executable, "-c", INGEST, str(path), site.base + "{url}"]
            return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})

        assert begin(tmp_path / "whole.db").wait(120) == 0
        for wait in (1.2, 1.5, 1.8, 2.1):
            process = begin(tmp_path / "killed.db")
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        assert begin(tmp_path / "killed.db").wait(120) == 0
    with Library.open(tmp_path / "whole.db") as whole, Library.open(tmp_path / "killed.db") as killed:
        assert killed.digest() == whole.digest()
        assert killed.counts() == whole.counts()
        assert killed.counts().unencoded == 0


def test_local_files_are_read_like_pages(library: Library, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# My note\n\n" + "Gradient checkpointing trades computation for memory. " * 20)
    with website({}) as site:
        report, _ = run(library, site, addresses([str(note)]))
    assert report.count("read") == 1
    assert len(library.match("checkpointing", 5)) >= 1


@pytest.mark.parametrize("named", ["nowhere.md", "ftp://example.org/x", "picture.png"])
def test_what_cannot_be_read_is_said_before_anything_is_fetched(named: str, tmp_path: Path) -> None:
    if named.endswith(".png"):
        (tmp_path / named).write_bytes(b"x")
        named = str(tmp_path / named)
    with pytest.raises(BadInput) as caught:
        addresses([named])
    assert "\n" not in str(caught.value)


def test_the_handbook_comes_first_and_brings_its_chapters() -> None:
    wanted = handbook_addresses(handbook.load())
    assert wanted[0].url == "https://genai-handbook.github.io/"
    assert len({address.url for address in wanted}) > 270
    assert len({address.chapter for address in wanted if address.chapter}) == 52


def test_a_reading_list_has_many_links_and_few_words_to_each() -> None:
    links = tuple(PageLink(f"https://away{n}.test/", f"number {n}", "") for n in range(20))
    few_words = Page("https://a.test/", "A", "word " * 400, "article", links=links)
    many_words = Page("https://a.test/", "A", "word " * 9000, "article", links=links)
    assert is_reading_list(few_words)
    assert not is_reading_list(many_words)


def test_a_report_counts_its_outcomes() -> None:
    report = Report((Outcome("a", "read"), Outcome("b", "dead", "not found"), Outcome("c", "skipped", "x")), 3, 1.0)
    assert (report.count("read"), report.count("read", "dead")) == (1, 2)
    assert report.failures == (Outcome("b", "dead", "not found"),)


def test_a_list_is_kept_and_names_what_it_leads_to(library: Library, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf.md"
    items = "\n".join(f"- [Thing number {n}](https://pages.test/{n}) - a remark on it" for n in range(12))
    shelf.write_text(f"# Shelf\n\n## Things\n\n{items}\n- [A film](https://www.youtube.com/watch?v=abcdefghijk)\n")
    with website({f"/https://pages.test/{n}": Reply(page(f"Page {n}")) for n in range(3)}) as site:
        report, _ = run(library, site, addresses([str(shelf)]))
    assert (report.count("read"), report.count("dead"), report.count("skipped")) == (4, 9, 1)
    kept = library.reading_list(shelf.as_uri())
    assert kept is not None
    assert [len(section.resources) for section in kept.sections] == [13]
    titles = {link.url: link.title for link in library.links()}
    assert titles["https://www.youtube.com/watch?v=abcdefghijk"] == "A film"
    assert titles["https://pages.test/11"] == "Thing number 11"


def test_a_note_of_ones_own_is_no_list(library: Library, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("My Note\n\nOne Part\n\n" + "Words of a sentence that names nothing. " * 20)
    with website({}) as site:
        run(library, site, addresses([str(note)]))
    assert library.lists() == []


def test_only_what_a_person_named_becomes_a_list(library: Library) -> None:
    away = tuple(f"https://away{n}.test/" for n in range(14))
    with website({f"/{HOST}/list": Reply(page("Links", links=away))}) as site:
        run(library, site, [Address(f"{HOST}/list", follow="none")])
        assert library.lists() == []
        run(library, site, addresses([f"{HOST}/list"], "none"), refresh=True)
    assert [len(kept.all_resources()) for kept in library.lists()] == [14]
