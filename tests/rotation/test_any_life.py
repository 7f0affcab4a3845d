"""A rotation in any order of things: turns, crashes, edits, silence, jumps, pauses, wishes, choices, an upgrade."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from credwatch.model.rotating import ENDED, State
from tests.rotation.harness.acts import ACTS
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.person import decide
from tests.rotation.harness.play import finish
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.settings import SETTINGS
from tests.rotation.harness.vendors import MINTERS


class AnyLife(RuleBasedStateMachine):
    """One rotation, from its plan to its end."""

    @initialize(traits=st.sampled_from(MINTERS), places=st.integers(1, 3), setting=st.sampled_from(sorted(SETTINGS)))
    def begins(self, traits: object, places: int, setting: str) -> None:
        self.plan: dict[int, Fault] = {}
        self.stack = ledger()
        self.ledger = self.stack.__enter__()
        assert traits in MINTERS
        scene = Scene(MINTERS[MINTERS.index(traits)], places, self.plan, SETTINGS[setting])
        self.life = Life(scene, self.ledger, CREDENTIAL)
        self.stops = 0

    def under_way(self) -> bool:
        return self.life.rotation.state not in ENDED

    @precondition(under_way)
    @rule(
        after=st.none() | st.integers(1, 25),
        fault=st.sampled_from([each for each in Fault if each is not Fault.VERY_LATE]),
    )
    def a_process(self, after: int | None, fault: Fault) -> None:
        """It goes on, and something becomes of one of its next calls."""
        if after is not None:
            self.plan[len(self.life.scene.faults.calls) + after] = fault
        self.life.process()
        self.life.goes_by()

    @precondition(under_way)
    @rule(name=st.sampled_from(sorted(ACTS)))
    def somebody_else(self, name: str) -> None:
        with self.life.scene.faults.others():
            ACTS[name](self.life)
        self.life.rotation = self.life.journal.one(self.life.rotation.id)

    @precondition(lambda self: self.life.rotation.state is State.NEEDS_OPERATOR and not self.life.rotation.paused)
    @rule(choice=st.none() | st.integers(0, 5))
    def a_person(self, choice: int | None) -> None:
        decide(self.life, self.stops, choice)
        self.stops += 1

    @rule()
    def an_upgrade(self) -> None:
        """Another version opens the journal: it knows what the rows say, and nothing else."""
        self.life.journal = self.life.opened()
        self.life.rotation = self.life.journal.one(self.life.rotation.id)

    @invariant()
    def nothing_is_wrong(self) -> None:
        if hasattr(self, "life"):
            assert self.life.observer.wrong == []

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        try:
            self.plan.clear()
            finish(self.life, self.stops)
            assert self.life.observer.wrong == []
        finally:
            self.stack.__exit__(None, None, None)


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(
    max_examples=settings.default.max_examples if settings.default and settings.default.max_examples > 1000 else 40,
    stateful_step_count=25,
)
