"""The life of one rotation: processes that die and others that go on, and a person where one is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from credwatch.errors import LedgerError, ProviderError
from credwatch.ledger import Ledger
from credwatch.ledger.journal import Journal
from credwatch.model import Revoke
from credwatch.model.rotating import ENDED, Rotation, State, Turn, Wish
from credwatch.rotation.engine import advance
from credwatch.rotation.run import Run
from credwatch.rotation.tidying import tidy, wonder
from tests.rotation.harness.faults import Faults, Killed
from tests.rotation.harness.observer import Observer
from tests.rotation.harness.scene import Scene

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TURNS = 2000
"""One that needs more turns does not end."""
_CONFIRMS = 3
"""A person confirms when it has been asked for so often."""


class Watched(Journal):
    """The journal, each of whose commits a process can die at."""

    faults: Faults
    moved: Callable[[Rotation, Rotation], None]

    def move(self, *given: Any, **more: Any) -> Rotation:
        """A change of state."""

        def commit() -> Rotation:
            rotation = super(Watched, self).move(*given, **more)
            self.moved(given[0], rotation)
            return rotation

        return self.faults.commit(commit)

    def intent(self, *given: Any, **more: Any) -> Any:
        """An intent."""
        return self.faults.commit(lambda: super(Watched, self).intent(*given, **more))

    def outcome(self, *given: Any, **more: Any) -> None:
        """An outcome."""
        self.faults.commit(lambda: super(Watched, self).outcome(*given, **more))


class Open:
    """Nothing is in the way, unless somebody says so."""

    why = ""

    def refusal(self, rotation: Rotation) -> str:
        """What they said."""
        del rotation
        return self.why


class Life:
    """From the plan to the end, and the day after."""

    def __init__(
        self,
        scene: Scene,
        ledger: Ledger,
        credential: str,
        acts: Mapping[int, Callable[[Life], None]] | None = None,
    ) -> None:
        self.scene, self.ledger, self.guards = scene, ledger, Open()
        self.journal = self.opened()
        self.rotation = Journal.begin(
            self.journal, scene.rotation(self.journal.new_id(scene.time.now()), credential), scene.time.now()
        )
        self.observer = Observer(scene, Journal(ledger), self.rotation)
        self.wished: Wish | None = None
        """What a person asked for, and was not refused."""
        self.overtaken = False
        """Whether another process came to the end while a create of this one was on its way: a day later it is cleared."""
        self.processes, self.asked, self.turns = 0, 0, 0
        self.said: list[str] = []
        """What a person was refused, with the words."""
        self.later: list[tuple[datetime, Callable[[], None]]] = []
        self._differs: datetime | None = None
        scene.faults.acts = {number: partial(act, self) for number, act in (acts or {}).items()}
        scene.time.told.append(self._ticks)

    def opened(self) -> Watched:
        """The journal, as a process opens it."""
        journal = Watched(self.ledger, Random(1))  # noqa: S311  an id is no secret
        journal.faults = self.scene.faults
        journal.moved = self._moved
        return journal

    def run(self) -> Run:
        """What a process begins with."""
        return Run(self.journal.one(self.rotation.id), self.scene.world(), self.journal, self.scene.time, self.guards)

    def process(self) -> Rotation:
        """One, until it waits for long, has ended or is killed."""
        self.processes += 1
        try:
            advance(self.run(), threading.Event())
        except Killed:
            pass
        except LedgerError as error:
            if "another process" not in str(error):
                self.observer.wrong.append(str(error))
        self.rotation = self.journal.one(self.rotation.id)
        return self.rotation

    def goes_by(self) -> None:
        """Until the daemon looks again."""
        now = self.scene.time.now()
        at = self.rotation.next_try_at or now
        self.scene.time.passes((at if at <= now + DAY else now + HOUR) - now + timedelta(seconds=1))

    def looked_after(self) -> None:
        """A person lifts a pause, and says that the old key may go when it was asked for a few times."""
        if self.rotation.paused:
            self.process()
            self.scene.time.passes(2 * HOUR)
            self.observer.paused_at = None
            self.changes(paused=False)
        if self.rotation.state is State.CONFIRMING and self.scene.setting.revoke is not Revoke.GRACE:
            self.asked += 1
            if self.asked == _CONFIRMS:
                self.changes(confirmed_by="ana")

    def changes(self, **changes: object) -> None:
        """Another process sets this."""
        with self.scene.faults.others():
            rotation = self.journal.one(self.rotation.id)
            if rotation.state not in ENDED:
                self.rotation = self.journal.move(rotation, Turn(changes=changes), self.scene.time.now())
                self.observer.confirmed = self.observer.confirmed or "confirmed_by" in changes

    def next_day(self) -> None:
        """The daily look at what came to be late; it dies and fails like everything else, and is done again."""
        self.scene.time.passes(DAY)
        for _ in range(4):
            try:
                tidy(self.run())
                self.observer.spared |= set(wonder(self.run()))
            except (Killed, ProviderError):
                continue
            return

    def soon(self, after: timedelta, act: Callable[[], None]) -> None:
        """Somebody does this then."""
        self.later.append((self.scene.time.true() + after, act))

    def by_a_person(self, act: Callable[[], None]) -> None:
        """What somebody changes outside is noted."""
        before = {each.place: self.scene.key_in(each) for each in self.scene.targets}
        act()
        self.observer.noted(before)
        for target in self.scene.targets:
            if self.scene.key_in(target) != before[target.place]:
                self.observer.touched[target.place] = len(self.scene.faults.calls)

    def _moved(self, before: Rotation, rotation: Rotation) -> None:
        self.turns += 1
        self.observer.moved(before, rotation)
        if self.turns > TURNS:
            raise Killed

    def _ticks(self) -> None:
        now = self.scene.time.true()
        due = [act for at, act in self.later if at <= now]
        self.later = [each for each in self.later if each[0] > now]
        with self.scene.faults.others():
            for act in due:
                act()
        self.mirrors()

    def mirrors(self, *, by_hand: bool = False) -> None:
        """A controller copies the first place into the last one, or somebody does who cannot wait for it."""
        now = self.scene.time.true()
        source, copy = self.scene.targets[0], self.scene.targets[-1]
        if not copy.mirror or self.scene.setting.mirror is None:
            return
        held = self.scene.current(source)
        if "id" not in held or self.scene.key_in(copy) == self.scene.key_in(source):
            self._differs = None
            return
        self._differs = self._differs or now
        if by_hand or now - self._differs >= self.scene.setting.mirror:
            self.by_a_person(lambda: self.scene.write(copy, held["id"].reveal(), held["secret"].reveal()))
