"""The lines that `doctor` shows for a Vault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from credwatch.contract import (
    NEVER,
    Diagnosis,
    Item,
    ProbeResult,
    ProviderError,
    Reason,
    Unlisted,
    Validity,
    counted,
    mending,
)
from credwatch_providers.vault.client import Client
from credwatch_providers.vault.needs import granted, line, turned
from credwatch_providers.vault.paths import Pattern
from credwatch_providers.vault.settings import Auth, VaultSettings
from credwatch_providers.vault.static_roles import StaticRoles
from credwatch_providers.vault.store import KeyValueStore


def diagnose(  # noqa: PLR0913  all that is looked at
    settings: VaultSettings,
    checked: ProbeResult,
    store: KeyValueStore,
    roles: StaticRoles,
    client: Client,
    *,
    now: datetime,
) -> Iterator[Diagnosis]:
    """The login; then each path, listed, and one of its items read. After a refused login nothing else is tried."""
    what = f"login, {settings.auth.said}"
    if checked.validity is not Validity.VALID:
        said = checked.detail.removeprefix(f"{what}: ") or checked.reason.value
        yield Diagnosis(what, ok=False, said=said, mend=_mend(settings, checked.reason))
        return
    yield Diagnosis(what, ok=True, said=_life(checked, now))
    if not settings.paths and not settings.static_roles:
        yield _without_paths(client)
    for text in settings.paths:
        yield from _path(Pattern(text), store, settings.auth, now)
    if settings.static_roles:
        rules = [line(path, *names) for mount in settings.static_roles for path, names in turned(mount).items()]
        yield from counted("static roles", roles.items(), f"Add to the policy:        {' '.join(rules)}")


def _path(pattern: Pattern, store: KeyValueStore, auth: Auth, now: datetime) -> Iterator[Diagnosis]:
    items: list[Item] = []
    closed: list[Unlisted] = []
    try:
        for each in store.below(pattern, now):
            if isinstance(each, Item):
                items.append(each)
            else:
                closed.append(each)
    except ProviderError as error:
        yield Diagnosis(f"list {pattern.text}", ok=False, said=str(error), mend=_see(error.reason))
        return
    holder = f"role {auth.kubernetes.role}" if auth.kubernetes else "our token"
    if closed:
        said = ": ".join(filter(None, (closed[0].message, closed[0].scope))) + (
            f" and {len(closed) - 1} more" if len(closed) > 1 else ""
        )
        absent = closed[0].reason is Reason.NOT_FOUND
        mend = "see how it is called: vault secrets list" if absent else _add(holder, store, pattern, "metadata")
        yield Diagnosis(f"list {pattern.text}", ok=False, said=said, mend=mend)
    else:
        yield Diagnosis(f"list {pattern.text}", ok=True, said=f"{len(items)} item{'' if len(items) == 1 else 's'}")
    if not items:
        return
    try:
        store.read(items[0])
    except ProviderError as error:
        mend = _add(holder, store, pattern, "data") if error.reason is Reason.FORBIDDEN else _see(error.reason)
        yield Diagnosis(f"read {pattern.text}", ok=False, said=str(error), mend=mend)
    else:
        yield Diagnosis(f"read {pattern.text}", ok=True, said="")


def _add(holder: str, store: KeyValueStore, pattern: Pattern, area: str) -> str:
    """The lines of the policy that are missing."""
    rules = [
        line(path, *names)
        for mount in store.mounts_of(pattern)
        if mount.version
        for path, names in granted(pattern, mount).items()
        if mount.version != 2 or path.removeprefix(f"{mount.path}/").startswith(area)
    ]
    return f"Add to the policy of {holder}:        {' '.join(rules)}" if rules else "see that the mount is there"


def _without_paths(client: Client) -> Diagnosis:
    try:
        mounts = [mount.path for mount in client.mounts() if mount.version]
    except ProviderError:
        mounts = []
    known = ", ".join(f'"{path}/**"' for path in mounts) or '"kv/**"'
    return Diagnosis("paths", ok=False, said="none: nothing is watched", mend=f"say in the table:  paths = [{known}]")


def _life(checked: ProbeResult, now: datetime) -> str:
    match checked.facts.expires:
        case None:
            return checked.detail
        case datetime() as ends if ends == NEVER:
            return "never expires"
        case ends:
            return f"lives {_length(ends - now)}"


def _length(left: timedelta) -> str:
    seconds = int(left.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"


def _mend(settings: VaultSettings, reason: Reason) -> str:
    if reason is Reason.NOT_FOUND and settings.namespace:
        return "see how it is called, and that `namespace` says the same: vault namespace list"
    if reason is not Reason.LOGIN_REFUSED:
        return _see(reason)
    auth = settings.auth
    if auth.kubernetes:
        return f"see that the role exists and is bound to our service account: vault read auth/{auth.kubernetes.mount}/role/{auth.kubernetes.role}"
    if auth.approle:
        return f"make a new secret id: vault write -f auth/{auth.approle.mount}/role/NAME/secret-id"
    return "make a new token: vault token create -policy=credwatch-watch -period=72h"


def _see(reason: Reason) -> str:
    if reason is Reason.SERVER_ERROR:
        return "see vault status: a sealed Vault answers nobody"
    return mending(reason, "see that `address` is right and can be reached from here")
