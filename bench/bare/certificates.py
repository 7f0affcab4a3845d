"""Certificates of a folder, read and parsed: `python -m bench.bare.certificates FOLDER` prints how many and the next end."""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificates
from cryptography.x509.oid import NameOID

Read = tuple[str, str, str]


def read(file: Path) -> Read:
    """Its end, its name and its fingerprint."""
    leaf = load_pem_x509_certificates(file.read_bytes())[0]
    name = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return leaf.not_valid_after_utc.isoformat(), str(name), leaf.fingerprint(SHA256()).hex()


if __name__ == "__main__":
    found = [read(file) for file in sorted(Path(sys.argv[1]).iterdir())]
    sys.stdout.write(f"{len(found)} {min(found)[0]}\n")
