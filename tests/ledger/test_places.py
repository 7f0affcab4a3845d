"""How a copy begins and ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from credwatch.model import Judgement, Memory, Reason, Status, Unlisted
from tests.ledger.world import BY_HINT, DAY, START, UNKNOWN_KIND, VALID, World, judged, listed, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"
FORBIDDEN = Unlisted("kv/a", Reason.FORBIDDEN)


@pytest.mark.parametrize(
    ("again", "how", "ended"),
    [
        pytest.param([seen(B, "f2")], {}, "gone", id="a complete listing does not show it"),
        pytest.param([seen(B, "f2"), FORBIDDEN], {}, None, id="its folder could not be listed"),
        pytest.param([seen(B, "f2"), Unlisted("kv/z", Reason.FORBIDDEN)], {}, "gone", id="another folder could not"),
        pytest.param([seen(B, "f2")], {"broken": ["vault"]}, None, id="the listing broke"),
        pytest.param([seen(A, "f9"), seen(B, "f2")], {}, "replaced", id="its place holds another value"),
        pytest.param([seen("vault:kv/a", kind=UNKNOWN_KIND), seen(B, "f2")], {}, None, id="its item cannot be read"),
    ],
)
def test_how_a_copy_ends(world: World, again: list[Any], how: dict[str, Any], ended: str | None) -> None:
    world.sweep(seen(A, "f1"), seen(B, "f2"))

    world.sweep(*again, **how)

    assert world.one("select ended from copy where place = ? and fingerprint = 'f1'", A) == ended


def test_a_changed_table_makes_what_it_no_longer_shows_unwatched(world: World) -> None:
    world.sweep(seen(A, "f1"), seen(B, "f2"))
    world.configured = {"vault": "2"}

    world.sweep(seen(B, "f2"), broken=["vault"])
    world.sweep(seen(B, "f2"))

    assert world.column("select ended from copy where ended_at is not null") == ["unwatched"]


def test_after_a_complete_listing_with_the_changed_table_a_missing_place_is_gone(world: World) -> None:
    world.sweep(seen(A, "f1"), seen(B, "f2"))
    world.configured = {"vault": "2"}
    world.sweep(seen(A, "f1"), seen(B, "f2"))

    world.sweep(seen(B, "f2"))

    assert world.column("select ended from copy where ended_at is not null") == ["gone"]


def test_a_provider_that_left_the_configuration_is_unwatched_not_gone(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(seen(A, "f1"), seen("aws:x#K", "f2"), listed("aws", "AK1"))
    world.configured = {"vault": "1"}

    world.sweep(seen(A, "f1"))

    assert world.column("select ended from copy where provider = 'aws'") == ["unwatched"]
    assert world.column("select ended_at is null from listed") == [0]
    assert world.one("select removed_at is not null from provider where name = 'aws'") == 1


def test_one_that_comes_back_is_new_again_and_finds_its_copies(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(seen(A, "f1"), seen("aws:x#K", "f2"))
    since = world.one("select since from copy where provider = 'aws'")
    world.configured = {"vault": "1"}
    world.sweep(seen(A, "f1"))
    world.configured = {"vault": "1", "aws": "1"}

    world.sweep(seen(A, "f1"), seen("aws:x#K", "f2"))

    assert world.rows("select since, ended_at from copy where provider = 'aws'") == [{"since": since, "ended_at": None}]


def test_a_provider_that_is_not_in_this_sweep_loses_nothing(world: World) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(seen(A, "f1"), seen("aws:x#K", "f2"))

    world.sweep(seen(A, "f1"), names=["vault"])

    assert world.one("select count(*) from copy where ended_at is null") == 2


def test_a_value_that_comes_back_to_its_place_was_first_seen_when_it_was(world: World) -> None:
    world.sweep(seen(A, "f1"))
    since = world.one("select since from copy")
    world.sweep(seen(A, "f2"))

    world.sweep(seen(A, "f1"))

    assert world.column("select since from copy where ended_at is null") == [since] == [int(START.timestamp() * 1000)]


def test_the_judge_hears_what_stands_in_its_place_now_and_whether_it_works(world: World) -> None:
    world.sweep(seen(A, "f1"))
    old = world.one("select id from credential")
    world.sweep(seen(A, "f2", tried=VALID))
    new = world.one("select id from credential where id <> ?", old)
    told: dict[str, Memory] = {}

    def judge(memory: Memory, _now: datetime) -> Judgement:
        told[memory.credential] = memory
        return judged(Status.GONE)

    with world.ledger.transaction() as db:
        db.execute("update credential set touched = 1")
    world.close(2, judge)

    (held,) = told[old].held
    assert (held.ended, held.successor, held.successor_validity) == ("replaced", new, "valid")


def test_both_keys_of_a_replacement_are_judged(world: World) -> None:
    world.sweep(seen(A, "f1"))

    assert world.sweep(seen(A, "f2")).judged == 2


def test_a_listing_that_shrank_calls_nothing_gone_until_somebody_says_that_it_may(world: World) -> None:
    places = [seen(f"vault:kv/{number}#K", f"f{number}") for number in range(8)]
    world.sweep(*places)

    def sweep_one() -> None:
        sweep = world.begin()
        world.ledger.record(sweep, "vault", places[:1], world.now)
        world.ledger.ended(sweep, "vault", complete=True, items=1, shrunk=lambda was, now: now * 2 < was, now=world.now)
        world.close(sweep)

    sweep_one()
    sweep_one()
    before = world.one("select count(*) from copy where ended_at is null")
    with world.ledger.transaction() as db:
        db.execute(
            "insert into incident (id, about, subject, step, opened_at, moved_at) values ('cw-1', 'provider', 'vault', 'shrunk', 0, 0)"
        )
    world.ledger.acknowledge("cw-1", "ana", None, world.now)
    sweep_one()

    assert (before, world.one("select count(*) from copy where ended_at is null")) == (8, 1)


def test_failures_are_counted_from_the_first_and_forgotten_when_it_is_back(world: World) -> None:
    world.sweep(seen(A, "f1"))
    first = world.now
    world.sweep(broken=["vault"])
    world.sweep(broken=["vault"])
    failing = world.rows("select failures, failed_since, reason from provider")

    world.sweep(seen(A, "f1"))

    assert failing == [{"failures": 2, "failed_since": int(first.timestamp() * 1000), "reason": "timeout"}]
    assert world.rows("select failures, failed_since, reason from provider") == [
        {"failures": 0, "failed_since": None, "reason": None}
    ]


def test_a_place_in_the_list_of_a_vendor_is_no_copy(world: World) -> None:
    world.sweep(listed("vault", "SK1"))

    assert world.rows("select place, ended_at from listed") == [{"place": "vault:AC1/SK1", "ended_at": None}]
    assert world.one("select count(*) from copy") == 0


def test_what_the_vendor_no_longer_lists_has_ended_there(world: World) -> None:
    world.sweep(listed("vault", "SK1"), listed("vault", "SK2"))

    world.sweep(listed("vault", "SK2"), Unlisted("other/", Reason.FORBIDDEN))

    assert world.column("select ended_at is not null from listed order by place") == [1, 0]


def test_a_key_that_is_still_elsewhere_keeps_its_other_copy(world: World) -> None:
    world.sweep(seen(A, "f1"), seen(B, "f1"))

    world.sweep(seen(B, "f1"))

    assert world.rows("select place, ended from copy order by place") == [
        {"place": A, "ended": "gone"},
        {"place": B, "ended": None},
    ]


def test_a_half_pair_is_told_with_its_missing_roles(world: World) -> None:
    world.sweep(seen(A, kind=BY_HINT, key="k1", missing=["secret"]))

    assert world.memories()[A].held[0].missing == {"secret"}


def test_an_item_that_is_read_at_last_keeps_the_age_it_had(world: World) -> None:
    world.sweep(seen("vault:kv/a", kind=UNKNOWN_KIND))
    since = world.one("select since from copy")
    world.now += 100 * DAY

    world.sweep(seen(A, "f1"))

    assert world.rows("select place, since, fingerprint from copy") == [
        {"place": A, "since": since, "fingerprint": "f1"}
    ]


def test_a_row_of_the_list_remembers_since_when(world: World) -> None:
    for _ in range(2):
        world.sweep(listed("vault", "SK1"))

    assert world.column("select since from listed") == [int(START.timestamp() * 1000)]


def test_a_listing_that_is_said_to_have_failed_twice_has_failed_once(world: World) -> None:
    sweep = world.look(broken=["vault"])

    world.ledger.ended(sweep, "vault", complete=False, now=world.now)

    assert world.one("select failures from provider") == 1
