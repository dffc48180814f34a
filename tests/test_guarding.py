"""What may reach the app: names, pages, addresses and sizes; and what every answer carries."""

import asyncio
import json
from collections.abc import Iterable, MutableMapping
from typing import Any

import pytest

from ui.guarding import HEADERS, LONGEST, UPLOADS, Guarded, OwnSessions, foreign
from ui.learners import COOKIE, cookies, learner

ADA, BOB = "a" * 32, "b" * 32


async def everything(_scope: Any, receive: Any, send: Any) -> None:
    """An app that answers whatever it is asked with the body it was sent."""
    body = (await receive()).get("body", b"")
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"ALLOW"), (b"x", b"y")]}
    )
    await send({"type": "http.response.body", "body": body})


def asked(
    app: Any, path: str = "/", method: str = "GET", body: bytes = b"", query: str = "", **sent: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer. `sent`: headers, with _ for -."""
    told: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    named = {"host": "127.0.0.1:7860", **{name.replace("_", "-"): value for name, value in sent.items()}}
    if body:
        named.setdefault("content-length", str(len(body)))
    headers = [(name.encode(), value.encode()) for name, value in named.items()]
    scope = {"type": "http", "path": path, "method": method, "headers": headers, "query_string": query.encode()}
    asyncio.run(app(scope, receive, send))
    about = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], about, told[1]["body"]


def status(app: Any, *what: Any, **sent: Any) -> int:
    return asked(app, *what, **sent)[0]


LOCAL = Guarded(everything)
SHARED = Guarded(everything, ["aula.local"], elsewhere=True)


# -- headers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "host"), [("/", "localhost"), ("/no-such", "localhost"), ("/", "elsewhere.test")])
def test_every_answer_carries_the_headers_also_where_it_is_refused(path: str, host: str) -> None:
    _, about, _ = asked(LOCAL, path, host=host)
    assert {name.decode(): value.decode() for name, value in HEADERS}.items() <= about.items()
    assert "frame-ancestors 'none'" in about["content-security-policy"]
    assert "x-powered-by" not in about


@pytest.mark.parametrize(
    ("path", "runs"),
    [("/", True), ("/tutor/evals/a", True), ("/tutor/evals", False), ("/tutor/plan/1/map.svg", False), ("/no", False)],
)
def test_only_the_page_and_the_reports_run_anything(path: str, runs: bool) -> None:
    policy = asked(LOCAL, path)[1]["content-security-policy"]
    assert ("script-src" in policy) is runs
    assert ("default-src 'none'" in policy) is not runs
    assert "connect-src 'self'" in policy or not runs


def test_an_answers_own_headers_stay_but_for_those() -> None:
    _, about, _ = asked(LOCAL)
    assert about["x"] == "y"
    assert about["x-frame-options"] == "DENY"


def test_what_is_streamed_is_not_held_up() -> None:
    seen: list[bytes] = []

    async def slowly(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in (b"a", b"b"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
            assert seen[-1] == part
        await send({"type": "http.response.body", "body": b""})

    async def send(message: MutableMapping[str, Any]) -> None:
        seen.append(message.get("body", b""))

    scope = {"type": "http", "path": "/", "method": "GET", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guarded(slowly)(scope, lambda: None, send))  # type: ignore[arg-type, return-value]
    assert seen == [b"", b"a", b"b", b""]


def test_a_websocket_is_closed() -> None:
    told: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    asyncio.run(LOCAL({"type": "websocket", "path": "/", "headers": []}, lambda: None, send))  # type: ignore[arg-type, return-value]
    assert told == [{"type": "websocket.close", "code": 1008}]


# -- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost:80", "LOCALHOST"])
def test_this_computer_is_asked_for_by_its_own_names(host: str) -> None:
    assert status(LOCAL, host=host) == 200


@pytest.mark.parametrize(
    "host", ["", "elsewhere.test", "127.0.0.1.elsewhere.test", "192.168.1.7:7860", "0.0.0.0", "[::1", "a@localhost@b"]
)
def test_a_local_tutor_answers_under_no_other_name(host: str) -> None:
    assert status(LOCAL, host=host) == 400


@pytest.mark.parametrize("host", ["192.168.1.7:7860", "[fe80::1]:7860", "Aula.local:7860", "localhost"])
def test_a_shared_tutor_answers_under_its_names_and_any_address(host: str) -> None:
    assert status(SHARED, host=host) == 200


def test_a_name_that_somebody_else_makes_lead_here_is_refused() -> None:
    assert status(SHARED, host="rebinding.test:7860") == 400


# -- other pages ----------------------------------------------------------------------------------------------------

HOST = "localhost:7860"


@pytest.mark.parametrize(
    ("method", "sent", "is_foreign"),
    [
        ("POST", {}, False),  # a program
        ("POST", {"origin": f"http://{HOST}"}, False),
        ("POST", {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}, False),
        ("POST", {"origin": "http://elsewhere.test"}, True),
        ("POST", {"origin": "http://localhost:3000"}, True),  # another program of this computer
        ("POST", {"origin": "null"}, True),
        ("POST", {"sec-fetch-site": "cross-site"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),  # a form
        ("GET", {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),  # a link
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, True),  # a picture or a script
        ("GET", {"origin": "http://elsewhere.test", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, True),
        ("OPTIONS", {"origin": "http://elsewhere.test"}, True),
    ],
)
def test_another_sites_page_may_lead_here_and_nothing_else(method: str, sent: dict[str, str], is_foreign: bool) -> None:
    assert foreign(method, {"host": HOST, **sent}) is is_foreign


def test_gradios_own_addresses_are_guarded_too() -> None:
    ours = {"host": HOST, "origin": f"http://{HOST}"}
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel"):
        assert status(LOCAL, path, "POST", b"{}", **ours) == 200
        assert status(LOCAL, path, "POST", b"{}", host=HOST, origin="http://elsewhere.test") == 403


# -- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://elsewhere.test/"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/call/answer"),
        ("GET", "/gradio_api/info"),
        ("GET", "/config"),
        ("GET", "/monitoring"),
        ("POST", "/login"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/openapi.json"),
        ("POST", "/"),
        ("PUT", "/tutor/status"),
        ("DELETE", "/tutor/status"),
        ("POST", "/assets/index.js"),
        ("GET", "/assetsx"),
    ],
)
def test_what_the_page_does_not_use_does_not_exist(method: str, path: str) -> None:
    assert status(LOCAL, path, method) == 404


# -- sizes ----------------------------------------------------------------------------------------------------------


def test_a_request_has_a_length_and_it_is_small() -> None:
    assert status(LOCAL, "/tutor/plan/make", "POST", content_length=str(LONGEST)) == 200
    for length in (str(LONGEST + 1), "-1", "many", "²"):
        assert status(LOCAL, "/tutor/plan/make", "POST", content_length=length) == 413
    assert status(LOCAL, "/tutor/plan/make", "POST", transfer_encoding="chunked") == 411


def test_where_files_come_in_more_is_let_through() -> None:
    [(path, most)] = UPLOADS.items()
    assert status(LOCAL, path, "POST", content_length=str(most)) == 200
    assert status(LOCAL, path, "POST", content_length=str(most + 1)) == 413


# -- open pages -----------------------------------------------------------------------------------------------------


def page_of(browser: str | None) -> dict[str, str]:
    return {} if browser is None else {"cookie": f"{COOKIE}={browser}"}


@pytest.fixture
def sessions() -> OwnSessions:
    return OwnSessions(everything, lambda scope: learner(cookies(scope)))


def joins(session: object, **more: object) -> dict[str, Any]:
    return {"path": "/gradio_api/queue/join", "method": "POST", "body": json.dumps({"session_hash": session}).encode()}


def test_an_open_page_is_its_browsers_alone(sessions: OwnSessions) -> None:
    sent, _, body = asked(sessions, **joins("one"), **page_of(ADA))
    assert (sent, json.loads(body)) == (200, {"session_hash": "one"})
    theirs: Iterable[dict[str, Any]] = (
        joins("one"),
        {"path": "/gradio_api/run/predict", "method": "POST", "body": b'{"session_hash": "one"}'},
        {"path": "/gradio_api/queue/data", "query": "session_hash=one"},
        {"path": "/gradio_api/heartbeat/one"},
    )
    for what in theirs:
        assert status(sessions, **what, **page_of(ADA)) == 200
        assert status(sessions, **what, **page_of(BOB)) == 403
        assert status(sessions, **what, **page_of(None)) == 403
    assert status(sessions, **joins("two"), **page_of(BOB)) == 200


def test_without_cookies_a_page_works_too(sessions: OwnSessions) -> None:
    assert status(sessions, **joins("one")) == 200
    assert status(sessions, **joins("one")) == 200
    assert status(sessions, **joins("one"), **page_of(ADA)) == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"session_hash": 3}', b"\xff"])
def test_what_names_no_page_is_left_to_gradio(sessions: OwnSessions, body: bytes) -> None:
    assert status(sessions, "/gradio_api/run/predict", "POST", body) == 200


def test_the_longest_unused_page_is_forgotten(sessions: OwnSessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OwnSessions, "MOST", 2)
    for name in ("one", "two", "one", "three"):
        assert status(sessions, **joins(name), **page_of(ADA)) == 200
    assert status(sessions, **joins("two"), **page_of(BOB)) == 200
    assert status(sessions, **joins("three"), **page_of(BOB)) == 403
