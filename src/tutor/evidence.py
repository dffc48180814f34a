"""
Evidence: from the passages found, the sentences that answer, each with the neighbours it needs to stand alone.

Everything here is an exact span of a source. Knows nothing of models: what fits the prompt is decided by a `count`
function it is given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tutor.library import Held, Library
from tutor.links import link, page_at, second_at
from tutor.passages import Quote
from tutor.questions import Question, Shape
from tutor.rhetoric import defining, leans, quotable, talks, tells_history
from tutor.search import Found, Hit, coverage
from tutor.sentences import Block, Span, sentences
from tutor.words import stems

PASSAGES = 8  # how many of the best passages are read
MOST_QUOTES = 8
REPEATS = 0.7  # a sentence that shares this much of its words with one already taken says nothing new

# How a sentence is judged: its passage's score, its own cosine, the question's words in it, and what kind of
# sentence it is. Set by hand; docs/answers.md has the figures.
FROM_PASSAGE = 0.7
FROM_COSINE = 0.8
FROM_COVERAGE = 0.5
FOR_DEFINITION = 1.0
FOR_TALK = 0.6
FOR_LEANING = 0.15
FOR_HISTORY = 0.4


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote and how well it answers: `score` orders, `cosine` and `coverage` (0..1) are its own."""

    quote: Quote
    score: float
    cosine: float
    coverage: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    span: Span  # in the passage's text
    score: float
    cosine: float
    coverage: float
    text: str


def select(
    question: Question, found: Found, library: Library, budget: int, count: Callable[[str], int]
) -> tuple[Evidence, ...]:
    """
    The best quotes for `question`, best first, at most `budget` tokens of `count` together.

    At least one sentence is given where any passage holds one that may be quoted, even if it alone is over budget.
    """
    candidates = sorted(
        (s for hit in found.hits[:PASSAGES] for s in _judged(question, found, hit)),
        key=lambda s: (-s.score, s.hit.held.id, s.span.start),
    )
    chosen: list[Evidence] = []
    spent = 0
    for sentence in _ordered(question, candidates):
        if len(chosen) == MOST_QUOTES:
            break
        if any(_covers(one, sentence) for one in chosen) or _says_nothing_new(sentence, chosen):
            continue
        evidence = _quoted(sentence, library)
        cost = count(evidence.quote.text)
        if chosen and spent + cost > budget:
            continue
        chosen.append(evidence)
        spent += cost
    return tuple(chosen)


def _judged(question: Question, found: Found, hit: Hit) -> Iterator[_Sentence]:
    cosines = {(int(s), int(e)): float(c) for (s, e), c in zip(hit.spans, hit.span_cosines, strict=True)}
    text = hit.held.passage.text
    for span in sentences(text):
        words = text[span.start : span.end]
        if not quotable(words, span.block):
            continue
        cosine = cosines.get((span.start, span.end), 0.0)
        # What the headings say of the subject need not be said again in each sentence below them.
        covered = coverage(found.rarity, words) * 0.8 + hit.signals.title * 0.2
        score = FROM_PASSAGE * hit.score + FROM_COSINE * cosine + FROM_COVERAGE * covered + _fits(question, words)
        yield _Sentence(hit, span, score, cosine, covered, words)


def _fits(question: Question, sentence: str) -> float:
    """A bonus for a sentence of the kind that is asked for, and a malus for one that is beside the subject."""
    malus = (FOR_TALK if talks(sentence) else 0.0) + (FOR_LEANING if leans(sentence) else 0.0)
    if question.shape is Shape.MECHANISM and tells_history(sentence):
        malus += FOR_HISTORY
    return _shape_bonus(question, sentence) - malus


def _shape_bonus(question: Question, sentence: str) -> float:
    if question.shape in (Shape.DEFINITION, Shape.COMPARISON):
        return FOR_DEFINITION * max((defining(sentence, subject) for subject in question.subjects), default=0.0)
    return 0.0


def _ordered(question: Question, candidates: Sequence[_Sentence]) -> list[_Sentence]:
    """Best first; for a comparison the best of each side come before the rest."""
    if question.shape is not Shape.COMPARISON:
        return list(candidates)
    first: list[_Sentence] = []
    for subject in question.subjects:
        wanted = set(stems(subject.replace("-", " ")))
        for sentence in candidates:
            context = f"{sentence.hit.held.title} {sentence.hit.held.passage.heading} {sentence.text}"
            if wanted and wanted <= set(stems(context.replace("-", " "))) and sentence not in first:
                first.append(sentence)
                break
    return first + [s for s in candidates if s not in first]


def _covers(evidence: Evidence, sentence: _Sentence) -> bool:
    if evidence.quote.source != sentence.hit.held.source:
        return False
    before = sentence.hit.held.passage.start
    return evidence.quote.start < before + sentence.span.end and before + sentence.span.start < evidence.quote.end


def _says_nothing_new(sentence: _Sentence, chosen: Sequence[Evidence]) -> bool:
    mine = set(stems(sentence.text))
    return any(
        len(mine & theirs) >= REPEATS * len(mine | theirs) for theirs in (set(stems(e.quote.text)) for e in chosen)
    )


def _quoted(sentence: _Sentence, library: Library) -> Evidence:
    """The sentence as a quote, with the one before it where it leans on it and what it introduces after it."""
    held = sentence.hit.held
    spans = sentences(held.passage.text)
    at = next(i for i, span in enumerate(spans) if span.start == sentence.span.start)
    first = last = at
    if leans(sentence.text) and at and spans[at - 1].block in (Block.PROSE, Block.LIST):
        first -= 1
    if sentence.text.rstrip().endswith(":") and at + 1 < len(spans):
        last += 1
    quote = _quote(held, held.passage.start + spans[first].start, held.passage.start + spans[last].end, library)
    return Evidence(quote, sentence.score, sentence.cosine, sentence.coverage)


def _quote(held: Held, start: int, end: int, library: Library) -> Quote:
    # The passage's own text, not the source's: somebody may have replaced that since the search.
    text = held.passage.text[start - held.passage.start : end - held.passage.start]
    source = library.source(held.source)
    pages, times = (source.pages, source.times) if source else ((), ())
    return Quote(
        url=held.url,
        title=held.title,
        heading=held.passage.heading,
        text=text,
        start=start,
        end=end,
        link=link(held.url, text, start, pages, times),
        source=held.source,
        page=page_at(pages, start),
        second=second_at(times, start),
        as_of=library.as_of(held.source),
    )
