"""The tables `[providers.NAME] use = "vault"` and `[issuers.vault]`."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from credwatch.contract import Reference, Settings
from credwatch_providers.vault.paths import Pattern

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")

_ADDRESS = 'an address is scheme, host and port: "https://vault.example.com:8200"'
_MOUNT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


def _address(text: str) -> str:
    """https, or plain http to this machine; nothing behind the port."""
    try:
        parts = urlsplit(text)
        host = "" if parts.port == 0 else parts.hostname
    except ValueError:
        raise ValueError(_ADDRESS) from None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(_ADDRESS)
    if parts.scheme != "https" and not (parts.scheme == "http" and _local(host)):
        raise ValueError('a token travels over https only; plain http is for this machine: "http://127.0.0.1:8200"')
    return text.rstrip("/").removesuffix("/v1")


def _local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mount(text: str) -> str:
    bare = text.strip("/")
    if not _MOUNT.fullmatch(bare):
        raise ValueError('a mount is its path without "auth/": "approle"')
    return bare


def _pattern(text: str) -> str:
    Pattern(text)
    return text


Address = Annotated[str, AfterValidator(_address)]
Bare = Annotated[str, AfterValidator(lambda text: text.strip("/"))]
Mount = Annotated[str, AfterValidator(_mount)]
Place = Annotated[str, AfterValidator(_pattern)]


class AppRole(Settings):
    """`{ role_id = …, secret_id = "file:…" }`."""

    role_id: str
    """The id itself, which is no secret, or a reference to it."""
    secret_id: Reference
    mount: Mount = "approle"

    def role(self) -> str:
        """The role id itself."""
        named = self.role_id.startswith(("env:", "file:"))
        return Reference.parse(self.role_id).resolve().reveal().strip() if named else self.role_id


class Kubernetes(Settings):
    """`{ role = …, token = "/path" }`."""

    role: str = Field(min_length=1)
    mount: Mount = "kubernetes"
    token: Path = SERVICE_ACCOUNT
    """Where the pod's service account token lies; it is read at each login."""

    def jwt(self) -> str:
        """The service account token now. ConfigError when there is none."""
        return Reference.parse(f"file:{self.token}").resolve().reveal().strip()


class Auth(Settings):
    """Exactly one way in."""

    token: Reference | None = None
    approle: AppRole | None = None
    kubernetes: Kubernetes | None = None

    @field_validator("kubernetes", mode="before")
    @classmethod
    def _short(cls, given: object) -> object:
        return {"role": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one(self) -> Auth:
        if len([way for way in (self.token, self.approle, self.kubernetes) if way is not None]) != 1:
            raise ValueError('one of { token = "file:…" }, { approle = { … } }, { kubernetes = "role" }')
        return self

    @property
    def said(self) -> str:
        """How a sentence names it."""
        if self.kubernetes:
            return f"role {self.kubernetes.role}"
        return "AppRole" if self.approle else "token"


class VaultSettings(Settings):
    """One Vault, seen from one namespace."""

    address: Address
    auth: Auth
    namespace: Bare = ""
    paths: tuple[Place, ...] = ()
    """What is watched, as `mount/path` patterns; nothing else is listed or read."""
    skip: tuple[Place, ...] = ()
    static_roles: tuple[Mount, ...] = ()
    """The database engines whose static roles are watched."""
    approles: tuple[Mount, ...] = ("approle",)
    """The mounts whose secret ids may lie there: in a rotation, and in it alone, they are looked up."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: object) -> object:
        """`kubernetes = "role"` is short for `auth = { kubernetes = "role" }`."""
        if not isinstance(given, dict) or "auth" in given:
            return given
        ways = {way: given[way] for way in Auth.model_fields if way in given}
        rest = {key: value for key, value in given.items() if key not in ways}
        return rest | {"auth": ways} if ways else given


class VaultIssuerSettings(Settings):
    """Where tokens that lie in a store are tried. Without it they are recognised and tried nowhere."""

    base_url: Address | None = None
    namespace: Bare = ""
