"""The starter notes as sources. (What is in them is tested in test_notes_form.py.)"""

from pathlib import Path

from tutor import notes
from tutor.library import Library


def test_every_note_is_a_source_that_says_whose_it_is() -> None:
    found = notes.sources()
    assert len(found) == 52
    assert [s.url for s in found] == sorted(s.url for s in found)
    for source in found:
        assert source.url == f"tutor:notes/{source.chapter}"
        assert (source.kind, source.language, source.author) == ("note", "en", "The tutor's own note")
        assert source.text.startswith(f"# {source.title}\n")


def test_notes_are_kept_once(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        assert notes.keep(library) == 52
        passages = library.counts().passages
        assert notes.keep(library) == 0
        assert library.counts().passages == passages
        first = library.source(1)
        assert first == notes.sources()[0]


def test_no_passage_of_a_note_repeats_the_title_in_its_path(notes_library: Library) -> None:
    for source in notes_library.sources():
        number = notes_library.number(source.url)
        assert number is not None
        for held in notes_library.held(notes_library.passages_of(number)).values():
            assert not held.passage.heading.startswith(source.title)
