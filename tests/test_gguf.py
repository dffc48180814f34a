"""GGUF headers: the wanted values, nothing else for hostile files, and the memory arithmetic worked out on paper."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tutor import gguf
from tutor.errors import ModelError, ModelMissing, ModelTooLarge, ModelUnreadable


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, value: str | int | list[int] | list[str]) -> bytes:
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    if value and isinstance(value[0], str):
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(text(str(one)) for one in value)
    return text(key) + struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)


def tensor(name: str, *shape: int) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, 0)


def header(entries: list[bytes], tensors: list[bytes], version: int = 3) -> bytes:
    counts = struct.pack("<IQQ", version, len(tensors), len(entries))
    return b"GGUF" + counts + b"".join(entries) + b"".join(tensors)


TOY = header(
    [
        entry("general.architecture", "toy"),
        entry("general.name", "Toy"),
        entry("general.license", "mit"),
        entry("general.file_type", 15),
        entry("toy.context_length", 4096),
        entry("toy.block_count", 10),
        entry("toy.embedding_length", 64),
        entry("toy.attention.head_count", 8),
        entry("toy.attention.head_count_kv", [2, 2, 4]),
        entry("tokenizer.ggml.tokens", ["a", "b", "of the"]),
        entry("tokenizer.chat_template", "{{ messages }}"),
    ],
    [tensor("one", 3, 5), tensor("two", 7)],
)


@pytest.fixture
def toy(tmp_path: Path) -> gguf.Gguf:
    path = tmp_path / "toy.gguf"
    path.write_bytes(TOY)
    return gguf.read(path)


def test_reads_what_the_tutor_needs(toy: gguf.Gguf) -> None:
    assert (toy.architecture, toy.name, toy.licence, toy.file_type) == ("toy", "Toy", "mit", "Q4_K_M")
    assert toy.context_tokens == 4096
    assert toy.chat_template == "{{ messages }}"
    assert toy.parameters == 3 * 5 + 7
    assert toy.bytes == len(TOY)


def test_cache_by_hand(toy: gguf.Gguf) -> None:
    # 2 bytes x 10 layers x 4 heads (the most of any layer) x (8 + 8) wide x 100 tokens
    assert toy.cache_bytes(100) == 2 * 10 * 4 * 16 * 100


def test_context_is_what_training_and_memory_allow(toy: gguf.Gguf) -> None:
    room = toy.memory_bytes(0)
    assert gguf.fitting_context(toy, 8192, available=10**12) == 4096
    assert gguf.fitting_context(toy, 3000, available=10**12) == 3000
    assert gguf.fitting_context(toy, 8192, available=room + toy.cache_bytes(3000)) == 2048


def test_too_large_names_both_figures(toy: gguf.Gguf) -> None:
    with pytest.raises(ModelTooLarge, match=r"needs 0\.3 GB of memory, 0\.1 GB are free"):
        gguf.fitting_context(toy, 8192, available=100_000_000)


def test_the_packaged_model_says_what_it_is() -> None:
    from tutor import models

    packaged = gguf.read(models.packaged_weights())
    assert (packaged.architecture, packaged.licence, packaged.file_type) == ("llama", "apache-2.0", "Q4_1")
    assert packaged.context_tokens == 8192
    assert packaged.parameters == 134_515_008
    assert packaged.cache_bytes(8192) == 2 * 30 * 3 * 128 * 8192


def test_no_file_is_model_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="tutor models use"):
        gguf.read(tmp_path / "nothing.gguf")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GGUF",
        b"PK\x03\x04 a zip",
        TOY[:60],
        header([], [], version=1),
        header([text("endless") + struct.pack("<IIQ", 9, 8, 2**62)], []),
        header([text("endless") + struct.pack("<IIQ", 9, 4, 2**62)], []),
        header([text("nested") + struct.pack("<IIQ", 9, 9, 2**62)], []),
        header([struct.pack("<Q", 2**63)], []),
        header([], [text("flat") + struct.pack("<I", 2**31)]),
        b"GGUF" + struct.pack("<IQQ", 3, 2**63, 2**63),
    ],
)
def test_hostile_and_broken_files_are_unreadable(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnreadable, match="choose one with"):
        gguf.read(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(4, len(TOY) - 1), st.binary(min_size=1, max_size=8))
def test_any_change_is_read_or_refused(tmp_path: Path, place: int, change: bytes) -> None:
    path = tmp_path / "changed.gguf"
    path.write_bytes(TOY[:place] + change + TOY[place + len(change) :])
    try:
        found = gguf.read(path)
    except ModelUnreadable:
        return
    assert isinstance(found.context_tokens, int)
    assert isinstance(found.memory_bytes(2048), int)


def test_requantise_leaves_a_whole_file_or_none(tmp_path: Path) -> None:
    source = tmp_path / "bad.gguf"
    source.write_bytes(TOY)
    with pytest.raises(ModelError, match="cannot be written as Q8_0"):
        gguf.requantise(source, tmp_path / "new.gguf", "Q8_0")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.gguf"]
