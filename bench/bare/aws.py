"""Secrets listed and read, users and their keys listed, with eight threads: `python -m bench.bare.aws URL REGION`."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

THREADS = 8


def read_all(manager: Any, threads: ThreadPoolExecutor) -> int:
    """How many secrets have a value."""
    pages = manager.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 100})
    names = [entry["Name"] for page in pages for entry in page["SecretList"]]
    values = threads.map(lambda name: manager.get_secret_value(SecretId=name)["SecretString"], names)
    return sum(bool(value) for value in values)


def list_all(iam: Any, threads: ThreadPoolExecutor) -> int:
    """How many access keys there are, each asked when it was last used."""

    def of(user: str) -> int:
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return len([iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"]) for key in keys])

    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 100})
    return sum(threads.map(of, [user["UserName"] for page in pages for user in page["Users"]]))


def main(url: str, region: str) -> None:
    """Both, and how many."""
    given: dict[str, Any] = {"endpoint_url": url, "region_name": region}
    given |= {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "made-up"}
    manager, iam = boto3.client("secretsmanager", **given), boto3.client("iam", **given)
    with ThreadPoolExecutor(THREADS) as threads:
        sys.stdout.write(f"{read_all(manager, threads)} {list_all(iam, threads)}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
