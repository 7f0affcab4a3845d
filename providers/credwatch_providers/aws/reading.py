"""Which of AWS's requests change nothing: all are POSTs, and the operation's name tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

_READS = re.compile(r"(?:BatchGet|Describe|Get|List|Simulate)[A-Z]\w*")
_LOGINS = frozenset({"AssumeRole", "AssumeRoleWithWebIdentity"})


def harmless(method: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether it is one operation, and that reads, or lends us a role."""
    if method != "POST" or urlsplit(url).query:
        return False
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), None)
    name = _action(body) if target is None else target.rpartition(".")[2]
    return name in _LOGINS or _READS.fullmatch(name) is not None


def _action(body: bytes) -> str:
    """Which operation a form names; empty: not one."""
    try:
        named = parse_qs(body.decode("ascii"), strict_parsing=True).get("Action", [])
    except ValueError:
        return ""
    return named[0] if len(named) == 1 else ""
