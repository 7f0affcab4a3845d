"""judge_sweep: what a whole sweep says of our own sight: blind, shrunk, cut off, and the first summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from credwatch.model import About, Level, News, Open, Reach, Reason, SweepMemory

BLIND = timedelta(hours=6)
TWICE = 2
DEADLINES = "deadlines"
"""Written dates are read from the configuration; they say nothing of the network."""
OUTBURST = 10
"""A changed configuration that opens more incidents than this is summed up."""
NETWORK = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE, Reason.DNS, Reason.TLS})


def judge_sweep(memory: SweepMemory, now: datetime, *, blind: timedelta = BLIND) -> tuple[News, ...]:
    """News about providers, vendors and ourselves. When nothing at all was reached, only that is said.

    A vendor whose own list cannot be read either is one incident, the list's.
    """
    open_now = {(incident.about, incident.subject): incident for incident in memory.open}
    if _cut_off(memory):
        since = min((reach.failed_since for reach in memory.providers if reach.failed_since), default=now)
        ourselves = Reach("network", "", since, TWICE, Reason.UNREACHABLE)
        return _blind(News(About.SELF, "network", "cut_off", Level.WARNING), ourselves, now - blind)
    news = [*_ended(open_now.get((About.SELF, "network")))]
    silent = {reach.vendor for reach in memory.providers if reach.failed_since is not None}
    vendors = tuple(reach for reach in memory.vendors if reach.name not in silent)
    for about, reaches in ((About.PROVIDER, memory.providers), (About.VENDOR, vendors)):
        for reach in reaches:
            news += _one(about, reach, open_now.get((about, reach.name)), now - blind)
    return (*news, *_summary(memory))


def shrunk(before: int, now: int) -> bool:
    """A listing so much smaller than the last one that a lost permission is likelier than deletions."""
    return before >= 4 and now * 2 < before


def _one(about: About, reach: Reach, incident: Open | None, long_ago: datetime) -> tuple[News, ...]:
    if reach.failed_since is not None:
        says_no = about is About.VENDOR and reach.reason is Reason.FORBIDDEN  # to what we ask, and so it is there
        return _blind(News(about, reach.name, "blind", Level.WARNING), reach, None if says_no else long_ago)
    if about is About.PROVIDER and reach.finished and shrunk(reach.listed_before, reach.listed):
        return (News(about, reach.name, "shrunk", Level.WARNING),)
    return _ended(incident)


def _blind(warning: News, reach: Reach, long_ago: datetime | None) -> tuple[News, ...]:
    """A warning at the second failure, a page when it lasts; None: it wakes nobody."""
    warning = replace(warning, reason=reach.reason)
    if long_ago is not None and reach.failed_since is not None and reach.failed_since <= long_ago:
        return (replace(warning, step=f"{warning.step}_long", level=Level.PAGE),)
    return (warning,) if reach.failures >= TWICE else ()


def _ended(incident: Open | None) -> tuple[News, ...]:
    return (News(incident.about, incident.subject, "well", Level.RESOLVED),) if incident is not None else ()


def _cut_off(memory: SweepMemory) -> bool:
    """Several systems, and none of them was reached: the fault is most likely on our side."""
    tried = [reach for reach in memory.vendors if reach.tried]
    asked = [reach for reach in memory.providers if reach.vendor != DEADLINES]
    silent = all(reach.failed_since and reach.reason in NETWORK for reach in asked)
    systems = len(asked) + len(tried)
    return systems >= TWICE and bool(asked) and silent and all(reach.answered == 0 for reach in tried)


def _summary(memory: SweepMemory) -> Iterator[News]:
    """Once, when every provider of its first look was seen and every refusal in it was tried again."""
    new = any(reach.first_look and reach.finished for reach in memory.providers)
    outburst = memory.rules_changed and memory.opens > OUTBURST
    if (new and not memory.settling) or outburst:
        key = f"summary:{memory.sweep}"
        yield News(About.SELF, "summary", "summary", Level.WARNING, key, opens=False, absorbs=True)
