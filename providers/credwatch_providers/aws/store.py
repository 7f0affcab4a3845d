"""What lies in Secrets Manager, region by region."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from credwatch.contract import Item, Payload, ProviderError, Reason, Secret, Unlisted
from credwatch_providers.aws.connection import Connection, told

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef, SecretListEntryTypeDef

CURRENT = "AWSCURRENT"
_CLOSED = frozenset({Reason.FORBIDDEN, Reason.LOGIN_REFUSED})
"""Of a region, after we have logged in: it may not be listed, or is not switched on for this account."""


class Secrets:
    """The secrets whose names match a pattern. A locator is `region/name`."""

    def __init__(self, provider: str, connection: Connection) -> None:
        self._provider = provider
        self._connection = connection
        self._wanted = named(connection.settings.secrets)

    def items(self) -> Iterator[Item | Unlisted]:
        """Region after region, page by page, as `everywhere` says."""
        if self._connection.settings.secrets:
            yield from everywhere(self._connection, self._region, "")

    def _region(self, region: str) -> Iterator[Item]:
        with told():
            pages = self._connection.secrets(region).get_paginator("list_secrets")
            for page in pages.paginate(IncludePlannedDeletion=True, PaginationConfig={"PageSize": 100}):
                for entry in page["SecretList"]:
                    if self._wanted.fullmatch(entry["Name"]):
                        yield item(self._provider, region, entry)

    def read(self, item: Item) -> Payload:
        """The current version, text or bytes, as one blob."""
        region, _, name = item.locator.partition("/")
        with told():
            return payload_of(self._connection.secrets(region).get_secret_value(SecretId=name, VersionStage=CURRENT))


def everywhere(
    connection: Connection, listing: Callable[[str], Iterator[Item]], prefix: str
) -> Iterator[Item | Unlisted]:
    """What each region holds. One that fails does not hide the next; its error is raised at the end."""
    connection.identity()
    failed: ProviderError | None = None
    for region in connection.settings.regions:
        try:
            yield from listing(region)
        except ProviderError as error:
            if error.reason in _CLOSED:
                yield Unlisted(f"{region}/{prefix}", Reason.FORBIDDEN, str(error))
            else:
                failed = failed or error
    if failed:
        raise failed


def payload_of(value: GetSecretValueResponseTypeDef) -> Payload:
    """One version, text or bytes, as one blob."""
    text = value.get("SecretString")
    return Payload({"": Secret(text if text is not None else value["SecretBinary"])})


def text_of(payload: Payload) -> str:
    """A blob as the text that a store of texts can hold. ProviderError(MALFORMED), permanent, for any other bytes."""
    text = payload.parts[""].reveal()
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ProviderError(Reason.MALFORMED, "bytes that are no text cannot be written there", permanent=True)
    return text


def item(provider: str, region: str, entry: SecretListEntryTypeDef) -> Item:
    """One line of ListSecrets.

    `DeletedDate` is taken for the day from which AWS removes the secret: DescribeSecret documents it so, ListSecrets says
    both. A secret with an `OwningService`, or with the `Type` of a partner, is rotated by AWS itself.
    """
    stages = entry.get("SecretVersionsToStages", {})
    primary = entry.get("PrimaryRegion") or region
    deletes_at = entry.get("DeletedDate")
    return Item(
        provider=provider,
        locator=f"{region}/{entry['Name']}",
        version=next((version for version, labels in stages.items() if CURRENT in labels), ""),
        labels={tag["Key"]: tag.get("Value", "") for tag in entry.get("Tags", ()) if "Key" in tag},
        written_at=entry.get("LastChangedDate"),
        deletes_at=deletes_at,
        due_at=entry.get("NextRotationDate") if entry.get("RotationEnabled") else None,
        mirror_of=None if primary == region else f"{primary}/{entry['Name']}",
        managed=bool(entry.get("OwningService") or entry.get("Type")),
        readable=deletes_at is None,
    )


def named(patterns: Sequence[str]) -> re.Pattern[str]:
    """One expression for all patterns over names: `*` stays within a segment, `**` crosses them."""
    parts = ([part for part in re.split(r"(\*\*|\*)", pattern) if part] for pattern in patterns)
    wild = {"**": ".*", "*": "[^/]*"}
    return re.compile("|".join("".join(wild.get(part, re.escape(part)) for part in pattern) for pattern in parts))
