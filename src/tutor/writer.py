"""
Continuing a prompt, piece by piece.

One small protocol, `Writer`, and what fulfils it: a GGUF model in a process of its own, any OpenAI-compatible server,
any LlamaIndex LLM, and a scripted one for tests. Knows nothing of evidence or answers. Not covered: sampling; every
Writer here answers the same prompt with the same words as far as it can.
"""

from __future__ import annotations

import atexit
import codecs
import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tutor import gguf
from tutor.errors import BadInput, ModelError
from tutor.llama_process import ModelProcess
from tutor.machine import physical_cores

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

Role = Literal["system", "user", "assistant"]

# More than any prompt of ours needs; the key-value cache of a big model at its full 256k would not fit.
DEFAULT_CONTEXT = 8192
# From so many parameters on a model can be trusted with more than wording: it may rewrite a question.
CAPABLE_PARAMETERS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


class Writer(Protocol):
    """Anything that continues a prompt. Safe to call from several threads."""

    @property
    def name(self) -> str: ...

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and continuation may have together."""
        ...

    @property
    def special_tokens(self) -> Sequence[str]:
        """Strings that would end or forge a turn if they stood in a message: to be neutralised before `render`."""
        ...

    def count(self, text: str) -> int:
        """Tokens of `text`, taken literally."""
        ...

    def render(self, messages: Sequence[Message]) -> str:
        """The conversation as the prompt this Writer's `write` wants, ready for the assistant's next words."""
        ...

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Iterator[str]:
        """
        The continuation of `prompt`, at most `max_tokens`; never cut within a character.

        `grammar` (GBNF) is the form it must have; a Writer that cannot be held to one writes freely. Ends early when
        `stop` is set or the iterator is closed. Raises ModelError when the model fails, BadInput when the prompt leaves
        no room in the context.
        """
        ...


class LlamaCppWriter:
    """
    A GGUF model in a process of its own. Prompts wait in a queue and are served in their order.

    The model is loaded when first needed or by `start`, and again when its process crashed (`tutor.llama_process`).
    """

    def __init__(self, path: Path, *, context_tokens: int = DEFAULT_CONTEXT, threads: int | None = None) -> None:
        """
        Reads the file's header only. The context becomes what the model was trained for and the memory holds, at most
        `context_tokens`. Raises ModelMissing, ModelUnreadable or ModelTooLarge.
        """
        self.header = gguf.read(path)
        self.name = path.stem  # what people call it; the name in a header may be a training run's
        self.context_tokens = gguf.fitting_context(self.header, context_tokens)
        self._model = ModelProcess(
            self.header.path, context_tokens=self.context_tokens, threads=threads or physical_cores()
        )
        self._waiting: list[_Job] = []  # the one being written first
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def capable(self) -> bool:
        """Whether the model is large enough to rewrite a question."""
        return self.header.parameters >= CAPABLE_PARAMETERS

    def start(self) -> None:
        """Begins to load the model and returns at once; what goes wrong is told when it is needed."""
        self._model.start()

    def load(self) -> ModelProcess:
        """The model, loaded now if it was not (0.5 s for the embedded one). Raises ModelUnreadable or ModelCrashed."""
        self._model.load()
        return self._model

    @property
    def waiting(self) -> int:
        """How many prompts are being written or wait for it."""
        return len(self._waiting)

    def count(self, text: str) -> int:
        return len(self._model.tokens(text))

    @cached_property
    def special_tokens(self) -> tuple[str, ...]:
        return self._model.special_tokens()

    def render(self, messages: Sequence[Message]) -> str:
        return self._template(messages)

    @cached_property
    def _template(self) -> Callable[[Sequence[Message]], str]:
        model = self._model
        if self.header.chat_template:
            return _jinja_template(self.header.chat_template, model.first_token, model.last_token)
        knows_chatml = all(len(model.tokens(mark, special=True)) <= 2 for mark in ("<|im_start|>", "<|im_end|>"))
        return chatml if knows_chatml else plain_text

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Writing:
        tokens = self._model.tokens(prompt, special=True)
        if not tokens or len(tokens) >= self.context_tokens:
            raise BadInput(
                f"The prompt has {len(tokens)} tokens and must have 1 to {self.context_tokens - 1}. "
                "Ask something shorter, or choose a model with a longer context."
            )
        job = _Job(tokens, max_tokens, stop or threading.Event(), grammar)
        with self._changed:
            if self._closed:
                raise ModelError("The model was closed. Start the tutor again.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            self._waiting.append(job)
            self._changed.notify_all()
        return Writing(job, self._ahead)

    def _ahead(self, job: _Job) -> int:
        with self._changed:
            before = self._waiting[: self._waiting.index(job)] if job in self._waiting else []
            return sum(not other.cancelled() for other in before)

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                job = self._waiting[0]
            try:
                for piece in self._model.generate(job.prompt, job.max_tokens, job.cancelled, job.grammar):
                    job.pieces.put(piece)
                job.pieces.put(None)
            except BaseException as error:  # whatever it was, the caller must hear of it and the next one be served
                job.pieces.put(error)
            finally:
                with self._changed:
                    self._waiting.remove(job)

    def close(self) -> None:
        """Stops writing at once and frees the memory. Prompts that still wait end without an answer."""
        with self._changed:
            self._closed = True
            for job in self._waiting:
                job.closed.set()
            self._changed.notify_all()
        self._model.close()
        if self._thread is not None:
            self._thread.join()
            atexit.unregister(self.close)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What the model's thread needs of one call, and where it puts the pieces; None after the last, or an error."""

    prompt: list[int]
    max_tokens: int
    stop: threading.Event  # the caller's
    grammar: str | None = None
    closed: threading.Event = field(default_factory=threading.Event)
    pieces: queue.SimpleQueue[bytes | BaseException | None] = field(default_factory=queue.SimpleQueue)

    def cancelled(self) -> bool:
        return self.stop.is_set() or self.closed.is_set()


class Writing(Iterator[str]):
    """A continuation on its way: iterate over its pieces, or ask how many are `ahead` of it."""

    def __init__(self, job: _Job, ahead: Callable[[_Job], int]) -> None:
        self._job = job
        self._ahead = ahead
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def ahead(self) -> int:
        """How many prompts are served before this one; 0 once it is its turn."""
        return self._ahead(self._job)

    def __next__(self) -> str:
        while not self._job.cancelled():
            try:
                # Looks up now and then, so that a `stop` is heard while others are still being served.
                piece = self._job.pieces.get(timeout=0.05)
            except queue.Empty:
                continue
            if piece is None or isinstance(piece, BaseException):
                self.close()
                _raise_if_failed(piece)
            elif text := self._decoder.decode(piece):
                return text
        raise StopIteration

    def close(self) -> None:
        """No more pieces: the model stops within one token, or never starts."""
        self._job.closed.set()

    def __del__(self) -> None:
        self.close()


def _raise_if_failed(error: BaseException | None) -> None:
    if isinstance(error, ModelError):
        raise error
    if error is not None:
        raise ModelError(f"The model failed ({type(error).__name__}: {error}). Ask again.") from error


def _jinja_template(template: str, first: str, last: str) -> Callable[[Sequence[Message]], str]:
    from jinja2 import TemplateError
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter  # sandboxed: the template came with the file

    formatter = Jinja2ChatFormatter(template, eos_token=last, bos_token=first)

    def render(messages: Sequence[Message]) -> str:
        for attempt in (messages, without_system(messages)):
            turns: Any = [{"role": message.role, "content": message.content} for message in attempt]
            try:
                # Models that can think aloud before they answer are asked not to: the learner waits.
                return formatter(messages=turns, enable_thinking=False).prompt
            except (TemplateError, ValueError) as error:
                refusal = error
        raise ModelError(f"The model's chat template failed: {refusal}. Choose another model.") from refusal

    return render


def without_system(messages: Sequence[Message]) -> list[Message]:
    """For models that know no system turn: it becomes the beginning of the first user turn."""
    orders = [message.content for message in messages if message.role == "system"]
    turns = [message for message in messages if message.role != "system"]
    if orders and turns:
        turns[0] = Message(turns[0].role, "\n\n".join([*orders, turns[0].content]))
    return turns


def chatml(messages: Sequence[Message]) -> str:
    """The commonest chat format, for a model that knows its marks but brings no template."""
    turns = "".join(f"<|im_start|>{message.role}\n{message.content}<|im_end|>\n" for message in messages)
    return f"{turns}<|im_start|>assistant\n"


def plain_text(messages: Sequence[Message]) -> str:
    """For a model that knows no turns at all: the words, one turn after another."""
    return "\n\n".join([message.content for message in messages] + [""])


class _Refused(ModelError):
    """A server that will not take what it was sent."""


class ServerWriter:
    """
    A model behind an OpenAI-compatible server (llama-server, vLLM, Ollama, ...), named by the URL before
    `/chat/completions`, e.g. "http://127.0.0.1:8080/v1". The server applies the chat template: a prompt is the
    conversation as JSON.
    """

    special_tokens: Sequence[str] = ()  # a server tokenises message texts as text
    capable = True  # who sets up a server does it for a model that is too large for this process

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        context_tokens: int = DEFAULT_CONTEXT,
        timeout: float = 120.0,
    ) -> None:
        """`timeout` in seconds, for the connection and between two pieces."""
        self.name = model
        self.context_tokens = context_tokens
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = timeout
        self._takes_grammar = True  # until it says otherwise

    def count(self, text: str) -> int:
        """An estimate that errs upwards: servers have no common way to ask."""
        return _estimated_tokens(text)

    def render(self, messages: Sequence[Message]) -> str:
        return _as_json(messages)

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Iterator[str]:
        asked = {
            "model": self.name,
            "messages": json.loads(prompt),
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
        }
        if grammar is not None and self._takes_grammar:
            try:
                yield from self._asked(asked | {"grammar": grammar}, stop)
                return
            except _Refused:  # llama-server knows the field, others pass over it, and some will have none of it
                self._takes_grammar = False
        yield from self._asked(asked, stop)

    def _asked(self, asked: Mapping[str, Any], stop: threading.Event | None) -> Iterator[str]:
        import httpx

        try:
            with (
                httpx.Client(timeout=self._timeout, headers=self._headers) as client,
                client.stream("POST", self._url, json=asked) as response,
            ):
                if response.is_error:
                    told = response.read().decode("utf-8", "replace")[:200].replace("\n", " ")
                    kind = _Refused if response.status_code in (400, 422) else ModelError
                    raise kind(
                        f"{self._url} answered {response.status_code}: {told}. Check the model's name and the key."
                    )
                yield from _until(stop, _streamed(response.iter_lines()))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError(f"{self._url} cannot be reached ({error}). Start the server or mend the URL.") from error


def _streamed(lines: Iterator[str]) -> Iterator[str]:
    """The pieces in the lines of a `text/event-stream` of chat completion chunks."""
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        try:
            event: Mapping[str, Any] = json.loads(data)
            if "error" in event:
                raise ModelError(f"The server stopped: {event['error']}. Ask again.")
            for choice in event["choices"]:
                if text := choice.get("delta", {}).get("content"):
                    yield text
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"The server sent something else than chat completions: {data[:80]!r}.") from error


class LlamaIndexWriter:
    """Any LlamaIndex LLM as a Writer. A prompt is the conversation as JSON."""

    special_tokens: Sequence[str] = ()
    capable = True

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name: str = llm.metadata.model_name
        self.context_tokens: int = llm.metadata.context_window

    def count(self, text: str) -> int:
        """An estimate that errs upwards."""
        return _estimated_tokens(text)

    def render(self, messages: Sequence[Message]) -> str:
        return _as_json(messages)

    def write(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: threading.Event | None = None,
        grammar: str | None = None,  # noqa: ARG002  LlamaIndex has no common way to say it
    ) -> Iterator[str]:
        from llama_index.core.llms import ChatMessage

        turns = [ChatMessage(role=turn["role"], content=turn["content"]) for turn in json.loads(prompt)]
        try:
            streamed = self._llm.stream_chat(turns, max_tokens=max_tokens)
            yield from _until(stop, (answer.delta or "" for answer in streamed))
        except Exception as error:  # each LlamaIndex integration raises its own library's errors
            kind = type(self._llm).__name__
            raise ModelError(f"The model {kind} failed: {error}. Check that its service is running.") from error


def _until(stop: threading.Event | None, pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        if stop is not None and stop.is_set():
            return
        if piece:
            yield piece


def _as_json(messages: Sequence[Message]) -> str:
    return json.dumps([{"role": m.role, "content": m.content} for m in messages], ensure_ascii=False)


def _estimated_tokens(text: str) -> int:
    # English has some four bytes to a token, code and other languages fewer.
    return -(-len(text.encode()) // 3)


@dataclass
class ScriptedWriter:
    """For tests: gives its replies in order, word by word, and keeps what it was asked. A word is a token."""

    replies: list[str]
    prompts: list[str] = field(default_factory=list)
    grammars: list[str | None] = field(default_factory=list)
    name: str = "scripted"
    context_tokens: int = 2048
    special_tokens: Sequence[str] = ("<|im_start|>", "<|im_end|>")

    def count(self, text: str) -> int:
        return len(text.split())

    def render(self, messages: Sequence[Message]) -> str:
        return chatml(messages)

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Iterator[str]:
        self.prompts.append(prompt)
        self.grammars.append(grammar)
        words = self.replies.pop(0).split(" ")[:max_tokens]
        yield from _until(stop, (word if not number else f" {word}" for number, word in enumerate(words)))


def open_writer(models_folder: Path) -> LlamaCppWriter:
    """The embedded model, made ready on first use. Which model the settings name is `tutor.models.open_writer`'s."""
    from tutor import models

    return LlamaCppWriter(models.embedded(models_folder))
