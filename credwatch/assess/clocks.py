"""The four clocks of a credential: which dates tick, which thresholds are crossed, and when to look again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from credwatch.model import NEVER, ClockName, Dated, Held, Memory, Policy, Ticking

DAY = timedelta(days=1)
ZERO = timedelta(0)
LONG = timedelta(days=365)
"""A life in which every threshold has room."""
REAL = frozenset({ClockName.HARD, ClockName.IDLE, ClockName.DELETION})
"""Clocks at whose end the key really stops; mere age and a store's schedule do not."""


@dataclass(frozen=True)
class Reading:
    """One clock read at one moment."""

    clock: Ticking
    left: timedelta
    widest: timedelta
    """From here the credential counts as expiring."""
    page: timedelta | None
    """From here it pages; None: it never does."""
    rungs: tuple[timedelta, ...]
    """Every threshold that it speaks at; negative: so long after the date."""
    crossed: timedelta | None
    """The tightest rung that is crossed now."""
    fresh: bool
    """That rung has not been said."""

    @property
    def real(self) -> bool:
        """Whether the key stops working when this clock ends."""
        return self.clock.clock in REAL

    @property
    def pages(self) -> bool:
        """Whether it stands at page level."""
        return self.page is not None and self.left <= self.page

    @property
    def paged(self) -> bool:
        """Whether it stands at page level, or stood there in this generation: a date that jitters calls nothing off."""
        said = self.clock.rung
        return self.pages or (self.page is not None and said is not None and said <= self.page)

    @property
    def running_out(self) -> bool:
        """Whether the credential is expiring, or overdue."""
        return self.left <= self.widest


def read(memory: Memory, policy: Policy, now: datetime) -> tuple[Reading, ...]:
    """Every clock of this credential, the one that rules first: what really ends before mere age, then the nearest."""
    before = {clock.clock: clock for clock in memory.clocks}
    here = tuple(held for held in memory.held if held.ended_at is None)
    readings = [
        _reading(_continued(dated, before.get(dated.clock)), policy, now, in_a_place=bool(here))
        for dated in _dates(memory, policy, here)
    ]
    return tuple(sorted(readings, key=lambda r: (not r.running_out, not r.real, r.clock.deadline)))


def next_rung(reading: Reading, now: datetime) -> datetime:
    """When this clock crosses its next threshold."""
    tighter = max((rung for rung in reading.rungs if rung < reading.left), default=None)
    return now + DAY if tighter is None else reading.clock.deadline - tighter


def _dates(memory: Memory, policy: Policy, here: tuple[Held, ...]) -> Iterator[Dated]:
    facts, starts = memory.facts, memory.facts.created or memory.first_seen
    hard = facts.expires if facts.expires is not None and facts.expires != NEVER else None
    if hard is not None:
        yield Dated(ClockName.HARD, hard, min(facts.created or _begun(memory, hard), hard), memory.expires_source)
    if memory.idle is not None:
        used = facts.last_used or starts
        yield Dated(ClockName.IDLE, used + memory.idle, used, f"unused for {memory.idle.days} days")
    for clock, which in ((ClockName.DELETION, "deletes_at"), (ClockName.DUE, "due_at")):
        planned = [(getattr(held, which), held) for held in here if getattr(held, which) is not None]
        if planned:
            deadline, held = min(planned, key=lambda pair: pair[0])
            yield Dated(clock, deadline, deadline - LONG, held.place)
    if hard is None and policy.max_age is not None and (facts.created or here):
        made = facts.created or min(held.since for held in here)
        source = "the vendor's date" if facts.created else "first seen here"
        yield Dated(ClockName.POLICY, made + policy.max_age, made, source)


def _begun(memory: Memory, deadline: datetime) -> datetime:
    """Where nobody says when it was made: what still had more than a day when it was first seen is taken for long-lived."""
    seen = memory.first_seen
    return deadline - LONG if memory.kind == "deadline" or deadline - seen > DAY else seen


def _continued(dated: Dated, before: Ticking | None) -> Ticking:
    """The same generation goes on unless the deadline moved later by more than a day or a tenth of the life."""
    life = dated.deadline - dated.starts
    now = Ticking(dated.clock, dated.deadline, life, dated.source, 0, dated.deadline)
    if before is None:
        return now
    anchor, slack = before.anchor or before.deadline, min(DAY, life / 10)
    if dated.deadline - anchor > slack:
        return replace(now, generation=before.generation + 1)
    steady = before.life if abs(life - before.life) <= slack else life  # a rung is a part of it, and moves with it
    return replace(now, generation=before.generation, anchor=anchor, rung=before.rung, life=steady)


def _reading(clock: Ticking, policy: Policy, now: datetime, *, in_a_place: bool) -> Reading:
    left, widest, page = clock.deadline - now, ZERO, None
    thresholds: tuple[timedelta, ...] = ()
    if clock.clock in REAL:
        thresholds = _ladder(policy.warn, clock.life)
        widest = max(thresholds)
        if policy.page is not None and policy.production and in_a_place:
            page = min(policy.page, clock.life / 6)
            thresholds = (*thresholds, page)
    rungs = (*thresholds, *_after_the_date(left, daily=clock.clock in REAL))
    crossed = min((rung for rung in rungs if left <= rung), default=None)
    fresh = crossed is not None and (clock.rung is None or crossed < clock.rung)
    return Reading(clock, left, widest, page, rungs, crossed, fresh)


def ahead(rotate_at: timedelta, life: timedelta) -> timedelta:
    """How long before its date a key is replaced by a rule: what does not fit its life begins in the last third of it."""
    return rotate_at if rotate_at <= life * 2 / 3 else life / 3


def _ladder(warn: Iterable[timedelta], life: timedelta) -> tuple[timedelta, ...]:
    """The thresholds that fit the life; when none does, its last third and its last sixth speak."""
    fitting = tuple(threshold for threshold in warn if threshold <= life * 2 / 3)
    return fitting or (life / 3, life / 6)


def _after_the_date(left: timedelta, *, daily: bool) -> Iterator[timedelta]:
    """The date itself, then weekly; what really ends speaks daily in the first week."""
    weeks = max(int(-left / DAY) // 7, 0)
    yield from (-day * DAY for day in (range(8) if daily else (0,)))
    yield from (-7 * week * DAY for week in (weeks, weeks + 1))
