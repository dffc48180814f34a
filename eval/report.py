"""
A report of a run that people read: one HTML file that needs nothing else, no network and no other file.

    tutor eval show last --html report.html                  for a person
    tutor eval show last --html report.html --no-quotes      to be given away: no sentence of an article is in it

Whatever was read or asked is text in it, never markup; only addresses of the web become links; its own policy lets it
run its own script alone and fetch nothing. It says everything without the script, which only filters. Knows nothing of
how a figure is measured.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from eval import plots
from eval.compare import HEADS, Flip, cells
from eval.compare import verdict as meaning
from eval.gathered import ANSWERED, Gathered, Headline
from eval.markup import CLASS, Shown, behind, between, day, figure, many, safe, system_of, table_of, titled
from eval.paired import Difference
from eval.report_plots import handbook_map, people, plots_of
from eval.report_questions import questions, rows_of
from eval.run import Record
from eval.runs import Run
from eval.verdicts import Places, counted, verdict
from tutor import handbook as handbooks
from tutor.handbook import Handbook

MOST_BYTES = 4_800_000  # of a file; texts are shortened until it is smaller
# Characters of a text and rows, at most; the next where the file is too big.
SIZES = ((4_000, 2_000), (1_200, 2_000), (500, 2_000), (200, 2_000), (80, 2_000), (80, 1_000), (80, 500), (40, 250))

# What a figure says, in a line.
_SAYS = {
    "right page in five": "a passage of a page that answers is among the first five found",
    "gold sentence in evidence": "a sentence known to answer is in the evidence",
    "facts in answer": "facts that a right answer states and this one does",
    "unanswerable declined": "nothing that was read answers it, and the tutor says so",
    "answerable declined": "a page answers it, and the tutor says that none does",
    "citations that exist": "the quoted words stand in the source, letter for letter",
    "handbook questions right": "every fact and resource that belongs to it, and the right chapter",
    "follow-up: page in five": "the same for questions that lean on those before them",
    "evidence p95 ms": "until the evidence is shown, for 95 of 100 questions",
    "first word p95 ms": "until the first written word, for 95 of 100 questions",
    "whole answer p95 ms": "until the answer is complete, for 95 of 100 questions",
}
_LIMITS = (
    "Whether a sentence truly follows from its quotes is judged by the tutor's own check, whose errors are measured "
    "apart "
    "(Checks and people); whether it reads well, and whether people learn from it, is not measured at all.",
    "A page or a sentence that answers, but that nobody named when the question was written, counts as none: figures "
    "of finding are a little too low rather than too high.",
    "Facts are looked for by their wordings. An answer that says a fact in other words misses it, and one that names "
    "the "
    "words in a wrong sentence is given it.",
    "Partly means that something of the answer is there. One fact of three is not wrong here.",
    "Intervals say what other questions of the same kind might have given, not what other authors would ask. Figures "
    "over "
    "fewer than thirty questions say little.",
    "How many of the questions have no answer decides how risk lies over coverage; curves of different sets cannot be "
    "compared.",
    "Times are those of the machine that the recipe names, with whatever else it was doing.",
)


def html(gathered: Gathered, *, quotes: bool = True, book: Handbook | None = None) -> str:
    """
    The report as an HTML document smaller than 5 MB, whatever was asked and answered.

    Without `quotes`: questions, verdicts, links and the tutor's own notes, but no text of anybody else's.
    """
    book = book or handbooks.load()
    places = Places(book, gathered.chapters)
    page = ""
    for clip, rows in SIZES:
        page = _document(gathered, Shown(quotes, clip, rows, places), book)
        if len(page.encode()) < MOST_BYTES:
            break
    return page


# -- the document -----------------------------------------------------------------------------------------------------


def _document(gathered: Gathered, shown: Shown, book: Handbook) -> str:
    style = files("eval").joinpath("static/report.css").read_text(encoding="utf-8")
    script = files("eval").joinpath("static/report.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [(name, title, body) for name, title, body in _sections(gathered, shown, book) if body]
    contents = "".join(f'<li><a href="#{name}">{safe(title)}</a></li>' for name, title, _ in parts)
    bodies = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{safe(title)}</h2>{body}</section>'
        for name, title, body in parts
    )
    title = f"{_title(gathered.run)}, {day(gathered.run)}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{safe(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#{parts[0][0]}">To the figures</a>\n'
        f'{_top(gathered)}<main>\n<nav class="contents" aria-label="Contents"><ul>{contents}</ul></nav>\n{bodies}\n'
        f"</main>\n{_foot(shown)}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _sections(gathered: Gathered, shown: Shown, book: Handbook) -> Iterable[tuple[str, str, str]]:
    records = gathered.records
    yield "figures", "Headline figures", _figures(gathered)
    yield "beside", "Beside another run", _beside(gathered)
    yield "weak", "Where in the handbook", handbook_map(records, book, shown.places)
    yield "plots", "Declining, finding, time", plots_of(gathered)
    yield "people", "Checks and people", people(gathered)
    if gathered.run.kind in ANSWERED:
        yield "questions", "Every question", questions(gathered, shown, book)
    else:
        yield "rows", "Every row", rows_of(gathered.run, shown)
    yield "recipe", "What it was made of", _recipe(gathered)
    yield "limits", "What the figures do not say", _limits(gathered)


def _title(run: Run) -> str:
    return {"answers": "How well the tutor answers", "set": "How well the tutor answers"}.get(
        run.kind, f"Run of {run.kind}"
    )


def _top(gathered: Gathered) -> str:
    run, records = gathered.run, gathered.records
    said = [f"{many(len(run.rows), 'question' if records else 'row')}, asked on {day(run)}"]
    if "model" in run.recipe:
        wrote = (
            "without a model that writes"
            if run.recipe["model"] == "quotes only"
            else f"written by {run.recipe['model']}"
        )
        said[0] += f", {wrote}"
    if judged := [one for one in gathered.headlines if one.met is not None]:
        said.append(f"{sum(bool(one.met) for one in judged)} of {len(judged)} targets are met")
    if held := [one for one in [*gathered.headlines, *gathered.others] if one.held is not None]:
        sunk = sum(not one.held for one in held)
        said.append(f"{many(sunk, 'figure')} below the floor" if sunk else "no figure is below its floor")
    tally = _tally(records) if records else ""
    return (
        f'<header class="top"><p class="kind">Evaluation report: {safe(run.name)}</p><h1>{safe(_title(run))}</h1>'
        f'<p class="lede">{safe(". ".join(one[:1].upper() + one[1:] for one in said))}.</p>{tally}</header>\n'
    )


def _tally(records: Sequence[Record]) -> str:
    """A bar of all verdicts, and how many there are of each, leading to the questions."""
    counts = {name: count for name, count in counted(records).items() if count}
    spans = "".join(f'<span class="{CLASS[name]}" style="flex: {count}"></span>' for name, count in counts.items())
    items = "".join(
        f'<li><a href="#questions" data-filter="verdict" data-value="{name}">'
        f'<span class="swatch {CLASS[name]}"></span><b>{count}</b> {name}</a></li>'
        for name, count in counts.items()
    )
    return f'<div class="bar" aria-hidden="true">{spans}</div><ul class="tally">{items}</ul>'


def _foot(shown: Shown) -> str:
    left_out = (
        "" if shown.quotes else " No text of an article is in this file: of answers and quotes it has the links alone."
    )
    small = f" To keep it small, texts longer than {shown.clip} characters were shortened."
    cut = "" if shown.clip == SIZES[0][0] else small
    return f"<footer><p>One file; it asks nothing of any network.{left_out}{cut}</p></footer>"


# -- figures ----------------------------------------------------------------------------------------------------------


def _figures(gathered: Gathered) -> str:
    rows = "".join(_headline(one, gathered) for one in gathered.headlines)
    floors_known = gathered.floor is not None
    trend = len(gathered.history) > 1
    heads = ["Figure", "Value", "95 % interval", "Target"] + ["Floor"] * floors_known + ["Trend"] * trend
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    missing = []
    if not floors_known:
        missing.append("No floors were measured on these questions and texts with this model and encoder.")
    if not trend:
        missing.append("This is the first finished run with these questions, so there is no trend yet.")
    return (
        f'<table class="headline"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        + "".join(f'<p class="quiet">{one}</p>' for one in missing)
        + _history(gathered)
        + _others(gathered.others)
    )


def _headline(one: Headline, gathered: Gathered) -> str:
    whole = one.target is not None
    says = f"<small>{safe(_SAYS[one.name])}</small>" if one.name in _SAYS else ""
    over = f"<small>{many(one.questions, 'question')}</small>" if one.questions else ""
    interval = between(one.interval, one.name, whole) if one.interval else "–"
    cells = [
        f'<td data-name="Value"><span class="value">{figure(one.name, one.value, whole)}</span>{over}</td>',
        f'<td data-name="95 % interval">{interval}{_drawn(one)}</td>',
        f'<td data-name="Target">{_target(one)}</td>',
    ]
    if gathered.floor is not None:
        cells.append(f'<td data-name="{"Ceiling" if one.ceiling else "Floor"}">{_floor(one, whole)}</td>')
    if len(gathered.history) > 1:
        told = f"{len(one.trend)} runs: " + ", ".join(figure(one.name, value, whole) for value in one.trend)
        cells.append(f'<td data-name="Trend">{plots.spark(one.trend, told) if len(one.trend) > 1 else "–"}</td>')
    return f'<tr><th scope="row">{safe(titled(one.name))}{says}</th>{"".join(cells)}</tr>'


def _drawn(one: Headline) -> str:
    """The interval as a picture, of a share."""
    if one.interval is None or one.name.endswith(" ms") or not 0 <= one.value <= one.interval[1] <= 1:
        return ""
    return plots.span(one.value, one.interval, one.target)


def _target(one: Headline) -> str:
    if one.target is None:
        return '<span class="quiet">none</span>'
    bound = f"at {'most' if one.ceiling else 'least'} {figure(one.name, one.target, True)}"
    if one.met:
        return f'<span class="met">met</span><small>{bound}</small>'
    short = abs(one.value - one.target)
    by = figure(one.name, short, True) if one.name.endswith(" ms") else f"{100 * short:.1f} points"
    return f'<span class="missed">not met</span><small>{bound}; off by {by}</small>'


def _floor(one: Headline, whole: bool) -> str:
    if one.floor is None:
        return '<span class="quiet">none</span>'
    word = '<span class="held">held</span>' if one.held else '<span class="sunk">not held</span>'
    return f"{word}<small>{figure(one.name, one.floor, whole)}</small>"


def _history(gathered: Gathered) -> str:
    if len(gathered.history) < 2:
        return ""
    rows = [[one.name, day(one), one.recipe.get("model", ""), one.recipe.get("corpus", "")] for one in gathered.history]
    return behind("The runs of the trend", table_of(["Run", "Day", "Model", "Texts"], rows))


def _others(others: Sequence[Headline]) -> str:
    if not others:
        return ""
    rows = [
        [titled(one.name), figure(one.name, one.value), between(one.interval, one.name) if one.interval else "–",
         f"{figure(one.name, one.floor)}, {'held' if one.held else 'not held'}" if one.floor is not None else "–"]
        for one in others
    ]  # fmt: skip
    return behind(
        f"{many(len(others), 'further figure')}", table_of(["Figure", "Value", "95 % interval", "Floor"], rows)
    )


# -- beside another run -----------------------------------------------------------------------------------------------


def _beside(gathered: Gathered) -> str:
    beside = gathered.beside
    if beside is None:
        return ""
    whole, other = beside.compared, system_of(beside.run)
    named = {one.name for one in gathered.headlines}
    known = [one for one in whole.figures if one.value is not None]
    shown = [one for one in known if one.figure in named]
    rows = "".join(_difference(one) for one in shown)
    heads = ("Figure", "This run", other, "Difference", "95 % interval", "By chance")
    head = "".join(f'<th scope="col">{safe(one)}</th>' for one in heads)
    numbers = {record.id: at for at, record in enumerate(gathered.records, 1)}
    lost, gained = ([flip for flip in whole.flips if flip.gained is to] for to in (False, True))
    rest = [list(cells(one)) for one in known if one not in shown]
    notes = " ".join(whole.notes)
    return (
        f"<p>{safe(beside.run.name)} ({safe(other)}), over the {many(whole.questions['compared'], 'question')} that "
        f"both could score. {safe(notes)} A difference is the other's minus this run's; its interval draws the same "
        "pages for both. By chance: how often two runs that are alike would lie so far apart, corrected by Holm where "
        "several figures are looked at.</p>"
        f'<table class="headline"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        + (behind(many(len(rest), "further figure"), table_of(HEADS, rest)) if rest else "")
        + _flips(f"{many(len(lost), 'question')} only this run has right, in part or whole", lost, numbers)
        + _flips(f"{many(len(gained), 'question')} only {other} has right, in part or whole", gained, numbers)
    )


def _difference(one: Difference) -> str:
    _, first, second, gap, interval, p, corrected, *_ = cells(one)
    time = one.figure.endswith(" ms")
    word, kind = {
        "better": ("the other is better", "worse"),
        "worse": ("this run is better", "better"),
    }.get(meaning(one), ("no clear difference", ""))
    if time:
        interval = "–" if one.interval is None else f"{one.interval[0]:+,.0f} to {one.interval[1]:+,.0f} ms"
    else:
        first, second = (figure(one.figure, value or 0.0, True) for value in (one.first, one.second))
        gap = f"{100 * (one.value or 0.0):+.1f} points"
        interval = f"{100 * one.interval[0]:+.1f} to {100 * one.interval[1]:+.1f}" if one.interval else "–"
    unit = " ms" if time else ""
    chance = f"p {corrected if one.corrected is not None else p}"
    return (
        f'<tr><th scope="row">{safe(titled(one.figure))}</th>'
        f'<td data-name="This run"><span class="value">{safe(first)}{unit}</span></td>'
        f'<td data-name="The other"><span class="value">{safe(second)}{unit}</span></td>'
        f'<td data-name="Difference">{safe(_signed(gap))}{unit}<small class="{kind}">{word}</small></td>'
        f'<td data-name="95 % interval">{safe(_signed(interval))}</td>'
        f'<td data-name="By chance">{safe(chance)}</td></tr>'
    )


def _signed(text: str) -> str:
    """Numbers with true minus signs, and nothing in front of a zero."""
    return re.sub(r"[+-](0(?:\.0+)?)(?![\d.])", r"\1", text).replace("-", "−")


def _flips(title: str, flips: Sequence[Flip], numbers: Mapping[str, int]) -> str:
    if not flips:
        return ""
    items = "".join(
        f'<li><a href="#q{numbers[flip.first.id]}">{safe(flip.first.question)}</a> '
        f'<span class="quiet">{verdict(flip.first)}; the other: {verdict(flip.second)}</span></li>'
        for flip in flips
    )
    return behind(title, f"<ul>{items}</ul>")


# -- what it was made of ----------------------------------------------------------------------------------------------


def _recipe(gathered: Gathered) -> str:
    run = gathered.run
    told = {**run.recipe, **{f"count: {name}": str(count) for name, count in run.summary.get("counts", {}).items()}}
    items = "".join(f"<dt>{safe(name)}</dt><dd>{safe(str(value))}</dd>" for name, value in told.items())
    again = ""
    if gathered.beside:
        items += "".join(
            f"<dt>beside: {safe(name)}</dt><dd>{safe(str(value))}</dd>"
            for name, value in gathered.beside.run.recipe.items()
            if run.recipe.get(name) != value
        )
    return f'<p>Two figures may be compared when these agree.</p><dl class="fields">{items}</dl>{again}'


def _limits(gathered: Gathered) -> str:
    if gathered.run.kind not in ANSWERED:
        return ""
    return f'<ul class="limits">{"".join(f"<li>{safe(one)}</li>" for one in _LIMITS)}</ul>'
