"""
Words: which ones of a question carry its meaning, and which forms of a word count as the same.

Plain functions on strings. Knows English only; words of other languages pass through unchanged.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[.\-'’][^\W_]+)*[+#]*", re.UNICODE)

_LETTERS = re.compile(r"[^\W\d_]+")

STOP_WORDS = frozenset(
    """a about above across after again against all almost along already also although always am among an and any
    anyone anything are aren't as ask at be became because been before being below between both but by came can can't
    cannot come could couldn't did didn't do does doesn't doing don't done down during each either else etc even ever
    every exactly explain few find first for from further gave get gets give given gives go goes going got had has
    have having he help her here him his how however i i'd i'll i'm i've if in instead into is isn't it it's its
    itself just know learn let let's like made make makes many may maybe me mean means might more most much must my
    need needs never no nor not now of off often on once one only onto or other our out over own people perhaps please
    put quite rather really said same say see seem seems shall she should shouldn't show since so some someone
    something still such take tell than that that's the their them then there these they thing things think this those
    though through to too toward under understand until up upon us use used uses using very via want was wasn't way
    we well were what what's when where whether which while who whom whose why will with within without won't work
    works would you you're your yours describe define definition meaning difference differ compare different between
    happen happens happened called does basically actually simple simply terms words idea kind sort type stand stands
    question answer main point""".split()
)

# Endings and what stands in their place, tried in order, one of each group: how a word is bent, then how it was made of
# a verb, then of an adjective. All forms of a word need to come to the same stem; it need not be a word itself.
_BENT = (
    ("ies", "y"), ("ied", "y"), ("ising", "iz"), ("ised", "iz"), ("ings", ""), ("ing", ""), ("ed", ""), ("sses", "ss"),
    ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", ""),
)  # fmt: skip
_MADE = (
    ("ization", "iz"), ("isation", "iz"), ("izer", "iz"), ("iser", "iz"), ("ize", "iz"), ("ise", "iz"),
    ("ification", "if"), ("ifier", "if"), ("ify", "if"), ("ational", ""), ("ation", ""), ("ately", ""), ("ative", ""),
    ("ator", ""), ("ate", ""), ("at", ""), ("ssive", "ss"), ("rieval", "riev"), ("er", ""),
)  # fmt: skip
_OF_KIND = (("ment", ""), ("ness", ""), ("ity", ""), ("ence", "ent"), ("ly", ""), ("sion", "s"), ("tion", "t"))
# From these a root of three letters is left alone: "layer", "rotate", "entity", "segment", "option".
_NEED_FOUR = frozenset("ify ational ation ately ative ator ate at er ment ity ly sion tion".split())
# What the endings misjudge.
_AS_IT_IS = frozenset(
    ["embed", "bias", "format", "precise", "conversion", "hundred", "basis", "analysis", "hypothesis"]
)
_IRREGULAR = {
    "embeds": "embed", "biases": "bias", "formats": "format", "conversions": "conversion", "matrices": "matrix",
    "indices": "index", "gpus": "gpu", "cpus": "cpu", "tpus": "tpu", "grus": "gru", "menus": "menu", "bases": "basis",
    "vertices": "vertex", "analyses": "analysis", "hypotheses": "hypothesis",
}  # fmt: skip
_VOWEL = re.compile("[aeiouy]")


def printable(text: str) -> str:
    """`text` in one line without what cannot be shown: NULs, other control characters, halves of surrogate pairs."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


def words(text: str) -> list[str]:
    """The words of `text` in lower case; "gpt-2", "3.5" and "c++" are one word each."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def plain_words(text: str) -> list[str]:
    """The runs of letters in `text` in lower case: of "GPT-2's" "gpt" and "s"."""
    return _LETTERS.findall(text.lower())


def content_words(text: str) -> list[str]:
    """The words of `text` that carry meaning, in order, each once."""
    return list(dict.fromkeys(w for w in words(text) if w not in STOP_WORDS and (len(w) > 1 or w.isdigit())))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """
    A word (lower case) without its endings: equal for most forms of one word, and never shorter than three letters.

    Of a hyphenated word each part loses its own.
    """
    word = word.removesuffix("'s")
    if "-" in word.strip("-"):
        return "-".join(stem(part) for part in word.split("-"))
    if len(word) <= 3 or not word.isalpha():
        return word
    if (word := _IRREGULAR.get(word, word)) in _AS_IT_IS:
        return word
    bent = _without(word, _BENT)
    if bent in _AS_IT_IS:
        return bent
    root = _without(_without(bent, _MADE), _OF_KIND)
    return root.removesuffix("e") if len(root) > 3 and not root.endswith("ee") else root


def _without(word: str, endings: Sequence[tuple[str, str]]) -> str:
    """`word` with the first of `endings` that it has, and that leaves something of it, replaced."""
    for ending, instead in endings:
        if word.endswith(ending):
            root = word.removesuffix(ending) + instead
            if ending in ("ing", "ings", "ed", "er"):
                root = _undoubled(root)
            if len(root) >= 3 + (ending in _NEED_FOUR) and not _belongs(ending, word, root):
                return root
    return word


def _belongs(ending: str, word: str, root: str) -> bool:
    """Whether what looks like an ending is part of the word itself."""
    if ending == "s":
        return word.endswith(("ss", "us", "is"))
    if ending in ("ing", "ings", "ed"):
        return not _VOWEL.search(root) or word.endswith("eed")
    if ending == "at" and root.endswith(("e", "o")):  # "repeat", "float"
        return True
    return root.endswith("activ") and ending in _NEED_FOUR  # active parameters are no activations


def _undoubled(root: str) -> str:
    """ "embedd" of "embedding" is "embed", "modell" is "model"; but "distill", "compress" and "buzz" stay."""
    doubled = len(root) > 3 and root[-1] == root[-2]
    return root[:-1] if doubled and (root[-1] not in "lsz" or (len(root) > 5 and root.endswith("ell"))) else root


def stems(text: str) -> list[str]:
    """Stems of the meaningful words of `text`, the parts of a hyphenated word too, each once."""
    found: list[str] = []
    for word in content_words(text):
        found.append(stem(word))
        if not word.isalnum():  # nearly all are, and this is asked of every word of every passage found
            parts = re.split(r"[.\-']", word)
            if len(parts) > 1:
                found.extend(stem(part) for part in parts if len(part) > 1 and part not in STOP_WORDS)
    return list(dict.fromkeys(found))
