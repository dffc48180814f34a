"""
Late interaction: how nearly each piece of a question is met somewhere in a text, one piece at a time.

A vector of a whole sentence blurs its words; here every word piece of the question looks for the piece nearest to it
(the MaxSim of ColBERT, Khattab and Zaharia 2020), by vectors that pieces have without any context: those cost nothing
to keep, and measured as well as vectors in context (docs/answers.md). Knows nothing of passages or of search.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tutor.encoder import Encoder
from tutor.words import stem, words

Met = NDArray[np.float32]


@runtime_checkable
class HasPieces(Protocol):
    """An encoder that shows the pieces it reads a text in."""

    def pieces(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The numbers of each text's word pieces, in order; punctuation is none."""
        ...

    def piece_vectors(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, dimensions), rows of length 1."""
        ...


def met(question: str, texts: Sequence[str], encoder: Encoder) -> Met:
    """
    (texts, pieces of the question): the best cosine of each piece of `question` with any piece of each text.

    With an encoder that does not show its pieces, a word is met (1) or not (0), whatever its ending.
    """
    if isinstance(encoder, HasPieces):
        asked, *told = encoder.pieces([question, *texts])
        return _by_vectors(encoder, asked, told)
    return _by_stems(question, texts)


def _by_vectors(encoder: HasPieces, asked: NDArray[np.int64], told: Sequence[NDArray[np.int64]]) -> Met:
    best = np.zeros((len(told), len(asked)), np.float32)
    some = [n for n, pieces in enumerate(told) if len(pieces)]
    if not some or not len(asked):
        return best
    different, places = np.unique(np.concatenate([told[n] for n in some]), return_inverse=True)
    cosines = encoder.piece_vectors(different) @ encoder.piece_vectors(asked).T
    starts = np.cumsum([0, *(len(told[n]) for n in some[:-1])])
    best[some] = np.maximum.reduceat(cosines[places], starts, axis=0)
    return best


def _by_stems(question: str, texts: Sequence[str]) -> Met:
    asked = [stem(word) for word in words(question)]
    there = [{stem(word) for word in words(text)} for text in texts]
    return np.array([[word in stems for word in asked] for stems in there], np.float32).reshape(len(texts), len(asked))
