"""What stands around a refused or suspended credential: how the others of its vendor account answered."""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass

from credwatch.model import Around

_HOUR = 3_600_000

_ANSWERS = """
select c.id, c.vendor, c.account, coalesce(max(t.valid_at), 0) as valid, coalesce(max(t.answered_at), 0) as answered,
    min(t.refused_since) as since,
    min(t.refused_last is not null and t.refused_last = t.answered_at) as refused,
    min(t.suspended_since is not null) as suspended
from copy h
join tried t on t.credential_id = h.credential_id and t.fingerprint = h.fingerprint
join credential c on c.id = h.credential_id
where h.ended_at is null and c.vendor in (
    select k.vendor from tried u join credential k on k.id = u.credential_id
    where u.refused_since is not null or u.suspended_since is not null)
group by c.id
"""


class _Group:
    """The answers of one account, or of a whole vendor. Numbers only: a vendor may have a hundred thousand keys."""

    def __init__(self) -> None:
        self.valid, self.answered, self.refused = array("q"), array("q"), array("q")
        self.suspended = 0

    def add(self, valid: int, answered: int, refused_since: int | None, *, suspended: bool) -> None:
        self.valid.append(valid)
        self.answered.append(answered)
        if refused_since is not None:
            self.refused.append(refused_since)
        self.suspended += suspended

    def sort(self) -> None:
        self.valid, self.answered = array("q", sorted(self.valid)), array("q", sorted(self.answered))
        self.refused = array("q", sorted(self.refused))


@dataclass(frozen=True, slots=True)
class _Own:
    """The answers of one credential that is refused or suspended itself."""

    valid: int
    answered: int
    since: int | None
    refused: bool
    suspended: bool


class Siblings:
    """The answers of every vendor at which something is refused or suspended; counted once for a whole close."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._groups: dict[tuple[str, str | None], _Group] = defaultdict(_Group)
        self._own: dict[str, _Own] = {}
        for name, vendor, account, valid, answered, since, refused, suspended in db.execute(_ANSWERS):
            for group in {None, account}:
                self._groups[vendor, group].add(valid, answered, since if refused else None, suspended=bool(suspended))
            if since is not None or suspended:
                self._own[name] = _Own(valid, answered, since, bool(refused), bool(suspended))
        for counted in self._groups.values():
            counted.sort()

    def around(self, credential: str, vendor: str, account: str | None, *, cut_off: bool) -> Around:
        """The others of the account; of the vendor, where the account is unknown."""
        group = self._groups.get((vendor, account), _Group())
        own = self._own.get(credential)
        suspended = group.suspended - (own.suspended if own else 0)
        if own is None or own.since is None:
            return Around(vendor, account, siblings_suspended=suspended, cut_off=cut_off)
        since = own.since
        near = bisect_right(group.refused, since + _HOUR) - bisect_left(group.refused, since - _HOUR)
        return Around(
            vendor,
            account,
            siblings_valid_since_refusal=len(group.valid) - bisect_left(group.valid, since) - (own.valid >= since),
            siblings_refused=near - own.refused,
            siblings_silent=bisect_left(group.answered, since) - (own.answered < since),
            siblings_suspended=suspended,
            cut_off=cut_off,
        )
