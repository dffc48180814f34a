"""
How well the check knows a supported statement from one that is not: the labelled pairs of `sets/support.jsonl`.

A pair is a statement, sentences of a starter note as its evidence, and whether they support it; it was labelled by
reading, and an unsupported one names how it was corrupted. Knows nothing of questions or answers.
Not covered: statements about pages other than the starter notes, and evidence of more than one note.

    python -m eval support [--half test] [--json]
"""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from eval import floors, metrics, runs
from eval.sets import SETS, half_of, labelled
from tutor import notes
from tutor.check import SUPPORTED, Checker
from tutor.encoder import Encoder, open_encoder
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
    return labelled(path, half, _read)


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
    remembering = Remembering(encoder)
    found: list[tuple[float, ...] | None] = []
    for pair in pairs:
        odds, reason = Checker(quotes(pair, sources[pair.note]), remembering).nearest(pair.statement)
        found.append(None if reason else odds)
    return found


class Remembering:
    """An encoder that encodes a text once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self._known = encoder, dict[str, NDArray[np.float32]]()
        self.name, self.dimensions = encoder.name, encoder.dimensions

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the encoder does."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


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


# -- figures ----------------------------------------------------------------------------------------------------------

Interval = tuple[float, float]


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """
    AUROC of the support; precision and recall of what passes; of each kind the share that is judged rightly.

    A faithful kind is judged rightly where it passes, a corrupted one where it is struck.
    """
    passed = [one for one in judged if one.passed]
    right = sum(one.pair.label for one in passed)
    found = {
        "AUROC": metrics.area(
            [one.support for one in judged if one.pair.label], [one.support for one in judged if not one.pair.label]
        ),
        "precision": metrics.share(right, len(passed)),
        "recall": metrics.share(right, sum(one.pair.label for one in judged)),
    }
    for kind in (*FAITHFUL, *CORRUPTED):
        of_kind = [one for one in judged if one.pair.kind == kind]
        if of_kind:
            found[kind] = metrics.mean([float(one.passed is one.pair.label) for one in of_kind])
    return found


def intervals(judged: Sequence[Judged], times: int = RESAMPLED) -> dict[str, Interval]:
    """
    Of each figure what 95 of 100 new sets would give, by drawing whole notes again and again (percentile bootstrap).

    Pairs about one note share its sentences, so that single pairs would make the intervals too narrow.
    """
    draw = random.Random(SEED)
    by_note: dict[str, list[Judged]] = {}
    for one in judged:
        by_note.setdefault(one.pair.note, []).append(one)
    groups = list(by_note.values())
    drawn: dict[str, list[float]] = {}
    for _ in range(times):
        again = [one for group in draw.choices(groups, k=len(groups)) for one in group]
        for name, value in figures(again).items():
            drawn.setdefault(name, []).append(value)
    return {
        name: (metrics.percentile(values, 0.025), metrics.percentile(values, 0.975)) for name, values in drawn.items()
    }


def measure(half: str, encoder: Encoder) -> tuple[floors.Floor, list[Judged]]:
    """Judges a half: its headline figures as floors are kept."""
    pairs = load(half=half)
    judged = judge(pairs, encoder)
    of_notes = hashlib.sha256("".join(source.text for source in notes.sources()).encode()).hexdigest()[:16]
    found = {name: value for name, value in figures(judged).items() if name in ("AUROC", "precision", "recall")}
    return floors.Floor(digest(pairs), of_notes, "no model", encoder.name, found), judged


def support(
    half: Annotated[str, typer.Option(help="tune, test or all; the check was tuned on tune.")] = "test",
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """How well the check knows supported statements from unsupported ones: AUROC, precision, recall, and by kind."""
    from tutor.settings import load as load_settings

    places = load_settings().places
    pairs, encoder = load(half=half), open_encoder(places.models)
    made_of = {"kind": "support", "half": half, "pairs": digest(pairs), "encoder": encoder.name, "from": str(SUPPORTED)}
    place = runs.place(folder, places.home, "support")
    runs.resume(place, made_of)
    judged = judge(pairs, encoder)
    found, bounds = figures(judged), intervals(judged)
    summary = {"recipe": made_of, "figures": found, "intervals": bounds, "counts": {"pairs": len(judged)}}
    runs.finish(place, map(_row, judged), summary)
    counts = {name: sum(one.pair.kind == name for one in judged) for name in found}
    if as_json:
        wrong = [asdict(one) for one in judged if one.passed is not one.pair.label]
        whole = {"half": half, "supported from": SUPPORTED, "pairs": len(judged), "figures": found, "intervals": bounds}
        print(json.dumps(whole | {"wrong": wrong}, indent=2, ensure_ascii=False))
        return
    for name, value in found.items():
        low, high = bounds[name]
        print(f"{name:<12} {value:6.3f}  [{low:.3f}, {high:.3f}]  n:{counts[name] or len(judged)}")
    print(f"half:{half} | supported from:{SUPPORTED} | pairs:{digest([one.pair for one in judged])}")
    print(f"Every pair with what the check made of it: {place}")


def _row(one: Judged) -> dict[str, Any]:
    """A pair as a run keeps it; its evidence is in the set."""
    pair = one.pair
    told = {"id": pair.id, "statement": pair.statement, "note": pair.note, "kind": pair.kind, "half": pair.half}
    return {**told, "label": pair.label, "support": round(one.support, 4), "reason": one.reason}
