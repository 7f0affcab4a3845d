"""A vendor at which keys are made and unmade, and all that may happen to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Self

from credwatch.contract import Facts, Http, Kind, Minted, Reply, Secret, Validity
from credwatch.sandbox.keys import Fault

MARK = f"cw-{'01JD5T7W3Y':0<26}-1"
"""Of the rotation that is tried here: as long as every mark is."""
EARLIER = f"cw-{'01JC9Z2Q4R':0<26}-3"
"""Of an earlier one."""
READING = frozenset({"GET", "HEAD", "LIST"})


class Recording:
    """An Http that keeps what was asked, and answers what may change something as it is told to."""

    def __init__(self, http: Http, now: Callable[[], datetime] | None = None) -> None:
        self._http = http
        self._now = now or http.now
        self.changes: list[tuple[str, str]] = []
        """Method and URL of every request that is no reading one."""
        self.answer: Callable[[], Reply] | None = None
        """In the place of the vendor's answer to such a request, which is then not sent."""
        self.way: Http = http
        """Such a request goes."""

    def now(self) -> datetime:
        return self._now()

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        if method in READING:
            return self._http.send(method, url, headers=headers, body=body)
        self.changes.append((method, url))
        return self.answer() if self.answer else self.way.send(method, url, headers=headers, body=body)


class Ground(ABC):
    """One kind of key at one vendor. What a vendor cannot do its class says; everything else is tried."""

    kind: ClassVar[Kind]
    roles: ClassVar[frozenset[str]]
    """Those of which a new key has values of its own."""
    longest: ClassVar[int] = 10_000
    """Characters of a name, at most, that the vendor takes."""
    dated: ClassVar[bool] = True
    """Whether a key may have an end."""
    fades: ClassVar[bool] = False
    """Whether a living key can be given an end."""
    listed: ClassVar[bool] = True
    """Whether each key stands in the vendor's list."""
    http: Recording
    minter: Any
    """The connection, opened to write."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...

    @property
    @abstractmethod
    def mine(self) -> Facts:
        """The key that the connection works with, as the list shows it."""

    @property
    @abstractmethod
    def old(self) -> Facts:
        """The key to be replaced, as the vendor's list shows it, or as it is known where there is none."""

    @property
    @abstractmethod
    def secrets(self) -> Mapping[str, str]:
        """Every value that there is, by a name of it."""

    @abstractmethod
    def alive(self) -> frozenset[str]:
        """Every key that the vendor has: some text that no two of them share."""

    @abstractmethod
    def identity(self, values: Mapping[str, Secret]) -> str:
        """The same text, of these values."""

    @abstractmethod
    def of_old(self) -> str:
        """The same text, of the old key."""

    @abstractmethod
    def probe(self, values: Mapping[str, Secret]) -> Validity:
        """What the vendor says of these values."""

    @abstractmethod
    def crowd(self) -> None:
        """Let there be as many keys as the vendor allows."""

    @abstractmethod
    def fault(self, fault: Fault) -> None:
        """Something goes wrong with the next request that changes something."""

    @abstractmethod
    def pass_time(self, seconds: float) -> None:
        """Later."""

    @abstractmethod
    def rename(self, name: str) -> bool:
        """Give the old key another name; whether the vendor's keys have names."""

    @abstractmethod
    def refusals(self) -> Mapping[str, Reply]:
        """Answers that refuse a change in the vendor's own words, by what they say."""

    def of(self, account: str | None) -> Facts:
        """The old key, had it stood in another account, project or service account: what goes into a path."""
        return replace(self.old, account=account)

    def mint(self, **changes: Any) -> Minted:
        """A successor of the old key."""
        like = self.minter.detail(self.old)
        assert like is not None
        made: Minted = self.minter.mint(Facts(**{**vars(like), **changes}), MARK, None)
        return made

    def marked(self) -> list[str | None]:
        """The ids of the keys under our mark."""
        return [one.facts.key_id for one in self.minter.beside(self.old) if MARK in (one.facts.name or "")]
