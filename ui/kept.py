"""
The browser's conversations as they are kept: one that is open, and what becomes of the list of the others.

Between the page (`ui.app`) and the library (`tutor.conversations`); makes HTML only by `ui.render`. Knows nothing of
Gradio. A learner who is None (cookies are switched off) has a conversation while the page is open, and nothing kept.
"""

from dataclasses import dataclass, field

from tutor import handbook
from tutor.answers import Answer
from tutor.conversation import Turn
from tutor.conversations import Conversations, history, restored
from tutor.errors import BadInput, TutorError
from ui import render
from ui.desk import Desk


@dataclass(slots=True)
class Conversation:
    """
    One person's conversation in one open page. `past`: the HTML of all turns but the last.

    `number`: that of the kept one; None until its first answer.
    """

    turns: list[Turn] = field(default_factory=list)
    past: str = ""
    last: str = ""
    number: int | None = None


def keep(desk: Desk, owner: str | None, said: Conversation, asked: str, answer: Answer) -> str:
    """Keeps one more turn of `said`; "" or in one line why that was not possible, which must not cost the answer."""
    if owner is None:
        return ""
    try:
        conversations = desk.conversations(owner)
        if said.number is not None and not _there(conversations, said.number):
            said.number = None  # deleted meanwhile, in another window: what comes now is a conversation of its own
        if said.number is None:
            said.number = conversations.begin(asked)
        conversations.add(said.number, asked, answer)
    except TutorError as error:
        return str(error)
    return ""


def reopened(desk: Desk, owner: str, number: int) -> Conversation:
    """A kept conversation with its answers as they were. Raises BadInput where this learner has none of this number."""
    turns = desk.conversations(owner).turns(number)
    book = handbook.load()
    shown = [render.turn(render.as_kept(restored(turn, book)), book) for turn in turns]
    return Conversation(history(turns, len(turns)), "".join(shown[:-1]), "".join(shown[-1:]), number)


def listing(desk: Desk, owner: str | None, words: str = "", current: int | None = None, trouble: str = "") -> str:
    """The HTML of the learner's conversations that hold all of `words`."""
    if owner is None:
        return ""
    try:
        return render.talks(desk.conversations(owner).listed(words), words, current, trouble)
    except TutorError:  # there is no library yet, or none that can be read: the status line says so
        return ""


def _there(conversations: Conversations, number: int) -> bool:
    try:
        conversations.get(number)
    except BadInput:
        return False
    return True
