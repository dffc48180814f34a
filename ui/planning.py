"""
The Plan tab's addresses under /tutor/plan: the board, what is done in it, and its files.

What is kept is decided in `tutor.plans_kept`, what is shown in `ui.plan_view`; here a request becomes a call, and its
outcome HTML by id (what changes on the page) with one line that says what happened. What cannot be done is one line
too, and no failure of HTTP: the browser would report that in its console.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tutor import handbook as handbooks
from tutor import plan_files
from tutor.errors import BadInput, TutorError
from tutor.plan import Request as Wanted
from tutor.plan import Task, check
from tutor.plans_kept import DONE, Kept, Plans
from ui import changes
from ui import plan_view as view
from ui import strings as s
from ui.changes import FRESH, Told
from ui.desk import Broken, Desk
from ui.downloads import attachment
from ui.learners import learner

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import Response

LONGEST_NUMBER = 12  # characters: more is no time that anybody has
LATEST_YEAR = 9000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change did: `parts` is HTML by id, `undo` the request that takes it back, `trouble` why it did nothing."""

    told: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    undo: Mapping[str, object] | None = None
    trouble: str = ""
    field: str = ""  # the name of the input that the trouble is about, where it is one
    plan: int | None = None  # the plan that is on the page now


class Unfit(BadInput):
    """What was typed into one field cannot be used."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def frame() -> str:
    return view.frame()


def head() -> str:
    """What the page loads for this tab."""
    return (
        '<link rel="stylesheet" href="/tutor/static/plan.css">'
        '<script type="module" src="/tutor/static/plan.js"></script>'
    )


# -- addresses ------------------------------------------------------------------------------------------------------


def add_routes(app: "FastAPI", desk: Desk, clock: Callable[[], date] = date.today) -> None:
    """`clock`: what day it is, for tests."""
    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    @app.get("/tutor/plan")
    def board(request: Request, plan: str = "") -> HTMLResponse:
        return HTMLResponse(_board(desk, learner(request.cookies), plan, clock()), headers=FRESH)

    def change(owner: str | None, name: str, told: Told) -> Mapping[str, Any]:
        made = _changed(desk, owner, CHANGES[name], told, clock())
        return {
            "told": made.told, "parts": dict(made.parts), "undo": made.undo, "trouble": made.trouble,
            "field": made.field, "plan": made.plan,
        }  # fmt: skip

    changes.add(app, "plan", CHANGES, change)

    @app.get("/tutor/plan/{number}.{kind}")
    def taken(request: Request, number: int, kind: str) -> Response:
        return _file(desk, learner(request.cookies), number, kind, clock(), save=True)

    @app.get("/tutor/plan/{number}/{which}.svg")
    def picture(request: Request, number: int, which: str, save: bool = False) -> Response:
        return _file(desk, learner(request.cookies), number, which, clock(), save=save)


def _board(desk: Desk, owner: str | None, plan: str, today: date) -> str:
    if owner is None:
        return view.notice(s.PLAN_NOBODY)
    try:
        plans = desk.plans(owner)
        every = plans.all()
    except TutorError as error:
        broken = isinstance(desk.state(), Broken)
        return view.notice(str(error)) if broken else view.waiting(s.PLAN_OPENING)
    shown = next((kept for kept in every if str(kept.number) == plan), every[-1] if every else None)
    return view.tab(every, shown, today, handbooks.load(), _held(desk, shown))


def _held(desk: Desk, kept: Kept | None) -> set[str]:
    """The addresses of a plan that the tutor has read."""
    urls = {task.url for task in kept.plan.tasks} if kept else set()
    return {url for url in urls if desk.library.number(url) is not None}


# -- changes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What a change works on."""

    desk: Desk
    plans: Plans
    today: date

    def rows(self, kept: Kept, task: Task) -> dict[str, str]:
        """The page's parts after something happened to one task, each in its place."""
        every = self.plans.all()
        return view.parts(kept, task, every, self.today, handbooks.load(), _held(self.desk, kept))

    def whole(self, kept: Kept | None, *, form: bool = False) -> dict[str, str]:
        """The page's parts after a plan changed as a whole. `form`: with an empty form too."""
        book, every = handbooks.load(), self.plans.all()
        parts = {
            "plan-switch": view.switch(every, kept),
            "plan-board": view.board(kept, self.today, book, _held(self.desk, kept)),
        }
        return parts | ({"plan-new": view.form(book, self.today, kept)} if form else {})


def _changed(desk: Desk, owner: str | None, act: Callable[[Change, Told], Outcome], told: Told, today: date) -> Outcome:
    if owner is None:
        return Outcome(trouble=s.PLAN_NOBODY)
    try:
        return act(Change(desk, desk.plans(owner), today), told)
    except Unfit as error:
        return Outcome(trouble=str(error), field=error.field)
    except TutorError as error:
        return Outcome(trouble=str(error))


def make(change: Change, told: Told) -> Outcome:
    """A new plan. `told`: goal, hours, weeks, start, background, prefer as typed; known and free as lists."""
    wanted = Wanted(
        goal=_text(told, "goal"),
        hours=_hours(told),
        weeks=_weeks(told),
        start=_start(told),
        background=_text(told, "background"),
        known=tuple(str(one) for one in _several(told, "known")),
        prefer=_text(told, "prefer") or None,
        free=tuple(sorted({int(day) for day in _several(told, "free") if str(day).isdecimal()})),
    )
    _fit("free", wanted)
    try:
        kept = change.plans.make(wanted)
    except BadInput as error:
        raise Unfit("goal", str(error)) from error
    chapters, weeks = s.number(s.CHAPTERS, len(kept.plan.chapters)), s.number(s.WEEKS, wanted.weeks)
    words = s.PLAN_MADE.format(chapters=chapters, weeks=weeks)
    return Outcome(words, change.whole(kept, form=True), plan=kept.number)


def done(change: Change, told: Told) -> Outcome:
    """Ticks a task off; `minutes`, where told: how long it took."""
    name, minutes = _task(change, told), None
    if written := _text(told, "minutes"):
        try:
            minutes = int(written[:LONGEST_NUMBER])
        except ValueError as error:
            raise Unfit("minutes", s.PLAN_NO_MINUTES.format(what=_short(written))) from error
    return _row(change, change.plans.done(name, minutes), s.PLAN_TOLD_DONE, "undo")


def skip(change: Change, told: Told) -> Outcome:
    return _row(change, change.plans.skip(_task(change, told)), s.PLAN_TOLD_SKIPPED, "undo")


def undo(change: Change, told: Told) -> Outcome:
    """Takes back that a task is done or skipped."""
    return _row(change, change.plans.reopen(_task(change, told)), s.PLAN_TOLD_OPEN, None)


def _row(change: Change, marked: tuple[Kept, Task], words: str, back: str | None) -> Outcome:
    kept, task = marked
    line = words.format(title=task.title.rstrip("."), progress=view.progress(kept))
    taken_back = {"act": back, "task": f"{kept.number}.{task.number}"} if back else None
    return Outcome(line, change.rows(kept, task), taken_back, plan=kept.number)


def postpone(change: Change, told: Told) -> Outcome:
    """Puts a task off by `days`, to a day on which the learner can study, or back to the `day` where it was."""
    name = _task(change, told)
    kept, task = change.plans.task(name)
    if back := _text(told, "day"):
        day, words, undone = _date(back), s.PLAN_TOLD_BACK, None
    else:
        days = told.get("days")
        if days not in (1, 7):
            raise BadInput(s.PLAN_TASK_GONE)
        day, words = max(change.today, task.day) + timedelta(days=days), s.PLAN_TOLD_MOVED
        while kept.plan.request.free and day.weekday() not in kept.plan.request.free:
            day += timedelta(days=1)
        undone = {"act": "postpone", "task": name, "day": task.day.isoformat()}
    kept, task = change.plans.postpone(name, day)
    line = words.format(day=view.spelled(day, change.today), title=task.title.rstrip("."))
    return Outcome(line, change.whole(kept), undone, plan=kept.number)


def again(change: Change, told: Told) -> Outcome:
    """Lays out what is left anew from today."""
    number = _plan(change, told)
    kept = change.plans.again(number, change.today, hours=_hours(told), weeks=_weeks(told))
    words = s.PLAN_AGAIN_TOLD.format(weeks=s.number(s.WEEKS, kept.plan.request.weeks))
    return Outcome(words, change.whole(kept), plan=kept.number)


def remove(change: Change, told: Told) -> Outcome:
    gone = change.plans.remove(_plan(change, told))
    every = change.plans.all()
    left = every[-1] if every else None
    words = s.PLAN_REMOVED.format(goal=gone.plan.request.goal.rstrip("."))
    return Outcome(words, change.whole(left, form=True), plan=left.number if left else None)


CHANGES: dict[str, Callable[[Change, Told], Outcome]] = {
    "make": make,
    "done": done,
    "skip": skip,
    "undo": undo,
    "postpone": postpone,
    "again": again,
    "remove": remove,
}


# -- what was typed -------------------------------------------------------------------------------------------------


def _text(told: Told, name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else ""


def _several(told: Told, name: str) -> list[Any]:
    value = told.get(name)
    return value if isinstance(value, list) else []


def _hours(told: Told) -> float:
    """As people write it: 5, 2.5 or 2,5."""
    written = _text(told, "hours")
    try:
        hours = float(written[:LONGEST_NUMBER].replace(",", "."))
    except ValueError as error:
        raise Unfit("hours", s.PLAN_NO_NUMBER.format(what=_short(written))) from error
    return _fit("hours", replace(_SOME, hours=hours)).hours


def _weeks(told: Told) -> int:
    written = _text(told, "weeks")
    try:
        weeks = int(written[:LONGEST_NUMBER])
    except ValueError as error:
        raise Unfit("weeks", s.PLAN_NO_WHOLE_NUMBER.format(what=_short(written))) from error
    return _fit("weeks", replace(_SOME, weeks=weeks)).weeks


# A request that is fine, to see whether one value of another is.
_SOME = Wanted("a goal", 1, 1, date(2026, 1, 5))


def _fit(field: str, wanted: Wanted) -> Wanted:
    """The request; Unfit where its numbers are not, with the field that is to blame."""
    try:
        check(wanted)
    except BadInput as error:
        raise Unfit(field, str(error)) from error
    return wanted


def _start(told: Told) -> date:
    return _date(_text(told, "start"))


def _date(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise Unfit("start", s.PLAN_NO_DATE.format(what=_short(written))) from error
    if not 1900 < day.year < LATEST_YEAR:
        raise Unfit("start", s.PLAN_NO_DATE.format(what=_short(written)))
    return day


def _short(written: str) -> str:
    return f"“{written[:LONGEST_NUMBER]}”" if written else s.PLAN_NOTHING


def _plan(change: Change, told: Told) -> int:
    """The number of a plan of this learner's."""
    number = told.get("plan")
    if not isinstance(number, int) or all(kept.number != number for kept in change.plans.all()):
        raise BadInput(s.PLAN_GONE)
    return number


def _task(change: Change, told: Told) -> str:
    """The name of a task of this learner's, as "2.14"."""
    name = _text(told, "task")
    try:
        if "." not in name or len(name) > LONGEST_NUMBER:
            raise BadInput(name)
        change.plans.task(name)
    except BadInput as error:
        raise BadInput(s.PLAN_TASK_GONE) from error
    return name


# -- files ----------------------------------------------------------------------------------------------------------


def _file(desk: Desk, owner: str | None, number: int, kind: str, today: date, *, save: bool) -> "Response":
    """A plan as a file or a picture; 404 where this learner has none of this number, or there is no such kind."""
    from fastapi.responses import Response

    plans = desk.plans(owner) if owner else None
    found = next((kept for kept in plans.all() if kept.number == number), None) if plans else None
    if plans is None or found is None or kind not in _KINDS:
        return Response(f"{s.PLAN_GONE}\n", 404, media_type="text/plain")
    media, extension = _KINDS[kind]
    made = _written(plans, found, kind, today)
    if not save:
        return Response(made, media_type=media, headers={"cache-control": "no-store"})
    title = s.PLAN_FILE_NAME.format(goal=found.plan.request.goal)
    headers = attachment(title, extension, s.PLAN_FILE_NAME.format(goal=number))
    return Response(made, media_type=media, headers=headers)


_SVG = "image/svg+xml"
# What each file is: its media type, and the end of its name.
_KINDS: Mapping[str, tuple[str, str]] = {
    "ics": ("text/calendar", "ics"),
    "md": ("text/markdown", "md"),
    "csv": ("text/csv", "csv"),
    "timeline": (_SVG, "timeline.svg"),
    "map": (_SVG, "map.svg"),
}


def _written(plans: Plans, kept: Kept, kind: str, today: date) -> str | bytes:
    """One of _KINDS."""

    def done(task: Task) -> bool:
        return kept.state(task).state == DONE

    if kind == "ics":
        return plan_files.calendar(kept.plan)
    if kind == "md":
        return plan_files.markdown(kept.plan, done)
    if kind == "csv":
        return plan_files.table(kept.plan, done)
    if kind == "timeline":
        return plan_files.timeline(kept.plan, done)
    known = {chapter: mastery.share for chapter, mastery in plans.mastery(today).items()}
    return plan_files.prerequisites(kept.plan, done, known=known)
