"""The first line of status: when everything was seen, and whether credwatch itself is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from credwatch.cli.phrases import at, because, length, plural
from credwatch.cli.render import wrapped
from credwatch.config.configuration import Config
from credwatch.ledger.queries.health import Health, Incident
from credwatch.model import About, Reason

PATIENCE = timedelta(minutes=5)
"""An alert that waits for longer is late."""
_SHOWN = 5
_OF_AN_ANSWER = (Reason.TOO_LARGE, Reason.UNREADABLE)
"""Where the words for these speak of an answer, and a file gave none, its provider says what it is."""


@dataclass(frozen=True)
class Trouble:
    """Something that keeps us from seeing, or from telling."""

    sort: str
    text: str
    blind: bool = True
    """Something cannot be told because of it."""


def troubles(health: Health, config: Config, now: datetime) -> tuple[Trouble, ...]:
    """All that is wrong with the watch, each with what to do."""
    return (*_late(health, config, now), *_unseen(health, now), *_unlisted(health), *_untold(health, config, now))


def first_line(health: Health, found: tuple[Trouble, ...], now: datetime) -> Iterator[str]:
    """When it is, what was seen, how we are."""
    today = now.astimezone(UTC)
    head = f"{today:%a} {today.day} {today:%b %Y %H:%M}"
    well = "not well" if found else "well"
    queue = f"{health.waiting} undelivered" if health.waiting else "nothing undelivered"
    digest = f", {health.digests} for the next digest" if health.digests else ""
    yield from wrapped("", [head, _seen(health, now), f"credwatch itself: {well}, {queue}{digest}"], indent=2)
    for trouble in found:
        yield from wrapped(f"   {trouble.sort:<12} ", trouble.text.split(". "), by=". ")


def _seen(health: Health, now: datetime) -> str:
    blind = [provider.name for provider in health.providers if provider.failed_since is not None]
    if blind:
        more = f" and {len(blind) - _SHOWN} more" if len(blind) > _SHOWN else ""
        return f"not seen: {', '.join(blind[:_SHOWN])}{more}"
    if not health.providers:
        return "nothing seen yet"
    since = health.seen_since
    return f"everything seen at {at(since, now)} or later" if since else "not everything was seen yet"


def _late(health: Health, config: Config, now: datetime) -> Iterator[Trouble]:
    if health.sweep is None:
        yield Trouble("no look yet", "nothing was looked at so far. credwatch sweep")
        return
    looked_at = [config.every(provider.name) for provider in health.providers]
    every = min(looked_at + [config.daemon.every] * (bool(config.deadlines) or not looked_at))
    ago = now - health.sweep.closed_at
    if ago > 3 * every:
        said = f"the last look was {length(ago)} ago, and one is due every {length(every)}"
        yield Trouble("late", f"{said}. Is credwatch run still running? Else: credwatch sweep")


def _unseen(health: Health, now: datetime) -> Iterator[Trouble]:
    for provider in health.providers:
        if provider.failed_since is not None:
            why = because(None, provider.reason) or "refused"
            since = f"{provider.name} since {at(provider.failed_since, now)}: {why}"
            yield Trouble("blind", f"{since}. credwatch doctor {provider.name}")
    blind = {provider.name for provider in health.providers if provider.failed_since is not None}
    for incident in health.open:
        if incident.about is About.PROVIDER and incident.subject in blind:
            continue
        yield _of_incident(incident, now)


def _of_incident(incident: Incident, now: datetime) -> Trouble:
    since = at(incident.opened_at, now)
    if incident.step == "shrunk":
        said = f"{incident.subject} lists far less than before since {since}; nothing was called gone"
        return Trouble(
            "shrunk", f"{said}. credwatch doctor {incident.subject}, or if it is meant: credwatch ack {incident.id}"
        )
    if incident.about is About.VENDOR:
        why = because(None, incident.reason)
        return Trouble(
            "blind", f"{incident.subject} answers no try since {since}{f': {why}' if why else ''} ({incident.id})"
        )
    if incident.about is About.SELF:
        return Trouble(
            "cut off", f"nothing can be reached since {since}; most likely it is us. credwatch doctor ({incident.id})"
        )
    return Trouble("blind", f"{incident.subject} since {since}. credwatch doctor {incident.subject} ({incident.id})")


def _unlisted(health: Health) -> Iterator[Trouble]:
    for part in health.unlisted[:_SHOWN]:
        own = part.message if part.reason in _OF_AN_ANSWER else ""
        why = own or because(None, part.reason) or "refused"
        yield Trouble(
            "not listed", f"{part.provider}:{part.scope}: {why}. credwatch doctor {part.provider}", blind=False
        )
    more = len(health.unlisted) - _SHOWN
    if more > 0:
        yield Trouble("not listed", f"{plural(more, 'more part')}. credwatch doctor", blind=False)


def _untold(health: Health, config: Config, now: datetime) -> Iterator[Trouble]:
    if health.waiting_since is None or now - health.waiting_since <= PATIENCE:
        return
    why = f": {health.error}" if health.error else ""
    said = f"{plural(health.waiting, 'alert')}, the oldest of {at(health.waiting_since, now)}{why}"
    do = "credwatch deliver" if config.slack is not None else "no [slack] is configured; credwatch deliver prints them"
    yield Trouble("undelivered", f"{said}. {do}", blind=False)
