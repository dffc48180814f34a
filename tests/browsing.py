"""
What the browser tests share: the app in a process of its own, and visits to it that are watched.

At the end of each test nothing may have been asked of another host, and nothing may stand in the browser's console.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).parent.parent

# How long what is expected may take, in milliseconds: a machine with other things to do is slow.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

# What Gradio's own script says of a stream that ends because the page is left or loaded anew.
LEAVING = (
    "AbortError: signal is aborted",
    "AbortError: BodyStreamBuffer was aborted",
    "Unexpected error Connection errored out",
)

# A small budget: the Writer is the real one and soon done, also on a machine with other things to do.
BUDGET = {"TUTOR_PROMPT_TOKENS": "260", "TUTOR_OUTPUT_TOKENS": "24"}

# A tutor that opens only when a file appears, and whose Writer goes on until it is stopped: what is early or slow here
# is so on any machine.
SLOW = """
import sys, time, pathlib
from tutor import settings
from tutor.answers import Tutor
from ui.app import serve
from ui.desk import Desk

class Rambling:
    name, context_tokens, special_tokens = "rambling", 4096, ()
    def count(self, text): return len(text) // 4
    def render(self, messages): return "\\n".join(message.content for message in messages)
    def write(self, prompt, *, max_tokens, stop=None, grammar=None):
        while not stop.is_set():
            time.sleep(0.05)
            yield "and on "

def slowly(given, writer):
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.02)
    tutor = Tutor.open(given, writer=False)
    tutor.writer = Rambling()
    return tutor

given = settings.load()
running = serve(given, 0, desk=Desk(given, open_tutor=slowly))
print(f"Tutor: {running.url}", flush=True)
running.thread.join()
"""


@dataclass(frozen=True, slots=True)
class App:
    """A running app. `seconds`: from the command to the address on the terminal."""

    url: str
    home: Path
    seconds: float


@contextmanager
def running(home: Path, models: Path, *command: str, budget: Mapping[str, str] = BUDGET) -> Iterator[App]:
    """
    The app in a process of its own, with `home` as TUTOR_HOME; the converted models are shared between tests, unless
    `home` has its own. `budget`: what variables say of it.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "models").exists():
        (home / "models").symlink_to(models.resolve(), target_is_directory=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    environment |= {**budget} | {"TUTOR_HOME": str(home), "PYTHONPATH": os.pathsep.join(paths)}
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True, cwd=home
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.search(r"http://[\w.]+:\d+", line)
            assert address, f"the app did not start: {line!r}"
            yield App(address[0], home, time.monotonic() - began)
        finally:
            process.terminate()


@dataclass(slots=True)
class Watch:
    """What a page did that it may not do."""

    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext, url: str) -> None:
        context.on("request", lambda request: self._ask(request.url, url))
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda error: self._complain(str(error.error)))

    def _ask(self, address: str, own: str) -> None:
        if not address.startswith((own, "data:", "blob:")):
            self.outside.append(address)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error":
            self._complain(text)

    def _complain(self, text: str) -> None:
        if not text.startswith(LEAVING):
            self.complaints.append(text)


Opened = Callable[..., Page]


def visits(own: str, browser: Browser) -> Iterator[Opened]:
    """
    Opens the page as a new person; `options` are a browser context's. `ready=False` does not wait for the tutor.

    For a fixture: what was opened is closed at its end, and what it may not have done is looked at then.
    """
    contexts: list[BrowserContext] = []
    watch = Watch()

    def visiting(url: str = own, ready: bool = True, width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        watch.over(context, url)
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#question textarea")
        if ready:
            page.wait_for_selector("#status.ready")
        return page

    yield visiting
    for context in contexts:
        context.close()
    assert watch.outside == []
    assert watch.complaints == []


def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
