"""
GGUF files: what they say of themselves, whether they fit into memory, and other quantisations of them.

The header is read here, not by llama.cpp, so that a list of models or a refusal takes milliseconds. A file may come
from anywhere: every length is checked against the file's size before anything is read, and nothing but the few wanted
values is copied. Knows nothing of prompts or of running a model. Not covered: files split into several parts.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from dataclasses import dataclass
from math import prod
from pathlib import Path

from tutor.errors import ModelError, ModelMissing, ModelTooLarge, ModelUnreadable
from tutor.machine import available_memory

MAGIC = b"GGUF"
GIGABYTE = 1e9

# Layout of the format's scalar types; 8 is a string, 9 an array.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST_TEXT = 1 << 20  # a chat template is some ten thousand bytes
_MOST_ENTRIES = 1 << 16
_MOST_DIMENSIONS = 8

# The names people know for `general.file_type`.
FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 25: "IQ4_NL",
    30: "IQ4_XS", 32: "BF16",
}  # fmt: skip

# Beside weights and the key-value cache: computation buffers and the vocabulary, measured 60 to 250 MB.
_WORKING_MEMORY = 300_000_000
_SMALLEST_CONTEXT = 2048

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Gguf:
    """What a GGUF file says of itself. Sizes in bytes, the context in tokens; 0 or "" where it does not say."""

    path: Path
    bytes: int
    parameters: int
    metadata: dict[str, Value]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def name(self) -> str:
        return str(self.metadata.get("general.name") or self.path.stem)

    @property
    def licence(self) -> str:
        return str(self.metadata.get("general.license", ""))

    @property
    def file_type(self) -> str:
        number = self._number("general.file_type", -1)
        return FILE_TYPES.get(number, f"type {number}") if number >= 0 else ""

    @property
    def context_tokens(self) -> int:
        """The longest text it was trained on."""
        return self._own("context_length", 0)

    @property
    def chat_template(self) -> str:
        return str(self.metadata.get("tokenizer.chat_template", ""))

    def cache_bytes(self, tokens: int) -> int:
        """The key-value cache (16 bit) for this many tokens."""
        heads = max(1, self._own("attention.head_count", 1))
        width = self._own("embedding_length", 0) // heads
        both = self._own("attention.key_length", width) + self._own("attention.value_length", width)
        return 2 * self._own("block_count", 0) * self._own("attention.head_count_kv", heads) * both * tokens

    def memory_bytes(self, tokens: int) -> int:
        """What running it with this context takes, roughly."""
        return self.bytes + self.cache_bytes(tokens) + _WORKING_MEMORY

    def _own(self, key: str, default: int) -> int:
        return self._number(f"{self.architecture}.{key}", default)

    def _number(self, key: str, default: int) -> int:
        value = self.metadata.get(key, default)
        return value if isinstance(value, int) else default


def read(path: Path) -> Gguf:
    """
    The header of the file at `path`. Raises ModelMissing, or ModelUnreadable for anything that is not a whole,
    little-endian GGUF of version 2 or 3.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                raise _unreadable(path, "is not a GGUF file")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _parse(path, content)
    except FileNotFoundError:
        raise ModelMissing(f"No model at {path}. Choose one with `tutor models use PATH`.") from None
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror})") from error
    except (struct.error, ValueError, OverflowError) as error:
        raise _unreadable(path, "is not a GGUF file that is whole") from error


def _unreadable(path: Path, what: str) -> ModelUnreadable:
    return ModelUnreadable(f"{path} {what}; choose one with `tutor models use PATH`.")


def _parse(path: Path, content: mmap.mmap) -> Gguf:
    cursor = _Cursor(content, at=4)
    version, tensors, entries = cursor.take("<IQQ")
    if version not in (2, 3):
        raise _unreadable(path, f"is a GGUF file of version {version}, which is not supported")
    if tensors > _MOST_ENTRIES or entries > _MOST_ENTRIES:
        raise ValueError("more entries than any model has")
    metadata: dict[str, Value] = {}
    for _ in range(entries):
        key = cursor.text()
        value = cursor.value()
        if value is not None:
            metadata[key] = value
    return Gguf(path, len(content), sum(cursor.tensor_size() for _ in range(tensors)), metadata)


class _Cursor:
    """A place in the file. Every method reads there and moves on; struct.error or ValueError when it cannot."""

    def __init__(self, content: mmap.mmap, at: int) -> None:
        self._content = content
        self._at = at

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._content, self._at)
        self._at += struct.calcsize(layout)
        return values

    def skip(self, size: int) -> None:
        if size > len(self._content) - self._at:
            raise ValueError("a length beyond the end of the file")
        self._at += size

    def text(self) -> str:
        (size,) = self.take("<Q")
        start = self._at
        self.skip(size)
        if size > _LONGEST_TEXT:
            raise ValueError("a text longer than any template")
        return self._content[start : self._at].decode("utf-8", "replace")

    def value(self) -> Value | None:
        """The next value; of an array of numbers the largest, of other arrays nothing."""
        (kind,) = self.take("<I")
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._array()
        return self.take(f"<{self._scalar(kind)}")[0]

    def _array(self) -> int | None:
        kind, count = self.take("<IQ")
        if kind == _STRING:
            # Each text takes at least its eight bytes of length, so the file's own size bounds this loop.
            for _ in range(count):
                (size,) = self.take("<Q")
                self.skip(size)
            return None
        start = self._at
        layout = self._scalar(kind)
        self.skip(count * struct.calcsize(layout))
        # Some models give the number of heads layer by layer; vocabulary scores are long and not wanted.
        few = 0 < count <= 1024 and layout in "BbHhIiQq"
        return max(struct.unpack_from(f"<{count}{layout}", self._content, start)) if few else None

    @staticmethod
    def _scalar(kind: int) -> str:
        if kind not in _SCALARS:
            raise ValueError(f"unknown type {kind}")
        return _SCALARS[kind]

    def tensor_size(self) -> int:
        """The number of values in the next tensor."""
        self.text()
        (dimensions,) = self.take("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise ValueError("more dimensions than any tensor has")
        shape = self.take(f"<{dimensions}Q")
        self.take("<IQ")
        return prod(shape)


def fitting_context(model: Gguf, wanted: int, available: int | None = None) -> int:
    """
    The largest context, at most `wanted` tokens, that the model was trained for and this machine's memory holds.

    `available` bytes default to what the system reports. Raises ModelTooLarge when not even 2,048 tokens fit.
    """
    free = available_memory() if available is None else available
    tokens = min(wanted, model.context_tokens or _SMALLEST_CONTEXT)
    while free is not None and model.memory_bytes(tokens) > free:
        if tokens <= _SMALLEST_CONTEXT:
            raise ModelTooLarge(
                f"{model.name} needs {model.memory_bytes(tokens) / GIGABYTE:.1f} GB of memory, "
                f"{free / GIGABYTE:.1f} GB are free. Close other programs, or choose a smaller model: `tutor models`."
            )
        tokens = max(_SMALLEST_CONTEXT, tokens // 2)
    return tokens


def requantise(source: Path, target: Path, kind: str) -> None:
    """
    Writes `source` with its weights as `kind` ("Q4_0", "Q4_1", "Q8_0", ...) to `target`, whole or not at all.

    A weight that was quantised before loses a little more, so this serves speed, not quality.
    """
    import ctypes

    from tutor.llama import library, recent_complaint

    llama_cpp = library()
    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    options.allow_requantize = True
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    os.close(handle)
    try:
        if llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(name), ctypes.byref(options)):
            raise ModelError(f"{source} cannot be written as {kind}: {recent_complaint()}. Choose another model.")
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
