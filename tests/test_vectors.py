"""Vectors: made once, kept in library.db; Chroma is a cache of them that can be lost at any time."""

import shutil
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor import vectors
from tutor.encoder import LettersEncoder
from tutor.errors import LibraryError
from tutor.library import Library
from tutor.passages import Source
from tutor.vectors import ChromaIndex, ExactIndex, encode_pending, key, sentence_spans, whole_text


def sources(count: int, first: int = 0) -> list[Source]:
    words = "attention cache gradient token layer router reward sample kernel matrix vector loss prompt draft".split()
    chosen = np.random.default_rng(1).choice(words, (first + count, 12))
    return [
        Source(f"https://a.org/{n}", f"Page {n}", f"The {' '.join(chosen[n])} is number {n}. It ends.")
        for n in range(first, first + count)
    ]


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "library.db") as opened:
        for source in sources(30):
            opened.put(source)
        yield opened


class Counting(LettersEncoder):
    """Counts what it encodes, and breaks where it is told to."""

    def __init__(self, most: int = 10**9) -> None:
        self.done = 0
        self.most = most

    def encode(self, texts):
        if self.done >= self.most:
            raise KeyboardInterrupt
        self.done += len(texts)
        return super().encode(texts)


def ready(library: Library, folder: Path) -> ChromaIndex:
    encode_pending(library, LettersEncoder())
    index = ChromaIndex(library, LettersEncoder(), folder)
    index.sync()
    return index


def agree(library: Library, index: ChromaIndex) -> bool:
    """Whether Chroma finds what comparing all vectors finds."""
    exact = ExactIndex(library, LettersEncoder())
    exact.sync()
    for question in LettersEncoder().encode(["attention and cache", "router", "a draft of a prompt", "number 7"]):
        near, far = index.nearest(question, 10), exact.nearest(question, 10)
        if not np.allclose([c for _, c in near], [c for _, c in far], atol=2e-3):
            return False
        # Passages that are equally near may change places.
        tie = far[-1][1] if far else 0.0
        if not {n for n, c in near if c > tie + 2e-3} <= {n for n, _ in far}:
            return False
    return True


# -- encoding ---------------------------------------------------------------------------------------------------------


def test_sentences_are_encoded_and_code_is_not(library: Library) -> None:
    library.put(Source("https://a.org", "Title", "# Part\n\nFirst. Second.\n\n```\nx = 1\n```"))
    held = library.held([31])[31]
    assert [held.passage.text[s:e] for s, e in sentence_spans(held.passage.text)] == ["First.", "Second."]


def test_every_passage_and_sentence_gets_the_vector_of_its_text(library: Library, letters: LettersEncoder) -> None:
    assert encode_pending(library, letters) == 30
    assert encode_pending(library, letters) == 0
    held = library.held([5])[5]
    kept = library.vectors(key(letters), [5])[5]
    told = [held.passage.text[s:e] for s, e in kept.spans]
    assert told == [held.passage.text[s:e] for s, e in sentence_spans(held.passage.text)]
    assert np.allclose(kept.span_vectors, letters.encode(told), atol=1e-3)
    mean = np.log1p([len(sentence.split()) for sentence in told]) @ letters.encode(told)
    assert np.allclose(kept.vector, mean / np.linalg.norm(mean), atol=1e-3)


def test_a_passage_that_is_mostly_code_is_encoded_whole(library: Library, letters: LettersEncoder) -> None:
    library.put(Source("https://a.org", "Title", "# Part\n\nRun it.\n\n```\nfor item in items: print(item)\n```"))
    encode_pending(library, letters)
    held, kept = library.held([31])[31], library.vectors(key(letters), [31])[31]
    assert whole_text(held) == "Title > Part\n" + held.passage.text
    assert np.allclose(kept.vector, letters.encode([whole_text(held)])[0], atol=1e-3)
    assert len(kept.spans) == len(kept.span_vectors) == 1


def test_interrupted_it_carries_on_where_it_stopped(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "ENCODE_BATCH", 8)
    first = Counting(most=32)  # sentences, two a passage
    with pytest.raises(KeyboardInterrupt):
        encode_pending(library, first)
    assert (first.done, library.counts().unencoded) == (32, 14)
    second, told = Counting(), []
    assert encode_pending(library, second, told.append) == 14
    assert second.done == 28
    assert told == [8, 6]


def test_a_stop_is_heeded_between_batches(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "ENCODE_BATCH", 8)
    stop = threading.Event()
    assert encode_pending(library, LettersEncoder(), lambda _: stop.set(), stop) == 8


def test_another_encoder_starts_anew(library: Library) -> None:
    encode_pending(library, LettersEncoder())
    other = Counting()
    other.name = "other"
    assert encode_pending(library, other) == 30


# -- the index --------------------------------------------------------------------------------------------------------


def test_an_empty_library_has_no_neighbours(tmp_path: Path, letters: LettersEncoder) -> None:
    with Library.open(tmp_path / "library.db") as library:
        index, exact = ready(library, tmp_path / "chroma"), ExactIndex(library, letters)
        exact.sync()
        question = letters.encode(["anything"])[0]
        assert index.nearest(question, 5) == exact.nearest(question, 5) == []


def test_chroma_agrees_with_the_exact_index(library: Library, tmp_path: Path) -> None:
    index = ready(library, tmp_path / "chroma")
    assert agree(library, index)
    assert index.collection().count() == 30
    question = LettersEncoder().encode(["x"])[0]
    assert len(index.nearest(question, 100)) == 30
    cosines = [c for _, c in index.nearest(question, 10)]
    assert cosines == sorted(cosines, reverse=True)


def test_the_starter_notes_are_found_alike(notes_library: Library, tmp_path: Path, letters: LettersEncoder) -> None:
    copy = tmp_path / "library.db"
    with Library.open(copy):
        pass
    source = notes_library._connection()
    with Library.open(copy) as library:
        source.backup(library._connection())
        assert agree(library, ready(library, tmp_path / "chroma"))


def test_changes_and_removals_reach_chroma(library: Library, tmp_path: Path) -> None:
    index = ready(library, tmp_path / "chroma")
    library.put(replace(sources(1)[0], text="Entirely other words about quantization."))
    library.remove("https://a.org/3")
    encode_pending(library, LettersEncoder())
    index.sync()
    assert index.collection().count() == 29
    assert agree(library, index)


def test_a_deleted_folder_is_filled_again_without_encoding(library: Library, tmp_path: Path) -> None:
    ready(library, tmp_path / "chroma").close()
    shutil.rmtree(tmp_path / "chroma")
    encoder = Counting()
    index = ChromaIndex(library, encoder, tmp_path / "chroma")
    index.sync()
    assert agree(library, index)
    assert encoder.done == 0


def test_a_folder_of_garbage_is_discarded_and_filled_again(library: Library, tmp_path: Path) -> None:
    ready(library, tmp_path / "chroma").close()
    for file in (tmp_path / "chroma").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage" * 100)
    index = ChromaIndex(library, LettersEncoder(), tmp_path / "chroma")
    index.sync()
    assert agree(library, index)


def test_a_file_in_the_place_of_the_folder_is_discarded(library: Library, tmp_path: Path) -> None:
    (tmp_path / "chroma").write_text("garbage")
    assert agree(library, ready(library, tmp_path / "chroma"))


def test_a_folder_that_cannot_be_used_is_named(library: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError, match="Chroma cannot use"):
        ChromaIndex(library, LettersEncoder(), tmp_path / "file" / "chroma").sync()


def test_damage_while_it_is_open_costs_nothing_but_time(library: Library, tmp_path: Path) -> None:
    index = ready(library, tmp_path / "chroma")
    index.collection()._client.delete_collection(index.collection().name)
    assert agree(library, index)


def test_a_killed_indexer_carries_on(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encode_pending(library, LettersEncoder())
    index = ChromaIndex(library, LettersEncoder(), tmp_path / "chroma")
    add = index._add

    def dies(passages, found) -> None:
        add(passages, found)
        raise KeyboardInterrupt  # Chroma has them, the library does not know

    monkeypatch.setattr(index, "_add", dies)
    with pytest.raises(KeyboardInterrupt):
        index.sync()
    assert library.count_indexed(key(LettersEncoder())) == 0
    again = ChromaIndex(library, LettersEncoder(), tmp_path / "chroma")
    again.sync()
    assert agree(library, again)
    assert again.collection().count() == 30


def test_a_new_library_does_not_take_over_the_old_ones_vectors(tmp_path: Path) -> None:
    for pages in (sources(20), sources(5, first=100)):
        path = tmp_path / "library.db"
        for file in tmp_path.glob("library.db*"):
            file.unlink()
        with Library.open(path) as library:
            for source in pages:
                library.put(source)
            index = ready(library, tmp_path / "chroma")
            assert index.collection().count() == len(pages)
            assert agree(library, index)
            assert len(index.collection()._client.list_collections()) == 1
            index.close()


def test_two_libraries_have_two_identities(tmp_path: Path) -> None:
    with Library.open(tmp_path / "a.db") as a, Library.open(tmp_path / "b.db") as b:
        assert a.identity() == a.identity() != b.identity()
    with Library.open(tmp_path / "a.db") as again:
        assert len(again.identity()) == 8


ADDS = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from tests.test_vectors import ready, sources
    from tutor.library import Library

    home = Path(sys.argv[1])
    with Library.open(home / "library.db") as library:
        for source in sources(5, first=40):
            library.put(source)
        ready(library, home / "chroma")
    """
)


def test_what_another_process_adds_is_seen(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "REOPEN_SECONDS", 0.0)
    index = ready(library, tmp_path / "chroma")
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", ADDS, str(tmp_path)], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert len(index.nearest(LettersEncoder().encode(["number 41"])[0], 100)) == 35
    assert agree(library, index)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files where the system lists them")
def test_opening_it_anew_leaves_no_files_open(library: Library, tmp_path: Path) -> None:
    index = ready(library, tmp_path / "chroma")
    question = LettersEncoder().encode(["attention"])[0]
    index.nearest(question, 1)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        index.close()
        assert index.nearest(question, 1)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 5


def test_no_server(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"No Chroma server answers at http://127\.0\.0\.1:9 .* unset TUTOR_CHROMA"):
        ChromaIndex(library, LettersEncoder(), tmp_path / "chroma", "http://127.0.0.1:9").sync()


def test_threads_may_ask_at_once(library: Library, tmp_path: Path) -> None:
    index = ready(library, tmp_path / "chroma")
    question = LettersEncoder().encode(["attention"])[0]
    expected = index.nearest(question, 5)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(index.nearest(question, 5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


@given(st.text(max_size=60))
def test_a_slug_is_a_name_that_chroma_takes(name: str) -> None:
    slug = vectors._slug(name)
    assert slug
    assert slug.isascii()
    assert all(c.isalnum() or c in "._-" for c in slug)
