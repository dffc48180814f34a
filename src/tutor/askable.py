"""
What of a sentence can be asked: definitions, contrasts, figures and long forms of abbreviations, read by rules.

Precision before all: whatever is doubtful is rejected with a reason in words, since thousands of sentences are read and
a few good ones are enough. English only; pure functions on strings; knows nothing of cards, sources or the library.
Not covered: what takes two sentences to say, formulas, tables.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tutor.glossary import GOES_ON, MARKER, SORTS, field_words, sort_of
from tutor.rhetoric import acts, leans, orders, quotable, talks
from tutor.sentences import Block
from tutor.visible import visible
from tutor.words import STOP_WORDS, plain_words, stem, stems, words

FEWEST_WORDS, MOST_WORDS = 6, 48
# Meaningful words that tell a thing from its like: a definition of fewer fits several.
FEWEST_TELLING = 5


class Unfit(Exception):
    """A sentence, or what was made of it, that becomes no card; its message is the reason, one of few."""


@dataclass(frozen=True, slots=True)
class Definition:
    """ "A radix tree is a data structure that ...": `what` begins with its article, `sort` is what such things are."""

    term: str
    short: str  # "" where none is given
    what: str
    sort: str  # of glossary.SORTS, "" where it is none of them
    plural: bool = False


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two things told apart: `said` (a predicate, "takes n steps") holds of `one` and not of `other`."""

    one: str
    other: str
    said: str


@dataclass(frozen=True, slots=True)
class Figure:
    """`before` + figure + `after` is the sentence; `unit` is how the figure is counted, "" for none."""

    before: str
    number: str
    after: str
    unit: str


@dataclass(frozen=True, slots=True)
class LongForm:
    """An abbreviation and what it stands for."""

    short: str
    long: str


Askable = Definition | Contrast | Figure | LongForm

# --- which sentences can be asked at all ---

_MARKUP = re.compile(r"[`$\\|<>{}\[\]~^#@]|\*\*|__|//|::|==|&\w+;|\ufffd")
_EMPHASIS = re.compile(r"(\*\*|__|(?<!\w)[*_])(?=\S)([^*_]+?)(?<=\S)\1(?!\w)")
# A letter set as a formula is read as a letter: "the $k$ most likely tokens".
_LETTER = re.compile(r"\$([A-Za-z])\$")
# Whatever these stand for is told elsewhere, or was true on the day of writing.
_ELSEWHERE = re.compile(
    r"\b(?:this|these|those|such(?! as\b)|we|us|our|ours|you|your|yours|i|my|me|he|she|his|hers?|him|here|above|below|"
    r"former|latter|aforementioned|earlier|later|today|now|nowadays|currently|recent(?:ly)?|yet|soon|so far|ago|"
    r"upcoming|last|authors?|researchers?|figures?|tables?|sections?|chapters?|equations?|appendix|experiments?|shown|noted|"
    r"mentioned|discussed|described|recall|let|there|one of|red|green|blue|in part (?:\d|one|two)|"
    r"(?:next|previous|following)(?! (?:tokens?|words?|layers?|states?|time|frames?|inputs?|outputs?|values?|items?|"
    r"elements?|observations?|generations?|actions?|hidden|most|characters?|sentences?|timesteps?|likely)\b)|"
    r"the (?:paper|article|blog|post|tutorial|course|book|video|guide|exercise|results?|code|example|same|other|team)|"
    r"results? (?:show|indicate|suggest|of)\w*|tutorials?|notebooks?|in (?:short|few words|other words)|e\.g|i\.e)\b"
    r"|(?-i:\bby [A-Z][a-z]+ [A-Z][a-z]+)",
    re.I,
)
_HEDGED = re.compile(
    r"\b(?:may|might|perhaps|maybe|seems?|seemed|appears?|appeared|arguably|presumably|possibly|probably|supposedly|"
    r"(?<!most )(?<!more )(?<!less )likely|tends?|theoretically|essentially|basically|sort of|kind of|in some sense|"
    r"a bit|believed?|hopes?|hopefully|claims?|suggests?|think|thought|could|would|should|ought|if|unless|whether|"
    r"expected (?:to|that)|somewhat|relatively|in theory|obviously|clearly|of course|in general|generally|"
    r"roughly speaking)\b",
    re.I,
)
_PRAISING = re.compile(
    r"\b(?:state-of-the-art|sota|cutting-edge|revolutionary|game-chang\w+|amazing|exciting|fascinating|stunning|"
    r"remarkabl\w+|impressive\w*|blazing\w*|seamless\w*|world-class|best-in-class|effortless\w*|supercharge\w*|"
    r"unlock\w*|leading|hottest|awesome|incredibl\w+|beautiful\w*|bread and butter|holy grail|dominant|promising|"
    r"famous|"
    r"huge|interesting\w*|elegant\w*|magic\w*|clever\w*|great|delightful|our customers?|pricing|free trial)\b",
    re.I,
)
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g|examples? (?:of|is|are)|imagine|suppose|consider|say,|let's|assum\w+|"
    r"in (?:our|the) case)\b",
    re.I,
)
_REFERENCE = re.compile(r"\bet al\b|\(\s*(?:19|20)\d\d\s*\)|\b(?:cf|ibid|arxiv|doi|pp)\b\.?|\(see\b", re.I)
_NO_CITATION = re.compile(r"\s*\((?:see )?[^()]*\b(?:19|20)\d\d[a-z]?\b[^()]*\)")
_DENIED = re.compile(r"\b(?:not|no|never|neither|nor|cannot|\w+n['’]t|nothing|none|without any)\b", re.I)


# "4.1 Beam search: a ...": the number of an entry or section.
_ENTRY = re.compile(r"^\d+(?:(?:\.\d+)+\.?|\.) (?=\w)")


def plain(sentence: str) -> str:
    """
    A sentence in one line without its number in a list, its emphasis, the dollars around single letters, citations.
    """
    text = _LETTER.sub(r"\1", " ".join(sentence.split()))
    text = _ENTRY.sub("", _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)))
    return _NO_CITATION.sub("", text)


def unfit(sentence: str, block: Block) -> str:
    """Why nothing can be asked of a sentence, whatever it says; "" where something may."""
    if reason := unsound(sentence, block):
        return reason
    text = plain(sentence)
    if _EXAMPLE.search(text):
        return "an example"
    if talks(sentence) or leans(text) or _ELSEWHERE.search(text):
        return "leans on what is around it"
    if _HEDGED.search(text):
        return "hedged"
    if _PRAISING.search(text):
        return "praise"
    return "a reference" if _REFERENCE.search(text) else ""


@lru_cache(maxsize=1)  # asked twice of each sentence that is unfit
def unsound(sentence: str, block: Block) -> str:
    """Why a sentence cannot even be quoted for a long form that it gives; "" where it can."""
    if block not in (Block.PROSE, Block.LIST):
        return "no prose"
    if sentence.rstrip().endswith("?"):
        return "a question"
    if orders(sentence) or acts(sentence):
        return "an order or an address"
    text = plain(sentence)
    if _broken(text):
        return "markup, a formula or a sentence cut off"
    if not quotable(sentence, block):
        return "no statement"
    if not english(text):
        return "not English"
    return "" if FEWEST_WORDS <= len(text.split()) <= MOST_WORDS else "too short or too long"


# Marks where none belong, a heading run into its text, a page number at the end.
_CUT_OFF = re.compile(
    r"\) (?:We|The|In|This|It|These)\b|\s[,;:.)]|[,;:]{2}|\.\.|…|\( |--|–-|___|\w\.[A-Z][a-z]|[a-z][,;]\w|\d\)\s*$"
)


def _broken(text: str) -> bool:
    return bool(
        visible(text) != text
        or _MARKUP.search(text)
        or not text.endswith((".", ".”", '."', "!"))
        or not text[:1].isalnum()
        or any(text.count(a) != text.count(b) for a, b in ("()", "“”"))
        or text.count('"') % 2
        or _CUT_OFF.search(text)
    )


def english(text: str) -> bool:
    """Whether a text reads as English: by the share of its stop words, and its letters."""
    found = words(text)
    letters = [c for c in text if c.isalpha()]
    return sum(word in STOP_WORDS for word in found) >= 0.15 * len(found) and sum(
        c.isascii() for c in letters
    ) >= 0.97 * len(letters)


_UNSOUND_WORDS: Final = (_ELSEWHERE, _HEDGED, _PRAISING, _EXAMPLE, _REFERENCE)

# --- definitions ---

# What may stand before the noun and says nothing: taken away.
_EMPTY = re.compile(r"^(an?|the) (?:(?:very|really|highly|particularly|well-known|popular|powerful|simple|basic|common|"
                    r"effective|efficient|useful|new|novel|modern|well|widely|used|straightforward|standard|classic)"
                    r" )+(?!to\b|of\b|that\b)", re.I)  # fmt: skip
_OPINION = re.compile(
    r"\b(?:good|better|best|bad|worse|worst|most|least|more|less|first|second|only|main|simplest|easiest|fundamental|"
    r"crucial|essential|vital|natural|nice|perfect|ideal|challenging|difficult|hard|easy|expensive|costly|popular|"
    r"minor|major|big|large|small|core|central|hot|active|rapidly|same|different|similar|result|reason|key|"
    r"interest|early|precursor|free|open|solution|way|thing|concept|notion|idea|part|example|step|bread|art|"
    r"community|project|company|startup|team|website|repository|nonprofit)\b",
    re.I,
)
_NAMED_TERM = r"[“\"]?(?P<term>[^\s,;:()“”\"][^,;:()“”\"]{1,58}?)[”\"]?(?: \((?P<short>[^()]{2,40})\))?"
_ARTICLE = r"(?:(?P<article>[Aa]n?|[Tt]he) )?"
_DEFINED = (
    re.compile(
        rf"^(?:In (?!the |this |our |that |an? )[\w -]{{3,40}}, )?{_ARTICLE}{_NAMED_TERM},? "
        r"(?P<verb>is|are|refers to|denotes) (?P<what>(?:an?|the) .+)$"
    ),
    re.compile(rf"^{_ARTICLE}{_NAMED_TERM}(?:: | [-–—] )(?P<what>(?:An?|The) .+)$"),  # an entry of a list
    re.compile(  # "The process of ... is called ..."
        r"^(?P<what>(?:An?|The) [^,]+) (?:is|are) (?:(?:often|commonly|usually|also) )?(?:called|known as|"
        rf"referred to as|termed) {_ARTICLE}{_NAMED_TERM}[.!]$"
    ),
)
_NO_TERM: Final = frozenset(
    "a an the and or but is are was were be to at on by with from as into than that which who whose what when "
    "where how why while if it its they their each every all any some many most both either two three other same "
    "only not no for in itself using first second one key main goal purpose idea result example problem solution "
    "reason step way output input value thing point question answer word words rest difference advantage benefit "
    "approach notion following resulting proposed figure case part top bottom left right most common term called "
    "used another".split()
)
# Whoever says so values; another may differ, and much else may be so valued.
_VALUED = re.compile(
    r"\b(?:very|quite|good|strong\w*|powerful|popular|success\w*|better|best|superior|excellent|well|ideal|state|novel|new|related|"
    r"tractable|possible|easier|practical)\b|"
    r"\bused (?:to train|for training|in machine learning|in deep learning)\b",
    re.I,
)
_TERM_WORD = re.compile(r"[A-Za-zα-ω0-9][\w./+’'-]*")
_ABBREVIATION = re.compile(r"(?=[^\W_]*[A-Z].*[A-Z0-9])[A-Za-z][\w-]{1,9}s?")


_IN_PASSING = re.compile(
    r"(?:^|(?<=[a-z] ))(?P<term>[A-Z][\w.+-]*(?: [A-Z0-9][\w.+-]*){0,4})(?: \((?P<short>[^()]{2,40})\))?, "
    r"(?P<what>an? [^,()]{15,220}?)(?:, [a-z]|\.$)"
)


def definition(text: str) -> Definition | None:
    """The definition that a plain sentence is; None where it has not that form. Raises Unfit where it is a poor one."""
    found = next((read for form in _DEFINED if (read := form.match(text))), None)
    if found is None:
        return None
    if not _is_term(found["term"]) or (found["article"] == "The" and not (found["short"] or _named(found["term"]))):
        raise Unfit("no term is defined")
    return _definition(found, "verb" in found.groupdict() and found["verb"] == "are")


def in_passing(text: str) -> Definition | None:
    """
    The definition that a sentence gives of a name in passing: "We use FooBar, a library for ..., to do it".

    What the rest of the sentence says does not matter. None where there is none that is sound.
    """
    for found in _IN_PASSING.finditer(text):
        what = found["what"]
        if _is_term(found["term"]) and _named(found["term"]) and not any(rule.search(what) for rule in _UNSOUND_WORDS):
            try:
                return _definition(found, plural=False)
            except Unfit:
                continue
    return None


def _definition(found: re.Match[str], plural: bool) -> Definition:
    term, short = found["term"], found["short"] or ""
    if short and not _ABBREVIATION.fullmatch(short):
        short = ""
    said = found["what"].rstrip('.!”" ')
    what = _EMPTY.sub(r"\1 ", said[0].lower() + said[1:]).strip()
    if len(what) < len(said):  # another word stands behind the article now
        what = re.sub(r"^an? (?=[aeiou])", "an ", re.sub(r"^an (?=[^aeiou\W])", "a ", what))
    sort = _sort_of(what)
    if gives_away(term, short, what):
        raise Unfit("the definition gives the term away")
    if _VALUED.search(what) or what.startswith(("a way ", "the way ")):
        raise Unfit("an opinion rather than a definition")
    if len(stems(what)) < FEWEST_TELLING or _DENIED.search(what) or GOES_ON.search(what):
        raise Unfit("the definition tells too little")
    return Definition(term, short, what, sort, plural)


def _is_term(term: str) -> bool:
    parts = term.split()
    if not 1 <= len(parts) <= 5 or not all(_TERM_WORD.fullmatch(part) for part in parts):
        return False
    low = [part.lower() for part in parts]
    if _NO_TERM.intersection(low) or low[-1] == "of" or low[0] == "of" or any(part.endswith("ly") for part in low):
        return False
    return len(parts) > 1 or _named(term) or is_of_field(term)


def _named(term: str) -> bool:
    """Whether a term is written as a name: with a capital, a digit or a hyphen within."""
    return bool(re.search(r"\w[A-Z0-9]|-", term)) or sum(part[0].isupper() for part in term.split()) > 1


def is_of_field(term: str) -> bool:
    """Whether the term's words are words of the field: each stands in a term that the starter notes define."""
    return bool(term) and all(stem(word) in field_words() for word in plain_words(term) if word not in STOP_WORDS)


def _sort_of(what: str) -> str:
    """The sort of a thing by its definition; "" for a variant of something. Raises Unfit where nothing shows."""
    rest = re.sub(r"^(?:an?|the) ", "", what)
    marker = MARKER.search(rest)
    if marker is None:
        raise Unfit("the definition tells too little")
    noun_phrase, tail = rest[: marker.start()].strip(), rest[marker.start() :]
    sort = sort_of(noun_phrase, tail)
    if sort is None or len(noun_phrase.split()) > 5 or _OPINION.search(noun_phrase):
        raise Unfit("an opinion rather than a definition")
    return sort


# Words that many terms of one sort share, and that give none of them away.
GENERAL: Final = frozenset(
    map(
        stem,
        "model network method algorithm technique function learning training sampling search decoding attention "
        "language neural process data loss encoding optimization memory system machine token parallelism "
        "tuning".split(),
    )
)


def gives_away(term: str, short: str, what: str) -> bool:
    """
    Whether a definition holds a word of its term, or one that begins as it does.

    A term's last word may be said again where it only names the sort: "a radix tree is a data structure like a tree".
    """
    said = {word for word in plain_words(what) if len(word) > 2}
    roots = {stem(word) for word in said}
    own = plain_words(term)
    if len(own) > 1 and (stem(own[-1]) in SORTS or own[-1] in SORTS):
        own.pop()
    for word in (*own, *plain_words(short)):
        if len(word) < 3 or word in STOP_WORDS:
            continue
        if stem(word) in roots or any(len(word) > 4 and word[:5] == other[:5] for other in said):
            return True
    return bool(short) and short.lower() in what.lower().split()


# --- contrasts ---

_SIDE = (
    r"(?:[Aa]n? |[Tt]he )?[“\"]?"
    r"(?P<{}>[A-Za-z][\w’'./+-]*(?:[”\"]?(?: (?!(?:which|that|than|while)\b)[\w’'./+-]+)){{0,3}}?)"
)
_SAYS = (
    r"(?:is|are|has|have|does|do|can|will|uses?|takes?|needs?|requires?|works?|performs?|gives?|keeps?|stores?|"
    r"computes?|predicts?|generates?|selects?|samples?|considers?|learns?|trains?|assigns?|looks?|splits?|applies|apply|"
    r"runs?|updates?|shares?|produces?|captures?|process(?:es)?|encodes?|decodes?|outputs?|operates?|treats?|adds?|"
    r"handles?|reduces?|supports?|aims?|focus(?:es)?|relies|rely|depends?|converges?|maps?|scales?|"
    r"diversif(?:y|ies)|represents?|provides?|allows?|attends?|maintains?|measures?|minimi[sz]es?|maximi[sz]es?|finds?|"
    r"achieves?|offers?|contains?|creates?|chooses?|picks?|freezes?|modif(?:y|ies)|removes?|replaces?|introduces?|"
    r"draws?|writes?|reads?|drops?|scores?|compares?|joins?|merges?|cop(?:y|ies)|compress(?:es)?|quanti[sz]es?|rotates?)"
)
_MORE = r"(?:(?!over|after|other|number|layer|per)\w+er|more|less|fewer|better|worse)"
_UNLIKE = re.compile(
    rf"^(?:Unlike|In contrast to|In contrast with|Compared (?:to|with)) {_SIDE.format('other')}"
    rf"(?:,? (?:which|where|that) [^,]+)?, {_SIDE.format('one')} (?P<said>{_SAYS} .+)$"
)
_WHILE = re.compile(
    rf"^(?:While |Whereas )?{_SIDE.format('one')} (?P<said>(?P<verb>{_SAYS}) [^,;:]+),(?P<link> while| whereas| and)? "
    rf"{_SIDE.format('other')} (?P<again>{_SAYS}) [^;:]+$"
)
_THAN = re.compile(
    rf"^{_SIDE.format('one')} (?P<said>{_SAYS} (?:[\w-]+ ){{0,6}}?{_MORE}\b[^,;:]*?) than {_SIDE.format('other')}"
    r"(?P<tail> (?:when|for|on|at|in|with|after) [^,;:.]+)?(?P<rest>(?:,| since| because| as| and| but) .+)?[.!]$"
)
_NOT_A_SIDE: Final = frozenset(
    "other others any most all standard previous traditional usual normal existing both some many each every one "
    "two using with for in on at of to and or more less similar typical humans people expected before same "
    "random its their they it what which who resulting whole much just new old original baseline ever".split()
)


def contrast(text: str) -> Contrast | None:
    """The contrast that a plain sentence draws; None where it draws none. Raises Unfit for one that is doubtful."""
    found = _UNLIKE.match(text) or _THAN.match(text) or _WHILE.match(text)
    if found is None or (found.re is _WHILE and not _set_against(found)):
        return None
    one, other = (re.sub(r"[“”\"]", "", found[side]).strip() for side in ("one", "other"))
    said = found["said"].partition(",")[0].rstrip(".! ") + (found["tail"] or "" if found.re is _THAN else "")
    verbs = said.split()[1:2]
    if not all(map(_is_side, (one, other))) or any(re.fullmatch(_SAYS, word) for word in verbs):
        raise Unfit("a contrast of no two terms")
    mine, theirs = ({stem(word) for word in plain_words(side)} for side in (one, other))
    if mine <= theirs or theirs <= mine:
        raise Unfit("a contrast of no two terms")
    if (mine ^ theirs) & {stem(word) for word in plain_words(said)}:
        raise Unfit("the contrast gives the answer away")
    vague = re.search(r"\b(?:better|worse)$", said) or len(stems(said)) < (2 if found.re is _THAN else 3)
    if vague or _DENIED.search(said) or re.search(r"\b(?:it|its|they|their|them)\b|\d", said):
        raise Unfit("the contrast tells too little")
    return Contrast(one, other, said)


def _set_against(found: re.Match[str]) -> bool:
    """Whether two clauses are contrasted: by "while", or by "and" where both say the like of their subjects."""
    link = (found["link"] or "").strip()
    if found[0].startswith(("While ", "Whereas ")):
        return not link
    return found["verb"] == found["again"] if link == "and" else bool(link)


def _is_side(side: str) -> bool:
    low = [part.lower() for part in side.split()]
    if _NOT_A_SIDE.intersection(low) or any(re.fullmatch(rf"was|were|be|{_SAYS}", word) for word in low):
        return False
    return _named(side) or side.isupper() or (is_of_field(side) and len(plain_words(side)) > 1)


# --- figures ---

_FIGURE = re.compile(
    r"(?<![\w.,$€£/-])(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?P<unit>%|-bit|[- ]?(?:(?:thousand|million|billion|"
    r"trillion)(?: (?:parameters|tokens|words|images|examples|pairs|documents|pages|weights))?|percent|bits?|bytes?|"
    r"[KMGT]i?B|TFLOPS|layers?|heads?|dimensions?|tokens?|parameters?|GPUs?|TPUs?|experts?|classes|hours?|days?|weeks?|"
    r"minutes?|seconds?|milliseconds?|ms|epochs?|steps?|examples?|images?|words?|questions?|tasks?|languages?|subjects?|"
    r"categories|neurons?|pixels?|watts?|times)|(?= (?:different|distinct|unique|attention|encoder|decoder|transformer|"
    r"hidden|training|human|high|question|dimensional)\b))(?![\w-])"
)
SPELLED: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_COUNTED = re.compile(
    rf"\b(?P<number>{'|'.join(SPELLED[1:6])})(?P<unit>)(?= (?:[\w-]+ ){{0,2}}?(?:gates|networks|models|parts|"
    r"components|stages|phases|steps|layers|sublayers|sub-layers|matrices|vectors|inputs|heads|losses|encoders|modules|"
    r"outputs|states|blocks|passes|parameters|hyperparameters|embeddings|sub-networks)\b)"
)
_BOUND = re.compile(
    r"(?:more than|less than|fewer than|at least|at most|up to|over|under|below|above|between|from|minimum of|"
    r"maximum of|as (?:low|high|much|many|few|little) as|exceed\w*|beyond|within|top|first|last|only|just|to|and|or|"
    r"[-–—=<>≈~])\s*$",
    re.I,
)
_NUMERAL = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half|twice|"
    r"double|triple)\b",
    re.I,
)


def figure(text: str) -> Figure | None:
    """The one measured figure of a plain sentence; None where there is none. Raises Unfit where it cannot be asked."""
    found = [*_FIGURE.finditer(text), *_COUNTED.finditer(text)]
    if not found:
        return None
    one = found[0]
    # "4-bit" and "60%" are hidden whole; other units stay where they are.
    joined = one["unit"] in ("%", "-bit")
    before, after = text[: one.start()], text[one.end() if joined else one.end("number") :]
    rest = f"{before} {after}"
    others = re.sub(r"\b(?:thousand|million|billion|trillion)\b", "", after, count=1)
    if len(found) > 1 or _NUMERAL.search(f"{before} {others}") or re.search(r"(?<![\w.-])\d", rest):
        raise Unfit("several figures")
    if re.match(r"[^.;]*[:(]|.*, and |.*\s[-–—]\s|.*, namely", after) or ":" in before:
        raise Unfit("a figure that the sentence explains")
    if _BOUND.search(before) or re.match(r"\S* (?:or|to|and) (?:more|less|\d)", after):
        raise Unfit("a figure that is a bound")
    if re.search(r"\b(?:it|its|they|their|them)\b", rest, re.I) or _DENIED.search(rest):
        raise Unfit("leans on what is around it")
    subject = re.match(r"(?:An? |The |In [^,]{3,40}, (?:an? |the )?)?((?:[\w./+-]+ ){1,5})", text)
    if subject is None or not _NAMES_SOMETHING.search(subject[1]):
        raise Unfit("a figure of nothing that has a name")
    return Figure(before, one["number"], after, one["unit"].strip())


_NAMES_SOMETHING = re.compile(r"\b\w*(?:[a-z][A-Z]|[A-Z]{2}|[A-Z]\w*\d|\w-\d)\w*|[A-Z]\w+-\w")


# --- long forms ---

_LONG_FORM = re.compile(r"((?:[A-Za-z][\w’-]* ){1,7})\((?P<short>[A-Z][A-Za-z]*[A-Z][a-z]?)(?P<more>s?)\)")
_SMALL: Final = frozenset("of the and for in to with a an on by from at as via".split())


def long_form(text: str) -> LongForm | None:
    """The abbreviation that a sentence spells out; None where it spells out none that is of the field."""
    for found in _LONG_FORM.finditer(text):
        short, more = found["short"], found["more"]
        if not short[-1].isupper():
            short, more = (short[:-1], "s") if short[-1] == "s" else ("", "")
        long = _spelled_out(found[1].split(), [c.lower() for c in short if c.isupper()])
        long = _singular(long) if more else long
        letters = iter(long.lower())
        if long and 3 <= len(short) <= 6 and all(c in letters for c in short.lower()) and is_of_field(long):
            return LongForm(short, long)
    return None


def _singular(phrase: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if phrase.endswith(ending):
            return phrase.removesuffix(ending) + instead
    return phrase


def _spelled_out(before: list[str], letters: list[str]) -> str:
    """The words right before an abbreviation whose first letters are its letters, small words aside; "" for none."""
    left = list(letters)
    taken: list[str] = []
    for word in reversed(before):
        if not left:
            break
        initials = [part[0].lower() for part in word.split("-") if part]
        if left[-len(initials) :] == initials:
            del left[-len(initials) :]
        elif word.lower() not in _SMALL or not taken:
            return ""
        taken.append(word)
    return "" if left or len(taken) < 2 else " ".join(reversed(taken))


def read(text: str) -> Askable | None:
    """What a plain sentence says that can be asked; None where it says nothing of the kind. Raises Unfit."""
    doubt: Unfit | None = None
    for rule in (definition, contrast, figure, long_form):
        try:
            if found := rule(text):
                return found
        except Unfit as one:
            doubt = doubt or one
    if doubt:
        raise doubt
    return None


def read_part(text: str) -> Askable | None:
    """What a part of a sentence says, whatever the rest of it is worth: a definition in passing, a long form."""
    return in_passing(text) or long_form(text)
