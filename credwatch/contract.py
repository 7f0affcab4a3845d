"""What a plug-in offers, and all of credwatch that it may import.

A plug-in is one module of `credwatch_providers` whose `plugin` names what it can do. Optional powers are Protocols:
a connection that lists places is a `Store`, one that lists a vendor's keys is an `Inventory`, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationError

from credwatch.errors import ConfigError, ProviderError, TransportError
from credwatch.mending import mending
from credwatch.model import (
    NEVER,
    Facts,
    Item,
    Kind,
    Listed,
    Match,
    Payload,
    ProbeResult,
    Reason,
    Role,
    Unlisted,
    Validity,
)
from credwatch.parallel import side_by_side
from credwatch.references import Reference
from credwatch.secrets import Secret

__all__ = [
    "NEVER",
    "Closes",
    "ConfigError",
    "Diagnose",
    "Diagnosis",
    "Facts",
    "Found",
    "Http",
    "Inventory",
    "Issuer",
    "Item",
    "Kind",
    "Listed",
    "Match",
    "Needs",
    "NoSettings",
    "Payload",
    "Plugin",
    "ProbeResult",
    "Provider",
    "ProviderError",
    "Reason",
    "Reference",
    "Reply",
    "Role",
    "Secret",
    "Settings",
    "Setup",
    "Store",
    "TransportError",
    "Unlisted",
    "Validity",
    "counted",
    "mending",
    "otherwise",
    "refused",
    "side_by_side",
]


S = TypeVar("S", bound=BaseModel)
IS = TypeVar("IS", bound=BaseModel)


class Settings(BaseModel):
    """The base of every table a plug-in reads: frozen, no unknown key, no input repeated in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True, defer_build=True
    )


class NoSettings(Settings):
    """A table in which nothing may stand."""


@dataclass(frozen=True)
class Reply:
    """One answer. Header names are lower case; the body is capped."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return read if isinstance(read, dict) else None

    def parsed(self, model: type[S]) -> S:
        """The body as this model. ProviderError(UNREADABLE), which repeats nothing of it, when it is anything else."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError:
            raise ProviderError(Reason.UNREADABLE, f"HTTP {self.status}: not what the vendor documents") from None


def otherwise(reply: Reply) -> ProbeResult:
    """What an answer means that the vendor's own table does not name: never that a key is dead."""
    match reply.status:
        case 429:
            reason = Reason.RATE_LIMITED
        case status if status >= 500:
            reason = Reason.SERVER_ERROR
        case status if 300 <= status < 400:
            reason = Reason.REDIRECTED
        case status if 200 <= status < 300:
            reason = Reason.UNREADABLE
        case _:
            reason = Reason.UNEXPECTED
    return ProbeResult.unknown(reason, detail=f"HTTP {reply.status}")


def refused(verdict: ProbeResult, what: str) -> ProviderError:
    """What an answer to our own credential means for a listing: login refused, forbidden, or the answer's own reason."""
    match verdict.validity:
        case Validity.INVALID:
            reason = Reason.LOGIN_REFUSED
        case Validity.VALID:
            reason = Reason.FORBIDDEN
        case _:
            reason = verdict.reason
    permanent = reason in {Reason.LOGIN_REFUSED, Reason.FORBIDDEN}
    return ProviderError(reason, f"{what}: {verdict.detail or reason}", permanent=permanent)


class Http(Protocol):
    """The one way to a vendor: a deadline, a list of hosts, no redirects, a capped body."""

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request, one answer. TransportError when no answer could be read, or the host is not on the list."""

    def now(self) -> datetime:
        """The wall clock, for signatures."""


class Issuer(Protocol):
    """Tries the keys of its own vendor."""

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """One harmless request with these values (role to value); the vendor's words decide, by the table of the kind."""


class Provider(Protocol):
    """A configured connection."""

    name: str

    def check(self) -> ProbeResult:
        """Whether our own credentials work, and until when. Asked first in every sweep."""


@runtime_checkable
class Store(Protocol):
    """A connection to a place where secrets are kept."""

    def items(self) -> Iterator[Item | Unlisted]:
        """Every place, lazily, page by page. ProviderError when the listing breaks."""

    def read(self, item: Item) -> Payload:
        """What is stored there now. ProviderError when it cannot be read."""


@runtime_checkable
class Inventory(Protocol):
    """A connection to a vendor's own list of keys."""

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Every key the vendor shows. ProviderError when the listing breaks."""


@runtime_checkable
class Closes(Protocol):
    """Holds connections that are to be put down."""

    def close(self) -> None:
        """Put them down; nothing is asked of it afterwards."""


@runtime_checkable
class Needs(Protocol):
    """Can say which rights it needs."""

    def least_privilege(self) -> str:
        """A policy in the system's own language, ready to be pasted."""


@dataclass(frozen=True)
class Diagnosis:
    """One line of `doctor`."""

    what: str
    ok: bool
    said: str
    mend: str = ""


@runtime_checkable
class Diagnose(Protocol):
    """Can look at itself."""

    def diagnose(self) -> Iterator[Diagnosis]:
        """What was tried, what it said, how to mend it."""


def counted(what: str, listing: Iterable[object], mend: str) -> Iterator[Diagnosis]:
    """A listing as lines of `doctor`: one for each part that cannot be read, and how many things the rest shows.

    `mend` is how more rights are given, and is said where rights are missing.
    """
    count = 0
    try:
        for listed in listing:
            if isinstance(listed, Unlisted):
                yield Diagnosis(
                    f"{what} of {listed.scope}",
                    ok=False,
                    said=listed.message or listed.reason,
                    mend=mending(listed.reason, mend),
                )
            else:
                count += 1
    except ProviderError as error:
        yield Diagnosis(what, ok=False, said=str(error), mend=mending(error.reason, mend))
    else:
        yield Diagnosis(what, ok=True, said=f"{count} listed")


@dataclass(frozen=True)
class Found:
    """What `init` saw in the environment: a table to write, and a sentence about it."""

    name: str
    table: Mapping[str, Any]
    said: str


@dataclass(frozen=True)
class Setup(Generic[S, IS]):
    """All that a connection is made from."""

    name: str
    settings: S
    issuer: IS
    http: Http
    """For a vendor's own list: to the hosts of the plug-in's kinds only, patient with 429 and 5xx."""
    reach: Callable[[str], Http]
    """As patient, to the one host ("host" or "host:port") that our own table or a cloud's SDK names. Never one that was read.

    Past the proxy, unless the table says `proxy = true`: a store is reached directly.
    """
    ca: Path | None = None
    """For an SDK that can only go its own way, as the two below: that way is to be ours."""
    proxy: str | None = None
    """For every host but this machine; None where the store is reached directly."""
    timeout: timedelta = timedelta(seconds=20)
    """For one call, from its first to its last byte."""


@dataclass(frozen=True)
class Plugin:
    """What an entry point of the group `credwatch.providers` names."""

    kinds: tuple[Kind, ...] = ()
    issuer: Callable[[Any], Issuer] | None = None
    """From the table `[issuers.NAME]`; works with all defaults."""
    provider: Callable[[Setup[Any, Any]], Provider] | None = None
    own: Callable[[str, Any], tuple[Kind, Issuer]] | None = None
    """A provider table that is itself a kind: `http`."""
    discover: Callable[[Mapping[str, str]], Iterator[Found]] | None = None
    issuer_settings: type[Settings] = NoSettings
    """A key named `base_url`, or ending in `_url`, adds its host to those of the plug-in's kinds."""
    provider_settings: type[Settings] = NoSettings
    hosts: tuple[str, ...] = field(default=())
    """Further hosts that only this plug-in's own list calls (an admin API)."""
