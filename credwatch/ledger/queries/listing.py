"""Every place and what it holds, streamed: nothing is kept, so that a hundred thousand are as easy as ten."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from credwatch.config.places import matches
from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.standings import reading
from credwatch.ledger.standings import RANKS, Standing, standing
from credwatch.ledger.texts import held
from credwatch.ledger.times import moment, stored
from credwatch.model import ClockName, Status


class Line(NamedTuple):
    """One place and the credential in it."""

    place: str
    credential: str
    kind: str
    title: str
    name: str | None
    standing: Standing
    status: Status | None
    reason: str | None
    clock: ClockName | None
    """Of the date that rules."""
    deadline: datetime | None
    owner: str
    environment: str
    held: bool
    """False: only a vendor's list shows it, or nothing does any more."""


@dataclass(frozen=True)
class Wanted:
    """Which places are asked for; what is left empty does not matter."""

    patterns: Sequence[str] = ()
    owner: str = ""
    standings: Sequence[Standing] = ()
    statuses: Sequence[Status] = ()
    kind: str = ""
    """A name of a kind, with `*`."""
    provider: str = ""
    overdue: bool = False
    """Older than its rule, or than its store's schedule."""
    gone: bool = False
    """Also what is no longer watched or no longer there."""


_COLUMNS = (
    "c.id, c.kind, c.kind_title, c.name, {rank}, c.status, c.reason, c.clock, c.deadline,"
    " c.owner, c.environment, {held}"
)
_OVERDUE = (
    " and exists (select 1 from clock k where k.credential_id = c.id and k.clock in ('policy', 'due')"
    " and k.deadline <= :now)"
)
_ASKED = {"owner": " and c.owner = :owner", "kind": " and c.kind glob :kind", "overdue": _OVERDUE}
_NOWHERE = "not exists (select 1 from copy n where n.credential_id = c.id and n.ended_at is null)"


def listing(ledger: Ledger, wanted: Wanted, now: datetime) -> Generator[Line, None, None]:
    """The places in their order: what holds a key, and what only a vendor's list shows.

    The ledger is read as the lines are taken: close it before the ledger is shut.
    """
    values = {
        "owner": held(wanted.owner),
        "kind": held(wanted.kind),
        "provider": held(wanted.provider),
        "now": stored(now),
    }
    all_of_them = not (wanted.standings or wanted.statuses or wanted.patterns)
    with reading(ledger) as db:
        lines = map(_line, db.execute(_query(wanted), values))
        yield from lines if all_of_them else (line for line in lines if _meant(wanted, line))


def widths(ledger: Ledger) -> tuple[int, int, int]:
    """The longest place, title and owner: what a table needs to know before its first line."""
    with ledger.read() as db:
        place, title, owner = db.execute(
            "select (select max(length(place)) from (select place from copy where ended_at is null union all"
            " select place from listed where ended_at is null)),"
            " max(length(kind_title)), max(length(owner)) from credential"
        ).fetchone()
    return place or 0, title or 0, owner or 0


def _query(wanted: Wanted) -> str:
    those = "".join(condition for asked, condition in _ASKED.items() if getattr(wanted, asked))
    here = " and {table}.provider = :provider" if wanted.provider else ""
    kept = _COLUMNS.format(rank="h.standing", held=1)
    bare = _COLUMNS.format(rank="null", held=0)
    query = (
        f"select h.place as place, {kept} from copy h join credential c on c.id = h.credential_id"  # noqa: S608  constants
        f" where h.ended_at is null{those}{here.format(table='h')}"
        f" union all select l.place, {bare} from listed l join credential c on c.id = l.credential_id"
        f" where l.ended_at is null and {_NOWHERE}{those}{here.format(table='l')}"
    )
    if wanted.gone:
        last = "(select n.id from copy n where n.credential_id = c.id order by n.ended_at desc, n.id desc limit 1)"
        query += (
            f" union all select coalesce(h.place, c.id), {bare} from credential c left join copy h on h.id = {last}"  # noqa: S608  constants
            f" where c.status in ('gone', 'unwatched'){those}{here.format(table='h')}"
        )
    return f"{query} order by place"


def _line(row: tuple[Any, ...]) -> Line:
    place, credential, kind, title, name, rank, status, reason, clock, deadline, owner, environment, held = row
    return Line(
        place,
        credential,
        kind,
        title,
        name,
        _STANDINGS[rank],
        _STATUSES[status],
        reason,
        _CLOCKS[clock],
        moment(deadline),
        owner or "",
        environment or "",
        bool(held),
    )


_STANDINGS: dict[int | None, Standing] = {rank: standing(rank) for rank in (None, *range(len(RANKS)))}
_STATUSES: dict[str | None, Status | None] = {None: None, **{status.value: status for status in Status}}
_CLOCKS: dict[str | None, ClockName | None] = {None: None, **{clock.value: clock for clock in ClockName}}


def _meant(wanted: Wanted, line: Line) -> bool:
    if (wanted.standings or wanted.statuses) and not (
        line.standing in wanted.standings or line.status in wanted.statuses
    ):
        return False
    return not wanted.patterns or any(_fits(pattern, line.place) for pattern in wanted.patterns)


def _fits(pattern: str, place: str) -> bool:
    """As in the rules; and, as nothing is changed here, any ending."""
    return place.endswith(pattern) if "*" not in pattern and ":" not in pattern else matches(pattern, place)
