"""What goes wrong, and where: every call of the model goes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from credwatch.errors import Conflict, ProviderError, TransportError
from credwatch.model import Reason
from tests.rotation.harness.times import Time

T = TypeVar("T")
LATE, VERY_LATE = timedelta(seconds=20), timedelta(minutes=50)
"""So much later a request is carried out that nobody waits for any more."""
STORED = ("STAGE", "PROMOTE", "REVERT", "DISCARD")
"""The effects in a store."""


class Killed(BaseException):
    """The process ends here: nothing runs after it, no handler and no `finally` of ours that matters."""


class Fault(StrEnum):
    """What becomes of one call."""

    REFUSED = "refused"  # nothing is done, and the answer says so
    OVERTAKEN = "overtaken"  # of a store: nothing is done, since something was written there in the same moment
    BEFORE = "before"  # nothing is done, and there is no answer
    AFTER = "after"  # it is done, and there is no answer
    LATE = "late"  # there is no answer, and it is done later
    VERY_LATE = "very late"  # the same, when nobody reckons with it any more: only of what is marked as ours
    CORRUPTED = "corrupted"  # it is done with other bytes, or the answer cannot be read
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"


class Witness:
    """Who is told of every effect: when it is asked for, right before it is carried out, and right after."""

    def asked(self, effect: str) -> None:
        """It leaves us."""

    def begins(self, effect: str) -> None:
        """It happens now."""

    def ends(self, effect: str) -> None:
        """It has happened, or was refused."""

    def refused(self, why: str) -> None:
        """Something that a real store would not take was asked for."""


@dataclass
class Faults:
    """By the number of a call, from 1: what becomes of it. Effects, reads and commits are counted together."""

    time: Time
    plan: Mapping[int, Fault] = field(default_factory=dict)
    acts: Mapping[int, Callable[[], None]] = field(default_factory=dict)
    """By the number of a call: what somebody else does right before it."""
    calls: list[str] = field(default_factory=list)
    """The names of all calls so far: an effect's is in capitals."""
    waiting: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)
    witness: Witness = field(default_factory=Witness)
    dark_until: datetime | None = None
    """Nobody answers until then."""
    wished_at: int | None = None
    """At which call somebody said that it goes back."""
    quiet: int = 0
    """Somebody else is at work: their calls are not counted, and nothing becomes of them but what they ask for."""

    def __post_init__(self) -> None:
        self.time.told.append(self.late)

    @contextmanager
    def others(self) -> Iterator[None]:
        """What is called in here is called by somebody else."""
        self.quiet += 1
        try:
            yield
        finally:
            self.quiet -= 1

    def effect(self, name: str, change: Callable[[], T], corrupted: Callable[[], T] | None = None) -> T:
        """Something outside is changed."""
        fault = self._next(name)
        self.witness.asked(name)
        if fault is Fault.OVERTAKEN and name.startswith(STORED):
            raise Conflict(Reason.CONFLICT, f"{name}: somebody else wrote", permanent=True)
        if fault is Fault.REFUSED:
            raise ProviderError(Reason.FORBIDDEN, f"{name}: not allowed", permanent=True)
        if fault is Fault.BEFORE:
            raise TransportError(Reason.UNREACHABLE, f"{name}: no answer")
        if fault is Fault.KILLED_BEFORE:
            raise Killed
        if fault in {Fault.LATE, Fault.VERY_LATE}:
            later = self.time.true() + (LATE if fault is Fault.LATE else VERY_LATE)
            self.waiting.append((later, lambda: self._carry_out(name, change)))
            raise TransportError(Reason.TIMEOUT, f"{name}: no answer")
        if fault is Fault.CORRUPTED:
            if corrupted is not None:
                return self._carry_out(name, corrupted)
            self._carry_out(name, change)
            raise ProviderError(Reason.UNREADABLE, f"{name}: not what is documented")
        done = self._carry_out(name, change)
        if fault is Fault.AFTER:
            raise TransportError(Reason.TIMEOUT, f"{name}: no answer")
        if fault is Fault.KILLED_AFTER:
            raise Killed
        return done

    def read(self, name: str) -> None:
        """Something outside is looked at."""
        fault = self._next(name)
        if fault in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER}:
            raise Killed
        if fault is Fault.REFUSED:
            raise ProviderError(Reason.SERVER_ERROR, f"{name}: HTTP 500")
        if fault is not None:
            raise TransportError(Reason.TIMEOUT, f"{name}: no answer")

    def commit(self, commit: Callable[[], T]) -> T:
        """Something is written into the journal: a process can die right before it, and right after."""
        fault = self._next("commit")
        if fault is Fault.KILLED_BEFORE:
            raise Killed
        done = commit()
        if fault is Fault.KILLED_AFTER:
            raise Killed
        return done

    def late(self) -> None:
        """What was to be carried out by now."""
        now = self.time.true()
        due = [each for each in self.waiting if each[0] <= now]
        self.waiting = [each for each in self.waiting if each[0] > now]
        for _, change in due:
            try:
                change()
            except ProviderError:
                continue  # refused, as it would have been then; nobody listens

    def _carry_out(self, name: str, change: Callable[[], T]) -> T:
        self.witness.begins(name)
        try:
            return change()
        finally:
            self.witness.ends(name)

    def _next(self, name: str) -> Fault | None:
        if not self.quiet:
            self.calls.append(name)
            if act := self.acts.get(len(self.calls)):
                with self.others():
                    act()
        number = len(self.calls)
        if name != "commit" and self.dark_until is not None and self.time.true() < self.dark_until:
            return Fault.BEFORE
        return None if self.quiet else self.plan.get(number)
