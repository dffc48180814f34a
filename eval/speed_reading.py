"""
Speed of reading: the mirror read politely into an empty library, read again unchanged, and how much of the speed of its
bare parts is left of the pipeline.

    python -m eval speed --ingest [--only N] [--mirror FOLDER] [--json]

What is timed runs in a process of its own, begun for it, so that its memory and its start count and nobody else's do.
Bare is trafilatura's own extraction (pypdf's for PDFs), one page after another, and then the embedded encoder over what
it gave, cut every 165 words and sorted by length; both sides are counted in words of text per second.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.memory import Memory
from tutor.errors import TutorError

DELAY = 1.0  # seconds between two requests to a host, as people read
CUT = 165  # words of a bare passage
SHARES = ("plain_share", "refreshed_share", "manners_share", "ratio", "cpu_ratio")
TARGETS = {"ratio": 0.8, "plain_share": 0.03, "peak_mb": 500.0}


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One run over the pages. `seconds` from the start of its process to its end, `inside` of the reading alone; `cpu`
    the same in seconds of all cores, which a busy machine stretches less.

    `peak_mb`: the most memory that the process and its children held together. What the server saw: `requests`, the
    most to one host, the most at once to one host, and the smallest gap between two to one host, None without two.
    """

    pages: int
    outcomes: Mapping[str, int]
    words: int
    seconds: float
    inside: float
    cpu: float
    peak_mb: float
    requests: int
    most_to_a_host: int
    most_at_once: int
    smallest_gap_ms: float | None
    requests_by_host: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bare:
    """The bare parts over the same pages: seconds of extraction and of encoding."""

    words: int
    passages: int
    extraction: float
    encoding: float
    cpu: float

    @property
    def seconds(self) -> float:
        return self.extraction + self.encoding


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured. Shares are of the first run's seconds, the ratio is of words per second."""

    first: Reading
    plain: Reading
    refreshed: Reading
    unhurried: Reading  # without the pause between requests: what the pipeline can do
    bare: Bare

    @property
    def plain_share(self) -> float:
        return self.plain.seconds / self.first.seconds

    @property
    def refreshed_share(self) -> float:
        return self.refreshed.seconds / self.first.seconds

    @property
    def manners_share(self) -> float:
        """What asking again cannot go below: the pauses of the host with most pages."""
        return DELAY * max(0, self.refreshed.most_to_a_host - 1) / self.first.seconds

    @property
    def ratio(self) -> float:
        ours, theirs = self.unhurried.words / self.unhurried.inside, self.bare.words / self.bare.seconds
        return ours / theirs if theirs else 0.0

    @property
    def cpu_ratio(self) -> float:
        """The ratio by seconds of all cores: a hint where other programs run beside."""
        ours, theirs = self.unhurried.words / self.unhurried.cpu, self.bare.words / self.bare.cpu
        return ours / theirs if theirs else 0.0

    def as_json(self) -> dict[str, Any]:
        shares = {name: getattr(self, name) for name in SHARES}
        return {**asdict(self), **shares, "targets": TARGETS}


def measure(mirror: Path, models: Path, only: int | None, tell: Callable[[str], None] = lambda _: None) -> Figures:
    """
    Measures reading the pages of the mirror in the folder `mirror`, or its first `only`; takes some minutes.

    `models` holds the encoder; `tell` is told what comes next. Raises TutorError where a part of it fails.
    """
    from eval.corpus import addresses, served
    from tutor import minilm

    count = len(addresses(mirror)[:only])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, served(mirror) as via:
        polite, hurried = Path(folder) / "polite", Path(folder) / "hurried"
        for home in (polite, hurried):
            (home / "models").mkdir(parents=True)
            shutil.copy(minilm.ensure(models), home / "models")

        def reading(what: str, home: Path, *, delay: float = DELAY, refresh: bool = False) -> Reading:
            tell(f"{count} pages: {what}")
            _control(via, "reset", {})
            given = {"mirror": str(mirror), "home": str(home), "via": via, "only": only}
            done, seconds, peak = _apart("read", given | {"delay": delay, "refresh": refresh})
            return _reading(done, seconds, peak, _control(via, "stats"))

        first = reading("read politely into an empty library", polite)
        plain = reading("once more", polite)
        refreshed = reading("once more, each page asked for again", polite, refresh=True)
        tell("the starter notes, which are no part of what follows")
        _apart("notes", {"home": str(hurried)})
        unhurried = reading("read without pauses", hurried, delay=0.0)
        tell(f"{count} pages: the bare parts")
        bare, _, _ = _apart("bare", {"mirror": str(mirror), "home": str(hurried), "only": only})
    return Figures(first, plain, refreshed, unhurried, Bare(**bare))


def show(figures: Figures) -> None:
    """The figures as a table, each with its target."""
    runs = {"first": figures.first, "plain again": figures.plain, "--refresh": figures.refreshed}
    print("run            pages    seconds     share   peak MB  requests  most/host  at once  smallest gap")
    for name, one in (runs | {"no pauses": figures.unhurried}).items():
        share = f"{one.seconds / figures.first.seconds:9.1%}" if name in runs else " " * 9
        gap = "" if one.smallest_gap_ms is None else f"{one.smallest_gap_ms:10.0f} ms"
        print(
            f"{name:<12}{one.pages:>8}{one.seconds:>11.1f} {share}{one.peak_mb:>10.0f}{one.requests:>10}"
            f"{one.most_to_a_host:>11}{one.most_at_once:>9} {gap}"
        )
        print(f"{'':<12}{', '.join(f'{count} {what}' for what, count in one.outcomes.items()):>8}")
    ours, bare = figures.unhurried, figures.bare
    print(f"plain again: target {TARGETS['plain_share']:.0%} of the first run or less")
    print(f"--refresh: its pauses alone are {figures.manners_share:.1%} of the first run")
    print(f"peak memory: target {TARGETS['peak_mb']:.0f} MB or less, all processes")
    print(f"pipeline  {ours.words / ours.inside:8.0f} words/s  ({ours.words} words, {ours.inside:.1f} s)")
    print(
        f"bare      {bare.words / bare.seconds:8.0f} words/s  ({bare.words} words, extraction {bare.extraction:.1f} s, "
        f"encoding of {bare.passages} passages {bare.encoding:.1f} s)"
    )
    print(
        f"ratio     {figures.ratio:8.2f}  target {TARGETS['ratio']} or more; {figures.cpu_ratio:.2f} by processor time"
    )


# --------------------------------------------------------------------------------------
# The process that is timed, from outside
# --------------------------------------------------------------------------------------


def _apart(what: str, given: Mapping[str, object]) -> tuple[dict[str, Any], float, float]:
    """What a part answered that ran in a process of its own, its seconds, and the most memory it took in MB."""
    command = [sys.executable, "-m", "eval.speed_reading", what, json.dumps(given)]
    here = {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **here}) as process:
        with Memory(process.pid) as memory:
            out, _ = process.communicate()
        seconds = time.perf_counter() - began
    if process.returncode:
        raise TutorError(
            f"The part that was to be timed ({what}) ended with {process.returncode}. See its error above."
        )
    return json.loads(out.splitlines()[-1]), seconds, memory.peak_mb


def _control(via: str, action: str, given: Mapping[str, object] | None = None) -> dict[str, Any]:
    address = via.replace("{url}", f"__control/{action}")
    request = urllib.request.Request(address, None if given is None else json.dumps(given).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


def _reading(done: Mapping[str, Any], seconds: float, peak: float, stats: Mapping[str, Any]) -> Reading:
    hosts = stats["by_host"]
    gaps = [host["smallest_gap_ms"] for host in hosts.values() if host["smallest_gap_ms"] is not None]
    return Reading(
        **done,
        seconds=seconds,
        peak_mb=peak,
        requests=stats["requests"],
        most_to_a_host=max((host["requests"] for host in hosts.values()), default=0),
        most_at_once=max((host["max_concurrent"] for host in hosts.values()), default=0),
        smallest_gap_ms=min(gaps, default=None),
        requests_by_host={name: host["requests"] for name, host in sorted(hosts.items())},
    )


# --------------------------------------------------------------------------------------
# What is timed, from inside
# --------------------------------------------------------------------------------------


def read_pages(given: Mapping[str, Any]) -> dict[str, Any]:
    """The pipeline, as `tutor ingest` runs it."""
    from collections import Counter

    from eval.corpus import addresses
    from ingest.pipeline import ingest
    from tutor.library import Library
    from tutor.settings import Places, Settings

    places = Places(Path(given["home"]))
    wanted = addresses(Path(given["mirror"]))[: given["only"]]
    began, busy = time.perf_counter(), cpu_seconds()
    report = ingest(Settings(places), wanted, via=given["via"], delay=given["delay"], refresh=given["refresh"])
    inside, cpu = time.perf_counter() - began, cpu_seconds() - busy
    with Library.open(places.library) as library:
        words = library.words_by_source()
    outcomes = Counter(one.outcome for one in report.outcomes)
    held = sum(words.get(one.url, 0) for one in report.outcomes)
    there = report.count("read", "changed", "unchanged", "duplicate")
    return {"pages": there, "outcomes": dict(outcomes), "words": held, "inside": inside, "cpu": cpu}


def keep_notes(given: Mapping[str, Any]) -> dict[str, Any]:
    """A library that holds the starter notes, encoded."""
    from ingest.pipeline import ingest
    from tutor.settings import Places, Settings

    ingest(Settings(Places(Path(given["home"]))), [])
    return {}


def read_bare(given: Mapping[str, Any]) -> dict[str, Any]:
    """trafilatura and the encoder, each over everything, with nothing around them."""
    from tutor.encoder import open_encoder

    mirror = Path(given["mirror"])
    files = [json.loads(line)["file"] for line in (mirror / "manifest.jsonl").read_text("utf-8").splitlines()]
    pages = [(mirror / file).read_bytes() for file in files[: given["only"]]]
    began, busy = time.perf_counter(), cpu_seconds()
    texts = [extracted(page).split() for page in pages]
    extraction = time.perf_counter() - began
    passages = [" ".join(words[at : at + CUT]) for words in texts for at in range(0, len(words), CUT)]
    began = time.perf_counter()
    open_encoder(Path(given["home"]) / "models").encode(sorted(passages, key=len))
    encoding = time.perf_counter() - began
    return {
        "words": sum(map(len, texts)),
        "passages": len(passages),
        "extraction": extraction,
        "encoding": encoding,
        "cpu": cpu_seconds() - busy,
    }


def cpu_seconds() -> float:
    """Seconds of all cores that this process and the children it has waited for have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def extracted(page: bytes) -> str:
    """What the bare library takes for the text of a page; "" where it finds none."""
    import io

    import pypdf
    import trafilatura

    if page.startswith(b"%PDF-"):
        return "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(page)).pages)
    return trafilatura.extract(page, output_format="markdown", include_comments=False, include_tables=True) or ""


PARTS = {"read": read_pages, "notes": keep_notes, "bare": read_bare}


def main(arguments: Sequence[str]) -> None:
    """Does one part; its answer is the last line it prints."""
    print(json.dumps(PARTS[arguments[0]](json.loads(arguments[1]))))


if __name__ == "__main__":
    main(sys.argv[1:])
