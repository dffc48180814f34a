"""Plots: their numbers against ones worked out by hand, and SVG that is well formed whatever it is told."""

from xml.etree import ElementTree

import pytest

from eval.plots import (
    Axis,
    Curve,
    bins,
    cumulative,
    expected_error,
    legend,
    percent,
    plot,
    reliability,
    shares,
    span,
    spark,
    times,
    wilson,
)  # fmt: skip


def test_a_cumulative_curve_rises_to_all() -> None:
    assert cumulative([20.0, 10.0, 20.0, 40.0]) == [(10.0, 0.25), (20.0, 0.75), (40.0, 1.0)]
    assert cumulative([]) == []


def test_bins_hold_their_lower_edge_and_the_last_one_its_upper() -> None:
    found = bins([0.0, 0.1, 0.15, 1.0], [False, True, False, True])
    assert [(one.low, one.count, one.true) for one in found] == [(0.0, 1, 0), (0.1, 2, 1), (0.9, 1, 1)]
    assert found[1].mean == pytest.approx(0.125)
    assert found[1].share == 0.5
    # a quarter of |0 - 0|, half of |0.5 - 0.125|, a quarter of |1 - 1|
    assert expected_error(found) == pytest.approx(0.1875)
    assert expected_error([]) == 0


def test_wilson_s_interval_is_that_of_the_books() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == pytest.approx(1)
    assert wilson(0, 0) == (0, 1)


def test_an_axis_puts_what_is_outside_on_its_edge() -> None:
    logarithmic = Axis(1, 1000, (), "ms", log=True)
    assert [logarithmic.at(value) for value in (0, 1, 10, 1000, 1e6)] == pytest.approx([0, 0, 1 / 3, 1, 1])
    assert shares("x", 0.5).at(0.25) == 0.5


def test_every_picture_is_well_formed_and_says_what_it_shows() -> None:
    evil = '"><script>alert(1)</script>'
    curve = Curve(evil, [(0, 0), (1, 1)], steps=True, dots=True)
    pictures = [
        plot(evil, shares(evil), shares(evil), [curve], [(0.5, 0.5, 0)], [(0.3, evil)]),
        plot("nothing", shares("x"), shares("y"), []),
        spark([0.5], "one"),
        spark([0.5, 0.5, 0.5], "the same"),
        span(0.9, (0.8, 1.2), 0.95),
        reliability(bins([0.2, 0.9], [False, True]), 0.75),
        times({"evidence": [0.0, 250.0], "whole": [900.0, 12_000.0]}),
        times({"alone": [1.0, 1.0]}),
        legend([evil, "two"]),
    ]
    for picture in pictures:
        assert "<script" not in picture
        ElementTree.fromstring(picture)
    assert 'aria-label="2 runs"' in spark([0.1, 0.2], "2 runs")
    assert percent(0.914) == "91\N{NO-BREAK SPACE}%"
