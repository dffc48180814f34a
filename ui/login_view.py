"""The log-in page, which is all that a stranger sees, and the button that leads back to it. Neither needs scripts."""

from html import escape

from ui import strings as s


def page(trouble: str) -> str:
    """The whole page. `trouble`: one line on why the try before was in vain; "" for none."""
    told = f'<p id="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    wrong = ' aria-invalid="true" aria-describedby="trouble"' if trouble else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(s.LOGIN_HEAD)} · {escape(s.NAME)}'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" '
        'content="noindex"><link rel="icon" href="/tutor/static/icon.png"><link rel="stylesheet" '
        f'href="/tutor/static/login.css"></head><body><main><p class="name">{escape(s.NAME)}</p>'
        f'<h1>{escape(s.LOGIN_HEAD)}</h1><p>{escape(s.LOGIN_MORE)}</p>{told}<form method="post" action="/tutor/login">'
        f'<label for="password">{escape(s.LOGIN_LABEL)}</label><input id="password" name="password" type="password" '
        f'autocomplete="current-password" maxlength="200" required autofocus{wrong}>'
        f'<button type="submit">{escape(s.LOGIN)}</button></form><p class="quiet">{escape(s.LOGIN_PLAIN)}</p>'
        "</main></body></html>"
    )


def log_out() -> str:
    """The button that logs this browser out; it belongs at the end of the Settings tab, while the tutor is shared."""
    return (
        f'<section class="log-out"><h3>{escape(s.LOGOUT_HEAD)}</h3><p class="quiet">{escape(s.LOGOUT_MORE)}</p>'
        '<form method="post" action="/tutor/logout"><button type="submit" class="plain">'
        f"{escape(s.LOGOUT)}</button></form></section>"
    )
