"""A learner's profile as HTML: a code made here, a code from elsewhere, and the way out of a shared tutor."""

from datetime import datetime
from html import escape

from tutor.profiles import LENGTH, Code
from ui import strings as s
from ui.login_view import log_out


def frame() -> str:
    """The place of the profile; profile.js fills it. For the Settings tab."""
    return (
        '<section id="profile" aria-labelledby="profile-head">'
        f'<h2 id="profile-head">{escape(s.PROFILE_HEAD)}</h2>'
        f'<div id="profile-place" data-failed="{escape(s.PROFILE_FAILED)}"></div>'
        '<p id="profile-said" role="status"></p></section>'
    )


def profile(code: Code | None, *, logged_in: bool, zone: datetime | None = None) -> str:
    """What stands in it. `code`: the one that was just made; `zone`: a moment whose time zone its end is told in."""
    return (
        f'<p class="quiet">{escape(s.PROFILE_MORE)}</p>{_made(code, zone) if code else _make()}{_enter()}'
        f"{log_out() if logged_in else ''}"
    )


def notice(line: str) -> str:
    return f'<p class="notice quiet">{escape(line)}</p>'


def _make() -> str:
    return (
        f'<h3>{escape(s.PROFILE_MAKE)}</h3><p class="quiet">{escape(s.PROFILE_MAKE_MORE)}</p>'
        f'<button type="button" class="plain" data-do="code">{escape(s.PROFILE_CODE_MAKE)}</button>'
    )


def _made(code: Code, zone: datetime | None) -> str:
    until = code.until.astimezone(zone.tzinfo if zone else None)
    return (
        f'<h3 tabindex="-1">{escape(s.PROFILE_CODE)}</h3><p class="code"><code>{escape(code.text)}</code></p>'
        f'<p class="quiet">{escape(s.PROFILE_CODE_MORE)} <code>tutor profile {escape(code.text)}</code></p>'
        f'<p class="quiet">{escape(s.PROFILE_UNTIL.format(time=f"{until:%H:%M}"))}</p>'
    )


def _enter() -> str:
    return (
        f'<form data-do="join"><h3>{escape(s.PROFILE_ENTER)}</h3><p class="quiet">{escape(s.PROFILE_ENTER_MORE)}</p>'
        f'<label for="profile-code">{escape(s.PROFILE_FIELD)}</label> <span class="row">'
        f'<input id="profile-code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" '
        f'maxlength="{LENGTH + 4}" required> '
        f'<button type="submit" class="plain">{escape(s.PROFILE_USE)}</button></span></form>'
    )
