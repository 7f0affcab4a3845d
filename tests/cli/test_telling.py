from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from credwatch.alerts.delivery import Delivered
from credwatch.cli import telling

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC).astimezone(ZoneInfo("Europe/Madrid"))


@pytest.mark.parametrize(
    ("delivered", "said"),
    [
        (Delivered(sent=2), "Sent 2."),
        (Delivered(queued=1, later=1, next_digest=MONDAY), "Nothing is due. 1 waits for the digest of Mon 09:00 CET."),
        (
            Delivered(sent=1, queued=4, later=2, next_digest=MONDAY, snoozed=1),
            "Sent 1. 2 wait for the digest of Mon 09:00 CET. 1 snoozed. 1 waits for the channel.",
        ),
        (Delivered(queued=2, dead="#a: is_archived"), "Sent 0. 2 wait for the channel."),
    ],
)
def test_a_delivery_is_summed_up_in_one_line(delivered: Delivered, said: str) -> None:
    assert telling.summed_up(delivered) == said
