"""
`tutor plan`: a goal becomes a plan, and the commands to live with it.

`tutor plan "GOAL" --hours 5 --weeks 6` makes one; `today`, `done`, `again` and so on are commands of their own.
Reads arguments and prints; what is planned is decided in the library (`tutor.plan`, `tutor.plans_kept`).
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tutor.errors import BadInput
from ui.terminal import day, print_json

if TYPE_CHECKING:
    from tutor.plan import Plan, Task
    from tutor.plans_kept import Kept, Plans

# Options that take several values in a row: `--known tokenization positional-encoding`, `--free mon thu`.
_MANY = ("--known", "--free")
_NEW = "new"


class GoalFirst(TyperGroup):
    """A group whose first word is a goal unless it is one of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            args = ["list"]
        elif args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [_NEW, *args]
        if args[0] == _NEW:
            args = _spread(args)
        return list(super().parse_args(ctx, args))


def _spread(args: Sequence[str]) -> list[str]:
    """Repeats an option of `_MANY` before each further word that it can only have been meant for."""
    out: list[str] = []
    option = ""
    for word in args:
        if word.startswith("--"):
            option = word if word in _MANY else ""
        elif option and out[-1] != option and _belongs(option, word):
            out.append(option)
        elif option and out[-1] != option:
            option = ""
        out.append(word)
    return out


def _belongs(option: str, word: str) -> bool:
    from tutor.handbook import load, slug
    from tutor.plan import DAYS

    if option == "--free":
        return word[:3].lower() in DAYS
    return any(chapter.id == slug(word) for chapter in load().chapters)


plans_app = typer.Typer(
    cls=GoalFirst,
    no_args_is_help=False,
    help='Study plans. Make one: tutor plan "GOAL" --hours 5 --weeks 6 (see tutor plan new --help).',
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlanNumber = Annotated[int | None, typer.Option("--plan", help="Which plan; the one made last if not told.")]
TaskName = Annotated[str, typer.Argument(help="A task's number, as 14, or 2.14 for that of plan 2.")]
Today = Annotated[str | None, typer.Option("--on", help="As if today were this day, as 2026-03-30.")]
Ics = Annotated[Path | None, typer.Option(help="Write a calendar file.")]
MarkdownFile = Annotated[Path | None, typer.Option("--markdown", help="Write Markdown with check boxes.")]
Csv = Annotated[Path | None, typer.Option(help="Write a table for spreadsheets.")]
Timeline = Annotated[Path | None, typer.Option(help="Write the timeline as an SVG picture.")]
Map = Annotated[Path | None, typer.Option(help="Write the map of prerequisites as an SVG picture.")]


@plans_app.command(_NEW)
def new(
    goal: Annotated[str, typer.Argument(help="What you want to be able to do, in your own words.")],
    hours: Annotated[float, typer.Option(help="Hours a week.")],
    weeks: Annotated[int, typer.Option(help="How many weeks.")],
    background: Annotated[str, typer.Option(help="What you know already, in your own words.")] = "",
    known: Annotated[list[str] | None, typer.Option(help="Chapters to leave out, by id or title.")] = None,
    prefer: Annotated[str | None, typer.Option(help="video, article or paper, where there is a choice.")] = None,
    start: Annotated[str | None, typer.Option(help="First day, as 2026-03-30. Default: today.")] = None,
    free: Annotated[list[str] | None, typer.Option(help="Days of the week on which you can study, as mon thu.")] = None,
    ics: Ics = None,
    markdown: MarkdownFile = None,
    csv: Csv = None,
    timeline: Timeline = None,
    map: Map = None,
    as_json: Json = False,
) -> None:
    """Make a plan for a goal. The word `new` can be left out."""
    from tutor.plan import Request, check

    request = Request(
        goal=goal,
        hours=hours,
        weeks=weeks,
        start=_date(start),
        background=background,
        known=tuple(name.strip() for names in known or () for name in _listed(names)),
        prefer=prefer,
        free=_days(free or ()),
    )
    check(request)
    kept = _plans().make(request)
    _give(kept, as_json, _write(kept, ics, markdown, csv, timeline, map))


@plans_app.command("list")
def list_plans(as_json: Json = False) -> None:
    """The plans there are, and how far each is."""
    kept = _plans().all()
    if as_json:
        print_json([_summary(one) for one in kept])
        return
    if not kept:
        print('There is no plan yet. Make one: tutor plan "what you want to be able to do" --hours 5 --weeks 6.')
    for one in kept:
        told = _summary(one)
        print(
            f"{told['plan']:>3}  {told['done_minutes'] / 60:.1f} of {told['total_minutes'] / 60:.1f} hours done, "
            f"{told['open']} tasks open, {told['weeks']} weeks from {told['starts']}: {told['goal']}"
        )


@plans_app.command("show")
def show(
    plan: PlanNumber = None,
    ics: Ics = None,
    markdown: MarkdownFile = None,
    csv: Csv = None,
    timeline: Timeline = None,
    map: Map = None,
    as_json: Json = False,
) -> None:
    """Print a plan once more, or write it into files."""
    kept = _plans().get(plan)
    _give(kept, as_json, _write(kept, ics, markdown, csv, timeline, map))


@plans_app.command("today")
def today(on: Today = None, as_json: Json = False) -> None:
    """What is due: today's tasks and those that were left, of every plan."""
    from tutor.handbook import load
    from ui import contracts

    now = _date(on)
    due, book = _plans().due(now), load()
    if as_json:
        found = [
            {
                "plan": kept.number,
                "goal": kept.plan.request.goal,
                "tasks": [contracts.task(one, kept, book) for one in tasks],
            }
            for kept, tasks in due
        ]
        print_json({"day": now.isoformat(), "plans": found})
        return
    if not due:
        print("Nothing is left to do.")
    for kept, tasks in due:
        print(f"Plan {kept.number}: {kept.plan.request.goal}")
        if tasks[0].day > now:
            print(f"  Nothing is due before {tasks[0].day:%A, %d %B}:")
        for task in tasks:
            late = f"  (since {task.day:%d %b})" if task.day < now else ""
            print(
                f"  {kept.number}.{task.number:<4} {task.minutes:>4} min  {task.title}{late}\n             {task.url}"
            )


@plans_app.command("done")
def done(
    task: TaskName,
    minutes: Annotated[int | None, typer.Option(help="How long it really took.")] = None,
) -> None:
    """Tick a task off."""
    kept, ticked = _plans().done(task, minutes)
    pace = f" You take {kept.pace:.1f} times the planned minutes." if kept.pace and abs(kept.pace - 1) > 0.25 else ""
    print(f"Done: {_named(kept, ticked)}. {_progress(kept)}{pace}")


@plans_app.command("skip")
def skip(task: TaskName) -> None:
    """Leave a task out for good."""
    kept, skipped = _plans().skip(task)
    print(f"Skipped: {_named(kept, skipped)}. {_progress(kept)}")


@plans_app.command("undo")
def undo(task: TaskName) -> None:
    """Take back that a task is done or skipped."""
    kept, opened = _plans().reopen(task)
    print(f"Open again: {_named(kept, opened)}. {_progress(kept)}")


@plans_app.command("postpone")
def postpone(
    task: TaskName,
    days: Annotated[
        int, typer.Option(help="By how many days from today, or from its day if that is later.", min=1)
    ] = 1,
    on: Today = None,
) -> None:
    """Put a task off."""
    plans = _plans()
    _, planned = plans.task(task)
    kept, moved = plans.postpone(task, max(_date(on), planned.day) + timedelta(days=days))
    print(f"Put off to {moved.day:%A, %d %B}: {_named(kept, moved)}.")


@plans_app.command("again")
def again(
    plan: PlanNumber = None,
    hours: Annotated[float | None, typer.Option(help="Hours a week from now on.")] = None,
    weeks: Annotated[int | None, typer.Option(help="How many weeks from now on.")] = None,
    on: Today = None,
    as_json: Json = False,
) -> None:
    """Lay out what is left anew from today; what is done stays done."""
    _give(_plans().again(plan, _date(on), hours=hours, weeks=weeks), as_json, [])


@plans_app.command("remove")
def remove(plan: Annotated[int, typer.Argument(help="The plan's number.")]) -> None:
    """Forget a plan and what was done in it."""
    print(f"Forgotten: plan {plan}, {_plans().remove(plan).plan.request.goal}.")


# -- reading ----------------------------------------------------------------------------------------------------------


def _plans() -> "Plans":
    from tutor.library import Library
    from tutor.plans_kept import Plans
    from tutor.profiles import Profiles
    from tutor.settings import load

    library = Library.open(load().places.library)
    return Plans(library, Profiles(library).terminal())


def _date(written: str | None) -> date:
    return date.today() if written is None else day(written)


def _listed(names: str) -> list[str]:
    """One title or id, or several with commas between; a title that holds a comma itself is one."""
    from tutor.handbook import load, slug

    if any(chapter.id == slug(names) for chapter in load().chapters):
        return [names]
    return [name for name in names.split(",") if name.strip()]


def _days(names: Sequence[str]) -> tuple[int, ...]:
    from tutor.plan import DAYS

    words = [word for name in names for word in name.lower().replace(",", " ").split()]
    if bad := [word for word in words if word[:3] not in DAYS]:
        raise BadInput(f"{bad[0]!r} is no day of the week. --free takes {', '.join(DAYS)}.")
    return tuple(sorted({DAYS.index(word[:3]) for word in words}))


# -- writing ----------------------------------------------------------------------------------------------------------


def _write(
    kept: "Kept", ics: Path | None, markdown: Path | None, csv: Path | None, timeline: Path | None, map: Path | None
) -> list[Path]:
    """Writes the files asked for; returns their paths."""
    from tutor import plan_files
    from tutor.plans_kept import DONE

    def is_done(task: "Task") -> bool:
        return kept.state(task).state == DONE

    def known() -> dict[str, float]:
        return {chapter: one.share for chapter, one in _plans().mastery(date.today()).items()}

    makers: list[tuple[Path | None, Callable[[], bytes]]] = [
        (ics, lambda: plan_files.calendar(kept.plan)),
        (markdown, lambda: plan_files.markdown(kept.plan, is_done).encode()),
        (csv, lambda: plan_files.table(kept.plan, is_done).encode()),
        (timeline, lambda: plan_files.timeline(kept.plan, is_done).encode()),
        (map, lambda: plan_files.prerequisites(kept.plan, is_done, known=known()).encode()),
    ]
    written = []
    for path, make in makers:
        if path is not None:
            try:
                path.write_bytes(make())
            except OSError as error:
                raise BadInput(f"{path} cannot be written ({error.strerror}). Name another file.") from error
            written.append(path)
    return written


def _give(kept: "Kept", as_json: bool, written: list[Path]) -> None:
    from tutor.handbook import load

    if as_json:
        from ui import contracts

        print_json(contracts.plan(kept, load()))
        return
    _show(kept)
    for path in written:
        print(f"Written: {path}")


def _show(kept: "Kept") -> None:
    from rich.console import Console

    from tutor.handbook import load
    from tutor.plans_kept import DONE, SKIPPED

    console = Console(highlight=False, soft_wrap=True)
    plan, book = kept.plan, load()
    console.print(_headline(kept), markup=False)
    for remark in plan.remarks:
        console.print(f"  {remark}", markup=False)
    marks = {DONE: "x", SKIPPED: "-"}
    for week in plan.weeks:
        if not week.tasks:
            continue
        console.print(f"\nWeek {week.number}, from {week.starts:%d %B %Y}: {week.minutes} minutes", style="bold")
        chapter = ""
        for task in week.tasks:
            if task.chapter != chapter and task.kind != "review":
                chapter = task.chapter
                console.print(f"  {book.chapter(chapter).title}", markup=False, style="dim")
            mark = marks.get(kept.state(task).state, " ")
            console.print(f"  [{mark}] {task.number:>3}  {task.minutes:>3} min  {task.title}", markup=False)
            console.print(f"               {task.why}", markup=False, style="dim")
    _show_left_out(console, plan)
    console.print(f"\nKept as plan {kept.number}. `tutor plan today` says what is next; `tutor plan done 1` ticks off.")


def _headline(kept: "Kept") -> str:
    plan = kept.plan
    return (
        f"{plan.request.goal}\n{len(plan.chapters)} chapters, {plan.minutes / 60:.1f} hours in {len(plan.weeks)} weeks "
        f"from {plan.weeks[0].starts:%d %B %Y}"
    )


def _show_left_out(console: Any, plan: "Plan") -> None:
    from tutor.handbook import load

    book = load()
    if plan.skimmed:
        console.print("\nOnly a look:", style="bold")
        for chapter, why in plan.skimmed.items():
            console.print(f"  {book.chapter(chapter).title}: {why}", markup=False)
    by_why: dict[str, list[str]] = {}
    for one in plan.left_out:
        by_why.setdefault(one.why, []).append(book.chapter(one.chapter).title)
    console.print("\nLeft out:", style="bold")
    for why, titles in by_why.items():
        console.print(f"  {why} {', '.join(titles)}", markup=False)


def _named(kept: "Kept", task: "Task") -> str:
    return f"{kept.number}.{task.number} {task.title.rstrip('.')}"


def _progress(kept: "Kept") -> str:
    return f"{kept.done_minutes / 60:.1f} of {kept.plan.minutes / 60:.1f} hours are done."


def _summary(kept: "Kept") -> dict[str, Any]:
    plan = kept.plan
    return {
        "plan": kept.number,
        "goal": plan.request.goal,
        "starts": plan.weeks[0].starts.isoformat(),
        "weeks": len(plan.weeks),
        "chapters": len(plan.chapters),
        "open": len(kept.open),
        "done_minutes": kept.done_minutes,
        "total_minutes": plan.minutes,
    }
