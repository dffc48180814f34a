"""Speed: the arithmetic of it; the figures themselves are the machine's."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval import runs, speed, speed_reading
from eval.memory import Memory, family_megabytes, peak_megabytes
from eval.speed import Timed, reading, show, timed
from eval.speed_reading import Bare, Figures, Reading, extracted


def slowly(first: float, rest: float, pieces: int) -> Iterator[str]:
    time.sleep(first)
    yield "a"
    for _ in range(pieces - 1):
        time.sleep(rest)
        yield "b"


def test_the_first_piece_is_timed_apart_from_the_rest() -> None:
    one = timed(slowly(0.2, 0.02, 6))
    assert 0.2 <= one.first < 0.4
    assert 10 < one.rate <= 50


def test_nothing_written_is_no_rate() -> None:
    assert timed(iter(())).rate == 0.0


def test_ratios_are_taken_round_by_round(capsys: pytest.CaptureFixture[str]) -> None:
    show("m", [Timed(1.1, 9.0), Timed(2.2, 9.0)], [Timed(1.0, 10.0), Timed(2.0, 10.0)])
    assert capsys.readouterr().out.count("1.10") == 1
    show("m", [Timed(1.0, 9.0)], [Timed(1.0, 10.0)])
    assert "0.90" in capsys.readouterr().out


def test_a_run_is_kept_with_a_record_for_each_round(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, starter_home: Path
) -> None:
    """The real embedded model, once each; the figures are of this machine, so only their sense is looked at."""
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    speed.answering(1, tmp_path / "run", as_json=True)
    whole = json.loads(capsys.readouterr().out)
    run = runs.load(str(tmp_path / "run"), tmp_path)
    assert (run.kind, len(run.rows)) == ("speed", 1)
    assert run.figures == whole["figures"]
    assert run.figures["tokens a second"] > 0
    assert run.figures["first word, of bare"] > 0


def test_memory_is_told() -> None:
    assert peak_megabytes() > 10


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is not asked")
def test_memory_that_a_child_holds_is_told_too() -> None:
    before = peak_megabytes()
    child = "x = bytearray(80_000_000); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert peak_megabytes() > before + 70
        process.communicate(b"\n")


# -- of reading -------------------------------------------------------------------------------------------------------


def one(words: int, seconds: float, *, inside: float | None = None, most: int = 1) -> Reading:
    """A run of two pages that read so many words."""
    inside = seconds if inside is None else inside
    return Reading(2, {"read": 2}, words, seconds, inside, 2 * inside, 100.0, 3, most, 1, None, {"a.test": 3})


FIGURES = Figures(
    first=one(900, 50.0),
    plain=one(900, 1.0),
    refreshed=one(900, 30.0, most=21),
    unhurried=one(1000, 12.0, inside=10.0),
    bare=Bare(words=1200, passages=8, extraction=2.0, encoding=8.0, cpu=10.0),
)


def test_shares_are_of_the_first_run_and_the_ratio_is_of_words_a_second() -> None:
    assert FIGURES.plain_share == 0.02
    assert FIGURES.refreshed_share == 0.6
    assert FIGURES.manners_share == 0.4  # 20 pauses of a second
    assert FIGURES.ratio == pytest.approx(100 / 120)
    assert FIGURES.cpu_ratio == pytest.approx(50 / 120)


def test_every_figure_is_shown_and_told_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    speed_reading.show(FIGURES)
    shown = capsys.readouterr().out
    assert all(figure in shown for figure in ("2.0%", "60.0%", "40.0%", "100 words/s", "120 words/s", "0.83", "0.42"))
    told = json.loads(json.dumps(FIGURES.as_json()))
    assert (told["plain_share"], told["first"]["words"], told["bare"]["encoding"]) == (0.02, 900, 8.0)


def test_the_memory_of_a_family_is_that_of_all_below_it() -> None:
    processes = {1: (0, 1000.0), 5: (1, 10.0), 6: (5, 20.0), 7: (6, 30.0), 8: (1, 500.0)}
    assert family_megabytes(5, processes) == 60.0
    assert family_megabytes(9, processes) == 0.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is not asked")
def test_a_childs_memory_counts() -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(80_000_000); input()'])"
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE) as process:
        until = time.monotonic() + 10
        with Memory(process.pid) as memory:
            while memory.peak_mb < 80 and time.monotonic() < until:
                time.sleep(0.05)
        process.communicate(b"\n")
    assert 80 <= memory.peak_mb < 200


SERVER = """
import json
import pathlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = pathlib.Path(__file__).parent
pages = {"/" + page["url"]: page["file"] for page in map(json.loads, (folder / "manifest.jsonl").open())}
asked = Counter()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        known = pages.get(self.path)
        if self.path == "/__control/stats":
            body = {"requests": asked.total(), "by_host": {
                host: {"requests": n, "max_concurrent": 1, "smallest_gap_ms": None} for host, n in asked.items()}}
            return self.answer(200, json.dumps(body).encode())
        asked[self.path.split("/")[3]] += 1
        if known and self.headers["If-None-Match"]:
            return self.answer(304, b"")
        self.answer(200 if known else 404, (folder / known).read_bytes() if known else b"")

    def do_POST(self):
        asked.clear()
        self.answer(200, b"{}")

    def answer(self, status, body):
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", "ETag": '"1"', "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"serving at http://127.0.0.1:{server.server_address[1]}/{{url}}", flush=True)
server.serve_forever()
"""


def small_mirror(folder: Path, pages: int) -> Path:
    """A mirror of so many articles, each on a host of its own, with what of its server this measurement needs."""
    folder.mkdir()
    manifest = []
    for n in range(pages):
        text = " ".join(f"Sentence {at} of article {n} says something about the number {at * n}." for at in range(40))
        (folder / f"{n}.html").write_text(f"<html><body><main><h1>Article {n}</h1><p>{text}</p></main></body></html>")
        address = {"url": f"https://host{n}.test/article", "file": f"{n}.html", "title": f"Article {n}", "author": None}
        manifest.append(json.dumps(address))
    (folder / "manifest.jsonl").write_text("\n".join(manifest))
    (folder / "serve.py").write_text(SERVER)
    return folder


def test_reading_is_measured_on_a_small_mirror(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = small_mirror(tmp_path / "mirror", 4)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "models").symlink_to(models_folder, target_is_directory=True)
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    reading(mirror, 3, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["first"]["outcomes"] == told["unhurried"]["outcomes"] == {"read": 3}
    assert told["plain"]["outcomes"] == told["refreshed"]["outcomes"] == {"unchanged": 3}
    assert (told["first"]["requests"], told["plain"]["requests"]) == (6, 0)  # each with its host's robots.txt
    assert told["first"]["requests_by_host"] == {f"host{n}.test": 2 for n in range(3)}
    assert told["first"]["words"] == told["unhurried"]["words"]
    assert 0.9 < told["first"]["words"] / told["bare"]["words"] < 1.1
    ours, bare = told["unhurried"], told["bare"]
    speed = bare["words"] / (bare["extraction"] + bare["encoding"])
    assert told["ratio"] == pytest.approx(ours["words"] / ours["inside"] / speed)
    assert told["plain_share"] == pytest.approx(told["plain"]["seconds"] / told["first"]["seconds"])
    assert told["first"]["peak_mb"] > 100 or sys.platform == "win32"


def test_what_is_no_page_to_the_bare_library_is_nothing() -> None:
    assert extracted(b"<html></html>") == ""
