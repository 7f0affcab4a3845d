from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credwatch.alerts.mrkdwn import blocks, render
from credwatch.alerts.wording import digest, incident, summary
from credwatch.alerts.wording.names import head_tail, label, left, length, title
from credwatch.alerts.words import HEAD, MOST_LINES, Code, Link, When, Words, compose
from credwatch.ledger.outbox import Answer, Counts, Digest, Due, Entry, Key, Sight, Story, Successor
from credwatch.model import About, ClockName, Level, Reason, Status, Validity

NOW = datetime(2026, 11, 20, 16, 38, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORKS = Answer(NOW - MINUTE, Validity.VALID, Reason.OK, "200", timedelta(milliseconds=95))
REFUSED = Answer(NOW, Validity.INVALID, Reason.REFUSED, "401 invalid_api_key", timedelta(milliseconds=80))
KEY = Key(
    id="c-7k2m",
    kind="elevenlabs-api-key",
    title="ElevenLabs key",
    vendor_name="ElevenLabs",
    name="tts-prod",
    places=("vault-prod:kv/voice/prod#ELEVENLABS_API_KEY",),
    impact="callers hear silence",
    tried=WORKS,
)
DEAD = replace(
    KEY,
    tried=REFUSED,
    worked_at=NOW - 20 * MINUTE,
    refused_since=NOW - 5 * MINUTE,
    refused_last=NOW,
    others_worked_at=NOW,
)
STORY = Story("cw-01M7WX", About.CREDENTIAL, "c-7k2m", "refused", Level.PAGE, NOW, NOW, keys=(DEAD,), affected=1)
SIGHT = Sight(
    "vault-prod", since=NOW - 5 * MINUTE, unseen=31, places=64, listed=3, listed_before=14, vendors=4, stores=2
)
ACCOUNT = replace(STORY, about=About.ACCOUNT, subject="elevenlabs/w-1", affected=7)


def expiring(clock: ClockName = ClockName.HARD, **left: int) -> Story:
    return replace(STORY, step="expiring", keys=(KEY,), clock=clock, deadline=NOW + timedelta(**left))


def about(which: About, step: str) -> Story:
    return replace(
        STORY, about=which, subject="vault-prod", step=step, keys=(), sight=SIGHT, reason=Reason.LOGIN_REFUSED
    )


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
            "Page: SIP contract ends: in 3 days, Mon 23 Nov 16:38 UTC",
        ),
        (expiring(days=0), 'Page: ElevenLabs key "tts-prod" has expired (Fri 20 Nov 16:38 UTC), yet it still works'),
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


def test_all_keys_refused_at_once_are_never_told_to_be_replaced() -> None:
    said = incident(replace(ACCOUNT, step="all_refused"), NOW).plainly()

    assert "make a new key" not in said


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
            'Resolved 17:06 UTC: ElevenLabs key "tts-prod" was replaced, and what replaced it works (after at most 48 minutes)',
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
            replace(about(About.PROVIDER, "blind"), closed_at=NOW + 6 * HOUR),
            "Resolved 22:38 UTC: vault-prod can be read again (after 6 hours)",
        ),
    ],
)
def test_the_all_clear_says_what_is_true_instead(story: Story, first: str) -> None:
    assert incident(story, NOW).text == first


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


# -- digest and summary --------------------------------------------------------------------------------------------


def entry(step: str = "expiring", **given: object) -> Entry:
    made = Entry(About.CREDENTIAL, "c-7k2m", step, deadline=NOW + 14 * DAY, key=replace(KEY, status=Status.EXPIRING))
    return replace(made, **given)  # type: ignore[arg-type]


def told(*entries: Entry, **steps: int) -> Digest:
    return Digest("voice", "2026-11-20", entries, steps, first=NOW + 14 * DAY if "expiring" in steps else None)


def test_a_digest_counts_what_is_only_old() -> None:
    assert digest(told(entry(), expiring=1, overdue=2), NOW).plainly().split("\n") == [
        "Warning: 3 credentials of voice need a look, the first date is Fri 4 Dec",
        '• 14 days, Fri 4 Dec 16:38 UTC · ElevenLabs key "tts-prod" · `vault-prod:kv/voice/prod#ELEVENLABS_API_KEY`',
        "  Breaks: callers hear silence.",
        "Nothing is broken: every one was tried and works, the first at Fri 20 Nov 16:37 UTC.",
        "Older than their rule, no date, no hurry: 2 keys. `credwatch list --owner voice --overdue`",
        "cw-digest-voice-20261120",
    ]


@pytest.mark.parametrize(
    ("made", "first"),
    [
        (told(entry(), expiring=1), "Warning: 1 credential of voice stops working, the first on Fri 4 Dec"),
        (told(overdue=2), "Warning: 2 credentials of voice are older than their rule; no date, no hurry"),
        (told(entry("refused", deadline=None), refused=1), "Warning: 1 credential of voice needs a look"),
    ],
)
def test_a_digests_first_line_fits_what_is_in_it(made: Digest, first: str) -> None:
    assert digest(made, NOW).text == first


def test_a_digest_of_many_stays_within_twelve_lines_and_counts_the_rest() -> None:
    said = digest(told(*[entry()] * 10, expiring=30), NOW).plainly().split("\n")

    assert len(said) <= MOST_LINES
    assert "and 23 more: `credwatch list --owner voice`" in said


def test_a_digest_with_something_refused_does_not_say_that_nothing_is_broken() -> None:
    refused = entry("refused", deadline=None, key=replace(DEAD, environment="staging", status=Status.INVALID))

    said = digest(told(refused, entry(), refused=1, expiring=1), NOW).plainly()

    assert "Nothing is broken" not in said
    assert '• is refused · ElevenLabs key "tts-prod" (staging) · ' in said


@pytest.mark.parametrize(("days", "named"), [(7, "@voice"), (8, "")])
def test_a_digest_names_the_owner_from_the_configured_day_on(days: int, named: str) -> None:
    near = entry(deadline=NOW + days * DAY, key=replace(KEY, mention=7 * DAY))

    assert digest(told(near, expiring=1), NOW, "@voice").mention == named


def test_an_unknown_step_of_a_digest_is_said_by_its_own_word() -> None:
    assert "• scopes shrank · " in digest(told(entry("scopes_shrank", deadline=None), scopes_shrank=1), NOW).plainly()


COUNTS = Counts(
    at=NOW,
    credentials=47,
    places=64,
    urgent=(Due(KEY, "expiring", NOW + 2 * DAY),),
    expiring=3,
    refused=1,
    overdue=6,
    oldest=timedelta(days=1153),
    well=25,
    untried=2,
    unrecognised=9,
    unowned=5,
    unheld=3,
    personal=4,
    unseen=("gcp-voice",),
)


def test_the_summary_counts_everything_once() -> None:
    said = summary(COUNTS, timedelta(minutes=15), "#voice-oncall").plainly().split("\n")

    assert said[0] == "credwatch is watching: 47 credentials in 64 places. 1 needs a person this week"
    assert said[2] == (
        "Within 30 days 3 · refused 1 · older than their rule 6, the oldest 3 years · works, nothing to do 25"
    )
    assert said[5] == "Not seen: gcp-voice. `credwatch doctor`"
    assert said[-1] == "cw-first-20261120"
    assert len(said) <= MOST_LINES


# -- names and limits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("public", "short"),
    [
        ("SK000000000000000000000000000041d2", "SK…41d2"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA…MPLE"),
        ("b1946ac9-0000-4000-8000-000000000001", "b1946ac9"),
        ("w-1", "w-1"),
    ],
)
def test_of_a_public_id_only_the_ends_are_shown(public: str, short: str) -> None:
    assert head_tail(public) == short


@pytest.mark.parametrize(
    ("key", "named"),
    [
        (KEY, '"tts-prod"'),
        (replace(KEY, name="", key_id="b1946ac9-0000-4000-8000-000000000001"), "b1946ac9"),
        (replace(KEY, name=""), "ELEVENLABS_API_KEY"),
        (replace(KEY, name="", places=()), "c-7k2m"),
    ],
)
def test_a_key_without_a_name_is_called_by_the_best_that_is_known(key: Key, named: str) -> None:
    assert label(key) == named


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (timedelta(days=1153), "3 years"),
        (timedelta(days=3, hours=23), "3 days"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=-5), "0 minutes"),
    ],
)
def test_lengths_are_rounded_down(of: timedelta, words: str) -> None:
    assert length(of) == words


@pytest.mark.parametrize(
    ("remaining", "words"), [(3 * DAY - 15 * MINUTE, "3 days"), (DAY, "24 hours"), (3 * DAY, "3 days")]
)
def test_what_is_just_below_three_days_is_three_days(remaining: timedelta, words: str) -> None:
    assert left(NOW + remaining, NOW) == words


def test_a_first_line_never_exceeds_120_characters() -> None:
    words = incident(replace(STORY, keys=(replace(DEAD, name="x" * 500, vendor_name="y" * 500),)), NOW)

    assert len(words.text) == HEAD


def test_more_lines_than_twelve_become_a_number_and_a_command() -> None:
    words = compose(("head",), [(f"line {n}",) for n in range(30)], reference="cw-1", rest="credwatch status")

    assert len(words.plainly().split("\n")) == MOST_LINES
    assert words.plainly().split("\n")[-2] == "21 more lines: `credwatch status`"


def test_a_time_is_shown_in_each_readers_own_zone_with_utc_to_fall_back_on() -> None:
    assert render((When(NOW),)) == "<!date^1795192680^{date_short_pretty} {time}|Fri 20 Nov 16:38 UTC>"


@pytest.mark.parametrize(
    ("span", "markup"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("*bold* ~gone~", "∗bold∗ ∼gone∼"),
        ("one\ntwo\x00\u202e\u200bend", "one twoend"),
        (Code("a`b<c"), "`a'b&lt;c`"),
        (Link("https://x.example/?a=1&b=2|y", "Run>book"), "<https://x.example/?a=1&amp;b=2%7Cy|Run&gt;book>"),
    ],
)
def test_a_hostile_name_is_only_text_in_slack(span: str | Code | Link, markup: str) -> None:
    assert render((span,)) == markup


def test_blocks_stay_within_slacks_limit() -> None:
    words = Words(("head",), tuple(("<" * 300,) for _ in range(10)), "cw-1")

    assert all(len(block["text"]["text"]) <= 3000 for block in blocks(words) if "text" in block)


def test_a_title_names_the_kind_and_the_key() -> None:
    assert title(KEY) == 'ElevenLabs key "tts-prod"'
