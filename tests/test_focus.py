"""What a learner is busy with, as their questions, answers and plans show it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from tutor import focus, notes
from tutor.answers import Answer, ModelUse, Statement, Timings, Trace
from tutor.citing import found
from tutor.conversations import Conversations
from tutor.library import Library, now
from tutor.plan import Request
from tutor.plans_kept import Plans
from tutor.practice import Practice

NOW = datetime.fromisoformat(now())
LORA, QUANTIZATION = "low-rank-adapters-lora", "parameter-quantization"


@pytest.fixture(scope="module")
def notes_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("focus") / "library.db") as opened:
        notes.keep(opened)
        yield opened


@pytest.fixture
def owner(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def answered(library: Library, question: str, chapter: str, kind: str = "explain") -> Answer:
    source = library.source(f"tutor:notes/{chapter}")
    assert source is not None
    sentence = next(card.quote for card in Practice(library, "x").cards(chapter))
    quote = found(library, source.url, sentence)
    assert quote is not None
    statements = () if kind == "declined" else (Statement(sentence, 1.0, (quote,), True),)
    trace = Trace(question, "", 0.0, {}, ())
    return Answer(question, kind, statements, (quote,), None, (), ModelUse(""), Timings(), trace)


def asks(library: Library, owner: str, *questions: tuple[str, str, str]) -> None:
    conversations = Conversations(library, owner)
    number = conversations.begin(questions[0][0])
    for question, chapter, kind in questions:
        conversations.add(number, question, answered(library, question, chapter, kind))


def test_a_question_counts_for_the_chapter_that_answered_it(notes_library: Library, owner: str) -> None:
    asks(
        notes_library, owner, ("What is LoRA?", LORA, "explain"), ("And its rank?", LORA, "explain"),
        ("What is GPTQ?", QUANTIZATION, "partial"), ("What is the capital of Peru?", LORA, "declined"),
    )  # fmt: skip
    assert focus.asked(notes_library, owner, NOW) == {
        LORA: focus.Asked(2, "And its rank?"),
        QUANTIZATION: focus.Asked(1, "What is GPTQ?"),
    }
    assert focus.asked(notes_library, "someone else", NOW) == {}
    assert focus.asked(notes_library, owner, NOW + timedelta(days=40)) == {}


def test_a_missed_card_counts_until_it_is_known(notes_library: Library, owner: str) -> None:
    practice = Practice(notes_library, owner)
    one, other = practice.cards(LORA)[:2]
    for card in (one, other):
        practice.answer(card.id, None, NOW)
    assert focus.missed(notes_library, owner) == {LORA: 2}
    practice.answer(one.id, one.answer, NOW + timedelta(minutes=10))
    assert focus.missed(notes_library, owner) == {LORA: 1}


def test_reasons_say_both_in_one_clause(notes_library: Library, owner: str) -> None:
    practice = Practice(notes_library, owner)
    practice.answer(practice.cards(LORA)[0].id, None, NOW)
    asks(notes_library, owner, (f"What is LoRA {'really ' * 20}for?", LORA, "explain"))
    why = focus.reasons(notes_library, owner, NOW)[LORA]
    assert why.startswith("you missed one of its cards; you asked about it (\u201cWhat is LoRA really")
    assert why.endswith("…\u201d)")


def test_planned_chapters_come_first_then_those_asked_about(notes_library: Library, owner: str) -> None:
    plans = Plans(notes_library, owner)
    kept = plans.make(Request("fine-tune with LoRA", 5, 6, NOW.date()))
    asks(notes_library, owner, ("What is a GAN?", "generative-adversarial-nets", "explain"))
    planned = focus.planned(notes_library, owner, NOW)
    last = kept.plan.chapters[-1]
    assert kept.plan.weeks[0].tasks[0].chapter in planned
    assert last not in planned
    done = next(task for task in kept.plan.tasks if task.chapter == last)
    plans.done(f"{kept.number}.{done.number}")
    assert focus.planned(notes_library, owner, NOW)[0] == last
    first = focus.first(notes_library, owner, NOW)
    assert first[: len(planned)] != []
    assert first.index("generative-adversarial-nets") >= len(planned)
    assert len(first) == len(set(first))


# -- what a plan makes of it ------------------------------------------------------------------------------------------


def test_a_plan_only_looks_at_what_practice_says_is_known(notes_library: Library, owner: str) -> None:
    request = Request("understand quantization", 5, 4, NOW.date())
    before = Plans(notes_library, "nobody").make(request).plan
    practice = Practice(notes_library, owner)
    for card in practice.cards(QUANTIZATION):
        practice.answer(card.id, list(card.steps) or card.answer, NOW)
    made = Plans(notes_library, owner).make(request).plan
    assert QUANTIZATION not in before.skimmed
    assert made.skimmed[QUANTIZATION] == "practice says that you know it (100% of its cards)"
    minutes = [sum(t.minutes for t in plan.tasks if t.chapter == QUANTIZATION) for plan in (before, made)]
    assert minutes[1] < minutes[0]
    assert not any(task.kind == "review" and task.chapter == QUANTIZATION for task in made.tasks)


def test_what_was_missed_and_asked_about_is_reviewed_first(notes_library: Library, owner: str) -> None:
    plans = Plans(notes_library, owner)
    request = Request("understand quantization", 5, 6, date(2026, 1, 5), known=("tokenization", LORA))
    practice = Practice(notes_library, owner)
    practice.answer(practice.cards("tokenization")[0].id, None, datetime(2026, 1, 4, 9, tzinfo=UTC))
    made = plans.make(request).plan
    reviews = [task for task in made.weeks[0].tasks if task.kind == "review"]
    assert [task.chapter for task in reviews] == ["tokenization"]
    assert reviews[0].why.startswith("You missed one of its cards.")
    assert not any(task.kind == "review" and task.chapter == LORA for task in made.tasks)
