"""The baseline: LlamaIndex's starter over starter notes, with the real encoder and Writer, and how it is judged."""

import json
import socket
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval import runs, sets
from eval.baseline import Baseline, declines, statements, texts
from eval.baselines.llamaindex_starter import Numbered, Reply, Starter
from eval.compare import compared
from eval.run import Record, unasked
from eval.runs import Run
from eval.sets import Question
from tests.test_eval_main import tutor_eval
from tutor import handbook, notes, syllabus
from tutor.encoder import MiniLM
from tutor.library import Library
from tutor.writer import ScriptedWriter, Writer

ABOUT = ("tutor:notes/tokenization", "tutor:notes/lstms-and-grus")  # few: a small Writer reads slowly


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two of the starter notes."""
    with Library.open(tmp_path_factory.mktemp("two") / "library.db") as opened:
        for source in notes.sources():
            if source.url in ABOUT:
                opened.put(source)
        yield opened


@pytest.fixture(scope="module")
def asked(library: Library) -> list[Question]:
    """Two questions about those notes."""
    found = [q for q in sets.load(sets.SETS / "starter.jsonl") if q.url in {one.url for one in library.sources()}]
    assert len(found) >= 2
    return found[:2]


def opened(library: Library, encoder: MiniLM, writer: Writer, folder: Path) -> Baseline:
    return Baseline(Starter.open(texts(library), encoder, writer, folder), library, handbook.load())


# -- the starter ------------------------------------------------------------------------------------------------------


def test_it_finds_cites_and_is_judged_like_the_tutor(
    library: Library, encoder: MiniLM, asked: list[Question], tmp_path: Path
) -> None:
    question = asked[0]
    fact = question.facts[0][0]
    writer = ScriptedWriter([f"It is {fact} [1]. Or so they say [9].", "None of the sources are helpful."])
    baseline = opened(library, encoder, writer, tmp_path / "index")
    one, other = baseline.ask(question), baseline.ask(question)
    assert (one.rank, one.in_evidence, one.declined) == (1, True, False)
    assert (one.quotes, one.quotes_valid) == (2, 1)  # there is no ninth source
    assert one.facts_stated >= 1
    assert one.gold_cited
    assert [len(told["quotes"]) for told in one.stated] == [1, 0]
    assert one.stated[0]["text"] == f"It is {fact}."
    source = library.source(str(question.url))
    assert source is not None
    assert one.stated[0]["quotes"][0]["text"] in source.text
    assert one.prompt_tokens > 300  # both notes are in the prompt
    assert 0 < one.search_ms <= one.total_ms
    assert 0.2 < one.chance <= 1
    assert (other.declined, other.gold_cited, other.rank) == (True, False, 1)
    prompt = writer.prompts[0]
    assert "Source 1:" in prompt
    assert "cite the appropriate source(s)" in prompt  # LlamaIndex's own prompt
    assert question.question in prompt


def test_its_index_is_kept_and_its_tokenizer_put_back(
    library: Library, encoder: MiniLM, asked: list[Question], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import llama_index.core

    monkeypatch.setattr(llama_index.core, "global_tokenizer", None)
    first = opened(library, encoder, ScriptedWriter(["It rises [1]."]), tmp_path / "index").ask(asked[1])
    assert (tmp_path / "index" / "docstore.json").exists()
    assert llama_index.core.global_tokenizer is None
    again = Starter.open([], encoder, ScriptedWriter(["It rises [1]."]), tmp_path / "index")  # from the folder alone
    second = Baseline(again, library, handbook.load()).ask(asked[1])
    assert _timeless(first) == _timeless(second)


def _timeless(one: Record) -> Record:
    return replace(one, search_ms=0, evidence_ms=0, first_word_ms=None, total_ms=0)


def test_a_real_writer_answers_without_the_network(
    library: Library,
    encoder: MiniLM,
    writer: Writer,
    asked: list[Question],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    baseline = opened(library, encoder, writer, tmp_path / "index")
    records = [baseline.ask(question) for question in asked]
    assert all(one.rank is not None and one.in_evidence for one in records)
    assert all(one.quotes_valid <= one.quotes for one in records)
    assert all(0 < one.output_tokens <= 300 and one.prompt_tokens > 600 for one in records)
    assert all(one.first_word_ms and one.search_ms < one.first_word_ms < one.total_ms for one in records)
    tutor = [replace(unasked(q), facts=len(q.facts), facts_stated=len(q.facts), rank=1) for q in asked]
    run, other = (
        Run(Path(name), {"kind": "answers"}, [json.loads(runs.line(asdict(one))) for one in some], {})
        for name, some in (("baseline", records), ("tutor", tutor))
    )
    assert compared(run, other).questions["compared"] == 2


# -- how a reply is judged --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Empty Response",
        "None of the sources are helpful.",
        "None of the provided sources mention it. Try elsewhere.",
        "I cannot answer this question based on the provided sources.",
        "The provided sources do not mention how to bake bread.",
        "The sources don’t say.",
        "The answer is not provided in the sources.",
        "I'm sorry, but I don't have information on that.",
        "There is no information about this in the sources [1].",
        "I am unable to find an answer.",
    ],
)
def test_these_answers_decline(answer: str) -> None:
    assert declines(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "A router sends each token to two experts [1].",
        "The gates do not forget everything [2].",
        "Attention is not a convolution. None of the sources say more.",  # its first sentence answers
        "Dropout means that a unit is not used.",
    ],
)
def test_these_answers_do_not(answer: str) -> None:
    assert not declines(answer)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("It rises [1]. It rests [2][3].", [("It rises.", [1]), ("It rests.", [2, 3])]),
        ("It rises. [1] It rests.", [("It rises.", [1]), ("It rests.", [])]),
        ("It rises [1, 2], then rests [Source 3].", [("It rises, then rests.", [1, 2, 3])]),
        ("It rises [1][1] since 2017 [2017].", [("It rises since 2017.", [1])]),
        ("[1]", []),
        ("", []),
    ],
)
def test_a_sentence_rests_on_the_numbers_it_names(answer: str, told: list[tuple[str, list[int]]]) -> None:
    assert list(statements(answer)) == told


def test_a_chapter_and_resources_are_named_by_title_or_address(library: Library, encoder: MiniLM) -> None:
    book = handbook.load()
    chapter = book.chapters[3]
    first, second = chapter.resources[0], chapter.resources[1]
    question = Question(
        "h", "Which chapter?", "handbook", "own-words", "test", "starter",
        urls=(first.url, second.url), chapter=chapter.id,
    )  # fmt: skip
    baseline = Baseline(Starter(None, None), library, book)  # type: ignore[arg-type]

    def judged(text: str) -> Record:
        reply = Reply(text, (ABOUT[0],), (Numbered(ABOUT[0], "not in the note", 0.5),), 1, 1, 1.0, None, 2.0)
        return baseline.scored(unasked(question), question, reply)

    named = judged(f"See {chapter.title}: {first.title}, {second.url} [1].")
    assert (named.chapter_right, named.resources, named.resources_named) == (True, 2, 2)
    assert (named.quotes, named.quotes_valid) == (1, 0)  # its source is not the library's text, word for word
    other = judged("I know of none.")
    assert (other.chapter_right, other.resources_named) == (False, 0)


def test_its_texts_are_those_that_the_tutor_can_quote(library: Library, tmp_path: Path) -> None:
    assert {one.url for one in texts(library)} == {one.url for one in library.sources()}
    with Library.open(tmp_path / "library.db") as other:
        assert syllabus.keep(other, handbook.load())
        assert [one.url for one in texts(other)] == [syllabus.URL]


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_leaves_a_run_of_answers(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    starter_home: Path,
    library: Library,
    encoder: MiniLM,
) -> None:
    def scripted(tutor: object, home: Path) -> Baseline:
        replies = ["It rises [1]."] * 4
        return opened(library, encoder, ScriptedWriter(replies), tmp_path / "index")

    monkeypatch.setattr(Baseline, "open", staticmethod(scripted))  # the real index takes a minute
    monkeypatch.setenv("TUTOR_HOME", str(starter_home))
    run = ["baseline", "--set", "starter", "--sample", "4", "--folder", str(tmp_path / "run"), "--json"]
    code, out, _ = tutor_eval(monkeypatch, capsys, *run)
    assert code == 0
    told = json.loads(out)
    assert told["recipe"]["system"].startswith("LlamaIndex 0.")
    assert told["counts"]["questions"] == 4
    kept = runs.load(str(tmp_path / "run"), tmp_path)
    assert (kept.kind, len(kept.rows)) == ("answers", 4)
    assert not (tmp_path / "run" / "risk-coverage.svg").exists()
