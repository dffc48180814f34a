"""Sums: plain arithmetic has a value, nothing else is evaluated."""

import pytest

from tutor.sums import calculated


@pytest.mark.parametrize(
    ("text", "value"),
    [("2 * 3 + 4", 10), ("2 ** 10", 1024), ("log2(8)", 3), ("-(1 - 3) / 4", 0.5), ("max(1, 2)", 2), ("e ** 0", 1)],
)
def test_sums(text: str, value: float) -> None:
    assert calculated(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "a", "e()", "(" * 300, "1 +", "open('x')", "(1).__class__", "9 ** 9 ** 9 ** 9", "True", "'1' * 3"]
)
def test_what_is_no_sum(text: str) -> None:
    with pytest.raises(ValueError, match="no sum of numbers"):
        calculated(text)
