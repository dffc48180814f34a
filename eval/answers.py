"""
Every figure that answers are judged by, in one run: is the right page found, is the sentence in the evidence, does the
answer state the facts, is declined what cannot be answered, and how long does it take; each beside its target and the
interval that chance alone would give.

    python -m eval answers --half test                  the test half, with the Writer that the settings name
    python -m eval answers --quotes-only --sample 60    sixty questions of all kinds, without a Writer
    python -m eval answers --models a.gguf b.gguf       a run for each model, then the second beside the first

Every question is kept in the run's folder as it is answered; a run that was stopped goes on where it was, when it is
called again with the same `--folder`. Knows nothing of how an answer is made. Not covered: whether a citation truly
supports its statement, beyond what the check thinks, which takes reading (`to-read.md` of the run's folder), and pages
that try to give orders (tests/).
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval import curves, metrics, runs, sets
from eval.asking import asked_of
from eval.intervals import Interval, Measure, drawn, intervals, of_figures
from eval.run import FROM_PAGES, PAGES, Record, recipe, summarise
from eval.sets import Question
from tutor import decide
from tutor.check import SUPPORTED
from tutor.errors import BadInput

if TYPE_CHECKING:
    from tutor.answers import Tutor
    from tutor.settings import Settings
    from tutor.writer import LlamaCppWriter, Writer

# What is asked. Nothing was chosen by figures on the handbook's questions, and they are few: they are asked whole.
ASKED = ("mirror", "conversations", "handbook")
WHOLE = frozenset({"handbook"})
TO_READ = 100  # statements drawn for a person to judge


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and what it is to reach: `target` at least, or at most where `ceiling`. None where nothing was asked."""

    name: str
    target: float
    measure: Measure
    ceiling: bool = False

    def met(self, value: float) -> bool:
        """Whether `value` reaches the target."""
        return value <= self.target if self.ceiling else value >= self.target


@dataclass(frozen=True, slots=True)
class Row:
    """A target as it was measured. `low` and `high` hold 95 of 100 resamplings; `questions`: over how many."""

    target: Target
    value: float
    low: float
    high: float
    questions: int


# -- what is measured -------------------------------------------------------------------------------------------------


def _over(chosen: Callable[[Record], bool], measure: Callable[[list[Record]], float]) -> Measure:
    """`measure` of the scored records that are `chosen`, None where there are none."""

    def measured(records: Sequence[Record]) -> float | None:
        some = [record for record in records if not record.unscored and chosen(record)]
        return measure(some) if some else None

    return measured


def _share(of: Callable[[Record], bool]) -> Callable[[list[Record]], float]:
    return lambda records: metrics.mean([float(of(record)) for record in records])


def _slowest(of: Callable[[Record], float | None]) -> Callable[[list[Record]], float]:
    return lambda records: metrics.percentile([ms for record in records if (ms := of(record)) is not None], 0.95)


def answerable(record: Record) -> bool:
    """Asked of the pages, by itself."""
    return record.kind == "answerable"


def follow_up(record: Record) -> bool:
    """A turn of a conversation that leans on those before it."""
    return record.kind == "conversation" and record.turn > 1


def from_pages(record: Record) -> bool:
    """Answered from pages, by itself or in a conversation."""
    return record.kind in ("answerable", "conversation")


def in_five(record: Record) -> bool:
    """Whether a passage of a right page is among the first five."""
    return record.rank is not None and record.rank <= PAGES


def handbook_right(record: Record) -> bool:
    """Whether a question about the handbook is answered with every fact and every resource that belongs to it."""
    told = record.facts_stated == record.facts and record.resources_named == record.resources
    return told and not record.declined and record.chapter_right is not False


def _facts(records: Sequence[Record]) -> float:
    return metrics.share(sum(r.facts_stated for r in records), sum(r.facts for r in records))


def _valid(records: Sequence[Record]) -> float:
    return metrics.share(sum(r.quotes_valid for r in records), sum(r.quotes for r in records))


def _any(_: Record) -> bool:
    return True


def _written(record: Record) -> bool:
    return record.first_word_ms is not None


TARGETS = (
    Target("right page in five", 0.95, _over(answerable, _share(in_five))),
    Target("gold sentence in evidence", 0.85, _over(answerable, _share(lambda r: r.in_evidence))),
    Target("facts in answer", 0.65, _over(lambda r: answerable(r) and r.facts > 0, _facts)),
    Target("unanswerable declined", 0.90, _over(lambda r: r.kind == "unanswerable", _share(lambda r: r.declined))),
    Target("answerable declined", 0.05, _over(answerable, _share(lambda r: r.declined)), ceiling=True),
    Target("citations that exist", 1.0, _over(_any, _valid)),
    Target("handbook questions right", 0.95, _over(lambda r: r.kind == "handbook", _share(handbook_right))),
    Target("follow-up: page in five", 0.90, _over(follow_up, _share(in_five))),
    Target("evidence p95 ms", 300, _over(_any, _slowest(lambda r: r.evidence_ms)), ceiling=True),
    Target("first word p95 ms", 3_000, _over(_written, _slowest(lambda r: r.first_word_ms)), ceiling=True),
    Target("whole answer p95 ms", 10_000, _over(_any, _slowest(lambda r: r.total_ms)), ceiling=True),
)


def besides(records: Sequence[Record]) -> dict[str, float]:
    """Figures without a target, of each group of questions by its own name."""
    scored = [record for record in records if not record.unscored]
    found: dict[str, float] = {}
    for name, chosen in (("", answerable), ("follow-up: ", follow_up)):
        if some := [record for record in scored if chosen(record)]:
            found[f"{name}MRR@10"] = metrics.reciprocal_rank([r.rank for r in some])
            found[f"{name}gold sentence cited"] = metrics.mean([float(r.gold_cited) for r in some])
            found[f"{name}declined"] = metrics.mean([float(r.declined) for r in some])
            if any(r.facts for r in some):
                found[f"{name}facts in answer"] = _facts(some)
            found[f"{name}facts by meaning"] = metrics.share(
                sum(r.facts_similar for r in some), sum(r.facts for r in some)
            )
    whole = summarise(records).figures
    for name in ("off-topic declined", "near-miss declined", "decline precision", "chapter right"):
        if name in whole:
            found[name] = whole[name]
    for name in ("handbook answered", "handbook facts stated", "resources named"):
        if name in whole:
            found[name] = whole[name]
    found.pop("declined", None)  # has a target
    found.pop("facts in answer", None)
    return found | curves.figures(records) | cited(scored) | _costs(scored)


def cited(records: Sequence[Record]) -> dict[str, float]:
    """
    Citation recall and precision (eval.citations) and the words of statements that stand in their quotes: of the
    sentences that a Writer wrote, and of those that are quotes, by themselves. Nothing of answers from the syllabus.
    """
    found: dict[str, float] = {}
    stated = [one for record in records for one in record.stated if "together" in one]
    for name, quoted in (("", False), ("quotes: ", True)):
        if some := [one for one in stated if one["quoted"] is quoted]:
            quotes = [quote for one in some for quote in one["quotes"]]
            found[f"{name}citation recall"] = metrics.mean([float(one["together"] >= SUPPORTED) for one in some])
            found[f"{name}citation precision"] = metrics.mean([float(quote["needed"]) for quote in quotes])
            found[f"{name}words in its quotes"] = metrics.mean([one["words"] for one in some])
    return found


# What a question takes, by the name of its figure, None where it was not done; the p95 that have a target are not here.
_TIMES: tuple[tuple[str, Callable[[Record], float | None], float], ...] = (
    ("search p50 ms", lambda r: r.search_ms or None, 0.5),
    ("search p95 ms", lambda r: r.search_ms or None, 0.95),
    ("evidence p50 ms", lambda r: r.evidence_ms, 0.5),
    ("first word p50 ms", lambda r: r.first_word_ms, 0.5),
    ("whole answer p50 ms", lambda r: r.total_ms, 0.5),
)


def _costs(scored: Sequence[Record]) -> dict[str, float]:
    """Times, tokens, memory, and how hard the answers are to read."""
    found: dict[str, float] = {}
    if grades := [r.grade for r in scored if r.grade is not None and r.answered_as in FROM_PAGES]:
        found["reading grade"] = metrics.mean(grades)
    for name, of, share in _TIMES:
        if times := [ms for r in scored if (ms := of(r)) is not None]:
            found[name] = metrics.percentile(times, share)
    if wrote := [r for r in scored if r.prompt_tokens]:
        found["prompt tokens"] = metrics.mean([float(r.prompt_tokens) for r in wrote])
        found["output tokens"] = metrics.mean([float(r.output_tokens) for r in wrote])
    if scored and (peak := max(r.peak_mb for r in scored)):  # a run of something else need not know
        found["peak memory MB"] = peak
    return found


def figures(records: Sequence[Record]) -> dict[str, float]:
    """All figures of a run, those with a target first."""
    measured = {target.name: target.measure(records) for target in TARGETS}
    return {name: value for name, value in measured.items() if value is not None} | besides(records)


def table(records: Sequence[Record], seed: int) -> list[Row]:
    """Every target that something was asked for, measured."""
    return _table(records, intervals(records, {target.name: target.measure for target in TARGETS}, seed))


def _table(records: Sequence[Record], bounds: Mapping[str, Interval]) -> list[Row]:
    rows = []
    for target in TARGETS:
        if (value := target.measure(records)) is not None:
            counted = sum(target.measure([record]) is not None for record in records)
            rows.append(Row(target, value, *bounds[target.name], counted))
    return rows


# -- asking -----------------------------------------------------------------------------------------------------------


def chosen(
    half: str, sample: int | None = None, seed: int = 0, names: Sequence[str] = ASKED
) -> list[tuple[str, Question]]:
    """
    The questions with the names of their sets, or `sample` of them: of each set and kind its share, drawn by `seed`.

    A question that several of the sets have is asked once. Raises BadInput for a half or a set there is not, and where
    two questions have one id.
    """
    found: dict[str, tuple[str, Question]] = {}
    for name in names:
        for one in sets.named(name, "all" if name in WHOLE else half):
            if found.setdefault(one.id, (name, one))[1] != one:
                raise BadInput(f"{name}: expected a new id, found {one.id!r}, which {found[one.id][0]} has too")
    every = list(found.values())
    if not every:
        raise BadInput(f"There is no question in the {half} half of {', '.join(names)}. Choose another half or set.")
    if sample is None or sample >= len(every):
        return every
    shuffled = random.Random(seed).sample(range(len(every)), len(every))
    grouped = sorted(shuffled, key=lambda at: (every[at][0], every[at][1].kind, every[at][1].why or ""))
    return [every[at] for at in sorted(sets.spread(grouped, sample))]


def to_read(records: Sequence[Record], seed: int, most: int = TO_READ) -> str:
    """Statements with the words they rest on, drawn by lot, for a person to tick those that are truly supported."""
    every = [(record, one) for record in records for one in record.stated]
    drawn = random.Random(seed).sample(every, min(most, len(every)))
    parts = ["Tick a statement when its quotes say what it says.\n"]
    for number, (record, one) in enumerate(drawn, 1):
        quotes = "\n".join(f"   > {' '.join(quote['text'].split())}\n   > {quote['link']}\n" for quote in one["quotes"])
        word = "a quote" if one["quoted"] else f"support {one['support']}"
        parts.append(f"{number}. [ ] {one['text']}\n   ({record.id}: {record.question}; {word})\n\n{quotes}")
    return "\n".join(parts)


# -- the command ------------------------------------------------------------------------------------------------------


def settings_for(form: str | None) -> "Settings":
    """The settings of this machine, in another form where one is named. Raises BadInput for one there is not."""
    from tutor.settings import FORMS, load

    settings = load()
    if form is not None and form not in FORMS:
        raise BadInput(f"There is no form {form!r}. Choose one of {', '.join(FORMS)}.")
    return replace(settings, answering=replace(settings.answering, form=form)) if form else settings


def answers(
    more: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Further models of --models.")] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--set", help=f"Instead of {', '.join(ASKED)}: starter, or a .jsonl file; may be repeated."),
    ] = None,
    half: Annotated[str, typer.Option(help="tune, test or all; nothing is tuned on test.")] = "test",
    models: Annotated[
        list[str] | None,
        typer.Option(help="A run for each of these models (.gguf files or names), and then their comparison."),
    ] = None,
    quotes_only: Annotated[bool, typer.Option("--quotes-only", help="Without a Writer.")] = False,
    form: Annotated[str | None, typer.Option(help="quotes, check or grammar, instead of the settings'.")] = None,
    sample: Annotated[int | None, typer.Option(help="Ask so many in all, of each kind its share.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of the sample, the intervals and what is drawn to be read.")] = 0,
    workers: Annotated[int, typer.Option(help="So many questions at a time; times are then no times.", min=1)] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run's files go, or an earlier run to carry on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Every figure that answers are judged by, beside its target, with its 95 % interval."""
    from tutor.answers import Tutor

    asked = [question for _, question in chosen(half, sample, seed, names or ASKED)]
    settings = settings_for("quotes" if quotes_only else form)
    named = [*(models or []), *(more or [])]
    writers = opened(settings, named) if models else {}
    if more and not models:
        raise BadInput(f"What is {more[0]!r}? Models are named after --models, sets after --set.")

    def made(tutor: "Tutor", place: Path) -> dict[str, Any]:
        made_of = {"kind": "answers"} | recipe(tutor, asked, "+".join(names or ["answers"]), half)
        made_of |= {"form": settings.answering.form, "seed": str(seed)}
        records = asked_of(tutor, asked, place, made_of, shown=not as_json, workers=workers)
        whole = keep(records, made_of, place, seed)
        if not (as_json and models):
            print(json.dumps(whole, indent=2, ensure_ascii=False) if as_json else shown(whole, place))
        return whole

    if not models:
        made(Tutor.open(settings), runs.place(folder, settings.places.home, "answers"))
        return
    places = {
        name: folder / name if folder else runs.place(None, settings.places.home, f"answers-{name}") for name in writers
    }
    first = Tutor.open(settings, writer=False)
    wholes = []
    for name, writer in writers.items():
        wholes.append(made(_with(first, writer, settings), places[name]))
        writer.close()
    _beside([*places.values()], wholes, settings.places.home, seed, as_json=as_json)


def opened(settings: "Settings", named: Sequence[str]) -> "dict[str, LlamaCppWriter]":
    """
    A Writer for each model (a .gguf file, a catalogue name, "embedded"), by a name of its own; none is loaded yet.

    Raises BadInput where there is nothing for a model to do, and ModelMissing, ModelUnreadable or ModelTooLarge before
    the first question is asked.
    """
    from tutor.models import choose
    from tutor.writer import LlamaCppWriter

    if settings.answering.form == "quotes":
        raise BadInput("Quotes alone need no model. Leave out --models, or choose --form check or grammar.")
    found: dict[str, LlamaCppWriter] = {}
    for one in named:
        writer = LlamaCppWriter(choose(settings.places.models, one))
        same = sum(other.name == writer.name for other in found.values())
        found[f"{writer.name}-{same + 1}" if same else writer.name] = writer
    return found


def _with(tutor: "Tutor", writer: "Writer", settings: "Settings") -> "Tutor":
    """The same tutor with another Writer."""
    from tutor.answers import Tutor

    return Tutor(
        tutor.library,
        tutor.search,
        tutor.encoder,
        tutor.handbook,
        writer,
        prompt_tokens=settings.answering.prompt_tokens,
        output_tokens=settings.answering.output_tokens,
        held_to_form=settings.answering.form == "grammar",
    )


def _beside(places: Sequence[Path], wholes: Sequence[Any], home: Path, seed: int, *, as_json: bool) -> None:
    """Prints each run after the first beside the first."""
    from eval import compare

    made = [runs.load(str(place), home) for place in places]
    found = [compare.compared(made[0], other, seed) for other in made[1:]]
    if as_json:
        told = {"runs": list(wholes), "comparisons": [compare.as_json(one) for one in found]}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for one in found:
        print()
        compare.show(one, compare.terminal())


def keep(records: Sequence[Record], made_of: Mapping[str, str], place: Path, seed: int) -> dict[str, Any]:
    """Writes the summary, the picture of the curves and what is to be read; returns the summary."""
    bounds = of_figures(drawn(records, seed), figures)
    rows = _table(records, bounds)
    found = figures(records)
    whole = {
        "recipe": dict(made_of),
        "figures": found,
        "intervals": {name: [*bounds[name]] for name in found if name in bounds},
        "targets": {row.target.name: {"target": row.target.target, "at most": row.target.ceiling,
                                      "met": row.target.met(row.value), "questions": row.questions} for row in rows},
        "counts": dict(summarise(records).counts),
    }  # fmt: skip
    runs.finish(place, map(asdict, records), whole)
    (place / "risk-coverage.svg").write_text(curves.picture(records, decide.CUT), encoding="utf-8")
    (place / "to-read.md").write_text(to_read(records, seed), encoding="utf-8")
    return whole


def shown(whole: Mapping[str, Any], place: Path) -> str:
    """The summary as a person reads it."""
    lines = [f"{'':<26} {'value':>8}  {'95 % interval':<17} {'target':>8} {'n':>5}"]
    for name, target in whole["targets"].items():
        value, (low, high) = whole["figures"][name], whole["intervals"][name]
        bound = f"{'<=' if target['at most'] else '>='} {runs.shown(name, target['target'])}"
        short = "" if target["met"] else f"  off by {runs.shown(name, abs(value - target['target']))}"
        interval = f"[{runs.shown(name, low)}, {runs.shown(name, high)}]"
        lines.append(
            f"{name:<26} {runs.shown(name, value):>8}  {interval:<17} {bound:>8} {target['questions']:>5}{short}"
        )
    rest = {name: value for name, value in whole["figures"].items() if name not in whole["targets"]}
    lines += ["", *(runs.figure_line(name, value, whole["intervals"].get(name)) for name, value in rest.items()), ""]
    lines.append(" | ".join(f"{name}:{count}" for name, count in whole["counts"].items()))
    lines.append(" | ".join(f"{name}:{value}" for name, value in whole["recipe"].items()))
    lines.append(
        "Not measured here: whether the check is right (tutor eval support, to-read.md), injected pages (make test)."
    )
    lines.append(f"Every question, the summary, risk-coverage.svg and to-read.md: {place}")
    return "\n".join(lines)
