"""
Question sets: what the tutor is asked, and where the answer is to be found.

A set is a file of JSON objects, one a line. A gold sentence is named by its fingerprint, since the sentences
belong to their authors; it is looked up in the page's text when the evaluation runs.
Knows nothing of search, answers or metrics. Not covered: judging an answer's wording; `states` only tells
whether the short facts, in our own keywords, are in it.

    python -m eval.sets [TEXTS.jsonl]     counts, and how many gold sentences the texts {"url", "text"} hold
"""

import hashlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tutor.errors import BadInput
from tutor.fingerprints import fingerprint, words

T = TypeVar("T")

SETS = Path(__file__).parent / "sets"
KINDS = ("answerable", "unanswerable", "handbook", "conversation")
STYLES = ("own-words", "page-words", "typo")
HALVES = ("tune", "test")
LIBRARIES = ("mirror", "starter")
REASONS = ("off-topic", "near-miss")
# Which files of `sets/` are asked under which name.
NAMED = {
    "starter": ("starter", "unanswerable", "near-misses"),
    "mirror": ("mirror", "unanswerable", "near-misses"),
    "conversations": ("conversations",),
    "handbook": ("handbook",),
}
# What else lies in `sets/`: the goals of eval.plans, the pairs of eval.support and eval.facts, the answers of
# eval.practice.
NO_QUESTIONS = frozenset({"goals.jsonl", "support.jsonl", "facts.jsonl", "typed.jsonl"})
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn of a conversation: what was asked, and a right answer in our own words."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """
    One question with what a good answer rests on.

    `gold` holds the fingerprints of all sentences of the page at `url` that answer it, and some of the other pages
    that answer it too (`also`): any of them will do. Each fact is a group of acceptable alternatives; a right answer
    states one of every group (`states`). `half` splits by page: tune on one, report the other. `set` names the
    library it is asked of. `urls` are the handbook's resources that an answer about the handbook should name.
    """

    id: str
    question: str
    kind: str
    style: str
    half: str
    set: str
    url: str | None = None
    gold: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    also: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    why: str | None = None
    chapter: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """What a set and the texts of its pages say about each other; `missing` pairs ids with fingerprints."""

    found: int
    missing: tuple[tuple[str, str], ...]
    pages_absent: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def found_ratio(self) -> float:
        """Share of the gold sentences on present pages that the texts hold; 1.0 where there was none to find."""
        looked_for = self.found + len(self.missing)
        return self.found / looked_for if looked_for else 1.0


def half_of(page: str) -> str:
    """The half a page belongs to, `tune` or `test`: settled by its address alone, so that it never moves."""
    return HALVES[hashlib.sha256(page.encode()).digest()[0] % 2]


def states(text: str, fact: Sequence[str]) -> bool:
    """
    Whether `text` holds one of the alternatives of a fact, whatever the case and punctuation.

    An alternative matches from the start of a word ("revers" finds "reversed"); one that ends in a digit must
    also end a word, so that "4" is not found in "40".
    """
    plain = f" {_plain(text)} "
    return any(_with_end(f" {_plain(alternative)}") in plain for alternative in fact)


def _plain(text: str) -> str:
    return " ".join(words(re.sub(r"(?<=\w)['’](?=\w)", "", text)))


def _with_end(alternative: str) -> str:
    return f"{alternative} " if alternative[-1].isdigit() else alternative


# -- reading ----------------------------------------------------------------------------------------------------


def load(path: str | Path) -> list[Question]:
    """
    The questions of a file, in its order.

    Raises BadInput naming file and line, what was expected there and what was found.
    """
    questions: list[Question] = []
    seen: dict[str, int] = {}
    for number, line in _lines(Path(path)):
        question = _read(line, f"{path}:{number}")
        if question.id in seen:
            raise BadInput(f"{path}:{number}: expected a new id, found {question.id!r} of line {seen[question.id]}")
        seen[question.id] = number
        questions.append(question)
    return questions


def load_all(folder: str | Path = SETS) -> list[Question]:
    """The questions of all sets of a folder, file by file in alphabetical order."""
    paths = (path for path in sorted(Path(folder).glob("*.jsonl")) if path.name not in NO_QUESTIONS)
    return [question for path in paths for question in load(path)]


def named(name: str, half: str = "all") -> list[Question]:
    """
    The questions of a set by its name, or of a .jsonl file; of one half, or all.

    Raises BadInput for a name, a half or a file that cannot be used.
    """
    if half not in ("all", *HALVES):
        raise BadInput(f"There is no half {half!r}. Choose one of {', '.join(HALVES)}, or all.")
    if name in NAMED:
        paths = [SETS / f"{file}.jsonl" for file in NAMED[name]]
    elif name.endswith(".jsonl"):
        paths = [Path(name)]
    else:
        raise BadInput(f"There is no set {name!r}. Choose one of {', '.join(NAMED)}, or name a .jsonl file.")
    found = [question for path in paths for question in load(path)]
    return [question for question in found if half in ("all", question.half)]


class Halved(Protocol):
    @property
    def half(self) -> str: ...


H = TypeVar("H", bound=Halved)


def labelled(path: Path, half: str, read: Callable[[str, str], H]) -> list[H]:
    """
    What a file of labelled lines holds, or one half of it; `read` makes a value of a line and the place it stands at.

    Raises BadInput for a half there is not, and what `read` raises.
    """
    if half not in (*HALVES, "all"):
        raise BadInput(f"There is no half {half!r}. Choose one of {', '.join(HALVES)}, or all.")
    found = [read(line, f"{path}:{n}") for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    return [one for one in found if half in (one.half, "all")]


def spread(questions: Sequence[T], sample: int | None) -> list[T]:
    """At most `sample` questions, evenly spread over the set; the same ones every time."""
    if sample is None or sample >= len(questions):
        return list(questions)
    return [questions[i * len(questions) // sample] for i in range(sample)]


def sampled(questions: Sequence[T], sample: int | None, seed: int) -> list[T]:
    """At most `sample` questions, drawn by `seed`, in the order of the set."""
    if sample is None or sample >= len(questions):
        return list(questions)
    return [questions[at] for at in sorted(random.Random(seed).sample(range(len(questions)), sample))]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: expected a question set, found none ({error.strerror}); name a .jsonl file") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _read(line: str, place: str) -> Question:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(f"{place}: expected a JSON object, found {line[:40]!r} ({error.msg})") from error
    if not isinstance(row, dict):
        raise BadInput(f"{place}: expected a JSON object, found {type(row).__name__}")
    known = {field.name for field in fields(Question)} | {"quotes"}
    if unknown := sorted(row.keys() - known):
        raise BadInput(f"{place}: expected only {', '.join(sorted(known))}; found {unknown[0]!r}")
    row = _defaults(row) | row
    question = Question(
        id=_text(row, "id", place),
        question=_text(row, "question", place),
        kind=_choice(row, "kind", KINDS, place),
        style=_choice(row, "style", STYLES, place),
        half=_choice(row, "half", HALVES, place),
        set=_choice(row, "set", LIBRARIES, place),
        url=_text(row, "url", place) if row.get("url") is not None else None,
        gold=(*_texts(row, "gold", place), *map(fingerprint, _texts(row, "quotes", place))),
        facts=tuple(_strings(fact, "a fact", place) for fact in _list(row, "facts", place)),
        also=_texts(row, "also", place),
        urls=_texts(row, "urls", place),
        history=tuple(_turn(turn, place) for turn in _list(row, "history", place)),
        why=_choice(row, "why", REASONS, place) if row.get("why") is not None else None,
        chapter=_text(row, "chapter", place) if row.get("chapter") is not None else None,
    )
    if problem := _problem(question):
        raise BadInput(f"{place}: {problem}")
    return question


def _defaults(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a person's own question need not say: an id made of its words, and all that follows from its address."""
    url = row.get("url")
    return {
        "id": f"own-{fingerprint(str(row.get('question', '')))[:8]}",
        "kind": "conversation" if row.get("history") else "answerable",
        "style": "own-words",
        "half": half_of(url) if isinstance(url, str) else "test",
        "set": "starter" if str(url).startswith("tutor:") else "mirror",
        **({"why": "near-miss"} if row.get("kind") == "unanswerable" else {}),
    }


def _problem(question: Question) -> str | None:
    """What does not fit together in a question whose fields are each well formed."""
    if bad := [gold for gold in question.gold if not _FINGERPRINT.fullmatch(gold)]:
        return f"expected fingerprints of 16 hex digits in 'gold', found {bad[0]!r}"
    if question.kind in ("answerable", "conversation"):
        if question.url is None:
            return f"expected 'url' for a question of kind {question.kind!r} (or kind 'unanswerable'), found none"
        if not question.gold:
            return f"expected 'quotes' (or 'gold') for a question of kind {question.kind!r}, found none"
    if question.url is not None and question.half != half_of(question.url):
        return f"expected half {half_of(question.url)!r} for {question.url}, found {question.half!r}"
    if question.kind == "unanswerable" and (question.why is None or question.url is not None):
        return f"expected 'why' and no 'url' for an unanswerable question, found {question.why!r}, {question.url!r}"
    if question.kind == "handbook" and not (question.chapter or question.facts):
        return "expected 'chapter' or 'facts' for a question about the handbook, found neither"
    return None


def _text(row: Mapping[str, Any], name: str, place: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{place}: expected a text in {name!r}, found {value!r}")
    return value


def _choice(row: Mapping[str, Any], name: str, choices: Sequence[str], place: str) -> str:
    value = row.get(name)
    if value not in choices:
        raise BadInput(f"{place}: expected one of {', '.join(choices)} in {name!r}, found {value!r}")
    return str(value)


def _list(row: Mapping[str, Any], name: str, place: str) -> list[Any]:
    value = row.get(name, [])
    if not isinstance(value, list):
        raise BadInput(f"{place}: expected a list in {name!r}, found {value!r}")
    return value


def _texts(row: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    return _strings(_list(row, name, place), repr(name), place)


def _strings(value: Any, name: str, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise BadInput(f"{place}: expected a list of texts in {name}, found {value!r}")
    return tuple(value)


def _turn(value: Any, place: str) -> Turn:
    if not isinstance(value, dict) or value.keys() != {"question", "answer"}:
        raise BadInput(f"{place}: expected turns of a question and an answer in 'history', found {value!r}")
    return Turn(_text(value, "question", place), _text(value, "answer", place))


# -- checking ---------------------------------------------------------------------------------------------------


def digest(questions: Iterable[Question]) -> str:
    """Sixteen hex digits that change with any word of any question, and not with their order."""
    rows = sorted(json.dumps(asdict(question), sort_keys=True, ensure_ascii=False) for question in questions)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|cf|vs|al|[Ff]igs?|[Ee]qs?|[Ss]ec|Dr|Mrs?|Prof|approx|resp|No|St|[A-Z])\.$")
_BOUNDARY = re.compile(r"[.?!][\"”’)\]]*\s+(?=[\"“‘(\[]?[A-Z])")


def sentences(text: str) -> Iterator[str]:
    """
    The sentences of a text, cut simply: at line ends, and at . ? ! before a space and a capital.

    No cut after an abbreviation or an initial. Enough to check gold sentences; not the tutor's own splitter.
    """
    for line in text.splitlines():
        start = 0
        for boundary in _BOUNDARY.finditer(line):
            sentence = line[start : boundary.end()].strip()
            if not _ABBREVIATION.search(sentence):
                yield sentence
                start = boundary.end()
        if rest := line[start:].strip():
            yield rest


def validate(questions: Iterable[Question], texts: Mapping[str, str]) -> Validation:
    """
    Looks every gold sentence up in the texts (url -> the page's text) and checks the set as a whole.

    Problems found: a page in both halves, a question asked twice, a fact that the gold sentences of its question
    do not state. A question whose page has no text is counted apart, its gold is not missing.
    """
    questions = list(questions)
    pages = {url: {fingerprint(sentence): sentence for sentence in sentences(text)} for url, text in texts.items()}
    found, missing, absent, problems = 0, list[tuple[str, str]](), set[str](), _set_problems(questions)
    for question in questions:
        if question.url is None or not question.gold:
            continue
        if question.url not in pages:
            absent.add(question.url)
            continue
        there = {mark: text for url in (*question.also, question.url) for mark, text in pages.get(url, {}).items()}
        lost = [mark for mark in question.gold if mark not in there]
        found += len(question.gold) - len(lost)
        missing += [(question.id, mark) for mark in lost]
        if not lost:
            problems += _unstated(question, " ".join(there[mark] for mark in question.gold))
    return Validation(found, tuple(missing), tuple(sorted(absent)), tuple(problems))


def _unstated(question: Question, gold: str) -> list[str]:
    return [
        f"{question.id}: no gold sentence states {' / '.join(fact)!r}"
        for fact in question.facts
        if not states(gold, fact)
    ]


def _set_problems(questions: Iterable[Question]) -> list[str]:
    halves: defaultdict[str, set[str]] = defaultdict(set)
    asked: dict[tuple[str, tuple[Turn, ...]], str] = {}
    problems: list[str] = []
    for question in questions:
        if question.url is not None:
            halves[question.url].add(question.half)
        key = (_plain(question.question), question.history)
        if key in asked:
            problems.append(f"{question.id}: asks the same as {asked[key]}")
        asked.setdefault(key, question.id)
    return problems + [f"{url}: in both halves" for url, both in sorted(halves.items()) if len(both) > 1]


def read_texts(path: str | Path) -> dict[str, str]:
    """The texts of pages by url, from a file with one {"url", "text"} a line."""
    return {row["url"]: row["text"] for _, line in _lines(Path(path)) for row in [json.loads(line)]}


def summary(questions: Sequence[Question]) -> str:
    """Counts by kind, set, half and style, and the number of pages, for a person."""
    lines = [f"{len(questions)} questions | digest:{digest(questions)}"]
    for name in ("kind", "set", "half", "style"):
        counts = Counter(str(getattr(question, name)) for question in questions)
        lines.append(f"{name}: " + ", ".join(f"{value} {count}" for value, count in sorted(counts.items())))
    lines.append(f"pages: {len({question.url for question in questions if question.url is not None})}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Prints the counts of the shipped sets and, given texts, what of their gold sentences is found in them."""
    try:
        questions = load_all()
        print(summary(questions))
        if arguments:
            report = validate(questions, read_texts(arguments[0]))
            lost = f"missing:{len(report.missing)} absent:{len(report.pages_absent)}"
            print(f"gold found: {report.found_ratio:.4f} | {lost}")
            print("\n".join([f"{key}: no sentence {gold}" for key, gold in report.missing] + [*report.problems]))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
