"""What happened, in one line of time: changes, answers that changed, incidents, and what people did."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime

from credwatch.ledger.book import Ledger
from credwatch.ledger.queries.ahead import Named, named
from credwatch.ledger.times import moment, stored


@dataclass(frozen=True, slots=True)
class Happened:
    """One line."""

    at: datetime
    sort: str
    """change | answer | incident | person"""
    what: str
    detail: str
    who: str
    credential: str
    key: Named | None
    """None: it is about no credential."""
    subject: str


_OWN = "(:credential = '' or {column} = :credential)"
_ABOUT = """(:credential = '' or i.about = 'credential' and i.subject = :credential
    or i.about = 'place' and i.subject in (select place from copy where credential_id = :credential)
    or i.about = 'account' and i.subject = (select vendor || '/' || coalesce(account, '') from credential where id = :credential))"""

_QUERY = f"""
with happened as (
    select at, 'change' as sort, what, detail, '' as who, credential_id, '' as subject, id as number
    from event where at >= :since and what not in ('acked', 'snoozed') and {_OWN.format(column="credential_id")}
    union all
    select at, 'answer', validity, reason || case when detail = '' then '' else ': ' || detail end, '',
        credential_id, '', 0 from probe where at >= :since and {_OWN.format(column="credential_id")}
    union all
    select i.opened_at, 'incident', 'opened', i.id || ' ' || i.step, '',
        case when i.about = 'credential' then i.subject end, i.about || ' ' || i.subject, 0
    from incident i where i.opened_at >= :since and {_ABOUT}
    union all
    select i.closed_at, 'incident', 'closed', i.id || ' ' || coalesce(i.closed_why, ''), '',
        case when i.about = 'credential' then i.subject end, i.about || ' ' || i.subject, 0
    from incident i where i.closed_at >= :since and {_ABOUT}
    union all
    select a.at, 'person', a.action, a.detail, a.who, case when i.about = 'credential' then i.subject end, a.subject, a.seq
    from audit a left join incident i on i.id = a.subject
    where a.at >= :since and (:credential = '' or a.subject = :credential or i.id is not null and {_ABOUT})
)
select e.*, c.id, c.kind, c.kind_title, c.vendor_name, c.name, c.key_id, coalesce(
    (select min(place) from copy where credential_id = c.id and ended_at is null),
    (select max(place) from copy where credential_id = c.id),
    (select max(place) from listed where credential_id = c.id), '') as place
from happened e left join credential c on c.id = e.credential_id
order by e.at, e.sort = 'person', e.what = 'told', e.sort, e.number
"""  # noqa: S608  constants


def history(ledger: Ledger, since: datetime, credential: str = "") -> Generator[Happened, None, None]:
    """Since then, of one credential or of all, the oldest first. Close it before the ledger is shut."""
    with ledger.read() as db:
        cursor = db.execute(_QUERY, {"since": stored(since), "credential": credential})
        names = [column[0] for column in cursor.description]
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            yield Happened(
                at=moment(row["at"]),
                sort=row["sort"],
                what=row["what"],
                detail=row["detail"],
                who=row["who"],
                credential=row["credential_id"] or "",
                key=named(row) if row["id"] else None,
                subject=row["subject"],
            )
