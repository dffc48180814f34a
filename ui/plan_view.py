"""
The Plan tab as HTML: pure functions from a learner's plans, the handbook and the day to strings.

Every text is escaped here, and every tag is one of ours. What a click does is in `static/plan.js`, which finds what to
send in `data-` attributes. Knows nothing of the network or of where plans are kept.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from html import escape
from itertools import groupby

from tutor.handbook import Handbook
from tutor.links import NOTES
from tutor.plan import DAYS, Plan, Task, Week
from tutor.plans_kept import DONE, OPEN, SKIPPED, Kept
from ui import strings as s
from ui.render import outward

HOURS, WEEKS = 5, 6  # what the form suggests
LATE_SHOWN = 4  # tasks from before today that are open at once; the rest is one click away
BEHIND_SHARE = 1 / 3  # of a week's minutes: what is late is told as falling behind from here on, and no sooner
BEHIND_MINUTES = 45


# -- the whole tab --------------------------------------------------------------------------------------------------


def frame(opening: str = s.PLAN_OPENING) -> str:
    """The tab before anything is known: where its content goes, what is told, and what asks before a plan is lost."""
    return (
        f'<div id="plan-place"><p class="quiet">{escape(opening)}</p></div>'
        f'<div id="plan-told" data-failed="{escape(s.PLAN_FAILED)}"><p role="status" aria-live="polite"></p>'
        f'<button type="button" hidden>{escape(s.PLAN_UNDO)}</button></div>'
        f'<dialog id="remove-plan" aria-labelledby="remove-plan-head"><form method="dialog">'
        f'<h2 id="remove-plan-head">{escape(s.PLAN_REMOVE_HEAD)}</h2><p class="which"></p>'
        f'<p class="quiet">{escape(s.PLAN_REMOVE_MORE)}</p><div class="choices">'
        f'<button type="submit" class="does">{escape(s.PLAN_REMOVE_DOES)}</button>'
        f'<button type="button" class="leaves">{escape(s.CANCEL)}</button></div></form></dialog>'
    )


def waiting(words: str) -> str:
    """What stands in the tab while there is no library: the page asks again."""
    return f'<p class="quiet" data-waiting>{escape(words)}</p>'


def notice(words: str) -> str:
    return f'<p class="notice">{escape(words)}</p>'


def tab(plans: Sequence[Kept], shown: Kept | None, today: date, book: Handbook, held: Collection[str] = ()) -> str:
    """The learner's plans with `shown` open; the form for a new one alone where there is none."""
    view = "board" if shown else "new"
    return (
        f'<div class="plan-root" data-view="{view}">{switch(plans, shown)}'
        f"{board(shown, today, book, held)}{form(book, today, shown)}</div>"
    )


def switch(plans: Sequence[Kept], shown: Kept | None) -> str:
    """The plans side by side, each with how far it is, and the way to a new one."""
    chosen = shown.number if shown else None
    rows = "".join(f"<li>{_choice(kept, kept.number == chosen)}</li>" for kept in reversed(plans))
    listed = f"<ul>{rows}</ul>" if len(plans) > 1 else ""
    new = f'<button type="button" class="new" data-view="new"><span aria-hidden="true">+ </span>{escape(s.PLAN_NEW)}'
    return f'<nav id="plan-switch" aria-label="{escape(s.PLANS)}">{listed}{new}</button></nav>'


def _choice(kept: Kept, current: bool) -> str:
    here = ' aria-current="true"' if current else ""
    return (
        f'<button type="button" id="plan-choice-{kept.number}" data-plan="{kept.number}"{here}>'
        f'<span class="goal">{escape(kept.plan.request.goal)}</span>'
        f'<span class="about">{escape(progress(kept))}</span>{_bar(kept, hidden=True)}</button>'
    )


def progress(kept: Kept) -> str:
    """How far a plan is, in words; what is skipped counts neither here nor there."""
    done, whole = (round(minutes / 60, 1) for minutes in (kept.done_minutes, kept.minutes))
    return s.PLAN_PROGRESS.format(done=f"{done:g}", all=_hours(whole))


def _bar(kept: Kept, *, hidden: bool = False) -> str:
    seen = 'aria-hidden="true"' if hidden else f'aria-label="{escape(s.PLAN_PROGRESS_LABEL)}"'
    return f'<progress max="{max(1, kept.minutes)}" value="{kept.done_minutes}" {seen}></progress>'


# -- the board ------------------------------------------------------------------------------------------------------


def board(kept: Kept | None, today: date, book: Handbook, held: Collection[str] = ()) -> str:
    """One plan: how far it is, what is due, then week by week; pictures, files and what was left out behind it."""
    if kept is None:
        return '<div id="plan-board"></div>'
    remarks = "".join(f"<li>{escape(remark)}</li>" for remark in kept.plan.remarks)
    return (
        f'<div id="plan-board" data-plan="{kept.number}">{head(kept, today)}{_behind(kept, today)}'
        f"{_due(kept, today, book, held)}"
        + (f'<ul class="remarks">{remarks}</ul>' if remarks else "")
        + '<section class="weeks" aria-labelledby="plan-weeks-head">'
        + f'<h3 id="plan-weeks-head">{escape(s.PLAN_BOARD)}</h3>'
        + "".join(_week(kept, week, tasks, today, book, held) for week, tasks in by_week(kept.plan))
        + f"</section>{_pictures(kept, book)}{_files(kept)}{_left_out(kept.plan, book)}{_changes(kept, today)}</div>"
    )


def head(kept: Kept, today: date) -> str:
    """The goal, what was asked for, and how far the learner is."""
    asked = kept.plan.request
    about = s.PLAN_ABOUT.format(
        hours=_hours(asked.hours),
        weeks=s.number(s.WEEKS, asked.weeks),
        day=_day(asked.start, today, year=True),
        chapters=s.number(s.CHAPTERS, len(kept.plan.chapters)),
    )
    line = " · ".join(filter(None, [progress(kept), _where(kept, today), _pace(kept)]))
    return (
        f'<header id="plan-head"><h2 tabindex="-1">{escape(asked.goal)}</h2><p class="quiet">{escape(about)}</p>'
        f'{_bar(kept)}<p class="line">{escape(line)}</p></header>'
    )


def _where(kept: Kept, today: date) -> str:
    """Where today is in the plan."""
    weeks = kept.plan.weeks
    if not kept.open or not weeks:
        return ""
    if today < weeks[0].starts:
        return s.PLAN_BEGINS.format(day=_day(weeks[0].starts, today))
    if today >= _ends(kept):
        return s.PLAN_OVER
    return s.PLAN_IN_WEEK.format(n=current(kept.plan, today).number, of=weeks[-1].number)


def _pace(kept: Kept) -> str:
    pace = kept.pace
    if pace is None:
        return ""
    return s.PLAN_PACE_AS_PLANNED if abs(pace - 1) <= 0.15 else s.PLAN_PACE.format(pace=f"{pace:.1f}")


def _ends(kept: Kept) -> date:
    return kept.plan.request.start + timedelta(weeks=kept.plan.request.weeks)


def _behind(kept: Kept, today: date) -> str:
    """A friendly line, and the way out, where much was left undone."""
    late = sum(task.minutes for task in kept.open if task.day < today)
    over = bool(kept.open) and today >= _ends(kept)
    if not over and late < max(BEHIND_MINUTES, BEHIND_SHARE * kept.plan.request.week_minutes):
        return ""
    words = s.PLAN_BEHIND_OVER if over else s.PLAN_BEHIND
    left = late if not over else sum(task.minutes for task in kept.open)
    return (
        f'<section class="behind"><p><b>{escape(words.format(time=spell(left)))}</b> {escape(s.PLAN_BEHIND_MORE)}</p>'
        f"{_again(kept, today, 'behind')}</section>"
    )


def _again(kept: Kept, today: date, where: str) -> str:
    """The form that makes the plan again from today."""
    hours, weeks = f"{kept.plan.request.hours:g}", kept.weeks_left(today)
    return (
        f'<form class="again" data-act="again" data-plan="{kept.number}" novalidate><p class="sentence">'
        f"{_small(f'{where}-hours', 'hours', hours, s.PLAN_HOURS_LABEL)} {escape(s.PLAN_HOURS)} {escape(s.PLAN_FOR)} "
        f"{_small(f'{where}-weeks', 'weeks', str(weeks), s.PLAN_WEEKS_LABEL)} {escape(s.PLAN_WEEKS)}</p>"
        f'<button type="submit" class="does">{escape(s.PLAN_AGAIN)}</button>'
        '<div class="trouble" role="alert"></div></form>'
    )


def _small(id: str, name: str, value: str, label: str) -> str:
    return (
        f'<input id="{id}" name="{name}" value="{escape(value)}" inputmode="decimal" size="3" maxlength="12" '
        f'autocomplete="off" aria-label="{escape(label)}">'
    )


# -- what is due ----------------------------------------------------------------------------------------------------


def due(kept: Kept, today: date) -> tuple[list[Task], list[Task], bool]:
    """
    What is left from before, what today holds (also what is done of it), and whether that is really a later day.
    """
    ordered = sorted(kept.plan.tasks, key=lambda task: (task.day, task.number))
    late = [task for task in ordered if task.day < today and kept.state(task).state == OPEN]
    now = [task for task in ordered if task.day == today]
    if late or now:
        return late, now, False
    left = [task for task in ordered if kept.state(task).state == OPEN]
    return [], [task for task in left if task.day == left[0].day], True


def _due(kept: Kept, today: date, book: Handbook, held: Collection[str]) -> str:
    late, now, later = due(kept, today)
    if not kept.open:
        return (
            f'<section class="today finished"><h3>{escape(s.PLAN_FINISHED)}</h3><p>{escape(s.PLAN_FINISHED_MORE)}</p>'
            f'<button type="button" class="ask" data-view="new">{escape(s.PLAN_NEW)}</button></section>'
        )
    name = s.PLAN_NEXT if later else s.PLAN_TODAY
    made = f'<section class="today" aria-labelledby="plan-today-head"><h3 id="plan-today-head">{escape(name)}</h3>'
    made += due_line(kept, today)
    if late:
        rows, rest = late[:LATE_SHOWN], late[LATE_SHOWN:]
        made += f'<p class="label late">{escape(s.PLAN_LATE)}</p>{_list(kept, rows, today, book, held, "today")}'
        if rest:
            more = escape(s.number(s.PLAN_LATE_MORE, len(rest)))
            made += f'<details id="plan-late"><summary>{more}</summary>'
            made += f"{_list(kept, rest, today, book, held, 'today')}</details>"
    if late and now:
        made += f'<p class="label">{escape(s.PLAN_TODAY)}</p>'
    return f"{made}{_list(kept, now, today, book, held, 'today')}</section>"


def due_line(kept: Kept, today: date) -> str:
    """How much of it is left, in one line."""
    late, now, later = due(kept, today)
    left = [task for task in (*late, *now) if kept.state(task).state == OPEN]
    told = s.PLAN_NEXT_LEFT if later else s.PLAN_TODAY_LEFT if left else s.PLAN_TODAY_DONE
    day = _day(now[0].day if later else today, today, long=True)
    words = told.format(day=day, tasks=s.number(s.TASKS, len(left)), minutes=spell(sum(task.minutes for task in left)))
    return f'<p class="line" id="plan-today-line">{escape(words)}</p>'


def _list(
    kept: Kept, tasks: Iterable[Task], today: date, book: Handbook, held: Collection[str], where: str = "task"
) -> str:
    """Tasks under the names of their chapters."""
    made = ""
    for name, group in groupby(tasks, key=lambda task: heading(task, book)):
        rows = "".join(row(kept, task, today, book, held, where) for task in group)
        made += f'<section class="of"><h4>{escape(name)}</h4><ul class="tasks">{rows}</ul></section>'
    return made


# -- weeks ----------------------------------------------------------------------------------------------------------


def by_week(plan: Plan) -> list[tuple[Week, list[Task]]]:
    """Each week with its tasks; one that was put off stands in the week that it was put off to."""
    found: dict[int, list[Task]] = {week.number: [] for week in plan.weeks}
    for week in plan.weeks:
        for task in week.tasks:
            away = task.day >= week.starts + timedelta(weeks=1)
            found[current(plan, task.day).number if away else week.number].append(task)
    return [(week, sorted(found[week.number], key=lambda task: (task.day, task.number))) for week in plan.weeks]


def current(plan: Plan, day: date) -> Week:
    """The week that a day is in: the first before the plan begins, the last after its end."""
    begun = [week for week in plan.weeks if week.starts <= day]
    return begun[-1] if begun else plan.weeks[0]


def _week(kept: Kept, week: Week, tasks: Sequence[Task], today: date, book: Handbook, held: Collection[str]) -> str:
    if not tasks and week.starts < today:
        return ""
    now = week == current(kept.plan, today) and today < week.starts + timedelta(weeks=1)
    mark = f' <span class="now">{escape(s.PLAN_NOW)}</span>' if now and week.starts <= today else ""
    ends = week.starts + timedelta(days=6)
    when = f"{_day(week.starts, today, weekday=False)} – {_day(ends, today, weekday=False)}"
    kind, unfolded = ("week current", " open") if now else ("week", "")
    return (
        f'<details class="{kind}" id="plan-week-{week.number}"{unfolded}><summary>'
        f'<h4>{escape(s.PLAN_WEEK.format(n=week.number))}{mark}</h4><span class="when">{escape(when)}</span>'
        f"{week_sum(kept, week, tasks, today)}</summary>{_list(kept, tasks, today, book, held)}</details>"
    )


def week_sum(kept: Kept, week: Week, tasks: Sequence[Task], today: date) -> str:
    """How much a week holds, and how much of it is done."""
    left = sum(kept.state(task).state == OPEN for task in tasks)
    over = len(tasks) - left
    minutes, counted = spell(sum(task.minutes for task in tasks)), s.number(s.TASKS, len(tasks))
    if not tasks:
        words = s.PLAN_WEEK_FREE
    elif not left:
        words = s.PLAN_WEEK_ALL.format(minutes=minutes)
    elif over or week.starts <= today:
        words = s.PLAN_WEEK_DONE.format(minutes=minutes, done=over, tasks=len(tasks))
    else:
        words = s.PLAN_WEEK_SUM.format(minutes=minutes, tasks=counted)
    behind = " late" if left and week.starts + timedelta(weeks=1) <= today else ""
    return f'<span class="sum{behind}" id="plan-week-{week.number}-sum">{escape(words)}</span>'


# -- a task ---------------------------------------------------------------------------------------------------------


def row(kept: Kept, task: Task, today: date, book: Handbook, held: Collection[str] = (), where: str = "task") -> str:
    """One task. `where`: task in its week, today among what is due; so a task may stand on the page twice."""
    state = kept.state(task)
    id, name, title = f"{where}-{task.number}", f"{kept.number}.{task.number}", escape(task.title)
    done = state.state == DONE
    box = (
        f'<input type="checkbox" id="{id}-tick" data-task="{name}"{" checked" if done else ""} '
        f'aria-label="{escape(s.PLAN_TICK.format(title=task.title))}">'
    )
    more = escape(s.PLAN_MORE.format(title=task.title))
    return (
        f'<li class="task {state.state} {escape(task.kind)}" id="{id}">{box}<div class="what">'
        f'<p class="title">{_title(task)}</p>{_about(kept, task, today, book, held, id)}'
        f'<p class="why">{escape(task.why)}</p></div>'
        f'<details class="more" name="plan-more"><summary aria-label="{more}" id="{id}-more">'
        f'<span aria-hidden="true">⋯</span></summary><div class="menu" data-title="{title}">{_acts(name, state.state)}'
        "</div></details></li>"
    )


def _acts(name: str, state: str) -> str:
    if state != OPEN:
        return f'<button type="button" data-act="undo" data-task="{name}">{escape(s.PLAN_REOPEN)}</button>'
    off = "".join(
        f'<button type="button" data-act="postpone" data-days="{days}" data-task="{name}">{escape(words)}</button>'
        for days, words in ((1, s.PLAN_PUT_OFF_DAY), (7, s.PLAN_PUT_OFF_WEEK))
    )
    return f'{off}<button type="button" data-act="skip" data-task="{name}">{escape(s.PLAN_SKIP)}</button>'


def _title(task: Task) -> str:
    """What there is to do, and the way to it where it is one page."""
    words = said(task)
    if task.kind in ("note", "review") and task.url.startswith(NOTES):
        label = escape(s.PLAN_OPEN_NOTE_OF.format(title=task.title.partition(": ")[2]))
        label = f' aria-label="{label}"' if task.kind == "note" else ""
        return f'<button type="button" class="opens" data-url="{escape(task.url)}"{label}>{escape(words)}</button>'
    return escape(words) if task.kind in ("exercise", "check", "project") else outward(task.url, words)


def said(task: Task) -> str:
    """A task's title without what stands beside it anyway: the kind, and the chapter's or section's name."""
    if task.kind == "note":
        return s.PLAN_NOTE
    if task.kind in ("review", "exercise", "check", "project") and not task.key.startswith("end|"):
        words = task.title.partition(": ")[2] or task.title
        return words[:1].upper() + words[1:]
    return task.title


def _about(kept: Kept, task: Task, today: date, book: Handbook, held: Collection[str], id: str) -> str:
    state = kept.state(task)
    late = state.state == OPEN and task.day < today
    day = _day(task.day, today)
    parts = [
        "" if task.kind in ("note", "review") else s.PLAN_KINDS.get(task.kind) or s.KINDS.get(task.kind, task.kind),
        s.number(s.MINUTES, task.minutes),
        "" if state.state == DONE else s.PLAN_SINCE.format(day=day) if late else day,
        s.PLAN_SKIPPED if state.state == SKIPPED else "",
    ]
    spans = [
        f"<span{' class=late' if late and at == 2 else ''}>{escape(one)}</span>" for at, one in enumerate(parts) if one
    ]
    if state.state == DONE:
        label = escape(s.PLAN_TOOK_LABEL.format(title=task.title))
        spans.append(
            f'<label class="took">{escape(s.PLAN_TOOK)} <input id="{id}-took" data-took="{kept.number}.{task.number}" '
            f'value="{state.spent or ""}" placeholder="?" size="3" maxlength="12" inputmode="numeric" '
            f'autocomplete="off" aria-label="{label}"> <span>{escape(s.PLAN_MINUTES)}</span></label>'
        )
    return f'<p class="about">{"".join(spans)}{_further(task, book, held)}</p>'


def _further(task: Task, book: Handbook, held: Collection[str]) -> str:
    """What opens beside the title: a note to look things up in, a section, or what the tutor has read of a page."""
    if task.kind == "exercise" and task.url.startswith(NOTES):
        label = s.PLAN_OPEN_NOTE_OF.format(title=book.chapter(task.chapter).title)
        words = s.PLAN_OPEN_NOTE
    elif task.kind in ("check", "project"):
        return f"<span>{outward(task.url, s.PLAN_OPEN_SECTION)}</span>"
    elif task.url in held and task.kind not in ("note", "review"):
        label, words = s.PLAN_READ_HERE_MORE.format(title=task.title), s.PLAN_READ_HERE
    else:
        return ""
    return (
        f'<span><button type="button" class="opens" data-url="{escape(task.url)}" aria-label="{escape(label)}">'
        f"{escape(words)}</button></span>"
    )


def heading(task: Task, book: Handbook) -> str:
    """What a task is listed under: its chapter; its section where it is of that; or that it is a review."""
    if task.kind == "review":
        return s.PLAN_REVIEWS
    chapter = book.chapter(task.chapter)
    return book.section_of(chapter).heading if task.kind in ("check", "project") else chapter.title


def parts(
    kept: Kept, task: Task, plans: Sequence[Kept], today: date, book: Handbook, held: Collection[str]
) -> dict[str, str]:
    """
    What changes on the page when a task is ticked off, skipped or opened again: HTML by id.

    Everything keeps its place; only whether the plan is finished, and what comes next, waits for the next look.
    """
    week, tasks = next((week, tasks) for week, tasks in by_week(kept.plan) if task in tasks)
    made = {f"{where}-{task.number}": row(kept, task, today, book, held, where) for where in ("task", "today")}
    made["plan-head"] = head(kept, today)
    made[f"plan-week-{week.number}-sum"] = week_sum(kept, week, tasks, today)
    if kept.open:
        made["plan-today-line"] = due_line(kept, today)
    if len(plans) > 1:
        made["plan-switch"] = switch(plans, kept)
    return made


# -- behind the weeks -----------------------------------------------------------------------------------------------


def _pictures(kept: Kept, book: Handbook) -> str:
    return (
        '<section class="glance" aria-labelledby="plan-glance-head">'
        f'<h3 id="plan-glance-head">{escape(s.PLAN_GLANCE)}</h3>'
        + _picture(kept, "timeline", s.PLAN_TIMELINE, s.PLAN_TIMELINE_ALT, s.PLAN_TIMELINE_MORE)
        + _picture(kept, "map", s.PLAN_MAP, s.PLAN_MAP_ALT, s.PLAN_MAP_MORE, _map_in_words(kept.plan, book))
        + "</section>"
    )


def _picture(kept: Kept, which: str, name: str, alt: str, more: str, words: str = "") -> str:
    address = f"/tutor/plan/{kept.number}/{which}.svg"
    save = escape(s.PLAN_SAVE_PICTURE_OF.format(title=name))
    return (
        f'<figure><div class="scroll" role="group" tabindex="0" aria-label="{escape(name)}">'
        f'<img src="{address}" data-live alt="{escape(f"{name}. {alt}")}"></div>'
        f'<figcaption><b>{escape(name)}.</b> {escape(more)} <a href="{address}?save=1" download aria-label="{save}">'
        f"{escape(s.PLAN_SAVE_PICTURE)}</a></figcaption>{words}</figure>"
    )


def _map_in_words(plan: Plan, book: Handbook) -> str:
    there = set(plan.chapters)
    items = []
    for id in plan.chapters:
        chapter = book.chapter(id)
        lines = [
            s.PLAN_MAP_ONE.format(chapter=chapter.title, before=book.chapter(one.chapter).title, because=one.because)
            for one in chapter.prerequisites
            if one.chapter in there
        ]
        items += lines or [s.PLAN_MAP_NONE.format(chapter=chapter.title)]
    listed = "".join(f"<li>{escape(line)}</li>" for line in items)
    return f'<details id="plan-map-words"><summary>{escape(s.PLAN_MAP_WORDS)}</summary><ul>{listed}</ul></details>'


def _files(kept: Kept) -> str:
    items = "".join(
        f'<li><a href="/tutor/plan/{kept.number}.{kind}" download>{escape(name)}</a> <span>{escape(about)}</span></li>'
        for kind, (name, about) in s.PLAN_FILES.items()
    )
    return f'<section class="files"><h3>{escape(s.PLAN_TAKE)}</h3><ul>{items}</ul></section>'


def _left_out(plan: Plan, book: Handbook) -> str:
    """Chapters that are not in the plan or only looked at, by the reason."""
    reasons: dict[str, list[str]] = {}
    for id, why in plan.skimmed.items():
        reasons.setdefault(f"{s.PLAN_SKIMMED}: {why}.", []).append(book.chapter(id).title)
    for one in plan.left_out:
        reasons.setdefault(one.why, []).append(book.chapter(one.chapter).title)
    if not reasons:
        return ""
    listed = "".join(f"<dt>{escape(why)}</dt><dd>{escape(', '.join(them))}</dd>" for why, them in reasons.items())
    head = f'<details class="left-out" id="plan-left-out"><summary>{escape(s.PLAN_LEFT_OUT)}</summary>'
    return f"{head}<dl>{listed}</dl></details>"


def _changes(kept: Kept, today: date) -> str:
    """What changes the plan as a whole."""
    again = (
        f'<details id="plan-again"><summary>{escape(s.PLAN_AGAIN_HEAD)}</summary><p class="quiet">'
        f"{escape(s.PLAN_AGAIN_MORE)}</p>{_again(kept, today, 'again')}</details>"
    )
    return (
        f'<section class="changes">{again if kept.open else ""}<button type="button" class="remove" '
        f'data-act="remove" data-plan="{kept.number}" data-goal="{escape(kept.plan.request.goal)}">'
        f"{escape(s.PLAN_REMOVE)}</button></section>"
    )


# -- the form -------------------------------------------------------------------------------------------------------


def form(book: Handbook, today: date, shown: Kept | None = None) -> str:
    """What a new plan is made of. `shown`: the plan that one can go back to."""
    back = (
        f'<button type="button" class="back" data-view="board"><span aria-hidden="true">← </span>{escape(s.PLAN_BACK)}'
        "</button>"
        if shown
        else ""
    )
    return (
        f'<form id="plan-new" data-act="make" novalidate>{back}<h2 id="plan-new-head" tabindex="-1">'
        f'{escape(s.PLAN_HEAD)}</h2><p class="lead quiet">{escape(s.PLAN_HEAD_MORE)}</p>'
        f"{_goal()}{_time(today)}{_free_days()}{_background()}{_preference()}{_known(book)}"
        f'<div class="trouble" role="alert" id="plan-trouble"></div>'
        f'<button type="submit" class="does" data-busy="{escape(s.PLAN_MAKING)}">{escape(s.PLAN_MAKE)}</button></form>'
    )


def _goal() -> str:
    chips = "".join(
        f'<button class="ask" type="button" data-goal-example>{escape(goal)}</button>' for goal in s.PLAN_EXAMPLES
    )
    return (
        f'<div class="field goal-field"><textarea id="plan-goal" name="goal" rows="2" maxlength="2000" '
        f'aria-label="{escape(s.PLAN_GOAL)}" placeholder="{escape(s.PLAN_GOAL_PLACEHOLDER)}"></textarea>'
        f'<div class="chips" role="group" aria-label="{escape(s.PLAN_EXAMPLES_LABEL)}">{chips}</div></div>'
    )


def _time(today: date) -> str:
    return (
        f'<fieldset class="field"><legend>{escape(s.PLAN_TIME)}</legend><p class="sentence">'
        f"{_small('plan-hours', 'hours', str(HOURS), s.PLAN_HOURS_LABEL)} {escape(s.PLAN_HOURS)} {escape(s.PLAN_FOR)} "
        f"{_small('plan-weeks', 'weeks', str(WEEKS), s.PLAN_WEEKS_LABEL)} {escape(s.PLAN_WEEKS)}, "
        f"{escape(s.PLAN_FROM)} "
        f'<input id="plan-start" type="date" name="start" value="{today.isoformat()}" '
        f'aria-label="{escape(s.PLAN_START_LABEL)}"></p></fieldset>'
    )


def _free_days() -> str:
    days = "".join(
        f'<label><input type="checkbox" name="free" value="{at}"><span>{escape(name)}</span></label>'
        for at, name in enumerate(s.PLAN_DAY_NAMES[: len(DAYS)])
    )
    return (
        f'<fieldset class="field"><legend>{escape(s.PLAN_DAYS)} <span class="quiet">{escape(s.PLAN_DAYS_MORE)}</span>'
        f'</legend><div class="pills">{days}</div></fieldset>'
    )


def _background() -> str:
    return (
        f'<div class="field"><label for="plan-background">{escape(s.PLAN_BACKGROUND)} '
        f'<span class="quiet">{escape(s.PLAN_OPTIONAL)}</span></label><textarea id="plan-background" name="background" '
        f'rows="2" maxlength="2000" placeholder="{escape(s.PLAN_BACKGROUND_PLACEHOLDER)}"></textarea></div>'
    )


def _preference() -> str:
    choices = "".join(
        f'<label><input type="radio" name="prefer" value="{value}"{"" if value else " checked"}>'
        f"<span>{escape(words)}</span></label>"
        for value, words in s.PLAN_PREFERENCES.items()
    )
    return (
        f'<fieldset class="field"><legend>{escape(s.PLAN_PREFER)}</legend><div class="pills">{choices}</div></fieldset>'
    )


def _known(book: Handbook) -> str:
    sections = "".join(
        f"<fieldset><legend>{escape(section.heading)}</legend>"
        + "".join(
            f'<label><input type="checkbox" name="known" value="{escape(chapter.id)}"> {escape(chapter.title)}</label>'
            for chapter in section.chapters
        )
        + "</fieldset>"
        for section in book.sections
    )
    return (
        f'<details class="field known" id="plan-known" data-none="{escape(s.PLAN_KNOWN_NONE)}" '
        f'data-some="{escape(s.PLAN_KNOWN_COUNT)}"><summary>{escape(s.PLAN_KNOWN)} '
        f'<span class="count quiet">{escape(s.PLAN_KNOWN_NONE)}</span></summary>'
        f'<input type="search" id="plan-known-find" '
        f'placeholder="{escape(s.PLAN_KNOWN_FIND)}" aria-label="{escape(s.PLAN_KNOWN_FIND)}" autocomplete="off">'
        f'<div class="chapters">{sections}</div><p class="none quiet" role="status" hidden>'
        f"{escape(s.PLAN_KNOWN_NOT_FOUND)}</p></details>"
    )


# -- small things ---------------------------------------------------------------------------------------------------


def spell(minutes: int) -> str:
    """45 min, 2 h, 3 h 20 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]))


def _hours(hours: float) -> str:
    return s.HOURS[hours != 1].format(n=f"{hours:g}")


def spelled(day: date, today: date) -> str:
    """Monday, 5 January."""
    return _day(day, today, long=True)


def _day(day: date, today: date, *, long: bool = False, weekday: bool = True, year: bool = False) -> str:
    """Mon 5 Jan; with its year where that is not this one."""
    words = f"{day.day} {day:%B}" if long or year else f"{day.day} {day:%b}"
    if weekday and not year:
        words = f"{day:%A}, {words}" if long else f"{day:%a} {words}"
    return f"{words} {day.year}" if year or day.year != today.year else words
