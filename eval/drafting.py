"""
Drafted cards, counted and judged: how many code makes and rejects, and how many of them are good.

    python -m eval.drafting --half tune                    what is made and rejected
    python -m eval.drafting --sample 100 --out FILE        and a sample, to be read by a person
    python -m eval.drafting --notes --sample 60 --out FILE the same of the starter notes, which the tutor makes none of
    python -m eval.drafting --score                        the shares of eval/labels/drafts.jsonl

The library is that of TUTOR_HOME; it is copied first, so that nothing is written to it. Sources are halved by a hash of
their address: rules are made on the tune half, what is reported is read on the test half. The starter notes are clean
prose of the field and give more cards than the pages do: what is measured on them is the choice of wrong options, not
how pages are read. The labels hold ids and verdicts, no words of any page. Knows nothing of learners.
"""

import argparse
import hashlib
import json
import math
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tutor import drafts, notes, settings
from tutor.cards import Card
from tutor.encoder import open_encoder
from tutor.errors import BadInput, TutorError
from tutor.library import Library

LABELS = Path(__file__).parent / "labels" / "drafts.jsonl"
HALVES = ("tune", "test", "all")
# What is aimed at: of the cards that a person reads, so many are right, and so many worth asking.
RIGHT, SENSIBLE = 0.97, 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person who read a card says of it. `reason` is the reader's own, "" where nothing is wrong."""

    of: str  # pages, notes, or pages at first: the one reading of pages before what it found was mended
    card: str  # id
    kind: str
    right: bool
    sensible: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of all, with Wilson's 95 % interval."""

    good: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        z, n, share = 1.96, self.of, self.good / self.of
        middle, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.good / max(1, self.of):.3f} ({low:.3f}-{high:.3f}) n:{self.of}"


def half_of(url: str) -> str:
    """The half that the source at an address belongs to."""
    return "tune" if hashlib.sha256(url.encode()).digest()[0] % 2 == 0 else "test"


def made(path: Path, models: Path | None = None) -> tuple[list[Card], Mapping[str, int]]:
    """
    The cards that code makes of the library in this file, and the rejected by reason; the file stays as it is.

    With a folder of `models` spelling is looked at too, as the tutor does. Raises BadInput where there is no library.
    """
    if not path.is_file():
        raise BadInput(f"There is no library at {path}. Set TUTOR_HOME to a folder that has one, or read some pages.")
    encoder = open_encoder(models) if models else None
    with tempfile.TemporaryDirectory() as folder:
        for file in path.parent.glob(f"{path.name}*"):
            shutil.copy(file, folder)
        with Library.open(Path(folder) / path.name) as library:
            with library.change() as change:
                change.execute("DELETE FROM drafts")
                change.execute("DELETE FROM drafted")
            report = drafts.keep(library, encoder=encoder)
            return drafts.cards_of(library), report.rejected


def made_of_notes() -> tuple[list[Card], Mapping[str, int]]:
    """The cards that code makes of the starter notes, and the rejected by reason."""
    drafted = [drafts.draft(source, source.chapter or "") for source in notes.sources()]
    rejected: Counter[str] = Counter()
    for one in drafted:
        rejected.update(one.rejected)
    return [card for one in drafted for card in one.cards], dict(rejected.most_common())


def sample(cards: Sequence[Card], size: int, seed: int) -> list[Card]:
    """So many of the cards, in an order of their own: all of them where there are fewer."""
    return random.Random(seed).sample(sorted(cards, key=lambda card: card.id), min(size, len(cards)))


def read_labels(path: Path = LABELS) -> list[Verdict]:
    """The verdicts that are kept. Raises BadInput for a line that is none."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            found.append(Verdict(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise BadInput(f"{path.name}:{number}: no verdict ({error}).") from error
    return found


def scores(verdicts: Sequence[Verdict]) -> dict[str, Share]:
    """Shares of right and of sensible cards of what they were made of: all, and those of each kind."""
    found = {}
    kinds = sorted({(one.of, kind) for one in verdicts for kind in ("", one.kind)})
    for of, kind in kinds:
        read = [one for one in verdicts if one.of == of and kind in ("", one.kind)]
        label = f"{of}, {kind or 'all'}"
        found[f"right, {label}"] = Share(sum(one.right for one in read), len(read))
        found[f"sensible, {label}"] = Share(sum(one.sensible for one in read), len(read))
    return found


def _tell(cards: Sequence[Card], rejected: Mapping[str, int]) -> None:
    by_source = Counter(card.url for card in cards)
    print(f"{len(cards)} cards of {len(by_source)} sources: {dict(Counter(drafts.form(card) for card in cards))}")
    for url, count in by_source.most_common():
        print(f"  {count} {url}")
    print("rejected sentences of the whole library:")
    for reason, count in rejected.items():
        print(f"  {count:6} {reason}")


def main(arguments: Sequence[str]) -> int:
    """Counts, a sample, or the score of the labels."""
    parser = argparse.ArgumentParser(prog="python -m eval.drafting", description="Drafted cards, counted and judged.")
    parser.add_argument("--half", choices=HALVES, default="tune")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="where the sample goes, one card a line; outside the repository")
    parser.add_argument("--notes", action="store_true", help="of the starter notes instead of the library")
    parser.add_argument("--score", action="store_true", help="the shares of the kept labels")
    asked = parser.parse_args(arguments)
    try:
        if asked.score:
            for name, share in scores(read_labels()).items():
                print(f"{name:28} {share}")
            return 0
        places = settings.load().places
        cards, rejected = made_of_notes() if asked.notes else made(places.library, places.models)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    cards = [card for card in cards if asked.notes or asked.half in ("all", half_of(card.url))]
    _tell(cards, rejected)
    if asked.sample and asked.out:
        lines = (json.dumps(asdict(card) | {"id": card.id}) for card in sample(cards, asked.sample, asked.seed))
        asked.out.write_text("\n".join(lines) + "\n", "utf-8")
        print(f"a sample is at {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
