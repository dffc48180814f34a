"""The tutor ends while its page is open, and is started again: the page says so, loses nothing, and goes on."""

import shutil
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect

from tests.browsing import SLOW, running
from tests.test_browser import answered, ask


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path, starter_home: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    shutil.copy(starter_home / "library.db", made)
    return made


def test_page_of_a_tutor_that_ended_says_so_and_goes_on_when_it_is_started_again(
    home: Path, models_folder: Path, browser: Browser
) -> None:
    command = ("-m", "ui", "--port", str(free_port()), "--no-browser")
    page = browser.new_page()
    page.set_default_timeout(60_000)
    told: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        told.append(message.text)

    with running(home, models_folder, *command) as app:
        page.goto(app.url)
        page.wait_for_selector("#status.ready")
        answered(page)
        address = page.url
        page.fill("#question textarea", "What is QLoRA?")
    page.on("console", hear)
    expect(page.locator("#status")).to_contain_text("not running any more", timeout=30_000)
    page.keyboard.press("Enter")
    expect(page.locator("#ask-trouble")).to_contain_text("Start it again")
    expect(page.locator("#question textarea")).to_have_value("What is QLoRA?")
    expect(page.locator("#live .question")).to_have_text("What is LoRA?")
    with running(home, models_folder, *command):
        expect(page.locator("#status")).to_contain_text("Ready", timeout=60_000)
        expect(page.locator("#live .question")).to_have_text("What is LoRA?")
        assert page.url == address
        expect(page.locator("#question textarea")).to_have_value("What is QLoRA?")
        expect(page.locator("#ask-trouble")).to_be_empty()
        answered(page, "What is QLoRA?")
        page.close()
    assert not any("Traceback" in line for line in told)


def test_question_that_was_never_answered_comes_back_into_the_field(
    home: Path, models_folder: Path, browser: Browser, tmp_path: Path
) -> None:
    port = str(free_port())
    slow = SLOW.replace("serve(given, 0,", f"serve(given, {port},")
    page = browser.new_page()
    page.set_default_timeout(60_000)
    with running(home, models_folder, "-c", slow, str(tmp_path / "never")) as app:
        page.goto(app.url)
        page.wait_for_selector("#question textarea")
        ask(page, "What is LoRA?")
        expect(page.locator("#live .busy")).to_be_visible()
        page.wait_for_function("location.hash.startsWith('#chat/')")
    expect(page.locator("#live .notice.error")).to_contain_text("ended while it was answering", timeout=30_000)
    with running(home, models_folder, "-m", "ui", "--port", port, "--no-browser"):
        expect(page.locator("#live .missing")).to_be_visible(timeout=60_000)
        expect(page.locator("#question textarea")).to_have_value("What is LoRA?")
        page.close()
