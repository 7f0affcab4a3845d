"""The kinds of Google's keys, and trying one."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from credwatch.contract import Facts, Http, Kind, Match, ProbeResult, Reason, Reply, Role, Secret, otherwise
from credwatch_providers.gcp.settings import GcpIssuerSettings

TOKEN_HOST = "https://oauth2.googleapis.com"  # noqa: S105  an address
MODELS_HOST = "https://generativelanguage.googleapis.com"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/userinfo.email"
"""The least that a token can be asked for; it is thrown away unread."""
_LIFE = timedelta(minutes=5)


def _read(values: Mapping[str, Secret]) -> Facts:
    email = values.get("client_email")
    return Facts(account=email.reveal() if email else None)


SERVICE_ACCOUNT_KEY = Kind(
    name="gcp-service-account-key",
    vendor="gcp",
    vendor_name="Google Cloud",
    title="GCP key",
    roles=(
        Role(
            "private_key",
            r"-----BEGIN (?:RSA )?PRIVATE KEY-----[A-Za-z0-9+/=\s\\]+-----END (?:RSA )?PRIVATE KEY-----[\s\\n]*",
            context=r"private_?key|service_?account|gcp|google|firebase",
            secret=True,
        ),
        Role("private_key_id", r"[0-9a-f]{40}", context=r"private_?key_?id", optional=True),
        Role("client_email", r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com", proof=True),
    ),
    hosts=("oauth2.googleapis.com",),
    key_id="private_key_id",
    read=_read,
    disables=True,
)

API_KEY = Kind(
    name="gcp-api-key",
    vendor="gcp",
    vendor_name="Google Cloud",
    title="Google API key",
    roles=(Role("key", r"AIza[0-9A-Za-z_-]{35}", secret=True, proof=True),),
    hosts=("generativelanguage.googleapis.com",),
    joins="never",
)


class GcpIssuer:
    """Tries service-account keys and API keys."""

    def __init__(self, settings: GcpIssuerSettings) -> None:
        self._settings = settings

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """A token, thrown away, for a service account; the list of models for an API key."""
        if match.kind.name == API_KEY.name:
            return self._api_key(values, http)
        return self._service_account(values, http)

    def _service_account(self, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        if not {"private_key", "client_email"} <= values.keys():
            return ProbeResult.unknown(Reason.NOT_TRIED)
        email, key_id = values["client_email"].reveal(), values.get("private_key_id")
        assertion = _assertion(email, values["private_key"], key_id.reveal() if key_id else None, http.now())
        if assertion is None:
            return ProbeResult.unknown(Reason.MALFORMED, detail="the private key is not an RSA key that can be read")
        body = urllib.parse.urlencode({"grant_type": _GRANT, "assertion": assertion}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return token_answer(
            http.send("POST", self._settings.at(TOKEN_HOST) + "/token", headers=headers, body=body), email
        )

    def _api_key(self, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        key = values["key"].reveal() if "key" in values else None
        if key is None:
            return ProbeResult.unknown(Reason.NOT_TRIED)
        if not re.fullmatch(API_KEY.roles[0].shape, key):
            return ProbeResult.unknown(Reason.MALFORMED, detail="the key has not the shape of one")
        url = self._settings.at(MODELS_HOST) + "/v1/models?pageSize=1"
        return models_answer(http.send("GET", url, headers={"x-goog-api-key": key}))


def token_answer(reply: Reply, email: str) -> ProbeResult:
    """What the token endpoint says. Its `invalid_grant` is about the key, the account or our clock: its words tell which."""
    said = reply.json() or {}
    words = str(said.get("error_description", ""))
    match (reply.status, said.get("error")):
        case (200, None) if isinstance(said.get("access_token"), str):
            return ProbeResult.valid(Facts(account=email, name=email))
        case (400, "invalid_grant") if words.startswith("Invalid JWT Signature"):
            return ProbeResult.invalid(detail="400 invalid_grant: Invalid JWT Signature")
        case (400, "invalid_grant") if "account not found" in words:
            return ProbeResult.invalid(Reason.REVOKED, detail="400 invalid_grant: account not found")
        case (400, "invalid_grant") if "reasonable timeframe" in words:
            return ProbeResult.unknown(Reason.CLOCK_SKEW, detail="400 invalid_grant: our clock")
        case _:
            return otherwise(reply)


def models_answer(reply: Reply) -> ProbeResult:
    """What an API says of the key in its header. One that is restricted to other APIs is alive: it is known, and held back."""
    said = reply.json() or {}
    error = said.get("error")
    error = error if isinstance(error, dict) else {}
    reason = _reason(error)
    match (reply.status, error.get("status")):
        case (200, None) if isinstance(said.get("models"), list):
            return ProbeResult.valid()
        case (400, _) if reason == "API_KEY_INVALID" and "expired" in str(error.get("message")):
            return ProbeResult.invalid(Reason.EXPIRED, detail="400 API_KEY_INVALID: expired")
        case (400, _) if reason == "API_KEY_INVALID":
            return ProbeResult.invalid(detail="400 API_KEY_INVALID")
        case (403, "PERMISSION_DENIED") if reason == "CONSUMER_SUSPENDED":
            return ProbeResult.suspended(detail="403 CONSUMER_SUSPENDED")
        case (403, "PERMISSION_DENIED"):
            return ProbeResult.valid(reason=Reason.LIMITED, detail=f"403 {reason or 'PERMISSION_DENIED'}")
        case _:
            return otherwise(reply)


def _reason(error: Mapping[str, Any]) -> str | None:
    """The machine's word in an error of Google's; its sentences may quote the key."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        reason = detail.get("reason") if isinstance(detail, dict) else None
        if isinstance(reason, str) and re.fullmatch(r"[A-Z][A-Z_]{2,60}", reason):
            return reason
    return None


def _assertion(email: str, private_key: Secret, key_id: str | None, now: datetime) -> str | None:
    """A JWT for Google's token endpoint, signed with RS256. None when the stored key cannot sign."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  loaded when a key is tried
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415  the same
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415  the same
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  the same
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  the same

    try:
        key = load_pem_private_key(private_key.reveal().replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPrivateKey):
        return None
    header = {"alg": "RS256", "typ": "JWT"} | ({"kid": key_id} if key_id else {})
    issued = int(now.timestamp())
    claims = {"iss": email, "scope": _SCOPE, "aud": TOKEN_HOST + "/token", "iat": issued}
    claims |= {"exp": issued + int(_LIFE.total_seconds())}
    signed = f"{_base64url(json.dumps(header).encode())}.{_base64url(json.dumps(claims).encode())}"
    return f"{signed}.{_base64url(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
