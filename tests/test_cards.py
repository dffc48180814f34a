"""The tutor's own cards are all that `tutor.cards` says, and each fault it names is found."""

from collections import Counter
from dataclasses import replace

import pytest

from tutor import cards, handbook, notes
from tutor.cards import CHOICE, KINDS, NUMBER, ORDER, RECALL, Card, Wrong
from tutor.errors import TutorError

TEXTS = {source.url: source.text for source in notes.sources()}
OWN = cards.load()


@pytest.mark.parametrize("card", OWN, ids=lambda card: card.id)
def test_every_own_card_can_be_shown(card: Card) -> None:
    assert cards.faults(card, TEXTS[card.url]) == []


def test_no_two_own_cards_are_the_same() -> None:
    assert len({card.id for card in OWN}) == len(OWN)
    assert cards.duplicates(OWN) == []


def test_every_chapter_has_cards_of_several_kinds() -> None:
    for chapter in handbook.load().chapters:
        kinds = Counter(card.kind for card in cards.of_chapter(OWN, chapter.id))
        assert kinds.total() >= 5, chapter.id
        assert len(kinds) >= 2, chapter.id
        assert kinds[CHOICE] >= 2, chapter.id
    assert len(OWN) >= 260
    assert {card.kind for card in OWN} == set(KINDS)


def test_the_right_option_is_not_known_by_its_length() -> None:
    choices = [card for card in OWN if card.kind == CHOICE]
    longest = [card for card in choices if len(card.answer) >= max(len(one.text) for one in card.wrong)]
    shortest = [card for card in choices if len(card.answer) <= min(len(one.text) for one in card.wrong)]
    assert len(longest) <= 0.35 * len(choices)
    assert len(shortest) <= 0.35 * len(choices)


# -- each fault is found ----------------------------------------------------------------------------------------------

TEXT = "# Otters\n\nAn otter is a mammal that swims with 4 paws. First it dives, then it catches a fish, then it eats."
FIRST, SECOND = "An otter is a mammal that swims with 4 paws.", "First it dives, then it catches a fish, then it eats."
TYPED = Card("x", "mammal", RECALL, "What kind of animal is an otter?", "mammal", "tutor:notes/x", FIRST)
PICKED = Card(
    "x", "swims", CHOICE, "How does an otter move in water?", "it swims with its paws", "tutor:notes/x", FIRST,
    wrong=(Wrong("it walks on the ground", "It has no need."), Wrong("it drifts with the tide", "It can swim.")),
)  # fmt: skip
STEPS = Card(
    "x", "meal", ORDER, "Put the steps of an otter's meal in order.", "", "tutor:notes/x", SECOND,
    steps=("dive", "catch a fish", "eat it"),
)  # fmt: skip
PAWS = Card(
    "x", "paws", NUMBER, "How many paws have 3 otters together?", "12", "tutor:notes/x", FIRST, calculation="3 * 4"
)


def test_good_cards_have_no_fault() -> None:
    assert [cards.faults(card, TEXT) for card in (TYPED, PICKED, STEPS, PAWS)] == [[], [], [], []]


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (replace(TYPED, name="A mammal"), "small letters"),
        (replace(TYPED, ask="What?"), "has 5 characters"),
        (replace(TYPED, ask="What kind of animal is an otter"), "ends with neither"),
        (replace(TYPED, quote="An otter is a fish."), "does not stand in the source"),
        (replace(TYPED, quote="An otter is a mammal"), "whole sentences"),
        (replace(TYPED, answer="x" * 200), "200 characters"),
        (replace(TYPED, ask="Is a mammal what an otter is?"), "gives the answer away"),
        (replace(TYPED, accept=("otter",)), "gives the answer away"),
        (replace(TYPED, answer="bird"), "no wording"),
        (replace(TYPED, accept=(" ",)), "empty"),
        (replace(TYPED, answer="a mammal that likes to swim with its paws"), "too long"),
        (replace(TYPED, kind="essay"), "none of"),
        (replace(PICKED, wrong=PICKED.wrong[:1]), "1 wrong options"),
        (replace(PICKED, wrong=(*PICKED.wrong, Wrong("it flies", ""))), "no sentence that says why"),
        (replace(PICKED, wrong=(*PICKED.wrong, Wrong("It swims, with its paws", "No."))), "the same"),
        (replace(PICKED, wrong=(*PICKED.wrong, Wrong("It flies over the water", "No."))), "capital letter"),
        (replace(PICKED, wrong=(*PICKED.wrong, Wrong("it flies over the water.", "No."))), "full stop"),
        (replace(PICKED, answer="it swims " + "with its paws " * 5), "length of its answer"),
        (replace(PICKED, answer="it flaps two large wings"), "hardly a word"),
        (replace(STEPS, steps=STEPS.steps[:2]), "2 steps"),
        (replace(STEPS, steps=("dive", "dive", "eat it")), "the same"),
        (replace(STEPS, steps=("sleep", "dive", "eat it")), "'sleep'"),
        (replace(PAWS, answer="twelve"), "no number"),
        (replace(PAWS, answer="13"), "comes to 12"),
        (replace(PAWS, calculation="6 * 2"), "6 of its calculation"),
        (replace(PAWS, calculation="__import__('os')"), "no sum of numbers"),
        (replace(PAWS, calculation="1 / 0"), "no sum of numbers"),
        (replace(PAWS, calculation="", answer="5"), "does not stand in the quote"),
        (replace(PAWS, tolerance=0.5), "tolerance 0.5"),
    ],
)
def test_each_fault_is_named(card: Card, told: str) -> None:
    assert any(told in fault for fault in cards.faults(card, TEXT)), cards.faults(card, TEXT)


def test_options_that_swap_two_things_are_two() -> None:
    swapped = replace(
        PICKED, answer="it swims, then drifts", wrong=(Wrong("it drifts, then swims", "No."), *PICKED.wrong)
    )
    assert not any("the same" in fault for fault in cards.faults(swapped, TEXT))


def test_the_same_question_twice_is_found() -> None:
    again = replace(TYPED, name="again", ask="An otter is an animal of what kind?")
    assert cards.duplicates([TYPED, PICKED, again]) == [(TYPED, again)]


@pytest.mark.parametrize(
    ("toml", "told"),
    [("[[card]\n", "cannot be read"), ("x = 1", "cannot be read"), ('[[card]]\nname = "a"\ncolour = "red"', "colour")],
)
def test_a_file_that_is_no_cards_is_named(toml: str, told: str) -> None:
    with pytest.raises(TutorError, match=told):
        cards.parse(toml, "tokenization")
