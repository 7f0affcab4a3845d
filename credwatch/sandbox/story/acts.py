"""The story itself, played through the pipeline and the delivery that also run in production."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from credwatch.alerts.delivery import deliver
from credwatch.alerts.opening import open_slack
from credwatch.config.configuration import Config
from credwatch.ledger import DELIVER, Ledger, Lock
from credwatch.looking import Watch
from credwatch.pipeline import Swept, sweep
from credwatch.registry import Registry
from credwatch.sandbox.story.company import Company
from credwatch.sandbox.story.reading import Heard, Reader
from credwatch.sandbox.story.times import LENGTH, Month, StoryClock

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Act:
    """A new act begins."""

    number: int
    title: str


@dataclass(frozen=True)
class Happened:
    """Something was done to a key, by a person or at a vendor."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Looked:
    """One sweep, and how many messages came of it."""

    at: datetime
    swept: Swept
    told: int


Event = Act | Happened | Looked | Heard


class Play:
    """One performance, on a stage that is set."""

    def __init__(  # noqa: PLR0913, PLR0917  the parts of the stage
        self,
        company: Company,
        config: Config,
        ledger: Ledger,
        clock: StoryClock,
        month: Month,
        stop: threading.Event,
    ) -> None:
        self._company, self._config, self._ledger = company, config, ledger
        self._clock, self._month, self._stop = clock, month, stop
        self._registry = Registry.load()
        self._reader = Reader(company.scene.slack)

    def events(self) -> Iterator[Event]:
        """All of it, in order. After `stop` it breaks off at the next step."""
        for act in (self._first_look, self._month_passes, self._killed, self._replaced, self._down, self._refused):
            for event in act():
                if self._stop.is_set():
                    return
                yield event

    def _first_look(self) -> Iterator[Event]:
        yield Act(1, "The first look: one summary, and a page only for what cannot wait")
        yield from self._look(self._month.at(0, 10))

    def _month_passes(self) -> Iterator[Event]:
        company, at = self._company, self._month.at
        yield Act(2, "A month passes, one look a day: each step is told once, on its day")
        yield self._change(at(0, 16), company.replace_what_was_paged)
        yield self._change(at(0, 16), company.clear_staging)
        yield from self._look(at(0, 16, 5))
        yield from self._days(1, 3)
        yield self._change(at(3, 11), company.rotate_the_oldest)
        yield from self._days(4, 20)
        yield self._change(at(20, 11), company.renew_the_certificate)
        yield from self._days(21, LENGTH - 1)
        yield self._change(at(30, 10), company.replace_the_one_that_ends)
        yield from self._look(at(30, 10, 5))

    def _killed(self) -> Iterator[Event]:
        yield Act(3, "A key is killed at its vendor: refused twice, five minutes apart, while others work: one page")
        yield self._change(self._month.at(30, 14, 10), self._company.kill_a_key)
        yield from self._look(self._month.at(30, 14, 15))

    def _replaced(self) -> Iterator[Event]:
        yield Act(4, "It is replaced in the store: the all-clear comes where the page was")
        yield self._change(self._month.at(30, 14, 42), self._company.replace_the_dead_one)
        yield from self._look(self._month.at(30, 14, 45))

    def _down(self) -> Iterator[Event]:
        at = self._month.at
        yield Act(5, "A vendor is down for a day, then an account is refused as a whole: no key is called dead")
        yield self._change(at(30, 15, 10), self._company.vendor_goes_down)
        for hour, minute in ((15, 15), (15, 30), (18, 15), (21, 30)):
            yield from self._look(at(30, hour, minute))
        yield from self._days(LENGTH, LENGTH)
        yield self._change(at(LENGTH, 15, 10), self._company.vendor_comes_back)
        yield from self._look(at(LENGTH, 15, 15))

    def _refused(self) -> Iterator[Event]:
        """At the very end, so that the ledger that is kept tells of something fresh."""
        last = self._month.now - 10 * _MINUTE
        day = LENGTH + 1
        while self._month.at(day, 10) < last:
            yield from self._days(day, day)
            day += 1
        yield self._change(last - 2 * _MINUTE, self._company.refuse_a_whole_account)
        yield from self._look(last)

    def _days(self, first: int, last: int) -> Iterator[Event]:
        """One look a day, when the day's digest is due."""
        for day in range(first, last + 1):
            yield from self._look(self._month.at(day, 9, 5))

    def _change(self, moment: datetime, change: Callable[[], str]) -> Happened:
        self._clock.move_to(moment)
        return Happened(moment, change())

    def _look(self, moment: datetime) -> Iterator[Event]:
        """What cron would do: sweep, deliver."""
        self._clock.move_to(moment)
        config, ledger, clock, stop = self._config, self._ledger, self._clock, self._stop
        with Watch.of(config, ledger, clock, stop, registry=self._registry) as watch:
            swept = sweep(watch, self._registry.connections(config))
        with Lock(ledger.directory, DELIVER):
            deliver(ledger, config, open_slack(config), clock, stop)
        heard = list(self._reader.news())
        yield Looked(moment, swept, len(heard))
        yield from heard
