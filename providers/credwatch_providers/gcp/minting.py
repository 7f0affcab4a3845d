"""Service-account keys as a rotation makes and unmakes them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from credwatch.contract import Carried, Facts, Item, Listed, Minted, ProviderError, Reason, Secret, Step
from credwatch_providers.gcp.iam import IAM, Iam, account_path
from credwatch_providers.gcp.inventory import PROJECT, ServiceAccountKeys, facts
from credwatch_providers.gcp.keys import SERVICE_ACCOUNT_KEY
from credwatch_providers.gcp.settings import GcpSettings

_BODY = b'{"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyAlgorithm": "KEY_ALG_RSA_2048"}'
_RIGHTS = ["iam.serviceAccountKeys.create", "iam.serviceAccountKeys.delete", "iam.serviceAccountKeys.disable"]
_KEY = re.compile(r"[0-9a-f]{40}")


class Minting:
    """What some projects offer as a `Minter` that `Disables`. A key has no field for a text of ours, so none bears a mark."""

    mints = frozenset({SERVICE_ACCOUNT_KEY.name})
    marks = False
    limit: int | None = 10

    def __init__(self, settings: GcpSettings, iam: Iam, listing: ServiceAccountKeys) -> None:
        self._projects = settings.projects
        self._own = settings.credentials
        self._iam = iam
        self._listing = listing

    def detail(self, key: Facts) -> Facts | None:
        """As the list of its account shows it."""
        return next((one.facts for one in self.beside(key) if one.facts.key_id == key.key_id), None)

    def beside(self, key: Facts) -> Iterable[Listed]:
        """The keys of its account that people made; none when the account is gone."""
        try:
            return [Listed(SERVICE_ACCOUNT_KEY, found) for found in self._listing.of(*self._account(key), key.name)]
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND or error.permanent:
                raise
            return []

    def may(self, key: Facts) -> str:
        """By what it is, and by the rights that IAM says we have there."""
        if self._project(key) is None:
            return f"which of our projects {key.account or 'its account'} belongs to is not known"
        if key.key_id and key.key_id == self._login():
            return "it is the key that we log in with ourselves"
        try:
            path = f"{account_path(*self._account(key))}:testIamPermissions"
            granted = self._iam.asked(path, json.dumps({"permissions": _RIGHTS}).encode()).get("permissions", [])
        except ProviderError:
            return ""
        missing = [right for right in _RIGHTS if right not in granted]
        return f"we lack {', '.join(missing)} on {key.account}" if missing else ""

    def carried(self, key: Facts, lifetime: timedelta | None) -> Carried:
        """A key is nothing but its account's."""
        changes = ("the key id, and the private key", "its end, which the organisation's policy gives it, if any")
        lost = ("tokens that the old key fetched live on for up to an hour after it is deleted",)
        asked = ("the lifetime that was asked for: Google gives a key none on request",) if lifetime else ()
        return Carried((f"the service account {key.account}, and all that it may do",), changes, (*asked, *lost))

    def mint(self, like: Facts, mark: str, lifetime: timedelta | None) -> Minted:
        """One more for the same account. Google lets it in after some seconds, a minute at most."""
        del mark, lifetime
        project, email = self._account(like)
        try:
            made = self._iam.change("POST", f"{account_path(project, email)}/keys", _BODY)
        except ProviderError as error:
            if not error.permanent or error.reason is not Reason.UNEXPECTED or not self._full(like):
                raise
            raise ProviderError(Reason.AT_LIMIT, str(error), permanent=True) from None
        values = _values(made)
        account = {"email": email, "displayName": like.name}
        return Minted(facts(project, account, made, self._iam.http.now()), values)

    def revoke(self, key: Facts) -> None:
        """For good."""
        path = self._place(key)
        try:
            self._iam.change("DELETE", path, b"")
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise

    def disable(self, key: Facts) -> None:
        """Google's token endpoint refuses it from then on, until it is switched on again."""
        self._iam.change("POST", f"{self._place(key)}:disable")

    def enable(self, key: Facts) -> None:
        """On again."""
        self._iam.change("POST", f"{self._place(key)}:enable")

    def call(self, step: Step, of: Facts | Item) -> str:
        """The request of a step."""
        calls = {Step.MINT: ("POST", ""), Step.DISABLE: ("POST", ":disable"), Step.REVOKE: ("DELETE", "")}
        project = self._project(of) if isinstance(of, Facts) else None
        if not isinstance(of, Facts) or project is None or step not in calls:
            return ""
        method, verb = calls[step]
        which = "" if step is Step.MINT else f"/{of.key_id}{verb}"
        return f"{method} {IAM.removeprefix('https://')}/v1/projects/{project}/serviceAccounts/{of.account}/keys{which}"

    def _full(self, like: Facts) -> bool:
        """Whether the account has all keys that it may have: IAM says only that a precondition failed."""
        try:
            return len(list(self.beside(like))) >= (self.limit or 0)
        except ProviderError:
            return False

    def _account(self, key: Facts) -> tuple[str, str]:
        """Project and e-mail. ProviderError, permanent, when nobody knows."""
        project = self._project(key)
        if project is None or not key.account:
            raise ProviderError(Reason.MISCONFIGURED, f"whose key {key.key_id} is, is not known", permanent=True)
        return project, key.account

    def _project(self, key: Facts) -> str | None:
        """As the list said; else as the e-mail says, if we watch it; else the only one that we watch."""
        said = (key.traits or {}).get(PROJECT)
        head = (key.account or "").partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        only = self._projects[0] if len(self._projects) == 1 else None
        found = said or (head if head in self._projects else None) or only
        return found if found in self._projects and key.account else None

    def _place(self, key: Facts) -> str:
        if not _KEY.fullmatch(key.key_id or ""):
            raise ProviderError(Reason.MISCONFIGURED, "a key without an id is not touched", permanent=True)
        return f"{account_path(*self._account(key))}/keys/{key.key_id}"

    def _login(self) -> str | None:
        if self._own is None:
            return None
        said: Any = json.loads(self._own.resolve().reveal())
        return said.get("private_key_id") if isinstance(said, dict) else None


def _values(made: Mapping[str, Any]) -> dict[str, Secret]:
    """The roles of a key's file, as they are found where such a file is stored: without the newline at the end."""
    try:
        file = json.loads(base64.b64decode(made["privateKeyData"], validate=True))
        return {role.name: Secret(file[role.name].rstrip("\r\n")) for role in SERVICE_ACCOUNT_KEY.roles}
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error, RecursionError):
        raise ProviderError(Reason.UNREADABLE, "IAM: a key was made, and its answer holds no file of a key") from None
