"""
Code as HTML with its words coloured by what they are: Pygments cuts it, the page's style sheet colours it.

Knows nothing of Markdown or of the page around it. Code in a language that is not named stays as it is.
"""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST = 20_000  # characters: what is longer is no example, and takes longer to cut than a reader waits
# What is coloured, by the beginning of Pygments' names for it; the rest is plain.
_KINDS = {
    "Token.Keyword": "k",
    "Token.Operator.Word": "k",
    "Token.Literal.String": "s",
    "Token.Literal.Number": "n",
    "Token.Comment": "c",
    "Token.Name.Function": "f",
    "Token.Name.Class": "f",
    "Token.Name.Decorator": "d",
    "Token.Name.Builtin": "b",
    "Token.Name.Tag": "k",
    "Token.Name.Attribute": "f",
}


def highlighted(code: str, language: str, sentinels: str = "") -> str:
    """
    HTML of `code`, escaped; `sentinels` are characters that stand in it for something else and come through untouched,
    outside every tag, as if they were not there.
    """
    lexer = _lexer(language) if len(code) <= LONGEST else None
    if lexer is None:
        return escape(code)
    bare = "".join(one for one in code if one not in sentinels)
    held = [(at, one) for at, one in enumerate(code) if one in sentinels]
    cuts = [(at - before, one) for before, (at, one) in enumerate(held)]  # where they stand in the bare code
    made: list[str] = []
    for start, kind, words in lexer.get_tokens_unprocessed(bare):
        name = next((short for long, short in _KINDS.items() if str(kind).startswith(long)), "")
        begin = start
        while cuts and cuts[0][0] < start + len(words):
            at, sentinel = cuts.pop(0)
            made += [_coloured(bare[begin:at], name), sentinel]
            begin = at
        made.append(_coloured(bare[begin : start + len(words)], name))
    return "".join([*made, *(sentinel for _, sentinel in cuts)])


def _coloured(words: str, name: str) -> str:
    told = escape(words)
    return f'<i class="{name}">{told}</i>' if name and words.strip() else told


def _lexer(language: str) -> "Lexer | None":
    """None where the language is not named, or unknown."""
    named = language.split()[0].lower() if language.split() else ""
    if not named:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(named, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
