"""
Drafts: practice cards made by code from what has been read.

`askable` reads what a sentence says, this asks it: what is hidden is the term that is defined or its definition, the
side of a contrast, a figure or an abbreviation's long form. Wrong options are other terms of the same sort, of the same
source or of the glossary, each with its own definition as the reason. Every card passes `cards.faults`; what becomes
none is counted by its reason. The same text gives the same cards, with no model. Knows nothing of learners or days.

Not covered: a card of a source that is taken away does not make room for the same of another until that one changes.
"""

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tutor import askable, cards, glossary, handbook
from tutor.askable import GENERAL, Askable, Contrast, Definition, Figure, LongForm, Unfit
from tutor.cards import CHOICE, RECALL, Card, Wrong
from tutor.glossary import Term
from tutor.library import Library, now
from tutor.passages import Source
from tutor.rhetoric import talks
from tutor.sentences import Span, sentences
from tutor.spelling import is_known
from tutor.words import STOP_WORDS, plain_words, stem, stems

if TYPE_CHECKING:
    from tutor.encoder import Encoder

# Changes whenever the same text would give other cards: then every source is done again.
RECIPE: Final = "1"
MOST = 6  # cards of one source
MOST_LONG_FORMS = 2  # of these: the least of what a source teaches
FEWEST_USES = 4  # of an abbreviation in its source: what is hardly used need not be known
_SPELL_OUT: Final = "What does the abbreviation "
OPTIONS = 3  # wrong ones of a choice of terms
# A definition of fewer words that tell something fits several terms: to choose one of four, the same of tools (what one
# library is for, another often does too), and to think of the one.
FEWEST_TO_CHOOSE, FEWEST_OF_A_TOOL, FEWEST_TO_RECALL = 4, 6, 7
_TELLS_LITTLE: Final = GENERAL | frozenset(map(stem, STOP_WORDS))
# A title or sentence names a chapter where that covers so much of its words' weight, and the next one so much less.
CLEARLY, AHEAD = 0.3, 1.5
# Two definitions with this share of their meaningful words in common are of the same thing, or nearly.
ALIKE = 0.3
# What is asked for: a term by its definition, a side of a contrast, a figure, a definition by its term, a long form.
TERM, SIDE, FIGURE, MEANING, LONG_FORM = "term", "side", "figure", "meaning", "long form"
FORMS: Final = (TERM, SIDE, FIGURE, MEANING, LONG_FORM)  # the best first
_MADE_OF: Final = {TERM: Definition, SIDE: Contrast, FIGURE: Figure, MEANING: Definition, LONG_FORM: LongForm}


@dataclass(frozen=True, slots=True)
class Drafted:
    """The cards of one source in the order of its text, and how many sentences became none, by reason."""

    cards: tuple[Card, ...]
    rejected: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run made: new cards, cards that were there already, those taken away, and the rejected by reason."""

    made: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence of the source says."""

    span: Span
    quote: str
    what: Askable
    alone: bool = True  # whether it can be understood alone


# --- the cards of one source ---


def draft(source: Source, chapter: str, known: Callable[[str], bool] | None = None) -> Drafted:
    """
    The cards that code makes of a source's text, for this chapter (id): at most `MOST`, none with a fault.

    Without a chapter ("") each card goes to the one that its sentence names clearly, and is rejected where none is.
    `known` says of a word (lower case) that it is spelled right; without it spelling is not looked at.
    """
    rejected: Counter[str] = Counter()
    said = list(_said(source.text, rejected))
    siblings = [*_own_terms(said, chapter, known), *glossary.terms()]
    made: list[Card] = []
    for form, one in _in_turn(said):
        try:
            of = chapter or nearest_chapter(one.quote)
            if not of:
                raise Unfit("of no chapter")
            card = _card(form, one, source.url, of, siblings)
            _check(card, source, made, known)
        except Unfit as reason:
            if form != MEANING:  # its sentence is counted already
                rejected[str(reason)] += 1
        else:
            made.append(card)
    made.sort(key=lambda card: (source.text.index(card.quote), card.name))
    return Drafted(tuple(made), dict(sorted(rejected.items())))


def _in_turn(said: Sequence[_Said]) -> Iterator[tuple[str, _Said]]:
    """What is asked of the sentences, the best first: what comes when a source has its cards is left out."""
    for form in FORMS:
        fit = (one for one in said if isinstance(one.what, _MADE_OF[form]))
        yield from ((form, one) for one in sorted(fit, key=lambda one: not one.alone))


def _said(text: str, rejected: Counter[str]) -> Iterator[_Said]:
    for span in sentences(text):
        quote = text[span.start : span.end]
        try:
            yield _read(quote, span)
        except Unfit as reason:
            rejected[str(reason)] += 1


def _read(quote: str, span: Span) -> _Said:
    plain = askable.plain(quote)
    reason = askable.unfit(quote, span.block)
    try:
        if not reason and (what := askable.read(plain)):
            return _Said(span, quote, what)
    except Unfit as doubt:
        reason = str(doubt)
    # A part of a sentence can be sound, whatever the rest of it is worth.
    if not (askable.unsound(quote, span.block) or talks(quote)) and (what := askable.read_part(plain)):
        return _Said(span, quote, what, alone=False)
    raise Unfit(reason or "nothing that is asked here")


def _own_terms(said: Iterable[_Said], chapter: str, known: Callable[[str], bool] | None) -> list[Term]:
    """The terms that the source defines itself."""
    found = (one.what for one in said if isinstance(one.what, Definition))
    fit = (one for one in found if one.sort and not one.plural and not (known and _slips(one.what, known)))
    return [Term(one.term, one.short, one.what, one.sort, chapter) for one in fit]


def _check(card: Card, source: Source, made: Sequence[Card], known: Callable[[str], bool] | None) -> None:
    """Raises Unfit for a card with a fault, one that asks what another asks, and one too many."""
    if found := cards.faults(card, source.text):
        raise Unfit(re.sub(r"'[^']*'|\d+", "…", found[0]))
    if source.text.count(card.quote) > 1:
        raise Unfit("a sentence that comes twice")  # a refrain, or page furniture
    if any(_key(card) & _key(other) for other in made):
        raise Unfit("a duplicate")
    if known and _slips(card.answer if form(card) == MEANING else card.ask, known):
        raise Unfit("a word that nobody knows")
    if form(card) == LONG_FORM and not _in_use(card, source.text):
        raise Unfit("an abbreviation that is hardly used")
    same = sum(form(other) == form(card) for other in made)
    if len(made) == MOST or (form(card) == LONG_FORM and same == MOST_LONG_FORMS):
        raise Unfit("enough of this source")


def _in_use(card: Card, text: str) -> bool:
    """Whether the source goes on to use the abbreviation that it spells out."""
    short = card.ask.removeprefix(_SPELL_OUT).removesuffix(" stand for?")
    return len(re.findall(rf"\b{re.escape(short)}s?\b", text)) >= FEWEST_USES


def _slips(text: str, known: Callable[[str], bool]) -> bool:
    """Whether a word is spelled as nobody does; names and terms, in capitals, are let be."""
    plain = re.findall(r"(?<![\w.’'])[a-z]{4,}(?![\w’'])", text)
    return any(not is_known(word, lambda one: one in glossary.note_words() or known(one)) for word in plain)


def _card(form: str, one: _Said, url: str, chapter: str, siblings: Sequence[Term]) -> Card:
    values: dict[str, Any]
    match one.what:
        case Definition() if form == TERM:
            values = _of_definition(one.what, one.quote, chapter, siblings)
        case Definition():
            values = _of_meaning(one.what, one.quote, chapter, siblings)
        case Contrast():
            values = _of_contrast(one.what)
        case Figure():
            values = _of_figure(one.what)
        case LongForm():
            values = _of_long_form(one.what)
    mark = hashlib.sha256(f"{url}\n{one.quote}\n{form}".encode()).hexdigest()[:12]
    return Card(chapter=chapter, name=f"draft-{mark}", url=url, quote=one.quote, **values)


# --- definitions ---


def _of_definition(said: Definition, quote: str, chapter: str, siblings: Sequence[Term]) -> dict[str, Any]:
    """A choice among terms of the same sort where there are enough, else the term is to be typed."""
    telling = len({stem(word) for word in plain_words(said.what)} - _TELLS_LITTLE)
    if telling < (FEWEST_OF_A_TOOL if said.sort == "tool" else FEWEST_TO_CHOOSE):
        raise Unfit("the definition tells too little")
    wrong = [] if said.plural else _wrong_terms(said, quote, chapter, siblings)
    if len(wrong) == OPTIONS:
        options = [Wrong(_capital(term.name), f"That is {term.what.rstrip('.')}.") for term in wrong]
        ask = f"Which of these is {said.what}?"
        return {"kind": CHOICE, "ask": ask, "answer": _capital(said.term), "wrong": tuple(options)}
    if telling < FEWEST_TO_RECALL:
        raise Unfit("too few terms of the same sort")
    accept = _other_names(said.term, said.short)
    return {"kind": RECALL, "ask": f"Which term is meant: {said.what}?", "answer": said.term, "accept": accept}


def _other_names(name: str, short: str) -> tuple[str, ...]:
    """What a term is called too: its short form, and what the glossary calls it."""
    same = [
        term for term in glossary.terms()
        if term.name.lower() == name.lower() or (term.short and term.short == short and _shares(term.name, name))
    ]  # fmt: skip
    british, american = name.replace("ization", "isation"), name.replace("isation", "ization")
    others = (
        short,
        name.replace("-", " "),
        british,
        american,
        *(other for term in same for other in (term.name, term.short)),
    )
    unlike = {other.lower(): other for other in others if other and other.lower() != name.lower()}
    return tuple(unlike.values())


def _shares(one: str, other: str) -> bool:
    mine, theirs = ({stem(word) for word in plain_words(name)} for name in (one, other))
    return 2 * len(mine & theirs) >= max(len(mine), len(theirs))


def _of_meaning(said: Definition, quote: str, chapter: str, siblings: Sequence[Term]) -> dict[str, Any]:
    """The definition among those of other terms of the same sort, about as long as it."""
    near = [term for term in siblings if 0.6 * len(said.what) <= len(term.what) <= 1.6 * len(said.what)]
    wrong = [] if said.plural else _wrong_terms(said, quote, chapter, near)
    if len(wrong) < OPTIONS:
        raise Unfit("too few terms of the same sort")
    options = [Wrong(_capital(term.what.rstrip(".")), f"That is {term.name}.") for term in wrong]
    ask = f"What is meant by “{said.term}”?"
    return {"kind": CHOICE, "ask": ask, "answer": _capital(said.what), "wrong": tuple(options)}


def _wrong_terms(said: Definition, quote: str, chapter: str, siblings: Sequence[Term]) -> list[Term]:
    """Other terms of the same sort that the definition is not true of: the nearest first, each chosen by a digest."""
    fit = [term for term in siblings if term.sort == said.sort != "" and _is_another(term, said, quote)]
    places = _places(chapter)
    of_notes = set(glossary.terms())

    def order(term: Term) -> tuple[int, str]:
        near = places.get(term.chapter, 2) if term in of_notes else -1  # those of the source itself come first
        return near, hashlib.sha256(f"{said.term}\n{term.name}".encode()).hexdigest()

    chosen: list[Term] = []
    for term in sorted(fit, key=order):
        if all(_apart(_terms_stems(term), _terms_stems(other)) for other in chosen) and _as_long(term, said):
            chosen.append(term)
    return chosen[:OPTIONS]


def _places(chapter: str) -> dict[str, int]:
    """How far each chapter is: 0 for another of the same section, 1 for the same (its terms are too near)."""
    book = handbook.load()
    section = next((one.section for one in book.chapters if one.id == chapter), "")
    near = {one.id: 0 for one in book.chapters if one.section == section}
    return near | {chapter: 1}


def _is_another(term: Term, said: Definition, quote: str) -> bool:
    """Whether the definition cannot be meant of `term`: neither names the other, and the definitions differ."""
    mine = {stem(word) for word in plain_words(f"{said.term} {said.short}") if len(word) > 1}
    theirs = _terms_stems(term)
    if term.name[:1].islower() and re.search(r"[A-Z]", term.name):
        return False  # "vLLM" would lose its form at the beginning of an option
    if not _apart(mine, theirs):
        return False
    held, told = set(stems(quote)) | set(map(stem, plain_words(quote))), set(stems(term.what))
    told |= set(map(stem, plain_words(term.what)))
    if theirs <= held or (theirs - GENERAL) & held or (mine - GENERAL) & told:
        return False  # what is told of one by the other may be a case of it
    a, b = set(stems(said.what)), set(stems(term.what))
    return len(a & b) <= ALIKE * min(len(a), len(b))


def _terms_stems(term: Term) -> set[str]:
    return {stem(word) for word in plain_words(f"{term.name} {term.short}") if len(word) > 1}


def _apart(one: set[str], other: set[str]) -> bool:
    return not (one <= other or other <= one or (one & other) - GENERAL)


def _as_long(term: Term, said: Definition) -> bool:
    return len(term.name) <= 2.5 * len(said.term) + 12


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


# --- contrasts ---


def _of_contrast(said: Contrast) -> dict[str, Any]:
    whole = f"{said.one} {said.said}"
    wrong = (
        Wrong(_capital(said.other), f"The source says so of the other one: {whole}."),
        Wrong("Both alike", f"The source tells the two apart: {whole}, unlike {said.other}."),
    )
    return {"kind": CHOICE, "ask": f"Which of these {said.said}?", "answer": _capital(said.one), "wrong": wrong}


# --- figures ---


_FACTORS: Final = ((0.25, 0.5, 2.0), (0.5, 2.0, 4.0), (2.0, 4.0, 8.0), (0.5, 2.0, 0.25), (0.125, 0.25, 0.5))
_STEPS: Final = ((-20, -10, 10), (-10, 10, 20), (10, 20, 30), (-30, -20, -10))
_POWERS: Final = (1, 2, 4, 8, 16, 32, 64)


def _of_figure(said: Figure) -> dict[str, Any]:
    joined = said.unit if said.unit in ("%", "-bit") else ""
    answer = f"{said.number}{joined}"
    wrong = tuple(Wrong(f"{figure}{joined}", f"The source says {answer}.") for figure in _other_figures(said))
    if len(wrong) < OPTIONS:
        raise Unfit("too few figures of the same size")
    ask = f"Which figure is missing here: {said.before}___{said.after}"
    return {"kind": CHOICE, "ask": ask, "answer": answer, "wrong": wrong}


def _other_figures(said: Figure) -> list[str]:
    """Figures of the same size, written alike; on which side of the right one they lie is chosen by a digest."""
    chance = hashlib.sha256(f"{said.before}{said.number}{said.after}".encode()).digest()[0]
    if said.number in askable.SPELLED:
        return _beside(list(askable.SPELLED), said.number, chance)
    value = float(said.number.replace(",", ""))
    if "bit" in said.unit and value in _POWERS:
        return _beside([str(power) for power in _POWERS], said.number, chance)
    found = [value * factor for factor in _FACTORS[chance % len(_FACTORS)]]
    if said.unit in ("%", "percent"):
        found = [one for step in _STEPS[chance % len(_STEPS)] if 0 < (one := value + step) < 100]
    written = [_as_written(one, said.number) for one in found]
    return list(dict.fromkeys(one for one in written if one not in (said.number, "0")))


def _beside(row: list[str], number: str, chance: int) -> list[str]:
    """Three others of a row of figures, the given one among them in the row."""
    at = row.index(number)
    first = max(0, min(at - chance % (OPTIONS + 1), len(row) - OPTIONS - 1))
    return [one for one in row[first : first + OPTIONS + 1] if one != number]


def _as_written(value: float, like: str) -> str:
    """A figure with as many significant digits, and the same marks, as another."""
    digits = len(like.replace(",", "").replace(".", "").strip("0")) or 1
    rounded = float(f"{value:.{max(digits, 1) - 1}e}")
    decimals = len(like.partition(".")[2])
    if rounded != int(rounded):
        decimals = max(decimals, 1)
    return f"{rounded:,.{decimals}f}" if "," in like else f"{rounded:.{decimals}f}"


# --- long forms ---


def _of_long_form(said: LongForm) -> dict[str, Any]:
    # The short form itself is no answer here.
    accept = tuple(other for other in _other_names(said.long, said.short) if other != said.short)
    ask = f"{_SPELL_OUT}{said.short} stand for?"
    return {"kind": RECALL, "ask": ask, "answer": said.long, "accept": accept}


# --- the same asked twice ---


_ASKED: Final = {
    "Which of these is a ": TERM, "Which of these is an ": TERM, "Which of these is the ": TERM, "Which term is": TERM,
    "What is meant by": MEANING, "Which figure is missing": FIGURE, _SPELL_OUT: LONG_FORM,
}  # fmt: skip


def form(card: Card) -> str:
    """What a draft asks for, one of FORMS."""
    return next((form for start, form in _ASKED.items() if card.ask.startswith(start)), SIDE)


def _key(card: Card) -> frozenset[tuple[str, ...]]:
    """What two cards that ask the same have in common: the words of the question, or the term they are after."""
    asked = tuple(sorted(stems(card.ask)))
    term = tuple(sorted(stems(card.answer))) if form(card) == TERM else ()
    return frozenset(key for key in (("asked", *asked), ("term", *term) if term else ()) if key)


# --- the cards of a library ---


def keep(
    library: Library,
    progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
    encoder: "Encoder | None" = None,
) -> Report:
    """
    Makes drafts of every source that has none of its present text, and keeps them in the library.

    Left out: the starter notes, which have cards of their own, lists of links, twins, and what is not English. Each
    source is one transaction, so a run that was stopped or killed is carried on. What would ask the same as another
    card, whatever its source, is rejected: the one that was there first stays. `progress` is told how many sources are
    done of how many. With an `encoder` that knows words, sentences with a slip of spelling are rejected. Raises what
    the library raises.
    """
    knows = getattr(encoder, "knows", None)
    sources = _sources(library, "" if knows is None else " spelling")
    removed = _forget(library, [one.number for one in sources])
    known = {row["source"]: row["digest"] for row in library.rows("SELECT source, digest FROM drafted")}
    todo = [one for one in sources if known.get(one.number) != one.mark]
    before = _count(library)
    asked = _Asked(library)
    vouched = None if knows is None else lambda word: knows(word) or _often(library, word)
    made = gone = 0
    stopped = False
    for done, one in enumerate(todo):
        if stopped := stop is not None and stop.is_set():
            break
        if progress:
            progress(done, len(todo))
        new, old = _redraft(library, one, asked, vouched)
        made, gone = made + new, gone + old
    if progress and not stopped:
        progress(len(todo), len(todo))
    return Report(made, before - gone, removed + gone, _rejected(library), stopped)


def cards_of(library: Library, chapter: str | None = None) -> list[Card]:
    """The drafts that the library holds, of one chapter (id) or of all; one that no longer reads is left out."""
    where, values = ("WHERE chapter = ?", (chapter,)) if chapter else ("", ())
    rows = library.rows(f"SELECT content FROM drafts {where} ORDER BY source, rowid", values)
    return [card for row in rows if (card := _parsed(row["content"]))]


def _parsed(content: str) -> Card | None:
    try:
        data = json.loads(content)
        data["wrong"] = tuple(Wrong(**one) for one in data["wrong"])
        return Card(**data | {name: tuple(data[name]) for name in ("accept", "steps")})
    except (ValueError, TypeError, KeyError):
        return None


@dataclass(frozen=True, slots=True)
class _Due:
    """A source that cards are made of; `mark` changes whenever they might."""

    number: int
    chapter: str  # "" for none
    digest: str
    mark: str


def _sources(library: Library, how: str) -> list[_Due]:
    rows = library.rows(
        "SELECT id, title, chapter, digest FROM sources WHERE kind NOT IN ('note', 'syllabus') AND twin IS NULL AND "
        "coalesce(language, 'en') LIKE 'en%' AND url NOT IN (SELECT url FROM lists) ORDER BY id"
    )
    found = []
    for row in rows:
        chapter = row["chapter"] or nearest_chapter(row["title"])
        mark = hashlib.sha256(f"{RECIPE}{how}\n{chapter}\n{row['digest']}".encode()).hexdigest()
        found.append(_Due(row["id"], chapter, row["digest"], mark))
    return found


def nearest_chapter(words: str) -> str:
    """The id of the chapter that a title or sentence names clearly; "" where none or several may be meant."""
    found = handbook.load().nearest(words, 2)
    if not found or found[0][1] < CLEARLY or (len(found) > 1 and found[0][1] < AHEAD * found[1][1]):
        return ""
    return found[0][0].id


def _forget(library: Library, kept: Sequence[int]) -> int:
    """Takes away the drafts of sources that get none any more (they became twins, or lists); how many those were."""
    held = {row["source"] for row in library.rows("SELECT source FROM drafted")}
    if not (gone := [(number,) for number in sorted(held - set(kept))]):
        return 0
    before = _count(library)
    with library.change() as change:
        change.executemany("DELETE FROM drafts WHERE source = ?", gone)
        change.executemany("DELETE FROM drafted WHERE source = ?", gone)
    return before - _count(library)


class _Asked:
    """What is asked already, by the tutor's own cards and by each source's drafts."""

    def __init__(self, library: Library) -> None:
        self._own = {key for card in cards.load() for key in _key(card)}
        self._of: dict[int, set[tuple[str, ...]]] = {}
        for row in library.rows("SELECT source, content FROM drafts"):
            if card := _parsed(row["content"]):
                self._of.setdefault(row["source"], set()).update(_key(card))

    def elsewhere(self, card: Card, number: int) -> bool:
        """Whether a card of source `number` asks what the tutor's own or those of another source ask."""
        key = _key(card)
        return bool(key & self._own) or any(key & of for other, of in self._of.items() if other != number)

    def put(self, number: int, made: Iterable[Card]) -> None:
        self._of[number] = {key for card in made for key in _key(card)}


def _redraft(library: Library, due: _Due, asked: _Asked, known: Callable[[str], bool] | None) -> tuple[int, int]:
    """The drafts of one source in place of those it had: how many are new, and how many are gone."""
    source = library.source(due.number)
    if source is None:
        return 0, 0
    drafted = draft(source, due.chapter, known)
    made = [card for card in drafted.cards if not asked.elsewhere(card, due.number)]
    rejected = Counter(drafted.rejected)
    rejected["a duplicate"] += len(drafted.cards) - len(made)
    with library.change() as change:
        now_held = change.execute("SELECT digest FROM sources WHERE id = ?", (due.number,)).fetchone()
        if now_held is None or now_held["digest"] != due.digest:
            return 0, 0  # it was read anew meanwhile: the next run's
        old = {row["card"] for row in change.execute("SELECT card FROM drafts WHERE source = ?", (due.number,))}
        new = {card.id for card in made}
        change.executemany("DELETE FROM drafts WHERE card = ?", [(card,) for card in sorted(old - new)])
        change.executemany(
            "INSERT INTO drafts (card, source, chapter, content, added) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (card) DO UPDATE SET content = excluded.content",
            [(card.id, due.number, card.chapter, json.dumps(asdict(card)), now()) for card in made],
        )
        change.execute(
            "INSERT OR REPLACE INTO drafted (source, digest, rejected) VALUES (?, ?, ?)",
            (due.number, due.mark, json.dumps({k: n for k, n in sorted(rejected.items()) if n})),
        )
    asked.put(due.number, made)
    return len(new - old), len(old - new)


def _rejected(library: Library) -> dict[str, int]:
    """How many sentences of the whole library became no card, by reason, the commonest first."""
    counts: Counter[str] = Counter()
    for row in library.rows("SELECT rejected FROM drafted"):
        counts.update(json.loads(row["rejected"]))
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _count(library: Library) -> int:
    return int(library.rows("SELECT count(*) AS n FROM drafts")[0]["n"])


def _often(library: Library, word: str) -> bool:
    """Whether several passages use a word: a slip is hardly made twice."""
    return library.vocabulary(word, len(word), len(word)).get(word, 0) > 1
