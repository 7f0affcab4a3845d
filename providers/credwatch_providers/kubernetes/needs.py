"""The Roles that the namespaces need, and nothing beyond them."""

from __future__ import annotations

import json

_WATCH = ("get", "list")
_ROTATE = ("get", "list", "create", "patch", "delete")
_NOTE = (
    "# Kubernetes cannot limit create and delete to our own credwatch-* Secrets: bind this to the account of the\n"
    "# process that rotates, and to nothing else.\n"
)


def roles(namespaces: tuple[str, ...], *, writes: bool) -> str:
    """A Role and its binding for each namespace, in YAML; the account is to stand in the namespace `credwatch`."""
    name, verbs = ("credwatch-rotate", _ROTATE) if writes else ("credwatch-watch", _WATCH)
    return (_NOTE if writes else "") + "---\n".join(_role(each, name, verbs) for each in dict.fromkeys(namespaces))


def _role(namespace: str, name: str, verbs: tuple[str, ...]) -> str:
    return f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{ name: {name}, namespace: {json.dumps(namespace)} }}
rules:
  - {{ apiGroups: [""], resources: [secrets], verbs: [{", ".join(verbs)}] }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{ name: {name}, namespace: {json.dumps(namespace)} }}
roleRef: {{ apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name} }}
subjects:
  - {{ kind: ServiceAccount, name: {name}, namespace: credwatch }}
"""
