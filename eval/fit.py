"""
Fitting the few numbers that the tutor's judgement rests on, from the tune half of the question sets and nothing else.

    python -m eval.fit search --home FOLDER     the weights of tutor.search
    python -m eval.fit evidence --home FOLDER   the weights of tutor.evidence
    python -m eval.fit decide --home FOLDER     the rule of tutor.decide, and its cut
    python -m eval.fit support --models FOLDER  the rule of tutor.check, and its cut

FOLDER is a TUTOR_HOME made by `eval.corpus`. Prints the constants to paste and what they come to on the tune half;
the test half is for `tutor eval`. Numpy only, the same numbers each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from eval import metrics, sets, support
from eval.run import Gold, Record, run
from eval.sets import Question
from tutor import decide, evidence, handbook, notes, search
from tutor.answers import Tutor
from tutor.encoder import Encoder, open_encoder
from tutor.library import Library
from tutor.questions import parse
from tutor.search import Found, Search
from tutor.settings import Places, Settings
from tutor.vectors import ExactIndex, encode_pending

Floats = NDArray[np.float64]

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)
Home = Annotated[Path, typer.Option(help="A TUTOR_HOME made by eval.corpus.")]

SEED = 0
PASSAGES = 120  # candidates of a question that a fit ranks anew
TURNS = 400  # of the random search
FOLDS = 5
# Of the answerable questions, the share that may be declined. The bar is 5 %; the rest is for chance: of 250 questions
# the share declined is known to two standard errors of 1.2 %.
MAY_DECLINE = 0.025
# How much a big weight costs, per example: enough that no signal is trusted blindly.
RIDGE = 0.002
EVIDENCE_WORDS = 320  # about what the prompt's budget holds
COSINE = list(evidence.Worth.__dataclass_fields__).index("cosine")


def tune(*names: str) -> list[Question]:
    """The tune half of these sets."""
    return [q for name in names for q in sets.load(sets.SETS / f"{name}.jsonl") if q.half == "tune"]


# -- search -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found for one question: (n, 5) signals, and of each passage its page and whether it is right."""

    signals: Floats
    pages: NDArray[np.int64]
    right: NDArray[np.bool_]  # of a page that answers
    gold: NDArray[np.bool_]  # holds a gold sentence

    def ranks(self, weights: Floats) -> tuple[int | None, int | None]:
        """The ranks of the first right and the first gold passage among ten ranked by `weights`, as search ranks."""
        taken: dict[int, int] = {}
        first: list[int] = []
        for i in np.argsort(-(self.signals @ weights), kind="stable"):
            page = int(self.pages[i])
            if taken.get(page, 0) < search.MOST_PER_SOURCE or len(first) >= search.FIRST:
                taken[page] = taken.get(page, 0) + 1
                first.append(int(i))
                if len(first) == 10:
                    break
        return (
            next((rank for rank, i in enumerate(first, 1) if self.right[i]), None),
            next((rank for rank, i in enumerate(first, 1) if self.gold[i]), None),
        )


def candidates(found: Found, question: Question, gold: Gold) -> Candidates:
    """The passages found for `question`, held against its gold."""
    right = gold.right(question)
    spans = {page: gold.spans(page, question.gold) for page in right}
    return Candidates(
        signals=np.array([astuple(hit.signals) for hit in found.hits], np.float64).reshape(len(found.hits), -1),
        pages=np.array([hit.held.source for hit in found.hits], np.int64),
        right=np.array([hit.held.source in right for hit in found.hits], np.bool_),
        gold=np.array(
            [
                any(
                    metrics.overlaps((hit.held.passage.start, hit.held.passage.end), span)
                    for span in spans.get(hit.held.source, ())
                )
                for hit in found.hits
            ],
            np.bool_,
        ),
    )


def ranking(asked: Sequence[Candidates], weights: Floats) -> dict[str, float]:
    """hit@1, hit@5, MRR and gold passage@5 of a ranking by `weights`."""
    ranks = [one.ranks(weights) for one in asked]
    pages, passages = [page for page, _ in ranks], [gold for _, gold in ranks]
    return {
        "hit@1": metrics.hit(pages, 1),
        "hit@5": metrics.hit(pages, 5),
        "MRR": metrics.reciprocal_rank(pages),
        "gold passage@5": metrics.hit(passages, 5),
    }


def climb(worth: Callable[[Floats], float], start: Floats, turns: int = TURNS) -> Floats:
    """From `start`, one or two weights changed at random each turn; a change that is not worse stays."""
    random = np.random.default_rng(SEED)
    best, value = start, worth(start)
    for _ in range(turns):
        moved = random.random(len(start)) < 0.4
        tried = np.maximum(0.0, best * np.where(moved, np.exp(random.normal(0, 0.4, len(start))), 1.0))
        tried = np.maximum(0.0, tried + np.where(moved, random.normal(0, 0.05, len(start)), 0.0))
        if (reached := worth(tried)) >= value:
            best, value = tried, reached
    return best


def _worth(asked: Sequence[Candidates]) -> Callable[[Floats], float]:
    def worth(weights: Floats) -> float:
        figures = ranking(asked, weights)
        return figures["hit@5"] + figures["MRR"] + figures["gold passage@5"]

    return worth


@app.command("search")
def fit_search(home: Home, turns: Annotated[int, typer.Option(help="Of the random search.")] = TURNS) -> None:
    """The weights of the signals: best sum of hit@5, MRR and gold passage@5; and the same cross-validated."""
    tutor = Tutor.open(Settings(Places(home)), writer=False)
    gold = Gold(tutor.library)
    asked = [
        candidates(tutor.search.find(q.question, PASSAGES), q, gold) for q in tune("mirror") if not gold.unscored(q)
    ]
    present = np.array(astuple(search.WEIGHTS), np.float64)
    fitted = climb(_worth(asked), present, turns)
    fitted = np.round(fitted / fitted[0], 2)
    unseen = []
    for fold in range(FOLDS):
        kept = [one for i, one in enumerate(asked) if i % FOLDS != fold]
        weights = climb(_worth(kept), present, turns // 2)
        unseen += [one.ranks(weights) for i, one in enumerate(asked) if i % FOLDS == fold]
    names = search.Signals.__dataclass_fields__
    print(f"WEIGHTS = Signals({', '.join(f'{n}={w:g}' for n, w in zip(names, fitted, strict=True))})")
    print(f"present: {_figures(ranking(asked, present))}")
    print(f"fitted:  {_figures(ranking(asked, fitted))} | on what it was fitted on")
    pages, passages = [p for p, _ in unseen], [g for _, g in unseen]
    print(
        f"fitted:  hit@5={metrics.hit(pages, 5):.3f} MRR={metrics.reciprocal_rank(pages):.3f} "
        f"gold passage@5={metrics.hit(passages, 5):.3f} | cross-validated | n:{len(asked)}"
    )


# -- evidence ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sentences:
    """What may be quoted for one question: (n, 9) signals, what its kind adds, its words, and whether it answers."""

    page: str
    signals: Floats
    kind: Floats
    words: NDArray[np.int64]
    gold: NDArray[np.bool_]

    def found(self, weights: Floats, quotes: int) -> bool:
        """Whether one of the best `quotes`, of EVIDENCE_WORDS words at most, answers."""
        spent = taken = 0
        for i in np.argsort(-(self.signals @ weights + self.kind), kind="stable"):
            if taken and spent + self.words[i] > EVIDENCE_WORDS:
                continue
            if self.gold[i]:
                return True
            spent, taken = spent + int(self.words[i]), taken + 1
            if taken == quotes:
                break
        return False


def quotable(tutor: Tutor, asked: Question, gold: Gold) -> Sentences:
    """The sentences of the best passages that may be quoted for a question."""
    question = parse(tutor.search.mended(asked.question))
    found = tutor.search.find(question.text, evidence.PASSAGES)
    right = gold.right(asked)
    signals, kind, words, answers = [], [], [], []
    for hit in found.hits:
        spans = gold.spans(hit.held.source, asked.gold) if hit.held.source in right else []
        for one, worth in evidence.weighed(found, hit):
            start = hit.held.passage.start
            here = (start + one.span.start, start + one.span.end)
            signals.append(astuple(worth))
            kind.append(evidence.fits(question, one.text))
            words.append(len(one.text.split()))
            answers.append(any(metrics.overlaps(here, span) for span in spans))
    return Sentences(
        str(asked.url),
        np.array(signals, np.float64).reshape(len(signals), -1),
        np.array(kind, np.float64),
        np.array(words, np.int64),
        np.array(answers, np.bool_),
    )


def softmax(asked: Sequence[Sentences], ridge: float = 1.0, turns: int = 300) -> Floats:
    """
    Weights that give the answering sentences of each question the greatest share of a softmax over all of them.

    Signals are standardised for the ridge; the steps are Adam's (Kingma and Ba 2015). What the kind of a sentence adds
    is set by hand and counts as it stands: the weights are scaled so that the cosine keeps the one it has now.
    """
    rows = np.concatenate([one.signals for one in asked])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    told = [((one.signals - mean) / spread, one.gold) for one in asked if one.gold.any()]
    weights, first, second = np.zeros((3, rows.shape[1]))
    for turn in range(1, turns + 1):
        slope = ridge * weights
        for signals, answers in told:
            share = np.exp(signals @ weights - (signals @ weights).max())
            share /= share.sum()
            slope -= signals.T @ (share * answers / (share * answers).sum() - share)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights = weights - 0.05 * (first / (1 - 0.9**turn)) / (np.sqrt(second / (1 - 0.99**turn)) + 1e-8)
    plain = weights / spread
    scaled: Floats = plain * evidence.FITTED.cosine / plain[COSINE]
    return scaled


@app.command("evidence")
def fit_evidence(home: Home) -> None:
    """The weights of what speaks for a sentence: the answering ones first; and the same cross-validated by page."""
    tutor = Tutor.open(Settings(Places(home)), writer=False)
    gold = Gold(tutor.library)
    asked = [quotable(tutor, q, gold) for q in tune("mirror") if not gold.unscored(q)]
    present, fitted = np.array(astuple(evidence.FITTED), np.float64), np.round(softmax(asked), 2)
    fold = folds([one.page for one in asked])
    unseen = {
        number: softmax([one for one, n in zip(asked, fold, strict=True) if n != number]) for number in range(FOLDS)
    }
    names = evidence.Worth.__dataclass_fields__
    print(f"FITTED = Worth({', '.join(f'{n}={w:g}' for n, w in zip(names, fitted, strict=True))})")
    for name, weights in (
        ("present", [present] * len(asked)),
        ("fitted", [fitted] * len(asked)),
        ("cross-validated", [unseen[int(n)] for n in fold]),
    ):
        told = {
            f"gold in {quotes}": metrics.mean(
                [float(one.found(w, quotes)) for one, w in zip(asked, weights, strict=True)]
            )
            for quotes in (3, 5, 10)
        }
        print(f"{name + ':':<17}{_figures(told)} | n:{len(asked)}")


# -- decide -----------------------------------------------------------------------------------------------------------


def logistic(signals: Floats, answerable: NDArray[np.bool_], ridge: float = RIDGE) -> Floats:
    """
    Weights of a logistic rule, (k + 1,), the constant last; `signals` is (n, k).

    Both classes weigh the same, however many each has. The ridge is on standardised signals and spares the constant.
    """
    mean, spread = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    rows = np.c_[(signals - mean) / spread, np.ones(len(signals))]
    n = len(rows)
    share = np.where(answerable, n / 2 / answerable.sum(), n / 2 / (~answerable).sum())
    cost = np.r_[np.full(rows.shape[1] - 1, ridge * n), 1e-9]
    weights = np.zeros(rows.shape[1])
    for _ in range(100):  # Newton's method; a dozen turns are enough
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (share * (chance - answerable)) + cost * weights
        bend = (rows * (share * chance * (1 - chance))[:, None]).T @ rows + np.diag(cost)
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    plain = weights[:-1] / spread
    fitted: Floats = np.r_[plain, weights[-1] - plain @ mean]
    return fitted


def chances(signals: Floats, weights: Floats) -> Floats:
    """What `decide.chance` gives for each row."""
    found: Floats = 1 / (1 + np.exp(-(signals @ weights[:-1] + weights[-1])))
    return found


def cut_at(chance: Floats, share: float = MAY_DECLINE) -> float:
    """The highest cut, to two digits, below which at most `share` of these chances (of answerable questions) lie."""
    ordered = np.sort(chance)
    return float(np.floor(ordered[int(share * len(ordered))] * 100) / 100)


def folds(names: Sequence[str]) -> NDArray[np.int64]:
    """Which fold each example is in; examples of one name stay together."""
    each = {name: i for i, name in enumerate(np.random.default_rng(SEED).permutation(sorted(set(names))))}
    return np.array([each[name] % FOLDS for name in names])


def area(chance: Floats, answerable: NDArray[np.bool_]) -> float:
    """The chance that an answerable question is given a higher chance than an unanswerable one (AUROC)."""
    above = chance[answerable][:, None] - chance[~answerable][None]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def unseen_chances(signals: Floats, answerable: NDArray[np.bool_], names: Sequence[str]) -> Floats:
    """The chance of each example by a rule fitted without its fold."""
    fold, found = folds(names), np.zeros(len(signals))
    for number in range(FOLDS):
        out = fold == number
        if out.any():
            found[out] = chances(signals[out], logistic(signals[~out], answerable[~out]))
    return found


@app.command("decide")
def fit_decide(home: Home) -> None:
    """The rule by which a question is declined, from all of the library and from the starter notes alone."""
    tutor = Tutor.open(Settings(Places(home)), writer=False)
    far = tune("unanswerable", "near-misses")
    asked = {
        "all": run(tutor, [*tune("mirror", "conversations"), *far]),
        "notes": run(notes_alone(tutor, home / "notes.db"), [*tune("starter"), *far]),
    }
    scored = [(name, record) for name, records in asked.items() for record in records if record.grounds]
    records = [record for _, record in scored]
    signals = np.array([list((record.grounds or {}).values()) for record in records], np.float64)
    answerable = np.array([record.kind != "unanswerable" for record in records])
    weights = np.round(logistic(signals, answerable), 2)
    unseen = unseen_chances(signals, answerable, [record.question for record in records])
    cut = cut_at(unseen[answerable])
    print(f"# {', '.join(decide.Grounds.__dataclass_fields__)}, constant")
    print(f"FITTED: tuple[float, ...] = ({', '.join(f'{w:g}' for w in weights)})")
    print(f"CUT = {cut:g}")
    present = np.array([record.chance for record in records])
    for library in asked:
        here = np.array([name == library for name, _ in scored])
        some = [record for name, record in scored if name == library]
        print(f"{library:<6} present:         {_declining(some, present[here], decide.CUT)}")
        print(f"{library:<6} cross-validated: {_declining(some, unseen[here], cut)}")


def notes_alone(tutor: Tutor, path: Path) -> Tutor:
    """A tutor like this one that has read nothing but the starter notes; its library is kept at `path`."""
    library = Library.open(path)
    notes.keep(library)
    encoder: Encoder = tutor.encoder
    encode_pending(library, encoder)
    index = ExactIndex(library, encoder)
    index.sync()
    return Tutor(library, Search(library, encoder, index), encoder, handbook.load(), None)


# -- support ----------------------------------------------------------------------------------------------------------

PRECISION = 0.95  # of what the check lets pass, the share that should be supported


@app.command("support")
def fit_support(models: Annotated[Path, typer.Option(help="Where the encoder is kept.")]) -> None:
    """The rule by which a statement is supported, from the pairs of the tune half in which no rule sees an error."""
    read = support.load(half="tune")
    pairs = [*read, *support.elsewhere(read)]
    rows = support.signals(pairs, open_encoder(models))
    kept = [(pair, row) for pair, row in zip(pairs, rows, strict=True) if row is not None]
    signals = np.array([row for _, row in kept], np.float64)
    label = np.array([pair.label for pair, _ in kept])
    weights = np.round(logistic(signals, label, RIDGE * 5), 2)
    unseen = unseen_chances(signals, label, [pair.note for pair, _ in kept])
    cut = lowest_cut(unseen, label)
    print(f"FITTED: tuple[float, ...] = ({', '.join(f'{w:g}' for w in weights)})")
    print(f"SUPPORTED = {cut:g}")
    passed = unseen >= cut
    whole = {
        "precision": metrics.share(int((passed & label).sum()), int(passed.sum())),
        "recall": float((passed & label).sum() / sum(pair.label for pair in pairs)),
    }
    print(f"cross-validated: AUROC={area(unseen, label):.3f} {_figures(whole)} | n:{len(pairs)}, judged:{len(kept)}")


def lowest_cut(chance: Floats, label: NDArray[np.bool_], precision: float = PRECISION) -> float:
    """
    The lowest cut, to two digits, at which `precision` of what is above it is labelled true, or else
    the best one.

    A cut with fewer than a quarter of all above it is none.
    """
    found = [
        (float(label[chance >= cut].mean()), cut) for cut in np.arange(0.99, 0, -0.01) if (chance >= cut).mean() >= 0.25
    ]
    enough = [cut for share, cut in found if share >= precision]
    return round(float(enough[-1] if enough else max(found)[1]), 2)


def _declining(records: Sequence[Record], chance: Floats, cut: float) -> str:
    answerable = np.array([r.kind != "unanswerable" for r in records])
    declined = chance < cut
    shares: dict[str, Any] = {"answerable declined": declined[answerable].mean()}
    for why in sets.REASONS:
        shares[f"{why} declined"] = declined[np.array([r.why == why for r in records])].mean()
    return f"AUROC={area(chance, answerable):.3f} {_figures(shares)} | n:{len(records)}"


def _figures(figures: dict[str, float]) -> str:
    return " ".join(f"{name}={value:.3f}" for name, value in figures.items())


if __name__ == "__main__":
    app()
