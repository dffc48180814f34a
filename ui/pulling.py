"""
What goes on in the background about models: one download at a time, and measuring how fast a model is here.

Plain threads and values. What is downloaded and how is `tutor.models`, what is measured `tutor.tempo`; knows nothing
of HTML or the words on the screen.
"""

import contextlib
import threading
import time
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path

from tutor import gguf, models, tempo
from tutor.errors import BadInput, ModelError, TutorError
from tutor.models import Offer
from tutor.tempo import Size, Speed
from tutor.writer import LlamaCppWriter
from ui.desk import Desk

# The rate of a download is that of so many seconds.
WINDOW = 6.0
# Seconds between two looks whether nobody is asking anything, and how long nobody must have.
LOOK = 0.25
QUIET = 1.0
GLANCE = 0.02  # between two looks while something is measured
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Pull:
    """
    A download: `state` is coming, checking, paused, done or failed. `rate` in bytes a second, `checksum` what it was
    verified against, where the hub names one.
    """

    name: str
    done: int
    total: int
    state: str = "coming"
    rate: float | None = None
    checksum: str | None = None
    trouble: str = ""

    @property
    def going(self) -> bool:
        return self.state in ("coming", "checking")

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate else None


class Pulls:
    """The downloads of one TUTOR_HOME, at most one of them going."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._pull: Pull | None = None
        self._came: deque[tuple[float, int]] = deque()  # when, and how many bytes there were

    def now(self) -> Pull | None:
        """The download that is going or was the last one."""
        return self._pull

    def begin(self, name: str) -> None:
        """Begins to download, or goes on where it was broken off. Raises BadInput while another is going."""
        offer = _offer(name)
        with self._lock:
            if self._pull is not None and self._pull.going:
                raise BadInput(f"{self._pull.name} is being fetched just now. Wait for it, or pause it first.")
            self._stop, self._came = threading.Event(), deque()
            self._pull = Pull(offer.name, models.arrived(self._desk.settings, offer), offer.bytes)
            self._thread = threading.Thread(target=self._run, args=(offer, self._stop), name="pulling", daemon=True)
            self._thread.start()

    def pause(self, seconds: float = 5.0) -> None:
        """Stops the download, if one is going; what came is kept."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def drop(self, name: str) -> None:
        """Throws away what has come. Raises BadInput while it is going."""
        offer = _offer(name)
        if self._pull is not None and self._pull.going:
            raise BadInput(f"{self._pull.name} is being fetched just now. Pause it first.")
        models.drop(self._desk.settings, offer)
        self._pull = None

    def _run(self, offer: Offer, stop: threading.Event) -> None:
        def tell(done: int, total: int) -> None:
            self._pull = Pull(offer.name, done, total, rate=self._rate(done))

        def checking(checksum: str | None) -> None:
            self._pull = Pull(offer.name, self._done(), self._done(), "checking", checksum=checksum)

        try:
            models.fetch(self._desk.settings, offer.name, tell, stop=stop, checking=checking)
            checksum = self._pull.checksum if self._pull else None
            self._pull = Pull(offer.name, self._done(), self._done(), "done", checksum=checksum)
        except models.Paused:
            self._end(offer, "paused")
        except TutorError as error:
            self._end(offer, "failed", str(error))
        except Exception as error:
            self._end(offer, "failed", f"The download ended early ({type(error).__name__}: {error}). Pull it again.")

    def _done(self) -> int:
        return self._pull.done if self._pull else 0

    def _end(self, offer: Offer, state: str, trouble: str = "") -> None:
        total = self._pull.total if self._pull else offer.bytes
        self._pull = Pull(offer.name, models.arrived(self._desk.settings, offer), total, state, trouble=trouble)

    def _rate(self, done: int) -> float | None:
        """Bytes a second over the last WINDOW; None at the very beginning."""
        now = time.monotonic()
        self._came.append((now, done))
        while now - self._came[0][0] > WINDOW and len(self._came) > 2:
            self._came.popleft()
        since, before = self._came[0]
        return (done - before) / (now - since) if now - since > 0.5 else None


def _offer(name: str) -> Offer:
    offer = models.offer_of(name)
    if offer is None:
        raise BadInput(f"There is no model {name!r} to fetch.")
    return offer


class Speeds:
    """How fast the models are on this machine, measured while nobody is asking anything."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        # Each is measured once for each start of the tutor: the best of all counts, and a machine may have been busy.
        # What could not be measured is not tried again and again.
        self._settled: set[str] = set()

    @property
    def measuring(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def want(self) -> None:
        """Begins to measure what has not been measured since the start: the Writer in use, else the embedded model."""
        with self._lock:
            if not self.measuring and not self._stop.is_set() and self._missing() is not None:
                self._thread = threading.Thread(target=self._run, name="measuring", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ends it; nothing is measured any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
        self._stop = threading.Event()

    def _missing(self) -> LlamaCppWriter | Path | None:
        """What to measure next: the Writer in use, or the embedded model's file."""
        if not self._desk.wait(0):
            return None
        with contextlib.suppress(TutorError):
            folder, writer = self._desk.settings.places.models, self._desk.tutor.writer
            if isinstance(writer, LlamaCppWriter) and self._unknown(writer.name):
                return writer
            path = models.prepared(folder)
            if path is not None and self._unknown(path.stem):
                return path
        return None

    def _unknown(self, name: str) -> bool:
        return name not in self._settled

    def _run(self) -> None:
        stop = self._stop
        tries = 0
        while (wanted := self._missing()) is not None and self._quiet(stop):
            tries += 1
            name = self._measure(wanted, stop)
            if name and tries >= MOST_TRIES:
                self._settled.add(name)
                tries = 0

    def _quiet(self, stop: threading.Event) -> bool:
        """Waits until nobody has asked anything for a while; False where it is to end."""
        since = time.monotonic()
        while time.monotonic() - since < QUIET:
            if stop.wait(LOOK):
                return False
            if self._desk.busy:
                since = time.monotonic()
        return True

    def _measure(self, wanted: LlamaCppWriter | Path, stop: threading.Event) -> str:
        """
        Measures and keeps it; returns the name where it did not. Ends at once where somebody asks something meanwhile,
        so that no question waits for it.
        """
        asked = self._desk.asked
        aside, over = threading.Event(), threading.Event()

        def watch() -> None:
            while not over.wait(GLANCE):
                if stop.is_set() or self._desk.asked != asked:
                    aside.set()

        watching = threading.Thread(target=watch, name="measuring aside", daemon=True)
        watching.start()
        own = LlamaCppWriter(wanted, context_tokens=2048) if isinstance(wanted, Path) else None
        writer = own or wanted
        assert isinstance(writer, LlamaCppWriter)
        try:
            writer.load()  # the first time from a cold disk is not the model's speed
            found = tempo.measure(writer, aside)
            if self._desk.asked == asked and not self._desk.busy:
                tempo.keep(self._desk.settings.places.models, writer.name, found)
                self._settled.add(writer.name)
                return ""
        except TutorError:
            if stop.is_set():
                return ""
        finally:
            over.set()
            watching.join()
            if own is not None:
                own.close()
        return writer.name


# -- what the speeds of other models would be --------------------------------------------------------------------------


def expected(models_folder: Path, stem: str, wanted: Size) -> Speed | None:
    """
    The speed here of a model by its file's name and its size: its own where it was measured, else worked out from the
    measured one whose size is nearest. None where none was.
    """
    if (own := tempo.kept(models_folder, stem)) is not None:
        return own
    known = [
        (found, size)
        for path in _at_hand(models_folder)
        if (found := tempo.kept(models_folder, path.stem)) is not None
        and (size := _size(path, path.stat().st_mtime_ns)) is not None
    ]
    if not known:
        return None
    found, size = min(known, key=lambda one: abs(log(one[1].bytes / wanted.bytes)))
    return tempo.scaled(found, size, wanted)


def _at_hand(models_folder: Path) -> list[Path]:
    embedded = models.prepared(models_folder)
    found = sorted(models_folder.glob("*.gguf"))
    return list(dict.fromkeys([*found, *([embedded] if embedded else [])]))


@lru_cache(maxsize=32)
def _size(path: Path, _changed: int) -> Size | None:
    """The page asks every second while something is going: a header is read once."""
    try:
        header = gguf.read(path)
    except ModelError:
        return None
    return Size(header.parameters, header.bytes)
