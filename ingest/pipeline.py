"""
Reading: from addresses to passages that can be searched.

Hosts are fetched side by side, each one page at a time; as pages come in they are put into the library, their
passages encoded and given to the index. Every page is one transaction, so that a run killed at any moment is carried
on by the next. Knows nothing of how a page is fetched or understood (ingest.fetch, ingest.read).
"""

import hashlib
import mimetypes
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ingest.fetch import Fetched, Fetcher, Stopped
from ingest.links import candidates, kind_of, normalise, skip_reason, source_key
from ingest.page import LIST_LINKS, Page, is_reading_list, is_short_list
from ingest.read import read
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

HANDBOOK = "https://genai-handbook.github.io/"
WORKERS = 8
# A page asked for this recently is not asked for again, unless `refresh` says so.
FRESH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Address:
    """Something to read: a URL or a local file, and what is known of it before it is read."""

    url: str
    title: str | None = None
    kind: str | None = None
    author: str | None = None
    chapter: str | None = None
    follow: str = "auto"  # whether its links are read too: auto (if it is a reading list), all, none
    named: bool = False  # by a person, so that it may be a reading list; not what another page leads to


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


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, address by address."""

    outcomes: tuple[Outcome, ...]
    passages: int
    seconds: float
    stopped: bool = False

    def count(self, *outcomes: str) -> int:
        return sum(one.outcome in outcomes for one in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.outcome in ("dead", "blocked", "failed"))


@dataclass(slots=True)
class _Run:
    """What the threads of one run share."""

    stop: threading.Event
    began: float = field(default_factory=time.monotonic)
    seen: set[str] = field(default_factory=set)
    total: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    passages: int = 0
    encoded: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    """What a worker brings home: a page, or why there is none."""

    address: Address
    page: Page | None = None
    fetched: Fetched | None = None
    outcome: Outcome | None = None
    link: Link | None = None
    reading_list: ReadingList | None = None


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
    """The addresses a person named. Raises BadInput for what is neither a web address nor a readable file."""
    found = []
    for name in named:
        if urlsplit(name).scheme in ("http", "https"):
            found.append(Address(name, follow=links, named=True))
            continue
        path = Path(name).expanduser()
        if not path.is_file():
            raise BadInput(
                f"{name} is neither a web address (https://...) nor a file. Name a page, or a .html .md .txt .pdf file."
            )
        if path.suffix.lower() not in (".html", ".htm", ".md", ".txt", ".pdf", ".ipynb"):
            raise BadInput(f"{name} cannot be read: only .html, .md, .txt and .pdf files can. Convert it first.")
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
        self._pages = pages
        self._handbook = handbook
        self._workers = workers

    def run(
        self,
        wanted: Iterable[Address],
        *,
        limit: int | None = None,
        refresh: bool = False,
        progress: Callable[[Progress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> Report:
        """
        Reads `wanted` and what reading lists among them link to, at most `limit` pages anew.

        Set `stop` and the run ends after the pages under way; what was read is kept. `progress` is called from this
        thread.
        """
        run = _Run(stop or threading.Event())
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
        self._finish(run, progress)
        return Report(tuple(run.outcomes), run.passages, time.monotonic() - run.began, run.stop.is_set())

    # -- what to read -----------------------------------------------------------------------------------------------

    def _want(self, address: Address, hosts: "_Hosts", run: _Run, refresh: bool) -> None:
        """Queues an address, or settles at once what need not be fetched."""
        url = address.url if address.url.startswith("file:") else normalise(address.url)
        key = url if url.startswith("file:") else source_key(url)
        if key in run.seen:
            return
        run.seen.add(key)
        run.total += 1
        address = replace(address, url=url)
        kept = self._library.link(url)
        if not refresh and kept and not url.startswith("file:") and _is_fresh(kept):
            run.outcomes.append(self._as_before(kept))
            self._follow_known(address, hosts, run, refresh)
            return
        reason = None if url.startswith("file:") else skip_reason(url)
        if reason:
            self._library.put_link(_described(address, Link(url, "skipped", reason)))
            run.outcomes.append(Outcome(url, "skipped", reason))
            return
        if not hosts.put(address):
            run.total -= 1

    def _as_before(self, kept: Link) -> Outcome:
        """What a link that was asked for lately is reported as."""
        if kept.state != "read":
            return Outcome(kept.url, kept.state, f"{kept.reason}; asked for lately, at {kept.checked}")
        passages = len(self._library.passages_of(kept.source)) if kept.source else 0
        return Outcome(kept.url, "unchanged", f"checked {kept.checked}", passages)

    def _follow(self, read_: _Read, hosts: "_Hosts", run: _Run, refresh: bool) -> None:
        """Queues what a reading list or a chapter's page leads to."""
        if read_.page is not None:
            self._library.put_leads(read_.address.url, _leads(read_))
        self._follow_known(read_.address, hosts, run, refresh)

    def _follow_known(self, address: Address, hosts: "_Hosts", run: _Run, refresh: bool) -> None:
        """Queues what is known of old that `address` leads to."""
        leads = self._library.leads(address.url)
        titles = _titles(self._library.reading_list(address.url)) if leads else {}
        for lead in leads:
            title = titles.get(normalise(lead.url))
            found = Address(lead.url, title, kind=lead.kind, chapter=lead.chapter, follow="none")
            self._want(self._known(found), hosts, run, refresh)

    def _known(self, lead: Address) -> Address:
        """A lead with what the handbook knows of it."""
        if self._handbook is None:
            return lead
        for resource, chapter in self._handbook.resources_by_url(lead.url):
            return replace(
                lead,
                title=resource.title,
                kind=resource.kind,
                author=resource.author,
                chapter=chapter.id if chapter else lead.chapter,
            )
        return lead

    # -- fetching, in the workers -----------------------------------------------------------------------------------

    def _work(self, hosts: "_Hosts", results: "queue.Queue[_Read | None]") -> None:
        while (address := hosts.take()) is not None:
            try:
                results.put(self._read(address))
            except Stopped:
                pass  # nothing is known of it: the next run asks
            except Exception as error:  # a page never ends a run: it is reported with its reason
                reason = f"it could not be read ({type(error).__name__})"
                results.put(_failed(address, ReadingError("failed", reason)))
            finally:
                hosts.done(address)
        results.put(None)

    def _read(self, address: Address) -> _Read:
        kept = self._library.link(address.url)
        conditional = kept if kept and kept.source is not None else None
        try:
            if self._workers and conditional is None:
                self._workers.prepare()
            fetched = _local(address.url) if address.url.startswith("file:") else self._fetch(address.url, conditional)
            if fetched.unchanged and kept is not None:
                return _Read(address, fetched=fetched, outcome=Outcome(address.url, "unchanged"), link=kept)
            fetched = replace(fetched, as_list=_as_list(address))
            page = self._workers.read(fetched) if self._workers else read(fetched)
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

    def _fetch(self, url: str, kept: Link | None) -> Fetched:
        """The page at `url`, or at the first of its other forms (a paper's HTML before its PDF) that is there."""
        first, *others = candidates(url)
        validators = (kept.etag, kept.last_modified) if kept else (None, None)
        try:
            return self._fetcher.fetch(first, etag=validators[0], last_modified=validators[1])
        except ReadingError as error:
            for other in others if error.state == "dead" else ():
                try:
                    return self._fetcher.fetch(other, etag=validators[0], last_modified=validators[1])
                except ReadingError:
                    continue
            raise

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
                read_ = results.get(timeout=0 if self._library.counts().unencoded else 0.5)
            except queue.Empty:
                self._encode_some(run)
                if hosts.idle() and results.empty():
                    hosts.close()
                continue
            if read_ is None:
                working -= 1
                continue
            current = read_.address.url
            self._keep(read_, run)
            self._follow(read_, hosts, run, refresh)
            if hosts.idle() and results.empty():
                hosts.close()

    def _keep(self, read_: _Read, run: _Run) -> None:
        address, page, fetched = read_.address, read_.page, read_.fetched
        if page is None or fetched is None:
            assert read_.outcome is not None
            assert read_.link is not None
            self._library.put_link(read_.link)
            run.outcomes.append(read_.outcome)
            return
        self._save(fetched)
        put = self._library.put(_source(address, page, fetched))
        if read_.reading_list is not None:
            self._library.put_list(read_.reading_list)
        elif address.named:
            self._library.remove_list(address.url)  # it may have been one before
        self._library.put_link(
            _described(
                address,
                Link(
                    url=address.url,
                    state="read",
                    reason="the same text as another page" if put.outcome == "duplicate" else "",
                    status=fetched.status,
                    source=put.source,
                    etag=fetched.etag,
                    last_modified=fetched.last_modified,
                    moved_to=fetched.moved_to,
                    archived=fetched.archived,
                ),
            )
        )
        outcome = {"new": "read"}.get(put.outcome, put.outcome)
        run.outcomes.append(Outcome(address.url, outcome, passages=put.passages))
        run.passages += put.passages if put.outcome in ("new", "changed") else 0

    def _save(self, fetched: Fetched) -> None:
        """Keeps the bytes as fetched, so that a better reader can read them again without asking anyone."""
        if self._pages is None or fetched.url.startswith("file:"):
            return
        self._pages.mkdir(parents=True, exist_ok=True)
        ending = ".pdf" if "pdf" in fetched.content_type else ".html"
        name = hashlib.sha256(fetched.url.encode()).hexdigest()[:24] + ending
        (self._pages / name).write_bytes(fetched.body)

    def _encode_some(self, run: _Run) -> None:
        """One batch, then back to the pages that have come in meanwhile."""
        enough = threading.Event()

        def count(n: int) -> None:
            run.encoded += n
            enough.set()

        encode_pending(self._library, self._encoder, count, enough)

    def _finish(self, run: _Run, progress: Callable[[Progress], None]) -> None:
        while not run.stop.is_set() and self._library.counts().unencoded:
            self._encode_some(run)
            progress(self._progress(run, "making passages searchable"))
        if not self._library.index_is_level(key(self._encoder)):  # opening Chroma for nothing takes a second
            self._index.sync()
        progress(self._progress(run, "done"))

    def _progress(self, run: _Run, current: str) -> Progress:
        seconds = time.monotonic() - run.began
        waiting = self._library.counts().unencoded
        done = len(run.outcomes)
        eta = None
        if done and run.total:
            pages = (run.total - done) * seconds / done
            passages = waiting * seconds / run.encoded if run.encoded else 0.0
            eta = max(pages, passages)
        return Progress(done, run.total, run.passages, waiting, seconds, eta, current)


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


def _is_fresh(link: Link) -> bool:
    """Whether it need not be asked for again yet. What failed for the moment is always tried again."""
    return (
        link.state in ("read", "dead", "blocked") and datetime.now(UTC) - datetime.fromisoformat(link.checked) < FRESH
    )


def _as_list(address: Address) -> bool | None:
    """Whether a page is read as a reading list; None: if that shows that it is one, as a person may have named one."""
    return (address.follow == "all" or None) if address.named else False


def _titles(found: ReadingList | None) -> dict[str, str]:
    """What a list calls the pages that it leads to."""
    named = {r.url: r.title for r in found.all_resources() if r.url and r.title not in r.url} if found else {}
    return {normalise(url): title for url, title in named.items()}


def _leads(read_: _Read) -> list[Lead]:
    """What a page leads to: all links of a reading list, the pages of its folder for a book's index page."""
    page, fetched, address = read_.page, read_.fetched, read_.address
    assert page is not None
    assert fetched is not None
    if address.follow == "none":
        return [Lead(url, address.kind, address.chapter) for url in page.below]
    listed = [one.url for one in read_.reading_list.all_resources() if one.url] if read_.reading_list else []
    if address.follow == "all" or is_reading_list(page) or len(set(listed)) >= LIST_LINKS:
        urls = dict.fromkeys((*(link.url for link in page.links), *listed))
        return [Lead(url) for url in urls if url.startswith("http")]
    return []


def _source(address: Address, page: Page, fetched: Fetched) -> Source:
    return Source(
        url=address.url,
        title=page.title or address.title or address.url,
        text=page.text,
        author=page.author or address.author,
        published=page.published,
        language=page.language,
        licence=page.licence,
        kind=address.kind or page.kind,
        chapter=address.chapter,
        pages=page.pages,
        archived=fetched.archived,
    )


def _described(address: Address, link: Link) -> Link:
    return replace(link, title=address.title, kind=address.kind or (kind_of(address.url)), chapter=address.chapter)


def _failed(address: Address, error: ReadingError, kept: Link | None = None) -> _Read:
    """A page that is gone keeps the source that was read of it: still citable, as of then."""
    link = Link(address.url, error.state, error.reason, source=kept.source if kept else None)
    return _Read(address, outcome=Outcome(address.url, error.state, error.reason), link=_described(address, link))


def _local(url: str) -> Fetched:
    """A local file as if it had been fetched."""
    from urllib.request import url2pathname

    path = Path(url2pathname(urlsplit(url).path))
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ReadingError("failed", f"the file cannot be read ({error.strerror})") from error
    kinds = {".md": "text/markdown", ".ipynb": "application/x-ipynb+json"}
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
    progress: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Report:
    """Reads `wanted` into the library that `settings` name, with the parts they name. What every way in calls."""
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
        pipeline = Pipeline(library, encoder, index, fetcher, places.pages, handbook.load(), workers)
        return pipeline.run(wanted, limit=limit, refresh=refresh, progress=progress, stop=stop)
