"""What of a sentence can be asked: each form is read, and only where it is sound."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import askable
from tutor.askable import Contrast, Definition, Figure, LongForm, Unfit
from tutor.sentences import Block

PLAIN = "Lantern pruning is a decoding method that drops candidate tokens whose probability falls under a moving floor."


def test_a_definition_has_a_term_a_meaning_and_a_sort() -> None:
    assert askable.definition("The tide reader (TNT) is a simple network that turns sound into waves of text.") == (
        Definition("tide reader", "TNT", "a network that turns sound into waves of text", "model")
    )


def test_a_variant_and_a_family_are_of_no_sort() -> None:
    """Their like could be what they are too, so that nothing stands among wrong options."""
    for what in ("a variant of dropout that silences whole rows", "a family of models that read sound in waves"):
        read = askable.definition(f"Willow decay is {what} of a weight matrix.")
        assert read is not None
        assert read.sort == ""


def test_a_name_is_defined_in_passing() -> None:
    assert askable.in_passing("We ran FernServe, a serving engine that parks idle models on disk, for a week.") == (
        Definition("FernServe", "", "a serving engine that parks idle models on disk", "tool")
    )
    assert askable.in_passing("We ran it again, a long engine that parks idle models on disk, for a week.") is None


def test_a_long_form_is_found_by_its_letters() -> None:
    assert askable.long_form("A recurrent neural network (RNN) has a state.") == LongForm(
        "RNN", "recurrent neural network"
    )
    assert askable.long_form("Recurrent neural networks (RNNs) have a state.") == LongForm(
        "RNN", "Recurrent neural network"
    )
    assert askable.long_form("Markov decision processes (MDPs) have states.") == LongForm(
        "MDP", "Markov decision process"
    )
    assert askable.long_form("A recurrent neural network (LSTM) has a state.") is None
    assert askable.long_form("The Royal Navy Nursery (RNN) has a garden.") is None  # not of the field


def test_emphasis_citations_and_entry_numbers_are_no_words() -> None:
    assert askable.plain("4.2 **Tide slicing** (Wren & Kite, 2021) takes\nthe $k$ best.") == (
        "Tide slicing takes the k best."
    )


def test_a_figure_with_its_unit() -> None:
    assert askable.figure("CedarNet-B has 12 attention layers.") == Figure(
        "CedarNet-B has ", "12", " attention layers.", ""
    )
    assert askable.figure("CedarNet-B forgets 40% of rare words.") == Figure(
        "CedarNet-B forgets ", "40", " of rare words.", "%"
    )
    with pytest.raises(Unfit, match="bound"):
        askable.figure("CedarNet-B reads up to 512 tokens.")


def test_years_and_numbers_of_sections_are_no_figures() -> None:
    assert askable.figure("CedarNet-B came out in 2021 with great care.") is None
    assert askable.figure("CedarNet-B is what version 2 was called.") is None


def test_sides_of_a_contrast() -> None:
    assert askable.contrast(
        "GRUs are faster to train on small corpora than LSTMs, since a gate is missing."
    ) == Contrast("GRUs", "LSTMs", "are faster to train on small corpora")


def test_code_and_tables_are_no_prose() -> None:
    assert askable.unfit(PLAIN, Block.CODE) == "no prose"
    assert askable.unfit(PLAIN, Block.TABLE) == "no prose"
    assert askable.unfit(PLAIN, Block.PROSE) == ""


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    askable.unfit(text, Block.PROSE)
    askable.read_part(askable.plain(text))
    with contextlib.suppress(Unfit):
        askable.read(askable.plain(text))
