"""
Drafting questions from a page that was read, for a person to edit: each with the sentence that answers it.

    python -m eval draft SOURCE [--n 10] [--file own.jsonl]

A sentence that defines something is asked for as "What is ...?"; of other sentences only the section is known, so that
the question says where to look and has to be put into words. What code can make is the tedious part, the sentence
with its page, word for word. Knows nothing of how questions are asked.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.sets import spread
from tutor import askable
from tutor.askable import Definition, Unfit
from tutor.errors import BadInput
from tutor.library import Library
from tutor.passages import Source, split
from tutor.rhetoric import leans, quotable, talks
from tutor.sentences import sentences

SHORTEST = 8  # words of a sentence that is worth asking for


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question with the sentence that answers it; `edit`: its words are only where to look."""

    question: str
    quote: str
    edit: bool

    def row(self, url: str) -> dict[str, Any]:
        """As a line of a set."""
        return {"question": self.question, "url": url, "quotes": [self.quote]}


def drafted(source: Source, most: int) -> list[Drafted]:
    """At most so many questions about a source, definitions first, the rest spread evenly over its text."""
    found = list(_asked_of(source))
    sure, rest = ([one for one in found if one.edit is edit] for edit in (False, True))
    chosen = [*spread(sure, most), *spread(rest, max(0, most - len(sure)))]
    return sorted(chosen, key=lambda one: source.text.index(one.quote))


def _asked_of(source: Source) -> Iterator[Drafted]:
    seen: set[str] = set()
    for passage in split(source.text, source.title):
        for span in sentences(passage.text):
            quote = passage.text[span.start : span.end]
            if not quotable(quote, span.block) or leans(quote) or talks(quote) or len(quote.split()) < SHORTEST:
                continue
            term = _term(quote)
            about = f"{passage.heading or source.title}: {' '.join(quote.split()[:6])} ..."
            question = f"What is {term}?" if term else f"EDIT ME ({about})?"
            if question not in seen:
                seen.add(question)
                yield Drafted(question, quote, not term)


def _term(quote: str) -> str:
    """What a sentence defines; "" where it defines nothing."""
    try:
        said = askable.read(askable.plain(quote))
    except Unfit:
        return ""
    return said.term if isinstance(said, Definition) else ""


def source_of(library: Library, named: str) -> Source:
    """The source with this address, or whose title holds these words. Raises BadInput where none or several do."""
    if source := library.source(named):
        return source
    found = [one for one in library.sources() if named.lower() in one.title.lower()]
    if len(found) != 1:
        if not found:
            raise BadInput(f"No source is called {named!r}. `tutor sources` lists what has been read.")
        told = ", ".join(one.url for one in found[:5])
        raise BadInput(f"{len(found)} sources are called {named!r}. Name the address of one: {told}.")
    source = library.source(found[0].url)
    assert source is not None
    return source


def draft(
    named: Annotated[str, typer.Argument(metavar="SOURCE", help="The address or the title of what was read.")],
    n: Annotated[int, typer.Option("--n", "-n", help="How many questions.", min=1)] = 10,
    file: Annotated[Path | None, typer.Option(help="Add them to this .jsonl file.")] = None,
) -> None:
    """Draft questions with the sentences that answer them, for you to edit; asked with --set FILE."""
    from tutor import notes
    from tutor.settings import load

    with Library.open(load().places.library) as library:
        notes.keep(library)
        source = source_of(library, named)
    made = drafted(source, n)
    if not made:
        raise BadInput(f"{source.title} holds no sentence that could be asked for.")
    text = "".join(json.dumps(one.row(source.url), ensure_ascii=False) + "\n" for one in made)
    if file is None:
        print(text, end="")
        return
    _add(file, text)
    print(_told(made, file))


def _add(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as kept:
            kept.write(text)
    except OSError as error:
        raise BadInput(f"{file} cannot be written ({error.strerror}). Name another --file.") from error


def _told(made: Sequence[Drafted], file: Path) -> str:
    edit = sum(one.edit for one in made)
    more = f" Put the {edit} that begin with EDIT ME into words, and" if edit else " Then"
    return f"{len(made)} questions added to {file}.{more} ask them: tutor eval --set {file}"
