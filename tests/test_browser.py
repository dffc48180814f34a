"""
The page as a learner meets it: `python -m ui` in a process of its own, driven with a real Chromium.

The parts are the real ones (starter notes, embedded models). At the end of each test nothing may have been asked of
another host, and nothing may stand in the browser's console.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browsing import SLOW, App, Opened, fits, running, visits
from tutor.library import Library


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    """One app for all tests."""
    home = tmp_path_factory.mktemp("browser") / "home"
    with running(home, models_folder, "-m", "ui", "--port", "0", "--no-browser") as started:
        yield started


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[tuple[App, Path]]:
    """The SLOW app, and the file that opens its tutor."""
    home = tmp_path_factory.mktemp("slow") / "home"
    gate = home / "open"
    with running(home, models_folder, "-c", SLOW, str(gate)) as started:
        yield started, gate


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    """Opens the page as a new person; `options` are a browser context's. `ready=False` does not wait for the tutor."""
    yield from visits(app.url, browser)


@pytest.fixture(scope="module")
def shared(app: App, browser: Browser) -> Iterator[Page]:
    """One page on which "What is LoRA?" has been answered, for tests that only look at an answer."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(app.url)
    page.wait_for_selector("#status.ready")
    answered(page)
    yield page
    context.close()


@pytest.fixture
def lora(shared: Page) -> Page:
    """The shared page as it was after its answer: at the top, the reader closed."""
    shared.keyboard.press("Escape")
    shared.mouse.move(2, 2)
    shared.evaluate("document.activeElement?.blur(), scrollTo(0, 0)")
    return shared


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    heading = page.locator("#live .question")
    expect(heading).to_have_text(" ".join(question.split()))


def opened(slow: tuple[App, Path]) -> App:
    """The slow app, with its tutor open."""
    app, gate = slow
    gate.touch()
    return app


def answered(page: Page, question: str = "What is LoRA?") -> None:
    """Asks and waits for the end of the answer."""
    ask(page, question)
    page.wait_for_selector("#live .turn:is(.done, .declined, .failed)")


def marked(page: Page) -> str:
    """The marked words in the reader."""
    page.wait_for_selector("#reader #quote")
    return "".join(page.locator("#reader mark").all_text_contents())


def same(text: str) -> str:
    return re.sub(r"\s+|`|\*\*", "", text)


# -- the first minute -----------------------------------------------------------------------------------------------


def test_page_opens_and_says_what_is_ready(
    app: App, visit: Opened, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    page = visit(ready=False)
    usable = time.monotonic() - began
    record_property("command_to_address_s", round(app.seconds, 1))
    record_property("load_to_usable_s", round(usable, 2))
    print(f"command to address {app.seconds:.1f} s, load to usable {usable:.2f} s")
    assert page.title() == "Tutor"
    expect(page.locator("#status")).to_contain_text("52 starter notes", timeout=120_000)
    expect(page.locator(".welcome button.ask")).to_have_count(6)
    assert page.get_by_text("Use via API").count() == 0


def test_early_question_waits_for_the_tutor(slow: tuple[App, Path], visit: Opened) -> None:
    app, gate = slow
    assert not gate.exists(), "this test comes before the others that use the slow app"
    page = visit(app.url, ready=False)
    expect(page.locator("#status")).to_contain_text("Getting ready")
    ask(page, "What is LoRA?")
    expect(page.locator("#live .busy")).to_contain_text("still getting ready")
    gate.touch()
    page.wait_for_selector("#live .statement .chip")
    page.click("#stop")


def test_sample_question_asks_itself(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    sample = page.locator(".welcome button.ask").nth(1)
    question = sample.get_attribute("data-ask") or ""
    sample.click()
    expect(page.locator("#live .question")).to_have_text(question)
    page.wait_for_selector("#live .statement .chip")
    page.click("#stop")


# -- asking ---------------------------------------------------------------------------------------------------------


def test_evidence_comes_first_and_at_once(
    slow: tuple[App, Path], visit: Opened, record_property: Callable[[str, object], None]
) -> None:
    page = visit(opened(slow).url)
    page.evaluate(
        """() => {
          document.addEventListener("keydown", (event) => {
            if (event.key === "Enter") window.seen = { asked: performance.now() };
          }, true);
          new MutationObserver(() => {
            const seen = window.seen;
            if (!seen) return;
            if (document.querySelector("#live .turn.searching")) seen.searching = true;
            const turn = seen.searching && document.querySelector("#live .turn");
            if (turn && turn.querySelector(".card")) seen.evidence ??= performance.now();
            if (turn && turn.querySelector(".statement")) seen.statement ??= performance.now();
          }).observe(document.body, { subtree: true, childList: true, attributes: true });
        }"""
    )
    times = []
    for question in ("What is LoRA?", "How does speculative decoding work?", "Why is FlashAttention faster?"):
        ask(page, question)
        page.wait_for_selector("#live .statement .chip")
        seen = page.evaluate("window.seen")
        page.click("#stop")
        page.wait_for_selector("#live .turn.stopped")
        assert seen["evidence"] <= seen["statement"]
        times.append(seen["evidence"] - seen["asked"])
    record_property("evidence_ms", [round(one) for one in times])
    print(f"evidence on screen after {', '.join(f'{one:.0f}' for one in times)} ms")
    assert min(times) < 1000  # the target is 300 ms; this machine may be busy with other things


def test_chip_opens_its_quote_marked_in_the_source(app: App, lora: Page) -> None:
    for chip in lora.locator("#live .chip").all():
        source, start, end = (int(chip.get_attribute(f"data-{name}") or -1) for name in ("source", "start", "end"))
        chip.click()
        expect(chip).to_have_attribute("aria-expanded", "true")
        with Library.open(app.home / "library.db") as library:
            held = library.source(source)
        assert held is not None
        expect(lora.locator("#reader h2")).to_have_text(held.title)
        lora.wait_for_function("document.querySelectorAll('.chip[aria-expanded]').length === 1")
        until = time.monotonic() + 30
        while same(marked(lora)) != same(held.text[start:end]):  # of the source that was open before, until then
            assert time.monotonic() < until
            lora.wait_for_timeout(50)
        expect(lora.locator("#reader #quote").first).to_be_in_viewport()
    assert lora.locator("#reader .text").inner_text().count(".") > 8  # the neighbours are there


def test_reader_of_a_note_offers_the_chapters_resources(lora: Page) -> None:
    lora.locator("#live .chip").first.click()
    expect(lora.locator("#reader header")).to_contain_text("own starter note")
    lora.locator("#reader summary").click()
    link = lora.locator("#reader .resources a").first
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(link).to_have_attribute("target", "_blank")
    assert (link.get_attribute("href") or "").startswith("http")


def test_hovering_a_chip_shows_its_quote(lora: Page) -> None:
    chip = lora.locator("#live .chip").first
    expect(chip.locator(".tip")).to_be_hidden()
    chip.hover()
    expect(chip.locator(".tip")).to_be_visible()


def test_card_of_the_evidence_opens_the_reader(lora: Page) -> None:
    lora.locator("#live .card .open").first.click()
    assert marked(lora)
    lora.locator("#reader .close").click()
    expect(lora.locator("#reader")).to_be_hidden()


def test_everything_can_be_done_with_the_keyboard(lora: Page) -> None:
    lora.locator("#live .chip").first.focus()
    expect(lora.locator("#live .chip .tip").first).to_be_visible()
    lora.keyboard.press("Enter")
    assert marked(lora)
    expect(lora.locator("#reader h2")).to_be_focused()
    lora.keyboard.press("Escape")
    expect(lora.locator("#reader")).to_be_hidden()
    expect(lora.locator("#live .chip").first).to_be_focused()
    expect(lora.locator("#live .chip .tip").first).to_be_hidden()  # what it shows was just read
    lora.keyboard.press("Tab")
    lora.keyboard.press("Shift+Tab")
    expect(lora.locator("#live .chip .tip").first).to_be_visible()
    outline = lora.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_formulas_are_set(visit: Opened) -> None:
    page = visit()
    library(page)
    page.fill("#filter", "low-rank")
    page.locator("#shelf li:visible button").click()
    page.wait_for_function(
        """() => [...document.querySelectorAll("#reader tutor-math")].some(
          (formula) => formula.shadowRoot?.querySelector(".katex .mfrac"))"""
    )


def test_unchecked_words_never_look_like_an_answer(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    ask(page, "What is LoRA?")
    draft = page.locator("#live .unchecked")
    expect(draft).to_contain_text("not checked yet")
    expect(draft).to_contain_text("and on and on")
    assert "and on" not in "".join(page.locator("#live .statement").all_inner_texts())
    page.click("#stop")


def test_stop_ends_the_answer_and_the_next_question_works(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    ask(page, "How does speculative decoding work?")
    page.wait_for_selector("#live .unchecked")
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped", timeout=5_000)
    expect(page.locator("#live .busy, #live .unchecked")).to_have_count(0)
    assert page.locator("#live .statement").count() >= 1
    ask(page, "What is LoRA?")
    page.wait_for_selector("#live .statement .chip")
    expect(page.locator("#past .turn.stopped .question")).to_have_text("How does speculative decoding work?")
    page.click("#stop")


def test_new_question_ends_the_one_before(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    ask(page, "How does speculative decoding work?")
    page.wait_for_selector("#live .unchecked")
    ask(page, "What is LoRA?")
    expect(page.locator("#past .turn.stopped .question")).to_have_text("How does speculative decoding work?")
    page.wait_for_selector("#live .statement .chip")
    page.wait_for_selector("#live .unchecked")
    expect(page.locator("#stop")).to_be_visible()
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped")
    expect(page.locator("#ask")).to_be_visible()


def test_what_is_not_covered_is_declined_and_looks_so(visit: Opened) -> None:
    page = visit()
    answered(page, "What should I cook for a birthday dinner with eight guests?")
    expect(page.locator("#live .turn")).to_have_class(re.compile("declined"))
    expect(page.locator("#live .verdict")).to_be_visible()
    expect(page.locator("#live .statement .chip")).to_have_count(0)


def test_follow_up_asks_the_next_question(visit: Opened) -> None:
    page = visit()
    answered(page)
    follow_up = page.locator("#live .follow-ups .ask").first
    question = follow_up.get_attribute("data-ask") or ""
    follow_up.click()
    expect(page.locator("#live .question")).to_have_text(question)
    page.wait_for_selector("#live .turn:is(.done, .declined)")
    expect(page.locator("#past .turn")).to_have_count(1)
    page.click("#new")
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#past .turn")).to_have_count(0)


@pytest.mark.parametrize("question", ["什么是注意力机制？", "word " * 4000, "?!"], ids=["chinese", "long", "no words"])
def test_question_that_cannot_be_asked_is_one_friendly_line(visit: Opened, question: str) -> None:
    page = visit()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    error = page.locator("#live .notice.error")
    expect(error).to_be_visible()
    assert "Traceback" not in error.inner_text()
    assert fits(page)


def test_empty_question_changes_nothing(visit: Opened) -> None:
    page = visit()
    page.fill("#question textarea", "   ")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    expect(page.locator(".welcome")).to_be_visible()


def test_answer_is_announced(lora: Page) -> None:
    expect(lora.locator("#live .answer")).to_have_attribute("aria-live", "polite")
    expect(lora.locator("#live .answer")).to_have_attribute("aria-busy", "false")
    expect(lora.get_by_role("textbox", name="Your question")).to_be_visible()


def test_answer_shows_how_it_came_about(lora: Page) -> None:
    lora.locator("#live .trace summary").click()
    expect(lora.locator("#live .trace dl")).to_contain_text("What is LoRA?")


def test_two_people_at_once_each_see_their_own(slow: tuple[App, Path], visit: Opened) -> None:
    url = opened(slow).url
    one, other = visit(url), visit(url)
    ask(one, "What is LoRA?")
    ask(other, "What is a normalizing flow?")
    for page in (one, other):
        page.wait_for_selector("#live .statement .chip")
        expect(page.locator(".turn")).to_have_count(1)
    one.click("#stop")
    one.wait_for_selector("#live .turn.stopped")
    expect(other.locator("#live .unchecked")).to_be_visible()  # one person's stop is nobody else's
    assert "LoRA" in one.locator("#live .answer").inner_text()
    assert "flow" in other.locator("#live .answer").inner_text()
    other.click("#stop")


def test_reload_in_mid_answer_finds_it_again_still_being_written(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    ask(page, "How does speculative decoding work?")
    page.wait_for_selector("#live .unchecked")
    assert re.search(r"#chat/\d+$", page.url)
    page.fill("#question textarea", "half a next question")
    page.reload()
    page.wait_for_selector("#live .unchecked")
    expect(page.locator("#live .question")).to_have_text("How does speculative decoding work?")
    expect(page.locator("#question textarea")).to_have_value("half a next question")
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped .statement .chip")
    ask(page, "What is LoRA?")
    page.wait_for_selector("#live .statement .chip")
    page.click("#stop")
    expect(page.locator("#past .question")).to_have_text("How does speculative decoding work?")
    expect(talk(page, "How does speculative decoding work?")).to_contain_text("2 questions")


def test_back_button_leads_where_one_was(visit: Opened) -> None:
    page = visit()
    answered(page)
    first = page.url
    page.get_by_role("tab", name="Library").click()
    assert page.url.endswith("#library")
    page.get_by_role("tab", name="Plan").click()
    page.go_back()
    expect(page.get_by_role("tab", name="Library")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.locator("#live .question")).to_be_visible()
    assert page.url == first
    page.locator("#live .chip").first.click()
    page.wait_for_selector("#reader #quote")
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    assert page.url == first
    page.locator("#live .chip").first.click()
    page.wait_for_selector("#reader #quote")
    page.keyboard.press("Escape")  # closed in another way, it leaves nothing in the history
    page.go_back()
    expect(page.locator(".welcome")).to_be_visible()
    page.go_forward()
    expect(page.locator("#live .question")).to_have_text("What is LoRA?")
    assert page.url == first


def test_address_of_a_tab_or_a_conversation_leads_there(visit: Opened) -> None:
    page = visit()
    answered(page)
    address = page.url
    page.goto(address.split("#")[0] + "#practice")
    page.reload()
    page.wait_for_selector("#practice-place h2")
    page.goto(address)
    expect(page.locator("#live .question")).to_have_text("What is LoRA?")
    page.goto(address.split("#")[0] + "#chat/999999")
    page.reload()
    expect(page.locator("#live .missing")).to_contain_text("no conversation")
    expect(page.locator(".welcome")).to_be_visible()


def test_arrow_keys_lead_from_tab_to_tab(visit: Opened) -> None:
    page = visit()
    page.get_by_role("tab", name="Chat").focus()
    for key, name in (("ArrowRight", "Plan"), ("End", "Settings"), ("ArrowRight", "Chat"), ("ArrowLeft", "Settings")):
        page.keyboard.press(key)
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
    assert page.url.endswith("#settings")


def test_scripts_that_come_when_the_page_is_there_already_are_at_work(visit: Opened) -> None:
    """Gradio puts them into the page, which nothing may change any more when they come."""
    page = visit()

    def late(route: Route) -> None:
        page.wait_for_selector("#library-place, #question textarea", state="attached")
        page.wait_for_timeout(1500)
        route.continue_()

    page.route(re.compile("/tutor/static/shared[.]js$"), late)
    page.goto(page.url.partition("#")[0] + "#library")
    page.reload()
    page.wait_for_selector("#status.ready")
    page.wait_for_selector("#library-place .row, #library-place [data-shelf]")


def test_link_to_another_persons_conversation_shows_nothing_of_it(visit: Opened) -> None:
    page, other = visit(), visit()
    answered(page)
    other.goto(page.url)
    other.reload()
    expect(other.locator("#live .missing")).to_be_visible()
    expect(other.locator(".turn")).to_have_count(0)


# -- what can be done with an answer --------------------------------------------------------------------------------


def test_answer_in_another_form_is_one_click_away(visit: Opened) -> None:
    page = visit()
    answered(page)
    for form, understood in (("Simpler", "in plain words"), ("Go deeper", "detail"), ("Show the maths", "formulas")):
        page.locator("#live .form", has_text=form).click()
        expect(page.locator("#live .understood")).to_contain_text(understood)
        expect(page.locator("#live .understood")).to_contain_text("What is LoRA?")
        page.wait_for_selector("#live .turn.done")
    expect(page.locator("#past .form:visible")).to_have_count(0)


def test_asking_again_and_changing_the_question_take_the_place_of_the_answer(visit: Opened) -> None:
    page = visit()
    answered(page)
    page.locator("#live .again").click()
    page.wait_for_selector("#live .turn:not(.done)")
    page.wait_for_selector("#live .turn.done")
    expect(page.locator(".turn")).to_have_count(1)
    page.locator("#live .edit").click()
    field = page.get_by_role("dialog").get_by_role("textbox")
    expect(field).to_have_value("What is LoRA?")
    field.fill("What is QLoRA?")
    field.press("Enter")
    expect(page.locator("#live .question")).to_have_text("What is QLoRA?")
    page.wait_for_selector("#live .turn:is(.done, .declined)")
    expect(page.locator(".turn")).to_have_count(1)
    page.reload()
    expect(page.locator("#live .question")).to_have_text("What is QLoRA?")
    expect(page.locator(".turn")).to_have_count(1)
    page.locator("#live .edit").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_answer_is_copied_with_its_sources(visit: Opened) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    answered(page)
    page.locator("#live .copy").click()
    expect(page.locator("#live .after [role=status]")).to_have_text("Copied, with its sources")
    copied = page.evaluate("navigator.clipboard.readText()")
    first = page.locator("#live .statement").first.evaluate("one => one.firstChild.textContent")
    assert first.split(" (")[0] in copied
    assert "[1]" in copied
    assert re.search(r"^1\. .+: “.+”$", copied, re.M)


def test_support_of_each_sentence_can_be_seen(lora: Page) -> None:
    expect(lora.locator("#live .support")).to_contain_text(re.compile("word for word|checked"))
    chip = lora.locator("#live .chip").first
    chip.focus()
    expect(chip.locator(".tip .how")).to_have_text(re.compile("Word for word|Checked: support"))
    lora.evaluate("document.activeElement.blur()")


def test_sample_plan_begins_a_plan(visit: Opened) -> None:
    page = visit()
    page.locator(".welcome [data-goal]").click()
    expect(page.locator("#plan-goal")).to_have_value("Understand diffusion models in six weeks")
    expect(page.locator("#plan-goal")).to_be_focused()
    assert page.url.endswith("#plan")


# -- many questions -------------------------------------------------------------------------------------------------


def test_fifty_quick_questions(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    questions = ["What is LoRA?", "What is a normalizing flow?", "How does speculative decoding work?"] * 17
    for question in questions[:50]:
        page.fill("#question textarea", question)
        page.keyboard.press("Enter")
    expect(page.locator("#past .turn")).to_have_count(49, timeout=120_000)
    page.wait_for_selector("#live .unchecked")
    assert page.locator(".turn .question").all_text_contents() == questions[:50]
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped")
    assert fits(page)


def test_conversation_of_two_hundred_messages_stays_smooth(app: App, visit: Opened) -> None:
    page = visit()
    answered(page)
    number = int(page.url.rsplit("/", 1)[1])
    with Library.open(app.home / "library.db") as library, library.change() as change:
        change.execute(
            "INSERT INTO turns (conversation, number, question, answer) SELECT conversation, value, "
            "question || ' ' || value, answer FROM turns, json_each(?) WHERE conversation = ? AND number = 1",
            (json.dumps(list(range(2, 101))), number),
        )
    page.reload()
    expect(page.locator("#live .question")).to_have_text("What is LoRA? 100")
    expect(page.locator(".turn")).to_have_count(20)
    while (earlier := page.locator("#earlier [data-earlier]")).count():
        before = page.locator(".turn").count()
        earlier.click()
        page.wait_for_function("n => document.querySelectorAll('.turn').length > n", arg=before)
    expect(page.locator(".turn")).to_have_count(100)
    questions = page.locator(".turn .question").all_text_contents()
    assert questions == ["What is LoRA?", *(f"What is LoRA? {n}" for n in range(2, 101))]
    # Typing and scrolling: no frame is held up for long.
    page.evaluate(
        "window.long = []; const note = (list) => long.push(...list.getEntries().map((one) => one.duration));"
        "new PerformanceObserver(note).observe({ entryTypes: ['longtask'] })"
    )
    page.locator("#question textarea").press_sequentially("What is a normalizing flow?", delay=5)
    for _ in range(10):
        page.mouse.wheel(0, -3000)
        page.wait_for_timeout(30)
    assert max(page.evaluate("long"), default=0) < 500
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .turn:is(.done, .declined)")
    expect(page.locator("#live .question")).to_have_text("What is a normalizing flow?")
    assert max(page.evaluate("long"), default=0) < 1000


# -- conversations --------------------------------------------------------------------------------------------------


def talk(page: Page, title: str) -> Locator:
    """A conversation in the list."""
    return page.locator(".talk", has=page.locator(f".title:text-is({title!r})"))


def cited(page: Page) -> list[str | None]:
    """The words of the answer under way with its cards, and every span that it points at."""
    spans = page.locator("#live [data-source]").evaluate_all("all => all.map(one => JSON.stringify(one.dataset))")
    return [*page.locator("#live .answer, #live .evidence .card").all_text_contents(), *spans]


def choose(page: Page, title: str, act: str) -> None:
    """Rename, Download or Delete of a conversation."""
    talk(page, title).locator("summary").click()
    talk(page, title).get_by_text(act).click()


def test_conversation_is_kept_opened_gone_on_with_renamed_found_downloaded_and_deleted(
    visit: Opened, app: App, browser: Browser
) -> None:
    page = visit()
    answered(page)
    before = cited(page)
    expect(talk(page, "What is LoRA?")).to_contain_text("1 question · today")
    page.click("#new")
    answered(page, "How does speculative decoding work?")
    expect(page.locator(".talk .title")).to_have_text(["How does speculative decoding work?", "What is LoRA?"])

    page.reload()
    page.wait_for_selector("#status.ready")
    expect(page.locator("#live .question")).to_have_text("How does speculative decoding work?")
    talk(page, "What is LoRA?").locator(".open").click()
    page.wait_for_selector("#live .turn.done")
    assert cited(page) == before
    expect(talk(page, "What is LoRA?").locator(".open")).to_have_attribute("aria-current", "true")
    page.locator("#live .chip").first.click()
    assert marked(page)
    page.keyboard.press("Escape")

    answered(page, "What are its limits?")
    page.locator("#live .trace summary").click()
    expect(page.locator("#live .trace dl")).to_contain_text("LoRA")  # what "its" pointed at
    expect(talk(page, "What is LoRA?")).to_contain_text("2 questions")
    expect(page.locator("#past .turn")).to_have_count(1)

    choose(page, "What is LoRA?", "Rename")
    expect(page.get_by_role("dialog").get_by_label("Title")).to_be_focused()
    page.keyboard.type("Adapters")
    page.keyboard.press("Enter")
    expect(page.locator(".talk .title")).to_have_text(["Adapters", "How does speculative decoding work?"])
    page.fill("#find-talk :is(input, textarea)", "adapters")
    expect(page.locator(".talk")).to_have_count(1)
    page.fill("#find-talk :is(input, textarea)", "no such words")
    expect(page.locator("#talk-list")).to_contain_text("No conversation holds")
    page.fill("#find-talk :is(input, textarea)", "")
    expect(page.locator(".talk")).to_have_count(2)

    with page.expect_download() as downloading:
        choose(page, "Adapters", "Download")
    assert downloading.value.suggested_filename == "Adapters.md"
    text = downloading.value.path().read_text(encoding="utf-8")
    assert text.startswith("# Adapters\n")
    assert "\n1. Low-Rank Adapters (LoRA)" in text

    other = visit()  # somebody else
    expect(other.locator("#talks")).to_be_hidden()
    address = app.url + (talk(page, "Adapters").locator("a").get_attribute("href") or "")
    assert page.context.request.get(address).status == 200
    assert other.context.request.get(address).status == 404

    page.keyboard.press("Escape")
    talk(page, "Adapters").get_by_text("Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Adapters")
    expect(page.get_by_role("dialog").get_by_text("Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(talk(page, "Adapters")).to_be_visible()
    talk(page, "Adapters").get_by_text("Delete").click()
    page.get_by_role("dialog").get_by_text("Delete it").click()
    expect(page.locator(".talk .title")).to_have_text(["How does speculative decoding work?"])
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#past .turn")).to_have_count(0)


def test_on_a_phone_the_list_folds_away_and_the_keyboard_reaches_it(visit: Opened) -> None:
    page = visit(width=390)
    expect(page.locator("#talks-button")).to_be_hidden()  # there is nothing to show
    answered(page, "How do I boil an egg?")
    button = page.get_by_role("button", name="Show the conversations")
    expect(page.locator("#talks")).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Conversations")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert fits(page)
    page.keyboard.press("Escape")
    expect(page.locator("#talks")).to_be_hidden()
    expect(button).to_be_focused()
    page.click("#new")
    page.wait_for_selector(".welcome")
    button.press("Enter")
    for _ in range(3):  # close, search, the conversation
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .turn.declined")
    expect(page.locator("#talks")).to_be_hidden()
    expect(button).to_be_focused()


def test_answer_goes_on_while_another_conversation_is_open(slow: tuple[App, Path], visit: Opened) -> None:
    page = visit(opened(slow).url)
    ask(page, "What is LoRA?")
    page.wait_for_selector("#live .statement .chip")
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped")
    page.click("#new")
    ask(page, "How does speculative decoding work?")
    page.wait_for_selector("#live .statement .chip")
    talk(page, "What is LoRA?").locator(".open").click()
    expect(page.locator("#live .question")).to_have_text("What is LoRA?")
    expect(page.locator("#live .turn.stopped .statement .chip").first).to_be_visible()  # as far as it had come
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator(".talk .title")).to_have_text(["How does speculative decoding work?", "What is LoRA?"])
    expect(talk(page, "How does speculative decoding work?")).to_contain_text("is being answered")
    talk(page, "How does speculative decoding work?").locator(".open").click()
    page.wait_for_selector("#live .unchecked")
    expect(page.locator("#live .question")).to_have_text("How does speculative decoding work?")
    page.click("#stop")
    page.wait_for_selector("#live .turn.stopped")
    expect(talk(page, "How does speculative decoding work?")).to_contain_text("1 question · today")


# -- library --------------------------------------------------------------------------------------------------------


def library(page: Page) -> None:
    page.get_by_role("tab", name="Library").click()
    page.wait_for_selector("#shelf li")


# -- safe -----------------------------------------------------------------------------------------------------------


def test_script_in_a_question_is_inert(visit: Opened) -> None:
    page = visit()
    question = "What is <img src=x onerror='window.hacked=1'><script>window.hacked=2</script> LoRA?"
    ask(page, question)
    page.wait_for_selector("#live .turn:is(.done, .declined, .failed)")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#live img, #live script").count() == 0


def test_page_of_another_host_name_is_refused(app: App, browser: Browser) -> None:
    context = browser.new_context()
    answer = context.request.get(f"{app.url}/tutor/status", headers={"Host": "elsewhere.test"})
    assert answer.status == 400
    assert "default-src 'self'" in context.request.get(app.url).headers["content-security-policy"]
    context.close()


# -- sizes and colours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_is_wider_than_the_window(visit: Opened, width: int) -> None:
    page = visit(width=width, height=800)
    assert fits(page)
    answered(page, "How does a diffusion model generate an image?")
    assert fits(page)
    page.locator("#live .chip").last.click()
    assert marked(page)
    page.wait_for_timeout(200)
    assert fits(page)
    expect(page.locator("#reader #quote").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    library(page)
    assert fits(page)


def test_dark_follows_the_system(visit: Opened) -> None:
    brightness = """() => {
      const colour = getComputedStyle(document.querySelector('.gradio-container')).backgroundColor;
      return colour.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    }"""
    assert visit(color_scheme="light").evaluate(brightness) > 200
    assert visit(color_scheme="dark").evaluate(brightness) < 60
