from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from credwatch.assess import judge
from credwatch.model import About, Around, Facts, Level, Memory, News, Reason, Status, Validity
from tests.assess.memories import (
    DAY,
    MINUTE,
    NOW,
    PLACE,
    held,
    memory,
    opened,
    policy,
    refused,
    silent,
    suspended,
    tried,
    works,
)

CONTROL = Around("deepgram", "p1", siblings_valid_since_refusal=1)
STAGING: dict[str, Any] = {"environment": "staging"}


def told(remembered: Memory, **rules: Any) -> list[tuple[About, str, Level]]:
    return [(news.about, news.step, news.level) for news in judge(remembered, policy(**rules), NOW).news]


@pytest.mark.parametrize(
    ("case", "remembered", "status", "suspect"),
    [
        ("it works", memory(), Status.OK, False),
        ("nothing was tried", memory(tried=()), Status.OK, False),
        ("one answer cannot tell", memory(tried=(silent(),)), Status.UNVERIFIED, False),
        ("refused once", memory(tried=(refused(0),), around=CONTROL), Status.UNVERIFIED, True),
        ("refused twice within five minutes", memory(tried=(refused(4),), around=CONTROL), Status.UNVERIFIED, True),
        ("refused twice, and a sibling works", memory(tried=(refused(5),), around=CONTROL), Status.INVALID, False),
        ("refused twice, and nobody else answers", memory(tried=(refused(5),)), Status.INVALID, False),
        (
            "refused twice, then silence",
            memory(tried=(silent(refused_since=NOW - 9 * MINUTE, refused_last=NOW - 3 * MINUTE),), around=CONTROL),
            Status.INVALID,
            False,
        ),
        (
            "all of the account at once",
            memory(tried=(refused(5),), around=Around("deepgram", "p1", siblings_refused=1)),
            Status.UNVERIFIED,
            False,
        ),
        (
            "younger than a minute when it was refused",
            memory(tried=(refused(5),), facts=Facts(created=NOW - timedelta(seconds=50)), around=CONTROL),
            Status.UNVERIFIED,
            True,
        ),
        ("its account is suspended", memory(tried=(suspended(),)), Status.SUSPENDED, False),
        (
            "suspended, then silence",
            memory(tried=(silent(suspended_since=NOW - MINUTE),)),
            Status.SUSPENDED,
            False,
        ),
        ("we are cut off", memory(tried=(silent(),), around=Around(cut_off=True)), Status.OK, False),
        (
            "another value of it works",
            memory(held=(held(), held("f2", "aws:x#K")), tried=(refused(9), works("f2")), around=CONTROL),
            Status.OK,
            False,
        ),
        (
            "another value of it cannot tell",
            memory(held=(held(), held("f2", "aws:x#K")), tried=(refused(9), silent("f2")), around=CONTROL),
            Status.UNVERIFIED,
            False,
        ),
        (
            "a refused value that no place holds any more",
            memory(tried=(works(), refused(90, "f0")), around=CONTROL),
            Status.OK,
            False,
        ),
    ],
)
def test_status_follows_the_answers(case: str, remembered: Memory, status: Status, suspect: bool) -> None:  # noqa: FBT001  a column
    judgement = judge(remembered, policy(), NOW)

    assert (judgement.status, judgement.suspect) == (status, suspect), case


@pytest.mark.parametrize(
    ("around", "said", "reason"),
    [
        (CONTROL, Reason.REFUSED, Reason.REFUSED),
        (CONTROL, Reason.REJECTED_OR_CLOSED, Reason.REFUSED),
        (Around("deepgram", "p1"), Reason.REFUSED, Reason.REJECTED_OR_CLOSED),
        (Around("deepgram", "p1"), Reason.REVOKED, Reason.REVOKED),
        (Around("deepgram", "p1", siblings_silent=3), Reason.REFUSED, Reason.REJECTED_OR_CLOSED),
    ],
)
def test_without_a_control_a_refusal_may_be_the_accounts(around: Around, said: Reason, reason: Reason) -> None:
    judgement = judge(memory(tried=(refused(5, reason=said),), around=around), policy(), NOW)

    assert judgement.reason is reason


@pytest.mark.parametrize(
    ("remembered", "expected"),
    [
        (memory(), []),
        (memory(tried=(silent(),)), []),
        (memory(tried=(refused(0),), around=CONTROL), []),
        (memory(tried=(refused(5),), around=CONTROL), [(About.CREDENTIAL, "refused", Level.PAGE)]),
        (
            memory(tried=(refused(5),), around=Around("deepgram", "p1", siblings_refused=6)),
            [(About.ACCOUNT, "all_refused", Level.PAGE)],
        ),
        (memory(tried=(suspended(),)), [(About.ACCOUNT, "suspended", Level.PAGE)]),
        (
            memory(held=(held(), held("f2", "aws:x#K")), tried=(refused(9), works("f2"))),
            [(About.PLACE, "half_pair", Level.PAGE)],
        ),
    ],
)
def test_only_what_is_certain_in_production_pages(remembered: Memory, expected: list[tuple[About, str, Level]]) -> None:
    quiet = [(about, step, Level.DIGEST) for about, step, _ in expected]

    assert (told(remembered), told(remembered, **STAGING), told(remembered, page=None)) == (expected, quiet, quiet)


def test_a_refusal_in_staging_is_told_once_for_each_time_it_begins() -> None:
    first, again = (judge(memory(tried=(refused(m),), around=CONTROL), policy(**STAGING), NOW).news[0] for m in (5, 60))

    assert first.dedupe_key != again.dedupe_key
    assert (first.opens, first.dedupe_key) == (False, f"refused:c-1:{int((NOW - 5 * MINUTE).timestamp())}")


def test_an_account_incident_takes_in_its_members() -> None:
    around = Around("twilio", "AC1", siblings_refused=1)
    news = judge(memory(vendor="twilio", tried=(refused(5),), around=around), policy(), NOW).news[0]

    assert (news.subject, news.folds, news.opens) == ("twilio/AC1", True, True)


def test_a_key_that_only_the_vendor_lists_never_pages() -> None:
    listed = memory(held=(), tried=(), listed_by=("deepgram",), facts=Facts(expires=NOW + DAY))

    assert {level for _, _, level in told(listed)} == {Level.DIGEST}


def test_past_its_date_a_refusal_is_called_expired() -> None:
    remembered = memory(tried=(refused(5),), around=CONTROL, facts=Facts(expires=NOW - MINUTE))

    assert (judge(remembered, policy(), NOW).status, told(remembered)[0][1]) == (Status.EXPIRED, "expired")


def test_a_key_that_works_past_its_date_is_not_called_expired() -> None:
    remembered = memory(facts=Facts(created=NOW - 90 * DAY, expires=NOW - MINUTE))

    assert (judge(remembered, policy(), NOW).status, told(remembered)[0][1]) == (Status.EXPIRING, "expiring")


OWN = opened(About.CREDENTIAL, "c-1", "refused")
ENDED: dict[str, Any] = {"ended_at": NOW, "ended": "replaced", "successor": "c-2"}


@pytest.mark.parametrize(
    ("case", "remembered", "step"),
    [
        ("it works again", memory(open=(OWN,)), "well"),
        ("it cannot tell", memory(open=(OWN,), tried=(silent(refused_since=NOW - DAY, refused_last=NOW),)), None),
        ("its place holds a key that works", memory(open=(OWN,), held=(held(**ENDED, successor_validity=Validity.VALID),)), "replaced"),
        ("its place holds a key that is refused", memory(open=(OWN,), held=(held(**ENDED, successor_validity=Validity.INVALID),)), None),
        ("its place holds a key that cannot tell", memory(open=(OWN,), held=(held(**ENDED, successor_validity=Validity.UNKNOWN),)), None),
        ("no listing shows it", memory(open=(OWN,), held=(held(ended_at=NOW, ended="gone"),)), "gone"),
        ("its place left the configuration", memory(open=(OWN,), held=(held(ended_at=NOW, ended="unwatched"),)), "unwatched"),
        ("its date moved away", memory(open=(opened(About.CREDENTIAL, "c-1", "expiring"),), facts=Facts(expires=NOW + 90 * DAY)), "well"),
        ("its date is near", memory(open=(opened(About.CREDENTIAL, "c-1", "expiring"),), facts=Facts(expires=NOW + DAY)), None),
        ("the account answers again", memory(open=(opened(About.ACCOUNT, "deepgram/p1", "all_refused"),)), "well"),
        (
            "the account answered, but before it was refused",
            memory(open=(opened(About.ACCOUNT, "deepgram/p1", "all_refused"),), tried=(tried(Validity.VALID, valid_at=NOW - 2 * DAY),)),
            None,
        ),
        (
            "its place holds a key that works, though the vendor still lists it",
            memory(open=(OWN,), held=(held(**ENDED, successor_validity=Validity.VALID),), listed_by=("deepgram",)),
            "replaced",
        ),
        (
            "a place that it had left before the half pair began",
            memory(
                open=(opened(About.PLACE, PLACE, "half_pair"),),
                held=(held("f2", "aws:x#K"), held(ended_at=NOW - 2 * DAY, ended="replaced", successor="c-2")),
                tried=(works("f2"),),
            ),
            None,
        ),
        (
            "one of a suspended account answers, others do not",
            memory(open=(opened(About.ACCOUNT, "deepgram/p1", "suspended"),), around=Around("deepgram", "p1", siblings_suspended=1)),
            None,
        ),
        ("the place holds a good half again", memory(open=(opened(About.PLACE, PLACE, "half_pair"),)), "well"),
    ],
)  # fmt: skip
def test_an_incident_ends_only_when_its_subject_is_well(case: str, remembered: Memory, step: str | None) -> None:
    ends = [news.step for news in judge(remembered, policy(), NOW).news if news.level is Level.RESOLVED]

    assert ends == ([step] if step else []), case


def test_what_a_rule_ignores_is_judged_and_not_told() -> None:
    judgement = judge(memory(tried=(refused(5),), around=CONTROL), policy(ignore="being retired"), NOW)

    assert (judgement.status, judgement.news) == (Status.INVALID, ())


def test_a_suspect_is_looked_at_again_five_minutes_after_its_first_refusal() -> None:
    judgement = judge(memory(tried=(refused(2),), around=CONTROL), policy(), NOW)

    assert judgement.judge_at == NOW + 3 * MINUTE


STRANGE = silent(reason=Reason.UNEXPECTED)
OFF: dict[str, Any] = {"facts": Facts(disabled=True), "listed_by": ("elevenlabs",)}


@pytest.mark.parametrize(
    ("case", "remembered", "status", "expected"),
    [
        ("its no is none of those documented", memory(tried=(STRANGE,), **OFF), Status.INVALID, ["refused"]),
        ("the list calls it enabled", memory(tried=(STRANGE,), listed_by=("elevenlabs",)), Status.UNVERIFIED, []),
        ("no list shows it any more", memory(tried=(STRANGE,), **OFF | {"listed_by": ()}), Status.UNVERIFIED, []),
        ("it works: the list is older", memory(**OFF), Status.OK, []),
        ("it was not reached", memory(tried=(silent(),), **OFF), Status.UNVERIFIED, []),
        ("we are cut off", memory(tried=(STRANGE,), around=Around(cut_off=True), **OFF), Status.OK, []),
        (
            "another value of it was not reached",
            memory(held=(held(), held("f2", "aws:x#K")), tried=(STRANGE, silent("f2")), **OFF),
            Status.UNVERIFIED,
            [],
        ),
    ],
)
def test_a_key_that_the_vendors_list_calls_disabled_is_dead_when_the_vendor_says_no_to_it(
    case: str, remembered: Memory, status: Status, expected: list[str]
) -> None:
    judgement = judge(remembered, policy(), NOW)

    assert (judgement.status, [news.step for news in judgement.news]) == (status, expected), case
    assert (judgement.reason is Reason.DISABLED) is bool(expected)


def test_the_half_pair_is_told_at_its_own_place() -> None:
    remembered = memory(held=(held(), held("f2", "aws:x#K")), tried=(refused(9), works("f2")))
    news: News = judge(remembered, policy(), NOW).news[0]

    assert news.subject == PLACE


def test_an_unknown_after_a_first_refusal_does_not_confirm_it() -> None:
    once = silent(refused_since=NOW - 9 * MINUTE, refused_last=NOW - 9 * MINUTE)

    assert judge(memory(tried=(once,), around=CONTROL), policy(), NOW).news == ()


def test_a_dead_key_is_not_told_its_date_too() -> None:
    remembered = memory(tried=(refused(5),), around=CONTROL, facts=Facts(created=NOW - 90 * DAY, expires=NOW + DAY))

    assert told(remembered) == [(About.CREDENTIAL, "refused", Level.PAGE)]


def test_an_incident_that_waits_for_its_successor_is_looked_at_again_soon() -> None:
    waiting = memory(open=(OWN,), held=(held(**ENDED, successor_validity=Validity.UNKNOWN),))

    assert judge(waiting, policy(), NOW).judge_at == NOW + 5 * MINUTE
