"""
Speed: the tutor's way beside bare llama.cpp on the same prompts, in one run, and the memory it took.

    python -m eval speed [--rounds N]
    python -m eval speed --ingest [--only N]      of reading: see eval.speed_reading

Real prompts, made from the library in TUTOR_HOME. Each round asks one question of both, the other one first every
second time, so that a drift of the machine meets both. Nothing is reused from one prompt to the next on the bare side;
the tutor's Writer keeps the rules, as it does for people.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from eval import runs
from eval.memory import peak_megabytes
from eval.metrics import percentile
from tutor.answers import Tutor
from tutor.machine import physical_cores

QUESTIONS = (
    "What is LoRA?",
    "Why is FlashAttention faster than standard attention?",
    "How does speculative decoding work?",
    "What is the difference between an LSTM and a GRU?",
    "How does a diffusion model generate an image?",
    "What does a reward model learn from?",
)
TOKENS = 64


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds to the first piece, and pieces a second after it."""

    first: float
    rate: float


def timed(pieces: Iterator[Any]) -> Timed:
    """Times a stream of pieces as they come."""
    began = time.perf_counter()
    first = 0.0
    count = 0
    for _ in pieces:
        first = first or time.perf_counter() - began
        count += 1
    rest = time.perf_counter() - began - first
    return Timed(first, (count - 1) / rest if count > 1 and rest > 0 else 0.0)


def bare(model: Any, prompt: str) -> Iterator[Any]:
    """llama-cpp-python's own loop, greedy, nothing kept from the prompt before."""
    model.reset()
    tokens = model.tokenize(prompt.encode(), add_bos=False, special=True)
    for count, token in enumerate(model.generate(tokens, temp=0.0, top_k=1, reset=True), 1):
        yield token
        if count == TOKENS or token == model.token_eos():
            return


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Prompts asked of both, for answers.")] = 6,
    ingest: Annotated[bool, typer.Option("--ingest", help="Of reading, on the offline mirror.")] = False,
    only: Annotated[int | None, typer.Option(min=1, help="Read just the mirror's first pages.")] = None,
    mirror: Annotated[Path | None, typer.Option(help="The folder of the offline mirror.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the run's files go (of answers).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Speed of answering against bare llama.cpp; with --ingest of reading against trafilatura and the bare encoder."""
    if ingest:
        reading(mirror, only, as_json=as_json)
    else:
        answering(rounds, folder, as_json=as_json)


def reading(mirror: Path | None, only: int | None, *, as_json: bool = False) -> None:
    """Measures reading on the mirror and prints the figures."""
    from eval import speed_reading
    from eval.gate import MIRROR
    from tutor.settings import load

    figures = speed_reading.measure(
        mirror or MIRROR, load().places.models, only, lambda what: print(f"... {what}", file=sys.stderr, flush=True)
    )
    if as_json:
        print(json.dumps(figures.as_json(), indent=2))
    else:
        speed_reading.show(figures)


def answering(rounds: int, folder: Path | None = None, *, as_json: bool = False) -> None:
    """
    Time to the first word and decoding, the tutor's Writer against bare llama.cpp; times of a whole question.

    Kept as a run, a record for each round.
    """
    import llama_cpp

    from tutor import models
    from tutor.settings import load

    settings = load()
    tutor = Tutor.open(settings)
    writer = tutor.writer
    assert writer is not None
    path = models.choose(settings.places.models, settings.parts.model)
    cores = physical_cores()
    raw = llama_cpp.Llama(str(path), n_ctx=2048, n_threads=cores, n_threads_batch=cores, verbose=False)
    answers = [tutor.answer(question) for question in QUESTIONS]
    ours: list[Timed] = []
    theirs: list[Timed] = []
    for n in range(rounds):
        prompt = answers[n % len(answers)].trace.prompt
        both = [
            (theirs, lambda text=prompt: bare(raw, text)),
            (ours, lambda text=prompt: writer.write(text, max_tokens=TOKENS)),
        ]
        for kept, stream in both if n % 2 else reversed(both):
            kept.append(timed(stream()))
    evidence = [tutor.answer(question).timings.evidence for question in QUESTIONS]
    found = figures(ours, theirs) | {"evidence p95 ms": percentile(evidence, 0.95), "peak memory MB": peak_megabytes()}
    made_of = {"kind": "speed", "model": writer.name, "rounds": str(rounds)}
    place = runs.place(folder, settings.places.home, "speed")
    runs.resume(place, made_of)
    rows = [
        {"id": f"{n}", "tutor": asdict(our), "bare": asdict(their)}
        for n, (our, their) in enumerate(_pairs(ours, theirs), 1)
    ]
    whole = {"recipe": made_of, "figures": found, "counts": {"rounds": rounds, "questions": len(evidence)}}
    runs.finish(place, rows, whole)
    if as_json:
        print(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    show(writer.name, ours, theirs)
    print(f"evidence on screen     p95 {found['evidence p95 ms']:6.0f} ms over {len(evidence)} questions")
    print(f"peak memory            {found['peak memory MB']:6.0f} MB, both processes, with the model loaded twice")
    print(f"Every round: {place}")


def _pairs(ours: Sequence[Timed], theirs: Sequence[Timed]) -> list[tuple[Timed, Timed]]:
    return list(zip(ours, theirs, strict=True))


def figures(ours: Sequence[Timed], theirs: Sequence[Timed]) -> dict[str, float]:
    """The medians of the tutor and of bare llama.cpp, and the medians of the ratios round by round."""
    pairs = _pairs(ours, theirs)
    return {
        "first word p50 ms": 1000 * median(our.first for our in ours),
        "first word, of bare": median(our.first / their.first for our, their in pairs),
        "tokens a second": median(our.rate for our in ours),
        "tokens a second, of bare": median(our.rate / their.rate for our, their in pairs if their.rate),
    }


def show(name: str, ours: Sequence[Timed], theirs: Sequence[Timed]) -> None:
    """The medians, and the median of the ratios round by round."""
    first = median(a.first / b.first for a, b in zip(ours, theirs, strict=True))
    rate = median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True) if b.rate)
    print(f"{name}, {len(ours)} rounds         tutor     bare    ratio")
    print(
        f"first word, s          {median(t.first for t in ours):9.2f}{median(t.first for t in theirs):9.2f}{first:9.2f}"
    )
    print(f"decoding, tokens/s     {median(t.rate for t in ours):9.1f}{median(t.rate for t in theirs):9.1f}{rate:9.2f}")


if __name__ == "__main__":
    typer.run(main)
