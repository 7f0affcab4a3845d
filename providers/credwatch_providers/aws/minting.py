"""IAM's access keys as a rotation makes and unmakes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from credwatch.contract import Carried, Facts, Item, Listed, Minted, ProviderError, Reason, Secret, Step
from credwatch_providers.aws.connection import Connection, told
from credwatch_providers.aws.inventory import ROOT, USER, AccessKeys
from credwatch_providers.aws.keys import ACCESS_KEY

_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
"""Of a user, as IAM documents it; what we call the root user has spaces."""
_ACTIONS = ("iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey")


class Minting:
    """What an account offers as a `Minter` that `Disables`. IAM keeps no text beside a key, so none bears a mark."""

    mints = frozenset({ACCESS_KEY.name})
    marks = False
    limit: int | None = 2

    def __init__(self, connection: Connection) -> None:
        self._iam = connection
        self._listing = AccessKeys(connection)

    def detail(self, key: Facts) -> Facts | None:
        """Its state and its last use, by the list of its user's keys."""
        return next((one.facts for one in self.beside(key) if one.facts.key_id == key.key_id), None)

    def beside(self, key: Facts) -> Iterable[Listed]:
        """The keys of its user."""
        user = self._user(key)
        return self._listing.of(user) if user else []

    def may(self, key: Facts) -> str:
        """By what it is, and by IAM's own simulation where we may ask for one."""
        identity = self._iam.identity()
        if key.account and key.account != identity.account:
            return f"it belongs to account {key.account}, and we are in {identity.account}"
        user = self._user(key)
        if user is None:
            return "its user is not known, or it is the root user's: those are made by hand"
        ours = self._iam.settings.access_key
        if ours is not None and ours.id == key.key_id:
            return "it is the key that we log in with ourselves"
        return self._simulated(user)

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """An access key is nothing but its user's."""
        changes = ("the key id, and the secret",)
        lost = ("its end: IAM gives access keys none",) if lifetime else ()
        return Carried((f"the user {self._named(key)}, and all that its policies allow",), changes, lost)

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """One more for the same user."""
        del mark, lifetime
        user = self._named(like)
        account = self._iam.identity().account
        with told(writing=True):
            made = self._iam.iam(writing=True).create_access_key(UserName=user)["AccessKey"]
            values = {"id": Secret(made["AccessKeyId"]), "secret": Secret(made["SecretAccessKey"])}
            facts = Facts(
                account=account,
                key_id=made["AccessKeyId"],
                name=user,
                created=made.get("CreateDate"),
                disabled=False,
                traits={USER: user},
            )
        return Minted(facts, values)

    def revoke(self, key: Facts) -> None:
        """For good."""
        user, key_id = self._named(key), _id(key)
        try:
            with told(writing=True):
                self._iam.iam(writing=True).delete_access_key(UserName=user, AccessKeyId=key_id)
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise

    def disable(self, key: Facts) -> None:
        """Inactive: STS refuses it, and it can be made Active again."""
        self._switch(key, "Inactive")

    def enable(self, key: Facts) -> None:
        """Active again."""
        self._switch(key, "Active")

    def call(self, step: Step, of: Facts | Item) -> str:
        """The action of a step."""
        actions = {Step.MINT: "CreateAccessKey", Step.DISABLE: "UpdateAccessKey", Step.REVOKE: "DeleteAccessKey"}
        if not isinstance(of, Facts) or step not in actions:
            return ""
        which = "" if step is Step.MINT else f" {of.key_id}, Inactive" if step is Step.DISABLE else f" {of.key_id}"
        user = (of.traits or {}).get(USER) or of.name or "its user"
        return f"iam:{actions[step]} of {user}{which}"

    def _switch(self, key: Facts, status: str) -> None:
        given = {"UserName": self._named(key), "AccessKeyId": _id(key), "Status": status}
        with told(writing=True):
            self._iam.iam(writing=True).update_access_key(**given)  # type: ignore[arg-type]

    def _named(self, key: Facts) -> str:
        """Its user. ProviderError, permanent, when nobody knows."""
        user = self._user(key)
        if user is None:
            raise ProviderError(Reason.MISCONFIGURED, f"whose key {key.key_id} is, is not known", permanent=True)
        return user

    def _user(self, key: Facts) -> str | None:
        """By what the list said, or by the key's last use, of which IAM tells with its owner. None: unknown, or root."""
        said = (key.traits or {}).get(USER)
        if key.name == ROOT:
            return None
        if said is None and key.key_id:
            try:
                with told():
                    said = self._iam.iam().get_access_key_last_used(AccessKeyId=key.key_id).get("UserName")
            except ProviderError as error:
                if error.reason not in {Reason.FORBIDDEN, Reason.NOT_FOUND}:
                    raise
        said = said or key.name or ""
        return said if _NAME.fullmatch(said) else None

    def _simulated(self, user: str) -> str:
        """What IAM's simulation refuses us. Empty where it cannot be had, or was not told what a condition asks for."""
        try:
            with told():
                client = self._iam.iam()
                asked = client.simulate_principal_policy(
                    PolicySourceArn=self._source(),
                    ActionNames=_ACTIONS,
                    ResourceArns=[client.get_user(UserName=user)["User"]["Arn"]],
                )
                for result in asked["EvaluationResults"]:
                    if result["EvalDecision"] != "allowed" and not result.get("MissingContextValues"):
                        return f"{result['EvalActionName']} on the user {user}: {result['EvalDecision']}"
        except ProviderError:
            return ""
        return ""

    def _source(self) -> str:
        """Whose policies count: the user's that we are, or the role's, which STS shows without its path."""
        arn = self._iam.identity().arn
        if self._iam.settings.assume:
            return self._iam.settings.assume
        if ":assumed-role/" in arn:
            head, _, tail = arn.partition(":assumed-role/")
            return f"{head.replace(':sts:', ':iam:')}:role/{tail.partition('/')[0]}"
        return arn


def _id(key: Facts) -> str:
    if not key.key_id:
        raise ProviderError(Reason.MISCONFIGURED, "a key without an id is not touched", permanent=True)
    return key.key_id
