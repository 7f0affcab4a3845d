"""What this is measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def machine() -> dict[str, str | int]:
    """Processor, how many of it, memory in GiB, Python and system, as the machine itself says."""
    system = _said("/etc/os-release", 'PRETTY_NAME="(.+)"') or platform.system()
    return {
        "cpu": _said("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.processor() or platform.machine(),
        "count": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_said("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0) / (1 << 20)),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{system}, {platform.system()} {platform.release()}",
    }


def line() -> str:
    """The same for people."""
    said = machine()
    return f"{said['count']} × {said['cpu']}, {said['memory_gib']} GiB, {said['python']}, {said['system']}"


def _said(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1].strip() if found else ""
