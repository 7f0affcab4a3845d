from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from credwatch.model import Policy, Status
from tests.ledger.world import DAY, HOUR, INVALID, MINUTE, POLICY, START, VALID, judged, seen
from tests.web.world import Answer, Stack, ticking

HOSTILE = "<script>alert(1)</script>\u202e&\x1b[2J"


def dead(stack: Stack, status: Status = Status.INVALID, policy: Policy = POLICY, *, broken: bool = False) -> Answer:
    """/health after a sweep that found this."""
    stack.world.sweep(
        seen("vault:kv/voice#TOKEN", "f1", tried=INVALID, name="voice-prod"),
        judge=lambda _memory, _now: judged(status, policy=policy),
        broken=["vault"] if broken else [],
    )
    return stack.get("/health")


def test_all_is_well(stack: Stack) -> None:
    stack.world.sweep(seen("vault:kv/voice#TOKEN", "f1", tried=VALID))
    answer = stack.get("/health")

    assert (answer.status, answer.json["status"], answer.json["why"]) == (200, "well", [])
    assert answer.json["credentials"] == {"ok": 1}
    assert answer.json["sweep"]["age_seconds"] == 15 * 60


def test_before_the_first_sweep_nothing_is_known_to_be_well(stack: Stack) -> None:
    answer = stack.get("/health")

    assert (answer.status, answer.json["why"]) == (503, ["no sweep has ended yet"])


@pytest.mark.parametrize(
    ("status", "policy", "expected"),
    [
        (Status.INVALID, POLICY, 503),
        (Status.SUSPENDED, POLICY, 503),
        (Status.EXPIRED, POLICY, 503),
        (Status.EXPIRING, POLICY, 200),
        (Status.OVERDUE, POLICY, 200),
        (Status.UNVERIFIED, POLICY, 200),
        (Status.INVALID, Policy((), None, None, None, "voice", environment="staging"), 200),
        (Status.INVALID, Policy((), None, None, None, "voice", ignore="being retired"), 200),
    ],
)
def test_what_is_dead_in_production_is_failing(stack: Stack, status: Status, policy: Policy, expected: int) -> None:
    answer = dead(stack, status, policy)

    assert answer.status == expected
    said = ["1 production credential is refused, suspended or past the date"]
    assert answer.json["why"] == (said if expected == 503 else [])
    assert len(answer.json["failing"]) == (expected == 503)


def test_what_fails_is_named_with_its_place(stack: Stack) -> None:
    (failing,) = dead(stack).json["failing"]

    assert failing["places"] == ["vault:kv/voice#TOKEN"]
    assert (failing["name"], failing["status"], failing["owner"]) == ("voice-prod", "invalid", "voice")


def test_a_connection_that_is_not_seen_is_failing_and_says_since_when(stack: Stack) -> None:
    answer = dead(stack, Status.OK, broken=True)

    assert answer.status == 503
    assert answer.json["why"][0] == "vault: not seen since 2026-11-20 08:00 UTC, timeout"
    assert answer.json["providers"][0]["state"] == "down"


def test_each_connection_has_its_latency_and_its_age(stack: Stack) -> None:
    world = stack.world
    number = world.begin()
    world.ledger.ended(number, "vault", complete=True, items=7, latency=timedelta(milliseconds=12.5), now=world.now)
    world.ledger.looked(number, world.now)
    world.close(number)
    world.now += HOUR
    (provider,) = stack.get("/health").json["providers"]

    assert (provider["name"], provider["state"], provider["listed"]) == ("vault", "up", 7)
    assert (provider["latency_ms"], provider["age_seconds"]) == (12.5, 3600)


def test_each_vendor_has_its_slowest_answer_of_the_day(stack: Stack) -> None:
    slow = replace(VALID, latency=timedelta(milliseconds=201))
    stack.world.sweep(seen("vault:a#X", "f1", tried=VALID), seen("vault:b#X", "f2", tried=slow))
    (vendor,) = stack.get("/health").json["vendors"]

    assert (vendor["title"], vendor["slowest_ms"], vendor["statuses"]) == ("Twilio", 201, {"ok": 2})
    stack.world.now += 2 * DAY
    assert stack.get("/health").json["vendors"][0]["slowest_ms"] is None


@pytest.mark.parametrize(("since", "expected"), [(59 * MINUTE, 200), (61 * MINUTE, 503)])
def test_when_nobody_looks_any_more_it_is_not_well(stack: Stack, since: timedelta, expected: int) -> None:
    """Twice the interval, and the half hour for which a sweep may hang."""
    stack.world.sweep(seen("vault:a#X", "f1", tried=VALID))
    stack.world.now = START + since

    assert stack.get("/health").status == expected


def test_everything_as_json_page_by_page(stack: Stack) -> None:
    world = stack.world
    world.sweep(*(seen(f"vault:kv/{number}#X", f"f{number}") for number in range(501)))
    first = stack.get("/api/v1/credentials").json
    second = stack.get(f"/api/v1/credentials?after={first['next']}").json

    assert (len(first["credentials"]), len(second["credentials"]), second["next"]) == (500, 1, None)
    ids = [one["id"] for one in (*first["credentials"], *second["credentials"])]
    assert ids == sorted(world.column("select id from credential"))


def test_json_shows_no_fingerprint(stack: Stack) -> None:
    dead(stack)

    for path in "/", "/health", "/api/v1/credentials":
        assert "f1" not in stack.get(path).text


def test_the_page_says_what_fails_and_what_is_next(stack: Stack) -> None:
    stack.world.sweep(
        seen("vault:kv/voice#TOKEN", "f1", tried=VALID, name="voice-prod"),
        judge=lambda _m, _n: judged(Status.EXPIRING, clocks=(ticking(START + 10 * DAY),)),
    )
    text = stack.get("/").text

    assert "<h1>credwatch: all is well</h1>" in text
    assert "<td>9 d</td><td>2026-11-30 08:00 UTC</td><td>Twilio API key &quot;voice-prod&quot;" in text
    dead(stack)
    text = stack.get("/").text
    assert "<h1>credwatch: 1 thing wrong</h1>" in text
    assert "<td>vault:kv/voice#TOKEN</td>" in text


def test_a_hostile_name_is_text(stack: Stack) -> None:
    place = f"vault:kv/{HOSTILE}#X"
    stack.world.sweep(
        seen(place, "f1", tried=INVALID, name=HOSTILE), judge=lambda _m, _n: judged(Status.INVALID, policy=POLICY)
    )
    answer = stack.get("/")

    assert "<script" not in answer.text
    assert "\u202e" not in answer.text
    assert "\x1b" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)&lt;/script&gt;\\u202e&amp;\\x1b[2J") == 2
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_without_a_ledger_it_says_so_and_waits(stack: Stack) -> None:
    stack.damaged = True
    for path in "/", "/health", "/api/v1/credentials":
        answer = stack.get(path)
        assert (answer.status, answer.text) == (503, "there is no ledger in /data yet. credwatch sweep makes one\n")
    stack.damaged = False

    assert stack.get("/").status == 200
