"""
What the page stands on: a tutor that is opened in the background, questions as streams, and readings (ui.reading).

Plain threads and values. Knows nothing of Gradio, HTML or the words on the screen.
"""

import contextlib
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tutor.errors import LibraryError, ModelError, SettingsError, TutorError
from tutor.settings import Settings
from ui.reading import Readings

if TYPE_CHECKING:
    from tutor.answers import Event, Tutor
    from tutor.conversation import Turn
    from tutor.conversations import Conversations
    from tutor.library import Library
    from tutor.plans_kept import Plans
    from tutor.practice import Practice

# How long a stream of events may be silent before the page is told that it is still waited for. Seconds.
BEAT = 0.1


WARMING_UP = "What is a language model?"


@dataclass(frozen=True, slots=True)
class Opening:
    """The tutor is being opened: `passages` of `of` can be searched by meaning. 0 of 0: nothing is known yet."""

    passages: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """The tutor answers. `trouble`: why it answers in quotes alone though a model was wanted."""

    notes: int
    articles: int
    model: str | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """The tutor could not be opened; `message` says what to do."""

    message: str


State = Opening | Ready | Broken


class Desk:
    """One tutor for everybody who has the page open."""

    def __init__(
        self,
        settings: Settings,
        *,
        via: str | None = None,
        open_tutor: "Callable[[Settings, bool], Tutor] | None" = None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        """
        `via`: pages are fetched through another address, as in `tutor ingest --via`. `open_tutor` and `now`, the moment
        in the learner's time zone, are for tests.
        """
        self.settings = settings
        self.now = now
        self.boot = secrets.token_hex(8)  # which start of the tutor this is
        self.readings = Readings(settings, lambda: self.tutor, via)
        self._open_tutor = open_tutor or _open_tutor
        self._tutor: Tutor | None = None
        self._broken: str | None = None
        self._trouble = ""
        self._opened = threading.Event()
        self._began = False
        self._lock = threading.Lock()
        self._glance: Library | None = None
        self._at_close: list[Callable[[], None]] = []

    # -- opening ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Opens the tutor in the background; a second call does nothing."""
        with self._lock:
            if self._began:
                return
            self._began = True
        threading.Thread(target=self._open, name="opening the tutor", daemon=True).start()

    def _open(self) -> None:
        try:
            try:
                self._tutor = self._open_tutor(self.settings, True)
            except (ModelError, SettingsError) as error:
                # A model that cannot be used costs its words, not the answers: the quotes are still there.
                self._trouble = str(error)
                self._tutor = self._open_tutor(self.settings, False)
            next(iter(self._tutor.ask(WARMING_UP)))  # up to the evidence: the first time is several times slower
        except TutorError as error:
            self._broken = str(error)
        except Exception as error:
            self._broken = (
                f"The tutor could not be opened ({type(error).__name__}: {error}). `tutor doctor` tells more."
            )
        finally:
            self._opened.set()

    def wait(self, seconds: float) -> bool:
        """Whether the tutor is open, or known not to open, within this time."""
        return self._opened.wait(seconds)

    @property
    def tutor(self) -> "Tutor":
        """The open tutor. Raises TutorError while there is none."""
        if self._tutor is None:
            raise TutorError(self._broken or "The tutor is still getting ready. Try again in a moment.")
        return self._tutor

    def state(self) -> State:
        """Where the tutor stands. Raises LibraryError where the library cannot be read."""
        if self._broken:
            return Broken(self._broken)
        if self._tutor is None:
            return self._glimpse()
        sources = self._tutor.library.sources()
        notes = sum(source.kind == "note" for source in sources)
        writer = self._tutor.writer
        return Ready(notes, len(sources) - notes, writer.name if writer else None, self._trouble)

    def _glimpse(self) -> Opening:
        """How far the opening has come, seen in the library itself."""
        with contextlib.suppress(LibraryError):
            if library := self._seen():
                counts = library.counts()
                return Opening(counts.passages - counts.unencoded, counts.passages)
        return Opening()

    def _seen(self) -> "Library | None":
        """The library while the tutor is being opened; None where there is none yet."""
        from tutor.library import Library

        if not self._began or not self.settings.places.library.exists():
            return None
        self._glance = self._glance or Library.open(self.settings.places.library)
        return self._glance

    # -- what is kept of a learner ----------------------------------------------------------------------------------

    def conversations(self, owner: str) -> "Conversations":
        """
        What this owner has asked before, also while the tutor is still being opened.

        Raises TutorError while there is no library, LibraryError where it cannot be opened.
        """
        from tutor.conversations import Conversations

        return Conversations(self.library, owner)

    def plans(self, owner: str) -> "Plans":
        """This owner's study plans, as early as `conversations`. Raises as they do."""
        from tutor.plans_kept import Plans

        return Plans(self.library, owner)

    def practice(self, owner: str) -> "Practice":
        """This owner's practice, as early as `conversations`. Raises as they do."""
        from tutor.practice import Practice

        return Practice(self.library, owner)

    @property
    def library(self) -> "Library":
        """The library, also while the tutor is still being opened. Raises TutorError while there is none."""
        library = self._tutor.library if self._tutor else self._seen()
        return library or self.tutor.library

    # -- asking -----------------------------------------------------------------------------------------------------

    def ask(
        self, question: str, history: "Sequence[Turn]" = (), stop: threading.Event | None = None
    ) -> "Iterator[Event | Opening | None]":
        """
        What happens to a question: Opening until the tutor is open, then the tutor's own events, in order.

        None comes whenever nothing has happened for BEAT seconds. After `stop` is set no more events come, however
        long the Writer takes to notice. Raises what `Tutor.ask` raises, and TutorError where there is no tutor.
        """
        stop = stop or threading.Event()
        while not self.wait(BEAT):
            if stop.is_set():
                return
            yield self._glimpse()
        events: queue.Queue[Event | BaseException | None] = queue.Queue()
        tutor = self.tutor

        def work() -> None:
            try:
                for event in tutor.ask(question, history, stop=stop):
                    events.put(event)
                events.put(None)
            except BaseException as error:
                events.put(error)

        threading.Thread(target=work, name="answering", daemon=True).start()
        try:
            while not stop.is_set():
                try:
                    event = events.get(timeout=BEAT)
                except queue.Empty:
                    yield None
                    continue
                if event is None:
                    return
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            stop.set()  # whoever asked has gone: the Writer need not go on

    # -- closing ----------------------------------------------------------------------------------------------------

    def at_close(self, act: Callable[[], None]) -> None:
        """Has this done when the desk is closed."""
        self._at_close.append(act)

    def close(self, seconds: float = 5.0) -> None:
        """Ends what runs in the background, waiting at most so long for a page or a batch under way."""
        for act in self._at_close:
            act()
        self.readings.close(seconds)
        if self._glance is not None:
            self._glance.close()


def _open_tutor(settings: Settings, writer: bool) -> "Tutor":
    from tutor.answers import Tutor

    return Tutor.open(settings, writer=writer)
