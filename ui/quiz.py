"""
`tutor quiz`: practice at the terminal, one card after the other; and `tutor cards`: the cards themselves.

Reads arguments and what is typed, and prints; which card comes next, what is right and when it comes again is decided
in the library (`tutor.practice`, `tutor.grading`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutor.errors import BadInput
from ui.terminal import day, print_json

if TYPE_CHECKING:
    from tutor.library import Library
    from tutor.passages import Quote
    from tutor.practice import Due, Practice, Settled

HELP = "? I do not know, u take the last answer back, q end"
_LETTERS = "abcdefgh"
_WORDS = {"right": "Right.", "nearly": "Nearly.", "wrong": "Not right."}

quiz_app = typer.Typer(no_args_is_help=False, help="Practise: reviews that are due, then new cards.")
cards_app = typer.Typer(no_args_is_help=False, help="The practice cards: counted, or written for Anki.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Chapter = Annotated[str | None, typer.Option(help="Only cards of this chapter (id or title).")]
Moment = Annotated[str | None, typer.Option("--on", help="As if it were this day (noon), as 2026-03-30.")]


@quiz_app.callback(invoke_without_command=True)
def quiz(
    context: typer.Context,
    chapter: Chapter = None,
    n: Annotated[int, typer.Option("--n", "-n", help="How many cards.")] = 10,
    on: Moment = None,
    as_json: Json = False,
) -> None:
    """Practise: what is due, then new cards. With --json the cards are printed, with their answers."""
    if context.invoked_subcommand is not None:
        return
    with _library() as library:
        practice, now = _practice(library), _now(on)
        chosen = practice.next(now, n, chapter, _first(library, now))
        if as_json:
            from ui import contracts

            standing = practice.standing(now, chapter)
            cards = [contracts.card(one, practice.quote(one.card)) for one in chosen]
            print_json({"cards": cards, **contracts.standing(standing)})
            return
        if not chosen:
            print(_nothing(practice, now, chapter))
            return
        _Round(practice, chosen, (lambda: now) if on else _clock, input).run()


@quiz_app.command("answer")
def answer(
    card: Annotated[str, typer.Argument(help="The card, as tutor quiz --json names it.")],
    given: Annotated[
        list[str] | None, typer.Argument(help="The answer; of an order card its steps. None: I do not know.")
    ] = None,
    on: Moment = None,
    as_json: Json = False,
) -> None:
    """Answer one card: graded, and scheduled."""
    with _library() as library:
        practice = _practice(library)
        kind = practice.card(card).kind
        said = None if not given else given if kind == "order" else " ".join(given)
        settled = practice.answer(card, said, _now(on))
        if as_json:
            from ui import contracts

            print_json(contracts.settled(settled, practice.quote(settled.card)))
            return
        _show_settled(practice, settled)


@quiz_app.command("undo")
def undo() -> None:
    """Take the last answer back."""
    with _library() as library:
        taken = _practice(library).undo()
        print(f"Taken back: {taken.card}." if taken else "There is no answer to take back.")


@quiz_app.command("count-right")
def count_right() -> None:
    """Count the last answer as right: you meant the same."""
    with _library() as library:
        practice = _practice(library)
        last = practice.reviews(1)
        if not last:
            raise BadInput("There is no answer yet. Begin with: tutor quiz")
        practice.overrule(last[0].number, "right")
        print(f"Counted as right: {last[0].card}.")


@quiz_app.command("mastery")
def mastery(on: Moment = None, as_json: Json = False) -> None:
    """How well each chapter is known."""
    from tutor.handbook import load

    with _library() as library:
        practice, now, book = _practice(library), _now(on), load()
        known = practice.mastery(now)
        if as_json:
            from ui import contracts

            print_json([contracts.mastery(book.chapter(chapter), one, book) for chapter, one in known.items()])
            return
        for section in book.sections:
            print(f"{section.number} {section.title}")
            for chapter in section.chapters:
                if one := known.get(chapter.id):
                    told = f"{one.share:4.0%} known, {one.seen} of {one.cards} cards met" if one.seen else "not met yet"
                    print(f"  {_bar(one.share)}  {chapter.title}: {told}")
        print(_stand(practice, now, None))


@cards_app.callback(invoke_without_command=True)
def cards(
    context: typer.Context,
    anki: Annotated[Path | None, typer.Option(metavar="FILE", help="Write them as an Anki package (.apkg).")] = None,
    chapter: Chapter = None,
    as_json: Json = False,
) -> None:
    """The practice cards: how many there are, or all of them as a file for Anki."""
    if context.invoked_subcommand is not None:
        return
    with _library() as library:
        practice = _practice(library)
        all_ = practice.cards(chapter)
        if anki is not None:
            from tutor.anki import package

            count = package(all_, anki, _clock(), practice.quote)
            told = {"file": str(anki), "cards": count}
            print_json(told) if as_json else print(f"Written: {anki}, {count} cards. Open it with Anki.")
            return
        if as_json:
            from tutor.practice import Due
            from ui import contracts

            print_json([contracts.card(Due(card), practice.quote(card)) for card in all_])
            return
        _show_counts(all_)


@cards_app.command("draft")
def draft(as_json: Json = False) -> None:
    """Make further cards of what has been read: definitions, contrasts, figures, abbreviations."""
    from tutor import drafts
    from tutor.encoder import open_encoder
    from tutor.settings import load

    with _library() as library, _progress("Reading for cards") as tell:
        report = drafts.keep(library, tell, encoder=open_encoder(load().places.models))
        total = len(drafts.cards_of(library))
    if as_json:
        from dataclasses import asdict

        print_json({**asdict(report), "cards": total})
        return
    print(f"{report.made} cards made, {report.unchanged} were there, {report.removed} taken away: {total} in all.")
    rejected = sorted(report.rejected.items(), key=lambda item: -item[1])
    print(
        f"{sum(report.rejected.values()):,} sentences became none: {', '.join(f'{why} {n:,}' for why, n in rejected)}."
    )


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the rate and the time left, on a terminal; told how many are done of how many."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_counts(all_: Sequence[Any]) -> None:
    from collections import Counter

    from tutor.handbook import load

    counts = Counter(card.chapter for card in all_)
    for one in load().chapters:
        if counts[one.id]:
            print(f"{counts[one.id]:>4}  {one.title}")
    print(f"{len(all_)} cards. Practise with `tutor quiz`; take them along with `tutor cards --anki cards.apkg`.")


# -- a round ----------------------------------------------------------------------------------------------------------


class _Round:
    """Some cards, one after the other, at the terminal."""

    def __init__(
        self, practice: "Practice", cards: "Sequence[Due]", now: Callable[[], datetime], read: Callable[[str], str]
    ) -> None:
        self._practice, self._cards, self._now, self._read = practice, list(cards), now, read
        self._settled: list[Settled] = []
        self._ended = False

    def run(self) -> None:
        print(f"{len(self._cards)} cards. {HELP}.")
        try:
            while len(self._settled) < len(self._cards) and not self._ended:
                self._card(self._cards[len(self._settled)])
        except EOFError:
            print()
        self._tell()

    def _card(self, due: "Due") -> None:
        from tutor.grading import options
        from tutor.handbook import load

        card, place = due.card, f"{len(self._settled) + 1} of {len(self._cards)}"
        print(f"\n{load().chapter(card.chapter).title}  ({place}{'' if due.times else ', new'})\n{card.ask}")
        shown = options(card, due.times) if card.kind in ("choice", "order") else []
        for letter, option in zip(_LETTERS, shown, strict=False):
            print(f"  {letter}  {option}")
        while True:
            try:
                self._answer(due, self._read(_prompt(card.kind, card.unit, len(shown))).strip(), shown)
                return
            except BadInput as error:
                print(f"  {error}")

    def _answer(self, due: "Due", typed: str, shown: list[str]) -> None:
        if typed == "q":
            self._ended = True
        elif typed == "u":
            self._undo()
        else:
            given = None if typed == "?" else _said(due.card.kind, typed, shown)
            settled = self._practice.answer(due.card.id, given, self._now())
            self._settled.append(settled)
            _show_settled(self._practice, settled)
            if settled.grade.outcome != "right" and typed != "?" and due.card.kind == "recall":
                self._offer(settled)

    def _offer(self, settled: "Settled") -> None:
        """A typed answer may mean the same in other words: the learner decides."""
        if self._read("  Enter goes on, r counts it as right > ").strip().lower() == "r":
            review = self._practice.overrule(settled.review.number, "right")
            self._settled[-1] = type(settled)(review, settled.card, settled.grade, settled.due)
            print("  Counted as right.")

    def _undo(self) -> None:
        if not self._settled:
            raise BadInput("There is nothing to take back in this round.")
        self._settled.pop()
        self._practice.undo()
        print("  Taken back.")

    def _tell(self) -> None:
        right = sum(one.review.outcome in ("right", "easy") for one in self._settled)
        if self._settled:
            print(f"\n{right} of {len(self._settled)} right. {_stand(self._practice, self._now(), None)}")
        if missed := [one.card.chapter for one in self._settled if one.review.outcome == "wrong"]:
            from tutor.handbook import load

            titles = ", ".join(load().chapter(chapter).title for chapter in dict.fromkeys(missed))
            print(f"Look at again: {titles}.")


def _prompt(kind: str, unit: str, options: int) -> str:
    last = _LETTERS[options - 1] if options else ""
    return {
        "choice": f"a-{last} > ",
        "order": f"in order, as {' '.join(reversed(_LETTERS[:options]))} > ",
        "number": f"{f'in {unit}' if unit else 'a number'} > ",
    }.get(kind, "> ")


def _said(kind: str, typed: str, shown: list[str]) -> str | list[str]:
    """What was typed, with letters turned into what they stand for."""
    if kind == "choice":
        letter = typed.lower().rstrip(").")
        if len(letter) != 1 or not 0 <= _LETTERS.find(letter) < len(shown):
            raise BadInput(f"Type one letter from a to {_LETTERS[len(shown) - 1]}, or ? if you do not know.")
        return shown[_LETTERS.index(letter)]
    if kind == "order":
        letters = [letter for letter in typed.lower() if letter.isalpha()]
        if sorted(letters) != list(_LETTERS[: len(shown)]):
            raise BadInput(f"Type each of the letters a to {_LETTERS[len(shown) - 1]} once, in your order.")
        return [shown[_LETTERS.index(letter)] for letter in letters]
    return typed


def _show_settled(practice: "Practice", settled: "Settled") -> None:
    from tutor.grading import shown

    grade, card = settled.grade, settled.card
    why = "" if grade.why == "Yes." else f" {grade.why}"
    print(f"  {_WORDS[grade.outcome]}{why}")
    if grade.outcome != "right" and shown(card) not in grade.why:
        print(f"  The answer is: {shown(card)}.")
    print(f"  \u201c{card.quote}\u201d\n  {_where(card.url, practice.quote(card))}")
    print(f"  Again {_when(settled.due, settled.review.at)}.")


def _where(url: str, quote: "Quote | None") -> str:
    from tutor.links import NOTES

    if quote is None:
        return url
    return f"The tutor's note: {quote.title}" if url.startswith(NOTES) else f"{quote.title}: {quote.link}"


def _when(due: datetime, now: datetime) -> str:
    """ "in 10 minutes", "in 3 days"."""
    seconds = (due - now).total_seconds()
    for length, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = round(seconds / length)
            return f"in {count} {name}{'' if count == 1 else 's'}"
    return "now"


def _stand(practice: "Practice", now: datetime, chapter: str | None) -> str:
    standing = practice.standing(now, chapter)
    if standing.due:
        return f"{standing.due} due now, {standing.new} new."
    later = f" The next comes {_when(standing.next_due, now)}." if standing.next_due else ""
    return f"None is due now, {standing.new} new.{later}"


def _nothing(practice: "Practice", now: datetime, chapter: str | None) -> str:
    return f"There is nothing to practise. {_stand(practice, now, chapter)}"


def _bar(share: float, wide: int = 10) -> str:
    full = round(share * wide)
    return "#" * full + "." * (wide - full)


# -- reading ----------------------------------------------------------------------------------------------------------


def _library() -> "Library":
    from tutor import notes
    from tutor.library import Library
    from tutor.settings import load

    library = Library.open(load().places.library)
    notes.keep(library)
    return library


def _practice(library: "Library") -> "Practice":
    from tutor.practice import Practice
    from tutor.profiles import Profiles

    return Practice(library, Profiles(library).terminal())


def _first(library: "Library", now: datetime) -> list[str]:
    from tutor import focus
    from tutor.profiles import Profiles

    return focus.first(library, Profiles(library).terminal(), now)


def _clock() -> datetime:
    return datetime.now().astimezone()


def _now(on: str | None) -> datetime:
    return _clock() if on is None else datetime.combine(day(on), time(12)).astimezone()
