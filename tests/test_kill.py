"""
kill -9 at any point of a real `tutor ingest`: the next run ends with the library that an unkilled one makes.

One process imports everything once and forks a child for each run, so that a run costs what it does and not what its
imports do. A child kills itself with SIGKILL at a point counted in what it does (statements given to SQLite, calls of
Chroma), so that the points are spread over the whole run and the same ones every time. The parts are the product's own
but for the encoder, which is the toy one.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mirror import Reply, Website, website

# A line in for each run: {"home", "arguments", "kill": [what, number, seconds after it] | null, "encoder"}; a line out
# when it has ended: {"signal", "code"}.
FORKER = r"""
import contextlib, functools, json, os, signal, sys, threading
import chromadb, httpx, numpy, lxml.html, trafilatura, typer.main
import ingest.fetch, ingest.links, ingest.pipeline, ingest.read_html, ui.cli, ui.contracts
import tutor.encoder, tutor.handbook, tutor.library, tutor.notes, tutor.vectors

counts = {"statement": 0, "chroma": 0, "encode": 0}
kill = None

def reached(what):
    counts[what] += 1
    if kill and kill[:2] == [what, counts[what]]:
        if kill[2]:
            threading.Timer(kill[2], os.kill, (os.getpid(), signal.SIGKILL)).start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)

connection = tutor.library.Library._connection
def watched(library):
    opened = connection(library)
    opened.set_trace_callback(lambda _: reached("statement"))
    return opened
tutor.library.Library._connection = watched

def counted(call, what, after=False):
    @functools.wraps(call)
    def inner(*arguments, **options):
        if not after:
            reached(what)
        result = call(*arguments, **options)
        if after:
            reached(what)
        return result
    return inner

index = tutor.vectors.ChromaIndex
index._add = counted(counted(index._add, "chroma"), "chroma", after=True)
index._remove = counted(counted(index._remove, "chroma"), "chroma", after=True)
index._connect = counted(counted(index._connect, "chroma"), "chroma", after=True)

class Toy(tutor.encoder.LettersEncoder):
    def encode(self, texts):  # as quick as can be: it runs some seventy times over the same notes
        reached("encode")
        counted = numpy.zeros((len(texts), self.dimensions), numpy.float32)
        for row, text in zip(counted, texts):
            row += numpy.bincount(numpy.frombuffer(text.encode(), numpy.uint8) % self.dimensions, None, self.dimensions)
        return counted / numpy.maximum(numpy.linalg.norm(counted, axis=1, keepdims=True), 1e-6)

tutor.encoder.open_encoder = lambda folder: Toy()
ingest.pipeline.Workers = lambda **_: contextlib.nullcontext()  # read in the child itself: no imports anew
ingest.pipeline.ingest = functools.partial(ingest.pipeline.ingest, delay=0.0)
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        kill = asked["kill"]
        os.environ["TUTOR_HOME"] = asked["home"]
        Toy.name = asked["encoder"]
        sys.argv = ["tutor", *asked["arguments"]]
        with open(asked["home"] + ".out", "w") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        code = 0
        try:
            ui.cli.main()
        except SystemExit as end:
            code = end.code or 0
        sys.stdout.flush()
        with open(asked["home"] + ".counts", "w") as out:
            json.dump(counts, out)
        os._exit(code)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                      "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1}), flush=True)
"""


Point = tuple[str, int, float]
"""Where a run is killed: at which statement (or call of Chroma, or of the encoder), and how many seconds after it."""


class Forker:
    """Runs `tutor` in forked children, and can kill them at a point of what they do."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def tutor(self, home: Path, *arguments: str, kill: Point | None = None, encoder: str = "letters") -> int:
        """The exit code of the command, or the number of the signal that ended it, negated."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"home": str(home), "arguments": arguments, "kill": kill, "encoder": encoder}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        ended = json.loads(self._process.stdout.readline())
        return -int(ended["signal"]) or int(ended["code"])


def told(home: Path) -> str:
    """What the last command printed."""
    return Path(f"{home}.out").read_text()


def done(home: Path) -> dict[str, int]:
    """How much of each kind the last command did, if it ended by itself."""
    return dict(json.loads(Path(f"{home}.counts").read_text()))


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", FORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Forker(process)
        assert process.stdin is not None
        process.stdin.close()


def words(seed: int, count: int) -> str:
    """Words without a pattern, in sentences."""
    chance = random.Random(seed)
    said = ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(count)]
    return " ".join(f"{' '.join(said[n : n + 9]).capitalize()}." for n in range(0, count, 9))


def article(name: str, text: str, links: tuple[str, ...] = ()) -> Reply:
    listed = "".join(f'<p>See <a href="{link}">the page {link}</a> for more.</p>' for link in links)
    body = (
        f"<html><head><title>{name}</title></head><body><main><h1>{name}</h1><p>{text}</p>{listed}</main></body></html>"
    )
    return Reply(body.encode(), 200, {"Content-Type": "text/html", "ETag": f'"{name}"'})


LIST = "https://list.test/reading"
COPIED = words(100, 200)


def pages() -> dict[str, Reply]:
    """A reading list and what it leads to: articles, a text that two share, one nearly the same, one gone, a video."""
    found = {f"https://host{n}.test/{n}": article(f"Page {n}", words(n, 400)) for n in range(11)}
    found["https://same.test/1"] = found["https://same.test/2"] = article("Copied", COPIED)
    found["https://same.test/3"] = article("Copied", COPIED.replace("a", "aa", 5))
    found["https://gone.test/"] = Reply(status=410)
    found["https://moved.test/"] = Reply(status=301, headers={"Location": "https://host3.test/moved"})
    found[LIST] = article("A list", words(200, 60), (*found, "https://www.youtube.com/watch?v=mirrorvid01"))
    found["https://host3.test/moved"] = article("Moved", words(50, 150))
    return {f"/{url}": reply for url, reply in found.items()}


def everything(home: Path) -> dict[str, Any]:
    """All that two libraries must have in common, in an order of its own; numbers and times they need not."""
    with sqlite3.connect(home / "library.db") as db:
        whole = [row[0] for row in db.execute("PRAGMA integrity_check")]
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        db.rollback()
        passage = "passages p JOIN sources s ON s.id = p.source"
        held = {
            "sources": "SELECT s.url, s.title, s.author, s.published, s.language, s.licence, s.kind, s.chapter, "
            "s.pages, s.times, s.archived, s.text, s.digest, s.words, t.url, hex(s.signature) "
            "FROM sources s LEFT JOIN sources t ON t.id = s.twin",
            "passages": f"SELECT s.url, p.start, p.end, p.heading FROM {passage}",
            "words": f"SELECT s.url, p.start, w.title, w.heading, w.text FROM words w LEFT JOIN ({passage}) "
            "ON p.id = w.rowid",
            "vectors": "SELECT s.url, p.start, v.encoder, hex(v.vector), hex(v.spans), hex(v.span_vectors), "
            f"v.in_chroma FROM vectors v LEFT JOIN ({passage}) ON p.id = v.passage",
            "links": "SELECT l.url, l.state, l.reason, l.status, s.url, l.etag, l.last_modified, l.moved_to, "
            "l.archived, l.title, l.kind, l.chapter FROM links l LEFT JOIN sources s ON s.id = l.source",
            "leads": "SELECT * FROM leads",
            "removed": "SELECT * FROM removed",
            "lists": "SELECT url, title, content FROM lists",
            "vocabulary": "SELECT * FROM vocabulary",
        }
        found: dict[str, Any] = {name: sorted(db.execute(query), key=repr) for name, query in held.items()}
        places = {
            str(row[0]): row[1:]
            for row in db.execute("SELECT p.id, s.url, p.start FROM passages p JOIN sources s ON s.id = p.source")
        }
    db.close()
    assert whole == ["ok"]
    import chromadb

    client = chromadb.PersistentClient(str(home / "chroma"), settings=chromadb.Settings(anonymized_telemetry=False))
    (collection,) = client.list_collections()
    kept = collection.get(include=["embeddings", "documents"])
    client.close()
    found["chroma"] = sorted(
        (places.get(i, (i,)), document, vector.tobytes())
        for i, document, vector in zip(kept["ids"], kept["documents"] or [], kept["embeddings"], strict=True)
    )
    found["pages"] = sorted((path.name, path.read_bytes()) for path in (home / "pages").iterdir())
    return found


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, list[str]]:
    """What only one of two libraries holds, shortened."""
    return {
        name: [row[:200] for row in sorted(set(map(repr, one[name])) ^ set(map(repr, other[name])))][:6] or ["twice"]
        for name in one
        if one[name] != other[name]
    }


READ = ("ingest", LIST, "--links", "all")


@pytest.fixture(scope="module")
def site() -> Iterator[Website]:
    with website(pages()) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Whole:
    """An unkilled run: where, what it did, and what it made."""

    home: Path
    counts: dict[str, int]
    made: dict[str, Any]


@pytest.fixture(scope="module")
def begun(forker: Forker, site: Website, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the starter notes and nothing else yet, so that the points fall into the reading."""
    home = tmp_path_factory.mktemp("begun") / "home"
    assert forker.tutor(home, "ingest", "https://start.test/", "--via", site.base + "{url}") == 1
    assert "Nothing could be read" in told(home)
    return home


@pytest.fixture(scope="module")
def whole(forker: Forker, site: Website, begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    home = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(begun, home)
    assert forker.tutor(home, *READ, "--via", site.base + "{url}") == 0, told(home)
    return Whole(home, done(home), everything(home))


def spread(counts: dict[str, int], points: int) -> list[Point]:
    """Points spread evenly over what a run tells SQLite."""
    return [("statement", 1 + counts["statement"] * n // points, 0.0) for n in range(points)]


# Before and after Chroma was opened and was given passages, and while it writes them; before passages are encoded.
CALLS: list[Point] = [
    *(("chroma", n, 0.0) for n in (1, 2, 3, 4)),
    *(("chroma", 3, after) for after in (0.005, 0.03)),
    ("encode", 2, 0.0),
]


@pytest.mark.timeout(900)  # a minute on two free cores
def test_killed_at_25_points_and_more_the_next_run_makes_what_an_unkilled_one_makes(
    forker: Forker, site: Website, begun: Path, whole: Whole, tmp_path: Path
) -> None:
    assert len(whole.made["sources"]) == 52 + 15
    command = (*READ, "--via", site.base + "{url}")
    ended = []
    for number, point in enumerate(spread(whole.counts, 25) + CALLS):
        home = tmp_path / str(number)
        shutil.copytree(begun, home)
        ended.append(forker.tutor(home, *command, kill=point))
        assert forker.tutor(home, *command) == 0, told(home)
        differ = differing(everything(home), whole.made)
        assert differ == {}, point
    assert ended[:25] == [-9] * 25


@pytest.mark.timeout(900)
def test_killed_again_and_again_it_arrives_all_the_same(
    forker: Forker, site: Website, whole: Whole, tmp_path: Path
) -> None:
    command = (*READ, "--via", site.base + "{url}")
    home, killed = tmp_path / "home", 0  # from nothing: the starter notes too
    # Far enough for the largest transaction, or it would never arrive.
    point = ("statement", whole.counts["statement"] * 2 // 5, 0.0)
    while (code := forker.tutor(home, *command, kill=point)) == -9 and killed < 40:
        killed += 1
    assert (code, killed > 2) == (0, True), told(home)
    forker.tutor(home, "ingest", "https://start.test/", "--via", site.base + "{url}")
    assert differing(everything(home), whole.made) == {}


@pytest.mark.timeout(900)
def test_killed_while_pages_change_or_all_is_encoded_anew(forker: Forker, whole: Whole, tmp_path: Path) -> None:
    newer = pages()
    for n in (1, 5, 9):
        newer[f"/https://host{n}.test/{n}"] = article(f"Changed {n}", words(300 + n, 200))
    newer["/https://same.test/1"] = article("Changed", words(400, 200))  # two had this text, a third nearly
    newer["/https://host2.test/2"] = Reply(status=410)
    with website(newer) as site:
        command = (*READ, "--refresh", "--via", site.base + "{url}")
        for encoder in ("letters", "others"):
            after = tmp_path / encoder
            shutil.copytree(whole.home, after)
            assert forker.tutor(after, *command, encoder=encoder) == 0, told(after)
            expected = everything(after)
            assert len(expected["sources"]) == len(whole.made["sources"]) + 1
            for number, point in enumerate(spread(done(after), 6) + CALLS[2:5]):
                home = tmp_path / f"{encoder}-{number}"
                shutil.copytree(whole.home, home)
                forker.tutor(home, *command, kill=point, encoder=encoder)
                assert forker.tutor(home, *command, encoder=encoder) == 0, told(home)
                assert differing(everything(home), expected) == {}, point
