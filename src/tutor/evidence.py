"""
Evidence: from the passages found, the sentences that answer, each with the neighbours it needs to stand alone.

Everything here is an exact span of a source. Knows nothing of models: what fits the prompt is decided by a `count`
function it is given.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tutor.library import Held, Library
from tutor.links import link
from tutor.passages import Quote
from tutor.questions import Question, Shape
from tutor.search import Found, Hit, coverage
from tutor.sentences import Block, Span, sentences
from tutor.words import stems

PASSAGES = 8  # how many of the best passages are read
MOST_QUOTES = 8
REPEATS = 0.7  # a sentence that shares this much of its words with one already taken says nothing new

# How a sentence is judged: its passage's score, its own cosine, the question's words in it, and what kind of
# sentence it is. Set by hand; docs/answers.md has the figures.
FROM_PASSAGE = 0.7
FROM_COSINE = 0.8
FROM_COVERAGE = 0.5
FOR_DEFINITION = 1.0
FOR_REASON = 0.0
FOR_TALK = 0.6
FOR_LEANING = 0.15


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote and how well it answers: `score` orders, `cosine` and `coverage` (0..1) are its own."""

    quote: Quote
    score: float
    cosine: float
    coverage: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    span: Span  # in the passage's text
    score: float
    cosine: float
    coverage: float
    text: str


def select(
    question: Question, found: Found, library: Library, budget: int, count: Callable[[str], int]
) -> tuple[Evidence, ...]:
    """
    The best quotes for `question`, best first, at most `budget` tokens of `count` together.

    At least one sentence is given where any passage holds one that may be quoted, even if it alone is over budget.
    """
    candidates = sorted(
        (s for hit in found.hits[:PASSAGES] for s in _judged(question, found, hit)),
        key=lambda s: (-s.score, s.hit.held.id, s.span.start),
    )
    chosen: list[Evidence] = []
    spent = 0
    for sentence in _ordered(question, candidates):
        if len(chosen) == MOST_QUOTES:
            break
        if any(_covers(one, sentence) for one in chosen) or _says_nothing_new(sentence, chosen):
            continue
        evidence = _quoted(sentence, library)
        cost = count(evidence.quote.text)
        if chosen and spent + cost > budget:
            continue
        chosen.append(evidence)
        spent += cost
    return tuple(chosen)


def _judged(question: Question, found: Found, hit: Hit) -> Iterator[_Sentence]:
    cosines = {(int(s), int(e)): float(c) for (s, e), c in zip(hit.spans, hit.span_cosines, strict=True)}
    text = hit.held.passage.text
    for span in sentences(text):
        words = text[span.start : span.end]
        if not quotable(words, span.block):
            continue
        cosine = cosines.get((span.start, span.end), 0.0)
        # What the headings say of the subject need not be said again in each sentence below them.
        covered = coverage(found.rarity, words) * 0.8 + hit.signals.title * 0.2
        score = FROM_PASSAGE * hit.score + FROM_COSINE * cosine + FROM_COVERAGE * covered + _fits(question, words)
        yield _Sentence(hit, span, score, cosine, covered, words)


# An author speaking of the text or of himself rather than of the subject.
_TALK = re.compile(
    r"\b(?:[Tt]his|[Tt]he|[Oo]ur|[Mm]y) (?:blog ?post|blog|post|article|tutorial|chapter|section|essay|notebook|series|guide)\b|"
    r"\b(?:I|I['’](?:m|ve|ll|d)|[Mm]y|me)\b|^(?:Before|First|Next|Then|Now|Here|Finally),? (?:we|let)\b|"
    r"\b[Ww]e(?:['’]ve| have)? (?:believe|hope|plan|view|invite|thank|are releasing|released?|recommend|refer)\b|"
    r"\b(?:[Ss]tay tuned|[Tt]hanks to|[Aa]cknowledg)|[Ff]or (?:more|further) (?:details|information)"
)


def _fits(question: Question, sentence: str) -> float:
    """A bonus for a sentence of the kind that is asked for, and a malus for one that is beside the subject."""
    malus = (FOR_TALK if talks(sentence) else 0.0) + (FOR_LEANING if _LEANS.match(sentence) else 0.0)
    return _shape_bonus(question, sentence) - malus


def talks(sentence: str) -> bool:
    """Whether a sentence speaks of the text or its author rather than of the subject."""
    return bool(_TALK.search(sentence))


def _shape_bonus(question: Question, sentence: str) -> float:
    if question.shape in (Shape.DEFINITION, Shape.COMPARISON):
        return max((FOR_DEFINITION for subject in question.subjects if defines(sentence, subject)), default=0.0)
    if question.shape is Shape.MECHANISM and _REASON.search(sentence):
        return FOR_REASON
    return 0.0


_REASON = re.compile(
    r"\b(?:because|since|so that|therefore|thus|hence|which (?:makes|allows|lets|means|avoids|keeps)|"
    r"by \w+ing|in order to|as a result|works by|instead of|first\b.*\bthen)\b",
    re.I,
)
_COPULA = re.compile(
    r"\b(?:is|are|was|were|refers? to|(?<!-)means?|denotes?|stands? for|describes?|consists? of)\s+(?!not\b|called\b)",
    re.I,
)
_NAMING = re.compile(
    r"\b(?:called|known as|referred to as|named|termed|dubbed|abbreviated(?: as)?)\s+(?:an? |the )?(?P<name>[^.,;:()]{2,60})",
    re.I,
)
# Words that may stand beside the subject in its own definition.
BESIDE_SUBJECT = 2


def defines(sentence: str, subject: str) -> bool:
    """Whether the sentence reads as a definition of `subject`: "(The) subject (abbreviation) is ...", "... called subject"."""
    wanted = set(_plain_stems(subject))
    if not wanted:
        return False
    if _spells_out(sentence, subject):
        return True
    for copula in list(_COPULA.finditer(sentence, 0, 300))[:3]:
        clause = re.split(r"[;:]\s|,\s(?:while|whereas|and|but)\s", sentence[: copula.start()])[-1]
        # What stands in brackets spells the subject out, or shortens it.
        inside = " ".join(re.findall(r"\(([^)]*)\)", clause))
        before = _plain_stems(re.sub(r"\([^)]*\)", " ", clause))
        opens = wanted <= set(before[: len(wanted) + 1])
        if opens and len(set(before) - wanted) <= BESIDE_SUBJECT:
            return True
        if inside and wanted <= set(_plain_stems(inside)):
            return True
    return any(
        wanted <= (named := set(_plain_stems(found["name"]))) and len(named - wanted) <= 2
        for found in _NAMING.finditer(sentence)
    )


def _spells_out(sentence: str, subject: str) -> bool:
    """Whether the sentence gives an abbreviation's long form, as in "term frequency (TF)" or "TF (term frequency)"."""
    if not re.fullmatch(r"[A-Za-z][\w-]{1,9}", subject):
        return False
    letters = re.sub(r"[^A-Za-z]", "", subject).lower()
    for found in re.finditer(
        rf"\b{re.escape(subject)}s?\s*\(([^)]+)\)|((?:[\w-]+ ){{1,8}})\({re.escape(subject)}s?\b", sentence, re.I
    ):
        long = found[1] or found[2]
        initials = "".join(word[0] for word in re.findall(r"[A-Za-z]+", long)).lower()
        if len(letters) >= 2 and letters[0] in initials and letters[-1] in initials:
            return True
    return False


def _plain_stems(text: str) -> list[str]:
    """Stems of the meaningful words, a hyphenated word by its parts alone."""
    return [stem for stem in stems(text.replace("-", " ")) if stem]


_NOT_A_STATEMENT = (
    re.compile(r"^\W*(?:fig(?:ure)?|table|image|listing|algorithm|equation|photo)\.?\s*[\dA-Z]*\s*[:.—-]", re.I),
    re.compile(r"^\W*(?:exercise|homework|hint|problem|question|quiz|solution)s?\s*\d*\s*[:.)]", re.I),
    re.compile(
        r"\b(?:we(?:'ll|’ll| will| shall)|let(?:'s|’s| us)|i(?:'ll|’ll| will)) (?:now |then |also |first |next )?"
        r"(?:see|discuss|look|cover|explore|describe|explain|show|return|talk|review|dive|go over|turn|start|begin)\b",
        re.I,
    ),
    re.compile(
        r"\b(?:see|shown|described|discussed|explained|as in) (?:in )?(?:the )?"
        r"(?:below|above|(?:next|previous|following) (?:section|chapter|part|figure|post))\b",
        re.I,
    ),
    re.compile(
        r"^(?:image source|(?:source|credits?|photo|cite|citation)s?\s*:|read more\b|click\b|subscribe\b)", re.I
    ),
    re.compile(r"\b(?:subscribe|newsletter|cookie|all rights reserved|sign up|log in|table of contents)\b", re.I),
    re.compile(
        r"https?://|\bwww\.|\barXiv:|\bet al\.,? \d{4}[.;,]?$|^\W*(?:thanks to|note that all|all illustrations)\b", re.I
    ),
)
# A statement has a verb; nearly every English one has one of these words or endings.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|can|could|may|might|will|would|should|must|\w{2,}(?:s|ed|es|ing))\b",
    re.I,
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def quotable(sentence: str, block: Block) -> bool:
    """Whether a sentence can be evidence: a statement in words, not a heading, caption, exercise or signpost."""
    if block not in (Block.PROSE, Block.LIST):
        return False
    plain = re.sub(r"\$[^$]*\$|`[^`]*`", " ", sentence)
    if len(_LETTERS.findall(plain)) < 4 or len(sentence) > 1_200:
        return False
    if sentence.rstrip().endswith("?") or not _VERB.search(plain):
        return False
    if sentence.startswith("where "):  # it explains the symbols of a formula that stands before it
        return False
    return not any(pattern.search(sentence) for pattern in _NOT_A_STATEMENT)


def _ordered(question: Question, candidates: Sequence[_Sentence]) -> list[_Sentence]:
    """Best first; for a comparison the best of each side come before the rest."""
    if question.shape is not Shape.COMPARISON:
        return list(candidates)
    first: list[_Sentence] = []
    for subject in question.subjects:
        wanted = set(stems(subject))
        for sentence in candidates:
            headings = f"{sentence.hit.held.title} {sentence.hit.held.passage.heading} {sentence.text}"
            if wanted and wanted <= set(stems(headings)) and sentence not in first:
                first.append(sentence)
                break
    return first + [s for s in candidates if s not in first]


def _covers(evidence: Evidence, sentence: _Sentence) -> bool:
    if evidence.quote.source != sentence.hit.held.source:
        return False
    before = sentence.hit.held.passage.start
    return evidence.quote.start < before + sentence.span.end and before + sentence.span.start < evidence.quote.end


def _says_nothing_new(sentence: _Sentence, chosen: Sequence[Evidence]) -> bool:
    mine = set(stems(sentence.text))
    return any(
        len(mine & theirs) >= REPEATS * len(mine | theirs) for theirs in (set(stems(e.quote.text)) for e in chosen)
    )


_LEANS = re.compile(
    r"^(?:\W*)(?:this|that|these|those|it|its|they|their|he|she|such|both|the (?:former|latter|same|above)|here|then|"
    r"however|but|and|so|thus|therefore|hence|instead|otherwise|in (?:this|that|other|contrast|addition|practice)|"
    r"for (?:example|instance|this)|as a result|on the other hand|similarly|also|because of (?:this|that)|where)\b",
    re.I,
)


def _quoted(sentence: _Sentence, library: Library) -> Evidence:
    """The sentence as a quote, with the one before it where it leans on it and what it introduces after it."""
    held = sentence.hit.held
    spans = sentences(held.passage.text)
    at = next(i for i, span in enumerate(spans) if span.start == sentence.span.start)
    first = last = at
    if _LEANS.match(sentence.text) and at and spans[at - 1].block in (Block.PROSE, Block.LIST):
        first -= 1
    if sentence.text.rstrip().endswith(":") and at + 1 < len(spans):
        last += 1
    quote = _quote(held, held.passage.start + spans[first].start, held.passage.start + spans[last].end, library)
    return Evidence(quote, sentence.score, sentence.cosine, sentence.coverage)


def _quote(held: Held, start: int, end: int, library: Library) -> Quote:
    source = library.source(held.source)
    assert source is not None
    text = source.text[start:end]
    return Quote(
        url=held.url,
        title=held.title,
        heading=held.passage.heading,
        text=text,
        start=start,
        end=end,
        link=link(held.url, text, start, source.pages),
        source=held.source,
    )
