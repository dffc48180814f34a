"""
Readers that misbehave, for the processes of `ingest.workers` to run: each is named to them as "module:function".

They stand for what a page may do to a parser; most of them no page is known to do today.
"""

import ctypes
import os
import signal
import sys
import time

from ingest.fetch import Fetched
from ingest.page import Page
from tutor.errors import ReadingError


def obey(fetched: Fetched) -> Page:
    """Does what the page says."""
    order = fetched.body.decode()
    if order in ORDERS:
        ORDERS[order]()
    if order == "refuse":
        raise ReadingError("blocked", "login wall")
    return Page(fetched.url, title=order, text=str(os.getpid()))


def loop() -> None:
    while True:
        pass


def allocate() -> None:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def swallow() -> None:
    """Runs out of memory and calls it something else, as a parser in C may."""
    try:
        allocate()
    except MemoryError:
        raise ReadingError("failed", "empty") from None


def smuggle() -> None:
    """Sends what would be a call where a page is expected."""
    whole = b"cos\nsystem\n(S'exit 1'\ntR."
    for descriptor in range(3, 20):  # one of them is where answers go
        try:
            os.write(descriptor, len(whole).to_bytes(8, "big") + whole)
        except OSError:
            continue
    time.sleep(60)


def chatter() -> None:
    """Prints where answers go."""
    print("a line that is no answer")
    sys.stdout.flush()


ORDERS = {
    "loop": loop,
    "allocate": allocate,
    "swallow": swallow,
    "smuggle": smuggle,
    "chatter": chatter,
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "crash": lambda: ctypes.string_at(0),
    "raise": lambda: {}["nothing"],
    "recurse": lambda: ORDERS["recurse"](),
}
