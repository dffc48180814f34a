"""
What the page asks to have changed: `POST /tutor/TAB/NAME` with JSON, answered with JSON.

Only the tutor's own page is heard (`ui.learners.own_page`). What cannot be done is answered with status 200 and a line
under "trouble": the browser would report another status in its console. Knows nothing of what a change does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from tutor.errors import BadInput
from ui import strings as s
from ui.learners import keeper, learner, own_page

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse

Told = Mapping[str, Any]
# Of whom (None: the browser has no name), what, and what goes with it; the answer becomes JSON.
Act = Callable[[str | None, str, Told], Mapping[str, Any]]
LONGEST = 4000  # characters of anything that is sent
FRESH = {"cache-control": "no-store"}


def add(app: "FastAPI", tab: str, names: Iterable[str], act: Act, *, kept: bool = False) -> None:
    """
    Lets the page have each of `names` done under /tutor/`tab`. `kept`: only by the keeper of this tutor, since it
    concerns everybody who uses it.
    """
    from fastapi import Body, Request
    from fastapi.responses import JSONResponse

    def changing(name: str) -> "Callable[..., JSONResponse]":
        def change(request: Request, told: Annotated[dict[str, Any], Body()]) -> JSONResponse:
            if not own_page(request.headers):
                return JSONResponse({"trouble": s.FOREIGN}, 403)
            if kept and not keeper(request.scope):
                return JSONResponse({"trouble": s.KEEPER_ALONE}, headers=FRESH)
            return JSONResponse(act(learner(request.cookies), name, told), headers=FRESH)

        return change

    for name in names:
        app.post(f"/tutor/{tab}/{name}", name=f"{tab} {name}")(changing(name))


def text(told: Told, name: str) -> str:
    """A text that was sent. Raises BadInput where it is missing or longer than LONGEST characters."""
    value = told.get(name)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise BadInput(f"{name} is missing or too long.")
    return value


def number(told: Told, name: str = "number") -> int:
    """A whole number from 0 that was sent. Raises BadInput where it is none."""
    value = str(told.get(name, ""))
    if not (value.isascii() and value.isdecimal()) or len(value) > 12:
        raise BadInput(f"{name} is no number.")
    return int(value)
