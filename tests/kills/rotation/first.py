"""Done once by whoever runs the program in forks: what each of them would read and compile again.

Whoever runs this says in `CONFIG` how the program is told of its configuration.
"""

from __future__ import annotations

import sys
from pathlib import Path

from credwatch.config.loading import parse
from credwatch.identify import Identifier
from credwatch.registry import Registry

SERVICES = ("sts", "iam", "secretsmanager", "ssm")


def first(config: list[str]) -> None:
    """Get the kinds of keys ready, and where AWS's library is loaded already, what that knows of its services."""
    path = Path(config[-1])
    Identifier(Registry.load().kinds(parse(path.read_text(), {}, str(path))))
    if "boto3" not in sys.modules:
        return
    from credwatch_providers.aws.connection import _session  # noqa: PLC0415  it loads what may not be wanted

    session = _session(None, path.with_name("ca.pem"))
    for service in SERVICES:
        session.client(service, "eu-west-1", aws_access_key_id="nobody", aws_secret_access_key="nobody").close()


first(globals()["CONFIG"])
