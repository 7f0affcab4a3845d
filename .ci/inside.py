"""Run inside the image, as its user: every SDK makes its clients, all of it is compiled, only the data can be written."""

import importlib
import os
import sys
from pathlib import Path

import boto3
import hvac
from botocore.exceptions import UnknownServiceError
from google.auth.credentials import AnonymousCredentials
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from slack_sdk import WebClient

KEPT, NOT_OURS = ("iam", "secretsmanager", "ssm", "sts"), ("/proc", "/dev", "/sys")
WRITABLE = [Path("/tmp"), Path("/var/lib/credwatch")]  # noqa: S108  meant


def clients() -> None:
    """None of these asks the network."""
    nobody = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    session = boto3.Session(region_name="eu-west-1", **nobody)
    for service in KEPT:
        session.client(service).close()
    try:
        session.client("ec2")
    except UnknownServiceError:
        pass
    else:
        sys.exit("botocore was not trimmed")
    SecretManagerServiceClient(credentials=AnonymousCredentials()).transport.close()
    hvac.Client(url="https://vault.example.com", token="none").is_authenticated  # noqa: B018, S106  bound, not asked
    WebClient(token="none")  # noqa: S106  no token


def uncompiled() -> list[str]:
    """Modules that each start would compile again."""
    for name in ("credwatch.cli.running", "credwatch.cli.sweeping", "credwatch.cli.telling"):
        importlib.import_module(name)
    specs = [module.__spec__ for module in list(sys.modules.values()) if getattr(module, "__spec__", None)]
    return sorted(spec.name for spec in specs if spec and spec.cached and not Path(spec.cached).exists())


def written() -> list[Path]:
    """The uppermost folders in which this user can make a file."""
    found: list[Path] = []
    for name, folders, _ in os.walk("/"):
        folder = Path(name)
        try:
            (folder / "try").touch()
        except OSError:
            folders[:] = [inner for inner in folders if str(folder / inner) not in NOT_OURS]
        else:
            (folder / "try").unlink()
            found.append(folder)
            folders.clear()
    return sorted(found)


if __name__ == "__main__":
    clients()
    if sources := uncompiled():
        sys.exit(f"not compiled: {', '.join(sources[:5])}")
    if (places := written()) != WRITABLE:
        sys.exit(f"can write to {', '.join(map(str, places))}")
    sys.stdout.write(
        f"Python {sys.version.split()[0]}: clients made, {len(sys.modules)} modules compiled, rest read-only\n"
    )
