from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from credwatch.alerts.waiting import due
from credwatch.ledger.outbox import Outbox
from tests.alerts.world import World, ms


def test_one_digest_for_each_owner_and_day(world: World) -> None:
    world.line("c-0001")
    world.line("c-0002", days=30)
    world.line("c-0003", owner="platform")

    world.deliver()
    world.line("c-0004")
    world.deliver()

    assert world.texts("voice-alerts") == [
        "Warning: 2 credentials of voice stop working within 30 days, the first on Fri 4 Dec"
    ]
    assert len(world.texts("credentials")) == 1
    assert world.states() == ["told", "told", "told", "queued"]


@pytest.mark.parametrize(
    ("later", "sent"),
    [
        (timedelta(hours=-1), 0),  # before nine in Madrid
        (timedelta(0), 1),
        (timedelta(days=1), 0),  # Saturday
        (timedelta(days=3, hours=-1), 0),  # Monday, before nine
        (timedelta(days=3), 1),
    ],
)
def test_a_digest_waits_for_its_hour_on_a_weekday(world: World, later: timedelta, sent: int) -> None:
    world.line("c-0001")

    world.clock.at += later

    assert due(world.ledger, world.config.terms, world.clock.now()) is bool(sent)
    assert world.deliver().sent == sent


def test_a_digest_of_which_nothing_stayed_true_does_not_keep_away_the_days_next(world: World) -> None:
    world.line("c-0001")
    world.slack.rooms["voice-alerts"].archived = True
    world.deliver()
    world.change("credential", "c-0001", status="gone")
    world.slack.rooms["voice-alerts"].archived = False
    world.clock.at += timedelta(minutes=2)
    world.deliver()

    world.line("c-0002")
    world.deliver()

    assert world.texts("voice-alerts") == ["Warning: 1 credential of voice stops working within 14 days, on Fri 4 Dec"]


def test_a_day_with_nothing_new_sends_nothing(world: World) -> None:
    found = world.deliver()

    assert (found.sent, due(world.ledger, world.config.terms, world.clock.now())) == (0, False)


def test_a_whole_day_is_told_by_the_configured_calendar(world: World) -> None:
    midnight = datetime(2026, 12, 20, tzinfo=world.config.timezone)
    world.credential("c-day", kind="deadline", name="SIP contract ends", deadline=ms(midnight), place="deadlines:SIP")
    clock = {
        "clock": "hard",
        "deadline": ms(midnight),
        "life": 0,
        "source": "",
        "generation": 0,
        "anchor": ms(midnight),
    }
    world.insert("clock", {"credential_id": "c-day"} | clock)
    world.alert("expiring", "digest", "c-day", deadline=ms(midnight), clock="hard")

    world.deliver()

    assert world.texts("voice-alerts") == ["Warning: 1 date of voice comes within 30 days, on Sun 20 Dec"]


@pytest.mark.parametrize("order", [("clock", "answers"), ("answers", "clock")])
def test_what_has_expired_and_is_refused_is_one_line_with_its_date(world: World, order: tuple[str, str]) -> None:
    world.line("c-0001", days=-1)
    deadline = world.rows("select deadline from clock")[0]["deadline"]
    world.change("credential", "c-0001", status="expired", environment="staging")
    with world.ledger.transaction() as db:
        db.execute("delete from outbox")
    said = {"clock": {"clock": "hard", "deadline": deadline}, "answers": {"reason": "refused"}}
    for by in order:
        world.alert("expired", "digest", "c-0001", **said[by])

    world.deliver()

    assert world.texts("voice-alerts") == ["Warning: 1 credential of voice needs a look"]
    assert sorted(world.states()) == ["dropped", "told"]
    assert world.rows("select clock from outbox where state = 'told'") == [{"clock": "hard"}]


def test_what_is_asked_of_the_lines_that_wait_grows_as_they_do_and_no_faster(world: World) -> None:
    """The daemon asks every half a minute, and a digest may wait for a whole weekend."""
    work: list[int] = []

    def asked() -> int:
        counted = len(work)
        with world.ledger.read() as db:
            db.set_progress_handler(lambda: work.append(1), 100)
            outbox.waiting()
            db.set_progress_handler(None, 0)
        return len(work) - counted

    outbox = Outbox(world.ledger)
    lines = [(f"n:{number}", f"c-{number}") for number in range(1_600)]
    _waits(world, lines[:200])
    few = asked()
    _waits(world, lines[200:])

    assert asked() < 2 * 8 * few


def _waits(world: World, lines: list[tuple[str, str]]) -> None:
    columns = "dedupe_key, sweep_id, credential_id, about, subject, step, level, owner, created_at"
    with world.ledger.transaction() as db:
        db.executemany(
            f"insert into outbox ({columns}) values (?1, 1, ?2, 'credential', ?2, 'overdue', 'digest', 'voice', 1)",  # noqa: S608  our own words
            lines,
        )
