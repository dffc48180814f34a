"""
What a question or a short answer is about: the words that a later "it" or "the second one" would stand for.

Rules on English word order: after "does" or "is" comes what is spoken of. Pure functions; knows nothing of
conversations or of the library. Not covered: subjects that are whole clauses ("that words share their beginnings").
"""

import re
from collections.abc import Iterator, Sequence

from tutor.errors import BadInput
from tutor.questions import Shape, parse
from tutor.words import content_words

MOST_WORDS = 6
# An answer of at most so many words may be nothing but the name that was asked for.
BRIEF = 6

_DO = frozenset("do does did can could should would will must may might shall cannot don't doesn't can't".split())
_BE = frozenset("is are was were isn't aren't has have had".split())
_EITHER = "|".join(sorted(_DO | _BE))
_DETERMINERS = frozenset(
    "a an the this that these those each every any some its their our my your more less so such no not many much all "
    "both either two three".split()
)
_ENDS = (
    frozenset(
        """about above across after against along among around as at before behind below beneath beside between beyond
        by despite down during except for from if in inside instead into like of off on onto or over per than through to
        together toward towards under until up upon via what when where whether which while why how with within without
        also actually always ever exactly just never now often only really still then usually well yet again better
        and but because so""".split()
    )
    | _DO
    | _BE
)
_PEOPLE = frozenset("i you we one someone people it they there he she this that these those them me us".split())
# What may follow the subject of "does ...": the commonest verbs of the field, in their base form.
_VERBS = frozenset(
    """add adapt aggregate aim allow apply assign attend avoid balance become behave beat benefit break bring build
    cache capture carry cause change choose collapse combine come compare compress compute condition connect contain
    control converge convert copy cost create cut deal decide decode define denoise depend differ discard do draw drop
    encode end expect explain exploit extend extract fail find fit fix follow forget freeze gain generalise generalize
    generate get give go group grow guarantee guess handle have help hide hold hurt improve include increase initialise
    initialize interact introduce keep know lead learn leave let look lose lower make manage map mask match matter mean
    measure memorise memorize merge mix model modify move need normalise normalize offer operate optimise optimize
    outperform pay perform place plan play pool predict prefer prevent process produce project propose protect prune
    quantise quantize rank reach read reason receive recover reduce refer relate rely remember remove replace represent
    require resemble resolve retrieve reuse run sample save scale see select send separate serve set share shift show
    shrink shuffle skip slow solve speed split stabilise stabilize start stay stop store struggle suffer support swap
    take tell tend throw tie tokenise tokenize track trade train transfer transform treat try turn update use vary
    verify want weigh win work write""".split()
)
_PREDICATES = frozenset(
    """bad big cheap cheaper costly dense different difficult easy efficient enough equal exact expensive fast faster
    free good hard important large larger likely lossless necessary needed new old open popular possible random robust
    rotary simple slow slower small smaller sparse stable true unstable useful useless worse wrong""".split()
)
_PREDICATE = re.compile(r"(?:\w{3,}(?:ed|able|ible|ous|ful|less|atic|etic|istic|itive|ient|iant)|\w+wise)$|quadratic$")
_RELATION = re.compile(
    r"^(?:main |biggest |big |key |real )?(?:(?:dis)?advantages?|drawbacks?|downsides?|benefits?|limits?|limitations?|"
    r"weakness(?:es)?|strengths?|problems?|purpose|point|role|goal|idea|use|cost|meaning|maths?|formulas?|equations?|"
    r"examples?|effects?|complexity|wrong) (?:of|with|behind|for|in) (?:(?:a|an|the|using) )?",
    re.I,
)
_WORD = re.compile(r"[^\s,;:?!()\"“”]+|[,;:?!()\"“”]")
_ONE_OF_TWO = re.compile(r"\b(?:than|over|instead of|rather than|distinguishes)\b", re.I)


def subjects(question: str) -> tuple[str, ...]:
    """What `question` is about; its first meaningful words where nothing shows."""
    rest = " ".join(content_words(question)[:MOST_WORDS])
    return spoken_of(question) or ((rest,) if rest else ())


def spoken_of(question: str) -> tuple[str, ...]:
    """
    What `question` is about, as it says it and without articles; two or more for a comparison, none where nothing
    shows.
    """
    try:
        read = parse(question)
    except BadInput:
        return ()
    if read.subjects and read.shape is not Shape.OTHER:
        found = tuple(cleaned for one in read.subjects if content_words(cleaned := _bare(one)))
        if found:
            return found
    if after := _after_auxiliary(question):
        return (after,)
    names = named(question)
    return (names[0],) if names else ()


def leading(question: str, about: Sequence[str]) -> tuple[str, ...]:
    """Of the sides of a comparison the one that is spoken of, where it is one: of "Is A faster than B?" it is A."""
    return tuple(about[:1]) if len(about) > 1 and _ONE_OF_TWO.search(question) else tuple(about)


def plural(phrase: str) -> bool:
    """Whether a phrase is spoken of as "they"."""
    if " and " in phrase:
        return True
    last = phrase.partition(" of ")[0].rpartition(" ")[2].lower()
    return len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is", "as", "ics"))


def possessive(phrase: str) -> str:
    return f"{phrase}'" if plural(phrase) and phrase.endswith("s") else f"{phrase}'s"


def named(text: str) -> list[str]:
    """The names in `text`, each once: what is written with capitals or digits within, or capitals in mid-sentence."""
    found: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        for number, word in enumerate(re.findall(r"[\w][\w.+\-]*", sentence)):
            bare = word.rstrip(".-")
            capital = bare[:1].isupper() and number > 0
            if bare != "I" and bare[1:] and (capital or re.search(r"[A-Z]", bare[1:])):
                found.append(bare)
    return list(dict.fromkeys(found))


def counted(question: str) -> str:
    """The things a question asks to be named or counted: "vectors" of "Which vectors does it create?"; else ""."""
    found = re.match(
        rf"(?:and |so |but )?(?:which|what|how many) ((?:[\w-]+ ){{0,2}}?[\w-]+s) (?=(?:{_EITHER})\b)",
        question.strip(),
        re.I,
    )
    return found[1] if found and plural(found[1]) else ""


def listed(answer: str) -> tuple[str, ...]:
    """What the first sentence of an answer lists: "A reset gate and an update gate." -> two; () where it lists nothing.

    Only where the list is all that the sentence says, or stands after a colon or a verb that opens a list.
    """
    first = re.split(r"(?<=[.!?])\s|\n", answer.strip(), maxsplit=1)[0].rstrip(" .!?")
    opened = re.search(r"(?::|\b(?:are|is|include|includes|namely|has|have|such as))\s+(.+)$", first)
    for text in (first, opened[1] if opened else ""):
        parts = [_bare(part) for part in re.split(r",\s*(?:and |or )?|\s+(?:and|or)\s+", text) if part.strip()]
        if len(parts) > 1 and all(part and len(part.split()) <= 4 and not _speaks(part) for part in parts):
            return tuple(parts)
    return ()


def name_given(question: str, answer: str) -> str:
    """The one name with which a brief answer answers "Which ... is ...?"; else ""."""
    if not re.match(rf"(?:and |so |but )?(?:which|who|what (?!(?:{_EITHER})\b)\w+)\b", question.strip(), re.I):
        return ""
    brief = answer.strip().rstrip(".!")
    if (
        not brief
        or counted(question)
        or len(brief.split()) > BRIEF
        or re.search(r"[.;:,]\s|\band\b", brief)
        or _speaks(brief)
    ):
        return ""
    name = _bare(brief)
    return (
        name
        if name[:1].isupper()
        and not re.match(r"(?:yes|no|one|two|three|none|both|it|they|by|to|in|because)\b", name, re.I)
        else ""
    )


def ends(word: str) -> bool:
    """Whether a word is one that no noun phrase goes over: an auxiliary, a preposition, an article."""
    return word.lower() in _ENDS | _DETERMINERS


def _speaks(part: str) -> bool:
    """Whether a part of a list is rather a clause."""
    words = {word.lower() for word in part.split()}
    return bool(words & (_DO | _BE | _PEOPLE)) or bool(re.match(r"(?:yes|no)\b", part, re.I))


def _bare(phrase: str) -> str:
    phrase = re.sub(r"^(?:(?:a|an|the|using|use)\s+)+", "", phrase.strip(" ?.!,;:\"'“”‘’`"), flags=re.I)
    return re.sub(r"\s+(?:instead|then|though|exactly)$", "", _RELATION.sub("", phrase), flags=re.I).strip()


def _after_auxiliary(question: str) -> str:
    words = _WORD.findall(question)
    for i, word in enumerate(words):
        low = word.lower()
        if low in _DO | _BE or (i == 0 and low in ("explain", "describe")):
            phrase = list(_phrase(words[i + 1 :]))
            if phrase and phrase[0].lower() in _PEOPLE:
                phrase = _object(words[i + 2 :])  # "When should I use LoRA?"
            elif phrase and low in _DO:
                phrase = _without_verb(phrase)
            elif phrase:
                phrase = _without_predicate(phrase)
            if phrase and content_words(" ".join(phrase)):
                return _bare(" ".join(phrase[:MOST_WORDS]))
    return ""


def _phrase(words: Sequence[str]) -> Iterator[str]:
    """The words up to the next preposition, conjunction, article or mark; articles in front are left out."""
    begun = False
    for word in words:
        low = word.lower()
        if low in _PEOPLE and not begun and low not in _DETERMINERS:
            yield word
            return
        if low in _DETERMINERS and not begun:
            continue
        if low in _ENDS or low in _DETERMINERS or not word[0].isalnum() or low in _PEOPLE:
            return
        begun = True
        yield word


def _object(words: Sequence[str]) -> list[str]:
    """What is done something to: what stands after the first verb."""
    for i, word in enumerate(words[:4]):
        if word.lower() in _VERBS:
            return list(_phrase(words[i + 1 :]))
    return []


def _without_verb(phrase: Sequence[str]) -> list[str]:
    for i, word in enumerate(phrase[1:], 1):
        if word in _VERBS:
            return list(phrase[:i])
    return list(phrase[:-1]) if len(phrase) > 1 else list(phrase)


def _without_predicate(phrase: Sequence[str]) -> list[str]:
    kept = list(phrase)
    while len(kept) > 1 and (kept[-1].lower() in _PREDICATES or _PREDICATE.match(kept[-1].lower())):
        kept.pop()
    return kept
