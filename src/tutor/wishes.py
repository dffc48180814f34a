"""
What somebody wants to know about the handbook itself, read from the words of the question.

"What should I read about attention?" is about the handbook, "What is attention?" is not: a question has to fit one of
the frames below and its subject has to be a chapter, a section or a part of the introduction, surely enough for that
frame. In doubt it is a question about the subject. Pure functions on strings and the handbook's data.

Not covered: questions about a single linked page ("Who wrote the Annotated S4?"), and other languages than English.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
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
_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth".split()  # noqa: SIM905
_CARDINALS: Final = "one two three four five six seven eight nine".split()  # noqa: SIM905
_ROMANS: Final = "i ii iii iv v vi vii viii ix".split()  # noqa: SIM905
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
        for name in (*_called(chapter.title), *(topic for topic in chapter.topics if topic == initials)):
            enter(titles, name, chapter)
        for topic in chapter.topics:
            enter(topics, topic, chapter)
    parts = {_phrase(name): part for part in handbook.parts for name in (part.title, *_PART_NAMES.get(part.id, ()))}
    spelled |= {word: word for names in _PART_NAMES.values() for name in names for word in name.split()}
    sections = {_phrase(name): section for section in handbook.sections for name in _called(section.title)}
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
_MODAL: Final = r"(?:should|could|can|do|must|might|would|shall|ought|need|have)"
_ADJECTIVES: Final = (
    r"(?:(?:an?|the|any|some|few|more|other|good|great|best|better|nice|useful|helpful|main|top|recommended|"
    r"suggested|"
    r"short|brief|quick|long|intro(?:ductory)?|beginner|beginner[- ]friendly|friendly|first|one|two|three|\d+|free|"
    r"online|youtube|of|most|important|reading|study|learning|educational|video|research|blog|original|"
    r"list of|kinds? of|clear|easy|gentle|simple|good enough|popular|solid|decent|favou?rite) )*"
)
_MEDIUM: Final = (
    r"(?:videos?|talks?|lectures?|papers?|posts?|blogs?|blogposts?|articles?|(?:text)?books?|courses?|class(?:es)?|"
    r"resources?|materials?|links?|readings?|references?|literature|tutorials?|explainers?|podcasts?|playlists?|docs|"
    r"documentation|repos?|repositor(?:y|ies)|guides?|recommendations?|suggestions?|reading list)"
)
_VAGUE: Final = r"(?:something|anything|stuff|things?)"
_MEDIA: Final = rf"{_ADJECTIVES}{_MEDIUM}"
_TO_LEARN: Final = (
    r"(?:learn(?:ing)?|understand(?:ing)?|study(?:ing)?|grasp(?:ing)?|master(?:ing)?|get(?:ting)? (?:into|to know|"
    r"started (?:with|on|in)|a grip on|up to speed (?:on|with))|refresh(?:ing)?(?: my)?|brush(?:ing)? up(?: on)?|revise|know(?:ing)?|tackl(?:e|ing)|follow(?:ing)?|"
    r"read(?:ing)?(?: up)?|start(?:ing)? (?:with|on|learning|reading)|begin(?:ning)? (?:with|learning))"
    r"(?: (?:more |all |everything |something )?(?:about|on))?"
)
_ABOUT: Final = (
    rf"(?:about|on|for|to (?:better )?{_TO_LEARN}|for {_TO_LEARN}|regarding|concerning|covering|explaining|"
    rf"introducing|"
    r"that (?:explains?|covers?|teach(?:es)?)|which (?:explains?|covers?)|related to|"
    rf"(?:if|when|before|since|because) {_SELF} (?:want|would like|need|wish|am trying|plan) to {_TO_LEARN}|"
    rf"in order to {_TO_LEARN}|when {_TO_LEARN})"
)
_STEP: Final = (  # onto a subject: "before moving on to"
    rf"(?:(?:{_SELF} )?(?:{_TO_LEARN}|div(?:e|ing) (?:deep(?:er)? )?into|go(?:ing)? (?:on )?(?:in)?to|"
    r"mov(?:e|ing) (?:on )?to|jump(?:ing)? (?:right )?(?:in|on)to|approach(?:ing)?|attempt(?:ing)?|"
    r"look(?:ing)? (?:at|into)|"
    r"(?:start|begin)(?:ning|ing)?|try(?:ing)? to (?:understand|learn)|tak(?:e|ing) on|get(?:ting)? to|"
    r"can (?:start|understand|read|follow)(?: with| on)?) (?:about )?)"
)
_KNOW: Final = (
    r"(?:(?:already )?(?:know|learn|read|study|understand|watch|master|have (?:read|learned|learnt|studied|"
    r"understood)|"
    r"be (?:familiar|comfortable) with)(?: (?:about|first|up on))?)"
)
_COVERED: Final = (
    r"(?:covered|explained|discussed|treated|described|mentioned|taught|introduced|found|located|listed|dealt with|"
    r"talked about|included|handled|presented)"
)
_COVERS: Final = (
    r"(?:covers?|explains?|discuss(?:es)?|treats?|teach(?:es)?(?: me)?|describes?|introduces?|mentions?|contains?|"
    r"handles?|"
    r"includes?|deals? with|talks? about|goes? into|looks? at|focus(?:es)? on|helps?(?: me)?(?: to)?|has|have|"
    r"(?:is|are) (?:all )?(?:about|on|for|devoted to|dedicated to|covering|concerned with)|"
    r"says? (?:something )?about|"
    rf"(?:do|should|can|must|could|would) {_SELF} (?:need|have)?(?: to)?(?:read|study|look at|look in|go to|"
    rf"start with|"
    rf"open|see|take|pick|choose)?(?: first| next)? ?{_ABOUT}|to (?:read|study) {_ABOUT})"
)
_OFFERS: Final = (
    r"(?:list|recommend|suggest|offer|have|link(?: to)?|advise|include|contain|provide|name|point to|propose|give|"
    r"mention)"
)
_HOW_LONG: Final = r"how (?:long|much time|many (?:hours|minutes|days|weeks))"
_READ: Final = r"(?:read|watch|listen to|study|read or watch|watch or read|read and watch|go through)"
_X: Final = r"(?P<x>.+?)"
_Y: Final = r"(?P<y>.+?)"
_FOR_Y: Final = rf"(?:for|before|prior to|to|in order to|if {_SELF} (?:only |just )?want to) {_STEP}?{_Y}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """
    One way to ask. `bar`: how sure it must be which chapter is meant (`_BY_TITLE` ... `_SAID_SO`); `inside`: only
    where the handbook is named as well; `pointed`: the subject stands outside ("I want to learn LoRA. What to read?").
    """

    wish: Wish
    pattern: re.Pattern[str]
    bar: float
    inside: bool = False
    pointed: bool = False


def _frame(wish: Wish, bar: float, pattern: str, *, inside: bool = False, pointed: bool = False) -> _Frame:
    return _Frame(wish, re.compile(pattern), bar, inside, pointed)


_RESOURCE_FRAMES: Final = (
    rf"(?:what|which) {_MODAL} {_SELF} (?:to |best |need to |have to )*{_READ}(?: first| next| then)? {_ABOUT} {_X}",
    rf"(?:what|which) {_MEDIA} {_MODAL} {_SELF} (?:to |best |need to |have to )*(?:read|watch|listen to|study|use|"
    rf"see|"
    rf"follow|take|look at|check out|consult|start with|go through|begin with)(?: first| next)? {_ABOUT} {_X}",
    rf"what(?: {_MEDIA})? to {_READ}(?: first| next)? {_ABOUT} {_X}",
    rf"which {_MEDIA} to {_READ}(?: first| next)? {_ABOUT} {_X}",
    rf"(?:give|show|find|get|send|list|name|tell|recommend|suggest|point|direct)(?: (?:me|us))?"
    rf"(?: (?:to|towards|at|of|about))?(?: all)? {_MEDIA} {_ABOUT} {_X}",
    rf"(?:recommend|suggest)(?: me)? (?:something|anything) to {_READ} {_ABOUT} {_X}",
    rf"(?:i am |i )?(?:looking for|searching for|want|need|would like|want to (?:read|watch|see)|"
    rf"would like to (?:read|"
    rf"watch|see)) {_MEDIA} {_ABOUT} {_X}",
    rf"i (?:want|would like|need) to {_READ}(?: something| more| up)? (?:about|on) {_X}",
    rf"(?:is|are) there (?:{_MEDIA}|{_VAGUE})(?: (?:that )?{_SELF} (?:can|could|should))?(?: (?:worth|to) (?:read|"
    rf"watch)"
    rf"(?:ing)?)? {_ABOUT} {_X}",
    rf"(?:do|does|has|have) (?:you|hb|we|it) (?:{_OFFERS}|know|got|know of) (?:{_MEDIA}|{_VAGUE}) {_ABOUT} {_X}",
    rf"(?:any|got any|have any|some) {_MEDIA} {_ABOUT} {_X}",
    rf"{_MEDIA} (?:about|on|for|to {_TO_LEARN}) {_X}",
    rf"(?:what|which) (?:is|are|would be) {_MEDIA} {_ABOUT} {_X}",
    rf"(?:what|which) {_MEDIA} (?:is|are|would be)(?: the)? (?:best|good|recommended|worth (?:reading|watching)|"
    rf"there|"
    rf"available|useful|helpful|suited)(?: to (?:read|watch))? (?:{_ABOUT} )?{_X}",
    rf"(?:what|which) {_MEDIA} (?:covers?|explains?|discuss(?:es)?|teach(?:es)?|deals? with|talks? about) {_X}",
    rf"(?:what|which) {_MEDIA} (?:does|do|would) (?:hb|you|it) {_OFFERS} {_ABOUT} {_X}",
    rf"(?:what|which) {_MEDIA} (?:is|are) (?:listed|recommended|linked|suggested|given|named|offered) {_ABOUT} {_X}",
    rf"where {_MODAL} {_SELF} (?:best )?(?:learn|read|study|find out)(?: more| something| up| all)?(?: (?:about|"
    rf"on))? {_X}",
    rf"where {_MODAL} {_SELF} (?:find|get|watch|see|read) (?:{_MEDIA}|{_VAGUE}) {_ABOUT} {_X}",
    rf"(?:what|where) is (?:the|a) (?:best|good|right|quickest|fastest|easiest) (?:way|place|order) to (?:start )?"
    rf"(?:learn(?:ing)?|study(?:ing)?|get into|get started (?:with|on)|start with|read)(?: (?:about|on))? {_X}",
    rf"how (?:{_MODAL} {_SELF}|to) (?:best |quickly |properly )*(?:(?:learn|read|find out|"
    rf"study)(?: more)? (?:about|up on)|"
    rf"get (?:started (?:with|on|in)|into|up to speed (?:on|with))|brush up(?: on)?|refresh(?: my)?|"
    rf"catch up (?:on|with)|"
    rf"teach (?:myself|yourself)|(?:start|begin) (?:with|learning|studying|reading(?: about)?))(?: my)? {_X}",
    rf"(?:where|how|with what) (?:{_MODAL} {_SELF}|to) (?:best )?(?:start|begin)(?: off)?(?: reading| learning|"
    rf" studying)? "
    rf"(?:with|on|{_ABOUT}) {_X}",
    rf"(?:what|which) {_MEDIA} (?:should|could|can|do) {_SELF} (?:start|begin) with {_ABOUT} {_X}",
    r"how (?:do|can|should|could) (?:i|we|one|you|a beginner) (?:best )?(?:learn|study) (?P<only>.+)",
)
# Where the handbook itself is said to speak.
_HANDBOOK_SAYS: Final = (
    rf"what (?:does|do|would) hb (?:{_OFFERS}|say|cover|think|tell (?:me|us)|write)(?: to (?:read|watch|study|"
    rf"learn))? "
    rf"(?:{_ABOUT}|of) {_X}",
    rf"what is (?:listed|recommended|linked|suggested|given|offered)(?: in hb| by hb)? {_ABOUT} {_X}",
    rf"what (?:does|do) hb (?:{_OFFERS}) {_ABOUT} {_X}",
)
_TIME_FRAMES: Final = (
    rf"{_HOW_LONG} (?:does|will|would|do|should|is|might)(?: it)?(?: (?:take|need|require))?(?: (?:for )?{_SELF})?"
    rf"(?: (?:take|need|require|have|spend))? (?:to|for) (?:{_TO_LEARN}|work through|go through|get through|finish|"
    rf"complete|cover)(?: all of)? {_X}",
    rf"{_HOW_LONG} (?:should|do|must|would|will) {_SELF} (?:need to |have to )?(?:spend|plan|budget|invest|"
    rf"reserve|set aside|"
    rf"put)(?: (?:in|aside))? (?:on|for|into|in|to {_TO_LEARN}|{_TO_LEARN}) {_X}",
    rf"{_HOW_LONG} (?:does|will|would) (?:learning|studying|reading)(?: (?:about|up on))? {_X} take(?: me| us)?",
)
_TIME_OF_CHAPTER: Final = (
    rf"{_HOW_LONG} (?:does|will|would|do|is|are|should)(?: {_SELF} (?:need|spend|plan))?(?: (?:on|for|to (?:read|"
    rf"finish)))? "
    rf"{_X}(?: (?:take|need|last|require|be|going to take)(?: (?:me|us|to (?:read|finish|complete|learn|study|"
    rf"go through|"
    rf"work through)|altogether|in total|roughly|about|approximately))*)?",
)
_PLACE_FRAMES: Final = (
    rf"(?:what|which) (?P<w>chapter|section)s? {_COVERS} {_X}",
    rf"(?:in|under|to) (?:what|which) (?P<w>chapter|section)s? (?:is|are|does|do|can|could|will|would|should)"
    rf"(?: {_SELF})?(?: (?:find|read about|learn about|look for))? {_X}(?: (?:{_COVERED}|belong(?: to)?|appear|"
    rf"come up|"
    r"come|be|stand|in))?",
    rf"(?:what|which) (?P<w>chapter|section) (?:is|are|does|do|can|could) {_X} (?:in|under|part of|"
    rf"{_COVERED}(?: in)?|"
    r"belong to|appear in|come (?:up )?in)",
    rf"(?:is|are) there (?:an?|any) (?P<w>chapter|section)s? (?:about|on|for|covering|that (?:covers|explains)) {_X}",
    rf"(?:do|does) (?:you|hb|it) have (?:an?|any) (?P<w>chapter|section)s? (?:about|on|for|covering) {_X}",
    rf"(?:(?:show|find|open|give|go to|take)(?: (?:me|us))?(?: to)? |tell me about |where is |what is |what does )?"
    rf"(?:the )?(?P<w>chapter) (?:about|on|for|covering) {_X}(?: (?:about|cover|teach|contain|say))?",
    rf"(?:what is|what does|tell me about) (?:the )?{_X} (?P<w>chapter)(?: (?:about|cover|teach|contain|say))?",
    rf"(?:what is|what does|tell me about|show(?: me)?|open|go to) (?P<x>chapter \d+(?: (?:of|"
    rf"in) section {_NUMBER})?|"
    rf"the (?:{'|'.join(_ORDINALS)}|last|final) chapter(?: (?:of|in) section {_NUMBER})?)"
    r"(?: (?:about|cover|called|teach|contain))?",
)
_PLACE_IN_HANDBOOK: Final = (
    rf"where (?:is|are|was|were|does|do|can|could|will|would|should)(?: (?:{_SELF}|hb|it))?"
    rf"(?: (?:find|cover|explain|discuss|read about|learn about|talk about|mention|treat|introduce|look for|"
    rf"deal with|"
    rf"{_COVERED}))?(?: about)? {_X}(?: (?:{_COVERED}|come up|appear|in))?",
    rf"(?:in |under )?(?:what|which) (?:part|place) {_COVERS} {_X}",
    rf"(?:in|under|to) (?:what|which) (?:part|place) (?:is|are|does|do|can|could|will|would|should)"
    rf"(?: {_SELF})?(?: (?:find|read about|learn about|look for))? {_X}(?: (?:{_COVERED}|belong(?: to)?|appear|"
    rf"come up))?",
    rf"(?:does|do|will) hb (?:also |even )?(?:cover|explain|discuss|treat|teach|describe|mention|include|deal with|"
    rf"talk about|say (?:anything|something) about|have (?:anything|something) (?:on|about)|go into|introduce|"
    rf"contain) {_X}",
    rf"(?:is|are) {_X} (?:also |even )?(?:(?:{_COVERED}|part|there)(?: (?:in|by|of) hb)?|in hb)",
    rf"(?:is|are) there (?:anything|something|something to read) (?:on|about) {_X}",
)
_BEFORE_FRAMES: Final = (
    rf"what(?: else| all)? (?:should|must|do|would|ought|shall) {_SELF} (?:need to |have to |want to |to )?"
    rf"(?:{_KNOW} (?:before|prior to|ahead of)|know (?:to be ready for|to be able to {_TO_LEARN}|(?:in order )?to {_TO_LEARN})) "
    rf"{_STEP}?{_X}",
    rf"before (?:{_STEP}{_X}|(?P<only>[^,]+)),? what (?:should|must|do|would) {_SELF} (?:need to |have to |"
    rf"to )?{_KNOW}",
    r"(?:what|which) (?:background|prior knowledge|background knowledge|prerequisites?|prereqs?|preparation|"
    rf"maths?|mathematics) (?:is|are|do|does|should|must|would)(?: {_SELF}| there)?(?: (?:need|have|required|needed|"
    rf"necessary|read|know|assumed|recommended|come|study|learn))*(?: to (?:know|have|read|study|learn))?(?: first)? "
    rf"(?:for|before|to {_TO_LEARN}|prior to) {_STEP}?{_X}",
    rf"(?:(?:what|which) (?:is|are) |list |tell me |give me |name |any |(?:are|is) there (?:any )?|(?:does|"
    rf"do) hb list )?"
    rf"(?:the |any |all )?(?:pre-?requisites?|prereqs?) (?:of|for|to|before|needed for) {_STEP}?{_X}",
    rf"(?:what|which) (?P<w>chapter)s? (?:do|does|should|must|would|are|need|have) (?:{_SELF} )?(?:(?:need|have|to|be) )*"
    rf"(?:know|read|study|learn|done|read|needed|required|necessary)(?: first)? (?:before|prior to) {_STEP}?{_X}",
    rf"(?:does|do|has|have) {_X} have (?:any )?(?:pre-?requisites?|prereqs?)",
    rf"what (?:are|is) {_X} (?:pre-?requisites?|prereqs?)",
    rf"do {_SELF} need (?:any |some )?(?:prior knowledge|background|background knowledge|prerequisites?) (?:for|"
    rf"before) "
    rf"{_STEP}?{_X}",
)
_CHAPTER_BEFORE: Final = (
    rf"(?:what|which) (?P<w>chapter|section)s? (?:precedes?|(?:comes?|is|are|goes?|stands?|must come|should come)"
    rf"(?: right| directly| immediately| just)* (?:before|prior to)) {_X}",
    r"what does (?P<x>.+ chapter|(?:the )?chapter .+) (?:build on|require|depend on|assume|presuppose|need)",
)
_AFTER_FRAMES: Final = (
    rf"what (?:should|can|could|do|would) {_SELF} (?:to )?(?:learn|read|study|watch|tackle|look at|move on to|go for)"
    rf"(?: next| then| now)? (?:after|once {_SELF}|when {_SELF}) (?:(?:have|know|understand|finish(?:ed|ing)?|am|"
    rf"are|done|"
    rf"with|complet(?:ed|ing)|learn(?:ed|t|ing)?|read(?:ing)?|stud(?:ied|ying)|about|working through) )*{_X}",
    rf"what (?:is|comes|should come)? ?next after (?:finishing|reading|learning|studying)(?: about)? {_X}",
    rf"what (?:should|can|do) {_SELF} (?:to )?do (?:next )?after (?:finishing|reading|learning|"
    rf"studying)(?: about)? {_X}",
    rf"where (?:should|can|do|could) {_SELF} go (?:next )?(?:after|from) (?:(?:finishing|reading|"
    rf"learning)(?: about)? )?{_X}",
    rf"after (?:finishing|reading|learning|studying)(?: about)? {_X},? (?:what|where|which chapter) (?:should|can|"
    rf"do|is|comes) "
    r"(?:i |we )?(?:learn|read|study|go|do|next|watch)?(?: next)?",
)
_CHAPTER_AFTER: Final = (
    rf"(?:what|which) (?P<w>chapter|section)s? (?:comes?|is|are|goes?|stands?|should {_SELF} (?:read|study|do))"
    rf"(?: right| directly| immediately| just| next)* (?:after|behind) {_X}",
    rf"(?:what|which) (?P<w>chapter|section)s? (?:follows?|builds? on|depends? on|needs?|requires?|uses?|"
    rf"is next after|"
    rf"leads? on from) {_X}",
)
# "What comes before the softmax?" is no question about the handbook: here only a chapter's title will do.
_BARE_ORDER: Final = (
    (Wish.BEFORE, rf"what (?:precedes|(?:comes|goes)(?: right| directly| immediately)? before) {_X}"),
    (Wish.AFTER, rf"what is next after {_X}"),
    (Wish.AFTER, rf"what (?:follows|(?:comes|goes)(?: right| directly| immediately| next)* after) {_X}"),
)
_NEEDED_FRAMES: Final = (
    rf"(?:do|must|should|would|will) {_SELF} (?:really |actually |also |even )?(?:need to |have to |need |ought to )?"
    rf"(?:first )?{_KNOW}(?: (?:about|any|some|much|the basics of|all (?:of|about)))? {_X} (?:first )?{_FOR_Y}",
    rf"(?:can|could|may|should) {_SELF} (?:just |safely )?(?:skip|leave out|omit|ignore|jump over|pass over) {_X} "
    rf"(?:if|when|for|before|and)(?: {_SELF})?(?: (?:only|just))?(?: (?:want|care|need|go|move|am|interested))*"
    rf"(?: (?:in|about|for|straight|directly|right|on|to))* {_STEP}?{_Y}",
    rf"(?:can|could|may) {_SELF} (?:just )?(?:read|learn|study|understand|follow|start(?: with)?|"
    rf"tackle)(?: about)? {_Y} without"
    rf"(?: (?:first )?(?:knowing|reading|learning|having read|understanding|studying|knowledge of|going through))?"
    rf"(?: (?:about|of))? {_X}",
    rf"(?:is|are) {_X} (?:really )?(?:an? )?(?:pre-?requisites?|prereqs?) (?:for|of|to|before) {_STEP}?{_Y}",
    rf"(?:is|are) {_X} (?:really )?(?:needed|required|necessary) (?:for|to|before) {_STEP}{_Y}",
    rf"(?:should {_SELF}|which (?:should {_SELF}|to)) (?:learn|study|read|"
    rf"start with)(?: first)?[,:]? {_X} or {_Y}(?: first)",
)
_NEEDED_ALONE: Final = (
    rf"(?:do|must|should) {_SELF} (?:really |actually )?(?:need to |have to )?(?:know|learn|study|understand|"
    rf"read)(?: about)? {_X}",
    rf"do {_SELF} (?:really |actually )?need {_X}",
)
_HOW_MUCH_FRAMES: Final = (
    rf"how (?:much|deeply|well)(?: of)? {_X} (?:do|should|must|would) {_SELF} (?:really |actually )?(?:need to |"
    rf"have to |to )?"
    rf"(?:know|learn|understand|study|read)(?: about| first)?(?: {_FOR_Y})?",
    rf"how (?:much|deep|deeply|well|far) (?:do|should|must|would) {_SELF} (?:really )?(?:need |have )?(?:to )?"
    rf"(?:know|learn|understand|study|go|dig|dive|read|get)(?: deep(?:ly)?)?(?: (?:about|into|"
    rf"in))? {_X}(?: {_FOR_Y})?",
)
_HOW_MUCH_OF: Final = (
    rf"how much(?: of)? {_X} (?:do|would|will) {_SELF} (?:really |actually )?(?:need|want) (?:before|to (?:know|"
    rf"understand|learn|follow|study)|in order to understand|for (?:learning|understanding|studying)) {_STEP}?{_Y}",
)
_HOW_MUCH_BARE: Final = (
    rf"how much(?: of)? {_X} (?:do|would|will) {_SELF} (?:really |actually )?(?:need|want) for {_Y}",
    rf"how much(?: of)? {_X} (?:do|should|would|will|must) {_SELF} (?:really |actually )?(?:need|have)"
    r"(?: to (?:know|learn|have))?(?: at all)?",
    rf"how much {_X} is (?:really )?(?:needed|required|necessary|enough)",
)
_NEXT: Final = (
    rf"(?:what|which)(?: chapter)? (?:should|can|do) {_SELF} (?:read|learn|study|watch|do|take) (?:next|now|then|"
    rf"after (?:that|this))|"
    rf"where (?:should|do|can) {_SELF} go (?:next|from (?:here|there))|(?:so )?what(?: is| comes)? (?:next|now|then)|"
    r"which chapter (?:is|comes) next"
)
_POINTED_FRAMES: Final = (
    (Wish.AFTER, _NEXT),
    (
        Wish.RESOURCES,
        rf"(?:what|which)(?: {_MEDIA})? {_MODAL} {_SELF} (?:to )?{_READ}(?: first)?|"
        rf"(?:where|how|with what) (?:{_MODAL} {_SELF}|to) (?:best )?(?:start|begin|look)(?: reading| learning|"
        rf" with)?|"
        rf"what (?:do|would|can) you (?:recommend|suggest)|what is (?:the )?best (?:place|way) to (?:start|begin|"
        rf"learn)|"
        rf"(?:any|which|what|are there|do you have|give me|recommend|suggest|show me)(?: any| some)? {_MEDIA}"
        r"(?: (?:for|about|on) (?:it|this|that))?",
    ),
    (
        Wish.PLACE,
        r"(?:what|which) (?P<w>chapter|section)s? (?:is (?:right |best |good |the right one )?for (?:me|this|that)|"
        rf"(?:should|do|can|must|would) {_SELF} (?:need|read|study|start with|look at|go to|take|pick|"
        rf"choose)(?: first| for that)?|"
        r"covers? (?:it|this|that)|(?:is|are) (?:that|this|it|they) in|fits|helps?(?: me)?)",
    ),
)
_START_FRAMES: Final = (
    rf"where (?:{_MODAL} {_SELF}|to) (?:best )?(?:start|begin)(?: off)?(?: (?:reading|learning|studying|with it|"
    rf"first))?",
    rf"what {_MODAL} {_SELF} (?:to )?(?:read|learn|study|watch) first(?: of all)?",
    rf"(?:what|which) (?:chapter|section) (?:{_MODAL} {_SELF} (?:to )?(?:start|begin) (?:with|at|from)|"
    rf"comes first|is (?:the )?first|"
    rf"to (?:start|begin) with|{_MODAL} {_SELF} (?:read|study) first)",
    rf"how {_MODAL} {_SELF} (?:start|begin|get started)(?: (?:learning|with it|reading|here))?",
    r"what is (?:the|a) (?:best|good|right) (?:place|chapter|point) to (?:start|begin)",
)
_SECTION_FRAMES: Final = (
    r"(?:what|which|list|name|show|give|how many)(?: me)?(?: are|"
    r" is)?(?: all)?(?: of)?(?: the)? chapters?(?: titles)?"
    r"(?: are| is| come| belong)?(?: there)? (?:in|of|under|from|does|do|has) (?:the )?(?:section (?:on|about|"
    r"called|named) )?"
    rf"{_X}(?: section)?(?: have| has| contain)?",
    rf"(?:what is|what does|tell me about|describe)(?: the)? section (?:on|about|called|named) {_X}(?: about|"
    rf" cover| contain)?",
    rf"(?:what is|what does|tell me about|describe)(?: the)? {_X} section(?: about| cover| contain)?",
)
_HANDBOOK_FRAMES: Final = (
    (
        r"how (?:is|are) (?:hb|the (?:chapters|sections)(?: of hb)?) (?:organi[sz]ed|structured|arranged|laid out|"
        r"divided|set up|"
        r"ordered|split|put together|built)(?: up)?"
    ),
    (
        r"(?:(?:what is|show(?: me)?|give(?: me)?|tell me|describe|explain) )?(?:the )?(?:structure|"
        r"organi[sz]ation|outline|layout|"
        r"(?:table of )?contents?|overview) of hb"
    ),
    r"(?:(?:what is|show(?: me)?|give(?: me)?) )?(?:the |a )?table of contents",
    r"how many (?:chapters|sections)(?: and (?:chapters|sections))? (?:are there|are in hb|does hb have|has hb|"
    r"does it have|hb has)"
    r"(?: in hb)?(?: altogether| in total)?",
    r"how many (?:links|resources|pages|articles) (?:are (?:there )?(?:linked )?(?:in|from|by) hb|does hb (?:have|"
    r"list|link(?: to)?))",
    (
        r"who (?:wrote|made|created|authored|compiled|maintains|is behind|put together|is the author of|"
        r"is the creator of|is) hb(?:'s "
        r"author)?"
    ),
    r"(?:(?:what|who) is )?(?:the )?(?:name of )?(?:the )?author of hb",
    r"(?:what is|what is in|tell me about|what does|describe|explain|summari[sz]e|what can i learn (?:from|in|"
    r"with)|about)"
    r"(?: the)?(?: purpose of)? hb(?: (?:about|for|cover|contain|teach|include|offer|all about))?",
    (
        r"(?:what|which) (?:topics?|subjects?|areas|things) (?:does hb (?:cover|teach|treat|contain)|"
        r"are (?:covered|treated|taught) (?:in|by) "
        r"hb)"
    ),
    r"(?:(?:list|show|name|give|what are|which are|tell)(?: me)?(?: all)?(?: of)?) (?:the |"
    r"all (?:the )?)?(?:sections|chapters)(?: there are)?"
    r"(?: (?:of|in) hb)?",
    r"(?:what|which) (?:sections|chapters) (?:are there|does hb have|are in hb|does it have)(?: in hb)?",
)
_WHOLE: Final = re.compile(
    r"(?:all of |the whole |the entire |the full |the complete |whole |entire |all )*(?:of )?(?:hb|it all|"
    r"everything|the whole thing)(?: in hb)?"
)
_SECTION_WORDS: Final = frozenset(
    """what which is are in the of about does do cover covers contain contains include called name title named chapter
    chapters list all how many long it take takes has have there section sections to for should i we me show give
    tell hb belong deal deals with on explain describe summary summarise summarize overview content contents topics
    hours time much spend need read study finish complete whole entire teach teaches say go""".split()  # noqa: SIM905
)


def _frames() -> tuple[_Frame, ...]:
    found = [_frame(Wish.TIME, _BY_TOPIC, p) for p in _TIME_FRAMES]
    found += [_frame(Wish.TIME, _ONLY_SAID_SO, p) for p in _TIME_OF_CHAPTER]
    found += [_frame(Wish.NEEDED, _BY_TOPIC, p) for p in _NEEDED_FRAMES]
    found += [_frame(Wish.HOW_MUCH, _SURE, p) for p in _HOW_MUCH_FRAMES]
    found += [_frame(Wish.HOW_MUCH, _BY_TOPIC, p) for p in _HOW_MUCH_OF]
    found += [_frame(Wish.HOW_MUCH, _BY_TITLE, p) for p in _HOW_MUCH_BARE]
    found += [_frame(Wish.BEFORE, _SURE, p) for p in _BEFORE_FRAMES]
    found += [_frame(Wish.BEFORE, _SAID_SO, p) for p in _CHAPTER_BEFORE]
    found += [_frame(Wish.AFTER, _SURE, p) for p in _AFTER_FRAMES]
    found += [_frame(Wish.AFTER, _SAID_SO, p) for p in _CHAPTER_AFTER]
    found += [_frame(wish, _BY_TITLE, p) for wish, p in _BARE_ORDER]
    found += [_frame(Wish.PLACE, _SAID_SO, p) for p in _PLACE_FRAMES]
    found += [_frame(Wish.PLACE, _BY_TOPIC, rf"where (?:is|are) {_X} (?:covered|explained|discussed|treated|taught)")]
    found += [_frame(Wish.SECTION, _SAID_SO, p) for p in _SECTION_FRAMES]
    found += [_frame(Wish.RESOURCES, _LIKELY, p) for p in _RESOURCE_FRAMES]
    found += [_frame(Wish.RESOURCES, _SAID_SO, p) for p in _HANDBOOK_SAYS]
    found += [_frame(Wish.PLACE, _SAID_SO, p, inside=True) for p in _PLACE_IN_HANDBOOK]
    found += [_frame(Wish.NEEDED, _BY_TITLE, p) for p in _NEEDED_ALONE]
    found += [_frame(wish, _LIKELY, p, pointed=True) for wish, p in _POINTED_FRAMES]
    return tuple(found)


_FRAMES: Final = _frames()


# --- telling what is asked ---

MOST_WORDS: Final = 40  # a longer question is no quick one about the handbook

_HANDBOOK: Final = re.compile(
    r"(?:\b(?:the|this|your|that|our) )?(?:\b(?:generative ai|gen ?ai|gen-ai) )?\b(?:hand ?book|syllabus|"
    r"curriculum|road ?map)\b"
)
_IN_HANDBOOK: Final = re.compile(
    r",? ?\b(?:in|of|from|within|inside|by|per|through|according to) (?:the |this )?hb\b,?|\bhb's "
)
_LEAD: Final = re.compile(
    r"(?:(?:hi|hello|hey|ok|okay|so|and|but|then|also|please|thanks|thank you|well|now|oh|great|cool|nice|alright|"
    r"sorry|"
    r"actually|just|quick question|one question|my question|question)\b[,:!. ]*)+"
)
_ASKING: Final = re.compile(
    r"(?:(?:can|could|would|will) you (?:please |kindly |maybe )?(?=(?:recommend|suggest|give|show|list|name|"
    r"point|find|tell|"
    r"send|direct|describe|explain|summari|help)))?"
    r"(?:(?:tell me|show me|explain(?: to me)?|help me (?:find|understand)|say|do you know|i (?:want|would like|"
    r"need) to know|"
    r"i (?:wonder|am wondering|was wondering|am not sure|do not know|have no idea)(?: about)?)[,:]? "
    r"(?=(?:what|which|where|how|who|in which|in what|if|whether)\b))?(?:(?:if|whether) (?=there (?:is|are)))?"
)
_CLOSE: Final = re.compile(r"(?:,? (?:please|thanks|thank you|then|though|exactly|actually|again|pls))+$")
_SUBJECT: Final = re.compile(r"(?P<rest>.+?) \((?P<subject>[^()]+)\)$")  # how a follow-up is completed
_AROUND_SLOT: Final = re.compile(
    r"^(?:(?:the|an?|some|any|all|more|this|that|these|those|my|basics of|topic|subject|concept|field|area|idea|of|"
    r"(?:chapter|section|part)s? (?:on|about|for|called)) )+|"
    r"(?: (?:chapters?|sections?|topics?|first|next|properly|well|at all|in general|from scratch|quickly|"
    r"(?:as|for) (?:an? |absolute |complete )*(?:beginners?|newcomers?)|for me|for someone new|"
    r"in (?:more )?(?:depth|detail|general|"
    r"particular)|better|myself|ourselves|now|really|too|also|as well|today|somewhere|altogether|right now|there|"
    r"in))+$"
)
# A subject does not begin like a circumstance, nor end in somebody's work.
_NO_SUBJECT: Final = re.compile(
    r"^(?:when|while|during|whether|if|in|at|with|without|instead|once|out)\b|"
    r"\b(?:paper|post|blog|course|class|library|package|notebook|repo|repository|website|documentation|docs|book|"
    r"video|"
    r"article|tutorial|lesson|app|api|api key|dataset|degree)s?$|\b(?:my|our|its|their|your|own)\b|'s\b"
)
_BY_MEANS: Final = re.compile(r"\b(?:from|with|without|using|via|by|that|to|on|my|our|its|their|while)\b")
_SAYS_PLACE: Final = re.compile(r"\b(?:chapters?|sections?)\b")
_MOST_SLOT_WORDS = 10
# "Prerequisites for ergodicity": with these a word that no chapter has means another subject ...
_STRICT: Final = frozenset((Wish.BEFORE, Wish.AFTER, Wish.NEEDED, Wish.HOW_MUCH, Wish.TIME))
# ... and with these an article means a thing ("after the encoder", "do I have to learn a reward model"), not a subject.
_WITHOUT_ARTICLE: Final = frozenset((Wish.NEEDED, Wish.AFTER))

_INTENTS: Final = re.compile(
    rf"(?:{_SELF} )?(?:really |just |also |only )*(?:(?:want|would like|need|wish|plan|hope|have|am (?:trying|"
    rf"going|planning|"
    rf"hoping|curious|interested|keen|new)|would love|help me)(?: to| in| about| on)? (?:{_TO_LEARN} )?|"
    rf"to {_TO_LEARN} |for )"
    rf"{_X}|if {_SELF} (?:want|would like|need) to (?:{_TO_LEARN} )?{_Y}"
)
_FINISHED: Final = re.compile(
    r"(?:i |we )?(?:have |just |already |am |now )*(?:finished|read|learned|learnt|studied|done|completed|"
    r"understand|understood|"
    rf"know|worked through|went through|through)(?: (?:with|about|reading|learning|studying))* {_X}"
)
_NEWCOMER: Final = re.compile(
    r"\b(?:new to (?:this|all this|it|the field|the topic|(?:gen(?:erative)? ?)?ai|machine learning|deep learning|"
    r"ml|llms)|"
    r"beginner|newcomer|know nothing|no (?:prior )?(?:idea|knowledge|experience)|just starting|starting out|"
    r"from zero)\b"
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
    organised organized structure explained discussed books listen""".split()  # noqa: SIM905
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
            or self._framed(text)
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
        allowed = _SECTION_WORDS | {"watch", "resources", "material", "recommended", "links"}
        if not all(word in allowed or _singular(word) in media for word in rest):
            return None
        if re.search(r"\bhow (?:long|much time|many hours)\b", text):
            return Request(Wish.TIME, "", section=section)
        if media or {"read", "watch", "resources", "material", "links"} & set(rest):
            return Request(Wish.RESOURCES, "", section=section, kinds=_kinds(rest))
        return Request(Wish.SECTION, "", section=section)

    def _handbook(self, text: str) -> Request | None:
        if any(re.fullmatch(pattern, text) for pattern in _HANDBOOK_FRAMES):
            return Request(Wish.HANDBOOK, "")
        if re.match(_HOW_LONG, text) and any(
            (found := pattern.fullmatch(text)) and _WHOLE.fullmatch(found["x"]) for pattern in _TIMES
        ):
            return Request(Wish.TIME, "")
        return None

    # -- a subject in a frame --

    def _framed(self, text: str) -> Request | None:
        without = " ".join(_IN_HANDBOOK.sub(" ", text).split()).strip(" ,?")
        inside = "hb" in text.split() or "hb's" in text.split()
        for frame in _FRAMES:
            if frame.pointed or (frame.inside and not inside):
                continue
            for words in dict.fromkeys((without, text)):
                found = frame.pattern.fullmatch(words)
                if found and (request := self._filled(frame, found, words, inside)):
                    return request
        return None

    def _filled(self, frame: _Frame, found: re.Match[str], words: str, inside: bool) -> Request | None:
        groups = found.groupdict()
        only = groups.get("only")
        slot = only or groups.get("x") or ""
        asked = words.replace(slot, " ")
        bar = frame.bar
        if only:
            bar = _BY_TOPIC
            if _BY_MEANS.search(only):
                return None
        sure = inside or bool(_SAYS_PLACE.search(words))
        if not sure and frame.wish in _STRICT and self.names.strange(slot):
            return None
        if not sure and frame.wish in _WITHOUT_ARTICLE and re.match(r"(?:the|an?) ", slot):
            return None
        meant = self._meant(slot, _SAID_SO if sure else bar, groups.get("w") or _w(asked))
        if meant is None or (frame.wish is Wish.SECTION and not (meant := self._as_section(slot))):
            return None
        kinds = _kinds(asked.split()) if frame.wish is Wish.RESOURCES else ()
        request = _request(frame.wish, meant, kinds)
        if not groups.get("y"):
            return request
        other = self._meant(groups["y"], _LIKELY, "chapter")
        return replace(request, other=other) if isinstance(other, Chapter) else None

    def _as_section(self, slot: str) -> Section | None:
        return self.names.section(slot) or self.names.likely_section(slot)

    def _meant(self, slot: str, bar: float, what: str = "") -> Place | None:
        """The chapter, section or part that `slot` means, sure enough for `bar`."""
        slot = slot.strip(" ,?.!:")
        numbered = _SECTION_NUMBER.search(slot) and not _CHAPTER_NUMBER.search(slot)
        if numbered:
            return self.names.section(slot)
        bare = _bare(slot)
        if not bare or len(bare.split()) > _MOST_SLOT_WORDS or _NO_SUBJECT.search(bare):
            return None
        if bar == _ONLY_SAID_SO:
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
        for frame in _FRAMES:
            if frame.pointed and frame.pattern.fullmatch(text):
                what = _w(text)
                meant = self._meant(subject, _SAID_SO if what else frame.bar, what)
                kinds = _kinds(text.split()) if frame.wish is Wish.RESOURCES else ()
                return _request(frame.wish, meant, kinds) if meant else None
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
        return self._framed(_stripped(first)) or self._start(_stripped(first))

    def _intended(self, context: str) -> str:
        context = " ".join(_IN_HANDBOOK.sub(" ", context).split()).strip(" ,")
        found = _FINISHED.fullmatch(context) or _INTENTS.fullmatch(context)
        if found:
            return next((group for group in found.groups() if group), "")
        _, sure = self.names.chapter(_bare(context))
        return context if sure >= _BY_TOPIC else ""

    def _start(self, text: str) -> Request | None:
        text = " ".join(re.sub(r"\b(?:with|in|of|from) hb\b|\bhb\b", " ", text).split())
        text = re.sub(rf" (?:if|when|as) (?:{_SELF} (?:am|are) )?(?:new to|an?) .*$", "", text)
        if any(re.fullmatch(pattern, text) for pattern in _START_FRAMES):
            return Request(Wish.START, "")
        return None


_TIMES: Final = tuple(re.compile(pattern) for pattern in (*_TIME_FRAMES, *_TIME_OF_CHAPTER))


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
