"""
A study plan: from what a goal needs and the hours a learner has to weeks of tasks.

Plain code over the syllabus: the same request gives the same plan. No clock, no library, no model: what day it begins,
and how long a resource takes, are told by the caller. `goals` reads the goal, this module does the arithmetic:

    what is needed -> which resources, best first -> laid out over the weeks -> reviews behind, reasons beside

Not covered: days of different length within a week.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final

from tutor import goals
from tutor import handbook as handbooks
from tutor.errors import BadInput
from tutor.goals import Understood
from tutor.handbook import Chapter, Handbook, Resource, same_page
from tutor.links import NOTES

PREFERENCES: Final = ("video", "article", "paper")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_HOURS: Final = 100.0  # a week
LEAST_HOURS: Final = 0.25
MOST_WEEKS: Final = 260

# Minutes of what has no length of its own, and of a resource whose length nobody knows. By judgement.
NOTE_MINUTES: Final = 5
REVIEW_MINUTES: Final = 10
EXERCISE_MINUTES: Final = 40
CHECK_MINUTES: Final = 20
PROJECT_MINUTES: Final = 120
USUAL_MINUTES: Final = {
    "article": 20, "video": 30, "paper": 75, "book": 90, "course": 120, "repo": 45, "documentation": 30,
    "site": 20, "social": 10,
}  # fmt: skip
REVIEW_WEEKS: Final = (1, 3)  # after the week in which a chapter was finished
REVIEW_SHARE: Final = 0.2  # of a week at most, unless a single review is more
SESSION_MINUTES: Final = 60  # a week is spread over so many days that each has about this much

Minutes = Callable[[Resource], int | None]


# --- what is asked, what comes of it ---


@dataclass(frozen=True, slots=True)
class Request:
    """What a learner asks for. `free`: the weekdays (0 is Monday) to study on; empty means any."""

    goal: str
    hours: float  # a week
    weeks: int
    start: date
    background: str = ""
    known: tuple[str, ...] = ()  # ids or titles of chapters
    prefer: str | None = None  # one of PREFERENCES
    free: tuple[int, ...] = ()

    @property
    def week_minutes(self) -> int:
        return round(self.hours * 60)


@dataclass(frozen=True, slots=True)
class Task:
    """
    One thing to do. `kind` is the resource's, or note, exercise, review, check, project.

    `number` counts from 1 through the plan. `key` says what it is a piece of, whatever plan it stands in.
    """

    number: int
    day: date
    chapter: str  # id
    title: str
    url: str
    kind: str
    minutes: int
    why: str
    key: str


@dataclass(frozen=True, slots=True)
class Week:
    number: int
    starts: date
    tasks: tuple[Task, ...]

    @property
    def minutes(self) -> int:
        return sum(task.minutes for task in self.tasks)


@dataclass(frozen=True, slots=True)
class LeftOut:
    chapter: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. `chapters` in order; `skimmed` those with the shortest way through, each with the reason."""

    request: Request
    weeks: tuple[Week, ...]
    chapters: tuple[str, ...]
    skimmed: Mapping[str, str]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]

    @property
    def tasks(self) -> Iterator[Task]:
        return (task for week in self.weeks for task in week.tasks)

    @property
    def minutes(self) -> int:
        return sum(week.minutes for week in self.weeks)


@dataclass(frozen=True, slots=True)
class Behind:
    """
    What is done already when a plan is made again.

    `minutes`: planned minutes done (or skipped) of each task key. `finished`: chapters of which nothing is left, with
    how many of their reviews are done. `open`: self-checks and projects that are still to be done, of all sections.
    """

    minutes: Mapping[str, int] = field(default_factory=dict)
    finished: Mapping[str, int] = field(default_factory=dict)
    open: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Practised:
    """
    What practice says of a learner: chapter ids, each with the reason, one clause. `mastered`: only a look is needed.
    `shaky`: asked about or answered wrong, so worth a review.
    """

    mastered: Mapping[str, str] = field(default_factory=dict)
    shaky: Mapping[str, str] = field(default_factory=dict)


def usual_minutes(resource: Resource) -> int | None:
    """The length the handbook's data states; a caller who has read the page knows better."""
    return resource.minutes


def build(
    request: Request,
    minutes: Minutes = usual_minutes,
    handbook: Handbook | None = None,
    behind: Behind | None = None,
    practised: Practised | None = None,
) -> Plan:
    """
    The plan for a request.

    `minutes` tells how long a resource takes, None where it cannot. Raises BadInput where the request cannot be met
    as it is; a request that is only too large gets what fits, and remarks that say what would need more time.
    """
    check(request)
    book = handbook or handbooks.load()
    behind = behind or Behind()
    understood = goals.understand(request.goal, request.background, request.known, book)
    known = {**understood.known, **dict.fromkeys(behind.finished, "done")}
    maker = _Maker(request, minutes, book, behind, understood, known, practised or Practised())
    return maker.plan()


def check(request: Request) -> None:
    """Raises BadInput where no plan could follow from the numbers."""
    hours, weeks = request.hours, request.weeks
    if not math.isfinite(hours) or hours <= 0:
        raise BadInput(f"With {_number(hours)} hours a week nothing can be learned. Name a number above 0.")
    if hours < LEAST_HOURS:
        raise BadInput("Less than a quarter of an hour a week is too little for a plan. Name 0.25 or more.")
    if hours > MOST_HOURS:
        raise BadInput(f"{_number(hours)} hours a week are more than anyone can study. Name 100 or less.")
    if weeks < 1:
        raise BadInput(f"A plan of {weeks} weeks has no room for anything. Name 1 or more.")
    if weeks > MOST_WEEKS:
        raise BadInput(f"{weeks} weeks are more than five years. Name {MOST_WEEKS} or less.")
    if request.prefer not in (None, *PREFERENCES):
        raise BadInput(f"--prefer takes {', '.join(PREFERENCES)}, not {request.prefer!r}.")
    if any(day not in range(7) for day in request.free):
        raise BadInput(f"--free takes days of the week: {', '.join(DAYS)}.")
    days = len(set(request.free)) or 7
    if hours / days > 16:
        raise BadInput(f"{_number(hours)} hours do not fit into {days} day(s) a week. Name more days, or fewer hours.")
    if request.start.year > 9000:
        raise BadInput(f"A plan cannot begin on {request.start}. Name a day nearer to today.")


# --- what there is to do ---

# How much a piece counts when there is not time for all; the order matters, the sizes hardly. By judgement.
_ROLE_WORTH: Final = {"core": 3.0, "also": 2.0, "before": 1.6, "helpful": 1.0, "skim": 0.3}
_EMPHASIS_WORTH: Final = {"main": 1.0, "further": 0.45, "mention": 0.15}
_EXERCISE_WORTH: Final = 0.9
_PROJECT_WORTH: Final = 0.8
_STEP_WORTH: Final = 0.8  # for each chapter between what is asked for and what it builds on
_PREFERRED_WORTH: Final = 1.3
_OVER_FRAME_WORTH: Final = 0.4  # beyond the hours that the handbook's data gives the chapter
_LONG_WORTH: Final = 0.6  # what is long, of a chapter that only leads to the goal
_LONG: Final = 75  # minutes: what is longer is no first thing to read where there is a choice
_SHORT: Final = 35  # minutes: a first resource where only a look is meant
_ALSO_BRINGS: Final = 1  # what only serves the goal may bring so many chapters with it that nothing else needs
_BEGUN_WORTH: Final = 5.0  # an open self-check or project of a section that is read: before all that is not needed
_LEAST_PART: Final = {"project": 60, "exercise": 30}  # minutes of what only its beginning is worth doing
_ALSO_SHARE: Final = 0.7  # what only serves the goal comes in while the shortest ways through fill no more than this


@dataclass(frozen=True, slots=True)
class _Item:
    """Something that may become tasks. `last` of its chapter: reviews follow it."""

    key: str
    chapter: str
    title: str
    url: str
    kind: str
    minutes: int
    why: str
    rank: tuple[int, int]  # where it stands: chapter, then place within it
    worth: float = math.inf  # infinite: the plan does not do without


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some minutes of an item in a week. `first` and `last`: whether it begins and ends there."""

    item: _Item
    minutes: int
    first: bool = True
    last: bool = True


_Laid = list[list[_Piece]]
_PART_OF_TITLE: Final = re.compile(r", minutes \d+ to \d+$")  # as `_Maker._plan` writes it


@dataclass(slots=True)
class _Maker:
    """One plan in the making."""

    request: Request
    minutes: Minutes
    book: Handbook
    behind: Behind
    understood: Understood
    known: Mapping[str, str]
    practised: Practised
    tight: bool = False  # the shortest way through all that the goal only builds on, and no self-checks
    after: tuple[int, ...] = REVIEW_WEEKS
    remarks: list[str] = field(default_factory=list)

    # -- the way ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        core = [c for c in self.understood.core if c not in self.known]
        also = [c for c in self.understood.also if c not in self.known]
        if not core:
            core, also = also, []
        for self.tight, self.after in ((False, REVIEW_WEEKS), (False, REVIEW_WEEKS[:1]), (True, REVIEW_WEEKS[:1])):
            if self._fits(core):
                break
        kept = self._kept(core)
        wanted = kept + self._also(kept, also)
        roles = self._roles(wanted, core)
        laid, roles = self._widened(wanted, also, roles, core)
        laid = self._rounded_off(laid, roles)
        self._tell(core, also, roles, laid)
        return self._plan(laid, roles, core + also)

    def _widened(
        self, wanted: list[str], also: list[str], roles: dict[str, str], core: list[str]
    ) -> tuple[_Laid, dict[str, str]]:
        """The weeks filled; where time is left over, with more chapters: what serves the goal, then what helps."""
        laid, more_to_do = self._filled(roles)
        for chapter in [*(c for c in also if c not in wanted), *self._helpful(core, roles)]:
            if more_to_do or self._slack(laid) < max(SESSION_MINUTES, self.request.week_minutes // 10):
                break
            wider = self._all_roles([*wanted, chapter], core)
            if chapter not in also:
                wider[chapter] = "helpful"
            wider = {**wider, **{c: role for c, role in roles.items() if role == "helpful"}}
            wider = {c.id: wider[c.id] for c in self.book.chapters if c.id in wider}
            if chapter not in roles and self._laid(self._needed_items(wider)) is not None:
                wanted, roles = [*wanted, chapter], wider
                laid, more_to_do = self._filled(roles)
        return laid, roles

    def _kept(self, core: list[str]) -> list[str]:
        """Of the chapters the goal asks for those that fit at the shortest; the handbook's last go first."""
        kept = list(core)
        while len(kept) > 1 and not self._fits(kept):
            kept.pop()
        return kept

    def _also(self, kept: list[str], also: list[str]) -> list[str]:
        """What serves the goal besides, as far as it leaves room for the rest."""
        room = _ALSO_SHARE * self.request.week_minutes * self.request.weeks
        taken: list[str] = []
        for chapter in also:
            if len(self._brings([*kept, *taken], chapter)) > _ALSO_BRINGS:
                continue
            if self._shortest([*kept, *taken, chapter]) <= room and self._fits([*kept, *taken, chapter]):
                taken.append(chapter)
        return taken

    def _brings(self, wanted: list[str], chapter: str) -> list[Chapter]:
        """What `chapter` builds on and nothing of `wanted` does."""
        there = {c.id for c in goals.needed(wanted, self.known, self.book)}
        return [c for c in goals.needed([chapter], self.known, self.book) if c.id not in there and c.id != chapter]

    def _fits(self, wanted: list[str]) -> bool:
        return self._laid(self._needed_items(self._all_roles(wanted, wanted))) is not None

    def _shortest(self, wanted: list[str]) -> int:
        return sum(item.minutes for item in self._needed_items(self._all_roles(wanted, wanted)))

    def _all_roles(self, wanted: Iterable[str], core: Iterable[str]) -> dict[str, str]:
        """Each chapter of the plan, in order, and what it is there for: core, also, before, skim."""
        core, wanted, skims = set(core), list(wanted), self._skims()
        return {
            chapter.id: "skim" if chapter.id in skims and chapter.id not in wanted
            else "skim" if chapter.id in self.practised.mastered
            else "core" if chapter.id in core else "also" if chapter.id in wanted else "before"
            for chapter in goals.needed(wanted, self.known, self.book)
        }  # fmt: skip

    def _skims(self) -> set[str]:
        """Chapters of which a look is enough, unless the goal asks for them."""
        found = self.understood
        return {*found.skimmed, *found.avoided, *goals.implied(found.known, self.book)}

    def _roles(self, wanted: list[str], core: list[str]) -> dict[str, str]:
        """As `_all_roles`; where even one chapter with what it builds on does not fit, its beginning."""
        roles = self._all_roles(wanted, core)
        while len(roles) > 1 and self._laid(self._needed_items(roles)) is None:
            roles.popitem()
        return roles

    def _helpful(self, wanted: list[str], roles: Mapping[str, str]) -> list[str]:
        """Chapters that make one of those wanted easier, and need nothing that is not in the plan."""
        out = {*roles, *self.known, *self.understood.avoided, *self.understood.skimmed}
        helpful = {before.chapter for id in wanted for before in self.book.chapter(id).helpful}
        there = {*roles, *self.known}
        return [
            chapter.id
            for chapter in self.book.chapters
            if chapter.id in helpful
            and chapter.id not in out
            and all(before.chapter in there for before in chapter.prerequisites)
        ]

    # -- items ------------------------------------------------------------------------------------------------------

    def _needed_items(self, roles: Mapping[str, str]) -> list[_Item]:
        return [item for item in self._items(roles) if item.worth == math.inf]

    def _items(self, roles: Mapping[str, str]) -> list[_Item]:
        """All that could be done for these chapters, in the order it would be done, less what is done."""
        items: list[_Item] = []
        seen: set[tuple[str, str | None]] = set()
        by_section: dict[str, list[str]] = defaultdict(list)
        for id in roles:
            by_section[self.book.chapter(id).section].append(id)
        for id, role in roles.items():
            chapter = self.book.chapter(id)
            items += self._of_chapter(chapter, role, roles, seen)
            if by_section[chapter.section][-1] == id:
                items += self._of_section(chapter, [roles[c] for c in by_section[chapter.section]])
        items += self._open_of_sections(set(by_section))
        return [left for item in sorted(items, key=lambda item: item.rank) if (left := self._left_of(item))]

    def _open_of_sections(self, going_on: set[str]) -> list[_Item]:
        """Self-checks and projects that were planned and are open, of sections of which no chapter is left to read."""
        items: dict[str, _Item] = {}
        for task in self.behind.open:
            chapter = self.book.chapter(task.chapter)
            if chapter.section in going_on or chapter.id not in self.behind.finished:
                continue
            before = items[task.key].minutes if task.key in items else self.behind.minutes.get(task.key, 0)
            check = task.kind == "check"
            items[task.key] = _Item(
                task.key, task.chapter, _PART_OF_TITLE.sub("", task.title), task.url, task.kind, before + task.minutes,
                task.why, (chapter.position, 99 if check else 100),
                math.inf if check and not self.tight else _BEGUN_WORTH,
            )  # fmt: skip
        return list(items.values())

    def _left_of(self, item: _Item) -> _Item | None:
        left = item.minutes - self.behind.minutes.get(item.key, 0)
        return None if left < min(10, item.minutes) else replace(item, minutes=left)

    def _of_chapter(
        self, chapter: Chapter, role: str, roles: Mapping[str, str], seen: set[tuple[str, str | None]]
    ) -> list[_Item]:
        why = self._why(chapter, role, roles)
        place = chapter.position
        note = f"{NOTES}{chapter.id}"
        items = [
            _Item(f"{chapter.id}|note|{note}", chapter.id, f"The tutor's note: {chapter.title}", note, "note",
                  NOTE_MINUTES, chapter.advice or "What to look for in this chapter.", (place, 0))
        ]  # fmt: skip
        spent, worth = NOTE_MINUTES, _ROLE_WORTH[role] * _STEP_WORTH ** self._steps(chapter.id, roles)
        for number, resource in enumerate(_ranked(chapter, self.request.prefer, self.minutes, self._short_way(role))):
            page = (same_page(resource.url), resource.part)
            if page in seen and number:
                continue
            seen.add(page)
            takes = _minutes(resource, self.minutes)
            value = worth * _EMPHASIS_WORTH[resource.emphasis] * 0.85**number
            value *= _PREFERRED_WORTH if resource.kind == self.request.prefer else 1
            value *= _LONG_WORTH if takes > _LONG and role != "core" else 1
            value *= _OVER_FRAME_WORTH if spent + takes > 60 * chapter.hours else 1
            said = not resource.part or resource.part in resource.title
            title = resource.title if said else f"{resource.title} ({resource.part})"
            key = f"{chapter.id}|{resource.kind}|{resource.url}|{resource.part or ''}"
            reason = why if not number else _second_reason(resource, self.request.prefer)
            items.append(
                _Item(key, chapter.id, title, resource.url, resource.kind, takes, reason, (place, 1 + number),
                      value if number else math.inf)
            )  # fmt: skip
            spent += takes
        if role != "skim" and (text := exercises()[0].get(chapter.id)):
            items.append(
                _Item(f"{chapter.id}|exercise|", chapter.id, f"Exercise: {text}", note, "exercise", EXERCISE_MINUTES,
                      "What you have done yourself stays longest.", (place, 98), worth * _EXERCISE_WORTH)
            )  # fmt: skip
        return items

    def _steps(self, chapter: str, roles: Mapping[str, str]) -> int:
        """How many chapters lie between this one and the nearest that is there for itself."""
        steps = {id: 0 for id, role in roles.items() if role in ("core", "also")}
        for later in reversed(list(roles)):  # prerequisites only point backwards
            for before in self.book.chapter(later).prerequisites:
                steps[before.chapter] = min(steps.get(before.chapter, 99), steps.get(later, 99) + 1)
        return max(0, steps.get(chapter, 1) - 1)

    def _short_way(self, role: str) -> bool:
        return role == "skim" or (self.tight and role != "core")

    def _of_section(self, last: Chapter, roles: list[str]) -> list[_Item]:
        """
        A self-check behind a section's last chapter, and a project where the goal asks for a chapter of it.

        None where all of it is only skimmed.
        """
        section = self.book.section_of(last)
        texts = exercises()[1].get(section.id)
        read = sum(role != "skim" for role in roles)
        if not texts or not read:
            return []
        worth = max(_ROLE_WORTH[role] for role in roles) * _PROJECT_WORTH
        name = f"Section {section.number}"
        part = name if read == len(section.chapters) else f"{name}, as far as you have read it"
        items = [
            _Item(f"{section.id}|check|", last.id, f"Self-check, {part}: {texts['check']}", section.url, "check",
                  min(CHECK_MINUTES, 10 * read), f"Shows what of {name} has to be looked at again before you go on.",
                  (last.position, 99), worth if self.tight else math.inf)
        ]  # fmt: skip
        if "core" in roles or 2 * read > len(section.chapters):
            items.append(
                _Item(f"{section.id}|project|", last.id, f"Project, {name}: {texts['project']}", section.url,
                      "project", PROJECT_MINUTES, f"Puts the chapters of {name} to work together.",
                      (last.position, 100), worth)
            )  # fmt: skip
        return items

    def _why(self, chapter: Chapter, role: str, roles: Mapping[str, str]) -> str:
        found = self.understood
        if role in ("core", "also") and (said := found.core.get(chapter.id) or found.also.get(chapter.id)):
            return f"Your goal asks for it: {said}." if chapter.id in found.core else f"Serves your goal: {said}."
        needing = [self.book.chapter(id) for id in roles if id != chapter.id]
        because = next(
            (
                f"{later.title} builds on it: {before.because}"
                for later in sorted(needing, key=lambda c: roles[c.id] != "core")
                for before in (later.helpful if role == "helpful" else later.prerequisites)
                if before.chapter == chapter.id
            ),
            "It belongs to your goal.",
        )
        if role == "skim":
            return f"Only a short look: {self._skim_reason(chapter.id)}. {because}"
        return because.replace(" builds on it:", " is easier with it:") if role == "helpful" else because

    def _skim_reason(self, chapter: str) -> str:
        found = self.understood
        if chapter in self.practised.mastered:
            return self.practised.mastered[chapter]
        if chapter in found.avoided:
            return f"you would rather not ({found.avoided[chapter]}), but something you want needs it"
        return found.skimmed.get(chapter) or goals.implied(found.known, self.book).get(chapter, "you have met it")

    # -- laying out -------------------------------------------------------------------------------------------------

    def _laid(self, items: list[_Item]) -> _Laid | None:
        """The items spread over the weeks in order, with reviews behind them; None where they do not fit."""
        return lay_out(
            items, self.request.week_minutes, self.request.weeks, self._reviews(items), self._first_due(), self.after
        )

    def _reviews(self, items: list[_Item]) -> set[str]:
        """Chapters that are reviewed: those of which there is more than a look."""
        full: dict[str, int] = defaultdict(int)
        for item in items:
            full[item.chapter] += item.kind not in ("check", "project")
        if self.tight:
            return {c for c in full if c in self.understood.core}
        skims, core, shaky = self._skims(), self.understood.core, self.practised.shaky
        mastered = self.practised.mastered
        return {
            c
            for c, count in full.items()
            if count and (c in shaky or (c not in mastered and (c not in skims or c in core)))
        }

    def _first_due(self) -> dict[int, list[str]]:
        """
        Reviews of what was finished before this plan: one in the first week, the second in the third.

        Before them comes what of it, and of what is known, has become shaky.
        """
        shaky = [chapter for chapter in self.practised.shaky if chapter in self.known]
        due: dict[int, list[str]] = defaultdict(list)
        due[1] += shaky
        for chapter, done in self.behind.finished.items():
            for week in (1, 3)[done:]:
                if chapter not in due[week]:
                    due[week].append(chapter)
        return {week: chapters for week, chapters in due.items() if chapters}

    def _slack(self, laid: _Laid) -> int:
        asked = self.request.week_minutes * self.request.weeks
        return asked - sum(piece.minutes for week in laid for piece in week)

    def _filled(self, roles: Mapping[str, str]) -> tuple[_Laid, bool]:
        """What is needed and as much of the best of the rest as fits; whether anything was left over."""
        items = self._items(roles)
        optional = sorted((i for i in items if i.worth < math.inf), key=lambda i: (-i.worth, i.rank))
        needed = [item for item in items if item.worth == math.inf]

        def laid(chosen: Sequence[_Item]) -> _Laid | None:
            return self._laid(sorted([*needed, *chosen], key=lambda item: item.rank))

        low, high = 0, len(optional)
        while low < high:  # how many of the best fit
            middle = (low + high + 1) // 2
            low, high = (middle, high) if laid(optional[:middle]) is not None else (low, middle - 1)
        chosen = optional[:low]
        best = laid(chosen)
        if best is None:  # not even what is needed: what fits of it
            return _cut(needed, self.request, self._reviews(needed), self.after), True
        for item in optional[low : low + 12]:  # smaller ones, or the beginning of a longer one
            slack = self._slack(best)
            if slack < 15:
                break
            for takes in dict.fromkeys([item.minutes, slack, slack - 10, slack - 20]):
                if not _LEAST_PART.get(item.kind, 15) <= takes <= item.minutes and takes != item.minutes:
                    continue
                part = item if takes == item.minutes else replace(item, minutes=takes, why=_as_far(item, takes))
                if (tried := laid([*chosen, part])) is not None:
                    chosen, best = [*chosen, part], tried
                    break
        return best, len(chosen) < len(optional)

    def _rounded_off(self, laid: _Laid, roles: Mapping[str, str]) -> _Laid:
        """A last look back fills what is left of the last week, up to half an hour."""
        room = self.request.week_minutes - sum(piece.minutes for piece in laid[-1])
        if not 5 <= room <= 30 or not laid[-1]:
            return laid
        chapter = self.book.chapter(list(roles)[-1] if roles else next(iter(self.behind.finished)))
        item = _Item("end|check|", chapter.id, "Look back: say aloud what you can explain now, and what not yet.",
                     self.book.section_of(chapter).url, "check", room, "Closes the plan.", (10_000, 0))  # fmt: skip
        return [*laid[:-1], [*laid[-1], _Piece(item, room)]]

    # -- telling ----------------------------------------------------------------------------------------------------

    def _tell(self, core: list[str], also: list[str], roles: Mapping[str, str], laid: _Laid) -> None:
        missing = [chapter for chapter in core if chapter not in roles]
        if missing:
            self.remarks.append(self._short(core))
        dropped = [c for c in also if c not in roles and len(self._brings(list(roles), c)) <= _ALSO_BRINGS]
        if dropped and not missing:
            titles = ", ".join(self.book.chapter(chapter).title for chapter in dropped)
            self.remarks.append(f"With more time it would also hold: {titles}.")
        if self.tight and not missing:
            self.remarks.append(
                "It only fits by the shortest way through what your goal builds on, without self-checks."
            )
        slack = self._slack(laid)
        if slack > self.request.week_minutes // 10 and slack >= 30:
            self.remarks.append(
                f"{_hours(slack, up=False)} more than the handbook has material for this goal: use them for the "
                "projects, or name a further goal."
            )
        self.remarks.extend(self.understood.remarks)

    def _short(self, core: list[str]) -> str:
        """How much is missing for all that the goal asks for at the shortest, and what would help. True figures."""
        items = self._needed_items(self._all_roles(core, core))
        week, weeks = self.request.week_minutes, self.request.weeks

        def whole(week: int, weeks: int) -> _Laid | None:
            return lay_out(items, week, weeks, self._reviews(items), self._first_due(), self.after)

        enough = next((n for n in range(weeks + 1, MOST_WEEKS + 1) if whole(week, n)), None)
        hours = next((h for h in range(int(self.request.hours) + 1, 41) if whole(h * 60, weeks)), None)
        ways = [f"{enough} weeks"] if enough else []
        ways += [f"{hours} hours a week"] if hours else []
        if section := self._droppable(core):
            ways.append(f"drop {section}")
        fitting = (whole(week, enough) if enough else None) or []
        needs = sum(piece.minutes for laid in fitting for piece in laid) or sum(item.minutes for item in items)
        short = max(15, needs - week * weeks)
        help = f"either {', or '.join(ways)}" if len(ways) > 1 else "".join(ways) or "choose a smaller goal"
        return f"{_hours(short)} short of all that the goal asks for: {help}. What is left out is named below."

    def _droppable(self, core: list[str]) -> str | None:
        """The section (or the last sections) without whose chapters the rest fits."""
        numbers = [section.id for section in self.book.sections]
        having = [s for s in numbers if any(self.book.chapter(c).section == s for c in core)]
        choices = [[section] for section in reversed(having)]
        choices += [having[at:] for at in range(len(having) - 2, 0, -1)]
        for choice in choices:
            rest = [chapter for chapter in core if self.book.chapter(chapter).section not in choice]
            if rest and self._fits(rest):
                names = [section.number for section in self.book.sections if section.id in choice]
                return f"Section {names[0]}" if len(names) == 1 else f"Sections {', '.join(names)}"
        return None

    def _plan(self, laid: _Laid, roles: Mapping[str, str], wished: list[str]) -> Plan:
        weeks: list[Week] = []
        number = 0
        totals: dict[str, int] = defaultdict(int)
        for pieces in laid:
            for piece in pieces:
                totals[piece.item.key] += piece.minutes
        done: dict[str, int] = defaultdict(int)
        for at, pieces in enumerate(laid):
            starts = self.request.start + timedelta(weeks=at)
            days = _days(starts, self.request.free, [piece.minutes for piece in pieces])
            tasks = []
            for piece, day in zip(pieces, days, strict=True):
                number += 1
                item = piece.item
                title = item.title
                if not (piece.first and piece.last) or self.behind.minutes.get(item.key):
                    begin = done[item.key] + self.behind.minutes.get(item.key, 0)
                    title = f"{title}, minutes {begin} to {begin + piece.minutes}"
                    done[item.key] += piece.minutes
                tasks.append(
                    Task(
                        number,
                        day,
                        item.chapter,
                        title,
                        item.url,
                        item.kind,
                        piece.minutes,
                        self._reason(item),
                        item.key,
                    )
                )
            weeks.append(Week(at + 1, starts, tuple(tasks)))
        skimmed = {c: self._skim_reason(c) for c, role in roles.items() if role == "skim"}
        return Plan(
            self.request, tuple(weeks), tuple(roles), skimmed, tuple(self._left_out(roles, wished)),
            tuple(self.remarks),
        )  # fmt: skip

    def _reason(self, item: _Item) -> str:
        """Why an item is there; of a review, what makes it needed."""
        if item.kind != "review" or not (shaky := self.practised.shaky.get(item.chapter)):
            return item.why
        return f"{shaky[:1].upper()}{shaky[1:]}. Write down what you remember before you look."

    def _left_out(self, roles: Mapping[str, str], wished: list[str]) -> Iterator[LeftOut]:
        asked = {*wished, *(c.id for c in goals.needed(self.understood.core, self.known, self.book))}
        for chapter in self.book.chapters:
            if chapter.id in roles:
                continue
            if chapter.id in self.behind.finished:
                why = "You have done it."
            elif chapter.id in self.known:
                why = f"You know it: {self.known[chapter.id]}."
            elif chapter.id in self.understood.also and (brings := self._brings(list(roles), chapter.id)):
                why = f"It would serve the goal, but brings {len(brings)} more with it ({brings[0].title}, ...)."
            elif chapter.id in asked:
                why = "No time: it serves the goal, but the hours do not reach."
            elif chapter.id in self.understood.avoided:
                why = f"You do not want it: {self.understood.avoided[chapter.id]}."
            else:
                why = "Not needed for this goal."
            yield LeftOut(chapter.id, why)


# --- pieces over weeks ---


def lay_out(
    items: Sequence[_Item],
    week_minutes: int,
    weeks: int,
    reviewed: set[str],
    due: Mapping[int, list[str]],
    after: tuple[int, ...] = REVIEW_WEEKS,
) -> _Laid | None:
    """
    Items in order over weeks of so many minutes, split where a week ends; None where they do not fit.

    Behind the week in which a chapter of `reviewed` ends come its reviews, as far as there are weeks; `due` names those
    of chapters finished before, by week.
    """
    least = max(5, min(15, week_minutes // 20))  # no piece is smaller, no week is out by twice as much
    ends = {item.chapter: at for at, item in enumerate(items) if item.kind not in ("check", "project")}
    waiting: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for week, chapters in due.items():
        waiting[week] += [(chapter, week) for chapter in chapters]
    laid: _Laid = []
    at, left = 0, items[0].minutes if items else 0
    late: list[tuple[str, int]] = []
    over = 0
    for week in range(1, weeks + 1):
        pieces, late = _reviews_of(late + waiting[week], week_minutes)
        room = week_minutes - over - sum(piece.minutes for piece in pieces)
        while at < len(items):
            item = items[at]
            takes = left if left <= room or left < room + least else room
            if takes < left and left - takes < least:
                takes = left - least
            if takes < min(least, left):
                break
            pieces.append(_Piece(item, takes, left == item.minutes, takes == left))
            room -= takes
            left -= takes
            if left:
                break
            if ends.get(item.chapter) == at and item.chapter in reviewed:
                for later in after:
                    waiting[week + later].append((item.chapter, later))
            at += 1
            left = items[at].minutes if at < len(items) else 0
        laid.append(pieces)
        over = max(0, -room)  # the next week makes up for it
    return laid if at == len(items) else None


def _reviews_of(due: list[tuple[str, int]], week_minutes: int) -> tuple[list[_Piece], list[tuple[str, int]]]:
    """The reviews a week has room for, and those that wait for the next."""
    most = min(len(due), max(1, int(week_minutes * REVIEW_SHARE) // REVIEW_MINUTES)) if due else 0
    if week_minutes < 3 * REVIEW_MINUTES:
        most = 0  # in so short a week a review would be all
    return [_Piece(_review(chapter, after), REVIEW_MINUTES) for chapter, after in due[:most]], due[most:]


def _review(chapter: str, after: int) -> _Item:
    title = handbooks.load().chapter(chapter).title if _in_handbook(chapter) else chapter
    when = "A week" if after == 1 else "Three weeks"
    return _Item(f"{chapter}|review|{after}", chapter, f"Review: {title}", f"{NOTES}{chapter}", "review",
                 REVIEW_MINUTES, f"{when} later: write down what you remember before you look.", (-1, 0))  # fmt: skip


@lru_cache(maxsize=256)
def _in_handbook(chapter: str) -> bool:
    return any(one.id == chapter for one in handbooks.load().chapters)


def _cut(items: list[_Item], request: Request, reviewed: set[str], after: tuple[int, ...]) -> _Laid:
    """The longest beginning of `items` that fits, the last of them only as far as it does."""
    room, kept = request.week_minutes * request.weeks, list[_Item]()
    for item in items:
        kept.append(item if item.minutes <= room else replace(item, minutes=room, why=_as_far(item, room)))
        room -= kept[-1].minutes
        if room < 5:
            break
    while kept:
        laid = lay_out(kept, request.week_minutes, request.weeks, reviewed, {}, after)
        if laid is not None:
            return laid
        kept.pop()
    return [[] for _ in range(request.weeks)]


def _as_far(item: _Item, minutes: int) -> str:
    return f"{item.why} As far as {minutes} minutes take you."


# --- resources ---


def _ranked(chapter: Chapter, prefer: str | None, minutes: Minutes, short: bool) -> list[Resource]:
    """A chapter's resources, the first one the one to take if it is only one."""
    real = [
        r
        for r in chapter.resources
        if r.kind not in ("site", "social")
        and r.emphasis != "mention"
        and (r.part or r.minutes or r.kind not in ("book", "course"))  # a whole book is no task
    ]

    def rank(resource: Resource) -> tuple[bool, bool, bool, int]:
        takes = _minutes(resource, minutes)
        unliked = prefer is not None and resource.kind != prefer
        if short:
            return takes > _SHORT, unliked, resource.emphasis != "main", takes
        return unliked, resource.emphasis != "main", takes > _LONG, 0

    return sorted(real or chapter.resources, key=rank)


def _minutes(resource: Resource, minutes: Minutes) -> int:
    return max(5, minutes(resource) or resource.minutes or USUAL_MINUTES.get(resource.kind, 20))


def _second_reason(resource: Resource, prefer: str | None) -> str:
    if resource.kind == prefer:
        return f"A further {resource.kind}, as you prefer."
    if resource.emphasis == "main":
        return f"The same matter from a second side: another main {resource.kind} of this chapter."
    return "There is time to go deeper."


@lru_cache(maxsize=1)
def exercises() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The tutor's own exercise for each chapter, and check and project for each section."""
    import tomllib

    data = tomllib.loads(files("tutor").joinpath("data/exercises.toml").read_text(encoding="utf-8"))
    return data["chapters"], data["sections"]


# --- days and figures ---


def _days(starts: date, free: tuple[int, ...], minutes: Sequence[int]) -> list[date]:
    """The day of each task: about an hour a day, on free days spread evenly over the week, in order."""
    week = [starts + timedelta(days=n) for n in range(7)]
    open_days = [day for day in week if not free or day.weekday() in free]
    whole = sum(minutes)
    count = min(len(open_days), max(1, round(whole / SESSION_MINUTES)))
    chosen = [open_days[n * len(open_days) // count] for n in range(count)]
    days, before = [], 0
    for takes in minutes:
        days.append(chosen[min(count - 1, int((before + takes / 2) * count / whole))])
        before += takes
    return days


def _hours(minutes: int, *, up: bool = True) -> str:
    """Minutes in hours, to the half: "14 hours", "half an hour"."""
    halves = max(1, math.ceil(minutes / 30) if up else minutes // 30)
    if halves == 1:
        return "Half an hour"
    return "1 hour" if halves == 2 else f"{_number(halves / 2)} hours"


def _number(value: float) -> str:
    return f"{value:g}"
