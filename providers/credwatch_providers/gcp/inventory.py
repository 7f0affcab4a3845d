"""What Google's IAM knows of service-account keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from credwatch.contract import NEVER, Facts, Listed, ProviderError, Reason, Unlisted
from credwatch_providers.gcp.iam import Iam, account_path
from credwatch_providers.gcp.keys import SERVICE_ACCOUNT_KEY
from credwatch_providers.gcp.settings import GcpSettings

PROJECT = "project"
"""The trait that names whose account it is."""
_ENDLESS = timedelta(days=9 * 365)
"""Google writes "no end" as a date ten years away, or in the year 9999."""
_TEN_YEARS = timedelta(days=3_650)
_YEAR = timedelta(days=365)


class ServiceAccountKeys:
    """The keys that people made; those that Google makes and rolls for itself are not asked for."""

    def __init__(self, settings: GcpSettings, iam: Iam) -> None:
        self._projects = settings.projects
        self._iam = iam

    def keys(self) -> Iterator[Listed | Unlisted]:
        """Account by account. A place is `e-mail/key`: a project that is shut could hide any e-mail, so it hides all."""
        for project in self._projects:
            try:
                for account in self._accounts(project):
                    yield from self._of(project, account)
            except ProviderError as error:
                if error.reason is not Reason.FORBIDDEN:
                    raise
                yield Unlisted("", Reason.FORBIDDEN, f"{project}: {error}")

    def _accounts(self, project: str) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        page = ""
        while page not in seen:
            seen.add(page)
            said = self._iam.get(f"{project}/serviceAccounts", pageSize="100", **({"pageToken": page} if page else {}))
            yield from _objects(said, "accounts")
            page = said.get("nextPageToken") or ""
            if not page:
                return
            if not isinstance(page, str):
                break
        raise ProviderError(Reason.BROKEN, f"IAM: the accounts of {project} run in a circle")

    def _of(self, project: str, account: Mapping[str, Any]) -> Iterator[Listed | Unlisted]:
        email = str(account.get("email", ""))
        try:
            said = self._iam.get(f"{account_path(project, email)}/keys", keyTypes="USER_MANAGED")
        except ProviderError as error:
            if error.reason is Reason.FORBIDDEN:
                yield Unlisted(f"{email}/", Reason.FORBIDDEN, str(error))
            elif error.reason is not Reason.NOT_FOUND:
                raise
            return
        for key in _objects(said, "keys"):
            yield Listed(SERVICE_ACCOUNT_KEY, facts(project, account, key, self._iam.http.now()))

    def of(self, project: str, email: str, name: str | None) -> list[Facts]:
        """The keys of one account. ProviderError(NOT_FOUND) when it is gone."""
        said = self._iam.get(f"{account_path(project, email)}/keys", keyTypes="USER_MANAGED")
        account = {"email": email, "displayName": name}
        return [facts(project, account, key, self._iam.http.now()) for key in _objects(said, "keys")]


def facts(project: str, account: Mapping[str, Any], key: Mapping[str, Any], now: datetime) -> Facts:
    """One key as the list shows it."""
    made, ends = _moment(key.get("validAfterTime")), _moment(key.get("validBeforeTime"))
    return Facts(
        account=account.get("email"),
        key_id=str(key.get("name", "")).rpartition("/")[2],
        name=account.get("displayName") or account.get("email"),
        created=made,
        expires=NEVER if ends and _endless(made, ends, now) else ends,
        disabled=bool(key.get("disabled") or account.get("disabled")),
        traits={PROJECT: project},
    )


def _endless(made: datetime | None, ends: datetime, now: datetime) -> bool:
    """Whether this date means "no end". Ten years after the key was made it does until the last of them: it is old before."""
    ten = made is not None and ends - made >= _TEN_YEARS
    return ends > now + (_YEAR if ten else _ENDLESS)


def _objects(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list under a name, which Google leaves out when it is empty. Anything else there is no answer of Google's."""
    found = said.get(name, [] if said.keys() <= {"nextPageToken"} else None)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ProviderError(Reason.UNREADABLE, f"IAM: {name} is not a list of objects")
    return found


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
