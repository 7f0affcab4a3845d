"""An AppRole's secret id: a person makes the new one and hands it over; whether it works is looked up, never by a login."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from credwatch.ledger.queries.naming import find
from credwatch.model.rotating import Rotation, State
from credwatch.rotation.pasting import pasted
from credwatch.rotation.planning import Order, Unplannable, plan
from credwatch.secrets import Secret
from tests.cli.rotating.yard import Yard

PLACE = "vault-prod:kv/ivr/login#secret_id"
IDENTITIES = '[rotate.identities]\nvault-prod = { auth = { token = "env:VAULT_TOKEN_OF_THE_WATCH" } }\n'


class Bench:
    """A role with one secret id, which lies in the store with its role id."""

    def __init__(self, yard: Yard) -> None:
        self.yard, self.vault = yard, yard.scene.vault
        self.vault.ask("update", "sys/auth/approle", {"type": "approle"})
        for name in ("another", "ivr"):
            self.vault.ask("update", f"auth/approle/role/{name}", {"token_policies": ["default"]})
        self.role_id = self.told("read", "ivr/role-id")["role_id"]
        self.old = self.issued()
        yard.scene.put("ivr/login", role_id=self.role_id, secret_id=self.old["secret_id"], OTHER="kept")
        yard.configure("", base=IDENTITIES)
        yard.sweep()

    def told(self, operation: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.vault.ask(operation, f"auth/approle/role/{path}", body)["data"]
        return found

    def issued(self, role: str = "ivr", **more: Any) -> dict[str, Any]:
        return self.told("update", f"{role}/secret-id", more)

    def destroyed(self, secret_id: dict[str, Any]) -> None:
        body = {"secret_id_accessor": secret_id["secret_id_accessor"]}
        self.vault.ask("update", "auth/approle/role/ivr/secret-id-accessor/destroy", body)

    def pasted(self, value: str, role_id: str = "", said: Callable[[str], None] = lambda _: None) -> Rotation:
        """As `rotate --paste`, with this at the prompt."""
        given = {"secret_id": Secret(value)} | ({"role_id": Secret(role_id)} if role_id else {})
        with self.yard.shop() as shop:
            (meant,) = find(shop.ledger, PLACE)
            now = self.yard.clock.now()
            order = Order(meant.credential, "ana", paste=True, grace=timedelta(0))
            rotation = plan(shop.opened, shop.ledger, order, shop.journal.new_id(now), now)
            minted = pasted(shop.run(rotation), given)
            said(minted.facts.key_id or "")
            return shop.go_on(shop.journal.begin(rotation, now), paste=lambda: minted)

    def held(self) -> dict[str, str]:
        fields: dict[str, str] = self.vault.ask("read", "kv/data/ivr/login")["data"]["data"]
        return fields

    def logins(self) -> list[str]:
        return [one.path for one in self.yard.scene.servers["vault"].requests if one.path.endswith("approle/login")]


@pytest.fixture
def bench(bare: Yard) -> Bench:
    return Bench(bare)


def test_the_plan_says_who_makes_it_and_logs_in_nowhere(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.yard.run("rotate", PLACE, "--paste", "--dry-run") == 0

    said = capsys.readouterr().out
    assert "paste    you make a key at Vault and paste it; it is checked first" in said
    assert (bench.logins(), bench.held()["secret_id"]) == ([], bench.old["secret_id"])


def test_it_comes_into_its_place_and_the_old_one_goes_when_a_person_has_destroyed_it(bench: Bench) -> None:
    new, accessors = bench.issued(), list[str]()

    rotation = bench.pasted(new["secret_id"], said=accessors.append)
    assert (rotation.state, accessors) == (State.CONFIRMING, [new["secret_id_accessor"]])
    assert bench.held() == {"role_id": bench.role_id, "secret_id": new["secret_id"], "OTHER": "kept"}

    bench.yard.run("--quiet", "rotations", "revoke", bench.yard.id)
    assert bench.yard.state() is State.REVOKING
    bench.destroyed(bench.old)
    bench.yard.later(hours=1)
    bench.yard.run("--quiet", "rotate", "--due")

    assert (bench.yard.state(), bench.logins()) == (State.DONE, [])


def of_another_role(bench: Bench) -> str:
    return str(bench.issued("another")["secret_id"])


def ended(bench: Bench) -> str:
    value = str(bench.issued(ttl="1h")["secret_id"])
    bench.yard.later(hours=2)
    return value


@pytest.mark.parametrize(
    ("made", "why"),
    [
        pytest.param(lambda bench: bench.old["secret_id"], "that is the old key", id="the old one"),
        pytest.param(
            of_another_role, "Vault refuses the pasted key: Vault knows no such secret id", id="another role's"
        ),
        pytest.param(ended, "Vault refuses the pasted key: it ended on 20 Nov 2026", id="one past its date"),
        pytest.param(lambda _: "no uuid", "cannot be that of a Vault AppRole", id="misshapen"),
    ],
)
def test_one_that_would_not_do_is_refused(bench: Bench, made: Callable[[Bench], str], why: str) -> None:
    value = made(bench)

    with pytest.raises(Unplannable) as refused:
        bench.pasted(value)

    assert why in str(refused.value)
    assert value not in str(refused.value)
    assert bench.yard.rotations() == ()


def test_a_role_of_another_vault_cannot_be_told_about(bench: Bench) -> None:
    with pytest.raises(Unplannable) as refused:
        bench.pasted(bench.issued()["secret_id"], role_id="00000000-0000-4000-8000-000000000000")

    assert "no AppRole of auth/approle has this role id" in str(refused.value)


def test_the_identity_that_rotates_is_told_what_it_needs_to_look_one_up(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    lookup = 'path "auth/approle/role/+/secret-id/lookup" { capabilities = ["update"] }'

    bench.yard.run("doctor", "--policy", "vault-prod", "--rotate")
    rotates = capsys.readouterr().out
    bench.yard.run("doctor", "--policy", "vault-prod")

    assert lookup in rotates
    assert lookup not in capsys.readouterr().out
