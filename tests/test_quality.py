"""
The floors of eval/floors.json: what `make test` stops a bad change with. The starter set needs nothing but this
checkout; the mirror set is skipped where the offline mirror is not beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval import floors, gate, sets
from eval.run import Gold, Record, ask, run, summarise
from tutor import decide
from tutor.answers import Answered, EvidenceFound, Stated, Tutor
from tutor.evidence import Evidence
from tutor.search import WEIGHTS, Found, Search, Signals
from tutor.vectors import ExactIndex
from tutor.writer import Writer

pytestmark = pytest.mark.timeout(1200)  # the first run reads and encodes the mirror

STARTER, HANDBOOK, MIRROR, CONVERSATIONS = gate.SLICES


@pytest.fixture(scope="module")
def starter(starter_home: Path) -> Tutor:
    """The tutor with the starter notes, without a Writer."""
    return gate.open_tutor(starter_home)


@pytest.fixture(scope="module")
def mirror(mirror_home: Path) -> Tutor:
    """The tutor that has read the mirror, without a Writer."""
    return gate.open_tutor(mirror_home)


def hold(name: str, tutor: Tutor) -> list[Record]:
    """Asks a slice and holds it against its floors; returns what became of each question."""
    measured, records = gate.measure(tutor, name)
    floor = floors.load().get(name)
    assert floor is not None, f"{name} has no floors yet: `make floors` sets them"
    assert floors.differs(floor, measured) == [], "measured on something else than its floors: `make floors`"
    assert floors.below(measured.figures, floor, gate.SLACK) == []
    return records


def test_the_starter_set_is_above_its_floors(starter: Tutor) -> None:
    records = hold(STARTER, starter)
    assert [r.id for r in records if r.unscored] == []
    assert sum(r.quotes for r in records) == sum(r.quotes_valid for r in records) > 0


def test_the_handbook_set_is_above_its_floors(starter: Tutor) -> None:
    records = hold(HANDBOOK, starter)
    assert sum(r.quotes for r in records) == sum(r.quotes_valid for r in records) > 0


def test_the_test_half_of_the_mirror_set_is_above_its_floors(mirror: Tutor) -> None:
    records = hold(MIRROR, mirror)
    assert [(r.id, r.unscored) for r in records if r.unscored] == []
    assert sum(r.quotes for r in records) == sum(r.quotes_valid for r in records) > 0


def test_the_test_half_of_the_conversations_is_above_its_floors(mirror: Tutor) -> None:
    assert [(r.id, r.unscored) for r in hold(CONVERSATIONS, mirror) if r.unscored] == []


# -- with a Writer ----------------------------------------------------------------------------------------------------


def test_with_the_embedded_writer_every_statement_still_has_a_quote_that_exists(
    starter: Tutor, starter_home: Path, writer: Writer
) -> None:
    tutor = Tutor(starter.library, starter.search, starter.encoder, starter.handbook, writer)
    asked = sets.spread([q for q in sets.named("starter") if q.kind == "answerable"], 8)
    gold = Gold(tutor.library)
    for question in asked:
        record = ask(tutor, question, gold)
        assert record.quotes == record.quotes_valid
        assert record.declined == ask(starter, question, gold).declined  # which the Writer has no part in
        assert record.declined or (record.quotes > 0 and record.first_word_ms is not None)


def test_evidence_comes_before_the_writer_and_every_statement_after_its_check(starter: Tutor, writer: Writer) -> None:
    tutor = Tutor(starter.library, starter.search, starter.encoder, starter.handbook, writer)
    events = list(tutor.ask("What is LoRA?"))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Answered)
    answer = events[-1].answer
    assert [e.statement for e in events if isinstance(e, Stated)] == list(answer.statements)
    for quote in answer.evidence[:1]:
        assert quote.text in answer.trace.prompt  # word for word
    assert all(statement.quotes for statement in answer.statements)


# -- a bad change is caught -------------------------------------------------------------------------------------------


class Turned(Search):
    """A search whose ranking somebody broke: the signs of its weights are turned."""

    def find(self, question: str, k: int = 10, weights: Signals = WEIGHTS) -> Found:
        turned = Signals(*(-getattr(weights, name) for name in Signals.__dataclass_fields__))
        return super().find(question, k, turned)


@pytest.fixture(scope="module")
def some() -> list[sets.Question]:
    """Part of the starter set."""
    return sets.spread(sets.named("starter"), 40)


@pytest.fixture(scope="module")
def honest(starter: Tutor, some: Sequence[sets.Question]) -> floors.Floor:
    """The floors of that part as the tutor is."""
    return floors.Floor("", "", "", "", dict(summarise(run(starter, some)).figures))


@pytest.fixture
def unharmed() -> Iterator[None]:
    """Puts back what a test changes in the modules themselves."""
    cut = decide.CUT
    yield
    decide.CUT = cut


def fallen(tutor: Tutor, some: Sequence[sets.Question], honest: floors.Floor) -> set[str]:
    """The figures that a changed tutor has below the floors."""
    timeless = {name: value for name, value in honest.figures.items() if name not in floors.NO_FLOOR}
    told = floors.below(summarise(run(tutor, some)).figures, replace(honest, figures=timeless), gate.SLACK)
    return {line.partition(":")[0] for line in told}


def test_nothing_has_fallen_where_nothing_was_changed(
    starter: Tutor, some: list[sets.Question], honest: floors.Floor
) -> None:
    assert fallen(starter, some, honest) == set()


def test_a_broken_ranking_is_caught(starter: Tutor, some: list[sets.Question], honest: floors.Floor) -> None:
    index = ExactIndex(starter.library, starter.encoder)
    index.sync()
    search = Turned(starter.library, starter.encoder, index)
    broken = Tutor(starter.library, search, starter.encoder, starter.handbook, None)
    assert {"hit@5", "MRR@10", "quote in evidence"} <= fallen(broken, some, honest)


def test_a_tutor_that_never_declines_is_caught(
    starter: Tutor, some: list[sets.Question], honest: floors.Floor, unharmed: None
) -> None:
    decide.CUT = 0.0
    assert {"decline recall"} <= fallen(starter, some, honest)


def test_a_tutor_that_declines_too_much_is_caught(
    starter: Tutor, some: list[sets.Question], honest: floors.Floor, unharmed: None
) -> None:
    decide.CUT = 0.97
    assert {"answerable declined", "decline precision"} <= fallen(starter, some, honest)


def test_citations_that_are_one_character_off_are_caught(
    starter: Tutor, some: list[sets.Question], honest: floors.Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(one: Evidence) -> Evidence:
        return replace(one, quote=replace(one.quote, start=one.quote.start + 1, end=one.quote.end + 1))

    from tutor import evidence

    select = evidence.select
    monkeypatch.setattr(evidence, "select", lambda *given: tuple(shifted(one) for one in select(*given)))
    assert "citations valid" in fallen(starter, some, honest)
