"""
Understanding reading lists: nothing lost, everything in its place.

The seeds are other people's lists that lie beside the offline web; where they are not, their tests are skipped, and
the lists in `tests/lists`, written for this purpose, hold the same claims.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.links import normalise
from ingest.page import Page
from ingest.pipeline import _as_list, _local, addresses
from ingest.read import read
from ingest.read_text import read_text
from ingest.reading_list import understand
from tests.mirror import WEB, web_folder
from tutor import handbook
from tutor.passages import split
from tutor.reading_list import ReadingList

LISTS = Path(__file__).parent / "lists"
SEEDS = WEB.parent / "seeds"


def ingested(path: Path) -> tuple[Page, ReadingList]:
    """A file as `tutor ingest FILE` reads it."""
    address = addresses([str(path)])[0]
    page = read(replace(_local(address.url), as_list=_as_list(address)))
    return page, understand(page, handbook.load())


def sound(page: Page, found: ReadingList) -> None:
    """What must hold of every list: all links named, every line where it is said to be, ids told apart."""
    everything = found.all_resources()
    linked = {normalise(link.url) for link in page.links}
    assert linked <= {normalise(one.url) for one in everything if one.url}
    for one in everything:
        assert page.text[one.start : one.end] == one.line
        assert one.title.strip()
        assert one.remark is None or one.remark in one.line
    places = [place for _, place in found.places()]
    assert len({place.id for place in places}) == len(places)
    assert len({one.id for one in everything}) == len(everything)
    assert [place.start for place in places] == sorted(place.start for place in places)


def headings(page: Page) -> list[str]:
    return [line for line in page.text.split("\n") if line.startswith("#")]


def told(found: ReadingList) -> dict[str, list[tuple[str, str | None, str]]]:
    """What stands in each place: titles, addresses, kinds."""
    return {place.title: [(r.title, r.url, r.kind) for r in place.resources] for _, place in found.places()}


# Counted by hand in each file: headings (a title of the whole and its subtitle are headings too), links to other
# pages, and items that others with links stand under (a chapter each).
SEED_COUNTS = [
    ("genai-reading-list.md", 35, 104, 0),
    ("handbook-intro.md", 8, 54, 4),
    ("handbook-section2.html", 9, 48, 0),  # 51 anchors, 3 of them to places on the page itself
    ("handbook.txt", 70, 4, 0),  # 11 of the first order, 59 below; all four addresses stand bare in the text
    ("llm-basic-notes.txt", 37, 0, 0),
]


@pytest.mark.parametrize(("name", "headed", "linked", "groups"), SEED_COUNTS)
def test_nothing_of_a_seed_is_lost(name: str, headed: int, linked: int, groups: int) -> None:
    if not (SEEDS / name).exists():
        pytest.skip(f"{SEEDS} is not there")
    page, found = ingested(SEEDS / name)
    sound(page, found)
    assert len(headings(page)) == headed
    assert len(page.links) == linked
    title = found.title == headings(page)[0].lstrip("# ")
    assert title + len(found.sections) + len(found.chapters) == headed + groups


def test_what_a_linkless_seed_names_gets_the_addresses_that_the_handbook_knows() -> None:
    if not (SEEDS / "handbook.txt").exists():
        pytest.skip(f"{SEEDS} is not there")
    page, found = ingested(SEEDS / "handbook.txt")
    everything = found.all_resources()
    own = {normalise(link.url) for link in page.links}
    by_handbook = [one for one in everything if one.url and normalise(one.url) not in own]
    assert len(by_handbook) >= 75
    assert sum(one.url is None for one in everything) >= 15
    known = handbook.load()
    assert all(known.resources_by_url(one.url) for one in by_handbook if one.url)
    chapters = {chapter.title for chapter in known.chapters}
    assert len(chapters & {chapter.title.replace("“", '"') for chapter in found.chapters}) == 52


def test_the_numbers_of_notes_that_no_list_explains_are_kept() -> None:
    if not (SEEDS / "llm-basic-notes.txt").exists():
        pytest.skip(f"{SEEDS} is not there")
    assert ingested(SEEDS / "llm-basic-notes.txt")[1].unresolved == tuple(range(1, 34))


def test_the_handbooks_live_page_is_a_list_of_nine_sections() -> None:
    body = (web_folder() / "pages" / "genai-handbook.github.io" / "index.html").as_uri()
    url = "https://genai-handbook.github.io/"
    page = read(replace(_local(body), url=url, final_url=url, as_list=True))
    found = understand(page, handbook.load())
    sound(page, found)
    # 308 anchors, 15 of them to places on the page; 72 headings, two of them above the text
    assert (len(page.links), len(headings(page))) == (293, 70)
    known = handbook.load()
    titles = {place.title for _, place in found.places()}
    assert {section.heading for section in known.sections} <= titles
    assert len({chapter.title for chapter in known.chapters} & titles) >= 50


FIXTURES = {
    "awesome.md": (4, 10),
    "caps.txt": (4, 6),
    "course.html": (4, 8),
    "indent.txt": (5, 5),
    "numbered.txt": (5, 3),
    "linkless.txt": (5, 0),
    "underlined.txt": (3, 4),
}


@pytest.mark.parametrize("name", FIXTURES)
def test_nothing_of_a_list_is_lost(name: str) -> None:
    page, found = ingested(LISTS / name)
    sound(page, found)
    assert (len(headings(page)), len(page.links)) == FIXTURES[name]


def test_every_file_has_its_counts() -> None:
    assert {path.name for path in LISTS.iterdir()} == set(FIXTURES)


def test_a_list_of_bullets_and_a_table() -> None:
    found = ingested(LISTS / "awesome.md")[1]
    assert found.title == "Awesome Tiny Models"
    assert told(found)["Papers"] == [
        ("Small is fine", "https://example.org/small", "paper"),
        ("Small is fine (Code)", "https://example.org/small-code", "paper"),
        ("Small is fine (Slides)", "https://example.org/small-slides", "article"),
        ("Tiny stories, retold", "https://example.org/tiny", "paper"),
        ("Wide or deep", "https://example.org/wide", "paper"),
    ]
    tools = told(found)["Tools"]
    assert [(title, kind) for title, _, kind in tools[:2]] == [
        ("Squeezer (repo)", "repo"),
        ("Squeezer (docs)", "documentation"),
    ]
    remarks = {one.title: one.remark for one in found.all_resources()}
    assert remarks["Small is fine"] == "Why ten million parameters are enough."
    assert remarks["Squeezer (docs)"] == "Makes weights smaller than you think"


def test_the_weeks_of_a_course_are_chapters() -> None:
    page, found = ingested(LISTS / "course.html")
    assert "Home" not in page.text
    assert [(chapter.title, chapter.depth) for chapter in found.chapters] == [
        ("Week 1: Attention", 2),
        ("Week 2: Noise", 2),
    ]
    assert [title for title, _, _ in told(found)["Week 1: Attention"]] == [
        "Week 1: Attention (Slides)",
        "The quiet attention",
    ]
    assert told(found)["Table"][1][0] == "Tokens and bytes (paper)"


def test_references_stand_where_they_are_cited() -> None:
    found = ingested(LISTS / "numbered.txt")[1]
    by_place = told(found)
    assert [title for title, _, _ in by_place["1. Data"]] == [
        "Cleaning the Web",
        "Near duplicates found fast",
        "Long training of small models",
    ]
    assert [url for _, url, _ in by_place["1.1 Filters"]] == [
        "https://example.org/clean",
        "https://example.org/filters",
    ]
    assert len(by_place["2. Training"]) == 3
    assert [one.number for one in found.sections[-1].resources] == [1, 2, 3, 4, 5]
    assert found.unresolved == ()


def test_what_is_named_without_a_link_gets_the_handbooks() -> None:
    found = ingested(LISTS / "linkless.txt")[1]
    by_place = told(found)
    assert [(title, url) for title, url, _ in by_place["Week 1: Attention"]] == [
        ("The Illustrated Transformer", "https://jalammar.github.io/illustrated-transformer/"),
        ("Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
    ]
    week = by_place["Week 2: Recurrent Neural Networks"]
    assert week[0][1] == "https://karpathy.github.io/2015/05/21/rnn-effectiveness/"
    assert [(title, url, kind) for title, url, kind in week[1:]] == [
        ("A long evening with state machines", None, "video"),
        ("Gates and how they forget", None, "video"),
    ]


def test_headings_are_the_paths_of_passages() -> None:
    page = ingested(LISTS / "indent.txt")[0]
    paths = {passage.heading for passage in split(page.text, page.title)}
    assert paths == {"Machine learning > Basics", "Machine learning > Deep nets", "Language models > Attention"}


@given(st.lists(st.tuples(st.sampled_from(["h", "i", "n", "p", "b"]), st.integers(1, 10**6)), max_size=14))
def test_any_order_of_headings_and_links_is_kept(parts: list[tuple[str, int]]) -> None:
    lines = {
        "h": "\n## Part {n}\n",
        "i": "- [Thing {n}](https://b.test/{n}) - it is number {n}",
        "n": "  - [below {n}](https://b.test/{n})",
        "p": "\nA sentence with [a thing {n}](https://b.test/{n}) in it. Another sentence.\n",
        "b": "\nTitle {n}, by somebody. https://b.test/{n}\n",
    }
    text = (
        "# List\n\n" + "\n".join(lines[kind].format(n=n) for kind, n in parts) + "\n\n" + "Some more words here. " * 8
    )
    page = read_text(text, url="file:///list.md")
    found = understand(page)
    sound(page, found)
    first = list(dict.fromkeys(f"https://b.test/{n}" for kind, n in parts if kind != "h"))
    assert list(dict.fromkeys(one.url for one in found.all_resources() if one.url)) == first
    headed = [f"Part {n}" for kind, n in parts if kind == "h"]
    assert [place.title for _, place in found.places() if place.title.startswith("Part ")] == headed
