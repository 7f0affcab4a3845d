"""One item: what it holds, and which of it is to be tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from credwatch.config.configuration import Config
from credwatch.config.places import listed_place, matches
from credwatch.contract import Store
from credwatch.errors import ProviderError
from credwatch.fields import unfold
from credwatch.identify import UNRECOGNISED, Identified, fingerprint, place_of
from credwatch.looking.unquoted import unquoted_answer
from credwatch.looking.watch import Piece, Watch
from credwatch.model import Facts, Item, Listed, ProbeResult, Sighting, Unlisted
from credwatch.probing import Try

TELLING = 4
"""Characters of its end that tell a key from all others."""


def read(watch: Watch, store: Store, item: Item, suspects: frozenset[str] = frozenset()) -> Iterator[Piece | Try]:
    """What an item holds. That it cannot be read is no reason to call gone what was found in it before."""
    if not (item.readable and _may_read(watch.config, item)):
        yield _unread(item)
        return
    try:
        leaves = unfold(store.read(item))
        found = watch.identifier.identify(item, leaves)
    except ProviderError as error:
        yield Unlisted(item.locator, error.reason, str(error))
        if error.permanent and not watch.ledger.holds(item.provider, item.locator):
            yield _unread(item)
        return
    watch.noted(item, leaves, found)
    seen = [_seen(watch, item, identified) for identified in found]
    due = _due(watch, item.provider, [piece for piece in seen if isinstance(piece, Try)], suspects)
    for piece in seen:
        if isinstance(piece, Try) and piece not in due:
            yield piece.context
        else:
            yield piece


def _may_read(config: Config, item: Item) -> bool:
    allowed = config.providers[item.provider].read
    if isinstance(allowed, bool):
        return allowed
    place = place_of(item.provider, item.locator, "")
    return any(matches(f"{item.provider}:{pattern}", place) for pattern in allowed)


def _unread(item: Item) -> Sighting:
    """Watched by its age and its dates alone."""
    return Sighting(item.provider, place_of(item.provider, item.locator, ""), UNRECOGNISED, Facts(), item)


def _seen(watch: Watch, item: Item, found: Identified) -> Sighting | Try:
    """A key as it was found, and as a try where there is somebody to ask."""
    kind, match = found.match.kind, found.match
    held = None if match.missing else fingerprint(watch.key, kind, found.values)
    facts = _by_hint(watch, found, held)
    if facts is not match.facts:
        match = replace(match, facts=facts)
    seen = Sighting(item.provider, found.place, kind, facts, item, held, missing=match.missing)
    if held is None or not kind.probed or not kind.hosts or kind.name not in watch.issuers:
        return seen
    return Try(match, found.values, found.place, held, seen)


def _by_hint(watch: Watch, found: Identified, held: str | None) -> Facts:
    """Where the vendor's list shows how its keys end, the one key of the list that this value can be gives its id.

    An end that is too short to tell one key from a stranger's is enough for the key that an `[[identify]]` line names.
    The end of one that we made is not asked for.
    """
    facts, kind = found.match.facts, found.match.kind
    if facts.key_id is not None or kind.name not in watch.hints:
        return facts
    if ours := watch.made.get(held or ""):
        return replace(facts, key_id=ours)
    secret = next(found.values[role.name].reveal() for role in kind.roles if role.secret and role.name in found.values)
    ends = {key_id: hint for hint, key_id in watch.hints[kind.name] if secret.endswith(hint)}
    fitting = ends.keys() & _named(watch.config, kind.name, found.place) or {
        key_id for key_id, hint in ends.items() if len(hint) >= TELLING
    }
    return replace(facts, key_id=fitting.pop()) if len(fitting) == 1 else facts


def _named(config: Config, kind: str, place: str) -> set[str]:
    """The ids that `[[identify]]` lines give to the key in this place."""
    return {line.key_id for line in config.identify if line.key_id and line.kind == kind and matches(line.place, place)}


def _due(watch: Watch, provider: str, tries: Sequence[Try], suspects: frozenset[str]) -> set[Try]:
    """Those of an item's keys that are tried. A suspect is, whatever was answered.

    Any other value is once in a sweep, and not again within half of its interval since it was answered.
    """
    due = {one for one in tries if one.fingerprint in suspects}
    taken: dict[timedelta, list[Try]] = {}
    for one in tries:
        if one not in due and watch.take(one.fingerprint):
            interval = max(watch.config.every(provider), one.match.kind.least_interval)
            taken.setdefault(interval, []).append(one)
    now = watch.clock.now()
    for interval, ours in taken.items():
        asked = [(one.match.kind.name, one.fingerprint) for one in ours]
        known = watch.ledger.answered(asked, now - interval / 2, now)
        due.update(one for one in ours if one.fingerprint not in known)
    return due


def answered(tried: Try, result: ProbeResult, at: datetime) -> Sighting:
    """A key that was tried, with its answer."""
    seen: Sighting = tried.context
    secret = [tried.values[role.name] for role in tried.match.kind.roles if role.secret and role.name in tried.values]
    return replace(seen, tried=unquoted_answer(result, secret), at=at)


def listed_in(name: str, listed: Listed) -> Sighting:
    """A key in a vendor's own list."""
    return Sighting(name, listed_place(name, listed.facts), listed.kind, listed.facts)
