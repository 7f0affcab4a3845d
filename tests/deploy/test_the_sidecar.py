from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from credwatch.cli import COMMANDS, credwatch
from credwatch.config.tables import Web

ROOT = Path(__file__).parents[2]
MANIFESTS: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "deploy/sidecar.yaml").read_text(encoding="utf-8")))
BY_KIND = {manifest["kind"]: manifest for manifest in MANIFESTS}
SET = BY_KIND["StatefulSet"]["spec"]
POD = SET["template"]["spec"]
WORKER, WINDOW = POD["containers"]
BOTH = pytest.mark.parametrize("container", [WORKER, WINDOW], ids=["worker", "window"])
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_the_api_server_would_take_it(manifest: dict[str, Any]) -> None:
    assert kubernetes_validate.validate(manifest, "1.37", strict=True) == "1.37"

    assert manifest["metadata"]["name"].startswith("credwatch")


def test_there_is_one_watch() -> None:
    assert SET["replicas"] == 1


@BOTH
def test_its_image_is_of_this_version(container: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert container["image"] == f"registry.example.com/credwatch:{version}"


@BOTH
def test_a_container_is_locked(container: dict[str, Any]) -> None:
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_pod_runs_as_the_user_of_the_image() -> None:
    (user,) = re.findall(r"^USER (\d+):\1$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    context = POD["securityContext"]

    assert context["runAsNonRoot"] is True
    assert {context["runAsUser"], context["runAsGroup"], context["fsGroup"]} == {int(user)}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}


def test_a_dead_key_restarts_nothing() -> None:
    asked = {probe: WORKER[probe]["httpGet"]["path"] for probe in PROBES}

    assert asked == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    assert [probe for probe in PROBES if probe in WINDOW] == []


def test_the_probes_are_asked_where_the_watch_answers_by_default() -> None:
    assert WORKER["ports"] == [{"name": "probes", "containerPort": Web().probes.port}]


def test_the_window_has_no_identity_and_no_secret() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert BY_KIND["ServiceAccount"]["automountServiceAccountToken"] is False
    assert {mount["name"] for mount in WINDOW["volumeMounts"]} == {"data", "tmp", "config"}


def test_only_its_own_data_and_tmp_can_be_written() -> None:
    mounts = {m["mountPath"] for c in (WORKER, WINDOW) for m in c["volumeMounts"] if not m.get("readOnly")}

    assert mounts == {"/var/lib/credwatch", "/tmp"}  # noqa: S108  the container's own


@BOTH
def test_the_data_lies_on_the_disk_that_stays(container: dict[str, Any]) -> None:
    (claim,) = SET["volumeClaimTemplates"]
    (mount,) = (mount for mount in container["volumeMounts"] if mount["name"] == claim["metadata"]["name"])
    environment = {variable["name"]: variable["value"] for variable in container["env"]}

    assert Path(environment["CREDWATCH_DAEMON__DATA"]).is_relative_to(mount["mountPath"])
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]


@BOTH
def test_the_configuration_is_found_where_it_is_mounted(container: dict[str, Any]) -> None:
    (mount,) = (mount for mount in container["volumeMounts"] if mount["name"] == "config")
    environment = {variable["name"]: variable["value"] for variable in container["env"]}

    assert Path(environment["CREDWATCH_CONFIG"]).parent == Path(mount["mountPath"])


def test_the_example_configuration_names_its_secrets_where_they_are_mounted() -> None:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    named = re.findall(r'^[^#\n]*"file:([^"]+)"', example, flags=re.MULTILINE)
    identities = tomllib.loads(example)["rotate"]["identities"]
    writing = re.findall(r"file:([^']+)'", str(identities))
    (mount,) = (mount for mount in WORKER["volumeMounts"] if mount["name"] == "watch-secrets")

    assert {Path(path).parent for path in named if path not in writing} == {Path(mount["mountPath"])}


@BOTH
def test_what_the_identities_that_write_are_made_of_is_mounted_nowhere_in_the_watch(container: dict[str, Any]) -> None:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    writing = re.findall(r"file:([^']+)'", str(tomllib.loads(example)["rotate"]["identities"]))
    mounted = [Path(mount["mountPath"]) for mount in container["volumeMounts"]]

    assert writing
    assert not [path for path in writing for mount in mounted if Path(path).is_relative_to(mount)]


@BOTH
def test_its_arguments_are_a_command_of_ours(container: dict[str, Any]) -> None:
    name, *options = container["args"]
    context = credwatch.make_context("credwatch", [name])
    _, command, _ = credwatch.resolve_command(context, [name])

    assert name in COMMANDS
    assert command is not None
    assert command.make_context(name, options, parent=context).args == []


def test_only_the_monitoring_may_talk_to_it() -> None:
    spec = BY_KIND["NetworkPolicy"]["spec"]
    (rule,) = spec["ingress"]

    assert spec["policyTypes"] == ["Ingress"]
    assert spec["podSelector"] == SET["selector"]
    assert rule["ports"] == [{"port": Web().probes.port}]


def test_a_service_of_its_name_leads_to_the_probes() -> None:
    service = BY_KIND["Service"]

    assert service["metadata"]["name"] == SET["serviceName"]
    assert service["spec"]["selector"] == SET["selector"]["matchLabels"]
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["probes"]
