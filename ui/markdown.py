"""
A source's light Markdown as safe HTML, with one stretch of it marked.

Every tag is one of ours: raw HTML is shown as text, links keep their words and lose their address, pictures become
their description, and formulas become `<tutor-math>`, which the page sets with KaTeX. Knows nothing of sources, quotes
or the page around it. Not covered: footnotes.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ui.highlighting import highlighted

# Two characters of Unicode's private use area stand for the ends of the marked stretch while Markdown is read.
BEGIN, END = "\ue000", "\ue001"
_SENTINELS = re.compile("[\ue000\ue001]")

_BLOCK_MARKS = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>|\|)[ \t]+|\|)*")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
# What a sentinel may not cut: a formula, and the address of a link or picture.
_WHOLE = re.compile(
    r"\$\$[\s\S]+?\$\$|\$(?! )[^$\n]+?(?<! )\$(?!\d)|\\\([\s\S]+?\\\)|\\\[[\s\S]+?\\\]|!?\[[^\]\n]*\]\([^)\n]*\)"
)
_PIECES = re.compile(r"(<tutor-math[^>]*>[^<]*</tutor-math>|<[^>]+>|[\ue000\ue001])")


def block(text: str, marked: tuple[int, int] | None = None) -> str:
    """
    HTML of `text`; the characters `text[marked[0]:marked[1]]` stand in `<mark>`, the first of them with id "quote".

    A mark that would begin or end inside a formula or a link takes in the whole of it.
    """
    text = _SENTINELS.sub("\ufffd", text)
    if marked is None or not 0 <= marked[0] < marked[1] <= len(text):
        return _rendered(text)
    start, end = _settled(text, *marked)
    rendered = _rendered(text[:start] + BEGIN + text[start:end] + END + text[end:])
    if start < end and rendered.count(BEGIN) == 1 and rendered.count(END) == 1:
        return _with_marks(rendered)
    # Markdown swallowed an end of the mark: the quote then stands between its neighbours as it was read.
    start, end = marked
    quote = f'<p class="verbatim"><mark id="quote">{escape(text[start:end])}</mark></p>'
    return _rendered(text[:start]) + quote + _rendered(text[end:])


def inline(text: str) -> str:
    """HTML of one line, without any block around it: a sentence, a heading."""
    return str(_markdown().renderInline(_SENTINELS.sub("\ufffd", " ".join(text.split()))))


def _rendered(text: str) -> str:
    return str(_markdown().render(text))


def _settled(text: str, start: int, end: int) -> tuple[int, int]:
    """The ends of a mark, moved out of what Markdown must find untouched."""
    for whole in _WHOLE.finditer(text):
        if whole.start() < start < whole.end():
            start = whole.start()
        if whole.start() < end < whole.end():
            end = whole.end()
    line = text.rfind("\n", 0, start) + 1
    marks = _BLOCK_MARKS.match(text, line)
    if marks and start < marks.end():
        start = marks.end()
    if _FENCE.match(text, line):
        start = text.find("\n", start) + 1 or len(text)
    line = text.rfind("\n", 0, end) + 1
    if _FENCE.match(text, line):
        end = max(0, line - 1)
    while end > start and text[end - 1] in " \t\n|":
        end -= 1
    return start, end


def _with_marks(rendered: str) -> str:
    """Sentinels become `<mark>` around each run of text between them, so that no tag is ever crossed."""
    made: list[str] = []
    inside = first = False
    for piece in _PIECES.split(rendered):
        if piece == BEGIN:
            inside, first = True, True
        elif piece == END:
            inside = False
        elif inside and piece.strip() and (not piece.startswith("<") or piece.startswith("<tutor-math")):
            made.append(f'<mark id="quote">{piece}</mark>' if first else f"<mark>{piece}</mark>")
            first = False
        else:
            made.append(piece)
    return "".join(made)


# -- the parser -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    # Link definitions vanish from the text, and underlined headings are mostly rules: both would lose a sentinel.
    markdown.disable(["reference", "lheading", "autolink", "html_block", "html_inline"])
    markdown.inline.ruler.before("escape", "formula", _inline_formula)
    markdown.block.ruler.before("fence", "formula", _block_formula, {"alt": ["paragraph", "list", "blockquote"]})
    for name, rule in _RENDERED.items():
        markdown.add_render_rule(name, rule)
    return markdown


_INLINE_FORMULA = re.compile(
    r"\$\$(?P<a>[^$]+)\$\$|\$(?![\s$])(?P<b>(?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)|\\\((?P<c>.+?)\\\)|\\\[(?P<d>.+?)\\\]",
    re.S,
)


def _inline_formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = _INLINE_FORMULA.match(state.src, state.pos)
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = next(group for group in found.groups() if group is not None)
        token.markup = found[0]
        token.block = found["a"] is not None or found["d"] is not None
    state.pos = found.end()
    return True


def _block_formula(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`$$ ... $$` or `\\[ ... \\]` on lines of its own, whatever stands in it."""
    begin = state.bMarks[start_line] + state.tShift[start_line]
    lead = 1 if state.src[begin : begin + 1] in (BEGIN, END) else 0
    opening = state.src[begin + lead : begin + lead + 2]
    closing = {"$$": "$$", "\\[": "\\]"}.get(opening)
    if closing is None:
        return False
    stop = state.src.find(closing, begin + lead + 2)
    if stop < 0 or stop > state.eMarks[end_line - 1]:
        return False
    line = start_line
    while state.eMarks[line] < stop:
        line += 1
    after = state.src[stop + 2 : state.eMarks[line]]
    if after.strip(" \t.,;" + BEGIN + END):
        return False
    if silent:
        return True
    state.line = line + 1
    token = state.push("formula_block", "", 0)
    token.content = state.src[begin + lead + 2 : stop].strip()
    token.markup = state.src[begin + lead : stop + 2]
    token.info = state.src[begin : begin + lead] + "\n" + after
    return True


# -- what each token becomes ----------------------------------------------------------------------------------------

Tokens = Sequence[Token]


def formula(tex: str, source: str, display: bool = False) -> str:
    """A formula as the page sets it; without JavaScript its TeX stays readable."""
    kind = ' class="display"' if display else ""
    return f'<tutor-math{kind} tex="{escape(tex.strip())}">{escape(source)}</tutor-math>'


def _formula(_: RendererHTML, tokens: Tokens, index: int, *__: Any) -> str:
    token = tokens[index]
    return formula(token.content, token.markup, token.block)


def _formula_block(_: RendererHTML, tokens: Tokens, index: int, *__: Any) -> str:
    before, _sep, after = tokens[index].info.partition("\n")
    made = formula(tokens[index].content, tokens[index].markup, True)
    return f'<p class="formula">{before}{made}{escape(after)}</p>\n'


def _nothing(*_: Any) -> str:
    return ""


def _picture(_: RendererHTML, tokens: Tokens, index: int, *__: Any) -> str:
    words = tokens[index].content.strip()
    return f'<span class="picture">[{escape(words)}]</span>' if words else ""


def _heading(_: RendererHTML, tokens: Tokens, index: int, *__: Any) -> str:
    """The page's own headings are h1 and h2: a source's begin at h3."""
    level = min(6, int(tokens[index].tag[1]) + 2)
    return f"<h{level}>" if tokens[index].nesting == 1 else f"</h{level}>\n"


def _table_open(*_: Any) -> str:
    return '<div class="wide" tabindex="0"><table>\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _code(_: RendererHTML, tokens: Tokens, index: int, *__: Any) -> str:
    made = highlighted(tokens[index].content, _SENTINELS.sub("", tokens[index].info), BEGIN + END)
    return f'<pre tabindex="0"><code>{made}</code></pre>\n'


_RENDERED = {
    "formula": _formula,
    "formula_block": _formula_block,
    "link_open": _nothing,
    "link_close": _nothing,
    "image": _picture,
    "heading_open": _heading,
    "heading_close": _heading,
    "table_open": _table_open,
    "table_close": _table_close,
    "fence": _code,
    "code_block": _code,
}
