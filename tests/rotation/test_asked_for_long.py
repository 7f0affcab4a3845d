"""A person is asked for weeks whether the old key may go, and somebody does not answer now and then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from credwatch.model import Revoke
from credwatch.model.rotating import State
from tests.rotation.harness.acts import silence
from tests.rotation.harness.ledgers import CREDENTIAL, ledger
from tests.rotation.harness.life import DAY, HOUR, Life
from tests.rotation.harness.scene import PLAIN, Scene
from tests.rotation.harness.vendors import MINTERS

DAYS = 120


def test_what_did_not_answer_a_few_times_a_day_is_no_reason_to_stop() -> None:
    with ledger() as known:
        life = Life(Scene(MINTERS[0], 1, setting=replace(PLAIN, revoke=Revoke.ASK)), known, CREDENTIAL)
        while life.rotation.state is not State.CONFIRMING:
            life.process()
            life.goes_by()
        for _ in range(DAYS):
            silence(life, timedelta(minutes=1))
            life.process()
            life.scene.time.passes(HOUR)
            life.process()
            assert (life.rotation.state, life.rotation.reason) == (State.CONFIRMING, "")
            life.scene.time.passes(DAY)
