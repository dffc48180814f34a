"""Near-duplicates: what is nearly the same, and what only looks like it."""

import random

import numpy as np
import pytest

from tutor.twins import ALIKE, FEWEST_WORDS, SIGNATURE, likeness, nearest, same_title, shingles, signature


def words(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices("abcdefghijklmnop", k=5)) for _ in range(count)]


def alike(one: list[str], other: list[str]) -> float:
    first, second = signature(" ".join(one)), signature(" ".join(other))
    assert first is not None
    assert second is not None
    return likeness(first, second)


def exact(one: list[str], other: list[str]) -> float:
    first, second = set(shingles(one).tolist()), set(shingles(other).tolist())
    return len(first & second) / len(first | second)


def changed(text: list[str], share: float) -> list[str]:
    chance = random.Random(9)
    return [word if chance.random() > share else "other" for word in text]


def test_a_signature_is_short_and_does_not_see_case_marks_and_lines() -> None:
    text = words(1, 2_000)
    mark = signature(" ".join(text))
    assert mark is not None
    assert len(mark) == 4 * SIGNATURE
    assert mark == signature(",\n# ".join(text).upper())
    assert (np.diff(np.frombuffer(mark, "<u4").astype(np.int64)) > 0).all()


def test_too_few_words_have_no_signature() -> None:
    assert signature("") is None
    assert signature(" ".join(words(1, FEWEST_WORDS - 1))) is None
    assert signature(" ".join(words(1, FEWEST_WORDS))) is not None


@pytest.mark.parametrize("length", [60, 150, 202, 203, 1_000, 5_000])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 1.0])
def test_likeness_is_the_share_of_common_shingles(length: int, share: float) -> None:
    one = words(2, length)
    other = changed(one, share)
    assert alike(one, other) == alike(other, one) == pytest.approx(exact(one, other), abs=0.0 if length < 200 else 0.1)


@pytest.mark.parametrize("length", [300, 1_000, 4_000])
def test_copies_are_found_and_others_are_not(length: int) -> None:
    text = words(3, length)
    assert alike(text, changed(text, 0.05)) >= ALIKE
    assert alike(text, text[: length // 2] + words(4, 80) + text[length // 2 :]) >= ALIKE  # a paragraph more
    assert alike(text, text[80:]) >= ALIKE  # a paragraph less
    assert alike(text, changed(text, 0.3)) < ALIKE
    assert alike(text, text[: length // 3] + words(5, length)) < ALIKE
    assert alike(text, words(6, length)) < 0.02


def test_the_nearest_come_first_and_the_rest_not_at_all() -> None:
    text = words(7, 900)
    others = [words(8, 900), changed(text, 0.06), words(9, 70), text, changed(text, 0.02), changed(text, 0.5)]
    marks = [mark for other in others if (mark := signature(" ".join(other)))]
    mine = signature(" ".join(text))
    assert mine is not None
    assert nearest(mine, marks) == [3, 4, 1]
    assert nearest(mine, []) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Attention as a Lookup", "Attention as a lookup | The Journal", True),
        ("How Attention Works", "How Self-Attention Works", True),
        ("Page 1", "Page 2", False),
        ("A course, part 1", "A course, part 2", False),
        ("Alpha", "Beta", False),
        ("", "Untitled", True),
    ],
)
def test_titles_tell_the_parts_of_a_series_apart(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same_title(other, one) is same
