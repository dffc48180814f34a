"""The Plan tab's addresses: what each change does and says, whose plans they are, what is refused, and the files."""

import csv
import io
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import vobject
from fastapi import FastAPI
from lxml import html
from starlette.testclient import TestClient

from tutor import notes
from tutor.errors import TutorError
from tutor.library import Library
from tutor.plans_kept import Plans
from tutor.settings import Places, Settings
from ui import planning
from ui.desk import Desk
from ui.learners import COOKIE, HEADER

TODAY = date(2026, 1, 7)
ADA, BOB = "a" * 32, "b" * 32
GOAL = "fine-tune a model with LoRA"
FORM = {"goal": GOAL, "hours": "4", "weeks": "5", "start": "2026-01-05", "background": "", "known": [], "free": []}
PAGE = {HEADER: "1"}


@dataclass(slots=True)
class Visitor:
    """A browser of one learner's, which says what the page's own requests say."""

    client: TestClient

    def __call__(self, act: str, **told: Any) -> dict[str, Any]:
        answer = self.client.post(f"/tutor/plan/{act}", json=told, headers=PAGE)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        made = answer.json()
        assert bool(made["trouble"]) != bool(made["told"])
        return dict(made)

    def board(self, plan: int | str = "") -> str:
        answer = self.client.get("/tutor/plan", params={"plan": plan})
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(Places(tmp_path))


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    """A desk whose tutor is still being opened: plans do not wait for that."""
    with Library.open(settings.places.library) as library:
        notes.keep(library)
    gate = threading.Event()

    def never(*_: object) -> Any:
        gate.wait(60)
        raise TutorError("closed")

    made = Desk(settings, open_tutor=never)
    made.start()
    yield made
    gate.set()
    made.close()


def client(desk: Desk, cookie: str | None, today: date = TODAY) -> TestClient:
    app = FastAPI()
    planning.add_routes(app, desk, lambda: today)
    return TestClient(app, base_url="http://127.0.0.1:7860", cookies={COOKIE: cookie} if cookie else {})


@pytest.fixture
def ada(desk: Desk) -> Visitor:
    return Visitor(client(desk, ADA))


def parsed(made: str) -> html.HtmlElement:
    return html.fromstring(f"<div>{made}</div>")


# -- from a goal to a board -------------------------------------------------------------------------------------------


def test_without_a_plan_there_is_the_form(ada: Visitor) -> None:
    page = parsed(ada.board())
    assert page.xpath("//*[@data-view='new']")
    assert page.xpath("//input[@name='hours']/@value") == ["5"]
    assert page.xpath("//input[@name='start']/@value") == ["2026-01-07"]
    assert len(page.xpath("//input[@name='known']")) == 52
    assert len(page.xpath("//input[@name='free']")) == 7


def test_a_goal_becomes_a_plan_that_stays(ada: Visitor, settings: Settings) -> None:
    made = ada("make", **FORM)
    assert made["told"].startswith("Your plan is made: ")
    assert made["plan"] == 1
    assert set(made["parts"]) == {"plan-switch", "plan-board", "plan-new"}
    board = parsed(ada.board())
    assert board.xpath("//header//h2")[0].text_content() == GOAL
    assert made["parts"]["plan-board"] in ada.board()
    with Library.open(settings.places.library) as library:
        kept = Plans(library, f"browser:{ADA}").get(1)
    assert (kept.plan.request.hours, kept.plan.request.weeks, kept.plan.request.start) == (4, 5, date(2026, 1, 5))
    assert board.xpath("count(//section[@class='weeks']//li[contains(@class, 'task')])") == len(list(kept.plan.tasks))


def test_all_that_the_form_holds_reaches_the_plan(ada: Visitor, desk: Desk) -> None:
    ada("make", **FORM | {"hours": "2,5", "background": "PyTorch", "prefer": "video", "free": ["1", "4"],
                          "known": ["tokenization"]})  # fmt: skip
    request = desk.plans(f"browser:{ADA}").get(1).plan.request
    assert (request.hours, request.background, request.prefer) == (2.5, "PyTorch", "video")
    assert (request.free, request.known) == ((1, 4), ("tokenization",))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("hours", "0", "0 hours a week"),
        ("hours", "-1", "-1 hours a week"),
        ("hours", "lots", "“lots” is no number"),
        ("hours", "", "Nothing is no number"),
        ("hours", "nan", "nothing can be learned"),
        ("hours", "1000", "100 or less"),
        ("weeks", "0", "0 weeks"),
        ("weeks", "2.5", "no whole number"),
        ("weeks", "9999", "five years"),
        ("start", "soon", "is no date"),
        ("start", "9999-12-31", "is no date"),
        ("goal", "", "There is no goal"),
        ("goal", "learn to cook", "it covers modern AI"),
        ("goal", "word " * 500, "fewer words"),
        ("known", ["no-such-chapter"], "no chapter"),
        ("prefer", "podcast", "video, article, paper"),
    ],
)
def test_what_cannot_be_is_one_line_without_a_word_of_the_terminal(
    ada: Visitor, field: str, value: object, words: str
) -> None:
    made = ada("make", **FORM | {field: value})
    assert words in made["trouble"]
    assert "\n" not in made["trouble"]
    assert "--" not in made["trouble"].replace("--prefer", "")
    assert made["parts"] == {}
    if field in ("goal", "hours", "weeks", "start"):
        assert made["field"] == field
    assert ada.board().count('data-view="new"')


def test_hours_that_do_not_fit_into_the_days_are_told_there(ada: Visitor) -> None:
    made = ada("make", **FORM | {"hours": "40", "free": ["2"]})
    assert (made["field"], "1 day" in made["trouble"]) == ("free", True)


@pytest.mark.parametrize("told", [{}, {"goal": 5, "known": "x", "free": [None, "x"]}, {"goal": ["a"], "hours": {}}])
def test_what_no_page_of_ours_sends_is_no_traceback(ada: Visitor, told: dict[str, Any]) -> None:
    for act in planning.CHANGES:
        assert ada(act, **told)["trouble"]


# -- living with it ---------------------------------------------------------------------------------------------------


def test_ticked_off_timed_and_taken_back(ada: Visitor) -> None:
    ada("make", **FORM)
    made = ada("done", task="1.1")
    assert made["told"].startswith("Done: The tutor's note")
    assert "hours done." in made["told"]
    assert made["undo"] == {"act": "undo", "task": "1.1"}
    assert {"task-1", "today-1", "plan-head", "plan-week-1-sum"} <= set(made["parts"])
    for where in ("task-1", "today-1"):
        [row] = parsed(made["parts"][where]).xpath("//li")
        assert row.get("id") == where
        assert row.xpath(".//input[@type='checkbox']/@checked")
    timed = ada("done", task="1.1", minutes=" 12 ")
    assert parsed(timed["parts"]["task-1"]).xpath("//input[@data-took]/@value") == ["12"]
    assert "planned minutes" in timed["parts"]["plan-head"]
    assert "checked" not in ada("undo", task="1.1")["parts"]["task-1"]


@pytest.mark.parametrize("minutes", ["0", "-3", "5000", "many", "9" * 99])
def test_minutes_that_cannot_be_are_told_and_change_nothing(ada: Visitor, minutes: str) -> None:
    ada("make", **FORM)
    ada("done", task="1.1", minutes="7")
    assert "minutes" in ada("done", task="1.1", minutes=minutes)["trouble"]
    assert 'value="7"' in ada.board()


def test_a_skipped_task_counts_no_more(ada: Visitor) -> None:
    whole = parsed(ada("make", **FORM)["parts"]["plan-board"]).xpath("//progress/@max")[0]
    made = ada("skip", task="1.2")
    assert "skipped" in made["parts"]["task-2"]
    assert int(parsed(made["parts"]["plan-head"]).xpath("//progress/@max")[0]) < int(whole)


def test_put_off_and_put_back(ada: Visitor, desk: Desk) -> None:
    ada("make", **FORM)
    plans = desk.plans(f"browser:{ADA}")
    before = plans.task("1.1")[1].day
    made = ada("postpone", task="1.1", days=1)
    assert made["told"].startswith("Put off to Thursday, 8 January")
    assert plans.task("1.1")[1].day == TODAY + timedelta(days=1)
    assert set(made["parts"]) == {"plan-switch", "plan-board"}
    back = dict(made["undo"])
    assert ada(back.pop("act"), **back)["told"].startswith("Back on Monday, 5 January")
    assert plans.task("1.1")[1].day == before


def test_put_off_it_stands_in_its_new_week_on_a_day_that_suits(ada: Visitor, desk: Desk) -> None:
    ada("make", **FORM | {"free": ["0", "2"]})
    made = ada("postpone", task="1.1", days=7)
    assert desk.plans(f"browser:{ADA}").task("1.1")[1].day == date(2026, 1, 14)  # a Wednesday
    board = parsed(made["parts"]["plan-board"])
    assert board.xpath("//details[@id='plan-week-2']//li[@id='task-1']")
    assert not board.xpath("//details[@id='plan-week-1']//li[@id='task-1']")
    assert ada("postpone", task="1.1", days=1)["told"].startswith("Put off to Monday, 19 January")


@pytest.mark.parametrize("days", [0, -1, 30, "1", None])
def test_put_off_by_something_else_is_refused(ada: Visitor, days: object) -> None:
    ada("make", **FORM)
    assert ada("postpone", task="1.1", days=days)["trouble"]


def test_behind_one_is_told_so_and_can_plan_again(desk: Desk) -> None:
    late = Visitor(client(desk, ADA, date(2026, 1, 20)))
    board = parsed(late("make", **FORM)["parts"]["plan-board"])
    [behind] = board.xpath("//section[@class='behind']")
    assert "behind" in behind.text_content()
    assert behind.xpath(".//input[@name='weeks']/@value") == ["3"]
    late("done", task="1.1")
    made = late("again", plan=1, hours="6", weeks="4")
    assert "4 weeks from today" in made["told"]
    board = parsed(made["parts"]["plan-board"])
    assert not board.xpath("//section[@class='behind']")
    assert board.xpath("//li[@id='task-1']//input[@checked]")
    assert late("again", plan=1, hours="0", weeks="4")["field"] == "hours"


def test_the_weeks_that_are_over_ask_for_more(desk: Desk) -> None:
    late = Visitor(client(desk, ADA, date(2026, 6, 1)))
    board = parsed(late("make", **FORM)["parts"]["plan-board"])
    assert "are over" in board.xpath("//section[@class='behind']")[0].text_content()
    assert late("again", plan=1, hours="4", weeks="3")["told"]


def test_all_done_is_said(ada: Visitor, desk: Desk) -> None:
    ada("make", **FORM | {"hours": "2", "weeks": "1"})
    for task in desk.plans(f"browser:{ADA}").get(1).open:
        made = ada("done", task=f"1.{task.number}")
    assert "plan-today-line" not in made["parts"]
    assert "You have finished this plan" in ada.board()


def test_plans_side_by_side_are_chosen_and_removed(ada: Visitor) -> None:
    ada("make", **FORM)
    ada("make", **FORM | {"goal": "build an agent"})
    assert parsed(ada.board(1)).xpath("//div[@id='plan-board']/@data-plan") == ["1"]
    assert parsed(ada.board()).xpath("//div[@id='plan-board']/@data-plan") == ["2"]
    assert len(parsed(ada.board()).xpath("//nav//li")) == 2
    assert "plan-switch" in ada("done", task="1.1")["parts"]
    assert ada("remove", plan=2)["plan"] == 1
    made = ada("remove", plan=1)
    assert made["plan"] is None
    assert 'data-view="new"' in ada.board()
    assert "not there any more" in ada("remove", plan=1)["trouble"]


# -- whose they are ---------------------------------------------------------------------------------------------------


def test_nobody_reaches_another_learners_plan(ada: Visitor, desk: Desk) -> None:
    ada("make", **FORM)
    before = ada.board()
    bob = Visitor(client(desk, BOB))
    assert GOAL not in bob.board(1)
    for act, told in (
        ("done", {"task": "1.1"}), ("skip", {"task": "1.1"}), ("undo", {"task": "1.1"}), ("remove", {"plan": 1}),
        ("postpone", {"task": "1.1", "days": 1}), ("again", {"plan": 1, "hours": "3", "weeks": "2"}),
    ):  # fmt: skip
        assert "not there any more" in bob(act, **told)["trouble"]
    for address in ("1.ics", "1.md", "1.csv", "1/timeline.svg", "1/map.svg"):
        assert bob.client.get(f"/tutor/plan/{address}").status_code == 404
    assert ada.board() == before


def test_without_a_cookie_there_is_a_sentence(desk: Desk) -> None:
    nobody = Visitor(client(desk, None))
    assert "cookie" in nobody.board()
    assert "cookie" in nobody("make", **FORM)["trouble"]
    assert nobody.client.get("/tutor/plan/1.ics").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        PAGE | {"origin": "http://elsewhere.test"},
        PAGE | {"origin": "http://127.0.0.1:9999"},
        PAGE | {"origin": "null"},
        PAGE | {"sec-fetch-site": "cross-site"},
        PAGE | {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_change_nothing(ada: Visitor, headers: dict[str, str]) -> None:
    for act in planning.CHANGES:
        answer = ada.client.post(f"/tutor/plan/{act}", json=FORM, headers=headers)
        assert answer.status_code == 403
    assert 'data-view="new"' in ada.board()


def test_a_form_of_another_site_is_no_request(ada: Visitor) -> None:
    assert ada.client.post("/tutor/plan/make", data=FORM, headers=PAGE).status_code == 422
    own = PAGE | {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}
    assert ada.client.post("/tutor/plan/make", json=FORM, headers=own).json()["told"]


@pytest.mark.parametrize("task", ["", "1", "x.y", "1.999", "7.1", "1." + "9" * 30, "9" * 30 + ".1", 5])
def test_a_task_that_is_none_is_told(ada: Visitor, task: object) -> None:
    ada("make", **FORM)
    assert "not there any more" in ada("done", task=task)["trouble"]


# -- files ------------------------------------------------------------------------------------------------------------


def test_files_open_elsewhere_and_have_their_names(ada: Visitor) -> None:
    ada("make", **FORM | {"goal": "LoRA: “tickets” / mails"})
    ada("done", task="1.1")
    kinds = {"1.ics": "text/calendar", "1.md": "text/markdown", "1.csv": "text/csv"}
    kinds |= dict.fromkeys(("1/timeline.svg", "1/map.svg"), "image/svg+xml")
    found = {}
    for address, media in kinds.items():
        answer = ada.client.get(f"/tutor/plan/{address}", params={"save": 1})
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == media
        disposition = unquote(answer.headers["content-disposition"])
        assert disposition.startswith("attachment; filename*=UTF-8''Study plan LoRA tickets mails.")
        assert disposition.endswith(address.replace("1/", ".").removeprefix("1"))
        found[address] = answer.text
    assert len(vobject.readOne(found["1.ics"]).vevent_list) > 5
    assert "- [x] " in found["1.md"]
    rows = list(csv.DictReader(io.StringIO(found["1.csv"])))
    assert [row["done"] for row in rows].count("yes") == 1
    for picture in ("1/timeline.svg", "1/map.svg"):
        assert ElementTree.fromstring(found[picture]).tag.endswith("svg")
    shown = ada.client.get("/tutor/plan/1/map.svg")
    assert "content-disposition" not in shown.headers


@pytest.mark.parametrize("address", ["2.ics", "1.exe", "1/other.svg", "1.timeline.svg", f"{'9' * 40}.ics"])
def test_a_file_that_is_none_is_not_found(ada: Visitor, address: str) -> None:
    ada("make", **FORM)
    assert ada.client.get(f"/tutor/plan/{address}").status_code in (404, 422)


# -- opening ----------------------------------------------------------------------------------------------------------


def test_while_there_is_no_library_the_tab_waits_and_then_works(tmp_path: Path) -> None:
    desk = Desk(Settings(Places(tmp_path / "new")), open_tutor=lambda *_: threading.Event().wait(60))  # type: ignore[arg-type,return-value]
    early = Visitor(client(desk, ADA))
    assert "data-waiting" in early.board()
    assert "getting ready" in early("make", **FORM)["trouble"]
    (tmp_path / "new").mkdir()
    with Library.open(desk.settings.places.library):
        pass
    desk._began = True
    assert "data-waiting" not in early.board()
    assert early("make", **FORM)["told"]


def test_a_tutor_that_could_not_be_opened_is_told(tmp_path: Path) -> None:
    def broken(*_: object) -> Any:
        raise TutorError("The library cannot be read. Restore it from a copy.")

    desk = Desk(Settings(Places(tmp_path / "new")), open_tutor=broken)
    desk.start()
    assert desk.wait(10)
    made = Visitor(client(desk, ADA)).board()
    assert "Restore it" in made
    assert "data-waiting" not in made
