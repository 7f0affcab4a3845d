"""What Deepgram's keys look like, how one is tried, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

from credwatch.contract import (
    Facts,
    Http,
    Kind,
    Match,
    ProbeResult,
    Reason,
    Reply,
    Role,
    Secret,
    Settings,
    otherwise,
)

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

KEY = Kind(
    name="deepgram-api-key",
    vendor="deepgram",
    vendor_name="Deepgram",
    title="Deepgram key",
    roles=(Role("key", r"[0-9a-f]{40}", context=r"deepgram|dg[_-]?api[_-]?key", secret=True),),
    hosts=("api.deepgram.com",),
    joins="never",  # the list shows UUIDs, stores show values: they meet only where a probe told the UUID
)


class IssuerSettings(Settings):
    """`[issuers.deepgram]`: where its keys are tried and its lists are read."""

    base_url: str = "https://api.deepgram.com"


def judge(reply: Reply) -> ProbeResult:
    """Deepgram's answers, in its old ({err_code, err_msg}) and its new ({category, message}) form.

    The same 401 says "dead" and "alive, but may not do this": its words decide, and only beside its code. A gateway on
    the way may well say {"message": "Invalid credentials"}, and means its own.
    """
    body = reply.json() or {}
    code, said = words(reply)
    match (code, reply.status):
        case ("INVALID_AUTH", 400 | 401 | 403):
            verdict = ProbeResult.invalid(detail=f"{reply.status} INVALID_AUTH")
        case (_, status) if 400 <= status < 429 and said.startswith("invalid credentials"):
            verdict = ProbeResult.invalid(detail=f"{status} Invalid credentials")
        case ("INSUFFICIENT_PERMISSIONS" | "FORBIDDEN", 401 | 403):
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail=f"{reply.status} {code}")
        case ("ASR_PAYMENT_REQUIRED", 402):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, "402 ASR_PAYMENT_REQUIRED")
        case ("TOO_MANY_REQUESTS", 429):
            verdict = ProbeResult.unknown(Reason.RATE_LIMITED, "429 TOO_MANY_REQUESTS")
        case (_, 404):
            verdict = ProbeResult.unknown(Reason.NOT_FOUND, "HTTP 404")
        case ("", 200) if body:
            key_id = body.get("api_key_id")
            known = isinstance(key_id, str) and UUID.fullmatch(key_id) is not None
            verdict = ProbeResult.valid(Facts(key_id=key_id if known else None), detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


def words(reply: Reply) -> tuple[str, str]:
    """The code of a refusal in either form, and what is said beside it; empty where there is none."""
    body = reply.json() or {}
    code = str(body.get("err_code") or body.get("category") or "").upper()
    return code, str(body.get("err_msg") or body.get("message") or "").lower() if code else ""


class DeepgramIssuer:
    """Tries a key at the endpoint that Deepgram documents for this; every scope may, and it costs nothing."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._url = f"{settings.base_url.rstrip('/')}/v1/auth/token"

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:  # noqa: ARG002  one URL for all
        """One GET. Whether the key may transcribe is not asked."""
        return judge(http.send("GET", self._url, headers=authorization(values["key"])))


def authorization(key: Secret) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"authorization": f"Token {key.reveal()}", "accept": "application/json"}
