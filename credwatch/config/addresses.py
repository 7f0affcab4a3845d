"""Addresses of listeners and hosts that keys may be sent to. Standard library only; no name is looked up."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Address:
    """Where a listener stands. Port 0 lets the system choose."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


WINDOW, PROBES = Address("127.0.0.1", 8080), Address("0.0.0.0", 8081)
"""Where it is seen unless another place is named."""


def address(text: object) -> Address:
    """The address that is written so. ValueError says how one is written."""
    if isinstance(text, Address):
        return text
    host, _, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not host or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65535:
        raise ValueError('an address is a host and a port: "127.0.0.1:8080"')
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host != "localhost":
            raise ValueError('the host is "localhost" or the number of an interface: "127.0.0.1:8080"') from None
    return Address(host, int(port))


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its name or number; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def host_of(url: str) -> str:
    """`host` or `host:port` of an address that a key may be sent to: https, or http to loopback. ValueError else."""
    host = plain_host_of(url)
    if urlsplit(url).scheme == "http" and not is_loopback(str(urlsplit(url).hostname)):
        raise ValueError('must begin with "https://"; plain http is for loopback addresses only')
    return host


def plain_host_of(url: str) -> str:
    """The same of an address to which no secret is sent: http to anywhere will do."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError('this is not an address like "https://api.example.com"') from None
    if not host or parts.scheme not in {"https", "http"}:
        raise ValueError('an address begins with "https://"')
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and no password may stand in an address")
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
