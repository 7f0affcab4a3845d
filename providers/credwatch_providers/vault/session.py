"""The HTTP session: our own trust, no environment, a pool, few and short retries."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credwatch.contract import ConfigError
from credwatch_providers.vault.refusals import refuse

if TYPE_CHECKING:
    import requests

_CONNECTIONS = 32
_PATIENCE = 5.0
"""Seconds that one Retry-After may cost."""


def session(ca: Path | None) -> requests.Session:
    """A session that trusts the system's authorities and the given file's, and raises on every refusal."""
    import requests  # noqa: PLC0415  comes with the SDK, which is loaded when a connection opens
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  the same
    from urllib3 import Retry  # noqa: PLC0415  the same

    class Patience(Retry):
        """Waits as long as it is asked to, up to a limit."""

        def get_retry_after(self, response: Any) -> float | None:
            asked = super().get_retry_after(response)
            return None if asked is None else min(asked, _PATIENCE)

    class Trusting(HTTPAdapter):
        """Connects with our own trust."""

        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, **more, ssl_context=_trust(ca))

    # A 503 is not repeated: it is a sealed Vault.
    retries = Patience(
        total=2,
        status_forcelist={429, 502, 504},
        allowed_methods={"GET", "LIST"},
        backoff_factor=0.1,
        read=False,
        redirect=0,
        raise_on_status=False,
    )
    made = requests.Session()
    made.trust_env = False
    made.hooks["response"].append(refuse)
    made.headers["User-Agent"] = "credwatch"
    made.mount("https://", Trusting(pool_maxsize=_CONNECTIONS, max_retries=retries))
    made.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=retries))
    return made


def _trust(ca: Path | None) -> ssl.SSLContext:
    # Not create_default_context(): that would write session keys to the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except OSError as error:
            raise ConfigError(f"[network] ca = {str(ca)!r}: {error.strerror or 'holds no certificate'}") from None
    return context
