"""Policies: a subset of their HCL, and what they allow on a path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from credwatch.sandbox.vault.answers import Refused

Rules = Mapping[str, frozenset[str]]

CAPABILITIES = frozenset({"create", "read", "update", "patch", "delete", "list", "scan", "sudo", "deny"})

DEFAULT = """
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
"""

_BLOCK = re.compile(r'path\s+"(?P<path>[^"]+)"\s*\{(?P<body>[^{}]*)\}')
_CAPABILITIES = re.compile(r"capabilities\s*=\s*\[(?P<list>[^\]]*)\]")
_COMMENT = re.compile(r'("[^"]*")|(?:#|//)[^\n]*')


def parse(text: str) -> Rules:
    """Path to capabilities. Anything but `path "…" { capabilities = […] }` is refused with 400."""
    bare = _COMMENT.sub(lambda found: found.group(1) or "", text)
    if _BLOCK.sub("", bare).strip():
        raise Refused(400, "failed to parse policy: only path blocks are understood")
    rules: dict[str, frozenset[str]] = {}
    for block in _BLOCK.finditer(bare):
        found = _CAPABILITIES.fullmatch(block["body"].strip().rstrip(","))
        names = frozenset(re.findall(r'"([^"]*)"', found["list"])) if found else frozenset()
        if not names or not names <= CAPABILITIES:
            raise Refused(400, f'failed to parse policy: path "{block["path"]}": invalid capabilities')
        path = block["path"].lstrip("/")
        rules[path] = rules.get(path, frozenset()) | names
    return rules


def allowed(policies: Iterable[Rules], path: str, *, listing: bool = False) -> frozenset[str]:
    """What these policies together allow on a path; nothing unless one of them says so.

    A path to be listed ends with a slash; a rule for exactly its name without the slash serves as well.
    """
    merged: dict[str, frozenset[str]] = {}
    for rules in policies:
        for pattern, names in rules.items():
            merged[pattern] = merged.get(pattern, frozenset()) | names
    exact = [each for each in (path, path.removesuffix("/") if listing else path) if each in merged]
    fitting = exact[:1] or [pattern for pattern in merged if _matches(pattern, path)]
    if not fitting:
        return frozenset()
    names = merged[max(fitting, key=_priority)]
    return frozenset() if "deny" in names else names


def _matches(pattern: str, path: str) -> bool:
    """`*` is a glob at the very end only; `+` is one whole segment."""
    glob = pattern.endswith("*")
    expression = "/".join("[^/]+" if part == "+" else re.escape(part) for part in pattern.removesuffix("*").split("/"))
    return re.fullmatch(expression + (".*" if glob else ""), path, re.DOTALL) is not None


def _priority(pattern: str) -> tuple[int, bool, int, int, str]:
    """Vault's order: the later the first wildcard the stronger; no glob; fewer `+`; longer; later in the alphabet."""
    wild = re.search(r"\+|\*$", pattern)
    first = wild.start() if wild else len(pattern) + 1
    return first, not pattern.endswith("*"), -pattern.split("/").count("+"), len(pattern), pattern
