"""Every store that a rotation can write."""

from __future__ import annotations

from tests.staging.amazon_shelf import ParameterStore, SecretsManager
from tests.staging.files_shelf import FilesShelf
from tests.staging.google_shelf import SecretManagerShelf
from tests.staging.kubernetes_shelf import KubernetesShelf
from tests.staging.shelf import Shelf
from tests.staging.vault_shelf import VaultShelf

SHELVES: dict[str, type[Shelf]] = {
    "aws-secrets": SecretsManager,
    "aws-parameters": ParameterStore,
    "gcp": SecretManagerShelf,
    "files": FilesShelf,
    "kubernetes": KubernetesShelf,
    "vault": VaultShelf,
}
