"""The kinds of AWS keys, and trying one: a signed sts:GetCallerIdentity, which needs no permission."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from credwatch.contract import Facts, Http, Kind, Match, ProbeResult, Reason, Reply, Role, Secret, otherwise
from credwatch_providers.aws.settings import REGIONS, STS, AwsIssuerSettings

_NAMES = r"aws|amazon|access[_-]?key|secret[_-]?key"
_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


def account_of(key_id: str) -> str | None:
    """The account that is written in an access key id. None for ids from before 2019, which do not hold it."""
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:20]), "big") >> 32
    except (binascii.Error, ValueError):
        return None
    if not number >> 47:
        return None
    account = (number >> 7) & (2**40 - 1)
    return f"{account:012d}" if account < 10**12 else None


def _read(values: Mapping[str, Secret]) -> Facts:
    key_id = values.get("id")
    return Facts(account=account_of(key_id.reveal()) if key_id else None)


_SECRET = Role("secret", r"(?![0-9a-fA-F]{40}$)[A-Za-z0-9/+]{40}", context=_NAMES, secret=True)

ACCESS_KEY = Kind(
    name="aws-access-key",
    vendor="aws",
    vendor_name="AWS",
    title="AWS access key",
    roles=(Role("id", r"(?:AKIA|ABIA|ACCA)[A-Z0-9]{16}", proof=True), _SECRET),
    hosts=(STS, *(f"sts.{region}.amazonaws.com" for region in REGIONS)),
    key_id="id",
    read=_read,
    disables=True,
)

SESSION_KEY = Kind(
    name="aws-session-key",
    vendor="aws",
    vendor_name="AWS",
    title="AWS session key",
    roles=(
        Role("id", r"ASIA[A-Z0-9]{16}", proof=True),
        _SECRET,
        Role("token", r"[A-Za-z0-9/+=]{100,}", context=r"session|token", secret=True, optional=True),
    ),
    key_id="id",
    read=_read,
    probed=False,
)
"""Temporary by nature: it has an end that only its maker knows, so it is recognised and not tried."""


class AwsIssuer:
    """Tries access keys at STS."""

    def __init__(self, settings: AwsIssuerSettings) -> None:
        self._settings = settings

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """Who am I? Read as `answer` says. A value that cannot be an access key is not sent."""
        if not {"id", "secret"} <= values.keys():
            return ProbeResult.unknown(Reason.NOT_TRIED)
        for role in match.kind.roles:
            if not re.fullmatch(role.shape, values[role.name].reveal()):
                return ProbeResult.unknown(Reason.MALFORMED, detail=f"the {role.name} has not the shape of one")
        url = self._settings.url + "/"
        headers = _signed(url, values, self._settings.signing_region, http.now())
        return answer(http.send("POST", url, headers=headers, body=_BODY))


def _signed(url: str, values: Mapping[str, Secret], region: str, now: datetime) -> dict[str, str]:
    """The headers of a request signed by Signature Version 4, with a clock that comes in as an argument."""
    from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth  # noqa: PLC0415  the SDK is loaded when a key is tried
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415  the same
    from botocore.credentials import Credentials  # noqa: PLC0415  the same

    signer = SigV4Auth(Credentials(values["id"].reveal(), values["secret"].reveal()), "sts", region)
    stamp = now.strftime(SIGV4_TIMESTAMP)
    headers = {"Content-Type": _FORM, "X-Amz-Date": stamp}
    request = AWSRequest("POST", url, headers=headers, data=_BODY)
    request.context["timestamp"] = stamp
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    authorization = f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "Authorization": authorization}


_OUR_CLOCK = ProbeResult.unknown(Reason.CLOCK_SKEW, detail="our clock")
_THROTTLED = ProbeResult.unknown(Reason.RATE_LIMITED)
_EXPIRED = ProbeResult.invalid(Reason.EXPIRED)
_LIMITED = ProbeResult.valid(reason=Reason.LIMITED)
_ANSWERS = {
    "InvalidClientTokenId": ProbeResult.invalid(detail="unknown, deleted or inactive"),
    "SignatureDoesNotMatch": ProbeResult.invalid(detail="the secret does not belong to this key id"),
    "RequestExpired": _OUR_CLOCK,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "AccessDenied": _LIMITED,
    "AccessDeniedException": _LIMITED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
}


def answer(reply: Reply) -> ProbeResult:
    """What STS says: its code decides, and the status only where there is none."""
    body = reply.body.decode("utf-8", "replace")
    account, arn, code = (_element(body, name) for name in ("Account", "Arn", "Code"))
    if reply.status == 200 and account and arn:
        return ProbeResult.valid(Facts(account=account, name=arn.rpartition("/")[2].rpartition(":")[2]))
    if reply.status == 200 or code not in _ANSWERS:
        return otherwise(reply)
    said = _ANSWERS[code]
    if code == "SignatureDoesNotMatch" and skewed(_element(body, "Message") or ""):
        said = _OUR_CLOCK
    return replace(said, detail=f"{reply.status} {code}" + (f": {said.detail}" if said.detail else ""))


def skewed(message: str) -> bool:
    """Whether a refused signature is a matter of clocks."""
    return bool(re.search(r"signature (?:not yet current|expired)", message, re.IGNORECASE))


def _element(body: str, name: str) -> str | None:
    """The text of the first element of this name; an XML parser would be a door for little."""
    found = re.search(rf"<{name}>([^<]{{1,2000}})</{name}>", body)
    return found[1].strip() if found else None
