"""rotate --due: what a turn of the daemon begins by rule, goes on with, and tidies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from credwatch.ledger.locks import Lock
from credwatch.ledger.queries.rotating import automatic, waiting
from credwatch.model.rotating import State
from credwatch.sandbox.keys import Key
from credwatch.sandbox.keys import State as Condition
from tests.cli.rotating.yard import CONFIGURATION, CONSUMER, PROD, STAGING, Yard

AUTO = f"""
[[rules]]
match = {{ place = "vault-prod:kv/voice/*", kind = "deepgram-api-key" }}
rotate = "auto"
rotate_at = "21d"
revoke = "grace"
{CONSUMER}"""


@pytest.fixture
def ruled(bare: Yard) -> Yard:
    """A rule says auto; somebody attended the first of its kind; one more key lies in staging."""
    bare.configure(AUTO)
    bare.put("staging", bare.issue("staging", days=60))
    bare.sweep()
    assert bare.run("--quiet", "rotate", STAGING, "--yes", "--compromised") == 0
    bare.later(minutes=1)
    bare.sweep()
    return bare


def due(yard: Yard) -> None:
    """One turn of the daemon, after a look at everything."""
    yard.sweep()
    assert yard.run("--quiet", "rotate", "--due") == 0


def of_prod(yard: Yard) -> list[State]:
    return [one.state for one in yard.rotations() if any(target.place == PROD for target in one.targets)]


def test_it_begins_when_so_many_days_are_left_and_not_before(ruled: Yard) -> None:
    ruled.later(days=8)
    due(ruled)
    assert of_prod(ruled) == []

    ruled.later(days=1, minutes=1)
    due(ruled)
    assert of_prod(ruled) == [State.GRACE]
    assert (ruled.rotation.automatic, ruled.rotation.requested_by) == (True, "credwatch")
    assert ruled.audit()[-1][:2] == ("credwatch", "rotate")


def test_it_goes_on_by_itself_to_its_end(ruled: Yard) -> None:
    ruled.later(days=10)
    due(ruled)
    ruled.later(hours=25)
    due(ruled)

    assert of_prod(ruled) == [State.DONE]
    assert ruled.old.value not in ruled.alive()
    ruled.later(minutes=5)
    due(ruled)
    ruled.later(hours=2)
    due(ruled)
    assert of_prod(ruled) == [State.DONE]


def test_what_was_replaced_a_moment_ago_is_not_begun_again_before_it_was_looked_at(ruled: Yard) -> None:
    ruled.later(days=10)
    ruled.sweep()
    ruled.run("--quiet", "rotate", PROD, "--yes", "--compromised")
    ruled.later(hours=2)
    ruled.run("--quiet", "rotate", "--due")

    assert of_prod(ruled) == [State.DONE]


def refused(yard: Yard) -> None:
    yard.old.state = Condition.DELETED


def out_of_credit(yard: Yard) -> None:
    yard.old.state = Condition.OUT_OF_CREDIT


def limited_answer(yard: Yard) -> None:
    yard.old.state = Condition.RATE_LIMITED


def off(yard: Yard) -> None:
    yard.configure(AUTO.replace('"auto"', '"manual"'))


def silenced(yard: Yard) -> None:
    yard.configure(AUTO.replace('rotate = "auto"', 'rotate = "auto"\nignore = "x"'))


def paused(yard: Yard) -> None:
    yard.run("--quiet", "pause")


def nowhere(yard: Yard) -> None:
    for item in ("prod", "eu"):
        yard.scene.vault.ask("delete", f"kv/metadata/voice/{item}")


@pytest.mark.parametrize("happens", [refused, out_of_credit, limited_answer, off, silenced, paused, nowhere])
def test_it_does_not_begin_where_anything_is_not_well(ruled: Yard, happens: Callable[[Yard], None]) -> None:
    ruled.later(days=10)
    happens(ruled)
    for _ in range(2):
        ruled.run("--quiet", "sweep")
        ruled.later(minutes=10)
    ruled.run("--quiet", "rotate", "--due")

    assert of_prod(ruled) == []


def test_the_first_of_a_kind_waits_for_a_person_and_that_is_told_once(bare: Yard) -> None:
    bare.configure(AUTO)
    bare.sweep()
    bare.later(days=10)
    for _ in range(5):
        due(bare)
        bare.later(minutes=61)

    (rotation,) = bare.rotations()
    assert rotation.state is State.REJECTED
    assert "waits for a person" in rotation.reason
    assert len(told(bare)) == 1


def test_what_was_refused_is_not_counted_as_begun_and_holds_nothing_back(ruled: Yard) -> None:
    ruled.later(days=10)
    one_a_day = f"{AUTO}[rotate]\nmax_per_day = 1\n"
    ruled.configure(f'{one_a_day}freeze = ["2026-11-29 - 2026-12-02"]\n')
    due(ruled)
    assert of_prod(ruled) == [State.REJECTED]

    ruled.configure(one_a_day)
    ruled.later(minutes=61)
    due(ruled)

    assert of_prod(ruled) == [State.GRACE, State.REJECTED]


def test_what_cannot_even_be_planned_is_tried_once_an_hour_and_stands_in_its_history_once(ruled: Yard) -> None:
    ruled.configure(AUTO, base=CONFIGURATION.replace("vault-prod = {", "# {"))
    ruled.later(days=10)
    asked = []
    for _ in range(4):
        due(ruled)
        before = len(ruled.scene.servers["deepgram"].requests)
        ruled.run("--quiet", "rotate", "--due")
        asked.append(len(ruled.scene.servers["deepgram"].requests) - before)
        ruled.later(minutes=61)

    assert asked == [0, 0, 0, 0]
    with sqlite3.connect(ruled.folder / "data" / "credwatch.db") as db:
        rows = db.execute("select detail from event where what = 'not rotated'").fetchall()
    assert len(rows) == 1
    assert "[rotate.identities]" in rows[0][0]


def told(yard: Yard) -> list[tuple[str]]:
    with sqlite3.connect(yard.folder / "data" / "credwatch.db") as db:
        return db.execute("select said from outbox where about = 'rotation' and step = 'rejected'").fetchall()


@pytest.mark.parametrize("ends", ["abort", "rollback"])
def test_what_a_person_took_back_is_not_begun_again_within_a_week(ruled: Yard, ends: str) -> None:
    ruled.later(days=10)
    if ends == "abort":
        with ruled.shop() as shop:
            ruled.begun(shop, said=lambda _, turn: shop.watch.stop.set() if turn.to is State.STAGED else None)
    else:
        due(ruled)
    ruled.run("--quiet", ends, ruled.id)
    ruled.later(hours=25)
    due(ruled)
    assert of_prod(ruled) == [State.ABORTED if ends == "abort" else State.ROLLED_BACK]

    ruled.later(days=5)
    due(ruled)
    assert len(of_prod(ruled)) == 1
    ruled.later(days=2, hours=1)
    due(ruled)
    assert len(of_prod(ruled)) == 2


def test_one_that_another_process_works_on_is_left_to_it(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.later(hours=25)

    with Lock(yard.folder / "data", f"rotation-{yard.rotation.id}.lock"):
        assert yard.run("--quiet", "rotate", "--due") == 0

    assert yard.state() is State.GRACE


def test_one_that_cannot_be_gone_on_with_is_said_and_the_code_tells(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes")
    yard.later(hours=25)
    monkeypatch.delenv("DEEPGRAM_OF_THE_ROTATION")

    assert yard.run("--quiet", "rotate", "--due") == 3
    assert f"{yard.id} cannot be gone on with" in capsys.readouterr().err


def test_a_key_that_came_to_be_late_is_removed_a_day_after_the_end(yard: Yard) -> None:
    yard.run("--quiet", "rotate", PROD, "--yes", "--compromised")
    yard.run("--quiet", "rotate", "--due")
    late: Key = yard.scene.deepgram.issue(f"voice-prod {yard.id}-2", "p-1")
    yard.run("--quiet", "rotate", "--due")
    assert late.value in yard.alive()

    yard.later(hours=24, minutes=1)
    yard.run("--quiet", "rotate", "--due")

    assert yard.alive() == {yard.held("prod")}


# -- what the process that stays asks before it starts one ----------------------------------------------------------


@pytest.fixture
def asked(ruled: Yard) -> Callable[[], bool]:
    """Whether a turn would find something to do now."""

    def ask() -> bool:
        with ruled.ledger() as ledger:
            return waiting(ledger, ruled.clock.now())

    return ask


def test_nothing_is_started_where_nothing_is_to_be_done(ruled: Yard, asked: Callable[[], bool]) -> None:
    ruled.run("--quiet", "rotate", "--due")

    assert asked() is False


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        pytest.param(timedelta(minutes=30), False, id="before its hourly look"),
        pytest.param(timedelta(minutes=61), True, id="its hourly look"),
        pytest.param(timedelta(hours=25), True, id="after its grace"),
    ],
)
def test_one_under_way_is_gone_on_with_when_its_time_has_come(
    ruled: Yard, asked: Callable[[], bool], length: timedelta, *, expected: bool
) -> None:
    ruled.run("--quiet", "rotate", "--due")
    ruled.run("--quiet", "rotate", PROD, "--yes")
    ruled.later(seconds=length.total_seconds())

    assert asked() is expected


def test_a_turn_is_started_for_what_a_rule_begins_and_not_again_within_the_hour(
    ruled: Yard, asked: Callable[[], bool]
) -> None:
    ruled.run("--quiet", "rotate", "--due")
    ruled.later(days=10)
    ruled.sweep()
    ruled.scene.deepgram.state = Condition.DOWN
    assert asked() is True

    ruled.run("--quiet", "rotate", "--due")
    assert asked() is False
    ruled.later(minutes=61)
    assert asked() is True


def test_a_clock_that_was_set_back_hides_nothing_that_is_due(ruled: Yard, asked: Callable[[], bool]) -> None:
    ruled.later(days=10)
    ruled.sweep()
    ruled.scene.deepgram.state = Condition.DOWN
    ruled.run("--quiet", "rotate", "--due")
    with ruled.ledger() as ledger:
        moment: datetime = ruled.later(hours=-2)
        assert len(automatic(ledger, moment)) == 1
    assert asked() is True
