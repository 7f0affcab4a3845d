"""By which way a request leaves this process, and what one answer may cost. No network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from credwatch.transport.names import Names


@dataclass(frozen=True)
class Bounds:
    """What one answer may cost, and by which way it comes."""

    deadline: timedelta
    """From the first look at the name to the last byte."""
    max_body: int
    """Bytes, unpacked too."""
    direct: bool = False
    """Past the proxy."""
    plain: bool = False
    """Without TLS too, to another machine: for what is no secret."""


@dataclass(frozen=True)
class Way:
    """As it is configured."""

    proxy: str | None = field(repr=False)
    """It may hold a password."""
    ca: Path | None
    """Authorities beside the system's."""
    connections: int
    """To one host at once."""
    names: Names
