"""Each browser has a name of its own, which nobody else can guess or set, and which stays."""

import re
from collections.abc import MutableMapping
from typing import Any

import pytest

from ui.learners import COOKIE, KEEPER, Introduced, keeper, learner, name_of

NAME = "0123456789abcdef" * 2


def visit(path: str = "/", cookie: str | None = None, method: str = "GET") -> list[str]:
    """The cookies that a request is answered with."""
    sent: list[MutableMapping[str, Any]] = []

    async def page(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def keep(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def nothing() -> MutableMapping[str, Any]:
        return {}

    headers = [] if cookie is None else [(b"cookie", cookie.encode())]
    with pytest.raises(StopIteration):  # nothing in it waits, so one step is all of it
        Introduced(page)({"type": "http", "path": path, "method": method, "headers": headers}, nothing, keep).send(None)
    assert (b"x", b"y") in sent[0]["headers"]
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def named(cookies: list[str]) -> str:
    [cookie] = cookies
    found = re.fullmatch(rf"{COOKIE}=([0-9a-f]{{32}}); Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", cookie)
    assert found, cookie
    return found[1]


def test_a_new_browser_is_given_a_name_nobody_else_has() -> None:
    assert named(visit()) != named(visit())


def test_the_name_stays() -> None:
    assert named(visit(cookie=f"other=1; {COOKIE}={NAME}")) == NAME


@pytest.mark.parametrize("cookie", [f"{COOKIE}=me", f"{COOKIE}=", f"{COOKIE}={NAME}0", 'x="', "\xff=1", "a b=1; =;;"])
def test_what_is_no_name_of_ours_is_replaced(cookie: str) -> None:
    assert named(visit(cookie=cookie)) != NAME


@pytest.mark.parametrize(
    ("path", "method"), [("/tutor/status", "GET"), ("/gradio_api/queue/join", "POST"), ("/", "POST")]
)
def test_only_the_page_introduces(path: str, method: str) -> None:
    assert visit(path, method=method) == []


def test_an_owner_is_a_well_formed_name() -> None:
    assert learner({COOKIE: NAME}) == f"browser:{NAME}"
    for bad in ({}, {COOKIE: ""}, {COOKIE: "terminal"}, {COOKIE: NAME + "\n"}, {COOKIE: NAME.upper()}):
        assert learner(bad) is None


def test_the_name_stays_beside_another_programs_odd_cookie() -> None:
    assert named(visit(cookie=f'odd={{"a": "b, c"}}; {COOKIE}={NAME}')) == NAME


def test_an_owners_name_is_its_browsers() -> None:
    assert name_of(str(learner({COOKIE: NAME}))) == NAME
    with pytest.raises(ValueError, match="terminal"):
        name_of("terminal")


def test_the_keeper_is_who_sits_there_and_where_it_is_shared_who_has_the_key() -> None:
    assert keeper({"client": ("127.0.0.1", 1)})
    assert not keeper({"client": ("192.168.1.7", 1)})
    assert not keeper({"client": ("127.0.0.1", 1), KEEPER: False})
    assert keeper({"client": ("192.168.1.7", 1), KEEPER: True})
