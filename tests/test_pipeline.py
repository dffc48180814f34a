"""The pipeline, against a real website on loopback: what becomes of each page, and that it is done once."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.fetch import Fetched, Fetcher
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
    left,
)
from tests.mirror import Reply, Website, website
from tutor import handbook
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput, ReadingError
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
    stop = threading.Event()

    def after_the_stop(reply: Reply) -> Callable[[object], Reply]:
        def late(_: object) -> Reply:
            stop.wait(60)
            return reply

        return late

    pages: dict[str, Any] = {f"/{url}": Reply(page(f"Page {n}")) for n, url in enumerate(hosts)}
    for url in hosts[3:]:  # eight of them are under way when the run is stopped, and three are not
        pages[f"/{url}"] = after_the_stop(pages[f"/{url}"])
    pages[f"/{HOST}/list"] = Reply(page("List", links=tuple(hosts)))
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


# -- what a link becomes ----------------------------------------------------------------------------------------------


def test_a_page_that_fails_for_the_moment_or_is_gone_for_a_while_comes_back_with_a_304(library: Library) -> None:
    url = f"{HOST}/a"
    there = conditional(page("Alpha"), '"one"')
    pages: dict[str, object] = {f"/{url}": there}
    with website(pages) as site:  # type: ignore[arg-type]
        run(library, site, [Address(url)])
        before = library.source(1), library.passages_of(1)
        for status, state in ((500, "failed"), (410, "dead"), (403, "blocked")):
            pages[f"/{url}"] = Reply(status=status)
            run(library, site, [Address(url)], refresh=True)
            link = library.link(url)
            assert link is not None
            assert (link.state, link.source, link.etag) == (state, 1, '"one"')
        pages[f"/{url}"] = there
        report, _ = run(library, site, [Address(url)], refresh=True)
        assert site.asked[-1][1]["if-none-match"] == '"one"'
    assert outcomes(report) == {"/a": "unchanged"}
    link = library.link(url)
    assert link is not None
    assert (link.state, link.reason, link.source) == ("read", "", 1)
    assert (library.source(1), library.passages_of(1)) == before


def test_what_was_read_while_it_was_there_is_not_replaced_by_an_archives_copy(library: Library) -> None:
    def reading(site: Website) -> None:
        encoder = LettersEncoder()
        with Fetcher(via=site.base + "{url}", delay=0.0) as fetcher:
            pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher)
            pipeline.run([Address(f"{HOST}/a"), Address(f"{HOST}/b")], refresh=True)

    copy = "/https://web.archive.org/web/2024id_/"
    pages = {
        f"/{HOST}/a": Reply(page("Alpha", "As it was read.")),
        f"{copy}{HOST}/a": Reply(page("Alpha", "As somebody kept it.")),
        f"{copy}{HOST}/b": Reply(page("Beta", "As somebody kept it.")),
    }
    with website(pages) as site:
        reading(site)
        pages[f"/{HOST}/a"] = Reply(status=410)
        reading(site)
    a, b = library.link(f"{HOST}/a"), library.link(f"{HOST}/b")
    assert a is not None
    assert b is not None
    assert (a.state, a.archived) == ("dead", False)
    source = library.source(f"{HOST}/a")
    assert source is not None
    assert "As it was read." in source.text
    assert (b.state, b.archived, b.reason) == ("read", True, "gone; an archived copy of 2024 was read")


def test_without_a_network_the_run_ends_early_and_nothing_is_marked(library: Library) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no name")

    wanted = [Address(f"https://host{n}.test/a") for n in range(60)]
    pages = {f"/https://host{n}.test/a": Reply(page(f"Page {n}")) for n in range(2)}
    with website(pages) as site:
        run(library, site, wanted[:2])
    before = library.links()
    encoder = LettersEncoder()
    for some in (wanted, wanted[:1]):
        with Fetcher(delay=0.0, resolve=nobody) as fetcher:
            report = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher).run(some, refresh=True)
        assert "no longer exists" in report.offline
        assert (report.outcomes, report.stopped) == ((), False)
        assert library.links() == before


class HalfGone(Fetcher):
    """A Fetcher for which some hosts no longer have an address."""

    def fetch(self, url: str, **options: Any) -> Fetched:
        if "gone" in url:
            raise ReadingError("dead", "the host no longer exists", reached=False)
        return super().fetch(url, **options)


def test_a_host_that_is_gone_is_dead_where_others_answer(library: Library) -> None:
    encoder = LettersEncoder()
    with (
        website({f"/{HOST}/a": Reply(page("Alpha"))}) as site,
        HalfGone(via=site.base + "{url}", delay=0.0, archive=False) as fetcher,
    ):
        wanted = [Address(f"https://gone{n}.test/") for n in range(5)] + [Address(f"{HOST}/a")]
        report = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher).run(wanted)
    assert (report.count("dead"), report.count("read"), report.offline) == (5, 1, "")
    assert [link.state for link in library.links()].count("dead") == 5


# -- read again -------------------------------------------------------------------------------------------------------


def test_a_better_reader_reads_kept_bytes_again_without_fetching(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest import pipeline as module

    def reading(site: Website, *, refresh: bool = False) -> Report:
        encoder = LettersEncoder()
        with Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher:
            pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher, tmp_path / "pages")
            return pipeline.run([Address(f"{HOST}/a"), Address(f"{HOST}/b")], refresh=refresh)

    def better(fetched: Fetched) -> Page:
        found = worse(fetched)
        return replace(found, text=found.text + "\n\nA table that was overlooked.")

    worse = module.read
    pages = {f"/{HOST}/{name}": conditional(page(name), f'"{name}"') for name in "ab"}
    with website(pages) as site:  # type: ignore[arg-type]
        reading(site)
        monkeypatch.setattr(module, "READER", module.READER + 1)
        monkeypatch.setattr(module, "read", better)
        checked = [link.checked for link in library.links()]
        asked = len(site.asked)
        assert outcomes(reading(site)) == {"/a": "changed", "/b": "changed"}
        assert len(site.asked) == asked
        assert [link.checked for link in library.links()] == checked  # nobody was asked
        assert outcomes(reading(site)) == {"/a": "unchanged", "/b": "unchanged"}
        monkeypatch.setattr(module, "READER", module.READER + 1)
        monkeypatch.setattr(module, "read", worse)
        assert outcomes(reading(site, refresh=True)) == {"/a": "changed", "/b": "changed"}  # a 304 each
        assert len([path for path in site.paths if path.endswith("/a")]) == 2
        (tmp_path / "pages").rename(tmp_path / "elsewhere")
        monkeypatch.setattr(module, "READER", module.READER + 1)
        assert outcomes(reading(site)) == {"/a": "unchanged", "/b": "unchanged"}


def test_another_encoder_encodes_all_anew_without_fetching(library: Library, tmp_path: Path) -> None:
    from tutor.vectors import ChromaIndex, key

    class Others(LettersEncoder):
        name = "others"

    indexes = []
    with website({f"/{HOST}/{n}": Reply(page(f"Page {n}")) for n in range(3)}) as site:
        for encoder in (LettersEncoder(), Others(), LettersEncoder()):
            index = ChromaIndex(library, encoder, tmp_path / "chroma")
            with Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher:
                Pipeline(library, encoder, index, fetcher).run([Address(f"{HOST}/{n}") for n in range(3)])
            everything = [p for n in (1, 2, 3) for p in library.passages_of(n)]
            assert library.count_unencoded(key(encoder)) == 0
            assert set(library.vectors(key(encoder), everything)) == set(everything)
            assert set(index.collection().get(include=[])["ids"]) == {str(p) for p in everything}
            indexes.append(index)
        assert len(site.asked) == 4  # robots.txt and the three pages, once
    assert len(indexes[-1]._client.list_collections()) == 1  # nothing is left of the other encoder's
    for index in indexes:
        index.close()


# -- reading lists --------------------------------------------------------------------------------------------------


def test_a_list_is_kept_and_names_what_it_leads_to(library: Library, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf.md"
    items = "\n".join(f"- [Thing number {n}](https://pages.test/{n}) - a remark on it" for n in range(12))
    shelf.write_text(f"# Shelf\n\n## Things\n\n{items}\n- [A film](https://vimeo.com/123456)\n")
    with website({f"/https://pages.test/{n}": Reply(page(f"Page {n}")) for n in range(3)}) as site:
        report, _ = run(library, site, addresses([str(shelf)]))
    assert (report.count("read"), report.count("dead"), report.count("skipped")) == (4, 9, 1)
    kept = library.reading_list(shelf.as_uri())
    assert kept is not None
    assert [len(section.resources) for section in kept.sections] == [13]
    titles = {link.url: link.title for link in library.links()}
    assert titles["https://vimeo.com/123456"] == "A film"
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


# -- removed, carried on, looked at ---------------------------------------------------------------------------------


def test_what_a_person_removed_comes_back_only_by_its_own_address(library: Library) -> None:
    pages = {f"/{HOST}/list": Reply(page("List", links=(f"{HOST}/a", f"{HOST}/b")))}
    pages |= {f"/{HOST}/{name}": Reply(page(name)) for name in "ab"}
    listed = Address(f"{HOST}/list", follow="all", named=True)
    with website(pages) as site:
        run(library, site, [listed])
        library.remove(f"{HOST}/a")
        before = site.paths.count(f"/{HOST}/a")
        for refresh in (False, True):
            report, _ = run(library, site, [listed, Address(f"{HOST}/a", follow="none")], refresh=refresh)
            assert outcomes(report)["/a"] == "skipped"
            assert library.number(f"{HOST}/a") is None
        assert left(library, [listed]) == 0
        assert site.paths.count(f"/{HOST}/a") == before
        report, _ = run(library, site, [Address(f"{HOST}/a", named=True)])
        assert outcomes(report)["/a"] == "read"
        report, _ = run(library, site, [listed])
        assert outcomes(report)["/a"] == "unchanged"


def test_a_run_that_is_carried_on_asks_only_for_what_is_left(library: Library) -> None:
    names = "abcd"
    with website({f"/{HOST}/{name}": Reply(page(name)) for name in names}) as site:
        wanted = [Address(f"{HOST}/{name}") for name in names]
        began = datetime.now(UTC).replace(microsecond=0)
        assert left(library, wanted, began) == 4
        run(library, site, wanted, limit=2)
        assert left(library, wanted, began) == 2
        # Days later what was read is no longer fresh, but it was read since the run began.
        with library.change() as change:
            change.execute("UPDATE links SET checked = ?", ((began - timedelta(days=9)).isoformat(),))
        assert left(library, wanted) == 4
        assert left(library, wanted, began - timedelta(days=10)) == 2
        site.asked.clear()
        report, _ = run(library, site, wanted, since=began - timedelta(days=10))
        assert sorted(site.paths) == [f"/{HOST}/c", f"/{HOST}/d", "/https://pages.test/robots.txt"]
        assert outcomes(report) == {"/a": "unchanged", "/b": "unchanged", "/c": "read", "/d": "read"}


def test_reading_one_page_again_leaves_what_it_leads_to(library: Library) -> None:
    pages = {f"/{HOST}/list": Reply(page("List", links=(f"{HOST}/a",))), f"/{HOST}/a": Reply(page("a"))}
    with website(pages) as site:
        run(library, site, [Address(f"{HOST}/list", follow="all", named=True)])
        site.asked.clear()
        pages[f"/{HOST}/list"] = Reply(page("List", "It has another sentence now.", links=(f"{HOST}/a",)))
        report, _ = run(library, site, [Address(f"{HOST}/list", follow="same", named=True)], refresh=True)
    assert outcomes(report) == {"/list": "changed"}
    assert [lead.url for lead in library.leads(f"{HOST}/list")] == [f"{HOST}/a"]
    assert f"/{HOST}/a" not in site.paths


def test_a_look_counts_links_and_keeps_nothing(library: Library, tmp_path: Path) -> None:
    listed = (f"{HOST}/a", f"{HOST}/b", f"{HOST}/a#part", "https://x.com/someone", f"{HOST}/list")
    pages = {f"/{HOST}/list": Reply(page("List", links=listed)), f"/{HOST}/a": Reply(page("a"))}
    encoder = LettersEncoder()
    with website(pages) as site, Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher:
        run(library, site, [Address(f"{HOST}/a")])
        pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher)
        found = pipeline.look(Address(f"{HOST}/list"))
        assert (found.title, found.links, found.held) == ("List", 2, 1)
        assert library.number(f"{HOST}/list") is None
        with pytest.raises(ReadingError):
            pipeline.look(Address(f"{HOST}/gone"))
        local = tmp_path / "list.md"
        local.write_text("# Mine\n\n" + "\n".join(f"- [Page {n}](https://a.test/{n})" for n in range(30)))
        assert pipeline.look(Address(local.as_uri())).links == 30
