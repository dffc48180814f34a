"""
Reading: from addresses to passages that can be searched.

Hosts are fetched side by side, each one page at a time; as pages come in they are put into the library, their
passages encoded and given to the index. Every page is one transaction, so that a run killed at any moment is carried
on by the next. Knows nothing of how a page is fetched or understood (ingest.fetch, ingest.read).
"""

import mimetypes
import queue
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ingest.books import is_within, parts_among, script_source
from ingest.fetch import Fetched, Fetcher, Stopped
from ingest.kept import KeptPages
from ingest.links import arxiv_id, candidates, kind_of, normalise, skip_reason, source_key, youtube_id
from ingest.page import LIST_LINKS, Page, is_reading_list, is_short_list
from ingest.read import READER, read
from ingest.read_video import KeptAsResource, with_transcript
from ingest.reading_list import understand
from ingest.workers import Workers
from tutor.encoder import Encoder
from tutor.errors import BadInput, ReadingError
from tutor.handbook import Handbook, Resource
from tutor.library import Lead, Library, Link
from tutor.passages import Source
from tutor.reading_list import ReadingList
from tutor.settings import Settings
from tutor.vectors import Index, encode_pending, key
from tutor.visible import visible

HANDBOOK = "https://genai-handbook.github.io/"
WORKERS = 8
# When so many hosts in a row give no answer at all, there is no network: as many as are asked side by side.
SILENT_HOSTS = WORKERS
# A page asked for this recently is not asked for again, unless `refresh` says so.
FRESH = timedelta(hours=24)
# Of a book or course at most so many pages of its own folder are read.
MOST_SUBPAGES = 60
BOOKS = ("book", "course", "documentation")
# A front page with fewer parts than this leads on by its "next" link.
FEWEST_PARTS = 3
# Local files that are read; .vtt and .srt are captions of a video.
READABLE_FILES = (".html", ".htm", ".md", ".txt", ".pdf", ".ipynb", ".vtt", ".srt")
# Characters of a title and of the names of authors; more of them is a page that wants the screen for itself.
LONGEST_TITLE = 300
LONGEST_AUTHOR = 600
# Why a page that a person removed is not read again, though a list leads to it.
REMOVED = "you removed it; read its own address to have it again"
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://|\b(?:javascript|vbscript|data):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Something to read: a URL or a local file, and what is known of it before it is read."""

    url: str
    title: str | None = None
    kind: str | None = None
    author: str | None = None
    chapter: str | None = None
    # Whether its links are read too: auto (those of a reading list; the pages of a book), all, none (but the pages of a
    # book or course are it itself), alone (not even those), same (what is known that it leads to stays, and is not
    # read).
    follow: str = "auto"
    kept: bool = False  # read again from the bytes that are kept of it, without asking for it
    named: bool = False  # by a person, so that it may be a reading list; not what another page leads to
    book: str | None = None  # the address of the book whose page it is


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one address: read, changed, unchanged, duplicate, or one of dead, blocked, failed, skipped.

    `reason` says why, for a person; `passages` is how many the library holds of it.
    """

    url: str
    outcome: str
    reason: str = ""
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. `eta` in seconds, None while nothing can be said."""

    done: int
    total: int
    passages: int
    waiting: int  # passages that are still to be encoded
    seconds: float
    eta: float | None
    current: str
    at_once: int = 0  # of `done`, what need not be asked for


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a run did, address by address.

    `offline` says why, where nothing answered at all: then the run ended early and the links are as they were.
    """

    outcomes: tuple[Outcome, ...]
    passages: int
    seconds: float
    stopped: bool = False
    offline: str = ""

    def count(self, *outcomes: str) -> int:
        return sum(one.outcome in outcomes for one in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.outcome in ("dead", "blocked", "failed"))


@dataclass(slots=True)
class _Run:
    """What the threads of one run share."""

    stop: threading.Event
    fresh_since: datetime  # what was asked for from then on is not asked for again
    began: float = field(default_factory=time.monotonic)
    seen: set[str] = field(default_factory=set)
    total: int = 0
    at_once: int = 0  # what need not be asked for: it says nothing of how long the rest takes
    outcomes: list[Outcome] = field(default_factory=list)
    passages: int = 0
    encoded: int = 0
    parts: Counter[str] = field(default_factory=Counter)  # pages of each book
    waiting: int = 0  # passages to be encoded, as far as this run knows
    answered: bool = False  # whether any host has answered anything
    silent: list["_Read"] = field(default_factory=list)  # what got no answer since the last answer came
    offline: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a worker brings home: a page, or why there is none."""

    address: Address
    page: Page | None = None
    fetched: Fetched | None = None
    outcome: Outcome | None = None
    link: Link | None = None
    reached: bool = True  # False where no host answered
    reading_list: ReadingList | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A page before it is kept: how many words it has, to how many pages it leads, how many of those are held."""

    url: str
    title: str
    words: int
    links: int
    held: int


def handbook_addresses(handbook: Handbook) -> list[Address]:
    """The handbook's own page and every resource it names, in its order."""
    resources: list[tuple[str | None, Resource]] = [(None, r) for r in handbook.introduction]
    for section in handbook.sections:
        resources += [(None, r) for r in section.resources]
        resources += [(chapter.id, r) for chapter in section.chapters for r in chapter.resources]
    own = Address(HANDBOOK, title="Generative AI Handbook", kind="article", follow="all", named=True)
    return [
        own,
        *(Address(r.url, title=r.title, kind=r.kind, author=r.author, chapter=c, follow="none") for c, r in resources),
    ]


def addresses(named: Sequence[str], links: str = "auto") -> list[Address]:
    """
    The addresses a person named; `links` is auto, all or none.

    Raises BadInput for what is neither a web address nor a readable file.
    """
    found = []
    links = "alone" if links == "none" else links
    for name in named:
        if urlsplit(name).scheme in ("http", "https"):
            found.append(Address(name, follow=links, named=True))
            continue
        path = Path(name).expanduser()
        if not path.is_file():
            raise BadInput(
                f"{name} is neither a web address (https://...) nor a file. Name a page, or a file that ends in one of "
                f"{' '.join(READABLE_FILES)}."
            )
        if path.suffix.lower() not in READABLE_FILES:
            raise BadInput(f"{name} cannot be read: only {' '.join(READABLE_FILES)} files can. Convert it first.")
        found.append(Address(path.absolute().as_uri(), follow=links, named=True))
    return found


class Pipeline:
    """Reads addresses into one library."""

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        index: Index,
        fetcher: Fetcher,
        pages: Path | None = None,
        handbook: Handbook | None = None,
        workers: Workers | None = None,
    ) -> None:
        """Pages are read by `workers`, which bound what that may cost; without them in this process."""
        self._library = library
        self._encoder = encoder
        self._index = index
        self._fetcher = fetcher
        self._pages = KeptPages(pages) if pages else None
        self._handbook = handbook
        self._workers = workers

    def run(
        self,
        wanted: Iterable[Address],
        *,
        limit: int | None = None,
        refresh: bool = False,
        since: datetime | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> Report:
        """
        Reads `wanted` and what reading lists among them link to, at most `limit` pages anew.

        What was asked for lately is not asked for again; with `since`, the moment at which a run that is carried on
        began, nor what was asked for from then on. Set `stop` and the run ends after the pages under way; what was read
        is kept. `progress` is called from this thread.
        """
        waiting = self._library.count_unencoded(key(self._encoder))
        run = _Run(stop or threading.Event(), fresh_since(since), waiting=waiting)
        hosts = _Hosts(run, limit)
        results: queue.Queue[_Read | None] = queue.Queue()
        for address in wanted:
            self._want(address, hosts, run, refresh)
        workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="reading")
        try:
            for _ in range(WORKERS):
                workers.submit(self._work, hosts, results)
            self._take_in(results, hosts, run, refresh, progress)
        except BaseException:
            run.stop.set()
            if self._workers:
                self._workers.close()  # nobody wants the pages under way any more
            raise
        finally:
            hosts.close()
            workers.shutdown(wait=True, cancel_futures=True)
            if self._workers:
                self._workers.rest()  # what is left to do needs memory of its own
        self._settle(run)
        self._finish(run, progress)
        seconds, stopped = time.monotonic() - run.began, run.stop.is_set() and not run.offline
        return Report(tuple(run.outcomes), run.passages, seconds, stopped, run.offline)

    # -- what to read -----------------------------------------------------------------------------------------------

    def _want(self, address: Address, hosts: "_Hosts", run: _Run, refresh: bool) -> None:
        """Queues an address, or settles at once what need not be fetched."""
        url = address.url if address.url.startswith("file:") else normalise(address.url)
        key = url if url.startswith("file:") else source_key(url)
        if key in run.seen or (address.book and run.parts[address.book] >= MOST_SUBPAGES):
            return
        run.seen.add(key)
        run.parts.update([address.book] if address.book else [])
        run.total += 1
        address = replace(address, url=url)
        reason = None if url.startswith("file:") else skip_reason(url)
        kept = None if reason else self._library.link(url)
        if kept and kept.state == "removed" and not address.named:
            run.outcomes.append(Outcome(url, "skipped", REMOVED))
            run.at_once += 1
            return
        if not refresh and kept and not url.startswith("file:") and _is_fresh(kept, run.fresh_since):
            if self._is_outdated(kept) and hosts.put(replace(address, kept=True)):
                return
            run.outcomes.append(self._as_before(kept))
            run.at_once += 1
            self._follow_known(address, hosts, run, refresh)
            return
        if reason:
            self._library.put_link(
                _described(address, Link(url, "skipped", reason, source=kept.source if kept else None))
            )
            run.outcomes.append(Outcome(url, "skipped", reason))
            run.at_once += 1
            return
        if not hosts.put(address):
            run.total -= 1

    def _as_before(self, kept: Link) -> Outcome:
        """What a link that was asked for lately is reported as."""
        if kept.state == "skipped":
            return Outcome(kept.url, kept.state, kept.reason)
        if kept.state != "read":
            return Outcome(kept.url, kept.state, f"{kept.reason}; asked for lately, at {kept.checked}")
        passages = len(self._library.passages_of(kept.source)) if kept.source else 0
        return Outcome(kept.url, "unchanged", f"checked {kept.checked}", passages)

    def _follow(self, read_: _Read, hosts: "_Hosts", run: _Run, refresh: bool) -> None:
        """Queues what a reading list or a chapter's page leads to."""
        self._follow_known(read_.address, hosts, run, refresh)

    def _follow_known(self, address: Address, hosts: "_Hosts", run: _Run, refresh: bool) -> None:
        """Queues what is known of old that `address` leads to."""
        for found in _followed(address, self._library):
            self._want(self._known(found), hosts, run, refresh)

    def _known(self, lead: Address) -> Address:
        return known(lead, self._handbook) if self._handbook else lead

    def look(self, address: Address) -> Look:
        """Fetches a page and says what it leads to; nothing is kept. Raises ReadingError."""
        if not address.url.startswith("file:"):
            address = replace(address, url=normalise(address.url))
            if reason := skip_reason(address.url):
                raise ReadingError("skipped", reason)
        address = replace(address, follow="all", named=True)
        fetched = _local(address.url) if address.url.startswith("file:") else self._fetch(address, None)
        page = self._whole(address, replace(fetched, as_list=True))
        leads = _leads(_Read(address, page=page, fetched=fetched, reading_list=self._understood(address, page)))
        urls = {source_key(url): url for url in (normalise(lead.url) for lead in leads) if not skip_reason(url)}
        urls.pop(source_key(address.url), None)
        links = [self._library.link(url) for url in urls.values()]
        held = sum(link is not None and link.source is not None for link in links)
        return Look(address.url, _line(page.title, LONGEST_TITLE) or address.url, page.words, len(urls), held)

    # -- fetching, in the workers -----------------------------------------------------------------------------------

    def _work(self, hosts: "_Hosts", results: "queue.Queue[_Read | None]") -> None:
        while (address := hosts.take()) is not None:
            try:
                results.put(self._read(address))
            except Stopped:
                pass  # nothing is known of it: the next run asks
            except Exception as error:  # a page never ends a run: it is reported with its reason
                reason = f"it could not be read ({type(error).__name__})"
                results.put(_failed(address, ReadingError("failed", reason), self._library.link(address.url)))
            finally:
                hosts.done(address)
        results.put(None)

    def _read(self, address: Address) -> _Read:
        kept = self._library.link(address.url)
        conditional = kept if kept and kept.source is not None else None
        if address.kept and kept is not None:
            return self._read_again(address, kept)
        try:
            if self._workers and conditional is None:
                self._workers.prepare()
            fetched = _local(address.url) if address.url.startswith("file:") else self._fetch(address, conditional)
            if fetched.unchanged and kept is not None:
                alive = replace(kept, state="read", reason="" if kept.state != "read" else kept.reason, status=200)
                alive = replace(alive, moved_to=fetched.moved_to)
                return self._read_again(address, alive)
            page = self._whole(address, replace(fetched, as_list=_as_list(address)))
        except ReadingError as error:
            return _failed(address, error, kept)
        return _Read(address, page=page, fetched=fetched, reading_list=self._understood(address, page))

    def _understood(self, address: Address, page: Page) -> ReadingList | None:
        """The syllabus of a page that is a reading list."""
        local = address.url.startswith("file:")
        if not address.named or not (local or address.follow == "all" or is_reading_list(page)):
            return None
        found = replace(understand(page, self._handbook), url=address.url)
        structured = len(found.sections) + len(found.chapters) > 1 or is_reading_list(page) or is_short_list(page)
        return found if structured and (found.all_resources() or found.unresolved) else None

    def _is_outdated(self, kept: Link) -> bool:
        """Whether what is held of a page was read by an older reader, from bytes that are kept."""
        if self._pages is None or kept.state != "read" or youtube_id(kept.url):  # a transcript is not kept beside it
            return False
        reader = self._pages.reader(kept.url)
        return reader is not None and reader < READER

    def _read_again(self, address: Address, kept: Link) -> _Read:
        """An unchanged page: as it is held, or read again from the kept bytes where an older reader read it."""
        unchanged = _Read(address, outcome=Outcome(address.url, "unchanged"), link=kept)
        bytes_ = self._pages.get(address.url) if self._pages and self._is_outdated(kept) else None
        # Bytes of another time than the link's are what an interrupted run left.
        if bytes_ is None or (bytes_[0].etag, bytes_[0].last_modified) != (kept.etag, kept.last_modified):
            return unchanged
        try:
            fetched = replace(bytes_[0], as_list=_as_list(address))
            page = self._page(fetched)
            return _Read(address, page=page, fetched=fetched, reading_list=self._understood(address, page))
        except ReadingError:
            return unchanged  # what was read before is still held

    def _whole(self, address: Address, fetched: Fetched) -> Page:
        """The page in what was fetched, with what belongs to it and must be asked for."""
        fetch = partial(self._fetcher.fetch, archive=False)
        try:
            page = self._page(fetched)
        except ReadingError as error:
            text = script_source(fetched.body, fetched.final_url) if error.state == "failed" else None
            if text is None:
                raise
            page = self._page(fetch(text))
        if page.kind == "video" and not page.text:
            return with_transcript(page, fetched, fetch, self._page)
        if (paper := arxiv_id(address.url)) and not (page.author or address.author):
            return self._with_abstract(page, f"https://arxiv.org/abs/{paper}")
        return page

    def _page(self, fetched: Fetched) -> Page:
        return self._workers.read(fetched) if self._workers else read(fetched)

    def _with_abstract(self, page: Page, url: str) -> Page:
        """A paper with what its abstract's page says of it, where nobody has named its authors yet."""
        try:
            about = self._page(self._fetcher.fetch(url, archive=False))
        except ReadingError:
            return page
        return replace(
            page,
            title=about.title or page.title,
            author=about.author,
            published=page.published or about.published,
            licence=page.licence or about.licence,
        )

    def _fetch(self, address: Address, kept: Link | None) -> Fetched:
        """
        The page at an address, or at the first of its other forms (a paper's HTML before its PDF) that is there.

        The archive is asked for the last form only, and only where nothing was read while the page was there: that is
        better than somebody's copy. Not for a page of a book, since nobody named those, nor for a video, since it does
        not keep what is said in them.
        """
        archive = address.book is None and youtube_id(address.url) is None and (kept is None or kept.archived)
        etag, last_modified = (kept.etag, kept.last_modified) if kept else (None, None)
        *better, last = candidates(address.url)
        for form in better:
            try:
                return self._fetcher.fetch(form, etag=etag, last_modified=last_modified, archive=False)
            except ReadingError as error:
                if error.state != "dead":
                    raise
        return self._fetcher.fetch(last, etag=etag, last_modified=last_modified, archive=archive)

    # -- taking in, in the caller's thread --------------------------------------------------------------------------

    def _take_in(
        self,
        results: "queue.Queue[_Read | None]",
        hosts: "_Hosts",
        run: _Run,
        refresh: bool,
        progress: Callable[[Progress], None],
    ) -> None:
        working = WORKERS
        current = ""
        while working:
            progress(self._progress(run, current))
            try:
                # While nothing comes in, passages are encoded; so neither waits for the other.
                read_ = results.get(timeout=0 if run.waiting else 0.5)
            except queue.Empty:
                self._encode_some(run)
                if hosts.idle() and results.empty():
                    hosts.close()
                continue
            if read_ is None:
                working -= 1
                continue
            current = read_.address.url
            if self._is_heard(read_, run):
                self._keep(read_, run)
                self._follow(read_, hosts, run, refresh)
            if hosts.idle() and results.empty():
                hosts.close()

    def _is_heard(self, read_: _Read, run: _Run) -> bool:
        """
        False for a page of which no host said anything: it is settled when another host answers.

        Where none does, there is no network, and nothing is learnt about any page: the run ends.
        """
        if not read_.reached:
            run.silent.append(read_)
            if len({_host(one.address) for one in run.silent}) >= SILENT_HOSTS:
                run.offline = _reason(read_)
                run.stop.set()
            return False
        skipped = read_.outcome is not None and read_.outcome.outcome == "skipped"
        if not skipped and not read_.address.kept and not read_.address.url.startswith("file:"):
            run.answered = True
            self._settle(run)
        return True

    def _settle(self, run: _Run) -> None:
        """Takes in what got no answer while other hosts answered; without a network, nothing."""
        silent, run.silent = run.silent, []
        if silent and not run.answered and not run.stop.is_set():
            run.offline = _reason(silent[0])
        if not run.offline and not run.stop.is_set():
            for read_ in silent:
                self._keep(read_, run)

    def _keep(self, read_: _Read, run: _Run) -> None:
        address, page, fetched = read_.address, read_.page, read_.fetched
        if page is None or fetched is None:
            assert read_.outcome is not None
            assert read_.link is not None
            self._library.put_link(read_.link, asked=not address.kept)
            run.outcomes.append(read_.outcome)
            return
        if self._pages is not None and not address.url.startswith("file:"):
            self._pages.put(address.url, fetched, READER)
        source = self._source(address, page, fetched)
        put = self._library.put(source)
        if source.url != address.url:
            self._library.put_link(Link(source.url, "read", "from a file", source=put.source, title=source.title))
        if read_.reading_list is not None:
            self._library.put_list(read_.reading_list)
        elif address.named:
            self._library.remove_list(address.url)  # it may have been one before
        # Before the link: once a page is known as read, it is not asked for again, nor for what it leads to.
        if address.follow != "same":
            self._library.put_leads(address.url, _leads(read_))
        self._library.put_link(
            _described(
                address,
                Link(
                    url=address.url,
                    state="read",
                    reason="the same text as another page" if put.outcome == "duplicate" else _archived(fetched),
                    status=fetched.status,
                    source=put.source,
                    etag=fetched.etag,
                    last_modified=fetched.last_modified,
                    moved_to=fetched.moved_to,
                    archived=fetched.archived,
                ),
            ),
            asked=not address.kept,
        )
        outcome = {"new": "read"}.get(put.outcome, put.outcome)
        run.outcomes.append(Outcome(address.url, outcome, passages=put.passages))
        run.passages += put.passages if put.outcome in ("new", "changed") else 0
        run.waiting += put.passages if put.outcome in ("new", "changed") else 0

    def _source(self, address: Address, page: Page, fetched: Fetched) -> Source:
        """What is kept of a page. A local file of captions is kept as the video that it is named after."""
        if address.url.startswith("file:") and not page.url.startswith("file:"):
            address = self._known(replace(address, url=page.url))
            page = replace(page, title=address.title or page.title)
        return _source(address, page, fetched)

    def _encode_some(self, run: _Run) -> None:
        """One batch, then back to the pages that have come in meanwhile."""
        enough = threading.Event()

        def count(n: int) -> None:
            run.encoded += n
            enough.set()

        done = encode_pending(self._library, self._encoder, count, enough)
        run.waiting = max(0, run.waiting - done) if done else 0

    def _finish(self, run: _Run, progress: Callable[[Progress], None]) -> None:
        run.waiting = self._library.count_unencoded(key(self._encoder))  # others may be adding passages too
        while run.waiting and not run.stop.is_set():
            self._encode_some(run)
            progress(self._progress(run, "making passages searchable"))
        if not self._library.index_is_level(key(self._encoder)):  # opening Chroma for nothing takes a second
            self._index.sync()
        progress(self._progress(run, "done"))

    def _progress(self, run: _Run, current: str) -> Progress:
        seconds = time.monotonic() - run.began
        done = len(run.outcomes)
        eta = None
        if run.total and (asked := done - run.at_once):
            pages = (run.total - done) * seconds / asked
            passages = run.waiting * seconds / run.encoded if run.encoded else 0.0
            eta = max(pages, passages)
        return Progress(done, run.total, run.passages, run.waiting, seconds, eta, current, run.at_once)


class _Hosts:
    """
    Addresses by host: a host's pages are taken one after another, different hosts side by side.

    The host with most pages left goes first, since it is the one that decides how long a run takes.
    """

    def __init__(self, run: _Run, limit: int | None) -> None:
        self._run = run
        self._left = limit
        self._queues: dict[str, deque[Address]] = {}
        self._busy: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, address: Address) -> bool:
        """False where the limit is reached."""
        with self._changed:
            if self._left is not None:
                if self._left <= 0:
                    return False
                self._left -= 1
            self._queues.setdefault(_host(address), deque()).append(address)
            self._changed.notify()
            return True

    def take(self) -> Address | None:
        """The next address, when there is one; None at the end."""
        with self._changed:
            while True:
                if self._run.stop.is_set():
                    return None
                free = [host for host, waiting in self._queues.items() if waiting and host not in self._busy]
                if free:
                    host = max(free, key=lambda h: (len(self._queues[h]), h))
                    self._busy.add(host)
                    return self._queues[host].popleft()
                if self._closed:
                    return None
                self._changed.wait(0.2)

    def done(self, address: Address) -> None:
        with self._changed:
            self._busy.discard(_host(address))
            self._changed.notify_all()

    def idle(self) -> bool:
        with self._changed:
            return not self._busy and not any(self._queues.values())

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _host(address: Address) -> str:
    return urlsplit(address.url).netloc or "file"


def fresh_since(since: datetime | None = None) -> datetime:
    """From when on what was asked for need not be asked for again: FRESH ago, or `since` where that is longer ago."""
    lately = datetime.now(UTC) - FRESH
    return min(lately, since) if since else lately


def left(library: Library, wanted: Iterable[Address], since: datetime | None = None) -> int:
    """How many pages a run of these addresses would still ask for, as far as is known before it."""
    fresh, seen, parts = fresh_since(since), set[str](), Counter[str]()
    links = {link.url: link for link in library.links()}
    waiting = deque(wanted)
    count = 0
    while waiting:
        address = waiting.popleft()
        url = address.url if address.url.startswith("file:") else normalise(address.url)
        name = url if url.startswith("file:") else source_key(url)
        if name in seen or (address.book and parts[address.book] >= MOST_SUBPAGES):
            continue
        seen.add(name)
        parts.update([address.book] if address.book else [])
        kept = links.get(url)
        if kept and kept.state == "removed" and not address.named:
            continue
        if not url.startswith("file:") and kept and _is_fresh(kept, fresh):
            waiting.extend(_followed(replace(address, url=url), library))
        elif url.startswith("file:") or not skip_reason(url):
            count += 1
    return count


def known(lead: Address, handbook: Handbook) -> Address:
    """An address with what the handbook knows of it."""
    for resource, chapter in handbook.resources_by_url(lead.url):
        return replace(
            lead,
            title=resource.title,
            kind=resource.kind,
            author=resource.author,
            chapter=chapter.id if chapter else lead.chapter,
        )
    return lead


def _followed(address: Address, library: Library) -> list[Address]:
    """What is known of old that `address` leads to, as far as it is to be read with it."""
    leads = library.leads(address.url) if address.follow != "same" else []
    titles = _titles(library.reading_list(address.url)) if leads else {}
    book = address.book or address.url
    followed = []
    for lead in leads:
        title = titles.get(normalise(lead.url))
        found = Address(lead.url, title, kind=lead.kind, chapter=lead.chapter, follow="none")
        followed.append(replace(found, book=book) if lead.kind in BOOKS and is_within(lead.url, book) else found)
    return followed


def _is_fresh(link: Link, fresh: datetime) -> bool:
    """Whether it need not be asked for again yet. What failed for the moment is always tried again."""
    settled = link.state in ("dead", "blocked", "skipped") or (link.state == "read" and link.source is not None)
    return settled and datetime.fromisoformat(link.checked) >= fresh


def _as_list(address: Address) -> bool | None:
    """Whether a page is read as a reading list; None: if that shows that it is one, as a person may have named one."""
    return (address.follow == "all" or None) if address.named else False


def _titles(found: ReadingList | None) -> dict[str, str]:
    """What a list calls the pages that it leads to."""
    named = {r.url: r.title for r in found.all_resources() if r.url and r.title not in r.url} if found else {}
    return {normalise(url): title for url, title in named.items()}


def _leads(read_: _Read) -> list[Lead]:
    """What a page leads to: all links of a reading list, the pages of its folder for a book's front page."""
    page, address = read_.page, read_.address
    assert page is not None
    listed = [one.url for one in read_.reading_list.all_resources() if one.url] if read_.reading_list else []
    if address.follow in ("none", "alone"):
        return _parts(address, page) if address.follow == "none" else []
    if address.follow == "all" or is_reading_list(page) or len(set(listed)) >= LIST_LINKS:
        urls = dict.fromkeys((*(link.url for link in page.links), *listed))
        return [Lead(url) for url in urls if url.startswith("http")]
    return _parts(address, page)


def _parts(address: Address, page: Page) -> list[Lead]:
    """
    The pages that a page of a book or course leads to: the folder's from its front page, the next one from the others.

    The index page of a chapter is one by its name, whatever it is; for the rest the kind decides.
    """
    kind = address.kind or page.kind
    named_index = urlsplit(address.url).path.endswith(("/index.html", "/index.htm"))
    is_book = kind in ("book", "course") or (kind == "documentation" and address.follow == "auto")
    if not (is_book or named_index or address.book):
        return []
    below = page.below or parts_among((link.url for link in page.links), address.url)  # of a page of Markdown
    # A book's PDF beside its pages is the same book again; those of a course are its lectures.
    urls = [url for url in below if kind != "book" or not url.endswith(".pdf")][:MOST_SUBPAGES]
    if page.next and is_within(page.next, address.book or address.url) and (address.book or len(urls) < FEWEST_PARTS):
        urls.append(page.next)
    return [Lead(url, kind, address.chapter) for url in dict.fromkeys(urls)]


def _source(address: Address, page: Page, fetched: Fetched) -> Source:
    return Source(
        url=address.url,
        title=_line(page.title, LONGEST_TITLE) or address.title or address.url,
        text=page.text,
        author=_line(page.author or address.author or "", LONGEST_AUTHOR) or None,
        published=page.published,
        language=page.language,
        licence=page.licence,
        kind=address.kind or page.kind,
        chapter=address.chapter,
        pages=page.pages,
        times=page.times,
        archived=fetched.archived,
    )


def _line(words: str, longest: int) -> str:
    """What a page calls itself, on one line that fits where it is shown, with no address that a screen makes a link."""
    line = _SCHEME.sub("", " ".join(visible(words).split()))
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _described(address: Address, link: Link) -> Link:
    return replace(
        link,
        title=_line(address.title or link.title or "", LONGEST_TITLE) or None,
        kind=address.kind or (kind_of(address.url)),
        chapter=address.chapter,
    )


def _failed(address: Address, error: ReadingError, kept: Link | None = None) -> _Read:
    """A page that is gone keeps the source that was read of it (citable as of then), and what a 304 is asked by."""
    title = error.description if isinstance(error, KeptAsResource) else None
    link = Link(address.url, error.state, error.reason, title=title)
    if kept is not None and kept.source is not None:
        link = replace(kept, state=error.state, reason=error.reason, status=None)
    outcome = Outcome(address.url, error.state, error.reason)
    return _Read(address, outcome=outcome, link=_described(address, link), reached=error.reached)


def _reason(read_: _Read) -> str:
    return read_.outcome.reason if read_.outcome else ""


def _archived(fetched: Fetched) -> str:
    """Of when an archived copy is, as far as its address tells."""
    if not fetched.archived:
        return ""
    stamp = re.search(r"/web/(\d{4})(\d\d)?(\d\d)?\d*(?:id_)?/", fetched.final_url)
    date = "-".join(part for part in stamp.groups() if part) if stamp else ""
    return f"gone; an archived copy of {date} was read" if date else "gone; an archived copy was read"


def _local(url: str) -> Fetched:
    """A local file as if it had been fetched."""
    from urllib.request import url2pathname

    path = Path(url2pathname(urlsplit(url).path))
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ReadingError("failed", f"the file cannot be read ({error.strerror})") from error
    kinds = {".md": "text/markdown", ".ipynb": "application/x-ipynb+json", ".vtt": "text/vtt", ".srt": "text/plain"}
    guessed = kinds.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "text/plain"
    return Fetched(
        url=url,
        final_url=url,
        status=200,
        content_type=guessed,
        body=body,
        etag=None,
        last_modified=None,
        unchanged=False,
        archived=False,
        moved_to=None,
    )


def ingest(
    settings: Settings,
    wanted: Sequence[Address],
    *,
    via: str | None = None,
    delay: float = 1.0,
    limit: int | None = None,
    refresh: bool = False,
    since: datetime | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Report:
    """Reads `wanted` into the library that `settings` name, with the parts they name. What every way in calls."""
    with _opened(settings, via, delay, stop) as pipeline:
        return pipeline.run(wanted, limit=limit, refresh=refresh, since=since, progress=progress, stop=stop)


def look(settings: Settings, address: Address, *, via: str | None = None) -> Look:
    """What a page leads to, before it is read. Raises ReadingError where it cannot be fetched or read."""
    with _opened(settings, via, 1.0, None) as pipeline:
        return pipeline.look(address)


@contextmanager
def _opened(settings: Settings, via: str | None, delay: float, stop: threading.Event | None) -> Iterator[Pipeline]:
    from tutor import handbook, notes
    from tutor.encoder import open_encoder
    from tutor.vectors import ChromaIndex

    places = settings.places
    with (
        Library.open(places.library) as library,
        Fetcher(via=via, delay=delay, stop=stop) as fetcher,
        Workers(stop=stop) as workers,
    ):
        notes.keep(library)
        encoder = open_encoder(places.models)
        index = ChromaIndex(library, encoder, places.chroma, settings.parts.chroma_server)
        yield Pipeline(library, encoder, index, fetcher, places.pages, handbook.load(), workers)
