"""
`python -m eval plans`: do goals in everyday words lead to the right chapters?

Each goal of `sets/goals.jsonl` is planned with the same hours, and the plan's chapters are held against those that must
and must not be in it. Needs no library, no model, no network. Not covered: whether the order of weeks suits anybody.
"""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from eval import runs
from eval.metrics import share
from eval.sets import HALVES, SETS
from tutor import handbook as handbooks
from tutor import plan as planning
from tutor.errors import BadInput
from tutor.handbook import Handbook
from tutor.plan import Plan, Request
from tutor.settings import load as load_settings

GOALS = SETS / "goals.jsonl"
HOURS, WEEKS = 6.0, 8  # of every goal, unless told otherwise


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal with the ids of chapters that its plan must and must not hold. `outside`: no plan is the right answer."""

    id: str
    goal: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    background: str = ""
    outside: bool = False

    @property
    def half(self) -> str:
        """tune or test, by the last bit of the SHA-256 of its id."""
        return HALVES[hashlib.sha256(self.id.encode()).digest()[-1] % 2]


@dataclass(frozen=True, slots=True)
class Planned:
    """A goal and the plan it came to; None where the tutor said that there is none."""

    goal: Goal
    plan: Plan | None

    @property
    def chapters(self) -> tuple[str, ...]:
        return self.plan.chapters if self.plan else ()

    @property
    def missing(self) -> list[str]:
        return [chapter for chapter in self.goal.must if chapter not in self.chapters]

    @property
    def wrong(self) -> list[str]:
        return [chapter for chapter in self.goal.must_not if chapter in self.chapters]


def load(path: Path = GOALS, half: str = "all") -> list[Goal]:
    """The goals of a file, or of one half of it. Raises BadInput that names the line."""
    if half not in (*HALVES, "all"):
        raise BadInput(f"There is no half {half!r}. Choose one of {', '.join(HALVES)}, or all.")
    ids = {chapter.id for chapter in handbooks.load().chapters}
    found = [_goal(line, f"{path}:{at}", ids) for at, line in enumerate(_lines(path), 1) if line.strip()]
    return [goal for goal in found if half in ("all", goal.half)]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: expected goals, one JSON object a line, found none ({error}).") from error


def _goal(line: str, where: str, ids: set[str]) -> Goal:
    try:
        value = json.loads(line)
        goal = Goal(**{**value, "must": tuple(value.get("must", ())), "must_not": tuple(value.get("must_not", ()))})
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f'{where}: expected {{"id", "goal", "must", "must_not"}}, found {line[:60]!r}.') from error
    if unknown := [chapter for chapter in (*goal.must, *goal.must_not) if chapter not in ids]:
        raise BadInput(f"{where}: expected ids of chapters, found {unknown[0]!r}.")
    return goal


def run(goals: Iterable[Goal], hours: float = HOURS, weeks: int = WEEKS) -> Iterator[Planned]:
    """Plans every goal, beginning on one fixed day."""
    for goal in goals:
        try:
            plan = planning.build(Request(goal.goal, hours, weeks, date(2026, 1, 5), goal.background))
        except BadInput:
            plan = None
        yield Planned(goal, plan)


def violations(plan: Plan, handbook: Handbook | None = None, known: Iterable[str] = ()) -> list[tuple[str, str]]:
    """
    Pairs (chapter, prerequisite) where the prerequisite is neither known nor begun before the chapter.

    Known is what was named, and what the plan itself leaves out because the learner knows it.
    """
    book = handbook or handbooks.load()
    there = {*known, *(one.chapter for one in plan.left_out if one.why.startswith(("You know", "You have done")))}
    order = list(dict.fromkeys(task.chapter for task in plan.tasks if task.kind != "review"))
    found = []
    for at, chapter in enumerate(order):
        for before in book.chapter(chapter).prerequisites:
            if before.chapter not in there and before.chapter not in order[:at]:
                found.append((chapter, before.chapter))
    return found


def random_requests(count: int, seed: int = 7) -> Iterator[Request]:
    """Requests by chance, the same for one seed: goals of the set and titles of chapters, hours, weeks, known sets."""
    chance = random.Random(seed)
    titles = [chapter.title for chapter in handbooks.load().chapters]
    ids = [chapter.id for chapter in handbooks.load().chapters]
    goals = [goal.goal for goal in load() if not goal.outside]
    for _ in range(count):
        goal = chance.choice(goals) if chance.random() < 0.5 else " and ".join(chance.sample(titles, 2))
        yield Request(
            goal=goal,
            hours=chance.choice([0.25, 0.5, 1, 2, 3.5, 5, 8, 12, 20, 40, 100]),
            weeks=chance.choice([1, 2, 3, 4, 6, 8, 12, 20, 52]),
            start=date(2026, 1, 5),
            known=tuple(chance.sample(ids, chance.choice([0, 0, 1, 2, 5, 12]))),
            prefer=chance.choice([None, None, *planning.PREFERENCES]),
            free=tuple(sorted(chance.sample(range(7), chance.choice([0, 7])))),
        )


def random_violations(count: int) -> tuple[int, int]:
    """How many of so many random requests came to a plan, and how many violations those hold, by the named known."""
    plans = found = 0
    for request in random_requests(count):
        try:
            plan = planning.build(request)
        except BadInput:
            continue
        plans += 1
        found += len(violations(plan, known=request.known))
    return plans, found


def figures(planned: Sequence[Planned]) -> dict[str, float]:
    """
    must recall, must-not rate (0 is best), refusals right (goals outside the handbook that got no plan, and only
    those), violations, and of the plans with enough material the share whose weeks are all within 10 % of what was
    asked.
    """
    real = [one for one in planned if not one.goal.outside]
    plans = [one.plan for one in planned if one.plan]
    must = sum(len(one.goal.must) for one in real)
    must_not = sum(len(one.goal.must_not) for one in real)
    wrong = sum(len(one.wrong) for one in real)
    return {
        "must recall": share(must - sum(len(one.missing) for one in real), must),
        "must-not rate": wrong / must_not if must_not else 0.0,
        "refusals right": share(sum((one.plan is None) == one.goal.outside for one in planned), len(planned)),
        "violations": float(sum(len(violations(plan)) for plan in plans)),
        "weeks as asked": share(sum(as_asked(plan) for plan in plans if enough(plan)), sum(map(enough, plans))),
    }


def enough(plan: Plan) -> bool:
    """Whether the handbook's data gives the plan's chapters as many hours as were asked for."""
    book = handbooks.load()
    return sum(book.chapter(chapter).hours for chapter in plan.chapters) >= plan.request.hours * plan.request.weeks


def as_asked(plan: Plan) -> bool:
    """Whether each week's minutes are within 10 % of what was asked (a minute of rounding allowed)."""
    asked = plan.request.week_minutes
    return all(abs(week.minutes - asked) <= asked / 10 + 1 for week in plan.weeks)


app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def plans(
    half: Annotated[str, typer.Option(help="tune, test or all; nothing is tuned on test.")] = "all",
    file: Annotated[Path, typer.Option("--set", help="A .jsonl file of goals.")] = GOALS,
    hours: Annotated[float, typer.Option(help="Hours a week of every plan.")] = HOURS,
    weeks: Annotated[int, typer.Option(help="Weeks of every plan.")] = WEEKS,
    chance: Annotated[int, typer.Option("--random", help="Plan so many requests made by chance.", min=0)] = 0,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Plan a set of goals and print how many of the right and the wrong chapters the plans hold."""
    goals = load(file, half)
    if not goals:
        raise BadInput(f"There is no goal in the {half} half of {file}. Choose another half or set.")
    planned = list(run(goals, hours, weeks))
    found = figures(planned)
    if chance:
        made, wrong = random_violations(chance)
        found |= {"random plans": float(made), "random violations": float(wrong)}
    recipe = _recipe(goals, half, hours, weeks) | ({"random": str(chance)} if chance else {})
    rows = [_row(one) for one in planned]
    place = runs.place(folder, load_settings().places.home, "plans")
    runs.resume(place, {"kind": "plans", **recipe})
    runs.finish(place, rows, {"recipe": recipe, "figures": found, "counts": {"goals": len(goals)}})
    if as_json:
        print(json.dumps({"recipe": recipe, "figures": found, "goals": rows}, indent=2, ensure_ascii=False))
        return
    for name, value in found.items():
        print(f"{name:<22} {value:>8.3f}")
    for one in planned:
        # What failed on the test half is not shown: nobody is to tune on it.
        if one.goal.half == "tune" and (one.missing or one.wrong or (one.plan is None) != one.goal.outside):
            print(f"{one.goal.id}: {one.goal.goal!r} lacks {one.missing}, holds {one.wrong}")
    print(" | ".join(f"{name}:{value}" for name, value in recipe.items()))
    print(f"Every goal with its chapters: {place}")


def _row(one: Planned) -> dict[str, Any]:
    return {
        "id": one.goal.id, "half": one.goal.half, "planned": one.plan is not None, "chapters": list(one.chapters),
        "missing": one.missing, "wrong": one.wrong,
    }  # fmt: skip


def _recipe(goals: Sequence[Goal], half: str, hours: float, weeks: int) -> dict[str, str]:
    text = "\n".join(f"{goal.id} {goal.goal} {goal.background} {goal.must} {goal.must_not}" for goal in goals)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return {"goals": digest, "n": str(len(goals)), "half": half, "hours": f"{hours:g}", "weeks": str(weeks)}


def main(arguments: Sequence[str]) -> None:
    """What `python -m eval plans` calls; errors are told by the terminal's own main."""
    app(args=list(arguments), prog_name="tutor eval plans")
