"""
Where a statement disagrees with a stretch of evidence: a number, a name, quoted words, a negation, a direction, a
subject, or a claim that is larger than the evidence's.

Pure functions on strings; the rules err on the side of striking. Each clause of the statement is held against the
clause of the evidence that shares most of its words, so that "a GRU has three gates" is not excused by the three gates
of an LSTM. Not covered: what takes knowledge of the world, and exchanged roles within one clause ("A beats B").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    if not numbers(statement) <= numbers(context):
        return "a number is not in the evidence"
    if any(not _occurs(name, context) for name in _names(statement)):
        return "a name is not in the evidence"
    flat = " ".join(words(context))
    if any(" ".join(words(quoted)) not in flat for quoted in _QUOTED.findall(statement)):
        return "quoted words are not in the evidence"
    if _claims_more(statement, ground):
        return "it claims more than the evidence"
    mine, theirs = _clauses(statement), _clauses(ground)
    above = set(stems(headings.replace("-", " ")))
    for clause in mine:
        if reason := _clause_disagrees(clause, mine, theirs, above, context):
            return reason
    return ""


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
    if not all(_negation_agrees(clause, other) for other in near):
        return "it denies what the evidence says, or the other way round"
    if any(rule(clause.text, other.text) for other in near for rule in (_opposite, _turned, _crossed)):
        return "it says the opposite of the evidence"
    if all(_numbers_clash(clause.text, other.text) for other in near):
        return "a number belongs to something else in the evidence"
    if all(_other_subject(clause, other, context) for other in near) or (
        most >= SAME_SUBJECT and all(_exchanged(clause, other, mine, context) for other in near)
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

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?:\s?%|[KMBkx×]\b)?")
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "sixteen": "16", "twenty": "20", "hundred": "100",
    "thousand": "1000",
}  # fmt: skip
# Words that tell nothing of what a clause is about; numbers are compared by themselves.
_EMPTY = frozenset(map(stem, [*_NUMBER_WORDS, "whereas", "therefore", "thus", "hence"]))
# What may stand between a number and what it counts: "four times the tokens".
_BETWEEN = frozenset("million billion trillion hundred thousand times the as many more of a".split())


def numbers(text: str) -> set[str]:
    """The numbers in a text, written as digits: "two" is 2, "1,024" is 1024."""
    found = {re.sub(r"[,\s]", "", n).lower() for n in _NUMBER.findall(text.replace("\\times", " × "))}
    return found | {_NUMBER_WORDS[w] for w in words(text) if w in _NUMBER_WORDS}


def _counts(text: str) -> set[str]:
    return {n for n in numbers(text) if n not in ("100", "1000")}


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


def _numbers_clash(statement: str, ground: str) -> bool:
    """Whether a clause has other numbers than the evidence's, or a number counts what the evidence counts otherwise."""
    own, other = _counts(statement), _counts(ground)
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


def initials(name: str, context: str) -> bool:
    """Whether `name` is made of the first letters of words that stand together in the context: "kv", "key-value"."""
    letters = "".join(word[0] for word in words(context.replace("-", " ")))
    return 2 <= len(name) <= 6 and (name in letters or name.removesuffix("s") in letters)


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
    won't hardly rarely fails fail failed lack lacks""".split()
)
_SOFTENED = re.compile(
    r"\b(?:almost|nearly|virtually|not only|next to) (?:no|not|nothing|never|none)\b|\bnot only\b", re.I
)
_SCOPE = 5  # words behind a negation that it may deny


def _denied(text: str) -> Iterator[set[str]]:
    """For each negation the meaningful stems it denies."""
    tokens = words(_SOFTENED.sub(" ", text).replace("-", " "))
    for i, token in enumerate(tokens):
        if token in _NEGATIONS:
            yield {stem(w) for w in tokens[i + 1 : i + 1 + _SCOPE] if w not in STOP_WORDS}


def _negation_agrees(clause: _Clause, nearest: _Clause) -> bool:
    mine, theirs = list(_denied(clause.text)), list(_denied(nearest.text))
    said = set(clause.content)
    for scope in mine:
        if not any(2 * len(scope & other) >= min(len(scope), len(other)) for other in theirs):
            return False
    return not any(other and other <= said and not any(scope & other for scope in mine) for other in theirs)


def _turned(statement: str, ground: str) -> bool:
    """Whether the two sides of a comparison have changed places: "fewer than" said of the other one."""
    sides = [[set(stems(side)) for side in re.split(r" (?:than|instead of) ", text)] for text in (statement, ground)]
    if len(sides[0]) != 2 or len(sides[1]) != 2:
        return False
    (left, right), (their_left, their_right) = sides
    return bool(left & their_right - right) and (bool(right & their_left - left) or not right & their_right)


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
        ("short shorter", "long longer"),
        ("shorten", "lengthen"), ("above", "below"), ("on", "off"), ("with", "without"), ("sharpen", "flatten"),
        ("frequent common often", "rare seldom"), ("stable", "unstable"), ("easy easier", "hard harder"),
        ("add", "subtract remove"), ("sparse", "dense"), ("parallel", "sequential"), ("discrete", "continuous"),
        ("deterministic", "random stochastic"), ("same identical", "different"), ("lossless", "lossy"),
        ("local", "global"), ("strong stronger", "weak weaker"), ("overfit", "underfit"), ("positive", "negative"),
        ("maximize", "minimize"), ("forward", "backward"), ("input", "output"), ("encoder", "decoder"),
        ("enable", "disable"), ("accept", "reject"),
    )
)  # fmt: skip


def _opposite(statement: str, ground: str) -> bool:
    mine, theirs = ({stem(w) for w in words(text)} for text in (statement, ground))
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if mine & one and not mine & other and theirs & other and not theirs & one:
                return True
    return False


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
        ("always|in every case|every time", "all|every|each"), ("all|every|whole|entire", "each|both|everything"),
        ("best|optimal|ideal|perfect|perfectly", "most"), ("only|solely|exclusively", "just|alone|one|single"),
        ("completely|entirely|fully|totally", "whole|full|all|exactly"), ("guarantees?|guaranteed|ensures?", "always"),
        ("impossible|cannot", "not|never|no"),
    )
)  # fmt: skip


def _claims_more(statement: str, ground: str) -> bool:
    return any(strong.search(statement) and not like.search(ground) for strong, like in _ABSOLUTES)
