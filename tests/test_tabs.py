"""Tabs: every panel is read, under its tab's name, in the markup of each of the usual makers."""

import pytest
from lxml import etree

from ingest.tabs import LABEL, LONGEST_LABEL, OPENED, open_tabs
from tests.test_blocks import text


def opened(html: str) -> list[tuple[str, str]]:
    """The opened panels of a body with this HTML: the name put before each, and its text."""
    tree = etree.fromstring(f"<html><body>{html}</body></html>", parser=etree.HTMLParser())
    open_tabs(tree)
    return [
        (label.text, "".join(label.getparent().itertext()).removeprefix(label.text).strip())
        for label in tree.iter("p")
        if label.get("class") == LABEL and label.getparent().get(OPENED)
    ]


BOTH = [("A", "one"), ("B", "two")]


@pytest.mark.parametrize(
    "html",
    [
        "<ul role='tablist'><li role='tab'>A</li><li role='tab'>B</li></ul>"
        "<div><div role='tabpanel'>one</div><div role='tabpanel' hidden>two</div></div>",
        "<button role='tab' id='a'>A</button><button role='tab' id='b'>B</button>"
        "<div role='tabpanel' aria-labelledby='a'>one</div><div role='tabpanel' aria-labelledby='b' hidden>two</div>",
        "<a data-bs-target='#a'>A</a><a data-bs-target='#b'>B</a>"
        "<div class='tab-pane active' id='a'>one</div><div class='tab-pane' id='b'>two</div>",
        "<a href='#a'>A</a><a href='#b'>B</a><div class='mdl-tabs__panel is-active' id='a'>one</div>"
        "<div class='mdl-tabs__panel' id='b'>two</div>",
        "<div><label>A</label><div class='sd-tab-content'>one</div><label>B</label>"
        "<div class='sd-tab-content'>two</div></div>",
        "<div><div class='tabbed-labels'><label for='1'>A</label><label for='2'>B</label></div>"
        "<div class='tabbed-content'><div class='tabbed-block'>one</div><div class='tabbed-block'>two</div></div>"
        "</div>",
        "<div class='tab-pane' data-tab='A'>one</div><div class='tab-pane' data-tab='B'>two</div>",
    ],
)
def test_panels_are_opened_under_their_names(html: str) -> None:
    assert opened(f"<div>{html}</div>") == BOTH


def test_what_is_hidden_and_belongs_to_no_tab_stays_hidden() -> None:
    assert text("<p>seen</p><div role='tabpanel' hidden>unseen</div>") == "seen"
    assert text("<p>seen</p><div role='tabpanel'>too</div>") == "seen\n\ntoo"
    long = "word " * LONGEST_LABEL
    assert opened(f"<a href='#a'>{long}</a><div class='tab-pane' id='a'>one</div>") == []


def test_panels_that_say_the_same_are_read_once() -> None:
    tabs = "<a href='#a'>A</a><a href='#b'>B</a>"
    assert opened(f"{tabs}<div class='tab-pane' id='a'>one</div><div class='tab-pane' id='b'> one</div>") == [
        ("A", "one")
    ]
