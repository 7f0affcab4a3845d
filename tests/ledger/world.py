"""A small world for the ledger: one kind of key, a clock, and sweeps in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from credwatch.ledger import Closed, Ledger
from credwatch.ledger.rows import Row, select
from credwatch.model import (
    Facts,
    Item,
    Judge,
    Judgement,
    JudgeSweep,
    Kind,
    Memory,
    News,
    Policy,
    ProbeResult,
    Reason,
    Role,
    Sighting,
    Status,
    SweepMemory,
    Unlisted,
)

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BY_ID = Kind("twilio-api-key", "twilio", "Twilio", "Twilio API key", (Role("secret", ".+", secret=True),))
BY_HINT = replace(BY_ID, name="elevenlabs-key", vendor="elevenlabs", vendor_name="ElevenLabs", joins="hint")
NEVER_JOINS = replace(BY_ID, name="twilio-auth-token", joins="never")
UNKNOWN_KIND = replace(BY_ID, name="unrecognised", vendor="unknown", vendor_name="unknown", joins="never", probed=False)
POLICY = Policy(warn=(30 * DAY,), mention=None, page=3 * DAY, max_age=None, owner="voice")
VALID, INVALID = ProbeResult.valid(), ProbeResult.invalid()
SUSPENDED, UNKNOWN = ProbeResult.suspended(), ProbeResult.unknown(Reason.TIMEOUT)


def seen(
    where: str,
    fingerprint: str | None = None,
    *,
    kind: Kind = BY_ID,
    key: str | None = None,
    tried: ProbeResult | None = None,
    at: datetime | None = None,
    told: str | None = None,
    missing: Iterable[str] = (),
    account: str | None = None,
    written_at: datetime | None = None,
    **facts: Any,
) -> Sighting:
    """A key at a place "provider:locator#FIELD"; `told` is the id that its probe told."""
    provider, _, rest = where.partition(":")
    said = Facts(key_id=key, account=account, **facts)
    if told is not None:
        tried = replace(tried or VALID, facts=Facts(key_id=told))
    item = Item(provider, rest.partition("#")[0], version="1", written_at=written_at)
    return Sighting(provider, where, kind, said, item, fingerprint, tried, at, frozenset(missing))


def listed(provider: str, key: str | None, *, kind: Kind = BY_ID, **facts: Any) -> Sighting:
    """A key in a vendor's list."""
    return Sighting(provider, f"{provider}:AC1/{key}", kind, Facts(key_id=key, **facts))


def judged(
    status: Status = Status.OK,
    *news: News,
    judge_at: datetime = START + 400 * DAY,
    policy: Policy = POLICY,
    **more: Any,
) -> Judgement:
    """A judgement that is good for long."""
    return Judgement(status, None, policy, judge_at, news=news, **more)


def all_well(_memory: Memory, _now: datetime) -> Judgement:
    """The judge to whom everything is fine."""
    return judged()


def nothing(_memory: SweepMemory, _now: datetime) -> tuple[News, ...]:
    """The judge of sweeps who has nothing to say."""
    return ()


def dice() -> Random:
    """The same ids in every run."""
    return Random(7)  # noqa: S311  nothing is kept secret with it


@dataclass
class World:
    """A ledger and the time."""

    ledger: Ledger = field(default_factory=lambda: Ledger.open(None, now=START, random=dice()))
    now: datetime = START
    configured: Mapping[str, str] = field(default_factory=lambda: {"vault": "1"})
    rules: str = "rules"
    anew: bool = True
    """Judge all that was seen; False: only what the ledger thinks has to be."""

    def begin(self, *names: str) -> int:
        """A sweep of these providers, or of all."""
        wanted = names or tuple(self.configured)
        return self.ledger.begin(wanted, configured=self.configured, uses={}, rules=self.rules, now=self.now)

    def look(self, *pieces: Sighting | Unlisted, broken: Sequence[str] = (), names: Sequence[str] = ()) -> int:
        """A sweep that sees these, each provider in one batch, and is not closed."""
        sweep = self.begin(*names)
        for name in names or self.configured:
            own = [p for p in pieces if isinstance(p, Unlisted) or p.provider == name]
            self.ledger.record(sweep, name, own, self.now)
            reason = Reason.TIMEOUT if name in broken else None
            items = sum(isinstance(piece, Sighting) for piece in own)
            self.ledger.ended(sweep, name, complete=name not in broken, reason=reason, items=items, now=self.now)
        if self.anew:
            self._touch(sweep)
        return sweep

    def _touch(self, sweep: int) -> None:
        """Judges who change their minds from sweep to sweep are asked of all that was seen, and not only of what changed."""
        with self.ledger.transaction() as db:
            db.execute(
                "update credential set touched = 1, touched_by = max(touched_by, ?1) where id in (select credential_id"
                " from copy where sweep_id = ?1 union select credential_id from listed where sweep_id = ?1)",
                (sweep,),
            )

    def close(self, sweep: int, judge: Judge = all_well, judge_sweep: JudgeSweep = nothing) -> Closed:
        """Judge it."""
        return self.ledger.close(sweep, judge, judge_sweep, self.now)

    def sweep(
        self, *pieces: Sighting | Unlisted, judge: Judge = all_well, judge_sweep: JudgeSweep = nothing, **how: Any
    ) -> Closed:
        """Look and close; then it is a quarter of an hour later."""
        closed = self.close(self.look(*pieces, **how), judge, judge_sweep)
        self.now += 15 * MINUTE
        return closed

    def rows(self, query: str, *values: object) -> list[Row]:
        """What the ledger says."""
        with self.ledger.read() as db:
            return select(db, query, *values)

    def one(self, query: str, *values: object) -> Any:
        """The one value that the ledger says."""
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value

    def count(self, table: str) -> int:
        """How many rows it has."""
        return int(self.one(f"select count(*) from {table}"))  # noqa: S608  the tests' own names

    def column(self, query: str, *values: object) -> list[Any]:
        """The first column of what it says."""
        return [next(iter(row.values())) for row in self.rows(query, *values)]

    def memories(self) -> dict[str, Memory]:
        """What a judge would be told now of every credential, by the first place that it is or was held in."""
        told: dict[str, Memory] = {}

        def judge(memory: Memory, _now: datetime) -> Judgement:
            place = memory.held[0].place if memory.held else memory.credential
            told[place] = memory
            return judged()

        with self.ledger.transaction() as db:
            db.execute("update credential set touched = 1, touched_by = 0")
        self.close(self.one("select max(id) from sweep"), judge)
        return told
