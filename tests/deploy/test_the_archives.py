from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the sdist of this tree."""
    folder = tmp_path_factory.mktemp("dist")
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def _contents(dist: Path) -> tuple[int, list[str]]:
    command: list[str | Path] = [sys.executable, ROOT / ".ci/contents.py", dist]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def _altered(dist: Path, folder: Path, *, drop: str = "", add: str = "") -> Path:
    """The same archives, but for one file of the wheel."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    (folder / sdist.name).write_bytes(sdist.read_bytes())
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(folder / wheel.name, "w") as target:
        for name in source.namelist():
            if name != drop:
                target.writestr(name, source.read(name))
        if add:
            target.writestr(add, "")
    return folder


def test_wheel_and_sdist_hold_the_whole_program_and_nothing_else(dist: Path) -> None:
    assert _contents(dist) == (0, ["wheel and sdist hold what they should"])


@pytest.mark.parametrize("lost", ["credwatch/pipeline.py", "credwatch/py.typed", "credwatch_providers/http.py"])
def test_a_file_that_the_wheel_lacks_is_named(dist: Path, tmp_path: Path, lost: str) -> None:
    code, lines = _contents(_altered(dist, tmp_path, drop=lost))

    assert code == 1
    assert [line.endswith(lost) for line in lines] == [True]


@pytest.mark.parametrize(
    "stray", ["credwatch/ledger.db", "credwatch.toml", "tests/test_a.py", "bench/keys.py", "credwatch/a.pyc", ".env"]
)
def test_a_file_that_has_no_business_in_the_wheel_is_named(dist: Path, tmp_path: Path, stray: str) -> None:
    code, lines = _contents(_altered(dist, tmp_path, add=stray))

    assert code == 1
    assert [line.endswith(f"holds {stray}") for line in lines] == [True]


def test_the_wheel_says_what_it_needs_and_under_which_licence(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))

    assert metadata["License-Expression"] == "Apache-2.0"
    assert any(line.startswith("boto3") for line in metadata.get_all("Requires-Dist", []))
