"""
What somebody wants to know about the handbook itself, read from the words of the question.

"What should I read about attention?" is about the handbook, "What is attention?" is not: a question has to fit one of
the frames below and its subject has to be a chapter, a section or a part of the introduction, surely enough for that
frame. In doubt it is a question about the subject. Pure functions on strings and the handbook's data.

Not covered: questions about a single linked page ("Who wrote the Annotated S4?"), and other languages than English.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Final

from tutor.handbook import Chapter, Handbook, Part, Section, terms

Place = Chapter | Section | Part


class Wish(StrEnum):
    """What somebody wants to know about the handbook."""

    RESOURCES = "resources"  # what to read or watch
    HOW_MUCH = "how much"  # how much of a subject is needed
    TIME = "time"
    PLACE = "place"  # where it stands
    BEFORE = "before"  # prerequisites, the chapter before
    AFTER = "after"
    NEEDED = "needed"  # whether one chapter is needed for another
    SECTION = "section"  # what a section is about, its chapters
    HANDBOOK = "handbook"  # how the handbook is organised, who wrote it
    START = "start"


@dataclass(frozen=True, slots=True)
class Request:
    """
    A question about the handbook. At most one of `chapter`, `section` and `part` is set, none for the whole handbook.

    `other`: what it is wanted for ("time series for diffusion models"), or what it is compared with. `kinds`: the
    kinds of resource that are wanted; empty: any.
    """

    wish: Wish
    asked: str
    chapter: Chapter | None = None
    section: Section | None = None
    part: Part | None = None
    other: Chapter | None = None
    kinds: tuple[str, ...] = ()

    @property
    def place(self) -> Place | None:
        return self.chapter or self.section or self.part


# --- names: what in the handbook is meant ---

# How sure it is that a chapter is meant: its title, one of its topics, or (at most 1) the score of `nearest`.
_BY_TITLE: Final = 3.0
_BY_TOPIC: Final = 2.0
# Least scores of `nearest`: where the words of the question leave no doubt that it is about the handbook, where they
# hardly leave any, and where the subject has to bear it. Set on the tuning half of the questions.
_SAID_SO: Final = 0.3
_LIKELY: Final = 0.45
_SURE: Final = 0.6
_ONLY_SAID_SO: Final = 9.0  # no name is enough: the question itself must name the handbook, a chapter or a section

# Words at the end of a title that people leave out.
_LEFT_OUT: Final = re.compile(r" (?:analysis|models|methods|techniques|recipes)$")
# What people call the parts of the introduction, whose titles say little.
_PART_NAMES: Final = {
    "math": (
        "math", "maths", "mathematics", "preliminaries", "math preliminaries", "maths preliminaries",
        "mathematical preliminaries", "linear algebra", "calculus", "multivariable calculus", "linear programming",
        "convex optimization", "optimization", "calculus and linear algebra", "math basics", "basic maths",
        "math background", "mathematics refresher",
    ),
    "programming": ("programming", "python", "coding", "python programming", "python basics", "programming basics"),
    "resources": (
        "ai", "generative ai", "genai", "gen ai", "modern ai", "artificial intelligence", "deep learning",
    ),
}  # fmt: skip
_ALSO_CALLED: Final = {
    "statistical-prediction-and-supervised-learning": ("probability", "probability theory", "statistics"),
}
_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth".split()
_CARDINALS: Final = "one two three four five six seven eight nine".split()
_ROMANS: Final = "i ii iii iv v vi vii viii ix".split()
_NUMBER: Final = rf"(?:{'|'.join((*reversed(_ROMANS), *_CARDINALS))}|[1-9])"
_SECTION_NUMBER: Final = re.compile(
    rf"\bsection (?:number |no\.? ?)?(?P<n>{_NUMBER})\b(?!\.\d)|\b(?P<o>{'|'.join(_ORDINALS)}|last|final) section\b"
)
_CHAPTER_NUMBER: Final = re.compile(
    r"\b(?:chapter (?P<n>\d{1,2})(?!\.\d)|(?P<o>" + "|".join(_ORDINALS) + r"|last|final) chapter)\b"
)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the chapters, sections and parts of a handbook are called; phrases are sets of stems."""

    handbook: Handbook
    titles: Mapping[frozenset[str], tuple[Chapter, ...]]
    topics: Mapping[frozenset[str], tuple[Chapter, ...]]
    sections: Mapping[frozenset[str], Section]
    parts: Mapping[frozenset[str], Part]
    spelled: Mapping[str, str]  # each word of a name -> its stem
    known: frozenset[str]  # all stems, those of resource titles too

    def part(self, words: str) -> Part | None:
        return self.parts.get(_phrase(words)) or self.parts.get(_phrase(self.mended(words)))

    def chapter(self, words: str) -> tuple[Chapter | None, float]:
        """The chapter that `words` name best, and how sure that is."""
        if numbered := self._numbered(words):
            return numbered, _BY_TITLE
        words = self.mended(words)
        nearest = self.handbook.nearest(words, len(self.handbook.chapters))
        order = {chapter.id: -score for chapter, score in nearest}
        for names, sure in ((self.titles, _BY_TITLE), (self.topics, _BY_TOPIC)):
            if found := names.get(_phrase(words)):
                return min(found, key=lambda chapter: (order.get(chapter.id, 0.0), chapter.position)), sure
        return nearest[0] if nearest else (None, 0.0)

    def strange(self, words: str) -> bool:
        """Whether any word is none of the handbook's."""
        return not _phrase(self.mended(_bare(words))) <= self.known

    def section(self, words: str) -> Section | None:
        """The section with this number or title."""
        sections = self.handbook.sections
        if found := _SECTION_NUMBER.search(words):
            number = _as_number(found["n"] or found["o"], len(sections))
            return sections[number - 1] if number <= len(sections) else None
        return self.sections.get(_phrase(words)) or self.sections.get(_phrase(self.mended(words)))

    def likely_section(self, words: str) -> Section | None:
        """The section whose chapters together come nearest to `words`; None where nothing is near."""
        words = self.mended(words)
        scores = {section.id: 0.0 for section in self.handbook.sections}
        for chapter, score in self.handbook.nearest(words, 8):
            scores[chapter.section] += score
        asked = _phrase(words)
        for section in self.handbook.sections:
            scores[section.id] += len(asked & _phrase(section.title)) / max(1, len(asked))
        best = max(self.handbook.sections, key=lambda section: scores[section.id])
        return best if scores[best.id] >= _LIKELY else None

    def mended(self, words: str) -> str:
        """`words` with each that no name knows replaced by the name's word it is most likely a slip of."""
        return " ".join(self._mended(word) for word in words.split())

    def _mended(self, word: str) -> str:
        if len(word) < 5 or not word.isalpha() or set(terms(word)[0]) <= self.known:
            return word
        close = get_close_matches(word, self.spelled, n=1, cutoff=0.84)
        return close[0] if close else word

    def _numbered(self, words: str) -> Chapter | None:
        if not (found := _CHAPTER_NUMBER.search(words)):
            return None
        section = self.section(words) if "section" in words else None
        chapters = section.chapters if section else self.handbook.chapters
        number = _as_number(found["n"] or found["o"], len(chapters))
        return chapters[number - 1] if 1 <= number <= len(chapters) else None


def _as_number(word: str, last: int) -> int:
    for names in (_ROMANS, _CARDINALS, _ORDINALS):
        if word in names:
            return names.index(word) + 1
    return last if word in ("last", "final") else int(word)


def _phrase(words: str) -> frozenset[str]:
    return frozenset(terms(words)[0])


@lru_cache(maxsize=4)
def _names(handbook: Handbook) -> _Names:
    titles: dict[frozenset[str], tuple[Chapter, ...]] = {}
    topics: dict[frozenset[str], tuple[Chapter, ...]] = {}
    spelled: dict[str, str] = {}

    def enter(names: dict[frozenset[str], tuple[Chapter, ...]], phrase: str, chapter: Chapter) -> None:
        if (key := _phrase(phrase)) and chapter not in names.get(key, ()):
            names[key] = (*names.get(key, ()), chapter)
        for word in re.findall(r"[a-z]{5,}", phrase.lower()):
            spelled[word] = "".join(terms(word)[0])

    for chapter in handbook.chapters:
        initials = "".join(word[0] for word in re.findall(r"[a-z]+", chapter.title.lower()) if word != "and")
        short = [topic for topic in chapter.topics if topic == initials]
        for name in (*_called(chapter.title), *short, *_ALSO_CALLED.get(chapter.id, ())):
            enter(titles, name, chapter)
        for topic in chapter.topics:
            enter(topics, topic, chapter)
    parts = {_phrase(name): part for part in handbook.parts for name in (part.title, *_PART_NAMES.get(part.id, ()))}
    spelled |= {word: word for names in _PART_NAMES.values() for name in names for word in name.split()}
    sections = {
        _phrase(name): section
        for section in handbook.sections
        for name in (*_called(section.title), re.sub(r"^(\S+ \S+) for .*", r"\1", section.title))
    }
    linked = {stem for _, resource in handbook.links() for stem in terms(resource.title)[0]}
    known = linked.union(spelled.values(), *titles, *topics, *parts, *sections)
    return _Names(handbook, titles, topics, sections, parts, spelled, frozenset(known))


def _called(title: str) -> Iterator[str]:
    """The ways to say a title: whole, without or by its brackets, each side of its "and", without its last word."""
    bare = title.lower().replace('"', "")
    yield bare
    yield re.sub(r"\s*\([^)]*\)", "", bare)
    yield from re.findall(r"\(([^)]*)\)", bare)
    yield from bare.split(" and ") if "(" not in bare else ()
    yield _LEFT_OUT.sub("", bare)


# --- the question's words ---

_SELF: Final = (
    r"(?:i|we|you|one|me|us|someone|somebody|an? (?:absolute |complete |total )?(?:beginner|newcomer|novice|learner)|"
    r"beginners|newcomers|people)"
)
_MODAL: Final = r"(?:should|could|can|do|must|might|would|will|shall|ought|need|have)"
_TO_LEARN: Final = (
    r"(?:(?:better )?(?:learn(?:ing)?|understand(?:ing)?|study(?:ing)?|grasp(?:ing)?|master(?:ing)?|know(?:ing)?|"
    r"tackl(?:e|ing)|follow(?:ing)?|read(?:ing)?(?: up)?|refresh(?:ing)?(?: my)?|brush(?:ing)? up|revis(?:e|ing)|"
    r"get(?:ting)? (?:into|to know|started (?:with|on|in)|a grip on|up to speed (?:on|with))|(?:start|"
    r"begin)(?:n?ing)? (?:with|learning|reading|studying))(?: (?:more |all |everything |something )?(?:about|on))?)"
)
# What stands between the question and its subject: "videos ABOUT attention".
_ABOUT: Final = (
    rf"(?:(?:in order )?to {_TO_LEARN}|for {_TO_LEARN}|when {_TO_LEARN}|(?:if|when|because|since) {_SELF} (?:want|"
    rf"would like|need|wish|plan|am trying) to {_TO_LEARN}|(?:that|which) (?:explains?|covers?|teach(?:es)?|"
    r"introduces?)|about|on|for|regarding|concerning|covering|explaining|introducing|teaching|"
    r"(?:(?<=introduction )|(?<=intro ))to|"
    r"related to|(?:(?<=start )|(?<=started )|(?<=begin ))(?:with|on|in))"
)
# A step onto a subject: "before MOVING ON TO transformers".
_STEP: Final = (
    rf"(?:(?:{_SELF} )?(?:can |could |will )?(?:{_TO_LEARN}|div(?:e|ing) (?:deep(?:er)? )?into|"
    r"go(?:ing)? (?:on )?(?:in)?to|mov(?:e|ing) (?:on )?to|jump(?:ing)? (?:right )?(?:in|on)to|approach(?:ing)?|"
    r"attempt(?:ing)?|look(?:ing)? (?:at|into)|(?:start|begin)(?:n?ing)?(?: on)?|try(?:ing)? to (?:understand|learn)|"
    r"tak(?:e|ing) on|get(?:ting)? to)(?: about)? )"
)
# A step away from it: "after HAVING FINISHED recurrent networks".
_DONE: Final = (
    rf"(?:(?:{_SELF} )?(?:(?:have|having|am|are|be|done|finish(?:ed|ing)?|complet(?:ed?|ing)|learn(?:ed|t|ing)?|"
    r"read(?:ing)?|stud(?:y|ied|ying)|know(?:ing)?|underst(?:and|ood|anding)|working|worked|through|with|about) )+)"
)
_COVERED: Final = (
    r"(?:covered|explained|discussed|treated|described|mentioned|taught|introduced|found|located|listed|dealt with|"
    r"talked about|included|handled|presented)"
)
_COVERS: Final = (
    r"(?:covers?|explains?|discuss(?:es)?|treats?|teach(?:es)?(?: me)?|describes?|introduces?|mentions?|contains?|"
    r"handles?|includes?|deals? with|talks? about|goes? into|looks? at|focus(?:es)? on|helps?(?: me)?(?: to)?|has|"
    r"have|(?:is|are) (?:all )?(?:about|on|for|devoted to|dedicated to|covering|concerned with)|"
    rf"says? (?:something )?about|{_MODAL} {_SELF} (?:need|have)?(?: to)?(?:read|study|look at|look in|go to|"
    rf"start with|open|see|take|pick|choose)?(?: first| next)? ?{_ABOUT}|to (?:read|study) {_ABOUT})"
)
_OFFERS: Final = (
    r"(?:list|recommend|suggest|offer|have|link(?: to)?|advise|include|contain|provide|name|point to|propose|give|"
    r"mention)"
)
_HOW_LONG: Final = r"how (?:long|much time|many (?:hours|minutes|days|weeks))"
_SKIP: Final = r"(?:skip|leave out|omit|ignore|jump over|pass over)"
_READ: Final = r"(?:read|watch|listen to|study|read or watch|watch or read|go through)"
_X: Final = r"(?P<x>.+?)"
_Y: Final = r"(?P<y>.+?)"
_CHAPTER: Final = r"(?P<w>chapter|section)s?"


# Compiling all patterns takes a quarter of a second, which only the first question should cost.
_compiled = lru_cache(maxsize=None)(re.compile)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that may stand before the subject in a loose question; they say only that somebody asks for something.
_NEUTRAL: Final = _words(
    """or and what which where how is are be there do does has have having can could should would will might
    must shall ought to i am we you me us one it a an the any anything something some someone somebody people
    beginner beginners newcomer my your want wants need needed needs like love look looking search searching for of
    in at go find get got give gives show point direct send recommend recommends recommended suggest suggests
    suggested suggestion suggestions recommendation recommendations offer offers provide provides contain contains
    named listed linked hb author tutor by that who good best great better nice useful helpful worth more most
    further other else another few several all also first next now then start started begin use see follow take
    check out consult pick choose go through up here maybe available free online short quick brief long introductory
    intro beginner-friendly friendly important main top key two three four five 3 5 10 clear easy simple gentle
    solid decent favourite favorite popular original really actually already exactly only just familiar comfortable
    with enough finished done right directly immediately come comes required necessary anyone wise"""
)
_MEDIA: Final = _words(
    """video videos talk talks lecture lectures paper papers post posts blog blogs blogpost blogposts article
    articles book books textbook textbooks course courses class classes resource resources material materials link
    links reading readings reference references literature tutorial tutorials explainer explainers podcast podcasts
    playlist playlists docs documentation repo repos repository repositories guide guides youtube"""
)
_MEDIUM: Final = rf"(?:{'|'.join(sorted(_MEDIA))}|recommendations?|suggestions?)"
_CONSUME: Final = _words(
    """read reading watch watching listen study studying studied learn learning learned learnt know understand
    understood find list tell name"""
)
_INTRODUCTIONS: Final = _words("introduction intro introductions")  # "give me an introduction to" wants an answer
_PLACES: Final = _words("chapter chapters section sections")
_PREREQUISITES: Final = _words("prerequisite prerequisites prereq prereqs pre-requisites background knowledge prior")


def _asks_for_resources(before: frozenset[str]) -> bool:
    """Whether the words before "about" ask for something to read or watch."""
    if not before <= _NEUTRAL | _MEDIA | _CONSUME | _INTRODUCTIONS or before & {"know", "understand"}:
        return False
    if before & _MEDIA or (before & _INTRODUCTIONS and before & {"good", "best", "nice", "recommend", "suggest"}):
        return True
    somebody = before & {"i", "we", "you", "one", "me", "us", "to", "beginner", "somebody", "someone"}
    wished = before & _words("what which where something anything worth to would want need like recommend suggest")
    if before & {"read", "reading", "watch", "watching", "listen"} and wished:
        return True
    if before & {"where", "how"} and before & {"learn", "study", "start", "begin", "started"} and somebody:
        return True
    if before >= {"where", "more", "find"} or before >= {"what", "should", "study"}:
        return True
    vague = before & _words("something anything recommend recommendations suggestions")
    asked = before & _words("point give show find recommend suggest have got there need want looking")
    return bool(vague and asked) and not before & {"tell", "learn"}


def _asks_what_before(before: frozenset[str]) -> bool:
    """Whether the words before "before" ask for what to know or read, or for a chapter."""
    if not before <= _NEUTRAL | _MEDIA | _CONSUME | _PLACES | _PREREQUISITES:
        return False
    return bool(before & (_CONSUME | _PLACES | _PREREQUISITES) - {"find", "list", "tell", "name"})


def _asks_what_after(before: frozenset[str]) -> bool:
    wanted = {"read", "learn", "study", "watch", *_PLACES}
    if not before <= (_NEUTRAL | _MEDIA | _CONSUME | _PLACES) - {"know", "understand"}:
        return False
    return bool(before & wanted) or before >= {"where", "go"}


def _asks_prerequisites(before: frozenset[str]) -> bool:
    return bool(before & _PREREQUISITES) and before <= _NEUTRAL | _CONSUME | _PREREQUISITES


def _asks_what_to_know(before: frozenset[str]) -> bool:
    return {"know", "what"} <= before <= _NEUTRAL | {"know"} and bool(before & {"i", "we", "one"})


@dataclass(frozen=True, slots=True)
class _Loose:
    """A question with its subject at the end, told by what words stand before: any order of them will do."""

    wish: Wish
    between: str
    asks: Callable[[frozenset[str]], bool]
    bar: float


@dataclass(frozen=True, slots=True)
class _Frame:
    """One way to ask. `bar`: how sure it must be which chapter is meant (`_BY_TITLE` ... `_SAID_SO`)."""

    wish: Wish
    pattern: str
    bar: float


def _loose(wish: Wish, between: str, asks: Callable[[frozenset[str]], bool], bar: float) -> _Loose:
    return _Loose(wish, rf"\b(?=(?P<between>{between}))", asks, bar)


_LOOSE_ORDER: Final = (
    _loose(Wish.BEFORE, rf"(?:before|prior to|ahead of) {_STEP}?", _asks_what_before, _SURE),
    _loose(Wish.AFTER, rf"after {_DONE}?|(?:once|when) {_DONE}", _asks_what_after, _SURE),
    _loose(Wish.BEFORE, rf"(?:for|of|to|(?:in order )?to {_TO_LEARN}) {_STEP}?", _asks_prerequisites, _SURE),
    _loose(Wish.BEFORE, rf"(?:in order )?to (?:be able to )?{_TO_LEARN} ", _asks_what_to_know, _SURE),
)
_LOOSE_RESOURCES: Final = (_loose(Wish.RESOURCES, rf"{_ABOUT} ", _asks_for_resources, _LIKELY),)

_RESOURCE_FRAMES: Final = (
    rf"(?:what|which) {_MEDIUM} (?:does|do) (?:the )?{_X} (?:have|list|offer|recommend|suggest|contain|link to|name)",
    rf"(?:which|what) (?:[a-z]+ )?{_MEDIUM} (?:best )?(?:covers?|explains?|discuss(?:es)?|teach(?:es)?|deals? with|"
    rf"talks? about) {_X}",
    rf"(?:which|what|is the|are the) (?:[a-z]+ )?{_MEDIUM} (?:about|on|for) {_X} (?:is|are|should|do|does|would|can|"
    rf"worth)(?: (?:the|{_SELF}|hb|best|good|read|watch|watching|reading|recommend|start|with|there|worth|first|"
    r"useful))+",
    rf"where {_MODAL} {_SELF} (?:best )?(?:learn|study) {_X}",
    rf"where {_MODAL} {_SELF} (?:go|look|turn) to {_TO_LEARN} {_X}",
    r"(?:what|where) is (?:the|a) (?:best|good|right|quickest|fastest|easiest) (?:way|place|"
    rf"order) to (?:start )?{_TO_LEARN} {_X}",
    rf"how (?:{_MODAL} {_SELF}|to) (?:best |quickly |properly )*(?:get into|refresh(?: my)?|brush up(?: on)?|"
    r"teach (?:myself|yourself)|(?:start|begin) (?:learning|studying|reading)(?: about)?|get up to speed (?:on|with)|"
    rf"catch up (?:on|with)) {_X}",
    r"how (?:do|can|should|could) (?:i|we|one|you|a beginner) (?:best )?(?:learn|study) (?P<only>.+)",
    rf"i (?:want|would like|need) to {_READ}(?: something| more| up)? (?:about|on) {_X}",
)
# Where the handbook itself is said to speak.
_HANDBOOK_SAYS: Final = (
    rf"what (?:does|do|would) hb (?:{_OFFERS}|say|cover|think|tell (?:me|us)|write|"
    rf"teach)(?: (?:{_SELF} )?(?:to )?(?:read|watch|study|learn))? (?:{_ABOUT}|of|to) {_X}",
    rf"what is (?:listed|recommended|linked|suggested|given|offered)(?: (?:in|by) hb)? {_ABOUT} {_X}",
    rf"(?:is|are) there (?:anything|something)(?: in hb)? (?:on|about) {_X}",
)
_TIME_FRAMES: Final = (
    rf"{_HOW_LONG} (?:does|will|would|do|should|is|might)(?: it)?(?: (?:take|need|require))?(?: (?:for )?{_SELF})?(?: "
    rf"(?:take|need|require|have|spend))? (?:to|for) (?:{_TO_LEARN}|work through|go through|get through|finish|"
    rf"complete|cover)(?: all of)? {_X}",
    rf"{_HOW_LONG} (?:should|do|must|would|will) {_SELF} (?:need to |have to )?(?:spend|plan|budget|invest|reserve|"
    rf"put|set aside)(?: in| aside)? (?:(?:on|for|into|in|to) )?(?:{_TO_LEARN} )?{_X}",
    rf"{_HOW_LONG} (?:does|will|would) (?:learning|studying|reading)(?: (?:about|up on))? {_X} (?:take|cost|"
    rf"need)(?: {_SELF})?",
)
_TIME_OF_CHAPTER: Final = (
    rf"{_HOW_LONG} (?:does|will|would|do|is|are|should)(?: {_SELF} (?:need|spend|plan|have))?(?: (?:on|for|to (?:read|"
    rf"finish)))? {_X}(?: (?:take|cost|need|last|require|be|going to take)(?: (?:me|us|you|to (?:read|finish|complete|"
    r"learn|study|go through|work through)|altogether|in total|roughly|about|approximately))*)?",
    r"what is the (?:total |overall )?(?:time|duration|effort|workload)(?: (?:needed|required))?(?: (?:for|of|"
    rf"to (?:read|finish)))? {_X}",
)
_PLACE_FRAMES: Final = (
    rf"(?:what|which) {_CHAPTER} {_COVERS} {_X}",
    rf"(?:in|under|to|from) (?:what|which) {_CHAPTER} (?:is|are|{_MODAL}|does|will)(?: {_SELF})?(?: (?:find|"
    rf"read(?: about)?|learn(?: about)?|look for|see|get))? {_X}(?: (?:{_COVERED}|belong(?: to)?|appear|come up|come|"
    r"be|stand|fall|fall under|in))?",
    rf"(?:what|which) {_CHAPTER} (?:is|are|does|do|can|could) {_X} (?:in|under|part of|{_COVERED}(?: in)?|belong to|"
    r"appear in|come (?:up )?in)",
    rf"(?:is|are) there (?:an?|any) {_CHAPTER} (?:about|on|for|covering|that (?:covers|explains)) {_X}",
    rf"(?:do|does) (?:you|hb|it) have (?:an?|any) {_CHAPTER} (?:about|on|for|covering) {_X}",
    r"(?:(?:show|find|open|give|go to|take)(?: (?:me|us))?(?: to)? |tell me about |where is |what is |"
    rf"what does )?(?:the )?(?P<w>chapter) (?:about|on|for|covering) {_X}(?: (?:about|cover|teach|contain|say))?",
    rf"(?:what is|what does|tell me about) (?:the )?{_X} (?P<w>chapter)(?: (?:about|cover|teach|contain|say))?",
    rf"(?:what is|what does|tell me about|show(?: me)?|open|go to) (?P<x>chapter \d+(?: (?:of|in) section {_NUMBER})?|"
    rf"the (?:{'|'.join(_ORDINALS)}|last|final) chapter(?: (?:of|in) section {_NUMBER})?)(?: (?:about|cover|called|"
    r"teach))?",
)
_PLACE_ALONE: Final = (
    rf"where (?:is|are) {_X} (?:covered|explained|discussed|treated|taught)",
    rf"where {_X} (?:is|are) (?:covered|explained|discussed|treated|taught)",
    rf"(?:is|are) {_X} (?:also |even )?(?:covered|included|discussed|treated)(?: here| too)?",
)
_PLACE_IN_HANDBOOK: Final = (
    rf"where (?:is|are|was|were|does|{_MODAL})(?: (?:{_SELF}|hb|it))?(?: (?:find|cover|explain|discuss|read about|"
    rf"learn about|talk about|mention|treat|introduce|look for|deal with|{_COVERED}))?(?: about)? {_X}(?: "
    rf"(?:{_COVERED}|come up|appear|in))?",
    rf"(?:in |under )?(?:what|which) (?:part|place) {_COVERS} {_X}",
    rf"(?:in|under|to) (?:what|which) (?:part|place) (?:is|are|does|{_MODAL})(?: {_SELF})?(?: (?:find|read about|"
    rf"learn about|look for))? {_X}(?: (?:{_COVERED}|belong(?: to)?|appear|come up))?",
    r"(?:does|do|will) hb (?:also |even )?(?:cover|explain|discuss|treat|teach|describe|mention|include|deal with|"
    r"talk about|say (?:anything|something) about|have (?:anything|something) (?:on|about)|go into|introduce|"
    rf"contain) {_X}",
    rf"(?:is|are) {_X} (?:also |even )?(?:(?:{_COVERED}|part|there)(?: (?:in|by|of) hb)?|in hb)",
)
_BEFORE_FRAMES: Final = (
    rf"before {_STEP}?{_X},? what {_MODAL} {_SELF} (?:need to |have to |to )?(?:already )?(?:know|learn|read|study|"
    r"understand)(?: first)?",
    rf"(?:what|which) (?:maths?|mathematics) (?:is|are|do|does|should)(?: {_SELF})?(?: (?:need|have|required|needed|"
    rf"know))*(?: to know)? (?:for|before|(?:in order )?to {_TO_LEARN}) {_STEP}?{_X}",
    rf"(?:does|do|has|have) {_X} have (?:any )?(?:pre-?requisites?|prereqs?)",
    rf"what (?:are|is) {_X} (?:pre-?requisites?|prereqs?)",
    rf"can {_SELF} (?:just |directly )?(?:jump|go|skip|move)(?: (?:straight|directly|right|"
    rf"ahead))* (?:in)?to (?:{_TO_LEARN} )?{_X}",
    rf"what is the (?:shortest|quickest|fastest) (?:path|route|way) to (?:{_TO_LEARN} )?{_X}",
)
_BUILDS_ON: Final = (
    r"what does (?P<x>.+ chapter|(?:the )?chapter .+) (?:build on|require|depend on|assume|presuppose|need)",
    rf"(?:what|which) {_CHAPTER} precedes? {_X}",
)
_AFTER_FRAMES: Final = (
    rf"after {_DONE}?{_X},? (?:what|which chapter) {_MODAL} {_SELF} (?:to )?(?:learn|read|study|watch)(?: next)?",
    rf"after {_DONE}{_X},? what (?:is|comes) next",
    rf"what (?:is|comes|should come) next after {_DONE}{_X}",
)
_FOLLOWS: Final = (
    rf"(?:what|which) {_CHAPTER} (?:follows?|builds? on|depends? on|needs?|requires?|uses?) {_X}",
    r"what follows (?P<x>the chapter .+)",
)
# "What comes before the softmax?" is no question about the handbook: here only a chapter's title will do.
_BARE_ORDER: Final = (
    (Wish.BEFORE, rf"what (?:precedes|(?:comes|goes)(?: right| directly| immediately)? before) {_X}"),
    (Wish.AFTER, rf"what (?:follows|(?:is|comes|goes)(?: right| directly| immediately| next)* after) {_X}"),
)
_FOR_Y: Final = rf"(?:for|before|prior to|to|in order to|if {_SELF} (?:only |just )?want to) {_STEP}?{_Y}"
_KNOW: Final = (
    r"(?:know|learn|read|study|understand|have (?:read|learned|studied|understood)|be (?:familiar|comfortable) with)"
)
_NEEDED_FRAMES: Final = (
    rf"(?:do|must|should|would|will) {_SELF} (?:really |actually |also |even )?(?:need to |have to |need |"
    rf"ought to )?(?:first )?{_KNOW}(?: (?:about|any|some|much|the basics of|all (?:of|"
    rf"about)))? {_X} (?:first )?{_FOR_Y}",
    rf"(?:can|could|may|should) {_SELF} (?:just |safely )?{_SKIP} {_X} (?:if|when|for|before|"
    rf"and)(?: {_SELF})?(?: (?:only|just))?(?: (?:want|care|need|go|move|am|interested))*(?: (?:in|about|for|straight|"
    rf"directly|right|on|to))* {_STEP}?{_Y}",
    rf"(?:can|could|may) {_SELF} (?:just )?(?:read|learn|study|understand|follow|start(?: with)?|"
    rf"tackle)(?: about)? {_Y} without(?: (?:first )?(?:knowing|reading|learning|having read|understanding|studying|"
    rf"knowledge of|going through))?(?: (?:about|of))? {_X}",
    rf"(?:is|are) {_X} (?:really )?(?:an? )?(?:pre-?requisites?|prereqs?) (?:for|of|to|before) {_STEP}?{_Y}",
    rf"(?:is|are) {_X} (?:really )?(?:(?:needed|required|necessary) (?:for|to|before) {_STEP}|"
    rf"required reading (?:for|before) ){_Y}",
    rf"do {_SELF} (?:really |actually )?need {_X} (?:(?:in order )?to {_TO_LEARN}|for (?:learning|understanding|"
    rf"studying)) {_Y}",
    rf"do {_SELF} (?:really |actually )?need (?P<x>(?:any )?(?:maths?|mathematics|calculus|linear algebra|python|"
    rf"programming)) (?:for|before) {_STEP}?{_Y}",
    rf"(?:should {_SELF}|which (?:should {_SELF}|to)) (?:learn|study|read|start with)(?: first)?[,:]? {_X} "
    rf"or {_Y}(?: first)",
)
_NEEDED_ALONE: Final = (
    rf"(?:do|must|should) {_SELF} (?:really |actually )?(?:need to |have to )?(?:know|learn|study|understand|"
    rf"read)(?: about)? {_X}",
    rf"do {_SELF} (?:really |actually )?need {_X}(?: for (?:this|that|it|hb))?",
    rf"(?:(?:can|could|may|should) {_SELF} (?:just |safely )?|is it (?:ok|okay|fine|safe|possible|"
    rf"alright) to ){_SKIP}(?: (?:reading|learning|studying)(?: about)?)? {_X}",
)
_HOW_MUCH_FRAMES: Final = (
    rf"how (?:much|deeply|well)(?: of)? {_X} (?:do|should|must|would) {_SELF} (?:really |actually )?(?:need to |"
    rf"have to |to )?(?:know|learn|understand|study|read)(?: about| first)?(?: {_FOR_Y})?",
    rf"how (?:much|deep|deeply|well|far) (?:do|should|must|would) {_SELF} (?:really )?(?:need |have )?(?:to )?(?:know|"
    rf"learn|understand|study|go|dig|dive|read|get)(?: deep(?:ly)?)?(?: (?:about|into|in))? {_X}(?: {_FOR_Y})?",
)
_HOW_MUCH_TO_LEARN: Final = (
    rf"how much(?: of)? {_X} (?:do|would|will) {_SELF} (?:really |actually )?(?:need|want) (?:before|"
    rf"(?:in order )?to {_TO_LEARN}|for {_TO_LEARN}) {_STEP}?{_Y}",
)
_HOW_MUCH_BARE: Final = (
    rf"how much(?: of)? {_X} (?:do|would|will) {_SELF} (?:really |actually )?(?:need|want) for {_Y}",
    rf"how much(?: of)? {_X} (?:do|should|would|will|must) {_SELF} (?:really |actually )?(?:need|have)(?: to (?:know|"
    r"learn|have))?(?: at all)?",
    rf"how much {_X} is (?:really )?(?:needed|required|necessary|enough)",
)
_SECTION_FRAMES: Final = (
    r"(?:what|which|list|name|show|give|how many)(?: me)?(?: are| is)?(?: all)?(?: of)?(?: the)? "
    r"chapters?(?: titles)?(?: are| is| come| belong)?(?: there)? (?:in|(?:part )?of|under|from) (?:the )?"
    r"(?:section (?:on|"
    rf"about|called|named) )?{_X}(?: section)?",
    rf"(?:what|which|how many) chapters (?:does|do|has) (?:the )?{_X}(?: section)? (?:have|has|contain|include)",
    rf"(?:what is|what does|tell me about|describe)(?: the)? section (?:on|about|called|named) {_X}(?: about| cover|"
    r" contain)?",
    rf"(?:what is|what does|tell me about|describe)(?: the)? {_X} section(?: about| cover| contain)?",
)
# Questions whose subject was told before: "I want to learn about LoRA. Where should I start?"
_POINTED: Final = (
    (
        Wish.AFTER,
        rf"(?:what|which)(?: chapter)? {_MODAL} {_SELF} (?:read|learn|study|watch|do|take) (?:next|now|then|"
        rf"after (?:that|this))|where {_MODAL} {_SELF} go (?:next|from (?:here|there))|(?:so )?what(?: is|"
        r" comes)? (?:next|now|then)|which chapter (?:is|comes) next",
    ),
    (
        Wish.BEFORE,
        rf"(?:what|which(?: chapters?)?) {_MODAL} {_SELF} (?:need|have)?(?: ?to)? ?(?:know|learn|read|study|"
        r"understand)? ?(?:before(?: that| it)?|first|beforehand)|(?:what are |are there |any )(?:the )?prerequisites",
    ),
    (
        Wish.RESOURCES,
        rf"(?:what|which)(?: {_MEDIUM})? {_MODAL} {_SELF} (?:to )?{_READ}(?: first)?|(?:where|how|"
        rf"with what) (?:{_MODAL} {_SELF}|to) (?:best )?(?:start|begin|look)(?: reading| learning| with)?|what (?:do|"
        r"would|can) you (?:recommend|suggest)|what is (?:the )?best (?:place|way) to (?:start|begin|learn)|(?:any|"
        rf"which|what|are there|do you have|give me|recommend|suggest|show me)(?: any| some)? {_MEDIUM}(?: (?:for|"
        r"about|on) (?:it|this|that))?",
    ),
    (
        Wish.PLACE,
        rf"(?:what|which) {_CHAPTER} (?:is (?:right |best |good |the right one )?for (?:me|this|that)|"
        rf"{_MODAL} {_SELF} (?:need|read|study|start with|look at|go to|take|pick|choose)(?: for that)?|covers? (?:it|"
        r"this|that)|(?:is|are) (?:that|this|it|they) in|fits|helps?(?: me)?)",
    ),
)
_START_FRAMES: Final = (
    rf"where (?:{_MODAL} {_SELF}|to) (?:best )?(?:start|begin)(?: off)?(?: (?:reading|learning|studying|with it|"
    r"first))?",
    rf"what {_MODAL} {_SELF} (?:to )?(?:read|learn|study|watch|start with) first(?: of all)?",
    rf"(?:what|which) (?:chapter|section) (?:{_MODAL} {_SELF} (?:to )?(?:start|begin) (?:with|at|from)|comes first|"
    rf"is (?:the )?first|to (?:start|begin) with|{_MODAL} {_SELF} (?:read|study) first)",
    rf"how {_MODAL} {_SELF} (?:start|begin|get started)(?: (?:learning|with it|reading|here))?",
    r"what is (?:the|a) (?:best|good|right) (?:place|chapter|point) to (?:start|begin)",
)
_HANDBOOK_FRAMES: Final = (
    r"(?:explain |describe )?how hb is (?:organi[sz]ed|structured|arranged|laid out|divided|ordered|built)(?: up)?",
    r"how (?:is|are) (?:hb|the (?:chapters|sections)(?: of hb)?) (?:organi[sz]ed|structured|arranged|laid out|"
    r"divided|set up|ordered|split|put together|built)(?: up)?",
    r"(?:(?:what is|show(?: me)?|give(?: me)?|tell me|describe|explain) )?(?:an? |the )?(?:structure|organi[sz]ation|"
    r"outline|layout|(?:table of )?contents?|overview|summary) of hb",
    r"(?:(?:what is|show(?: me)?|give(?: me)?) )?(?:the |a )?table of contents",
    rf"(?:in )?(?:what|which) order {_MODAL} {_SELF} (?:to )?(?:read|study|go through|follow) (?:hb|the chapters|it|"
    r"them)(?: in)?",
    r"what is (?:the |a )?(?:best|right|recommended|intended) order (?:to (?:read|study) (?:hb|the chapters)(?: in)?|"
    r"of the chapters)",
    r"how many (?:chapters|sections)(?: and (?:chapters|sections))? (?:are there|are in hb|does hb have|has hb|"
    r"does it have|hb has)(?: in hb)?(?: altogether| in total)?",
    r"how many (?:links|resources|pages|articles) (?:are (?:there )?(?:linked )?(?:in|from|by) hb|does hb (?:have|"
    r"list|link(?: to)?))",
    r"who (?:wrote|made|created|authored|compiled|maintains|is behind|put together|is the (?:author|creator) of|"
    r"is) hb(?:'s author)?",
    r"(?:(?:what|who) is )?(?:the )?(?:name of )?(?:the )?author of hb",
    r"(?:what is|what is in|tell me about|what does|describe|explain|summari[sz]e|what can i learn (?:from|in|with)|"
    r"about)(?: the)?(?: purpose of)? hb(?: (?:about|for|cover|contain|teach|include|offer|all about))?",
    r"(?:what|which) (?:topics?|subjects?|areas|things) (?:does hb (?:cover|teach|treat|contain)|are (?:covered|"
    r"treated|taught) (?:in|by) hb)",
    r"(?:(?:list|show|name|give|what are|which are|tell)(?: me)?(?: all)?(?: of)?) (?:the |"
    r"all (?:the )?)?(?:sections|chapters)(?: there are)?(?: (?:of|in) hb)?",
    r"(?:what|which) (?:sections|chapters) (?:are there|does hb have|are in hb|does it have)(?: in hb)?",
)
_WHOLE: Final = re.compile(
    r"(?:all of |the whole |the entire |the full |the complete |whole |entire |all )*(?:of )?(?:hb|it all|everything|"
    r"the whole thing)(?: in hb)?"
)
_SECTION_WORDS: Final = _words(
    """what which is are in the of about does do cover covers contain contains include called name title named
    chapter chapters list all how many long it take takes has have there section sections to for should i we me show
    give tell hb belong deal deals with on explain describe summary summarise summarize overview content contents
    topics hours time much spend need read study finish complete whole entire teach teaches say go will learn watch
    resources material links"""
)


def _frames() -> Iterator[_Frame]:
    """All frames; the first that fits is taken."""
    listed: tuple[tuple[Wish, float, Iterable[str]], ...] = (
        (Wish.TIME, _BY_TOPIC, _TIME_FRAMES),
        (Wish.TIME, _ONLY_SAID_SO, _TIME_OF_CHAPTER),
        (Wish.NEEDED, _BY_TOPIC, _NEEDED_FRAMES),
        (Wish.HOW_MUCH, _SURE, _HOW_MUCH_FRAMES),
        (Wish.HOW_MUCH, _BY_TOPIC, _HOW_MUCH_TO_LEARN),
        (Wish.HOW_MUCH, _BY_TITLE, _HOW_MUCH_BARE),
        (Wish.BEFORE, _SURE, _BEFORE_FRAMES),
        (Wish.BEFORE, _SAID_SO, _BUILDS_ON),
        (Wish.AFTER, _SURE, _AFTER_FRAMES),
        (Wish.AFTER, _SAID_SO, _FOLLOWS),
        (Wish.SECTION, _SAID_SO, _SECTION_FRAMES),
        (Wish.PLACE, _SAID_SO, _PLACE_FRAMES),
        (Wish.PLACE, _BY_TOPIC, _PLACE_ALONE),
        (Wish.RESOURCES, _LIKELY, _RESOURCE_FRAMES),
        (Wish.RESOURCES, _SAID_SO, _HANDBOOK_SAYS),
        (Wish.NEEDED, _BY_TITLE, _NEEDED_ALONE),
    )
    for wish, bar, patterns in listed:
        yield from (_Frame(wish, pattern, bar) for pattern in patterns)
    yield from (_Frame(wish, pattern, _BY_TITLE) for wish, pattern in _BARE_ORDER)


_FRAMES: Final = tuple(_frames())
# Only where the handbook is named as well.
_FRAMES_INSIDE: Final = tuple(_Frame(Wish.PLACE, pattern, _SAID_SO) for pattern in _PLACE_IN_HANDBOOK)
# "What does the paper on scaling laws claim?" asks what stands in it.
_OF_A_WORK: Final = (
    r"\bhb talk\b|\b(?:resources|materials?) (?:(?:is|are|do|does) (?:\w+ )?)?(?:need|required|necessary)|"
    rf"\b(?:do|does|did) (?:the |this |these |those |any )?{_MEDIUM}\b|"
    rf"^(?:is|are|was|were) (?:the |this |these |those )?{_MEDIUM}\b"
)


# --- telling what is asked ---

MOST_WORDS: Final = 40  # a longer question is no quick one about the handbook

_HANDBOOK: Final = re.compile(
    r"(?:\b(?:the|this|your|that|our) )?(?:\b(?:generative ai|gen ?ai|gen-ai) )?\b(?:hand ?book|syllabus|curriculum|"
    r"road ?map)\b"
)
_IN_HANDBOOK: Final = re.compile(
    r",? ?\b(?:in|of|from|within|inside|by|per|through|according to) (?:the |this )?hb\b,?|\bhb's "
)
_LEAD: Final = re.compile(
    r"(?:(?:hi|hello|hey|ok|okay|so|and|but|then|also|please|thanks|thank you|well|now|oh|great|cool|nice|alright|"
    r"sorry|actually|just|quick question|one question|my question|question)\b[,:!. ]*)+"
)
_ASKING: Final = re.compile(
    r"(?:(?:can|could|would|will) you (?:please |kindly |maybe )?(?=(?:recommend|suggest|give|show|list|name|point|"
    r"find|tell|send|direct|describe|explain|summari|help)))?(?:(?:tell me|show me|explain(?: to me)?|"
    r"help me (?:find|understand)|say|do you know|i (?:want|would like|need) to know|i (?:wonder|am wondering|"
    r"was wondering|am not sure|do not know|have no idea)(?: about)?)[,:]? (?=(?:what|which|where|how|who|in which|"
    r"in what|if|whether)\b))?(?:(?:if|whether) (?=there (?:is|are)))?"
)
_CLOSE: Final = re.compile(r"(?:,? (?:please|thanks|thank you|then|though|exactly|actually|again|pls))+$")
_SUBJECT: Final = re.compile(r"(?P<rest>.+?) \((?P<subject>[^()]+)\)$")  # how a follow-up is completed
_AROUND_SLOT: Final = re.compile(
    r"^(?:(?:the|an?|some|any|all|more|this|that|these|those|my|basics of|topic|subject|concept|field|area|idea|of|"
    r"(?:chapter|section|part)s? (?:on|about|for|called)) )+|(?: (?:chapters?|sections?|topics?|first|next|properly|"
    r"well|at all|in general|from scratch|quickly|(?:as|for) (?:an? |absolute |complete )*(?:beginners?|newcomers?)|"
    r"for me|for someone new|in (?:more )?(?:depth|detail|general|particular)|better|myself|ourselves|now|really|too|"
    r"also|as well|today|somewhere|altogether|right now|there|in))+$"
)
# A subject does not begin like a circumstance, nor end in somebody's work.
_NO_SUBJECT: Final = re.compile(
    r"^(?:when|while|during|whether|if|in|at|with|without|instead|once|out)\b|\b(?:paper|post|blog|course|class|"
    r"library|package|notebook|repo|repository|website|documentation|docs|book|video|article|tutorial|lesson|app|api|"
    r"api key|dataset|degree)s?$"
)
_OWN: Final = re.compile(r"\b(?:my|our|its|their|your|own)\b|'s\b")
_BY_MEANS: Final = re.compile(r"\b(?:from|with|without|using|via|while)\b|,")
_A_THING: Final = re.compile(r"(?:the|an?|new|another|separate|extra|different|more|two|three) ")
_SAYS_PLACE: Final = re.compile(r"\b(?:chapters?|sections?)\b(?!-)")
_MOST_SLOT_WORDS = 10
# "Prerequisites for ergodicity": with these wishes a word that no chapter has means another subject.
_STRICT: Final = frozenset((Wish.BEFORE, Wish.AFTER, Wish.NEEDED, Wish.HOW_MUCH, Wish.TIME))
# "How much do I have to read from memory": with these a means does.
_PLAIN: Final = frozenset((Wish.RESOURCES, Wish.HOW_MUCH, Wish.TIME))
# "After the encoder", "do I have to learn a reward model": with these an article means a thing and no subject.
_WITHOUT_ARTICLE: Final = frozenset((Wish.NEEDED, Wish.AFTER))

_INTENTS: Final = (
    rf"(?:{_SELF} )?(?:really |just |also |only )*(?:(?:want|would like|need|wish|plan|hope|have|am (?:trying|going|"
    rf"planning|hoping|curious|interested|keen|new)|would love|help me)(?: to| in| about| on)? (?:{_TO_LEARN} )?|"
    rf"to {_TO_LEARN} |for ){_X}|if {_SELF} (?:want|would like|need) to (?:{_TO_LEARN} )?{_Y}"
)
_FINISHED: Final = (
    r"(?:i |we )?(?:have |just |already |am |now )*(?:finished|read|learned|learnt|studied|done|completed|understand|"
    rf"understood|know|worked through|went through|through)(?: (?:with|about|reading|learning|studying))* {_X}"
)
_NEWCOMER: Final = re.compile(
    r"\b(?:do not know (?:anything|much|a thing)|new to (?:this|all this|it|the field|the topic|"
    r"(?:gen(?:erative)? ?)?ai|machine learning|deep learning|ml|llms)|beginner|newcomer|know nothing|"
    r"no (?:prior )?(?:idea|knowledge|experience|background)|just starting|starting out|from zero)\b"
)
_BOUNDARY: Final = re.compile(
    r"[.!;:?]+ (?=[^.!;:?]+$)|,? (?=(?:so |and |then )?(?:what|where|which chapter|which section|how)\b[^.!;:?,]*$)|"
    r", (?=(?:any|recommend|suggest|give)\b[^.!;:?,]*$)|: "
)
_INTERROGATIVE: Final = re.compile(r"(?:what|which|where|how|who|why|when|is|are|do|does|can|could|should)\b")

_KINDS_OF: Final = {
    "video": ("video",), "talk": ("video",), "lecture": ("video", "course"), "playlist": ("video",),
    "podcast": ("video",), "youtube": ("video",), "paper": ("paper",), "post": ("article",), "blog": ("article",),
    "blogpost": ("article",), "article": ("article",), "book": ("book",), "textbook": ("book",),
    "course": ("course",), "docs": ("documentation",), "documentation": ("documentation",), "repo": ("repo",),
    "repository": ("repo",), "repositorie": ("repo",),
}  # fmt: skip
_READING: Final = ("article", "paper", "book", "documentation")
_WATCHING: Final = ("video", "course")

# Words of the frames that a slip of the finger is mended in.
_ASKED_WITH: Final = """what which where should chapter chapters section sections handbook syllabus before
    after video videos recommend resources prerequisites prerequisite learn learning paper papers article articles
    course courses covers covered cover explain explains understand start begin watch follows material materials
    organised organized structure explained discussed books listen""".split()
_NO_SLIPS: Final = frozenset(("were", "course", "coarse", "star", "cause", "earn", "lean", "leaning", "watt", "hat"))


def parse(question: str, handbook: Handbook) -> Request | None:
    """
    What the question wants to know about the handbook; None where it is not (or not surely) about it.

    Slips of spelling in its words and in the names of chapters are mended.
    """
    names = _names(handbook)
    text = _normal(question)
    if not text or len(text.split()) > MOST_WORDS:
        return None
    for asked in dict.fromkeys((text, _respelled(text, names))):
        if (request := _Reader(names, asked).request()) is not None:
            return replace(request, asked=question)
    return None


@dataclass(frozen=True, slots=True)
class Sought:
    """What something to read or watch is sought about, be it in the handbook or not; `kinds` as in a Request."""

    subject: str
    kinds: tuple[str, ...] = ()


def sought(question: str) -> Sought | None:
    """The subject of a question that asks what to read or watch about it; None for any other question."""
    text = _normal(question)
    if not text or len(text.split()) > MOST_WORDS:
        return None
    if found := _SUBJECT.fullmatch(text):  # "What should I read (LoRA)?": a follow-up that was completed
        rest, subject = _stripped(found["rest"]), found["subject"]
        asks = any(wish is Wish.RESOURCES and _compiled(pattern).fullmatch(rest) for wish, pattern in _POINTED)
        return Sought(subject, _kinds(rest.split())) if asks else None
    text = " ".join(_IN_HANDBOOK.sub(" ", _stripped(text)).split()).strip(" ,?")
    for way in _LOOSE_RESOURCES:
        for between in _compiled(way.between).finditer(text):
            before, slot = text[: between.start()], _bare(text[between.end("between") :])
            if (
                slot
                and way.asks(frozenset(re.findall(r"[\w'-]+", before)))
                and not _compiled(_OF_A_WORK).search(before)
            ):
                return Sought(slot, _kinds(before.split()))
    for pattern in _RESOURCE_FRAMES:
        framed = _compiled(pattern).fullmatch(text)
        if framed and (meant := framed.groupdict().get("x")):
            return Sought(_bare(meant), _kinds(text.replace(meant, " ").split()))
    return None


def _normal(question: str) -> str:
    """The question in lower case, without quotation marks, courtesies and its last full stop; the handbook is `hb`."""
    text = " ".join(re.sub(r"[\"“”„*_]|(?<!\w)['‘]|['’](?!\w)", "", question.lower()).replace("’", "'").split())
    text = re.sub(r"\b(what|where|who|how|which|that|it|there)'s\b", r"\1 is", text)
    text = re.sub(r"\bwhats\b", "what is", text)
    for short, full in (("'m", " am"), ("'d", " would"), ("'ve", " have"), ("'ll", " will"), ("n't", " not")):
        text = re.sub(rf"{short}\b", full, text)
    return _HANDBOOK.sub("hb", text).strip(" .?!")


def _respelled(text: str, names: _Names) -> str:
    """`text` with the words of a question put right: letters swapped, left out or doubled."""

    def right(word: str) -> str:
        known = word in _NO_SLIPS or word in names.spelled or set(terms(word)[0]) <= names.known
        if len(word) < 4 or not word.isalpha() or (known and terms(word)[0]):
            return word
        return next((meant for meant in _ASKED_WITH if _one_slip(word, meant)), word)

    mended = " ".join(right(word) for word in text.split())
    return _HANDBOOK.sub("hb", mended)


def _one_slip(word: str, meant: str) -> bool:
    """Whether `meant` became `word` by one letter left out, added, or two neighbours swapped."""
    if word == meant or abs(len(word) - len(meant)) > 1:
        return False
    if len(word) == len(meant):
        differ = [i for i in range(len(word)) if word[i] != meant[i]]
        return (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and word[differ[0]] == meant[differ[1]]
            and (word[differ[1]] == meant[differ[0]])
        )
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one question, as `_normal` gives it."""

    names: _Names
    text: str

    def request(self) -> Request | None:
        text, pointed = self.text, ""
        if found := _SUBJECT.fullmatch(text):
            text, pointed = found["rest"].rstrip(" ?.!"), found["subject"]
        text = _stripped(text)
        return (
            self._section(text)
            or self._handbook(text)
            or self._told(text)
            or self._pointed(text, pointed)
            or self._divided(text)
            or (self._start(text) if not pointed else None)
        )

    # -- the whole and its sections --

    def _section(self, text: str) -> Request | None:
        """A section named by its number, in a question that says little else."""
        found = _SECTION_NUMBER.search(text)
        if not found or _CHAPTER_NUMBER.search(text) or (section := self.names.section(text)) is None:
            return None
        rest = re.findall(r"[a-z]+", text[: found.start()] + text[found.end() :])
        media = {_singular(word) for word in rest} & _KINDS_OF.keys()
        if not all(word in _SECTION_WORDS or _singular(word) in media for word in rest):
            return None
        if re.search(r"\bhow (?:long|much time|many hours)\b", text):
            return Request(Wish.TIME, "", section=section)
        if media or {"read", "watch", "resources", "material", "links"} & set(rest):
            return Request(Wish.RESOURCES, "", section=section, kinds=_kinds(rest))
        return Request(Wish.SECTION, "", section=section)

    def _handbook(self, text: str) -> Request | None:
        if any(_compiled(pattern).fullmatch(text) for pattern in _HANDBOOK_FRAMES):
            return Request(Wish.HANDBOOK, "")
        if any(
            (found := _compiled(pattern).fullmatch(text)) and _WHOLE.fullmatch(found["x"])
            for pattern in (*_TIME_FRAMES, *_TIME_OF_CHAPTER)
        ):
            return Request(Wish.TIME, "")
        return None

    # -- a subject in a frame --

    def _told(self, text: str) -> Request | None:
        inside = "hb" in re.findall(r"\w+", text)
        without = " ".join(_IN_HANDBOOK.sub(" ", text).split()).strip(" ,?")
        variants = tuple(dict.fromkeys((without, text)))
        return (
            self._loose(_LOOSE_ORDER, without, inside)
            or self._framed(_FRAMES, variants, inside)
            or self._loose(_LOOSE_RESOURCES, without, inside)
            or (self._framed(_FRAMES_INSIDE, variants, inside) if inside else None)
        )

    def _loose(self, ways: Iterable[_Loose], text: str, inside: bool) -> Request | None:
        sure = inside or bool(_SAYS_PLACE.search(text))
        for way in ways:
            for between in _compiled(way.between).finditer(text):
                before, slot = text[: between.start()], text[between.end("between") :]
                if not way.asks(frozenset(re.findall(r"[\w'-]+", before))) or _compiled(_OF_A_WORK).search(before):
                    continue
                if (sure or not self.names.strange(slot)) and (
                    request := self._meaning(way.wish, way.bar, sure, slot, before)
                ):
                    return request
        return None

    def _framed(self, frames: Iterable[_Frame], variants: Iterable[str], inside: bool) -> Request | None:
        for frame in frames:
            for text in variants:
                found = _compiled(frame.pattern).fullmatch(text)
                if found and (request := self._filled(frame, found, text, inside)):
                    return request
        return None

    def _filled(self, frame: _Frame, found: re.Match[str], text: str, inside: bool) -> Request | None:
        groups = found.groupdict()
        only = groups.get("only")
        if only and re.search(r"\b(?:by|that|to|on)\b", only):
            return None
        slot = only or groups["x"]
        sure = inside or bool(_SAYS_PLACE.search(text))
        request = self._meaning(frame.wish, _BY_TOPIC if only else frame.bar, sure, slot, text.replace(slot, " "))
        if request is None or not groups.get("y"):
            return request
        other = self._meant(groups["y"], _LIKELY)
        return replace(request, other=other) if isinstance(other, Chapter) else None

    def _meaning(self, wish: Wish, bar: float, sure: bool, slot: str, around: str) -> Request | None:
        """The request for what `slot` means; `sure`: the question itself names the handbook, a chapter or a section."""
        if not sure and self._is_doubtful(wish, slot):
            return None
        if (not sure and bar == _ONLY_SAID_SO) or _BOUNDARY.search(slot):
            return None
        meant: Place | None
        if wish is Wish.SECTION:
            meant = self.names.section(_bare(slot)) or (
                self.names.likely_section(slot) if "section" in around else None
            )
        else:
            meant = self._meant(slot, _SAID_SO if sure else bar, _w(around))
        kinds = _kinds(around.split()) if wish is Wish.RESOURCES else ()
        return _request(wish, meant, kinds) if meant else None

    def _is_doubtful(self, wish: Wish, slot: str) -> bool:
        """Whether `slot` may well be no subject of the handbook's: not for what is a chapter's title."""
        if self.names.chapter(slot)[1] >= _BY_TITLE and not _A_THING.match(slot):
            return False
        return bool(
            (wish in _STRICT and self.names.strange(slot))
            or (wish in _WITHOUT_ARTICLE and _A_THING.match(slot))
            or (wish in _PLAIN and _BY_MEANS.search(slot))
            or _OWN.search(slot)
        )

    def _meant(self, slot: str, bar: float, what: str = "") -> Place | None:
        """The chapter, section or part that `slot` means, sure enough for `bar`."""
        slot = slot.strip(" ,?.!:")
        numbered = _SECTION_NUMBER.search(slot) and not _CHAPTER_NUMBER.search(slot)
        if numbered:
            return self.names.section(slot)
        bare = _bare(slot)
        if not bare or len(bare.split()) > _MOST_SLOT_WORDS or _NO_SUBJECT.search(bare):
            return None
        chapter, sure = self.names.chapter(slot if _CHAPTER_NUMBER.search(slot) else bare)
        if chapter and sure >= _BY_TITLE:
            return chapter
        if part := self.names.part(bare):
            return part
        if section := self.names.section(bare):
            return section
        if chapter and sure >= _BY_TOPIC >= bar:
            return chapter
        if what == "section" and (section := self.names.likely_section(bare)):
            return chapter if chapter and sure >= _SURE else section
        return chapter if chapter and sure >= bar else None

    # -- a subject outside the frame --

    def _pointed(self, text: str, subject: str) -> Request | None:
        """A question that leaves its subject out, which was told before: "What should I read (LoRA)?"."""
        if not subject:
            return None
        text = " ".join(_IN_HANDBOOK.sub(" ", text).split())
        for wish, pattern in _POINTED:
            if _compiled(pattern).fullmatch(text):
                what = _w(text)
                meant = self._meant(subject, _SAID_SO if what else _LIKELY, what)
                kinds = _kinds(text.split()) if wish is Wish.RESOURCES else ()
                return _request(wish, meant, kinds) if meant else None
        return None

    def _divided(self, text: str) -> Request | None:
        """A question after a sentence that says what for: "I want to learn about LoRA. Where should I start?"."""
        for boundary in _BOUNDARY.finditer(text):
            context, last = text[: boundary.start()], _stripped(text[boundary.end() :])
            if _INTERROGATIVE.match(context):
                continue
            if _NEWCOMER.search(context) and (request := self._start(last)):
                return request
            subject = self._intended(_stripped(context))
            if subject and (request := self._pointed(last, subject)):
                return request
        return self._before_aside(text)

    def _before_aside(self, text: str) -> Request | None:
        """A question before a sentence that asks nothing: "What should I read for LoRA? I have an hour."."""
        first, mark, rest = text.partition("? ")
        if not mark or "?" in rest or _INTERROGATIVE.match(rest):
            return None
        return self._told(_stripped(first)) or self._start(_stripped(first))

    def _intended(self, context: str) -> str:
        context = " ".join(_IN_HANDBOOK.sub(" ", context).split()).strip(" ,")
        found = _compiled(_FINISHED).fullmatch(context) or _compiled(_INTENTS).fullmatch(context)
        if found:
            return next((group for group in found.groups() if group), "")
        _, sure = self.names.chapter(_bare(context))
        return context if sure >= _BY_TOPIC else ""

    def _start(self, text: str) -> Request | None:
        text = " ".join(re.sub(r"\b(?:with|in|of|from) hb\b|\bhb\b", " ", text).split())
        text = re.sub(rf" (?:if|when|as) (?:{_SELF} (?:am|are) )?(?:new to|an?) .*$", "", text)
        if any(_compiled(pattern).fullmatch(text) for pattern in _START_FRAMES):
            return Request(Wish.START, "")
        return None


def _request(wish: Wish, meant: Place, kinds: tuple[str, ...]) -> Request:
    if isinstance(meant, Chapter):
        return Request(wish, "", chapter=meant, kinds=kinds)
    if isinstance(meant, Section):
        return Request(Wish.SECTION if wish is Wish.PLACE else wish, "", section=meant, kinds=kinds)
    return Request(wish, "", part=meant, kinds=kinds)


def _stripped(text: str) -> str:
    """A question without what people say around it."""
    before = ""
    while before != text:
        before = text
        text = _CLOSE.sub("", text.strip(" ,.?!:;"))
        if lead := _LEAD.match(text):
            text = text[lead.end() :]
        text = text[_asking_end(text) :]
    return re.sub(r"^there (is|are)\b", r"\1 there", text)


def _asking_end(text: str) -> int:
    found = _ASKING.match(text)
    return found.end() if found else 0


def _bare(slot: str) -> str:
    before = ""
    while before != slot:
        before = slot
        slot = _AROUND_SLOT.sub("", slot.strip(" ,"))
    return slot


def _w(words: str) -> str:
    """Whether sections or chapters are asked for."""
    found = re.search(r"\b(section|chapter)s?\b", words)
    return found[1] if found else ""


def _singular(word: str) -> str:
    return word if word == "docs" else word.removesuffix("s")


def _kinds(words: Iterable[str]) -> tuple[str, ...]:
    """The kinds of resource that these words ask for; empty for any."""
    words = list(words)
    named = [kind for word in words for kind in _KINDS_OF.get(_singular(word), ())]
    if not named and {"watch", "listen"} & set(words) and "read" not in words:
        named = list(_WATCHING)
    if not named and "read" in words and "watch" not in words:
        named = list(_READING)
    return tuple(dict.fromkeys(named))
