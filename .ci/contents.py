"""Check what the wheel and the sdist hold: all of the program, and nothing of the machine that built it."""

import sys
import tarfile
import zipfile
from pathlib import Path

ROOTS = (Path("credwatch"), Path("providers/credwatch_providers"))
BESIDE_IT = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "Makefile",
    "Dockerfile",
    "bench/",
    "config.example.toml",
    "deploy/",
    "providers/README.md",
    "requirements/runtime.txt",
    "tests/",
)
"""What the sdist has beside the program; a folder ends with a slash."""
NEVER = (".db", ".key", ".env", "credwatch.toml", ".pyc")
NEVER_IN_SOURCE = (".key", ".env", "credwatch.toml", ".pyc")


def complaints(dist: Path, tree: Path = Path()) -> list[str]:
    """What the two archives in `dist` lack of the source tree, and what has no business in them."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    with tarfile.open(sdist) as archive_of_source:
        source = {name.partition("/")[2] for name in archive_of_source.getnames()}
    program = sorted(path for root in ROOTS for path in _files(tree / root))
    wanted = [path.relative_to(tree).as_posix() for path in program]
    found = [f"{wheel.name} lacks {name}" for name in wanted if name.removeprefix("providers/") not in packed]
    found += [f"{sdist.name} lacks {name}" for name in (*wanted, *BESIDE_IT) if not _holds(source, name)]
    found += [
        f"{wheel.name} holds {name}"
        for name in sorted(packed)
        if name.startswith(("bench/", "tests/")) or name.endswith(NEVER)
    ]
    found += [f"{sdist.name} holds {name}" for name in sorted(source) if name.endswith(NEVER_IN_SOURCE)]
    return found


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _holds(names: set[str], name: str) -> bool:
    return any(other.startswith(name) for other in names) if name.endswith("/") else name in names


if __name__ == "__main__":
    wrong = complaints(Path(sys.argv[1]))
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or "wheel and sdist hold what they should\n")
    sys.exit(bool(wrong))
