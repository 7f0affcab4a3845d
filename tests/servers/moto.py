"""AWS as moto serves it, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_START = 60.0
"""Seconds; a busy machine needs a tenth of it."""


@contextmanager
def moto_server(*command: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The base URL of a moto server on loopback that answers; it ends with the block.

    `command` starts another server than moto's own, with the port as its last argument.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    usual = (str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p")
    words, around = [*(command or usual), str(port)], _clean() | dict(environment or {})
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, env=around, stdout=quiet, stderr=quiet) as server:
        try:
            _wait(server, url)
            yield url
        finally:
            server.terminate()


def reset(url: str) -> None:
    """Forget everything that was made at this server."""
    _post(f"{url}/moto-api/reset")


@contextmanager
def enforce(url: str) -> Iterator[None]:
    """Within the block signatures and policies count; elsewhere moto lets everybody in."""
    _post(f"{url}/moto-api/reset-auth", b"0")
    try:
        yield
    finally:
        _post(f"{url}/moto-api/reset-auth", b"inf")


def _post(url: str, body: bytes = b"") -> None:
    headers = {"Content-Type": "text/plain"}
    request = urllib.request.Request(url, data=body, method="POST", headers=headers)  # noqa: S310  loopback
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310  the same


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    patience = time.monotonic() + _START
    while time.monotonic() < patience and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()  # noqa: S310  loopback
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"moto_server did not start (exit code {server.poll()})")


def _clean() -> dict[str, str]:
    """Our environment without what would lead moto elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
