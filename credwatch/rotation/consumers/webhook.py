"""A consumer is told by a signed POST.

    X-Credwatch-Timestamp: 1795262400
    X-Credwatch-Signature: sha256=<HMAC-SHA256 of timestamp + "." + body, in hexadecimal>

A receiver computes the same over the body as it came, compares in constant time, and refuses what is older than minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from credwatch.config.addresses import host_of
from credwatch.contract import ProviderError, Reference
from credwatch.errors import ConfigError
from credwatch.model import Reason
from credwatch.rotation.consumers.told import Told
from credwatch.transport import Transport

_PASSING = frozenset({408, 425, 429})


class Webhook:
    """One address, and what we sign with: read when it is needed."""

    def __init__(self, url: str, secret: Reference, transport: Transport) -> None:
        self._url = url
        self._secret = secret
        self._http = transport.to({host_of(url)}, direct=True)

    def __call__(self, told: Told) -> None:
        """One request, never repeated, no redirect followed; any 2xx will do, and its body is not read into anything."""
        body = json.dumps(
            {"rotation": told.key, "consumer": told.consumer, "places": told.places, "key_id": told.key_id},
            sort_keys=True,
        ).encode()
        at = str(int(self._http.now().timestamp()))
        headers = {
            "content-type": "application/json",
            "idempotency-key": told.key,
            "x-credwatch-timestamp": at,
            "x-credwatch-signature": f"sha256={self._signed(at, body)}",
        }
        status = self._http.send("POST", self._url, headers=headers, body=body).status
        if not 200 <= status < 300:
            reason = Reason.REDIRECTED if 300 <= status < 400 else Reason.UNEXPECTED
            reason = Reason.SERVER_ERROR if status >= 500 else reason
            refused = 300 <= status < 500 and status not in _PASSING
            raise ProviderError(reason, f"its webhook answered HTTP {status}", permanent=refused)

    def _signed(self, at: str, body: bytes) -> str:
        try:
            secret = self._secret.resolve()
        except ConfigError as error:
            raise ProviderError(Reason.MISCONFIGURED, str(error), permanent=True) from None
        return hmac.new(secret.reveal_bytes(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
