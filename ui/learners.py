"""
Who is asking: each browser has a name of its own, drawn at random and kept in a cookie that no script can read.

A cookie and not the page's own storage, because that is tied to the port, and the app takes another one where the
usual one is not free. Knows nothing of conversations. There are no accounts: whoever uses the same browser is the same
learner, and so is who has joined it (`tutor.profiles`).
"""

import re
import secrets
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from ui.guarding import Application, Message, Receive, Scope, Send, foreign

# The page's own changes carry this header. A form of another site cannot send it, and a script of another site would
# have to ask first, which nobody here answers.
HEADER = "x-tutor-page"
COOKIE = "tutor_learner"
KEEPER = "tutor.keeper"  # in a request's scope, where the tutor is shared: whether this is the keeper's
_NAME = re.compile(r"[0-9a-f]{32}")
_DAYS = 400  # browsers keep none for longer; each visit begins them anew


def learner(cookies: Mapping[str, str]) -> str | None:
    """The owner of what this browser keeps; None where it has no name (cookies are switched off)."""
    name = cookies.get(COOKIE) or ""
    return f"browser:{name}" if _NAME.fullmatch(name) else None


def name_of(owner: str) -> str:
    """The name of the browser that has this owner. Raises ValueError where it is none's."""
    name = owner.removeprefix("browser:")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{owner!r} is no browser's")
    return name


def own_page(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from the tutor's own page: by its own header, and by what the browser says of it."""
    return headers.get(HEADER) is not None and not foreign("POST", headers)


def keeper(scope: Scope) -> bool:
    """
    Whether a request comes from the keeper of this tutor: whoever sits at the computer that it runs on. Where it is
    shared, whoever opened the address that its terminal shows (`ui.sharing`): what a proxy or a tunnel on that computer
    passes on comes from there too.
    """
    if (told := scope.get(KEEPER)) is not None:
        return bool(told)
    address, *_ = scope.get("client") or ("",)
    return loopback(str(address))


def loopback(address: str) -> bool:
    """Whether an address is one that leads nowhere but to this computer itself."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class Introduced:
    """
    Gives each browser that loads the page its name, or keeps the one it has; nothing else is touched.

    `current`: whom an owner has become by joining others (`tutor.profiles`).
    """

    def __init__(self, app: Application, current: Callable[[str], str] = lambda owner: owner) -> None:
        self._app = app
        self._current = current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def introduced(message: Message) -> None:
            if message["type"] == "http.response.start":
                name = (b"set-cookie", self._named(scope).encode())
                message["headers"] = [*message.get("headers", ()), name]
            await send(message)

        page = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET"
        await self._app(scope, receive, introduced if page else send)

    def _named(self, scope: Scope) -> str:
        owner = learner(cookies(scope))
        return named(name_of(self._current(owner)) if owner else secrets.token_hex(16))


def cookies(scope: Scope) -> dict[str, str]:
    """The cookies of a request."""
    from starlette.requests import cookie_parser  # as the addresses read them, also beside another program's odd ones

    known: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            known |= cookie_parser(value.decode("latin-1"))
    return known


def named(name: str) -> str:
    """What tells a browser its name: the value of a Set-Cookie."""
    return f"{COOKIE}={name}; Path=/; Max-Age={_DAYS * 86400}; HttpOnly; SameSite=Lax"
