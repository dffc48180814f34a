"""
A plan as something other programs open: calendar (.ics), Markdown with check boxes, CSV, and two pictures (SVG).

Pure functions from a plan to text or bytes: they know of no file, no library and no clock.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from html import escape
from uuid import NAMESPACE_URL, uuid5

from tutor import handbook as handbooks
from tutor.handbook import Chapter, Handbook
from tutor.links import NOTES
from tutor.plan import Plan, Task

Done = Callable[[Task], bool]
_FIRST_HOUR = 18  # of a study day, in the calendar's own time: after work, to be dragged where it suits


def nothing_done(_: Task) -> bool:
    return False


def address(url: str, book: Handbook, chapter: str) -> str:
    """A URL that opens anywhere: the tutor's own notes only open in the tutor, so the handbook's chapter instead."""
    return book.chapter(chapter).url if url.startswith(NOTES) else url


# -- calendar ---------------------------------------------------------------------------------------------------------


def calendar(plan: Plan, book: Handbook | None = None) -> bytes:
    """
    The plan as iCalendar (RFC 5545): an event for each task, one after the other on its day.

    Times are "floating": 18:00 wherever the calendar is. The same plan gives the same bytes.
    """
    from icalendar import Calendar, Event

    book = book or handbooks.load()
    whole = Calendar()
    whole.add("prodid", "-//tutor//study plan//EN")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", f"Study plan: {plan.request.goal}"[:120])
    stamp = datetime.combine(plan.request.start, time(), UTC)
    used: dict[object, int] = {}
    for task in plan.tasks:
        before = used.get(task.day, 0)
        used[task.day] = before + task.minutes
        begins = datetime.combine(task.day, time(_FIRST_HOUR)) + timedelta(minutes=before)
        event = Event()
        event.add("uid", f"{uuid5(NAMESPACE_URL, f'{plan.request}|{task.number}|{task.key}')}@tutor")
        event.add("dtstamp", stamp)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(minutes=task.minutes))
        event.add("summary", task.title)
        event.add("description", f"{task.why}\n{book.chapter(task.chapter).title}")
        event.add("url", address(task.url, book, task.chapter))
        event.add("categories", [task.kind])
        whole.add_component(event)
    return bytes(whole.to_ical())


# -- text -------------------------------------------------------------------------------------------------------------


def markdown(plan: Plan, done: Done = nothing_done, book: Handbook | None = None) -> str:
    """The plan as Markdown: a list with check boxes for each week, then what was left out and why."""
    book = book or handbooks.load()
    asked = plan.request
    lines = [
        f"# Study plan: {_plain(asked.goal)}", "",
        f"{asked.hours:g} hours a week for {asked.weeks} weeks from {asked.start}: {plan.minutes / 60:.1f} hours, "
        f"{len(plan.chapters)} chapters.", "",
    ]  # fmt: skip
    lines += [f"> {_plain(remark)}\n" for remark in plan.remarks]
    for week in plan.weeks:
        if week.tasks:
            lines += [f"## Week {week.number}, from {week.starts} ({week.minutes} minutes)", ""]
            lines += [_box(task, done(task), book) for task in week.tasks] + [""]
    lines += ["## Left out", ""]
    reasons: dict[str, list[str]] = {}
    for one in plan.left_out:
        reasons.setdefault(one.why, []).append(book.chapter(one.chapter).title)
    lines += [f"- {_plain(why)} {', '.join(titles)}" for why, titles in reasons.items()]
    return "\n".join(lines) + "\n"


def _box(task: Task, done: bool, book: Handbook) -> str:
    title = f"[{_plain(task.title)}](<{address(task.url, book, task.chapter)}>)"
    return f"- [{'x' if done else ' '}] {task.day:%a} {task.minutes} min, {task.kind}: {title}. {_plain(task.why)}"


def _plain(text: str) -> str:
    """Text that Markdown takes for text."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in text)


def table(plan: Plan, done: Done = nothing_done, book: Handbook | None = None) -> str:
    """The plan as CSV (RFC 4180), a task a line. A cell that a spreadsheet would take for a formula is kept as text."""
    book = book or handbooks.load()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["task", "week", "day", "section", "chapter", "kind", "title", "url", "minutes", "why", "done"])
    for week in plan.weeks:
        for task in week.tasks:
            chapter = book.chapter(task.chapter)
            cells = [
                task.number, week.number, task.day.isoformat(), book.section_of(chapter).number, chapter.title,
                task.kind, task.title, address(task.url, book, task.chapter), task.minutes, task.why,
                "yes" if done(task) else "no",
            ]  # fmt: skip
            writer.writerow([_no_formula(str(cell)) for cell in cells])
    return out.getvalue()


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell


# -- pictures ---------------------------------------------------------------------------------------------------------

# Colours by name, so that the same picture is right on light and on dark ground.
_STYLE = """
svg {
  --ground: #ffffff; --ink: #1e292c; --faint: #e2dfd6; --bar: #57a195;
  --look: #cfe5e1; --done: #0b655c; --over: #ffffff;
}
@media (prefers-color-scheme: dark) {
  svg {
    --ground: #1a2124; --ink: #e3e9e7; --faint: #2c363a; --bar: #4b8b80;
    --look: #23403b; --done: #7fd4c6; --over: #0c1f1c;
  }
}
.ground { fill: var(--ground); } text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.small { font-size: 10px; } .grid { stroke: var(--faint); } .bar { fill: var(--bar); }
.look { fill: var(--look); stroke: var(--bar); } .done { fill: var(--done); }
.review { fill: none; stroke: var(--bar); stroke-width: 1.5; }
.box { fill: var(--ground); stroke: var(--bar); stroke-width: 1.5; }
.box.look { fill: var(--look); stroke: var(--look); }
.box.done { fill: var(--done); stroke: var(--done); } .box.done + text { fill: var(--over); }
.known { fill: var(--done); } .box.done + text + .known { fill: var(--over); }
.arrow { fill: none; stroke: var(--ink); opacity: .45; }
"""


def _svg(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="{_xml(title)}">\n<title>{_xml(title)}</title>\n'
        f'<style>{_STYLE}</style>\n<rect class="ground" width="100%" height="100%"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _xml(text: str) -> str:
    return escape("".join(letter for letter in text if letter.isprintable()), quote=True)


def _text(x: float, y: float, text: str, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{extra}>{_xml(text)}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def timeline(plan: Plan, done: Done = nothing_done, book: Handbook | None = None) -> str:
    """A row for each chapter, a column for each week: bars by minutes, rings for reviews. SVG."""
    book = book or handbooks.load()
    rows = list(dict.fromkeys(task.chapter for task in plan.tasks if task.kind != "review"))
    left, row, wide = 300, 22, max(26.0, min(72.0, 900 / max(1, len(plan.weeks))))
    parts = []
    for at, week in enumerate(plan.weeks):
        x = left + at * wide
        parts.append(f'<line class="grid" x1="{x:g}" y1="40" x2="{x:g}" y2="{50 + row * len(rows)}"/>')
        parts.append(_text(x + wide / 2, 32, str(week.number), ' class="small" text-anchor="middle"'))
    parts.append(_text(left - 10, 32, "week", ' class="small" text-anchor="end"'))
    for number, chapter in enumerate(rows):
        y = 50 + number * row
        parts.append(_text(left - 10, y + 13, _short(book.chapter(chapter).title, 44), ' text-anchor="end"'))
        for at, week in enumerate(plan.weeks):
            mine = [task for task in week.tasks if task.chapter == chapter]
            minutes = sum(task.minutes for task in mine if task.kind != "review")
            x = left + at * wide
            if minutes:
                share = min(1.0, minutes / max(1, week.minutes))
                kind = "look" if chapter in plan.skimmed else "bar"
                kind = "done" if all(done(task) for task in mine) else kind
                length = max(4.0, (wide - 4) * share)
                parts.append(f'<rect class="{kind}" x="{x + 2:g}" y="{y + 3}" width="{length:g}" height="13" rx="3">'
                             f"<title>{_xml(f'{minutes} minutes in week {week.number}')}</title></rect>")  # fmt: skip
            if any(task.kind == "review" for task in mine):
                parts.append(
                    f'<circle class="review" cx="{x + wide - 8:g}" cy="{y + 9.5}" r="4"><title>review</title></circle>'
                )
    width = left + wide * len(plan.weeks) + 20
    heading = _text(16, 16, _short(f"{plan.request.goal}", 110))
    return _svg(width, 70 + row * len(rows), f"Timeline: {plan.request.goal}", [heading, *parts])


def prerequisites(
    plan: Plan, done: Done = nothing_done, book: Handbook | None = None, known: Mapping[str, float] | None = None
) -> str:
    """
    The plan's chapters, each to the right of what it builds on, with an arrow from every prerequisite. SVG.

    `known`: of chapters practised, the share of their cards still known, a bar along the foot of their box.
    """
    known = known or {}
    book = book or handbooks.load()
    chapters = [book.chapter(id) for id in plan.chapters]
    columns = _columns(chapters)
    box, gap, high = 190, 40, 44
    heights: dict[int, int] = {}
    places: dict[str, tuple[float, float]] = {}
    for chapter in chapters:
        column = columns[chapter.id]
        place = heights.get(column, 0)
        heights[column] = place + 1
        places[chapter.id] = (16 + column * (box + gap), 36 + place * high)
    finished = _finished(plan, done)
    parts = []
    for chapter in chapters:
        x, y = places[chapter.id]
        for before in chapter.prerequisites:
            if before.chapter in places:
                fx, fy = places[before.chapter]
                sx, sy, ex, ey = fx + box, fy + 14, x, y + 14
                curve = f"M{sx:g} {sy:g} C{sx + 30:g} {sy:g} {ex - 30:g} {ey:g} {ex:g} {ey:g}"
                parts.append(f'<path class="arrow" d="{curve}"><title>{_xml(before.because)}</title></path>')
    for chapter in chapters:
        x, y = places[chapter.id]
        kind = "box done" if chapter.id in finished else "box look" if chapter.id in plan.skimmed else "box"
        parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{box}" height="28" rx="5"/>')
        parts.append(_text(x + 8, y + 18, _short(chapter.title, 30), ' class="small"'))
        if share := known.get(chapter.id):
            told = f"<title>{_xml(f'{share:.0%} of its cards known')}</title>"
            parts.append(f'<rect class="known" x="{x + 3:g}" y="{y + 23:g}" width="{(box - 6) * share:g}" height="3">'
                         f"{told}</rect>")  # fmt: skip
    width = 32 + (max(columns.values(), default=0) + 1) * (box + gap)
    height = 60 + high * max(heights.values(), default=1)
    heading = _text(16, 18, _short(plan.request.goal, 110))
    return _svg(width, height, f"What builds on what: {plan.request.goal}", [heading, *parts])


def _columns(chapters: list[Chapter]) -> dict[str, int]:
    """How many chapters stand one behind the other before each."""
    columns: dict[str, int] = {}
    for chapter in chapters:  # in the handbook's order, so what comes before has its column
        columns[chapter.id] = 1 + max((columns.get(b.chapter, -1) for b in chapter.prerequisites), default=-1)
    return columns


def _finished(plan: Plan, done: Done) -> set[str]:
    open_chapters = {task.chapter for task in plan.tasks if task.kind != "review" and not done(task)}
    return set(plan.chapters) - open_chapters
