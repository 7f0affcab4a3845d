"""Done once by whoever runs the program in forks: what each of them would read and compile again.

Whoever runs this says in `CONFIG` how the program is told of its configuration.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from credwatch.cli import main

SERVICES = ("sts", "iam", "secretsmanager", "ssm")


def first(config: list[str]) -> None:
    """Read the configuration, and where AWS's library is loaded already, what that knows of its services."""
    with redirect_stdout(StringIO()):
        assert main([*config, "config", "check"]) == 0
    if "boto3" not in sys.modules:
        return
    from credwatch_providers.aws.connection import _session  # noqa: PLC0415  it loads what may not be wanted

    session = _session(None, Path(config[-1]).with_name("ca.pem"))
    for service in SERVICES:
        session.client(service, "eu-west-1", aws_access_key_id="nobody", aws_secret_access_key="nobody").close()


first(globals()["CONFIG"])
