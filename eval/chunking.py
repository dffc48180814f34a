"""
Right words within a budget: how much of what answers a question is among the first W words sent to a Writer.

The public chunking set (Smith and Troynikov 2024): five corpora of general text, questions, and for each the exact
spans that answer it. Each corpus is a source in a library of the tutor's own, cut, encoded and searched as any source;
`evidence.fill` says what is sent. Beside it, in the same run, BM25 on windows of 150 words. Every question is asked of
its own corpus, and of all five at once.

    python -m eval chunking --data FOLDER     FOLDER holds questions.csv and corpora/*.md

Knows nothing of answers. Not covered: the headings that a prompt may add are not counted as words sent; these corpora
have none.
"""

import csv
import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from eval.corpus import recipe
from eval.gate import CACHE, ROOT
from eval.metrics import mean
from tutor import evidence
from tutor.errors import BadInput
from tutor.library import Library
from tutor.passages import Source
from tutor.search import Search
from tutor.vectors import ExactIndex, encode_pending, key

if TYPE_CHECKING:
    from tutor.encoder import Encoder

DATA = ROOT.parent / "shared" / "data" / "chunking"
BUDGETS = (600, 1_200)  # words
WINDOW = 150  # words of a window of the baseline
RESAMPLES = 1_000
ALL = "all"  # the library that holds every corpus

Span = tuple[int, int]
Sent = tuple[str, int, int]  # corpus, start, end


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one corpus and the spans of that corpus's text that answer it."""

    text: str
    corpus: str
    gold: tuple[Span, ...]

    @property
    def half(self) -> str:
        """tune or test, by the place of the first answer: questions about one place are in one half."""
        mark = hashlib.sha256(f"{self.corpus}:{self.gold[0][0]}".encode()).digest()[0]
        return "test" if mark % 2 else "tune"


def corpora(data: Path) -> dict[str, str]:
    """The texts by name, in the order of their names. Raises BadInput where there are none."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted((data / "corpora").glob("*.md"))}
    if not found:
        raise BadInput(f"There is no chunking set at {data}: name the folder with questions.csv and corpora/*.md.")
    return found


def questions(data: Path, texts: Mapping[str, str]) -> list[Question]:
    """The questions; raises BadInput, with the line, where a span is not what its corpus says there."""
    path = data / "questions.csv"
    if not path.is_file():
        raise BadInput(f"There is no {path}. Name the folder with questions.csv and corpora/*.md.")
    asked = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            spans = [(r["start_index"], r["end_index"], r["content"]) for r in json.loads(row["references"])]
            text = texts.get(row["corpus_id"], "")
            if not spans or any(text[start:end] != content for start, end, content in spans):
                raise BadInput(f"{path}:{rows.line_num}: the answer is not in the corpus {row['corpus_id']!r}.")
            asked.append(Question(row["question"], row["corpus_id"], tuple((s, e) for s, e, _ in spans)))
    return asked


# -- what is sent -----------------------------------------------------------------------------------------------------


def within(sent: Iterable[Sent], texts: Mapping[str, str], words: int) -> list[Sent]:
    """The first `words` words of what is sent: what does not fit in whole is cut off."""
    kept: list[Sent] = []
    left = words
    for corpus, start, end in sent:
        ends = [word.end() for word in re.finditer(r"\S+", texts[corpus][start:end])]
        if ends[:left]:
            kept.append((corpus, start, start + ends[:left][-1]))
        left -= len(ends[:left])
    return kept


def recall(question: Question, sent: Iterable[Sent]) -> float:
    """The share of the characters of the gold spans that was sent."""
    gold = {i for start, end in question.gold for i in range(start, end)}
    there = {i for corpus, start, end in sent if corpus == question.corpus for i in range(start, end)}
    return len(gold & there) / len(gold)


Ready = Callable[[int], Iterable[Sent]]  # words -> what is sent, best first
Way = Callable[[str, str], Ready]  # question, name of a library -> the search is done, for any number of words


def tutors(opened: Mapping[str, tuple[Library, Search]]) -> Way:
    """What the tutor sends."""

    def ready(question: str, name: str) -> Ready:
        library, searching = opened[name]
        found = searching.find(question, evidence.WIDE)

        def send(words: int) -> Iterator[Sent]:
            for one in evidence.fill(found, library, words):
                yield one.quote.url.rpartition("/")[2], one.quote.start, one.quote.end

        return send

    return ready


def windows(texts: Mapping[str, str]) -> Way:
    """What BM25 on windows of 150 words sends: FTS5's own tokens and weights, every word of the question."""
    tables = {name: _table({name: text}) for name, text in texts.items()} | {ALL: _table(texts)}

    def ready(question: str, name: str) -> Ready:
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", question.lower())))
        return lambda words: tables[name].execute(
            "SELECT corpus, start, end FROM windows WHERE windows MATCH ? ORDER BY bm25(windows), rowid LIMIT ?",
            (query, words // WINDOW + 1),
        )

    return ready


def _table(texts: Mapping[str, str]) -> sqlite3.Connection:
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE windows USING fts5 (corpus UNINDEXED, start UNINDEXED, end UNINDEXED, text)")
    for name, text in texts.items():
        word = [found.span() for found in re.finditer(r"\S+", text)]
        for i in range(0, len(word), WINDOW):
            start, end = word[i][0], word[min(i + WINDOW, len(word)) - 1][1]
            table.execute("INSERT INTO windows VALUES (?, ?, ?, ?)", (name, start, end, text[start:end]))
    return table


# -- libraries --------------------------------------------------------------------------------------------------------


def libraries(home: Path, texts: Mapping[str, str], encoder: "Encoder") -> dict[str, tuple[Library, Search]]:
    """A library of each corpus and one of all, made where they are not there yet (a minute), and their searches."""
    opened: dict[str, Library] = {}
    for name, text in texts.items():
        opened[name] = _library(home, name, {name: text})
        encode_pending(opened[name], encoder)
    opened[ALL] = _library(home, ALL, texts)
    for name in texts:
        _lend(opened[name], opened[ALL], _url(name), key(encoder))
    return {name: (library, _search(library, encoder)) for name, library in opened.items()}


def _url(name: str) -> str:
    return f"https://chunking.test/{name}"


def _library(home: Path, name: str, texts: Mapping[str, str]) -> Library:
    """Opens `name`.db, made anew where the texts or the code that cuts and encodes them changed."""
    path = home / f"{name}.db"
    made_of = hashlib.sha256("\0".join([recipe(None), *texts.values()]).encode()).hexdigest()[:16]
    library = Library.open(path)
    if library.fact("eval recipe") != made_of:
        library.close()
        for file in home.glob(f"{path.name}*"):
            file.unlink()
        library = Library.open(path)
        for corpus, text in texts.items():
            library.put(Source(_url(corpus), "", text))
        library.put_fact("eval recipe", made_of)
    return library


def _lend(lender: Library, borrower: Library, url: str, encoder: str) -> None:
    """Gives `borrower` the vectors of the same passages, so that nothing is encoded twice."""
    theirs, ours = (library.passages_of(library.number(url) or 0) for library in (lender, borrower))
    if missing := {one.id for one in borrower.unencoded(encoder, len(ours))} & set(ours):
        made = lender.vectors(encoder, theirs)
        pairs = [(made[a], b) for a, b in zip(theirs, ours, strict=True) if b in missing]
        borrower.put_vectors(encoder, [replace(one, passage=number) for one, number in pairs])


def _search(library: Library, encoder: "Encoder") -> Search:
    index = ExactIndex(library, encoder)
    index.sync()
    return Search(library, encoder, index)


# -- measuring --------------------------------------------------------------------------------------------------------


def measure(
    way: Way, asked: Sequence[Question], texts: Mapping[str, str], *, everywhere: bool
) -> dict[int, list[float]]:
    """The recall of each question within each budget, asked of its own corpus or (`everywhere`) of all."""
    found: dict[int, list[float]] = {words: [] for words in BUDGETS}
    for one in asked:
        send = way(one.text, ALL if everywhere else one.corpus)
        for words, values in found.items():
            values.append(recall(one, within(send(words), texts, words)))
    return found


def interval(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the mean, by drawing the questions anew."""
    if not values:
        return 0.0, 0.0
    drawn = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(np.array(values)[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def table(asked: Sequence[Question], values: Sequence[float]) -> dict[str, Any]:
    """Recall of the questions of each half and each corpus, with the intervals of the halves."""
    halves: dict[str, list[float]] = {"all": list(values), "test": [], "tune": []}
    by_corpus: dict[str, list[float]] = {}
    for one, value in zip(asked, values, strict=True):
        halves[one.half].append(value)
        by_corpus.setdefault(one.corpus, []).append(value)
    return {
        **{half: {"recall": mean(some), "interval": interval(some), "n": len(some)} for half, some in halves.items()},
        "corpora": {name: mean(some) for name, some in sorted(by_corpus.items())},
    }


def chunking(
    data: Annotated[Path, typer.Option(help="The folder with questions.csv and corpora/*.md.")] = DATA,
    home: Annotated[Path, typer.Option(help="Where the libraries are kept from run to run.")] = CACHE / "chunking",
    models: Annotated[Path, typer.Option(help="Where the models are kept.")] = CACHE / "models",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Character recall of the spans that answer, at 600 and 1,200 words sent, beside BM25 on 150-word windows."""
    from tutor.encoder import open_encoder

    texts = corpora(data)
    asked = questions(data, texts)
    encoder = open_encoder(models)
    ways = {"tutor": tutors(libraries(home, texts, encoder)), "BM25 on 150-word windows": windows(texts)}
    results: dict[str, dict[str, dict[int, dict[str, Any]]]] = {}
    for of in ("own corpus", "all corpora"):
        for way, send in ways.items():
            measured = measure(send, asked, texts, everywhere=of == "all corpora")
            results.setdefault(of, {})[way] = {words: table(asked, values) for words, values in measured.items()}
    made_of = {"encoder": encoder.name, "questions": str(len(asked)), "recipe": recipe(None)}
    if as_json:
        print(json.dumps({"recipe": made_of, "recall": results}, indent=2))
        return
    for of, by_way in results.items():
        for way, by_words in by_way.items():
            for words, figures in by_words.items():
                _show(f"{of}, {way}, {words:,} words", figures)
    print(" | ".join(f"{name}:{value}" for name, value in made_of.items()))


def _show(name: str, figures: Mapping[str, Any]) -> None:
    halves = (f"{half} {figures[half]['recall']:.3f}" for half in ("test", "tune", "all"))
    low, high = figures["all"]["interval"]
    each = " ".join(f"{corpus}={value:.3f}" for corpus, value in figures["corpora"].items())
    print(f"{name:<52} {' '.join(halves)} [{low:.3f}, {high:.3f}] {each}")
