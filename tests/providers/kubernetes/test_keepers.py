"""Who would put a Secret back as it was, where nothing owns it."""

from __future__ import annotations

from typing import Any

import pytest

from credwatch.contract import Item, Payload, ProviderError, Reason, Secret
from credwatch_providers.kubernetes.keepers import keeper, owner
from tests.providers.kubernetes.conftest import Running

ITEM = Item("cluster", "voice/prod")
MARK = "cw-01JD8Z5Q3V7K2M9N4P6R8T0W1X-1"


def label(name: str, said: str) -> dict[str, Any]:
    return {"labels": {name: said}}


def note(name: str, said: str) -> dict[str, Any]:
    return {"annotations": {name: said}}


def wrote(manager: str, *fields: str) -> dict[str, Any]:
    return {"managedFields": [{"manager": manager, "fieldsV1": {name: {} for name in fields}}]}


KEPT = [
    (note("meta.helm.sh/release-name", "voice"), "Helm release voice"),
    (label("app.kubernetes.io/managed-by", "Helm"), "Helm"),
    (note("argocd.argoproj.io/tracking-id", "voice:/Secret:voice/prod"), "Argo CD application voice"),
    (label("argocd.argoproj.io/instance", "voice"), "Argo CD application voice"),
    (label("kustomize.toolkit.fluxcd.io/name", "apps"), "Flux Kustomization apps"),
    (label("helm.toolkit.fluxcd.io/name", "voice"), "Flux HelmRelease voice"),
    (note("objectset.rio.cattle.io/owner-name", "voice"), "Fleet bundle voice"),
    (label("app.kubernetes.io/managed-by", "terraform"), "Terraform"),
    (wrote("argocd-controller", "f:data", "f:type"), "Argo CD"),
    (wrote("kustomize-controller", "f:data"), "Flux"),
    (wrote("pulumi-kubernetes-1a2b", "f:data"), "Pulumi"),
    (wrote("cert-manager-certificates-issuing", "f:data"), "cert-manager"),
    (note("meta.helm.sh/release-name", "v" * 300), f"Helm release {'v' * 63}"),
]
LEFT = [
    {},
    label("app.kubernetes.io/managed-by", "voice-team"),
    label("app.kubernetes.io/managed-by", ""),
    wrote("kubectl-edit", "f:data"),
    wrote("credwatch", "f:data"),
    wrote("helm", "f:metadata"),
    {"managedFields": [None, {"manager": None, "fieldsV1": {"f:data": {}}}], "labels": None, "annotations": []},
]


@pytest.mark.parametrize(("metadata", "program"), KEPT)
def test_what_a_program_keeps_is_refused_before_anything_with_the_way_out(
    running: Running, metadata: dict[str, Any], program: str
) -> None:
    made = running.cluster.put("voice", "prod", {"KEY": b"old"})
    made["metadata"] |= metadata
    store = running.opened()
    with pytest.raises(ProviderError) as before:
        store.staged(ITEM)
    with pytest.raises(ProviderError) as staging:
        store.stage(ITEM, Payload({"KEY": Secret("new")}), MARK, "")

    said = (
        f"{program} keeps it, and would put the old value back: rotate where it has the value from, or take this Secret"
    )
    assert [str(one.value).startswith(said) for one in (before, staging)] == [True, True]
    assert [(one.value.reason, one.value.permanent) for one in (before, staging)] == [(Reason.FORBIDDEN, True)] * 2
    assert list(running.cluster.objects) == [("voice", "prod")]


def test_what_was_laid_before_a_secret_was_shut_is_found_and_removed(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"old"})
    store = running.opened()
    staged = store.stage(ITEM, Payload({"KEY": Secret("new")}), MARK, "")
    running.cluster.objects["voice", "prod"]["immutable"] = True
    there = store.staged(ITEM)

    assert there == staged
    store.discard(ITEM, there)
    assert list(running.cluster.objects) == [("voice", "prod")]


@pytest.mark.parametrize("metadata", LEFT)
def test_what_only_people_write_is_left_to_a_rotation(metadata: dict[str, Any]) -> None:
    assert keeper(metadata) == ""


@pytest.mark.parametrize(
    ("metadata", "mirror"),
    [
        (label("secrets-store.csi.k8s.io/managed", "true"), "SecretProviderClass"),
        (label("secrets-store.csi.k8s.io/managed", "false"), None),
        (note("reflector.v1.k8s.emberstack.com/reflects", "base/voice"), "Reflector"),
        (note("replicator.v1.mittwald.de/replicate-from", "base/voice"), "Replicator"),
        (note("kubed.appscode.com/origin", '{"namespace":"base"}'), "Config Syncer"),
        (
            label("app.kubernetes.io/managed-by", "Helm") | note("reflector.v1.k8s.emberstack.com/reflects", "a/b"),
            "Reflector",
        ),
    ],
)
def test_what_is_copied_from_another_secret_is_a_mirror(metadata: dict[str, Any], mirror: str | None) -> None:
    assert owner(metadata) == (mirror, False)
