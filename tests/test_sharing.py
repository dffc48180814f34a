"""The tutor for others on the network: the password, who guesses, who is logged in, and what a stranger sees."""

import io
import re
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from tests.browsing import App, running
from tests.practising import NOON
from tutor.errors import BadInput
from ui import sharing
from ui import strings as s
from ui.__main__ import main
from ui.guarding import OPEN
from ui.learners import keeper
from ui.sharing import COOKIE, Locked, Password, Sessions, Sharing, Tries

WORDS = "correct horse"
HERE, THERE = "127.0.0.1", "192.168.1.7"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def password() -> Password:
    return Password(WORDS)


@pytest.fixture
def shared(password: Password, clock: Clock) -> Sharing:
    return Sharing(password, Tries(clock), Sessions(clock))


@pytest.fixture
def app(shared: Sharing) -> Locked:
    inner = FastAPI()

    @inner.get("/{path:path}")
    def anything(path: str, request: Request) -> dict[str, Any]:
        return {"path": path, "keeper": keeper(request.scope)}

    return Locked(inner, shared)


def visitor(app: Any, address: str = THERE) -> TestClient:
    return TestClient(app, base_url="http://tutor.local", client=(address, 50000), follow_redirects=False)


def logged_in(app: Any, words: str = WORDS, address: str = THERE) -> TestClient:
    made = visitor(app, address)
    made.post(sharing.LOG_IN, data={"password": words})
    return made


# -- the password ---------------------------------------------------------------------------------------------------


def test_only_the_password_matches(password: Password) -> None:
    assert password.matches(WORDS)
    for wrong in ("", "correct hors", "correct horse ", "CORRECT HORSE", "\ud800"):
        assert not password.matches(wrong)


def test_a_password_is_kept_as_a_hash_alone(password: Password) -> None:
    assert WORDS.encode() not in b"".join(value for value in vars(password).values() if isinstance(value, bytes))
    assert vars(Password(WORDS)) != vars(password)


def test_a_short_one_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 8 characters"):
        Password("1234567")


def test_from_a_file_its_first_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{WORDS}\nnothing of this\n")
    assert sharing.chosen(file, {}).matches(WORDS)
    with pytest.raises(BadInput, match="cannot be read"):
        sharing.chosen(tmp_path / "none", {})
    file.write_text("")
    with pytest.raises(BadInput, match="at least"):
        sharing.chosen(file, {})


def test_from_the_variable_which_no_child_inherits() -> None:
    variables = {"TUTOR_PASSWORD": WORDS, "HOME": "/"}
    assert sharing.chosen(None, variables).matches(WORDS)
    assert variables == {"HOME": "/"}


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(BadInput, match="TUTOR_PASSWORD"):
        sharing.chosen(None, {})


def test_at_the_terminal_it_is_typed_twice(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed = iter(["short", WORDS, "another one", WORDS, WORDS])
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    assert sharing.chosen(None, {}).matches(WORDS)
    told = capsys.readouterr().err
    assert "at least 8" in told
    assert "not the same" in told


def test_a_password_is_no_argument(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--share-on-lan", "--password", WORDS])
    with pytest.raises(SystemExit):
        main(["--password-file", "x"])
    assert "goes with --share-on-lan" in capsys.readouterr().err


# -- who guesses ----------------------------------------------------------------------------------------------------


def test_each_further_wrong_try_costs_twice_the_wait(clock: Clock) -> None:
    tries = Tries(clock)
    waits = []
    for _ in range(Tries.FREE + 3):
        waits.append(tries.wait(THERE))
        clock.now += waits[-1]
        tries.wrong(THERE)
    assert waits == [0, 0, 0, 0, 1, 2, 4]
    assert tries.wait("192.168.1.8") == 0
    tries.right(THERE)
    assert tries.wait(THERE) == 0


def test_the_wait_has_an_end_and_is_forgotten(clock: Clock) -> None:
    tries = Tries(clock)
    for _ in range(40):
        tries.wrong(THERE)
        clock.now += 10
    assert 0 < tries.wait(THERE) <= Tries.LONGEST_WAIT
    clock.now += Tries.FORGOTTEN
    tries.wrong(THERE)
    assert tries.wait(THERE) == 0


def test_all_together_have_so_many_a_minute(clock: Clock) -> None:
    tries = Tries(clock)
    for n in range(Tries.MOST):
        assert tries.wait(f"10.0.0.{n}") == 0
        tries.wrong(f"10.0.0.{n}")
    assert tries.wait("10.0.1.1") == Tries.WITHIN
    clock.now += Tries.WITHIN
    assert tries.wait("10.0.1.1") == 0


# -- who is logged in -----------------------------------------------------------------------------------------------


def test_a_token_is_kept_as_a_hash_and_ends(clock: Clock) -> None:
    sessions = Sessions(clock)
    token = sessions.begin()
    assert token not in repr(vars(sessions))
    assert sessions.find(token) is not None
    assert sessions.find("") is None
    clock.now += sharing.LASTS + 1
    assert sessions.find(token) is None
    token = sessions.begin(keeper=True)
    found = sessions.find(token)
    assert found is not None
    assert found.keeper
    sessions.end(token)
    assert sessions.find(token) is None


def test_who_has_been_away_longest_makes_room(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST_SESSIONS", 2)
    sessions = Sessions(clock)
    first = sessions.begin()
    clock.now += 1
    second = sessions.begin()
    clock.now += 1
    assert sessions.find(first)
    third = sessions.begin()
    assert [sessions.find(one) is not None for one in (first, second, third)] == [True, False, True]


# -- what a stranger sees -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [HERE, THERE])
def test_a_stranger_is_led_to_the_log_in_and_gets_nothing_else(app: Locked, address: str) -> None:
    stranger = visitor(app, address)
    answer = stranger.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, sharing.LOG_IN)
    for path in [*OPEN, "/tutor/status", "/tutor/static/tutor.js", "/tutor/static/login.css/../tutor.js", "/config"]:
        if path != "/":
            answer = stranger.get(path)
            assert (answer.status_code, answer.text) == (401, s.LOGIN_NEEDED + "\n"), path
            assert stranger.post(path).status_code == 401
    opened = stranger.get("/tutor/plan/1.md", headers={"sec-fetch-mode": "navigate"})
    assert opened.headers["location"] == sharing.LOG_IN
    for path in sharing.OPEN_TO_ALL:
        assert stranger.get(path).status_code == 200


def test_the_log_in_page_needs_nothing_else(app: Locked) -> None:
    page = visitor(app).get(sharing.LOG_IN)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    asked = set(re.findall(r'(?:href|src)="([^"]*)"', page.text))
    assert asked == set(sharing.OPEN_TO_ALL)


def test_the_password_lets_in_and_logging_out_ends_it(app: Locked) -> None:
    browser = visitor(app)
    answer = browser.post(sharing.LOG_IN, data={"password": WORDS})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", cookie)
    assert browser.get("/tutor/status").json() == {"path": "tutor/status", "keeper": False}
    assert browser.get(sharing.LOG_IN).headers["location"] == "/"
    kept = browser.cookies[COOKIE]
    assert browser.get(sharing.LOG_OUT).status_code == 200  # a link changes nothing
    assert browser.post(sharing.LOG_OUT).headers["location"] == sharing.LOG_IN
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, kept)
    assert browser.get("/tutor/status").status_code == 401


def test_a_wrong_password_is_told_and_soon_has_to_wait(app: Locked, clock: Clock) -> None:
    guesser = visitor(app)
    for _ in range(Tries.FREE):
        answer = guesser.post(sharing.LOG_IN, data={"password": "wrong password"})
        assert answer.status_code == 401
        assert s.LOGIN_WRONG in answer.text
        assert "wrong password" not in answer.text
    answer = guesser.post(sharing.LOG_IN, data={"password": WORDS})
    assert answer.status_code == 429
    assert "Wait 1 second," in answer.text
    assert logged_in(app, address="192.168.1.8").get("/").status_code == 200
    clock.now += 1
    assert guesser.post(sharing.LOG_IN, data={"password": WORDS}).status_code == 303


@pytest.mark.parametrize("body", [b"", b"password", b"password=", b"\xff=\xfe", b'{"password": "correct horse"}'])
def test_what_is_no_password_is_wrong(app: Locked, body: bytes) -> None:
    assert visitor(app).post(sharing.LOG_IN, content=body).status_code == 401


def test_a_made_up_cookie_lets_nobody_in(app: Locked) -> None:
    for token in ("", "x", "a" * 43):
        stranger = visitor(app)
        stranger.cookies.set(COOKIE, token)
        assert stranger.get("/tutor/status").status_code == 401


def test_the_key_makes_the_keeper_on_this_computer_alone(app: Locked, shared: Sharing) -> None:
    link = urlsplit(shared.keepers("http://127.0.0.1:1"))
    here = visitor(app, HERE)
    assert here.get(f"{link.path}?{link.query}").headers["location"] == "/"
    assert here.get("/tutor/status").json()["keeper"] is True
    there = visitor(app, THERE)
    assert there.get(f"{link.path}?{link.query}").status_code == 200  # the log-in page
    assert there.get("/tutor/status").status_code == 401
    assert visitor(app, HERE).get(f"{link.path}?key=").status_code == 200
    assert logged_in(app, address=HERE).get("/tutor/status").json()["keeper"] is False


# -- a real server --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere() -> str:
    """An address of this computer that is not the loopback."""
    found = sharing.addresses()
    if not found:
        pytest.skip("this computer has no address but the loopback")
    return found[0]


def started(folder: Path, models: Path, *password: str) -> AbstractContextManager[App]:
    """The app in a process of its own, over the starter notes."""
    (folder / "now").write_text(NOON.isoformat())
    return running(folder, models, "-m", "tests.practising", str(folder), "0", *password)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    with started(tmp_path_factory.mktemp("local"), models_folder) as made:
        yield made


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    with started(tmp_path_factory.mktemp("lan"), models_folder, WORDS) as made:
        yield made


def got(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers, no redirect followed."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.request("GET" if body is None else "POST", where.path or "/", body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


def port(app: App) -> int:
    return int(app.url.rpartition(":")[2])


def test_unless_it_is_shared_nothing_listens_for_others(local: App, elsewhere: str) -> None:
    assert got(local.url)[0] == 200
    with pytest.raises(OSError):  # noqa: PT011  (refused, or no route: as the system has it)
        socket.create_connection((elsewhere, port(local)), timeout=5).close()


def test_shared_it_answers_others_who_know_the_password(lan: App, elsewhere: str) -> None:
    url = f"http://{elsewhere}:{port(lan)}"
    status, about = got(url)
    assert (status, about["location"]) == (303, sharing.LOG_IN)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert got(url + sharing.LOG_IN, urlencode({"password": "no, not this"}).encode(), **form)[0] == 401
    assert got(url + sharing.LOG_IN, urlencode({"password": WORDS}).encode(), Origin="http://elsewhere.test")[0] == 403
    status, about = got(url + sharing.LOG_IN, urlencode({"password": WORDS}).encode(), Origin=url, **form)
    assert status == 303
    cookie = {"Cookie": about["set-cookie"].partition(";")[0]}
    assert got(url, **cookie)[0] == 200
    assert got(url + "/tutor/status", **cookie)[0] == 200
    assert got(url + "/tutor/status")[0] == 401


def test_shared_every_address_of_gradios_is_behind_the_log_in(lan: App) -> None:
    for path in (
        "/config",
        "/theme.css",
        "/gradio_api/queue/data",
        "/gradio_api/heartbeat/x",
        "/assets/x",
        "/tutor/library",
    ):
        assert got(lan.url + path)[0] in (401, 404), path
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/upload", "/tutor/plan/make"):
        assert got(lan.url + path, b"{}")[0] in (401, 404), path


def test_no_answer_tells_what_serves_it(local: App) -> None:
    for path in ("/", "/no-such", "/tutor/static/tutor.css", "/tutor/static/no-such", "/tutor/reader", "/theme.css"):
        _, about = got(local.url + path)
        assert "server" not in about
        assert about["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'none'" in about["content-security-policy"], path
        assert about["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/tutor/static/../app.py", "/tutor/static/%2e%2e/app.py", "/assets/..%2f..%2findex.html"]
)
def test_static_files_lead_nowhere_else(local: App, path: str) -> None:
    assert got(local.url + path)[0] in (400, 403, 404)
    assert got(local.url + path.replace("%2e", "%252e"))[0] in (400, 403, 404)
