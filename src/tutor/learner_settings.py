"""
What each learner has chosen for themselves: the level of the answers, and which offers were put aside.

Kept in library.db by owner, a row for each name. Knows nothing of who an owner is.
"""

from tutor.errors import BadInput
from tutor.library import Library
from tutor.prompt import LEVELS

LEVEL = "level"
USUAL_LEVEL = "intermediate"


class LearnerSettings:
    """One owner's choices. Nobody else's can be reached through it."""

    def __init__(self, library: Library, owner: str) -> None:
        self._library = library
        self._owner = owner

    def get(self, name: str) -> str | None:
        rows = self._library.rows(
            "SELECT value FROM learner_settings WHERE owner = ? AND name = ?", (self._owner, name)
        )
        return str(rows[0]["value"]) if rows else None

    def put(self, name: str, value: str) -> None:
        with self._library.change() as change:
            change.execute("INSERT OR REPLACE INTO learner_settings VALUES (?, ?, ?)", (self._owner, name, value))

    @property
    def level(self) -> str:
        """One of `prompt.LEVELS`."""
        kept = self.get(LEVEL)
        return kept if kept in LEVELS else USUAL_LEVEL

    def choose_level(self, level: str) -> None:
        """Raises BadInput for what is no level."""
        if level not in LEVELS:
            raise BadInput(f"There is no level {level!r}. Choose one of: {', '.join(LEVELS)}.")
        self.put(LEVEL, level)
