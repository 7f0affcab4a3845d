"""Check what the wheel and the sdist hold: all of the program, and nothing of the machine that built it."""

import sys
import tarfile
import zipfile
from pathlib import Path

WANTED_IN_WHEEL = {
    "credwatch/pipeline.py",
    "credwatch/py.typed",
    "credwatch_providers/vault.py",
    "credwatch/sandbox/server.py",
}
WANTED_IN_SDIST = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "Makefile",
    "config.example.toml",
    "tests",
    "deploy",
    "providers",
}
NEVER = (".db", ".key", ".env", "credwatch.toml", ".pyc")


def complaints(dist: Path) -> list[str]:
    """What is missing, and what has no business in there."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    packed = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        source = {name.partition("/")[2] for name in archive.getnames()}
    found = [
        f"{wheel.name} lacks {name}" for name in sorted(WANTED_IN_WHEEL - packed) if not _is_folder_of(name, packed)
    ]
    found += [f"{sdist.name} lacks {name}" for name in sorted(WANTED_IN_SDIST - source)]
    found += [
        f"{wheel.name} holds {name}" for name in sorted(packed) if name.startswith("tests/") or name.endswith(NEVER)
    ]
    found += [
        f"{sdist.name} holds {name}" for name in sorted(source) if name.endswith((".pyc", "credwatch.toml", ".key"))
    ]
    return found


def _is_folder_of(name: str, packed: set[str]) -> bool:
    return any(other.startswith(name.removesuffix(".py") + "/") for other in packed)


if __name__ == "__main__":
    wrong = complaints(Path(sys.argv[1]))
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or "wheel and sdist hold what they should\n")
    sys.exit(bool(wrong))
