"""
Citations: do the quotes of a statement support it, and is each of them needed?

In the sense of ALCE (Gao, Yen, Yu and Chen 2023), with the tutor's own check (tutor.check) where they ask a large
model. Recall is the share of statements that their quotes together support. Precision is the share of quotes that are
needed: not one that alone does not support its statement while the others do without it, and none of a statement that
is not supported. Besides, a lower bound that asks no model: the share of a statement's meaningful words that stand in
its quotes. Knows nothing of where statements come from: any with quotes will do, a baseline's too. Not covered: a
check that errs. What it is worth is measured apart (eval.support), and a Writer's sentences have passed it before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutor.answers import plain
from tutor.check import SUPPORTED, Checker
from tutor.encoder import Encoder
from tutor.passages import Quote
from tutor.words import stems


@dataclass(frozen=True, slots=True)
class Cited:
    """
    A statement and its quotes: its support 0..1 by all `together` and by each `alone`; `needed`: which are relevant.

    `words`: the share of the statement's meaningful words that stand in its quotes.
    """

    together: float
    alone: tuple[float, ...]
    needed: tuple[bool, ...]
    words: float

    @property
    def supported(self) -> bool:
        return self.together >= SUPPORTED


def judge(text: str, quotes: Sequence[Quote], encoder: Encoder) -> Cited:
    """What `quotes` are to the statement `text`."""
    words = covered(text, [quote.text for quote in quotes])
    alone = tuple(Checker([quote], encoder).check(text).support for quote in quotes)
    together = max([_in_a_row(text, quotes, encoder), *alone])
    if together < SUPPORTED:
        return Cited(together, alone, (False,) * len(alone), words)
    needed = []
    for at, support in enumerate(alone):
        others, theirs = [*quotes[:at], *quotes[at + 1 :]], [*alone[:at], *alone[at + 1 :]]
        without = support < SUPPORTED and max([_in_a_row(text, others, encoder), *theirs]) >= SUPPORTED
        needed.append(not without)
    return Cited(together, alone, tuple(needed), words)


def quoting(text: str, quotes: Sequence[Quote]) -> Cited:
    """The same of a statement that is said to be a quote: it needs no check but that it is, marks and spaces aside."""
    alone = tuple(float(plain(quote.text) == text) for quote in quotes)
    return Cited(max(alone, default=0.0), alone, tuple(map(bool, alone)), covered(text, [q.text for q in quotes]))


def _in_a_row(text: str, quotes: Sequence[Quote], encoder: Encoder) -> float:
    """The support by several quotes read one after the other; 0 where there are not several."""
    if len(quotes) < 2:
        return 0.0
    row = replace(quotes[0], text="\n\n".join(quote.text for quote in quotes))
    return Checker([row], encoder).check(text).support


def covered(text: str, quotes: Sequence[str]) -> float:
    """The share of the meaningful words of `text`, by their stems, that stand in the quotes; 1 where it has none."""
    there, mine = {one for quote in quotes for one in stems(quote)}, set(stems(text))
    return len(mine & there) / len(mine) if mine else 1.0
