"""What one batch of sightings touches: read in a few queries, changed in memory, written in a few statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from random import Random

from credwatch.ledger import facts, joining, names, tries
from credwatch.ledger.fresh import Fresh
from credwatch.ledger.names import Name
from credwatch.ledger.rows import Row, columns, ids, select, update, write
from credwatch.model import Item, Sighting

_CREDENTIAL = columns(
    "id kind kind_title vendor vendor_name joins probed idle max_age account key_id name created expires expires_source"
    " created_rank expires_rank name_rank scopes_rank last_used disabled scopes hint creator personal traits first_seen"
    " last_seen note link touched touched_by"
)
_COPY = columns(
    "credential_id place provider locator fingerprint version labels missing since seen_at sweep_id written_at"
    " deletes_at due_at mirror_of managed ended_at ended"
)
_LISTED = columns("provider credential_id place since seen_at sweep_id ended_at")
_AGAIN = columns("at answered_at valid_at detail latency_us began times")
_UNREAD = """
select c.* from json_each(?) j join copy c on c.place > j.value || '#' and c.place < j.value || '$'
where c.ended_at is null and c.provider || ':' || c.locator = j.value
"""
"""What is held in the fields of these items: their places lie between the item's own with a `#` and with the next sign."""


def whole(item: Item) -> str:
    """The place of an item as a whole: where a value that was never read is, and a bare string."""
    return f"{item.provider}:{item.locator}"


class Working:
    """The rows around a batch. Nothing is written before `flush`."""

    def __init__(self, db: sqlite3.Connection, sweep: int, now: int, random: Random) -> None:
        self.db, self.sweep, self.now, self.fresh = db, sweep, now, Fresh(db, random)
        self.aliases: dict[Name, str] = {}
        self.credentials: dict[str, Row] = {}
        self.copies: dict[str, Row] = {}
        self.former: dict[tuple[str, str | None, str], Row] = {}
        self.tried: dict[tuple[str, str], Row] = {}
        self.listed: dict[tuple[str, str], Row] = {}
        self._clear()

    def load(self, known_by: Sequence[Name], sightings: Sequence[Sighting]) -> None:
        """Every row that these names and places lead to."""
        words = {names.word(*name): name for name in known_by}
        found = select(
            self.db,
            "select name, credential_id from alias where name in (select value from json_each(?))",
            ids(list(words)),
        )
        self.aliases = {words[row["name"]]: row["credential_id"] for row in found}
        items = [(sighting, sighting.item) for sighting in sightings if sighting.item is not None]
        held = select(
            self.db,
            "select * from copy where ended_at is null and place in (select value from json_each(?))",
            ids(sorted({place for sighting, item in items for place in (sighting.place, whole(item))})),
        )
        if unread := sorted({whole(item) for sighting, item in items if sighting.fingerprint is None}):
            held += select(self.db, _UNREAD, ids(unread))
        ended = select(
            self.db,
            "select * from copy where ended_at is not null and place in (select value from json_each(?)) order by id",
            ids(sorted({sighting.place for sighting, _ in items})),
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
        name = self.fresh.take()
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
        row["last_seen"] = max(row["last_seen"], self.now)
        self.changed.add(credential)
        return row

    def saw(self, copy: Row) -> None:
        """This copy is as it was."""
        copy.update(seen_at=self.now, sweep_id=max(copy["sweep_id"], self.sweep))
        if "id" in copy:
            self.seen[copy["id"]] = copy

    def tried_again(self, row: Row, before: Row | None) -> None:
        """One more answer is folded into this row; what it said before may be over with it."""
        key = (row["credential_id"], row["fingerprint"])
        self.tried[key] = row
        if tries.quiet(before, row) and key not in self.retried:
            self.quiet.add(key)
            return
        self.quiet.discard(key)
        self.retried.add(key)
        if before is not None and not tries.same(before, row):
            self.over.append(tries.run(before))

    def count(self, vendor: str, validity: str, reason: str, latency_us: int) -> None:
        """One answer of this sweep."""
        times, slowest = self.counted.get((vendor, validity, reason), (0, 0))
        self.counted[vendor, validity, reason] = (times + 1, max(slowest, latency_us))

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
        db.executemany("delete from alias where name = ?", [(names.word(*name),) for name in self.unnamed])
        db.executemany(
            "insert into alias (name, credential_id) values (?, ?)",
            [(names.word(*name), self.aliases[name]) for name in self.named if name in self.aliases],
        )
        self._write_copies()
        write(db, "listed", _LISTED, [self.listed[key] for key in self.relisted], key="provider, credential_id")
        write(db, "tried", tries.COLUMNS, [self.tried[key] for key in self.retried], key="credential_id, fingerprint")
        update(db, "tried", _AGAIN, [self.tried[key] for key in self.quiet], key="credential_id, fingerprint")
        write(db, "answer", tries.RUN, self.over, key="credential_id, fingerprint, at")
        db.executemany(
            "insert into sweep_answer (sweep_id, vendor, validity, reason, times, latency_us) values (?, ?, ?, ?, ?, ?)"
            " on conflict do update set times = times + excluded.times, latency_us = max(latency_us, excluded.latency_us)",
            [(self.sweep, *said, *how) for said, how in self.counted.items()],
        )
        db.executemany("insert into event (credential_id, at, what, detail) values (?, ?, ?, ?)", self.events)
        self._clear()

    def _write_copies(self) -> None:
        """What has ended first: its place may hold another now."""
        for ended in (True, False):
            part = [row for row in self.held.values() if (row["ended_at"] is not None) is ended]
            update(self.db, "copy", _COPY, [row for row in part if "id" in row], key="id")
            write(self.db, "copy", _COPY, [row for row in part if "id" not in row])
        update(self.db, "copy", ("seen_at", "sweep_id"), self.seen.values(), key="id")

    def _clear(self) -> None:
        self.changed: set[str] = set()
        self.named: list[Name] = []
        self.unnamed: list[Name] = []
        self.held: dict[int, Row] = {}
        self.seen: dict[int, Row] = {}
        self.relisted: set[tuple[str, str]] = set()
        self.retried: set[tuple[str, str]] = set()
        self.quiet: set[tuple[str, str]] = set()
        self.over: list[Row] = []
        self.counted: dict[tuple[str, str, str], tuple[int, int]] = {}
        self.events: list[tuple[str, int, str, str]] = []
