"""
The Library tab as HTML: pure functions from readings, rows and hits to strings.

Every text is escaped here or in `ui.markdown`. What a click does is in `static/library.js`, which finds what to send in
`data-` attributes. Knows nothing of the network, of threads or of how anything is read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tutor import disk
from tutor.library import Counts
from tutor.passages import Quote
from ui import strings as s
from ui.markdown import inline
from ui.reading import Reading, Wanted
from ui.render import day_of, duration, href, outward, place, shown_address, where

if TYPE_CHECKING:
    from ingest.pipeline import Look, Outcome, Progress

TROUBLED = ("failed", "blocked", "dead", "skipped")  # what can be helped comes first
KINDS = (".html", ".md", ".txt", ".pdf", ".ipynb", ".vtt", ".srt")  # as they are told; .htm goes without saying
TRIED_AGAIN = ("failed", "dead", "blocked")


@dataclass(frozen=True, slots=True)
class Row:
    """
    One source or link. `state`: a key of `strings.CHIPS`; `number`: that of the source whose text is shown for it, None
    where there is none; `section`: "" outside of the handbook; `at`: its place in the handbook's order.

    `own`: it comes with the tutor; `file`: it was handed over as a file; `lists`: how many pages it links to, where it
    is a reading list.
    """

    url: str
    title: str
    state: str
    kind: str = ""
    section: str = ""
    chapter: str = ""
    at: int = 0
    number: int | None = None
    words: int = 0
    minutes: int = 0
    day: str = ""  # ISO time
    mark: str = ""  # a condition worth a word: changed, moved, archived
    reason: str = ""
    own: bool = False
    file: bool = False
    lists: int = 0


@dataclass(frozen=True, slots=True)
class Now:
    """What is being read and what was: all that the panel of readings shows. `held`: with how many pages are left."""

    now: Reading | None = None
    ended: Sequence[Reading] = ()
    held: Sequence[tuple[Wanted, int]] = ()
    waiting: int = 0
    busy: bool = False
    offered: Mapping[str, int] | None = None  # pages that were read and link to so many others


@dataclass(frozen=True, slots=True)
class Stored:
    """How much of the disk something takes, and where it lies."""

    name: str  # a key of `strings.STORAGE`
    size: int
    where: str


# -- the tab ----------------------------------------------------------------------------------------------------------


def frame() -> str:
    """The tab before anything is known, and what asks before something is removed."""
    return (
        f'<div id="library-place" data-failed="{escape(s.SHELF_FAILED)}"><h2>{escape(s.SHELF_HEAD)}</h2>'
        f'<p class="quiet">{escape(s.SHELF_OPENING)}</p></div><p id="library-said" class="unseen" role="status"></p>'
        '<dialog id="remove-source" aria-labelledby="remove-source-head"><form method="dialog">'
        f'<h2 id="remove-source-head">{escape(s.REMOVE_HEAD)}</h2><p class="which"></p>'
        f'<p class="quiet for-page">{escape(s.REMOVE_MORE)}</p>'
        f'<p class="quiet for-file">{escape(s.REMOVE_FILE_MORE)}</p>'
        f'<div class="choices"><button type="submit" class="does">{escape(s.REMOVE_DOES)}</button>'
        f'<button type="button" class="leaves">{escape(s.CANCEL)}</button></div></form></dialog>'
    )


def notice(words: str) -> str:
    return f'<p class="notice error" role="alert">{escape(words)}</p>'


def tab(
    now: Now, rows: Sequence[Row], counts: Counts, stored: Sequence[Stored], free: int, stamp: str, keeper: bool
) -> str:
    """The whole tab. `keeper`: whether the one who looks may change what everybody's answers rest on."""
    told = s.SHELF_COUNTS.format(
        sources=s.number(s.SOURCES, counts.sources),
        words=s.number(s.WORDS, counts.words),
        passages=s.number(s.PASSAGES, counts.passages),
    )
    unread = sum(row.state == "unread" for row in rows)
    return (
        f'<header><h2 tabindex="-1">{escape(s.SHELF_HEAD)}</h2><p id="shelf-counts" class="lead">{escape(told)}</p>'
        f"</header>"
        f'<div class="readings" data-readings>{readings(now, keeper)}</div>'
        f"{_adding(unread) if keeper else _for_others()}{_finding(rows)}"
        f'<div id="shelf" data-stamp="{escape(stamp)}">{_shelf(rows, keeper)}</div>{_storage(stored, free, keeper)}'
    )


def _for_others() -> str:
    return f'<p class="quiet">{escape(s.ADD_KEEPER)}</p>'


# -- reading ----------------------------------------------------------------------------------------------------------


def readings(now: Now, keeper: bool) -> str:
    """
    What is being read, what was paused and what ended, with what can be done about it.

    It may stand anywhere on the page, in an element with the attribute `data-readings`: static/library.js keeps it
    fresh and does what its buttons say.
    """
    current = now.now if now.busy else None
    parts = [_under_way(current, now.waiting, keeper)] if current else []
    ended = [one for one in now.ended if one is not current]
    parts += [_ended(one, now, keeper) for one in ended[:1]]
    if not now.busy and now.held:
        parts.append(_held(now, keeper))
    return "".join(parts)


def called(wanted: Wanted) -> str:
    """What is read, in words."""
    if wanted.is_handbook:
        return s.READING_HANDBOOK
    name = named(wanted.names[0])
    if wanted.links == "all":
        return s.READING_WITH_LINKS.format(name=name)
    more = len(wanted.names) - 1
    return s.number(s.READING_MORE, more, name=name) if more else name


def named(name: str) -> str:
    """An address or a file as it is shown."""
    parts = urlsplit(name)
    if parts.scheme in ("http", "https"):
        return shown_address(name)
    return PurePath(unquote(parts.path) if parts.scheme == "file" else name).name


def _under_way(now: Reading, waiting: int, keeper: bool) -> str:
    what, progress = called(now.wanted), now.progress
    line, part, current = s.READING_STARTING, 0.0, ""
    if progress is not None:
        line = _pace(progress)
        part = progress.done / progress.total if progress.total else 0.0
        if progress.total and progress.done >= progress.total and progress.waiting:
            current = f"{s.READING_INDEX}: {s.number(s.READING_SEARCHABLE, progress.waiting)}"
        elif urlsplit(progress.current).scheme:
            current = s.READING_NOW.format(current=named(progress.current))
    if now.stopping:
        current = s.READING_PAUSING
    more = s.number(s.READING_NEXT, waiting) if waiting else s.READING_CHAT
    buttons = ""
    if keeper and not now.stopping:
        buttons = f'<p class="ways">{_act("pause", s.READING_PAUSE)}{_act("stop", s.READING_STOP, "link")}</p>'
    return (
        f'<div class="under-way"{_of([now.wanted])}><p class="what">{escape(what)}</p>'
        f'<progress max="1" value="{part:.3f}" aria-label="{escape(what)}"></progress>'
        f'<p class="pace">{escape(line)}</p><p class="quiet current">{escape(current)}&nbsp;</p>'
        f'<p class="quiet">{escape(more)}</p>{buttons}</div>'
    )


def _of(wanted: Sequence[Wanted]) -> str:
    """Marks what concerns the handbook: meanwhile its own button is not needed."""
    return ' data-of="handbook"' if any(one.is_handbook for one in wanted) else ""


def _pace(progress: "Progress") -> str:
    done, total, eta = progress.done, progress.total, progress.eta
    parts = [s.READING_DONE_OF.format(done=f"{done:,}", total=f"{total:,}")]
    if (asked := done - progress.at_once) and progress.seconds > 1:
        parts.append(s.READING_RATE.format(rate=f"{asked / progress.seconds * 60:,.0f}"))
    if eta is not None and done < total:
        parts.append(s.READING_ETA.format(eta=duration(max(10_000, eta * 1000)) if eta > 1 else "1 s"))
    return " · ".join(parts)


def _ended(one: Reading, now: Now, keeper: bool) -> str:
    """How a reading ended. What was paused is told with what can be gone on with."""
    if one.trouble:
        return notice(one.trouble)
    if one.offline:
        return notice(s.READING_OFFLINE)
    report = one.report
    assert report is not None
    counted = [s.number(forms, n) for name, forms in s.OUTCOMES.items() if (n := report.count(name))]
    words = (s.REPORT_STOPPED if report.stopped else s.REPORT_DONE).format(
        what=called(one.wanted), time=duration(report.seconds * 1000), summary=", ".join(counted) or s.REPORT_NOTHING
    )
    return (
        f'<div class="ended"><p class="what">{escape(words)}</p>{_offered(one, now, keeper)}'
        f"{_failures([o for o in report.outcomes if o.outcome in TROUBLED], keeper)}</div>"
    )


def _offered(one: Reading, now: Now, keeper: bool) -> str:
    """The links of a page that was read alone and turned out to be a reading list."""
    name = one.wanted.names[0] if one.wanted.names else ""
    links = (now.offered or {}).get(name, 0)
    if not links or not keeper or one.wanted.links == "all":
        return ""
    button = _act("read", s.REPORT_LINKS_READ, "plain small", address=name, links="all")
    return f'<p class="ways">{escape(s.number(s.REPORT_LINKS, links))} {button}</p>'


def _failures(outcomes: "Sequence[Outcome]", keeper: bool) -> str:
    if not outcomes:
        return ""
    items = "".join(_failure(one, keeper) for one in sorted(outcomes, key=lambda one: TROUBLED.index(one.outcome)))
    head = s.number(s.REPORT_FAILURES, len(outcomes))
    return f'<details><summary>{escape(head)}</summary><ul class="failures">{items}</ul></details>'


def _failure(one: "Outcome", keeper: bool) -> str:
    again = ""
    if keeper and one.outcome in ("failed", "blocked"):
        again = _act("again", s.ROW_TRY, "link", address=one.url)
    return (
        f'<li><span class="state {escape(one.outcome)}">{escape(s.STATES.get(one.outcome, one.outcome))}</span> '
        f'{outward(one.url, named(one.url))} <span class="quiet">{escape(one.reason)}</span> {again}</li>'
    )


def _held(now: Now, keeper: bool) -> str:
    """What was begun and is not finished."""
    left = sum(pages for _, pages in now.held)
    last = now.ended[0] if now.ended else None
    failed = last is not None and bool(last.offline or last.trouble)
    what = "; ".join(called(wanted) for wanted, _ in now.held)
    go_on = s.READING_AGAIN if failed else s.number(s.READING_GO_ON_LEFT, left) if left else s.READING_GO_ON
    buttons = (
        f'<p class="ways">{_act("resume", go_on, "primary")}{_act("stop", s.READING_DROP, "link")}</p>'
        if keeper
        else ""
    )
    more = "" if failed else f'<p class="quiet">{escape(s.READING_PAUSED_MORE)}</p>'
    told = f'<p class="what">{escape(s.READING_PAUSED.format(what=what))}</p>'
    return f'<div class="held"{_of([wanted for wanted, _ in now.held])}>{told}{more}{buttons}</div>'


# -- adding -----------------------------------------------------------------------------------------------------------


def _adding(unread: int) -> str:
    return (
        f'<section class="adding">{_handbook(unread)}<details class="door more"><summary>{escape(s.ADD_HEAD)}</summary>'
        f'<div class="doors">{_page()}{_files()}{_list()}</div></details>'
        f'<div id="look" data-looking="{escape(s.ADD_LOOKING)}"></div></section>'
    )


def _handbook(unread: int) -> str:
    words, more, kind = s.ADD_HANDBOOK_AGAIN, s.ADD_HANDBOOK_AGAIN_MORE, "plain"
    if unread:
        words, kind = s.ADD_HANDBOOK, "primary"
        more = f"{s.number(s.ADD_HANDBOOK_LEFT, unread)} {s.ADD_HANDBOOK_MORE}"
    return f'<div class="door" data-handbook><p class="quiet">{escape(more)}</p>{_act("handbook", words, kind)}</div>'


def _page() -> str:
    return (
        f'<form class="door" data-do="read"><label for="add-url">{escape(s.ADD_PAGE)}</label>'
        f'<div class="line"><input id="add-url" name="url" type="text" inputmode="url" autocomplete="off" '
        f'spellcheck="false" aria-label="{escape(s.ADD_PAGE_LABEL)}" placeholder="{escape(s.ADD_PAGE_PLACEHOLDER)}">'
        f'<button type="submit" class="plain">{escape(s.ADD_PAGE_DOES)}</button></div></form>'
    )


def _files() -> str:
    more = s.ADD_FILES_MORE.format(kinds=" ".join(KINDS), size=disk.told(MOST_BYTES))
    return (
        f'<div class="door drop" data-drop><p class="label">{escape(s.ADD_FILES)}</p>'
        f'<p class="quiet">{escape(more)}</p>'
        f'<p class="line"><button type="button" class="plain" data-choose="add-files">{escape(s.ADD_FILES_DOES)}'
        f'</button><span class="quiet">{escape(s.ADD_FILES_DROP)}</span></p>'
        f'<input id="add-files" type="file" multiple hidden tabindex="-1" aria-label="{escape(s.ADD_FILES_DOES)}" '
        f"{_limits()}></div>"
    )


def _list() -> str:
    return (
        f'<div class="door list"><p class="label">{escape(s.ADD_LIST)}</p>'
        f'<p class="quiet">{escape(s.ADD_LIST_MORE)}</p>'
        f'<form data-do="look"><div class="line"><input name="url" type="text" inputmode="url" autocomplete="off" '
        f'spellcheck="false" aria-label="{escape(s.ADD_LIST_LABEL)}" placeholder="{escape(s.ADD_PAGE_PLACEHOLDER)}">'
        f'<button type="submit" class="plain">{escape(s.ADD_LIST_DOES)}</button></div></form>'
        f'<p class="line"><button type="button" class="plain" data-choose="add-list">{escape(s.ADD_LIST_FILE)}</button>'
        f'<input id="add-list" type="file" hidden tabindex="-1" aria-label="{escape(s.ADD_LIST_FILE)}" {_limits()}></p>'
        f'<form data-do="paste"><label>{escape(s.ADD_LIST_TEXT)}<textarea name="text" rows="4" spellcheck="false">'
        f'</textarea></label><button type="submit" class="plain">{escape(s.ADD_LIST_TEXT_DOES)}</button></form>'
        "</div>"
    )


# At most so much of one file is taken in; a page from the web may have 20 MB.
MOST_BYTES = 30_000_000


def _limits() -> str:
    """What the page checks before it sends a file, and what it says."""
    kinds, size = " ".join(KINDS), disk.told(MOST_BYTES)
    return (
        f'accept="{",".join((*KINDS, ".htm"))}" data-most="{MOST_BYTES}" '
        f'data-large="{escape(s.ADD_FILES_SIZE.format(name="{name}", size=size))}" '
        f'data-other="{escape(s.ADD_FILES_KIND.format(name="{name}", kinds=kinds))}" '
        f'data-empty="{escape(s.ADD_FILES_EMPTY)}" data-going="{escape(s.ADD_FILES_GOING)}"'
    )


def looked(found: "Look", name: str) -> str:
    """What a page leads to, and the choice of what to read. `name`: what is sent to read it, an address or a file."""
    if not found.links:
        told = s.LOOK_NONE.format(title=found.title, words=s.number(s.WORDS, found.words))
        ways = ""
    else:
        told = s.number(s.LOOK_FOUND, found.links, title=found.title)
        told += f" {s.number(s.LOOK_HELD, found.held)}" if found.held else ""
        ways = _act("read", s.number(s.LOOK_ALL, found.links), "primary", address=name, links="all")
    ways += _act("read", s.LOOK_ALONE, "plain", address=name)
    ways += f'<button type="button" class="link" data-leave>{escape(s.LOOK_LEAVE)}</button>'
    return f'<div class="looked"><p class="what" tabindex="-1">{escape(told)}</p><p class="ways">{ways}</p></div>'


# -- the shelf --------------------------------------------------------------------------------------------------------


def _finding(rows: Sequence[Row]) -> str:
    sections = [one for one in dict.fromkeys(row.section for row in sorted(rows, key=lambda row: row.at)) if one]
    kinds = [kind for kind in s.KINDS if any(row.kind == kind for row in rows)]
    choices = {one: one for one in sections} | ({"-": s.SECTION_NONE} if any(not row.section for row in rows) else {})
    return (
        f'<section class="finding"><form id="find" role="search"><div class="line">'
        f'<input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="{escape(s.FIND)}" '
        f'aria-label="{escape(s.FIND)}" aria-describedby="find-hint">'
        f'<button type="submit" class="plain">{escape(s.FIND_INSIDE)}</button></div>'
        f'<p id="find-hint" class="quiet">{escape(s.FIND_HINT)}</p></form>'
        f'<div id="found" data-empty="{escape(s.FIND_EMPTY)}"></div><div class="choosing">'
        f"{_select('section', s.SECTION_LABEL, {'': s.SECTION_ALL} | choices)}"
        f"{_select('kind', s.KIND_LABEL, {'': s.KIND_ALL} | {kind: s.KINDS[kind] for kind in kinds})}"
        f"{_select('sort', s.SORT_LABEL, s.SORTS)}</div></section>"
    )


def _select(name: str, label: str, choices: Mapping[str, str]) -> str:
    options = "".join(f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in choices.items())
    return f'<label>{escape(label)} <select data-choice="{name}">{options}</select></label>'


def _shelf(rows: Sequence[Row], keeper: bool) -> str:
    """The chips and every row; what is not chosen is hidden by the page itself."""
    counted = Counter(chip for row in rows for chip in chips(row))
    buttons = "".join(
        f'<button type="button" class="filter" data-chip="{chip}" aria-pressed="{str(chip == "held").lower()}" '
        f'data-hint="{escape(s.CHIP_HINTS[chip])}">{escape(words)} <span>{counted[chip]:,}</span></button>'
        for chip, words in s.CHIPS.items()
        if counted[chip]
    )
    items = "".join(_row(row, keeper) for row in sorted(rows, key=lambda row: (row.title.casefold(), row.url)))
    shown = f'data-one="{escape(s.SHOWN[0])}" data-more="{escape(s.SHOWN[1])}"'
    return (
        f'<div class="chips" role="group" aria-label="{escape(s.CHIPS_LABEL)}">{buttons}</div>'
        f'<p class="hint quiet" hidden></p><p class="shown quiet" role="status" {shown}></p>'
        f'<p class="newer" hidden><button type="button" class="plain small" data-newer>{escape(s.NEWER)}</button></p>'
        f'<ul class="sources">{items}</ul><p class="none quiet" hidden>{escape(s.FIND_NONE)}</p>'
    )


def chips(row: Row) -> list[str]:
    """The chips under which a row is shown: what can be read here, and the state of its link."""
    held = row.number is not None and row.state not in ("duplicate", "removed")
    return (["held"] if held else []) + ([row.state] if row.state != "held" else [])


def _row(row: Row, keeper: bool) -> str:
    about = [
        s.KINDS.get(row.kind, row.kind),
        row.chapter if row.chapter != row.title else "",
        s.number(s.WORDS, row.words) if row.words else "",
        s.number(s.MINUTES, row.minutes) if row.minutes else "",
        s.READ_ON.format(day=day_of(row.day, date.today())) if row.day and not row.own else "",
        s.FROM_FILE if row.file else "",
    ]
    why = f'<span class="why">{escape(row.reason)}</span>' if row.reason else ""
    state = row.mark or ("" if row.state == "held" else row.state)
    shown = f'<span class="state {escape(state)}">{escape(s.STATES.get(state, state))}</span>' if state else ""
    told = " · ".join([*([shown] if shown else []), *(escape(one) for one in about if one)])
    order = f'data-words="{row.words}" data-date="{escape(row.day)}" data-at="{row.at}"'
    return (
        f'<li data-chips="{" ".join(chips(row))}" data-kind="{escape(row.kind)}" data-section="{escape(row.section)}" '
        f'{order}>{_title(row)}<span class="about">{told}</span>{why}{_acts(row, keeper)}</li>'
    )


def _title(row: Row) -> str:
    if row.number is not None:
        return f'<button class="open" type="button" data-source="{row.number}">{escape(row.title)}</button>'
    return f'<span class="open">{outward(row.url, row.title)}</span>'


def _acts(row: Row, keeper: bool) -> str:
    """What can be done with a source or a link, folded away."""
    ways = [_original(row)]
    if keeper and not row.own:
        ways += _keepers(row)
    made = "".join(way for way in ways if way)
    if not made:
        return '<span class="no-acts"></span>'
    more = escape(s.ROW_MORE.format(title=row.title))
    return (
        f'<details name="source"><summary aria-label="{more}" title="{more}"><span aria-hidden="true">⋯</span>'
        f'</summary><div class="acts">{made}</div></details>'
    )


def _keepers(row: Row) -> list[str]:
    ways = []
    if row.state in ("unread", "removed"):
        ways.append("" if row.file else _act("again", s.ROW_READ, "", address=row.url))
    elif row.state in TRIED_AGAIN:
        ways.append(_act("again", s.ROW_TRY, "", address=row.url))
    elif row.state == "held":
        ways.append(_act("again", s.ROW_AGAIN, "", address=row.url))
    if row.lists:
        ways.append(_act("look", s.ROW_LINKS, "", address=row.url))
    if row.number is not None and row.state not in ("duplicate", "removed"):
        about = f'data-address="{escape(row.url)}" data-title="{escape(row.title)}" data-file="{str(row.file).lower()}"'
        ways.append(f'<button type="button" class="remove" data-remove {about}>{escape(s.ROW_REMOVE)}</button>')
    return ways


def _original(row: Row) -> str:
    if row.file and row.number is not None:
        return f'<a href="/tutor/library/file?source={row.number}" download>{escape(s.ROW_FILE)}</a>'
    return outward(row.url, s.ROW_ORIGINAL) if href(row.url) else ""


def _act(act: str, words: str, kind: str = "plain", **data: object) -> str:
    """A button that has the server do something. No `data-url` nor `data-source`: those would open the reader."""
    more = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    made = f' class="{kind}"' if kind else ""
    return f'<button type="button"{made} data-shelf="{act}"{more}>{escape(words)}</button>'


# -- searching inside -------------------------------------------------------------------------------------------------


def found(words: str, quotes: Sequence[Quote]) -> str:
    """The sentences that say most of what was looked for; each opens the reader there."""
    close = f'<button type="button" class="link" data-close-found>{escape(s.FOUND_CLOSE)}</button>'
    if not quotes:
        return f'<div class="found-head"><p class="quiet">{escape(s.FOUND_NONE.format(words=words))}</p>{close}</div>'
    head = s.number(s.FOUND, len(quotes), words=words)
    items = "".join(_hit(quote) for quote in quotes)
    return (
        f'<div class="found-head"><h3>{escape(s.FOUND_HEAD)}</h3><p class="quiet">{escape(head)}</p>{close}</div>'
        f'<ol class="hits">{items}</ol>'
    )


def _hit(quote: Quote) -> str:
    path = [part for part in (quote.spot, *quote.heading.split(" > ")) if part and part != quote.title]
    label = escape(s.FOUND_OPEN.format(title=place(quote)))
    return (
        f'<li><button class="open" type="button" aria-label="{label}"{where(quote)}>{escape(quote.title)}</button>'
        f'<span class="about">{escape(" › ".join(path))}</span><span class="words">{inline(quote.text)}</span></li>'
    )


# -- storage ----------------------------------------------------------------------------------------------------------


def _storage(stored: Sequence[Stored], free: int, keeper: bool) -> str:
    """Where things lie is the keeper's to know."""
    total = s.STORAGE_ALL.format(size=disk.told(sum(one.size for one in stored)))
    lines = "".join(
        f"<dt>{escape(s.STORAGE[one.name])}</dt><dd><b>{escape(disk.told(one.size))}</b>"
        f"{f' <code>{escape(one.where)}</code>' if keeper else ''}</dd>"
        for one in stored
    )
    told = escape(s.STORAGE_FREE.format(size=disk.told(free)))
    return (
        f'<details id="storage"><summary>{escape(s.STORAGE_HEAD)} <span class="quiet">{escape(total)}</span></summary>'
        f'<dl>{lines}</dl><p class="quiet">{told}</p></details>'
    )
