"""
The browser app: a Gradio page for the conversation, and a few read-only addresses beside it for the reader and
the status line.

Everything that is shown is made in `ui.render`; what runs in the background is in `ui.desk`. The server listens on
this computer only, unless it is shared (`ui.sharing`), and the page may talk to nobody else (`ui.guarding`).
"""

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tutor.errors import BadInput, TutorError
from tutor.fingerprints import fingerprint
from tutor.settings import Settings
from ui import adjusting, evaluating, joining, planning, practising, render, sharing, shelf
from ui import strings as s
from ui.desk import Desk, Ready
from ui.guarding import Application, Guarded, OwnSessions
from ui.learners import Introduced, cookies, learner

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI
    from uvicorn import Server

HOST = "127.0.0.1"
PORT = 7860
STATIC = Path(__file__).parent / "static"


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
        # What it breaks off now, a stream to an open page, is meant to be: not one traceback for it on the terminal.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
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
    with _ended_like_interrupted():
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
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl+C is no reason to leave things half closed
            print(file=sys.stderr)
        finally:
            running.close()


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """A polite request to end (SIGTERM) is taken as Ctrl+C is; as both were before, when it is over."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = [(which, signal.getsignal(which)) for which in (signal.SIGTERM, signal.SIGINT)]
    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        for which, handler in before:
            signal.signal(which, handler)


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
    app.add_middleware(adjusting.Early)
    app.mount("/tutor/static", StaticFiles(directory=STATIC))
    from ui import chat

    _add_routes(app, desk)
    chat.add_routes(app, desk)
    planning.add_routes(app, desk)
    practising.add_routes(app, desk)
    evaluating.add_routes(app, desk)
    shelf.add_routes(app, desk)
    adjusting.add_routes(app, desk)
    joining.add_routes(app, desk)
    blocks = page(desk)
    blocks.queue(api_open=False)
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
    from fastapi.responses import HTMLResponse, JSONResponse

    @app.get("/tutor/status")
    def status() -> JSONResponse:
        state = desk.state()
        return JSONResponse(
            {
                "boot": desk.boot,
                "line": render.status(state, desk.readings.now if desk.readings.busy else None),
                "state": type(state).__name__.lower(),
                "busy": desk.readings.busy,
                "held": [state.notes, state.articles] if isinstance(state, Ready) else [],
            }
        )

    @app.get("/tutor/reader")
    def reader(source: str, start: int = -1, end: int = -1, link: str | None = None, words: str = "") -> HTMLResponse:
        return HTMLResponse(_reader(desk, source, start, end, link, words))

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


# -- the page -------------------------------------------------------------------------------------------------------


def page(desk: Desk) -> "gr.Blocks":
    """The page's parts and what happens when they are used."""
    import gradio as gr

    from ui import chat

    blocks: gr.Blocks
    with gr.Blocks(title=s.NAME, analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(_header(), elem_id="top", js_on_load=None, apply_default_css=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(s.CHAT, id="chat"):
                chat.tab(desk, blocks)
            with gr.Tab(s.PLAN, id="plan"):
                gr.HTML(planning.frame(), elem_id="plan", js_on_load=None, apply_default_css=False)
            with gr.Tab(s.PRACTICE, id="practice"):
                gr.HTML(practising.frame(), elem_id="practice", js_on_load=None, apply_default_css=False)
            with gr.Tab(s.LIBRARY, id="library"):
                gr.HTML(shelf.frame(), elem_id="library", js_on_load=None, apply_default_css=False)
            with gr.Tab(s.EVALS, id="evals"):
                gr.HTML(evaluating.frame(), elem_id="evals", js_on_load=None, apply_default_css=False)
            with gr.Tab(s.SETTINGS, id="settings"):
                gr.HTML(adjusting.frame(), elem_id="settings", js_on_load=None, apply_default_css=False)
                gr.HTML(joining.frame(), elem_id="profile-tab", js_on_load=None, apply_default_css=False)
        gr.HTML(_reader_frame(), elem_id="reader-frame", js_on_load=None, apply_default_css=False)
    return blocks


def _header() -> str:
    return (
        f'<header class="masthead"><h1>{escape(s.NAME)}</h1><p class="tagline">{escape(s.TAGLINE)}</p>'
        f'<p id="status" class="opening" role="status"><i aria-hidden="true"></i><span>{escape(s.OPENING)}</span></p>'
        "</header>"
    )


def _reader_frame() -> str:
    return (
        f'<aside id="reader" aria-label="{escape(s.READER)}" hidden>'
        f'<button class="close" type="button" aria-label="{escape(s.READER_CLOSE)}">✕</button>'
        '<div class="page"></div></aside>'
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
        f'{formulas}<link rel="stylesheet" href="/tutor/static/tutor.css">'
        f'<script type="application/json" id="tutor-strings">{told}</script>'
        '<script type="module" src="/tutor/static/tutor.js"></script>'
        f"{planning.head()}"
        f"{practising.head()}"
        f"{evaluating.head()}"
        f"{shelf.head()}"
        f"{adjusting.head()}"
        f"{joining.head()}"
    )


def _katex(kind: str) -> str | None:
    """The address of the KaTeX that Gradio brings along, where this version of it does."""
    import gradio

    assets = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
    found = sorted(assets.glob(f"katex-*.{kind}"))
    return f"/assets/{found[0].name}" if found else None
