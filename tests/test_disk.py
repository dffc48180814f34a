"""Space on disk: what is free, what a folder takes, and whether that is why something failed."""

import errno
import sqlite3
from pathlib import Path

import pytest

from tutor import disk
from tutor.errors import LibraryError


def test_what_is_free_and_what_is_used(tmp_path: Path) -> None:
    assert disk.free(tmp_path / "not" / "there") > 0
    assert disk.used(tmp_path / "not there") == 0
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "a").write_bytes(b"x" * 700)
    (tmp_path / "folder" / "below" / "b").write_bytes(b"x" * 300)
    (tmp_path / "link").symlink_to(tmp_path / "folder", target_is_directory=True)
    assert disk.used(tmp_path / "folder") == disk.used(tmp_path / "link") == 1000
    assert disk.used(tmp_path / "folder" / "a") == 700


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 KB"), (850_400, "850 KB"), (12_000_000, "12 MB"), (3_440_000_000, "3.4 GB")]
)
def test_sizes(size: int, words: str) -> None:
    assert disk.told(size) == words


def test_a_full_disk_is_known_behind_other_errors() -> None:
    full = LibraryError("It cannot be written.")
    full.__cause__ = sqlite3.OperationalError("database or disk is full")
    assert disk.is_full(full)
    assert disk.is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert not disk.is_full(OSError(errno.EACCES, "Permission denied"))
    assert not disk.is_full(LibraryError("It is damaged."))
    assert not disk.is_full(None)
