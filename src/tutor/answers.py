"""
Answers: a question's whole way, as a stream of events.

search -> evidence -> decide -> write -> check. Evidence is told before the Writer has read its prompt; a statement is
told only after the check; when the Writer fails the check, or there is none, the best quotes are the answer.
"""

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tutor import decide, evidence, grammar, late, listed, preferences, prompt, rewriting, syllabus, wishes
from tutor.check import Checker
from tutor.conversation import Resolved, Turn, Want, leans, resolve
from tutor.encoder import Encoder
from tutor.errors import ModelError
from tutor.evidence import Evidence
from tutor.handbook import Chapter, Handbook
from tutor.library import Library
from tutor.passages import Quote
from tutor.preferences import Preference
from tutor.prompt import Prompt
from tutor.questions import Question, Shape, parse, sides
from tutor.rhetoric import defines, quotable, talks
from tutor.search import Found, Search
from tutor.sentences import Block, sentences
from tutor.settings import Answering, Settings
from tutor.visible import visible
from tutor.words import stems, words
from tutor.writer import LlamaCppWriter, Writer

HITS = 10
LEVELS = tuple(prompt.LEVELS)
# How many statements an answer has at most, and how many quotes stand in for them.
MOST_STATEMENTS = 6
QUOTES_ALONE = 4
FOLLOW_UPS = 3
# A quote may stand in the answer when its score is this share of the best one's.
NEAR_THE_BEST = 0.8
# How a declined answer begins.
NOT_COVERED = "What I have read does not answer this."
# Where the evidence leaves so many tokens of the prompt free, more of the library is given to the Writer.
ROOMY = 400
WORDS_PER_TOKEN = 0.7
# A Writer that has gone astray does not come back: so many struck sentences in a row, and it is stopped.
MOST_STRUCK = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with the quotes it rests on; `support` 0..1. `quoted`: it is a quote, word for word."""

    text: str
    support: float
    quotes: tuple[Quote, ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Struck:
    """A sentence that the Writer wrote and nobody was shown as fact."""

    text: str
    support: float
    reason: str


@dataclass(frozen=True, slots=True)
class ModelUse:
    name: str
    prompt_tokens: int = 0
    output_tokens: int = 0
    budget_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds since the question was asked; `first_word` is when the Writer's first piece came."""

    search: float = 0.0
    evidence: float = 0.0
    first_word: float | None = None
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about, for a person who wants to know."""

    asked: str  # the question as it was searched
    shape: str
    chance: float
    grounds: dict[str, float]
    hits: tuple[tuple[str, str, float, dict[str, float]], ...]  # url, heading, score, signals
    prompt: str = ""
    written: str = ""
    struck: tuple[Struck, ...] = ()
    trouble: str = ""
    rewritten_by: str = ""  # who made a follow-up whole: "rules" or the Writer's name


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to. `chapter`: the nearest of the handbook, with what to read there."""

    question: str
    kind: str  # explain, partial, handbook, list, declined
    statements: tuple[Statement, ...]
    evidence: tuple[Quote, ...]
    chapter: Chapter | None
    follow_ups: tuple[str, ...]
    model: ModelUse
    timings: Timings
    trace: Trace
    message: str = ""  # what a declined answer says, or what a partial one begins with
    missing: tuple[str, ...] = ()  # what of the question nothing was found about
    understood: Resolved | None = None  # the question made whole, its level and what it wants, where that differs

    @property
    def declined(self) -> bool:
        return self.kind == "declined"

    @property
    def text(self) -> str:
        return " ".join([*([self.message] if self.message else ()), *(s.text for s in self.statements)])


@dataclass(frozen=True, slots=True)
class Understood:
    """A follow-up was made whole; told first, and only where it differs from what was typed."""

    resolved: Resolved


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The quotes the answer will rest on, best first; `missing` is what of the question none of them speaks of."""

    quotes: tuple[Quote, ...]
    chapter: Chapter | None
    milliseconds: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """The Writer is busy with `ahead` other questions."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Writing:
    """The Writer goes on; `unchecked` is what it has written of a sentence that nobody has checked."""

    unchecked: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement that passed the check."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Answered:
    """The end, always last."""

    answer: Answer


Event = Understood | EvidenceFound | Waiting | Writing | Stated | Answered


@dataclass(slots=True)
class _Draft:
    """What is known of an answer while it is being made."""

    began: float
    understood: Resolved
    made_whole: Resolved | None = None  # where it differs from what was typed
    rewritten_by: str = ""
    statements: list[Statement] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    prompt: Prompt | None = None
    first_word: float | None = None
    struck_in_a_row: int = 0
    trouble: str = ""

    def since(self) -> float:
        return (time.perf_counter() - self.began) * 1000


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the library has for a question: `chance` that it answers, by `on`; `searched`: when the search ended."""

    found: Found
    chosen: tuple[Evidence, ...]
    on: decide.Grounds
    chance: float
    searched: float


class Tutor:
    """Answers questions from one library."""

    def __init__(
        self,
        library: Library,
        search: Search,
        encoder: Encoder,
        handbook: Handbook,
        writer: Writer | None,
        *,
        prompt_tokens: int = 600,
        output_tokens: int = 160,
        held_to_form: bool = False,
    ) -> None:
        """With `held_to_form` the Writer writes under a grammar (tutor.grammar): a note for every sentence."""
        self.library = library
        self.search = search
        self.handbook = handbook
        self.writer = writer
        self.encoder = encoder
        self._prompt_tokens = prompt_tokens
        self._output_tokens = output_tokens
        self._held_to_form = held_to_form
        self._rule = grammar.RULE if held_to_form else ""

    @classmethod
    def open(cls, settings: Settings, *, writer: bool = True) -> "Tutor":
        """
        The tutor with the parts that `settings` name; the starter notes are in its library.

        The first time, the embedded models are made ready (about ten seconds). Without `writer` it answers in quotes.
        """
        from tutor import handbook, models, notes
        from tutor.encoder import open_encoder
        from tutor.vectors import ChromaIndex, encode_pending

        places = settings.places
        library = Library.open(places.library)
        notes.keep(library)
        syllabus.keep(library, handbook.load())
        written_by = models.open_writer(settings) if writer and settings.answering.form != "quotes" else None
        if isinstance(written_by, LlamaCppWriter):
            written_by.start()  # it is loaded in its own process while the rest is opened in this one
        encoder = open_encoder(places.models)
        index = ChromaIndex(library, encoder, places.chroma, settings.parts.chroma_server)
        encode_pending(library, encoder)
        index.sync()
        made = cls(library, Search(library, encoder, index), encoder, handbook.load(), None)
        return made.with_writer(written_by, settings.answering)

    def with_writer(self, writer: Writer | None, answering: Answering) -> "Tutor":
        """The same tutor with another Writer and budget; answers under way go on with what they began with."""
        return Tutor(
            self.library,
            self.search,
            self.encoder,
            self.handbook,
            writer,
            prompt_tokens=answering.prompt_tokens,
            output_tokens=answering.output_tokens,
            held_to_form=answering.form == "grammar",
        )

    def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        level: str = "intermediate",
        stop: threading.Event | None = None,
    ) -> Answer:
        """The answer alone. Raises what `ask` raises."""
        for event in self.ask(question, history, level, stop):
            if isinstance(event, Answered):
                return event.answer
        raise AssertionError("an answer is always the last event")

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        level: str = "intermediate",
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """
        Everything that happens to a question, in order; `Answered` is the last.

        Raises BadInput for a question that cannot be asked, LibraryError where the library cannot be read. A Writer
        that fails costs only its words: the quotes are the answer then, and the trace says why.
        """
        parse(question)  # what a person typed is judged before what it is resolved to
        draft = _Draft(time.perf_counter(), Resolved(question, level))
        if history and (understood := self._understood(question, history, level, draft, stop)) != draft.understood:
            draft.understood = draft.made_whole = understood
            yield Understood(understood)
        level = draft.understood.level
        asked = parse(self.search.mended(draft.understood.question))
        if (request := syllabus.parse(asked.text, self.handbook)) is not None:
            yield from self._from_syllabus(question, asked, request, draft)
            return
        if own := self._from_lists(asked.text):
            yield from self._told(question, asked, own, "list", None, (), draft)
            return
        budget = self._room(asked.text, level)
        seen = self._look(asked, draft.understood, budget)
        searched = (seen.searched - draft.began) * 1000
        found, chosen, on, chance = seen.found, seen.chosen, seen.on, seen.chance
        chapter = self._nearest_chapter(asked.text, found)
        follows = draft.made_whole is not None and not history[-1].answer.startswith(NOT_COVERED)
        cut = decide.CUT_FOLLOWING if follows else decide.CUT
        missing = decide.missing(asked, found, chosen, chance, self._met) if chance >= cut else ()
        if apart := self._apart(asked, chance, missing, budget):
            chosen, missing, chance = apart
        quotes = tuple(one.quote for one in chosen)
        timings = Timings(search=searched, evidence=draft.since())
        covered = chance >= cut and bool(quotes)
        yield EvidenceFound(quotes, chapter, timings.evidence, missing)
        if covered:
            yield from self._state(asked, chosen, level, draft, stop)
        kind = ("partial" if missing else "explain") if covered and draft.statements else "declined"
        trace = Trace(
            asked=asked.text,
            shape=asked.shape,
            chance=chance,
            grounds={name: getattr(on, name) for name in on.__dataclass_fields__},
            hits=tuple(
                (h.held.url, h.held.passage.heading, h.score, {n: getattr(h.signals, n) for n in _SIGNALS})
                for h in found.hits
            ),
            prompt=draft.prompt.text if draft.prompt else "",
            written="".join(draft.written),
            struck=tuple(draft.struck),
            trouble=draft.trouble,
            rewritten_by=draft.rewritten_by,
        )
        yield Answered(
            Answer(
                question=question,
                kind=kind,
                statements=tuple(draft.statements),
                evidence=_with_cited(quotes, draft.statements) if covered else (),
                chapter=chapter,
                follow_ups=self._follow_ups(asked, chapter),
                model=self._use(draft),
                timings=replace(timings, first_word=draft.first_word, total=draft.since()),
                trace=trace,
                message=self._declining(chapter) if kind == "declined" else partly(missing),
                missing=missing,
                understood=draft.made_whole,
            )
        )

    def _look(self, asked: Question, understood: Resolved, budget: int) -> "_Seen":
        """What the library has for a question, and how well it answers."""
        wide, before = self._find(asked, understood)
        searched = time.perf_counter()
        preference = Preference(understood.level, understood.wants)
        chosen = evidence.select(asked, wide, self.library, budget, self._count, preference)
        found = replace(wide, hits=wide.hits[:HITS])
        on = decide.grounds(found, chosen, asked.subjects)
        chance = decide.chance(on)
        if understood.context:  # few words: judged with what was asked before, too
            chance = max(chance, decide.chance(decide.grounds(before, chosen, asked.subjects)))
        return _Seen(found, chosen, on, chance, searched)

    def _find(self, asked: Question, understood: Resolved) -> tuple[Found, Found]:
        """
        What is found for a question, ordered by the level, by what is wanted, and by what was asked before; and for a
        follow-up what is found for it together with that. Where a definition is asked for, more than HITS.
        """
        preference = Preference(understood.level, understood.wants)
        defines = asked.shape in (Shape.DEFINITION, Shape.COMPARISON)
        wide = HITS * preferences.WIDER if preference.wants or understood.context or defines else HITS
        found = before = self.search.find(asked.text, wide)
        if understood.context:
            before = self.search.find(f"{asked.text} ({understood.context})", HITS)
            found = preferences.continued(found, before)
        first = preferences.ordered(found, preference, HITS)
        if not defines:
            return first, before
        taken = {hit.held.id for hit in first.hits}
        return replace(first, hits=(*first.hits, *(hit for hit in found.hits if hit.held.id not in taken))), before

    def _understood(
        self, question: str, history: Sequence[Turn], level: str, draft: _Draft, stop: threading.Event | None
    ) -> Resolved:
        """The question made whole: by the rules, or where it leans and the Writer is capable, by a checked rewrite."""
        by_rules = resolve(question, history, level)
        if by_rules.question == question:
            return by_rules
        draft.rewritten_by = "rules"
        form_alone = by_rules.wants or by_rules.level != level  # "simpler please": the last question, as it was
        if self.writer is None or form_alone or not rewriting.capable(self.writer) or not leans(question):
            return by_rules
        version = rewriting.rewritten(question, history, self.writer, stop)
        if not version:
            return by_rules
        draft.rewritten_by = self.writer.name
        return replace(by_rules, question=version)

    def _from_syllabus(
        self, question: str, asked: Question, request: syllabus.Request, draft: _Draft
    ) -> Iterator[Event]:
        """A question about the handbook itself: the syllabus answers, without a search and without the Writer."""
        said = syllabus.answer(request, self.handbook, self.library)
        if request.wish is syllabus.Wish.RESOURCES:
            said += self._from_lists(asked.text, request, [quote.link for one in said for quote in one.quotes])
        chapter = request.chapter or (self.handbook.chapters[0] if request.wish is syllabus.Wish.START else None)
        offered = (*syllabus.follow_ups(request)[:2], *self._follow_ups(asked, chapter)[:1])
        yield from self._told(question, asked, said, f"handbook: {request.wish}", chapter, offered, draft)

    def _from_lists(
        self, asked: str, request: syllabus.Request | None = None, but: Sequence[str] = ()
    ) -> list[syllabus.Said]:
        """What the learner's own reading lists name for what is asked, but for what was named already."""
        found = wishes.sought(asked)
        place = request.place if request else None
        subjects = [*((found.subject,) if found else ()), *((place.title,) if place else ())]
        kinds = request.kinds if request else found.kinds if found else ()
        return listed.says(subjects, kinds, self.library, but=but, known=self.handbook.url)

    def _told(
        self,
        question: str,
        asked: Question,
        said: Sequence[syllabus.Said],
        shape: str,
        chapter: Chapter | None,
        offered: tuple[str, ...],
        draft: _Draft,
    ) -> Iterator[Event]:
        """An answer that plain code has given, with its quotes."""
        quotes = tuple(dict.fromkeys(quote for one in said for quote in one.quotes))
        timings = Timings(evidence=draft.since())
        yield EvidenceFound(quotes, chapter, timings.evidence)
        for one in said:
            statement = Statement(one.text, 1.0, one.quotes, quoted=one.quoted)
            draft.statements.append(statement)
            yield Stated(statement)
        yield Answered(
            Answer(
                question=question,
                kind=shape.partition(":")[0],
                statements=tuple(draft.statements),
                evidence=quotes,
                chapter=chapter,
                follow_ups=offered,
                model=self._use(draft),
                timings=replace(timings, total=draft.since()),
                trace=Trace(asked.text, shape, 1.0, {}, (), rewritten_by=draft.rewritten_by),
                understood=draft.made_whole,
            )
        )

    # -- stating ----------------------------------------------------------------------------------------------------

    def _state(
        self, asked: Question, chosen: Sequence[Evidence], level: str, draft: _Draft, stop: threading.Event | None
    ) -> Iterator[Event]:
        """The statements: the best quote first, then what the Writer adds and the check lets pass, then more quotes."""
        first = _as_statement(chosen[0])
        draft.statements.append(first)
        yield Stated(first)
        if self.writer is not None and not (stop and stop.is_set()):
            try:
                yield from self._write(asked, chosen, level, draft, self.writer, stop)
            except ModelError as error:
                draft.trouble = str(error)
        most = 1 if Want.SHORT in draft.understood.wants else QUOTES_ALONE
        best = max(one.score for one in chosen)
        for one in chosen[1:]:
            if len(draft.statements) >= most:
                break
            if one.score < best * NEAR_THE_BEST:
                continue
            statement = _as_statement(one)
            if not _repeats(statement.text, draft.statements):
                draft.statements.append(statement)
                yield Stated(statement)

    def _write(
        self,
        asked: Question,
        chosen: Sequence[Evidence],
        level: str,
        draft: _Draft,
        writer: Writer,
        stop: threading.Event | None,
    ) -> Iterator[Event]:
        notes = [*chosen, *self._more(asked, chosen, level)]
        draft.prompt = prompt.build(asked.text, level, notes, writer, self._prompt_tokens, self._rule)
        checker = Checker(draft.prompt.quotes, self.encoder)
        pending = ""
        form = grammar.of_notes(len(draft.prompt.quotes)) if self._held_to_form else None
        pieces = writer.write(draft.prompt.text, max_tokens=self._output_tokens, stop=stop, grammar=form)
        if ahead := getattr(pieces, "ahead", 0):
            yield Waiting(ahead)
        for piece in pieces:
            if draft.first_word is None:
                draft.first_word = draft.since()
            draft.written.append(piece)
            pending += piece
            whole, pending = grammar.cut(pending) if self._held_to_form else _whole_sentences(pending)
            for sentence in whole:
                yield from self._checked(sentence, checker, draft)
            if len(draft.statements) >= MOST_STATEMENTS or draft.struck_in_a_row >= MOST_STRUCK:
                return
            yield Writing(pending)
        whole, pending = grammar.cut(pending, ended=True) if self._held_to_form else ([], pending)
        for sentence in (*whole, *_whole_sentences(f"{pending}\n")[0]):  # also of one that was not held to the form
            if sentence.rstrip().endswith((".", "!", "]")):
                yield from self._checked(sentence, checker, draft)

    def _checked(self, sentence: str, checker: Checker, draft: _Draft) -> Iterator[Event]:
        text = plain(sentence)
        if not text:
            return
        quotes = draft.prompt.quotes if draft.prompt and self._held_to_form else ()
        verdict = checker.check(text, [quotes[note - 1] for note in grammar.cited(sentence) if note <= len(quotes)])
        reason = verdict.reason
        if not reason and (talks(text) or not quotable(text, Block.PROSE)):
            reason = "it is beside the subject"
        if not reason and text.endswith(":"):
            reason = "it only leads up to something"
        if not reason and _repeats(text, draft.statements):
            reason = "it repeats what was said"
        if reason:
            draft.struck.append(Struck(text, verdict.support, reason))
            draft.struck_in_a_row += 1
            return
        draft.struck_in_a_row = 0
        statement = Statement(text, verdict.support, verdict.quotes)
        draft.statements.append(statement)
        yield Stated(statement)

    def _more(self, asked: Question, chosen: Sequence[Evidence], level: str) -> list[Evidence]:
        """What else of the library fits into a prompt that has room for more than the evidence."""
        room = self._room(asked.text, level) - sum(self._count(one.quote.text) for one in chosen)
        if room < ROOMY:
            return []
        found = self.search.find(asked.text, evidence.WIDE)
        more = evidence.fill(found, self.library, int(room * WORDS_PER_TOKEN))
        return [one for one in more if not evidence.told(chosen, one.quote.source, one.quote.start, one.quote.end)]

    # -- around it --------------------------------------------------------------------------------------------------

    def _room(self, question: str, level: str) -> int:
        # A model that cannot be used is told of when it is to write; what is found for a question does without it.
        with contextlib.suppress(ModelError):
            if self.writer is not None:
                return prompt.room(question, level, self.writer, self._prompt_tokens, self._rule)
        return self._prompt_tokens

    def _count(self, text: str) -> int:
        with contextlib.suppress(ModelError):
            if self.writer is not None:
                return self.writer.count(text) + prompt.PER_NOTE
        return len(text) // 4

    def _use(self, draft: _Draft) -> ModelUse:
        if self.writer is None:
            return ModelUse("quotes only")
        return ModelUse(
            name=self.writer.name,
            prompt_tokens=draft.prompt.tokens if draft.prompt else 0,
            output_tokens=len(draft.written),
            budget_tokens=self._prompt_tokens,
        )

    def _apart(
        self, asked: Question, chance: float, missing: Sequence[str], budget: int
    ) -> tuple[tuple[Evidence, ...], tuple[str, ...], float] | None:
        """
        Of a question that asks several things, those that can be answered: their evidence, what is missing, and the
        chance of the surest. None where it asks one thing, where all or nothing can be answered, or where a comparison
        is answered as a whole.
        """
        each = sides(asked)
        if not each or (asked.shape is Shape.COMPARISON and chance >= decide.CUT and not missing):
            return None
        covered: list[tuple[float, tuple[Evidence, ...]]] = []
        lacking: list[str] = []
        for subject, text in each:
            question = parse(text)
            seen = self._look(question, Resolved(text), budget // len(each))
            lacks = decide.missing(question, seen.found, seen.chosen, seen.chance, self._met)
            if seen.chance >= decide.CUT and not lacks:
                covered.append((seen.chance, seen.chosen))
            else:
                lacking.append(subject)
        if not covered or not lacking:
            return None
        return tuple(one for _, part in covered for one in part), tuple(lacking), max(sure for sure, _ in covered)

    def _met(self, word: str, text: str) -> float:
        found = late.met(word, [text], self.encoder)
        return float(found.mean()) if found.size else 0.0

    def _nearest_chapter(self, question: str, found: Found) -> Chapter | None:
        """The chapter that the question's words and the best passages point to."""
        votes: dict[str, float] = {}
        for chapter, score in self.handbook.nearest(question, 5):
            votes[chapter.id] = score
        for rank, hit in enumerate(found.hits[:5]):
            if hit.held.chapter and hit.signals.meaning > 0.3:
                votes[hit.held.chapter] = votes.get(hit.held.chapter, 0.0) + hit.signals.meaning / (1 + rank)
        if not votes:
            return None
        return self.handbook.chapter(max(sorted(votes), key=lambda chapter: votes[chapter]))

    def _declining(self, chapter: Chapter | None) -> str:
        """What a declined answer says: that it is not covered, and where the handbook comes nearest."""
        if chapter is None:
            return f"{NOT_COVERED} Ask about a topic of the Generative AI Handbook, or read more with `tutor ingest`."
        section = self.handbook.section_of(chapter)
        reading = [r.title for r in chapter.resources if r.kind not in ("site", "social")][:2]
        advice = f" To read there: {'; '.join(reading)}." if reading else ""
        return (
            f"{NOT_COVERED} The nearest chapter of the handbook is “{chapter.title}” "
            f"(Section {section.number}, {section.title}).{advice}"
        )

    def _follow_ups(self, asked: Question, chapter: Chapter | None) -> tuple[str, ...]:
        """Three questions about the chapter's other topics, each of which the library defines."""
        offered: list[str] = []
        said = set(stems(asked.text))
        for topic in chapter.topics if chapter else ():
            mine = set(stems(topic))
            if not mine or mine & said:
                continue
            if written := self._defined(topic):
                offered.append(f"What does “{written}” mean?")
                said |= mine
            if len(offered) == FOLLOW_UPS:
                break
        return tuple(offered)

    def _defined(self, topic: str) -> str | None:
        """The topic as it is written in a sentence of the library that defines it."""
        query = " AND ".join(f'"{word}"' for word in words(topic))
        for held in self.library.held([number for number, _ in self.library.match(query, 3)]).values():
            text = held.passage.text
            for span in sentences(text):
                sentence = text[span.start : span.end]
                written = re.search(rf"\b{re.escape(topic)}\b", sentence, re.I)
                if written and defines(sentence, topic):
                    return written[0] if written.start() or written[0][1:].lower() != written[0][1:] else topic
        return None


def _with_cited(quotes: Sequence[Quote], statements: Sequence[Statement]) -> tuple[Quote, ...]:
    """The evidence, and behind it what statements rest on besides: a roomy prompt holds more than was shown first."""
    return tuple(dict.fromkeys([*quotes, *(quote for one in statements for quote in one.quotes)]))


def partly(missing: Sequence[str]) -> str:
    """What an answer begins with that covers a part of the question; empty where nothing is missing."""
    if not missing:
        return ""
    words = [f"“{one}”" for one in missing]
    told = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return f"What I have read says nothing of {told}. What it does say:"


_SIGNALS = ("meaning", "sentence", "words", "coverage", "title")


def _as_statement(one: Evidence) -> Statement:
    return Statement(plain(one.quote.text), 1.0, (one.quote,), quoted=True)


_CITATION = re.compile(
    r"\s*(?:\[\^?\d+(?:\s*[,–-]\s*\d+)*\]|[［【〔]\d+[^］】〕]{0,40}[］】〕]|"
    r"\((?:see )?(?:notes?|sources?|quotes?|citations?)\s+\d+(?:\s*(?:,|–|-|and)\s*\d+)*\))",
    re.I,
)
# Of a Markdown link or picture, by its address or by a name, only the words are said.
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^)]*\)|\[[^\[\]]*\])")
_LEAD = re.compile(
    r"^(?:[-*•>]\s+|\d{1,2}[.)]\s+|#+\s+|(?:the )?answer(?: to (?:this|the) question)?(?: is)?:\s*|(?:[QA]:\s+)+|"
    r"according to (?:the )?notes?(?: \d+)?,?\s*|based on the notes,?\s*)+",
    re.I,
)


_powerless = prompt.neutraliser()


def plain(sentence: str) -> str:
    """
    A sentence without list marks, citations that are none of ours and line breaks; of links only the words, and marks
    of a chat template without their power.
    """
    text = _LINK.sub(r"\1", visible(sentence))
    text = _CITATION.sub("", text).replace("**", "")
    text = _powerless(text)
    text = " ".join(text.split())
    text = _LEAD.sub("", text).strip()
    return text[:1].upper() + text[1:] if text and not text.startswith("$") else text


def _whole_sentences(pending: str) -> tuple[list[str], str]:
    """The sentences of `pending` that have come to their end, and the rest."""
    spans = sentences(pending)
    if not spans:
        return [], pending
    if pending.rstrip(" ") != pending.rstrip():  # a line break ends what is on the line
        return [pending[s.start : s.end] for s in spans], ""
    return [pending[s.start : s.end] for s in spans[:-1]], pending[spans[-1].start :]


def _repeats(text: str, said: Sequence[Statement]) -> bool:
    """Whether nearly all that `text` says has been said."""
    mine = set(stems(text))
    return bool(mine) and any(len(mine & set(stems(s.text))) >= 0.8 * len(mine) for s in said)
