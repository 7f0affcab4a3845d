from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from credwatch.alerts.wording.digest import digest
from credwatch.alerts.wording.summary import summary
from credwatch.alerts.words import MOST_LINES
from credwatch.ledger.outbox import Counts, Digest, Due, Entry
from credwatch.model import About, Status
from tests.alerts.stories import DAY, DEAD, KEY, NOW


def entry(step: str = "expiring", **given: object) -> Entry:
    made = Entry(About.CREDENTIAL, "c-7k2m", step, deadline=NOW + 14 * DAY, key=replace(KEY, status=Status.EXPIRING))
    return replace(made, **given)  # type: ignore[arg-type]


def told(*entries: Entry, **steps: int) -> Digest:
    first = NOW + 14 * DAY if "expiring" in steps else None
    return Digest("voice", "2026-11-20", entries, steps, first=first, last=first)


def test_a_digest_counts_what_is_only_old() -> None:
    assert digest(told(entry(), expiring=1, overdue=2), NOW).plainly().split("\n") == [
        "Warning: 3 credentials of voice need a look, the first date is Fri 4 Dec",
        '• 14 days, Fri 4 Dec 16:38 UTC · ElevenLabs key "tts-prod" · `vault-prod:kv/voice/prod#ELEVENLABS_API_KEY`',
        "  Breaks: callers hear silence.",
        "Nothing is broken: it was tried and works, at Fri 20 Nov 16:37 UTC.",
        "Older than their rule, no date, no hurry: 2 keys. `credwatch list --owner voice --overdue`",
        "cw-digest-voice-20261120",
    ]


@pytest.mark.parametrize(
    ("made", "first"),
    [
        (told(entry(), expiring=1), "Warning: 1 credential of voice stops working within 14 days, on Fri 4 Dec"),
        (told(overdue=2), "Warning: 2 credentials of voice are older than their rule; no date, no hurry"),
        (told(entry("refused", deadline=None), refused=1), "Warning: 1 credential of voice needs a look"),
    ],
)
def test_a_digests_first_line_fits_what_is_in_it(made: Digest, first: str) -> None:
    assert digest(made, NOW).text == first


def test_a_missed_rotation_of_a_store_is_said_as_one() -> None:
    said = digest(told(entry("due", deadline=NOW - DAY), due=1), NOW).plainly().split("\n")

    assert said[1].startswith("• its store's rotation is overdue · ElevenLabs key")


def test_a_digest_of_many_stays_within_twelve_lines_and_counts_the_rest() -> None:
    said = digest(told(*[entry()] * 10, expiring=30), NOW).plainly().split("\n")

    assert len(said) <= MOST_LINES
    assert "and 23 more: `credwatch list --owner voice`" in said


def test_a_digest_with_something_refused_does_not_say_that_nothing_is_broken() -> None:
    refused = entry("refused", deadline=None, key=replace(DEAD, environment="staging", status=Status.INVALID))

    said = digest(told(refused, entry(), refused=1, expiring=1), NOW).plainly()

    assert "Nothing is broken" not in said
    assert '• is refused · ElevenLabs key "tts-prod" (staging) · ' in said


@pytest.mark.parametrize(
    ("days", "environment", "named"),
    [
        (7, "production", "@voice"),
        (8, "production", ""),
        (7, "staging", ""),
        (-1, "staging", ""),
    ],
)
def test_a_digest_names_the_owner_of_production_from_the_configured_day_on(
    days: int, environment: str, named: str
) -> None:
    near = entry(deadline=NOW + days * DAY, key=replace(KEY, mention=7 * DAY, environment=environment))

    assert digest(told(near, expiring=1), NOW, "@voice").mention == named


MADRID = ZoneInfo("Europe/Madrid")
MIDNIGHT = datetime(2026, 12, 20, tzinfo=MADRID).astimezone(UTC)
CONTRACT = replace(KEY, kind="deadline", name="SIP contract ends", impact="", tried=None, note="a month's notice")


def dated(step: str = "expiring") -> Entry:
    return entry(step, deadline=MIDNIGHT, key=CONTRACT)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (datetime(2026, 11, 20, 0, 1, tzinfo=MADRID), "• 30 days, Sun 20 Dec · SIP contract ends"),
        (datetime(2026, 11, 20, 23, 0, tzinfo=MADRID), "• 30 days, Sun 20 Dec · SIP contract ends"),
        (datetime(2026, 12, 19, 9, 0, tzinfo=MADRID), "• 1 day, Sun 20 Dec · SIP contract ends"),
        (datetime(2026, 12, 20, 9, 0, tzinfo=MADRID), "• today, Sun 20 Dec · SIP contract ends"),
        (datetime(2026, 12, 21, 9, 0, tzinfo=MADRID), "• 1 day ago, Sun 20 Dec · SIP contract ends"),
    ],
)
def test_the_days_to_a_whole_day_are_those_of_the_configured_calendar(now: datetime, said: str) -> None:
    step = "expiring" if now < MIDNIGHT else "expired"

    assert (
        digest(Digest("voice", "2026-11-20", (dated(step),), {step: 1}, days=1), now).plainly().split("\n")[1] == said
    )


def test_of_a_date_its_note_and_its_link_are_shown() -> None:
    key = replace(CONTRACT, link="https://wiki.example.com/sip")

    said = digest(told(entry(key=key), expiring=1), NOW).plainly()

    assert "\n  a month's notice · More https://wiki.example.com/sip\n" in said


@pytest.mark.parametrize(
    ("entries", "days", "steps", "first"),
    [
        ([dated()], 1, {"expiring": 1}, "Warning: 1 date of voice comes within 30 days, on Sun 20 Dec"),
        (
            [dated(), dated()],
            2,
            {"expiring": 2},
            "Warning: 2 dates of voice come within 30 days, the first on Sun 20 Dec",
        ),
        (
            [dated(), entry(deadline=MIDNIGHT + DAY)],
            1,
            {"expiring": 2},
            "Warning: 1 credential of voice stops working and 1 date comes within 30 days, the first on Sun 20 Dec",
        ),
        (
            [dated(), entry("refused", deadline=None)],
            1,
            {"expiring": 1, "refused": 1},
            "Warning: 1 credential and 1 date of voice need a look, the first date is Sun 20 Dec",
        ),
        ([dated("expired")], 1, {"expired": 1}, "Warning: 1 date of voice has come"),
    ],
)
def test_a_date_that_a_person_wrote_down_comes_and_does_not_stop_working(
    entries: list[Entry], days: int, steps: dict[str, int], first: str
) -> None:
    at = MIDNIGHT if "expiring" in steps else None
    made = Digest("voice", "2026-11-20", tuple(entries), steps, first=at, last=at, days=days)

    assert digest(made, datetime(2026, 11, 20, 9, 0, tzinfo=MADRID)).text == first


def test_a_date_beside_keys_that_work_does_not_keep_the_message_from_being_calm() -> None:
    assert "Nothing is broken" in digest(told(dated(), entry(), expiring=2), NOW).plainly()


def test_an_unknown_step_of_a_digest_is_said_by_its_own_word() -> None:
    assert "• scopes shrank · " in digest(told(entry("scopes_shrank", deadline=None), scopes_shrank=1), NOW).plainly()


COUNTS = Counts(
    at=NOW,
    credentials=47,
    places=64,
    urgent=(Due(KEY, "expiring", NOW + 2 * DAY),),
    expiring=3,
    refused=1,
    expired=0,
    suspended=2,
    overdue=6,
    oldest=timedelta(days=1153),
    well=25,
    untried=2,
    unrecognised=9,
    unowned=5,
    unheld=3,
    personal=4,
    shared=1,
    unseen=("gcp-voice",),
)


def test_the_summary_counts_everything_once() -> None:
    said = summary(COUNTS, timedelta(minutes=15), "#voice-oncall").plainly().split("\n")

    assert said[0] == "credwatch is watching: 47 credentials in 64 places. 1 needs a person this week"
    assert said[2] == (
        "Within 30 days 3 · refused 1 · suspended 2 · older than their rule 6, the oldest 3 years · works, nothing to do 25"
    )
    assert said[4] == (
        "Nobody owns 5 · held by no store 3 · bound to one person's account 4 · same key in staging and production 1"
    )
    assert said[5] == "Not seen: gcp-voice. `credwatch doctor`"
    assert said[-1] == "cw-first-20261120"
    assert len(said) <= MOST_LINES


def test_where_not_every_store_was_listed_nothing_is_called_held_by_no_store() -> None:
    said = summary(replace(COUNTS, unheld=None), timedelta(minutes=15), "#voice-oncall").plainly()

    assert " · held by no store cannot be told · " in said
