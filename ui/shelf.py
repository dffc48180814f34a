"""
The Library tab's addresses under /tutor/library: what is held and what is being read, and what the keeper changes.

What everybody's answers rest on is changed only from the computer that the tutor runs on. How things are read is in
`ui.reading`, what is shown in `ui.shelf_view`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from tutor import disk
from tutor.citing import cited
from tutor.errors import BadInput, TutorError
from tutor.handbook import Handbook
from tutor.health import Health, report
from tutor.library import OWN_KINDS, Library
from tutor.passages import Quote, Source
from tutor.search import Hit
from tutor.sentences import sentences
from ui import changes
from ui import shelf_view as view
from ui import strings as s
from ui.changes import FRESH, Told, text
from ui.desk import Desk
from ui.downloads import attachment
from ui.learners import keeper, own_page
from ui.reading import Wanted, web_address
from ui.shelf_view import MOST_BYTES, Row, Stored

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.responses import Response

MOST_HITS = 12
# A passage that shares no word with what was looked for is shown from this cosine of its best sentence on.
ALIKE = 0.4
FEWEST_WORDS = 5  # of a sentence that says something by itself
LONGEST_TEXT = 500_000  # characters of a pasted list
LONGEST_NAME = 100  # characters of a file's name


# -- addresses --------------------------------------------------------------------------------------------------------


def frame() -> str:
    return view.frame()


def head() -> str:
    """What the page loads for this tab."""
    return (
        '<link rel="stylesheet" href="/tutor/static/library.css">'
        '<script type="module" src="/tutor/static/library.js"></script>'
    )


def add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Request
    from fastapi.responses import HTMLResponse, JSONResponse, Response

    @app.get("/tutor/library")
    def now(request: Request) -> HTMLResponse:
        return HTMLResponse(tab(desk, keeper(request.scope)), headers=FRESH)

    @app.get("/tutor/library/readings")
    def readings(request: Request) -> JSONResponse:
        return JSONResponse(_readings(desk, keeper(request.scope)), headers=FRESH)

    @app.get("/tutor/library/search")
    def search(words: str) -> HTMLResponse:
        return HTMLResponse(_found(desk, words), headers=FRESH)

    @app.get("/tutor/library/file")
    def file(source: int) -> Response:
        return _file(desk, source)

    @app.post("/tutor/library/upload")
    async def upload(request: Request) -> JSONResponse:
        if not own_page(request.headers):
            return JSONResponse({"trouble": s.FOREIGN}, 403)
        if not keeper(request.scope):
            return JSONResponse({"trouble": s.KEEPER_ALONE}, headers=FRESH)
        return JSONResponse(await _taken_in(desk, request), headers=FRESH)

    def change(_: str | None, name: str, told: Told) -> Mapping[str, Any]:
        html, said, trouble = "", "", ""
        try:
            html, said = CHANGES[name](desk, told)
        except TutorError as error:
            trouble = str(error)
        return {"html": html, "said": said, "trouble": trouble, **_readings(desk, True)}

    changes.add(app, "library", CHANGES, change, kept=True)


def tab(desk: Desk, keeper: bool) -> str:
    """The whole tab. Raises TutorError while the tutor is being opened."""
    tutor, places = desk.tutor, desk.settings.places
    folders = {"chroma": places.chroma, "pages": places.pages, "files": places.files, "models": places.models}
    of_library = sum(disk.used(Path(f"{places.library}{ending}")) for ending in ("", "-wal", "-shm"))
    stored = [
        Stored("library", of_library, str(places.library)),
        *(Stored(name, disk.used(folder), str(folder)) for name, folder in folders.items()),
    ]
    stamp = tutor.library.stamp()  # before the rows: what comes meanwhile is told as newer
    shown = rows(tutor.library, tutor.handbook, places.files)
    return view.tab(_now(desk), shown, tutor.library.counts(), stored, disk.free(places.home), stamp, keeper)


def _readings(desk: Desk, keeper: bool) -> dict[str, Any]:
    """The panel of readings, whether anything is going on, and the library's stamp."""
    try:
        stamp = desk.tutor.library.stamp()
        return {"readings": view.readings(_now(desk), keeper), "busy": desk.readings.busy, "stamp": stamp}
    except TutorError:  # not opened yet
        return {"readings": "", "busy": False, "stamp": ""}


def _now(desk: Desk) -> view.Now:
    readings = desk.readings
    busy = readings.busy
    held = () if busy else [(wanted, readings.left(wanted)) for wanted in readings.held]
    ended = readings.ended
    return view.Now(readings.now, ended, held, readings.waiting, busy, _offered(desk, ended[0].wanted) if ended else {})


def _offered(desk: Desk, wanted: Wanted) -> dict[str, int]:
    """The links of a page that was read alone, where it is a reading list."""
    if wanted.is_handbook or wanted.again or wanted.links == "all" or len(wanted.names) > 1:
        return {}
    name = wanted.names[0]
    url = Path(name).as_uri() if Path(name).is_absolute() else _normalised(name)
    listed = desk.tutor.library.reading_list(url)
    links = len({one.url for one in listed.all_resources() if one.url}) if listed else 0
    return {name: links} if links else {}


# -- what is held -----------------------------------------------------------------------------------------------------


def rows(library: Library, handbook: Handbook, files: Path) -> list[Row]:
    """Every source, every link without one, and what the handbook links to and nobody has asked for yet."""
    dates, words, minutes = library.dates(), library.words_by_source(), library.minutes_by_source()
    numbers = {known.url: number for number, known in dates.items()}
    healths = {one.link.url: one for one in report(library)}
    places, twins = _Places(handbook), library.twins()
    lists = {one.url: len({r.url for r in one.all_resources() if r.url}) for one in library.lists()}
    made = []
    sources = library.sources()
    for source in sources:
        number = numbers[source.url]
        health = healths.get(source.url)
        state = health.link.state if health and health.link.state in s.CHIPS else "held"
        mark = health.condition if health and health.condition in ("changed", "moved", "archived") else ""
        reason = health.reason if health and (state != "held" or mark) else ""
        if source.url in twins:
            reason = s.NEARLY
        if health and health.as_of:
            reason = "; ".join(part for part in (reason, s.DEAD_HELD.format(day=health.since[:10])) if part)
        made.append(
            Row(
                source.url, source.title, state, source.kind, *places.of(source.url, source.chapter), number,
                words.get(source.url, 0), minutes.get(source.url, 0), dates[number].changed, mark, reason,
                own=source.kind in OWN_KINDS, file=_is_ours(source.url, files), lists=lists.get(source.url, 0),
            )
        )  # fmt: skip
    held = {source.url for source in sources}
    linked = [_linked(one, places, files) for url, one in healths.items() if url not in held]
    # Of a file that was removed nothing is left to do.
    made += [row for row in linked if not (row.state == "removed" and row.url.startswith("file:"))]
    return made + _unread(handbook, places, {*held, *healths})


def _linked(one: Health, places: "_Places", files: Path) -> Row:
    """A link whose text is held under another address, or not at all."""
    link = one.link
    state = "duplicate" if link.state == "read" and link.source is not None else link.state
    state = state if state in s.CHIPS else "unread"  # its text went with another address
    title = link.title or view.named(link.url)
    return Row(
        link.url, title, state, link.kind or "", *places.of(link.url, link.chapter), link.source, day="",
        reason="" if state in ("removed", "unread") else one.reason, file=_is_ours(link.url, files),
    )  # fmt: skip


def _unread(handbook: Handbook, places: "_Places", known: set[str]) -> list[Row]:
    from ingest.links import skip_reason, source_key
    from ingest.pipeline import handbook_addresses

    seen = {source_key(url) for url in known if not url.startswith("file:")}
    made = []
    for address in handbook_addresses(handbook):
        url = _normalised(address.url)
        if source_key(url) in seen or skip_reason(url):
            continue
        seen.add(source_key(url))
        made.append(Row(url, address.title or url, "unread", address.kind or "", *places.of(url, address.chapter)))
    return made


class _Places:
    """Where in the handbook something stands: section, chapter, and its place in the handbook's order."""

    def __init__(self, handbook: Handbook) -> None:
        self._chapters = {chapter.id: chapter for chapter in handbook.chapters}
        self._handbook = handbook
        self._links: dict[str, tuple[str, str, int]] = {}
        at = 0
        for section in handbook.sections:
            listed = [(section.resources, None), *((chapter.resources, chapter) for chapter in section.chapters)]
            for resources, chapter in listed:
                for resource in resources:
                    at += 1
                    found = (section.heading, chapter.title if chapter else "", at)
                    self._links.setdefault(_normalised(resource.url), found)

    def of(self, url: str, chapter: str | None) -> tuple[str, str, int]:
        known = self._chapters.get(chapter or "")
        last = len(self._links) + len(self._chapters) + 1
        if known is None:
            return self._links.get(url, ("", "", last))
        section = self._handbook.section_of(known).heading
        _, _, at = self._links.get(url, ("", "", last))
        if at == last:  # a starter note stands before its chapter's links
            first = [self._links[u][2] for r in known.resources if (u := _normalised(r.url)) in self._links]
            at = min(first, default=last)
        return section, known.title, at


@lru_cache(maxsize=4096)  # of several hundred addresses, at every look
def _normalised(url: str) -> str:
    from ingest.links import normalise

    return normalise(url)


# -- searching inside -------------------------------------------------------------------------------------------------


def _found(desk: Desk, words: str) -> str:
    words = " ".join(words.split())[: changes.LONGEST]
    if not words:
        return view.notice(s.FIND_EMPTY)
    try:
        return view.found(words, quotes(desk, words))
    except TutorError as error:
        return view.notice(str(error))


def quotes(desk: Desk, words: str) -> list[Quote]:
    """The best sentence of each passage that says something of `words`, best first. Raises TutorError."""
    tutor = desk.tutor
    hits = tutor.search.find(words, MOST_HITS).hits
    return [
        _best(hit, words, tutor.library) for hit in hits if hit.signals.coverage > 0 or hit.signals.sentence >= ALIKE
    ]


def _best(hit: Hit, words: str, library: Library) -> Quote:
    """The sentence of a passage that has most of the words, and of those the one that means most the same."""
    passage = hit.held.passage
    asked = set(words.casefold().split())
    cosines = {(int(start), int(end)): float(c) for (start, end), c in zip(hit.spans, hit.span_cosines, strict=True)}
    spans = [(span.start, span.end) for span in sentences(passage.text)] or [(0, len(passage.text))]

    def worth(span: tuple[int, int]) -> tuple[float, int]:
        said = passage.text[slice(*span)].casefold()
        shared = sum(word in said for word in asked) / max(1, len(asked))
        scrap = len(said.split()) < FEWEST_WORDS
        return shared + cosines.get(span, 0.0) - scrap, -span[0]

    start, end = max(spans, key=worth)
    return cited(hit.held, passage.start + start, passage.start + end, library)


# -- files ------------------------------------------------------------------------------------------------------------


async def _taken_in(desk: Desk, request: "Request") -> dict[str, str]:
    """Keeps the body of a request as a file; its name, as it was kept, or why it was not."""
    name = unquote(request.headers.get("x-file-name", ""))
    part: Path | None = None
    try:
        path = _path(desk, name)
        _refuse_large(name, int(request.headers.get("content-length") or 0))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        size = 0
        with part.open("wb") as kept:
            async for piece in request.stream():
                size += len(piece)
                _refuse_large(name, size)
                kept.write(piece)
        if not size:
            raise BadInput(s.ADD_FILES_EMPTY.format(name=name))
        part.replace(path)
    except TutorError as error:
        return {"trouble": str(error)}
    except (OSError, ValueError) as error:
        why = disk_words(desk, error)
        return {"trouble": s.ADD_FILES_FAILED.format(name=name, why=why)}
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return {"name": path.name}


def disk_words(desk: Desk, error: Exception) -> str:
    """Why a file could not be written."""
    if disk.is_full(error):
        return f"the disk is full, {disk.told(disk.free(desk.settings.places.home))} are free"
    return getattr(error, "strerror", None) or str(error)


def _refuse_large(name: str, size: int) -> None:
    if size > MOST_BYTES:
        raise BadInput(s.ADD_FILES_SIZE.format(name=name, size=disk.told(MOST_BYTES)))


def _path(desk: Desk, name: str) -> Path:
    """Where a file of this name is kept. Raises BadInput for a kind that cannot be read."""
    from ingest.pipeline import READABLE_FILES

    plain = re.sub(r"[^\w .()\[\]-]", "_", re.split(r"[/\\]", name)[-1]).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not stem or f"{dot}{ending}".lower() not in READABLE_FILES:
        raise BadInput(s.ADD_FILES_KIND.format(name=name or "That", kinds=" ".join(view.KINDS)))
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", stem):  # names that Windows keeps for itself
        stem = f"{stem}_"
    return desk.settings.places.files / f"{stem[:LONGEST_NAME].strip()}.{ending.lower()}"


def _is_ours(url: str, files: Path) -> bool:
    """Whether this is a file that was handed over."""
    return url.startswith("file:") and Path(url2pathname(urlsplit(url).path)).parent == files


def _file(desk: Desk, number: int) -> "Response":
    """A file as it was handed over, to be saved and never shown by the browser as a page of ours."""
    from fastapi.responses import FileResponse, Response

    source = desk.tutor.library.about(number)
    files = desk.settings.places.files
    if source is None or not _is_ours(source.url, files):
        return Response(status_code=404)
    path = Path(url2pathname(urlsplit(source.url).path))
    if not path.is_file():
        return Response(status_code=404)
    headers = attachment(path.stem, path.suffix.lstrip("."), "file")
    return FileResponse(path, media_type="application/octet-stream", headers=headers)


# -- changes ----------------------------------------------------------------------------------------------------------


def _handbook(desk: Desk, _: Told) -> tuple[str, str]:
    desk.readings.handbook()
    return "", s.READING_TOLD_BEGUN


def _read(desk: Desk, told: Told) -> tuple[str, str]:
    """Reads an address or a file that was handed over."""
    name, links = text(told, "url"), str(told.get("links") or "none")
    if files := _handed(desk, [name]):
        desk.readings.files(files, links)
    else:
        desk.readings.page(name, links)
    return "", s.READING_TOLD_BEGUN


def _files(desk: Desk, told: Told) -> tuple[str, str]:
    names = told.get("names")
    files = _handed(desk, names if isinstance(names, list) else [])
    if not files:
        raise BadInput(s.ADD_FILES_NONE)
    desk.readings.files(files)
    return "", s.READING_TOLD_BEGUN


def _handed(desk: Desk, names: Sequence[Any]) -> list[Path]:
    """Those of these names that are files handed over here, by name or by the address of their source."""
    folder = desk.settings.places.files
    found = []
    for name in names:
        if not isinstance(name, str):
            continue
        path = Path(url2pathname(urlsplit(name).path)) if _is_ours(name, folder) else folder / name
        if path.parent == folder and path.is_file():
            found.append(path)
    return found


def _look(desk: Desk, told: Told) -> tuple[str, str]:
    name = text(told, "url").strip()
    files = _handed(desk, [name])
    found = desk.readings.look(str(files[0]) if files else web_address(name))
    return view.looked(found, files[0].name if files else found.url), ""


def _paste(desk: Desk, told: Told) -> tuple[str, str]:
    """Keeps a pasted list as a file, and looks at it."""
    pasted = told.get("text")
    if not isinstance(pasted, str) or not pasted.strip():
        raise BadInput(s.ADD_LIST_SHORT)
    if len(pasted) > LONGEST_TEXT:
        raise BadInput(s.ADD_LIST_LONG.format(n=f"{LONGEST_TEXT:,}"))
    first = re.sub(r"https?://\S+|[#*\[\]()]", " ", pasted.strip().splitlines()[0])
    title = " ".join(re.sub(r"[^\w .-]", " ", first).split())[:60].strip(". ") or s.ADD_LIST_NAME
    ending = "md" if re.search(r"\]\(|^#", pasted, re.MULTILINE) else "txt"
    path = _path(desk, f"{title}.{ending}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pasted, encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInput(s.ADD_FILES_FAILED.format(name=path.name, why=disk_words(desk, error))) from error
    return _look(desk, {"url": path.name})


def _pause(desk: Desk, _: Told) -> tuple[str, str]:
    desk.readings.pause()
    return "", s.READING_TOLD_PAUSING


def _resume(desk: Desk, _: Told) -> tuple[str, str]:
    desk.readings.resume()
    return "", s.READING_TOLD_BEGUN


def _stop(desk: Desk, _: Told) -> tuple[str, str]:
    desk.readings.stop()
    return "", s.READING_TOLD_STOPPED


def _again(desk: Desk, told: Told) -> tuple[str, str]:
    desk.readings.again(text(told, "url"))
    return "", s.READING_TOLD_BEGUN


def _remove(desk: Desk, told: Told) -> tuple[str, str]:
    """Forgets a source: text, passages, vectors, and the bytes that are kept of it."""
    from ingest.kept import KeptPages

    url, tutor, places = text(told, "url"), desk.tutor, desk.settings.places
    number = tutor.library.number(url)
    source: Source | None = tutor.library.about(number) if number is not None else None
    if source is None:
        raise BadInput(s.SHELF_GONE)
    tutor.library.remove(url)
    if _is_ours(url, places.files):
        Path(url2pathname(urlsplit(url).path)).unlink(missing_ok=True)
    KeptPages(places.pages).remove(url)
    tutor.search.sync()
    words = s.REMOVED if url.startswith("file:") else s.REMOVED_BACK
    return "", words.format(title=source.title)


CHANGES: Mapping[str, Callable[[Desk, Told], tuple[str, str]]] = {
    "handbook": _handbook, "read": _read, "files": _files, "look": _look, "paste": _paste, "pause": _pause,
    "resume": _resume, "stop": _stop, "again": _again, "remove": _remove,
}  # fmt: skip
