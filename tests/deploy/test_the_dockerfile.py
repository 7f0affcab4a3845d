from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from credwatch.config.tables import Web
from deploy.slim import USED, trim

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = DOCKERFILE.replace("\\\n", " ").splitlines()
FINAL = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM ")) :]


def _instructions(name: str, lines: list[str] = LINES) -> list[str]:
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def _command(instruction: str) -> list[str]:
    words: list[str] = json.loads(instruction[instruction.index("[") :])
    return words


def test_hadolint_has_no_complaint() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"

    done = subprocess.run([hadolint, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_both_stages_have_one_python() -> None:
    bases = [image.removesuffix(" AS build") for image in _instructions("FROM")]

    assert bases == ["python:3.13-slim"] * 2


@pytest.mark.parametrize("instruction", ["ENTRYPOINT", "CMD"])
def test_it_starts_without_a_shell(instruction: str) -> None:
    (said,) = _instructions(instruction, FINAL)

    assert all(isinstance(word, str) for word in _command(said))


def test_its_health_check_asks_livez_where_the_probes_are_by_default() -> None:
    (said,) = (line for line in FINAL if line.startswith("HEALTHCHECK "))
    interpreter, _, program = _command(said)
    compile(program, "HEALTHCHECK", "exec")

    assert interpreter == "/opt/credwatch/bin/python"
    assert f"'127.0.0.1', {Web().probes.port}," in program
    assert "'GET', '/livez'" in program


def test_it_runs_as_a_user_without_a_name_for_root() -> None:
    assert _instructions("USER", FINAL) == ["10001:10001"]


def test_its_state_is_one_volume() -> None:
    assert _instructions("VOLUME", FINAL) == ["/var/lib/credwatch"]


def test_every_package_comes_by_its_hash() -> None:
    installs = re.findall(r"pip (?:install|wheel)[^&]*", " ".join(_instructions("RUN")))

    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line] == []


def test_what_it_copies_is_there_and_nothing_else_is_sent_to_the_builder() -> None:
    copies = [line.split()[:-1] for line in _instructions("COPY") if not line.startswith("--from=")]
    copied = {source for sources in copies for source in sources}
    everything, *rest = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert everything == "*"
    assert {line.removeprefix("!") for line in rest if line.startswith("!")} == copied
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_trimming_keeps_what_every_service_needs_and_the_used_ones(tmp_path: Path) -> None:
    for name in ("ec2", "sts", "iam"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "service-2.json.gz").touch()
    (tmp_path / "endpoints.json").touch()

    removed = trim(tmp_path)

    assert removed == ("ec2",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["endpoints.json", "iam", "sts"]


def test_every_service_that_the_provider_calls_survives_the_trimming() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "providers/credwatch_providers/aws").glob("*.py")
    )
    called = set(re.findall(r"_(?:client|make)\(\"([a-z0-9-]+)\"", code))

    assert {"iam", "secretsmanager", "sts"} <= called <= USED
