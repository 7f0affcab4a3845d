"""judge: one credential, from what is remembered of it to its status, its clocks and what is to be said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from credwatch.assess import answers, clocks
from credwatch.assess.answers import SETTLE, Answers, Standing
from credwatch.assess.clocks import DAY, ZERO, Reading
from credwatch.model import (
    About,
    ClockName,
    Judgement,
    Level,
    Memory,
    News,
    Open,
    Policy,
    Reason,
    Status,
    Ticking,
    Validity,
)


def judge(memory: Memory, policy: Policy, now: datetime) -> Judgement:
    """The most severe finding gives the status, then the nearest date; what is news is said once."""
    if left := _left(memory):
        again = now + (SETTLE if memory.open else DAY)  # an incident that waits for what replaced the key
        return Judgement(left, None, policy, again, memory.clocks, tuple(_closed(memory, left)))
    said = answers.of(memory)
    readings = clocks.read(memory, policy, now)
    status, reason = _status(said, readings)
    news = (*_of_answers(memory, policy, said, status), *_of_clocks(memory, policy, readings, said, now))
    silent = bool(policy.ignore)
    return Judgement(
        status=status,
        reason=reason,
        policy=policy,
        judge_at=_again(memory, readings, said, now),
        clocks=tuple(_spoken(reading, memory, now, silent=silent) for reading in readings),
        news=tuple(
            item for item in (*news, *_well(memory, said, readings)) if not silent or item.level is Level.RESOLVED
        ),
        suspect=said.suspect,
    )


def account(memory: Memory) -> str:
    """The subject of an incident about this credential's account."""
    return f"{memory.around.vendor or memory.vendor}/{memory.around.account or ''}"


# -- status ------------------------------------------------------------------------------------------------------


def _left(memory: Memory) -> Status | None:
    """GONE or UNWATCHED when no place and no list shows it any more."""
    if memory.listed_by or any(held.ended_at is None for held in memory.held):
        return None
    last = max(
        (held for held in memory.held if held.ended_at), key=lambda held: held.ended_at or held.since, default=None
    )
    return Status.UNWATCHED if last is not None and last.ended == "unwatched" else Status.GONE


def _status(said: Answers, readings: tuple[Reading, ...]) -> tuple[Status, Reason | None]:
    ruling = next((reading for reading in readings if reading.running_out), None)
    ended = any(_ended(reading, said) for reading in readings)
    match said.standing:
        case Standing.REFUSED:
            return (Status.EXPIRED if ended else Status.INVALID), said.reason
        case Standing.SUSPENDED:
            return Status.SUSPENDED, said.reason
    if ended:
        return Status.EXPIRED, said.reason
    if ruling is not None and ruling.real:
        return Status.EXPIRING, said.reason
    if said.standing in (Standing.CANNOT_TELL, Standing.ACCOUNT_REFUSED):
        return Status.UNVERIFIED, said.reason
    return (Status.OVERDUE if ruling is not None else Status.OK), said.reason


def _ended(reading: Reading, said: Answers) -> bool:
    """A real date has passed, and the vendor does not say meanwhile that the key works."""
    return reading.real and reading.left <= ZERO and said.standing is not Standing.WORKS


# -- news ----------------------------------------------------------------------------------------------------------


def _pages(memory: Memory, policy: Policy) -> bool:
    """Only what is held somewhere in production pages, and only where the rules let it."""
    return policy.production and policy.page is not None and any(held.ended_at is None for held in memory.held)


def _of_answers(memory: Memory, policy: Policy, said: Answers, status: Status) -> Iterator[News]:
    level = Level.PAGE if _pages(memory, policy) else Level.DIGEST
    loud = level is Level.PAGE
    reason = said.reason
    match said.standing:
        case Standing.REFUSED:
            step = "expired" if status is Status.EXPIRED else "refused"
            key = "" if loud else _quietly(memory, step)
            yield News(About.CREDENTIAL, memory.credential, step, level, key, reason=reason, opens=loud)
        case Standing.ACCOUNT_REFUSED:
            key = "" if loud else f"all_refused:{account(memory)}:{_since(memory)}"
            yield News(About.ACCOUNT, account(memory), "all_refused", level, key, reason=reason, opens=loud, folds=loud)
        case Standing.SUSPENDED:
            key = "" if loud else f"suspended:{account(memory)}:{_since(memory)}"
            yield News(About.ACCOUNT, account(memory), "suspended", level, key, reason=reason, opens=loud, folds=loud)
    for place in said.half_pairs:
        key = "" if loud else _quietly(memory, f"half_pair:{place}")
        yield News(About.PLACE, place, "half_pair", level, key, reason=Reason.REFUSED, opens=loud)


def _quietly(memory: Memory, what: str) -> str:
    """The key of a digest line about a refusal: once for each time that it begins."""
    return f"{what}:{memory.credential}:{_since(memory)}"


def _since(memory: Memory) -> str:
    begun = (answer.refused_since or answer.suspended_since for answer in memory.tried)
    return str(int(min((moment.timestamp() for moment in begun if moment is not None), default=0)))


def _of_clocks(
    memory: Memory, policy: Policy, readings: tuple[Reading, ...], said: Answers, now: datetime
) -> Iterator[News]:
    """A rung is told once; one that only a digest told is told again when it turns out to be page level."""
    for reading in readings:
        loud = reading.pages and _pages(memory, policy)
        unpaged = loud and not reading.fresh and _own(memory) is None
        if not (reading.fresh or unpaged) or _held_back(reading, memory, now) or reading.crossed is None:
            continue
        if loud and said.standing is Standing.REFUSED:
            continue  # the page about a dead key says it; a date adds nothing
        clock = reading.clock
        key = f"expiry:{memory.credential}:{clock.clock}:{clock.generation}:{int(reading.crossed.total_seconds())}"
        yield News(
            About.CREDENTIAL,
            memory.credential,
            _step(reading, said),
            Level.PAGE if loud else Level.DIGEST,
            f"{key}:page" if unpaged else key,
            clock=clock.clock,
            deadline=clock.deadline,
            opens=loud,
        )


def _step(reading: Reading, said: Answers) -> str:
    if not reading.real:
        return "due" if reading.clock.clock is ClockName.DUE else "overdue"
    return "expired" if _ended(reading, said) else "expiring"


def _held_back(reading: Reading, memory: Memory, now: datetime) -> bool:
    """Snoozed, which never lasts past the date; or acknowledged, which ends the repeats after it."""
    own = _own(memory)
    if own is None:
        return False
    snoozed = own.snoozed_until is not None and now < min(own.snoozed_until, reading.clock.deadline)
    repeats = own.acked and reading.crossed is not None and reading.crossed < ZERO
    return snoozed or repeats


def _spoken(reading: Reading, memory: Memory, now: datetime, *, silent: bool) -> Ticking:
    """The clock with its rung marked as said, unless it was kept for later."""
    if silent or not reading.fresh or _held_back(reading, memory, now):
        return reading.clock
    return replace(reading.clock, rung=reading.crossed)


# -- ends ----------------------------------------------------------------------------------------------------------


def _own(memory: Memory) -> Open | None:
    return next((o for o in memory.open if o.about is About.CREDENTIAL and o.subject == memory.credential), None)


def _well(memory: Memory, said: Answers, readings: tuple[Reading, ...]) -> Iterator[News]:
    """All-clears: the key answers again, no date of it is near, or the account does."""
    works = said.standing is Standing.WORKS
    near = any(reading.real and reading.paged for reading in readings)
    own = _own(memory)
    if own is not None and not near:
        dates_alone = own.step in ("expiring", "expired") and said.standing is not Standing.REFUSED
        if works or dates_alone:
            yield _resolved(own, "well")
        elif memory.held and all(held.ended_at is not None for held in memory.held):
            yield from (news for news in _closed(memory, Status.GONE) if news.about is About.CREDENTIAL)
    for incident in memory.open:
        if (
            incident.about is About.PLACE
            and incident.subject not in said.half_pairs
            and _place_is_well(memory, said, incident)
        ):
            yield _resolved(incident, "well")
        if incident.about is About.ACCOUNT and works and _worked_since(memory, incident):
            suspended = incident.step == "suspended"
            if not suspended or memory.around.siblings_suspended == 0:
                yield _resolved(incident, "well")


def _worked_since(memory: Memory, incident: Open) -> bool:
    """An answer from before the account was refused says nothing of it now; a suspension ends with any."""
    later = (answer.valid_at is not None and answer.valid_at > incident.opened_at for answer in memory.tried)
    return incident.step == "suspended" or any(later)


def _place_is_well(memory: Memory, said: Answers, incident: Open) -> bool:
    """The place is no longer refused: this key works from it, or it holds another key now."""
    here = any(held.place == incident.subject and held.ended_at is None for held in memory.held)
    return said.standing is Standing.WORKS if here else _left_since(memory, incident)


def _left_since(memory: Memory, incident: Open) -> bool:
    """The key was in this place when it began, and is no longer: one that had left before has nothing to say of it."""
    left = (held.ended_at for held in memory.held if held.place == incident.subject)
    return any(ended_at is not None and ended_at > incident.opened_at for ended_at in left)


def _closed(memory: Memory, left: Status) -> Iterator[News]:
    """What ends with it. A place that holds another key now is well only when that one works: else the incident waits."""
    own_steps = [
        incident
        for incident in memory.open
        if incident.about is About.CREDENTIAL or (incident.about is About.PLACE and _left_since(memory, incident))
    ]
    replaced = [held for held in memory.held if held.ended == "replaced" and held.successor]
    if left is Status.UNWATCHED:
        step = "unwatched"
    elif not replaced:
        step = "gone"
    elif all(held.successor_validity in (None, Validity.VALID) for held in replaced):
        step = "replaced"
    else:
        return
    yield from (_resolved(incident, step) for incident in own_steps)


def _resolved(incident: Open, step: str) -> News:
    return News(incident.about, incident.subject, step, Level.RESOLVED)


# -- when again ----------------------------------------------------------------------------------------------------


def _again(memory: Memory, readings: tuple[Reading, ...], said: Answers, now: datetime) -> datetime:
    times = [now + DAY, *(clocks.next_rung(reading, now) for reading in readings)]
    if said.suspect:
        times.append(answers.next_look(memory, now))
    times += [o.snoozed_until for o in memory.open if o.snoozed_until is not None and o.snoozed_until > now]
    return max(min(times), now + timedelta(minutes=1))
