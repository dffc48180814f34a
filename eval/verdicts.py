"""
Verdicts: what became of each question in a word a person reads, and where in the handbook it belongs.

    right                  it states every fact that a right answer states; or rests on a gold sentence, where no facts
                           are named; or tells all that belongs to a question about the handbook
    partly                 it rests on a gold sentence or states some facts, and leaves facts out
    wrong                  it has nothing of what answers, or answers what cannot be answered
    declined rightly       nothing that was read answers it
    declined wrongly       a page answers it
    could not be scored    its page is not there, or not as it was; neither right nor wrong

Right and partly together are what `eval.curves` does not call wrong. Knows nothing of how a report looks. Not covered:
a right sentence that the set does not name counts as none.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from eval import curves, metrics
from eval.answers import TARGETS, from_pages, handbook_right, in_five
from eval.run import Record
from tutor.errors import BadInput
from tutor.handbook import Chapter, Handbook, Section, same_page
from tutor.links import NOTES

RIGHT, PARTLY, WRONG = "right", "partly", "wrong"
RIGHTLY, WRONGLY, UNSCORED = "declined rightly", "declined wrongly", "could not be scored"
VERDICTS = (RIGHT, PARTLY, WRONG, RIGHTLY, WRONGLY, UNSCORED)
GOOD = frozenset({RIGHT, RIGHTLY})
ELSEWHERE = "Outside the sections"  # a page of the introduction, or one that the handbook does not name


def verdict(record: Record) -> str:
    """One of VERDICTS."""
    if record.unscored:
        return UNSCORED
    if record.kind == "unanswerable":
        return RIGHTLY if record.declined else WRONG
    if record.declined:
        return WRONGLY
    if record.kind == "handbook":
        if handbook_right(record):
            return RIGHT
        return PARTLY if record.facts_stated or record.resources_named or record.chapter_right else WRONG
    if curves.wrong_by_answer(record):
        return WRONG
    return RIGHT if record.facts_stated == record.facts else PARTLY


def counted(records: Iterable[Record]) -> dict[str, int]:
    """How many questions there are of each verdict, all VERDICTS in their order."""
    found = Counter(verdict(record) for record in records)
    return {one: found[one] for one in VERDICTS}


# -- where in the handbook --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its section and chapter, either None where it stands before them."""

    section: Section | None = None
    chapter: Chapter | None = None


class Places:
    """The places of pages, looked up by their addresses however they are spelled."""

    def __init__(self, book: Handbook) -> None:
        self._book = book
        self._heads = {same_page(resource.url): place for place, resource in book.links() if isinstance(place, Section)}

    def of(self, url: str) -> Place:
        """The place of a page: a chapter that links to it comes before the head of a section that does."""
        if url.startswith(NOTES):
            try:
                chapter = self._book.chapter(url.removeprefix(NOTES))
            except BadInput:
                return Place()
            return Place(self._book.section_of(chapter), chapter)
        for _, linking in self._book.resources_by_url(url):
            if linking is not None:
                return Place(self._book.section_of(linking), linking)
        return Place(self._heads.get(same_page(url)))

    def title(self, url: str) -> str:
        """What the handbook calls a page; empty where it does not name it."""
        if url.startswith(NOTES):
            found = self.of(url).chapter
            return f"The tutor's note on {found.title}" if found else ""
        return next((resource.title for resource, _ in self._book.resources_by_url(url)), "")


@dataclass(frozen=True, slots=True)
class Strength:
    """How a part of the handbook did; each figure a value and over how many questions, None where over none."""

    name: str
    questions: int
    figures: dict[str, tuple[float, int] | None]
    parts: tuple["Strength", ...] = ()


# The columns: figure -> which records it is over, and what of them. "declined" is better when smaller.
_COLUMNS: dict[str, tuple[Callable[[Record], bool], Callable[[Sequence[Record]], float]]] = {
    "right page": (lambda r: True, lambda some: metrics.mean([float(in_five(r)) for r in some])),
    "evidence": (lambda r: True, lambda some: metrics.mean([float(r.in_evidence) for r in some])),
    "facts": (
        lambda r: r.facts > 0,
        lambda some: metrics.share(sum(r.facts_stated for r in some), sum(r.facts for r in some)),
    ),
    "declined": (lambda r: True, lambda some: metrics.mean([float(r.declined) for r in some])),
}
COLUMNS = tuple(_COLUMNS)
# What a column is to reach.
_TARGETS = {target.name: target.target for target in TARGETS}
AIMS = {
    "right page": _TARGETS["right page in five"],
    "evidence": _TARGETS["gold sentence in evidence"],
    "facts": _TARGETS["facts in answer"],
    "declined": _TARGETS["answerable declined"],
}


def strengths(records: Sequence[Record], book: Handbook) -> list[Strength]:
    """
    How each section did on the questions that its pages answer, with its chapters as parts; in the handbook's order.

    Sections and chapters that no question is about are there with none. Pages outside the sections come last.
    """
    places = Places(book)
    asked = [(places.of(record.page), record) for record in records if from_pages(record) and not record.unscored]
    found = []
    for section in book.sections:
        mine = [(place, record) for place, record in asked if place.section == section]
        parts = [
            _strength(chapter.title, [record for place, record in mine if place.chapter == chapter])
            for chapter in section.chapters
        ]
        if head := [record for place, record in mine if place.chapter is None]:
            parts.insert(0, _strength("Before its first chapter", head))
        found.append(_strength(f"{section.number} · {section.title}", [r for _, r in mine], tuple(parts)))
    if outside := [record for place, record in asked if place.section is None]:
        found.append(_strength(ELSEWHERE, outside))
    return found


def _strength(name: str, records: Sequence[Record], parts: tuple[Strength, ...] = ()) -> Strength:
    figures: dict[str, tuple[float, int] | None] = {}
    for column, (chosen, measure) in _COLUMNS.items():
        some = [record for record in records if chosen(record)]
        figures[column] = (measure(some), len(some)) if some else None
    return Strength(name, len(records), figures, parts)


def weakest(sections: Iterable[Strength], column: str = "facts", least: int = 3, most: int = 5) -> list[Strength]:
    """The chapters with the lowest figure, of those with at least `least` questions; at most `most`, worst first."""
    known = [
        (value[0], part.name, part)
        for section in sections
        for part in section.parts or (section,)
        if (value := part.figures[column]) is not None and value[1] >= least
    ]
    return [part for *_, part in sorted(known, key=lambda one: one[:2])[:most]]
