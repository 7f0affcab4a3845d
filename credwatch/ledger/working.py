"""What one batch of sightings touches: read in a few queries, changed in memory, written in a few statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from random import Random

from credwatch.ledger import facts, joining, tries
from credwatch.ledger.rows import Row, columns, ids, select, write
from credwatch.model import Item, Sighting

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_CREDENTIAL = columns(
    "id kind kind_title vendor vendor_name joins probed idle max_age account key_id name created expires expires_source"
    " created_rank expires_rank name_rank scopes_rank last_used disabled scopes hint creator personal first_seen"
    " last_seen note link touched touched_by"
)
_COPY = columns(
    "credential_id place provider locator fingerprint version labels missing since seen_at sweep_id written_at"
    " deletes_at due_at mirror_of managed ended_at ended"
)
_LISTED = columns("provider credential_id place since seen_at sweep_id ended_at")
_PROBE = columns("credential_id fingerprint sweep_id at validity reason detail latency_us")

Name = tuple[str, str, str]
"""Kind, how (key or fp), value; places and former ids belong to no kind."""


def whole(item: Item) -> str:
    """The place of an item as a whole: where a value that was never read is, and a bare string."""
    return f"{item.provider}:{item.locator}"


class Working:
    """The rows around a batch. Nothing is written before `flush`."""

    def __init__(self, db: sqlite3.Connection, sweep: int, now: int, random: Random) -> None:
        self.db, self.sweep, self.now, self.random = db, sweep, now, random
        self.aliases: dict[Name, str] = {}
        self.credentials: dict[str, Row] = {}
        self.copies: dict[str, Row] = {}
        self.former: dict[tuple[str, str | None, str], Row] = {}
        self.tried: dict[tuple[str, str], Row] = {}
        self.listed: dict[tuple[str, str], Row] = {}
        self._clear()

    def load(self, names: Sequence[Name], sightings: Sequence[Sighting]) -> None:
        """Every row that these names and places lead to."""
        found = select(
            self.db,
            "select a.* from json_each(?) j join alias a on a.kind = json_extract(j.value, '$[0]')"
            " and a.how = json_extract(j.value, '$[1]') and a.value = json_extract(j.value, '$[2]')",
            ids(list(names)),
        )
        self.aliases = {(row["kind"], row["how"], row["value"]): row["credential_id"] for row in found}
        items = [(sighting, sighting.item) for sighting in sightings if sighting.item is not None]
        held = select(
            self.db,
            "select * from copy where ended_at is null and place in (select value from json_each(?)) union"
            " select c.* from json_each(?) j join copy c on c.provider = json_extract(j.value, '$[0]')"
            " and c.locator = json_extract(j.value, '$[1]') and c.ended_at is null",
            ids(sorted({place for sighting, item in items for place in (sighting.place, whole(item))})),
            ids([(item.provider, item.locator) for sighting, item in items if sighting.fingerprint is None]),
        )
        ended = select(
            self.db,
            "select c.* from json_each(?) j join copy c on c.place = json_extract(j.value, '$[0]')"
            " and c.fingerprint is json_extract(j.value, '$[1]') and c.ended_at is not null order by c.id",
            ids([(sighting.place, sighting.fingerprint) for sighting, _ in items]),
        )
        self.copies = {row["place"]: row for row in held}
        self.former = {(row["place"], row["fingerprint"], row["credential_id"]): row for row in ended}
        self._load_credentials({*self.aliases.values(), *(row["credential_id"] for row in held)})

    def _load_credentials(self, wanted: set[str]) -> None:
        some = ids(sorted(wanted))
        among = "in (select value from json_each(?))"
        rows = select(self.db, f"select {', '.join(_CREDENTIAL)} from credential where id {among}", some)  # noqa: S608  constants
        tried = select(self.db, f"select * from tried where credential_id {among}", some)  # noqa: S608  a constant
        listed = select(self.db, f"select * from listed where credential_id {among}", some)  # noqa: S608  a constant
        self.credentials.update((row["id"], row) for row in rows)
        self.tried.update(((row["credential_id"], row["fingerprint"]), row) for row in tried)
        self.listed.update(((row["provider"], row["credential_id"]), row) for row in listed)

    def new(self, kind: str) -> Row:
        """A credential that nobody has seen before."""
        size = 4
        while True:
            name = "c-" + "".join(self.random.choice(_LETTERS) for _ in range(size))
            if not self._taken(name):
                break
            size += 1
        row = {**dict.fromkeys(_CREDENTIAL), "id": name, "kind": kind, "first_seen": self.now, "last_seen": self.now}
        row.update((f"{column}_rank", 0) for column in facts.RANKED)
        row.update(touched=1, touched_by=self.sweep)
        self.credentials[name] = row
        return row

    def join(self, one: str, two: str) -> str:
        """Two rows turn out to be one key. The older survives; its id is returned."""
        survivor, other = joining.join(self.db, one, two, self.now)
        self.aliases = {name: survivor if owner == other else owner for name, owner in self.aliases.items()}
        for row in (*self.copies.values(), *self.former.values()):
            if row["credential_id"] == other:
                row["credential_id"] = survivor
        self.former = {(row["place"], row["fingerprint"], row["credential_id"]): row for row in self.former.values()}
        self.credentials.pop(other, None)
        self._load_credentials({survivor})
        return survivor

    def touch(self, credential: str) -> Row:
        """It must be judged when this sweep closes."""
        row = self.credentials[credential]
        row["touched"], row["touched_by"] = 1, max(row["touched_by"], self.sweep)
        self.changed.add(credential)
        return row

    def name(self, name: Name, credential: str) -> bool:
        """It is known by this name from now on. False when the name belongs to another key: it stays with that."""
        if name not in self.aliases:
            self.aliases[name] = credential
            self.named.append(name)
        return self.aliases[name] == credential

    def unname(self, name: Name) -> None:
        """Nothing is known by this name any more."""
        if self.aliases.pop(name, None) is not None:
            self.unnamed.append(name)

    def in_item(self, item: Item) -> list[Row]:
        """The copies that are held in this item."""
        return [
            row for row in self.copies.values() if (row["provider"], row["locator"]) == (item.provider, item.locator)
        ]

    def hold(self, copy: Row) -> None:
        """This copy is new, or changed."""
        self.held[id(copy)] = copy

    def event(self, credential: str, what: str, detail: str) -> None:
        """One line of the credential's history."""
        self.events.append((credential, self.now, what, detail))

    def flush(self) -> None:
        """Write everything."""
        db = self.db
        write(db, "credential", _CREDENTIAL, [self.credentials[one] for one in self.changed], key="id")
        db.executemany("delete from alias where kind = ? and how = ? and value = ?", self.unnamed)
        db.executemany(
            "insert into alias (kind, how, value, credential_id) values (?, ?, ?, ?)",
            [(*name, self.aliases[name]) for name in self.named if name in self.aliases],
        )
        settings = ", ".join(f"{column} = :{column}" for column in _COPY)
        for ended in (True, False):
            part = [row for row in self.held.values() if (row["ended_at"] is not None) is ended]
            db.executemany(f"update copy set {settings} where id = :id", [row for row in part if "id" in row])  # noqa: S608  constants
            write(db, "copy", _COPY, [row for row in part if "id" not in row])
        write(db, "listed", _LISTED, [self.listed[key] for key in self.relisted], key="provider, credential_id")
        write(db, "tried", tries.COLUMNS, [self.tried[key] for key in self.retried], key="credential_id, fingerprint")
        write(db, "probe", _PROBE, self.probes)
        db.executemany("insert into event (credential_id, at, what, detail) values (?, ?, ?, ?)", self.events)
        self._clear()

    def _clear(self) -> None:
        self.changed: set[str] = set()
        self.named: list[Name] = []
        self.unnamed: list[Name] = []
        self.held: dict[int, Row] = {}
        self.relisted: set[tuple[str, str]] = set()
        self.retried: set[tuple[str, str]] = set()
        self.probes: list[Row] = []
        self.events: list[tuple[str, int, str, str]] = []

    def _taken(self, name: str) -> bool:
        query = "select 1 from credential where id = ?1 union all select 1 from alias where kind = '' and how = 'id' and value = ?1"
        return name in self.credentials or self.db.execute(query, (name,)).fetchone() is not None
