"""What alerts read of the ledger. Names, ids, dates and words of vendors; no type here can hold a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from credwatch.model import About, ClockName, Level, Reason, Status, Validity


@dataclass(frozen=True)
class Answer:
    """The newest answer to a try of one key."""

    at: datetime
    validity: Validity
    reason: Reason
    detail: str
    latency: timedelta


@dataclass(frozen=True)
class Key:
    """One credential, as a message speaks of it."""

    id: str
    kind: str
    title: str
    vendor_name: str
    name: str = ""
    key_id: str = ""
    account: str = ""
    places: tuple[str, ...] = ()
    """Where it is held now."""
    last_place: str = ""
    """Where it was held last, when no place holds it now."""
    listed: bool = False
    """A vendor's list shows it now."""
    listed_at: datetime | None = None
    """When a vendor's list showed it last."""
    status: Status | None = None
    environment: str = "production"
    owner: str = ""
    impact: str = ""
    runbook: str = ""
    note: str = ""
    link: str = ""
    clock: ClockName | None = None
    deadline: datetime | None = None
    source: str = ""
    created: datetime | None = None
    max_age: timedelta | None = None
    mention: timedelta | None = None
    """Its owner is named from this long before the date."""
    tried: Answer | None = None
    worked_at: datetime | None = None
    refused_since: datetime | None = None
    refused_last: datetime | None = None
    others_worked_at: datetime | None = None
    """When another key of the account worked, after this one was first refused."""
    warned: tuple[datetime, ...] = ()
    """When its digest lines were told."""
    warned_in: str = ""


@dataclass(frozen=True)
class Successor:
    """What a place holds now instead."""

    place: str
    version: str
    since: datetime
    key: Key


@dataclass(frozen=True)
class Sight:
    """How far a provider, a vendor or everything can be seen."""

    name: str
    uses: str = ""
    reason: Reason | None = None
    said: str = ""
    since: datetime | None = None
    complete_at: datetime | None = None
    unseen: int = 0
    places: int = 0
    owners: Mapping[str, int] = field(default_factory=dict)
    """Whose keys are unseen, and how many of each; the most first."""
    next_deadline: datetime | None = None
    """The nearest date among what cannot be seen."""
    listed: int = 0
    listed_before: int = 0
    vendors: int = 0
    stores: int = 0
    watched: tuple[str, ...] = ()
    """Providers that are still seen."""


@dataclass(frozen=True)
class Larger:
    """The incident that another was folded into."""

    id: str
    about: About
    step: str


@dataclass(frozen=True)
class Story:
    """One incident in its present state, with all that its message tells."""

    id: str
    about: About
    subject: str
    step: str
    level: Level
    opened_at: datetime
    moved_at: datetime
    reason: Reason | None = None
    clock: ClockName | None = None
    deadline: datetime | None = None
    owner: str = ""
    closed_at: datetime | None = None
    closed_why: str = ""
    acked_by: str = ""
    acked_at: datetime | None = None
    told_at: datetime | None = None
    keys: tuple[Key, ...] = ()
    """The credential; of an account, its keys that are affected (the first ten)."""
    affected: int = 0
    owners: Mapping[str, int] = field(default_factory=dict)
    """Of an account: whose keys are affected, and how many of each; the most first."""
    successor: Successor | None = None
    larger: Larger | None = None
    """Where it is told since it was folded."""
    sight: Sight | None = None


@dataclass(frozen=True)
class Passed:
    """Something that a rotation came to."""

    at: datetime
    step: str
    words: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """One rotation in its present state, with all that its message tells."""

    id: str
    """`cw-` and its ULID."""
    kind: str
    key: Key | None
    state: str
    begun_at: datetime
    revoke: str = ""
    grace_until: datetime | None = None
    old_ends: datetime | None = None
    """When the old key ends by itself, as its vendor has it."""
    paused: bool = False
    live: bool = False
    """A place holds the new key."""
    left: bool = False
    """A place was left to a person."""
    turns: bool = False
    """Its store makes the new value: there is no way back from the moment in which it was told to."""
    back: bool = False
    """Somebody wants it undone."""
    soak_until: datetime | None = None
    """Of that, when every place has its former key again: until when the new one is kept."""
    agreed: str = ""
    """Who said that the old key may go."""
    replaces_dead: bool = False
    automatic: bool = False
    renews: bool = False
    """The old one is left to run out."""
    asked_by: str = ""
    why: str = ""
    """Why it was begun."""
    owner: str = ""
    passed: tuple[Passed, ...] = ()
    stop: Passed | None = None
    """Of the message of one stop: why a person is needed, and what can be chosen, as it was seen last."""
    since: datetime | None = None
    """When it stopped."""
    over: Passed | None = None
    """Of that: it was chosen."""


@dataclass(frozen=True)
class Entry:
    """One line of a digest."""

    about: About
    subject: str
    step: str
    clock: ClockName | None = None
    deadline: datetime | None = None
    reason: Reason | None = None
    key: Key | None = None


@dataclass(frozen=True)
class Digest:
    """What one owner is told on one day: the nearest lines, and how many there are of each step."""

    owner: str
    date: str
    entries: tuple[Entry, ...]
    steps: Mapping[str, int]
    first: datetime | None = None
    """The nearest date of all."""
    last: datetime | None = None
    days: int = 0
    """How many of them are [[deadlines]]: whole days that a person wrote down."""


@dataclass(frozen=True)
class Due:
    """A credential with a page-level date or refusal, for the summary."""

    key: Key
    step: str
    deadline: datetime | None


@dataclass(frozen=True)
class Counts:
    """What the first summary counts."""

    at: datetime
    credentials: int
    places: int
    urgent: tuple[Due, ...]
    expiring: int
    refused: int
    expired: int
    suspended: int
    overdue: int
    oldest: timedelta | None
    well: int
    untried: int
    unrecognised: int
    unowned: int
    unheld: int | None
    """None: not every store was listed to its end, so nobody can tell."""
    personal: int
    shared: int
    """One value in production and elsewhere."""
    unseen: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One alert that waits, with what is true of it at this moment."""

    id: int
    about: About
    subject: str
    step: str
    level: Level
    owner: str
    incident_id: str | None
    credential_id: str | None
    created_at: datetime
    snoozed_until: datetime | None = None
    untrue: str = ""
    """Why it need not be told any more; empty: it must."""


@dataclass(frozen=True)
class Message:
    """One message as it was or will be posted."""

    id: str
    kind: str
    channel: str
    state: str
    created_at: datetime
    parent_id: str | None = None
    channel_id: str | None = None
    ts: str | None = None
    parent_channel_id: str | None = None
    parent_ts: str | None = None
    incident_id: str | None = None
    digest_owner: str | None = None
    digest_date: str | None = None
    sending_at: datetime | None = None
    attempts: int = 0
    next_try_at: datetime | None = None
