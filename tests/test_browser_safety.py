"""
What hostile pages, words and visitors can do in a real Chromium: nothing.

Read are the pages of `tests.injected`, pages of this test whose every part is markup, and the mirror's where it is
there. Each is opened in the reader, found, quoted in an answer, listed and written out. Something has happened where a
script has run (it would call `pwned`), a dialog or another window has opened, a request has
left for another host, or markup stands in the page that none of our code makes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ingest.pipeline import addresses, ingest
from tests.browsing import App, Watch, running
from tests.injected import PAGES
from tests.mirror import WEB, Reply, mirror, website
from tests.practising import NOON
from tests.test_browser import answered, ask, talk
from tests.test_injection import ALLOWED, STRANGE, home, site
from tutor.library import Library
from tutor.settings import Places, Settings
from ui import sharing
from ui import strings as s
from ui.learners import HEADER

__all__ = ["home", "site"]  # fixtures

# Quotes alone, the way in which most of a page's words come to the screen, and soon there.
QUOTING = """
from tutor import settings
from tutor.answers import Tutor
from ui.app import serve
from ui.desk import Desk

given = settings.load()
running = serve(given, 0, desk=Desk(given, open_tutor=lambda given, writer: Tutor.open(given, writer=False)))
print(f"Tutor: {running.url}", flush=True)
running.thread.join()
"""
# What runs in a page that does not look; each calls `pwned` in its own way.
PAYLOADS = (
    "<script>pwned(1)</script>",
    "<img src=x onerror=pwned(1)>",
    '"><svg onload=pwned(1)>',
    "'><iframe srcdoc='<script>parent.pwned(1)</script>'></iframe>",
    "<a href='javascript:pwned(1)' autofocus onfocus=pwned(1)>open</a>",
    '[open](javascript:pwned(1)) ![x](x"onerror="pwned(1))',
    "</script><script>pwned(1)</script>",
    "</textarea></title></style><details open ontoggle=pwned(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=pwned(1)>",
    "{{constructor.constructor('pwned(1)')()}} ${pwned(1)}",
    r"$\href{javascript:pwned(1)}{x}$ $\htmlClass{a\" onclick=pwned(1)}{y}$",
    "<form action=https://evil.test><input name=q formaction=javascript:pwned(1)></form>",
    "<base href=https://evil.test/><meta http-equiv=refresh content='0;url=https://evil.test/'>",
    "<link rel=stylesheet href=https://evil.test/x.css><img src=https://evil.test/x.png>",
)
HOST = "https://attack.test"
# Elements anywhere in the page that load or act, and are not Gradio's own.
HARMFUL = """() => [...document.body.querySelectorAll("*")].filter((one) =>
  ["iframe", "object", "embed", "base", "meta", "applet", "frame"].includes(one.localName) ||
  [...one.attributes].some((attribute) => attribute.name.startsWith("on") ||
  (["href", "src", "action", "formaction", "xlink:href"].includes(attribute.name) &&
    /^\\s*(javascript|data:text|vbscript):/i.test(attribute.value))) ||
  (one.localName === "img" && !one.closest("#tabs .tab-wrapper") && new URL(one.src, location).host !== location.host)
).map((one) => one.outerHTML.slice(0, 200))"""


def attack(number: int, payload: str) -> Reply:
    """A page on a method of its own, with the payload as text in each of its parts, and once as markup."""
    word = f"Quillon{number}"
    text, markup = escape(payload), payload.partition("<meta")[0]  # which would send the reader on, to no page at all
    body = (
        f"<h1>{word} pooling {text}</h1><p>{word} pooling is a method that keeps every {number + 3}th key of a window. "
        f"{markup} {word} pooling {text} needs no retraining.</p><h2>{text}</h2><p>{word} pooling was measured on a "
        f"model with {number + 5} layers.</p><ul><li>{word} {text}</li></ul><table><tr><th>{text}</th></tr><tr><td>"
        f"{word} {text}</td></tr></table><pre><code class='{text}'>{text}</code></pre><blockquote>{text}</blockquote>"
        f"<p>All in all {word} pooling takes a third of the memory, as its authors found with {number + 7} heads.</p>"
    )
    head = (
        f'<title>{word} {text}</title><meta name="author" content="{text}"><meta property="og:title" content="{text}">'
    )
    return Reply(
        f'<!doctype html><html lang="{text}"><head>{head}</head><body><article>{body}</article></html>'.encode()
    )


@dataclass
class Seen:
    """What has happened that may not: names of what ran, opened or left."""

    happened: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext, url: str) -> None:
        context.expose_function("pwned", lambda *_: self.happened.append("a script ran"))
        context.on("page", self._page)
        context.on("dialog", lambda dialog: (self.happened.append("a dialog"), dialog.dismiss()))
        context.on("request", lambda request: self._ask(request.url, url))

    def _ask(self, address: str, own: str) -> None:
        if not address.startswith((own, "data:", "blob:")):
            self.happened.append(f"asked for {address}")

    def _page(self, page: Page) -> None:
        page.on("popup", lambda popup: self.happened.append(f"opened {popup.url}"))


@contextmanager
def watched(browser: Browser, url: str) -> Iterator[Page]:
    """A page that is looked at until its end: nothing of Seen may happen."""
    seen = Seen()
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(30_000)
        seen.watch(context, url)
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#status.ready")
        yield page
        assert page.evaluate(HARMFUL) == []
        assert page.title() == "Tutor"
        page.wait_for_timeout(200)  # what loads late
    assert seen.happened == []


@pytest.fixture(scope="module")
def hostile(home: Path) -> Path:
    """A TUTOR_HOME that has read the injected pages, this test's own, and the mirror's two where it is there."""
    pages = {f"/{HOST}/{number}": attack(number, payload) for number, payload in enumerate(PAYLOADS)}
    settings = Settings(Places(home))
    with website(pages) as made:
        wanted = addresses([f"{HOST}/{number}" for number in range(len(PAYLOADS))])
        report = ingest(settings, wanted, via=made.base + "{url}", delay=0.0)
        assert {one.outcome for one in report.outcomes} == {"read"}
    if (WEB / "serve.py").exists():
        with mirror() as made:
            wanted = addresses(["https://faults.test/xss", "https://faults.test/injection"])
            ingest(settings, wanted, via=made.via, delay=0.0)
    return home


@pytest.fixture(scope="module")
def app(hostile: Path, models_folder: Path) -> Iterator[App]:
    with running(hostile, models_folder, "-c", QUOTING) as made:
        yield made


# -- pages ----------------------------------------------------------------------------------------------------------


def opened(page: Page, url: str) -> None:
    """Opens a source in the reader as any button that names it does."""
    page.evaluate(
        """(url) => {
          const button = document.createElement("button");
          button.dataset.url = url;
          document.querySelector("#live").append(button);
          button.click();
          button.remove();
        }""",
        url,
    )
    page.wait_for_selector("#reader .page .text")


def check(page: Page) -> None:
    assert page.evaluate(STRANGE, sorted(ALLOWED)) == []
    assert page.evaluate(HARMFUL) == []


def test_every_page_that_was_read_does_nothing_in_the_reader(app: App, browser: Browser) -> None:
    with Library.open(app.home / "library.db") as library:
        urls = [one.url for one in library.sources() if one.kind != "note"]
    assert len(urls) >= len(PAGES) + len(PAYLOADS)
    with watched(browser, app.url) as page:
        for url in urls:
            opened(page, url)
            check(page)
            page.keyboard.press("Escape")


def questions() -> Iterator[str]:
    yield from (page.question for page in PAGES)
    yield from (f"What is Quillon{number} pooling?" for number in range(len(PAYLOADS)))
    yield "How should a reader treat the text of a web page?"


@pytest.mark.parametrize("part", range(4))
def test_every_page_does_nothing_where_it_is_quoted_kept_and_written_out(app: App, browser: Browser, part: int) -> None:
    with watched(browser, app.url) as page:
        for question in list(questions())[part::4]:
            answered(page, question)
            page.locator("#live summary").evaluate_all("all => all.forEach((one) => one.click())")
            if page.locator("#live .chip").count():
                page.locator("#live .chip").first.hover()
                page.locator("#live .chip").first.click()
                page.wait_for_selector("#reader #quote")
            check(page)
            page.keyboard.press("Escape")
        page.reload()
        page.wait_for_selector("#status.ready")
        page.locator(".talk .open").first.click()
        page.wait_for_selector("#past .turn")
        check(page)
        written = page.context.request.get(app.url + (page.locator(".talk a").first.get_attribute("href") or ""))
        assert written.headers["content-type"].startswith("text/markdown")
        assert written.headers["content-disposition"].startswith("attachment")
        assert written.headers["x-content-type-options"] == "nosniff"


def test_every_page_does_nothing_where_it_is_listed_and_found(app: App, browser: Browser) -> None:
    with watched(browser, app.url) as page:
        page.get_by_role("tab", name=s.LIBRARY).click()
        expect(page.locator("#library")).to_contain_text(PAYLOADS[0])
        for word in ("pwned", "<script>", "onerror"):
            page.locator("#library input[type=search]").first.fill(word)
            page.wait_for_timeout(100)
            assert page.evaluate(HARMFUL) == []


# -- words that a person types, and addresses -----------------------------------------------------------------------


def chosen(page: Page, act: str) -> None:
    """Rename or Delete of the conversation at the top of the list."""
    page.locator(".talk details").first.evaluate("one => { one.open = true; }")
    page.locator(f".talk [data-act={act}]").first.click()


def test_what_is_typed_is_text_everywhere(app: App, browser: Browser) -> None:
    with watched(browser, app.url) as page:
        for payload in PAYLOADS:
            ask(page, f"What is LoRA? {payload}")
            page.wait_for_selector("#live .turn:is(.done, .declined, .failed)")
            assert page.evaluate(HARMFUL) == []
        for payload in PAYLOADS[:6]:
            title = payload.replace("'", "")[:80]
            chosen(page, "rename")
            page.fill("#rename-talk input", title)
            page.keyboard.press("Enter")
            expect(page.locator(".talk .title").first).to_have_text(" ".join(title.split()))
            chosen(page, "delete")
            expect(page.locator("#delete-talk .which")).to_have_text(" ".join(title.split()))
            page.keyboard.press("Escape")
            page.fill("#find-talk :is(input, textarea)", payload)
            page.wait_for_timeout(150)
            page.fill("#find-talk :is(input, textarea)", "")
            expect(talk(page, title)).to_be_visible()
            assert page.evaluate(HARMFUL) == []
    seen = Seen()
    with browser.new_context() as context:
        seen.watch(context, app.url)
        page = context.new_page()
        page.goto(app.url)
        for payload in PAYLOADS:
            form = {"goal": f"understand LoRA {payload}", "hours": "4", "weeks": "4", "start": "2026-01-05"}
            form |= {"background": payload}
            told = {**form, "known": [], "free": []}
            made = context.request.post(f"{app.url}/tutor/plan/make", data=told, headers={HEADER: "1"}).json()
            assert not made["trouble"]
            for path in (f"/tutor/plan?plan={made['plan']}", f"/tutor/plan/{made['plan']}/timeline.svg",
                         f"/tutor/plan/{made['plan']}/map.svg"):  # fmt: skip
                page.goto(app.url + path)
                assert page.evaluate("() => document.querySelectorAll('script, iframe, foreignObject').length") == 0
        page.goto(app.url)
        page.wait_for_selector("#status.ready")
        page.get_by_role("tab", name=s.PLAN).click()
        expect(page.locator("#plan")).to_contain_text("understand LoRA")
        assert page.evaluate(HARMFUL) == []
    assert seen.happened == []


def test_what_stands_in_an_address_is_text_too(app: App, browser: Browser) -> None:
    seen = Seen()
    with browser.new_context() as context:
        seen.watch(context, app.url)
        page = context.new_page()
        for payload in PAYLOADS:
            inside = quote(payload)
            for path in (f"/?{inside}={inside}#{inside}", f"/#{inside}"):
                page.goto(app.url + path)
                page.wait_for_selector("#question textarea")
                assert page.evaluate(HARMFUL) == []
            for path in (
                f"/tutor/reader?source={inside}&link={inside}&words={inside}",
                f"/tutor/reader?source=1&link={inside}",
                f"/tutor/plan?plan={inside}",
                f"/tutor/plan/{inside}.md",
                f"/tutor/evals/{inside}",
                f"/tutor/conversations/{inside}.md",
                f"/tutor/{inside}",
                f"/{inside}",
            ):
                page.goto(app.url + path)
                assert page.evaluate("() => document.querySelectorAll('script, img, svg, iframe').length") == 0, path
                assert page.evaluate(HARMFUL) == [], path
    assert seen.happened == []


@pytest.mark.parametrize(
    "link", ["javascript:pwned(1)", "https://evil.test/", "//evil.test/", "data:text/html,x", "http://["]
)
def test_the_reader_leads_to_its_source_and_nowhere_else(app: App, browser: Browser, link: str) -> None:
    with browser.new_context() as context:
        answer = context.request.get(f"{app.url}/tutor/reader", params={"source": f"{HOST}/0", "link": link})
        assert answer.status == 200
        assert f'href="{HOST}/0"' in answer.text()
        assert "evil.test" not in answer.text().partition('<div class="text"')[0].replace("Quillon", "")
        assert "javascript:" not in answer.text().partition("</header>")[0].partition("onward")[2]


# -- other sites ----------------------------------------------------------------------------------------------------

# What a page of another site may try once somebody opens it: none of it may have an effect, or tell it anything.
ELSEWHERE = """
<!doctype html><title>Elsewhere</title>
<form id=f method=post enctype=text/plain target=t></form><iframe name=t></iframe>
<script>
const base = BASE, body = '{"data": [], "fn_index": 0, "session_hash": "x"}';
const got = [];
const tries = [];
for (const path of ["/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/upload", "/tutor/plan/make",
                    "/tutor/profile/code", "/tutor/profile/join", "/tutor/evals/start", "/tutor/logout"]) {
  for (const [mode, type] of [["no-cors", "text/plain"], ["cors", "application/json"]]) {
    tries.push(fetch(base + path, { method: "POST", mode, body, credentials: "include",
      headers: { "content-type": type, ...(mode === "cors" ? { "x-tutor-page": "1" } : {}) } })
      .then(async (answer) => got.push([path, mode, answer.type, answer.status, await answer.text()]), () => {}));
  }
}
for (const path of ["/tutor/status", "/tutor/library", "/tutor/profile", "/gradio_api/queue/data?session_hash=x"]) {
  tries.push(fetch(base + path, { credentials: "include" }).then(
    async (answer) => got.push([path, await answer.text()]), () => {}));
}
const form = document.getElementById("f");
form.action = base + "/gradio_api/queue/join";
form.submit();
const picture = new Image();
tries.push(new Promise((done) => { picture.onload = () => { got.push("picture"); done(); }; picture.onerror = done; }));
picture.src = base + "/tutor/static/icon.png";
Promise.all(tries).then(() => { document.title = "over"; window.got = got; });
</script>
"""


def test_a_page_of_another_site_has_no_effect_and_learns_nothing(app: App, browser: Browser) -> None:
    body = ELSEWHERE.replace("BASE", f"'{app.url}'")
    statuses: dict[str, set[int]] = {}
    with website({"/": Reply(body.encode())}) as other, browser.new_context() as context:
        mine = context.new_page()
        mine.goto(app.url)  # the learner's cookie is there
        mine.wait_for_selector("#status.ready")
        page = context.new_page()
        page.on("response", lambda answer: statuses.setdefault(answer.request.method, set()).add(answer.status))
        page.goto(other.base)
        page.wait_for_function("document.title === 'over'")
        got = page.evaluate("window.got")
        assert [one for one in got if one[2:3] != ["opaque"]] == []
        assert statuses["POST"] == {403}
        for frame in page.frames[1:]:
            assert "Tutor" not in (frame.title() or "")
        link = page.evaluate_handle(f"() => Object.assign(document.createElement('a'), {{ href: '{app.url}' }})")
        link.as_element()
        page.goto(app.url)  # leading here is all that it may
        page.wait_for_selector("#question textarea")


def test_the_page_cannot_be_put_into_anothers(app: App, browser: Browser) -> None:
    frame = f"<!doctype html><title>Frame</title><iframe src='{app.url}'></iframe>"
    with website({"/": Reply(frame.encode())}) as other, browser.new_context() as context:
        page = context.new_page()
        page.goto(other.base)
        page.wait_for_timeout(500)
        [_, inner] = page.frames
        assert inner.locator("#question").count() == 0


# -- shared ---------------------------------------------------------------------------------------------------------

WORDS = "correct horse"


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("lan")
    (folder / "now").write_text(NOON.isoformat())
    with running(folder, models_folder, "-m", "tests.practising", str(folder), "0", WORDS) as made:
        yield made


@pytest.mark.parametrize("scripts", [True, False])
def test_log_in_with_the_keyboard_and_without_scripts(lan: App, browser: Browser, scripts: bool) -> None:
    watch = Watch()
    with browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 700}) as context:
        watch.over(context, lan.url)
        page = context.new_page()
        page.goto(f"{lan.url}/#plan")
        expect(page.get_by_role("heading", name=s.LOGIN_HEAD)).to_be_visible()
        expect(page.get_by_label(s.LOGIN_LABEL)).to_be_focused()
        page.keyboard.type("something else")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text(s.LOGIN_WRONG)
        page.get_by_label(s.LOGIN_LABEL).fill(WORDS)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{lan.url}/*" if not scripts else lambda url: "login" not in url)
        if scripts:
            page.wait_for_selector("#question textarea")
            assert page.evaluate("document.cookie") == ""
            context.clear_cookies(name="tutor_session")
            page.wait_for_selector("h1:text-is('Log in')")  # a page left open is led there by itself
    assert watch.outside == []
    assert [one for one in watch.complaints if "401" not in one] == []  # the browser tells of the wrong password


def placed(page: Page) -> None:
    """Opens the profile, below the settings."""
    page.get_by_role("tab", name=s.SETTINGS, exact=True).click()
    expect(page.get_by_role("button", name=s.PROFILE_CODE_MAKE)).to_be_visible()


def test_a_profile_in_two_browsers_from_elsewhere(lan: App, browser: Browser) -> None:
    # Under an address of the network a browser says less of where a request comes from than under localhost.
    [address, *_] = [*sharing.addresses(), "127.0.0.1"]
    url = lan.url.replace("127.0.0.1", address)
    with browser.new_context() as one, browser.new_context() as other:
        pages = []
        for context in (one, other):
            context.set_default_timeout(30_000)
            page = context.new_page()
            page.goto(url)
            page.get_by_label(s.LOGIN_LABEL).fill(WORDS)
            page.keyboard.press("Enter")
            page.wait_for_selector("#status.ready")
            pages.append(page)
        ada, bob = pages
        ask(ada, "How do I boil an egg?")
        expect(talk(ada, "How do I boil an egg?")).to_be_visible()
        placed(ada)
        placed(bob)
        expect(bob.get_by_role("button", name=s.LOGOUT)).to_be_visible()
        ada.get_by_role("button", name=s.PROFILE_CODE_MAKE).click()
        code = ada.locator("#profile .code").inner_text()
        bob.get_by_label(s.PROFILE_FIELD).fill("AAAA AAAA")
        bob.keyboard.press("Enter")
        expect(bob.locator("#profile-said")).to_contain_text("no such code")
        bob.get_by_label(s.PROFILE_FIELD).fill(code.lower())
        bob.keyboard.press("Enter")
        expect(bob.locator("#status.opening")).to_have_count(0)
        expect(talk(bob, "How do I boil an egg?")).to_have_count(1)  # the page has loaded anew
        bob.get_by_role("tab", name=s.CHAT, exact=True).click()
        expect(talk(bob, "How do I boil an egg?")).to_be_visible()
        placed(bob)
        bob.get_by_role("button", name=s.LOGOUT).click()
        expect(bob.get_by_role("heading", name=s.LOGIN_HEAD)).to_be_visible()
