"""Late interaction: every piece of a question looks for the nearest piece of a text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.encoder import LettersEncoder, MiniLM
from tutor.late import HasPieces, met


def test_a_piece_that_occurs_is_met_and_one_like_it_nearly(encoder: MiniLM) -> None:
    same, alike, other = met("car", ["My car is red.", "My truck is red.", "My soup is red."], encoder)[:, 0]
    assert same == pytest.approx(1.0, abs=1e-5)
    assert 1 > alike > other


def test_each_piece_is_met_by_itself_wherever_it_stands(encoder: MiniLM) -> None:
    found = met("gradient descent", ["descent of a gradient", "gradient", ""], encoder)
    assert found.shape == (3, 2)
    assert found[0] == pytest.approx([1, 1], abs=1e-5)
    assert found[1, 0] == pytest.approx(1, abs=1e-5)
    assert found[1, 1] < 0.9
    assert not found[2].any()


def test_punctuation_is_no_piece(encoder: MiniLM) -> None:
    assert met("What?!", ["?", "what"], encoder)[:, 0] == pytest.approx([0, 1], abs=1e-5)
    assert [len(one) for one in encoder.pieces(["?!", "", "a b"])] == [0, 0, 2]


def test_the_embedded_encoder_shows_its_pieces_and_the_toy_does_not(encoder: MiniLM) -> None:
    assert isinstance(encoder, HasPieces)
    assert not isinstance(LettersEncoder(), HasPieces)
    assert np.linalg.norm(encoder.piece_vectors(np.array([2000, 3000])), axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_without_pieces_a_word_is_met_or_not_whatever_its_ending() -> None:
    assert met("training models", ["It trains.", "A model"], LettersEncoder()).tolist() == [[1, 0], [0, 1]]


@given(st.text(), st.lists(st.text(), max_size=4))
def test_any_text_can_be_met(question: str, texts: list[str]) -> None:
    found = met(question, texts, LettersEncoder())
    assert found.shape[0] == len(texts)
    assert ((found == 0) | (found == 1)).all()
