"""
Practice: which card comes next, what an answer does to when it comes again, and how well each chapter is known.

Cards are scheduled for each learner with FSRS (Ye, Su, Cao 2022; the `fsrs` package), and all of it stands in
library.db: every review with what was answered and the schedule before it, so that the last one can be taken back.
Knows no clock: the moment is told, in the learner's time zone. Knows nothing of how cards are written or shown.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from sqlite3 import Row
from typing import TYPE_CHECKING, Final

from tutor import cards as own
from tutor import handbook as handbooks
from tutor.cards import ORDER, Card
from tutor.citing import found
from tutor.drafts import cards_of as drafted
from tutor.errors import BadInput
from tutor.grading import NEARLY, RIGHT, WRONG, Grade, grade, unknown
from tutor.handbook import Handbook
from tutor.library import Library
from tutor.links import NOTES
from tutor.passages import Quote

if TYPE_CHECKING:
    import fsrs

EASY = "easy"  # right without thinking: only the learner can say so
OUTCOMES: Final = (WRONG, NEARLY, RIGHT, EASY)
RETENTION = 0.9  # the chance to know a card when it comes again
LONGEST = 365  # days between two reviews of a card
SOON = timedelta(minutes=20)  # a card missed a moment ago comes again before nothing at all does
MASTERED = 0.8  # of a chapter's cards
_CREDIT: Final = {WRONG: 0.0, NEARLY: 0.5, RIGHT: 1.0, EASY: 1.0}
_LEAST_SEEN = 4  # cards of a chapter, before it can be called mastered


@dataclass(frozen=True, slots=True)
class Due:
    """A card to answer now. `due`: since when; None for one that was never answered."""

    card: Card
    due: datetime | None = None
    times: int = 0  # answered before: how its options are mixed this time


@dataclass(frozen=True, slots=True)
class Review:
    """An answer that was given. `before`: whether it was a new card."""

    number: int
    card: str
    chapter: str
    at: datetime
    outcome: str
    given: str
    new: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of an answer: its grade, and when the card comes again."""

    review: Review
    card: Card
    grade: Grade
    due: datetime


@dataclass(frozen=True, slots=True)
class Mastery:
    """
    How well a chapter is known. `share`: of its cards, those last answered right, each weighed by the chance that it is
    still known (FSRS); 0 to 1. `missed`: cards last answered wrong.
    """

    share: float = 0.0
    seen: int = 0
    cards: int = 0
    missed: int = 0

    @property
    def mastered(self) -> bool:
        return self.share >= MASTERED and self.seen >= min(_LEAST_SEEN, self.cards)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a learner stands: cards due now, never answered, answered, and when the next one is due (None: none)."""

    due: int
    new: int
    seen: int
    next_due: datetime | None


class Practice:
    """One learner's practice in a library. Nobody else's can be reached through it."""

    def __init__(
        self, library: Library, owner: str, handbook: Handbook | None = None, cards: Sequence[Card] | None = None
    ) -> None:
        """`cards`: those to practise with, in place of all there are."""
        self._library = library
        self._owner = owner
        self._book = handbook or handbooks.load()
        self._cards = cards

    # -- cards ------------------------------------------------------------------------------------------------------

    def cards(self, chapter: str | None = None) -> list[Card]:
        """
        All cards, or a chapter's (by id or title): in the handbook's order, of each chapter the tutor's own and then
        those made of what was read. Raises BadInput where there is no such chapter.
        """
        wanted = self._book.chapter(chapter).id if chapter is not None else None
        if self._cards is None:
            place = {one.id: at for at, one in enumerate(self._book.chapters)}
            drafts = (card for card in drafted(self._library) if card.chapter in place)
            self._cards = sorted((*own.load(), *drafts), key=lambda card: place[card.chapter])
        return [card for card in self._cards if wanted in (None, card.chapter)]

    def card(self, id: str) -> Card:
        """The card with this id. Raises BadInput where there is none."""
        card = next((card for card in self.cards() if card.id == id), None)
        if card is None:
            raise BadInput(f"There is no card {id!r}. `tutor quiz --json` names those that come next.")
        return card

    def quote(self, card: Card) -> Quote | None:
        """The words that settle a card, as the library holds them; None where it does not (any more)."""
        return found(self._library, card.url, card.quote)

    # -- what comes next --------------------------------------------------------------------------------------------

    def due(self, now: datetime, chapter: str | None = None) -> list[Due]:
        """
        The cards to review now, the one most likely forgotten first.

        A card that comes after days is due from the first minute of its day; one that was just missed after minutes.
        """
        there = {card.id: card for card in self.cards(chapter)}
        times = self._times()
        waiting = []
        for row in self._schedules(_end_of_day(now)):
            if (card := there.get(row["card"])) and _is_due(row, now):
                chance = _scheduler().get_card_retrievability(_state(row), now.astimezone(UTC))
                waiting.append((chance, row["due"], Due(card, _moment(row["due"], now), times[card.id])))
        return [one for *_, one in sorted(waiting, key=lambda item: (item[0], item[1], item[2].card.id))]

    def new(self, chapter: str | None = None, first: Sequence[str] = ()) -> list[Due]:
        """Cards never answered: those of the chapters named `first`, then the rest, each in the handbook's order."""
        seen = {row["card"] for row in self._schedules()}
        place = {name: at for at, name in enumerate(first)}
        fresh = [card for card in self.cards(chapter) if card.id not in seen]
        return [Due(card) for card in sorted(fresh, key=lambda card: place.get(card.chapter, len(place)))]

    def next(self, now: datetime, n: int = 10, chapter: str | None = None, first: Sequence[str] = ()) -> list[Due]:
        """
        The next n cards: what is due, then what is new, then what was missed a few minutes ago.

        Raises BadInput where n is below 1.
        """
        if n < 1:
            raise BadInput(f"A quiz of {n} cards asks nothing. Give --n 1 or more.")
        chosen = self.due(now, chapter)[:n]
        if len(chosen) < n:
            chosen += self.new(chapter, first)[: n - len(chosen)]
        return chosen or self.due(now + SOON, chapter)[:n]

    def standing(self, now: datetime, chapter: str | None = None) -> Standing:
        there = {card.id for card in self.cards(chapter)}
        rows = [row for row in self._schedules() if row["card"] in there]
        today = _end_of_day(now).isoformat()
        later = [row["due"] for row in rows if row["due"] > today or not _is_due(row, now)]
        due = len(rows) - len(later)
        return Standing(due, len(there) - len(rows), len(rows), _moment(min(later), now) if later else None)

    # -- answering --------------------------------------------------------------------------------------------------

    def answer(self, id: str, given: str | Sequence[str] | None, now: datetime) -> Settled:
        """
        Grades an answer (None: "I do not know"), keeps it, and says when the card comes again.

        Raises BadInput for an id that is not there and for what is no answer; then nothing is kept.
        """
        card = self.card(id)
        graded = unknown(card) if given is None else grade(card, given)
        typed = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        before = self._schedule(id)
        state = json.dumps(_state(before).to_dict()) if before else None
        number = self._keep(card, graded.outcome, typed if given is not None else "", now, state)
        return Settled(self.review(number), card, graded, self._due(id, now))

    def settled(self, number: int, now: datetime) -> Settled:
        """
        What came of an answer given before: how it was graded, what it counts as now (`review`), when the card is due.

        Raises BadInput where there is no answer of this number, or its card is gone.
        """
        review = self.review(number)
        card = self.card(review.card)
        given = as_given(card, review.given)
        try:
            graded = unknown(card) if given is None else grade(card, given)
        except BadInput:  # the card has other options by now
            graded = Grade(review.outcome, unknown(card).why)
        return Settled(review, card, graded, self._due(card.id, now))

    def overrule(self, number: int, outcome: str) -> Review:
        """
        The learner's own word on an answer: "it was right", "easy". Schedules it as if it had been graded so.

        Raises BadInput where the review is not the card's last one, or the outcome is none of OUTCOMES.
        """
        if outcome not in OUTCOMES:
            raise BadInput(f"An answer is {', '.join(OUTCOMES)}; not {outcome!r}.")
        row = self._row(number)
        if self._last(row["card"]) != number:
            raise BadInput("That card has been answered again since; only its last answer can be changed.")
        moment = datetime.fromisoformat(row["at"])
        with self._library.change() as change:
            change.execute("UPDATE reviews SET outcome = ? WHERE id = ?", (outcome, number))
            change.execute(_PUT, self._scheduled(row["card"], row["chapter"], row["before"], outcome, moment))
        return self.review(number)

    def undo(self) -> Review | None:
        """Takes the last answer back, as if it had not been given; None where there is none."""
        rows = self._library.rows("SELECT * FROM reviews WHERE owner = ? ORDER BY id DESC LIMIT 1", (self._owner,))
        if not rows:
            return None
        row = rows[0]
        with self._library.change() as change:
            change.execute("DELETE FROM reviews WHERE id = ?", (row["id"],))
            if row["before"] is None:
                change.execute("DELETE FROM schedules WHERE owner = ? AND card = ?", (self._owner, row["card"]))
            else:
                due = json.loads(row["before"])["due"]
                change.execute(_PUT, (self._owner, row["card"], row["chapter"], row["before"], due))
        return _review(row)

    def review(self, number: int) -> Review:
        """An answer of this learner. Raises BadInput where there is none of this number."""
        return _review(self._row(number))

    def reviews(self, limit: int = 1_000_000) -> list[Review]:
        """The answers given, the latest first."""
        rows = self._library.rows(
            "SELECT * FROM reviews WHERE owner = ? ORDER BY id DESC LIMIT ?", (self._owner, limit)
        )
        return [_review(row) for row in rows]

    # -- how well it is known ---------------------------------------------------------------------------------------

    def mastery(self, now: datetime) -> dict[str, Mastery]:
        """For each chapter, how well it is known now; a card made of what was read counts once it was met."""
        last = self._last_outcomes()
        known: dict[str, float] = {}
        for row in self._schedules():
            chance = _scheduler().get_card_retrievability(_state(row), now.astimezone(UTC))
            known[row["card"]] = chance * _CREDIT[last.get(row["card"], WRONG)]
        by_chapter = {}
        counted = (card for card in self.cards() if card.id in known or card.url.startswith(NOTES))
        for chapter, all_ in _by_chapter(counted).items():
            seen = [card.id for card in all_ if card.id in known]
            missed = sum(last.get(id) == WRONG for id in seen)
            by_chapter[chapter] = Mastery(sum(known[id] for id in seen) / len(all_), len(seen), len(all_), missed)
        return by_chapter

    # -- rows -------------------------------------------------------------------------------------------------------

    def _keep(self, card: Card, outcome: str, given: str, now: datetime, before: str | None) -> int:
        moment = now.astimezone(UTC)
        with self._library.change() as change:
            made = change.execute(
                "INSERT INTO reviews (owner, card, chapter, at, rating, outcome, given, before) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (self._owner, card.id, card.chapter, moment.isoformat(), _rating(outcome), outcome, given, before),
            )
            change.execute(_PUT, self._scheduled(card.id, card.chapter, before, outcome, moment))
        assert made.lastrowid is not None
        return made.lastrowid

    def _scheduled(
        self, card: str, chapter: str, before: str | None, outcome: str, moment: datetime
    ) -> tuple[object, ...]:
        """The row of a card's schedule once it has been answered so."""
        import fsrs

        state = fsrs.Card.from_dict(json.loads(before)) if before else fsrs.Card(card_id=0, due=moment)
        if state.state == fsrs.State.Review and state.due.date() == moment.date():
            moment = max(moment, state.due)  # earlier on its day is not before its time
        after, _ = _scheduler().review_card(state, fsrs.Rating(_rating(outcome)), moment)
        return (self._owner, card, chapter, json.dumps(after.to_dict()), after.due.isoformat())

    def _schedules(self, until: datetime = datetime.max) -> list[Row]:
        """The schedules of cards due by a moment (UTC), the longest due first."""
        return self._library.rows(
            "SELECT * FROM schedules WHERE owner = ? AND due <= ? ORDER BY due, card", (self._owner, until.isoformat())
        )

    def _schedule(self, card: str) -> Row | None:
        rows = self._library.rows("SELECT * FROM schedules WHERE owner = ? AND card = ?", (self._owner, card))
        return rows[0] if rows else None

    def _due(self, card: str, now: datetime) -> datetime:
        row = self._schedule(card)
        assert row is not None
        return _moment(row["due"], now)

    def _row(self, number: int) -> Row:
        rows = self._library.rows("SELECT * FROM reviews WHERE owner = ? AND id = ?", (self._owner, number))
        if not rows:
            raise BadInput(f"There is no answer {number}.")
        return rows[0]

    def _last(self, card: str) -> int:
        rows = self._library.rows(
            "SELECT max(id) AS last FROM reviews WHERE owner = ? AND card = ?", (self._owner, card)
        )
        return int(rows[0]["last"] or 0)

    def _last_outcomes(self) -> dict[str, str]:
        rows = self._library.rows("SELECT card, outcome FROM reviews WHERE owner = ? ORDER BY id", (self._owner,))
        return {row["card"]: row["outcome"] for row in rows}

    def _times(self) -> Counter[str]:
        rows = self._library.rows(
            "SELECT card, count(*) AS n FROM reviews WHERE owner = ? GROUP BY card", (self._owner,)
        )
        return Counter({row["card"]: row["n"] for row in rows})


def as_given(card: Card, kept: str) -> str | list[str] | None:
    """What was answered, from `Review.given`: the steps of an order card; None for "I do not know"."""
    if not kept:
        return None
    return list(map(str, json.loads(kept))) if card.kind == ORDER else kept


_PUT = (
    "INSERT INTO schedules (owner, card, chapter, state, due) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (owner, card) DO UPDATE SET state = excluded.state, due = excluded.due"
)


@lru_cache(maxsize=1)
def _scheduler() -> "fsrs.Scheduler":
    """One step of ten minutes for what was missed; days at once for what was known; nothing drawn at random."""
    import fsrs

    return fsrs.Scheduler(
        desired_retention=RETENTION, learning_steps=(timedelta(minutes=10),), maximum_interval=LONGEST,
        enable_fuzzing=False,
    )  # fmt: skip


def _rating(outcome: str) -> int:
    """The rating of FSRS: 1 again, 2 hard, 3 good, 4 easy."""
    return OUTCOMES.index(outcome) + 1


def _state(row: Row) -> "fsrs.Card":
    import fsrs

    return fsrs.Card.from_dict(json.loads(row["state"]))


def _is_due(row: Row, now: datetime) -> bool:
    due = _moment(row["due"], now)
    if due <= now:
        return True
    in_days = json.loads(row["state"])["state"] == 2  # fsrs.State.Review
    return in_days and due < _end_of_day(now)


def _end_of_day(now: datetime) -> datetime:
    """The midnight that ends the learner's day, in UTC."""
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo).astimezone(UTC)


def _moment(text: str, now: datetime) -> datetime:
    return datetime.fromisoformat(text).astimezone(now.tzinfo)


def _review(row: Row) -> Review:
    at = datetime.fromisoformat(row["at"])
    return Review(row["id"], row["card"], row["chapter"], at, row["outcome"], row["given"], row["before"] is None)


def _by_chapter(cards: Iterable[Card]) -> Mapping[str, list[Card]]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        found.setdefault(card.chapter, []).append(card)
    return found
