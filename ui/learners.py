"""
Who is asking: each browser has a name of its own, drawn at random and kept in a cookie that no script can read.

A cookie and not the page's own storage, because that is tied to the port, and the app takes another one where the
usual one is not free. Knows nothing of conversations. There is no log-in: whoever uses the same browser is the same
learner.
"""

import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ui.app import Application, Message, Receive, Scope, Send

# The page's own changes carry this header. A form of another site cannot send it, and a script of another site would
# have to ask first, which nobody here answers.
HEADER = "x-tutor-page"
TERMINAL = "terminal"  # the owner of what is asked, planned and practised there
COOKIE = "tutor_learner"
_NAME = re.compile(r"[0-9a-f]{32}")
_DAYS = 400  # browsers keep none for longer; each visit begins them anew


def learner(cookies: Mapping[str, str]) -> str | None:
    """The owner of what this browser keeps; None where it has no name (cookies are switched off)."""
    name = cookies.get(COOKIE) or ""
    return f"browser:{name}" if _NAME.fullmatch(name) else None


def own_page(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from the tutor's own page: by its own header, and by what the browser says of it."""
    if headers.get(HEADER) is None or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def keeper(scope: "Scope") -> bool:
    """Whether a request comes from the computer that the tutor runs on: whoever sits there keeps it for the others."""
    address, *_ = scope.get("client") or ("",)
    return _loopback(str(address))


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class Introduced:
    """Gives each browser that loads the page its name, or keeps the one it has; nothing else is touched."""

    def __init__(self, app: "Application") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def introduced(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", _cookie(scope).encode())]
            await send(message)

        page = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET"
        await self._app(scope, receive, introduced if page else send)


def _cookie(scope: "Scope") -> str:
    known = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                known.load(value.decode("latin-1"))
            except CookieError:  # another program's on this computer: nothing of ours
                continue
    name = known[COOKIE].value if COOKIE in known else ""
    name = name if _NAME.fullmatch(name) else secrets.token_hex(16)
    return f"{COOKIE}={name}; Path=/; Max-Age={_DAYS * 86400}; HttpOnly; SameSite=Lax"
