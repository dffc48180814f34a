"""
What the page shows, as HTML: pure functions from the tutor's values to strings.

Every text is escaped here or in `ui.markdown`, and every tag is one of ours. Knows nothing of Gradio, threads or the
network.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tutor.answers import (
    Answer,
    Answered,
    Event,
    EvidenceFound,
    ModelUse,
    Stated,
    Statement,
    Timings,
    Trace,
    Understood,
    Waiting,
    Writing,
    partly,
)
from tutor.conversations import Kept, answer_markdown, kept_answer
from tutor.errors import TutorError
from tutor.fingerprints import fingerprint
from tutor.links import NOTES
from tutor.passages import Quote, Source
from ui import strings as s
from ui.desk import Broken, Opening, Ready, State
from ui.markdown import block, inline

if TYPE_CHECKING:
    from tutor.conversation import Resolved
    from tutor.handbook import Chapter, Handbook, Resource
    from ui.reading import Reading

CARDS = 4  # evidence that is open at once; the rest is one click away
TIP_CHARACTERS = 320
RESOURCES = 4
STOPPED = "stopped"  # the kind of an answer that was kept as far as it had come
_NOT_FOR_READING = ("site", "social")


# -- one turn of the conversation -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """What is known of one question while it is being answered. `phase` only moves forward."""

    question: str
    phase: str = "searching"  # opening, searching, waiting, reading, writing, then done, stopped or failed
    quotes: tuple[Quote, ...] = ()  # numbered from 1 in this order
    milliseconds: float = 0.0
    statements: tuple[Statement, ...] = ()
    unchecked: str = ""
    ahead: int = 0
    answer: Answer | None = None
    error: str = ""
    missing: tuple[str, ...] = ()
    understood: "Resolved | None" = None  # what a follow-up was taken for, where that is not what was typed
    expected: tuple[float, float] | None = None  # seconds to the first word and in all, as answers took of late
    not_kept: str = ""  # why the answer could not be kept
    number: int = 0  # which question of its page it is, from 1; 0 where that is not known

    @property
    def over(self) -> bool:
        return self.phase in ("done", "stopped", "failed")


def after(view: View, event: Event | Opening) -> View:
    """The view once `event` has happened."""
    match event:
        case Opening():
            return replace(view, phase="opening")
        case Understood(resolved=resolved):
            return replace(view, understood=resolved)
        case EvidenceFound(quotes=quotes, milliseconds=milliseconds, missing=missing):
            quotes = _numbered((), quotes)
            return replace(view, phase="reading", quotes=quotes, milliseconds=milliseconds, missing=missing)
        case Waiting(ahead=ahead):
            return replace(view, phase="waiting", ahead=ahead)
        case Writing(unchecked=unchecked):
            return replace(view, phase="writing", unchecked=unchecked)
        case Stated(statement=statement):
            quotes = _numbered(view.quotes, statement.quotes)
            return replace(view, statements=(*view.statements, statement), quotes=quotes, unchecked="")
        case Answered(answer=answer):
            quotes = _numbered(view.quotes, (q for one in answer.statements for q in one.quotes))
            view = replace(view, statements=answer.statements, quotes=quotes, missing=answer.missing)
            return replace(view, phase="done", answer=answer, unchecked="", ahead=0)


def stopped(view: View) -> View:
    return replace(view, phase="stopped", unchecked="")


def failed(view: View, error: Exception) -> View:
    """The view of a question that could not be answered: one line for a person, never a traceback."""
    message = str(error) if isinstance(error, TutorError) else s.ERROR_UNKNOWN.format(kind=type(error).__name__)
    return replace(view, phase="failed", error=message, unchecked="")


def outcome(view: View) -> Answer | None:
    """
    What is kept of a turn: the answer with all quotes in the order of their numbers, or of one that was stopped as much
    as had passed the check. None where nothing was stated.
    """
    if view.answer is not None:
        timings = replace(view.answer.timings, evidence=view.milliseconds)
        return replace(view.answer, evidence=view.quotes, timings=timings)
    if not view.statements:
        return None
    timings, trace = Timings(evidence=view.milliseconds), Trace(view.question, "", 0.0, {}, ())
    return Answer(view.question, STOPPED, view.statements, view.quotes, None, (), ModelUse(""), timings, trace)


def as_kept(answer: Answer) -> View:
    """The view of a kept answer: what stood on the page when it was given."""
    quotes = _numbered(answer.evidence, (q for one in answer.statements for q in one.quotes))
    view = View(answer.question, "done", quotes, answer.timings.evidence, answer.statements)
    view = replace(view, missing=answer.missing, understood=answer.understood)
    return stopped(view) if answer.kind == STOPPED else replace(view, answer=answer)


def turn(view: View, handbook: "Handbook | None" = None, number: int | None = None, waited: float = 0.0) -> str:
    """
    A question and what has become of it. `number`: of the conversation as it is kept; `waited`: seconds since it was
    asked.
    """
    declined = view.answer is not None and view.answer.declined
    busy = str(not view.over).lower()
    parts = [
        _asked(view),
        f'<p class="understood">{escape(understood(view.understood))}</p>' if view.understood else "",
        _evidence(view) if not declined else "",
        f'<div class="answer" aria-live="polite" aria-busy="{busy}">{_answer(view, handbook, waited)}</div>',
        _nearest(view) if declined else "",
        _after_answer(view),
    ]
    kind = "declined" if declined else "partial" if view.over and view.missing else ""
    here = f' data-conversation="{number}"' if number is not None else ""
    here += f' data-asked="{view.number}"' if view.number else ""
    return f'<article class="turn {" ".join(filter(None, (kind, view.phase)))}"{here}>{"".join(parts)}</article>'


def _asked(view: View) -> str:
    edit = (
        f'<button class="edit" type="button" data-edit="{escape(view.question)}" title="{escape(s.EDIT)}">'
        f'<span aria-hidden="true">✎</span><span class="unseen">{escape(s.EDIT)}</span></button>'
    )
    return f'<div class="asked"><h2 class="question">{_lines(view.question)}</h2>{edit}</div>'


def understood(resolved: "Resolved") -> str:
    """What a follow-up was taken for, as one line."""
    asked = [s.WANTED[want] for want in sorted(resolved.wants)]
    if resolved.level != "intermediate":
        asked.append(s.WANTED[resolved.level])
    return s.UNDERSTOOD.format(question=resolved.question) + (f" ({', '.join(asked)})" if asked else "")


def _answer(view: View, handbook: "Handbook | None", waited: float) -> str:
    if view.error:
        return f'<p class="notice error"><strong>{escape(s.ERROR)}.</strong> {escape(view.error)}</p>'
    if view.answer is not None and view.answer.declined:
        return _declined(view.answer, handbook)
    made = f'<p class="notice partly">{escape(partly(view.missing))}</p>' if view.missing else ""
    made += "".join(_statement(one, view.quotes) for one in view.statements)
    if view.phase == "stopped":
        made += f'<p class="notice quiet">{escape(s.STOPPED if view.statements else s.STOPPED_EARLY)}</p>'
    elif not view.over:
        made += _busy(view, waited)
    answer = view.answer
    if answer is not None:
        if answer.trace.trouble:
            made += f'<p class="notice quiet">{escape(s.TROUBLE.format(why=answer.trace.trouble))}</p>'
        if answer.kind == "handbook" and answer.chapter is not None:
            made += _chapter(answer.chapter, handbook)
    return made


def _statement(statement: Statement, quotes: Sequence[Quote]) -> str:
    chips = "".join(_chip(_number(quote, quotes), quote, statement) for quote in statement.quotes)
    kind = "statement quoted" if statement.quoted else "statement"
    return f'<p class="{kind}">{inline(statement.text)}{chips}</p>'


def _chip(number: int, quote: Quote, statement: Statement) -> str:
    label = (s.CHIP_QUOTED if statement.quoted else s.CHIP_CHECKED).format(n=number, title=quote.title)
    how = s.TIP_QUOTED if statement.quoted else s.TIP_CHECKED.format(support=f"{statement.support:.0%}")
    tip = (
        f'<span class="tip" aria-hidden="true"><b>{escape(place(quote))}</b>{_shortened(quote.text)}'
        f'<i class="how">{escape(how)}</i></span>'
    )
    return f'<button class="chip" type="button" aria-label="{escape(label)}"{where(quote)}>{number}{tip}</button>'


def _busy(view: View, waited: float) -> str:
    """What happens now. Words of the Writer that nobody has checked are named so, and look like nothing else."""
    if view.phase == "writing" and view.unchecked.strip():
        draft = f'<span class="label">{escape(s.UNCHECKED)}</span> <span class="words">{escape(view.unchecked)}</span>'
        return f'<p class="unchecked" aria-hidden="true">{draft}</p>'
    words = {
        "opening": s.WAITING_OPENING,
        "searching": s.SEARCHING,
        "waiting": s.number(s.QUEUE, view.ahead),
        "reading": s.READING_EVIDENCE,
    }.get(view.phase, s.CHECKING)
    clock = f'<span class="clock" aria-hidden="true">{escape(_clock(view, waited))}</span>'
    dots = '<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>'
    return f'<p class="busy">{dots}{escape(words)} {clock}</p>'


def _clock(view: View, waited: float) -> str:
    """How long it has been, and how long it takes as a rule; nothing in the first second."""
    usual = ""
    if view.expected and view.phase in ("waiting", "reading"):
        first, whole = view.expected
        usual = s.USUALLY.format(time=_seconds(first + view.ahead * whole))
    so_far = _seconds(waited) if waited >= 1 else ""
    return " · ".join(part for part in (so_far, usual) if part)


def _seconds(seconds: float) -> str:
    return duration(max(1, round(seconds)) * 1000) if seconds >= 10 else f"{max(1, round(seconds))} s"


def _evidence(view: View) -> str:
    if not view.quotes:
        return ""
    head = s.number(s.EVIDENCE_FOUND, len(view.quotes), ms=duration(view.milliseconds))
    return (
        f'<section class="evidence" aria-label="{escape(s.EVIDENCE)}">'
        f'<p class="head"><b>{escape(s.EVIDENCE)}</b> <span>{escape(head)}</span></p>{_cards(view.quotes)}</section>'
    )


def _cards(quotes: Sequence[Quote]) -> str:
    cards = [_card(number, quote) for number, quote in enumerate(quotes, 1)]
    made = f'<ol class="cards">{"".join(cards[:CARDS])}</ol>'
    if cards[CARDS:]:
        more = s.number(s.EVIDENCE_MORE, len(cards) - CARDS)
        rest = f'<ol class="cards" start="{CARDS + 1}">{"".join(cards[CARDS:])}</ol>'
        made += f"<details><summary>{escape(more)}</summary>{rest}</details>"
    return made


def _card(number: int, quote: Quote) -> str:
    label = s.QUOTE_OPEN.format(n=number, title=place(quote))
    return (
        f'<li class="card"><button class="open" type="button" aria-label="{escape(label)}"{where(quote)}>'
        f'<span class="n">{number}</span><span class="place">{escape(quote.title)}</span></button>'
        f'<p class="heading">{escape(" › ".join(_path(quote)))}&nbsp;</p>'
        f'<p class="snippet">{inline(quote.text)}</p></li>'
    )


def _nearest(view: View) -> str:
    """What came nearest to a question that is not covered; folded, since it does not answer it."""
    if not view.quotes:
        return ""
    return f'<details class="evidence"><summary>{escape(s.NEAREST)}</summary>{_cards(view.quotes)}</details>'


def _declined(answer: Answer, handbook: "Handbook | None") -> str:
    head = f'<p class="verdict">{escape(s.DECLINED)}</p>'
    if answer.chapter is None:
        return f'{head}<p class="statement">{escape(s.DECLINED_MORE)}</p>'
    return head + _chapter(answer.chapter, handbook)


def _chapter(chapter: "Chapter", handbook: "Handbook | None") -> str:
    """A chapter of the handbook with what to read there."""
    section = f' <span class="quiet">{escape(handbook.section_of(chapter).heading)}</span>' if handbook else ""
    made = f'<p class="chapter"><b>{escape(s.NEAREST_CHAPTER)}</b> {outward(chapter.url, chapter.title)}{section}</p>'
    listed = resources(chapter)
    return f'{made}<p class="label">{escape(s.READ_THERE)}</p>{listed}' if listed else made


def resources(chapter: "Chapter", most: int = RESOURCES) -> str:
    """The first things to read in a chapter, as a list of links."""
    ordered = sorted(
        (r for r in chapter.resources if r.kind not in _NOT_FOR_READING), key=lambda r: r.emphasis == "mention"
    )
    return f'<ul class="resources">{"".join(_resource(r) for r in ordered[:most])}</ul>' if ordered else ""


def _resource(resource: "Resource") -> str:
    more = [s.KINDS.get(resource.kind, resource.kind), resource.author or ""]
    about = escape(" · ".join(one for one in more if one))
    return f'<li>{outward(resource.url, resource.title)} <span class="quiet">{about}</span></li>'


# What can be asked of the form of an answer: the label of a button, and what a click on it asks.
_FORMS = ((s.FORM_SIMPLER, s.FORM_SIMPLER_ASKS), (s.FORM_DEEPER, s.FORM_DEEPER_ASKS), (s.FORM_MATHS, s.FORM_MATHS_ASKS))


def _after_answer(view: View) -> str:
    if not view.over:
        return ""
    answer = view.answer
    kept = f'<p class="notice quiet">{escape(s.NOT_KEPT.format(why=view.not_kept))}</p>' if view.not_kept else ""
    made = [kept, _support(view), _tools(view)]
    if answer is not None:
        made += [_follow_ups(answer), _trace(answer)]
    return "".join(made)


def _support(view: View) -> str:
    """How an answer's sentences stand to their sources, in one quiet line."""
    if not view.statements or (view.answer is not None and view.answer.kind == "handbook"):
        return ""
    quoted = sum(one.quoted for one in view.statements)
    own = [one.support for one in view.statements if not one.quoted]
    parts = [s.number(s.SUPPORT_QUOTED, quoted)] if quoted else []
    parts += [s.number(s.SUPPORT_CHECKED, len(own), least=f"{min(own):.0%}")] if own else []
    return f'<p class="support">{escape("; ".join(parts))}.</p>'


def _tools(view: View) -> str:
    """What can be done with an answer: ask for another form, copy it, ask again, call it wrong."""
    answer, forms = view.answer, ""
    if answer is not None and not answer.declined and answer.kind != "handbook":
        forms = "".join(
            f'<button class="form" type="button" data-ask="{escape(asks)}">{escape(label)}</button>'
            for label, asks in _FORMS
        )
    again = f'<button class="again" type="button" data-again="{escape(view.question)}">{escape(s.AGAIN)}</button>'
    copy = wrong = ""
    if kept := outcome(view):
        told = f'data-copy="{escape(copied(kept))}" data-copied="{escape(s.COPIED)}"'
        told += f' data-failed="{escape(s.COPY_FAILED)}"'
        copy = f'<button class="copy" type="button" {told}>{escape(s.COPY)}</button>'
    if answer is not None:
        wrong = f'<button class="wrong" type="button" data-wrong="{escape(view.question)}">{escape(s.WRONG)}</button>'
    return f'<div class="after">{forms}{copy}{again}{wrong}<p class="wrong-told" role="status"></p></div>'


def copied(answer: Answer) -> str:
    """An answer as it is copied: Markdown, with what its numbers stand for."""
    return "\n\n".join(answer_markdown(kept_answer(answer)))


def earlier(number: int, count: int) -> str:
    """A button that brings the turns of a kept conversation that stand before those on the page; "" for none."""
    if not count:
        return ""
    told = f'data-earlier="{number}" data-before="{count}"'
    return f'<p class="earlier"><button type="button" {told}>{escape(s.number(s.EARLIER, count))}</button></p>'


def _follow_ups(answer: Answer) -> str:
    if not answer.follow_ups:
        return ""
    buttons = "".join(_asking(question) for question in answer.follow_ups)
    return f'<div class="follow-ups"><p class="label">{escape(s.FOLLOW_UPS)}</p>{buttons}</div>'


def _asking(question: str, topic: str = "") -> str:
    """A button that asks a question."""
    above = f'<span class="topic">{escape(topic)}</span>' if topic else ""
    return f'<button class="ask" type="button" data-ask="{escape(question)}">{above}{escape(question)}</button>'


def _trace(answer: Answer) -> str:
    trace, model, times = answer.trace, answer.model, answer.timings
    spans = [s.TRACE_EVIDENCE.format(evidence=duration(times.evidence))]
    if times.first_word is not None:
        spans.append(s.TRACE_FIRST_WORD.format(first_word=duration(times.first_word)))
    spans.append(s.TRACE_TOTAL.format(total=duration(times.total)))
    used = escape(model.name)
    if model.prompt_tokens:
        tokens = s.TRACE_TOKENS.format(
            prompt=model.prompt_tokens, budget=model.budget_tokens, output=model.output_tokens
        )
        used += f"; {escape(tokens)}"
    facts = [(s.TRACE_ASKED, escape(trace.asked)), (s.TRACE_MODEL, used)]
    if times.total:  # of a kept answer no more is known
        facts.insert(1, (s.TRACE_CHANCE, f"{trace.chance:.0%}"))
        facts.append((s.TRACE_TIMES, escape(", ".join(spans))))
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in facts)
    return (
        f'<details class="trace"><summary>{escape(s.TRACE)}</summary><dl>{listed}</dl>{_struck(trace)}{_hits(trace)}'
        "</details>"
    )


def _struck(trace: Trace) -> str:
    if not trace.struck:
        return ""
    items = "".join(
        f"<li><s>{escape(one.text)}</s> <span>{escape(_why(one.reason, one.support))}</span></li>"
        for one in trace.struck
    )
    return f'<p class="label">{escape(s.TRACE_STRUCK)}</p><ul>{items}</ul>'


def _why(reason: str, support: float) -> str:
    return s.TRACE_STRUCK_ITEM.format(reason=reason, support=support)


def _hits(trace: Trace) -> str:
    items = "".join(
        f"<li><span>{score:.2f}</span> {escape(shown_address(url))}{escape(' › ' + heading if heading else '')}</li>"
        for url, heading, score, _ in trace.hits
    )
    return f'<p class="label">{escape(s.TRACE_HITS)}</p><ol>{items}</ol>' if items else ""


def _numbered(known: tuple[Quote, ...], more: Iterable[Quote]) -> tuple[Quote, ...]:
    """The quotes in the order in which they were first met, each once."""
    found = {_span(quote): quote for quote in known}
    for quote in more:
        found.setdefault(_span(quote), quote)
    return tuple(found.values())


def _number(quote: Quote, quotes: Sequence[Quote]) -> int:
    return next(n for n, other in enumerate(quotes, 1) if _span(other) == _span(quote))


def _span(quote: Quote) -> tuple[int, int, int]:
    return (quote.source, quote.start, quote.end)


def where(quote: Quote) -> str:
    """What the reader needs to open at a quote."""
    link = href(quote.link)
    onward = f' data-link="{escape(link)}"' if link else ""
    span = f'data-source="{quote.source}" data-start="{quote.start}" data-end="{quote.end}"'
    return f' {span} data-words="{fingerprint(quote.text)}"{onward}'


def place(quote: Quote) -> str:
    return " › ".join([quote.title, *_path(quote)])


def _path(quote: Quote) -> list[str]:
    """Where in its source a quote stands: its page or time, and the headings above it."""
    return [part for part in (quote.spot, *_headings(quote)) if part]


def _headings(quote: Quote) -> list[str]:
    """The heading path without the source's own title, which stands before it."""
    return [part for part in quote.heading.split(" > ") if part and part != quote.title]


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    if len(words) > TIP_CHARACTERS:
        words = words[:TIP_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return inline(words)


# -- the empty page, the status line --------------------------------------------------------------------------------


def welcome() -> str:
    """What stands in the conversation before the first question; the page adds `standing` when it is known."""
    samples = "".join(_asking(question, topic) for topic, question in s.SAMPLES)
    topic, goal = s.SAMPLE_PLAN
    samples += (
        f'<button class="ask" type="button" data-goal="{escape(goal)}"><span class="topic">{escape(topic)}</span>'
        f"{escape(goal)}</button>"
    )
    return (
        f'<section class="welcome"><h2>{escape(s.HELLO)}</h2><p>{escape(s.HELLO_MORE)}</p>'
        f'<div class="samples" role="group" aria-label="{escape(s.SAMPLES_LABEL)}">{samples}</div>'
        '<div class="standing"></div><div class="readings" data-readings></div><aside class="offer" data-offer></aside>'
        "</section>"
    )


def standing(only_notes: bool, keeper: bool) -> str:
    """What the library holds so far; `keeper`: with a button that has the handbook's articles read."""
    if not only_notes:
        return ""
    door = (
        f'<button type="button" class="door" data-shelf="handbook">{escape(s.READ_ARTICLES)}</button>' if keeper else ""
    )
    return f'<div class="notes-only"><p class="quiet">{escape(s.ONLY_NOTES)}</p>{door}</div>'


def status(state: State, reading: "Reading | None" = None) -> str:
    """One line that says what is ready, as plain text. `reading`: what is read meanwhile."""
    so_far = reading.progress if reading else None
    read = s.STATUS_READING.format(done=so_far.done, total=so_far.total) if so_far and so_far.total else ""
    return read + _state(state)


def _state(state: State) -> str:
    match state:
        case Opening(passages=done, of=of):
            if of and done >= of:
                return s.OPENING_MODEL
            return s.OPENING_ENCODING.format(done=done, total=of) if of else s.OPENING
        case Broken(message=message):
            return message
        case Ready(notes=notes, articles=articles, model=model, trouble=trouble):
            held = [s.number(s.NOTES, notes)] if notes else []
            held += [s.number(s.ARTICLES, articles)] if articles else []
            line = s.READY.format(library=", ".join(held), model=model or s.READY_QUOTES)
            return f"{line}. {trouble}" if trouble else line


# -- conversations that were kept -----------------------------------------------------------------------------------


def talks(
    listed: Sequence[Kept],
    words: str = "",
    current: int | None = None,
    trouble: str = "",
    under_way: Collection[int] = (),
    today: date | None = None,
) -> str:
    """
    A learner's conversations, each with what can be done with it. `words`: what was searched for; `current`: the one
    that is open; `under_way`: those in which an answer is on its way. Nothing at all where there are none.
    """
    told = f'<p class="notice error" role="alert">{escape(trouble)}</p>' if trouble else ""
    if not listed:
        return told + (f'<p class="none quiet" role="status">{escape(s.TALKS_NONE)}</p>' if words.strip() else "")
    rows = "".join(_talk(one, one.id == current, one.id in under_way, today or date.today()) for one in listed)
    return f'{told}<ul class="talks">{rows}</ul>'


def _talk(kept: Kept, current: bool, under_way: bool, today: date) -> str:
    about = (
        s.TALK_UNDER_WAY
        if under_way
        else s.TALK_ABOUT.format(turns=s.number(s.TALK_TURNS, kept.turns), day=day_of(kept.changed, today))
    )
    which = f'data-number="{kept.id}" data-title="{escape(kept.title)}"'
    here = ' aria-current="true"' if current else ""
    more = escape(s.TALK_MORE.format(title=kept.title))
    return (
        f'<li class="talk"><button class="open" type="button" data-act="open" {which}{here}>'
        f'<span class="title">{escape(kept.title)}</span><span class="about">{escape(about)}</span></button>'
        f'<details name="talk"><summary aria-label="{more}" title="{more}"><span aria-hidden="true">⋯</span></summary>'
        f'<div class="acts"><button type="button" data-act="rename" {which}>{escape(s.TALK_RENAME)}</button>'
        f'<a href="/tutor/conversations/{kept.id}.md" download aria-label="{escape(s.TALK_EXPORT_MORE)}">'
        f"{escape(s.TALK_EXPORT)}</a>"
        f'<button type="button" data-act="delete" {which}>{escape(s.TALK_DELETE)}</button></div></details></li>'
    )


def day_of(moment: str, today: date) -> str:
    """The day of a kept moment, on the clock of this computer."""
    day = datetime.fromisoformat(moment).astimezone().date()
    if today - day in (timedelta(0), timedelta(1)):
        return s.TODAY if day == today else s.YESTERDAY
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


# -- reader ---------------------------------------------------------------------------------------------------------


def reader(
    source: Source,
    marked: tuple[int, int] | None = None,
    link: str | None = None,
    chapter: "Chapter | None" = None,
    as_of: str | None = None,
    changed: bool = False,
) -> str:
    """
    A source as the reader shows it, with the quote marked; `link` opens the original at the quote.

    `as_of`: the day on which a page was read that is gone by now. `changed`: the quote is not in the text any more.
    """
    text = source.text
    title = re.match(r"#[ \t]+(.+?)[ \t]*(?:\n|$)", text)
    if title and title[1] == source.title and (marked is None or marked[0] >= title.end()):
        # The title stands above already.
        text = text[title.end() :]
        marked = (marked[0] - title.end(), marked[1] - title.end()) if marked else None
    about = [
        s.READER_NOTE if source.kind == "note" else s.KINDS.get(source.kind, source.kind),
        (source.author or "") if source.kind != "note" else "",
        source.published or "",
        s.number(s.WORDS, source.words),
        s.number(s.MINUTES, source.minutes),
    ]
    meta = escape(" · ".join(one for one in about if one))
    archived = f'<p class="quiet">{escape(s.READER_ARCHIVED)}</p>' if source.archived else ""
    lost = f'<p class="notice">{escape(s.READER_CHANGED)}</p>' if changed else ""
    gone = f'<p class="quiet">{escape(s.READER_GONE.format(date=as_of))}</p>' if as_of else ""
    return (
        f'<header><h2 tabindex="-1">{escape(source.title)}</h2><p class="quiet">{meta}</p>{archived}{gone}{lost}'
        f"{_onward(source, link, chapter)}</header>"
        f'<div class="text" lang="{escape(source.language or "en")}">{_raised(block(text, marked))}</div>'
    )


def _raised(html: str) -> str:
    """A text whose highest headings are h3, below the title: where that was cut off, its sections move up."""
    highest = min((int(level) for level in re.findall(r"<h([3-6])>", html)), default=3)
    return re.sub(r"(</?h)([3-6])>", lambda tag: f"{tag[1]}{int(tag[2]) - highest + 3}>", html)


def reader_missing() -> str:
    return f'<p class="notice quiet">{escape(s.READER_MISSING)}</p>'


def _onward(source: Source, link: str | None, chapter: "Chapter | None") -> str:
    """Where a source leads: to its original, or from a starter note to the chapter's resources."""
    if source.url.startswith(NOTES):
        listed = resources(chapter, 6) if chapter else ""
        return f'<details class="own"><summary>{escape(s.READER_CHAPTER)}</summary>{listed}</details>' if listed else ""
    # The link comes with the request, and anybody can make one that opens the reader: it leads to this source alone.
    quoted = link if link and href(link) and _host(link) == _host(source.url) else None
    address = quoted or href(source.url)
    if address is None:
        return ""
    words = s.READER_ORIGINAL if quoted else s.READER_PAGE
    plain = f'<span class="quiet">{escape(shown_address(source.url))}</span>'
    return f'<p class="onward">{outward(address, words)} {plain}</p>'


# -- small things ---------------------------------------------------------------------------------------------------


def duration(milliseconds: float) -> str:
    """42 ms, 1.6 s, 48 s, 12 min, 1 h 5 min."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{milliseconds:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def href(url: str) -> str | None:
    """The address, if it is one of the web: nothing else becomes a link."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") and _host(url) else None
    except ValueError:  # half an IPv6 address
        return None


def _host(url: str) -> str:
    return urlsplit(url).netloc


def outward(url: str, words: str) -> str:
    """A link that leaves the page, or its words alone where the address is none of the web."""
    address = href(url)
    if address is None:
        return escape(words)
    hint = f'<span class="unseen"> {escape(s.NEW_WINDOW)}</span>'
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(words)}{hint}</a>'


def shown_address(url: str) -> str:
    """An address without what every address has."""
    return re.sub(r"^https?://(www\.)?", "", url).rstrip("/")


def _lines(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br>")
