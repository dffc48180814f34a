"""
Conversations as they are kept: listed, searched, renamed, deleted, and written out as Markdown with their citations.

Kept in library.db for each owner (a profile in the browser, or the terminal). An answer is kept as the plain values of
`kept_answer`, so that a conversation reads the same long after the library has moved on, and `restored` makes it an
answer again. Knows nothing of how answers are made or shown.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from sqlite3 import Row
from typing import Any

from tutor.answers import Answer, ModelUse, Statement, Timings, Trace, partly
from tutor.conversation import Resolved, Turn, Want
from tutor.errors import BadInput
from tutor.handbook import Handbook
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
        """A new conversation, named after its first question; its number. It is not listed before its first answer."""
        moment = now()
        with self._library.change() as change:
            # What was begun and never had an answer is nobody's loss.
            change.execute(
                "DELETE FROM conversations WHERE owner = ? AND created < datetime(?, '-1 day') "
                "AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.id)",
                (self._owner, moment),
            )
            made = change.execute(
                "INSERT INTO conversations (owner, title, created, changed) VALUES (?, ?, ?, ?)",
                (self._owner, _title(question), moment, moment),
            )
            assert made.lastrowid is not None
            return made.lastrowid

    def add(self, conversation: int, question: str, answer: Answer, *, replacing: bool = False) -> None:
        """
        Keeps one more turn, or (`replacing`) one in place of the last. Raises BadInput where there is no such
        conversation (any more).
        """
        self.get(conversation)
        kept = json.dumps(kept_answer(answer), ensure_ascii=False)
        with self._library.change() as change:
            if replacing:
                change.execute(
                    "DELETE FROM turns WHERE conversation = ? AND number = "
                    "(SELECT max(number) FROM turns WHERE conversation = ?)",
                    (conversation, conversation),
                )
            change.execute(
                "INSERT INTO turns (conversation, number, question, answer) SELECT ?, coalesce(max(number), 0) + 1, "
                "?, ? FROM turns WHERE conversation = ?",
                (conversation, question, kept, conversation),
            )
            change.execute("UPDATE conversations SET changed = ? WHERE id = ?", (now(), conversation))

    def get(self, conversation: int) -> Kept:
        """The conversation as the list has it. Raises BadInput where there is none of this number (any more)."""
        found = self._library.rows(
            "SELECT c.id, c.title, c.created, c.changed, count(t.number) AS turns FROM conversations c "
            "LEFT JOIN turns t ON t.conversation = c.id WHERE c.id = ? AND c.owner = ? GROUP BY c.id",
            (conversation, self._owner),
        )
        if not found:
            raise BadInput(f"There is no conversation {conversation} any more. Begin a new one.")
        return _kept(found[0])

    def listed(self, words: str = "", begun: Collection[int] = ()) -> list[Kept]:
        """
        Those that hold all of `words` in title, questions or answers; the last changed first. `begun`: these are listed
        before they have an answer too.
        """
        wanted = words.lower().split()
        said = "''"  # reading every answer takes a while
        if wanted:
            said = "coalesce(group_concat(t.question || ' ' || json_extract(t.answer, '$.text'), ' '), '')"
        rows = self._library.rows(
            "SELECT c.id, c.title, c.created, c.changed, count(t.number) AS turns, "
            f"c.title || ' ' || {said} AS text FROM conversations c "
            "LEFT JOIN turns t ON t.conversation = c.id WHERE c.owner = ? GROUP BY c.id "
            "HAVING count(t.number) OR c.id IN (SELECT value FROM json_each(?)) ORDER BY c.changed DESC, c.id DESC",
            (self._owner, json.dumps(list(begun))),
        )
        return [_kept(row) for row in rows if all(word in row["text"].lower() for word in wanted)]

    def turns(self, conversation: int) -> list[KeptTurn]:
        """All turns in order. Raises BadInput where there is no such conversation."""
        self.get(conversation)
        rows = self._library.rows(
            "SELECT question, answer FROM turns WHERE conversation = ? ORDER BY number", (conversation,)
        )
        return [KeptTurn(row["question"], json.loads(row["answer"])) for row in rows]

    def rename(self, conversation: int, title: str) -> None:
        """Raises BadInput for an empty title, or where there is no such conversation."""
        self.get(conversation)
        if not title.strip():
            raise BadInput("A conversation needs a name. Type one, or leave the old one.")
        with self._library.change() as change:
            change.execute("UPDATE conversations SET title = ? WHERE id = ?", (_title(title), conversation))

    def delete(self, conversation: int) -> None:
        """Raises BadInput where there is no such conversation."""
        self.get(conversation)
        with self._library.change() as change:
            change.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

    def markdown(self, conversation: int) -> str:
        """The conversation as Markdown: each statement with numbers, and under each answer what they stand for."""
        kept = self.get(conversation)
        parts = [f"# {_escaped(kept.title)}", f"{kept.changed[:10]}"]
        for turn in self.turns(conversation):
            parts += [f"## {_escaped(turn.question)}", *answer_markdown(turn.answer)]
        return "\n\n".join(parts) + "\n"


def _kept(row: Row) -> Kept:
    return Kept(row["id"], row["title"], row["created"], row["changed"], row["turns"])


def kept_answer(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer: its text, kind, and statements with their quotes; of the trace only the question."""
    return {
        "text": answer.text,
        "kind": answer.kind,
        "model": answer.model.name,
        "asked": answer.trace.asked,
        "missing": list(answer.missing),
        "understood": _understood(answer.understood) if answer.understood else None,
        "statements": [
            {
                "text": s.text,
                "support": round(s.support, 3),
                "quoted": s.quoted,
                "quotes": [_quote(q) for q in s.quotes],
            }
            for s in answer.statements
        ],
        "evidence": [_quote(q) for q in answer.evidence],
        "evidence_ms": answer.timings.evidence,
        "follow_ups": list(answer.follow_ups),
        "chapter": answer.chapter.id if answer.chapter else None,
    }


def restored(turn: KeptTurn, handbook: Handbook) -> Answer:
    """
    The answer of a turn as it was given, with its citations; of how it came about only what was kept.

    What an older or newer version kept otherwise is left out or empty; a chapter that is no more is None.
    """
    kept = turn.answer
    text, statements = str(kept.get("text", "")), tuple(_statement(one) for one in kept.get("statements", ()))
    told = " ".join(statement.text for statement in statements)
    return Answer(
        question=turn.question,
        kind=str(kept.get("kind", "explain")),
        statements=statements,
        evidence=tuple(_as_quote(one) for one in kept.get("evidence", ())),
        chapter=next((one for one in handbook.chapters if one.id == kept.get("chapter")), None),
        follow_ups=tuple(kept.get("follow_ups", ())),
        model=ModelUse(str(kept.get("model", ""))),
        timings=Timings(evidence=float(kept.get("evidence_ms", 0.0))),
        trace=Trace(str(kept.get("asked", turn.question)), "", 0.0, {}, ()),
        message=text.removesuffix(told).strip(),
        missing=tuple(kept.get("missing", ())),
        understood=_as_understood(kept.get("understood")),
    )


def _understood(resolved: Resolved) -> dict[str, Any]:
    return {"question": resolved.question, "level": resolved.level, "wants": sorted(resolved.wants)}


def _as_understood(kept: Mapping[str, Any] | None) -> Resolved | None:
    if not kept:
        return None
    wants = frozenset(want for want in Want if want in kept.get("wants", ()))
    return Resolved(str(kept["question"]), str(kept.get("level", "intermediate")), wants)


def _statement(kept: Mapping[str, Any]) -> Statement:
    quotes = tuple(_as_quote(one) for one in kept["quotes"])
    return Statement(kept["text"], float(kept["support"]), quotes, bool(kept.get("quoted", False)))


def _as_quote(kept: Mapping[str, Any]) -> Quote:
    return Quote(**{one.name: kept[one.name] for one in fields(Quote) if one.name in kept})


def _quote(quote: Quote) -> dict[str, Any]:
    return {name: getattr(quote, name) for name in quote.__dataclass_fields__}


def _title(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_TITLE else plain[: LONGEST_TITLE - 1].rstrip() + "…"


def answer_markdown(answer: Mapping[str, Any]) -> list[str]:
    """What `kept_answer` made as Markdown, in paragraphs: statements with numbers, then what the numbers stand for."""
    numbers: dict[tuple[str, int], int] = {}
    sources: list[str] = []
    told = [_harmless(partly(answer["missing"]))] if answer.get("missing") else []
    for statement in answer.get("statements", ()):
        marks = []
        for quote in statement["quotes"]:
            key = (quote["url"], quote["start"])
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                sources.append(_source_markdown(numbers[key], quote))
            marks.append(f"[{numbers[key]}]")
        told.append(f"{_harmless(statement['text'])} {''.join(marks)}".rstrip())
    text = "\n\n".join(told) or _harmless(str(answer.get("text", "")))
    return [text, "\n".join(sources)] if sources else [text]


def _source_markdown(number: int, quote: Mapping[str, Any]) -> str:
    where = " > ".join(part for part in (quote["title"], quote["heading"]) if part)
    words = _harmless(str(quote["text"]))
    link = re.sub(r"[<>\s\\]", lambda found: f"%{ord(found[0]):02X}", str(quote["link"]))
    where += f" ({spot})" if (spot := _as_quote(quote).spot) else ""
    named = f"[{_escaped(where)}](<{link}>)" if link.startswith(("http://", "https://")) else _escaped(where)
    return f"{number}. {named}: “{words}”"


def _escaped(text: str) -> str:
    """Text that Markdown takes for nothing but text."""
    plain = " ".join(text.split())
    for mark in "\\`*_[]<>#":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


_CODE_OR_FORMULA = re.compile(r"((?<![`\\])`[^`]+`(?!`)|\$[^$]+\$)")


def _harmless(text: str) -> str:
    """
    Words of a page as Markdown on one line: code, formulas and emphasis stay, everything that could become a link, a
    picture, a heading or HTML does not.
    """
    parts = _CODE_OR_FORMULA.split(" ".join(text.split()))
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = re.sub(r"[\\<\[\]]", r"\\\g<0>", part)
        elif part.startswith("$"):  # Markdown knows no formulas: to it this is text like any other
            parts[at] = part.replace("<", r"\lt ").replace("](", "] (")
    return re.sub(r"^(#|>|[-+*] |={3}|-{3}|~{3})", r"\\\1", "".join(parts))


def history(turns: Sequence[KeptTurn], most: int = 8) -> list[Turn]:
    """The last turns as the next question wants them."""
    return [turn.turn for turn in turns[-most:]]
