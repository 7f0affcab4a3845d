"""The kinds of Vault credentials, and trying a token: it looks itself up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from credwatch.contract import NEVER, Facts, Http, Kind, Match, ProbeResult, Reason, Reply, Role, Secret, otherwise
from credwatch_providers.vault.client import moment
from credwatch_providers.vault.refusals import dead
from credwatch_providers.vault.settings import VaultIssuerSettings

_CONTEXT = r"vault|(?<![a-z])bao(?![a-z])|openbao"
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

TOKEN = Kind(
    name="vault-token",
    vendor="vault",
    vendor_name="Vault",
    title="Vault token",
    roles=(Role("token", r"hvs\.[A-Za-z0-9_-]{24,}|hvb\.[A-Za-z0-9_-]{50,}", secret=True, proof=True),),
    joins="never",
    least_interval=timedelta(days=1),
)
"""Tried once a day: a look is one of the uses of a token that counts them, which nobody can see beforehand."""

SHORT_TOKEN = replace(
    TOKEN,
    name="vault-short-token",
    roles=(Role("token", r"s\.[A-Za-z0-9]{24}|b\.[A-Za-z0-9_-]{50,}", context=_CONTEXT, secret=True),),
)
"""As OpenBao, and Vault before 1.10, write it: no proof by itself."""

APPROLE = Kind(
    name="vault-approle",
    vendor="vault",
    vendor_name="Vault",
    title="Vault AppRole",
    roles=(
        Role("role_id", _UUID, context=r"role.?id"),
        Role("secret_id", _UUID, context=rf"(?:{_CONTEXT}|app.?role).*secret.?id|^secret.?id$", secret=True),
    ),
    joins="never",
    probed=False,
)
"""Not tried: a login spends a use of the secret id and leaves a token behind."""


class VaultIssuer:
    """Tries tokens at the one Vault that `[issuers.vault] base_url` names; without it at none."""

    def __init__(self, settings: VaultIssuerSettings) -> None:
        self._settings = settings

    def probe(self, match: Match, values: Mapping[str, Secret], http: Http) -> ProbeResult:
        """`lookup-self`, which the default policy allows."""
        token = values.get("token")
        if token is None or not match.kind.probed or self._settings.base_url is None:
            return ProbeResult.unknown(Reason.NOT_TRIED)
        headers = {"X-Vault-Token": token.reveal(), "X-Vault-Request": "true"}
        if self._settings.namespace:
            headers["X-Vault-Namespace"] = self._settings.namespace
        return read(http.send("GET", f"{self._settings.base_url}/v1/auth/token/lookup-self", headers=headers))


def read(reply: Reply) -> ProbeResult:
    """What the answer to lookup-self means.

    A dead token hears the bare sentence, a live one without the right hears it wrapped in an error list.
    """
    body = reply.json() or {}
    errors = tuple(str(each) for each in body.get("errors") or ()) if isinstance(body.get("errors"), list) else ()
    match reply.status, body.get("data"):
        case 200, {"policies": _} as data:
            return _alive(data)
        case 403, _ if dead(errors):
            return ProbeResult.invalid(detail="403 permission denied")
        case 403, _ if any("permission denied" in each for each in errors):
            return ProbeResult.valid(reason=Reason.LIMITED, detail="may not look itself up")
        case 472 | 473 | 474, _:
            return ProbeResult.unknown(Reason.SERVER_ERROR, f"HTTP {reply.status}, a standby")
        case _:
            return otherwise(reply)


def _alive(data: Any) -> ProbeResult:
    uses = data.get("num_uses") or 0
    if uses < 0:
        return ProbeResult.invalid(Reason.EXPIRED, "its last use was spent")
    facts = Facts(
        key_id=str(data.get("accessor") or "") or None,
        name=str(data.get("display_name") or "") or None,
        created=_epoch(data.get("creation_time")),
        expires=moment(data.get("expire_time")) if data.get("expire_time", "") is not None else NEVER,
        scopes=frozenset(map(str, data["policies"] or ())),
    )
    if uses:
        return ProbeResult.valid(facts, Reason.LIMITED, f"{uses} uses left; each look is one")
    return ProbeResult.valid(facts)


def _epoch(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and 0 < seconds < 2**35 else None
