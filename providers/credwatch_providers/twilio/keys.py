"""What Twilio's keys look like, how one is tried, and what its answers mean."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from credwatch.contract import (
    NEVER,
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

VERIFY = "https://verify.twilio.com"
SID = r"AC[0-9a-fA-F]{32}"
# Where an `[[identify]]` line may let a key be tried: a Restricted one at a product that it has permissions for, one of
# another region there, because the usual hosts refuse it with the words that they have for a dead one.
_PRODUCTS = ("verify", "api", "insights", "lookups", "messaging", "monitor", "studio", "taskrouter", "voice")
_HOSTS = (
    *(f"{product}.twilio.com" for product in _PRODUCTS),
    "api.dublin.ie1.twilio.com",
    "api.sydney.au1.twilio.com",
)
_DOCUMENTED = ("services", "keys", "sid", "meta", "uri", "url")
"""What every list and every resource of Twilio's carries at least one of."""


def _read(values: Mapping[str, Secret]) -> Facts:
    """The account, where its SID stands beside the key. Neither kind ever expires."""
    account = values.get("account")
    return Facts(account=account.reveal() if account else None, expires=NEVER)


# A secret of 32 lower-case hexadecimal digits alone would be one in 10^18, and is what an Auth Token looks like.
API_KEY = Kind(
    name="twilio-api-key",
    vendor="twilio",
    vendor_name="Twilio",
    title="Twilio API key",
    roles=(
        Role("sid", r"SK[0-9a-fA-F]{32}", proof=True),
        Role("secret", r"(?![0-9a-f]{32}$)[0-9A-Za-z]{32}", context=r"twilio", secret=True),
        Role("account", SID, proof=True, optional=True),
    ),
    hosts=_HOSTS,
    key_id="sid",
    read=_read,
    max_age=timedelta(days=365),
)
AUTH_TOKEN = Kind(
    name="twilio-auth-token",
    vendor="twilio",
    vendor_name="Twilio",
    title="Twilio Auth Token",
    roles=(
        Role("account", SID, proof=True),
        Role("token", r"[0-9a-f]{32}", context=r"twilio.*(auth|token)|twilio[^/]*/|/[^/]*twilio", secret=True),
    ),
    hosts=_HOSTS,
    read=_read,
    joins="never",  # an account has two tokens, and no list shows either
    max_age=timedelta(days=365),
)


class IssuerSettings(Settings):
    """`[issuers.twilio]`: one address in place of all of Twilio's hosts."""

    base_url: str | None = None

    def at(self, url: str) -> str:
        """This URL, at `base_url` where there is one."""
        if self.base_url is None:
            return url
        parts = urlsplit(url)
        return f"{self.base_url.rstrip('/')}{parts.path}{f'?{parts.query}' if parts.query else ''}"


def judge(reply: Reply, *, managing: bool = False) -> ProbeResult:
    """Twilio's answers, by their code. `managing`: keys and accounts were asked for, which it refuses to most live keys.

    20003 is said of a key that is gone, of another region's and of one whose account is closed. 70051, and a 403
    without a code of its own, is also said to a Restricted key without this permission: nobody can tell from it.
    """
    body = reply.json() or {}
    code = body.get("code")
    match (code, reply.status):
        case (20003, 401) if managing:
            verdict = ProbeResult.unknown(Reason.LOGIN_REFUSED, "401 20003")
        case (20003, 401):
            verdict = ProbeResult.invalid(Reason.REJECTED_OR_CLOSED, "401 20003")
        case (10001 | 20005 | 20403, 401 | 403):
            verdict = ProbeResult.suspended(detail=f"{reply.status} {code}")
        case (70051, 401 | 403):
            verdict = ProbeResult.unknown(Reason.FORBIDDEN, f"{reply.status} 70051")
        case (_, 403) if "more_info" in body:  # its own envelope, and not a gateway's
            verdict = ProbeResult.unknown(Reason.FORBIDDEN, "HTTP 403")
        case (20429, 429):
            verdict = ProbeResult.unknown(Reason.RATE_LIMITED, "429 20429")
        case (_, 404):
            verdict = ProbeResult.unknown(Reason.NOT_FOUND, "HTTP 404")
        case (None, 200) if any(name in body for name in _DOCUMENTED):
            verdict = ProbeResult.valid(detail="HTTP 200")
        case _:
            verdict = otherwise(reply)
    return verdict


def words(reply: Reply) -> tuple[str, str]:
    """The code of a refusal, and what is said beside it; empty where there is none."""
    body = reply.json() or {}
    code = body.get("code")
    return (str(code), str(body.get("message") or "")) if isinstance(code, int) and "more_info" in body else ("", "")


class TwilioIssuer:
    """Tries a key at Verify, which needs no account SID and shows nobody's messages, or where its match says."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._settings = settings

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """One GET with HTTP Basic; the body of the answer is not kept."""
        url = match.probe or f"{VERIFY}/v2/Services?PageSize=1"
        user = values["sid"] if match.kind.name == API_KEY.name else values["account"]
        password = values["secret"] if match.kind.name == API_KEY.name else values["token"]
        reply = http.send("GET", self._settings.at(url), headers=authorization(user.reveal(), password))
        return judge(reply, managing=_managing(url))


def _managing(url: str) -> bool:
    """Whether this path shows keys or an account itself."""
    path = urlsplit(url).path.rstrip("/").removesuffix(".json")
    return "Keys" in path or path.rpartition("/")[0].endswith("/Accounts") or path.endswith("/Accounts")


def authorization(user: str, password: Secret) -> dict[str, str]:
    """The headers of a request with these."""
    pair = base64.b64encode(user.encode() + b":" + password.reveal_bytes()).decode()
    return {"authorization": f"Basic {pair}", "accept": "application/json"}
