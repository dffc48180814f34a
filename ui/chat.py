"""
The Chat tab: what Gradio shows of a conversation, and what a click or a question does.

Questions are answered in `ui.answering`, kept conversations come from `ui.kept`, and all HTML from `ui.render`. The
addresses beside it, under /tutor/conversations, are read-only.
"""

from collections import defaultdict
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from tutor.conversations import LONGEST_TITLE
from tutor.errors import BadInput, TutorError
from ui import kept, render
from ui import strings as s
from ui.answering import Answering, Page, UnderWay
from ui.desk import Desk, Ready
from ui.downloads import attachment
from ui.kept import Conversation
from ui.learners import keeper, learner

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import Response

# So many answers can be watched at once: each has its evidence at once, and sees its place in the Writer's queue. Below
# the 40 threads that Gradio has, so that everything else still goes through.
SIDE_BY_SIDE = 24

# Buttons inside the conversation that ask something (samples, follow-ups, other forms, the same again) are a click on
# it, with the question. The field, and the dialog in which a question is changed, ask in the same way.
_ASKING = """
const ask = (told) => askInTurn((numbered) => trigger("click", numbered), told);
if (element.closest("#live")) window.askTutor = ask;
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask], [data-again]");
  if (button) ask({ question: button.dataset.ask ?? button.dataset.again, again: "again" in button.dataset });
});
"""

# What is chosen in the list of conversations is a click on it, with what to do and with which (chat.js).
_CHOOSING = """
window.openTalk = (number) => trigger("click", { act: "open", number });
element.addEventListener("click", (event) => chooseTalk(event, (chosen) => trigger("click", chosen)));
"""


def add_routes(app: "FastAPI", desk: Desk) -> None:
    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    @app.get("/tutor/welcome")
    def welcome(request: Request) -> HTMLResponse:
        return HTMLResponse(_standing(desk, keeper(request.scope)))

    @app.get("/tutor/conversations/{number}.md")
    def conversation(number: int, request: Request) -> Response:
        owner = learner(request.cookies)
        if owner is None:
            return Response(status_code=404)
        return exported(desk, owner, number)

    @app.get("/tutor/conversations/{number}/earlier")
    def turns(number: int, before: int, request: Request) -> HTMLResponse:
        owner = learner(request.cookies)
        try:
            return HTMLResponse(kept.earlier(desk, owner, number, before) if owner else "")
        except TutorError as error:
            return HTMLResponse(f'<p class="notice error">{escape(str(error))}</p>')


def _standing(desk: Desk, kept_here: bool) -> str:
    """What the welcome page says of the library, as it stands."""
    state = desk.state()
    return render.standing(isinstance(state, Ready) and state.articles == 0, kept_here)


def exported(desk: Desk, owner: str, number: int) -> "Response":
    """A conversation as a Markdown file; 404 where this learner has none of this number."""
    from fastapi.responses import Response

    conversations = desk.conversations(owner)
    try:
        made, title = conversations.markdown(number), conversations.get(number).title
    except BadInput as error:
        return Response(f"{error}\n", 404, media_type="text/plain")
    return Response(made, media_type="text/markdown", headers=attachment(title, "md", "conversation"))


# -- the tab --------------------------------------------------------------------------------------------------------


def line(label: str, placeholder: str, name: str) -> gr.Textbox:
    """A field of one line whose label is for screen readers alone."""
    return gr.Textbox(
        label=label, placeholder=placeholder, show_label=False, container=False, lines=1, max_lines=1, elem_id=name
    )


def tab(desk: Desk, blocks: gr.Blocks) -> None:
    """The tab's parts and what happens when they are used."""
    talk = gr.State(Conversation())
    gr.HTML(_frame(), elem_id="talks-frame", js_on_load=None, apply_default_css=False)
    with gr.Column(elem_id="talks"):
        gr.HTML(_talks_head(), js_on_load=None, apply_default_css=False)
        find = line(s.TALKS_FIND, s.TALKS_FIND, "find-talk")
        listed = gr.HTML("", elem_id="talk-list", js_on_load=_CHOOSING, apply_default_css=False)
    with gr.Column(elem_id="conversation"):
        new = gr.Button(s.NEW, elem_id="new", size="sm", visible=False)
        earlier = gr.HTML("", elem_id="earlier", js_on_load=None, apply_default_css=False)
        past = gr.HTML("", elem_id="past", js_on_load=_ASKING, apply_default_css=False)
        live = gr.HTML(render.welcome(), elem_id="live", js_on_load=_ASKING, apply_default_css=False)
    with gr.Column(elem_id="ask-area"):
        with gr.Row(elem_id="ask-row"):
            gr.Textbox(
                label=s.ASK_LABEL,
                placeholder=s.ASK_PLACEHOLDER,
                show_label=False,
                container=False,
                lines=1,
                max_lines=6,
                autofocus=True,
                elem_id="question",
                scale=1,
            )
            ask = gr.Button(s.ASK, variant="primary", elem_id="ask", scale=0, min_width=72)
            stop = gr.Button(s.STOP, elem_id="stop", scale=0, min_width=72, visible=False)
        trouble = '<p id="ask-trouble" class="notice error" role="alert"></p>'
        gr.HTML(f'{trouble}<p class="fine">{escape(s.FINE_PRINT)}</p>', js_on_load=None, apply_default_css=False)

    answering = Answering(desk)
    pages: defaultdict[str, Page] = defaultdict(Page)

    def listing(owner: str | None, looked_for: str, current: int | None = None, trouble: str = "") -> str:
        return kept.listing(desk, owner, looked_for, current, trouble, answering.under_way(owner))

    def buttons(busy: bool, said: Conversation) -> dict[Any, Any]:
        return {
            ask: gr.Button(visible=not busy),
            stop: gr.Button(visible=busy),
            new: gr.Button(visible=bool(said.last) or busy),
        }

    def watch(page: Page, asked: UnderWay, looked_for: str) -> Iterator[dict[Any, Any]]:
        """The answer on its way, as long as the page shows it and nothing else, and then what is left of it."""
        said = asked.said
        for view in page.watch(asked):
            yield {live: render.turn(view, answering.handbook(), said.number, asked.waited)}
        if page.shows is asked:
            page.shows = None
            rows = listing(asked.owner, looked_for, said.number)
            yield {talk: said, live: said.last, listed: rows, **buttons(False, said)}

    def answer(
        said: Conversation, looked_for: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        data = event._data if isinstance(event._data, dict) else {}
        wanted = str(data.get("question") or "").strip()
        if not wanted:
            yield {listed: gr.skip()}  # no yield at all would empty every output
            return
        page, owner = pages[request.session_hash or ""], learner(request.cookies)
        with page.alone():
            number = int(data.get("number") or 0)
            asked = answering.ask(owner, said, wanted, again=bool(data.get("again")), number=number)
            page.show(asked)
            now = render.turn(asked.view, answering.handbook(), said.number)
            begun = {past: said.past, live: now, listed: listing(owner, looked_for, said.number)}
        yield {**begun, **buttons(True, said)}
        yield from watch(page, asked, looked_for)

    def halt(request: gr.Request) -> None:
        if (asked := pages[request.session_hash or ""].shows) is not None:
            asked.stop.set()

    def shown(said: Conversation) -> dict[Any, Any]:
        """A conversation that stands still, or the welcome page for one that has not begun."""
        before = render.earlier(said.number, said.earlier) if said.number is not None else ""
        return {
            talk: said,
            earlier: before,
            past: said.past,
            live: said.last or render.welcome(),
            **buttons(False, said),
        }

    def begin_anew(looked_for: str, request: gr.Request) -> dict[Any, Any]:
        """What is being answered goes on; it is kept, and stands in the list."""
        with pages[request.session_hash or ""].alone():
            return {**shown(Conversation()), listed: listing(learner(request.cookies), looked_for)}

    def choose(
        looked_for: str, said: Conversation, event: gr.EventData, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        """Opens, renames or deletes a kept conversation."""
        owner, page = learner(request.cookies), pages[request.session_hash or ""]
        told = event._data if isinstance(event._data, dict) else {}
        act, number = told.get("act"), told.get("number")
        trouble = ""
        if owner is None or not isinstance(number, int):
            yield {listed: gr.skip()}
            return
        try:
            if act == "open":
                yield from opened(page, owner, number, looked_for)
                return
            if act == "rename":
                desk.conversations(owner).rename(number, str(told.get("title", "")))
            elif act == "delete":
                yield from deleted(page, owner, number, looked_for, said)
                return
        except TutorError as error:
            trouble = str(error)
            if act == "open" and not said.last:  # an old address, of a conversation that is no more
                notice = f'<p class="notice missing" role="status">{escape(trouble)}</p>'
                yield {**shown(Conversation()), live: notice + render.welcome()}
                return
        yield {listed: listing(owner, looked_for, said.number, trouble)}

    def opened(page: Page, owner: str, number: int, looked_for: str) -> Iterator[dict[Any, Any]]:
        """A kept conversation, also one whose last question is still being answered."""
        asked = answering.kept_as(owner, number)
        said = asked.said if asked is not None else kept.reopened(desk, owner, number)
        if asked is None and not said.last:
            raise BadInput(s.TALK_EMPTY)
        with page.alone():
            found: dict[Any, Any] = {**shown(said), listed: listing(owner, looked_for, number)}
            if asked is not None:
                page.show(asked)
                now = render.turn(asked.view, answering.handbook(), number, asked.waited)
                found |= {live: now, **buttons(True, said)}
        yield found
        if asked is not None:
            yield from watch(page, asked, looked_for)

    def deleted(page: Page, owner: str, number: int, looked_for: str, said: Conversation) -> Iterator[dict[Any, Any]]:
        if (asked := answering.kept_as(owner, number)) is not None:
            answering.end(asked)
        desk.conversations(owner).delete(number)
        if said.number != number:
            yield {listed: listing(owner, looked_for, said.number)}
            return
        with page.alone():
            found = {**shown(Conversation()), listed: listing(owner, looked_for)}
        yield found

    def look(looked_for: str, said: Conversation, request: gr.Request) -> str:
        return listing(learner(request.cookies), looked_for, said.number)

    def left(request: gr.Request) -> None:
        pages.pop(request.session_hash or "", None)

    hidden: Any = {"show_progress": "hidden", "api_visibility": "private"}
    limited: Any = {"concurrency_limit": SIDE_BY_SIDE, "concurrency_id": "chat", "trigger_mode": "multiple"}
    view = [talk, earlier, past, live, ask, stop, new, listed]
    # The field and its button ask by a click on `live` too (chat.js).
    gr.on([live.click, past.click], answer, [talk, find], view, **limited, **hidden)
    stop.click(halt, None, None, queue=False, **hidden)
    new.click(begin_anew, find, view, **limited, **hidden)
    listed.click(choose, [find, talk], view, **limited, **hidden)
    find.change(look, [find, talk], listed, queue=False, trigger_mode="always_last", **hidden)
    blocks.load(look, [find, talk], listed, queue=False, **hidden)
    blocks.unload(left)


def _frame() -> str:
    """The button that shows the list where there is no room for it, and the dialogs."""
    return (
        f'<button id="talks-button" type="button" aria-expanded="false" aria-controls="talks" '
        f'aria-label="{escape(s.TALKS_OPEN)}" title="{escape(s.TALKS)}"><span aria-hidden="true">☰</span></button>'
        f'<dialog id="rename-talk" aria-labelledby="rename-head"><form method="dialog">'
        f'<h2 id="rename-head">{escape(s.RENAME_HEAD)}</h2>'
        f'<label>{escape(s.RENAME_LABEL)} <input name="title" maxlength="{LONGEST_TITLE}" required pattern=".*\\S.*">'
        f"</label>{_choices(s.RENAME)}</form></dialog>"
        f'<dialog id="delete-talk" aria-labelledby="delete-head"><form method="dialog">'
        f'<h2 id="delete-head">{escape(s.DELETE_HEAD)}</h2><p class="which"></p>'
        f'<p class="quiet">{escape(s.DELETE_MORE)}</p>{_choices(s.DELETE)}</form></dialog>'
        f'<dialog id="edit-question" aria-labelledby="edit-head"><form method="dialog">'
        f'<h2 id="edit-head">{escape(s.EDIT_HEAD)}</h2><p class="quiet">{escape(s.EDIT_MORE)}</p>'
        f'<textarea name="question" rows="3" required aria-label="{escape(s.ASK_LABEL)}"></textarea>'
        f"{_choices(s.EDIT_SEND)}</form></dialog>"
    )


def _choices(does: str) -> str:
    return (
        f'<div class="choices"><button type="submit" class="does">{escape(does)}</button>'
        f'<button type="button" class="leaves">{escape(s.CANCEL)}</button></div>'
    )


def _talks_head() -> str:
    return (
        f'<div class="talks-head"><h2 id="talks-title" tabindex="-1">{escape(s.TALKS)}</h2>'
        f'<button id="talks-close" type="button" aria-label="{escape(s.TALKS_CLOSE)}">✕</button></div>'
    )
