"""Questions: what is asked for, read from the words alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.errors import BadInput
from tutor.questions import MOST_CHARACTERS, Question, Shape, parse, sides

D, M, C, O = Shape.DEFINITION, Shape.MECHANISM, Shape.COMPARISON, Shape.OTHER  # noqa: E741

TABLE: list[tuple[str, Shape, tuple[str, ...]]] = [
    ("What is LoRA?", D, ("LoRA",)),
    ("What is LoRA and how does it work?", D, ("LoRA",)),
    ("whats a token", D, ("token",)),
    ("What’s a token?", D, ("token",)),
    ("What is attention, exactly?", D, ("attention",)),
    ("What is LoRA in simple terms, please?", D, ("LoRA",)),
    ("What are mixture-of-experts models?", D, ("mixture-of-experts models",)),
    ("What is top-k and top-p sampling?", D, ("top-k", "top-p sampling")),
    ("What is the KV cache used for?", D, ("KV cache",)),
    ("What is an embedding in machine learning?", D, ("embedding",)),
    ("What is in-context learning?", D, ("in-context learning",)),
    ("What is the reward model in RLHF?", D, ("reward model",)),
    ("In RLHF, what is the reward model?", D, ("reward model",)),
    ("What's the point of dropout?", D, ("dropout",)),
    ("What is meant by catastrophic forgetting?", D, ("catastrophic forgetting",)),
    ("What does RLHF stand for?", D, ("RLHF",)),
    ("What does perplexity mean?", D, ("perplexity",)),
    ("What do people mean by alignment?", D, ("alignment",)),
    ("What does temperature do in sampling?", D, ("temperature",)),
    ("What is C++?", D, ("C++",)),
    ("Define perplexity.", D, ("perplexity",)),
    ('Could you define "hallucination"?', D, ("hallucination",)),
    ("Explain the KV cache", D, ("KV cache",)),
    ("explain to me the kv cache please", D, ("kv cache",)),
    ("Can you explain what a KV cache is?", D, ("KV cache",)),
    ("Please explain what gradient descent is", D, ("gradient descent",)),
    ("Describe the transformer architecture", D, ("transformer architecture",)),
    ("Tell me about diffusion models", D, ("diffusion models",)),
    ("Give me an overview of state space models", D, ("state space models",)),
    ("Explain like I'm five: what is a transformer?", D, ("transformer",)),
    ("I don't understand softmax", D, ("softmax",)),
    ("meaning of epoch", D, ("epoch",)),
    ("transformers", D, ("transformers",)),
    ("KV cache?", D, ("KV cache",)),
    ("what's the difference between LSTM and GRU?", C, ("LSTM", "GRU")),
    ("What’s the difference between an LSTM and a GRU?", C, ("LSTM", "GRU")),
    ("Difference between encoder and decoder", C, ("encoder", "decoder")),
    ("What is the difference between BPE and WordPiece in terms of speed?", C, ("BPE", "WordPiece")),
    ("What is the difference between fine-tuning and in-context learning?", C, ("fine-tuning", "in-context learning")),
    ("What are the key differences between BPE, WordPiece and Unigram?", C, ("BPE", "WordPiece", "Unigram")),
    ("What is the relationship between entropy and perplexity?", C, ("entropy", "perplexity")),
    ("How is PPO different from DPO?", C, ("PPO", "DPO")),
    ("How does FlashAttention differ from standard attention?", C, ("FlashAttention", "standard attention")),
    ("how are GRUs and LSTMs different?", C, ("GRUs", "LSTMs")),
    ("How does a VAE compare to a GAN?", C, ("VAE", "GAN")),
    ("Compare and contrast BERT and GPT", C, ("BERT", "GPT")),
    ("LoRA vs full fine-tuning", C, ("LoRA", "full fine-tuning")),
    ("RNN versus transformer: which is better?", C, ("RNN", "transformer")),
    ("Is LoRA better than full fine-tuning?", C, ("LoRA", "full fine-tuning")),
    ("Should I use PPO or DPO?", C, ("PPO", "DPO")),
    ("When should I use RAG instead of fine-tuning?", C, ("RAG", "fine-tuning")),
    ("What are the advantages of DPO over PPO?", C, ("DPO", "PPO")),
    ("What distinguishes a decoder from an encoder?", C, ("decoder", "encoder")),
    ("why does attention scale quadratically?", M, ()),
    ("How does speculative decoding work?", M, ()),
    ("How do I fine-tune a model with QLoRA?", M, ()),
    ("Please explain how gradient descent works", M, ()),
    ("What makes FlashAttention fast?", M, ()),
    ("What happens during backpropagation?", M, ()),
    ("How many parameters does GPT-3 have?", O, ()),
    ("Which section covers quantization?", O, ()),
    ("Can LoRA be merged?", O, ()),
    ("Is attention differentiable?", O, ()),
]


@pytest.mark.parametrize(("text", "shape", "subjects"), TABLE)
def test_shape_and_subjects(text: str, shape: Shape, subjects: tuple[str, ...]) -> None:
    assert parse(text) == Question(text, shape, subjects)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is no question"),
        (" \n\t ", "There is no question"),
        ("\u200b\x00", "There is no question"),
        ("?!", "There is no word"),
        ("12 + 30", "There is no word"),
        ("注意力机制是什么？", "in English"),
        ("Что такое внимание?", "in English"),
        ("x" * (MOST_CHARACTERS + 1), "has 2,001 characters"),
    ],
)
def test_what_cannot_be_asked(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as error:
        parse(text)
    assert "\n" not in str(error.value)


def test_the_question_is_tidied() -> None:
    assert parse("  What\n is\tLoRA ? ").text == "What is LoRA ?"
    assert parse("What is \x00LoRA\udcff?").text == "What is LoRA?"


@pytest.mark.parametrize(
    "text", ["Was ist Überanpassung?", "What is σ?", "Qu'est-ce que l'attention ?", "什么是 LoRA vs QLoRA"]
)
def test_latin_letters_are_enough(text: str) -> None:
    assert parse(text).text == text


@given(st.text(max_size=300))
def test_anything_can_be_read_or_is_refused(text: str) -> None:
    try:
        question = parse(text)
    except BadInput:
        return
    assert question.text.encode()  # no half characters
    assert all(subject.strip() == subject != "" for subject in question.subjects)


words = st.sampled_from(
    "what is the difference between a and b how does LoRA work vs better than explain compare to in , ? : of".split()
)


@given(st.lists(words, min_size=1, max_size=25).map(" ".join))
def test_only_definitions_and_comparisons_have_subjects(text: str) -> None:
    try:
        question = parse(text)
    except BadInput:
        return
    if question.shape in (M, O):
        assert question.subjects == ()


@pytest.mark.parametrize(
    "piece",
    [
        "between a and ",
        "so ",
        "difference ",
        "what is ",
        "compare a and ",
        "in a, ",
        "a vs ",
        " and",
        "what what is a ",
    ],
)
def test_no_question_takes_long(piece: str) -> None:
    began = time.process_time()
    parse((piece * 2_000)[: MOST_CHARACTERS - 2] + ":x")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("asked", "each"),
    [
        ("What is RLHF?", ()),
        ("What is RLHF and what is DPO?", (("RLHF", "What is RLHF?"), ("DPO", "what is DPO?"))),
        ("What is LoRA and how does it save memory?", ()),  # the second points at the first
        ("Compare LoRA and QLoRA", (("LoRA", "What is LoRA?"), ("QLoRA", "What is QLoRA?"))),
        ("Why is attention slow? How does a cache help?", (("Why is attention slow",
          "Why is attention slow?"), ("How does a cache help", "How does a cache help?"))),
        ("What are salt and pepper noise?", ()),
        ("Why and how?", ()),
    ],
)  # fmt: skip
def test_what_is_asked_in_several_is_taken_apart(asked: str, each: tuple[tuple[str, str], ...]) -> None:
    assert sides(parse(asked)) == each


@given(st.text(min_size=1))
def test_any_question_can_be_taken_apart(asked: str) -> None:
    try:
        question = parse(asked)
    except BadInput:
        return
    assert len(sides(question)) != 1
