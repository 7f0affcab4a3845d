"""A configured Vault: its login, its items, what it needs and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Facts,
    Found,
    Item,
    Match,
    Payload,
    ProbeResult,
    ProviderError,
    Reason,
    Secret,
    Setup,
    Staged,
    Step,
    Unlisted,
    Versioned,
)
from credwatch_providers.vault.approles import AppRoles
from credwatch_providers.vault.client import Client, moment
from credwatch_providers.vault.doctor import diagnose
from credwatch_providers.vault.needs import policy
from credwatch_providers.vault.refusals import Refusal, dead
from credwatch_providers.vault.settings import VaultIssuerSettings, VaultSettings
from credwatch_providers.vault.staging import VaultStaging
from credwatch_providers.vault.static_roles import STATIC_ROLE, StaticRoles
from credwatch_providers.vault.store import KeyValueStore

_ZERO = "0001-01-01"


class VaultStore(VaultStaging):
    """One connection; nothing is asked before it is needed."""

    tries = AppRoles.tries
    turns = frozenset({STATIC_ROLE.name})

    def __init__(self, setup: Setup[VaultSettings, VaultIssuerSettings]) -> None:
        self.name = setup.name
        self._setup = setup
        client = Client(setup)
        super().__init__(client, KeyValueStore(setup.name, client, setup.settings.paths, setup.settings.skip))
        self._turning = StaticRoles(setup.name, client, setup.settings.static_roles)
        self._approles = AppRoles(client, setup.settings.approles)

    def check(self) -> ProbeResult:
        """Log in and look ourselves up; a renewable token with less than half its life left is renewed.

        A token that may be used only so many times is refused: watching would use it up.
        """
        try:
            shown = self._client.whoami()
        except Refusal as refusal:
            return _refused(refusal)
        except ProviderError as error:
            return ProbeResult.unknown(error.reason, str(error))
        if shown.get("num_uses"):
            return ProbeResult.unknown(
                Reason.LOGIN_REFUSED,
                "this token may be used only so many times, and watching would use it up; make one without num_uses",
            )
        ends = self._ends(shown)
        return ProbeResult.valid(
            Facts(
                name=str(shown.get("display_name") or "") or None,
                expires=ends,
                scopes=frozenset(map(str, shown.get("policies") or ())),
            ),
            detail="renewed as it goes" if ends is None and shown.get("renewable") else "",
        )

    def items(self) -> Iterator[Item | Unlisted]:
        """Every item below the configured paths, folder by folder, and every static role."""
        settings = self._setup.settings
        if not settings.paths and not settings.static_roles:
            raise ProviderError(Reason.NOT_FOUND, f'{self.name} has no paths: add paths = ["kv/…/**"]', permanent=True)
        yield from self._store.items(self._setup.http.now())
        yield from self._turning.items()

    def read(self, item: Item) -> Payload:
        """The current value of an item."""
        return self._turning.read(item) if self._turning.holds(item) else self._store.read(item)

    def held(self, item: Item) -> Versioned:
        """What it holds now, and its version, from one answer."""
        return self._turning.held(item) if self._turning.holds(item) else super().held(item)

    def staged(self, item: Item) -> Staged | None:
        """What lies in its slot; a static role has none."""
        return None if self._turning.holds(item) else super().staged(item)

    def turn(self, item: Item) -> None:
        """Let Vault make a new password of a static role."""
        self._turning.turn(item)

    def call(self, step: Step, of: Facts | Item) -> str:
        """The request of a step."""
        if isinstance(of, Item) and self._turning.holds(of):
            return self._turning.call(of) if step is Step.MINT else ""
        return super().call(step, of)

    def try_(self, match: Match, values: Mapping[str, Secret]) -> ProbeResult:
        """Whether a secret id still opens its AppRole."""
        del match
        return self._approles.try_(values)

    def least_privilege(self) -> str:
        """A policy for these paths, as `vault policy write NAME -` takes it: to watch, or to rotate what lies there."""
        return policy(self._setup.settings, self._store, writes=self._setup.writes)

    def diagnose(self) -> Iterator[Diagnosis]:
        """The login; then each path listed, and one of its items read; then the static roles."""
        return diagnose(
            self._setup.settings, self.check(), self._store, self._turning, self._client, now=self._setup.http.now()
        )

    def close(self) -> None:
        """Give up the connections."""
        self._client.close()

    def _ends(self, shown: Mapping[str, Any]) -> datetime | None:
        """Until when we can log in: a token's own end, or that of the AppRole's secret id if we may see it.

        None where that is not told, and for a token that we renew: its end moves as long as we are there.
        """
        auth = self._setup.settings.auth
        if auth.kubernetes is not None:
            return None
        if auth.approle is not None:
            return self._secret_id_ends()
        ends = moment(shown.get("expire_time"))
        if ends is None:
            return NEVER if shown.get("expire_time", "") is None else None
        return self._renewed(shown, ends) if shown.get("renewable") else ends

    def _renewed(self, shown: Mapping[str, Any], ends: datetime) -> datetime | None:
        """Renew it once half of its life is over. Its end when that is refused, or gives it less than that half."""
        half = (shown.get("period") or shown.get("creation_ttl") or 0) / 2
        if (shown.get("ttl") or 0) >= half:
            return None
        try:
            lease = self._client.renew()
        except ProviderError:
            return ends
        if lease >= half:
            return None
        return self._setup.http.now() + timedelta(seconds=lease) if lease else ends

    def _secret_id_ends(self) -> datetime | None:
        try:
            ends = self._client.secret_id_ends()
        except ProviderError:
            return None
        return NEVER if ends and ends.startswith(_ZERO) else moment(ends)


def _refused(refusal: Refusal) -> ProbeResult:
    """A token that lives but may not look itself up is good enough; anything else is not."""
    if refusal.status == 403 and not dead(refusal.words) and "permission denied" in str(refusal):
        return ProbeResult.valid(reason=Reason.LIMITED, detail="our token may not look itself up; its date is not seen")
    if refusal.status == 403 and refusal.theirs:
        return ProbeResult.unknown(Reason.LOGIN_REFUSED, f"our token is not taken: {refusal}")
    return ProbeResult.unknown(refusal.reason, str(refusal))


def connect(setup: Setup[VaultSettings, VaultIssuerSettings]) -> VaultStore:
    """The connection of a table; nothing is asked yet."""
    return VaultStore(setup)


def discover(environ: Mapping[str, str]) -> Iterator[Found]:
    """What `VAULT_ADDR` and its companions say. Values of secrets are not looked at, only whether they are there."""
    address = environ.get("VAULT_ADDR", "")
    if not _has_host(address):
        return
    auth: dict[str, Any]
    if environ.get("VAULT_TOKEN"):
        auth, said = {"token": "env:VAULT_TOKEN"}, "VAULT_TOKEN"
    elif environ.get("VAULT_ROLE_ID") and environ.get("VAULT_SECRET_ID"):
        approle = {"role_id": "env:VAULT_ROLE_ID", "secret_id": "env:VAULT_SECRET_ID"}
        auth, said = {"approle": approle}, "VAULT_ROLE_ID and VAULT_SECRET_ID"
    else:
        auth, said = {"kubernetes": "credwatch-watch"}, "the role credwatch-watch of its Kubernetes login, to be made"
    table: dict[str, Any] = {"use": "vault", "address": address, "auth": auth, "paths": []}
    if environ.get("VAULT_NAMESPACE"):
        table["namespace"] = environ["VAULT_NAMESPACE"]
    yield Found("vault", table, f"VAULT_ADDR, {address}, login by {said}")


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
