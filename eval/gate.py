"""
The slice of the evaluation that `make test` holds against its floors, in a minute: quotes only, since what is found and
whether it is declined does not depend on the Writer.

Libraries are made once under `.cache` of the checkout. Without the mirror, only the starter notes and the syllabus are
asked about.

    python -m eval.gate                      raise the floors where they were exceeded (`make floors`)
    python -m eval.gate --lower REASON       set all floors to what is measured now
"""

from pathlib import Path
from typing import Annotated

import typer

from eval import facts, floors, practice, sets, support
from eval.corpus import mirror_library, starter_library
from eval.run import Record, recipe, run, summarise
from tutor.answers import Tutor
from tutor.encoder import open_encoder
from tutor.errors import TutorError
from tutor.settings import Places, Settings

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
MIRROR = ROOT.parent / "shared" / "web"
# What is asked: name of the floors -> set, half. Of what numbers were chosen on, only the starter set is asked whole.
SLICES = {
    "starter/all": ("starter", "all"),
    "handbook/all": ("handbook", "all"),
    "mirror/test": ("mirror", "test"),
    "conversations/test": ("conversations", "test"),
}
OFFLINE = ("starter", "handbook")  # asked of the starter notes alone
# How far a figure may fall before it counts: another processor's int8 arithmetic moves a question or two.
SLACK = 0.02


def home_of(name: str, models: Path, mirror: Path = MIRROR) -> Path:
    """The TUTOR_HOME that a slice is asked of, made where it is not there yet (the mirror takes minutes)."""
    starter = SLICES[name][0] in OFFLINE
    home = CACHE / ("starter" if starter else "mirror")
    home.mkdir(parents=True, exist_ok=True)
    link = home / "models"
    if link.is_symlink() and link.resolve() != models.resolve():
        link.unlink()
    if not link.exists():
        link.symlink_to(models.absolute(), target_is_directory=True)
    if starter:
        starter_library(home)
    else:
        mirror_library(home, mirror)
    return home


def open_tutor(home: Path, *, writer: bool = False) -> Tutor:
    """The tutor of a home, with the product's own parts."""
    return Tutor.open(Settings(Places(home)), writer=writer)


def measure(tutor: Tutor, name: str) -> tuple[floors.Floor, list[Record]]:
    """Asks a slice: its figures as floors are kept, and what became of each question."""
    asked = sets.named(*SLICES[name])
    records = run(tutor, asked)
    return floors.measured(summarise(records).figures, recipe(tutor, asked, *SLICES[name])), records


def main(
    lower: Annotated[str | None, typer.Option(help="Set all floors to this run, for this reason.")] = None,
    mirror: Annotated[Path, typer.Option(help="The folder of the offline mirror.")] = MIRROR,
    models: Annotated[Path, typer.Option(help="Where the models are kept.")] = CACHE / "models",
) -> None:
    """Asks every slice and raises its floors, or with a reason sets them."""
    models.mkdir(parents=True, exist_ok=True)
    try:
        for name, (of, _) in SLICES.items():
            if of not in OFFLINE and not mirror.exists():
                print(f"{name}: left as it is, since there is no mirror at {mirror}")
                continue
            measured, _ = measure(open_tutor(home_of(name, models, mirror)), name)
            kept = floors.record(name, measured, lower)
            print(f"{name}: " + " ".join(f"{figure}={value:.3f}" for figure, value in kept.figures.items()))
        for half in sets.HALVES:
            kept = floors.record(f"support/{half}", support.measure(half, open_encoder(models))[0], lower)
            print(f"support/{half}: " + " ".join(f"{figure}={value:.3f}" for figure, value in kept.figures.items()))
            kept = floors.record(f"practice/{half}", practice.measure(half)[0], lower)
            print(f"practice/{half}: " + " ".join(f"{figure}={value:.3f}" for figure, value in kept.figures.items()))
            kept = floors.record(f"facts/{half}", facts.measure(half, open_encoder(models))[0], lower)
            print(f"facts/{half}: " + " ".join(f"{figure}={value:.3f}" for figure, value in kept.figures.items()))
    except TutorError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    typer.run(main)
