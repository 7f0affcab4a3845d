"""The page: look, record, close, settle, close. Whoever has read it knows the program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import chain

from credwatch import assess
from credwatch.config.configuration import Config
from credwatch.config.places import DEADLINES
from credwatch.config.rules import policy
from credwatch.errors import LedgerLocked
from credwatch.ledger import Closed, Suspect
from credwatch.looking import Ended, Watch, dates, look_again, look_at
from credwatch.model import Judge, Judgement, Memory, News, SweepMemory


@dataclass(frozen=True)
class Swept:
    """What one sweep came to."""

    number: int
    ended: dict[str, Ended]
    """By provider; one that was left off because we were asked to stop is not in it."""
    closed: Closed


def sweep(watch: Watch, names: Sequence[str], *, settle: bool = True) -> Swept:
    """Look at these providers once. What is news is in the outbox when this returns; nobody has been told yet.

    While keys look refused it waits until five minutes after the first refusal, tries those once more and, as a control,
    one other key of each of their accounts; then it closes again.
    """
    ledger, now, ended = watch.ledger, watch.clock.now, dict[str, Ended]()

    with _alone(watch):
        digests = {name: table.digest for name, table in watch.config.providers.items()} | {DEADLINES: DEADLINES}
        uses = {name: table.use for name, table in watch.config.providers.items()} | {DEADLINES: DEADLINES}
        number = ledger.begin([*names, DEADLINES], configured=digests, uses=uses, rules=watch.config.digest, now=now())
        for name, looked in chain(dates(watch.config), look_at(watch, names)):
            if isinstance(looked, Ended):
                ended[name] = looked
                ledger.ended(number, name, **vars(looked), shrunk=assess.shrunk, now=now())
            else:
                ledger.record(number, name, looked, now())
        ledger.looked(number, now())
        closed = _close(watch, number, settling=settle)

    if settle and closed.suspects and _settled(watch, number):
        with _alone(watch):
            for name, seen in look_again(watch, (*ledger.suspects(number), *ledger.controls(number))):
                ledger.record(number, name, seen, now())
            closed += _close(watch, number, settling=False)
    return Swept(number, ended, closed)


def _close(watch: Watch, number: int, *, settling: bool) -> Closed:
    """Judge all that was touched or is due. What is still to be settled holds the first summary back."""
    blind, now = watch.config.daemon.blind, watch.clock.now()

    def judge_sweep(memory: SweepMemory, now: datetime) -> tuple[News, ...]:
        return assess.judge_sweep(memory if settling else replace(memory, settling=0), now, blind=blind)

    return watch.ledger.close(number, judge_by(watch.config, now), judge_sweep, now)


def judge_by(config: Config, now: datetime) -> Judge:
    """One credential, by the rules of today; when the next of them ends, it is judged again."""
    today = now.astimezone(config.timezone).date()
    ends = [rule.until for rule in config.rules if rule.until is not None and rule.until > today]
    changes = datetime.combine(min(ends), time(), config.timezone) if ends else None

    def judge(memory: Memory, now: datetime) -> Judgement:
        judgement = assess.judge(memory, policy(config, memory, now), now)
        return judgement if changes is None else replace(judgement, judge_at=min(judgement.judge_at, changes))

    return judge


def _settled(watch: Watch, number: int) -> bool:
    """Wait until the last of the first refusals is old enough; False when we were asked to stop meanwhile."""
    suspects = watch.ledger.suspects(number)
    seconds = settles_in(suspects, watch.clock.now())
    watch.waiting(len(suspects), seconds)
    return watch.clock.wait(seconds, watch.stop)


def settles_in(suspects: Sequence[Suspect], now: datetime) -> float:
    """Seconds until the last of the first refusals is old enough; never longer, though our clock was set back meanwhile."""
    latest = max((one.refused_since for one in suspects if one.refused_since is not None), default=now)
    return min(max((latest - now).total_seconds(), -assess.SETTLE.total_seconds()), 0) + assess.SETTLE.total_seconds()


@contextmanager
def _alone(watch: Watch) -> Iterator[None]:
    """One process looks at a time; another waits for its turn, and not while the first waits to settle."""
    lock = watch.ledger.looking()
    while not lock.try_take():
        if not watch.clock.wait(0.2, watch.stop):
            raise LedgerLocked(f"stopped while {lock.holder()} was sweeping")
    try:
        yield
    finally:
        lock.release()
