"""
Readings: what is read in the background, one after the other, how far it is, and what is left of it after a pause.

A thread of its own for each stretch of work, plain values for what is shown. What is not finished is kept in the
library, so that it can be gone on with also after a restart. Knows nothing of HTML or the words on the screen.
"""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tutor import disk
from tutor.errors import BadInput, LibraryError, ReadingError, TutorError
from tutor.settings import Settings

if TYPE_CHECKING:
    from ingest.pipeline import Address, Look, Progress, Report
    from tutor.answers import Tutor
    from tutor.handbook import Handbook
    from tutor.library import Library

FACT = "readings"  # under which the library keeps what is not finished
MOST_ENDED = 3
LINKS = ("none", "all")


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What somebody wants read: addresses and files, or, without names, the handbook and all that it links to.

    `links`: "all" reads what the pages link to as well. `again`: what is held is asked for anew, whenever that was
    last done. `began`: the moment (ISO time) it was first begun; what was asked for since is not asked for again.
    """

    names: tuple[str, ...] = ()
    links: str = "none"
    again: bool = False
    began: str = ""

    @property
    def is_handbook(self) -> bool:
        return not self.names

    @property
    def long(self) -> bool:
        """Whether shorter readings are done first."""
        return self.is_handbook or self.links == "all"


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading, under way or (with `report` or `trouble`) over. `full`: it ended because the disk is full."""

    wanted: Wanted
    progress: "Progress | None" = None
    report: "Report | None" = None
    trouble: str = ""
    stopping: bool = False
    full: bool = False

    @property
    def over(self) -> bool:
        return self.report is not None or bool(self.trouble)

    @property
    def offline(self) -> str:
        """Why nothing answered at all, where that ended it."""
        return self.report.offline if self.report else ""


class Readings:
    """The readings of one library. Short ones go before long ones, which are gone on with afterwards."""

    def __init__(self, settings: Settings, tutor: "Callable[[], Tutor]", via: str | None = None) -> None:
        """`tutor` gives the open tutor, and raises TutorError while there is none; `via` as in `tutor ingest`."""
        self._settings = settings
        self._tutor = tutor
        self._via = via
        self._lock = threading.RLock()
        self._queue: list[Wanted] = []  # the first is being read
        self._held: list[Wanted] | None = None  # paused, or left by a tutor that was ended; None: not looked for yet
        self._now: Reading | None = None
        self._ended: list[Reading] = []
        self._counted: dict[Wanted, tuple[str, int]] = {}
        self._stop = threading.Event()
        self._why = ""  # why it was set: pause, drop, aside
        self._running = False

    # -- what is going on -------------------------------------------------------------------------------------------

    @property
    def now(self) -> Reading | None:
        """What is being read, or was read last; None before anything was."""
        return self._now

    @property
    def busy(self) -> bool:
        return self._running

    @property
    def ended(self) -> tuple[Reading, ...]:
        """What ended lately, the last first."""
        return tuple(self._ended)

    @property
    def waiting(self) -> int:
        """How many readings come after the one under way."""
        with self._lock:
            return max(0, len(self._queue) - 1)

    @property
    def held(self) -> tuple[Wanted, ...]:
        """What was begun and can be gone on with. Nothing while the tutor is being opened."""
        with self._lock:
            return tuple(self._load())

    def left(self, wanted: Wanted) -> int:
        """How many pages of this are still to be asked for, as far as is known. Raises TutorError."""
        from ingest.pipeline import left

        library = self._tutor().library
        stamp = library.stamp()
        if self._counted.get(wanted, ("", 0))[0] != stamp:  # counted once: the page asks every few seconds
            try:
                self._counted[wanted] = (stamp, left(library, self._addresses(wanted), _moment(wanted.began)))
            except BadInput:  # a file that is gone
                return 0
        return self._counted[wanted][1]

    def wait(self, seconds: float) -> bool:
        """Whether nothing is read any more, within this time."""
        until = time.monotonic() + seconds
        while self._running and time.monotonic() < until:
            time.sleep(0.02)
        return not self._running

    # -- what a person does -----------------------------------------------------------------------------------------

    def handbook(self) -> None:
        """Begins to read the handbook and all that it links to, or goes on with it."""
        self.begin(Wanted())

    def page(self, url: str, links: str = "none") -> None:
        """Begins to read one web page; with `links` "all" what it links to too. Raises BadInput."""
        self.begin(Wanted((web_address(url),), _links(links)))

    def files(self, paths: Sequence[Path], links: str = "none") -> None:
        """Begins to read files; with `links` "all" they are reading lists. Raises BadInput."""
        self.begin(Wanted(tuple(str(path) for path in paths), _links(links)))

    def again(self, url: str) -> None:
        """Asks for one address anew: what is held, what failed, or what was removed."""
        self.begin(Wanted((url,), again=True))

    def begin(self, wanted: Wanted) -> None:
        """
        Begins a reading, or puts it behind those before it. Raises BadInput for what cannot be read or is being read
        already, and TutorError while there is no tutor.
        """
        self._addresses(wanted)  # raises now and not in the background
        with self._lock:
            held = self._load()
            if any(_same(wanted, other) for other in self._queue):
                raise BadInput("That is being read already.")
            before = next((other for other in held if _same(wanted, other)), None)
            if before is not None:
                held.remove(before)
            wanted = before or replace(wanted, began=datetime.now(UTC).isoformat(timespec="seconds"))
            at = len(self._queue)
            if not wanted.long:
                at = next((n for n, other in enumerate(self._queue) if other.long), at)
            self._queue.insert(at, wanted)
            if self._running and at == 0:
                self._end("aside")
            self._work()

    def pause(self) -> None:
        """Ends after the pages under way; what was read is kept, and `resume` goes on."""
        with self._lock:
            if self._running:
                self._end("pause")
                self._stopping()

    def resume(self) -> None:
        """Goes on with what was paused. Raises TutorError while there is no tutor."""
        self._tutor()
        with self._lock:
            held = self._load()
            self._queue += sorted(held, key=lambda wanted: wanted.long)
            held.clear()
            self._work()

    def stop(self) -> None:
        """Ends after the pages under way, for good: what was read is kept, the rest forgotten."""
        with self._lock:
            self._load().clear()
            if self._running:
                self._end("drop")
                self._stopping()
            self._save()

    def look(self, name: str) -> "Look":
        """What a page or file leads to, before it is read. Raises BadInput where it cannot be fetched or read."""
        from ingest import pipeline

        self._tutor()
        name = name if Path(name).is_absolute() else web_address(name)
        address = pipeline.addresses([name], "all")[0]
        try:
            return pipeline.look(self._settings, address, via=self._via)
        except ReadingError as error:
            if not error.reached:
                raise BadInput(
                    f"Nothing answers there ({error.reason}). Check the address and the network, then try again."
                ) from error
            raise BadInput(f"It cannot be read: {error.reason}.") from error

    def close(self, seconds: float) -> None:
        """Ends what is going on, waiting at most so long for the pages under way; the next tutor offers to go on."""
        self.pause()
        self.wait(seconds)

    # -- the work ---------------------------------------------------------------------------------------------------

    def _end(self, why: str) -> None:
        self._why = why if self._why not in ("pause", "drop") else self._why
        self._stop.set()

    def _stopping(self) -> None:
        if self._now is not None and not self._now.over:
            self._now = replace(self._now, stopping=True)

    def _work(self) -> None:
        """Starts the thread that reads, unless one is going. The caller holds the lock."""
        self._save()
        if self._running or not self._queue:
            return
        self._running = True
        self._why = ""
        self._next()
        threading.Thread(target=self._run, name="reading", daemon=True).start()

    def _next(self) -> None:
        self._stop = threading.Event()
        self._now = Reading(self._queue[0])

    def _run(self) -> None:
        while True:
            with self._lock:
                now = self._now
            assert now is not None
            ended = self._read(now.wanted, self._stop)
            with self._lock:
                self._settle(ended)
                if not self._queue:
                    self._running = False
                    return
                self._next()

    def _settle(self, ended: Reading) -> None:
        """What becomes of a reading that has ended, and of those behind it. The caller holds the lock."""
        why, self._why = self._why, ""
        unfinished = bool(ended.trouble or ended.offline or (ended.report and ended.report.stopped))
        if why == "aside" and unfinished and not (ended.trouble or ended.offline):
            return  # it stays in the queue, behind what came
        self._queue.remove(ended.wanted)
        held = self._load()
        if why == "drop":
            self._queue.clear()
        elif unfinished:  # what comes behind it would fare no better
            held.append(ended.wanted)
        if why == "pause" or ended.trouble or ended.offline:
            held.extend(self._queue)
            self._queue.clear()
        self._now = ended
        self._ended = [ended, *self._ended][:MOST_ENDED]
        self._save()

    def _read(self, wanted: Wanted, stop: threading.Event) -> Reading:
        from ingest import pipeline

        last: list[Progress] = []

        def tell(progress: "Progress") -> None:
            last[:] = [progress]
            with self._lock:
                self._now = Reading(wanted, progress, stopping=stop.is_set() and self._why != "aside")

        try:
            report = pipeline.ingest(
                self._settings,
                self._addresses(wanted),
                via=self._via,
                refresh=wanted.again,
                since=_moment(wanted.began),
                progress=tell,
                stop=stop,
            )
            return Reading(wanted, last[0] if last else None, report)
        except Exception as error:
            return Reading(wanted, last[0] if last else None, trouble=self._told(error), full=disk.is_full(error))

    def _told(self, error: Exception) -> str:
        """Why a reading ended early, in one line."""
        if disk.is_full(error):
            home = self._settings.places.home
            return (
                f"The disk that holds {home} is full: {disk.told(disk.free(home))} are free. Free some space, then go "
                "on; nothing that was read is lost."
            )
        if isinstance(error, TutorError):
            return str(error)
        return (
            f"The reading ended early ({type(error).__name__}: {error}). What was read is kept; go on, or start anew."
        )

    # -- what is to be read -----------------------------------------------------------------------------------------

    def _addresses(self, wanted: Wanted) -> "list[Address]":
        from ingest import pipeline

        tutor = self._tutor()  # raises where there is none yet: two at once must not make the library
        if wanted.is_handbook:
            return pipeline.handbook_addresses(tutor.handbook)
        if wanted.again:
            return [_again(url, tutor.library, tutor.handbook) for url in wanted.names]
        found = pipeline.addresses(wanted.names, wanted.links)
        # The pages of a book are the book, and are read with its front page.
        return [replace(one, follow="none") if one.follow == "alone" else one for one in found]

    # -- what is not finished ---------------------------------------------------------------------------------------

    def _load(self) -> list[Wanted]:
        """What is held, read from the library the first time. The caller holds the lock."""
        if self._held is None:
            try:
                kept = self._tutor().library.fact(FACT)
            except TutorError:
                return []
            self._held = _from_json(kept or "[]")
        return self._held

    def _save(self) -> None:
        unfinished = [*self._queue, *self._load()]
        with contextlib.suppress(LibraryError):  # a disk that is full takes not even this: it is told with the reading
            self._tutor().library.put_fact(FACT, json.dumps([asdict(wanted) for wanted in unfinished]))


def _again(url: str, library: "Library", handbook: "Handbook") -> "Address":
    """An address that is known, with what is known of it."""
    from ingest.pipeline import Address, known

    link = library.link(url)
    number = library.number(url)
    held = library.about(number) if number is not None else None
    listed = library.reading_list(url) is not None
    if held is None and link is None:  # of files only those that were read are known
        return replace(known(Address(web_address(url)), handbook), follow="none")
    if held is not None and held.kind in ("note", "syllabus"):
        raise BadInput("That is the tutor's own, and comes with it: there is nothing to read again.")
    removed = link is not None and link.state == "removed"
    address = Address(
        url,
        title=link.title if link else None,
        kind=held.kind if held else link.kind if link else None,
        author=held.author if held else None,
        chapter=held.chapter if held else link.chapter if link else None,
        follow="same" if held is not None else "none",
        named=listed or removed,
    )
    return address if held is not None else known(address, handbook)


def web_address(url: str) -> str:
    """What somebody typed, as an address. Raises BadInput for what is none."""
    url = url.strip()
    if not url:
        raise BadInput("There is no address. Paste one that begins with https://.")
    if "://" not in url:
        url = f"https://{url}"
    if not _is_web_address(url):
        raise BadInput("That is not a web address. Paste one that begins with https://.")
    return url


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    host = parts.hostname or ""
    named = bool(re.search(r"\w\.\w", host)) or ":" in host or host == "localhost"
    return parts.scheme in ("http", "https") and named and not any(c.isspace() for c in url)


def _links(links: str) -> str:
    if links not in LINKS:
        raise BadInput(f"What it links to is read or not: {' or '.join(LINKS)}.")
    return links


def _same(one: Wanted, other: Wanted) -> bool:
    return replace(one, began="") == replace(other, began="")


def _moment(began: str) -> datetime | None:
    try:
        return datetime.fromisoformat(began)
    except ValueError:
        return None


def _from_json(kept: str) -> list[Wanted]:
    """What was kept; nothing of what cannot be understood any more."""
    found = []
    try:
        rows = json.loads(kept)
    except ValueError:
        return []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            found.append(_wanted(row))
    return [one for one in found if one is not None]


def _wanted(row: Mapping[str, Any]) -> Wanted | None:
    names = row.get("names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    links = str(row.get("links"))
    return Wanted(
        tuple(names), links if links in LINKS else "none", bool(row.get("again")), str(row.get("began") or "")
    )
