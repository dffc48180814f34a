"""
Running a question set: every question is asked of the tutor, and what comes back is held against its gold.

Walks the questions, not the results: one that found nothing costs its zero. A question whose page or gold sentence
the library does not hold could not be scored; it is counted apart, with its reason, and never dropped.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from eval import citations, facts, metrics, sets
from eval.memory import peak_megabytes
from eval.sets import Question
from ingest.links import normalise
from tutor.answers import Answer, Answered, EvidenceFound, Statement, Tutor
from tutor.conversation import Turn
from tutor.encoder import Encoder
from tutor.errors import BadInput
from tutor.fingerprints import fingerprint
from tutor.library import Library
from tutor.passages import Quote
from tutor.sentences import sentences
from tutor.writer import LlamaCppWriter, Writer

PAGES = 5  # passages among which the right page must be
FROM_PAGES = frozenset({"explain", "partial"})  # the kinds of answer that pages give; others come of the syllabus


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one question. `unscored` says why it could not be scored, where it could not."""

    id: str
    question: str
    kind: str
    half: str
    why: str | None = None  # why it cannot be answered: off-topic or near-miss
    page: str = ""  # that answers it; questions about one page are not independent of each other
    turn: int = 1  # of its conversation
    unscored: str = ""
    gold: Mapping[str, Any] | None = None  # what is expected: url, also, fingerprints, facts
    found: Sequence[Mapping[str, Any]] = ()  # the passages found, best first: url, heading, score
    scores: Mapping[str, float] | None = None  # of the ranking by page and by passage (eval.retrieval)
    rank: int | None = None  # of the first passage of a right page, 1-based
    in_evidence: bool = False  # a gold sentence is in the evidence, which is shown before it is decided to decline
    words_shown: int | None = None  # of the evidence, until a gold sentence is read; None where none is in it
    words_found: int | None = None  # the same of the passages found (eval.retrieval)
    gold_cited: bool = False  # a statement of the answer rests on a gold sentence
    declined: bool = False
    facts: int = 0
    facts_stated: int = 0  # by their keywords
    facts_similar: int = 0  # by the encoder (eval.facts)
    resources: int = 0  # of the handbook, that should be named
    resources_named: int = 0
    quotes: int = 0
    quotes_valid: int = 0
    chapter_right: bool | None = None
    chance: float = 0.0
    grounds: Mapping[str, float] | None = None
    answered_as: str = ""  # explain, partial, handbook, list or declined
    answer: str = ""
    grade: float | None = None  # that the answer takes to be read
    # The statements: text, support, quoted, their quotes' texts and links, and in an answer from pages what the quotes
    # are to them (eval.citations): `together`, `words`, and of each quote `support` and `needed`.
    stated: Sequence[Mapping[str, Any]] = ()
    struck: Sequence[Mapping[str, Any]] = ()  # the Writer's sentences that were not shown: text, support, reason
    prompt_tokens: int = 0
    output_tokens: int = 0
    search_ms: float = 0.0
    evidence_ms: float = 0.0
    first_word_ms: float | None = None
    total_ms: float = 0.0
    peak_mb: float = 0.0  # that this process had held by then


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
        self._spans: dict[int, dict[str, list[tuple[int, int]]]] = {}

    def source(self, url: str) -> int | None:
        """The library's number of the page at `url`, whichever address it is kept under."""
        return self._numbers.get(_bare(url))

    def right(self, question: Question) -> set[int]:
        """The numbers of the pages that answer `question`, of those that the library holds."""
        numbers = (self.source(url) for url in (question.url, *question.also) if url is not None)
        return {number for number in numbers if number is not None}

    def spans(self, source: int, fingerprints: Iterable[str]) -> list[tuple[int, int]]:
        """The spans of those gold sentences that the source holds, each wherever it stands."""
        if source not in self._spans:
            kept = self._library.source(source)
            self._spans[source] = _fingerprinted(kept.text) if kept else {}
        return [span for mark in fingerprints for span in self._spans[source].get(mark, ())]

    def passages(self, question: Question) -> set[int]:
        """The numbers of the passages that hold (nearly all of) a gold sentence of `question`."""
        return {
            number
            for page in self.right(question)
            for number, held in self._library.held(self._library.passages_of(page)).items()
            if any(
                metrics.overlaps((held.passage.start, held.passage.end), span)
                for span in self.spans(page, question.gold)
            )
        }

    def quoted(self, question: Question, quotes: Iterable[Quote]) -> bool:
        """Whether one of the quotes holds (nearly all of) a gold sentence of `question`."""
        right = self.right(question)
        return any(
            metrics.overlaps((quote.start, quote.end), span)
            for quote in quotes
            if quote.source in right
            for span in self.spans(quote.source, question.gold)
        )

    def words_to(self, question: Question, shown: Iterable[tuple[int, int, str]]) -> int | None:
        """How many words of what is `shown` (source, offset, text) are read when a gold sentence has been."""
        right = self.right(question)
        read = 0
        for source, start, text in shown:
            spans = self.spans(source, question.gold) if source in right else []
            ends = [end for begin, end in spans if metrics.overlaps((start, start + len(text)), (begin, end))]
            if ends:
                return read + len(text[: min(ends) - start].split())
            read += len(text.split())
        return None

    def unscored(self, question: Question) -> str:
        """Why `question` cannot be scored against this library; empty where it can."""
        if question.url is None:
            return ""
        source = self.source(question.url)
        if source is None:
            return f"the library does not hold {question.url}"
        if question.gold and not any(self.spans(number, question.gold) for number in self.right(question)):
            return f"no gold sentence is in the text of {question.url}"
        return ""


def _bare(url: str) -> str:
    """An address without what makes no difference between two ways of writing it."""
    return url if url.startswith("tutor:") else normalise(url).partition("://")[2].rstrip("/")


def _fingerprinted(text: str) -> dict[str, list[tuple[int, int]]]:
    """
    The spans of every sentence of `text` by its fingerprint, cut as the tutor cuts it.

    Where only the simple cut of `eval.sets` gives a sentence of that fingerprint, its span stands in.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for span in sentences(text):
        found.setdefault(fingerprint(text[span.start : span.end]), []).append((span.start, span.end))
    at, simply = 0, dict[str, list[tuple[int, int]]]()
    for sentence in sets.sentences(text):
        start = text.find(sentence, at)
        if start >= 0:
            simply.setdefault(fingerprint(sentence), []).append((start, start + len(sentence)))
            at = start
    return simply | found


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


def unasked(question: Question) -> Record:
    """The record of a question before it is asked."""
    return Record(
        question.id,
        question.question,
        question.kind,
        question.half,
        question.why,
        page=question.url or "",
        turn=len(question.history) + 1,
        gold={
            "url": question.url,
            "also": [*question.also],
            "fingerprints": [*question.gold],
            "facts": [[*fact] for fact in question.facts],
        },
        found=[],  # as they are read again from a run's folder
        stated=[],
        struck=[],
    )


def ask(tutor: Tutor, question: Question, gold: Gold) -> Record:
    """One question, asked and scored."""
    plain = unasked(question)
    if reason := gold.unscored(question):
        return replace(plain, unscored=reason)
    history = [Turn(turn.question, turn.answer) for turn in question.history]
    evidence: tuple[Quote, ...] = ()
    found: Answer | None = None
    try:
        for event in tutor.ask(question.question, history):
            if isinstance(event, EvidenceFound):
                evidence = event.quotes
            elif isinstance(event, Answered):
                found = event.answer
    except BadInput as error:
        return replace(plain, unscored=f"it cannot be asked: {error}")
    assert found is not None
    return _scored(plain, question, evidence, found, tutor, gold)


def _scored(
    plain: Record, question: Question, evidence: Sequence[Quote], found: Answer, tutor: Tutor, gold: Gold
) -> Record:
    right, library = gold.right(question), tutor.library
    pages = [library.number(url) for url, *_ in found.trace.hits]
    cited = [quote for statement in found.statements for quote in statement.quotes]
    return replace(
        plain,
        found=[
            {"url": url, "heading": heading, "score": round(score, 4)} for url, heading, score, _ in found.trace.hits
        ],
        rank=next((rank for rank, page in enumerate(pages, 1) if page in right), None),
        in_evidence=gold.quoted(question, evidence),
        words_shown=gold.words_to(question, [(quote.source, quote.start, quote.text) for quote in evidence]),
        gold_cited=gold.quoted(question, cited),
        declined=found.declined,
        facts=len(question.facts),
        facts_stated=sum(sets.states(found.text, fact) for fact in question.facts),
        facts_similar=sum(facts.stated(question.facts, found.text, tutor.encoder)),
        resources=len(question.urls),
        resources_named=len({_bare(url) for url in question.urls} & {_bare(quote.link) for quote in cited}),
        quotes=len(cited),
        quotes_valid=sum(_valid(quote, library) for quote in cited),
        chapter_right=None if question.chapter is None else _chapter_right(question, found),
        chance=found.trace.chance,
        grounds=found.trace.grounds,
        answered_as=found.kind,
        answer=found.text,
        grade=None if found.declined else metrics.grade(found.text),
        stated=[_told(statement, found.kind, tutor.encoder) for statement in found.statements],
        struck=[asdict(one) for one in found.trace.struck],
        prompt_tokens=found.model.prompt_tokens,
        output_tokens=found.model.output_tokens,
        search_ms=found.timings.search,
        evidence_ms=found.timings.evidence,
        first_word_ms=found.timings.first_word,
        total_ms=found.timings.total,
        peak_mb=peak_megabytes(),
    )


def _told(statement: Statement, kind: str, encoder: Encoder) -> dict[str, Any]:
    """A statement as it is kept in a record; what the syllabus says is not judged, it is no sentence of a page."""
    told = {"text": statement.text, "support": round(statement.support, 3), "quoted": statement.quoted}
    quotes = [{"text": quote.text, "link": quote.link} for quote in statement.quotes]
    if kind not in FROM_PAGES:
        return told | {"quotes": quotes}
    if statement.quoted:
        cited = citations.quoting(statement.text, statement.quotes)
    else:
        cited = citations.judge(statement.text, statement.quotes, encoder)
    judged = zip(quotes, cited.alone, cited.needed, strict=True)
    return told | {
        "together": round(cited.together, 3),
        "words": round(cited.words, 3),
        "quotes": [one | {"support": round(alone, 3), "needed": needed} for one, alone, needed in judged],
    }


def _valid(quote: Quote, library: Library) -> bool:
    source = library.source(quote.source)
    return source is not None and source.text[quote.start : quote.end] == quote.text


def _chapter_right(question: Question, found: Answer) -> bool:
    return found.chapter is not None and found.chapter.id == question.chapter


def summarise(records: Sequence[Record]) -> Summary:
    """The figures of a run, over the questions that could be scored. What was not asked for has no figure."""
    scored = [r for r in records if not r.unscored]
    answerable = [r for r in scored if r.kind in ("answerable", "conversation")]
    unanswerable = [r for r in scored if r.kind == "unanswerable"]
    figures = _of_answerable(answerable) | _of_unanswerable(answerable, unanswerable)
    figures |= _of_handbook([r for r in scored if r.kind == "handbook"])
    if placed := [float(r.chapter_right) for r in scored if r.chapter_right is not None]:
        figures["chapter right"] = metrics.mean(placed)
    if scored:
        quotes, valid = sum(r.quotes for r in scored), sum(r.quotes_valid for r in scored)
        figures["citations valid"] = metrics.share(valid, quotes)
        figures["evidence p95 ms"] = metrics.percentile([r.evidence_ms for r in scored], 0.95)
        figures["total p95 ms"] = metrics.percentile([r.total_ms for r in scored], 0.95)
    if words := [r.first_word_ms for r in scored if r.first_word_ms is not None]:
        figures["first word median ms"] = metrics.percentile(words, 0.5)
    counts = {
        "questions": len(records),
        "answerable": len(answerable),
        "unanswerable": len(unanswerable),
        "could not be scored": len(records) - len(scored),
    }
    return Summary(figures, counts)


def _of_answerable(asked: Sequence[Record]) -> dict[str, float]:
    if not asked:
        return {}
    ranks = [r.rank for r in asked]
    facts = sum(r.facts for r in asked)  # one's own questions need not name any
    return {
        "hit@5": metrics.hit(ranks, PAGES),
        "MRR@10": metrics.reciprocal_rank(ranks),
        "quote in evidence": metrics.mean([float(r.in_evidence) for r in asked]),
        "gold sentence cited": metrics.mean([float(r.gold_cited) for r in asked]),
        **({"facts in answer": metrics.share(sum(r.facts_stated for r in asked), facts)} if facts else {}),
        "answerable declined": metrics.mean([float(r.declined) for r in asked]),
    }


def _of_handbook(asked: Sequence[Record]) -> dict[str, float]:
    if not asked:
        return {}
    return {
        "handbook answered": metrics.mean([float(not r.declined) for r in asked]),
        "handbook facts stated": metrics.share(sum(r.facts_stated for r in asked), sum(r.facts for r in asked)),
        "resources named": metrics.share(sum(r.resources_named for r in asked), sum(r.resources for r in asked)),
    }


def _of_unanswerable(answerable: Sequence[Record], unanswerable: Sequence[Record]) -> dict[str, float]:
    if not unanswerable:
        return {}
    rightly = sum(r.declined for r in unanswerable)
    declined = rightly + sum(r.declined for r in answerable)
    figures = {
        "decline precision": metrics.share(rightly, declined),
        "decline recall": metrics.share(rightly, len(unanswerable)),
    }
    for why in sets.REASONS:
        if some := [float(r.declined) for r in unanswerable if r.why == why]:
            figures[f"{why} declined"] = metrics.mean(some)
    return figures


def recipe(tutor: Tutor, asked: Sequence[Question], name: str, half: str) -> dict[str, str]:
    """What the figures of a run depend on."""
    made_of = {
        "set": name,
        "half": half,
        "asked": str(len(asked)),
        "questions": sets.digest(asked),
        "corpus": tutor.library.digest()[:16],
        "model": tutor.writer.name if tutor.writer else "quotes only",
        "encoder": tutor.encoder.name,
    }
    return made_of | {"model file": model_file(tutor.writer)} if tutor.writer else made_of


def model_file(writer: Writer) -> str:
    """The file that a Writer reads its model from: name, size and the beginning of its SHA-256; "-" for a server."""
    if not isinstance(writer, LlamaCppWriter):
        return "-"
    path = writer.header.path
    with path.open("rb") as model:
        mark = hashlib.file_digest(model, "sha256").hexdigest()
    return f"{path.name}, {writer.header.bytes:,} bytes, sha256 {mark[:16]}"


def from_row(row: Mapping[str, Any]) -> Record:
    """A record as `line` kept it; what an older or newer version kept otherwise is left out."""
    known = {field.name for field in fields(Record)}
    return Record(**{name: value for name, value in row.items() if name in known})
