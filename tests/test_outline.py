"""Headings of plain text: which lines are taken for them, and on which level."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.outline import outlined

LISTS = Path(__file__).parent / "lists"


def headings(text: str) -> list[str]:
    return [line for line in outlined(text).split("\n") if re.match(r"#{1,6} ", line)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "caps.txt",
            ["# READING LIST FOR THE SPRING TERM", "# TRANSFORMERS", "# DIFFUSION", "# VQ-VAE AND FRIENDS"],
        ),
        ("indent.txt", ["# Machine learning", "## Basics", "## Deep nets", "# Language models", "## Attention"]),
        (
            "numbered.txt",
            ["# Notes on small language models", "## 1. Data", "### 1.1 Filters", "## 2. Training", "## References"],
        ),
        ("underlined.txt", ["# A Shelf of Small Books", "## On paper", "## On screen"]),
        (
            "linkless.txt",
            [
                "# Reading for a rainy week",
                "## Introduction",
                "## Week 1: Attention",
                "## Week 2: Recurrent Neural Networks",
                "## References",
            ],
        ),
    ],
)
def test_each_kind_of_heading_is_found(name: str, expected: list[str]) -> None:
    assert headings((LISTS / name).read_text("utf-8")) == expected


def test_a_text_without_empty_lines_has_headings_too() -> None:
    text = (
        "Small Notes\n1. First Things First\nA paragraph that says something and ends.[1]\nHow It Works\nIt works like "
        "this:\n- one\n- two\nKey points:\n- three\n2. Second Things\nAnother paragraph, with an end.\nParts List\n"
        "1. Left Part\nIt is on the left.\n2. Right Part\nIt is on the right.\n3. Third Things\nThe end of it.\n"
    )
    assert headings(text) == [
        "# Small Notes",
        "## 1. First Things First",
        "### How It Works",
        "## 2. Second Things",
        "### Parts List",
        "#### 1. Left Part",
        "#### 2. Right Part",
        "#### 3. Third Things",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1. Apples\n2. Pears\n3. Plums\nThat was the list.",
        "The Quiet Attention\nhttps://example.org/a\n\nThe Loud Attention\nhttps://example.org/b\n",
        "A line that goes on\nOver The Next One\nand ends here.",
        "One Title\n\nAnother Title\n\nA Third Title\n\nA Fourth Title\n\nand a last line, in small letters",
        "Remember:\n- this\n- that",
        "```\nA HEADING IN CODE\n\nand more\n```\n",
        "just one paragraph of words.",
    ],
)
def test_what_only_looks_like_a_heading_is_none(text: str) -> None:
    assert headings(text) == []
    assert outlined(text) == text


def test_markdown_keeps_its_own_headings_and_gets_the_underlined_ones() -> None:
    text = "Title\n=====\n\n# One\n\nNOT ONE\n\nTwo\n---\n\nwords\n\n---\n"
    assert headings(text) == ["# Title", "# One", "## Two"]


@given(st.text(alphabet=" \n\tAaBb1.#=-*:[]()`~|“”/", max_size=300))
def test_nothing_but_marks_and_underlines_is_changed(text: str) -> None:
    def letters(words: str) -> str:
        return "".join(letter for letter in words if letter.isalnum())

    assert letters(outlined(text)) == letters(text)


@given(st.lists(st.sampled_from(["", "HEADING ONE", "1. First", "  Indented", "- item", "Words here.", "====="])))
def test_an_outline_stays_as_it_is(lines: list[str]) -> None:
    once = outlined("\n".join(lines))
    if any(line.startswith("# ") for line in once.split("\n")):
        assert [h.lstrip("# ") for h in headings(once)][:1] == [h.lstrip("# ") for h in headings("\n".join(lines))][:1]
