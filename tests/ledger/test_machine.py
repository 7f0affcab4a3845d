"""The ledger under everything at once, for as long as one likes; looked at from outside after each step.

CREDWATCH_TEST_LARGE=1 plays thousands of courses instead of a few dozen.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from credwatch import assess, findings
from credwatch.alerts.delivery import deliver
from credwatch.config.loading import parse
from credwatch.ledger import Ledger
from credwatch.ledger.queries.joined import _joined, _sight, counted
from credwatch.ledger.times import stored
from credwatch.model import Judgement, Memory, News, Sighting, SweepMemory
from credwatch.pipeline import judge_by
from tests.ledger.company import (
    ANSWERS,
    KEYS,
    LIST,
    PLACES,
    PROVIDERS,
    STAGING,
    Clock,
    Company,
    Letterbox,
    Value,
    fingerprint,
)
from tests.ledger.onlooker import FIVE, Onlooker
from tests.ledger.world import BY_ID, DAY, HOUR, MINUTE, dice

CONFIG = parse(
    """
timezone = "Europe/Madrid"
[slack]
token = "env:SLACK_TOKEN"
warnings = "#credentials"
pages = "#on-call"
[defaults]
owner = "platform"
[[rules]]
match = { place = "vault:kv/staging/**" }
environment = "staging"
page = "never"
""",
    {"SLACK_TOKEN": "xoxb-1"},
    "credwatch.toml",
)
EVERYWHERE = [place for places in PLACES.values() for place in places]
LARGE = bool(os.environ.get("CREDWATCH_TEST_LARGE"))
Courses = settings(
    max_examples=2_000 if LARGE else 40,
    stateful_step_count=60 if LARGE else 30,
    deadline=None,
    derandomize=not LARGE,
    suppress_health_check=list(HealthCheck),
)


class Died(Exception):  # noqa: N818  not an error
    """The sweep's process is killed here."""


def dies_judging(_memory: Memory, _now: datetime) -> Judgement:
    """The light goes out in the middle of a page."""
    raise Died


def dies_closing(_memory: SweepMemory, _now: datetime) -> tuple[News, ...]:
    """The light goes out when every page is judged and kept."""
    raise Died


class Machine(RuleBasedStateMachine):
    """A company, its watch, and who looks at both."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock, self.company, self.letterbox = Clock(), Company(), Letterbox()
        self.digest, self.random = "1", dice()
        self.ledger = self._open()
        self.onlooker = Onlooker(self.folder / "data" / "credwatch.db")

    def _open(self) -> Ledger:
        return Ledger.open(self.folder / "data", now=self.clock.now(), random=self.random, mounts="")

    def teardown(self) -> None:
        try:
            self.everything_comes_to_rest()
        finally:
            self.ledger.shut()
            shutil.rmtree(self.folder)

    # -- what happens in the company ---------------------------------------------------------------------------------

    @rule(place=st.sampled_from(EVERYWHERE), key=st.sampled_from(KEYS), value=st.integers(0, 1))
    def a_place_is_written(self, place: str, key: int, value: int) -> None:
        self.company.held[place] = (key, value)

    @rule(place=st.sampled_from(EVERYWHERE))
    def a_place_is_emptied(self, place: str) -> None:
        self.company.held.pop(place, None)

    @rule(place=st.sampled_from(EVERYWHERE), which=st.sampled_from(["halves", "unread"]))
    def a_place_loses_a_half_or_may_not_be_read_or_that_is_mended(self, place: str, which: str) -> None:
        places: set[str] = getattr(self.company, which)
        places ^= {place}

    @rule(key=st.sampled_from(KEYS), value=st.integers(0, 1), answer=st.sampled_from([*ANSWERS, "dead", "works"]))
    def the_vendor_answers_otherwise(self, key: int, value: int, answer: str) -> None:
        self.company.answers[key, value] = answer

    @rule(account=st.integers(0, 1), answer=st.sampled_from(["works", "dead", "suspended"]))
    def all_of_an_account_is_answered_alike(self, account: int, answer: str) -> None:
        self.company.answers |= {(key, value): answer for key in KEYS for value in (0, 1) if key % 2 == account}

    @rule(key=st.sampled_from(KEYS))
    def the_vendors_list_changes(self, key: int) -> None:
        self.company.listed ^= {key}

    @rule(by=st.sampled_from([MINUTE, 6 * MINUTE, 16 * MINUTE, 16 * MINUTE, 3 * HOUR, DAY, 8 * DAY]))
    def time_passes(self, by: timedelta) -> None:
        self.clock.real += by

    @rule(by=st.sampled_from([-30 * DAY, 30 * DAY]))
    def our_clock_jumps(self, by: timedelta) -> None:
        self.clock.wrong = by if self.clock.wrong == timedelta(0) else timedelta(0)
        self.clock.jumped = True

    # -- what the watch does -------------------------------------------------------------------------------------------

    @rule(
        names=st.sets(st.sampled_from(PROVIDERS), min_size=1),
        broken=st.sets(st.sampled_from(PROVIDERS), max_size=1),
        hidden=st.booleans(),
        dies=st.sampled_from([None, None, None, "looking", "judging", "closing"]),
        settles=st.booleans(),
    )
    def a_sweep(self, names: set[str], broken: set[str], *, hidden: bool, dies: str | None, settles: bool) -> None:
        with suppress(Died):
            self.sweep(sorted(names), broken, hidden=STAGING if hidden else "", dies=dies, settles=settles)

    @rule(mood=st.sampled_from(["takes", "takes", "loses", "drops", "refuses"]))
    def a_delivery(self, mood: str) -> None:
        self.letterbox.mood = mood
        deliver(self.ledger, CONFIG, self.letterbox, self.clock, threading.Event())

    @rule()
    def the_ledger_is_put_down_and_taken_up(self) -> None:
        self.ledger.shut()
        self.ledger = self._open()

    @rule()
    def the_rules_change(self) -> None:
        self.digest += "1"

    @precondition(lambda self: self.onlooker.rows("select 1 from incident where closed_at is null"))
    @rule(which=st.integers(0, 5), snoozed=st.one_of(st.none(), st.sampled_from([HOUR, 3 * DAY])))
    def somebody_has_it(self, which: int, snoozed: timedelta | None) -> None:
        found = self.onlooker.rows("select id from incident where closed_at is null order by id")
        now = self.clock.now()
        self.ledger.acknowledge(found[which % len(found)][0], "ana", now + snoozed if snoozed else None, now)

    @rule()
    def what_is_old_goes(self) -> None:
        self.ledger.prune(self.clock.now(), 20 * DAY)

    def sweep(self, names: Sequence[str], broken: set[str], *, hidden: str, dies: str | None, settles: bool) -> None:
        ledger, configured = self.ledger, dict.fromkeys(PROVIDERS, "1")
        number = ledger.begin(names, configured=configured, uses={LIST: LIST}, rules=self.digest, now=self.clock.now())
        taken: set[str] = set()
        for name in names:
            batch = list(self.company.shows(name, hidden))
            complete = name not in broken
            batch = batch if complete else batch[: len(batch) // 2]
            shown = [self.tried(one, taken) if isinstance(one, Sighting) else one for one in batch]
            ledger.record(number, name, shown, self.clock.now())
            places = {one.place for one in shown if isinstance(one, Sighting)}
            seen = {place for place in EVERYWHERE if place in places or place.partition("#")[0] in places}
            self.company.looked(name, seen, complete=complete, hidden=hidden)
            ledger.ended(number, name, complete=complete, items=len(places), now=self.clock.now(), shrunk=assess.shrunk)
        if dies == "looking":
            return
        ledger.looked(number, self.clock.now())
        judge = judge_by(CONFIG, self.clock.now())
        judges = (
            dies_judging if dies == "judging" else judge,
            dies_closing if dies == "closing" else assess.judge_sweep,
        )
        closed = ledger.close(number, *judges, self.clock.now())
        if settles and closed.suspects:
            self.clock.real += FIVE
            for one in (*ledger.suspects(number), *ledger.controls(number)):
                value = self.company.held.get(one.place)
                if (
                    value is not None
                    and fingerprint(value) == one.fingerprint
                    and one.place not in self.company.unread | self.company.halves
                ):
                    again = self.asked(self.company.sighting(one.place), value)
                    ledger.record(number, one.provider, [again], self.clock.now())
            ledger.close(number, judge, assess.judge_sweep, self.clock.now())
        self.whoever_is_called_dead_is_dead()

    def tried(self, seen: Sighting, taken: set[str]) -> Sighting:
        """The sighting, with its answer when one is due."""
        now = self.clock.now()
        if seen.fingerprint is None or seen.fingerprint in taken:
            return seen
        taken.add(seen.fingerprint)
        if self.ledger.answered([(BY_ID.name, seen.fingerprint)], now - 8 * MINUTE, now):
            return seen
        return self.asked(seen, self.company.held[seen.place])

    def asked(self, seen: Sighting, value: Value) -> Sighting:
        answer = self.company.answer(value)
        self.company.note(value, answer, self.clock.real)
        return replace(seen, tried=answer, at=self.clock.now())

    # -- looked at from outside ------------------------------------------------------------------------------------------

    @invariant()
    def nothing_stands_in_it_that_may_never_be(self) -> None:
        assert self.onlooker.wrong() == {}

    @invariant()
    def nothing_is_told_twice(self) -> None:
        assert (self.letterbox.twice, self.onlooker.told_again(jumped=self.clock.jumped)) == ([], [])

    @invariant()
    def what_is_held_is_what_was_seen_last(self) -> None:
        """Nothing is gone by a listing that did not finish, and everything by one that did."""
        seen = {place.partition("#")[0] for place, there in self.company.present.items() if there}
        assert self.onlooker.items() == seen

    @invariant()
    def what_is_counted_alike_is_as_if_each_was_counted(self) -> None:
        found, _ = counted(self.ledger, lambda _kind, place: "staging" if STAGING in place else "production")
        with self.ledger.read() as db:
            each = findings.counts(
                _joined(db, "1"), _sight(db), lambda _, place: "staging" if STAGING in place else "production"
            )
        assert found == each

    def whoever_is_called_dead_is_dead(self) -> None:
        assert self.onlooker.called_dead_too_soon(self.company) == []
        assert self.onlooker.called_dead_without_a_control() == []

    def everything_comes_to_rest(self) -> None:
        """In the end whoever is dead in production was told, and nobody who works is accused."""
        self.clock.wrong, self.letterbox.mood = timedelta(0), "takes"
        for _ in range(3):
            self.clock.real += 16 * MINUTE
            self.sweep(PROVIDERS, set(), hidden="", dies=None, settles=True)
            deliver(self.ledger, CONFIG, self.letterbox, self.clock, threading.Event())
        company = self.company
        whole = {
            at: v for at, v in company.held.items() if at not in company.halves | company.unread and STAGING not in at
        }
        dead = [place for place, value in whole.items() if company.answers.get(value) == "dead"]
        keys = {value[0] for value in company.held.values() if company.answers.get(value, "works") != "works"}
        well = [place for place, (key, _) in whole.items() if key not in keys]
        assert self.onlooker.uncovered(dead, stored(self.clock.now())) == []
        assert self.onlooker.accused(well) == []


TestMachine = Machine.TestCase
TestMachine.settings = Courses
