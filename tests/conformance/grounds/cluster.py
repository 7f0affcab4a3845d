"""Places: the Secrets of two namespaces."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from credwatch.contract import Store
from credwatch.sandbox.kubernetes import Kubernetes
from tests.conformance.grounds.ground import NAME, Ground, table

_TOKEN = "canary-of-the-cluster-token"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


class ClusterSecrets(Ground):
    """Two namespaces, two Secrets on a page; our account may get and list."""

    use = "kubernetes"
    power = Store

    def begin(self) -> None:
        self.cluster = Kubernetes(page=2)
        self.serve(self.cluster)
        self.token = self.reference("our-token", _TOKEN)
        self.cluster.allow(_TOKEN, ["a", "b"], "get", "list")

    def tables(self) -> str:
        return table(
            f"providers.{NAME}", use="kubernetes", address=self.server.url, token=self.token, namespaces=["a", "b"]
        )

    def fill(self) -> None:
        for namespace, name in (("a", "one"), ("a", "two"), ("b", "four"), ("b", "three"), ("b", "two")):
            self._make(namespace, name, {"KEY": f"canary of the Secret {namespace}/{name}"})

    def take(self) -> str:
        del self.cluster.objects["b", "three"]
        return "b/three"

    def shut(self) -> None:
        self.cluster.allow(_TOKEN, ["a"], "get", "list")

    def refuse(self) -> None:
        self.cluster.accounts.clear()

    def takes(self, name: str) -> bool:
        """Only what a domain may be called."""
        return _NAME.fullmatch(name) is not None

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del note
        self._make("b", name, fields)

    def _make(self, namespace: str, name: str, fields: Mapping[str, str]) -> None:
        """A part for each field; one JSON of them, where a field has a name that no part may have."""
        parts = dict(fields) if all(map(_KEY.fullmatch, fields)) else {"all.json": json.dumps(fields)}
        self.cluster.put(namespace, name, {part: value.encode() for part, value in parts.items()})
        self.canaries |= {f"{namespace}/{name} {field}": value for field, value in fields.items()}
