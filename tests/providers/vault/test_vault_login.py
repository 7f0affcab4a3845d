from __future__ import annotations

import base64
import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import NEVER, Provider, Reason, Validity
from credwatch.sandbox.server import Request, Response, Route, Server
from credwatch.transport import Transport
from credwatch_providers.vault.provider import connect
from credwatch_providers.vault.settings import VaultSettings
from tests.conformance.grounds.ground import Hurried
from tests.servers.vault import MovableClock, Served, setup

WATCH = 'path "kv/metadata/*" { capabilities = ["read", "list"] }'


def kubernetes_token(*, account: str, ends: float) -> str:
    claims = {"sub": f"system:serviceaccount:voice:{account}", "exp": ends}
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def test_a_token_tells_until_when_it_lives(vault: Served, opened: Any) -> None:
    token = vault.token(WATCH, ttl="90m", display_name="credwatch", renewable=False)
    store: Provider = opened(vault, token)
    checked = store.check()

    assert checked.facts.expires
    left = checked.facts.expires - vault.clock.now()
    assert (checked.validity, checked.facts.name) == (Validity.VALID, "token-credwatch")
    assert timedelta(minutes=89) < left <= timedelta(minutes=91)


def test_a_root_token_never_expires(vault: Served, opened: Any) -> None:
    assert opened(vault).check().facts.expires == NEVER


@pytest.mark.parametrize(("passed", "renewed"), [(29, False), (31, True)])
def test_a_token_is_renewed_in_the_second_half_of_its_life_and_has_no_end(
    sandbox: Served, opened: Any, passed: int, *, renewed: bool
) -> None:
    assert isinstance(sandbox.clock, MovableClock)
    token = sandbox.token(WATCH, period="60m")
    sandbox.clock.move(minutes=passed)
    checked = opened(sandbox, token).check()
    sandbox.clock.move(minutes=59)

    assert (checked.facts.expires, checked.detail) == (None, "renewed as it goes")
    assert (opened(sandbox, token).check().validity is Validity.VALID) == renewed


def test_a_token_that_cannot_be_renewed_for_long_has_its_last_end(sandbox: Served, opened: Any) -> None:
    assert isinstance(sandbox.clock, MovableClock)
    token = sandbox.token(WATCH, ttl="60m", explicit_max_ttl="70m")
    sandbox.clock.move(minutes=50)

    assert opened(sandbox, token).check().facts.expires == sandbox.clock.now() + timedelta(minutes=20)


def test_a_refused_renewal_is_no_fault_of_the_token(sandbox: Served, opened: Any) -> None:
    assert isinstance(sandbox.clock, MovableClock)
    hcl = 'path "auth/token/lookup-self" { capabilities = ["read"] }'
    token = sandbox.token(hcl, ttl="60m", no_default_policy=True)
    sandbox.clock.move(minutes=50)
    checked = opened(sandbox, token).check()

    assert (checked.reason, checked.facts.expires) == (Reason.OK, sandbox.clock.now() + timedelta(minutes=10))


@pytest.mark.parametrize("token", ["s.000000000000000000000000", "nonsense"])
def test_a_token_that_vault_does_not_know_is_refused_without_being_shown(
    vault: Served, opened: Any, token: str
) -> None:
    checked = opened(vault, token).check()

    assert (checked.validity, checked.reason, token in repr(checked)) == (
        Validity.UNKNOWN,
        Reason.LOGIN_REFUSED,
        False,
    )


def test_a_token_that_may_not_look_itself_up_is_good_enough(vault: Served, opened: Any) -> None:
    checked = opened(vault, vault.token(WATCH, no_default_policy=True)).check()

    assert (checked.validity, checked.reason) == (Validity.VALID, Reason.LIMITED)


@pytest.mark.parametrize("uses", [1, 5])
def test_a_token_that_counts_its_uses_is_refused_with_the_reason(vault: Served, opened: Any, uses: int) -> None:
    checked = opened(vault, vault.token(WATCH, num_uses=uses)).check()

    assert (checked.reason, "num_uses" in checked.detail) == (Reason.LOGIN_REFUSED, True)


def test_approle_logs_in_and_tells_when_its_secret_id_expires(vault: Served, opened: Any, tmp_path: Path) -> None:
    mount = vault.login("approle")
    lookup = f'path "auth/{mount}/role/+/secret-id/lookup" {{ capabilities = ["update"] }}'
    policy = vault.policy(lookup)
    vault.ask("POST", f"auth/{mount}/role/watch", {"token_policies": [policy], "secret_id_ttl": "720h"})
    role_id = vault.ask("GET", f"auth/{mount}/role/watch/role-id")["data"]["role_id"]
    (tmp_path / "secret-id").write_text(
        vault.ask("POST", f"auth/{mount}/role/watch/secret-id", {})["data"]["secret_id"]
    )
    approle = {"role_id": role_id, "secret_id": f"file:{tmp_path}/secret-id", "mount": mount}
    checked = opened(vault, auth={"approle": approle}).check()

    assert checked.facts.expires
    assert checked.validity is Validity.VALID
    assert timedelta(days=29) < checked.facts.expires - vault.clock.now() <= timedelta(days=30, minutes=1)


def test_a_role_id_may_be_a_reference(sandbox: Served, opened: Any, tmp_path: Path) -> None:
    mount = sandbox.login("approle")
    sandbox.ask("POST", f"auth/{mount}/role/watch", {"token_policies": []})
    (tmp_path / "role").write_text(sandbox.ask("GET", f"auth/{mount}/role/watch/role-id")["data"]["role_id"] + "\n")
    made = sandbox.ask("POST", f"auth/{mount}/role/watch/secret-id", {})
    (tmp_path / "secret").write_text(made["data"]["secret_id"])
    approle = {"role_id": f"file:{tmp_path}/role", "secret_id": f"file:{tmp_path}/secret"}

    assert opened(sandbox, auth={"approle": approle}).check().validity is Validity.VALID


def test_a_wrong_secret_id_is_a_refused_login(vault: Served, opened: Any, tmp_path: Path) -> None:
    mount = vault.login("approle")
    (tmp_path / "secret").write_text("00000000-0000-0000-0000-00000000beef")
    approle = {"role_id": "nobody", "secret_id": f"file:{tmp_path}/secret", "mount": mount}
    checked = opened(vault, auth={"approle": approle}).check()

    assert (checked.reason, "beef" in repr(checked)) == (Reason.LOGIN_REFUSED, False)


@pytest.mark.parametrize(
    ("account", "lives", "reason"),
    [
        ("credwatch", 60, Reason.OK),
        ("somebody", 60, Reason.LOGIN_REFUSED),
        ("credwatch", -1, Reason.LOGIN_REFUSED),
    ],
)
def test_kubernetes_lets_in_the_bound_service_account(
    sandbox: Served, opened: Any, tmp_path: Path, account: str, lives: int, reason: Reason
) -> None:
    mount = sandbox.login("kubernetes")
    bound = {"bound_service_account_names": ["credwatch"], "bound_service_account_namespaces": ["voice"]}
    sandbox.ask("POST", f"auth/{mount}/role/credwatch-watch", bound | {"token_policies": [], "token_ttl": "1h"})
    ends = sandbox.clock.now().timestamp() + lives
    (tmp_path / "jwt").write_text(kubernetes_token(account=account, ends=ends))
    auth = {"kubernetes": {"role": "credwatch-watch", "token": str(tmp_path / "jwt")}}

    assert opened(sandbox, auth=auth).check().reason is reason


def test_a_login_is_renewed_before_it_ends(sandbox: Served, opened: Any, tmp_path: Path) -> None:
    assert isinstance(sandbox.clock, MovableClock)
    mount = sandbox.login("approle")
    sandbox.ask("POST", f"auth/{mount}/role/watch", {"token_policies": [], "token_ttl": "20m"})
    role_id = sandbox.ask("GET", f"auth/{mount}/role/watch/role-id")["data"]["role_id"]
    made = sandbox.ask("POST", f"auth/{mount}/role/watch/secret-id", {})
    (tmp_path / "secret").write_text(made["data"]["secret_id"])
    store = opened(sandbox, auth={"approle": {"role_id": role_id, "secret_id": f"file:{tmp_path}/secret"}})
    store.check()
    sandbox.clock.move(minutes=25)

    assert store.check().validity is Validity.VALID


def test_a_token_file_that_is_missing_is_our_own_mistake(sandbox: Served, opened: Any, tmp_path: Path) -> None:
    checked = opened(sandbox, auth={"token": f"file:{tmp_path}/missing"}).check()

    assert (checked.reason, str(tmp_path / "missing") in checked.detail) == (Reason.MISCONFIGURED, True)


def test_a_token_that_no_header_can_carry_is_not_shown(sandbox: Served, opened: Any) -> None:
    checked = opened(sandbox, "canary\nX-Evil: 1").check()

    assert (checked.reason, "canary" in repr(checked)) == (Reason.MALFORMED, False)


def test_a_sealed_vault_is_an_outage(sandbox: Served, opened: Any) -> None:
    sandbox.ask("PUT", "sys/seal", {})
    checked = opened(sandbox).check()

    assert (checked.reason, checked.detail) == (Reason.SERVER_ERROR, "503 Vault is sealed")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (Response(302, b"", {"location": "http://127.0.0.1:1/v1/auth/token/lookup-self"}), Reason.REDIRECTED),
        (Response(307, b"", {"location": "http://127.0.0.1:1/v1/auth/token/lookup-self"}), Reason.REDIRECTED),
        (Response.json({"errors": []}, 429, {"retry-after": "0"}), Reason.RATE_LIMITED),
        (Response.json({"errors": ["internal error"]}, 500), Reason.SERVER_ERROR),
        (
            Response.json({"errors": ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}, 403),
            Reason.LOGIN_REFUSED,
        ),
        (Response.text("<html>blocked</html>", 403), Reason.UNEXPECTED),
        (Response(502, b"bad gateway"), Reason.SERVER_ERROR),
        (Response(473, b""), Reason.SERVER_ERROR),
        (Response.text("<html>welcome</html>"), Reason.UNREADABLE),
        (Response(200, b'{"data": ', {"content-type": "application/json"}), Reason.UNREADABLE),
        (Response(400, b"plain"), Reason.UNEXPECTED),
        (Response(200, b"{}", delay=5.0), Reason.TIMEOUT),
    ],
)
def test_an_answer_that_is_none_of_vaults_says_nothing_of_the_token(
    tmp_path: Path, response: Response, reason: Reason
) -> None:
    class Odd:
        def routes(self) -> list[Route]:
            return [Route("GET", ".*", self.answer)]

        def answer(self, _: Request) -> Response:
            return response

    (tmp_path / "token").write_text("s.canary")
    with Server(Odd()) as server:
        table = {"address": server.url, "auth": {"token": f"file:{tmp_path}/token"}, "paths": ["kv/**"]}
        settings = VaultSettings.model_validate(table)
        transport = Transport(clock=Hurried(), deadline=timedelta(seconds=0.2))
        store = connect(setup(settings, MovableClock(), transport))
        checked = store.check()
        store.close()
        transport.close()

    assert (checked.validity, checked.reason, "canary" in repr(checked)) == (Validity.UNKNOWN, reason, False)


def test_an_address_where_nobody_listens_is_unreachable(sandbox: Served, opened: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"

        assert opened(sandbox, address=address).check().reason is Reason.UNREACHABLE


def test_nothing_is_taken_from_the_environment(
    sandbox: Served, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".vault-token").write_text("s.theirs")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    for name, value in {
        "HOME": str(tmp_path),
        "VAULT_ADDR": "http://127.0.0.1:1",
        "VAULT_TOKEN": "s.theirs",
        "VAULT_NAMESPACE": "theirs",
        "VAULT_CACERT": "/nowhere",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "REQUESTS_CA_BUNDLE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)

    assert opened(sandbox).check().facts.expires == NEVER
