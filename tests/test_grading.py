"""What counts as right, by rules that can be read."""

from contextlib import suppress
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import cards
from tutor.cards import CHOICE, NUMBER, ORDER, RECALL, Card, Wrong
from tutor.errors import BadInput
from tutor.grading import NEARLY, RIGHT, WRONG, grade, options, shown, unknown

OWN = cards.load()
TYPED = Card(
    "flashattention", "online", RECALL, "What keeps a running maximum per row?", "online softmax", "tutor:notes/x",
    "Online softmax keeps a running maximum per row.", accept=("streaming softmax",),
)  # fmt: skip
STEPS = Card(
    "tokenization", "steps", ORDER, "Put the steps of BPE in order.", "a; b; c; d", "tutor:notes/x", "q",
    steps=("split into bytes", "count the pairs", "merge the most frequent", "repeat"),
)  # fmt: skip
MEMORY = Card(
    "parameter-quantization", "memory", NUMBER, "How many GB do 7 billion weights take at 4 bits?", "3.5",
    "tutor:notes/x", "q", unit="GB", calculation="7e9 * 4 / 8 / 1e9",
)  # fmt: skip
PICKED = Card(
    "tokenization", "which", CHOICE, "Which?", "the one", "tutor:notes/x", "q",
    wrong=(Wrong("the other", "That is the other."), Wrong("neither", "One of them is.")),
)  # fmt: skip


def outcome(card: Card, given: str | list[str]) -> str:
    return grade(card, given).outcome


# -- every own card ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", OWN, ids=lambda card: card.id)
def test_the_right_answer_of_every_own_card_is_right_and_no_other(card: Card) -> None:
    if card.kind == ORDER:
        right = [list(p) for p in permutations(card.steps) if outcome(card, list(p)) == RIGHT]
        assert right == [list(card.steps)]
        return
    for wording in card.accepted:
        assert outcome(card, wording) == RIGHT, wording
    for wrong in card.wrong:
        assert grade(card, wrong.text) == grade(card, wrong.text)
        assert grade(card, wrong.text).outcome == WRONG
        assert grade(card, wrong.text).why == wrong.why
    if card.kind in (RECALL, NUMBER):
        assert outcome(card, f" {card.answer.upper()} {card.unit}") == RIGHT
    assert unknown(card).outcome == WRONG
    assert shown(card) in unknown(card).why


@pytest.mark.parametrize("card", [c for c in OWN if c.kind == NUMBER], ids=lambda card: card.id)
def test_a_number_card_takes_no_other_number(card: Card) -> None:
    value = float(card.answer.replace(",", ""))
    for other in (value * 2, value / 2, value * 10, -value, value + max(1.0, value)):
        if other != value:
            assert outcome(card, f"{other!r} {card.unit}") == WRONG


# -- typed answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["online softmax", "Online-Softmax", "the online softmax", "onlinesoftmax", "online sofmax", "streaming softmax",
     "softmax, online", "It is the online softmax.", "an online softmax with a running maximum"],
)  # fmt: skip
def test_other_wordings_and_slips_of_the_key_are_right(typed: str) -> None:
    assert outcome(TYPED, typed) == RIGHT


@pytest.mark.parametrize("typed", ["softmax", "an online something", "online softmax or tiling"])
def test_a_part_and_a_guess_among_several_are_nearly_right(typed: str) -> None:
    assert outcome(TYPED, typed) == NEARLY


@pytest.mark.parametrize(
    "typed",
    ["tiling", "recomputation", "not online softmax", "a cat", "batch norm", "online learning", "local softmax"],
)
def test_something_else_is_wrong(typed: str) -> None:
    assert outcome(TYPED, typed) == WRONG


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        ("the encoder", "the decoder"), ("maximize", "minimize"), ("supervised", "unsupervised"), 
        ("discrete", "direct"), ("the answer", "the question"), ("the letter B", "the letter C"), ("B", "C"),
        ("prefill", "decode"), ("query", "key"), ("8 bits", "4 bits"), ("linear", "nonlinear"), ("GPT-2", "GPT-3"),
        ("zero", "one"), ("it grows", "it does not grow"), ("forward", "backward"), ("ten", "two"),
    ],
)  # fmt: skip
def test_what_is_written_alike_is_not_the_same(answer: str, typed: str) -> None:
    assert outcome(replace(TYPED, answer=answer, accept=()), typed) != RIGHT


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        ("zero", "0"), ("0", "zero"), ("B", "the letter B"), ("AdamW", "Adam W"),
        ("1,024", "1024"), ("two", "2"), ("key-value cache", "key value cache"), ("softmax", "soft max"),
        ("gradients", "gradient"), ("quantization", "quantisation"), ("memory bandwidth", "the bandwidth of memory"),
        ("O(n^2)", "O(n^2)"), ("k", "K"), ("ReLU", "relu"), ("recurrent neural network", "reccurent neural network"),
    ],
)  # fmt: skip
def test_the_same_written_otherwise_is_right(answer: str, typed: str) -> None:
    assert outcome(replace(TYPED, answer=answer, accept=()), typed) == RIGHT


def test_an_answer_among_much_else_is_not_simply_right() -> None:
    much = "attention gradient tokens dropout residual pooling and perhaps online softmax"
    assert outcome(TYPED, much) == NEARLY


# -- the other kinds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["3.5", "3.5 GB", "3,5", "3500 MB", "28 Gbit", "3.5e9 bytes", "7/2", "3.51"])
def test_a_number_is_right_in_any_unit_of_its_kind(typed: str) -> None:
    assert outcome(MEMORY, typed) == RIGHT


@pytest.mark.parametrize(
    ("typed", "told"),
    [("28", "factor of 8"), ("14", "factor of four"), ("3500", "factor of 1,000"), ("-3.5", "sign"),
     ("3.5 seconds", "not in seconds"), ("5", "It is 3.5 GB")],
)  # fmt: skip
def test_a_wrong_number_is_told_what_probably_went_wrong(typed: str, told: str) -> None:
    given = grade(MEMORY, typed)
    assert given.outcome == WRONG
    assert told in given.why


def test_a_number_just_outside_is_nearly_right() -> None:
    assert outcome(MEMORY, "3.65") == NEARLY
    assert outcome(replace(MEMORY, tolerance=0.0, answer="3"), "3.01") == WRONG
    exact = replace(MEMORY, tolerance=0.0, answer="0.04", unit="", calculation="")
    assert [outcome(exact, typed) for typed in ("0.04", "4 %", "0.041", "0.035")] == [RIGHT, RIGHT, WRONG, WRONG]


def test_a_rounded_answer_and_the_unrounded_one_are_both_right() -> None:
    card = replace(MEMORY, answer="0.83", unit="", calculation="5 / 6", tolerance=0.0)
    assert [outcome(card, typed) for typed in ("0.83", "5/6", "0.8")] == [RIGHT, RIGHT, WRONG]


def test_a_denial_is_right_only_where_one_is_meant() -> None:
    card = replace(TYPED, answer="mismatched captions", accept=("the caption does not match",))
    assert outcome(card, "mismatched captions") == RIGHT
    assert outcome(card, "a caption that does not match") == RIGHT
    assert outcome(card, "the caption matches") == WRONG


def test_an_order_is_right_alone_and_a_swap_of_neighbours_nearly() -> None:
    right = list(STEPS.steps)
    assert outcome(STEPS, right) == RIGHT
    assert outcome(STEPS, [right[1], right[0], *right[2:]]) == NEARLY
    assert outcome(STEPS, right[::-1]) == WRONG
    assert "Step 1 is: split into bytes." in grade(STEPS, right[::-1]).why


@pytest.mark.parametrize(
    ("card", "given", "told"),
    [
        (TYPED, "  ", "no answer yet"), (TYPED, "x" * 500, "few words"), (MEMORY, "many", "no number"),
        (PICKED, "a third", "none of the options"), (STEPS, ["repeat"], "every step once"),
        (STEPS, "repeat", "every step once"), (TYPED, ["a", "b"], "one answer"),
    ],
)  # fmt: skip
def test_what_is_no_answer_does_not_count(card: Card, given: str | list[str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        grade(card, given)


@given(st.text(max_size=80))
def test_any_text_typed_is_graded_or_refused(typed: str) -> None:
    for card in (TYPED, MEMORY, PICKED):
        with suppress(BadInput):
            assert grade(card, typed).outcome in (RIGHT, NEARLY, WRONG)


# -- what is shown ----------------------------------------------------------------------------------------------------


@given(st.integers(min_value=0, max_value=10_000))
def test_options_are_all_there_mixed_and_the_same_each_time(seed: int) -> None:
    assert options(PICKED, seed) == options(PICKED, seed)
    assert sorted(options(PICKED, seed)) == sorted(["the one", "the other", "neither"])
    assert sorted(options(STEPS, seed)) == sorted(STEPS.steps)
    assert options(STEPS, seed) != list(STEPS.steps)


def test_the_right_option_stands_anywhere() -> None:
    assert {options(PICKED, seed).index("the one") for seed in range(50)} == {0, 1, 2}
