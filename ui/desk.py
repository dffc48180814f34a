"""
What the page stands on: a tutor that is opened in the background, questions as streams, and readings (ui.reading).

Plain threads and values. Knows nothing of Gradio, HTML or the words on the screen.
"""

import contextlib
import queue
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tutor.errors import BadInput, LibraryError, ModelError, SettingsError, TutorError
from tutor.settings import Settings, with_home
from ui.reading import Readings

if TYPE_CHECKING:
    from tutor.answers import Event, Tutor
    from tutor.conversation import Turn
    from tutor.conversations import Conversations
    from tutor.learner_settings import LearnerSettings
    from tutor.library import Library
    from tutor.plans_kept import Plans
    from tutor.practice import Practice
    from tutor.writer import Writer

# How long a stream of events may be silent before the page is told that it is still waited for. Seconds.
BEAT = 0.1
# How long what is under way may take to notice that it is to end. Seconds.
PATIENCE = 10.0

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
        self._via = via
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
        self._switching = threading.Lock()  # held by whoever changes the Writer or begins anew
        self._answering: dict[threading.Event, Writer | None] = {}  # questions under way: how each is stopped
        self._retired: list[Writer] = []  # closed once the last question that uses them is over
        self.asked = 0  # questions so far

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

    # -- changing what answers --------------------------------------------------------------------------------------

    def use(self, settings: Settings) -> None:
        """
        Has the open tutor answer with the Writer and the budget that `settings` name; questions under way end with
        what they began with. Raises ModelError where that Writer cannot be opened, and then nothing is changed.
        """
        from tutor import models

        with self._switching:
            tutor = self.tutor
            same = not self._trouble and _writer_named(settings) == _writer_named(self.settings)
            writer = tutor.writer
            if not same:
                writer = None if settings.answering.form == "quotes" else models.open_writer(settings)
                if load := getattr(writer, "load", None):
                    load()  # what cannot be loaded is told now, not with the next question
            with self._lock:
                self._tutor, self.settings, self._trouble = tutor.with_writer(writer, settings.answering), settings, ""
                if writer is not tutor.writer and tutor.writer is not None:
                    self._retired.append(tutor.writer)
            self._close_retired()

    def _close_retired(self) -> None:
        """Frees the memory of Writers that nobody uses any more."""
        with self._lock:
            used = [writer for writer in self._answering.values() if writer is not None]
            over = [writer for writer in self._retired if not any(writer is one for one in used)]
            self._retired = [writer for writer in self._retired if any(writer is one for one in used)]
        for writer in over:
            if close := getattr(writer, "close", None):
                close()

    @property
    def busy(self) -> bool:
        """Whether a question is under way."""
        return bool(self._answering)

    def begin_anew(self, *, models: bool = False) -> None:
        """
        Deletes the library, the vectors, the pages as fetched, evaluations and settings, with `models` the models too;
        then the tutor is opened again in the background, as on the first day. Whoever has the page open is told that
        it is getting ready.

        Raises TutorError where something cannot be deleted; what could be is gone then, and the tutor opens all the
        same.
        """
        with self._switching:
            tutor = self.tutor  # none yet: somebody is making it just now
            for act in self._at_close:
                act()
            self.readings.stop()
            self._wait_until(lambda: not self.readings.busy)  # it ends in the library, so that is still open
            self._opened.clear()  # questions that come now wait until it is open again
            self._tutor = None
            try:
                for stop in tuple(self._answering):
                    stop.set()
                self._wait_until(lambda: not self.busy)
            except TutorError:
                self._tutor = tutor
                self._opened.set()
                raise
            try:
                if tutor.writer is not None and (close := getattr(tutor.writer, "close", None)):
                    close()
                if erase := getattr(tutor.search.index, "erase", None):
                    erase()
                tutor.library.erase()
                _delete_files(self.settings, models)
            finally:
                with contextlib.suppress(TutorError):
                    self.settings = with_home(self.settings.places.home)
                self._trouble, self._broken = "", None
                self.readings = Readings(self.settings, lambda: self.tutor, self._via)
                threading.Thread(target=self._open, name="opening the tutor", daemon=True).start()

    @staticmethod
    def _wait_until(over: Callable[[], bool]) -> None:
        """Raises BadInput where what was stopped goes on for too long."""
        until = time.monotonic() + PATIENCE
        while not over():
            if time.monotonic() > until:
                raise BadInput("Something is still being read or answered. Stop it first, then try again.")
            time.sleep(0.02)

    def wait(self, seconds: float) -> bool:
        """Whether the tutor is open, or known not to open, within this time."""
        return self._opened.wait(seconds)

    @property
    def tutor(self) -> "Tutor":
        """The open tutor. Raises TutorError while there is none."""
        tutor = self._tutor
        if tutor is None:
            raise TutorError(self._broken or "The tutor is still getting ready. Try again in a moment.")
        return tutor

    def state(self) -> State:
        """Where the tutor stands. Raises LibraryError where the library cannot be read."""
        if self._broken:
            return Broken(self._broken)
        tutor = self._tutor
        if tutor is None:
            return self._glimpse()
        sources = tutor.library.sources()
        notes = sum(source.kind == "note" for source in sources)
        writer = tutor.writer
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

    def level(self, owner: str | None) -> str:
        """The level this owner wants answers at; the usual one for nobody, and while there is no library."""
        from tutor.learner_settings import USUAL_LEVEL

        with contextlib.suppress(TutorError):
            if owner is not None:
                return self.chosen(owner).level
        return USUAL_LEVEL

    def chosen(self, owner: str) -> "LearnerSettings":
        """What this owner has chosen for themselves, as early as `conversations`. Raises as they do."""
        from tutor.learner_settings import LearnerSettings

        return LearnerSettings(self.library, owner)

    @property
    def library(self) -> "Library":
        """The library, also while the tutor is still being opened. Raises TutorError while there is none."""
        tutor = self._tutor
        library = tutor.library if tutor else self._seen()
        return library or self.tutor.library

    # -- asking -----------------------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        history: "Sequence[Turn]" = (),
        stop: threading.Event | None = None,
        level: str = "intermediate",
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
        with self._lock:
            tutor = self.tutor
            self._answering[stop] = tutor.writer
            self.asked += 1

        def work() -> None:
            try:
                for event in tutor.ask(question, history, level, stop):
                    events.put(event)
                events.put(None)
            except BaseException as error:
                events.put(error)
            finally:
                with self._lock:
                    self._answering.pop(stop, None)
                self._close_retired()

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
        from tutor.writer import LlamaCppWriter

        for act in self._at_close:
            act()
        self.readings.close(seconds)
        if self._glance is not None:
            self._glance.close()
        # A question under way ends with the quotes it has; the model's process ends with this.
        if self._tutor is not None and isinstance(self._tutor.writer, LlamaCppWriter):
            self._tutor.writer.close()


def _writer_named(settings: Settings) -> tuple[object, ...]:
    """What decides which Writer it is."""
    return settings.parts.model, settings.parts.model_server, settings.answering.form == "quotes"


def _delete_files(settings: Settings, models: bool) -> None:
    """What lies beside the library. Raises TutorError naming the first thing that cannot be deleted."""
    places = settings.places
    try:
        for folder in (places.pages, places.files, places.home / "eval"):
            if folder.exists():
                shutil.rmtree(folder)
        places.settings_file.unlink(missing_ok=True)
        for file in places.models.iterdir() if models and places.models.exists() else ():
            if file.is_file():
                file.unlink()
    except OSError as error:
        raise TutorError(f"{error.filename} cannot be deleted ({error.strerror}). Delete it by hand.") from error


def _open_tutor(settings: Settings, writer: bool) -> "Tutor":
    from tutor.answers import Tutor

    return Tutor.open(settings, writer=writer)
