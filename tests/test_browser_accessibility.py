"""
The page for everyone, in a real Chromium: axe's rules in every tab and state, the keyboard, sizes, zoom and motion.

Rules of WCAG 2.0 to 2.2, levels A and AA, in light and dark, on a wide screen and a phone. The states are those of
`tests.accessible`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.accessible import JOURNEYS, settled, tab, tabs
from tests.browsing import App, Opened, fits, running, visits
from tests.test_browser import answered
from tests.test_browser_safety import WORDS, lan
from ui import strings as s

__all__ = ["lan"]  # a fixture

RULES = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LEAST_TARGET = 24  # CSS pixels, as WCAG 2.2 has it
# A control is what can be used: shown, not switched off, and not behind a closed fold or an open dialog.
CONTROLS = """() => [...document.querySelectorAll(
  "a[href], button, input, select, textarea, summary, [tabindex='0'], [contenteditable=true]")].filter((one) =>
    one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.disabled && one.tabIndex >= 0 &&
    !one.closest("[inert], [aria-hidden=true]") && one.getBoundingClientRect().width > 0 &&
    !(one.type === "radio" && !one.checked && document.querySelector(`[name="${one.name}"]:checked`)))"""
NAMED = """(one) => one.id ? `#${one.id}`
  : `${one.localName}.${one.className} ${(one.innerText || one.ariaLabel || one.name || "").slice(0, 40)}`"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, starter_home: Path, models_folder: Path) -> Iterator[App]:
    home = tmp_path_factory.mktemp("accessible") / "home"
    home.mkdir()
    shutil.copy(starter_home / "library.db", home)  # with its vectors: Chroma is filled from there
    with running(home, models_folder, "-m", "tests.accessible", str(home)) as made:
        yield made


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(app.url, browser)


def violations(page: Page) -> list[str]:
    """What axe finds, each in one line."""
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['impact']} {one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


# -- axe ------------------------------------------------------------------------------------------------------------


# Colours hardly depend on the width: every tab in all four, the states within them in two.
LOOKS = [("light", 1280), ("dark", 360)]
ALL_LOOKS = [*LOOKS, ("light", 360), ("dark", 1280)]


@pytest.mark.parametrize(
    ("journey", "scheme", "width"),
    [(journey, *look) for journey in JOURNEYS for look in (ALL_LOOKS if journey == "every tab" else LOOKS)],
)
def test_axe_finds_nothing(visit: Opened, journey: str, scheme: str, width: int) -> None:
    page = visit(width=width, color_scheme=scheme, reduced_motion="reduce")
    found = {state: violations(page) for state in JOURNEYS[journey](page)}
    assert {state: lines for state, lines in found.items() if lines} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_log_in(lan: App, browser: Browser, scheme: str) -> None:
    with browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 700}) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(lan.url)
        # Nothing runs in this page, axe neither: it looks at a copy of it.
        copy = context.new_page()
        sheet = (Path(__file__).parent.parent / "ui" / "static" / "login.css").read_text()
        for trouble in ("", "not it, whatever it is"):
            if trouble:
                page.get_by_label(s.LOGIN_LABEL).fill(trouble)
                page.keyboard.press("Enter")
                expect(page.get_by_role("alert")).to_be_visible()
            copy.set_content(page.content().replace("</head>", f"<style>{sheet}</style></head>"))
            assert violations(copy) == []
            assert fits(page)
        assert WORDS not in page.content()


# -- the keyboard ---------------------------------------------------------------------------------------------------


def walked(page: Page, most: int = 400) -> list[str]:
    """The controls that Tab comes to, from the beginning of the page to its end; each shows that it has the focus."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    page.evaluate("() => { const begin = document.createElement('span'); begin.id = 'begin'; begin.tabIndex = -1; "
                  "document.body.prepend(begin); begin.focus(); begin.remove(); }")  # fmt: skip
    page.evaluate("() => { window.walked = new Set(); }")
    met: list[str] = []
    again = 0
    for _ in range(most):
        page.keyboard.press("Tab")
        told = page.evaluate(
            f"""() => {{
              const one = document.activeElement;
              if (one && window.walked.last === one) return "again";  // a date has a stop for each of its parts
              if (!one || one === document.body || window.walked.has(one)) return null;
              window.walked.last = one;
              window.walked.add(one);
              const seen = [one, one.closest("#ask-row"), one.closest("label"), one.parentElement].some((place) => {{
                if (!place) return false;
                const style = getComputedStyle(place);
                const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
                return ring || (place !== one && place.id === "ask-row");
              }});
              return [({NAMED})(one), seen];
            }}"""
        )
        if told is None or again > 9:
            break
        again = again + 1 if told == "again" else 0
        if again:
            continue
        name, ring = told
        assert ring, f"nothing shows that {name} has the focus"
        met.append(name)
    return met


@pytest.mark.parametrize("at", range(8))
def test_tab_reaches_every_control_and_shows_where_it_is(visit: Opened, at: int) -> None:
    page = visit()
    names = tabs(page)
    if at >= len(names):
        pytest.skip("there are fewer tabs")
    if names[at] == s.CHAT:
        answered(page)
    tab(page, names[at])
    if names[at] == s.LIBRARY:  # a row of each kind stands for hundreds
        page.locator("#library input[type=search]").first.fill("lora")
        settled(page)
    met = walked(page)
    assert page.evaluate(f"() => ({CONTROLS})().filter((one) => !window.walked.has(one)).map({NAMED})") == []
    assert len(met) >= 5


def test_tabs_are_chosen_with_the_arrow_keys_or_with_enter(visit: Opened) -> None:
    page = visit()
    names = tabs(page)
    page.get_by_role("tab", name=names[1], exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name=names[1], exact=True)).to_have_attribute("aria-selected", "true")


# -- what a screen reader hears -------------------------------------------------------------------------------------


def test_while_an_answer_comes_statements_are_told_and_not_each_word(visit: Opened) -> None:
    page = visit()
    page.evaluate(
        """() => {
          window.told = [];
          new MutationObserver((changes) => {
            for (const change of changes) {
              const place = (change.target.nodeType === 1 ? change.target : change.target.parentElement);
              const live = place?.closest("[aria-live], [role=status], [role=alert]");
              if (live && live.getAttribute("aria-busy") !== "true") window.told.push(place.textContent.slice(0, 80));
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    answered(page)
    settled(page)
    assert page.locator("#live .answer").get_attribute("aria-live") == "polite"
    assert page.locator("#live .answer").get_attribute("aria-busy") == "false"
    assert len(page.evaluate("window.told")) <= 12
    assert page.locator("#live .unchecked [aria-live], #live [aria-live] .unchecked:not([aria-hidden])").count() == 0


# -- sizes, zoom, motion, colours -----------------------------------------------------------------------------------

SMALL = f"""() => ({CONTROLS})().filter((one) => {{
  if (one.localName === "a" && one.closest("p, li:has(> a), dd, .text")) return false;  // in a line of words
  if (one.classList.contains("chip")) return false;  // beside the words it stands for, as a link in a line
  const label = one.matches("[type=radio], [type=checkbox]") ? one.closest("label") : null;
  const whole = getComputedStyle(one, "::after").position === "absolute" ? one.offsetParent : null;  // of a whole row
  const box = (label ?? whole ?? one).getBoundingClientRect();
  return box.width < {LEAST_TARGET} || box.height < {LEAST_TARGET};
}}).map((one) => `${{({NAMED})(one)}} ${{Math.round(one.getBoundingClientRect().width)}}x${{
  Math.round(one.getBoundingClientRect().height)}}`)"""


@pytest.mark.parametrize("journey", JOURNEYS)
def test_on_a_small_phone_all_fits_and_can_be_touched(visit: Opened, journey: str) -> None:
    page = visit(width=360, height=700)
    for state in JOURNEYS[journey](page):
        assert fits(page), state
        assert page.evaluate(SMALL) == [], state


@pytest.mark.parametrize("journey", JOURNEYS)
def test_with_letters_twice_as_large_all_fits(visit: Opened, journey: str) -> None:
    page = visit(width=640, height=800)
    page.add_style_tag(content="html { font-size: 200% !important; }")
    for state in JOURNEYS[journey](page):
        assert fits(page), state


def test_who_wants_no_motion_sees_none(visit: Opened) -> None:
    page = visit(reduced_motion="reduce")
    moving = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    for _ in JOURNEYS["every tab"](page):
        assert page.evaluate(moving) == 0
    tab(page, s.CHAT)
    page.fill("#question textarea", "What is LoRA?")
    page.keyboard.press("Enter")
    for _ in range(10):
        assert page.evaluate(moving) == 0
        page.wait_for_timeout(50)


def test_with_colours_of_ones_own_what_is_chosen_still_shows(visit: Opened) -> None:
    page = visit(forced_colors="active")
    border = "one => getComputedStyle(one).borderBottomStyle + parseFloat(getComputedStyle(one).borderBottomWidth)"
    assert page.locator(f"{'#tabs [role=tab]'}[aria-selected=true]").evaluate(border) == "solid2"
    page.locator("#question textarea").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
