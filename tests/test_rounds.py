"""A round of cards: which are in it, where the learner is, and that its answers are the reviews, whatever happens."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.practising import CARDS, FLASH, FROZEN, LORA, MEMORY, NOON, STEPS, TILING, ZERO
from tutor.errors import BadInput
from tutor.grading import RIGHT, WRONG
from tutor.library import Library
from tutor.practice import EASY, Practice, as_given
from tutor.rounds import NEW, REVIEW, ROUND, Rounds


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def rounds_of(library: Library, owner: str = "ada") -> Rounds:
    return Rounds(library, owner, Practice(library, owner, cards=CARDS))


@pytest.fixture
def rounds(library: Library) -> Rounds:
    """A round of all four cards, just begun."""
    made = rounds_of(library)
    made.begin(made.choose(NEW, NOON), NEW)
    return made


def names(rounds: Rounds, chosen: str, later: timedelta = timedelta(0)) -> list[str]:
    return [one.card.name for one in rounds.choose(chosen, NOON + later)]


def right(rounds: Rounds) -> None:
    """Answers the whole round right."""
    for card in CARDS:
        rounds.answer(card.id, card.steps or card.answer, NOON)
        rounds.onward(card.id)


def test_what_a_round_is_chosen_by(library: Library) -> None:
    rounds = rounds_of(library)
    assert names(rounds, REVIEW) == []
    assert names(rounds, NEW) == ["frozen", "zero", "memory", "tiling"]
    assert names(rounds, FLASH) == ["tiling"]
    assert names(rounds, "s4") == ["frozen", "zero", "memory"]
    with pytest.raises(BadInput, match="nowhere"):
        rounds.choose("nowhere", NOON)
    rounds.begin(rounds.choose(NEW, NOON), NEW)
    right(rounds)
    assert names(rounds, NEW) == names(rounds, "s4") == []
    assert sorted(names(rounds, REVIEW, timedelta(days=30))) == ["frozen", "memory", "tiling", "zero"]
    assert names(rounds, "s6", timedelta(days=30)) == ["tiling"]


def test_new_cards_come_from_the_chapters_that_come_first(library: Library) -> None:
    rounds = rounds_of(library)
    assert rounds.choose(NEW, NOON, [FLASH])[0].card == TILING


def test_a_round_is_ten_cards_of_the_tutors_own_at_most(library: Library) -> None:
    assert len(Rounds(library, "ada").choose(NEW, NOON)) == ROUND


def test_an_empty_round_is_none(rounds: Rounds) -> None:
    with pytest.raises(BadInput, match="no card"):
        rounds.begin([], REVIEW)
    assert rounds.under_way()


def test_the_place_and_the_answers_are_there_after_a_restart(rounds: Rounds, library: Library) -> None:
    rounds.answer(FROZEN.id, FROZEN.answer, NOON)
    with Library.open(library.path) as again:
        round = rounds_of(again).under_way()
    assert round is not None
    assert round.current is not None
    assert round.current.card == FROZEN
    assert [review.outcome for review in round.answers] == [RIGHT]
    rounds.onward(FROZEN.id)
    with Library.open(library.path) as again:
        round = rounds_of(again).under_way()
    assert round is not None
    assert round.at == 1


def test_a_round_ends_after_its_last_card_and_is_left(rounds: Rounds) -> None:
    right(rounds)
    round = rounds.under_way()
    assert round is not None
    assert round.current is None
    assert len(round.answers) == 4
    rounds.leave()
    assert rounds.under_way() is None


def test_undo_steps_back_through_the_round_and_no_further(rounds: Rounds, library: Library) -> None:
    rounds.answer(FROZEN.id, FROZEN.answer, NOON)
    rounds.onward(FROZEN.id)
    rounds.answer(ZERO.id, None, NOON)
    assert rounds.undo() == ZERO
    assert rounds.undo() == FROZEN
    round = rounds.under_way()
    assert round is not None
    assert (round.at, round.answers) == (0, ())
    assert rounds.undo() is None
    rounds.answer(FROZEN.id, FROZEN.answer, NOON)
    rounds.begin(rounds.choose(NEW, NOON), NEW)
    assert rounds.undo() is None, "the answer belongs to the round before"
    assert len(Practice(library, "ada").reviews()) == 1


def test_only_the_card_that_is_asked_is_answered_and_once(rounds: Rounds) -> None:
    with pytest.raises(BadInput, match="Another card"):
        rounds.answer(ZERO.id, "zero", NOON)
    with pytest.raises(BadInput, match="not answered yet"):
        rounds.onward(FROZEN.id)
    rounds.answer(FROZEN.id, None, NOON)
    with pytest.raises(BadInput, match="answered already"):
        rounds.answer(FROZEN.id, FROZEN.answer, NOON)


def test_what_is_no_answer_leaves_the_round_where_it_is(rounds: Rounds) -> None:
    with pytest.raises(BadInput, match="none of the options"):
        rounds.answer(FROZEN.id, "something else", NOON)
    round = rounds.under_way()
    assert round is not None
    assert round.answers == ()


def test_learners_have_rounds_of_their_own(rounds: Rounds, library: Library) -> None:
    assert rounds_of(library, "bob").under_way() is None
    rounds_of(library, "bob").leave()
    assert rounds.under_way()


def test_a_card_that_is_gone_is_passed_over(rounds: Rounds, library: Library) -> None:
    rounds.answer(FROZEN.id, FROZEN.answer, NOON)
    rounds.onward(FROZEN.id)
    fewer = Rounds(library, "ada", Practice(library, "ada", cards=(ZERO, TILING)))
    round = fewer.under_way()
    assert round is not None
    assert round.current is not None
    assert round.current.card == ZERO
    fewer.answer(ZERO.id, "zero", NOON)
    fewer.onward(ZERO.id)
    round = fewer.under_way()
    assert round is not None
    assert round.current is not None
    assert round.current.card == TILING
    assert Rounds(library, "ada", Practice(library, "ada", cards=())).under_way() is None


# -- what came of an answer given before ----------------------------------------------------------------------------


def test_an_answer_is_told_again_as_it_was(rounds: Rounds, library: Library) -> None:
    practice = Practice(library, "ada", cards=CARDS)
    for card, given in ((FROZEN, FROZEN.wrong[0].text), (ZERO, "zero or one"), (MEMORY, None), (TILING, STEPS[::-1])):
        settled = rounds.answer(card.id, given, NOON)
        assert practice.settled(settled.review.number, NOON) == settled
        rounds.onward(card.id)


def test_the_learners_word_counts_and_the_grade_stays(library: Library) -> None:
    practice = Practice(library, "ada", cards=CARDS)
    number = practice.answer(ZERO.id, "none", NOON).review.number
    practice.overrule(number, RIGHT)
    settled = practice.settled(number, NOON)
    assert settled.review.outcome == RIGHT
    assert settled.due > NOON + timedelta(days=1)
    practice.overrule(number, EASY)
    assert practice.settled(number, NOON).due > settled.due


def test_an_option_that_is_gone_was_still_chosen(library: Library) -> None:
    number = Practice(library, "ada", cards=CARDS).answer(FROZEN.id, FROZEN.wrong[0].text, NOON).review.number
    other = Practice(library, "ada", cards=(replace(FROZEN, wrong=FROZEN.wrong[1:]),))
    settled = other.settled(number, NOON)
    assert settled.grade.outcome == WRONG
    assert FROZEN.answer in settled.grade.why


def test_what_was_given_is_read_back() -> None:
    assert as_given(ZERO, "") is None
    assert as_given(ZERO, "zero") == "zero"
    assert as_given(TILING, '["b", "a"]') == ["b", "a"]
    assert LORA in ZERO.id
