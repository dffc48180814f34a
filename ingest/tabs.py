"""
Tabs of a page: every panel opened, under the name of its tab.

A browser shows one panel at a time; a reader of the text wants all of them (the same in other words, for another
system, with another library), and wants to know which is which. What is hidden and belongs to no tab stays hidden.
Knows the markup of ARIA, Bootstrap, Material (Lite and for MkDocs), Sphinx, Docusaurus and GitBook. Knows nothing of
blocks and of what is kept.
"""

from typing import Any

from lxml import etree

Element = Any
"""An element of lxml, which brings no types."""

LABEL = "x-tab-label"  # the class of a paragraph that holds the name of a tab
OPENED = "data-x-opened"  # an attribute of a panel: shown, whatever its style says
LONGEST_LABEL = 60  # characters; a longer text is no tab's name

PANELS = "descendant::*[(self::div or self::section) and (@role='tabpanel' or contains(@class,'tab'))]"
PANEL_WORDS = frozenset(("tab-pane", "mdl-tabs__panel", "tabbed-block", "sd-tab-content"))
TABS = "descendant::*[@role='tab' or contains(@class,'nav-link') or (self::label and @for)]"
BARS = "*[@role='tablist' or contains(@class,'tabbed-labels') or contains(@class,'nav-tabs')]"
NAMING = ("a", "button", "li", "label")


def open_tabs(tree: Element) -> None:
    """Put its tab's name before each panel, and mark it as shown; a panel that says what one before it said goes."""
    panels = [panel for panel in tree.xpath(PANELS) if _is_panel(panel)]
    if not panels:
        return
    names = _names(tree)
    said: dict[Element, set[str]] = {}
    bars: dict[Element, list[str]] = {}
    places: dict[Element, int] = {}
    for panel in panels:
        parent = panel.getparent()
        if parent is None:
            continue
        if parent not in bars:
            bars[parent] = _bar(parent)
        place = places[parent] = places.get(parent, -1) + 1
        name = _name(panel, names) or (bars[parent][place] if place < len(bars[parent]) else "")
        if not name:
            continue
        text = " ".join("".join(panel.itertext()).split())
        if text in said.setdefault(parent, set()):
            panel.set("hidden", "")
            continue
        said[parent].add(text)
        _open(panel, name)


def _is_panel(element: Element) -> bool:
    return element.get("role") == "tabpanel" or not PANEL_WORDS.isdisjoint((element.get("class") or "").split())


def _open(panel: Element, name: str) -> None:
    panel.set(OPENED, "1")
    panel.attrib.pop("hidden", None)
    label = etree.Element("p")
    label.set("class", LABEL)
    label.text, label.tail = name, panel.text
    panel.text = None
    panel.insert(0, label)


def _names(tree: Element) -> dict[str, str]:
    """The texts of what says that it opens an element, by that element's id; and of tabs by their own."""
    names: dict[str, str] = {}
    for element in tree.iter(*NAMING):
        opened = element.get("aria-controls") or element.get("data-bs-target") or element.get("data-target")
        opened = opened or element.get("href") or ""
        if opened[:1] == "#" or element.get("aria-controls"):
            names.setdefault(opened.lstrip("#"), _text(element))
        if element.get("role") == "tab" and element.get("id"):
            names.setdefault(element.get("id"), _text(element))
    return names


def _name(panel: Element, names: dict[str, str]) -> str:
    """The name of the tab that a panel names, or that names it, or that stands before it; "" where none does."""
    for key in (panel.get("aria-labelledby"), panel.get("id")):
        if key and names.get(key):
            return names[key]
    before = panel.getprevious()
    if before is not None and before.tag == "label":
        return _text(before)
    return _short(panel.get("data-tab") or "")


def _bar(parent: Element) -> list[str]:
    """The names of the tabs beside or before the element that holds the panels, in their order."""
    around = parent.getparent()
    for place in (parent, around):
        bars = place.xpath(BARS) if place is not None else []
        if bars:
            return [_text(tab) for tab in bars[0].xpath(TABS)]
    return []


def _text(element: Element) -> str:
    return _short(" ".join("".join(element.itertext()).split()))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else ""
