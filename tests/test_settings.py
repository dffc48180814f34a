"""Settings: a variable wins over the file, the file over the default; what cannot be used is named."""

from pathlib import Path

import pytest

from tutor.errors import SettingsError
from tutor.settings import Answering, Parts, load


def loaded(home: Path, written: str = "", **variables: str):
    (home / "tutor.toml").write_text(written, encoding="utf-8")
    return load({"TUTOR_HOME": str(home), **variables})


def test_defaults(tmp_path: Path) -> None:
    settings = load({"TUTOR_HOME": str(tmp_path)})
    assert settings.answering == Answering(prompt_tokens=600, output_tokens=160)
    assert settings.parts == Parts(model=None, model_server=None, chroma_server=None)
    places = settings.places
    assert [p.name for p in (places.library, places.chroma, places.pages, places.models, places.settings_file)] == [
        "library.db", "chroma", "pages", "models", "tutor.toml",
    ]  # fmt: skip
    assert all(p.parent == tmp_path for p in (places.library, places.chroma, places.pages, places.models))


def test_the_default_home_is_the_platforms_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("TUTOR_HOME", raising=False)
    assert load().places.home.name == "tutor"
    assert load({"TUTOR_HOME": ""}).places.home == load().places.home


def test_home_may_begin_with_a_tilde_or_be_relative(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load({"TUTOR_HOME": "~/books"}).places.home == tmp_path / "books"
    monkeypatch.chdir(tmp_path)
    assert load({"TUTOR_HOME": "books"}).places.home == tmp_path / "books"


def test_the_file_wins_over_the_default_and_a_variable_over_the_file(tmp_path: Path) -> None:
    written = """
        [model]
        path = "qwen.gguf"
        server = "http://127.0.0.1:8080/v1"
        [answering]
        prompt_tokens = 900
        output_tokens = 50
        [chroma]
        server = "http://127.0.0.1:8000"
    """
    settings = loaded(tmp_path, written)
    assert settings.answering == Answering(900, 50)
    assert settings.parts == Parts("qwen.gguf", "http://127.0.0.1:8080/v1", "http://127.0.0.1:8000")
    settings = loaded(
        tmp_path, written, TUTOR_MODEL="phi.gguf", TUTOR_MODEL_SERVER="http://b", TUTOR_CHROMA_SERVER="http://c",
        TUTOR_PROMPT_TOKENS="700", TUTOR_OUTPUT_TOKENS="",
    )  # fmt: skip
    assert settings.answering == Answering(700, 50)
    assert settings.parts == Parts("phi.gguf", "http://b", "http://c")


@pytest.mark.parametrize(
    ("written", "variables", "named"),
    [
        ("[answering]\nprompt_tokens = 'many'", {}, "prompt_tokens in tutor.toml must be a whole number .* 'many'"),
        ("[answering]\nprompt_tokens = 0", {}, "prompt_tokens in tutor.toml .* at least 200"),
        ("[answering]\noutput_tokens = true", {}, "output_tokens in tutor.toml"),
        ("[answering]\noutput_tokens = 1.5", {}, "output_tokens in tutor.toml"),
        ("", {"TUTOR_PROMPT_TOKENS": "-1"}, "TUTOR_PROMPT_TOKENS must be a whole number of at least 200, found '-1'"),
        ("", {"TUTOR_OUTPUT_TOKENS": "many"}, "TUTOR_OUTPUT_TOKENS must be"),
        ("model = 'qwen'", {}, r"\[model\] must be a table"),
        ("[model]\npath = 3", {}, "path in tutor.toml must be a text in quotes, found 3"),
        ("[model", {}, "tutor.toml cannot be read"),
        ("", {"TUTOR_HOME": "~nobody-of-this-name/x"}, "TUTOR_HOME names"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(
    tmp_path: Path, written: str, variables: dict[str, str], named: str
) -> None:
    (tmp_path / "tutor.toml").write_text(written)
    with pytest.raises(SettingsError, match=named) as error:
        load({"TUTOR_HOME": str(tmp_path), **variables})
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "tutor.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load({"TUTOR_HOME": str(tmp_path)})


def test_the_form_of_an_answer_is_one_of_three(tmp_path: Path) -> None:
    assert load({"TUTOR_HOME": str(tmp_path)}).answering.form == "check"
    written = '[answering]\nform = "quotes"\n'
    assert loaded(tmp_path, written).answering.form == "quotes"
    assert loaded(tmp_path, written, TUTOR_FORM="grammar").answering.form == "grammar"
    with pytest.raises(SettingsError, match="TUTOR_FORM must be one of quotes, check, grammar, found 'verse'"):
        loaded(tmp_path, TUTOR_FORM="verse")
    with pytest.raises(SettingsError, match=r"form in tutor\.toml must be one of"):
        loaded(tmp_path, '[answering]\nform = "verse"\n')
