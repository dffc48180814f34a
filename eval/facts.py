"""
Facts: does an answer state what a right answer states, by keywords and by meaning; and how far either can be trusted.

A fact is a group of short wordings, of which one will do (a nugget; Voorhees, TREC QA 2003). By keywords it is stated
where one of them is in the answer (eval.sets.states), by meaning where a sentence of the answer has a cosine of SIMILAR
with one of them. Both are measured against the labelled pairs of `sets/facts.jsonl`: a fact, a sentence, and whether
it states it, labelled by reading. The sentences are our own; those of kind "note" and "beside" are the starter notes',
the one that answers and the nearest that does not. Knows nothing of how an answer is made. Not covered: facts that take
two sentences.

    tutor eval facts [--half test] [--json]
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from eval import floors, metrics, sets
from eval.intervals import RESAMPLED, Interval, drawn_by, of_figures
from tutor.encoder import Encoder
from tutor.errors import BadInput
from tutor.sentences import sentences

PAIRS = sets.SETS / "facts.jsonl"
STATED = ("keywords", "reworded", "note")
NOT_STATED = ("number", "negation", "entity", "overgeneral", "elsewhere", "beside")
# From this cosine on a sentence says what a wording says: most right verdicts on the tune half (`best`).
SIMILAR = 0.23
SEED = 0
FLOORED = ("keywords: precision", "keywords: recall", "meaning: AUROC", "meaning: precision", "meaning: recall")

Fact = Sequence[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """`sentence`, as an answer to `question`, states `fact` or does not; `kind`: in what way. `url`: of its page."""

    id: str
    question: str
    fact: tuple[str, ...]
    sentence: str
    stated: bool
    kind: str
    url: str
    half: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the two ways make of a pair."""

    pair: Pair
    keywords: bool
    cosine: float


# -- judging ----------------------------------------------------------------------------------------------------------


def stated(facts: Sequence[Fact], text: str, encoder: Encoder) -> list[bool]:
    """Of each fact whether `text` states it, by meaning."""
    return [cosine >= SIMILAR for cosine in similar(facts, text, encoder)]


def similar(facts: Sequence[Fact], text: str, encoder: Encoder) -> list[float]:
    """Of each fact the best cosine of one of its wordings with a sentence of `text`; 0 where there is none."""
    told = [text[s.start : s.end] for s in sentences(text)]
    if not told or not facts:
        return [0.0] * len(facts)
    vectors = encoder.encode([*told, *(wording for fact in facts for wording in fact)])
    cosines = (vectors[len(told) :] @ vectors[: len(told)].T).max(axis=1)
    best, at = [], 0
    for fact in facts:
        best.append(float(cosines[at : at + len(fact)].max()))
        at += len(fact)
    return best


def judge(pairs: Sequence[Pair], encoder: Encoder) -> list[Judged]:
    """Both ways of judging each pair."""
    return [
        Judged(pair, sets.states(pair.sentence, pair.fact), similar([pair.fact], pair.sentence, encoder)[0])
        for pair in pairs
    ]


def best(judged: Sequence[Judged]) -> float:
    """The cosine, in hundredths, from which on to say "stated" is right most often; the highest of several."""

    def right(cut: float) -> int:
        return sum((one.cosine >= cut) == one.pair.stated for one in judged)

    return max((n / 100 for n in range(101)), key=lambda cut: (right(cut), cut))


# -- the set ----------------------------------------------------------------------------------------------------------


def load(path: Path = PAIRS, half: str = "all") -> list[Pair]:
    """The pairs of a file, or one half of them. Raises BadInput naming the line, what was expected and found."""
    return sets.labelled(path, half, _read)


def _read(line: str, where: str) -> Pair:
    try:
        row: dict[str, Any] = json.loads(line)
        pair = Pair(**{**row, "fact": tuple(row["fact"])})
    except (ValueError, TypeError, KeyError) as error:
        names = ", ".join(f.name for f in fields(Pair))
        raise BadInput(f"{where}: expected an object with {names}: {error}") from error
    kinds = STATED if pair.stated else NOT_STATED
    if pair.kind not in kinds:
        raise BadInput(f"{where}: expected a kind of {', '.join(kinds)}, found {pair.kind!r}")
    if not pair.fact or pair.half != sets.half_of(pair.url):
        raise BadInput(f"{where}: expected a fact and the half {sets.half_of(pair.url)!r}, found {pair.half!r}")
    return pair


def digest(pairs: Sequence[Pair]) -> str:
    """Sixteen hex digits that change with the pairs."""
    return hashlib.sha256(json.dumps([asdict(pair) for pair in pairs]).encode()).hexdigest()[:16]


# -- figures ----------------------------------------------------------------------------------------------------------


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """
    Precision and recall of both ways; AUROC of the cosine, over all pairs and against true sentences beside the fact;
    and of each kind the share that is judged rightly.
    """
    true = [one.cosine for one in judged if one.pair.stated]
    false = [one.cosine for one in judged if not one.pair.stated]
    beside = [one.cosine for one in judged if one.pair.kind == "beside"]
    found = _told("keywords", [(one.keywords, one.pair) for one in judged])
    found |= {"meaning: AUROC": metrics.area(true, false), "meaning: AUROC, beside": metrics.area(true, beside)}
    found |= _told("meaning", [(one.cosine >= SIMILAR, one.pair) for one in judged])
    return found


def _told(name: str, verdicts: Sequence[tuple[bool, Pair]]) -> dict[str, float]:
    right = sum(verdict and pair.stated for verdict, pair in verdicts)
    found = {
        f"{name}: precision": metrics.share(right, sum(verdict for verdict, _ in verdicts)),
        f"{name}: recall": metrics.share(right, sum(pair.stated for _, pair in verdicts)),
    }
    for kind in (*STATED, *NOT_STATED):
        if of_kind := [float(verdict is pair.stated) for verdict, pair in verdicts if pair.kind == kind]:
            found[f"{name}: {kind}"] = metrics.mean(of_kind)
    return found


def intervals(judged: Sequence[Judged], times: int = RESAMPLED) -> dict[str, Interval]:
    """Of each figure what 95 of 100 new sets would give, by drawing whole pages again and again."""
    return of_figures(drawn_by(judged, lambda one: one.pair.url, SEED, times), figures)


def measure(half: str, encoder: Encoder) -> tuple[floors.Floor, list[Judged]]:
    """Judges a half: its headline figures as floors are kept."""
    pairs = load(half=half)
    judged = judge(pairs, encoder)
    found = {name: value for name, value in figures(judged).items() if name in FLOORED}
    return floors.Floor(digest(pairs), "the pairs' own", "no model", encoder.name, found), judged


# -- the command ------------------------------------------------------------------------------------------------------


def main(
    half: Annotated[str, typer.Option(help="tune, test or all; the cosine was chosen on tune.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """How well facts are known in an answer, by keywords and by meaning: precision, recall, AUROC, and by kind."""
    from tutor.encoder import open_encoder
    from tutor.settings import load as load_settings

    judged = judge(load(half=half), open_encoder(load_settings().places.models))
    found, bounds = figures(judged), intervals(judged)
    if as_json:
        wrong = [asdict(one) for one in judged if one.pair.stated not in {one.keywords, one.cosine >= SIMILAR}]
        whole = {"half": half, "similar from": SIMILAR, "pairs": len(judged), "figures": found, "intervals": bounds}
        print(json.dumps(whole | {"wrong both ways": wrong}, indent=2, ensure_ascii=False))
        return
    for name, value in found.items():
        low, high = bounds[name]
        print(f"{name:<24} {value:6.3f}  [{low:.3f}, {high:.3f}]")
    print(f"half:{half} | similar from:{SIMILAR} | pairs:{len(judged)} {digest([one.pair for one in judged])}")
