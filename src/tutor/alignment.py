"""
Which words of the evidence a statement's words stand for, and whether they stand together there as they do here.

Pure functions on strings. A statement that was put together from right words in a wrong way ("the student grades what
the teacher wrote") is known by where its words lie in the evidence: in the clause of another subject, in another order.
Knows nothing of numbers, negations and opposites: see tutor.contradictions.
Not covered: pronouns across sentences, and grammar; a subject is taken to be the first words of its clause.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from tutor.synonyms import synonyms
from tutor.words import STOP_WORDS, stem, words

# Words that carry little: a paraphrase may add or drop them.
_LIGHT = frozenset(
    map(
        stem,
        """model models network networks method methods technique techniques approach way ways thing things system
        systems         process processes result results value values number numbers amount part parts case cases
        example examples set several various single whole certain particular given usual usually typical typically
        normally often sometimes mostly mainly generally partly roughly nearly simply directly additionally
        therefore thus hence however instead rather still yet even quite help helps need needs allow allows require
        requires make makes give gives take takes keep keeps become becomes provide provides contain contains
        consist consists include includes happen occur involve involves perform performs apply applies introduce
        introduces paper colleagues authors new total times fold percent million billion trillion hundred
        thousand""".split(),
    )
)
# Numbers in words; they are compared by themselves.
_NUMERALS = frozenset(
    """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion half
    quarter third sixteenth percent once twice double doubles doubled doubling triple triples tripled quadruple
    quadruples quadrupled twofold threefold fourfold fivefold sixfold sevenfold eightfold tenfold""".split()
)
LIGHT = 0.35  # what such a word weighs
HEADING = 0.6  # what a word counts that only the heading has
SYNONYM = 0.9  # what a word counts that stands for another


@dataclass(frozen=True, slots=True)
class Alignment:
    """
    How much of a statement a stretch of evidence has; shares are weighed by how much a word carries.

    `covered`: the share that it has; `weakest`: the same of the clause that has the least; `gap`: how much it has not
    in a row; `opening`: the share of the first two words of each clause that it has. All 0 to 1.
    """

    covered: float
    weakest: float
    gap: float
    opening: float


@dataclass(frozen=True, slots=True)
class Token:
    """A word that carries meaning: its stem, the clause it is in, its place among the words."""

    stem: str
    clause: int
    at: int
    weight: float


@dataclass(frozen=True, slots=True)
class Clauses:
    """The words of a text; for each clause its text and the stems of its subject, none where it has none of its own."""

    tokens: tuple[Token, ...]
    texts: tuple[str, ...]
    subjects: tuple[frozenset[str], ...]


_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")
_CUT = re.compile(
    r"(?<=[.!?;:,])\s+|\s+(?=(?:but|whereas|while|although|though|because|since|so|which|unlike|if|when)\s)"
    r"|\s+(?=and (?:an?|the)\s)"
)
_FORMULA = re.compile(r"\$[^$]*\$|\\\(.*?\\\)|`[^`]*`")
_LEAD = re.compile(
    r"^\W*(?:(?:and|or|whereas|while|but|although|though|yet|so|if|when|because|since|then|unlike|"
    r"compared (?:with|to)|in contrast to)\s+)*",
    re.I,
)
# With one of these a clause goes on about the subject before it.
_GOES_ON = re.compile(
    r"(?:which|that|it|they|its|their|this|these|those|he|one|each|both|all|is|are|was|were|be|has|have|had|can|may|"
    r"must|does|do|did|will|nothing|none|nobody|everything|\d|about|to|by|in|on|at|of|for|from|with|without|as|than|such|"
    r"usually|often|only|not|also)\b",
    re.I,
)
_BOTH = re.compile(r"[\w-]+ (?:and|or) ")
_ARTICLE = re.compile(r"(?:an?|the)\b", re.I)
_ENDS_SUBJECT = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|can|may|might|must|does|do|did|will|which|that|of|in|on|at|for|from|with|"
    r"without|by|to|as|than|cannot|should|would|could|need|needs|uses?|used|gives?|gave|makes?|made|takes?|took|gets?|"
    r"shows?|works?|means?)\b|[,;:(]"
)


@cache
def rarity() -> dict[str, float]:
    """How much a stem carries, from how many sentences of the starter notes have it: 0.5 to 1.5."""
    from tutor import notes
    from tutor.sentences import Block, sentences

    count: Counter[str] = Counter()
    total = 0
    for source in notes.sources():
        for span in sentences(source.text):
            if span.block is Block.PROSE:
                total += 1
                count.update({s for s, _ in _content(source.text[span.start : span.end])})
    return {s: 0.5 + math.log(total / n) / math.log(total) for s, n in count.items()}


def weight(s: str) -> float:
    """What a stem weighs."""
    return LIGHT if s in _LIGHT else rarity().get(s, 1.3)


def _spoken(formula: re.Match[str]) -> str:
    """The words in a formula: "phi" of "\\phi = 0.9"."""
    return " ".join(["", *re.findall(r"[A-Za-z]{2,}", formula[0]), ""])


_GREEK = str.maketrans(
    dict(
        zip(
            "αβγεηθλμπστφϕΔ",
            "alpha beta gamma epsilon eta theta lambda mu pi sigma tau phi phi delta".split(),
            strict=True,
        )
    )
)


def _content(text: str) -> list[tuple[str, int]]:
    found = []
    at = 0
    for word in words(_FORMULA.sub(_spoken, text).translate(_GREEK)):
        # A small word is one of meaning where it makes a name: "few-shot", "m-step", "off-policy".
        parts = word.split("-")
        for part in parts:
            at += 1
            if part and not part[0].isdigit() and part not in _NUMERALS and (part not in STOP_WORDS or len(parts) > 1):
                found.append((stem(part), at))
    return found


@lru_cache(maxsize=1_000)
def clauses(text: str) -> Clauses:
    """The clauses of a text."""
    tokens: list[Token] = []
    texts: list[str] = []
    subjects: list[frozenset[str]] = []
    # What stands in parentheses belongs to its clause.
    text = _PARENTHESES.sub(lambda found: " " + found[1].replace(",", " "), _FORMULA.sub(_spoken, text))
    for part in _CUT.split(text):
        content = _content(part)
        if not content:
            continue
        at = len(tokens)
        tokens += [Token(s, len(texts), at + i, weight(s)) for i, (s, _) in enumerate(content)]
        texts.append(part)
        subjects.append(_subject(part))
    return Clauses(tuple(tokens), tuple(texts), tuple(subjects))


def _subject(part: str) -> frozenset[str]:
    bare = part[_LEAD.match(part).end() :]  # type: ignore[union-attr]
    if _GOES_ON.match(bare) or bare.startswith("("):
        return frozenset()
    head = _ENDS_SUBJECT.split(bare, maxsplit=1)[0]
    content = [s for s, _ in _content(head) if s != "percent"]
    ends = bare[len(head) : len(head) + 1]
    if ends and (len(content) == 1 or (len(content) <= 3 and ends not in ",;:")):
        return frozenset(content)
    # Its verb is none that is known: one word, or two after an article.
    first = bare.split()[: 3 if _ARTICLE.match(bare) or _BOTH.match(bare) else 1]
    return frozenset(s for s, _ in _content(" ".join(first)))


def align(statement: str, ground: str, headings: str = "") -> Alignment:
    """How the words of `statement` lie in `ground`, which stands under `headings`."""
    mine, theirs = clauses(statement), clauses(ground)
    above = {s for s, _ in _content(headings)}
    if not mine.tokens:
        return Alignment(0.0, 0.0, 1.0, 0.0)
    there = frozenset(token.stem for token in theirs.tokens)
    worth = [_worth(token, there, above, f"{headings} {ground}") for token in mine.tokens]
    by_clause: dict[int, list[int]] = {}
    for i, token in enumerate(mine.tokens):
        by_clause.setdefault(token.clause, []).append(i)
    return Alignment(
        covered=_share(mine.tokens, worth, range(len(mine.tokens))),
        weakest=min(_share(mine.tokens, worth, at) for at in by_clause.values()),
        gap=min(1.0, _longest_gap(mine.tokens, worth) / LONGEST_GAP),
        opening=_share(mine.tokens, worth, [i for at in by_clause.values() for i in at[:2]]),
    )


LONGEST_GAP = 4.0  # words; more in a row that the evidence has not makes no difference


def _worth(token: Token, theirs: frozenset[str], above: set[str], context: str) -> float:
    if token.stem in theirs:
        return 1.0
    if any(synonyms(token.stem, other) or _of_one_root(token.stem, other) for other in theirs):
        return SYNONYM
    return SYNONYM if initials(token.stem, context) else HEADING if token.stem in above else 0.0


def _of_one_root(one: str, other: str) -> bool:
    """Whether two stems begin alike and end otherwise: "remov" and "removal"."""
    if one[:ROOT] != other[:ROOT]:
        return False
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= ROOT and max(len(one), len(other)) - common <= ROOT_ENDS


ROOT, ROOT_ENDS = 5, 3  # letters


def _share(tokens: Sequence[Token], worth: Sequence[float], at: Iterable[int]) -> float:
    at = list(at)
    whole = sum(tokens[i].weight for i in at)
    return sum(tokens[i].weight * worth[i] for i in at) / whole if whole else 1.0


def _longest_gap(tokens: Sequence[Token], worth: Sequence[float]) -> float:
    longest = run = 0.0
    for token, value in zip(tokens, worth, strict=True):
        run = run + token.weight if value == 0 else 0.0
        longest = max(longest, run)
    return longest


def of_another(statement: str, ground: str) -> bool:
    """
    Whether a clause of `statement` says of one thing what `ground` says of another.

    So it is where the nearest clause of the ground has not the clause's subject, another clause there has it as its
    own subject, and the nearest one is about something that the clause does not name.
    """
    mine, theirs = clauses(statement), clauses(ground)
    about = _about(theirs)
    scopes = [about[n] | {t.stem for t in theirs.tokens if t.clause == n} for n in range(len(theirs.texts))]
    for clause, subject in enumerate(mine.subjects):
        own = {t.stem for t in mine.tokens if t.clause == clause}
        said = own - subject
        if not subject or len(said) < 2:
            continue
        shares = [len(said & scope) / len(said) for scope in scopes]
        most = max(shares, default=0.0)
        near = [n for n, share in enumerate(shares) if share == most and share >= SAID]
        if near and all(_foreign(n, subject, own, about, scopes) for n in near):
            return True
    return False


SAID = 0.5  # of what a clause says, for another to be about the same


def _foreign(
    near: int, subject: frozenset[str], own: set[str], about: Sequence[frozenset[str]], scopes: Sequence[frozenset[str]]
) -> bool:
    missing = {s for s in subject if not any(synonyms(s, o) for o in scopes[near])}
    elsewhere = {s for n, other in enumerate(about) if n != near for s in other}
    others = {s for s in about[near] if not any(synonyms(s, o) for o in own)}
    return bool(missing & elsewhere and others)


def _about(theirs: Clauses) -> list[frozenset[str]]:
    """What each clause is about: its own subject, and where it only goes on, that of the clause before."""
    about: list[frozenset[str]] = []
    for number, (text, subject) in enumerate(zip(theirs.texts, theirs.subjects, strict=True)):
        # What goes on after a comparison goes on about what is compared.
        foil = number > 1 and FOIL.match(theirs.texts[number - 1]) is not None
        before = about[number - (2 if foil else 1)] if number else frozenset()
        last = theirs.texts[number - 1] if number else "."
        apart = (
            APART.match(text) or _begins(last) or any(FOIL.match(t) for t in theirs.texts[max(0, number - 2) : number])
        )
        about.append(subject if subject and apart else subject | before)
    return about


# What begins so may have a subject of its own.
APART = re.compile(r"(?:whereas|while|but|although|though|unlike|compared|not|instead|(?:and|or|yet) (?!\w+s\b))", re.I)
# What is compared with is not what is spoken of.
FOIL = re.compile(r"(?:compared (?:with|to)|unlike|in contrast to|contrary to)\b", re.I)


def _begins(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?", ";"))


def initials(name: str, context: str) -> bool:
    """Whether `name` is made of the first letters of words that stand together in the context: "kv", "key-value"."""
    letters = "".join(word[0] for word in words(context.replace("-", " ")))
    return 2 <= len(name) <= 6 and (name in letters or name.removesuffix("s") in letters)
