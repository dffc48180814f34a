"""
The pictures of a report: where in the handbook the tutor is weak, the plots, and how far checks agree with people.

Each plot has a title, a sentence on how to read it, and the numbers it was drawn from. Knows nothing of the page around
them; the drawing is eval.plots'.
"""

from collections.abc import Mapping, Sequence

from eval import curves, metrics, plots
from eval.gathered import ANSWERED, Gathered
from eval.markup import behind, between, day, figure, many, safe, table_of, titled
from eval.plots import Axis, percent
from eval.run import Record
from eval.runs import Run
from eval.verdicts import AIMS, COLUMNS, HEAD, Places, Strength, strengths
from tutor.check import SUPPORTED
from tutor.handbook import Handbook


def handbook_map(records: Sequence[Record], book: Handbook, places: Places) -> str:
    sections = strengths(records, book, places)
    if not any(section.questions for section in sections):
        return ""
    heads = "".join(f"<span>{column}</span>" for column in COLUMNS)
    rows = "".join(_section(section) for section in sections)
    aims = ", ".join(
        f"{column} at {'most' if column == 'declined' else 'least'} {percent(aim)}" for column, aim in AIMS.items()
    )
    return (
        "<p>The questions that a page answers, by the section and chapter they belong to. The warmer a field, "
        "the "
        f"further it is from its target ({aims}). Open a section for its chapters.</p>"
        f'<div class="map"><div class="row heads" aria-hidden="true"><span></span>{heads}</div>{rows}</div>'
        '<p class="key" aria-hidden="true"><span><span class="cell" style="--by: 0%"></span>on target</span>'
        '<span><span class="cell" style="--by: 80%"></span>far from it</span>'
        '<span><span class="cell few" style="--by: 40%"></span>fewer than five questions</span>'
        '<span><span class="cell none"></span>no question</span></p>'
    )


def _section(section: Strength) -> str:
    if not section.parts:
        return f'<div class="plain">{_row(section)}</div>'
    chapters = "".join(_row(part) for part in section.parts if part.questions)
    silent = [part.name for part in section.parts if not part.questions and part.name != HEAD]
    if silent:
        chapters += f'<p class="quiet">No question is about {safe("; ".join(silent))}.</p>'
    if section.questions:
        name = safe(section.name)
        chapters += (
            f'<p><a href="#questions" data-filter="section" data-value="{name}">Its questions in the list</a></p>'
        )
    return f'<details><summary>{_row(section)}</summary><div class="chapters">{chapters}</div></details>'


def _row(part: Strength) -> str:
    cells = "".join(_cell(column, part.figures[column]) for column in COLUMNS)
    return f'<div class="row"><span class="name">{safe(part.name)}</span>{cells}</div>'


def _cell(column: str, value: tuple[float, int] | None) -> str:
    if value is None:
        return f'<span class="cell none"><span class="only-read">{column}: </span>–<small>no question</small></span>'
    share, over = value
    few, by = " few" if over < 5 else "", f"{100 * _weakness(column, share):.0f}%"
    return (
        f'<span class="cell{few}" style="--by: {by}"><span class="only-read">{column}: </span>{percent(share)}'
        f"<small>of {over}</small></span>"
    )


def _weakness(column: str, share: float) -> float:
    """How far a figure is from its target, 0 (reached) to 1 (as far as can be, and long before for declining)."""
    aim = AIMS[column]
    short = (share - aim) / 0.3 if column == "declined" else (aim - share) / (aim * 0.6)
    return min(1.0, max(0.0, short))


def plots_of(gathered: Gathered) -> str:
    records = gathered.records
    drawn = [_risk(records), _words(gathered.retrieval), _times(records)]
    if "system" not in gathered.run.recipe:  # another one's chances are held against no cut
        drawn.insert(1, _answered(records))
    figures = "".join(one for one in drawn if one)
    return f'<div class="plots">{figures}</div>' if figures else ""


def _plot(title: str, reading: str, picture: str, names: Sequence[str], numbers: str) -> str:
    key = plots.legend(names) if len(names) > 1 else ""
    return (
        f"<figure><figcaption><h3>{safe(title)}</h3><p>{safe(reading)}</p></figcaption>{picture}{key}"
        f"{behind('The numbers', numbers)}</figure>"
    )


def _risk(records: Sequence[Record]) -> str:
    if len(curves.judged(records)) < 2:
        return ""
    both = {"by evidence": curves.by_evidence(records), "by answer": curves.by_answer(records)}
    known = {
        name: [(p.coverage, p.risk) for p in one.points if p.coverage >= curves.FROM] for name, one in both.items()
    }
    known = {name: points for name, points in known.items() if points}
    if not known:
        return ""
    worst = max(risk for points in known.values() for _, risk in points)
    top = next(top for top in (0.1, 0.2, 0.25, 0.5, 1.0) if worst <= top)
    works = {
        "by evidence": curves.working(records, curves.wrong_by_evidence),
        "by answer": curves.working(records, curves.wrong_by_answer),
    }
    marks = [(works[name].coverage, works[name].risk, at) for at, name in enumerate(known)]
    drawn = [plots.Curve(name, points) for name, points in known.items()]
    told = "Risk over coverage. " + " ".join(
        f"Now {percent(works[name].coverage)} answered, {percent(works[name].risk)} of it wrong {name}; area "
        f"{both[name].area:.3f}."
        for name in known
    )
    picture = plots.plot(told, plots.shares("answered, of all questions"), plots.shares("wrong", top), drawn, marks)
    rows = [
        [percent(at / 10), *(_at(known.get(name, ()), at / 10) for name in both)] for at in range(1, 11)
    ]  # fmt: skip
    areas = [
        [f"{label} {name}", f"{value:.3f}"]
        for name, one in both.items()
        for label, value in (("area", one.area), ("at best", one.least), ("blind", one.blind))
    ]
    numbers = table_of(["Answered", "Wrong by evidence", "Wrong by answer"], rows) + table_of(["Area under", ""], areas)
    return _plot(
        "Risk and coverage",
        "The more of all questions are answered (to the right), the more of the answers are wrong; a low, flat line "
        "means "
        "that the tutor knows what it does not know. The dots are where it works now.",
        picture,
        list(known),
        numbers,
    )


def _at(points: plots.Points, coverage: float) -> str:
    """The risk of a curve at a coverage; a dash where it does not reach so far."""
    beyond = next((risk for x, risk in points if x >= coverage - 1e-9), None)
    return "–" if beyond is None else percent(beyond)


def _answered(records: Sequence[Record]) -> str:
    kinds = {name: chances for name, chances in sorted(curves.kinds(records).items()) if chances}
    if len(kinds) < 2:
        return ""
    steps = [n / 50 for n in range(51)]
    found = {
        name: [(cut, metrics.mean([float(chance >= cut) for chance in chances])) for cut in steps]
        for name, chances in list(kinds.items())[:4]
    }
    from tutor import decide

    drawn = [plots.Curve(name, points) for name, points in found.items()]
    at_cut = {name: metrics.mean([float(c >= decide.CUT) for c in kinds[name]]) for name in found}
    told = f"Share answered by the chance from which is answered. At the cut of {decide.CUT:.2f}: " + ", ".join(
        f"{name} {percent(share)}" for name, share in at_cut.items()
    )
    across = Axis(0.0, 1.0, tuple((n / 5, f"{n / 5:.1f}") for n in range(6)), "chance from which on is answered")
    picture = plots.plot(told, across, plots.shares("answered"), drawn, lines=[(decide.CUT, f"cut {decide.CUT:.2f}")])
    rows = [[f"{cut:.2f}", *(percent(dict(points)[cut]) for points in found.values())] for cut in steps[::5]]
    rows.append([f"{decide.CUT:.2f}, the cut", *(percent(at_cut[name]) for name in found)])
    names = [f"{name} ({len(kinds[name])})" for name in found]
    return _plot(
        "What the rule for declining tells apart",
        "The share of each kind that would be answered if the tutor asked for more or less chance of being right; the "
        "further apart the lines of what can and what cannot be answered, the better.",
        picture,
        names,
        table_of(["Chance", *names], rows),
    )


def _words(retrieval: Run | None) -> str:
    """Recall by words; empty where no retrieval run tells it, or tells it in a way that is not known here."""
    told = retrieval.summary.get("recall by words") if retrieval else None
    if not isinstance(told, Mapping) or not isinstance(words := told.get("words"), list) or len(words) < 2:
        return ""
    known = {
        label: list(zip(map(float, words), map(float, values), strict=False))
        for key, label in (("shown", "the evidence that is shown"), ("found", "the passages as they were found"))
        if isinstance(values := told.get(key), list) and len(values) == len(words)
    }
    if retrieval is None or not known:
        return ""
    high = float(max(words))
    across = Axis(0.0, high, tuple((float(n), f"{n:,.0f}") for n in _ticks(words)), "words read")
    said = "Share of questions whose gold sentence was read within so many words: " + "; ".join(
        f"{label}: " + ", ".join(f"{x:.0f} words {percent(y)}" for x, y in points) for label, points in known.items()
    )
    drawn = [plots.Curve(label, [(0.0, 0.0), *points], dots=True) for label, points in known.items()]
    rows = [[f"{n:,.0f}", *(percent(points[at][1]) for points in known.values())] for at, n in enumerate(words)]
    return _plot(
        "Recall by words sent",
        "How often a sentence that answers has been read after so many words; a line that rises early means short "
        f"prompts. From {retrieval.name}, {many(len(retrieval.rows), 'question')} of this run on the same texts.",
        plots.plot(said, across, plots.shares("gold sentence read"), drawn),
        list(known),
        table_of(["Words", *known], rows),
    )


def _ticks(words: Sequence[float]) -> list[float]:
    """The values to be named on an axis: those that stand far enough apart."""
    kept: list[float] = []
    for value in sorted(words):
        if not kept or value - kept[-1] >= max(words) / 9:
            kept.append(value)
    return kept


def _times(records: Sequence[Record]) -> str:
    scored = [record for record in records if not record.unscored]
    series = {
        "evidence": [r.evidence_ms for r in scored if r.evidence_ms > 0],
        "first word": [r.first_word_ms for r in scored if r.first_word_ms],
        "whole answer": [r.total_ms for r in scored if r.total_ms > 0],
    }
    series = {name: values for name, values in series.items() if len(values) > 1}
    if not series:
        return ""
    rows = [
        [name, *(figure(" ms", metrics.percentile(values, at)) for at in (0.5, 0.9, 0.95, 1.0)), str(len(values))]
        for name, values in series.items()
    ]
    return _plot(
        "Waiting",
        "The share of questions that had come so far within a time; the further left and the steeper a line, the "
        "shorter "
        "and surer the wait. The dots are where 95 of 100 are done.",
        plots.times(series),
        list(series),
        table_of(["", "Median", "90th", "95th percentile", "Longest", "Questions"], rows),
    )


_PEOPLE = {
    "support": "Does a quote support a sentence? The check against pairs labelled by reading.",
    "facts": "Does a sentence state a fact? Keywords and meaning against pairs labelled by reading.",
    "practice": "Is a typed answer to a practice card right? The grading against labels given by reading.",
}


def people(gathered: Gathered) -> str:
    known = list(gathered.people)
    if gathered.run.kind in _PEOPLE:
        known.append(gathered.run)
    if not known:
        if gathered.run.kind not in ANSWERED:
            return ""
        return (
            "<p>The checks that these figures rest on are themselves held against labels given by reading. No such "
            "run is "
            "kept yet: <code>tutor eval support</code> and <code>tutor eval practice</code> make them.</p>"
        )
    drawn = "".join(_calibration(run) for run in known if run.kind == "support")
    cards = "".join(_agreement(run) for run in known)
    return (
        "<p>Some figures rest on checks made by code. These are held against labels that were given by reading; what "
        "is "
        f'printed here is the newest run of each.</p><div class="plots">{drawn}<div class="stack">{cards}</div></div>'
    )


def _agreement(run: Run) -> str:
    bounds = run.summary.get("intervals", {})
    counts = run.summary.get("counts", {})
    rows = [
        [titled(name), figure(name, value), between(tuple(bounds[name]), name) if name in bounds else "–"]
        for name, value in run.figures.items()
    ]
    few = rows[:5]
    heads = ["Figure", "Value", "95 % interval"]
    numbers = table_of(heads, few)
    if len(rows) > len(few):
        numbers += behind(f"{len(rows) - len(few)} more", table_of(heads, rows[len(few) :]))
    over = ", ".join(f"{count} {name}" for name, count in counts.items()) or many(len(run.rows), "row")
    half = {"all": ", both halves", None: ""}.get(run.recipe.get("half"), f", {run.recipe.get('half')} half")
    return (
        f"<figure><figcaption><h3>{safe(_PEOPLE.get(run.kind, run.kind))}</h3>"
        f"<p>{safe(over)}{safe(half)}; {safe(run.name)}, {safe(day(run))}.</p></figcaption>"
        f'<div class="wide">{numbers}</div></figure>'
    )


def _calibration(run: Run) -> str:
    judged = [
        (row["support"], row["label"]) for row in run.rows if "support" in row and isinstance(row.get("label"), bool)
    ]
    if not judged:
        return ""
    found = plots.bins([float(support) for support, _ in judged], [label for _, label in judged])
    rows = [
        [f"{one.low:.1f} to {one.high:.1f}", str(one.count), f"{one.mean:.2f}", percent(one.share),
         f"{percent(low)} to {percent(high)}"]
        for one in found
        for low, high in [plots.wilson(one.true, one.count)]
    ]  # fmt: skip
    heads = ["Support", "Pairs", "Mean support", "Labelled true", "95 % interval"]
    return _plot(
        "What support is worth",
        "Of statements with some support, the share that a reader called supported: on the straight line the number "
        "is a "
        f"chance, above it too cautious, below it too trusting. Mean distance {plots.expected_error(found):.3f}.",
        plots.reliability(found, SUPPORTED),
        ["labelled true"],
        table_of(heads, rows),
    )
