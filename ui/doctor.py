"""
What `tutor doctor` looks at: can this machine do what the tutor needs, and if not, what mends it.

Each check is a small function; none changes anything but what opening the library does.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tutor.errors import TutorError
from tutor.settings import Settings

LEAST_DISK = 500_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


def checks(settings: Settings) -> list[Check]:
    """All checks, in the order a person would make them."""
    wanted: list[tuple[str, Callable[[Settings], str]]] = [
        ("folder", _folder),
        ("library", _library),
        ("encoder", _encoder),
        ("model", _model),
        ("processor", _processor),
    ]
    return [_checked(name, check, settings) for name, check in wanted]


def _checked(name: str, check: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(name, True, check(settings))
    except (TutorError, OSError, ImportError) as error:
        return Check(name, False, " ".join(str(error).split()))


def _folder(settings: Settings) -> str:
    home = settings.places.home
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if free < LEAST_DISK:
        raise TutorError(f"{home} has only {free // 1_000_000} MB left. Free some space, or set TUTOR_HOME elsewhere.")
    return f"{home}, {free // 1_000_000_000} GB free"


def _library(settings: Settings) -> str:
    from tutor.library import Library

    with Library.open(settings.places.library) as library:
        counts = library.counts()
    return f"{counts.sources} sources, {counts.passages} passages, {counts.unencoded} still to be made searchable"


def _encoder(settings: Settings) -> str:
    from tutor.encoder import open_encoder

    encoder = open_encoder(settings.places.models)
    return f"{encoder.name}, {encoder.dimensions} dimensions"


def _model(settings: Settings) -> str:
    from tutor import models
    from tutor.writer import Message

    writer = models.open_writer(settings)
    said = "".join(writer.write(writer.render([Message("user", "Say hello.")]), max_tokens=4))
    if not said.strip():
        raise TutorError(f"{writer.name} writes nothing. Choose another: `tutor models use NAME_OR_PATH`.")
    return f"{writer.name}, context of {writer.context_tokens} tokens"


def _processor(_: Settings) -> str:
    import os

    from tutor import llama

    llama_cpp = llama.library()
    information = llama_cpp.llama_print_system_info().decode()
    amx = "built for AMX; its quantised kernels are switched off" if "AMX_INT8 = 1" in information else "no AMX kernels"
    return f"{os.cpu_count()} cores, llama-cpp-python {llama_cpp.__version__}, {amx}, {Path(llama_cpp.__file__).parent}"
