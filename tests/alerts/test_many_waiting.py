"""What the daemon asks of the ledger every half a minute costs what waits, and not its square."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from credwatch.ledger.outbox import Outbox
from tests.alerts.world import World

FEW, MANY = 200, 1_600


def _pages_wait(world: World, first: int, last: int) -> None:
    """Pages of incidents of their own, as after a channel that was archived over a weekend."""
    with world.ledger.transaction() as db:
        db.executemany(
            "insert into outbox (dedupe_key, sweep_id, credential_id, incident_id, about, subject, step, level, owner,"
            " created_at) values (?1, 1, ?1, 'cw-' || ?1, 'credential', ?1, 'refused', 'page', 'voice', 1)",
            [(f"c-{number}",) for number in range(first, last)],
        )


def _folded_threads_say_so(world: World, first: int, last: int) -> None:
    """Threads of incidents that became part of a larger one, each edited long ago."""
    with world.ledger.transaction() as db:
        for number in range(first, last):
            name = f"cw-{number}"
            db.execute(
                "insert into incident (id, about, subject, step, opened_at, moved_at, closed_at, closed_why)"
                " values (?1, 'credential', ?1, 'refused', 1, 1, 2, 'folded')",
                (name,),
            )
            db.execute(
                "insert into message (id, kind, channel, state, incident_id, created_at)"
                " values (?1, 'post', '#voice-oncall', 'sent', ?1, 1)",
                (name,),
            )
            db.execute(
                "insert into message (id, kind, parent_id, channel, state, incident_id, created_at)"
                " values ('edit-' || ?1, 'update', ?1, '#voice-oncall', 'sent', ?1, 3)",
                (name,),
            )


@pytest.mark.parametrize(
    ("fill", "ask"),
    [
        pytest.param(_pages_wait, Outbox.waiting, id="pages that wait"),
        pytest.param(_folded_threads_say_so, Outbox.folded, id="threads of folded incidents"),
    ],
)
def test_what_is_asked_grows_as_the_ledger_does_and_no_faster(
    world: World, fill: Callable[[World, int, int], None], ask: Callable[[Outbox], object]
) -> None:
    work: list[int] = []
    outbox = Outbox(world.ledger)

    def asked() -> int:
        counted = len(work)
        with world.ledger.read() as db:
            db.set_progress_handler(lambda: work.append(1), 100)
            ask(outbox)
            db.set_progress_handler(None, 0)
        return len(work) - counted

    fill(world, 0, FEW)
    few = asked()
    fill(world, FEW, MANY)

    assert asked() < 2 * (MANY // FEW) * few
