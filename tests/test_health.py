"""The report on links: in one word each, why, since when."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_library import COPY, LORA, ORIGINAL, RAG
from tutor import health
from tutor import library as module
from tutor.library import Library, Link


def test_every_link_has_a_condition_with_its_reason_and_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 0

    def on(number: int) -> None:
        nonlocal day
        day = number

    monkeypatch.setattr(module, "now", lambda: f"2026-01-{day:02}T00:00:00+00:00")
    with Library.open(tmp_path / "library.db") as library:
        on(1)
        for source in (LORA, RAG, ORIGINAL, COPY):
            library.put_link(Link(source.url, "read", source=library.put(source).source))
        library.put_link(Link("https://c.org/same", "read", source=1))
        on(2)
        library.put(replace(RAG, text="RAG reads before it answers."))
        for url, number in ((RAG.url, 2), (ORIGINAL.url, 3)):
            library.put_link(Link(url, "read", source=number))
        library.put_link(Link("https://m.org", "read", source=1, moved_to="https://n.org"))
        library.put_link(Link("https://w.org", "read", "gone; an archived copy of 2024 was read", archived=True))
        library.put_link(Link(LORA.url, "dead", "gone (410)", source=1))
        on(3)
        for state in ("blocked", "failed", "skipped"):
            library.put_link(Link(f"https://{state}.org", state, f"it is {state}"))
        found = {one.link.url: one for one in health.report(library)}
        assert health.counts(list(found.values())) == {
            "read": 2, "unchanged": 1, "changed": 1, "moved": 1, "archived": 1, "dead": 1, "blocked": 1, "failed": 1,
            "skipped": 1,
        }  # fmt: skip
    said = {url: (one.condition, one.reason, one.since[8:10], one.asked[8:10]) for url, one in found.items()}
    assert said[RAG.url] == ("changed", "", "02", "02")
    assert said[ORIGINAL.url] == ("unchanged", "", "01", "02")
    assert said[COPY.url] == ("read", f"nearly the same as {ORIGINAL.url}", "01", "01")
    assert said["https://c.org/same"] == ("read", f"the same text as {LORA.url}", "01", "01")
    assert said["https://m.org"] == ("moved", f"to https://n.org; the same text as {LORA.url}", "02", "02")
    assert said["https://w.org"][:2] == ("archived", "gone; an archived copy of 2024 was read")
    assert said[LORA.url] == ("dead", "gone (410)", "02", "02")
    assert (found[LORA.url].held, found[LORA.url].as_of) == (True, "2026-01-01")
    assert (found["https://failed.org"].held, found["https://failed.org"].as_of) == (False, None)
    assert [one.condition for one in found.values()] == sorted(
        (one.condition for one in found.values()), key=list(health.HINTS).index
    )
