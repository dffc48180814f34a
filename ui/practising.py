"""
The Practice tab's addresses under /tutor/practice: what is asked now, and what a learner does with it.

What comes next and what an answer does is decided in `tutor.practice` and `tutor.rounds`, what is shown in
`ui.practice_view`; here a request becomes a call, and its outcome the tab's HTML. What cannot be done is one line, and
no failure of HTTP: the browser would report that in its console.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tutor import focus
from tutor import handbook as handbooks
from tutor.errors import BadInput, TutorError
from tutor.grading import RIGHT
from tutor.practice import EASY, Due, Practice
from tutor.rounds import NEW, Round, Rounds
from ui import changes
from ui import practice_view as view
from ui import strings as s
from ui.changes import FRESH, LONGEST, Told
from ui.desk import Broken, Desk
from ui.learners import learner

if TYPE_CHECKING:
    from fastapi import FastAPI

MOST_STEPS = 20
PACKAGE = "generative-ai-handbook.apkg"

# One change at a time: an answer that is sent twice must not be kept twice. Each takes a few milliseconds.
_ONE_AT_A_TIME = threading.Lock()


def frame() -> str:
    return view.frame()


def head() -> str:
    """What the page loads for this tab."""
    return (
        '<link rel="stylesheet" href="/tutor/static/practice.css">'
        '<script type="module" src="/tutor/static/practice.js"></script>'
    )


# -- addresses ------------------------------------------------------------------------------------------------------


def add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    @app.get("/tutor/practice")
    def now(request: Request) -> HTMLResponse:
        return HTMLResponse(_tab(desk, learner(request.cookies)), headers=FRESH)

    @app.get("/tutor/practice/cards.apkg")
    def package(request: Request) -> Response:
        try:
            made = _package(desk.practice(learner(request.cookies) or ""), desk.now())
        except TutorError as error:
            return Response(f"{error}\n", 503, media_type="text/plain")
        headers = FRESH | {"content-disposition": f'attachment; filename="{PACKAGE}"'}
        return Response(made, media_type="application/octet-stream", headers=headers)

    def change(owner: str | None, name: str, told: Told) -> Mapping[str, Any]:
        html, trouble = _changed(desk, owner, CHANGES[name], told)
        return {"html": html, "trouble": trouble}

    changes.add(app, "practice", CHANGES, change)


def _package(practice: Practice, now: datetime) -> bytes:
    """All cards as an Anki package."""
    from tutor import anki

    with TemporaryDirectory() as folder:
        path = Path(folder) / PACKAGE
        anki.package(practice.cards(), path, now, practice.quote)
        return path.read_bytes()


def _tab(desk: Desk, owner: str | None) -> str:
    if owner is None:
        return view.notice(s.PRACTICE_NOBODY)
    try:
        return Change(desk, owner, desk.practice(owner), desk.now()).shown()
    except TutorError as error:
        broken = isinstance(desk.state(), Broken)
        return view.notice(str(error)) if broken else view.waiting(s.PRACTICE_OPENING)


def _changed(desk: Desk, owner: str | None, act: Callable[["Change", Told], str], told: Told) -> tuple[str, str]:
    """The tab's HTML after a change, or "" and why there was none."""
    if owner is None:
        return "", s.PRACTICE_NOBODY
    try:
        with _ONE_AT_A_TIME:
            return act(Change(desk, owner, desk.practice(owner), desk.now()), told), ""
    except TutorError as error:
        return "", str(error)


# -- changes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What a change works on, and what the tab shows after it."""

    desk: Desk
    owner: str
    practice: Practice
    now: datetime

    @property
    def rounds(self) -> Rounds:
        return Rounds(self.desk.library, self.owner, self.practice)

    @property
    def first(self) -> list[str]:
        return focus.first(self.desk.library, self.owner, self.now)

    def shown(self, told: str = "") -> str:
        """What the learner sees now. `told`: one line to go with it."""
        round = self.rounds.under_way()
        if round is None:
            return self._start(told)
        current = round.current
        if current is None:
            return self._end(round)
        title = handbooks.load().chapter(current.card.chapter).title
        if current.review is None:
            return view.question(round, title, told)
        settled = self.practice.settled(current.review.number, self.now)
        return view.verdict(round, settled, self.practice.quote(current.card), title, self.now, told)

    def _start(self, told: str) -> str:
        due = self.practice.due(self.now)
        by_chapter: dict[str, int] = {}
        for one in due:
            by_chapter[one.card.chapter] = by_chapter.get(one.card.chapter, 0) + 1
        overview = view.Overview(
            self.now,
            self.practice.standing(self.now),
            min((one.due for one in due if one.due), default=None),
            by_chapter,
            self.practice.mastery(self.now),
            focus.reasons(self.desk.library, self.owner, self.now),
        )
        return view.start(overview, handbooks.load(), told)

    def _end(self, round: Round) -> str:
        titles = {chapter.id: chapter.title for chapter in handbooks.load().chapters}
        return view.end(round, self.practice.standing(self.now), self._more(round.chosen), titles, self.now)

    def _more(self, chosen: str) -> tuple[str, Sequence[Due]]:
        """What goes on after a round: more of the same, else what is new. What was just missed waits its minutes."""
        for one in dict.fromkeys((chosen, NEW)):
            cards = self.rounds.choose(one, self.now, self.first)
            if cards and (cards[0].due is None or cards[0].due <= self.now):
                return one, cards
        return NEW, ()


def begin(change: Change, told: Told) -> str:
    """A round of what was `chosen`: "review", "new", or a chapter's or section's id."""
    chosen = _text(told, "chosen")
    cards = change.rounds.choose(chosen, change.now, change.first)
    if not cards:
        change.rounds.leave()
        return change.shown(_nothing_of(change, chosen))
    change.rounds.begin(cards, chosen)
    return change.shown()


def _nothing_of(change: Change, chosen: str) -> str:
    """Why there is no card to ask, in one line."""
    book = handbooks.load()
    titles = {one.id: one.title for one in book.chapters} | {one.id: one.title for one in book.sections}
    title = titles.get(chosen, "")
    inside = {chapter.id for chapter in book.chapters if chosen in (chapter.id, chapter.section)}
    standings = [change.practice.standing(change.now, id) for id in inside]
    next_due = min((one.next_due for one in standings if one.next_due), default=None)
    if title and next_due:
        return s.PRACTICE_NOTHING_HERE.format(title=title, when=view.again(next_due, change.now))
    return s.PRACTICE_NO_CARDS.format(title=title) if title else s.PRACTICE_NOT_DUE


def answer(change: Change, told: Told) -> str:
    """`given` to the `card` on the page: what was typed or chosen, or an order card's steps."""
    given = told.get("given")
    if isinstance(given, list):
        given = [str(step)[:LONGEST] for step in given[:MOST_STEPS]]
    elif not isinstance(given, str):
        raise BadInput("There is no answer yet. Type one, or say that you do not know.")
    else:
        given = given[:LONGEST]
    return _answered(change, told, given)


def unknown(change: Change, told: Told) -> str:
    """ "I do not know"."""
    return _answered(change, told, None)


def _answered(change: Change, told: Told, given: str | list[str] | None) -> str:
    round = change.rounds.under_way()
    current = round.current if round else None
    if current is None or current.card.id != told.get("card") or current.review is not None:
        return change.shown(s.PRACTICE_ELSEWHERE)
    change.rounds.answer(current.card.id, given, change.now)
    return change.shown()


def onward(change: Change, told: Told) -> str:
    """To the next card, from the `card` on the page."""
    round = change.rounds.under_way()
    current = round.current if round else None
    if current is None or current.card.id != told.get("card") or current.review is None:
        return change.shown(s.PRACTICE_ELSEWHERE)
    change.rounds.onward(current.card.id)
    return change.shown()


def overrule(change: Change, told: Told) -> str:
    """The learner's own word on the answer of this `number`, where there is one to be said."""
    round = change.rounds.under_way()
    current = round.current if round else None
    number = told.get("number")
    if current is None or current.review is None or current.review.number != number:
        return change.shown(s.PRACTICE_ELSEWHERE)
    outcome = told.get("outcome")
    if outcome not in (RIGHT, EASY) or view.may_count(change.practice.settled(number, change.now)) != outcome:
        return change.shown()
    change.practice.overrule(number, outcome)
    return change.shown()


def undo(change: Change, _: Told) -> str:
    """Takes the round's last answer back; its card is asked again."""
    change.rounds.undo()
    return change.shown()


def leave(change: Change, _: Told) -> str:
    """Back to the overview; what was answered is kept."""
    change.rounds.leave()
    return change.shown()


CHANGES: dict[str, Callable[[Change, Told], str]] = {
    "begin": begin,
    "answer": answer,
    "unknown": unknown,
    "onward": onward,
    "overrule": overrule,
    "undo": undo,
    "leave": leave,
}


def _text(told: Told, name: str) -> str:
    value = told.get(name)
    return value.strip()[:LONGEST] if isinstance(value, str) else ""
