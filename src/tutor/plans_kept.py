"""
Plans kept in library.db: made, ticked off, put off, and made again from where the learner is.

Between `plan` (arithmetic, no memory) and the library (memory, no idea of plans). Several plans live side by side; a
task is named by plan and number, "2.14". Knows no clock: what depends on the day is told the day.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from sqlite3 import Row

from tutor import focus
from tutor import handbook as handbooks
from tutor import plan as planning
from tutor.errors import BadInput
from tutor.handbook import Handbook, Resource, same_page
from tutor.library import Library, now
from tutor.plan import Behind, LeftOut, Minutes, Plan, Practised, Request, Task, Week
from tutor.practice import Mastery, Practice

WORDS_A_MINUTE = 150  # as handbook.toml counts
OPEN, DONE, SKIPPED = "open", "done", "skipped"
_OF_SECTIONS = ("check", "project")


@dataclass(frozen=True, slots=True)
class State:
    """What became of a task: open, done or skipped; `spent`: the minutes it really took, where told."""

    state: str = OPEN
    spent: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan with its number and the state of each of its tasks."""

    number: int
    plan: Plan
    states: dict[int, State]

    def state(self, task: Task) -> State:
        return self.states.get(task.number, State())

    @property
    def open(self) -> list[Task]:
        return [task for task in self.plan.tasks if self.state(task).state == OPEN]

    @property
    def done_minutes(self) -> int:
        """Planned minutes of what is done."""
        return sum(task.minutes for task in self.plan.tasks if self.state(task).state == DONE)

    @property
    def minutes(self) -> int:
        """Planned minutes of all that is not skipped."""
        return sum(task.minutes for task in self.plan.tasks if self.state(task).state != SKIPPED)

    def weeks_left(self, today: date) -> int:
        """How many weeks there are from `today` to the plan's end: one at least."""
        request = self.plan.request
        return max(1, -(-(request.start + timedelta(weeks=request.weeks) - today).days // 7))

    @property
    def pace(self) -> float | None:
        """Minutes spent for each planned one, over the tasks that were timed; None where none was."""
        timed = [(task.minutes, spent) for task in self.plan.tasks if (spent := self.state(task).spent)]
        return sum(spent for _, spent in timed) / sum(minutes for minutes, _ in timed) if timed else None


def reading_minutes(library: Library) -> Minutes:
    """
    How long a resource takes by what the library has read of it: its words, or the length of its transcript.

    Where only a part of a work is meant, and where nothing was read, the handbook's figure stands.
    """
    known = {same_page(url): length for url, length in library.lengths().items()}

    def minutes(resource: Resource) -> int | None:
        words, seconds = known.get(same_page(resource.url), (0, 0.0))
        if resource.part or not (words or seconds):
            return resource.minutes
        if seconds or resource.kind == "video":
            return round(seconds / 60) or resource.minutes
        # A page that gave only its abstract, or a teaser, must not make the work short.
        return max(5, 5 * round(words / WORDS_A_MINUTE / 5)) if words > 400 else resource.minutes

    return minutes


class Plans:
    """One learner's plans in a library. Nobody else's can be reached through it."""

    def __init__(self, library: Library, owner: str, handbook: Handbook | None = None) -> None:
        self._library = library
        self._owner = owner
        self._book = handbook or handbooks.load()

    def make(self, request: Request) -> Kept:
        """
        A plan for the request, kept. One for the same request of which nothing is done yet takes its place.

        Raises BadInput as `plan.build` does.
        """
        made = planning.build(
            request, reading_minutes(self._library), self._book, practised=self._practised(request.start)
        )
        asked = _request_text(request)
        with self._library.change() as change:
            rows = change.execute(
                "SELECT id FROM plans WHERE owner = ? AND request = ? AND NOT EXISTS "
                "(SELECT 1 FROM tasks WHERE plan = plans.id AND state != 'open') ORDER BY id LIMIT 1",
                (self._owner, asked),
            ).fetchall()
            number = rows[0]["id"] if rows else None
            if number is None:
                number = change.execute(
                    "INSERT INTO plans (owner, goal, request, content, created, changed) VALUES (?, ?, ?, ?, ?, ?)",
                    (self._owner, request.goal, asked, _content(made), now(), now()),
                ).lastrowid
            else:
                change.execute("DELETE FROM tasks WHERE plan = ?", (number,))
                change.execute(
                    "UPDATE plans SET content = ?, changed = ? WHERE id = ?", (_content(made), now(), number)
                )
            change.executemany(_INSERT, [_row(number, week, task) for week in made.weeks for task in week.tasks])
        assert number is not None
        return self.get(number)

    def all(self) -> list[Kept]:
        """Every plan, the oldest first."""
        rows = self._library.rows("SELECT id FROM plans WHERE owner = ? ORDER BY id", (self._owner,))
        return [self.get(row["id"]) for row in rows]

    def get(self, number: int | None = None) -> Kept:
        """The plan with this number, or the one made last. Raises BadInput where there is none."""
        where, values = ("AND id = ?", (number,)) if number else ("ORDER BY id DESC LIMIT 1", ())
        rows = self._library.rows(f"SELECT * FROM plans WHERE owner = ? {where}", (self._owner, *values))
        if not rows:
            what = f"There is no plan {number}; `tutor plan list` names those there are." if number else _NO_PLAN
            raise BadInput(what)
        tasks = self._library.rows("SELECT * FROM tasks WHERE plan = ? ORDER BY week, number", (rows[0]["id"],))
        return _kept(rows[0], tasks)

    def task(self, name: str) -> tuple[Kept, Task]:
        """The task called "14" (of the plan made last) or "2.14". Raises BadInput where there is none."""
        plan, _, number = name.strip().rpartition(".")
        if not number.isdecimal() or (plan and not plan.isdecimal()):
            raise BadInput(f"A task is named by its number, as in 14, or 2.14 for that of plan 2; not {name!r}.")
        kept = self.get(int(plan) if plan else None)
        found = next((task for task in kept.plan.tasks if task.number == int(number)), None)
        if found is None:
            raise BadInput(f"Plan {kept.number} has no task {number}. `tutor plan today` shows what is next.")
        return kept, found

    def done(self, name: str, minutes: int | None = None) -> tuple[Kept, Task]:
        """Ticks a task off; `minutes`: how long it really took."""
        if minutes is not None and not 0 < minutes <= 24 * 60:
            raise BadInput(f"{minutes} minutes cannot be. Name the minutes the task took, from 1 to 1440.")
        return self._mark(name, DONE, minutes)

    def skip(self, name: str) -> tuple[Kept, Task]:
        """Leaves a task out: it does not come again, nor when the plan is made again."""
        return self._mark(name, SKIPPED, None)

    def reopen(self, name: str) -> tuple[Kept, Task]:
        """Takes back that a task is done or skipped."""
        return self._mark(name, OPEN, None)

    def postpone(self, name: str, day: date) -> tuple[Kept, Task]:
        """Moves an open task to another day."""
        kept, task = self.task(name)
        if kept.state(task).state != OPEN:
            raise BadInput(
                f"Task {kept.number}.{task.number} is {kept.state(task).state}: there is nothing to put off."
            )
        with self._library.change() as change:
            change.execute(
                "UPDATE tasks SET day = ?, changed = ? WHERE plan = ? AND number = ?",
                (day.isoformat(), now(), kept.number, task.number),
            )
        return self.task(f"{kept.number}.{task.number}")

    def remove(self, number: int) -> Kept:
        """Forgets a plan and what was done in it."""
        kept = self.get(number)
        with self._library.change() as change:
            change.execute("DELETE FROM plans WHERE id = ?", (number,))
        return kept

    def due(self, today: date) -> list[tuple[Kept, list[Task]]]:
        """For each plan with something left: what is due by `today`, else the day that comes next."""
        found = []
        for kept in self.all():
            left = sorted(kept.open, key=lambda task: (task.day, task.number))
            due = [task for task in left if task.day <= today] or [t for t in left if t.day == left[0].day]
            if due:
                found.append((kept, due))
        return found

    def again(self, number: int | None, today: date, *, hours: float | None = None, weeks: int | None = None) -> Kept:
        """
        The plan made again from `today`: what is done or skipped stays so, the rest is laid out over what is left.

        Without `weeks` it ends when it was to end, one week from now at least.
        """
        kept = self.get(number)
        request = kept.plan.request
        left = weeks if weeks is not None else kept.weeks_left(today)
        renewed = replace(request, start=today, weeks=left, hours=request.hours if hours is None else hours)
        lengths, practised = reading_minutes(self._library), self._practised(today)
        made = planning.build(renewed, lengths, self._book, _behind(kept), practised)
        past = [(w, t) for w in kept.plan.weeks for t in w.tasks if kept.state(t).state != OPEN]
        first = max((task.number for task in kept.plan.tasks), default=0)
        before = max((week.number for week, _ in past), default=0)
        weeks_now = tuple(
            Week(before + week.number, week.starts, tuple(replace(t, number=first + t.number) for t in week.tasks))
            for week in made.weeks
        )
        kept_weeks = tuple(dict.fromkeys(week for week, _ in past))
        worked_on = {task.chapter for _, task in past} | set(made.chapters)
        chapters = tuple(chapter.id for chapter in self._book.chapters if chapter.id in worked_on)
        left_out = tuple(one for one in made.left_out if one.chapter not in worked_on)
        whole = replace(made, weeks=kept_weeks + weeks_now, chapters=chapters, left_out=left_out)
        with self._library.change() as change:
            change.execute("DELETE FROM tasks WHERE plan = ? AND state = 'open'", (kept.number,))
            change.execute(
                "UPDATE plans SET request = ?, content = ?, changed = ? WHERE id = ?",
                (_request_text(renewed), _content(whole), now(), kept.number),
            )
            change.executemany(_INSERT, [_row(kept.number, week, task) for week in weeks_now for task in week.tasks])
        return self.get(kept.number)

    def mastery(self, day: date) -> dict[str, Mastery]:
        """How well the learner knows each chapter on this day."""
        return Practice(self._library, self._owner, self._book).mastery(_noon(day))

    def _practised(self, day: date) -> Practised:
        """What the learner's practice and questions say on this day."""
        mastered = {
            chapter: f"practice says that you know it ({found.share:.0%} of its cards)"
            for chapter, found in self.mastery(day).items()
            if found.mastered
        }
        return Practised(mastered, focus.reasons(self._library, self._owner, _noon(day)))

    def _mark(self, name: str, state: str, spent: int | None) -> tuple[Kept, Task]:
        kept, task = self.task(name)
        with self._library.change() as change:
            change.execute(
                "UPDATE tasks SET state = ?, spent = ?, changed = ? WHERE plan = ? AND number = ?",
                (state, spent, now(), kept.number, task.number),
            )
        return self.task(f"{kept.number}.{task.number}")


_NO_PLAN = 'There is no plan yet. Make one: tutor plan "what you want to be able to do" --hours 5 --weeks 6.'
_INSERT = (
    "INSERT INTO tasks (plan, number, week, day, key, chapter, title, url, kind, minutes, why) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _row(plan: int | None, week: Week, task: Task) -> tuple[object, ...]:
    return (
        plan, task.number, week.number, task.day.isoformat(), task.key, task.chapter, task.title, task.url, task.kind,
        task.minutes, task.why,
    )  # fmt: skip


def _behind(kept: Kept) -> Behind:
    """What of a plan is done or skipped, as the making of the next one needs it."""
    minutes: dict[str, int] = defaultdict(int)
    chapters: dict[str, list[bool]] = defaultdict(list)
    reviews: dict[str, int] = defaultdict(int)
    for task in kept.plan.tasks:
        over = kept.state(task).state != OPEN
        if over:
            minutes[task.key] += task.minutes
        if task.kind == "review":
            reviews[task.chapter] += over
        elif task.kind not in _OF_SECTIONS:
            chapters[task.chapter].append(over)
    finished = {chapter: reviews[chapter] for chapter, over in chapters.items() if all(over)}
    open_ones = tuple(t for t in kept.open if t.kind in _OF_SECTIONS and not t.key.startswith("end|"))
    return Behind(dict(minutes), finished, open_ones)


def _request_text(request: Request) -> str:
    return json.dumps(asdict(request) | {"start": request.start.isoformat()}, ensure_ascii=False, sort_keys=True)


def _request(text: str) -> Request:
    values = json.loads(text)
    values |= {
        "start": date.fromisoformat(values["start"]),
        "known": tuple(values["known"]),
        "free": tuple(values["free"]),
    }
    return Request(**values)


def _content(plan: Plan) -> str:
    """What of a plan is in no task."""
    whole = {
        "weeks": [[week.number, week.starts.isoformat()] for week in plan.weeks],
        "chapters": plan.chapters,
        "skimmed": plan.skimmed,
        "left_out": [[one.chapter, one.why] for one in plan.left_out],
        "remarks": plan.remarks,
    }
    return json.dumps(whole, ensure_ascii=False)


def _kept(row: Row, rows: Sequence[Row]) -> Kept:
    content = json.loads(row["content"])
    by_week: dict[int, list[Task]] = defaultdict(list)
    for task in rows:
        values = {name: task[name] for name in Task.__dataclass_fields__}
        by_week[task["week"]].append(Task(**{**values, "day": date.fromisoformat(task["day"])}))
    plan = Plan(
        request=_request(row["request"]),
        weeks=tuple(Week(n, date.fromisoformat(starts), tuple(by_week[n])) for n, starts in content["weeks"]),
        chapters=tuple(content["chapters"]),
        skimmed=content["skimmed"],
        left_out=tuple(LeftOut(chapter, why) for chapter, why in content["left_out"]),
        remarks=tuple(content["remarks"]),
    )
    return Kept(row["id"], plan, {task["number"]: State(task["state"], task["spent"]) for task in rows})
