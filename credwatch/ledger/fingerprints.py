"""The key that fingerprints are made with: 32 bytes of this watch alone."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from credwatch.errors import LedgerError
from credwatch.ledger.place import sync, unusable
from credwatch.secrets import Secret

_SIZE = 32
_NAME = "fingerprint.key"


def fingerprint_key(directory: Path | None, reference: Secret | None) -> bytes:
    """32 bytes: made from the configured secret, or kept in `fingerprint.key`; random where nothing is kept."""
    if reference is not None:
        given = reference.reveal_bytes()
        if len(given) < _SIZE:
            raise LedgerError(
                f"the fingerprint key must have {_SIZE} bytes or more: make one with openssl rand -hex 32"
            )
        return hashlib.sha256(given).digest()
    if directory is None:
        return secrets.token_bytes(_SIZE)
    path = directory / _NAME
    try:
        if not path.exists():
            _create(path)
        key = path.read_bytes()
    except OSError as error:
        raise unusable(path, error) from None
    if len(key) != _SIZE:
        raise LedgerError(f"{path} is damaged: put it back from a backup; with a new one every key is a stranger")
    return key


def _create(path: Path) -> None:
    """Appear whole or not at all; when two processes make it at once, the first one's stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as whole:
            whole.write(secrets.token_bytes(_SIZE))
            whole.flush()
            os.fsync(file)
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync(path.parent)
