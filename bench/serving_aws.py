"""AWS as moto serves it, filled: `python -m bench.serving_aws SECRETS KEYS`. The end of standard input ends it."""

from __future__ import annotations

import json
import logging
import random
import sys
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"


def fill(url: str, secrets: int, keys: int) -> None:
    """So many secrets of two fields each, and so many users with one access key each."""
    given: dict[str, Any] = {"endpoint_url": url, "region_name": REGION}
    given |= {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "made-up"}
    manager, iam = boto3.client("secretsmanager", **given), boto3.client("iam", **given)
    chance = random.Random(7)  # noqa: S311  made up, and the same in every run

    for number in range(secrets):
        value = json.dumps({"username": f"user-{number}", "password": chance.randbytes(20).hex()})
        manager.create_secret(Name=f"team-{number % 10}/service-{number}", SecretString=value)
    for number in range(keys):
        iam.create_user(UserName=f"user-{number:04}")
        iam.create_access_key(UserName=f"user-{number:04}")


def main() -> None:
    """Start, fill, say where, and wait for the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    fill(url, int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(json.dumps({"url": url, "region": REGION}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
