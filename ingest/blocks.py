"""
A tree of HTML as a sequence of blocks of light Markdown.

Headings, paragraphs, list items, code, tables and formulas, in the page's order, each with its links and with
what the page says about its part (a menu, a sidebar, the main element). Knows nothing of which blocks are worth
keeping, of fetching or of files. Walks the tree without recursion, so depth costs nothing.
The tree must have been through `plain_code`, `formulas.restore` and `cleaned` before, in this order.
Not covered: tables within tables (taken apart into paragraphs), the columns of definition lists.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from ingest import formulas, tabs
from tutor.visible import visible

Element = Any
"""An element of lxml, which brings no types."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DROPPED = _words(
    "script style noscript template iframe object embed applet canvas svg video audio map button input select"
    " textarea datalist option dialog progress meter head img picture source track area link meta"
)
BLOCK_TAGS = _words(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p section summary table tbody td tfoot th thead"
    " tr ul caption d-article d-appendix d-figure d-title d-footnote-list"
)
PARTS = frozenset(
    ("div", "section", "article", "main", "body", "td", "aside", "header", "footer", "nav", "form", "center")
)
PARTS_KEPT = 5  # of the parts around a block, the innermost
HEADINGS = {f"h{level}": level for level in range(1, 7)}
INLINE_CODE = frozenset(("code", "tt", "kbd", "samp"))
NOTE_TAGS = frozenset(("d-footnote", "dt-fn"))
NOTE_WORDS = frozenset(("sidenote", "marginnote"))
NOISE_TAGS = frozenset(("nav", "footer", "menu", "d-byline", "distill-header", "distill-footer", "dt-byline"))
NOISE_ROLES = frozenset(("navigation", "search", "banner", "contentinfo", "menu", "menubar", "toolbar", "dialog",
                         "alert", "alertdialog", "tablist", "complementary"))  # fmt: skip
NOISE_WORDS = _words(
    "nav navbar navigation navlinks menu menubar sidebar sidenav breadcrumb breadcrumbs pagination pager pagenav"
    " paginav toc toctree tableofcontents comments comment-list commentlist disqus respond share sharing"
    " share-buttons sharedaddy social social-media social-links socialmedia addtoany related related-posts"
    " relatedposts recommended recirculation newsletter subscribe subscription signup cookie cookies consent gdpr"
    " advert advertisement ads adsbygoogle sponsor promo promotion popup modal site-header site-footer page-footer"
    " footer colophon skip-link skiplink copy-button copybtn code-copy-button clipboard zeroclipboard post-tags"
    " tags taglist tag-list entry-tags byline-share author-bio author-box authorbox prev-next post-nav"
    " post-navigation post-pager paging utility-bar searchbox search-form widget-area trending most-read mostread"
    " outbrain taboola paywall login-form screen-reader-text post-footer entry-footer article-footer"
    " call-to-action edit-this-page editlink tab-bar tabs--tab-bar mdl-tabs--tab-bar tabs--nav tabbed-labels"
    " nav-tabs tab-list jp-inputprompt jp-outputprompt mw-jump-link navbox catlinks printfooter md-feedback"
    " page-feedback page-footer-nav last-updated page-outline tags-links cat-links jp-relatedposts"
    " sd-sharing-enabled sd-like site-info"
)
# Words that sites give to frames around the text, and authors to parts of it: what holds much prose is text.
SOFT_WORDS = _words(
    "prompt recommendations overlay widget banner feedback rating ratings tooltip toolbar masthead cta noprint"
    " print-only"
)
MUCH_PROSE = 300  # characters that are no links
HEADING_ANCHOR = re.compile(r"(?:^|\s)(?:headerlink|header-anchor|anchorjs-link|hash-link|heading-anchor|permalink)")
MARKS_ONLY = frozenset(("¶", "#", "§", "🔗", "\uf0c1", "", "↩", "↩\ufe0e", "↑", "⏎", "[↩]", "[^]"))
HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|(?:left|top|text-indent)\s*:\s*-\d{3,}"
    # Letters in the colour of what is behind them. Not those that wait for a script to show them (opacity, height).
    r"|(?<![-\w])color\s*:\s*transparent(?!.*background-clip)"
    r"|(?<![-\w])color\s*:\s*([#\w]+)\s*;(?:.*;)?\s*background(?:-color)?\s*:\s*\1\s*(?:;|$)"
    r"|background(?:-color)?\s*:\s*([#\w]+)\s*;(?:.*;)?\s*color\s*:\s*\2\s*(?:;|$)",
    re.IGNORECASE,
)
HIDDEN_WORDS = _words(
    "sr-only visually-hidden visuallyhidden screen-reader-text d-none is-hidden"
    " mw-editsection mw-cite-backlink fn-bracket margin-toggle jump-link"
)
LANGUAGE_ATTRIBUTE = "data-x-language"
LINES = frozenset(("div", "p", "li", "tr"))  # elements within code that are a line each
GUTTER = _words(
    "gutter lineno linenos line-numbers line-number linenumber linenumbers lnt ln hljs-ln-numbers"
                   " rouge-gutter gl linenodiv blob-num code-line-number"
)  # fmt: skip
LANGUAGES = (  # in this order: the surer mark first
    re.compile(r"(?:^|\s)(?:language|lang)-([\w+#.]+)"),
    re.compile(r"(?:^|\s)highlight-source-([\w+#.]+)"),
    re.compile(r"(?:^|\s)(?:highlight-|hl-|src-|brush:\s*)(?!source)([\w+#.]+)"),
)
NOT_LANGUAGES = _words(
    "none text plain plaintext notranslate default nohighlight highlighter rouge block wrapper"
                          " listing container output source line lines copy ln"
)  # fmt: skip
SAME_LANGUAGE = {"ipython3": "python", "ipython": "python", "ipython2": "python"}
KNOWN_LANGUAGES = _words(
    "python py bash sh shell console javascript js typescript ts json yaml toml xml html css c cpp java go rust ruby r"
    " julia sql scala kotlin swift php perl haskell lua matlab latex tex markdown diff dockerfile cuda"
)
ORDINALS = frozenset(("st", "nd", "rd", "th", "®", "™"))
DEEPEST_LIST = 8  # levels of indentation; beyond this lists no longer move to the right
LONG_CELLS = "boolean(.//td[string-length(normalize-space(.)) > 600 and count(.//p|.//div) > 1])"
LARGEST_TABLE = 4_000  # cells; a larger table is data, not reading
WIDEST_TABLE = 60  # columns; the same
WIDEST_SPAN = 20  # columns of one cell
CODE_CELLS = "descendant::td[contains(@class,'blob-code') or contains(@class,'js-file-line')]"


@dataclass(slots=True)
class Block:
    """
    One block of a page.

    `kind`: heading, paragraph, item, code, table, formula, quote, caption or label (the name of a tab). `text` is ready
    to be shown, but for a heading's `#` marks (`level` of them). `noise`: within something that the page marks as no
    part of its text. `main`: within the page's main element. `linked`: characters of the text that are links.
    `tight`: follows the block before it on the next line. `within`: numbers of the parts of the page around it,
    innermost first.
    """

    kind: str
    text: str
    level: int = 0
    noise: bool = False
    main: bool = False
    tight: bool = False
    linked: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)
    within: tuple[int, ...] = ()

    def shown(self) -> str:
        """The block as it stands in the text of the page."""
        return f"{'#' * self.level} {self.text}" if self.kind == "heading" else self.text


def tidy(text: str) -> str:
    """Text as a reader sees it: NFC, invisible characters gone, one space where there was any; lines kept."""
    text = visible(unicodedata.normalize("NFC", text))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def classes_of(element: Element) -> set[str]:
    """The words of an element's class and id, lower case."""
    return set(f"{element.get('class') or ''} {element.get('id') or ''}".lower().replace("_", "-").split())


def is_hidden(element: Element) -> bool:
    """Whether a browser would not show the element, now or at a click."""
    if element.get(tabs.OPENED) is not None:
        return False
    style = element.get("style")
    if element.get("hidden") is not None or (style and HIDDEN_STYLE.search(style)):
        return True
    if element.get("aria-hidden") == "true" and element.tag in ("div", "section", "p", "aside", "ul"):
        return True
    return _has_word(element.get("class"), element.get("id"), HIDDEN_WORDS)


@lru_cache(maxsize=8192)
def _has_word(classes: str | None, name: str | None, words: frozenset[str]) -> bool:
    """Whether one of these words is among the words of a class and an id; a page repeats them on most elements."""
    return not words.isdisjoint(f"{classes or ''} {name or ''}".lower().replace("_", "-").split())


def is_noise(element: Element) -> bool:
    """Whether an element says of itself that it is no part of the text: menus, comments, related pages, ..."""
    if element.tag in NOISE_TAGS or (element.get("role") or "") in NOISE_ROLES:
        return True
    classes, name = element.get("class"), element.get("id")
    if not (classes or name) or element.tag in ("body", "html", "main", "article", "pre", "code"):
        return False
    return _has_word(classes, name, NOISE_WORDS) or (_has_word(classes, name, SOFT_WORDS) and not _is_prose(element))


def _is_prose(element: Element) -> bool:
    """Whether an element holds paragraphs or items of some length that are not links."""
    letters = 0
    for part in element.iter("p", "li"):
        letters += len("".join(part.itertext())) - sum(len("".join(link.itertext())) for link in part.iter("a"))
        if letters >= MUCH_PROSE:
            return True
    return False


def is_note(element: Element) -> bool:
    """Whether an element within a line is a note to it, which pages show in the margin."""
    if element.tag in NOTE_TAGS:
        return True
    return element.tag in ("span", "small") and _has_word(element.get("class"), None, NOTE_WORDS)


def drop(element: Element) -> None:
    """Take an element and all within it out of its tree; the text after it stays, after an empty element."""
    parent = element.getparent()
    if parent is None:
        return
    if not element.tail:
        parent.remove(element)
        return
    empty = etree.Element("span")  # joining the text to what is before it would take ever longer
    empty.tail = element.tail
    parent.replace(element, empty)


def plain_code(tree: Element) -> None:
    """
    Make each code block plain text under an attribute with its language, and take out line numbers beside it.

    Done first, it also makes everything after it faster: highlighted code is most of the elements of many pages.
    """
    _make_code(tree)
    for pre in tree.xpath("//pre"):
        if _is_gutter(pre):
            drop(pre)
            continue
        language, code = code_of(pre)
        for child in list(pre):
            pre.remove(child)
        pre.text = code
        pre.set(LANGUAGE_ATTRIBUTE, language)


def cleaned(tree: Element) -> None:
    """Open all tabs, and take out what a reader would not see."""
    tabs.open_tabs(tree)
    etree.strip_elements(tree, "script", "style", "template", "iframe", with_tail=False)
    for element in [one for one in tree.iter("noscript") if next(one.iter("p"), None) is None]:
        drop(element)
    for element in tree.xpath("descendant::*[@hidden or @style or @aria-hidden or @class]"):
        if is_hidden(element):
            drop(element)


def _make_code(tree: Element) -> None:
    """Give code that stands in other elements (Distill's own, the table that GitHub shows a file as) those of code."""
    for element in tree.iter("d-code", "dt-code"):
        element.tag = "code" if element.get("block") is None else "pre"
        element.set("data-language", element.get("language") or "")
    for table in dict.fromkeys(next(cell.iterancestors("table"), None) for cell in tree.xpath(CODE_CELLS)):
        if table is None or table.getparent() is None or next(table.iterdescendants("table"), None) is not None:
            continue
        lines = ["".join(row[-1].itertext()).strip("\r\n") if len(row) else "" for row in table.iter("tr")]
        tail, language = table.tail, table.get("data-tagsearch-lang") or ""
        table.clear()
        table.tag, table.tail, table.text = "pre", tail, "\n".join(lines)
        table.set("data-language", language)


def _is_gutter(element: Element) -> bool:
    """Whether an element, or of a whole block one of the three around it, is for line numbers, and holds no words."""
    around = [element, *islice(element.iterancestors(), 3)] if element.tag == "pre" else [element]
    if any(_has_word(one.get("class"), one.get("id"), GUTTER) for one in around):
        return not any(letter.isalpha() for letter in "".join(element.itertext()))
    return element.get("data-line-number") is not None and not "".join(element.itertext()).strip()


# --------------------------------------------------------------------------------------
# Single constructs
# --------------------------------------------------------------------------------------


def code_of(pre: Element) -> tuple[str, str]:
    """The language (or "") and the exact text of a code block: gutters and buttons out, indentation as it is."""
    pieces: list[str] = []
    walker = etree.iterwalk(pre, events=("start", "end"))
    for event, element in walker:
        line = element is not pre and element.tag in LINES
        if line and (pieces[-1][-1:] if pieces else "\n") != "\n":
            pieces.append("\n")
        if event == "start":
            skipped = not isinstance(element.tag, str) or element.tag in ("button", "style", "script")
            if skipped or (element is not pre and element.tag != "code" and _is_gutter(element)):
                walker.skip_subtree()
                continue
            pieces += ["\n"] if element.tag == "br" else []
            pieces += [element.text] if element.text else []
        elif element is not pre and element.tail:
            pieces.append(element.tail)
    text = unicodedata.normalize("NFC", "".join(pieces).replace("\r\n", "\n").replace("\r", "\n"))
    if text.count("<span class=") > 1 and text.count("</span>") > 1:  # a highlighter's work, escaped once too often
        text = unescape(re.sub(r"</?span[^<>]*>", "", text))
    text = visible(text.replace("\u00a0", " "))
    lines = [line.rstrip() for line in text.split("\n")]
    return language_of(pre), "\n".join(lines).strip("\n")


def language_of(pre: Element) -> str:
    """
    The language a code block is marked with: on itself, on the code within, or up to three elements around it.

    A table around it, which holds the line numbers beside it, does not count.
    """
    around = [pre, *(child for child in pre if child.tag == "code")]
    around += [ancestor for ancestor in pre.iterancestors() if ancestor.tag not in ("table", "tbody", "tr")][:3]
    for element in around:
        for name in ("data-lang", "data-language", "lang"):
            if name != "lang" or element is pre:
                value = (element.get(name) or "").lower()
                if value and value not in NOT_LANGUAGES and re.fullmatch(r"[\w+#.-]{1,20}", value) and name != "lang":
                    return value
        classes = (element.get("class") or "").lower()
        for found in (match for pattern in LANGUAGES for match in pattern.finditer(classes)):
            if found[1] not in NOT_LANGUAGES:
                return SAME_LANGUAGE.get(found[1], found[1])
        named = [word for word in re.split(r"[\s-]+", classes) if word in KNOWN_LANGUAGES]
        if named and (element.tag in ("pre", "code") or "sourcecode" in classes or "highlight" in classes):
            return named[0]
    return ""


def fenced(language: str, code: str) -> str:
    """The code in a fence longer than any within it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def inline_code(text: str) -> str:
    """The text between backquotes, more of them where it has some of its own."""
    text = tidy(text.replace("\n", " "))
    if not text:
        return ""
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (max(len(run) for run in re.findall(r"`+", text)) + 1)
    return f"{fence} {text} {fence}"


def flat(element: Element) -> str:
    """The text of an element on one line, with inline code and formulas."""
    pieces: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, at in walker:
        if event == "start":
            taken = _inline(at)
            if taken is not None:
                pieces.append(taken)
                walker.skip_subtree()
            else:
                pieces.append((" " if at.tag in BLOCK_TAGS or at.tag == "br" else "") + (at.text or ""))
        elif at is not element:
            pieces.append((" " if at.tag in BLOCK_TAGS else "") + (at.tail or ""))
    return tidy("".join(pieces).replace("\n", " "))


def _inline(element: Element) -> str | None:
    """What stands for an element taken as a whole within a line; None where its parts are to be read."""
    if not isinstance(element.tag, str) or element.tag in DROPPED:
        return ""
    if element.get("class") == formulas.CLASS:
        return element.text or ""
    if element.tag in INLINE_CODE:
        return inline_code("".join(element.itertext()))
    if element.tag in ("sup", "sub"):
        return _script(element)
    if element.tag == "a" and (_is_heading_anchor(element) or _is_note_mark(element)):
        return ""
    return None


def _is_note_mark(link: Element) -> bool:
    """Whether a link is a raised number or the like, that leads to a footnote or back from it."""
    if link.get("role") in ("doc-noteref", "doc-backlink") or "footnote-ref" in (link.get("class") or ""):
        return True
    alone = len(link) == 1 and link[0].tag == "sup" and not (link.text or "").strip()
    return alone and (link.get("href") or "").startswith("#") and not (link[0].tail or "").strip()


def _is_heading_anchor(link: Element) -> bool:
    text = "".join(link.itertext()).strip()
    if text in MARKS_ONLY:
        return text != "" or len(link) == 0
    return bool(HEADING_ANCHOR.search(link.get("class") or "")) and len(text) < 3


def _script(element: Element) -> str | None:
    """A footnote's mark is dropped; a short index or exponent gets its sign; the rest is read as it is."""
    text = "".join(element.itertext()).strip()
    if element.tag == "sup" and (any(True for _ in element.iter("a")) or re.fullmatch(r"\[\d+\]", text)):
        return ""
    if len(text) > 6 or len(list(element.iter())) > 1 or text in ORDINALS or not re.fullmatch(r"[\w+−–-]+", text):
        return None
    return ("^" if element.tag == "sup" else "_") + (text if len(text) == 1 else f"{{{text}}}")


def is_data_table(table: Element) -> bool:
    """Whether a table holds short cells in rows and columns, not a page's layout, code or other tables."""
    if table.get("role") in ("presentation", "none") or next(table.iter("pre"), None) is not None:
        return False
    if sum(1 for _ in table.iter("table")) > 1:
        return False
    if next(table.iter("h1", "h2", "h3", "h4"), None) is not None or table.xpath(LONG_CELLS):
        return False
    rows = list(table.iter("tr"))
    widest = max((sum(span_of(cell, "colspan") for cell in row) for row in rows), default=0)
    blocks = sum(1 for tag in ("p", "div", "ul", "ol", "h2", "h3") for _ in table.iter(tag))
    cells = sum(1 for row in rows for _ in row)
    return len(rows) >= 2 and 2 <= widest <= WIDEST_TABLE and blocks <= 2 * cells and cells <= LARGEST_TABLE


def table_text(table: Element) -> str:
    """
    The table with pipes, its first row as the head.

    A cell over several rows is said in each of them, so that a row can be read alone; over several columns only once.
    """
    rows: list[list[str]] = []
    above: dict[int, tuple[int, str]] = {}  # column -> rows that its cell still reaches into, and the cell
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in (cell for cell in row if cell.tag in ("td", "th")):
            _reach_down(cells, above)
            text = flat(cell).replace("|", r"\|")
            wide, high = span_of(cell, "colspan"), span_of(cell, "rowspan")
            for said in [text, *[""] * (wide - 1)]:
                above |= {len(cells): (high - 1, said)} if high > 1 else {}
                cells.append(said)
        _reach_down(cells, above)
        if any(cells):
            rows.append(cells)
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _reach_down(cells: list[str], above: dict[int, tuple[int, str]]) -> None:
    """Add the cells of rows above that reach into this one at its next columns."""
    while len(cells) in above:
        left, text = above.pop(len(cells))
        if left > 1:
            above[len(cells)] = (left - 1, text)
        cells.append(text)


def span_of(cell: Element, name: str) -> int:
    """How many columns or rows a cell takes."""
    said = cell.get(name) or ""
    return max(1, min(int(said), WIDEST_SPAN)) if said.isdecimal() and len(said) < 5 else 1


# --------------------------------------------------------------------------------------
# The walk
# --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _List:
    """An open list: the next number, or None for bullets."""

    number: int | None
    marked: str = ""  # the mark of an item that has not been written yet


class _Walk:
    """Reads a tree from first to last and gathers its blocks."""

    def __init__(self, base: str, main: Element | None) -> None:
        self.blocks: list[Block] = []
        self._base, self._main = base, main
        self._pieces: list[str] = []
        self._links: list[tuple[str, str]] = []
        self._linked = 0
        self._lists: list[_List] = []
        self._parts, self._part_count = [0], 0
        self._noisy: Element | None = None  # the outermost open element that is marked as no text
        self._mains = self._quotes = self._captions = self._heading = 0
        self._after_break = True  # the next block does not continue a list

    def read(self, tree: Element) -> list[Block]:
        """The blocks of the tree."""
        walker = etree.iterwalk(tree, events=("start", "end"))
        skipped: Element | None = None
        for event, element in walker:
            if event == "start":
                if self._taken_whole(element):
                    walker.skip_subtree()
                    skipped = element
                else:
                    self._open(element)
            else:
                if element is not skipped:
                    self._close(element)
                skipped = None
                if element is not tree and element.tail:
                    self._pieces.append(element.tail.replace("\n", " "))
        self._flush()
        return self.blocks

    def _taken_whole(self, element: Element) -> bool:
        """Take code, tables, formulas and everything that is not text as one; False: read its parts."""
        tag = element.tag
        if not isinstance(tag, str) or tag in DROPPED:
            return True
        if tag == "pre":
            self._code(element)
            return True
        if tag == "p" and element.get("class") == tabs.LABEL:
            self._flush()
            self._add("label", tidy(element.text or ""))
            return True
        if tag == "table" and is_data_table(element):
            self._flush()
            caption = element.find("caption")
            if caption is not None:
                self._add("caption", flat(caption))
                drop(caption)
            self._note_links(element)
            self._add("table", table_text(element), chars=len(flat(element)))
            return True
        if element.get("class") == formulas.CLASS and element.get(formulas.DISPLAY):
            self._flush()
            self._add("formula", element.text or "")
            return True
        taken = _inline(element)
        if taken is not None:
            if element.tag == "a" or next(element.iter("a"), None) is not None:
                self._note_links(element)
            self._pieces.append(taken)
            return True
        return False

    def _code(self, element: Element) -> None:
        self._flush()
        code = element.text or ""
        if code.strip():
            self._add("code", fenced(element.get(LANGUAGE_ATTRIBUTE) or "", code))

    def _open(self, element: Element) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            self._flush()
        if tag == "br":
            self._pieces.append("\n")
        if is_note(element):
            self._pieces.append(" (")
        if self._noisy is None and is_noise(element):
            self._noisy = element
        if tag in PARTS:
            self._part_count += 1
            self._parts.append(self._part_count)
        self._mains += element is self._main
        self._quotes += tag == "blockquote"
        self._captions += tag in ("figcaption", "caption")
        if tag in HEADINGS:
            self._heading = HEADINGS[tag]
        elif tag in ("ul", "ol"):
            self._after_break = self._after_break or not self._lists
            start = element.get("start") or "1"
            self._lists.append(_List(int(start) if start.lstrip("-").isdigit() else 1) if tag == "ol" else _List(None))
        elif tag == "li" and self._lists:
            at = self._lists[-1]
            at.marked = "- " if at.number is None else f"{at.number}. "
            at.number = None if at.number is None else at.number + 1
        elif tag == "a":
            self._note_links(element, own=True)
        self._pieces.append((element.text or "").replace("\n", " "))

    def _close(self, element: Element) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            self._flush()
        if is_note(element):
            self._pieces.append(")")
        if self._noisy is element:
            self._noisy = None
        if tag in PARTS:
            self._parts.pop()
        self._mains -= element is self._main
        self._quotes -= tag == "blockquote"
        self._captions -= tag in ("figcaption", "caption")
        if tag in HEADINGS:
            self._heading = 0
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()

    def _note_links(self, element: Element, *, own: bool = False) -> None:
        """Remember the links of an element, and how much of the text they are."""
        for link in [element] if own else element.iter("a"):
            text = tidy("".join(link.itertext()).replace("\n", " "))
            address = (link.get("href") or "").strip()
            if not (self._heading and address.startswith("#")):  # a heading may well link to itself
                self._linked += len(text)
            if address and not address.startswith(("#", "javascript:", "data:")):
                try:
                    self._links.append((urljoin(self._base, address), text))
                except ValueError:
                    continue  # an address that cannot be understood leads nowhere

    def _flush(self) -> None:
        """End the paragraph that is being gathered."""
        text, self._pieces = tidy("".join(self._pieces)), []
        if not text:
            self._linked = 0
            return  # links without words (pictures) go with the next block
        if self._heading:
            self._add("heading", " ".join(text.split()), level=self._heading)
            return
        for part in re.split(r"\n{2,}", text):
            self._paragraph(part)

    def _paragraph(self, text: str) -> None:
        if self._lists and self._lists[-1].marked:
            depth = min(len(self._lists), DEEPEST_LIST) - 1
            mark, self._lists[-1].marked = self._lists[-1].marked, ""
            tight = not self._after_break
            self._add("item", "  " * depth + mark + text.replace("\n", " "), tight=tight)
            self._after_break = False
        elif self._quotes:
            self._add("quote", "\n".join(f"> {line}" for line in text.split("\n")))
        elif self._captions:
            self._add("caption", text)
        else:
            # a line that would be taken for Markdown is not one
            text = re.sub(r"^(?=(?:#{1,6} |```|\| ))", r"\\", text, flags=re.MULTILINE)
            self._add("paragraph", text)

    def _add(self, kind: str, text: str, *, level: int = 0, tight: bool = False, chars: int = 0) -> None:
        self._after_break = True
        if text:
            linked = min(self._linked, chars or len(text))
            within = tuple(reversed(self._parts[-PARTS_KEPT:]))
            noise, main = self._noisy is not None, self._mains > 0
            self.blocks.append(Block(kind, text, level, noise, main, tight, linked, self._links, within))
        self._links, self._linked = [], 0


def blocks_of(tree: Element, *, base: str, main: Element | None = None) -> list[Block]:
    """The blocks of a tree; `base` makes relative links absolute, `main` is the element whose blocks are marked."""
    return _Walk(base, main).read(tree)


def rendered(blocks: list[Block]) -> Iterator[str]:
    """The pieces of the page's text; joined they are the text, without a last newline."""
    for number, block in enumerate(blocks):
        if number:
            joins = block.tight and blocks[number - 1].kind == "item"
            yield "\n" if joins else "\n\n"
        yield block.shown()
