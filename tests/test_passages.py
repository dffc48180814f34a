"""Passages: exact offsets, whole sentences, nothing lost, the right heading path."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.passages import AIM_WORDS, LEAST_WORDS, MOST_WORDS, Quote, Source, headers, split
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
    assert all(p.above == "" for p in passages)  # it has no header


HEADER = "| model | score |\n|:---|---:|"


def rows(count: int) -> str:
    return "\n".join(f"| the model with the number {i} of all these models | {i} |" for i in range(count))


def test_a_table_that_is_cut_repeats_its_header_above_the_rows_and_not_in_them() -> None:
    text = f"{prose(3)}\n\n{HEADER}\n{rows(30)}\n\n{prose(3)}"
    first, *others = split(text)
    assert first.above == ""
    assert HEADER in first.text
    assert len(others) > 1
    assert {p.above for p in others} == {HEADER}
    assert all(p.text.startswith("| the model") and text[p.start : p.end] == p.text for p in others)


def test_a_header_is_never_left_behind_by_its_first_row() -> None:
    for before in range(8, 16):
        (at,) = [p for p in split(f"{prose(before)}\n\n{HEADER}\n{rows(2)}") if HEADER in p.text]
        assert f"{HEADER}\n| the model with the number 0" in at.text


def test_the_next_table_has_a_header_of_its_own_or_none() -> None:
    text = f"{HEADER}\n{rows(3)}\n\n| other | table |\n{rows(1)}\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
    spans = sentences(text)
    assert headers(text, spans) == ["", "", *[HEADER] * 3, "", "", "", "", "| a | b |\n| --- | --- |"]
    assert headers(text[spans[3].start :], sentences(text[spans[3].start :]), HEADER)[:3] == [HEADER, HEADER, ""]


def test_a_header_as_long_as_a_passage_is_not_repeated() -> None:
    wide = "| " + " ".join(["cell"] * 80) + " |\n| --- |"
    assert all(p.above == "" for p in split(f"{wide}\n{rows(40)}"))


# -- what must always hold --------------------------------------------------------------------------------------------

lines = st.one_of(
    st.integers(0, 30).map(prose),
    st.integers(0, 30).map(lambda n: "- " + prose(n)),
    st.builds(lambda level, name: "#" * level + " " + name, st.integers(1, 6), st.sampled_from(["A", "B", "C#"])),
    st.integers(1, 30).map(lambda n: f"{HEADER}\n{rows(n)}"),
    st.sampled_from(
        [
            "",
            "",
            "```",
            "$$",
            "$$x$$",
            "| a | b |",
            "| --- | --- |",
            "> quoted. Words",
            "text without an end",
            "# comment",
        ]
    ),
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


@given(st.one_of(pages, st.text(max_size=200)))
def test_passages_and_what_stands_between_them_give_the_text(text: str) -> None:
    passages = split(text)
    edges = [0, *(edge for passage in passages for edge in (passage.start, passage.end)), len(text)]
    gaps = [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    assert "".join(gap + p.text for gap, p in zip(gaps, passages, strict=False)) + gaps[-1] == text
    headings = {text[s.start : s.end] for s in sentences(text) if s.block is Block.HEADING}
    for gap in gaps:  # between passages there are headings and marks of items, and nothing else
        assert all(line.strip() in headings or not any(map(str.isalpha, line)) for line in gap.split("\n"))


@given(pages)
def test_rows_below_a_header_are_read_with_it(text: str) -> None:
    spans = sentences(text)
    for span, head in zip(spans, headers(text, spans), strict=True):
        for p in split(text):
            if head and p.start <= span.start < p.end:
                assert (p.above == head) or (head in p.text)


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
