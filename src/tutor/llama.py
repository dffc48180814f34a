"""
One GGUF model in memory, on llama.cpp's C interface: text to tokens, a prompt to its continuation.

Below llama-cpp-python's own `Llama` class, because that one cannot switch off the buffers that crash on processors with
AMX, copies all scores of the vocabulary into Python for each token, and keeps a prompt's beginning in a way that may
change the output. Not thread-safe but where said: `tutor.llama_process` gives each model a process with one thread for
it. Knows nothing of chats or queues. Not covered: sampling other than greedy.
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import ModelError, ModelUnreadable

# A prompt is read in blocks that end after 48, 304, 560, ... tokens, and its beginning is reused in whole blocks only:
# then every block is always computed in one and the same way, and reuse cannot change a single bit of the output. (Cut
# elsewhere, the same prompt gave scores 0.5 apart: llama.cpp has different kernels for different numbers of rows.)
# The first block is what all our prompts share, the rules, which take 49 to 59 tokens of the embedded model.
FIRST_BLOCK = 48
BLOCK = 256
# So many of the most probable tokens are held against a grammar before all others are.
LIKELY = 256
SPINS = "300"
ERROR = 4  # GGML_LOG_LEVEL_ERROR of ggml.h, which llama_cpp does not pass on
_SAYS_NOTHING = "failed to load model"  # the last line of every such failure; the one before it says why

_complaints: deque[str] = deque(maxlen=5)
_listeners: list[object] = []  # kept alive here: C holds only a bare pointer
_starting = threading.Lock()


def library() -> Any:
    """
    llama_cpp, its chatter sent to `logging` instead of the terminal (logger "tutor.llama", DEBUG, its errors INFO).
    """
    with _starting:
        return _start()


@cache
def _start() -> Any:
    # OpenMP's threads would wait for each other by spinning, for milliseconds. On a machine that does anything else at
    # the same time the spinning takes the core from the thread that is waited for: 4 tokens a second instead of 39. So
    # they sleep, but GNU's spin for some microseconds before, which spares most of the waking where nothing else runs
    # (docs/design.md has the figures). Read once, when the library is loaded.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "passive"
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    import llama_cpp

    logger = logging.getLogger("tutor.llama")

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def listen(level: int, text: bytes, _: object) -> None:
        line = text.decode("utf-8", "replace").strip()
        if level == ERROR and not line.endswith(_SAYS_NOTHING):  # llama.cpp's functions return only "it failed"
            _complaints.append(line)
        logger.log(logging.INFO if level == ERROR else logging.DEBUG, "%s", line)

    _listeners.append(listen)
    llama_cpp.llama_log_set(listen, None)
    llama_cpp.llama_backend_init()
    return llama_cpp


def recent_complaint() -> str:
    """llama.cpp's last error message, for an error of ours."""
    return _complaints[-1] if _complaints else "llama.cpp gave no reason"


def extra_buffers_are_safe(system_info: str) -> bool:
    """
    Whether weights may be repacked for this processor, given what `llama_print_system_info` says.

    With AMX compiled in and present, repacked quantised weights crash at the first token
    (https://github.com/ggml-org/llama.cpp/issues/20824); without repacking it is slower and works.
    """
    return "AMX_INT8 = 1" not in system_info


class Vocabulary:
    """
    A model's vocabulary without its weights: text to tokens, which needs no context and hardly any memory (0.1 s and
    17 MB for the embedded model).
    """

    def __init__(self, path: Path, *, progress: Callable[[], None] | None = None) -> None:
        """Raises ModelUnreadable when llama.cpp cannot load the file."""
        self._c = library()
        self._lock = threading.Lock()  # `tokens` comes from any thread, also while another closes the model
        self._model = self._load(path, progress)
        self._vocabulary = self._c.llama_model_get_vocab(self._model)
        # What a chat template may want to put at the beginning and end of a turn.
        self.first_token = self._text(self._c.llama_vocab_bos(self._vocabulary))
        self.last_token = self._text(self._c.llama_vocab_eos(self._vocabulary))

    def _load(self, path: Path, progress: Callable[[], None] | None) -> Any:
        options = self._options()

        @self._c.llama_progress_callback  # type: ignore[untyped-decorator]
        def loading(_: float, __: object) -> bool:
            if progress is not None:
                progress()
            return True

        options.progress_callback = loading
        model = self._c.llama_model_load_from_file(os.fsencode(path), options)
        if not model:
            raise ModelUnreadable(
                f"{path} cannot be loaded: {recent_complaint()}. Choose another one with `tutor models use PATH`."
            )
        return model

    def _options(self) -> Any:
        options = self._c.llama_model_default_params()
        options.vocab_only = True
        return options

    def close(self) -> None:
        """Frees the memory; calling it again is harmless, anything else afterwards is an error."""
        with self._lock:
            if self._model:
                self._free()
                self._model = None

    def _free(self) -> None:
        self._c.llama_model_free(self._model)

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """
        The token ids of `text`. With `special`, strings like "<|im_end|>" become the tokens they name, and a token for
        the beginning comes first where the model wants one; without, they are spelled out. From any thread.
        """
        if special and self._c.llama_vocab_get_add_bos(self._vocabulary):
            text = text.removeprefix(self.first_token)  # llama.cpp adds it, many templates do too, and two confuse
        told = text.encode("utf-8", "replace")
        room = len(told) + 8
        while True:
            found = (self._c.llama_token * room)()
            with self._open():
                size = self._c.llama_tokenize(self._vocabulary, told, len(told), found, room, special, special)
            if size >= 0:
                return list(found[:size])
            room = -size

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Nobody closes the model meanwhile. Raises ModelError when it is closed already."""
        with self._lock:
            if not self._model:
                raise ModelError("The model was closed. Ask again.")
            yield

    def _text(self, token: int) -> str:
        """How the vocabulary spells a token, special or not; "" for -1 (none)."""
        return self._c.llama_vocab_get_text(self._vocabulary, token).decode("utf-8", "replace") if token >= 0 else ""

    def special_tokens(self) -> tuple[str, ...]:
        """Strings that `tokens(..., special=True)` turns into something other than text. From any thread."""
        c, found = self._c, []
        with self._open():
            for token in range(c.llama_vocab_n_tokens(self._vocabulary)):
                attributes = c.llama_vocab_get_attr(self._vocabulary, token)
                if attributes & (c.LLAMA_TOKEN_ATTR_CONTROL | c.LLAMA_TOKEN_ATTR_USER_DEFINED):
                    found.append(self._text(token))
        # Some vocabularies keep plain runs of blanks as "user defined": harmless, and common in text.
        return tuple(text for text in found if len(text) > 2 and text.strip() and not text.isalnum())


class Model(Vocabulary):
    """A loaded model and its one context."""

    def __init__(
        self, path: Path, *, context_tokens: int, threads: int, progress: Callable[[], None] | None = None
    ) -> None:
        """
        Raises ModelUnreadable when llama.cpp cannot load the file. `progress` is called now and then while it does, the
        first time when it has read the vocabulary.
        """
        super().__init__(path, progress=progress)
        self._context = self._c.llama_init_from_model(self._model, self._context_options(context_tokens, threads))
        if not self._context:
            self._c.llama_model_free(self._model)
            raise ModelUnreadable(f"{path} cannot be started: {recent_complaint()}. Choose another model.")
        self._memory = self._c.llama_get_memory(self._context)
        self._sampler = self._c.llama_sampler_chain_init(self._c.llama_sampler_chain_default_params())
        self._c.llama_sampler_chain_add(self._sampler, self._c.llama_sampler_init_greedy())
        self._held: list[int] = []  # the tokens of the whole blocks in the key-value cache
        self.context_tokens = context_tokens

    def _options(self) -> Any:
        options = self._c.llama_model_default_params()
        options.use_extra_bufts = extra_buffers_are_safe(self._c.llama_print_system_info().decode())
        return options

    def _context_options(self, context_tokens: int, threads: int) -> Any:
        options = self._c.llama_context_default_params()
        options.n_ctx = context_tokens
        options.n_batch = options.n_ubatch = BLOCK
        options.n_threads = options.n_threads_batch = threads
        options.no_perf = True
        return options

    def _free(self) -> None:
        self._c.llama_sampler_free(self._sampler)
        self._c.llama_free(self._context)
        super()._free()

    def generate(
        self,
        prompt: Sequence[int],
        max_tokens: int,
        stopped: Callable[[], bool] = lambda: False,
        grammar: str | None = None,
    ) -> Iterator[bytes]:
        """
        The most probable continuation of `prompt`, token by token, as UTF-8 that may be cut within a character.

        With a `grammar` (GBNF, its root rule called "root") at each token the most probable of those it allows. Ends
        at the model's own end, after `max_tokens`, or when the context is full. `stopped` is asked before every block
        of the prompt and every token. Raises ModelError when llama.cpp fails or cannot read the grammar.
        """
        if grammar is None:
            yield from self._continued(prompt, max_tokens, stopped, self._likeliest)
            return
        with self._held_to(grammar) as choose:
            yield from self._continued(prompt, max_tokens, stopped, choose)

    def _continued(
        self, prompt: Sequence[int], max_tokens: int, stopped: Callable[[], bool], choose: Callable[[], int]
    ) -> Iterator[bytes]:
        if stopped() or not self._read(prompt, stopped):
            return
        written: list[int] = []  # not yet read by the model; the last token of an answer never needs to be
        for _ in range(min(max_tokens, self.context_tokens - len(prompt))):
            if written:
                self._decode(written)
            if stopped():
                return
            token = choose()
            if token < 0 or self._c.llama_vocab_is_eog(self._vocabulary, token):
                return
            yield self._piece(token)
            written = [token]

    def _likeliest(self) -> int:
        token: int = self._c.llama_sampler_sample(self._sampler, self._context, -1)
        return token

    @contextmanager
    def _held_to(self, grammar: str) -> Iterator[Callable[[], int]]:
        """
        A function that chooses the most probable token that `grammar` allows; -1 where it allows none.

        The most probable of all is tried alone first: holding every token of the vocabulary against the grammar takes
        as long as the model takes for one, and is needed only where the model would leave the form.
        """
        rules = self._c.llama_sampler_init_grammar(self._vocabulary, grammar.encode(), b"root")
        if not rules:
            raise ModelError(f"llama.cpp cannot read the grammar: {recent_complaint()}. Choose another form.")

        def choose() -> int:
            token = self._likeliest()
            if not self._allowed(rules, np.array([token])):
                token = self._likeliest_allowed(rules)
            if token >= 0 and not self._c.llama_vocab_is_eog(self._vocabulary, token):
                self._c.llama_sampler_accept(rules, token)
            return token

        try:
            yield choose
        finally:
            self._c.llama_sampler_free(rules)

    def _likeliest_allowed(self, rules: Any) -> int:
        """-1 where the grammar allows no token: llama.cpp would end the process on accepting another."""
        size = self._c.llama_vocab_n_tokens(self._vocabulary)
        scores = np.ctypeslib.as_array(self._c.llama_get_logits_ith(self._context, -1), (size,))
        ordered = np.argsort(-scores, kind="stable")
        # One of the likely nearly always will do; the rest is asked where none of them does.
        for part in (ordered[:LIKELY], ordered[LIKELY:]):
            allowed = self._allowed(rules, part)
            if allowed:
                return allowed[0]
        return -1

    def _allowed(self, rules: Any, tokens: NDArray[np.int64]) -> list[int]:
        """Those of `tokens` that the grammar allows now, in their order."""
        data = (self._c.llama_token_data * len(tokens))(*((int(token), 0.0, 0.0) for token in tokens))
        array = self._c.llama_token_data_array(data=data, size=len(tokens), selected=-1, sorted=False)
        self._c.llama_sampler_apply(rules, ctypes.byref(array))
        return [one.id for one in data if one.logit == 0.0]

    def _read(self, prompt: Sequence[int], stopped: Callable[[], bool]) -> bool:
        """
        Brings the key-value cache to `prompt`, keeping the blocks that it shares with the one before; False when
        stopped on the way.
        """
        kept = shared_blocks(self._held, prompt)
        if not self._c.llama_memory_seq_rm(self._memory, 0, kept, -1):
            self._c.llama_memory_clear(self._memory, True)  # recurrent models cannot go back
            kept = 0
        self._held = list(prompt[:kept])
        for end in (*block_ends(len(prompt)), len(prompt)):
            if end <= kept:
                continue
            if stopped():
                return False
            self._decode(prompt[kept:end])
            # The last block's size is this prompt's own, so it is not kept.
            self._held = list(prompt[:end]) if end < len(prompt) else self._held
            kept = end
        return True

    def _decode(self, tokens: Sequence[int]) -> None:
        array = (self._c.llama_token * len(tokens))(*tokens)
        code = self._c.llama_decode(self._context, self._c.llama_batch_get_one(array, len(tokens)))
        if code:
            raise ModelError(f"llama.cpp stopped with code {code}: {recent_complaint()}. Ask again.")

    def _piece(self, token: int) -> bytes:
        size = 64
        while True:
            room = ctypes.create_string_buffer(size)
            written: int = self._c.llama_token_to_piece(self._vocabulary, token, room, size, 0, False)
            if written >= 0:
                return room.raw[:written]
            size = -written


def block_ends(length: int) -> range:
    """Where the blocks of a prompt of this length end, but for its last, whole or not."""
    return range(FIRST_BLOCK, length, BLOCK)


def shared_blocks(held: Sequence[int], prompt: Sequence[int]) -> int:
    """
    How many tokens at the beginning of `prompt` need not be read again: whole blocks, and never all of it, since the
    last token's scores start the continuation.
    """
    common = 0
    for one, other in zip(held, prompt, strict=False):
        if one != other:
            break
        common += 1
    return max((end for end in block_ends(len(prompt)) if end <= common), default=0)
