"""Trim what the image never uses: botocore's descriptions of the services that credwatch does not call."""

import shutil
from pathlib import Path

import botocore

USED = {"iam", "secretsmanager", "ssm", "sso", "sso-oidc", "sts"}

for service in (Path(botocore.__file__).parent / "data").iterdir():
    if service.is_dir() and service.name not in USED:
        shutil.rmtree(service)
