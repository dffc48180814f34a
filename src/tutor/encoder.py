"""
Text -> vectors whose dot product tells how close two meanings are.

One small protocol, `Encoder`, and what fulfils it: the embedded MiniLM, a toy for tests, and any LlamaIndex embedding.
Knows nothing of passages, stores or search. Not covered: prompts that some models want before a question
("query: ..."); give such a model as a LlamaIndex embedding that adds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tutor import minilm
from tutor.errors import ModelError
from tutor.machine import physical_cores

if TYPE_CHECKING:
    import onnxruntime
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from tokenizers import Encoding, Tokenizer

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """Identity of the vectors: two encoders with one name give vectors that may be compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions); rows have length 1, or 0 for a text with nothing to encode."""
        ...


class MiniLM:
    """
    all-MiniLM-L6-v2 in int8 on ONNX Runtime: 384 dimensions, English.

    Each text is run alone on one thread, as many at a time as there are cores. Measured, this beats batches spread
    over all threads by 1.3 to 1.5 (no padding, no waiting for the slowest thread), and a text's vector does not
    depend on its neighbours: within a batch all would share one int8 scale.
    """

    name = minilm.NAME
    dimensions = minilm.DIMENSIONS

    _WINDOW = 512  # texts tokenised together: bounds memory on a long ingest

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        *,
        max_tokens: int = 512,
        words: Callable[[], NDArray[np.int8]] | None = None,
    ) -> None:
        """
        `words` gives the codes of the word pieces (`minilm.words`), read when they are first asked for.

        `tokenizer` must be this encoder's own: its truncation is set here, to `max_tokens` (at most 512).

        Retrieval of 180-word passages was the same with 256 and 512 (0.81, 0.92, 0.98 of the right ones among five on
        three corpora; with 128 0.70, 0.70, 0.95), but with 256 the last sentences of dense passages get no vector.
        """
        self._session = session
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(min(max_tokens, minilm.MAX_POSITIONS))
        self._workers = ThreadPoolExecutor(physical_cores(), thread_name_prefix="encoder")
        self._read_words = words
        self._words: NDArray[np.int8] | None = None

    @classmethod
    def open(cls, path: Path, *, max_tokens: int = 512) -> MiniLM:
        """From a file made by `minilm.build`. Raises ModelError when it cannot be used."""
        return cls(*minilm.load(path), max_tokens=max_tokens, words=partial(minilm.words, path))

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        spread = self._workers.map if len(texts) > 1 else map  # a question alone need not change threads
        for first in range(0, len(texts), self._WINDOW):
            encodings = self._tokenizer.encode_batch(list(texts[first : first + self._WINDOW]))
            # The longest first: whichever comes last, the other cores wait for it.
            order = sorted(range(len(encodings)), key=lambda n: -len(encodings[n]))
            for number, vector in zip(order, spread(self._one, [encodings[n] for n in order]), strict=True):
                vectors[first + number] = vector
        return vectors

    def knows(self, word: str) -> bool:
        """Whether `word` (lower case) is one of the 23,000 or so that the encoder has whole."""
        return self._tokenizer.token_to_id(word) is not None

    def pieces(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The numbers of each text's word pieces, without punctuation and the marks at both ends."""
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [
            np.array(
                [n for n, piece in zip(e.ids, e.tokens, strict=True) if any(letter.isalnum() for letter in piece)],
                np.int64,
            )
            for e in encodings
        ]

    def piece_vectors(self, numbers: NDArray[np.int64]) -> Vectors:
        """What the network knows of each piece before it has read anything around it: (n, 384), rows of length 1."""
        if self._words is None:
            assert self._read_words is not None
            self._words = self._read_words()
        return _unit(self._words[numbers].astype(np.float32))

    def _one(self, encoding: Encoding) -> Vectors:
        states: Vectors = self._session.run(None, {"input_ids": np.array([encoding.ids], np.int64)})[0][0]
        return _unit(states.mean(axis=0))


def _unit(vectors: Vectors) -> Vectors:
    """Rows of length 1; a row of (almost) nothing becomes zeros."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), 0).astype(np.float32)
    return unit


class LettersEncoder:
    """
    For tests: counts the three-letter groups of each word in 64 buckets.

    With a = 1 .. z = 26 and a space (0) at both ends of a word, the group xyz falls into bucket
    (x + 5y + 25z) mod 64: "ab" is " ab" and "ab ", buckets 0+5+50 = 55 and 1+10+0 = 11.
    """

    name = "letters-64"
    dimensions = 64

    def encode(self, texts: Sequence[str]) -> Vectors:
        counts = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall("[a-z]+", text.lower()):
                codes = [0, *(ord(letter) - 96 for letter in word), 0]
                for x, y, z in zip(codes, codes[1:], codes[2:], strict=False):
                    counts[row, (x + 5 * y + 25 * z) % self.dimensions] += 1
        return _unit(counts)


class LlamaIndexEncoder:
    """Any LlamaIndex embedding as an Encoder."""

    def __init__(self, embedding: BaseEmbedding) -> None:
        """Encodes one word to learn the number of dimensions; raises ModelError when that fails."""
        self._embedding = embedding
        self.name: str = f"llama-index:{embedding.model_name}"
        self.dimensions: int = len(self._raw(["word"])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        # A blank text is an error to some servers and noise from the others.
        told = [number for number, text in enumerate(texts) if text.strip()]
        if told:
            vectors[told] = _unit(np.array(self._raw([texts[number] for number in told]), np.float32))
        return vectors

    def _raw(self, texts: list[str]) -> list[list[float]]:
        try:
            return self._embedding.get_text_embedding_batch(texts)
        except Exception as error:  # each LlamaIndex integration raises its own library's errors
            kind = type(self._embedding).__name__
            raise ModelError(f"The embedding {kind} failed: {error}. Check that its service is running.") from error


def as_llama_index(encoder: Encoder) -> BaseEmbedding:
    """`encoder` as a LlamaIndex embedding, for indexes and retrievers built with LlamaIndex."""
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class TutorEmbedding(BaseEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = encoder.encode(texts).tolist()
            return vectors

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    settings: dict[str, Any] = {"model_name": encoder.name, "embed_batch_size": 64}
    return TutorEmbedding(**settings)


def open_encoder(models_folder: Path) -> MiniLM:
    """
    The default encoder. Its file is built on first use, and again when it is damaged or from an older version.
    Raises ModelMissing when there are no weights to build it from.
    """
    path = minilm.ensure(models_folder)
    try:
        return MiniLM.open(path)
    except ModelError:
        minilm.build(minilm.find_weights(models_folder), path)
        return MiniLM.open(path)
