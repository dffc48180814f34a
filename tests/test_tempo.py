"""How fast a model is: measured on the real one, worked out by hand for another, kept for this processor alone."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tutor import gguf, models, tempo
from tutor.errors import ModelError
from tutor.tempo import Size, Speed
from tutor.writer import LlamaCppWriter, Message, ScriptedWriter


def test_a_larger_model_is_slower_by_its_size() -> None:
    found = tempo.scaled(Speed(300, 60), Size(100, 1000), Size(400, 3000))
    assert found == Speed(75, 20, estimated=True)
    assert found.first_word(600) == 8
    assert found.answer(600, 160) == 16


def test_the_embedded_model_is_measured(models_folder: Path) -> None:
    writer = LlamaCppWriter(models.embedded(models_folder))
    found = tempo.measure(writer)
    assert 5 < found.writing < found.reading < 100_000
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(ModelError, match="could not be measured"):
        tempo.measure(writer, stopped)
    writer.close()


class Waking:
    """A Writer that is slow at first, as one from a cold disk."""

    name, context_tokens, special_tokens = "waking", 4096, ()

    def __init__(self) -> None:
        self.read: list[int] = []

    def count(self, text: str) -> int:
        return len(text) // 4

    def render(self, messages: Sequence[Message]) -> str:
        return ""

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Iterator[str]:
        self.read.append(self.count(prompt))
        time.sleep(1.2 if len(self.read) == 1 else 0.02)
        for _ in range(max_tokens):
            time.sleep(0.001)
            yield "on "


def test_a_slow_beginning_is_not_the_models_speed() -> None:
    writer = Waking()
    found = tempo.measure(writer)
    assert found.reading > 500
    short, again, long = writer.read
    assert short == again
    assert long > 3 * short


def test_what_is_measured_holds_for_its_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tempo.kept(tmp_path, "one") is None
    tempo.keep(tmp_path, "one", Speed(300, 60))
    tempo.keep(tmp_path, "two", Speed(30, 6))
    assert tempo.kept(tmp_path, "one") == Speed(300, 60)
    assert [file.name for file in tmp_path.iterdir()] == [tempo.FILE]
    monkeypatch.setattr(tempo, "processor", lambda: "another")
    assert tempo.kept(tmp_path, "one") is None
    tempo.keep(tmp_path, "three", Speed(3, 1))
    assert set(json.loads((tmp_path / tempo.FILE).read_text())["speeds"]) == {"three"}


@pytest.mark.parametrize("written", ["half a rec", "[]", '{"processor": "", "speeds": 3}', '{"speeds": {"one": 3}}'])
def test_what_cannot_be_read_was_never_measured(tmp_path: Path, written: str) -> None:
    (tmp_path / tempo.FILE).write_text(written)
    assert tempo.kept(tmp_path, "one") is None


def test_a_writer_that_says_nothing_is_not_measured() -> None:
    with pytest.raises(ModelError, match="could not be measured"):
        tempo.measure(ScriptedWriter(["one"]))


def test_the_scaling_predicts_another_quantisation_within_a_factor_of_three(
    models_folder: Path, tmp_path: Path
) -> None:
    """A hint only on a busy machine; docs/answers.md has the figures of a quiet one."""
    chosen = models.embedded(models_folder)
    larger = tmp_path / "larger.Q8_0.gguf"
    gguf.requantise(models.packaged_weights(), larger, "Q8_0")
    sizes = {path: Size(gguf.read(path).parameters, gguf.read(path).bytes) for path in (chosen, larger)}
    speeds = {}
    for path in sizes:
        writer = LlamaCppWriter(path)
        speeds[path] = tempo.measure(writer)
        writer.close()
    worked_out = tempo.scaled(speeds[chosen], sizes[chosen], sizes[larger])
    assert 1 / 3 < worked_out.writing / speeds[larger].writing < 3
    assert 1 / 3 < worked_out.reading / speeds[larger].reading < 3


def test_of_several_measurements_the_best_counts(tmp_path: Path) -> None:
    tempo.keep(tmp_path, "one", Speed(300, 10))
    tempo.keep(tmp_path, "one", Speed(200, 60))
    assert tempo.kept(tmp_path, "one") == Speed(300, 60)
