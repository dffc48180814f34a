"""The Library tab as HTML: readings in every state, rows, and what is told of a look."""

import pytest

from ingest.pipeline import Look, Outcome, Progress, Report
from tutor.errors import TutorError
from ui import shelf_view as view
from ui import strings as s
from ui.reading import Reading, Wanted
from ui.shelf_view import Now, Row

HANDBOOK = Wanted()
PAGE = Wanted(("https://www.example.org/a/",))


def test_progress_tells_rate_time_left_and_what_is_read() -> None:
    now = Reading(HANDBOOK, Progress(30, 120, 400, 0, 60.0, 180.0, "https://example.org/<a>"))
    html = view.readings(Now(now, busy=True), True)
    assert 'value="0.250"' in html
    assert "30 of 120 pages · 30 a minute · about 3 min left" in html
    assert "example.org/&lt;a&gt;" in html
    assert s.READING_PAUSE in html
    assert "data-shelf" not in view.readings(Now(now, busy=True), False)


def test_what_is_pausing_or_made_searchable_is_told() -> None:
    progress = Progress(5, 5, 40, 12, 60.0, None, "making passages searchable")
    assert "12 passages to make searchable" in view.readings(Now(Reading(PAGE, progress), busy=True), True)
    html = view.readings(Now(Reading(PAGE, progress, stopping=True), busy=True), True)
    assert s.READING_PAUSING in html
    assert "data-shelf" not in html


def test_report_lists_each_failure_with_its_reason_and_next_step() -> None:
    outcomes = (
        Outcome("https://a.test/x", "read"),
        Outcome("https://b.test/<y>", "dead", "no such page"),
        Outcome("https://c.test/z", "failed", "too slow"),
    )
    html = view.readings(Now(None, [Reading(PAGE, report=Report(outcomes, 3, 75.0))]), True)
    assert "example.org/a: done in 75 s. 1 read, 1 dead, 1 failed." in html
    assert "b.test/&lt;y&gt;" in html
    assert "no such page" in html
    assert html.count('data-shelf="again"') == 1
    assert 'data-address="https://c.test/z"' in html
    assert "data-shelf" not in view.readings(Now(None, [Reading(PAGE, report=Report(outcomes, 3, 75.0))]), False)


def test_what_was_left_off_can_be_gone_on_with() -> None:
    html = view.readings(Now(held=[(HANDBOOK, 240)]), True)
    assert "Go on reading: 240 pages left" in html
    assert s.READING_DROP in html
    assert s.READING_GO_ON in view.readings(Now(held=[(PAGE, 0)]), True)
    assert "<button" not in view.readings(Now(held=[(HANDBOOK, 240)]), False)


def test_no_network_is_one_line_and_a_button() -> None:
    ended = Reading(HANDBOOK, report=Report((), 0, 2.0, offline="the address is not known"))
    html = view.readings(Now(ended, [ended], [(HANDBOOK, 299)]), True)
    assert html.count(s.READING_OFFLINE) == 1
    assert s.READING_AGAIN in html
    assert "dead" not in html


def test_reading_that_broke_says_what_to_do() -> None:
    ended = Reading(PAGE, trouble="The disk is full. Free <some> space.")
    assert "Free &lt;some&gt; space." in view.readings(Now(ended, [ended]), True)


def test_links_of_a_list_that_was_read_alone_are_offered() -> None:
    ended = Reading(PAGE, report=Report((Outcome(PAGE.names[0], "read"),), 3, 1.0))
    html = view.readings(Now(ended, [ended], offered={PAGE.names[0]: 48}), True)
    assert "It links to 48 pages." in html
    assert 'data-links="all"' in html


@pytest.mark.parametrize(
    ("wanted", "called"),
    [
        (HANDBOOK, s.READING_HANDBOOK),
        (PAGE, "example.org/a"),
        (Wanted(("/home/me/My notes.md", "b", "c")), "My notes.md and 2 more"),
        (Wanted(("file:///x/My%20notes.md",), again=True), "My notes.md"),
        (Wanted(("https://a.test/list",), "all"), "a.test/list and what it links to"),
    ],
)
def test_what_is_read_has_a_name(wanted: Wanted, called: str) -> None:
    assert view.called(wanted) == called


def row(**given: object) -> Row:
    return Row(**({"url": "https://a.test/", "title": "A", "state": "held", "number": 3} | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "has", "lacks"),
    [
        (row(), [s.ROW_AGAIN, s.ROW_REMOVE, s.ROW_ORIGINAL], [s.ROW_TRY]),
        (row(url="tutor:notes/a", own=True), [], [s.ROW_AGAIN, s.ROW_REMOVE, s.ROW_ORIGINAL, "<details"]),
        (row(url="file:///x/a.pdf", file=True), [s.ROW_AGAIN, s.ROW_REMOVE, s.ROW_FILE], [s.ROW_ORIGINAL]),
        (row(state="failed", number=None), [s.ROW_TRY, s.ROW_ORIGINAL], [s.ROW_REMOVE]),
        (row(state="dead"), [s.ROW_TRY, s.ROW_REMOVE], []),
        (row(state="skipped", number=None), [s.ROW_ORIGINAL], [s.ROW_TRY, s.ROW_READ, s.ROW_REMOVE]),
        (row(state="unread", number=None), [s.ROW_READ], [s.ROW_REMOVE]),
        (row(state="removed", number=None), [s.ROW_READ], [s.ROW_REMOVE]),
        (row(state="duplicate"), [s.ROW_ORIGINAL], [s.ROW_REMOVE, s.ROW_AGAIN]),
        (row(lists=48), [s.ROW_LINKS], []),
    ],
)
def test_what_can_be_done_with_a_row(one: Row, has: list[str], lacks: list[str]) -> None:
    html = view._row(one, True)
    assert all(words in html for words in has)
    assert not any(words in html for words in lacks)
    assert not any(words in view._row(one, False) for words in (s.ROW_REMOVE, s.ROW_AGAIN, s.ROW_TRY, s.ROW_READ))


def test_a_row_is_escaped_and_leads_nowhere_but_to_the_web() -> None:
    html = view._row(
        row(url="javascript:alert(1)", title="<img src=x>", number=None, reason="<b>", chapter="<i>"), True
    )
    assert "<img" not in html
    assert "<b>" not in html
    assert "href" not in html


def test_rows_are_counted_by_chip() -> None:
    rows = [row(), row(state="dead"), row(state="dead", number=None), row(state="duplicate")]
    html = view._shelf(rows, True)
    for chip, count in (("held", 2), ("dead", 2), ("duplicate", 1)):
        assert f'data-chip="{chip}"' in html
        assert f"{s.CHIPS[chip]} <span>{count}</span>" in html
    assert 'data-chip="blocked"' not in html


def test_a_look_offers_all_or_the_page_alone() -> None:
    html = view.looked(Look("https://a.test/", "A <list>", 400, 48, 12), "https://a.test/")
    assert "“A &lt;list&gt;” links to 48 pages. 12 of them are in the library already." in html
    assert html.count('data-shelf="read"') == 2
    none = view.looked(Look("https://a.test/", "A", 400, 0, 0), "https://a.test/")
    assert "400 words" in none
    assert none.count('data-shelf="read"') == 1


def test_a_search_without_hits_says_so() -> None:
    assert "No passage says anything of “&lt;b&gt;”." in view.found("<b>", [])


def test_a_notice_is_escaped() -> None:
    assert "&lt;b&gt;" in view.notice(str(TutorError("<b>")))
