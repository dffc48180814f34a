"""
Near-duplicates: telling that one text is nearly another's.

A text is seen as the set of its shingles (runs of three words); two are as alike as the share of shingles they have in
common (Jaccard). What is kept of a text is its signature, the smallest hashes of its shingles (bottom-k sketch, Cohen
and Kaplan 2007): exact for short texts, within some 0.035 for long ones. Knows nothing of the library.
Not covered: a text that is only a part of another's; a translation.
"""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHINGLE = 3  # words
SIGNATURE = 200  # hashes; with more, an index entry of SQLite would not fit into its page
# From here on two texts are nearly the same. Copies of the offline mirror's 129 pages with one word in twenty changed
# are 0.66 to 0.86 alike, with one in ten 0.46 to 0.68, with one in five 0.27 to 0.43. Of its 8,256 pairs of pages,
# chapters of one book and a paper beside its annotated copy among them, the most alike are at 0.18.
ALIKE = 0.45
# Too few words to tell a copy from two short pages made after one pattern.
FEWEST_WORDS = 60

Hashes = NDArray[np.uint32]

_WORD = re.compile(r"\w+")


def signature(text: str) -> bytes | None:
    """The signature of a text, at most `SIGNATURE` hashes of four bytes in order; None for one of very few words."""
    words = _WORD.findall(text.lower())
    if len(words) < FEWEST_WORDS:
        return None
    return shingles(words)[:SIGNATURE].astype("<u4").tobytes()


def shingles(words: list[str]) -> Hashes:
    """Hashes of the runs of `SHINGLE` words, each once, in order."""
    known = {word: zlib.crc32(word.encode()) for word in set(words)}
    numbers = np.array([known[word] for word in words], np.uint64)
    mixed = np.zeros(len(words) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        mixed = (mixed ^ numbers[place : place + len(mixed)]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))


def likeness(one: bytes, other: bytes) -> float:
    """How alike the texts of two signatures are, 0..1: the share of their shingles, taken together, that both have."""
    mine, theirs = np.frombuffer(one, "<u4"), np.frombuffer(other, "<u4")
    cut = [int(hashes[-1]) for hashes in (mine, theirs) if len(hashes) == SIGNATURE]
    bound = min(cut, default=2**32)  # up to here all hashes of both texts are known
    mine, theirs = mine[mine <= bound], theirs[theirs <= bound]
    shared = len(np.intersect1d(mine, theirs, assume_unique=True))
    return shared / (len(mine) + len(theirs) - shared)


def nearest(one: bytes, others: Sequence[bytes]) -> list[int]:
    """Which of the other signatures are of nearly the same text, by their places: the most alike first."""
    if not others:
        return []
    ends = np.cumsum([len(other) // 4 for other in others])
    shared = np.isin(np.frombuffer(b"".join(others), "<u4"), np.frombuffer(one, "<u4"))
    counts = np.diff(np.concatenate(([0], np.cumsum(shared)[ends - 1])))
    # Most have next to nothing in common; only the few that have are looked at one by one.
    near = [int(at) for at in np.flatnonzero(4 * counts >= ALIKE * np.minimum(len(one) // 4, np.diff(ends, prepend=0)))]
    scored = sorted((-likeness(one, others[at]), at) for at in near)
    return [at for score, at in scored if -score >= ALIKE]


def same_title(one: str, other: str) -> bool:
    """
    Whether two titles may be of the same text: one's words are all in the other, or they share most of them.

    Pages that one hand made after one pattern ("Part 1", "Part 2") can be as alike as copies; titles tell them apart.
    """
    mine, theirs = set(_WORD.findall(one.lower())), set(_WORD.findall(other.lower()))
    if any(word.isdigit() for word in mine - theirs) and any(word.isdigit() for word in theirs - mine):
        return False
    return mine <= theirs or theirs <= mine or 2 * len(mine & theirs) > len(mine | theirs)
