"""Evidence: exact spans, within a budget, each able to stand alone."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.encoder import LettersEncoder
from tutor.evidence import MOST_QUOTES, PASSAGES, WIDE, Evidence, fill, select
from tutor.library import Library, Link
from tutor.passages import Source
from tutor.questions import parse
from tutor.rhetoric import quotable
from tutor.search import Search
from tutor.sentences import Block
from tutor.vectors import ExactIndex, encode_pending


def count(text: str) -> int:
    return len(text.split())


def found_in(search: Search, library: Library, question: str, budget: int = 200) -> tuple[Evidence, ...]:
    return select(parse(question), search.find(question), library, budget, count)


def searchable(library: Library) -> Search:
    encode_pending(library, LettersEncoder())
    index = ExactIndex(library, LettersEncoder())
    index.sync()
    return Search(library, LettersEncoder(), index)


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


QUESTIONS = [
    "What is a Markov chain?",
    "How does speculative decoding work?",
    "What is the difference between LoRA and full fine-tuning?",
    "What is the difference between an LSTM and a GRU?",
    "Why is RoPE popular?",
    "Explain the KV cache",
    "What is perplexity?",
    "How are reward models trained?",
    "What are scaling laws?",
    "vector database",
    "Which tokens does BPE merge first?",
    "zyzzyva",
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("budget", [1, 60, 300])
def test_quotes_are_exact_spans_within_the_budget(
    notes_search: Search, notes_library: Library, question: str, budget: int
) -> None:
    chosen = found_in(notes_search, notes_library, question, budget)
    assert 1 <= len(chosen) <= MOST_QUOTES
    assert len(chosen) == 1 or sum(count(e.quote.text) for e in chosen) <= budget
    for one in chosen:
        source = notes_library.source(one.quote.source)
        assert source is not None
        assert source.text[one.quote.start : one.quote.end] == one.quote.text
        assert (one.quote.url, one.quote.title, one.quote.link) == (source.url, source.title, source.url)
        assert not one.quote.text.startswith("#")
    spans = sorted((e.quote.source, e.quote.start, e.quote.end) for e in chosen)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(spans))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_best_does_not_depend_on_the_budget(notes_search: Search, notes_library: Library, question: str) -> None:
    found = notes_search.find(question)
    firsts = {select(parse(question), found, notes_library, b, count)[0].quote for b in (0, 10, 50, 100, 400)}
    assert len(firsts) == 1


def test_the_definition_comes_first(library: Library) -> None:
    library.put(
        Source(
            "https://a.org",
            "Markov models",
            "Markov chains converge to a stationary distribution. Markov chains mix at different speeds. "
            "A Markov chain is a sequence of states in which the future depends on the present alone.",
        )
    )
    first = found_in(searchable(library), library, "What is a Markov chain?")[0].quote.text
    assert first.startswith("A Markov chain is a sequence")


def test_a_comparison_has_both_sides(library: Library) -> None:
    library.put(Source("https://a.org/lstm", "LSTM", "An LSTM is a recurrent network with three gates. " * 2))
    library.put(Source("https://a.org/gru", "GRU", "A GRU is a recurrent network with two gates, simpler than others."))
    library.put(Source("https://a.org/more", "More on LSTM", "The LSTM has a cell state. An LSTM forgets with a gate."))
    chosen = found_in(searchable(library), library, "What is the difference between an LSTM and a GRU?")
    assert {"LSTM", "GRU"} <= {e.quote.title for e in chosen[:2]}


def test_a_sentence_that_leans_brings_the_one_before(library: Library) -> None:
    library.put(
        Source("https://a.org", "Cache", "A cache keeps the keys of tokens. It saves the work of computing them twice.")
    )
    texts = [e.quote.text for e in found_in(searchable(library), library, "What saves computing work twice?")]
    assert texts[0] == "A cache keeps the keys of tokens. It saves the work of computing them twice."
    assert len(texts) == 1


def test_what_is_told_already_is_not_brought_again(library: Library) -> None:
    library.put(
        Source("https://a.org/w", "Whorls", "A whorl is a ring of petals. It means that a whorl closes the bud.")
    )
    chosen = found_in(searchable(library), library, "What is a whorl?")
    assert [e.quote.text for e in chosen] == ["A whorl is a ring of petals.", "It means that a whorl closes the bud."]


def test_a_sentence_that_introduces_something_brings_it(library: Library) -> None:
    text = "The loss of the model is given by the following formula:\n\n$$L = -\\log p$$\n\nA model has a loss too."
    library.put(Source("https://a.org", "Loss", text))
    chosen = found_in(searchable(library), library, "Which formula gives the loss?")
    assert any(e.quote.text.endswith("$$L = -\\log p$$") for e in chosen)


def test_headings_captions_code_and_exercises_are_no_evidence(library: Library) -> None:
    text = (
        "# Attention\n\nFigure 1: Attention weighs the values of tokens.\n\n```\n# attention weighs values\n```\n\n"
        "Exercise 1: Show that attention weighs values.\n\n| attention | weighs values of tokens |\n\n"
        "Attention weighs the values by a softmax of scores."
    )
    library.put(Source("https://a.org", "Attention", text))
    chosen = found_in(searchable(library), library, "What does attention weigh?")
    assert [e.quote.text for e in chosen] == ["Attention weighs the values by a softmax of scores."]


def test_what_was_said_already_is_not_said_again(library: Library) -> None:
    library.put(Source("https://a.org/1", "One", "Attention weighs the values of all tokens by a softmax."))
    library.put(Source("https://a.org/2", "Two", "Attention weighs the values of all tokens by the softmax."))
    assert len(found_in(searchable(library), library, "What does attention weigh?")) == 1


def test_nothing_that_can_be_quoted_is_no_evidence(library: Library) -> None:
    library.put(Source("https://a.org", "Attention", "Attention?\n\n```\nattention\n```"))
    assert found_in(searchable(library), library, "What is attention?") == ()
    with Library.open(library.path.with_name("empty.db")) as empty:
        assert found_in(searchable(empty), empty, "What is attention?") == ()


def test_a_source_that_was_replaced_since_the_search_is_quoted_as_it_was_found(library: Library) -> None:
    library.put(Source("https://a.org", "Attention", "Some words before. Attention weighs the values of all tokens."))
    search = searchable(library)
    question = "What does attention weigh?"
    found = search.find(question)
    library.remove("https://a.org")
    assert select(parse(question), found, library, 99, count)[0].quote.text.startswith("Attention weighs")


def test_a_quote_of_a_page_that_is_gone_says_as_of_when(library: Library) -> None:
    text = "Paging is a way to keep the cache in blocks of a fixed size."
    number = library.put(Source("https://a.org", "Paging", text)).source
    assert found_in(searchable(library), library, "What is paging?")[0].quote.as_of is None
    library.put_link(Link("https://a.org", "dead", source=number))
    as_of = found_in(searchable(library), library, "What is paging?")[0].quote.as_of
    assert as_of is not None
    assert as_of == library.dates()[number].changed[:10]


def test_links_open_the_page_at_the_quote(library: Library) -> None:
    source = Source(
        "https://a.org/p", "Attention", "Some words. Attention weighs the values of all tokens by a softmax."
    )
    library.put(source)
    quote = found_in(searchable(library), library, "What does attention weigh?")[0].quote
    words = "Attention weighs the values of all tokens by a softmax."
    assert quote.link.startswith(f"https://a.org/p#:~:text={words.replace(' ', '%20')}&text=")
    library.put(replace(source, url="https://a.org/p.pdf", text=source.text + " More.", pages=(0, 12)))
    links = [e.quote.link for e in found_in(searchable(library), library, "What does attention weigh?")]
    assert "https://a.org/p.pdf#page=2" in links or quote.link in links


@settings(max_examples=40)
@given(st.text(st.sampled_from("attention weighs. It? a\n#-`$|é🎉 "), max_size=200))
def test_whatever_was_read_quotes_are_exact(text: str) -> None:
    with Library.open(Path(":memory:")) as library:
        library.put(Source("https://a.org", "Attention", text + "\n\nAttention weighs the values of all the tokens."))
        source = library.source(1)
        assert source is not None
        chosen = found_in(searchable(library), library, "What does attention weigh?")
        assert chosen
        for one in chosen:
            assert source.text[one.quote.start : one.quote.end] == one.quote.text
        assert quotable(chosen[0].quote.text.split("\n")[-1], Block.PROSE) or len(chosen[0].quote.text) > 0


TALK = "A carburettor mixes air with fuel. It sits on top of the engine and needs cleaning."


def test_a_quote_of_a_pdf_names_its_page_and_opens_there(library: Library) -> None:
    library.put(Source("https://a.test/p.pdf", "P", f"First page.\n\n{TALK}", kind="paper", pages=(0, 13)))
    quote = found_in(searchable(library), library, "What does a carburettor mix?")[0].quote
    assert (quote.page, quote.second, quote.spot) == (2, None, "p. 2")
    assert quote.link == "https://a.test/p.pdf#page=2"


def test_a_quote_of_a_video_names_its_time_and_opens_there(library: Library) -> None:
    url = "https://www.youtube.com/watch?v=abcdefghijk"
    library.put(Source(url, "V", TALK, kind="video", times=((0, 61.5), (34, 70.0), (len(TALK), 90.0))))
    quote = found_in(searchable(library), library, "What does a carburettor mix?")[0].quote
    assert (quote.page, quote.second, quote.spot) == (None, 61, "1:01")
    assert quote.link == f"{url}&t=61s"


# -- filling a budget -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("words", [0, 30, 600])
def test_filling_gives_exact_spans_that_do_not_overlap_and_keep_to_the_words(
    notes_search: Search, notes_library: Library, question: str, words: int
) -> None:
    filled = fill(notes_search.find(question, WIDE), notes_library, words)
    assert sum(count(e.quote.text) for e in filled) <= words
    for one in filled:
        source = notes_library.source(one.quote.source)
        assert source is not None
        assert source.text[one.quote.start : one.quote.end] == one.quote.text
    spans = sorted((e.quote.source, e.quote.start, e.quote.end) for e in filled)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(spans))


def test_filling_uses_nearly_all_of_its_words(notes_search: Search, notes_library: Library) -> None:
    filled = fill(notes_search.find("How does speculative decoding work?", WIDE), notes_library, 600)
    assert sum(count(e.quote.text) for e in filled) > 590


def test_filling_takes_code_and_rows_and_says_their_header(library: Library) -> None:
    table = "| optimizer | learning rate |\n| --- | --- |\n| Adam | 0.001 |\n| momentum | 0.01 |"
    text = f"Optimizers need a learning rate.\n\n```\nlearning_rate = 0.001\n```\n\n{table}"
    library.put(Source("https://a.org", "Optimizers", text))
    found = searchable(library).find("Which learning rate does the optimizer Adam need?", WIDE)
    assert [e.quote.text for e in fill(found, library, 100)] == [text]  # all of it, side by side
    (row,) = [e.quote for e in fill(searchable(library).find("Adam?", WIDE), library, 16)]
    assert (row.text, row.above) == ("| Adam | 0.001 |", "| optimizer | learning rate |\n| --- | --- |")


def test_filling_brings_the_sentence_that_another_leans_on(library: Library) -> None:
    library.put(
        Source("https://a.org", "Cache", "A cache keeps the keys of tokens. It saves the work of computing them twice.")
    )
    filled = fill(searchable(library).find("What saves computing work twice?", WIDE), library, 16)
    assert [e.quote.text for e in filled] == [
        "A cache keeps the keys of tokens. It saves the work of computing them twice."
    ]


def test_nothing_found_fills_nothing(library: Library) -> None:
    assert fill(searchable(library).find("What is attention?", WIDE), library, 600) == ()


def test_a_definition_that_stands_further_down_comes_first_and_nothing_else_from_there(
    notes_search: Search, notes_library: Library
) -> None:
    question = parse("What is perplexity?")
    found = notes_search.find("How are models evaluated?", PASSAGES)
    perplexity = notes_search.find("What is perplexity?", 40)
    definition = next(hit for hit in perplexity.hits if "Perplexity is the" in hit.held.passage.text)
    hits = [hit for hit in found.hits if hit.held.id != definition.held.id]
    late = replace(found, hits=(*hits, *notes_search.find("How are caches kept?", 3).hits, definition))
    chosen = select(question, late, notes_library, 300, count)
    assert chosen[0].quote.text.startswith("Perplexity is the")
    first = {hit.held.source for hit in late.hits[:PASSAGES]} | {definition.held.source}
    assert {one.quote.source for one in chosen} <= first
