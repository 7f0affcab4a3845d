"""What every kind of key keeps as data."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest

from credwatch.contract import Facts, Item, Kind, Role, Secret
from credwatch.fields import Leaf
from credwatch.identify import Identifier
from tests.conformance.installed import KINDS, PLUGINS

EVERY = [pytest.param(plugin, kind, id=name) for name, (plugin, kind) in KINDS.items()]
ROLES = [pytest.param(kind, role, id=f"{name}-{role.name}") for name, (_, kind) in KINDS.items() for role in kind.roles]
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::[0-9]{1,5})?")
WORD = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
NAME = re.compile(r"[a-z][a-z0-9_]*")
LONG = 200_000
PATIENCE = 10.0
"""Seconds for all long texts together; an expression that backtracks takes hours."""
GARBAGE = ("", "x", "\x00", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", "{}", "\udcff", "é" * 5000)
"""What may lie where a value is expected."""
PLAIN = {
    "": "hello",
    "COMMIT": "356a192b7913b04c54574d18c28d46e6395428ab",
    "CHECKSUM": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "DIGEST": "d41d8cd98f00b204e9800998ecf8427e",
    "ENDPOINT": "https://api.example.com/v1?region=eu-west-1",
    "INSTANCE": "b57ed53c-8dc1-88e8-1bf9-b3e55c5dbf24",
    "LEVEL": "info",
    "MAIL": "ana@example.com",
    "PORT": "8080",
    "SEED": "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH",
    "WORDS": "sk- AKIA AIza hvs. s. SK AC twilio vault",
}


def test_no_two_kinds_have_one_name() -> None:
    names = [kind.name for plugin in PLUGINS.values() for kind in plugin.kinds]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_a_kind_says_its_name_its_vendor_and_how_a_sentence_calls_them(plugin: str, kind: Kind) -> None:
    del plugin
    assert WORD.fullmatch(kind.name)
    assert WORD.fullmatch(kind.vendor)
    assert kind.vendor_name.strip() == kind.vendor_name != ""
    assert kind.title.strip() == kind.title != ""


def test_a_vendor_has_one_name() -> None:
    called = {(kind.vendor, kind.vendor_name) for _, kind in KINDS.values()}

    assert len(called) == len({vendor for vendor, _ in called})


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_its_roles_are_distinct_and_one_that_is_required_is_secret(plugin: str, kind: Kind) -> None:
    del plugin
    names = [role.name for role in kind.roles]

    assert len(names) == len(set(names))
    assert all(NAME.fullmatch(name) for name in names)
    assert any(role.secret and not role.optional for role in kind.roles)


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_its_key_id_is_a_role_that_is_no_secret(plugin: str, kind: Kind) -> None:
    del plugin
    public = {role.name for role in kind.roles if not role.secret}

    assert kind.key_id is None or kind.key_id in public


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_its_hosts_are_hosts(plugin: str, kind: Kind) -> None:
    del plugin
    assert [host for host in kind.hosts if not HOST.fullmatch(host)] == []
    assert len(set(kind.hosts)) == len(kind.hosts)


@pytest.mark.parametrize("name", PLUGINS)
def test_the_hosts_that_a_list_alone_calls_are_hosts(name: str) -> None:
    assert [host for host in PLUGINS[name].hosts if not HOST.fullmatch(host)] == []


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_a_kind_that_is_tried_has_an_issuer_and_a_place_to_be_tried_at(plugin: str, kind: Kind) -> None:
    tables = PLUGINS[plugin].issuer_settings.model_fields
    led = [name for name in tables if name == "base_url" or name.endswith("_url")]

    assert not kind.probed or (PLUGINS[plugin].issuer is not None and (kind.hosts or led))
    assert kind.probed or kind.hosts == ()


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_its_lengths_of_time_lie_ahead(plugin: str, kind: Kind) -> None:
    del plugin
    assert kind.least_interval >= timedelta(0)
    assert all(each is None or each > timedelta(0) for each in (kind.max_age, kind.idle))


@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_an_expression_compiles_and_an_empty_value_is_never_a_key(kind: Kind, role: Role) -> None:
    del kind
    assert re.compile(role.shape).fullmatch("") is None
    assert role.context == "" or re.compile(role.context, re.IGNORECASE).search("") is None


@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_a_secret_role_is_found_by_proof_or_context_and_never_by_shape_alone(kind: Kind, role: Role) -> None:
    del kind
    assert role.proof or role.context or role.optional


@pytest.mark.parametrize(("kind", "role"), ROLES)
def test_no_long_text_holds_an_expression_up(kind: Kind, role: Role) -> None:
    """What is longest is the worst case of each class of letters, whole and broken off at its end."""
    del kind
    shape, context = re.compile(role.shape), re.compile(role.context or "x", re.IGNORECASE)
    began = time.monotonic()
    for letter in ("a", "0", "A", "-", "_", ".", "/", " ", "\n", "=", "é", "sk-", "-----BEGIN ", "twilio", "vault"):
        text = letter * (LONG // len(letter))
        shape.fullmatch(text)
        shape.fullmatch(f"{text}\x00")
        context.search(text[:2000])

    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_reading_facts_off_values_asks_nobody_and_survives_anything(plugin: str, kind: Kind) -> None:
    del plugin
    read = kind.read or (lambda _: Facts())
    facts = [read({role.name: Secret(text) for role in kind.roles}) for text in GARBAGE]

    assert all(isinstance(each, Facts) for each in (*facts, read({})))


@pytest.mark.parametrize(("plugin", "kind"), EVERY)
def test_plain_configuration_is_no_key(plugin: str, kind: Kind) -> None:
    del plugin
    leaves = [Leaf(name, Secret(text)) for name, text in PLAIN.items()]
    found = Identifier([kind]).identify(Item("files", "/app/settings"), leaves)

    assert [one.match.fields for one in found if one.match.kind is kind] == []
