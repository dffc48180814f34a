"""
Rounds: a handful of cards asked one after another, and at which of them a learner is.

A learner has one round under way at most. Kept are its cards and the place in it; what was answered are the reviews
since it began, so that an answer and its round cannot disagree, whenever the process ends. Knows nothing of screens.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tutor import handbook as handbooks
from tutor.cards import Card
from tutor.errors import BadInput
from tutor.library import Library
from tutor.practice import SOON, Due, Practice, Review, Settled

ROUND: Final = 10  # cards
REVIEW, NEW = "review", "new"  # what a round can be chosen by, besides a chapter's or a section's id


@dataclass(frozen=True, slots=True)
class Asked:
    """A card of a round. `seed`: how its options are mixed. `review`: its answer, once there is one."""

    card: Card
    seed: int
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """Cards asked one after another. `at`: the place of the one that is shown, from 0; after the last: the end."""

    chosen: str
    asked: tuple[Asked, ...]
    at: int

    @property
    def current(self) -> Asked | None:
        return self.asked[self.at] if self.at < len(self.asked) else None

    @property
    def answers(self) -> tuple[Review, ...]:
        """The answers given in it, in the order of its cards."""
        return tuple(one.review for one in self.asked if one.review is not None)


class Rounds:
    """One learner's rounds."""

    def __init__(self, library: Library, owner: str, practice: Practice | None = None) -> None:
        self._library = library
        self._owner = owner
        self._practice = practice or Practice(library, owner)

    def choose(self, chosen: str, now: datetime, first: Sequence[str] = ()) -> list[Due]:
        """
        The cards of the next round: what is due (REVIEW), what is new (NEW), or both of a chapter or section (by id).

        `first`: chapters whose new cards come first. Raises BadInput for a chapter that is not there.
        """
        practice = self._practice
        if chosen == REVIEW:
            return practice.due(now)[:ROUND]
        if chosen == NEW:
            return practice.new(first=first)[:ROUND]
        section = next((one for one in handbooks.load().sections if one.id == chosen), None)
        if section is None:
            return practice.next(now, ROUND, chosen, first)
        inside = {chapter.id for chapter in section.chapters}
        cards = [*practice.due(now), *practice.new(first=first)]
        there = [one for one in cards if one.card.chapter in inside]
        return (there or [one for one in practice.due(now + SOON) if one.card.chapter in inside])[:ROUND]

    def begin(self, cards: Sequence[Due], chosen: str) -> Round:
        """Begins a round with these cards, in place of the one under way. Raises BadInput where there are none."""
        if not cards:
            raise BadInput("There is no card to ask now. Choose another chapter, or come back when one is due.")
        mixed = json.dumps([[one.card.id, one.times] for one in cards])
        reviews = self._practice.reviews(1)
        with self._library.change() as change:
            change.execute(
                "INSERT OR REPLACE INTO rounds (owner, chosen, cards, at, after) VALUES (?, ?, ?, 0, ?)",
                (self._owner, chosen, mixed, reviews[0].number if reviews else 0),
            )
        return Round(chosen, tuple(Asked(one.card, one.times) for one in cards), 0)

    def under_way(self) -> Round | None:
        """The round that was begun last and not left; None where there is none. Cards that are gone are passed over."""
        rows = self._library.rows("SELECT * FROM rounds WHERE owner = ?", (self._owner,))
        if not rows:
            return None
        there = {card.id: card for card in self._practice.cards()}
        kept = json.loads(rows[0]["cards"])
        given = {one.card: one for one in self._answers(rows[0]["after"])}
        asked = tuple(Asked(there[id], seed, given.get(id)) for id, seed in kept if id in there)
        gone = sum(id not in there for id, _ in kept[: rows[0]["at"]])
        return Round(rows[0]["chosen"], asked, rows[0]["at"] - gone) if asked else None

    def answer(self, id: str, given: str | Sequence[str] | None, now: datetime) -> Settled:
        """
        Answers the card that is asked now; the round stays at it until `onward`.

        Raises BadInput where another card is asked, or this one is answered, and for what is no answer.
        """
        current = self._now_at(id)
        if current.review is not None:
            raise BadInput("This card is answered already. Take the answer back to give another.")
        return self._practice.answer(id, given, now)

    def onward(self, id: str) -> None:
        """Leaves the card that was just answered for the next. Raises BadInput where it is not that one."""
        if self._now_at(id).review is None:
            raise BadInput("This card is not answered yet. Answer it, or say that you do not know.")
        self._put(self._place(id) + 1)

    def undo(self) -> Card | None:
        """Takes the round's last answer back and returns to its card; None where nothing was answered in it."""
        round = self.under_way()
        last = max(round.answers, key=lambda one: one.number, default=None) if round else None
        if last is None or self._practice.reviews(1)[0].number != last.number:
            return None
        self._practice.undo()
        self._put(self._place(last.card))
        return self._practice.card(last.card)

    def leave(self) -> None:
        """Ends the round; what was answered in it stays."""
        with self._library.change() as change:
            change.execute("DELETE FROM rounds WHERE owner = ?", (self._owner,))

    def _now_at(self, id: str) -> Asked:
        round = self.under_way()
        if round is None or round.current is None or round.current.card.id != id:
            raise BadInput("Another card is asked by now, perhaps in another window.")
        return round.current

    def _place(self, id: str) -> int:
        """Where a card stands in the round as it was begun."""
        rows = self._library.rows("SELECT cards FROM rounds WHERE owner = ?", (self._owner,))
        return [name for name, _ in json.loads(rows[0]["cards"])].index(id)

    def _put(self, at: int) -> None:
        with self._library.change() as change:
            change.execute("UPDATE rounds SET at = ? WHERE owner = ?", (at, self._owner))

    def _answers(self, after: int) -> list[Review]:
        return [one for one in self._practice.reviews(ROUND) if one.number > after]
