"""
The learner's profile under /tutor/profile: a code for another browser, and a code from another one.

What two becoming one means is decided in `tutor.profiles`, what is shown in `ui.profile_view`. Entering a code is the
one change that gives a browser another name; it loads the page anew afterwards.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from tutor.errors import TutorError
from tutor.profiles import Code, Profiles
from ui import changes
from ui import profile_view as view
from ui import strings as s
from ui.changes import FRESH, Told, text
from ui.desk import Desk
from ui.learners import learner, name_of, named, own_page
from ui.sharing import SESSION

if TYPE_CHECKING:
    from fastapi import FastAPI


def frame() -> str:
    return view.frame()


def head() -> str:
    """What the page loads for it."""
    return (
        '<link rel="stylesheet" href="/tutor/static/profile.css">'
        '<script type="module" src="/tutor/static/profile.js"></script>'
    )


def current(desk: Desk, owner: str) -> str:
    """Whom an owner has become; itself also while there is no library yet."""
    try:
        return Profiles(desk.library).current(owner)
    except TutorError:
        return owner


def add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Body, Request
    from fastapi.responses import HTMLResponse, JSONResponse

    @app.get("/tutor/profile")
    def now(request: Request) -> HTMLResponse:
        return HTMLResponse(_shown(learner(request.cookies), None, bool(request.scope.get(SESSION))), headers=FRESH)

    def change(owner: str | None, _: str, told: Told) -> Mapping[str, Any]:
        try:
            if owner is None:
                return {"trouble": s.PROFILE_NOBODY}
            made = Profiles(desk.library).code(owner)
        except TutorError as error:
            return {"trouble": str(error)}
        return {"html": _shown(owner, made, bool(told.get("logged_in"))), "trouble": ""}

    changes.add(app, "profile", ["code"], change)

    @app.post("/tutor/profile/join")
    def join(request: Request, told: Annotated[dict[str, Any], Body()]) -> JSONResponse:
        owner = learner(request.cookies)
        if not own_page(request.headers):
            return JSONResponse({"trouble": s.FOREIGN}, 403)
        if owner is None:
            return JSONResponse({"trouble": s.PROFILE_NOBODY}, headers=FRESH)
        try:
            joined = Profiles(desk.library).join(owner, text(told, "code"))
        except TutorError as error:
            return JSONResponse({"trouble": str(error)}, headers=FRESH)
        renamed = {"set-cookie": named(name_of(joined))}
        return JSONResponse({"said": s.PROFILE_JOINED, "trouble": ""}, headers={**FRESH, **renamed})


def _shown(owner: str | None, made: Code | None, logged_in: bool) -> str:
    return view.profile(made, logged_in=logged_in) if owner else view.notice(s.PROFILE_NOBODY)
