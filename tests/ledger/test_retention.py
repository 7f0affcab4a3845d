"""What goes, and what stays."""

from __future__ import annotations

from datetime import datetime

from credwatch.model import About, Judgement, Level, Memory, News, Status
from tests.ledger.world import DAY, INVALID, MINUTE, START, VALID, World, judged, seen

A, B = "vault:kv/a#KEY", "vault:kv/b#KEY"


def test_of_a_run_of_equal_answers_the_first_and_the_last_stay(world: World) -> None:
    answers = [VALID, VALID, VALID, INVALID, VALID, VALID, VALID]
    for minute, answer in enumerate(answers):
        world.sweep(seen(A, "f1", tried=answer, at=START + minute * MINUTE))

    world.ledger.prune(START + 3 * DAY, 400 * DAY)

    minutes = [(at // 60_000) % 60 for at in world.column("select at from probe order by at")]
    assert minutes == [0, 2, 3, 4, 6]


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
