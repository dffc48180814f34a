"""
The browser's conversations as they are kept: one that is open, and what becomes of the list of the others.

Between the page (`ui.app`) and the library (`tutor.conversations`); makes HTML only by `ui.render`. Knows nothing of
Gradio. A learner who is None (cookies are switched off) has a conversation while the page is open, and nothing kept.
"""

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field

from tutor import handbook
from tutor.answers import Answer
from tutor.conversation import Turn
from tutor.conversations import Conversations, KeptTurn, history, restored
from tutor.errors import BadInput, TutorError
from ui import render
from ui.desk import Desk

# So many turns of a conversation are on the page when it is opened; the ones before come when they are asked for.
SHOWN = 20


@dataclass(slots=True)
class Conversation:
    """
    One person's conversation in one open page. `shown`: the HTML of its turns on the page but the last one, `earlier`
    how many stand before them. `number`: that of the kept one; None until it is begun.

    `answered`: the last turn is one of `turns`. `stale`: what is kept as the last turn is to be replaced.
    """

    turns: list[Turn] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    last: str = ""
    number: int | None = None
    earlier: int = 0
    answered: bool = False
    stale: bool = False

    @property
    def past(self) -> str:
        """The HTML of all turns on the page but the last."""
        return "".join(self.shown)

    def make_room(self, again: bool) -> None:
        """For the next turn, or (`again`) for one in place of the last."""
        if again and self.answered:
            del self.turns[-1:]
            self.stale = True
        elif not again:
            self.stale = False
            if self.last:
                self.shown.append(self.last)
        self.last, self.answered = "", False


def begin(desk: Desk, owner: str, said: Conversation, question: str) -> None:
    """
    Begins to keep a conversation before its first answer is there, so that a page that is loaded anew finds it again.

    Where that is not possible now, `keep` tries again.
    """
    with contextlib.suppress(TutorError):
        conversations = desk.conversations(owner)
        if said.number is None or not _there(conversations, said.number):
            # Where it was deleted meanwhile, in another window, what comes now is a conversation of its own.
            said.number = conversations.begin(question)


def keep(desk: Desk, owner: str | None, said: Conversation, asked: str, answer: Answer) -> str:
    """Keeps one more turn of `said`; "" or in one line why that was not possible, which must not cost the answer."""
    if owner is None:
        return ""
    try:
        conversations = desk.conversations(owner)
        if said.number is None or not _there(conversations, said.number):
            said.number = conversations.begin(asked)
        conversations.add(said.number, asked, answer, replacing=said.stale)
        said.stale = False
    except TutorError as error:
        return str(error)
    return ""


def reopened(desk: Desk, owner: str, number: int) -> Conversation:
    """A kept conversation with its answers as they were. Raises BadInput where this learner has none of this number."""
    turns = desk.conversations(owner).turns(number)
    shown = [_turn(turn, number) for turn in turns[-SHOWN:]]
    return Conversation(
        turns=history(turns, len(turns)),
        shown=shown[:-1],
        last="".join(shown[-1:]),
        number=number,
        earlier=max(0, len(turns) - SHOWN),
        answered=bool(turns),
    )


def earlier(desk: Desk, owner: str, number: int, before: int) -> str:
    """The HTML of the turns that stand before the turn `before` (from 0), as many as are shown at a time."""
    turns = desk.conversations(owner).turns(number)[:before]
    shown = "".join(_turn(turn, number) for turn in turns[-SHOWN:])
    return render.earlier(number, max(0, len(turns) - SHOWN)) + shown


def _turn(turn: KeptTurn, number: int) -> str:
    book = handbook.load()
    return render.turn(render.as_kept(restored(turn, book)), book, number)


def listing(
    desk: Desk,
    owner: str | None,
    words: str = "",
    current: int | None = None,
    trouble: str = "",
    under_way: Collection[int] = (),
) -> str:
    """The HTML of the learner's conversations that hold all of `words`. `under_way`: where an answer is on its way."""
    if owner is None:
        return ""
    try:
        listed = desk.conversations(owner).listed(words, under_way)
    except TutorError:  # there is no library yet, or none that can be read: the status line says so
        return ""
    return render.talks(listed, words, current, trouble, under_way)


def _there(conversations: Conversations, number: int) -> bool:
    try:
        conversations.get(number)
    except BadInput:
        return False
    return True
