"""The report: what is in it, that nothing in it is markup or leaves the machine, and that a real browser can use it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from eval import answers, floors, runs
from eval.gathered import gather
from eval.report import html
from eval.run import Record
from eval.runs import Run
from tutor import handbook as handbooks
from tutor.fingerprints import words
from tutor.library import Library
from tutor.links import link
from tutor.notes import sources
from tutor.sentences import Block, sentences

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EVIL = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=2'>\x00\ud800\"'&<!--"
ARTICLE = "The otter optimiser keeps two learning rates in separate pockets and swaps them when the loss rises."
PAGE = "https://reading.test/otters"
RECIPE = {"kind": "answers", "set": "answers", "half": "test", "questions": "a" * 16, "corpus": "b" * 16,
          "model": "quotes only", "encoder": "letters", "seed": "0"}  # fmt: skip


def quoted(text: str, url: str = PAGE) -> dict[str, Any]:
    """A statement that is a quote."""
    return {"text": text, "support": 1.0, "quoted": True, "quotes": [{"text": text, "link": link(url, text)}]}


def answered(number: int, **changed: Any) -> Record:
    """A record of an answered question; every third is about a starter note, every tenth could not be answered."""
    chapter = handbooks.load().chapters[number % 52]
    whole: dict[str, Any] = {
        "page": chapter.resources[0].url if chapter.resources and number % 3 else f"tutor:notes/{chapter.id}",
        "rank": 1 + number % 7, "in_evidence": number % 4 > 0, "gold_cited": number % 2 > 0, "facts": 2,
        "facts_stated": number % 3, "quotes": 1, "quotes_valid": 1, "chance": (number % 50) / 50, "answer": ARTICLE,
        "gold": {"facts": [["two rates", "rates"]]}, "found": [{"url": PAGE, "heading": "Pockets", "score": 0.5}],
        "stated": [quoted(ARTICLE)], "evidence_ms": 100.0 + number, "total_ms": 300.0 + 2 * number,
    }  # fmt: skip
    if number % 10 == 9:
        whole |= {"page": "", "facts": 0, "declined": number % 20 == 9, "why": "off-topic", "chance": 0.1}
    kind = "unanswerable" if number % 10 == 9 else "answerable"
    return Record(f"q{number}", f"How does number {number} work?", kind, "test", **{**whole, **changed})


def finished(home: Path, name: str, records: list[Record], **changed: str) -> Run:
    """A finished run of answers under `home`."""
    folder = home / "eval" / name
    made_of = {**RECIPE, **changed}
    runs.resume(folder, made_of)
    answers.keep(records, made_of, folder, 0)
    return runs.load(str(folder), home)


class Page(HTMLParser):
    """The page as a careless reader of HTML takes it: its tags and text, and what it would load."""

    LOADS = frozenset({"src", "srcset", "action", "formaction", "poster", "data", "xlink:href", "background"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in self.LOADS or (name == "href" and tag != "a"):
                self.loads.append((tag, value or ""))
            elif name == "href":
                self.links.append(value or "")
            elif name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    return finished(home, "answers-plain", [answered(number) for number in range(60)])


def bare_words(page: str) -> str:
    """The words of a page or a sentence, those in addresses too, whatever stands between them."""
    return f" {' '.join(words(unquote(unescape(page))))} "


def section_ids(page: str) -> list[str]:
    return re.findall(r'<section id="(\w+)"', page)


def test_the_report_has_its_sections_and_what_is_missing_is_said_or_left_out(run: Run, home: Path) -> None:
    page = html(gather(run, home))
    assert section_ids(page) == ["figures", "weak", "plots", "people", "questions", "recipe", "limits"]
    read = Page(page).text
    for told in (
        "Right page in five", "targets are met", "No floors were measured", "no trend yet", "tutor eval support",
        "Risk and coverage", "Waiting", "Neural Sequential Prediction", "off by", "declined rightly",
        "two rates / rates", "Pockets",
    ):  # fmt: skip
        assert told in read, told
    assert "Recall by words" not in read
    assert page.count('class="one-question"') == 60
    for name, value in run.recipe.items():
        assert name in read
        assert value in read
    pictures = re.findall(r"<svg[^>]*>", page)
    assert all('aria-label="' in one or 'aria-hidden="true"' in one for one in pictures)


def test_floors_trend_recall_and_agreement_are_there_where_they_were_measured(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = home / "full"
    records = [answered(number) for number in range(40)]
    finished(here, "answers-a", [replace(one, rank=None) for one in records])
    finished(here, "answers-other-questions", records, questions="c" * 16)
    finished(here, "answers-baseline", records, system="somebody else")
    last = finished(here, "answers-b", records)
    for kind, rows, summary in (
        ("support", [{"id": f"p{n}", "support": n / 20, "label": n > 9} for n in range(20)],
         {"figures": {"AUROC": 0.9}, "intervals": {"AUROC": [0.8, 0.95]}}),
        ("practice", [{"id": "t1", "given": "x"}], {"figures": {"called right, and right": 0.9}}),
        ("retrieval", [{"id": "q1", "question": records[1].question}],
         {"recall by words": {"words": [50, 100, 200], "shown": [0.2, 0.5, 0.7], "found": [0.1, 0.2, 0.3]}}),
    ):  # fmt: skip
        folder = here / "eval" / f"{kind}-1"
        runs.resume(folder, {"kind": kind, "corpus": RECIPE["corpus"]})
        runs.finish(folder, rows, summary)
    floor = floors.measured({"right page in five": 0.999, "facts in answer": 0.1}, RECIPE)
    monkeypatch.setattr(floors, "load", lambda path=None: {"answers/test": floor})
    gathered = gather(last, here)
    assert [one.name for one in gathered.history] == ["answers-a", "answers-b"]
    page = html(gathered)
    read = Page(page).text
    for told in (
        "not held", "1 figure below the floor", "Recall by words sent", "What support is worth", "0.800 to 0.950",
        "Called right, and right", "The runs of the trend",
    ):  # fmt: skip
        assert told in read, told
    assert 'aria-label="2 runs: 0.0' in page
    assert "No floors" not in read


def test_runs_that_lie_beside_a_run_elsewhere_count_as_its_surroundings(home: Path, tmp_path: Path) -> None:
    moved = finished(tmp_path / "moved", "answers", [answered(1)])
    folder = tmp_path / "moved" / "eval" / "practice"
    runs.resume(folder, {"kind": "practice"})
    runs.finish(folder, [], {"figures": {"called right, and right": 0.9}})
    gathered = gather(moved, tmp_path / "home")
    assert [one.name for one in gathered.people] == ["practice"]
    assert [one.name for one in gathered.history] == ["answers"]


def test_nothing_that_was_asked_or_answered_is_markup(home: Path) -> None:
    here = home / "evil"
    bad = ("javascript:alert(1)", f"https://a.test/{EVIL}", "data:text/html,x", "//b.test", "https://[broken",
           'https://c.test/"onmouseover="alert(1)')  # fmt: skip
    quotes = [{"text": EVIL, "link": one} for one in bad]
    evil = {"text": EVIL, "support": 0.5, "quoted": False, "quotes": quotes}
    records = [
        answered(1, answer=f"{EVIL} first", stated=[evil], struck=[{"text": EVIL, "support": 0.1, "reason": EVIL}]),
        answered(2, unscored=EVIL),
        answered(3, page=f"https://d.test/{EVIL}", declined=True, answer=EVIL),
        answered(4, answer=EVIL, stated=[]),
    ]
    records = [replace(one, id=f"{EVIL}{at}", question=f"{EVIL} {at}", why=EVIL) for at, one in enumerate(records)]
    made_of = {**RECIPE, "model": EVIL, "kind": "answers"}
    shown = Run(here / "a", made_of, [asdict(one) for one in records], {"figures": {EVIL: 0.5}, "counts": {EVIL: 1}})
    other = Run(here / "b", {**made_of, "system": EVIL}, [asdict(replace(r, facts_stated=2)) for r in records], {})
    for page in (html(gather(shown, here, other)), html(gather(shown, here, other), quotes=False)):
        page.encode()
        read = Page(page)
        assert read.tags.count("script") == 1
        assert "img" not in read.tags
        assert read.handlers == []
        assert all(url.startswith(("#", "https://", "http://")) for url in read.links), read.links
        assert read.loads == [("link", "data:,")]
    rows = [{"id": EVIL, EVIL: EVIL, "n": 1}]
    strange = Run(here / "c", {"kind": EVIL, "begun": EVIL}, rows, {"figures": {EVIL: 1e9}, "intervals": {}})
    assert Page(html(gather(strange, here))).tags.count("script") == 1


def test_the_file_loads_nothing_and_lets_nothing_but_its_own_script_run(run: Run, home: Path) -> None:
    page = html(gather(run, home))
    assert Page(page).loads == [("link", "data:,")]  # no icon is asked for
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none';")
    assert "unsafe-inline' " not in policy[1].partition("script-src")[2]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", page)
    bare = re.sub(r'href="https?://[^"]+"', "", page)
    assert "http://" not in bare
    assert "https://" not in bare


def test_a_report_of_500_long_answers_is_below_five_megabytes(home: Path) -> None:
    long = [quoted(f"{ARTICLE} {number} " + "word " * 180, f"{PAGE}/{number}") for number in range(8)]
    struck = [{"text": "struck " * 60, "support": 0.2, "reason": "the evidence says nothing of it"}] * 6
    rows = [asdict(answered(number, stated=long, struck=struck)) for number in range(500)]
    page = html(gather(Run(home / "long", RECIPE, rows, {"figures": {}}), home))
    assert 500_000 < len(page.encode()) < 5_000_000
    assert page.count('class="one-question"') == 500
    assert "To keep it small" in page
    assert "How does number 499 work?" in page
    far = [{**quoted("so", PAGE), "quotes": [{"text": "x", "link": f"{PAGE}/{'y' * 1_900}"}] * 4}]
    rows = [asdict(answered(number, stated=far)) for number in range(700)]
    page = html(gather(Run(home / "far", RECIPE, rows, {"figures": {}}), home))
    assert len(page.encode()) < 5_000_000
    assert "further questions in the run" in page


def test_without_quotes_no_sentence_of_an_article_is_in_the_file(home: Path) -> None:
    note = next(iter(sources()))
    ours = max(re.findall(r"[A-Z][A-Za-z ]{40,}\.", note.text), key=len)
    texts = [f"{ARTICLE} Case {letter}." for letter in "abcdefg"]
    cited = [{"text": texts[1], "link": link(PAGE, texts[1])}, {"text": ours, "link": note.url}]
    records = [
        answered(1, answer=texts[0], stated=[quoted(texts[0])]),
        answered(2, answer=f"{texts[2]} {texts[3]}", stated=[{**quoted(texts[3]), "quoted": False, "quotes": cited}]),
        answered(3, answer=texts[4], stated=[], struck=[{"text": texts[5], "support": 0.3, "reason": texts[6]}]),
        answered(4, answer=ours, stated=[quoted(ours, note.url)]),
        # written, though it cites only a note: the Writer saw the article
        answered(5, answer=texts[0], stated=[{**quoted(ours, note.url), "text": texts[0], "quoted": False}]),
        answered(6, declined=True, answer=texts[5]),
    ]
    shown = finished(home / "bare", "answers-x", records)
    beside = finished(home / "bare", "answers-y", [replace(one, facts_stated=2) for one in records])
    full = html(gather(shown, home / "bare", beside))
    bare = html(gather(shown, home / "bare", beside), quotes=False)
    plain = [bare_words(full), bare_words(bare)]
    for part in ("otter optimiser", "separate pockets", "swaps them"):
        assert part in plain[0]
        assert part not in plain[1]
    assert bare_words(ours) in plain[1]
    assert f'href="{PAGE}"' in bare  # the link, without the words in its fragment
    assert "support 1.00" in bare
    assert "1 sentence struck" in bare
    assert "How does number 3 work?" in bare
    rows = [{"id": "r1", "statement": ARTICLE, "support": 0.25, "label": True}]
    other = Run(home / "rows", {"kind": "support"}, rows, {"figures": {"AUROC": 0.9}})
    assert ARTICLE in html(gather(other, home))
    assert ARTICLE not in html(gather(other, home), quotes=False)


def test_without_quotes_no_sentence_of_the_mirror_is_in_the_file(home: Path, mirror_home: Path) -> None:
    told = []
    with Library.open(mirror_home / "library.db") as library:
        for one in library.sources():
            number = library.number(one.url)
            source = None if one.url.startswith("tutor:") or number is None else library.source(number)
            spans = [span for span in sentences(source.text) if span.block is Block.PROSE] if source else []
            if source and len(spans) > 20:
                told.append((one.url, [source.text[span.start : span.end] for span in spans[10:14]]))
    assert len(told) > 50
    records = [
        answered(
            at, page=url, answer=" ".join(some),
            stated=[quoted(some[0], url), {**quoted(some[1], url), "quoted": False}],
            struck=[{"text": some[2], "support": 0.1, "reason": some[3]}],
        )
        for at, (url, some) in enumerate(told)
    ]  # fmt: skip
    shown = Run(home / "mirrored", RECIPE, [asdict(one) for one in records], {"figures": {}})
    full, bare = (bare_words(html(gather(shown, home), quotes=quotes)) for quotes in (True, False))
    said = [bare_words(sentence) for _, some in told for sentence in some if len(sentence.split()) > 5]
    assert sum(sentence in full for sentence in said) > len(said) / 2
    assert [sentence for sentence in said if sentence in bare] == []


def test_two_runs_stand_beside_each_other_over_what_both_could_score(home: Path) -> None:
    here = home / "two"
    records = [answered(number) for number in range(30)]
    worse = [replace(one, rank=None, facts_stated=0, gold_cited=False) for one in records[:20]]
    worse[0] = replace(worse[0], unscored="gone")
    gathered = gather(finished(here, "answers-1", records), here, finished(here, "answers-2", worse, system="Starter"))
    assert gathered.beside is not None
    assert len(gathered.beside.records) == 20
    page = next(one for one in gathered.beside.compared.figures if one.figure == "right page in five")
    assert page.second == 0
    assert page.interval is not None
    assert page.interval[1] < 0
    assert gathered.beside.compared.flips
    read = Page(html(gathered)).text
    assert "over the 19 questions that both could score" in read
    assert "this run is better" in read
    assert "only this run has right" in read
    assert "p &lt;0.001" not in read  # not escaped twice


def test_a_run_with_itself_shows_no_difference(home: Path) -> None:
    run = finished(home / "itself", "answers-1", [answered(number) for number in range(12)])
    gathered = gather(run, home / "itself", run)
    beside = gathered.beside
    assert beside is not None
    assert beside.compared.flips == []
    assert {one.interval for one in beside.compared.figures} == {(0.0, 0.0)}
    assert "no clear difference" in html(gathered)


@pytest.fixture
def big(home: Path) -> Path:
    """The report of 500 questions as a file."""
    rows: list[Mapping[str, Any]] = [asdict(answered(number, stated=[quoted(ARTICLE)] * 4)) for number in range(500)]
    path = home / "big.html"
    path.write_text(html(gather(Run(home / "big", RECIPE, rows, {"figures": {}}), home)), encoding="utf-8")
    return path


def test_in_a_real_browser_it_filters_opens_and_asks_nothing_of_anybody(browser: "Browser", big: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(big.as_uri())
    shown = page.locator(".one-question:visible")
    assert page.locator("output").inner_text() == "500 of 500 questions shown"
    page.locator(".tally a", has_text="declined rightly").click()
    assert page.locator("output").inner_text() == "25 of 500 questions shown"
    assert shown.count() == 25
    page.get_by_label("Words in the question").fill("NUMBER 49 ")
    expect(page.locator("output")).to_have_text("1 of 500 questions shown")
    assert shown.all_inner_texts() == ["declined rightly\nHow does number 49 work?"]
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("output")).to_have_text("500 of 500 questions shown")
    shown.first.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert ARTICLE in shown.first.inner_text()
    page.evaluate("location.hash = 'q70'")
    expect(page.locator("#q70")).to_have_attribute("open", "")
    milliseconds = page.evaluate(
        "() => { const box = document.querySelector('[name=text]'); const began = performance.now();"
        "document.querySelector('[name=verdict]').value = 'wrong'; document.querySelector('.filter').requestSubmit();"
        "document.body.offsetHeight; return performance.now() - began }"
    )
    assert milliseconds < 1_000
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert told == []
    assert asked == [big.as_uri()]
    context.close()


def test_without_the_script_every_question_is_there(browser: "Browser", big: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(big.as_uri())
    assert page.locator(".filter").is_hidden()
    assert page.locator(".one-question").count() == 500
    page.locator(".one-question > summary").last.click()
    assert page.locator(".one-question").last.get_by_text(ARTICLE).first.is_visible()
    context.close()
