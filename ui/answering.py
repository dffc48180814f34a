"""
Questions that are being answered, each in a thread of its own: they go on while the page that asked is loaded anew.

A page watches an answer and may leave it; whoever opens the conversation watches on. An answer that nobody has watched
for LEFT_ALONE seconds is ended, and what had passed the check is kept. Between the page (`ui.chat`) and the desk; knows
nothing of Gradio.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING

from tutor.answers import Answered, Event
from tutor.conversation import Turn
from tutor.errors import TutorError
from ui import kept, render
from ui.desk import Desk, Opening
from ui.kept import Conversation
from ui.render import View

if TYPE_CHECKING:
    from tutor.handbook import Handbook

# Seconds between two updates of an answer that is being written: 20 a second look smooth and cost little.
BETWEEN_UPDATES = 0.05
# Seconds after which the page is told again how long it has waited.
CLOCK = 1.0
# Seconds that a new question waits for the one before it to be put away.
PATIENCE = 2.0
# Seconds that an answer goes on for which nobody waits: enough to load the page anew or to unlock a phone.
LEFT_ALONE = 60.0
# So many turns of a conversation go with the next question.
REMEMBERED = 8
# From so many answers it is told how long one takes.
TIMED = 9


@dataclass(slots=True, eq=False)
class UnderWay:
    """One question that is being answered: `view` is what is known of it, `over` when all of that is in `said`."""

    owner: str | None
    said: Conversation
    view: View
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _version: int = 0
    _watching: int = 0
    _left: float | None = None  # when the last one who watched went

    def show(self, view: View) -> None:
        with self._changed:
            self.view = view
            self._version += 1
            self._changed.notify_all()

    def ended(self) -> None:
        with self._changed:
            self.over.set()
            self._changed.notify_all()

    @property
    def waited(self) -> float:
        """Seconds since the question was asked."""
        return time.monotonic() - self.began

    @property
    def left_alone(self) -> bool:
        return not self._watching and self._left is not None and time.monotonic() - self._left > LEFT_ALONE

    @contextmanager
    def _watched(self) -> Iterator[None]:
        with self._changed:
            self._watching += 1
        try:
            yield
        finally:
            with self._changed:
                self._watching -= 1
                self._left = time.monotonic()

    def watch(self, wanted: Callable[[], bool] = lambda: True) -> Iterator[View]:
        """
        The view whenever it has changed, and each second while it is waited for, until the answer is put away or is no
        longer `wanted` (which is asked again whenever somebody calls `look_up`).
        """
        seen = -1
        with self._watched():
            while wanted() and not self.over.is_set():
                with self._changed:
                    self._changed.wait_for(
                        lambda: self._version != seen or self.over.is_set() or not wanted(),  # noqa: B023
                        CLOCK,
                    )
                    seen, view = self._version, self.view
                if wanted() and not self.over.is_set():
                    yield view
                    time.sleep(BETWEEN_UPDATES)

    def look_up(self) -> None:
        """Has everybody who watches ask again whether it is wanted."""
        with self._changed:
            self._changed.notify_all()


@dataclass(slots=True, eq=False)
class Page:
    """
    One open page: what it shows of what is being answered.

    What is shown next must not be overtaken by an update of what was shown before. Gradio sends what it is given in
    that order and asks for more only then: so a page shows something else once whoever showed the old has come to its
    end.
    """

    shows: UnderWay | None = None
    _gone: threading.Event = field(default_factory=threading.Event)
    _turns: deque[object] = field(default_factory=deque)
    _next: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One change of what is shown after the other, in the order in which they came."""
        mine = object()
        with self._next:
            self._turns.append(mine)
            self._next.wait_for(lambda: self._turns[0] is mine)
        try:
            if (before := self.shows) is not None:
                self.shows = None
                before.look_up()
                self._gone.wait(PATIENCE)
            yield
        finally:
            with self._next:
                self._turns.popleft()
                self._next.notify_all()

    def show(self, asked: UnderWay) -> None:
        """From now on this is shown. Only within `alone`."""
        self.shows, self._gone = asked, threading.Event()

    def watch(self, asked: UnderWay) -> Iterator[View]:
        """The views of `asked` as long as it is what is shown."""
        gone = self._gone
        try:
            yield from asked.watch(lambda: self.shows is asked)
        finally:
            gone.set()


class Answering:
    """What is being answered now, for everybody who has the page open."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._under_way: list[UnderWay] = []
        self._lock = threading.Lock()
        self._first_words: deque[float] = deque(maxlen=TIMED)  # seconds
        self._wholes: deque[float] = deque(maxlen=TIMED)
        desk.at_close(self.close)

    def ask(
        self, owner: str | None, said: Conversation, question: str, *, again: bool = False, number: int = 0
    ) -> UnderWay:
        """
        Begins to answer a question as the next turn of `said`, or (`again`) in place of its last one. `number`: which
        question of its page it is.

        What is still being answered in this conversation is ended before.
        """
        if (before := self.of(said)) is not None:
            self.end(before)
        said.make_room(again)
        if owner is not None:
            kept.begin(self._desk, owner, said, question)
        asked = UnderWay(owner, said, View(question, expected=self._expected(), number=number))
        with self._lock:
            self._under_way.append(asked)
        threading.Thread(target=self._answer, args=(asked,), name="asking", daemon=True).start()
        return asked

    def of(self, said: Conversation) -> UnderWay | None:
        """What is being answered in this conversation."""
        with self._lock:
            return next((one for one in self._under_way if one.said is said), None)

    def kept_as(self, owner: str | None, number: int) -> UnderWay | None:
        """What is being answered in this learner's conversation of this number."""
        with self._lock:
            mine = [one for one in self._under_way if one.owner == owner and owner is not None]
        return next((one for one in mine if one.said.number == number), None)

    def under_way(self, owner: str | None) -> set[int]:
        """The numbers of this learner's conversations in which an answer is on its way."""
        with self._lock:
            numbers = {one.said.number for one in self._under_way if one.owner == owner and owner is not None}
        return {number for number in numbers if number is not None}

    @staticmethod
    def end(asked: UnderWay) -> None:
        """Ends an answer and waits until it is put away."""
        asked.stop.set()
        asked.over.wait(PATIENCE)

    def close(self) -> None:
        """Ends all that is being answered; what had passed the check is kept."""
        with self._lock:
            under_way = list(self._under_way)
        for asked in under_way:
            asked.stop.set()
        until = time.monotonic() + PATIENCE / 2  # for all together
        for asked in under_way:
            asked.over.wait(max(0.0, until - time.monotonic()))

    def _expected(self) -> tuple[float, float] | None:
        """Seconds to the first word and to the whole of an answer, as of late; None before the first."""
        return (median(self._first_words), median(self._wholes)) if self._first_words else None

    def _answer(self, asked: UnderWay) -> None:
        said, question = asked.said, asked.view.question
        try:
            for event in self._desk.ask(question, said.turns[-REMEMBERED:], asked.stop, self._desk.level(asked.owner)):
                if event is not None:
                    asked.show(render.after(asked.view, event))
                    self._time(event)
                if asked.left_alone:
                    asked.stop.set()
            view = asked.view if asked.view.over else render.stopped(asked.view)
        except Exception as error:  # a person sees one line, whatever happened
            view = render.failed(asked.view, error)
        try:
            self._put_away(asked, view)
        finally:
            with self._lock:
                self._under_way.remove(asked)
            asked.ended()

    def _time(self, event: Event | Opening) -> None:
        if isinstance(event, Answered) and (first := event.answer.timings.first_word) is not None:
            self._first_words.append(first / 1000)
            self._wholes.append(event.answer.timings.total / 1000)

    def _put_away(self, asked: UnderWay, view: View) -> None:
        """Brings the conversation up to date and keeps it."""
        said, outcome = asked.said, render.outcome(view)
        if outcome is not None:
            said.turns.append(Turn(view.question, outcome.text))
            said.answered = True
            view = replace(view, not_kept=kept.keep(self._desk, asked.owner, said, view.question, outcome))
        asked.show(view)
        said.last = render.turn(view, self.handbook(), said.number)

    def handbook(self) -> "Handbook | None":
        """The handbook, once the tutor is open."""
        try:
            return self._desk.tutor.handbook
        except TutorError:
            return None
