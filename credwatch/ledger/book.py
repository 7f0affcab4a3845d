"""The ledger as the rest of the house uses it. All SQL lives in this room."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from credwatch.errors import LedgerError
from credwatch.ledger import audit, closing, damage, jumps, merge, migrations, retention, settling, sweeps
from credwatch.ledger.audit import Acknowledged
from credwatch.ledger.closing import Closed
from credwatch.ledger.connection import Connection
from credwatch.ledger.locks import SWEEP, Lock
from credwatch.ledger.place import FILE, absent, prepare
from credwatch.ledger.settling import Suspect
from credwatch.ledger.texts import held
from credwatch.ledger.times import stored
from credwatch.model import Judge, JudgeSweep, Reason, Sighting, Unlisted

_MOUNTS = Path("/proc/self/mountinfo")


class Ledger:
    """What the watch remembers. Safe to use from several threads, and beside other processes that use it too."""

    def __init__(self, connection: Connection, random: Random) -> None:
        self._connection = connection
        self._random = random

    @classmethod
    def open(
        cls,
        directory: Path | None,
        *,
        now: datetime,
        read_only: bool = False,
        random: Random | None = None,
        mounts: str | None = None,
    ) -> Self:
        """The ledger of this directory, brought up to date; None: one that is kept nowhere.

        LedgerError where it may not or cannot live, LedgerTooNew, LedgerCorrupt. `random` draws the ids, `mounts` is
        the text of /proc/self/mountinfo.
        """
        if directory is not None:
            none = LedgerError(f"there is no ledger in {directory.absolute()} yet. credwatch sweep makes one")
            if read_only and absent(directory):
                raise none  # and who reads makes no directory, which would be theirs and not the watch's
            directory = prepare(directory, _mounts() if mounts is None else mounts)
            if read_only and not (directory / FILE).exists():
                raise none
        connection = Connection(directory, read_only=read_only)
        try:
            migrations.migrate(connection, now)
            if not read_only:
                migrations.quick_check(connection)
                with connection.transaction() as db:
                    jumps.mend(db, now)
        except BaseException:
            connection.close()
            raise
        return cls(connection, random or secrets.SystemRandom())

    @property
    def directory(self) -> Path | None:
        """Where it is kept."""
        return self._connection.directory

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Writes that are kept together or not at all."""
        return self._connection.transaction()

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """Reads that see one state."""
        return self._connection.read()

    def quick_check(self) -> None:
        """LedgerCorrupt when SQLite finds the file inconsistent; reads all of it."""
        migrations.quick_check(self._connection)

    def try_the_disk(self) -> None:
        """LedgerFailing when its disk takes nothing more: whoever has nothing to write would not notice."""
        if failing := damage.unwritable(self.directory):
            raise failing

    def shut(self) -> None:
        """Put the file down."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.shut()

    # -- a sweep -------------------------------------------------------------------------------------------------

    def begin(
        self,
        names: Sequence[str],
        *,
        configured: Mapping[str, str],
        uses: Mapping[str, str],
        rules: str,
        now: datetime,
    ) -> int:
        """A new sweep of these providers; its id.

        `configured` has every configured provider with the digest of its table, `uses` its plug-in: what is not in it
        is no longer watched.
        """
        with self.transaction() as db:
            jumps.mend(db, now)
            return sweeps.begin(db, names, configured=configured, uses=uses, rules=rules, now=now)

    def answered(
        self, fingerprints: Iterable[tuple[str, str]], since: datetime, now: datetime | None = None
    ) -> frozenset[str]:
        """Of these (kind, fingerprint) the fingerprints that got an answer since then and need not be tried again."""
        with self.read() as db:
            return sweeps.answered(db, fingerprints, since, now)

    def record(self, sweep: int, provider: str, batch: Iterable[Sighting | Unlisted], now: datetime) -> None:
        """Merge what was seen into what is known, and mark what it touched."""
        with self.transaction() as db:
            merge.record(db, sweep, provider, batch, now=now, random=self._random)

    def ended(  # noqa: PLR0913  what one listing came to
        self,
        sweep: int,
        provider: str,
        *,
        complete: bool,
        now: datetime,
        reason: Reason | None = None,
        message: str = "",
        expires: datetime | None = None,
        items: int = 0,
        credentials: int = 0,
        latency: timedelta | None = None,
        shrunk: Callable[[int, int], bool] | None = None,
    ) -> None:
        """The listing of a provider ended. When it was complete, what it did not show is gone or unwatched.

        `shrunk` says of two sizes, before and now, that nothing may be called gone: a lost permission looks like that.
        """
        with self.transaction() as db:
            sweeps.ended(
                db,
                sweep,
                provider,
                complete=complete,
                reason=reason,
                message=held(message),
                expires=expires,
                items=items,
                credentials=credentials,
                latency=latency,
                shrunk=shrunk,
                now=now,
            )

    def holds(self, provider: str, locator: str) -> bool:
        """Whether something is known to be held in this item."""
        with self.read() as db:
            return sweeps.holds(db, provider, held(locator))

    def size(self) -> tuple[int, int]:
        """How many credentials are watched, and in how many places they are held."""
        query = (
            "select (select count(distinct credential_id) from (select credential_id from copy where ended_at is null"
            " union all select credential_id from listed where ended_at is null)),"
            " (select count(*) from copy where ended_at is null)"
        )
        with self.read() as db:
            credentials, places = db.execute(query).fetchone()
        return credentials, places

    def hints(self) -> dict[str, list[tuple[str, str]]]:
        """By kind that joins by it: the ends that vendors' lists show, each with its key's id."""
        query = (
            "select distinct c.kind, c.hint, c.key_id from credential c join listed l on l.credential_id = c.id"
            " where c.joins = 'hint' and l.ended_at is null and length(c.hint) > 0 and c.key_id is not null"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        with self.read() as db:
            for kind, hint, key_id in db.execute(query):
                found.setdefault(kind, []).append((hint, key_id))
        return found

    def made(self) -> dict[str, str]:
        """By fingerprint the id of each key that a rotation made."""
        with self.read() as db:
            return dict(
                db.execute("select new_fp, new_key_id from rotation where new_fp <> '' and new_key_id is not null")
            )

    def looking(self) -> Lock:
        """The lock that one process holds while it looks and closes; not while it waits to settle."""
        return Lock(self.directory, SWEEP)

    def looked(self, sweep: int, now: datetime) -> None:
        """Looking ended; what follows is judging."""
        with self.transaction() as db:
            db.execute("update sweep set looked_at = ? where id = ?", (stored(now), sweep))

    def close(self, sweep: int, judge: Judge, judge_sweep: JudgeSweep, now: datetime) -> Closed:
        """Judge all that was touched or is due, then the sweep itself. Again after settling."""
        return closing.close(self._connection, sweep, judge, judge_sweep, now)

    def suspects(self, sweep: int) -> tuple[Suspect, ...]:
        """The places whose refused values this sweep has to try once more."""
        with self.read() as db:
            return settling.suspects(db, sweep)

    def controls(self, sweep: int) -> tuple[Suspect, ...]:
        """For each account of a suspect, the place of another key that worked: tried beside it."""
        with self.read() as db:
            return settling.controls(db, sweep)

    # -- people ----------------------------------------------------------------------------------------------------

    def audit(self, who: str, action: str, subject: str, *, detail: str, now: datetime) -> int:
        """Add one row to the chain of who did what; its number."""
        with self.transaction() as db:
            return audit.append(db, held(who), action, held(subject), detail=held(detail), now=now)

    def verify_audit(self) -> int | None:
        """The first row of the chain that was changed or is missing; None when it is whole."""
        with self.read() as db:
            return audit.verify(db)

    def acknowledge(self, subject: str, who: str, until: datetime | None, now: datetime) -> Acknowledged:
        """Somebody has this incident, or this credential's; what was set. A snooze never lasts past the date."""
        with self.transaction() as db:
            return audit.acknowledge(db, held(subject), held(who), until, now)

    def prune(self, now: datetime, keep: timedelta) -> dict[str, int]:
        """Forget what is older; how many rows went from each table."""
        return retention.prune(self._connection, now, keep)


def _mounts() -> str:
    return _MOUNTS.read_text() if _MOUNTS.exists() else ""
