"""What lies in the Parameter Store, region by region."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from credwatch.contract import Item, Payload, Secret, Unlisted
from credwatch_providers.aws.connection import Connection, told
from credwatch_providers.aws.store import everywhere, named

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ParameterInlinePolicyTypeDef, ParameterMetadataTypeDef

PREFIX = "ssm:"
"""Before a parameter's name in a locator: no name of a secret holds a colon."""
PENDING = "/credwatch-pending/"
"""Where a rotation lays what is to come."""


class Parameters:
    """The parameters whose names match a pattern. A locator is `region/ssm:name`, and most names begin with a slash."""

    def __init__(self, provider: str, connection: Connection) -> None:
        self._provider = provider
        self._connection = connection
        self._wanted = named(connection.settings.parameters)

    def items(self) -> Iterator[Item | Unlisted]:
        """Region after region, page by page, as `everywhere` says; never a pending slot."""
        if self._connection.settings.parameters:
            yield from everywhere(self._connection, self._region, PREFIX)

    def _region(self, region: str) -> Iterator[Item]:
        with told():
            pages = self._connection.parameters(region).get_paginator("describe_parameters")
            for page in pages.paginate(PaginationConfig={"PageSize": 50}):
                for entry in page["Parameters"]:
                    name = entry["Name"]
                    if self._wanted.fullmatch(name) and not name.startswith(PENDING):
                        yield item(self._provider, region, entry)

    def read(self, item: Item) -> Payload:
        """Its newest version, decrypted."""
        region, name = placed(item)
        with told():
            answer = self._connection.parameters(region).get_parameter(Name=name, WithDecryption=True)
            return Payload({"": Secret(answer["Parameter"]["Value"])})


def is_parameter(item: Item) -> bool:
    """Whether this place is a parameter, and not a secret."""
    return item.locator.partition("/")[2].startswith(PREFIX)


def placed(item: Item) -> tuple[str, str]:
    """The region and the name of a parameter."""
    region, _, name = item.locator.partition("/")
    return region, name.removeprefix(PREFIX)


def item(provider: str, region: str, entry: ParameterMetadataTypeDef) -> Item:
    """One line of DescribeParameters. A parameter with a policy of expiry is deleted on that date."""
    return Item(
        provider=provider,
        locator=f"{region}/{PREFIX}{entry['Name']}",
        version=str(entry["Version"]) if "Version" in entry else "",
        written_at=entry.get("LastModifiedDate"),
        deletes_at=_ends(entry.get("Policies", ())),
    )


def _ends(policies: Sequence[ParameterInlinePolicyTypeDef]) -> datetime | None:
    """The date in a policy of the type Expiration; None where there is none, or none that can be read."""
    for policy in policies:
        if policy.get("PolicyType") == "Expiration":
            try:
                said: Any = json.loads(policy.get("PolicyText", ""))
                moment = datetime.fromisoformat(said["Attributes"]["Timestamp"])
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            return moment if moment.tzinfo else None
    return None
