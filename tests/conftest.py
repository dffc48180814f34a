"""
What several test files share: Hypothesis's profile, a small library of the starter notes, and the real models.

The real models are converted once into a folder that outlives the run: TUTOR_TEST_MODELS, else `.cache/models` here.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tutor import notes
from tutor.encoder import LettersEncoder, MiniLM, open_encoder
from tutor.library import Library
from tutor.search import Search
from tutor.vectors import ExactIndex, encode_pending

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tutor.writer import Writer

# The same examples in every run: a failure can be met again. No deadline: the machine may be busy.
settings.register_profile(
    "tutor",
    derandomize=True,
    deadline=None,
    max_examples=100,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("tutor")


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where the real models are kept from run to run."""
    named = os.environ.get("TUTOR_TEST_MODELS")
    folder = Path(named) if named else Path(__file__).parent.parent / ".cache" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real Chromium, one for each test file that asks: while it runs, nothing else may run an event loop."""
    from playwright.sync_api import sync_playwright

    from tests import chromium

    found = chromium.executable()
    if found is None:
        pytest.fail("There is no Chromium. Install it with `python -m tests.chromium` and run the tests again.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(chromium.ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def encoder(models_folder: Path) -> MiniLM:
    """The embedded MiniLM."""
    return open_encoder(models_folder)


@pytest.fixture(scope="session")
def writer(models_folder: Path) -> "Iterator[Writer]":
    """The embedded SmolLM2."""
    from tutor.models import embedded
    from tutor.writer import LlamaCppWriter

    opened = LlamaCppWriter(embedded(models_folder))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def letters() -> LettersEncoder:
    """The toy encoder, whose vectors can be worked out by hand."""
    return LettersEncoder()


@pytest.fixture(scope="session")
def notes_library(tmp_path_factory: pytest.TempPathFactory, letters: LettersEncoder) -> Iterator[Library]:
    """The starter notes, encoded with the toy encoder. Shared by all tests: read it, never write to it."""
    with Library.open(tmp_path_factory.mktemp("notes") / "library.db") as library:
        notes.keep(library)
        encode_pending(library, letters)
        yield library


@pytest.fixture(scope="session")
def notes_search(notes_library: Library, letters: LettersEncoder) -> Search:
    """Search over the starter notes, exact and with the toy encoder."""
    index = ExactIndex(notes_library, letters)
    index.sync()
    return Search(notes_library, letters, index)


@pytest.fixture(scope="session")
def starter_home(models_folder: Path) -> Path:
    """A TUTOR_HOME with the starter notes alone, read by the product's own parts; kept from run to run."""
    from eval import gate

    return gate.home_of("starter/all", models_folder)


@pytest.fixture(scope="session")
def mirror_home(models_folder: Path) -> Path:
    """A TUTOR_HOME that has read the offline mirror; kept from run to run, and skipped where there is no mirror."""
    from eval import gate
    from tests.mirror import web_folder

    return gate.home_of("mirror/test", models_folder, web_folder())
