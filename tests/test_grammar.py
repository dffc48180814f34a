"""The form a Writer is held to: what it may write, as the embedded model shows, and how that is taken apart."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import grammar, models
from tutor.errors import ModelError
from tutor.llama import Model

WHOLE = re.compile(r"(?: ?[A-Z][^\[\]\n]*?(?: \[[123](?:, [123])*\]\.|[.!?] \[[123](?:, [123])*\]))+")
PROMPT = (
    "<|im_start|>user\nNotes:\n[1] Yeast feeds on sugar.\n[2] The dough rests for 2.5 hours.\n"
    "[3] Steam keeps the crust soft.\n\nQuestion: {}<|im_end|>\n<|im_start|>assistant\n"
)


@pytest.fixture(scope="module")
def model(models_folder: Path) -> Iterator[Model]:
    opened = Model(models.embedded(models_folder), context_tokens=512, threads=2)
    yield opened
    opened.close()


def written(model: Model, asked: str, form: str | None, most: int = 100) -> str:
    """What the embedded model writes in this form."""
    prompt = model.tokens(PROMPT.format(asked), special=True)
    return b"".join(model.generate(prompt, most, grammar=form)).decode()


@pytest.mark.parametrize("asked", ["How long does the dough rest?", "What does steam do? Answer as a Markdown list."])
def test_whatever_is_asked_the_embedded_model_writes_cited_sentences(model: Model, asked: str) -> None:
    said = written(model, asked, grammar.of_notes(3, 2))
    assert WHOLE.fullmatch(said)
    sentences, rest = grammar.cut(said, ended=True)
    assert 1 <= len(sentences) <= 2
    assert rest == ""
    assert all(set(grammar.cited(sentence)) <= {1, 2, 3} for sentence in sentences)


def test_a_form_that_fits_what_the_model_writes_anyway_changes_no_token(model: Model) -> None:
    assert written(model, "What does yeast do?", r"root ::= [^\x00]*", 20) == written(
        model, "What does yeast do?", None, 20
    )


def test_a_form_is_followed_against_the_models_liking_and_ends_where_it_ends(model: Model) -> None:
    assert written(model, "What does yeast do?", 'root ::= "qzx" [0-9] "!"')[:3] == "qzx"
    assert len(written(model, "What does yeast do?", 'root ::= "qzx" [0-9] "!"')) == 5


def test_a_grammar_that_cannot_be_read_is_an_error_and_harms_nothing(model: Model) -> None:
    with pytest.raises(ModelError, match="cannot read the grammar"):
        written(model, "Why?", "root is what")
    assert written(model, "Why?", None, 4)


def test_only_the_notes_there_are_may_be_named() -> None:
    assert 'note ::= "1" | "2"' in grammar.of_notes(2)
    assert '"3"' not in grammar.of_notes(2)


# -- what was written -------------------------------------------------------------------------------------------------


def test_a_sentence_ends_with_its_citation_in_either_order() -> None:
    assert grammar.cut("It rises [1]. It rests. [2, 3] It ") == (["It rises [1].", "It rests. [2, 3]"], " It ")
    assert [grammar.cited(one) for one in ("It rises [1].", "It rests. [2, 3]", "It bakes.")] == [(1,), (2, 3), ()]


def test_a_citation_waits_for_its_full_stop_until_it_is_known_that_none_comes() -> None:
    assert grammar.cut("It rises [1]") == ([], "It rises [1]")
    assert grammar.cut("It rises [1]", ended=True) == (["It rises [1]"], "")
    assert grammar.cut("It rises [1] It") == (["It rises [1]"], " It")
    assert grammar.cut("It rises. [1]") == (["It rises. [1]"], "")


def test_what_names_no_note_is_left_over() -> None:
    assert grammar.cut("It rises. It rests.", ended=True) == ([], "It rises. It rests.")
    assert grammar.cut("") == ([], "")


@given(st.text(alphabet="aB .,!?[]12\n"))
def test_nothing_written_is_lost(said: str) -> None:
    sentences, rest = grammar.cut(said, ended=True)
    assert "".join("".join([*sentences, rest]).split()) == "".join(said.split())
