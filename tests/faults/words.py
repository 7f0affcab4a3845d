"""What the vendors say in their own words, and what it means of their own keys. Of anybody else's it means nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass

from credwatch.contract import Reason, Validity
from tests.conformance.samples import OWN
from tests.faults.scripts import answer

VALID, INVALID, SUSPENDED, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.SUSPENDED, Validity.UNKNOWN
TWILIO = ("twilio-api-key", "twilio-auth-token")
OPENAI = ("openai-admin-key", "openai-api-key")
VAULT = ("vault-short-token", "vault-token")
DEEPGRAM, ELEVENLABS, AWS = ("deepgram-api-key",), ("elevenlabs-api-key",), ("aws-access-key",)
ACCOUNT, API = ("gcp-service-account-key",), ("gcp-api-key",)
_EXPIRED = "Signature expired: 20261121T120000Z is now earlier than 20261121T120500Z (20261121T121000Z - 5 min.)"
_EARLY = "Signature not yet current: 20261121T121000Z is still later than 20261121T120500Z (20261121T120000Z + 5 min.)"
_CLOCK = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check iat and exp."


@dataclass(frozen=True)
class Words:
    """One answer in a vendor's own form."""

    kinds: tuple[str, ...]
    """Whose keys it means something of."""
    status: int
    body: str
    validity: Validity
    reason: Reason
    path: str = ""
    """The one path on which it is said, where a vendor says other words on another."""

    @property
    def name(self) -> str:
        """Who says what."""
        return f"{self.kinds[0]}: {self.status} {self.body[:60]}"

    @property
    def answer(self) -> bytes:
        """On the wire."""
        return answer(self.body.encode(), b"Content-Type: application/json", status=f"{self.status} Said")


def _aws(status: int, code: str, validity: Validity, reason: Reason, message: str = "…") -> Words:
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Words(AWS, status, body, validity, reason)


def _deepgram(status: int, code: str, validity: Validity, reason: Reason) -> Words:
    return Words(DEEPGRAM, status, json.dumps({"err_code": code, "err_msg": "…", "request_id": "r"}), validity, reason)


def _elevenlabs(status: int, word: str, validity: Validity, reason: Reason) -> Words:
    return Words(ELEVENLABS, status, json.dumps({"detail": {"status": word, "message": "…"}}), validity, reason)


def _openai(status: int, code: str | None, said: str, validity: Validity, reason: Reason) -> Words:
    error = {"message": said, "type": "invalid_request_error", "param": None, "code": code}
    return Words(OPENAI, status, json.dumps({"error": error}), validity, reason)


def _twilio(status: int, code: int, validity: Validity, reason: Reason) -> Words:
    said = {"code": code, "message": "…", "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return Words(TWILIO, status, json.dumps(said), validity, reason)


def _grant(said: str, validity: Validity, reason: Reason) -> Words:
    body = json.dumps({"error": "invalid_grant", "error_description": said})
    return Words(ACCOUNT, 400, body, validity, reason, "/token")


def _google(status: int, word: str, reason: str, validity: Validity, means: Reason) -> Words:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]
    error = {"code": status, "message": "…", "status": word, "details": details}
    return Words(API, status, json.dumps({"error": error}), validity, means)


def _vault(status: int, validity: Validity, reason: Reason, *errors: str) -> Words:
    return Words(VAULT, status, json.dumps({"errors": errors}), validity, reason)


DEAD = (
    _aws(403, "InvalidClientTokenId", INVALID, Reason.REFUSED),
    _deepgram(401, "INVALID_AUTH", INVALID, Reason.REFUSED),
    _elevenlabs(401, "invalid_api_key", INVALID, Reason.REFUSED),
    _grant("Invalid JWT Signature.", INVALID, Reason.REFUSED),
    _google(400, "INVALID_ARGUMENT", "API_KEY_INVALID", INVALID, Reason.REFUSED),
    _openai(401, "invalid_api_key", "Incorrect API key provided.", INVALID, Reason.REFUSED),
    _twilio(401, 20003, INVALID, Reason.REJECTED_OR_CLOSED),
    _vault(403, INVALID, Reason.REFUSED, "permission denied"),
    Words((OWN,), 401, '{"error": "no such key"}', INVALID, Reason.REFUSED),
)
SHUT = (
    _deepgram(402, "ASR_PAYMENT_REQUIRED", SUSPENDED, Reason.OUT_OF_CREDIT),
    _elevenlabs(401, "quota_exceeded", SUSPENDED, Reason.OUT_OF_CREDIT),
    _google(403, "PERMISSION_DENIED", "CONSUMER_SUSPENDED", SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    _openai(429, "insufficient_quota", "You exceeded your current quota.", SUSPENDED, Reason.OUT_OF_CREDIT),
    _twilio(401, 20005, SUSPENDED, Reason.ACCOUNT_SUSPENDED),
)
OTHER = (
    _aws(403, "SignatureDoesNotMatch", UNKNOWN, Reason.CLOCK_SKEW, _EXPIRED),
    _aws(403, "SignatureDoesNotMatch", UNKNOWN, Reason.CLOCK_SKEW, _EARLY),
    _aws(400, "RequestExpired", UNKNOWN, Reason.CLOCK_SKEW),
    _aws(400, "Throttling", UNKNOWN, Reason.RATE_LIMITED),
    _aws(400, "RequestLimitExceeded", UNKNOWN, Reason.RATE_LIMITED),
    _aws(403, "AccessDenied", VALID, Reason.LIMITED),
    _aws(500, "InternalFailure", UNKNOWN, Reason.SERVER_ERROR),
    _aws(403, "OptInRequired", UNKNOWN, Reason.UNEXPECTED),
    _deepgram(403, "INSUFFICIENT_PERMISSIONS", VALID, Reason.LIMITED),
    _deepgram(401, "INSUFFICIENT_PERMISSIONS", VALID, Reason.LIMITED),
    _deepgram(429, "TOO_MANY_REQUESTS", UNKNOWN, Reason.RATE_LIMITED),
    _elevenlabs(401, "missing_permissions", VALID, Reason.LIMITED),
    _elevenlabs(401, "detected_unusual_activity", SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    _elevenlabs(401, "ip_not_allowed", UNKNOWN, Reason.UNEXPECTED),
    _elevenlabs(429, "too_many_concurrent_requests", UNKNOWN, Reason.RATE_LIMITED),
    _elevenlabs(429, "system_busy", UNKNOWN, Reason.SERVER_ERROR),
    _google(403, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED", VALID, Reason.LIMITED),
    _google(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", UNKNOWN, Reason.RATE_LIMITED),
    _grant(_CLOCK, UNKNOWN, Reason.CLOCK_SKEW),
    _openai(401, None, "You have insufficient permissions. Missing scopes: api.model.read", VALID, Reason.LIMITED),
    _openai(401, "ip_not_authorized", "IP not authorized", UNKNOWN, Reason.ADDRESS_NOT_ALLOWED),
    _openai(401, None, "You must be a member of an organization", UNKNOWN, Reason.WRONG_ACCOUNT),
    _openai(403, "unsupported_country_region_territory", "Country not supported", UNKNOWN, Reason.ADDRESS_NOT_ALLOWED),
    _openai(429, "rate_limit_exceeded", "Rate limit reached", UNKNOWN, Reason.RATE_LIMITED),
    _openai(429, "billing_hard_limit_reached", "Billing hard limit", SUSPENDED, Reason.OUT_OF_CREDIT),
    _openai(503, "server_is_overloaded", "The server is overloaded", UNKNOWN, Reason.SERVER_ERROR),
    _twilio(403, 70051, UNKNOWN, Reason.FORBIDDEN),
    _twilio(403, 20403, SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    _twilio(401, 10001, SUSPENDED, Reason.ACCOUNT_SUSPENDED),
    _twilio(429, 20429, UNKNOWN, Reason.RATE_LIMITED),
    _vault(403, VALID, Reason.LIMITED, "1 error occurred:\n\t* permission denied\n\n"),
    _vault(503, UNKNOWN, Reason.SERVER_ERROR, "Vault is sealed"),
    _vault(429, UNKNOWN, Reason.RATE_LIMITED, "request path is rate limited"),
    _vault(473, UNKNOWN, Reason.SERVER_ERROR),
)
WORDS = (*DEAD, *SHUT, *OTHER)
