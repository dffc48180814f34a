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
from collections.abc import Callable, Iterable, Mapping, Sequence
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
INTRODUCTION, HEAD, ELSEWHERE = "Introduction", "Before its first chapter", "Not named by the handbook"


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
    """Where a page stands, as it is printed: a section, and a chapter (then `chapter` too) or another part of it."""

    group: str = ELSEWHERE
    part: str = ""
    chapter: Chapter | None = None


class Places:
    """
    The places of questions: `chapters` are those that sets name, by the question's id; else by the page's address,
    however it is spelled.
    """

    def __init__(self, book: Handbook, chapters: Mapping[str, str] | None = None) -> None:
        self._book = book
        self._chapters = chapters or {}
        self._titles: dict[str, str] = {}
        self._outside: dict[str, Place] = {}  # of the pages that no chapter links to
        for place, resource in book.links():
            if not isinstance(place, Chapter):
                head = Place(heading(place), HEAD) if isinstance(place, Section) else Place(INTRODUCTION, place.title)
                self._outside.setdefault(same_page(resource.url), head)

    def of_question(self, record: Record) -> Place | None:
        """Where a question belongs; None where it is about no page and no chapter."""
        if named := self._chapters.get(record.id):
            return self._named(named)
        return self.of(record.page) if record.page else None

    def of(self, url: str) -> Place:
        """The place of a page: a chapter that links to it comes before any other part that does."""
        if url.startswith(NOTES):
            return self._named(url.removeprefix(NOTES))
        for _, chapter in self._book.resources_by_url(url):
            if chapter is not None:
                return self._in(chapter)
        return self._outside.get(same_page(url), Place())

    def _named(self, chapter: str) -> Place:
        try:
            return self._in(self._book.chapter(chapter))
        except BadInput:
            return Place()

    def _in(self, chapter: Chapter) -> Place:
        return Place(heading(self._book.section_of(chapter)), chapter.title, chapter)

    def title(self, url: str) -> str:
        """What the handbook calls a page; empty where it does not name it."""
        if url not in self._titles:
            self._titles[url] = self._title(url)
        return self._titles[url]

    def _title(self, url: str) -> str:
        if url.startswith(NOTES):
            found = self.of(url).chapter
            return f"The tutor's note on {found.title}" if found else ""
        return next((resource.title for resource, _ in self._book.resources_by_url(url)), "")


def heading(section: Section) -> str:
    """A section as it is printed."""
    return f"{section.number} · {section.title}"


def groups(book: Handbook) -> dict[str, tuple[str, ...]]:
    """All groups of pages with their parts, in the handbook's order."""
    found = {INTRODUCTION: tuple(part.title for part in book.parts)}
    found |= {heading(one): (HEAD, *(chapter.title for chapter in one.chapters)) for one in book.sections}
    return {**found, ELSEWHERE: ()}


@dataclass(frozen=True, slots=True)
class Strength:
    """How a part of the handbook did; each figure a value and over how many questions, None where over none."""

    name: str
    questions: int
    figures: dict[str, tuple[float, int] | None]
    parts: tuple["Strength", ...] = ()


def _any(_: Record) -> bool:
    return True


# The columns: figure -> which records it is over, and what of them. "declined" is better when smaller.
_COLUMNS: dict[str, tuple[Callable[[Record], bool], Callable[[Sequence[Record]], float]]] = {
    "right page": (_any, lambda some: metrics.mean([float(in_five(r)) for r in some])),
    "evidence": (_any, lambda some: metrics.mean([float(r.in_evidence) for r in some])),
    "facts": (
        lambda r: r.facts > 0,
        lambda some: metrics.share(sum(r.facts_stated for r in some), sum(r.facts for r in some)),
    ),
    "declined": (_any, lambda some: metrics.mean([float(r.declined) for r in some])),
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


def strengths(records: Sequence[Record], book: Handbook, places: Places) -> list[Strength]:
    """
    How each section did on the questions about it that a page answers, with its chapters as parts; in their order.

    Sections and chapters that no question is about are there with none.
    """
    scored = [record for record in records if from_pages(record) and not record.unscored]
    asked = [(places.of_question(record) or Place(), record) for record in scored]
    found = []
    for group, parts in groups(book).items():
        mine = [(place.part, record) for place, record in asked if place.group == group]
        told = tuple(_strength(part, [record for of, record in mine if of == part]) for part in parts)
        found.append(_strength(group, [record for _, record in mine], told))
    return [one for one in found if one.questions or one.name not in (INTRODUCTION, ELSEWHERE)]


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
