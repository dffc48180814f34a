"""
Understanding a reading list: from a page's text and links to sections, chapters and resources.

1. headings become sections (first order) and chapters (below)  2. each link becomes a resource, told by the words
around it  3. numbered references become resources where they are cited  4. what is named without an address becomes a
resource too, with the address that the handbook knows for it.
Works on the page as it was read, so that every resource points to its words. Knows nothing of fetching and storing.
Not covered: what a list says in pictures; titles in other languages than English, where no link marks them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingest.links import kind_of, normalise
from ingest.page import Link, Page
from tutor import handbook as handbooks
from tutor.handbook import Handbook, slug
from tutor.reading_list import ListChapter, ListedResource, ListSection, ReadingList
from tutor.sentences import Block, Span, blocks, sentences

LONGEST_UNIT = 80  # words; a longer paragraph speaks of a link in one of its sentences only
LONGEST_TITLE = 160  # characters
FEWEST_REMARK = 3  # words
MOST_GROUP = 12  # words of an item that others stand under

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*#*$", re.MULTILINE)
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
_ADDRESS_WORDS = re.compile(r"(?:https?://|www\.)\S+|arXiv:\s?[\d.]+(?:v\d+)?", re.IGNORECASE)
_REFERENCE = re.compile(r"[ \t]*(?:[-*•][ \t]+)?\[\^?(\d{1,3})\]:?[ \t]+(?=\S)")
_NUMBERED = re.compile(r"[ \t]*(\d{1,3})[.)][ \t]+(?=\S)")
_CITATION = re.compile(r"\[\^?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]")
_REFERENCES = re.compile(
    r"\W*(?:\d+\W+)?(?:references|bibliography|works cited|citations|sources|notes|endnotes|footnotes|links|literature|"
    r"further reading)\W*$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"(?:see also|see|also|url|link|source|via|at|available at)\b[:.]?\s*", re.IGNORECASE)
_BIBTEX = re.compile(r"@\w+\{[^@]{0,1000}?\btitle\s*=\s*[{\"]+([^{}\"]{3,300})")
_DATED = re.compile(
    r"(?:week|lecture|day|lec|no|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)?\w{0,6}"
    r"[\s.,#]*\d",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:[a-z]+\s+)?(?:\d+(?:\.\d+)*|[ivx]+)[.:)]?\s+", re.IGNORECASE)  # "Week 2: "
_BRACKETED = re.compile(r"[(\[]([^()\[\]\n]{3,20})[)\]]")
_BEFORE_REMARK = re.compile(r"[\s\-–—:,.;|)\]]+")
_SEPARATED = re.compile(r"[\"”'’)*_\]]*(?:\s*(?:[-–—:|;(]|\.\s)|,\s)")
_AFTER_LABEL = re.compile(r"(?:[\w+ ]{2,20}:|\([\w+ ]{2,20}\)|\[[\w+ ]{2,20}\])?\s*[\"“”'*_]*$")
_AUTHOR = re.compile(
    r"(?:[,.;]|\s[-–—])?\s+(?:[Ww]ritten\s|[Pp]roduced\s)?[Bb]y\s+"
    r"(?P<author>[A-Z@](?:\b[A-Z]\.|[^.;()]){1,100}|(?<=, by )\w+)\.?(?:\s+\([^()]*\))?$"
)

# What a link is called when its words say only what kind of thing it is.
_KIND_WORDS = {
    "video": "video", "videos": "video", "talk": "video", "lecture": "video", "lectures": "video", "youtube": "video",
    "playlist": "video", "playlists": "video", "podcast": "video", "podcasts": "video", "screencast": "video",
    "paper": "paper", "papers": "paper", "preprint": "paper", "book": "book", "books": "book", "textbook": "book",
    "textbooks": "book", "ebook": "book", "course": "course", "courses": "course", "mooc": "course", "repo": "repo",
    "repository": "repo", "repositories": "repo", "documentation": "documentation", "docs": "documentation",
    "article": "article", "articles": "article", "blog": "article", "blogs": "article", "post": "article",
    "posts": "article", "blogpost": "article", "tutorial": "article", "essay": "article", "slides": "article",
}  # fmt: skip
_GENERIC = frozenset(
    (*_KIND_WORDS, *"a an the this that these those here link links post+video original official series chapter "
     "section part pdf html site website page more read watch see source demo notebook project overview interactive "
     "slide deck talks code github notes guide arxiv class recording implementation thesis survey one two first second "
     "nice great short web abs doi and of for to homepage home".split())
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:['’+.-][^\W_]+)*")
# What goes on after "video": "on attention from Somebody".
_STOPS = r"is|are|gives?|has|have|for an?|for more|and|or|which|that|if|walking|covering|as"
_GOES_ON = re.compile(
    rf"\s+(?:on|about|from|by|of|for|in)\s+(?:(?!\b(?:{_STOPS})\b|\.(?:\s|$))[^,;:()–—\n]){{2,60}}?"
    rf"(?=$|[,;:()–—\n]|\.(?:\s|$)|\s(?:{_STOPS})\b)"
)

# Things named without a link.
_QUOTED = re.compile(r"[“\"]([^“”\"\n]{3,120})[”\"]")
_MEDIUM = (
    r"(?:(?:blog|video|lecture|course|interactive|animated|technical|podcast|introductory|illustrated|online|short|"
    r"original|official|web|step-by-step|nice|great|excellent|classic|reference|overview|accompanying|companion)\s+){0,4}"
    r"(?:blog|blog ?posts?|posts?|articles?|papers?|books?|textbooks?|videos?|talks?|lectures?|lecture notes|"
    r"course notes|courses?|tutorials?|guides?|notes|series|slides|docs|documentation|manuscript|report|survey|podcast|"
    r"podcast episode|playlist|essay|chapter|section|walkthrough|explainer|overview)"
)
_NAME = r"(?:@\w+|[A-Z][\w.’'-]+)(?:\s+(?:&|and|et|al\.|of|von|van|de|[A-Z][\w.’'-]+)){0,4}"
_MENTION = re.compile(
    rf"\b(?P<what>(?:[Tt]his|[Tt]hese|[Aa]n?|[Aa]nother|[Tt]he|[Hh]is|[Hh]er|[Tt]heir)\s+[^.;:()\n]{{0,40}}?{_MEDIUM}"
    rf"(?:\s+\([^()]{{3,80}}\))?(?:\s+(?:on|about|to)\s+[^.;:()\n]{{2,60}}?)?\s+(?:from|by)\s+(?:the\s+)?(?P<who>{_NAME}))"
)
_BESIDE = re.compile(rf"\b{_MEDIUM}\b")
_LABEL = re.compile(
    r"\b(?:resources|readings?|papers|books|textbooks|videos|lectures|courses|articles|blogs|posts|youtube|tutorials|"
    r"references|podcasts|talks|links|materials|sources|overviews|literature|playlists|guides|to (?:read|watch))\b",
    re.IGNORECASE,
)


def understand(page: Page, handbook: Handbook | None = None) -> ReadingList:
    """
    The list that this page is. Its places may all be empty, if it is none.

    `handbook` gives addresses to what is named by title alone.
    """
    return _Reader(page, handbook).read()


@dataclass(slots=True)
class _Place:
    """A heading and what has been found under it."""

    title: str
    start: int
    depth: int
    end: int | None = None  # of an item that others stand under: where they end
    over: "_Place | None" = None  # and the place that it stands in
    resources: dict[str, ListedResource] = field(default_factory=dict)  # by what tells them apart


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of the text that speaks of the links in it: an item, a line, a sentence, a row."""

    start: int
    end: int
    block: Block
    links: tuple[Link, ...]


class _Reader:
    """Reads one page."""

    def __init__(self, page: Page, handbook: Handbook | None) -> None:
        self.page, self.text, self.handbook = page, page.text, handbook
        self.blocks = list(_entries(page.text))
        self.title, self.places = self._outline()
        self.starts = [place.start for place in self.places]
        self._with_groups()
        self.references: dict[int, ListedResource] = {}

    def read(self) -> ReadingList:
        self._linked()
        self._named()
        unresolved = self._cited()
        before = _numbered("", self.places[0].resources.values())
        return ReadingList(self.page.url, self.title, before, tuple(self._sections(_Ids())), unresolved)

    def _outline(self) -> tuple[str, list[_Place]]:
        """The title of the list, and its places in order; the first has no heading: what stands before all others."""
        spans = [span for span in self.blocks if span.block is Block.HEADING]
        headings = [(span.start, at) for span in spans if (at := _HEADING.match(self.text[span.start : span.end]))]
        levels = [len(at[1]) for _, at in headings]
        places, path = [_Place("", 0, 0)], list[int]()
        titled = len(levels) > 1 and levels[0] == min(levels) and levels.count(levels[0]) == 1
        for number, (start, at) in enumerate(headings):
            if titled and number == 0:
                continue
            path = [level for level in path if level < len(at[1])] + [len(at[1])]
            places.append(_Place(at[2], start, len(path)))
        return headings[0][1][2] if titled else self.page.title, places

    def _with_groups(self) -> None:
        """Items that others with links stand under ("Week 1", "Videos:") are places too."""
        links = sorted(link.start for link in self.page.links)
        headings = [span.start for span in self.blocks if span.block is Block.HEADING]
        widths = [_indent(self.text, span) if span.block is Block.LIST else -1 for span in self.blocks]
        for number, span in enumerate(self.blocks[:-1]):
            if not 0 <= widths[number] < widths[number + 1]:
                continue
            after = next((n for n in range(number + 1, len(widths)) if 0 <= widths[n] <= widths[number]), len(widths))
            last = self.blocks[after].start if after < len(widths) else len(self.text)
            last = min([last, *headings[bisect_right(headings, span.start) :][:1]])
            start, end = self._bare(span.start, span.end)
            title = self.text[start:end].rstrip(": ")
            own, below = _any_between(links, start, end), _any_between(links, end, last)
            if below and not own and len(title.split()) <= MOST_GROUP:
                over = self._place(start)
                at = bisect_right(self.starts, start)
                self.places.insert(at, _Place(title, start, over.depth + 1, last, over))
                self.starts.insert(at, start)

    def _place(self, at: int) -> _Place:
        """The place that the offset `at` belongs to."""
        place = self.places[max(0, bisect_right(self.starts, at) - 1)]
        while place.over is not None and place.end is not None and at >= place.end:
            place = place.over
        return place

    def _sections(self, ids: "_Ids") -> Iterator[ListSection]:
        at: _Place | None = None
        chapters: list[_Place] = []
        for place in [*self.places[1:], None]:
            if place is not None and place.depth > 1:
                chapters.append(place)
                continue
            if at is not None:
                name = ids.of(at.title)
                made = [
                    ListChapter(own := ids.of(c.title), c.title, c.start, _numbered(own, c.resources.values()), c.depth)
                    for c in chapters
                ]
                yield ListSection(name, at.title, at.start, _numbered(name, at.resources.values()), tuple(made))
            at, chapters = place, []

    def _add(self, place: _Place, resource: ListedResource) -> None:
        """Names a resource in a place, once: a page linked twice there is told by the better words."""
        key = normalise(resource.url) if resource.url else resource.title.casefold()
        kept = place.resources.setdefault(key, resource)
        if _is_generic(kept.title) and not _is_generic(resource.title):
            place.resources[key] = replace(resource, start=kept.start, line=kept.line, remark=kept.remark)

    # -- links --

    def _linked(self) -> None:
        for unit in self._units():
            for number, link in enumerate(unit.links):
                before = unit.links[number - 1] if number else None
                resource = self._resource(unit, link, before)
                reference = self._reference(unit)
                if reference is not None and number == 0:
                    resource = replace(resource, number=reference, title=_cited_title(resource, self._line(unit)))
                    self.references[reference] = resource
                self._add(self._place(link.start), resource)

    def _units(self) -> Iterator[_Unit]:
        """Every stretch that holds links, in order; each link is in one of them."""
        links = sorted(self.page.links, key=lambda link: link.start)
        at = 0
        for block in self.blocks:
            first = at
            while at < len(links) and links[at].start < block.end:
                at += 1
            if own := links[first:at]:
                yield from self._units_of(block, own)

    def _units_of(self, block: Span, links: Sequence[Link]) -> Iterator[_Unit]:
        words = len(self.text[block.start : block.end].split())
        if block.block is Block.HEADING or (
            len(links) == 1 and words <= LONGEST_UNIT and block.block is not Block.TABLE
        ):
            yield _Unit(*self._bare(block.start, block.end), block.block, tuple(links))
            return
        spans = self._rows(block) if self._in_lines(block, links) else self._sentences(block)
        starts = [start for start, _ in spans]
        shared: dict[int, list[Link]] = {}
        for link in links:
            shared.setdefault(max(0, bisect_right(starts, link.start) - 1), []).append(link)
        for number, own in shared.items():
            yield _Unit(*self._bare(*spans[number]), block.block, tuple(own))

    def _in_lines(self, block: Span, links: Sequence[Link]) -> bool:
        """Whether each line of a block speaks for itself: rows of a table, lines with a link in most of them."""
        lines = self.text[block.start : block.end].split("\n")
        if block.block is Block.TABLE:
            return True
        return len(lines) > 1 and 2 * len({self.text.count("\n", block.start, link.start) for link in links}) >= len(
            lines
        )

    def _rows(self, block: Span) -> list[tuple[int, int]]:
        """The lines of a block; a line that is nothing but an address goes with the words above it."""
        spans: list[tuple[int, int]] = []
        start = block.start
        waiting = -1
        for line in self.text[block.start : block.end].split("\n"):
            end = start + len(line)
            rest = _ADDRESS_WORDS.sub("", line).strip(" <>()-–—•*|:.")
            has_address = _ADDRESS_WORDS.search(line) is not None
            if waiting >= 0 and has_address and not rest:
                spans[-1] = (waiting, end)
                waiting = -1
            else:
                spans.append((start, end))
                waiting = -1 if has_address or block.block is Block.TABLE else start
            start = end + 1
        return spans

    def _sentences(self, block: Span) -> list[tuple[int, int]]:
        """The sentences of a block; one that is nothing but an address goes with the one before it."""
        spans: list[tuple[int, int]] = []
        for span in sentences(self.text[block.start : block.end]):
            start, end = block.start + span.start, block.start + span.end
            alone = not _ADDRESS_WORDS.sub("", self.text[start:end]).strip(" <>().,;")
            if spans and alone and not _ADDRESS_WORDS.search(self.text, *spans[-1]):
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return spans or [(block.start, block.end)]

    def _bare(self, start: int, end: int) -> tuple[int, int]:
        """A stretch without the mark of its item and blanks at its ends."""
        if mark := _ITEM.match(self.text, start, end):
            start = mark.end()
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return start, end

    def _line(self, unit: _Unit) -> str:
        return self.text[unit.start : unit.end]

    def _resource(self, unit: _Unit, link: Link, before: Link | None) -> ListedResource:
        line = self._line(unit)
        begin = before.start + len(before.text) if before else unit.start
        lead = self.text[begin : max(begin, link.start)]
        title, after = link.text.strip(), link.start + len(link.text)
        if _ADDRESS_WORDS.fullmatch(title) or title == link.url:
            return self._at_address(unit, link, lead)
        if unit.block is Block.TABLE:
            return self._in_row(unit, link)
        if _is_generic(title):
            title += goes_on[0] if (goes_on := _GOES_ON.match(self.text, after, unit.end)) else ""
            over = self._item_over(unit) if _is_generic(title) else ""
            title = f"{over} ({title})" if over else title
        title = title or (line if len(line.split()) <= MOST_GROUP and len(unit.links) == 1 else _bare_address(link.url))
        remark = None
        opens = len(unit.links) == 1 and _AFTER_LABEL.fullmatch(lead) is not None
        if opens and _SEPARATED.match(self.text, after, unit.end) and (rest := _remark(self.text[after : unit.end])):
            remark = rest
        elif len(line.split()) >= len(title.split()) + FEWEST_REMARK:
            remark = line
        beside = self.text[after : min(unit.end, after + 30)]
        kind = _kind(
            link.url, f"{lead[-40:]} {title if _is_generic(link.text) else ''} {beside}", self._place(link.start).title
        )
        return ListedResource("", _clipped(title), link.url, kind, unit.start, line, remark)

    def _item_over(self, unit: _Unit) -> str:
        """The words of the item that this one is a part of: "Code" below "A paper" is that paper's."""
        number = bisect_right(self.blocks, unit.start, key=lambda span: span.start) - 1
        if unit.block is not Block.LIST or not (indent := _indent(self.text, self.blocks[number])):
            return ""
        for block in reversed(self.blocks[max(0, number - 30) : number]):
            if block.block is not Block.LIST:
                return ""
            if _indent(self.text, block) < indent:
                start, end = self._bare(block.start, block.end)
                return re.split(r"\s[-–—:]\s|:\s*$|\.\s", self.text[start:end])[0][:80]
        return ""

    def _at_address(self, unit: _Unit, link: Link, lead: str) -> ListedResource:
        """An address as it stands in a text: what is written before it is its title, or else what comes after."""
        line = self._line(unit)
        after = self.text[link.start + len(link.text) : unit.end]
        words = " ".join(_unnumbered(lead).split()).strip(" -–—:|,;.(<[")
        author = None
        aside = _ASIDE.match(words)
        words = words[aside.end() :] if aside else words
        if found := _AUTHOR.search(words):
            words, author = words[: found.start()].rstrip(" ,.;-–—"), found["author"].rstrip(" ,.")
        rest = _remark(after)
        if entry := _BIBTEX.search(line):
            words, rest = entry[1], None
        title = words if _has_words(words) else ""
        if not title and not aside and rest and len(rest.split()) <= 12 and len(unit.links) == 1:
            title, rest = rest, None
        kind = _kind(link.url, f"{' '.join(_BRACKETED.findall(line))} {after[:40]}", self._place(link.start).title)
        shown = _clipped(title) if title else _bare_address(link.url)
        return ListedResource("", shown, link.url, kind, unit.start, line, rest, author)

    def _in_row(self, unit: _Unit, link: Link) -> ListedResource:
        """A link in a row of a table: where its words say only "pdf", the row's first telling cell is its title."""
        line = self._line(unit)
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        title = link.text.strip()
        if _is_generic(title):
            linked = {one.text.strip() for one in unit.links if _is_generic(one.text)}
            telling = [cell for cell in cells if cell not in linked and not _is_generic(cell) and _has_words(cell)]
            named = next((cell for cell in telling if not _DATED.match(cell)), "")
            title = f"{named} ({title})" if named else title
        others = [cell for cell in cells if cell not in title and len(cell.split()) >= FEWEST_REMARK]
        remark = max(others, key=len, default=None)
        return ListedResource("", _clipped(title), link.url, _kind(link.url, link.text, ""), unit.start, line, remark)

    # -- references --

    def _reference(self, unit: _Unit) -> int | None:
        """The number under which this stretch gives a reference."""
        start = self.text.rfind("\n", 0, unit.start) + 1
        if found := _REFERENCE.match(self.text, start, unit.end):
            return int(found[1])
        if _REFERENCES.match(self._place(unit.start).title) and (found := _NUMBERED.match(self.text, start, unit.end)):
            return int(found[1])
        return None

    def _cited(self) -> tuple[int, ...]:
        """Names each reference where it is cited; the numbers of those that nobody explains."""
        unresolved: set[int] = set()
        for block in self.blocks:
            if block.block in (Block.CODE, Block.FORMULA) or not _CITATION.search(self.text, block.start, block.end):
                continue
            spans = sentences(self.text[block.start : block.end])
            for span in spans:
                start, end = block.start + span.start, block.start + span.end
                if _REFERENCE.match(self.text, self.text.rfind("\n", 0, start) + 1, end):
                    continue
                for number in _cited_numbers(self.text[start:end]):
                    if number not in self.references:
                        unresolved.add(number)
                        continue
                    line = self.text[start:end]
                    found = replace(self.references[number], start=start, line=line, remark=line)
                    if self._place(start) is not self._place(self.references[number].start):
                        self._add(self._place(start), found)
        return tuple(sorted(unresolved))

    # -- what is named without a link --

    def _named(self) -> None:
        """References and items without an address; where a text has hardly any links, what its sentences name."""
        linkless = 2 * len(self.page.links) < len(self.places)
        label = ""
        starts = sorted(link.start for link in self.page.links)
        lists = self._linked_lists()
        for number, block in enumerate(self.blocks):
            start, end = self._bare(block.start, block.end)
            line = self.text[start:end]
            if block.block in (Block.CODE, Block.FORMULA, Block.TABLE):
                continue
            if block.block is Block.HEADING:
                label = line.lstrip("# ")
                continue
            holds_link = _any_between(starts, start, end)
            unit = _Unit(start, end, block.block, ())
            reference = None if holds_link else self._reference(unit)
            if reference is not None:
                words = _unnumbered(line)
                found = self._by_title(words, unit, reference)
                found = replace(found, title=_cited_title(found, words))
                self.references[reference] = found
                self._add(self._place(start), found)
            elif (
                block.block is Block.LIST
                and not holds_link
                and (number in lists or (linkless and _LABEL.search(label)))
            ):
                group = self._place(start).start == start
                if line and not line.endswith(":") and not group and len(line.split()) <= LONGEST_UNIT:
                    self._add(self._place(start), self._by_title(line, unit, label=label))
            elif linkless and not holds_link:
                self._mentioned(block)
            if block.block is not Block.LIST or line.endswith(":"):
                label = (
                    line
                    if len(line.split()) <= 12 and line.endswith(":")
                    else label
                    if block.block is Block.LIST
                    else ""
                )

    def _linked_lists(self) -> set[int]:
        """The items without a link that stand among items with one, by the numbers of their blocks."""
        starts = [link.start for link in self.page.links]
        found: set[int] = set()
        run: list[int] = []
        for number in range(len(self.blocks) + 1):
            block = self.blocks[number] if number < len(self.blocks) else None
            if block is not None and block.block is Block.LIST:
                run.append(number)
                continue
            with_link = [n for n in run if _any_between(starts, self.blocks[n].start, self.blocks[n].end)]
            if 2 * len(with_link) >= len(run):
                found.update(set(run) - set(with_link))
            run = []
        return found

    def _by_title(self, words: str, unit: _Unit, number: int | None = None, label: str = "") -> ListedResource:
        """A resource that is named and not linked to; its address is the handbook's, where that knows it."""
        words = " ".join(words.split())
        quoted = _QUOTED.search(words)
        title, _, rest = words.partition(" - ") if " - " in words else words.partition(" – ")
        line = self._line(unit)
        known = self._known(quoted[1] if quoted else title, words, self._place(unit.start).title)
        remark = rest.strip() if rest.strip() in line and len(rest.split()) >= FEWEST_REMARK else None
        return ListedResource(
            id="",
            title=known.title if known else _clipped(quoted[1] if quoted else title.strip(" .")),
            url=known.url if known else None,
            kind=kind_of(known.url) if known else _kind(None, words, label or self._place(unit.start).title),
            start=unit.start,
            line=line,
            remark=remark or (line if quoted else None),
            author=known.author if known else None,
            number=number,
        )

    def _mentioned(self, block: Span) -> None:
        """Things that the sentences of a block name: titles in quotation marks, "this post from Somebody"."""
        for span in sentences(self.text[block.start : block.end]):
            start, end = block.start + span.start, block.start + span.end
            line = self.text[start:end]
            place = self._place(start)
            for title, who in _mentions(line, self._is_known):
                known = self._known(title, who, place.title)
                kind = kind_of(known.url) if known else _kind(None, title if who else _around(line, title), "")
                shown, url, author = (known.title, known.url, known.author) if known else (title, None, None)
                self._add(place, ListedResource("", _clipped(shown), url, kind, start, line, line, author))

    def _is_known(self, title: str) -> bool:
        return self.handbook is not None and _telling(title) in _titles(self.handbook)

    def _known(self, title: str, words: str, place: str) -> handbooks.Resource | None:
        """The handbook's resource with this title; or the only one of its kind in this place by whom `words` name."""
        if self.handbook is None:
            return None
        if found := _titles(self.handbook).get(_telling(title)):
            return found
        names = {slug(place), slug(_COUNTED.sub("", place))}
        own = [resource for spot, resource in self.handbook.links() if {spot.id, slug(_heading_of(spot))} & names]
        by_author = [one for one in own if one.author and one.author.casefold() in words.casefold()]
        if len(by_author) > 1:
            kind = _kind(None, words, "")
            by_author = [one for one in by_author if one.kind == kind]
        return by_author[0] if len(by_author) == 1 else None


def _unnumbered(words: str) -> str:
    """The words behind the number of a reference."""
    found = _REFERENCE.match(words) or _NUMBERED.match(words)
    return words[found.end() :] if found else words


def _heading_of(place: handbooks.Part | handbooks.Section | handbooks.Chapter) -> str:
    return place.heading if isinstance(place, handbooks.Section) else place.title


def _titles(handbook: Handbook) -> dict[tuple[str, ...], handbooks.Resource]:
    """The handbook's resources by the telling words of their titles; those that two share are left out."""
    found: dict[tuple[str, ...], handbooks.Resource] = {}
    twice: set[tuple[str, ...]] = set()
    for resource in handbook.resources():
        for title in {resource.title, re.sub(r"\s*[(:].*$", "", resource.title)}:
            key = _telling(title)
            if key in found and found[key].url != resource.url:
                twice.add(key)
            found.setdefault(key, resource)
    return {key: resource for key, resource in found.items() if key and key not in twice}


def _telling(title: str) -> tuple[str, ...]:
    """The words of a title without articles and the like, for comparing."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(title)]
    return tuple(word for word in words if word not in ("a", "an", "the"))


def _mentions(line: str, known: "object") -> Iterator[tuple[str, str]]:
    """Titles in quotation marks that a medium stands beside, and media by somebody: (title, words around)."""
    assert callable(known)
    taken: list[tuple[int, int]] = []
    for found in _QUOTED.finditer(line):
        title = found[1].strip(" ,.")
        near = f"{line[max(0, found.start() - 45) : found.start()]} {line[found.end() : found.end() + 40]}"
        following = re.match(r"\s+(?:by|from)\s+[A-Z@]", line[found.end() :])
        named = title[:1].isupper() and len(title.split()) >= 2 and bool(_BESIDE.search(near) or following)
        if known(title) or named:
            taken.append(found.span())
            yield title, near
    for found in _MENTION.finditer(line):
        if not any(start < found.end() and found.start() < end for start, end in taken):
            what = re.sub(r"^(?:this|these|an?|another|the|his|her|their)\s+", "", found["what"], flags=re.IGNORECASE)
            yield what, what


def _around(line: str, title: str) -> str:
    at = line.find(title)
    return line[max(0, at - 30) : at] + line[at + len(title) : at + len(title) + 30]


def _any_between(starts: Sequence[int], start: int, end: int) -> bool:
    return bisect_right(starts, end - 1) > bisect_right(starts, start - 1)


def _cited_numbers(line: str) -> Iterator[int]:
    """The numbers of the references cited in a line, "[3, 5-7]" too."""
    for found in _CITATION.finditer(line):
        for part in re.split(r"\s*[,;]\s*", found[1]):
            first, _, last = re.sub(r"\s*[–-]\s*", "-", part).partition("-")
            yield from range(int(first), min(int(last or first), int(first) + 50) + 1)


def _cited_title(resource: ListedResource, line: str) -> str:
    """The title in a reference: what is in quotation marks, or what follows the year in brackets."""
    if quoted := _QUOTED.search(line):
        return quoted[1].strip(" ,.")
    if dated := re.search(r"\(\d{4}[a-z]?\)[.,:]?\s+([^.\n]{8,200})\.", line):
        return dated[1].strip()
    return resource.title


def _is_generic(title: str) -> bool:
    """Whether the words of a link only say what kind of thing it leads to: "this blog post", "Chapter 10", "#11"."""
    words = [word.lower() for word in _WORD.findall(title)]
    return all(word in _GENERIC or word.replace(".", "").isdigit() for word in words)


def _has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text))


def _remark(after: str) -> str | None:
    """What is said behind a title: " - a visual guide" says "a visual guide"."""
    begin = _BEFORE_REMARK.match(after)
    rest = after[begin.end() if begin else 0 :].rstrip()
    return rest if len(rest.split()) >= FEWEST_REMARK - 1 and _has_words(rest) else None


def _bare_address(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|/$", "", url)


def _clipped(title: str) -> str:
    title = " ".join(title.split()).strip(" ,;:*_")
    if title[:1] in ("“", '"') and title[-1:] in ("”", '"'):
        title = title[1:-1].strip(" ,")
    if title.endswith(")") and title.count(")") > title.count("("):
        title = title[:-1]
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"


def _kind(url: str | None, words: str, heading: str) -> str:
    """The kind of a resource: by its address where that tells, else by the words beside it, else by its heading."""
    kind = kind_of(url) if url else "article"
    if kind != "article":
        return kind
    for said in (words, heading if len(heading.split()) <= 3 else ""):
        named = [_KIND_WORDS[word] for found in _WORD.findall(said) if (word := found.lower()) in _KIND_WORDS]
        if named:
            return named[0]
    return kind


def _numbered(place: str, resources: Iterable[ListedResource]) -> tuple[ListedResource, ...]:
    ordered = sorted(resources, key=lambda one: one.start)
    return tuple(replace(one, id=f"{place}/{number}") for number, one in enumerate(ordered, 1))


@dataclass(slots=True)
class _Ids:
    """Names for places, none twice."""

    taken: dict[str, int] = field(default_factory=dict)

    def of(self, title: str) -> str:
        name = slug(title) or "part"
        number = self.taken[name] = self.taken.get(name, 0) + 1
        return name if number == 1 else self.of(f"{name}-{number}")


def _entries(text: str) -> Iterator[Span]:
    """The blocks of a text; references that follow each other line by line are one each."""
    for block in blocks(text):
        if block.block not in (Block.PROSE, Block.LIST):
            yield block
            continue
        start, at = block.start, block.start
        for line in text[block.start : block.end].split("\n"):
            if at > start and _REFERENCE.match(line):
                yield Span(start, at - 1, block.block)
                start = at
            at += len(line) + 1
        yield Span(start, block.end, block.block)


def _indent(text: str, span: Span) -> int:
    line = text[text.rfind("\n", 0, span.start) + 1 : span.end]
    return len(line) - len(line.lstrip())
