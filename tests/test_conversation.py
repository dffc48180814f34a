"""
Follow-ups: what leans on the conversation, what it is resolved to, and what form of answer it asks for.

The dialogues below were written before the rules that resolve them.
"""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import sets
from tutor import prompt
from tutor.conversation import LEVELS, Resolved, Turn, Want, leans, resolve

LORA = [Turn("What is LoRA?", "A fine-tuning method.")]
MEMORY = [Turn("How does LoRA save memory?", "It trains two small matrices and freezes the rest.")]
LSTM_GRU = [Turn("What is the difference between an LSTM and a GRU?", "The gates.")]
GANS = [Turn("What are GANs?", "Two networks that play against each other.")]
GATES = [Turn("Which gates does a GRU have?", "A reset gate and an update gate.")]
ENCODERS = [Turn("Which encoder-only models are well known?", "BERT, RoBERTa and DeBERTa.")]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What is asked after `history`, and what it must come to: `exact`, or with these words and without those."""

    history: list[Turn]
    question: str
    exact: str = ""
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    level: str = "intermediate"
    wants: frozenset[Want] = frozenset()


def wanting(*wants: Want) -> frozenset[Want]:
    return frozenset(wants)


DIALOGUES = [
    # Pronouns.
    Dialogue(LORA, "and why is that faster?", "why is LoRA faster"),
    Dialogue(LORA, "how does it save memory?", "how does LoRA save memory"),
    Dialogue(LORA, "what are its drawbacks?", "what are LoRA's drawbacks"),
    Dialogue(GANS, "how are they trained?", "how are GANs trained"),
    Dialogue(GANS, "what is their main weakness?", "what is GANs' main weakness"),
    Dialogue(GANS, "who invented them?", "who invented GANs"),
    Dialogue(LORA, "which paper introduced it?", "which paper introduced LoRA"),
    Dialogue(LORA, "when should I use it instead?", "when should I use LoRA instead"),
    Dialogue(LORA, "is it better than full fine-tuning?", "is LoRA better than full fine-tuning"),
    Dialogue(LORA, "does that also work for vision?", "does LoRA also work for vision"),
    Dialogue(LORA, "how is this method trained?", "how is LoRA trained"),
    Dialogue(LORA, "what does that word mean?", "what does LoRA mean"),
    Dialogue(MEMORY, "and what does it cost?", "what does LoRA cost"),
    Dialogue([Turn("how much memory does bert need", "Half a gigabyte.")], "is it fast?", "is bert fast"),
    Dialogue([Turn("Why are RNNs hard to train?", "Gradients vanish.")], "can they be parallelised?", words=("RNNs",)),
    Dialogue([Turn("Why is attention quadratic?", "Pairs.")], "can it be made linear?", "can attention be made linear"),
    # What the answer named.
    Dialogue([Turn("Which optimizer is most popular?", "Adam.")], "who invented it?", "who invented Adam"),
    Dialogue(GATES, "What does the first one control?", "What does the reset gate control"),
    Dialogue(
        [*GATES, Turn("What does the first one control?", "How much of the old state is kept.")],
        "And the other?",
        "What does the update gate control",
    ),
    Dialogue(ENCODERS, "How is the second one trained?", "How is RoBERTa trained"),
    Dialogue(ENCODERS, "Who made the last one you mentioned?", "Who made DeBERTa"),
    # First, second, former, latter, both, the other.
    Dialogue([*LORA, Turn("What is QLoRA?", "4-bit.")], "compare it with the first one", "compare QLoRA with LoRA"),
    Dialogue([*LORA, Turn("What is QLoRA?", "4-bit.")], "compare them", "compare LoRA with QLoRA"),
    Dialogue(LSTM_GRU, "what does the former do better?", "what does LSTM do better"),
    Dialogue(LSTM_GRU, "is the latter cheaper?", "is GRU cheaper"),
    Dialogue(LSTM_GRU, "which of them is faster?", words=("LSTM", "GRU", "faster")),
    Dialogue(LSTM_GRU, "are both recurrent?", "are LSTM and GRU recurrent"),
    Dialogue(
        [*LSTM_GRU, Turn("How does the LSTM forget?", "By a gate.")], "and the other one?", "How does the GRU forget"
    ),
    # Comparing.
    Dialogue(LORA, "compare it with full fine-tuning", "compare LoRA with full fine-tuning"),
    Dialogue(LORA, "vs adapters?", words=("LoRA", "adapters")),
    Dialogue(LORA, "and compared to prompt tuning?", words=("LoRA", "prompt tuning")),
    # The same question of something else.
    Dialogue(MEMORY, "what about QLoRA?", "How does QLoRA save memory"),
    Dialogue(MEMORY, "waht about qlora", "How does qlora save memory"),
    Dialogue(MEMORY, "And QLoRA?", "How does QLoRA save memory"),
    Dialogue(LORA, "how about prefix tuning?", "What is prefix tuning"),
    Dialogue([Turn("How do transformers read text?", "Bits.")], "and for images?", words=("transformers", "images")),
    Dialogue(MEMORY, "and at inference?", words=("LoRA", "inference", "memory")),
    Dialogue(
        [Turn("How much memory does a 7B model need?", "14 GB.")],
        "How about 13B models?",
        words=("memory", "13B"),
        without=("7B",),
    ),
    Dialogue(MEMORY, "what about its speed?", words=("LoRA", "speed")),
    # Why.
    Dialogue([Turn("Is LoRA slower at inference?", "Slightly.")], "why?", "Why is LoRA slower at inference"),
    Dialogue([Turn("Is LoRA slower at inference?", "Slightly.")], "how so?", "Why is LoRA slower at inference"),
    Dialogue(MEMORY, "Why?", words=("Why", "LoRA", "memory")),
    # Left out.
    Dialogue(LORA, "any disadvantages?", words=("LoRA", "disadvantages")),
    Dialogue(LORA, "What are the alternatives?", words=("LoRA", "alternatives")),
    # Subjects carried and ended.
    Dialogue(
        [*LORA, Turn("why is it cheap?", "Few weights."), Turn("show me the maths", "W + BA.")],
        "is it better than adapters?",
        "is LoRA better than adapters",
    ),
    Dialogue(
        [*LORA, Turn("What is FlashAttention?", "An exact kernel.")],
        "why is it fast?",
        "why is FlashAttention fast",
        without=("LoRA",),
    ),
    Dialogue(
        [*LORA, Turn("How does RWKV get around recurrence?", "It trains in parallel.")],
        "how much memory does it need?",
        "how much memory does RWKV need",
    ),
    # The form of the answer.
    Dialogue(LORA, "simpler please", "What is LoRA", level="beginner"),
    Dialogue(LORA, "explain like I'm five", "What is LoRA", level="beginner"),
    Dialogue(LORA, "I don't understand", "What is LoRA", level="beginner"),
    Dialogue(MEMORY, "say that again in plain English", "How does LoRA save memory", level="beginner"),
    Dialogue(MEMORY, "more technical please", "How does LoRA save memory", level="expert"),
    Dialogue(MEMORY, "go deeper", "How does LoRA save memory", level="expert"),
    Dialogue(LORA, "show me the maths", words=("LoRA",), wants=wanting(Want.MATHS)),
    Dialogue(LORA, "what's the formula?", words=("LoRA",), wants=wanting(Want.MATHS)),
    Dialogue(LORA, "give me an example", words=("LoRA",), wants=wanting(Want.EXAMPLE)),
    Dialogue(LORA, "show me code", words=("LoRA",), wants=wanting(Want.CODE)),
    Dialogue(MEMORY, "in one sentence", "How does LoRA save memory", wants=wanting(Want.SHORT)),
    Dialogue(MEMORY, "shorter", "How does LoRA save memory", wants=wanting(Want.SHORT)),
    Dialogue(MEMORY, "can you elaborate?", "How does LoRA save memory"),
    Dialogue(
        [*MEMORY, Turn("simpler please", "Few weights are trained.")],
        "even simpler",
        "How does LoRA save memory",
        level="beginner",
    ),
    Dialogue([*LORA, Turn("and why is that faster?", "Fewer weights.")], "simpler please", "why is LoRA faster",
             level="beginner"),
]  # fmt: skip

ALONE = [
    "What is FlashAttention?",
    "How does DPO differ from RLHF?",
    "Why is attention quadratic?",
    "Why does self-attention scale quadratically with sequence length?",
    "How does PagedAttention manage the memory of the key-value cache?",
    "What is LoRA and why is it cheap?",
    "Why is it that transformers need positional encodings?",
    "Is it possible to fine-tune BERT on a CPU?",
    "How does a decoder know that the sentence has ended?",
    "What are the advantages of mixture of experts?",
    "Show me the maths of attention",
    "Give me an example of in-context learning",
    "Explain backpropagation in simple terms",
    "What does the first layer of a CNN learn?",
    "Compare BPE with WordPiece",
]


# Written to look for mistakes, after the rules; those found are here.
DRAFTS = [Turn("How does speculative decoding speed up generation?", "A small model drafts, a large one checks.")]
DROPOUT = [Turn("What is dropout?", "Randomly zeroing units.")]
SIDES = [Turn("What are the differences between encoder-only and decoder-only models?", "Direction of attention.")]
POSITIONS = [Turn("Name three positional encodings", "Sinusoidal, learned and rotary.")]
LATER = [
    Dialogue(DRAFTS, "and if the draft is wrong?", words=("speculative decoding", "if the draft is wrong")),
    Dialogue(DRAFTS, "what's the catch?", "what's the catch of speculative decoding"),
    Dialogue(DRAFTS, "compare with beam search", "compare speculative decoding with beam search"),
    Dialogue(DRAFTS, "who came up with that?", "who came up with speculative decoding"),
    Dialogue(DROPOUT, "and batch norm?", "What is batch norm"),
    Dialogue(DROPOUT, "what happens at test time?", "what happens at test time with dropout"),
    Dialogue(DROPOUT, "is it useful for images?", "is dropout useful for images"),
    Dialogue(DROPOUT, "is it easy to use?", "is dropout easy to use"),
    Dialogue(SIDES, "and the second?", "What are decoder-only models"),
    Dialogue(SIDES, "why are the latter more popular?", "why are decoder-only models more popular"),
    Dialogue(SIDES, "which one is better for chat?", words=("encoder-only and decoder-only models", "better for chat")),
    Dialogue(POSITIONS, "how does the third one work?", "how does the rotary work"),
    Dialogue(
        [Turn("Is Mamba faster than transformers?", "For long texts.")],
        "what about quality?",
        "what is the quality of Mamba",
    ),
    Dialogue(
        [Turn("Which vectors does self-attention create?", "Three.")],
        "How long are they?",
        "How long are the vectors of self-attention",
    ),
    Dialogue([Turn("How many copies does Mamba need?", "Two.")], "Why so many?", "Why does Mamba need so many copies"),
    Dialogue(
        [
            Turn("What is wrong with single letters?", "Too long."),
            Turn("And what is wrong with syllables instead?", "Rare."),
        ],
        "what is between them?",
        words=("single letters", "syllables"),
    ),
]


@pytest.mark.parametrize("dialogue", DIALOGUES + LATER, ids=lambda d: f"{d.history[-1].question} | {d.question}")
def test_a_dialogue_is_understood(dialogue: Dialogue) -> None:
    resolved = resolve(dialogue.question, dialogue.history)
    if dialogue.exact:
        assert bare(resolved.question) == bare(dialogue.exact)
    for word in dialogue.words:
        assert bare(word) in bare(resolved.question)
    for word in dialogue.without:
        assert not re.search(rf"\b{re.escape(word)}\b", resolved.question)
    assert resolved.level == dialogue.level
    assert resolved.wants == dialogue.wants


def bare(text: str) -> str:
    return text.casefold().rstrip(" ?.!")


@pytest.mark.parametrize("question", ALONE)
def test_a_question_that_stands_alone_is_never_touched(question: str) -> None:
    assert not leans(question)
    for dialogue in DIALOGUES:
        assert resolve(question, dialogue.history) == Resolved(question)


def test_the_questions_of_the_sets_stand_alone() -> None:
    asked = [q for name in ("starter", "mirror", "handbook") for q in sets.named(name, "tune")]
    assert len(asked) > 200
    assert [q.question for q in asked if leans(q.question)] == []
    unseen = [q for q in sets.named("mirror", "test") if q.kind == "answerable"]
    assert sum(leans(q.question) for q in unseen) <= 0.03 * len(unseen)


@pytest.mark.parametrize("dialogue", DIALOGUES + LATER, ids=lambda d: d.question)
def test_what_was_made_whole_is_whole(dialogue: Dialogue) -> None:
    once = resolve(dialogue.question, dialogue.history).question
    assert resolve(once, dialogue.history).question == once


def test_without_history_nothing_changes() -> None:
    assert resolve("and why is that faster?", [], "expert") == Resolved("and why is that faster?", "expert")


def test_a_level_moves_no_further_than_there_are_levels() -> None:
    assert resolve("simpler please", LORA, "expert").level == "intermediate"
    assert resolve("simpler please", LORA, "beginner").level == "beginner"
    assert resolve("go deeper", LORA, "expert").level == "expert"


def test_the_levels_are_those_that_are_worded() -> None:
    assert tuple(prompt.LEVELS) == LEVELS


WORDS = (
    "it its that they them the first one other and what about why is LoRA GAN , ? ' compare with show me maths".split()
)


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=3), st.text(max_size=60))
def test_no_text_breaks_it(turns: list[tuple[str, str]], question: str) -> None:
    resolve(question, [Turn(*turn) for turn in turns])


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), max_size=4), st.lists(st.sampled_from(WORDS))
)
def test_any_order_of_words_comes_to_one_line(turns: list[str], asked: list[str]) -> None:
    question = " ".join(asked)
    resolved = resolve(question, [Turn(turn, turn) for turn in turns])
    assert "\n" not in resolved.question
    assert resolved.question == question or resolved.question.strip()
    assert "\0" not in resolved.question
