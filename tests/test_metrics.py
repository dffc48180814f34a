"""Each metric against numbers worked out on paper; the sums stand in the comments."""

import pytest

from eval.metrics import earned, grade, hit, mean, middle, overlaps, percentile, reciprocal_rank, share, syllables


def test_hit_counts_the_questions_whose_right_result_is_among_the_first_k() -> None:
    ranks = [1, 5, 6, None]  # two of four within five; one of four within one
    assert hit(ranks, 5) == 0.5
    assert hit(ranks, 1) == 0.25
    assert hit([], 5) == 0.0


def test_a_question_that_found_nothing_costs_its_zero_in_the_reciprocal_rank() -> None:
    # (1/1 + 1/2 + 1/4 + 0) / 4 = 1.75 / 4
    assert reciprocal_rank([1, 2, 4, None]) == 0.4375
    assert reciprocal_rank([None]) == 0.0
    assert reciprocal_rank([]) == 0.0


def test_a_share_of_nothing_is_whole() -> None:
    # Declined: 8, of them rightly 6; to be declined: 10. Precision 6/8, recall 6/10.
    assert share(6, 8) == 0.75
    assert share(6, 10) == 0.6
    assert share(0, 5) == 0.0
    assert share(0, 0) == 1.0


def test_the_mean() -> None:
    assert mean([1.0, 2.0, 6.0]) == 3.0  # 9 / 3
    assert mean([]) == 0.0


@pytest.mark.parametrize(
    ("portion", "value"),
    [
        (0.5, 20.0),  # 2 of 4 values do not exceed 20
        (0.51, 30.0),  # 2 of 4 are too few for 0.51; 3 are enough
        (0.75, 30.0),  # 3 of 4
        (0.95, 40.0),  # 3.8 of 4: all four
        (1.0, 40.0),
        (0.0, 10.0),  # the smallest there is
    ],
)
def test_a_percentile_is_one_of_the_values(portion: float, value: float) -> None:
    assert percentile([40.0, 10.0, 30.0, 20.0], portion) == value


def test_a_percentile_of_nothing_is_zero() -> None:
    assert percentile([], 0.95) == 0.0


@pytest.mark.parametrize(
    ("quote", "gold", "there"),
    [
        ((0, 100), (10, 20), True),  # the whole of it
        ((0, 18), (10, 20), True),  # 8 of 10 characters
        ((0, 17), (10, 20), False),  # 7 of 10
        ((15, 90), (10, 20), False),  # 5 of 10
        ((20, 30), (10, 20), False),  # they only touch
        ((0, 5), (10, 20), False),  # apart: the common part would be negative
        ((0, 5), (3, 3), False),  # a sentence of nothing is nowhere
    ],
)
def test_a_gold_sentence_is_quoted_when_four_fifths_of_it_are(
    quote: tuple[int, int], gold: tuple[int, int], there: bool
) -> None:
    assert overlaps(quote, gold) is there


def test_a_wrong_answer_costs_what_a_right_one_earns() -> None:
    # Of ten questions six are answered rightly, one wrongly, three not at all: (6 - 1) / 10.
    assert earned(6, 1, 10) == 0.5
    assert earned(0, 0, 10) == 0.0  # who declines everything earns nothing
    assert earned(0, 3, 3) == -1.0
    assert earned(0, 0, 0) == 0.0


def test_syllables_are_groups_of_vowels_without_a_silent_e() -> None:
    one = "the make makes whole trained free rules hmm"
    two = "model table mistakes classes needed tables over"
    three = "attention computed example"
    for number, known in enumerate((one, two, three), 1):
        assert {word: syllables(word) for word in known.split()} == dict.fromkeys(known.split(), number)
    assert syllables("idea") == 2  # which has three: two vowels side by side are one group


def test_the_grade_of_two_sentences() -> None:
    # Eight words (12 is none), two sentences, ten syllables: the mod-el learns, it makes a few mis-takes.
    text = "The model learns. It makes 12 a few mistakes!"
    assert grade(text) == pytest.approx(0.39 * 8 / 2 + 11.8 * 10 / 8 - 15.59)
    assert grade("Go.") == pytest.approx(0.39 + 11.8 - 15.59)
    assert grade("42 = 6 * 7") is None


def test_the_middle_leaves_out_two_and_a_half_of_a_hundred_at_each_end() -> None:
    assert middle([float(n) for n in range(1, 41)]) == (1.0, 39.0)
    assert middle([]) == (0.0, 0.0)
