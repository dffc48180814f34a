"""Figures as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.quantities import read


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("48", "GB", 48), ("48 GB", "GB", 48), ("48GB", "GB", 48), ("4.8e10 bytes", "GB", 48), ("0.048 TB", "GB", 48),
        ("384 Gbit", "GB", 48), ("48,000 MB", "GB", 48), ("about 48", "GB", 48), ("~ 48 gigabytes.", "GB", 48),
        ("75 %", "", 0.75), ("3/4", "", 0.75), ("0,75", "", 0.75), (".75", "", 0.75), ("75%", "%", 75),
        ("75 percent", "%", 75), ("2 percentage points", "%", 2), ("2 %", "percentage points", 2),
        ("7B", "", 7e9), ("7 billion parameters", "parameters", 7e9), ("7", "billion", 7),
        ("7 billion", "billion", 7), ("7B parameters", "billion parameters", 7), ("7000 million", "billion", 7),
        ("7e9", "billion", 7),
        ("32,768", "", 32768), ("32 768", "", 32768), ("2^15", "", 32768), ("2**15", "", 32768),
        ("1.2 x 10^9", "", 1.2e9), ("1.2 × 10^9", "", 1.2e9), ("100 ms", "seconds", 0.1), ("2 h", "minutes", 120),
        ("12 words", "tokens", 12), ("-0.5", "", -0.5), ("−0.5", "", -0.5), ("48 B", "bytes", 48), ("$5", "", 5),
        ("5 thousand tokens", "tokens", 5000), ("2 PFLOPs", "TFLOPs", 2000),
        ("three", "", 3), ("forty-eight GB", "GB", 48), ("six million", "million", 6), ("1 in 50", "", 0.02),
        ("500 - 7 = 493", "", 493), ("9^2 = 81", "", 81), ("50 * 4 * 10", "", 2000), ("50 x 4", "", 200),
        ("-2 ln 2", "", -1.386294), ("e^2", "", 7.389056), ("19 - 16 = 3, the best lost 16", "", 3),
        ("~1e10 parameters", "billion", 10), ("3 (about)", "", 3),
    ],
)  # fmt: skip
def test_a_number_in_the_unit_that_is_asked_for(typed: str, unit: str, value: float) -> None:
    assert read(typed, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("5 s", "GB"),
        ("12 tokens", "GB"),
        ("12 GB", "seconds"),
        ("64 MB", "million"),
        ("9 GB", ""),
        ("20 tokens per second", "tokens"),
    ],
)
def test_a_unit_of_something_else_is_named(typed: str, unit: str) -> None:
    assert read(typed, unit) == typed.partition(" ")[2]


@pytest.mark.parametrize(
    "typed", ["", "hello", "1 1/2", "1e400", "3/0", "GB 48", "1.2.3", "9**9**9", "10^999999", "2 +"]
)
def test_what_is_no_number(typed: str) -> None:
    assert read(typed) is None


@given(st.text(max_size=60), st.sampled_from(["", "GB", "seconds", "tokens", "billion", "%"]))
def test_any_text_is_a_number_another_unit_or_none(typed: str, unit: str) -> None:
    value = read(typed, unit)
    assert value is None or isinstance(value, str | float)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_whole_number_is_read_however_it_is_grouped(number: int) -> None:
    assert read(str(number)) == read(f"{number:,}") == float(number)
