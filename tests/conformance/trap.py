"""A listener to which nothing may ever come, and every way in which somebody might be led there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

URLS = (
    "API_BASE",
    "API_URL",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_STS",
    "BAO_ADDR",
    "BASE_URL",
    "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM",
    "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER",
    "CRM_BASE_URL",
    "CRM_URL",
    "DEEPGRAM_API_URL",
    "DEEPGRAM_BASE_URL",
    "ELEVENLABS_API_URL",
    "ELEVENLABS_BASE_URL",
    "ENDPOINT",
    "GOOGLE_TOKEN_URI",
    "OPENAI_API_BASE",
    "OPENAI_BASE_URL",
    "STS_ENDPOINT",
    "TOKEN_URI",
    "TOKEN_URL",
    "TWILIO_API_URL",
    "TWILIO_BASE_URL",
    "URL",
    "VAULT_ADDR",
    "VAULT_AGENT_ADDR",
    "VAULT_PROXY_ADDR",
    "XI_BASE_URL",
)
HOSTS = ("DEEPGRAM_HOST", "ELEVENLABS_HOST", "GCE_METADATA_HOST", "HOST", "TWILIO_EDGE", "TWILIO_REGION")
PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy", "https_proxy")
_AWS = """
[default]
endpoint_url = {url}
services = trapped
[services trapped]
sts =
  endpoint_url = {url}
iam =
  endpoint_url = {url}
secretsmanager =
  endpoint_url = {url}
"""


class Trap:
    """A port of this machine; `seen` is the first thing that each caller said."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                with caller, suppress(OSError):
                    caller.settimeout(1)
                    self.seen.append(b"somebody called")
                    self.seen[-1] = caller.recv(200)

    def addresses(self) -> dict[str, str]:
        """What may lie beside a key, or in the environment."""
        return dict.fromkeys(URLS, self.url) | dict.fromkeys(HOSTS, self.host)

    def proxies(self) -> dict[str, str]:
        """What other programs take for their proxy."""
        return dict.fromkeys(PROXIES, self.url)

    def files(self, folder: Path) -> dict[str, str]:
        """What names a file that leads here."""
        path = folder / "aws-config"
        path.write_text(_AWS.format(url=self.url))
        return {"AWS_CONFIG_FILE": str(path)}

    def account(self, account: Mapping[str, str]) -> dict[str, str]:
        """A service account's JSON that says where it wants to be sent."""
        uris = ("auth_uri", "token_uri", "auth_provider_x509_cert_url", "client_x509_cert_url")
        return {**account, **dict.fromkeys(uris, f"{self.url}/token"), "universe_domain": self.host}
