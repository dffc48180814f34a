"""How a statement's words lie in the evidence: by hand."""

import pytest

from tutor.alignment import align, of_another
from tutor.synonyms import synonyms
from tutor.words import stem


@pytest.mark.parametrize(
    ("statement", "ground"),
    [
        ("Gates keep old content.", "Gates retain old content."),
        ("A router favors few experts.", "Few experts are preferred by a router."),
        ("It has six layers.", "It has 6 layers."),
        ("The removal of a direction.", "A direction is removed."),
    ],
)
def test_a_paraphrase_is_covered(statement: str, ground: str) -> None:
    found = align(statement, ground)
    assert found.covered > 0.85
    assert found.gap == 0.0


def test_an_invented_clause_is_the_weakest_and_leaves_a_gap() -> None:
    found = align(
        "Glitch tokens confuse models, because they contain forbidden characters.", "Glitch tokens confuse models."
    )
    assert found.covered < 0.7
    assert found.weakest < 0.2
    assert found.gap > 0.5


def test_what_only_the_heading_says_counts_for_less() -> None:
    assert align("Dropout zeroes units.", "It zeroes units.", "Dropout").covered < 1.0
    assert (
        align("Dropout zeroes units.", "It zeroes units.", "Dropout").covered
        > align("Dropout zeroes units.", "It zeroes units.").covered
    )


@pytest.mark.parametrize(
    ("statement", "ground", "swapped"),
    [
        ("Tuning suits scarce data.", "Prompting suits scarce data, whereas tuning suits stable tasks.", True),
        ("Prompting suits scarce data.", "Prompting suits scarce data, whereas tuning suits stable tasks.", False),
        ("Cats are loud sleepers at night.", "Compared with cats, dogs are loud sleepers at night.", True),
        ("Dogs are loud sleepers at night.", "Compared with cats, dogs are loud sleepers at night.", False),
        ("Few-shot prompting gives only an instruction.", "Few-shot prompting places examples, whereas zero-shot "
         "prompting gives only an instruction.", False),
    ],
)  # fmt: skip
def test_what_is_said_of_another_is_seen(statement: str, ground: str, swapped: bool) -> None:
    assert of_another(statement, ground) is swapped


def test_no_synonym_turns_the_direction() -> None:
    for one, other in (("increase", "decrease"), ("cheap", "expensive"), ("before", "after"), ("keep", "discard")):
        assert not synonyms(stem(one), stem(other))
    assert synonyms(stem("inexpensive"), stem("cheap"))
