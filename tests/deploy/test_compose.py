from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from credwatch.config.tables import Web

ROOT = Path(__file__).parents[2]
FILE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
SERVICE: dict[str, Any] = FILE["services"]["credwatch"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("read_only", True),
        ("user", "10001:10001"),
        ("cap_drop", ["ALL"]),
        ("security_opt", ["no-new-privileges:true"]),
        ("command", ["run"]),
        ("restart", "unless-stopped"),
        ("stop_grace_period", "60s"),
        ("volumes", ["data:/var/lib/credwatch"]),
    ],
)
def test_it_keeps_what_the_pod_keeps(key: str, value: object) -> None:
    assert SERVICE[key] == value


def test_there_is_one_watch() -> None:
    assert list(FILE["services"]) == ["credwatch"]
    assert not {"deploy", "scale"} & SERVICE.keys()


def test_its_image_is_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert SERVICE["image"] == f"credwatch:{version}"


def test_the_image_is_built_from_here() -> None:
    folder = (ROOT / "deploy" / SERVICE["build"]["context"]).resolve()

    assert (folder / SERVICE["build"]["dockerfile"]) == ROOT / "Dockerfile"


def test_tmp_is_memory_and_small() -> None:
    (tmp,) = SERVICE["tmpfs"]

    assert tmp.startswith("/tmp:size=64m,")  # noqa: S108  the container's own


def test_its_ports_are_of_this_machine_only() -> None:
    port = Web().probes.port

    assert SERVICE["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_configuration_is_found_where_it_is_mounted() -> None:
    (config,) = SERVICE["configs"]

    assert SERVICE["environment"]["CREDWATCH_CONFIG"] == config["target"]
    assert config["source"] in FILE["configs"]


def test_a_secret_is_a_file_where_the_example_configuration_names_it() -> None:
    targets = {secret["source"]: Path(secret["target"]) for secret in SERVICE["secrets"]}

    assert targets == {name: Path("/run/secrets/credwatch", name) for name in FILE["secrets"]}
    assert all(set(secret) == {"file"} for secret in FILE["secrets"].values())
