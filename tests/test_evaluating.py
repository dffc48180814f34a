"""The Evals tab's addresses: runs, what was called wrong, whose it is, and what is refused."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from eval import own, sets
from tests.practising import LORA, opened
from tests.test_focus import answered
from tutor.conversations import Conversations
from tutor.settings import Places, Settings
from ui import evaluating
from ui import strings as s
from ui.desk import Desk
from ui.learners import COOKIE, HEADER

QUESTION = "What is <b>LoRA</b>?"


@dataclass(slots=True)
class Visitor:
    """A browser of one learner's."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=lambda: {HEADER: "1"})

    def __call__(self, act: str, **told: Any) -> dict[str, str]:
        answer = self.client.post(f"/tutor/evals/{act}", json=told, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def looked(self) -> str:
        answer = self.client.get("/tutor/evals")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(Places(tmp_path))
    made = Desk(settings, open_tutor=opened)
    made.start()
    assert made.wait(30)
    yield made
    made.close()


@pytest.fixture
def visitor(desk: Desk) -> Visitor:
    return visiting(desk)


def visiting(desk: Desk, name: str | None = None) -> Visitor:
    """A browser with an answer in its conversations."""
    app = FastAPI()
    evaluating.add_routes(app, desk)
    client = TestClient(app)
    name = secrets.token_hex(16) if name is None else name
    if name:
        client.cookies.set(COOKIE, name)
        conversations = Conversations(desk.library, f"browser:{name}")
        conversations.add(conversations.begin(QUESTION), QUESTION, answered(desk.library, QUESTION, LORA))
    return Visitor(client)


def wrong(visitor: Visitor) -> str:
    """The number of the answer that was just called wrong."""
    assert visitor("dislike", question=QUESTION)["said"] == s.WRONG_TOLD
    return visitor.looked().partition('data-number="')[2].partition('"')[0]


def questions(desk: Desk) -> list[sets.Question]:
    return sets.load(own.path(desk.settings.places.home))


def test_one_click_makes_a_question_of_an_answer_that_was_called_wrong(desk: Desk, visitor: Visitor) -> None:
    assert s.WRONG_NONE in visitor.looked()
    number = wrong(visitor)
    assert QUESTION not in visitor.looked()  # but escaped
    assert visitor("quote", number=number, at="0")["said"] == s.WRONG_BECAME
    (question,) = questions(desk)
    assert (question.question, question.kind, question.url) == (QUESTION, "answerable", f"tutor:notes/{LORA}")
    assert question.id in visitor.looked()
    assert s.number(s.EVALS_OWN, 1) in visitor.looked()
    visitor("decline", number=number)
    assert [one.kind for one in questions(desk)] == ["unanswerable"]
    visitor("forget", number=number)
    assert s.WRONG_NONE in visitor.looked()
    assert len(questions(desk)) == 1  # the question stays


def test_a_sentence_must_stand_on_its_page(desk: Desk, visitor: Visitor) -> None:
    number = wrong(visitor)
    page, sentence = (
        f"tutor:notes/{LORA}",
        "LoRA starts $B$ at zero and $A$ at random values, so training begins exactly",
    )
    for told, trouble in (
        ({"url": "https://nowhere.test/", "quote": sentence}, s.WRONG_NO_PAGE),
        ({"url": page, "quote": "Otters swim."}, s.WRONG_NO_SENTENCE),
        ({"url": page}, "quote is missing"),
        ({"url": page, "quote": "x" * 5000}, "too long"),
    ):
        assert trouble in visitor("sentence", number=number, **told)["trouble"]
    whole = f"{sentence} at the pretrained model."
    assert visitor("sentence", number=number, url=page, quote=f" {whole} ")["said"] == s.WRONG_BECAME
    assert len(questions(desk)[0].gold) == 1


def test_each_browser_has_its_own_and_other_sites_have_none(desk: Desk, visitor: Visitor) -> None:
    number = wrong(visitor)
    other = visiting(desk)
    assert s.WRONG_NONE in other.looked()
    assert "no disliked answer" in other("quote", number=number, at="0")["trouble"]
    nobody = visiting(desk, "")
    assert nobody("dislike", question=QUESTION)["trouble"] == s.EVALS_NOBODY
    for headers in ({}, {HEADER: "1", "origin": "https://evil.test"}, {HEADER: "1", "sec-fetch-site": "cross-site"}):
        answer = visitor.client.post("/tutor/evals/forget", json={"number": number}, headers=headers)
        assert answer.status_code == 403
    assert QUESTION.replace("<", "&lt;").replace(">", "&gt;") in visitor.looked()


@pytest.mark.parametrize(
    ("act", "told", "trouble"),
    [
        ("quote", {"number": "1", "at": "9"}, "not there any more"),
        ("quote", {"number": "x", "at": "0"}, "no number"),
        ("decline", {"number": "99"}, "no disliked answer"),
        ("dislike", {"question": "never asked"}, "not kept"),
        ("start", {"which": "rm -rf"}, "cannot be asked here"),
    ],
)
def test_what_cannot_be_done_is_one_line(visitor: Visitor, act: str, told: dict[str, str], trouble: str) -> None:
    wrong(visitor)
    assert trouble in visitor(act, **told)["trouble"]


def test_runs_are_listed_with_their_figures_and_the_unfinished_told(desk: Desk, visitor: Visitor) -> None:
    assert s.RUNS_NONE in visitor.looked()
    home = desk.settings.places.home / "eval"
    for name, summary in (("a-done", {"figures": {"hit@5": 0.875}}), ("b-not", None)):
        (home / name).mkdir(parents=True)
        recipe = {"kind": "set", "begun": "2026-01-01T10:00:00", "model": "quotes only"}
        (home / name / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
        (home / name / "records.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
        if summary:
            (home / name / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    shown = visitor.looked()
    assert "0.88" in shown or "0.87" in shown
    assert s.RUN_UNFINISHED.format(done=1) in shown
    assert shown.index("b-not") < shown.index("a-done")


def test_a_run_is_started_watched_and_has_a_result(
    desk: Desk, visitor: Visitor, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.settings.places.home / "models").symlink_to(models_folder)
    number = wrong(visitor)
    visitor("quote", number=number, at="0")
    assert visitor("start", which="own")["said"] == s.EVALS_STARTED
    assert visitor("start", which="own")["trouble"] == s.EVALS_BUSY
    assert "data-going" in visitor.looked()
    until = time.monotonic() + 120
    while "data-going" in visitor.looked() and time.monotonic() < until:
        time.sleep(0.3)
    shown = visitor.looked()
    assert "quote in evidence" in shown, shown
    assert s.number(s.RUN_QUESTIONS, 1) in shown
    name = shown.partition('href="/tutor/evals/')[2].partition('"')[0]
    report = visitor.client.get(f"/tutor/evals/{name}")
    assert report.status_code == 200
    assert "What is &lt;b&gt;LoRA&lt;/b&gt;?" in report.text
    assert QUESTION not in report.text.replace("\\u003c", "<") or "\\u003cb" in report.text
    assert visitor.client.get("/tutor/evals/none").status_code == 404


def test_a_run_that_is_stopped_or_fails_is_told(desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(evaluating.ARGUMENTS, "starter", ("--set", "nonsense"))  # type: ignore[arg-type]
    visitor("start", which="starter")
    until = time.monotonic() + 60
    while "data-going" in visitor.looked() and time.monotonic() < until:
        time.sleep(0.2)
    assert "There is no set &#x27;nonsense&#x27;" in visitor.looked()
    monkeypatch.setitem(evaluating.ARGUMENTS, "own", ("answers", "--quotes-only"))  # type: ignore[arg-type]
    visitor("start", which="own")
    assert visitor("stop")["said"] == s.EVALS_STOPPED
    assert "data-going" not in visitor.looked()
