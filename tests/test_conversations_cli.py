"""`tutor conversations` and `tutor ask --conversation` as a person (or a program) meets them."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import parsed as parsed_of
from tests.test_cli import refused
from tests.test_cli import tutor as tutor_of
from tutor.answers import Tutor
from tutor.conversations import Conversations
from tutor.encoder import LettersEncoder
from tutor.handbook import load
from tutor.library import Library
from tutor.search import Search
from ui import cli

Printed = tuple[int, str, str]
Run = Callable[..., Printed]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    notes_library: Library,
    notes_search: Search,
    letters: LettersEncoder,
) -> Run:
    """Runs `tutor`, which answers in quotes of the starter notes, with a home of its own: exit code, output, errors."""
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(cli, "_tutor", lambda: Tutor(notes_library, notes_search, letters, load(), None))

    def running(*arguments: str) -> Printed:
        monkeypatch.setattr("sys.argv", ["tutor", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return running


def parsed(done: Printed) -> Any:
    assert done[0] == 0, done[2]
    return json.loads(done[1])


def ask(run: Run, question: str = "What is LoRA?", conversation: str = "new") -> Any:
    return parsed(run("ask", question, "--conversation", conversation, "--json"))


def listed(run: Run, *more: str) -> Any:
    return parsed(run("conversations", *more, "--json"))


def test_a_conversation_is_begun_and_gone_on_with(run: Run) -> None:
    first = ask(run)
    assert first["conversation"] == 1
    assert ask(run, "why is it cheaper?", "last")["conversation"] == 1
    assert ask(run, "and what does it cost?", "1")["conversation"] == 1
    assert ask(run, "What is a tokenizer?")["conversation"] == 2
    newest, oldest = listed(run)
    assert {"conversation", "title", "created", "changed", "turns"} == set(newest)
    assert (newest["title"], newest["turns"]) == ("What is a tokenizer?", 1)
    assert (oldest["title"], oldest["turns"]) == ("What is LoRA?", 3)


def test_a_follow_up_is_understood_from_the_kept_conversation(run: Run, tmp_path: Path) -> None:
    ask(run)
    told = ask(run, "why is it cheaper?", "last")
    history = tmp_path / "history.json"
    history.write_text(json.dumps([{"question": "What is LoRA?", "answer": "x"}]))
    same = parsed(run("ask", "why is it cheaper?", "--history", str(history), "--json"))
    alone = parsed(run("ask", "why is it cheaper?", "--json"))
    assert [one["text"] for one in told["evidence"]] == [one["text"] for one in same["evidence"]]
    assert [one["text"] for one in told["evidence"]] != [one["text"] for one in alone["evidence"]]


def test_a_plain_question_is_kept_nowhere_and_prints_what_it_always_did(run: Run) -> None:
    answer = parsed(run("ask", "What is LoRA?", "--json"))
    assert "conversation" not in answer
    assert "conversation" not in run("ask", "What is LoRA?")[1]
    assert listed(run) == []
    assert "no conversation yet" in run("conversations")[1]


def test_a_person_is_told_where_the_turn_was_kept(run: Run) -> None:
    code, out, _ = run("ask", "What is LoRA?", "--conversation", "new")
    assert code == 0
    assert "Kept in conversation 1." in out
    assert "What is LoRA?" in run("conversations")[1]


def test_shown_as_it_was_with_its_citations(run: Run, tmp_path: Path) -> None:
    answer = ask(run)
    shown = parsed(run("conversations", "show", "1", "--json"))
    [turn] = shown["turns"]
    assert (turn["question"], turn["answer"], turn["statements"]) == (
        "What is LoRA?",
        answer["answer"],
        answer["statements"],
    )
    code, out, _ = run("conversations", "show", "1")
    assert code == 0
    for part in (
        "> What is LoRA?",
        answer["statements"][0]["text"],
        "[1]",
        answer["statements"][0]["quotes"][0]["link"],
    ):
        assert part in out
    file = tmp_path / "history.json"
    file.write_text(json.dumps(shown))
    assert parsed(run("ask", "why is it cheaper?", "--history", str(file), "--json"))["evidence"]


def test_found_renamed_and_deleted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(run)
    ask(run, "What is a tokenizer?")
    assert [one["conversation"] for one in listed(run, "--find", "TOKENIZER")] == [2]
    assert "No conversation holds 'zebra'" in run("conversations", "--find", "zebra")[1]
    assert run("conversations", "rename", "2", "Cutting", "words")[1] == "Conversation 2: Cutting words\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "Nothing was deleted" in run("conversations", "delete", "2")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "Deleted: conversation 2, Cutting words" in run("conversations", "delete", "2")[1]
    assert "Deleted: conversation 1" in run("conversations", "delete", "1", "--yes")[1]
    assert listed(run) == []
    assert ask(run)["conversation"] == 3, "a number is never given twice"


def test_exported_to_the_terminal_or_a_file(run: Run, tmp_path: Path) -> None:
    answer = ask(run)
    code, out, _ = run("conversations", "export", "1")
    assert code == 0
    assert out.startswith("# What is LoRA?\n")
    quote = answer["statements"][0]["quotes"][0]
    assert f"1. {quote['title']}" in out
    assert f"“{quote['text']}”" in out
    file = tmp_path / "talk.md"
    assert run("conversations", "export", "1", "--file", str(file))[:2] == (0, f"Written: {file}\n")
    assert file.read_text(encoding="utf-8") == out


def test_the_browsers_conversations_are_not_the_terminals(run: Run, tmp_path: Path) -> None:
    with Library.open(tmp_path / "home" / "library.db") as library:
        number = Conversations(library, "browser:somebody").begin("Mine alone")
    assert listed(run) == []
    assert run("conversations", "show", str(number))[0] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("conversations", "show", "7"), "no conversation 7"),
        (("conversations", "rename", "7", "x"), "no conversation 7"),
        (("conversations", "rename", "1", " "), "needs a name"),
        (("conversations", "delete", "7", "--yes"), "no conversation 7"),
        (("conversations", "delete", "1"), "Add --yes"),
        (("conversations", "export", "7"), "no conversation 7"),
        (("conversations", "export", "1", "--file", "nowhere/at/all.md"), "cannot be written"),
        (("ask", "What is LoRA?", "--conversation", "7"), "no conversation 7"),
        (("ask", "What is LoRA?", "--conversation", "yesterday"), "takes a number, new or last"),
        (("ask", "?!", "--conversation", "new"), "no word in"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    ask(run)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, told = run(*arguments)
    assert code == 1
    assert says in told
    assert told.rstrip().splitlines()[-1].startswith("tutor: ")
    assert len(listed(run)) == 1


def test_the_last_of_none_is_told(run: Run) -> None:
    code, out, told = run("ask", "What is LoRA?", "--conversation", "last")
    assert (code, out) == (1, "")
    assert "--conversation new" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("conversations", "show"),
        ("conversations", "show", "first"),
        ("conversations", "rename", "1"),
        ("ask", "q", "--conversation", "1", "--history", "x.json"),
        ("ask", "--conversation", "1", "--file", "x.jsonl"),
    ],
)
def test_wrong_usage_is_two(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_with_the_real_parts_from_one_process_to_the_next(tmp_path: Path, models_folder: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(models_folder.resolve(), target_is_directory=True)
    first = parsed_of(tutor_of(home, "ask", "What is LoRA?", "--conversation", "new", "--json"))
    exported = tutor_of(home, "conversations", "export", str(first["conversation"]))
    assert exported.returncode == 0
    assert "Low-Rank Adapters" in exported.stdout
    assert "no conversation 9" in refused(tutor_of(home, "conversations", "export", "9"))
