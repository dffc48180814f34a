"""Goals in everyday words: what they ask for, what they leave, and what is no goal for this handbook."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import goals
from tutor.errors import BadInput
from tutor.goals import Understood, needed, understand
from tutor.handbook import load

BOOK = load()
TABLE = tomllib.loads(files("tutor").joinpath("data/goals.toml").read_text(encoding="utf-8"))
IDS = {chapter.id for chapter in BOOK.chapters}


def chapters(understood: Understood) -> set[str]:
    """Everything a plan would hold if there were time for all."""
    return {chapter.id for chapter in needed([*understood.core, *understood.also], understood.known, BOOK)}


# -- the table -------------------------------------------------------------------------------------------------------


def test_every_chapter_has_patterns_and_every_name_in_the_table_is_a_chapter() -> None:
    assert set(TABLE["chapters"]) == IDS
    assert all(patterns for patterns in TABLE["chapters"].values())
    sections = {section.id for section in BOOK.sections}
    for theme in TABLE["themes"]:
        assert {*theme["core"], *theme.get("also", ())} <= IDS | sections, theme["name"]
    for background in TABLE["backgrounds"]:
        assert {*background.get("knows", ()), *background.get("skims", ())} <= IDS, background["name"]


@pytest.mark.parametrize("chapter", BOOK.chapters, ids=lambda chapter: chapter.id)
def test_a_chapters_own_title_leads_to_it(chapter) -> None:
    found = understand(f"I want to understand {chapter.title}")
    assert chapter.id in found.core


# -- what is wanted --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "core"),
    [
        ("make our support bot answer from the manuals", "retrieval-augmented-generation"),
        ("turn photos of receipts into JSON", "sampling-and-structured-outputs"),
        ("have a model on my phone", "parameter-quantization"),
        ("why does a language model forget the start of a long document", "context-scaling"),
        ("combine two fine-tuned models into one", "distillation-and-merging"),
        ("let a model call our API and book rooms", "tool-use-and-agents"),
        ("understand how word2vec came about", "embeddings-and-topic-modeling"),
        ("teach a network to play Atari", "reinforcement-learning"),
        ("what is flash attention", "flashattention"),
        ("serve many users at once", "key-value-caching-and-paged-attention"),
        ("find out what single neurons of a model represent", "mechanistic-interpretability"),
        ("draw pictures from text", "diffusion-models"),
        ("detect outliers, anomaly detection", "distribution-modeling"),
    ],
)
def test_everyday_words_lead_to_their_chapter(goal: str, core: str) -> None:
    assert core in understand(goal).core


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fine-tune a model", "finetune a model"),
        ("fine tune a model", "finetune a model"),
        ("quantisation", "quantization"),
        ("FLASH ATTENTION", "flash-attention"),
        ("undrestand difusion modles", "understand diffusion models"),
        ("tranformers", "transformers"),
        ("reinforcment lerning", "reinforcement learning"),
    ],
)
def test_spelling_does_not_matter(written: str, meant: str) -> None:
    assert set(understand(written).core) == set(understand(meant).core)


def test_a_part_of_a_longer_name_does_not_count() -> None:
    assert "decoder-only-transformers" not in understand("linear attention").core
    assert "tool-use-and-agents" in understand("build an agent").core
    with pytest.raises(BadInput):
        understand("become a travel agent")


def test_everything_about_one_thing_is_not_everything() -> None:
    assert set(understand("learn everything about tokenization").core) == {"tokenization"}
    assert set(understand("learn everything").core) == IDS


@pytest.mark.parametrize(
    "goal",
    """learn to cook|become a lawyer|learn the violin|run a marathon|repair my bicycle|speak French fluently|
    lose weight|plan a wedding|become a nurse|grow tomatoes|read faster|build a house|learn to dance|study medicine|
    understand the stock exchange|be happier|write a novel|qwertz uiop|?!|learn web development|photography
    """.replace("\n", "").split("|"),
)  # fmt: skip
def test_a_goal_outside_the_handbook_gets_a_sentence(goal: str) -> None:
    with pytest.raises(BadInput, match="it covers modern AI"):
        understand(goal.strip())


def test_no_goal_and_too_long_a_goal_are_told() -> None:
    with pytest.raises(BadInput, match="There is no goal"):
        understand(" \n ")
    with pytest.raises(BadInput, match="at most 2,000 characters"):
        understand("attention " * 300)


# -- what is not wanted ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "wanted", "avoided"),
    [
        ("learn RAG, no images please", "retrieval-augmented-generation", "vision-transformers"),
        ("NLP without the GANs", "embeddings-and-topic-modeling", "generative-adversarial-nets"),
        ("I don't want RNNs, just transformers", "decoder-only-transformers", "recurrent-neural-networks"),
        ("not interested in diffusion; agents are what I need", "tool-use-and-agents", "diffusion-models"),
        ("everything except quantization", "diffusion-models", "parameter-quantization"),
        ("understand RLHF, coming from robotics, no vision stuff", "reward-models-and-rlhf", "vision-transformers"),
    ],
)
def test_what_is_not_wanted_is_left(goal: str, wanted: str, avoided: str) -> None:
    found = understand(goal)
    assert wanted in found.core
    assert avoided in found.avoided
    assert avoided not in found.core
    assert avoided not in found.also


def test_what_builds_on_the_unwanted_goes_with_it_unless_it_was_named() -> None:
    assert "conditional-gans" not in understand("everything except GANs").core
    assert "conditional-gans" in understand("conditional GANs, but not plain GANs").core


def test_a_negation_can_be_the_wish_itself() -> None:
    assert "cpu-offloading" in understand("run a chatbot without a graphics card").core
    assert "retrieval-augmented-generation" in understand("no more hallucinations in our bot").core


def test_avoiding_all_that_is_asked_for_is_told() -> None:
    with pytest.raises(BadInput, match="what you do not want"):
        understand("the maths, but no mathematics")


# -- what is known ---------------------------------------------------------------------------------------------------


def test_what_is_known_is_left_out_and_what_it_builds_on_only_skimmed() -> None:
    found = understand("I know transformers well, now I want LoRA")
    assert set(found.core) == {"low-rank-adapters-lora"}
    assert "decoder-only-transformers" in found.known
    assert "embeddings-and-topic-modeling" in found.skimmed
    assert "which builds on it" in found.skimmed["embeddings-and-topic-modeling"]


@pytest.mark.parametrize(
    ("background", "known", "skimmed"),
    [
        ("I did Andrew Ng's course", {"statistical-prediction-and-supervised-learning"},
         {"statistical-prediction-with-neural-networks"}),
        ("I know Python and linear algebra", set(), {"statistical-prediction-and-supervised-learning"}),
        ("10 years of C++", set(), set()),
        ("deep learning engineer",
         {"statistical-prediction-and-supervised-learning", "statistical-prediction-with-neural-networks"}, set()),
        ("PhD in physics", set(), {"statistical-prediction-and-supervised-learning", "markov-models"}),
        ("no machine learning, I'm new to PyTorch", set(), set()),
    ],
)  # fmt: skip
def test_a_background_is_understood(background: str, known: set[str], skimmed: set[str]) -> None:
    found = understand("fine-tune a language model", background)
    assert set(found.known) == known
    assert skimmed <= set(found.skimmed)
    assert bool(found.skimmed) == bool(skimmed)
    assert all("you said" in why for why in found.known.values())


def test_what_is_wanted_by_name_is_not_taken_for_known() -> None:
    found = understand("really understand transformers", "I have used transformers")
    assert "decoder-only-transformers" in found.core
    assert "decoder-only-transformers" not in found.known


def test_known_by_name_wins_and_knowing_all_is_told() -> None:
    found = understand("RAG and agents", known=["Retrieval-Augmented Generation"])
    assert "retrieval-augmented-generation" not in found.core
    with pytest.raises(BadInput, match="You know all that this goal asks for"):
        understand("mixture of experts", known=["mixture-of-experts"])
    with pytest.raises(BadInput, match="Did you mean tokenization"):
        understand("RAG", known=["tokenisation"])


def test_what_is_told_to_be_unknown_is_neither_known_nor_unwanted() -> None:
    found = understand("I know RNNs but not attention, and want to translate texts")
    assert "recurrent-neural-networks" in found.known
    assert "decoder-only-transformers" not in {**found.known, **found.avoided}


def test_asking_how_to_know_is_not_knowing() -> None:
    assert "benchmarking" in understand("how do I know whether my prompts are good?").core
    assert not understand("I don't know transformers but want RAG").known


def test_a_goal_that_sounds_like_a_background_is_a_goal() -> None:
    assert "decoder-only-transformers" in understand("I'm a bit lost in transformers").core
    assert "diffusion-models" in understand("I work on diffusion models").core


# -- always ----------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    """I want to learn build know without no not but , . and transformers images RAG maths agents attention LoRA GANs
    the my company's documents chatbot fine-tune quantise PhD in physics everything except already training model on a
    laptop reinforcement learning diffusion evaluate ünïcode 7B c++ ? (x) ’s""".split()
)


@given(st.lists(WORDS, max_size=25).map(" ".join), st.lists(WORDS, max_size=8).map(" ".join))
def test_any_text_is_understood_or_told_and_always_the_same(goal: str, background: str) -> None:
    def once() -> Understood | str:
        try:
            return understand(goal, background)
        except BadInput as error:
            return str(error)

    found = once()
    assert found == once()
    if isinstance(found, Understood):
        assert found.core
        groups = [set(found.core), set(found.also), set(found.known), set(found.avoided)]
        assert sum(map(len, groups)) == len(set.union(*groups))
        order = [chapter.id for chapter in BOOK.chapters]
        assert list(found.core) == [chapter for chapter in order if chapter in found.core]
        assert all(why for group in (found.core, found.also, found.known, found.avoided) for why in group.values())


@given(st.sets(st.sampled_from(sorted(IDS)), min_size=1, max_size=4), st.sets(st.sampled_from(sorted(IDS)), max_size=6))
def test_needed_is_closed_but_for_what_is_known(wanted: set[str], known: set[str]) -> None:
    found = [chapter.id for chapter in needed(wanted, known, BOOK)]
    assert wanted - known <= set(found)
    assert not known & set(found)
    for at, chapter in enumerate(found):
        assert all(b.chapter in known or b.chapter in found[:at] for b in BOOK.chapter(chapter).prerequisites)


def test_one_slip_of_the_keyboard_is_one() -> None:
    assert goals._slips("attnetion", "attention", 2) == 1
    assert goals._slips("atention", "attention", 2) == 1
    assert goals._slips("attention", "attention", 2) == 0
    assert goals._slips("intention", "attention", 2) == 2
