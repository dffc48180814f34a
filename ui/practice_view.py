"""
The Practice tab as HTML: pure functions from a learner's cards and answers to strings.

Every text is escaped here or in `ui.markdown`, and every tag is one of ours. What a key or a click does is in
`static/practice.js`, which finds what to send in `data-` attributes. Knows nothing of the network or of the library.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from math import ceil

from tutor.cards import CHOICE, NUMBER, ORDER, RECALL, Card
from tutor.grading import NEARLY, RIGHT, WRONG, options, shown
from tutor.handbook import Chapter, Handbook, Section
from tutor.links import NOTES
from tutor.passages import Quote
from tutor.practice import EASY, Due, Mastery, Settled, Standing, as_given
from tutor.rounds import NEW, REVIEW, ROUND, Asked, Round
from ui import strings as s
from ui.markdown import inline
from ui.render import outward, place, where

TO_LOOK_AT = 4  # chapters to look at again that are named at once
LETTERS = "ABCDEFGHIJ"
_SIGNS = {RIGHT: "✓", EASY: "✓", NEARLY: "≈", WRONG: "✗"}


@dataclass(frozen=True, slots=True)
class Overview:
    """What the start page tells. `due`: cards due by chapter; `since`: the first of them; `again`: why, by chapter."""

    now: datetime
    standing: Standing
    since: datetime | None
    due: Mapping[str, int]
    mastery: Mapping[str, Mastery]
    again: Mapping[str, str] = field(default_factory=dict)


# -- the whole tab --------------------------------------------------------------------------------------------------


def frame(opening: str = s.PRACTICE_OPENING) -> str:
    """The tab before anything is known: where its content goes, and where what happened is told to screen readers."""
    return (
        f'<div id="practice-place" data-failed="{escape(s.PRACTICE_FAILED)}" '
        f'data-not-ordered="{escape(s.CARD_NOT_ORDERED)}" data-step-at="{escape(s.CARD_STEP_AT)}">'
        f'<p class="quiet">{escape(opening)}</p></div><p id="practice-said" class="unseen" role="status"></p>'
    )


def waiting(words: str) -> str:
    """What stands in the tab while there is no library: the page asks again."""
    return f'<p class="quiet" data-waiting>{escape(words)}</p>'


def notice(words: str) -> str:
    return f'<p class="notice" role="alert">{escape(words)}</p>'


def _root(kind: str, key: str, content: str, said: str = "") -> str:
    """One view. `key` tells whether the page shows it already; `said` is what a screen reader says of it."""
    return f'<section class="practice {kind}" data-key="{escape(key)}" data-said="{escape(said)}">{content}</section>'


def _act(act: str, words: str, kind: str = "", **data: object) -> str:
    """A button that asks the server for something. `words` is HTML."""
    more = "".join(f' data-{name.replace("_", "-")}="{escape(str(value))}"' for name, value in data.items())
    return f'<button type="button" class="{kind}" data-do="{act}"{more}>{words}</button>'


def _words(words: str, of: str) -> str:
    """A button's words, and for screen readers what they are about."""
    return f'{escape(words)}<span class="unseen">: {escape(of)}</span>'


def _key(key: str) -> str:
    return f'<kbd aria-hidden="true">{escape(key)}</kbd>'


# -- the start ------------------------------------------------------------------------------------------------------


def start(view: Overview, book: Handbook, told: str = "") -> str:
    """What is due, what is new, and every chapter with how well it is known. `told`: why nothing was begun."""
    return _root(
        "start",
        "start",
        f'<header><h2 tabindex="-1">{escape(s.PRACTICE_HEAD)}</h2>'
        f'<p class="lead">{escape(_standing(view))}</p></header>'
        f'{notice(told) if told else ""}<div class="trouble" role="alert"></div>{_doors(view.standing)}'
        f"{_again(view, book)}{_chapters(view, book)}{_anki()}",
    )


def _standing(view: Overview) -> str:
    if not view.standing.seen:
        return s.PRACTICE_FIRST
    if view.standing.due:
        earlier = view.since is not None and view.since.date() < view.now.date()
        since = s.PRACTICE_SINCE.format(day=day(view.since, view.now)) if earlier and view.since else ""
        first = s.number(s.PRACTICE_DUE, view.standing.due, since=since)
    else:
        first = f"{s.PRACTICE_NOT_DUE} {_next_due(view.standing, view.now)}".strip()
    new = s.number(s.PRACTICE_NEW_LEFT, view.standing.new) if view.standing.new else s.PRACTICE_NEW_NONE
    return f"{first} {new}"


def _next_due(standing: Standing, now: datetime) -> str:
    return s.PRACTICE_NEXT_DUE.format(when=again(standing.next_due, now)) if standing.next_due else ""


def _doors(standing: Standing) -> str:
    """The ways to begin, the likeliest first."""
    doors = []
    if standing.due:
        doors.append((REVIEW, s.number(s.PRACTICE_REVIEW, min(standing.due, ROUND))))
    if standing.new:
        doors.append((NEW, s.number(s.PRACTICE_LEARN, min(standing.new, ROUND))))
    buttons = (
        _act("begin", escape(words), "primary" if at == 0 else "plain", chosen=chosen)
        for at, (chosen, words) in enumerate(doors)
    )
    return f'<div class="doors">{"".join(buttons)}</div>' if doors else ""


def _again(view: Overview, book: Handbook) -> str:
    titles = {chapter.id: chapter for chapter in book.chapters}
    there = [(titles[id], why) for id, why in view.again.items() if id in titles][:TO_LOOK_AT]
    rows = "".join(
        f'<li><span class="title">{escape(chapter.title)}</span><span class="why">{escape(_sentence(why))}</span>'
        f'<span class="ways">{_practise(chapter, view)}{_note(chapter.id, chapter.title)}</span></li>'
        for chapter, why in there
    )
    return f'<section class="again"><h3>{escape(s.PRACTICE_AGAIN)}</h3><ul>{rows}</ul></section>' if rows else ""


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:] + "."


def _practise(chapter: Chapter, view: Overview) -> str:
    if chapter.id not in view.mastery:
        return ""
    return (
        f'<button type="button" class="plain" data-practise="{escape(chapter.id)}">'
        f"{_words(s.PRACTISE, chapter.title)}</button>"
    )


def _note(chapter: str, title: str) -> str:
    """A button that opens the chapter's note in the reader."""
    return (
        f'<button type="button" class="plain" data-url="{escape(NOTES + chapter)}">'
        f"{_words(s.PRACTICE_NOTE, title)}</button>"
    )


def _chapters(view: Overview, book: Handbook) -> str:
    busy = {*view.due, *view.again, *(id for id, one in view.mastery.items() if one.seen)}
    sections = "".join(_section(section, view, _open(section, book, busy)) for section in book.sections)
    return (
        f'<section class="chapters"><h3>{escape(s.PRACTICE_CHAPTERS)}</h3>'
        f'<p class="quiet">{escape(s.PRACTICE_CHAPTERS_MORE)}</p>{sections}</section>'
    )


def _open(section: Section, book: Handbook, busy: Iterable[str]) -> bool:
    """Sections that the learner is busy with are unfolded; the first one, where there is none yet."""
    busy = set(busy)
    if not busy:
        return section is book.sections[0]
    return any(chapter.id in busy for chapter in section.chapters)


def _section(section: Section, view: Overview, unfolded: bool) -> str:
    every = [view.mastery[chapter.id] for chapter in section.chapters if chapter.id in view.mastery]
    whole = Mastery(
        sum(one.share * one.cards for one in every) / max(1, sum(one.cards for one in every)),
        sum(one.seen for one in every),
        sum(one.cards for one in every),
    )
    due = sum(view.due.get(chapter.id, 0) for chapter in section.chapters)
    rows = "".join(_chapter(chapter, view) for chapter in section.chapters)
    words = _words(s.PRACTICE_SECTION, section.heading)
    all_ = _act("begin", words, "plain", chosen=section.id) if whole.cards else ""
    return (
        f'<details data-section="{escape(section.id)}"{" open" if unfolded else ""}><summary>'
        f'<span class="title">{escape(section.heading)}</span>{_known(whole, due)}</summary>'
        f"<ul>{rows}</ul>{all_}</details>"
    )


def _chapter(chapter: Chapter, view: Overview) -> str:
    known = view.mastery.get(chapter.id)
    title = f'<span class="title">{escape(chapter.title)}</span>'
    if known is None:
        return f'<li class="none">{title}</li>'
    return (
        f'<li><button type="button" data-practise="{escape(chapter.id)}">{title}'
        f"{_known(known, view.due.get(chapter.id, 0))}</button></li>"
    )


def _known(mastery: Mastery, due: int) -> str:
    """How much is known, as a bar and in words."""
    if not mastery.cards:
        return ""
    words = s.PRACTICE_KNOWN.format(known=round(mastery.share * mastery.cards), cards=mastery.cards)
    waiting = f'<b class="due">{escape(s.number(s.PRACTICE_COUNT_DUE, due))}</b>' if due else ""
    return (
        f'<span class="known">{waiting}<span class="words">{escape(words)}</span>'
        f'<span class="bar" aria-hidden="true"><i style="width:{mastery.share:.0%}"></i></span></span>'
    )


def _anki() -> str:
    return (
        f'<p class="anki"><span>{escape(s.PRACTICE_ANKI)}</span> '
        f'<a href="/tutor/practice/cards.apkg" download>{escape(s.PRACTICE_ANKI_DOES)}</a></p>'
    )


# -- a card, asked --------------------------------------------------------------------------------------------------


def question(round: Round, title: str, told: str = "") -> str:
    """The card that is asked now. `title`: its chapter's; `told`: what happened to bring it here."""
    asked = round.current
    assert asked is not None
    card = asked.card
    content = (
        f"{_top(round, title)}{notice(told) if told else ''}"
        f'<h2 id="card-ask" tabindex="-1">{inline(card.ask)}</h2>{_FORMS[card.kind](asked)}'
        f'<div class="trouble" role="alert"></div>'
        f'<div class="actions">{_sends(card)}{_unknown()}</div>'
        f"{_keys(_keys_of(card, undo=bool(round.answers)))}"
    )
    return _root(f"asking {card.kind}", f"ask {card.id} {asked.seed}", _carded(content, card))


def _carded(content: str, card: Card) -> str:
    return f'<div class="face" data-card="{escape(card.id)}">{content}</div>'


def _top(round: Round, title: str) -> str:
    """Where the learner is in the round, and the ways out of it and back."""
    position = s.CARD_POSITION.format(n=round.at + 1, of=len(round.asked))
    undo = ""
    if round.answers:
        undo = _undo()
    track = "".join(_segment(one, at, round.at) for at, one in enumerate(round.asked))
    back = _act("leave", f'<span aria-hidden="true">←</span> {escape(s.CARD_LEAVE)}', "link")
    return (
        f'<header class="top">{back}<span class="position">{escape(position)}</span>{undo}</header>'
        f'<ol class="track" aria-hidden="true">{track}</ol><p class="chapter">{escape(title)}</p>'
    )


def _undo() -> str:
    return _act("undo", f"{_words(s.CARD_UNDO, s.CARD_UNDO_MORE)} {_key('U')}", "link")


def _segment(asked: Asked, at: int, now: int) -> str:
    outcome = asked.review.outcome if asked.review else ""
    return f'<li class="{outcome}{" now" if at == now else ""}"></li>'


def _options(asked: Asked) -> str:
    rows = "".join(
        f'<li><button type="button" class="option" data-given="{escape(option)}">'
        f"{_key(str(n))}<span>{inline(option)}</span></button></li>"
        for n, option in enumerate(options(asked.card, asked.seed), 1)
    )
    return f'<ol class="options" aria-labelledby="card-ask">{rows}</ol>'


def _steps(asked: Asked) -> str:
    rows = "".join(
        f'<li data-given="{escape(step)}" data-letter="{letter}"><button type="button" class="step" '
        f'aria-pressed="false">{_key(letter)}<span>{inline(step)}</span></button>'
        f"{_mover('up', step)}{_mover('down', step)}</li>"
        for letter, step in zip(LETTERS, options(asked.card, asked.seed), strict=False)
    )
    return f'<p class="hint">{escape(s.CARD_STEPS_MORE)}</p><ol class="steps" aria-labelledby="card-ask">{rows}</ol>'


def _mover(way: str, step: str) -> str:
    words, sign = (s.CARD_STEP_UP, "↑") if way == "up" else (s.CARD_STEP_DOWN, "↓")
    return (
        f'<button type="button" class="move" data-move="{way}" aria-label="{escape(words.format(step=step))}">'
        f'<span aria-hidden="true">{sign}</span></button>'
    )


def _field(asked: Asked) -> str:
    card = asked.card
    unit = f'<span class="unit">{escape(card.unit)}</span>' if card.unit else ""
    mode = ' inputmode="decimal"' if card.kind == NUMBER else ""
    return (
        f'<form class="typed"><label for="card-field">{escape(_label(card))}</label><div class="line">'
        f'<input id="card-field" name="given" type="text" maxlength="400" autocomplete="off" autocapitalize="off" '
        f'spellcheck="false" enterkeyhint="send" aria-describedby="card-ask"{mode}>{unit}</div></form>'
    )


def _unknown() -> str:
    return _act("unknown", f"{escape(s.CARD_UNKNOWN)} {_key('?')}", "plain")


def _label(card: Card) -> str:
    if card.kind != NUMBER:
        return s.CARD_FIELD
    return s.CARD_FIELD_UNIT.format(unit=card.unit) if card.unit else s.CARD_FIELD_NUMBER


def _sends(card: Card) -> str:
    if card.kind == CHOICE:
        return ""
    return _act("answer", escape(s.CARD_ORDERED if card.kind == ORDER else s.CARD_ANSWER), "primary")


_FORMS = {CHOICE: _options, ORDER: _steps, RECALL: _field, NUMBER: _field}


def _keys_of(card: Card, undo: bool) -> list[tuple[str, str]]:
    count = str(len(card.wrong) + 1) if card.kind == CHOICE else LETTERS[max(0, len(card.steps) - 1)]
    keys = {CHOICE: s.KEYS_CHOICE, ORDER: s.KEYS_ORDER}.get(card.kind, s.KEYS_TYPED)
    told = [(key.format(n=count), does) for key, does in keys]
    return [*told, s.KEYS_UNDO] if undo else told


def _keys(keys: Iterable[tuple[str, str]]) -> str:
    told = "".join(f"<span><kbd>{escape(key)}</kbd> {escape(does)}</span>" for key, does in keys)
    return f'<p class="keys"><b class="unseen">{escape(s.CARD_KEYS)}:</b>{told}</p>'


# -- a card, answered -----------------------------------------------------------------------------------------------


def verdict(round: Round, settled: Settled, quote: Quote | None, title: str, now: datetime, told: str = "") -> str:
    """What came of the answer to the card that is shown: the word, why, the right answer and what settles it."""
    asked, outcome = round.current, settled.review.outcome
    assert asked is not None
    card, given = settled.card, as_given(settled.card, settled.review.given)
    words = _verdict(settled, given)
    why = settled.grade.why if settled.grade.why != "Yes." else ""
    if card.kind == ORDER and given is None:
        why = ""  # the right order stands below, step by step
    when = s.VERDICT_AGAIN.format(when=again(settled.due, now))
    solution = _solution(card, given, outcome, why)
    source = quote is not None
    content = (
        f"{_top(round, title)}{notice(told) if told else ''}"
        f'<h2 id="card-ask" tabindex="-1">{inline(card.ask)}</h2>{_given(asked, given, outcome)}'
        f'<div class="settled {outcome}"><p class="word"><i aria-hidden="true">{_SIGNS[outcome]}</i>{escape(words)}</p>'
        + (f'<p class="why">{inline(why)}</p>' if why else "")
        + f'{solution}{_proof(card, quote)}<p class="when">{escape(when)}</p></div>'
        f'<div class="trouble" role="alert"></div>'
        f'<div class="actions">{_next(round)}{_counts_as(settled, given)}</div>'
        f"{_keys(_keys_after(settled, given, source))}"
    )
    key = f"verdict {settled.review.number} {outcome}"
    said = " ".join(filter(None, [f"{words}.", why, _spoken(card, why, outcome), when]))
    return _root(f"answered {card.kind}", key, _carded(content, card), said)


def _verdict(settled: Settled, given: str | Sequence[str] | None) -> str:
    outcome = settled.review.outcome
    if outcome == WRONG and given is None:
        return s.VERDICT_UNKNOWN
    if outcome != settled.grade.outcome and outcome in s.VERDICT_COUNTED:
        return s.VERDICT_COUNTED[outcome]
    return s.VERDICTS[outcome]


def _given(asked: Asked, given: str | Sequence[str] | None, outcome: str) -> str:
    """What stood there to be answered, with the answer in it: every part where it was, and as large."""
    card = asked.card
    if card.kind == CHOICE:
        rows = "".join(_option(option, card, given) for option in options(card, asked.seed))
        return f'<ol class="options" aria-label="{escape(s.CARD_OPTIONS)}">{rows}</ol>'
    if card.kind == ORDER:
        order = list(given) if given is not None else options(card, asked.seed)
        rows = "".join(_step(step, at, card, given is not None) for at, step in enumerate(order))
        hint = f'<p class="hint">{escape(s.CARD_STEPS_MORE if given is None else s.VERDICT_YOURS)}</p>'
        return f'{hint}<ol class="steps" aria-label="{escape(s.CARD_STEPS)}">{rows}</ol>'
    unit = f'<span class="unit">{escape(card.unit)}</span>' if card.unit else ""
    sign = "" if given is None else f'<i aria-hidden="true">{_SIGNS[outcome]}</i>'
    mine = escape(str(given)) if given is not None else "–"
    return (
        f'<div class="typed"><span class="label">{escape(_label(card))}</span><div class="line">'
        f'<p class="mine {outcome}"><span>{mine}</span>{sign}</p>{unit}</div></div>'
    )


def _option(option: str, card: Card, given: str | Sequence[str] | None) -> str:
    kind, sign, words = "", "·", ""
    mine = given is not None and " ".join(option.split()) == " ".join(str(given).split())
    if option == card.answer:
        kind, sign = "right", _SIGNS[RIGHT]
        words = s.VERDICT_OPTION_YOURS if mine else s.VERDICT_OPTION_RIGHT
    elif mine:
        kind, sign, words = "wrong", _SIGNS[WRONG], s.VERDICT_OPTION_WRONG
    told = f'<span class="unseen">{escape(words)}: </span>' if words else ""
    return (
        f'<li><p class="option {kind}{" mine" if mine else ""}"><kbd aria-hidden="true">{sign}</kbd>'
        f"<span>{told}{inline(option)}</span></p></li>"
    )


def _step(step: str, at: int, card: Card, graded: bool) -> str:
    right = card.steps.index(step) if step in card.steps else at
    kind = ("right" if right == at else "wrong") if graded else ""
    sign = (_SIGNS[RIGHT] if right == at else _SIGNS[WRONG]) if graded else "·"
    words = s.VERDICT_STEP_RIGHT if right == at else s.VERDICT_STEP_WRONG.format(n=right + 1)
    told = f'<span class="unseen"> ({escape(words)})</span>' if graded else ""
    goes = f'<span class="goes" aria-hidden="true">→ {right + 1}</span>' if kind == "wrong" else ""
    return (
        f'<li class="{kind}"><p class="step"><kbd aria-hidden="true">{sign}</kbd>'
        f"<span>{inline(step)}{told}</span></p>{goes}</li>"
    )


def _solution(card: Card, given: str | Sequence[str] | None, outcome: str, why: str) -> str:
    """The right answer, where nothing above it says it."""
    if card.kind == ORDER:
        if outcome in (RIGHT, EASY):
            return ""
        rows = "".join(f"<li>{inline(step)}</li>" for step in card.steps)
        return f'<div class="solution"><b>{escape(s.VERDICT_ORDER)}</b><ol>{rows}</ol></div>'
    told = shown(card)
    said = told in why or (given is not None and " ".join(str(given).split()).lower() == told.lower())
    if said or (card.kind == CHOICE and outcome in (RIGHT, EASY)):
        return ""
    return f'<p class="solution"><b>{escape(s.VERDICT_ANSWER)}:</b> {inline(told)}</p>'


def _spoken(card: Card, why: str, outcome: str) -> str:
    told = shown(card)
    return "" if told in why or outcome in (RIGHT, EASY) else f"{s.VERDICT_ANSWER}: {told}."


def _proof(card: Card, quote: Quote | None) -> str:
    """The words that settle the card, in their source, with the ways there."""
    text = quote.text if quote else card.quote
    ways = ""
    if quote is not None:
        ways = (
            f'<button type="button" class="open"{where(quote)}><span class="unseen">{escape(s.VERDICT_OPEN)}: </span>'
            f'<span class="title">{escape(place(quote))}</span>{_key("S")}</button>'
        )
        if not quote.url.startswith(NOTES):
            ways += f'<span class="outward">{outward(quote.link, s.VERDICT_ORIGINAL)}</span>'
    return (
        f'<figure class="proof" aria-label="{escape(s.VERDICT_PROOF)}"><blockquote>{inline(text)}</blockquote>'
        f"<figcaption>{ways}</figcaption></figure>"
    )


def _next(round: Round) -> str:
    words = s.VERDICT_NEXT if round.at + 1 < len(round.asked) else s.VERDICT_END
    return _act("onward", f"{escape(words)} {_key('Enter')}", "primary")


def may_count(settled: Settled) -> str | None:
    """What the learner may say of an answer: that it was right after all (typed ones), or that it was too easy."""
    outcome, typed = settled.review.outcome, settled.card.kind in (RECALL, NUMBER)
    if outcome == RIGHT and settled.grade.outcome == RIGHT:
        return EASY
    return RIGHT if typed and settled.review.given and outcome in (NEARLY, WRONG) else None


def _counts_as(settled: Settled, given: str | Sequence[str] | None) -> str:
    may = may_count(settled)
    if may is None or given is None:
        return ""
    words, key = (s.VERDICT_EASY, "E") if may == EASY else (s.VERDICT_RIGHT, "R")
    return _act(
        "overrule", f"{escape(words)} {_key(key)}", "plain", number=settled.review.number, outcome=may, key=key.lower()
    )


def _keys_after(settled: Settled, given: str | Sequence[str] | None, source: bool) -> list[tuple[str, str]]:
    may = may_count(settled) if given is not None else None
    more = {EASY: [s.KEYS_EASY], RIGHT: [s.KEYS_RIGHT]}.get(may or "", [])
    return [s.KEYS_NEXT, *([s.KEYS_SOURCE] if source else []), *more, s.KEYS_UNDO]


# -- the end of a round ---------------------------------------------------------------------------------------------


def end(
    round: Round, standing: Standing, more: tuple[str, Sequence[Due]], titles: Mapping[str, str], now: datetime
) -> str:
    """How the round went, what to look at again, and how it goes on. `more`: what the next round would be."""
    answers = {one.card.id: one.review for one in round.asked if one.review}
    right = sum(review.outcome in (RIGHT, EASY) for review in answers.values())
    head = s.ROUND_DONE.format(right=right, of=len(answers))
    if right == len(answers):
        head = s.ROUND_ALL.format(of=right) if right > 1 else s.ROUND_ONE
    missed = [one for one in round.asked if one.review and one.review.outcome in (WRONG, NEARLY)]
    chosen, cards = more
    go_on = _act("begin", escape(s.number(s.ROUND_MORE, len(cards))), "primary", chosen=chosen) if cards else ""
    left = s.number(s.PRACTICE_DUE, standing.due, since="") if standing.due else _next_due(standing, now)
    track = "".join(_segment(one, at, round.at) for at, one in enumerate(round.asked))
    content = (
        f'<header class="top">{_undo()}</header><ol class="track" aria-hidden="true">{track}</ol>'
        f'<h2 tabindex="-1">{escape(head)}</h2><p class="lead">{escape(left)}</p>{_missed(missed, titles)}'
        f'<div class="trouble" role="alert"></div><div class="actions">{go_on}'
        f"{_act('leave', escape(s.ROUND_OVERVIEW), 'plain' if go_on else 'primary')}</div>"
    )
    return _root("over", f"over {max((r.number for r in answers.values()), default=0)}", content, f"{head}. {left}")


def _missed(missed: Sequence[Asked], titles: Mapping[str, str]) -> str:
    """What was missed, under its chapters."""
    by_chapter: dict[str, list[str]] = {}
    for one in missed:
        by_chapter.setdefault(one.card.chapter, []).append(_miss(one))
    parts = (
        f'<div class="of"><h4>{escape(titles.get(id, id))}</h4>{_note(id, titles.get(id, id))}</div>'
        f"<ul>{''.join(rows)}</ul>"
        for id, rows in by_chapter.items()
    )
    made = "".join(parts)
    return f'<section class="missed"><h3>{escape(s.ROUND_MISSED)}</h3>{made}</section>' if made else ""


def _miss(one: Asked) -> str:
    outcome = one.review.outcome if one.review else WRONG
    answer = f'<span class="unseen">{escape(s.VERDICT_ANSWER)}: </span>{inline(shown(one.card))}'
    return (
        f'<li class="{outcome}"><i aria-hidden="true">{_SIGNS[outcome]}</i>'
        f'<div><p class="ask">{inline(one.card.ask)}</p><p class="told">{answer}</p></div></li>'
    )


# -- days and times -------------------------------------------------------------------------------------------------


def again(due: datetime, now: datetime) -> str:
    """How long it is until a moment: "in 10 minutes", "tomorrow", "in 3 days", "in 2 months"."""
    left = due - now
    if left <= timedelta(0):
        return s.WHEN_NOW
    days = (due.date() - now.date()).days
    if left < timedelta(hours=1):
        return s.number(s.WHEN_MINUTES, ceil(left.total_seconds() / 60))
    if left < timedelta(hours=12) or days == 0:
        return s.number(s.WHEN_HOURS, round(left.total_seconds() / 3600))
    if days == 1:
        return s.WHEN_TOMORROW
    if days < 14:
        return s.number(s.WHEN_DAYS, days)
    return s.number(s.WHEN_WEEKS, round(days / 7)) if days < 60 else s.number(s.WHEN_MONTHS, round(days / 30.4))


def day(moment: datetime, now: datetime) -> str:
    """A day in the past by its nearest name: yesterday, Tuesday, 3 March."""
    back = (now.date() - moment.date()).days
    if back <= 1:
        return s.YESTERDAY if back == 1 else s.TODAY
    return f"{moment:%A}" if back < 7 else f"{moment.day} {moment:%B}"
