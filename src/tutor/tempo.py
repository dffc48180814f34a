"""
How fast a model reads and writes on this machine: measured, or worked out from the speed of another that was.

Reading is arithmetic, so it scales with the parameters; writing waits for memory, so it scales with the bytes of the
weights, all of which are fetched for each token (docs/answers.md says how well that predicts). Knows nothing of
settings or screens.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from tutor.errors import ModelError
from tutor.machine import processor
from tutor.writer import Writer

FILE = "speeds.json"
ROUNDS = 2
# A short text is read first; a model that is slow on it is not given the long one, which reads a little faster.
SHORT, LONG = 64, 304
SLOW_SECONDS = 1.0
WRITTEN = 17  # tokens; the time from the first to the last counts


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second. `estimated`: worked out from another model's, not measured."""

    reading: float
    writing: float
    estimated: bool = False

    def first_word(self, prompt_tokens: int) -> float:
        """Seconds until the first word of an answer."""
        return prompt_tokens / self.reading

    def answer(self, prompt_tokens: int, output_tokens: int) -> float:
        """Seconds until an answer's last word."""
        return self.first_word(prompt_tokens) + output_tokens / self.writing


@dataclass(frozen=True, slots=True)
class Size:
    """What decides a model's speed: its parameters, and the bytes of its weights."""

    parameters: int
    bytes: int


def scaled(measured: Speed, of: Size, to: Size) -> Speed:
    """What a model of the size `to` would reach on the machine where one of the size `of` was measured."""
    return Speed(
        measured.reading * of.parameters / to.parameters, measured.writing * of.bytes / to.bytes, estimated=True
    )


def measure(writer: Writer, stop: threading.Event | None = None) -> Speed:
    """
    The speed of a Writer that nobody else is using just now: the best of ROUNDS, some three seconds for the embedded
    model. Raises ModelError where it fails, writes too little, or `stop` is set meanwhile.
    """
    stop = stop or threading.Event()
    reading = writing = 0.0
    length = SHORT
    for turn in range(1 + ROUNDS):
        prompt = _text(writer, length, turn)
        tokens = writer.count(prompt)
        began = time.perf_counter()
        clock = [time.perf_counter() for _ in islice(writer.write(prompt, max_tokens=WRITTEN, stop=stop), WRITTEN)]
        if stop.is_set() or len(clock) < 3:
            raise ModelError(f"The speed of {writer.name} could not be measured. Try again when nothing else runs.")
        reading = max(reading, tokens / (clock[0] - began))
        writing = max(writing, (len(clock) - 1) / max(clock[-1] - clock[0], 1e-6))
        if length == LONG or clock[0] - began <= SLOW_SECONDS:
            length = LONG
        elif turn:  # not at the first: its weights may have come from a cold disk
            break
    return Speed(reading, writing)


def _text(writer: Writer, tokens: int, turn: int) -> str:
    """Plain words of about so many tokens; with another beginning each time, so that nothing is reused."""
    line = "The loss is small when the guess is good, and it grows when the guess is far off. "
    repeated = max(1, round(tokens / max(1, writer.count(line))))
    return f"Round {turn} of {tokens}. " + line * repeated + "Count on: one, two, three, four,"


# -- what was measured is kept ----------------------------------------------------------------------------------------


def kept(models_folder: Path, name: str) -> Speed | None:
    """What was measured of the model of this name on this processor."""
    found = _read(models_folder).get(name)
    with contextlib.suppress(TypeError, ValueError, KeyError):
        speed = Speed(float(found["reading"]), float(found["writing"]))  # type: ignore[index]
        return speed if speed.reading > 0 and speed.writing > 0 else None
    return None


def keep(models_folder: Path, name: str, speed: Speed) -> None:
    """
    Keeps a measurement, with the processor's name; of several the best, since other programs can only slow it down.
    What cannot be written is measured again the next time.
    """
    if (before := kept(models_folder, name)) is not None:
        speed = Speed(max(speed.reading, before.reading), max(speed.writing, before.writing))
    speeds = {**_read(models_folder), name: {key: value for key, value in asdict(speed).items() if key != "estimated"}}
    with contextlib.suppress(OSError):
        models_folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=models_folder, prefix=FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"processor": processor(), "speeds": speeds}, file, indent=2)
        Path(part).replace(models_folder / FILE)


def _read(models_folder: Path) -> dict[str, object]:
    try:
        told = json.loads((models_folder / FILE).read_text(encoding="utf-8"))
        speeds = told["speeds"] if told["processor"] == processor() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # never measured, or elsewhere
    return speeds if isinstance(speeds, dict) else {}
