"""
Spelling: a word of a question that nobody has written is taken for the nearest one that the library knows.

Only words that are strange to the library and to the encoder are touched, so a rare word stays itself where anything
vouches for it. Distances are those of optimal string alignment (a letter wrong, missing, too many, or two exchanged;
Boytsov 2011, "Indexing methods for approximate dictionary searching"). Knows nothing of questions or of search.

Not covered: a word that is right and means something else ("form" for "from"), and any first letter that is wrong.
"""

import re
from collections.abc import Callable, Mapping

from tutor.words import STOP_WORDS

SHORTEST = 4
# Words of so many letters may be two slips away; shorter ones, one.
TWO_SLIPS = 8
# Part of a word that was written without its space or hyphen: so many letters at least.
SHORTEST_PART = 3

_RUN = re.compile(r"[^\W\d_]+")
_NO_PLAIN_WORD = re.compile(r"[\d@/\\_=]|\w[.'’]\w")

# How a word (lower case) begins, the fewest and the most letters it has -> such words, and how many passages use each.
Vocabulary = Callable[[str, int, int], Mapping[str, int]]


def mended(
    text: str,
    vocabulary: Vocabulary,
    known: Callable[[str], bool],
    together: Callable[[str, str], bool] = lambda *_: False,
) -> str:
    """
    `text` with its slips mended, everything else letter for letter as it was.

    `known` says of a word (lower case) that somebody uses it; `together`, whether two words stand side by side
    anywhere, as "fine tuning" does for "finetuning". Names (a capital inside the word or inside the sentence) stay.
    """

    def mend(found: re.Match[str]) -> str:
        word = found[0]
        if _is_name(word, text, found.start()) or is_known(word.lower(), known) or _is_joined(text, found):
            return word
        meant = _nearest(word.lower(), vocabulary) or _parted(word.lower(), known, together)
        return word if meant is None else meant.capitalize() if word[0].isupper() else meant

    return _RUN.sub(mend, text)


def _is_name(word: str, text: str, at: int) -> bool:
    begins = not text[:at].strip() or re.search(r"[.?!:]\W*$", text[:at]) is not None
    return any(letter.isupper() for letter in word[1:]) or (word[0].isupper() and not begins)


def _is_joined(text: str, found: re.Match[str]) -> bool:
    """Part of something that is no plain word: a number, an address, "isn't"."""
    before, after = text[: found.start()].split(" ")[-1], text[found.end() :].split(" ")[0]
    return bool(_NO_PLAIN_WORD.search(before + found[0] + after))


def is_known(word: str, known: Callable[[str], bool]) -> bool:
    """Whether the word, or one that it is a form of, is in use."""
    if len(word) < SHORTEST or not word.isascii() or word in STOP_WORDS or known(word):
        return True
    roots = (word.removesuffix(ending) for ending in ("s", "es", "d", "ed", "r", "er", "ers", "rs", "ing", "ly"))
    return any(root != word and len(root) >= SHORTEST_PART and known(root) for root in roots)


def _nearest(word: str, vocabulary: Vocabulary) -> str | None:
    """The word that was probably meant: fewest slips away; then a common word of English; then the most used."""
    from rapidfuzz.distance import OSA

    most = 1 if len(word) < TWO_SLIPS else 2
    candidates: dict[str, int] = {}
    for start in dict.fromkeys((word[0], word[1::-1])):  # the first two letters may be exchanged
        candidates.update(vocabulary(start, len(word) - most, len(word) + most))
    near = []
    for other, often in candidates.items():
        slips = OSA.distance(word, other, score_cutoff=most)
        if slips <= most and len(other) >= SHORTEST and (len(word) > SHORTEST or _is_sure(word, other)):
            near.append((slips, other not in STOP_WORDS, -often, other))
    return min(near)[-1] if near else None


def _is_sure(word: str, other: str) -> bool:
    """Of words as short as this only two exchanged letters, or one left out of a common word, are sure slips."""
    return sorted(word) == sorted(other) or (other in STOP_WORDS and len(other) > len(word))


def _parted(word: str, known: Callable[[str], bool], together: Callable[[str, str], bool]) -> str | None:
    """The two words that were written as one."""
    for i in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        first, second = word[:i], word[i:]
        if known(first) and known(second) and together(first, second):
            return f"{first} {second}"
    return None
