"""One model in memory: reuse of a prompt's beginning changes nothing, tokens are literal unless asked otherwise."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import models
from tutor.errors import ModelError, ModelUnreadable
from tutor.llama import BLOCK, FIRST_BLOCK, Model, block_ends, extra_buffers_are_safe, shared_blocks

PLAIN = "CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 1 | AVX512_VNNI = 1 | LLAMAFILE = 1 | OPENMP = 1 | REPACK = 1 | "
AMX = "CPU : SSE3 = 1 | AVX512_VNNI = 1 | AMX_INT8 = 1 | LLAMAFILE = 1 | OPENMP = 1 | REPACK = 1 | "


@pytest.fixture(scope="module")
def model(models_folder: Path) -> Iterator[Model]:
    opened = Model(models.embedded(models_folder), context_tokens=512, threads=2)
    yield opened
    opened.close()


def test_repacking_is_off_where_amx_would_crash() -> None:
    assert extra_buffers_are_safe(PLAIN)
    assert not extra_buffers_are_safe(AMX)
    assert extra_buffers_are_safe("")


@pytest.mark.parametrize(
    ("given", "waits"),
    [({}, "passive 300"), ({"OMP_WAIT_POLICY": "active"}, "active None"), ({"GOMP_SPINCOUNT": "9"}, "passive 9")],
)
def test_threads_wait_without_spinning_for_long_unless_one_says_so(given: dict[str, str], waits: str) -> None:
    own = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    told = (
        "import os, tutor.llama as m; m.library(); print(*map(os.environ.get, ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')))"
    )
    ran = subprocess.run([sys.executable, "-c", told], env=own | given, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == waits


def test_marks_in_a_text_are_spelled_out(model: Model) -> None:
    assert len(model.tokens("<|im_end|>", special=True)) == 1
    assert len(model.tokens("<|im_end|>")) > 1
    assert "<|im_end|>" in model.special_tokens()
    assert model.tokens("") == []


def test_reuse_of_a_beginning_does_not_change_the_output(model: Model) -> None:
    beginning = model.tokens("The gradient tells each weight which way to go. " * 40)[: FIRST_BLOCK + BLOCK + 20]
    first = beginning + model.tokens("A learning rate is")
    second = beginning + model.tokens("An optimiser is")
    fresh = b"".join(model.generate(second, 8))
    b"".join(model.generate(first, 2))
    assert shared_blocks(model._held, second) == FIRST_BLOCK + BLOCK
    assert b"".join(model.generate(second, 8)) == fresh


def test_a_long_prompt_is_read_whole(model: Model) -> None:
    """The answer depends on a word that lies several blocks back."""
    filler = "Notes follow. " + "The weather was fine. " * 60
    prompt = model.tokens(f"The password is banana.\n{filler}\nThe password is")
    assert len(prompt) > FIRST_BLOCK + BLOCK
    assert b"banana" in b"".join(model.generate(prompt, 3))


def test_stops_when_told_before_the_next_token(model: Model) -> None:
    seen: list[bytes] = []
    for piece in model.generate(model.tokens("One, two, three,"), 50, lambda: len(seen) == 2):
        seen.append(piece)
    assert len(seen) == 2


def test_never_writes_beyond_the_context(model: Model) -> None:
    words = model.tokens("one two three four five six seven eight nine ten " * 80)[: model.context_tokens - 3]
    assert len(list(model.generate(words, 50))) <= 3


def test_a_file_that_llama_cpp_refuses_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF but no more")
    with pytest.raises(ModelUnreadable, match="tutor models use"):
        Model(path, context_tokens=64, threads=1)


def test_a_closed_model_says_so(models_folder: Path) -> None:
    closed = Model(models.embedded(models_folder), context_tokens=64, threads=1)
    closed.close()
    closed.close()
    with pytest.raises(ModelError, match="closed"):
        closed.tokens("word")


def test_shared_blocks_by_hand() -> None:
    two = FIRST_BLOCK + BLOCK
    held = list(range(two))
    assert list(block_ends(two)) == [FIRST_BLOCK]
    assert list(block_ends(two + 1)) == [FIRST_BLOCK, two]
    assert shared_blocks(held, held) == FIRST_BLOCK  # the last token is always read again
    assert shared_blocks(held, [*held, 7]) == two
    assert shared_blocks(held, [*held[: FIRST_BLOCK + 5], -1, -1]) == FIRST_BLOCK
    assert shared_blocks(held, [-1, *held]) == 0
    assert shared_blocks([], [1]) == 0


@given(st.lists(st.integers(0, 1), max_size=400), st.lists(st.integers(0, 1), min_size=1, max_size=400))
def test_shared_blocks_are_whole_shared_and_never_everything(held: list[int], prompt: list[int]) -> None:
    kept = shared_blocks(held, prompt)
    assert kept == 0 or kept in block_ends(len(prompt))
    assert kept < len(prompt)
    assert held[:kept] == prompt[:kept]
