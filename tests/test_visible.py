"""Text as a person sees it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.visible import folded, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain words", "plain words"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("i\u200bgno\u2060re\ufeff me\u00ad", "ignore me"),
        ("a\U000e0049\U000e0067b", "ab"),
        ("\u202eabc\u202c", "abc"),
        ("\x1b]8;;https://a.test\x07here\x1b]8;;\x1b\\ \x1b[1;31mred\x9b0m", "here red"),
        ("\x1b]0;title\x07x\x1bcy\x08", "xy"),
        ("क\u094d\u200dष a\u200d b", "क\u094d\u200dष a b"),
        ("naïve café λ ≤ 你好 🙂", "naïve café λ ≤ 你好 🙂"),
    ],
)
def test_what_is_unseen_goes_and_the_rest_stays(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text())
def test_nothing_unseen_is_left_and_nothing_changes_twice(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Co") and letter not in "\n\t" for letter in once)


@given(st.text())
def test_folding_knows_where_each_letter_comes_from(text: str) -> None:
    plain, offsets = folded(text)
    assert len(plain) == len(offsets)
    assert offsets == sorted(offsets)
    for letter, offset in zip(plain, offsets, strict=True):
        assert letter in unicodedata.normalize("NFKC", text[offset]).lower()


def test_disguises_fold_into_what_they_stand_for() -> None:
    assert folded("＜｜IM\u200b_end｜＞")[0] == "<|im_end|>"
