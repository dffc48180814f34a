"""
A glossary of the field: the terms that the starter notes define, with what they are and the sort of thing that is.

Made from the notes by rules, once in a process. Knows nothing of cards; `drafts` takes wrong options from it, since
each comes with a definition of its own, which says why it is wrong.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tutor import handbook, notes
from tutor.sentences import Block, sentences
from tutor.words import STOP_WORDS, plain_words, stem

# What a definition says its thing is -> the sort of things it stands among.
_OF_SORT: Final = {
    "method": "method technique approach algorithm procedure strategy trick optimization optimisation scheme mechanism "
    "process practice paradigm heuristic sampler search way rule",
    "task": "task",
    "function": "function operation transformation mapping map nonlinearity",
    "ability": "ability capability",
    "model": "model network architecture transformer autoencoder auto-encoder encoder decoder classifier rnn cnn mlp "
    "vae gan perceptron encoder-decoder",
    "measure": "metric measure score loss objective probability ratio distance divergence similarity estimate error",
    "quantity": "number amount quantity hyperparameter parameter weight",
    "tool": "library framework tool engine toolkit package platform software database server extension api service "
    "runtime language",
    "data": "dataset corpus benchmark collection",
    "structure": "index graph tree table cache structure vector matrix buffer queue array",
    "distribution": "distribution",
    "part": "layer block component module unit token gate head mask",
    "failure": "failure phenomenon tension effect",
    "format": "format protocol standard representation type datatype template",
}
SORTS: Final = {noun: sort for sort, nouns in _OF_SORT.items() for noun in nouns.split()}
# What is defined as one of these is a case of something else, so that much else could be one too.
VARIANTS: Final = frozenset("variant modification refinement extension generalization version".split())
_OF_A_FAMILY: Final = frozenset("class family type kind form branch set group subset variety".split())
_MADE_OF_A_VERB = re.compile(r"(?:ing|tion|sion|ment|use)$")
MARKER = re.compile(
    r"\b(?:that|which|of|for|to|in|where|when|used|designed|based|with|whose|from|by|on|trained|using|applied|between|"
    r"at|focused|aimed|introduced|released|proposed|providing|containing|consisting|developed|built|written|who)\b|,"
)

# Where a sentence goes on to say something else, so that what it says is not all definition.
GOES_ON: Final = re.compile(r"[;:]|, (?:so|but|and (?:an?|the|its?) [^,]*\b(?:is|are|shows?|has|have))\b")


@dataclass(frozen=True, slots=True)
class Term:
    """ "Beam search" with its short form ("" for none), "a decoding method that ...", its sort and its chapter's id."""

    name: str
    short: str
    what: str
    sort: str
    chapter: str


def sort_of(noun_phrase: str, tail: str) -> str | None:
    """
    The sort of what is defined as `noun_phrase` + `tail` ("decoding method", "that keeps ..."); None where none shows.

    "" for a variant of something else and for a family, since its members are what it is too.
    """
    noun = noun_phrase.split()[-1].lower() if noun_phrase else ""
    if noun == "loss" and tail.startswith("of "):
        return None  # of something that was there before
    of = re.match(r"of ((?:[\w-]+ ){0,3}?[\w-]+?)s?(?= (?:that|which|to|for|in|with|used|based)\b)", tail)
    if noun in VARIANTS or (noun in _OF_A_FAMILY and of and of[1].split()[-1].lower() in SORTS):
        return ""
    if noun not in SORTS and _MADE_OF_A_VERB.search(noun) and tail.startswith("of "):
        return "method"  # "the combination of ..."
    return SORTS.get(noun)


_DEFINED = re.compile(
    r"^(?:An? |The )?(?P<term>[\w+’'-]+(?: [\w+’'-]+){0,4})(?: \((?P<short>[^()]+)\))? is (?P<what>(?:an?|the) .+)\.$"
)


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """What the notes define, in the order of the handbook's chapters; a term by its first definition."""
    found: dict[str, Term] = {}
    texts = {source.chapter: source.text for source in notes.sources()}
    for chapter in handbook.load().chapters:
        text = texts.get(chapter.id, "")
        for span in sentences(text):
            read = _DEFINED.match(text[span.start : span.end]) if span.block is Block.PROSE else None
            if read and (term := _term(read, chapter.id)):
                found.setdefault(term.name.lower(), term)
    return tuple(found.values())


def _term(read: re.Match[str], chapter: str) -> Term | None:
    what, short = read["what"], re.search(r"\b[A-Z][\w-]*[A-Z]\w*", read["short"] or "")
    rest = re.sub(r"^(?:an?|the) ", "", what)
    marker = MARKER.search(rest)
    if (
        rest.startswith("related ")
        or marker is None
        or marker[0] == ","
        or re.search(r"[$`\\]", what)
        or GOES_ON.search(what)
    ):
        return None
    sort = sort_of(rest[: marker.start()].strip(), rest[marker.start() :])
    return None if sort is None else Term(read["term"], short[0] if short else "", what, sort, chapter)


@lru_cache(maxsize=1)
def field_words() -> frozenset[str]:
    """Stems of the words that the handbook's titles and topics and the notes' terms are made of."""
    book = handbook.load()
    names = [term.name for term in terms()] + [name for one in book.chapters for name in (one.title, *one.topics)]
    return frozenset(stem(word) for name in names for word in plain_words(name) if word not in STOP_WORDS)


@lru_cache(maxsize=1)
def note_words() -> frozenset[str]:
    """Every word (lower case) that the starter notes use: spelled right, and of the field."""
    return frozenset(word for source in notes.sources() for word in plain_words(source.text))
