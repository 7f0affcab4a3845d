"""The part of a Kubernetes API that a restart needs: workloads whose controllers take a step each time they are looked at."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from credwatch.sandbox.server import Request, Response, Route

TOKEN = "canary-service-account"
PATH = "/apis/apps/v1/namespaces/(?P<namespace>[^/]+)/(?P<kind>deployments|statefulsets|daemonsets)/(?P<name>[^/]+)"


@dataclass
class Workloads:
    """Of each kind one, `voice/voice-agent`, with these pods. `steps` are its controller's answers to a new generation."""

    replicas: int = 3
    spec: dict[str, Any] = field(default_factory=dict)
    """More of it."""
    steps: list[dict[str, Any]] = field(default_factory=list)
    """What each further look finds in its status; after the last one nothing changes."""
    refuses: dict[str, int] = field(default_factory=dict)
    """Method to status."""
    patches: list[Any] = field(default_factory=list)
    looks: int = 0
    generation: int = 4
    annotations: dict[str, str] = field(default_factory=lambda: {"team": "voice"})
    status: dict[str, Any] = field(default_factory=dict)

    def routes(self) -> Iterable[Route]:
        """Reading and patching."""
        yield Route("GET", PATH, self._read)
        yield Route("PATCH", PATH, self._patch)

    def _read(self, request: Request) -> Response:
        return self._refusal(request) or self._look()

    def _look(self) -> Response:
        self.looks += 1
        if self.patches and self.steps:
            self.status |= self.steps.pop(0)
        return self._shown()

    def _patch(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        if request.headers.get("content-type") != "application/strategic-merge-patch+json":
            return Response.json({"kind": "Status", "code": 415}, 415)
        change = request.json()
        self.patches.append(change)
        self.annotations |= change["spec"]["template"]["metadata"]["annotations"]
        self.generation += 1
        return self._shown()

    def _refusal(self, request: Request) -> Response | None:
        status = self.refuses.get(request.method)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            status = 401
        return (
            Response.json({"kind": "Status", "code": status, "message": f"canary {TOKEN}"}, status) if status else None
        )

    def _shown(self) -> Response:
        return Response.json(
            copy.deepcopy(
                {
                    "kind": "whatever",
                    "metadata": {"name": "voice-agent", "generation": self.generation, "annotations": None},
                    "spec": {"replicas": self.replicas, "template": {"metadata": {"annotations": self.annotations}}}
                    | self.spec,
                    "status": self.status,
                }
            )
        )
