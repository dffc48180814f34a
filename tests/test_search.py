"""Search: candidates of words and of meaning, judged alike."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.encoder import LettersEncoder
from tutor.library import Held, Library
from tutor.passages import Passage, Source
from tutor.search import (
    FIRST,
    MOST_PER_SOURCE,
    Hit,
    Search,
    Signals,
    coverage,
    diverse,
    fts_query,
    score,
)
from tutor.vectors import ExactIndex, encode_pending


def hit(number: int, source: int, value: float) -> Hit:
    held = Held(number, source, f"https://a.org/{source}", "T", "article", None, Passage(0, 1, "", "x"))
    nothing = np.zeros(0, np.float32)
    return Hit(
        held, value, Signals(value, 0, 0, 0, 0), np.zeros((0, 2), np.int32), nothing, np.zeros((0, 0), np.float32)
    )


# -- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "chapter"),
    [
        ("What is speculative decoding?", "speculative-decoding"),
        ("How does FlashAttention tile the computation?", "flashattention"),
        ("What is a Markov chain?", "markov-models"),
        ("byte pair encoding", "tokenization"),
        ("What does LoRA train?", "low-rank-adapters-lora"),
        ("mode collapse", "generative-adversarial-nets"),
    ],
)
def test_the_note_is_among_the_first(notes_search: Search, question: str, chapter: str) -> None:
    assert chapter in [found.held.chapter for found in notes_search.find(question).hits[:3]]


def test_a_search_can_be_repeated(notes_search: Search) -> None:
    one, two = (notes_search.find("attention and memory") for _ in range(2))
    assert [(h.held.id, h.score) for h in one.hits] == [(h.held.id, h.score) for h in two.hits]
    assert [h.score for h in one.hits[:1]] == [max(h.score for h in one.hits)]


def test_signals_are_shares(notes_search: Search) -> None:
    found = notes_search.find("How does a key-value cache save work?")
    for one in found.hits:
        assert 0 <= one.signals.words <= 1
        assert 0 <= one.signals.title <= one.signals.coverage <= 1 + 1e-9
        assert -1e-3 <= one.signals.sentence <= 1 + 1e-3
        assert len(one.spans) == len(one.span_cosines)
        assert one.score == pytest.approx(score(one.signals))


def test_rare_words_weigh_more_and_unknown_ones_most(notes_search: Search) -> None:
    rarity = notes_search.find("model perplexity zyzzyva").rarity
    assert rarity["model"] < rarity["perplex"] < rarity["zyzzyva"]


def test_a_passage_found_by_words_alone_is_not_lost(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        library.put(Source("https://a.org/1", "One", "Zyzzyva is a beetle of the tropics."))
        index = ExactIndex(library, LettersEncoder())
        index.sync()  # before anything is encoded
        found = Search(library, LettersEncoder(), index).find("zyzzyva")
        assert [h.held.url for h in found.hits] == ["https://a.org/1"]
        assert found.hits[0].signals.meaning == 0.0


def test_a_passage_removed_since_it_was_indexed_is_left_out(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        library.put(Source("https://a.org/1", "One", "A beetle lives here."))
        library.put(Source("https://a.org/2", "Two", "A beetle lives there."))
        encode_pending(library, LettersEncoder())
        index = ExactIndex(library, LettersEncoder())
        index.sync()
        library.remove("https://a.org/1")
        found = Search(library, LettersEncoder(), index).find("beetle")
        assert [h.held.url for h in found.hits] == ["https://a.org/2"]


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        index = ExactIndex(library, LettersEncoder())
        index.sync()
        assert Search(library, LettersEncoder(), index).find("anything").hits == ()


@settings(max_examples=50)
@given(st.text(max_size=80))
def test_anything_can_be_searched(notes_search: Search, question: str) -> None:
    assert len(notes_search.find(question, k=5).hits) <= 5


# -- the parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("What is the KV cache?", '"kv" OR "cache"'),
        ("fine-tuning GPT-2", '"fine-tuning" OR "gpt-2"'),
        ("what is it", '"what" OR "is" OR "it"'),
        ('NEAR("a" b) AND NOT c*', '"near"'),
        ("???", ""),
        ("", ""),
    ],
)
def test_no_word_of_a_question_is_an_operator(question: str, query: str) -> None:
    assert fts_query(question) == query


def test_coverage_weighs_words_by_rarity() -> None:
    rarity = {"cach": 3.0, "key": 1.0}
    assert coverage(rarity, "Caching of tokens.") == 0.75
    assert coverage(rarity, "A key cache.") == 1.0
    assert coverage(rarity, "Neither.") == 0.0
    assert coverage({}, "Anything.") == 0.0


def test_a_hyphenated_word_is_covered_by_its_parts_together() -> None:
    assert coverage({"fin-tun": 1.0}, "Fine-tuned models.") == 1.0
    assert coverage({"fin-tun": 1.0}, "We fine tune models.") == 1.0
    assert coverage({"fin-tun": 1.0}, "A fine model.") == 0.0


hits = st.lists(
    st.tuples(st.integers(1, 4), st.floats(0, 1, allow_nan=False)), max_size=30, unique_by=lambda pair: pair[1]
).map(lambda pairs: sorted((hit(n, s, v) for n, (s, v) in enumerate(pairs)), key=lambda h: -h.score))


@given(hits)
def test_diversity_loses_no_hit_and_lets_no_source_crowd_the_first(ranked: list[Hit]) -> None:
    mixed = diverse(ranked)
    assert sorted(h.held.id for h in mixed) == sorted(h.held.id for h in ranked)
    first = [h.held.source for h in mixed[:FIRST]]
    others = {h.held.source for h in ranked}
    for source in others:
        surplus = first.count(source) > MOST_PER_SOURCE
        # Only where the other sources have nothing more to give.
        assert not surplus or all(
            first.count(o) == sum(h.held.source == o for h in ranked) or first.count(o) >= MOST_PER_SOURCE
            for o in others - {source}
        )
    assert not ranked or mixed[0] is ranked[0]


def test_the_score_is_the_weighted_sum() -> None:
    assert score(Signals(1, 1, 1, 1, 1), Signals(1, 2, 3, 4, 5)) == 15
    assert score(Signals(0.5, 0, 0, 0, 1), Signals(2, 1, 1, 1, 0.25)) == 1.25
