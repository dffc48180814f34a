"""When a library of the evaluation is made anew, and what it is made of; building it whole is test_quality's part."""

import json
from pathlib import Path

import pytest

from eval.corpus import addresses, main, mirror_library, recipe, starter_library
from tutor import handbook
from tutor.errors import BadInput
from tutor.library import Library
from tutor.passages import Source


def mirror_of(folder: Path, *urls: str) -> Path:
    """A folder with the manifest of a mirror of these pages."""
    pages = [{"url": url, "title": "A page", "author": None} for url in urls]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    return folder


def test_the_recipe_changes_with_the_pages_and_with_nothing_else(tmp_path: Path) -> None:
    once = recipe(mirror_of(tmp_path, "https://a.test/"))
    assert recipe(mirror_of(tmp_path, "https://a.test/")) == once
    assert recipe(mirror_of(tmp_path, "https://a.test/", "https://b.test/")) != once
    assert recipe(None) not in (once, "")


def test_a_page_of_the_handbook_is_read_with_what_the_handbook_knows_of_it(tmp_path: Path) -> None:
    chapter, resource = next(
        (c, r) for s in handbook.load().sections for c in s.chapters for r in c.resources if r.kind == "article"
    )
    known, unknown = addresses(mirror_of(tmp_path, resource.url, "https://nowhere.test/"))
    assert (known.chapter, known.kind, known.follow) == (chapter.id, resource.kind, "none")
    assert (unknown.chapter, unknown.kind, unknown.follow) == (None, None, "none")


def test_a_library_of_the_same_recipe_is_kept_and_one_of_another_is_made_anew(tmp_path: Path) -> None:
    starter_library(tmp_path)
    with Library.open(tmp_path / "library.db") as library:
        library.put(Source("https://a.test/", "A", "Something to keep."))
    starter_library(tmp_path)
    with Library.open(tmp_path / "library.db") as library:
        assert library.counts().sources == 1
        library.put_fact("eval recipe", "that of last week")
    starter_library(tmp_path)
    with Library.open(tmp_path / "library.db") as library:
        assert library.counts().sources == 0


def test_a_folder_without_a_mirror_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="There is no mirror at"):
        mirror_library(tmp_path / "home", tmp_path)
    assert main([str(tmp_path / "home"), str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main([]) == 2
