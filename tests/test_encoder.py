"""Every Encoder: unit rows, empty input, spans; and what is particular to each."""

import threading
from pathlib import Path

import numpy as np
import pytest

from tutor.encoder import Encoder, LettersEncoder, LlamaIndexEncoder, MiniLM, as_llama_index, open_encoder
from tutor.errors import ModelError

TEXT = "Attention lets tokens look at each other. The tower is very tall. Small matrices are cheap to train."
SPANS = [(0, 41), (42, 65), (66, len(TEXT))]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def minilm(models: Path) -> MiniLM:
    return open_encoder(models)


@pytest.fixture(params=["minilm", "letters", "llama-index"])
def encoder(request: pytest.FixtureRequest, minilm: MiniLM) -> Encoder:
    letters = LettersEncoder()
    every: dict[str, Encoder] = {
        "minilm": minilm,
        "letters": letters,
        "llama-index": LlamaIndexEncoder(as_llama_index(letters)),
    }
    return every[request.param]


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_rows_are_unit_vectors_in_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = ["a long text about many different things and more", "short", TEXT, "short"]
    vectors = encoder.encode(texts)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert vectors == pytest.approx(alone, abs=1e-5)  # whoever its neighbours are
    assert vectors[1] == pytest.approx(vectors[3], abs=1e-5)


def test_what_is_asked_is_nearest_to_the_sentence_that_answers(encoder: Encoder) -> None:
    sentences = encoder.encode([TEXT[start:end] for start, end in SPANS])
    question = encoder.encode(["How tall is the tower?"])[0]
    assert int(np.argmax(sentences @ question)) == 1


def test_a_text_beyond_the_last_token_read_is_cut(models: Path) -> None:
    short_sighted = MiniLM.open(models / "all-MiniLM-L6-v2-int8.onnx", max_tokens=12)
    [long, cut] = short_sighted.encode([TEXT * 50, TEXT])
    assert long == pytest.approx(cut, abs=1e-5)


def test_it_tells_words_from_what_nobody_writes(minilm: MiniLM) -> None:
    assert minilm.knows("attention")
    assert not minilm.knows("atention")


def test_several_threads_get_what_one_gets(minilm: MiniLM) -> None:
    texts = [f"{number} tokens were read" for number in range(20)]
    expected, found = minilm.encode(texts), {}

    def work(number: int) -> None:
        found[number] = minilm.encode(texts)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[number], expected, atol=1e-5) for number in range(4))


def test_a_damaged_file_is_built_again(tmp_path: Path) -> None:
    (tmp_path / "all-MiniLM-L6-v2-int8.onnx").write_bytes(b"half a file")
    assert open_encoder(tmp_path).encode(["word"]).shape == (1, 384)


def test_letters_by_hand() -> None:
    # "ab" is " ab" (0, 1, 2) and "ab " (1, 2, 0): buckets 0+5+50 = 55 and 1+10+0 = 11.
    [vector] = LettersEncoder().encode(["Ab!"])
    assert np.flatnonzero(vector).tolist() == [11, 55]
    assert vector[11] == pytest.approx(2**-0.5)
    assert not LettersEncoder().encode(["123"]).any()


def test_a_blank_text_never_reaches_a_llama_index_embedding() -> None:
    encoder = LlamaIndexEncoder(as_llama_index(LettersEncoder()))
    assert encoder.name == "llama-index:letters-64"
    assert not encoder.encode(["  ", "\n"]).any()


def test_a_failing_llama_index_embedding_is_a_model_error() -> None:
    class Broken(LettersEncoder):
        def encode(self, texts):  # type: ignore[no-untyped-def]
            raise ConnectionError("refused")

    with pytest.raises(ModelError, match="refused"):
        LlamaIndexEncoder(as_llama_index(Broken()))
