"""
Link health: what became of every address that was asked for, in one word, why, and since when.

A link's state says how the last asking ended; its condition tells more of one that was read: whether it changed since
it was first read, moved, or came from an archive. Knows nothing of fetching and of how a report is shown.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.library import Dates, Library, Link

# In the order of a report, each with what a person can do about it.
HINTS = {
    "read": "",
    "unchanged": "",
    "changed": "",
    "moved": "change the address in your list; the old one still leads there",
    "archived": "the page itself is gone: what a web archive kept of it was read",
    "dead": "what was read of it before stays citable; look for it elsewhere, or take it off your list",
    "blocked": "the site does not want it read by programs; open it yourself, save it, and ingest the file",
    "failed": "run `tutor ingest` again: it is tried anew each time",
    "skipped": "not an article: kept as a resource only",
    "removed": "you removed it, and no list brings it back; `tutor ingest` its address to have it again",
}


@dataclass(frozen=True, slots=True)
class Health:
    """
    One address. `condition`: a key of HINTS; `since`: when it came into it; `asked`: when it was last asked for.

    `held`: whether the library holds its text, if need be `as_of` an earlier day (ISO date), where the page is gone.
    """

    link: Link
    condition: str
    reason: str
    since: str
    asked: str
    held: bool
    as_of: str | None


def report(library: Library) -> list[Health]:
    """The health of every link, by condition and then in the order in which they were first asked for."""
    dates, twins = library.dates(), library.twins()
    found = [_health(link, dates.get(link.source or -1), twins) for link in library.links()]
    order = list(HINTS)
    return sorted(found, key=lambda one: order.index(one.condition) if one.condition in order else len(order))


def counts(healths: Sequence[Health]) -> dict[str, int]:
    """How many links are in each condition, in the order of the report; those that none is in are left out."""
    counted = Counter(one.condition for one in healths)
    return {name: counted[name] for name in (*HINTS, *counted) if counted[name]}


def _health(link: Link, dates: Dates | None, twins: dict[str, str]) -> Health:
    condition, reason, since = link.state, link.reason, link.since
    if link.state == "read":
        if link.checked > link.since:
            condition = "unchanged"
        if dates is not None and dates.changed > dates.added:
            condition, since = "changed", dates.changed
        if link.url in twins:
            reason = f"nearly the same as {twins[link.url]}"
        elif dates is not None and dates.url != link.url:
            reason = f"the same text as {dates.url}"
        if link.moved_to:
            condition, reason = "moved", "; ".join(part for part in (f"to {link.moved_to}", reason) if part)
        if link.archived:
            condition = "archived"
    as_of = dates.changed[:10] if dates is not None and condition == "dead" else None
    return Health(link, condition, reason, since, link.checked, dates is not None, as_of)
