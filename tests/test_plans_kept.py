"""Plans in library.db: side by side, ticked off, put off, made again, and still there after a restart."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from tutor.errors import BadInput
from tutor.handbook import Resource, load
from tutor.library import Library
from tutor.passages import Source
from tutor.plan import Request
from tutor.plans_kept import DONE, OPEN, SKIPPED, Plans, reading_minutes

START = date(2026, 1, 5)
LORA = Request("fine-tune with LoRA", 4, 6, START)
AGENTS = Request("build an agent", 3, 5, START, background="I know PyTorch", known=("tokenization",), free=(1, 4))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


@pytest.fixture
def plans(library: Library) -> Plans:
    return Plans(library, "ada")


def test_a_plan_comes_back_as_it_was_made_also_after_a_restart(plans: Plans, tmp_path: Path) -> None:
    made = plans.make(AGENTS)
    with Library.open(tmp_path / "library.db") as again:
        assert Plans(again, "ada").get(made.number) == made
    assert made.plan.request == AGENTS
    assert all(made.state(task).state == OPEN for task in made.plan.tasks)


def test_plans_stand_side_by_side_and_the_same_request_is_one(plans: Plans) -> None:
    first, second = plans.make(LORA), plans.make(AGENTS)
    assert plans.make(LORA) == first
    assert [kept.number for kept in plans.all()] == [first.number, second.number]
    assert plans.get() == second
    plans.done(f"{first.number}.1")
    assert plans.make(LORA).number == 3  # the first one has been begun: it stays as it is


def test_done_skipped_and_taken_back(plans: Plans) -> None:
    kept = plans.make(LORA)
    kept, task = plans.done("1", 12)
    assert (kept.state(task).state, kept.state(task).spent) == (DONE, 12)
    assert kept.done_minutes == task.minutes
    assert kept.pace == 12 / task.minutes
    kept, task = plans.skip("1.2")
    assert kept.state(task).state == SKIPPED
    kept, task = plans.reopen("2")
    assert kept.state(task).state == OPEN
    assert kept.pace is not None


@pytest.mark.parametrize("name", ["", "x", "1.x", "-1", "1.", "999", "7.1", "0"])
def test_a_task_that_is_none_is_told(plans: Plans, name: str) -> None:
    plans.make(LORA)
    with pytest.raises(BadInput):
        plans.done(name)


@pytest.mark.parametrize("minutes", [0, -5, 5000])
def test_impossible_minutes_are_told(plans: Plans, minutes: int) -> None:
    plans.make(LORA)
    with pytest.raises(BadInput, match="cannot be"):
        plans.done("1", minutes)


def test_without_a_plan_the_way_to_one_is_told(plans: Plans) -> None:
    with pytest.raises(BadInput, match="There is no plan yet"):
        plans.get()
    assert plans.due(START) == []
    assert plans.all() == []


def test_due_is_what_was_left_and_what_is_today_else_what_comes_next(plans: Plans) -> None:
    kept = plans.make(AGENTS)
    days = sorted({task.day for task in kept.plan.tasks})
    ((_, before),) = plans.due(days[0] - timedelta(days=1))
    assert {task.day for task in before} == {days[0]}
    ((_, later),) = plans.due(days[1])
    assert {task.day for task in later} == set(days[:2])
    for task in later:
        plans.done(str(task.number))
    ((_, after),) = plans.due(days[1])
    assert {task.day for task in after} == {days[2]}


def test_a_task_put_off_is_due_later(plans: Plans) -> None:
    plans.make(LORA)
    _, task = plans.postpone("1", START + timedelta(days=9))
    assert task.day == START + timedelta(days=9)
    ((_, due),) = plans.due(START)
    assert task.number not in {one.number for one in due}
    plans.done("1")
    with pytest.raises(BadInput, match="is done"):
        plans.postpone("1", START)


def test_made_again_what_is_done_stays_and_does_not_come_twice(plans: Plans) -> None:
    kept = plans.make(LORA)
    first_week = kept.plan.weeks[0].tasks
    for task in first_week:
        plans.done(str(task.number), task.minutes)
    again = plans.again(None, START + timedelta(weeks=2))
    assert again.number == kept.number
    done = [task for task in again.plan.tasks if again.state(task).state == DONE]
    assert [task.number for task in done] == [task.number for task in first_week]
    assert again.plan.request.weeks == 4
    assert all(task.day >= START + timedelta(weeks=2) for task in again.open)
    whole = {task.key for task in done if ", minutes " not in task.title and task.kind != "review"}
    assert not whole & {task.key for task in again.open}
    assert "low-rank-adapters-lora" in again.plan.chapters
    assert len({task.number for task in again.plan.tasks}) == len(list(again.plan.tasks))
    more = plans.again(None, START + timedelta(weeks=2), hours=8, weeks=10)
    assert (more.plan.request.hours, more.plan.request.weeks) == (8, 10)


def test_made_again_what_is_open_of_a_section_stays_though_its_chapters_are_finished(plans: Plans) -> None:
    kept = plans.make(Request("fine-tune with LoRA", 6, 12, START))
    book = load()
    of_sections = {t.key: t for t in kept.plan.tasks if t.kind in ("check", "project") and not t.key.startswith("end|")}
    assert {task.kind for task in of_sections.values()} == {"check", "project"}
    minutes = {key: sum(t.minutes for t in kept.plan.tasks if t.key == key) for key in of_sections}
    parts = [t for t in kept.plan.tasks if t.kind == "project"]
    for task in kept.plan.tasks:
        if task.kind not in ("check", "project", "review") or task == parts[0]:
            plans.done(str(task.number))
    again = plans.again(None, START + timedelta(weeks=8))
    left = {key: sum(t.minutes for t in again.open if t.key == key) for key in of_sections}
    minutes[parts[0].key] -= parts[0].minutes
    assert left == minutes
    for task in again.open:
        if task.kind == "check" and task.key in of_sections:
            assert task.title == of_sections[task.key].title
    sections = [book.chapter(t.chapter).section for t in again.open if t.kind == "check"]
    assert sections == sorted(sections, key=[section.id for section in book.sections].index)
    once_more = plans.again(None, START + timedelta(weeks=8))
    assert [(t.key, t.title, t.day) for t in once_more.open] == [(t.key, t.title, t.day) for t in again.open]


def test_a_plan_long_over_has_a_week_more(plans: Plans) -> None:
    plans.make(LORA)
    again = plans.again(None, START + timedelta(weeks=30))
    assert again.plan.request.weeks == 1
    assert again.open


def test_a_plan_is_forgotten_with_its_tasks(plans: Plans, library: Library) -> None:
    plans.make(LORA)
    plans.remove(1)
    assert plans.all() == []
    assert library.rows("SELECT * FROM tasks") == []
    with pytest.raises(BadInput, match="no plan 1"):
        plans.remove(1)


def test_a_learner_who_misses_days_gets_through_twelve_weeks(plans: Plans) -> None:
    """Studies two days in three, skips some, makes the plan again every third week: it ends, and nothing is lost."""
    chance = Random(3)
    plans.make(Request("fine-tune a model and serve it", 4, 12, START))
    done: set[int] = set()
    for day in (START + timedelta(days=n) for n in range(12 * 7)):
        if day != START and (day - START).days % 21 == 0:
            plans.again(None, day)
        if chance.random() < 1 / 3:
            continue
        for kept, tasks in plans.due(day):
            for task in [task for task in tasks if task.day <= day][:4]:
                if chance.random() < 0.1:
                    plans.skip(f"{kept.number}.{task.number}")
                else:
                    plans.done(f"{kept.number}.{task.number}")
                    done.add(task.number)
    kept = plans.get()
    assert done == {task.number for task in kept.plan.tasks if kept.state(task).state == DONE}
    assert kept.done_minutes > 0.6 * 12 * 240
    assert {task.kind for task in kept.plan.tasks if kept.state(task).state == DONE} >= {"review", "exercise"}


# -- how long a resource takes ---------------------------------------------------------------------------------------


def test_minutes_are_of_the_words_read_and_of_a_transcripts_end(library: Library) -> None:
    article = Resource("A", "https://a.test/article", "article", minutes=99)
    video = Resource("V", "https://www.youtube.com/watch?v=abc", "video")
    part = Resource("P", "https://a.test/article", "book", minutes=70, part="chapter 2")
    unread = Resource("U", "https://a.test/unread", "article", minutes=15)
    teaser = Resource("T", "https://a.test/teaser", "article", minutes=40)
    library.put(Source(article.url + "/", "A", "word " * 3000))
    library.put(Source("https://youtu.be/abc", "V", "word " * 600, kind="video", times=((0, 0.0), (2000, 1500.0))))
    library.put(Source(teaser.url, "T", "word " * 80))
    minutes = reading_minutes(library)
    assert [minutes(one) for one in (article, video, part, unread, teaser)] == [20, 25, 70, 15, 40]


def test_a_plan_uses_what_was_read(library: Library) -> None:
    resource = load().chapter("low-rank-adapters-lora").resources[2]
    library.put(Source(resource.url, resource.title, "word " * 9000))
    kept = Plans(library, "ada").make(Request("LoRA", 10, 6, START))
    assert sum(task.minutes for task in kept.plan.tasks if task.url == resource.url) == 60


def test_plans_belong_to_their_learner(library: Library) -> None:
    mine, others = Plans(library, "ada"), Plans(library, "bob")
    made = mine.make(Request("LoRA", 5, 2, START))
    assert [kept.number for kept in mine.all()] == [made.number]
    assert others.all() == []
    for reach in (others.get, others.remove):
        with pytest.raises(BadInput, match=f"no plan {made.number}"):
            reach(made.number)
    with pytest.raises(BadInput):
        others.done(f"{made.number}.1")
    assert others.make(Request("LoRA", 5, 2, START)).number != made.number
