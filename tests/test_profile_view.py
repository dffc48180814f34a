"""The profile as HTML: a code to read off, a field for another, and the way out where there was a way in."""

from datetime import UTC, datetime

from lxml import html

from tutor.profiles import Code
from ui import profile_view as view
from ui import strings as s

CODE = Code("ABCD-EFGH", datetime(2026, 3, 4, 12, 10, tzinfo=UTC))
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_a_code_can_be_made_and_another_entered() -> None:
    page = html.fromstring(view.profile(None, logged_in=False))
    assert page.xpath("//button[@data-do='code']")
    [field] = page.xpath("//form[@data-do='join']//input")
    assert page.xpath(f"//label[@for='{field.get('id')}']")
    assert not page.xpath("//form[@action]")


def test_a_code_that_was_made_stands_there_with_its_end() -> None:
    page = view.profile(CODE, logged_in=False, zone=NOON)
    assert page.count("ABCD-EFGH") == 2
    assert s.PROFILE_UNTIL.format(time="12:10") in page
    assert s.PROFILE_CODE_MAKE not in page


def test_who_is_logged_in_can_log_out() -> None:
    assert "/tutor/logout" in view.profile(None, logged_in=True)


def test_the_frame_says_what_happens() -> None:
    frame = html.fromstring(view.frame())
    assert frame.xpath("//*[@role='status']")
    assert frame.get("aria-labelledby") == frame.xpath("//h2")[0].get("id")
