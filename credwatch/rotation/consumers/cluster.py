"""The API of a Kubernetes cluster: who we are there, and one workload, read and patched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from credwatch.clock import Clock
from credwatch.config.addresses import host_of
from credwatch.contract import Http, ProviderError, Reference, Reply
from credwatch.errors import ConfigError
from credwatch.model import Reason
from credwatch.transport import Transport

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_REASONS = {401: Reason.LOGIN_REFUSED, 403: Reason.FORBIDDEN, 404: Reason.NOT_FOUND, 409: Reason.CONFLICT}
_LARGEST = 8 << 20


class _Part(BaseModel):
    """What we read of an object; the rest of it is nobody's business here."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class _Meta(_Part):
    generation: int = 0
    annotations: Mapping[str, str] | None = None


class _Template(_Part):
    metadata: _Meta = _Meta()


class _Strategy(_Part):
    type: str = ""


class _Spec(_Part):
    template: _Template = _Template()
    replicas: int = 1
    paused: bool = False
    update_strategy: _Strategy = _Strategy()


class _Status(_Part):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""
    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0


class Object(_Part):
    """A Deployment, StatefulSet or DaemonSet, as far as a rollout shows in it."""

    metadata: _Meta = _Meta()
    spec: _Spec = _Spec()
    status: _Status = _Status()


@dataclass(frozen=True)
class Cluster:
    """Where its API answers, and what we show there: read anew each time, a cluster replaces it every hour."""

    server: str
    token: Reference
    ca: Path | None = None

    @classmethod
    def around_us(cls, environ: Mapping[str, str], account: Path = ACCOUNT) -> Cluster:
        """The one that we run in. ProviderError when we run in none."""
        host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "443")
        if not host:
            said = "we run in no Kubernetes cluster: give reload a server, a token and a ca"
            raise ProviderError(Reason.MISCONFIGURED, said, permanent=True)
        shown = f"[{host}]" if ":" in host else host
        return cls(f"https://{shown}:{port}", Reference(f"file:{account / 'token'}"), account / "ca.crt")


class Workload:
    """One workload, through one connection."""

    def __init__(self, cluster: Cluster, path: str, http: Http) -> None:
        self._cluster = cluster
        self._url = f"{cluster.server.rstrip('/')}{path}"
        self._http = http

    def read(self) -> Object:
        """As it is now."""
        return self._told(self._send("GET"))

    def patch(self, change: Mapping[str, Any]) -> Object:
        """As it is then."""
        return self._told(self._send("PATCH", json.dumps(change).encode()))

    def _send(self, method: str, body: bytes = b"") -> Reply:
        try:
            token = self._cluster.token.resolve().reveal().strip()
        except ConfigError as error:
            raise ProviderError(Reason.MISCONFIGURED, str(error), permanent=True) from None
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        headers |= {"content-type": "application/strategic-merge-patch+json"} if body else {}
        return self._http.send(method, self._url, headers=headers, body=body)

    def _told(self, reply: Reply) -> Object:
        if reply.status == 200:
            return reply.parsed(Object)
        failing = reply.status >= 500
        reason = _REASONS.get(reply.status, Reason.SERVER_ERROR if failing else Reason.UNEXPECTED)
        mend = ": its service account needs get and patch there" if reason is Reason.FORBIDDEN else ""
        permanent = reason in {Reason.LOGIN_REFUSED, Reason.FORBIDDEN, Reason.NOT_FOUND}
        raise ProviderError(reason, f"Kubernetes answered HTTP {reply.status}{mend}", permanent=permanent)


@contextmanager
def reached(cluster: Cluster, clock: Clock) -> Iterator[Http]:
    """A way to the cluster's API and nowhere else; it trusts the cluster's authority."""
    try:
        transport = Transport(ca=cluster.ca, clock=clock, max_body=_LARGEST)
    except ConfigError:
        said = f"{cluster.ca} holds no certificate that can be read"
        raise ProviderError(Reason.MISCONFIGURED, said, permanent=True) from None
    try:
        yield transport.to({host_of(cluster.server)}, direct=True)
    finally:
        transport.close()
