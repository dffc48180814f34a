"""The reader's Markdown: what becomes of each construct, and that a mark always shows exactly its stretch."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import notes
from tutor.sentences import Block, sentences
from ui.markdown import block, inline

OURS = {
    *("p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "code", "blockquote", "em", "strong", "br", "hr", "div"),
    *("table", "thead", "tbody", "tr", "th", "td", "span", "mark", "tutor-math"),
}


def tags(html: str) -> set[str]:
    return {tag.lower() for tag in re.findall(r"</?([A-Za-z][\w-]*)", html)}


def marked(html: str) -> str:
    """The text of all marks, one after the other."""
    inside = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL))
    return unescape(re.sub(r"<[^>]+>", "", inside))


def span(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def test_headings_begin_below_the_pages_own() -> None:
    assert block("# One\n\n## Two") == "<h3>One</h3>\n<h4>Two</h4>\n"


def test_html_is_shown_as_text() -> None:
    html = block('Hi <script>alert(1)</script> <b onclick="x()">b</b>\n\n<iframe src="http://evil.test"></iframe>')
    assert tags(html) == {"p"}
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "text",
    [
        "[words](https://example.org)",
        "[words](javascript:alert(1))",
        "<https://example.org>",
        "![words](https://example.org/a.png)",
        "[a]: https://example.org 'b'\n\n[a]",
    ],
)
def test_links_and_pictures_lead_nowhere(text: str) -> None:
    html = block(text)
    assert "href" not in html
    assert "src" not in html


def test_link_keeps_its_words() -> None:
    assert block("See [the paper](https://example.org/x).") == "<p>See the paper.</p>\n"


def test_formula_keeps_its_tex_and_its_source() -> None:
    assert inline(r"where $x_t < \|y\|$ holds") == (
        r'where <tutor-math tex="x_t &lt; \|y\|">$x_t &lt; \|y\|$</tutor-math> holds'
    )


def test_prices_are_no_formula() -> None:
    assert inline("It costs $5 and then $10 more.") == "It costs $5 and then $10 more."


def test_displayed_formula_may_hold_anything() -> None:
    html = block("Before\n\n$$\n= a\n- b\n# c\n$$\n\nAfter")
    assert 'class="display"' in html
    assert tags(html) == {"p", "tutor-math"}


def test_mark_shows_the_stretch() -> None:
    text = "One two. Three four. Five."
    html = block(text, span(text, "Three four."))
    assert html == '<p>One two. <mark id="quote">Three four.</mark> Five.</p>\n'


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("Say **very bold** words here.", "bold** words", "bold words"),
        ("- one item\n- another item\n", "- one item\n- another", "one itemanother"),
        ("# Title\n\nText", "# Title", "Title"),
        ("```python\nx = 1\ny = 2\n```\nEnd", "```python\nx = 1\ny = 2\n```", "x = 1\ny = 2"),
        ("| a | b |\n|---|---|\n| c | d |\n| e | f |\n", "| c | d |", "cd"),
        ("A formula $a + b$ here", "+ b$ here", "$a + b$ here"),
        ("A [link](https://example.org/a) here", "example.org/a) here", "link here"),
        ("> quoted words\n> go on\n", "> quoted words", "quoted words"),
        ("$$\nx + y\n$$\n", "$$\nx + y\n$$", "$$\nx + y\n$$"),
    ],
)
def test_mark_crosses_markdown(text: str, words: str, shown: str) -> None:
    assert marked(block(text, span(text, words))) == shown


def test_every_sentence_of_the_notes_can_be_marked() -> None:
    for source in notes.sources():
        for sentence in sentences(source.text):
            if sentence.block is Block.HEADING:
                continue
            html = block(source.text, (sentence.start, sentence.end))
            assert "verbatim" not in html
            assert plain(marked(html)) == plain(source.text[sentence.start : sentence.end])


def plain(text: str) -> str:
    """Without what Markdown takes away."""
    return re.sub(r"[`*\s]|\\(?=[^a-zA-Z])", "", text)


def test_mark_outside_the_text_is_left_out() -> None:
    assert "<mark" not in block("short", (3, 99))


markdown = st.text(st.sampled_from("ab1 .\n#*_-`~|>$\\[](){}!<&\"'=:/\ue000\ue001é"), max_size=80)


@given(markdown, st.integers(0, 80), st.integers(0, 80))
def test_whatever_is_marked_only_our_tags_come_out(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    html = block(text, (start, end))
    assert tags(html) <= OURS
    assert html.count("<mark") == html.count("</mark>")
    assert "\ue000" not in html
    assert "\ue001" not in html
    if text[start:end].strip(" \n\t|>#*-_`~$=.1") and len(text[start:end].split()) > 1:
        assert "<mark" in html


@given(markdown)
def test_unmarked_text_has_no_mark(text: str) -> None:
    assert "<mark" not in block(text)
