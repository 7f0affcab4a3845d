"""What a credential is known by: its vendor's id, its value's fingerprint, a place that was never read, a former id.

A name is only ever looked up whole, so the ledger keeps the hash of it: short, and of one length.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import blake2b

Name = tuple[str, str, str]
"""Kind, how (key, fp, shared), value; of kind "": how is place or id, which belong to no kind."""

_BYTES = 15
"""120 bits: no two names of any ledger meet by chance."""


def word(kind: str, how: str, value: str) -> str:
    """The name as it stands in `alias`: 20 letters."""
    whole = f"{kind}\0{how}\0{value}".encode("utf-8", "surrogatepass")
    return b64encode(blake2b(whole, digest_size=_BYTES).digest()).decode()


def former(credential: str) -> str:
    """The name of an id that was joined into another."""
    return word("", "id", credential)
