"""
The terminal: `tutor` and its commands.

Each command reads its arguments, asks the library or the programs to do the work, and prints. Whatever goes wrong is
one line that says what to do next, with exit code 1; wrong usage is 2. Heavy imports happen in the commands.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutor.errors import BadInput, TutorError
from ui.conversations import conversations_app
from ui.plans import plans_app
from ui.quiz import cards_app, quiz_app
from ui.terminal import leave, print_json

if TYPE_CHECKING:
    from ingest.pipeline import Progress, Report
    from tutor.answers import Answer, Tutor
    from tutor.conversation import Turn
    from tutor.library import Library
    from tutor.settings import Settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A tutor for modern AI. Without a command it opens in your browser.",
)
models_app = typer.Typer(help="The models that answer: list, use, pull.", no_args_is_help=False)
app.add_typer(models_app, name="models")
app.add_typer(plans_app, name="plan")
app.add_typer(conversations_app, name="conversations")
app.add_typer(quiz_app, name="quiz")
app.add_typer(cards_app, name="cards")

INTERRUPTED = 130  # what typer exits with after Ctrl-C
STOPPED = "Stopped. What was done is kept; run the same command again to carry on."

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """What the `tutor` command runs: the app, with every error told in one line."""
    try:
        app()
    except TutorError as error:
        _fail(str(error))
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _fail(STOPPED)
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            _fail("The disk is full. Free some space and run the same command again; what was done is kept.")
        _unexpected(error)
    except Exception as error:
        _unexpected(error)


def _fail(message: str) -> None:
    print(f"tutor: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(1)


def _unexpected(error: BaseException) -> None:
    if os.environ.get("TUTOR_DEBUG"):
        raise error
    _fail(
        f"Something went wrong that the tutor does not know ({type(error).__name__}: {error}). Set TUTOR_DEBUG=1 and "
        "run it again to see where, or run `tutor doctor`."
    )


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="Port of the browser app.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
    share: Annotated[
        bool, typer.Option("--share-on-lan", help="Let others on your network use it, with a password.")
    ] = False,
    password_file: Annotated[
        Path | None, typer.Option(help="The password is this file's first line. Default: you are asked for it.")
    ] = None,
) -> None:
    """A tutor for modern AI. Without a command it opens in your browser."""
    if context.invoked_subcommand is None:
        if password_file and not share:
            raise typer.BadParameter("--password-file goes with --share-on-lan.")
        from ui import sharing
        from ui.app import launch

        settings = _settings()
        password = sharing.chosen(password_file) if share else None
        launch(settings, port=port, open_browser=browser, password=password)
        leave(0)


def _settings() -> "Settings":
    from tutor.settings import load

    return load()


def _tutor(*, writer: bool = True) -> "Tutor":
    from tutor.answers import Tutor

    with _quiet_wait("Opening the library"):
        return Tutor.open(_settings(), writer=writer)


@contextmanager
def _quiet_wait(what: str) -> Iterator[None]:
    """A spinner on the terminal while something takes seconds; nothing where output is not read by a person."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        yield


# -- asking -----------------------------------------------------------------------------------------------------------


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="What you want to know.")] = None,
    history: Annotated[
        Path | None, typer.Option(help='JSON file of earlier turns: [{"question": ..., "answer": ...}].')
    ] = None,
    level: Annotated[str, typer.Option(help="beginner, intermediate or expert.")] = "intermediate",
    file: Annotated[Path | None, typer.Option(help="Answer every question of a JSON Lines file.")] = None,
    conversation: Annotated[
        str | None, typer.Option(metavar="ID|new|last", help="Go on with a kept conversation, or begin one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Answer a question, with the quotes that every sentence rests on."""
    from tutor.prompt import LEVELS
    from ui.conversations import GoingOn

    if conversation is not None and (history or file):
        raise typer.BadParameter("--conversation brings its own history: leave out --history and --file.")

    if level not in LEVELS:
        raise BadInput(f"There is no level {level!r}. Choose one of: {', '.join(LEVELS)}.")
    if file is not None:
        _each(_questions(file), lambda tutor, line: _answer_line(tutor, line, level))
        return
    from tutor.questions import parse

    asked = question or ""
    parse(asked)
    going_on = GoingOn.named(conversation) if conversation is not None else None
    turns = going_on.history if going_on else _turns(_read_json(history)) if history else []
    tutor = _tutor()
    if as_json:
        from ui import contracts

        given = tutor.answer(asked, turns, level)
        kept = {"conversation": going_on.keep(asked, given)} if going_on else {}
        print_json({**contracts.answer(given, tutor.handbook), **kept})
        return
    given = _show_answer(tutor, asked, turns, level)
    if going_on:
        number = going_on.keep(asked, given)
        print(f"\nKept in conversation {number}. Go on with --conversation {number} (or last).")


def _answer_line(tutor: "Tutor", line: dict[str, Any], level: str) -> dict[str, Any]:
    from ui import contracts

    given = tutor.answer(line["question"], _turns(line.get("history", [])), level)
    return {**({"id": line["id"]} if "id" in line else {}), **contracts.answer(given, tutor.handbook)}


def _show_answer(tutor: "Tutor", question: str, turns: "list[Turn]", level: str) -> "Answer":
    """Prints an answer as it comes: each statement with the numbers of its quotes, then the quotes. Returns it."""
    from rich.console import Console

    from tutor.answers import Answered, EvidenceFound, Stated, Understood, partly
    from ui import render

    console = Console(highlight=False)
    numbers: dict[tuple[str, int], int] = {}
    for event in tutor.ask(question, turns, level):
        match event:
            case Understood(resolved=resolved):
                console.print(render.understood(resolved), style="dim", markup=False, soft_wrap=True)
            case EvidenceFound(quotes=quotes, missing=missing):
                numbers = {(q.url, q.start): n for n, q in enumerate(quotes, 1)}
                if missing:
                    console.print(partly(missing), markup=False)
            case Stated(statement=statement):
                for quote in statement.quotes:
                    numbers.setdefault((quote.url, quote.start), len(numbers) + 1)
                marks = "".join(f"[{numbers[q.url, q.start]}]" for q in statement.quotes)
                console.print(f"{statement.text} {marks}", markup=False)
            case Answered(answer=answer):
                _show_sources(console.print, answer, numbers)
                return answer
    raise AssertionError("an answer is always the last event")


def _show_sources(show: Any, answer: "Answer", numbers: dict[tuple[str, int], int]) -> None:
    if answer.declined:
        show(answer.text, markup=False)
    else:
        show("")
        for quote in answer.evidence:
            where = _place(quote.title, quote.heading)
            where += f" ({quote.spot})" if quote.spot else ""
            where += f" (as of {quote.as_of}; the page is gone)" if quote.as_of else ""
            show(f"  [{numbers[(quote.url, quote.start)]}] {where}\n      {quote.link}", markup=False, soft_wrap=True)
    if answer.follow_ups:
        show(f"\nAsk next: {'  '.join(answer.follow_ups)}", markup=False)
    if answer.trace.trouble:
        show(f"\nThe model could not be used: {answer.trace.trouble}", markup=False)


def _place(title: str, heading: str) -> str:
    """Where a quote stands; of an address in a heading only what a terminal does not make a link of."""
    return re.sub(r"\b[a-zA-Z][\w+.-]{1,20}://", "", f"{title} > {heading}" if heading else title)


@app.command()
def search(
    question: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many passages.", min=1, max=100)] = 10,
    file: Annotated[Path | None, typer.Option(help="Search for every question of a JSON Lines file.")] = None,
    as_json: Json = False,
) -> None:
    """Show the passages most likely to answer a question."""
    from tutor.questions import parse
    from ui import contracts

    def find(tutor: "Tutor", text: str) -> dict[str, Any]:
        return contracts.found(tutor.search.find(parse(text).text, k))

    if file is not None:

        def line(tutor: "Tutor", asked: dict[str, Any]) -> dict[str, Any]:
            found = find(tutor, asked["question"])
            return {**({"id": asked["id"]} if "id" in asked else {}), **found}

        _each(_questions(file), line, writer=False)
        return
    parse(question or "")
    found = find(_tutor(writer=False), question or "")
    if as_json:
        print_json(found)
        return
    for passage in found["passages"]:
        where = _place(passage["title"], passage["heading"])
        print(f"{passage['rank']:>3}  {passage['score']:.3f}  {where}\n     {passage['url']}")


def _questions(path: Path) -> list[dict[str, Any]]:
    """The lines of a questions file. Raises BadInput that names the line."""
    found = []
    for number, line in enumerate(_read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise BadInput(f"{path}:{number}: this line is not JSON ({error}). Mend it and run it again.") from error
        if isinstance(value, dict) and "query" in value and "question" not in value:
            value["question"] = value["query"]
        if not isinstance(value, dict) or not isinstance(value.get("question"), str):
            raise BadInput(f'{path}:{number}: expected {{"id": ..., "question": ...}}, found {line[:60]!r}. Mend it.')
        found.append(value)
    return found


def _each(lines: list[dict[str, Any]], answer: Any, *, writer: bool = True) -> None:
    """One JSON document a line out for each line in, in the same order; a line that fails says so in its place."""
    tutor = _tutor(writer=writer)
    for line in lines:
        try:
            result = answer(tutor, line)
        except BadInput as error:
            result = {**({"id": line["id"]} if "id" in line else {}), "question": line["question"], "error": str(error)}
        print(json.dumps(result, ensure_ascii=False), flush=True)


def _turns(value: Any) -> "list[Turn]":
    from tutor.conversation import Turn

    if isinstance(value, dict):
        value = value.get("history", value.get("turns", []))
    if not isinstance(value, list) or not all(isinstance(turn, dict) and "question" in turn for turn in value):
        raise BadInput('The history must be a list of {"question": ..., "answer": ...}. Mend it and ask again.')
    return [Turn(str(turn["question"]), str(turn.get("answer", ""))) for turn in value]


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read ({error}). Name a UTF-8 text file.") from error


def _read_json(path: Path) -> Any:
    text = _read_text(path)
    try:
        return json.loads(text)
    except ValueError:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise BadInput(f"{path} is not JSON ({error}). Mend it and ask again.") from error


# -- reading ----------------------------------------------------------------------------------------------------------


@app.command()
def ingest(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            help="URLs or local files (pages, PDFs, notebooks, captions). Default: the handbook and its links."
        ),
    ] = None,
    via: Annotated[
        str | None, typer.Option(help='Fetch every page through this address, e.g. "http://127.0.0.1:8900/{url}".')
    ] = None,
    links: Annotated[str | None, typer.Option(help="Read a page's links too: none or all.")] = None,
    limit: Annotated[int | None, typer.Option(help="Fetch at most so many pages.", min=1)] = None,
    refresh: Annotated[bool, typer.Option(help="Ask again for pages that were read lately.")] = False,
    as_json: Json = False,
) -> None:
    """Read pages into the library: the handbook and all it links to, or what you name."""
    if links not in (None, "none", "all"):
        raise BadInput(f"--links takes none or all, not {links!r}.")
    if via is not None and "{url}" not in via:
        raise BadInput('--via needs {url} where the page\'s address goes, e.g. "http://127.0.0.1:8900/{url}".')
    from ingest import pipeline
    from tutor import handbook

    settings = _settings()
    wanted = pipeline.addresses(source, links or "auto") if source else pipeline.handbook_addresses(handbook.load())
    stop = threading.Event()
    with _stopping(stop), _progress_bar(not as_json) as progress:
        report = pipeline.ingest(settings, wanted, via=via, limit=limit, refresh=refresh, progress=progress, stop=stop)
    if as_json:
        from ui import contracts

        print_json(contracts.report(report))
    else:
        _show_report(report)
    if report.stopped:
        raise TutorError(STOPPED)
    if report.offline:
        raise TutorError(
            f"No network: nothing answered ({report.offline}). What is held stays as it is; check the connection (or "
            "the addresses) and run the same command again."
        )
    if not report.count("read", "changed", "unchanged", "duplicate"):
        raise TutorError("Nothing could be read. The report above says why; check the network or the addresses.")


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C asks the run to end after the page under way, the second ends it at once."""
    import signal

    def handle(_number: int, _frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        print("\nStopping after the pages under way; what was read is kept.", file=sys.stderr)
        stop.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress_bar(shown: bool) -> "Iterator[Any]":
    """A bar with rate and ETA on a terminal; now and then a line where output goes elsewhere."""
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[eta]}"),
        TextColumn("{task.fields[current]}", style="dim"),
    )
    with Bar(*columns, console=Console(stderr=True), refresh_per_second=4) as bar:
        task = bar.add_task("Reading", total=None, rate="", eta="", current="")

        def show(state: "Progress") -> None:
            rate = f"{state.done / state.seconds:.1f} pages/s" if state.seconds > 1 else ""
            eta = "" if state.eta is None else f"{int(state.eta) // 60}:{int(state.eta) % 60:02d} left"
            waiting = f"{state.waiting} passages to go  " if state.waiting else ""
            current = state.current if len(state.current) < 48 else state.current[:47] + "…"
            bar.update(task, completed=state.done, total=state.total, rate=rate, eta=eta, current=waiting + current)

        yield show


def _show_report(report: "Report") -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    shown = [
        (report.count("read"), "read"),
        (report.count("changed"), "changed"),
        (report.count("unchanged"), "unchanged"),
        (report.count("duplicate"), "the same as another"),
        (report.count("skipped"), "skipped"),
        (len(report.failures), "not readable"),
    ]
    summary = ", ".join(f"{count} {name}" for count, name in shown if count)
    for outcome in report.failures:
        console.print(f"  {outcome.outcome:<8} {outcome.url}\n           {outcome.reason}", markup=False)
    for reason, count in _skipped(report):
        console.print(f"  skipped  {count} x {reason}", markup=False)
    console.print(f"{summary or 'nothing to do'}; {report.passages} new passages; {report.seconds:.1f} s", markup=False)


def _skipped(report: "Report") -> Iterable[tuple[str, int]]:
    from collections import Counter

    return Counter(o.reason for o in report.outcomes if o.outcome == "skipped").most_common()


@app.command()
def sources(
    state: Annotated[
        str | None, typer.Option(help="Only links in this state: read, unchanged, changed, moved, dead, ...")
    ] = None,
    as_json: Json = False,
) -> None:
    """What the library holds, and the state of every link."""
    from tutor.health import HINTS
    from tutor.library import Library
    from ui import contracts

    if state is not None and state not in HINTS:
        raise BadInput(f"There is no state {state!r}. Choose one of: {', '.join(HINTS)}.")
    library = Library.open(_settings().places.library)
    held = contracts.sources(library, state)
    if as_json:
        print_json(held)
        return
    if state is None:
        _show_held(library, held)
    last = None
    for link in held["links"]:
        if link["condition"] != last and (state or link["condition"] not in ("read", "unchanged")):
            last = link["condition"]
            print(f"\n{last} ({held['counts'][last]}){': ' if HINTS[last] else ''}{HINTS[last]}")
        if last == link["condition"]:
            print(_health_line(link))


def _show_held(library: "Library", held: dict[str, Any]) -> None:
    """What is held, then how many links are in which state."""
    for source in held["sources"]:
        twin = f"  (nearly the same as {source['twin_of']})" if source["twin_of"] else ""
        length = f"{source['words']:>7} words {source['minutes'] or 0:>5} min"
        print(f"{length}  {source['title'][:60]:<60}  {source['url']}{twin}")
    for one in held["lists"]:
        print(f"reading list   {one['title']}: {one['chapters']} chapters, {one['resources']} resources  {one['url']}")
    counts = library.counts()
    print(f"{counts.sources} sources, {counts.words:,} words, {counts.passages} passages, {len(held['links'])} links")
    for condition, count in held["counts"].items():
        print(f"{count:>7} {condition}")
    if held["counts"]:
        print("`tutor sources --state dead` lists one state; `tutor ingest --refresh` asks all of them again.")


def _health_line(link: dict[str, Any]) -> str:
    facts = [
        link["reason"],
        f"held as of {link['as_of']}" if link["as_of"] else "",
        f"since {link['since'][:10]}",
        f"last asked {link['checked'][:10]}",
    ]
    return f"  {link['url']}\n      {'; '.join(fact for fact in facts if fact)}"


# -- models and the machine -------------------------------------------------------------------------------------------


@models_app.callback(invoke_without_command=True)
def models_root(context: typer.Context) -> None:
    """The models that answer."""
    if context.invoked_subcommand is None:
        models_list()


@models_app.command("list")
def models_list(as_json: Json = False) -> None:
    """The models to choose from, and the one in use."""
    from tutor import models

    listed = models.listed(_settings())
    if as_json:
        print_json(listed)
        return
    for model in listed:
        mark = "*" if model["used"] else " "
        print(f"{mark} {model['name']:<34} {model['size']:>9}  {model['note']}")


@models_app.command("use")
def models_use(name: Annotated[str, typer.Argument(help="A .gguf file, or a name from the list.")]) -> None:
    """Choose the model that answers."""
    from tutor import models

    print(models.use(_settings(), name))


@models_app.command("pull")
def models_pull(name: Annotated[str, typer.Argument(help="A name from `tutor models list`.")]) -> None:
    """Download a better model and use it. Interrupted, it carries on where it stopped."""
    from rich.progress import Progress as Bar

    from tutor import models

    with Bar() as bar:
        task = bar.add_task(name, total=None)
        print(models.pull(_settings(), name, lambda done, total: bar.update(task, completed=done, total=total)))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this installation: library, models, processor, disk."""
    from ui.doctor import checks

    results = checks(_settings())
    if as_json:
        print_json([{"name": c.name, "ok": c.ok, "detail": c.detail} for c in results])
    else:
        for check in results:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name:<12} {check.detail}")
    if not all(check.ok for check in results):
        raise TutorError("Something needs mending: see the lines marked BAD.")


@app.command()
def profile(
    code: Annotated[str | None, typer.Argument(help="A code that a browser shows, to have its profile here.")] = None,
) -> None:
    """Share conversations, plans and cards with a browser: prints a code to enter there, or takes one from there."""
    from tutor.library import Library
    from tutor.profiles import Profiles

    profiles = Profiles(Library.open(_settings().places.library))
    if code is not None:
        profiles.join(profiles.terminal(), code)
        print("Done. The terminal has that browser's conversations, plans and cards now.")
        return
    made = profiles.code(profiles.terminal())
    print(f"{made.text}  (works once, until {made.until.astimezone():%H:%M})")
    print("Enter it in the browser, under Settings. What that browser has kept so far joins what is kept here.")


@app.command(
    "eval",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def evaluate(context: typer.Context) -> None:
    """Measure answer quality on question sets, offline (`tutor eval --help`)."""
    from eval.__main__ import main as eval_main

    eval_main(context.args)


if __name__ == "__main__":
    main()
