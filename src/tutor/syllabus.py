"""
Questions about the handbook itself, answered from the syllabus by plain code.

The syllabus is a text of our own (`source`), which the library keeps, so that every sentence of an answer carries an
exact quote. Where the real handbook has been read, its author's advice stands in the answer word for word.

Knows nothing of search, vectors or models; what a question asks for is told by `tutor.wishes`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from tutor.handbook import Before, Chapter, Handbook, Part, Resource, Section, slug, terms
from tutor.library import Library
from tutor.links import link
from tutor.passages import Quote, Source
from tutor.sentences import Block, sentences
from tutor.wishes import Place, Request, Wish, parse
from tutor.words import stems

__all__ = ["Request", "Said", "Wish", "answer", "follow_ups", "keep", "parse", "source"]

URL: Final = "tutor:handbook"
TITLE: Final = "Generative AI Handbook: the syllabus"
AUTHOR: Final = "The tutor's own summary"

# How much is named at most: enough to choose from, little enough to be read.
MOST_RESOURCES = 8
MOST_ADVICE = 2
MOST_TOPICS = 8


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of an answer with the quotes it rests on. `quoted`: it is its quote, word for word."""

    text: str
    quotes: tuple[Quote, ...]

    @property
    def quoted(self) -> bool:
        return len(self.quotes) == 1 and self.text == " ".join(self.quotes[0].text.split())


# --- the syllabus as a text ---


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    heading: str
    link: str


@dataclass(slots=True)
class _Text:
    """A text in the making, in which lines can be found again by their keys."""

    parts: list[str] = field(default_factory=list)
    lines: dict[tuple[str, ...], _Line] = field(default_factory=dict)
    length: int = 0

    def add(self, words: str, *, mark: str = "", key: tuple[str, ...] = (), heading: str = "", link: str = "") -> None:
        if key:
            start = self.length + len(mark)
            self.lines[key] = _Line(start, start + len(words), heading, link)
        self.parts.append(f"{mark}{words}\n\n")
        self.length += len(self.parts[-1])


@dataclass(frozen=True, slots=True)
class _Syllabus:
    text: str
    lines: Mapping[tuple[str, ...], _Line]


def source(handbook: Handbook) -> Source:
    """The syllabus as a source: light Markdown, one fact a line, in our own words."""
    return Source(
        url=URL, title=TITLE, text=_syllabus(handbook).text.strip(), author=AUTHOR, language="en", kind="syllabus"
    )


def keep(library: Library, handbook: Handbook) -> bool:
    """Puts the syllabus into the library, to be quoted and not to be searched; whether it is new or changed."""
    return library.put(source(handbook), searched=False).outcome in ("new", "changed")


@lru_cache(maxsize=4)
def _syllabus(handbook: Handbook) -> _Syllabus:
    text = _Text()
    text.add(TITLE, mark="# ")
    _write_whole(text, handbook)
    for part in handbook.parts:
        text.add(part.title, mark="## ")
        first = handbook.sections[0]
        say = _sayer(text, part, f"Introduction > {part.title}")
        say("place", f"“{part.title}” is a part of the handbook's introduction, before Section {first.number}.")
        _write_resources(text, part, f"Introduction > {part.title}")
    for section in handbook.sections:
        _write_section(text, section)
        for number, chapter in enumerate(section.chapters, 1):
            _write_chapter(text, handbook, section, number, chapter)
    return _Syllabus("".join(text.parts), text.lines)


def _sayer(text: _Text, place: Place, heading: str) -> Callable[[str, str], None]:
    return lambda key, words: text.add(words, key=(key, place.id), heading=heading, link=place.url)


def _write_whole(text: _Text, handbook: Handbook) -> None:
    def say(key: str, words: str) -> None:
        text.add(words, key=(key,), heading="The handbook", link=handbook.url)

    text.add("The handbook", mark="## ")
    say("author", f"The Generative AI Handbook is by {handbook.author}.")
    sections, chapters, pages = len(handbook.sections), len(handbook.chapters), len(handbook.resources())
    say("count", f"The handbook has {sections} sections with {chapters} chapters and links to {pages} pages.")
    say("hours", f"The whole handbook takes about {_hours(sum(c.hours for c in handbook.chapters))}.")
    first = handbook.chapters[0]
    say("first", f"The handbook's first chapter is “{first.title}”, in Section {handbook.section_of(first).number}.")
    parts = [part.title for part in handbook.parts if not handbook.title.startswith(part.title)]
    if parts:
        say("introduction", f"Before its first section there is an introduction: {_listed(parts)}.")
    for section in handbook.sections:
        words = f"Section {section.number}: {section.title} ({_counted(len(section.chapters), 'chapter')})."
        text.add(words, mark="- ", key=("entry", section.id), heading="The handbook", link=section.url)


def _write_section(text: _Text, section: Section) -> None:
    text.add(section.heading, mark="# ")
    say = _sayer(text, section, section.heading)
    say("place", f"Section {section.number} of the handbook is “{section.title}”.")
    say("summary", section.summary)
    names = _listed(f"“{chapter.title}”" for chapter in section.chapters)
    say("chapters", f"Section {section.number} has {_counted(len(section.chapters), 'chapter')}: {names}.")
    say("time", f"Section {section.number} takes about {_hours(sum(c.hours for c in section.chapters))}.")
    _write_resources(text, section, section.heading)


def _write_chapter(text: _Text, handbook: Handbook, section: Section, number: int, chapter: Chapter) -> None:
    heading = f"{section.heading} > {chapter.title}"
    name = f"“{chapter.title}”"
    text.add(chapter.title, mark="## ")
    say = _sayer(text, chapter, heading)
    say("place", f"{name} is chapter {number} of Section {section.number}, {section.title}.")
    say("topics", f"{name} covers {_listed(_topics(chapter))}.")
    if chapter.advice:
        say("advice", chapter.advice)
    say("time", f"{name} takes about {_hours(chapter.hours)}.")
    say("order", _order(handbook, chapter))
    if chapter.prerequisites:
        say("before", f"Before {name}: {_reasons(handbook, chapter.prerequisites)}.")
    if chapter.helpful:
        say("helpful", f"Helpful before {name}, but not needed: {_reasons(handbook, chapter.helpful)}.")
    needed = [c for c in handbook.prerequisites_closed([chapter.id]) if c != chapter]
    say("all before", _all_before(name, needed))
    later = [c for c in handbook.chapters if any(before.chapter == chapter.id for before in c.prerequisites)]
    built = f"Chapters that build on {name}: {_listed(f'“{c.title}”' for c in later)}."
    say("later", built if later else f"No later chapter builds on {name}.")
    kinds = _listed(_counted(n, _KIND_NAMES[kind]) for kind, n in _by_kind(chapter.resources).items())
    say("kinds", f"{name} links to {kinds}." if kinds else f"{name} links to nothing.")
    _write_resources(text, chapter, heading)


def _write_resources(text: _Text, place: Place, heading: str) -> None:
    for number, resource in enumerate(place.resources):
        key = ("resource", place.id, str(number))
        text.add(_described(resource), mark="- ", key=key, heading=heading, link=resource.url)


_KIND_NAMES: Final = {
    "article": "article", "video": "video", "paper": "paper", "book": "book", "course": "course",
    "repo": "code repository", "documentation": "page of documentation", "site": "site", "social": "profile",
}  # fmt: skip


def _topics(chapter: Chapter) -> list[str]:
    """The chapter's first topics, none of which only says its title or another topic again."""
    said = [set(terms(chapter.title)[0])]
    chosen: list[str] = []
    for topic in chapter.topics:
        words = set(terms(topic)[0])
        if words and not any(words <= others or others <= words for others in said):
            chosen.append(topic)
            said.append(words)
    return (chosen or list(chapter.topics))[:MOST_TOPICS]


def _described(resource: Resource) -> str:
    kind = _KIND_NAMES.get(resource.kind, resource.kind)
    # Where the title ends with the part that is meant, it need not be said again.
    part = f", {resource.part}," if resource.part and resource.part.casefold() not in resource.title.casefold() else ""
    author = f" by {resource.author}" if resource.author else ""
    minutes = f" ({_counted(resource.minutes, 'minute')})" if resource.minutes else ""
    return f"{kind[:1].upper()}{kind[1:]}: “{resource.title}”{part}{author}{minutes}.".replace(",.", ".")


def _order(handbook: Handbook, chapter: Chapter) -> str:
    name, chapters = f"“{chapter.title}”", handbook.chapters
    before = f"“{chapters[chapter.position - 1].title}”" if chapter.position else ""
    after = f"“{chapters[chapter.position + 1].title}”" if chapter.position + 1 < len(chapters) else ""
    if not after:
        return f"{name} comes after {before}, as the last chapter." if before else f"{name} is the only chapter."
    return f"{name} comes after {before} and before {after}." if before else f"{name} comes first, before {after}."


def _reasons(handbook: Handbook, before: Iterable[Before]) -> str:
    ordered = sorted(before, key=lambda one: handbook.chapter(one.chapter).position)
    return "; ".join(_reason(handbook, one) for one in ordered)


def _reason(handbook: Handbook, before: Before) -> str:
    return f"“{handbook.chapter(before.chapter).title}”, because {_uncapped(before.because.rstrip('.'))}"


def _uncapped(sentence: str) -> str:
    """A sentence without its capital; a first word with a capital or a digit inside it (LoRA, Word2vec) is a name."""
    first = sentence.split(maxsplit=1)[0]
    return sentence if not re.fullmatch(r"[A-Z][a-z]*(?:-[a-z]+)*,?", first) else first.lower() + sentence[len(first) :]


def _all_before(name: str, needed: Sequence[Chapter]) -> str:
    if not needed:
        return f"{name} builds on no earlier chapter."
    return f"{name} builds on these, directly or through one another, and on no others: {_titles(needed)}."


def _titles(chapters: Iterable[Chapter]) -> str:
    return _listed(f"“{chapter.title}”" for chapter in chapters)


def _by_kind(resources: Iterable[Resource]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for resource in resources:
        counts[resource.kind] = counts.get(resource.kind, 0) + 1
    return counts


def _counted(number: int, name: str) -> str:
    if number == 1:
        return f"1 {name}"
    plural = {"code repository": "code repositories", "page of documentation": "pages of documentation"}
    return f"{number} {plural.get(name, name + 's')}"


def _hours(hours: float) -> str:
    return f"{hours:g} {'hour' if hours == 1 else 'hours'} of study"


def _listed(items: Iterable[str]) -> str:
    items = list(items)
    return " and ".join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else "".join(items)


# --- answering ---


def answer(request: Request, handbook: Handbook, library: Library) -> list[Said]:
    """
    What the syllabus says to `request`, in the order it should be read; never empty.

    Every quote is a span of a source that `library` holds; the syllabus is put there where it is missing or old.
    """
    return list(_Speaker(request, handbook, library, _number(handbook, library)).says())


def follow_ups(request: Request) -> tuple[str, ...]:
    """Other questions about the same chapter that can be answered from the syllabus."""
    if request.chapter is None:
        return ()
    title = request.chapter.title.replace('"', "")
    others = (
        (Wish.RESOURCES, f"What should I read about {title}?"),
        (Wish.BEFORE, f"What should I know before {title}?"),
        (Wish.TIME, f"How long does the chapter on {title} take?"),
        (Wish.AFTER, f"Which chapter comes after {title}?"),
    )
    return tuple(question for wish, question in others if wish is not request.wish)[:3]


def _number(handbook: Handbook, library: Library) -> int:
    held = library.source(URL)
    if held is None or held.text != source(handbook).text:
        keep(library, handbook)
    number = library.number(URL)
    assert number is not None
    return number


@dataclass(frozen=True, slots=True)
class _Speaker:
    request: Request
    handbook: Handbook
    library: Library
    number: int  # the library's, of the syllabus

    def says(self) -> Iterator[Said]:
        place, wish = self.request.place, self.request.wish
        if place is None:
            by_wish = {Wish.TIME: self._whole_time, Wish.START: self._start}
            yield from by_wish.get(wish, self._whole)()
        elif isinstance(place, Part):
            yield from self._resources(place)
        elif isinstance(place, Section):
            yield from self._about_section(place)
        else:
            by_wish_of_chapter: dict[Wish, Callable[[Chapter], Iterator[Said]]] = {
                Wish.HOW_MUCH: self._how_much,
                Wish.TIME: self._time,
                Wish.PLACE: self._stands,
                Wish.BEFORE: self._before,
                Wish.AFTER: self._after,
                Wish.NEEDED: self._needed,
            }
            yield from by_wish_of_chapter.get(wish, self._resources)(place)

    # -- the whole --

    def _whole(self) -> Iterator[Said]:
        who = re.search(r"\b(?:who|author)\b", self.request.asked.lower())
        yield from self._lines("author", "count") if who else self._lines("count", "author")
        if not who:
            yield from self._entries()
            yield from self._lines("hours", "introduction")

    def _entries(self) -> Iterator[Said]:
        for section in self.handbook.sections:
            yield self._line("entry", section.id)

    def _whole_time(self) -> Iterator[Said]:
        yield self._line("hours")
        for section in self.handbook.sections:
            yield self._line("time", section.id)

    def _start(self) -> Iterator[Said]:
        first = self.handbook.chapters[0]
        yield from self._lines("first", "introduction")
        yield from self._author(first)
        yield from self._linked(first, most=3)
        yield from self._said(first, "time", "order")

    # -- a section --

    def _about_section(self, section: Section) -> Iterator[Said]:
        wish = self.request.wish
        if wish in (Wish.BEFORE, Wish.AFTER):
            at = self.handbook.sections.index(section) + (1 if wish is Wish.AFTER else -1)
            yield self._line("place", section.id)
            if 0 <= at < len(self.handbook.sections):
                yield from self._said(self.handbook.sections[at], "place", "summary", "chapters")
        elif wish is Wish.TIME:
            yield from self._said(section, "time", "chapters")
        elif wish in (Wish.RESOURCES, Wish.HOW_MUCH):
            yield self._line("place", section.id)
            yield from self._author(section)
            yield from self._linked(section)
            yield from self._said(section, "chapters", "time")
        else:
            yield from self._said(section, "place", "summary", "chapters", "time")

    # -- a chapter --

    def _resources(self, place: Place) -> Iterator[Said]:
        yield self._line("place", place.id)
        yield from self._author(place)
        yield from self._linked(place)
        yield from self._said(place, "time", "before")

    def _how_much(self, chapter: Chapter) -> Iterator[Said]:
        yield self._line("place", chapter.id)
        yield from self._author(chapter)
        if self.request.other:
            yield self._needs(self.request.other, chapter)
        yield from self._said(chapter, "advice", "time")
        yield from self._linked(chapter, most=3)

    def _time(self, chapter: Chapter) -> Iterator[Said]:
        yield from self._said(chapter, "time", "place")
        yield from self._linked(chapter)

    def _stands(self, chapter: Chapter) -> Iterator[Said]:
        yield from self._said(chapter, "place", "topics", "time")

    def _before(self, chapter: Chapter) -> Iterator[Said]:
        learning = re.search(
            r"\b(?:know|learn|read|study|understand|prerequis\w+|prereqs?|background)\b", self.request.asked
        )
        keys = (
            ("before", "helpful", "all before", "order") if learning else ("order", "before", "helpful", "all before")
        )
        yield from self._said(chapter, *keys)

    def _after(self, chapter: Chapter) -> Iterator[Said]:
        yield from self._said(chapter, "order", "later")

    def _needed(self, chapter: Chapter) -> Iterator[Said]:
        if self.request.other is None:
            yield from self._said(chapter, "place", "later", "advice")
            return
        yield self._needs(self.request.other, chapter)
        yield from self._said(self.request.other, "before", "helpful")
        yield from self._said(chapter, "place", "order", "time")

    def _needs(self, chapter: Chapter, earlier: Chapter) -> Said:
        """Whether `chapter` builds on `earlier`, with the line of the syllabus that says so."""
        one, other = f"“{earlier.title}”", f"“{chapter.title}”"
        if any(before.chapter == earlier.id for before in chapter.prerequisites):
            return Said(f"{other} builds on {one}.", (self._quote("before", chapter.id),))
        if earlier != chapter and earlier in self.handbook.prerequisites_closed([chapter.id]):
            text = f"{other} builds on {one}, by way of the chapters between them."
            return Said(text, (self._quote("all before", chapter.id),))
        if any(before.chapter == earlier.id for before in chapter.helpful):
            text = f"{one} is helpful before {other}, but not needed."
            return Said(text, (self._quote("helpful", chapter.id),))
        text = f"{other} does not build on {one}, which can be left out for it."
        return Said(text, (self._quote("all before", chapter.id),))

    # -- lines --

    def _lines(self, *keys: str) -> Iterator[Said]:
        for key in keys:
            if (key,) in _syllabus(self.handbook).lines:
                yield self._line(key)

    def _said(self, place: Place, *keys: str) -> Iterator[Said]:
        for key in keys:
            if (key, place.id) in _syllabus(self.handbook).lines:
                yield self._line(key, place.id)

    def _line(self, *key: str) -> Said:
        quote = self._quote(*key)
        return Said(quote.text, (quote,))

    def _quote(self, *key: str) -> Quote:
        syllabus = _syllabus(self.handbook)
        line = syllabus.lines[key]
        text = syllabus.text[line.start : line.end]
        return Quote(URL, TITLE, line.heading, text, line.start, line.end, line.link, self.number)

    def _linked(self, place: Place, most: int = MOST_RESOURCES) -> Iterator[Said]:
        """Resources of the kinds that are wanted, those to start with first; of other kinds where there are none."""
        wanted = self.request.kinds
        numbered = list(enumerate(place.resources))
        chosen = [(n, r) for n, r in numbered if r.kind in wanted] if wanted else []
        if wanted and not chosen and (counted := ("kinds", place.id)) in _syllabus(self.handbook).lines:
            sought = " or ".join(_KIND_NAMES[kind] for kind in wanted)
            yield Said(f"“{place.title}” links to no {sought}.", (self._quote(*counted),))
        if not chosen:
            chosen = [(n, r) for n, r in numbered if r.emphasis != "mention" and r.kind not in ("site", "social")]
        ordered = sorted(chosen or numbered, key=lambda one: _EMPHASIS[one[1].emphasis])
        for number, _ in ordered[:most]:
            yield self._line("resource", place.id, str(number))

    # -- the author's own words --

    def _author(self, place: Place) -> Iterator[Said]:
        """The best advice on `place` in the handbook itself, where it has been read."""
        page = self.library.source(self.handbook.url)
        number = self.library.number(self.handbook.url)
        if page is None or number is None:
            return
        for start, end in _advice(page.text, place, self.request):
            text = page.text[start:end]
            opened = link(place.url, text, start)
            heading = _syllabus(self.handbook).lines["place", place.id].heading
            quote = Quote(page.url, page.title, heading, text, start, end, opened, number)
            yield Said(" ".join(text.split()), (quote,))


_EMPHASIS: Final = {"main": 0, "further": 1, "mention": 2}

_ADVICE: Final = re.compile(
    r"\b(?:recommend\w*|suggest\w*|worth\w*|should|start\w*|great|good|nice|best|excellent|enough|need\w*|helpful|"
    r"useful|"
    r"check out|overview|deep|skip|favorite|favourite|essential|must)\b",
    re.I,
)
_AMOUNT: Final = re.compile(
    r"\b(?:enough|need\w*|worth\w*|necessar\w+|deep\w*|skip|aware|familiar\w*|comfortable|basics?)\b", re.I
)
_HEADING: Final = re.compile(r"^#{1,6} +(?P<title>.+?) *$", re.M)


def _advice(text: str, place: Place, request: Request) -> list[tuple[int, int]]:
    """Where in the handbook's text the best advice under the heading of `place` stands, in its order."""
    found: list[tuple[float, int, int]] = []
    asked = set(stems(f"{request.asked} {place.title}"))
    for start, end in _under(text, place):
        for span in sentences(text[start:end]):
            sentence = text[start + span.start : start + span.end]
            score = _worth(sentence, span.block, asked, request)
            if score > 0:
                found.append((score, start + span.start, start + span.end))
    best = sorted(found, key=lambda one: (-one[0], one[1]))[:MOST_ADVICE]
    return sorted((start, end) for _, start, end in best)


def _under(text: str, place: Place) -> Iterator[tuple[int, int]]:
    """What stands between the heading of `place` and the next heading."""
    named = {place.id, slug(place.title)} | ({slug(place.heading)} if isinstance(place, Section) else set())
    headings = list(_HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if slug(heading["title"]) in named:
            yield heading.end(), following.start() if following else len(text)


def _worth(sentence: str, block: Block, asked: set[str], request: Request) -> float:
    """How well a sentence of the handbook advises; 0 for one that gives no advice."""
    if block not in (Block.PROSE, Block.LIST) or len(sentence.split()) < 6 or sentence.endswith(("?", ":")):
        return 0.0
    advice = min(2, len(_ADVICE.findall(sentence)))
    amount = len(_AMOUNT.findall(sentence)) if request.wish is Wish.HOW_MUCH else 0
    if not advice + amount:
        return 0.0
    medium = any(re.search(rf"\b{kind}", sentence, re.I) for kind in request.kinds)
    return advice + 2 * amount + medium + 0.5 * len(asked & set(stems(sentence)))
