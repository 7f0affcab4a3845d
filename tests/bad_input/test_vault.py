"""A Vault that cannot be looked at: whose fault it is and what to do, said by every command that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from credwatch.sandbox.server import Server
from credwatch.sandbox.vault import Vault
from tests.bad_input.hand import CANARY, Hand, held
from tests.bad_input.safe import Moved, Safe

NEW_TOKEN = "make a new token: vault token create -policy=credwatch-watch -period=72h"
REACH = "see that it can be reached from here: its address, our network, [network] proxy"
NO_RIGHTS = 'path "sys/none" { capabilities = ["read"] }'
ONLY_NAMES = 'path "kv/metadata/*" { capabilities = ["read", "list"] }'
ALL = 'path "kv/*" { capabilities = ["read", "list"] }'


@pytest.fixture
def safe(hand: Hand) -> Iterator[Safe]:
    """A Vault with one item in one store, and one store with none."""
    clock = Moved()
    vault = Vault(clock=clock)
    with Server(vault) as server:
        made = Safe(hand, vault, clock, server.url)
        made.fill()
        yield made


def lead(**elsewhere: str) -> Callable[[Safe], object]:
    """The table leads elsewhere."""
    return lambda safe: vars(safe).update(elsewhere)


def hold(token: str) -> Callable[[Safe], object]:
    """We hold this token."""
    return lambda safe: setattr(safe.hand, "environment", {"WATCH": token})


def expire(safe: Safe) -> None:
    safe.issue(ALL, ttl="1h")
    safe.clock.shift = timedelta(hours=2)


def count(safe: Safe) -> None:
    """Our token may be used so many times."""
    safe.issue(f'{ALL} path "auth/token/lookup-self" {{ capabilities = ["read"] }}', num_uses=99)


def seal(safe: Safe) -> None:
    safe.vault.ask("update", "sys/seal")


UNSEEN: dict[str, tuple[Callable[[Safe], object], str, str]] = {
    "nobody there": (lead(address="http://127.0.0.1:9"), "unreachable: 127.0.0.1: Connection refused", REACH),
    "a name without an address": (
        lead(address="https://vault.invalid:8200"),
        "dns: vault.invalid: the name has no address",
        "see that its address is right, and that names are resolved here",
    ),
    "a wrong token": (hold(f"hvs.{CANARY}"), "login_refused: our token is not taken: 403", NEW_TOKEN),
    "a token of two lines": (hold(f"{CANARY}\nx"), "the token has characters that no header can carry", ""),
    "an expired token": (expire, "login_refused: our token is not taken: 403", NEW_TOKEN),
    "a token that wears out": (count, "login_refused: this token may be used only so many times", NEW_TOKEN),
    "a sealed Vault": (seal, "server_error: 503 Vault is sealed", "see vault status: a sealed Vault answers nobody"),
    "a namespace that is none": (
        lead(namespace="nowhere"),
        "not_found: 404 namespace not found",
        "see how it is called, and that `namespace` says the same: vault namespace list",
    ),
    "a variable that is not set": (
        lead(token="env:NOWHERE"),
        "misconfigured: login, token: env:NOWHERE: this environment variable is not set.",
        "Set it where credwatch runs",
    ),
    "a file that is not there": (
        lead(token="file:/nowhere/token"),
        "misconfigured: login, token: file:/nowhere/token: No such file or directory.",
        "Put it where credwatch can read it",
    ),
    "a device without an end": (
        lead(token="file:/dev/zero"),
        "misconfigured: login, token: file:/dev/zero: this is a pipe or a device, and no plain file.",
        "Put it where credwatch can read it",
    ),
    "an empty file": (
        lead(token="file:{}/empty"),
        "empty: the file is empty.",
        "Put the value into it",
    ),
    "a file that may not be read": (
        lead(token="file:{}/shut"),
        "shut: Permission denied.",
        "Put it where credwatch can read it",
    ),
}


@pytest.mark.parametrize(("make", "said", "mend"), UNSEEN.values(), ids=UNSEEN)
def test_what_cannot_be_seen_is_told_with_why_and_what_to_do(
    safe: Safe, make: Callable[[Safe], object], said: str, mend: str
) -> None:
    make(safe)
    safe.configure()

    swept = safe.hand("sweep", "--no-settle", humbly=True)
    checked = safe.hand("check", humbly=True)
    doctor = safe.hand("doctor", "v", humbly=True)

    assert (swept.code, checked.code, doctor.code) == (3, 3, 1)
    assert said in swept.out
    assert "v: NOT SEEN" in checked.out
    assert said.rpartition(": ")[2] in " ".join(doctor.out.split())
    assert mend in doctor.out


IN_PART: dict[str, tuple[Callable[[Safe], object], str, str]] = {
    "a token without rights": (
        lambda safe: safe.issue(NO_RIGHTS),
        "kv/  not read: 403 permission denied",
        'Add to the policy of our token:        path "kv/metadata/*" { capabilities = ["read", "list"] }',
    ),
    "a token that may not read": (
        lambda safe: safe.issue(ONLY_NAMES),
        "kv/voice  not read: 403 permission denied",
        'Add to the policy of our token:        path "kv/data/*" { capabilities = ["read"] }',
    ),
    "a store that is none": (
        lead(paths="nope/**"),
        "nope/  not read: 404 no handler for route",
        "see how it is called: vault secrets list",
    ),
}


@pytest.mark.parametrize(("make", "said", "mend"), IN_PART.values(), ids=IN_PART)
def test_what_is_seen_in_part_is_told_with_what_is_missing(
    safe: Safe, make: Callable[[Safe], object], said: str, mend: str
) -> None:
    make(safe)
    safe.configure()

    swept, checked, doctor = safe.hand("sweep", "--no-settle"), safe.hand("check"), safe.hand("doctor", "v")

    assert (swept.code, checked.code, doctor.code) == (3, 3, 1)
    assert "; 1 part of it not read: credwatch status shows which" in swept.out
    assert said in checked.out
    assert mend in doctor.out


@pytest.mark.parametrize("paths", ["bare/**", "kv/nothing/**"])
def test_a_store_that_holds_nothing_is_seen_and_holds_nothing(safe: Safe, paths: str) -> None:
    safe.paths = paths
    safe.configure()

    swept, checked, doctor = safe.hand("sweep", "--no-settle"), safe.hand("check"), safe.hand("doctor", "v")

    assert (swept.code, checked.code, doctor.code) == (0, 0, 0)
    assert "  v  0 items, 0 credentials\n" in swept.out


def unmount(safe: Safe) -> None:
    safe.vault.ask("delete", "sys/mounts/kv")


LOST = {row: (UNSEEN | IN_PART)[row][0] for row in ("a wrong token", "a token without rights", "nobody there")}


@pytest.mark.parametrize("lose", [*LOST.values(), unmount], ids=[*LOST, "the store was taken away"])
def test_nothing_that_was_seen_before_is_called_gone(safe: Safe, lose: Callable[[Safe], object]) -> None:
    safe.configure()
    safe.hand("sweep", "--no-settle")
    before = held(safe.hand)
    lose(safe)
    safe.configure()

    swept = safe.hand("sweep", "--no-settle")

    assert (before, swept.code) == (["v:kv/voice#CRM_TOKEN"], 3)
    assert held(safe.hand) == before


def test_odd_values_cost_themselves_and_nobody_else(safe: Safe) -> None:
    safe.put("mib", A="a" * (1 << 20), B="b" * ((1 << 20) + 1))
    safe.put("leaves", A="[" + ",".join(['""'] * 1_000_000) + "]")
    safe.put("deep", A="[" * 100_000 + "]" * 100_000)
    safe.put("types", A=1, B=None, C={"d": [True, "x"]}, D=10**4_000, E="\0\ud7ff\uffff")
    safe.put("fields", **{f"API_TOKEN_{number}": f"q8zR4hfk{number:024}" for number in range(10_000)})
    safe.put("nothing")
    safe.put("huge", A="a" * (40 << 20))
    safe.configure()

    swept, checked = safe.hand("sweep", "--no-settle"), safe.hand("check")

    assert (swept.code, checked.code) == (3, 3), swept.out
    assert "  v  7 items, 1000" in swept.out
    assert "; 1 part of it not read: credwatch status shows which" in swept.out
    assert "  kv/huge  not read: " in checked.out
    assert {"v:kv/voice#CRM_TOKEN", "v:kv/fields#API_TOKEN_9999"} <= set(held(safe.hand))
    assert max(swept.peak, checked.peak) < 700
