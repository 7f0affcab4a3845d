"""The program as `credwatch demo` is run, and as what it keeps is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from credwatch.sandbox.story import CONFIG

PROGRAM = (os.environ.get("CREDWATCH_TEST_PYTHON", sys.executable), "-m", "credwatch")
NOWHERE = "http://127.0.0.1:9"
PROXIES = {"HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE, "http_proxy": NOWHERE}
ENVIRONMENT = PROXIES | {"PATH": os.environ["PATH"], "CREDWATCH_CONFIG": "/nowhere.toml"}
"""Proxies that are not there and a configuration that is wrong: the demo asks for neither."""


def done(*words: str) -> subprocess.CompletedProcess[str]:
    """The program with these words, to its end."""
    return subprocess.run([*PROGRAM, *words], env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)


def said(*words: str) -> str:
    """What it prints where all is well."""
    it = done(*words)
    assert (it.returncode, it.stderr) == (0, "")
    return it.stdout


def asked(directory: Path, *words: str) -> str:
    """The same of a directory that a demo has kept."""
    return said("--config", str(directory / CONFIG), *words)
