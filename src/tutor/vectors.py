"""
Vectors of passages and of the sentences in them: made by an Encoder, kept in library.db, searched in Chroma.

Chroma is a cache: whatever happens to its folder, it is filled again from the bytes in library.db without encoding
anything anew. Knows nothing of words, ranking or answers.
"""

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tutor.encoder import Encoder
from tutor.errors import LibraryError
from tutor.library import Encoded, Held, Library
from tutor.sentences import Block, sentences

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

# Grows when what is encoded of a passage changes, so that old vectors are made anew.
RECIPE = 2
COLLECTION = "passages"
ENCODE_BATCH = 64
REOPEN_SECONDS = 3.0  # how often, at most, another process's additions are looked for


def key(encoder: Encoder) -> str:
    """The name under which this encoder's vectors are kept."""
    return f"{encoder.name}/{RECIPE}"


def whole_text(held: Held) -> str:
    """A passage with its headings before it, and those of the table it begins with."""
    path = " > ".join(part for part in (held.title, held.passage.heading) if part)
    return "\n".join(part for part in (path, held.passage.above, held.passage.text) if part)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The spans of a passage that get vectors of their own: its sentences; not its code, formulas or tables."""
    return [(s.start, s.end) for s in sentences(text) if s.block in (Block.PROSE, Block.LIST)]


def encode_pending(
    library: Library,
    encoder: Encoder,
    progress: Callable[[int], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> int:
    """
    Encodes every passage that has no vector of this encoder yet; returns how many.

    `progress` is told after each batch how many were done. Interrupted, it carries on where it stopped.
    """
    done = 0
    while not (stop and stop.is_set()) and (batch := library.unencoded(key(encoder), ENCODE_BATCH)):
        library.put_vectors(key(encoder), _encode(encoder, batch))
        done += len(batch)
        progress(len(batch))
    return done


def _encode(encoder: Encoder, batch: Sequence[Held]) -> list[Encoded]:
    """
    Each sentence is encoded alone, and a passage's vector is the mean of its sentences', longer ones weighing more; a
    passage that is mostly code, formulas or tables is encoded whole.

    Measured against encoding the passage whole and pooling its sentences from that (late chunking): the answering
    passage among five in 0.85 instead of 0.80 of the questions (docs/answers.md), at about the same cost.
    """
    spans = [sentence_spans(held.passage.text) for held in batch]
    told = [[held.passage.text[start:end] for start, end in own] for held, own in zip(batch, spans, strict=True)]
    whole = [_is_mostly_other(held.passage.text, own) for held, own in zip(batch, told, strict=True)]
    pieces = [piece for own in told for piece in own]
    texts = [whole_text(held) for held, alone in zip(batch, whole, strict=True) if alone]
    vectors = iter(encoder.encode(pieces + texts))
    of_sentences = [np.array(list(islice(vectors, len(own))), np.float32) for own in told]
    return [
        Encoded(
            passage=held.id,
            vector=next(vectors) if alone else _mean(of_own, own),
            spans=np.array(spans_of_own, np.int32).reshape(-1, 2),
            span_vectors=of_own.reshape(-1, encoder.dimensions),
        )
        for held, alone, of_own, own, spans_of_own in zip(batch, whole, of_sentences, told, spans, strict=True)
    ]


def _is_mostly_other(text: str, told: Sequence[str]) -> bool:
    return sum(len(sentence.split()) for sentence in told) * 2 < len(text.split())


def _mean(vectors: NDArray[np.float32], told: Sequence[str]) -> NDArray[np.float32]:
    """One vector of length 1 (or 0, where there is nothing) for sentences (k, dimensions) of these words."""
    weights = np.log1p([len(sentence.split()) for sentence in told])
    mean = weights @ vectors
    unit: NDArray[np.float32] = (mean / max(float(np.linalg.norm(mean)), 1e-6)).astype(np.float32)
    return unit


class Index(Protocol):
    """Nearest passages to a vector."""

    def sync(self) -> None: ...
    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]: ...


class ChromaIndex:
    """Chroma as the index over a library's vectors of one encoder. Safe to use from several threads."""

    def __init__(self, library: Library, encoder: Encoder, folder: Path, server: str | None = None) -> None:
        self._library = library
        self._encoder = encoder
        self._folder = folder
        self._server = server
        self._lock = threading.RLock()
        self._client: Any = None
        self._collection: Collection | None = None
        self._generation = -1
        self._looked = 0.0

    def sync(self) -> None:
        """Gives Chroma what it lacks and takes away what is gone; rebuilds it where it has lost anything."""
        with self._lock:
            collection = self._open()
            if collection.count() < self._library.count_indexed(key(self._encoder)):
                self._library.index_lost()
            while self._library.index_step(key(self._encoder), self._add, self._remove):
                pass
            self._generation = self._library.generation()

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """The `k` passages nearest to `vector` (dimensions,), best first, with their cosines."""
        with self._lock:
            try:
                return self._nearest(vector, k)
            except LibraryError:
                raise
            except Exception as error:  # its folder was deleted or damaged while it was open
                if self._server is not None:
                    self.close()
                    raise self._no_server(error) from error
                self._discard()
                self.sync()
                return self._nearest(vector, k)

    def _nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        collection = self._current()
        held = collection.count()
        if not held:
            return []
        found = collection.query(query_embeddings=[vector.tolist()], n_results=min(k, held), include=["distances"])
        distances = found["distances"]
        assert distances is not None
        return [(int(i), 1.0 - float(d)) for i, d in zip(found["ids"][0], distances[0], strict=True)]

    def collection(self) -> "Collection":
        """The Chroma collection itself, for those who come with tools of their own."""
        with self._lock:
            return self._current()

    def close(self) -> None:
        """Gives back the files and threads that Chroma holds; the next use opens it again."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
            if client is not None:
                with contextlib.suppress(Exception):  # whatever is wrong with it, it is gone
                    client.close()

    def erase(self) -> None:
        """Deletes what Chroma holds of the library, and its folder; the next use begins with an empty one."""
        with self._lock:
            if self._server is not None:
                collection = self._open()
                self._client.delete_collection(collection.name)
                self.close()
            else:
                self._discard()

    def _current(self) -> "Collection":
        """The collection, opened anew where another process has written to it since."""
        moment = time.monotonic()
        if self._collection is not None and moment - self._looked > REOPEN_SECONDS:
            self._looked = moment
            if self._library.generation() != self._generation and self._server is None:
                self.close()
        return self._open()

    def _open(self) -> "Collection":
        if self._collection is None:
            generation = self._library.generation()
            try:
                self._collection = self._connect()
            except Exception as error:
                if self._server is not None:
                    raise self._no_server(error) from error
                self._discard()
                self._collection = self._connect_anew()
            self._generation = generation
        return self._collection

    def _no_server(self, error: Exception) -> LibraryError:
        return LibraryError(
            f"No Chroma server answers at {self._server} ({error}). Start it, or unset TUTOR_CHROMA_SERVER."
        )

    def _connect_anew(self) -> "Collection":
        try:
            return self._connect()
        except Exception as error:
            raise LibraryError(
                f"Chroma cannot use {self._folder} ({error}). Delete it; it is filled again from library.db."
            ) from error

    def _connect(self) -> "Collection":
        import chromadb
        from chromadb.config import Settings

        quiet = Settings(anonymized_telemetry=False)
        if self._server is not None:
            from urllib.parse import urlsplit

            address = urlsplit(self._server)
            self._client = chromadb.HttpClient(
                host=address.hostname or "localhost",
                port=address.port or (443 if address.scheme == "https" else 8000),
                ssl=address.scheme == "https",
                settings=quiet,
            )
        else:
            self._client = chromadb.PersistentClient(str(self._folder), settings=quiet)
        # With the library's identity in its name it is never taken for that of another, deleted library, whose numbers
        # were the same; and a server can be shared.
        name = f"{COLLECTION}-{_slug(key(self._encoder))}-{self._library.identity()}"
        if self._server is None:
            _delete_others(self._client, name)
        collection: Collection = self._client.get_or_create_collection(
            name,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}},
        )
        collection.count()
        return collection

    def _discard(self) -> None:
        """Chroma cannot open its folder (upgrades can do that): start with an empty one, which `sync` fills."""
        from chromadb.api.shared_system_client import SharedSystemClient

        self.close()
        SharedSystemClient.clear_system_cache()  # it keeps what it failed to open, and would hand it back
        with contextlib.suppress(OSError):
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
            else:
                self._folder.unlink()
        self._library.index_lost()

    def _add(self, passages: list[int], vectors: NDArray[np.float32]) -> None:
        held = self._library.held(passages)
        self._open().upsert(
            ids=[str(p) for p in passages],
            embeddings=vectors,
            documents=[held[p].passage.text for p in passages],
            metadatas=[_metadata(held[p]) for p in passages],
        )

    def _remove(self, passages: list[int]) -> None:
        self._open().delete(ids=[str(p) for p in passages])


def _metadata(held: Held) -> dict[str, str | int]:
    """What LlamaIndex's ChromaVectorStore makes a TextNode of, so that the collection can be used with it as it is."""
    facts: dict[str, str | int] = {
        "url": held.url,
        "title": held.title,
        "heading": held.passage.heading,
        "start": held.passage.start,
        "end": held.passage.end,
    }
    node = {"id_": str(held.id), "metadata": facts, "class_name": "TextNode"}
    return {**facts, "_node_content": json.dumps(node), "_node_type": "TextNode"}


class ExactIndex:
    """Every vector in memory, compared one by one: for tests, and to measure what Chroma's approximation costs."""

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library = library
        self._encoder = encoder
        self._numbers: list[int] = []
        self._vectors: NDArray[np.float32] = np.zeros((0, encoder.dimensions), np.float32)

    def sync(self) -> None:
        self._numbers = [p for s in self._library.sources() for p in self._passages(s.url)]
        encoded = self._library.vectors(key(self._encoder), self._numbers)
        self._numbers = [p for p in self._numbers if p in encoded]
        self._vectors = np.zeros((0, self._encoder.dimensions), np.float32)
        if self._numbers:
            self._vectors = np.stack([encoded[p].vector for p in self._numbers])

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        cosines = self._vectors @ vector
        best = np.argsort(-cosines, kind="stable")[:k]
        return [(self._numbers[i], float(cosines[i])) for i in best]

    def _passages(self, url: str) -> list[int]:
        number = self._library.number(url)
        return [] if number is None else self._library.passages_of(number)


def _delete_others(client: Any, name: str) -> None:
    """Deletes the collections of libraries that this folder belonged to before, and of encoders used before."""
    for collection in client.list_collections():
        if collection.name.startswith(f"{COLLECTION}-") and collection.name != name:
            client.delete_collection(collection.name)


def _slug(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name).strip("-._") or "encoder"
