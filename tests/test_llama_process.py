"""
The model in its own process, with the real embedded GGUF: the same bytes as in this one, and nothing lost but the words
being written when it crashes, is killed, hangs, or is left behind.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor import llama_process, models
from tutor.errors import ModelCrashed, ModelError, ModelUnreadable
from tutor.llama import BLOCK, FIRST_BLOCK, Model
from tutor.llama_process import MOST_CRASHES, ModelProcess

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
PROMPT = "<|im_start|>user\nWhat does yeast feed on?<|im_end|>\n<|im_start|>assistant\n"

# A parent that writes until it is ended, and says which process writes for it.
PARENT = """
import sys
from pathlib import Path
from tutor.llama_process import ModelProcess
process = ModelProcess(Path(sys.argv[1]), context_tokens=2048, threads=2)
for piece in process.generate(process.tokens("Count: one, two, three,"), 2000):
    print(process.process_id, flush=True)
"""


@pytest.fixture(scope="module")
def path(models_folder: Path) -> Path:
    return models.embedded(models_folder)


@pytest.fixture(scope="module")
def shared(path: Path) -> Iterator[ModelProcess]:
    """For tests that leave it well; nobody may have crashed it at the end."""
    made = ModelProcess(path, context_tokens=512, threads=2)
    yield made
    assert not made._crashes
    made.close()


@pytest.fixture
def process(path: Path) -> Iterator[ModelProcess]:
    """One to be crashed."""
    made = ModelProcess(path, context_tokens=512, threads=2)
    yield made
    made.close()


def words(process: ModelProcess | Model, most: int = 6, asked: str = PROMPT, grammar: str | None = None) -> bytes:
    return b"".join(process.generate(process.tokens(asked, special=True), most, grammar=grammar))


def writing(process: ModelProcess) -> Iterator[bytes]:
    """A long continuation, of which the first piece has come."""
    pieces = process.generate(process.tokens("Count: one, two, three,"), 400)
    assert next(pieces)
    return pieces


def kill(process: ModelProcess, how: int) -> int:
    """Kills what runs now; its number."""
    process.load()
    number = process.process_id
    assert number is not None
    os.kill(number, how)
    return number


def until_over(process: ModelProcess) -> None:
    """Waits until the end of the child has been noticed."""
    ends = time.monotonic() + 20
    while process.process_id is not None:
        assert time.monotonic() < ends
        time.sleep(0.01)


def exists(number: int) -> bool:
    """Whether there is such a process, also one that has ended and that nobody has asked for."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def until_gone(number: int, seconds: float = 10.0) -> None:
    ends = time.monotonic() + seconds
    while exists(number):
        assert time.monotonic() < ends, "it lives on"
        time.sleep(0.01)


# -- as in this process -----------------------------------------------------------------------------------------------


def test_the_same_bytes_as_in_this_process(shared: ModelProcess, path: Path) -> None:
    """Also in a form, and where a prompt's beginning is reused."""
    form = r'root ::= "Yeast " [a-z ]+ "."'
    long = "The gradient tells each weight which way to go. " * 40
    here = Model(path, context_tokens=512, threads=2)
    try:
        for asked, grammar in ((PROMPT, None), (PROMPT, form), (long, None), (f"{long}A learning rate is", None)):
            cut = here.tokens(asked, special=True)[-FIRST_BLOCK - BLOCK - 20 :]
            alone = list(here.generate(cut, 12, grammar=grammar))
            assert alone
            assert list(shared.generate(cut, 12, grammar=grammar)) == alone
        for text in ("", "A <|im_end|> word", "é – 数 🙂", PROMPT):
            for special in (False, True):
                assert shared.tokens(text, special=special) == here.tokens(text, special=special)
        assert shared.special_tokens() == here.special_tokens()
        assert (shared.first_token, shared.last_token) == (here.first_token, here.last_token)
    finally:
        here.close()


def test_a_stop_is_heard_before_the_next_token_and_the_next_prompt_is_served(shared: ModelProcess) -> None:
    seen: list[bytes] = []
    for piece in shared.generate(shared.tokens("One, two, three,"), 400, lambda: len(seen) == 2):
        seen.append(piece)
    assert len(seen) == 2
    assert list(shared.generate(shared.tokens("One"), 5, lambda: True)) == []
    first = words(shared)
    pieces = writing(shared)
    del pieces  # nobody says stop, nobody wants the rest
    assert words(shared) == first


def test_text_is_counted_while_it_writes(shared: ModelProcess) -> None:
    pieces = writing(shared)
    number = shared.process_id
    began = time.perf_counter()
    for _ in range(50):
        shared.tokens("How long is this?")
    assert time.perf_counter() - began < 1
    assert list(zip(pieces, range(2), strict=False))
    assert shared.process_id == number


def test_an_error_of_llama_cpp_is_told_in_its_words_and_harms_nothing(process: ModelProcess) -> None:
    with pytest.raises(ModelError, match="cannot read the grammar") as told:
        words(process, grammar="root is what")
    assert not isinstance(told.value, ModelCrashed)
    assert words(process)
    assert not process._crashes


@posix
def test_it_stands_apart_from_the_terminal_and_goes_first_when_memory_runs_out(shared: ModelProcess) -> None:
    shared.load()
    number = shared.process_id
    assert number is not None
    assert os.getpgid(number) != os.getpgid(0)  # so that Ctrl+C is for the parent alone
    if sys.platform == "linux":
        assert int(Path(f"/proc/{number}/oom_score_adj").read_text()) > int(
            Path("/proc/self/oom_score_adj").read_text()
        )


# -- crashes ----------------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("how", "told"), [(signal.SIGSEGV, r"crashed \(SIGSEGV\)"), (signal.SIGKILL, "when memory runs out")]
)
def test_a_crash_while_it_writes_costs_these_words_alone(
    process: ModelProcess, capfd: pytest.CaptureFixture[str], how: signal.Signals, told: str
) -> None:
    before = words(process)
    pieces = writing(process)
    number = kill(process, how)
    with pytest.raises(ModelCrashed, match=f"{told}.* was started again. Ask again"):
        list(pieces)
    assert words(process) == before
    assert process.process_id != number
    assert not exists(number)
    assert capfd.readouterr() == ("", "")


@posix
def test_a_crash_while_nobody_asks_is_not_even_told(process: ModelProcess) -> None:
    before = words(process)
    number = kill(process, signal.SIGSEGV)
    until_over(process)
    assert not exists(number)
    assert words(process) == before
    kill(process, signal.SIGKILL)
    assert words(process) == before  # at once: the prompt may have gone to the dead one


@posix
def test_one_that_crashes_again_and_again_is_left_alone_for_a_while(
    process: ModelProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Counted also while it rests."
    counted = len(process.tokens(text))
    for _ in range(MOST_CRASHES - 1):
        kill(process, signal.SIGABRT)
        until_over(process)
        assert words(process, 1)
    pieces = writing(process)
    kill(process, signal.SIGABRT)
    with pytest.raises(ModelCrashed, match=r"3 times within 60 seconds.*`tutor doctor`.*in Settings"):
        list(pieces)
    for _ in range(2):
        with pytest.raises(ModelCrashed, match="3 times"):
            words(process)
    assert process.process_id is None
    assert len(process.tokens(text)) == counted
    later = time.monotonic() + llama_process.SECONDS + 1
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", lambda: later)
        process.start()
    assert words(process, 1)


@posix
def test_a_crash_while_it_is_loaded_is_not_tried_again(process: ModelProcess) -> None:
    process.start()
    number = process.process_id
    assert number is not None
    os.kill(number, signal.SIGILL)
    with pytest.raises(ModelCrashed, match=r"crashed \(SIGILL\) while it was loaded.*`tutor doctor`"):
        process.load()
    with pytest.raises(ModelCrashed, match="while it was loaded"):
        process.tokens("word")
    assert process.process_id is None


def test_a_file_that_llama_cpp_refuses_is_told_and_not_tried_again(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF but no more")
    refused = ModelProcess(bad, context_tokens=64, threads=1)
    for _ in range(2):
        with pytest.raises(ModelUnreadable, match=r"error loading model.*`tutor models use"):
            refused.tokens("word")
    assert refused.process_id is None
    refused.close()


@posix
def test_one_that_hangs_is_ended_and_started_again(process: ModelProcess) -> None:
    before = words(process)
    pieces = writing(process)
    assert process._child is not None
    process._child.patience = 0.3
    kill(process, signal.SIGSTOP)
    with pytest.raises(ModelCrashed, match=r"no sign of life for 0\.3 seconds.*started again"):
        list(pieces)
    assert words(process) == before


def test_an_end_in_the_middle_of_a_frame_or_nonsense_is_a_crash(
    path: Path, process: ModelProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a child sends, nothing of it is run, and this process goes on."""
    words(process, 1)
    for sent in ("b'p'", "b'p\\0\\0\\0\\xffabc'", "b'p' + b'\\xff' * 2000", "b'f\\0\\0\\0\\1}'"):
        speaking = [sys.executable, "-c", f"import os; os.write(1, {sent})"]
        with monkeypatch.context() as patched:
            patched.setattr(llama_process, "_command", lambda *_, speaking=speaking: speaking)
            made = ModelProcess(path, context_tokens=64, threads=1)
            with pytest.raises(ModelCrashed, match="while it was loaded"):
                made.load()
            made.close()


# -- ends -------------------------------------------------------------------------------------------------------------


def test_closing_ends_it_at_once_also_while_it_writes(path: Path) -> None:
    process = ModelProcess(path, context_tokens=512, threads=2)
    pieces = writing(process)
    number = process.process_id
    assert number is not None
    began = time.monotonic()
    process.close()
    process.close()
    assert time.monotonic() - began < 2
    assert not exists(number)
    for use in (lambda: list(pieces), process.load, lambda: process.tokens("word")):
        with pytest.raises(ModelError, match="closed"):
            use()
    assert process.process_id is None


def test_closing_while_it_is_loaded_is_heard_by_who_waits(path: Path) -> None:
    process = ModelProcess(path, context_tokens=512, threads=2)
    process.start()
    closing = threading.Timer(0.05, process.close)
    closing.start()
    with pytest.raises(ModelError, match="closed"):
        process.load()
    closing.join()


def test_one_that_is_forgotten_ends(path: Path) -> None:
    process = ModelProcess(path, context_tokens=512, threads=2)
    process.start()
    number = process.process_id
    assert number is not None
    del process
    gc.collect()
    assert not exists(number)


@posix
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_does_not_outlive_its_parent(path: Path, how: signal.Signals) -> None:
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        number = json.loads(parent.stdout.readline())
        os.killpg(parent.pid, how)  # as Ctrl+C in a terminal goes to all that run in it
        parent.stdout.read()
        told = parent.stderr.read().decode()
    until_gone(number)
    assert told.count("Traceback") == (1 if how == signal.SIGINT else 0)  # its own
    assert "llama_process" not in told.partition("KeyboardInterrupt")[2]
