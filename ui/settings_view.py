"""
The Settings tab as HTML: pure functions from plain values to strings, and the card that offers a better model.

Every text is escaped here. What a click does is in `static/settings.js`, which finds what to send in `data-`
attributes, and puts each part (`data-part`) in place of the one before it where it has changed. Knows nothing of the
network, of files or of how anything is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from tutor.settings import Answering
from tutor.tempo import Speed
from ui import strings as s
from ui.pulling import Pull

# What each choice asks of the model, in its tokens: read at most, written at most.
BUDGETS = {"quick": (300, 80), "usual": (600, 160), "thorough": (1500, 320)}
THEMES = tuple(s.THEMES)


@dataclass(frozen=True, slots=True)
class Model:
    """
    A model to choose from. `key` is what the page sends for it. `came`: bytes of a download that was broken off.
    Sizes in bytes, 0 where they are not known; `own`: a file that is no part of the catalogue.
    """

    key: str
    title: str
    note: str
    size: int
    memory: int
    licence: str
    here: bool
    used: bool
    fits: bool = True
    came: int = 0
    speed: Speed | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """This computer: memory in bytes (None: not known), its processor, and which model's speed was measured here."""

    processor: str
    memory: int | None
    timed: str = ""
    measuring: bool = False


@dataclass(frozen=True, slots=True)
class Using:
    """What answers now: a model's name, or None for quotes alone; `server` where it is behind one."""

    ready: bool
    name: str | None
    server: str | None = None
    trouble: str = ""
    speed: Speed | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is kept: `name` is a key of PRIVACY_PLACES; `bytes` None where it is not there yet."""

    name: str
    bytes: int | None
    files: int = 0


@dataclass(frozen=True, slots=True)
class Own:
    """What is the learner's own; `known`: this browser has a name. `counts` by the library's tables."""

    known: bool
    level: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the keeper of this tutor sees besides. `given`: values that TUTOR_* variables set, by which."""

    using: Using
    models: Sequence[Model]
    machine: Machine
    pull: Pull | None
    answering: Answering
    given: Mapping[str, str]
    folder: str
    places: Sequence[Place]


def frame() -> str:
    """The tab before anything is known."""
    return (
        f'<div id="settings-place" data-failed="{escape(s.SETTINGS_FAILED)}" '
        f'data-working="{escape(s.SETTINGS_WORKING)}"><p class="quiet">{escape(s.SETTINGS_OPENING)}</p></div>'
        '<p id="settings-said" role="status"></p>'
    )


def notice(words: str) -> str:
    return f'<p class="notice error" role="alert">{escape(words)}</p>'


def tab(own: Own, kept: Kept | None, leaves: Sequence[str]) -> str:
    """The whole tab; without `kept` that of one who is not the keeper. `leaves`: what leaves this computer."""
    parts = [("head", f'<h2 tabindex="-1">{escape(s.SETTINGS_HEAD)}</h2>')]
    if kept:
        parts += [("model", _model(kept)), ("other", _other(kept))]
    parts.append(("level", _level(own)))
    if kept:
        parts.append(("budget", _budget(kept)))
    parts += [("theme", _theme()), ("privacy", _privacy(own, kept, leaves)), ("mine", _mine(own))]
    if kept:
        parts.append(("erase", _erase(kept)))
    return "".join(f'<section data-part="{name}">{html}</section>' for name, html in parts)


# -- model ------------------------------------------------------------------------------------------------------------


def _model(kept: Kept) -> str:
    given = _given(kept, "model", "server", "form")
    listed = "".join(_one(model, kept, bool(given)) for model in kept.models)
    trouble = notice(kept.using.trouble) if kept.using.trouble else ""
    how = s.MODEL_HOW.format(name=kept.machine.timed, processor=kept.machine.processor) if kept.machine.timed else ""
    return (
        f"<h3>{escape(s.MODEL_HEAD)}</h3><p><b>{escape(_using(kept.using))}</b></p>{trouble}{given}"
        f'<ul class="models"{_going(kept)}>{listed}</ul><p class="quiet">{escape(s.MODEL_BRINGS)}</p>'
        + (f'<p class="quiet">{escape(how)}</p>' if how else "")
    )


def _going(kept: Kept) -> str:
    """Marks what is to be looked at again soon."""
    busy = (kept.pull is not None and kept.pull.going) or kept.machine.measuring or not kept.using.ready
    return " data-going" if busy else ""


def _using(using: Using) -> str:
    if not using.ready:
        return s.MODEL_OPENING
    if using.name is None:
        return s.MODEL_NOW_QUOTES
    if using.server:
        return s.MODEL_NOW_SERVER.format(name=using.name, server=using.server)
    return s.MODEL_NOW.format(name=using.name)


def _given(kept: Kept, *names: str) -> str:
    variables = ", ".join(kept.given[name] for name in names if name in kept.given)
    return f'<p class="notice">{escape(s.SETTINGS_GIVEN.format(variables=variables))}</p>' if variables else ""


def _one(model: Model, kept: Kept, fixed: bool) -> str:
    badge = s.MODEL_USED if model.used else s.MODEL_HERE if model.here else ""
    shown = f' <span class="badge">{escape(badge)}</span>' if badge else ""
    pull = kept.pull if kept.pull is not None and kept.pull.name == model.key else None
    facts = [
        s.MODEL_SIZE.format(size=size(model.size)) if model.size else "",
        _memory(model, kept.machine),
        model.licence,
    ]
    told = f'<p class="facts">{escape(" · ".join(filter(None, facts)))}</p>'
    if not model.fits:
        told += f'<p class="facts bad">{escape(s.MODEL_TOO_LARGE)}</p>'
    return (
        f"<li{' aria-current=true' if model.used else ''}><h4>{escape(model.title)}{shown}</h4>"
        f'<p class="quiet">{escape(model.note)}</p>{told}{_speed(model, kept)}{_ways(model, pull, fixed)}</li>'
    )


def _memory(model: Model, machine: Machine) -> str:
    if not model.memory:
        return ""
    if machine.memory is None:
        return s.MODEL_MEMORY.format(needed=size(model.memory))
    return s.MODEL_MEMORY_OF.format(needed=size(model.memory), total=size(machine.memory))


def _speed(model: Model, kept: Kept) -> str:
    if model.speed is None:
        told = s.MODEL_MEASURING if kept.machine.measuring else s.MODEL_UNMEASURED
        return f'<p class="facts quiet">{escape(told)}</p>'
    how = s.MODEL_ESTIMATED if model.speed.estimated else s.MODEL_MEASURED
    words = s.MODEL_SPEED.format(**_wait(model.speed, kept.answering))
    return f'<p class="facts">{escape(words)} <span class="quiet">({escape(how)})</span></p>'


def _wait(speed: Speed, answering: Answering) -> dict[str, str]:
    return {
        "first": about(speed.first_word(answering.prompt_tokens)),
        "all": about(speed.answer(answering.prompt_tokens, answering.output_tokens)),
    }


def _ways(model: Model, pull: Pull | None, fixed: bool) -> str:
    """What can be done with a model: fetch, pause, go on, use."""
    if pull is not None and pull.going:
        return _progress(model, pull)
    told = ""
    if pull is not None and pull.state == "failed":
        told = notice(pull.trouble)
    elif pull is not None and pull.state == "done" and not model.used:
        told = f"<p>{escape(s.MODEL_CHECKED if pull.checksum else s.MODEL_UNCHECKED)}</p>"
    if model.here:
        use = "" if model.used or fixed or not model.fits else _button("use", s.MODEL_USE, s.MODEL_USE_NAMED, model)
        return told + (f'<div class="ways">{use}</div>' if use else "")
    if model.came:
        told += f"<p>{escape(s.MODEL_PAUSED.format(done=size(model.came), total=size(model.size)))}</p>"
        buttons = _button("pull", s.MODEL_RESUME, s.MODEL_RESUME_NAMED, model) + _button(
            "drop", s.MODEL_DROP, s.MODEL_DROP, model, "link"
        )
        return f'{told}<div class="ways">{buttons}</div>'
    words = s.MODEL_FETCH.format(size=size(model.size))
    fetch = _button("pull", words, s.MODEL_FETCH_NAMED, model) if model.fits else ""
    return f'{told}<div class="ways">{fetch}</div>' if fetch else told


def _progress(model: Model, pull: Pull) -> str:
    pause = _button("pause", s.MODEL_PAUSE, s.MODEL_PAUSE_NAMED, model)
    label = escape(s.MODEL_PROGRESS.format(name=model.title))
    if pull.state == "checking":
        return f'<p>{escape(s.MODEL_CHECKING)}</p><progress aria-label="{label}"></progress>'
    told = [s.MODEL_COMING.format(done=size(pull.done), total=size(pull.total))]
    if pull.rate is not None:
        told.append(s.MODEL_RATE.format(rate=size(pull.rate)))
    if (left := pull.seconds_left) is not None:
        told.append(s.MODEL_LEFT.format(eta=about(left)))
    bar = f'<progress max="{max(pull.total, 1)}" value="{pull.done}" aria-label="{label}"></progress>'
    return f'<p class="figures">{escape(" · ".join(told))}</p>{bar}<div class="ways">{pause}</div>'


def _button(act: str, words: str, named: str, model: Model, kind: str = "plain") -> str:
    label = escape(named.format(name=model.title, size=size(model.size)))
    opens = f' data-waits="{escape(s.MODEL_OPENS.format(name=model.title))}"' if act == "use" else ""
    return (
        f'<button type="button" class="{kind}" data-set="{act}" data-name="{escape(model.key)}" aria-label="{label}"'
        f"{opens}>{escape(words)}</button>"
    )


def _other(kept: Kept) -> str:
    """Files and servers of one's own, and no model at all."""
    if _given(kept, "model", "server", "form"):
        return ""
    opens = escape(s.SETTINGS_WORKING)
    quotes = (
        ""
        if kept.using.ready and kept.using.name is None and not kept.using.trouble
        else f'<h4>{escape(s.MODEL_QUOTES)}</h4><p class="quiet">{escape(s.MODEL_QUOTES_MORE)}</p><div class="ways">'
        f'<button type="button" class="plain" data-set="quotes">{escape(s.MODEL_QUOTES_ON)}</button></div>'
    )
    return (
        f"<details><summary>{escape(s.MODEL_OTHER)}</summary>"
        f'<form data-set="path" data-waits="{opens}"><label>{escape(s.MODEL_PATH)}'
        f"{_field('path', s.MODEL_PATH_PLACEHOLDER, ' required')}</label>"
        f'<button type="submit" class="plain">{escape(s.MODEL_PATH_ADD)}</button></form>'
        f'<form data-set="server" data-waits="{opens}"><label>{escape(s.MODEL_SERVER)}'
        f"{_field('url', s.MODEL_SERVER_PLACEHOLDER, ' required')}</label><label>{escape(s.MODEL_SERVER_NAME)}"
        f"{_field('model', s.MODEL_SERVER_NAME_PLACEHOLDER)}</label>"
        f'<p class="quiet">{escape(s.MODEL_SERVER_MORE)}</p>'
        f'<button type="submit" class="plain">{escape(s.MODEL_SERVER_ADD)}</button></form>{quotes}</details>'
    )


def _field(name: str, placeholder: str, more: str = "") -> str:
    return f'<input name="{name}"{more} autocomplete="off" spellcheck="false" placeholder="{escape(placeholder)}">'


# -- the card in the chat ---------------------------------------------------------------------------------------------


def offer(model: Model, kept: Kept) -> str:
    """What a better model than the embedded one would bring here, with a button that fetches it."""
    words = {
        "name": model.title,
        "size": size(model.size),
        "memory": size(model.memory),
        "total": size(kept.machine.memory) if kept.machine.memory else "",
    }
    speed, now = model.speed, kept.using.speed
    if speed is not None and now is not None:
        tokens = kept.answering.prompt_tokens
        told = s.OFFER_BETTER.format(**words, first=about(speed.first_word(tokens)), now=about(now.first_word(tokens)))
    else:
        told = s.OFFER_BETTER_UNKNOWN.format(**words)
    pull = kept.pull if kept.pull is not None and kept.pull.name == model.key else None
    dismiss = f'<button type="button" class="link" data-set="dismiss">{escape(s.OFFER_DISMISS)}</button>'
    return (
        f'<aside class="offer" data-offer{_going(kept)}><p><b>{escape(s.OFFER_NOW)}</b> {escape(told)}</p>'
        f"{_ways(model, pull, bool(_given(kept, 'model', 'server', 'form')))}"
        f'<p class="more"><a href="#settings">{escape(s.OFFER_ALL)}</a>{dismiss}</p></aside>'
    )


# -- level, budget, theme ---------------------------------------------------------------------------------------------


def _level(own: Own) -> str:
    choices = [(name, *s.LEVELS[name]) for name in s.LEVELS]
    nobody = "" if own.known else notice(s.SETTINGS_NOBODY)
    return (
        f'<h3 id="level-head">{escape(s.LEVEL_HEAD)}</h3><p class="quiet">{escape(s.LEVEL_MORE)}</p>{nobody}'
        f"{_choices('level', choices, own.level, fixed=not own.known)}"
    )


def _budget(kept: Kept) -> str:
    now = (kept.answering.prompt_tokens, kept.answering.output_tokens)
    given = _given(kept, "prompt_tokens", "output_tokens")
    chosen = next((name for name, tokens in BUDGETS.items() if tokens == now), "own")
    choices = [
        (name, s.BUDGETS[name][0], _budgeted(s.BUDGETS[name][1], tokens, kept)) for name, tokens in BUDGETS.items()
    ]
    if chosen == "own":
        choices.append(("own", s.BUDGET_OWN[0], _budgeted(s.BUDGET_OWN[1], now, kept)))
    fields = "".join(
        f'<label>{escape(words)}<input name="{name}" type="number" inputmode="numeric" min="{least}" max="100000" '
        f'value="{value}" required></label>'
        for name, words, least, value in (
            ("prompt", s.BUDGET_PROMPT, 200, now[0]),
            ("output", s.BUDGET_OUTPUT, 16, now[1]),
        )
    )
    numbers = (
        f"<details><summary>{escape(s.BUDGET_NUMBERS)}</summary>"
        f'<form data-set="budget" class="numbers">{fields}<button type="submit" class="plain">{escape(s.BUDGET_SET)}'
        "</button></form></details>"
    )
    return (
        f'<h3 id="budget-head">{escape(s.BUDGET_HEAD)}</h3><p class="quiet">{escape(s.BUDGET_MORE)}</p>{given}'
        f"{_choices('budget', choices, chosen, fixed=bool(given))}{'' if given else numbers}"
    )


def _budgeted(words: str, tokens: tuple[int, int], kept: Kept) -> str:
    if kept.using.speed is None:
        return words
    return f"{words}: {s.BUDGET_WAIT.format(**_wait(kept.using.speed, Answering(*tokens)))}"


def _theme() -> str:
    choices = [(name, words, "") for name, words in s.THEMES.items()]
    return (
        f'<h3 id="theme-head">{escape(s.THEME_HEAD)}</h3><p class="quiet">{escape(s.THEME_MORE)}</p>'
        f"{_choices('theme', choices, '')}"
    )


def _choices(name: str, choices: Sequence[tuple[str, str, str]], chosen: str, *, fixed: bool = False) -> str:
    """One of several; which of the themes is chosen is known in the browser alone."""
    off = " disabled" if fixed else ""
    items = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{" checked" if value == chosen else ""}{off}>'
        f"<span><b>{escape(words)}</b>{f'<span class=quiet>{escape(more)}</span>' if more else ''}</span></label>"
        for value, words, more in choices
    )
    return f'<div class="options" role="radiogroup" aria-labelledby="{name}-head">{items}</div>'


# -- privacy ----------------------------------------------------------------------------------------------------------


def _privacy(own: Own, kept: Kept | None, leaves: Sequence[str]) -> str:
    told = "".join(f"<p>{escape(words)}</p>" for words in leaves)
    return f"<h3>{escape(s.PRIVACY_HEAD)}</h3>{told}{_places(kept) if kept else ''}" + (
        f'<p class="quiet">{escape(s.PRIVACY_BROWSER)}</p>' if own.known else ""
    )


def _places(kept: Kept) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(s.PRIVACY_PLACES[place.name][0])}</th>"
        f"<td>{escape(s.PRIVACY_NONE if place.bytes is None else size(place.bytes))}</td>"
        f"<td>{escape(s.PRIVACY_PLACES[place.name][1])}</td></tr>"
        for place in kept.places
    )
    return f"<p>{escape(s.PRIVACY_FOLDER)} <code>{escape(kept.folder)}</code></p><table><tbody>{rows}</tbody></table>"


def _mine(own: Own) -> str:
    if not own.known:
        return f"<h3>{escape(s.MINE_HEAD)}</h3><p>{escape(s.SETTINGS_NOBODY)}</p>"
    counted = [s.number(s.MINE_COUNTS[name], own.counts.get(name, 0)) for name in s.MINE_COUNTS if own.counts.get(name)]
    if not counted and not any(own.counts.values()):
        return f'<h3>{escape(s.MINE_HEAD)}</h3><p class="quiet">{escape(s.MINE_NOTHING)}</p>'
    return (
        f"<h3>{escape(s.MINE_HEAD)}</h3><p>{escape(', '.join(counted))}</p>"
        f'<div class="ways"><a class="plain" href="/tutor/settings/mine.json" download>{escape(s.MINE_DOWNLOAD)} '
        f'<span class="quiet">{escape(s.MINE_DOWNLOAD_MORE)}</span></a>'
        f'<button type="button" class="plain bad" data-asks="delete-mine">{escape(s.MINE_DELETE)}</button></div>'
        f'<dialog id="delete-mine" aria-labelledby="delete-mine-head"><form data-set="delete" data-reload>'
        f'<h2 id="delete-mine-head">{escape(s.MINE_DELETE_HEAD)}</h2><p class="quiet">{escape(s.MINE_DELETE_MORE)}</p>'
        f"{_decide(s.MINE_DELETE_DOES)}</form></dialog>"
    )


def _erase(kept: Kept) -> str:
    held = next((place.bytes or 0 for place in kept.places if place.name == "models"), 0)
    return (
        f'<h3>{escape(s.ERASE_HEAD)}</h3><p class="quiet">{escape(s.ERASE_MORE)}</p><div class="ways">'
        f'<button type="button" class="plain bad" data-asks="erase-all">{escape(s.ERASE)}</button></div>'
        f'<dialog id="erase-all" aria-labelledby="erase-head"><form data-set="erase" data-reload '
        f'data-waits="{escape(s.SETTINGS_WORKING)}"><h2 id="erase-head">{escape(s.ERASE_ASK)}</h2>'
        f'<p class="quiet">{escape(s.ERASE_MORE)}</p>'
        f'<label class="tick"><input type="checkbox" name="models" value="yes"> '
        f"{escape(s.ERASE_MODELS.format(size=size(held)))}</label>"
        f'<label>{escape(s.ERASE_TYPE.format(word=s.ERASE_WORD))}<input name="word" autocomplete="off" '
        f'autocapitalize="none" spellcheck="false" required pattern="\\s*{escape(s.ERASE_WORD)}\\s*"></label>'
        f"{_decide(s.ERASE)}</form></dialog>"
    )


def _decide(does: str) -> str:
    return (
        f'<div class="choices"><button type="submit" class="does">{escape(does)}</button>'
        f'<button type="button" class="leaves">{escape(s.CANCEL)}</button></div>'
    )


# -- words for numbers ------------------------------------------------------------------------------------------------


def size(amount: float) -> str:
    """Bytes as people say them: "2.5 GB", "97 MB", "300 kB"."""
    for unit, one in (("GB", 1e9), ("MB", 1e6)):
        if amount >= one * 0.995:
            number = amount / one
            return f"{number:.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"
    return f"{max(1, round(amount / 1e3)) if amount else 0} kB"


def about(seconds: float) -> str:
    """A time as people say it, rounded to what it is worth: "half a second", "7 s", "40 s", "3 min", "2 h"."""
    if seconds < 0.75:
        return s.ABOUT_NOTHING
    if seconds < 9.5:
        return s.ABOUT_SECONDS.format(n=round(seconds))
    if seconds < 57.5:
        return s.ABOUT_SECONDS.format(n=round(seconds / 5) * 5)
    if seconds < 5400:
        return s.ABOUT_MINUTES.format(n=max(1, round(seconds / 60)))
    return s.ABOUT_HOURS.format(n=round(seconds / 3600))
