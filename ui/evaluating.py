"""
The Evals tab's addresses under /tutor/evals: runs and their reports, a run started here, and answers called wrong.

A run is a process of its own (`tutor eval`), so that a chat is not held up by it and a stop ends it at once; what it
has answered is in its folder. What is measured is decided in `eval`, what is shown in `ui.evals_view`.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.citing import found
from tutor.errors import BadInput, TutorError
from tutor.feedback import Feedback
from ui import changes
from ui import evals_view as view
from ui import strings as s
from ui.changes import FRESH, Told, number, text
from ui.desk import Desk
from ui.learners import learner

if TYPE_CHECKING:
    from fastapi import FastAPI

MOST_RUNS = 20
# What can be started here, as `tutor eval` takes it.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "starter": ("--set", "starter", "--quotes-only"),
    "answers": ("answers", "--quotes-only", "--half", "test"),
    "own": ("--set", "own", "--quotes-only"),
}


@dataclass(slots=True)
class _Started:
    which: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    trouble: str = ""


class Runs:
    """The runs of one TUTOR_HOME, and the one that was started here."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._started: _Started | None = None
        self._lock = threading.Lock()

    def start(self, which: str) -> None:
        """Raises BadInput where one is going, or for what cannot be started."""
        if which not in ARGUMENTS:
            raise BadInput(f"{which!r} cannot be asked here.")
        with self._lock:
            if (going := self.going()) is not None and not going.trouble:
                raise BadInput(s.EVALS_BUSY)
            folder = self.home / "eval" / datetime.now(UTC).strftime(f"{which}-%Y%m%d-%H%M%S")
            command = [sys.executable, "-c", "from ui.cli import main; main()", "eval", *ARGUMENTS[which]]
            log = folder.with_suffix(".log")
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("w", encoding="utf-8") as errors:
                process = subprocess.Popen(
                    [*command, "--folder", str(folder), "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=errors, env={**os.environ, "TUTOR_HOME": str(self.home)},
                )  # fmt: skip
            self._started = _Started(which, folder, process)

    def stop(self) -> None:
        if (started := self._started) is not None and started.process.poll() is None:
            started.process.terminate()
            started.process.wait(timeout=10)
            started.folder.with_suffix(".log").unlink(missing_ok=True)
            self._started = None

    def going(self) -> view.Going | None:
        """The run that was started here, while it is going; once it has failed, why."""
        started = self._started
        if started is None:
            return None
        ended = started.process.poll()
        if ended is None:
            return view.Going(s.EVALS_RUNNING[started.which], _answered(started.folder), _total(started.folder))
        log = started.folder.with_suffix(".log")
        # A run that falls below its floors ends with 1 too, and has its result all the same.
        if ended != 0 and not (started.folder / "summary.json").exists():
            told = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
            started.trouble = started.trouble or s.EVALS_ENDED.format(why=told[-1] if told else ended)
            return view.Going(s.EVALS_RUNNING[started.which], 0, None, started.trouble)
        log.unlink(missing_ok=True)
        self._started = None
        return None

    def lines(self) -> list[view.Line]:
        """The latest runs, the last first."""
        from eval import runs

        return [_line(folder) for folder in reversed(runs.folders(self.home)[-MOST_RUNS:])]

    def report(self, name: str) -> str:
        """The report of a finished run, as HTML. Raises BadInput where there is none of this name."""
        from eval import runs
        from eval.gathered import gather
        from eval.report import html

        if name not in {folder.name for folder in runs.folders(self.home)}:
            raise BadInput(s.EVALS_NO_RUN)
        return html(gather(runs.load(name, self.home), self.home))


def _line(folder: Path) -> view.Line:
    """A run as it is listed. The page asks every second while one is going: those that are finished are read once."""
    summary = folder / "summary.json"
    return _finished(folder, summary.stat().st_mtime_ns) if summary.exists() else _read(folder)


@lru_cache(maxsize=4 * MOST_RUNS)
def _finished(folder: Path, _changed: int) -> view.Line:
    return _read(folder)


def _read(folder: Path) -> view.Line:
    recipe = _json(folder / "recipe.json")
    summary = _json(folder / "summary.json")
    done = _answered(folder)
    figures = summary.get("figures")
    kind = str(recipe.get("kind", ""))
    finished = isinstance(figures, dict)
    return view.Line(
        folder.name, kind, str(recipe.get("begun", "")), str(recipe.get("model", "")), done, _total(folder),
        figures if finished else None, report=finished and kind in ("answers", "set"),
    )  # fmt: skip


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _answered(folder: Path) -> int:
    try:
        with (folder / "records.jsonl").open("rb") as kept:
            return sum(1 for _ in kept)
    except OSError:
        return 0


def _total(folder: Path) -> int | None:
    told = str(_json(folder / "recipe.json").get("asked", ""))
    return int(told) if told.isdecimal() else None


# -- addresses --------------------------------------------------------------------------------------------------------


def frame() -> str:
    return view.frame()


def head() -> str:
    """What the page loads for this tab."""
    return (
        '<link rel="stylesheet" href="/tutor/static/evals.css">'
        '<script type="module" src="/tutor/static/evals.js"></script>'
    )


def add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Request
    from fastapi.responses import HTMLResponse

    runs = Runs(desk.settings.places.home)
    desk.at_close(runs.stop)

    @app.get("/tutor/evals")
    def now(request: Request) -> HTMLResponse:
        return HTMLResponse(_tab(desk, runs, learner(request.cookies)), headers=FRESH)

    @app.get("/tutor/evals/{name}")
    def report(name: str) -> HTMLResponse:
        try:
            return HTMLResponse(runs.report(name), headers=FRESH)
        except TutorError as error:
            return HTMLResponse(view.notice(str(error)), 404, headers=FRESH)

    def change(owner: str | None, name: str, told: Told) -> Mapping[str, Any]:
        said, trouble = "", ""
        try:
            said = CHANGES[name](Change(desk, runs, owner), told)
        except TutorError as error:
            trouble = str(error)
        # The chat shows nothing of this tab.
        html = "" if name == "dislike" else _tab(desk, runs, owner, trouble)
        return {"html": html, "said": said, "trouble": trouble}

    changes.add(app, "evals", CHANGES, change)


def _tab(desk: Desk, runs: Runs, owner: str | None, trouble: str = "") -> str:
    from eval import own

    try:
        disliked = Feedback(desk.library, owner).all() if owner else []
    except TutorError:  # not opened yet
        disliked = []
    return view.tab(runs.going(), runs.lines(), disliked, own.count(runs.home), trouble)


# -- changes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What a change works on."""

    desk: Desk
    runs: Runs
    owner: str | None

    @property
    def feedback(self) -> Feedback:
        """Raises BadInput for a browser that has no name."""
        if self.owner is None:
            raise BadInput(s.EVALS_NOBODY)
        return Feedback(self.desk.library, self.owner)


def _start(change: Change, told: Told) -> str:
    change.runs.start(text(told, "which"))
    return s.EVALS_STARTED


def _stop(change: Change, _: Told) -> str:
    change.runs.stop()
    return s.EVALS_STOPPED


def _dislike(change: Change, told: Told) -> str:
    change.feedback.dislike(text(told, "question"))
    return s.WRONG_TOLD


def _forget(change: Change, told: Told) -> str:
    change.feedback.forget(number(told))
    return s.WRONG_FORGOTTEN


def _decline(change: Change, told: Told) -> str:
    from eval import own

    disliked = change.feedback.get(number(told))
    return _became(change, disliked.number, own.unanswerable(disliked))


def _quote(change: Change, told: Told) -> str:
    from eval import own

    disliked = change.feedback.get(number(told))
    quotes = view.quotes_of(disliked)
    at = number(told, "at")
    if at >= len(quotes):
        raise BadInput("That sentence is not there any more.")
    row = own.answered_by(disliked, str(quotes[at].get("url", "")), str(quotes[at].get("text", "")))
    return _became(change, disliked.number, row)


def _sentence(change: Change, told: Told) -> str:
    from eval import own

    disliked = change.feedback.get(number(told))
    url, quote = text(told, "url").strip(), text(told, "quote").strip()
    if change.desk.library.number(url) is None:
        raise BadInput(s.WRONG_NO_PAGE)
    if found(change.desk.library, url, quote) is None:
        raise BadInput(s.WRONG_NO_SENTENCE)
    row = own.answered_by(disliked, url, quote)
    return _became(change, disliked.number, row)


def _became(change: Change, number: int, row: Mapping[str, Any]) -> str:
    from eval import own

    question = own.add(change.runs.home, row)
    change.feedback.became(number, question.id)
    return s.WRONG_BECAME


CHANGES: Mapping[str, Callable[[Change, Told], str]] = {
    "start": _start, "stop": _stop, "dislike": _dislike, "forget": _forget, "decline": _decline, "quote": _quote,
    "sentence": _sentence,
}  # fmt: skip
