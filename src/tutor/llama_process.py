"""
A GGUF model in a process of its own, started again when that one crashes, so that nobody loses more than the words
being written.

A fault in native code (a crash, an abort, the system's killer for lack of memory) takes its whole process along, and a
thread that hangs in it cannot be ended. `ModelProcess` has the methods of `tutor.llama.Model`: what computes is in the
child, the vocabulary alone is in this process too, opened after the child has read the same file unharmed. Text is thus
counted without asking the child, also while it writes or is started again.

The child is a plain `python -m tutor.llama_process`, since multiprocessing would import the caller's main module anew.
Frames go both ways over its pipes: a letter, the length, then JSON or bytes; nothing that comes in is ever run. It ends
when its input is closed, so it outlives its parent by no more than a moment, however that one ended. (Linux could also
be asked to end it with its parent, but means by that the thread that started it, and ours ends once the tutor is open.)
Knows nothing of chats, queues or answers.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tutor import errors
from tutor.errors import ModelCrashed, ModelError

if TYPE_CHECKING:
    from tutor.llama import Model, Vocabulary

# So many crashes within so many seconds, and the model is left alone for as long. One while it is loaded is enough: it
# would come again.
MOST_CRASHES = 3
SECONDS = 60.0
# How long nothing at all may come from a child that is at work. On the slowest machine one block of a prompt takes a
# third of it (8 billion parameters, 256 tokens at 6 a second).
PATIENCE = 120.0
GRACE = 1.0  # seconds for what takes a moment once a process has ended
POLL = 0.05  # seconds between two looks at whether to stop

HEAD = struct.Struct("!cI")
LONGEST = 50_000_000  # bytes of a frame; a prompt that fills the largest context is a few megabytes
# To the child: a prompt to continue; no more of the one with this number.
WRITE, STOP = b"w", b"s"
# From it: the vocabulary is read; all is loaded; it is at work; bytes of the continuation; its end; what went wrong.
VOCABULARY, READY, AT_WORK, PIECE, END, FAILED = b"v", b"r", b"a", b"p", b"e", b"f"

CLOSED = "The model was closed. Ask again."
CHOOSE = "choose another model: in Settings, or with `tutor models use NAME`"


class Stage(IntEnum):
    """How far a child has come."""

    STARTED = 0
    VOCABULARY = 1
    READY = 2
    OVER = 3


class ModelProcess:
    """
    A model and the process it runs in. `start` is optional: whatever needs the process starts it.

    `generate` is for one thread at a time; all else is for any.
    """

    def __init__(self, path: Path, *, context_tokens: int, threads: int, patience: float = PATIENCE) -> None:
        """`patience`: seconds without any sign of life, after which the child is ended and started again."""
        self.path = path
        self.context_tokens = context_tokens
        self._threads = threads
        self._patience = patience
        self._gate = threading.RLock()  # who is the child; held for moments only
        self._child: _Child | None = None
        self._closed = False
        self._crashes: deque[float] = deque(maxlen=MOST_CRASHES)
        self._refusal: ModelError | None = None  # why no child is started until `_refused_until`
        self._refused_until = 0.0
        self._opening = threading.Lock()
        self._words: Vocabulary | None = None

    # -- the child ---------------------------------------------------------------------------------------------------

    @property
    def process_id(self) -> int | None:
        """The running child's, None where there is none."""
        with self._gate:
            return self._child.process_id if self._child is not None and self._child.stage is not Stage.OVER else None

    def start(self) -> None:
        """Begins to load the model, if nobody has yet, and returns at once. What goes wrong is told by the next use."""
        with contextlib.suppress(ModelError):
            self._running()

    def load(self) -> None:
        """Returns when the model is loaded. Raises ModelUnreadable, or ModelCrashed where it crashes meanwhile."""
        self._at(Stage.READY)

    def close(self) -> None:
        """Ends the child at once and frees the memory; calling it again is harmless, anything else is an error."""
        with self._gate:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.end()
        with self._opening:
            if self._words is not None:
                self._words.close()

    def _running(self) -> _Child:
        """The child, started where there is none or the last one has ended. Raises ModelError where none may be."""
        with self._gate:
            if self._closed:
                raise ModelError(CLOSED)
            if self._child is not None and self._child.stage is Stage.OVER:
                self._gone(self._child)  # nobody had asked it anything
            if self._refusal is not None:
                if time.monotonic() < self._refused_until:
                    raise type(self._refusal)(*self._refusal.args)  # anew: each takes its own way up
                self._refusal = None
            if self._child is None:
                self._child = self._started()
            return self._child

    def _started(self) -> _Child:
        return _Child(self, self.path, self.context_tokens, self._threads, self._patience)

    def _at(self, stage: Stage) -> _Child:
        """The child once it has come so far."""
        child = self._running()
        if child.wait(stage):
            return child
        raise self._gone(child)

    def _gone(self, child: _Child) -> ModelError:
        """
        Puts away a child that has ended, and starts the next one unless it crashed while it was loaded or once too
        often; the error that says so.
        """
        with self._gate:
            if self._closed or child.ended:
                return ModelError(CLOSED)
            error = child.failure or ModelCrashed(f"{child.fate()} and it was started again. Ask again.")
            if self._child is not child:  # another thread has seen to it
                return self._refusal or error
            self._child = None
            self._refusal = self._refused(child)
            child.end()
            if self._refusal is not None:
                self._refused_until = time.monotonic() + SECONDS
                return self._refusal
            self._child = self._started()
            return error

    def _refused(self, child: _Child) -> ModelError | None:
        """Why no other child is started after this one; None where one may be."""
        if not child.was_ready:
            return child.failure or ModelCrashed(
                f"{child.fate()} while it was loaded. Run `tutor doctor`, or {CHOOSE}."
            )
        if child.failure is not None:  # an error that llama.cpp told of is no crash
            return None
        now = time.monotonic()
        self._crashes.append(now)
        if len(self._crashes) < MOST_CRASHES or self._crashes[0] < now - SECONDS:
            return None
        self._crashes.clear()
        return ModelCrashed(
            f"{child.fate()} {MOST_CRASHES} times within {SECONDS:.0f} seconds, and it is left alone for as long. "
            f"Run `tutor doctor`, or {CHOOSE}."
        )

    # -- tokens ------------------------------------------------------------------------------------------------------

    @property
    def first_token(self) -> str:
        return self._vocabulary().first_token

    @property
    def last_token(self) -> str:
        return self._vocabulary().last_token

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """As `tutor.llama.Model.tokens`. Raises ModelError where the model cannot be loaded."""
        return self._vocabulary().tokens(text, special=special)

    def special_tokens(self) -> tuple[str, ...]:
        """As `tutor.llama.Model.special_tokens`. Raises ModelError where the model cannot be loaded."""
        return self._vocabulary().special_tokens()

    def _vocabulary(self) -> Vocabulary:
        if self._words is not None:
            return self._words
        self._at(Stage.VOCABULARY)  # should the file be one that crashes llama.cpp, that is the child's fate alone
        with self._opening:
            if self._words is None and not self._closed:
                from tutor.llama import Vocabulary

                self._words = Vocabulary(self.path)
            if self._words is None:
                raise ModelError(CLOSED)
            return self._words

    # -- writing -----------------------------------------------------------------------------------------------------

    def generate(
        self,
        prompt: Sequence[int],
        max_tokens: int,
        stopped: Callable[[], bool] = lambda: False,
        grammar: str | None = None,
    ) -> Iterator[bytes]:
        """
        As `tutor.llama.Model.generate`, and the same bytes. Raises ModelCrashed when the process crashes or hangs;
        then another one is being started already.
        """
        if stopped():
            return
        asked = {"prompt": list(prompt), "max_tokens": max_tokens, "grammar": grammar}
        child = self._at(Stage.READY)
        if not child.ask(asked):  # it had ended before it began: whatever that was, it was not this prompt
            self._gone(child)
            child = self._at(Stage.READY)
            if not child.ask(asked):
                raise self._gone(child)
        try:
            yield from child.pieces(stopped)
        except _Ended:
            raise self._gone(child) from None


class _Ended(Exception):
    """The child's output has ended."""


class _Child:
    """One process, from the parent's side. A thread of its own hears it; `pieces` is for one thread at a time."""

    def __init__(self, owner: ModelProcess, path: Path, context_tokens: int, threads: int, patience: float) -> None:
        """Starts the process, which takes some milliseconds. Raises ModelError where the system refuses one."""
        self.patience = patience
        try:
            self._process = _start(path, context_tokens, threads)
        except OSError as error:
            raise ModelError(f"No process can be started for the model ({error}). Close other programs.") from error
        self.process_id = self._process.pid
        self.stage = Stage.STARTED
        self.was_ready = False
        self.failure: ModelError | None = None  # what it said of itself before it ended
        self.ended = False  # by us
        self._hung = self._strange = False
        self._number = 0  # of the prompt it was given last
        self._finished = 0  # and of the last one that it is done with
        self.signs = 0  # of life
        self._frames: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
        self._said: deque[str] = deque(maxlen=20)
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._listening = [
            threading.Thread(target=listen, name=name, daemon=True)
            for listen, name in ((self._hear, "hearing the model"), (self._overhear, "the model's complaints"))
        ]
        for thread in self._listening:
            thread.start()
        # Also when it is forgotten, and when the interpreter ends.
        self._finalizer = weakref.finalize(owner, self.end)

    # -- hearing -----------------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(EOFError, OSError, ValueError):
            while True:
                self._heard(*_received(self._process.stdout))
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        if self._process.poll() is None:  # it closed its output and lives on, or sent what is no frame
            self._strange = True
            self._process.kill()
            self._process.wait()
        with self._changed:
            self.stage = Stage.OVER
            self._changed.notify_all()
        self._frames.put((b"", b""))

    def _heard(self, kind: bytes, told: bytes) -> None:
        self.signs += 1
        if kind in (PIECE, END, AT_WORK):
            self._frames.put((kind, told))
        elif kind == FAILED:
            self.failure = _as_error(told)
        else:
            with self._changed:
                self.stage = Stage.READY if kind == READY else Stage.VOCABULARY
                self.was_ready = kind == READY
                self._changed.notify_all()

    def _overhear(self) -> None:
        """What it writes to its error output: llama.cpp's last words before an abort."""
        assert self._process.stderr is not None
        logger = logging.getLogger("tutor.llama")
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stderr:
                if text := line.decode("utf-8", "replace").strip():
                    self._said.append(text)
                    logger.debug("%s", text)

    def wait(self, stage: Stage) -> bool:
        """Whether it has come so far; False where it ended before, also because it showed no sign of life for long."""
        silent = _Silence(self)
        with self._changed:
            while self.stage < stage:
                self._changed.wait(POLL)
                silent.lasts()
            return self.stage is not Stage.OVER

    def hang(self) -> None:
        """Ends it for having hung."""
        self._hung = True
        self._process.kill()

    def fate(self) -> str:
        """What became of it, as the beginning of a sentence."""
        self._listening[1].join(GRACE)
        if self._hung:
            return f"The model gave no sign of life for {self.patience:g} seconds"
        if self._strange:
            return "The model's process went astray"
        status = self._process.returncode
        if status == -getattr(signal, "SIGKILL", 0) != 0:
            return "The system ended the model, as it does when memory runs out (close other programs),"
        said = next((f": {line[:200]}" for line in reversed(self._said)), "")
        return f"The model crashed ({_named(status)}{said})"

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, asked: dict[str, Any]) -> bool:
        """Gives it a prompt; False where it has ended without having begun. A prompt before this one is over."""
        self._number += 1
        self._send(WRITE, asked | {"number": self._number})
        silent = _Silence(self)
        with contextlib.suppress(_Ended):
            while True:  # what still comes of a prompt that was given up is passed over
                kind, told = self._next(silent)
                if kind == AT_WORK and int(told) == self._number:
                    return True
        return False

    def pieces(self, stopped: Callable[[], bool]) -> Iterator[bytes]:
        """What it writes. Raises _Ended where it ends before it is done."""
        over, silent = False, _Silence(self)
        try:
            while not stopped():
                kind, told = self._next(silent)
                if kind == PIECE:
                    yield told
                elif kind == END:
                    over = True
                    return
            self._send(STOP, self._number)
            while not over:  # at most what is left of one token or one block of the prompt
                over = self._next(silent)[0] == END
        finally:
            if not over:  # nobody wants the rest, which the next `ask` will pass over
                self._send(STOP, self._number)

    def _next(self, silent: _Silence) -> tuple[bytes, bytes]:
        """The next frame, an empty one where none came for a moment. Raises _Ended where none can come."""
        try:
            kind, told = self._frames.get(timeout=POLL)
        except queue.Empty:
            silent.lasts()
            return b"", b""
        if not kind:
            self._frames.put((b"", b""))  # for whoever asks again
            raise _Ended
        return kind, told

    def _send(self, kind: bytes, told: object) -> None:
        """Sends a frame; to a child that has ended, nothing: `_next` will tell."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError), self._sending:
            _send(self._process.stdin, kind, json.dumps(told).encode())

    # -- ending ------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Ends the process at once, which has nothing to lose, and waits until it is gone."""
        self.ended = True
        self._finalizer.detach()
        self._process.kill()
        self._process.wait()
        for thread in self._listening:
            thread.join(GRACE)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(OSError, ValueError):
                pipe.close()


class _Silence:
    """How long nothing has come from a child that is waited for."""

    def __init__(self, child: _Child) -> None:
        self._child = child
        self._seconds = 0.0
        self._signs = child.signs

    def lasts(self) -> None:
        """After each wait of POLL: has the child ended when there were too many of them without a sign of life."""
        # Waits are counted, not the clock: a computer that slept has not waited.
        self._seconds = self._seconds + POLL if self._signs == self._child.signs else 0.0
        self._signs = self._child.signs
        if self._seconds > self._child.patience:
            self._child.hang()


def _start(path: Path, context_tokens: int, threads: int) -> subprocess.Popen[bytes]:
    here = {"PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)}
    return subprocess.Popen(
        _command(path, context_tokens, threads),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A backtrace would be made by a debugger, if there is one, and takes seconds.
        env={**os.environ, **here, "GGML_NO_BACKTRACE": "1"},
        # Ctrl-C in a terminal is for the parent alone. A session of its own would do that too, but Linux shares the
        # processor out by sessions: beside other work an answer took 1.3 times as long.
        process_group=0 if sys.platform != "win32" else None,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _command(path: Path, context_tokens: int, threads: int) -> list[str]:
    return [sys.executable, "-P", "-m", __name__, str(path), str(context_tokens), str(threads)]


def _named(status: int | None) -> str:
    if status is None:
        return "it does not say how"
    with contextlib.suppress(ValueError):
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"
    return f"signal {-status}"


def _as_error(told: bytes) -> ModelError:
    """The child's own words for what went wrong, as the error they were."""
    kind, message = (str(part) for part in json.loads(told))
    found = getattr(errors, kind, ModelError)
    return found(message) if isinstance(found, type) and issubclass(found, ModelError) else ModelError(message)


# --------------------------------------------------------------------------------------
# What is sent
# --------------------------------------------------------------------------------------


def _send(to: IO[bytes], kind: bytes, told: bytes) -> None:
    to.write(HEAD.pack(kind, len(told)) + told)
    to.flush()


def _received(source: IO[bytes]) -> tuple[bytes, bytes]:
    """The next frame. EOFError at the end; ValueError for more than `LONGEST` bytes."""
    kind, length = HEAD.unpack(_exactly(source, HEAD.size))
    if length > LONGEST:
        raise ValueError(f"a frame of {length} bytes")
    return kind, _exactly(source, length)


def _exactly(source: IO[bytes], length: int) -> bytes:
    found = source.read(length)
    if len(found) < length:
        raise EOFError
    return found


# --------------------------------------------------------------------------------------
# The child
# --------------------------------------------------------------------------------------


class _Serving:
    """The child: one thread hears its parent, the main one computes."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # whatever prints, prints to where nobody takes it for a frame
        self._in = os.fdopen(os.dup(0), "rb")
        self._asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._stopped = 0  # the number of the last prompt that is no longer wanted
        self._told_at = 0.0

    def run(self, path: Path, context_tokens: int, threads: int) -> None:
        """Loads the model and continues what it is given, until its input ends or something goes wrong."""
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            from tutor.llama import Model

            model = Model(path, context_tokens=context_tokens, threads=threads, progress=self._loading)
            self._tell(READY)
            while True:
                self._write(model, self._asked.get())
        except ModelError as error:
            self._tell(FAILED, json.dumps([type(error).__name__, str(error)]).encode())
        except BaseException as error:
            why = f"The model failed ({type(error).__name__}: {error}). Ask again."
            self._tell(FAILED, json.dumps(["ModelError", why]).encode())

    def _write(self, model: Model, asked: dict[str, Any]) -> None:
        number = asked["number"]
        self._tell(AT_WORK, str(number).encode())

        def stopped() -> bool:
            if time.monotonic() > self._told_at + 1:
                self._tell(AT_WORK, str(number).encode())
            return self._stopped >= int(number)

        for piece in model.generate(asked["prompt"], asked["max_tokens"], stopped, asked["grammar"]):
            self._tell(PIECE, piece)
        self._tell(END)

    def _loading(self) -> None:
        if time.monotonic() > self._told_at + 1:
            self._tell(VOCABULARY)

    def _tell(self, kind: bytes, told: bytes = b"") -> None:
        self._told_at = time.monotonic()
        try:
            _send(self._out, kind, told)
        except OSError:  # nobody listens any more
            os._exit(0)

    def _listen(self) -> None:
        # Whatever the main thread computes, at the end of the input the process ends.
        with contextlib.suppress(EOFError, OSError, ValueError, KeyError):
            while True:
                kind, told = _received(self._in)
                if kind == STOP:
                    self._stopped = int(json.loads(told))
                else:
                    self._asked.put(json.loads(told))
        os._exit(0)


def _prepare() -> None:
    """Makes this process the first to go when memory runs out, one that leaves no core and speaks of errors alone."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("600")
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")


if __name__ == "__main__":
    _prepare()
    _Serving().run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    os._exit(1)
