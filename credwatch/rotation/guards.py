"""What must hold before anything is begun, apart from the key itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from credwatch.clock import Clock
from credwatch.config.rotating import Rotate
from credwatch.ledger.journal import Counts, Journal
from credwatch.model.rotating import Rotation
from credwatch.rotation.freezes import frozen
from credwatch.rotation.pasteable import word

ACTIVE = 2
"""So many rotations are under way at once, in all."""
FAILURES = 3
"""So many failures within an hour pause everything: the cause is not one key."""
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class HouseGuards:
    """The rules of the house, against the journal and the clock."""

    journal: Journal
    rotate: Rotate
    timezone: ZoneInfo
    clock: Clock
    skew: Callable[[], timedelta | None] = lambda: None
    """How far our clock is from those of others; None: nobody said."""
    pauses: bool = True
    """Whether it writes down that everything is paused; who only looks does not."""

    def refusal(self, rotation: Rotation) -> str:
        """Why it may not begin now, the first reason that holds; empty: it may."""
        now = self.clock.now()
        return (
            self.journal.readable()
            or self._paused()
            or self._sight()
            or self._clock()
            or self._frozen(rotation, now)
            or self._budget(rotation, now)
        )

    def _paused(self) -> str:
        why = self.journal.paused_all()
        return f"all rotations are paused: {why}. credwatch unpause" if why else ""

    def _sight(self) -> str:
        if self.journal.complete_sweep() is None:
            return "no sweep has listed every provider completely yet: credwatch sweep"
        blind = self.journal.blind()
        return f"no rotation starts while we are blind: {', '.join(blind)}. credwatch doctor" if blind else ""

    def _clock(self) -> str:
        skew = self.skew()
        if skew is None or abs(skew) < SKEW:
            return ""
        return f"our clock is {abs(skew).total_seconds():.0f} s {'ahead' if skew > timedelta(0) else 'behind'}: set it"

    def _frozen(self, rotation: Rotation, now: datetime) -> str:
        until = frozen(self.rotate.freeze, now, self.timezone)
        if until is None or rotation.urgent:
            return ""
        return f"rotations are frozen until {until.astimezone(UTC):%a %-d %b %H:%M} UTC"

    def _budget(self, rotation: Rotation, now: datetime) -> str:
        counts = self.journal.counts(rotation, now)
        if counts.failures >= FAILURES:
            why = f"{counts.failures} failed within an hour"
            if self.pauses:
                self.journal.pause_all(why, "credwatch", now)
            return f"all rotations are paused: {why}. credwatch unpause"
        if counts.active >= ACTIVE:
            return f"{counts.active} others are under way, and no more than {ACTIVE} are at once: credwatch rotations"
        if counts.account and not rotation.renews:
            return "another one of the same vendor account is under way: credwatch rotations"
        return self._unattended(rotation, counts) if rotation.automatic else ""

    def _unattended(self, rotation: Rotation, counts: Counts) -> str:
        if counts.day >= self.rotate.max_per_day:
            return f"{counts.day} were begun within a day, and max_per_day is {self.rotate.max_per_day}"
        if not counts.done:
            command = f"credwatch rotate {word(rotation.targets[0].place)}"
            return f"the first rotation of a {rotation.kind} waits for a person: {command}"
        return ""
