"""What is ElevenLabs's own: ends between 15 minutes and 90 days, a switch, and persons' keys that it does not make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from credwatch.contract import NEVER, ProviderError
from credwatch.transport import Transport
from tests.minting.ground import MARK
from tests.minting.sandboxes import ElevenLabsGround
from tests.servers.vendors import NOON


@pytest.fixture
def elevenlabs(tmp_path: Path, transport: Transport) -> Iterator[ElevenLabsGround]:
    with ElevenLabsGround(tmp_path, transport) as made:
        yield made


def test_a_person_reads_what_stays_and_what_changes(elevenlabs: ElevenLabsGround) -> None:
    said = elevenlabs.minter.carried(elevenlabs.old, None)

    assert said.same == (
        "belongs to service account voice",
        "permissions text_to_speech, user_read",
        "character limit 100000",
        "allowed addresses 10.0.0.0/24",
        "third party disable allowed true",
        "TTS concurrency limit 5",
        "dubbing concurrency limit 2",
    )
    assert said.changes == ("expires in 75 days, 4 Feb 2027, as long as the old one had",)
    assert said.lost == ()


def test_a_limit_that_cannot_be_asked_for_is_lost_and_said_so(elevenlabs: ElevenLabsGround) -> None:
    elevenlabs.key.traits["platform_limits"]["credits"] = {"limit": 7, "usage": 1}
    said = elevenlabs.minter.carried(elevenlabs.old, None)
    made = elevenlabs.mint()

    assert said.lost == ("credit limit 7: set it by hand",)
    assert "credit_limit" not in (made.facts.traits or {})


@pytest.mark.parametrize(
    ("asked", "lives", "word"),
    [
        (timedelta(days=365), timedelta(days=90) - timedelta(minutes=1), "no more"),
        (timedelta(minutes=1), timedelta(minutes=16), "no less"),
    ],
)
def test_a_lifetime_out_of_bounds_is_cut_and_a_person_is_told(
    elevenlabs: ElevenLabsGround, asked: timedelta, lives: timedelta, word: str
) -> None:
    said = elevenlabs.minter.carried(elevenlabs.old, asked).changes
    made = elevenlabs.minter.mint(elevenlabs.old, MARK, asked)

    assert word in said[0]
    assert made.facts.expires == NOON + lives


def test_a_key_without_an_end_has_a_successor_without_one(elevenlabs: ElevenLabsGround) -> None:
    elevenlabs.key.expires = None

    assert elevenlabs.minter.detail(elevenlabs.mint().facts).expires == NEVER


def test_a_workspace_that_wants_an_end_refuses_for_certain(elevenlabs: ElevenLabsGround) -> None:
    elevenlabs.key.expires, elevenlabs.vendor.endless = None, False
    with pytest.raises(ProviderError) as raised:
        elevenlabs.mint()

    assert raised.value.permanent


def test_a_persons_key_is_refused_with_a_way_out(elevenlabs: ElevenLabsGround) -> None:
    like = replace(elevenlabs.old, traits=None)
    with pytest.raises(ProviderError) as raised:
        elevenlabs.minter.mint(like, MARK, None)

    assert "--paste" in elevenlabs.minter.may(like)
    assert (raised.value.permanent, elevenlabs.http.changes) == (True, [])


@pytest.mark.parametrize("scopes", [None, frozenset()])
def test_without_permissions_none_like_it_can_be_made(
    elevenlabs: ElevenLabsGround, scopes: frozenset[str] | None
) -> None:
    like = replace(elevenlabs.old, scopes=scopes)
    with pytest.raises(ProviderError) as raised:
        elevenlabs.minter.mint(like, MARK, None)

    assert (raised.value.permanent, elevenlabs.http.changes) == (True, [])


def test_an_end_is_never_closer_than_the_vendor_allows(elevenlabs: ElevenLabsGround) -> None:
    elevenlabs.minter.sunset(elevenlabs.old, NOON)

    assert elevenlabs.old.expires == NOON + timedelta(minutes=16)


def test_an_end_that_comes_sooner_is_left_as_it_is(elevenlabs: ElevenLabsGround) -> None:
    elevenlabs.minter.sunset(elevenlabs.old, NOON + timedelta(days=60))

    assert elevenlabs.http.changes == []


def test_the_key_that_we_work_with_is_neither_switched_off_nor_given_an_end(elevenlabs: ElevenLabsGround) -> None:
    for touch in (elevenlabs.minter.disable, lambda key: elevenlabs.minter.sunset(key, NOON)):
        with pytest.raises(ProviderError) as raised:
            touch(elevenlabs.mine)

        assert (raised.value.permanent, elevenlabs.http.changes) == (True, [])


def test_a_key_that_is_gone_is_not_switched_on(elevenlabs: ElevenLabsGround) -> None:
    old = elevenlabs.old
    elevenlabs.minter.revoke(old)
    with pytest.raises(ProviderError, match="it is gone") as raised:
        elevenlabs.minter.enable(old)

    assert raised.value.permanent


def test_the_hash_of_a_value_is_nowhere(elevenlabs: ElevenLabsGround) -> None:
    assert "hash" not in repr(elevenlabs.old)
