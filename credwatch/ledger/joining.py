"""Two rows of one key become one. The older one survives, with all that hangs on either."""

from __future__ import annotations

import sqlite3

from credwatch.ledger import facts, tries
from credwatch.ledger.names import former
from credwatch.ledger.rows import Row, columns, first, select, write
from credwatch.ledger.times import moment

_FACTS = columns(
    "account key_id name created expires expires_source created_rank expires_rank name_rank scopes_rank last_used"
    " disabled scopes hint creator personal traits first_seen last_seen note link touched_by"
)


def join(db: sqlite3.Connection, one: str, two: str, now: int) -> tuple[str, str]:
    """Join them in the database. Returns the id that stays, and the one that is from now on another name for it."""
    rows = select(db, "select *, rowid from credential where id in (?, ?) order by first_seen, rowid", one, two)
    survivor, other = rows
    keep, lose = survivor["id"], other["id"]
    facts.join(survivor, other)
    settings = ", ".join(f"{column} = :{column}" for column in _FACTS)
    db.execute(f"update credential set {settings}, touched = 1 where id = :id", survivor)  # noqa: S608  constants
    for table in ("alias", "copy", "answer", "event", "outbox"):
        db.execute(f"update or replace {table} set credential_id = ? where credential_id = ?", (keep, lose))  # noqa: S608  constants
    _tries(db, keep, lose)
    _lists(db, keep, lose)
    _clocks(db, keep, lose)
    _incidents(db, keep, lose, now)
    _rotations(db, keep, lose, now)
    db.execute("insert into alias (name, credential_id) values (?, ?)", (former(lose), keep))
    db.execute("delete from credential where id = ?", (lose,))
    db.execute(
        "insert into event (credential_id, at, what, detail) values (?, ?, 'joined', ?)",
        (keep, now, f"{lose} turned out to be the same key"),
    )
    return keep, lose


def _tries(db: sqlite3.Connection, keep: str, lose: str) -> None:
    mine = {row["fingerprint"]: row for row in select(db, "select * from tried where credential_id = ?", keep)}
    joined, over = [], []
    for row in select(db, "select * from tried where credential_id = ?", lose):
        own = mine.get(row["fingerprint"])
        joined.append({**row, "credential_id": keep} if own is None else tries.join(own, row))
        if own is not None:
            over.append({**tries.run(min(own, row, key=lambda one: one["at"])), "credential_id": keep})
    db.execute("delete from tried where credential_id = ?", (lose,))
    write(db, "answer", tries.RUN, over, key="credential_id, fingerprint, at")
    write(db, "tried", tries.COLUMNS, joined, key="credential_id, fingerprint")


def _lists(db: sqlite3.Connection, keep: str, lose: str) -> None:
    """Where both were listed, the line that was seen last tells the present."""
    for row in select(db, "select * from listed where credential_id = ?", lose):
        own = first(db, "select * from listed where credential_id = ? and provider = ?", keep, row["provider"])
        newer = row if own is None or row["seen_at"] > own["seen_at"] else own
        since = row["since"] if own is None else min(row["since"], own["since"])
        write(db, "listed", row, [{**newer, "credential_id": keep, "since": since}], key="provider, credential_id")
    db.execute("delete from listed where credential_id = ?", (lose,))


def _clocks(db: sqlite3.Connection, keep: str, lose: str) -> None:
    """A rung that either has said of the same date was said."""
    mine = {row["clock"]: row for row in select(db, "select * from clock where credential_id = ?", keep)}
    joined: list[Row] = []
    for row in select(db, "select * from clock where credential_id = ?", lose):
        own = mine.get(row["clock"])
        if own is None:
            joined.append({**row, "credential_id": keep})
        elif own["deadline"] == row["deadline"]:
            said = [one for one in (own, row) if one["rung"] is not None]
            tightest = min(said, key=lambda one: int(one["rung"]), default=own)
            joined.append({**own, "rung": tightest["rung"], "said_at": tightest["said_at"]})
    db.execute("delete from clock where credential_id = ?", (lose,))
    for row in joined:
        write(db, "clock", row, [row], key="credential_id, clock")


def _incidents(db: sqlite3.Connection, keep: str, lose: str, now: int) -> None:
    """One key has one open incident: the survivor's stays, else the other's goes on under the survivor's name."""
    both = first(
        db,
        "select mine.id as mine, theirs.id as theirs from incident mine join incident theirs on mine.about = theirs.about"
        " and mine.closed_at is null and theirs.closed_at is null"
        " where mine.about = 'credential' and mine.subject = ? and theirs.subject = ?",
        keep,
        lose,
    )
    if both is not None:
        db.execute("update incident set closed_at = ?, closed_why = 'folded' where id = ?", (now, both["theirs"]))
        db.execute(
            "update outbox set state = 'dropped', why = 'folded' where incident_id = ? and state = 'queued'",
            (both["theirs"],),
        )
    for table in ("incident", "outbox"):
        db.execute(
            f"update {table} set subject = ? where about = 'credential' and subject = ?",  # noqa: S608  constants
            (keep, lose),
        )


def _rotations(db: sqlite3.Connection, keep: str, lose: str, now: int) -> None:
    if first(db, "select 1 as one from rotation where credential = ?", lose) is not None:
        from credwatch.ledger.journal import joined  # noqa: PLC0415  few sweeps join what is being rotated

        joined.join(db, keep, lose, moment(now))
