"""Words: which carry meaning, and which are forms of one."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.words import STOP_WORDS, content_words, stem, stems, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GPT-2 has 1.5 billion weights.", ["gpt-2", "has", "1.5", "billion", "weights"]),
        ("C++ and C# differ", ["c++", "and", "c#", "differ"]),
        ("It’s the model's", ["it's", "the", "model's"]),
        ("snake_case, a/b", ["snake", "case", "a", "b"]),
        ("naïve Bayes – 你好", ["naïve", "bayes", "你好"]),
        ("... !? $ ", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_content_words_carry_meaning_and_come_once() -> None:
    assert content_words("What is the KV cache, and why does a cache of 2 keys help me?") == [
        "kv",
        "cache",
        "2",
        "keys",
    ]
    assert content_words("What does it mean?") == []


FORMS = """
tokenize tokenization tokenizer tokenizers tokenizing tokenized tokenizes
token tokens
quantize quantized quantization quantizing quantizer
attention attentions
attend attends attending attended
embed embeds embedding embeddings embedded
distill distillation distilled distilling
decode decoding decoder decoders decoded decodes
encode encoder encoding encodings
model models modeling modelling modeled
compute computes computing computation computational
normalize normalization normalised normalisation
optimize optimizer optimizers optimizing optimisation
regularize regularization regularizer
policy policies
probability probabilities
query queries
cache caching cached caches
batch batches batching
sample sampling sampler sampled
generate generates generating generation generations generator generative
scale scaling scales scaled
predict predicts predicting prediction predictions
activate activated activation activations
approximate approximation approximates
iterate iteration iterative
layer layers layered
rotate rotates rotating rotation rotations
create creating creation
relate related relation relations
loss losses
bias biases biased
matrix matrices
index indices
align alignment aligned
improve improvement improved
implement implements implementation
augment augmented augmentation
segment segmentation
route routing router
rerank reranker reranking
retrieve retrieval retrieved retriever
adapt adapter adapters adaptation
evaluate evaluation evaluating
derive derivation derivative
diffuse diffusion
compress compression compressed
regress regression
autoregression autoregressive
recurrent recurrence
speculate speculative speculation
classify classifier classification classified
verify verifier verification
similar similarity similarities
dense density
sparse sparsity
transformer transformers transformer's transform
prefer preferred prefers
analysis analyses
hypothesis hypotheses
fine-tune fine-tuned fine-tuning
gpt gpts
llm llms
gpu gpus
gru grus
stop stopping stopped
plan planning planned planner
split splitting splits
study studies studied
tree trees
string strings
speed speeds
""".strip().splitlines()


@pytest.mark.parametrize("line", FORMS)
def test_forms_of_a_word_have_one_stem(line: str) -> None:
    assert len({stem(form) for form in line.split()}) == 1


def test_different_words_have_different_stems() -> None:
    firsts = {line: stem(line.split()[0]) for line in FORMS}
    same = [(a, b) for a, b in combinations(firsts, 2) if firsts[a] == firsts[b]]
    assert same == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("token", "tokenizer"),
        ("active", "activation"),
        ("position", "positive"),
        ("latent", "latency"),
        ("variance", "variant"),
        ("conversion", "conversation"),
        ("tree", "treat"),
        ("story", "store"),
        ("format", "form"),
        ("embed", "member"),
        ("general", "generate"),
        ("modality", "model"),
        ("ring", "ringing-free"),
        ("gan", "gain"),
        ("lora", "lore"),
        ("reward", "rewrite"),
        ("precise", "precede"),
        ("attention", "attendance"),
        ("encoder", "decoder"),
        ("supervised", "unsupervised"),
        ("pretraining", "training"),
        ("gpt-2", "gpt-3"),
        ("2.0", "2"),
    ],
)
def test_words_of_different_meaning_stay_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize("word", ["rag", "gpt-4", "c++", "3.5", "ppo", "rlhf", "你好", "exceed", "bring", "bias", "us"])
def test_some_words_are_their_own_stem(word: str) -> None:
    assert stem(word) == word


@given(st.text(min_size=1, max_size=30))
def test_a_stem_is_never_empty_and_always_the_same(word: str) -> None:
    if word != "'s":
        assert stem(word)
    assert stem(word) == stem(word)


@given(st.text(st.characters(categories=["Ll"]), min_size=4, max_size=20))
def test_a_stem_of_a_word_has_three_letters_or_more(word: str) -> None:
    assert 3 <= len(stem(word)) <= len(word) + 1


def test_stems_of_a_text_include_the_parts_of_hyphenated_words() -> None:
    assert stems("Fine-tuning a decoder-only GPT-2; decoders decode.") == [
        "fin-tun", "fin", "tun", "decod-only", "decod", "gpt-2", "gpt",
    ]  # fmt: skip


@given(st.text(max_size=100))
def test_stems_come_once(text: str) -> None:
    found = stems(text)
    assert len(found) == len(set(found))
    assert all(found)


def test_stop_words_are_plain_lower_case_words() -> None:
    assert all(word == word.lower() and "’" not in word for word in STOP_WORDS)
