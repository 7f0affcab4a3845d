"""Static roles of database engines: users whose passwords Vault makes itself, by its own schedule or when it is told to.

A new password ends the old one in the same moment, in the database too; there is nothing to store and nothing to revoke.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from credwatch.contract import Item, Kind, Payload, ProviderError, Reason, Role, Secret, Unlisted, Versioned
from credwatch_providers.vault.client import Client, moment
from credwatch_providers.vault.paths import locator, plain
from credwatch_providers.vault.refusals import Refusal

STATIC_ROLE = Kind(
    name="vault-static-role",
    vendor="vault",
    vendor_name="Vault",
    title="Vault static role",
    roles=(Role("password", r"(?s).+", context=r"/static-creds/[^/]+$", secret=True),),
    joins="never",
    overlaps=False,
    probed=False,
)
"""Known by where it is read, never by how it looks."""
_LATE = timedelta(minutes=5)
"""So long after its time a password may be turned before it is called overdue."""
_CREDS = "static-creds"


class StaticRoles:
    """Those of some database engines."""

    def __init__(self, provider: str, client: Client, mounts: Sequence[str]) -> None:
        self._provider = provider
        self._client = client
        self._mounts = tuple(mounts)

    def items(self) -> Iterator[Item | Unlisted]:
        """Every role, as the place where its user's password is read."""
        for mount in self._mounts:
            try:
                names = self._client.names(f"{mount}/static-roles")
            except Refusal as refusal:
                if refusal.status not in {403, 404}:
                    raise
                yield Unlisted(locator(mount, f"{_CREDS}/"), refusal.reason, str(refusal))
                continue
            for name in names:
                yield self._item(mount, name)

    def holds(self, item: Item) -> bool:
        """Whether this item is a static role of these engines."""
        return self._split(item) is not None

    def read(self, item: Item) -> Payload:
        """The password now."""
        return self.held(item).payload

    def held(self, item: Item) -> Versioned:
        """The password now, and when it was made."""
        mount, name = self._known(item)
        shown = self._client.shown(f"{mount}/{_CREDS}/{name}")
        password, made = shown.get("password"), _turned(shown)
        if not isinstance(password, str) or not password or not made:
            raise ProviderError(Reason.UNREADABLE, "the answer holds no password, or not when it was made")
        return Versioned(made, Payload({"password": Secret(password)}))

    def turn(self, item: Item) -> None:
        """Let Vault make a new password: the old one ends in that moment."""
        mount, name = self._known(item)
        try:
            self._client.tell(f"{mount}/rotate-role/{name}")
        except Refusal as refusal:
            certain = refusal.theirs and refusal.status in {403, 404, 405}
            raise ProviderError(refusal.reason, str(refusal), permanent=certain) from None

    def call(self, item: Item) -> str:
        """The request of a turn."""
        mount, name = self._known(item)
        return f"write {mount}/rotate-role/{name}"

    def _item(self, mount: str, name: str) -> Item | Unlisted:
        place = locator(mount, f"{_CREDS}/{name}")
        try:
            known = self._client.shown(f"{mount}/static-roles/{name}")
        except Refusal as refusal:
            if refusal.status not in {400, 403, 404}:
                raise
            return Unlisted(place, refusal.reason, str(refusal))
        made = moment(_turned(known))
        item = Item(self._provider, place, _turned(known), written_at=made, managed=True)
        period = known.get("rotation_period")
        if made is None or not isinstance(period, int) or period <= 0:
            return item
        return replace(item, due_at=_due(made, period))

    def _known(self, item: Item) -> tuple[str, str]:
        found = self._split(item)
        if found is None:
            raise ProviderError(Reason.NOT_FOUND, f"{item.locator} is no static role", permanent=True)
        return found

    def _split(self, item: Item) -> tuple[str, str] | None:
        whole = plain(item.locator)
        for mount in self._mounts:
            start = f"{mount}/{_CREDS}/"
            if whole.startswith(start) and "/" not in whole.removeprefix(start):
                return mount, whole.removeprefix(start)
        return None


def _turned(shown: Mapping[str, object]) -> str:
    """OpenBao's documents have another name for it."""
    return str(shown.get("last_vault_rotation") or shown.get("last_openbao_rotation") or "")


def _due(made: datetime, period: int) -> datetime | None:
    try:
        return made + timedelta(seconds=period) + _LATE
    except OverflowError:
        return None
