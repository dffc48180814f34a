"""
The tutor for others on the same network: a password, who has given it, and a log-in page before everything else.

The password is kept only as a hash in memory, and so is who is logged in: when the tutor ends, everybody is logged out.
Everybody is asked for it, also on the computer itself, where other people may have accounts and where a proxy or a
tunnel makes the whole world look local. Only whoever sees the terminal need not: the address printed there has a key in
it, and makes its browser the keeper's. Knows nothing of learners; nothing here encrypts what goes over the network.
"""

import asyncio
import contextlib
import hashlib
import hmac
import math
import os
import secrets
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from tutor.errors import BadInput
from ui import login_view as view
from ui import strings as s
from ui.guarding import CHANGE, Application, Receive, Scope, Send, answer, body_of, headers
from ui.learners import KEEPER, cookies, loopback

EVERYWHERE = "0.0.0.0"
VARIABLE = "TUTOR_PASSWORD"
SHORTEST = 8  # characters of a password
LOG_IN, LOG_OUT = "/tutor/login", "/tutor/logout"
# What the log-in page itself is made of.
OPEN_TO_ALL = ("/tutor/static/login.css", "/tutor/static/icon.png")
COOKIE = "tutor_session"
SESSION = "tutor.session"  # in a request's scope: the session it belongs to
LASTS = 30 * 86400.0  # seconds after its last request that somebody stays logged in, at most
MOST_SESSIONS = 10_000


class Password:
    """A password that can only be compared with: kept as a salted scrypt hash (16 MB and some 50 ms for each try)."""

    def __init__(self, words: str) -> None:
        """Raises BadInput for one shorter than SHORTEST."""
        if len(words) < SHORTEST:
            raise BadInput(f"A password needs at least {SHORTEST} characters. Choose a longer one.")
        self._salt = secrets.token_bytes(16)
        self._hash = self._hashed(words)

    def matches(self, words: str) -> bool:
        return hmac.compare_digest(self._hashed(words), self._hash)

    def _hashed(self, words: str) -> bytes:
        return hashlib.scrypt(words.encode("utf-8", "replace"), salt=self._salt, n=2**14, r=8, p=1)


class Tries:
    """
    Slows down who guesses. FREE wrong tries of one address cost nothing, each further one twice the wait of the one
    before; all addresses together have MOST wrong ones within a minute.
    """

    FREE, LONGEST_WAIT, FORGOTTEN = 4, 300.0, 900.0  # tries, seconds, seconds
    MOST, WITHIN = 60, 60.0
    MOST_ADDRESSES = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}  # how many by an address, and when the last
        self._all: deque[float] = deque()

    def wait(self, address: str) -> float:
        """Seconds until this address may try; 0.0 for now."""
        now = self._clock()
        count, last = self._wrong.get(address, (0, 0.0))
        own = 0.0
        if count >= self.FREE:
            own = last + min(2.0 ** (count - self.FREE), self.LONGEST_WAIT) - now
        while self._all and self._all[0] <= now - self.WITHIN:
            self._all.popleft()
        together = self._all[0] + self.WITHIN - now if len(self._all) >= self.MOST else 0.0
        return max(own, together, 0.0)

    def wrong(self, address: str) -> None:
        now = self._clock()
        count, last = self._wrong.pop(address, (0, now))
        self._wrong[address] = (count + 1 if now - last < self.FORGOTTEN else 1, now)
        if len(self._wrong) > self.MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        self._all.append(now)

    def right(self, address: str) -> None:
        self._wrong.pop(address, None)


@dataclass(slots=True)
class Session:
    """Somebody who is logged in. `keeper`: by the key of the terminal; `seen`: the last request."""

    keeper: bool
    seen: float


class Sessions:
    """Who is logged in, by the hash of the token in their cookie."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_token: dict[str, Session] = {}

    def begin(self, *, keeper: bool = False) -> str:
        """A new session; its token."""
        token = secrets.token_urlsafe(32)
        if len(self._by_token) >= MOST_SESSIONS:
            del self._by_token[min(self._by_token, key=lambda one: self._by_token[one].seen)]
        self._by_token[_digest(token)] = Session(keeper, self._clock())
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token. Looked up by its hash, so that the time it takes tells nothing of the token."""
        session = self._by_token.get(_digest(token))
        if session is None or self._clock() - session.seen > LASTS:
            self.end(token)
            return None
        session.seen = self._clock()
        return session

    def end(self, token: str) -> None:
        self._by_token.pop(_digest(token), None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@dataclass(slots=True)
class Sharing:
    """All that one shared tutor knows of those who use it."""

    password: Password
    tries: Tries = field(default_factory=Tries)
    sessions: Sessions = field(default_factory=Sessions)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    def keepers(self, url: str) -> str:
        """The address with the key: for the terminal, and for nobody else."""
        return f"{url}{LOG_IN}?key={self.key}"


class Locked:
    """
    Lets nobody further who is not logged in: a person who opens a page is led to the log-in, everything else is 401.
    """

    def __init__(self, app: Application, sharing: Sharing) -> None:
        self._app = app
        self._sharing = sharing
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, token = scope["path"], cookies(scope).get(COOKIE, "")
        session = self._sharing.sessions.find(token)
        scope[KEEPER] = session is not None and session.keeper
        scope[SESSION] = session
        if path == LOG_IN:
            await self._log_in(scope, receive, send)
        elif path == LOG_OUT and scope["method"] in CHANGE:
            self._sharing.sessions.end(token)
            await _lead(send, LOG_IN, _cookie("", 0))
        elif session is not None or path in OPEN_TO_ALL:
            await self._app(scope, receive, send)
        elif scope["method"] == "GET" and (path == "/" or headers(scope).get("sec-fetch-mode") == "navigate"):
            await _lead(send, LOG_IN)
        else:
            await answer(send, 401, s.LOGIN_NEEDED)

    async def _log_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = str((scope.get("client") or ("?",))[0])
        if scope["method"] not in CHANGE:
            key = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("key", [""])[0]
            if loopback(address) and hmac.compare_digest(key.encode(), self._sharing.key.encode()):
                await self._let_in(send, keeper=True)
            elif scope[SESSION] is not None:
                await _lead(send, "/")
            else:
                await _page(send, 200, "")
            return
        told = parse_qs((await body_of(receive)).decode("utf-8", "replace"))
        wait, right = await self._tried(address, told.get("password", [""])[0])
        if right:
            await self._let_in(send, keeper=False)
        elif wait:
            await _page(send, 429, s.number(s.LOGIN_WAIT, math.ceil(wait)))
        else:
            await _page(send, 401, s.LOGIN_WRONG)

    async def _tried(self, address: str, words: str) -> tuple[float, bool]:
        """How long this address has to wait before a try counts, and whether this one was right."""
        async with self._one_at_a_time:  # or many tries at once would all be free, and 16 MB each
            if wait := self._sharing.tries.wait(address):
                return wait, False
            right = await asyncio.to_thread(self._sharing.password.matches, words)
            (self._sharing.tries.right if right else self._sharing.tries.wrong)(address)
            return 0.0, right

    async def _let_in(self, send: Send, *, keeper: bool) -> None:
        await _lead(send, "/", _cookie(self._sharing.sessions.begin(keeper=keeper), int(LASTS)))


def _cookie(token: str, seconds: int) -> bytes:
    # Lax and not Strict: a link to the tutor in a mail would otherwise ask for the password again. What another page
    # can do with it is nothing: it may only lead here (ui.guarding.foreign).
    return f"{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax".encode()


async def _lead(send: Send, address: str, cookie: bytes | None = None) -> None:
    about = [(b"location", address.encode()), (b"cache-control", b"no-store")]
    about += [(b"set-cookie", cookie)] if cookie else []
    await send({"type": "http.response.start", "status": 303, "headers": about})
    await send({"type": "http.response.body", "body": b""})


async def _page(send: Send, status: int, trouble: str) -> None:
    about = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": view.page(trouble).encode()})


# -- the password, and where the others find it ---------------------------------------------------------------------


def chosen(file: Path | None = None, variables: MutableMapping[str, str] | None = None) -> Password:
    """
    The password of this run: from a file's first line, from TUTOR_PASSWORD, or from who sits at the terminal. Never
    from the command line, which everybody on this computer can read.

    Raises BadInput where there is none, or none that will do. The variable is gone afterwards: no process that is
    started later has it.
    """
    environment = os.environ if variables is None else variables
    named = environment.pop(VARIABLE, None)
    if file is not None:
        return Password(_first_line(file))
    if named is not None:
        return Password(named)
    if not sys.stdin.isatty():
        raise BadInput(f"Nobody is here to type a password. Set {VARIABLE}, or name a file with --password-file.")
    return _typed()


def _first_line(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file} cannot be read ({error}). Name a text file whose first line is the password."
        ) from error
    return lines[0] if lines else ""


def _typed() -> Password:
    from getpass import getpass

    while True:
        words = getpass(f"Choose a password for the others (at least {SHORTEST} characters): ")
        try:
            password = Password(words)
        except BadInput as error:
            print(error, file=sys.stderr)
            continue
        if password.matches(getpass("Once more: ")):
            return password
        print("These two are not the same. Try again.", file=sys.stderr)


def names() -> list[str]:
    """What this computer is called on the network, besides its addresses."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    given = os.environ.get("TUTOR_SHARE_NAMES", "").lower().split()  # of a proxy, or in a school's own directory
    return list(dict.fromkeys(one for one in (name, short, f"{short}.local", *given) if one and one != "localhost"))


def addresses() -> list[str]:
    """The IPv4 addresses under which others on the network reach this computer; the likeliest first."""
    found = []
    for far in ("192.0.2.1", "10.255.255.255"):  # nothing is sent: this only asks which way it would go
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((far, 9))
                found.append(str(asking.getsockname()[0]))
            except OSError:  # no network that leads there
                continue
    with contextlib.suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return [one for one in dict.fromkeys(found) if not loopback(one) and one != EVERYWHERE]
