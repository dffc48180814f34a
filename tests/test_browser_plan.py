"""
The Plan tab as a learner meets it: `ui.app` in a process of its own, driven with a real Chromium.

The tutor opens only when the first test lets it, and its Writer goes on until it is stopped: so that plans are made
before, beside and after an answer on any machine.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import vobject
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import SLOW, App, Opened, fits, running, visits

GOAL = "fine-tune a small model on our support tickets"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    home = tmp_path_factory.mktemp("plan") / "home"
    with running(home, models_folder, "-c", SLOW, str(home / "open")) as started:
        yield started


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(app.url, browser)


@pytest.fixture
def learner(app: App, visit: Opened) -> Page:
    """A new learner's page with the Plan tab open, and the tutor ready."""
    (app.home / "open").touch()
    page = visit()
    tab(page)
    return page


def tab(page: Page) -> None:
    page.get_by_role("tab", name="Plan").click()
    page.wait_for_selector("#plan .plan-root")


def make(page: Page, goal: str = GOAL, **fields: str) -> None:
    """A plan by the form; `fields` by their names."""
    page.get_by_label("Your goal").fill(goal)
    for name, value in fields.items():
        page.locator(f"#plan-new [name={name}]").fill(value)
    page.get_by_role("button", name="Make my plan").click()
    expect(page.locator("#plan-head h2")).to_have_text(goal)


def ago(days: int) -> str:
    return (date.today() - timedelta(days=days)).isoformat()


def again(page: Page) -> None:
    """The page loaded anew, with the Plan tab open."""
    page.reload()
    tab(page)
    page.wait_for_selector("#plan-head, #plan-new:visible")


def told(page: Page, words: str) -> None:
    expect(page.locator("#plan-told").get_by_role("status")).to_contain_text(words)


def row(page: Page, number: int) -> Locator:
    """A task in its week."""
    return page.locator(f"#task-{number}")


def place(what: Locator) -> float:
    """How far down the page something stands, however far that is scrolled."""
    return float(what.evaluate("one => one.getBoundingClientRect().top + scrollY"))


def menu(page: Page, task: Locator, words: str) -> None:
    task.locator(".more summary").click()
    task.get_by_role("button", name=words).click()


# -- the first plan -------------------------------------------------------------------------------------------------


def test_plans_wait_for_the_library_and_for_nothing_else(app: App, visit: Opened) -> None:
    assert not (app.home / "open").exists(), "this test comes before the others"
    page = visit(ready=False)
    page.get_by_role("tab", name="Plan").click()
    expect(page.locator("#plan-place")).to_contain_text("as soon as the tutor has opened its library")
    (app.home / "open").touch()
    page.wait_for_selector("#plan-new")
    make(page)


def test_a_goal_becomes_a_plan_that_is_ticked_off_and_stays(learner: Page) -> None:
    page = learner
    make(page, start=ago(0))
    told(page, "Your plan is made")
    expect(page.locator("#plan-head h2")).to_be_focused()
    first = row(page, 1)
    below = row(page, 2)
    before = place(below)
    first.get_by_role("checkbox").check()
    told(page, "Done: The tutor's note")
    told(page, "hours done.")
    assert place(below) == before  # nothing moves
    expect(first.get_by_role("checkbox")).to_be_focused()
    expect(page.locator("#today-1 > input")).to_be_checked()
    first.get_by_label("How many minutes it took").fill("9")
    page.keyboard.press("Enter")
    expect(page.locator("#plan-head")).to_contain_text("times the planned minutes")

    again(page)
    expect(row(page, 1).get_by_role("checkbox")).to_be_checked()
    expect(row(page, 1).get_by_label("How many minutes it took")).to_have_value("9")
    row(page, 1).get_by_role("checkbox").uncheck()
    told(page, "Open again")
    menu(page, row(page, 2), "Skip for good")
    told(page, "Skipped")
    expect(row(page, 2)).to_contain_text("skipped")
    page.get_by_role("button", name="Undo").click()
    told(page, "Open again")
    expect(row(page, 2)).not_to_contain_text("skipped")
    again(page)
    assert page.locator("#plan-board input:checked").count() == 0


def test_put_off_and_undone(learner: Page) -> None:
    page = learner
    make(page, start=ago(0))
    day = row(page, 1).locator(".about").inner_text()
    menu(page, page.locator("#today-1"), "Put off by a week")
    told(page, "Put off to")
    expect(page.locator("#plan-week-2 #task-1")).to_have_count(1)
    expect(page.locator("#today-1")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('#plan-board') !== null")
    page.get_by_role("button", name="Undo").click()
    told(page, "Back on")
    expect(page.locator("#today-1 > input")).to_be_focused()
    expect(row(page, 1).locator(".about")).to_have_text(day, use_inner_text=True)


def test_behind_one_plans_again_from_today(learner: Page) -> None:
    page = learner
    make(page, start=ago(20))
    expect(page.locator(".behind")).to_contain_text("behind")
    row_1 = page.locator("#today-1")
    row_1.get_by_role("checkbox").check()
    told(page, "Done")
    page.locator(".behind").get_by_label("Number of weeks").fill("0")
    page.get_by_role("button", name="Plan again from today").click()
    expect(page.locator(".behind .notice.error")).to_contain_text("0 weeks")
    expect(page.locator(".behind").get_by_label("Number of weeks")).to_be_focused()
    page.locator(".behind").get_by_label("Hours a week").fill("7")
    page.locator(".behind").get_by_label("Number of weeks").fill("8")
    page.keyboard.press("Enter")
    told(page, "8 weeks from today")
    expect(page.locator(".behind")).to_have_count(0)
    expect(page.locator("#plan-head")).to_contain_text("7 hours a week for 8 weeks")
    expect(page.locator("#task-1 > input")).to_be_checked()


def test_what_was_typed_stays_when_it_cannot_be(learner: Page) -> None:
    page = learner
    page.get_by_label("Your goal").fill(GOAL)
    page.get_by_label("Hours a week").fill("0")
    page.get_by_label("What do you know already?").fill("PyTorch")
    page.get_by_label("videos").check()
    page.get_by_text("Chapters you know already").click()
    page.get_by_label("Find a chapter").fill("tokeniz")
    page.get_by_label("Tokenization", exact=True).check()
    expect(page.locator("#plan-known .count")).to_have_text("1 marked")
    page.get_by_role("button", name="Make my plan").click()
    expect(page.get_by_role("alert").filter(has_text="0 hours a week")).to_be_visible()
    expect(page.get_by_label("Hours a week")).to_be_focused()
    expect(page.get_by_label("Hours a week")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Your goal")).to_have_value(GOAL)
    expect(page.get_by_label("What do you know already?")).to_have_value("PyTorch")
    expect(page.locator("[name=prefer][value=video]")).to_be_checked()
    page.get_by_label("Hours a week").fill("3,5")
    page.keyboard.press("Enter")
    expect(page.locator("#plan-head")).to_contain_text("3.5 hours a week")
    page.get_by_text("What is left out, and why").click()
    expect(page.locator("#plan-left-out")).to_contain_text("Tokenization")


def test_an_example_is_a_click_away(learner: Page) -> None:
    example = learner.locator("[data-goal-example]").nth(2)
    words = example.inner_text()
    example.click()
    expect(learner.get_by_label("Your goal")).to_have_value(words)
    expect(learner.get_by_label("Your goal")).to_be_focused()
    for chip in learner.locator("[data-goal-example]").all():
        chip.click()
        learner.get_by_role("button", name="Make my plan").click()
        expect(learner.locator("#plan-head h2")).to_have_text(chip.text_content() or "")
        learner.get_by_role("button", name="New plan").click()
    expect(learner.locator("#plan-switch li")).to_have_count(3)


# -- several --------------------------------------------------------------------------------------------------------


def test_two_plans_side_by_side_and_one_removed(learner: Page) -> None:
    page = learner
    make(page)
    page.get_by_role("button", name="New plan").click()
    expect(page.get_by_label("Your goal")).to_be_focused()
    page.get_by_role("button", name="Back to your plan").click()
    expect(page.locator("#plan-head h2")).to_be_focused()
    page.get_by_role("button", name="New plan").click()
    make(page, "build an agent that uses tools")
    plans = page.get_by_role("navigation", name="Your plans")
    expect(plans.locator("[aria-current]")).to_contain_text("build an agent")
    plans.get_by_role("button", name=re.compile(GOAL)).click()
    expect(page.locator("#plan-head h2")).to_have_text(GOAL)
    again(page)
    expect(page.locator("#plan-head h2")).to_have_text(GOAL)  # the one that was open
    page.get_by_role("button", name="Remove this plan").click()
    expect(page.get_by_role("dialog")).to_contain_text(GOAL)
    expect(page.get_by_role("dialog").get_by_text("Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#plan-head h2")).to_have_text(GOAL)
    page.get_by_role("button", name="Remove this plan").click()
    page.get_by_role("dialog").get_by_text("Remove it").click()
    told(page, "Removed")
    expect(page.locator("#plan-head h2")).to_have_text("build an agent that uses tools")
    page.get_by_role("button", name="Remove this plan").click()
    page.get_by_role("dialog").get_by_text("Remove it").click()
    expect(page.get_by_label("Your goal")).to_be_visible()


def test_two_browsers_have_their_own_and_two_windows_the_same(learner: Page, visit: Opened, app: App) -> None:
    make(learner)
    other = visit()
    tab(other)
    expect(other.get_by_label("Your goal")).to_be_visible()
    expect(other.locator("#plan-board .task")).to_have_count(0)
    number = learner.locator("#plan-board").get_attribute("data-plan")
    assert other.context.request.get(f"{app.url}/tutor/plan/{number}.ics").status == 404

    window = learner.context.new_page()
    window.goto(app.url)
    window.wait_for_selector("#question textarea")
    tab(window)
    row(window, 1).get_by_role("checkbox").check()
    told(window, "Done")
    learner.get_by_role("tab", name="Library").click()
    learner.get_by_role("tab", name="Plan").click()
    expect(row(learner, 1).get_by_role("checkbox")).to_be_checked()
    window.get_by_role("button", name="Remove this plan").click()
    window.get_by_role("dialog").get_by_text("Remove it").click()
    told(window, "Removed")
    row(learner, 2).get_by_role("checkbox").check()
    told(learner, "not there any more")
    expect(learner.get_by_label("Your goal")).to_be_visible()


# -- beside the rest ------------------------------------------------------------------------------------------------


def test_a_plan_is_made_and_ticked_off_while_an_answer_is_written(learner: Page) -> None:
    page = learner
    page.get_by_role("tab", name="Chat").click()
    page.fill("#question textarea", "What is LoRA?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .unchecked")
    tab(page)
    make(page)
    row(page, 1).get_by_role("checkbox").check()
    told(page, "Done")
    page.get_by_role("tab", name="Chat").click()
    expect(page.locator("#live .unchecked")).to_be_visible()
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped")


def test_the_tutors_notes_open_beside_and_pages_elsewhere(learner: Page) -> None:
    page = learner
    make(page)
    note = row(page, 1).get_by_role("button", name="Open the tutor’s note")
    note.click()
    expect(page.locator("#reader .text")).not_to_be_empty()
    expect(page.locator("#reader header")).to_contain_text("own starter note")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(note).to_be_focused()
    link = page.locator("#plan-week-1 .task .title a").first
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_files_are_saved_with_their_names(learner: Page) -> None:
    page = learner
    make(page)
    links = {
        "Calendar": ".ics", "Markdown": ".md", "Table": ".csv", "Save the picture: Timeline": ".timeline.svg",
        "Save the picture: What builds on what": ".map.svg",
    }  # fmt: skip
    found = {}
    for name, ending in links.items():
        with page.expect_download() as downloading:
            page.get_by_role("link", name=name).click()
        assert downloading.value.suggested_filename == f"Study plan {GOAL}{ending}"
        found[ending] = downloading.value.path()
    tasks = page.locator(".weeks .task").count()
    assert len(vobject.readOne(found[".ics"].read_text(encoding="utf-8")).vevent_list) == tasks
    with found[".csv"].open(encoding="utf-8", newline="") as table:
        assert len(list(csv.DictReader(table))) == tasks
    assert found[".md"].read_text(encoding="utf-8").count("- [ ]") == tasks
    for picture in page.locator("#plan figure img").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("one => one.complete && one.naturalWidth > 300", arg=picture.element_handle())


def test_markup_in_a_goal_is_only_words(learner: Page) -> None:
    goal = "fine-tune <img src=x onerror='window.hacked=1'><script>window.hacked=2</script> with LoRA"
    make(learner, goal)
    row(learner, 1).get_by_role("checkbox").check()
    told(learner, "Done")
    assert learner.evaluate("window.hacked") is None
    assert learner.locator("#plan :is(script, img[src=x])").count() == 0


# -- keyboard, sizes, colours -----------------------------------------------------------------------------------------


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def test_everything_can_be_done_with_the_keyboard(learner: Page) -> None:
    page = learner
    page.get_by_role("tab", name="Plan").focus()
    for _ in range(6):  # to the goal, past the other tabs
        page.keyboard.press("Tab")
        if focused(page) == "plan-goal":
            break
    assert focused(page) == "plan-goal"
    page.keyboard.type(GOAL)
    while focused(page) != "plan-hours":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#plan-head h2")).to_be_focused()
    while not focused(page).startswith("today-"):
        page.keyboard.press("Tab")
    tick = focused(page)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Space")
    told(page, "Done")
    assert focused(page) == tick
    while focused(page) != tick.replace("tick", "took"):
        page.keyboard.press("Tab")
    page.keyboard.type("11")
    page.keyboard.press("Tab")
    expect(page.locator("#plan-head")).to_contain_text("planned minutes")
    while not focused(page).endswith("more"):
        page.keyboard.press("Tab")
    more = focused(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert focused(page) == more
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    told(page, "Open again")
    assert focused(page) == more


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_is_wider_than_the_window(learner: Page, width: int) -> None:
    page = learner
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_text("Chapters you know already").click()
    assert fits(page)
    make(page, start=ago(20))
    assert fits(page)
    first = page.locator("#today-1")
    below = page.locator("#today-2, #plan-late").first
    before = place(below)
    first.get_by_role("checkbox").check()
    told(page, "Done")
    assert place(below) == before
    menu_of = page.locator("#plan-board .task .more").nth(1)
    menu_of.locator("summary").click()
    assert fits(page)
    for fold in page.locator("#plan-board details:not(.more) > summary").all():
        if fold.is_visible():
            fold.click()
    assert fits(page)
    page.get_by_role("tab", name="Chat").click()  # all tabs are still in reach
    expect(page.locator("#question")).to_be_visible()


# The least contrast of text on its ground in the Plan tab, with the words it is of.
CONTRAST = """() => {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = (colour, under = [255, 255, 255]) => {
    paint.fillStyle = `rgb(${under.join()})`; paint.fillRect(0, 0, 1, 1);
    paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    const colours = [];
    for (let at = element; at; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
    return colours.reduce((under, colour) => parts(colour, under), [255, 255, 255]);
  };
  let worst = [99, ""];
  const walk = document.createTreeWalker(document.getElementById("plan"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    const under = ground(element);
    const [one, other] = [light(under), light(parts(getComputedStyle(element).color, under))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < worst[0]) worst = [contrast, walk.currentNode.data];
  }
  return worst;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(visit: Opened, app: App, scheme: str) -> None:
    (app.home / "open").touch()
    page = visit(color_scheme=scheme)
    tab(page)
    contrast, words = page.evaluate(CONTRAST)
    assert contrast >= 4.5, words
    make(page, start=ago(20))
    row(page, 1).locator("xpath=ancestor::details").locator("> summary").click()
    row(page, 1).get_by_role("checkbox").check()
    told(page, "Done")
    page.wait_for_timeout(400)
    menu(page, row(page, 2), "Skip for good")
    told(page, "Skipped")
    for fold in page.locator("#plan-board details:not([open]) > summary").all():
        if fold.is_visible() and not fold.get_attribute("id"):
            fold.click()
    contrast, words = page.evaluate(CONTRAST)
    assert contrast >= 4.5, words
