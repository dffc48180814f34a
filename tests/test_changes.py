"""What the page asks to have changed: who is heard, and what is sent."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tutor.errors import BadInput
from ui import changes
from ui.learners import COOKIE, HEADER


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    act = lambda owner, name, told: {"owner": owner, "name": name, **told}  # noqa: E731
    changes.add(app, "tab", ["turn", "move"], act)
    changes.add(app, "tab", ["keep"], act, kept=True)
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50000))


def test_own_page_is_heard_with_its_learner(client: TestClient) -> None:
    client.cookies.set(COOKIE, "0" * 32)
    answer = client.post("/tutor/tab/move", json={"to": 3}, headers={HEADER: "1"})
    assert answer.json() == {"owner": f"browser:{'0' * 32}", "name": "move", "to": 3}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: "1", "origin": "http://elsewhere.example"},
        {HEADER: "1", "sec-fetch-site": "cross-site"},
    ],
)
def test_no_other_page_is_heard(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/tutor/tab/turn", json={}, headers=headers)
    assert answer.status_code == 403
    assert "owner" not in answer.json()


@pytest.mark.parametrize(
    ("address", "heard"), [("127.0.0.1", True), ("::1", True), ("192.168.1.7", False), ("?", False)]
)
def test_what_concerns_everybody_is_the_keepers(client: TestClient, address: str, heard: bool) -> None:
    there = TestClient(client.app, base_url="http://localhost", client=(address, 50000))
    assert ("trouble" not in there.post("/tutor/tab/keep", json={}, headers={HEADER: "1"}).json()) is heard
    assert "trouble" not in there.post("/tutor/tab/turn", json={}, headers={HEADER: "1"}).json()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"'])
def test_what_is_no_object_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/tutor/tab/turn", content=body, headers={HEADER: "1", "content-type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize("told", [{}, {"a": 3}, {"a": None}, {"a": "x" * (changes.LONGEST + 1)}])
def test_no_text(told: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        changes.text(told, "a")


@pytest.mark.parametrize("value", ["", "-1", "1.5", "²", "٣", "9" * 13, None, [1], True])
def test_no_number(value: object) -> None:
    with pytest.raises(BadInput):
        changes.number({"number": value})


def test_text_and_number() -> None:
    assert changes.text({"a": " b "}, "a") == " b "
    assert changes.number({"number": 12}) == changes.number({"number": "12"}) == 12
