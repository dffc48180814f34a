"""Speed: the arithmetic of it; the figures themselves are the machine's."""

import time
from collections.abc import Iterator

import pytest

from eval.speed import Timed, peak_megabytes, show, timed


def slowly(first: float, rest: float, pieces: int) -> Iterator[str]:
    time.sleep(first)
    yield "a"
    for _ in range(pieces - 1):
        time.sleep(rest)
        yield "b"


def test_the_first_piece_is_timed_apart_from_the_rest() -> None:
    one = timed(slowly(0.2, 0.02, 6))
    assert 0.2 <= one.first < 0.4
    assert 10 < one.rate <= 50


def test_nothing_written_is_no_rate() -> None:
    assert timed(iter(())).rate == 0.0


def test_ratios_are_taken_round_by_round(capsys: pytest.CaptureFixture[str]) -> None:
    show("m", [Timed(1.1, 9.0), Timed(2.2, 9.0)], [Timed(1.0, 10.0), Timed(2.0, 10.0)])
    assert capsys.readouterr().out.count("1.10") == 1
    show("m", [Timed(1.0, 9.0)], [Timed(1.0, 10.0)])
    assert "0.90" in capsys.readouterr().out


def test_memory_is_told() -> None:
    assert peak_megabytes() > 10
