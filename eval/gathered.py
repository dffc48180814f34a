"""
What a report is made of: a run, and what there is beside it that says how to read its figures.

Floors that were measured on the same questions, texts, model and encoder; earlier runs of the same questions; the
newest runs that say how far the checks agree with people; a retrieval run of these questions and texts; another run to
stand beside it. Whatever is missing is empty, and the report says so. Knows nothing of how a report looks.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval import floors, runs, sets
from eval.compare import Comparison, compared
from eval.floors import Floor
from eval.intervals import Interval
from eval.run import Record, from_row
from eval.runs import Run
from tutor.errors import BadInput

ANSWERED = frozenset({"answers", "set"})  # kinds of runs whose records are answers
PEOPLE = ("support", "facts", "practice")  # kinds of runs that hold a check against labels given by reading
# What a run was made on, by the name it has in the recipe.
_GROUNDS = ("questions", "answers", "goals", "pairs")


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure as a report shows it. What is not known is None; `trend` ends with this run's own value."""

    name: str
    value: float
    interval: Interval | None = None
    target: float | None = None
    ceiling: bool = False
    met: bool | None = None
    questions: int | None = None
    floor: float | None = None
    held: bool | None = None
    trend: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Another run of the same kind beside the one reported, which is the comparison's first."""

    run: Run
    records: Mapping[str, Record]  # by id, of the questions that both asked
    compared: Comparison


@dataclass(frozen=True, slots=True)
class Gathered:
    """A run and what stands around it. `history` is of the same kind, system and questions, and ends with the run."""

    run: Run
    records: Sequence[Record] = ()
    floor: Floor | None = None
    history: Sequence[Run] = ()
    people: Sequence[Run] = ()
    retrieval: Run | None = None
    beside: Beside | None = None
    chapters: Mapping[str, str] = field(default_factory=dict)  # that the sets name for questions, by id

    @property
    def headlines(self) -> list[Headline]:
        """Figures with a target first, in the order of the run; where none has one, all of them."""
        figures = self.run.figures
        named = [name for name in self.run.summary.get("targets", {}) if name in figures] or list(figures)
        return [self._headline(name) for name in named]

    @property
    def others(self) -> list[Headline]:
        """The figures that are no headlines."""
        known = {one.name for one in self.headlines}
        return [self._headline(name) for name in self.run.figures if name not in known]

    def _headline(self, name: str) -> Headline:
        value = self.run.figures[name]
        target: Mapping[str, Any] = self.run.summary.get("targets", {}).get(name, {})
        floor = self.floor.figures.get(name) if self.floor else None
        held = None if floor is None or self.floor is None else not _below(name, value, floor, self.floor)
        bounds = self.run.summary.get("intervals", {}).get(name)
        return Headline(
            name,
            value,
            (bounds[0], bounds[1]) if bounds else None,
            target.get("target"),
            bool(target.get("at most", name in floors.CEILINGS)),
            target.get("met"),
            target.get("questions"),
            floor,
            held,
            tuple(run.figures[name] for run in self.history if name in run.figures),
        )


def _below(name: str, value: float, least: float, floor: Floor) -> bool:
    alone = Floor(floor.questions, floor.corpus, floor.model, floor.encoder, {name: least})
    return bool(floors.below({name: value}, alone))


# -- gathering --------------------------------------------------------------------------------------------------------


def gather(run: Run, home: Path, beside: Run | None = None) -> Gathered:
    """
    A run with all that there is beside it, under `home` or in the folder where it lies.

    Raises BadInput where `beside` is of another kind, or has no question in common with the run.
    """
    records = [from_row(row) for row in run.rows] if run.kind in ANSWERED else []
    found = {kind: newest(run, home, kind) for kind in PEOPLE}
    asked = {(record.id, record.question) for record in records}
    retrieval = newest(run, home, "retrieval", lambda one: _same(one, run, "corpus") and _among(one, asked))
    return Gathered(
        run,
        records,
        floor_of(run, floors.load()),
        past(run, home),
        [one for one in found.values() if one is not None and one.folder != run.folder],
        retrieval if retrieval is None or retrieval.folder != run.folder else None,
        _beside(run, records, beside) if beside else None,
        chapters_of(run),
    )


def chapters_of(run: Run) -> dict[str, str]:
    """The chapters that the sets name for this run's questions, of a person's own set too where it is still there."""
    known = sets.load_all()
    own = run.recipe.get("set", "")
    if own.endswith(".jsonl"):
        with suppress(BadInput):  # moved or changed since
            known += sets.load(own)
    asked = {row["id"]: row.get("question") for row in run.rows}
    return {one.id: one.chapter for one in known if one.chapter and asked.get(one.id) == one.question}


def past(run: Run, home: Path) -> list[Run]:
    """The finished runs like this one that were begun before it, the oldest first, and itself as the last."""
    ground = next((name for name in _GROUNDS if name in run.recipe), "kind")
    begun = run.recipe.get("begun", "")
    earlier = [
        one
        for one in around(run, home, run.kind)
        if _same(one, run, ground, "system")
        and one.folder.resolve() != run.folder.resolve()
        and one.recipe.get("begun", "") <= begun
    ]
    return [*earlier, run]


def newest(run: Run, home: Path, kind: str, fits: Callable[[Run], bool] = lambda _: True) -> Run | None:
    """The newest finished run of a kind that fits."""
    return next((one for one in reversed(around(run, home, kind)) if fits(one)), None)


def around(run: Run, home: Path, kind: str) -> list[Run]:
    """The finished runs of a kind under `home` and in the folder where this run lies, the oldest first."""
    found = {one.folder.resolve(): one for one in runs.history(home, kind)}
    for recipe in run.folder.parent.glob(f"*/{runs.RECIPE}"):
        with suppress(BadInput):  # not finished
            one = runs.load(str(recipe.parent), home)
            if one.kind == kind:
                found.setdefault(one.folder.resolve(), one)
    return sorted(found.values(), key=lambda one: (one.recipe.get("begun", ""), one.name))


def floor_of(run: Run, known: Mapping[str, Floor]) -> Floor | None:
    """The floors measured on what this run was made of; None where there are none."""
    if not {"questions", "corpus", "model", "encoder"} <= run.recipe.keys():
        return None
    measured = floors.measured(run.figures, run.recipe)
    fitting = [floor for floor in known.values() if not floors.differs(floor, measured)]
    return max(fitting, key=lambda floor: len(floor.figures.keys() & run.figures.keys()), default=None)


def _among(retrieval: Run, asked: Set[tuple[str, str]]) -> bool:
    """Whether all questions of a retrieval run were asked; it asks only those that a page answers."""
    return bool(asked) and {(row["id"], row.get("question", "")) for row in retrieval.rows} <= asked


def _same(one: Run, other: Run, *names: str) -> bool:
    return all(one.recipe.get(name) == other.recipe.get(name) for name in names)


# -- beside another run -----------------------------------------------------------------------------------------------


def _beside(run: Run, records: Sequence[Record], other: Run) -> Beside:
    if run.kind not in ANSWERED or other.kind not in ANSWERED:
        raise BadInput(
            f"Only runs of answers stand beside each other; {run.name} is of kind {run.kind!r}, {other.name} of "
            f"{other.kind!r}. Name two of kind 'answers'."
        )
    theirs = {row["id"]: from_row(row) for row in other.rows}
    both = {r.id: theirs[r.id] for r in records if r.id in theirs and theirs[r.id].question == r.question}
    return Beside(other, both, compared(run, other, int(run.recipe.get("seed", "0"))))
