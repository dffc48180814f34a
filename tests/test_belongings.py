"""All that a library keeps of one owner: found by the schema, given as plain data, deleted so that no byte is left."""

from datetime import date
from pathlib import Path

import pytest

from tests.practising import LORA, NOON
from tests.test_focus import answered
from tutor import belongings, notes
from tutor.conversations import Conversations
from tutor.feedback import Feedback
from tutor.learner_settings import LearnerSettings
from tutor.library import Library
from tutor.plan import Request
from tutor.plans_kept import Plans
from tutor.practice import Practice
from tutor.rounds import Rounds

SECRET = "Why does my landlord Quibbleworth ask about attention?"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library.open(tmp_path / "library.db")
    notes.keep(made)
    return made


def lived(library: Library, owner: str, question: str) -> None:
    """Leaves something of this owner's in every table that keeps an owner's things."""
    conversations = Conversations(library, owner)
    conversations.add(conversations.begin(question), question, answered(library, question, LORA))
    Feedback(library, owner).dislike(question)
    Plans(library, owner).make(Request(question, hours=4, weeks=2, start=date(2026, 3, 2)))
    practice = Practice(library, owner)
    rounds = Rounds(library, owner, practice)
    going = rounds.begin(practice.next(NOON, 3), "due")
    assert going.current is not None
    rounds.answer(going.current.card.id, None, NOON)
    LearnerSettings(library, owner).choose_level("expert")


def test_all_of_it_is_given_and_deleted_and_nobody_elses(library: Library) -> None:
    lived(library, "me", SECRET)
    lived(library, "other", "What is LoRA?")
    before = belongings.counts(library, "other")
    assert all(before.values()), "a table that keeps an owner's things is not lived in by this test"
    told = belongings.everything(library, "me")
    assert told["conversations"][0]["turns"][0]["question"] == SECRET
    assert told["plans"][0]["tasks"]
    assert told["learner_settings"] == [{"name": "level", "value": "expert"}]
    assert '"me"' not in str(told)
    assert belongings.delete(library, "me") == sum(belongings.counts(library, "other").values())
    assert not any(belongings.counts(library, "me").values())
    assert belongings.counts(library, "other") == before
    assert len(library.rows("SELECT * FROM turns")) == 1
    assert belongings.delete(library, "me") == 0
    held = b"".join(file.read_bytes() for file in library.path.parent.glob("library.db*"))
    assert b"Quibbleworth" not in held
    library.close()


def test_a_library_is_erased_while_others_have_it_open(library: Library, tmp_path: Path) -> None:
    lived(library, "me", SECRET)
    with Library.open(library.path) as other:
        assert Conversations(other, "me").listed()
        library.erase()
        assert Conversations(other, "me").listed() == []
        assert other.sources() == []
        assert not other.uses("lora")
        notes.keep(other)
    assert library.sources()
    assert library.match("lora", 3)
    held = b"".join(file.read_bytes() for file in library.path.parent.glob("library.db*"))
    assert b"Quibbleworth" not in held
    library.close()
