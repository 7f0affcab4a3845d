from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import ProviderError, Reason, Reference
from credwatch.rotation.consumers.cluster import Cluster
from credwatch.rotation.consumers.kubernetes import RESTARTED, Restart
from credwatch.rotation.consumers.kubernetes import TOLD as MARK
from credwatch.sandbox.server import Server
from tests.rotation.consumers.conftest import TOLD, Standing
from tests.rotation.consumers.workloads import TOKEN, Workloads
from tests.servers.authority import Authority
from tests.servers.raw import Server as Raw

DEPLOYMENT = [
    {"observedGeneration": 4, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3},
    {"observedGeneration": 5, "replicas": 4, "updatedReplicas": 1, "availableReplicas": 3},
    {"observedGeneration": 5, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 4},
    {"observedGeneration": 5, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2},
    {"observedGeneration": 5, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3},
]
STATEFULSET = [
    *DEPLOYMENT[:-1],
    DEPLOYMENT[-1] | {"currentRevision": "a", "updateRevision": "b"},
    {"currentRevision": "b"},
]
DAEMONSET = [
    {"observedGeneration": 4, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3},
    {"observedGeneration": 5, "desiredNumberScheduled": 3, "updatedNumberScheduled": 1, "numberAvailable": 2},
    {"updatedNumberScheduled": 3, "numberAvailable": 2},
    {"numberAvailable": 3},
]


@pytest.fixture
def restart(tmp_path: Path, clock: Standing) -> Iterator[Callable[..., Restart]]:
    """The hook of a workload of this API."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    with ExitStack() as running:

        def made(workloads: Workloads, kind: str = "deployment", token: str = "token") -> Restart:
            server = running.enter_context(Server(workloads))
            cluster = Cluster(server.url, Reference(f"file:{tmp_path / token}"))
            return Restart(f"voice/{kind}/voice-agent", lambda: cluster, clock, deadline=timedelta(minutes=1))

        yield made


@pytest.mark.parametrize(
    ("kind", "steps"), [("deployment", DEPLOYMENT), ("statefulset", STATEFULSET), ("daemonset", DAEMONSET)]
)
def test_it_is_restarted_once_and_waited_for_until_every_pod_is_a_new_one(
    restart: Callable[..., Restart], kind: str, steps: list[Any]
) -> None:
    workloads = Workloads(steps=list(steps), status={"observedGeneration": 4})

    restart(workloads, kind)(TOLD)

    notes = {RESTARTED: "2026-11-21T12:00:00Z", MARK: "3f1c-key"}
    assert workloads.patches == [{"spec": {"template": {"metadata": {"annotations": notes}}}}]
    assert workloads.annotations == {"team": "voice"} | notes
    assert workloads.looks == 1 + len(steps)


@pytest.mark.parametrize("left", range(1, len(DEPLOYMENT)))
def test_a_rollout_that_stays_unfinished_is_told_with_where_it_stands(
    restart: Callable[..., Restart], left: int
) -> None:
    with pytest.raises(ProviderError) as raised:
        restart(Workloads(steps=DEPLOYMENT[:left]))(TOLD)

    said = [
        "its controller has not looked at it",
        "1 of its 3 pods are new ones, 3 old",
        "3 of its 3 pods are new ones, 1 old",
        "2 of its 3 new pods are available",
    ]
    assert (raised.value.reason, raised.value.permanent) == (Reason.TIMEOUT, False)
    assert str(raised.value) == f"voice/deployment/voice-agent was restarted, and after 1 min {said[left - 1]}"


def test_told_the_same_again_it_is_waited_for_and_not_restarted(restart: Callable[..., Restart]) -> None:
    workloads = Workloads(steps=DEPLOYMENT[:2])
    hook = restart(workloads)
    with pytest.raises(ProviderError):
        hook(TOLD)
    workloads.steps = DEPLOYMENT[2:]

    hook(TOLD)

    assert len(workloads.patches) == 1


def test_for_another_key_it_is_restarted_again(restart: Callable[..., Restart]) -> None:
    workloads = Workloads(steps=list(DEPLOYMENT))
    hook = restart(workloads)
    hook(TOLD)
    workloads.steps = [step | {"observedGeneration": 6} for step in DEPLOYMENT]

    hook(replace(TOLD, key="another"))

    assert [one["spec"]["template"]["metadata"]["annotations"][MARK] for one in workloads.patches] == [
        "3f1c-key",
        "another",
    ]


def test_a_workload_without_pods_is_done_when_it_was_looked_at(restart: Callable[..., Restart]) -> None:
    workloads = Workloads(replicas=0, steps=[{"observedGeneration": 5}])

    restart(workloads)(TOLD)

    assert workloads.looks == 2


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"paused": True}, "is paused: resume its rollout"),
        ({"updateStrategy": {"type": "OnDelete"}}, "replaces its pods only when they are deleted"),
    ],
)
def test_one_whose_pods_would_stay_is_not_touched(
    restart: Callable[..., Restart], spec: dict[str, Any], said: str
) -> None:
    workloads = Workloads(spec=spec)

    with pytest.raises(ProviderError, match=said) as raised:
        restart(workloads, "statefulset")(TOLD)

    assert (raised.value.permanent, workloads.patches) == (True, [])


@pytest.mark.parametrize(
    ("status", "reason", "refused"),
    [
        (401, Reason.LOGIN_REFUSED, True),
        (403, Reason.FORBIDDEN, True),
        (404, Reason.NOT_FOUND, True),
        (409, Reason.CONFLICT, False),
        (429, Reason.UNEXPECTED, False),
        (503, Reason.SERVER_ERROR, False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_refusal_is_told_and_quotes_nothing(
    restart: Callable[..., Restart], method: str, status: int, reason: Reason, *, refused: bool
) -> None:
    workloads = Workloads(refuses={method: status})

    with pytest.raises(ProviderError) as raised:
        restart(workloads)(TOLD)

    assert (raised.value.reason, raised.value.permanent) == (reason, refused)
    assert "canary" not in str(raised.value)
    assert workloads.patches == []


def test_without_a_token_nothing_is_asked(restart: Callable[..., Restart]) -> None:
    workloads = Workloads()

    with pytest.raises(ProviderError) as raised:
        restart(workloads, token="nowhere")(TOLD)

    assert (raised.value.reason, raised.value.permanent) == (Reason.MISCONFIGURED, True)
    assert (workloads.looks, workloads.patches) == (0, [])


def test_an_answer_that_is_none_of_kubernetes_is_not_taken_for_one(
    serve: Callable[..., Raw], tmp_path: Path, clock: Standing
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    cluster = Cluster(serve(200, '{"spec": 3}').url, Reference(f"file:{tmp_path / 'token'}"))

    with pytest.raises(ProviderError) as raised:
        Restart("voice/deployment/voice-agent", lambda: cluster, clock)(TOLD)

    assert (raised.value.reason, raised.value.permanent) == (Reason.UNREADABLE, False)


def test_the_cluster_that_we_run_in_is_known_by_its_own_authority(tmp_path: Path, clock: Standing) -> None:
    authority = Authority.new(tmp_path)
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "ca.crt").write_bytes(authority.ca.read_bytes())
    body = b'{"metadata": {"generation": 1}, "spec": {"replicas": 0}, "status": {"observedGeneration": 1}}'
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    with Raw(lambda sock, _: sock.sendall(answer), authority.server()) as server:
        around = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(server.port)}

        Restart("voice/deployment/voice-agent", lambda: Cluster.around_us(around, tmp_path), clock)(TOLD)

        assert [request.partition(b" ")[0] for request in server.seen] == [b"GET", b"PATCH"]
        assert all(f"Bearer {TOKEN}".encode() in request for request in server.seen)


def test_outside_of_a_cluster_it_is_said_what_is_missing(clock: Standing) -> None:
    with pytest.raises(ProviderError, match="we run in no Kubernetes cluster") as raised:
        Restart("voice/deployment/voice-agent", lambda: Cluster.around_us({}), clock)(TOLD)

    assert raised.value.permanent
