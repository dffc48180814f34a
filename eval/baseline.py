"""
The baseline: LlamaIndex's starter (eval.baselines.llamaindex_starter) asked the same questions, of the same texts, with
the same encoder and Writer, into a run of answers that `tutor eval compare` puts beside the tutor's.

    tutor eval baseline --sample 40
    tutor eval compare last answers-20260101-120000

It is judged by the same gold as the tutor. Where it has no such thing as the tutor has:

- the pages found are those of the chunks that it found, in their order; its evidence is all their text, as the numbered
  sources that it is cut into;
- a sentence rests on the sources whose numbers it names, "[2]"; a number that no source has is a citation that does not
  exist;
- it has declined when it wrote nothing, or its first sentence says that the sources do not answer (`declines`);
- what orders its questions for risk and coverage is the cosine of its best chunk;
- a chapter or a resource of the handbook is named when its title or its address is in the answer.

Knows nothing of LlamaIndex. A question of a conversation is asked by itself.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval import runs, sets
from eval.answers import ASKED, chosen, keep, shown
from eval.asking import asked_of
from eval.baselines.llamaindex_starter import Numbered, Reply, Starter
from eval.run import Gold, Record, recipe, unasked
from eval.sets import Question
from tutor import syllabus
from tutor.errors import BadInput, ModelError
from tutor.handbook import Handbook
from tutor.library import Library
from tutor.passages import Quote, Source
from tutor.sentences import sentences

if TYPE_CHECKING:
    from tutor.answers import Tutor

_NUMBERS = re.compile(r"\[(?:Sources? )?\d+(?:(?:, ?| and )(?:Source )?\d+)*\]", re.IGNORECASE)
# A number after the full stop belongs to the sentence before it.
_AFTER = re.compile(rf"([.!?])(\s*{_NUMBERS.pattern}(?:\s*{_NUMBERS.pattern})*)", re.IGNORECASE)
# What a first sentence says that declines.
_DECLINES = re.compile(
    r"\b(?:none of the (?:\w+ )?(?:sources|passages|texts)\b"
    r"|(?:sources?|passages?|texts?|context|information|answer) (?:provided |given |above )?"
    r"(?:(?:do|does|did|is|are|was|were|has|have) not|(?:do|does|did|is|are|was|were|has|have)n['’]t)\b"
    r"|(?:cannot|can ?not|can['’]t|unable to|not able to|not possible to) (?:be )?"
    r"(?:answer|determine|find|provide|say|tell)"
    r"|(?:do not|don['’]t) (?:know|have (?:any |enough |the )?information)"
    r"|no (?:\w+ )?(?:information|mention|answer|source)\b"
    r"|not (?:\w+ )?(?:mentioned|discussed|covered|addressed|found|provided|answered) (?:in|by)\b)",
    re.IGNORECASE,
)
_NOTHING = ("", "Empty Response")


def declines(answer: str) -> bool:
    """Whether an answer is none: nothing was written, or its first sentence says that the sources do not answer."""
    if answer.strip() in _NOTHING:
        return True
    spans = sentences(answer)
    return bool(_DECLINES.search(answer[spans[0].start : spans[0].end] if spans else answer))


def statements(answer: str) -> Iterator[tuple[str, list[int]]]:
    """
    The sentences of an answer without their marks, each with the numbers that it names, those of no source too.

    A year in brackets is no number of a source.
    """
    text = _AFTER.sub(r"\2\1", answer)
    for span in sentences(text):
        sentence = text[span.start : span.end]
        named = [int(n) for mark in _NUMBERS.findall(sentence) for n in re.findall(r"\d+", mark)]
        bare = " ".join(re.sub(r"\s+([.,;:!?])", r"\1", _NUMBERS.sub("", sentence)).split())
        if any(letter.isalnum() for letter in bare):
            yield bare, [number for number in dict.fromkeys(named) if number < 100]


class Baseline:
    """The starter over a library, asked and scored."""

    def __init__(self, starter: Starter, library: Library, handbook: Handbook) -> None:
        self._starter = starter
        self._library = library
        self._handbook = handbook
        self._gold = Gold(library)

    @classmethod
    def open(cls, tutor: "Tutor", home: Path) -> "Baseline":
        """Over the tutor's library, with its parts; the index is kept under `home`. Raises ModelError: no Writer."""
        if tutor.writer is None:
            raise ModelError("The baseline needs a model that writes. Choose one: tutor models use embedded")
        library = tutor.library
        folder = home / "baselines" / f"llamaindex-{library.digest()[:16]}-{tutor.encoder.name}-{tutor.writer.name}"
        starter = Starter.open(texts(library), tutor.encoder, tutor.writer, folder)
        return cls(starter, library, tutor.handbook)

    def ask(self, question: Question) -> Record:
        """One question, asked and scored."""
        asked = unasked(question)
        if reason := self._gold.unscored(question):
            return replace(asked, unscored=reason)
        try:
            reply = self._starter.ask(question.question)
        except BadInput as error:  # a prompt that leaves no room in the Writer's context
            return replace(asked, unscored=f"it cannot be asked: {error}")
        return self.scored(asked, question, reply)

    def scored(self, asked: Record, question: Question, reply: Reply) -> Record:
        """What a reply is worth."""
        right = self._gold.right(question)
        shown = [self._quote(one) for one in reply.sources]
        pages = [self._gold.source(url) for url in reply.pages]
        stated = list(statements(reply.text))
        cited = [number for _, numbers in stated for number in numbers]
        quotes = [shown[n - 1] for n in cited if 0 < n <= len(shown)]
        declined = declines(reply.text)
        return replace(
            asked,
            rank=next((rank for rank, page in enumerate(pages, 1) if page in right), None),
            in_evidence=self._gold.quoted(question, [one for one in shown if one]),
            gold_cited=not declined and self._gold.quoted(question, [one for one in quotes if one]),
            declined=declined,
            facts=len(question.facts),
            facts_stated=sum(sets.states(reply.text, fact) for fact in question.facts),
            resources=len(question.urls),
            resources_named=self._resources(question, reply.text),
            quotes=len(cited),
            quotes_valid=sum(one is not None for one in quotes),
            chapter_right=self._chapter(question, reply.text),
            chance=max([0.0, *(one.score for one in reply.sources)]),
            answer=reply.text,
            stated=[_told(text, numbers, reply.sources) for text, numbers in stated],
            prompt_tokens=reply.prompt_tokens,
            output_tokens=reply.output_tokens,
            search_ms=reply.retrieved_ms,
            evidence_ms=reply.retrieved_ms,
            first_word_ms=reply.first_word_ms,
            total_ms=reply.total_ms,
        )

    def _quote(self, one: Numbered) -> Quote | None:
        """A source as a span of the library's text; None where it is not there, word for word."""
        number = self._library.number(one.url)
        source = None if number is None else self._library.source(number)
        start = source.text.find(one.text) if source else -1
        if number is None or source is None or start < 0:
            return None
        return Quote(one.url, source.title, "", one.text, start, start + len(one.text), one.url, number)

    def _resources(self, question: Question, answer: str) -> int:
        titles = {r.url: r.title for r in self._handbook.resources()}
        return sum(url in answer or (url in titles and sets.states(answer, [titles[url]])) for url in question.urls)

    def _chapter(self, question: Question, answer: str) -> bool | None:
        if question.chapter is None:
            return None
        return sets.states(answer, [self._handbook.chapter(question.chapter).title])


def _told(text: str, numbers: Sequence[int], sources: Sequence[Numbered]) -> dict[str, Any]:
    """A statement as it is kept in a record; nothing has checked its support."""
    quoted = [sources[n - 1] for n in numbers if 0 < n <= len(sources)]
    quotes = [{"text": one.text, "link": one.url} for one in quoted]
    return {"text": text, "support": 0.0, "quoted": False, "quotes": quotes}


def texts(library: Library) -> Iterator[Source]:
    """Every text that the tutor can quote, the syllabus too; not a twin's, which the tutor does not search either."""
    twins = library.twins()
    for url in [*(one.url for one in library.sources()), syllabus.URL]:
        source = library.source(url)
        if url not in twins and source is not None and source.text.strip():
            yield source


def baseline(
    names: Annotated[
        list[str] | None, typer.Option("--set", help=f"Instead of {', '.join(ASKED)}; may be given more than once.")
    ] = None,
    half: Annotated[str, typer.Option(help="tune, test or all.")] = "test",
    sample: Annotated[int | None, typer.Option(help="Ask so many in all, of each kind its share.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of the sample, the intervals and what is drawn to be read.")] = 0,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run's files go, or an earlier run to carry on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """LlamaIndex's starter on the same questions, texts, encoder and Writer: a run to compare with."""
    from tutor.answers import Tutor
    from tutor.settings import load

    asked = [question for _, question in chosen(half, sample, seed, names or ASKED)]
    settings = load()
    tutor = Tutor.open(settings)
    system = f"LlamaIndex {metadata.version('llama-index-core')} starter"
    made_of = {"kind": "answers", "system": system} | recipe(tutor, asked, "+".join(names or ["answers"]), half)
    made_of |= {"seed": str(seed)}
    place = runs.place(folder, settings.places.home, "baseline")
    starter = Baseline.open(tutor, settings.places.home)
    records = asked_of(tutor, asked, place, made_of, shown=not as_json, by=starter.ask)
    whole = keep(records, made_of, place, seed)
    # Its picture is of a rule that declines from some chance on, which this has not.
    (place / "risk-coverage.svg").unlink(missing_ok=True)
    print(json.dumps(whole, indent=2, ensure_ascii=False) if as_json else shown(whole, place))
