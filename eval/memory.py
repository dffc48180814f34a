"""
How much memory a process holds, with all its children. Knows nothing of what they do.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

SAMPLED = 0.1  # seconds between two looks


class Memory:
    """Watches how much memory a process and all its children hold together. 0 where the system does not tell."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLED):
            self.peak_mb = max(self.peak_mb, family_megabytes(self._process, _processes()))


def family_megabytes(process: int, processes: Mapping[int, tuple[int, float]]) -> float:
    """Megabytes of a process and all below it, in a table of process -> (parent, megabytes)."""
    family, waiting = set(), {process}
    while waiting:
        family |= waiting
        waiting = {one for one, (parent, _) in processes.items() if parent in waiting} - family
    return sum(processes[one][1] for one in family if one in processes)


def _processes() -> dict[int, tuple[int, float]]:
    """Every process with its parent and its resident megabytes; pages that two share are counted twice."""
    if sys.platform == "win32":
        return {}
    if sys.platform == "darwin":
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=False)
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
        return {pid: (parent, kilobytes / 1000) for pid, parent, kilobytes in rows}
    page = os.sysconf("SC_PAGE_SIZE")
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):  # it has ended meanwhile
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                found[int(folder.name)] = (int(fields[1]), int(fields[21]) * page / 1e6)
    return found


def peak_megabytes() -> float:
    """
    The most memory this process has held, with what its children hold now, in MB; 0 where the system does not tell.

    The model runs in a child, and what it takes it takes from the beginning.
    """
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    held = _processes()
    children = family_megabytes(os.getpid(), held) - held.get(os.getpid(), (0, 0.0))[1]
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000) + children
