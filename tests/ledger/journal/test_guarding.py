"""What holds a rotation back, counted and looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.ledger.journal import Counts, Journal
from credwatch.model import About, Facts, Level, News, Unlisted
from credwatch.model.found import Reason
from credwatch.model.rotating import Phase, State, Step, Turn
from tests.ledger.journal.world import OLD, begun, journal_of, moved, planned
from tests.ledger.world import DAY, HOUR, MINUTE, START, World, seen

NONE = Counts(active=0, account=0, day=0, creates=0, failures=0, done=0)
NOW = START + DAY
ELSEWHERE = replace(OLD, account="AC2")
NOWHERE = replace(OLD, account=None)


@pytest.mark.parametrize(
    ("fields", "states", "counted"),
    [
        ({}, [], {"active": 1, "account": 1}),
        ({"old": ELSEWHERE}, [], {"active": 1}),
        ({"old": NOWHERE}, [], {"active": 1, "account": 1}),
        ({"kind": "deepgram-api-key"}, [], {"active": 1}),
        ({"paused": True}, [], {"active": 1, "account": 1}),
        ({}, [State.GRACE], {"active": 1, "account": 1}),
        ({}, [State.NEEDS_OPERATOR], {"active": 1, "account": 1, "failures": 1}),
        ({}, [State.NEEDS_OPERATOR, State.CREATED, State.NEEDS_OPERATOR], {"active": 1, "account": 1, "failures": 1}),
        ({}, [State.NEEDS_OPERATOR, State.ABORTED], {"failures": 1}),
        ({}, [State.ABORTED], {"failures": 1}),
        ({}, [State.REJECTED], {}),
        ({}, [State.ROLLED_BACK], {}),
        ({}, [State.DONE], {"done": 1}),
        ({"kind": "deepgram-api-key"}, [State.DONE], {}),
    ],
)
def test_others_are_counted(journal: Journal, fields: Any, states: list[State], counted: dict[str, int]) -> None:
    moved(journal, begun(journal, "c-2", **fields), *states, at=NOW)

    assert journal.counts(planned(journal), NOW + MINUTE) == replace(NONE, **counted)


def test_a_rotation_is_not_counted_against_itself(journal: Journal) -> None:
    rotation = journal.move(begun(journal), Turn(changes={"creates": 2}), START)

    assert journal.counts(rotation, START) == replace(NONE, creates=2)


@pytest.mark.parametrize(
    ("ago", "day"), [(timedelta(0), 1), (23 * HOUR, 1), (DAY - MINUTE, 1), (DAY, 0), (9 * DAY, 0), (-HOUR, 1)]
)
def test_those_of_a_day(journal: Journal, ago: timedelta, day: int) -> None:
    moved(journal, begun(journal, "c-2", at=NOW - ago), State.DONE)
    moved(journal, begun(journal, "c-3", at=NOW - ago), State.REJECTED)

    assert journal.counts(planned(journal), NOW).day == day


@pytest.mark.parametrize(
    ("ago", "failures"), [(timedelta(0), 1), (59 * MINUTE, 1), (HOUR, 0), (DAY, 0), (-MINUTE, 0), (-30 * DAY, 0)]
)
def test_failures_of_an_hour_and_none_that_are_still_to_come(journal: Journal, ago: timedelta, failures: int) -> None:
    moved(journal, begun(journal, "c-2"), State.ABORTED, at=NOW - ago)

    assert journal.counts(planned(journal), NOW).failures == failures


@pytest.mark.parametrize(("phase", "failures"), [(Phase.FAILED, 1), (Phase.UNKNOWN, 0), (Phase.DONE, 0)])
def test_an_effect_that_was_refused_is_a_failure_and_one_without_an_answer_is_none(
    journal: Journal, phase: Phase, failures: int
) -> None:
    journal.outcome(journal.intent(begun(journal, "c-2"), Step.STAGE, "a", NOW), phase, "aborted: no", NOW)

    assert journal.counts(planned(journal), NOW).failures == failures


def test_the_vendor_is_the_one_of_the_credential(world: World, journal: Journal) -> None:
    world.configured = {"vault": "1"}
    world.sweep(seen("vault:kv/a#KEY", "f1", key="SK1"), seen("vault:kv/b#KEY", "f2", key="SK2"))
    first, second = world.column("select id from credential order by id")
    begun(journal, first, kind="twilio-main-key")

    assert journal.counts(planned(journal, second, kind="twilio-api-key"), START).account == 1


# -- a pause of all ------------------------------------------------------------------------------------------------


def test_a_pause_says_why_and_who_until_it_is_over(world: World, journal: Journal) -> None:
    before = journal.paused_all()
    journal.pause_all("three failures\nin an hour", "credwatch", START)
    said = journal.paused_all()
    journal.unpause_all("ana", START)
    journal.unpause_all("ana", START)

    assert (before, said, journal.paused_all()) == (
        "",
        "three failures in an hour (credwatch, 2026-11-20 08:00 UTC)",
        "",
    )
    assert world.column("select who || ' ' || action from audit") == ["credwatch paused", "ana unpaused"]


@pytest.mark.parametrize(
    ("said", "failures"),
    [
        pytest.param(-MINUTE, 1, id="before it failed"),
        pytest.param(MINUTE, 0, id="after it failed"),
        pytest.param(30 * DAY, 1, id="in times to come"),
    ],
)
def test_what_failed_before_a_person_let_them_begin_again_is_no_failure_any_more(
    journal: Journal, said: timedelta, failures: int
) -> None:
    moved(journal, begun(journal, "c-2"), State.ABORTED, at=NOW)
    journal.unpause_all("ana", NOW + said)

    assert journal.counts(planned(journal), NOW + 2 * MINUTE).failures == failures


# -- what the watch sees -------------------------------------------------------------------------------------------


def test_the_places_that_hold_a_value_now(world: World, journal: Journal) -> None:
    world.sweep(seen("vault:kv/a#KEY", "f1"), seen("vault:kv/b#KEY", "f1"), seen("vault:kv/c#KEY", "f2"))
    world.sweep(seen("vault:kv/b#KEY", "f1"), seen("vault:kv/c#KEY", "f1"))

    assert journal.holders("f1") == ("vault:kv/b#KEY", "vault:kv/c#KEY")
    assert journal.holders("f2") == ()


def two(world: World) -> None:
    world.configured = {"aws": "1", "vault": "1"}


def of_both(world: World) -> None:
    two(world)
    world.sweep()


def of_one(world: World) -> None:
    two(world)
    world.sweep(names=["vault"])


def of_the_other(world: World) -> None:
    two(world)
    world.sweep(names=["aws"])


def broken(world: World) -> None:
    two(world)
    world.sweep(broken=["aws"])


def in_part(world: World) -> None:
    world.sweep(Unlisted("kv/secret", Reason.FORBIDDEN))


def not_closed(world: World) -> None:
    world.look()


@pytest.mark.parametrize(
    ("sweeps", "complete"),
    [
        ([], None),
        ([of_both], 0),
        ([of_one], None),
        ([broken], None),
        ([in_part], None),
        ([not_closed], None),
        ([of_both, of_one, broken], 0),
        ([broken, of_both], 1),
        ([of_one, of_both, of_both], 2),
        ([of_both, of_one, of_one], 0),
        ([of_one, of_the_other], 0),
    ],
)
def test_since_when_everything_was_seen(
    world: World, journal: Journal, sweeps: list[Callable[[World], None]], complete: int | None
) -> None:
    for sweep in sweeps:
        sweep(world)

    assert journal.complete_sweep() == (None if complete is None else START + complete * 15 * MINUTE)


def test_a_provider_that_is_new_was_in_none(world: World, journal: Journal) -> None:
    world.sweep()
    two(world)
    world.look(names=["vault"])

    assert journal.complete_sweep() is None


def test_what_cannot_be_seen(world: World, journal: Journal) -> None:
    def news(*_: object) -> tuple[News, ...]:
        return tuple(
            News(about, subject, step, Level.WARNING)
            for about, subject, step in [
                (About.PROVIDER, "vault", "blind"),
                (About.PROVIDER, "aws", "shrunk"),
                (About.VENDOR, "twilio", "blind_long"),
                (About.CREDENTIAL, "c-1", "refused"),
                (About.ACCOUNT, "twilio/AC1", "all_refused"),
            ]
        )

    before = journal.blind()
    world.configured = {"vault": "1", "aws": "1"}
    world.sweep(judge_sweep=news)

    assert (before, journal.blind()) == ((), ("aws", "vault", "twilio"))


# -- whether the ledger can be relied on -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ("select 1", ""),
        ("update audit set who = 'bob'", "the chain of the audit is broken at row 1"),
        ("delete from journal where seq = 1", "the chain of the journal is broken at row 1"),
        ("create trigger t before insert on audit begin select raise(abort, 'no'); end", "the audit takes no row"),
    ],
)
def test_a_ledger_that_cannot_be_relied_on(kept: World, edit: str, why: str) -> None:
    journal = journal_of(kept)
    begun(journal)
    kept.ledger.audit("ana", "acked", "cw-1", detail="", now=START)
    with kept.ledger.transaction() as db:
        db.execute(edit)

    said = journal.readable()

    assert said.startswith(why)
    assert bool(said) is bool(why)
    assert kept.count("audit") == 1


@pytest.mark.parametrize(("room", "why"), [(64 << 20, ""), ((64 << 20) - 1, "only 63 MiB are free"), (0, "only 0 MiB")])
def test_a_disk_with_little_room(kept: World, room: int, why: str) -> None:
    asked: list[Path] = []

    def free(directory: Path) -> int:
        asked.append(directory)
        return room

    said = Journal(kept.ledger, room=free).readable()

    assert (said[: len(why)], bool(said), asked) == (why, bool(why), [kept.ledger.directory])


def test_a_disk_that_cannot_be_asked(kept: World) -> None:
    def free(_: Path) -> int:
        raise OSError(5, "Input/output error")

    assert "cannot be asked" in Journal(kept.ledger, room=free).readable()


def test_a_ledger_that_is_kept_nowhere_has_no_disk(journal: Journal) -> None:
    assert journal.readable() == ""
    assert journal.readable() == ""


def test_a_wrong_clock_is_due_again_at_once(journal: Journal) -> None:
    ahead: datetime = START + 30 * DAY
    rotation = journal.move(begun(journal), Turn(at=ahead + 5 * MINUTE), ahead)

    assert [one.id for one in journal.due(START)] == [rotation.id]
    assert journal.move(rotation, Turn(State.PREPARED), START).updated_at == START
    assert Facts() == rotation.new
