"""Paths as places name them."""

from __future__ import annotations

import os
import re
from pathlib import Path

_ENCODED = re.compile(r"[%#*\udc80-\udcff]")


def locator_of(path: str) -> str:
    """The path as a place shows it: what means something in a place, and what is no text, is percent-encoded."""
    return _ENCODED.sub(lambda one: "".join(f"%{byte:02X}" for byte in os.fsencode(one[0])), path)


def path_of(locator: str) -> Path:
    """The path of a locator."""
    raw = re.sub(rb"%([0-9A-F]{2})", lambda one: bytes([int(one[1], 16)]), os.fsencode(locator))
    return Path(os.fsdecode(raw))
