"""
The check: what the evidence does not say is struck.

`data/check_pairs.json` holds statements that were written for this: faithful ones, and such that had a number, a name,
a negation or a direction changed, quote words that are not there, are right but from elsewhere, or claim too much.
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import notes
from tutor.check import SUPPORTED, Checker, Verdict
from tutor.contradictions import disagreement, initials, numbers
from tutor.encoder import Encoder, LettersEncoder
from tutor.passages import Quote
from tutor.sentences import Block, sentences

DATA: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "check_pairs.json").read_text("utf-8"))


def quote(text: str, title: str = "", heading: str = "", number: int = 1) -> Quote:
    return Quote("https://a.org", title, heading, text, 0, len(text), "https://a.org", number)


# -- the table --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(encoder: Encoder) -> list[tuple[dict[str, Any], Verdict]]:
    """Each pair with what the check makes of it."""

    @cache
    def checker(name: str) -> Checker:
        return Checker([quote(**DATA["evidence"][name])], encoder)

    return [(pair, checker(pair["evidence"]).check(pair["statement"])) for pair in DATA["pairs"]]


def wrong(judged: list[tuple[dict[str, Any], Verdict]], *, let_in: bool) -> list[str]:
    """Statements that the check let in though they are false, or missed though they are true."""
    return [p["statement"] for p, v in judged if v.supported is let_in and p["supported"] is not let_in]


def test_false_statements_are_struck(judged: list[tuple[dict[str, Any], Verdict]]) -> None:
    # The last of these takes knowing that what is beaten by "the much larger" is the smaller one.
    assert set(wrong(judged, let_in=True)) <= {"Chinchilla was larger than Gopher."}


def test_faithful_statements_are_kept(judged: list[tuple[dict[str, Any], Verdict]]) -> None:
    missed = wrong(judged, let_in=False)
    assert len(missed) <= 2, missed


def test_each_kind_of_change_is_noticed(judged: list[tuple[dict[str, Any], Verdict]]) -> None:
    kinds = Counter(pair["kind"] for pair, _ in judged)
    struck = Counter(pair["kind"] for pair, verdict in judged if not verdict.supported)
    assert sum(kinds.values()) >= 100
    for kind in set(kinds) - {"faithful"}:
        assert struck[kind] >= 0.9 * kinds[kind], kind


def test_a_struck_statement_has_a_reason_and_no_quotes(judged: list[tuple[dict[str, Any], Verdict]]) -> None:
    for _, verdict in judged:
        assert 0.0 <= verdict.support <= 1.0
        assert bool(verdict.reason) is not verdict.supported
        assert bool(verdict.quotes) is verdict.supported


def test_statements_about_the_starter_notes(encoder: Encoder) -> None:
    sources = {source.chapter: source for source in notes.sources()}

    @cache
    def checker(chapter: str) -> Checker:
        text = sources[chapter].text
        spans = [span for span in sentences(text) if span.block is Block.PROSE]
        return Checker([quote(text[s.start : s.end], sources[chapter].title) for s in spans], encoder)

    verdicts = [(pair["supported"], checker(pair["note"]).check(pair["statement"])) for pair in DATA["apart"]]
    let_in = sum(verdict.supported for true, verdict in verdicts if not true)
    missed = sum(not verdict.supported for true, verdict in verdicts if true)
    assert (len(verdicts), let_in <= 4, missed <= 4) == (71, True, True), (let_in, missed)


def test_every_sentence_of_the_notes_supports_itself() -> None:
    for source in notes.sources():
        for span in sentences(source.text):
            text = source.text[span.start : span.end]
            if span.block is Block.PROSE:
                assert disagreement(text, text, source.title) == ""


# -- one rule at a time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "ground", "reason"),
    [
        ("It has 7 layers.", "It has 6 layers.", "number"),
        (
            "The rank $r$ is small and the scale $r$ is kept.",
            "The rank $r$ is small and the scale $a/r$ is kept.",
            "formula",
        ),
        ("The scale $r$ is kept.", "The rank $r$ is small and the scale $a/r$ is kept.", "formula"),
        ("The scale $a / r$ is kept.", "The rank $r$ is small and the scale $a/r$ is kept.", ""),
        ("Our cache is 9x faster than B.", "Our cache is 9x - 12x faster than A and 2x faster than B.", "number"),
        ("Our cache is 2x faster than B.", "Our cache is 9x - 12x faster than A and 2x faster than B.", ""),
        ("Our cache is 9x faster than A.", "Our cache is 9x - 12x faster than A and 2x faster than B.", ""),
        ("It has six layers.", "It has 6 layers.", ""),
        ("It has 1024 units.", "It has 1,024 units.", ""),
        ("It was 12%.", "It was 12 %.", ""),
        ("BERT reads both sides.", "The model reads both sides.", "name"),
        ("A KV cache grows.", "A key-value cache grows.", ""),
        ("It is called “a router”.", "A gate is called a router.", ""),
        ("It is called “a judge”.", "A gate is called a router.", "quoted"),
        ("Dropout helps at test time.", "Dropout does not help at test time.", "denies"),
        ("Dropout does not help at test time.", "Dropout helps at test time.", "denies"),
        ("Accuracy barely changes.", "Accuracy changes by almost nothing.", ""),
        ("It costs almost no accuracy.", "Quantization costs almost no accuracy.", ""),
        ("The loss increases with depth.", "The loss decreases with depth.", "opposite"),
        ("Cost grows linearly with length.", "Cost grows quadratically with length.", "opposite"),
        ("Mamba is faster than attention.", "Attention is faster than Mamba.", "opposite"),
        ("Trained on scores instead of pairs.", "Trained on pairs instead of scores.", "opposite"),
        (
            "It keeps rare words and splits frequent words.",
            "It keeps frequent words and splits rare words.",
            "opposite",
        ),
        ("A GRU has three gates.", "A GRU has two gates, whereas an LSTM has three gates.", "number"),
        ("Chinchilla has 1.4 trillion parameters.", "Chinchilla has 70B parameters and 1.4 trillion tokens.", "number"),
        ("An LSTM has a reset gate.", "A GRU has a reset gate, while an LSTM has a cell state.", "something else"),
        ("It always helps.", "It often helps.", "claims more"),
        ("All models hallucinate.", "Models hallucinate.", "claims more"),
        ("Each token attends to every token.", "Every token attends to each token.", ""),
    ],
)
def test_rules(statement: str, ground: str, reason: str) -> None:
    found = disagreement(statement, ground, "")
    assert reason in found if reason else found == ""


def test_headings_may_name_what_is_spoken_of() -> None:
    assert disagreement("DPO needs no reward model.", "It needs no reward model.", "") != ""
    assert (
        disagreement("DPO needs no reward model.", "It needs no reward model.", "Direct preference optimization") == ""
    )


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_anything_can_be_compared(statement: str, ground: str, headings: str) -> None:
    assert "\n" not in disagreement(statement, ground, headings)
    assert disagreement(statement, statement, headings) == ""


def test_numbers_are_read_as_digits() -> None:
    assert numbers("Two of 1,024 tokens, 0.5 %, 7B and GPT-2; $16\\times16$") == {"2", "1024", "0.5%", "7b", "16"}


def test_initials() -> None:
    assert initials("kv", "the key-value cache")
    assert initials("llms", "a large language model")
    assert not initials("kv", "values and keys")
    assert not initials("a", "a cache")


# -- the checker itself -----------------------------------------------------------------------------------------------


def test_without_evidence_nothing_is_supported(letters: LettersEncoder) -> None:
    assert Checker([], letters).check("LoRA is cheap.") == Verdict(0.0, (), "there is no evidence")


def test_the_quotes_that_support_are_cited_and_no_others(letters: LettersEncoder) -> None:
    lora = quote("LoRA trains two small matrices.", number=1)
    again = quote("LoRA trains two small matrices, it is said.", number=2)
    cache_ = quote("A cache keeps keys and values.", number=3)
    verdict = Checker([cache_, again, lora], letters).check("LoRA trains two small matrices.")
    assert verdict.support >= SUPPORTED
    assert set(verdict.quotes) == {lora, again}


def test_one_quote_that_contradicts_does_not_silence_another(letters: LettersEncoder) -> None:
    against = quote("GRU units never have three gates.", number=1)
    for_it = quote("LSTM units have three gates.", number=2)
    verdict = Checker([against, for_it], letters).check("LSTM units have three gates.")
    assert verdict.quotes == (for_it,)


def test_a_contradicted_sentence_is_not_excused_by_its_neighbour(encoder: Encoder) -> None:
    told = quote("DPO needs no separate reward model. DPO was proposed as an alternative to PPO with a reward model.")
    assert not Checker([told], encoder).check("DPO needs a separate reward model.").supported


def test_a_statement_may_rest_on_two_neighbours(encoder: Encoder) -> None:
    told = quote("LoRA trains two small matrices. Their product is added to the frozen weights.", "LoRA")
    statement = "LoRA trains two small matrices, and their product is added to the frozen weights."
    assert Checker([told], encoder).check(statement).supported


def test_code_alone_can_be_a_quote(letters: LettersEncoder) -> None:
    assert not Checker([quote("```\nx = 1\n```")], letters).check("LoRA is cheap.").supported


def test_what_its_writer_cites_is_asked_first_and_all_where_that_does_not_support_it(letters: LettersEncoder) -> None:
    lora = quote("LoRA trains two small matrices.", number=1)
    again = quote("LoRA trains two small matrices, it is said.", number=2)
    other = quote("A cache keeps keys and values.", number=3)
    checker = Checker([lora, again, other], letters)
    assert checker.check("LoRA trains two small matrices.", [again]).quotes == (again,)
    assert set(checker.check("LoRA trains two small matrices.", [other]).quotes) == {lora, again}
    assert not checker.check("LoRA trains two thousand matrices.", [again]).supported
