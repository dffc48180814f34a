"""
What a learner would rather read: plain words or formulas, examples, code.

A level and what an answer is asked to have become small lifts, for passages and for sentences, read off the words
themselves when a question is asked. Knows nothing of search; a lift only settles what is nearly equal.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tutor.conversation import Want
from tutor.search import Found, Hit, diverse
from tutor.sentences import Block, blocks

# Tune half: at these lifts a level loses no right page (by construction) and 0.005 of quote in evidence at most.
FOR_LEVEL = 0.3
FOR_WANTED = 0.4  # a passage that holds what is asked for
FOR_SENTENCE = 0.25
FOR_WANTED_SENTENCE = 4.0
# A source that answers a follow-up together with what was asked before; 0.4 to 1.0 give the same evidence.
FOR_CONTEXT = 0.6
# So many times the passages that are read are found, where something is asked for that few of them hold.
WIDER = 2
# The passages among which the right page is to be.
FIRST = 5

# How technical a kind of source is, and an average one.
_KINDS = {
    "note": -0.35,
    "article": 0.0,
    "video": -0.15,
    "course": -0.05,
    "book": 0.1,
    "documentation": 0.1,
    "repo": 0.15,
}
_KINDS["paper"] = 0.3
# Marks of mathematics and code in running text: $...$, `...`, \commands, operators, subscripts.
_SYMBOLS = re.compile(r"\$[^$]+\$|\\\(.+?\\\)|`[^`]+`|\\[a-z]+|[=≈≤≥∑∏∂∇∈×→θσλμαβ]|\w_\w|\w\^")
_WORD = re.compile(r"[A-Za-z]{2,}")
_STOP = re.compile(r"[.?!](?=\s|$)")
_EXAMPLE = re.compile(
    r"\b(?:for (?:example|instance)|e\.g\.|suppose|imagine|say we|let['’]?s say|consider (?:a|an|the|this)|"
    r"as an example|think of)\b",
    re.I,
)
_BLOCKS = {Want.MATHS: Block.FORMULA, Want.CODE: Block.CODE}
_INLINE = {Want.MATHS: re.compile(r"\$[^$]*[=\\^_][^$]*\$|\\\(.+?\\\)"), Want.CODE: re.compile(r"`[^`]+`")}
_SIDES = {"beginner": -1, "expert": 1}
LONGEST_BLOCK = 1_200  # characters of a formula or of code that may be quoted


@dataclass(frozen=True, slots=True)
class Preference:
    """What is preferred at a level, with what an answer is asked to have."""

    level: str = "intermediate"
    wants: frozenset[Want] = frozenset()

    @property
    def indifferent(self) -> bool:
        return self.level not in _SIDES and not self.wants & {Want.MATHS, Want.CODE, Want.EXAMPLE}

    def of_source(self, text: str, kind: str) -> float:
        """The lift of a passage of a source of this kind at this level, in the search's score."""
        return FOR_LEVEL * _SIDES[self.level] * technical(text, kind) if self.level in _SIDES else 0.0

    def of_passage(self, text: str) -> float:
        """The lift of a passage that holds what is asked for, in the search's score."""
        return FOR_WANTED * any(_holds(want, text) for want in self.wants)

    def of_sentence(self, text: str, block: Block) -> float:
        """The lift of a sentence, in the worth that evidence gives it."""
        lift = FOR_SENTENCE * _SIDES[self.level] * (symbols(text) * 4 - 0.5) if self.level in _SIDES else 0.0
        return lift + max((_answers(want, text, block) for want in self.wants), default=0.0)

    def allows(self, text: str, block: Block) -> bool:
        """Whether a formula or a piece of code may be quoted, which are no evidence where nobody asked for them."""
        return len(text) <= LONGEST_BLOCK and any(block is _BLOCKS.get(want) for want in self.wants)


def ordered(found: Found, preference: Preference, k: int) -> Found:
    """
    The best `k` of what was found, in the order of the preference.

    What is asked for may bring a passage to the front from anywhere. A level only changes the order of the first five
    among themselves, and that of the rest: who reads in plain words is not to miss the page that answers.
    """
    hits: Sequence[Hit] = found.hits
    if preference.wants:
        wanted = [replace(hit, score=hit.score + preference.of_passage(hit.held.passage.text)) for hit in hits]
        hits = diverse(sorted(wanted, key=_best_first))
    hits = hits[:k]
    if preference.level in _SIDES:
        lifted = [
            replace(hit, score=hit.score + preference.of_source(hit.held.passage.text, hit.held.kind)) for hit in hits
        ]
        hits = sorted(lifted[:FIRST], key=_best_first) + sorted(lifted[FIRST:], key=_best_first)
    return replace(found, hits=tuple(hits))


def continued(found: Found, before: Found) -> Found:
    """What was found, the sources lifted that hold the answer to the question before too."""
    best: dict[int, float] = {}
    for hit in before.hits:
        best[hit.held.source] = max(best.get(hit.held.source, 0.0), hit.score)
    most = max(best.values(), default=1.0) or 1.0
    lifted = [replace(hit, score=hit.score + FOR_CONTEXT * best.get(hit.held.source, 0.0) / most) for hit in found.hits]
    return replace(found, hits=tuple(diverse(sorted(lifted, key=_best_first))))


def _best_first(hit: Hit) -> tuple[float, int]:
    return -hit.score, hit.held.id


def technical(text: str, kind: str) -> float:
    """
    How technical a passage is, -1..1, an average one about 0: by its kind of source, the share of it that is formulas
    and code, the length of its sentences and of its words.
    """
    words = _WORD.findall(text)
    if not words:
        return 1.0
    long = sum(len(word) > 9 for word in words) / len(words)
    sentence = len(words) / max(1, len(_STOP.findall(text)))
    read = 1.5 * (long - 0.12) + 0.02 * (min(sentence, 40) - 18)
    return max(-1.0, min(1.0, _KINDS.get(kind, 0.0) + 1.5 * (symbols(text) - 0.1) + read))


def symbols(text: str) -> float:
    """The share (0..1) of the characters of `text` that are formulas or code."""
    if not text:
        return 0.0
    whole = [text[span.start : span.end] for span in blocks(text) if span.block in (Block.CODE, Block.FORMULA)]
    rest = text if not whole else _without(text, whole)
    return min(1.0, (sum(map(len, whole)) + sum(len(found[0]) for found in _SYMBOLS.finditer(rest))) / len(text))


def _without(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        text = text.replace(part, "", 1)
    return text


def _answers(want: Want, text: str, block: Block) -> float:
    """The lift of a sentence that has what is asked for; half of it for a formula or a name of code within a line."""
    if block is _BLOCKS.get(want) or (want is Want.EXAMPLE and _EXAMPLE.search(text)):
        return FOR_WANTED_SENTENCE
    within = _INLINE.get(want)
    return FOR_WANTED_SENTENCE / 2 if within and within.search(text) else 0.0


def _holds(want: Want, text: str) -> bool:
    if want is Want.EXAMPLE:
        return bool(_EXAMPLE.search(text))
    if want not in _BLOCKS:
        return False
    return any(span.block is _BLOCKS[want] for span in blocks(text)) or bool(_INLINE[want].search(text))
