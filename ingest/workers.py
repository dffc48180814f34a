"""
Reading pages in processes of their own, so that no page takes more than its share of time and memory.

A thread cannot be stopped, and what goes wrong in a parser written in C takes its process along. So a few long-lived
children read: bytes go in, a Page or a named reason comes back; a child that takes too long is killed, one that
died is replaced, and whatever it was reading is reported as failed. Knows nothing of HTML, PDF, fetching and storing.

Each child is a plain `python -m ingest.workers`, since multiprocessing would import the caller's main module anew.
Nothing outlives its parent, however that one ends: a child whose input is closed ends itself, and a clock in C ends
one that is caught in a page. What a child sends is unpickled as the values of `ingest` and `tutor` and nothing else,
so that a page that took over its reader could not take over more.

| bound | Linux | macOS | Windows |
|---|---|---|---|
| time, crashes, leaks | held | held | held |
| memory | held by the kernel | looked at ten times a second | not held: the size of a page (20 MB) is all there is |
"""

import dataclasses
import faulthandler
import importlib
import io
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ingest.fetch import Fetched, Stopped
from ingest.page import Page
from tutor.errors import ReadingError

READER = "ingest.read:read"
MOST_PROCESSES = 4
START_SECONDS = 60.0  # for a child to be ready on a machine that is busy with other things
GRACE_SECONDS = 10.0  # after which a child whose parent is gone ends itself, over the time of a page
STOP_SECONDS = 3.0  # that pages under way have left when the reading is stopped
POLL = 0.25  # seconds between two looks at whether it is
LONGEST_ANSWER = 200_000_000  # bytes; no page is as long
NEARLY = 0.9  # of the memory it may take: a reader that failed there failed for lack of it
LENGTH = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What reading one page may cost.

    The slowest honest page known, a PDF of a thousand pages, takes 40 seconds and 150 MB on a laptop.
    """

    seconds: float = 120.0
    memory_bytes: int = 512_000_000  # above what a child holds before its first page
    pages: int = 250  # after so many a child is replaced, and what it leaked is given back


class Workers:
    """
    Reads pages in children of this process. Safe to use from several threads; to be closed, best with `with`.

    A child is started when there is a page and none is idle, up to one for each core.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        *,
        processes: int | None = None,
        reader: str = READER,
        stop: threading.Event | None = None,
    ) -> None:
        """
        `reader`: "module:function" of what reads, a function from Fetched to Page. Once `stop` is set, pages under way
        have a few seconds left.
        """
        from tutor.machine import physical_cores

        self._bounds = bounds or Bounds()
        self._reader = reader
        self._stop = stop or threading.Event()
        self._free = threading.Semaphore(processes or min(MOST_PROCESSES, physical_cores()))
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def prepare(self) -> None:
        """Has one child get ready while the first page is still on its way; returns at once."""
        with self._lock:
            if not self._all and not self._closed:
                self._idle.append(self._start())

    def read(self, fetched: Fetched) -> Page:
        """
        The page in what was fetched. ReadingError where there is none, or where reading it goes over a bound.

        Raises Stopped when it was stopped from outside; then nothing is known of the page.
        """
        with self._free:
            worker = self._take()
            try:
                page = worker.read(fetched)
            finally:
                self._give_back(worker)
        return page

    def rest(self) -> None:
        """Gives back the memory of the children that are idle; the next page starts one anew."""
        with self._lock:
            while self._idle:
                self._drop(self._idle.pop())

    def close(self) -> None:
        """Ends all children at once, also those that are reading."""
        with self._lock:
            self._closed = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _is_stopped(self) -> bool:
        return self._closed or self._stop.is_set()

    def _take(self) -> "_Worker":
        with self._lock:
            if self._closed:
                raise Stopped("The reading was stopped.")
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                self._drop(worker)  # it died between two pages, which is no fault of the next one
            return self._start()

    def _give_back(self, worker: "_Worker") -> None:
        with self._lock:
            if worker.alive and not self._closed:
                self._idle.append(worker)
            else:
                self._drop(worker)

    def _start(self) -> "_Worker":
        worker = _Worker(self._bounds, self._reader, self._is_stopped)
        self._all.add(worker)
        return worker

    def _drop(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        worker.end()


class _Worker:
    """One child, from the parent's side. Used by one thread at a time; `end` may come from another."""

    def __init__(self, bounds: Bounds, reader: str, is_stopped: Callable[[], bool]) -> None:
        self._bounds = bounds
        self._is_stopped = is_stopped
        self._late = threading.Event()
        self._ready = False
        self._leaving = False  # it is of no further use: ended, interrupted, at the end of its share or its memory
        try:
            self._process = _start(bounds, reader)
        except OSError as error:
            raise ReadingError("failed", f"no process can be started to read it ({error.strerror})") from error

    @property
    def alive(self) -> bool:
        return not self._leaving and not self._late.is_set() and self._process.poll() is None

    def read(self, fetched: Fetched) -> Page:
        try:
            if not self._ready:
                self._within(START_SECONDS, self._receive)
                self._ready = True
            self._leaving = True  # until its answer is here: one that was interrupted would give it to the next page
            answer, self._leaving = self._within(self._bounds.seconds, lambda: self._ask(fetched))
        except (EOFError, OSError) as error:
            self._process.kill()  # it has closed its end, and so has ended or is about to
            status = self._process.wait()
            if self._is_stopped():
                raise Stopped("The reading was stopped.") from error
            raise ReadingError("failed", self._what_happened(status)) from error
        except Exception as error:  # whatever it is that came, it is not what our own reader sends
            raise ReadingError("failed", "the process that read it sent something that is no page") from error
        if isinstance(answer, Page):
            return answer
        state, reason = answer
        raise ReadingError(str(state), str(reason))

    def end(self) -> None:
        """Ends the child and waits until it is gone. Whoever waits for its answer gets the end of its output."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError, ValueError):  # what it did not take stands in the pipe's buffer
                pipe.close()

    def _within(self, seconds: float, what: Callable[[], Any]) -> Any:
        """What comes of `what`; the child is killed, and so `what` ended, where that takes longer."""
        over = threading.Event()
        threading.Thread(target=self._watch, args=(over, seconds), daemon=True).start()
        try:
            return what()
        finally:
            over.set()

    def _watch(self, over: threading.Event, seconds: float) -> None:
        until, stopping = time.monotonic() + seconds, False
        while not over.wait(min(POLL, max(0.0, until - time.monotonic()))):
            if self._is_stopped() and not stopping:
                until, stopping = min(until, time.monotonic() + STOP_SECONDS), True
            if time.monotonic() >= until:
                self._late.set()
                self._process.kill()
                return

    def _ask(self, fetched: Fetched) -> Any:
        assert self._process.stdin is not None
        _send(self._process.stdin, fetched)
        return self._receive()

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        return _Values(io.BytesIO(_received(self._process.stdout, LONGEST_ANSWER))).load()

    def _what_happened(self, status: int) -> str:
        if not self._ready:
            return f"the process that was to read it did not start (it ended with {status})"
        if self._late.is_set():
            return f"it takes too long to read (more than {self._bounds.seconds:g} seconds)"
        if status == -getattr(signal, "SIGKILL", 0) != 0:
            return "the process that read it was killed, which systems do when memory runs out"
        return f"it crashed the process that read it ({_named(status)})"


def _start(bounds: Bounds, reader: str) -> "subprocess.Popen[bytes]":
    here = {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    limits = [str(bounds.seconds), str(bounds.memory_bytes), str(bounds.pages)]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", __name__, reader, *limits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **here, "MALLOC_ARENA_MAX": "1"},
        # Ctrl-C in a terminal is for the parent alone, which decides what becomes of the pages under way.
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _named(status: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"
    return f"signal {-status}"


# --------------------------------------------------------------------------------------
# What is sent
# --------------------------------------------------------------------------------------


def _send(to: IO[bytes], value: object) -> None:
    whole = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    to.write(LENGTH.pack(len(whole)))
    to.write(whole)
    to.flush()


def _received(source: IO[bytes], longest: int) -> bytes:
    """The bytes of one value. EOFError at the end; ValueError for more than `longest` bytes."""
    (length,) = LENGTH.unpack(_exactly(source, LENGTH.size))
    if length > longest:
        raise ValueError(f"an answer of {length} bytes")
    return _exactly(source, length)


def _exactly(source: IO[bytes], length: int) -> bytes:
    found = source.read(length)
    if len(found) < length:
        raise EOFError
    return found


class _Values(pickle.Unpickler):
    """Unpickles plain values and the dataclasses of `ingest` and `tutor`, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] in ("ingest", "tutor"):
            found = super().find_class(module, name)
            if isinstance(found, type) and dataclasses.is_dataclass(found):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


# --------------------------------------------------------------------------------------
# The child
# --------------------------------------------------------------------------------------


def _serve(reader: str, bounds: Bounds) -> None:
    """Reads what comes in, page by page, until its share is read or the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints to nowhere
    module, _, function = reader.partition(":")
    read = getattr(importlib.import_module(module), function)
    for heavy in ("trafilatura", "pypdf") if reader == READER else ():
        importlib.import_module(heavy)
    waiting: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    memory = _Memory(bounds.memory_bytes)
    _send(answers, None)
    for left in reversed(range(bounds.pages)):
        fetched = pickle.loads(waiting.get())
        faulthandler.dump_traceback_later(bounds.seconds + GRACE_SECONDS, exit=True, file=2)
        answer, sound = _answer(read, fetched, memory)
        faulthandler.cancel_dump_traceback_later()
        del fetched
        leaving = not left or not sound
        _send(answers, (answer, leaving))
        if leaving:
            return


def _listen(waiting: "queue.Queue[bytes]") -> None:
    """What comes in; the end of it is the end of this process, whatever it is doing."""
    with suppress(EOFError, OSError):
        while True:
            waiting.put(_received(sys.stdin.buffer, sys.maxsize))
    os._exit(0)


def _answer(read: Callable[[Any], Page], fetched: Any, memory: "_Memory") -> tuple[Page | tuple[str, str], bool]:
    """The page or the reason why there is none, and whether this process may go on."""
    try:
        return read(fetched), not memory.short
    except ReadingError as error:
        reason = (error.state, error.reason)
    except MemoryError:
        return ("failed", memory.reason), False
    except Exception as error:
        reason = ("failed", f"the page cannot be read ({type(error).__name__})")
    return (("failed", memory.reason), False) if memory.short else (reason, True)


class _Memory:
    """How much memory this process may take from here on."""

    def __init__(self, most: int) -> None:
        self._base, self._most = _address_space()[0], most
        self.reason = f"it needs too much memory to be read (more than {most // 1_000_000} MB)"
        if sys.platform == "linux":
            import resource

            ceiling = self._base + most
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            if hard != resource.RLIM_INFINITY:
                ceiling = min(ceiling, hard)
            resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
        elif sys.platform == "darwin":
            threading.Thread(target=self._watch, daemon=True).start()  # its kernel takes a limit and does not hold it

    @property
    def short(self) -> bool:
        """Whether this process has come near to its limit: then what failed has failed for that."""
        return _address_space()[1] - self._base > NEARLY * self._most

    def _watch(self) -> None:
        while _peak_resident() - self._base <= self._most:
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)


def _address_space() -> tuple[int, int]:
    """Bytes that this process has mapped now and at most so far; resident ones where the system tells no others."""
    if sys.platform == "linux":
        with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - a third of pathlib's time
            told = dict(line.split(":", 1) for line in file if line.startswith(("VmSize", "VmPeak")))
        return int(told["VmSize"].split()[0]) * 1024, int(told["VmPeak"].split()[0]) * 1024
    peak = _peak_resident()
    return peak, peak


def _peak_resident() -> int:
    """The most memory this process has held, in bytes; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    _serve(sys.argv[1], Bounds(float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
