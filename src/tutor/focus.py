"""
Focus: what a learner is busy with, seen in what they asked, what they answered wrong and what they have planned.

Reads library.db and decides nothing: practice asks new cards of these chapters first, and a plan reviews them. Knows no
clock: how far to look back is told.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tutor.library import Library
from tutor.links import NOTES

LOOK_BACK: Final = timedelta(days=30)
_NO_ANSWER: Final = ("declined", "stopped", "list")


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a chapter was what answers came from, and the last question of those."""

    times: int
    last: str


def asked(library: Library, owner: str, now: datetime, look_back: timedelta = LOOK_BACK) -> dict[str, Asked]:
    """For each chapter that a learner's questions were answered from, the most asked first."""
    since = (now.astimezone(UTC) - look_back).isoformat()
    rows = library.rows(
        "SELECT turns.question, turns.answer FROM turns JOIN conversations ON conversations.id = turns.conversation "
        "WHERE conversations.owner = ? AND conversations.changed >= ? ORDER BY conversations.changed, turns.number",
        (owner, since),
    )
    chapters = {row["url"]: row["chapter"] for row in library.rows("SELECT url, chapter FROM sources")}
    times: Counter[str] = Counter()
    last: dict[str, str] = {}
    for row in rows:
        if chapter := _chapter_of(json.loads(row["answer"]), chapters):
            times[chapter] += 1
            last[chapter] = row["question"]
    return {chapter: Asked(count, last[chapter]) for chapter, count in times.most_common()}


def _chapter_of(answer: Mapping[str, Any], chapters: Mapping[str, str | None]) -> str | None:
    """The chapter most of an answer's quotes are from; of a question about the handbook, the chapter it named."""
    if answer.get("kind") in _NO_ANSWER:
        return None
    found = Counter(
        chapter
        for statement in answer.get("statements", ())
        for quote in statement.get("quotes", ())
        if (chapter := chapters.get(quote["url"]) or _of_note(quote["url"]))
    )
    return found.most_common(1)[0][0] if found else answer.get("chapter")


def _of_note(url: str) -> str | None:
    return url.removeprefix(NOTES) if url.startswith(NOTES) else None


def planned(library: Library, owner: str, now: datetime) -> list[str]:
    """Chapters of the learner's plans worth practising now: those lately worked on, then those of this week."""
    rows = library.rows(
        "SELECT tasks.chapter, tasks.state, tasks.day, tasks.changed FROM tasks JOIN plans ON plans.id = tasks.plan "
        "WHERE plans.owner = ? AND tasks.kind NOT IN ('check', 'project') ORDER BY tasks.day, tasks.number",
        (owner,),
    )
    done = sorted((row for row in rows if row["state"] == "done"), key=lambda row: row["changed"] or "", reverse=True)
    soon = (now + timedelta(days=7)).date().isoformat()
    this_week = (row for row in rows if row["state"] == "open" and row["day"] <= soon)
    return list(dict.fromkeys(row["chapter"] for row in (*done, *this_week)))


def missed(library: Library, owner: str) -> dict[str, int]:
    """For each chapter how many of its cards were answered wrong the last time, the most first."""
    rows = library.rows("SELECT card, chapter, outcome FROM reviews WHERE owner = ? ORDER BY id", (owner,))
    last = {row["card"]: (row["chapter"], row["outcome"]) for row in rows}
    return dict(Counter(chapter for chapter, outcome in last.values() if outcome == "wrong").most_common())


def first(library: Library, owner: str, now: datetime) -> list[str]:
    """The chapters of which new cards come first: planned, then asked about, then missed."""
    return list(dict.fromkeys(_in_order(library, owner, now)))


def _in_order(library: Library, owner: str, now: datetime) -> Iterator[str]:
    yield from planned(library, owner, now)
    yield from asked(library, owner, now)
    yield from missed(library, owner)


def reasons(library: Library, owner: str, now: datetime) -> dict[str, str]:
    """For each chapter to look at again, why: one clause, "you missed 2 of its cards; you asked about it 3 times"."""
    told: dict[str, list[str]] = defaultdict(list)
    for chapter, count in missed(library, owner).items():
        told[chapter].append(f"you missed {count} of its cards" if count > 1 else "you missed one of its cards")
    for chapter, what in asked(library, owner, now).items():
        often = f"you asked about it {what.times} times" if what.times > 1 else "you asked about it"
        told[chapter].append(f"{often} (\u201c{_shortened(what.last)}\u201d)")
    return {chapter: "; ".join(clauses) for chapter, clauses in told.items()}


def _shortened(question: str, most: int = 60) -> str:
    plain = " ".join(question.split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"
