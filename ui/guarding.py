"""
What may reach the app at all, and what every answer carries: the outermost layers of the web application.

Of Gradio's many addresses only those that the page uses exist (OPEN); what is asked under another host's name, from
another site's page, or with more bytes than anything here needs, is refused before anything reads it. Knows nothing of
passwords (`ui.sharing`) nor of what the addresses do.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ui import strings as s

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# The page speaks to its own server alone. Gradio's own scripts need inline code and eval.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'none'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# Whatever else is opened by itself (a picture of a plan, a part of the page, the log-in) runs nothing.
STILL_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
RUNNING = ("/", "/tutor/evals/")  # the page, and the reports, each of which names its one script in a policy of its own
HEADERS = (
    # Nothing is told to other sites; with no-referrer a browser would not say either that a form is our own page's.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
THIS_COMPUTER = ("127.0.0.1", "localhost")

READ, CHANGE = ("GET", "HEAD"), ("POST",)
# Addresses that exist, by method; one that ends in a slash stands for all below it. All others of Gradio's are closed:
# uploads, files, proxies, components' servers, its API and its log-in.
OPEN: Mapping[str, tuple[str, ...]] = {
    "/": READ,
    "/tutor/": (*READ, *CHANGE),
    "/assets/": READ,
    "/static/": READ,
    "/theme.css": READ,
    "/favicon.ico": READ,
    "/robots.txt": READ,
    "/manifest.json": READ,
    "/gradio_api/app_id": READ,
    "/gradio_api/heartbeat/": READ,
    "/gradio_api/queue/data": READ,
    "/gradio_api/queue/join": CHANGE,
    "/gradio_api/run/predict": CHANGE,
    "/gradio_api/cancel": CHANGE,
    "/gradio_api/reset": CHANGE,
}
LONGEST = 4_000_000  # bytes of a request: the longest is a pasted list of links
# Addresses that take files, which say in the page's own words what is too large for them.
UPLOADS: Mapping[str, int] = {"/tutor/library/upload": 64_000_000}


def headers(scope: Scope) -> dict[str, str]:
    """The headers of a request by their names in lower case; of one that comes twice the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}


class Guarded:
    """
    Refuses what has no business here, and adds HEADERS to every answer without holding up what is streamed.

    `names`: the host names under which this app is asked for, beside THIS_COMPUTER. `elsewhere`: whether others may ask
    too, under one of this computer's addresses.
    """

    def __init__(self, app: Application, names: Collection[str] = (), *, elsewhere: bool = False) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in (*THIS_COMPUTER, *names))
        self._elsewhere = elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _policy(scope["path"]).encode())
                message["headers"] = [*_others(message.get("headers", ())), policy, *HEADERS]
            await send(message)

        refused = self._refusal(scope)
        if refused:
            await answer(guarded, *refused)
        else:
            await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the line with which a request is refused."""
        sent, method, path = headers(scope), scope["method"], scope["path"]
        if not self._called(sent.get("host", "")):
            return 400, s.HOST_UNKNOWN
        if foreign(method, sent):
            return 403, s.FOREIGN
        if not _exists(method, path):
            return 404, s.NO_PAGE
        if "transfer-encoding" in sent:  # its length would be known only at its end
            return 411, s.TOO_LONG
        length = sent.get("content-length", "0")
        return (413, s.TOO_LONG) if not length.isdecimal() or int(length) > _longest(path) else None

    def _called(self, host: str) -> bool:
        """
        Whether an app here is asked for under this name. A page of another site can make its own name lead to this
        computer, but never an address: where others may come, each address is let in.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._elsewhere and _is_address(name))


def foreign(method: str, sent: Mapping[str, str]) -> bool:
    """
    Whether a browser says that another page asks: such a page may lead here, and do nothing else.

    Programs say nothing of the kind and are let through; so are browsers where they say nothing, which on plain HTTP
    they do of their own pages alone when something is changed (`Origin` is then missing or ours).
    """
    origin, site = sent.get("origin"), sent.get("sec-fetch-site", "same-origin")
    if origin is not None and urlsplit(origin).netloc != sent.get("host"):
        return True
    leads_here = method in READ and sent.get("sec-fetch-mode") == "navigate"
    return site not in ("same-origin", "none") and not leads_here


class OwnSessions:
    """
    Ties each open page (Gradio's session) to the browser that opened it, so that its name, however learnt, gives nobody
    else its conversation. `who`: the owner of a request, None for a browser without a name.
    """

    MOST = 10_000

    def __init__(self, app: Application, who: Callable[[Scope], str | None]) -> None:
        self._app = app
        self._who = who
        self._owners: OrderedDict[str, str | None] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/gradio_api/"):
            await self._app(scope, receive, send)
            return
        body = b""
        if scope["method"] in CHANGE:
            body = await body_of(receive)
            receive = _again(body, receive)
        session = _session(scope, body)
        if session is None or self._theirs(session, self._who(scope)):
            await self._app(scope, receive, send)
        else:
            await answer(send, 403, s.FOREIGN)

    def _theirs(self, session: str, owner: str | None) -> bool:
        with self._lock:
            known = self._owners.setdefault(session, owner)
            self._owners.move_to_end(session)
            if len(self._owners) > self.MOST:
                self._owners.popitem(last=False)
        return known == owner


def _session(scope: Scope, body: bytes) -> str | None:
    """The session that a request names; None where it names none."""
    heartbeat = "/gradio_api/heartbeat/"
    if scope["path"].startswith(heartbeat):
        return str(scope["path"].removeprefix(heartbeat))
    named: Any = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [None])[0]
    if body:
        try:
            told = json.loads(body)
        except ValueError:
            return None
        named = told.get("session_hash") if isinstance(told, dict) else None
    return named if isinstance(named, str) else None


async def body_of(receive: Receive) -> bytes:
    """All of a request's body, which Guarded has found to be short."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read once more, and then what comes after it."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


async def answer(send: Send, status: int, line: str) -> None:
    """One line as the whole answer."""
    about = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": f"{line}\n".encode()})


def _others(sent: Collection[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What an answer carries of its own; of what HEADERS says too, ours is the one that counts."""
    ours = {b"content-security-policy", *(name for name, _ in HEADERS)}
    return [(name, value) for name, value in sent if name.lower() not in ours]


def _policy(path: str) -> str:
    page, reports = RUNNING
    return PAGE_POLICY if path == page or path.startswith(reports) else STILL_POLICY


def _exists(method: str, path: str) -> bool:
    for address, methods in OPEN.items():
        below = len(address) > 1 and address.endswith("/") and path.startswith(address)
        if method in methods and (below or path == address):
            return True
    return False


def _longest(path: str) -> int:
    return next((most for address, most in UPLOADS.items() if path.startswith(address)), LONGEST)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
