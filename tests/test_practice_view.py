"""The Practice tab's HTML: what each view says, that every text is escaped, and that answering moves nothing."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import html

from tests.practising import CARDS, FROZEN, LORA, MEMORY, NOON, STEPS, TILING, ZERO
from tutor.cards import Card
from tutor.grading import Grade, grade, options, unknown
from tutor.handbook import load
from tutor.passages import Quote
from tutor.practice import Due, Mastery, Review, Settled, Standing
from tutor.rounds import Asked, Round
from ui import practice_view as view
from ui import strings as s

EVIL = '<img src=x onerror="hacked()">&'
WEB = Quote("https://reading.test/lora", f"On {EVIL}", "A > B", ZERO.quote, 3, 9, "https://reading.test/lora#x", 7)


def answered(card: Card, given: str | list[str] | None, outcome: str | None = None) -> tuple[Round, Settled]:
    graded = unknown(card) if given is None else grade(card, given)
    kept = given if isinstance(given, str) else json.dumps(given) if given else ""
    review = Review(5, card.id, card.chapter, NOON, outcome or graded.outcome, kept, True)
    return Round("new", (Asked(card, 0, review),), 0), Settled(review, card, graded, NOON + timedelta(days=3))


def verdict(card: Card, given: str | list[str] | None, outcome: str | None = None, quote: Quote | None = None) -> str:
    round, settled = answered(card, given, outcome)
    return view.verdict(round, settled, quote, "LoRA", NOON)


def question(card: Card) -> str:
    return view.question(Round("new", (Asked(card, 0),), 0), "LoRA")


def text(made: str) -> str:
    return " ".join(html.fromstring(made).text_content().split())


# -- cards ----------------------------------------------------------------------------------------------------------


def test_a_choice_shows_its_options_with_their_keys() -> None:
    buttons = html.fromstring(question(FROZEN)).xpath("//button[@class='option']")
    assert [button.get("data-given") for button in buttons] == options(FROZEN, 0)
    assert [button.find("kbd").text for button in buttons] == ["1", "2", "3", "4"]


def test_a_number_names_its_unit_beside_the_field() -> None:
    made = html.fromstring(question(MEMORY))
    assert made.xpath("string(//label[@for='card-field'])") == "Your answer in GB"
    assert made.xpath("string(//*[@class='unit'])") == "GB"
    assert "unit" not in question(replace(MEMORY, unit=""))


def test_steps_can_be_moved_without_dragging() -> None:
    made = html.fromstring(question(TILING))
    assert len(made.xpath("//li[@data-given]")) == 4
    assert len(made.xpath("//button[@data-move]")) == 8
    assert "draggable" not in question(TILING)


def test_nothing_gives_the_answer_away_before_it_is_given() -> None:
    for card in CARDS:
        made = question(card)
        assert card.quote.partition("$")[0] not in made
        assert not any(one.why in made for one in card.wrong)
    assert "zero" not in text(question(ZERO))


@pytest.mark.parametrize(
    ("card", "given", "outcome", "word"),
    [
        (ZERO, "zero", None, "Right"),
        (ZERO, "zero or one", None, "Nearly"),
        (ZERO, "one", None, "Not right"),
        (ZERO, None, None, "Not known yet"),
        (ZERO, "one", "right", "Counted as right"),
        (ZERO, "zero", "easy", "Noted as easy"),
    ],
)
def test_a_verdict_is_a_word_and_a_sign_beside_its_colour(
    card: Card, given: str | None, outcome: str | None, word: str
) -> None:
    made = html.fromstring(verdict(card, given, outcome))
    [told] = made.xpath("//p[@class='word']")
    assert told.text_content()[1:] == word
    assert told.text_content()[0] in "✓≈✗"
    assert word in made.get("data-said")


def test_options_keep_their_place_and_say_what_they_are() -> None:
    given = FROZEN.wrong[0].text
    made = html.fromstring(verdict(FROZEN, given))
    rows = [row.text_content() for row in made.xpath("//p[contains(@class, 'option')]")]
    assert [next(one for one in options(FROZEN, 0) if one in row) for row in rows] == options(FROZEN, 0)
    assert f"✓The right answer: {FROZEN.answer}" in rows
    assert f"✗Your answer, not right: {given}" in rows
    assert FROZEN.wrong[0].why in text(verdict(FROZEN, given))


def test_steps_say_where_they_belong() -> None:
    made = text(verdict(TILING, [STEPS[1], STEPS[0], *STEPS[2:]]))
    assert f"{STEPS[1]} (belongs in place 2)" in made
    assert f"{STEPS[3]} (in its place)" in made
    assert s.VERDICT_ORDER in made
    assert s.VERDICT_ORDER not in text(verdict(TILING, list(STEPS)))


def test_the_right_answer_is_told_once() -> None:
    assert text(verdict(ZERO, "one")).count("zero") == 2  # in the reason and in the quote
    assert s.VERDICT_ANSWER not in text(verdict(ZERO, "Zero"))
    other = replace(ZERO, accept=("nought",))
    assert f"{s.VERDICT_ANSWER}: zero" in text(verdict(other, "nought"))


def test_the_quote_opens_the_reader_and_the_page_itself() -> None:
    made = html.fromstring(verdict(ZERO, "one", quote=WEB))
    [button] = made.xpath("//button[@data-source]")
    assert (button.get("data-source"), button.get("data-start"), button.get("data-end")) == ("7", "3", "9")
    [link] = made.xpath("//a")
    assert link.get("href") == WEB.link
    assert "noopener" in link.get("rel")
    note = replace(WEB, url=ZERO.url, link=ZERO.url)
    assert "<a " not in verdict(ZERO, "one", quote=note)


def test_only_typed_answers_may_be_counted_as_right() -> None:
    def offered(card: Card, given: str | list[str] | None, outcome: str | None = None) -> str | None:
        return view.may_count(answered(card, given, outcome)[1])

    assert offered(ZERO, "one") == offered(ZERO, "zero or one") == offered(MEMORY, "50") == "right"
    assert offered(ZERO, "zero") == offered(FROZEN, FROZEN.answer) == offered(TILING, list(STEPS)) == "easy"
    assert offered(ZERO, None) is offered(FROZEN, FROZEN.wrong[0].text) is offered(TILING, list(STEPS[::-1])) is None
    assert offered(ZERO, "one", "right") is offered(ZERO, "zero", "easy") is None


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.kind)
def test_every_text_is_escaped(card: Card) -> None:
    wrong = tuple(replace(one, text=f"{one.text} {EVIL}", why=EVIL) for one in card.wrong)
    steps = tuple(f"{step} {EVIL}" for step in card.steps)
    evil = replace(card, ask=f"{EVIL}?", answer=EVIL, quote=EVIL, unit=EVIL, wrong=wrong, steps=steps, calculation="")
    round = Round("new", (Asked(evil, 0),), 0)
    given = steps if steps else wrong[0].text if wrong else EVIL
    review = Review(5, evil.id, LORA, NOON, "wrong", given if isinstance(given, str) else "", True)
    settled = Settled(review, evil, Grade("wrong", EVIL), NOON)
    after = Round("new", (Asked(evil, 0, review),), 0)
    for made in (
        view.question(round, EVIL, EVIL),
        view.verdict(after, settled, WEB, EVIL, NOON, EVIL),
        view.end(replace(after, at=1), Standing(0, 0, 1, NOON), ("new", ()), {LORA: EVIL}, NOON),
    ):
        assert "<img" not in made
        assert not html.fromstring(made).xpath("//*[@onerror]")


# -- the start and the end ------------------------------------------------------------------------------------------


def start(standing: Standing, told: str = "", **more: object) -> str:
    given: dict[str, object] = {"since": None, "due": {}, "mastery": {LORA: Mastery(0.6, 5, 6)}, "again": {}} | more
    return view.start(view.Overview(NOON, standing, **given), load(), told)  # type: ignore[arg-type]


def test_the_start_says_what_is_due_and_what_is_new() -> None:
    assert s.PRACTICE_FIRST in text(start(Standing(0, 300, 0, None)))
    made = text(start(Standing(23, 40, 60, None), since=NOON - timedelta(days=1), due={LORA: 23}))
    assert "23 cards are due, the first since yesterday. 40 cards are still new to you." in made
    assert "Review 10 cards" in made
    assert "23 due" in made
    assert "4 of 6 known" in made
    made = text(start(Standing(0, 0, 60, NOON + timedelta(days=2))))
    assert "Nothing is due now. The next card comes back in 2 days. You have met every card." in made
    assert not html.fromstring(start(Standing(0, 0, 60, None))).xpath("//*[@class='doors']")


def test_the_likelier_way_to_begin_comes_first() -> None:
    both = html.fromstring(start(Standing(3, 5, 3, None))).xpath("//*[@class='doors']/button")
    assert [(button.get("data-chosen"), button.get("class")) for button in both] == [
        ("review", "primary"),
        ("new", "plain"),
    ]


def test_every_chapter_is_there_and_only_those_with_cards_can_be_chosen() -> None:
    made = html.fromstring(start(Standing(0, 6, 0, None)))
    assert len(made.xpath("//section[@class='chapters']//li")) == 52
    assert [button.get("data-practise") for button in made.xpath("//section[@class='chapters']//li/button")] == [LORA]
    assert len(made.xpath("//details[@open]")) == 1


def test_what_to_look_at_again_says_why() -> None:
    made = start(Standing(0, 6, 0, None), again={LORA: f"you asked about it ({EVIL})", "gone": "x"})
    assert "<img" not in made
    assert "You asked about it (" in text(made)
    assert html.fromstring(made).xpath("//section[@class='again']//button[@data-url='tutor:notes/" + LORA + "']")


def test_the_end_lists_what_was_missed_and_goes_on() -> None:
    wrong = answered(ZERO, "one")[0].asked
    right = answered(FROZEN, FROZEN.answer)[0].asked
    round = Round("new", (*wrong, *right), 2)
    standing = Standing(0, 5, 2, NOON + timedelta(minutes=9, seconds=5))
    made = view.end(round, standing, ("new", [Due(MEMORY)] * 5), {LORA: "LoRA"}, NOON)
    assert "1 of 2 right" in text(made)
    assert "comes back in 10 minutes" in text(made)
    assert "Go on with 5 cards" in text(made)
    assert len(html.fromstring(made).xpath("//section[@class='missed']//li")) == 1
    made = view.end(Round("new", right, 1), replace(standing, due=3), ("new", ()), {}, NOON)
    assert "3 cards are due." in text(made)
    assert s.ROUND_MISSED not in made


# -- days and times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (timedelta(minutes=-3), "right away"),
        (timedelta(seconds=20), "in 1 minute"),
        (timedelta(minutes=10), "in 10 minutes"),
        (timedelta(hours=3), "in 3 hours"),
        (timedelta(hours=24), "tomorrow"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=21), "in 3 weeks"),
        (timedelta(days=61), "in 2 months"),
        (timedelta(days=365), "in 12 months"),
    ],
)
def test_when_a_card_comes_again(later: timedelta, words: str) -> None:
    assert view.again(NOON + later, NOON) == words


def test_days_are_called_as_people_call_them() -> None:
    days = [view.day(NOON - timedelta(days=back), NOON) for back in (0, 1, 3, 20)]
    assert days == ["today", "yesterday", "Sunday", "12 February"]
    assert view.day(datetime(2026, 3, 3, 23, tzinfo=NOON.tzinfo), NOON) == "yesterday"
