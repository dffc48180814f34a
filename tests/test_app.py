"""The web application's own parts: its port, its headers, its conversation, and how it is started."""

import socket
from pathlib import Path

import pytest

from tutor.answers import Tutor
from tutor.encoder import LettersEncoder
from tutor.errors import BadInput
from tutor.fingerprints import fingerprint
from tutor.handbook import load
from tutor.library import Library
from tutor.search import Search
from tutor.settings import Places, Settings
from ui import app
from ui.__main__ import main
from ui.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, notes_library: Library, notes_search: Search, letters: LettersEncoder) -> Desk:
    """A desk over the starter notes that answers in quotes."""
    tutor = Tutor(notes_library, notes_search, letters, load(), None)
    made = Desk(Settings(Places(tmp_path)), open_tutor=lambda *_: tutor)
    made.start()
    assert made.wait(10)
    return made


def test_a_free_port_is_taken_where_the_usual_one_is_not_free() -> None:
    with app._listen("127.0.0.1", None) as first, app._listen("127.0.0.1", None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_port_that_was_asked_for_and_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadInput, match="Name another with --port"):
        app._listen("127.0.0.1", taken.getsockname()[1])


def test_a_port_that_does_not_exist_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(tmp_path))
        assert main(["--port", "99999", "--no-browser"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "99999" in told


def test_reader_serves_a_source_by_number_and_by_address(desk: Desk) -> None:
    number = desk.tutor.library.number("tutor:notes/low-rank-adapters-lora")
    assert number is not None
    by_number = app._reader(desk, str(number), -1, -1, None)
    assert by_number == app._reader(desk, "tutor:notes/low-rank-adapters-lora", -1, -1, None)
    assert "Low-Rank Adapters" in by_number


def test_reader_of_a_source_that_is_gone_says_so(desk: Desk) -> None:
    assert "no longer" in app._reader(desk, "999999", 0, 5, None)


def test_reader_marks_no_other_words_than_the_quotes(desk: Desk) -> None:
    source = desk.tutor.library.source("tutor:notes/low-rank-adapters-lora")
    assert source is not None
    start = source.text.index("freezes")
    same = app._reader(desk, source.url, start, start + 20, None, fingerprint(source.text[start : start + 20]))
    assert "<mark" in same
    other = app._reader(desk, source.url, start, start + 20, None, fingerprint("what stood there once"))
    assert "<mark" not in other
    assert "read anew" in other
