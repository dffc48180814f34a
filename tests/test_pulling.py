"""Behind the Settings tab: speeds are measured while nobody asks anything, and no question waits for it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.practising import opened
from tutor import tempo
from tutor.errors import ModelError
from tutor.settings import Places, Settings
from tutor.tempo import Speed
from tutor.writer import Writer
from ui.desk import Desk
from ui.pulling import Speeds


@pytest.fixture
def desk(tmp_path: Path, models_folder: Path) -> Iterator[Desk]:
    (tmp_path / "models").symlink_to(models_folder.resolve(), target_is_directory=True)
    made = Desk(Settings(Places(tmp_path)), open_tutor=opened)
    made.start()
    assert made.wait(30)
    yield made
    made.close()


def test_a_question_ends_the_measuring_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()
    kept: list[str] = []

    def endless(writer: Writer, stop: threading.Event) -> Speed:
        begun.set()
        if stop.wait(20):
            ended.set()
        raise ModelError("It was stopped.")

    monkeypatch.setattr(tempo, "measure", endless)
    monkeypatch.setattr(tempo, "keep", lambda _folder, name, _speed: kept.append(name))
    speeds = Speeds(desk)
    speeds.want()
    assert begun.wait(30)
    assert not ended.wait(0.2)  # nobody has asked anything
    began = time.monotonic()
    next(desk.ask("What is LoRA?"))
    assert ended.wait(5)
    assert time.monotonic() - began < 5
    assert speeds.measuring  # and tries again when it is quiet
    speeds.stop()
    assert not speeds.measuring
    assert kept == []
