"""
How well the check knows a supported statement from one that is not: the labelled pairs of `sets/support.jsonl`.

A pair is a statement, sentences of a starter note as its evidence, and whether they support it; it was labelled by
reading, and an unsupported one names how it was corrupted. Knows nothing of questions or answers.
Not covered: statements about pages other than the starter notes, and evidence of more than one note.

    python -m eval support [--half test] [--json]
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from eval import metrics
from eval.sets import HALVES, SETS, half_of
from tutor import notes
from tutor.check import SUPPORTED, Checker
from tutor.encoder import Encoder
from tutor.errors import BadInput
from tutor.passages import Quote, Source
from tutor.sentences import Block, sentences

PAIRS = SETS / "support.jsonl"
FAITHFUL = ("exact", "shortened", "synonym", "voice", "format", "expanded", "joined", "inference")
CORRUPTED = (
    "number", "unit", "negation", "direction", "entity", "mixed", "elsewhere", "overgeneral", "hedge", "cause",
    "invention",
)  # fmt: skip
RESAMPLED = 1000  # times, for an interval
SEED = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """`evidence` are whole sentences of the note, in its order; `label` is whether they support the statement."""

    id: str
    statement: str
    evidence: tuple[str, ...]
    note: str
    label: bool
    kind: str
    half: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the check made of a pair: its support 0..1, and why not where it is struck."""

    pair: Pair
    support: float
    reason: str

    @property
    def passed(self) -> bool:
        return self.support >= SUPPORTED


# -- the set ----------------------------------------------------------------------------------------------------------


def load(path: Path = PAIRS, half: str = "all") -> list[Pair]:
    """The pairs of a file, or one half of them. Raises BadInput naming the line, what was expected and found."""
    if half not in (*HALVES, "all"):
        raise BadInput(f"There is no half {half!r}. Choose one of {', '.join(HALVES)}, or all.")
    pairs = [_read(line, f"{path}:{n}") for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    return [pair for pair in pairs if half in (pair.half, "all")]


def _read(line: str, where: str) -> Pair:
    try:
        row: dict[str, Any] = json.loads(line)
        pair = Pair(**{**row, "evidence": tuple(row["evidence"])})
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{where}: expected an object with {', '.join(f.name for f in fields(Pair))}: {error}"
        ) from error
    kinds = FAITHFUL if pair.label else CORRUPTED
    if pair.kind not in kinds:
        raise BadInput(f"{where}: expected a kind of {', '.join(kinds)}, found {pair.kind!r}")
    if not pair.evidence or pair.half != half_of(pair.note):
        raise BadInput(f"{where}: expected evidence and the half {half_of(pair.note)!r}, found {pair.half!r}")
    return pair


def digest(pairs: Sequence[Pair]) -> str:
    """Sixteen hex digits that change with the pairs."""
    return hashlib.sha256(json.dumps([asdict(pair) for pair in pairs]).encode()).hexdigest()[:16]


# -- judging ----------------------------------------------------------------------------------------------------------


def quotes(pair: Pair, source: Source) -> list[Quote]:
    """The evidence as the answer's evidence is made: neighbouring sentences are one quote. Raises BadInput."""
    spans: list[list[int]] = []
    for sentence in pair.evidence:
        start = source.text.find(sentence)
        if start < 0:
            raise BadInput(f"{pair.id}: the note {pair.note} has no sentence {sentence!r} any more.")
        if spans and not source.text[spans[-1][1] : start].strip():
            spans[-1][1] = start + len(sentence)
        else:
            spans.append([start, start + len(sentence)])
    return [
        Quote(source.url, source.title, "", source.text[s:e], s, e, source.url, n) for n, (s, e) in enumerate(spans)
    ]


def judge(pairs: Sequence[Pair], encoder: Encoder) -> list[Judged]:
    """What the check makes of each pair."""
    sources = {source.chapter: source for source in notes.sources()}

    @cache
    def checker(found: tuple[Quote, ...]) -> Checker:
        return Checker(found, encoder)

    judged = []
    for pair in pairs:
        verdict = checker(tuple(quotes(pair, sources[pair.note]))).check(pair.statement)
        judged.append(Judged(pair, verdict.support, verdict.reason))
    return judged


def signals(pairs: Sequence[Pair], encoder: Encoder) -> list[tuple[float, ...] | None]:
    """What the check judges the support of each pair by, from the nearest evidence; None where a rule strikes it."""
    sources = {source.chapter: source for source in notes.sources()}
    found: list[tuple[float, ...] | None] = []
    for pair in pairs:
        odds, reason = Checker(quotes(pair, sources[pair.note]), encoder).nearest(pair.statement)
        found.append(None if reason else odds)
    return found


def elsewhere(pairs: Sequence[Pair]) -> list[Pair]:
    """
    The supported pairs with other sentences of their note for evidence: true, but not said there.

    Not read by anybody; now and then a note says a thing twice.
    """
    told = {source.chapter: prose(source) for source in notes.sources()}
    found = []
    for pair in (pair for pair in pairs if pair.label):
        others = tuple(sentence for sentence in told[pair.note] if sentence not in pair.evidence)
        found.append(replace(pair, id=f"{pair.id}-elsewhere", evidence=others, label=False, kind="elsewhere"))
    return found


def prose(source: Source) -> list[str]:
    """The sentences of a note."""
    return [source.text[s.start : s.end] for s in sentences(source.text) if s.block is Block.PROSE]
