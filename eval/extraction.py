"""
How faithfully pages are read: our reader beside trafilatura alone, on pages whose text is known.

Two sets. The public article-extraction benchmark (Zyte, github.com/scrapinghub/article-extraction-benchmark: a
ground-truth.json and the pages as html/KEY.html.gz), which is not part of this repository; and our own pages of code,
formulas and tables under tests/pages, each with its expected text beside it.

Figures on the public set are the benchmark's own: every text is a bag of shingles, four words (`\\w+`) in a row, with
multiplicity. tp, fp and fn of a page are divided by their sum, so that a long page weighs no more than a short one;
precision is the mean over pages of tp / (tp + fp), where anything was found; recall the mean of tp / (tp + fn); F1
their harmonic mean. Intervals are the 2.5th and 97.5th percentile over resampled pages (a bootstrap, paired for
differences).

Figures on our own pages count lines: recall is the share of the expected lines that are there, exactly, blanks and
all, and in their order; precision the share of the lines there that are expected.

Knows nothing of the library and the tutor. Not covered: tables, code and formulas of the public set (news articles have
few); whether a person would call an unexpected line wrong.
"""

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from eval.metrics import mean, percentile, share
from eval.sets import HALVES, half_of
from tutor.errors import BadInput, ReadingError

ROOT = Path(__file__).parent.parent
PUBLIC = ROOT.parent / "shared" / "data" / "extraction"
TRUTH = "ground-truth.json"
OWN = ROOT / "tests" / "pages"
SHINGLE = 4  # words
ROUNDS = 2000  # of the bootstrap
SEED = 20  # of the bootstrap: a run repeats

WORD = re.compile(r"\w+")
FENCE = re.compile(r"^ *`{3,}[\w+#.-]*$", re.MULTILINE)
NUMBERED = re.compile(r"^ *\d+\. ", re.MULTILINE)

Counts = tuple[float, float, float]
"""Shares of one page's shingles: found rightly, found wrongly, missed (tp, fp, fn); they add up to 1."""


@dataclass(frozen=True, slots=True)
class Known:
    """A page whose text is known."""

    url: str
    body: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean, 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


# -- pages ------------------------------------------------------------------------------------------------------------


def public_pages(folder: Path, half: str = "all") -> list[Known]:
    """
    The pages of the public set, or of one half of it (`tune`, `test`: settled by a page's address alone).

    BadInput where the folder holds no such set.
    """
    truth = folder / TRUTH
    if not truth.exists():
        raise BadInput(
            f"There is no ground-truth.json in {folder}. Name the folder of the public article-extraction benchmark "
            "(github.com/scrapinghub/article-extraction-benchmark) with --data."
        )
    pages = json.loads(truth.read_text(encoding="utf-8"))
    return [
        Known(page["url"], gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()), page["articleBody"])
        for key, page in sorted(pages.items())
        if half in ("all", half_of(page["url"]))
    ]


def own_pages(folder: Path = OWN) -> list[Known]:
    """Our own pages, in the order of their names; none where the folder is not there (in an installed wheel)."""
    return [
        Known(
            f"https://pages.test/{path.stem}",
            path.read_bytes(),
            path.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n"),
        )
        for path in sorted(folder.glob("*.html"))
    ]


# -- readers ----------------------------------------------------------------------------------------------------------


def ours(page: Known) -> str:
    """The text our reader makes of a page; nothing where it refuses it."""
    from ingest.read_html import read_html

    try:
        return read_html(page.body, url=page.url).text
    except ReadingError:
        return ""


def plain(markdown: str) -> str:
    """Light Markdown without the marks that are words and no page's: numbers of lists, languages of fences."""
    return NUMBERED.sub("", FENCE.sub("", markdown))


def trafilatura_alone(page: Known, *, recall: bool = False, precision: bool = False) -> str:
    """What trafilatura keeps of a page, by itself or asked for more or less (no comments: the set counts none)."""
    import trafilatura

    kept = trafilatura.extract(
        page.body, url=page.url, include_comments=False, favor_recall=recall, favor_precision=precision
    )
    return kept or ""


READERS: Mapping[str, Callable[[Known], str]] = {
    "ours": lambda page: plain(ours(page)),
    "trafilatura": trafilatura_alone,
    "trafilatura, recall": lambda page: trafilatura_alone(page, recall=True),
    "trafilatura, precision": lambda page: trafilatura_alone(page, precision=True),
}

# -- figures ----------------------------------------------------------------------------------------------------------


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The bag of a text's shingles; a text shorter than one is a single shingle."""
    words = WORD.findall(text)
    return Counter(tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)) if words)


def compared(expected: str, found: str) -> Counts:
    """The counts of a page, divided by their sum."""
    true, held = shingles(expected), shingles(found)
    both = (true & held).total()
    wrong, missed = held.total() - both, true.total() - both
    whole = both + wrong + missed
    return (both / whole, wrong / whole, missed / whole) if whole else (1.0, 0.0, 0.0)


def score(counts: Sequence[Counts]) -> Score:
    """The figures over pages."""
    return Score(
        mean([right / (right + wrong) for right, wrong, _ in counts if right + wrong]),
        mean([right / (right + missed) for right, _, missed in counts if right + missed]),
    )


def resampled(figure: Callable[[Sequence[int]], float], pages: int) -> tuple[float, float]:
    """The 95 % interval of a figure of so many pages, which it is given by their numbers, drawn with replacement."""
    dice = random.Random(SEED)
    values = [figure(dice.choices(range(pages), k=pages)) for _ in range(ROUNDS)]
    return percentile(values, 0.025), percentile(values, 0.975)


def lines_kept(expected: str, found: str) -> Score:
    """How many of the expected lines are there, and how many of those there are expected; empty lines do not count."""
    true = [line for line in expected.split("\n") if line]
    held = [line for line in found.split("\n") if line]
    matched = SequenceMatcher(None, true, held, autojunk=False).get_matching_blocks()
    both = sum(block.size for block in matched)
    return Score(share(both, len(held)), share(both, len(true)))


# -- the report -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of every reader on one set, with 95 % intervals, and the pages' own figures."""

    pages: Sequence[Known]
    counts: Mapping[str, Sequence[Counts]]

    def figures(self) -> dict[str, dict[str, float | list[float]]]:
        """By reader: precision, recall, f1 and its interval; for the others, how far ours is ahead, paired."""
        found: dict[str, dict[str, float | list[float]]] = {}
        for name in self.counts:
            whole = self._of(name)
            row: dict[str, float | list[float]] = {"precision": whole.precision, "recall": whole.recall, "f1": whole.f1}
            row["f1_95"] = list(resampled(partial(self._f1, name), len(self.pages)))
            if name != "ours":
                row["ours_ahead"] = self._ahead(name)
                row["ours_ahead_95"] = list(resampled(partial(self._ahead, name), len(self.pages)))
            found[name] = row
        return found

    def _of(self, name: str, at: Sequence[int] | None = None) -> Score:
        """A reader's figures over the pages of these numbers, or over all."""
        counts = self.counts[name]
        return score(counts if at is None else [counts[number] for number in at])

    def _f1(self, name: str, at: Sequence[int]) -> float:
        return self._of(name, at).f1

    def _ahead(self, name: str, at: Sequence[int] | None = None) -> float:
        return self._of("ours", at).f1 - self._of(name, at).f1

    def worst(self, most: int) -> Iterator[tuple[str, Score]]:
        """The pages on which ours loses most, the worst first."""
        own = [(page.url, score([counts])) for page, counts in zip(self.pages, self.counts["ours"], strict=True)]
        yield from sorted(own, key=lambda pair: pair[1].f1)[:most]


def measure(pages: Sequence[Known]) -> Report:
    """Reads every page with every reader."""
    return Report(
        pages, {name: [compared(page.text, reader(page)) for page in pages] for name, reader in READERS.items()}
    )


def measure_own(pages: Sequence[Known]) -> dict[str, Score]:
    """By page of our own: its lines, and under the name `all` those of all of them as one."""
    found = {page.url.rpartition("/")[2]: lines_kept(page.text, ours(page)) for page in pages}
    if not found:
        return {}
    return found | {"all": Score(mean([s.precision for s in found.values()]), mean([s.recall for s in found.values()]))}


def document(report: Report | None, own: Mapping[str, Score]) -> dict[str, object]:
    """Everything measured, as one JSON document."""
    public = {"pages": len(report.pages), "readers": report.figures()} if report else None
    lines = {name: {"precision": s.precision, "recall": s.recall} for name, s in own.items()}
    return {"public": public, "own": lines}


def table(report: Report | None, own: Mapping[str, Score], worst: int = 0) -> Iterator[str]:
    """Everything measured, as lines for a person."""
    if report:
        head = f"public set, {len(report.pages)} pages"
        yield f"{head:<28} precision  recall     F1  95 %             ours ahead  95 %"
        for name, row in report.figures().items():
            low, high = _pair(row["f1_95"])
            line = f"{name:<28} {row['precision']:9.3f}{row['recall']:8.3f}{row['f1']:7.3f}  {low:.3f} to {high:.3f}"
            if "ours_ahead" in row:
                low, high = _pair(row["ours_ahead_95"])
                line += f"   {row['ours_ahead']:+10.3f}  {low:+.3f} to {high:+.3f}"
            yield line
        for url, of in report.worst(worst):
            yield f"  {of.f1:.3f} (precision {of.precision:.3f}, recall {of.recall:.3f})  {url}"
    pages = {name: of for name, of in own.items() if name != "all"}
    if pages:
        exact = sum(of == Score(1.0, 1.0) for of in pages.values())
        whole = own["all"]
        yield (
            f"our own pages, lines: precision {whole.precision:.3f}, recall {whole.recall:.3f}; "
            f"{exact} of {len(pages)} exactly"
        )
        yield from (
            f"  {name}: precision {of.precision:.3f}, recall {of.recall:.3f}"
            for name, of in pages.items()
            if of != Score(1.0, 1.0)
        )


def _pair(value: object) -> tuple[float, float]:
    assert isinstance(value, list)
    return value[0], value[1]


def main(
    data: Annotated[Path | None, typer.Option(help="The folder of the public article-extraction benchmark.")] = None,
    half: Annotated[str, typer.Option(help="tune, test or all of its pages.")] = "all",
    worst: Annotated[int, typer.Option(help="Name so many pages on which we lose most.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Read pages whose text is known, beside trafilatura alone, and print precision, recall and F1."""
    if half not in ("all", *HALVES):
        raise BadInput(f"There is no half {half!r}. Choose one of {', '.join(HALVES)}, or all.")
    folder = data or PUBLIC
    # where nobody asked for the public set, it may be missing
    known = public_pages(folder, half) if data or (folder / TRUTH).exists() else []
    report = measure(known) if known else None
    own = measure_own(own_pages())
    if as_json:
        print(json.dumps(document(report, own), indent=2, ensure_ascii=False))
    else:
        print("\n".join(table(report, own, worst)))
