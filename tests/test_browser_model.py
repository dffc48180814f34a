"""
The model's process dies, or the whole app is asked to end, while a question is answered: what a learner sees of it, in
a real Chromium with the real parts.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import App, Opened, running, visits
from tests.test_browser import answered, ask

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")

# The app, which says what its number is, and writes long enough to be met while it does.
LONG = """
import os, pathlib
pathlib.Path("number").write_text(str(os.getpid()))
os.environ |= {"TUTOR_PROMPT_TOKENS": "600", "TUTOR_OUTPUT_TOKENS": "160"}
from ui.__main__ import main
from ui.terminal import leave
leave(main(["--port", "0", "--no-browser"]))
"""
MOST_SECONDS = 6.0  # for the app to end: less than two where nothing else runs, of which the server waits one


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    home = tmp_path_factory.mktemp("model") / "home"
    with running(home, models_folder, "-c", LONG) as made:
        yield made


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(app.url, browser)


def model_of(app: App) -> int | None:
    """The number of the process in which the app's model runs."""
    own = (app.home / "number").read_text()
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return next((int(pid) for pid, parent, what in rows if parent == own and "tutor.llama_process" in what), None)


def test_a_crash_of_the_model_leaves_the_quotes_and_a_line_and_the_next_question_is_written(
    app: App, visit: Opened
) -> None:
    page = visit()
    before = model_of(app)
    assert before is not None
    ask(page, "What is LoRA?")
    page.wait_for_selector("#live .unchecked")  # the model writes
    os.kill(before, signal.SIGSEGV)
    expect(page.locator("#live .turn.done .notice.quiet")).to_contain_text("crashed (SIGSEGV) and it was started again")
    assert page.locator("#live .turn .statement").count() > 1
    assert page.locator("#live .turn .chip").count() > 1
    answered(page, "How does speculative decoding work?")
    expect(page.locator("#live .turn.done")).to_have_count(1)
    expect(page.locator("#live .notice.quiet")).to_have_count(0)
    after = model_of(app)
    assert after is not None
    assert after != before
    expect(page.locator("#status.ready")).to_be_visible()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_app_ends_soon_with_a_question_under_way_and_can_be_started_again(
    tmp_path: Path, models_folder: Path, browser: Browser, how: signal.Signals
) -> None:
    """Nothing of it lives on, nothing is locked, and its own terminal shows no traceback."""
    home = tmp_path / "home"
    told = tmp_path / "told"
    loud = f"import os; os.dup2(os.open({str(told)!r}, os.O_WRONLY | os.O_CREAT), 2)\n{LONG}"
    with running(home, models_folder, "-c", loud) as first:
        context = browser.new_context()
        page = context.new_page()
        page.goto(first.url)
        page.wait_for_selector("#status.ready", timeout=60_000)
        ask(page, "What is LoRA?")
        expect(page.locator("#live .turn .statement")).not_to_have_count(0)
        own, model = int((home / "number").read_text()), model_of(first)
        assert model is not None
        os.kill(own, how)
        began = time.monotonic()
        while alive(own) or alive(model):
            assert time.monotonic() - began < 10, f"still there: app {alive(own)}, model {alive(model)}"
            time.sleep(0.01)
        took = time.monotonic() - began
        context.close()
    assert took < MOST_SECONDS
    assert re.sub(r"\s", "", told.read_text()) == ""
    with running(home, models_folder, "-c", LONG) as second:
        context = browser.new_context()
        page = context.new_page()
        page.goto(second.url)
        page.wait_for_selector("#status.ready", timeout=60_000)
        answered(page, "What is LoRA?")
        expect(page.locator("#live .turn.done")).to_have_count(1)
        context.close()


def alive(number: int) -> bool:
    """Whether the process runs: one that has ended and that its parent has not asked for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")
