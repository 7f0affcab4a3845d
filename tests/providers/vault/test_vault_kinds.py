from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credwatch.contract import NEVER, Item, Match, ProbeResult, Reason, Reply, Secret, Validity
from credwatch.fields import Leaf
from credwatch.identify import Identifier
from credwatch_providers.vault import plugin
from credwatch_providers.vault.kinds import APPROLE, TOKEN, VaultIssuer, read
from credwatch_providers.vault.settings import VaultIssuerSettings
from tests.servers.vault import Served
from tests.servers.wire import Canned, always, silent

HVS = "hvs." + "CAESIJ" * 15
SHORT = "s.Gx5kqIMmuGjv6HTTNTrC0UE4"
ROLE, SECRET = "d4102f3e-f71b-e852-f5cc-bb3bb121b96d", "b57ed53c-8dc1-88e8-1bf9-b3e55c5dbf24"
URL = "http://127.0.0.1:8200"


def found(locator: str = "kv/voice/prod", **leaves: str) -> list[tuple[str, dict[str, str]]]:
    identifier = Identifier(plugin.kinds)
    matches = identifier.identify(
        Item("vault-prod", locator), [Leaf(name, Secret(value)) for name, value in leaves.items()]
    )
    return [(each.match.kind.name, dict(each.match.fields)) for each in matches]


@pytest.mark.parametrize(
    ("locator", "leaves", "expected"),
    [
        ("kv/a", {"X": HVS}, [("vault-token", {"token": "X"})]),
        ("kv/a", {"X": "hvb." + "A" * 120}, [("vault-token", {"token": "X"})]),
        ("kv/a", {"VAULT_TOKEN": SHORT}, [("vault-short-token", {"token": "VAULT_TOKEN"})]),
        ("kv/vault/agent", {"token": SHORT}, [("vault-short-token", {"token": "token"})]),
        (
            "kv/a",
            {"VAULT_ROLE_ID": ROLE, "VAULT_SECRET_ID": SECRET},
            [("vault-approle", {"role_id": "VAULT_ROLE_ID", "secret_id": "VAULT_SECRET_ID"})],
        ),
        (
            "kv/a",
            {"role_id": ROLE, "secret_id": SECRET},
            [("vault-approle", {"role_id": "role_id", "secret_id": "secret_id"})],
        ),
    ],
)
def test_a_vault_credential_is_recognised(locator: str, leaves: dict[str, str], expected: Any) -> None:
    assert found(locator, **leaves) == expected


@pytest.mark.parametrize("leaves", [{"TOKEN": SHORT}, {"AZURE_CLIENT_SECRET_ID": SECRET}, {"X": "hvs.short"}])
def test_what_is_no_proof_is_not_taken_for_one(leaves: dict[str, str]) -> None:
    assert not any(kind.startswith("vault") for kind, _ in found(**leaves))


def test_no_kind_has_a_host_of_its_own() -> None:
    assert [kind.hosts for kind in plugin.kinds] == [()] * 4


def probe(http: Any, value: str = HVS, **settings: Any) -> ProbeResult:
    issuer = VaultIssuer(VaultIssuerSettings.model_validate(settings))
    return issuer.probe(Match(TOKEN, {"token": "X"}), {"token": Secret(value)}, http)


def test_without_an_address_a_token_is_sent_nowhere() -> None:
    assert probe(silent()) == ProbeResult.unknown(Reason.NOT_TRIED)


def test_an_approle_is_never_sent() -> None:
    issuer = VaultIssuer(VaultIssuerSettings.model_validate({"base_url": URL}))
    values = {"role_id": Secret(ROLE), "secret_id": Secret(SECRET)}

    assert issuer.probe(Match(APPROLE, {}), values, silent()).reason is Reason.NOT_TRIED


def test_a_token_is_sent_in_its_header_to_the_configured_address_only() -> None:
    http: Canned = always(503)
    probe(http, base_url=URL, namespace="/team-a/")
    [asked] = http.asked

    assert (asked.method, asked.url) == ("GET", f"{URL}/v1/auth/token/lookup-self")
    assert (asked.headers["X-Vault-Token"], asked.headers["X-Vault-Namespace"]) == (HVS, "team-a")


LIVING = b'{"data": {"policies": ["default"], "num_uses": %s, "expire_time": %s, "accessor": "acc", "creation_time": 1795226384}}'


@pytest.mark.parametrize(
    ("status", "body", "validity", "reason"),
    [
        (200, LIVING % (b"0", b"null"), Validity.VALID, Reason.OK),
        (200, LIVING % (b"2", b"null"), Validity.VALID, Reason.LIMITED),
        (200, LIVING % (b"-1", b"null"), Validity.INVALID, Reason.EXPIRED),
        (200, b"<html>", Validity.UNKNOWN, Reason.UNREADABLE),
        (200, b'{"data": null}', Validity.UNKNOWN, Reason.UNREADABLE),
        (204, b"", Validity.UNKNOWN, Reason.UNREADABLE),
        (307, b"", Validity.UNKNOWN, Reason.REDIRECTED),
        (403, b'{"errors": ["permission denied"]}', Validity.INVALID, Reason.REFUSED),
        (
            403,
            b'{"errors": ["2 errors occurred:\\n\\t* permission denied\\n\\t* invalid token\\n\\n"]}',
            Validity.INVALID,
            Reason.REFUSED,
        ),
        (403, b'{"errors": ["1 error occurred:\\n\\t* permission denied\\n\\n"]}', Validity.VALID, Reason.LIMITED),
        (403, b"<html>forbidden by the proxy</html>", Validity.UNKNOWN, Reason.UNEXPECTED),
        (403, b'{"errors": ["denied by the firewall"]}', Validity.UNKNOWN, Reason.UNEXPECTED),
        (401, b'{"errors": ["permission denied"]}', Validity.UNKNOWN, Reason.UNEXPECTED),
        (404, b'{"errors": ["namespace not found"]}', Validity.UNKNOWN, Reason.UNEXPECTED),
        (429, b'{"errors": []}', Validity.UNKNOWN, Reason.RATE_LIMITED),
        (472, b"", Validity.UNKNOWN, Reason.SERVER_ERROR),
        (473, b"", Validity.UNKNOWN, Reason.SERVER_ERROR),
        (500, b"", Validity.UNKNOWN, Reason.SERVER_ERROR),
        (503, b'{"errors": ["Vault is sealed"]}', Validity.UNKNOWN, Reason.SERVER_ERROR),
    ],
)
def test_only_vaults_own_words_make_a_token_invalid(
    status: int, body: bytes, validity: Validity, reason: Reason
) -> None:
    result = read(Reply(status, {}, body))

    assert (result.validity, result.reason) == (validity, reason)


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        (b"null", NEVER),
        (b'"2026-11-24T01:59:44.769845551Z"', datetime(2026, 11, 24, 1, 59, 44, 769845, tzinfo=UTC)),
        (b'"2026-11-24T01:59:44Z"', datetime(2026, 11, 24, 1, 59, 44, tzinfo=UTC)),
        (b'"2026-11-24T01:59:44+02:00"', datetime(2026, 11, 23, 23, 59, 44, tzinfo=UTC)),
        (b'"soon"', None),
    ],
)
def test_the_end_of_a_token_is_read_as_vault_writes_it(written: bytes, expires: datetime | None) -> None:
    assert read(Reply(200, {}, LIVING % (b"0", written))).facts.expires == expires


def test_a_real_answer_is_understood(vault: Served) -> None:
    token = vault.token('path "x" { capabilities = ["read"] }', ttl="2h", display_name="bot")
    answer = vault.ask("GET", "auth/token/lookup-self", token=token)["data"]
    accessor, issued = answer["accessor"], datetime.fromtimestamp(answer["creation_time"], UTC)

    class Through:
        def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
            path = url.removeprefix(f"{vault.address}/v1/")
            answered = vault.ask(method, path, body or None, token=headers["X-Vault-Token"])
            return Reply(200, {}, json.dumps(answered).encode())

        def now(self) -> datetime:
            return vault.clock.now()

    facts = probe(Through(), token, base_url=vault.address).facts

    assert facts.expires
    assert (facts.key_id, facts.name, facts.created) == (accessor, "token-bot", issued)
    assert timedelta(hours=2) - timedelta(minutes=1) < facts.expires - issued <= timedelta(hours=2, minutes=1)
