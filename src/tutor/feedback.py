"""
Feedback: answers that a learner called wrong, kept as they were given until they have become a question to measure by.

Kept in library.db for each owner. Knows nothing of evaluations; what is made of an answer is told by name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from tutor.conversation import Turn
from tutor.errors import BadInput
from tutor.library import Library, now


@dataclass(frozen=True, slots=True)
class Disliked:
    """An answer that was called wrong. `answer` is what `conversations.kept_answer` made; `made`: of it, or None."""

    number: int
    question: str
    history: tuple[Turn, ...]
    answer: Mapping[str, Any]
    added: str
    made: str | None


class Feedback:
    """One owner's disliked answers in a library. Nobody else's can be reached through it."""

    def __init__(self, library: Library, owner: str) -> None:
        self._library = library
        self._owner = owner

    def dislike(self, question: str) -> Disliked:
        """
        Keeps the last answer that was given to this question, with the turns before it; the same one only once.

        Raises BadInput where no kept conversation of this owner holds it.
        """
        rows = self._library.rows(
            "SELECT turns.* FROM turns JOIN conversations ON conversations.id = turns.conversation "
            "WHERE conversations.owner = ? AND turns.question = ? ORDER BY conversations.changed DESC, "
            "turns.number DESC LIMIT 1",
            (self._owner, question),
        )
        if not rows:
            raise BadInput("That answer is not kept (any more), so it cannot be called wrong.")
        turn = rows[0]
        before = self._library.rows(
            "SELECT question, answer FROM turns WHERE conversation = ? AND number < ? ORDER BY number",
            (turn["conversation"], turn["number"]),
        )
        history = json.dumps([[one["question"], json.loads(one["answer"]).get("text", "")] for one in before])
        with self._library.change() as change:
            change.execute(
                "INSERT INTO feedback (owner, question, history, answer, added) SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS "
                "(SELECT 1 FROM feedback WHERE owner = ? AND question = ? AND history = ? AND answer = ?)",
                (self._owner, question, history, turn["answer"], now(), self._owner, question, history, turn["answer"]),
            )
        return next(one for one in self.all() if one.question == question)

    def all(self) -> list[Disliked]:
        """Every disliked answer, the latest first."""
        rows = self._library.rows("SELECT * FROM feedback WHERE owner = ? ORDER BY id DESC", (self._owner,))
        return [_disliked(row) for row in rows]

    def get(self, number: int) -> Disliked:
        """Raises BadInput where this owner has none of this number."""
        rows = self._library.rows("SELECT * FROM feedback WHERE owner = ? AND id = ?", (self._owner, number))
        if not rows:
            raise BadInput(f"There is no disliked answer {number}.")
        return _disliked(rows[0])

    def became(self, number: int, made: str) -> None:
        """Notes what was made of an answer: a question's id. Raises BadInput as `get` does."""
        self.get(number)
        with self._library.change() as change:
            change.execute("UPDATE feedback SET made = ? WHERE id = ?", (made, number))

    def forget(self, number: int) -> Disliked:
        """Takes a dislike back. Raises BadInput as `get` does."""
        disliked = self.get(number)
        with self._library.change() as change:
            change.execute("DELETE FROM feedback WHERE id = ?", (number,))
        return disliked


def _disliked(row: Row) -> Disliked:
    history = tuple(Turn(question, answer) for question, answer in json.loads(row["history"]))
    return Disliked(row["id"], row["question"], history, json.loads(row["answer"]), row["added"], row["made"])
