"""What is listed and read of a cluster's Secrets."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from credwatch.contract import Diagnose, Item, Needs, Provider, ProviderError, Reason, Stager, Store, Unlisted, Validity
from credwatch.sandbox.server import Request, Server
from credwatch_providers.kubernetes import KubernetesSecrets
from tests.providers.kubernetes.conftest import Running
from tests.servers.authority import Authority

Listing = Callable[..., list[Item]]
PARTS: tuple[type[Provider], type[Store], type[Stager], type[Diagnose], type[Needs]] = (KubernetesSecrets,) * 5


def own(kind: str) -> dict[str, Any]:
    return {"ownerReferences": [{"apiVersion": "x/v1", "kind": kind, "name": "its-owner", "uid": "1"}]}


def test_every_page_is_read(running: Running, listed: Listing) -> None:
    running.cluster.page = 2
    for name in "abcde":
        running.cluster.put("voice", name, {"KEY": b"x"})

    assert [each.locator for each in listed()] == [f"voice/{name}" for name in "abcde"]


def test_no_value_is_on_the_wire_of_a_listing(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"canary"})
    [route] = [each for each in running.cluster.routes() if each.pattern.endswith("/secrets") and each.method == "GET"]
    store = running.opened()
    seen: list[bytes] = []
    handler = route.handler

    def listening(request: Request) -> Any:
        answer = handler(request)
        seen.append(answer.body)
        return answer

    accept = {"accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"}
    listening(Request("GET", "/", {"namespace": "voice"}, headers=accept | {"authorization": "Bearer ours"}))

    assert [each.locator for each in store.items() if isinstance(each, Item)] == ["voice/prod"]
    assert base64.b64encode(b"canary") not in seen[0]


def test_a_listing_whose_time_is_over_begins_again_and_shows_nothing_twice(running: Running) -> None:
    running.cluster.page = 2
    for name in "abcde":
        running.cluster.put("voice", name, {"KEY": b"x"})
    listing = running.opened().items()
    first = [next(listing) for _ in range(2)]
    running.cluster.expire()

    shown = [each.locator for each in [*first, *listing] if isinstance(each, Item)]

    assert shown == [f"voice/{name}" for name in "abcde"]


def test_a_listing_that_never_gets_further_is_an_error(running: Running) -> None:
    running.cluster.page = 1
    for name in "abcdefghij":
        running.cluster.put("voice", name, {"KEY": b"x"})
    listing = running.opened().items()
    next(listing)

    def further() -> None:
        while True:
            running.cluster.expire()
            next(listing)

    with pytest.raises(ProviderError) as broken:
        further()

    assert broken.value.reason is Reason.BROKEN


def test_a_namespace_that_may_not_be_listed_hides_no_other(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"x"})
    shown = list(running.opened(namespaces=["closed", "voice"]).items())

    assert [each.scope if isinstance(each, Unlisted) else each.locator for each in shown] == ["closed/", "voice/prod"]


@pytest.mark.parametrize(
    ("skip", "left"),
    [([], ["voice/a-tls", "voice/prod"]), (["voice/*-tls"], ["voice/prod"]), (["*/prod"], ["voice/a-tls"])],
)
def test_what_is_skipped_is_not_listed(running: Running, listed: Listing, skip: list[str], left: list[str]) -> None:
    for name in ("a-tls", "prod"):
        running.cluster.put("voice", name, {"KEY": b"x"})

    assert [each.locator for each in listed(skip=skip)] == left


def test_helm_s_releases_and_a_rotation_s_own_are_no_items(running: Running, listed: Listing) -> None:
    running.cluster.put("voice", "sh.helm.release.v1.app.v1", {"release": b"x"}, type="helm.sh/release.v1")
    for name in ("credwatch-pending-0a", "credwatch-former-0a", "prod"):
        running.cluster.put("voice", name, {"KEY": b"x"})

    assert [each.locator for each in listed()] == ["voice/prod"]


@pytest.mark.parametrize(
    ("metadata", "mirror", "managed"),
    [
        ({}, None, False),
        (own("ExternalSecret"), "ExternalSecret/its-owner", False),
        (own("SealedSecret"), "SealedSecret/its-owner", False),
        (own("VaultStaticSecret"), "VaultStaticSecret/its-owner", False),
        ({"labels": {"reconcile.external-secrets.io/managed": "true"}}, "ExternalSecret", False),
        (own("Certificate"), None, True),
        (own("PostgresCluster"), None, True),
    ],
)
def test_an_owner_makes_a_copy_or_a_value_that_is_managed(
    running: Running,
    listed: Listing,
    metadata: dict[str, Any],
    mirror: str | None,
    managed: bool,  # noqa: FBT001  pytest's way
) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"x"}, metadata=metadata)
    [item] = listed()

    assert (item.mirror_of, item.managed) == (mirror, managed)


def test_labels_are_kept_and_of_the_annotations_those_that_are_meant_for_us(running: Running, listed: Listing) -> None:
    applied = json.dumps({"data": {"KEY": base64.b64encode(b"canary").decode()}})
    notes = {"credwatch-owner": "@voice-oncall", "kubectl.kubernetes.io/last-applied-configuration": applied}
    running.cluster.put("voice", "prod", {"KEY": b"canary"}, metadata={"labels": {"app": "ivr"}, "annotations": notes})
    [item] = listed()

    assert item.labels == {"app": "ivr", "credwatch-owner": "@voice-oncall"}


def test_it_was_written_when_its_data_were(running: Running, listed: Listing) -> None:
    def field(time: str, *names: str) -> dict[str, Any]:
        return {"time": time, "fieldsV1": {name: {} for name in names}}

    made = running.cluster.put("voice", "prod", {"KEY": b"x"})
    made["metadata"]["managedFields"] = [
        field("2026-03-01T00:00:00Z", "f:data", "f:type"),
        field("2026-04-01T00:00:00Z", "f:data"),
        field("2026-05-01T00:00:00Z", "f:metadata"),
    ]
    [written] = [each.written_at for each in listed()]
    del made["metadata"]["managedFields"]
    made["metadata"]["creationTimestamp"] = "2026-02-01T00:00:00Z"
    [created] = [each.written_at for each in listed()]

    assert (written, created) == (datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("Opaque", {"KEY": b"x", "bytes.bin": b"\x00\xff"}),
        ("kubernetes.io/tls", {"tls.crt": b"-----BEGIN", "tls.key": b"-----BEGIN"}),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": b'{"auths": {}}'}),
        ("Opaque", {}),
    ],
)
def test_the_parts_are_read_as_they_were_stored(running: Running, kind: str, data: dict[str, bytes]) -> None:
    running.cluster.put("voice", "prod", data, type=kind)
    payload = running.opened().read(Item("cluster", "voice/prod"))

    assert {name: part.reveal_bytes() for name, part in payload.parts.items()} == data


@pytest.mark.parametrize(
    ("token", "validity", "reason"),
    [("ours", Validity.VALID, Reason.OK), ("unknown", Validity.UNKNOWN, Reason.LOGIN_REFUSED)],
)
def test_a_login_is_tried_where_every_cluster_answers(
    running: Running, token: str, validity: Validity, reason: Reason
) -> None:
    said = running.opened(token).check()

    assert (said.validity, said.reason) == (validity, reason)


def test_a_token_says_itself_when_it_ends(running: Running) -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    body = base64.urlsafe_b64encode(json.dumps({"exp": int(ends.timestamp())}).encode()).decode().rstrip("=")
    running.cluster.allow(f"eyJ.{body}.x", ["voice"], "list")

    assert running.opened(f"eyJ.{body}.x").check().facts.expires == ends
    assert running.opened().check().facts.expires is None


def test_a_cluster_is_trusted_by_its_own_authority_and_by_no_other(running: Running, tmp_path: Path) -> None:
    for name in ("ours", "other"):
        (tmp_path / name).mkdir()
    ours, other = Authority.new(tmp_path / "ours"), Authority.new(tmp_path / "other")
    empty = tmp_path / "empty.pem"
    empty.touch()
    with Server(running.cluster, tls=ours.server()) as server:
        said = {
            name: running.opened(address=server.url, ca=str(ca)).check().reason
            for name, ca in {"ours": ours.ca, "other": other.ca, "empty": empty}.items()
        }
        without = running.opened(address=server.url).check().reason

    assert said == {"ours": Reason.OK, "other": Reason.TLS, "empty": Reason.MISCONFIGURED}
    assert without is Reason.TLS


def test_doctor_says_what_works_and_what_does_not(running: Running) -> None:
    running.cluster.put("voice", "prod", {"KEY": b"x"})
    said = [(line.what, line.ok, line.said) for line in running.opened(namespaces=["voice", "closed"]).diagnose()]
    [refused] = running.opened("unknown").diagnose()

    assert said == [
        ("login", True, ""),
        ("Secrets of closed/", False, "HTTP 403 Forbidden"),
        ("Secrets", True, "1 listed"),
    ]
    assert "kubectl create token" in refused.mend
