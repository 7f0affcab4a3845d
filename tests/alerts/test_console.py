from __future__ import annotations

from datetime import timedelta

from credwatch.alerts.channel import ConsoleChannel
from tests.alerts.world import SILENT, World, configured


def test_without_slack_the_same_words_are_printed(world: World) -> None:
    world.config = configured(SILENT)
    world.page()
    printed: list[str] = []

    world.deliver(ConsoleChannel(printed.append))

    assert printed[0].startswith('Page: Deepgram key "voice-prod" stops working in 3 days')
    assert world.states() == ["told"]


def test_a_page_that_was_printed_is_posted_anew_once_there_is_a_slack(world: World) -> None:
    slack, world.config = world.config, configured(SILENT)
    incident = world.page()
    world.deliver(ConsoleChannel(lambda _: None))

    world.config = slack
    world.clock.at += timedelta(days=1)
    world.alert("expiring", "page", "c-7k2m", incident=incident)
    world.deliver()

    assert len(world.texts("voice-oncall")) == 1
