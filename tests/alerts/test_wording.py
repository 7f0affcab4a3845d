from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.alerts.wording.incident import incident
from credwatch.alerts.words import HEAD
from credwatch.ledger.outbox import Story
from credwatch.model import About, ClockName, Reason
from tests.alerts.stories import ACCOUNT, DEAD, HOUR, KEY, NOW, SIGHT, STORY, WORKS, about


def expiring(clock: ClockName = ClockName.HARD, **left: int) -> Story:
    return replace(STORY, step="expiring", keys=(KEY,), clock=clock, deadline=NOW + timedelta(**left))


@pytest.mark.parametrize(
    ("story", "first"),
    [
        (expiring(days=3), 'Page: ElevenLabs key "tts-prod" stops working in 3 days, Mon 23 Nov 16:38 UTC'),
        (
            expiring(ClockName.DELETION, days=3),
            'Page: ElevenLabs key "tts-prod" is deleted from its store in 3 days, Mon 23 Nov 16:38 UTC',
        ),
        (
            expiring(ClockName.IDLE, days=2),
            'Page: ElevenLabs key "tts-prod" is removed by ElevenLabs unless it is used: in 2 days, Sun 22 Nov 16:38 UTC',
        ),
        (
            replace(expiring(days=3), keys=(replace(KEY, kind="deadline", name="SIP contract ends"),)),
            "Page: SIP contract ends: in 3 days, Mon 23 Nov",
        ),
        (
            replace(expiring(days=0), keys=(replace(KEY, kind="deadline", name="SIP contract ends"),)),
            "Page: SIP contract ends: today, Fri 20 Nov",
        ),
        (expiring(days=0), 'Page: ElevenLabs key "tts-prod" has expired (Fri 20 Nov 16:38 UTC)'),
        (
            expiring(hours=-3),
            'Page: ElevenLabs key "tts-prod" has expired (Fri 20 Nov 13:38 UTC), yet it still works',
        ),
        (
            replace(STORY, step="expired", deadline=NOW - HOUR),
            'Page: ElevenLabs key "tts-prod" has expired (Fri 20 Nov 15:38 UTC) and is refused',
        ),
        (STORY, 'Page: ElevenLabs refuses the production key "tts-prod"'),
        (
            replace(STORY, keys=(replace(DEAD, listed_at=NOW - HOUR, listed=False),)),
            'Page: ElevenLabs refuses the production key "tts-prod"; its own list no longer shows it',
        ),
        (
            replace(STORY, reason=Reason.REVOKED),
            'Page: ElevenLabs refuses the production key "tts-prod"; it was revoked',
        ),
        (
            replace(STORY, reason=Reason.REJECTED_OR_CLOSED),
            'Page: ElevenLabs refuses the production key "tts-prod": revoked, or its account is closed; we cannot tell which',
        ),
        (
            replace(ACCOUNT, step="suspended", reason=Reason.ACCOUNT_SUSPENDED),
            "Page: ElevenLabs suspended account w-1; 7 keys affected. A new key would not help",
        ),
        (
            replace(ACCOUNT, step="suspended", reason=Reason.OUT_OF_CREDIT),
            "Page: ElevenLabs says that account w-1 is out of credit; 7 keys affected. A new key would not help",
        ),
        (
            replace(ACCOUNT, step="all_refused"),
            "Page: ElevenLabs refuses all 7 keys since 16:33 UTC. One cause, at ElevenLabs or on the way there; do not rotate",
        ),
        (
            replace(ACCOUNT, step="all_refused", affected=1),
            "Page: ElevenLabs refuses several keys since 16:33 UTC. One cause, at ElevenLabs or on the way there; do not rotate",
        ),
        (
            replace(STORY, about=About.PLACE, step="half_pair"),
            'Page: one place of ElevenLabs key "tts-prod" holds a value that is refused',
        ),
        (
            about(About.PROVIDER, "blind"),
            "Blind: credwatch cannot read vault-prod since Fri 20 Nov 16:33 UTC (login refused). This says nothing about its keys",
        ),
        (about(About.PROVIDER, "shrunk"), "Blind: vault-prod shows 3 entries, before 14. Nothing was called deleted"),
        (
            about(About.SELF, "cut_off"),
            "Blind: credwatch reaches none of 4 vendors and 2 providers since 16:33 UTC; most likely it is us",
        ),
        (replace(STORY, step="never_heard_of"), "Page: never heard of: c-7k2m"),
        (replace(STORY, keys=()), "Page: refused: c-7k2m"),
    ],
    ids=lambda given: given.step if isinstance(given, Story) else "",
)
def test_the_first_line_says_what_which_and_when(story: Story, first: str) -> None:
    words = incident(story, NOW)

    assert words.text == first
    assert len(words.text) <= HEAD


def test_a_refusal_tells_when_it_worked_when_not_and_that_others_do() -> None:
    assert (
        "How we know: Fri 20 Nov 16:18 UTC worked · 16:33 UTC refused, `401 invalid_api_key` · 16:38 UTC refused again"
        " · 16:38 UTC other keys of this account work, so it is this key."
    ) in incident(STORY, NOW).plainly()


def test_times_on_other_days_say_so_and_a_key_that_never_worked_too() -> None:
    late = replace(DEAD, worked_at=None, refused_since=NOW - 17 * HOUR)

    assert (
        "How we know: never seen to work · Thu 19 Nov 23:38 UTC refused, `401 invalid_api_key`"
        " · Fri 20 Nov 16:38 UTC refused again · 16:38 UTC other keys"
    ) in incident(replace(STORY, keys=(late,)), NOW).plainly()


def test_a_key_that_never_worked_may_be_one_of_another_region() -> None:
    said = "It was never seen to work: it may belong to another region or host of ElevenLabs."

    assert said in incident(replace(STORY, keys=(replace(DEAD, worked_at=None),)), NOW).plainly()
    assert said not in incident(STORY, NOW).plainly()


@pytest.mark.parametrize(
    ("owners", "said"),
    [
        ({"voice": 20, "platform": 1}, "Concerns 20 keys of voice, 1 key of platform."),
        (
            dict.fromkeys("abcdefg", 2),
            "Concerns 2 keys of a, 2 keys of b, 2 keys of c, 2 keys of d, 2 keys of e and 2 more owners.",
        ),
    ],
)
@pytest.mark.parametrize(("which", "step"), [(About.PROVIDER, "blind_long"), (About.SELF, "cut_off")])
def test_who_is_called_in_the_blind_learns_whose_keys_are_unseen(
    which: About, step: str, owners: dict[str, int], said: str
) -> None:
    story = replace(about(which, step), sight=replace(SIGHT, owners=owners))

    assert said in incident(story, NOW).plainly().split("\n")


def test_the_keys_of_a_silent_vendor_are_seen_and_not_tried() -> None:
    said = incident(replace(about(About.VENDOR, "blind"), sight=replace(SIGHT, complete_at=NOW)), NOW).plainly()

    assert "\nNot tried: 31 of 64 places. Last answer Fri 20 Nov 16:38 UTC.\n" in said


def test_keys_that_may_not_do_what_is_asked_are_to_be_tried_elsewhere() -> None:
    said = incident(replace(about(About.VENDOR, "blind"), reason=Reason.FORBIDDEN), NOW).plainly()

    assert "\nThey may not do what we ask. Do: say what they may, `probe` in their `[[identify]]` line" in said


def test_all_keys_refused_at_once_are_never_told_to_be_replaced() -> None:
    said = incident(replace(ACCOUNT, step="all_refused"), NOW).plainly()

    assert "make a new key" not in said


def test_a_try_of_long_ago_says_nothing_of_now() -> None:
    stale = replace(expiring(days=3), keys=(replace(KEY, tried=replace(WORKS, at=NOW - timedelta(days=26))),))

    assert "works now" in incident(expiring(days=3), NOW).plainly()
    assert "worked when it was last tried" in incident(stale, NOW).plainly()


def test_a_planned_deletion_is_to_be_cancelled_and_needs_no_new_key() -> None:
    said = incident(expiring(ClockName.DELETION, days=3), NOW).plainly()

    assert "cancel the deletion" in said
    assert "make a new key" not in said
