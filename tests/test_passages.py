"""Passages: exact offsets, whole sentences, nothing lost, the right heading path."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.passages import AIM_WORDS, LEAST_WORDS, MOST_WORDS, Quote, Source, split
from tutor.sentences import Block, sentences

SENTENCE = "One two three four five six seven eight nine ten."  # ten words


def prose(count: int) -> str:
    """`count` sentences of ten words."""
    return " ".join([SENTENCE] * count)


def sizes(text: str) -> list[int]:
    return [len(passage.text.split()) for passage in split(text)]


# -- size -------------------------------------------------------------------------------------------------------------


def test_long_prose_is_cut_into_passages_of_100_to_200_words() -> None:
    assert all(100 <= size <= MOST_WORDS for size in sizes(prose(100))[:-1])


def test_a_short_rest_joins_the_passage_before() -> None:
    assert sizes(prose(16)) == [160]  # 150 and a rest of 10
    assert sizes(prose(20)) == [150, 50]  # 50 is enough to stand alone


def test_a_passage_that_is_long_enough_ends_with_its_paragraph() -> None:
    assert sizes(prose(13) + "\n\n" + prose(13)) == [130, 130]
    assert sizes((prose(13) + "\n\n" + prose(13)).replace("\n", "\r\n")) == [130, 130]
    assert sizes(prose(13) + "\n" + prose(13)) == [150, 110]


def test_a_sentence_longer_than_a_passage_stays_whole() -> None:
    assert sizes("word " * 500 + ".") == [501]


def test_short_parts_stay_apart() -> None:
    assert sizes(f"# A\n{SENTENCE}\n# B\n{SENTENCE}") == [10, 10]


# -- headings ---------------------------------------------------------------------------------------------------------


def test_the_heading_path_follows_the_levels_even_where_some_are_skipped() -> None:
    text = "before\n# A\na\n### C\nc\n## B\nb\n#### D\nd\n# E\ne\n### F\n## G\ng"
    assert [(p.heading, p.text) for p in split(text)] == [
        ("", "before"),
        ("A", "a"),
        ("A > C", "c"),
        ("A > B", "b"),
        ("A > B > D", "d"),
        ("E", "e"),
        ("E > G", "g"),
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("# Why C# is fine", "Why C# is fine"),
        ("# C#", "C#"),
        ("## Closed ##", "Closed"),
        ("#\tTab", "Tab"),
        ("# Two  spaces ", "Two  spaces"),
        ("# Windows\r", "Windows"),
        ("# A > B", "A > B"),
    ],
)
def test_a_heading_loses_its_marks_only(line: str, name: str) -> None:
    assert [p.heading for p in split(f"{line}\ntext")] == [name]


def test_a_first_heading_that_repeats_the_title_is_left_out() -> None:
    text = "# Markov models\nIntro.\n## Chains\nMore.\n# Other\nLast."
    assert [p.heading for p in split(text, "Markov Models")] == ["", "Chains", "Other"]
    assert [p.heading for p in split(text, "Else")] == ["Markov models", "Markov models > Chains", "Other"]


def test_a_heading_is_in_no_passage_and_none_without_a_body_makes_one() -> None:
    assert split("# A\n\n## B\n") == []
    assert all("#" not in p.text for p in split("# A\na\n## B\nb"))


# -- what belongs together --------------------------------------------------------------------------------------------


def test_code_stays_whole_with_its_comments() -> None:
    code = "```python\n# a comment, no heading\n\nx = 1. Y\n\n```"
    text = f"# A\n{SENTENCE}\n{code}\n{SENTENCE}"
    assert [(p.heading, p.text) for p in split(text)] == [("A", text[4:])]


def test_code_clings_to_the_sentence_that_introduces_it() -> None:
    first = split(f"{prose(13)}\n\nIt looks like this:\n\n$$x = y$$\n\n{prose(13)}")
    introduced = next(p for p in first if "like this" in p.text)
    assert "$$x = y$$" in introduced.text


def test_a_large_table_is_cut_between_rows() -> None:
    row = "| " + " ".join(["cell"] * 48) + " |"
    passages = split("\n".join([row] * 9))
    assert len(passages) > 1
    assert all(line == row for p in passages for line in p.text.split("\n"))


# -- what must always hold --------------------------------------------------------------------------------------------

lines = st.one_of(
    st.integers(0, 30).map(prose),
    st.integers(0, 30).map(lambda n: "- " + prose(n)),
    st.builds(lambda level, name: "#" * level + " " + name, st.integers(1, 6), st.sampled_from(["A", "B", "C#"])),
    st.sampled_from(["", "", "```", "$$", "$$x$$", "| a | b |", "> quoted. Words", "text without an end", "# comment"]),
    st.text(st.sampled_from("aB .,!?#`$|->\n\r\té。"), max_size=30),
)
pages = st.builds("\n".join, st.lists(lines, max_size=15))


@given(st.one_of(pages, st.text(max_size=200)))
def test_every_sentence_is_whole_in_exactly_one_passage_and_offsets_are_exact(text: str) -> None:
    passages = split(text)
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
    assert all(a.end <= b.start for a, b in pairwise(passages))
    for span in sentences(text):
        around = [p for p in passages if p.start <= span.start and span.end <= p.end]
        touched = [p for p in passages if span.start < p.end and p.start < span.end]
        assert len(around) == len(touched) == (span.block is not Block.HEADING)


@given(pages)
def test_no_passage_passes_the_most_unless_one_block_does(text: str) -> None:
    spans = sentences(text)
    for passage in split(text):
        parts = [len(text[s.start : s.end].split()) for s in spans if passage.start <= s.start < passage.end]
        assert sum(parts) <= MOST_WORDS + LEAST_WORDS or len(parts) == 1 or max(parts) > MOST_WORDS


@given(pages)
def test_splitting_can_be_repeated(text: str) -> None:
    assert split(text) == split(text)


def test_a_megabyte_takes_less_than_two_seconds() -> None:
    text = (f"## Part\n\n{prose(40)}\n\n" + f"- {SENTENCE}\n" * 10) * 380
    began = time.process_time()
    assert len(split(text)) > 1_000
    assert time.process_time() - began < 2.0


def test_a_heading_of_white_space_takes_no_time() -> None:
    began = time.process_time()
    split("# a" + " " * 100_000 + "b\n# a" + " #" * 50_000 + "\nx")
    assert time.process_time() - began < 1.0


def test_the_aim_lies_between_least_and_most() -> None:
    assert LEAST_WORDS < 100 < AIM_WORDS < MOST_WORDS


def test_a_source_counts_its_words() -> None:
    assert Source("https://example.org", "Example", "one  two\nthree").words == 3


def test_a_quote_says_where_in_its_source_it_stands() -> None:
    quote = Quote("https://a.test", "T", "", "x", 0, 1, "https://a.test", 1)
    assert quote.spot == ""
    assert replace(quote, page=7).spot == "p. 7"
    assert replace(quote, second=754).spot == "12:34"
    assert replace(quote, second=3723).spot == "1:02:03"


def test_minutes_are_those_of_reading_or_of_the_video() -> None:
    prose, code = "word " * 400, "```python\n" + "token " * 198 + "\n```\n"
    assert Source("u", "T", prose).minutes == 2
    assert Source("u", "T", prose + "\n" + code).minutes == 4
    assert Source("u", "T", prose + "\n$$\n" + "x " * 98 + "\n$$\n").minutes == 3
    assert Source("u", "T", "a few words").minutes == 1
    assert Source("u", "T", prose, kind="video", times=((0, 0.0), (2000, 605.0))).minutes == 10
