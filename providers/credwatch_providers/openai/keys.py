"""What OpenAI's keys look like, how one is tried, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping

from credwatch.contract import Http, Kind, Match, ProbeResult, Reason, Reply, Role, Secret, Settings, otherwise

_HOSTS = ("api.openai.com",)

# Every key carries T3BlbkFJ, which is "OpenAI" in base64.
KEY = Kind(
    name="openai-api-key",
    vendor="openai",
    vendor_name="OpenAI",
    title="OpenAI project key",
    roles=(
        Role(
            "key",
            r"sk-(?:(?:proj|svcacct|service)-[A-Za-z0-9_-]+|[A-Za-z0-9]+)T3BlbkFJ[A-Za-z0-9_-]+",
            secret=True,
            proof=True,
        ),
    ),
    hosts=_HOSTS,
    joins="hint",
)
ADMIN_KEY = Kind(
    name="openai-admin-key",
    vendor="openai",
    vendor_name="OpenAI",
    title="OpenAI admin key",
    roles=(Role("key", r"sk-admin-[A-Za-z0-9_-]+T3BlbkFJ[A-Za-z0-9_-]+", secret=True, proof=True),),
    hosts=_HOSTS,
    joins="hint",
)


class IssuerSettings(Settings):
    """`[issuers.openai]`: the host, with or without the /v1 that OpenAI's own clients write."""

    base_url: str = "https://api.openai.com"

    @property
    def root(self) -> str:
        """The address that every path follows."""
        return f"{self.base_url.rstrip('/').removesuffix('/v1')}/v1"


def judge(reply: Reply) -> ProbeResult:
    """OpenAI's answers. Missing scopes were seen as 401 and as 403: the words decide, then the code, then the status."""
    body = reply.json() or {}
    code, said = words(reply)
    match (code, reply.status):
        case (_, 401 | 403) if "insufficient permissions" in said or "missing scopes" in said:
            verdict = ProbeResult.valid(reason=Reason.LIMITED, detail=f"{reply.status} insufficient permissions")
        case (_, 401 | 403) if "ip not authorized" in said or "ip_not_authorized" in code:
            verdict = ProbeResult.unknown(Reason.ADDRESS_NOT_ALLOWED, f"{reply.status} IP not authorized")
        case (_, 401 | 403) if "member of an organization" in said:
            verdict = ProbeResult.unknown(Reason.WRONG_ACCOUNT, f"{reply.status} not a member of an organization")
        case (_, 403) if code.startswith("unsupported_country") or "country" in said:
            verdict = ProbeResult.unknown(Reason.ADDRESS_NOT_ALLOWED, "403 country not supported")
        case ("invalid_api_key", 401):
            verdict = ProbeResult.invalid(detail="401 invalid_api_key")
        case ("insufficient_quota" | "credit_balance_exhausted", 402 | 403 | 429):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, f"{reply.status} {code}")
        case (_, 402 | 403 | 429) if code.startswith("billing"):
            verdict = ProbeResult.suspended(Reason.OUT_OF_CREDIT, f"{reply.status} billing")
        case (_, 404):
            verdict = ProbeResult.unknown(Reason.NOT_FOUND, "HTTP 404")
        case (_, 200) if body.get("object") == "list" and isinstance(body.get("data"), list):
            verdict = ProbeResult.valid(detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


def words(reply: Reply) -> tuple[str, str]:
    """The code of a refusal, and what is said beside it; empty where there is none."""
    error = (reply.json() or {}).get("error")
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), str(error.get("message") or "").lower()


class OpenAIIssuer:
    """Tries a project key at the list of models, an admin key at the list of admin keys; neither costs anything."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._root = settings.root

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """One GET."""
        path = "/organization/admin_api_keys?limit=1" if match.kind.name == ADMIN_KEY.name else "/models"
        return judge(http.send("GET", f"{self._root}{path}", headers=authorization(values["key"])))


def authorization(key: Secret) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"authorization": f"Bearer {key.reveal()}", "accept": "application/json"}
