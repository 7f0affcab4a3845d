"""The sidecar with the lines that begin with "#:", as its first lines say how to take them."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from credwatch.cli import credwatch
from credwatch.config.addresses import address
from credwatch.config.tables import Web

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy/sidecar.yaml"


def taken() -> list[dict[str, Any]]:
    """What the command in the file makes of it."""
    (script,) = re.findall(r"sed '([^']+)' deploy/sidecar\.yaml \| kubectl apply", FILE.read_text(encoding="utf-8"))
    done = subprocess.run(["sed", script, FILE], check=True, capture_output=True, text=True)  # noqa: S607  our own file
    return list(yaml.safe_load_all(done.stdout))


MANIFESTS = taken()
(POD,) = (one["spec"]["template"]["spec"] for one in MANIFESTS if one["kind"] == "StatefulSet")
WORKER, WINDOW, ROTATOR = POD["containers"]
EXAMPLE = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
SECRETS = "rotate-secrets"


def mounts(container: dict[str, Any]) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container["env"]}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_the_api_server_would_take_it(manifest: dict[str, Any]) -> None:
    assert kubernetes_validate.validate(manifest, "1.37", strict=True) == "1.37"


def test_each_thing_is_done_by_one_container() -> None:
    done = []
    for container in (WORKER, ROTATOR):
        name, *options = container["args"]
        context = credwatch.make_context("credwatch", [name])
        _, command, _ = credwatch.resolve_command(context, [name])
        assert command is not None
        done += command.make_context(name, options, parent=context).params["only"]

    assert sorted(done) == ["deliver", "rotate", "sweep"]


def test_only_the_rotator_has_what_the_identities_that_write_are_made_of() -> None:
    named = re.findall(r"file:([^']+)'", str(EXAMPLE["rotate"]["identities"]))

    assert {str(Path(path).parent) for path in named} == {mounts(ROTATOR)[SECRETS]}
    assert [SECRETS in mounts(container) for container in (WORKER, WINDOW, ROTATOR)] == [False, False, True]


def test_its_login_is_for_an_audience_of_its_own() -> None:
    (volume,) = (volume for volume in POD["volumes"] if volume["name"] == SECRETS)
    tokens = [one["serviceAccountToken"] for one in volume["projected"]["sources"] if "serviceAccountToken" in one]

    assert [token["audience"] for token in tokens] == ["credwatch-rotate"]


def test_it_sees_all_that_the_worker_sees_and_the_same_ledger() -> None:
    """The fingerprint key among them; without it the keys in the ledger would be strangers."""
    worker, rotator = environment(WORKER), environment(ROTATOR)

    assert mounts(WORKER).items() <= mounts(ROTATOR).items()
    assert {name: rotator[name] for name in worker} == worker


def test_its_probes_are_asked_where_it_answers_and_the_worker_does_not() -> None:
    (port,) = ROTATOR["ports"]

    assert address(environment(ROTATOR)["CREDWATCH_WEB__PROBES"]).port == port["containerPort"]
    assert port["containerPort"] not in {Web().probes.port, Web().window.port}
    assert {ROTATOR[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe")} == {port["name"]}


def test_it_is_the_same_image_as_locked_as_the_others() -> None:
    assert {container["image"] for container in POD["containers"]} == {WORKER["image"]}
    assert ROTATOR["securityContext"] == WORKER["securityContext"]
