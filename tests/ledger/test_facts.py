"""Who is believed, and that a date is never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from credwatch.model import NEVER, Facts, ProbeResult, Sighting
from tests.ledger.world import BY_ID, DAY, START, VALID, World, listed, seen

A = "vault:kv/a#KEY"
SOON, LATER = START + 10 * DAY, START + 20 * DAY


def by_value(expires: datetime | None) -> Sighting:
    return seen(A, "f1", key="SK1", expires=expires)


def by_probe(expires: datetime | None) -> Sighting:
    return replace(seen(A, "f1", key="SK1"), tried=replace(VALID, facts=Facts(expires=expires)), at=None)


def by_list(expires: datetime | None) -> Sighting:
    return listed("twilio", "SK1", expires=expires)


@pytest.mark.parametrize(
    ("said", "believed", "source"),
    [
        ([by_value(SOON), by_value(LATER)], LATER, "the key itself"),
        ([by_value(LATER), by_value(SOON)], SOON, "the key itself"),
        ([by_value(SOON), by_value(None)], SOON, "the key itself"),
        ([by_value(SOON), by_probe(LATER)], LATER, "Twilio"),
        ([by_probe(SOON), by_value(LATER)], SOON, "Twilio"),
        ([by_probe(SOON), by_list(LATER)], LATER, "Twilio's list"),
        ([by_list(SOON), by_probe(LATER)], SOON, "Twilio's list"),
        ([by_list(SOON), by_list(None)], SOON, "Twilio's list"),
        ([by_list(NEVER)], NEVER, "Twilio's list"),
    ],
)
def test_the_list_beats_a_probe_and_a_probe_the_value(
    world: World, said: list[Sighting], believed: datetime, source: str
) -> None:
    world.configured = {"vault": "1", "twilio": "1"}
    for sighting in said:
        world.sweep(sighting, broken=["vault", "twilio"])

    (memory,) = world.memories().values()
    assert (memory.facts.expires, memory.expires_source) == (believed, source)


def test_when_the_list_is_no_more_its_date_stays_until_somebody_knows_better(world: World) -> None:
    world.configured = {"vault": "1", "twilio": "1"}
    world.sweep(by_list(SOON), by_value(None))
    world.sweep(by_value(None))
    (after,) = world.memories().values()

    world.sweep(by_value(LATER))

    (memory,) = world.memories().values()
    assert (after.facts.expires, memory.facts.expires) == (SOON, LATER)


def test_all_facts_come_back_as_they_were_said(world: World) -> None:
    said: dict[str, Any] = {
        "account": "AC1",
        "name": "voice-prod",
        "created": START - 90 * DAY,
        "expires": SOON,
        "last_used": START - DAY,
        "disabled": False,
        "scopes": frozenset({"usage:write"}),
        "hint": "wxyz",
        "creator": "ana@example.com",
        "personal": True,
    }

    world.sweep(seen(A, "f1", key="SK1", **said))

    assert world.memories()[A].facts == Facts(key_id="SK1", **said)


def test_nothing_said_is_nothing_known(world: World) -> None:
    world.sweep(seen(A, "f1"))

    assert world.memories()[A].facts == Facts()


@pytest.mark.parametrize(
    ("before", "now", "events"),
    [
        ({"read", "write"}, {"read"}, ["lost write"]),
        ({"read"}, {"read", "write"}, []),
        ({"read"}, {"write"}, []),
        ({"read"}, None, []),
        ({"read"}, set(), ["lost read"]),
    ],
)
def test_scopes_that_shrank_are_an_event(
    world: World, before: set[str], now: set[str] | None, events: list[str]
) -> None:
    world.sweep(seen(A, "f1", scopes=frozenset(before)))

    world.sweep(seen(A, "f1", scopes=None if now is None else frozenset(now)))

    assert world.column("select detail from event where what = 'scopes'") == events


def test_last_used_never_goes_back(world: World) -> None:
    world.sweep(seen(A, "f1", last_used=START))

    world.sweep(seen(A, "f1", last_used=START - DAY))

    assert world.memories()[A].facts.last_used == START


def test_the_kind_travels_with_the_credential(world: World) -> None:
    world.sweep(seen(A, "f1", kind=replace(BY_ID, max_age=90 * DAY, idle=30 * DAY, probed=False)))

    memory = world.memories()[A]
    assert (memory.kind, memory.vendor, memory.max_age, memory.idle, memory.probed) == (
        "twilio-api-key",
        "twilio",
        90 * DAY,
        30 * DAY,
        False,
    )


def test_a_probe_that_cannot_tell_takes_no_date_away(world: World) -> None:
    world.sweep(replace(seen(A, "f1"), tried=replace(VALID, facts=Facts(expires=SOON))))

    world.sweep(seen(A, "f1", tried=ProbeResult.invalid()))

    assert world.memories()[A].facts.expires == SOON
