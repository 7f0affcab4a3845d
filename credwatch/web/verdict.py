"""Whether all is well, and if not, why: one sentence for each thing that is not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from credwatch.ledger.queries.health import Provider
from credwatch.ledger.queries.overview import Overview

LATE = timedelta(minutes=30)
"""A sweep may hang so long before it is ended."""

Every = Callable[[str], timedelta]
"""How often a provider of this name is looked at."""


def complaints(known: Overview, every: Every, now: datetime) -> Iterator[str]:
    """Nothing when every connection was seen in time and no production credential is dead."""
    if known.sweep is None:
        yield "no sweep has ended yet"
    for provider in known.providers:
        if provider.failed_since is not None:
            yield f"{provider.name}: not seen since {short(provider.failed_since)}, {provider.reason or 'no reason given'}"
        elif late(provider, every, now):
            yield f"{provider.name}: last looked at {short(provider.looked_at)}; nobody looks any more"
    for vendor in known.vendors:
        if vendor.failed_since is not None:
            yield f"{vendor.title}: no key could be tried since {short(vendor.failed_since)}, {vendor.reason or 'no reason given'}"
    if known.failures:
        are = "credentials are" if known.failures > 1 else "credential is"
        yield f"{known.failures} production {are} refused, suspended or past the date"


def late(provider: Provider, every: Every, now: datetime) -> bool:
    """Two looks were missed, and no sweep that hangs can be the reason."""
    return provider.looked_at is not None and now - provider.looked_at > 2 * every(provider.name) + LATE


def short(moment: datetime | None) -> str:
    """A time, as it stands in a sentence."""
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
