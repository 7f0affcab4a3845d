"""Vault's first version behind a login, AWS and Google: each with values of every sort, and our own way in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.end_to_end.account import account
from tests.end_to_end.google import project
from tests.leaks.canaries import Canaries
from tests.servers.moto import moto_server

if TYPE_CHECKING:
    from tests.leaks.stack import Stack

KINDS = 5
"""Values of each sort."""


def bag(canaries: Canaries, store: str) -> dict[str, str]:
    """One of everything that no vendor is asked about, under this store's name."""
    return {
        "PASSWORD": canaries.odd(f"{store}, a password"),
        "WEBHOOK": f"https://hooks.example.com/{canaries.made(f'{store}, in a path', 24)}",
        "DATABASE_URL": f"postgres://voice:{canaries.made(f'{store}, in an address', 20)}@db:5432/voice",
        "SETTINGS": json.dumps({"a": [{"token": canaries.odd(f"{store}, nested")}]}),
        "GITHUB_TOKEN": canaries.made(f"{store}, GitHub", 36, head="ghp_"),
        "JWT": f"eyJhbGciOiJub25lIn0.{canaries.made(f'{store}, a claim', 40)}.",
        "VAULT_TOKEN": canaries.made(f"{store}, Vault token", 30, head="hvs."),
    }


def vault(stack: Stack) -> str:
    """TOML: a store of the first version, into which an AppRole leads."""
    ask, canaries = stack.scene.vault.ask, stack.canaries
    ask("update", "sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
    for number in range(KINDS):
        ask("update", f"kv1/voice/{number}", bag(canaries, f"Vault's first version, {number}"))
    rights = 'path "kv1/*" { capabilities = ["read", "list"] }'
    ask("update", "sys/policies/acl/watch", {"policy": rights})
    ask("update", "sys/auth/approle", {"type": "approle"})
    ask("update", "auth/approle/role/watch", {"token_policies": ["watch"]})
    role = ask("read", "auth/approle/role/watch/role-id")["data"]["role_id"]
    secret = ask("update", "auth/approle/role/watch/secret-id", {})["data"]["secret_id"]
    reference = canaries.file(stack.folder, "secret-id", canaries.kept("our own, AppRole", secret))
    address = stack.scene.servers["vault"].url
    auth = f'{{ approle = {{ role_id = "{role}", secret_id = "{reference}" }} }}'
    return f'[providers.vault-one]\nuse = "vault"\naddress = "{address}"\nauth = {auth}\npaths = ["kv1/**"]\n'


@contextmanager
def aws(stack: Stack) -> Iterator[str]:
    """TOML: an account in which values lie as JSON, bare and as bytes, and whose keys are listed."""
    canaries = stack.canaries
    with moto_server() as url, account(url, stack) as made:
        key_id, secret = made.watch
        reference = canaries.file(stack.folder, "aws", canaries.kept("our own, AWS", secret))
        stack.environment.pop("WATCH_OF_AWS")
        for number in range(KINDS):
            held, theirs = made.user(f"agent-{number}")
            values = {"AWS_ACCESS_KEY_ID": held, "AWS_SECRET_ACCESS_KEY": canaries.kept("AWS key", theirs)}
            made.put(f"voice/{number}", values | bag(canaries, f"AWS, {number}"))
            made.put(f"bare/{number}", canaries.odd("AWS, bare"))
            octets = canaries.made("AWS, bytes", 30).encode() + b"\xff\x00"
            made.secrets.create_secret(Name=f"bytes/{number}", SecretBinary=octets)
        assert key_id in made.table()
        yield made.table().replace("env:WATCH_OF_AWS", reference)


@contextmanager
def google(stack: Stack) -> Iterator[str]:
    """TOML: a project with values in it, one of them the key of a service account."""
    canaries, before = stack.canaries, stack.more
    with project(stack) as made:
        tables, stack.more = stack.more.removeprefix(before), before
        for whose, key in zip(("our own, Google", "Google's service account"), made.app.accounts, strict=True):
            for line in key["private_key"].splitlines()[1:4]:
                canaries.kept(whose, line)
        canaries.kept("minted by Google", "ya29.sandbox")
        made.secrets.put("voice-prod-1", "service-account", json.dumps(made.stored).encode())
        for number in range(KINDS):
            made.secrets.put("voice-prod-1", f"voice-{number}", json.dumps(bag(canaries, f"Google, {number}")).encode())
            made.secrets.put("voice-prod-1", f"bare-{number}", canaries.made("Google, bytes", 30).encode() + b"\xfe")
        yield tables


@contextmanager
def clouds(stack: Stack) -> Iterator[str]:
    """TOML: all of them."""
    with ExitStack() as running:
        yield vault(stack) + running.enter_context(aws(stack)) + running.enter_context(google(stack))


def logins(stack: Stack) -> None:
    """What Vault gave us for our login, once it did."""
    for token in stack.scene.vault._tokens._tokens:
        if token not in stack.canaries.values.values():
            stack.canaries.kept("our own, minted by Vault", token)


def installed(folder: Path) -> Path:
    """A directory of packages in which the stranger's plug-in is installed."""
    packages = folder / "packages"
    about = packages / "leaky-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[credwatch.providers]\nleaky = leaky:plugin\n")
    (packages / "leaky.py").write_text(Path(__file__).with_name("leaky.py").read_text())
    return packages
