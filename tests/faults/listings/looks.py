"""Looks at a company, and what is remembered of them."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from credwatch.clock import SystemClock
from credwatch.ledger import Ledger
from credwatch.looking import Ended, Watch
from credwatch.pipeline import sweep
from credwatch.registry import Registry
from credwatch.transport import Transport
from credwatch.transport.names import Names
from tests.conformance.installed import PLUGINS
from tests.faults.listings.company import NAMES, Company, Resolver

SOON, LATE = timedelta(seconds=0.1), timedelta(seconds=20)
"""The deadline where a fault lasts as long as that; and where a busy machine must not come near it."""
NOISE = 20
"""So many times its time anything may take on a busy machine."""


class Off(SystemClock):
    """Waits for nobody, and is so far from the right time."""

    def __init__(self, off: timedelta = timedelta(0)) -> None:
        self.off = off

    def now(self) -> datetime:
        return super().now() + self.off

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """At once."""
        del seconds
        return not stop.is_set()


@dataclass(frozen=True)
class Look:
    """What one look came to."""

    folder: Path
    ended: dict[str, Ended]
    seconds: float

    @property
    def states(self) -> dict[str, str]:
        """Provider to complete, partial or failed, in the last look."""
        return dict(
            self.rows("select provider, state from sweep_provider where sweep_id = (select max(id) from sweep)")
        )

    @property
    def well(self) -> bool:
        """Everything was seen whole."""
        return set(self.states.values()) == {"complete"}

    @property
    def gone(self) -> list[tuple[Any, ...]]:
        """Everything that was ever called gone, or taken off a list."""
        return [
            *self.rows("select place, ended from copy where ended_at is not null"),
            *self.rows("select place, 'unlisted' from listed where ended_at is not null"),
            *self.rows("select credential_id, what from event where what in ('gone', 'unwatched', 'replaced')"),
            *self.rows("select id, status from credential where status in ('gone', 'invalid', 'unwatched')"),
        ]

    @property
    def told(self) -> list[tuple[Any, ...]]:
        """What the on-call would hear of a key, or be woken by."""
        return self.rows("select about, subject, step, level from outbox where level = 'page' or about = 'credential'")

    @property
    def held(self) -> int:
        """How many copies and listed keys are known."""
        (copies,), (listed,) = (
            *self.rows("select count(*) from copy where ended_at is null"),
            *self.rows("select count(*) from listed where ended_at is null"),
        )
        return int(copies) + int(listed)

    def reasons(self, provider: str) -> set[str]:
        """Why what of this provider was not seen in the last look."""
        query = "select provider, reason from {} where sweep_id = (select max(id) from sweep) and reason is not null"
        said = [row for table in ("sweep_provider", "unlisted") for row in self.rows(query.format(table))]
        return {str(reason) for name, reason in said if name == provider}

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with closing(sqlite3.connect(self.folder / "credwatch.db")) as db:
            return db.execute(query, values).fetchall()


@dataclass
class Looker:
    """Looks at a company from a directory in which it was seen whole before."""

    company: Company
    base: Path
    resolver: Resolver
    asked: dict[str, int] = field(default_factory=dict)
    """How many requests a whole look at each is."""
    held: int = 0
    """How many copies and listed keys there are."""

    def well(self) -> None:
        """As it was."""
        self.company.well()
        self.resolver.lost = self.resolver.elsewhere = False

    def begin(self, folder: Path) -> Path:
        """A directory that remembers everything; the configuration says one path, so that is the one."""
        shutil.copytree(self.base, folder / "data")
        return folder / "data"

    def look(
        self,
        data: Path,
        names: Sequence[str] = NAMES,
        *,
        deadline: timedelta = LATE,
        off: timedelta = timedelta(0),
        proxy: str | None = None,
        stores: bool = False,
    ) -> Look:
        """One look at these, within such deadlines, with a clock that is so far off, through this proxy or none.

        The stores are reached directly, unless their tables say that they go through it too.
        """
        clock = Off(off)
        names_of = Names(self.resolver)
        transport = Transport(ca=self.company.authority.ca, clock=clock, deadline=deadline, names=names_of, proxy=proxy)
        config = self.company.config(data, proxy, stores=stores)
        ledger = Ledger.open(data, now=clock.now())
        began = time.monotonic()
        registry = Registry(PLUGINS)
        with Watch.of(config, ledger, clock, threading.Event(), registry=registry, transport=transport) as watch:
            swept = sweep(watch, names, settle=False)
        seconds = time.monotonic() - began
        ledger.shut()
        return Look(data, swept.ended, seconds)
