"""
The Generative AI Handbook's structure: sections, chapters, resources, and what has to come before what.

Reads `data/handbook.toml`, answers which chapter is which, what it needs, what it links to, and which
chapter is nearest to a question. Pure standard library: it knows nothing of the network, the library of
passages or any model.

Not covered: the handbook's own sentences. They are not in this repository; ingest reads them on the
learner's machine.
"""

import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from itertools import count, pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from tutor.errors import BadInput

KINDS: Final = (
    "article",
    "video",
    "paper",
    "book",
    "course",
    "repo",
    "documentation",
    "site",
    "social",
)
EMPHASES: Final = ("main", "further", "mention")


# --- the values ---


@dataclass(frozen=True, slots=True)
class Resource:
    """
    One link of the handbook.

    `kind` is one of KINDS, `emphasis` one of EMPHASES: how the handbook offers it, in our classification. `minutes`
    is the time for `part` where a part is named, else for the whole; None where nobody could say.
    """

    title: str
    url: str
    kind: str
    emphasis: str = "main"
    author: str | None = None
    minutes: int | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """The id of a chapter that comes before another one, with one sentence why."""

    chapter: str
    because: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter. `hours` is an estimate of study time; `advice` is the tutor's sentence, not the handbook's."""

    id: str
    title: str
    url: str
    section: str  # id of its section
    position: int  # 0 for the handbook's first chapter
    hours: float
    advice: str | None
    topics: tuple[str, ...]
    prerequisites: tuple[Before, ...]
    helpful: tuple[Before, ...]
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `number` is its Roman numeral; `resources` are the links before its first chapter."""

    id: str
    number: str
    title: str
    url: str
    summary: str
    resources: tuple[Resource, ...]
    chapters: tuple[Chapter, ...]

    @property
    def heading(self) -> str:
        """As the handbook prints it: 'Section II: Neural Sequential Prediction'."""
        return f"Section {self.number}: {self.title}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the introduction (the landscape, mathematics, programming, ...) and its links."""

    id: str
    title: str
    url: str
    resources: tuple[Resource, ...]


class Linked(NamedTuple):
    """A resource and the place that links to it."""

    place: Part | Section | Chapter
    resource: Resource


@dataclass(frozen=True, slots=True)
class Handbook:
    """The whole syllabus. `load()` builds it; one made by hand (in a test) answers the same questions."""

    title: str
    author: str
    url: str
    parts: tuple[Part, ...]  # of the introduction
    sections: tuple[Section, ...]
    _index: "_Index" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _Index.build(self))

    @property
    def introduction(self) -> tuple[Resource, ...]:
        """The links before the first section, in order; a page named by two parts comes twice."""
        return tuple(resource for part in self.parts for resource in part.resources)

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """All chapters, in the handbook's order."""
        return self._index.chapters

    def chapter(self, name: str) -> Chapter:
        """The chapter with this id, title or address. BadInput names the nearest ids when there is none."""
        if (found := self._index.by_id.get(slug(name.rpartition("#")[2]))) is None:
            raise BadInput(f"There is no chapter {name!r}. {_did_you_mean(name, self._index)}")
        return found

    def section_of(self, chapter: Chapter | str) -> Section:
        """The section that holds a chapter."""
        chapter = self._resolve(chapter)
        return next(section for section in self.sections if section.id == chapter.section)

    def links(self) -> Iterator[Linked]:
        """Every link with its place, in the order of the page; one linked from two places comes twice."""
        for part in self.parts:
            yield from (Linked(part, resource) for resource in part.resources)
        for section in self.sections:
            yield from (Linked(section, resource) for resource in section.resources)
            for chapter in section.chapters:
                yield from (Linked(chapter, resource) for resource in chapter.resources)

    def resources(self) -> tuple[Resource, ...]:
        """Each linked thing once (by `same_page`), as its first place describes it."""
        return tuple(found[0].resource for found in self._index.by_page.values())

    def resources_by_url(self, url: str) -> tuple[tuple[Resource, Chapter | None], ...]:
        """
        Everywhere the handbook links to this page, however the address is spelled; empty when nowhere.

        Each with the chapter it stands in, None for the introduction and for the head of a section. Chapters come
        first: they say most about what the page is for.
        """
        found = [
            (resource, place if isinstance(place, Chapter) else None)
            for place, resource in self._index.by_page.get(same_page(url), ())
        ]
        return tuple(sorted(found, key=lambda pair: pair[1] is None))

    def what_comes_before(self, chapter: Chapter | str, *, helpful: bool = False) -> list[tuple[Chapter, str]]:
        """The chapters that this one directly builds on, each with the reason, in the handbook's order."""
        chapter = self._resolve(chapter)
        before = chapter.prerequisites + (chapter.helpful if helpful else ())
        pairs = [(self.chapter(one.chapter), one.because) for one in before]
        return sorted(pairs, key=lambda pair: pair[0].position)

    def prerequisites_closed(self, ids: Iterable[str], *, helpful: bool = False) -> list[Chapter]:
        """
        The chapters named and all that they build on, however far back, every one after its prerequisites.

        With `helpful` also the chapters that only make it easier. Unknown ids: BadInput.
        """
        wanted: set[str] = set()
        waiting = [self.chapter(id) for id in ids]
        while waiting:
            chapter = waiting.pop()
            if chapter.id not in wanted:
                wanted.add(chapter.id)
                waiting.extend(before for before, _ in self.what_comes_before(chapter, helpful=helpful))
        # Prerequisites only point backwards (`_check` sees to it), so the handbook's order is a topological one.
        return [chapter for chapter in self.chapters if chapter.id in wanted]

    def nearest(self, question: str, k: int = 1) -> list[tuple[Chapter, float]]:
        """
        The k chapters whose title, topics and resource titles share most with the question, best first.

        Words are compared by their stems and weighed by rarity among chapters; two words in a row count more. The
        score is the part of the question's weight that the chapter covers, 0 to 1. Chapters that share nothing are
        left out, so the list can be shorter than k, or empty; equal scores keep the handbook's order.
        """
        return self._index.nearest(question, k)

    def _resolve(self, chapter: Chapter | str) -> Chapter:
        return chapter if isinstance(chapter, Chapter) else self.chapter(chapter)


def slug(title: str) -> str:
    """A title as the handbook's anchors spell it: 'Low-Rank Adapters (LoRA)' is 'low-rank-adapters-lora'."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


# --- the same page under another address ---

# Parts of a query that say where a reader came from, not what is shown.
_NOISE: Final = re.compile(r"utm_|(si|pp|ref|tab|feature)$")
_ARXIV: Final = re.compile(r"/(?:abs|pdf|html)/(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?$")


def same_page(url: str) -> str:
    """
    A key that is equal for addresses of the same page: compare it, never open it.

    Scheme, `www.`, fragment, trailing slash and tracking parameters are ignored; a paper's abstract and PDF on arXiv
    are one page, and so are the ways to write the address of one YouTube video.
    """
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
    except ValueError:  # not an address: equal to itself only
        return url
    host = (parts.hostname or "").removeprefix("www.")
    path, query = parts.path.rstrip("/"), dict(parse_qsl(parts.query))
    if host == "youtu.be":
        host, path, query = "youtube.com", "/watch", {"v": path.removeprefix("/")}
    if host.endswith("youtube.com") and "v" in query:
        query = {"v": query["v"]}
    if host == "arxiv.org" and (paper := _ARXIV.match(path)):
        path = f"/abs/{paper[1]}"
    kept = urlencode(sorted((name, value) for name, value in query.items() if not _NOISE.match(name)))
    return f"{host}{path.removesuffix('/index.html')}" + (f"?{kept}" if kept else "")


# --- words and phrases ---

# What a term is worth by the place where a chapter has it: round values by judgement, fitted to no questions.
_SUBJECT_WEIGHT: Final = 1.0  # the title and the topics
_RESOURCE_WEIGHT: Final = 0.4  # the title of something linked
# Two words in a row are worth this much of an equally rare single word, on top of the two words.
_PAIR_WEIGHT: Final = 1.5

# Words that only say that somebody is asking, or that any chapter could say. Not 'few' (few-shot), not 'only'
# (decoder-only), not 'model' or 'large': those are parts of names, and where they are common, rarity sees to them.
_ASKING: Final = """
    a about actually after again all also am an and any are aren around as ask at away be because been
    before being best better between big both but by can cannot could couldn did didn differ difference
    different do does doesn doing don done each else even ever every exactly example explain explained
    explanation find first for from get gets give given go going good got great guide had has hasn have
    haven help her here how i idea if in instead into intro introduction is isn it its just kind know
    let like ll look lot main make makes many may me mean means might more most much must my need needed
    needs new nice not now of off often old on one or other our out over overview own paper people
    please possible question quick quickly re read really reason recommend said same say see should
    shouldn show simple simply so some someone something still such take talk tell than that the their
    them then there these they thing things this those through to together too try two under understand
    understanding up us use used useful uses using various ve very video want was wasn watch way ways we
    well were what when where whether which while who whole why will with without won wonder work works
    worth would wouldn yes yet you your
"""
_STOP: Final = frozenset(_ASKING.split())
_WORD: Final = re.compile(r"[a-z0-9]+")
_APOSTROPHE: Final = re.compile(r"['\u2019](s|t|re|ve|ll|d|m)\b")  # what's -> what, doesn't -> doesn
# A lazy head takes the longest ending that leaves three letters.
_HEAD: Final = re.compile(
    "([a-z]{3,}?)(?:i[sz]ations?|ations?|i[sz](?:ers?|ing|ed|es?)|ings?|ions?|ed|ers?|es|ly|al|s|e)?"
)


def stem(word: str) -> str:
    """
    A word without its ending, so that 'quantize', 'quantized' and 'quantization' meet.

    Rough on purpose: both sides of a comparison are cut alike. At least three letters stay.
    """
    head = None if word.endswith("ss") else _HEAD.fullmatch(word)
    return head[1] if head else word


def terms(text: str) -> tuple[list[str], list[str]]:
    """
    The stems of a text's telling words, and the pairs of neighbours among them run together.

    Run together, because 'flash attention', 'flash-attention' and 'FlashAttention' are one name; a pair
    therefore meets the one-word spelling. Words such as 'of' do not come between neighbours: 'mixture of
    experts' has one pair.
    """
    plain = _APOSTROPHE.sub("", text.lower())
    words = [word for word in _WORD.findall(plain) if word not in _STOP]
    return [stem(word) for word in words], [stem(left + right) for left, right in pairwise(words)]


# --- lookups, built once ---


@dataclass(frozen=True, slots=True)
class _Index:
    chapters: tuple[Chapter, ...]
    by_id: Mapping[str, Chapter]
    by_page: Mapping[str, tuple[Linked, ...]]
    weights: Mapping[str, Mapping[int, float]]  # term -> position of a chapter -> its worth there

    @classmethod
    def build(cls, handbook: Handbook) -> "_Index":
        chapters = tuple(chapter for section in handbook.sections for chapter in section.chapters)
        pages: dict[str, tuple[Linked, ...]] = {}
        for found in handbook.links():
            key = same_page(found.resource.url)
            pages[key] = (*pages.get(key, ()), found)
        return cls(chapters, {chapter.id: chapter for chapter in chapters}, pages, _weights(chapters))

    def rarity(self, term: str) -> float:
        """1 for a term of at most one chapter, falling towards 0 for one of all chapters."""
        chapters_with_it = len(self.weights.get(term, ()))
        return 1 - math.log(max(1, chapters_with_it)) / math.log(len(self.chapters) + 2)

    def nearest(self, question: str, k: int) -> list[tuple[Chapter, float]]:
        singles, pairs = terms(question)
        asked = {term: self.rarity(term) for term in singles}
        # A pair that no chapter has is chance, not a subject: it must not count against every chapter.
        asked |= {term: _PAIR_WEIGHT * self.rarity(term) for term in pairs if term in self.weights}
        found: dict[int, float] = defaultdict(float)
        for term, weight in asked.items():
            for position, worth in self.weights.get(term, {}).items():
                found[position] += weight * worth
        whole = sum(asked.values())
        best = sorted(found, key=lambda position: (-found[position], position))[:k]
        return [(self.chapters[position], found[position] / whole) for position in best]


def _weights(chapters: Iterable[Chapter]) -> dict[str, dict[int, float]]:
    weights: dict[str, dict[int, float]] = defaultdict(dict)

    def enter(position: int, phrase: str, worth: float) -> None:
        singles, pairs = terms(phrase)
        # One word of a long phrase says less about the chapter than a word that is a topic by itself.
        worths = [(term, worth / math.sqrt(len(singles))) for term in singles] + [(term, worth) for term in pairs]
        for term, value in worths:
            weights[term][position] = max(value, weights[term].get(position, 0.0))

    for position, chapter in enumerate(chapters):
        for phrase in (chapter.title, *chapter.topics):
            enter(position, phrase, _SUBJECT_WEIGHT)
        for resource in chapter.resources:
            enter(position, resource.title, _RESOURCE_WEIGHT)
    return dict(weights)


def _did_you_mean(name: str, index: _Index) -> str:
    """The chapters whose id is spelled most like the name, else those whose subject it sounds like."""
    close = get_close_matches(slug(name), index.by_id, n=3, cutoff=0.6) or [
        chapter.id for chapter, _ in index.nearest(name.replace("-", " "), 3)
    ]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Name one by its id or title: {', '.join(list(index.by_id)[:3])}, ..."


# --- reading the data ---


@lru_cache(maxsize=1)
def load() -> Handbook:
    """The handbook that comes with the package, read once. ValueError says where the data file is wrong."""
    return parse(files("tutor").joinpath("data/handbook.toml").read_text(encoding="utf-8"))


def parse(toml: str) -> Handbook:
    """A handbook from the text of a file like `data/handbook.toml`, where the fields are described."""
    data = tomllib.loads(toml)
    home = data["url"]
    counter = count()
    handbook = Handbook(
        title=data["title"],
        author=data["author"],
        url=home,
        parts=tuple(
            Part(part["id"], part["title"], f"{home}#{part['id']}", _resources(part)) for part in data["introduction"]
        ),
        sections=tuple(_section(section, home, counter) for section in data["sections"]),
    )
    _check(handbook)
    return handbook


def _section(data: Mapping[str, Any], home: str, positions: Iterator[int]) -> Section:
    chapters = tuple(_chapter(chapter, data["id"], home, next(positions)) for chapter in data["chapters"])
    url = f"{home}#{data['id']}"
    return Section(
        data["id"],
        data["number"],
        data["title"],
        url,
        data["summary"],
        _resources(data),
        chapters,
    )


def _chapter(data: Mapping[str, Any], section: str, home: str, position: int) -> Chapter:
    return Chapter(
        id=data["id"],
        title=data["title"],
        url=f"{home}#{data['id']}",
        section=section,
        position=position,
        hours=float(data["hours"]),
        advice=data.get("advice"),
        topics=tuple(data["topics"]),
        prerequisites=tuple(Before(**before) for before in data["prerequisites"]),
        helpful=tuple(Before(**before) for before in data.get("helpful", ())),
        resources=_resources(data),
    )


def _resources(data: Mapping[str, Any]) -> tuple[Resource, ...]:
    return tuple(Resource(**resource) for resource in data["resources"])


def _check(handbook: Handbook) -> None:
    """A person edits the data; a slip in it is reported where it is. ValueError, one line."""
    seen: set[str] = set()
    for chapter in handbook.chapters:
        if chapter.id in seen:
            raise ValueError(f"handbook.toml: two chapters are called {chapter.id!r}")
        for before in chapter.prerequisites + chapter.helpful:
            if before.chapter not in seen:
                raise ValueError(
                    f"handbook.toml: {chapter.id!r} builds on {before.chapter!r}, which is no earlier chapter"
                )
        seen.add(chapter.id)
    for place, resource in handbook.links():
        for name, value, allowed in (("kind", resource.kind, KINDS), ("emphasis", resource.emphasis, EMPHASES)):
            if value not in allowed:
                raise ValueError(
                    f"handbook.toml: {place.id!r}: {resource.url} has {name} {value!r}, not one of {allowed}"
                )
