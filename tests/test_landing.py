"""
Where a citation's address really lands: a real Chromium opens it on a page whose sentences have markup inside.

Each case is HTML of our own around one sentence; the page is read by our reader, and the address of the sentence, as
it is quoted, must scroll to it. A fragment that finds nothing leaves the page at its top.
"""

# ruff: noqa: E501  (cases of markup, each on its line)

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from ingest.read_html import read_html
from tests.mirror import Reply, Website, website
from tutor.links import link
from tutor.passages import Source
from tutor.sentences import sentences

KATEX = (
    '<span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>x</mi><mo>=</mo><mn>2</mn></mrow>'
    '<annotation encoding="application/x-tex">x = 2</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true"><span class="base"><span class="mord mathnormal">x</span>'
    '<span class="mrel">=</span><span class="mord">2</span></span></span></span>'
)
MATHML = "<math><mi>y</mi><mo>=</mo><mn>3</mn></math>"
NOTE = '<sup><a href="#f1" role="doc-noteref">1</a></sup>'
# Where each begins is told by a word that stands nowhere else: the name of the case.
CASES = {
    "plainword": "<p>The plainword sentence has nothing inside that could lead a browser astray today.</p>",
    "emphasis": "<p>Every emphasis <em>inside of</em> a sentence leaves <strong>its words</strong> as they are.</p>",
    "anchored": '<p>An anchored <a href="/x">part of this</a> sentence leads <a href="/y">somewhere else</a> entirely.</p>',
    "codeword": "<p>The codeword <code>fit(x, y)</code> trains <code>n_steps</code> of the model in <code>one</code> go.</p>",
    "footnoted": f"<p>A footnoted claim{NOTE} stands in the middle{NOTE} of this sentence and goes on{NOTE}.</p>",
    "cited": '<p>A cited claim <a href="#r1">[12]</a> was shown before <sup>[3]</sup> by somebody else in a paper.</p>',
    "katexed": f"<p>The katexed value {KATEX} is small and the other {KATEX} is large in {KATEX} cases.</p>",
    "mathmlled": f"<p>The mathmlled slope {MATHML} is steep at first, while its twin {MATHML} stays level to the end.</p>",
    "linebroken": "<p>The linebroken sentence goes on<br>in a second line<br/>and in a third line of it.</p>",
    "softened": "<p>The softened sen&shy;tence has hy&shy;phens in trans&shy;former and in quanti&shy;sation as well.</p>",
    "unbreakable": "<p>The&nbsp;unbreakable sentence has 5&nbsp;GB and 3&nbsp;ms in&nbsp;it and&nbsp;ends&nbsp;here.</p>",
    "ligatured": "<p>The ligatured sentence has an eﬃcient ﬁlter and a ﬂow of ﬁne words at the ﬁnish.</p>",
    "curled": "<p>The curled “sentence” isn’t ‘plain’ – it’s “full” of marks — and it ends with “one”.</p>",
    "wrapped": "<p>The wrapped\n      sentence was broken\n   over several lines\n\tof its source and\n goes on.</p>",
    "divided": "<p>The divided long<wbr>est<wbr>word and super<wbr>computers stand in this sen<wbr>tence some<wbr>where.</p>",
    "listed": "<ul><li>The listed sentence stands in an item of a list, first.</li><li>Another one follows it.</li></ul>",
    "tabled": "<table><tr><th>name</th><th>what</th></tr><tr><td>tabled row</td><td>stands in a table and says much"
    "</td></tr><tr><td>more</td><td>and more of it</td></tr></table>",
    "spanned": "<div>The spanned sentence begins in one block and</div><div>it goes on in another block below it.</div>",
    "halved": "<p>The halved sentence has un<em>believ</em>ably <b>h</b>alf-marked <i>w</i>ords and pre<b>training</b>s.</p>",
    "indexed": "<p>The indexed value x<sub>t</sub> grows as n<sup>2</sup> and as d<sub>model</sub> over the steps.</p>",
    "pictured": '<p>The pictured sentence has <img alt="a picture" src="data:,"> a picture in the middle of its words.</p>',
    "abbreviated": '<p>The abbreviated <abbr title="key-value">KV</abbr> cache and the <kbd>Q</kbd> matrix meet here.</p>',
    "unheard": '<p>The unheard sentence <span class="sr-only">(opens in a new tab)</span> has a part that none sees.</p>',
    "sidenoted": '<p>The sidenoted sentence<span class="sidenote">A note in the margin.</span> goes on after its note.</p>',
    "bolded": "<p><b>Bolded.</b> The bolded word stands before a sentence that says a little more than it.</p>",
    "quoted": "<blockquote><p>The quoted sentence stands in a quotation of somebody, who said it once.</p></blockquote>",
    "dashed": "<p>The dashed low-rank, state-of-the-art sentence has commas, hyphens - and & ampersands, 50% of them.</p>",
    "short": "<p>Keep the short <code>KV</code> cache.</p>",
    "coded": "<p><code>coded_start</code> begins this and <code>coded_end</code> ends <code>it.all</code></p>",
    "accented": "<p>The accented naïve Bayes of Poincaré and Gödel – cafe&#x301; style – is decomposed in places.</p>",
    "capitals": '<p style="text-transform:uppercase">The capitals of this sentence are made by a style and not typed.</p>',
    "boldened": "<p>The <b>boldened</b>: <i>each</i> <u>word</u> <b>of</b> <i>this</i> <u>one</u> <b>has</b> <i>a</i> <u>mark</u>.</p>",
    "repeated": "<p>In this part we show that the repeated words of a sentence are found in the right place.</p>",
    "nested": "<ul><li>The nested item says something<ul><li>and its inner item says more of it</li></ul></li></ul>",
    "arrowed": "<p>The arrowed map f: A → B, with α ≤ β and 3 × 4, has signs (and brackets) in its sentence.</p>",
    "defined": "<dl><dt>defined</dt><dd>The defined term stands in a list of definitions and explains itself there.</dd></dl>",
}  # fmt: skip
FILLING = (
    "<p>In this part we show something else that is of no matter, so that the page has words above them all.</p>"
    "<p>Another paragraph says nothing of importance, and a third would not say more than these two do.</p>"
)
SPACE = '<div style="height:1500px"></div>'


def body() -> bytes:
    """One long page of all cases, far from each other."""
    made = "".join(f'{SPACE}<section id="{name}">{html}</section>' for name, html in CASES.items())
    style = "<style>.sr-only{position:absolute;left:-9999px}.sidenote{float:right;width:9em}</style>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Landing</title>{style}</head>'
        f"<body><main><article><h1>Landing</h1>{FILLING}{made}{SPACE}</article></main></body></html>"
    ).encode()


@pytest.fixture(scope="module")
def site() -> Iterator[Website]:
    with website({"/page": Reply(body(), headers={"Content-Type": "text/html; charset=utf-8"})}) as made:
        yield made


@pytest.fixture(scope="module")
def source(site: Website) -> Source:
    page = read_html(body(), url=f"{site.base}page")
    return Source(f"{site.base}page", page.title, page.text)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    yield page
    page.close()


def shown(window: Page, address: str) -> str:
    """The id of the section in the middle of the window once `address` was opened; "" at the top of the page."""
    window.goto("about:blank")
    window.goto(address)
    window.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return str(
        window.evaluate(
            """() => scrollY < 100 ? "" : [...document.querySelectorAll("section")].filter((one) => {
              const box = one.getBoundingClientRect();
              return box.top < innerHeight && box.bottom > 0;
            }).map((one) => one.id).join(" ")"""
        )
    )


def quoted(source: Source, name: str) -> tuple[str, int]:
    """The sentence of a case as it would be quoted, and where it begins."""
    for span in sentences(source.text):
        words = source.text[span.start : span.end]
        if name in words.lower() and len(words.split()) > 2:
            return words, span.start
    raise AssertionError(f"{name!r} was not read")


@pytest.mark.parametrize("name", CASES)
def test_a_citation_lands_at_its_sentence(name: str, source: Source, window: Page) -> None:
    words, start = quoted(source, name)
    address = link(source.url, words, start)
    assert shown(window, address) == name, (words, address)


def test_words_that_are_not_there_leave_the_page_at_its_top(source: Source, window: Page) -> None:
    assert shown(window, link(source.url, "Nobody wrote these words here.", 0)) == ""
