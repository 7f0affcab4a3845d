from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credwatch.sandbox.story import Act, Event, Heard, Looked, staged
from credwatch.sandbox.story.reading import plain
from credwatch.sandbox.story.times import DAY, LENGTH, Month, StoryClock

SUNDAY = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
PAGES = [
    (1, 'Page: Deepgram key "captions" stops working in 2 days'),
    (1, "Page: OpenAI refuses the production key"),
    (2, 'Page: Deepgram key "voice-prod" stops working in 3 days'),
    (2, 'Page: Deepgram key "voice-prod" stops working in 24 hours'),
    (3, "Page: ElevenLabs refuses the production key"),
    (5, "Blind: OpenAI answers no try"),
    (5, "Page: Twilio refuses all 3 keys"),
]


@dataclass
class Performance:
    """What was seen of one story."""

    events: Sequence[Event]
    values: Sequence[str]
    directory: Path

    def act(self, number: int) -> Sequence[Event]:
        starts = [index for index, event in enumerate(self.events) if isinstance(event, Act)] + [None]
        return self.events[starts[number - 1] : starts[number]]

    def heard(self, number: int) -> Sequence[Heard]:
        return [event for event in self.act(number) if isinstance(event, Heard)]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    directory = tmp_path_factory.mktemp("story")
    with staged(directory, SUNDAY, threading.Event()) as play:
        events = list(play.events())
        scene = play._company.scene
        keys = [key for name in scene.servers for key in getattr(getattr(scene, name), "keys", ())]
        values = [*(key.value for key in keys), scene.vault.root]
    return Performance(events, values, directory)


def test_the_acts_come_in_their_order(story: Performance) -> None:
    assert [event.number for event in story.events if isinstance(event, Act)] == [1, 2, 3, 4, 5]


def test_exactly_these_pages_are_sent(story: Performance) -> None:
    heads = [(act, said.lines[0]) for act in range(1, 6) for said in story.heard(act) if said.page]

    assert len(heads) == len(PAGES)
    assert [(act, head[: len(begins)]) for (act, head), (_, begins) in zip(heads, PAGES, strict=True)] == PAGES


def test_the_first_look_is_one_summary_and_two_pages(story: Performance) -> None:
    said = [(heard.how, heard.channel) for heard in story.heard(1)]

    assert said == [("post", "#credentials"), ("post", "#voice-oncall"), ("post", "#voice-oncall")]
    assert "2 need a person this week" in story.heard(1)[0].lines[0]


def test_the_ladder_speaks_on_its_days_and_on_no_other(story: Performance) -> None:
    told = [heard for heard in story.heard(2) if heard.how != "edit" and not heard.over]
    days = [(LENGTH - (SUNDAY - 2 * DAY - heard.at).days - 1, heard.channel) for heard in told if ladder(heard)]

    assert days == [
        (1, "#voice-alerts"),
        (17, "#voice-alerts"),
        (24, "#voice-alerts"),
        (28, "#voice-oncall"),
        (30, "#voice-oncall"),
    ]


def ladder(heard: Heard) -> bool:
    return any('"voice-prod"' in line for line in heard.lines)


def test_nothing_is_told_twice_in_a_channel(story: Performance) -> None:
    said = [event for event in story.events if isinstance(event, Heard) and event.how != "edit"]

    assert len(said) == len({(heard.channel, heard.lines[0]) for heard in said})


def test_a_killed_key_is_one_page_and_no_other_key_of_its_vendor_is_touched(story: Performance) -> None:
    (looked,) = [event for event in story.act(3) if isinstance(event, Looked)]

    assert [heard.how for heard in story.heard(3)] == ["post"]
    assert {change.place for change in looked.swept.closed.changed} == {"vault-prod:kv/voice/prod#ELEVENLABS_API_KEY"}
    assert [str(change.new) for change in looked.swept.closed.changed] == ["unverified", "invalid"]
    assert any(
        "refused again" in line and "other keys of this account work" in line for line in story.heard(3)[0].lines
    )


def test_the_all_clear_is_in_the_thread_and_the_page_is_edited(story: Performance) -> None:
    assert [(heard.how, heard.over, heard.channel) for heard in story.heard(4)] == [
        ("edit", True, "#voice-oncall"),
        ("reply", True, "#voice-oncall"),
    ]
    assert story.heard(4)[0].at == story.heard(3)[0].at


def test_no_edit_says_what_stood_there_before(story: Performance) -> None:
    edits = [event for event in story.events if isinstance(event, Heard) and event.how == "edit"]
    blind = [edit.new for edit in edits if "Blind: OpenAI" in edit.lines[0]]

    assert all(edit.new for edit in edits)
    assert blind == [("It has lasted for 6 hours. Next word when it is back.",)]


def test_every_message_fits_a_locked_phone_and_twelve_lines(story: Performance) -> None:
    said = [event for event in story.events if isinstance(event, Heard)]

    assert [
        heard.lines[0] for heard in said if len(heard.lines[0].partition(" · @")[0].removeprefix("~~Page:~~ ")) > 120
    ] == []
    assert max(len(heard.lines) for heard in said) <= 12


def test_while_the_vendor_is_down_no_key_is_called_dead(story: Performance) -> None:
    *down, refused = story.heard(5)

    assert all("Blind" in heard.lines[0] or heard.over for heard in down)
    assert "One cause" in refused.lines[0]
    assert not [event for event in story.act(5) if isinstance(event, Looked) and invalid(event)]


def invalid(event: Looked) -> list[str]:
    return [change.place for change in event.swept.closed.changed if change.new == "invalid"]


def test_no_value_is_told_or_kept(story: Performance) -> None:
    told = "\n".join(line for event in story.events if isinstance(event, Heard) for line in event.lines).encode()
    kept = b"".join(path.read_bytes() for path in story.directory.iterdir())

    assert len(story.values) > 20
    assert [value for value in story.values if value.encode() in told + kept] == []


def test_what_was_lent_to_the_environment_is_taken_back(story: Performance) -> None:
    assert story.events
    assert [name for name in os.environ if name.startswith("DEMO_")] == []


def test_a_story_that_is_stopped_ends_at_its_next_step(tmp_path: Path) -> None:
    stop = threading.Event()
    seen = []
    with staged(tmp_path, SUNDAY, stop) as play:
        for event in play.events():
            seen.append(event)
            if isinstance(event, Looked):
                stop.set()

    assert [type(event) for event in seen] == [Act, Looked]


@pytest.mark.parametrize("hours", range(0, 14 * 24, 5))
def test_digests_of_the_ladder_fall_on_working_days_whenever_the_story_is_told(hours: int) -> None:
    now = SUNDAY + timedelta(hours=hours)
    month = Month(now)

    assert [month.at(day).weekday() <= 4 for day in (1, 3, 17, 24)] == [True] * 4
    assert timedelta(0) <= now - month.at(LENGTH, 16) < 6 * DAY


def test_a_wait_is_over_at_once_and_that_much_later() -> None:
    clock = StoryClock(SUNDAY)
    before = clock.monotonic()

    assert clock.wait(300, threading.Event())
    assert clock.now() == SUNDAY + timedelta(minutes=5)
    assert 300 <= clock.monotonic() - before < 301


def test_the_clock_never_goes_back() -> None:
    clock = StoryClock(SUNDAY)
    clock.move_to(SUNDAY - DAY)

    assert clock.now() == SUNDAY


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("*Page: it stops* · <!subteam^S1>", "Page: it stops · @on-call"),
        ("~Page:~ *Resolved <!date^1790000000^{time}|17:06 UTC>: a*", "~~Page:~~ Resolved 17:06 UTC: a"),
        ("<https://wiki.example.com/a|Runbook> &amp; `a &lt;b&gt;`", "Runbook https://wiki.example.com/a & `a <b>`"),
        ("<!subteam^S2>", "@somebody"),
    ],
)
def test_markup_is_read_as_text(markup: str, text: str) -> None:
    assert plain(markup, {"S1": "@on-call"}) == text
