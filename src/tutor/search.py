"""
Search: from a question to the passages most likely to answer it, by words and by meaning.

Both find candidates; every candidate is then judged by the same few signals, whoever found it, so that a passage
found by words alone is not lost and one found by both is not counted twice. Knows nothing of evidence or answers.
"""

import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tutor import late, spelling
from tutor.encoder import Encoder
from tutor.library import Encoded, Held, Library
from tutor.sentences import sentences
from tutor.vectors import Index, key
from tutor.words import STOP_WORDS, content_words, printable, stem, stems

CANDIDATES = 60  # from each of the two rankings
# Of one source at most so many among the first FIRST: with three among five alone, the gold sentence is among ten
# passages in 0.915 instead of 0.898 (tune half), but definitions that stand in other sources are crowded out.
MOST_PER_SOURCE = 3
FIRST = 10


@dataclass(frozen=True, slots=True)
class Signals:
    """
    Why a passage was found, each about 0..1.

    `meaning`: cosine of question and passage; `sentence`: the best cosine of question and one sentence of it;
    `words`: BM25 as a share of the best match; `coverage`: the share of the question's meaningful words that occur in
    the passage or its headings, rare words weighing more; `title`: the same for title and headings alone.
    """

    meaning: float
    sentence: float
    words: float
    coverage: float
    title: float


_UNMET = np.zeros((0, 0), np.float32)
_NAMES = tuple(Signals.__dataclass_fields__)

# How the signals are weighed. Chosen on the tune half of the question sets (docs/answers.md).
WEIGHTS = Signals(meaning=1.0, sentence=0.8, words=0.2, coverage=0.9, title=0.15)


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A passage that was found, with its score.

    `spans` (k, 2) and `span_cosines` (k,): the sentences that have a vector, and their cosines with the question;
    `met` (sentences, pieces of the question): what `late.met` says of all of its sentences.
    """

    held: Held
    score: float
    signals: Signals
    spans: NDArray[np.int32]
    span_cosines: NDArray[np.float32]
    met: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first. `rarity`: the weight (idf) of each stem of the question, in nats."""

    question: str
    hits: tuple[Hit, ...]
    rarity: Mapping[str, float]
    vector: NDArray[np.float32]
    milliseconds: float


class Search:
    """Search over one library."""

    def __init__(self, library: Library, encoder: Encoder, index: Index) -> None:
        self._library = library
        self._encoder = encoder
        self._index = index

    @property
    def index(self) -> Index:
        return self._index

    def find(self, question: str, k: int = 10, weights: Signals = WEIGHTS) -> Found:
        """The best `k` passages for `question`, as `mended` reads it."""
        began = time.perf_counter()
        question = self.mended(question)
        vector = self._encoder.encode([question])[0]
        matches = self._library.match(fts_query(question), CANDIDATES)
        near = self._index.nearest(vector, CANDIDATES)
        numbers = list(dict.fromkeys([n for n, _ in near] + [n for n, _ in matches]))
        held = self._library.held(numbers)
        encoded = self._library.vectors(key(self._encoder), list(held))
        rarity = self._rarity(question)
        best = max((score for _, score in matches), default=1.0)
        shares = {n: score / best for n, score in matches}
        hits = [
            _judge(held[n], encoded.get(n), vector, shares.get(n, 0.0), rarity, weights) for n in numbers if n in held
        ]
        ranked = self._met(question, diverse(sorted(hits, key=lambda hit: (-hit.score, hit.held.id)))[:k])
        return Found(question, tuple(ranked), rarity, vector, (time.perf_counter() - began) * 1000)

    def _met(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with how nearly their sentences meet the question, piece by piece."""
        if not hits:
            return []
        parts = [[t[span.start : span.end] for span in sentences(t)] for t in (hit.held.passage.text for hit in hits)]
        found = late.met(question, [text for part in parts for text in part], self._encoder)
        ends = np.cumsum([len(part) for part in parts])
        return [replace(hit, met=some) for hit, some in zip(hits, np.split(found, ends[:-1]), strict=True)]

    def sync(self) -> None:
        """Has the index forget what the library forgot, and learn what it learnt."""
        self._index.sync()

    def mended(self, question: str) -> str:
        """`question` in one line, its slips of spelling mended by the words that the library uses."""
        return spelling.mended(printable(question), self._library.vocabulary, self._known, self._together)

    def _known(self, word: str) -> bool:
        knows = getattr(self._encoder, "knows", None)  # not every encoder can tell
        return self._library.uses(word) or bool(knows and knows(word))

    def _together(self, first: str, second: str) -> bool:
        return bool(self._library.match(f'"{first} {second}"', 1))

    def _rarity(self, question: str) -> dict[str, float]:
        """Stem -> how rare it is here. A word that occurs nowhere weighs most."""
        total = max(1, self._library.count_passages())
        asked = content_words(question)
        often = self._library.document_frequency(asked)
        rarity: dict[str, float] = {}
        for word in asked:
            weight = float(np.log((total + 1) / (often.get(word, 0) + 0.5)))
            rarity[stem(word)] = max(weight, 0.1, rarity.get(stem(word), 0.0))
        return rarity


def fts_query(question: str) -> str:
    """The question as an FTS5 query: any of its meaningful words, each quoted so that none is an operator."""
    asked = content_words(question) or printable(question).lower().split()
    terms = (word.replace('"', "") for word in asked)
    return " OR ".join(f'"{term}"' for term in terms if any(letter.isalnum() for letter in term))


def coverage(rarity: Mapping[str, float], text: str) -> float:
    """The share (0..1) of the question's meaningful words that occur in `text`, weighed by rarity."""
    return share(rarity, spoken(rarity, text))


def spoken(rarity: Mapping[str, float], text: str) -> frozenset[str]:
    """Those of the question's meaningful words, as stems, that occur in `text`."""
    return _among(rarity, frozenset(stems(text)))


def _among(rarity: Mapping[str, float], there: Set[str]) -> frozenset[str]:
    return frozenset(word for word in rarity if occurs(word, there))


@lru_cache(maxsize=4096)
def _of_headings(headings: str) -> frozenset[str]:
    """Their stems: passages of one source, found together, share most of them."""
    return frozenset(stems(headings))


def share(rarity: Mapping[str, float], said: Set[str]) -> float:
    """What share (0..1) of the question `said` is, weighed by rarity."""
    total = sum(rarity.values())
    return sum(weight for word, weight in rarity.items() if word in said) / total if total else 0.0


def occurs(word: str, there: Set[str]) -> bool:
    """Whether a stem is among those of a text; "fine-tuning" is also met as two words."""
    parts = [part for part in word.split("-") if len(part) > 1 and part not in STOP_WORDS]
    return word in there or (len(parts) > 1 and all(part in there for part in parts))


def diverse(hits: Sequence[Hit], most: int = MOST_PER_SOURCE, first: int = FIRST) -> list[Hit]:
    """The same hits, but among the first ones no source has more than `most`: the surplus waits behind them."""
    early: list[Hit] = []
    behind: list[Hit] = []
    taken: dict[int, int] = {}
    for hit in hits:
        source = hit.held.source
        if taken.get(source, 0) >= most and len(early) < first:
            behind.append(hit)
            continue
        taken[source] = taken.get(source, 0) + 1
        early.append(hit)
    return early[:first] + sorted(early[first:] + behind, key=lambda hit: (-hit.score, hit.held.id))


def _judge(
    held: Held,
    encoded: Encoded | None,
    vector: NDArray[np.float32],
    bm25: float,
    rarity: Mapping[str, float],
    weights: Signals,
) -> Hit:
    cosines = encoded.span_vectors @ vector if encoded is not None else np.zeros(0, np.float32)
    above = _of_headings(f"{held.title} {held.passage.heading}")
    there = above.union(stems(f"{held.passage.above} {held.passage.text}"))
    signals = Signals(
        meaning=float(encoded.vector @ vector) if encoded is not None else 0.0,
        sentence=float(cosines.max()) if len(cosines) else 0.0,
        words=bm25,
        coverage=share(rarity, _among(rarity, there)),
        title=share(rarity, _among(rarity, above)),
    )
    spans = encoded.spans if encoded is not None else np.zeros((0, 2), np.int32)
    return Hit(held, score(signals, weights), signals, spans, cosines, _UNMET)


def score(signals: Signals, weights: Signals = WEIGHTS) -> float:
    """The weighted sum of the signals."""
    total: float = sum(getattr(signals, name) * getattr(weights, name) for name in _NAMES)
    return total
