"""The tutor's own cards are all that `tutor.cards` says, and each fault it names is found."""

import pytest

from tutor import cards, notes
from tutor.cards import Card

TEXTS = {source.url: source.text for source in notes.sources()}
OWN = cards.load()


@pytest.mark.parametrize("card", OWN, ids=lambda card: card.id)
def test_every_own_card_can_be_shown(card: Card) -> None:
    assert cards.faults(card, TEXTS[card.url]) == []


def test_no_two_own_cards_are_the_same() -> None:
    assert len({card.id for card in OWN}) == len(OWN)
    assert cards.duplicates(OWN) == []
