"""What ElevenLabs's keys look like, how one is tried, and what its answers mean."""

from __future__ import annotations

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

KEY = Kind(
    name="elevenlabs-api-key",
    vendor="elevenlabs",
    vendor_name="ElevenLabs",
    title="ElevenLabs key",
    # sk_ and hexadecimal digits is what many a house makes for itself, so the shape alone proves nothing.
    roles=(
        Role("key", r"sk_[a-f0-9]{48}|[a-f0-9]{32}", context=r"eleven[_-]?labs|11[_-]?labs|xi[_-]api", secret=True),
    ),
    hosts=(
        "api.elevenlabs.io",
        "api.us.elevenlabs.io",
        "api.eu.residency.elevenlabs.io",
        "api.in.residency.elevenlabs.io",
    ),
    joins="hint",
    disables=True,
)


class IssuerSettings(Settings):
    """`[issuers.elevenlabs]`: the host of the region; a residency key works on its own host only."""

    base_url: str = "https://api.elevenlabs.io"


def judge(reply: Reply) -> ProbeResult:
    """ElevenLabs's answers. A key without the permission that was asked for says 401 too: detail.status decides.

    How an expired or disabled key, or one used from an address off its list, is answered is not documented: such a 401
    is UNKNOWN, and the vendor's list tells.
    """
    body = reply.json() or {}
    word, _ = words(reply)
    match (word, reply.status):
        case ("missing_permissions", 401 | 403):
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail=f"{reply.status} missing_permissions")
        case ("invalid_api_key", 400 | 401):
            verdict = ProbeResult.invalid(detail=f"{reply.status} invalid_api_key")
        case ("quota_exceeded", 401 | 402 | 403 | 429):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, f"{reply.status} quota_exceeded")
        case ("detected_unusual_activity", 401 | 403):
            verdict = ProbeResult.suspended(detail=f"{reply.status} detected_unusual_activity")
        case ("system_busy", _):
            verdict = ProbeResult.unknown(Reason.SERVER_ERROR, f"{reply.status} system_busy")
        # The plan or the resource, unless it speaks of the key; a 403 in another form is somebody else's on the way.
        case (_, 403) if word and "api_key" not in word:
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail="HTTP 403")
        case (_, 200) if isinstance(body.get("user_id"), str) or isinstance(body.get("service-accounts"), list):
            workspace = body.get("workspace_id")
            facts = Facts(account=workspace if isinstance(workspace, str) else None)
            verdict = ProbeResult.valid(facts, detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


def words(reply: Reply) -> tuple[str, str]:
    """The word of a refusal and what is said beside it; empty where there is none. A list says what is wrong with a request."""
    detail = (reply.json() or {}).get("detail")
    if isinstance(detail, list):
        return "validation_error", ""
    if not isinstance(detail, dict):
        return "", ""
    return str(detail.get("status") or ""), str(detail.get("message") or "")


class ElevenLabsIssuer:
    """Tries a key at /v1/user; one that may not read it proves by its refusal that it lives."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._url = f"{settings.base_url.rstrip('/')}/v1/user"

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:  # noqa: ARG002  one URL for all
        """One GET. Of the person who may stand in the answer nothing is kept."""
        return judge(http.send("GET", self._url, headers=headers(values["key"])))


def headers(key: Secret) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"xi-api-key": key.reveal(), "accept": "application/json"}
