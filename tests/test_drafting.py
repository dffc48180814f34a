"""The measure of drafts: counts, samples that repeat, and shares worked out by hand."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from eval import drafting
from eval.drafting import Share, Verdict
from tutor.errors import BadInput
from tutor.library import Library
from tutor.passages import Source

PAGE = Source(
    url="https://own.test/1",
    title="Byte-pair encoding",
    text="Lantern pruning is a decoding method that drops candidate tokens whose probability falls under a floor.",
    language="en",
)


def test_the_library_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Library.open(path) as library:
        library.put(PAGE)
    cards, rejected = drafting.made(path)
    assert {card.answer for card in cards} >= {"Lantern pruning"}
    assert rejected == {}
    with Library.open(path) as library:
        assert library.rows("SELECT * FROM drafts") == []


def test_without_a_library_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Set TUTOR_HOME"):
        drafting.made(tmp_path / "none.db")


def test_a_sample_repeats_and_another_seed_gives_another() -> None:
    cards, rejected = drafting.made_of_notes()
    assert len(cards) > 50
    assert rejected
    assert drafting.sample(cards, 20, 1) == drafting.sample(list(reversed(cards)), 20, 1)
    assert drafting.sample(cards, 20, 1) != drafting.sample(cards, 20, 2)
    assert len(drafting.sample(cards, 10_000, 1)) == len(cards)


def test_shares_and_their_intervals() -> None:
    verdicts = [Verdict("pages", f"c/{n}", "choice" if n % 2 else "recall", n != 0, n > 1) for n in range(10)]
    found = drafting.scores(verdicts)
    assert found["right, pages, all"] == Share(9, 10)
    assert found["sensible, pages, choice"] == Share(4, 5)
    low, high = Share(9, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)  # Wilson's, from a table
    assert Share(0, 0).interval == (0.0, 1.0)


def test_the_kept_labels_read_and_name_each_card_once() -> None:
    verdicts = drafting.read_labels()
    assert len({(one.of, one.card) for one in verdicts}) == len(verdicts)
    assert all(one.reason or (one.right and one.sensible) for one in verdicts)


def test_a_line_that_is_no_verdict_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(asdict(Verdict("pages", "a/b", "choice", True, True))) + "\n{}\n")
    with pytest.raises(BadInput, match=r"labels\.jsonl:2"):
        drafting.read_labels(path)


def test_the_score_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert drafting.main(["--score"]) == 0
    assert "right, pages, all" in capsys.readouterr().out
