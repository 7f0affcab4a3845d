from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = pytest.mark.parametrize("lock", ["build", "dev", "runtime"])


def _text(name: str) -> str:
    return (REQUIREMENTS / name).read_text(encoding="utf-8")


def _entries(lock: str) -> list[str]:
    joined = _text(f"{lock}.txt").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]


def _pins(lock: str) -> dict[str, list[Requirement]]:
    pins: dict[str, list[Requirement]] = {}
    for entry in _entries(lock):
        requirement = Requirement(entry.partition(" --hash=")[0])
        pins.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return pins


def _versions(lock: str) -> dict[str, list[str]]:
    return {name: sorted(str(pin.specifier) for pin in pins) for name, pins in _pins(lock).items()}


def _asked_by(lock: str, who: str) -> set[str]:
    """The packages whose line says that `who` asked for them."""
    found, package = set(), ""
    for line in _text(f"{lock}.txt").splitlines():
        if match := re.match(r"[A-Za-z0-9][\w.-]*", line):
            package = canonicalize_name(match[0])
        elif line.strip().removeprefix("# via").strip(" #") == who:
            found.add(package)
    return found


def _wanted(source: str) -> list[Requirement]:
    lines = PROJECT["project"]["dependencies"] if source == "pyproject.toml" else _text(source).splitlines()
    return [Requirement(line) for line in lines if line]


@LOCKS
def test_every_package_has_one_version_and_a_hash(lock: str) -> None:
    loose = [
        e
        for e in _entries(lock)
        if not re.match(r"[\w.\[\],-]+==[\w.!+]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$", e)
    ]

    assert _entries(lock)
    assert loose == []


@LOCKS
def test_a_lock_names_no_address(lock: str) -> None:
    assert re.findall(r".*(?:://|--\w*index|--find-links|--trusted-host| @ ).*", _text(f"{lock}.txt")) == []


@pytest.mark.parametrize(
    ("lock", "source"),
    [("runtime", "pyproject.toml"), ("dev", "pyproject.toml"), ("dev", "dev.in"), ("build", "build.in")],
)
def test_a_lock_holds_what_its_source_asks_for(lock: str, source: str) -> None:
    pins = _pins(lock)
    unmet = [
        str(wanted)
        for wanted in _wanted(source)
        if not any(
            wanted.specifier.contains(pin.specifier.__str__().removeprefix("=="), prereleases=True)
            for pin in pins.get(canonicalize_name(wanted.name), [])
        )
    ]

    assert unmet == [], "make lock"


@pytest.mark.parametrize(
    ("lock", "source", "who"),
    [
        ("runtime", "pyproject.toml", "credwatch (pyproject.toml)"),
        ("dev", "pyproject.toml", "credwatch (pyproject.toml)"),
        ("dev", "dev.in", "-r requirements/dev.in"),
        ("build", "build.in", "-r requirements/build.in"),
    ],
)
def test_a_lock_was_made_after_the_last_change_of_its_source(lock: str, source: str, who: str) -> None:
    wanted = {canonicalize_name(requirement.name) for requirement in _wanted(source)}

    assert _asked_by(lock, who) == wanted, "make lock"


@pytest.mark.parametrize("lock", ["build", "runtime"])
def test_what_is_tested_is_what_is_shipped(lock: str) -> None:
    tested = _versions("dev")

    assert {name: versions for name, versions in _versions(lock).items() if tested.get(name) != versions} == {}


def test_the_image_builds_with_what_the_project_names() -> None:
    assert _text("build.in").split() == PROJECT["build-system"]["requires"]
