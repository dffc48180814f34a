"""What other programs open: the calendar by another parser, the table by another reader, the pictures as XML."""

import csv
import io
import re
import shlex
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import vobject

from tutor.plan import DAYS, Plan, Request, Task, build
from tutor.plan_files import calendar, markdown, prerequisites, table, timeline

START = date(2026, 1, 5)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build(Request('understand <b>"RAG"</b> & agents', 4, 5, START))


def first_done(task: Task) -> bool:
    return task.number == 1


def test_another_parser_reads_every_task_from_the_calendar(plan: Plan) -> None:
    read = vobject.readOne(calendar(plan).decode())
    events = read.vevent_list
    tasks = list(plan.tasks)
    assert len(events) == len(tasks)
    for event, task in zip(events, tasks, strict=True):
        assert event.summary.value == task.title
        assert event.dtstart.value.date() == task.day
        assert event.dtstart.value.tzinfo is None
        assert (event.dtend.value - event.dtstart.value).total_seconds() == 60 * task.minutes
        assert task.why in event.description.value
        assert event.url.value.startswith("http")
    assert len({event.uid.value for event in events}) == len(events)


def test_the_calendars_lines_are_as_the_standard_wants_them(plan: Plan) -> None:
    raw = calendar(plan)
    assert raw == calendar(plan)
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


def test_events_of_a_day_follow_each_other(plan: Plan) -> None:
    last: dict[date, object] = {}
    for event in vobject.readOne(calendar(plan).decode()).vevent_list:
        day = event.dtstart.value.date()
        assert day not in last or last[day] == event.dtstart.value
        last[day] = event.dtend.value


def test_markdown_has_a_box_for_every_task_and_ticks_what_is_done(plan: Plan) -> None:
    text = markdown(plan, first_done)
    assert len(re.findall(r"^- \[[ x]\] ", text, flags=re.M)) == len(list(plan.tasks))
    assert text.count("- [x] ") == 1
    assert "\\<b\\>" in text.splitlines()[0]
    assert "tutor:notes" not in text


def test_the_plans_in_the_docs_are_what_their_commands_give() -> None:
    page = (Path(__file__).parent.parent / "docs" / "plans.md").read_text(encoding="utf-8")
    commands = re.findall(r"^tutor plan (.* --weeks .* --start .*)$", page, flags=re.M)
    assert len(commands) == 3
    for command in commands:
        goal, *words = shlex.split(command)
        options = dict(zip(words[::2], words[1::2], strict=True))
        request = Request(
            goal, float(options["--hours"]), int(options["--weeks"]), date.fromisoformat(options["--start"]),
            background=options.get("--background", ""), known=tuple(options.get("--known", "").split()),
            prefer=options.get("--prefer"),
            free=tuple(DAYS.index(day) for day in options.get("--free", "").split(",") if day),
        )  # fmt: skip
        printed = markdown(build(request)).replace("\n## ", "\n### ").replace("# Study", "## Study", 1)
        assert printed in page, f"print the plan of {goal!r} anew"


def test_the_table_is_read_back_and_holds_no_formula(plan: Plan) -> None:
    odd = replace(plan, weeks=(replace(plan.weeks[0], tasks=(replace(plan.weeks[0].tasks[0], title="=1+1"),)),))
    (row,) = csv.DictReader(io.StringIO(table(odd), newline=""))
    assert row["title"] == "'=1+1"
    rows = list(csv.DictReader(io.StringIO(table(plan, first_done), newline="")))
    assert [int(row["minutes"]) for row in rows] == [task.minutes for task in plan.tasks]
    assert [row["done"] for row in rows][:2] == ["yes", "no"]


@pytest.mark.parametrize("draw", [timeline, prerequisites])
def test_pictures_are_xml_with_the_goal_as_text_and_colours_for_the_dark(plan: Plan, draw) -> None:
    picture = draw(plan, first_done)
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert plan.request.goal in root.attrib["aria-label"]
    assert "<b>" not in picture
    assert "prefers-color-scheme: dark" in picture
    assert "<script" not in picture
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        if "x" in box.attrib:
            assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
            assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_the_map_has_a_box_for_each_chapter_and_an_arrow_for_each_prerequisite(plan: Plan) -> None:
    from tutor.handbook import load

    picture = prerequisites(plan)
    arrows = sum(b.chapter in plan.chapters for c in plan.chapters for b in load().chapter(c).prerequisites)
    assert picture.count('class="arrow"') == arrows
    assert picture.count('<rect class="box') == len(plan.chapters)


def test_the_map_shows_how_much_of_a_chapter_is_known(plan: Plan) -> None:
    chapter = plan.chapters[0]
    picture = prerequisites(plan, known={chapter: 0.5, "no-such-chapter": 1.0, plan.chapters[1]: 0.0})
    assert picture.count('class="known"') == 1
    assert "50% of its cards known" in picture
