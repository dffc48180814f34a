"""What each learner has chosen is theirs alone, and older libraries get the place for it."""

import sqlite3
from pathlib import Path

import pytest

from tutor.errors import BadInput
from tutor.learner_settings import LearnerSettings
from tutor.library import _STEPS, VERSION, Library


def test_a_level_is_one_learners_own(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        mine, other = LearnerSettings(library, "me"), LearnerSettings(library, "other")
        assert mine.level == other.level == "intermediate"
        mine.choose_level("expert")
        mine.choose_level("beginner")
        with pytest.raises(BadInput, match="Choose one of"):
            other.choose_level("genius")
        assert (mine.level, other.level) == ("beginner", "intermediate")
        other.put("level", "from a newer tutor")
        assert other.level == "intermediate"
    with Library.open(tmp_path / "library.db") as library:
        assert LearnerSettings(library, "me").level == "beginner"


def test_a_library_of_before_gets_it_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with sqlite3.connect(path) as old:
        for step in _STEPS[:3]:
            for statement in step.split(";\n"):
                old.execute(statement)
        old.execute("INSERT INTO conversations (owner, title, created, changed) VALUES ('me', 'Old', '2026', '2026')")
        old.execute("PRAGMA user_version = 3")
    old.close()
    with Library.open(path) as library:
        LearnerSettings(library, "me").choose_level("expert")
        assert library.rows("SELECT title FROM conversations")[0]["title"] == "Old"
        assert library.rows("PRAGMA user_version")[0][0] == VERSION
