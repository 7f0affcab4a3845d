"""Vault over HTTP by hvac: one session, one login, and every refusal as a ProviderError with Vault's words.

hvac's `Client` takes what the configuration leaves out from the environment (`VAULT_ADDR`, `VAULT_TOKEN`,
`VAULT_CACERT`, …) and from `~/.vault-token`. So its parts are put together here, on an adapter that is told everything.
No request of it has a wall-clock limit or a largest answer: those, the trust and the proxy are the watch's own way's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote as _quoted
from urllib.parse import urlsplit

from credwatch.contract import ConfigError, ProviderError, Reason, Secret, Setup
from credwatch_providers.vault.exact import members, written
from credwatch_providers.vault.refusals import Refusal, told
from credwatch_providers.vault.session import session
from credwatch_providers.vault.settings import Auth, VaultIssuerSettings, VaultSettings

if TYPE_CHECKING:
    import requests
    from hvac.adapters import JSONAdapter

_EARLY = 0.9
"""The part of a login's life after which we log in again."""
_LOGIN_REFUSED = frozenset({400, 401, 403, 404})


@dataclass(frozen=True)
class Mount:
    """A secrets engine. Version 0: not a key-value store."""

    path: str
    version: int
    kind: str = "kv"
    guessed: bool = False
    """Vault does not show it; its path and its version are as they usually are."""


@dataclass(frozen=True)
class Kept:
    """One version of an item of a store of version 2."""

    version: str
    """`0`: the item was never written."""
    data: str = field(default="", repr=False)
    """What it holds, as it was sent; empty when it was deleted or destroyed, or never was."""


class Client:
    """A connection that logs in when it is first used. May be used by several threads."""

    def __init__(self, setup: Setup[VaultSettings, VaultIssuerSettings]) -> None:
        self._setup = setup
        self._settings = setup.settings
        self._lock = threading.Lock()
        self._adapter: JSONAdapter | None = None
        self._until: datetime | None = None
        self.role = ""
        """The AppRole's own name, which Vault tells at the login."""

    def whoami(self) -> Mapping[str, Any]:
        """What our token says of itself."""
        return self._data("get", "auth/token/lookup-self", has="policies")

    def renew(self) -> int:
        """Ask for a new life of our token; its length in seconds."""
        answer = self._ask("post", "auth/token/renew-self", json={})
        return int((answer.get("auth") or {}).get("lease_duration") or 0)

    def secret_id_ends(self) -> str | None:
        """When the AppRole's secret id expires, as Vault writes it; None when it does not say."""
        approle = self._settings.auth.approle
        if approle is None or not self.role:
            return None
        path = f"auth/{approle.mount}/role/{_quoted(self.role)}/secret-id/lookup"
        found = self._data("post", path, json={"secret_id": approle.secret_id.resolve().reveal()})
        ends = found.get("expiration_time")
        return ends if isinstance(ends, str) else None

    def role_id(self, role: str) -> str:
        """The role id of an AppRole, by its path; empty when it is gone."""
        try:
            return str(self._data("get", f"{_quoted(role)}/role-id", has="role_id")["role_id"])
        except Refusal as refusal:
            if refusal.absent:
                return ""
            raise

    def secret_id(self, role: str, value: Secret) -> Mapping[str, Any]:
        """What Vault knows of this secret id of an AppRole, by its path; nothing, when there is none such."""
        path = f"{_quoted(role)}/secret-id/lookup"
        known = self._ask("post", path, json={"secret_id": value.reveal()}).get("data")
        return known if isinstance(known, dict) else {}

    def shown(self, path: str) -> Mapping[str, Any]:
        """What is read at a path."""
        return self._data("get", _quoted(path))

    def tell(self, path: str) -> None:
        """An order without words."""
        self._ask("post", _quoted(path), json={})

    def mounts(self) -> list[Mount]:
        """Every mount that our token may see anything of."""
        rows = self._data("get", "sys/internal/ui/mounts", has="secret")["secret"]
        if not isinstance(rows, dict):
            raise self._strange()
        return [_mount(path, row) for path, row in rows.items() if isinstance(row, dict)]

    def keys(self, mount: Mount, folder: str) -> list[str]:
        """The names in a folder (with its slash, or empty); an empty or absent one has none."""
        area = f"{mount.path}/metadata" if mount.version == 2 else mount.path
        return self.names(f"{area}/{_quoted(folder)}")

    def names(self, path: str) -> list[str]:
        """What a listing shows; of what is absent, nothing."""
        try:
            names = self._data("list", path, has="keys")["keys"]
        except Refusal as refusal:
            if refusal.absent:
                return []
            raise
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise self._strange()
        return names

    def metadata(self, mount: Mount, path: str) -> Mapping[str, Any]:
        """What a key-value store of version 2 knows of an item."""
        return self._data("get", f"{mount.path}/metadata/{_quoted(path)}")

    def value(self, mount: Mount, path: str) -> Mapping[str, Any]:
        """What is stored there now."""
        if mount.version != 2:
            return self._data("get", f"{mount.path}/{_quoted(path)}")
        value = self._data("get", f"{mount.path}/data/{_quoted(path)}", has="data")["data"]
        if not isinstance(value, dict):
            raise ProviderError(Reason.UNREADABLE, "the answer holds no value")
        return value

    def kept(self, mount: Mount, path: str, version: str = "") -> Kept:
        """A version of an item, or the current one, with its value to the letter."""
        where = f"{mount.path}/data/{_quoted(path)}"
        try:
            content = self._send("get", where, params={"version": version} if version else {}).text
        except Refusal as refusal:
            if refusal.absent or refusal.deleted:
                return Kept(refusal.deleted or "0")
            raise
        with told(self._settings.address):
            try:
                data = members(members(content)["data"])
                return Kept(str(json.loads(data["metadata"])["version"]), data["data"])
            except (ValueError, KeyError, TypeError):
                raise self._strange() from None

    def write(self, mount: Mount, path: str, data: str, version: str) -> str:
        """Write this JSON where this version is the current one (`0`: where nothing ever was); the new version."""
        body = written({"options": json.dumps({"cas": int(version)}), "data": data})
        answer = self._ask("post", f"{mount.path}/data/{_quoted(path)}", data=body.encode())
        known = answer.get("data")
        if not isinstance(known, dict) or not isinstance(known.get("version"), int):
            raise self._strange()
        return str(known["version"])

    def forget(self, mount: Mount, path: str) -> None:
        """Delete an item with all its versions."""
        self._ask("delete", f"{mount.path}/metadata/{_quoted(path)}")

    def now(self) -> datetime:
        """The wall clock."""
        return self._setup.http.now()

    def close(self) -> None:
        """Give up the connections. A token that a login gave us ends by its own time."""
        with self._lock:
            if self._adapter is not None:
                self._adapter.close()
                self._adapter = None

    def _data(self, method: str, path: str, *, has: str = "", **more: Any) -> Mapping[str, Any]:
        """What an answer tells, which has this in it. Anything else is none of Vault's: it is not that there is nothing."""
        data = self._ask(method, path, **more).get("data")
        if not isinstance(data, dict) or (has and has not in data):
            raise self._strange()
        return data

    def _strange(self) -> ProviderError:
        address = self._settings.address
        return ProviderError(Reason.UNREADABLE, f"{address} does not answer as a Vault does: is it one?")

    def _ask(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        response = self._send(method, path, **more)
        if response.status_code == 204:
            return {}
        with told(self._settings.address):
            try:
                answer = response.json()
            except ValueError:
                answer = None
        if not isinstance(answer, dict):
            raise self._strange()
        return answer

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        from hvac.adapters import RawAdapter  # noqa: PLC0415  the SDK is loaded when a connection opens

        adapter = self._logged_in()
        with told(self._settings.address):
            return RawAdapter.request(cast("RawAdapter", adapter), method, f"/v1/{path}", **more)

    def _logged_in(self) -> JSONAdapter:
        with self._lock:
            now = self._setup.http.now()
            if self._adapter is None or (self._until is not None and now >= self._until):
                if self._adapter is not None:
                    self._adapter.close()
                self._adapter = self._log_in(now)
            return self._adapter

    def _log_in(self, now: datetime) -> JSONAdapter:
        from hvac.adapters import JSONAdapter  # noqa: PLC0415  the SDK is loaded when a connection opens

        adapter = JSONAdapter(
            base_uri=self._settings.address,
            token="",
            session=session(self._setup.reach(urlsplit(self._settings.address).netloc)),
            allow_redirects=False,
            namespace=self._settings.namespace,
        )
        auth = self._settings.auth
        with _refused(auth.said):
            if auth.token is not None:
                adapter.token = auth.token.resolve().reveal().strip()
                return adapter
            with told(self._settings.address):
                granted = _enter(adapter, auth)
        adapter.token = str(granted.get("client_token") or "")
        self.role = str((granted.get("metadata") or {}).get("role_name") or "")
        lease = granted.get("lease_duration") or 0
        self._until = now + timedelta(seconds=lease * _EARLY) if lease else None
        return adapter


def _enter(adapter: JSONAdapter, auth: Auth) -> Mapping[str, Any]:
    """Log in by AppRole or as a Kubernetes service account; what was granted."""
    from hvac.api import auth_methods  # noqa: PLC0415  the SDK is loaded when a connection opens

    answer: object = None
    if (approle := auth.approle) is not None:
        secret_id = approle.secret_id.resolve().reveal()
        answer = auth_methods.AppRole(adapter).login(
            approle.role(), secret_id, use_token=False, mount_point=approle.mount
        )
    elif (account := auth.kubernetes) is not None:
        answer = auth_methods.Kubernetes(adapter).login(
            account.role, account.jwt(), use_token=False, mount_point=account.mount
        )
    if not isinstance(answer, dict) or not isinstance(answer.get("auth"), dict):
        raise ProviderError(Reason.UNREADABLE, "the login was answered, but not as Vault answers one")
    return dict(answer["auth"])


@contextmanager
def _refused(said: str) -> Iterator[None]:
    """A login that Vault does not grant is LOGIN_REFUSED; one that we have nothing for, our own mistake."""
    try:
        yield
    except Refusal as refusal:
        if refusal.theirs and refusal.status in _LOGIN_REFUSED:
            raise ProviderError(Reason.LOGIN_REFUSED, f"login, {said}: {refusal}", permanent=True) from None
        raise
    except ConfigError as error:
        raise ProviderError(Reason.MISCONFIGURED, f"login, {said}: {error}", permanent=True) from None


def _mount(path: str, row: Mapping[str, Any]) -> Mount:
    kind = str(row.get("type") or "")
    options = row.get("options")
    version = str((options.get("version") if isinstance(options, dict) else None) or "1")
    return Mount(path.rstrip("/"), int(version) if kind in {"kv", "generic"} and version in {"1", "2"} else 0, kind)


def moment(text: object) -> datetime | None:
    """A time as Vault writes it; None for none, and for the zero time that means never."""
    try:
        read = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo and read.year > 1 else None
