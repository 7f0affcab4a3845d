"""What a key that is dead, or that somebody else has, waits for."""

from __future__ import annotations

import pytest

from credwatch.ledger.journal import Journal
from credwatch.model.rotating import State, Turn
from tests.ledger.journal.world import begun, moved, planned
from tests.ledger.world import DAY, MINUTE, START

NOW = START + DAY


@pytest.mark.parametrize("urgent", ["compromised", "replaces_dead"])
@pytest.mark.parametrize(
    ("states", "resumes", "active", "account"),
    [
        pytest.param([], None, 1, 1, id="just begun"),
        pytest.param([State.VERIFIED], None, 1, 1, id="not live"),
        pytest.param([State.PROMOTED], None, 0, 0, id="live"),
        pytest.param([State.GRACE], None, 0, 0, id="both keys live"),
        pytest.param([State.CONFIRMING], None, 0, 0, id="a person is asked"),
        pytest.param([State.NEEDS_OPERATOR], State.CONFIRMING, 0, 0, id="stopped when it was live"),
        pytest.param([State.NEEDS_OPERATOR], State.CREATING, 0, 1, id="stopped before"),
    ],
)
def test_what_only_waits_does_not_hold_back_what_is_urgent(
    journal: Journal, urgent: str, states: list[State], resumes: State | None, active: int, account: int
) -> None:
    other = moved(journal, begun(journal, "c-2"), *states, at=NOW)
    journal.move(other, Turn(changes={"resumes": resumes}), NOW)
    counts = journal.counts(planned(journal, "c-1", **{urgent: True}), NOW + MINUTE)

    assert (counts.active, counts.account) == (active, account)
