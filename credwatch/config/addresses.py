"""Addresses of listeners and hosts that keys may be sent to. Standard library only; no name is looked up."""

from __future__ import annotations

import ipaddress
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


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its name or number; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(url: str) -> str:
    """`host` or `host:port` of an address that a key may be sent to: https, or http to loopback. ValueError else."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError('this is not an address like "https://api.example.com"') from None
    if not host or parts.scheme not in {"https", "http"}:
        raise ValueError('an address begins with "https://"')
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and no password may stand in an address")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError('must begin with "https://"; plain http is for loopback addresses only')
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
