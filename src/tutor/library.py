"""
library.db: what has been read, and the state of every link. SQLite is the truth; everything else can be rebuilt.

Stores sources with their text, cuts them into passages, keeps the full-text index (FTS5) and the vectors' bytes. Knows
nothing of fetching, of how vectors are made, or of Chroma: it only remembers which vectors are still to be made
(`unencoded`) and which Chroma has not heard of (`index_step`).

Every change is one transaction: killed at any moment, the library is as before it or as after it.
"""

import contextlib
import hashlib
import json
import re
import secrets
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutor import disk, twins
from tutor.errors import BadInput, LibraryBusy, LibraryError
from tutor.passages import Passage, Source, split
from tutor.reading_list import ReadingList
from tutor.words import plain_words

BUSY_SECONDS = 15.0

_SCHEMA = """
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, published TEXT,
    language TEXT, licence TEXT, kind TEXT NOT NULL, chapter TEXT, pages TEXT NOT NULL, archived INTEGER NOT NULL,
    text TEXT NOT NULL, digest TEXT NOT NULL, words INTEGER NOT NULL, added TEXT NOT NULL, changed TEXT NOT NULL
) STRICT;
CREATE INDEX sources_by_digest ON sources (digest);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL
) STRICT;
CREATE INDEX passages_by_source ON passages (source);
CREATE VIRTUAL TABLE words USING fts5 (title, heading, text, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE, encoder TEXT NOT NULL,
    vector BLOB NOT NULL, spans BLOB NOT NULL, span_vectors BLOB NOT NULL, in_chroma INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX vectors_to_index ON vectors (in_chroma) WHERE in_chroma = 0;
CREATE TABLE removed (passage INTEGER PRIMARY KEY) STRICT;
CREATE TABLE links (
    url TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL, status INTEGER, source INTEGER REFERENCES
    sources (id) ON DELETE SET NULL, etag TEXT, last_modified TEXT, moved_to TEXT, archived INTEGER NOT NULL,
    title TEXT, kind TEXT, chapter TEXT, checked TEXT NOT NULL, since TEXT NOT NULL
) STRICT;
CREATE TABLE leads (
    parent TEXT NOT NULL, url TEXT NOT NULL, kind TEXT, chapter TEXT, PRIMARY KEY (parent, url)
) STRICT, WITHOUT ROWID;
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL,
    changed TEXT NOT NULL
) STRICT;
CREATE TABLE turns (
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (conversation, number)
) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""

# What made a library of the next version out of one that people have: never changed, only added to.
_STEPS = (
    _SCHEMA,
    """
ALTER TABLE sources ADD COLUMN times TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sources ADD COLUMN twin INTEGER REFERENCES sources (id) ON DELETE SET NULL;
ALTER TABLE sources ADD COLUMN signature BLOB;
ALTER TABLE passages ADD COLUMN above TEXT NOT NULL DEFAULT '';
CREATE TABLE lists (url TEXT PRIMARY KEY, title TEXT NOT NULL, content TEXT NOT NULL, added TEXT NOT NULL) STRICT;
CREATE INDEX sources_by_signature ON sources (words, twin, signature);
CREATE INDEX vectors_by_encoder ON vectors (encoder, in_chroma);
CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT, goal TEXT NOT NULL, request TEXT NOT NULL, content TEXT NOT NULL,
    created TEXT NOT NULL, changed TEXT NOT NULL
) STRICT;
CREATE TABLE tasks (
    plan INTEGER NOT NULL REFERENCES plans (id) ON DELETE CASCADE, number INTEGER NOT NULL, week INTEGER NOT NULL,
    day TEXT NOT NULL, key TEXT NOT NULL, chapter TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL,
    kind TEXT NOT NULL, minutes INTEGER NOT NULL, why TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open',
    spent INTEGER, changed TEXT, PRIMARY KEY (plan, number)
) STRICT;
CREATE TABLE vocabulary (word TEXT PRIMARY KEY, passages INTEGER NOT NULL) STRICT, WITHOUT ROWID;
""",
    """
ALTER TABLE plans ADD COLUMN owner TEXT NOT NULL DEFAULT 'terminal';
CREATE INDEX plans_by_owner ON plans (owner);
CREATE TABLE drafts (
    card TEXT PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, chapter TEXT NOT NULL,
    content TEXT NOT NULL, added TEXT NOT NULL
) STRICT;
CREATE INDEX drafts_by_source ON drafts (source);
CREATE TABLE drafted (
    source INTEGER PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE, digest TEXT NOT NULL, rejected TEXT NOT NULL
) STRICT;
CREATE TABLE schedules (
    owner TEXT NOT NULL, card TEXT NOT NULL, chapter TEXT NOT NULL, state TEXT NOT NULL, due TEXT NOT NULL,
    PRIMARY KEY (owner, card)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedules_by_due ON schedules (owner, due);
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, card TEXT NOT NULL, chapter TEXT NOT NULL,
    at TEXT NOT NULL, rating INTEGER NOT NULL, outcome TEXT NOT NULL, given TEXT NOT NULL, before TEXT
) STRICT;
CREATE INDEX reviews_by_owner ON reviews (owner, id);
CREATE TABLE rounds (
    owner TEXT PRIMARY KEY, chosen TEXT NOT NULL, cards TEXT NOT NULL, at INTEGER NOT NULL, after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL,
    answer TEXT NOT NULL, added TEXT NOT NULL, made TEXT
) STRICT;
""",
    """
CREATE TABLE learner_settings (
    owner TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;
""",
)
VERSION = len(_STEPS)
OWN_KINDS = ("note", "syllabus")  # what the tutor brings along
# All of a source but its text.
_ABOUT = "id, url, title, author, published, language, licence, kind, chapter, pages, times, archived, '' AS text"


@dataclass(frozen=True, slots=True)
class Link:
    """
    What is known of one address. `state`: read, dead, blocked, failed, skipped or, by a person, removed; `since`: when
    it came into that state.

    `source` is the number of the source its text is kept under; two addresses with the same text share one.
    """

    url: str
    state: str
    reason: str = ""
    status: int | None = None
    source: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    archived: bool = False
    title: str | None = None
    kind: str | None = None
    chapter: str | None = None
    checked: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """An address that a reading list (or a book's index page) leads to, with what the list says of it."""

    url: str
    kind: str | None = None
    chapter: str | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a source given to `Library.put`: `new`, `changed`, `unchanged` or `duplicate` (of `source`)."""

    source: int
    outcome: str
    passages: int


@dataclass(frozen=True, slots=True)
class Held:
    """One passage as the library holds it, with what a citation needs of its source."""

    id: int
    source: int
    url: str
    title: str
    kind: str
    chapter: str | None
    passage: Passage


@dataclass(frozen=True, slots=True)
class Encoded:
    """
    A passage's vector (dimensions,) and those of the sentences in it (k, dimensions), float32, rows of length 1.

    `spans` (k, 2): offsets of the sentences in the passage's own text.
    """

    passage: int
    vector: NDArray[np.float32]
    spans: NDArray[np.int32]
    span_vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Counts:
    sources: int
    passages: int
    words: int
    unencoded: int


@dataclass(frozen=True, slots=True)
class Dates:
    """When a source was first read and when the text that is held was (ISO times), and the address it is under."""

    url: str
    added: str
    changed: str


class _Local(threading.local):
    """One connection for each thread. No slots: those of a `threading.local` are shared by all threads."""

    connection: sqlite3.Connection | None = None


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Library:
    """The library in one file. Safe to use from several threads, each with its own connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = _Local()
        self._opened: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._lock = threading.Lock()
        self._minutes: dict[str, int] = {}  # by the digest of a text

    @classmethod
    def open(cls, path: Path) -> "Library":
        """
        Opens the library, making it where there is none.

        Raises LibraryError (damaged, made by a newer version, not writable) or LibraryBusy.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{path.parent} cannot be made ({error.strerror}). Set TUTOR_HOME to a folder you can write to."
            ) from error
        library = cls(path)
        with library._errors():
            library._migrate()
        return library

    def close(self) -> None:
        """
        Closes what this thread and those that have ended have opened. What another thread is just using is interrupted
        and closes with its last use: SQLite does not survive that a connection is closed under way.
        """
        with self._lock:
            for thread, connection in self._opened:
                if thread is threading.current_thread() or not thread.is_alive():
                    connection.close()
                else:
                    connection.interrupt()
            self._opened.clear()
        self._local = _Local()

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- connections ------------------------------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        local = self._local  # `close` may put another in its place meanwhile
        if local.connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            local.connection = connection
            self._remember(connection)
        return local.connection

    def _remember(self, connection: sqlite3.Connection) -> None:
        """Each question has a thread of its own: the connections of those that have ended are closed here."""
        with self._lock:
            ended = [opened for opened in self._opened if not opened[0].is_alive()]
            for thread_and_connection in ended:
                thread_and_connection[1].close()
                self._opened.remove(thread_and_connection)
            self._opened.append((threading.current_thread(), connection))

    def _migrate(self) -> None:
        connection = self._connection()
        _write_ahead(connection)
        if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
            return  # without waiting for whoever is writing
        with self.change() as change:
            version = change.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise LibraryError(
                    f"{self.path} was made by a newer version of the tutor. Update the tutor, or set TUTOR_HOME to "
                    "another folder."
                )
            for step in _STEPS[version:]:
                for statement in step.split(";\n"):
                    change.execute(statement)
            if version == 1:
                _sign(change)
                _fill_vocabulary(change)
            change.execute(f"PRAGMA user_version = {VERSION}")

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """
        One transaction: all of it or nothing. For what is kept beside the sources (plans, conversations).

        Nobody else writes meanwhile, so be brief. Raises LibraryBusy where another process writes for too long, and
        LibraryError where the file cannot be written.
        """
        connection = self._connection()
        with self._errors():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors in words that say what to do next."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise LibraryBusy(
                    f"Another program is writing to {self.path}. Wait for it to finish (or close it) and try again."
                ) from error
            if "full" in str(error):
                raise LibraryError(
                    f"The disk that holds {self.path} is full ({disk.told(disk.free(self.path))} free). Free some "
                    "space and run the same command again; nothing that was read is lost."
                ) from error
            raise LibraryError(
                f"{self.path} cannot be used ({error}). Check that you can write there and that the disk is not full."
            ) from error
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # a mistake of ours, and no reason to have anyone rename a sound library
        except sqlite3.DatabaseError as error:
            raise LibraryError(
                f"{self.path} is damaged ({error}). Rename it and run `tutor ingest` to read everything anew."
            ) from error

    def rows(self, query: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """What a SELECT finds, by column name. Raises LibraryError where the file cannot be read."""
        with self._errors():
            return self._connection().execute(query, tuple(values)).fetchall()

    def erase(self) -> None:
        """
        Forgets everything, for good: every row of every table, and what the file's bytes still hold of them.

        Whoever has the library open goes on with an empty one. Raises LibraryBusy and LibraryError as `change` does.
        """
        with self.change() as change:
            tables = change.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
            virtual = [row["name"] for row in tables if str(row["sql"]).startswith("CREATE VIRTUAL")]
            for row in tables:
                shadow = any(row["name"].startswith(f"{name}_") for name in virtual)  # the index's own
                if not shadow and not row["name"].startswith("sqlite_"):
                    change.execute(f"DELETE FROM {row['name']}")
        with self._errors():
            self._connection().execute("VACUUM")
        self.settle()
        self._minutes.clear()

    def settle(self) -> None:
        """Writes what waits beside the file into it and empties what waited, where nobody reads it just now."""
        with self._errors():
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # -- sources ----------------------------------------------------------------------------------------------------

    def put(self, source: Source, *, searched: bool = True) -> Put:
        """
        Keeps `source`: new, in place of what was kept under its URL, or not at all where the same text is kept already.

        One that is not `searched` has no passages: it can be quoted, and no search finds it.

        The passages of a source whose text or title changed are replaced in the same transaction. Characters that are
        none (NUL, halves of surrogate pairs) are kept as U+FFFD, so that offsets stay.

        A source whose text is nearly another's (`tutor.twins`) is kept as its twin, without passages, as long as the
        other is there and stays as it is. Where two addresses have one text and the one that it is kept under has
        another now, the old text stays, under the second address.
        """
        source = _storable(source)
        mark = digest(source.text)
        with self.change() as change:
            kept = change.execute("SELECT id, title, digest FROM sources WHERE url = ?", (source.url,)).fetchone()
            if kept and (kept["title"], kept["digest"]) == (source.title, mark):
                _describe(change, kept["id"], source)
                if not searched:
                    _unsearch(change, kept["id"])
                return Put(kept["id"], "unchanged", _count(change, kept["id"]))
            same = change.execute(
                "SELECT id FROM sources WHERE digest = ? AND url != ? ORDER BY id LIMIT 1", (mark, source.url)
            ).fetchone()
            if same and not kept:
                return Put(same["id"], "duplicate", _count(change, same["id"]))
            if kept and kept["digest"] != mark and _hand_over(change, kept["id"], source.url):
                number = _insert(change, source, mark)
            elif kept:
                number = kept["id"]
                _forget_passages(change, number)
                _rewrite(change, number, source, mark)
            else:
                number = _insert(change, source, mark)
            if searched:
                _search(change, number, source.title, source.text)
            _part(change, number)
            return Put(number, "changed" if kept else "new", _count(change, number))

    def remove(self, url: str) -> None:
        """
        Forgets a source, its passages and their vectors. Raises BadInput where nothing is kept under `url`, and for the
        tutor's own notes.

        Of it and of every address that shared its text it is remembered that a person removed it, so that no reading
        list brings it back (ingest.pipeline). What was nearly the same is searched from now on.
        """
        with self.change() as change:
            kept = change.execute("SELECT id, title, kind, chapter FROM sources WHERE url = ?", (url,)).fetchone()
            if kept is None:
                raise BadInput(f"Nothing is kept under {url}. `tutor sources` lists what the library holds.")
            if kept["kind"] in OWN_KINDS:
                raise BadInput(f"“{kept['title']}” is the tutor's own and stays: it comes with the tutor.")
            moment = now()
            change.execute(
                "INSERT OR IGNORE INTO links (url, state, reason, source, archived, title, kind, chapter, checked, "
                "since) VALUES (?, 'read', '', ?, 0, ?, ?, ?, ?, ?)",
                (url, kept["id"], kept["title"], kept["kind"], kept["chapter"], moment, moment),
            )
            change.execute(
                "UPDATE links SET state = 'removed', reason = 'you removed it', status = NULL, etag = NULL, "
                "last_modified = NULL, moved_to = NULL, archived = 0, title = coalesce(title, ?), checked = ?, "
                "since = ?, source = NULL WHERE source = ? OR url = ?",
                (kept["title"], moment, moment, kept["id"], url),
            )
            _unsearch(change, kept["id"])
            change.execute("DELETE FROM sources WHERE id = ?", (kept["id"],))
            change.execute("DELETE FROM lists WHERE url = ?", (url,))

    def source(self, which: int | str) -> Source | None:
        """The source with this number or URL."""
        column = "id" if isinstance(which, int) else "url"
        rows = self.rows(f"SELECT * FROM sources WHERE {column} = ?", (which,))
        return _source(rows[0]) if rows else None

    def about(self, number: int) -> Source | None:
        """The source with this number without its text (`text == ""`): cheap, however long that is."""
        rows = self.rows(f"SELECT {_ABOUT} FROM sources WHERE id = ?", (number,))
        return _source(rows[0]) if rows else None

    def number(self, url: str) -> int | None:
        rows = self.rows("SELECT id FROM sources WHERE url = ?", (url,))
        return int(rows[0]["id"]) if rows else None

    def sources(self) -> list[Source]:
        """All sources but the syllabus in the order they came, without their texts (`text == ""`)."""
        rows = self.rows(f"SELECT {_ABOUT} FROM sources WHERE kind != 'syllabus' ORDER BY id")
        return [_source(row) for row in rows]

    def dates(self) -> dict[int, Dates]:
        """When each source was read, by its number."""
        rows = self.rows("SELECT id, url, added, changed FROM sources")
        return {row["id"]: Dates(row["url"], row["added"], row["changed"]) for row in rows}

    def as_of(self, source: int) -> str | None:
        """The day (ISO date) on which a source was read whose page is gone by now; None where it is not gone."""
        rows = self.rows(
            "SELECT s.changed FROM sources s JOIN links l ON l.url = s.url WHERE s.id = ? AND l.state = 'dead'",
            (source,),
        )
        return str(rows[0]["changed"])[:10] if rows else None

    def twins(self) -> dict[str, str]:
        """Sources whose text is nearly another's and which are not searched, each with the other: addresses."""
        rows = self.rows("SELECT s.url, o.url AS original FROM sources s JOIN sources o ON o.id = s.twin ORDER BY s.id")
        return {row["url"]: row["original"] for row in rows}

    def lengths(self) -> dict[str, tuple[int, float]]:
        """Of each source by its URL: its words, and the seconds at which its last part begins (0 for a text)."""
        rows = self.rows("SELECT url, words, coalesce(json_extract(times, '$[#-1][1]'), 0.0) AS seconds FROM sources")
        return {row["url"]: (row["words"], float(row["seconds"])) for row in rows}

    def words_by_source(self) -> dict[str, int]:
        return {row["url"]: row["words"] for row in self.rows("SELECT url, words FROM sources")}

    def minutes_by_source(self) -> dict[str, int]:
        """About how many minutes each source takes, by URL (`Source.minutes`); each text is looked at once."""
        held = {row["url"]: row["digest"] for row in self.rows("SELECT url, digest FROM sources")}
        for url, mark in held.items():
            if mark not in self._minutes and (source := self.source(url)) is not None:
                self._minutes[mark] = source.minutes
        return {url: self._minutes[mark] for url, mark in held.items() if mark in self._minutes}

    def counts(self) -> Counts:
        row = self.rows(
            "SELECT (SELECT count(*) FROM sources WHERE kind != 'syllabus') AS sources, "
            "(SELECT count(*) FROM passages) AS passages, "
            "(SELECT coalesce(sum(words), 0) FROM sources) AS words, (SELECT count(*) FROM passages WHERE id NOT IN "
            "(SELECT passage FROM vectors)) AS unencoded"
        )[0]
        return Counts(row["sources"], row["passages"], row["words"], row["unencoded"])

    def count_unencoded(self, encoder: str) -> int:
        """How many passages have no vector of this encoder yet. Reads two indexes, and no vector."""
        row = self.rows(
            "SELECT (SELECT count(*) FROM passages) - (SELECT count(*) FROM vectors WHERE encoder = ?) AS n", (encoder,)
        )[0]
        return int(row["n"])

    def count_passages(self) -> int:
        """How many passages there are: `counts` without what a question need not wait for."""
        return int(self.rows("SELECT count(*) AS n FROM passages")[0]["n"])

    def digest(self) -> str:
        """A digest of every text held, whatever the order it came in: what an eval was measured on."""
        rows = self.rows("SELECT url, digest FROM sources WHERE kind != 'syllabus' ORDER BY url")
        return digest("\n".join(f"{row['url']} {row['digest']}" for row in rows))

    # -- passages ---------------------------------------------------------------------------------------------------

    def held(self, passages: Sequence[int]) -> dict[int, Held]:
        """The passages with these numbers; one that is no longer held is left out."""
        found: dict[int, Held] = {}
        for some in _batches(list(passages), 500):
            marks = ",".join("?" * len(some))
            rows = self.rows(
                "SELECT p.id, p.source, p.start, p.end, p.heading, p.above, s.url, s.title, s.kind, s.chapter, "
                "substr(s.text, p.start + 1, p.end - p.start) AS text "
                f"FROM passages p JOIN sources s ON s.id = p.source WHERE p.id IN ({marks})",
                some,
            )
            for row in rows:
                passage = Passage(row["start"], row["end"], row["heading"], row["text"], row["above"])
                found[row["id"]] = Held(
                    row["id"], row["source"], row["url"], row["title"], row["kind"], row["chapter"], passage
                )
        return found

    def passages_of(self, source: int) -> list[int]:
        return [row["id"] for row in self.rows("SELECT id FROM passages WHERE source = ? ORDER BY start", (source,))]

    def match(self, query: str, limit: int) -> list[tuple[int, float]]:
        """
        Passages that match an FTS5 query, best first, with their BM25 scores (higher is better).

        A word in the title or heading weighs more than one in the text.
        """
        if not query:
            return []
        rows = self.rows(
            "SELECT rowid, -bm25(words, 2.0, 2.0, 1.0) AS score FROM words WHERE words MATCH ? "
            "ORDER BY score DESC, rowid LIMIT ?",
            (query, limit),
        )
        return [(row["rowid"], row["score"]) for row in rows]

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each word occurs (in any of its forms)."""
        return {
            term: int(self.rows("SELECT count(*) AS n FROM words WHERE words MATCH ?", (f'"{term}"',))[0]["n"])
            for term in dict.fromkeys(terms)
            if any(letter.isalnum() for letter in term)
        }

    def vocabulary(self, start: str, shortest: int, longest: int) -> dict[str, int]:
        """The plain words of so many letters that begin with `start` -> how many passages use each."""
        rows = self.rows(
            "SELECT word, passages FROM vocabulary WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?",
            (start, start + "\U0010ffff", shortest, longest),
        )
        return {row["word"]: row["passages"] for row in rows}

    def uses(self, word: str) -> bool:
        """Whether any passage holds exactly this plain word (lower case)."""
        return bool(self.rows("SELECT 1 FROM vocabulary WHERE word = ?", (word,)))

    # -- vectors ----------------------------------------------------------------------------------------------------

    def unencoded(self, encoder: str, limit: int) -> list[Held]:
        """Passages that have no vector of this encoder yet."""
        rows = self.rows(
            "SELECT p.id FROM passages p LEFT JOIN vectors v ON v.passage = p.id AND v.encoder = ? "
            "WHERE v.passage IS NULL ORDER BY p.id LIMIT ?",
            (encoder, limit),
        )
        held = self.held([row["id"] for row in rows])
        return [held[row["id"]] for row in rows]

    def put_vectors(self, encoder: str, encoded: Iterable[Encoded]) -> None:
        with self.change() as change:
            for one in encoded:
                if change.execute("SELECT 1 FROM passages WHERE id = ?", (one.passage,)).fetchone():
                    change.execute(
                        "INSERT OR REPLACE INTO vectors (passage, encoder, vector, spans, span_vectors, in_chroma) "
                        "VALUES (?, ?, ?, ?, ?, 0)",
                        (
                            one.passage,
                            encoder,
                            one.vector.astype(np.float16).tobytes(),
                            one.spans.astype(np.int32).tobytes(),
                            one.span_vectors.astype(np.float16).tobytes(),
                        ),
                    )

    def vectors(self, encoder: str, passages: Sequence[int]) -> dict[int, Encoded]:
        found: dict[int, Encoded] = {}
        for some in _batches(list(passages), 500):
            marks = ",".join("?" * len(some))
            rows = self.rows(f"SELECT * FROM vectors WHERE encoder = ? AND passage IN ({marks})", [encoder, *some])
            found.update((row["passage"], _encoded(row)) for row in rows)
        return found

    def index_step(
        self,
        encoder: str,
        add: Callable[[list[int], NDArray[np.float32]], None],
        remove: Callable[[list[int]], None],
        limit: int = 500,
    ) -> int:
        """
        Brings Chroma one step nearer to the library; returns how many passages were handled, 0 when it is level.

        `add` and `remove` are called inside the library's write transaction: of all processes that share the
        library, one at a time writes to Chroma, and `generation` grows with what it wrote.
        """
        with self.change() as change:
            gone = [row["passage"] for row in change.execute("SELECT passage FROM removed LIMIT ?", (limit,))]
            rows = change.execute(
                "SELECT passage, vector FROM vectors WHERE in_chroma = 0 AND encoder = ? ORDER BY passage LIMIT ?",
                (encoder, limit),
            ).fetchall()
            if gone:
                remove(gone)
                change.executemany("DELETE FROM removed WHERE passage = ?", [(p,) for p in gone])
            if rows:
                new = [row["passage"] for row in rows]
                add(new, np.stack([np.frombuffer(row["vector"], np.float16) for row in rows]).astype(np.float32))
                change.executemany("UPDATE vectors SET in_chroma = 1 WHERE passage = ?", [(p,) for p in new])
            if gone or rows:
                change.execute(
                    "INSERT INTO facts (name, value) VALUES ('generation', '1') "
                    "ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
                )
            return len(gone) + len(rows)

    def generation(self) -> int:
        """Grows whenever any process has changed what Chroma holds."""
        return int(self.fact("generation") or 0)

    def identity(self) -> str:
        """Eight hex digits that tell this library from any other, also from one that is made anew in its place."""
        if (kept := self.fact("identity")) is None:
            with self.change() as change:
                change.execute(
                    "INSERT OR IGNORE INTO facts (name, value) VALUES ('identity', ?)", (secrets.token_hex(4),)
                )
            kept = self.fact("identity")
            assert kept is not None
        return kept

    def count_indexed(self, encoder: str) -> int:
        rows = self.rows("SELECT count(*) AS n FROM vectors WHERE in_chroma = 1 AND encoder = ?", (encoder,))
        return int(rows[0]["n"])

    def index_is_level(self, encoder: str) -> bool:
        """Whether `index_step` would find nothing to do."""
        rows = self.rows(
            "SELECT EXISTS (SELECT 1 FROM vectors WHERE in_chroma = 0 AND encoder = ?) "
            "OR EXISTS (SELECT 1 FROM removed) AS behind",
            (encoder,),
        )
        return not rows[0]["behind"]

    def index_lost(self) -> None:
        """Chroma's folder is gone or was made anew: give it everything again."""
        with self.change() as change:
            change.execute("UPDATE vectors SET in_chroma = 0")
            change.execute("DELETE FROM removed")

    # -- links ------------------------------------------------------------------------------------------------------

    def put_link(self, link: Link, *, asked: bool = True) -> None:
        """
        Keeps what is known of an address; `since` stays as it was while the state stays the same.

        `checked` is now, unless the address was not `asked` for this time.
        """
        moment = now()
        with self.change() as change:
            kept = change.execute("SELECT state, since, checked FROM links WHERE url = ?", (link.url,)).fetchone()
            since = kept["since"] if kept and kept["state"] == link.state else moment
            change.execute(
                "INSERT OR REPLACE INTO links (url, state, reason, status, source, etag, last_modified, moved_to, "
                "archived, title, kind, chapter, checked, since) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    link.url, link.state, link.reason, link.status, link.source, link.etag, link.last_modified,
                    link.moved_to, int(link.archived), link.title, link.kind, link.chapter,
                    moment if asked or not kept else kept["checked"], since,
                ),
            )  # fmt: skip

    def link(self, url: str) -> Link | None:
        rows = self.rows("SELECT * FROM links WHERE url = ?", (url,))
        return _link(rows[0]) if rows else None

    def links(self) -> list[Link]:
        return [_link(row) for row in self.rows("SELECT * FROM links ORDER BY rowid")]

    def stamp(self) -> str:
        """Another one whenever a link or the number of sources has changed: cheap enough to ask every second."""
        row = self.rows(
            "SELECT (SELECT count(*) FROM sources) AS sources, count(*) AS links, count(source) AS held, "
            "coalesce(max(checked), '') AS checked FROM links"
        )[0]
        return f"{row['sources']}-{row['links']}-{row['held']}-{row['checked']}"

    def put_leads(self, parent: str, leads: Sequence[Lead]) -> None:
        """Keeps what a page leads to, in place of what was kept: a run that was stopped is carried on from it."""
        with self.change() as change:
            change.execute("DELETE FROM leads WHERE parent = ?", (parent,))
            change.executemany(
                "INSERT OR IGNORE INTO leads (parent, url, kind, chapter) VALUES (?, ?, ?, ?)",
                [(parent, lead.url, lead.kind, lead.chapter) for lead in leads],
            )

    def leads(self, parent: str) -> list[Lead]:
        rows = self.rows("SELECT url, kind, chapter FROM leads WHERE parent = ? ORDER BY url", (parent,))
        return [Lead(row["url"], row["kind"], row["chapter"]) for row in rows]

    # -- reading lists ----------------------------------------------------------------------------------------------

    def put_list(self, kept: ReadingList) -> None:
        """Keeps a reading list, in place of what was kept under its address."""
        with self.change() as change:
            change.execute(
                "INSERT INTO lists (url, title, content, added) VALUES (?, ?, ?, ?) ON CONFLICT (url) "
                "DO UPDATE SET title = excluded.title, content = excluded.content",
                (kept.url, kept.title, _NO_CHARACTERS.sub("\ufffd", kept.to_json()), now()),
            )

    def lists(self) -> list[ReadingList]:
        """All reading lists, in the order they came; one that cannot be understood any more is left out."""
        found = []
        for row in self.rows("SELECT content FROM lists ORDER BY added, rowid"):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                found.append(ReadingList.from_json(row["content"]))
        return found

    def reading_list(self, url: str) -> ReadingList | None:
        """The reading list that was found at this address."""
        return next((one for one in self.lists() if one.url == url), None)

    def remove_list(self, url: str) -> None:
        """Forgets a reading list; its source stays."""
        with self.change() as change:
            change.execute("DELETE FROM lists WHERE url = ?", (url,))

    # -- facts ------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        rows = self.rows("SELECT value FROM facts WHERE name = ?", (name,))
        return str(rows[0]["value"]) if rows else None

    def put_fact(self, name: str, value: str) -> None:
        with self.change() as change:
            change.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))


def _write_ahead(connection: sqlite3.Connection) -> None:
    """
    Puts a new file into WAL mode, and waits for another process that is just doing so: SQLite itself does not, since
    two that each hold the lock the other wants would wait for ever (https://www.sqlite.org/c3ref/busy_handler.html).
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _batches(items: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


_NO_CHARACTERS = re.compile(r"[\x00\ud800-\udfff]")


def _storable(source: Source) -> Source:
    """`source` without what SQLite cannot keep or would take for the end of a text."""
    if not any(_NO_CHARACTERS.search(part) for part in (source.text, source.title, source.author or "")):
        return source
    text, title, author = (_NO_CHARACTERS.sub("\ufffd", p) for p in (source.text, source.title, source.author or ""))
    return replace(source, text=text, title=title, author=author or None)


def _insert(change: sqlite3.Connection, source: Source, mark: str) -> int:
    moment = now()
    cursor = change.execute(
        "INSERT INTO sources (url, title, author, published, language, licence, kind, chapter, pages, times, "
        "archived, text, digest, words, added, changed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            source.url, source.title, source.author, source.published, source.language, source.licence, source.kind,
            source.chapter, json.dumps(source.pages), json.dumps(source.times), int(source.archived), source.text, mark,
            source.words, moment, moment,
        ),
    )  # fmt: skip
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _rewrite(change: sqlite3.Connection, number: int, source: Source, mark: str) -> None:
    """Another text in place of the one that is kept."""
    change.execute(
        "UPDATE sources SET text = ?, digest = ?, words = ?, changed = ?, twin = NULL, signature = NULL WHERE id = ?",
        (source.text, mark, source.words, now(), number),
    )
    _describe(change, number, source)


def _hand_over(change: sqlite3.Connection, number: int, url: str) -> bool:
    """Keeps a source under the next address that leads to it; False where `url` is the only one."""
    heir = change.execute(
        "SELECT url FROM links WHERE source = ? AND url != ? AND url NOT IN (SELECT url FROM sources) "
        "ORDER BY rowid LIMIT 1",
        (number, url),
    ).fetchone()
    if heir is None:
        return False
    change.execute("UPDATE sources SET url = ? WHERE id = ?", (heir["url"], number))
    # Chroma is told the new address with the same vectors.
    change.execute(
        "UPDATE vectors SET in_chroma = 0 WHERE passage IN (SELECT id FROM passages WHERE source = ?)", (number,)
    )
    return True


def _search(change: sqlite3.Connection, number: int, title: str, text: str) -> None:
    """Makes a source searched, by passages of its own or as the twin of one that has them."""
    signature = twins.signature(text)
    original = _original(change, number, title, signature)
    change.execute("UPDATE sources SET signature = ?, twin = ? WHERE id = ?", (signature, original, number))
    if original is None:
        _insert_passages(change, number, title, split(text, title))


def _sign(change: sqlite3.Connection) -> None:
    """Gives signatures to what was read before there were any."""
    rows = change.execute("SELECT id, text FROM sources WHERE id IN (SELECT source FROM passages)").fetchall()
    signed = [(twins.signature(row["text"]), row["id"]) for row in rows]
    change.executemany("UPDATE sources SET signature = ? WHERE id = ?", signed)


def _unsearch(change: sqlite3.Connection, number: int) -> None:
    """Makes a source one that no search finds, and nobody's original."""
    _forget_passages(change, number)
    change.execute("UPDATE sources SET signature = NULL, twin = NULL WHERE id = ?", (number,))
    _part(change, number)


def _original(change: sqlite3.Connection, number: int, title: str, signature: bytes | None) -> int | None:
    """The source that number `number` with this title and signature is a twin of."""
    same = change.execute(
        "SELECT coalesce(o.twin, o.id) AS id FROM sources s JOIN sources o ON o.digest = s.digest AND o.id != s.id "
        "WHERE s.id = ? AND coalesce(o.twin, o.id) != s.id AND o.signature IS NOT NULL ORDER BY o.id LIMIT 1",
        (number,),
    ).fetchone()
    if same:
        return int(same["id"])
    if signature is None:
        return None
    # Texts of half or twice the length cannot be so much alike.
    rows = change.execute(
        "SELECT o.id, o.signature FROM sources s JOIN sources o ON o.words BETWEEN s.words * ? AND s.words / ? "
        "WHERE s.id = ? AND o.id != s.id AND o.twin IS NULL AND o.signature IS NOT NULL ORDER BY o.id",
        (twins.ALIKE, twins.ALIKE, number),
    ).fetchall()
    for at in twins.nearest(signature, [row["signature"] for row in rows]):
        other = change.execute("SELECT id, title FROM sources WHERE id = ?", (rows[at]["id"],)).fetchone()
        if twins.same_title(title, other["title"]):
            return int(other["id"])
    return None


def _part(change: sqlite3.Connection, number: int) -> None:
    """Looks again at the twins of a source that changed or goes: one that is a twin no more is searched from now on."""
    rows = change.execute("SELECT id, title, text FROM sources WHERE twin = ? ORDER BY id", (number,)).fetchall()
    change.execute("UPDATE sources SET twin = NULL, signature = NULL WHERE twin = ?", (number,))
    for row in rows:
        _search(change, row["id"], row["title"], row["text"])


def _describe(change: sqlite3.Connection, number: int, source: Source) -> None:
    change.execute(
        "UPDATE sources SET title = ?, author = ?, published = ?, language = ?, licence = ?, kind = ?, chapter = ?, "
        "pages = ?, times = ?, archived = ? WHERE id = ?",
        (
            source.title, source.author, source.published, source.language, source.licence, source.kind,
            source.chapter, json.dumps(source.pages), json.dumps(source.times), int(source.archived), number,
        ),
    )  # fmt: skip


def _insert_passages(change: sqlite3.Connection, source: int, title: str, passages: Sequence[Passage]) -> None:
    for passage in passages:
        cursor = change.execute(
            "INSERT INTO passages (source, start, end, heading, above) VALUES (?, ?, ?, ?, ?)",
            (source, passage.start, passage.end, passage.heading, passage.above),
        )
        change.execute(
            "INSERT INTO words (rowid, title, heading, text) VALUES (?, ?, ?, ?)",
            (cursor.lastrowid, title, passage.heading, f"{passage.above}\n{passage.text}"),
        )
    _count_words(change, (f"{title} {passage.heading} {passage.text}" for passage in passages), 1)


def _count_words(change: sqlite3.Connection, texts: Iterable[str], step: int) -> None:
    """Adds `step` to the words of each of `texts` in the vocabulary; a word that nobody uses any more is forgotten."""
    used = Counter(word for text in texts for word in set(plain_words(text)))
    change.executemany(
        "INSERT INTO vocabulary (word, passages) VALUES (?, ?) "
        "ON CONFLICT (word) DO UPDATE SET passages = passages + excluded.passages",
        [(word, step * often) for word, often in used.items()],
    )
    if step < 0:
        change.executemany("DELETE FROM vocabulary WHERE word = ? AND passages <= 0", [(word,) for word in used])


def _fill_vocabulary(change: sqlite3.Connection) -> None:
    rows = change.execute("SELECT title, heading, text FROM words")
    _count_words(change, (f"{row['title']} {row['heading']} {row['text']}" for row in rows), 1)


def _forget_passages(change: sqlite3.Connection, source: int) -> None:
    rows = change.execute(
        "SELECT title, heading, text FROM words WHERE rowid IN (SELECT id FROM passages WHERE source = ?)", (source,)
    )
    _count_words(change, [f"{row['title']} {row['heading']} {row['text']}" for row in rows], -1)
    change.execute("INSERT OR IGNORE INTO removed SELECT id FROM passages WHERE source = ?", (source,))
    change.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM passages WHERE source = ?)", (source,))
    change.execute("DELETE FROM passages WHERE source = ?", (source,))


def _count(change: sqlite3.Connection, source: int) -> int:
    return int(change.execute("SELECT count(*) FROM passages WHERE source = ?", (source,)).fetchone()[0])


def _source(row: sqlite3.Row) -> Source:
    return Source(
        url=row["url"],
        title=row["title"],
        text=row["text"],
        author=row["author"],
        published=row["published"],
        language=row["language"],
        licence=row["licence"],
        kind=row["kind"],
        chapter=row["chapter"],
        pages=tuple(json.loads(row["pages"])),
        times=tuple((offset, seconds) for offset, seconds in json.loads(row["times"])),
        archived=bool(row["archived"]),
    )


def _link(row: sqlite3.Row) -> Link:
    values = {name: row[name] for name in Link.__dataclass_fields__}
    values["archived"] = bool(values["archived"])
    return Link(**values)


def _encoded(row: sqlite3.Row) -> Encoded:
    vector = np.frombuffer(row["vector"], np.float16).astype(np.float32)
    return Encoded(
        passage=row["passage"],
        vector=vector,
        spans=np.frombuffer(row["spans"], np.int32).reshape(-1, 2),
        span_vectors=np.frombuffer(row["span_vectors"], np.float16).astype(np.float32).reshape(-1, len(vector)),
    )
