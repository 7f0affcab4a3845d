"""What is said of a key, from several mouths. A date is never lost because somebody did not repeat it."""

from __future__ import annotations

import json
from typing import Any

from credwatch.ledger.rows import Row
from credwatch.ledger.times import moment, stored
from credwatch.model import Facts

BY_VALUE, BY_PROBE, BY_LIST = 1, 2, 3
"""The vendor's list beats a probe, a probe beats what the value shows."""
RANKED = ("created", "expires", "name", "scopes")


def merge(row: Row, facts: Facts, rank: int) -> list[tuple[str, str]]:
    """Fold the facts into the credential's row; a newer word wins over an older one. Returns its events."""
    events = []
    scopes = None if facts.scopes is None else json.dumps(sorted(facts.scopes))
    if lost := _lost(row, facts, rank):
        events.append(("scopes", f"lost {', '.join(lost)}"))
    said: dict[str, Any] = {
        "created": stored(facts.created),
        "expires": stored(facts.expires),
        "name": facts.called,
        "scopes": scopes,
    }
    for column, value in said.items():
        if value is not None and rank >= row[f"{column}_rank"]:
            row[column], row[f"{column}_rank"] = value, rank
            if column == "expires":
                row["expires_source"] = _source(row, rank)
    for column, value in _unranked(facts).items():
        if value is not None:
            row[column] = value
    if facts.last_used is not None:
        row["last_used"] = max(row["last_used"] or 0, stored(facts.last_used))
    return events


def join(row: Row, other: Row) -> None:
    """Fold the row of the same key into this one: what is known stays, what the other knows better comes."""
    for column in RANKED:
        rank = f"{column}_rank"
        if other[column] is not None and (row[column] is None or other[rank] > row[rank]):
            row[column], row[rank] = other[column], other[rank]
            if column == "expires":
                row["expires_source"] = other["expires_source"]
    for column in ("account", "key_id", "disabled", "hint", "creator", "personal", "traits", "note", "link"):
        if row[column] is None:
            row[column] = other[column]
    row["last_used"] = max(row["last_used"] or 0, other["last_used"] or 0) or None
    row["first_seen"] = min(row["first_seen"], other["first_seen"])
    row["last_seen"] = max(row["last_seen"], other["last_seen"])
    row["touched_by"] = max(row["touched_by"], other["touched_by"])


def read(row: Row) -> Facts:
    """The facts as the ledger remembers them."""
    return Facts(
        account=row["account"],
        key_id=row["key_id"],
        name=row["name"],
        created=moment(row["created"]),
        expires=moment(row["expires"]),
        last_used=moment(row["last_used"]),
        disabled=None if row["disabled"] is None else bool(row["disabled"]),
        scopes=None if row["scopes"] is None else frozenset(json.loads(row["scopes"])),
        hint=row["hint"],
        creator=row["creator"],
        personal=None if row["personal"] is None else bool(row["personal"]),
        traits=None if row["traits"] is None else json.loads(row["traits"]),
    )


def _unranked(facts: Facts) -> dict[str, Any]:
    return {
        "account": facts.account,
        "key_id": facts.key_id,
        "disabled": facts.disabled,
        "hint": facts.hint,
        "creator": facts.creator,
        "personal": facts.personal,
        "traits": None if facts.traits is None else json.dumps(dict(facts.traits), sort_keys=True),
    }


def _lost(row: Row, facts: Facts, rank: int) -> list[str]:
    """The scopes that the same mouth no longer names, when it names no new one: the key may do less."""
    if facts.scopes is None or row["scopes"] is None or rank != row["scopes_rank"]:
        return []
    before = set(json.loads(row["scopes"]))
    return sorted(before - facts.scopes) if facts.scopes < before else []


def _source(row: Row, rank: int) -> str:
    if rank == BY_LIST:
        name = str(row["vendor_name"])
        return f"{name}' list" if name.endswith("s") else f"{name}'s list"
    return str(row["vendor_name"]) if rank == BY_PROBE else "the key itself"
