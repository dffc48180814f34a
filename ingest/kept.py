"""
The bytes of pages as they were fetched, so that a better reader can read them again without asking anyone.

Two files for each address: the body, and beside it what came with it and which reader read it. Each is put in place
whole, so that a process killed at any moment leaves no half of one. Knows nothing of reading and of the library.
"""

import contextlib
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from ingest.fetch import Fetched
from tutor import disk
from tutor.errors import LibraryError


class KeptPages:
    """Bodies and what is known of them, by the address that they are kept under."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, url: str, fetched: Fetched, reader: int) -> None:
        """
        Keeps what was fetched for `url`, read by version `reader` of the reader.

        Raises LibraryError where the folder cannot be written, as on a disk that is full.
        """
        ending = ".pdf" if "pdf" in fetched.content_type else ".html"
        name = _name(url) + ending
        facts = {key: value for key, value in asdict(fetched).items() if key != "body"}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(name, fetched.body)
            self._write(_name(url) + ".json", json.dumps({**facts, "reader": reader, "file": name}).encode())
        except OSError as error:
            raise LibraryError(
                f"{self._folder} cannot be written ({error.strerror}; {disk.told(disk.free(self._folder))} free). Free "
                "some space or mend the folder, and run the same command again; nothing that was read is lost."
            ) from error

    def remove(self, url: str) -> None:
        """Forgets what was fetched for `url`; where nothing is kept of it, nothing happens."""
        for kept in self._folder.glob(f"{_name(url)}.*"):
            kept.unlink(missing_ok=True)

    def get(self, url: str) -> tuple[Fetched, int] | None:
        """What was fetched for `url` and the version of the reader that read it; None where it is not (wholly) kept."""
        try:
            facts = json.loads((self._folder / f"{_name(url)}.json").read_bytes())
            reader, name = int(facts.pop("reader")), str(facts.pop("file"))
            return Fetched(**facts, body=(self._folder / name).read_bytes()), reader
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def reader(self, url: str) -> int | None:
        """The version of the reader that read what is kept of `url`, without the body."""
        try:
            return int(json.loads((self._folder / f"{_name(url)}.json").read_bytes())["reader"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _write(self, name: str, content: bytes) -> None:
        part = self._folder / f"{name}.part"
        try:
            part.write_bytes(content)
            part.replace(self._folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def _name(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:24]
