"""library.db: one truth, whoever writes to it and whatever happens to them."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import library as module
from tutor.errors import BadInput, LibraryBusy, LibraryError
from tutor.library import _STEPS, VERSION, Encoded, Library, Link, Put
from tutor.passages import Source
from tutor.reading_list import ReadingList

LORA = Source("https://a.org/lora", "LoRA", "# LoRA\n\nLoRA trains two small matrices. The weights stay frozen.")
RAG = Source(
    "https://a.org/rag",
    "RAG",
    "RAG looks passages up before it answers.",
    author="A",
    pages=(0, 20),
    times=((0, 0.0), (20, 7.5)),
)


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "home" / "library.db") as opened:
        yield opened


def sound(path: Path) -> bool:
    """Whether SQLite finds the file whole and every passage stands in the full-text index, and nothing else does."""
    connection = sqlite3.connect(path)
    try:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        connection.execute("INSERT INTO words(words) VALUES ('integrity-check')")
        passages = {row[0] for row in connection.execute("SELECT id FROM passages")}
        indexed = {row[0] for row in connection.execute("SELECT rowid FROM words")}
        orphans = connection.execute("SELECT count(*) FROM passages WHERE source NOT IN (SELECT id FROM sources)")
        return whole and passages == indexed and orphans.fetchone()[0] == 0
    finally:
        connection.close()


def encoded(passages: list[int], value: float = 1.0) -> list[Encoded]:
    vector = np.array([value, 0, 0, 0], np.float32)
    return [Encoded(p, vector, np.array([[0, 4]], np.int32), vector[None]) for p in passages]


# -- sources ----------------------------------------------------------------------------------------------------------


def test_a_source_comes_back_as_it_was_given(library: Library) -> None:
    full = replace(
        RAG, published="2024-05-01", language="en", licence="CC BY", kind="paper", chapter="rag", archived=True
    )
    assert library.put(full) == Put(1, "new", 1)
    assert library.source(RAG.url) == library.source(1) == full
    assert library.number(RAG.url) == 1
    assert library.sources() == [replace(full, text="")]
    assert library.source("https://a.org/none") is library.source(9) is library.number("x") is None


def test_the_same_source_twice_is_unchanged_and_keeps_its_passages(library: Library) -> None:
    library.put(LORA)
    before = library.passages_of(1)
    assert library.put(LORA) == Put(1, "unchanged", 1)
    assert library.passages_of(1) == before


def test_what_is_told_of_an_unchanged_source_is_kept(library: Library) -> None:
    library.put(LORA)
    told = replace(LORA, author="B", chapter="low-rank-adapters-lora", archived=True)
    assert library.put(told).outcome == "unchanged"
    assert library.source(1) == told


def test_a_changed_source_has_new_passages_and_the_old_words_are_gone(library: Library) -> None:
    library.put(LORA)
    old = library.passages_of(1)
    assert library.put(replace(LORA, text="Adapters are cheap.")) == Put(1, "changed", 1)
    assert not set(old) & set(library.passages_of(1))
    assert library.held(old) == {}
    assert library.match('"frozen"', 9) == []
    assert [p for p, _ in library.match('"adapters"', 9)] == library.passages_of(1)
    assert library.words_by_source() == {LORA.url: 3}


def test_a_new_title_reaches_the_index_of_words(library: Library) -> None:
    library.put(LORA)
    assert library.put(replace(LORA, title="Adapters")).outcome == "changed"
    assert len(library.match('"adapters"', 9)) == 1


def test_the_same_text_under_another_address_is_a_duplicate(library: Library) -> None:
    library.put(LORA)
    assert library.put(replace(LORA, url="https://b.org/copy")) == Put(1, "duplicate", 1)
    assert library.counts().sources == 1
    # one that is kept already under its own address stays, whatever it becomes
    library.put(RAG)
    assert library.put(replace(RAG, text=LORA.text)).outcome == "changed"
    assert library.counts().sources == 2


def prose(seed: int, words: int = 300) -> list[str]:
    """Words without a pattern."""
    chance = random.Random(seed)
    return ["".join(chance.choices("abcdefghij", k=4)) for _ in range(words)]


def edited(words: list[str], every: int) -> str:
    return " ".join("changed" if n % every == every - 1 else word for n, word in enumerate(words)) + "."


COPIED = prose(1)
ORIGINAL = Source("https://a.org/original", "Copied", " ".join(COPIED) + ".")
COPY = Source("https://b.org/copy", "Copied | B", edited(COPIED, 20))


def found(library: Library, words: list[str] = COPIED) -> set[str]:
    """The sources in which a search finds these words."""
    hits = [passage for passage, _ in library.match(f'"{words[0]} {words[1]}"', 9)]
    return {held.url for held in library.held(hits).values()}


def test_what_is_nearly_the_same_is_kept_and_searched_once(library: Library) -> None:
    library.put(ORIGINAL)
    assert library.put(COPY) == Put(2, "new", 0)
    assert library.source(COPY.url) == COPY
    assert library.twins() == {COPY.url: ORIGINAL.url}
    assert found(library) == {ORIGINAL.url}
    assert library.put(COPY) == Put(2, "unchanged", 0)


@pytest.mark.parametrize(
    "other",
    [
        replace(COPY, text=edited(COPIED, 4)),  # too much is changed
        replace(COPY, title="Another part"),  # two pages after one pattern
        replace(COPY, text=" ".join(COPIED[:100])),  # only a part of it
        Source(COPY.url, "Copied", " ".join(prose(2))),
    ],
)
def test_what_only_resembles_another_is_searched(library: Library, other: Source) -> None:
    library.put(ORIGINAL)
    assert library.put(other).passages > 0
    assert library.twins() == {}


def test_a_twin_is_searched_when_the_original_goes_or_changes(library: Library) -> None:
    library.put(ORIGINAL)
    library.put(COPY)
    third = replace(COPY, url="https://c.org/copy", text=edited(COPIED, 15))
    library.put(third)
    assert library.twins() == dict.fromkeys([COPY.url, third.url], ORIGINAL.url)
    library.put(replace(ORIGINAL, text=" ".join(prose(3))))
    assert library.twins() == {third.url: COPY.url}
    assert found(library) == {COPY.url}
    library.remove(COPY.url)
    assert library.twins() == {}
    assert found(library) == {third.url}
    assert sound(library.path)


def test_a_twin_that_changes_is_searched_and_one_that_becomes_a_copy_is_not(library: Library) -> None:
    library.put(ORIGINAL)
    library.put(COPY)
    assert library.put(replace(COPY, text=" ".join(prose(4)))).passages > 0
    assert library.twins() == {}
    assert library.put(replace(COPY, text=ORIGINAL.text)) == Put(2, "changed", 0)
    assert library.twins() == {COPY.url: ORIGINAL.url}
    assert found(library) == {ORIGINAL.url}


def test_a_shared_text_stays_when_the_first_of_its_addresses_changes(library: Library) -> None:
    library.put(ORIGINAL)
    library.put_link(Link(ORIGINAL.url, "read", source=1))
    library.put(replace(ORIGINAL, url=COPY.url))
    library.put_link(Link(COPY.url, "read", source=1))
    passages = library.passages_of(1)
    library.put_vectors("toy", encoded(passages))
    changed = replace(ORIGINAL, text=" ".join(prose(5)))
    assert library.put(changed).source == 2
    assert library.source(1) == replace(ORIGINAL, url=COPY.url)
    assert library.source(ORIGINAL.url) == changed
    assert library.passages_of(1) == passages
    assert len(library.vectors("toy", passages)) == len(passages)  # encoded once
    link = library.link(COPY.url)
    assert link is not None
    assert link.source == 1


def test_a_reader_sees_a_changed_source_as_before_or_as_after(library: Library) -> None:
    texts = ["\n\n".join(f"# Part {n}\n\n{word} {word} {word}." for n in range(40)) for word in ("before", "after")]
    library.put(replace(LORA, text=texts[0]))
    mixed, ended = [], threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen = library.rows(
                "SELECT (SELECT count(*) FROM words WHERE words MATCH 'before') AS old, "
                "(SELECT count(*) FROM words WHERE words MATCH 'after') AS new, "
                "(SELECT instr(text, 'after') > 0 FROM sources) AS text, (SELECT count(*) FROM passages) AS passages"
            )[0]
            if tuple(seen) not in [(40, 0, 0, 40), (0, 40, 1, 40)]:
                mixed.append(tuple(seen))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(30):
        assert library.put(replace(LORA, text=texts[(turn + 1) % 2])).outcome == "changed"
    ended.set()
    reader.join()
    assert mixed == []


def test_a_page_that_is_gone_is_citable_as_of_the_day_it_was_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "now", lambda: "2026-03-01T09:00:00+00:00")
    library.put(LORA)
    library.put_link(Link(LORA.url, "read", source=1))
    assert library.as_of(1) is None
    monkeypatch.setattr(module, "now", lambda: "2026-05-02T09:00:00+00:00")
    library.put_link(Link(LORA.url, "failed", source=1))
    assert library.as_of(1) is None
    library.put_link(Link(LORA.url, "dead", source=1))
    assert library.as_of(1) == "2026-03-01"
    assert library.as_of(9) is None


def test_a_link_that_was_not_asked_keeps_when_it_was(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(["1", "2", "3"])
    monkeypatch.setattr(module, "now", lambda: next(moments))
    seen = []
    for asked in (True, False, True):
        library.put_link(Link("https://a.org", "read"), asked=asked)
        seen += [link.checked for link in library.links()]
    assert seen == ["1", "1", "3"]


def test_counting_what_an_encoder_has_to_do(library: Library) -> None:
    library.put(LORA)
    library.put(RAG)
    library.put_vectors("toy", encoded([1]))
    assert [library.count_unencoded(name) for name in ("toy", "other")] == [1, 2]
    library.put(replace(LORA, text="Changed."))
    assert library.count_unencoded("toy") == 2


def test_removing_forgets_all_of_a_source_and_nothing_else(library: Library) -> None:
    library.put(LORA)
    library.put(RAG)
    library.put_link(Link(LORA.url, "read", source=1))
    library.put_link(Link("https://b.org/copy", "read", source=1))
    library.put_vectors("toy", encoded(library.passages_of(1)))
    library.remove(LORA.url)
    assert [s.url for s in library.sources()] == [RAG.url]
    assert library.match('"frozen"', 9) == []
    for url in (LORA.url, "https://b.org/copy"):
        link = library.link(url)
        assert link is not None
        assert (link.state, link.source, link.title) == ("removed", None, LORA.title)
    assert library.vectors("toy", [1, 2, 3]) == {}
    with pytest.raises(BadInput, match=r"Nothing is kept under https://a\.org/lora"):
        library.remove(LORA.url)


@pytest.mark.parametrize("kind", ["note", "syllabus"])
def test_what_comes_with_the_tutor_stays(library: Library, kind: str) -> None:
    library.put(replace(LORA, kind=kind))
    with pytest.raises(BadInput, match="stays"):
        library.remove(LORA.url)
    assert library.number(LORA.url) is not None


def test_a_source_without_a_link_is_remembered_as_removed_too_and_can_be_put_again(library: Library) -> None:
    library.put(replace(LORA, chapter="lora"))
    library.remove(LORA.url)
    link = library.link(LORA.url)
    assert link is not None
    assert (link.state, link.kind, link.chapter) == ("removed", LORA.kind, "lora")
    assert library.put(LORA).outcome == "new"


def test_the_stamp_is_another_one_after_every_change(library: Library) -> None:
    stamps = [library.stamp()]
    library.put(LORA)
    stamps.append(library.stamp())
    library.put_link(Link(LORA.url, "read", source=1))
    stamps.append(library.stamp())
    library.remove(LORA.url)
    stamps.append(library.stamp())
    assert len(set(stamps)) == 4


def test_the_digest_tells_texts_apart_and_not_the_order_they_came_in(tmp_path: Path) -> None:
    digests = []
    for number, order in enumerate(([LORA, RAG], [RAG, LORA], [LORA, replace(RAG, text="Other.")])):
        with Library.open(tmp_path / f"{number}.db") as library:
            for source in order:
                library.put(source)
            digests.append(library.digest())
    assert digests[0] == digests[1] != digests[2]


@given(st.text(max_size=400), st.text(max_size=20))
def test_any_text_can_be_kept_and_every_passage_is_a_span_of_it(text: str, title: str) -> None:
    with Library.open(Path(":memory:")) as library:  # one thread, one connection
        number = library.put(Source("https://a.org", title, text)).source
        source = library.source(number)
        assert source is not None
        assert len(source.text) == len(text)
        assert [a for a, b in zip(source.text, text, strict=True) if a != b] == ["\ufffd"] * text.count("\0")
        for held in library.held(library.passages_of(number)).values():
            assert source.text[held.passage.start : held.passage.end] == held.passage.text


def test_what_is_no_character_becomes_one_so_that_offsets_stay(library: Library) -> None:
    library.put(Source("https://a.org", "T\udc80", "A\0B 🎉 \ud800 ends. More."))
    source = library.source(1)
    assert source is not None
    assert (source.title, source.text) == ("T\ufffd", "A\ufffdB 🎉 \ufffd ends. More.")
    assert [h.passage.text for h in library.held([1]).values()] == [source.text]


# -- passages ---------------------------------------------------------------------------------------------------------


def test_passages_know_their_source(library: Library) -> None:
    library.put(LORA)
    held = library.held([1, 77])[1]
    assert (held.source, held.url, held.title, held.kind, held.chapter) == (1, LORA.url, "LoRA", "article", None)
    assert held.passage.heading == ""  # the first heading repeats the title
    assert LORA.text[held.passage.start : held.passage.end] == held.passage.text


def test_many_passages_at_once(library: Library) -> None:
    library.put(Source("https://a.org", "Long", "\n".join(f"# {n}\nword" for n in range(1_200))))
    assert list(library.held(range(1, 1_201))) == list(range(1, 1_201))


def test_words_in_title_and_heading_weigh_more(library: Library) -> None:
    library.put(Source("https://a.org/1", "One", "Some filler. A cache keeps keys. More filler of no interest here."))
    library.put(Source("https://a.org/2", "Cache", "Some filler. A store keeps keys. More filler of no interest here."))
    ranked = library.match('"cache"', 9)
    assert [p for p, _ in ranked] == [2, 1]
    assert ranked[0][1] > ranked[1][1]
    assert library.match('"cache"', 1) == ranked[:1]
    assert library.match("", 9) == []


def test_document_frequency_counts_passages_and_forms_of_a_word(library: Library) -> None:
    library.put(Source("https://a.org/1", "One", "Tokens are pieces."))
    library.put(Source("https://a.org/2", "Two", "A token is a piece. A token."))
    assert library.document_frequency(["token", "piece", "absent", "..."]) == {"token": 2, "piece": 2, "absent": 0}


# -- vectors ----------------------------------------------------------------------------------------------------------


def test_vectors_come_back_in_half_precision(library: Library) -> None:
    library.put(LORA)
    vector = np.array([0.6, 0.8, 0, 0], np.float32)
    spans = np.array([[0, 4], [5, 9]], np.int32)
    library.put_vectors("toy", [Encoded(1, vector, spans, np.stack([vector, -vector]))])
    kept = library.vectors("toy", [1, 2])[1]
    assert np.allclose(kept.vector, vector, atol=1e-3)
    assert np.allclose(kept.span_vectors, [vector, -vector], atol=1e-3)
    assert (kept.spans == spans).all()
    assert library.vectors("other", [1]) == {}


def test_a_passage_without_sentences_has_no_span_vectors(library: Library) -> None:
    library.put(LORA)
    empty = Encoded(1, np.ones(4, np.float32), np.zeros((0, 2), np.int32), np.zeros((0, 4), np.float32))
    library.put_vectors("toy", [empty])
    kept = library.vectors("toy", [1])[1]
    assert kept.spans.shape == (0, 2)
    assert kept.span_vectors.shape == (0, 4)


def test_only_passages_without_a_vector_of_this_encoder_are_unencoded(library: Library) -> None:
    library.put(LORA)
    library.put(RAG)
    assert [h.id for h in library.unencoded("toy", 9)] == [1, 2]
    assert [h.id for h in library.unencoded("toy", 1)] == [1]
    library.put_vectors("toy", encoded([1, 99]))  # 99 is no longer held
    assert [h.id for h in library.unencoded("toy", 9)] == [2]
    assert [h.id for h in library.unencoded("other", 9)] == [1, 2]
    assert library.counts().unencoded == 1
    library.put(replace(LORA, text="Changed."))
    assert [h.id for h in library.unencoded("toy", 9)] == [2, 3]


class Heard:
    """What an index was told."""

    def __init__(self) -> None:
        self.vectors: dict[int, list[float]] = {}

    def add(self, passages: list[int], vectors: np.ndarray) -> None:
        assert vectors.dtype == np.float32
        self.vectors.update(zip(passages, vectors.tolist(), strict=True))

    def remove(self, passages: list[int]) -> None:
        for passage in passages:
            self.vectors.pop(passage, None)


def test_the_index_follows_the_library_step_by_step(library: Library) -> None:
    heard = Heard()
    library.put(LORA)
    library.put(RAG)
    assert library.index_step("toy", heard.add, heard.remove) == 0
    library.put_vectors("toy", encoded([1, 2]))
    assert library.generation() == 0
    assert [library.index_step("toy", heard.add, heard.remove, limit=1) for _ in range(3)] == [1, 1, 0]
    assert library.generation() == library.count_indexed("toy") == 2
    library.put(replace(LORA, text="Changed."))
    assert library.index_step("toy", heard.add, heard.remove) == 1
    assert heard.vectors == {2: [1.0, 0.0, 0.0, 0.0]}
    library.put_vectors("toy", encoded([3]))
    library.index_step("toy", heard.add, heard.remove)
    assert sorted(heard.vectors) == [2, 3]
    assert library.generation() == 4


def test_a_lost_index_is_told_everything_again(library: Library) -> None:
    heard = Heard()
    library.put(LORA)
    library.put_vectors("toy", encoded([1]))
    library.index_step("toy", heard.add, heard.remove)
    heard.vectors.clear()
    library.index_lost()
    assert library.count_indexed("toy") == 0
    library.index_step("toy", heard.add, heard.remove)
    assert sorted(heard.vectors) == [1]


def test_an_index_that_fails_is_told_again(library: Library) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no index today")

    heard = Heard()
    library.put(LORA)
    library.put_vectors("toy", encoded([1]))
    with pytest.raises(RuntimeError, match="no index today"):
        library.index_step("toy", fails, fails)
    assert library.count_indexed("toy") == library.generation() == 0
    assert library.index_step("toy", heard.add, heard.remove) == 1


# -- links and facts --------------------------------------------------------------------------------------------------


def test_a_link_keeps_when_it_came_into_its_state(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(["1", "2", "3", "4"])
    monkeypatch.setattr(module, "now", lambda: next(moments))
    states = []
    for state in ("dead", "dead", "read", "dead"):
        library.put_link(Link("https://a.org", state, reason=f"it is {state}", status=404))
        link = library.link("https://a.org")
        assert link is not None
        states.append((link.state, link.since, link.checked))
    assert states == [("dead", "1", "1"), ("dead", "1", "2"), ("read", "3", "3"), ("dead", "4", "4")]


def test_links_come_back_as_they_were_given(library: Library) -> None:
    library.put(LORA)
    link = Link("https://a.org", "read", "it is there", 200, 1, '"e"', "Mon", "https://b.org", True, "T", "video", "c")
    library.put_link(link)
    library.put_link(Link("https://a.org/2", "failed"))
    first, second = library.links()
    assert replace(first, checked="", since="") == link
    assert (second.url, second.source, second.archived) == ("https://a.org/2", None, False)
    assert library.link("https://a.org/3") is None


def test_facts(library: Library) -> None:
    assert library.fact("language") is None
    library.put_fact("language", "en")
    library.put_fact("language", "de")
    assert library.fact("language") == "de"


# -- one transaction --------------------------------------------------------------------------------------------------


def test_a_put_that_fails_half_way_leaves_nothing_behind(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.put(LORA)
    before = library.digest(), library.passages_of(1), library.match('"frozen"', 9)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_insert_passages", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        for source in (RAG, replace(LORA, text="Changed.")):
            with pytest.raises(KeyboardInterrupt):
                library.put(source)
    assert (library.digest(), library.passages_of(1), library.match('"frozen"', 9)) == before
    assert library.put(RAG).outcome == "new"  # and the connection is usable


def test_a_mistake_in_the_program_is_not_called_a_damaged_library(library: Library) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        library.put_link(Link("https://a.org", "read", source=99))


def test_threads_each_have_a_connection_and_none_loses_anything(library: Library) -> None:
    def put(number: int) -> str:
        outcome = library.put(Source(f"https://a.org/{number}", "T", f"Text number {number}.")).outcome
        library.match('"text"', 3)
        return outcome

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(80))) == {"new"}
    assert library.counts().sources == library.counts().passages == 80
    assert len({id(c) for c in library._opened}) > 1
    assert sound(library.path)


def test_a_thread_reads_while_another_writes(library: Library) -> None:
    library.put(LORA)
    with library.change() as change:
        change.execute("DELETE FROM sources")
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(library.counts().sources))
        thread.start()
        thread.join()
        change.rollback()
        change.execute("BEGIN")
    assert seen == [1]


# -- trouble ----------------------------------------------------------------------------------------------------------


def one_line(error: pytest.ExceptionInfo[BaseException]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_library_that_somebody_writes_to_is_busy_but_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    path = tmp_path / "library.db"
    with Library.open(path) as library:
        library.put(LORA)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Library.open(path) as library:
        assert library.counts().sources == 1
        with pytest.raises(LibraryBusy) as error:
            library.put(RAG)
        assert "Another program is writing to" in one_line(error)
        other.execute("ROLLBACK")
        other.close()
        assert library.put(RAG).outcome == "new"


def test_a_new_library_that_is_locked_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / "library.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LibraryBusy):
        Library.open(tmp_path / "library.db")
    other.close()


def test_a_file_that_is_no_library_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"This is no database. " * 400)
    with pytest.raises(LibraryError) as error:
        Library.open(path)
    assert "is damaged" in one_line(error)
    assert path.read_bytes().startswith(b"This is no")


def test_a_library_with_a_hole_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Library.open(path) as library:
        library.put(replace(LORA, text=LORA.text * 2_000))
    content = bytearray(path.read_bytes())
    content[8_192:] = b"\xff" * (len(content) - 8_192)
    path.write_bytes(bytes(content))

    def use() -> None:
        with Library.open(path) as library:
            library.source(1)
            library.match('"lora"', 9)

    with pytest.raises(LibraryError, match="is damaged"):
        use()


def test_a_library_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with Library.open(path) as library:
        library.put(LORA)
        library._connection().execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError) as error:
        Library.open(path)
    assert "newer version of the tutor" in one_line(error)


def test_a_library_of_an_older_version_is_brought_up_to_date_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with sqlite3.connect(path) as old:
        for statement in _STEPS[0].split(";\n"):
            old.execute(statement)
        old.execute(
            "INSERT INTO sources (url, title, kind, pages, archived, text, digest, words, added, changed) VALUES "
            "('https://a.org/old', 'Old', 'article', '[]', 0, 'Read long ago.', 'mark', 3, '2026', '2026'), "
            "(?, ?, 'article', '[]', 0, ?, 'other', 300, '2026', '2026')",
            (ORIGINAL.url, ORIGINAL.title, ORIGINAL.text),
        )
        old.execute("INSERT INTO passages (source, start, end, heading) VALUES (2, 0, 9, '')")
        old.execute("INSERT INTO words (rowid, title, heading, text) VALUES (9, 'Old', '', 'Read long ago.')")
        old.execute("PRAGMA user_version = 1")
    old.close()
    with Library.open(path) as library:
        kept = library.source("https://a.org/old")
        assert kept is not None
        assert library.uses("long")
        assert (kept.text, kept.times) == ("Read long ago.", ())
        assert library.put(LORA).outcome == "new"
        library.put(COPY)
        assert library.twins() == {COPY.url: ORIGINAL.url}
        assert library.rows("PRAGMA user_version")[0][0] == VERSION
    with Library.open(path) as library:
        assert library.number("https://a.org/old") == 1


def test_the_vocabulary_is_that_of_what_is_held(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        library.put(LORA)
        library.put(RAG)
        assert library.vocabulary("ra", 3, 3) == {"rag": 1}
        assert library.vocabulary("w", 1, 9) == {"weights": 1}
        assert library.uses("lora")
        library.put(replace(LORA, text="# LoRA\n\nRAG again."))
        assert library.vocabulary("ra", 3, 3) == {"rag": 2}
        assert not library.uses("weights")
        library.remove(RAG.url)
        library.remove(LORA.url)
        assert library.rows("SELECT * FROM vocabulary") == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError, match="cannot be made"):
        Library.open(tmp_path / "file" / "home" / "library.db")
    (tmp_path / "library.db").mkdir()
    with pytest.raises(LibraryError, match="cannot be used"):
        Library.open(tmp_path / "library.db")


def test_a_full_disk_is_named_and_nothing_is_lost(library: Library) -> None:
    library.put(LORA)
    connection = library._connection()
    used = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {used + 2}")
    large = replace(RAG, text="More and more words. " * 10_000)
    for source in (large, replace(LORA, text=large.text)):
        with pytest.raises(LibraryError) as error:
            library.put(source)
        assert "The disk that holds" in one_line(error)
        assert "is full" in one_line(error)
    assert library.source(LORA.url) == LORA
    assert library.counts().sources == 1
    connection.execute("PRAGMA max_page_count = 1000000")
    assert library.put(large).outcome == "new"
    assert sound(library.path)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk takes root on Linux")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], capture_output=True
    ).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        with Library.open(tmp_path / "library.db") as library:
            library.put(LORA)
            sources = [Source(f"https://a.org/{n}", "T", f"{n} " + "more words. " * 3_000) for n in range(100)]
            with pytest.raises(LibraryError, match="disk"):
                list(map(library.put, sources))
            held = library.counts().sources
            assert library.source(LORA.url) == LORA
        with Library.open(tmp_path / "library.db") as library:
            assert library.counts().sources == held
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


# -- several processes, and their end ---------------------------------------------------------------------------------

PUTS = textwrap.dedent(
    """
    import itertools, sys
    from pathlib import Path
    from tutor.library import Library
    from tutor.passages import Source

    path, name, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with Library.open(path) as library:
        print("open", flush=True)
        for number in range(most):
            text = "\\n\\n".join(f"# Part {n}\\n\\nSentence {n} of {name} {number}. " * 8 for n in range(10))
            library.put(Source(f"https://{name}.org/{number % 20}", f"{name}{number}", text))
    """
)


def start(path: Path, name: str, most: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", PUTS, str(path), name, str(most)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_killed_at_any_moment_the_library_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    moments = random.Random(5)
    for attempt in range(6):
        process = start(path, "a", 10_000)
        assert process.stdout is not None
        assert process.stderr is not None
        if attempt:  # the first is killed while it makes the library
            process.stdout.readline()
        time.sleep(moments.uniform(0.0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
        with Library.open(path) as library:
            for source in library.sources():
                number = library.number(source.url)
                assert number is not None
                assert library.passages_of(number)
        assert sound(path)


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    processes = [start(path, name, 20) for name in ("a", "b")]  # both make the library
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors.decode()) == (0, "")
    with Library.open(path) as library:
        assert library.counts().sources == 40
        assert library.counts().passages == 40 * 10
    assert sound(path)


def test_many_make_a_library_at_once(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / f"{attempt}.db"
        together = threading.Barrier(4)

        def make(path: Path = path, together: threading.Barrier = together) -> None:
            together.wait()
            Library.open(path).close()

        with ThreadPoolExecutor(4) as makers:
            for made in [makers.submit(make) for _ in range(4)]:
                made.result()


def test_reading_lists_are_kept_replaced_and_forgotten(library: Library) -> None:
    one = ReadingList("https://a.test/", "One", unresolved=(3,))
    library.put_list(one)
    library.put_list(ReadingList("https://b.test/", "Two"))
    library.put_list(replace(one, title="One again"))
    assert [kept.title for kept in library.lists()] == ["One again", "Two"]
    assert library.reading_list("https://a.test/") == replace(one, title="One again")
    library.remove_list("https://a.test/")
    assert library.reading_list("https://a.test/") is None
    library.put(Source("https://b.test/", "Two", "Words. " * 20))
    library.remove("https://b.test/")
    assert library.lists() == []


def test_minutes_are_told_for_every_source_and_follow_its_text(library: Library) -> None:
    library.put(Source("https://a.test/a", "A", "word " * 1000))
    assert library.minutes_by_source() == {"https://a.test/a": 5}
    library.put(Source("https://a.test/a", "A", "word " * 2000))
    assert library.minutes_by_source() == {"https://a.test/a": 10}


def test_threads_that_have_ended_leave_no_connection_open(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        for _ in range(30):
            thread = threading.Thread(target=library.counts)
            thread.start()
            thread.join()
        assert len(library._opened) <= 2


def test_closing_while_another_thread_reads_breaks_nothing(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "library.db")
    began, troubles = threading.Event(), []

    def read() -> None:
        try:
            for _ in range(2000):
                library.rows(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200) SELECT i FROM n"
                )
                began.set()
        except LibraryError as error:
            troubles.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert began.wait(10)
    library.close()
    for thread in threads:
        thread.join()
    library.close()
