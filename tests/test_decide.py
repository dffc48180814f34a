"""Deciding whether the library can answer."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.decide import FITTED, SURE, Grounds, alike, chance, grounds, missing, names, share_of_names
from tutor.evidence import select
from tutor.library import Library
from tutor.questions import parse
from tutor.search import Found, Search


def grounds_of(search: Search, library: Library, question: str) -> Grounds:
    found = search.find(question)
    chosen = select(parse(question), found, library, 300, lambda text: len(text.split()))
    return grounds(found, chosen, parse(question).subjects)


def test_without_hits_nothing_speaks_for_an_answer() -> None:
    empty = Found("x", (), {}, np.zeros(4, np.float32), 0.0)
    assert set(astuple(grounds(empty, ()))) == {0.0}
    assert chance(grounds(empty, ())) < 0.05


def test_a_chance_is_between_nothing_and_certainty() -> None:
    assert 0 < chance(Grounds(0, 0, 0, 0, 0, 0)) < chance(Grounds(1, 1, 1, 1, 1, 1)) < 1


def test_a_definition_of_what_is_asked_for_speaks_for_an_answer(notes_search: Search, notes_library: Library) -> None:
    assert grounds_of(notes_search, notes_library, "What is tokenization?").defined == 1.0
    assert grounds_of(notes_search, notes_library, "What is a flux capacitor?").defined == 0.0
    assert grounds_of(notes_search, notes_library, "Why is FlashAttention faster?").defined == 0.0


@pytest.mark.parametrize(
    ("question", "chance", "lacking"),
    [
        ("How does FlashAttention use a trampoline?", 0.5, ("trampoline",)),
        ("How does FlashAttention use a trampoline?", SURE, ()),
        ("How does FlashAttention use the memory?", 0.5, ()),  # each of them is there
        ("What is the difference between FlashAttention and trampolines?", 0.9, ("trampolines",)),
        ("What is the difference between FlashAttention and attention?", 0.9, ()),
        ("Does GPT-77 use FlashAttention?", 0.9, ("GPT-77",)),
    ],
)
def test_what_the_evidence_says_nothing_of_is_told(
    notes_search: Search, notes_library: Library, question: str, chance: float, lacking: tuple[str, ...]
) -> None:
    asked, found = parse(question), notes_search.find(question)
    chosen = select(parse("Why is FlashAttention faster?"), notes_search.find("Why is FlashAttention faster?"),
                    notes_library, 300, lambda text: len(text.split()))  # fmt: skip
    assert missing(asked, found, chosen, chance, lambda word, text: 0.0) == lacking


def test_what_is_met_in_other_words_is_not_missing(notes_search: Search, notes_library: Library) -> None:
    question = "How does FlashAttention use a trampoline?"
    found = notes_search.find(question)
    chosen = select(parse(question), found, notes_library, 300, lambda text: len(text.split()))
    assert missing(parse(question), found, chosen, 0.5, lambda word, text: 0.9) == ()


def test_a_logistic_rule_by_hand() -> None:
    assert chance(Grounds(0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1, 0)) == 0.5
    assert round(chance(Grounds(1, 0, 0, 0, 0, 0), (2, 9, 9, 9, 9, 9, -1)), 4) == 0.7311
    assert len(FITTED) == len(astuple(Grounds(0, 0, 0, 0, 0, 0))) + 1


def test_what_the_notes_cover_stands_on_better_grounds(notes_search: Search, notes_library: Library) -> None:
    inside = grounds_of(notes_search, notes_library, "What is speculative decoding?")
    outside = grounds_of(notes_search, notes_library, "What is the best recipe for sourdough bread in Lyon?")
    assert (inside.named, inside.rarest) == (1.0, 1.0)
    assert (outside.named, outside.rarest) == (0.0, 0.0)
    assert chance(inside) > chance(outside)


def test_a_typo_in_the_rarest_word_is_forgiven(notes_search: Search, notes_library: Library) -> None:
    assert grounds_of(notes_search, notes_library, "What is speculative decodng?").rarest == 1.0
    assert grounds_of(notes_search, notes_library, "What is speculative sourdough?").rarest == 0.0


# -- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What is LoRA?", ["LoRA"]),
        ("How does GPT-4 compare to Llama 3?", ["GPT-4", "Llama", "3"]),
        ("lora vs qlora", []),  # nothing tells them from other words
        ("What does a GPT-like model do?", ["GPT"]),
        ("I'm in Berlin. How does it work?", ["Berlin"]),  # "How" begins a sentence
        ("What Is The Attention Mechanism?", []),  # a title: its capitals say nothing
        ("How Do Diffusion Models like DDPM Work?", ["DDPM"]),
        ("WHAT IS LORA", []),
    ],
)
def test_names_are_told_by_capitals_and_digits(question: str, named: list[str]) -> None:
    assert names(question) == named


@pytest.mark.parametrize(
    ("question", "said", "share"),
    [
        ("Is GPT-4 large?", "GPT 4 and its GPT4 API", 1.0),
        ("Is GPT-4 large?", "GPT-3 had 4 siblings", 0.0),  # both parts, but not together
        ("Are GANs stable?", "A GAN is two networks.", 1.0),
        ("What do Vicuna and Alpaca share?", "Vicuna was made of LLaMA.", 0.5),
        ("Is DDPM slow?", "denoising diffusion probabilistic models", 1.0),  # spelled out
        ("What is the Botlzmann distribution?", "the Boltzmann distribution", 1.0),  # a typo
        ("what is it", "anything", 1.0),  # no name, so none is missing
    ],
)
def test_a_name_occurs_however_it_is_written(question: str, said: str, share: float) -> None:
    assert share_of_names(question, said) == share


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("mixtrue", "mixture", True),  # two exchanged
        ("boltzman", "boltzmann", True),  # one missing
        ("adverserial", "adversarial", True),  # one wrong
        ("llama2", "llama3", False),  # digits mean something
        ("mask", "task", False),  # too short to tell
        ("overfit", "underfit", False),
        ("same", "same", True),
    ],
)
def test_words_are_alike_one_typo_apart(one: str, other: str, are: bool) -> None:
    assert alike(one, other) is alike(other, one) is are


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=60))
def test_grounds_are_shares(notes_search: Search, notes_library: Library, question: str) -> None:
    found = notes_search.find(question)
    for value in astuple(grounds(found, ())):
        assert -0.01 <= value <= 1.01
