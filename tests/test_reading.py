"""Readings: their order, pausing and going on (also by the next tutor), without a network, and on a full disk."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest import pipeline
from ingest.pipeline import Address, Outcome, Progress, Report
from tests.mirror import Reply, website
from tutor import handbook
from tutor.answers import Tutor
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput, LibraryError, TutorError
from tutor.library import Library
from tutor.search import Search
from tutor.settings import Places, Settings
from tutor.vectors import ExactIndex
from ui.reading import FACT, Readings, Wanted

ROOT = Path(__file__).parent.parent
HOST = "https://pages.test"


def article(title: str) -> Reply:
    said = " ".join(f"The {title} has a part number {n} that says something of its own." for n in range(14))
    return Reply(f"<html><head><title>{title}</title></head><main><h1>{title}</h1><p>{said}</p></main></html>".encode())


@pytest.fixture
def settings(tmp_path: Path, models_folder: Path) -> Settings:
    (tmp_path / "models").symlink_to(models_folder.resolve(), target_is_directory=True)
    return Settings(Places(tmp_path))


@pytest.fixture
def tutor(settings: Settings) -> Iterator[Tutor]:
    """A tutor over an empty library."""
    with opened(settings) as made:
        yield made


@pytest.fixture
def started(settings: Settings, starter_home: Path) -> Iterator[Tutor]:
    """A tutor over the starter notes, encoded: only what a test reads is left to do."""
    shutil.copy(starter_home / "library.db", settings.places.library)
    with opened(settings) as made:
        yield made


@contextmanager
def opened(settings: Settings) -> Iterator[Tutor]:
    letters = LettersEncoder()
    with Library.open(settings.places.library) as library:
        yield Tutor(library, Search(library, letters, ExactIndex(library, letters)), letters, handbook.load(), None)


class Ingest:
    """In place of a real reading: goes on until it is stopped, or until it is let go."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.go = threading.Event()

    def __call__(self, _: Settings, wanted: list[Address], **given: Any) -> Report:
        self.asked.append([address.url for address in wanted])
        given["progress"](Progress(1, 2, 3, 0, 1.0, 1.0, "now"))
        stop: threading.Event = given["stop"]
        while not stop.is_set() and not self.go.is_set():
            time.sleep(0.005)
        return Report((Outcome(wanted[0].url, "read"),), 3, 1.0, stopped=stop.is_set())


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    made = Ingest()
    monkeypatch.setattr(pipeline, "ingest", made)
    return made


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


# -- their order ----------------------------------------------------------------------------------------------------


def test_a_page_is_read_before_the_handbook_which_is_gone_on_with(
    settings: Settings, tutor: Tutor, ingest: Ingest
) -> None:
    readings = Readings(settings, lambda: tutor)
    readings.handbook()
    until(lambda: len(ingest.asked) == 1)
    with pytest.raises(BadInput, match="already"):
        readings.handbook()
    readings.page("example.org/page")
    until(lambda: len(ingest.asked) == 2)
    readings.page("example.org/other")
    assert readings.waiting == 2
    ingest.go.set()
    assert readings.wait(10)
    assert [urls[0] for urls in ingest.asked] == [
        "https://genai-handbook.github.io/",
        "https://example.org/page",
        "https://example.org/other",
        "https://genai-handbook.github.io/",
    ]
    assert [one.wanted.is_handbook for one in readings.ended] == [True, False, False]
    assert readings.held == ()


def test_what_is_paused_is_kept_for_the_next_tutor(settings: Settings, tutor: Tutor, ingest: Ingest) -> None:
    readings = Readings(settings, lambda: tutor)
    readings.handbook()
    until(lambda: len(ingest.asked) == 1)
    assert json.loads(tutor.library.fact(FACT) or "")  # also where the tutor is killed now
    readings.pause()
    assert readings.wait(10)
    assert readings.now is not None
    assert readings.now.report is not None
    assert readings.now.report.stopped
    after = Readings(settings, lambda: tutor)
    assert after.held == readings.held
    assert after.held[0].is_handbook
    assert after.left(after.held[0]) > 200
    ingest.go.set()
    after.resume()
    assert after.wait(10)
    assert after.held == ()
    assert json.loads(tutor.library.fact(FACT) or "") == []


def test_what_is_stopped_for_good_is_forgotten(settings: Settings, tutor: Tutor, ingest: Ingest) -> None:
    readings = Readings(settings, lambda: tutor)
    readings.handbook()
    until(lambda: len(ingest.asked) == 1)
    readings.stop()
    assert readings.wait(10)
    assert readings.held == Readings(settings, lambda: tutor).held == ()
    readings.handbook()
    readings.close(10)  # as the tutor does when it is ended
    assert len(Readings(settings, lambda: tutor).held) == 1
    readings.stop()
    assert readings.held == ()


def test_beginning_what_is_paused_goes_on_with_it(settings: Settings, tutor: Tutor, ingest: Ingest) -> None:
    readings = Readings(settings, lambda: tutor)
    readings.handbook()
    readings.pause()
    assert readings.wait(10)
    began = readings.held[0].began
    readings.handbook()
    assert readings.held == ()
    assert readings.now is not None
    assert readings.now.wanted.began == began
    readings.close(10)


def test_reading_that_fails_says_why_and_can_be_tried_again(
    settings: Settings, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [LibraryError("It is damaged. Rename it."), ValueError("odd")]
    monkeypatch.setattr(pipeline, "ingest", lambda *_, **__: (_ for _ in ()).throw(errors.pop(0)))
    readings = Readings(settings, lambda: tutor)
    readings.handbook()
    assert readings.wait(10)
    assert readings.now is not None
    assert readings.now.trouble == "It is damaged. Rename it."
    readings.resume()
    assert readings.wait(10)
    assert "ValueError: odd" in readings.now.trouble
    assert len(readings.held) == 1


@pytest.mark.parametrize(
    "address", ["", "  ", "not a page", "nowhere", "file:///etc/passwd", "javascript:alert(1)", "ftp://x.test/"]
)
def test_what_is_no_web_address_is_not_read(settings: Settings, tutor: Tutor, address: str) -> None:
    readings = Readings(settings, lambda: tutor)
    with pytest.raises(BadInput):
        readings.page(address)
    with pytest.raises(BadInput):
        readings.look(address)
    assert readings.now is None


def test_nothing_is_read_before_there_is_a_tutor(settings: Settings) -> None:
    def none() -> Tutor:
        raise TutorError("The tutor is still getting ready.")

    readings = Readings(settings, none)
    assert readings.held == ()
    for act in (readings.handbook, readings.resume, lambda: readings.page("https://a.test/")):
        with pytest.raises(TutorError, match="getting ready"):
            act()


@pytest.mark.parametrize("kept", ["", "{", "[3]", '[{"names": "a"}]', '[{"names": [1]}]', "{}"])
def test_what_cannot_be_understood_any_more_is_left(settings: Settings, tutor: Tutor, kept: str) -> None:
    tutor.library.put_fact(FACT, kept)
    assert Readings(settings, lambda: tutor).held == ()


# -- with the real pipeline -----------------------------------------------------------------------------------------


def test_a_pause_costs_no_page_a_second_request(settings: Settings, started: Tutor) -> None:
    names = "abcd"  # of one site, so one after the other, with a second between two
    links = "".join(f'<li><a href="{HOST}/{name}">{name} is a page of that site</a></li>' for name in names)
    listed = Reply(f"<html><head><title>List</title></head><main><h1>List</h1><ul>{links}</ul></main></html>".encode())
    with website({f"/{HOST}/{name}": article(name) for name in names} | {f"/{HOST}/list": listed}) as site:
        readings = Readings(settings, lambda: started, site.base + "{url}")
        readings.page(f"{HOST}/list", "all")
        until(lambda: f"/{HOST}/a" in site.paths)
        readings.pause()
        assert readings.wait(30)
        after = Readings(settings, lambda: started, site.base + "{url}")
        assert 2 <= after.left(after.held[0]) <= 3
        after.resume()
        assert after.wait(30)
        asked = [path for path in site.paths if not path.endswith("robots.txt")]
    assert sorted(asked) == [f"/{HOST}/{name}" for name in (*names, "list")]
    assert after.now is not None
    assert after.now.report is not None
    assert after.now.report.count("read", "unchanged") == 5


def test_without_a_network_nothing_is_marked_and_it_can_be_tried_again(settings: Settings, started: Tutor) -> None:
    with socket.socket() as taken:  # a port at which nobody answers
        taken.bind(("127.0.0.1", 0))
        readings = Readings(settings, lambda: started, f"http://127.0.0.1:{taken.getsockname()[1]}/{{url}}")
        readings.page(f"{HOST}/a")
        assert readings.wait(60)
        with pytest.raises(BadInput, match="Nothing answers"):
            readings.look(f"{HOST}/a")
    assert readings.now is not None
    assert readings.now.offline
    assert started.library.links() == []
    assert [wanted.names for wanted in readings.held] == [(f"{HOST}/a",)]


def test_files_are_read_and_read_again(settings: Settings, started: Tutor, tmp_path: Path) -> None:
    notes = tmp_path / "My notes.md"
    notes.write_text("# Otters\n\n" + "An otter optimiser swaps its two learning rates whenever the loss rises. " * 3)
    readings = Readings(settings, lambda: started)
    readings.files([notes])
    assert readings.wait(60)
    source = started.library.source(notes.as_uri())
    assert source is not None
    assert source.title == "Otters"
    notes.write_text("# Otters\n\n" + "A beaver optimiser builds a dam before the first step and leaves it there. " * 3)
    readings.again(notes.as_uri())
    assert readings.wait(60)
    source = started.library.source(notes.as_uri())
    assert source is not None
    assert "beaver" in source.text
    with pytest.raises(BadInput):
        readings.files([tmp_path / "missing.md"])


def test_one_page_is_asked_for_anew_and_a_removed_one_comes_back(settings: Settings, started: Tutor) -> None:
    with website({f"/{HOST}/a": article("alpha")}) as site:
        readings = Readings(settings, lambda: started, site.base + "{url}")
        for act in (lambda: readings.page(f"{HOST}/a"), lambda: readings.again(f"{HOST}/a")):
            act()
            assert readings.wait(60)
        assert site.paths.count(f"/{HOST}/a") == 2
        started.library.remove(f"{HOST}/a")
        readings.again(f"{HOST}/a")
        assert readings.wait(60)
    assert started.library.number(f"{HOST}/a") is not None


# -- a disk that is full --------------------------------------------------------------------------------------------


def test_a_full_disk_ends_the_reading_with_one_line(
    settings: Settings, started: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit, so that its own error is met wherever the test runs."""
    connect = sqlite3.connect
    pages = int(started.library.rows("PRAGMA page_count")[0][0])
    room = [pages + 3]

    def limited(*given: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **more)
        connection.execute(f"PRAGMA max_page_count = {room[0]}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", limited)
    with website({f"/{HOST}/a": article("alpha")}) as site:
        readings = Readings(settings, lambda: started, site.base + "{url}")
        readings.page(f"{HOST}/a")
        assert readings.wait(60)
        assert readings.now is not None
        assert readings.now.full
        assert readings.now.trouble.startswith(f"The disk that holds {settings.places.home} is full: ")
        assert "are free" in readings.now.trouble
        room[0] = 1_000_000
        readings.resume()
        assert readings.wait(60)
    assert readings.now.report is not None
    assert readings.now.report.count("read", "unchanged") == 1  # the page itself may have been kept before
    assert started.library.number(f"{HOST}/a") is not None
    assert started.library.index_is_level(started.encoder.name)


SMALL = """
import sys
from pathlib import Path
from tests.test_reading import HOST, article, opened
from tests.mirror import website
from tutor.settings import Places, Settings
from ui.reading import Readings

settings = Settings(Places(Path(sys.argv[1])))
(settings.places.home / "models").symlink_to(sys.argv[2])
with opened(settings) as tutor, website({f"/{HOST}/a": article("alpha " * 2000)}) as site:
    (settings.places.home / "filling").write_bytes(b"x" * (1_500_000))
    readings = Readings(settings, lambda: tutor, site.base + "{url}")
    readings.page(f"{HOST}/a")
    readings.wait(60)
    print(readings.now.full, readings.now.trouble or readings.now.report)
"""


def test_a_disk_that_is_really_full_is_told_so(tmp_path: Path, models_folder: Path) -> None:
    """A file system of two megabytes in a namespace of its own, where the system lets us make one."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode:
        pytest.skip("no namespace with a file system of its own can be made here")
    home = tmp_path / "small"
    home.mkdir()
    script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" -c "$3" "$1" "$4"'
    environment: Mapping[str, str] = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        script,
        "sh",
        str(home),
        sys.executable,
        SMALL,
        str(models_folder.resolve()),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert ran.stdout.startswith("True The disk that holds "), ran.stdout + ran.stderr


def test_wanted_says_whether_it_is_long() -> None:
    assert Wanted().long
    assert Wanted(("https://a.test/",), "all").long
    assert not Wanted(("https://a.test/",)).long
