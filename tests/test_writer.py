"""Writers: the embedded model behind its queue, a real HTTP server, LlamaIndex's own mock, and the scripted one."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tutor import gguf, models
from tutor.errors import BadInput, ModelCrashed, ModelError, ModelMissing
from tutor.llama_process import ModelProcess
from tutor.writer import (
    LlamaCppWriter,
    LlamaIndexWriter,
    Message,
    ScriptedWriter,
    ServerWriter,
    Writer,
    chatml,
    plain_text,
    without_system,
)

TALK = [Message("system", "Answer in one word."), Message("user", "The colour of the sky?")]


@pytest.fixture(scope="module")
def llama(models_folder: Path) -> Iterator[LlamaCppWriter]:
    opened = LlamaCppWriter(models.embedded(models_folder), context_tokens=1024)
    yield opened
    opened.close()


def test_the_same_prompt_gives_the_same_words(llama: LlamaCppWriter) -> None:
    prompt = llama.render(TALK)
    first = "".join(llama.write(prompt, max_tokens=12))
    assert first.strip()
    assert "".join(llama.write(prompt, max_tokens=12)) == first


def test_the_template_of_the_file_is_used(llama: LlamaCppWriter) -> None:
    assert llama.render(TALK) == (
        "<|im_start|>system\nAnswer in one word.<|im_end|>\n"
        "<|im_start|>user\nThe colour of the sky?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= set(llama.special_tokens)
    assert llama.context_tokens == 1024


def test_counts_text_literally(llama: LlamaCppWriter) -> None:
    assert llama.count("") == 0
    assert llama.count("<|im_end|>") > 1
    assert 1 <= llama.count("A word") <= 3


def test_at_most_max_tokens_are_written(llama: LlamaCppWriter) -> None:
    assert len(list(llama.write("One two three four five", max_tokens=3))) <= 3
    assert list(llama.write("One", max_tokens=0)) == []


def test_a_prompt_without_room_is_refused(llama: LlamaCppWriter) -> None:
    with pytest.raises(BadInput, match="longer context"):
        llama.write("word " * 2000, max_tokens=5)
    with pytest.raises(BadInput):
        llama.write("", max_tokens=5)


def test_closing_ends_the_writing_at_once(llama: LlamaCppWriter) -> None:
    writing = llama.write("Count: one two three four five", max_tokens=900)
    next(writing)
    writing.close()
    assert list(writing) == []
    wait_until(lambda: llama.waiting == 0)


def test_a_forgotten_writing_is_stopped_too(llama: LlamaCppWriter) -> None:
    writing = llama.write("Count: one two three four five", max_tokens=900)
    next(writing)
    del writing
    wait_until(lambda: llama.waiting == 0)


def test_stop_ends_the_writing(llama: LlamaCppWriter) -> None:
    stop = threading.Event()
    pieces = []
    for piece in llama.write("Count: one two three four five", max_tokens=900, stop=stop):
        pieces.append(piece)
        stop.set()
    assert len(pieces) == 1
    wait_until(lambda: llama.waiting == 0)


def test_those_who_wait_see_the_queue_move(llama: LlamaCppWriter) -> None:
    first = llama.write("Count: one two three four five", max_tokens=900)
    second = llama.write("Count: one two three", max_tokens=900)
    third = llama.write("Say one", max_tokens=2)
    next(first)
    assert [first.ahead, second.ahead, third.ahead] == [0, 1, 2]
    stopped = threading.Event()
    given_up = llama.write("Say two", max_tokens=2, stop=stopped)
    stopped.set()
    assert list(given_up) == []  # heard at once, though it was not its turn
    second.close()
    first.close()
    assert "".join(third)
    assert third.ahead == 0


def test_many_people_at_once_each_get_their_own(llama: LlamaCppWriter) -> None:
    prompts = [f"Number {number}:" for number in range(6)]
    alone = ["".join(llama.write(prompt, max_tokens=4)) for prompt in prompts]
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        found[number] = "".join(llama.write(prompts[number], max_tokens=4))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(6)] == alone


def test_a_failure_is_told_and_the_next_prompt_is_served(
    llama: LlamaCppWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Iterator[bytes]:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patched:
        patched.setattr(ModelProcess, "generate", fail)
        with pytest.raises(ModelError, match="out of luck"):
            list(llama.write("One", max_tokens=2))
    assert list(llama.write("One two three", max_tokens=2))


def test_pieces_never_split_a_character(llama: LlamaCppWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    spelled = "é – 数 🙂".encode()

    def spell(*_: object) -> Iterator[bytes]:
        for byte in spelled + "€".encode()[:2]:  # the last one cut off by max_tokens
            yield bytes([byte])

    monkeypatch.setattr(ModelProcess, "generate", spell)
    pieces = list(llama.write("One", max_tokens=50))
    assert "".join(pieces) == "é – 数 🙂"
    assert all(len(piece) == 1 for piece in pieces)


def test_closed_for_good(models_folder: Path) -> None:
    writer = LlamaCppWriter(models.embedded(models_folder), context_tokens=256)
    running = writer.write("Count: one two three", max_tokens=200)
    next(running)
    writer.close()
    assert list(running) == []
    with pytest.raises(ModelError, match="closed"):
        list(writer.write("One", max_tokens=1))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_crash_costs_the_first_its_words_and_those_who_wait_nothing(models_folder: Path) -> None:
    writer = LlamaCppWriter(models.embedded(models_folder), context_tokens=256)
    alone = "".join(writer.write("Say one", max_tokens=4))
    first = writer.write("Count: one two three four five", max_tokens=200)
    waiting = [writer.write("Say one", max_tokens=4) for _ in range(2)]
    next(first)
    assert [one.ahead for one in (first, *waiting)] == [0, 1, 2]
    number = writer.load().process_id
    assert number is not None
    os.kill(number, signal.SIGSEGV)
    with pytest.raises(ModelCrashed, match=r"SIGSEGV.*started again"):
        list(first)
    assert ["".join(one) for one in waiting] == [alone, alone]
    assert writer.waiting == 0
    writer.close()


def test_a_model_that_is_started_early_is_the_one_that_writes(models_folder: Path) -> None:
    writer = LlamaCppWriter(models.embedded(models_folder), context_tokens=256)
    writer.start()
    model = writer.load()
    number = model.process_id
    assert list(writer.write("One", max_tokens=2))
    assert model.process_id == number
    writer.close()


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        LlamaCppWriter(tmp_path / "nothing.gguf")


def test_templates_for_files_that_bring_none() -> None:
    assert chatml([Message("user", "Hi")]) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert plain_text(TALK) == "Answer in one word.\n\nThe colour of the sky?\n\n"
    assert without_system(TALK) == [Message("user", "Answer in one word.\n\nThe colour of the sky?")]


def test_a_template_that_knows_no_system_turn_gets_it_with_the_question(llama: LlamaCppWriter) -> None:
    from tutor.writer import _jinja_template

    strict = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ messages[0].content }}"
    )
    assert _jinja_template(strict, "", "")(TALK) == "Answer in one word.\n\nThe colour of the sky?"
    with pytest.raises(ModelError, match="template failed"):
        _jinja_template("{{ raise_exception('never') }}", "", "")(TALK)


def test_the_context_is_capped_by_the_file(llama: LlamaCppWriter) -> None:
    assert llama.header.context_tokens == 8192
    assert gguf.fitting_context(llama.header, 1_000_000, available=10**12) == 8192


# --- servers --------------------------------------------------------------------------------------------------------


class ChatServer(BaseHTTPRequestHandler):
    """Speaks the chat completions stream; what it says depends on the model's name."""

    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append({"path": self.path, "body": body, "authorization": self.headers.get("Authorization")})
        if body["model"] == "unknown":
            self.send_error(404, "no such model")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for line in self._lines(body["model"]):
            try:
                self.wfile.write(f"{line}\n\n".encode())
            except ConnectionError:
                return

    def _lines(self, model: str) -> Iterator[str]:
        if model == "broken":
            yield 'data: {"error": "overloaded"}'
            return
        if model == "strange":
            yield "data: <html>"
            return
        yield ": a comment"
        yield 'data: {"choices": [{"delta": {"role": "assistant"}}]}'
        for piece in ("Blue", " – ", "größtenteils"):
            yield f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}"
        yield "data: [DONE]"

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def chat_server() -> Iterator[str]:
    ChatServer.asked = []
    with serving(ChatServer) as url:
        yield f"{url}/v1"


class Formless(ChatServer):
    """A server that refuses what it does not know."""

    def do_POST(self) -> None:
        if int(self.headers["Content-Length"]) > 300:
            type(self).asked.append({"body": json.loads(self.rfile.read(int(self.headers["Content-Length"])))})
            self.send_error(400, "unknown field: grammar")
        else:
            super().do_POST()


def test_a_server_is_told_the_form_and_asked_without_where_it_refuses(chat_server: str) -> None:
    form = f'root ::= "{"x" * 300}"'
    writer = ServerWriter(chat_server, "good")
    assert "".join(writer.write(writer.render(TALK), max_tokens=7, grammar=form)) == "Blue – größtenteils"
    assert [asked["body"].get("grammar") for asked in ChatServer.asked] == [form]
    Formless.asked = []
    with serving(Formless) as url:
        writer = ServerWriter(f"{url}/v1", "good")
        for _ in range(2):
            assert "".join(writer.write(writer.render(TALK), max_tokens=7, grammar=form)) == "Blue – größtenteils"
    assert ["grammar" in asked["body"] for asked in Formless.asked] == [True, False, False]


def test_a_server_streams_its_answer(chat_server: str) -> None:
    writer: Writer = ServerWriter(f"{chat_server}/", "good", "secret")
    assert list(writer.write(writer.render(TALK), max_tokens=7)) == ["Blue", " – ", "größtenteils"]
    [asked] = ChatServer.asked
    assert asked["path"] == "/v1/chat/completions"
    assert asked["authorization"] == "Bearer secret"
    assert asked["body"]["messages"] == [{"role": m.role, "content": m.content} for m in TALK]
    assert (asked["body"]["max_tokens"], asked["body"]["temperature"], asked["body"]["stream"]) == (7, 0, True)


@pytest.mark.parametrize(
    ("model", "told"), [("unknown", "404"), ("broken", "overloaded"), ("strange", "something else")]
)
def test_a_server_that_cannot_answer_is_a_model_error(chat_server: str, model: str, told: str) -> None:
    writer = ServerWriter(chat_server, model)
    with pytest.raises(ModelError, match=told):
        list(writer.write(writer.render(TALK), max_tokens=7))


def test_a_server_that_is_not_there_is_a_model_error() -> None:
    with serving(ChatServer) as url:
        gone = ServerWriter(f"{url}/v1", "good")
    with pytest.raises(ModelError, match="Start the server"):
        list(gone.write(gone.render(TALK), max_tokens=7))


def test_stop_ends_a_servers_answer(chat_server: str) -> None:
    writer, stop = ServerWriter(chat_server, "good"), threading.Event()
    pieces = []
    for piece in writer.write(writer.render(TALK), max_tokens=7, stop=stop):
        pieces.append(piece)
        stop.set()
    assert pieces == ["Blue"]


def test_an_estimate_of_tokens_errs_upwards(llama: LlamaCppWriter) -> None:
    text = "Attention compares each query with every key, and mixes the values by how well they match."
    assert ServerWriter("http://127.0.0.1", "any").count(text) >= llama.count(text)


def test_any_llama_index_model_is_a_writer() -> None:
    from llama_index.core.llms import MockLLM

    writer: Writer = LlamaIndexWriter(MockLLM())
    answer = "".join(writer.write(writer.render(TALK), max_tokens=50))
    assert "The colour of the sky?" in answer  # it repeats what it was asked


def test_scripted_by_hand() -> None:
    writer: Writer = ScriptedWriter(["one two three", "four"])
    assert list(writer.write("a", max_tokens=2)) == ["one", " two"]
    assert "".join(writer.write("b", max_tokens=9)) == "four"
    assert isinstance(writer, ScriptedWriter)
    assert writer.prompts == ["a", "b"]
    assert writer.count("two words") == 2


def wait_until(true: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
