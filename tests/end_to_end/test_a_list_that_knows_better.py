"""What only the vendor's own list tells: its answer to the key is none that it documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.sandbox.keys import Key, State
from tests.end_to_end.world import World

INTERVAL = timedelta(minutes=16)


@pytest.fixture
def elevenlabs(world: World) -> Key:
    """A production key beside another of its workspace, and an admin who may list both."""
    vendor = world.scene.elevenlabs
    vendor.accounts["sa-1"] = "voice"
    key = vendor.issue("tts-prod", "sa-1")
    world.scene.put("voice/prod", ELEVENLABS_API_KEY=key.value)
    world.scene.put("voice/spare", ELEVENLABS_API_KEY=vendor.issue("tts-spare", "sa-1").value)
    admin = vendor.issue("reader", "sa-1")
    admin.admin = True
    world.environment["ELEVENLABS_READER"] = admin.value
    world.more += '[providers.elevenlabs]\nuse = "elevenlabs"\nadmin = "env:ELEVENLABS_READER"\n'
    return key


def test_a_key_that_was_disabled_at_its_vendor_is_one_page_and_well_when_it_is_enabled_again(
    world: World, elevenlabs: Key
) -> None:
    for _ in range(2):  # the second look knows how the keys of the list end
        world.look_and_tell()
        world.move(INTERVAL)
    elevenlabs.state = State.DISABLED
    for _ in range(2):
        world.look_and_tell()
        world.move(INTERVAL)

    assert len(world.pages()) == 1
    assert world.pages()[0].startswith('Page: ElevenLabs refuses the production key "tts-prod"; it is disabled')
    assert "The vendor's list calls it disabled (read " in world.shown("voice-oncall")
    assert "it is disabled" in world.run("status")

    elevenlabs.state = State.ALIVE
    world.look_and_tell()

    assert [text.partition(" ")[0] for text in world.pages()] == ["Resolved"]
