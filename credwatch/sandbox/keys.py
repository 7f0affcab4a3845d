"""Keys of local vendors: in every condition, and movable from one to another while the vendor runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

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


class Vendor:
    """What all local vendors have: keys, a state of their own that goes before their keys', and a clock."""

    retry_after = 2
    """What a reply to too many requests asks for, in seconds."""
    slowness = 3.0
    """How long a slow answer takes, in seconds."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.keys: list[Key] = []
        self.state = State.ALIVE
        self.forbidden: set[str] = set()
        """Accounts whose list nobody may see."""

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
        return key.state

    def answer(
        self, key: Key | None, refusal: Callable[[State], Response], reply: Callable[[Key], Response]
    ) -> Response:
        """`reply` for a key that works, at once or slowly; `refusal`, in the vendor's own words, for any other."""
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
