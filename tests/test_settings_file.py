"""tutor.toml is changed line by line: nothing else in it moves, and what cannot be changed so is left alone."""

import tomllib
from pathlib import Path

import pytest

from tutor.errors import SettingsError
from tutor.settings_file import remember, with_value

WRITTEN = """# mine
[model]
server = "http://x"  # the big one
path = 'old'

[answering] # how
form = "check"
"""


def test_several_values_change_and_all_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "tutor.toml"
    remember(file, {("model", "path"): None})
    assert not file.exists()
    remember(file, {("model", "path"): "new", ("answering", "prompt_tokens"): 300})
    assert tomllib.loads(file.read_text()) == {"model": {"path": "new"}, "answering": {"prompt_tokens": 300}}
    file.write_text(WRITTEN)
    remember(file, {("model", "server"): None, ("answering", "prompt_tokens"): 300, ("chroma", "server"): "y"})
    assert file.read_text() == (
        "# mine\n[model]\npath = 'old'\n\n[answering] # how\nprompt_tokens = 300\nform = \"check\"\n\n"
        '[chroma]\nserver = "y"\n'
    )


@pytest.mark.parametrize(
    "written",
    ['model.path = "old"\n', 'model = {path = "old"}\n', '[model]\npath = """\nold"""\n', "[model\n", "model = 3\n"],
)
def test_what_is_written_otherwise_is_left_alone(tmp_path: Path, written: str) -> None:
    file = tmp_path / "tutor.toml"
    file.write_text(written)
    with pytest.raises(SettingsError, match=r"tutor\.toml"):
        remember(file, {("model", "path"): "new"})
    assert file.read_text() == written
    assert [one.name for one in tmp_path.iterdir()] == ["tutor.toml"]


def test_a_number_is_no_text() -> None:
    assert with_value("", "answering", "prompt_tokens", 300) == "[answering]\nprompt_tokens = 300\n"
