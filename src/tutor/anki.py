"""
Cards as an Anki package (.apkg), written with genanki: a deck for each chapter, one kind of note for all cards.

Each note carries the words that settle it and where they stand. Notes have the same identity in every package, so that
a later one brings Anki's cards up to date and keeps their schedule. Formulas become MathJax, as Anki sets them.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tutor import handbook as handbooks
from tutor.cards import CHOICE, NUMBER, ORDER, Card
from tutor.errors import BadInput
from tutor.grading import options, shown
from tutor.handbook import Handbook
from tutor.passages import Quote

if TYPE_CHECKING:
    import genanki

TOP = "Generative AI Handbook"
_MODEL = 1_907_260_511  # any number, but always the same: Anki knows the kind of note by it
_FIELDS: Final = ("Question", "Options", "Answer", "Why", "Quote", "Source", "Card")
_FRONT = '<div class="ask">{{Question}}</div>{{#Options}}<div class="options">{{Options}}</div>{{/Options}}'
_BACK = (
    '{{FrontSide}}<hr id="answer"><div class="answer">{{Answer}}</div>{{#Why}}<div class="why">{{Why}}</div>{{/Why}}'
    '<blockquote>{{Quote}}</blockquote><div class="source">{{Source}}</div>'
)
_STYLE = """
.card { font: 18px/1.5 system-ui, sans-serif; text-align: left; max-width: 40rem; margin: 1rem auto; padding: 0 1rem; }
.ask { font-size: 1.15em; font-weight: 600; } .answer { font-weight: 600; }
.why, .source { font-size: .85em; opacity: .8; } blockquote { margin: 1rem 0; padding-left: .8rem;
border-left: 3px solid currentColor; }
"""


def package(
    cards: Sequence[Card],
    path: Path,
    when: datetime,
    quote: Callable[[Card], Quote | None] = lambda _: None,
    handbook: Handbook | None = None,
) -> int:
    """
    Writes the cards to `path`; returns how many. `quote` tells where a card's words stand, for the link to them.

    `when` is the moment that Anki takes the notes to be changed at. Raises BadInput where there is no card, or where
    the file cannot be written.
    """
    import genanki

    if not cards:
        raise BadInput("There is no card to write. Leave --chapter out, or name another.")
    book = handbook or handbooks.load()
    model = _model()
    decks: dict[str, genanki.Deck] = {}
    for card in cards:
        chapter = book.chapter(card.chapter)
        section = book.section_of(chapter)
        name = f"{TOP}::{section.number} {section.title}::{chapter.position + 1:02} {chapter.title}"
        deck = decks.setdefault(name, genanki.Deck(_number(f"deck {chapter.id}"), name))
        fields = _fields(card, quote(card), chapter.title)
        deck.add_note(genanki.Note(model=model, fields=fields, guid=genanki.guid_for(card.id), tags=[card.kind]))
    try:
        genanki.Package(list(decks.values())).write_to_file(str(path), timestamp=when.timestamp())
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}). Name another file.") from error
    return len(cards)


def _model() -> "genanki.Model":
    import genanki

    fields = [{"name": name} for name in _FIELDS]
    return genanki.Model(
        _MODEL, "Tutor card", fields, [{"name": "Card", "qfmt": _FRONT, "afmt": _BACK}], css=_STYLE, sort_field_index=6
    )


def _number(name: str) -> int:
    """A number for a deck that is always the same."""
    return 1 << 30 | zlib.crc32(name.encode()) >> 2


def _fields(card: Card, quote: Quote | None, chapter: str) -> list[str]:
    unit = f" (in {card.unit})" if card.kind == NUMBER and card.unit else ""
    listed = options(card) if card.kind in (CHOICE, ORDER) else []
    title = quote.title if quote else chapter
    link = quote.link if quote and quote.link.startswith(("https://", "http://")) else ""
    source = f'<a href="{escape(link)}">{escape(title)}</a>' if link else escape(title)
    return [
        html(card.ask + unit), _list("ol" if card.kind == CHOICE else "ul", listed),
        _list("ol", card.steps) if card.kind == ORDER else html(shown(card)), _why(card), html(card.quote), source,
        escape(card.id),
    ]  # fmt: skip


def _why(card: Card) -> str:
    if card.kind == NUMBER and card.calculation:
        return escape(card.calculation)
    if card.kind == CHOICE:
        return "".join(f"<p><i>{html(one.text)}</i>: {html(one.why)}</p>" for one in card.wrong)
    return html(f"Also right: {', '.join(card.accept)}") if card.accept else ""


def _list(tag: str, items: Iterable[str]) -> str:
    made = "".join(f"<li>{html(item)}</li>" for item in items)
    return f"<{tag}>{made}</{tag}>" if made else ""


_INLINE = re.compile(r"\$\$(?P<display>.+?)\$\$|\$(?P<math>[^$\n]+?)\$|`(?P<code>[^`\n]+)`", re.S)


def html(text: str) -> str:
    r"""Light Markdown as Anki's HTML: `code`, and formulas in \( \). All else is plain text, `{{` too."""
    made, end = "", 0
    for found in _INLINE.finditer(text):
        made += escape(text[end : found.start()])
        end = found.end()
        if found["code"]:
            made += f"<code>{escape(found['code'])}</code>"
        else:
            opens, closes = (r"\[", r"\]") if found["display"] else (r"\(", r"\)")
            made += f"{opens}{escape(found['display'] or found['math'])}{closes}"
    return (made + escape(text[end:])).replace("{{", "{&#123;")
