"""What IAM knows of access keys: whose they are, since when, and when they were last used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from credwatch.contract import Facts, Listed, ProviderError, Reason, Unlisted, side_by_side
from credwatch_providers.aws.connection import Connection, told
from credwatch_providers.aws.keys import ACCESS_KEY

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import AccessKeyMetadataTypeDef

ROOT = "root user of the account"
USER = "user"
"""The trait that names whose key it is."""
_AT_ONCE = 8
"""Users that are asked about at the same time; IAM throttles early."""


class AccessKeys:
    """The access keys of every user, and of the root user where we are called as root."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Page by page of users, their keys side by side. A refusal hides the account's keys, and says so."""
        identity = self._connection.identity()
        try:
            if identity.arn.endswith(":root"):
                yield from self.of(None)
            for users in self._users():
                for found in side_by_side(self.of, users, workers=_AT_ONCE):
                    yield from found
        except ProviderError as error:
            if error.reason is not Reason.FORBIDDEN:
                raise
            yield Unlisted(f"{identity.account}/", Reason.FORBIDDEN, str(error))

    def _users(self) -> Iterator[list[str]]:
        with told():
            for page in self._connection.iam().get_paginator("list_users").paginate(PaginationConfig={"PageSize": 100}):
                yield [user["UserName"] for user in page["Users"]]

    def of(self, user: str | None) -> list[Listed]:
        """The keys of one user; None is whoever calls. A user who was deleted meanwhile has none."""
        try:
            with told():
                pages = self._connection.iam().get_paginator("list_access_keys")
                found = [
                    key
                    for page in (pages.paginate(UserName=user) if user else pages.paginate())
                    for key in page["AccessKeyMetadata"]
                ]
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            return []
        return list(self._listed(user, found))

    def _listed(self, user: str | None, keys: Iterable[AccessKeyMetadataTypeDef]) -> Iterator[Listed]:
        account = self._connection.identity().account
        for key in keys:
            used = None
            try:
                with told():
                    used = self._connection.iam().get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
            except ProviderError as error:
                if error.reason not in {Reason.FORBIDDEN, Reason.NOT_FOUND}:
                    raise
            facts = Facts(
                account=account,
                key_id=key["AccessKeyId"],
                name=user or ROOT,
                created=key.get("CreateDate"),
                last_used=used["AccessKeyLastUsed"].get("LastUsedDate") if used else None,
                disabled=key.get("Status") != "Active",
                traits={USER: user} if user else None,
            )
            yield Listed(ACCESS_KEY, facts)
