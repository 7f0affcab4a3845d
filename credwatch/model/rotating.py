"""The nouns of a rotation: where it stands, what it makes and where it puts it. No I/O, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from credwatch.model.found import Facts
from credwatch.model.policy import Revoke


class State(StrEnum):
    """Where a rotation stands. What worked before still works in every one of them."""

    PLANNED = "planned"
    PREPARED = "prepared"  # everything was read, nothing was changed
    CREATING = "creating"  # the vendor may have made a key
    CREATED = "created"
    STAGED = "staged"  # the new key lies in a pending slot of every place
    VERIFIED = "verified"  # it works, as read back from each
    PROMOTED = "promoted"  # every place holds it
    GRACE = "grace"  # its readers have time to load it
    CONFIRMING = "confirming"  # may the old one go?
    DISABLING = "disabling"
    REVOKING = "revoking"
    DONE = "done"
    REJECTED = "rejected"  # before the first outside effect
    ABORTED = "aborted"  # before a place held the new key
    ROLLED_BACK = "rolled_back"  # the places hold the old key again
    NEEDS_OPERATOR = "needs_operator"  # it goes on when a person has chosen


RENEWALS = "[[renewals]]"
"""As who makes the key: a program of the house. No connection can have this name."""
ENDED = frozenset({State.DONE, State.REJECTED, State.ABORTED, State.ROLLED_BACK})


class Step(StrEnum):
    """An outside effect. Its intent is in the journal before it happens."""

    MINT = "mint"
    STAGE = "stage"
    PROMOTE = "promote"
    RELOAD = "reload"
    SUNSET = "sunset"  # the old key is given an end
    DISABLE = "disable"
    ENABLE = "enable"
    REVOKE = "revoke"
    REMOVE = "remove"  # a new key that nobody uses
    DISCARD = "discard"  # a pending slot
    REVERT = "revert"  # a place gets its former value again
    CHOOSE = "choose"  # what a person decided
    MOVE = "move"  # no effect: it came to another state


class Phase(StrEnum):
    """What the journal knows of an effect."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"  # refused: nothing was changed
    UNKNOWN = "unknown"  # no answer: the world must be read


class Wish(StrEnum):
    """What a person asks of a rotation that is under way."""

    ABORT = "abort"
    ROLLBACK = "rollback"


class Trouble(StrEnum):
    """Why a person is needed: each has its own ways out."""

    CANDIDATES = "candidates"  # more than one key may be ours, or the one that is was used
    BYTES = "bytes"  # a store gives back other bytes than it was given
    STRANGER = "stranger"  # a person wrote a place
    LIMIT = "limit"  # the vendor allows no further key
    REFUSED = "refused"  # the vendor, or a store, does not let us
    SILENT = "silent"  # it does not answer, for too long
    HOOK = "hook"  # a reader was not told
    NEW_FAILS = "new_fails"  # the new key is refused though it is live
    OLD_DEAD = "old_dead"  # the old key cannot be gone back to
    HELD = "held"  # a place that we watch still holds the old key
    RECOVERED = "recovered"  # rebuilt after the ledger was lost
    JOINED = "joined"  # its key turned out to be the one of a rotation that began earlier


class PlaceState(StrEnum):
    """How far one place is."""

    WAITING = "waiting"
    STAGED = "staged"
    PROMOTED = "promoted"
    LEFT = "left"  # a person's own value stays in it
    REVERTED = "reverted"


@dataclass(frozen=True)
class Target:
    """One place that a rotation writes, or waits for."""

    place: str
    provider: str
    locator: str
    fields: Mapping[str, str]
    """Role to leaf."""
    base_version: str = ""
    base_fp: str = ""
    pending_version: str = ""
    promoted_version: str = ""
    state: PlaceState = PlaceState.WAITING
    mirror: bool = False
    """A controller writes it: it is waited for."""


@dataclass(frozen=True)
class Rotation:
    """One rotation, as the journal has it. It holds no value."""

    id: str
    """A ULID."""
    credential: str
    kind: str
    minter: str
    """The connection that makes and unmakes its keys; empty: a person does; `RENEWALS`: it is renewed, and nobody unmakes it."""
    old: Facts
    """As the vendor, or the ledger's last sighting, has it."""
    old_fp: str
    state: State
    targets: tuple[Target, ...]
    attempt: int = 1
    creates: int = 0
    bounces: int = 0
    """How often a place had to be staged again."""
    new: Facts = field(default_factory=Facts)
    new_fp: str = ""
    snapshot: frozenset[str] = frozenset()
    """The ids of the keys that there were before ours."""
    consumers: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    """The consumers that were told to load it."""
    revoke: Revoke = Revoke.ASK
    lifetime: timedelta | None = None
    """Of the new key; None: as the old one had it."""
    grace: timedelta = timedelta(hours=24)
    soak: timedelta = timedelta(hours=1)
    replaces_dead: bool = False
    automatic: bool = False
    compromised: bool = False
    """Somebody else has the old key: no freeze holds it back."""
    prepared_at: datetime | None = None
    intent_at: datetime | None = None
    created_at: datetime | None = None
    """When the new key was made."""
    promoted_at: datetime | None = None
    grace_until: datetime | None = None
    disabled_at: datetime | None = None
    soak_until: datetime | None = None
    next_try_at: datetime | None = None
    tries: int = 0
    """Fruitless looks in this state, in a row."""
    paused: bool = False
    confirmed_by: str = ""
    """Who said that the old key may go."""
    wish: Wish | None = None
    trouble: Trouble | None = None
    """Of NEEDS_OPERATOR."""
    resumes: State | None = None
    """Where it goes on after NEEDS_OPERATOR."""
    reason: str = ""
    """The last thing that held it up, or why it was asked for."""
    requested_by: str = ""
    begun_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def urgent(self) -> bool:
        """Whether it cannot wait for another: its key is dead, or somebody else has it."""
        return self.replaces_dead or self.compromised

    @property
    def renews(self) -> bool:
        """Whether the old key is left to run out: nobody revokes it."""
        return self.minter == RENEWALS

    @property
    def turns(self) -> bool:
        """Whether its store makes the new value in the place of the old: we write nowhere, and there is no way back."""
        return bool(self.targets) and all(one.mirror for one in self.targets)

    @property
    def mark(self) -> str:
        """What the new key is called at its vendor, 31 characters."""
        return f"cw-{self.id}-{self.attempt}"

    @property
    def marks(self) -> str:
        """How every mark of this rotation begins."""
        return f"cw-{self.id}-"

    @property
    def written(self) -> tuple[Target, ...]:
        """The places that we write: neither a mirror nor left to a person."""
        return tuple(one for one in self.targets if not one.mirror and one.state is not PlaceState.LEFT)

    @property
    def theirs(self) -> tuple[str, ...]:
        """The places that, gone back, hold what a person made of them: left to them, or overwritten for a while only."""
        read = self.prepared_at is not None
        return tuple(
            one.place
            for one in self.targets
            if one.state is PlaceState.LEFT or (read and one.base_fp not in {"", self.old_fp})
        )

    @property
    def but(self) -> str:
        """What follows a sentence about every place that has gone back, where some hold what a person made of them; else empty."""
        return f", but {', '.join(self.theirs)}, as a person left it" if self.theirs else ""


@dataclass(frozen=True)
class Entry:
    """One row of the journal."""

    seq: int
    rotation: str
    attempt: int
    step: Step
    place: str
    phase: Phase
    key: str
    """The idempotency key: the only token that a vendor or a store is given for this effect."""
    at: datetime
    detail: str = ""


@dataclass(frozen=True)
class Turn:
    """What a step came to: the next state, what changed, and when to look again."""

    to: State | None = None
    """None: it stays where it is."""
    at: datetime | None = None
    """When to look again; None: at once."""
    changes: Mapping[str, object] = field(default_factory=dict)
    """Fields of the rotation."""
    targets: tuple[Target, ...] | None = None
    """The places, where any of them changed."""
    intent: tuple[Step, str] | None = None
    """The effect, and its place, that follows at once: its intent is committed with the state."""
    detail: str = ""
    """What is said in the thread."""
