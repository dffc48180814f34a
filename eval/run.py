"""
Running a question set: every question is asked of the tutor, and what comes back is held against its gold.

Walks the questions, not the results: one that found nothing costs its zero. A question whose page or gold sentence
the library does not hold could not be scored; it is counted apart, with its reason, and never dropped.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval import metrics, sets
from eval.sets import Question
from ingest.links import normalise
from tutor.answers import Answer, Tutor
from tutor.conversation import Turn
from tutor.fingerprints import fingerprint
from tutor.library import Library
from tutor.passages import Quote
from tutor.sentences import sentences

PAGES = 5  # passages among which the right page must be


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one question. `unscored` says why it could not be scored, where it could not."""

    id: str
    question: str
    kind: str
    half: str
    unscored: str = ""
    rank: int | None = None  # of the first passage of a right page, 1-based
    in_evidence: bool = False  # a gold sentence is in the evidence
    declined: bool = False
    facts: int = 0
    facts_stated: int = 0
    quotes: int = 0
    quotes_valid: int = 0
    chapter_right: bool | None = None
    chance: float = 0.0
    grounds: Mapping[str, float] | None = None
    answer: str = ""
    search_ms: float = 0.0
    evidence_ms: float = 0.0
    first_word_ms: float | None = None
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run. `figures` maps a name to its value; `counts` says over how many questions."""

    figures: Mapping[str, float]
    counts: Mapping[str, int]


class Gold:
    """Where the gold sentences stand in the library's texts."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._numbers = {_bare(link.url): link.source for link in library.links() if link.source is not None}
        self._numbers |= {_bare(s.url): number for s in library.sources() if (number := library.number(s.url))}
        self._spans: dict[int, dict[str, tuple[int, int]]] = {}

    def source(self, url: str) -> int | None:
        """The library's number of the page at `url`, whichever address it is kept under."""
        return self._numbers.get(_bare(url))

    def spans(self, source: int, fingerprints: Iterable[str]) -> list[tuple[int, int]]:
        """The spans of those gold sentences that the source holds."""
        if source not in self._spans:
            kept = self._library.source(source)
            self._spans[source] = dict(_fingerprinted(kept.text)) if kept else {}
        return [self._spans[source][mark] for mark in fingerprints if mark in self._spans[source]]


def _bare(url: str) -> str:
    """An address without what makes no difference between two ways of writing it."""
    return url if url.startswith("tutor:") else normalise(url).partition("://")[2].rstrip("/")


def _fingerprinted(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every sentence of `text` with its span, cut simply first and as the tutor cuts it second, which wins."""
    at = 0
    for sentence in sets.sentences(text):
        found = text.find(sentence, at)
        if found >= 0:
            yield fingerprint(sentence), (found, found + len(sentence))
            at = found
    for span in sentences(text):
        yield fingerprint(text[span.start : span.end]), (span.start, span.end)


def run(
    tutor: Tutor, questions: Sequence[Question], progress: Callable[[Record], None] = lambda _: None
) -> list[Record]:
    """Asks every question, in order."""
    gold = Gold(tutor.library)
    records = []
    for question in questions:
        records.append(ask(tutor, question, gold))
        progress(records[-1])
    return records


def ask(tutor: Tutor, question: Question, gold: Gold) -> Record:
    """One question, asked and scored."""
    if reason := _unscored(question, gold):
        return Record(question.id, question.question, question.kind, question.half, unscored=reason)
    history = [Turn(turn.question, turn.answer) for turn in question.history]
    found = tutor.answer(question.question, history)
    right = {gold.source(url) for url in (question.url, *question.also) if url is not None} - {None}
    hits = tutor.search.find(found.trace.asked, 10).hits
    spans = {s: gold.spans(s, question.gold) for s in right if s is not None}
    said = found.evidence if found.evidence else ()
    return Record(
        id=question.id,
        question=question.question,
        kind=question.kind,
        half=question.half,
        rank=next((n for n, hit in enumerate(hits, 1) if hit.held.source in right), None),
        in_evidence=any(
            metrics.overlaps((q.start, q.end), span) for q in said if q.source in spans for span in spans[q.source]
        ),
        declined=found.declined,
        facts=len(question.facts),
        facts_stated=sum(sets.states(found.text, fact) for fact in question.facts),
        quotes=sum(len(s.quotes) for s in found.statements),
        quotes_valid=sum(_valid(q, tutor.library) for s in found.statements for q in s.quotes),
        chapter_right=None if question.chapter is None else _chapter_right(question, found),
        chance=found.trace.chance,
        grounds=found.trace.grounds,
        answer=found.text,
        search_ms=found.timings.search,
        evidence_ms=found.timings.evidence,
        first_word_ms=found.timings.first_word,
        total_ms=found.timings.total,
    )


def _unscored(question: Question, gold: Gold) -> str:
    if question.url is None:
        return ""
    source = gold.source(question.url)
    if source is None:
        return f"the library does not hold {question.url}"
    if question.gold and not gold.spans(source, question.gold):
        return f"no gold sentence is in the text of {question.url}"
    return ""


def _valid(quote: Quote, library: Library) -> bool:
    source = library.source(quote.source)
    return source is not None and source.text[quote.start : quote.end] == quote.text


def _chapter_right(question: Question, found: Answer) -> bool:
    return found.chapter is not None and found.chapter.id == question.chapter


def summarise(records: Sequence[Record]) -> Summary:
    """The figures of a run, over the questions that could be scored."""
    scored = [r for r in records if not r.unscored]
    answerable = [r for r in scored if r.kind in ("answerable", "conversation")]
    unanswerable = [r for r in scored if r.kind == "unanswerable"]
    declined = [r for r in answerable + unanswerable if r.declined]
    rightly = [r for r in declined if r.kind == "unanswerable"]
    ranks = [r.rank for r in answerable]
    words = [r.first_word_ms for r in scored if r.first_word_ms is not None]
    figures = {
        "hit@5": metrics.hit(ranks, PAGES),
        "MRR@10": metrics.reciprocal_rank(ranks),
        "quote in evidence": metrics.mean([float(r.in_evidence) for r in answerable]),
        "facts in answer": metrics.precision(sum(r.facts_stated for r in answerable), sum(r.facts for r in answerable)),
        "citations valid": metrics.precision(sum(r.quotes_valid for r in scored), sum(r.quotes for r in scored)),
        "decline precision": metrics.precision(len(rightly), len(declined)),
        "decline recall": metrics.recall(len(rightly), len(unanswerable)),
        "answerable declined": metrics.mean([float(r.declined) for r in answerable]),
        "evidence p95 ms": metrics.percentile([r.evidence_ms for r in scored], 0.95),
        "first word median ms": metrics.percentile(words, 0.5),
        "total p95 ms": metrics.percentile([r.total_ms for r in scored], 0.95),
    }
    if not words:
        del figures["first word median ms"]
    counts = {
        "questions": len(records),
        "answerable": len(answerable),
        "unanswerable": len(unanswerable),
        "could not be scored": len(records) - len(scored),
    }
    return Summary(figures, counts)


def save(records: Sequence[Record], summary: Summary, recipe: Mapping[str, Any], folder: Path) -> None:
    """Writes a run: one JSON line a question, and the summary with its recipe last."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(asdict(record), ensure_ascii=False) for record in records)
    (folder / "records.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole = {"recipe": dict(recipe), "figures": dict(summary.figures), "counts": dict(summary.counts)}
    (folder / "summary.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
