"""Every store that a rotation can write."""

from __future__ import annotations

from tests.staging.files_shelf import FilesShelf
from tests.staging.shelf import Shelf
from tests.staging.vault_shelf import VaultShelf

SHELVES: dict[str, type[Shelf]] = {"files": FilesShelf, "vault": VaultShelf}
