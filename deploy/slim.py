"""Trim what the image never uses: botocore's descriptions of the services that credwatch does not call."""  # noqa: INP001  a script, not a package

import shutil
import sys
from pathlib import Path

USED = frozenset({"iam", "secretsmanager", "ssm", "sso", "sso-oidc", "sts"})
"""The SDK's own logins (`sso`) are among them."""


def trim(data: Path) -> tuple[str, ...]:
    """Remove every service's folder but the used ones; the files beside them are everybody's. What was removed."""
    unused = sorted(path for path in data.iterdir() if path.is_dir() and path.name not in USED)
    for path in unused:
        shutil.rmtree(path)
    return tuple(path.name for path in unused)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    import botocore

    packages = Path(botocore.__file__).parents[1]
    before, removed = _size(packages), trim(packages / "botocore" / "data")
    sys.stdout.write(
        f"{len(removed)} AWS services removed: packages {before / 1e6:.0f} MB before, {_size(packages) / 1e6:.0f} MB now\n"
    )
