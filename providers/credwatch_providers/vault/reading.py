"""Which of Vault's POSTs change nothing that anybody else sees: logins, and reads that have a body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_LOGIN = re.compile(r"auth/(?:[^/]+/)+login")
_SHOWN_AT_LOGIN = ({"role_id", "secret_id"}, {"role", "jwt"})
_READS = re.compile(r"auth/token/renew-self|auth/(?:[^/]+/)+role/[^/]+/secret-id/lookup|sys/capabilities-self")
"""The first prolongs our own token, which a login gave us."""


def harmless(method: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether it lets us in, or only asks. A role may be called `login`: what is shown at one tells them apart."""
    del headers
    path = urlsplit(url).path.partition("/v1/")[2]
    if method != "POST":
        return False
    return _READS.fullmatch(path) is not None or (_LOGIN.fullmatch(path) is not None and _shown(body))


def _shown(body: bytes) -> bool:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and set(given) in _SHOWN_AT_LOGIN
