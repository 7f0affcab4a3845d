"""record: what a sweep saw, merged into what is known. Two sightings are one key by its id, by its value, or by its place."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from random import Random

from credwatch.ledger import facts, tries
from credwatch.ledger.names import Name
from credwatch.ledger.rows import Row
from credwatch.ledger.texts import holdable
from credwatch.ledger.times import stored
from credwatch.ledger.working import Working, whole
from credwatch.model import Item, Sighting, Unlisted


def record(  # noqa: PLR0913  one batch of one provider
    db: sqlite3.Connection,
    sweep: int,
    provider: str,
    batch: Iterable[Sighting | Unlisted],
    *,
    now: datetime,
    random: Random,
) -> None:
    """Merge the batch and mark what it touched."""
    sightings: list[Sighting] = []
    unlisted: list[Unlisted] = []
    for one in map(holdable, batch):
        if isinstance(one, Unlisted):
            unlisted.append(one)
        else:
            sightings.append(one)
    db.executemany(
        "insert into unlisted (sweep_id, provider, scope, reason, message) values (?, ?, ?, ?, ?)",
        [(sweep, provider, one.scope, one.reason.value, one.message) for one in unlisted],
    )
    working = Working(db, sweep, stored(now), random)
    names = [name for sighting in sightings for name in _all_names(sighting)]
    working.load(names, sightings)
    for sighting in sightings:
        candidates = _candidates(working, sighting)
        if len(candidates) > 1:
            working.flush()
            _one_of(working, candidates)
            working.load(names, sightings)
        _merge(working, sighting, _one_of(working, _candidates(working, sighting)))
    working.flush()


# -- which key is it ---------------------------------------------------------------------------------------------


def _key(sighting: Sighting) -> str | None:
    """The vendor's id of this one key: in its list, told by a probe, or beside the value where its kind says so."""
    told = sighting.tried.facts.key_id if sighting.tried is not None else None
    if told is None and sighting.item is not None and sighting.kind.joins == "never":
        return None
    return told or sighting.facts.key_id


def _names(sighting: Sighting) -> tuple[Name, ...]:
    """Its key and its value: the names that stay with a credential."""
    kind, key = sighting.kind.name, _key(sighting)
    by_key = ((kind, "key", key),) if key is not None else ()
    by_value = ((kind, "fp", sighting.fingerprint),) if sighting.fingerprint is not None else ()
    return (*by_key, *by_value)


def _places(sighting: Sighting) -> tuple[Name, ...]:
    """The names that stand in while a value was never read: its place, and the whole item once it is read."""
    own = ("", "place", sighting.place)
    if sighting.fingerprint is None or sighting.item is None:
        return (own,)
    return (own, ("", "place", whole(sighting.item)))


def _all_names(sighting: Sighting) -> tuple[Name, ...]:
    """Every name that is looked up, and the mark of a value that stands with two ids."""
    shared = (sighting.kind.name, "shared", sighting.fingerprint or "")
    return (*_names(sighting), *_places(sighting), shared)


def _candidates(working: Working, sighting: Sighting) -> list[str]:
    """Every credential that this sighting shows to be the same key; the surest name first."""
    kind, key = sighting.kind.name, _key(sighting)
    found: list[str] = []
    if key is not None and (owner := working.aliases.get((kind, "key", key))):
        found.append(owner)
    if sighting.fingerprint is not None:
        owner = working.aliases.get((kind, "fp", sighting.fingerprint))
        if owner is not None and _may_be(working.credentials[owner], key):
            found.append(owner)
    owner = next((working.aliases[name] for name in _places(sighting) if name in working.aliases), None)
    if owner is None and sighting.item is not None:
        owner = _held_here(working, sighting, known=bool(found))
    if owner is not None and _may_be(working.credentials[owner], key):
        found.append(owner)
    return list(dict.fromkeys(found))


def _may_be(credential: Row, key: str | None) -> bool:
    """Two different ids are two keys, though one holds the other's secret: that is half of a pair."""
    return key is None or credential["joins"] == "never" or credential["key_id"] in (None, key)


def _held_here(working: Working, sighting: Sighting, *, known: bool) -> str | None:
    """What the place held: still the same when its value cannot be read now, or is recognised as something else."""
    copy = working.copies.get(sighting.place)
    if copy is None or known:
        return None
    same_value = sighting.fingerprint is None or sighting.fingerprint == copy["fingerprint"]
    return copy["credential_id"] if same_value else None


def _one_of(working: Working, candidates: list[str]) -> str | None:
    if not candidates:
        return None
    survivor = candidates[0]
    for other in candidates[1:]:
        survivor = working.join(survivor, other)
    return survivor


# -- what is known of it now -------------------------------------------------------------------------------------


def _merge(working: Working, sighting: Sighting, known: str | None) -> None:
    if _still_there(working, sighting):
        return
    kind = sighting.kind
    credential = working.credentials[known] if known is not None else working.new(kind.name)
    name, before = credential["id"], {**credential} if known is not None else None
    credential.update(
        kind=kind.name,
        kind_title=kind.title,
        vendor=kind.vendor,
        vendor_name=kind.vendor_name,
        joins=kind.joins,
        probed=int(kind.probed),
        idle=stored(kind.idle),
        max_age=stored(kind.max_age),
    )
    if sighting.item is not None and kind.name == "deadline":
        credential.update(note=sighting.item.labels.get("note"), link=sighting.item.labels.get("link"))
    spoken = [(sighting.facts, facts.BY_LIST if sighting.item is None else facts.BY_VALUE)]
    if sighting.tried is not None:
        spoken.append((sighting.tried.facts, facts.BY_PROBE))
    for said, rank in spoken:
        for what, detail in facts.merge(credential, said, rank):
            working.event(name, what, detail)
    if credential != before:
        working.touch(name)
    _rename(working, sighting, name)
    if sighting.item is None:
        _list(working, sighting, name, born=known is None)
    else:
        _hold(working, sighting, name, born=known is None)
    _try(working, sighting, name)


def _rename(working: Working, sighting: Sighting, name: str) -> None:
    names, places = _names(sighting), _places(sighting)
    for one in names:
        if not working.name(one, name):
            working.name((one[0], "shared", one[2]), name)
    if sighting.fingerprint is not None:
        for place in places:
            if working.aliases.get(place) == name:
                working.unname(place)
    elif not names and (sighting.item is None or sighting.place not in working.copies):
        working.name(places[0], name)


def _list(working: Working, sighting: Sighting, name: str, *, born: bool) -> None:
    key = (sighting.provider, name)
    row = working.listed.get(key) or {"provider": sighting.provider, "credential_id": name, "since": working.now}
    new = row.get("ended_at", working.now) is not None
    if new and not born:
        working.event(name, "appeared", sighting.place)
    if new or row["place"] != sighting.place:
        working.touch(name)
    row.update(place=sighting.place, seen_at=working.now, sweep_id=working.sweep, ended_at=None)
    working.listed[key] = row
    working.relisted.add(key)


def _hold(working: Working, sighting: Sighting, name: str, *, born: bool) -> None:
    """The place holds this key. When it held another, or another value, that copy has ended and a new one begins."""
    item, value = sighting.item, sighting.fingerprint
    assert item is not None  # noqa: S101  a list is no place
    copy = working.copies.get(sighting.place)
    if copy is None and (unread := working.copies.get(whole(item))) and unread["credential_id"] == name:
        copy = working.copies.pop(whole(item))
    same = (
        copy is not None and copy["credential_id"] == name and (value is None or copy["fingerprint"] in (None, value))
    )
    if copy is not None and not same:
        copy.update(ended_at=working.now, ended="replaced")
        before = copy["credential_id"]
        working.hold(copy)
        working.touch(before)
        working.event(before, "replaced", f"{sighting.place} holds {'another value' if before == name else name}")
    if copy is None or not same:
        copy = working.former.pop((sighting.place, value, name), None) or _new_copy(working, item)
        if not born:
            working.event(name, "appeared", sighting.place)
    said = {
        "credential_id": name,
        "place": sighting.place,
        "provider": sighting.provider,
        "fingerprint": value or copy["fingerprint"],
        "missing": _missing(sighting.missing),
        "ended_at": None,
        "ended": None,
        **_metadata(item),
    }
    _seen(working, copy, said)
    working.copies[sighting.place] = copy


def _seen(working: Working, copy: Row, said: Row) -> None:
    """The copy was seen with these columns; only where one of them is new there is something to judge."""
    if "sweep_id" in copy and all(copy[column] == value for column, value in said.items()):
        working.saw(copy)
        return
    sweep = max(copy.get("sweep_id", 0), working.sweep)
    copy.update(said, seen_at=working.now, sweep_id=sweep)
    working.hold(copy)
    working.touch(copy["credential_id"])


def _new_copy(working: Working, item: Item) -> Row:
    """A value has been in its place at least since the item was last written."""
    return {"since": min(working.now, stored(item.written_at) or working.now), "fingerprint": None}


def _still_there(working: Working, sighting: Sighting) -> bool:
    """An item that cannot be read now still holds what was read in it before, in its fields or bare, for all we know."""
    item = sighting.item
    if item is None or _names(sighting) or sighting.missing or sighting.place != whole(item):
        return False
    known = [
        copy for copy in working.in_item(item) if copy["place"] != sighting.place or copy["fingerprint"] is not None
    ]
    for copy in known:
        _seen(working, copy, _metadata(item))
    return bool(known)


def _metadata(item: Item) -> Row:
    """What the store says of the item."""
    return {
        "locator": item.locator,
        "version": item.version,
        "labels": json.dumps(dict(item.labels), sort_keys=True) if item.labels else "{}",
        "written_at": stored(item.written_at),
        "deletes_at": stored(item.deletes_at),
        "due_at": stored(item.due_at),
        "mirror_of": item.mirror_of,
        "managed": int(item.managed),
    }


def _missing(roles: frozenset[str]) -> str:
    return json.dumps(sorted(roles)) if roles else "[]"


def _try(working: Working, sighting: Sighting, name: str) -> None:
    if sighting.tried is None:
        return
    at = working.now if sighting.at is None else stored(sighting.at)
    key = (name, sighting.fingerprint or "")
    before = working.tried.get(key)
    row = tries.fold(before, *key, sighting.tried, at, now=working.now)
    alone = row if row is not before else tries.fold(None, *key, sighting.tried, at, now=working.now)
    working.count(sighting.kind.vendor, alone["validity"], alone["reason"], alone["latency_us"])
    if row is before:
        working.over.append(tries.run(alone))
        return
    working.tried_again(row, before)
    if not tries.quiet(before, row):
        working.touch(name)
