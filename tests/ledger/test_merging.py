"""Same key, or not?"""

from __future__ import annotations

from datetime import datetime

import pytest

from credwatch.ledger.names import former
from credwatch.model import About, ClockName, Judgement, Level, Memory, News, Sighting, Status, Ticking
from tests.ledger.world import BY_HINT, DAY, NEVER_JOINS, START, UNKNOWN_KIND, VALID, World, judged, listed, seen

A, B, C = "vault:kv/a#KEY", "vault:kv/b#KEY", "vault:kv/c#KEY"

ONE_KEY = {
    "the same place and value twice": ([seen(A, "f1")], [seen(A, "f1")]),
    "one value in two places": ([seen(A, "f1"), seen(B, "f1")],),
    "one id in two places, with different secrets": ([seen(A, "f1", key="SK1"), seen(B, "f2", key="SK1")],),
    "the list and a store know the id": ([listed("vault", "SK1"), seen(A, "f1", key="SK1")],),
    "a probe tells the id of a value": ([seen(A, "f1")], [listed("vault", "SK1"), seen(A, "f1", told="SK1")]),
    "a value and a list row, joined later by a probe": (
        [seen(A, "f1", kind=BY_HINT), listed("vault", "k1", kind=BY_HINT)],
        [seen(A, "f1", kind=BY_HINT, told="k1")],
    ),
    "joined inside one batch": ([seen(A, "f1"), listed("vault", "SK1"), seen(B, "f1", told="SK1")],),
    "a place whose value was never read": ([seen(A)], [seen(A)]),
    "a place that is read at last": ([seen(A)], [seen(A, "f1")]),
    "an item that is read at last": ([seen("vault:kv/a", kind=UNKNOWN_KIND)], [seen(A, "f1")]),
    "an item that was read at last and stands elsewhere too": (
        [seen("vault:kv/a", kind=UNKNOWN_KIND), seen(B, "f1")],
        [seen(A, "f1"), seen(B, "f1")],
    ),
    "a value that cannot be read this time": ([seen(A, "f1")], [seen(A)]),
    "an item that cannot be read this time": ([seen(A, "f1")], [seen("vault:kv/a", kind=UNKNOWN_KIND)]),
    "a value that is recognised later": ([seen(A, "f1", kind=UNKNOWN_KIND)], [seen(A, "f1")]),
    "a half whose secret has come": ([seen(A, key="SK1", missing=["secret"])], [seen(A, "f1", key="SK1")]),
}
TWO_KEYS = {
    "two values": ([seen(A, "f1"), seen(B, "f2")],),
    "one place, two values": ([seen(A, "f1")], [seen(A, "f2")]),
    "two ids with one secret: half of a pair": ([seen(A, "f1", key="SK1"), seen(B, "f1", key="SK2")],),
    "the same, the half pair first": ([seen(B, "f1", key="SK2")], [seen(A, "f1", key="SK1"), seen(B, "f1", key="SK2")]),
    "an id that many keys share": (
        [seen(A, "f1", kind=NEVER_JOINS, key="AC1"), seen(B, "f2", kind=NEVER_JOINS, key="AC1")],
    ),
    "two kinds with one value at two places": ([seen(A, "f1"), seen(B, "f1", kind=BY_HINT)],),
    "a place that was read at last and then replaced": ([seen(A)], [seen(A, "f1")], [seen(A, "f2")]),
    "two places that were never read": ([seen(A), seen(B)],),
    "a list row of which nobody told the value": ([seen(A, "f1", kind=BY_HINT), listed("vault", "k1", kind=BY_HINT)],),
}


@pytest.mark.parametrize("batches", ONE_KEY.values(), ids=ONE_KEY.keys())
def test_it_is_one_key(world: World, batches: tuple[list[Sighting], ...]) -> None:
    for batch in batches:
        world.sweep(*batch)

    assert world.one("select count(*) from credential") == 1


@pytest.mark.parametrize("batches", TWO_KEYS.values(), ids=TWO_KEYS.keys())
def test_they_are_two_keys(world: World, batches: tuple[list[Sighting], ...]) -> None:
    for batch in batches:
        world.sweep(*batch)

    assert world.one("select count(*) from credential") == 2


@pytest.mark.parametrize("batches", [*ONE_KEY.values(), *TWO_KEYS.values()], ids=[*ONE_KEY, *TWO_KEYS])
def test_seeing_it_all_again_changes_nothing(world: World, batches: tuple[list[Sighting], ...]) -> None:
    for batch in (*batches, batches[-1]):
        world.sweep(*batch)
    state = "select c.id, h.place, h.fingerprint from credential c left join copy h on h.credential_id = c.id order by 1, 2, 3"
    before = world.rows(state)

    world.sweep(*batches[-1])

    assert world.rows(state) == before


def test_the_older_row_survives_with_all_that_hangs_on_either(world: World) -> None:
    world.sweep(seen(A, "f1", tried=VALID))
    old = world.one("select id from credential")
    world.sweep(seen(A, "f1"), listed("vault", "SK1", name="voice"))
    young = world.one("select id from credential where id <> ?", old)

    world.sweep(seen(A, "f1", told="SK1"), listed("vault", "SK1", name="voice"))

    assert world.rows("select id, name, key_id from credential") == [{"id": old, "name": "voice", "key_id": "SK1"}]
    assert world.column("select credential_id from listed where ended_at is null") == [old]
    assert world.one("select credential_id from alias where name = ?", former(young)) == old


def test_many_joins_in_one_batch_find_each_its_own(world: World) -> None:
    places = [f"vault:kv/{number}#KEY" for number in range(40)]
    lists = [listed("vault", f"SK{number}") for number in range(40)]
    world.sweep(*lists, *(seen(place, f"f{n}") for n, place in enumerate(places)))

    world.sweep(*lists, *(seen(place, f"f{n}", told=f"SK{n}") for n, place in enumerate(places)))

    assert world.one("select count(*) from credential") == 40
    assert (
        world.one(
            "select count(*) from credential c join copy h on h.credential_id = c.id where 'SK' || substr(h.fingerprint, 2) = c.key_id"
        )
        == 40
    )


def test_a_join_keeps_one_open_incident_and_the_said_rungs(world: World) -> None:
    def judge(memory: Memory, _now: datetime) -> Judgement:
        news = News(About.CREDENTIAL, memory.credential, "expiring", Level.PAGE)
        rung = 3 * DAY if memory.listed_by else 7 * DAY
        return judged(Status.EXPIRING, news, clocks=(Ticking(ClockName.HARD, START + DAY, 90 * DAY, "x", rung=rung),))

    world.sweep(seen(A, "f1"), judge=judge)
    world.sweep(seen(A, "f1"), listed("vault", "SK1"), judge=judge)
    old = world.one("select id from credential where key_id is null")

    world.look(seen(A, "f1", told="SK1"), listed("vault", "SK1"))

    assert world.column("select subject from incident where closed_at is null") == [old]
    assert world.rows("select credential_id, rung from clock") == [{"credential_id": old, "rung": 3 * 86_400_000}]


def test_an_id_grows_when_its_letters_are_taken(world: World) -> None:
    class Stuck:
        def getrandbits(self, _bits: int) -> int:
            return 0

    world.ledger._random = Stuck()  # type: ignore[assignment]

    world.sweep(seen(A, "f1"), seen(B, "f2"), seen(C, "f3"))

    assert sorted(world.column("select id from credential")) == ["c-0000", "c-00000", "c-000000"]
