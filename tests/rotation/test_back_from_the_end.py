"""Gone back from when the old key was told to go already: no place is given back a key that ends a moment later."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from credwatch.model.rotating import State, Trouble, Wish
from credwatch.rotation.choosing import ChoiceError, wish
from tests.rotation.harness.faults import Fault
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import Life
from tests.rotation.harness.play import Played, play
from tests.rotation.harness.scene import Scene
from tests.rotation.harness.schedules import Schedule
from tests.rotation.harness.vendors import MINTERS
from tests.rotation.mutants.chosen import where

TRAITS = {each.name: each for each in MINTERS}
_ELSEWHERE = (
    "insert into copy (credential_id, place, provider, locator, version, labels, missing, since, seen_at, sweep_id, fingerprint)"
    " values (?, 'vault:a#K', 'vault', 'a', '1', '{}', '[]', 0, 0, 1, ?)"
)


def first(traits: str, plan: Mapping[int, Fault], call: str) -> int:
    with ledger() as known:
        played: Played = play(Schedule(TRAITS[traits], 1, dict(plan)), known, CREDENTIAL)
        return where(played.calls, call)


@pytest.mark.parametrize(
    ("traits", "fault", "last"),
    [
        pytest.param("twilio", Fault.LATE, "UNMAKE", id="it is revoked in a moment"),
        pytest.param("elevenlabs", Fault.REFUSED, "SUNSET", id="it was given an end"),
    ],
)
def test_the_old_key_is_not_gone_back_to_when_it_was_told_to_go(traits: str, fault: Fault, last: str) -> None:
    plan = {first(traits, {}, "UNMAKE"): fault}
    held = first(traits, plan, last) + 1

    def copies(life: Life) -> None:
        """Somebody puts the old key into a place that is none of the rotation's."""
        with life.ledger.transaction() as db:
            db.execute(_ELSEWHERE, (CREDENTIAL, life.rotation.old_fp))

    with ledger() as known:
        life = Life(Scene(TRAITS[traits], 1, plan), known, CREDENTIAL, {held: copies})
        while life.rotation.state is not State.NEEDS_OPERATOR:
            life.process()
            if life.rotation.state is not State.REVOKING:
                life.looked_after()
                life.goes_by()
        assert life.rotation.trouble is Trouble.HELD
        with pytest.raises(ChoiceError, match="was told to go"):
            wish(life.run(), Wish.ROLLBACK, "ana")
        life.process()

    assert (life.rotation.trouble, life.rotation.wish, life.observer.wrong) == (Trouble.HELD, None, [])
    (target,) = life.scene.targets
    assert life.scene.key_in(target) == life.rotation.new.key_id
