"""
Search by itself: are the right page and the right passage found, and how many words have to be read to meet a sentence
that answers?

    tutor eval retrieval --set mirror --half test

Each question is made whole, searched and given its evidence as the tutor does before it decides whether to answer; no
Writer is opened, so that a thousand questions take minutes. Only questions that a page answers are asked: about the
others nothing is right. Knows nothing of answers. Not covered (`tutor eval answers` has both): whether what was found
is enough, and questions of several parts, which the tutor then searches for part by part.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from eval import metrics, ranking, runs, sets
from eval.asking import asked_of
from eval.intervals import drawn, of_figures
from eval.memory import peak_megabytes
from eval.run import Gold, Record, recipe, unasked
from eval.sets import Question
from tutor.answers import HITS, Tutor
from tutor.conversation import Resolved, Turn, resolve
from tutor.errors import BadInput
from tutor.questions import parse

WORDS = (50, 100, 200, 400, 800)  # within which a gold sentence is looked for
LEVEL = "intermediate"


def retrieve(tutor: Tutor, question: Question, gold: Gold) -> Record:
    """One question, searched and scored."""
    plain = unasked(question)
    if reason := gold.unscored(question):
        return replace(plain, unscored=reason)
    history = [Turn(turn.question, turn.answer) for turn in question.history]
    try:
        parse(question.question)
        understood = resolve(question.question, history, LEVEL) if history else Resolved(question.question, LEVEL)
        text = parse(tutor.search.mended(understood.question))
    except BadInput as error:
        return replace(plain, unscored=f"it cannot be asked: {error}")
    seen = tutor._look(text, understood, tutor._room(text.text, LEVEL))  # what `ask` does first, and nothing after it
    hits = [hit.held for hit in seen.found.hits[:HITS]]
    right = gold.right(question)
    quotes = [one.quote for one in seen.chosen]
    pages = ranking.by_page([held.source for held in hits])
    scores = {f"page: {name}": value for name, value in ranking.scores(pages, {str(n) for n in right}).items()}
    if answering := gold.passages(question):
        found = ranking.scores([str(held.id) for held in hits], {str(number) for number in answering})
        scores |= {f"passage: {name}": value for name, value in found.items()}
    return replace(
        plain,
        found=[
            {"url": hit.held.url, "heading": hit.held.passage.heading, "score": round(hit.score, 4)}
            for hit in seen.found.hits[:HITS]
        ],
        scores=scores,
        rank=next((rank for rank, held in enumerate(hits, 1) if held.source in right), None),
        in_evidence=gold.quoted(question, quotes),
        words_shown=gold.words_to(question, [(quote.source, quote.start, quote.text) for quote in quotes]),
        words_found=gold.words_to(question, [(h.source, h.passage.start, h.passage.text) for h in hits]),
        chance=seen.chance,
        search_ms=seen.found.milliseconds,
        peak_mb=peak_megabytes(),
    )


# -- figures ----------------------------------------------------------------------------------------------------------


def figures(records: Sequence[Record]) -> dict[str, float]:
    """Every figure of a run, over the questions that could be scored; of follow-ups, where there are, by themselves."""
    scored = [record for record in records if not record.unscored]
    found = _figures(scored)
    if later := [record for record in scored if record.turn > 1]:
        found |= {f"follow-up: {name}": value for name, value in _figures(later).items()}
    if scored:
        found["search p50 ms"] = metrics.percentile([r.search_ms for r in scored], 0.5)
        found["search p95 ms"] = metrics.percentile([r.search_ms for r in scored], 0.95)
        found["peak memory MB"] = max(r.peak_mb for r in scored)
    return found


def _figures(scored: Sequence[Record]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in [f"{level}: {name}" for level in ("page", "passage") for name in ranking.MEASURES]:
        if values := [r.scores[name] for r in scored if r.scores and name in r.scores]:
            found[name] = metrics.mean(values)
    if known := [r for r in scored if r.gold and r.gold["fingerprints"]]:
        found["gold sentence in evidence"] = metrics.mean([float(r.in_evidence) for r in known])
        for what, needed in (("shown", [r.words_shown for r in known]), ("found", [r.words_found for r in known])):
            found |= {f"gold in {n} words {what}": metrics.hit(needed, n) for n in WORDS}
    return found


def summary(records: Sequence[Record], made_of: Mapping[str, str], seed: int) -> dict[str, Any]:
    """The summary of a run: figures, intervals and counts, and recall by words as a curve."""
    found = figures(records)
    unscored = sum(bool(record.unscored) for record in records)
    return {
        "recipe": dict(made_of),
        "figures": found,
        "intervals": {name: [*bounds] for name, bounds in of_figures(drawn(records, seed), figures).items()},
        "counts": {
            "questions": len(records),
            "follow-ups": sum(record.turn > 1 for record in records),
            "could not be scored": unscored,
        },
        "recall by words": {
            "words": [*WORDS],
            **{what: [found.get(f"gold in {n} words {what}", 0.0) for n in WORDS] for what in ("shown", "found")},
        },
    }


# -- the command ------------------------------------------------------------------------------------------------------


def retrieval(
    name: Annotated[str, typer.Option("--set", help="mirror, starter, conversations, or a .jsonl file.")] = "starter",
    half: Annotated[str, typer.Option(help="tune, test or all; nothing is tuned on test.")] = "all",
    sample: Annotated[int | None, typer.Option(help="Ask so many, drawn by the seed.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of the sample and the intervals.")] = 0,
    workers: Annotated[int, typer.Option(help="So many questions at a time; times are then no times.", min=1)] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run's files go, or an earlier run to carry on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Search alone: ranking metrics of pages and passages, and recall by words, with 95 % intervals."""
    from tutor.settings import load

    every = sets.sampled([q for q in sets.named(name, half) if q.kind in ("answerable", "conversation")], sample, seed)
    if not every:
        raise BadInput(f"There is no question that a page answers in the {half} half of {name}. Choose another.")
    settings = load()
    tutor = Tutor.open(settings, writer=False)
    made_of = {"kind": "retrieval"} | recipe(tutor, every, name, half) | {"seed": str(seed)}
    place = runs.place(folder, settings.places.home, "retrieval")
    gold = Gold(tutor.library)

    def by(question: Question) -> Record:
        return retrieve(tutor, question, gold)

    records = asked_of(tutor, every, place, made_of, shown=not as_json, workers=workers, by=by)
    whole = summary(records, made_of, seed)
    runs.finish(place, map(asdict, records), whole)
    print(json.dumps(whole, indent=2, ensure_ascii=False) if as_json else shown(whole, place))


def shown(whole: Mapping[str, Any], place: Path) -> str:
    """The summary as a person reads it."""
    lines = [runs.figure_line(name, value, whole["intervals"][name]) for name, value in whole["figures"].items()]
    lines.append(" | ".join(f"{name}:{count}" for name, count in whole["counts"].items()))
    lines.append(" | ".join(f"{name}:{value}" for name, value in whole["recipe"].items()))
    lines.append(f"Every question with what was found: {place}")
    return "\n".join(lines)
