"""Keys of local vendors: in every condition, and movable from one to another while the vendor runs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from credwatch.clock import SYSTEM, Clock
from credwatch.sandbox.server import Response


class State(StrEnum):
    """How a key, or a whole vendor, stands."""

    ALIVE = "alive"
    DELETED = "deleted"
    EXPIRED = "expired"
    DISABLED = "disabled"
    LIMITED = "limited"  # it lives, and may not do what is asked
    OUT_OF_CREDIT = "out_of_credit"
    SUSPENDED = "suspended"  # the account, not the key
    DOWN = "down"
    RATE_LIMITED = "rate_limited"
    SLOW = "slow"


class Fault(StrEnum):
    """What goes wrong with one request that changes something."""

    BEFORE = "before"  # it fails, and nothing happened
    AFTER = "after"  # it fails, and it happened
    LOST = "lost"  # it happened, and nobody answers
    GARBLED = "garbled"  # it happened, and the answer cannot be read
    LATE = "late"  # it fails, and it happens after a while


@dataclass(frozen=True)
class Change:
    """What a vendor did because it was asked to."""

    what: str
    """`make`, `delete`, `disable`, `enable`, `date` or `promote`."""
    key: str
    at: datetime


@dataclass
class Key:
    """One key of a local vendor. Whoever holds it may change any of this while the vendor runs."""

    id: str
    value: str = field(repr=False)
    name: str
    created: datetime
    account: str = ""
    """The account, project or service account it belongs to."""
    expires: datetime | None = None
    last_used: datetime | None = None
    scopes: tuple[str, ...] = ()
    owner: str = ""
    """A person's address; empty: no person owns it."""
    admin: bool = False
    """It may see the vendor's list."""
    state: State = State.ALIVE
    works_from: datetime | None = None
    """Before that it is refused, as a new key is where it has not gone round yet."""
    traits: dict[str, Any] = field(default_factory=dict)
    """What else its vendor keeps of it, under the vendor's own names."""


class Vendor:
    """What all local vendors have: keys, a state of their own that goes before their keys', and a clock."""

    retry_after = 2
    """What a reply to too many requests asks for, in seconds."""
    slowness = 3.0
    """How long a slow answer takes, in seconds."""
    settles = timedelta(0)
    """How long a key that was made through the API is refused at first."""
    lateness = timedelta(seconds=30)
    """When a late change happens."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.keys: list[Key] = []
        self.state = State.ALIVE
        self.forbidden: set[str] = set()
        """Accounts whose list nobody may see."""
        self.limit: int | None = None
        """How many keys an account may have, before the API makes no further one."""
        self.faults: list[Fault] = []
        """Of the next requests that change something, one each."""
        self.changes: list[Change] = []
        """What the API was asked to do and did, in order."""
        self._late: list[tuple[datetime, Callable[[], Response]]] = []
        self._lock = threading.RLock()

    def listed(self, account: str = "") -> Iterator[Key]:
        """The keys that the vendor's list shows: those of one account, without the deleted ones."""
        return (key for key in self.keys if key.state is not State.DELETED and account in {"", key.account})

    def state_of(self, key: Key | None) -> State:
        """How a request with this key fares: the vendor's own state first, then the key's, then its date."""
        if self.state is not State.ALIVE:
            return self.state
        if key is None:
            return State.DELETED
        if key.state is State.ALIVE and key.expires is not None and key.expires <= self.clock.now():
            return State.EXPIRED
        if key.state is State.ALIVE and key.works_from is not None and self.clock.now() < key.works_from:
            return State.DELETED
        return key.state

    def full(self, account: str) -> bool:
        """Whether this account may have no further key."""
        return self.limit is not None and len(list(self.listed(account))) >= self.limit

    def fresh(self, kind: str, length: int) -> str:
        """Digits that this vendor has not given out before."""
        return letters(f"{type(self).__name__} {kind} {len(self.keys)}", length)

    def made(self, key: Key) -> Key:
        """Have a key that the API was asked for."""
        key.works_from = key.created + self.settles
        self.keys.append(key)
        self.did("make", key)
        return key

    def did(self, what: str, key: Key) -> None:
        """Remember that the API did this."""
        self.changes.append(Change(what, key.id, self.clock.now()))

    def change(self, effect: Callable[[], Response]) -> Response:
        """What a request comes to that changes something, with the fault that is its turn."""
        with self._lock:
            fault = self.faults.pop(0) if self.faults else None
            if fault is Fault.LATE:
                self._late.append((self.clock.now() + self.lateness, effect))
            answer = effect() if fault not in {Fault.BEFORE, Fault.LATE} else Response()
        match fault:
            case None:
                return answer
            case Fault.LOST:
                return Response(lost=True)
            case Fault.GARBLED:
                return replace(answer, body=answer.body[: len(answer.body) // 2])
            case _:
                return Response.text("upstream connect error", 503)

    def _catch_up(self) -> None:
        with self._lock:
            due = [late for late in self._late if late[0] <= self.clock.now()]
            self._late = [late for late in self._late if late not in due]
            for _, effect in due:
                effect()

    def answer(
        self, key: Key | None, refusal: Callable[[State], Response], reply: Callable[[Key], Response]
    ) -> Response:
        """`reply` for a key that works, at once or slowly; `refusal`, in the vendor's own words, for any other."""
        self._catch_up()
        state = self.state_of(key)
        if key is not None and state is State.ALIVE:
            return reply(key)
        if key is not None and state is State.SLOW:
            return replace(reply(key), delay=self.slowness)
        answer = refusal(state)
        if state is State.RATE_LIMITED:
            return replace(answer, headers={**answer.headers, "retry-after": str(self.retry_after)})
        return answer


def letters(seed: str, length: int) -> str:
    """The same lower-case hexadecimal digits for the same seed: a made-up value that looks like a real one."""
    return hashlib.shake_256(f"sandbox {seed}".encode()).hexdigest((length + 1) // 2)[:length]
