"""
Where a statement disagrees with a stretch of evidence: a number, a name, quoted words, a negation, a direction, a
subject, or a claim that is larger than the evidence's.

Pure functions on strings; the rules err on the side of striking. Each clause of the statement is held against the
clause of the evidence that shares most of its words, so that "a GRU has three gates" is not excused by the three gates
of an LSTM. Not covered: what takes knowledge of the world, and exchanged roles within one clause ("A beats B").
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tutor.alignment import initials, of_another
from tutor.synonyms import synonyms
from tutor.words import STOP_WORDS, stem, stems, words

# A clause of the evidence that shares less than this of a clause's words is not about the same.
SAME_MATTER = 0.5
SAME_SUBJECT = 0.6  # the same, for finding that it is said of something else


@dataclass(frozen=True, slots=True)
class _Clause:
    """`content`: its meaningful stems in order, without numbers; `names`: its own, or those of the clause before it."""

    text: str
    content: tuple[str, ...]
    names: frozenset[str]


def disagreement(statement: str, ground: str, headings: str) -> str:
    """What in `statement` does not agree with `ground` (under `headings`), as a short phrase; "" where nothing does."""
    if f" {' '.join(words(statement))} " in f" {' '.join(words(ground))} ":
        return ""  # word for word
    context = f"{headings} {ground}"
    there = numbers(context) | _multiples(context)
    own = numbers(statement) | {n for n in _multiples(statement) if n != "1"}
    if any(n not in there and _SAME_NUMBER.get(n, n) not in there for n in own):
        return "a number is not in the evidence"
    if not set(_orders(statement)) <= set(_orders(context)) or _other_formula(statement, ground):
        return "a formula is not in the evidence"
    if _other_unit(statement, context) or _compared_otherwise(statement, ground):
        return "a number counts something else in the evidence"
    if any(not _occurs(name, context) for name in _names(statement)):
        return "a name is not in the evidence"
    flat = " ".join(words(context))
    if any(" ".join(words(quoted)) not in flat for quoted in _QUOTED.findall(statement)):
        return "quoted words are not in the evidence"
    if _claims_more(statement, ground):
        return "it claims more than the evidence"
    if any(_turned(statement, one) for one in _SENTENCE.split(ground)):
        return "it says the opposite of the evidence"
    if _new_direction(statement, ground) or _sequence_turned(statement, ground) or _roles_turned(statement, ground):
        return "it says the opposite of the evidence"
    if _denied_there(statement, ground):
        return "it denies what the evidence says, or the other way round"
    mine, theirs = _clauses(statement), _clauses(ground)
    above = set(stems(headings.replace("-", " ")))
    for clause in mine:
        if reason := _clause_disagrees(clause, mine, theirs, above, context):
            return reason
    return "the evidence says so of something else" if of_another(statement, ground) else ""


def _other_formula(statement: str, ground: str) -> bool:
    """Whether a formula stands where the evidence has another: more often than there, or behind another's word."""
    mine, theirs = _formulas(statement), _formulas(ground)
    if Counter(formula for _, formula in mine) - Counter(formula for _, formula in theirs):
        return True
    of: dict[str, set[str]] = {}
    for word, formula in theirs:
        of.setdefault(word, set()).add(formula)
    return any(formula not in of.get(word, {formula}) for word, formula in mine if word)


def _formulas(text: str) -> list[tuple[str, str]]:
    """The formulas of a text, blanks aside, each with the stem of the word right before it."""
    found = re.findall(r"(?:([^\W\d_]+)\s+)?\$([^$]+)\$", text)
    return [(stem(word.lower()), re.sub(r"\s+", "", formula)) for word, formula in found]


_SAID_APART = re.compile(r"[;,]\s+|\b(?:and|but|while|whereas)\b", re.I)
_COMPARED = re.compile(r"\b(?:than|over|versus|vs\.?|compared (?:to|with))\s+(?:the |an? )?([\w.-]*\w)", re.I)


def _compared_otherwise(statement: str, ground: str) -> bool:
    """Whether a number is said of a comparison with one thing that the evidence gives for another: "2x than B"."""
    mine, theirs = _comparisons(statement), _comparisons(ground)
    return any(theirs.get(other) and not own <= theirs[other] for other, own in mine.items())


def _comparisons(text: str) -> dict[str, set[str]]:
    """What is compared with -> the numbers in the same part of the sentence."""
    found: dict[str, set[str]] = {}
    for part in _SAID_APART.split(text):
        if other := _COMPARED.search(part):
            found.setdefault(stem(other[1].lower()), set()).update(numbers(part) | _multiples(part))
    return found


def _clause_disagrees(
    clause: _Clause, mine: Sequence[_Clause], theirs: Sequence[_Clause], above: set[str], context: str
) -> str:
    # What the headings say need not be said again in a clause; but where it says nothing else, that counts too.
    for counted in (tuple(s for s in clause.content if s not in above), clause.content):
        shares = [sum(s in other.content for s in counted) / max(1, len(counted)) for other in theirs]
        if (most := max(shares, default=0.0)) >= SAME_MATTER:
            break
    else:
        return ""
    # Of several that are equally near, any may be the one that is contradicted.
    near = [other for other, share in zip(theirs, shares, strict=True) if share == most]
    there = [scope for other in theirs for scope in _denied(other.text, before=True)]
    if not all(_negation_agrees(clause, other, there) for other in near):
        return "it denies what the evidence says, or the other way round"
    if any(rule(clause.text, other.text) for other in near for rule in (_opposite, _turned, _crossed)):
        return "it says the opposite of the evidence"
    if all(_numbers_clash(clause.text, other.text, _with_what_goes_on(other, theirs)) for other in near):
        return "a number belongs to something else in the evidence"
    if all(_other_subject(clause, other, context) for other in near) or (
        most >= SAME_SUBJECT
        and any(_TURN.match(one.text) for one in mine)
        and all(_exchanged(clause, other, mine, context) for other in near)
    ):
        return "the evidence says so of something else"
    return ""


# -- clauses ----------------------------------------------------------------------------------------------------------

_CUT = re.compile(
    r"(?<=[.!?;:,])\s+|\s+(?=(?:but|whereas|while|although|though|because|which|unlike)\s)|\s+(?=and (?:an?|the)\s)"
)


def _clauses(text: str) -> list[_Clause]:
    found: list[_Clause] = []
    carried: frozenset[str] = frozenset()
    for part in _CUT.split(text):
        content = tuple(s for s in stems(part.replace("-", " ")) if not s[0].isdigit() and s not in _EMPTY)
        names = frozenset(stem(name.lower()) for name in _names(part))
        if not names or not _ANOTHER.match(part):
            names |= carried
        if content:
            found.append(_Clause(part, content, names))
        carried = names
    return found


# The beginning of a clause that has a subject of its own.
_ANOTHER = re.compile(
    r"(?:whereas|while|but|although|though|unlike|and)\s+(?!(?:it|they|its|their|this|these)\b)", re.I
)


# -- numbers ----------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?<![\w.])\d+(?:[.,]\d+)*"
    r"(?:[\s-]?(?:%|percent\b|[KMBTkx×]\b|(?:thousand|million|billion|trillion|fold|times)\b))?"
)
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100",
    "thousand": "1000",
}  # fmt: skip
# Words that say a number; where one of them stands, the others or the digits may stand instead.
_MULTIPLES = {
    "twice": "2", "double": "2", "doubling": "2", "doubles": "2", "doubled": "2", "triple": "3",
    "triples": "3", "tripled": "3", "quadruple": "4", "quadruples": "4", "quadrupled": "4", "half": "0.5",
    "halves": "0.5", "halved": "0.5", "quarter": "0.25", "single": "1", "one": "1",
}  # fmt: skip
_AND_A_HALF = re.compile(r"\bone and a half\b", re.I)
_SAME_NUMBER = {"0.5": "50%", "0.25": "25%", "50%": "0.5", "25%": "0.25"}
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9, "t": 1e12, "trillion": 1e12}
# Words that tell nothing of what a clause is about; numbers are compared by themselves.
_EMPTY = frozenset(
    map(stem, [*_NUMBER_WORDS, "whereas", "therefore", "thus", "hence", "billion", "million", "percent"])
)
# What may stand between a number and what it counts: "four times the tokens".
_BETWEEN = frozenset("million billion trillion hundred thousand times the as many more of a".split())


def numbers(text: str) -> set[str]:
    """
    The numbers in a text in one way of writing: "two" is 2, "1,024" is 1024, "7 billion" is 7b, "5 percent" is 5%.

    The first number of a range is a percentage where the second is: "18 to 57 percent".
    """
    plain = _RANGE.sub(r"\1% \2", text.replace("\\times", " × ").replace("\\%", "%"))
    plain = re.sub(r"(?<=\d)x(?=\d)", " x ", plain)
    found = {_canonical(n) for n in _NUMBER.findall(plain)}
    if "one and a half" in plain.lower():
        found.add("1.5")
    for word in words(plain.replace("-", " ")):
        word = word.removesuffix("fold") if word.endswith("fold") and len(word) > 4 else word
        if word in _NUMBER_WORDS:
            found.add(_NUMBER_WORDS[word])
    return found


_RANGE = re.compile(r"(\d[\d.]*)(?= (?:to|and|or) \d[\d.]* ?(?:%|percent\b))()")


def _canonical(number: str) -> str:
    bare = re.match(r"[\d.,]+", number)[0].rstrip(".,")  # type: ignore[index]
    tail = number[len(bare) :].strip(" -").lower()
    if tail in ("%", "percent"):
        return bare.replace(",", "") + "%"
    value = float(bare.replace(",", "")) if bare.count(".") < 2 else 0.0
    value *= _SCALES.get(tail, 1.0)
    for sign, scale in (("t", 1e12), ("b", 1e9), ("m", 1e6)):
        if value >= scale:
            return f"{value / scale:.6g}{sign}"
    return f"{value:.12g}"


def _multiples(text: str) -> set[str]:
    """The numbers that are said with other words: "twice" is 2, "half" is 0.5, "one" and "single" are 1."""
    return {_MULTIPLES[word] for word in words(_AND_A_HALF.sub(" ", text).replace("-", " ")) if word in _MULTIPLES}


def _counts(text: str) -> set[str]:
    return {n for n in numbers(text) if n not in ("1", "100", "1000")}


def _orders(text: str) -> list[str]:
    """Costs as they are written, O(n^2), without dollars, spaces and backslashes."""
    plain = re.sub(r"[\s$\\{}]", "", text.replace("²", "^2").replace("³", "^3"))
    return [found.lower() for found in re.findall(r"O\((?:[^()]|\([^()]*\))*\)", plain)]


_UNITS = frozenset(
    """second minute hour day week month year step epoch token frame parameter byte bit percent kb mb gb tb kib mib gib
    tib hz khz mhz ghz ms flop dollar euro meter watt""".split()
)
_MEASURED = re.compile(
    r"(?<![\w.])(\d[\d.,]*\d|\d)[\s-]?((?:(?:thousand|million|billion|trillion)[\s-])?)"
    r"([A-Za-z]+)(?:[\s-]([A-Za-z]+))?(?:[\s-]([A-Za-z]+))?"
)
_PER = re.compile(
    r"\b(?:per|a|an|each|every) (second|minute|hour|day|token|step|frame|word|layer|head|parameter)s?\b", re.I
)


def _measures(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number, _, *following in _MEASURED.findall(text):
        value = number.replace(",", "")
        for word in following:
            if (one := stem(word.lower())) in _UNIT_STEMS:
                found.setdefault(value, set()).add(one)
    return found


_UNIT_STEMS = frozenset(map(stem, _UNITS))


def _other_unit(statement: str, context: str) -> bool:
    """Whether a number has a unit of measure that the evidence gives it nowhere, but another one."""
    theirs = _measures(context)
    if any(n in theirs and not units & theirs[n] for n, units in _measures(statement).items()):
        return True
    known = {one.lower() for one in _PER.findall(context)}
    times = {"second", "minute", "hour", "day"}
    return any(one.lower() in times and one.lower() not in known and known & times for one in _PER.findall(statement))


_SHARE = re.compile(r"\d[\d.,]*\s?(?:%|percent\b)")


def _units(text: str) -> set[tuple[str, str]]:
    """Numbers with what they count: "1.4 trillion tokens" gives (1.4, token)."""
    found = set()
    tokens = [w for w in words(_SHARE.sub(" ", text).replace("-", " ")) if w not in _BETWEEN]
    for word, following in pairwise(tokens):
        number = _NUMBER_WORDS.get(word, word)
        if number[0].isdigit() and following not in STOP_WORDS and not following[0].isdigit():
            found.add((number, stem(following)))
    return found


def _with_what_goes_on(clause: _Clause, all_: Sequence[_Clause]) -> str:
    """The text of a clause with those beside it that say more of the same: up to a contrast or the sentence's end."""
    at = all_.index(clause)
    first = last = at
    while first > 0 and not _TURN.match(all_[first].text) and not all_[first - 1].text.endswith("."):
        first -= 1
    while last + 1 < len(all_) and not _TURN.match(all_[last + 1].text) and not all_[last].text.endswith("."):
        last += 1
    return " ".join(one.text for one in all_[first : last + 1])


_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TURN = re.compile(r"(?:whereas|while|but|although|though|unlike|against)\b|and (?!\d)", re.I)


def _numbers_clash(statement: str, near: str, ground: str) -> bool:
    """Whether a clause has other numbers than the evidence's, or a number counts what the evidence counts otherwise."""
    own, other = _counts(statement), _counts(ground)
    if (year := _YEAR.findall(statement)) and (years := _YEAR.findall(near)) and not set(year) <= set(years):
        return True
    if own and other and not own <= other:
        return True
    theirs = _units(ground)
    known = {number for number, _ in theirs}
    units = {unit for _, unit in theirs}
    return any(n in known and u in units and (n, u) not in theirs for n, u in _units(statement))


# -- names ------------------------------------------------------------------------------------------------------------

# Names are told by their capitals; at the beginning of a sentence only by more than the first, or by what follows.
_NAME = re.compile(
    r"\b(?:[A-Z]?[a-z]+[A-Z]\w*|[A-Z][\w-]*[A-Z][\w-]*|[A-Z][a-z]+(?= and (?:colleagues|others)\b| et al))\b"
    r"|(?<![.!?:]\s)(?<!^)\b[A-Z][a-z]{2,}\b"
)
_FORMULA = re.compile(r"\$[^$]*\$|\\\(.*?\\\)|`[^`]*`")
_QUOTED = re.compile(r"[\"“]([^\"”]{2,80})[\"”]")


def _names(text: str) -> list[str]:
    return [name for name in _NAME.findall(_FORMULA.sub(" ", text)) if name.lower() not in STOP_WORDS]


def _occurs(name: str, context: str) -> bool:
    there = {stem(word) for word in words(context)} | set(stems(context))
    low = name.lower()
    return stem(low) in there or low.rstrip("s") in there or initials(low, context)


def _other_subject(clause: _Clause, nearest: _Clause, context: str) -> bool:
    """Whether what the evidence says of one thing is said of another."""
    missing = {name for name in clause.names - nearest.names if not initials(name, nearest.text)}
    if missing and nearest.names - clause.names and not any(initials(n, clause.text) for n in nearest.names):
        return True
    first, theirs = clause.content[0], nearest.content[0]
    if {first, theirs} & _HOLLOW or clause.names & nearest.names or first in nearest.content:
        return False
    # Not names: "batch normalization rescales" where the evidence has "layer normalization rescales".
    alike = theirs not in clause.content and clause.content[1:2] == nearest.content[1:2]
    return alike and first in stems(context.replace("-", " "))


def _exchanged(clause: _Clause, nearest: _Clause, mine: Sequence[_Clause], context: str) -> bool:
    """Whether a word of this clause is another clause's in the evidence, and the other way round."""
    elsewhere = {s for part in mine if part is not clause for s in part.content}
    missing = set(clause.content) - set(nearest.content) - _HOLLOW
    extra = set(nearest.content) - set(clause.content) - _HOLLOW
    return bool(missing & set(stems(context.replace("-", " "))) and extra & elsewhere)


# What a clause may begin with though it is not about it.
_HOLLOW = frozenset(
    map(
        stem,
        """training inference model models network networks new result results number time small large early late
        addition contrast order practice general example technique method approach""".split(),
    )
)


# -- negation ---------------------------------------------------------------------------------------------------------

_NEGATIONS = frozenset(
    """not no never none nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't weren't
    won't hardly rarely fails fail failed lack lacks lacking avoids avoid avoided avoiding prevented prevents
    prevent preventing needn't nobody nowhere""".split()
)
_SOFTENED = re.compile(
    r"\b(?:almost|nearly|virtually|not only|next to) (?:no|not|nothing|never|none)\b|\bnot only\b", re.I
)
_RATHER = re.compile(r"\b(?:rather than|instead of)\b", re.I)
_SCOPE = 5  # words behind a negation that it may deny


def _denied(text: str, *, before: bool = False) -> Iterator[set[str]]:
    """For each negation the meaningful stems it denies; with `before` once more those before it: "X is not needed"."""
    tokens = words(_RATHER.sub(" not ", _SOFTENED.sub(" ", text)).replace("-", " "))
    for i, token in enumerate(tokens):
        if token in _NEGATIONS:
            yield {s for w in tokens[i + 1 : i + 1 + _SCOPE] if w not in STOP_WORDS and (s := stem(w)) not in _EMPTY}
            if before:
                yield {stem(w) for w in tokens[max(0, i - _SCOPE) : i + 2] if w not in STOP_WORDS}


_AND_NOT = re.compile(r",? (?:but |and |usually )*(?:not|neither|nor|no)\b(?! only)", re.I)


def _denied_there(statement: str, ground: str) -> bool:
    """Whether the evidence denies something right before a word of the statement, and the statement denies nothing."""
    if any(word in _NEGATIONS or word in _EXCEPT for word in words(statement)):
        return False
    said = {stem(w) for w in words(statement.replace("-", " "))}
    sentences = _SENTENCE.split(ground)
    shared = [len(said & {stem(w) for w in words(one.replace("-", " "))}) for one in sentences]
    near = " ".join(one for one, count in zip(sentences, shared, strict=True) if count == max(shared))
    for part in re.split(r"[.!?;:,]\s+", _SOFTENED.sub(" ", near).replace("-", " ")):
        tokens = words(part)
        for i, token in enumerate(tokens):
            if token in _DENIES:
                ahead = [
                    s for w in tokens[i + 1 : i + 2 + _SCOPE] if w not in STOP_WORDS and (s := stem(w)) not in _MORE
                ]
                if ahead and ahead[0] in said and (len(ahead) == 1 or not said.isdisjoint(ahead[1:])):
                    return True
    return False


# What is denied is what follows these: "without any extra parameters".
_MORE = _EMPTY | frozenset(map(stem, "extra additional added separate further own whole single".split()))


# What says with a verb that something is not so.
_EXCEPT = frozenset(
    """instead rather unlike than except eliminates removes stops stop same unchanged stays remains impossible unable
    little few drops drop skips skip ignores ignore unnecessary unneeded excludes exclude overlook""".split()
)
_DENIES = frozenset("not no never neither nor cannot avoids avoid without".split())


# -- roles ------------------------------------------------------------------------------------------------------------

_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\b.*\bby\b|\w(?:ed|en|wn) by\b"
    r"|\b(?:is|are|was|were|be|been|being) (?:\w+ ){0,2}"
    r"(?:\w{2,}ed|set|kept|given|taken|made|found|built|cut|drawn|known)\b",
    re.I,
)
_CLAUSE_END = re.compile(r"(?<=[.!?;:,])\s+|\s+(?:and|or)\s+")


def _roles_turned(statement: str, ground: str) -> bool:
    """Whether who does and to whom it is done have changed places: "A grades B" where the evidence has "B grades A"."""
    if _PASSIVE.search(statement) or _PASSIVE.search(ground):
        return False
    for mine in _CLAUSE_END.split(statement):
        own = [stem(w) for w in words(mine) if w not in _LITTLE]
        for theirs in _CLAUSE_END.split(ground):
            other = [stem(w) for w in words(theirs) if w not in _LITTLE]
            if _turned_around(own, other):
                return True
    return False


_LITTLE = frozenset(
    "a an the of in on at to that which and or is are was were for by with as its their from each every all".split()
)


def _turned_around(own: Sequence[str], other: Sequence[str]) -> bool:
    once = {s: other.index(s) for s in own if other.count(s) == 1 and own.count(s) == 1}
    if 2 * len(once) < len(own):
        return False
    mine = {s: own.index(s) for s in once}
    for pivot in once:
        before = [s for s in once if mine[pivot] - 2 <= mine[s] < mine[pivot] and once[s] > once[pivot]]
        after = [s for s in once if mine[s] > mine[pivot] and once[pivot] - 2 <= once[s] < once[pivot]]
        if before and after:
            return True
    return False


def _sequence_turned(statement: str, ground: str) -> bool:
    """Whether what comes first and what comes later have changed places, or what replaces and what is replaced."""
    for order in (_in_time, _replaced):
        mine, theirs = order(statement), order(ground)
        if mine and theirs and mine[0] & theirs[1] - theirs[0] and mine[1] & theirs[0] - theirs[1]:
            return True
    return False


def _in_time(text: str) -> tuple[set[str], set[str]] | None:
    """What comes earlier and what later, where the text says so."""
    for pattern, turned in _TIMES:
        if found := pattern.search(text):
            earlier, later = (set(stems(side)) for side in found.groups())
            return (later, earlier) if turned else (earlier, later)
    return None


_TIMES = (
    (re.compile(r"(?:^|[.;] )before ([^,]+), ([^.;]+)", re.I), True),
    (re.compile(r"(?:^|[.;] )after ([^,]+), ([^.;]+)", re.I), False),
    (re.compile(r"\bfirst\b(.*?)\b(?:then|afterwards?|later|second)\b(.*)", re.I), False),
    (re.compile(r"([^.;]*?)\bthen\b([^.;]*)", re.I), False),
    (re.compile(r"([^.;,]*) before ([^.;,]*)", re.I), False),
    (re.compile(r"([^.;,]*) after ([^.;,]*)", re.I), True),
)
_REPLACES = (
    (re.compile(r"\breplac\w+ ([^.;,]*?) (?:with|by) ([^.;,]*)", re.I), False),
    (re.compile(r"([^.;,]*) (?:instead of|in place of|rather than) ([^.;,]*)", re.I), True),
    (re.compile(r"\bfrom ([^.;,]*?) (?:in)?to ([^.;,]*)", re.I), False),
)


def _replaced(text: str) -> tuple[set[str], set[str]] | None:
    """What was there and what is there now."""
    for pattern, turned in _REPLACES:
        if found := pattern.search(text):
            old, new = (set(stems(side)) for side in found.groups())
            return (new, old) if turned else (old, new)
    return None


def _negation_agrees(clause: _Clause, nearest: _Clause, there: Sequence[set[str]]) -> bool:
    mine, theirs = list(_denied(clause.text)), list(_denied(nearest.text))
    said = set(clause.content)
    for scope in mine:
        if not any(2 * len(scope & other) >= min(len(scope), len(other)) for other in there):
            return False
    return not any(other and other <= said and not any(scope & other for scope in mine) for other in theirs)


def _turned(statement: str, ground: str) -> bool:
    """Whether the two sides of a comparison have changed places: "fewer than" said of the other one."""
    sides = [[set(stems(side)) for side in _THAN.split(_unfronted(text))] for text in (statement, ground)]
    if len(sides[0]) != 2 or len(sides[1]) != 2:
        return False
    (left, right), (their_left, their_right) = sides
    return bool(left & their_right - right) and (bool(right & their_left - left) or not right & their_right)


_THAN = re.compile(r" (?:than|instead of) ")
_FRONTED = re.compile(r"^(?:compared (?:with|to)|unlike|in contrast to) ([^,]+), ([^,;]+)", re.I)


def _unfronted(text: str) -> str:
    """ "Compared with A, B is faster" as "B is faster than A"."""
    return _FRONTED.sub(r"\2 than \1", text)


# -- direction and size -----------------------------------------------------------------------------------------------

# Groups of words, one against the other, compared as stems.
_OPPOSITES = tuple(
    (frozenset(map(stem, one.split())), frozenset(map(stem, other.split())))
    for one, other in (
        ("increase raise grow boost amplify gain double", "decrease reduce cut lower shrink lessen diminish halve"),
        ("more", "less fewer"), ("higher", "lower"), ("larger bigger", "smaller"), ("faster", "slower"),
        ("better best", "worse worst"), ("most", "least"), ("many", "few"), ("before", "after"), ("first", "last"),
        ("linear linearly constant", "quadratic quadratically exponential exponentially"), ("exact", "approximate"),
        ("cheaper cheap", "costlier costly expensive"), ("supervised", "unsupervised"),
        ("short shorter", "long longer"), ("shorten", "lengthen"), ("above", "below"), ("on", "off"),
        ("with", "without"), ("sharpen", "flatten"), ("frequent common often", "rare seldom"), ("stable", "unstable"),
        ("easy easier", "hard harder"), ("add", "subtract remove"), ("high", "low"), ("absolute", "relative"),
        ("previous preceding earlier past", "next following later future"), ("initial beginning", "last final end"),
        ("majority common frequent", "minority rarest rare"), ("pair", "triple triplet"),
        ("stable stabilize", "unstable explode vanish oscillate diverge"),
        ("keep preserve retain", "lose forget discard"), ("lose", "win gain"), ("train", "freeze"),
        ("frozen", "trainable trained"), ("static", "dynamic contextual"), ("shallow", "deep"), ("wide", "narrow"),
        ("simple", "complex complicated"), ("noisy", "clean"), ("corrupted", "clean"), ("full", "partial empty"),
        ("active", "inactive idle"), ("online", "offline"), ("private", "public"), ("manual", "automatic"),
        ("symmetric", "asymmetric"), ("biased", "unbiased"), ("convex", "nonconvex"), ("upper", "lower"),
        ("leftmost left", "right rightmost"), ("horizontal", "vertical"), ("internal inner", "external outer"),
        ("similar alike", "dissimilar"), ("begin start", "stop cease"), ("succeed success", "failure fail"),
        ("surpass exceed outperform beat", "trail lag"), ("agree", "disagree"), ("include", "exclude"),
        ("explicit", "implicit"), ("causal masked", "bidirectional"), ("serial", "parallel"),
        ("fixed constant", "variable varying"), ("reliable", "unreliable"), ("cover", "miss"), ("attach", "detach"),
        ("compress", "decompress expand"), ("encode", "decode"), ("ascend ascent", "descend descent"),
        ("closer", "farther further"), ("old", "new"), ("help improve", "harm hurt degrade"), ("prefer", "avoid"),
        ("harmful", "harmless"), ("synthetic", "real"), ("useful", "useless"), ("safe", "unsafe dangerous"),
        ("possible", "impossible"), ("even", "uneven"), ("light", "heavy"), ("weakly", "strongly"),
        ("everywhere", "nowhere"), ("within inside", "outside"), ("majority", "rarest"),
        ("coarse coarser", "fine finer"), ("honest", "dishonest"), ("known", "unknown"),
        ("right correct true", "wrong incorrect false"), ("fast quick rapid quickly rapidly", "slow slowly"),
        ("near nearby close recent", "far distant"), ("beyond past", "short"),
        ("amplify strengthen enlarge", "dampen weaken attenuate"), ("early", "late"),
        ("rise rose risen climb grew", "fall fell fallen drop shrank"), ("long", "short"), ("gain", "lose"),
        ("labeled", "unlabeled"), ("lengthen", "shorten"), ("bigger", "smaller"), ("much", "little"),
        ("top upper", "bottom lower"), ("always", "never"), ("start", "end"), ("sparse", "dense"),
        ("parallel", "sequential"), ("discrete", "continuous"), ("deterministic", "random stochastic"),
        ("same identical", "different"), ("lossless", "lossy"), ("local", "global"),
        ("strong stronger", "weak weaker"), ("overfit", "underfit"), ("positive", "negative"),
        ("maximize", "minimize"), ("forward", "backward"), ("input", "output"), ("encoder", "decoder"),
        ("enable", "disable"), ("accept", "reject"),
    )
)  # fmt: skip


_SENTENCE = re.compile(r"(?<=[.!?])\s+")


_RATES = frozenset(map(stem, "linear linearly quadratic quadratically exponential exponentially proportion".split()))


def _opposite(statement: str, ground: str) -> bool:
    mine, theirs = ({stem(w) for w in words(text)} for text in (statement, ground))
    if mine & _RATES:
        mine -= {"grow"}  # how it grows, not that it does
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if mine & one and not mine & other and theirs & other and not theirs & one:
                return True
    return False


_DIRECTIONS = frozenset().union(*(one | other for one, other in _OPPOSITES)) - frozenset(
    map(
        stem,
        """first last on off with without add many few most input output encoder decoder forward backward before
        after same different right true above below start end short long top common near past early late gain
        single several multiple old new cover miss train trained frozen freeze even fixed constant full known
        unknown left right help improve keep real synthetic include exclude light heavy private public agree fine
        start begin last next best better first often""".split(),
    )
)


def _new_direction(statement: str, ground: str) -> bool:
    """
    Whether a word of direction stands beside a word that the evidence gives the opposite direction.

    The two need not be in the clause that is nearest: "costs more than X" where it has "compared with
    X, it costs less".
    """
    mine, theirs = ([stem(w) for w in words(text.replace("-", " "))] for text in (statement, ground))
    for one, other in (pair for a, b in _OPPOSITES for pair in ((a, b), (b, a))):
        if set(theirs) & one or not set(theirs) & other or set(mine) & other:
            continue
        near_mine = {s for i, t in enumerate(mine) if t in one for s in _beside(mine, i)}
        near_theirs = {s for i, t in enumerate(theirs) if t in other for s in _beside(theirs, i)}
        if near_mine & near_theirs:
            return True
    return False


def new_directions(statement: str, ground: str) -> int:
    """How many words that tell a direction or a size have no like in the ground."""
    theirs = {stem(w) for w in words(ground.replace("-", " "))}
    own = {stem(w) for w in words(statement.replace("-", " "))} & _DIRECTIONS
    return sum(
        not any(s in group and not theirs.isdisjoint(group) for pair in _OPPOSITES for group in pair)
        and not any(synonyms(s, other) for other in theirs)
        for s in own
    )


def _beside(tokens: Sequence[str], i: int) -> set[str]:
    return {t for t in (*tokens[max(0, i - 2) : i], *tokens[i + 1 : i + 3]) if t not in _STOP_STEMS}


_STOP_STEMS = frozenset(map(stem, STOP_WORDS))


def _crossed(statement: str, ground: str) -> bool:
    """Whether two opposites have changed places: "keeps rare words, splits frequent ones", the other way round."""
    mine, theirs = ({s: before for before, s in pairwise(stems(text))} for text in (statement, ground))
    for one, other in _OPPOSITES:
        for a in one & mine.keys() & theirs.keys():
            for b in other & mine.keys() & theirs.keys():
                if mine[a] == theirs[b] != theirs[a] == mine[b]:
                    return True
    return False


# Words that allow no exception; a statement may have one where the evidence has one of its like.
_ABSOLUTES = tuple(
    (re.compile(rf"\b(?:{group})\b", re.I), re.compile(rf"\b(?:{group}|{also})\b", re.I))
    for group, also in (
        ("always|in every case|every time", "all|every|each"),
        ("all|every|whole|entire", "each|both|everything|everywhere|per|full"),
        ("best|optimal|ideal|perfect|perfectly", "most"), ("only|solely|exclusively", "just|alone|one|single"),
        ("completely|entirely|fully|totally", "whole|full|all|exactly"), ("guarantees?|guaranteed|ensures?", "always"),
        ("impossible", "not|never|no|cannot"), ("inevitably|invariably|necessarily|certainly|whenever", "always|must"),
        ("any(?= \\w)|whatever|regardless", r"any\w*|arbitrary|all|every|each|regardless|whatever"),
        ("never", "no|without|cannot"), ("proves?|proven|proof", "proves?|proven|proof"),
        ("same|identical", "same|identical|equal|alike|each|every|shared?|constant|unchanged|both|not"),
        ("certain|certainty", "certain|certainty|always|must"),
    )
)  # fmt: skip


_QUANTITIES = re.compile(
    r"\b(all|every|any|each|most|much|many|some|part|several|few)\b(?: of)?(?: (?:the|its|their|a|an))? (\w+)", re.I
)
_WEAKER = frozenset("most much many some part several few".split())


def _larger_quantity(statement: str, ground: str) -> bool:
    """Whether it says "all" of what the evidence says "much" or "some"."""
    theirs: dict[str, set[str]] = {}
    for quantity, of in _QUANTITIES.findall(ground):
        theirs.setdefault(stem(of.lower()), set()).add(quantity.lower())
    return any(
        quantity.lower() not in _WEAKER and (there := theirs.get(stem(of.lower()), set())) and there <= _WEAKER
        for quantity, of in _QUANTITIES.findall(statement)
    )


def _claims_more(statement: str, ground: str) -> bool:
    return _larger_quantity(statement, ground) or any(
        strong.search(statement) and not like.search(ground) for strong, like in _ABSOLUTES
    )
