"""
What this machine is: physical cores, free memory, the processor's name.

Knows nothing of models. Where the system will not say, the answer is the careful one (None, or one core fewer).
"""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """
    Cores this process may use, hyper-threads counted once: the two threads of a core share the arithmetic units,
    so more threads than this make a matrix product slower.
    """
    if platform.system() == "Darwin":
        # Performance cores only: the slow ones hold the others up at every barrier.
        return int(_sysctl("hw.perflevel0.physicalcpu") or _sysctl("hw.physicalcpu") or 1)
    if hasattr(os, "sched_getaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        cores = {_siblings(cpu) for cpu in allowed}
        return max(1, min(len(cores), _container_quota() or len(cores)))
    return max(1, (os.cpu_count() or 2) // 2)


def _siblings(cpu: int) -> str:
    try:
        return (_CPUS / f"cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return str(cpu)


def _container_quota() -> int | None:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):
        return None


def available_memory() -> int | None:
    """Bytes a process can still take without swapping; None where the system does not say."""
    if platform.system() == "Darwin":
        total = _sysctl("hw.memsize")
        return int(total) * 7 // 10 if total else None  # macOS reports no figure like MemAvailable
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else None


def total_memory() -> int | None:
    """Bytes of memory that this machine has; None where the system does not say."""
    if platform.system() == "Darwin":
        total = _sysctl("hw.memsize")
        return int(total) if total else None
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")]
    return found[0] if found else None


def processor() -> str:
    """The processor's name with its number of usable cores: what a remembered speed measurement belongs to."""
    name = platform.processor() or platform.machine()
    if platform.system() == "Darwin":
        name = _sysctl("machdep.cpu.brand_string") or name
    elif (cpuinfo := Path("/proc/cpuinfo")).exists():
        lines = cpuinfo.read_text(errors="replace").splitlines()
        told = {key.strip(): value.strip() for key, found, value in (line.partition(":") for line in lines) if found}
        name = " ".join(told[key] for key in ("model name", "cpu family", "model") if key in told) or name
    return f"{name}, {physical_cores()} cores"


def _sysctl(name: str) -> str | None:
    done = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
