"""
A second opinion: public question sets about anything but this handbook, asked of a library of their own texts.

    python -m eval public xquad --data FOLDER        FOLDER holds xquad.en.json
    python -m eval public mtrag-un --data FOLDER     FOLDER holds reference.jsonl

Nothing of the tutor was chosen on them, and the rule for declining was fitted on questions about machine learning: what
it is worth elsewhere is what these say. The texts become sources of a library, cut, encoded and searched as any other;
beside it, in the same run and on the same passages, plain BM25 and plain dense search.

XQuAD (Artetxe, Ruder and Yogatama 2020; its English part is of SQuAD 1.1): 48 articles of five paragraphs, questions
and the exact words that answer. Every sixth article is left out of the library, and one paragraph of each other one:
questions about those cannot be answered, off-topic the former, near-misses the latter. One whose answer's words stand
in the library after all is not counted as unanswerable, nor as anything else.

MTRAG-UN (Katsis et al. 2025 and later): conversations of several turns over four collections; the last question of each
is answerable, partly answerable, unanswerable or underspecified, and where it is answerable the passages that answer
are named. The library holds the named passages of all questions.

Knows nothing of how an answer is made. Not covered: what an answer says; neither set has facts as ours have them.
"""

import hashlib
import json
import random
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from eval import curves, metrics
from eval.chunking import within
from eval.corpus import recipe
from eval.gate import CACHE
from tutor import handbook
from tutor.answers import Answer, Answered, EvidenceFound, Tutor
from tutor.conversation import Turn, resolve
from tutor.errors import BadInput
from tutor.library import Library
from tutor.passages import Quote, Source
from tutor.search import Search
from tutor.vectors import ExactIndex, encode_pending

if TYPE_CHECKING:
    from tutor.encoder import Encoder

PAGES = 5  # passages among which the right one must be
DEPTH = 10  # passages that a rank is looked for in
RESAMPLED = 1000
HELD_OUT = 6  # every sixth article is not in the library

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A question and what answers it: spans by the address of their source, a span of None being the whole source.

    `label`: answerable, near-miss, off-topic, unanswerable, partial or underspecified. `group`: the article or the
    conversation, whose questions are not independent of each other.
    """

    id: str
    question: str
    label: str
    group: str
    gold: tuple[tuple[str, Span | None], ...] = ()
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Set:
    """The texts by address, with their titles, and what is asked about them. `dropped`: questions left out, why."""

    texts: Mapping[str, tuple[str, str]]
    asked: tuple[Asked, ...]
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question: ranks (1-based) of the first right passage by each way of searching."""

    asked: Asked
    ranks: Mapping[str, int | None]
    held: Mapping[str, bool]  # by way: whether what answers is within the words that the tutor's evidence has
    declined: bool
    chance: float
    words: int
    unscored: str = ""


# -- the sets ---------------------------------------------------------------------------------------------------------


def xquad(data: Path) -> Set:
    """XQuAD's English part. Raises BadInput where it is not in `data`, or an answer is not where it should be."""
    path = data / "xquad.en.json"
    articles = _json(path)["data"]
    texts: dict[str, tuple[str, str]] = {}
    absent: list[tuple[str, str, Mapping[str, Any]]] = []
    asked: list[Asked] = []
    for number, article in enumerate(articles):
        title = str(article["title"]).replace("_", " ")
        url = f"https://xquad.test/{number}"
        left_out = number % HELD_OUT == HELD_OUT - 1
        paragraphs = article["paragraphs"]
        missing = int(hashlib.sha256(title.encode()).hexdigest(), 16) % len(paragraphs)
        text = ""
        for at, paragraph in enumerate(paragraphs):
            if left_out or at == missing:
                absent += [("off-topic" if left_out else "near-miss", url, one) for one in paragraph["qas"]]
                continue
            for one in paragraph["qas"]:
                asked.append(_spanned(one, paragraph["context"], url, len(text), path))
            text += paragraph["context"] + "\n\n"
        if not left_out:
            texts[url] = (title, text)
    there = " ".join(text for _, text in texts.values()).lower()
    told = [(label, url, one) for label, url, one in absent if one["answers"][0]["text"].lower() not in there]
    asked += [Asked(one["id"], one["question"], label, url) for label, url, one in told]
    return Set(texts, tuple(asked), {"left out, but its answer's words are in the library": len(absent) - len(told)})


def _spanned(one: Mapping[str, Any], context: str, url: str, offset: int, path: Path) -> Asked:
    spans = []
    for answer in one["answers"]:
        start, text = answer["answer_start"], answer["text"]
        if context[start : start + len(text)] != text:
            raise BadInput(f"{path}: the answer of {one['id']} is not in its paragraph. Fetch the file again.")
        spans.append((url, (offset + start, offset + start + len(text))))
    return Asked(one["id"], one["question"], "answerable", url, tuple(spans))


def mtrag(data: Path) -> Set:
    """MTRAG-UN's reference tasks. Raises BadInput where they are not in `data`."""
    path = data / "reference.jsonl"
    rows = [_row(line, f"{path}:{n}") for n, line in enumerate(_read(path).splitlines(), 1) if line.strip()]
    texts: dict[str, tuple[str, str]] = {}
    first: dict[str, str] = {}  # a text that stands under several addresses is kept once, under its first
    asked = []
    for row in rows:
        urls = []
        for context in row["contexts"]:
            url, text = f"https://mtrag.test/{row['Collection']}/{context['document_id']}", context["text"].strip()
            urls.append(first.setdefault(text, url))
            texts[url] = ("", text)
        label = row["answerability"][0].lower()
        turns = [turn["text"] for turn in row["input"]]
        history = tuple(Turn(q, a) for q, a in zip(turns[:-1:2], turns[1:-1:2], strict=True))
        gold = tuple((url, None) for url in urls) if label in ("answerable", "partial") else ()
        asked.append(Asked(row["task_id"], turns[-1], label, row["conversation_id"], gold, history))
    return Set(texts, tuple(asked), {})


SETS: Mapping[str, Callable[[Path], Set]] = {"xquad": xquad, "mtrag-un": mtrag}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"There is no {path}. Name the folder that holds it with --data.") from error


def _json(path: Path) -> Any:
    return _row(_read(path), str(path))


def _row(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{place}: expected JSON, found {text[:40]!r} ({error.msg})") from error


def part(whole: Set, sample: int | None, seed: int) -> Set:
    """The set with `sample` of its questions, of each label its share, drawn by `seed`; the texts stay."""
    if sample is None or sample >= len(whole.asked):
        return whole
    order = random.Random(seed).sample(range(len(whole.asked)), len(whole.asked))
    order.sort(key=lambda at: whole.asked[at].label)
    kept = sorted(order[n * len(order) // sample] for n in range(sample))
    return replace(whole, asked=tuple(whole.asked[at] for at in kept))


# -- the library and the baselines ------------------------------------------------------------------------------------


def library(home: Path, name: str, texts: Mapping[str, tuple[str, str]], encoder: "Encoder") -> Library:
    """The texts as a library, made anew where they or the code that cuts and encodes them changed."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"{name}.db"
    told = [recipe(None), *(part for url, pair in texts.items() for part in (url, *pair))]
    made_of = hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]
    opened = Library.open(path)
    if opened.fact("eval recipe") != made_of:
        opened.close()
        for file in home.glob(f"{path.name}*"):
            file.unlink()
        opened = Library.open(path)
        for url, (title, text) in texts.items():
            opened.put(Source(url, title, text))
        opened.put_fact("eval recipe", made_of)
    encode_pending(opened, encoder)
    return opened


Place = tuple[str, int, int]  # address, start, end
Way = Callable[[str], list[Place]]  # question -> places of the passages found, best first


def passages(opened: Library) -> dict[Place, str]:
    """Every passage of the library: its place and its words, under its title and headings."""
    numbers = [one for source in opened.sources() for one in opened.passages_of(opened.number(source.url) or 0)]
    held = opened.held(numbers)
    return {
        (one.url, one.passage.start, one.passage.end): f"{one.title} {one.passage.heading} {one.passage.text}".strip()
        for one in (held[number] for number in numbers)
    }


def bm25(texts: Mapping[Place, str]) -> Way:
    """Plain BM25: FTS5's own tokens and weights, every word of the question."""
    places = list(texts)
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE passages USING fts5 (text)")
    table.executemany("INSERT INTO passages (rowid, text) VALUES (?, ?)", enumerate(texts.values()))

    def found(question: str) -> list[Place]:
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", question.lower())))
        if not query:
            return []
        rows = table.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages), rowid LIMIT ?", (query, DEPTH)
        )
        return [places[row] for (row,) in rows]

    return found


def dense(texts: Mapping[Place, str], encoder: "Encoder") -> Way:
    """Plain dense search: the cosine of the question and the whole passage, as the encoder takes it."""
    places = list(texts)
    vectors = encoder.encode(list(texts.values()))

    def found(question: str) -> list[Place]:
        scores = vectors @ encoder.encode([question])[0]
        return [places[at] for at in np.argsort(-scores, kind="stable")[:DEPTH]]

    return found


# -- asking -----------------------------------------------------------------------------------------------------------


def holds(gold: Sequence[tuple[str, Span | None]], place: Place) -> bool:
    """Whether what is at `place` holds what answers: the whole span, or any of a source that answers as a whole."""
    url, start, end = place
    return any(url == of and (span is None or (start <= span[0] and span[1] <= end)) for of, span in gold)


def rank(gold: Sequence[tuple[str, Span | None]], found: Sequence[Place]) -> int | None:
    """Of the first place that answers, 1-based."""
    return next((at for at, place in enumerate(found[:DEPTH], 1) if holds(gold, place)), None)


def ask(tutor: Tutor, one: Asked, ways: Mapping[str, Way], texts: Mapping[str, str]) -> Outcome:
    """A question asked of the tutor, and searched for in the other ways."""
    quotes: tuple[Quote, ...] = ()
    answer: Answer | None = None
    try:
        for event in tutor.ask(one.question, one.history):
            if isinstance(event, EvidenceFound):
                quotes = event.quotes
            elif isinstance(event, Answered):
                answer = event.answer
    except BadInput as error:
        return Outcome(one, {}, {}, declined=False, chance=0.0, words=0, unscored=str(error))
    assert answer is not None
    resolved = tutor.search.mended(resolve(one.question, one.history).question)
    hits = [hit.held for hit in tutor.search.find(resolved, DEPTH).hits]
    found = {"tutor": [(held.url, held.passage.start, held.passage.end) for held in hits]}
    found |= {name: way(one.question) for name, way in ways.items()}
    if one.history:
        found |= {f"{name}, resolved": way(resolved) for name, way in ways.items()}
        alone = tutor.search.find(one.question, DEPTH).hits
        found["tutor, unresolved"] = [(h.held.url, h.held.passage.start, h.held.passage.end) for h in alone]
    words = sum(len(quote.text.split()) for quote in quotes)
    sent = {name: within(places, texts, words) for name, places in found.items() if not name.startswith("tutor")}
    sent["tutor"] = [(quote.url, quote.start, quote.end) for quote in quotes]
    return Outcome(
        one,
        {name: rank(one.gold, places) for name, places in found.items()},
        {name: any(holds(one.gold, place) for place in places) for name, places in sent.items()},
        declined=answer.declined,
        chance=answer.trace.chance,
        words=words,
    )


# -- figures ----------------------------------------------------------------------------------------------------------


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """
    Of each way hit@5, MRR@10 and whether what answers is within the tutor's number of words; of each label the share
    declined; and how well the chance tells what is in the library from what is not (AUROC, AURC).
    """
    scored = [one for one in outcomes if not one.unscored]
    found: dict[str, float] = {}
    for name, some in _with_gold(scored).items():
        for way in sorted({way for one in some for way in one.ranks}):
            ranks = [one.ranks[way] for one in some if way in one.ranks]
            found[f"{name}{way}: hit@5"] = metrics.hit(ranks, PAGES)
            found[f"{name}{way}: MRR@10"] = metrics.reciprocal_rank(ranks)
            if evidence := [float(one.held[way]) for one in some if way in one.held]:
                found[f"{name}{way}: in evidence"] = metrics.mean(evidence)
    for label in sorted({one.asked.label for one in scored}):
        found[f"{label} declined"] = metrics.mean([float(o.declined) for o in scored if o.asked.label == label])
    known = [one for one in scored if one.asked.label == "answerable"]
    unknown = [one for one in scored if one.asked.label in ("near-miss", "off-topic", "unanswerable")]
    if known and unknown:
        found["AUROC of the chance"] = metrics.area([o.chance for o in known], [o.chance for o in unknown])
        wrong = [not one.held["tutor"] for one in known] + [True] * len(unknown)
        curve = curves.of([one.chance for one in (*known, *unknown)], wrong)
        found |= {"AURC": curve.area, "AURC, at best": curve.least, "AURC, blind": curve.blind}
    if scored:
        found["words of evidence"] = metrics.mean([float(one.words) for one in scored])
    return found


def _with_gold(scored: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The answerable questions: all, and where there are conversations those that begin one and those that do not."""
    known = [one for one in scored if one.asked.label == "answerable"]
    later = [one for one in known if one.asked.history]
    if not later:
        return {"": known} if known else {}
    first = [one for one in known if not one.asked.history]
    return {"first turn, ": first, "later turn, ": later} if first else {"later turn, ": later}


def intervals(outcomes: Sequence[Outcome], seed: int, times: int = RESAMPLED) -> dict[str, tuple[float, float]]:
    """Of each figure what 95 of 100 new sets would give, by drawing whole articles or conversations again and again."""
    draw = random.Random(seed)
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(one.asked.group, []).append(one)
    drawn: dict[str, list[float]] = {}
    for _ in range(times):
        again = [one for group in draw.choices(list(groups.values()), k=len(groups)) for one in group]
        for name, value in figures(again).items():
            drawn.setdefault(name, []).append(value)
    return {
        name: (metrics.percentile(values, 0.025), metrics.percentile(values, 0.975)) for name, values in drawn.items()
    }


# -- the command ------------------------------------------------------------------------------------------------------


def public(
    name: Annotated[str, typer.Argument(help=", ".join(SETS))],
    data: Annotated[Path, typer.Option(help="The folder that holds the set.")],
    sample: Annotated[int | None, typer.Option(help="Ask so many in all, of each label its share.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of the sample and the intervals.")] = 0,
    home: Annotated[Path, typer.Option(help="Where the libraries are kept from run to run.")] = CACHE / "public",
    models: Annotated[Path, typer.Option(help="Where the models are kept.")] = CACHE / "models",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Search, evidence, declining and follow-ups on a public set, beside plain BM25 and plain dense search."""
    from tutor.encoder import open_encoder

    if name not in SETS:
        raise BadInput(f"There is no public set {name!r}. Choose one of {', '.join(SETS)}.")
    asked_of = part(SETS[name](data), sample, seed)
    encoder = open_encoder(models)
    with library(home, name, asked_of.texts, encoder) as opened:
        index = ExactIndex(opened, encoder)
        index.sync()
        tutor = Tutor(opened, Search(opened, encoder, index), encoder, handbook.load(), None)
        outcomes = _outcomes(tutor, asked_of, opened, encoder, shown=not as_json)
        made_of = {"set": name, "encoder": encoder.name, "corpus": opened.digest()[:16], "seed": str(seed)}
    found, bounds = figures(outcomes), intervals(outcomes, seed, 200)
    counts = {
        label: sum(one.asked.label == label for one in outcomes) for label in sorted({o.asked.label for o in outcomes})
    }
    counts |= {"could not be scored": sum(bool(one.unscored) for one in outcomes), **asked_of.dropped}
    if as_json:
        whole = {"recipe": made_of, "figures": found, "intervals": bounds, "counts": counts}
        print(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    for figure, value in found.items():
        low, high = bounds[figure]
        print(f"{figure:<44} {value:8.3f}  [{low:.3f}, {high:.3f}]")
    print(" | ".join(f"{label}:{count}" for label, count in counts.items()))
    print(" | ".join(f"{key}:{value}" for key, value in made_of.items()))


def _outcomes(tutor: Tutor, asked_of: Set, opened: Library, encoder: "Encoder", *, shown: bool) -> list[Outcome]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    every = passages(opened)
    ways = {"BM25": bm25(every), "dense": dense(every, encoder)}
    texts = {url: text for url, (_, text) in asked_of.texts.items()}
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as bar:
        task = bar.add_task("", total=len(asked_of.asked))
        outcomes = []
        for one in asked_of.asked:
            outcomes.append(ask(tutor, one, ways, texts))
            bar.advance(task)
    return outcomes
