"""
Fingerprints of sentences: naming a sentence of somebody else's page without keeping its words.

Knows nothing of pages, questions or splitting: one sentence in, sixteen hex digits out. Two spellings of a
sentence that differ only in case, punctuation or spacing have the same fingerprint, so it survives a page
that is extracted with other quotation marks or with emphasis left in.
Not covered: a sentence that was cut elsewhere, or a single changed word. Both are another fingerprint.
"""

import hashlib
from collections.abc import Iterator
from itertools import groupby

FINGERPRINT_DIGITS = 16
"""64 bits: among a million sentences, two alike by chance are a matter of one in tens of millions."""


def words(sentence: str) -> Iterator[str]:
    """The runs of letters and digits (`str.isalnum`, any script) of `sentence`, in lower case."""
    for is_word, run in groupby(sentence.lower(), key=str.isalnum):
        if is_word:
            yield "".join(run)


def fingerprint(sentence: str) -> str:
    """
    The first sixteen hex digits of the SHA-256 of the sentence's words, single spaces between them, as UTF-8.

    A sentence with no letter or digit has the fingerprint of the empty text, `e3b0c44298fc1c14`.
    """
    return hashlib.sha256(" ".join(words(sentence)).encode()).hexdigest()[:FINGERPRINT_DIGITS]
