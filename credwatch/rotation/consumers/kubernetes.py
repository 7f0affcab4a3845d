"""A consumer is told by restarting its workload in Kubernetes, as `kubectl rollout restart` does, and waiting for its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from credwatch.clock import Clock
from credwatch.contract import ProviderError
from credwatch.model import Reason
from credwatch.rotation.consumers.cluster import Cluster, Object, Workload, reached
from credwatch.rotation.consumers.told import Told

RESTARTED = "credwatch.io/restarted-at"
TOLD = "credwatch.io/restarted-for"
"""What it was restarted for: told the same again, it is waited for and not restarted."""
DEADLINE = timedelta(minutes=10)
_LOOK = 2.0


class Restart:
    """The workload `namespace/kind/name` of a cluster."""

    def __init__(
        self, workload: str, cluster: Callable[[], Cluster], clock: Clock, *, deadline: timedelta = DEADLINE
    ) -> None:
        self._workload = workload
        namespace, self._kind, name = workload.split("/")
        self._path = f"/apis/apps/v1/namespaces/{namespace}/{self._kind}s/{name}"
        self._cluster = cluster
        self._clock = clock
        self._deadline = deadline.total_seconds()

    def __call__(self, told: Told) -> None:
        """Restart it, and return when every pod of it is a new one that is available."""
        cluster = self._cluster()
        with reached(cluster, self._clock) as http:
            workload = Workload(cluster, self._path, http)
            seen = workload.read()
            if why := self._stays(seen):
                raise ProviderError(Reason.MISCONFIGURED, f"{self._workload} {why}", permanent=True)
            if (seen.spec.template.metadata.annotations or {}).get(TOLD) != told.key:
                seen = workload.patch(self._change(told))
            self._wait(workload, seen)

    def _stays(self, seen: Object) -> str:
        """Why a changed template would replace no pod; empty: it would."""
        if seen.spec.paused:
            return "is paused: resume its rollout"
        if seen.spec.update_strategy.type == "OnDelete":
            return "replaces its pods only when they are deleted: set its update strategy to RollingUpdate"
        return ""

    def _change(self, told: Told) -> dict[str, object]:
        notes = {RESTARTED: f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}", TOLD: told.key}
        return {"spec": {"template": {"metadata": {"annotations": notes}}}}

    def _wait(self, workload: Workload, seen: Object) -> None:
        ends, generation = self._clock.monotonic() + self._deadline, seen.metadata.generation
        while left := self._unfinished(seen, generation):
            if self._clock.monotonic() >= ends:
                said = f"{self._workload} was restarted, and after {self._deadline / 60:g} min {left}"
                raise ProviderError(Reason.TIMEOUT, said)
            self._clock.wait(_LOOK, threading.Event())
            seen = workload.read()

    def _unfinished(self, seen: Object, generation: int) -> str:
        """What its rollout has still to do; empty: nothing."""
        spec, status = seen.spec, seen.status
        if status.observed_generation < generation:
            return "its controller has not looked at it"
        if self._kind == "daemonset":
            wanted, updated, available = (
                status.desired_number_scheduled,
                status.updated_number_scheduled,
                status.number_available,
            )
        else:
            wanted, updated, available = spec.replicas, status.updated_replicas, status.available_replicas
        old = 0 if self._kind == "daemonset" else max(0, status.replicas - updated)
        if updated < wanted or old:
            return f"{updated} of its {wanted} pods are new ones" + (f", {old} old" if old else "")
        if available < wanted:
            return f"{available} of its {wanted} new pods are available"
        if self._kind == "statefulset" and status.current_revision != status.update_revision:
            return "its revisions differ"
        return ""
