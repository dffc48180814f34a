"""
Space on disk: how much is free, how much a folder takes, and whether that is why something failed.

Knows nothing of what is kept there.
"""

import errno
import os
import shutil
from pathlib import Path

_NO_SPACE = frozenset(
    number for name in ("ENOSPC", "EDQUOT", "EFBIG") if (number := getattr(errno, name, None)) is not None
)
_SAID = ("disk is full", "no space left on device", "not enough space on the disk")


def free(path: Path) -> int:
    """Bytes that are free where `path` lies, or would lie; 0 where that cannot be told."""
    for place in (path, *path.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            break
    return 0


def used(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where there is none."""
    if path.is_file():
        return _size(path)
    return sum(_size(Path(folder) / name) for folder, _, names in os.walk(path) for name in names)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone meanwhile
        return 0


def told(size: int) -> str:
    """850 KB, 12 MB, 3.4 GB."""
    if size < 1_000_000:
        return f"{size / 1000:.0f} KB"
    if size < 1_000_000_000:
        return f"{size / 1_000_000:.0f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def is_full(error: BaseException | None) -> bool:
    """Whether something failed, or led to this failure, for want of space."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _NO_SPACE:
            return True
        if any(words in str(error).lower() for words in _SAID):
            return True
        error = error.__cause__ or error.__context__
    return False
