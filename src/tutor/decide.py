"""
Deciding whether the library can answer, from several signals and never from one cut-off.

A logistic rule over what search and evidence already know; its weights are fitted by `eval/fit.py` on the tune half
of the question sets and kept here. Pure functions. Not covered: a question about a subject that is covered, whose
answer is not; nothing short of reading tells "What batch size was GPT-4 trained with?" from one that is answered.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass

from tutor.evidence import Evidence
from tutor.questions import Question
from tutor.rhetoric import defining
from tutor.search import Found, occurs
from tutor.words import STOP_WORDS, content_words, stem, stems, words


@dataclass(frozen=True, slots=True)
class Grounds:
    """
    What speaks for an answer, each 0..1.

    `named`: share of the question's names (GPT-4, Berlin) that occur in the evidence, 1 where it has none;
    `sentence`: best cosine of question and sentence;
    `quote`: of the best quote, the mean of its cosine and its share of the question's words, rare ones weighing more;
    `rarest`: whether the question's rarest word is in the evidence, typos forgiven;
    `length`: the question's meaningful words, ten of them being 1: the longer it is, the less closely a quote can fit;
    `defined`: for a question what something is, whether a quote is its definition (`rhetoric.defining`).
    The evidence is read with its headings; for names with its addresses too, which tell authors and makers.
    """

    named: float
    sentence: float
    quote: float
    rarest: float
    length: float
    defined: float


# Fitted: see docs/evals.md. One weight each, the constant last.
FITTED: tuple[float, ...] = (4.41, 9.23, 7.1, 0.81, 5.69, 2.91, -15.86)
# The chance (0..1) below which a question is declined.
CUT = 0.23
# The same for a follow-up to what was answered: its subject is covered, and a few words fit no quote closely. Set by
# hand; no set has follow-ups that cannot be answered.
CUT_FOLLOWING = 0.11
# Below this, words of the question that the evidence lacks are told: the answer is a part at best. On the tune half a
# third of what lies between cannot be answered, of what lies above one in twenty.
SURE = 0.75
# How nearly (a cosine of pieces, see `tutor.late`) a word must be met to be there in other words.
MET = 0.6
MOST_MISSING = 3
SELDOM = 5.5  # the rarity (nats) of a word that occurs in one passage of 250: commoner ones are no loss


def grounds(found: Found, evidence: Sequence[Evidence], subjects: Sequence[str] = ()) -> Grounds:
    """What speaks for an answer from `evidence` to the question that was searched, which asks what `subjects` are."""
    if not found.hits:
        return Grounds(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    said = " ".join(f"{e.quote.title} {e.quote.heading} {e.quote.text}" for e in evidence)
    return Grounds(
        named=share_of_names(found.question, " ".join([said, *(e.quote.url for e in evidence)])),
        sentence=max(hit.signals.sentence for hit in found.hits),
        quote=max(((e.cosine + e.coverage) / 2 for e in evidence), default=0.0),
        rarest=_rarest(found.rarity, said),
        length=min(1.0, len(found.rarity) / 10),
        defined=_defined(subjects, evidence),
    )


def missing(
    question: Question, found: Found, evidence: Sequence[Evidence], chance: float, met: Callable[[str, str], float]
) -> tuple[str, ...]:
    """
    What of the question the evidence says nothing of, as the question words it; nothing where all of it is covered.

    Of several subjects one that no quote speaks of; names; and where the `chance` of an answer is low, words that are
    rare in the library. `met(word, text)` tells how nearly a word is met in a text (0..1).
    """
    told = [f"{e.quote.title} {e.quote.heading} {e.quote.above} {e.quote.text}" for e in evidence]
    said = " ".join(told)
    lacking = [one for one in question.subjects if len(question.subjects) > 1 and not _spoken_of(one, told)]
    if len(lacking) == len(question.subjects):
        lacking = []
    addresses = " ".join(e.quote.url for e in evidence)
    lacking += [name for name in names(question.text) if share_of_names(f"of {name}", f"{said} {addresses}") < 1]
    if chance < SURE:
        there = {*stems(said), *words(said)}
        lacking += [
            word
            for word in content_words(question.text)
            if found.rarity.get(stem(word), 0.0) >= SELDOM and not _there(word, there) and met(word, said) < MET
        ]
    told_already = [one for i, one in enumerate(lacking) if not any(_within(one, other) for other in lacking[:i])]
    return tuple(told_already[:MOST_MISSING])


def _spoken_of(subject: str, told: Sequence[str]) -> bool:
    wanted = stems(subject)
    return any(all(_there(word, {*stems(text), *words(text)}) for word in wanted) for text in told)


def _there(word: str, there: set[str]) -> bool:
    return occurs(stem(word), there) or word in there or any(alike(stem(word), other) for other in there)


def _within(one: str, other: str) -> bool:
    return set(stems(one)) <= set(stems(other))


def _defined(subjects: Sequence[str], evidence: Sequence[Evidence]) -> float:
    """How well a quote defines what is asked for; for a comparison, the side that is defined worse."""
    return min(
        (max((defining(e.quote.text, subject) for e in evidence), default=0.0) for subject in subjects), default=0.0
    )


def chance(on: Grounds, fitted: Sequence[float] = FITTED) -> float:
    """The chance (0..1) that the evidence answers."""
    total = sum(weight * value for weight, value in zip(fitted, astuple(on), strict=False)) + fitted[-1]
    return 1.0 / (1.0 + math.exp(-total))


_TOKEN = re.compile(r"[^\W_]+(?:[.\-][^\W_]+)*")
_STARTS_SENTENCE = re.compile(r"(?:^|[.?!:]\s)\W*$")


def names(question: str) -> list[str]:
    """
    The words of a question that name something: with a capital inside a sentence or inside the word, or with a digit.

    None in a question written all in capitals, and only the latter where most words begin with one (a Title).
    """
    tokens = list(_TOKEN.finditer(question))
    capitals = sum(match[0][0].isupper() for match in tokens[1:])
    titled = capitals > 2 and capitals * 2 > len(tokens)
    if question.isupper():
        return []
    found = []
    for match in tokens:
        word = re.sub(r"(?<=\w)(?:-[a-z]+)+$", "", match[0])  # "GPT-like" names GPT
        within = any(letter.isupper() or letter.isdigit() for letter in word[1:]) or word[0].isdigit()
        begins = _STARTS_SENTENCE.search(question[: match.start()])
        if (within or (word[0].isupper() and not begins and not titled)) and word.lower() not in STOP_WORDS:
            found.append(word)
    return found


def share_of_names(question: str, said: str) -> float:
    """The share (0..1) of the question's names that occur in `said`, however they are written; 1 where it has none."""
    asked = names(question)
    if not asked:
        return 1.0
    runs = re.findall(r"[^\W_]+", said.lower())
    # "GPT-4" is also met as "GPT 4" and "GPT4".
    joined = {"".join(runs[i : i + n]) for n in (1, 2, 3) for i in range(len(runs))}
    there = joined | {stem(run) for run in runs}
    initials = "".join(run[0] for run in runs)
    return sum(_named(name, there, initials) for name in asked) / len(asked)


def _named(name: str, there: set[str], initials: str) -> bool:
    plain = re.sub(r"[\W_]", "", name).lower()
    spelled_out = len(name) > 3 and name.isupper() and name.isalpha() and plain in initials  # DDPM
    return plain in there or stem(plain) in there or spelled_out or any(alike(plain, other) for other in there)


def _rarest(rarity: Mapping[str, float], said: str) -> float:
    if not rarity:
        return 0.0
    rarest = max(sorted(rarity), key=lambda word: rarity[word])
    there = {*stems(said), *words(said)}
    return float(occurs(rarest, there) or any(alike(rarest, word) for word in there))


def alike(one: str, other: str) -> bool:
    """
    Whether two words of five letters or more are one typo apart: a letter wrong, missing, too many, or two exchanged.

    Words with a digit are never alike: "3.5" is not "3.6", "llama2" is not "llama3".
    """
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1 or not (one.isalpha() and other.isalpha()):
        return one == other
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[same:], other[same:]
    exchanged = len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or exchanged
