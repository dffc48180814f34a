"""Verdicts in words, and where in the handbook questions belong."""

from dataclasses import replace

import pytest

from eval.run import Record
from eval.verdicts import ELSEWHERE, INTRODUCTION, VERDICTS, Places, counted, strengths, verdict, weakest
from tutor import handbook as handbooks

ASKED = Record("q1", "Why?", "answerable", "test", page="tutor:notes/tokenization", facts=2)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"facts_stated": 2}, "right"),
        ({"facts_stated": 1}, "partly"),
        ({"gold_cited": True}, "partly"),
        ({"gold_cited": True, "facts": 0}, "right"),
        ({"facts": 0}, "wrong"),
        ({}, "wrong"),
        ({"declined": True, "facts_stated": 2}, "declined wrongly"),
        ({"unscored": "its page is not there", "declined": True}, "could not be scored"),
        ({"kind": "unanswerable"}, "wrong"),
        ({"kind": "unanswerable", "declined": True}, "declined rightly"),
        ({"kind": "handbook", "facts_stated": 2, "chapter_right": True}, "right"),
        ({"kind": "handbook", "facts_stated": 2, "chapter_right": False}, "partly"),
        ({"kind": "handbook"}, "wrong"),
        ({"kind": "conversation", "facts_stated": 2}, "right"),
    ],
)
def test_each_question_gets_one_word(changed: dict[str, object], expected: str) -> None:
    assert verdict(replace(ASKED, **changed)) == expected  # type: ignore[arg-type]


def test_every_verdict_is_counted_in_order_also_when_there_is_none() -> None:
    assert counted([replace(ASKED, declined=True), ASKED, ASKED]) == {
        "right": 0, "partly": 0, "wrong": 2, "declined rightly": 0, "declined wrongly": 1, "could not be scored": 0,
    }  # fmt: skip
    assert tuple(counted([])) == VERDICTS


def test_a_page_belongs_to_the_chapter_that_links_to_it() -> None:
    book = handbooks.load()
    places = Places(book)
    chapter = book.chapters[7]
    resource = chapter.resources[0]
    first = next(chapter for _, chapter in book.resources_by_url(resource.url) if chapter)
    assert places.of(resource.url).chapter == first
    assert places.of(resource.url + "/").chapter == first
    assert places.of(f"tutor:notes/{chapter.id}").chapter == chapter
    assert places.title(f"tutor:notes/{chapter.id}") == f"The tutor's note on {chapter.title}"
    assert places.title(resource.url) == resource.title
    alone = next(r for p in book.parts for r in p.resources if not any(c for _, c in book.resources_by_url(r.url)))
    assert places.of(alone.url).group == INTRODUCTION
    for unknown in ("https://nowhere.test/page", "tutor:notes/no-such-chapter", "javascript:alert(1)", "http://[bad"):
        assert (places.of(unknown).group, places.title(unknown)) == (ELSEWHERE, "")


def test_the_chapter_that_a_set_names_comes_before_the_page_s() -> None:
    places = Places(handbooks.load(), {"q1": "time-series-analysis", "gone": "no-such-chapter"})
    named = places.of_question(ASKED)
    assert named is not None
    assert named.part == "Time-Series Analysis"
    other = places.of_question(replace(ASKED, id="q2"))
    assert other is not None
    assert other.part == "Tokenization"
    assert places.of_question(replace(ASKED, id="q3", page="")) is None
    gone = places.of_question(replace(ASKED, id="gone"))
    assert gone is not None
    assert gone.group == ELSEWHERE


def test_strengths_are_those_of_the_questions_by_section_and_chapter() -> None:
    book = handbooks.load()
    records = [
        replace(ASKED, id="a", rank=1, in_evidence=True, facts_stated=2),
        replace(ASKED, id="b", rank=6, facts_stated=1),
        replace(ASKED, id="c", declined=True, facts=0),
        replace(ASKED, id="d", unscored="gone"),
        Record("u", "What?", "unanswerable", "test", why="off-topic"),
    ]
    sections = strengths(records, book, Places(book))
    assert len(sections) == 9  # nothing outside
    section = next(one for one in sections if one.questions)
    assert section.questions == 3
    assert section.figures == {
        "right page": (1 / 3, 3),
        "evidence": (1 / 3, 3),
        "facts": (0.75, 2),
        "declined": (1 / 3, 3),
    }
    chapter = next(part for part in section.parts if part.questions)
    assert (chapter.name, chapter.figures) == ("Tokenization", section.figures)
    assert next(one for one in sections if not one.questions).figures["facts"] is None
    assert weakest(sections, least=2) == [chapter]
    assert weakest(sections, least=3) == []
    elsewhere = strengths([replace(ASKED, page="https://nowhere.test/")], book, Places(book))
    assert elsewhere[-1].name == ELSEWHERE
