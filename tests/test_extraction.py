"""Measuring how faithfully pages are read; our own pages, which must be read exactly; the offline mirror and the public
set where they are."""

import json
import os
import sys
from pathlib import Path

import pytest

from eval import extraction
from eval.extraction import Known, Report, Score, compared, lines_kept, measure, ours, own_pages, plain, score
from ingest.read_html import decoded, extract, overview, parsed
from tests.mirror import web_folder
from tutor.errors import BadInput
from ui import cli

PAGES = own_pages()
LEAST_KEPT = 0.45  # of the rough length that the mirror's manifest gives, which counts escaped markup on one page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url.rpartition("/")[2])
def test_our_own_pages_are_read_exactly(page: Known) -> None:
    assert ours(page) == page.text


def test_our_own_pages_are_many_and_of_every_kind() -> None:
    text = "\n".join(page.text for page in PAGES)
    assert len(PAGES) >= 15
    for kind in ("```python\n", "```diff\n", "\n\t", "$$", "\\(", "\\[", "\\begin{equation}", "| --- |", "  - ", "> "):
        assert kind in text, kind


# -- the figures ------------------------------------------------------------------------------------------------------


def test_figures_are_those_worked_out_on_paper() -> None:
    assert compared("a b c d e", "a b c d e") == (1.0, 0.0, 0.0)
    assert compared("a b c d e", "a b c d x") == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert compared("a b c d a b c d", "a b c d") == pytest.approx((1 / 5, 0, 4 / 5))  # with multiplicity
    assert compared("one two", "") == (0.0, 0.0, 1.0)
    assert compared("", "") == (1.0, 0.0, 0.0)
    whole = score([(0.5, 0.5, 0.0), (0.5, 0.0, 0.5)])
    assert (whole.precision, whole.recall, whole.f1) == (0.75, 0.75, 0.75)
    assert score([(0.0, 0.0, 1.0)]) == Score(0.0, 0.0)
    assert Score(0.0, 0.0).f1 == 0.0


def test_lines_count_only_when_exact_and_in_order() -> None:
    assert lines_kept("a\n\n  b\nc", "a\n  b\n\nc") == Score(1.0, 1.0)
    assert lines_kept("a\n  b", "a\nb\nmenu") == Score(1 / 3, 1 / 2)
    assert lines_kept("a", "") == Score(1.0, 0.0)


def test_numbers_of_lists_and_languages_are_no_words_of_the_page() -> None:
    assert plain("1. one\n\n```python\nx = 1\n```").split() == ["one", "x", "=", "1"]


def test_a_reader_is_compared_page_by_page() -> None:
    pages = [Known("a", b"", ""), Known("b", b"", "")]
    report = Report(pages, {"ours": [(1.0, 0.0, 0.0)] * 2, "other": [(0.5, 0.0, 0.5)] * 2})
    figures = report.figures()
    assert figures["other"]["ours_ahead"] == pytest.approx(1 - 2 / 3)
    assert figures["other"]["ours_ahead_95"] == [pytest.approx(1 - 2 / 3)] * 2
    assert [url for url, _ in report.worst(1)] == ["a"]


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A set in the form of the public one, made of one of our own pages."""
    import gzip

    page = PAGES[0]
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "k.html.gz").write_bytes(gzip.compress(page.body))
    truth = {"k": {"articleBody": page.text, "url": page.url}}
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return tmp_path


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs `tutor eval extraction`; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["tutor", "eval", "extraction", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command_prints_both_sets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], public: Path
) -> None:
    assert command(monkeypatch, "--data", str(public)) == 0
    shown = capsys.readouterr().out
    assert "trafilatura, recall" in shown
    assert f"{len(PAGES)} of {len(PAGES)} exactly" in shown
    assert command(monkeypatch, "--data", str(public), "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["public"]["pages"] == 1
    assert printed["own"]["all"]["recall"] == 1.0


def test_without_the_public_set_only_our_own_pages_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command(monkeypatch, "--data", str(tmp_path)) == 1
    assert "ground-truth.json" in capsys.readouterr().err
    monkeypatch.setattr(extraction, "PUBLIC", tmp_path)
    assert command(monkeypatch) == 0
    assert "trafilatura" not in capsys.readouterr().out
    with pytest.raises(BadInput):
        extraction.public_pages(tmp_path)


# -- what lies beside the repository ----------------------------------------------------------------------------------


def public_folder() -> Path:
    """The public set; skips the test where there is none."""
    folder = Path(os.environ.get("TUTOR_TEST_WEB") or extraction.ROOT.parent / "shared" / "web").parent
    if not (folder / "data" / "extraction" / "ground-truth.json").exists():
        pytest.skip("the public article-extraction set is not beside the repository")
    return folder / "data" / "extraction"


def test_on_the_public_set_we_are_not_behind_trafilatura() -> None:
    report = measure(extraction.public_pages(public_folder()))
    figures = {name: score(counts).f1 for name, counts in report.counts.items()}
    assert figures["ours"] >= max(figures.values())


def test_no_page_of_the_mirror_is_kept_under_half() -> None:
    folder = web_folder()
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    pages = [row for row in rows if row["file"].endswith(".html")]
    assert len(pages) == 126
    kept = {row["url"]: _kept(folder / row["file"], row["url"]) / row["extracted_chars"] for row in pages}
    assert {url: share for url, share in kept.items() if share < LEAST_KEPT} == {}
    assert sum(share < 0.5 for share in kept.values()) <= 1


def _kept(path: Path, url: str) -> float:
    return float(overview(path.read_bytes(), url)["chars"])


def test_the_known_page_that_trafilatura_keeps_a_third_of_is_read_whole() -> None:
    path = web_folder() / "pages/lilianweng.github.io/posts/2018-02-19-rl-overview/index.html"
    found = extract(parsed(decoded(path.read_bytes())), "https://lilianweng.github.io/posts/2018-02-19-rl-overview/")
    assert found.whole_main
    assert len(found.text) > 40_000
