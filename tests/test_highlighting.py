"""Code in colours: nothing lost, nothing that could run."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.highlighting import LONGEST, highlighted

BEGIN, END = "\ue000", "\ue001"
LANGUAGES = ["python", "javascript", "bash", "yaml", "json", "c", "sql", "bibtex", "no such language", ""]


def bare(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


@given(st.text(max_size=120), st.sampled_from(LANGUAGES))
def test_the_code_comes_through_whole(code: str, language: str) -> None:
    code = code.replace("\r", "")
    assert bare(highlighted(code, language, BEGIN + END)) == code


@given(st.text(alphabet="def f(x):\n  'a\"#<&" + BEGIN + END, max_size=60))
def test_what_stands_for_something_else_stays_outside_every_tag(code: str) -> None:
    made = highlighted(code, "python", BEGIN + END)
    assert bare(made) == code
    for inside in re.findall(r"<[^>]*>", made):
        assert BEGIN not in inside
        assert END not in inside
    assert not re.search(f"<i[^>]*>[^<]*[{BEGIN}{END}]", made)


def test_words_have_the_colours_of_what_they_are() -> None:
    made = highlighted("def f(x):  # note\n    return 'a' + str(1)\n", "python")
    assert '<i class="k">def</i>' in made
    assert '<i class="f">f</i>' in made
    assert '<i class="c"># note</i>' in made
    assert '<i class="n">1</i>' in made


@pytest.mark.parametrize("language", ["", "  ", "klingon", "<script>"])
def test_a_language_that_is_not_known_leaves_it_plain(language: str) -> None:
    assert highlighted("x < 1", language) == "x &lt; 1"


def test_markup_in_code_is_text() -> None:
    assert "<script" not in highlighted("<script>alert(1)</script>", "html")


def test_what_is_no_example_stays_plain() -> None:
    assert "<i" not in highlighted("def f(): pass\n" * LONGEST, "python")
