"""
Every page of the mirror's faults host, fetched and read: each becomes a text or a named reason.

The table is what `docs/reading.md` shows. Needs the offline mirror beside the repository.
"""

import importlib.util
import json
import re
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from eval.memory import Memory
from ingest.fetch import Fetcher, Limits
from ingest.page import Page
from ingest.read import read
from tests.mirror import Mirror, mirror, web_folder
from tutor.errors import ReadingError

READ = "read"
OUTCOMES = {
    "not-found": "dead: not found (404); no archived copy",
    "gone": "dead: gone (410); no archived copy",
    "forbidden": "blocked: forbidden (403)",
    "login-wall": "blocked: login wall",
    "paywall-teaser": "blocked: paywall teaser",
    "rate-limited": READ,
    "flaky": READ,
    "slow": READ,
    "hang": "failed: no answer within 10 seconds",
    "truncated": "failed: truncated: the connection closed before the end",
    "redirect-once": READ,
    "redirect-target": READ,
    "redirect-loop": "failed: redirects in a circle",
    "redirect-loop-back": "failed: redirects in a circle",
    "redirect-to-loopback": "skipped: private address (127.0.0.1)",
    "redirect-to-metadata": "skipped: private address (169.254.169.254)",
    "redirect-to-file": "skipped: not a web address (file)",
    "redirect-to-private": "skipped: private address (10.0.0.1)",
    "huge": "failed: too large (more than 20 MB)",
    "gzip-bomb": "failed: too large (more than 20 MB)",
    "wrong-charset": READ,
    "no-charset": READ,
    "binary-as-html": "skipped: binary",
    "empty": "failed: empty",
    "soft-404": "dead: soft 404",
    "javascript-only": "failed: javascript only",
    "meta-refresh": READ,
    "canonical-elsewhere": READ,
    "canonical-target": READ,
    "near-duplicate": READ,
    "deep-nesting": READ,
    "malformed": READ,
    "pdf": READ,
    "pdf-broken": "failed: broken PDF",
    "pdf-scanned": "failed: scanned PDF: it has no text",
    "injection": READ,
    "xss": READ,
    "utf8-zoo": READ,
    "code-and-math": READ,
    "duplicate-of/1": READ,
    "duplicate-of/2": READ,
    "duplicate-of/999": READ,
    "duplicate-of/4": READ,
    "": READ,
}
PATIENT = ("slow", "hang")  # asked apart, so that they keep nobody waiting
MOST_SECONDS = 120
MOST_MEGABYTES = 500


def outcome(fetcher: Fetcher, kind: str) -> Page | str:
    """What becomes of one page: the page, or its state and reason."""
    try:
        return read(fetcher.fetch(f"https://faults.test/{kind}"))
    except ReadingError as error:
        return str(error)


@pytest.fixture(scope="module")
def faults() -> ModuleType:
    """The module that wrote the faults, with the plain text of their articles."""
    spec = importlib.util.spec_from_file_location("mirror_faults", web_folder() / "faults.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return module


@pytest.fixture(scope="module")
def server() -> Iterator[Mirror]:
    """A mirror for all tests of this file."""
    with mirror() as running:
        yield running


@pytest.fixture(scope="module")
def outcomes(server: Mirror) -> dict[str, Page | str]:
    """What became of every page, all asked in one run."""
    began = time.monotonic()

    def one_by_one(kinds: list[str]) -> dict[str, Page | str]:
        with Fetcher(via=server.via, delay=0.01) as fetcher:
            return {kind: outcome(fetcher, kind) for kind in kinds}

    rest = [kind for kind in OUTCOMES if kind not in PATIENT]
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(one_by_one, [["slow"], ["hang"], rest]))
    assert time.monotonic() - began < MOST_SECONDS
    return runs[0] | runs[1] | runs[2]


def page_of(outcomes: dict[str, Page | str], kind: str) -> Page:
    """The page that a fault became; fails with the reason if it became none."""
    found = outcomes[kind]
    assert isinstance(found, Page), found
    return found


def letters(text: str) -> str:
    """Only letters and digits: what a text and its rendering have in common."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text)).lower()


def test_every_fault_is_known(faults: ModuleType) -> None:
    assert {kind for kind in OUTCOMES if kind and "/" not in kind} == set(faults.FAULTS)


@pytest.mark.parametrize("kind", OUTCOMES)
def test_each_fault_becomes_what_the_table_says(outcomes: dict[str, Page | str], kind: str) -> None:
    found = outcomes[kind]
    assert (READ if isinstance(found, Page) else found) == OUTCOMES[kind]


def test_articles_are_whole_and_little_else(outcomes: dict[str, Page | str], faults: ModuleType) -> None:
    for kind, article in faults.ARTICLES.items():
        if OUTCOMES.get(kind) != READ:
            continue
        page = page_of(outcomes, kind)
        for paragraph in article.paragraphs:
            assert letters(paragraph) in letters(page.text), (kind, paragraph)
        assert page.title.startswith(article.title), kind
        extra = page.words - article.words
        assert extra <= (250 if kind == "code-and-math" else 60), (kind, extra)


def test_authors_and_dates_are_found(outcomes: dict[str, Page | str], faults: ModuleType) -> None:
    for kind in ("rate-limited", "slow", "wrong-charset", "no-charset", "utf8-zoo"):
        page, article = page_of(outcomes, kind), faults.ARTICLES[kind]
        assert (page.author, page.published, page.language) == (article.author, article.published, "en"), kind


def test_each_marker_of_code_and_math_is_there_in_its_form(outcomes: dict[str, Page | str], faults: ModuleType) -> None:
    text = page_of(outcomes, "code-and-math").text
    assert all(text.count(marker) == 1 for marker in faults.MARKERS)
    assert f"```python\n{faults.PYTHON_BLOCK}```" in text
    assert f"````bash\n{faults.SHELL_BLOCK}````" in text
    assert "`inline_code_marker(logits, T=0.7)`" in text
    assert r"$$p_i=\frac{e^{z_i}}{Z}\text{mathmlmarker}$$" in text
    assert r"\(H = -\sum_i p_i \log p_i + \mathrm{latexparen}\)" in text
    assert "| 1.5 | loose \\| with a pipe |" in text
    assert "    - a threshold of 0.9 is usual LIST-DEEP-MARKER" in text
    assert "4. apply the softmax LIST-ORDERED-MARKER" in text


def test_of_the_injected_orders_only_the_visible_ones_are_read(
    outcomes: dict[str, Page | str], faults: ModuleType
) -> None:
    text = page_of(outcomes, "injection").text
    read_orders = {place for place, order in faults.INJECTIONS.items() if letters(order) in letters(text)}
    assert read_orders == {"visible", "zero-width"}
    assert "INJECTION-ZERO-WIDTH." in text  # as a person sees it, so that it can be found


def test_hostile_markup_is_text_or_nothing(outcomes: dict[str, Page | str]) -> None:
    page = page_of(outcomes, "xss")
    for gone in ("XSS-SCRIPT", "XSS-ONERROR", "XSS-ONLOAD", "XSS-DATA", "XSS-FRAME"):
        assert gone not in page.text
    assert not any(link.url.startswith(("javascript:", "data:")) for link in page.links)


def test_duplicates_have_one_text_and_the_copy_names_its_original(outcomes: dict[str, Page | str]) -> None:
    copies = [letters(page_of(outcomes, kind).text) for kind in OUTCOMES if kind.startswith("duplicate-of/")]
    assert copies == [copies[0]] * 4
    assert page_of(outcomes, "canonical-elsewhere").canonical == "https://faults.test/canonical-target"


def test_the_pages_of_the_pdf_keep_their_place(outcomes: dict[str, Page | str]) -> None:
    page = page_of(outcomes, "pdf")
    marks = ["PDF-PAGE-ONE", "PDF-PAGE-TWO", "PDF-PAGE-THREE"]
    ends = [*page.pages[1:], len(page.text)]
    for mark, start, end in zip(marks, page.pages, ends, strict=True):
        assert mark in page.text[start:end]


def test_the_index_gives_its_links(outcomes: dict[str, Page | str], faults: ModuleType) -> None:
    urls = {link.url for link in page_of(outcomes, "").links}
    assert {f"https://faults.test/{kind}" for kind in faults.FAULTS} <= urls


# All in one ingest, as a person runs it

ONE_INGEST = """
import json, sys, time
from pathlib import Path
from ingest.pipeline import addresses, ingest
from tutor.settings import Places, Settings

home, via = sys.argv[1:]
began = time.monotonic()
report = ingest(Settings(Places(Path(home))), addresses(["https://faults.test/"], "all"), via=via, delay=0.0)
print(json.dumps({
    "outcomes": {one.url: [one.outcome, one.reason] for one in report.outcomes},
    "seconds": time.monotonic() - began,
}))
"""
# What a page is that was read, beyond `OUTCOMES`: one text is one source, whatever it is called.
READ_AS = ("read", "duplicate")


def test_one_ingest_of_them_all_survives_within_two_minutes_and_500_mb(
    server: Mirror, faults: ModuleType, models_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").symlink_to(models_folder.resolve())
    server.control("reset")
    command = [sys.executable, "-c", ONE_INGEST, str(tmp_path), server.via]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, Memory(process.pid) as memory:
        out, _ = process.communicate(timeout=MOST_SECONDS + 60)
    assert process.returncode == 0
    told = json.loads(out.splitlines()[-1])
    assert told["seconds"] <= MOST_SECONDS
    assert memory.peak_mb <= MOST_MEGABYTES
    for kind in faults.FAULTS:
        found, reason = told["outcomes"][f"https://faults.test/{kind}"]
        expected = OUTCOMES[kind]
        assert found in READ_AS if expected == READ else f"{found}: {reason}" == expected, (kind, found, reason)


# Manners, by the server's own count


def test_the_server_counts_polite_requests() -> None:
    urls = [f"https://{host}/" for host in ("colah.github.io", "d2l.ai")]
    pages = [f"{url}{path}" for url in urls for path in ("a", "b", "c")]
    with mirror("--delay-ms", "30") as running, Fetcher(via=running.via, delay=0.25, archive=False) as fetcher:

        def ask(url: str) -> None:
            with pytest.raises(ReadingError, match="dead"):
                fetcher.fetch(url)

        threads = [threading.Thread(target=ask, args=(url,)) for url in pages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        hosts = running.stats()["by_host"]
    assert {host: (count["requests"], count["max_concurrent"]) for host, count in hosts.items()} == {
        "colah.github.io": (4, 1),
        "d2l.ai": (4, 1),
    }
    assert all(count["smallest_gap_ms"] >= 250 for count in hosts.values())


def test_an_unchanged_page_costs_one_304_and_a_deleted_one_is_found_in_the_archive() -> None:
    url = "https://faults.test/redirect-target"
    with mirror() as running, Fetcher(via=running.via, delay=0) as fetcher:
        first = fetcher.fetch(url)
        again = fetcher.fetch(url, etag=first.etag, last_modified=first.last_modified)
        assert (again.unchanged, again.body) == (True, b"")
        running.control("delete", url="https://colah.github.io/posts/2015-08-Backprop/")
        copy = fetcher.fetch("https://colah.github.io/posts/2015-08-Backprop/")
        assert copy.archived
        assert read(copy).url == "https://colah.github.io/posts/2015-08-Backprop/"
        assert running.stats()["by_host"]["web.archive.org"]["requests"] == 2  # robots.txt and the copy


def test_an_unreliable_web_is_read_in_the_end() -> None:
    weather, limits = ("--fail-rate", "0.4", "--seed", "3"), Limits(backoff=0.01, retries=8)
    with mirror(*weather) as running, Fetcher(via=running.via, delay=0, limits=limits) as fetcher:
        assert read(fetcher.fetch("https://faults.test/redirect-target")).words > 200


def test_a_host_that_forbids_reading_is_left_alone() -> None:
    with mirror("--robots-deny", "faults.test") as running, Fetcher(via=running.via, delay=0) as fetcher:
        with pytest.raises(ReadingError, match=r"blocked: robots\.txt"):
            fetcher.fetch("https://faults.test/redirect-target")
        assert list(running.stats()["by_url"]) == ["https://faults.test/robots.txt"]
