"""What only Kubernetes refuses, and what only it keeps, when a rotation writes it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Secret
from credwatch.sandbox.server import Request, Server
from credwatch_providers.kubernetes.needs import roles
from credwatch_providers.kubernetes.settings import KubernetesSettings
from tests.conformance.grounds.ground import Gate
from tests.providers.kubernetes.conftest import Running

ITEM = Item("cluster", "voice/prod")
MARK = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"


def payload(**parts: str) -> Payload:
    return Payload({name: Secret(value) for name, value in parts.items()})


def test_all_else_of_a_secret_stays(running: Running) -> None:
    metadata = {"labels": {"app": "ivr"}, "annotations": {"note": "x"}, "finalizers": ["a/b"]}
    running.cluster.put("voice", "prod", {"KEY": b"old", "b": b"\xff"}, metadata=metadata, type="example.com/ours")
    before = copy.deepcopy(running.cluster.objects["voice", "prod"])
    store = running.opened()
    held = store.held(ITEM)
    future = Payload({**held.payload.parts, "KEY": Secret("new")})
    store.promote(ITEM, store.stage(ITEM, future, MARK, ""), held.version)
    after = running.cluster.objects["voice", "prod"]
    changed = {"data": {**before["data"], "KEY": "bmV3"}}
    fleeting = ("resourceVersion", "managedFields")

    assert {name: value for name, value in after["metadata"].items() if name not in fleeting} == {
        name: value for name, value in before["metadata"].items() if name not in fleeting
    }
    assert {**after, "metadata": None} == {**before, **changed, "metadata": None}


def test_a_part_that_comes_and_one_that_goes_are_written_and_reverted(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"old", "OLD": b"x"})
    store = running.opened()
    held = store.held(ITEM)
    version = store.promote(ITEM, store.stage(ITEM, payload(KEY="new", NEW="y"), MARK, ""), held.version)
    promoted = {name: part.reveal() for name, part in store.read(ITEM).parts.items()}
    store.revert(ITEM, held.version, version)

    assert promoted == {"KEY": "new", "NEW": "y"}
    assert {name: part.reveal() for name, part in store.read(ITEM).parts.items()} == {"KEY": "old", "OLD": "x"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"immutable": True}, "it is immutable"),
        ({"metadata": {"ownerReferences": [{"kind": "ExternalSecret", "name": "e"}]}}, "ExternalSecret/e keeps it"),
        ({"metadata": {"ownerReferences": [{"kind": "Certificate", "name": "c"}]}}, "its owner keeps it"),
    ],
)
def test_what_would_not_stay_is_refused_before_anything(running: Running, more: dict[str, Any], words: str) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"old"}, **more)
    store = running.opened()
    with pytest.raises(ProviderError, match=words) as before:
        store.staged(ITEM)
    with pytest.raises(ProviderError, match=words) as staging:
        store.stage(ITEM, payload(KEY="new"), MARK, "")

    assert before.value.permanent
    assert staging.value.permanent
    assert list(running.cluster.objects) == [("voice", "prod")]
    assert store.held(ITEM).version


def test_what_is_too_large_is_refused_and_changes_nothing(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"old"})
    with pytest.raises(ProviderError) as refused:
        running.opened().stage(ITEM, payload(KEY="x" * (1 << 20) + "x"), MARK, "")

    assert (refused.value.reason, refused.value.permanent) == (Reason.MALFORMED, True)
    assert list(running.cluster.objects) == [("voice", "prod")]


@pytest.mark.parametrize("verb", ["create", "patch", "delete"])
def test_a_right_that_is_missing_is_a_certain_refusal(running: Running, verb: str) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"old"})
    store = running.opened()
    held = store.held(ITEM)
    staged = store.stage(ITEM, payload(KEY="new"), MARK, "")
    running.cluster.allow("ours", ["voice"], *({"get", "list", "create", "patch", "delete"} - {verb}))
    change: Callable[[], object] = {
        "create": lambda: store.promote(ITEM, staged, held.version),
        "patch": lambda: store.promote(ITEM, staged, held.version),
        "delete": lambda: store.discard(ITEM, staged),
    }[verb]
    with pytest.raises(ProviderError) as refused:
        change()

    assert store.held(ITEM).version == held.version
    assert (refused.value.reason, refused.value.permanent) == (Reason.FORBIDDEN, True)


@pytest.mark.parametrize("writes", [False, True])
def test_the_roles_are_yaml_and_give_no_more_than_is_needed(writes: bool) -> None:  # noqa: FBT001  pytest's way
    made = list(yaml.safe_load_all(roles(("voice", "ivr", "voice"), writes=writes)))
    verbs = {"get", "list", "create", "patch", "delete"} if writes else {"get", "list"}

    assert [(each["kind"], each["metadata"]["namespace"]) for each in made] == [
        ("Role", "voice"),
        ("RoleBinding", "voice"),
        ("Role", "ivr"),
        ("RoleBinding", "ivr"),
    ]
    assert all(
        rule == {"apiGroups": [""], "resources": ["secrets"], "verbs": rule["verbs"]} and set(rule["verbs"]) == verbs
        for each in made[::2]
        for rule in each["rules"]
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespaces": []},
        {"namespaces": ["Voice"]},
        {"namespaces": ["a/b"]},
        {"address": "http://203.0.113.7"},
        {"address": "https://user@host"},
        {"address": "https://host/path"},
        {"skip": ["voice"]},
        {"token": "literal"},
    ],
)
def test_a_table_that_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        KubernetesSettings.model_validate({"namespaces": ["voice"]} | wrong)


def test_in_a_pod_its_own_account_and_authority_are_used() -> None:
    settings = KubernetesSettings(namespaces=("voice",))
    account = "/var/run/secrets/kubernetes.io/serviceaccount"

    assert settings.address == "https://kubernetes.default.svc"
    assert (str(settings.token), str(settings.authority)) == (f"file:{account}/token", f"{account}/ca.crt")
    assert not settings.given


def test_who_writes_between_our_look_and_our_write_is_not_overwritten(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"old"})
    gate, values = Gate(running.cluster), iter([b"person's", b"person's again"])

    def meanwhile(asked: Request) -> None:
        if asked.method == "PATCH" and asked.groups["name"] == "prod":
            running.cluster.put("voice", "prod", {"KEY": next(values)})

    with Server(gate) as server:
        store = running.opened(address=server.url)
        held = store.held(ITEM)
        staged = store.stage(ITEM, payload(KEY="new"), MARK, "")
        gate.answer = meanwhile
        with pytest.raises(Conflict):
            store.promote(ITEM, staged, held.version)
        with pytest.raises(Conflict):
            store.revert(ITEM, held.version, store.held(ITEM).version)

    assert running.opened().read(ITEM).parts["KEY"].reveal() == "person's again"
