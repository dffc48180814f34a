"""The labelled answers that learners might type: that they are well formed, spread out and of all labels."""

import json
from collections import Counter
from typing import Final

from eval.sets import SETS
from tutor import cards

FIELDS: Final = ["id", "card", "given", "label", "kind"]
# Of all lines, the least and the most that may have a label.
BOUNDS: Final = {"right": (0.40, 0.50), "nearly": (0.10, 0.20), "wrong": (0.35, 0.45)}
# How an answer was made. The label is judged by itself: most kinds occur with more than one.
KINDS: Final = {
    "exact",  # the card's own wording, but for the case of its letters
    "slip",  # mistyped or misspelled
    "form",  # hyphens, spelling variant, number, word order, apposition
    "paraphrase",  # other words; wrong where they say something else
    "abbreviation",
    "sentence",  # more than was asked: an explanation, a sum with its result
    "unit",  # another unit that can stand for the same
    "notation",  # the same figure or symbol, written otherwise
    "rounding",
    "partial",  # a piece of the answer
    "hedge",  # several guesses, or a range
    "sibling",  # a related concept, or the result of a related sum
    "opposite",  # also inverted, of the other sign, the complement
    "general",
    "negated",
    "question-word",  # taken from the question
    "magnitude",  # too large or small by a power
    "other-unit",  # a unit that does not fit the figure, or the question
    "unrelated",  # shares a word or its sound
}

LINES = [json.loads(line) for line in (SETS / "typed.jsonl").read_text("utf-8").splitlines()]
CARDS = {card.id: card for card in cards.load()}


def test_each_line_is_an_answer_to_a_card_that_is_typed() -> None:
    for line in LINES:
        assert list(line) == FIELDS
        assert all(isinstance(value, str) and value == value.strip() != "" for value in line.values()), line
        assert CARDS[line["card"]].kind in (cards.RECALL, cards.NUMBER), line
        assert line["label"] in BOUNDS, line
        assert line["kind"] in KINDS, line
    assert {line["kind"] for line in LINES} == KINDS


def test_nothing_stands_twice() -> None:
    assert len({line["id"] for line in LINES}) == len(LINES)
    assert len({(line["card"], line["given"]) for line in LINES}) == len(LINES)


def test_every_recall_card_and_forty_number_cards_have_their_answers() -> None:
    each = Counter(line["card"] for line in LINES)
    recall = {card.id for card in CARDS.values() if card.kind == cards.RECALL}
    assert {card for card, n in each.items() if n == 5} == recall
    rest = [card for card in each if card not in recall]
    assert len(rest) == len({CARDS[card].chapter for card in rest}) == 40
    assert {each[card] for card in rest} == {4}
    for card in each:  # an answer that is always taken, or never, tells nothing
        assert {"right", "wrong"} <= {line["label"] for line in LINES if line["card"] == card}, card


def test_the_labels_are_balanced() -> None:
    share = Counter(line["label"] for line in LINES)
    for label, (least, most) in BOUNDS.items():
        assert least <= share[label] / len(LINES) <= most, label
