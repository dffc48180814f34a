"""Anki packages, opened with Anki's own library."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

from tutor import anki, cards, handbook
from tutor.cards import Card, Wrong
from tutor.errors import BadInput
from tutor.passages import Quote

WHEN = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOSTILE = Card(
    "tokenization", "hostile", "choice", "What is <b>bold</b> & {{Answer}} in $a_1 < b$?", "`</script>`", "tutor:x",
    "A <quote> that says {{so}}.", wrong=(Wrong("$$x$$", "Because <i>not</i>."), Wrong("nothing", "No.")),
)  # fmt: skip


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    opened = Collection(str(tmp_path / "learner.anki2"))
    yield opened
    opened.close()


def brought_in(collection: Collection, path: Path) -> None:
    collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(path), options=ImportAnkiPackageOptions()))


def test_anki_takes_in_every_card_with_its_deck_and_its_quote(collection: Collection, tmp_path: Path) -> None:
    path = tmp_path / "cards.apkg"
    assert anki.package(cards.load(), path, WHEN) == len(cards.load())
    brought_in(collection, path)
    assert collection.note_count() == collection.card_count() == len(cards.load())
    by_card = {note["Card"]: note for note in map(collection.get_note, collection.find_notes(""))}
    for card in cards.load():
        note = by_card[card.id]
        assert anki.html(card.quote) == note["Quote"]
        assert note.has_tag(card.kind)
        shown = note.cards()[0]
        assert anki.html(card.ask) in shown.question() or anki.html(f"{card.ask} (in {card.unit})") in shown.question()
        assert note["Answer"] in shown.answer()
    names = {deck.name for deck in collection.decks.all_names_and_ids()}
    chapters = {card.chapter for card in cards.load()}
    assert all(any(name.endswith(handbook.load().chapter(c).title) for name in names) for c in chapters)


def test_a_second_package_brings_no_second_card(collection: Collection, tmp_path: Path) -> None:
    for name in ("one.apkg", "two.apkg"):
        anki.package(cards.load(), tmp_path / name, WHEN)
        brought_in(collection, tmp_path / name)
    assert collection.note_count() == len(cards.load())


def test_what_a_card_says_is_text_and_no_markup(collection: Collection, tmp_path: Path) -> None:
    anki.package([HOSTILE], tmp_path / "hostile.apkg", WHEN)
    brought_in(collection, tmp_path / "hostile.apkg")
    shown = collection.get_note(collection.find_notes("")[0]).cards()[0]
    assert "<b>bold" not in shown.question()
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown.question()
    assert "</script>" not in shown.answer()
    assert r"\(a_1 &lt; b\)" in shown.question()
    assert "{{so}}" not in shown.answer()  # nor is it taken for a field


def test_the_link_of_a_quote_is_one_to_click(tmp_path: Path) -> None:
    quote = Quote("https://a.example/x", 'A "page"', "", "q", 0, 1, "https://a.example/x#:~:text=q", 1)
    own = Quote("tutor:notes/x", "Own", "", "q", 0, 1, "tutor:notes/x", 1)
    assert anki._fields(HOSTILE, quote, "T")[5] == ('<a href="https://a.example/x#:~:text=q">A &quot;page&quot;</a>')
    assert anki._fields(HOSTILE, own, "T")[5] == "Own"


def test_the_same_cards_give_the_same_notes(tmp_path: Path) -> None:
    assert anki._number("deck lora") == anki._number("deck lora") != anki._number("deck rag")


def test_nothing_to_write_and_nowhere_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no card"):
        anki.package([], tmp_path / "x.apkg", WHEN)
    with pytest.raises(BadInput, match="cannot be written"):
        anki.package([HOSTILE], tmp_path / "none" / "x.apkg", WHEN)
