"""The table `[providers.NAME] use = "kubernetes"`."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from credwatch.contract import Reference, Settings

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""What a pod is given; it is replaced there before it ends."""
HERE = "https://kubernetes.default.svc"
_ADDRESS = 'an address is scheme, host and port: "https://203.0.113.7:6443"'


def _address(text: str) -> str:
    """https, or plain http to this machine; nothing behind the port."""
    try:
        parts = urlsplit(text)
        host = "" if parts.port == 0 else parts.hostname
    except ValueError:
        raise ValueError(_ADDRESS) from None
    if not host or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(_ADDRESS)
    if parts.scheme != "https" and not (parts.scheme == "http" and _local(host)):
        raise ValueError('a token travels over https only; plain http is for this machine: "http://127.0.0.1:8001"')
    return text.rstrip("/")


def _local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Address = Annotated[str, AfterValidator(_address)]
Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Place = Annotated[str, StringConstraints(pattern=r"^[a-z0-9*-]+/[a-z0-9.*-]+$")]


class KubernetesSettings(Settings):
    """One cluster: the one that we run in, unless an address is given."""

    namespaces: Annotated[tuple[Namespace, ...], Field(min_length=1)]
    skip: tuple[Place, ...] = ()
    """`namespace/name`, with `*`."""
    address: Address = HERE
    token: Reference = Reference(f"file:{ACCOUNT / 'token'}")
    ca: Path | None = None
    """The cluster's own authority; the pod's, where no address is given."""

    @property
    def authority(self) -> Path | None:
        """Whose certificates are trusted beside the machine's."""
        return ACCOUNT / "ca.crt" if self.ca is None and self.address == HERE else self.ca

    @property
    def given(self) -> bool:
        """Whether the token is one that nobody replaces in time."""
        return not str(self.token).startswith(f"file:{ACCOUNT}/")
