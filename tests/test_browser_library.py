"""
The Library tab as a learner meets it, in a real Chromium: reading, adding, finding, removing.

The parts are the real ones (starter notes, embedded models); pages to read come from a website of the test's own. At
the end of each test nothing may have been asked of another host, and nothing may stand in the browser's console.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import PATIENCE, App, Opened, fits, running, visits
from tests.mirror import Reply, Website, website
from tests.test_browser import answered, library, marked
from tutor.library import Library
from ui import strings as s

ARTICLE = "https://reading.test/otters"
EVIL = "https://reading.test/evil"
CHANGING = "https://reading.test/changing"
LIST = "https://reading.test/list"
SENTENCES = (
    "The otter optimiser is a training method that keeps two learning rates in separate pockets. "
    "An otter optimiser swaps its two learning rates whenever the validation loss rises for three steps. "
    "The otter optimiser was measured on a toy model with twelve layers, where it reached the target loss in 410 steps."
)
NOTES = (
    "# Notes on badgers\n\n## Digging\n\n"
    "A badger cache is a store of keys that digs old keys out before new ones come in. "
    "The badger cache was tried on a model with nine heads, and it held forty thousand keys at once. "
    "Nobody has tried a badger cache on a phone so far, though it would fit into a small one.\n"
)


def article(title: str, text: str) -> Reply:
    return Reply(
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>".encode()
    )


def chapter(n: int) -> Reply:
    said = " ".join(f"Part {n} of the meerkat list says thing number {m} about standing guard." for m in range(9))
    return article(f"Meerkat part {n}", f"<p>{said}</p>")


LINKS = "".join(f'<li><a href="https://meerkat{n}.test/">Part {n} of the meerkats</a></li>' for n in range(3))
PAGES: dict[str, Reply] = {
    f"/{ARTICLE}": article(
        "The otter optimiser", f"<h2>Two pockets</h2><p>{SENTENCES}</p><p>{SENTENCES.replace('otter', 'beaver')}</p>"
    ),
    f"/{CHANGING}": article("The weasel schedule", "<p>" + "The weasel schedule halves the rate each night. " * 5),
    f"/{LIST}": article(
        "Meerkats, a reading list", f"<h2>To read</h2><p>{'All of these are about meerkats. ' * 5}</p><ul>{LINKS}</ul>"
    ),
    **{f"/https://meerkat{n}.test/": chapter(n) for n in range(3)},
    f"/{EVIL}": Reply(
        b"<html><head><title>Hedgehog &lt;img src=x onerror=window.hacked=1&gt; attention</title></head><body><article>"
        b"<h1>Hedgehog attention</h1><p>Hedgehog attention is a method that rolls the keys into a ball. "
        b"<script>window.hacked = 1</script>&lt;script&gt;window.hacked = 2&lt;/script&gt; "
        b"<a href='javascript:window.hacked=3'>Hedgehog attention</a> keeps a window of 64 spines. "
        b"&lt;img src=http://elsewhere.test/x.png onerror=window.hacked=4&gt; It costs one spine for each query.</p>"
        b"<p>Hedgehog attention was described in a blog post of the year 2031 and needs no retraining at all.</p>"
        b"</article></body></html>"
    ),
}


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Reading a page takes longer than a click."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def site() -> Iterator[Website]:
    with website(PAGES) as made:
        yield made


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, site: Website) -> Iterator[App]:
    """One app for all tests but those that end it."""
    home = tmp_path_factory.mktemp("library") / "home"
    with serving(home, models_folder, site.base) as started:
        yield started


@contextmanager
def serving(home: Path, models: Path, base: str) -> Iterator[App]:
    command = ("-m", "ui", "--port", "0", "--no-browser", "--via", base + "{url}")
    with running(home, models, *command) as started:
        yield started


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(app.url, browser)


def shelf(page: Page) -> Page:
    library(page)
    return page


def unfolded(page: Page) -> None:
    """Opens what adds a page, files or a list."""
    more = page.locator("#library .more")
    if more.get_attribute("open") is None:
        more.locator("> summary").click()


def read(page: Page, url: str) -> None:
    """Reads one page and waits for the report."""
    library(page)
    unfolded(page)
    page.fill("#add-url", url)
    page.keyboard.press("Enter")
    ended(page, url.removeprefix("https://"))


def ended(page: Page, what: str) -> Locator:
    """The report of a reading, once it is there."""
    report = page.locator("#library [data-readings] .ended .what")
    expect(report).to_contain_text(f"{what}: done in")
    expect(page.locator("#library .under-way")).to_have_count(0)
    return report


def row(page: Page, title: str) -> Locator:
    return page.locator("#shelf .sources > li", has=page.locator(".open", has_text=title))


def chip(page: Page, name: str) -> Locator:
    return page.locator(f"#shelf [data-chip={name}]")


def act(page: Page, title: str, does: str) -> None:
    """What can be done with a row."""
    row(page, title).locator("summary").click()
    row(page, title).locator(".acts").get_by_text(does, exact=True).click()


# -- the shelf ------------------------------------------------------------------------------------------------------


def test_the_shelf_lists_filters_sorts_and_opens(visit: Opened) -> None:
    page = shelf(visit())
    expect(page.locator("#shelf li:visible")).to_have_count(52)
    expect(page.locator("#shelf-counts")).to_contain_text("52 sources")
    page.fill("#filter", "low-rank")
    expect(page.locator("#shelf li:visible")).to_have_count(1)
    page.locator("#shelf li:visible button").click()
    expect(page.locator("#reader h2")).to_have_text("Low-Rank Adapters (LoRA)")
    page.keyboard.press("Escape")
    page.fill("#filter", "no such thing")
    expect(page.locator("#shelf .none")).to_be_visible()
    page.fill("#filter", "")
    page.select_option("[data-choice=section]", index=2)
    section = page.locator("[data-choice=section]").input_value()
    shown = page.locator("#shelf li:visible")
    assert 2 < shown.count() < 30
    assert {one.get_attribute("data-section") for one in shown.all()} == {section}
    page.select_option("[data-choice=section]", index=0)
    page.select_option("[data-choice=sort]", "words")
    lengths = [int(one.get_attribute("data-words") or 0) for one in page.locator("#shelf li:visible").all()]
    assert lengths == sorted(lengths, reverse=True)
    chip(page, "unread").click()
    expect(chip(page, "unread")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#shelf .hint")).to_have_text(s.CHIP_HINTS["unread"])
    assert page.locator("#shelf li:visible").count() > 200
    page.select_option("[data-choice=kind]", "paper")
    assert {one.get_attribute("data-kind") for one in page.locator("#shelf li:visible").all()} == {"paper"}


def test_with_the_keyboard_alone(visit: Opened) -> None:
    page = shelf(visit())
    page.locator("#filter").focus()
    page.keyboard.type("low-rank updates of weight matrices")
    page.keyboard.press("Enter")
    expect(page.locator("#found .hits li").first).to_be_visible()
    expect(page.locator("#library-said")).to_contain_text("passage")
    page.locator("#found .hits .open").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert marked(page)
    page.keyboard.press("Escape")
    expect(page.locator("#found .hits .open").first).to_be_focused()
    page.locator("[data-close-found]").press("Enter")
    expect(page.locator("#filter")).to_be_focused()
    expect(page.locator("#found")).to_be_empty()
    page.locator("#filter").fill("")
    chip(page, "unread").focus()
    page.keyboard.press("Space")
    summary = page.locator("#shelf li:visible summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shelf li:visible .acts").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(page.locator("#shelf li:visible .acts").first).to_be_hidden()


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_everything_fits_and_can_be_reached(visit: Opened, width: int) -> None:
    page = shelf(visit(width=width, height=800))
    unfolded(page)
    assert fits(page)
    chip(page, "unread").click()
    page.locator("#shelf li:visible summary").first.click()
    expect(page.locator("#shelf li:visible .acts").first.get_by_text(s.ROW_READ)).to_be_visible()
    page.locator("#storage summary").click()
    assert fits(page)
    small = page.locator("#library :is(button, summary, select, input:not([type=file])):visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).filter(box => box.height < 24 || box.width < 24).length"
    )
    assert small == 0


def test_storage_is_told(visit: Opened, app: App) -> None:
    page = shelf(visit())
    page.locator("#storage summary").click()
    expect(page.locator("#storage")).to_contain_text(str(app.home / "library.db"))
    expect(page.locator("#storage")).to_contain_text(re.compile(r"Vectors.*\d+ (KB|MB)"))


# -- reading --------------------------------------------------------------------------------------------------------


def test_page_is_read_and_then_answers_with_a_link_to_its_sentence(visit: Opened) -> None:
    page = visit()
    read(page, ARTICLE)
    expect(page.locator("#shelf li:visible").first).to_contain_text("The otter optimiser")  # newest first
    expect(row(page, "The otter optimiser")).to_contain_text("read today")
    page.get_by_role("tab", name="Chat").click()
    answered(page, "What is the otter optimiser?")
    page.locator("#live .chip[data-link^='https://reading.test/']").first.click()
    link = page.locator("#reader .onward a")
    expect(link).to_have_attribute("href", re.compile(r"^https://reading\.test/otters#:~:text="))
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    assert "otter" in marked(page)


def test_what_is_no_address_is_told_where_it_was_typed(visit: Opened) -> None:
    page = shelf(visit())
    unfolded(page)
    for words in ("not a page", ""):
        page.fill("#add-url", words)
        page.locator("form[data-do=read] button").click()
        expect(page.locator("form[data-do=read] [role=alert]")).to_contain_text("address")
    expect(page.locator("#library .under-way")).to_have_count(0)


def test_page_that_is_gone_is_reported_with_its_reason(visit: Opened) -> None:
    page = visit()
    read(page, "https://reading.test/nowhere")
    page.locator("#library [data-readings] summary").click()
    expect(page.locator("#library .failures li")).to_contain_text("reading.test/nowhere")
    expect(page.locator("#library .failures a")).to_have_attribute("href", "https://reading.test/nowhere")
    chip(page, "dead").click()
    expect(row(page, "reading.test/nowhere").locator(".why")).to_contain_text("404")
    PAGES["/https://reading.test/nowhere"] = article("Found again", "<p>" + "It is there after all. " * 12)
    try:
        act(page, "reading.test/nowhere", s.ROW_TRY)
        ended(page, "reading.test/nowhere")
    finally:
        del PAGES["/https://reading.test/nowhere"]
    chip(page, "held").click()
    expect(row(page, "Found again")).to_be_visible()


def test_the_handbook_is_read_in_the_background_paused_and_gone_on_with_after_a_restart(
    tmp_path: Path, models_folder: Path, browser: Browser
) -> None:
    with website({"/https://genai-handbook.github.io/": chapter(1)}) as site:
        with serving(tmp_path / "home", models_folder, site.base) as app:
            visitors = visits(app.url, browser)
            page = shelf(next(visitors)())
            page.get_by_role("button", name=s.ADD_HANDBOOK).click()
            expect(page.locator("#library .under-way .pace")).to_contain_text(re.compile(r"[1-9]\d* of \d+ pages"))
            page.get_by_role("tab", name="Chat").click()
            answered(page, "How do I boil an egg?")  # chat goes on
            library(page)
            page.locator("#library").get_by_role("button", name=s.READING_PAUSE).click()
            go_on = page.locator("#library").get_by_role("button", name=re.compile("Go on reading: [0-9]+ pages left"))
            expect(go_on).to_be_visible()
            expect(page.get_by_role("button", name=s.ADD_HANDBOOK)).to_be_hidden()  # one button for it is enough
            before = int(re.findall(r"\d+", go_on.inner_text())[0])
            expect(page.locator("#library .ended .what")).to_contain_text("stopped after")
            next(visitors, None)
        with serving(tmp_path / "home", models_folder, site.base) as app:
            visitors = visits(app.url, browser)
            page = shelf(next(visitors)())
            expect(go_on_of(page)).to_have_text(f"Go on reading: {before} pages left")
            go_on_of(page).click()
            expect(page.locator("#library .under-way")).to_be_visible()
            page.locator("#library").get_by_role("button", name=s.READING_STOP).click()
            expect(page.locator("#library .ended")).to_be_visible()
            expect(go_on_of(page)).to_have_count(0)
            next(visitors, None)


def go_on_of(page: Page) -> Locator:
    return page.locator("#library .held [data-shelf=resume]")


def test_without_a_network_there_is_one_line_and_another_try(
    tmp_path: Path, models_folder: Path, browser: Browser
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody answers there
        with serving(tmp_path / "home", models_folder, f"http://127.0.0.1:{taken.getsockname()[1]}/") as app:
            visitors = visits(app.url, browser)
            page = shelf(next(visitors)())
            unfolded(page)
            page.fill("#add-url", ARTICLE)
            page.keyboard.press("Enter")
            expect(page.locator("#library [data-readings] [role=alert]")).to_have_text(s.READING_OFFLINE)
            expect(chip(page, "dead")).to_have_count(0)
            again = page.locator("#library").get_by_role("button", name=s.READING_AGAIN)
            again.click()
            expect(page.locator("#library .under-way")).to_be_visible()
            expect(again).to_be_visible()
            with Library.open(app.home / "library.db") as held:
                assert held.links() == []
            next(visitors, None)


# -- files and lists ------------------------------------------------------------------------------------------------


def test_files_are_handed_over_read_searched_and_given_back(visit: Opened, tmp_path: Path, app: App) -> None:
    page = shelf(visit())
    unfolded(page)
    (tmp_path / "badgers.md").write_text(NOTES)
    (tmp_path / "moles.txt").write_text("Moles\n=====\n\n" + "A mole layer tunnels under the others at night. " * 6)
    (tmp_path / "program.exe").write_bytes(b"MZ")
    page.set_input_files("#add-files", [tmp_path / name for name in ("badgers.md", "moles.txt", "program.exe")])
    expect(page.locator("[data-drop] [role=alert]")).to_contain_text("program.exe cannot be read: only")
    ended(page, "badgers.md and 1 more")
    assert (app.home / "files" / "badgers.md").read_text() == NOTES
    expect(row(page, "Notes on badgers")).to_contain_text(s.FROM_FILE)
    page.fill("#filter", "store of keys that digs")
    page.get_by_role("button", name=s.FIND_INSIDE).click()
    hit = page.locator("#found .hits li").first
    expect(hit.locator(".words")).to_contain_text("digs old keys out")
    expect(hit.locator(".about")).to_have_text("Digging")
    hit.locator(".open").click()
    assert "digs old keys out" in marked(page)
    page.keyboard.press("Escape")
    page.fill("#filter", "")
    row(page, "Notes on badgers").locator("summary").click()
    with page.expect_download() as saving:
        row(page, "Notes on badgers").get_by_text(s.ROW_FILE).click()
    assert saving.value.suggested_filename == "badgers.md"
    assert saving.value.path().read_text() == NOTES


def test_a_file_is_dropped_and_one_that_is_too_large_is_refused_before_it_is_sent(visit: Opened) -> None:
    page = shelf(visit())
    drop = """([name, size, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text ?? new Uint8Array(size)], name));
      for (const kind of ["dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector("#shelf").dispatchEvent(event);
      }
    }"""
    unfolded(page)
    page.evaluate(drop, ["large.pdf", 30_000_001, None])
    expect(page.locator("[data-drop] [role=alert]")).to_have_text(
        "large.pdf is larger than 30 MB. Split it, or save only the part you need."
    )
    page.evaluate(
        drop, ["stoats.md", 0, "# Stoats\n\n" + "A stoat norm keeps each row short and each column long. " * 5]
    )
    ended(page, "stoats.md")
    expect(row(page, "Stoats")).to_be_visible()


def test_a_reading_list_is_looked_at_first_then_read_with_all_its_links(visit: Opened, site: Website) -> None:
    page = shelf(visit())
    unfolded(page)
    page.fill("form[data-do=look] input", LIST)
    page.keyboard.press("Enter")
    expect(page.locator("#look .what")).to_have_text("“Meerkats, a reading list” links to 3 pages.")
    expect(page.locator("#look .what")).to_be_focused()
    assert "/https://meerkat0.test/" not in site.paths
    page.locator("#look").get_by_role("button", name=s.LOOK_LEAVE).click()
    expect(page.locator("#look")).to_be_empty()
    page.fill("form[data-do=look] input", LIST)
    page.keyboard.press("Enter")
    page.locator("#look").get_by_role("button", name=s.number(s.LOOK_ALL, 3)).click()
    expect(ended(page, "reading.test/list and what it links to")).to_contain_text("4 read")
    expect(row(page, "Meerkat part 2")).to_be_visible()


def test_a_pasted_list_can_be_kept_alone(visit: Opened, site: Website) -> None:
    page = shelf(visit())
    unfolded(page)
    lines = "\n".join(f"- [Ferret {n}](https://ferret{n}.test/) is one of several ferrets" for n in range(5))
    page.fill("form[data-do=paste] textarea", f"# Ferrets\n\nWhat to read about ferrets in a quiet week.\n\n{lines}")
    page.locator("form[data-do=paste] button").click()
    expect(page.locator("#look .what")).to_have_text("“Ferrets” links to 5 pages.")
    page.locator("#look").get_by_role("button", name=s.LOOK_ALONE).click()
    ended(page, "Ferrets.md")
    expect(page.locator("#library [data-readings]")).to_contain_text("It links to 5 pages.")
    assert not any("ferret" in path for path in site.paths)


# -- what becomes of a source ---------------------------------------------------------------------------------------


def test_a_page_that_changed_is_read_again(visit: Opened) -> None:
    page = visit()
    read(page, CHANGING)
    before = PAGES[f"/{CHANGING}"]
    PAGES[f"/{CHANGING}"] = article("The weasel schedule", "<p>" + "The weasel schedule now doubles at dawn. " * 5)
    try:
        act(page, "The weasel schedule", s.ROW_AGAIN)
        expect(ended(page, "reading.test/changing")).to_contain_text("1 changed")
    finally:
        PAGES[f"/{CHANGING}"] = before
    row(page, "The weasel schedule").locator("button.open").click()
    expect(page.locator("#reader .text")).to_contain_text("doubles at dawn")


def test_what_is_removed_is_asked_about_gone_from_search_and_can_be_read_again(visit: Opened) -> None:
    PAGES["/https://reading.test/lynx"] = article("The lynx loss", "<p>" + "The lynx loss is zero at full moon. " * 6)
    page = visit()
    read(page, "https://reading.test/lynx")
    act(page, "The lynx loss", s.ROW_REMOVE)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The lynx loss")
    expect(page.locator("#reader")).to_be_hidden()
    page.keyboard.press("Enter")  # the focus is on what loses nothing
    expect(dialog).to_be_hidden()
    expect(row(page, "The lynx loss")).to_be_visible()
    row(page, "The lynx loss").locator(".remove").click()
    dialog.get_by_text(s.REMOVE_DOES).click()
    expect(page.locator("#library .told")).to_have_text(s.REMOVED_BACK.format(title="The lynx loss"))
    expect(row(page, "The lynx loss")).to_be_hidden()
    page.fill("#filter", "lynx loss full moon")
    page.get_by_role("button", name=s.FIND_INSIDE).click()
    expect(page.locator("#found .found-head")).to_be_visible()
    expect(page.locator("#found .hits", has_text="lynx")).to_have_count(0)
    page.fill("#filter", "")
    chip(page, "removed").click()
    act(page, "The lynx loss", s.ROW_READ)
    ended(page, "reading.test/lynx")
    chip(page, "held").click()
    expect(row(page, "The lynx loss")).to_be_visible()


def test_script_in_a_page_that_was_read_is_inert(visit: Opened) -> None:
    page = visit()
    read(page, EVIL)
    page.fill("#filter", "spines")
    page.get_by_role("button", name=s.FIND_INSIDE).click()
    expect(page.locator("#found .hits li").first).to_be_visible()
    page.fill("#filter", "")
    page.locator("#shelf button.open", has_text="Hedgehog").click()
    expect(page.locator("#reader .text")).to_contain_text("spines")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Chat").click()
    answered(page, "What is hedgehog attention?")
    page.locator("#live .card .open").first.click()
    page.wait_for_selector("#reader #quote")
    assert page.evaluate("window.hacked") is None
    inert = "#reader :is(img, script, iframe), #live :is(img, script), #library :is(img, script)"
    assert page.locator(inert).count() == 0
