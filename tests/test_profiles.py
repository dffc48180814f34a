"""Two learners become one: the code, what is moved, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.practising import CARDS, FROZEN, ZERO
from tutor import notes, profiles
from tutor.conversations import Conversations
from tutor.errors import BadInput
from tutor.library import Library
from tutor.practice import Practice
from tutor.profiles import LETTERS, TERMINAL, VALID, Profiles

ADA, BOB, EVE = "browser:ada", "browser:bob", "browser:eve"
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as made:
        notes.keep(made)
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(library: Library, clock: Clock) -> Profiles:
    return Profiles(library, clock)


def titles(library: Library, owner: str) -> list[str]:
    return sorted(row["title"] for row in library.rows("SELECT title FROM conversations WHERE owner = ?", (owner,)))


def test_a_code_can_be_read_aloud(made: Profiles) -> None:
    code = made.code(ADA)
    assert len(code.text) == 9
    assert code.text[4] == "-"
    assert set(code.text) - {"-"} <= set(LETTERS)
    assert not set(LETTERS) & set("01ILO")
    assert code.until == NOON + VALID


def test_who_enters_a_code_has_the_same_conversations(library: Library, made: Profiles) -> None:
    Conversations(library, ADA).begin("from Ada")
    Conversations(library, BOB).begin("from Bob")
    code = made.code(ADA).text
    assert made.join(BOB, f" {code.lower().replace('-', ' ')} ") == ADA
    assert titles(library, ADA) == ["from Ada", "from Bob"]
    assert titles(library, BOB) == []
    assert made.current(BOB) == ADA


def test_a_code_works_once_and_for_ten_minutes(made: Profiles, clock: Clock) -> None:
    code = made.code(ADA).text
    made.join(BOB, code)
    with pytest.raises(BadInput, match="no such code"):
        made.join(EVE, code)
    late = made.code(ADA).text
    clock.now += VALID
    with pytest.raises(BadInput, match="no such code"):
        made.join(EVE, late)
    assert made.current(EVE) == EVE


def test_a_new_code_ends_the_one_before(made: Profiles) -> None:
    first, second = made.code(ADA).text, made.code(ADA).text
    with pytest.raises(BadInput):
        made.join(BOB, first)
    assert made.join(BOB, second) == ADA


def test_ones_own_code_is_told(made: Profiles) -> None:
    with pytest.raises(BadInput, match="this very profile"):
        made.join(ADA, made.code(ADA).text)


def test_guessing_ends_soon_and_begins_anew_after_a_while(
    made: Profiles, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "MOST_WRONG", 3)
    code = made.code(ADA).text
    for _ in range(3):
        with pytest.raises(BadInput, match="no such code"):
            made.join(EVE, "AAAA-AAAA")
    with pytest.raises(BadInput, match="Too many"):
        made.join(EVE, code)  # whoever it is, and whether or not it is right
    clock.now += VALID + timedelta(seconds=1)
    assert made.join(BOB, made.code(ADA).text) == ADA


def test_the_terminal_becomes_the_browser_that_enters_its_code(library: Library, made: Profiles) -> None:
    assert made.terminal() == TERMINAL
    Conversations(library, TERMINAL).begin("typed")
    assert made.join(ADA, made.code(made.terminal()).text) == ADA
    assert made.terminal() == ADA
    assert titles(library, ADA) == ["typed"]
    assert made.join(BOB, made.code(made.terminal()).text) == ADA


def test_the_terminal_takes_a_browsers_code(library: Library, made: Profiles) -> None:
    Conversations(library, TERMINAL).begin("typed")
    assert made.join(made.terminal(), made.code(ADA).text) == ADA
    assert made.terminal() == ADA
    assert titles(library, ADA) == ["typed"]


def test_whoever_has_joined_goes_along(library: Library, made: Profiles) -> None:
    made.join(made.terminal(), made.code(BOB).text)
    made.join(EVE, made.code(BOB).text)
    made.join(BOB, made.code(ADA).text)
    assert {made.current(one) for one in (ADA, BOB, EVE, TERMINAL)} == {ADA}
    with pytest.raises(BadInput, match="this very profile"):
        made.join(EVE, made.code(ADA).text)


def test_a_card_both_have_practised_is_as_the_last_answer_left_it(library: Library, made: Profiles) -> None:
    ada, bob = (Practice(library, owner, cards=CARDS) for owner in (ADA, BOB))
    ada.answer(FROZEN.id, FROZEN.answer, NOON)
    bob.answer(FROZEN.id, "all pretrained weights, at a low learning rate", NOON + timedelta(hours=1))
    ada.answer(ZERO.id, "zero", NOON + timedelta(hours=2))
    bob.answer(ZERO.id, "one", NOON + timedelta(hours=1))
    due = {owner: {row["card"]: row["due"] for row in rows(library, owner)} for owner in (ADA, BOB)}
    made.join(BOB, made.code(ADA).text)
    assert {row["card"]: row["due"] for row in rows(library, ADA)} == {
        FROZEN.id: due[BOB][FROZEN.id],
        ZERO.id: due[ADA][ZERO.id],
    }
    assert rows(library, BOB) == []
    assert len(Practice(library, ADA, cards=CARDS).reviews()) == 4


def test_nothing_of_what_is_kept_for_an_owner_is_left_behind(library: Library) -> None:
    owned = library.rows(
        "SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c ON c.name = 'owner' WHERE t.type = 'table'"
    )
    assert {row["name"] for row in owned} == {*profiles._SIDE_BY_SIDE, *profiles._ONE_OF_A_KIND}


def rows(library: Library, owner: str) -> list[dict[str, str]]:
    return [dict(row) for row in library.rows("SELECT card, due FROM schedules WHERE owner = ?", (owner,))]


def test_the_terminals_command_prints_a_code_and_takes_one(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from ui.cli import app

    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    told = CliRunner().invoke(app, ["profile"]).output
    made = Profiles(library)
    assert made.join(ADA, told.split()[0]) == ADA
    assert made.terminal() == ADA
    assert "Done" in CliRunner().invoke(app, ["profile", made.code(BOB).text]).output
    assert made.terminal() == BOB
    refused = CliRunner().invoke(app, ["profile", "AAAA-AAAA"])
    assert isinstance(refused.exception, BadInput)
