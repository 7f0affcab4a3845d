"""A process that works on rotations: each under its own lock, from wherever the last one left it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from statistics import median

from credwatch.errors import CredwatchError, LedgerError
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal, Milestone
from credwatch.looking import Watch
from credwatch.model import Minted
from credwatch.model.rotating import ENDED, Rotation, State, Turn
from credwatch.rotation.engine import AT_WORK, advance
from credwatch.rotation.guards import HouseGuards
from credwatch.rotation.opening import Connections, connections, world_of
from credwatch.rotation.room import lock_of, room, wanted
from credwatch.rotation.run import Run
from credwatch.transport import Transport
from credwatch.transport.noting import Noting

_STUCK = timedelta(hours=1)
GONE = "If that is gone for good: `credwatch abort cw-{id} --here`"
"""The way out of one whose world is not configured any more."""

Said = Callable[[Rotation, Turn], None]


@dataclass(frozen=True)
class Workshop:
    """What a process needs to work on any rotation of this ledger."""

    watch: Watch
    ledger: Ledger
    journal: Journal
    opened: Connections
    pauses: bool = True
    """Whether what it meets may pause all rotations; a plan that is only read does not."""

    @classmethod
    @contextmanager
    def of(cls, watch: Watch, ledger: Ledger, *, writes: bool = True, pauses: bool | None = None) -> Iterator[Workshop]:
        """For as long as it is needed; without `writes` nothing that may change something leaves this process."""
        with connections(watch, writes=writes) as opened:
            yield cls(watch, ledger, Journal(ledger), opened, writes if pauses is None else pauses)

    def run(self, rotation: Rotation, paste: Callable[[], Minted] | None = None) -> Run:
        """This rotation, ready to be gone on with. ConfigError, ProviderError when its world cannot be opened."""
        watch = self.watch
        skew = partial(_skew, watch.transport)
        guards = HouseGuards(
            self.journal, watch.config.rotate, watch.config.timezone, watch.clock, skew, pauses=self.pauses
        )
        return Run(rotation, world_of(self.opened, rotation), self.journal, watch.clock, guards, paste=paste)

    @contextmanager
    def alone(self, rotation: Rotation) -> Iterator[Rotation]:
        """Nobody else works on it meanwhile: as it is now. LedgerLocked, with who does, when somebody else does."""
        with lock_of(self.ledger.directory, rotation.id):
            yield self.journal.one(rotation.id)

    @contextmanager
    def decided(self, rotation: Rotation) -> Iterator[Rotation]:
        """The same for what a person decides: one that only waits makes room."""
        with room(self.ledger.directory, rotation.id, self.watch.clock, self.watch.stop):
            yield self.journal.one(rotation.id)

    def gone(self, rotation: Rotation) -> tuple[str, ...]:
        """What it works with and the configuration no longer has: nobody can go on with it. Nothing is opened for that."""
        config = self.watch.config
        minter = [rotation.minter] if rotation.minter and not rotation.renews else []
        names = dict.fromkeys([*minter, *(one.provider for one in rotation.targets)])
        kind = () if rotation.kind in self.opened.kinds else (rotation.kind,)
        may = config.providers.keys() & config.rotate.identities.keys()
        return (*kind, *(one for one in names if one not in may))

    def go_on(
        self,
        rotation: Rotation,
        *,
        patience: timedelta = AT_WORK,
        said: Said | None = None,
        paste: Callable[[], Minted] | None = None,
    ) -> Rotation:
        """Go on with it until it ends, waits for longer than `patience`, or needs a person."""
        with self.alone(rotation) as now:
            if now.state in ENDED or now.state is State.NEEDS_OPERATOR:
                return now
            asked = partial(wanted, self.ledger.directory, now.id)
            return advance(self.run(now, paste), self.watch.stop, patience=patience, said=said, wanted=asked)

    def due(self, said: Said | None = None) -> tuple[list[Rotation], list[tuple[Rotation, CredwatchError]]]:
        """Every rotation that can be gone on with: how each stands now, and those that could not be opened."""
        done: list[Rotation] = []
        failed: list[tuple[Rotation, CredwatchError]] = []
        for rotation in self.journal.due(self.watch.clock.now()):
            if self.watch.stop.is_set():
                break
            try:
                done.append(self.go_on(rotation, said=said))
            except CredwatchError as error:
                failed.append((rotation, error))
                self._stuck(rotation, error)
        return done, failed

    def _stuck(self, rotation: Rotation, error: CredwatchError) -> None:
        """Once a day it is told that nobody can go on with it, when that is so for an hour."""
        now = self.watch.clock.now()
        since = rotation.next_try_at or rotation.updated_at or now
        if not isinstance(error, LedgerError) and now - since >= _STUCK:
            gone = ", ".join(self.gone(rotation))
            why = f"`credwatch abort cw-{rotation.id} --here`, or put back {gone}" if gone else str(error)
            told = Milestone(f"stuck:{now:%Y-%m-%d}", words=f"nobody can go on with it: {why}")
            self.journal.tell(rotation, told, now)


def _skew(transport: Transport) -> timedelta | None:
    """How far our clock is ahead of those who answered: the middle of their Date headers. None: nobody said."""
    if not isinstance(transport, Noting) or not transport.ahead:
        return None
    return timedelta(seconds=median(one.total_seconds() for one in transport.ahead))
