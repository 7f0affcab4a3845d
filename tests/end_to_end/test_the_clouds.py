"""AWS as moto serves it and Google as its own protobufs do, through the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from credwatch.sandbox.keys import State
from tests.end_to_end import remembered
from tests.end_to_end.account import Account, account
from tests.end_to_end.google import Project, project
from tests.end_to_end.world import DAY, World
from tests.servers.moto import enforce, moto_server, reset

INTERVAL = timedelta(minutes=16)
CREW = "aws-prod:eu-west-1/voice/prod/crew"
TTS = "aws-prod:eu-west-1/voice/prod/tts"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def aws(moto: str, world: World) -> Iterator[Account]:
    """A production secret with keys of three vendors, a bare one, and a user with two access keys, one of them stored."""
    reset(moto)
    scene = world.scene
    scene.deepgram.projects["p-1"] = "voice"
    twilio = scene.twilio.issue("calls", scene.twilio.open("voice").sid)
    with account(moto, world) as made:
        stored, secret = made.user("voice-agent")
        made.access_key("voice-agent")
        made.put(
            "voice/prod/crew",
            {
                "TWILIO_API_KEY_SID": twilio.id,
                "TWILIO_API_KEY_SECRET": twilio.value,
                "DEEPGRAM_API_KEY": scene.deepgram.issue("voice-prod", "p-1").value,
                "AWS_ACCESS_KEY_ID": stored,
                "AWS_SECRET_ACCESS_KEY": secret,
                "LOG_LEVEL": "info",
            },
        )
        scene.openai.projects["proj_1"] = "voice"
        made.put("voice/prod/tts", scene.openai.issue("realtime", "proj_1").value)
        world.more += made.table()
        yield made


@pytest.fixture
def google(world: World) -> Iterator[Project]:
    """A project, and the key of a service account that may lie in one of its secrets."""
    world.scene.openai.projects["proj_1"] = "voice"
    with project(world) as made:
        yield made


def test_every_key_in_a_secret_is_tried_and_the_stored_access_key_is_the_listed_one(world: World, aws: Account) -> None:
    world.sweep()

    assert {place: remembered.tries(world, place) for place in remembered.held(world)} == {
        f"{CREW}#AWS_SECRET_ACCESS_KEY": ["valid"],
        f"{CREW}#DEEPGRAM_API_KEY": ["valid"],
        f"{CREW}#TWILIO_API_KEY_SECRET": ["valid"],
        TTS: ["valid"],
    }
    keys = "select count(*) from credential where kind = 'aws-access-key'"
    assert remembered.rows(world, keys) == [(3,)]
    listed = {key["AccessKeyId"] for key in aws.iam.list_access_keys(UserName="voice-agent")["AccessKeyMetadata"]}
    both = "select c.key_id from credential c join listed l on l.credential_id = c.id join copy h on h.credential_id = c.id"
    ((joined,),) = remembered.rows(world, both)
    assert joined in listed


def test_an_access_key_that_is_deleted_at_iam_is_one_page(world: World, aws: Account, moto: str) -> None:
    with enforce(moto):
        world.sweep()
    world.move(INTERVAL)
    stored = "select c.key_id from credential c join copy h on h.credential_id = c.id where h.place = ?"
    ((key_id,),) = remembered.rows(world, stored, f"{CREW}#AWS_SECRET_ACCESS_KEY")
    aws.iam.delete_access_key(UserName="voice-agent", AccessKeyId=key_id)
    with enforce(moto):
        world.look_and_tell()
        world.move(INTERVAL)
        world.sweep()
    world.deliver()

    assert len(world.pages()) == 1
    assert world.pages()[0].startswith("Page: AWS refuses")


def test_a_planned_deletion_keeps_its_names_and_pages_when_it_is_near(world: World, aws: Account) -> None:
    world.sweep()
    planned = aws.delete("voice/prod/tts")
    world.move(INTERVAL)
    world.sweep()
    world.deliver()

    assert remembered.named(world, TTS) == ("openai-api-key", "expiring")
    assert world.pages() == []

    world.move(planned - 2 * DAY - world.now)
    world.sweep()
    world.deliver()

    assert len(world.pages()) == 1
    assert remembered.ended(world) == []


@pytest.mark.usefixtures("aws")
def test_a_wrong_account_is_said_and_nothing_in_it_is_called_gone(world: World) -> None:
    """One secret: so small a list cannot shrink, and only its failure keeps what was in it."""
    world.more = world.more.replace('secrets = ["**"]\niam = true', 'secrets = ["voice/prod/tts"]')
    world.sweep()
    world.move(INTERVAL)
    before = remembered.held(world)
    world.more = world.more.replace('account = "123456789012"', 'account = "999999999999"')
    swept = world.sweep(code=3)

    assert swept["providers"]["aws-prod"]["reason"] == "wrong_account"
    assert "999999999999" in swept["providers"]["aws-prod"]["message"]
    assert remembered.held(world) == before
    assert list(before) == [TTS]


def test_a_replica_is_the_same_key_and_says_whose_mirror_it_is(world: World, aws: Account) -> None:
    world.more = world.more.replace('regions = ["eu-west-1"]', 'regions = ["eu-west-1", "us-east-1"]')
    value = world.scene.openai.issue("spare", "proj_1").value
    aws.put("voice/prod/spare", value, AddReplicaRegions=[{"Region": "us-east-1"}])
    world.sweep()

    first, second = "aws-prod:eu-west-1/voice/prod/spare", "aws-prod:us-east-1/voice/prod/spare"
    assert remembered.held(world)[first] == remembered.held(world)[second]
    mirrors = "select place, mirror_of from copy where mirror_of is not null"
    assert remembered.rows(world, mirrors) == [(second, "eu-west-1/voice/prod/spare")]
    assert remembered.tries(world, first) == ["valid"]


def test_one_key_in_two_stores_is_one_credential_and_one_page_that_names_both(world: World, aws: Account) -> None:
    key = world.scene.deepgram.issue("shared", "p-1")
    world.scene.put("voice/prod", DEEPGRAM_API_KEY=key.value)
    aws.put("voice/prod/deepgram", key.value)
    world.sweep()
    world.move(INTERVAL)
    key.state = State.DELETED
    world.look_and_tell()

    assert len(world.pages()) == 1
    ours = "aws-prod:eu-west-1/voice/prod/deepgram", "vault-prod:kv/voice/prod#DEEPGRAM_API_KEY"
    assert len({remembered.held(world)[place] for place in ours}) == 1
    assert f"Held in: `{ours[0]}`, 1 more place" in world.shown("voice-oncall")


def test_a_service_account_in_a_secret_is_tried_at_google_and_is_the_listed_key(world: World, google: Project) -> None:
    google.secrets.put("voice-prod-1", "tts", json.dumps(google.stored).encode())
    world.sweep()

    place = "gcp-voice:voice-prod-1/tts#private_key"
    assert remembered.tries(world, place) == ["valid"]
    assert remembered.named(world, place) == ("gcp-service-account-key", "ok")
    listed = "select l.place from listed l join copy h using (credential_id) where h.place = ?"
    ((shown,),) = remembered.rows(world, listed, place)
    assert shown.endswith(google.stored["private_key_id"])


def test_a_secret_that_google_will_remove_in_two_days_is_a_page(world: World, google: Project) -> None:
    made = world.now - 200 * DAY
    google.secrets.put("voice-prod-1", "old", b"plain text", made=made, expire_time=world.now + 2 * DAY)
    google.secrets.put("voice-prod-1", "new", b"plain text", made=made, expire_time=world.now + 300 * DAY)
    world.sweep()
    world.deliver()

    assert len(world.pages()) == 1
    assert "gcp-voice:voice-prod-1/old" in world.shown("voice-oncall")


def test_a_secret_whose_versions_are_switched_off_is_not_gone(world: World, google: Project) -> None:
    bare = world.scene.openai.issue("realtime", "proj_1").value.encode()
    google.secrets.put("voice-prod-1", "realtime", bare)
    off = google.secrets.put("voice-prod-1", "tts", b"{}", json.dumps(google.stored).encode())
    world.sweep()
    before = remembered.held(world)
    for path in (off, "projects/voice-prod-1/secrets/realtime"):
        for number in range(1, len(google.secrets.versions[path]) + 1):
            google.secrets.switch(path, number, "DISABLED")
    world.move(INTERVAL)
    world.sweep()
    world.deliver()

    assert remembered.held(world) == before
    assert remembered.named(world, "gcp-voice:voice-prod-1/realtime") == ("openai-api-key", "ok")
    assert world.pages() == []


def test_a_service_account_key_that_google_no_longer_knows_is_one_page(world: World, google: Project) -> None:
    google.secrets.put("voice-prod-1", "tts", json.dumps(google.stored).encode())
    world.sweep()
    world.move(INTERVAL)
    google.app.dead.add(google.stored["private_key_id"])
    world.look_and_tell()

    assert len(world.pages()) == 1
    assert world.pages()[0].startswith("Page: Google Cloud refuses")
