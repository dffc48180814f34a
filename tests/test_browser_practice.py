"""
The Practice tab as a learner meets it, in a real Chromium: with the keyboard alone, by touch, and over a restart.

The app is `tests.practising`, with a card of each kind and a clock to set. At the end of each test nothing may have
been asked of another host, and nothing may stand in the browser's console.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import App, Opened, fits, running, visits
from tests.practising import CARDS, FLASH, FROZEN, LORA, MEMORY, NOON, STEPS, TILING, ZERO
from tests.test_browser import marked, same

# A formula that is set is a little higher than its source, and KaTeX comes after the page.
FORMULAS_ARE_SET = (
    "[...document.querySelectorAll('#practice tutor-math')].every(one => one.shadowRoot?.querySelector('.katex'))"
)


@dataclass(frozen=True, slots=True)
class Practising:
    """A running app whose clock is set by `at`."""

    app: App

    def at(self, moment: datetime) -> None:
        (self.app.home / "now").write_text(moment.isoformat())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[Practising]:
    home = tmp_path_factory.mktemp("practice") / "home"
    home.mkdir()
    with running(home, models_folder, "-m", "tests.practising", str(home)) as app:
        made = Practising(app)
        made.at(NOON)
        yield made


@pytest.fixture
def visit(served: Practising, browser: Browser) -> Iterator[Opened]:
    """Opens the Practice tab as a new person."""
    served.at(NOON)
    visitors = visits(served.app.url, browser)
    visiting = next(visitors)

    def practising(**options: Any) -> Page:
        page = visiting(reduced_motion="reduce", **options)
        opened(page)
        return page

    yield practising
    assert next(visitors, None) is None


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Practice").click()
    page.wait_for_selector("#practice .practice")


def begun(page: Page, chosen: str = "new") -> Page:
    """The page with a round of new cards, or of a chapter's."""
    if chosen == "new":
        page.locator("[data-do=begin][data-chosen=new]").click()
    else:
        page.locator(f".chapters [data-practise='{chosen}']").evaluate("button => button.click()")
    page.wait_for_selector(".asking")
    return page


def pressed(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def verdict(page: Page, word: str) -> None:
    expect(page.locator(".settled .word")).to_contain_text(word)


def passed(page: Page) -> None:
    """Says "I don't know" and goes on."""
    pressed(page, "?")
    verdict(page, "Not known yet")
    pressed(page, "Enter")


def wrong_option(page: Page) -> str:
    """The key of the second wrong option."""
    return page.locator("button.option", has_text=FROZEN.wrong[1].text).locator("kbd").inner_text()


# -- with the keyboard ----------------------------------------------------------------------------------------------


def test_all_four_kinds_with_the_keyboard_alone(visit: Opened) -> None:
    page = visit()
    page.locator("[data-do=begin]").first.focus()
    pressed(page, "Enter")
    expect(page.locator("#card-ask")).to_be_focused()
    page.keyboard.press(page.locator("button.option", has_text=FROZEN.answer).locator("kbd").inner_text())
    verdict(page, "Right")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    pressed(page, "Enter")
    expect(page.locator("#card-field")).to_be_focused()
    page.keyboard.type("zero")
    pressed(page, "Enter")
    verdict(page, "Right")
    pressed(page, "Space")
    expect(page.locator("#card-ask")).to_contain_text("16 bytes")
    page.keyboard.type("48 gigabytes")
    pressed(page, "Enter")
    verdict(page, "Right")
    pressed(page, "Enter")
    expect(page.locator("#card-ask")).to_have_text(TILING.ask)
    letters = {
        step: page.locator(".steps li", has_text=step).first.get_attribute("data-letter") or "" for step in STEPS
    }
    pressed(page, *(letters[step] for step in STEPS))
    expect(page.locator(".steps li span:not([aria-hidden])")).to_have_text(list(STEPS))
    pressed(page, "Enter")
    verdict(page, "Right")
    pressed(page, "Enter")
    expect(page.locator(".over h2")).to_have_text("All 4 right")


def test_steps_move_with_the_arrow_keys_and_by_numbers(visit: Opened) -> None:
    page = begun(visit(), FLASH)
    shown = page.locator(".steps .step > span")
    before = shown.all_text_contents()
    pressed(page, "Enter")
    expect(page.locator(".trouble")).to_contain_text("in your order first")
    pressed(page, "ArrowDown", "ArrowDown")
    expect(shown).to_have_text([before[1], before[0], *before[2:]])
    expect(page.locator(".steps .step").nth(1)).to_be_focused()
    expect(page.locator("#practice-said")).to_have_text(f"{before[0]}: place 2 of 4")
    pressed(page, "ArrowUp")
    expect(shown).to_have_text(before)
    pressed(page, "4", "3")
    expect(shown).to_have_text([before[3], before[2], before[0], before[1]])
    expect(page.locator(".steps .picked")).to_have_count(2)
    pressed(page, "4")
    expect(shown).to_have_text([before[2], before[3], before[0], before[1]])
    expect(page.locator(".steps .picked")).to_have_count(1)


def test_keys_are_letters_while_something_is_typed(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, "?")
    verdict(page, "Not known yet")
    pressed(page, "Enter")
    page.locator("#card-field").wait_for()
    page.keyboard.type("u1er?")
    expect(page.locator("#card-field")).to_have_value("u1er?")
    expect(page.locator(".position")).to_have_text("2 of 3")
    pressed(page, "Escape")
    expect(page.locator("#card-field")).not_to_be_focused()
    pressed(page, "u")
    expect(page.locator("#card-ask")).to_have_text(FROZEN.ask)
    passed(page)
    page.locator("#card-field").wait_for()
    pressed(page, "?")
    verdict(page, "Not known yet")


def test_keys_rest_while_the_reader_has_the_focus(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, "?")
    verdict(page, "Not known yet")
    pressed(page, "s")
    assert marked(page)
    expect(page.locator("#reader h2")).to_be_focused()
    pressed(page, "u", "Enter", "?")
    page.wait_for_timeout(300)
    verdict(page, "Not known yet")
    pressed(page, "Escape", "Control+z")
    expect(page.locator(".asking #card-ask")).to_have_text(FROZEN.ask)


def test_a_key_that_is_held_down_answers_once(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, "?")
    verdict(page, "Not known yet")
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator(".position")).to_have_text("2 of 3")
    page.wait_for_timeout(200)
    expect(page.locator(".position")).to_have_text("2 of 3")


# -- what is shown --------------------------------------------------------------------------------------------------


def test_a_wrong_option_shows_its_reason_and_the_sentence_opens_in_the_reader(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, wrong_option(page))
    verdict(page, "Not right")
    expect(page.locator(".why")).to_have_text(FROZEN.wrong[1].why)
    expect(page.locator(".option.wrong")).to_contain_text(FROZEN.wrong[1].text)
    expect(page.locator(".option.right")).to_contain_text(FROZEN.answer)
    expect(page.locator(".proof blockquote")).to_have_text(FROZEN.quote)
    expect(page.locator("#practice-said")).to_contain_text(FROZEN.wrong[1].why)
    expect(page.locator(".when")).to_have_text("This card comes again in 10 minutes.")
    page.locator(".proof .open").click()
    assert same(marked(page)) == same(FROZEN.quote)


def test_answering_moves_nothing_that_stood_there(visit: Opened) -> None:
    page = begun(visit(height=1400))
    for card, selector in zip(CARDS, (".options", ".typed", ".typed", ".steps"), strict=True):
        page.wait_for_selector(f".asking.{card.kind}")
        page.wait_for_function(FORMULAS_ARE_SET)
        before = page.locator(selector).bounding_box()
        page.locator("[data-do=unknown]").click()
        page.wait_for_selector(".answered")
        assert page.locator(selector).bounding_box() == before
        page.locator("[data-do=onward]").click()


def test_formulas_of_a_card_are_set(visit: Opened) -> None:
    page = begun(visit(), LORA)
    passed(page)
    page.wait_for_function("document.querySelector('#card-ask tutor-math')?.shadowRoot?.querySelector('.katex')")


def test_what_cannot_be_read_stays_in_the_field(visit: Opened) -> None:
    page = begun(visit(), LORA)
    passed(page)
    page.locator("#card-field").wait_for()
    passed(page)
    expect(page.locator(".unit")).to_have_text("GB")
    page.keyboard.type("plenty")
    pressed(page, "Enter")
    expect(page.locator(".trouble")).to_contain_text("no number that can be read")
    expect(page.locator("#card-field")).to_have_value("plenty")
    expect(page.locator("#card-field")).to_be_focused()
    page.keyboard.type("48")  # what stood there is selected
    pressed(page, "Enter")
    verdict(page, "Right")


def test_the_end_names_what_was_missed_and_opens_its_note(visit: Opened) -> None:
    page = begun(visit(), FLASH)
    passed(page)
    expect(page.locator(".over h2")).to_have_text("0 of 1 right")
    expect(page.locator(".over .lead")).to_contain_text("in 10 minutes")
    page.locator(".missed").get_by_role("button", name="Read the note").click()
    expect(page.locator("#reader h2")).to_have_text("FlashAttention")
    pressed(page, "Escape")
    page.locator("[data-do=begin]").click()
    expect(page.locator("#card-ask")).to_have_text(FROZEN.ask)


# -- taking back, and the last word ----------------------------------------------------------------------------------


def test_undo_takes_the_last_answer_back(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, wrong_option(page))
    verdict(page, "Not right")
    pressed(page, "Enter")
    page.locator("#card-field").wait_for()
    page.locator("[data-do=undo]").click()
    expect(page.locator(".asking #card-ask")).to_have_text(FROZEN.ask)
    expect(page.locator(".track .wrong")).to_have_count(0)
    pressed(page, page.locator("button.option", has_text=FROZEN.answer).locator("kbd").inner_text())
    verdict(page, "Right")


def test_the_learner_has_the_last_word_on_what_was_typed(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, wrong_option(page))
    verdict(page, "Not right")
    expect(page.locator("[data-do=overrule]")).to_have_count(0)
    pressed(page, "Enter")
    page.locator("#card-field").wait_for()
    page.keyboard.type("zero or one")
    pressed(page, "Enter")
    verdict(page, "Nearly")
    pressed(page, "r")
    verdict(page, "Counted as right")
    expect(page.locator(".when")).to_contain_text("days")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    pressed(page, "Enter")
    page.locator("#card-field").wait_for()
    page.keyboard.type("48")
    pressed(page, "Enter")
    verdict(page, "Right")
    pressed(page, "e")
    verdict(page, "Noted as easy")
    pressed(page, "Enter")
    expect(page.locator(".over h2")).to_have_text("2 of 3 right")


# -- what survives --------------------------------------------------------------------------------------------------


def test_a_reload_in_mid_round_goes_on_there(visit: Opened) -> None:
    page = begun(visit(), LORA)
    pressed(page, wrong_option(page))
    verdict(page, "Not right")
    page.reload()
    verdict(page, "Not right")
    expect(page.locator(".why")).to_have_text(FROZEN.wrong[1].why)
    pressed(page, "Enter")
    page.locator("#card-field").wait_for()
    page.reload()
    expect(page.locator(".position")).to_have_text("2 of 3")
    expect(page.locator("#card-field")).to_be_focused()
    page.keyboard.type("zer")
    page.get_by_role("tab", name="Chat").click()
    opened(page)
    expect(page.locator("#card-field")).to_have_value("zer")


def test_two_browsers_practise_for_themselves(visit: Opened) -> None:
    ada, bob = begun(visit(), LORA), visit()
    pressed(ada, "?")
    verdict(ada, "Not known yet")
    bob.reload()
    opened(bob)
    expect(bob.locator(".start .doors")).to_contain_text("Learn 4 new cards")
    expect(bob.locator(".start .again")).to_have_count(0)


def test_a_card_comes_back_when_it_is_due(visit: Opened, served: Practising) -> None:
    page = begun(visit(), FLASH)
    passed(page)
    page.locator("[data-do=leave]").click()
    expect(page.locator(".start .lead")).to_contain_text("in 10 minutes")
    served.at(NOON + timedelta(days=1))
    page.get_by_role("tab", name="Chat").click()
    opened(page)
    expect(page.locator(".start .lead")).to_contain_text("1 card is due, the first since yesterday.")
    page.get_by_role("button", name="Review 1 card").click()
    expect(page.locator("#card-ask")).to_have_text(TILING.ask)


def test_another_window_that_went_on_is_told(visit: Opened) -> None:
    page = begun(visit(), LORA)
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("#status.ready")
    opened(other)
    pressed(other, "?")
    verdict(other, "Not known yet")
    page.locator("button.option").first.evaluate("button => button.click()")
    expect(page.locator("#practice .notice")).to_contain_text("Another window went on")
    verdict(page, "Not known yet")


def test_practice_goes_on_while_an_answer_is_written(visit: Opened) -> None:
    page = visit()
    page.get_by_role("tab", name="Chat").click()
    page.fill("#question textarea", "What is LoRA?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .unchecked")
    opened(page)
    begun(page, LORA)
    passed(page)
    page.locator("#card-field").wait_for()
    page.keyboard.type("zero")
    pressed(page, "Enter")
    verdict(page, "Right")
    page.get_by_role("tab", name="Chat").click()
    expect(page.locator("#live .unchecked")).to_be_visible()
    page.click("#stop")


# -- from elsewhere, and on small screens ------------------------------------------------------------------------------


def test_a_link_practises_its_chapter(visit: Opened) -> None:
    page = visit()
    address = f"{page.url.partition('#')[0]}#practice={FLASH}"
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#card-ask")).to_have_text(TILING.ask)
    assert page.url.endswith("#practice"), "loading the page anew must not begin another round"
    page.evaluate("location.hash = '#practice=nowhere'")
    expect(page.locator(".trouble")).to_contain_text("nowhere")
    page.get_by_role("tab", name="Chat").click()
    page.evaluate(f"document.body.insertAdjacentHTML('beforeend', '<button data-practise={LORA}>go</button>')")
    page.locator("body > [data-practise]").evaluate("button => button.click()")
    expect(page.locator("#card-ask")).to_have_text(FROZEN.ask)


@pytest.mark.parametrize("width", [390, 360])
def test_a_phone_shows_everything_and_fingers_can_do_it(visit: Opened, width: int) -> None:
    page = visit(width=width, height=800, has_touch=True, is_mobile=True)
    assert fits(page)
    page.locator("[data-do=begin][data-chosen=new]").tap()
    page.locator("button.option", has_text=FROZEN.answer).tap()
    verdict(page, "Right")
    assert fits(page)
    expect(page.locator("[data-do=onward]")).to_be_in_viewport()
    expect(page.locator(".settled .word")).to_be_in_viewport()
    page.locator("[data-do=onward]").tap()
    page.locator("#card-field").fill(ZERO.answer)
    page.locator("[data-do=answer]").tap()
    verdict(page, "Right")
    page.locator("[data-do=onward]").tap()
    page.locator("#card-field").fill(MEMORY.answer)
    page.locator("[data-do=answer]").tap()
    page.locator("[data-do=onward]").tap()
    for step in STEPS:
        page.locator(".steps li", has_text=re.compile(f"^[A-D]?{step}")).locator(".step").tap()
    assert fits(page)
    page.locator("[data-do=answer]").tap()
    verdict(page, "Right")
    assert fits(page)
    page.locator("[data-do=onward]").tap()
    expect(page.locator(".over h2")).to_have_text("All 4 right")
    assert fits(page)


def test_what_is_touched_is_large_enough(visit: Opened) -> None:
    page = visit(width=390, height=800, has_touch=True, is_mobile=True)
    small = """() => [...document.querySelectorAll('#practice :is(button, a, input, summary)')]
        .filter((one) => one.checkVisibility()).map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 90)])
        .filter(([box]) => box.height < 43.5 || box.width < 43.5).map(([box, html]) => `${box.height} ${html}`)"""
    assert page.evaluate(small) == []
    page.locator("[data-do=begin][data-chosen=new]").tap()
    for card in CARDS:
        page.wait_for_selector(f".asking.{card.kind}")
        assert page.evaluate(small) == []
        page.locator("[data-do=unknown]").tap()
        page.wait_for_selector(".answered")
        assert page.evaluate(small) == []
        page.locator("[data-do=onward]").tap()
    page.wait_for_selector(".over")
    assert page.evaluate(small) == []
