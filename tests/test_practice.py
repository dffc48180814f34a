"""Practice: what comes next, what an answer does, what can be taken back; all of it kept for one learner."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import drafts, notes
from tutor.cards import CHOICE, ORDER, RECALL, Card
from tutor.errors import BadInput
from tutor.library import Library
from tutor.passages import Source
from tutor.practice import EASY, Mastery, Practice

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LORA = "low-rank-adapters-lora"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


@pytest.fixture
def practice(library: Library) -> Practice:
    return Practice(library, "ada")


def right(card: Card) -> str | list[str]:
    return list(card.steps) if card.kind == ORDER else card.answer


def state(practice: Practice, now: datetime = NOW) -> tuple[object, ...]:
    """All that can be seen of a learner's practice."""
    return practice.standing(now), practice.mastery(now), practice.reviews(), practice.next(now + 30 * DAY, 400)


def test_new_cards_come_in_the_handbooks_order_and_those_asked_for_first(practice: Practice) -> None:
    assert [one.card for one in practice.next(NOW, 3)] == practice.cards()[:3]
    first = practice.next(NOW, 9, first=[LORA, "tokenization"])
    assert [one.card.chapter for one in first] == [LORA] * 6 + ["tokenization"] * 3
    assert {one.card.chapter for one in practice.next(NOW, 400, "Tokenization")} == {"tokenization"}


def test_a_right_answer_comes_again_after_days_and_a_wrong_one_after_minutes(practice: Practice) -> None:
    good, bad = (one.card for one in practice.next(NOW, 2))
    settled = practice.answer(good.id, right(good), NOW)
    assert settled.grade.outcome == settled.review.outcome == "right"
    assert settled.due >= NOW + DAY
    missed = practice.answer(bad.id, None, NOW)
    assert missed.due == NOW + timedelta(minutes=10)
    assert good.id not in {one.card.id for one in practice.next(NOW, 400)}
    assert [one.card for one in practice.due(NOW + timedelta(minutes=11))] == [bad]
    assert practice.due(NOW + timedelta(minutes=11))[0].times == 1


def test_intervals_grow_while_a_card_is_known_and_shrink_when_it_is_not(practice: Practice) -> None:
    card, now, waits = practice.cards()[0], NOW, []
    for _ in range(5):
        due = practice.answer(card.id, right(card), now).due
        waits.append((due - now).days)
        now = due
    assert waits == sorted(waits)
    assert waits[-1] > 10 * waits[0]
    practice.answer(card.id, None, now)
    again = practice.answer(card.id, right(card), now + timedelta(minutes=10))
    assert (again.due - now).days < waits[-1]


def test_a_card_is_due_from_the_first_minute_of_its_day(practice: Practice) -> None:
    card = practice.cards()[0]
    zone = timezone(timedelta(hours=5))
    evening = datetime(2026, 1, 5, 22, tzinfo=zone)
    due = practice.answer(card.id, right(card), evening).due
    morning = due.replace(hour=0, minute=1)
    assert due.tzinfo == zone
    assert not practice.due(morning - timedelta(minutes=2))
    assert [one.card for one in practice.due(morning)] == [card]
    later = practice.answer(card.id, right(card), morning)
    assert (later.due - due).days > (due - evening).days  # earlier on its day is not before its time


def test_when_nothing_is_left_what_was_missed_a_moment_ago_comes_again(practice: Practice) -> None:
    for card in practice.cards(LORA):
        practice.answer(card.id, None if card.kind == RECALL else right(card), NOW)
    again = practice.next(NOW + timedelta(minutes=1), 10, LORA)
    assert {one.card.kind for one in again} == {RECALL}


def test_the_last_answer_can_be_taken_back_and_nothing_of_it_stays(practice: Practice) -> None:
    assert practice.undo() is None
    one, other = practice.cards()[:2]
    empty = state(practice)
    practice.answer(one.id, right(one), NOW)
    once = state(practice)
    practice.answer(one.id, None, NOW + 3 * DAY)
    practice.answer(other.id, None, NOW + 3 * DAY)
    for card, before in ((other, None), (one, once), (one, empty)):
        taken = practice.undo()
        assert taken is not None
        assert taken.card == card.id
        assert before is None or state(practice) == before


def test_the_learners_own_word_schedules_as_if_it_had_been_graded_so(practice: Practice) -> None:
    one, other = practice.cards()[:2]
    wrong = practice.answer(one.id, None, NOW)
    practice.answer(other.id, right(other), NOW)
    assert practice.overrule(wrong.review.number, "right").outcome == "right"
    dues = {due.card.id: due.due for due in practice.due(NOW + 30 * DAY)}
    assert dues[one.id] == dues[other.id]
    practice.overrule(wrong.review.number, EASY)
    easier = {due.card.id: due.due for due in practice.due(NOW + 90 * DAY)}
    assert easier[one.id] > easier[other.id]  # type: ignore[operator]


def test_only_the_last_answer_of_a_card_can_be_changed(practice: Practice) -> None:
    card = practice.cards()[0]
    first = practice.answer(card.id, None, NOW).review.number
    practice.answer(card.id, right(card), NOW + DAY)
    with pytest.raises(BadInput, match="answered again since"):
        practice.overrule(first, "right")
    with pytest.raises(BadInput, match="wrong, nearly, right, easy"):
        practice.overrule(first + 1, "perfect")
    with pytest.raises(BadInput, match="no answer 99"):
        practice.overrule(99, "right")


def test_nothing_is_kept_of_what_is_no_answer(practice: Practice) -> None:
    card = next(card for card in practice.cards() if card.kind == CHOICE)
    before = state(practice)
    for id, typed in ((card.id, "something else"), (card.id, " "), ("none/such", "x")):
        with pytest.raises(BadInput):
            practice.answer(id, typed, NOW)
    with pytest.raises(BadInput, match="asks nothing"):
        practice.next(NOW, 0)
    assert state(practice) == before


def test_mastery_is_the_share_of_a_chapters_cards_still_known(practice: Practice) -> None:
    assert practice.mastery(NOW)[LORA] == Mastery(0.0, 0, len(practice.cards(LORA)), 0)
    for card in practice.cards(LORA):
        practice.answer(card.id, right(card), NOW)
    known = practice.mastery(NOW)[LORA]
    assert known.share == 1
    assert known.mastered
    later = practice.mastery(NOW + 60 * DAY)[LORA]
    assert 0 < later.share < known.share
    practice.answer(practice.cards(LORA)[0].id, None, NOW)
    worse = practice.mastery(NOW)[LORA]
    assert worse.missed == 1
    assert worse.share == pytest.approx(1 - 1 / worse.cards)
    assert not practice.mastery(NOW)["tokenization"].mastered


def test_another_learner_sees_and_changes_nothing(practice: Practice, library: Library) -> None:
    card = practice.cards()[0]
    number = practice.answer(card.id, right(card), NOW).review.number
    other = Practice(library, "bob")
    assert other.standing(NOW).seen == 0
    assert other.reviews() == []
    assert other.undo() is None
    with pytest.raises(BadInput):
        other.overrule(number, "wrong")
    assert practice.reviews()[0].outcome == "right"


def test_all_is_there_after_a_restart(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        practice = Practice(library, "ada")
        for card in practice.cards()[:5]:
            practice.answer(card.id, right(card), NOW)
        before = state(practice)
    with Library.open(tmp_path / "library.db") as library:
        assert state(Practice(library, "ada")) == before


def test_the_words_that_settle_a_card_are_an_exact_span(practice: Practice, library: Library) -> None:
    assert practice.quote(practice.cards()[0]) is None  # the notes are not there yet
    notes.keep(library)
    for card in practice.cards():
        quote = practice.quote(card)
        source = library.source(card.url)
        assert quote is not None
        assert source is not None
        assert source.text[quote.start : quote.end] == quote.text == card.quote
        assert quote.heading


def test_cards_made_of_what_was_read_come_behind_the_own_ones_of_their_chapter(library: Library) -> None:
    text = (
        "# Otters\n\nSharded attention is a training method that splits the scores of each head over several devices."
    )
    library.put(Source(url="https://otters.test/x", title="Sharding", text=text, chapter=LORA))
    assert drafts.keep(library).made == 2  # the term by its definition, and the definition by its term
    practice = Practice(library, "ada")
    *own, card, other = practice.cards(LORA)
    assert len(own) == 6
    assert card.url == other.url == "https://otters.test/x"
    assert practice.mastery(NOW)[LORA].cards == 6  # not counted before it was met
    practice.answer(card.id, None, NOW)
    assert practice.mastery(NOW)[LORA].cards == 7
    quote = practice.quote(card)
    assert quote is not None
    assert quote.link.startswith("https://otters.test/x#:~:text=")


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["right", "wrong", "undo", "easy"])), max_size=12))
def test_as_many_are_due_or_later_as_were_met_whatever_happens(steps: list[tuple[int, str]]) -> None:
    with Library.open(Path(":memory:")) as library:
        practice, now, met = Practice(library, "ada"), NOW, []  # type: tuple[Practice, datetime, list[str]]
        for days, what in steps:
            now += timedelta(days=days, minutes=11)
            card = practice.next(now, 1)[0].card
            if what == "undo":
                practice.undo()
                met = met[:-1]
                continue
            settled = practice.answer(card.id, None if what == "wrong" else right(card), now)
            met.append(card.id)
            if what == "easy":
                practice.overrule(settled.review.number, EASY)
        standing = practice.standing(now)
        assert standing.seen == len(set(met))
        assert len(practice.reviews()) == len(met)
        assert standing.due + standing.new <= len(practice.cards())


# -- a learner of twelve weeks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_a_learner_who_misses_days_and_forgets_is_never_stuck(practice: Practice, seed: int) -> None:
    """Twelve weeks: three of ten days missed, one week away, a fifth of all answers wrong, some undone."""
    rng = Random(seed)
    for day in range(84):
        if rng.random() < 0.3 or 35 <= day < 42:
            continue
        now = NOW + day * DAY + timedelta(minutes=rng.randrange(600))
        for _ in range(40):  # an evening
            due = practice.due(now)
            chosen = due or (practice.new()[:1] if practice.standing(now).seen < 5 * (day + 1) else [])
            if not chosen:
                break
            card = chosen[0].card
            practice.answer(card.id, None if rng.random() < 0.2 else right(card), now)
            if rng.random() < 0.05:
                practice.undo()
            now += timedelta(minutes=1)
    end = NOW + 84 * DAY
    standing = practice.standing(end)
    met = {review.card for review in practice.reviews()}
    assert standing.seen == len(met) > 100
    later = {one.card.id for one in practice.due(end + 400 * DAY)}
    assert later == met  # every card met has its next review
    now = end
    for _ in range(2000):  # and all that is due can be worked off in one go
        due = practice.due(now)
        if not due:
            break
        practice.answer(due[0].card.id, right(due[0].card), now)
    assert practice.due(now) == []
    assert practice.standing(now).next_due is not None
