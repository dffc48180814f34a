"""
`tutor conversations`: what was asked before, listed, shown, renamed, deleted and written out; and for
`tutor ask --conversation` the conversation that a question goes on with.

Reads arguments and prints; what is kept, and how, is decided in the library (`tutor.conversations`). The terminal has
its own conversations: those of the browser are not listed here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutor.errors import BadInput
from ui.terminal import print_json

if TYPE_CHECKING:
    from tutor.answers import Answer
    from tutor.conversation import Turn
    from tutor.conversations import Conversations, KeptTurn

NEW, LAST = "new", "last"

conversations_app = typer.Typer(
    no_args_is_help=False,
    help="Conversations that were kept. Begin one: tutor ask QUESTION --conversation new.",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="The conversation's number.")]


@conversations_app.callback(invoke_without_command=True)
def list_conversations(
    context: typer.Context,
    find: Annotated[str, typer.Option(help="Only those that hold all of these words.")] = "",
    as_json: Json = False,
) -> None:
    """Conversations that were kept: list, show, rename, delete, export."""
    if context.invoked_subcommand is not None:
        return
    from ui import contracts

    listed = _conversations().listed(find)
    if as_json:
        print_json([contracts.conversation(one) for one in listed])
        return
    if not listed and find.strip():
        print(f"No conversation holds {find.strip()!r}.")
    elif not listed:
        print('There is no conversation yet. Begin one: tutor ask "QUESTION" --conversation new')
    for one in listed:
        turns = f"{one.turns} turn{'' if one.turns == 1 else 's'}"
        print(f"{one.id:>4}  {_moment(one.changed)}  {turns:>8}  {one.title}")


@conversations_app.command("show")
def show(number: Number, as_json: Json = False) -> None:
    """Print a conversation as it was, with its citations."""
    from ui import contracts

    conversations = _conversations()
    kept, turns = conversations.get(number), conversations.turns(number)
    if as_json:
        print_json(contracts.conversation(kept, turns))
        return
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{kept.title}\n{_moment(kept.changed)}", markup=False)
    for turn in turns:
        _show_turn(console, turn)


@conversations_app.command("rename")
def rename(number: Number, title: Annotated[list[str], typer.Argument(metavar="TITLE", help="Its new title.")]) -> None:
    """Give a conversation another title."""
    conversations = _conversations()
    conversations.rename(number, " ".join(title))
    print(f"Conversation {number}: {conversations.get(number).title}")


@conversations_app.command("delete")
def delete(
    number: Number, yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False
) -> None:
    """Delete a conversation for good."""
    conversations = _conversations()
    kept = conversations.get(number)
    if not yes and not _confirmed(f"Delete conversation {number}, “{kept.title}”, for good?"):
        print("Nothing was deleted.")
        return
    conversations.delete(number)
    print(f"Deleted: conversation {number}, {kept.title}")


@conversations_app.command("export")
def export(
    number: Number, file: Annotated[Path | None, typer.Option(help="Write it here, not to the terminal.")] = None
) -> None:
    """Write a conversation as Markdown with its citations."""
    made = _conversations().markdown(number)
    if file is None:
        print(made, end="")
        return
    try:
        file.write_text(made, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be written ({error.strerror}). Name another file.") from error
    print(f"Written: {file}")


# -- going on with one ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class GoingOn:
    """The conversation that a question goes on with; `number` is None until a new one has its first answer."""

    conversations: "Conversations"
    number: int | None
    history: "list[Turn]"

    @classmethod
    def named(cls, which: str) -> "GoingOn":
        """The conversation named by its number, "new" or "last". Raises BadInput where there is none."""
        from tutor.conversations import history

        conversations = _conversations()
        number = _number(conversations, which.strip().lower())
        return cls(conversations, number, [] if number is None else history(conversations.turns(number)))

    def keep(self, question: str, answer: "Answer") -> int:
        """Adds the turn, and begins the conversation where it is a new one; its number."""
        if self.number is None:
            self.number = self.conversations.begin(question)
        self.conversations.add(self.number, question, answer)
        return self.number


def _number(conversations: "Conversations", which: str) -> int | None:
    if which == NEW:
        return None
    if which == LAST:
        listed = conversations.listed()
        if not listed:
            raise BadInput("There is no conversation yet. Begin one with --conversation new.")
        return listed[0].id
    if not (which.isascii() and which.isdigit()):
        raise BadInput(f"--conversation takes a number, {NEW} or {LAST}, not {which!r}. See `tutor conversations`.")
    return conversations.get(int(which)).id


# -- small things -----------------------------------------------------------------------------------------------------


def _conversations() -> "Conversations":
    from tutor.conversations import Conversations
    from tutor.library import Library
    from tutor.profiles import Profiles
    from tutor.settings import load

    library = Library.open(load().places.library)
    return Conversations(library, Profiles(library).terminal())


def _show_turn(console: Any, turn: "KeptTurn") -> None:
    """A question, its statements with the numbers of their quotes, and what the numbers stand for."""
    from tutor.conversations import restored
    from tutor.handbook import load

    answer = restored(turn, load())
    console.print(f"\n> {turn.question}", markup=False, style="bold")
    cited = {(q.url, q.start): q for statement in answer.statements for q in statement.quotes}
    numbers = {key: number for number, key in enumerate(cited, 1)}
    for statement in answer.statements:
        marks = "".join(f"[{numbers[q.url, q.start]}]" for q in statement.quotes)
        console.print(f"{statement.text} {marks}", markup=False)
    if not answer.statements:
        console.print(answer.text, markup=False)
    for key, quote in cited.items():
        where = f"{quote.title} > {quote.heading}" if quote.heading else quote.title
        where += f" ({quote.spot})" if quote.spot else ""
        console.print(f"  [{numbers[key]}] {where}\n      {quote.link}", markup=False)


def _confirmed(question: str) -> bool:
    """A person's yes or no. Raises BadInput where nobody is there to answer."""
    try:
        return typer.confirm(question)
    except typer.Abort as error:
        raise BadInput("Nothing was deleted. Add --yes to delete without being asked.") from error


def _moment(iso: str) -> str:
    """A kept moment on the clock of whoever reads it: 2026-03-30 14:05."""
    from datetime import datetime

    return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}"
