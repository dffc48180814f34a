"""
What the tests of accessibility and load share: an app that is soon there, and the states its tabs can be in.

`python -m tests.accessible FOLDER` is that app, over the library in FOLDER (the starter notes): it answers in quotes,
has the cards of `tests.practising`, and it is always noon there. A state is reached by what a person does; the tabs are
those that the page has, so that a new one is looked at without being named here.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.practising import CARDS, NOON, Small
from tests.test_browser import answered
from tutor.answers import Tutor
from tutor.settings import Places, Settings
from ui import strings as s
from ui.app import serve

TAB = "#tabs [role=tab]"


def main(folder: Path) -> None:
    given = Settings(Places(folder))
    desk = Small(given, open_tutor=lambda given, _: Tutor.open(given, writer=False), now=lambda: NOON)
    running = serve(given, 0, desk=desk)
    print(f"Tutor: {running.url}", flush=True)
    running.thread.join()


def tabs(page: Page) -> list[str]:
    """The names of the tabs that the page has."""
    return [name.strip() for name in page.locator(TAB).all_inner_texts()]


def tab(page: Page, name: str) -> None:
    """Opens a tab and waits until what is in it has come to rest."""
    page.get_by_role("tab", name=name, exact=True).click()
    settled(page)


def settled(page: Page) -> None:
    """Waits until nothing in the page has changed for a while."""
    page.evaluate(
        """() => new Promise((done) => {
          let waiting = setTimeout(done, 400);
          new MutationObserver(() => { clearTimeout(waiting); waiting = setTimeout(done, 400); })
            .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
          setTimeout(done, 5000);
        })"""
    )


# -- states ---------------------------------------------------------------------------------------------------------


def every_tab(page: Page) -> Iterator[str]:
    for name in tabs(page):
        tab(page, name)
        yield name


def chat(page: Page) -> Iterator[str]:
    yield "welcome"
    answered(page)
    yield "an answer"
    page.locator("#live summary").evaluate_all("all => all.forEach((one) => { one.parentElement.open = true; })")
    yield "how it came about"
    page.locator("#live .chip").first.click()
    page.wait_for_selector("#reader #quote")
    yield "the reader"
    page.keyboard.press("Escape")
    answered(page, "What should I cook for a birthday dinner with eight guests?")
    yield "a question that is not covered"
    drawer = page.locator("#talks-button").is_visible()
    if drawer:
        page.locator("#talks-button").click()
    page.locator(".talk details").first.evaluate("one => { one.open = true; }")
    yield "the conversations"
    if drawer:
        page.keyboard.press("Escape")
    page.locator("#live [data-edit]").click()
    expect(page.locator("#edit-question")).to_be_visible()
    yield "the dialog to change a question"
    page.keyboard.press("Escape")
    if drawer:
        page.locator("#talks-button").click()
    page.locator(".talk details").first.evaluate("one => { one.open = true; }")
    for act in ("rename", "delete"):
        page.locator(f".talk [data-act={act}]").first.click()
        expect(page.locator(f"#{act}-talk")).to_be_visible()
        yield f"the dialog to {act}"
        page.keyboard.press("Escape")


def plan(page: Page) -> Iterator[str]:
    tab(page, s.PLAN)
    yield "the form of a plan"
    page.locator("#plan-new details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    page.get_by_label(s.PLAN_GOAL).fill("fine-tune a small model on our support tickets")
    yield "the form, all of it"
    page.get_by_role("button", name=s.PLAN_MAKE).click()
    page.wait_for_selector("#plan-head h2")
    settled(page)
    yield "the board of a plan"
    page.locator("#plan details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    settled(page)
    yield "the board, all of it"


def practice(page: Page) -> Iterator[str]:
    tab(page, s.PRACTICE)
    page.wait_for_selector("#practice .practice")
    page.locator("#practice details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    yield "the start of practice"
    page.locator("[data-do=begin][data-chosen=new]").click()
    for _ in CARDS:
        page.wait_for_selector(".asking")
        settled(page)
        yield f"card: {page.locator('#card-ask').inner_text()}"
        page.keyboard.press("?")
        page.wait_for_selector(".settled")
        settled(page)
        yield "an answered card"
        page.keyboard.press("Enter")
    page.wait_for_selector("#practice .done, #practice .practice:not(.asking)")
    settled(page)
    yield "the end of a round"


def library(page: Page) -> Iterator[str]:
    tab(page, s.LIBRARY)
    page.wait_for_selector("#shelf li")
    page.locator("#library .more, #storage").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    yield "the shelf, with what adds to it"
    page.fill("#filter", "low-rank updates")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found .hits li")
    yield "what was found inside"
    page.fill("#filter", "")
    page.locator("#shelf [data-chip=unread]").click()
    page.locator("#shelf li:visible summary").first.click()
    yield "what can be done with a link"
    page.locator("#remove-source").evaluate("one => one.showModal()")
    yield "the dialog to remove"
    page.locator("#remove-source").evaluate("one => one.close()")


JOURNEYS: dict[str, Callable[[Page], Iterator[str]]] = {
    "every tab": every_tab,
    "chat": chat,
    "plan": plan,
    "practice": practice,
    "library": library,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
