"""Deciding whether the library can answer."""

from dataclasses import astuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.decide import FITTED, Grounds, chance, grounds
from tutor.evidence import select
from tutor.library import Library
from tutor.questions import parse
from tutor.search import Found, Search


def grounds_of(search: Search, library: Library, question: str) -> Grounds:
    found = search.find(question)
    chosen = select(parse(question), found, library, 300, lambda text: len(text.split()))
    return grounds(found, chosen)


def test_without_hits_nothing_speaks_for_an_answer() -> None:
    empty = Found("x", (), {}, np.zeros(4, np.float32), 0.0)
    assert set(astuple(grounds(empty, ()))) == {0.0}
    assert chance(grounds(empty, ())) < 0.05


def test_a_chance_is_between_nothing_and_certainty() -> None:
    assert 0 < chance(Grounds(0, 0, 0, 0, 0, 0)) < chance(Grounds(1, 1, 1, 1, 1, 1)) < 1


def test_a_logistic_rule_by_hand() -> None:
    assert chance(Grounds(0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1, 0)) == 0.5
    assert round(chance(Grounds(1, 0, 0, 0, 0, 0), (2, 9, 9, 9, 9, 9, -1)), 4) == 0.7311
    assert len(FITTED) == len(astuple(Grounds(0, 0, 0, 0, 0, 0))) + 1


def test_what_the_notes_cover_stands_on_better_grounds(notes_search: Search, notes_library: Library) -> None:
    inside = grounds_of(notes_search, notes_library, "What is speculative decoding?")
    outside = grounds_of(notes_search, notes_library, "What is the best recipe for sourdough bread?")
    assert inside.together == inside.alone == inside.rarest == 1.0
    assert outside.rarest == 0.0
    assert chance(inside) > chance(outside)


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=60))
def test_grounds_are_shares(notes_search: Search, notes_library: Library, question: str) -> None:
    found = notes_search.find(question)
    for value in astuple(grounds(found, ())):
        assert -0.01 <= value <= 1.01
