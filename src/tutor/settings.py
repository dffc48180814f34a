"""
Settings: small frozen classes by subject, from `tutor.toml` in TUTOR_HOME and TUTOR_* variables.

A variable wins over the file, the file over the default. One good default is preferred to a knob: what is
not here is decided in the module it concerns, under a name.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tutor.errors import SettingsError

SETTINGS_FILE = "tutor.toml"
# What an answer is made of: quotes alone; with what a Writer adds and the check lets pass; the same with the Writer
# held to a grammar, so that it names a note for every sentence (tutor.grammar). `tutor eval forms` compares them.
FORMS = ("quotes", "check", "grammar")


@dataclass(frozen=True, slots=True)
class Places:
    """Where things live: one folder, TUTOR_HOME."""

    home: Path

    @property
    def library(self) -> Path:
        return self.home / "library.db"

    @property
    def chroma(self) -> Path:
        return self.home / "chroma"

    @property
    def pages(self) -> Path:
        return self.home / "pages"

    @property
    def files(self) -> Path:
        """What was handed over in the browser."""
        return self.home / "files"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def settings_file(self) -> Path:
        return self.home / SETTINGS_FILE


@dataclass(frozen=True, slots=True)
class Answering:
    """
    How much a Writer is asked to read and to write, in its tokens.

    The prompt's length decides the wait for the first word (docs/design.md), so the budget is small by default.
    """

    prompt_tokens: int = 600
    output_tokens: int = 160
    form: str = "check"  # one of FORMS


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts to use instead of the embedded defaults. `None`: the default."""

    model: str | None = None  # a .gguf file, or the name of one in the catalogue
    model_server: str | None = None  # base URL of an OpenAI-compatible server
    chroma_server: str | None = None  # URL of a Chroma server


@dataclass(frozen=True, slots=True)
class Settings:
    places: Places
    answering: Answering = Answering()
    parts: Parts = Parts()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """
    Settings of this machine.

    Raises SettingsError where a value cannot be used; the message names the variable or the file's key.
    """
    variables = os.environ if environment is None else environment
    places = Places(_home(variables))
    written = _read_file(places.settings_file)
    model = _table(written, "model", places.settings_file)
    answering = _table(written, "answering", places.settings_file)
    chroma = _table(written, "chroma", places.settings_file)
    return Settings(
        places=places,
        answering=Answering(
            prompt_tokens=_number(variables, answering, "prompt_tokens", Answering().prompt_tokens, 200),
            output_tokens=_number(variables, answering, "output_tokens", Answering().output_tokens, 16),
            form=_one_of(FORMS, variables.get("TUTOR_FORM"), answering, "form", Answering().form),
        ),
        parts=Parts(
            model=variables.get("TUTOR_MODEL") or _text(model, "path"),
            model_server=variables.get("TUTOR_MODEL_SERVER") or _text(model, "server"),
            chroma_server=variables.get("TUTOR_CHROMA_SERVER") or _text(chroma, "server"),
        ),
    )


def with_home(home: Path) -> Settings:
    """Settings of this machine with this TUTOR_HOME. Raises as `load` does."""
    return load({**os.environ, "TUTOR_HOME": str(home)})


# What may be set from outside, by the name of the value that it sets.
VARIABLES = {
    "model": "TUTOR_MODEL",
    "server": "TUTOR_MODEL_SERVER",
    "form": "TUTOR_FORM",
    "prompt_tokens": "TUTOR_PROMPT_TOKENS",
    "output_tokens": "TUTOR_OUTPUT_TOKENS",
}


def given(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Which values a TUTOR_* variable sets, and by which: those cannot be changed in tutor.toml."""
    variables = os.environ if environment is None else environment
    return {name: variable for name, variable in VARIABLES.items() if variables.get(variable)}


def _home(variables: Mapping[str, str]) -> Path:
    named = variables.get("TUTOR_HOME")
    if named:
        try:
            return Path(named).expanduser().absolute()
        except RuntimeError as error:
            raise SettingsError(f"TUTOR_HOME names {named!r}, and there is no such user. Name a folder.") from error
    from platformdirs import user_data_path

    return user_data_path("tutor", appauthor=False)


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}). Mend it, or delete it to use the defaults.") from error


def _table(written: dict[str, object], name: str, path: Path) -> dict[str, object]:
    table = written.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [{name}] must be a table of settings, found {table!r}. Mend it or delete it.")
    return table


def _text(table: dict[str, object], key: str) -> str | None:
    value = table.get(key)
    if not isinstance(value, str | None):
        raise SettingsError(
            f"{key} in {SETTINGS_FILE} must be a text in quotes, found {value!r}. Mend it or delete it."
        )
    return value or None


def _one_of(choices: tuple[str, ...], variable: str | None, table: dict[str, object], key: str, default: str) -> str:
    chosen = variable or _text(table, key) or default
    if chosen not in choices:
        name = f"TUTOR_{key.upper()}" if variable else f"{key} in {SETTINGS_FILE}"
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, found {chosen!r}. Set it anew.")
    return chosen


def _number(variables: Mapping[str, str], table: dict[str, object], key: str, default: int, least: int) -> int:
    variable = f"TUTOR_{key.upper()}"
    value: object = variables.get(variable) or table.get(key, default)
    name = variable if variables.get(variable) else f"{key} in {SETTINGS_FILE}"
    try:
        number = int(str(value))
    except ValueError:
        number = least - 1
    if number < least:
        raise SettingsError(f"{name} must be a whole number of at least {least}, found {value!r}. Set it anew.")
    return number
