"""The profile's addresses: a code made in one browser and entered in another, and nobody else's things before that."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.browsing import App, running
from tests.practising import NOON
from tutor.conversations import Conversations
from tutor.library import Library
from tutor.settings import Places, Settings
from ui import joining
from ui import strings as s
from ui.desk import Desk
from ui.learners import HEADER, learner

PAGE = {HEADER: "1"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    """The whole app, over the starter notes, with all that stands before its addresses."""
    folder = tmp_path_factory.mktemp("joining")
    (folder / "now").write_text(NOON.isoformat())
    with running(folder, models_folder, "-m", "tests.practising", str(folder)) as made:
        for _ in range(600):
            if httpx.get(f"{made.url}/tutor/status").json()["state"] == "ready":
                break
            time.sleep(0.05)
        yield made


@pytest.fixture(scope="module")
def library(app: App) -> Iterator[Library]:
    with Library.open(app.home / "library.db") as opened:
        yield opened


Visit = Callable[[], httpx.Client]


@pytest.fixture
def browser(app: App) -> Iterator[Visit]:
    """A browser that has opened the page."""
    opened = []

    def visit() -> httpx.Client:
        opened.append(httpx.Client(base_url=app.url, timeout=30))
        assert opened[-1].get("/").status_code == 200
        return opened[-1]

    yield visit
    for one in opened:
        one.close()


def owner(client: httpx.Client) -> str:
    found = learner(client.cookies)
    assert found
    return found


def code(client: httpx.Client) -> str:
    made = client.post("/tutor/profile/code", json={}, headers=PAGE).json()
    assert made["trouble"] == ""
    return str(made["html"].partition("<code>")[2].partition("</code>")[0])


def enter(client: httpx.Client, code: str) -> dict[str, str]:
    return dict(client.post("/tutor/profile/join", json={"code": code}, headers=PAGE).json())


def test_two_browsers_are_one_learner_once_a_code_is_entered(browser: Visit, library: Library) -> None:
    ada, bob = browser(), browser()
    number = Conversations(library, owner(ada)).begin("from Ada")
    assert ada.get(f"/tutor/conversations/{number}.md").status_code == 200
    assert bob.get(f"/tutor/conversations/{number}.md").status_code == 404
    assert enter(bob, code(ada)) == {"said": s.PROFILE_JOINED, "trouble": ""}
    assert owner(bob) == owner(ada)
    assert bob.get(f"/tutor/conversations/{number}.md").status_code == 200


def test_a_browser_that_shares_goes_along(browser: Visit) -> None:
    ada, bob, eve = browser(), browser(), browser()
    enter(eve, code(bob))
    enter(bob, code(ada))
    assert owner(eve) != owner(ada)
    eve.get("/")
    assert owner(eve) == owner(ada)


def test_nobody_sees_anybody_elses_things_by_their_number(app: App, browser: Visit, library: Library) -> None:
    ada, bob = browser(), browser()
    Conversations(library, owner(ada)).begin("secret of Ada")
    form = {"goal": "secret of Ada: fine-tune a model with LoRA", "hours": "4", "weeks": "5", "start": "2026-01-05"}
    made = ada.post("/tutor/plan/make", json={**form, "background": "", "known": [], "free": []}, headers=PAGE).json()
    assert made["trouble"] == ""
    assert "secret of Ada" in ada.get("/tutor/plan").text
    for number in range(1, 9):
        for path in (
            f"/tutor/conversations/{number}.md", f"/tutor/plan/{number}.md", f"/tutor/plan/{number}.ics",
            f"/tutor/plan/{number}.csv", f"/tutor/plan/{number}/weeks.svg", f"/tutor/plan?plan={number}",
        ):  # fmt: skip
            assert "secret of Ada" not in bob.get(path).text, path
            assert "secret of Ada" not in httpx.get(app.url + path).text, path
        told = {"plan": number, "number": number, "task": 1}
        for act in ("done", "skip", "undo", "postpone", "again", "remove"):
            assert "secret of Ada" not in bob.post(f"/tutor/plan/{act}", json=told, headers=PAGE).text
    assert "secret of Ada" in ada.get("/tutor/plan").text


@pytest.mark.parametrize("told", [{}, {"code": ""}, {"code": "AAAA-AAAA"}, {"code": 3}, {"code": "x" * 5000}])
def test_what_is_no_code_changes_nothing(browser: Visit, told: dict[str, object]) -> None:
    ada = browser()
    before = owner(ada)
    answer = ada.post("/tutor/profile/join", json=told, headers=PAGE)
    assert answer.json()["trouble"]
    assert owner(ada) == before


def test_only_the_own_page_is_heard(browser: Visit) -> None:
    ada = browser()
    for act in ("code", "join"):
        assert ada.post(f"/tutor/profile/{act}", json={}).status_code == 403
        foreign = {**PAGE, "origin": "http://elsewhere.test"}
        assert ada.post(f"/tutor/profile/{act}", json={}, headers=foreign).status_code == 403


def test_a_browser_without_cookies_is_told(app: App) -> None:
    assert s.PROFILE_NOBODY in httpx.get(f"{app.url}/tutor/profile").text
    for act in ("code", "join"):
        answer = httpx.post(f"{app.url}/tutor/profile/{act}", json={"code": "AAAA-AAAA"}, headers=PAGE)
        assert answer.json() == {"trouble": s.PROFILE_NOBODY}


def test_the_way_out_stands_where_there_was_a_way_in(browser: Visit) -> None:
    assert "/tutor/logout" not in browser().get("/tutor/profile").text


def test_whom_an_owner_has_become_before_there_is_a_library(tmp_path: Path) -> None:
    assert joining.current(Desk(Settings(Places(tmp_path))), "browser:x") == "browser:x"
