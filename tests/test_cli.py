"""The terminal as a person (or a program) meets it: what is printed, in which form, with which exit code."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.mirror import Reply, website
from tests.test_pipeline import HOST, page


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    """A TUTOR_HOME of its own with the models that are ready already."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "models").symlink_to(models_folder, target_is_directory=True)
    return folder


def tutor(home: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "TUTOR_HOME": str(home), "COLUMNS": "200", **variables}
    command = [sys.executable, "-m", "ui.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line of a command that could not be done."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


def parsed(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


QUOTE = {"url", "title", "heading", "text", "start", "end", "link"}


def test_ask_prints_the_contracts_json(home: Path) -> None:
    answer = parsed(tutor(home, "ask", "What is LoRA?", "--json"))
    assert set(answer) == {
        "question", "asked", "understood", "answer", "declined", "kind", "missing", "statements", "evidence", "chapter",
        "follow_ups", "model", "timings_ms",
    }  # fmt: skip
    assert (answer["asked"], answer["understood"]) == ("What is LoRA?", None)
    assert answer["declined"] is False
    assert answer["kind"] == "explain"
    for statement in answer["statements"]:
        assert set(statement) == {"text", "support", "quotes"}
        assert 0 <= statement["support"] <= 1
        assert all(set(quote) == QUOTE for quote in statement["quotes"])
    assert set(answer["chapter"]) == {"section", "chapter", "url"}
    assert set(answer["model"]) == {"name", "prompt_tokens", "output_tokens", "budget_tokens"}
    assert set(answer["timings_ms"]) == {"search", "evidence", "first_word", "total"}


def test_ask_for_people_numbers_its_sources(home: Path) -> None:
    done = tutor(home, "ask", "What is LoRA?")
    assert done.returncode == 0
    assert "[1]" in done.stdout
    assert "Low-Rank Adapters (LoRA)" in done.stdout


def test_what_a_follow_up_was_taken_for_is_told(home: Path, tmp_path: Path) -> None:
    before = tmp_path / "history.json"
    before.write_text(json.dumps([{"question": "What is LoRA?", "answer": "A fine-tuning method."}]))
    shown = tutor(home, "ask", "explain like I'm five", "--history", str(before))
    assert shown.stdout.splitlines()[0] == "Understood as: What is LoRA? (in plain words)"
    told = parsed(tutor(home, "ask", "how does it save memory?", "--history", str(before), "--json"))
    assert told["question"] == "how does it save memory?"
    assert told["asked"] == "how does LoRA save memory?"
    assert told["understood"] == {"question": told["asked"], "level": "intermediate", "wants": [], "by": "rules"}
    assert "Understood as" not in tutor(home, "ask", "What is LoRA?").stdout


def test_ask_a_file_answers_line_by_line_in_order(home: Path, tmp_path: Path) -> None:
    lines = [
        {"id": "a", "question": "What is tokenization?"},
        {"id": "b", "question": "why is it needed?", "history": [{"question": "What is tokenization?", "answer": "x"}]},
        {"id": "c", "question": ""},
        {"question": "How long do I boil an egg?"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    done = tutor(home, "ask", "--file", str(file), "--json")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("id") for answer in answers] == ["a", "b", "c", None]
    assert "error" in answers[2]
    assert answers[3]["declined"] is True


def test_search_prints_the_contracts_json(home: Path, tmp_path: Path) -> None:
    found = parsed(tutor(home, "search", "key-value cache memory", "-k", "3", "--json"))
    assert set(found) == {"query", "passages", "timings_ms"}
    assert [passage["rank"] for passage in found["passages"]] == [1, 2, 3]
    assert set(found["passages"][0]) == {"rank", "score", "url", "title", "heading", "text", "start", "end"}
    assert found["passages"][0]["url"] == "tutor:notes/key-value-caching-and-paged-attention"
    file = tmp_path / "queries.jsonl"
    file.write_text('{"id": 7, "query": "beam search"}\n{"question": "DPO"}\n')
    done = tutor(home, "search", "--file", str(file), "--json")
    assert [json.loads(line).get("id") for line in done.stdout.splitlines()] == [7, None]


def test_ingest_reports_and_sources_lists(home: Path) -> None:
    pages = {f"/{HOST}/a": Reply(page("Alpha", "Alpha is a letter."))}
    with website(pages) as site:
        arguments = ("ingest", f"{HOST}/a", f"{HOST}/gone", "--via", site.base + "{url}")
        report = parsed(tutor(home, *arguments, "--json"))
        assert (report["read"], report["dead"]) == (1, 1)
        assert report["passages"] >= 1
        again = tutor(home, *arguments)
        assert again.returncode == 0
        assert "1 unchanged" in again.stdout
        assert "not found (404)" in again.stdout
    held = parsed(tutor(home, "sources", "--json"))
    states = {link["url"]: link["state"] for link in held["links"]}
    assert states == {f"{HOST}/a": "read", f"{HOST}/gone": "dead"}
    assert any(source["url"] == f"{HOST}/a" and source["words"] > 100 for source in held["sources"])
    assert held["counts"] == {"read": 1, "dead": 1}
    dead = parsed(tutor(home, "sources", "--state", "dead", "--json"))["links"]
    assert [(link["url"], link["condition"], link["held"]) for link in dead] == [(f"{HOST}/gone", "dead", False)]
    shown = tutor(home, "sources").stdout
    assert shown.index("1 dead") < shown.index(f"  {HOST}/gone\n      not found (404)")
    assert f"{HOST}/gone" not in tutor(home, "sources", "--state", "read").stdout


def test_without_a_network_there_is_one_line_and_nothing_is_marked(home: Path) -> None:
    before = parsed(tutor(home, "sources", "--json"))
    # A mirror that is not running is a network where nothing answers.
    addresses = [f"https://nobody{n}.test/" for n in range(10)]
    line = refused(tutor(home, "ingest", *addresses, "--via", "http://127.0.0.1:9/{url}", "--json"))
    assert line.startswith("tutor: No network: nothing answered (no connection)")
    assert parsed(tutor(home, "sources", "--json")) == before


def test_ctrl_c_keeps_what_was_read(home: Path) -> None:
    import signal

    pages = {f"/{HOST}/slow{n}": Reply(page(f"Slow {n}")) for n in range(30)}
    with website(pages) as site:
        command = [sys.executable, "-m", "ui.cli", "ingest", "--via", site.base + "{url}"]
        command += [f"{HOST}/slow{n}" for n in range(30)]
        environment = {**os.environ, "TUTOR_HOME": str(home)}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len([path for path in site.paths if "slow" in path]) < 2 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert "run the same command again" in errors
    held = parsed(tutor(home, "sources", "--json"))
    assert sum("slow" in link["url"] and link["state"] == "read" for link in held["links"]) >= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ask", ""), "There is no question"),
        (("ask", "x" * 20_000), "2,000 is the most"),
        (("ask", "什么是注意力机制？"), "in English"),
        (("ask", "What is LoRA?", "--level", "genius"), "beginner, intermediate, expert"),
        (("ask", "--file", "nowhere.jsonl"), "cannot be read"),
        (("sources", "--state", "lost"), "read, unchanged, changed"),
        (("ingest", "nowhere.pdf"), "neither a web address"),
        (("ingest", "https://a.test/", "--via", "http://127.0.0.1:1/"), "{url}"),
        (("models", "use", "nowhere.gguf"), "tutor models"),
        (("search", ""), "There is no question"),
    ],
)
def test_bad_input_gets_one_line(home: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(tutor(home, *arguments))


def test_a_model_that_is_no_gguf_is_refused(home: Path, tmp_path: Path) -> None:
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"not a model at all" * 100)
    assert "GGUF" in refused(tutor(home, "models", "use", str(fake)))
    assert "GGUF" in refused(tutor(home, "ask", "What is LoRA?", TUTOR_MODEL=str(fake)))


def test_a_damaged_library_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"half a library" * 400)
    assert "library.db is damaged" in refused(tutor(tmp_path, "sources"))
    assert (tmp_path / "library.db").read_bytes().startswith(b"half a library")


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "TUTOR_HOME" in refused(tutor(tmp_path / "file" / "home", "sources"))


def test_unreachable_pages_end_with_one_line(home: Path) -> None:
    done = tutor(home, "ingest", "http://127.0.0.1:9/nothing", "--json")
    assert "Nothing could be read" in refused(done)


def test_models_and_doctor_tell_what_is_used(home: Path) -> None:
    listed = parsed(tutor(home, "models", "list", "--json"))
    assert [model["name"] for model in listed if model["used"]] == ["SmolLM2-135M-Instruct"]
    checks = parsed(tutor(home, "doctor", "--json"))
    assert all(check["ok"] for check in checks), checks


def test_wrong_usage_is_two(home: Path) -> None:
    assert tutor(home, "ask", "--nonsense").returncode == 2


def test_help_is_quick(home: Path) -> None:
    tutor(home, "--help")
    began = time.perf_counter()
    assert tutor(home, "--help").returncode == 0
    assert time.perf_counter() - began < 1.5  # 0.3 s on an idle machine; a heavy import would take it over
