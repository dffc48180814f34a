"""Plain text and Markdown: every link with its place, and none of what only marks it up."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read_text import read_text

FILLING = "These are words that fill a page, so that it is long enough to be read by anyone who wants to. " * 3
URL = "https://a.test/list.md"


def read(text: str, url: str = URL) -> tuple[str, list[tuple[str, str]]]:
    page = read_text(f"{text}\n\n{FILLING}", url=url)
    for link in page.links:
        assert page.text[link.start :].startswith(link.text) or link.text not in page.text
    return page.text.removesuffix(FILLING.strip()).strip(), [(link.url, link.text) for link in page.links]


@pytest.mark.parametrize(
    ("text", "shown", "links"),
    [
        ("See [one](https://b.test/1 'T').", "See one.", [("https://b.test/1", "one")]),
        ("See [a [b] c](x.md)", "See a [b] c", [("https://a.test/x.md", "a [b] c")]),
        ("[two\nlines](/y)", "two lines", [("https://a.test/y", "two lines")]),
        ("[by name][n] and [n]\n\n[n]: <https://b.test/n> 'N'", "by name and n",
         [("https://b.test/n", "by name"), ("https://b.test/n", "n")]),
        ("So it is [1].\n\n[1]: https://b.test/1", "So it is [1].\n\n[1]: https://b.test/1",
         [("https://b.test/1", "https://b.test/1")]),
        ("a [word][1] of it\n\n[1]: https://b.test/1", "a word of it\n\n[1]: https://b.test/1",
         [("https://b.test/1", "word"), ("https://b.test/1", "https://b.test/1")]),
        ("(https://b.test/x_(y)).", "(https://b.test/x_(y)).", [("https://b.test/x_(y)", "https://b.test/x_(y)")]),
        ("at www.b.test/z, or me@www.b.test", "at www.b.test/z, or me@www.b.test",
         [("https://www.b.test/z", "www.b.test/z")]),
        ("arXiv:1706.03762v5!", "arXiv:1706.03762v5!", [("https://arxiv.org/abs/1706.03762", "arXiv:1706.03762v5")]),
        ("[![Badge](b.svg)](https://b.test)", "", [("https://b.test", "Badge")]),
        ("**[bold](https://b.test)** and ![no](n.png)", "bold and", [("https://b.test", "bold")]),
        ("<a class='x' href=\"https://b.test/?a=1&amp;b\">in <b>HTML</b></a> &mdash; so", "in HTML — so",
         [("https://b.test/?a=1&b", "in HTML")]),
        ("<!-- [no](https://no.test) -->yes", "yes", []),
        ("[inside](#there)", "inside", []),
        ("```\n[a](https://no.test)\n```", "```\n[a](https://no.test)\n```", []),
    ],
)  # fmt: skip
def test_each_way_to_write_a_link(text: str, shown: str, links: list[tuple[str, str]]) -> None:
    assert read(text) == (shown, links)


def test_html_headings_are_headings() -> None:
    text = '<h1 class="x" id="y">One</h1>\n\nwords\n<h2>\n  <span>Two</span>\n</h2>'
    assert read(text)[0] == "# One\n\nwords\n\n## Two"


def test_front_matter_gives_the_title_and_is_no_text() -> None:
    page = read_text(f"---\ntitle: 'My list'\ndate: 2020-01-01\n---\n\n{FILLING}", url=URL)
    assert (page.title, page.text) == ("My list", FILLING.strip())


@pytest.mark.parametrize(
    ("text", "title"),
    [("# One\n\n## Two\n", "One"), ("# One\n\n# Two\n", "my list"), ("no heading\n", "my list")],
)
def test_a_file_without_a_title_is_called_by_its_name(text: str, title: str) -> None:
    assert read_text(text + FILLING, url="file:///home/me/my-list.md").title == title


@given(st.lists(st.integers(1, 10**6), unique=True, max_size=12), st.randoms())
def test_every_link_in_is_a_link_out_in_order(numbers: list[int], random: "object") -> None:
    ways = ["[t {n}]({u})", "- {u}", "<{u}>", "<a href='{u}'>t {n}</a>", "words ({u}), more", "**[t {n}]({u})**"]
    choose = random.choice  # type: ignore[attr-defined]
    urls = [f"https://b.test/{n}" for n in numbers]
    lines = [choose(ways).format(n=n, u=u) for n, u in zip(numbers, urls, strict=True)]
    assert [url for url, _ in read("\n\n".join(lines))[1]] == urls


@pytest.mark.parametrize(
    "piece", ["[", "[a]", "(", "<h1 ", "<a href='x' ", "<!--", "**a ", "](", "![", "http://", "\n"]
)
def test_repetition_ends_soon(piece: str) -> None:
    began = time.monotonic()
    read_text(f"{FILLING}\n{piece * (60_000 // len(piece))}", url=URL)
    assert time.monotonic() - began < 5


def test_the_fixtures_are_read_whole() -> None:
    for path in sorted((Path(__file__).parent / "lists").glob("*.[mt][dx]*")):
        text = path.read_text("utf-8")
        page = read_text(text, url=path.as_uri())
        assert sum(text.count(scheme) for scheme in ("https://", "http://")) <= len(page.links) + text.count("]: http")
