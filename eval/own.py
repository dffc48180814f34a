"""
A person's own questions: made of answers they called wrong, kept in `eval/own.jsonl` under TUTOR_HOME, asked with
`tutor eval --set own`.

A question is kept with the words that answer it (`quotes`), since they are on the person's own machine. Knows nothing
of screens.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import sets
from eval.sets import Question
from tutor.errors import BadInput
from tutor.feedback import Disliked
from tutor.fingerprints import fingerprint

FILE = "own.jsonl"


def path(home: Path) -> Path:
    return home / "eval" / FILE


def unanswerable(disliked: Disliked, why: str = "near-miss") -> dict[str, Any]:
    """The question as one that should have been declined; `why`: near-miss or off-topic."""
    return {**_asked(disliked), "kind": "unanswerable", "why": why}


def answered_by(disliked: Disliked, url: str, quote: str) -> dict[str, Any]:
    """The question as one that these words of this page answer. Raises BadInput where either is missing."""
    if not url.strip() or not quote.strip():
        raise BadInput("Name the page and the sentence on it that answers the question.")
    quotes = list(dict.fromkeys(sets.sentences(quote))) or [quote]
    return {**_asked(disliked), "url": url.strip(), "quotes": quotes}


def _asked(disliked: Disliked) -> dict[str, Any]:
    history = [{"question": turn.question, "answer": turn.answer or "-"} for turn in disliked.history]
    said = " ".join([*(turn.question for turn in disliked.history), disliked.question])
    row: dict[str, Any] = {"id": f"own-{fingerprint(said)[:8]}", "question": disliked.question}
    return row | ({"history": history} if history else {})


def add(home: Path, row: Mapping[str, Any]) -> Question:
    """Adds a question to the file, in place of one with its id; returns it as it will be asked. Raises BadInput."""
    file = path(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept = [line for line in lines if line.strip() and json.loads(line).get("id") != row["id"]]
    text = "".join(f"{line}\n" for line in [*kept, json.dumps(dict(row), ensure_ascii=False)])
    trial = file.with_suffix(".tmp.jsonl")
    trial.write_text(text, encoding="utf-8")
    try:
        question = next(one for one in sets.load(trial) if one.id == row["id"])
    except BadInput:
        trial.unlink()
        raise
    trial.replace(file)
    return question


def count(home: Path) -> int:
    """How many questions there are; 0 where the file cannot be read."""
    try:
        return len(sets.load(path(home))) if path(home).exists() else 0
    except BadInput:
        return 0
