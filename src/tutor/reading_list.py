"""
A reading list of somebody's: its sections, chapters and what each names to read or watch, in the author's order.

What the handbook's structure is for the handbook, this is for any other list that was read. Knows nothing of how a
list is understood (ingest.reading_list) nor of the library that keeps it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ListedResource:
    """
    One thing that a list names. `url` is None where the list gives no address and none is known.

    `line` is where it stands in the text of the list's source, word for word, from offset `start` on; `remark` is the
    part of it that says what the author thinks of the thing, None where nothing is said. `kind` is one of those of
    `ingest.links.kind_of`. `number` is the one under which a list of references has it.
    """

    id: str
    title: str
    url: str | None
    kind: str
    start: int
    line: str
    remark: str | None = None
    author: str | None = None
    number: int | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.line)


@dataclass(frozen=True, slots=True)
class ListChapter:
    """A heading below a section's, with what stands under it. `depth` is 2 for one directly below the section."""

    id: str
    title: str
    start: int  # of its heading's line
    resources: tuple[ListedResource, ...] = ()
    depth: int = 2


@dataclass(frozen=True, slots=True)
class ListSection:
    """A heading of the first order; `resources` are those before its first chapter."""

    id: str
    title: str
    start: int
    resources: tuple[ListedResource, ...] = ()
    chapters: tuple[ListChapter, ...] = ()


ListPlace = ListSection | ListChapter


@dataclass(frozen=True, slots=True)
class ReadingList:
    """
    A whole list; `url` is the address of the source it was found in.

    `resources` are those before the first section. `unresolved` are the numbers of references that are cited where no
    list of references says what they are.
    """

    url: str
    title: str
    resources: tuple[ListedResource, ...] = ()
    sections: tuple[ListSection, ...] = ()
    unresolved: tuple[int, ...] = ()

    def places(self) -> Iterator[tuple[ListSection, ListPlace]]:
        """Every section, and after it each of its chapters, with the section it belongs to."""
        for section in self.sections:
            yield section, section
            for chapter in section.chapters:
                yield section, chapter

    @property
    def chapters(self) -> tuple[ListChapter, ...]:
        """All chapters, in order."""
        return tuple(chapter for section in self.sections for chapter in section.chapters)

    def all_resources(self) -> tuple[ListedResource, ...]:
        """Everything that is named, in the order of the text."""
        found = [*self.resources, *(one for _, place in self.places() for one in place.resources)]
        return tuple(sorted(found, key=lambda one: one.start))

    def to_json(self) -> str:
        """The list as JSON; `from_json` gives it back."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, content: str) -> "ReadingList":
        """The list that `to_json` wrote. ValueError, TypeError or KeyError for anything else."""
        value = json.loads(content)
        if not isinstance(value, dict) or not isinstance(value.get("sections"), list):
            raise ValueError("not a reading list")
        return cls(
            **{
                **value,
                "resources": _resources(value),
                "sections": tuple(_section(one) for one in value["sections"]),
                "unresolved": tuple(value["unresolved"]),
            }
        )


def _section(value: dict[str, Any]) -> ListSection:
    chapters = tuple(ListChapter(**{**one, "resources": _resources(one)}) for one in value["chapters"])
    return ListSection(**{**value, "resources": _resources(value), "chapters": chapters})


def _resources(value: dict[str, Any]) -> tuple[ListedResource, ...]:
    return tuple(ListedResource(**one) for one in value["resources"])
