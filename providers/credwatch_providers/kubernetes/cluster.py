"""The cluster's API: one request, and what its refusals mean. No word of an answer is repeated but its `reason`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from credwatch.contract import ConfigError, Conflict, Http, NoSettings, ProviderError, Reason, Reply, Setup
from credwatch_providers.kubernetes.settings import KubernetesSettings

_WORDS = {
    "AlreadyExists": Reason.CONFLICT,
    "BadRequest": Reason.UNEXPECTED,
    "Conflict": Reason.CONFLICT,
    "Expired": Reason.BROKEN,
    "Forbidden": Reason.FORBIDDEN,
    "Invalid": Reason.MALFORMED,
    "NotFound": Reason.NOT_FOUND,
    "RequestEntityTooLarge": Reason.TOO_LARGE,
    "TooManyRequests": Reason.RATE_LIMITED,
    "Unauthorized": Reason.LOGIN_REFUSED,
}
_CERTAIN = frozenset({400, 401, 403, 404, 413, 422})
"""Where the API says this, it has changed nothing."""
_PATCH = "application/merge-patch+json"


class Refusal(ProviderError):  # noqa: N818  it is the answer that is named
    """An answer that is not a success."""

    def __init__(self, status: int, word: str, *, theirs: bool) -> None:
        self.status = status
        failing = status >= 500
        reason = _WORDS.get(word, Reason.SERVER_ERROR if failing else Reason.UNEXPECTED)
        if status == 429:
            reason = Reason.RATE_LIMITED
        said = word or ("" if failing or status == 429 else "and not in the API's words")
        super().__init__(reason, f"HTTP {status} {said}".rstrip(), permanent=theirs and status in _CERTAIN)


class Cluster:
    """Who we are there is read anew for each request: a pod's token is replaced every hour."""

    def __init__(self, setup: Setup[KubernetesSettings, NoSettings]) -> None:
        self._setup = setup
        self._settings = setup.settings
        self._way: Http | None = None

    def now(self) -> datetime:
        """The wall clock."""
        return self._setup.http.now()

    def get(
        self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> dict[str, Any]:
        """What stands there."""
        return self._object(self._send("GET", path, query=query, accept=accept))

    def create(self, path: str, made: Mapping[str, Any]) -> dict[str, Any]:
        """A new object. Conflict when there is one of that name."""
        return self._object(self._send("POST", path, json.dumps(made).encode()))

    def patch(self, path: str, change: Mapping[str, Any]) -> dict[str, Any]:
        """The object with this merged into it. Conflict when it is no longer at the version that the change names."""
        return self._object(self._send("PATCH", path, json.dumps(change).encode(), kind=_PATCH))

    def delete(self, path: str, version: str) -> None:
        """Remove an object at this version; that it is gone is no error."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": version}}
        try:
            self._send("DELETE", path, json.dumps(options).encode())
        except Refusal as refusal:
            if refusal.reason is not Reason.NOT_FOUND:
                raise

    def _send(  # noqa: PLR0913  a request has so many parts
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
        kind: str = "application/json",
    ) -> Reply:
        try:
            token = self._settings.token.resolve().reveal().strip()
        except ConfigError as error:
            raise ProviderError(Reason.MISCONFIGURED, f"login: {error}", permanent=True) from None
        headers = {"Authorization": f"Bearer {token}", "Accept": accept} | ({"Content-Type": kind} if body else {})
        url = f"{self._settings.address}{path}" + (f"?{urlencode(query)}" if query else "")
        reply = self._there().send(method, url, headers=headers, body=body)
        if 200 <= reply.status < 300:
            return reply
        raise _refusal(reply)

    def _trusting(self, host: str, authority: Path) -> Http:
        if self._setup.trusting is None:
            raise ProviderError(Reason.TLS, "its authority cannot be trusted apart", permanent=True)
        try:
            return self._setup.trusting(host, authority)
        except ConfigError:
            words = f"{authority} holds no certificate that can be read"
            raise ProviderError(Reason.MISCONFIGURED, words, permanent=True) from None

    def _there(self) -> Http:
        """The way, which trusts the cluster's own authority."""
        if self._way is None:
            host = urlsplit(self._settings.address).netloc
            authority = self._settings.authority
            if authority is None:
                self._way = self._setup.reach(host)
            else:
                self._way = self._trusting(host, authority)
        return self._way

    @staticmethod
    def _object(reply: Reply) -> dict[str, Any]:
        read = reply.json()
        if read is None:
            raise ProviderError(Reason.UNREADABLE, f"HTTP {reply.status}: not what Kubernetes answers")
        return read


def secrets(namespace: str, name: str = "") -> str:
    """The path of a namespace's Secrets, or of one."""
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets"
    return f"{path}/{quote(name, safe='')}" if name else path


def _refusal(reply: Reply) -> ProviderError:
    body = reply.json() or {}
    theirs = body.get("kind") == "Status" and body.get("apiVersion") == "v1"
    word = str(body.get("reason")) if theirs and body.get("reason") in _WORDS else ""
    if word in {"AlreadyExists", "Conflict"}:
        return Conflict(Reason.CONFLICT, "somebody else wrote there meanwhile", permanent=True)
    return Refusal(reply.status, word, theirs=theirs)
