"""
Evidence: from the passages found, the sentences that answer, each with the neighbours it needs to stand alone.

Everything here is an exact span of a source. Knows nothing of models: what fits the prompt is decided by a `count`
function it is given.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tutor.citing import cited
from tutor.library import Held, Library
from tutor.passages import Quote, headers
from tutor.preferences import Preference
from tutor.questions import Question, Shape
from tutor.rhetoric import acts, defining, leans, orders, quotable, talks, tells_history
from tutor.search import Found, Hit, share, spoken
from tutor.sentences import Block, Span, sentences
from tutor.words import stems

PASSAGES = 10  # how many of the best passages are read
MOST_QUOTES = 10
REPEATS = 0.7  # a sentence that shares this much of its words with one already taken says nothing new

# What kind of sentence is wanted is set by hand: a definition comes first where one is asked for.
FOR_DEFINITION = 4.0
FOR_TALK = -0.9
FOR_LEANING = -0.2
FOR_HISTORY = -0.6
LONG = 60  # words: a sentence of as many is long

# What `fill` and the sentences themselves start from: the passage's score, the cosine, the question's words.
FROM_PASSAGE = 0.7
FROM_COSINE = 0.8
FROM_COVERAGE = 0.5

# For `fill`, chosen on the tune half of `eval.chunking`. How many passages it wants: 30 and 120 give the same recall.
WIDE = 60
# Beside what a sentence has from its passage and its own cosine: the question's words in it; those in its passage and
# the ones found within NEAR characters of it, which share its subject; and the mean cosine of the sentences beside it.
FILL_COVERAGE = 0.25
FILL_AROUND = 0.5
FILL_BESIDE = 0.4
NEAR = 3_000


@dataclass(frozen=True, slots=True)
class Worth:
    """
    What speaks for a sentence as an answer, each about 0..1 but for the passage's score.

    `passage`: its passage's score; `cosine`: its own with the question, `neighbour`: the nearer neighbour's;
    `words`: its share of the question's words, `passage_words`: its passage's, rare ones weighing more;
    `met`: how nearly the pieces of the question are met (`tutor.late`) in it or a sentence beside it, on average,
    `passage_met`: anywhere in its passage; `length`: its words, LONG of them being 1; `opening`: 1 for the passage's
    first, which often only leads up to something.
    """

    passage: float
    cosine: float
    neighbour: float
    words: float
    passage_words: float
    met: float
    passage_met: float
    length: float
    opening: float


# Fitted by `eval.fit evidence` on the tune half (docs/answers.md).
FITTED = Worth(0.41, 2.8, 0.41, 0.51, 1.58, 2.81, 1.75, 0.45, -0.35)

INDIFFERENT = Preference()
_NO_VECTOR = (Block.CODE, Block.FORMULA, Block.TABLE, Block.HEADING)


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    A quote and how well it answers: `score` says how much it has to do with the question, whatever kind of sentence it
    is; `cosine` and `coverage` (0..1) are its own.
    """

    quote: Quote
    score: float
    cosine: float
    coverage: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    span: Span  # in the passage's text
    number: int  # among those of the passage
    score: float
    cosine: float
    coverage: float
    text: str
    said: frozenset[str]  # of the question's words, as stems
    above: str  # of a table's row, its header
    bonus: float = 0.0  # what of the score it has for being of the kind that is asked for

    @property
    def place(self) -> tuple[int, int]:
        return self.hit.held.id, self.number


def select(
    question: Question,
    found: Found,
    library: Library,
    budget: int,
    count: Callable[[str], int],
    preference: Preference = INDIFFERENT,
) -> tuple[Evidence, ...]:
    """
    The best quotes for `question`, best first, at most `budget` tokens of `count` together; of equal ones those of
    the `preference`.

    All that the first PASSAGES passages say is weighed; of those behind them only definitions of what is asked for.
    At least one sentence is given where any passage holds one that may be quoted, even if it alone is over budget.
    """
    candidates = _best_first(
        one
        for rank, hit in enumerate(found.hits)
        for one in _worthy(question, found, hit, preference)
        if rank < PASSAGES or one.bonus >= FOR_DEFINITION
    )
    chosen: list[Evidence] = []
    spent = 0
    for sentence in _ordered(question, candidates):
        if len(chosen) == MOST_QUOTES:
            break
        held, span = sentence.hit.held, sentence.span
        at = held.passage.start
        if told(chosen, held.source, at + span.start, at + span.end) or _says_nothing_new(sentence, chosen):
            continue
        evidence = _quoted(sentence, library)
        if told(chosen, held.source, evidence.quote.start, evidence.quote.end):
            evidence = _quoted(sentence, library, alone=True)  # what it leans on is told already
        cost = count(evidence.quote.text)
        if chosen and spent + cost > budget:
            continue
        chosen.append(evidence)
        spent += cost
    return tuple(chosen)


def fill(found: Found, library: Library, words: int) -> tuple[Evidence, ...]:
    """
    As much of what was found as `words` words hold, best first: for a Writer with room for more than a few quotes.

    Where `select` looks for the sentences that may be shown as the answer, this takes all that may help: sentences,
    rows, code and formulas of every passage found, judged alike; a sentence that leans on the one before it brings it
    along, and those that stand side by side are one quote. Ask the search for `WIDE` passages.
    """
    judged = [[one for one in _judged(found, hit) if not orders(one.text)] for hit in found.hits]
    every = {one.place: one for part in judged for one in part}
    chosen: dict[tuple[int, int], _Sentence] = {}
    left = words
    for sentence in _best_first(_in_context(found, judged)):
        before = every.get((sentence.hit.held.id, sentence.number - 1)) if leans(sentence.text) else None
        new = [one for one in (before, sentence) if one and one.place not in chosen]
        cost = sum(len(one.text.split()) for one in new)
        if (sentence.hit.held.id, sentence.number - 1) not in chosen:
            cost += len(sentence.above.split())
        if cost <= left:
            chosen.update((one.place, one) for one in new)
            left -= cost
        if not left:
            break
    runs = sorted(_side_by_side(chosen.values()), key=lambda run: -max(one.score for one in run))
    return tuple(_joined(run, library) for run in runs)


def _in_context(found: Found, judged: Sequence[Sequence[_Sentence]]) -> Iterator[_Sentence]:
    """The sentences of each passage, judged by what stands around them too."""
    said = [(part[0].hit.held, frozenset[str]().union(*(one.said for one in part))) for part in judged if part]
    for part in judged:
        around = (words for held, words in said if _near(held, part[0].hit.held)) if part else ()
        lift = FILL_AROUND * share(found.rarity, frozenset[str]().union(*around))
        for i, one in enumerate(part):
            beside = [other.cosine for other in part[max(0, i - 1) : i + 2] if other is not one]
            context = lift + FILL_BESIDE * (sum(beside) / len(beside) if beside else one.cosine)
            context += (FILL_COVERAGE - FROM_COVERAGE) * one.coverage
            yield replace(one, score=one.score + context)


def _near(one: Held, other: Held) -> bool:
    return one.source == other.source and abs(one.passage.start - other.passage.start) <= NEAR


def _side_by_side(chosen: Iterable[_Sentence]) -> Iterator[list[_Sentence]]:
    """The sentences in reading order, those of one passage with nothing left out between them together."""
    run: list[_Sentence] = []
    for one in sorted(chosen, key=lambda one: (one.hit.held.source, one.hit.held.passage.start, one.span.start)):
        if run and (one.hit.held.id, one.number) != (run[-1].hit.held.id, run[-1].number + 1):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _joined(run: Sequence[_Sentence], library: Library) -> Evidence:
    held = run[0].hit.held
    best = max(run, key=lambda one: one.score)
    start, end = held.passage.start + run[0].span.start, held.passage.start + run[-1].span.end
    quote = replace(cited(held, start, end, library), above=run[0].above)
    return Evidence(quote, best.score, best.cosine, best.coverage)


def _best_first(judged: Iterable[_Sentence]) -> list[_Sentence]:
    return sorted(judged, key=lambda one: (-one.score, one.hit.held.id, one.span.start))


def _judged(found: Found, hit: Hit) -> Iterator[_Sentence]:
    """Everything a passage says, sentence by sentence; what has no vector of its own is judged by its passage's."""
    cosines = {(int(s), int(e)): float(c) for (s, e), c in zip(hit.spans, hit.span_cosines, strict=True)}
    text = hit.held.passage.text
    spans = sentences(text)
    for number, (span, above) in enumerate(zip(spans, headers(text, spans, hit.held.passage.above), strict=True)):
        words = text[span.start : span.end]
        cosine = cosines.get((span.start, span.end), hit.signals.meaning if span.block in _NO_VECTOR else 0.0)
        # What the headings say of the subject need not be said again in each sentence below them.
        said = spoken(found.rarity, f"{above} {words}" if above else words)
        covered = share(found.rarity, said) * 0.8 + hit.signals.title * 0.2
        score = FROM_PASSAGE * hit.score + FROM_COSINE * cosine + FROM_COVERAGE * covered
        yield _Sentence(hit, span, number, score, cosine, covered, words, said, above)


def _worthy(question: Question, found: Found, hit: Hit, preference: Preference) -> Iterator[_Sentence]:
    """The sentences of a passage that may be quoted, each with what it is worth as an answer."""
    for one, worth in weighed(found, hit, preference):
        liked = preference.of_sentence(one.text, one.span.block)
        bonus = _shape_bonus(question, one.text)
        yield replace(one, score=value(worth) + bonus + _malus(question, one.text) + liked, bonus=bonus)


def weighed(found: Found, hit: Hit, preference: Preference = INDIFFERENT) -> Iterator[tuple[_Sentence, Worth]]:
    """The sentences of a passage that may be quoted, with what speaks for each."""
    part = list(_judged(found, hit))
    met = hit.met if len(hit.met) == len(part) and hit.met.size else np.zeros((len(part), 1), np.float32)
    anywhere = float(met.max(axis=0).mean()) if len(part) else 0.0
    for i, one in enumerate(part):
        if not (quotable(one.text, one.span.block) or preference.allows(one.text, one.span.block)):
            continue
        around = slice(max(0, i - 1), i + 2)
        yield (
            one,
            Worth(
                passage=hit.score,
                cosine=one.cosine,
                neighbour=max((other.cosine for other in part[around] if other is not one), default=0.0),
                words=one.coverage,
                passage_words=hit.signals.coverage,
                met=float(met[around].max(axis=0).mean()),
                passage_met=anywhere,
                length=min(len(one.text.split()), LONG) / LONG,
                opening=float(i == 0),
            ),
        )


_SIGNALS = tuple(Worth.__dataclass_fields__)


def value(worth: Worth, fitted: Worth = FITTED) -> float:
    """The weighted sum of what speaks for a sentence."""
    total: float = sum(getattr(worth, name) * getattr(fitted, name) for name in _SIGNALS)
    return total


def fits(question: Question, sentence: str) -> float:
    """What it adds that a sentence is of the kind that is asked for, and takes that it is beside the subject."""
    return _shape_bonus(question, sentence) + _malus(question, sentence)


def _malus(question: Question, sentence: str) -> float:
    malus = FOR_TALK * talks(sentence) + FOR_LEANING * leans(sentence)
    if question.shape is Shape.MECHANISM and tells_history(sentence):
        malus += FOR_HISTORY
    return malus


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


def told(chosen: Sequence[Evidence], source: int, start: int, end: int) -> bool:
    """Whether any of this span of a source is quoted already."""
    return any(e.quote.source == source and e.quote.start < end and start < e.quote.end for e in chosen)


def _says_nothing_new(sentence: _Sentence, chosen: Sequence[Evidence]) -> bool:
    mine = set(stems(sentence.text))
    return any(
        len(mine & theirs) >= REPEATS * len(mine | theirs) for theirs in (set(stems(e.quote.text)) for e in chosen)
    )


def _quoted(sentence: _Sentence, library: Library, *, alone: bool = False) -> Evidence:
    """The sentence as a quote, unless `alone` with the one before it where it leans on it and what it introduces."""
    held = sentence.hit.held
    spans = sentences(held.passage.text)
    at = next(i for i, span in enumerate(spans) if span.start == sentence.span.start)
    first = last = at
    led = leans(sentence.text) or sentence.span.block in (Block.FORMULA, Block.CODE)
    if not alone and led and at and _may_stand_beside(held, spans[at - 1]):
        first -= spans[at - 1].block in (Block.PROSE, Block.LIST)
    if not alone and sentence.text.rstrip().endswith(":") and at + 1 < len(spans):
        last += _may_stand_beside(held, spans[at + 1])
    quote = cited(held, held.passage.start + spans[first].start, held.passage.start + spans[last].end, library)
    return Evidence(quote, sentence.score - sentence.bonus, sentence.cosine, sentence.coverage)


def _may_stand_beside(held: Held, span: Span) -> bool:
    """Whether what a sentence leans on or introduces may be shown with it: not what gives orders or leads away."""
    text = held.passage.text[span.start : span.end]
    return not orders(text) and (span.block in _NO_VECTOR or not acts(text))
