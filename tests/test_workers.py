"""Reading in bounded processes: what a page may cost, what becomes of one that costs more, and of the children."""

import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.fetch import Fetched, Fetcher, Stopped
from ingest.pipeline import Address, Pipeline
from ingest.read import read
from ingest.workers import Bounds, Workers
from tests.mirror import Reply, website
from tutor.encoder import LettersEncoder
from tutor.errors import ReadingError
from tutor.library import Library
from tutor.vectors import ExactIndex

WORDS = "Every one of these words is here to be read and for nothing else. " * 8
HOSTILE = "tests.hostile_readers:obey"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")


def fetched(body: bytes, content_type: str = "text/html") -> Fetched:
    return Fetched("https://a.test/p", "https://a.test/p", 200, content_type, body)


def pdf(pages: int, text: bytes) -> bytes:
    """A PDF that shows one page so many times."""
    shown = zlib.compress(text, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(shown), shown),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, made in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, made)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + b"xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        size, table, size, len(body)
    )  # fmt: skip


def lines(count: int) -> bytes:
    """What a page of a PDF shows: so many lines."""
    return (
        b"BT /F1 12 Tf 72 720 Td "
        + b"(Words that are here to be read and for nothing else) Tj 0 -14 Td " * count
        + b"ET"
    )


def reason(workers: Workers, body: bytes | str, content_type: str = "text/html") -> str:
    """Why there is no page in these bytes."""
    with pytest.raises(ReadingError) as caught:
        workers.read(fetched(body.encode() if isinstance(body, str) else body, content_type))
    return str(caught.value)


@pytest.fixture(scope="module")
def obedient() -> Iterator[Workers]:
    """One child that does what a page says, within half a second and 100 MB."""
    with Workers(Bounds(seconds=0.5, memory_bytes=100_000_000), processes=1, reader=HOSTILE) as workers:
        yield workers


def child_of(workers: Workers) -> int:
    """The process that reads next."""
    return int(workers.read(fetched(b"tell")).text)


# -- pages ------------------------------------------------------------------------------------------------------------


def test_a_page_comes_back_as_if_it_had_been_read_here() -> None:
    html = f"<html lang=en><title>T</title><body><main><p>{WORDS}<a href='/x'>x</a></main>".encode()
    with Workers(processes=1) as workers:
        for page in (fetched(html), fetched(pdf(3, lines(20))), fetched(WORDS.encode(), "text/markdown")):
            assert workers.read(page) == read(page)
        assert reason(workers, b"") == "failed: empty"
        assert reason(workers, b"%PDF-1.4 nothing") == "failed: broken PDF"


def test_a_small_pdf_of_endless_pages_ends_with_its_reason() -> None:
    bomb = pdf(1_400, lines(8_000))
    assert len(bomb) < 12_000
    with Workers(Bounds(seconds=1.0), processes=1) as workers:
        assert reason(workers, bomb) == "failed: it takes too long to read (more than 1 seconds)"
        assert workers.read(fetched(pdf(1, lines(20)))).words > 100


@linux
def test_a_page_that_needs_too_much_memory_ends_with_its_reason() -> None:
    bomb = b"<main>" + b"<li>three more words" * 100_000
    with Workers(Bounds(memory_bytes=40_000_000), processes=1) as workers:
        assert reason(workers, bomb) == "failed: it needs too much memory to be read (more than 40 MB)"
        assert workers.read(fetched(f"<p>{WORDS}".encode())).words > 50


# -- readers that misbehave -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("refuse", "blocked: login wall"),
        ("raise", "failed: the page cannot be read (KeyError)"),
        ("recurse", "failed: the page cannot be read (RecursionError)"),
        ("loop", "failed: it takes too long to read (more than 0.5 seconds)"),
        pytest.param("allocate", "failed: it needs too much memory to be read (more than 100 MB)", marks=linux),
        pytest.param("swallow", "failed: it needs too much memory to be read (more than 100 MB)", marks=linux),
        ("exit", "failed: it crashed the process that read it (exit status 3)"),
        ("crash", "failed: it crashed the process that read it (SIGSEGV)"),
        ("kill", "failed: the process that read it was killed, which systems do when memory runs out"),
        ("smuggle", "failed: the process that read it sent something that is no page"),
    ],
)
def test_whatever_a_page_does_it_becomes_a_reason_and_the_next_is_read(
    obedient: Workers, order: str, told: str
) -> None:
    assert reason(obedient, order) == told
    assert obedient.read(fetched(b"hello")).title == "hello"


def test_what_is_printed_is_no_answer(obedient: Workers) -> None:
    assert obedient.read(fetched(b"chatter")).title == "chatter"


def test_a_child_that_dies_between_two_pages_costs_nothing(obedient: Workers) -> None:
    os.kill(child_of(obedient), signal.SIGKILL)
    time.sleep(0.2)
    assert obedient.read(fetched(b"hello")).title == "hello"


def test_a_child_is_kept_for_its_share_of_pages_and_then_replaced() -> None:
    with Workers(Bounds(pages=3), processes=1, reader=HOSTILE) as workers:
        children = [child_of(workers) for _ in range(7)]
    assert [children.count(child) for child in dict.fromkeys(children)] == [3, 3, 1]


def test_children_that_rest_are_gone_and_others_read_on(obedient: Workers) -> None:
    child = child_of(obedient)
    obedient.rest()
    assert is_gone(child)
    assert child_of(obedient) != child


def test_pages_are_read_side_by_side() -> None:
    with Workers(processes=2, reader=HOSTILE) as workers, ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(workers.read, [fetched(f"page {n}".encode()) for n in range(40)]))
    assert [page.title for page in pages] == [f"page {n}" for n in range(40)]
    assert len({page.text for page in pages}) <= 2


def test_a_reader_that_cannot_be_started_is_told() -> None:
    with Workers(reader="tests.hostile_readers:nothing_of_this_name") as workers:
        assert "did not start" in reason(workers, "hello")


# -- ends -------------------------------------------------------------------------------------------------------------


def test_closing_ends_a_page_under_way() -> None:
    with Workers(reader=HOSTILE) as workers, ThreadPoolExecutor(1) as pool:
        child_of(workers)
        page = pool.submit(workers.read, fetched(b"loop"))
        time.sleep(0.2)
        began = time.monotonic()
        workers.close()
        assert isinstance(page.exception(5), Stopped)
        assert time.monotonic() - began < 2
        with pytest.raises(Stopped):
            workers.read(fetched(b"hello"))


def test_closing_stops_nobody_else() -> None:
    stop = threading.Event()
    with Workers(reader=HOSTILE, stop=stop):
        pass
    assert not stop.is_set()


def test_stopping_gives_a_page_under_way_some_seconds() -> None:
    stop = threading.Event()
    with Workers(reader=HOSTILE, stop=stop) as workers, ThreadPoolExecutor(1) as pool:
        child_of(workers)
        page = pool.submit(workers.read, fetched(b"loop"))
        stop.set()
        assert workers.read(fetched(b"hello")).title == "hello"
        assert isinstance(page.exception(10), Stopped)


PARENT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born deaf to it
from ingest.fetch import Fetched
from ingest.workers import Workers
page = lambda body: Fetched("https://a.test/p", "https://a.test/p", 200, "text/html", body)
with Workers(reader="tests.hostile_readers:obey", processes=1) as workers:
    print(workers.read(page(b"tell")).text, flush=True)
    if sys.argv[1] == "loop":
        workers.read(page(b"loop"))
    elif sys.argv[1] == "idle":
        sys.stdin.read()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child is left")
"""


def parent(doing: str) -> "tuple[subprocess.Popen[str], int]":
    """A process with a child that reads; and the child."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, doing],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def is_gone(child: int) -> bool:
    """Whether a process ends within five seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        try:
            if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
                return True  # it has ended, and whoever adopted it has not yet asked how
        except FileNotFoundError:  # no such process any more, or no such folder on this system
            pass
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("doing", "how"),
    [("idle", signal.SIGKILL), ("loop", signal.SIGKILL), ("loop", signal.SIGTERM), ("loop", signal.SIGINT)],
)
def test_no_child_outlives_its_parent(doing: str, how: signal.Signals) -> None:
    process, child = parent(doing)
    with process:
        time.sleep(0.3)
        process.send_signal(how)
        assert is_gone(child)
        assert process.wait(10) != 0


def test_nothing_is_left_of_the_children_when_all_is_read() -> None:
    process, _ = parent("nothing more")
    with process:
        assert process.stdout is not None
        assert process.stdout.read() == "no child is left\n"


# -- in a run ---------------------------------------------------------------------------------------------------------


def test_hostile_pages_end_as_failed_and_the_others_are_read(tmp_path: Path) -> None:
    host = "https://pages.test"
    articles = {f"/{host}/{n}": Reply(f"<title>{n}</title><body><main><p>{n}. {WORDS}".encode()) for n in range(4)}
    bomb = {f"/{host}/bomb.pdf": Reply(pdf(1_400, lines(8_000)), headers={"Content-Type": "application/pdf"})}
    encoder = LettersEncoder()
    with (
        website(articles | bomb) as site,
        Library.open(tmp_path / "library.db") as library,
        Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher,
        Workers(Bounds(seconds=1.5)) as workers,
    ):
        pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher, workers=workers)
        report = pipeline.run([Address(f"{host}/bomb.pdf"), *(Address(f"{host}/{n}") for n in range(4))])
    assert report.count("read") == 4
    assert [(one.outcome, one.reason) for one in report.failures] == [
        ("failed", "it takes too long to read (more than 1.5 seconds)")
    ]


def test_interrupting_a_run_does_not_wait_for_a_page(tmp_path: Path) -> None:
    host = "https://pages.test"
    bomb = {f"/{host}/bomb.pdf": Reply(pdf(1_400, lines(8_000)), headers={"Content-Type": "application/pdf"})}
    encoder = LettersEncoder()
    began = time.monotonic()

    def interrupt(_: object) -> None:
        if time.monotonic() - began > 1.5:
            raise KeyboardInterrupt

    with (
        website(bomb) as site,
        Library.open(tmp_path / "library.db") as library,
        Fetcher(via=site.base + "{url}", delay=0.0, archive=False) as fetcher,
        Workers(Bounds(seconds=60)) as workers,
    ):
        pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher, workers=workers)
        with pytest.raises(KeyboardInterrupt):
            pipeline.run([Address(f"{host}/bomb.pdf")], progress=interrupt)
    assert time.monotonic() - began < 10
