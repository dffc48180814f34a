"""The Settings tab as HTML: escaped, told in words, and each part only to whom it belongs."""

from dataclasses import replace

import pytest
from lxml import html

from tutor.settings import Answering
from tutor.tempo import Speed
from ui import settings_view as view
from ui import strings as s
from ui.pulling import Pull
from ui.settings_view import Kept, Machine, Model, Own, Place, Using

SMALL = Model("small", "Small", "quick", 100_000_000, 600_000_000, "apache-2.0", True, True, speed=Speed(300, 60))
LARGE = Model(
    "large", "Large <b>", "slow", 2_500_000_000, 4_000_000_000, "mit", False, False, speed=Speed(10, 2, estimated=True)
)
KEPT = Kept(
    Using(True, "small", speed=Speed(300, 60)),
    (SMALL, LARGE),
    Machine("A processor, 2 cores", 24_000_000_000, "small"),
    None,
    Answering(),
    {},
    "/home/<me>/tutor",
    (Place("library", 6_000_000, 1), Place("pages", None)),
)
OWN = Own(True, "expert", {"conversations": 2, "plans": 1, "rounds": 1})


def shown(kept: Kept | None = KEPT, own: Own = OWN) -> str:
    made = view.tab(own, kept, ["Nothing <i>leaves</i>."])
    assert html.fromstring(f"<div>{made}</div>") is not None
    return made


def test_everything_is_escaped() -> None:
    made = shown()
    for raw in ("<b>>", "Large <b>", "<me>", "<i>"):
        assert raw not in made
    assert "Large &lt;b&gt;" in made


def test_what_a_model_takes_and_how_fast_it_would_be() -> None:
    made = shown()
    assert "2.5 GB on disk · needs 4.0 GB of this machine’s 24 GB of memory · mit" in made
    assert "Here: first word after about 1 min, a whole answer after about 2 min" in made
    assert f"({s.MODEL_ESTIMATED})" in made
    assert f"({s.MODEL_MEASURED})" in made
    assert "small was timed here, on A processor, 2 cores" in made
    assert s.MODEL_TOO_LARGE not in made
    heavy = shown(replace(KEPT, models=(replace(LARGE, fits=False),)))
    assert s.MODEL_TOO_LARGE in heavy
    assert 'data-set="pull"' not in heavy
    unknown = shown(replace(KEPT, models=(replace(LARGE, speed=None),), machine=Machine("p", None)))
    assert s.MODEL_UNMEASURED in unknown
    assert "needs 4.0 GB of memory" in unknown


@pytest.mark.parametrize(
    ("pull", "came", "there", "absent"),
    [
        (Pull("large", 10**9, 25 * 10**8, rate=10**7), 0, ["1.0 GB of 2.5 GB", "10 MB a second", "2 min"], "pull"),
        (Pull("large", 1, 1, "checking", checksum="a"), 0, [s.MODEL_CHECKING], "pause"),
        (Pull("large", 10**9, 25 * 10**8, "paused"), 10**9, ["Paused: 1.0 GB", s.MODEL_RESUME, s.MODEL_DROP], "pause"),
        (Pull("large", 0, 1, "failed", trouble="No <network>."), 0, ["No &lt;network&gt;.", 'role="alert"'], "pause"),
        (None, 10**9, ["Paused: 1.0 GB of 2.5 GB are here.", s.MODEL_RESUME], "pause"),
    ],
)  # fmt: skip
def test_a_download_is_told_in_each_state(pull: Pull | None, came: int, there: list[str], absent: str) -> None:
    made = shown(replace(KEPT, pull=pull, models=(SMALL, replace(LARGE, came=came))))
    for words in there:
        assert words in made
    assert f'data-set="{absent}"' not in made


def test_a_model_that_came_asks_to_be_used() -> None:
    here = replace(LARGE, here=True)
    for checksum, words in (("abc", s.MODEL_CHECKED), (None, s.MODEL_UNCHECKED)):
        made = shown(replace(KEPT, models=(SMALL, here), pull=Pull("large", 1, 1, "done", checksum=checksum)))
        assert words in made
        assert made.count('data-set="use"') == 1


def test_what_a_variable_sets_is_told_and_not_offered() -> None:
    made = shown(replace(KEPT, given={"model": "TUTOR_MODEL", "prompt_tokens": "TUTOR_PROMPT_TOKENS"}))
    assert s.SETTINGS_GIVEN.format(variables="TUTOR_MODEL") in made
    assert s.SETTINGS_GIVEN.format(variables="TUTOR_PROMPT_TOKENS") in made
    for act in ('"use"', '"path"', '"server"', '"quotes"', '"budget"'):
        assert f"data-set={act}" not in made
    assert made.count("disabled") == 3  # the budgets
    assert 'data-set="pull"' in made  # fetching changes nothing


def test_who_is_no_keeper_sees_only_what_is_theirs() -> None:
    made = shown(None)
    for words in (s.LEVEL_HEAD, s.THEME_HEAD, s.PRIVACY_HEAD, s.MINE_DOWNLOAD, s.MINE_DELETE):
        assert words in made
    for words in (s.MODEL_HEAD + "<", s.BUDGET_HEAD, s.ERASE, "tutor.toml", "/home"):
        assert words not in made


def test_a_browser_without_a_name_has_nothing_of_its_own() -> None:
    made = shown(None, Own(False, "intermediate"))
    assert made.count("disabled") == 3
    assert s.MINE_DELETE not in made
    nothing = shown(None, Own(True, "intermediate", {"plans": 0}))
    assert s.MINE_NOTHING in nothing


def test_what_answers_is_named() -> None:
    for using, words in (
        (Using(False, None), s.MODEL_OPENING),
        (Using(True, None), s.MODEL_NOW_QUOTES),
        (Using(True, "m", "http://x/v1"), "m on the server http://x/v1"),
        (Using(True, None, trouble="It <broke>."), "It &lt;broke&gt;."),
    ):
        assert words in shown(replace(KEPT, using=using))


def test_the_card_says_what_it_costs() -> None:
    made = view.offer(LARGE, KEPT)
    for words in ("2.5 GB to fetch", "4.0 GB of this machine’s 24 GB", "about 1 min (now 2 s)", 'data-set="dismiss"'):
        assert words in made
    assert "<b>>" not in made
    assert s.OFFER_BETTER_UNKNOWN[-20:] in view.offer(replace(LARGE, speed=None), KEPT)


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0 kB"), (12, "1 kB"), (300_000, "300 kB"), (999_000_000, "1.0 GB"), (97_500_000, "98 MB"), (24.9e9, "25 GB")],
)
def test_sizes(amount: int, words: str) -> None:
    assert view.size(amount) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "half a second"), (1.9, "2 s"), (9.4, "9 s"), (9.6, "10 s"), (42, "40 s"), (58, "1 min"), (170, "3 min"),
     (7300, "2 h")],
)  # fmt: skip
def test_times(seconds: float, words: str) -> None:
    assert view.about(seconds) == words
