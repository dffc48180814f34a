"""
Reading a page of HTML: from bytes to light Markdown.

1. decode (the declared charset is checked, not believed)  2. flatten absurd nesting  3. parse  4. ask the page for its
title, author and date  5. restore formulas  6. make blocks  7. choose the blocks that are the page's text
8. refuse pages that only look like one (soft 404, login wall, ...).
trafilatura chooses: it knows most of what is not text. Its choice is checked against the page's main element, since
on some long pages it keeps only a part; there everything in the main element but menus and the like is taken.
Knows nothing of fetching and storing. HTML is never executed, nothing is loaded.
Not covered: pages whose text is made by scripts, text in pictures.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from ingest import formulas
from ingest.blocks import Block, Element, blocks_of, classes_of, cleaned, rendered
from ingest.books import page_after, pages_below
from ingest.links import canonical_kind, normalise
from ingest.metadata import Facts, facts_of, iso_date
from ingest.page import Link, Page
from tutor.errors import ReadingError

KEPT_ENOUGH = 0.6  # of the main element's text; below this trafilatura is taken to have lost its way
DEEPEST = 120  # open elements; what is nested deeper is read as if it stood there
LARGEST_FOR_TRAFILATURA = (600_000, 20_000)  # characters and elements; above, its time grows too fast
NEARBY = 20_000  # letters of trafilatura's text in which the next block is looked for first
SEARCHED_WHOLE = 400_000  # letters; a longer text is searched only nearby
LARGEST = 8_000_000  # characters; the rest of a larger page is not read
FEWEST_WORDS = 25  # of a page that is worth keeping
SHORT = 150  # words; only pages shorter than this are looked at for walls and missing pages
PROSE = frozenset(("paragraph", "item", "quote", "caption"))
SURE = 30  # characters; a shorter block may occur in trafilatura's text by chance
PROBE = 48  # letters and digits at either end of a block that are looked for in trafilatura's text

OPEN_OR_CLOSE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*>")
VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
                  "p", "li", "td", "tr", "th", "option", "dd", "dt", "path", "use", "circle", "rect"))  # fmt: skip
MAIN_XPATHS = (
    "//main", "//*[@role='main']", "//article", "//*[@itemprop='articleBody']", "//d-article",
    "//*[contains(concat(' ',normalize-space(@class),' '),' post-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' entry-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' article-content ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' markdown-body ')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' post ')]",
)  # fmt: skip
NOT_FOUND = re.compile(
    r"\b(?:page|article|post|content|file) (?:was |is |could )?not (?:be )?found\b|\b404\b|\bnot found\b"
    r"|does(?: not|n.t) exist|no longer (?:exists|available)",
    re.IGNORECASE,
)
LOGIN = re.compile(r"\b(?:sign|log) ?in\b", re.IGNORECASE)
PAYWALL = re.compile(
    r"(?:subscribe|sign up|upgrade|register|log in|become a member|create (?:a free|an) account)"
    r" to (?:keep|continue|read|unlock)|(?:keep|continue) reading|member-only|unlimited access|already a subscriber"
    r"|i am a subscriber|this (?:post|article|content|story) is for (?:paid|paying)? ?(?:subscribers|members)",
    re.IGNORECASE,
)
NEEDS_SCRIPT = re.compile(r"(?:enable|requires?|need|turn on|activate).{0,20}javascript", re.IGNORECASE)
NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a page, and how it was come by."""

    text: str
    links: tuple[Link, ...]
    kept: float  # share of the main element's text that trafilatura kept, 0 to 1
    whole_main: bool  # whether the main element was taken in its place


def read_html(body: bytes, *, url: str, content_type: str = "", whole: bool = False) -> Page:
    """
    The page of HTML in these bytes; `whole` takes its main part with every link in it, as befits a reading list.

    ReadingError, with one of these reasons: empty, binary, soft 404, login wall, paywall teaser, javascript only,
    no readable text.
    """
    text = decoded(body, content_type)
    tree = parsed(text)
    facts = facts_of(tree, url)
    shell = _is_shell(tree)
    below, following = pages_below(tree, url), page_after(tree, url)
    found = extract(tree, url, facts, whole=whole)
    refuse_walls(found.text, facts, tree, shell=shell)
    canonical = normalise(facts.canonical) if facts.canonical and facts.canonical.startswith("http") else None
    return Page(
        url=url,
        title=facts.title or title_of(found.text, url),
        text=found.text,
        kind=canonical_kind(url, facts.kind, tree_generator(tree)),
        author=facts.author,
        published=facts.published,
        language=facts.language,
        licence=facts.licence,
        links=found.links,
        canonical=canonical if canonical != normalise(url) else None,
        below=below,
        next=following,
    )


def first_heading(text: str) -> str:
    """The first heading of a text, or its first words."""
    heading = re.search(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return heading[1] if heading else " ".join(text.split()[:10])


def title_of(text: str, url: str) -> str:
    """
    The title of a text: its first heading where no other is of that order, or else the name of its file.

    A page of the web has its first heading for a title whatever it is.
    """
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)]
    if not url.startswith("file:") or (levels and levels[0] == min(levels) and levels.count(levels[0]) == 1):
        return first_heading(text)
    name = PurePosixPath(unquote(urlsplit(url).path)).stem
    return re.sub(r"[-_\s]+", " ", name).strip() or first_heading(text)


def tree_generator(tree: Element) -> str:
    """The program that a page says it was made with, lower case."""
    found = tree.xpath("string(//meta[@name='generator']/@content)")
    return str(found).lower()


# --------------------------------------------------------------------------------------
# Bytes to text
# --------------------------------------------------------------------------------------

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
MAGIC = (b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\x7fELF", b"Rar!")
META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,30})""", re.IGNORECASE)
# What the detection calls Western text when it is one byte a letter; Windows-1252 is what such pages mean.
LATIN = re.compile(
    r"ascii|latin_1|cp(?:125[0247-8]|437|775|85[028]|1006|1140)|iso8859_(?:1|2|3|4|9|10|13|14|15|16)|mac_\w+|hp_roman8"
)


def decoded(body: bytes, content_type: str = "") -> str:
    """
    The text in these bytes: as declared, where that proves right, otherwise as detected.

    ReadingError for nothing at all ("empty") and for what is no text ("binary").
    """
    if not body.strip():
        raise ReadingError("failed", "empty")
    for mark, charset in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace").replace("\x00", "")
    if body.startswith(MAGIC) or _is_binary(body[:8192]):
        raise ReadingError("skipped", "binary")
    declared = re.search(r"charset\s*=\s*[\"']?([\w-]+)", content_type, re.IGNORECASE)
    in_page = META_CHARSET.search(body[:4096])
    names = [declared[1]] if declared else []
    names += [in_page[1].decode("ascii")] if in_page else []
    text = _as_utf8(body)
    if text is not None:
        return text
    for name in names:
        text = _strictly(body, name)
        if text is not None:
            return text
    return _detected(body)


def _is_binary(head: bytes) -> bool:
    """Whether a text could not begin like this: many control characters."""
    control = sum(1 for byte in head if byte < 9 or 13 < byte < 27 or 27 < byte < 32)
    return control > max(4, len(head) // 50)


def _as_utf8(body: bytes) -> str | None:
    """UTF-8, with at most a few broken characters among many sound ones; None if it is something else."""
    text = body.decode("utf-8", "replace").replace("\x00", "")
    broken = text.count("\ufffd")
    if not broken:
        return text
    sound = sum(1 for letter in text if letter > "\x7f" and letter != "\ufffd")
    stray = broken < 20 and broken * 500 < len(text) and (sound > broken or not _letters_around(text))
    return text.replace("\ufffd", "") if stray else None


def _letters_around(text: str) -> bool:
    """Whether broken characters stand within words, as accented letters of another charset would."""
    return len(re.findall(r"[A-Za-z]\ufffd|\ufffd[A-Za-z]{2}", text)) > 2


def _strictly(body: bytes, charset: str) -> str | None:
    try:
        name = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252"}.get(charset.lower(), charset)
        return body.decode(name).replace("\x00", "")
    except (UnicodeDecodeError, LookupError):
        return None


def _detected(body: bytes) -> str:
    """The likeliest charset of bytes that are not what they say."""
    from charset_normalizer import from_bytes

    best = from_bytes(body[:100_000]).best()
    charset = best.encoding if best is not None else "cp1252"
    return (
        body.decode("cp1252" if LATIN.fullmatch(charset) else charset, "replace")
        .replace("\ufffd", "")
        .replace("\x00", "")
    )


# --------------------------------------------------------------------------------------
# Text to tree
# --------------------------------------------------------------------------------------


def flattened(text: str) -> str:
    """The HTML with tags that open too deep inside others left out, so that no parser has to follow them."""
    depth, deepest = 0, 0
    for tag in OPEN_OR_CLOSE.finditer(text):
        if tag[2].lower() not in VOID:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return text if deepest <= DEEPEST else _without_depth(text)


def _without_depth(text: str) -> str:
    pieces, at, depth = [], 0, 0
    for tag in OPEN_OR_CLOSE.finditer(text):
        if tag[2].lower() in VOID:
            continue
        closing = bool(tag[1])
        too_deep = depth > DEEPEST if closing else depth >= DEEPEST
        depth = max(0, depth - 1) if closing else depth + 1
        if too_deep:
            pieces.append(text[at : tag.start()])
            at = tag.end()
    return "".join(pieces) + text[at:]


def parsed(text: str) -> Element:
    """The tree of a page. ReadingError ("empty") when there is none."""
    parser = etree.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    flat = flattened(text[:LARGEST])
    try:
        tree = etree.fromstring(flat.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        tree = None
    if tree is None:
        raise ReadingError("failed", "empty")
    return tree


# --------------------------------------------------------------------------------------
# Choosing the text
# --------------------------------------------------------------------------------------


def extract(tree: Element, url: str, facts: Facts | None = None, *, whole: bool = False) -> Extraction:
    """The text of the page in this tree; what `facts` tell already is not repeated in it. Changes the tree."""
    formulas.restore(tree)
    cleaned(tree)
    main = main_element(tree)
    base = str(tree.xpath("string(//base/@href)") or url)
    blocks = blocks_of(tree, base=base if base.startswith("http") else url, main=main)
    if whole:
        chosen, kept, whole_main = all_but_noise(blocks, explicit=main is not None), 1.0, True
    else:
        chosen, kept, whole_main = choose(blocks, judged(tree, url), explicit=main is not None)
        chosen = trimmed(chosen, facts or Facts())
    return Extraction("".join(rendered(chosen)), links_of(chosen), kept, whole_main)


def main_element(tree: Element) -> Element | None:
    """The innermost element that the page marks as its main part and that holds most of its text; None without one."""
    body = tree.find("body")
    total = _length(body if body is not None else tree)
    best, best_length = None, total + 1
    for path in MAIN_XPATHS:
        for element in tree.xpath(path)[:20]:
            length = _length(element)
            if total * 0.5 <= length < best_length:
                best, best_length = element, length
    return best


def _length(element: Element) -> int:
    return int(element.xpath("string-length(normalize-space(.))"))


def judged(tree: Element, url: str) -> str:
    """The letters and digits of what trafilatura takes for the text; "" for pages too large for it."""
    import trafilatura

    most_letters, most_elements = LARGEST_FOR_TRAFILATURA
    if _length(tree) > most_letters or tree.xpath("count(//*)") > most_elements:
        return ""
    try:
        text = trafilatura.extract(
            etree.tostring(tree, encoding="unicode", method="html"),
            url=url,
            fast=True,
            favor_recall=True,
            include_comments=False,
            include_tables=True,
            include_links=False,
            include_images=False,
            deduplicate=False,
            output_format="txt",
        )
    except (ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError):
        return ""  # its trouble with odd trees is not ours: the main element is read instead
    return letters(text or "")


def letters(text: str) -> str:
    """Only the letters and digits, lower case: what two renderings of one text have in common."""
    return NOT_LETTERS.sub("", text).lower()


def choose(blocks: list[Block], judgement: str, *, explicit: bool) -> tuple[list[Block], float, bool]:
    """
    The blocks that are the page's text, the share of the main text that trafilatura kept, and whether it was
    overruled.
    """
    real = [block for block in blocks if block.kind in PROSE and is_real(block, explicit)]
    known = known_blocks(blocks, judgement)
    total = sum(len(block.text) for block in real)
    kept = sum(len(block.text) for block in real if id(block) in known) / total if total else 1.0
    chosen = completed(blocks, known, explicit)
    found = sum(len(block.text) for block in blocks if id(block) in chosen)
    if (kept < KEPT_ENOUGH and explicit) or found < len(judgement) / 2 or not judgement:
        whole = {id(block) for block in blocks if block.kind != "heading" and is_real(block, explicit)}
        return with_headings(blocks, whole), kept, True
    return with_headings(blocks, chosen), kept, False


def all_but_noise(blocks: list[Block], *, explicit: bool) -> list[Block]:
    """Every block of the main part that no menu or the like holds; its table of contents is left out."""
    return [
        block
        for block in blocks
        if not block.noise
        and (block.main or not explicit)
        and (block.links or block.kind == "heading" or block.linked <= 0.7 * len(block.text))
    ]


def completed(blocks: list[Block], known: set[int], explicit: bool) -> set[int]:
    """
    What trafilatura chose, and what belongs to it.

    A short block that occurs in its text counts only near a long one, since it may occur there by chance. To the
    parts of the page that hold chosen blocks belongs what else stands in them; prose that stands further in only
    within a main element or as a sentence; code, formulas and tables anywhere within or beside them.
    """
    sure = [b for b in blocks if id(b) in known and b.kind in PROSE and len(b.text) >= SURE]
    around = {part for block in sure for part in block.within[:3] if part > 1}
    near = [b for b in blocks if id(b) in known and b.kind in PROSE and not around.isdisjoint(b.within[:3])]
    chosen = {id(block) for block in (*sure, *near)}
    parts = {block.within[0] for block in (*sure, *near)}
    for block in blocks:
        if id(block) in chosen or not is_real(block, explicit and block.kind in PROSE):
            continue
        if block.kind not in PROSE:
            belongs = (explicit and block.main) or not (around | parts).isdisjoint(block.within[:4])
        elif explicit or is_sentence(block.text):
            belongs = not parts.isdisjoint(block.within[:3])
        else:
            belongs = block.within[0] in parts
        if belongs:
            chosen.add(id(block))
    return chosen


def is_sentence(text: str) -> bool:
    """Whether a text reads like a sentence: several words and a mark at its end."""
    return text.endswith((".", "!", "?", ":", ".”", '."', ".)")) and text.count(" ") >= 4


def is_real(block: Block, explicit: bool) -> bool:
    """Whether a block looks like text of the page: in its main part, in no menu, not made of links."""
    if block.noise or (explicit and not block.main) or block.kind == "heading":
        return False
    return block.linked <= 0.7 * len(block.text) or block.kind not in PROSE


def known_blocks(blocks: list[Block], judgement: str) -> set[int]:
    """
    The blocks whose text occurs in trafilatura's, by their beginnings and ends.

    Both are in the page's order, so each is looked for first where the one before was found: otherwise the time
    would grow with the square of the page.
    """
    known, at = set(), 0
    for block in blocks:
        text = letters(block.text)
        if not text:
            continue
        start = _find(judgement, text[:PROBE], at)
        if start >= 0 and _find(judgement, text[-PROBE:], start) >= 0:
            known.add(id(block))
            at = start
    return known


def _find(judgement: str, text: str, at: int) -> int:
    """Where a text stands from a place on, or else anywhere; -1: nowhere."""
    near = judgement.find(text, at, at + NEARBY)
    if near >= 0 or len(judgement) > SEARCHED_WHOLE:
        return near
    return judgement.find(text)


def with_headings(blocks: list[Block], chosen: set[int]) -> list[Block]:
    """The chosen blocks, each after the headings that it stands under and that are in a part of the page around it."""
    kept: list[Block] = []
    waiting: list[Block] = []
    for block in blocks:
        if block.kind == "heading":
            while waiting and waiting[-1].level >= block.level > 1:  # two titles in a row are both meant
                waiting.pop()
            if not block.noise and block.linked <= 0.7 * len(block.text):
                waiting.append(block)
        elif id(block) in chosen:
            kept += [heading for heading in waiting if not set(heading.within[:2]).isdisjoint(block.within)]
            kept.append(block)
            waiting = []
    return kept


def trimmed(blocks: list[Block], facts: Facts) -> list[Block]:
    """The blocks without the page's own table of contents, and without its title and byline before the text."""
    ways = [
        block.kind == "item" and not block.links and block.linked >= 0.9 * (len(block.text) - 4) for block in blocks
    ]
    kept = []
    for place, block in enumerate(blocks):
        around = ways[max(0, place - 2) : place + 3]
        in_directory = ways[place] and sum(around) >= 3
        at_top = place < 6 and block.kind in ("paragraph", "item")
        if not in_directory and not (at_top and _is_known(block, facts)):
            kept.append(block)
    return kept


def _is_known(block: Block, facts: Facts) -> bool:
    """Whether a block only says again who wrote the page, when, or what it is called."""
    text, said = block.text, letters(block.text)
    if said and said in (letters(facts.title), letters(facts.author or "")):
        return True
    if len(text) > 120 or text.endswith("."):
        return False
    names = bool(facts.author) and letters(facts.author or "") in said
    dated = iso_date(text) is not None
    return (names and (dated or text.lower().startswith("by "))) or (dated and len(text) < 40)


def links_of(blocks: list[Block]) -> tuple[Link, ...]:
    """The links of the blocks, each under its heading and where it stands in the text that they give."""
    found: list[Link] = []
    heading, start = "", 0
    pieces = rendered(blocks)
    for number, block in enumerate(blocks):
        heading = block.text if block.kind == "heading" else heading
        start += len(next(pieces)) if number else 0  # what separates it from the block before
        shown, at = next(pieces), 0
        for url, text in block.links:
            place = shown.find(text, at)
            at = place + len(text) if place >= 0 else at
            found.append(Link(url, text, heading, start + max(0, place)))
        start += len(shown)
    return tuple(found)


# --------------------------------------------------------------------------------------
# Pages that only look like one
# --------------------------------------------------------------------------------------


def _is_shell(tree: Element) -> bool:
    """Whether the page is an empty frame that scripts would fill. Asked before scripts are taken out."""
    frames = {"root", "app", "---next", "--next", "gatsby", "svelte", "--nuxt"}
    empty = any(classes_of(div) & frames and not "".join(div.itertext()).strip() for div in tree.iter("div"))
    told = any(NEEDS_SCRIPT.search("".join(element.itertext())) for element in tree.iter("noscript"))
    return (empty or told) and any(True for _ in tree.iter("script"))


def refuse_walls(text: str, facts: Facts, tree: Element, *, shell: bool) -> None:
    """ReadingError with the name of what stands where a text should be."""
    words = len(text.split())
    everything = " ".join(" ".join(tree.itertext()).split())
    if words < SHORT:
        title = f"{facts.title} {first_heading(text) if text.startswith('#') else ''}"
        if NOT_FOUND.search(title) or (words < 60 and NOT_FOUND.search(everything[:600])):
            raise ReadingError("dead", "soft 404")
        password = tree.xpath("boolean(//input[@type='password'])")
        if password or (LOGIN.search(title) and words < 60):
            raise ReadingError("blocked", "login wall")
        walled = tree.xpath("boolean(//*[contains(@class,'paywall') or contains(@id,'paywall')])")
        if PAYWALL.search(everything) and (walled or not facts.free or words < 80):
            raise ReadingError("blocked", "paywall teaser")
        if words < FEWEST_WORDS and shell:
            raise ReadingError("failed", "javascript only")
    if words < FEWEST_WORDS:
        raise ReadingError("failed", "no readable text")


def overview(body: bytes, url: str, content_type: str = "") -> dict[str, Any]:
    """How a page was read, in numbers, for whoever measures the reading."""
    found = extract(parsed(decoded(body, content_type)), url)
    return {"url": url, "chars": len(found.text), "kept": found.kept, "whole_main": found.whole_main}
