"""Spelling: slips are mended by what the library says, and what anybody vouches for stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.spelling import mended

WORDS = {
    "attention": 40, "attentive": 1, "gradient": 30, "gradients": 12, "diffusion": 20, "memory": 25, "mixture": 9,
    "chain": 12, "which": 90, "with": 200, "from": 90, "form": 12, "tuning": 10, "fine": 10, "language": 50,
    "optimization": 9, "definition": 9, "deviation": 9, "transformer": 60, "mistral": 3, "the": 300, "what": 80,
}  # fmt: skip


def vocabulary(start: str, shortest: int, longest: int) -> dict[str, int]:
    return {w: n for w, n in WORDS.items() if w.startswith(start) and shortest <= len(w) <= longest}


def mend(text: str) -> str:
    return mended(text, vocabulary, {*WORDS, "hamster", "bake"}.__contains__, lambda a, b: (a, b) == ("fine", "tuning"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("What is atention?", "What is attention?"),
        ("Atention over the languge", "Attention over the language"),
        ("memmory of difusion", "memory of diffusion"),
        ("mixtrue, chian", "mixture, chain"),
        ("tarnsformer", "transformer"),
        ("rtansformer", "transformer"),  # the first two letters exchanged
        ("wich gradiant", "which gradient"),
        ("adverb optimzaton", "adverb optimization"),  # eight letters and more may be two slips away
        ("finetuning", "fine tuning"),
    ],
)
def test_slips_are_mended(typed: str, meant: str) -> None:
    assert mend(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "What is attention?",
        "Is Mixtral a mixture?",  # a name is nobody's slip, though Mistral is near
        "Mistrals of attention",
        "What do hamsters bake? bakers?",  # forms of words in use
        "GPT-2, llama2 and it's",
        "yolk",  # too short to be sure
        "sourdough",  # near nothing
        "http://atention.org",
        "die Aufmerksamkeit über",
        "",
        "?!",
    ],
)
def test_what_anybody_vouches_for_stays(typed: str) -> None:
    assert mend(typed) == typed


@given(st.text(max_size=60))
def test_only_words_change_and_twice_is_once(text: str) -> None:
    once = mend(text)
    assert mend(once) == once
    assert [c for c in once if not c.isalpha() and c != " "] == [c for c in text if not c.isalpha() and c != " "]
