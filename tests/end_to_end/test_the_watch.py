"""The whole way, through the command line: listed, recognised, tried, judged, remembered, told."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta

import pytest

from credwatch.sandbox.keys import Key, State
from credwatch.sandbox.slack import Failure
from tests.end_to_end.world import DAY, World, kill

INTERVAL = timedelta(minutes=16)
VOICE = "vault-prod:kv/voice/prod#DEEPGRAM_API_KEY"


@pytest.fixture
def deepgram(world: World) -> Key:
    """A production key that ends in 45 days, beside another of the same account, and an admin who may list them."""
    vendor = world.scene.deepgram
    vendor.projects["p-1"] = "voice"
    key = vendor.issue("voice-prod", "p-1", expires=world.now + 45 * DAY)
    world.scene.put("voice/prod", DEEPGRAM_API_KEY=key.value, LOG_LEVEL="info")
    world.scene.put("voice/spare", DEEPGRAM_API_KEY=vendor.issue("voice-spare", "p-1").value)
    admin = vendor.issue("reader", "p-1")
    admin.admin, admin.scopes = True, ("project:read", "keys:read", "usage:read")
    world.environment["DEEPGRAM_READER"] = admin.value
    world.more += '[providers.deepgram]\nuse = "deepgram"\nprojects = ["p-1"]\nadmin = "env:DEEPGRAM_READER"\n'
    return key


@pytest.fixture
def twilio(world: World) -> list[Key]:
    """Seven production keys of one account, and no admin."""
    account = world.scene.twilio.open("voice")
    keys = [world.scene.twilio.issue(f"key {number}", account.sid) for number in range(7)]
    for number, key in enumerate(keys):
        world.scene.put(f"voice/twilio/{number}", TWILIO_API_KEY_SID=key.id, TWILIO_API_KEY_SECRET=key.value)
    return keys


def begin(world: World) -> None:
    """The first look, told; and then an interval passes."""
    world.look_and_tell()
    world.move(INTERVAL)


@pytest.mark.usefixtures("deepgram")
def test_a_key_in_a_store_is_listed_tried_remembered_and_summed_up_once(world: World) -> None:
    world.look_and_tell()
    world.deliver()

    assert world.said("credentials") == [
        "credwatch is watching: 3 credentials in 2 places. None needs a person this week"
    ]
    with closing(sqlite3.connect(world.data / "credwatch.db")) as db:
        assert db.execute("select count(*) from probe").fetchone() == (2,)


@pytest.mark.usefixtures("deepgram")
def test_moved_by_31_days_the_ladder_speaks_once(world: World) -> None:
    begin(world)
    world.move(31 * DAY)
    world.look_and_tell()
    world.move(INTERVAL)
    world.look_and_tell()
    world.move(3 * DAY)
    world.look_and_tell()

    assert len(world.said("voice-alerts")) == 1
    assert world.pages() == []


def test_a_revoked_key_is_exactly_one_page_within_one_settled_sweep(world: World, deepgram: Key) -> None:
    begin(world)
    deepgram.state = State.DELETED
    world.look_and_tell()
    world.move(INTERVAL)
    world.look_and_tell()

    assert len(world.pages()) == 1
    assert world.pages()[0].startswith("Page: Deepgram refuses")


def test_a_replaced_key_is_one_all_clear_where_the_page_was(world: World, deepgram: Key) -> None:
    begin(world)
    deepgram.state = State.DELETED
    world.look_and_tell()
    world.scene.put("voice/prod", DEEPGRAM_API_KEY=world.scene.deepgram.issue("voice-new", "p-1").value)
    for _ in range(2):
        world.move(INTERVAL)
        world.look_and_tell()

    room = world.scene.slack.rooms["voice-oncall"]
    resolved = [message for message in room.messages if message.text.startswith("Resolved")]
    assert len(room.texts()) == 1
    assert [message.thread_ts is None for message in resolved] == [True, False], [m.text for m in room.messages]


@pytest.mark.usefixtures("deepgram")
def test_a_vendor_that_is_down_for_a_day_is_no_word_about_its_keys(world: World) -> None:
    begin(world)
    world.scene.deepgram.state = State.DOWN
    for _ in range(8):
        world.sweep(code=None)
        world.deliver()
        world.move(timedelta(hours=3))

    words = [text for channel in world.scene.slack.rooms for text in world.said(channel)]
    assert [text for text in words if not text.startswith(("credwatch is watching", "Blind"))] == []
    assert len(world.pages()) == 1


def test_all_keys_of_an_account_at_once_are_one_incident(world: World, twilio: list[Key]) -> None:
    begin(world)
    for key in twilio:
        key.state = State.DELETED
    world.look_and_tell()
    world.move(INTERVAL)
    world.look_and_tell()

    assert len(world.pages()) == 1
    assert "7 keys" in world.pages()[0]


@pytest.mark.usefixtures("deepgram")
def test_a_list_of_ids_beside_values_in_a_store_makes_no_orphan(world: World) -> None:
    """Where the probe tells no id, the list and the store cannot be compared."""
    world.scene.deepgram.tells_ids = False
    begin(world)

    assert "held by no store" not in world.run("status")
    assert "orphan" not in world.run("show", VOICE)


def test_the_same_id_with_a_wrong_secret_elsewhere_is_a_half_pair_and_the_credential_stays_valid(
    world: World, twilio: list[Key]
) -> None:
    begin(world)
    world.scene.put("batch/twilio", TWILIO_API_KEY_SID=twilio[0].id, TWILIO_API_KEY_SECRET=f"Yy{twilio[0].value[2:]}")
    world.look_and_tell()

    place = "vault-prod:kv/batch/twilio#TWILIO_API_KEY_SECRET"
    assert len(world.pages()) == 1
    assert place in world.shown("voice-oncall")
    assert "works" in world.run("show", "vault-prod:kv/voice/twilio/0#TWILIO_API_KEY_SECRET").splitlines()[0]


def test_a_kill_between_post_and_mark_makes_no_second_message(world: World, deepgram: Key) -> None:
    begin(world)
    deepgram.state = State.DELETED
    world.settled()
    world.scene.slack.failures.append(Failure("silent", method="chat.postMessage", taken=True))
    delivering = world.start("deliver")
    deadline = time.monotonic() + 30
    while not world.pages() and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(delivering)

    world.move(INTERVAL)
    world.deliver()

    assert len(world.pages()) == 1


def test_no_value_is_kept(world: World, deepgram: Key) -> None:
    begin(world)

    kept = b"".join(path.read_bytes() for path in world.data.iterdir())
    assert deepgram.value.encode() not in kept
    with closing(sqlite3.connect(world.data / "credwatch.db")) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


def test_a_key_whose_tail_the_vendors_list_shows_gets_its_date_from_there(world: World) -> None:
    vendor = world.scene.elevenlabs
    vendor.accounts["sa-1"] = "voice"
    key = vendor.issue("tts-prod", "sa-1", expires=world.now + 2 * DAY)
    key.created -= 60 * DAY
    admin = vendor.issue("reader", "sa-1")
    admin.admin = True
    world.environment["ELEVENLABS_READER"] = admin.value
    world.more += '[providers.elevenlabs]\nuse = "elevenlabs"\nadmin = "env:ELEVENLABS_READER"\n'
    world.scene.put("voice/prod", ELEVENLABS_API_KEY=key.value)
    begin(world)
    world.look_and_tell()

    assert world.pages()[0].startswith('Page: ElevenLabs key "tts-prod" stops working in ')
    assert len(world.pages()) == 1
