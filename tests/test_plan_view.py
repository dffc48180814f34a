"""The Plan tab's HTML: what is escaped, and what each state of a plan and of a task looks like."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from lxml import html

from tutor.handbook import load
from tutor.plan import Request, Task, build
from tutor.plans_kept import DONE, SKIPPED, Kept, State
from ui import plan_view as view

START = date(2026, 1, 5)  # a Monday
EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
BOOK = load()
PLAN = build(Request("fine-tune with LoRA and read about vector databases", 5, 6, START, background="I know PyTorch"))


def kept(over: int = 0, **states: State) -> Kept:
    """The plan with its first `over` tasks done; `states` by "t" and number."""
    told = {number: State(DONE) for number in range(1, over + 1)}
    return Kept(3, PLAN, told | {int(name[1:]): state for name, state in states.items()})


def parsed(made: str) -> html.HtmlElement:
    return html.fromstring(f"<div>{made}</div>")


def first(kind: str) -> Task:
    return next(task for task in PLAN.tasks if task.kind == kind)


def test_every_text_is_escaped() -> None:
    def evil(task: Task) -> Task:
        return replace(task, title=EVIL, why=EVIL, url=f"https://a.test/{EVIL}")

    weeks = tuple(replace(week, tasks=tuple(map(evil, week.tasks))) for week in PLAN.weeks)
    request = replace(PLAN.request, goal=EVIL)
    left_out = tuple(replace(one, why=EVIL) for one in PLAN.left_out)
    plan = replace(PLAN, request=request, weeks=weeks, remarks=(EVIL,), left_out=left_out,
                   skimmed=dict.fromkeys(PLAN.skimmed, EVIL))  # fmt: skip
    one = Kept(1, plan, {2: State(DONE, 5), 3: State(SKIPPED)})
    made = view.tab([one, replace(one, number=2)], one, START + timedelta(days=30), BOOK, {f"https://a.test/{EVIL}"})
    made += "".join(view.parts(one, next(one.plan.tasks), [one, one], START, BOOK, set()).values())
    page = parsed(made + view.notice(EVIL))
    assert not page.xpath("//script | //img[@src='x'] | //@onerror")
    assert EVIL in page.text_content()
    assert not re.search(r"<(img src=x|script)", made)


def test_only_addresses_of_the_web_become_links() -> None:
    task = replace(first("article"), url="javascript:alert(1)")
    assert not parsed(view.row(kept(), task, START, BOOK)).xpath("//a")


def test_no_id_stands_twice_and_every_field_has_a_name() -> None:
    one = kept(4)
    page = parsed(view.tab([one, replace(one, number=4)], one, START + timedelta(days=2), BOOK))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for field in page.xpath("//input | //textarea"):
        named = field.get("aria-label") or field.get("placeholder")
        inside = "".join(label.text_content() for label in field.iterancestors("label"))
        outside = page.xpath(f"//label[@for='{field.get('id')}']") if field.get("id") else []
        assert named or inside.strip() or outside, html.tostring(field)
    for button in page.xpath("//button"):
        assert button.text_content().strip() or button.get("aria-label")
    for summary in page.xpath("//summary"):
        assert summary.get("aria-label") or summary.text_content().strip("⋯ ")
    assert not [name for name in page.xpath("//@*") if name.attrname.startswith("on")]


def test_an_open_task_has_its_way_in_and_what_can_be_done() -> None:
    [row] = parsed(view.row(kept(), first("video"), START, BOOK)).xpath("//li")
    [link] = row.xpath(".//p[@class='title']//a")
    assert (link.get("target"), link.get("rel")) == ("_blank", "noopener noreferrer")
    assert [button.get("data-act") for button in row.xpath(".//button[@data-act]")] == ["postpone", "postpone", "skip"]
    assert not row.xpath(".//input[@data-took]")
    assert not row.xpath(".//input[@checked]")


@pytest.mark.parametrize("kind", ["note", "review", "exercise"])
def test_what_the_tutor_wrote_opens_in_the_reader(kind: str) -> None:
    task = first(kind)
    [button] = parsed(view.row(kept(), task, START, BOOK, {task.url})).xpath("//button[@data-url]")
    assert button.get("data-url") == f"tutor:notes/{task.chapter}"


def test_what_the_tutor_has_read_can_be_read_here() -> None:
    task = first("article")
    assert not parsed(view.row(kept(), task, START, BOOK)).xpath("//button[@data-url]")
    [button] = parsed(view.row(kept(), task, START, BOOK, {task.url})).xpath("//button[@data-url]")
    assert task.title in button.get("aria-label")


def test_a_done_task_asks_how_long_it_took() -> None:
    task = first("note")
    made = view.row(kept(**{f"t{task.number}": State(DONE, 12)}), task, START, BOOK)
    [took] = parsed(made).xpath("//input[@data-took]")
    assert took.get("value") == "12"
    assert [button.get("data-act") for button in parsed(made).xpath("//button[@data-act]")] == ["undo"]


def test_a_late_task_says_since_when() -> None:
    task = next(PLAN.tasks)
    assert "since Mon 5 Jan" in parsed(view.row(kept(), task, START + timedelta(days=3), BOOK)).text_content()
    assert "since" not in view.row(kept(1), task, START + timedelta(days=3), BOOK)


def test_due_is_what_was_left_and_what_is_today_else_what_comes_next() -> None:
    days = sorted({task.day for task in PLAN.tasks})
    late, now, later = view.due(kept(), days[1])
    assert {task.day for task in late} == {days[0]}
    assert {task.day for task in now} == {days[1]}
    assert not later
    _, now, later = view.due(kept(), START - timedelta(days=3))
    assert later
    assert {task.day for task in now} == {days[0]}
    assert "Nothing is due today. Then comes Monday, 5 January" in view.due_line(kept(), START - timedelta(days=3))
    done = len([task for task in PLAN.tasks if task.day == days[0]])
    assert "all done for today" in view.due_line(kept(done), days[0])
    assert view.due(kept(done), days[0])[1]  # what is done today stays to be seen


def test_weeks_over_are_folded_this_one_is_open_and_later_ones_tell_their_sum() -> None:
    week = [task.number for task in PLAN.weeks[0].tasks]
    board = parsed(view.board(kept(len(week) + 2), START + timedelta(days=8), BOOK))
    weeks = board.xpath("//details[contains(@class, 'week')]")
    assert ["open" in one.attrib for one in weeks] == [False, True] + [False] * 4
    sums = [one.xpath(".//span[contains(@class, 'sum')]")[0].text_content() for one in weeks]
    assert sums[0].endswith("all done")
    assert re.search(r"· 2 of \d+ done", sums[1])
    assert re.search(r"· \d+ tasks", sums[2])


def test_before_the_first_day_the_first_week_is_open() -> None:
    board = parsed(view.board(kept(), START - timedelta(days=10), BOOK))
    assert board.xpath("//details[contains(@class, 'week') and @open]/@id") == ["plan-week-1"]
    assert not board.xpath("//span[@class='now']")
    assert "begins on Mon 5 Jan" in board.text_content()


def test_many_that_are_late_are_folded() -> None:
    board = parsed(view.board(kept(), START + timedelta(weeks=3), BOOK))
    seen = board.xpath("//section[@class='today']/section//li")
    folded = board.xpath("//details[@id='plan-late']//li")
    assert len(folded) > len(seen)
    assert {one.get("id")[:6] for one in seen + folded} == {"today-"}


def test_progress_leaves_out_what_is_skipped() -> None:
    one = next(PLAN.tasks)
    half = Kept(1, PLAN, {one.number: State(SKIPPED)})
    assert half.minutes == PLAN.minutes - one.minutes
    everything = Kept(1, PLAN, {task.number: State(SKIPPED) for task in PLAN.tasks})
    assert view.progress(everything) == "0 of 0 hours done"
    assert "You have finished" in view.board(everything, START, BOOK)


def test_pace_is_told_in_words() -> None:
    task = first("note")
    slow = kept(**{f"t{task.number}": State(DONE, task.minutes * 2)})
    assert "2.0 times the planned minutes" in view.head(slow, START)
    assert "about as long as planned" in view.head(kept(**{f"t{task.number}": State(DONE, task.minutes)}), START)


def test_the_map_is_there_in_words_too() -> None:
    board = parsed(view.board(kept(), START, BOOK))
    lines = [one.text_content() for one in board.xpath("//details[@id='plan-map-words']//li")]
    assert len(lines) >= len(PLAN.chapters)
    assert any(" builds on " in line for line in lines)
    assert all(picture.get("alt") for picture in board.xpath("//img"))


def test_what_is_left_out_is_told_with_its_reason() -> None:
    board = parsed(view.board(kept(), START, BOOK))
    left_out = board.xpath("//details[@id='plan-left-out']")[0].text_content()
    assert "Not needed for this goal." in left_out
    assert all(BOOK.chapter(one.chapter).title in left_out for one in PLAN.left_out)


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (200, "3 h 20 min")])
def test_minutes_in_words(minutes: int, words: str) -> None:
    assert view.spell(minutes) == words
