"""What the page shows: the turn as its events come, what is escaped, the reader."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import Progress
from tutor import handbook
from tutor.answers import (
    Answer,
    Answered,
    EvidenceFound,
    ModelUse,
    Stated,
    Statement,
    Struck,
    Timings,
    Trace,
    Understood,
    Waiting,
    Writing,
)
from tutor.conversation import Resolved, Want
from tutor.conversations import Kept
from tutor.errors import BadInput
from tutor.passages import Quote, Source
from ui import render
from ui import strings as s
from ui.desk import Broken, Opening, Ready
from ui.reading import Reading, Wanted

EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def quote(text: str = "LoRA freezes the weights.", start: int = 5, source: int = 7, **more: str) -> Quote:
    values = {"url": "tutor:notes/lora", "title": "LoRA", "heading": "LoRA > Why", "link": "tutor:notes/lora", **more}
    return Quote(text=text, start=start, end=start + len(text), source=source, **values)


ONE, TWO = quote(), quote("Rank 8 is common.", 60)
SAID = Statement("LoRA freezes the weights.", 1.0, (ONE,), quoted=True)
TRACE = Trace("What is LoRA?", "definition", 0.93, {}, (("tutor:notes/lora", "Why", 1.2, {}),))


def answer(**more: object) -> Answer:
    given = Answer(
        question="What is LoRA?",
        kind="explain",
        statements=(SAID,),
        evidence=(ONE, TWO),
        chapter=None,
        follow_ups=("What is DoRA?",),
        model=ModelUse("SmolLM2-135M", 300, 40, 600),
        timings=Timings(12, 30, 1500, 2600),
        trace=TRACE,
    )
    return replace(given, **more)  # type: ignore[arg-type]


def after(*events: object) -> render.View:
    view = render.View("What is LoRA?")
    for event in events:
        view = render.after(view, event)  # type: ignore[arg-type]
    return view


FOUND = EvidenceFound((ONE, TWO), None, 42.0)


# -- a turn ---------------------------------------------------------------------------------------------------------


def test_what_a_follow_up_was_taken_for_stands_under_the_question() -> None:
    taken = Resolved("What is LoRA?", "beginner", frozenset({Want.EXAMPLE}))
    html = render.turn(after(Understood(taken), FOUND))
    assert '<p class="understood">Understood as: What is LoRA? (with an example, in plain words)</p>' in html
    assert "understood" not in render.turn(after(FOUND))
    assert EVIL not in render.turn(after(Understood(Resolved(EVIL))))


def test_everything_that_can_be_wanted_has_its_words() -> None:
    assert set(s.WANTED) == {*Want, "beginner", "expert"}


def test_evidence_is_shown_before_any_statement() -> None:
    html = render.turn(after(FOUND))
    assert html.count('class="card"') == 2
    assert "2 passages found in 42 ms" in html
    assert 'aria-busy="true"' in html
    assert "statement" not in html


def test_chips_carry_the_number_of_their_evidence() -> None:
    html = render.turn(after(FOUND, Stated(replace(SAID, quotes=(TWO,)))))
    chip = re.search(r'<button class="chip"[^>]*>(\d)', html)
    assert chip
    assert chip[1] == "2"
    assert 'data-source="7" data-start="60" data-end="77"' in chip[0]


def test_a_quote_names_its_page_or_its_time() -> None:
    page, talk = replace(ONE, page=7, heading=""), replace(TWO, second=754, heading="Intro")
    html = render.turn(after(EvidenceFound((page, talk), None, 5)))
    assert '<p class="heading">p. 7&nbsp;</p>' in html
    assert '<p class="heading">12:34 › Intro&nbsp;</p>' in html


def test_quote_that_was_no_evidence_gets_the_next_number() -> None:
    other = quote("Elsewhere.", 900)
    view = after(FOUND, Stated(replace(SAID, quotes=(other,))))
    assert view.quotes == (ONE, TWO, other)
    assert ">3<span" in render.turn(view)


def test_unchecked_words_are_named_so_and_are_no_statement() -> None:
    html = render.turn(after(FOUND, Writing("LoRA was found on the <moon>")))
    assert s.UNCHECKED in html
    assert '<span class="words">LoRA was found on the &lt;moon&gt;</span>' in html
    assert 'class="statement' not in html


def test_unchecked_words_go_when_the_answer_is_done() -> None:
    html = render.turn(after(FOUND, Writing("half a sentence"), Answered(answer())))
    assert "half a sentence" not in html
    assert 'aria-busy="false"' in html


def test_place_in_the_queue_is_told() -> None:
    assert "3 questions are before yours" in render.turn(after(FOUND, Waiting(3)))


def test_many_quotes_fold_after_the_first_four() -> None:
    quotes = tuple(quote(f"Number {n}.", 10 * n) for n in range(7))
    html = render.turn(after(EvidenceFound(quotes, None, 5)))
    assert html.count('class="card"') == 7
    assert "<summary>3 more passages</summary>" in html


def test_answer_ends_with_follow_ups_and_its_trace() -> None:
    struck = replace(TRACE, struck=(Struck("Bees made it.", 0.1, "no quote says so"),))
    html = render.turn(after(FOUND, Answered(answer(trace=struck))))
    assert 'data-ask="What is DoRA?"' in html
    assert "<s>Bees made it.</s>" in html
    assert "300 tokens read (of 600), 40 written" in html
    assert "first word 1.5 s" in html


def test_declined_answer_names_the_chapter_and_links_what_to_read() -> None:
    book = handbook.load()
    chapter = book.chapter("low-rank-adapters-lora")
    view = after(FOUND, Answered(answer(kind="declined", statements=(), evidence=(), chapter=chapter, message="No.")))
    html = render.turn(view, book)
    assert 'class="turn declined done"' in html
    assert chapter.title in unescape(html)
    assert 'target="_blank" rel="noopener noreferrer"' in html
    assert s.NEAREST in html
    assert s.EVIDENCE_FOUND[1][:5] not in html


def test_what_an_answer_lacks_is_told_before_its_statements() -> None:
    lacking = replace(FOUND, missing=(EVIL,))
    html = render.turn(after(lacking))
    assert "says nothing of “" in html
    assert EVIL not in html
    html = render.turn(after(lacking, Stated(SAID)))
    assert html.index("says nothing of") < html.index('class="statement')
    assert "notice partly" not in render.turn(after(FOUND, Stated(SAID)))


def test_error_of_the_tutor_is_shown_in_its_words() -> None:
    html = render.turn(render.failed(after(), BadInput("Ask in English <please>.")))
    assert "Ask in English &lt;please&gt;." in html


def test_unknown_error_is_one_line_without_its_details() -> None:
    html = render.turn(render.failed(after(), KeyError("secret/path")))
    assert "KeyError" in html
    assert "secret/path" not in html


def test_stopped_keeps_what_was_stated() -> None:
    view = render.stopped(after(FOUND, Stated(SAID), Writing("and then")))
    outcome = render.outcome(view)
    assert outcome is not None
    assert outcome.text == SAID.text
    html = render.turn(view)
    assert s.STOPPED in html
    assert "and then" not in html


@pytest.mark.parametrize("where", ["question", "statement", "quote", "title and heading", "follow_up", "unchecked"])
def test_nothing_from_outside_becomes_markup(where: str) -> None:
    bad = quote(EVIL) if where == "quote" else quote(title=EVIL, heading=EVIL)
    view = render.View(EVIL if where == "question" else "What?")
    said = Statement(EVIL if where == "statement" else "Yes.", 1.0, (bad,))
    view = render.after(view, EvidenceFound((bad,), None, 1))
    writing = render.after(view, Writing(EVIL if where == "unchecked" else "so"))
    done = render.after(
        view,
        Answered(answer(statements=(said,), evidence=(bad,), follow_ups=(EVIL if where == "follow_up" else "And?",))),
    )
    for html in (render.turn(writing), render.turn(done)):
        assert "<script" not in html
        assert "<img" not in html


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "tutor:notes/x", "//evil.test", "http://"])
def test_only_web_addresses_become_links(link: str) -> None:
    html = render.turn(after(EvidenceFound((quote(link=link),), None, 1)))
    assert "data-link" not in html
    source = Source("file:///x", "T", "Text.")
    assert "href" not in render.reader(source, None, link)


@given(st.text(max_size=60))
def test_any_question_is_shown_as_it_is(words: str) -> None:
    html = render.turn(render.View(words))
    heading = re.search(r'<h2 class="question">(.*?)</h2>', html, re.DOTALL)
    assert heading
    assert unescape(heading[1].replace("<br>", "\n")) == words.strip()


# -- reader ---------------------------------------------------------------------------------------------------------

NOTE = Source(
    "tutor:notes/low-rank-adapters-lora", "LoRA", "# LoRA\n\n## Why\n\nIt is small. It is fast.\n", kind="note"
)


def test_reader_marks_the_quote_and_says_the_title_once() -> None:
    start = NOTE.text.index("It is fast.")
    html = render.reader(NOTE, (start, start + 11))
    assert '<mark id="quote">It is fast.</mark>' in html
    assert html.count("LoRA") == 1


def test_reader_says_as_of_when_a_page_is_held_that_is_gone() -> None:
    source = Source("https://a.org", "Alpha", "Alpha is a letter.")
    assert "As of 2026-01-02" in render.reader(source, as_of="2026-01-02")
    assert "As of" not in render.reader(source)


def test_reader_of_a_note_offers_the_chapter() -> None:
    chapter = handbook.load().chapter("low-rank-adapters-lora")
    html = render.reader(NOTE, None, "tutor:notes/low-rank-adapters-lora", chapter)
    assert s.READER_NOTE in html
    assert chapter.resources[0].title in unescape(html)
    assert s.READER_ORIGINAL not in html


def test_reader_of_a_page_opens_the_original_at_the_sentence() -> None:
    source = Source("https://example.org/a", "A", "One. Two.", author="B", published="2024-05-01")
    html = render.reader(source, (5, 9), "https://example.org/a#:~:text=Two")
    assert 'href="https://example.org/a#:~:text=Two"' in html
    assert s.READER_ORIGINAL in html
    assert "article · B · 2024-05-01 · 2 words" in html


# -- status line ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (Opening(), "Getting ready …"),
        (Opening(12, 161), "Getting ready: making the starter notes searchable (12 of 161) …"),
        (Opening(161, 161), "Getting ready: loading the models …"),
        (Ready(52, 0, "SmolLM2-135M"), "Ready: 52 starter notes, SmolLM2-135M"),
        (Ready(52, 1, None, "No model at x."), "Ready: 52 starter notes, 1 article, answers in quotes. No model at x."),
        (Broken("The disk is full."), "The disk is full."),
    ],
)
def test_status_line(state: Opening | Ready | Broken, line: str) -> None:
    assert render.status(state) == line


def test_status_line_says_what_is_being_read() -> None:
    begun = Progress(done=7, total=275, passages=90, waiting=3, seconds=20.0, eta=600.0, current="https://a.test/")
    line = render.status(Ready(52, 7, None), Reading(Wanted(), begun))
    assert line == "Reading 7 of 275 pages · Ready: 52 starter notes, 7 articles, answers in quotes"
    assert render.status(Ready(52, 7, None), Reading(Wanted())).startswith("Ready")  # nothing is counted yet


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(42, "42 ms"), (1630, "1.6 s"), (48_000, "48 s"), (720_000, "12 min"), (3_900_000, "1 h 5 min")],
)
def test_durations(milliseconds: float, words: str) -> None:
    assert render.duration(milliseconds) == words


# -- conversations that were kept -----------------------------------------------------------------------------------

TODAY = date(2026, 3, 30)


def talk(number: int = 3, title: str = "What is LoRA?", changed: str = "2026-03-30T12:00:00+00:00") -> Kept:
    return Kept(number, title, changed, changed, 2)


def test_each_conversation_says_its_title_size_and_day() -> None:
    html = render.talks([talk(), talk(4, changed="2026-03-29T12:00:00+00:00")], current=3, today=TODAY)
    assert "2 questions · today" in html
    assert "2 questions · yesterday" in html
    assert html.count("aria-current") == 1
    assert 'data-act="open" data-number="3" data-title="What is LoRA?" aria-current="true"' in html
    assert 'href="/tutor/conversations/4.md" download' in html
    assert "12 Mar<" in render.talks([talk(changed="2026-03-12T12:00:00+00:00")], today=TODAY)
    assert "12 Mar 2025<" in render.talks([talk(changed="2025-03-12T12:00:00+00:00")], today=TODAY)


def test_a_conversations_title_is_only_text() -> None:
    html = render.talks([talk(title=EVIL)], today=TODAY)
    assert "<script" not in html
    assert "<img" not in html
    assert html.count('"') % 2 == 0


def test_no_conversations_are_nothing_and_none_found_is_told() -> None:
    assert render.talks([]) == ""
    assert "No conversation holds" in render.talks([], "zebra")
    assert 'role="alert"' in render.talks([talk()], trouble="There is none any more.", today=TODAY)


def test_a_kept_turn_looks_as_it_did() -> None:
    shown = after(FOUND, Stated(SAID), Answered(answer(timings=Timings(12, 42, 1500, 2600))))
    outcome = render.outcome(shown)
    assert outcome is not None
    assert outcome.evidence == (ONE, TWO)
    assert render.turn(render.as_kept(outcome)) == render.turn(shown)


def test_a_turn_that_was_stopped_is_kept_as_far_as_it_had_come() -> None:
    shown = render.stopped(after(FOUND, Stated(SAID), Writing("and")))
    outcome = render.outcome(shown)
    assert outcome is not None
    assert outcome.text == SAID.text
    assert render.turn(render.as_kept(outcome)) == render.turn(shown)
    assert "turn stopped" in render.turn(shown)
    assert render.outcome(render.stopped(after(FOUND))) is None
