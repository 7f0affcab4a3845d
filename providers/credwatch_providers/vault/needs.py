"""The policy that the configured paths need, and nothing beyond it."""

from __future__ import annotations

from credwatch.contract import ProviderError
from credwatch_providers.vault.client import Mount
from credwatch_providers.vault.paths import PENDING, Pattern
from credwatch_providers.vault.settings import VaultSettings
from credwatch_providers.vault.store import KeyValueStore

_SELF = (
    ("auth/token/lookup-self", ("read",)),
    ("auth/token/renew-self", ("update",)),
)


_READ = ("read",)
_WRITE = ("create", "read", "update")


def policy(settings: VaultSettings, store: KeyValueStore, *, writes: bool) -> str:
    """HCL. Where Vault does not tell the mounts, the first segment of a path is taken for one of version 2.

    Who writes may change what is watched, where it lies in a store of version 2; and delete in the pending slots alone.
    """
    lines: dict[str, tuple[str, ...]] = dict(_SELF)
    if settings.auth.approle is not None:
        lines[f"auth/{settings.auth.approle.mount}/role/+/secret-id/lookup"] = ("update",)
    for text in settings.paths:
        pattern = Pattern(text)
        for mount in _mounts(store, pattern):
            for path, names in granted(pattern, mount, _WRITE if writes else _READ).items():
                lines[path] = tuple(dict.fromkeys((*lines.get(path, ()), *names)))
            if writes and mount.version == 2:
                lines[f"{mount.path}/data/{PENDING}/*"] = _WRITE
                lines[f"{mount.path}/metadata/{PENDING}/*"] = ("delete",)
    lines |= _beside(settings, writes=writes)
    for text in settings.skip:
        pattern = Pattern(text)
        for mount in _mounts(store, pattern):
            rule, _ = pattern.rules(mount.path.count("/") + 1)
            lines[f"{mount.path}/data/{rule}" if mount.version == 2 else f"{mount.path}/{rule}"] = ("deny",)
    return "".join(f"{line(path, *names)}\n" for path, names in lines.items())


def turned(mount: str, *, writes: bool = False) -> dict[str, tuple[str, ...]]:
    """What it takes to watch the static roles of a database engine, or to let it make their passwords anew."""
    lines: dict[str, tuple[str, ...]] = {
        f"{mount}/static-roles": ("list",),
        f"{mount}/static-roles/*": _READ,
        f"{mount}/static-creds/*": _READ,
    }
    if writes:
        lines[f"{mount}/rotate-role/*"] = ("update",)
    return lines


def _beside(settings: VaultSettings, *, writes: bool) -> dict[str, tuple[str, ...]]:
    """What lies in no key-value store: static roles, and the secret ids that a rotation looks up."""
    lines: dict[str, tuple[str, ...]] = {}
    for mount in settings.static_roles:
        lines |= turned(mount, writes=writes)
    for mount in settings.approles if writes else ():
        lines[f"auth/{mount}/role"] = ("list",)
        lines[f"auth/{mount}/role/+/role-id"] = _READ
        lines[f"auth/{mount}/role/+/secret-id/lookup"] = ("update",)
    return lines


def granted(pattern: Pattern, mount: Mount, data: tuple[str, ...] = _READ) -> dict[str, tuple[str, ...]]:
    """What one path needs on one mount: path to capabilities. `data`: those on the values of a store of version 2."""
    rule, folders = pattern.rules(mount.path.count("/") + 1)
    if mount.version != 2:
        both = ("read",) if pattern.exact else ("read", "list")
        return {f"{mount.path}/{folder}": ("list",) for folder in folders} | {f"{mount.path}/{rule}": both}
    lists = {f"{mount.path}/metadata/{folder}": ("list",) for folder in folders}
    both = ("read", "list") if rule.endswith("*") else ("read",)
    return lists | {f"{mount.path}/metadata/{rule}": both, f"{mount.path}/data/{rule}": data}


def line(path: str, *names: str) -> str:
    """One rule."""
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'path "{path}" {{ capabilities = [{quoted}] }}'


def _mounts(store: KeyValueStore, pattern: Pattern) -> list[Mount]:
    try:
        found = store.mounts_of(pattern)
    except ProviderError:
        found = []
    return [mount for mount in found if mount.version] or [Mount(part, 2) for part in pattern.fixed[:1]]
