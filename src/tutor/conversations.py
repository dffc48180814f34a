"""
Conversations as they are kept: listed, searched, renamed, deleted, and written out as Markdown with their citations.

Kept in library.db for each owner (a profile in the browser, or the terminal). An answer is kept as the plain values of
`kept_answer`, so that a conversation reads the same long after the library has moved on. Knows nothing of how answers
are made or shown.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.answers import Answer
from tutor.conversation import Turn
from tutor.errors import BadInput
from tutor.library import Library, now
from tutor.passages import Quote

LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation in the list: `created` and `changed` are ISO moments in UTC, `turns` how many it has."""

    id: int
    title: str
    created: str
    changed: str
    turns: int


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One question with its answer as it was given. `answer` is what `kept_answer` made."""

    question: str
    answer: Mapping[str, Any]

    @property
    def turn(self) -> Turn:
        """As the next question's history wants it."""
        return Turn(self.question, str(self.answer.get("text", "")))


class Conversations:
    """One owner's conversations in a library. Nobody else's can be reached through it."""

    def __init__(self, library: Library, owner: str) -> None:
        self._library = library
        self._owner = owner

    def begin(self, question: str) -> int:
        """A new conversation, named after its first question; its number."""
        moment = now()
        with self._library._change() as change:
            made = change.execute(
                "INSERT INTO conversations (owner, title, created, changed) VALUES (?, ?, ?, ?)",
                (self._owner, _title(question), moment, moment),
            )
            assert made.lastrowid is not None
            return made.lastrowid

    def add(self, conversation: int, question: str, answer: Answer) -> None:
        """Keeps one more turn. Raises BadInput where there is no such conversation (any more)."""
        self._check(conversation)
        kept = json.dumps(kept_answer(answer), ensure_ascii=False)
        with self._library._change() as change:
            change.execute(
                "INSERT INTO turns (conversation, number, question, answer) SELECT ?, coalesce(max(number), 0) + 1, "
                "?, ? FROM turns WHERE conversation = ?",
                (conversation, question, kept, conversation),
            )
            change.execute("UPDATE conversations SET changed = ? WHERE id = ?", (now(), conversation))

    def listed(self, words: str = "") -> list[Kept]:
        """Those that hold all of `words` in title, questions or answers; the last changed first."""
        rows = self._library._rows(
            "SELECT c.id, c.title, c.created, c.changed, count(t.number) AS turns, "
            "c.title || ' ' || coalesce(group_concat(t.question || ' ' || t.answer, ' '), '') AS text "
            "FROM conversations c LEFT JOIN turns t ON t.conversation = c.id WHERE c.owner = ? "
            "GROUP BY c.id ORDER BY c.changed DESC, c.id DESC",
            (self._owner,),
        )
        wanted = words.lower().split()
        return [
            Kept(row["id"], row["title"], row["created"], row["changed"], row["turns"])
            for row in rows
            if all(word in row["text"].lower() for word in wanted)
        ]

    def turns(self, conversation: int) -> list[KeptTurn]:
        """All turns in order. Raises BadInput where there is no such conversation."""
        self._check(conversation)
        rows = self._library._rows(
            "SELECT question, answer FROM turns WHERE conversation = ? ORDER BY number", (conversation,)
        )
        return [KeptTurn(row["question"], json.loads(row["answer"])) for row in rows]

    def rename(self, conversation: int, title: str) -> None:
        """Raises BadInput for an empty title, or where there is no such conversation."""
        self._check(conversation)
        if not title.strip():
            raise BadInput("A conversation needs a name. Type one, or leave the old one.")
        with self._library._change() as change:
            change.execute("UPDATE conversations SET title = ? WHERE id = ?", (_title(title), conversation))

    def delete(self, conversation: int) -> None:
        """Raises BadInput where there is no such conversation."""
        self._check(conversation)
        with self._library._change() as change:
            change.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

    def markdown(self, conversation: int) -> str:
        """The conversation as Markdown: each statement with numbers, and under each answer what they stand for."""
        kept = self._check(conversation)
        parts = [f"# {_escaped(kept.title)}", f"{kept.changed[:10]}"]
        for turn in self.turns(conversation):
            parts += [f"## {_escaped(turn.question)}", *_answer_markdown(turn.answer)]
        return "\n\n".join(parts) + "\n"

    def _check(self, conversation: int) -> Kept:
        found = self._library._rows(
            "SELECT id, title, created, changed, 0 AS turns FROM conversations WHERE id = ? AND owner = ?",
            (conversation, self._owner),
        )
        if not found:
            raise BadInput(f"There is no conversation {conversation} any more. Begin a new one.")
        return Kept(*(found[0][name] for name in ("id", "title", "created", "changed", "turns")))


def kept_answer(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer: its text, kind, and statements with their quotes; of the trace only the question."""
    return {
        "text": answer.text,
        "kind": answer.kind,
        "model": answer.model.name,
        "asked": answer.trace.asked,
        "statements": [
            {
                "text": s.text,
                "support": round(s.support, 3),
                "quoted": s.quoted,
                "quotes": [_quote(q) for q in s.quotes],
            }
            for s in answer.statements
        ],
        "follow_ups": list(answer.follow_ups),
        "chapter": answer.chapter.id if answer.chapter else None,
    }


def _quote(quote: Quote) -> dict[str, Any]:
    return {name: getattr(quote, name) for name in quote.__dataclass_fields__}


def _title(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_TITLE else plain[: LONGEST_TITLE - 1].rstrip() + "…"


def _answer_markdown(answer: Mapping[str, Any]) -> list[str]:
    numbers: dict[tuple[str, int], int] = {}
    sources: list[str] = []
    told: list[str] = []
    for statement in answer.get("statements", ()):
        marks = []
        for quote in statement["quotes"]:
            key = (quote["url"], quote["start"])
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                sources.append(_source_markdown(numbers[key], quote))
            marks.append(f"[{numbers[key]}]")
        told.append(f"{_sentence(str(statement['text']))} {''.join(marks)}".rstrip())
    text = "\n\n".join(told) or _sentence(str(answer.get("text", "")))
    return [text, "\n".join(sources)] if sources else [text]


def _source_markdown(number: int, quote: Mapping[str, Any]) -> str:
    where = " > ".join(part for part in (quote["title"], quote["heading"]) if part)
    words = _sentence(str(quote["text"]))
    link = re.sub(r"[<>\s]", lambda found: f"%{ord(found[0]):02X}", str(quote["link"]))
    named = f"[{_escaped(where)}](<{link}>)" if link.startswith(("http://", "https://")) else _escaped(where)
    return f"{number}. {named}: “{words}”"


# What stays as it is in a sentence: code and formulas. TeX that links, loads or defines is no formula.
_KEPT = re.compile(r"(?<!`)(`+)(?!`)[^`\n]+(?<!`)\1(?!`)|(?<![\\$])\$(?![\s$])[^$\n]+?(?<!\s)\$(?!\d)|\\\([^\n]+?\\\)")
_TEX_THAT_ACTS = re.compile(
    r"\\(?:href|url|includegraphics|html|input|include|write|def|gdef|edef|let|newcommand|renewcommand|require|unicode)"
)


def _sentence(text: str) -> str:
    """A sentence of light Markdown as Markdown on one line, in which nothing links, loads or is HTML."""
    text = " ".join(text.split())
    pieces, at = [], 0
    for kept in _KEPT.finditer(text):
        pieces.append(_escaped_marks(text[at : kept.start()]))
        pieces.append(kept[0] if kept[1] else _formula(kept[0]))
        at = kept.end()
    return "".join([*pieces, _escaped_marks(text[at:])])


def _formula(tex: str) -> str:
    """A formula in which Markdown sees neither HTML nor a link."""
    if _TEX_THAT_ACTS.search(tex):
        return _escaped_marks(tex)
    return tex.replace("<", r"\lt ").replace(">", r"\gt ").replace("](", "]{}(").replace("][", "]{}[")


def _escaped_marks(text: str) -> str:
    """Text whose marks of Markdown show themselves; emphasis too, which no sentence of ours has."""
    for mark in "\\`*_[]<>#":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("&", "&amp;")


def _escaped(text: str) -> str:
    """Text that Markdown takes for nothing but text."""
    return _escaped_marks(" ".join(text.split()))


def history(turns: Sequence[KeptTurn], most: int = 8) -> list[Turn]:
    """The last turns as the next question wants them."""
    return [turn.turn for turn in turns[-most:]]
