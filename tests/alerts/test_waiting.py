from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from credwatch.alerts.routes import Routes
from tests.alerts.world import CONFIG, SILENT, World, configured, ms

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("config", "now", "then"),
    [
        (CONFIG, "2026-11-20 08:59", "2026-11-20 09:00"),
        (CONFIG, "2026-11-20 09:00", "2026-11-23 09:00"),  # Friday's is under way
        (CONFIG, "2026-11-21 07:00", "2026-11-23 09:00"),
        (CONFIG, "2026-11-23 10:00", "2026-11-24 09:00"),
        (SILENT, "2026-11-20 10:00", "2026-11-23 00:00"),
    ],
)
def test_the_next_digest_comes_at_its_hour_on_a_weekday(config: str, now: str, then: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=MADRID)

    assert f"{Routes(configured(config).terms).next_digest(at):%Y-%m-%d %H:%M}" == then


def test_a_delivery_says_what_waits_and_for_what(world: World) -> None:
    world.line("c-0001")
    world.deliver()
    world.line("c-0002")
    snoozed = world.page("c-0003")
    world.change("incident", snoozed, snoozed_until=ms(world.clock.at + timedelta(hours=2)))
    world.slack.rooms["voice-oncall"].archived = True
    world.page("c-0004")

    found = world.deliver()

    assert (found.queued, found.later, found.snoozed) == (3, 1, 1)
    assert f"{found.next_digest:%a %H:%M}" == "Mon 09:00"


def test_a_line_whose_digest_the_channel_refuses_waits_for_the_channel(world: World) -> None:
    world.line("c-0001")
    world.slack.rooms["voice-alerts"].archived = True

    found = world.deliver()

    assert (found.queued, found.later, found.next_digest) == (1, 0, None)


def test_before_its_hour_a_digest_is_waited_for(world: World) -> None:
    world.clock.at -= timedelta(hours=1)
    world.line("c-0001")

    found = world.deliver()

    assert (found.queued, found.later, f"{found.next_digest:%a %H:%M}") == (1, 1, "Fri 09:00")
