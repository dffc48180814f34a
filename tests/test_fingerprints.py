"""Fingerprints against values worked out with hashlib from the normal form written by hand."""

import hashlib

import pytest

from tutor.fingerprints import fingerprint, words


@pytest.mark.parametrize(
    ("sentence", "normal"),
    [
        ("Attention is all you need.", "attention is all you need"),
        ("  ATTENTION,\tis all — you\nneed!? ", "attention is all you need"),
        ("It doesn't use **GPT-2** (124M).", "it doesn t use gpt 2 124m"),
        ("Über 3,5 Millionen Wörter", "über 3 5 millionen wörter"),
        ("注意力機制。", "注意力機制"),
        ("snake_case is two words", "snake case is two words"),
        ("?!", ""),
    ],
)
def test_the_normal_form_is_hashed(sentence: str, normal: str) -> None:
    assert " ".join(words(sentence)) == normal
    assert fingerprint(sentence) == hashlib.sha256(normal.encode("utf-8")).hexdigest()[:16]


def test_known_values() -> None:
    assert fingerprint("") == "e3b0c44298fc1c14"  # SHA-256 of nothing, as printed everywhere
    assert fingerprint("Hello, world.") == hashlib.sha256(b"hello world").hexdigest()[:16] == "b94d27b9934d3e08"


def test_another_word_is_another_fingerprint() -> None:
    assert fingerprint("Two experts work.") != fingerprint("Two experts works.")
    assert fingerprint("co operate") != fingerprint("cooperate")
