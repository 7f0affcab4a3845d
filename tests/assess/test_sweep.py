from __future__ import annotations

from datetime import timedelta

import pytest

from credwatch.assess import judge_sweep, shrunk
from credwatch.model import About, Level, Reach, Reason, SweepMemory
from tests.assess.memories import MINUTE, NOW, opened

HOUR = timedelta(hours=1)


def failing(name: str, since: timedelta, failures: int, reason: Reason = Reason.LOGIN_REFUSED) -> Reach:
    return Reach(name, "", NOW - since, failures, reason, finished=False)


WELL = Reach("aws-prod", listed_before=14, listed=14)
UNREACHED = failing("vault-prod", MINUTE, 2, Reason.TIMEOUT)


def told(memory: SweepMemory) -> list[tuple[About, str, str, Level]]:
    return [(news.about, news.subject, news.step, news.level) for news in judge_sweep(memory, NOW)]


@pytest.mark.parametrize(
    ("case", "memory", "expected"),
    [
        ("all is seen", SweepMemory("1", (WELL,)), []),
        ("a first failure", SweepMemory("1", (failing("vault-prod", MINUTE, 1), WELL)), []),
        (
            "a second failure",
            SweepMemory("1", (failing("vault-prod", MINUTE, 2), WELL)),
            [(About.PROVIDER, "vault-prod", "blind", Level.WARNING)],
        ),
        (
            "six hours of it",
            SweepMemory("1", (failing("vault-prod", 6 * HOUR, 20), WELL)),
            [(About.PROVIDER, "vault-prod", "blind_long", Level.PAGE)],
        ),
        (
            "it is back",
            SweepMemory("1", (WELL,), open=(opened(About.PROVIDER, "aws-prod", "blind"),)),
            [(About.PROVIDER, "aws-prod", "well", Level.RESOLVED)],
        ),
        (
            "a vendor that answers nothing",
            SweepMemory("1", (WELL,), (Reach("twilio", "", NOW - HOUR, 4, tried=3),)),
            [(About.VENDOR, "twilio", "blind", Level.WARNING)],
        ),
        (
            "a vendor that answers nothing for long",
            SweepMemory("1", (WELL,), (Reach("twilio", "", NOW - 7 * HOUR, 20, Reason.TIMEOUT, tried=3),)),
            [(About.VENDOR, "twilio", "blind_long", Level.PAGE)],
        ),
        (
            "a vendor that says for long that its keys may not do what is asked",
            SweepMemory("1", (WELL,), (Reach("twilio", "", NOW - 7 * HOUR, 20, Reason.FORBIDDEN, tried=3),)),
            [(About.VENDOR, "twilio", "blind", Level.WARNING)],
        ),
        (
            "a store that may not be listed for long",
            SweepMemory("1", (failing("vault-prod", 7 * HOUR, 20, Reason.FORBIDDEN), WELL)),
            [(About.PROVIDER, "vault-prod", "blind_long", Level.PAGE)],
        ),
        (
            "a vendor whose list fails too",
            SweepMemory(
                "1",
                (WELL, Reach("their-list", "twilio", NOW - HOUR, 4, Reason.SERVER_ERROR, finished=False)),
                (Reach("twilio", "", NOW - HOUR, 4, tried=3),),
            ),
            [(About.PROVIDER, "their-list", "blind", Level.WARNING)],
        ),
        (
            "a listing that shrank",
            SweepMemory("1", (Reach("aws-prod", listed_before=14, listed=3),)),
            [(About.PROVIDER, "aws-prod", "shrunk", Level.WARNING)],
        ),
        (
            "nothing at all is reached",
            SweepMemory("1", (UNREACHED, failing("aws-prod", MINUTE, 2, Reason.DNS)), (Reach("twilio", "", NOW, 2, tried=3),)),
            [(About.SELF, "network", "cut_off", Level.WARNING)],
        ),
        (
            "nothing at all is reached but what is written down",
            SweepMemory("1", (UNREACHED, failing("a", MINUTE, 2, Reason.DNS), Reach("deadlines", "deadlines"))),
            [(About.SELF, "network", "cut_off", Level.WARNING)],
        ),
        (
            "nothing at all is reached, for long",
            SweepMemory("1", (failing("vault-prod", 7 * HOUR, 9, Reason.TLS), failing("a", MINUTE, 2, Reason.DNS))),
            [(About.SELF, "network", "cut_off_long", Level.PAGE)],
        ),
        (
            "we reach things again",
            SweepMemory("1", (WELL,), open=(opened(About.SELF, "network", "cut_off"),)),
            [(About.SELF, "network", "well", Level.RESOLVED)],
        ),
        (
            "the only store is unreachable",
            SweepMemory("1", (UNREACHED,)),
            [(About.PROVIDER, "vault-prod", "blind", Level.WARNING)],
        ),
        (
            "a first look that ended",
            SweepMemory("1", (Reach("aws-prod", first_look=True),)),
            [(About.SELF, "summary", "summary", Level.WARNING)],
        ),
        ("a first look with suspects", SweepMemory("1", (Reach("aws-prod", first_look=True),), settling=1), []),
        ("a first look that broke", SweepMemory("1", (Reach("a", "", NOW, 1, first_look=True, finished=False),)), []),
        (
            "changed rules that open many incidents",
            SweepMemory("1", (WELL,), opens=11, rules_changed=True),
            [(About.SELF, "summary", "summary", Level.WARNING)],
        ),
        ("many incidents of themselves", SweepMemory("1", (WELL,), opens=11), []),
    ],
)  # fmt: skip
def test_what_a_sweep_says_of_our_own_sight(
    case: str, memory: SweepMemory, expected: list[tuple[About, str, str, Level]]
) -> None:
    assert told(memory) == expected, case


def test_a_summary_opens_nothing_and_takes_in_the_digest_lines() -> None:
    summary = judge_sweep(SweepMemory("7", (Reach("aws-prod", first_look=True),)), NOW)[0]

    assert (summary.opens, summary.absorbs, summary.dedupe_key) == (False, True, "summary:7")


@pytest.mark.parametrize(("before", "now", "expected"), [(14, 3, True), (14, 7, False), (3, 0, False), (0, 0, False)])
def test_a_listing_shrank_when_it_lost_more_than_half(before: int, now: int, *, expected: bool) -> None:
    assert shrunk(before, now) is expected
