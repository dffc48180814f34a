"""
The starter notes: the tutor's own note for each chapter, so that the first question can be answered with no network.

Knows where the notes are and how they become sources; the library keeps them like anything else that was read.
"""

from importlib.resources import files

from tutor.errors import TutorError
from tutor.library import Library
from tutor.links import NOTES
from tutor.passages import Source

AUTHOR = "The tutor's own note"


def sources() -> list[Source]:
    """All starter notes, in the order of the chapters' names."""
    folder = files("tutor") / "notes"
    found = [_source(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".md")]
    if not found:
        raise TutorError("The starter notes are missing from this installation. Install the tutor again.")
    return sorted(found, key=lambda source: source.url)


def _source(name: str, text: str) -> Source:
    chapter = name.removesuffix(".md")
    title = text.partition("\n")[0].removeprefix("# ").strip()
    return Source(
        url=NOTES + chapter, title=title, text=text, author=AUTHOR, language="en", kind="note", chapter=chapter
    )


def keep(library: Library) -> int:
    """Puts every starter note into the library; returns how many are new or changed."""
    outcomes = [library.put(source).outcome for source in sources()]
    return sum(outcome in ("new", "changed") for outcome in outcomes)
