"""
Writing `tutor.toml`: one value is set or taken out, and every other line stays as a person wrote it.

Knows nothing of what the values mean (`tutor.settings` reads them). Not covered: values that a person wrote in another
form than `[table]` and `key = value` on a line of its own; then nothing is changed, and the error says so.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor.errors import SettingsError

Value = str | int | None  # None: the key is taken out


def remember(file: Path, values: Mapping[tuple[str, str], Value]) -> None:
    """
    Sets each (table, key) of `values` in the settings file, all of them or none.

    Raises SettingsError where the file cannot be read or written, or says one of them in another form.
    """
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        after = before
        for (table, key), value in values.items():
            after = with_value(after, table, key, value)
        if tomllib.loads(after) != _changed(tomllib.loads(before), values):
            raise SettingsError(f"{file} is written in a way that cannot be changed from here. Change it by hand.")
        if after == before:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(handle, "w", encoding="utf-8") as part:
            part.write(after)
        Path(name).replace(file)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} cannot be read ({error}). Mend it, or delete it to use the defaults.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be written ({error}). Check that you may write there.") from error


def with_value(toml: str, table: str, key: str, value: Value) -> str:
    """`toml` with `key` of its [table] set to `value`, or taken out; all else untouched."""
    line = "" if value is None else f"{key} = {_told(value)}\n"
    head = re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][^\n]*(\n|\Z)", toml, re.MULTILINE)
    if not head:
        gap = "" if not toml else "\n" if toml.endswith("\n") else "\n\n"
        return f"{toml}{gap}[{table}]\n{line}" if line else toml
    body_end = re.compile(r"^[ \t]*\[", re.MULTILINE).search(toml, head.end())
    end = body_end.start() if body_end else len(toml)
    body = re.sub(rf"^[ \t]*{re.escape(key)}[ \t]*=[^\n]*(\n|\Z)", "", toml[head.end() : end], flags=re.MULTILINE)
    start = toml[: head.end()].rstrip("\n") + "\n"
    return start + line + body + toml[end:]


def _told(value: str | int) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped too.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _changed(before: dict[str, Any], values: Mapping[tuple[str, str], Value]) -> dict[str, Any]:
    """What the file should say afterwards. A table that is no table is an error of the reader's, not of ours."""
    wanted = {name: dict(table) if isinstance(table, dict) else table for name, table in before.items()}
    for (table, key), value in values.items():
        found = wanted.get(table)
        if value is None:
            if isinstance(found, dict):
                found.pop(key, None)
        else:
            made = found if isinstance(found, dict) else {}
            made[key] = value
            wanted[table] = made
    return wanted
