"""
A goal in everyday words -> the chapters it needs, those it could do without, and what the learner knows already.

Plain code over `data/goals.toml`, a table of what people say when they mean a chapter, and over the handbook's topics.
The text is cut into stretches (what is wanted, known, not wanted) and each stretch is looked up by itself. Knows
nothing of time, plans or the library. The same text is always understood in the same way.

Not covered: languages other than English; irony; a wish about a thing that the table and the topics have no word for.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

from tutor import handbook as handbooks
from tutor.errors import BadInput
from tutor.handbook import Chapter, Handbook, Section
from tutor.words import printable

LONGEST_GOAL: Final = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Understood:
    """
    What a goal comes to. The mappings go from a chapter's id to the reason, a few words for a person.

    `core`: what the goal asks for. `also`: what serves it when there is time. `known`: left out. `skimmed`: only the
    shortest way through. `avoided`: not wanted. No chapter is in two of core, also, known and avoided. Prerequisites
    are not yet in it (see `needed`).
    """

    goal: str
    core: Mapping[str, str]
    also: Mapping[str, str]
    known: Mapping[str, str]
    skimmed: Mapping[str, str]
    avoided: Mapping[str, str]
    remarks: tuple[str, ...] = ()


def understand(
    goal: str, background: str = "", known: Iterable[str] = (), handbook: Handbook | None = None
) -> Understood:
    """
    What `goal` asks of the handbook, given the learner's `background` (free text) and chapters `known` (ids or titles).

    Raises BadInput where there is no goal, where nothing in the handbook serves it, where all of it is known already,
    or where a known chapter does not exist.
    """
    book = handbook or handbooks.load()
    goal, background = printable(goal), printable(background)
    if not goal:
        raise BadInput('There is no goal. Say what you want to be able to do, e.g. "fine-tune a model on our tickets".')
    if len(goal) > LONGEST_GOAL or len(background) > LONGEST_GOAL:
        raise BadInput(f"A goal and a background have at most {LONGEST_GOAL:,} characters each. Say it in fewer words.")
    named = {_chapter(name, book): "you named it as known" for name in known}
    said = _heard(goal, "want", book)
    told = _heard(background, "known", book)
    core, also = said.wanted()
    if not core and not also:  # "I'm a bit lost in transformers" sounds like a background
        said = said.all_wanted()
        core, also = said.wanted()
    avoided = {chapter: why for chapter, why in said.avoided().items() if chapter not in said.named()}
    knows, skims = _background(said, told, book)
    knows = {chapter: why for chapter, why in knows.items() if chapter not in said.named()} | named
    if not core and not also:
        raise BadInput(_outside(goal, book))
    avoided = {chapter: why for chapter, why in avoided.items() if chapter not in knows}
    asked = list(core)
    core = {c: why for c, why in core.items() if c not in avoided and c not in knows}
    also = {c: why for c, why in also.items() if c not in avoided and c not in knows and c not in core}
    core, also = (_without_what_builds_on(found, said, avoided, book) for found in (core, also))
    if not core:
        core, also = also, {}
    if not core:
        raise BadInput(_nothing_left(asked, knows, book))
    skims = {c: why for c, why in skims.items() if c not in core and c not in knows}
    order = [chapter.id for chapter in book.chapters]

    def in_order(found: Mapping[str, str]) -> dict[str, str]:
        return {chapter: found[chapter] for chapter in order if chapter in found}

    return Understood(
        goal=goal,
        core=in_order(core),
        also=in_order(also),
        known=in_order(knows),
        skimmed=in_order(skims),
        avoided=in_order(avoided),
        remarks=tuple(dict.fromkeys(said.remarks() + told.remarks())),
    )


def _chapter(name: str, book: Handbook) -> str:
    """The id of the chapter with this id or title. Raises BadInput that names what it may have been meant for."""
    try:
        return book.chapter(name).id
    except BadInput as error:
        meant = [match.entry.name for match in _heard(printable(name), "want", book).of("chapter", "want")]
        if not meant:
            raise
        told = " or ".join(list(dict.fromkeys(meant))[:3])
        raise BadInput(f"There is no chapter {name!r}. Did you mean {told}?") from error


def _without_what_builds_on(
    found: dict[str, str], said: "_Heard", avoided: Mapping[str, str], book: Handbook
) -> dict[str, str]:
    """
    `found` without what stands on a chapter that the learner will not have: "everything except GANs".

    A chapter wanted by name stays, and so does all where nothing would be left.
    """
    unwanted = {match.entry.name for match in said.of("chapter", "avoid")} & set(avoided)
    free = {
        chapter: why
        for chapter, why in found.items()
        if chapter in said.named() or not unwanted & {before.id for before in book.prerequisites_closed([chapter])}
    }
    return free or found


def needed(chapters: Iterable[str], known: Iterable[str], handbook: Handbook) -> list[Chapter]:
    """`chapters` and all they build on, in the handbook's order; what is `known` counts as there and is left out."""
    known, wanted = set(known), set[str]()
    waiting = [handbook.chapter(chapter) for chapter in chapters]
    while waiting:
        chapter = waiting.pop()
        if chapter.id not in wanted and chapter.id not in known:
            wanted.add(chapter.id)
            waiting.extend(handbook.chapter(before.chapter) for before in chapter.prerequisites)
    return [chapter for chapter in handbook.chapters if chapter.id in wanted]


def _background(said: "_Heard", told: "_Heard", book: Handbook) -> tuple[dict[str, str], dict[str, str]]:
    """Chapters to leave out and chapters to skim, each with the reason."""
    knows = told.known() | said.known()
    skims = told.skimmed() | said.skimmed()
    for chapter in book.prerequisites_closed(knows):
        if chapter.id not in knows:
            above = next(c for c in book.chapters if c.id in knows and chapter in book.prerequisites_closed([c.id]))
            skims.setdefault(chapter.id, f"you know {above.title}, which builds on it")
    return knows, {chapter: why for chapter, why in skims.items() if chapter not in knows}


def implied(known: Iterable[str], handbook: Handbook) -> dict[str, str]:
    """What somebody who knows these chapters has met on the way: ids with the reason, the chapters themselves not."""
    known = set(known)
    met: dict[str, str] = {}
    for chapter in handbook.chapters:
        if chapter.id in known:
            for before in handbook.prerequisites_closed([chapter.id]):
                if before.id not in known:
                    met.setdefault(before.id, f"you know {chapter.title}, which builds on it")
    return met


def _outside(goal: str, book: Handbook) -> str:
    short = goal if len(goal) <= 60 else goal[:59] + "…"
    return (
        f'Nothing in the handbook serves "{short}": it covers modern AI, from {book.chapters[0].title} and neural '
        "networks over Transformers, fine-tuning, prompting, RAG, agents, evaluation and efficient inference to "
        "diffusion and multimodal models. Name one of these, or say what you want to do with AI."
    )


def _nothing_left(asked: Sequence[str], knows: Mapping[str, str], book: Handbook) -> str:
    titles = ", ".join(book.chapter(chapter).title for chapter in asked[:4])
    if all(chapter in knows for chapter in asked):
        return (
            f"You know all that this goal asks for ({titles}). Name a further goal, or leave a chapter out of --known."
        )
    return f"All that this goal asks for ({titles}) is also what you do not want. Say what should be in the plan."


# -- what the words of a text point at --------------------------------------------------------------------------------


class _Entry(NamedTuple):
    """What a pattern stands for: a chapter, a theme, a background, or nothing of ours ("elsewhere")."""

    kind: str
    name: str


class _Match(NamedTuple):
    entry: _Entry
    state: str  # of the stretch it is in: want, known, avoid, novice
    tokens: frozenset[int]
    words: str  # as the learner wrote them
    is_name: bool  # one slot: a name, not a description


@dataclass(frozen=True, slots=True)
class _Heard:
    """All that matched in one text."""

    matches: tuple[_Match, ...]
    table: "_Table"

    def all_wanted(self) -> "_Heard":
        turned = [m._replace(state="want") if m.state in ("known", "novice") else m for m in self.matches]
        return _Heard(tuple(turned), self.table)

    def of(self, kind: str, *states: str) -> Iterator[_Match]:
        return (match for match in self.matches if match.entry.kind == kind and match.state in states)

    def named(self) -> set[str]:
        """Chapters wanted by a word of their own."""
        return {match.entry.name for match in self.of("chapter", "want")}

    def wanted(self) -> tuple[dict[str, str], dict[str, str]]:
        core = {match.entry.name: _quoted(match) for match in self.of("chapter", "want")}
        also: dict[str, str] = {}
        themes = [(self.table.themes[match.entry.name], match) for match in self.of("theme", "want")]
        particular = [(theme, match) for theme, match in themes if not theme.alone]
        for theme, match in particular or ([] if core else themes):
            for chapter in theme.core:
                core.setdefault(chapter, _quoted(match))
            for chapter in theme.also:
                also.setdefault(chapter, _quoted(match))
        return core, {chapter: why for chapter, why in also.items() if chapter not in core}

    def avoided(self) -> dict[str, str]:
        found = {match.entry.name: _quoted(match) for match in self.of("chapter", "avoid")}
        for match in self.of("theme", "avoid"):
            theme = self.table.themes[match.entry.name]
            found |= {chapter: _quoted(match) for chapter in (*theme.core, *theme.also)}
        return found

    def known(self) -> dict[str, str]:
        found = {m.entry.name: _quoted(m) for m in self.of("chapter", "known") if m.is_name}
        for match in self.of("background", "known"):
            found |= {chapter: _quoted(match) for chapter in self.table.backgrounds[match.entry.name].knows}
        return found

    def skimmed(self) -> dict[str, str]:
        return {
            chapter: _quoted(match)
            for match in self.of("background", "known")
            for chapter in self.table.backgrounds[match.entry.name].skims
        }

    def remarks(self) -> list[str]:
        return [note for m in self.of("background", "known") if (note := self.table.backgrounds[m.entry.name].note)]


def _quoted(match: _Match) -> str:
    return f"you said “{match.words}”"


def _heard(text: str, default: str, book: Handbook) -> _Heard:
    table = _table(book)
    tokens = _tokens(text, default)
    corrected = [token._replace(word=table.corrected(token.word)) for token in tokens]
    found: list[_Match] = []
    # "Reduce hallucinations", "without a GPU": a pattern that holds the negation itself is a wish.
    for stretch in (list(part) for _, part in groupby(corrected, key=lambda token: token.sentence)):
        index = _Index(stretch)
        found += [
            _match(pattern, span, stretch, text)._replace(state="want")
            for pattern in table.negative
            for span in pattern.find(index)
            if stretch[min(span)].state != "known" or default == "want"
        ]
    for _, group in groupby(corrected, key=lambda token: (token.sentence, token.state)):
        stretch = list(group)
        index = _Index(stretch)
        found += [_match(p, span, stretch, text) for p in table.patterns for span in p.find(index)]
    return _Heard(tuple(_without_parts(found)), table)


def _match(pattern: "_Pattern", span: frozenset[int], stretch: "Sequence[_Token]", text: str) -> _Match:
    words = [stretch[at] for at in sorted(span)]
    numbers = frozenset(token.number for token in words)
    near = words[-1].end - words[0].start <= 60
    said = text[words[0].start : words[-1].end] if near else " … ".join(text[w.start : w.end] for w in words)
    return _Match(pattern.entry, words[0].state, numbers, said, pattern.is_name)


# A chapter's long name swallows the names of chapters in it; what belongs elsewhere takes its words with it.
_SWALLOWS: Final = {("chapter", "chapter"), ("elsewhere", "chapter"), ("elsewhere", "theme")}


def _without_parts(found: list[_Match]) -> list[_Match]:
    """`found` without what is only a part of a longer name: "attention" in "linear attention"."""
    names = [match for match in found if match.is_name and len(match.tokens) > 1]
    kept = [
        match
        for match in found
        if match.entry.kind != "elsewhere"
        and not any(
            match.tokens < name.tokens if name.entry.kind == "chapter" else match.tokens & name.tokens
            for name in names
            if (name.entry.kind, match.entry.kind) in _SWALLOWS
        )
    ]
    # What is said in a wish that holds its own negation ("without a GPU") is not also avoided.
    wishes = frozenset(n for m in kept if m.state == "want" and m.entry.kind in ("chapter", "theme") for n in m.tokens)
    return [match for match in kept if match.state != "avoid" or not match.tokens <= wishes]


# -- stretches of a text: wanted, known, not wanted -------------------------------------------------------------------


class _Token(NamedTuple):
    number: int
    word: str  # lower case, without a plural's s
    start: int
    end: int
    sentence: int
    state: str


_WORD: Final = re.compile(r"c\+\+|c#|[a-z0-9]+(?:['’](?:s|t|re|ve|ll|d|m)\b)?")
_END: Final = re.compile(r"[.!?;:\n–—]\s|[()]|\s-\s")
_FILLERS: Final = frozenset(
    """a an the my our your their its his her this that these those some any of for in on to with and or from by at as
    is are be i we you me us it own very really more about into over using use how do does can will""".split()
)


def _cue(*alternatives: str) -> "re.Pattern[str]":
    return re.compile(rf"(?:{'|'.join(alternatives)})\b")


_NOVICE: Final = _cue(
    r"(no|little|not much|zero|without|hardly any|never had|lack(ing)?|have ?n[o']t)( [\w-]+){0,2} "
    r"(experience|background|knowledge|idea)",
    r"(never|not yet|have ?n[o']t|haven.t) (\w+ )?"
    r"(worked|used|done|touched|studied|taken|learned|learnt|had|written)",
    r"(completely |totally |quite |very |brand )?new to\b",
    r"not familiar",
    r"(a |an )?(complete |absolute |total )?(beginner|newbie|novice)\b",
    r"(i )?(do not|don.t|dont) (really |yet )?(know|understand)",
)
_AVOID: Final = _cue(
    r"(i.?m |i am |we are )?not (at all |really |so )?(interested|keen|bothered|concerned)( in| on| about| with)?",
    r"no interest in",
    r"(do not|don.t|dont|does not|won.t|will not|would not|wouldn.t) (really )?"
    r"(want|care|need|like|wish|have to)( to| about| for)?",
    r"no need (for|of|to)",
    r"without|no(?! (idea|clue|longer|matter))|not(?! (just|only|sure|yet|necessarily))",
    r"skip(ping)?|except( for)?|excluding|exclude|leav(e|ing) out|leave aside|nothing (about|on|with)",
    r"instead of|rather than|ignor(e|ing)|hate|minus|apart from|aside from|other than",
    r"everything but|anything but|all but|never mind|forget about|omit(ting)?|drop(ping)?|avoid(ing)?",
)
_KNOWN: Final = _cue(
    r"(i|we)(.ve| have)?( already| also| both)? (know|master(ed)?|took|did|finished|completed|studied|teach|taught|"
    r"work(ed)? (on|in|with|as|at|for)|use|used|do|programmed?|code|wrote|published|majored|built)\b",
    r"(i|we) (already |fully |do )understand",
    r"(i|we)(.ve| have)( already| just)? (done|finished|taken|read|studied|built|used|completed|seen|written|"
    r"trained|worked|published|learned|learnt|been|had|got|implemented|passed|experience)",
    r"(i|we) (have|hold|got) (a |an |my |some |good |solid |strong )*"
    r"(phd|degree|master.?s?|bachelor.?s?|background|experience|doctorate|knowledge|diploma)",
    r"(i.?m|i am|we are|we.?re) (already |quite |very |fairly )*"
    r"(familiar|comfortable|experienced|fluent|good|strong|solid|proficient|an expert|expert|trained)",
    r"(i.?m|i am|we are|we.?re) (a|an|the) "
    r"(?!bit|little|beginner|newcomer|novice|newbie|absolute|complete|total)",
    r"as (a|an) (?!whole|service|judge|result|hobby)",
    r"(familiar|comfortable|experienced|fluent|proficient) (with|in)",
    r"(my )?background(:| is| in)|coming from|(i )?come from|experience (with|in|of)|knowledge of",
    r"\d+ years|(two|three|four|five|six|ten|twenty|several|many) years of|degree in|phd in",
    r"already (know|did|done|finished|read|understand|familiar|built)",
)
_WANT: Final = _cue(
    r"(i|we|and|but|now|who|that)?( now| really| just)?( ?want|.d like| would like|.d love| need(?! no)| wish| wants|"
    r" plan to| hope| have to| must| should| am trying| am looking)\b(?! no)",
    r"(my|the|our) (goal|aim|plan|task|wish|question|job is to|boss)",
    r"(teach|show|explain|help|tell) me|so (that )?i can|in order to|looking (to|for)|trying to",
    r"curious about|interested in|keen (to|on)|eager to|wondering",
    r"how (do|does|can|could|would|should|to)|what|why|which",
)
# After "and" or a comma these begin a wish; elsewhere they may be part of what somebody knows or does not want.
_VERBS: Final = frozenset(
    """want learn understand build make create teach get read write run train fine finetune see explain need like would
    prepare study serve deploy evaluate use how why what become know start try develop implement generate focus
    improve reduce set design please rather prefer wants now""".split()
)
_TURNS: Final = frozenset(
    "but so because before then now while though however yet although when instead please just".split()
)


def _tokens(text: str, default: str) -> list[_Token]:
    """The words of a text, each with the state of the stretch it stands in; `default` at the start of a sentence."""
    low = text.lower().replace("’", "'")
    tokens: list[_Token] = []
    state, sentence, end = default, 0, 0
    words = list(_WORD.finditer(low))
    for number, word in enumerate(words):
        gap = low[end : word.start()]
        if end and _END.search(gap):
            state, sentence = default, sentence + 1
        following = [w[0] for w in words[number : number + 3]]
        state = _next_state(low, word, state, default, "," in gap, following)
        if word[0] not in ("", "'"):
            tokens.append(_Token(number, _plain(word[0]), word.start(), word.end(), sentence, state))
        end = word.end()
    return tokens


def _next_state(
    low: str, word: "re.Match[str]", state: str, default: str, after_comma: bool, following: list[str]
) -> str:
    """The state at a word: where a cue begins that of the cue, else as before, unless a new clause ends it."""
    at = word.start()
    before = low[max(0, at - 12) : at]
    if _NOVICE.match(low, at) and not re.search(r"want to $", before):
        return "novice"
    asks = re.search(r"(how|what|when|where|why|that|do|does|should|can|could|to|than|if|whether) $", before)
    if _KNOWN.match(low, at) and not asks:
        return "known"
    if _WANT.match(low, at) and (default == "want" or word[0] in ("i", "we")):
        # "I don't want to learn": the cue inside another cue does not count.
        return state if state == "avoid" and re.search(r"(n't|not|never|dont) ?$", before) else "want"
    if _AVOID.match(low, at):
        return "novice" if default == "known" or (state == "novice" and before.endswith("but ")) else "avoid"
    if state == "known" and following[:2] in (["but", "not"], ["but", "no"], ["but", "never"]):
        return "novice"  # "I know transformers but not LoRA" tells what is not known, which need not be unwanted
    begins = word[0] in _TURNS or ((after_comma or word[0] == "and") and any(w in _VERBS for w in following[:3]))
    if word[0] in _TURNS or begins:
        return default
    return default if after_comma and state in ("avoid", "novice") and default == "want" else state


def _plain(word: str) -> str:
    """A word without its plural's s or its genitive, -ise spelled as -ize."""
    word = re.sub(r"'\w+$", "", word)
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return re.sub(r"is(ation|ing|e|ed|er)?$", r"iz\1", word) if len(word) > 5 else word


# -- patterns ---------------------------------------------------------------------------------------------------------


class _Index:
    """Where each word, beginning of a word, and pair of neighbours written as one stands in a stretch."""

    def __init__(self, stretch: Sequence[_Token]) -> None:
        self.words = [token.word for token in stretch]
        self.telling = [at for at, token in enumerate(stretch) if token.word not in _FILLERS]
        self._where: dict[str, list[frozenset[int]]] = {}  # by word, or by beginning with a "*"
        for at, word in enumerate(self.words):
            self._enter(word, frozenset([at]))
        for at, (left, right) in enumerate(pairwise(self.words)):
            if len(left) > 1 and left not in _FILLERS:
                self._enter(left + right, frozenset([at, at + 1]), len(left) + 1)
        self._there = frozenset(self._where)

    def _enter(self, word: str, where: frozenset[int], least: int = 2) -> None:
        self._where.setdefault(word, []).append(where)
        for length in range(least, len(word) + 1):
            self._where.setdefault(f"{word[:length]}*", []).append(where)

    def where(self, part: str) -> list[frozenset[int]]:
        return self._where.get(part, [])

    def has_none(self, parts: frozenset[str]) -> bool:
        return parts.isdisjoint(self._there)

    def chain(self, parts: tuple[str, ...]) -> Iterator[frozenset[int]]:
        """Where the parts follow each other, with nothing but small words between them."""
        found = self.where(parts[0])
        for part in parts[1:]:
            longer = []
            for head in found:
                after = self._after(max(head))
                longer += [head | tail for tail in self.where(part) if min(tail) in after]
            found = longer
        return iter(found)

    def _after(self, at: int) -> set[int]:
        after = {at + 1}
        while (at := at + 1) < len(self.words) and self.words[at] in _FILLERS:
            after.add(at + 1)
        return after

    def width(self, span: frozenset[int]) -> int:
        return bisect_left(self.telling, max(span) + 1) - bisect_left(self.telling, min(span))


_NEAR: Final = 4  # telling words that may stand between those of a pattern, all together
_NEGATIONS: Final = frozenset(["no", "without", "avoid", "avoid*", "not", "instead", "non", "less", "lack*"])


class _Pattern(NamedTuple):
    entry: _Entry
    slots: tuple[tuple[tuple[str, ...], ...], ...]  # slots > alternatives > parts
    beginnings: tuple[frozenset[str], ...]  # of each slot the first parts: what must be there for it to be met at all

    @classmethod
    def of(cls, entry: _Entry, slots: tuple[tuple[tuple[str, ...], ...], ...]) -> "_Pattern":
        return cls(entry, slots, tuple(frozenset(parts[0] for parts in slot) for slot in slots))

    @property
    def is_name(self) -> bool:
        return len(self.slots) == 1

    def find(self, index: _Index) -> list[frozenset[int]]:
        """Every set of places in which each slot is met, within a few words."""
        if any(index.has_none(parts) for parts in self.beginnings):
            return []
        places = []
        for slot in self.slots:
            if not (here := [span for parts in slot for span in index.chain(parts)]):
                return []
            places.append(here)
        if len(places) == 1:
            return list(dict.fromkeys(places[0]))
        found = []
        for first in places[0]:
            span = first
            for others in places[1:]:
                free = [other for other in others if not other & span]
                if not free:
                    break
                span |= min(free, key=lambda other: (index.width(span | other), min(other)))
            else:
                if index.width(span) <= len(span) + _NEAR:
                    found.append(span)
        return found


def _pattern(entry: _Entry, written: str) -> _Pattern:
    slots = tuple(
        tuple(tuple(_part(part) for part in alternative.split("_")) for alternative in slot.split("|"))
        for slot in written.split()
    )
    return _Pattern.of(entry, slots)


def _part(part: str) -> str:
    return part if part.endswith("*") else _plain(part)


def _topic(entry: _Entry, topic: str) -> _Pattern | None:
    parts = tuple(_plain(word) for word in re.findall(r"[a-z0-9]+", topic.lower()) if word not in _FILLERS)
    return _Pattern.of(entry, ((parts,),)) if parts and len("".join(parts)) > 2 else None


# -- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Theme:
    core: tuple[str, ...]
    also: tuple[str, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class _Back:
    knows: tuple[str, ...]
    skims: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Table:
    patterns: tuple[_Pattern, ...]
    negative: tuple[_Pattern, ...]  # those that hold a negation in a slot
    themes: Mapping[str, _Theme]
    backgrounds: Mapping[str, _Back]
    vocabulary: tuple[str, ...]  # what a misspelled word may have been
    beginnings: tuple[str, ...]  # of words with any ending
    left_alone: frozenset[str]

    def corrected(self, word: str) -> str:
        """`word`, or the one it was meant to be where it is one of no kind that we know and nearly one of ours."""
        if len(word) < 5 or word in self.left_alone or word.startswith(self.beginnings):
            return word
        return _nearest_spelling(word, self.vocabulary)


_TABLES: dict[int, _Table] = {}


def _table(book: Handbook) -> _Table:
    if (made := _TABLES.get(id(book))) is None:
        made = _TABLES[id(book)] = _read_table(book)
    return made


def _read_table(book: Handbook) -> _Table:
    """Reads `data/goals.toml`. A chapter that `book` (one made by hand, in a test) does not have is passed over."""
    data = tomllib.loads(files("tutor").joinpath("data/goals.toml").read_text(encoding="utf-8"))
    ids = {chapter.id for chapter in book.chapters}
    sections = {section.id: [chapter.id for chapter in section.chapters] for section in book.sections}

    def chapters(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(id for name in names for id in sections.get(name, [name]) if id in ids)

    everyday = {topic.strip() for topic in data["everyday"].split(",")}
    everyday = {" ".join(topic.split()) for topic in everyday}
    patterns = [_pattern(_Entry("elsewhere", ""), written) for written in data["elsewhere"]]
    for chapter in book.chapters:
        entry = _Entry("chapter", chapter.id)
        patterns += [_pattern(entry, written) for written in data["chapters"].get(chapter.id, ())]
        topics = (topic for topic in (chapter.title, *chapter.topics) if topic.lower() not in everyday)
        patterns += [pattern for topic in topics if (pattern := _topic(entry, topic))]
    themes = [*data["themes"], *map(_of_section, book.sections)]
    patterns += [_pattern(_Entry("theme", theme["name"]), written) for theme in themes for written in theme["phrases"]]
    patterns += [
        _pattern(_Entry("background", one["name"]), written)
        for one in data["backgrounds"]
        for written in one["phrases"]
    ]
    parts = {part for pattern in patterns for slot in pattern.slots for chain in slot for part in chain}
    beginnings = tuple(sorted(part[:-1] for part in parts if part.endswith("*") and len(part) > 4))
    exact = {part for part in parts if not part.endswith("*")}
    return _Table(
        patterns=tuple(patterns),
        negative=tuple(p for p in patterns if any(c[0] in _NEGATIONS for slot in p.slots for c in slot)),
        themes={
            one["name"]: _Theme(chapters(one["core"]), chapters(one.get("also", ())), one.get("alone", False))
            for one in themes
        },
        backgrounds={
            one["name"]: _Back(chapters(one.get("knows", ())), chapters(one.get("skims", ())), one.get("note", ""))
            for one in data["backgrounds"]
        },
        vocabulary=tuple(sorted(word for word in {*exact, *beginnings} if len(word) >= 6)),
        beginnings=beginnings,
        left_alone=frozenset({_plain(word) for word in data["not_typos"].split()} | exact),
    )


def _of_section(section: Section) -> dict[str, Any]:
    """A theme for a section called by its number, "Section VI" or "section 6", or by its title."""
    title = "_".join(word for word in re.findall(r"[a-z0-9]+", section.title.lower()) if word not in _FILLERS)
    number = section.id.removeprefix("s")
    names = [f"section_{section.number.lower()}|section_{number}|part_{number}", title]
    return {"name": section.heading, "phrases": names, "core": [section.id]}


# -- slips of the keyboard --------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _nearest_spelling(word: str, vocabulary: tuple[str, ...]) -> str:
    """The word of `vocabulary` that one slip (two in a long word) turned into `word`, else `word` itself."""
    slips = 1 if len(word) < 9 else 2
    best: tuple[int, int, str] | None = None
    for meant in vocabulary:
        if meant[0] == word[0] and abs(len(meant) - len(word)) <= slips:
            distance = _slips(word, meant, slips)
            if distance <= slips and (best is None or (distance, -len(meant), meant) < best):
                best = (distance, -len(meant), meant)
    return best[2] if best else word


def _slips(a: str, b: str, most: int) -> int:
    """How many letters were left out, added, changed or swapped (optimal string alignment); more than `most`: any."""
    rows = [list(range(len(b) + 1))]
    for i in range(1, len(a) + 1):
        row = [i]
        for j in range(1, len(b) + 1):
            least = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
        rows.append(row)
    return rows[-1][-1]
