"""Who puts a Secret back as it was when somebody else writes it: told by labels, annotations and who wrote its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_COPIERS = frozenset(
    {"AzureKeyVaultSecret", "ExternalSecret", "InfisicalSecret", "OnePasswordItem", "SealedSecret", "VaultStaticSecret"}
)
"""Kinds of owners that copy from elsewhere; all others make the value themselves."""
_COPIES = {
    "reconcile.external-secrets.io/managed": "ExternalSecret",
    "secrets-store.csi.k8s.io/managed": "SecretProviderClass",
    "reflector.v1.k8s.emberstack.com/reflects": "Reflector",
    "replicator.v1.mittwald.de/replicate-from": "Replicator",
    "kubed.appscode.com/origin": "Config Syncer",
}
"""Labels and annotations of what is copied from elsewhere, also where nothing owns it."""
_RELEASES = {
    "meta.helm.sh/release-name": "Helm release",
    "argocd.argoproj.io/tracking-id": "Argo CD application",
    "argocd.argoproj.io/instance": "Argo CD application",
    "kustomize.toolkit.fluxcd.io/name": "Flux Kustomization",
    "helm.toolkit.fluxcd.io/name": "Flux HelmRelease",
    "objectset.rio.cattle.io/owner-name": "Fleet bundle",
}
"""Labels and annotations of what is written as a source has it; they name who writes."""
_MANAGED_BY = "app.kubernetes.io/managed-by"
_WRITERS = {
    "argocd": "Argo CD",
    "argo-cd": "Argo CD",
    "cert-manager": "cert-manager",
    "crossplane": "Crossplane",
    "external-secrets": "External Secrets",
    "flux": "Flux",
    "helm": "Helm",
    "kustomize-controller": "Flux",
    "opentofu": "OpenTofu",
    "pulumi": "Pulumi",
    "sealed-secrets": "Sealed Secrets",
    "terraform": "Terraform",
    "vault-secrets-operator": "Vault Secrets Operator",
}
"""How the names begin under which such programs write, and that they give as the manager."""
_LONGEST = 63


def owner(known: Mapping[str, Any]) -> tuple[str | None, bool]:
    """What copies it from elsewhere; and whether something makes its value and changes it by itself."""
    owners = [table(each) for each in known.get("ownerReferences") or ()]
    copier = next((each for each in owners if each.get("kind") in _COPIERS), None)
    if copier is not None:
        return f"{copier['kind']}/{copier.get('name')}", False
    notes = _notes(known)
    said = next((name for note, name in _COPIES.items() if notes.get(note) not in {None, "", "false"}), None)
    return said, said is None and bool(owners)


def keeper(known: Mapping[str, Any]) -> str:
    """What would put the old value back, from a source of its own: `Helm release voice`. Empty: nothing that we know."""
    notes = _notes(known)
    for note, what in _RELEASES.items():
        if name := notes.get(note):
            return f"{what} {name.partition(':')[0][:_LONGEST]}"
    return next((name for writer in (notes.get(_MANAGED_BY, ""), *_writers(known)) if (name := _program(writer))), "")


def table(read: object) -> Mapping[str, Any]:
    """A table; an empty one for anything else."""
    return read if isinstance(read, dict) else {}


def _notes(known: Mapping[str, Any]) -> Mapping[str, str]:
    both = {**table(known.get("annotations")), **table(known.get("labels"))}
    return {str(name): str(said) for name, said in both.items()}


def _writers(known: Mapping[str, Any]) -> Iterator[str]:
    """Whoever wrote a part of its data."""
    for each in map(table, known.get("managedFields") or ()):
        if "f:data" in table(each.get("fieldsV1")):
            yield str(each.get("manager", ""))


def _program(writer: str) -> str:
    said = writer.lower()
    return next((name for begins, name in _WRITERS.items() if said.startswith(begins)), "")
