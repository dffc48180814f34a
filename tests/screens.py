"""
The pictures in docs/screens, taken anew: `python -m tests.screens [NAME ...]` with a folder of models in TUTOR_MODELS.

Every tab and main state, light and dark, 1280 and 390 pixels wide, in a real Chromium over the starter notes alone: no
sentence of an article gets into the repository.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsing import ROOT, running
from tests.chromium import ARGUMENTS, executable

SCREENS = ROOT / "docs" / "screens"
SIZES = ((1280, 800), (390, 844))


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .turn:is(.done, .declined) >> nth=-1")
    page.wait_for_selector("#stop", state="hidden")
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(2, 2)


def tab(name: str) -> Callable[[Page], None]:
    def shown(page: Page) -> None:
        page.get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(1500)

    return shown


def welcome(page: Page) -> None:
    page.wait_for_timeout(1500)


def chat(page: Page) -> None:
    ask(page, "What is LoRA?")


def tip(page: Page) -> None:
    ask(page, "What is LoRA?")
    page.locator("#live .chip").first.focus()


def reader(page: Page) -> None:
    ask(page, "What is LoRA?")
    page.locator("#live .chip").first.click()
    page.wait_for_selector("#reader mark")


def declined(page: Page) -> None:
    ask(page, "What should I cook for a birthday dinner with eight guests?")


def partly(page: Page) -> None:
    ask(page, "What is LoRA and what is a sourdough starter?")


def conversations(page: Page) -> None:
    for question in ("Why is FlashAttention faster than standard attention?", "What is LoRA?"):
        ask(page, question)
        page.click("#new")
        page.wait_for_selector(".welcome")
    for question in ("How does speculative decoding work?", "and why is that faster?"):
        ask(page, question)
    if (button := page.locator("#talks-button")).is_visible():
        button.click()


def plan(page: Page) -> None:
    page.locator(".welcome [data-goal]").click()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Make my plan").click()
    page.wait_for_selector("#plan-board .task")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_selector("#plan-told.shown", state="detached", timeout=20_000)


def practice(page: Page) -> None:
    tab("Practice")(page)
    page.get_by_role("button", name="Learn").first.click()
    page.wait_for_selector("#practice .asking")


STATES: Mapping[str, Callable[[Page], None]] = {
    "welcome": welcome, "chat": chat, "quote": tip, "reader": reader, "declined": declined, "partly": partly,
    "conversations": conversations, "plan": plan, "practice": tab("Practice"), "card": practice,
    "library": tab("Library"), "settings": tab("Settings"), "evals": tab("Evals"),
}  # fmt: skip


def take(browser: Browser, url: str, name: str) -> None:
    for width, height in SIZES:
        for scheme in ("light", "dark"):
            size: Any = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
            context = browser.new_context(**size)
            page = context.new_page()
            page.goto(url)
            page.wait_for_selector("#status.ready")
            STATES[name](page)
            page.wait_for_timeout(400)
            page.screenshot(path=SCREENS / f"{name}-{scheme}-{width}.png")
            context.close()


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        models = Path(os.environ["TUTOR_MODELS"])
        with running(Path(folder) / "home", models, "-m", "ui", "--port", "0", "--no-browser") as app:
            browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
            for name in names or STATES:
                take(browser, app.url, name)
                print(name, flush=True)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
