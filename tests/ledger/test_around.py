"""What SQL counts around a credential, and around a sweep."""

from __future__ import annotations

from datetime import datetime

import pytest

from credwatch.model import Around, Judgement, Memory, News, ProbeResult, Reason, SweepMemory
from tests.ledger.world import HOUR, INVALID, MINUTE, START, SUSPENDED, UNKNOWN, VALID, World, judged, seen

A = "vault:kv/a#KEY"
Other = tuple[ProbeResult, int]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        # answer and minute of each other key; ours is refused at minute 10: valid since, refused, silent, suspended
        ([], (0, 0, 0, 0)),
        ([(VALID, 12)], (1, 0, 0, 0)),
        ([(VALID, 8)], (0, 0, 1, 0)),
        ([(INVALID, 11)], (0, 1, 0, 0)),
        ([(INVALID, 9)], (0, 1, 1, 0)),
        ([(INVALID, 100)], (0, 0, 0, 0)),
        ([(SUSPENDED, 11)], (0, 0, 0, 1)),
        ([(UNKNOWN, 11)], (0, 0, 1, 0)),
        ([(VALID, 12), (VALID, 13), (INVALID, 11), (UNKNOWN, 11)], (2, 1, 1, 0)),
    ],
)
def test_the_others_of_the_account_are_counted(
    world: World, others: list[Other], expected: tuple[int, int, int, int]
) -> None:
    world.now = START + 2 * HOUR
    world.sweep(
        seen(A, "f0", account="AC1", tried=INVALID, at=START + 10 * MINUTE),
        *(
            seen(f"vault:kv/{n}#K", f"f{n}", account="AC1", tried=answer, at=START + minute * MINUTE)
            for n, (answer, minute) in enumerate(others, 1)
        ),
        seen("vault:kv/x#K", "fx", account="AC2", tried=VALID, at=START + HOUR),
    )

    assert world.memories()[A].around == Around("twilio", "AC1", *expected)


def test_where_the_account_is_unknown_the_others_of_the_vendor_are_counted(world: World) -> None:
    world.now = START + HOUR
    world.sweep(
        seen(A, "f0", tried=INVALID, at=START),
        seen("vault:kv/x#K", "fx", account="AC2", tried=VALID, at=START + MINUTE),
    )

    assert world.memories()[A].around == Around("twilio", None, siblings_valid_since_refusal=1)


def test_one_value_in_two_places_is_no_control_for_itself(world: World) -> None:
    world.sweep(seen(A, "f0", tried=INVALID), seen("vault:kv/b#K", "f0"))

    assert world.memories()[A].around == Around("twilio", None)


def test_a_key_that_nothing_holds_any_more_is_no_control(world: World) -> None:
    world.sweep(seen(A, "f0"), seen("vault:kv/b#K", "f1", tried=VALID, at=START + HOUR))

    world.sweep(seen(A, "f0", tried=INVALID))

    assert world.memories()[A].around == Around("twilio", None)


@pytest.mark.parametrize(
    ("answer", "broken", "cut_off"),
    [
        (UNKNOWN, ["vault", "aws"], True),
        (VALID, ["vault", "aws"], False),
        (UNKNOWN, ["vault"], False),
        (None, ["vault", "aws"], True),
    ],
)
def test_cut_off_is_when_nothing_at_all_was_reached(
    world: World,
    answer: ProbeResult | None,
    broken: list[str],
    cut_off: bool,  # noqa: FBT001  a table
) -> None:
    world.configured = {"vault": "1", "aws": "1"}
    told: list[bool] = []

    def judge(memory: Memory, _now: datetime) -> Judgement:
        told.append(memory.around.cut_off)
        return judged()

    world.sweep(seen(A, "f0", tried=answer), broken=broken, judge=judge)

    assert told == [cut_off]


def test_a_sweep_tells_how_far_it_reached(world: World) -> None:
    heard: list[SweepMemory] = []

    def listen(memory: SweepMemory, _now: datetime) -> tuple[News, ...]:
        heard.append(memory)
        return ()

    world.sweep(seen(A, "f0", tried=VALID), seen("vault:kv/b#K", "f1", tried=UNKNOWN), judge_sweep=listen)
    world.rules = "others"
    world.sweep(seen(A, "f0", tried=UNKNOWN), judge_sweep=listen)
    world.sweep(seen(A, "f0", tried=UNKNOWN), broken=["vault"], judge_sweep=listen)
    world.sweep(seen(A, "f0", tried=ProbeResult.unknown(Reason.NOT_TRIED)), judge_sweep=listen)

    vendors = [[(r.name, r.tried, r.answered, r.failures, r.reason) for r in memory.vendors] for memory in heard]
    providers = [[(r.failures, r.finished, r.listed_before, r.listed) for r in memory.providers] for memory in heard]
    assert vendors == [
        [("twilio", 2, 1, 0, None)],
        [("twilio", 1, 0, 1, "timeout")],
        [("twilio", 1, 0, 2, "timeout")],
        [],
    ]
    assert providers == [[(0, True, 0, 2)], [(0, True, 2, 1)], [(1, False, 1, 1)], [(0, True, 1, 1)]]
    assert [memory.rules_changed for memory in heard] == [False, True, False, False]
    assert heard[2].vendors[0].failed_since == START + 15 * MINUTE
