"""The value of a reading list: its order, and that JSON gives it back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.reading_list import ListChapter, ListedResource, ListSection, ReadingList

words = st.text(max_size=12)
resources = st.lists(
    st.builds(
        ListedResource,
        id=words,
        title=words,
        url=st.none() | words,
        kind=words,
        start=st.integers(0, 9999),
        line=words,
        remark=st.none() | words,
        author=st.none() | words,
        number=st.none() | st.integers(0, 99),
    ),
    max_size=3,
).map(tuple)
chapters = st.lists(st.builds(ListChapter, id=words, title=words, start=st.integers(0, 99), resources=resources,
                              depth=st.integers(2, 5)), max_size=2).map(tuple)  # fmt: skip
sections = st.lists(st.builds(ListSection, id=words, title=words, start=st.integers(0, 99), resources=resources,
                              chapters=chapters), max_size=2).map(tuple)  # fmt: skip
lists = st.builds(ReadingList, url=words, title=words, resources=resources, sections=sections,
                  unresolved=st.lists(st.integers(0, 99), max_size=3).map(tuple))  # fmt: skip


@given(lists)
def test_json_gives_a_list_back(kept: ReadingList) -> None:
    assert ReadingList.from_json(kept.to_json()) == kept


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sections": [1]}', "null"])
def test_what_is_no_list_is_refused(content: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        ReadingList.from_json(content)


@given(lists)
def test_nothing_that_is_named_is_left_out_and_the_order_is_the_texts(kept: ReadingList) -> None:
    everything = kept.all_resources()
    places = [place for _, place in kept.places()]
    assert len(everything) == len(kept.resources) + sum(len(place.resources) for place in places)
    assert [one.start for one in everything] == sorted(one.start for one in everything)
    assert [place for place in places if isinstance(place, ListChapter)] == list(kept.chapters)
