"""News becomes incidents and outbox rows. At most one incident is open for each subject."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from credwatch.ledger.rows import Row, columns, first, write
from credwatch.ledger.times import stored
from credwatch.model import About, Level, News

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_OUTBOX = columns(
    "dedupe_key sweep_id credential_id incident_id about subject step level owner clock deadline reason created_at"
)
_WHY = frozenset({"well", "replaced", "gone", "unwatched"})

_WORSE = frozenset({"refused", "expired"})
"""Who acknowledged or snoozed what came before has not heard of this."""

_MEMBERS = {
    About.ACCOUNT: "c.vendor || '/' || coalesce(c.account, '') = :subject",
    About.VENDOR: "c.vendor = :subject",
}
_FOLDED = """
select i.id from incident i where i.closed_at is null and (
    i.about = 'credential' and exists (select 1 from credential c where c.id = i.subject and {members})
    or i.about = 'place' and exists (select 1 from copy h join credential c on c.id = h.credential_id
        where h.place = i.subject and h.ended_at is null and {members}))
"""
_ABSORBED = """
update outbox set state = 'absorbed', why = 'summary' where state = 'queued' and level = 'digest' and (
    sweep_id = ? or credential_id in (
        select credential_id from copy join provider p on p.name = copy.provider where p.introduced_at is null
        union all
        select credential_id from listed join provider p on p.name = listed.provider where p.introduced_at is null))
"""
_NEW = "not exists (select 1 from outbox where dedupe_key = :dedupe_key || ':' || :subject)"
"""What was told of an heir under its own name is not told again."""
_AGAIN = (
    "state = 'queued', why = null, sweep_id = excluded.sweep_id, incident_id = excluded.incident_id,"
    " owner = excluded.owner, level = excluded.level, created_at = excluded.created_at, message_id = null, told_at = null"
    " where outbox.state = 'dropped' and outbox.why = 'folded' or outbox.clock is not null"
    " and outbox.state not in ('queued', 'bound') and outbox.created_at > excluded.created_at + 3600000"
)
"""What was dropped for a larger incident that is over now, and was never told, waits to be told; and a date that a clock told
which was ahead by an hour or more: by less, what it said of days was right."""
_PREDECESSOR = """
select i.* from incident i join copy old on old.credential_id = i.subject and old.ended = 'replaced'
join copy new on new.place = old.place and new.ended_at is null and new.credential_id = ?
where i.about = 'credential' and i.closed_at is null
    and not exists (select 1 from copy h where h.credential_id = i.subject and h.ended_at is null)
order by i.opened_at limit 1
"""


class Desk:
    """Takes the news of one transaction. `known` are the open incidents by (about, subject), None where there is none."""

    def __init__(
        self, db: sqlite3.Connection, sweep: int, now: datetime, known: dict[tuple[str, str], Row | None] | None = None
    ) -> None:
        self._db, self._sweep, self._now = db, sweep, now
        self._known = known if known is not None else {}
        self._rows: list[Row] = []
        self._folding: set[tuple[About, str]] = set()
        self._absorbing: News | None = None
        self.opened = 0
        self.resolved = 0

    def hear(self, news: News, *, owner: str | None = None, credential: str | None = None) -> None:
        """One piece of news: it opens, moves or closes an incident, and is queued unless it was said before."""
        if news.level is Level.RESOLVED:
            self._resolve(news, credential)
            return
        incident = self._open(news, owner) if news.opens else None
        said = incident["id"] if incident is not None else None
        heir = f":{news.subject}" if incident is not None and incident.get("inherited") else ""
        plain = (
            f"incident:{said}:{news.step}{heir}"
            if said
            else f"said:{news.about}:{news.subject}:{news.step}:{self._sweep}"
        )
        self._queue(news, news.dedupe_key or plain, owner=owner, credential=credential, incident=said)
        if news.folds:
            self._folding.add((news.about, news.subject))
        if news.absorbs:
            self._absorbing = news

    def finish(self) -> None:
        """Write what was queued, fold the members' incidents, let a summary absorb."""
        self._flush()
        for about, subject in sorted(self._folding):
            self._fold(about, subject)
        if self._absorbing is not None:
            self._absorb()
        self._folding, self._absorbing = set(), None

    def _find(self, news: News) -> Row | None:
        subject = (news.about.value, news.subject)
        if subject not in self._known:
            self._known[subject] = first(
                self._db, "select * from incident where about = ? and subject = ? and closed_at is null", *subject
            )
        return self._known[subject]

    def _open(self, news: News, owner: str | None) -> Row:
        now = stored(self._now)
        said = {
            "step": news.step,
            "reason": news.reason,
            "clock": news.clock,
            "deadline": stored(news.deadline),
            "owner": owner,
        }
        found = self._find(news) or self._inherited(news)
        if found is None:
            subject = {"about": news.about.value, "subject": news.subject}
            times = {"opened_at": now, "moved_at": now, "sweep_id": self._sweep}
            row: Row = {"id": self._free_id(), **subject, **said, **times}
            write(self._db, "incident", row, [row])
            self.opened += 1
        else:
            worse = found.get("inherited") or (found["step"] != news.step and news.step in _WORSE)
            heard = {"acked_by": None, "acked_at": None, "snoozed_until": None} if worse else {}
            row = {**found, **said, **heard, "moved_at": found["moved_at"] if found["step"] == news.step else now}
            changed = (*said, *heard, "moved_at")
            settings = ", ".join(f"{column} = :{column}" for column in changed)
            if any(row[column] != found[column] for column in changed):
                self._db.execute(f"update incident set {settings} where id = :id", row)  # noqa: S608  constants
        row = {"acked_at": None, "snoozed_until": None, **row}
        self._known[news.about.value, news.subject] = row
        return row

    def _inherited(self, news: News) -> Row | None:
        """The open incident of the key that this one replaced in its place: it passes on, and is no second one."""
        if news.about is not About.CREDENTIAL:
            return None
        row = first(self._db, _PREDECESSOR, news.subject)
        if row is None:
            return None
        self._db.execute("update incident set subject = ? where id = ?", (news.subject, row["id"]))
        self._known[news.about.value, row["subject"]] = None
        return {**row, "subject": news.subject, "inherited": 1}

    def _resolve(self, news: News, credential: str | None) -> None:
        """Close it. The all-clear goes where the alert went: when nothing was told, nothing is."""
        found = self._find(news)
        if found is None:
            return
        self._flush()
        told = self._db.execute(
            "select 1 from outbox where incident_id = ? and level in ('warning', 'page') and state in ('bound', 'told')",
            (found["id"],),
        ).fetchone()
        self._end(found["id"], news.step if news.step in _WHY else "well")
        self._known[news.about.value, news.subject] = None
        self.resolved += 1
        if told is not None:
            self._queue(
                news,
                f"incident:{found['id']}:resolved",
                owner=found["owner"],
                credential=credential,
                incident=found["id"],
            )

    def _end(self, incident: str, why: str) -> None:
        self._db.execute(
            "update incident set closed_at = ?, closed_why = ? where id = ?", (stored(self._now), why, incident)
        )
        self._db.execute(
            "update outbox set state = 'dropped', why = ? where incident_id = ? and state = 'queued'", (why, incident)
        )

    def _queue(
        self, news: News, dedupe_key: str, *, owner: str | None, credential: str | None, incident: str | None
    ) -> None:
        self._rows.append(
            {
                "dedupe_key": dedupe_key,
                "sweep_id": self._sweep,
                "credential_id": credential,
                "incident_id": incident,
                "about": news.about,
                "subject": news.subject,
                "step": news.step,
                "level": news.level,
                "owner": owner,
                "clock": news.clock,
                "deadline": stored(news.deadline),
                "reason": news.reason,
                "created_at": stored(self._now),
            }
        )

    def _flush(self) -> None:
        names, values = ", ".join(_OUTBOX), ", ".join(f":{column}" for column in _OUTBOX)
        self._db.executemany(
            f"insert into outbox ({names}) select {values} where {_NEW} on conflict (dedupe_key) do update set {_AGAIN}",
            self._rows,
        )
        self._rows = []

    def _fold(self, about: About, subject: str) -> None:
        """What is wrong with all of them together is no longer wrong with each."""
        members = _MEMBERS.get(about)
        if members is None:
            return
        query = _FOLDED.format(members=members)
        for (incident,) in self._db.execute(query, {"subject": subject}).fetchall():
            self._end(incident, "folded")
            self._known = {key: row for key, row in self._known.items() if row is None or row["id"] != incident}

    def _absorb(self) -> None:
        """A summary speaks for the digest lines of its sweep, and of providers that nothing has spoken of before."""
        self._db.execute(
            _ABSORBED,
            (self._sweep,),
        )
        self._db.execute(
            "update provider set introduced_at = ? where introduced_at is null and name in (select provider"
            " from sweep_provider where sweep_id = ? and state in ('complete', 'partial'))",
            (stored(self._now), self._sweep),
        )

    def _free_id(self) -> str:
        """`cw-` and the second it opened in; the next one, when that is taken."""
        wanted = _encode(int((self._now - _SINCE).total_seconds()))
        if self._db.execute("select 1 from incident where id = ?", (wanted,)).fetchone() is None:
            return wanted
        newest = self._db.execute("select max(id) from incident where id >= ?", (wanted,)).fetchone()[0]
        return _encode(_decode(newest) + 1)


def _encode(number: int) -> str:
    return "cw-" + "".join(_ALPHABET[number >> shift & 31] for shift in range(25, -1, -5))


def _decode(name: str) -> int:
    number = 0
    for letter in name.removeprefix("cw-"):
        number = number << 5 | _ALPHABET.index(letter)
    return number
