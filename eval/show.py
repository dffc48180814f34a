"""
Showing runs: which there are, one in short on the terminal, as Markdown for a pull request, or as a report in HTML.

    tutor eval show                                      the runs there are
    tutor eval show last                                 one of them, in short
    tutor eval show last --html report.html              a report to read (eval.report)
    tutor eval show last --markdown summary.md --beside RUN

Knows nothing of how a figure is measured.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from eval import runs
from eval.compare import HEADS, Flip, cells
from eval.gathered import ANSWERED, Gathered, Headline, gather
from eval.markup import figure
from eval.report import html
from eval.verdicts import COLUMNS, Places, counted, strengths, verdict, weakest
from tutor import handbook as handbooks
from tutor.errors import BadInput

FEW = 4  # figures of a run in the list
FLIPS = 20  # shown in Markdown


def show(
    named: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help='A folder, a name under TUTOR_HOME/eval, or "last".')
    ] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a report to read: one HTML file.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write a summary for a pull request.")
    ] = None,
    beside: Annotated[str | None, typer.Option(help="Another run of answers to stand beside it.")] = None,
    no_quotes: Annotated[
        bool, typer.Option("--no-quotes", help="Without answers and quotes, but for the tutor's own notes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """The runs there are; or one of them, in short, as a report in HTML or as Markdown."""
    from tutor.settings import load

    home = load().places.home
    if named is None:
        if html_file or markdown_file or beside:
            raise BadInput('Which run? Name one, or "last": tutor eval show last --html report.html')
        known = listed(home)
        print(json.dumps(known, indent=2, ensure_ascii=False) if as_json else table(known, home))
        return
    run = runs.load(named, home)
    gathered = gather(run, home, runs.load(beside, home) if beside else None)
    if html_file:
        _write(html_file, html(gathered, quotes=not no_quotes))
    if markdown_file:
        _write(markdown_file, markdown(gathered))
    if as_json:
        print(json.dumps(told(gathered), indent=2, ensure_ascii=False))
        return
    if not (html_file or markdown_file):
        print(summary(gathered))
    for path in filter(None, (html_file, markdown_file)):
        print(f"Written: {path}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}). Name another file.") from error


# -- which there are --------------------------------------------------------------------------------------------------


def listed(home: Path) -> list[dict[str, Any]]:
    """The runs under `home`/eval, the newest first: name, kind, begun, rows, finished, figures; `broken` says why."""
    found = []
    for folder in reversed(runs.folders(home)):
        try:
            recipe = json.loads((folder / runs.RECIPE).read_text(encoding="utf-8"))
            kept = folder / runs.RECORDS
            rows = len(runs.read(kept)) if kept.exists() else 0
            done = (folder / runs.SUMMARY).exists()
            whole = json.loads((folder / runs.SUMMARY).read_text(encoding="utf-8")) if done else {}
            figures = whole.get("figures", {})
            headline = [name for name in whole.get("targets", {}) if name in figures] or list(figures)
        except (OSError, ValueError, BadInput) as error:
            found.append({"run": folder.name, "kind": "", "begun": "", "rows": 0, "finished": False, "figures": {},
                          "broken": " ".join(str(error).split())})  # fmt: skip
            continue
        total = str(recipe.get("asked", ""))
        found.append({
            "of": int(total) if total.isdecimal() else None,
            "run": folder.name, "kind": recipe.get("kind", ""), "begun": recipe.get("begun", ""), "rows": rows,
            "finished": done, "figures": {name: figures[name] for name in headline[:FEW]},
        })  # fmt: skip
    return found


def table(known: Sequence[Mapping[str, Any]], home: Path) -> str:
    """The list as a person reads it: a run a line, with its first figures."""
    if not known:
        return f"There is no run under {home / 'eval'} yet. Make one: tutor eval answers --quotes-only"
    wide = max(len(one["run"]) for one in known)
    lines = []
    for one in known:
        state = "finished" if one["finished"] else "broken" if "broken" in one else "stopped"
        when = f"{one['kind']:<10} {one['begun'][:10]:<10}"
        lines.append(f"{one['run']:<{wide}}  {when}  {one['rows']:>5} {_total(one):<7} {state}")
        if one["figures"]:
            told = " | ".join(f"{name} {figure(name, value)}" for name, value in one["figures"].items())
            lines.append(f"    {told}")
    return "\n".join([*lines, "", "One of them as a report: tutor eval show RUN --html report.html"])


def _total(one: Mapping[str, Any]) -> str:
    return f"of {one['of']}" if one.get("of") and not one["finished"] else "rows"


# -- one in short -----------------------------------------------------------------------------------------------------


def told(gathered: Gathered) -> dict[str, Any]:
    """A run as one JSON document, with what stands around it."""
    run = gathered.run
    return {
        "run": run.name,
        "folder": str(run.folder),
        "recipe": dict(run.recipe),
        **{name: value for name, value in run.summary.items() if name != "recipe"},
        "verdicts": counted(gathered.records) if gathered.records else {},
        "floors": dict(gathered.floor.figures) if gathered.floor else {},
        "below its floor": [one.name for one in [*gathered.headlines, *gathered.others] if one.held is False],
        "history": [one.name for one in gathered.history],
    }


def summary(gathered: Gathered) -> str:
    """The headline figures, the verdicts and the recipe, as a person reads them on a terminal."""
    lines = []
    for one in gathered.headlines:
        bounds = f"[{figure(one.name, one.interval[0])}, {figure(one.name, one.interval[1])}]" if one.interval else ""
        lines.append(f"{one.name:<30} {figure(one.name, one.value):>10}  {bounds:<24} {_judged(one)}".rstrip())
    if gathered.records:
        lines += ["", " | ".join(f"{name}:{count}" for name, count in counted(gathered.records).items() if count)]
    counts = gathered.run.summary.get("counts", {})
    lines.append(" | ".join(f"{name}:{count}" for name, count in counts.items()))
    lines.append(" | ".join(f"{name}:{value}" for name, value in gathered.run.recipe.items()))
    if gathered.floor is None and gathered.run.kind in ANSWERED:
        lines.append("No floors were measured on these questions and texts with this model and encoder.")
    lines.append(f"A report of it: tutor eval show {gathered.run.name} --html report.html")
    return "\n".join(lines)


def _judged(one: Headline) -> str:
    parts = []
    if one.target is not None:
        bound = f"{'at most' if one.ceiling else 'at least'} {figure(one.name, one.target)}"
        parts.append(f"{'met' if one.met else 'not met'} ({bound})")
    if one.floor is not None:
        parts.append(f"floor {figure(one.name, one.floor)} {'held' if one.held else 'NOT HELD'}")
    return ", ".join(parts)


# -- in Markdown ------------------------------------------------------------------------------------------------------


def markdown(gathered: Gathered) -> str:
    """
    A summary for a pull request: headline figures with their change against the floors, the weakest chapters, and
    the questions that flipped. No answers and no quotes; what is not ours stands in code, where it can be no markup.
    """
    run = gathered.run
    lines = [f"## Evaluation {_code(run.name)}", "", *_facts(gathered), "", *_figures(gathered), *_weak(gathered)]
    if gathered.beside:
        lines += _beside(gathered)
    recipe = " · ".join(f"{name} {_code(str(value))}" for name, value in run.recipe.items())
    return "\n".join([*lines, f"<sub>{recipe}</sub>", ""])


def _facts(gathered: Gathered) -> list[str]:
    judged = [one for one in gathered.headlines if one.met is not None]
    said = [f"{len(gathered.run.rows)} rows."]
    if gathered.records:
        counts = ", ".join(f"{count} {name}" for name, count in counted(gathered.records).items() if count)
        said = [f"{len(gathered.records)} questions: {counts}."]
    if judged:
        said.append(f"{sum(bool(one.met) for one in judged)} of {len(judged)} targets are met.")
    if sunk := [one.name for one in [*gathered.headlines, *gathered.others] if one.held is False]:
        said.append(f"**Below the floor: {', '.join(sunk)}.**")
    elif gathered.floor is None:
        said.append("No floors were measured on these questions and texts with this model and encoder.")
    else:
        said.append("No figure is below its floor.")
    return [" ".join(said)]


def _figures(gathered: Gathered) -> list[str]:
    lines = ["| figure | value | 95 % interval | target | floor | change |", "|---|---:|---|---|---:|---:|"]
    for one in gathered.headlines + [other for other in gathered.others if other.floor is not None]:
        bounds = f"{figure(one.name, one.interval[0])} to {figure(one.name, one.interval[1])}" if one.interval else "–"
        target = "–"
        if one.target is not None:
            target = (
                f"{'≤' if one.ceiling else '≥'} {figure(one.name, one.target)}, {'met' if one.met else '**not met**'}"
            )
        floor = "–" if one.floor is None else figure(one.name, one.floor)
        change = "–" if one.floor is None else f"{one.value - one.floor:+.3f}{'' if one.held else ' **below**'}"
        lines.append(f"| {one.name} | {figure(one.name, one.value)} | {bounds} | {target} | {floor} | {change} |")
    return [*lines, ""]


def _weak(gathered: Gathered) -> list[str]:
    book = handbooks.load()
    worst = weakest(strengths(gathered.records, book, Places(book, gathered.chapters)))
    if not worst:
        return []
    lines = ["Weakest chapters, by facts in the answer (of those with three questions or more):", ""]
    lines += [f"| chapter | questions | {' | '.join(COLUMNS)} |", f"|---|---:|{'---:|' * len(COLUMNS)}"]
    for one in worst:
        cells = ["–" if value is None else f"{value[0]:.2f}" for value in one.figures.values()]
        lines.append(f"| {one.name.replace('|', '¦')} | {one.questions} | {' | '.join(cells)} |")
    return [*lines, ""]


def _beside(gathered: Gathered) -> list[str]:
    beside = gathered.beside
    if beside is None:
        return []
    whole = beside.compared
    lines = [
        f"Beside {_code(beside.run.name)} (second), over {whole.questions['compared']} questions. "
        f"{' '.join(whole.notes)}",
        "",
    ]
    named = {one.name for one in gathered.headlines}
    lines += [f"| {' | '.join(HEADS)} |", f"|---|{'---:|' * (len(HEADS) - 2)}---|"]
    lines += [f"| {' | '.join(cells(one))} |" for one in whole.figures if one.figure in named]
    for gained, side in ((False, "this run"), (True, "the other")):
        some = [flip for flip in whole.flips if flip.gained is gained]
        lines += ["", f"<details><summary>{len(some)} questions only {side} has right</summary>", ""]
        lines += [_flip(flip) for flip in some[:FLIPS]] + ([f"- {len(some) - FLIPS} more"] if len(some) > FLIPS else [])
        lines += ["", "</details>"]
    return [*lines, ""]


def _flip(flip: Flip) -> str:
    return (
        f"- {_code(flip.first.id)} {_code(flip.first.question)}: {verdict(flip.first)}; beside {verdict(flip.second)}"
    )


def _code(text: str) -> str:
    """Text that Markdown takes for text, and nobody is called by."""
    plain = " ".join(text.split()).replace("`", "'").replace("|", "¦")
    return f"`{plain[:200]}`" if plain else "–"
