"""What is found: items, keys and what a vendor said of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from credwatch.secrets import Secret

NEVER = datetime.max.replace(tzinfo=UTC)
"""As `Facts.expires`: the vendor says that this key has no end. None means that nobody said."""
_MARK = re.compile(r"\s*\bcw-[0-9A-Z]{26}-\d+\b")


class Validity(StrEnum):
    """What one probe says. Only a vendor's own words make INVALID; what cannot tell is UNKNOWN."""

    VALID = "valid"
    INVALID = "invalid"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """The one list of reasons: the same word goes to the log, the ledger, the metrics and Slack."""

    # it works
    OK = "ok"
    LIMITED = "limited"  # alive, but it may not do what the probe asks
    # the vendor's words about the key
    REFUSED = "refused"  # unknown, revoked or wrong; the vendor does not say which
    REVOKED = "revoked"
    EXPIRED = "expired"
    DISABLED = "disabled"
    REJECTED_OR_CLOSED = "rejected_or_closed"  # the key, or the account around it
    # the account, not the key
    OUT_OF_CREDIT = "out_of_credit"
    ACCOUNT_SUSPENDED = "account_suspended"
    # the vendor, the way there or we cannot tell
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # refused, reset, no route
    DNS = "dns"
    TLS = "tls"
    REDIRECTED = "redirected"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # a body that is not what the vendor documents
    UNEXPECTED = "unexpected"  # an answer no document names
    CLOCK_SKEW = "clock_skew"
    WRONG_HOST = "wrong_host"  # the key belongs to another region or host
    ADDRESS_NOT_ALLOWED = "address_not_allowed"  # our address is not on the key's allow-list
    MALFORMED = "malformed"  # the stored value cannot be this kind of key
    BREAKER_OPEN = "breaker_open"  # too many failures at this account in this sweep
    NOT_TRIED = "not_tried"  # half of a pair, or nothing to try it with
    # a store or a list that could not be read
    FORBIDDEN = "forbidden"
    LOGIN_REFUSED = "login_refused"
    CONFLICT = "conflict"  # somebody else wrote there meanwhile
    AT_LIMIT = "at_limit"  # the vendor allows no further key
    MISCONFIGURED = "misconfigured"  # our own table, or a reference in it, is wrong
    NOT_FOUND = "not_found"
    WRONG_ACCOUNT = "wrong_account"
    SCHEDULED_FOR_DELETION = "scheduled_for_deletion"
    BROKEN = "broken"  # the listing broke off


@dataclass(frozen=True)
class Role:
    """One part of a kind of key: what its value looks like, and what must stand beside it."""

    name: str
    shape: str
    """A regular expression that the whole value matches."""
    context: str = ""
    """A regular expression, case ignored, found in the field's name or the item's path, unless the shape is proof."""
    secret: bool = False
    optional: bool = False
    proof: bool = False
    """The shape alone names the vendor (a prefix that nobody else uses)."""


@dataclass(frozen=True)
class Kind:
    """A kind of key, as data."""

    name: str
    vendor: str
    vendor_name: str
    """How a sentence names the vendor: "ElevenLabs"."""
    title: str
    """How a sentence names the kind: "Deepgram key"."""
    roles: tuple[Role, ...]
    hosts: tuple[str, ...] = ()
    """Where a key of this kind may be sent. Nothing else is ever called with it."""
    key_id: str | None = None
    """The role whose value is the vendor's public id of this one key, if there is one."""
    read: Callable[[Mapping[str, Secret]], Facts] | None = None
    """Reads facts off the values without asking anybody: a certificate's dates, a token's `exp`."""
    joins: Literal["id", "hint", "never"] = "id"
    max_age: timedelta | None = None
    idle: timedelta | None = None
    """The vendor removes a key that was not used for this long."""
    least_interval: timedelta = timedelta(0)
    overlaps: bool = True
    disables: bool = False
    probed: bool = True
    """False: there is nobody to ask (a certificate)."""
    renewing: Renewing | None = None
    """None: its keys are made by a vendor, and revoked there."""


class Renewing(Protocol):
    """A kind whose keys run out by themselves, nobody revokes, and a program renews: all is told by their values."""

    def stands(self, values: Mapping[str, Secret], now: datetime) -> ProbeResult:
        """Whether it does its work at this moment, as far as can be told without asking anybody."""

    def shown(self, values: Mapping[str, Secret]) -> bytes:
        """What a program that renews it is given of it: nothing secret."""

    def renewed(self, before: Mapping[str, Secret], printed: Secret, now: datetime) -> Mapping[str, Secret]:
        """What such a program printed, in the form of what was before.

        ProviderError, permanent, when that cannot come in the place of what was before: why.
        """


@dataclass(frozen=True)
class Facts:
    """What is known of one key. None means that nobody said."""

    account: str | None = None
    key_id: str | None = None
    name: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    last_used: datetime | None = None
    disabled: bool | None = None
    scopes: frozenset[str] | None = None
    hint: str | None = None
    """The public tail that a vendor shows of a value; never made from a value by us."""
    creator: str | None = None
    personal: bool | None = None
    """It dies with one person's account."""
    traits: Mapping[str, str] | None = None
    """What a successor is made like, beside its scopes: tags, limits, allowed addresses, the service account. No value."""

    @property
    def called(self) -> str | None:
        """What it was called before any rotation: its name without the mark of the one that made it."""
        plain = None if self.name is None else _MARK.sub("", self.name)
        return self.name if plain is None or plain == self.name else plain.strip() or None


@dataclass(frozen=True)
class Item:
    """One place in a store. Metadata only."""

    provider: str
    locator: str
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    written_at: datetime | None = None
    deletes_at: datetime | None = None
    due_at: datetime | None = None
    """When the store's own schedule rotates it; in the past: overdue."""
    mirror_of: str | None = None
    """The locator that a controller copies from."""
    managed: bool = False
    """Another service rotates it: watched, never written."""
    readable: bool = True
    """False: its value cannot be had (planned deletion, disabled version); it is watched by its dates."""


@dataclass(frozen=True)
class Unlisted:
    """A part of a listing that could not be read: nothing under this locator prefix is called gone."""

    scope: str
    reason: Reason
    message: str = ""


@dataclass(frozen=True)
class Payload:
    """What a store holds at an item, as stored: one blob under "", or named parts."""

    parts: Mapping[str, Secret]


@dataclass(frozen=True)
class Match:
    """One key found in an item."""

    kind: Kind
    fields: Mapping[str, str]
    """Role to leaf."""
    missing: frozenset[str] = frozenset()
    facts: Facts = Facts()
    probe: str | None = None
    """The URL that an `[[identify]]` line gave; its host is one of the kind's."""


@dataclass(frozen=True)
class ProbeResult:
    """One live answer."""

    validity: Validity
    reason: Reason
    facts: Facts = Facts()
    latency: timedelta = timedelta(0)
    detail: str = ""
    """The vendor's own words, short and without any value: "401 INVALID_AUTH"."""

    @classmethod
    def valid(cls, facts: Facts = Facts(), reason: Reason = Reason.OK, detail: str = "") -> ProbeResult:
        """It authenticates."""
        return cls(Validity.VALID, reason, facts, detail=detail)

    @classmethod
    def invalid(cls, reason: Reason = Reason.REFUSED, detail: str = "") -> ProbeResult:
        """The vendor says in its own words that this key does not work."""
        return cls(Validity.INVALID, reason, detail=detail)

    @classmethod
    def suspended(cls, reason: Reason = Reason.ACCOUNT_SUSPENDED, detail: str = "") -> ProbeResult:
        """The account around the key is shut; a new key would not help."""
        return cls(Validity.SUSPENDED, reason, detail=detail)

    @classmethod
    def unknown(cls, reason: Reason, detail: str = "") -> ProbeResult:
        """Nobody can tell from this answer."""
        return cls(Validity.UNKNOWN, reason, detail=detail)


@dataclass(frozen=True)
class Listed:
    """One key as the vendor's own list shows it."""

    kind: Kind
    facts: Facts


@dataclass(frozen=True)
class Sighting:
    """What a sweep hands to the ledger: a key in a place, or a key in a vendor's list."""

    provider: str
    place: str
    """`provider:locator#FIELD`; for a vendor's list `provider:account/key_id`."""
    kind: Kind
    facts: Facts
    item: Item | None = None
    """None: the vendor's list."""
    fingerprint: str | None = None
    """None: its value was not read."""
    tried: ProbeResult | None = None
    """None: not tried in this sweep, which is not UNKNOWN."""
    at: datetime | None = None
    """When it was tried."""
    missing: frozenset[str] = frozenset()
