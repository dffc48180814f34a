"""
Fetching pages from the web, politely and safely.

Knows nothing of HTML, PDF or the library: an address in, bytes and headers out, or a named reason why not.
Two things stand between an address and the wire: manners (robots.txt, one request at a time and a pause
between two requests per host, Retry-After) and a guard (only http and https, only public addresses, checked on
the address that is really connected to). Every limit has a number in `Limits`.
Not covered: proxies (the guard could not see where they connect), HTTP/2, cookies, pages behind a login.

Where RFC 9309 leaves a choice: a robots.txt that answers 4xx allows everything; one that answers 5xx after
all retries, or cannot be reached, counts as "not now" for ROBOTS_RETRY seconds, and its pages are reported
as failed, so that the next run asks again.
"""

import email.utils
import functools
import http.cookiejar
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpcore
import httpx
from protego import Protego

from tutor.errors import ReadingError, TutorError

CONTACT = "https://example.org/tutor-reader"  # a placeholder until the project has a public home page
AGENT_NAME = "TutorReader"
USER_AGENT = f"{AGENT_NAME}/0.1 (+{CONTACT}; reads for one learner)"
ACCEPT = "text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.8,*/*;q=0.1"
ARCHIVE = "https://web.archive.org/web/2024id_/{url}"
ROBOTS_BYTES = 512_000  # RFC 9309 asks for at least 500 KiB
ROBOTS_RETRY = 300.0  # seconds
LONGEST_CRAWL_DELAY = 30.0  # seconds; a longer wish would make one host outlast the rest of a run
POLL = 0.25  # seconds between two looks at the stop event while something else is waited for
DRAINED_BYTES = 16_384  # a longer body that nobody wants costs more than a new connection
REDIRECTS = (301, 302, 303, 307, 308)
REFRESH_WITHIN = 10.0  # seconds; a page that renews itself later than this is meant to be read
READABLE_TYPES = (
    "text/",
    "application/pdf",
    "application/x-pdf",
    "application/xhtml+xml",
    "application/xml",
    "application/json",
    "application/x-ipynb+json",
    "application/octet-stream",
)

Resolve = Callable[[str, int], list[str]]
"""Host and port to the IP addresses it has, as text; OSError (socket.gaierror) when it has none."""


class Stopped(TutorError):
    """The reading was stopped from outside; nothing is known about the page that was being fetched."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may cost. Seconds, except where the name says otherwise."""

    connect: float = 10.0
    read: float = 10.0  # between two pieces of an answer
    total: float = 60.0  # for one answer, first byte asked to last byte read
    size_bytes: int = 20_000_000  # after decompression
    redirects: int = 8
    retries: int = 3  # after the first attempt, for 429, 503 and connections that fail
    backoff: float = 1.0  # before the first retry; doubled before each further one
    retry_after: float = 60.0  # a host that wants more patience is left for the next run


@dataclass(frozen=True, slots=True)
class Fetched:
    """
    What an address answered.

    `url` was asked for and `final_url` answered, after redirects. `moved_to` is where permanent redirects alone
    lead (None: nowhere else). `unchanged` is a 304: `body` is empty and what is known of the page still holds.
    `archived` marks a copy from a web archive; then `final_url` is the archive's address. `as_list`: whether it is to
    be read as a reading list, None for "if it is one".
    """

    url: str
    final_url: str
    status: int
    content_type: str
    body: bytes
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    archived: bool = False
    moved_to: str | None = None
    as_list: bool | None = False
    part: "Fetched | None" = None  # what belongs to it and was fetched with it: the transcript of a video


# --------------------------------------------------------------------------------------
# Which addresses may be asked
# --------------------------------------------------------------------------------------


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also through the forms that wrap an IPv4 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = _wrapped_ipv4(found)
        if wrapped is not None:
            return is_public(str(wrapped))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _wrapped_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 address."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def check_address(url: str) -> str:
    """
    The address without its fragment, if a reader of public web pages may ask for it.

    Looks at the text of the address only; where its name leads is checked again when connecting.
    Raises ReadingError ("skipped") for other schemes, passwords, private addresses and local names.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise ReadingError("skipped", "the address cannot be understood") from None
    if parts.scheme not in ("http", "https"):
        raise ReadingError("skipped", f"not a web address ({parts.scheme or 'no scheme'})")
    if not host:
        raise ReadingError("skipped", "the address names no host")
    if parts.username is not None or parts.password is not None:
        raise ReadingError("skipped", "the address carries a user name")
    if _is_private_name(host):
        raise ReadingError("skipped", f"private address ({host})")
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))


def _is_private_name(host: str) -> bool:
    """Whether a host name is a private address in any notation, or a name that only a local network knows."""
    with suppress(ValueError):
        return not is_public(host)
    with suppress(OSError):  # 2130706433, 0x7f.1 and 127.1 are addresses too, to those who resolve them
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    local = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")
    return "." not in host or host.endswith(local)


def system_addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


# --------------------------------------------------------------------------------------
# Connections that go only where they may, and end when they should
# --------------------------------------------------------------------------------------


class _TooSlow(Exception):
    """An answer took longer than the whole of it may take."""


class _Patience(threading.local):
    """When the request of this thread must be done (monotonic seconds)."""

    deadline: float = float("inf")


class _WatchedStream(httpcore.NetworkStream):
    """A connection that looks at the stop event and the deadline while it waits to read."""

    def __init__(self, inner: httpcore.NetworkStream, stop: threading.Event, patience: _Patience) -> None:
        self._inner, self._stop, self._patience = inner, stop, patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to so many bytes; waits in short turns."""
        until = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while True:
            self._check()
            try:
                return self._inner.read(max_bytes, timeout=POLL)
            except httpcore.ReadTimeout:
                if time.monotonic() >= until:
                    raise

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped("Reading was stopped. Run it again to continue.")
        if time.monotonic() >= self._patience.deadline:
            raise _TooSlow

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send the bytes."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; the name is the one asked for, not the address connected to."""
        return _WatchedStream(
            self._inner.start_tls(ssl_context, server_hostname, timeout),
            self._stop,
            self._patience,
        )

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of the socket."""
        return self._inner.get_extra_info(info)


class _GuardedBackend(httpcore.NetworkBackend):
    """
    Opens connections to public addresses only.

    A name is resolved here, once, and the very address that was checked is connected to: a name that answers
    differently the next time (DNS rebinding) gains nothing. `trusted` is the one host and port that the person
    named with --via.
    """

    def __init__(
        self,
        resolve: Resolve,
        trusted: tuple[str, int] | None,
        stop: threading.Event,
        patience: _Patience,
    ) -> None:
        self._inner = httpcore.SyncBackend()
        self._resolve, self._trusted, self._stop, self._patience = (
            resolve,
            trusted,
            stop,
            patience,
        )

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's public addresses that accepts one."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._addresses(host, port):
            try:
                stream = self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _WatchedStream(stream, self._stop, self._patience)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                raise ReadingError("dead", f"the host {host} no longer exists", reached=False) from error
            raise httpcore.ConnectError(f"{host} could not be looked up") from error
        except (OSError, UnicodeError) as error:
            raise ReadingError("failed", f"{host} could not be looked up", reached=False) from error
        if (host, port) == self._trusted:
            return found
        public = [address for address in found if is_public(address)]
        if not public:
            raise ReadingError("skipped", f"private address ({host} leads to {', '.join(found)})")
        return public


@functools.cache
def _trusted_authorities() -> ssl.SSLContext:
    """Certificates to trust; loading them takes longer than many a page."""
    return httpx.create_ssl_context()


class _Transport(httpx.BaseTransport):
    """httpx over a connection pool of ours; errors stay those of httpcore, translated once in `_attempt`."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted_authorities(),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=20.0,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the body is read by whoever iterates the response."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of a pool's response, as httpx wants it."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        """Give the connection back."""
        self._answer.close()


# --------------------------------------------------------------------------------------
# Bodies
# --------------------------------------------------------------------------------------


def _unpacked(pieces: Iterator[bytes], encoding: str, limit: int) -> bytes:
    """
    The body after decompression; at most `limit` bytes and one more, which tells that there were more.

    Never holds more than that, whatever the pieces would expand to. ReadingError ("failed") for an encoding that
    was not asked for, or a compressed body that is damaged or ends early.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return _gathered(pieces, limit)
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ReadingError("failed", f"sent in an encoding that was not asked for ({coding})")
    return _inflated(pieces, limit)


def _gathered(pieces: Iterator[bytes], limit: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece[: limit + 1 - len(body)]
        if len(body) > limit:
            break
    return bytes(body)


def _inflated(pieces: Iterator[bytes], limit: int) -> bytes:
    body, unpacker = bytearray(), None
    for piece in pieces:
        if unpacker is None:  # deflate is zlib by the standard and raw by habit; the first byte tells
            raw = piece[:1] and piece[0] & 0x0F != 8 and piece[0] != 0x1F
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS if raw else 32 + zlib.MAX_WBITS)
        try:
            body += unpacker.decompress(piece, limit + 1 - len(body))
        except zlib.error:
            raise ReadingError("failed", "the compressed body is damaged") from None
        if len(body) > limit:
            return bytes(body)
    if unpacker is not None and not unpacker.eof:
        raise ReadingError("failed", "truncated: the compressed body ends early")
    return bytes(body)


META_TAG = re.compile(r"<meta\b([^<>]*)>", re.IGNORECASE)
IS_REFRESH = re.compile(r"""\bhttp-equiv\s*=\s*["']?refresh\b""", re.IGNORECASE)
REFRESH_CONTENT = re.compile(
    r"""\bcontent\s*=\s*["']?\s*(?P<wait>[\d.]{1,9})\s*[;,]\s*(?:url\s*=\s*)?["']?(?P<url>[^"'>\s]+)""",
    re.IGNORECASE,
)
NOT_MEANT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|noscript|style|template)\b.*?(?:</\1\s*>|\Z)",
    re.I | re.S,
)
LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|signup|users/sign_in|sso|oauth2?/authorize|accounts/login)\b",
    re.I,
)


def meta_refresh(body: bytes) -> str | None:
    """Where an HTML page sends its reader by itself, soon after opening; None when it does not."""
    head = NOT_MEANT.sub(" ", body[:65_536].decode("latin-1"))
    for tag in META_TAG.finditer(head):
        found = REFRESH_CONTENT.search(tag[1]) if IS_REFRESH.search(tag[1]) else None
        with suppress(ValueError):
            if found and float(found["wait"]) <= REFRESH_WITHIN:
                return unescape(found["url"])
    return None


# --------------------------------------------------------------------------------------
# Fetching
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Answer:
    """One HTTP answer; the body only of a 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Host:
    """How one host is to be treated: one request at a time, the next not before `ready_at` (clock seconds)."""

    delay: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    ready_at: float = float("-inf")


@dataclass(slots=True)
class _Rules:
    """What the robots.txt of one origin said, once asked."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    robots: Protego | None = None
    failure: ReadingError | None = None
    failed_at: float = 0.0


class Fetcher:
    """
    Fetches pages; one Fetcher serves a whole run and may be used from several threads at once.

    `via`: a template such as "http://127.0.0.1:8900/{url}"; pages, redirect targets, robots.txt and archive copies
    are then all asked for through it, while manners and the guard go by the original addresses.
    `delay`: seconds between the end of one request to a host and the start of the next.
    `stop`: an event that ends every wait with `Stopped`. `clock`, `sleep` and `resolve` are seams for tests.
    """

    def __init__(
        self,
        *,
        via: str | None = None,
        delay: float = 1.0,
        limits: Limits | None = None,
        archive: bool = True,
        user_agent: str = USER_AGENT,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:
        if via is not None and "{url}" not in via:
            raise ValueError(f'via needs {{url}} where the address goes, as in "http://host/{{url}}"; found {via!r}')
        self._via, self._delay, self._archive = via, delay, archive
        self._limits = limits or Limits()
        self._stop = stop or threading.Event()
        self._clock, self._sleep = clock, sleep or self._stop.wait
        self._patience = _Patience()
        self._hosts: dict[str, _Host] = {}
        self._rules: dict[str, _Rules] = {}
        self._books = threading.Lock()
        backend = _GuardedBackend(resolve, _host_and_port(via) if via else None, self._stop, self._patience)
        no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(
            transport=_Transport(backend),
            cookies=no_cookies,
            trust_env=False,  # a proxy from the environment would connect where the guard cannot see
            headers={
                "User-Agent": user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, deflate",
                "Accept-Language": "en, *;q=0.5",
            },
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, archive: bool = True
    ) -> Fetched:
        """
        What this address answers; with validators of an earlier answer, perhaps only that it is unchanged.

        ReadingError, state "dead" (404, 410, no such host, and no archived copy), "blocked" (401, 402, 403, 451,
        robots.txt, a redirect to a login), "failed" (timeouts, truncation, 5xx and 429 after all retries, too
        large, too many redirects) or "skipped" (not a web page: scheme, private address, type). Stopped when
        `stop` is set. `archive`: False leaves the archive alone for this page, as when another form of it is
        still to be tried.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        try:
            return self._follow(url, headers)
        except ReadingError as error:
            if error.state != "dead" or not (archive and self._archive) or (self._via or "").startswith(ARCHIVE[:24]):
                raise
            return self._from_archive(url, headers, error)

    def _from_archive(self, url: str, headers: dict[str, str], death: ReadingError) -> Fetched:
        """One try at a copy of a page that is gone; the first error when there is none."""
        try:
            copy = self._follow(ARCHIVE.format(url=check_address(url)), headers)
        except ReadingError as error:
            reached = death.reached or error.reached
            raise ReadingError("dead", f"{death.reason}; no archived copy", reached=reached) from death
        return Fetched(
            url,
            copy.final_url,
            copy.status,
            copy.content_type,
            copy.body,
            copy.etag,
            copy.last_modified,
            copy.unchanged,
            archived=True,
        )

    def _follow(self, url: str, headers: dict[str, str]) -> Fetched:
        """Ask, and follow redirects of both kinds."""
        target = check_address(url)
        seen, moved_to, permanent = {target}, None, True
        while True:
            answer = self._page(target, headers)
            onward = self._onward(target, answer)
            if onward is None:
                if answer.status == 304 and not headers:
                    raise ReadingError("failed", "answered 304 to a question that named no earlier answer")
                return self._kept(url, target, answer, moved_to)
            permanent = permanent and answer.status in (301, 308)
            moved_to = onward if permanent else moved_to
            if onward in seen:
                raise ReadingError("failed", "redirects in a circle")
            if len(seen) > self._limits.redirects:
                raise ReadingError("failed", f"more than {self._limits.redirects} redirects")
            if LOGIN_PATH.search(urlsplit(onward).path) and not LOGIN_PATH.search(urlsplit(target).path):
                raise ReadingError("blocked", "login wall: redirects to a sign-in page")
            seen.add(onward)
            target = onward

    def _onward(self, target: str, answer: _Answer) -> str | None:
        """Where an answer sends its reader next, as an original address; None when it stays."""
        if answer.status in REDIRECTS and "location" in answer.headers:
            return self._resolved(target, answer.headers["location"])
        if answer.status == 200 and "html" in answer.headers.get("content-type", "html"):
            refresh = meta_refresh(answer.body)
            if refresh and (onward := self._resolved(target, refresh)) != target:
                return onward
        return None

    def _resolved(self, target: str, location: str) -> str:
        """The original address that a redirect names; the via-server may have written its own before it."""
        if self._via:
            host = r"(?:https?://" + re.escape(urlsplit(self._via).netloc) + ")?"
            wrapped = re.match(
                host + r"/(?:web/\d+(?:id_)?/)?(https?):/{1,2}(?=[^/])",
                location,
                re.IGNORECASE,
            )
            if wrapped:
                location = f"{wrapped[1]}://{location[wrapped.end() :]}"
        return check_address(urljoin(target, location))

    def _kept(self, url: str, final: str, answer: _Answer, moved_to: str | None) -> Fetched:
        """The answer as a value, if it is one that can be read."""
        status, headers = answer.status, answer.headers
        if status not in (200, 203, 304):
            raise _refusal(status)
        return Fetched(
            url,
            final,
            status,
            headers.get("content-type", ""),
            answer.body,
            headers.get("etag"),
            headers.get("last-modified"),
            unchanged=status == 304,
            moved_to=moved_to,
        )

    # Manners

    def _page(self, target: str, headers: dict[str, str]) -> _Answer:
        """The answer for a page that robots.txt allows."""
        robots = self._robots(target)
        if not robots.can_fetch(target, AGENT_NAME):
            raise ReadingError("blocked", "robots.txt does not allow it")
        return self._ask(target, headers, self._limits.size_bytes)

    def _robots(self, target: str) -> Protego:
        """The rules of the page's origin, asked for once. ReadingError when they cannot be had now."""
        parts = urlsplit(target)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._books:
            rules = self._rules.setdefault(origin, _Rules())
        with self._held(rules.lock):
            if rules.robots is not None:
                return rules.robots
            if rules.failure is not None and self._clock() - rules.failed_at < ROBOTS_RETRY:
                raise ReadingError(rules.failure.state, rules.failure.reason, reached=rules.failure.reached)
            try:
                rules.robots = self._asked_robots(origin)
            except ReadingError as failure:
                rules.failure, rules.failed_at = failure, self._clock()
                raise
            wish = rules.robots.crawl_delay(AGENT_NAME)
            host = self._host(target)
            host.delay = max(host.delay, min(wish or 0.0, LONGEST_CRAWL_DELAY))
            return rules.robots

    def _asked_robots(self, origin: str) -> Protego:
        """The rules of an origin, through at most five redirects."""
        target = f"{origin}/robots.txt"
        for hop in range(6):
            try:
                answer = self._ask(target, {}, ROBOTS_BYTES, whole=False)
                if answer.status in REDIRECTS and "location" in answer.headers:
                    target = self._resolved(target, answer.headers["location"])
                    continue
            except ReadingError as error:
                if error.state == "failed" or (hop == 0 and not error.reason.startswith("not a page")):
                    raise
                break  # rules that lead to nowhere, or are no text, are no rules
            if answer.status == 429 or answer.status >= 500:
                raise ReadingError(
                    "failed",
                    f"robots.txt answered {answer.status}; the host was left alone",
                )
            text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
            return Protego.parse(text.removeprefix("\ufeff"))
        return Protego.parse("")

    def _host(self, target: str) -> _Host:
        name = (urlsplit(target).hostname or "").removesuffix(".")
        with self._books:
            return self._hosts.setdefault(name, _Host(self._delay))

    @contextmanager
    def _turn(self, target: str) -> Iterator[_Host]:
        """Hold the host of this address alone, after the pause it is owed."""
        host = self._host(target)
        with self._held(host.lock):
            wait = host.ready_at - self._clock()
            if wait > max(self._limits.retry_after, host.delay):
                raise ReadingError("failed", f"the host asked for a pause of {wait:.0f} more seconds")
            if wait > 0:
                self._sleep(wait)
            self._check_stop()
            try:
                yield host
            finally:
                host.ready_at = max(host.ready_at, self._clock() + host.delay)

    @contextmanager
    def _held(self, lock: threading.Lock) -> Iterator[None]:
        """Hold a lock; waiting for it ends when the run is stopped."""
        while not lock.acquire(timeout=POLL):
            self._check_stop()
        try:
            self._check_stop()
            yield
        finally:
            lock.release()

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Stopped("Reading was stopped. Run it again to continue.")

    # Requests

    def _ask(self, target: str, headers: dict[str, str], limit: int, *, whole: bool = True) -> _Answer:
        """
        One address, in its turn and with retries; any status but 429 and 503 ends them.

        `whole`: a body of more than `limit` bytes is an error, not merely cut there.
        """
        for attempt in range(self._limits.retries + 1):
            last, pause = (
                attempt == self._limits.retries,
                self._limits.backoff * 2**attempt,
            )
            with self._turn(target) as host:
                try:
                    answer = self._attempt(target, headers, limit, whole)
                except _Retry as failure:
                    if last:
                        raise ReadingError("failed", str(failure), reached=failure.reached) from failure.__cause__
                    host.ready_at = self._clock() + pause
                    continue
                if answer.status not in (429, 503):
                    return answer
                wish = _retry_after(answer.headers.get("retry-after"))
                host.ready_at = self._clock() + (pause if wish is None else wish)
                if last:
                    return answer
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, target: str, headers: dict[str, str], limit: int, whole: bool) -> _Answer:
        """One request. `_Retry` for what may pass by itself, ReadingError for what will not."""
        self._patience.deadline = time.monotonic() + self._limits.total
        begun = False
        try:
            address = self._via.replace("{url}", target) if self._via else target
            with self._client.stream("GET", address, headers=headers) as response:
                begun = True
                if response.status_code in (200, 203):
                    return _Answer(response.status_code, response.headers, self._body(response, limit, whole))
                _drain(response)
                return _Answer(response.status_code, response.headers, b"")
        except httpx.InvalidURL:
            raise ReadingError("skipped", "the address cannot be understood") from None
        except _TooSlow:
            raise ReadingError("failed", f"not finished within {self._limits.total:.0f} seconds") from None
        except httpcore.ConnectTimeout as error:
            raise _Retry(f"no connection within {self._limits.connect:.0f} seconds", reached=False) from error
        except httpcore.TimeoutException:
            raise ReadingError("failed", f"no answer within {self._limits.read:.0f} seconds") from None
        except httpcore.ConnectError as error:
            if "CERTIFICATE" in str(error):
                raise ReadingError("failed", "the host's certificate is not valid") from error
            raise _Retry("no connection", reached=False) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            if begun:
                raise ReadingError("failed", "truncated: the connection closed before the end") from error
            raise _Retry("the connection closed without an answer") from error

    def _body(self, response: httpx.Response, limit: int, whole: bool) -> bytes:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and not kind.startswith(READABLE_TYPES):
            raise ReadingError("skipped", f"not a page ({kind})")
        with suppress(ValueError):
            if whole and int(response.headers.get("content-length", "0")) > limit:
                raise ReadingError("failed", _too_large(limit))
        body = _unpacked(response.iter_raw(), response.headers.get("content-encoding", ""), limit)
        if len(body) > limit:
            if whole:
                raise ReadingError("failed", _too_large(limit))
            body = body[:limit]
        return body


def _drain(response: httpx.Response) -> None:
    """Read past a short body that nobody wants, so that its connection can be used again."""
    length = response.headers.get("content-length", "")
    if response.status_code == 304 or (length.isdigit() and int(length) <= DRAINED_BYTES):
        for _ in response.iter_raw():
            pass


class _Retry(Exception):
    """A request that failed in a way that may pass by itself; `reached`: whether a host took it."""

    def __init__(self, reason: str, *, reached: bool = True) -> None:
        super().__init__(reason)
        self.reached = reached


def _too_large(limit: int) -> str:
    return f"too large (more than {limit / 1e6:.0f} MB)"


def _refusal(status: int) -> ReadingError:
    """What a status other than "here it is" means for the link-health report."""
    known = {
        401: "needs a login (401)",
        402: "paywall (402)",
        403: "forbidden (403)",
        407: "needs a login (407)",
        451: "blocked for legal reasons (451)",
    }
    if status in (404, 410):
        return ReadingError("dead", "not found (404)" if status == 404 else "gone (410)")
    if status in known:
        return ReadingError("blocked", known[status])
    if status == 429:
        return ReadingError("failed", "too many requests (429), also after waiting")
    return ReadingError("failed", f"the server answered {status}")


def _retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    with suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None


def _host_and_port(url: str) -> tuple[str, int] | None:
    """The host and port that an address connects to."""
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    return None
