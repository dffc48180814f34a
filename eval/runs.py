"""
Runs: the folder that every evaluation leaves behind, and how one that was stopped goes on.

    recipe.json     what its figures depend on, and what it ran on; there from the start
    records.jsonl   a line for each question, written as soon as it is answered
    summary.json    figures, intervals and counts; there when it is finished

Knows nothing of what is asked or measured: a record is any JSON object with an "id".
"""

import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tutor.errors import BadInput

RECIPE, RECORDS, SUMMARY = "recipe.json", "records.jsonl", "summary.json"
# What a run may have otherwise and still be carried on: it is told, and depends on the day or the machine.
CIRCUMSTANCES = frozenset({"begun", "machine", "versions"})
PARTS = ("llama-cpp-python", "onnxruntime", "chromadb", "llama-index-core")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder holds it. `summary` is empty until it is finished."""

    folder: Path
    recipe: Mapping[str, str]
    rows: Sequence[Row]
    summary: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        return self.recipe.get("kind", "")

    @property
    def figures(self) -> Mapping[str, float]:
        figures: Mapping[str, float] = self.summary.get("figures", {})
        return figures


# -- making -----------------------------------------------------------------------------------------------------------


def circumstances() -> dict[str, str]:
    """When, on what machine and with what versions a run is made."""
    return {
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{p} {_version(p)}" for p in ("tutor", *PARTS))]
        ),
    }


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        for line in cpu.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "?"


def place(folder: Path | None, home: Path, kind: str) -> Path:
    """Where a run goes: the folder named, or a new one under `home`/eval, called by its kind and the moment."""
    return folder or home / "eval" / datetime.now(UTC).strftime(f"{kind}-%Y%m%d-%H%M%S")


def resume(folder: Path, recipe: Mapping[str, str]) -> list[Row]:
    """
    What an earlier run into `folder` has answered; the folder is made ready for a run by this recipe.

    Raises BadInput where it holds a run by another recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    begun, kept = folder / RECIPE, folder / RECORDS
    if not begun.exists():
        if kept.exists():
            raise BadInput(f"{folder} holds a run that cannot be carried on. Name another --folder.")
        _write(begun, {**recipe, **circumstances()})
        return []
    before = json.loads(begun.read_text(encoding="utf-8"))
    names = [name for name in {**before, **recipe} if name not in CIRCUMSTANCES]
    if differing := [name for name in names if before.get(name) != recipe.get(name)]:
        told = "; ".join(f"{name}: {before.get(name)}, now {recipe.get(name)}" for name in differing)
        raise BadInput(f"{folder} holds a run that was made otherwise ({told}). Name another --folder.")
    rows = read(kept) if kept.exists() else []
    kept.write_text("".join(line(row) for row in rows), encoding="utf-8")  # without what was cut off
    return rows


@contextmanager
def keeping(folder: Path) -> Iterator[Callable[[Row], None]]:
    """A function that adds a record to the run at once: whatever happens next, it is kept."""
    with (folder / RECORDS).open("a", encoding="utf-8") as kept:

        def keep(row: Row) -> None:
            kept.write(line(row))
            kept.flush()

        yield keep


def finish(folder: Path, rows: Iterable[Row], summary: Mapping[str, Any]) -> None:
    """Writes the records in their order and the summary: a run that went on is the same as one that was not stopped."""
    (folder / RECORDS).write_text("".join(line(row) for row in rows), encoding="utf-8")
    _write(folder / SUMMARY, summary)


def line(row: Row) -> str:
    """A record as it is kept, with its line break."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(dict(value), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def shown(name: str, value: float) -> str:
    """A figure as a person reads it: milliseconds, megabytes and tokens in whole ones, the rest to three places."""
    if name.endswith((" ms", " MB", " tokens")):
        return f"{value:,.0f}"
    return f"{value:.1f}" if name == "reading grade" else f"{value:.3f}"


def figure_line(name: str, value: float, interval: Sequence[float] | None) -> str:
    """A figure with its 95 % interval, where there is one."""
    bounds = f"  [{shown(name, interval[0])}, {shown(name, interval[1])}]" if interval else ""
    return f"{name:<34} {shown(name, value):>8}{bounds}"


# -- reading ----------------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Row]:
    """The records of a run; a last line that was cut off in writing is left out. Raises BadInput naming the line."""
    rows: list[Row] = []
    for number, one in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            row = json.loads(one)
            if not isinstance(row, dict) or not isinstance(row.get("id"), str):
                raise ValueError("it has no id")
        except ValueError as error:
            raise BadInput(f"{path}:{number}: expected a record, found {one[:40]!r} ({error})") from error
        rows.append(row)
    return rows


def load(named: str, home: Path) -> Run:
    """
    A run by its folder, by its name under `home`/eval, or "last". Raises BadInput where there is none that is finished.
    """
    folder = _folder(named, home)
    try:
        recipe = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} holds no finished run. `tutor eval show` lists those there are.") from error
    return Run(folder, recipe, read(folder / RECORDS), summary)


def _folder(named: str, home: Path) -> Path:
    if named == "last":
        finished = [folder for folder in folders(home) if (folder / SUMMARY).exists()]
        if not finished:
            raise BadInput("There is no finished run yet. Make one: tutor eval answers --quotes-only")
        return finished[-1]
    folder = Path(named)
    return folder if folder.exists() else home / "eval" / named


def folders(home: Path) -> list[Path]:
    """The folders of all runs under `home`/eval, the oldest first."""
    found = [one.parent for one in (home / "eval").glob(f"*/{RECIPE}")]
    return sorted(found, key=lambda folder: (_begun(folder), folder.name))


def _begun(folder: Path) -> str:
    try:
        return str(json.loads((folder / RECIPE).read_text(encoding="utf-8")).get("begun", ""))
    except (OSError, ValueError):
        return ""


def history(home: Path, kind: str) -> list[Run]:
    """The finished runs of a kind, the oldest first, for a trend; one that cannot be read is left out."""
    found = []
    for folder in folders(home):
        try:
            run = load(str(folder), home)
        except BadInput:
            continue
        if run.kind == kind:
            found.append(run)
    return found
