"""
Words: which ones of a question carry its meaning, and which forms of a word count as the same.

Plain functions on strings. Knows English only; words of other languages pass through unchanged.
"""

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[.\-'’][^\W_]+)*[+#]*", re.UNICODE)

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
    happen happens happened called does basically actually simple simply terms words idea kind sort type stand stands question
    answer main point""".split()  # noqa: SIM905
)

_SUFFIXES = (
    ("izations", "iz"), ("isations", "iz"), ("ization", "iz"), ("isation", "iz"), ("izing", "iz"), ("ising", "iz"),
    ("izers", "iz"), ("isers", "iz"), ("izer", "iz"), ("iser", "iz"), ("ized", "iz"), ("ised", "iz"), ("izes", "iz"),
    ("ises", "iz"), ("ize", "iz"), ("ise", "iz"), ("ational", "at"), ("ations", "at"), ("ation", "at"),
    ("ators", "at"), ("ator", "at"), ("ating", "at"), ("ated", "at"), ("ates", "at"), ("ate", "at"), ("ities", "i"),
    ("ity", "i"), ("ments", ""), ("ment", ""), ("nesses", ""), ("ness", ""), ("ings", ""), ("ing", ""), ("ies", "y"),
    ("edly", ""), ("ers", ""), ("ed", ""), ("er", ""), ("ly", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip


def words(text: str) -> list[str]:
    """The words of `text` in lower case; "gpt-2", "3.5" and "c++" are one word each."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def content_words(text: str) -> list[str]:
    """The words of `text` that carry meaning, in order, each once."""
    return list(dict.fromkeys(w for w in words(text) if w not in STOP_WORDS and (len(w) > 1 or w.isdigit())))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its ending: equal for most forms of one word, and never shorter than three letters."""
    if len(word) <= 3 or not word.isalpha():
        return word
    word = word.removesuffix("'s")
    for suffix, instead in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) + len(instead) >= 3:
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                break
            root = word[: len(word) - len(suffix)] + instead
            if (
                len(root) > 3
                and root[-1] == root[-2]
                and root[-1] not in "lsz"
                and suffix in ("ing", "ed", "er", "ers")
            ):
                root = root[:-1]
            return root.removesuffix("y") if len(root) > 4 else root
    return word.removesuffix("y") if len(word) > 4 else word


def stems(text: str) -> list[str]:
    """Stems of the meaningful words of `text`, the parts of a hyphenated word too, each once."""
    found: list[str] = []
    for word in content_words(text):
        found.append(stem(word))
        parts = re.split(r"[.\-']", word)
        if len(parts) > 1:
            found.extend(stem(part) for part in parts if len(part) > 1 and part not in STOP_WORDS)
    return list(dict.fromkeys(found))
