"""
Citing: a span of a source as a Quote, with the heading it stands under and the link that opens the original at it.

The one place where quotes of the library are made. Knows nothing of questions or cards.
"""

from tutor.library import Held, Library
from tutor.links import link, page_at, second_at
from tutor.passages import Quote


def cited(held: Held, start: int, end: int, library: Library) -> Quote:
    """The span of a passage's source from `start` to `end`, which lie within the passage."""
    text = held.passage.text[start - held.passage.start : end - held.passage.start]
    return _quote(library, held.source, held.url, held.title, held.passage.heading, text, start)


def found(library: Library, url: str, text: str) -> Quote | None:
    """The first place where a source says exactly this; None where it is not in the library, or says it no more."""
    number = library.number(url)
    source = library.source(number) if number is not None else None
    if number is None or source is None or (start := source.text.find(text)) < 0:
        return None
    around = library.held(library.passages_of(number)).values()
    heading = next((h.passage.heading for h in around if h.passage.start <= start < h.passage.end), "")
    return _quote(library, number, source.url, source.title, heading, text, start)


def _quote(library: Library, number: int, url: str, title: str, heading: str, text: str, start: int) -> Quote:
    about = library.about(number)
    pages, times = (about.pages, about.times) if about else ((), ())
    return Quote(
        url=url,
        title=title,
        heading=heading,
        text=text,
        start=start,
        end=start + len(text),
        link=link(url, text, start, pages, times),
        source=number,
        page=page_at(pages, start),
        second=second_at(times, start),
        as_of=library.as_of(number),
    )
