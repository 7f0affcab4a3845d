"""What a connection can do for the watch: none of it changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from credwatch.contract.replies import Http
from credwatch.errors import ProviderError
from credwatch.mending import mending
from credwatch.model import Item, Listed, Match, Payload, ProbeResult, Unlisted
from credwatch.secrets import Secret


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
