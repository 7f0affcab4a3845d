"""Our clock, and that of the channel in whose history a message is looked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.alerts.delivery import deliver
from credwatch.sandbox.slack import Failure
from tests.alerts.world import HandClock, World


@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_a_message_that_was_taken_is_found_though_our_clock_runs_in_another_zone(world: World, hours: int) -> None:
    ours = HandClock(world.clock.at + timedelta(hours=hours))
    world.page()
    world.slack.fail(Failure("server_error", method="chat.postMessage", taken=True))

    deliver(world.ledger, world.config, world.channel(), ours, world.stop)

    assert len(world.texts("voice-oncall")) == 1
    assert world.states() == ["told"]
