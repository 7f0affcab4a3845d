"""A configured cluster: its login, its Secrets, what it needs and what it says of itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from credwatch.contract import (
    ConfigError,
    Diagnosis,
    Facts,
    Item,
    NoSettings,
    Payload,
    ProbeResult,
    ProviderError,
    Reason,
    Setup,
    Unlisted,
    Validity,
    counted,
    mending,
)
from credwatch_providers.kubernetes.cluster import Cluster
from credwatch_providers.kubernetes.needs import roles
from credwatch_providers.kubernetes.settings import KubernetesSettings
from credwatch_providers.kubernetes.staging import KubernetesStaging
from credwatch_providers.kubernetes.store import Namespaces

_MORE = "apply the Role that this connection needs"


class KubernetesSecrets(KubernetesStaging):
    """One connection; nothing is asked before it is needed."""

    def __init__(self, setup: Setup[KubernetesSettings, NoSettings]) -> None:
        self.name = setup.name
        self._settings = setup.settings
        self._writes = setup.writes
        cluster = Cluster(setup)
        super().__init__(cluster)
        self._namespaces = Namespaces(setup.name, cluster, setup.settings.namespaces, setup.settings.skip)

    def check(self) -> ProbeResult:
        """Ask for the version, which every cluster tells to whom it knows: a token that it does not know is refused."""
        try:
            shown = self._cluster.get("/version")
        except ProviderError as error:
            if error.reason is Reason.FORBIDDEN:
                return ProbeResult.valid(Facts(expires=self._ends()), Reason.LIMITED, "the version is not told")
            return ProbeResult.unknown(error.reason, str(error))
        if not isinstance(shown.get("gitVersion"), str):
            return ProbeResult.unknown(Reason.UNREADABLE, "it does not answer as Kubernetes does: is it one?")
        return ProbeResult.valid(Facts(expires=self._ends()))

    def items(self) -> Iterator[Item | Unlisted]:
        """Every Secret of the namespaces but Helm's own and a rotation's."""
        return self._namespaces.items()

    def read(self, item: Item) -> Payload:
        """The parts of a Secret as they are now."""
        return self._namespaces.read(item)

    def least_privilege(self) -> str:
        """Roles, as `kubectl apply -f -` takes them: to watch, or to rotate what lies in the namespaces."""
        return roles(self._settings.namespaces, writes=self._writes)

    def diagnose(self) -> Iterator[Diagnosis]:
        """The login; then how many Secrets there are."""
        said = self.check()
        works = said.validity is Validity.VALID
        mend = "" if works else mending(said.reason, "make a new token: kubectl create token credwatch-watch")
        yield Diagnosis("login", ok=works, said=said.detail, mend=mend)
        if works:
            yield from counted("Secrets", self.items(), _MORE)

    def _ends(self) -> datetime | None:
        """When a token ends that nobody replaces, as it says itself."""
        if not self._settings.given:
            return None
        try:
            body = self._settings.token.resolve().reveal().split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            return datetime.fromtimestamp(claims["exp"], UTC)
        except (ConfigError, IndexError, KeyError, TypeError, ValueError, OverflowError, OSError):
            return None
