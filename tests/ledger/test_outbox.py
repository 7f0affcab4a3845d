from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.ledger.outbox import Message, Outbox
from tests.alerts.world import FRIDAY, World, ms

POST = Message("m-1", "post", "#voice-oncall", "sending", FRIDAY, incident_id="cw-7k2m")


@pytest.fixture
def world() -> Iterator[World]:
    """A ledger in memory; nobody is told."""
    made = World()
    yield made
    made.ledger.shut()


@pytest.fixture
def outbox(world: World) -> Outbox:
    return Outbox(world.ledger)


def untrue(outbox: Outbox) -> list[str]:
    """Why each of the waiting alerts need not be told, oldest first."""
    return [row.untrue for row in outbox.waiting()]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"status": "gone"}, "its credential is gone"),
        ({"status": "unwatched"}, "its credential is unwatched"),
    ],
)
def test_a_digest_line_is_true_as_long_as_its_credential_is_watched(
    world: World, outbox: Outbox, change: dict[str, str], why: str
) -> None:
    world.line("c-0001")
    if change:
        world.change("credential", "c-0001", **change)

    assert untrue(outbox) == [why]


@pytest.mark.parametrize(
    ("later", "why"), [(timedelta(hours=20), ""), (timedelta(days=30), "renewed before it was told")]
)
def test_a_date_that_moved_away_is_not_told(world: World, outbox: Outbox, later: timedelta, why: str) -> None:
    world.line("c-0001")
    with world.ledger.transaction() as db:
        db.execute("update clock set deadline = deadline + ?", (later // timedelta(milliseconds=1),))

    assert untrue(outbox) == [why]


@pytest.mark.parametrize(
    ("step", "status", "why"),
    [
        ("refused", "invalid", ""),
        ("refused", "expired", ""),
        ("refused", "ok", "it works again"),
        ("suspended", "suspended", ""),
        ("suspended", "ok", "it works again"),
        ("unowned", "ok", ""),
    ],
)
def test_a_digest_line_about_an_answer_is_true_while_the_answer_is(
    world: World, outbox: Outbox, step: str, status: str, why: str
) -> None:
    world.credential(status=status)
    world.alert(step, "digest", "c-7k2m")

    assert untrue(outbox) == [why]


def test_a_digest_line_is_not_repeated_beside_a_page(world: World, outbox: Outbox) -> None:
    world.line("c-0001")
    world.incident("c-0001")

    assert untrue(outbox) == ["told in a thread of its own"]


def test_only_the_newest_of_an_incidents_alerts_is_told(world: World, outbox: Outbox) -> None:
    incident = world.page()
    world.alert("expiring", "page", "c-7k2m", incident=incident)

    assert untrue(outbox) == ["overtaken by a newer alert", ""]


def test_an_incident_that_is_over_is_not_told(world: World, outbox: Outbox) -> None:
    incident = world.page()
    world.change("incident", incident, closed_at=ms(world.clock.at))

    assert untrue(outbox) == ["over before it was told"]


def test_a_half_pair_is_not_told_once_its_place_holds_nothing(world: World, outbox: Outbox) -> None:
    world.alert("half_pair", "digest", "vault-prod:kv/gone#KEY", about="place")

    assert untrue(outbox) == ["the place holds nothing any more"]


def test_binding_and_sending_are_one_transaction(world: World, outbox: Outbox) -> None:
    world.page()
    (row,) = outbox.waiting()

    outbox.bind(POST, [row.id], (), world.clock.at)

    assert [message.state for message in outbox.unfinished()] == ["sending"]
    assert [member.id for member in outbox.members("m-1")] == [row.id]
    assert outbox.waiting() == ()


def test_an_edit_that_waits_for_the_same_message_is_enough(world: World, outbox: Outbox) -> None:
    world.page()
    edit = replace(POST, id="e-1", kind="update", state="queued", parent_id="m-1")
    outbox.bind(POST, [1], (edit,), world.clock.at)

    outbox.bind(replace(POST, id="m-2"), [], (replace(edit, id="e-2"),), world.clock.at)

    assert [message.id for message in outbox.unfinished()] == ["m-1", "e-1", "m-2"]


def test_one_digest_is_kept_for_each_owner_and_day(world: World, outbox: Outbox) -> None:
    digest = replace(POST, incident_id=None, digest_owner="voice", digest_date="2026-11-20")
    outbox.bind(digest, [], (), world.clock.at)

    with pytest.raises(Exception, match="UNIQUE"):
        outbox.bind(replace(digest, id="m-2"), [], (), world.clock.at)

    assert outbox.digested("2026-11-20") == {"voice"}
    assert outbox.digested("2026-11-21") == frozenset()


@pytest.mark.parametrize("ends", ["dropped", "failed"])
def test_a_digest_that_nobody_was_sent_leaves_room_for_another_of_its_day(
    world: World, outbox: Outbox, ends: str
) -> None:
    world.line("c-0001")
    digest = replace(POST, incident_id=None, digest_owner="voice", digest_date="2026-11-20")
    outbox.bind(digest, [1], (), world.clock.at)

    if ends == "failed":
        outbox.fail("m-1", "nobody knows what it was about")
    else:
        world.change("credential", "c-0001", status="gone")
        outbox.again(outbox.unfinished()[0], "#voice-oncall", world.clock.at)

    assert outbox.digested("2026-11-20") == frozenset()
    outbox.bind(replace(digest, id="m-2"), [], (), world.clock.at)
    assert world.rows("select state from message order by id") == [{"state": ends}, {"state": "sending"}]


def test_a_new_try_leaves_out_what_is_no_longer_true(world: World, outbox: Outbox) -> None:
    world.line("c-0001")
    world.line("c-0002")
    outbox.bind(replace(POST, incident_id=None), [1, 2], (), world.clock.at)
    world.change("credential", "c-0001", status="gone")

    left = outbox.again(outbox.unfinished()[0], "#elsewhere", world.clock.at)

    assert [row.id for row in left or ()] == [2]
    assert world.rows("select state, why from outbox where id = 1") == [
        {"state": "dropped", "why": "its credential is gone"}
    ]
    assert outbox.unfinished()[0].channel == "#elsewhere"


def test_a_message_with_nothing_left_to_tell_is_dropped(world: World, outbox: Outbox) -> None:
    world.line("c-0001")
    outbox.bind(replace(POST, incident_id=None), [1], (), world.clock.at)
    world.change("credential", "c-0001", status="gone")

    assert outbox.again(outbox.unfinished()[0], "#voice-oncall", world.clock.at) is None
    assert outbox.unfinished() == ()


def test_what_was_sent_is_marked_with_its_alerts_and_in_the_history(world: World, outbox: Outbox) -> None:
    world.page()
    outbox.bind(POST, [1], (), world.clock.at)

    outbox.sent("m-1", "C1", "1.1", world.clock.at)

    assert world.rows("select state, told_at from outbox") == [{"state": "told", "told_at": ms(world.clock.at)}]
    assert world.rows("select what, detail from event") == [{"what": "told", "detail": "page expiring → #voice-oncall"}]
    assert [thread.ts for thread in outbox.threads(["cw-7k2m"])["cw-7k2m"]] == ["1.1"]


def test_what_a_message_says_is_remembered_as_long_as_the_message(world: World, outbox: Outbox) -> None:
    world.page()
    edit = replace(POST, id="e-1", kind="update", parent_id="m-1")
    outbox.bind(POST, [1], (edit,), world.clock.at)

    outbox.sent("m-1", "C1", "1.1", world.clock.at, says="first")
    before = outbox.says(edit)
    outbox.sent("e-1", "C1", "1.1", world.clock.at, says="second")
    after = outbox.says(edit)
    with world.ledger.transaction() as db:
        db.execute("update outbox set message_id = null")
        db.execute("delete from message where id = 'e-1'")
        db.execute("delete from message where id = 'm-1'")
    outbox.bind(replace(POST, id="m-2"), [], (), world.clock.at)
    outbox.sent("m-2", "C1", "1.2", world.clock.at, says="third")

    assert (before, after, outbox.says(edit)) == ("first", "second", "")


def test_a_message_that_cannot_be_sent_gives_its_alerts_back_and_not_those_that_were_told(
    world: World, outbox: Outbox
) -> None:
    world.page()
    outbox.bind(POST, [1], (), world.clock.at)
    outbox.sent("m-1", "C1", "1.1", world.clock.at)
    world.alert("expiring", "page", "c-7k2m", incident="cw-7k2m")
    outbox.bind(replace(POST, id="m-2", kind="reply", parent_id="m-1"), [2], (), world.clock.at)

    outbox.fail("m-1", "message_not_found")
    outbox.fail("m-2", "message_not_found")

    assert world.states() == ["told", "queued"]
