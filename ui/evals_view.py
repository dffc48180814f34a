"""
The Evals tab as HTML: pure functions from runs and disliked answers to strings.

Every text is escaped here or in `ui.markdown`. What a click does is in `static/evals.js`, which finds what to send in
`data-` attributes. Knows nothing of the network, of the library or of how anything is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tutor.feedback import Disliked
from ui import strings as s
from ui.markdown import inline

LONGEST = 400  # characters of a quote that are shown
MOST_QUOTES = 6
# What is told of a run in its line, of those figures that it has.
HEADLINES = (
    "right page in five", "hit@5", "gold sentence in evidence", "quote in evidence", "unanswerable declined",
    "decline recall", "facts in answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A run in the list. `done` of `total` questions; figures where it is finished; `report`: it can be opened."""

    name: str
    kind: str
    begun: str
    model: str
    done: int
    total: int | None = None
    figures: Mapping[str, float] | None = None
    report: bool = False


@dataclass(frozen=True, slots=True)
class Going:
    """The run that was started here and is still going, or ended without a result (`trouble`)."""

    what: str
    done: int
    total: int | None
    trouble: str = ""


def frame() -> str:
    """The tab before anything is known."""
    return (
        f'<div id="evals-place" data-failed="{escape(s.EVALS_FAILED)}"><p class="quiet">{escape(s.EVALS_OPENING)}</p>'
        '</div><p id="evals-said" class="unseen" role="status"></p>'
    )


def notice(words: str) -> str:
    return f'<p class="notice" role="alert">{escape(words)}</p>'


def tab(going: Going | None, lines: Sequence[Line], disliked: Sequence[Disliked], own: int, trouble: str = "") -> str:
    """The whole tab. `own`: how many questions of one's own there are."""
    told = notice(trouble) if trouble else ""
    return (
        f'<header><h2 tabindex="-1">{escape(s.EVALS_HEAD)}</h2><p class="lead">{escape(s.EVALS_LEAD)}</p></header>'
        f"{told}{_going(going) if going and not going.trouble else _start(own)}"
        f"{notice(going.trouble) if going and going.trouble else ''}{_disliked(disliked)}{_runs(lines)}"
    )


def _start(own: int) -> str:
    choices = [("starter", s.EVALS_STARTER, s.EVALS_STARTER_MORE), ("answers", s.EVALS_ALL, s.EVALS_ALL_MORE)]
    if own:
        choices.append(("own", s.number(s.EVALS_OWN, own), s.EVALS_OWN_MORE))
    buttons = "".join(
        f'<li><button type="button" class="plain" data-do="start" data-which="{which}">{escape(words)}</button>'
        f'<span class="quiet">{escape(more)}</span></li>'
        for which, words, more in choices
    )
    return f'<ul class="doors">{buttons}</ul>'


def _going(going: Going) -> str:
    told = s.EVALS_AT.format(done=going.done, total=going.total) if going.total else s.EVALS_BEGINS
    bar = f'<progress max="{going.total}" value="{going.done}"></progress>' if going.total else "<progress></progress>"
    return (
        f'<div class="going" data-going><p><b>{escape(going.what)}</b> <span>{escape(told)}</span></p>{bar}'
        f'<button type="button" class="plain" data-do="stop">{escape(s.EVALS_STOP)}</button></div>'
    )


# -- answers that were called wrong -----------------------------------------------------------------------------------


def _disliked(disliked: Sequence[Disliked]) -> str:
    if not disliked:
        return f'<section><h3>{escape(s.WRONG_HEAD)}</h3><p class="quiet">{escape(s.WRONG_NONE)}</p></section>'
    items = "".join(_one(one) for one in disliked)
    return (
        f'<section><h3>{escape(s.WRONG_HEAD)}</h3><p class="quiet">{escape(s.WRONG_LEAD)}</p>'
        f'<ul class="disliked">{items}</ul></section>'
    )


def _one(one: Disliked) -> str:
    before = "".join(f'<span class="before">{escape(turn.question)} › </span>' for turn in one.history)
    head = f'<p class="asked">{before}{escape(one.question)}</p>'
    forget = _act("forget", s.WRONG_FORGET, "link", number=one.number)
    if one.made:
        return f'<li>{head}<p class="quiet">{escape(s.WRONG_MADE.format(id=one.made))}</p>{forget}</li>'
    given = f'<p class="given">{inline(_shortened(str(one.answer.get("text", ""))) or s.WRONG_DECLINED)}</p>'
    quotes = "".join(
        f'<li><button type="button" class="quote" data-do="quote" data-number="{one.number}" data-at="{at}">'
        f"<span>{inline(_shortened(str(quote.get('text', ''))))}</span>"
        f'<span class="quiet">{escape(str(quote.get("title", "")))}</span></button></li>'
        for at, quote in enumerate(quotes_of(one)[:MOST_QUOTES])
    )
    shown = f'<p class="label">{escape(s.WRONG_WHICH)}</p><ul class="quotes">{quotes}</ul>' if quotes else ""
    ways = _act("decline", s.WRONG_DECLINE, "plain", number=one.number) + forget
    return f'<li>{head}{given}{shown}<div class="ways">{ways}</div>{_other(one.number)}</li>'


def _other(number: int) -> str:
    """A form for a page and a sentence that were not shown."""
    return (
        f"<details><summary>{escape(s.WRONG_OTHER)}</summary>"
        f'<form data-do="sentence" data-number="{number}"><label>{escape(s.WRONG_PAGE)}<input name="url" required>'
        f"</label>"
        f'<label>{escape(s.WRONG_SENTENCE)}<textarea name="quote" rows="2" required></textarea></label>'
        f'<button type="submit" class="plain">{escape(s.WRONG_ADD)}</button></form></details>'
    )


def quotes_of(one: Disliked) -> list[Mapping[str, Any]]:
    """The quotes that were shown with an answer, each once, in their order."""
    found: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for quote in one.answer.get("evidence", ()):
        found.setdefault((quote.get("url"), quote.get("text")), quote)
    return list(found.values())


def _act(act: str, words: str, kind: str, **data: object) -> str:
    more = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    return f'<button type="button" class="{kind}" data-do="{act}"{more}>{escape(words)}</button>'


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1].rstrip()}…"


# -- runs -------------------------------------------------------------------------------------------------------------


def _runs(lines: Sequence[Line]) -> str:
    if not lines:
        return f'<section><h3>{escape(s.RUNS_HEAD)}</h3><p class="quiet">{escape(s.RUNS_NONE)}</p></section>'
    items = "".join(_run(line) for line in lines)
    return f'<section><h3>{escape(s.RUNS_HEAD)}</h3><ul class="runs">{items}</ul></section>'


def _run(line: Line) -> str:
    name = escape(line.name)
    link = f'<a href="/tutor/evals/{name}" target="_blank" rel="noopener">{name}</a>' if line.report else name
    about = " · ".join(one for one in (line.begun[:16].replace("T", " "), line.model) if one)
    if line.figures is None:
        told = f'<span class="quiet">{escape(s.RUN_UNFINISHED.format(done=line.done))}</span>'
    else:
        shown = [(name, line.figures[name]) for name in HEADLINES if name in line.figures][:4]
        told = "".join(f"<span><b>{value:.2f}</b> {escape(name)}</span>" for name, value in shown)
        told += f'<span class="quiet">{escape(s.number(s.RUN_QUESTIONS, line.done))}</span>'
    return f'<li><p class="name">{link} <span class="quiet">{escape(about)}</span></p><p class="told">{told}</p></li>'
