"""What the outbox reads of the ledger for a message: stories, digests, counts, sights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from credwatch.ledger.outbox import Counts, Outbox
from credwatch.ledger.queries.joined import counted
from credwatch.model import Validity
from tests.alerts.world import FRIDAY, World, ms


@pytest.fixture
def world() -> Iterator[World]:
    """A ledger in memory; nobody is told."""
    made = World()
    yield made
    made.ledger.shut()


@pytest.fixture
def outbox(world: World) -> Outbox:
    return Outbox(world.ledger)


def test_a_story_knows_the_key_its_answers_and_the_others_of_its_account(world: World, outbox: Outbox) -> None:
    incident = world.page(step="refused")
    world.refuse("c-7k2m")
    world.credential("c-0002")
    with world.ledger.transaction() as db:
        db.execute("update tried set valid_at = ? where credential_id = 'c-0002'", (ms(world.clock.at),))

    story = outbox.story(incident)

    assert story is not None
    (key,) = story.keys
    assert key.tried is not None
    assert (key.tried.validity, key.tried.detail) == (Validity.INVALID, "401 INVALID_AUTH")
    assert key.refused_since == world.clock.at - timedelta(minutes=5)
    assert key.others_worked_at == world.clock.at
    assert key.places == ("vault-prod:kv/voice/prod#C-7K2M",)


@pytest.mark.parametrize(("removed", "listed_at"), [(None, FRIDAY), (1, None)])
def test_a_list_that_nobody_reads_any_more_says_nothing_of_a_key(
    world: World, outbox: Outbox, removed: int | None, listed_at: datetime | None
) -> None:
    incident = world.page(step="refused")
    at = ms(FRIDAY)
    world.insert("provider", {"name": "deepgram", "uses": "deepgram", "removed_at": removed})
    seen = {"since": 1, "seen_at": at, "sweep_id": 1, "ended_at": at}
    world.insert("listed", {"provider": "deepgram", "credential_id": "c-7k2m", "place": "deepgram:p-1/b1"} | seen)

    story = outbox.story(incident)

    assert story is not None
    assert (story.keys[0].listed, story.keys[0].listed_at) == (False, listed_at)


def test_a_story_of_a_replaced_key_knows_what_the_place_holds_now(world: World, outbox: Outbox) -> None:
    incident = world.page()
    with world.ledger.transaction() as db:
        db.execute("update copy set ended = 'replaced', ended_at = ?", (ms(world.clock.at),))
    world.credential("c-new", place="vault-prod:kv/voice/prod#C-7K2M")

    story = outbox.story(incident)

    assert story is not None
    assert story.successor is not None
    assert (story.successor.key.id, story.successor.version) == ("c-new", "41")
    assert (story.keys[0].places, story.keys[0].last_place) == ((), "vault-prod:kv/voice/prod#C-7K2M")


def test_a_story_of_an_account_has_its_keys_that_are_held_somewhere(world: World, outbox: Outbox) -> None:
    for name in ("c-0001", "c-0002"):
        world.credential(name, owner="platform" if name == "c-0001" else "voice")
    world.credential("c-0003", place="")
    world.credential("c-0004", owner="voice", account="p-2")
    incident = world.incident("deepgram/p-1", "suspended", "account", id="cw-1")

    story = outbox.story(incident)

    assert story is not None
    assert ([key.id for key in story.keys], story.affected) == (["c-0001", "c-0002"], 2)
    assert story.owners == {"platform": 1, "voice": 1}


def test_a_digest_shows_the_nearest_dates_first_and_counts_all(world: World, outbox: Outbox) -> None:
    for number in range(12):
        world.line(f"c-{number:04}", days=40 - number)
    world.credential("c-old", status="overdue")
    world.alert("overdue", "digest", "c-old")

    digest = outbox.digest("voice", "2026-11-20", list(range(1, 14)))

    assert [entry.subject for entry in digest.entries] == [f"c-{number:04}" for number in range(11, 1, -1)]
    assert digest.steps == {"expiring": 12, "overdue": 1}
    assert digest.first == world.clock.at + timedelta(days=29)


def environment(_kind: str, place: str) -> str:
    return "staging" if "/staging#" in place else "production"


def counts(outbox: Outbox) -> Counts:
    return outbox.counts(FRIDAY, *counted(outbox.ledger, environment))


def test_the_counts_leave_out_what_is_gone(world: World, outbox: Outbox) -> None:
    world.page("c-0001")
    world.credential("c-0002", status="gone", place="")
    world.insert("policy", {"id": 1, "said": '{"unowned": true}'})
    world.credential("c-0003", status="overdue", personal=1, policy=1)
    world.insert("provider", {"name": "gcp", "uses": "gcp", "failed_since": 1})

    found = counts(outbox)

    assert (found.credentials, found.places, found.expiring, found.overdue) == (2, 2, 1, 1)
    assert (found.personal, found.unowned, found.unseen) == (1, 1, ("gcp",))
    assert [due.key.id for due in found.urgent] == ["c-0001"]


@pytest.mark.parametrize(
    ("status", "expected"), [("invalid", (1, 0, 0)), ("expired", (0, 1, 0)), ("suspended", (0, 0, 1))]
)
def test_what_is_refused_expired_or_suspended_is_counted_apart(
    world: World, outbox: Outbox, status: str, expected: tuple[int, int, int]
) -> None:
    world.credential(status=status)

    found = counts(outbox)

    assert (found.refused, found.expired, found.suspended) == expected


@pytest.mark.parametrize(
    ("joins", "key_id", "state", "unheld"),
    [
        ("id", "SK1", "complete", 1),
        ("hint", "h-1", "complete", 1),
        ("never", "u-1", "complete", 0),  # a store may hold it: nobody can tell which it is
        ("id", "SK1", "failed", None),
    ],
)
def test_only_what_could_be_found_in_a_store_is_held_by_none(
    world: World, outbox: Outbox, joins: str, key_id: str, state: str, unheld: int | None
) -> None:
    world.credential("c-0001", joins=joins, key_id=key_id, place="")
    world.insert("provider", {"name": "twilio", "uses": "twilio", "swept_at": 1, "complete_at": 1})
    world.insert("provider", {"name": "vault-prod", "uses": "vault", "swept_at": 1})
    seen = {"credential_id": "c-0001", "place": "twilio:AC1/SK1", "since": 1, "seen_at": 1, "sweep_id": 1}
    world.insert("listed", {"provider": "twilio"} | seen)
    for name, how in (("twilio", "complete"), ("vault-prod", state)):
        world.insert("sweep_provider", {"sweep_id": 1, "provider": name, "state": how, "started_at": 1, "ended_at": 1})

    assert counts(outbox).unheld == unheld


def test_a_value_in_staging_and_in_production_is_counted(world: World, outbox: Outbox) -> None:
    world.credential("c-0001")
    world.insert("copy", world.copy("c-0001", "vault-prod:kv/voice/staging#KEY"))

    assert counts(outbox).shared == 1


def test_a_provider_that_cannot_be_read_says_what_is_unseen(world: World, outbox: Outbox) -> None:
    world.credential()
    failing = {"failed_since": ms(world.clock.at), "message": "403", "reason": "login_refused"}
    world.insert("provider", {"name": "vault-prod", "uses": "vault"} | failing)
    world.insert("provider", {"name": "aws-prod", "uses": "aws"})
    incident = world.incident("vault-prod", "blind", "provider")

    story = outbox.story(incident)

    assert story is not None
    assert story.sight is not None
    assert (story.sight.unseen, story.sight.places, story.sight.watched) == (1, 1, ("aws-prod",))
    assert story.sight.owners == {"voice": 1}
    assert story.sight.next_deadline == world.clock.at + timedelta(days=3)


@pytest.mark.parametrize(("about", "subject"), [("vendor", "deepgram"), ("self", "network")])
def test_a_sight_counts_whose_keys_it_is_about(world: World, outbox: Outbox, about: str, subject: str) -> None:
    for name, owner in (("c-0001", "voice"), ("c-0002", "platform"), ("c-0003", "voice")):
        world.credential(name, owner=owner)
    world.insert("copy", world.copy("c-0002", "vault-prod:kv/another#KEY"))

    story = outbox.story(world.incident(subject, "blind", about))

    assert story is not None
    assert story.sight is not None
    assert list(story.sight.owners.items()) == [("voice", 2), ("platform", 1)]
