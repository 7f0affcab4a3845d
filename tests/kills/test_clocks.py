"""The wall clock is a month wrong for a while, either way: nothing is told twice, nothing lost, and it ends by itself."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.kills.known import Known
from tests.kills.world import DAY, Stack

MONTH = 31 * DAY
HOUR = timedelta(hours=1)


def look_and_tell(stack: Stack, later: timedelta = timedelta(0)) -> None:
    for command in ("sweep", "deliver"):
        assert stack.run(command, later=later).code == 0


def first_lines(stack: Stack, room: str) -> list[str]:
    """What was posted, as it reads now."""
    return [text.partition(" · <")[0] for text in stack.scene.slack.rooms[room].texts()]


def twice(known: Known) -> list[object]:
    """Messages that are there more than once."""
    return [one for messages in known.said.values() for one, count in Counter(messages).items() if count > 1]


@pytest.mark.parametrize(
    ("jump", "meanwhile"),
    [
        pytest.param(
            MONTH,
            [
                "Page: Carrier contract: 28 days ago, ",
                "Page: Pager contract: 15 days ago, ",
                "Page: Speech model: today, ",
            ],
            id="ahead",
        ),
        pytest.param(-MONTH, ["Resolved 11:00 UTC: Carrier contract: the date is Thu 26 Nov"], id="behind"),
    ],
)
def test_a_month_for_an_hour_between_two_sweeps(stack: Stack, jump: timedelta, meanwhile: list[str]) -> None:
    """What the clock says is believed while it says so: dates have come, or are far. What is right again is said."""
    stack.go_back(2, "sweep")
    stack.play(1)
    look_and_tell(stack, jump + HOUR)
    shown = first_lines(stack, "voice-oncall")
    assert all(text.startswith(start) for text, start in zip(shown, meanwhile, strict=True)), shown
    for act in (2, 3):
        stack.play(act)
        look_and_tell(stack)
        pages = first_lines(stack, "voice-oncall")
        assert len([text for text in pages if "Deepgram" in text]) == 1
        assert len([text for text in pages if "Twilio" in text]) == 1
    look_and_tell(stack, 2 * HOUR)
    known, expected = stack.known(), stack.expected[3]

    assert twice(known) == []
    assert known.statuses == expected.statuses
    assert [text for text in first_lines(stack, "voice-oncall") if text.startswith("Page: ")] == [
        "Page: Carrier contract: in 1 day, Thu 26 Nov"
    ]
    assert known.said["voice-alerts"] == expected.said["voice-alerts"]
    assert known.said["credentials"] == expected.said["credentials"]


@pytest.mark.parametrize("jump", [MONTH, -MONTH], ids=["ahead", "behind"])
def test_a_month_between_a_sweep_and_its_delivery_and_back(stack: Stack, jump: timedelta) -> None:
    stack.go_back(2, "deliver")
    assert stack.run("deliver", later=jump).code == 0
    assert stack.run("deliver", later=HOUR).code == 0
    look_and_tell(stack, 2 * HOUR)
    known = stack.known()

    assert twice(known) == []
    assert known.statuses == stack.expected[2].statuses
    pages = first_lines(stack, "voice-oncall")
    assert len([text for text in pages if "Deepgram refuses" in text]) == 1
    assert len([text for text in pages if "Twilio refuses all 3 keys" in text]) == 1
    (digest,) = known.said["voice-alerts"]
    assert "Thu 24 Dec" in digest[0]
