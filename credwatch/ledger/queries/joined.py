"""The rows that the join is made over, and what comes of it. What it means is said in credwatch.findings."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from credwatch import findings
from credwatch.findings import Environment, Finding, Found, Joined, Sight, Spot
from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.standings import ALIVE, reading
from credwatch.ledger.rows import ids, select
from credwatch.ledger.standings import LIST, ONE_PLACE

_ROWS = f"""
select c.id, c.kind, c.joins, c.account, c.key_id, c.personal, c.creator,
    c.policy in (select id from policy where json_extract(said, '$.unowned')),
    exists (select 1 from listed l where l.credential_id = c.id and l.ended_at is null),
    exists (select 1 from listed l join provider p on p.name = l.provider where l.credential_id = c.id
        and l.ended_at is not null and p.removed_at is null and p.complete_at >= l.ended_at),
    h.place, h.fingerprint, h.mirror_of, h.missing, h.standing < 2, h.standing = 4
from credential c left join copy h on h.credential_id = c.id and h.ended_at is null
where {ALIVE} and {{which}} order by +c.id, h.place
"""  # noqa: S608  constants
_ALIKE = f"""
select c.kind, c.joins, c.key_id is not null, c.personal, c.policy in (select id from policy where json_extract(said, '$.unowned')),
    c.shape, (c.kind, c.account) in (select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(?)), count(*)
from credential c not indexed where c.shape is not null and c.touched = 0 and {ALIVE} group by 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608  constants
_UNSEEN = """
select p.name from provider p where p.removed_at is null and p.swept_at is not null and coalesce((
        select s.state from sweep_provider s where s.provider = p.name and s.ended_at is not null
        order by s.sweep_id desc limit 1), '') <> 'complete'
    and not (exists (select 1 from listed where provider = p.name)
        and not exists (select 1 from copy where provider = p.name)) order by 1
"""
_ACCOUNTS = """
select distinct c.kind, c.account, l.provider from listed l join credential c on c.id = l.credential_id
join provider p on p.name = l.provider and p.removed_at is null and p.failed_since is null
where l.ended_at is null and c.account is not null
"""
_SCOPES = """
select u.provider, u.scope from unlisted u join (
    select provider, max(sweep_id) as sweep_id from sweep_provider where ended_at is not null group by provider
) s on s.provider = u.provider and s.sweep_id = u.sweep_id
"""
_NAMELESS = """
select distinct c.kind from credential c where c.key_id is null and c.joins <> 'never'
    and exists (select 1 from copy where credential_id = c.id and ended_at is null)
"""


def of_one(ledger: Ledger, credential: str, environment: Environment) -> tuple[Found, ...]:
    """What the join sees of one credential."""
    with ledger.read() as db:
        sight = _sight(db)
        every = list(_joined(db, "c.id = ?", credential))
    return tuple(found for one in every for found in findings.findings(one, sight, environment))


def counted(ledger: Ledger, environment: Environment) -> tuple[Mapping[Finding, int], Sight]:
    """How many credentials each finding is about, and how far we could see."""
    with reading(ledger) as db:
        sight = _sight(db)
        found = Counter(findings.counts(_joined(db, "(c.shape is null or c.touched = 1)"), sight, environment))
        for one, many in _alike(db, sight):
            found.update(dict.fromkeys(findings.counts([one], sight, environment), many))
        return found, sight


def _alike(db: sqlite3.Connection, sight: Sight) -> Iterator[tuple[Joined, int]]:
    """Of those that differ in nothing that the join asks for: one, and how many there are.

    What a sweep has touched and not yet judged is looked at by itself.
    """
    accounts = dict(sight.accounts)
    for kind, joins, has_id, personal, unowned, shape, covered, many in db.execute(
        _ALIKE, (ids(sorted(sight.accounts)),)
    ):
        yield (
            Joined(
                id="",
                kind=kind,
                joins=joins,
                account=accounts[kind] if covered else None,
                key_id="" if has_id else None,
                spots=() if shape == LIST else (Spot(""),),
                listed=shape != ONE_PLACE,
                personal=bool(personal),
                unowned=bool(unowned),
            ),
            many,
        )


def _sight(db: sqlite3.Connection) -> Sight:
    scopes = select(db, _SCOPES)
    accounts = [
        (row["kind"], row["account"])
        for row in select(db, _ACCOUNTS)
        if not any(one["provider"] == row["provider"] and _covers(one["scope"], row["account"]) for one in scopes)
    ]
    return Sight(
        unseen=tuple(row["name"] for row in select(db, _UNSEEN)),
        accounts=frozenset(accounts),
        nameless=frozenset(row["kind"] for row in select(db, _NAMELESS)),
    )


def _covers(scope: str, account: str) -> bool:
    """Whether something of this account may lie under what could not be listed."""
    return f"{account}/".startswith(scope) or scope.startswith(f"{account}/")


def _joined(db: sqlite3.Connection, which: str, *values: object) -> Iterator[Joined]:
    rows = db.execute(_ROWS.format(which=which), values)
    for _, group in groupby(rows, key=lambda row: row[0]):
        several = list(group)
        name, kind, joins, account, key_id, personal, creator, unowned, listed, delisted = several[0][:10]
        yield Joined(
            id=name,
            kind=kind,
            joins=joins,
            account=account,
            key_id=key_id,
            spots=tuple(_spot(row[10:]) for row in several if row[10] is not None),
            listed=bool(listed),
            delisted=bool(delisted),
            personal=bool(personal),
            creator=creator,
            unowned=bool(unowned),
        )


def _spot(row: Sequence[object]) -> Spot:
    place, fingerprint, mirror_of, missing, works, refused = row
    return Spot(
        place=str(place),
        fingerprint=None if fingerprint is None else str(fingerprint),
        mirror_of=None if mirror_of is None else str(mirror_of),
        missing=() if missing == "[]" else tuple(json.loads(str(missing))),
        works=bool(works),
        refused=bool(refused),
    )
