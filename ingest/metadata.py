"""
What a page of HTML says of itself: title, author, date, language, licence, its own address.

Takes only what is stated in the places made for it (meta tags, JSON-LD, microdata, `time`, the address); a date that
would have to be guessed from the text is left unknown, since a wrong date is worse than none.
Knows nothing of the page's text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from ingest.blocks import Element, tidy

TITLE_KEYS = ("og:title", "citation_title", "twitter:title", "dc.title", "dcterms.title", "title")
AUTHOR_KEYS = ("citation_author", "author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl")
DATE_KEYS = ("article:published_time", "citation_publication_date", "citation_date", "datepublished", "date", "pubdate",
             "publish_date", "dc.date", "dcterms.date", "dc.date.issued", "dcterms.created", "parsely-pub-date",
             "og:published_time", "sailthru.date", "publication_date")  # fmt: skip
MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
ADDRESS_DATE = re.compile(r"/((?:19|20)\d\d)[/-](\d\d)(?:[/-](\d\d))?(?=[/-]|$)")
LICENCE_ADDRESS = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/([\d.]+)|publicdomain/zero)", re.IGNORECASE)
PRIVATE_USE = re.compile("[\ue000-\uf8ff]")  # pictures from icon fonts
MARKED_TIMES = (
    "(//time[@pubdate or @itemprop='datePublished' or contains(@class,'publish') or contains(@class,'dt-')"
    " or contains(@class,'date')])[1]"
)
SHOWN_DATES = (
    "(//*[contains(@class,'date') or contains(@class,'meta') or contains(@class,'byline')"
    " or contains(@class,'publish')]"
    "[string-length(normalize-space(.)) < 160])[position() < 6]"
)
# What LaTeXML makes of an author, and what arXiv writes above: "arXiv:2402.00001v2 [cs.CL] 14 Feb 2024".
PAPER_AUTHORS = "//*[contains(concat(' ',@class,' '),' ltx_authors ')]//*[contains(@class,'ltx_personname')]"
PAPER_STAMP = "string((//*[@id='watermark-tr'])[1])"
PAPER_LICENCE = "string((//*[@id='license-tr'])[1])"
PERSON = re.compile(r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ -][^\W\d_][\w.'’-]*){1,4}")
NO_NAMES = frozenset(("", "admin", "author", "editor", "guest", "none", "null", "unknown"))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says of itself; None where it says nothing."""

    title: str = ""
    author: str | None = None
    published: str | None = None
    language: str | None = None
    licence: str | None = None
    canonical: str | None = None
    site: str | None = None
    kind: str | None = None
    free: bool = True  # False: the page itself says that one must pay to read it


def facts_of(tree: Element, url: str) -> Facts:
    """What the page at this address says of itself. Must be asked before scripts are taken out of the tree."""
    metas = {
        name: kept for name, values in _metas(tree).items() if (kept := [v for v in values if v.lower() != "none"])
    }
    linked = list(_linked_data(tree))
    site = _first(metas, ("og:site_name", "application-name"))
    canonical = _link(tree, "canonical")
    return Facts(
        title=_title(tree, metas, linked, site),
        author=_author(tree, metas, linked),
        published=_published(tree, metas, linked, url),
        language=_language(tree, metas),
        licence=_licence(tree, metas, linked),
        canonical=urljoin(url, canonical) if canonical else None,
        site=site,
        kind=_first(metas, ("og:type",)),
        free=not any(str(item.get("isAccessibleForFree", "")).lower() == "false" for item in linked),
    )


def iso_date(text: str) -> str | None:
    """The ISO date in a text with a date in any common notation (YYYY-MM-DD, YYYY-MM or YYYY); None if it is none."""
    text = text.strip()
    if found := re.search(r"(?<!\d)((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", text):
        return _checked(int(found[1]), int(found[2]), int(found[3]))
    if found := re.match(r"((?:19|20)\d\d)[-/.](\d{1,2})$", text):
        return f"{found[1]}-{int(found[2]):02}" if 1 <= int(found[2]) <= 12 else None
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return text
    word = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    if found := re.search(rf"{word}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)", text, re.IGNORECASE):
        return _checked(int(found[3]), MONTHS[found[1].lower()], int(found[2]))
    if found := re.search(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+{word},?\s+((?:19|20)\d\d)", text, re.IGNORECASE):
        return _checked(int(found[3]), MONTHS[found[2].lower()], int(found[1]))
    return None


def _checked(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _metas(tree: Element) -> dict[str, list[str]]:
    """The meta tags by lower-case name."""
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").strip().lower()
        content = tidy((meta.get("content") or "").replace("\n", " "))
        if name and content:
            found.setdefault(name, []).append(content)
    return found


def _first(metas: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _linked_data(tree: Element) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD, those within lists and graphs too."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            waiting: list[Any] = [json.loads(script.text or "")]
        except (ValueError, RecursionError):
            continue
        for _ in range(200):
            if not waiting:
                break
            item = waiting.pop(0)
            if isinstance(item, list):
                waiting += item
            elif isinstance(item, dict):
                yield item
                waiting += [item["@graph"]] if "@graph" in item else []


def _link(tree: Element, relation: str) -> str | None:
    for link in tree.iter("link", "a"):
        if relation in (link.get("rel") or "").lower().split() and (link.get("href") or "").strip():
            return str(link.get("href")).strip()
    return None


def _title(tree: Element, metas: dict[str, list[str]], linked: list[dict[str, Any]], site: str | None) -> str:
    """The title without the name of the site."""
    headings = [tidy(" ".join(h.itertext()).replace("\n", " ")) for h in tree.iter("h1")]
    headings = [heading.rstrip("¶#").strip() for heading in headings]
    whole = tidy(" ".join((tree.findtext(".//title") or "").split()))
    named = _first(metas, TITLE_KEYS) or next(
        (str(item["headline"]) for item in linked if isinstance(item.get("headline"), str)), ""
    )
    title = named or whole
    within = [found for found in headings if len(found) > 2 and found.lower() in title.lower()]
    heading = max(within, key=len) if within else headings[0] if len(headings) == 1 else ""
    if within or (heading and not title):
        return tidy(PRIVATE_USE.sub("", heading))
    parts = re.split(r"\s+[|–—·•»-]\s+", title)
    if site and len(parts) > 1 and parts[-1].strip().lower() == site.lower():
        title = title[: title.rindex(parts[-1])].rstrip(" |–—·•»-")
    elif len(parts) > 1 and not named and heading:
        return heading
    return tidy(PRIVATE_USE.sub("", title or heading))


def _author(tree: Element, metas: dict[str, list[str]], linked: list[dict[str, Any]]) -> str | None:
    names: list[str] = []
    for key in AUTHOR_KEYS:
        if key in metas:
            names = [name for name in metas[key] if not name.startswith(("http", "@"))]
            names = list(map(_given_name_first, names)) if key.startswith("citation") else names
            if names:
                break
    names = names or _authors_of_paper(tree)
    if not names:
        names = [name for item in linked for name in _people(item.get("author"))]
    if not names:
        elements = tree.xpath("(//*[@rel='author' or @itemprop='author' or @class='p-author'])[position()<4]")
        names = [tidy(" ".join(element.itertext()).replace("\n", " ")) or element.get("content") or ""
                 for element in elements]  # fmt: skip
    kept = [name for name in dict.fromkeys(map(_name, names)) if name.lower() not in NO_NAMES and len(name) < 300]
    return ", ".join(kept) or None


def _name(text: str) -> str:
    return re.sub(r"^(?:by|author:|posted by)\s+", "", tidy(text), flags=re.IGNORECASE)


def _given_name_first(name: str) -> str:
    """ "Field, Ada" as it is said: Ada Field. Libraries and arXiv write authors so, one to a tag."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and "," not in given and given.strip() else name


def _authors_of_paper(tree: Element) -> list[str]:
    """
    The authors above a paper that LaTeXML made into HTML (arXiv's own, ar5iv).

    None where anything among them does not look like a name: authors set them with their addresses, in any order.
    """
    names: list[str] = []
    for person in tree.xpath(PAPER_AUTHORS):
        line = ""
        for part in person.xpath("node()"):
            if getattr(part, "tag", "") == "br":
                break  # what follows is an affiliation
            if isinstance(part, str):
                line += part
            elif part.tag not in ("sup", "math") and "ltx_note" not in (part.get("class") or ""):
                line += " ".join(part.itertext())
        names += [tidy(name) for name in re.split(r",|;|&|\band\b|\s{3,}", line.replace("\xa0", " ")) if name.strip()]
    return names if all(PERSON.fullmatch(name) for name in names) else []


def _people(value: Any) -> list[str]:
    """Names in a JSON-LD author: a name, an object with a name, or a list of either."""
    if isinstance(value, str):
        return [] if value.startswith("http") else [value]
    if isinstance(value, dict):
        return _people(value.get("name"))
    return [name for item in value for name in _people(item)] if isinstance(value, list) else []


def _published(tree: Element, metas: dict[str, list[str]], linked: list[dict[str, Any]], url: str) -> str | None:
    stated = [value for key in DATE_KEYS for value in metas.get(key, [])]
    stated += [tidy(str(tree.xpath(PAPER_STAMP)).rpartition("]")[2])]
    stated += [str(item[key]) for item in linked for key in ("datePublished", "dateCreated") if item.get(key)]
    marked = tree.xpath(MARKED_TIMES)
    times = marked or tree.xpath("//time")
    if marked or len(times) <= 2:
        stated += [text for time in times[:1] for text in (time.get("datetime") or "", _words_of(time))]
    for text in stated:
        if found := iso_date(text):
            return found
    in_address = ADDRESS_DATE.search(urlsplit(url).path + "/")
    address = iso_date("-".join(part for part in in_address.groups() if part)) if in_address else None
    if address and len(address) == 10:
        return address
    if urlsplit(url).path in ("", "/"):
        return address  # a front page shows the dates of what it leads to
    shown = (iso_date(_words_of(element)) for element in tree.xpath(SHOWN_DATES))
    return next((found for found in shown if found and found.startswith(address or "")), address)


def _words_of(element: Element) -> str:
    return tidy(" ".join(element.itertext()).replace("\n", " "))


def _language(tree: Element, metas: dict[str, list[str]]) -> str | None:
    stated = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    stated = stated or _first(metas, ("content-language", "og:locale", "language", "dc.language")) or ""
    found = re.match(r"[a-z]{2,3}(?=$|[-_])", stated.strip().lower())
    return found[0] if found else None


def _licence(tree: Element, metas: dict[str, list[str]], linked: list[dict[str, Any]]) -> str | None:
    stated = [_link(tree, "license") or "", *metas.get("dcterms.license", []), *metas.get("dc.rights", [])]
    stated += [str(item["license"]) for item in linked if isinstance(item.get("license"), str)]
    stated += [link.get("href") for link in tree.xpath("//a[contains(@href,'creativecommons.org/')]")]
    for text in stated:
        if found := LICENCE_ADDRESS.search(text or ""):
            return f"CC {found[1].upper()} {found[2]}" if found[1] else "CC0 1.0"
    stated += [re.sub(r"^licen[cs]e:\s*", "", tidy(str(tree.xpath(PAPER_LICENCE))), flags=re.IGNORECASE)]
    return next((tidy(text) for text in stated if text and not text.startswith("#")), None)
