from __future__ import annotations

from datetime import timedelta

from credwatch.ledger.journal import Journal
from credwatch.model import Facts
from credwatch.model.rotating import Phase, Rotation, State, Step, Target, Turn
from tests.web.test_metrics import scrape
from tests.web.world import Stack

NAMES = ("01M7WXABB036YFRXZRZFP85T3T", "01M7WXABB036YFRXZRZFP85T3V", "01M7WXABB036YFRXZRZFP85T3W")


def begun(stack: Stack, number: int, state: State = State.GRACE) -> Rotation:
    target = Target("vault:kv/a#TOKEN", "vault", "kv/a", {"key": "TOKEN"})
    rotation = Rotation(
        NAMES[number], f"c-{number}", "some-key", "", Facts(name="voice-prod"), "f", State.PLANNED, (target,)
    )
    journal = Journal(stack.world.ledger)
    return journal.move(journal.begin(rotation, stack.world.now), Turn(state), stack.world.now)


def test_each_state_is_counted_and_what_is_under_way_has_its_beginning(stack: Stack) -> None:
    begun(stack, 0)
    begun(stack, 1, State.DONE)
    found = scrape(stack)

    assert found["credwatch_rotations"] == [({"state": "done"}, 1), ({"state": "grace"}, 1)]
    assert found["credwatch_rotation_begun_timestamp_seconds"] == [
        ({"id": f"cw-{NAMES[0]}", "credential": "c-0", "state": "grace"}, stack.world.now.timestamp())
    ]
    text = stack.get("/metrics").text
    assert not [word for word in ("voice-prod", "TOKEN", "kv/a") if word in text]


def test_what_ended_a_month_ago_is_counted_no_more(stack: Stack) -> None:
    begun(stack, 1, State.DONE)
    stack.world.now += timedelta(days=31)

    assert scrape(stack)["credwatch_rotations"] == []


def test_refused_effects_lost_answers_and_stops_are_failures(stack: Stack) -> None:
    journal, now = Journal(stack.world.ledger), stack.world.now
    rotation = begun(stack, 0)
    for place, phase in (("a", Phase.FAILED), ("b", Phase.UNKNOWN), ("c", Phase.DONE)):
        journal.outcome(journal.intent(rotation, Step.STAGE, place, now), phase, "", now)
    journal.move(rotation, Turn(State.NEEDS_OPERATOR), now)

    assert scrape(stack)["credwatch_rotation_failures"] == [({}, 3)]


def test_a_pause_of_all_is_shown(stack: Stack) -> None:
    shown = [scrape(stack)["credwatch_rotations_paused"]]
    Journal(stack.world.ledger).pause_all("an audit", "ana", stack.world.now)
    shown.append(scrape(stack)["credwatch_rotations_paused"])

    assert shown == [[({}, 0)], [({}, 1)]]
