"""
What all parts of a report are made of: text that HTML takes for text, tables, links, and figures as people read them.

Knows nothing of what is reported.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import urlsplit

from eval.runs import Run
from eval.verdicts import PARTLY, RIGHT, RIGHTLY, UNSCORED, WRONG, WRONGLY, Places
from tutor.links import NOTES

PERCENT = "\N{NO-BREAK SPACE}%"
CLASS = {
    RIGHT: "right",
    PARTLY: "partly",
    WRONG: "wrong",
    RIGHTLY: "rightly",
    WRONGLY: "wrongly",
    UNSCORED: "unscored",
}
KIND = {
    "answerable": "about a page", "unanswerable": "without an answer", "handbook": "about the handbook",
    "conversation": "in a conversation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """
    How much is shown: no article text without `quotes`, of no text more than `clip` characters, at most so many `rows`.
    """

    quotes: bool
    clip: int
    rows: int
    places: Places

    def cut(self, text: str) -> str:
        """A text in one line, cut where it is too long."""
        text = " ".join(text.split())
        return text if len(text) <= self.clip else text[: self.clip - 1] + "…"


_FRAGMENT = re.compile(r"#?:~:text=.*$")
_LONGEST = 2_000  # characters of an address; browsers take no more for sure


def link(url: str, shown: Shown) -> str:
    """An address of the web as a link, one of the tutor's notes as its chapter's; anything else as text."""
    title = shown.places.title(url.partition("#")[0])
    if url.startswith(NOTES):
        chapter = shown.places.of(url).chapter
        return f'<a href="{safe(chapter.url)}">{safe(title)}</a>' if chapter else safe(shown.cut(url))
    if not shown.quotes or len(url) > min(_LONGEST, 10 * shown.clip):
        url = _FRAGMENT.sub("", url)  # holds the words of the page
    try:
        parts = urlsplit(url)
        web = parts.scheme in ("http", "https") and bool(parts.netloc)
    except ValueError:
        web = False
    if not web or not url.isprintable() or len(url) > _LONGEST:
        return safe(shown.cut(url))
    name = title or (parts.netloc.removeprefix("www.") + parts.path.rstrip("/"))
    return f'<a href="{safe(url)}" rel="noreferrer noopener">{safe(name[:90])}</a>'


def system_of(run: Run) -> str:
    """Who answered in a run."""
    return run.recipe.get("system") or f"the tutor, {run.recipe.get('model', 'another run')}"


def figure(name: str, value: float, share: bool = False) -> str:
    """A figure as people read it: times with their unit, shares in per cent, all else with three decimals."""
    if name.endswith(" ms"):
        return f"{value:,.0f} ms"
    if share and 0 <= value <= 1:
        return f"{100 * value:.1f}{PERCENT}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def between(bounds: tuple[float, float], name: str, share: bool = False) -> str:
    """An interval as people read it, its unit named once."""
    low, high = (figure(name, one, share) for one in bounds)
    unit = next((unit for unit in (PERCENT, " ms") if low.endswith(unit)), "")
    return f"{low.removesuffix(unit)} to {high}"


def titled(name: str) -> str:
    """The name of a figure as a heading."""
    plain = name.removesuffix(" ms").replace(" p95", ", 95th percentile").replace(" median", ", median")
    return plain[:1].upper() + plain[1:]


# What no HTML may hold: control letters, and halves of letters.
_UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def safe(text: str) -> str:
    """Text that HTML takes for text, within an element and within quotes, whatever is in it."""
    return escape(_UNSOUND.sub("\ufffd", text), quote=True)


def table_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts, each row headed by its first."""
    head = "".join(f'<th scope="col">{safe(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{safe(first)}</th>{"".join(f"<td>{safe(one)}</td>" for one in rest)}</tr>'
        for first, *rest in rows
    )
    return f'<table class="numbers"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def behind(title: str, body: str) -> str:
    """HTML behind a disclosure of this title."""
    return f'<details class="more"><summary>{safe(title)}</summary><div class="wide">{body}</div></details>'


def many(count: int, word: str) -> str:
    """A number of things: 1 run, 2 runs."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def day(run: Run) -> str:
    """The day on which a run was begun."""
    try:
        begun = datetime.fromisoformat(run.recipe.get("begun", ""))
    except ValueError:
        return "an unknown day"
    return f"{begun.day} {begun:%B %Y}"
