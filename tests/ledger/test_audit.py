"""Who did what, and what a person may set."""

from __future__ import annotations

from datetime import datetime

import pytest

from credwatch.errors import LedgerError
from credwatch.model import About, Judgement, Level, Memory, News, Status
from tests.ledger.world import DAY, START, World, judged, seen

A = "vault:kv/a#KEY"


def expiring(memory: Memory, _now: datetime) -> Judgement:
    news = News(About.CREDENTIAL, memory.credential, "expiring", Level.PAGE, deadline=START + 3 * DAY)
    return judged(Status.EXPIRING, news)


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("select 1", None),
        ("update audit set who = 'bob' where seq = 2", 2),
        ("update audit set detail = '' where seq = 1", 1),
        ("delete from audit where seq = 2", 2),
        ("delete from audit where seq = 3", 3),
        ("delete from audit", 1),
    ],
)
def test_the_chain_shows_what_was_changed(world: World, change: str, first_bad: int | None) -> None:
    for number in range(3):
        world.ledger.audit("ana", "acked", f"cw-{number}", detail="because", now=START)
    with world.ledger.transaction() as db:
        db.execute(change)

    assert world.ledger.verify_audit() == first_bad


@pytest.mark.parametrize(
    ("until", "snoozed"),
    [(None, None), (START + DAY, START + DAY), (START + 30 * DAY, START + 3 * DAY)],
)
def test_a_snooze_never_lasts_past_the_date(world: World, until: datetime | None, snoozed: datetime | None) -> None:
    world.sweep(seen(A, "f1"), judge=expiring)
    credential = world.one("select id from credential")

    done = world.ledger.acknowledge(credential, "ana", until, START)

    (incident,) = world.memories()[A].open
    assert (done.snoozed_until, incident.snoozed_until, incident.acked) == (snoozed, snoozed, True)
    assert world.column("select who from audit") == ["ana"]
    assert world.one("select count(*) from event where what in ('acked', 'snoozed')") == 1


def test_an_incident_can_be_named_by_its_own_id(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=expiring)
    incident = world.one("select id from incident")

    assert world.ledger.acknowledge(incident, "ana", None, START).incident == incident


def test_what_is_not_open_cannot_be_acknowledged(world: World) -> None:
    with pytest.raises(LedgerError, match="nothing is open for c-none"):
        world.ledger.acknowledge("c-none", "ana", None, START)


def test_the_judge_may_say_what_follows_from_it_at_the_next_close(world: World) -> None:
    world.sweep(seen(A, "f1"), judge=expiring)
    world.ledger.acknowledge(world.one("select id from credential"), "ana", None, START)

    assert world.sweep(broken=["vault"], judge=expiring).judged == 1
