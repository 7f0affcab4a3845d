"""What goes, and what stays."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

import pytest

from credwatch.ledger.times import stored
from credwatch.model import About, Judgement, Level, Memory, News, Reason, Status, Unlisted
from tests.ledger.world import DAY, INVALID, POLICY, START, VALID, World, judged, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"


def test_the_run_of_answers_that_lasts_stays_however_long_ago_it_began(world: World) -> None:
    for day, answer in enumerate([VALID, INVALID, VALID, VALID]):
        world.now = START + 50 * day * DAY
        world.sweep(seen(A, "f1", tried=answer))

    world.ledger.prune(START + 150 * DAY, 60 * DAY)

    assert world.column("select (at - ?) / 86400000 from probe order by at", stored(START)) == [100]


def test_what_rules_said_goes_when_nobody_was_judged_by_it(world: World) -> None:
    for line in (9, 10):
        policy = replace(POLICY, said_by={"owner": f"rule, line {line}"})
        world.sweep(seen(A, "f1"), judge=lambda _memory, _now, policy=policy: judged(policy=policy))  # type: ignore[misc]
    before = world.count("policy")

    world.ledger.prune(world.now, 60 * DAY)

    assert (before, world.column("select json_extract(said, '$.said_by.owner') from policy")) == (2, ["rule, line 10"])


def test_what_is_old_goes_and_what_is_held_stays(world: World) -> None:
    def gone(memory: Memory, _now: datetime) -> Judgement:
        news = News(About.CREDENTIAL, memory.credential, "well", Level.RESOLVED)
        here = any(held.ended_at is None for held in memory.held)
        return judged(Status.OK if here else Status.GONE, news)

    def refused(memory: Memory, _now: datetime) -> Judgement:
        return judged(Status.INVALID, News(About.CREDENTIAL, memory.credential, "refused", Level.PAGE))

    world.sweep(seen(A, "f1", tried=VALID), seen(B, "f2", tried=VALID), judge=refused)
    world.sweep(seen(A, "f1"), judge=gone)
    world.now += 100 * DAY
    world.sweep(seen(A, "f1", tried=VALID), judge=gone)

    world.ledger.prune(world.now, 30 * DAY)

    assert world.column("select place from copy") == [A]
    assert world.column("select count(*) from credential") == [1]
    assert world.column("select count(*) from tried") == [1]
    assert world.column("select id from sweep") == [3]
    assert [world.count(table) for table in ("incident", "outbox", "probe")] == [0, 0, 1]


def test_what_a_look_could_not_read_stays_until_the_next_one_ended(world: World) -> None:
    """Thirteen folders that stay shut would be half a million rows in 400 days."""
    world.configured = {"vault": "1", "aws": "1"}
    shut = Unlisted("kv/z", Reason.FORBIDDEN)
    for names in (["vault", "aws"], ["vault"], ["vault"]):
        world.sweep(shut, names=names)
    looking = world.begin("vault")
    world.ledger.record(looking, "vault", [shut], world.now)

    world.ledger.prune(world.now, 400 * DAY)

    assert [tuple(row.values()) for row in world.rows("select provider, sweep_id from unlisted order by 1, 2")] == [
        ("aws", 1),
        ("vault", 3),
        ("vault", looking),
    ]


def test_nothing_young_goes(world: World) -> None:
    tables = ("credential", "copy", "probe", "event", "sweep", "outbox", "incident", "alias", "tried")
    world.sweep(seen(A, "f1", tried=VALID), seen(B, "f2", tried=INVALID))
    world.sweep(seen(A, "f1", tried=VALID))
    before = [world.count(table) for table in tables]

    world.ledger.prune(world.now, 30 * DAY)

    assert [world.count(table) for table in tables] == before


def test_what_a_person_still_has_open_stays(world: World) -> None:
    def refused(memory: Memory, _now: datetime) -> Judgement:
        return judged(Status.INVALID, News(About.CREDENTIAL, memory.credential, "refused", Level.PAGE))

    world.sweep(seen(A, "f1"), judge=refused)
    with world.ledger.transaction() as db:
        db.execute("update outbox set state = 'told'")

    world.ledger.prune(START + 900 * DAY, 30 * DAY)

    assert [world.count(table) for table in ("credential", "incident", "outbox")] == [1, 1, 1]


def test_the_audit_stays_whole(world: World) -> None:
    world.ledger.audit("ana", "acked", "cw-1", detail="", now=START)

    world.ledger.prune(START + 9000 * DAY, 30 * DAY)

    assert (world.one("select count(*) from audit"), world.ledger.verify_audit()) == (1, None)


@pytest.mark.parametrize("what", ["incidents", "gone"])
def test_what_is_old_goes_in_the_time_of_what_is_old_and_not_of_its_square(world: World, what: str) -> None:
    """A vendor's outage of a year ago, and a stack that was given up: all of it is due on one day, and others wait."""
    work: list[int] = []

    def pruned(first: int, last: int) -> int:
        counted = len(work)
        with world.ledger.transaction() as db:
            for number in range(first, last):
                _once_wrong(db, number, closed=what == "incidents")
                if what == "gone":
                    _gone(db, number)
            db.set_progress_handler(lambda: work.append(1), 100)
        world.ledger.prune(START, 30 * DAY)
        with world.ledger.read() as db:
            db.set_progress_handler(None, 0)
        return len(work) - counted

    few = pruned(0, 200)

    assert pruned(1_000, 2_600) < 2 * 8 * few


def _once_wrong(db: sqlite3.Connection, number: int, *, closed: bool) -> None:
    """An incident of long ago, and what is still said of another."""
    db.execute(
        "insert into incident (id, about, subject, step, opened_at, moved_at, closed_at)"
        " values ('cw-' || ?1, 'credential', 'd-' || ?1, 'refused', 1, 1, ?2)",
        (number, 2 if closed else None),
    )
    db.execute(
        "insert into outbox (dedupe_key, incident_id, about, subject, step, level, created_at)"
        " values (?1, 'cx-' || ?1, 'place', 'd', 'refused', 'page', 1)",
        (f"n:{number}",),
    )


def _gone(db: sqlite3.Connection, number: int) -> None:
    db.execute(
        "insert into credential (id, kind, kind_title, vendor, vendor_name, joins, probed, first_seen, last_seen, status)"
        " values ('c-' || ?, 'k', 'K', 'v', 'V', 'never', 1, 1, 1, 'gone')",
        (number,),
    )
