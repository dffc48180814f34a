"""
The libraries that the question sets are asked of: the starter notes alone, and with the pages of the offline web mirror
beside them, read as `tutor ingest` reads.

Built once into a folder and used again until the mirror or the code that reads, cuts or encodes pages changes. Knows
nothing of questions. Not covered: several processes building one folder at a time.

    python -m eval.corpus FOLDER MIRROR     build TUTOR_HOME=FOLDER from the mirror in the folder MIRROR
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ingest
import tutor
from tutor import handbook, library, vectors
from tutor.errors import BadInput, TutorError
from tutor.library import Library
from tutor.settings import Places, Settings

if TYPE_CHECKING:
    from ingest.pipeline import Address, Progress

# What of the library decides how a page becomes passages and vectors, besides all of `ingest` and the versions that
# `tutor.library` and `tutor.vectors` give themselves.
_DECIDING = ("sentences", "passages", "encoder", "minilm")
# Facts that a library made here keeps of itself.
_RECIPE, _COMPLETE = "eval recipe", "eval complete"


def starter_library(home: Path) -> None:
    """Makes `home` a TUTOR_HOME that has read nothing but the starter notes."""
    _begin(Places(home), recipe(None))


def mirror_library(home: Path, mirror: Path, progress: "Callable[[Progress], None]" = lambda _: None) -> bool:
    """
    Makes `home` a TUTOR_HOME whose library holds every page of the mirror; False where it was one already.

    `mirror` is the folder with `manifest.jsonl` and `serve.py`. A run that was killed is carried on; a library made
    by another recipe is made anew. Raises BadInput where there is no mirror, TutorError where a page was not read.
    """
    from ingest.links import normalise
    from ingest.pipeline import ingest as read_in

    places, key = Places(home), recipe(mirror)
    if _begin(places, key) == key:
        return False
    asked = addresses(mirror)
    with served(mirror) as via:
        report = read_in(Settings(places), asked, via=via, delay=0.0, progress=progress)
    wanted = {normalise(address.url) for address in asked}
    failed = [f"{o.url} ({o.reason})" for o in report.failures if normalise(o.url) in wanted]
    if failed or report.stopped:
        raise TutorError(f"The mirror was not read whole: {'; '.join(failed[:3])}. Mend it and run the same again.")
    with Library.open(places.library) as kept:
        kept.put_fact(_COMPLETE, key)
    return True


def _begin(places: Places, key: str) -> str | None:
    """An empty library, or the one that the recipe `key` began; returns the recipe by which it was completed."""
    if _fact(places, _RECIPE) != key:
        _clear(places)
    with Library.open(places.library) as kept:
        kept.put_fact(_RECIPE, key)
        return kept.fact(_COMPLETE)


def recipe(mirror: Path | None) -> str:
    """Sixteen hex digits that change with the mirror's pages and with the code that makes passages and vectors."""
    deciding = [Path(tutor.__path__[0]) / f"{name}.py" for name in _DECIDING]
    if mirror is not None:
        deciding += [_manifest(mirror), *sorted(Path(ingest.__path__[0]).glob("*.py"))]
    digest = hashlib.sha256(f"{library.VERSION} {vectors.RECIPE}".encode())
    for path in deciding:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def addresses(mirror: Path) -> "list[Address]":
    """Every page of the mirror, with what the handbook knows of it; links to other pages are not followed."""
    from ingest.pipeline import Address

    book = handbook.load()
    found = []
    for line in _manifest(mirror).read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        known = next(iter(book.resources_by_url(page["url"])), None)
        chapter = known[1].id if known and known[1] else None
        kind = known[0].kind if known else None
        found.append(Address(page["url"], page["title"], kind, page["author"], chapter, follow="none"))
    return found


@contextmanager
def served(mirror: Path) -> Iterator[str]:
    """The mirror's server on a free port, while the block lasts: its template for `--via`."""
    command = [sys.executable, str(mirror / "serve.py"), "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().rpartition(" ")[2].strip()  # "serving 129 pages at http://...{url}"
        finally:
            process.terminate()


def _manifest(mirror: Path) -> Path:
    path = mirror / "manifest.jsonl"
    if not path.is_file():
        raise BadInput(f"There is no mirror at {mirror}: name the folder that holds manifest.jsonl and serve.py.")
    return path


def _fact(places: Places, name: str) -> str | None:
    if not places.library.exists():
        return None
    with Library.open(places.library) as kept:
        return kept.fact(name)


def _clear(places: Places) -> None:
    """Takes away what was made by another recipe; the models stay."""
    for path in places.library.parent.glob(f"{places.library.name}*"):
        path.unlink()
    for folder in (places.chroma, places.pages):
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Builds the library, with a line of progress for each ten pages."""
    if len(arguments) != 2:
        print("usage: python -m eval.corpus FOLDER MIRROR", file=sys.stderr)
        return 2

    def tell(at: "Progress") -> None:
        print(f"\r{at.done}/{at.total} pages, {at.waiting} passages to encode, {at.seconds:.0f} s ", end="", flush=True)

    try:
        new = mirror_library(Path(arguments[0]), Path(arguments[1]), tell)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    print("\nbuilt" if new else "already there")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
