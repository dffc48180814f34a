"""
The JSON that the terminal prints, as docs/design.md fixes it. Others read it: change nothing here lightly.

Pure functions from values of the library to plain dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tutor import health

if TYPE_CHECKING:
    from ingest.pipeline import Report
    from tutor.answers import Answer, Statement
    from tutor.conversations import Kept, KeptTurn
    from tutor.handbook import Chapter, Handbook
    from tutor.health import Health
    from tutor.library import Library
    from tutor.passages import Quote
    from tutor.plan import Task
    from tutor.plans_kept import Kept as KeptPlan
    from tutor.practice import Due, Mastery, Settled, Standing
    from tutor.reading_list import ReadingList
    from tutor.search import Found


def answer(given: Answer, handbook: Handbook) -> dict[str, Any]:
    timings = given.timings
    return {
        "question": given.question,
        "asked": given.trace.asked,
        "understood": understood(given),
        "answer": given.text,
        "declined": given.declined,
        "kind": given.kind,
        "missing": list(given.missing),
        "statements": [_stated(one) for one in given.statements],
        "evidence": [quote(q) for q in given.evidence],
        "chapter": chapter(given.chapter, handbook),
        "follow_ups": list(given.follow_ups),
        "model": {
            "name": given.model.name,
            "prompt_tokens": given.model.prompt_tokens,
            "output_tokens": given.model.output_tokens,
            "budget_tokens": given.model.budget_tokens,
        },
        "timings_ms": {
            "search": round(timings.search, 1),
            "evidence": round(timings.evidence, 1),
            "first_word": None if timings.first_word is None else round(timings.first_word, 1),
            "total": round(timings.total, 1),
        },
    }


def understood(given: Answer) -> dict[str, Any] | None:
    """A follow-up made whole, and by whom; None for a question that was taken as it is."""
    if given.understood is None:
        return None
    return {
        "question": given.understood.question,
        "level": given.understood.level,
        "wants": sorted(given.understood.wants),
        "by": given.trace.rewritten_by,
    }


def conversation(kept: Kept, turns: Sequence[KeptTurn] | None = None) -> dict[str, Any]:
    """A kept conversation; its `turns`, where given, are what `tutor ask --history` takes."""
    told = {
        "conversation": kept.id,
        "title": kept.title,
        "created": kept.created,
        "changed": kept.changed,
    }
    return {**told, "turns": kept.turns if turns is None else [_turn(turn) for turn in turns]}


def _turn(given: KeptTurn) -> dict[str, Any]:
    from tutor.conversations import restored
    from tutor.handbook import load

    answer = restored(given, load())
    return {
        "question": given.question,
        "answer": answer.text,
        "declined": answer.declined,
        "kind": answer.kind,
        "statements": [_stated(one) for one in answer.statements],
    }


def _stated(given: Statement) -> dict[str, Any]:
    return {"text": given.text, "support": round(given.support, 3), "quotes": [quote(q) for q in given.quotes]}


def quote(given: Quote) -> dict[str, Any]:
    """A quote; with "page" where it stands in a PDF, with "second" where it is said in a video."""
    where = {"page": given.page, "second": given.second}
    return {
        "url": given.url,
        "title": given.title,
        "heading": given.heading,
        "text": given.text,
        "start": given.start,
        "end": given.end,
        "link": given.link,
        **{name: value for name, value in where.items() if value is not None},
        **({"as_of": given.as_of} if given.as_of else {}),
    }


def chapter(given: Chapter | None, handbook: Handbook) -> dict[str, str] | None:
    if given is None:
        return None
    section = handbook.section_of(given)
    return {"section": f"{section.number}: {section.title}", "chapter": given.title, "url": given.url}


def found(given: Found) -> dict[str, Any]:
    return {
        "query": given.question,
        "passages": [
            {
                "rank": rank,
                "score": round(hit.score, 4),
                "url": hit.held.url,
                "title": hit.held.title,
                "heading": hit.held.passage.heading,
                "text": hit.held.passage.text,
                "start": hit.held.passage.start,
                "end": hit.held.passage.end,
            }
            for rank, hit in enumerate(given.hits, 1)
        ],
        "timings_ms": {"search": round(given.milliseconds, 1)},
    }


def report(given: Report) -> dict[str, Any]:
    return {
        "read": given.count("read"),
        "changed": given.count("changed"),
        "unchanged": given.count("unchanged"),
        "duplicate": given.count("duplicate"),
        "dead": given.count("dead"),
        "blocked": given.count("blocked"),
        "failed": given.count("failed"),
        "skipped": given.count("skipped"),
        "passages": given.passages,
        "seconds": round(given.seconds, 1),
        "stopped": given.stopped,
        "offline": given.offline,
        "pages": [
            {"url": o.url, "outcome": o.outcome, "reason": o.reason, "passages": o.passages} for o in given.outcomes
        ],
    }


def sources(library: Library, state: str | None = None) -> dict[str, Any]:
    """What is held, and every link (of that state or condition) with the counts of all."""
    words, minutes, twins = library.words_by_source(), library.minutes_by_source(), library.twins()
    healths = health.report(library)
    return {
        "counts": health.counts(healths),
        "sources": [
            {
                "url": source.url,
                "title": source.title,
                "author": source.author,
                "kind": source.kind,
                "chapter": source.chapter,
                "published": source.published,
                "language": source.language,
                "licence": source.licence,
                "archived": source.archived,
                "words": words[source.url],
                "minutes": minutes.get(source.url),
                "twin_of": twins.get(source.url),
            }
            for source in library.sources()
        ],
        "links": [link(one) for one in healths if state in (None, one.condition, one.link.state)],
        "lists": [reading_list(one) for one in library.lists()],
    }


def reading_list(given: ReadingList) -> dict[str, Any]:
    resources = given.all_resources()
    return {
        "url": given.url,
        "title": given.title,
        "sections": len(given.sections),
        "chapters": len(given.chapters),
        "resources": len(resources),
        "with_url": sum(resource.url is not None for resource in resources),
    }


def link(one: Health) -> dict[str, Any]:
    given = one.link
    return {
        "url": given.url,
        "state": given.state,
        "condition": one.condition,
        "reason": one.reason,
        "status": given.status,
        "title": given.title,
        "kind": given.kind,
        "chapter": given.chapter,
        "archived": given.archived,
        "moved_to": given.moved_to,
        "held": one.held,
        "as_of": one.as_of,
        "checked": given.checked,
        "since": one.since,
    }


def plan(kept: KeptPlan, handbook: Handbook) -> dict[str, Any]:
    """A plan; `task` and `state` name and tell a task, so that `tutor plan done 14` can be said."""
    made = kept.plan
    return {
        "plan": kept.number,
        "goal": made.request.goal,
        "hours": made.request.hours,
        "starts": made.request.start.isoformat(),
        "weeks": [
            {
                "week": week.number,
                "starts": week.starts.isoformat(),
                "minutes": week.minutes,
                "tasks": [task(one, kept, handbook) for one in week.tasks],
            }
            for week in made.weeks
        ],
        "chapters": list(made.chapters),
        "skimmed": [{"chapter": chapter, "why": why} for chapter, why in made.skimmed.items()],
        "left_out": [{"chapter": one.chapter, "why": one.why} for one in made.left_out],
        "remarks": list(made.remarks),
        "total_minutes": made.minutes,
        "done_minutes": kept.done_minutes,
    }


def task(given: Task, kept: KeptPlan, handbook: Handbook) -> dict[str, Any]:
    state = kept.state(given)
    return {
        "task": given.number,
        "day": given.day.isoformat(),
        **place(given.chapter, handbook),
        "title": given.title,
        "url": given.url,
        "kind": given.kind,
        "minutes": given.minutes,
        "why": given.why,
        "state": state.state,
        "spent": state.spent,
    }


def card(due: Due, found: Quote | None) -> dict[str, Any]:
    """A card to answer, with its answer. `options`: what is shown, mixed, of a choice or order card."""
    from tutor import handbook
    from tutor.grading import options

    one = due.card
    return {
        "card": one.id,
        **place(one.chapter, handbook.load()),
        "kind": one.kind,
        "question": one.ask,
        "options": options(one, due.times) if one.kind in ("choice", "order") else [],
        "answer": list(one.steps) if one.kind == "order" else one.answer,
        "accepted": list(one.accepted) if one.kind == "recall" else [],
        "wrong": [{"text": wrong.text, "why": wrong.why} for wrong in one.wrong],
        "unit": one.unit,
        "calculation": one.calculation,
        "quote": quote(found) if found else {"url": one.url, "text": one.quote},
        "due": due.due.isoformat() if due.due else None,
    }


def settled(given: Settled, found: Quote | None) -> dict[str, Any]:
    """What came of an answer to a card."""
    from tutor.grading import shown

    return {
        "card": given.card.id,
        "outcome": given.review.outcome,
        "why": given.grade.why,
        "answer": shown(given.card),
        "quote": quote(found) if found else {"url": given.card.url, "text": given.card.quote},
        "again": given.due.isoformat(),
    }


def standing(given: Standing) -> dict[str, Any]:
    return {
        "due": given.due,
        "new": given.new,
        "met": given.seen,
        "next_due": given.next_due.isoformat() if given.next_due else None,
    }


def mastery(of: Chapter, given: Mastery, handbook: Handbook) -> dict[str, Any]:
    """How well a chapter is known: `share` of its cards, 0 to 1."""
    return {
        **place(of.id, handbook),
        "share": round(given.share, 3),
        "met": given.seen,
        "cards": given.cards,
        "missed": given.missed,
        "mastered": given.mastered,
    }


def place(chapter: str, handbook: Handbook) -> dict[str, str]:
    """Where a task or card belongs: its section's name and its chapter's id."""
    section = handbook.section_of(chapter)
    return {"section": f"{section.number}: {section.title}", "chapter": chapter}
