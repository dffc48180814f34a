"""
The Evals tab as a learner meets it, in a real Chromium: an answer called wrong becomes a question, and a run asks it.

The parts are the real ones. At the end of each test nothing may have been asked of another host, and nothing may stand
in the browser's console.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import App, Opened, fits, running, visits
from tests.test_browser import answered
from ui import strings as s


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    home = tmp_path_factory.mktemp("evals") / "home"
    with running(home, models_folder, "-m", "ui", "--port", "0", "--no-browser") as made:
        yield made


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(app.url, browser)


def opened(page: Page) -> None:
    page.get_by_role("tab", name=s.EVALS).click()
    expect(page.get_by_role("heading", name=s.EVALS_HEAD)).to_be_visible()


def test_an_answer_called_wrong_becomes_a_question_that_a_run_asks(visit: Opened) -> None:
    page = visit()
    answered(page)
    page.get_by_role("button", name=s.WRONG).click()
    expect(page.get_by_text(s.WRONG_TOLD)).to_be_visible()
    opened(page)
    page.locator("#evals .quote").first.click()
    expect(page.locator("#evals-said")).to_have_text(s.WRONG_BECAME)
    page.reload()
    page.wait_for_selector("#status.ready")
    opened(page)
    page.get_by_role("button", name=s.number(s.EVALS_OWN, 1)).click()
    expect(page.locator("#evals [data-going]")).to_be_visible()
    expect(page.locator("#evals .runs")).to_contain_text("quote in evidence", timeout=120_000)
    assert s.EVALS_BEGINS not in page.locator("#evals").inner_text()
    with page.expect_popup() as opening:
        page.locator("#evals .runs a").first.click()
    report = opening.value
    expect(report.get_by_text("What is LoRA?").first).to_be_attached()


def test_with_the_keyboard_alone_and_stopped(visit: Opened) -> None:
    page = visit()
    opened(page)
    page.get_by_role("button", name=s.EVALS_STARTER).focus()
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name=s.EVALS_STOP)
    expect(stop).to_be_visible()
    stop.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#evals-said")).to_have_text(s.EVALS_STOPPED)
    expect(page.get_by_role("button", name=s.EVALS_STARTER)).to_be_visible()


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_it_fits_a_phone_and_another_browser_sees_nothing_of_it(visit: Opened, width: int) -> None:
    page = visit(width=width)
    opened(page)
    assert fits(page)
    expect(page.get_by_text(s.WRONG_NONE)).to_be_visible()


@pytest.mark.parametrize("width", [360, 390])
def test_every_tab_is_beside_the_buttons_of_a_conversation(visit: Opened, width: int) -> None:
    page = visit(width=width)
    answered(page)
    button = page.locator("#new").bounding_box()
    tabs = [tab.bounding_box() for tab in page.get_by_role("tab").all() if tab.is_visible()]
    assert button is not None
    assert len(tabs) == 6
    assert all(box is not None and box["x"] + box["width"] <= button["x"] for box in tabs)
