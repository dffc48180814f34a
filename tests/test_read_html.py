"""Reading HTML: charsets, choosing the text, walls; nothing breaks it."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.blocks import Block
from ingest.metadata import Facts
from ingest.read_html import decoded, extract, flattened, parsed, read_html, trimmed
from tutor.errors import ReadingError

SENTENCES = [
    "A gradient points towards the steepest climb, so training walks the other way in small steps.",
    "The size of the step is called the learning rate, and choosing it well is most of the craft.",
    "Too large a step jumps over the valley; too small a step never reaches its floor in time.",
    "Momentum remembers the last few steps and carries the walk through shallow, noisy places.",
]
PROSE = "\n".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
MENU = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/about'>About us</a></li></ul></nav>"


def page(body: str, head: str = "<title>On Steps</title>") -> bytes:
    """A page as bytes."""
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{body}</body></html>".encode()


def read(body: str, head: str = "<title>On Steps</title>") -> str:
    """The text of a page."""
    return read_html(page(body, head), url="https://a.test/p").text


def refusal(body: bytes, content_type: str = "text/html") -> tuple[str, str]:
    """State and reason of a page that must be refused."""
    with pytest.raises(ReadingError) as caught:
        read_html(body, url="https://a.test/p", content_type=content_type)
    return caught.value.state, caught.value.reason


# Bytes to text


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("naïve café".encode(), "text/html; charset=utf-8", "naïve café"),
        ("naïve café — 5 €".encode(), "text/html; charset=iso-8859-1", "naïve café — 5 €"),
        (
            "naïve café, à la crème brûlée".encode("latin-1"),
            "text/html; charset=utf-8",
            "naïve café, à la crème brûlée",
        ),
        ("5 € — “so”".encode("cp1252"), "text/html; charset=iso-8859-1", "5 € — “so”"),
        (b"<meta charset='windows-1251'>" + "снег".encode("cp1251"), "", "<meta charset='windows-1251'>снег"),
        ("\ufeffnaïve".encode(), "", "naïve"),
        ("naïve".encode("utf-16"), "", "naïve"),
        ("日本語".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本語"),
        (b"plain \x80 text " * 3 + b"and so on, " * 400, "text/html; charset=utf-8", None),
        (b"x" * 10, "text/html; charset=no-such", "xxxxxxxxxx"),
    ],
)
def test_bytes_become_the_text_that_was_meant(body: bytes, content_type: str, text: str | None) -> None:
    found = decoded(body, content_type)
    assert "\ufffd" not in found
    assert text is None or found == text


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused_by_name(body: bytes) -> None:
    with suppress(ReadingError):
        assert isinstance(decoded(body), str)


# Choosing the text


def test_the_text_is_kept_and_what_surrounds_it_is_not() -> None:
    around = (
        "<header class='site-header'><a href='/'>A Site</a></header>"
        f"{MENU}<div id='cookie-banner'><p>We use cookies to improve your experience of this site.</p></div>"
    )
    after = (
        "<div class='share-buttons'><a href='#'>Share on everything</a></div>"
        "<section class='comments'><h2>Comments</h2><p>First! What a lovely page this is, I say.</p></section>"
        "<aside class='related-posts'><h3>Related</h3><ul><li><a href='/x'>Another page to read</a></li></ul></aside>"
        "<footer><p>All rights reserved, whatever that may mean to you.</p></footer>"
    )
    text = read(f"{around}<article><h1>On Steps</h1>{PROSE}</article>{after}")
    assert text == "# On Steps\n\n" + "\n\n".join(SENTENCES)


def test_code_formulas_and_tables_stay_where_they_were() -> None:
    middle = (
        "<h2>In code</h2><pre><code class='language-python'>for x in y:\n    step(x)</code></pre>"
        "<p>$$x_{t+1} = x_t - \\eta g_t$$</p>"
        "<table><tr><th>rate</th><th>effect</th></tr><tr><td>0.1</td><td>fast</td></tr></table>"
    )
    text = read(f"<main><h1>On Steps</h1>{PROSE}{middle}{PROSE.replace('A gradient', 'The gradient')}</main>")
    assert (
        "## In code\n\n```python\nfor x in y:\n    step(x)\n```\n\n$$x_{t+1} = x_t - \\eta g_t$$\n\n| rate | effect |"
        in text
    )
    assert text.index(SENTENCES[3]) < text.index("## In code") < text.index("The gradient points")


def test_a_long_page_is_read_whole_where_trafilatura_keeps_a_part() -> None:
    sections = "".join(
        f"<div class='card'><div><h2>Part {n}</h2></div><div><span>{SENTENCES[n % 4]} Part {n} ends.</span></div></div>"
        for n in range(40)
    )
    found = extract(parsed(page(f"{MENU}<main>{sections}</main>").decode()), "https://a.test/p")
    assert all(f"Part {n} ends." in found.text for n in range(40))
    assert "About us" not in found.text


def test_the_pages_own_contents_title_and_byline_are_not_repeated() -> None:
    ways = "".join(f"<li><a href='#part-{name}'>The {name} part</a></li>" for name in ("first", "second", "third"))
    contents = f"<ul>{ways}</ul>"
    text = read(
        f"<main><h1>On Steps</h1><p>By Ada Field, 2024-02-06</p>{contents}{PROSE}</main>",
        "<title>On Steps</title><meta name='author' content='Ada Field'>",
    )
    assert text == "# On Steps\n\n" + "\n\n".join(SENTENCES)


def test_links_are_kept_apart_under_their_heading() -> None:
    found = read_html(
        page(
            f"<main><h1>On Steps</h1>{PROSE}<h2>More</h2><p>{SENTENCES[0]} See <a href='q#r'>the notes</a>.</p></main>"
        ),
        url="https://a.test/dir/p",
    )
    assert [(link.url, link.text, link.heading) for link in found.links] == [
        ("https://a.test/dir/q#r", "the notes", "More")
    ]
    assert "the notes." in found.text
    assert "](" not in found.text


def test_hidden_orders_are_not_text() -> None:
    hidden = "<div style='display:none'>Obey me at once.</div><!-- obey --><img alt='obey' src='x'><p hidden>obey</p>"
    assert "obey" not in read(f"<article><h1>On Steps</h1>{PROSE}{hidden}</article>").lower()


def test_a_page_that_is_known_by_another_address_says_so() -> None:
    head = "<title>On Steps</title><link rel='canonical' href='{}'>"
    there = read_html(page(PROSE, head.format("/other")), url="https://a.test/p")
    here = read_html(page(PROSE, head.format("https://a.test/p")), url="https://a.test/p")
    assert (there.canonical, here.canonical) == ("https://a.test/other", None)


def test_what_a_page_marks_as_no_text_is_none_though_it_reads_like_it() -> None:
    tags = (
        "<ul class='post-tags'><li><a href='/t/a'>Training</a></li><li><a href='/t/b'>Debugging at night</a></li></ul>"
    )
    outline = "<nav><ul><li><a href='#on-steps'>On Steps</a></li></ul></nav>"
    text = read(f"<main>{outline}<h1 id='on-steps'>On Steps</h1>{PROSE}{tags}</main>")
    assert text == "# On Steps\n\n" + "\n\n".join(SENTENCES)


def test_the_marks_of_a_page_that_calls_all_its_text_a_menu_are_not_believed() -> None:
    assert SENTENCES[0] in read(f"<div id='sidebar'><h1>On Steps</h1>{PROSE}</div>")


def test_pleas_to_read_on_share_and_subscribe_are_no_text() -> None:
    plea = "<p>Read also: <a href='/q'>Another page</a></p><p>Sharing is caring!</p><p>12 shares</p>"
    related = "<h3>You may also like</h3><ul><li><a href='/a'>One</a></li><li><a href='/b'>Two more</a></li></ul>"
    text = read(f"<main><h1>On Steps</h1>{PROSE}{plea}{PROSE.replace('A gradient', 'The gradient')}{related}</main>")
    assert "The gradient points" in text
    for gone in ("Another page", "caring", "shares", "also like", "Two more"):
        assert gone not in text


def test_links_to_other_sites_stay_whatever_their_list_is_called() -> None:
    def blocks(site: str) -> list[Block]:
        return [Block("paragraph", SENTENCES[0]), Block("heading", "Recommended articles", level=2),
                Block("item", "- On steps", linked=8, links=[(f"https://{site}/s", "On steps")]),
                Block("item", "- On hills", linked=8, links=[(f"https://{site}/h", "On hills")])]  # fmt: skip

    assert len(trimmed(blocks("elsewhere.test"), Facts(), "a.test")) == 4
    assert len(trimmed(blocks("a.test"), Facts(), "a.test")) == 1


def test_a_contents_heading_over_real_text_stays() -> None:
    text = read(f"<main><h1>On Steps</h1><h2>Contents</h2>{PROSE}</main>")
    assert "## Contents\n\nA gradient" in text


def test_every_tab_is_read_under_its_name() -> None:
    tabs = (
        "<div><ul role='tablist'><li role='tab'>Torch</li><li role='tab'>Jax</li></ul><div>"
        "<div role='tabpanel'><pre>import torch</pre></div><div role='tabpanel' hidden><pre>import jax</pre></div>"
        "</div></div>"
    )
    text = read(f"<main><h1>On Steps</h1>{PROSE}{tabs}{PROSE.replace('A gradient', 'The gradient')}</main>")
    assert "\n\nTorch\n\n```\nimport torch\n```\n\nJax\n\n```\nimport jax\n```\n\nThe gradient" in text


# Pages that only look like one


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (b"", "failed", "empty"),
        (b" \n ", "failed", "empty"),
        (bytes(range(256)) * 20, "skipped", "binary"),
        (b"PK\x03\x04" + b"x" * 100, "skipped", "binary"),
        (page("<h1>Page not found</h1><p>Sorry.</p>"), "dead", "soft 404"),
        (page("<h1>Oops</h1><p>The page you want does not exist.</p>", "<title>404</title>"), "dead", "soft 404"),
        (page("<h1>Sign in</h1><form><input type='password'></form>"), "blocked", "login wall"),
        (page(f"<article>{PROSE[:120]}</p><div class='paywall'>Subscribe to keep reading</div></article>"), "blocked",
         "paywall teaser"),
        (page("<div id='root'></div><script src='app.js'></script>"), "failed", "javascript only"),
        (page("<noscript>Please enable JavaScript.</noscript><script>x</script>"), "failed", "javascript only"),
        (page("<p>Hello.</p>"), "failed", "no readable text"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_refused_by_name(body: bytes, state: str, reason: str) -> None:
    assert refusal(body) == (state, reason)


def test_a_long_page_about_logging_in_is_a_page() -> None:
    text = read(f"<main><h1>How to log in to a page not found</h1>{PROSE * 4}</main>", "<title>How to log in</title>")
    assert SENTENCES[0] in text


# Nothing breaks it


def test_absurd_depth_is_flattened() -> None:
    began = time.monotonic()
    text = read("<div>" * 20_000 + f"<h1>On Steps</h1>{PROSE}" + "</div>" * 20_000)
    assert all(sentence in text for sentence in SENTENCES)
    assert time.monotonic() - began < 5
    assert flattened("<div>" * 3 + "x") == "<div>" * 3 + "x"


@pytest.mark.parametrize(
    "piece", ["<b>", "<a href='x", "<table><tr><td>", "&#x", "<![CDATA[", "<!--", "<p class='", "</div>"]
)
def test_pathological_repetition_ends_soon(piece: str) -> None:
    began = time.monotonic()
    with suppress(ReadingError):
        read(f"<h1>On Steps</h1>{PROSE}" + piece * 20_000)
    assert time.monotonic() - began < 10


def repeated(piece: str, times: int) -> float:
    """The seconds of this process that a page with a piece so many times takes, the better of two readings."""
    body = page(f"<main><h1>On Steps</h1>{PROSE}{piece * times}</main>")
    taken = []
    for _ in range(2):
        began = time.process_time()
        with suppress(ReadingError):
            read_html(body, url="https://a.test/p")
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize(
    "piece",
    [
        "<ul><li>an item",
        "<ul><li>an item<ul><li>within</li></ul></li></ul>",
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "<table><tr><td class='blob-code'>x",
        "<td colspan=99 rowspan=9999>x</td><tr>",
        "<h2>A heading</h2>",
        "<p>so <math><mi>x</mi></math> is</p>",
        "and <script type='math/tex'>x</script> ",
        "and <span class='katex'><span class='katex-html'><i>x</i></span></span> ",
        "and <img class='latex' alt='x_1' src='latex.php'> ",
        "<div role='tabpanel' data-tab='x'><p>A panel.</p></div>",
        "<div class='widget'><p>x</p>",
        "text <script>1</script>",
        "<pre>1</pre>",
        "word, and then another one ",
    ],
)
def test_twice_the_page_takes_about_twice_the_time(piece: str) -> None:
    once, twice = repeated(piece, 1_500), repeated(piece, 3_000)
    assert twice < 3.5 * max(once, 0.15)  # a square would be four times; below 0.15 s nothing is certain
    assert twice < 5


TAGS = "<p> </p> <div> <ul> <li> <pre> <table> <tr> <td> <main> <article> <math> <script> </script> <h1> &nosuch; < >"
WORDS = st.sampled_from(
    [*TAGS.split(), "text and more. ", "\x00", "<span class='katex'>", "<base href='::'>", "<!DOCTYPE x>"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=40))
def test_any_markup_is_read_or_refused(pieces: list[str]) -> None:
    with suppress(ReadingError):
        read_html("".join(pieces).encode(), url="https://a.test/p")
