"""
The Settings tab as a keeper and a learner meet it, in a real Chromium: models that come, pause and answer, a level, a
budget, the appearance, and what is kept and deleted.

The parts are the real ones; the hub is a server of this test's. At the end of each test nothing may have been asked of
another host, and nothing may stand in the browser's console.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import App, Opened, fits, running, visits
from tests.test_browser import answered
from tests.test_writer import ChatServer, serving
from tutor import gguf, models
from tutor.answers import Tutor
from tutor.prompt import LEVELS
from tutor.settings import Places, Settings
from tutor.vectors import ChromaIndex
from ui import settings_view as view
from ui import strings as s

NAME = "qwen3-4b"  # in the test's catalogue it is the packaged model, to be fetched in a second
TITLE = "Qwen3 4B"
CHUNK = 1 << 20
SMALL = {"TUTOR_OUTPUT_TOKENS": ""}  # nothing is set from outside

# The app with a hub of the test's own, and one model in its catalogue.
WITH_HUB = """
import sys
from dataclasses import replace
from tutor import models, settings
from ui import app
models.HUB, models._PATIENCE = sys.argv[1], 0.1
models.CATALOGUE = (replace(models.CATALOGUE[0], bytes=int(sys.argv[2]), memory=600_000_000, parameters=135_000_000),)
running = app.serve(settings.load(), 0)
print(f"Tutor: {running.url}", flush=True)
running.thread.join()
"""


class Hub(BaseHTTPRequestHandler):
    """Gives one file bit by bit, tells its checksum, goes on from where it is asked to, breaks off when told to."""

    file: Path
    checksum: str
    breaks: int = 0
    pause: float = 0.0
    ranges: list[str | None]

    def do_GET(self) -> None:
        own, size = type(self), type(self).file.stat().st_size
        asked = self.headers.get("Range")
        own.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", '"v1"')
        self.send_header("X-Linked-ETag", f'"{own.checksum}"')
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with own.file.open("rb") as file:
            file.seek(start)
            for number, data in enumerate(iter(lambda: file.read(CHUNK), b"")):
                if own.breaks and number == 10:
                    own.breaks -= 1
                    self.close_connection = True
                    return
                try:
                    self.wfile.write(data)
                except OSError:  # it was paused
                    return
                time.sleep(own.pause)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.file, Hub.breaks, Hub.pause, Hub.ranges = models.packaged_weights(), 0, 0.0, []
    with Hub.file.open("rb") as file:
        Hub.checksum = hashlib.file_digest(file, "sha256").hexdigest()
    with serving(Hub) as url:
        yield url


@pytest.fixture(scope="module")
def own_models(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    """Models that may be added to and deleted: copies of the shared ones, with a speed that is known."""
    from tutor import tempo
    from tutor.tempo import Speed

    folder = tmp_path_factory.mktemp("models")
    embedded = models.embedded(models_folder)
    for file in (*models_folder.glob("*.onnx"), embedded):
        shutil.copy(file, folder / file.name)
    record = json.loads((models_folder / "embedded.json").read_text())
    (folder / "embedded.json").write_text(json.dumps({**record, "path": str(folder / embedded.name)}))
    tempo.keep(folder, embedded.stem, Speed(300, 50))
    return folder


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, own_models: Path) -> Path:
    """A TUTOR_HOME whose starter notes can be searched, to be copied."""
    made = tmp_path_factory.mktemp("ready") / "home"
    shutil.copytree(own_models, made / "models")
    tutor = Tutor.open(Settings(Places(made)), writer=False)
    assert isinstance(tutor.search.index, ChromaIndex)
    tutor.search.index.close()
    tutor.library.close()
    return made


@pytest.fixture
def home(tmp_path: Path, ready: Path) -> Path:
    """A TUTOR_HOME with the starter notes and models of its own."""
    made = tmp_path / "home"
    shutil.copytree(ready, made)
    (made / "tutor.toml").write_text("[answering]\nprompt_tokens = 260\noutput_tokens = 24\n")  # soon answered
    record = made / "models" / "embedded.json"
    told = json.loads(record.read_text())
    record.write_text(json.dumps({**told, "path": str(made / "models" / Path(told["path"]).name)}))
    return made


@pytest.fixture
def pulling(home: Path, own_models: Path, hub: str) -> Iterator[App]:
    """An app that fetches from the test's hub."""
    size = str(models.packaged_weights().stat().st_size)
    with running(home, own_models, "-c", WITH_HUB, hub, size, budget=SMALL) as made:
        yield made


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, ready: Path) -> Iterator[App]:
    """An app for whatever fetches nothing."""
    home = tmp_path_factory.mktemp("settings") / "home"
    shutil.copytree(ready, home)
    size = str(models.packaged_weights().stat().st_size)
    with running(home, home / "models", "-c", WITH_HUB, "http://127.0.0.1:9", size, budget=SMALL) as made:
        yield made


@pytest.fixture
def visit(app: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(app.url, browser)


@pytest.fixture
def there(pulling: App, browser: Browser) -> Iterator[Opened]:
    yield from visits(pulling.url, browser)


def opened(page: Page) -> Page:
    page.get_by_role("tab", name=s.SETTINGS).click()
    expect(page.get_by_role("heading", name=s.SETTINGS_HEAD, exact=True)).to_be_visible()
    return page


def said(page: Page, words: str, seconds: float = 30) -> None:
    expect(page.locator("#settings-said")).to_have_text(words, timeout=seconds * 1000)


def choose(page: Page, group: str, value: str) -> None:
    page.locator(f"#settings input[name={group}][value={value}]").check()


def status(page: Page, words: str) -> None:
    expect(page.locator("#status span")).to_contain_text(words, timeout=30_000)


# -- models -----------------------------------------------------------------------------------------------------------


def test_a_model_breaks_off_once_comes_whole_is_checked_and_answers(there: Opened, pulling: App) -> None:
    Hub.breaks, Hub.pause = 1, 0.02
    page = opened(there())
    page.get_by_role("button", name=s.MODEL_FETCH_NAMED.format(name=TITLE, size="98 MB")).click()
    expect(page.locator("#settings progress")).to_be_visible()
    expect(page.locator("#settings .figures")).to_contain_text("a second")
    expect(page.get_by_text(s.MODEL_CHECKED)).to_be_visible(timeout=60_000)
    assert len(Hub.ranges) == 2
    assert Hub.ranges[0] is None
    use = page.get_by_role("button", name=s.MODEL_USE_NAMED.format(name=TITLE))
    use.click()
    said(page, s.MODEL_SWITCHED.format(name="Qwen3-4B-Instruct-2507-Q4_K_M"))
    expect(page.locator("#settings .models [aria-current] h4")).to_contain_text(TITLE)
    status(page, "Qwen3-4B-Instruct-2507-Q4_K_M")
    assert 'path = "qwen3-4b"' in (pulling.home / "tutor.toml").read_text()
    # Its own speed is measured now, and stands where the one that was worked out did.
    expect(page.locator("#settings .models [aria-current]")).to_contain_text(s.MODEL_MEASURED, timeout=60_000)
    page.get_by_role("tab", name=s.CHAT).click()
    answered(page)


def test_a_download_is_paused_and_goes_on_after_a_restart(
    home: Path, own_models: Path, hub: str, browser: Browser
) -> None:
    Hub.pause = 0.1
    size = str(models.packaged_weights().stat().st_size)
    for turn in range(2):
        with running(home, own_models, "-c", WITH_HUB, hub, size, budget=SMALL) as app:
            for visiting in visits(app.url, browser):
                page = opened(visiting())
                if turn == 0:
                    page.get_by_role("button", name=s.MODEL_FETCH_NAMED.format(name=TITLE, size="98 MB")).click()
                    expect(page.locator("#settings .figures")).to_contain_text("MB of")
                    page.get_by_role("button", name=s.MODEL_PAUSE_NAMED.format(name=TITLE)).click()
                expect(page.locator("#settings .models")).to_contain_text("Paused:")
                expect(page.get_by_role("button", name=s.MODEL_RESUME_NAMED.format(name=TITLE))).to_be_visible()
                if turn == 1:
                    Hub.pause = 0.0
                    page.get_by_role("button", name=s.MODEL_RESUME_NAMED.format(name=TITLE)).click()
                    expect(page.get_by_text(s.MODEL_CHECKED)).to_be_visible(timeout=60_000)
    assert Hub.ranges[0] is None
    assert str(Hub.ranges[1]).startswith("bytes=")


def test_a_damaged_model_is_told_and_fetched_again(there: Opened, pulling: App) -> None:
    right, Hub.checksum = Hub.checksum, "0" * 64
    page = opened(there())
    fetch = page.get_by_role("button", name=s.MODEL_FETCH_NAMED.format(name=TITLE, size="98 MB"))
    fetch.click()
    expect(page.locator("#settings .models .notice")).to_contain_text("wrong checksum", timeout=60_000)
    assert not list((pulling.home / "models").glob("Qwen3*"))
    Hub.checksum = right
    fetch.click()
    expect(page.get_by_text(s.MODEL_CHECKED)).to_be_visible(timeout=60_000)


def test_the_card_in_the_chat_fetches_with_one_click(there: Opened, pulling: App) -> None:
    page = there()
    card = page.locator("aside.offer")
    expect(card).to_contain_text(TITLE)
    expect(card).to_contain_text("first word after about")
    card.get_by_role("button", name=s.MODEL_FETCH_NAMED.format(name=TITLE, size="98 MB")).click()
    card.get_by_role("button", name=s.MODEL_USE_NAMED.format(name=TITLE)).click(timeout=60_000)
    status(page, "Qwen3-4B-Instruct-2507-Q4_K_M")
    expect(card).to_be_hidden()  # a better one answers


def test_a_card_that_was_put_aside_stays_away(visit: Opened) -> None:
    page = visit()
    page.locator("aside.offer").get_by_role("button", name=s.OFFER_DISMISS).click()
    expect(page.locator("aside.offer")).to_be_hidden()
    page.reload()
    page.wait_for_selector("#status.ready")
    page.wait_for_timeout(500)
    expect(page.locator("aside.offer")).to_be_hidden()


def test_another_model_answers_while_a_question_is_under_way(
    there: Opened, pulling: App, tmp_path_factory: pytest.TempPathFactory
) -> None:
    second = tmp_path_factory.mktemp("second") / "second.Q8_0.gguf"
    gguf.requantise(models.packaged_weights(), second, "Q8_0")
    chatting = there()
    keeping = opened(there())
    chatting.locator("#question textarea").fill("Why is FlashAttention faster than standard attention?")
    chatting.keyboard.press("Enter")
    chatting.wait_for_selector("#live .evidence")
    keeping.get_by_text(s.MODEL_OTHER, exact=True).click()
    keeping.get_by_label(s.MODEL_PATH).fill(str(tmp_path_factory.getbasetemp() / "none.gguf"))
    keeping.get_by_role("button", name=s.MODEL_PATH_ADD).click()
    expect(keeping.locator("#settings-said.trouble")).to_contain_text("No model at")
    keeping.get_by_label(s.MODEL_PATH).fill(str(second))
    keeping.get_by_role("button", name=s.MODEL_PATH_ADD).click()
    said(keeping, s.MODEL_SWITCHED.format(name="second.Q8_0"))
    chatting.wait_for_selector("#live .turn:is(.done, .declined, .failed)", timeout=60_000)
    assert "could not be used" not in chatting.locator("#live").inner_text()
    status(chatting, "second.Q8_0")
    answered(chatting, "What is LoRA?")
    keeping.get_by_role("button", name=s.MODEL_USE_NAMED.format(name=s.MODEL_EMBEDDED)).click()
    said(keeping, s.MODEL_SWITCHED.format(name=models.embedded(pulling.home / "models").stem))
    keeping.get_by_text(s.MODEL_QUOTES_ON).click()
    said(keeping, s.MODEL_SWITCHED_QUOTES)
    status(chatting, s.READY_QUOTES)


# -- level, budget, appearance ----------------------------------------------------------------------------------------


def test_a_level_and_a_budget_change_what_is_sent_to_a_server(visit: Opened) -> None:
    page = opened(visit())
    choose(page, "level", "beginner")
    said(page, s.LEVEL_TOLD.format(level=s.LEVELS["beginner"][0]))
    choose(page, "budget", "quick")
    said(page, s.BUDGET_TOLD.format(prompt=300, output=80))
    page.reload()
    page.wait_for_selector("#status.ready")
    opened(page)
    expect(page.locator("#settings input[name=level][value=beginner]")).to_be_checked()
    expect(page.locator("#settings input[name=budget][value=quick]")).to_be_checked()
    ChatServer.asked = []
    with serving(ChatServer) as url:
        page.get_by_text(s.MODEL_OTHER, exact=True).click()
        page.get_by_label(s.MODEL_SERVER).fill(f"{url}/v1")
        page.get_by_label(s.MODEL_SERVER_NAME).fill("small")
        page.get_by_role("button", name=s.MODEL_SERVER_ADD).click()
        said(page, s.MODEL_SWITCHED.format(name="small"))
        expect(page.get_by_text(s.PRIVACY_SERVER.format(server=f"{url}/v1"))).to_be_visible()
        page.get_by_role("tab", name=s.CHAT).click()
        answered(page)
        sent = ChatServer.asked[-1]
        assert LEVELS["beginner"] in json.dumps(sent)
        assert sent["body"]["max_tokens"] == 80
    page.locator("#live .trace summary").first.click()
    expect(page.locator("#live .trace")).to_contain_text("(of 300)")
    other = opened(visit())
    expect(other.locator("#settings input[name=level][value=intermediate]")).to_be_checked()
    other.get_by_role("button", name=s.MODEL_USE_NAMED.format(name=s.MODEL_EMBEDDED)).click()
    expect(other.locator("#settings .models [aria-current] h4")).to_contain_text(s.MODEL_EMBEDDED)


def test_numbers_of_ones_own_with_the_keyboard(visit: Opened) -> None:
    page = opened(visit())
    page.locator("#settings [data-part=budget] summary").focus()
    page.keyboard.press("Enter")
    field = page.get_by_label(s.BUDGET_PROMPT)
    field.fill("450")
    field.press("Enter")
    said(page, s.BUDGET_TOLD.format(prompt=450, output=page.get_by_label(s.BUDGET_OUTPUT).input_value()))
    expect(page.locator("#settings input[name=budget][value=own]")).to_be_checked()
    page.locator("#settings input[name=budget][value=own]").focus()
    page.keyboard.press("ArrowUp")
    said(page, s.BUDGET_TOLD.format(prompt=1500, output=320))
    expect(page.locator("#settings input[name=budget][value=thorough]")).to_be_focused()
    choose(page, "budget", "usual")


FRAMES = """
window.seen = new Set();
(function look() {
  if (document.body) window.seen.add(getComputedStyle(document.documentElement).colorScheme);
  requestAnimationFrame(look);
})();
"""


@pytest.mark.parametrize(("system", "chosen", "paper"), [("dark", "light", 250), ("light", "dark", 19)])
def test_an_appearance_holds_from_the_first_frame(visit: Opened, system: str, chosen: str, paper: int) -> None:
    page = opened(visit(color_scheme=system))
    expect(page.locator("#settings input[name=theme][value=system]")).to_be_checked()
    choose(page, "theme", chosen)
    shade = "Number(getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/)[0])"
    assert page.evaluate(shade) == paper
    page.add_init_script(FRAMES)
    page.reload()
    page.wait_for_selector("#status.ready")
    assert page.evaluate("[...seen]") == [chosen]
    assert page.evaluate(shade) == paper
    assert page.evaluate("document.body.classList.contains('dark')") is (chosen == "dark")
    opened(page)
    expect(page.locator(f"#settings input[name=theme][value={chosen}]")).to_be_checked()
    choose(page, "theme", "system")
    assert page.evaluate(shade) == (19 if system == "dark" else 250)
    page.emulate_media(color_scheme="light" if system == "dark" else "dark")
    assert page.evaluate(shade) == (250 if system == "dark" else 19)


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_what_is_mine_is_taken_along_and_deleted_and_nobody_elses(visit: Opened) -> None:
    mine, other = visit(), visit()
    answered(mine)
    answered(other)
    opened(mine)
    with mine.expect_download() as coming:
        mine.get_by_role("link", name=s.MINE_DOWNLOAD).click()
    told = json.loads(Path(coming.value.path()).read_text())
    assert told["conversations"][0]["turns"][0]["question"] == "What is LoRA?"
    mine.get_by_role("button", name=s.MINE_DELETE).click()
    dialog = mine.get_by_role("dialog")
    expect(dialog).to_contain_text(s.MINE_DELETE_HEAD)
    dialog.get_by_role("button", name=s.CANCEL).click()
    expect(dialog).to_be_hidden()
    mine.get_by_role("button", name=s.MINE_DELETE).click()
    with mine.expect_navigation():
        dialog.get_by_role("button", name=s.MINE_DELETE_DOES).click()
    mine.wait_for_selector("#status.ready")
    expect(mine.locator("#talk-list .talk")).to_have_count(0)
    opened(mine)
    expect(mine.get_by_text(s.MINE_NOTHING)).to_be_visible()
    other.reload()
    other.wait_for_selector("#status.ready")
    expect(other.locator("#talk-list .talk")).to_have_count(1)


def test_everything_is_deleted_and_the_tutor_goes_on(there: Opened, pulling: App) -> None:
    keeping, other = there(), there()
    answered(keeping)
    answered(other)
    (pulling.home / "pages").mkdir()
    (pulling.home / "pages" / "page.html").write_text("<p>as fetched")
    opened(keeping)
    choose(keeping, "budget", "quick")
    said(keeping, s.BUDGET_TOLD.format(prompt=300, output=80))
    keeping.get_by_role("button", name=s.ERASE).click()
    dialog = keeping.get_by_role("dialog")
    dialog.get_by_label(s.ERASE_TYPE.format(word=s.ERASE_WORD)).fill("yes")
    dialog.get_by_role("button", name=s.ERASE).click()
    expect(dialog).to_be_visible()  # it is not what was to be typed
    dialog.get_by_label(s.ERASE_TYPE.format(word=s.ERASE_WORD)).fill(s.ERASE_WORD)
    with keeping.expect_navigation(timeout=60_000):
        dialog.get_by_role("button", name=s.ERASE).click()
    keeping.wait_for_selector("#status.ready", timeout=60_000)
    assert not (pulling.home / "pages").exists()
    assert not (pulling.home / "tutor.toml").exists()
    status(keeping, s.number(s.NOTES, 52))
    keeping.get_by_role("tab", name=s.CHAT).click()
    answered(keeping)
    # The other window is told, and can go on asking.
    other.locator("#talk-list .talk .open").first.click()
    expect(other.locator("#talk-list")).to_contain_text("no conversation")
    answered(other, "What is LoRA?")


def test_without_a_model_of_the_keepers_choosing(home: Path, own_models: Path, browser: Browser) -> None:
    """What TUTOR_* variables set is told, and not to be changed."""
    given = {"TUTOR_FORM": "quotes", "TUTOR_PROMPT_TOKENS": "260"}
    with running(home, own_models, "-m", "ui", "--port", "0", "--no-browser", budget=given) as app:
        for visiting in visits(app.url, browser):
            page = opened(visiting())
            expect(page.get_by_text(s.SETTINGS_GIVEN.format(variables="TUTOR_FORM"))).to_be_visible()
            expect(page.get_by_text(s.SETTINGS_GIVEN.format(variables="TUTOR_PROMPT_TOKENS"))).to_be_visible()
            expect(page.locator("#settings input[name=budget]").first).to_be_disabled()
            expect(page.get_by_text(s.MODEL_OTHER, exact=True)).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (390, "light"), (1280, "dark")])
def test_it_fits_a_phone_and_its_targets_are_large_enough(visit: Opened, width: int, scheme: str) -> None:
    page = opened(visit(width=width, color_scheme=scheme))
    page.get_by_text(s.MODEL_OTHER, exact=True).click()
    page.get_by_text(s.BUDGET_NUMBERS).click()
    assert fits(page)
    small = page.evaluate(
        "[...document.querySelectorAll('#settings :is(button, summary, .options label, input:not([type=radio], "
        "[type=checkbox]))')].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24).length"
    )
    assert small == 0
    assert len(view.THEMES) == page.locator("#settings input[name=theme]").count()
