"""
One learner in several places: a code made in one browser (or the terminal) and entered in another makes them one.

A learner is the owner of conversations, plans, cards and feedback in library.db, a random name. What the one who enters
a code has kept so far joins what is kept there. Knows nothing of cookies. A browser that has joined cannot be parted
again from afar: its name is its key. One that has its name from it goes along when it joins yet another.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection

from tutor.errors import BadInput
from tutor.library import Library

TERMINAL = "terminal"  # the owner of what is asked, planned and practised there, until it is one with a browser
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no two of which look alike: 8 of them are one of 850 billion
LENGTH = 8
VALID = timedelta(minutes=10)
# So many codes that nobody has heard of may be entered within VALID, by all learners together.
MOST_WRONG = 200

_CODE, _WRONG, _NOW = "profile code ", "profile codes refused", "profile now of "
# Tables in which rows of two owners lie side by side.
_SIDE_BY_SIDE = ("conversations", "plans", "feedback", "reviews")
# Tables in which one row of the same kind is left: that of the profile that is joined.
_ONE_OF_A_KIND = ("schedules", "rounds", "learner_settings")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as a person reads it ("ABCD-EFGH"), and until when it works (UTC)."""

    text: str
    until: datetime


class Profiles:
    """The learners of a library, and how two become one."""

    def __init__(self, library: Library, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._library = library
        self._now = now

    def terminal(self) -> str:
        """The owner of what is asked, planned and practised in the terminal."""
        return self.current(TERMINAL)

    def current(self, owner: str) -> str:
        """Whom this owner has become, by joining others; itself where it has not."""
        while (joined := self._library.fact(_NOW + owner)) is not None:
            owner = joined
        return owner

    def code(self, owner: str) -> Code:
        """A code that makes whoever enters it this owner. One made before for the same owner ends with it."""
        letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        until = self._now().astimezone(UTC) + VALID
        kept = json.dumps({"owner": owner, "until": until.isoformat(timespec="seconds")})
        with self._library.change() as change:
            self._forget(change, owner)
            change.execute("INSERT INTO facts (name, value) VALUES (?, ?)", (_CODE + _digest(letters), kept))
        return Code(f"{letters[:4]}-{letters[4:]}", until)

    def join(self, owner: str, code: str) -> str:
        """
        Makes `owner` one with the learner who made this code; the owner that both are from now on.

        Raises BadInput where there is no such code (any more), it is the owner's own, or too many were tried.
        """
        owner = self.current(owner)
        with self._library.change() as change:  # what is raised comes after it: a try in vain is counted
            many = len(self._refused(change)) >= MOST_WRONG
            made_by = None if many else self._used(change, code)
            if made_by is not None and made_by != owner:
                self._forget(change, owner)
                return _joined(change, owner, made_by)
            if made_by is None and not many:
                self._count(change)
        if many:
            raise BadInput("Too many codes were tried that do not exist. Wait ten minutes, then enter yours again.")
        if made_by == owner:
            raise BadInput("This code was made for this very profile. Make a new one, and enter it elsewhere.")
        raise BadInput("There is no such code (any more): each works once, for ten minutes. Make a new one.")

    def _used(self, change: Connection, code: str) -> str | None:
        """Who made this code; None for nobody. It does not work a second time."""
        name = _CODE + _digest("".join(letter for letter in code.upper() if letter.isalnum()))
        row = change.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        change.execute("DELETE FROM facts WHERE name = ?", (name,))
        kept = json.loads(row["value"])
        return self.current(kept["owner"]) if datetime.fromisoformat(kept["until"]) > self._now() else None

    def _forget(self, change: Connection, owner: str) -> None:
        """Takes away this owner's codes, and those that are over."""
        for row in change.execute("SELECT name, value FROM facts WHERE name LIKE ?", (_CODE + "%",)).fetchall():
            kept = json.loads(row["value"])
            if kept["owner"] == owner or datetime.fromisoformat(kept["until"]) <= self._now():
                change.execute("DELETE FROM facts WHERE name = ?", (row["name"],))

    def _refused(self, change: Connection) -> list[str]:
        """When codes were refused lately (ISO moments)."""
        row = change.execute("SELECT value FROM facts WHERE name = ?", (_WRONG,)).fetchone()
        since = (self._now().astimezone(UTC) - VALID).isoformat(timespec="seconds")
        return [moment for moment in json.loads(row["value"]) if moment > since] if row else []

    def _count(self, change: Connection) -> None:
        moments = [*self._refused(change), self._now().astimezone(UTC).isoformat(timespec="seconds")]
        change.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (_WRONG, json.dumps(moments)))


def _digest(letters: str) -> str:
    return hashlib.sha256(letters.encode()).hexdigest()


def _joined(change: Connection, owner: str, made_by: str) -> str:
    """The owner that two become: a browser's, which has its name in a cookie, rather than the terminal's."""
    stays, goes = (owner, made_by) if made_by == TERMINAL else (made_by, owner)
    # A card that both have practised comes back as the one who answered it last has it.
    last = "(SELECT coalesce(max(at), '') FROM reviews r WHERE r.card = s.card AND r.owner = {})"
    change.execute(
        "DELETE FROM schedules WHERE owner = :stays AND card IN (SELECT s.card FROM schedules s WHERE s.owner = :goes "
        f"AND {last.format(':goes')} > {last.format(':stays')})",
        {"stays": stays, "goes": goes},
    )
    for table in _ONE_OF_A_KIND:
        change.execute(f"UPDATE OR IGNORE {table} SET owner = ? WHERE owner = ?", (stays, goes))
        change.execute(f"DELETE FROM {table} WHERE owner = ?", (goes,))
    for table in _SIDE_BY_SIDE:
        change.execute(f"UPDATE {table} SET owner = ? WHERE owner = ?", (stays, goes))
    change.execute("INSERT INTO facts (name, value) VALUES (?, ?)", (_NOW + goes, stays))
    return stays
