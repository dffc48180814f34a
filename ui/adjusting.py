"""
The Settings tab's addresses under /tutor/settings: which model answers, how, for whom, what is kept, and deleting it.

What everybody shares is the keeper's alone to see and to change; a level and what is one's own are everybody's. What
is done is in `ui.desk`, `ui.pulling` and the library, what is shown in `ui.settings_view`. Knows nothing of Gradio.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tutor import belongings, gguf, models, settings_file, tempo
from tutor.errors import BadInput, ModelError, TutorError
from tutor.machine import processor, total_memory
from tutor.settings import Answering, Settings, given
from tutor.tempo import Size
from tutor.writer import LlamaCppWriter, Message, ServerWriter
from ui import changes
from ui import settings_view as view
from ui import strings as s
from ui.changes import FRESH, Told, number, text
from ui.desk import Desk, Opening, Ready
from ui.downloads import attachment
from ui.learners import keeper, learner
from ui.pulling import Pulls, Speeds, expected
from ui.settings_view import BUDGETS, Kept, Machine, Model, Own, Place, Using

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.guarding import Application, Receive, Scope, Send
    from ui.guarding import Message as Sent

# The sizes of folders are counted again after so many seconds: the page asks every second while something is going.
SIZES_HOLD = 15.0
# A better model is offered where its first word comes within so many seconds, and it needs this share of the memory.
MOST_PATIENCE = 90.0
FITS = 0.8
DISMISSED = "offer"  # what a learner has put aside, among their choices
TRYING = 20.0  # seconds for a model server to answer


@dataclass(slots=True)
class Tab:
    """What the tab stands on: the desk, the downloads and measurements behind it."""

    desk: Desk
    pulls: Pulls
    speeds: Speeds
    _sizes: tuple[float, tuple[Place, ...]] = field(default=(0.0, ()))

    @classmethod
    def of(cls, desk: Desk) -> "Tab":
        made = cls(desk, Pulls(desk), Speeds(desk))
        desk.at_close(made.pulls.pause)
        desk.at_close(made.speeds.stop)
        return made

    @property
    def settings(self) -> Settings:
        return self.desk.settings

    # -- what is shown ------------------------------------------------------------------------------------------------

    def html(self, owner: str | None, kept: bool) -> str:
        self.speeds.want()
        return view.tab(self.own(owner), self.kept() if kept else None, self.leaves())

    def own(self, owner: str | None) -> Own:
        counts: Mapping[str, int] = {}
        with contextlib.suppress(TutorError):  # there is no library yet
            counts = belongings.counts(self.desk.library, owner) if owner else {}
        return Own(owner is not None, self.desk.level(owner), counts)

    def kept(self) -> Kept:
        """All that the keeper sees."""
        using, rows = self._using(), self._models()
        timed = self._timed()
        return Kept(
            using=using,
            models=rows,
            machine=Machine(processor(), total_memory(), timed, self.speeds.measuring),
            pull=self.pulls.now(),
            answering=self.settings.answering,
            given=given(),
            folder=str(self.settings.places.home),
            places=self._places(),
        )

    def leaves(self) -> list[str]:
        """What leaves this computer, and to whom."""
        parts = self.settings.parts
        told = [s.PRIVACY_LEAVES.format(hub=urlsplit(models.HUB).hostname)]
        if parts.model_server and self.settings.answering.form != "quotes":
            told.append(s.PRIVACY_SERVER.format(server=parts.model_server))
        if parts.chroma_server:
            told.append(s.PRIVACY_CHROMA.format(server=parts.chroma_server))
        return told

    def offer(self, owner: str | None) -> str:
        """
        The card that offers a better model; "" where the embedded one does not answer, none fits this machine, or
        this learner has put it aside. Measures meanwhile how fast it would be.
        """
        if not isinstance(self.desk.state(), Ready):
            return ""
        embedded = models.prepared(self.settings.places.models)
        using = self._using()
        if embedded is None or using.name != embedded.stem or using.server:
            return ""
        try:
            if owner is not None and self.desk.chosen(owner).get(DISMISSED):
                return ""
        except TutorError:
            return ""
        self.speeds.want()
        kept = self.kept()
        better = next((one for one in kept.models if models.offer_of(one.key) and self._worth_it(one)), None)
        return view.offer(better, kept) if better else ""

    def _worth_it(self, model: Model) -> bool:
        wait = model.speed.first_word(self.settings.answering.prompt_tokens) if model.speed else 0.0
        return model.fits and wait <= MOST_PATIENCE

    def _using(self) -> Using:
        try:
            writer = self.desk.tutor.writer
        except TutorError:
            return Using(False, None)
        state = self.desk.state()
        trouble = state.trouble if isinstance(state, Ready) else ""
        if writer is None:
            return Using(True, None, trouble=trouble)
        server = self.settings.parts.model_server if isinstance(writer, ServerWriter) else None
        return Using(True, writer.name, server, trouble, tempo.kept(self.settings.places.models, writer.name))

    def _models(self) -> tuple[Model, ...]:
        memory = total_memory()
        answers = self.answers_from_a_file()
        return tuple(self._model(row, memory, answers) for row in models.listed(self.settings))

    def answers_from_a_file(self) -> bool:
        try:
            return isinstance(self.desk.tutor.writer, LlamaCppWriter)
        except TutorError:
            return False

    def _model(self, row: Mapping[str, Any], memory: int | None, answers: bool) -> Model:
        name = str(row["name"])
        offered = models.offer_of(name)
        embedded = name == models.EMBEDDED
        path = Path(str(row["path"])) if row["path"] and not embedded else None
        found = self._expected(name, path)
        return Model(
            key=name,
            title=offered.title if offered else s.MODEL_EMBEDDED if embedded else Path(name).stem,
            note=s.MODEL_EMBEDDED_NOTE if embedded else str(row["note"]),
            size=int(row["bytes"]),
            memory=int(row["memory"]),
            licence=str(row["licence"]),
            here=row["path"] is not None,
            used=bool(row["used"]) and answers,
            fits=memory is None or row["memory"] <= memory * FITS,
            came=models.arrived(self.settings, offered) if offered and path is None else 0,
            speed=found,
        )

    def _expected(self, name: str, path: Path | None) -> tempo.Speed | None:
        folder = self.settings.places.models
        if name == models.EMBEDDED:
            ready = models.prepared(folder)
            return tempo.kept(folder, ready.stem) if ready else None
        offered = models.offer_of(name)
        if offered is not None:
            return expected(folder, offered.file.removesuffix(".gguf"), Size(offered.parameters, offered.bytes))
        if path is None:
            return None
        try:
            header = gguf.read(path)
        except ModelError:
            return None
        return expected(folder, path.stem, Size(header.parameters, header.bytes))

    def _timed(self) -> str:
        """The embedded model's name, where its speed was measured."""
        folder = self.settings.places.models
        ready = models.prepared(folder)
        return ready.stem if ready and tempo.kept(folder, ready.stem) else ""

    def _places(self) -> tuple[Place, ...]:
        counted, found = self._sizes
        if time.monotonic() - counted < SIZES_HOLD and found:
            return found
        places = self.settings.places
        library = places.library
        found = (
            _place("library", [library, *(library.with_name(f"{library.name}{end}") for end in ("-wal", "-shm"))]),
            _place("chroma", [places.chroma]),
            _place("pages", [places.pages]),
            _place("files", [places.files]),
            _place("models", [places.models]),
            _place("eval", [places.home / "eval"]),
            _place("settings", [places.settings_file]),
        )
        self._sizes = (time.monotonic(), found)
        return found

    def counted_anew(self) -> None:
        self._sizes = (0.0, ())

    # -- what is changed ----------------------------------------------------------------------------------------------

    def switch(self, wanted: Settings, values: Mapping[tuple[str, str], settings_file.Value]) -> str:
        """Has the tutor answer as `wanted` says, and remembers it; returns what stands in the way of that, or ""."""
        self.desk.use(wanted)
        self.speeds.want()
        self.counted_anew()
        try:
            settings_file.remember(wanted.places.settings_file, values)
        except TutorError as error:
            return s.MODEL_NOT_KEPT.format(why=error)
        return ""


def _place(name: str, paths: list[Path]) -> Place:
    """How much lies there; what goes away meanwhile is not counted."""
    total = files = 0
    there = False
    for path in paths:
        for file in _files(path):
            try:
                total, files, there = total + file.stat().st_size, files + 1, True
            except OSError:
                continue
    return Place(name, total if there else None, files)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    return [path] if path.exists() else []


# -- addresses --------------------------------------------------------------------------------------------------------


def frame() -> str:
    return view.frame()


class Early:
    """
    Puts the script that sets the appearance at the very top of the page's head, so that it is right before anything is
    painted: what Gradio is given for the head is only added by its own script, long after. So are the first words.
    """

    def __init__(self, app: "Application") -> None:
        self._app = app
        static = Path(__file__).parent / "static"
        script, style = ((static / name).read_text(encoding="utf-8") for name in ("theme.js", "opening.css"))
        words = f":root {{ --name: {_in_css(s.NAME)}; --opening: {_in_css(s.OPENING)}; }}"
        self._script = f"<head><script>{script}</script><style>{words}{style}</style>".encode()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if not (scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET"):
            await self._app(scope, receive, send)
            return
        held: list[Sent] = []

        async def early(message: "Sent") -> None:
            """Holds the page back until all of it is there: it comes in one piece anyway."""
            held.append(message)
            if message["type"] != "http.response.body" or message.get("more_body"):
                return
            start, *parts = held
            body = b"".join(part.get("body", b"") for part in parts).replace(b"<head>", self._script, 1)
            headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})

        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, early)


def _in_css(words: str) -> str:
    return json.dumps(words, ensure_ascii=False).replace("<", "")


def head() -> str:
    """What the page loads for this tab."""
    return (
        '<link rel="stylesheet" href="/tutor/static/settings.css">'
        '<script type="module" src="/tutor/static/settings.js"></script>'
    )


def add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    made = Tab.of(desk)

    @app.get("/tutor/settings")
    def now(request: Request) -> HTMLResponse:
        return HTMLResponse(made.html(learner(request.cookies), keeper(request.scope)), headers=FRESH)

    @app.get("/tutor/settings/offer")
    def offered(request: Request) -> HTMLResponse:
        return HTMLResponse(made.offer(learner(request.cookies)) if keeper(request.scope) else "", headers=FRESH)

    @app.get("/tutor/settings/mine.json")
    def mine(request: Request) -> Response:
        owner = learner(request.cookies)
        if owner is None:
            return Response(status_code=404)
        told = {"level": desk.level(owner), **belongings.everything(desk.library, owner)}
        return Response(
            json.dumps(told, ensure_ascii=False, indent=2),
            media_type="application/json",
            headers=attachment(s.MINE_FILE, "json", "mine"),
        )

    def change(owner: str | None, name: str, told: Told) -> Mapping[str, Any]:
        try:
            return {"said": CHANGES[name](Change(made, owner), told), "trouble": ""}
        except TutorError as error:
            return {"said": "", "trouble": " ".join(str(error).split())}

    changes.add(app, "settings", OWN, change)
    changes.add(app, "settings", [name for name in CHANGES if name not in OWN], change, kept=True)


# -- changes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What a change works on."""

    tab: Tab
    owner: str | None

    @property
    def settings(self) -> Settings:
        return self.tab.settings

    def mine(self) -> str:
        """Whose it is. Raises BadInput for a browser that has no name."""
        if self.owner is None:
            raise BadInput(s.SETTINGS_NOBODY)
        return self.owner

    def allowed(self, *names: str) -> None:
        """Raises BadInput where one of these values is set by a variable."""
        if found := [variable for name, variable in given().items() if name in names]:
            raise BadInput(s.SETTINGS_GIVEN.format(variables=", ".join(found)))

    def switch(self, *, model: str | None, server: str | None, quotes: bool = False) -> str:
        """Chooses a Writer; what to say of it."""
        self.allowed("model", "server", "form")
        form = "quotes" if quotes else Answering().form if self.settings.answering.form == "quotes" else None
        answering = replace(self.settings.answering, form=form) if form else self.settings.answering
        parts = replace(self.settings.parts, model=model, model_server=server)
        wanted = replace(self.settings, answering=answering, parts=parts)
        values: dict[tuple[str, str], settings_file.Value] = {("model", "path"): model, ("model", "server"): server}
        if form:
            values["answering", "form"] = "quotes" if quotes else None
        trouble = self.tab.switch(wanted, values)
        writer = self.tab.desk.tutor.writer
        said = s.MODEL_SWITCHED.format(name=writer.name) if writer else s.MODEL_SWITCHED_QUOTES
        return f"{said} {trouble}".strip()


def _level(change: Change, told: Told) -> str:
    level = text(told, "level")
    change.tab.desk.chosen(change.mine()).choose_level(level)
    return s.LEVEL_TOLD.format(level=s.LEVELS[level][0])


def _pull(change: Change, told: Told) -> str:
    change.tab.pulls.begin(text(told, "name"))
    return s.MODEL_PULLING


def _pause(change: Change, _: Told) -> str:
    change.tab.pulls.pause()
    change.tab.counted_anew()
    return ""


def _drop(change: Change, told: Told) -> str:
    change.tab.pulls.drop(text(told, "name"))
    change.tab.counted_anew()
    return s.MODEL_DROPPED


def _use(change: Change, told: Told) -> str:
    name = text(told, "name")
    listed = {str(row["name"]) for row in models.listed(change.settings)}
    if name not in listed:
        raise BadInput(f"There is no model {name!r} any more.")
    return change.switch(model=None if name == models.EMBEDDED else name, server=None)


def _path(change: Change, told: Told) -> str:
    named = Path(text(told, "path").strip().strip("\"'")).expanduser()
    if not named.is_absolute():
        raise BadInput(s.MODEL_NO_PATH)
    return change.switch(model=str(named), server=None)


def _server(change: Change, told: Told) -> str:
    change.allowed("model", "server", "form")
    url, name = text(told, "url").strip().rstrip("/"), text(told, "model").strip()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(s.MODEL_NO_SERVER)
    name = name or first_model(url)
    writer = ServerWriter(url, name, os.environ.get("TUTOR_API_KEY"), timeout=TRYING)
    if not "".join(writer.write(writer.render([Message("user", "Say hello.")]), max_tokens=8)).strip():
        raise BadInput(s.MODEL_SILENT.format(server=url))
    return change.switch(model=name, server=url)


def first_model(url: str) -> str:
    """The first model that a server lists; "default" where it lists none. Raises ModelError where nothing answers."""
    import httpx

    key = os.environ.get("TUTOR_API_KEY")
    try:
        answer = httpx.get(f"{url}/models", timeout=TRYING, headers={"Authorization": f"Bearer {key}"} if key else {})
        return str(answer.json()["data"][0]["id"])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelError(f"{url} cannot be reached ({error}). Start the server or mend the URL.") from error
    except (ValueError, KeyError, IndexError, TypeError):
        return "default"


def _quotes(change: Change, _: Told) -> str:
    return change.switch(model=change.settings.parts.model, server=change.settings.parts.model_server, quotes=True)


def _budget(change: Change, told: Told) -> str:
    change.allowed("prompt_tokens", "output_tokens")
    if (chosen := told.get("budget")) in BUDGETS:
        prompt, output = BUDGETS[str(chosen)]
    else:
        prompt, output = number(told, "prompt"), number(told, "output")
    if prompt < 200 or output < 16:
        raise BadInput(s.BUDGET_LEAST.format(prompt=200, output=16))
    writer = change.tab.desk.tutor.writer
    context = writer.context_tokens if writer is not None else 8192
    if prompt + output >= context:
        raise BadInput(s.BUDGET_MOST.format(context=f"{context:,}"))
    answering = replace(change.settings.answering, prompt_tokens=prompt, output_tokens=output)
    values = {("answering", "prompt_tokens"): prompt, ("answering", "output_tokens"): output}
    trouble = change.tab.switch(replace(change.settings, answering=answering), values)
    return f"{s.BUDGET_TOLD.format(prompt=prompt, output=output)} {trouble}".strip()


def _dismiss(change: Change, _: Told) -> str:
    change.tab.desk.chosen(change.mine()).put(DISMISSED, "put aside")
    return ""


def _delete(change: Change, _: Told) -> str:
    belongings.delete(change.tab.desk.library, change.mine())
    change.tab.counted_anew()
    return s.MINE_DELETED


def _erase(change: Change, told: Told) -> str:
    if text(told, "word").strip() != s.ERASE_WORD:
        raise BadInput(s.ERASE_NOT_TYPED.format(word=s.ERASE_WORD))
    if isinstance(change.tab.desk.state(), Opening):
        raise BadInput(s.MODEL_OPENING)
    try:
        change.tab.desk.begin_anew(models=told.get("models") == "yes")
    except BadInput:
        raise
    except TutorError as error:
        raise TutorError(s.ERASE_FAILED.format(why=error)) from error
    finally:
        change.tab.counted_anew()
    return s.ERASED


OWN = ("level", "delete", "dismiss")
CHANGES: Mapping[str, Callable[[Change, Told], str]] = {
    "level": _level, "delete": _delete, "dismiss": _dismiss, "pull": _pull, "pause": _pause, "drop": _drop, "use": _use,
    "path": _path, "server": _server, "quotes": _quotes, "budget": _budget, "erase": _erase,
}  # fmt: skip
