"""Citations: what quotes are to a statement, worked out with quotes that say it, half of it, or something else."""

from dataclasses import replace

import pytest

from eval import citations
from tutor.encoder import Encoder
from tutor.passages import Quote

RESTS = "The dough rests for two hours until it has doubled."
STEAM = "Steam keeps the crust soft while the loaf springs up."
YEAST = "Yeast feeds on sugar and gives off carbon dioxide."


def quote(text: str, rank: int = 0) -> Quote:
    """A quote of a page that is nothing but it."""
    return Quote("https://bread.test/", "Bread", "", text, 0, len(text), "https://bread.test/", rank)


def test_one_quote_that_says_it_is_needed_and_one_beside_it_is_not(encoder: Encoder) -> None:
    both = citations.judge("The dough rests for two hours.", [quote(RESTS), quote(YEAST, 1)], encoder)
    assert both.supported
    assert both.needed == (True, False)
    assert both.together == max(both.alone) == both.alone[0] > both.alone[1]


def test_two_quotes_that_both_say_it_are_both_relevant(encoder: Encoder) -> None:
    twice = citations.judge("The dough rests for two hours.", [quote(RESTS), quote(RESTS, 1)], encoder)
    assert twice.needed == (True, True)  # each supports it alone


def test_of_a_statement_that_nothing_supports_no_quote_counts(encoder: Encoder) -> None:
    for text in ("The dough rests for nine hours.", "Rye is milled in autumn."):
        wrong = citations.judge(text, [quote(RESTS), quote(STEAM, 1)], encoder)
        assert not wrong.supported
        assert wrong.needed == (False, False)


def test_quotes_may_support_a_statement_only_together(encoder: Encoder) -> None:
    text = f"{RESTS[:-1]}, and {STEAM[0].lower()}{STEAM[1:]}"
    joined = citations.judge(text, [quote(RESTS), quote(STEAM, 1)], encoder)
    assert joined.supported
    assert joined.needed == (True, True)
    assert not citations.judge(text, [quote(RESTS)], encoder).supported


def test_no_quotes_support_nothing(encoder: Encoder) -> None:
    assert citations.judge(RESTS, [], encoder) == citations.Cited(0.0, (), (), 0.0)


def test_a_quoted_statement_is_supported_where_it_is_the_quote() -> None:
    assert citations.quoting(RESTS, [quote(RESTS)]) == citations.Cited(1.0, (1.0,), (True,), 1.0)
    changed = replace(quote(RESTS), text=RESTS.replace("two", "nine"))
    assert not citations.quoting(RESTS, [changed]).supported


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("The dough rested for two hours.", 1.0),  # dough, rest, two, hour
        ("The dough rests for nine hours in Paris.", 3 / 5),  # not nine, not Paris
        ("It is so.", 1.0),  # no word that means anything
    ],
)
def test_the_words_that_stand_in_the_quotes(text: str, share: float) -> None:
    assert citations.covered(text, [RESTS]) == pytest.approx(share)
