"""
What the tests of the Practice tab share: a card of each kind over the starter notes, and an app with a clock to set.

`python -m tests.practising FOLDER [PORT [PASSWORD]]` is that app, with a password shared on the network; it reads the
time in FOLDER/now.
"""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tutor import handbook, notes
from tutor.answers import Tutor
from tutor.cards import CHOICE, NUMBER, ORDER, RECALL, Card, Wrong
from tutor.encoder import LettersEncoder
from tutor.library import Library
from tutor.links import NOTES
from tutor.practice import Practice
from tutor.search import Search
from tutor.settings import Places, Settings
from tutor.vectors import ExactIndex, encode_pending
from tutor.writer import Message
from ui.app import serve
from ui.desk import Desk
from ui.sharing import Password

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
LORA, FLASH = "low-rank-adapters-lora", "flashattention"

FROZEN = Card(
    LORA,
    "frozen",
    CHOICE,
    "Which parameters does LoRA train?",
    "small low-rank updates added to selected weight matrices",
    NOTES + LORA,
    "Low-rank adaptation (LoRA) is a fine-tuning method that freezes the pretrained weights and trains only small "
    "low-rank updates that are added to selected weight matrices.",
    wrong=(
        Wrong("all pretrained weights, at a low learning rate", "The pretrained weights are frozen in LoRA."),
        Wrong("only the biases and layer norms of each block", "LoRA does not single out biases or norms."),
        Wrong("the last layer alone, with a new output head", "LoRA's updates are not only at the end."),
    ),
)
ZERO = Card(
    LORA,
    "zero",
    RECALL,
    "LoRA's factor $A$ starts at random values. At which value does $B$ start?",
    "zero",
    NOTES + LORA,
    "LoRA starts $B$ at zero and $A$ at random values, so training begins exactly at the pretrained model.",
)
MEMORY = Card(
    LORA,
    "memory",
    NUMBER,
    "Full fine-tuning with Adam in mixed precision takes about 16 bytes per parameter. How many GB is that for a model "
    "of 3 billion parameters?",
    "48",
    NOTES + LORA,
    "Full fine-tuning with Adam in mixed precision takes about 16 bytes per parameter for weights, gradients and "
    "optimizer states, or 112 GB for 7 billion parameters.",
    unit="GB",
    calculation="3e9 * 16 / 1e9",
)
STEPS = ("split queries, keys and values into blocks", "compute a block of scores", "use the block", "discard it")
TILING = Card(
    FLASH,
    "tiling",
    ORDER,
    "Put the steps of FlashAttention's tiling in order.",
    "; ".join(STEPS),
    NOTES + FLASH,
    "Tiling is the splitting of queries, keys and values into blocks small enough for SRAM, so that each block of "
    "scores is computed, used and discarded there.",
    steps=STEPS,
)
CARDS = (FROZEN, ZERO, MEMORY, TILING)


class Small(Desk):
    """A desk with these cards alone."""

    def practice(self, owner: str) -> Practice:
        return Practice(self.library, owner, cards=CARDS)


class Rambling:
    """A Writer that goes on until it is stopped."""

    name, context_tokens, special_tokens = "rambling", 4096, ()

    def count(self, text: str) -> int:
        return len(text) // 4

    def render(self, messages: Sequence[Message]) -> str:
        return "\n".join(message.content for message in messages)

    def write(
        self, prompt: str, *, max_tokens: int, stop: threading.Event | None = None, grammar: str | None = None
    ) -> Iterator[str]:
        while stop is None or not stop.is_set():
            time.sleep(0.05)
            yield "and on "


def opened(settings: Settings, _writer: bool = False) -> Tutor:
    """A tutor over the starter notes with the toy encoder and no model: there in no time."""
    library, letters = Library.open(settings.places.library), LettersEncoder()
    notes.keep(library)
    encode_pending(library, letters)
    index = ExactIndex(library, letters)
    index.sync()
    return Tutor(library, Search(library, letters, index), letters, handbook.load(), Rambling())


def main(folder: Path, port: str = "0", password: str = "") -> None:
    clock = folder / "now"
    given = Settings(Places(folder))
    desk = Small(given, open_tutor=opened, now=lambda: datetime.fromisoformat(clock.read_text()))
    running = serve(given, int(port), desk=desk, password=Password(password) if password else None)
    print(f"Tutor: {running.url}", flush=True)
    running.thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
