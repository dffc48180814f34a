"""The Settings tab's addresses: what each changes, what is remembered, whose it is, and what is refused."""

import json
import secrets
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.practising import LORA, opened
from tests.test_focus import answered
from tests.test_gguf import TOY
from tests.test_models import BODY, Hub
from tests.test_writer import ChatServer, serving
from tutor import models, tempo
from tutor.conversations import Conversations
from tutor.learner_settings import LearnerSettings
from tutor.settings import Places, Settings
from tutor.tempo import Speed
from tutor.writer import ScriptedWriter, ServerWriter
from ui import adjusting
from ui import strings as s
from ui.desk import Desk
from ui.learners import COOKIE, HEADER

OFFER = models.CATALOGUE[0]


@dataclass(slots=True)
class Visitor:
    """A browser of one learner's."""

    client: TestClient
    owner: str
    headers: dict[str, str] = field(default_factory=lambda: {HEADER: "1"})

    def __call__(self, act: str, **told: Any) -> dict[str, str]:
        answer = self.client.post(f"/tutor/settings/{act}", json=told, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def looked(self, at: str = "") -> str:
        answer = self.client.get(f"/tutor/settings{at}")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for variable in ("TUTOR_MODEL", "TUTOR_MODEL_SERVER", "TUTOR_PROMPT_TOKENS", "TUTOR_OUTPUT_TOKENS", "TUTOR_FORM"):
        monkeypatch.delenv(variable, raising=False)
    made = Desk(Settings(Places(tmp_path)), open_tutor=opened)
    made.start()
    assert made.wait(30)
    yield made
    made.close()


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    made = FastAPI()
    adjusting.add_routes(made, desk)
    return made


def visiting(app: FastAPI, address: str = "127.0.0.1", name: str | None = None) -> Visitor:
    client = TestClient(app, base_url="http://localhost", client=(address, 50000))
    name = secrets.token_hex(16) if name is None else name
    if name:
        client.cookies.set(COOKIE, name)
    return Visitor(client, f"browser:{name}")


@pytest.fixture
def visitor(app: FastAPI) -> Visitor:
    return visiting(app)


def written(desk: Desk) -> dict[str, Any]:
    file = desk.settings.places.settings_file
    return tomllib.loads(file.read_text()) if file.exists() else {}


def until(visitor: Visitor, words: str, at: str = "") -> str:
    ends = time.monotonic() + 20
    while words not in (shown := visitor.looked(at)):
        assert time.monotonic() < ends, shown
        time.sleep(0.05)
    return shown


# -- level and budget -------------------------------------------------------------------------------------------------


def test_a_level_is_the_learners_own_and_stays(desk: Desk, app: FastAPI, visitor: Visitor) -> None:
    assert visitor("level", level="beginner")["said"] == s.LEVEL_TOLD.format(level="Beginner")
    assert LearnerSettings(desk.library, visitor.owner).level == "beginner"
    assert 'value="beginner" checked' in visitor.looked()
    other = visiting(app, "192.168.1.7")
    assert 'value="intermediate" checked' in other.looked()
    assert "Choose one of" in other("level", level="genius")["trouble"]
    assert other("level", level="expert")["said"]
    assert visiting(app, name="")("level", level="expert")["trouble"] == s.SETTINGS_NOBODY
    assert desk.level(visitor.owner) == "beginner"


def test_a_budget_is_used_at_once_and_remembered(desk: Desk, visitor: Visitor) -> None:
    assert not visitor("budget", budget="quick")["trouble"]
    assert (desk.settings.answering.prompt_tokens, desk.tutor._prompt_tokens) == (300, 300)
    assert written(desk) == {"answering": {"prompt_tokens": 300, "output_tokens": 80}}
    assert 'value="quick" checked' in visitor.looked()
    assert not visitor("budget", prompt="777", output="99")["trouble"]
    assert 'value="own" checked' in visitor.looked()
    for told, trouble in (
        ({"prompt": "100", "output": "99"}, "At least 200"),
        ({"prompt": "9000", "output": "99"}, "fewer than"),
        ({"prompt": "many", "output": "99"}, "no number"),
    ):
        assert trouble in visitor("budget", **told)["trouble"]
    assert desk.settings.answering.prompt_tokens == 777


def test_what_a_variable_sets_is_not_changed(desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_MODEL", "x.gguf")
    monkeypatch.setenv("TUTOR_OUTPUT_TOKENS", "99")
    assert "TUTOR_OUTPUT_TOKENS" in visitor("budget", budget="quick")["trouble"]
    for act, told in (("quotes", {}), ("use", {"name": models.EMBEDDED}), ("path", {"path": "/x.gguf"})):
        assert "TUTOR_MODEL" in visitor(act, **told)["trouble"]
    assert "TUTOR_MODEL" in visitor("server", url="http://127.0.0.1:1/v1", model="")["trouble"]
    assert written(desk) == {}


# -- model ------------------------------------------------------------------------------------------------------------


def test_no_model_and_back(desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.settings.places.settings_file.write_text("# mine\n[chroma]\n")
    monkeypatch.setattr(models, "open_writer", lambda _: ScriptedWriter([], name="scripted"))
    assert visitor("quotes")["said"] == s.MODEL_SWITCHED_QUOTES
    assert written(desk)["answering"] == {"form": "quotes"}
    assert desk.tutor.writer is None
    assert s.MODEL_NOW_QUOTES in visitor.looked()
    assert visitor("use", name=models.EMBEDDED)["said"] == s.MODEL_SWITCHED.format(name="scripted")
    assert written(desk) == {"answering": {}, "chroma": {}}
    assert desk.settings.answering.form == "check"
    assert desk.settings.places.settings_file.read_text().startswith("# mine\n")


def test_what_cannot_be_used_is_one_line_and_changes_nothing(desk: Desk, visitor: Visitor, tmp_path: Path) -> None:
    before = desk.tutor.writer
    (tmp_path / "notes.gguf").write_text("not a model")
    (tmp_path / "toy.gguf").write_bytes(TOY)
    for act, told, trouble in (
        ("path", {"path": "model.gguf"}, s.MODEL_NO_PATH),
        ("path", {"path": "/no/such.gguf"}, "No model at"),
        ("path", {"path": f'"{tmp_path / "notes.gguf"}"'}, "is not a GGUF file"),
        ("path", {"path": str(tmp_path / "toy.gguf")}, "cannot be loaded"),
        ("use", {"name": OFFER.name}, "is not on this machine"),
        ("use", {"name": "/etc/passwd"}, "any more"),
        ("server", {"url": "file:///etc", "model": ""}, s.MODEL_NO_SERVER),
        ("server", {"url": "http://127.0.0.1:9/v1", "model": ""}, "cannot be reached"),
        ("pull", {"name": "gpt-17"}, "no model"),
    ):
        answer = visitor(act, **told)
        assert trouble in answer["trouble"], answer
        assert "\n" not in answer["trouble"]
    assert written(desk) == {}
    assert desk.tutor.writer is before


def test_a_server_is_asked_before_it_is_used(desk: Desk, visitor: Visitor) -> None:
    ChatServer.asked = []
    with serving(ChatServer) as url:
        said = visitor("server", url=f"{url}/v1/", model="small")
        assert said["said"] == s.MODEL_SWITCHED.format(name="small"), said
        assert ChatServer.asked
    assert isinstance(desk.tutor.writer, ServerWriter)
    assert written(desk) == {"model": {"path": "small", "server": f"{url}/v1"}}
    shown = visitor.looked()
    assert f"{url}/v1" in shown
    assert s.PRIVACY_SERVER.format(server=f"{url}/v1") in shown


class Lists(BaseHTTPRequestHandler):
    """A server that names its models."""

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "the-first"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_the_first_model_of_a_server_is_taken_where_none_is_named() -> None:
    with serving(Lists) as url:
        assert adjusting.first_model(url) == "the-first"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import hashlib

    monkeypatch.setattr(models, "_PATIENCE", 0.0)
    monkeypatch.setattr(models, "CATALOGUE", (replace(OFFER, bytes=len(BODY)),))
    Hub.breaks, Hub.ranges, Hub.checksum = 0, [], hashlib.sha256(BODY).hexdigest()
    with serving(Hub) as url:
        monkeypatch.setattr(models, "HUB", url)
        yield url


def test_a_model_is_fetched_and_its_checksum_told(hub: str, desk: Desk, visitor: Visitor) -> None:
    Hub.breaks = 1
    assert visitor("pull", name=OFFER.name)["said"] == s.MODEL_PULLING
    shown = until(visitor, s.MODEL_CHECKED)
    assert f'data-set="use" data-name="{OFFER.name}"' in shown
    assert Hub.ranges == [None, "bytes=30000-"]
    assert written(desk) == {}  # it is here, and is used when somebody says so


def test_a_damaged_download_is_told_and_can_be_fetched_again(hub: str, visitor: Visitor) -> None:
    Hub.checksum = "0" * 64
    visitor("pull", name=OFFER.name)
    shown = until(visitor, "wrong checksum")
    assert 'data-set="pull"' in shown


def test_what_came_before_a_restart_is_offered_to_go_on(hub: str, desk: Desk, visitor: Visitor) -> None:
    folder = desk.settings.places.models
    folder.mkdir(exist_ok=True)
    (folder / f"{OFFER.file}.part").write_bytes(BODY[:50_000])
    (folder / f"{OFFER.file}.part.etag").write_text('"v1"')
    assert s.MODEL_RESUME in visitor.looked()
    visitor("pull", name=OFFER.name)
    until(visitor, s.MODEL_CHECKED)
    assert Hub.ranges == ["bytes=50000-"]
    (folder / f"{OFFER.file}.part").write_bytes(BODY[:50_000])
    (folder / OFFER.file).unlink()
    assert visitor("drop", name=OFFER.name)["said"] == s.MODEL_DROPPED
    assert s.MODEL_RESUME not in visitor.looked()


def test_a_full_disk_and_no_network_are_one_line(
    hub: str, desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "CATALOGUE", (replace(OFFER, bytes=10**18),))
    visitor("pull", name=OFFER.name)
    until(visitor, "Make room first")
    monkeypatch.setattr(models, "CATALOGUE", (replace(OFFER, bytes=len(BODY)),))
    monkeypatch.setattr(models, "HUB", "http://127.0.0.1:9")
    visitor("pull", name=OFFER.name)
    until(visitor, "cannot be fetched")


# -- the card in the chat ---------------------------------------------------------------------------------------------


def test_a_better_model_is_offered_where_the_embedded_one_answers(
    desk: Desk, app: FastAPI, visitor: Visitor, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert visitor.looked("/offer") == ""  # a model of their own answers
    (desk.settings.places.home / "models").symlink_to(models_folder)
    embedded = models.embedded(models_folder)
    monkeypatch.setattr(models, "open_writer", lambda _: ScriptedWriter([], name=embedded.stem))
    monkeypatch.setattr(tempo, "kept", lambda _, name: Speed(300, 60) if name == embedded.stem else None)
    desk.use(replace(desk.settings, answering=replace(desk.settings.answering, output_tokens=99, form="grammar")))
    desk.use(replace(desk.settings, parts=replace(desk.settings.parts, model="embedded")))
    card = visitor.looked("/offer")
    assert "Qwen3 4B" in card
    assert "(now 2 s)" in card
    assert visiting(app, "192.168.1.7").looked("/offer") == ""
    other = visiting(app)
    visitor("dismiss")
    assert visitor.looked("/offer") == ""
    assert "Qwen3 4B" in other.looked("/offer")
    monkeypatch.setattr(tempo, "kept", lambda _, name: Speed(2, 1) if name == embedded.stem else None)
    assert other.looked("/offer") == ""  # nobody would wait for it


# -- privacy ----------------------------------------------------------------------------------------------------------


def lived(desk: Desk, visitor: Visitor, question: str) -> None:
    conversations = Conversations(desk.library, visitor.owner)
    conversations.add(conversations.begin(question), question, answered(desk.library, question, LORA))


def test_what_is_mine_is_given_and_deleted(desk: Desk, app: FastAPI, visitor: Visitor) -> None:
    assert s.MINE_NOTHING in visitor.looked()
    other = visiting(app, "192.168.1.7")
    for one in (visitor, other):
        lived(desk, one, "What is LoRA?")
    visitor("level", level="expert")
    assert s.number(s.MINE_COUNTS["conversations"], 1) in visitor.looked()
    answer = visitor.client.get("/tutor/settings/mine.json")
    assert "attachment" in answer.headers["content-disposition"]
    told = answer.json()
    assert told["level"] == "expert"
    assert told["conversations"][0]["turns"][0]["answer"]["kind"]
    assert other("delete")["said"] == s.MINE_DELETED
    assert s.MINE_NOTHING in other.looked()
    assert len(Conversations(desk.library, visitor.owner).listed()) == 1
    assert visiting(app, name="").client.get("/tutor/settings/mine.json").status_code == 404


def test_everything_is_the_keepers_to_delete_and_asks_for_a_word(desk: Desk, app: FastAPI, visitor: Visitor) -> None:
    lived(desk, visitor, "What is LoRA?")
    assert visiting(app, "192.168.1.7")("erase", word=s.ERASE_WORD)["trouble"] == s.KEEPER_ALONE
    assert "Nothing was deleted" in visitor("erase", word="yes")["trouble"]
    assert len(Conversations(desk.library, visitor.owner).listed()) == 1
    assert visitor("erase", word=f" {s.ERASE_WORD} ")["said"] == s.ERASED
    visitor.looked()  # while it is opened again
    assert desk.wait(30)
    assert s.MINE_NOTHING in visitor.looked()


@pytest.mark.parametrize("act", [name for name in adjusting.CHANGES if name not in adjusting.OWN])
def test_what_everybody_shares_is_the_keepers(app: FastAPI, act: str) -> None:
    assert visiting(app, "192.168.1.7")(act)["trouble"] == s.KEEPER_ALONE


def test_other_sites_change_nothing(desk: Desk, visitor: Visitor) -> None:
    for headers in ({}, {HEADER: "1", "origin": "https://evil.test"}):
        for act in adjusting.CHANGES:
            assert visitor.client.post(f"/tutor/settings/{act}", json={}, headers=headers).status_code == 403


def test_early_the_tab_says_so(tmp_path: Path) -> None:
    app = FastAPI()
    adjusting.add_routes(app, Desk(Settings(Places(tmp_path)), open_tutor=opened))
    visitor = visiting(app)
    assert s.MODEL_OPENING in visitor.looked()
    assert visitor.looked("/offer") == ""
    assert "getting ready" in visitor("budget", budget="quick")["trouble"]
