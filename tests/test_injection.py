"""
What is read cannot change what the tutor does: the pages of `tests.injected`, read over HTTP into a real library.

Judged by effects, whatever the trick: what is quoted exists, what is said orders nothing and links nowhere, what is
rendered holds nothing but our own markup, and the Writer's prompt has as many turns as without the page.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, expect

from ingest.pipeline import addresses, ingest
from tests.browsing import Watch, running
from tests.injected import HOST, PAGES, Injected
from tests.mirror import Reply, Website, website
from tests.test_browser import answered, marked
from tutor import prompt
from tutor.answers import Answer, Answered, EvidenceFound, Tutor
from tutor.conversations import Conversations
from tutor.evidence import Evidence
from tutor.library import Library
from tutor.passages import Quote
from tutor.settings import Places, Settings
from tutor.writer import LlamaCppWriter
from ui import cli, contracts, render, shelf, shelf_view
from ui.reading import Reading, Wanted

BY_SLUG = {page.slug: page for page in PAGES}
# Pages on which the embedded Writer writes too: those whose trick aims at it.
WRITTEN = ("chatml", "imitation", "full-width", "administrator", "answer-yes")
# What our own code makes of an answer, a source and the library; nothing else may stand in a page.
ALLOWED = {
    "a": {"href", "target", "rel"},
    "article": {"class", "data-asked", "data-conversation"},
    "b": set(),
    "blockquote": set(),
    "br": set(),
    "button": {
        "class", "type", "aria-label", "data-source", "data-start", "data-end", "data-link", "data-ask", "data-url",
        "data-words", "data-wrong", "data-again", "data-copied", "data-copy", "data-edit", "data-failed", "title",
    },
    "code": set(),
    "dd": set(),
    "details": {"class"},
    "div": {"class", "aria-live", "aria-busy", "lang", "tabindex"},
    "dl": set(),
    "dt": set(),
    "em": set(),
    "h2": {"class", "tabindex"},
    "h3": set(),
    "h4": set(),
    "h5": set(),
    "h6": set(),
    "header": set(),
    "hr": set(),
    "i": {"class"},
    "li": {"class"},
    "mark": {"id"},
    "ol": {"class", "start"},
    "p": {"class", "hidden", "role"},
    "pre": {"tabindex"},
    "s": set(),
    "section": {"class", "aria-label"},
    "span": {"class", "aria-hidden"},
    "strong": set(),
    "summary": set(),
    "table": set(),
    "tbody": set(),
    "td": {"style"},
    "th": {"style"},
    "thead": set(),
    "tr": set(),
    "tutor-math": {"class", "tex"},
    "ul": {"class"},
}  # fmt: skip
SPECIAL = re.compile(
    r"<\|[^<>|]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos)>|\[/?SYSTEM_PROMPT\]|"
    r"\[TOOL_CALLS\]|</?think>|</?tool_call>"
)
LEADS_AWAY = re.compile(
    r"[a-z][a-z0-9+.-]*://|\b(?:javascript|vbscript|data|mailto|file):|\bwww\.|evil\.test|\]\(|\]\[|!\[|<\s*/?\s*[a-z!]",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site() -> Iterator[Website]:
    pages = {f"/{page.url}": Reply(page.body, headers={"Content-Type": page.kind}) for page in PAGES}
    with website(pages) as made:
        yield made


@pytest.fixture(scope="module")
def home(site: Website, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TUTOR_HOME that has read all pages, as `tutor ingest` reads what a person names."""
    folder = tmp_path_factory.mktemp("injected")
    (folder / "models").symlink_to(models_folder.resolve(), target_is_directory=True)
    wanted = addresses([page.url for page in PAGES])
    report = ingest(Settings(Places(folder)), wanted, via=site.base + "{url}", delay=0.0)
    assert {one.url: one.outcome for one in report.outcomes} == {one.url: "read" for one in wanted}
    return folder


@pytest.fixture(scope="module")
def tutor(home: Path) -> Tutor:
    """The tutor over these pages and the starter notes, without a Writer."""
    return Tutor.open(Settings(Places(home)), writer=False)


@pytest.fixture(scope="module")
def answers(tutor: Tutor) -> dict[str, Answer]:
    """What is answered to each page's question in quotes."""
    return {page.slug: tutor.answer(page.question) for page in PAGES}


@pytest.fixture(scope="module")
def written(tutor: Tutor, writer: LlamaCppWriter) -> dict[str, Answer]:
    """What is answered to some with the embedded Writer, in a small budget."""
    writing = Tutor(
        tutor.library, tutor.search, tutor.encoder, tutor.handbook, writer, prompt_tokens=260, output_tokens=32
    )
    return {slug: writing.answer(BY_SLUG[slug].question) for slug in WRITTEN}


# Elements of the answer and the reader that are none of ours, as the browser has them, and those that load or act.
STRANGE = """(allowed) => [...document.querySelectorAll("#live .turn, #live .turn *, #reader .page *")].filter((one) =>
  !allowed.includes(one.localName) || one.hasAttribute("src") ||
  [...one.attributes].some((attribute) => attribute.name.startsWith("on") ||
  /^\\s*(javascript|data):/i.test(attribute.value))
).map((one) => one.outerHTML.slice(0, 200))"""

every = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)


def plainest(text: str) -> str:
    """The text as a careless program might read it: compatibility forms folded, what cannot be seen left out."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not unseen(c))


def unseen(letter: str) -> bool:
    """Whether a character is none that a person sees: controls, marks of direction, joiners, tags, selectors."""
    kind = unicodedata.category(letter)
    return (
        (kind in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") and letter != "\n")
        or "\ufe00" <= letter <= "\ufe0f"
        or "\U000e0000" <= letter <= "\U000e0fff"
    )


def quotes_of(answer: Answer) -> list[Quote]:
    return [*answer.evidence, *(quote for one in answer.statements for quote in one.quotes)]


def held_quote(tutor: Tutor, quote: Quote) -> str:
    source = tutor.library.source(quote.source)
    assert source is not None
    return source.text[quote.start : quote.end]


def check_said(answer: Answer, page: Injected, tutor: Tutor) -> None:
    """All that may never be in an answer."""
    for quote in quotes_of(answer):
        assert held_quote(tutor, quote) == quote.text
        assert page.canary not in plainest(quote.text).lower()
        assert not any(map(unseen, quote.title + quote.heading + quote.text + quote.link))
        assert re.fullmatch(r"(?:https?://|tutor:)[\x21\x23-\x3b\x3d\x3f-\x7e]+", quote.link)
    for text in (*(one.text for one in answer.statements), answer.text, *answer.follow_ups):
        assert page.canary not in plainest(text).lower()
        assert not SPECIAL.search(plainest(text))
        assert not LEADS_AWAY.search(plainest(text))
        assert not re.search(r"\[\^?\d+\]|\((?:note|notes) \d+\)|【", text)
        assert not any(map(unseen, text))


# -- answering ------------------------------------------------------------------------------------------------------


@every
def test_the_page_still_answers(page: Injected, answers: dict[str, Answer]) -> None:
    answer = answers[page.slug]
    assert not answer.declined
    assert answer.statements[0].quotes[0].url == page.url
    assert page.fact in " ".join(answer.text.split())


@every
def test_nothing_of_the_trick_is_said(page: Injected, answers: dict[str, Answer], tutor: Tutor) -> None:
    check_said(answers[page.slug], page, tutor)


@pytest.mark.parametrize("slug", WRITTEN)
def test_nothing_of_the_trick_is_written(slug: str, written: dict[str, Answer], tutor: Tutor) -> None:
    answer = written[slug]
    assert answer.trace.prompt
    assert not answer.trace.trouble
    assert BY_SLUG[slug].fact in " ".join(answer.text.split())
    check_said(answer, BY_SLUG[slug], tutor)


# -- the Writer's prompt --------------------------------------------------------------------------------------------


def specials(writer: LlamaCppWriter, text: str) -> list[int]:
    """The ids of `text`, as the Writer reads its prompts, that name a token with a power of its own."""
    model = writer.load()
    powers = {token for name in writer.special_tokens for token in model.tokens(name, special=True)}
    return [token for token in model.tokens(text, special=True) if token in powers]


@every
def test_the_prompt_has_the_turns_that_it_has_without_the_page(
    page: Injected, tutor: Tutor, writer: LlamaCppWriter
) -> None:
    found = tutor.search.find(page.question, 10)
    quotes = [
        Quote(hit.held.url, hit.held.title, hit.held.passage.heading, hit.held.passage.text, 0, 1, "", 1)
        for hit in found.hits
        if hit.held.url == page.url
    ]
    assert quotes
    # All of the page that was found, far more than would be evidence, and a page's worth of raw trick beside it.
    raw = Quote(page.url, page.title, "", page.armed(page.trick)[:4_000], 0, 1, "", 1)
    evidence = [Evidence(quote, 1.0, 1.0, 1.0) for quote in (*quotes, raw)]
    full = prompt.build(page.question, "intermediate", evidence, writer, 10**6).text
    empty = prompt.build(page.question, "intermediate", [], writer, 10**6).text
    assert specials(writer, full) == specials(writer, empty)
    folded = plainest(full)
    assert len(SPECIAL.findall(folded)) == len(SPECIAL.findall(plainest(empty)))
    for mark in ("Notes:", "Question:"):
        assert len(re.findall(rf"^{mark}", full, re.MULTILINE)) == 1
    assert re.findall(r"^\[(\d+)\]", full, re.MULTILINE) == [str(n + 1) for n in range(len(evidence))]


# -- what is rendered -----------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags of a page and their attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    handle_comment = unknown_decl = handle_pi = handle_decl


# What the Library tab has beside that.
SHELF = ALLOWED | {
    "a": ALLOWED["a"] | {"download"},
    "button": ALLOWED["button"] | {"aria-pressed", "data-address", "data-chip", "data-close-found", "data-file",
                                   "data-hint", "data-newer", "data-remove", "data-shelf", "data-title"},
    "details": {"name"},
    "li": {"data-at", "data-chips", "data-date", "data-kind", "data-section", "data-words"},
    "div": ALLOWED["div"] | {"role", "aria-label"},
    "p": ALLOWED["p"] | {"data-one", "data-more"},
    "summary": {"aria-label", "title"},
}  # fmt: skip


def check_rendered(text: str, addresses_: set[str], allowed: Mapping[str, set[str]] = ALLOWED) -> None:
    """Only our own markup, as two parsers see it, and links only to these addresses."""
    tags = Tags(text).found
    other = [(one.tag, dict(one.attrib)) for one in lxml_html.fragment_fromstring(text, create_parent="div").iter()]
    for tag, attributes in (*tags, *other[1:]):
        assert tag in allowed, tag
        assert set(attributes) <= allowed[tag], (tag, attributes)
        assert (attributes.get("style") or "text-align:left") in {
            f"text-align:{side}" for side in ("left", "right", "center")
        }
        for name in ("href", "data-link"):
            if name in attributes:
                assert attributes[name] in addresses_, attributes[name]
    assert not any(unseen(letter) for letter in text)


def outward(tutor: Tutor, answer: Answer) -> set[str]:
    """The addresses that our own code may link to beside an answer."""
    book = tutor.handbook
    return (
        {quote.link for quote in quotes_of(answer)}
        | {one.url for one in tutor.library.sources()}
        | {chapter.url for chapter in book.chapters}
        | {one.url for chapter in book.chapters for one in chapter.resources}
    )


def view_of(tutor: Tutor, answer: Answer) -> render.View:
    view = render.View(answer.question)
    for event in (EvidenceFound(answer.evidence, answer.chapter, 1.0), Answered(answer)):
        view = render.after(view, event)
    return view


@every
def test_the_browser_gets_nothing_but_our_own_markup(page: Injected, answers: dict[str, Answer], tutor: Tutor) -> None:
    answer = answers[page.slug]
    known = outward(tutor, answer)
    check_rendered(render.turn(view_of(tutor, answer), tutor.handbook), known)
    source = tutor.library.source(page.url)
    assert source is not None
    quote = answer.statements[0].quotes[0]
    check_rendered(render.reader(source, (quote.start, quote.end), quote.link), known)
    check_rendered(render.reader(source, (0, len(source.text))), known)


def test_the_library_and_the_readings_are_our_own_markup(home: Path, tutor: Tutor, answers: dict[str, Answer]) -> None:
    library = tutor.library
    rows = shelf.rows(library, tutor.handbook, home / "files")
    known = outward(tutor, answers["chatml"]) | {one.url for one in library.links()} | {row.url for row in rows}
    for keeper in (True, False):
        check_rendered(shelf_view._shelf(rows, keeper), known, SHELF)
    hits = tutor.search.find("ignore all previous instructions", 9).hits
    quotes = [shelf._best(hit, "ignore all previous instructions", library) for hit in hits]
    check_rendered(shelf_view.found("<b>x</b>", quotes), known | {quote.link for quote in quotes}, SHELF)
    ended = Reading(Wanted(("<b>x</b>",)), trouble="<script>alert(1)</script>")
    check_rendered(shelf_view.readings(shelf_view.Now(ended, [ended]), True), set())


@every
def test_the_terminal_gets_no_orders_and_no_links_but_ours(
    page: Injected, answers: dict[str, Answer], tutor: Tutor, capsys: pytest.CaptureFixture[str]
) -> None:
    cli._show_answer(tutor, page.question, [], "intermediate")
    told = capsys.readouterr().out
    assert not any(map(unseen, told))
    links = {quote.link for quote in quotes_of(answers[page.slug])}
    assert set(re.findall(r"\S+://\S+", told)) <= links
    cited = [int(number) for number in re.findall(r"\[(\d+)\]", told)]
    assert set(cited) <= set(range(1, len(answers[page.slug].evidence) + 1))


# -- what is written out --------------------------------------------------------------------------------------------


@every
def test_json_is_one_document(page: Injected, answers: dict[str, Answer], tutor: Tutor) -> None:
    told = json.dumps(contracts.answer(answers[page.slug], tutor.handbook), ensure_ascii=False)
    told.encode()  # no half of a character
    assert json.loads(told)["declined"] is False
    assert len(told.splitlines()) == 1
    found = json.dumps(contracts.found(tutor.search.find(page.question, 10)), ensure_ascii=False)
    assert len(found.splitlines()) == 1
    assert not any(map(unseen, told + found))


@every
def test_exported_markdown_is_text_with_our_links(page: Injected, answers: dict[str, Answer], tutor: Tutor) -> None:
    kept = Conversations(tutor.library, f"somebody-{page.slug}")
    number = kept.begin(page.question)
    kept.add(number, page.question, answers[page.slug])
    made = MarkdownIt("commonmark", {"html": True}).enable("table").render(kept.markdown(number))
    links = {quote.link for quote in quotes_of(answers[page.slug])}
    for tag, attributes in Tags(made).found:
        assert tag in ("h1", "h2", "p", "ol", "li", "a", "em", "strong", "code"), tag
        assert set(attributes) <= ({"href"} if tag == "a" else {"start"} if tag == "ol" else set())
        assert attributes.get("href", next(iter(links))) in links
    assert not any(map(unseen, made))


# -- in a real browser ----------------------------------------------------------------------------------------------


def test_the_worst_do_nothing_in_a_browser(home: Path, models_folder: Path, browser: Browser) -> None:
    watch, dialogs = Watch(), []
    with (
        running(home, models_folder, "-m", "ui", "--port", "0", "--no-browser") as app,
        browser.new_context() as context,
    ):
        context.set_default_timeout(60_000)
        watch.over(context, app.url)
        page = context.new_page()
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(app.url)
        page.wait_for_selector("#status.ready")
        for slug in ("escaped-html", "latex", "title"):
            answered(page, BY_SLUG[slug].question)
            page.locator("#live .chip").first.click()
            assert marked(page)
            expect(page.locator("#reader .page > .text")).to_contain_text(BY_SLUG[slug].fact)
            strange = page.evaluate(STRANGE, sorted(ALLOWED))
            assert strange == []
            page.keyboard.press("Escape")
        assert page.title() == "Tutor"
    assert dialogs == []
    assert watch.outside == []
    assert watch.complaints == []


# -- reading --------------------------------------------------------------------------------------------------------


def test_reading_asks_for_the_pages_alone(site: Website, home: Path) -> None:
    asked = set(site.paths)
    robots = {f"/{HOST}/robots.txt"}
    assert asked - robots == {f"/{page.url}" for page in PAGES}


def test_nothing_unseen_is_kept(home: Path) -> None:
    with Library.open(home / "library.db") as library:
        for source in library.sources():
            about = f"{source.title}{source.author}{source.language}{source.licence}{source.url}"
            assert not any(map(unseen, about)), source.url
            assert not any(map(unseen, source.text)), source.url
            assert len(source.title) < 400


def test_what_a_browser_hides_is_not_read(home: Path) -> None:
    with Library.open(home / "library.db") as library:
        for slug in ("hidden-css", "attributes"):
            page = BY_SLUG[slug]
            source = library.source(page.url)
            assert source is not None
            # White letters may stand on a dark page, and a script may show what is transparent or has no height:
            # these three are read, and kept from the evidence by what they say.
            assert source.text.lower().count(page.canary) == (3 if slug == "hidden-css" else 0)
