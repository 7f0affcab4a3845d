"""What is judged: what the ledger remembers of a credential, what the rules say for it, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from credwatch.model.found import Facts, Reason, Validity
from credwatch.model.policy import Policy


class ClockName(StrEnum):
    """Why a key may stop working on a date."""

    HARD = "hard"  # the vendor's or the certificate's own date
    IDLE = "idle"  # the vendor removes unused keys
    DELETION = "deletion"  # its store has planned to delete it
    DUE = "due"  # its store's rotation schedule
    POLICY = "policy"  # our own rule about age


class Status(StrEnum):
    """How a credential stands."""

    OK = "ok"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    OVERDUE = "overdue"
    INVALID = "invalid"
    SUSPENDED = "suspended"
    UNVERIFIED = "unverified"
    UNWATCHED = "unwatched"
    GONE = "gone"


class About(StrEnum):
    """What an incident is about. At most one is open for each subject."""

    CREDENTIAL = "credential"
    PLACE = "place"
    ACCOUNT = "account"
    PROVIDER = "provider"
    VENDOR = "vendor"
    SELF = "self"
    ROTATION = "rotation"  # no incident: what it comes to is told in one message
    STOPPED = "stopped"  # a rotation that waits for a person


class Level(StrEnum):
    """How loudly a piece of news is told."""

    DIGEST = "digest"  # once a day, in the owner's digest; opens no incident
    WARNING = "warning"  # alone and at once, nobody is mentioned (blind)
    PAGE = "page"  # alone, at once, with the mention
    RESOLVED = "resolved"  # closes the incident; told where its page went


@dataclass(frozen=True)
class Tried:
    """The probe history of one (credential, fingerprint), folded."""

    fingerprint: str
    validity: Validity
    """The last answer, UNKNOWN too."""
    reason: Reason
    detail: str
    at: datetime
    valid_at: datetime | None = None
    """The last time it worked."""
    refused_since: datetime | None = None
    """The first refusal since it last worked."""
    refused_last: datetime | None = None
    suspended_since: datetime | None = None
    unknown_since: datetime | None = None
    """The first of the UNKNOWN answers that nothing else has followed."""


@dataclass(frozen=True)
class Held:
    """A place where the credential is, or was."""

    place: str
    provider: str
    fingerprint: str | None
    since: datetime
    seen_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    written_at: datetime | None = None
    deletes_at: datetime | None = None
    due_at: datetime | None = None
    mirror_of: str | None = None
    missing: frozenset[str] = frozenset()
    ended_at: datetime | None = None
    ended: Literal["replaced", "gone", "unwatched"] | None = None
    successor: str | None = None
    """The credential that the place holds now."""
    successor_validity: Validity | None = None


@dataclass(frozen=True)
class Dated:
    """A date on which something ends, and who says so."""

    clock: ClockName
    deadline: datetime
    starts: datetime
    """From when the life is counted: made, or first seen."""
    source: str


@dataclass(frozen=True)
class Ticking:
    """One clock of one credential, with the rungs it has spoken at."""

    clock: ClockName
    deadline: datetime
    life: timedelta
    source: str
    generation: int = 0
    anchor: datetime | None = None
    """The deadline when this generation began."""
    rung: timedelta | None = None
    """The tightest threshold already said."""


@dataclass(frozen=True)
class Around:
    """What SQL counts around a credential when the whole sweep is in the ledger."""

    vendor: str = ""
    account: str | None = None
    siblings_valid_since_refusal: int = 0
    """Other credentials of the account (of the vendor, where the account is unknown) that worked after our first refusal."""
    siblings_refused: int = 0
    """Others whose newest answer is a refusal, and whose first refusal is within an hour of ours."""
    siblings_silent: int = 0
    """Others that gave no answer since our first refusal."""
    siblings_suspended: int = 0
    """Others whose newest answer, UNKNOWN aside, is SUSPENDED."""
    cut_off: bool = False
    """This sweep reached nothing at all: no probe is judged, dates are."""


@dataclass(frozen=True)
class Open:
    """An incident that is open."""

    id: str
    about: About
    subject: str
    step: str
    opened_at: datetime
    acked: bool = False
    snoozed_until: datetime | None = None


@dataclass(frozen=True)
class Memory:
    """What the ledger knows of one credential when it is judged."""

    credential: str
    kind: str
    vendor: str
    facts: Facts
    first_seen: datetime
    status: Status | None = None
    """The last judgement's; None for one that was never judged."""
    probed: bool = True
    idle: timedelta | None = None
    max_age: timedelta | None = None
    """The kind's own default."""
    expires_source: str = ""
    """Who said `facts.expires`, in words."""
    listed_by: tuple[str, ...] = ()
    """The providers whose vendor's list shows it."""
    held: tuple[Held, ...] = ()
    tried: tuple[Tried, ...] = ()
    clocks: tuple[Ticking, ...] = ()
    open: tuple[Open, ...] = ()
    """The open incidents of the credential, its places, its account and its vendor."""
    around: Around = Around()


@dataclass(frozen=True)
class News:
    """What the judge wants said, once."""

    about: About
    subject: str
    step: str
    """What it has come to: "refused", "expiring", "expired", "suspended", "half_pair", "all_refused", "blind", …"""
    level: Level
    dedupe_key: str = ""
    """Empty: `incident:<id>:<step>` of the incident that it opens or moves."""
    clock: ClockName | None = None
    deadline: datetime | None = None
    reason: Reason | None = None
    opens: bool = True
    """False: it is told and nothing stays open (a digest line, a summary)."""
    folds: bool = False
    """The members' own open incidents are closed into this one without a word."""
    absorbs: bool = False
    """A summary: this sweep's digest lines are told by it and not again."""


@dataclass(frozen=True)
class Judgement:
    """What follows for one credential."""

    status: Status
    reason: Reason | None
    policy: Policy
    judge_at: datetime
    """When it must be judged again though nothing was seen of it."""
    clocks: tuple[Ticking, ...] = ()
    """Every clock that ticks, the one that rules first."""
    news: tuple[News, ...] = ()
    suspect: bool = False
    """Refused, and not yet for long enough: the sweep settles it."""


@dataclass(frozen=True)
class Reach:
    """How a provider, or a vendor, could be reached in this sweep."""

    name: str
    vendor: str = ""
    """Of a provider: the plug-in that it uses, which bears the name of its vendor."""
    failed_since: datetime | None = None
    failures: int = 0
    """Failed sweeps in a row, this one too."""
    reason: Reason | None = None
    first_look: bool = False
    """No summary has introduced it yet."""
    finished: bool = True
    """Its listing ended in this sweep; a forbidden folder counts as ended."""
    listed_before: int = 0
    listed: int = 0
    tried: int = 0
    answered: int = 0
    """Of those tried, how many gave any answer but UNKNOWN."""


@dataclass(frozen=True)
class SweepMemory:
    """What the ledger knows of a whole sweep when it is judged."""

    sweep: str
    providers: tuple[Reach, ...] = ()
    vendors: tuple[Reach, ...] = ()
    open: tuple[Open, ...] = ()
    """The open incidents of providers, vendors and of ourselves."""
    opens: int = 0
    """Incidents about credentials and places that this close would open."""
    rules_changed: bool = False
    settling: int = 0
    """Suspects that this sweep has still to try once more."""


Judge = Callable[[Memory, datetime], Judgement]
JudgeSweep = Callable[[SweepMemory, datetime], tuple[News, ...]]
