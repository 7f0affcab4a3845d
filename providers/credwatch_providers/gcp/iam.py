"""Google's IAM over REST: its client library is not worth a dependency."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credwatch.contract import Http, ProviderError, Reason, Reply, otherwise
from credwatch_providers.gcp.settings import GcpIssuerSettings

IAM = "https://iam.googleapis.com"
_CONSTRAINT = re.compile(r"constraints/(iam\.[A-Za-z.]{1,100})")
_FULL = re.compile(r"maximum number of keys", re.IGNORECASE)


@dataclass(frozen=True)
class Iam:
    """The service accounts of projects, and their keys."""

    issuer: GcpIssuerSettings
    http: Http
    token: Callable[[], str]
    writes: bool = False

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """What is listed there; a path begins with the project."""
        reply, said = self._ask("GET", f"{path}?{urllib.parse.urlencode(query)}")
        match reply.status:
            case 200 if said is not None:
                return said
            case 401 if googles(said, 401):
                raise ProviderError(Reason.LOGIN_REFUSED, "IAM refuses our token", permanent=True)
            case 403 if googles(said, 403):
                raise ProviderError(Reason.FORBIDDEN, "IAM: 403, may not be listed", permanent=True)
            case 404 if googles(said, 404):
                raise ProviderError(Reason.NOT_FOUND, "IAM: 404")
            case _:
                raise ProviderError(otherwise(reply).reason, f"IAM: HTTP {reply.status}, and not in Google's words")

    def change(self, method: str, path: str, body: bytes = b"{}") -> dict[str, Any]:
        """One request that changes something, sent once. Permanent is only what Google's own words refuse."""
        if not self.writes:
            raise ProviderError(Reason.MISCONFIGURED, "this connection was opened to read", permanent=True)
        reply, said = self._ask(method, path, body)
        if reply.status == 200 and said is not None:
            return said
        if said is None or not googles(said, reply.status) or not 400 <= reply.status < 499:
            raise ProviderError(otherwise(reply).reason, f"IAM: HTTP {reply.status}, and not in Google's words")
        raise _refused(reply.status, said["error"])

    def asked(self, path: str, body: bytes) -> dict[str, Any]:
        """A read that is a POST."""
        reply, said = self._ask("POST", path, body)
        if reply.status != 200 or said is None:
            raise ProviderError(otherwise(reply).reason, f"IAM: HTTP {reply.status}")
        return said

    def _ask(self, method: str, path: str, body: bytes = b"") -> tuple[Reply, dict[str, Any] | None]:
        headers = {"Authorization": f"Bearer {self.token()}"} | ({"Content-Type": "application/json"} if body else {})
        url = f"{self.issuer.at(IAM)}/v1/projects/{path}"
        reply = self.http.send(method, url, headers=headers, body=body)
        return reply, reply.json()


def account_path(project: str, email: str) -> str:
    """Of a service account, as a path begins."""
    return f"{project}/serviceAccounts/{urllib.parse.quote(email, safe='@')}"


def googles(said: Mapping[str, Any] | None, status: int) -> bool:
    """Whether an error is Google's own. A page of somebody else's says nothing of an account or of our token."""
    error = said.get("error") if said else None
    return isinstance(error, dict) and error.get("code") == status


def _refused(status: int, error: Mapping[str, Any]) -> ProviderError:
    """What a refusal of Google's means: its words name the right that is missing, or the policy that forbids."""
    word = re.sub(r"[^A-Z_]", "", str(error.get("status", "")))[:40]
    policy = _CONSTRAINT.search(str(error.get("details", "")))
    if policy:
        said = f"the organisation's policy {policy[1]} forbids it"
        return ProviderError(Reason.FORBIDDEN, f"IAM: {said}", permanent=True)
    if _FULL.search(str(error.get("message", ""))):
        return ProviderError(Reason.AT_LIMIT, f"IAM: {status} {word}, it has all keys that it may have", permanent=True)
    reasons = {401: Reason.LOGIN_REFUSED, 403: Reason.FORBIDDEN, 404: Reason.NOT_FOUND, 429: Reason.RATE_LIMITED}
    words = f", {' '.join(str(error.get('message', '')).split())[:300]}" if status == 403 else ""
    reason = reasons.get(status, Reason.UNEXPECTED)
    return ProviderError(reason, f"IAM: {status} {word}{words}", permanent=reason is not Reason.RATE_LIMITED)
