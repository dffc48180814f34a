"""What a page says of itself."""

import pytest

from ingest.metadata import Facts, facts_of, iso_date
from ingest.read_html import parsed


def facts(head: str, body: str = "", url: str = "https://a.test/p", lang: str = "") -> Facts:
    """The facts of a page with this head and body."""
    return facts_of(parsed(f"<html {lang}><head>{head}</head><body>{body or '<p>x</p>'}</body></html>"), url)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-02-06T10:00:00+01:00", "2024-02-06"),
        ("2024/2/6", "2024-02-06"),
        ("2024-02", "2024-02"),
        ("2024", "2024"),
        ("Posted on August 27, 2015", "2015-08-27"),
        ("7 Sep 2013", "2013-09-07"),
        ("Sept. 3rd, 2020", "2020-09-03"),
        ("2024-02-31", None),
        ("2024-13", None),
        ("soon", None),
        ("12345", None),
        ("", None),
    ],
)
def test_dates_in_any_notation(text: str, iso: str | None) -> None:
    assert iso_date(text) == iso


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>On Heads | A Site</title>", "<h1>On Heads</h1>", "On Heads"),
        ("<title>On Heads - A Site</title><meta property='og:site_name' content='A Site'>", "", "On Heads"),
        ("<title>Site</title><meta property='og:title' content='On Heads'>", "", "On Heads"),
        ("<title>On Heads | Site</title>", "<h1>Site</h1><h1>On Heads</h1>", "On Heads"),
        ("", "<h1>On Heads<a>¶</a></h1>", "On Heads"),
        ("<title>A - B</title>", "", "A - B"),
        ("<meta property='og:title' content='None'>", "<h1>On Heads</h1>", "On Heads"),
        ("", "", ""),
    ],
)
def test_the_title_comes_without_the_site(head: str, body: str, title: str) -> None:
    assert facts(head, body).title == title


def test_authors() -> None:
    assert facts("<meta name='author' content='By Ada Field'>").author == "Ada Field"
    assert facts(
        "<meta name='citation_author' content='A. One'><meta name='citation_author' content='B. Two'>"
    ).author == ("A. One, B. Two")
    data = '<script type="application/ld+json">{"@graph": [{"author": [{"name": "C. Three"}, "D. Four"]}]}</script>'
    assert facts(data).author == "C. Three, D. Four"
    assert facts("", "<a rel='author'>E. Five</a>").author == "E. Five"
    assert facts("<meta name='author' content='admin'>").author is None
    assert facts('<script type="application/ld+json">{broken</script>').author is None


def test_dates_are_stated_or_unknown() -> None:
    assert facts("<meta property='article:published_time' content='2024-02-06T00:00Z'>").published == "2024-02-06"
    assert facts("", "<time datetime='2024-02-06'>then</time>").published == "2024-02-06"
    assert facts("", "<time datetime='Feb 5, 202'>Feb 5, 2024</time>").published == "2024-02-05"
    assert facts("", url="https://a.test/2019/04/25/recipe/").published == "2019-04-25"
    assert facts("", "<p class='post-date'>Posted on August 27, 2015</p>", "https://a.test/2015-08-X/").published == (
        "2015-08-27"
    )
    assert facts("", url="https://a.test/2015-08-X/").published == "2015-08"
    assert facts("", "<p>Written on August 27, 2015</p>").published is None
    assert facts("", "<p class='date'>August 27, 2015</p>", "https://a.test/").published is None


def test_language_licence_and_the_pages_own_address() -> None:
    assert facts("", lang="lang='en-GB'").language == "en"
    assert facts("<meta property='og:locale' content='de_DE'>").language == "de"
    assert facts("").language is None
    assert (
        facts("<link rel='license' href='https://creativecommons.org/licenses/by-sa/4.0/'>").licence == "CC BY-SA 4.0"
    )
    assert facts("", "<a href='http://creativecommons.org/publicdomain/zero/1.0/'>zero</a>").licence == "CC0 1.0"
    assert facts("").licence is None
    assert facts("<link rel='canonical' href='/q'>").canonical == "https://a.test/q"


def test_a_page_that_must_be_paid_for_says_so() -> None:
    data = '<script type="application/ld+json">{"isAccessibleForFree": "False"}</script>'
    assert not facts(data).free
    assert facts("").free


PAPER = """<div id="watermark-tr">arXiv:2402.00001v2 [cs.CL] 14 Feb 2024</div>
<a id="license-tr" href="https://info.arxiv.org/help/license/index.html">License: CC BY 4.0</a>
<article class="ltx_document"><h1 class="ltx_title ltx_title_document">On Heads</h1><div class="ltx_authors">{}</div>
</article>"""
PERSON = '<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{}</span></span>'


@pytest.mark.parametrize(
    ("people", "author"),
    [
        (["Ada Field", "Bo van der Hill"], "Ada Field, Bo van der Hill"),
        (["Ada Field<sup>1</sup><br>A University<br>ada@a.test"], "Ada Field"),
        (["Ada Field, Bo Hill and J. Jean-Luc O'Hara"], "Ada Field, Bo Hill, J. Jean-Luc O'Hara"),
        (['Ada Field<span class="ltx_note">equal part</span>'], "Ada Field"),
        (["Ada Field 12 Street"], None),
        (["Ada Field", "ada@a.test"], None),
        ([], None),
    ],
)
def test_a_paper_made_by_latexml(people: list[str], author: str | None) -> None:
    found = facts(
        "<title>On Heads</title>", PAPER.format("".join(map(PERSON.format, people))), "https://arxiv.org/html/1"
    )
    assert (found.title, found.author) == ("On Heads", author)
    assert (found.published, found.licence) == ("2024-02-14", "CC BY 4.0")


def test_the_page_of_an_abstract() -> None:
    head = (
        "<title>[2402.00001] On Heads</title><meta property='og:title' content='On Heads'>"
        "<meta name='citation_title' content='On Heads'><meta name='citation_author' content='Field, Ada'>"
        "<meta name='citation_author' content='van der Hill, Bo'><meta name='citation_date' content='2024/02/01'>"
    )
    body = "<h1>Computer Science</h1><h1 class='title'><span>Title:</span>On Heads</h1>"
    found = facts(head, body, "https://arxiv.org/abs/2402.00001")
    assert (found.title, found.author, found.published) == ("On Heads", "Ada Field, Bo van der Hill", "2024-02-01")
