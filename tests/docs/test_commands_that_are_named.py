"""Every command that somebody is told to run is one, and can be run where it is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from credwatch.cli import COMMANDS

ROOT = Path(__file__).parents[2]
TOLD = re.compile(r"[:`] ?credwatch ([a-z]+)")
ITSELF = ("can", "cannot", "never", "reaches")
"""What a sentence says that it does, and not what to run."""


def test_every_command_that_somebody_is_told_to_run_is_there() -> None:
    files = sorted(path for folder in ("credwatch", "providers") for path in (ROOT / folder).rglob("*.py"))
    told = [(path.name, word) for path in files for word in TOLD.findall(path.read_text())]

    assert len(told) > 50
    assert [one for one in told if one[1] not in {*COMMANDS, *ITSELF}] == []


@pytest.mark.parametrize("name", ["docs/rotation.md", "deploy/sidecar.yaml"])
def test_where_a_command_is_run_in_the_cluster_is_said_with_names_that_the_manifest_has(name: str) -> None:
    manifest = (ROOT / "deploy/sidecar.yaml").read_text()
    said = re.search(
        r"kubectl -n (\S+) exec -it (\S+)-0 -c (\S+) -- credwatch (\w+) \S+ --by", (ROOT / name).read_text()
    )

    assert said is not None
    namespace, pod, container, command = said.groups()
    assert f"kind: StatefulSet\nmetadata:\n  name: {pod}\n  namespace: {namespace}\n" in manifest
    assert f"#: - name: {container} " in manifest
    assert command in COMMANDS
