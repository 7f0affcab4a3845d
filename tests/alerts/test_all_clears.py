from __future__ import annotations

from dataclasses import replace

import pytest

from credwatch.alerts.mrkdwn import blocks
from credwatch.alerts.wording.incident import incident
from credwatch.alerts.words import HEAD
from credwatch.ledger.outbox import Story, Successor
from credwatch.model import About, ClockName
from tests.alerts.stories import DAY, DEAD, HOUR, KEY, MINUTE, NOW, SIGHT, STORY, about

OVER = replace(
    STORY, closed_at=NOW + 28 * MINUTE, closed_why="well", told_at=NOW, acked_by="ana", acked_at=NOW + 3 * MINUTE
)
AFTER = Successor(
    KEY.places[0], "42", NOW + 24 * MINUTE, replace(KEY, id="c-new", name="tts-prod-2", worked_at=NOW + 28 * MINUTE)
)


@pytest.mark.parametrize(
    ("story", "first"),
    [
        (OVER, 'Resolved 17:06 UTC: ElevenLabs key "tts-prod" works again (after at most 48 minutes)'),
        (
            replace(OVER, closed_why="replaced", successor=AFTER),
            "Resolved 17:06 UTC: production has a working ElevenLabs key again (after at most 48 minutes)",
        ),
        (
            replace(OVER, step="expiring", closed_why="replaced", successor=AFTER, keys=(KEY,)),
            "Resolved 17:06 UTC: `vault-prod:kv/voice/prod#ELEVENLABS_API_KEY` holds a different key since 17:02 UTC, and it works",
        ),
        (
            replace(OVER, step="expiring", closed_why="replaced", successor=replace(AFTER, place="v:k/p#KEY")),
            "Resolved 17:06 UTC: `v:k/p#KEY` holds a different key since version 42 (17:02 UTC), and it works",
        ),
        (
            replace(
                OVER, step="expiring", closed_why="replaced", successor=replace(AFTER, place=f"v:k/{'x' * 60}/p#KEY")
            ),
            "Resolved 17:06 UTC: `…/p#KEY` holds a different key since 17:02 UTC, and it works",
        ),
        (
            replace(
                OVER, closed_why="replaced", successor=replace(AFTER, place="v:k/p#KEY", key=replace(KEY, tried=None))
            ),
            "Resolved 17:06 UTC: `v:k/p#KEY` holds a different key since version 42 (17:02 UTC)",
        ),
        (
            replace(
                OVER,
                closed_why="gone",
                keys=(replace(DEAD, name="", places=(), last_place="v:k/p#ELEVENLABS_API_KEY"),),
            ),
            "Resolved 17:06 UTC: ElevenLabs key ELEVENLABS_API_KEY is held by no store any more",
        ),
        (
            replace(OVER, closed_why="gone"),
            'Resolved 17:06 UTC: ElevenLabs key "tts-prod" is held by no store any more',
        ),
        (
            replace(OVER, closed_why="unwatched"),
            'Resolved 17:06 UTC: ElevenLabs key "tts-prod" is no longer watched: its place left the configuration',
        ),
        (
            replace(OVER, step="expiring", keys=(replace(KEY, deadline=NOW + 90 * DAY),)),
            'Resolved 17:06 UTC: ElevenLabs key "tts-prod" works until Thu 18 Feb',
        ),
        (
            replace(
                OVER,
                step="expiring",
                keys=(replace(KEY, kind="deadline", name="SIP contract ends", deadline=NOW + 90 * DAY),),
            ),
            "Resolved 17:06 UTC: SIP contract ends: the date is Thu 18 Feb",
        ),
        (
            replace(about(About.PROVIDER, "blind"), closed_at=NOW + 6 * HOUR),
            "Resolved 22:38 UTC: vault-prod can be read again (after 6 hours)",
        ),
        (
            replace(
                about(About.VENDOR, "blind"),
                subject="openai",
                sight=replace(SIGHT, name="OpenAI"),
                closed_at=NOW + 6 * HOUR,
            ),
            "Resolved 22:38 UTC: the keys of OpenAI can be tried again (after 6 hours)",
        ),
    ],
)
def test_the_all_clear_says_what_is_true_instead(story: Story, first: str) -> None:
    assert incident(story, NOW).text == first
    assert len(first) <= HEAD


def test_the_all_clear_strikes_out_the_page_and_tells_its_course() -> None:
    words = incident(replace(OVER, closed_why="replaced", successor=AFTER), NOW, "@voice-oncall")

    assert blocks(words)[0]["text"]["text"].startswith("~Page:~ *Resolved <!date^")
    assert words.plainly().split("\n")[1:] == [
        (
            "`vault-prod:kv/voice/prod#ELEVENLABS_API_KEY` holds a different key since version 42 (17:02 UTC), and it works:"
            ' ElevenLabs key "tts-prod-2".'
        ),
        (
            "It died between Fri 20 Nov 16:18 UTC and 16:33 UTC · noticed 16:33 UTC · told 16:38 UTC"
            " · acknowledged 16:41 UTC (ana) · replaced 17:06 UTC"
        ),
        "cw-01M7WX",
    ]


def test_a_former_key_that_lives_on_at_the_vendor_is_named() -> None:
    former = replace(KEY, places=(), listed=True)
    story = replace(OVER, step="expiring", closed_why="replaced", successor=AFTER, keys=(former,))

    assert "The former key is still alive at ElevenLabs and no store holds it." in incident(story, NOW).plainly()


def test_of_what_was_replaced_in_time_the_next_date_is_told() -> None:
    key = replace(AFTER.key, clock=ClockName.HARD, deadline=NOW + 90 * DAY)
    story = replace(OVER, step="expiring", closed_why="replaced", successor=replace(AFTER, key=key), keys=(KEY,))

    assert incident(story, NOW).plainly().split("\n")[1:3] == [
        'It replaced ElevenLabs key "tts-prod"; it is ElevenLabs key "tts-prod-2", until Thu 18 Feb.',
        "Noticed Fri 20 Nov 16:38 UTC · told 16:38 UTC · acknowledged 16:41 UTC (ana) · replaced 17:06 UTC",
    ]


def test_the_course_names_the_day_where_another_begins() -> None:
    story = replace(OVER, closed_at=NOW + DAY + HOUR, acked_at=None)

    assert incident(story, NOW).plainly().split("\n")[1].endswith("told 16:38 UTC · well again Sat 21 Nov 17:38 UTC")


def test_a_first_line_that_is_cut_still_strikes_out_what_it_was() -> None:
    words = incident(replace(OVER, closed_why="gone", keys=(replace(DEAD, title="y" * 90, name="x" * 90),)), NOW)

    assert len(words.text) <= HEAD
    assert blocks(words)[0]["text"]["text"].startswith("~Page:~ *Resolved <!date^")
