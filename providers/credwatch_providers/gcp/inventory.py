"""What Google's IAM knows of service-account keys. Over REST: its client library is not worth a dependency."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from credwatch.contract import NEVER, Facts, Http, Listed, ProviderError, Reason, Unlisted, otherwise
from credwatch_providers.gcp.keys import SERVICE_ACCOUNT_KEY
from credwatch_providers.gcp.settings import GcpIssuerSettings, GcpSettings

IAM = "https://iam.googleapis.com"
_ENDLESS = timedelta(days=9 * 365)
"""Google writes "no end" as a date ten years away, or in the year 9999."""


class ServiceAccountKeys:
    """The keys that people made; those that Google makes and rolls for itself are not asked for."""

    def __init__(self, settings: GcpSettings, issuer: GcpIssuerSettings, http: Http, token: Callable[[], str]) -> None:
        self._projects = settings.projects
        self._base = issuer.at(IAM) + "/v1/projects"
        self._http = http
        self._token = token

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
            said = self._get(f"{project}/serviceAccounts", pageSize="100", **({"pageToken": page} if page else {}))
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
            path = f"{project}/serviceAccounts/{urllib.parse.quote(email, safe='@')}/keys"
            said = self._get(path, keyTypes="USER_MANAGED")
        except ProviderError as error:
            if error.reason is Reason.FORBIDDEN:
                yield Unlisted(f"{email}/", Reason.FORBIDDEN, str(error))
            elif error.reason is not Reason.NOT_FOUND:
                raise
            return
        for key in _objects(said, "keys"):
            yield Listed(SERVICE_ACCOUNT_KEY, facts(account, key, self._http.now()))

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        url = f"{self._base}/{path}?{urllib.parse.urlencode(query)}"
        reply = self._http.send("GET", url, headers={"Authorization": f"Bearer {self._token()}"})
        said = reply.json()
        match reply.status:
            case 200 if said is not None:
                return said
            case 401 if _googles(said, 401):
                raise ProviderError(Reason.LOGIN_REFUSED, "IAM refuses our token", permanent=True)
            case 403 if _googles(said, 403):
                raise ProviderError(Reason.FORBIDDEN, "IAM: 403, may not be listed", permanent=True)
            case 404 if _googles(said, 404):
                raise ProviderError(Reason.NOT_FOUND, "IAM: 404")
            case _:
                raise ProviderError(otherwise(reply).reason, f"IAM: HTTP {reply.status}, and not in Google's words")


def facts(account: Mapping[str, Any], key: Mapping[str, Any], now: datetime) -> Facts:
    """One key as the list shows it."""
    ends = _moment(key.get("validBeforeTime"))
    return Facts(
        account=account.get("email"),
        key_id=str(key.get("name", "")).rpartition("/")[2],
        name=account.get("displayName") or account.get("email"),
        created=_moment(key.get("validAfterTime")),
        expires=NEVER if ends and ends > now + _ENDLESS else ends,
        disabled=bool(key.get("disabled") or account.get("disabled")),
    )


def _objects(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list under a name, which Google leaves out when it is empty. Anything else there is no answer of Google's."""
    found = said.get(name, [] if said.keys() <= {"nextPageToken"} else None)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ProviderError(Reason.UNREADABLE, f"IAM: {name} is not a list of objects")
    return found


def _googles(said: Mapping[str, Any] | None, status: int) -> bool:
    """Whether an error is Google's own. A page of somebody else's says nothing of an account or of our token."""
    error = said.get("error") if said else None
    return isinstance(error, dict) and error.get("code") == status


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
