"""What minters have in common: names under a mark, lifetimes, ids of a path, and what an answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from credwatch.contract import NEVER, Carried, Facts, Minter, ProviderError, Reason, Reply
from credwatch.contract.making import denied, ending, exact, length, life, named, together
from credwatch_providers.aws.minting import Minting as IamMinter
from credwatch_providers.deepgram.minting import DeepgramMinter
from credwatch_providers.elevenlabs.minting import ElevenLabsMinter
from credwatch_providers.gcp.minting import Minting as AccountMinter
from credwatch_providers.openai.minting import OpenAIMinter
from credwatch_providers.twilio.minting import TwilioMinter
from tests.minting.ground import EARLIER, MARK

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLD = Facts(created=NOON - timedelta(days=30), expires=NOON + timedelta(days=60))
SPAN = (timedelta(minutes=16), timedelta(days=80))


@pytest.mark.parametrize(
    ("name", "longest", "called"),
    [
        ("voice-prod", 64, f"voice-prod {MARK}"),
        (None, 64, MARK),
        ("", 64, MARK),
        (" voice ", 64, f"voice {MARK}"),
        (f"voice {EARLIER}", 64, f"voice {MARK}"),
        (f"{EARLIER} voice {EARLIER}", 64, f"voice {MARK}"),
        ("v" * 99, 64, f"{'v' * 32} {MARK}"),
        (f"{'v' * 31} x", 64, f"{'v' * 31} {MARK}"),
        ("cw-voice-1", 64, f"cw-voice-1 {MARK}"),
    ],
)
def test_a_name_keeps_what_a_person_knows_and_the_whole_mark(name: str | None, longest: int, called: str) -> None:
    assert named(Facts(name=name), MARK, longest) == called
    assert len(MARK) == 31


def test_without_its_mark_a_key_is_called_as_before_any_rotation() -> None:
    assert Facts(name=f"voice prod {EARLIER}").called == "voice prod"
    assert Facts(name=EARLIER).called is None


@pytest.mark.parametrize(
    ("like", "told", "lives"),
    [
        (OLD, None, timedelta(days=90)),
        (OLD, timedelta(days=7), timedelta(days=7)),
        (replace(OLD, expires=NEVER), None, None),
        (replace(OLD, expires=NEVER), timedelta(days=7), timedelta(days=7)),
        (Facts(), timedelta(days=7), timedelta(days=7)),
    ],
)
def test_a_successor_lives_as_long_as_it_is_told_or_as_the_old_one_did(
    like: Facts, told: timedelta | None, lives: timedelta | None
) -> None:
    assert life(like, told) == lives


@pytest.mark.parametrize(
    "like", [Facts(), replace(OLD, created=None), replace(OLD, expires=None), replace(OLD, created=OLD.expires)]
)
def test_a_lifetime_that_nobody_knows_is_not_made_up(like: Facts) -> None:
    with pytest.raises(ProviderError) as raised:
        life(like, None)

    assert (raised.value.permanent, ending(like, None, NOON).lost) == (True, (f"its lifetime: {raised.value}",))


@pytest.mark.parametrize(
    ("like", "told", "words"),
    [
        (OLD, None, "expires in 90 days, 19 Feb 2027, as long as the old one had"),
        (OLD, timedelta(days=90), "expires in 90 days, 19 Feb 2027; the old one had 90 days too"),
        (OLD, timedelta(days=1), "expires in 1 day, 22 Nov 2026; the old one had 90 days"),
        (Facts(), timedelta(days=2), "expires in 2 days, 23 Nov 2026"),
        (Facts(expires=NEVER), timedelta(days=2), "expires in 2 days, 23 Nov 2026; the old one never expires"),
    ],
)
def test_the_end_is_said_with_its_day(like: Facts, told: timedelta | None, words: str) -> None:
    assert ending(like, told, NOON) == Carried(changes=(words,))


def test_what_the_vendor_allows_bounds_the_end_and_is_said() -> None:
    long, short = (ending(OLD, told, NOON, SPAN).changes[0] for told in (timedelta(days=90), timedelta(minutes=1)))

    assert long.startswith("expires in 80 days, 9 Feb 2027 (the vendor allows no more)")
    assert short.startswith("expires in 16 minutes, 21 Nov 2026 (the vendor allows no less)")


def test_an_end_that_there_is_not_stays_none() -> None:
    assert ending(Facts(expires=NEVER), None, NOON) == Carried(same=("never expires",))


def test_parts_are_put_together_in_their_order() -> None:
    assert together([Carried(("a",), ("b",)), Carried(("c",), (), ("d",))]) == Carried(("a", "c"), ("b",), ("d",))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=1, hours=23), "1 day"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=59), "less than a minute"),
    ],
)
def test_a_length_is_rounded_down(span: timedelta, words: str) -> None:
    assert length(span) == words


@pytest.mark.parametrize("text", [None, "", ".", "..", "a/b", "a?b", "a#b", "a b", "-a", "%2e", "é", "a\n", "a" * 101])
def test_what_cannot_be_the_last_part_of_a_path_is_refused(text: str | None) -> None:
    with pytest.raises(ProviderError) as raised:
        exact(text, "key")

    assert raised.value.permanent


@pytest.mark.parametrize(
    ("status", "word", "said", "reason", "permanent"),
    [
        (400, "BAD_REQUEST", "no", Reason.REFUSED, True),
        (401, "INVALID_AUTH", "", Reason.LOGIN_REFUSED, True),
        (402, "ASR_PAYMENT_REQUIRED", "", Reason.OUT_OF_CREDIT, True),
        (403, "FORBIDDEN", "", Reason.FORBIDDEN, True),
        (404, "20404", "", Reason.NOT_FOUND, True),
        (400, "20001", "Maximum number of API keys reached", Reason.AT_LIMIT, True),
        (409, "too_many_api_keys", "", Reason.AT_LIMIT, True),
        (400, "BAD_REQUEST", "the rate limit", Reason.REFUSED, True),
        (401, "x_limit", "too many keys", Reason.LOGIN_REFUSED, True),
        (400, "", "Maximum number of API keys reached", Reason.UNEXPECTED, False),
        (408, "TIMEOUT", "", Reason.UNEXPECTED, False),
        (429, "TOO_MANY_REQUESTS", "too many keys", Reason.RATE_LIMITED, False),
        (500, "INTERNAL", "", Reason.SERVER_ERROR, False),
        (302, "MOVED", "", Reason.REDIRECTED, False),
        (200, "FINE", "", Reason.UNREADABLE, False),
    ],
)
def test_only_the_vendors_own_refusal_is_certain(
    status: int,
    word: str,
    said: str,
    reason: Reason,
    permanent: bool,  # noqa: FBT001  a table
) -> None:
    error = denied(Reply(status, {}, b""), word, said, "making a key")

    assert (error.reason, error.permanent) == (reason, permanent)
    assert str(error).startswith(f"making a key: {f'{status} {word}' if word else f'HTTP {status}'}")


def test_of_an_answer_nothing_is_quoted_that_could_be_a_value() -> None:
    quoted = [
        str(denied(Reply(400, {}, b""), word, "hunter2", "making")) for word in ("BAD", "20001", "a1b2c3d4", "x" * 41)
    ]

    assert quoted == ["making: 400 BAD", "making: 400 20001", "making: HTTP 400", "making: HTTP 400"]


@pytest.mark.parametrize(
    "minter", [AccountMinter, DeepgramMinter, ElevenLabsMinter, IamMinter, OpenAIMinter, TwilioMinter]
)
def test_every_kind_that_is_made_has_its_lines_on_the_page_of_minters(minter: type[Minter]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "minters.md").read_text()

    assert {kind: page.count(f"\n| `{kind}`") for kind in minter.mints if page.count(f"\n| `{kind}`") < 2} == {}
