"""AWS and Google Cloud that cannot be looked at, and odd values in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from tests.bad_input.clouds import Amazon, Project, project
from tests.bad_input.hand import CANARY, Hand, held
from tests.servers.moto import enforce, moto_server, reset


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def amazon(moto: str, hand: Hand) -> Amazon:
    """An account with one secret."""
    reset(moto)
    made = Amazon(hand, moto)
    made.put("voice/prod", json.dumps({"CRM_TOKEN": f"{CANARY}zq83hfkgWlq92nfp4Jx0Ls7dP1mvRb6T"}))
    made.issue("secretsmanager:*", "sts:*")
    return made


@pytest.fixture
def google(hand: Hand) -> Iterator[Project]:
    """A project with one secret."""
    with project(hand) as made:
        made.put("voice", f"CRM_TOKEN={CANARY}zq83hfkgWlq92nfp4Jx0Ls7dP1mvRb6T\nB=1\n")
        yield made


def lead(**elsewhere: str) -> Callable[[Any], object]:
    """The table leads elsewhere."""
    return lambda cloud: vars(cloud).update(elsewhere)


def hold(secret: str) -> Callable[[Amazon], object]:
    """We hold this secret."""
    return lambda amazon: setattr(amazon.hand, "environment", {"WATCH": secret})


def may(user: str, *actions: str) -> Callable[[Amazon], object]:
    """The key that we hold is that of a user who may do no more."""
    return lambda amazon: amazon.issue(*actions, user=user)


AMAZON: dict[str, tuple[Callable[[Amazon], object], str, str]] = {
    "nobody there": (
        lead(address="http://127.0.0.1:9"),
        "unreachable: 127.0.0.1: Connection refused",
        "see that it can be reached from here",
    ),
    "a name without an address": (
        lead(address="https://aws.invalid"),
        "dns: aws.invalid: the name has no address",
        "see that its address is right, and that names are resolved here",
    ),
    "a wrong secret": (
        hold(CANARY * 5),
        "login_refused: GetCallerIdentity: SignatureDoesNotMatch",
        "see that `account`, `assume` and our own keys belong together",
    ),
    "a key that is none": (
        lead(key="AKIAIOSFODNN7EXAMPLE"),
        "login_refused: GetCallerIdentity: InvalidClientTokenId",
        "see that `account`, `assume` and our own keys belong together",
    ),
    "another account": (
        lead(account="999999999999"),
        "wrong_account: our credentials lead to account 123456789012, configured is 999999999999",
        "see that `account`, `assume` and our own keys belong together",
    ),
    "a region that is none": (lead(region="eu-west-9"), "v  NOT SEEN  server_error: HTTP 500", "look again"),
    "a region that is no word for one": (
        lead(region="mars"),
        "misconfigured: watch.toml, line 6: [providers.v] regions",
        "[providers.v] regions must match",
    ),
    "a variable that is not set": (
        lead(secret="env:NOWHERE"),
        "misconfigured: env:NOWHERE: this environment variable is not set.",
        "Set it where credwatch runs",
    ),
    "a file that is not there": (
        lead(secret="file:/nowhere/x"),
        "misconfigured: file:/nowhere/x: No such file or directory.",
        "Put it where credwatch can read it",
    ),
    "no rights": (
        may("nobody", "sts:GetCallerIdentity"),
        "; 1 part of it not read: credwatch status shows which",
        "allow secretsmanager:ListSecrets",
    ),
}


@pytest.mark.parametrize(("make", "said", "mend"), AMAZON.values(), ids=AMAZON)
def test_an_account_that_cannot_be_seen_is_told_with_why_and_what_to_do(
    amazon: Amazon, moto: str, make: Callable[[Amazon], object], said: str, mend: str
) -> None:
    make(amazon)
    amazon.configure()

    with enforce(moto):
        swept, doctor = amazon.hand("sweep", "--no-settle"), amazon.hand("doctor", "v")

    assert (swept.code, said in swept.out) == (3, True), swept.out
    assert (doctor.code, mend in doctor.out) == (1, True), doctor.out


def refuse(code: grpc.StatusCode, times: int = 100) -> Callable[[Project], object]:
    """Listing is answered so."""
    return lambda google: google.store.refuse("ListSecrets", *[code] * times)


def junk(text: str) -> Callable[[Project], object]:
    """The file of our own key holds this."""

    def write(google: Project) -> None:
        (google.hand.folder / "junk").write_text(text)
        google.credentials = f"file:{google.hand.folder}/junk"

    return write


NOT_A_KEY = "/junk: not the JSON of a service-account key. Put the file there that Google made"
GOOGLE: dict[str, tuple[Callable[[Project], object], str, str]] = {
    "nobody there": (lead(endpoint="localhost:9"), "unreachable: ", "see that it can be reached from here"),
    "a name without an address": (
        lead(endpoint="gcp.invalid:443"),
        "the name has no address",
        "see that its address is right, and that names are resolved here",
    ),
    "a key that is not taken": (
        refuse(grpc.StatusCode.UNAUTHENTICATED),
        "login_refused: Unauthenticated",
        "see that `credentials` names a key that works",
    ),
    "a project that is none": (
        refuse(grpc.StatusCode.NOT_FOUND),
        "; 1 part of it not read: credwatch status shows which",
        "grant secretmanager.secrets.list",
    ),
    "no rights": (
        lambda google: google.store.shut.add(google.project),
        "; 1 part of it not read: credwatch status shows which",
        "grant secretmanager.secrets.list",
    ),
    "a file that is not there": (
        lead(credentials="file:/nowhere/x"),
        "misconfigured: file:/nowhere/x: No such file or directory.",
        "Put it where credwatch can read it",
    ),
    "an empty object": (junk("{}"), NOT_A_KEY, NOT_A_KEY),
    "no JSON": (junk(CANARY), NOT_A_KEY, NOT_A_KEY),
    "half a key": (junk(f'{{"type": "service_account", "private_key": "{CANARY}"}}'), NOT_A_KEY, NOT_A_KEY),
    "a deep list": (junk("[" * 100_000), NOT_A_KEY, NOT_A_KEY),
}


@pytest.mark.parametrize(("make", "said", "mend"), GOOGLE.values(), ids=GOOGLE)
def test_a_project_that_cannot_be_seen_is_told_with_why_and_what_to_do(
    google: Project, make: Callable[[Project], object], said: str, mend: str
) -> None:
    make(google)
    google.configure()

    swept, doctor = google.hand("sweep", "--no-settle"), google.hand("doctor", "v")

    assert (swept.code, said in swept.out) == (3, True), swept.out
    assert (doctor.code, mend in doctor.out) == (1, True), doctor.out


ODD: dict[str, str | bytes] = {
    "binary": bytes(range(256)) * 100,
    "invalid": b"A=\xff\xfe\nB=\xe9",
    "utf-16": f"\ufeffCRM_TOKEN={CANARY}zq83hfkgWlq92nfp4Jx0Ls7dP1mv\r\n".encode("utf-16-le"),
    "nul": "A=\0\nB=2",
    "deep": "[" * 30_000 + "]" * 30_000,
    "wide": "[" + ",".join(['""'] * 20_000) + "]",
    "duplicate": '{"a": "x", "a": "y"}',
    "numbers": '{"a": ' + "9" * 9_000 + ', "b": NaN, "c": 1e999}',
    "largest": "a" * 65_536,
}


def test_odd_values_in_an_account_cost_nothing_and_nobody(amazon: Amazon) -> None:
    for name, value in ODD.items():
        amazon.put(f"odd/{name}", value)
    amazon.configure()

    swept = amazon.hand("sweep", "--no-settle")

    assert swept.code == 0, swept.out
    assert f"  v  {len(ODD) + 1} items" in swept.out
    assert "v:eu-west-1/voice/prod#CRM_TOKEN" in held(amazon.hand)


def test_odd_values_in_a_project_cost_themselves_and_nobody_else(google: Project) -> None:
    for name, value in ODD.items():
        google.put(f"odd-{name}", value)
    google.put("odd-mib", b"a" * (1 << 20))
    google.put("odd-huge", b"a" * (9 << 20))
    google.configure()

    swept, checked = google.hand("sweep", "--no-settle"), google.hand("check")

    assert (swept.code, checked.code) == (3, 3)
    assert f"  v  {len(ODD) + 2} items" in swept.out
    assert "; 1 part of it not read: credwatch status shows which" in swept.out
    assert "  voice-prod-1/odd-huge  not read: " in checked.out
    assert "v:voice-prod-1/voice#CRM_TOKEN" in held(google.hand)
    assert swept.peak < 300


def test_an_account_and_a_project_that_hold_nothing_are_seen(amazon: Amazon, google: Project, moto: str) -> None:
    reset(moto)
    google.store.secrets.clear()
    for cloud in (amazon, google):
        cloud.configure()

        swept = cloud.hand("sweep", "--no-settle")

        assert (swept.code, "  v  0 items, 0 credentials\n" in swept.out) == (0, True), swept.out
