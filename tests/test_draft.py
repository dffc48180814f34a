"""Questions drafted from a page, for a person to edit."""

import json
from pathlib import Path

import pytest

from eval import sets
from eval.draft import drafted, source_of
from tests.test_eval_main import tutor_eval
from tutor import notes
from tutor.errors import BadInput
from tutor.library import Library

SOURCES = notes.sources()


@pytest.mark.parametrize("source", SOURCES[:12], ids=lambda source: source.chapter)
def test_every_draft_is_a_sentence_of_its_page_and_a_line_of_a_set(source: notes.Source, tmp_path: Path) -> None:
    made = drafted(source, 8)
    assert 3 <= len(made) <= 8
    assert len({one.quote for one in made}) == len(made)
    assert [source.text.index(one.quote) for one in made] == sorted(source.text.index(one.quote) for one in made)
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(one.row(source.url)) + "\n" for one in made), encoding="utf-8")
    questions = sets.load(path)
    checked = sets.validate(questions, {source.url: source.text})
    assert checked.missing == ()
    assert checked.found == len(made)


def test_a_definition_is_asked_for_as_one() -> None:
    made = [one for source in SOURCES for one in drafted(source, 4)]
    asked = [one for one in made if not one.edit]
    assert len(asked) > 20
    assert all(one.question.startswith("What is ") for one in asked)
    assert all(one.question.startswith("EDIT ME") for one in made if one.edit)


def test_a_source_is_named_by_address_or_title(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.db") as library:
        notes.keep(library)
        assert source_of(library, "tutor:notes/tokenization").title == "Tokenization"
        assert source_of(library, "low-rank adapters").url == "tutor:notes/low-rank-adapters-lora"
        with pytest.raises(BadInput, match="No source is called 'nonsense'"):
            source_of(library, "nonsense")
        with pytest.raises(BadInput, match=r"2 sources are called 'tokenization'.*tokenization-beyond-text"):
            source_of(library, "tokenization")


def test_the_command_adds_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    own = tmp_path / "own.jsonl"
    for _ in range(2):
        code, out, _ = tutor_eval(
            monkeypatch, capsys, "draft", "tutor:notes/tokenization", "-n", "3", "--file", str(own)
        )
        assert code == 0
        assert f"3 questions added to {own}" in out
    assert len(own.read_text(encoding="utf-8").splitlines()) == 6
    code, out, _ = tutor_eval(monkeypatch, capsys, "draft", "tutor:notes/tokenization", "-n", "2")
    assert len([json.loads(line) for line in out.splitlines()]) == 2
    code, _, err = tutor_eval(monkeypatch, capsys, "draft", "tutor:notes/tokenization", "--file", str(tmp_path / "a/b"))
    assert (code, err.count("\n")) == (1, 1)
