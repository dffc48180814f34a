"""Deep links: an address that opens the original at the quote."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.links import EDGE_WORDS, START_WORDS, WHOLE_WORDS, link, page_at, second_at, text_fragment

PAGE = "https://a.org/page"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("Attention is all you need.", "Attention%20is%20all%20you%20need."),
        ("one two three four five six seven eight", "one%20two%20three%20four%20five%20six%20seven%20eight"),
        (" ".join("abcdefghijklmnopqrst"), "%20".join("abcdefghijklmnopqrst")),
        (" ".join("abcdefghijklmnopqrstu"), "a%20b%20c%20d%20e%20f%20g%20h,r%20s%20t%20u"),
        ("keys, values & queries", "keys%2C%20values%20%26%20queries"),
        ("a low-rank update", "a%20low%2Drank%20update"),
        ("naïve “Bayes” – 你好", "na%C3%AFve%20%E2%80%9CBayes%E2%80%9D%20%E2%80%93%20%E4%BD%A0%E5%A5%BD"),
        ("50% of a/b? #1", "50%25%20of%20a%2Fb%3F%20%231"),
        ("  two\n   lines of text here", "lines%20of%20text%20here"),
        # formulas, code, citations and marks are avoided
        ("the value $x^2$ of this whole thing", "of%20this%20whole%20thing"),
        ("so \\(x_i, y\\) of this whole thing", "of%20this%20whole%20thing"),
        ("call `fit` for this whole thing", "for%20this%20whole%20thing"),
        ("it was shown [12] for this whole thing", "for%20this%20whole%20thing"),
        ("| cell | another cell of a row |", "another%20cell%20of%20a%20row"),
        ("**bold** and then plain words", "and%20then%20plain%20words"),
        ("First of all.\n2. Second of them all", "Second%20of%20them%20all"),
        ("First.\n> quoted words of all", "quoted%20words%20of%20all"),
        # nothing that would be found in the right place
        ("", ""),
        ("$x = y$", "x%20%3D%20y"),
        ("where $x$ and $y$", ""),
        ("...", ""),
        ("- `", ""),
        ("Why?", "Why%3F"),
    ],
)
def test_fragments(text: str, fragment: str) -> None:
    if text == "$x = y$":
        fragment = ""
    assert text_fragment(text).split("&text=")[0] == fragment


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_a_fragment_names_words_of_the_text_and_escapes_what_has_a_meaning(text: str) -> None:
    flat = " ".join(text.split())
    for fragment in text_fragment(text).split("&text="):
        assert not set(fragment) & set(" &-#?/\"'<>`|\n")
        ends = fragment.split(",")
        assert len(ends) <= 2
        for end, most in zip(ends, (WHOLE_WORDS if len(ends) == 1 else START_WORDS, EDGE_WORDS), strict=False):
            assert unquote(end) in flat
            assert len(unquote(end).split()) <= most


def test_what_fails_on_the_page_has_others_behind_it() -> None:
    text = "A claim with a mark stands in $x$ the middle of this long sentence and goes on."
    assert [unquote(way) for way in text_fragment(text).split("&text=")] == [
        "the middle of this long sentence and goes on.",
        "A claim with a mark stands in,sentence and goes on.",
        "the middle of this,sentence and goes on.",
        "this long sentence and goes",
        "middle of this long sentence",
    ]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (PAGE, PAGE + "#:~:text=some%20words%20here"),
        (PAGE + "#part", PAGE + "#part:~:text=some%20words%20here"),
        (PAGE + "?a=b", PAGE + "?a=b#:~:text=some%20words%20here"),
        (PAGE + "#:~:text=old", PAGE + "#:~:text=some%20words%20here"),
        (PAGE + "#part:~:text=old", PAGE + "#part:~:text=some%20words%20here"),
        ("tutor:notes/lora", "tutor:notes/lora"),
    ],
)
def test_an_address_opens_the_page_at_the_quote(url: str, address: str) -> None:
    assert link(url, "some words here") == address


def test_an_address_stays_where_no_words_can_be_named() -> None:
    assert link(PAGE, "$$x$$") == PAGE
    assert link(PAGE + "#part", "") == PAGE + "#part"


@pytest.mark.parametrize(("start", "page"), [(0, 1), (9, 1), (10, 2), (25, 3), (999, 3)])
def test_a_pdf_is_opened_at_its_page(start: int, page: int) -> None:
    assert link("https://a.org/p.pdf#x", "some words", start, (0, 10, 20)) == f"https://a.org/p.pdf#page={page}"
    assert link("https://a.org/p.pdf", "some words", start, (5, 10, 20)).endswith(f"#page={page}")


TIMES = ((0, 0.0), (10, 4.2), (20, 65.9), (30, 70.0))


@pytest.mark.parametrize(("start", "second"), [(0, 0), (9, 0), (10, 4), (25, 65), (29, 65)])
def test_a_video_is_opened_at_the_second_before_the_words(start: int, second: int) -> None:
    assert link("https://www.youtube.com/watch?v=x", "some words", start, (), TIMES).endswith(f"?v=x&t={second}s")
    assert second_at(TIMES, start) == second


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://www.youtube.com/watch?v=x&list=y&t=9", "https://www.youtube.com/watch?v=x&list=y&t=65s"),
        ("https://youtu.be/x?si=a", "https://youtu.be/x?si=a&t=65s"),
        ("file:///talk.vtt", "file:///talk.vtt"),
    ],
)
def test_each_site_is_told_the_second_in_its_way(url: str, address: str) -> None:
    assert link(url, "some words", 20, (), TIMES) == address


def test_what_has_no_pages_or_times_has_no_place_in_them() -> None:
    assert page_at((), 5) is None
    assert second_at((), 5) is None


@pytest.mark.parametrize("form", ["abs/2004.05150", "pdf/2004.05150v2.pdf", "html/2004.05150"])
def test_a_paper_is_opened_in_the_form_that_was_read(form: str) -> None:
    url = f"https://arxiv.org/{form}"
    assert link(url, "some words here", 12, (0, 10)) == "https://arxiv.org/pdf/2004.05150#page=2"
    assert link(url, "some words here", 12) == "https://arxiv.org/html/2004.05150#:~:text=some%20words%20here"
