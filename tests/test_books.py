"""Books and courses: which pages belong to one, how many are read, and how they are found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.books import folder_of, is_within, page_after, pages_below, script_source
from ingest.fetch import Fetcher
from ingest.pipeline import MOST_SUBPAGES, Address, Pipeline, addresses
from ingest.read_html import parsed
from tests.mirror import Pages, Reply, website
from tutor.encoder import LettersEncoder
from tutor.library import Library
from tutor.vectors import ExactIndex

BOOK = "https://book.test/guide"
PROSE = "<p>" + "Every part of this small book says something that no other part of it has said. " * 6 + "</p>"


def page(title: str, *hrefs: str, head: str = "") -> Reply:
    """An article with a menu of links."""
    menu = "".join(f'<li><a href="{href}">part</a></li>' for href in hrefs)
    body = f"<nav><ul>{menu}</ul></nav><main><h1>{title}</h1><p>{title} is the name of it.</p>{PROSE}</main>"
    return Reply(f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode())


def below(url: str, *hrefs: str) -> list[str]:
    return list(pages_below(parsed(page("T", *hrefs).body.decode()), url))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def run(library: Library, pages: Pages, *wanted: Address) -> list[str]:
    """The addresses under BOOK that were asked for, in any order."""
    encoder = LettersEncoder()
    with website({f"/{url}": reply for url, reply in pages.items()}) as site:
        with Fetcher(via=site.base + "{url}", delay=0.0) as fetcher:
            Pipeline(library, encoder, ExactIndex(library, encoder), fetcher).run(wanted)
        return sorted(path.removeprefix(f"/{BOOK}/") for path in site.paths if not path.endswith("robots.txt"))


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://a.test/", "https://a.test/"),
        ("https://a.test", "https://a.test/"),
        ("https://a.test/b/index.html", "https://a.test/b/"),
        ("https://a.test/b/c", "https://a.test/b/c/"),
        ("https://a.test/b/c/?q=1", "https://a.test/b/c/"),
        ("https://a.test/b/rnn.html", None),
        ("https://a.test/b/all.pdf", None),
        ("https://github.com/o/r", None),
    ],
)
def test_a_front_page_is_that_of_its_folder(url: str, folder: str | None) -> None:
    assert folder_of(url) == folder


def test_http_and_https_are_one_book() -> None:
    assert is_within("https://www.a.test/b/c", "http://a.test/b/")
    assert not is_within("https://a.test/bc", "http://a.test/b/")
    assert not is_within("https://a.test/b/c", "https://a.test/b/rnn.html")


def test_only_pages_of_the_folder_are_its_parts() -> None:
    hrefs = ("one.html", "./two/#part", "one.html#again", "two", "../other/", "/guide/three.html?from=menu")
    no_parts = (
        "index.html",
        "#top",
        "",
        "picture.png",
        "genindex.html",
        "_static/a",
        "tag/x",
        "https://[bad",
        "mailto:a@b",
    )
    assert below(f"{BOOK}/", *hrefs, *no_parts, "https://else.test/guide/x") == [
        f"{BOOK}/one.html",
        f"{BOOK}/two/",
        f"{BOOK}/three.html",
    ]
    assert below(f"{BOOK}/one.html", "two.html") == []


def test_the_next_page_is_the_one_that_is_named() -> None:
    def after(head: str, url: str = f"{BOOK}/one.html") -> str | None:
        return page_after(parsed(page("T", head=head).body.decode()), url)

    assert after('<link rel="next" href="two.html#x">') == f"{BOOK}/two.html"
    assert after('<link rel="next" href="https://else.test/">') is None
    assert after('<link rel="prev" href="two.html">') is None


def test_a_book_is_read_by_its_parts(library: Library) -> None:
    pages = {f"{BOOK}/": page("Guide", "one.html", "two.html", "../blog/"), f"{BOOK}/one.html": page("One", "two.html")}
    pages[f"{BOOK}/two.html"] = page("Two", "sub/deep.html")
    asked = run(library, pages, Address(f"{BOOK}/", kind="book", chapter="tokenization", follow="none"))
    assert asked == ["", "one.html", "two.html"]
    assert {(one.title, one.kind, one.chapter) for one in library.sources()} == {
        (title, "book", "tokenization") for title in ("Guide", "One", "Two")
    }


def test_an_article_leads_to_no_parts(library: Library) -> None:
    pages = {f"{BOOK}/": page("Guide", "one.html", "two.html")}
    assert run(library, pages, Address(f"{BOOK}/", kind="article", follow="none")) == [""]


def test_a_book_without_a_list_of_its_parts_is_followed_page_by_page(library: Library) -> None:
    pages = {f"{BOOK}/": page("Guide", head='<link rel="next" href="1.html">')}
    pages |= {
        f"{BOOK}/{n}.html": page(f"Part {n}", head=f'<a rel="next" href="{n + 1}.html"></a>') for n in range(1, 90)
    }
    asked = run(library, pages, Address(f"{BOOK}/", kind="course", follow="none"))
    assert len(asked) == MOST_SUBPAGES + 1
    again = run(library, pages, Address(f"{BOOK}/", kind="course", follow="none"))
    assert again == []  # and what was found is known


def test_a_chapter_named_alone_does_not_lead_through_its_book(library: Library) -> None:
    pages = {f"{BOOK}/1.html": page("One", "2.html", head='<link rel="next" href="2.html">')}
    assert run(library, pages, Address(f"{BOOK}/1.html", kind="book", follow="none")) == ["1.html"]


def test_of_a_large_book_only_so_many_pages_are_read(library: Library) -> None:
    chapters = {f"{BOOK}/{n}/index.html": page(f"Chapter {n}", *(f"{m}.html" for m in range(9))) for n in range(9)}
    parts = {f"{BOOK}/{n}/{m}.html": page(f"Part {n}-{m}") for n in range(9) for m in range(9)}
    front = {f"{BOOK}/": page("Guide", *(f"{n}/index.html" for n in range(9)))}
    asked = run(library, front | chapters | parts, Address(f"{BOOK}/", kind="book", follow="none"))
    assert len(asked) == MOST_SUBPAGES + 1
    assert all(f"{n}/index.html" in asked for n in range(9))


@pytest.mark.parametrize(("kind", "parts"), [("book", ["one.html"]), ("course", ["all.pdf", "one.html"])])
def test_a_course_has_its_slides_and_a_book_not_its_own_pdf(library: Library, kind: str, parts: list[str]) -> None:
    pages = {f"{BOOK}/": page("Guide", "all.pdf", "one.html")}
    assert run(library, pages, Address(f"{BOOK}/", kind=kind, follow="none")) == ["", *parts]


def test_a_part_that_is_gone_is_not_looked_for_in_an_archive(library: Library) -> None:
    pages = {f"{BOOK}/": page("Guide", "one.html", "two.html")}
    asked = run(library, pages, Address(f"{BOOK}/", kind="book", follow="none"))
    assert asked == ["", "one.html", "two.html"]


def test_what_a_person_names_is_followed_unless_they_say_no(library: Library) -> None:
    made = '<meta name="generator" content="mdbook 0.4">'
    pages = {f"{BOOK}/": page("Guide", "one.html", head=made), f"{BOOK}/one.html": page("One")}
    assert run(library, pages, *addresses([f"{BOOK}/"], "none")) == [""]
    library.remove(f"{BOOK}/")
    assert run(library, pages, *addresses([f"{BOOK}/"])) == ["", "one.html"]


def test_a_course_shown_by_a_script_is_read_from_its_text(library: Library) -> None:
    shell = b'<html><body><div id="app">Please enable JavaScript</div><script src="docsify.js"></script></body></html>'
    lesson = b"Lessons come one after the other, and each has an exercise at its end. " * 20
    markdown = {"Content-Type": "text/markdown"}
    pages = {
        f"{BOOK}/": Reply(shell),
        f"{BOOK}/README.md": Reply(b"# Course\n\n- [First](01/README.md)\n- [Else](/x)\n\n" + lesson, headers=markdown),
        f"{BOOK}/01/README.md": Reply(b"# First\n\n" + lesson, headers=markdown),
    }
    assert run(library, pages, Address(f"{BOOK}/", kind="course")) == ["", "01/README.md", "README.md"]
    source = library.source(f"{BOOK}/")
    assert source is not None
    assert source.title == "Course"
    assert script_source(b"<html>", f"{BOOK}/") is None
