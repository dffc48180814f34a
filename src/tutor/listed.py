"""
What the learner's own reading lists say: which of them names something on a subject, word for word.

Answers beside the syllabus of the handbook (tutor.syllabus), or alone where that has nothing. Every statement is a
line of a list's source, with its exact place. Knows nothing of search, vectors or models.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tutor.handbook import same_page, terms
from tutor.library import Library
from tutor.links import link
from tutor.passages import Quote, Source
from tutor.reading_list import ListedResource, ListPlace, ListSection, ReadingList
from tutor.syllabus import Said

MOST = 6  # statements, of all lists together
# How much of a subject's words something must have: all of three, three of four.
_SHARE: Final = 0.75
# The words of a longer line say little about each thing that is named in it.
_SHORT_LINE: Final = 30
# What a word is worth in the line around a title, against one in the title or the heading.
_IN_LINE: Final = 0.25
_FEWEST_WORDS: Final = 3  # of a line that says enough by itself


@dataclass(frozen=True, slots=True)
class _Found:
    score: float
    kept: ReadingList
    place: ListPlace | None
    resource: ListedResource | None


def says(
    subjects: Sequence[str], kinds: Sequence[str], library: Library, *, but: Sequence[str] = (), known: str = ""
) -> list[Said]:
    """
    What the lists name for any of `subjects`, best first; empty where there is nothing.

    `kinds` of resource are wanted, any where it is empty. `but` are addresses that have been named already, `known`
    is the address of the list that is answered from otherwise.
    """
    asked = [words for subject in subjects if (words := _Words.of(subject)).singles]
    if not asked:
        return []
    said: list[Said] = []
    named = {same_page(url) for url in but}
    found = [one for kept in library.lists() if kept.url != known for one in _found(kept, asked, kinds)]
    for one in sorted(found, key=lambda one: -one.score):
        url = one.resource.url if one.resource else None
        if len(said) < MOST and (url is None or same_page(url) not in named) and (statement := _said(one, library)):
            said.append(statement)
            named |= {same_page(url)} if url else set()
    return said


@dataclass(frozen=True, slots=True)
class _Words:
    singles: tuple[str, ...]
    pairs: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Words":
        singles, pairs = terms(text)
        return cls(tuple(singles), tuple(pairs))

    def share(self, *texts: "_Words") -> float:
        """How much of these words the texts have; two words that are written as one in either count as found."""
        there = {term for text in texts for term in (*text.singles, *text.pairs)}
        joined = {word for pair, at in zip(self.pairs, range(len(self.pairs)), strict=True) if pair in there
                  for word in self.singles[at : at + 2]}  # fmt: skip
        return sum(word in there or word in joined for word in self.singles) / len(self.singles)


def _found(kept: ReadingList, asked: Sequence[_Words], kinds: Sequence[str]) -> Iterator[_Found]:
    title = _Words.of("")
    for resource in kept.resources:
        yield from _judged(kept, None, resource, (title, title), asked, kinds)
    for section, place in kept.places():
        own = _Words.of(place.title)
        over = _Words.of(section.title) if place is not section else own
        for resource in place.resources:
            yield from _judged(kept, place, resource, (own, over), asked, kinds)
        below = place.chapters if isinstance(place, ListSection) else ()
        if not kinds and not place.resources and not any(chapter.resources for chapter in below):
            share = max(words.share(own) for words in asked)
            if share >= _SHARE:
                yield _Found(share, kept, place, None)


def _judged(
    kept: ReadingList,
    place: ListPlace | None,
    resource: ListedResource,
    around: tuple[_Words, _Words],
    asked: Sequence[_Words],
    kinds: Sequence[str],
) -> Iterator[_Found]:
    if kinds and resource.kind not in kinds:
        return
    title, line, (own, over) = _Words.of(resource.title), _Words.of(resource.line), around
    best = 0.0
    for words in asked:
        beside = words.share(title, line) if len(resource.line.split()) <= _SHORT_LINE else 0.0
        if max(words.share(title, own), words.share(over), beside) >= _SHARE:
            best = max(best, words.share(title) + words.share(own, over) + _IN_LINE * words.share(line))
    if best:
        yield _Found(best, kept, place, resource)


def _said(found: _Found, library: Library) -> Said | None:
    """The statement, with the line of the list it rests on; None where its source no longer has that line."""
    held = library.link(found.kept.url)
    number = held.source if held and held.source is not None else library.number(found.kept.url)
    source = library.source(number) if number is not None else None
    if source is None or number is None:
        return None
    heading = found.place.title if found.place else ""
    if found.resource is None:
        return _chapter(found, source, number)
    one = found.resource
    if source.text[one.start : one.end] != one.line:
        return None
    opened = one.url or link(source.url, one.line, one.start, source.pages)
    quote = Quote(source.url, source.title, heading, one.line, one.start, one.end, opened, number)
    words = " ".join(one.line.split())
    if len(words.split()) < _FEWEST_WORDS:
        where = f"under “{heading}” in “{found.kept.title}”" if heading else f"in “{found.kept.title}”"
        words = f"{words} ({where})."
    return Said(words, (quote,))


def _chapter(found: _Found, source: Source, number: int) -> Said | None:
    """That a list has a chapter on the subject, where that names nothing further."""
    assert found.place is not None
    title, kept = found.place.title, found.kept.title
    start = source.text.find(title, found.place.start)
    if start < 0 or source.text[found.place.start : start].strip("# \t"):
        return None
    opened = link(source.url, title, start, source.pages)
    quote = Quote(source.url, source.title, title, title, start, start + len(title), opened, number)
    return Said(f"“{title}” is a chapter of “{kept}”.", (quote,))
