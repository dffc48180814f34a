"""What the doctor says of a machine that is well, and of one that is not."""

from pathlib import Path

import pytest

from tutor.settings import Parts, Places, Settings
from ui import doctor
from ui.doctor import Check, checks


def by_name(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in checks(settings)}


@pytest.fixture
def home(tmp_path: Path, models_folder: Path) -> Path:
    (tmp_path / "models").symlink_to(models_folder, target_is_directory=True)
    return tmp_path


def test_a_machine_that_is_well(home: Path) -> None:
    found = by_name(Settings(Places(home)))
    assert all(check.ok for check in found.values()), found
    assert "384 dimensions" in found["encoder"].detail
    assert "SmolLM2" in found["model"].detail
    assert "cores" in found["processor"].detail


def test_one_bad_part_does_not_hide_the_others(home: Path) -> None:
    (home / "library.db").write_bytes(b"nothing of SQLite" * 300)
    (home / "fake.gguf").write_bytes(b"nothing of GGUF" * 300)
    found = by_name(Settings(Places(home), parts=Parts(model=str(home / "fake.gguf"))))
    assert (found["library"].ok, found["model"].ok, found["encoder"].ok) == (False, False, True)
    assert "damaged" in found["library"].detail
    assert all("\n" not in check.detail for check in found.values())


def test_too_little_disk_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_DISK", 10**18)
    assert "Free some space" in by_name(Settings(Places(home)))["folder"].detail
