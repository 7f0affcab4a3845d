"""Whether a secret id still opens its AppRole: it is looked up. A login would spend a use, and leave a token behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from credwatch.contract import NEVER, Facts, ProbeResult, Reason, Secret
from credwatch_providers.vault.client import Client, moment
from credwatch_providers.vault.refusals import Refusal

_ZERO = "0001-01-01"


class AppRoles:
    """The part of a connection that tries secret ids, for a rotation alone."""

    tries = frozenset({"vault-approle"})

    def __init__(self, client: Client, mounts: Sequence[str]) -> None:
        self._client = client
        self._mounts = tuple(mounts)

    def try_(self, values: Mapping[str, Secret]) -> ProbeResult:
        """The role of this role id is looked for, and this secret id among its own: what is not there was revoked."""
        role_id, secret_id = values.get("role_id"), values.get("secret_id")
        if role_id is None or secret_id is None:
            return ProbeResult.unknown(Reason.NOT_TRIED, "half of a pair")
        try:
            role = next((role for role in self._roles() if self._client.role_id(role) == role_id.reveal()), None)
            if role is None:
                where = ", ".join(f"auth/{mount}" for mount in self._mounts) or "no mount"
                return ProbeResult.unknown(Reason.WRONG_HOST, f"no AppRole of {where} has this role id")
            return self._read(role, self._client.secret_id(role, secret_id))
        except Refusal as refusal:
            return ProbeResult.unknown(refusal.reason, str(refusal))

    def _roles(self) -> Iterator[str]:
        for mount in self._mounts:
            yield from (f"auth/{mount}/role/{name}" for name in self._client.names(f"auth/{mount}/role"))

    def _read(self, role: str, shown: Mapping[str, object]) -> ProbeResult:
        """One past its date still opens it until Vault tidies up, and is dead all the same."""
        if not shown:
            return ProbeResult.invalid(detail="Vault knows no such secret id")
        text = str(shown.get("expiration_time") or "")
        ends = NEVER if text.startswith(_ZERO) else moment(text)
        if ends is not None and ends <= self._client.now():
            return ProbeResult.invalid(Reason.EXPIRED, f"it ended on {ends.day} {ends:%b %Y}")
        accessor = str(shown.get("secret_id_accessor") or "")
        return ProbeResult.valid(
            Facts(account=role, key_id=accessor or None, created=moment(shown.get("creation_time")), expires=ends)
        )
