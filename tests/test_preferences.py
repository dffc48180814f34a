"""What is read at which level: small lifts for passages and sentences, and the same question answered from others."""

from collections.abc import Iterator

import pytest

from tutor import handbook, preferences
from tutor.answers import Answer, Tutor
from tutor.conversation import Turn, Want
from tutor.encoder import MiniLM
from tutor.library import Library
from tutor.passages import Source
from tutor.preferences import Preference, symbols, technical
from tutor.search import Search
from tutor.sentences import Block
from tutor.vectors import ExactIndex, encode_pending

PLAIN = """# Kite pooling

Kite pooling is a way to make a long list of numbers short. It looks at a few numbers at a time and keeps the best one.
Think of a coach who picks one runner from each team. For example, of the numbers 3, 9 and 4 it keeps the 9. The list
that comes out is short, so the next step of the network has less to do. Kite pooling works well when only the
strongest signal counts.
"""
TECHNICAL = """# Kite pooling

Kite pooling is a parameter-free downsampling operator $p: \\mathbb{R}^n \\to \\mathbb{R}^{n/k}$ with stride $k$. Its
subgradient is the indicator of the maximising coordinate, so that backpropagation through $p$ is sparse and the
operator remains translation-equivariant modulo $k$. The operator is given by the following equation.

$$ p(x)_i = \\max_{0 \\le j < k} x_{ki + j} $$

Initialisation-dependent degeneracies of kite pooling vanish asymptotically as $n \\to \\infty$.

```python
pooled = x.reshape(-1, k).max(axis=1)
```
"""
OTHER = """# Gardens

A garden needs water. Roses are pruned in spring. Tomatoes like sun, and beans climb on poles. Compost feeds the soil.
"""
QUESTION = "What is kite pooling?"


@pytest.fixture(scope="module")
def tutor(tmp_path_factory: pytest.TempPathFactory, encoder: MiniLM) -> Iterator[Tutor]:
    with Library.open(tmp_path_factory.mktemp("levels") / "library.db") as library:
        library.put(Source("https://plain.test/kite", "Kite pooling", PLAIN, kind="article"))
        library.put(Source("https://papers.test/kite", "Kite pooling", TECHNICAL, kind="paper"))
        library.put(Source("https://plain.test/garden", "Gardens", OTHER, kind="article"))
        encode_pending(library, encoder)
        index = ExactIndex(library, encoder)
        index.sync()
        yield Tutor(library, Search(library, encoder, index), encoder, handbook.load(), None)


def first_source(answer: Answer) -> str:
    return answer.statements[0].quotes[0].url


def test_a_beginner_and_an_expert_are_answered_from_different_sources(tutor: Tutor) -> None:
    beginner, expert = (tutor.answer(QUESTION, level=level) for level in ("beginner", "expert"))
    assert first_source(beginner) == "https://plain.test/kite"
    assert first_source(expert) == "https://papers.test/kite"
    assert beginner.trace.hits[0][0] != expert.trace.hits[0][0]


def test_in_between_nothing_is_lifted(tutor: Tutor) -> None:
    assert Preference().indifferent
    found = tutor.search.find(QUESTION, 10)
    assert preferences.ordered(found, Preference(), 10) == found
    assert Preference().of_source(TECHNICAL, "paper") == Preference().of_sentence("$x$ is small.", Block.PROSE) == 0


def test_a_request_for_simpler_words_is_asked_at_the_level_below(tutor: Tutor) -> None:
    before = tutor.answer(QUESTION, level="expert")
    simpler = tutor.answer("explain like I'm five", [Turn(QUESTION, before.text)], "intermediate")
    assert simpler.understood is not None
    assert (simpler.understood.question, simpler.understood.level) == (QUESTION, "beginner")
    assert first_source(simpler) == "https://plain.test/kite"


@pytest.mark.parametrize(
    ("asked", "holds"),
    [("show me the maths", "\\max_{0"), ("show me code", "x.reshape"), ("an example?", "For example")],
)
def test_what_is_asked_for_is_in_the_answer(tutor: Tutor, asked: str, holds: str) -> None:
    answer = tutor.answer(asked, [Turn(QUESTION, "A way to make lists short.")])
    assert any(holds in statement.text for statement in answer.statements)
    plain = tutor.answer(QUESTION)
    assert not any("$$" in quote.text or "```" in quote.text for quote in plain.evidence)


def test_in_short_is_one_statement(tutor: Tutor) -> None:
    answer = tutor.answer("in one sentence", [Turn(QUESTION, "A way to make lists short.")])
    assert len(answer.statements) == 1


def test_a_formula_brings_the_sentence_that_leads_to_it(tutor: Tutor) -> None:
    answer = tutor.answer("what's the formula?", [Turn(QUESTION, "A way to make lists short.")])
    [shown] = [quote for quote in answer.evidence if "\\max" in quote.text]
    assert shown.text.startswith("The operator is given by")


def test_technical_texts_are_told_from_plain_ones() -> None:
    assert technical(PLAIN, "article") < 0 < technical(TECHNICAL, "paper")
    assert technical(PLAIN, "note") < technical(PLAIN, "article") < technical(PLAIN, "paper")
    assert -1 <= technical("", "article") <= 1
    assert symbols(PLAIN) == 0 < symbols(TECHNICAL) < 1
    assert symbols("") == 0


def test_only_what_is_asked_for_may_be_quoted() -> None:
    maths = Preference(wants=frozenset({Want.MATHS}))
    assert maths.allows("$$ x $$", Block.FORMULA)
    assert not maths.allows("x = 1", Block.CODE)
    assert not maths.allows("$$ x $$" * 500, Block.FORMULA)
    assert not Preference("expert").allows("$$ x $$", Block.FORMULA)
