"""The log-in page as HTML: whole without scripts, and what was wrong is tied to the field."""

from lxml import html

from ui import login_view as view
from ui import strings as s


def test_the_field_has_a_name_and_the_form_goes_to_the_log_in() -> None:
    page = html.fromstring(view.page(""))
    [field] = page.xpath("//input")
    assert page.xpath(f"//label[@for='{field.get('id')}']")[0].text == s.LOGIN_LABEL
    assert field.get("type") == "password"
    assert field.get("autocomplete") == "current-password"
    [form] = page.xpath("//form")
    assert (form.get("method"), form.get("action")) == ("post", "/tutor/login")
    assert page.get("lang") == "en"
    assert not page.xpath("//script | //*[@style] | //*[@role='alert'] | //input[@aria-invalid]")


def test_what_was_wrong_is_said_with_the_field() -> None:
    page = html.fromstring(view.page("<b>no</b>"))
    [told] = page.xpath("//*[@role='alert']")
    assert told.text == "<b>no</b>"
    assert page.xpath("//input")[0].get("aria-describedby") == told.get("id")


def test_logging_out_is_a_form() -> None:
    [form] = html.fromstring(view.log_out()).xpath("//form")
    assert (form.get("method"), form.get("action")) == ("post", "/tutor/logout")
