"""The Library tab's addresses: what is held, files handed over, removal, searching inside, and who may change it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ingest.fetch import Fetched
from ingest.kept import KeptPages
from ingest.pipeline import READABLE_FILES, Look
from tests.practising import opened
from tutor.library import Library, Link
from tutor.passages import Source
from tutor.reading_list import ListedResource, ReadingList
from tutor.settings import Places, Settings
from tutor.vectors import encode_pending
from ui import shelf, shelf_view
from ui import strings as s
from ui.desk import Desk
from ui.learners import HEADER
from ui.reading import Readings, Wanted

OTTERS = Source(
    "https://reading.test/otters",
    "The <b>otter</b> optimiser",
    "# The otter optimiser\n\n## Two pockets\n\n"
    "The otter optimiser keeps two learning rates in separate pockets. It swaps them whenever the loss rises. "
    + "Nothing else is said in this sentence of the page. "
    * 6,
    chapter="low-rank-adapters-lora",
)


@pytest.fixture
def desk(tmp_path: Path, notes_library: Library) -> Iterator[Desk]:
    with closing(sqlite3.connect(tmp_path / "library.db")) as copy:  # what takes longest is done once
        notes_library._connection().backup(copy)
    made = Desk(Settings(Places(tmp_path)), open_tutor=opened)
    made.start()
    assert made.wait(30)
    put(made, OTTERS)
    yield made
    made.close()


def put(desk: Desk, source: Source) -> int:
    """Has a source read, and found."""
    library = desk.tutor.library
    number = library.put(source).source
    library.put_link(Link(source.url, "read", source=number, title=source.title))
    encode_pending(library, desk.tutor.encoder)
    desk.tutor.search.sync()
    return number


@dataclass(slots=True)
class Visitor:
    """A browser; on this computer, unless it says otherwise."""

    client: TestClient

    def __call__(self, act: str, **told: Any) -> dict[str, Any]:
        answer = self.client.post(f"/tutor/library/{act}", json=told, headers={HEADER: "1"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send(self, name: str, content: bytes, **headers: str) -> dict[str, str]:
        answer = self.client.post(
            "/tutor/library/upload", content=content, headers={HEADER: "1", "x-file-name": name} | headers
        )
        assert answer.status_code == 200
        return dict(answer.json())

    def looked(self) -> str:
        answer = self.client.get("/tutor/library")
        assert answer.status_code == 200
        return answer.text


def visiting(desk: Desk, address: str = "127.0.0.1") -> Visitor:
    app = FastAPI()
    shelf.add_routes(app, desk)
    return Visitor(TestClient(app, base_url="http://localhost", client=(address, 50000)))


@pytest.fixture
def visitor(desk: Desk) -> Visitor:
    return visiting(desk)


def by_url(desk: Desk) -> dict[str, shelf_view.Row]:
    return {row.url: row for row in shelf.rows(desk.tutor.library, desk.tutor.handbook, desk.settings.places.files)}


# -- what is held ---------------------------------------------------------------------------------------------------


def test_every_source_and_link_has_its_row_with_state_and_place(desk: Desk) -> None:
    library = desk.tutor.library
    library.put_link(Link("https://gone.test/", "dead", "there is no such page (404)", title="Gone"))
    library.put_link(Link("https://copy.test/", "read", source=library.number(OTTERS.url)))
    library.put_list(ReadingList("https://reading.test/otters", "Otters"))
    found = by_url(desk)
    note = found["tutor:notes/low-rank-adapters-lora"]
    assert (note.state, note.own, note.chapter) == ("held", True, "Low-Rank Adapters (LoRA)")
    otters = found[OTTERS.url]
    assert (otters.state, otters.section, otters.own) == ("held", note.section, False)
    assert otters.number == library.number(OTTERS.url)
    assert otters.words > 50
    assert otters.minutes == 1
    assert (found["https://gone.test/"].state, found["https://gone.test/"].number) == ("dead", None)
    copy = found["https://copy.test/"]
    assert (copy.state, copy.number) == ("duplicate", otters.number)
    assert "the same text" in copy.reason
    unread = [row for row in found.values() if row.state == "unread"]
    assert len(unread) > 200
    assert all(row.number is None for row in unread)


def test_a_gone_page_that_is_held_is_in_the_library_and_dead(desk: Desk) -> None:
    library = desk.tutor.library
    library.put_link(Link(OTTERS.url, "dead", "there is no such page (404)", source=library.number(OTTERS.url)))
    row = by_url(desk)[OTTERS.url]
    assert shelf_view.chips(row) == ["held", "dead"]
    assert "404" in row.reason
    assert "what was read before is kept" in row.reason


def test_the_tab_is_whole_escaped_and_says_where_things_lie(desk: Desk, visitor: Visitor) -> None:
    shown = visitor.looked()
    assert "The &lt;b&gt;otter&lt;/b&gt; optimiser" in shown
    assert "<b>otter" not in shown
    assert str(desk.settings.places.library) in shown
    assert s.ADD_HANDBOOK in shown
    assert 'data-chip="held"' in shown


def test_others_see_the_shelf_without_what_changes_it(desk: Desk) -> None:
    other = visiting(desk, "192.168.1.7")
    shown = other.looked()
    assert "otter" in shown
    assert s.ADD_KEEPER in shown
    assert "data-shelf=" not in shown
    assert "data-remove" not in shown
    assert str(desk.settings.places.home) not in shown
    for act in shelf.CHANGES:
        assert other(act, url=OTTERS.url)["trouble"] == s.KEEPER_ALONE
    assert other.send("a.md", b"x")["trouble"] == s.KEEPER_ALONE
    assert not desk.settings.places.files.exists()
    for headers in ({}, {HEADER: "1", "origin": "https://evil.test"}, {HEADER: "1", "sec-fetch-site": "cross-site"}):
        for act in ("remove", "upload"):
            answer = visiting(desk).client.post(f"/tutor/library/{act}", json={"url": OTTERS.url}, headers=headers)
            assert answer.status_code == 403
    assert desk.tutor.library.number(OTTERS.url) is not None


def test_while_the_tutor_is_opened_nothing_is_shown_and_nothing_changed(tmp_path: Path) -> None:
    early = visiting(Desk(Settings(Places(tmp_path))))
    assert early.client.get("/tutor/library/readings").json() == {"readings": "", "busy": False, "stamp": ""}
    assert "getting ready" in early("handbook")["trouble"]
    assert "getting ready" in early("remove", url="x")["trouble"]


# -- searching inside -----------------------------------------------------------------------------------------------


def test_a_search_shows_the_sentence_and_where_it_stands(desk: Desk, visitor: Visitor) -> None:
    shown = visitor.client.get("/tutor/library/search", params={"words": " otter  pockets "}).text
    assert "keeps two learning rates in separate pockets." in shown
    assert "Two pockets" in shown
    first = shelf.quotes(desk, "otter pockets")[0]
    source = desk.tutor.library.source(first.source)
    assert source is not None
    assert source.text[first.start : first.end] == first.text
    assert f'data-source="{first.source}" data-start="{first.start}" data-end="{first.end}"' in shown


@pytest.mark.parametrize("words", ["", "   ", "?!", "<script>alert(1)</script>", "x" * 9000, '"AND NEAR(', "什么"])
def test_no_search_breaks_anything(visitor: Visitor, words: str) -> None:
    answer = visitor.client.get("/tutor/library/search", params={"words": words})
    assert answer.status_code == 200
    assert "<script" not in answer.text


# -- removing -------------------------------------------------------------------------------------------------------


def test_what_is_removed_is_gone_from_list_search_and_disk(desk: Desk, visitor: Visitor) -> None:
    pages = KeptPages(desk.settings.places.pages)
    pages.put(OTTERS.url, Fetched(OTTERS.url, OTTERS.url, 200, "text/html", b"x", None, None, False, False, None), 1)
    number = desk.tutor.library.number(OTTERS.url)
    assert number is not None
    passages = desk.tutor.library.passages_of(number)
    said = visitor("remove", url=OTTERS.url)["said"]
    assert said == s.REMOVED_BACK.format(title=OTTERS.title)
    assert all(quote.source != number for quote in shelf.quotes(desk, "otter pockets learning rates"))
    assert desk.tutor.library.held(passages) == {}
    assert pages.get(OTTERS.url) is None
    assert by_url(desk)[OTTERS.url].state == "removed"
    assert visitor("remove", url=OTTERS.url)["trouble"] == s.SHELF_GONE


def test_starter_notes_stay(desk: Desk, visitor: Visitor) -> None:
    assert "stays" in visitor("remove", url="tutor:notes/low-rank-adapters-lora")["trouble"]
    assert "nothing to read again" in visitor("again", url="tutor:notes/low-rank-adapters-lora")["trouble"]


# -- files ----------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_under_its_name_and_given_back_only_as_a_file(desk: Desk, visitor: Visitor) -> None:
    page = b"<script>alert(1)</script><p>Notes</p>"
    assert visitor.send("My%20notes.html", page) == {"name": "My notes.html"}
    path = desk.settings.places.files / "My notes.html"
    assert path.read_bytes() == page
    number = put(desk, Source(path.as_uri(), "My notes", "Notes on one thing and another. " * 9))
    answer = visitor.client.get("/tutor/library/file", params={"source": number})
    assert answer.content == page
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    row = by_url(desk)[path.as_uri()]
    assert row.file
    assert visitor("remove", url=path.as_uri())["said"] == s.REMOVED.format(title="My notes")
    assert not path.exists()
    assert path.as_uri() not in by_url(desk)
    assert visitor.client.get("/tutor/library/file", params={"source": number}).status_code == 404


def test_no_other_file_is_given_out_or_taken_away(desk: Desk, visitor: Visitor, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The secret is told in many words, one after the other, so that it could be read. " * 9)
    number = put(desk, Source(secret.as_uri(), "Secret", "A file of the terminal. " * 9))
    assert visitor.client.get("/tutor/library/file", params={"source": number}).status_code == 404
    visitor("remove", url=secret.as_uri())
    assert secret.exists()
    assert visitor("files", names=["../secret.txt", str(secret)])["trouble"] == s.ADD_FILES_NONE
    assert visitor("read", url="../secret.txt")["trouble"]
    for act in ("look", "again"):
        for url in ("/etc/hosts", str(secret), "file:///etc/hosts"):
            assert "web address" in visitor(act, url=url)["trouble"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\notes\\a.MD", "a.md"),
        ("%3Cb%3E%22x%22.pdf", "_b__x_.pdf"),
        ("con.txt", "con_.txt"),
        ("%C3%9Cbung%20(1).ipynb", "Übung (1).ipynb"),
        ("a" * 300 + ".srt", "a" * 100 + ".srt"),
    ],
)
def test_names_are_made_safe(desk: Desk, visitor: Visitor, name: str, kept: str) -> None:
    assert visitor.send(name, b"x") == {"name": kept}
    assert [path.name for path in desk.settings.places.files.iterdir()] == [kept]


@pytest.mark.parametrize("name", ["", "x", ".txt", "a.exe", "a.pdf.zip", "..", "%2e%2e%2f"])
def test_what_cannot_be_read_is_not_taken_in(desk: Desk, visitor: Visitor, name: str) -> None:
    assert "only .html" in visitor.send(name, b"x")["trouble"]
    assert not desk.settings.places.files.exists()


def test_what_is_too_large_or_empty_leaves_nothing(
    desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", 1000)
    assert "is larger than" in visitor.send("a.txt", b"x" * 1001)["trouble"]
    assert "is larger than" in visitor.send("a.txt", b"x" * 1001, **{"content-length": "10"})["trouble"]
    assert visitor.send("a.txt", b"")["trouble"] == s.ADD_FILES_EMPTY.format(name="a.txt")
    assert list(desk.settings.places.files.glob("*")) == []


def test_every_kind_that_is_told_can_be_read() -> None:
    assert set(shelf_view.KINDS) | {".htm"} == set(READABLE_FILES)


# -- lists ----------------------------------------------------------------------------------------------------------


def test_a_pasted_list_is_looked_at_before_it_is_read(
    desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(_: Readings, name: str) -> Look:
        looked.append(name)
        return Look(Path(name).as_uri(), "My <list>", 80, 3, 1)

    monkeypatch.setattr(Readings, "look", look)
    pasted = "# Week 1: https://a.test/ things\n\n- [One](https://a.test/1)\n"
    made = visitor("paste", text=pasted)
    path = desk.settings.places.files / "Week 1 things.md"
    assert path.read_text() == pasted
    assert looked == [str(path)]
    assert "“My &lt;list&gt;” links to 3 pages. 1 of them is in the library already." in made["html"]
    assert 'data-address="Week 1 things.md" data-links="all"' in made["html"]
    visitor("paste", text="https://a.test/1\nhttps://a.test/2")
    assert looked[-1].endswith(f"{s.ADD_LIST_NAME}.txt")
    assert visitor("paste", text=" ")["trouble"] == s.ADD_LIST_SHORT
    assert "too long" in visitor("paste", text="x" * 600_000)["trouble"]


def test_what_a_page_that_was_read_alone_links_to_is_offered(desk: Desk) -> None:
    named = [ListedResource(str(n), f"Page {n}", f"https://a.test/{n}", "article", 0, "") for n in range(4)]
    desk.tutor.library.put_list(ReadingList(OTTERS.url, "Otters", tuple(named)))
    assert shelf._offered(desk, Wanted((OTTERS.url,))) == {OTTERS.url: 4}
    assert by_url(desk)[OTTERS.url].lists == 4
    for wanted in (
        Wanted(),
        Wanted((OTTERS.url,), "all"),
        Wanted((OTTERS.url,), again=True),
        Wanted(("https://b.test",)),
    ):
        assert shelf._offered(desk, wanted) == {}


def test_what_cannot_be_begun_is_one_line(visitor: Visitor) -> None:
    assert "not a web address" in visitor("read", url="not a page")["trouble"]
    assert "no address" in visitor("look", url=" ")["trouble"]
    assert visitor("read")["trouble"]
    assert visitor("read", url="https://a.test/", links="many")["trouble"]
