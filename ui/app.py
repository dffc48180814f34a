"""
The browser app: a Gradio page for the conversation, and a few read-only addresses beside it for the reader, the
library's list and the status line.

Everything that is shown is made in `ui.render`; what runs in the background is in `ui.desk`. The server listens on
this computer only, unless it is shared (`ui.sharing`), and the page may talk to nobody else (`ui.guarding`).
"""

import json
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tutor.answers import EvidenceFound, Stated
from tutor.conversation import Turn
from tutor.conversations import LONGEST_TITLE
from tutor.errors import BadInput, TutorError
from tutor.fingerprints import fingerprint
from tutor.settings import Settings
from ui import evaluating, joining, kept, planning, practising, render, sharing
from ui import strings as s
from ui.desk import Desk, Ready
from ui.downloads import attachment
from ui.guarding import Application, Guarded, OwnSessions
from ui.kept import Conversation
from ui.learners import Introduced, cookies, learner

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.responses import Response
    from uvicorn import Server

HOST = "127.0.0.1"
PORT = 7860
STATIC = Path(__file__).parent / "static"
# So many questions can be on their way at once: each has its evidence at once, and sees its place in the Writer's
# queue. Below the 40 threads that Gradio has, so that everything else still goes through.
SIDE_BY_SIDE = 24
# Seconds between two updates of an answer that is being written: 20 a second look smooth and cost little.
BETWEEN_UPDATES = 0.05
# Seconds that a new question waits for the one before it to be put away.
PATIENCE = 2.0
# So many turns of a conversation go with the next question.
REMEMBERED = 8


@dataclass(slots=True)
class Asking:
    """One question under way: how it is stopped, and when the page has all of it."""

    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Running:
    """A server that is running in a thread of its own."""

    url: str
    desk: Desk
    server: "Server"
    thread: threading.Thread
    shared: sharing.Sharing | None = None

    def close(self) -> None:
        """Ends the server and what runs behind it."""
        self.server.should_exit = True
        self.desk.close()
        self.thread.join(timeout=10)


def launch(
    settings: Settings,
    port: int | None = None,
    open_browser: bool = True,
    *,
    via: str | None = None,
    password: sharing.Password | None = None,
) -> None:
    """
    Opens the tutor in the browser, prints its address in one line and runs until it is interrupted.

    `port`: None takes 7860, or a free one where that is taken. `via`: as in `tutor ingest --via`. `password`: shares it
    on the network, and prints where. Raises BadInput where a port that was asked for cannot be had.
    """
    running = serve(settings, port, via=via, password=password)
    here = running.shared.keepers(running.url) if running.shared else running.url
    print(f"{s.NAME}: {here}  (Ctrl+C ends it)", flush=True)
    if running.shared:
        print(_elsewhere(running.url), flush=True)
    if open_browser:
        webbrowser.open(here)
    try:
        while running.thread.is_alive():
            running.thread.join(0.5)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    finally:
        running.close()


def serve(
    settings: Settings,
    port: int | None = None,
    *,
    via: str | None = None,
    desk: Desk | None = None,
    password: sharing.Password | None = None,
) -> Running:
    """
    The app, serving in the background; it answers requests when this returns. The tutor opens meanwhile.

    `password`: others on the network may use it who know this; without, nobody else can reach it.
    """
    # Before anything slow: a port that is taken is told at once.
    listening = _listen(HOST if password is None else sharing.EVERYWHERE, port)
    import uvicorn

    desk = desk or Desk(settings, via=via)
    shared = sharing.Sharing(password) if password else None
    config = uvicorn.Config(
        application(desk, shared), log_level="error", timeout_graceful_shutdown=1, lifespan="on", server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="web server", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    desk.start()
    return Running(f"http://{HOST}:{listening.getsockname()[1]}", desk, server, thread, shared)


def _elsewhere(url: str) -> str:
    """What the others on the network are told to open."""
    _, _, port = url.rpartition(":")
    found = [f"http://{address}:{port}" for address in sharing.addresses()]
    if not found:
        return "This computer is in no network at the moment: nobody else can reach it."
    return f"On this network, with the password: {'  or  '.join(found)}"


def _listen(host: str, port: int | None) -> socket.socket:
    """A socket on `port`, or where none is asked for, on 7860 or any free one."""
    for wanted in (PORT, 0) if port is None else (port,):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name != "nt":  # on Windows this would let two programs share the port
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, wanted))
            made.listen(128)
            return made
        except (OSError, OverflowError) as error:
            made.close()
            trouble = error
    raise BadInput(f"Port {port} cannot be used ({trouble}). Name another with --port, or leave it out.")


# -- the web application --------------------------------------------------------------------------------------------


class _NoStubs:
    """
    Keeps Gradio from writing type stubs beside its own files whenever it is imported: half of its start-up time.

    A finder for `sys.meta_path` that concerns one module; where that module changes, Gradio only starts as slowly as
    it does by itself.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        if name != "gradio.component_meta":
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def without_stubs(module: ModuleType) -> None:
            run(module)
            module.create_or_modify_pyi = lambda *_: None  # type: ignore[attr-defined]

        spec.loader.exec_module = without_stubs  # type: ignore[method-assign]
        return spec


def _import_gradio() -> None:
    """Imports Gradio for the first time: quickly, and with its telemetry off."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while it is imported
    sys.meta_path.insert(0, _NoStubs)
    try:
        import gradio  # noqa: F401
    finally:
        sys.meta_path.remove(_NoStubs)


def application(desk: Desk, shared: sharing.Sharing | None = None) -> Application:
    """The page behind all that keeps strangers out; `shared`: for others than this computer too."""
    introduced = Introduced(_pages(desk), lambda owner: joining.current(desk, owner))
    inner = OwnSessions(introduced, lambda scope: learner(cookies(scope)))
    if shared is None:
        return Guarded(inner)
    return Guarded(sharing.Locked(inner, shared), sharing.names(), elsewhere=True)


def _pages(desk: Desk) -> "FastAPI":
    """Gradio's page with the tutor's own addresses beside it, all under /tutor."""
    _import_gradio()
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.staticfiles import StaticFiles

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/tutor/static", StaticFiles(directory=STATIC))
    _add_routes(app, desk)
    planning.add_routes(app, desk)
    practising.add_routes(app, desk)
    evaluating.add_routes(app, desk)
    joining.add_routes(app, desk)
    blocks = page(desk)
    blocks.queue(default_concurrency_limit=SIDE_BY_SIDE, api_open=False)
    made: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=_theme(),
        head=_head(),
        footer_links=[],
        run_history=False,
        show_error=True,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        favicon_path=str(STATIC / "icon.png"),
        max_file_size="1mb",
    )
    return made


def _add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Request
    from fastapi.responses import HTMLResponse, JSONResponse, Response

    @app.get("/tutor/status")
    def status() -> JSONResponse:
        state = desk.state()
        reading = desk.reading
        return JSONResponse(
            {
                "line": render.status(state),
                "state": type(state).__name__.lower(),
                "reading": render.reading(reading),
                "busy": reading is not None and not reading.over,
                "held": [state.notes, state.articles] if isinstance(state, Ready) else [],
            }
        )

    @app.get("/tutor/reader")
    def reader(source: str, start: int = -1, end: int = -1, link: str | None = None, words: str = "") -> HTMLResponse:
        return HTMLResponse(_reader(desk, source, start, end, link, words))

    @app.get("/tutor/library")
    def library() -> HTMLResponse:
        return HTMLResponse(_library(desk))

    @app.get("/tutor/conversations/{number}.md")
    def conversation(number: int, request: Request) -> Response:
        owner = learner(request.cookies)
        if owner is None:
            return Response(status_code=404)
        return _exported(desk, owner, number)

    @app.exception_handler(TutorError)
    def trouble(_: Any, error: TutorError) -> HTMLResponse:
        return HTMLResponse(f'<p class="notice error">{escape(str(error))}</p>', status_code=503)


def _reader(desk: Desk, which: str, start: int, end: int, link: str | None, words: str = "") -> str:
    """A source with a span marked; `words`: the fingerprint of the words that must stand there for that."""
    tutor = desk.tutor
    source = tutor.library.source(int(which) if which.isascii() and which.isdigit() else which)
    if source is None:
        return render.reader_missing()
    chapter = next((c for c in tutor.handbook.chapters if c.id == source.chapter), None)
    number = tutor.library.number(source.url)
    as_of = tutor.library.as_of(number) if number is not None else None
    span = (start, end) if 0 <= start < end else None
    changed = span is not None and bool(words) and fingerprint(source.text[start:end]) != words
    return render.reader(source, None if changed else span, link, chapter, as_of, changed)


def _exported(desk: Desk, owner: str, number: int) -> "Response":
    """A conversation as a Markdown file; 404 where this learner has none of this number."""
    from fastapi.responses import Response

    conversations = desk.conversations(owner)
    try:
        made, title = conversations.markdown(number), conversations.get(number).title
    except BadInput as error:
        return Response(f"{error}\n", 404, media_type="text/plain")
    return Response(made, media_type="text/markdown", headers=attachment(title, "md", "conversation"))


def _library(desk: Desk) -> str:
    tutor = desk.tutor
    held = tutor.library
    chapters = {chapter.id: chapter.title for chapter in tutor.handbook.chapters}
    words, minutes = held.words_by_source(), held.minutes_by_source()
    return render.library(held.sources(), words, held.links(), held.counts(), chapters, minutes)


# -- the page -------------------------------------------------------------------------------------------------------

# Buttons inside the conversation that ask something (samples, follow-ups) are a click on it, with the question.
_ASKING = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask]");
  if (button) trigger("click", { question: button.dataset.ask });
});
"""

# What is chosen in the list of conversations is a click on it, with what to do and with which (tutor.js).
_CHOOSING = """
element.addEventListener("click", (event) => chooseTalk(event, (chosen) => trigger("click", chosen)));
"""


def page(desk: Desk) -> "gr.Blocks":
    """The page's parts and what happens when they are used."""
    import gradio as gr

    blocks: gr.Blocks
    with gr.Blocks(title=s.NAME, analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(_header(), elem_id="top", js_on_load=None, apply_default_css=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(s.CHAT, id="chat"):
                _chat(desk, blocks)
            with gr.Tab(s.PLAN, id="plan"):
                gr.HTML(planning.frame(), elem_id="plan", js_on_load=None, apply_default_css=False)
            with gr.Tab(s.PRACTICE, id="practice"):
                gr.HTML(practising.frame(), elem_id="practice", js_on_load=None, apply_default_css=False)
            with gr.Tab(s.LIBRARY, id="library"):
                _library_tab(desk)
            with gr.Tab(s.EVALS, id="evals"):
                gr.HTML(evaluating.frame(), elem_id="evals", js_on_load=None, apply_default_css=False)
        gr.HTML(_reader_frame(), elem_id="reader-frame", js_on_load=None, apply_default_css=False)
    return blocks


def _line(label: str, placeholder: str, name: str) -> "gr.Textbox":
    """A field of one line whose label is for screen readers alone."""
    import gradio as gr

    return gr.Textbox(
        label=label, placeholder=placeholder, show_label=False, container=False, lines=1, max_lines=1, elem_id=name
    )


def _chat(desk: Desk, blocks: "gr.Blocks") -> None:
    import gradio as gr

    talk = gr.State(Conversation())
    gr.HTML(_talks_frame(), elem_id="talks-frame", js_on_load=None, apply_default_css=False)
    with gr.Column(elem_id="talks"):
        gr.HTML(_talks_head(), js_on_load=None, apply_default_css=False)
        find = _line(s.TALKS_FIND, s.TALKS_FIND, "find-talk")
        listed = gr.HTML("", elem_id="talk-list", js_on_load=_CHOOSING, apply_default_css=False)
    with gr.Column(elem_id="conversation"):
        new = gr.Button(s.NEW, elem_id="new", size="sm", visible=False)
        past = gr.HTML("", elem_id="past", js_on_load=_ASKING, apply_default_css=False)
        live = gr.HTML(lambda: _welcome(desk), elem_id="live", js_on_load=_ASKING, apply_default_css=False)
    with gr.Column(elem_id="ask-area"):
        with gr.Row(elem_id="ask-row"):
            question = gr.Textbox(
                label=s.ASK_LABEL,
                placeholder=s.ASK_PLACEHOLDER,
                show_label=False,
                container=False,
                lines=1,
                max_lines=6,
                autofocus=True,
                elem_id="question",
                scale=1,
            )
            ask = gr.Button(s.ASK, variant="primary", elem_id="ask", scale=0, min_width=72)
            stop = gr.Button(s.STOP, elem_id="stop", scale=0, min_width=72, visible=False)
        gr.HTML(f'<p class="fine">{escape(s.FINE_PRINT)}</p>', js_on_load=None, apply_default_css=False)

    asking: dict[str, Asking] = {}

    def answer(
        words: str, said: Conversation, looked_for: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        data = event._data if isinstance(event._data, dict) else {}
        asked = str(data.get("question") or words or "").strip()
        if not asked:
            yield {question: ""}  # no yield at all would empty every output
            return
        who, owner = request.session_hash or "", learner(request.cookies)
        before, mine = asking.get(who), Asking()
        asking[who] = mine
        if before is not None:  # a new question ends the one that is still being answered
            before.stop.set()
            before.over.wait(PATIENCE)
        said.past, said.last = said.past + said.last, ""
        yield {
            past: said.past,
            live: render.turn(render.View(asked)),
            question: "",
            ask: gr.Button(visible=False),
            stop: gr.Button(visible=True),
            new: gr.Button(visible=False),
        }
        try:
            for html in _answering(desk, asked, said, mine.stop, owner):
                yield {live: html}
            end_of_it: dict[Any, Any] = {talk: said, listed: kept.listing(desk, owner, looked_for, said.number)}
            if asking.get(who) is mine:
                buttons = {ask: gr.Button(visible=True), stop: gr.Button(visible=False), new: gr.Button(visible=True)}
                end_of_it |= buttons
            yield end_of_it
        finally:  # only now: a question that comes meanwhile must not be overtaken by the end of this one
            if asking.get(who) is mine:
                del asking[who]
            mine.over.set()

    def halt(request: gr.Request) -> None:
        if one := asking.get(request.session_hash or ""):
            one.stop.set()

    def shown(said: Conversation) -> dict[Any, Any]:
        """A conversation that stands still, or the welcome page for one that has not begun."""
        return {
            talk: said,
            past: said.past,
            live: said.last or _welcome(desk),
            ask: gr.Button(visible=True),
            stop: gr.Button(visible=False),
            new: gr.Button(visible=bool(said.last)),
        }

    def begin_anew(looked_for: str, request: gr.Request) -> dict[Any, Any]:
        return {**shown(Conversation()), listed: kept.listing(desk, learner(request.cookies), looked_for)}

    def choose(looked_for: str, said: Conversation, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """Opens, renames or deletes a kept conversation."""
        owner, chosen, trouble = learner(request.cookies), said, ""
        told = event._data if isinstance(event._data, dict) else {}
        act, number = told.get("act"), told.get("number")
        if owner is None or not isinstance(number, int):
            return {listed: gr.skip()}
        try:
            conversations = desk.conversations(owner)
            conversations.get(number)  # where there is none, nothing is ended for it
            if act == "open":
                end(request)  # what it has stated is kept before the conversation is read
                chosen = kept.reopened(desk, owner, number)
            elif act == "rename":
                conversations.rename(number, str(told.get("title", "")))
            elif act == "delete":
                if said.number == number:
                    end(request)
                    chosen = Conversation()
                conversations.delete(number)
        except TutorError as error:
            trouble = str(error)
        rows = kept.listing(desk, owner, looked_for, chosen.number, trouble)
        return {listed: rows, **(shown(chosen) if chosen is not said else {})}

    def end(request: gr.Request) -> None:
        """Ends the question that is being answered in this page, and waits until it is put away."""
        if one := asking.pop(request.session_hash or "", None):
            one.stop.set()
            one.over.wait(PATIENCE)

    def look(looked_for: str, said: Conversation, request: gr.Request) -> str:
        return kept.listing(desk, learner(request.cookies), looked_for, said.number)

    hidden: Any = {"show_progress": "hidden", "api_visibility": "private"}
    gr.on(
        [question.submit, ask.click, live.click, past.click],
        answer,
        [question, talk, find],
        [past, live, question, ask, stop, new, talk, listed],
        trigger_mode="multiple",
        **hidden,
    )
    stop.click(halt, None, None, queue=False, **hidden)
    view = [talk, past, live, ask, stop, new, listed]
    new.click(begin_anew, find, view, queue=False, **hidden)
    listed.click(choose, [find, talk], view, trigger_mode="multiple", **hidden)
    find.change(look, [find, talk], listed, queue=False, trigger_mode="always_last", **hidden)
    blocks.load(look, [find, talk], listed, queue=False, **hidden)


def _answering(
    desk: Desk, asked: str, said: Conversation, halt: threading.Event, owner: str | None = None
) -> Iterator[str]:
    """The turn's HTML, again and again while its answer grows; at the end `said` is brought up to date, and kept."""
    view = render.View(asked)
    shown = time.monotonic()
    pending = False
    try:
        for event in desk.ask(asked, said.turns[-REMEMBERED:], halt):
            if event is not None:
                view = render.after(view, event)
                pending = True
            urgent = isinstance(event, EvidenceFound | Stated)
            if pending and (urgent or time.monotonic() - shown >= BETWEEN_UPDATES):
                yield render.turn(view, _handbook(desk))
                shown, pending = time.monotonic(), False
        if not view.over:
            view = render.stopped(view)
    except GeneratorExit:  # the page was left: what had passed the check is there when it is opened again
        if outcome := render.outcome(view):
            kept.keep(desk, owner, said, asked, outcome)
        raise
    except Exception as error:  # a person sees one line, whatever happened
        view = render.failed(view, error)
    said.last = render.turn(view, _handbook(desk))
    if outcome := render.outcome(view):
        said.turns.append(Turn(asked, outcome.text))
        if trouble := kept.keep(desk, owner, said, asked, outcome):
            said.last += f'<p class="notice quiet">{escape(s.NOT_KEPT.format(why=trouble))}</p>'
    yield said.last


def _handbook(desk: Desk) -> Any:
    try:
        return desk.tutor.handbook
    except TutorError:
        return None


def _welcome(desk: Desk) -> str:
    state = desk.state()
    return render.welcome(only_notes=isinstance(state, Ready) and state.articles == 0)


def _library_tab(desk: Desk) -> None:
    import gradio as gr

    with gr.Column(elem_id="library"):
        gr.HTML(
            f'<h2>{escape(s.READ_TITLE)}</h2><p class="quiet">{escape(s.READ_HANDBOOK_MORE)}</p>',
            js_on_load=None,
            apply_default_css=False,
        )
        with gr.Row(elem_id="read-row"):
            handbook = gr.Button(s.READ_HANDBOOK, variant="primary", elem_id="read-handbook", scale=0)
            url = _line(s.READ_URL_LABEL, s.READ_URL_PLACEHOLDER, "read-url")
            read = gr.Button(s.READ_URL, elem_id="read-page", scale=0, min_width=88)
        trouble = gr.HTML("", elem_id="read-trouble", js_on_load=None, apply_default_css=False)
        gr.HTML(_reading_frame(), elem_id="reading-frame", js_on_load=None, apply_default_css=False)
        stop = gr.Button(s.READ_STOP, elem_id="read-stop", size="sm")
        gr.HTML(_library_frame(), elem_id="library-frame", js_on_load=None, apply_default_css=False)

    def tried(act: Callable[[], None]) -> str:
        try:
            act()
        except TutorError as error:
            return f'<p class="notice error" role="alert">{escape(str(error))}</p>'
        return ""

    def read_page(address: str) -> tuple[str, str]:
        told = tried(lambda: desk.read(address))
        return told, address if told else ""

    hidden: Any = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    handbook.click(lambda: tried(desk.read_handbook), None, trouble, **hidden)
    gr.on([read.click, url.submit], read_page, url, [trouble, url], **hidden)
    stop.click(lambda: tried(desk.stop_reading), None, trouble, **hidden)


def _header() -> str:
    return (
        f'<header class="masthead"><h1>{escape(s.NAME)}</h1><p class="tagline">{escape(s.TAGLINE)}</p>'
        f'<p id="status" class="opening" role="status"><i aria-hidden="true"></i><span>{escape(s.OPENING)}</span></p>'
        "</header>"
    )


def _talks_frame() -> str:
    """The button that shows the list where there is no room for it, and what asks before something is lost."""
    return (
        f'<button id="talks-button" type="button" aria-expanded="false" aria-controls="talks" '
        f'aria-label="{escape(s.TALKS_OPEN)}" title="{escape(s.TALKS)}"><span aria-hidden="true">☰</span></button>'
        f'<dialog id="rename-talk" aria-labelledby="rename-head"><form method="dialog">'
        f'<h2 id="rename-head">{escape(s.RENAME_HEAD)}</h2>'
        f'<label>{escape(s.RENAME_LABEL)} <input name="title" maxlength="{LONGEST_TITLE}" required pattern=".*\\S.*">'
        f"</label>{_choices(s.RENAME)}</form></dialog>"
        f'<dialog id="delete-talk" aria-labelledby="delete-head"><form method="dialog">'
        f'<h2 id="delete-head">{escape(s.DELETE_HEAD)}</h2><p class="which"></p>'
        f'<p class="quiet">{escape(s.DELETE_MORE)}</p>{_choices(s.DELETE)}</form></dialog>'
    )


def _choices(does: str) -> str:
    return (
        f'<div class="choices"><button type="submit" class="does">{escape(does)}</button>'
        f'<button type="button" class="leaves">{escape(s.CANCEL)}</button></div>'
    )


def _talks_head() -> str:
    return (
        f'<div class="talks-head"><h2 id="talks-title" tabindex="-1">{escape(s.TALKS)}</h2>'
        f'<button id="talks-close" type="button" aria-label="{escape(s.TALKS_CLOSE)}">✕</button></div>'
    )


def _reader_frame() -> str:
    return (
        f'<aside id="reader" aria-label="{escape(s.READER)}" hidden>'
        f'<button class="close" type="button" aria-label="{escape(s.READER_CLOSE)}">✕</button>'
        '<div class="page"></div></aside>'
    )


def _reading_frame() -> str:
    return '<div id="reading" role="status"></div>'


def _library_frame() -> str:
    return (
        f'<div class="shelf-head"><h2>{escape(s.LIBRARY_TITLE)}</h2>'
        f'<input id="filter" type="search" placeholder="{escape(s.FILTER)}" aria-label="{escape(s.FILTER)}"></div>'
        f'<div id="shelf"><p class="quiet">{escape(s.LIBRARY_OPENING)}</p></div>'
    )


def _theme() -> "gr.themes.Base":
    """Gradio's plainest theme with the fonts of the system: nothing is fetched from anywhere."""
    import gradio as gr

    system = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(font=system, font_mono=mono, primary_hue=gr.themes.colors.teal)


def _head() -> str:
    told = json.dumps({**s.FOR_SCRIPT, "katex": _katex("js")}).replace("<", "\\u003c")
    sheet = _katex("css")
    formulas = f'<link rel="stylesheet" id="katex-sheet" href="{sheet}">' if sheet else ""
    return (
        f"<style>:root {{ --name: {_quoted(s.NAME)}; --opening: {_quoted(s.OPENING)}; }}</style>"
        f'{formulas}<link rel="stylesheet" href="/tutor/static/tutor.css">'
        f'<script type="application/json" id="tutor-strings">{told}</script>'
        '<script type="module" src="/tutor/static/tutor.js"></script>'
        f"{planning.head()}"
        f"{practising.head()}"
        f"{evaluating.head()}"
        f"{joining.head()}"
    )


def _quoted(words: str) -> str:
    """Words of ours as a string of CSS: what stands in the page until Gradio's scripts have made it."""
    return json.dumps(words, ensure_ascii=False).replace("<", "")


def _katex(kind: str) -> str | None:
    """The address of the KaTeX that Gradio brings along, where this version of it does."""
    import gradio

    assets = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
    found = sorted(assets.glob(f"katex-*.{kind}"))
    return f"/assets/{found[0].name}" if found else None
