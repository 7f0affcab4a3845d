"""What the key-value stores hold: folder after folder, as far as the configured paths reach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from credwatch.contract import Item, Payload, ProviderError, Reason, Secret, Unlisted
from credwatch_providers.vault.client import Client, Mount, moment
from credwatch_providers.vault.paths import PENDING, Pattern, encoded, locator, plain
from credwatch_providers.vault.refusals import Refusal, dead

_UNASKABLE = frozenset({"/", "./", "../", ".", ".."})
"""Names that a URL cannot carry."""
_DEEPEST = 2000
"""Folders within folders. What goes deeper answers the same to every listing."""
_UNSHOWN = "nothing is shown there, and Vault does not tell whether that is because there is nothing"


class KeyValueStore:
    """The items of one Vault that some path means and no `skip` does."""

    def __init__(self, provider: str, client: Client, paths: tuple[str, ...], skip: tuple[str, ...]) -> None:
        self._provider = provider
        self._client = client
        self._patterns = [Pattern(text) for text in paths]
        self._skip = [Pattern(text) for text in skip]
        self._mounts: list[Mount] | None = None

    def items(self, now: datetime) -> Iterator[Item | Unlisted]:
        """Every item once, path after path, a folder at a time."""
        for number, pattern in enumerate(self._patterns):
            for each in self.below(pattern, now):
                earlier = isinstance(each, Item) and any(one.matches(each.locator) for one in self._patterns[:number])
                if not earlier:
                    yield each

    def below(self, pattern: Pattern, now: datetime) -> Iterator[Item | Unlisted]:
        """What one path means. One that may mean any mount, and no mount is shown, hides everything."""
        mounts = self.mounts_of(pattern)
        if not mounts:
            yield Unlisted("", Reason.NOT_FOUND, f"no mount is shown that {pattern.text} could mean")
        for mount in mounts:
            if mount.version == 0:
                words = f'{mount.path} is a "{mount.kind}" mount, not a key-value store'
                yield Unlisted(locator(mount.path, ""), Reason.UNEXPECTED, words)
            elif pattern.exact:
                yield from self._item(mount, "/".join(map(plain, pattern.fixed)).removeprefix(f"{mount.path}/"), now)
            else:
                yield from self._walk(mount, pattern, now)

    def read(self, item: Item) -> Payload:
        """The current value; what is not text in it becomes JSON."""
        value = self._client.value(*self.located(item))
        return Payload({name: Secret(each if isinstance(each, str) else _json(each)) for name, each in value.items()})

    def located(self, item: Item) -> tuple[Mount, str]:
        """The mount of an item, and its path there."""
        whole = plain(item.locator)
        mount = _longest(self._known(), whole) or _first(whole)
        return mount, whole.removeprefix(f"{mount.path}/")

    def mounts_of(self, pattern: Pattern) -> list[Mount]:
        """The mounts that a path speaks of. The one that its first segment names, when Vault shows none."""
        fixed = "/".join(map(plain, pattern.fixed))
        found = _longest(self._known(), fixed)
        if found is not None:
            return [found]
        reached = [each for each in self._known() if each.version and pattern.reaches(locator(each.path, ""))]
        if reached or not fixed:
            return reached
        return [_first(fixed)]

    def _known(self) -> list[Mount]:
        if self._mounts is None:
            try:
                self._mounts = self._client.mounts()
            except Refusal as refusal:
                if refusal.status not in {403, 404}:
                    raise
                self._mounts = []
        return self._mounts

    def _walk(self, mount: Mount, pattern: Pattern, now: datetime) -> Iterator[Item | Unlisted]:
        fixed = "".join(f"{plain(part)}/" for part in pattern.fixed)
        folders = [fixed.removeprefix(f"{mount.path}/") if fixed.startswith(f"{mount.path}/") else ""]
        while folders:
            folder = folders.pop()
            scope = locator(mount.path, folder)
            if folder.count("/") > _DEEPEST:
                raise ProviderError(Reason.BROKEN, f"{mount.path}: a folder holds itself, and again, without an end")
            try:
                names = self._client.keys(mount, folder)
            except Refusal as refusal:
                yield self._unlisted(scope, refusal)
                continue
            if mount.guessed and not names:
                yield Unlisted(scope, Reason.NOT_FOUND, _UNSHOWN)
            deeper = []
            for name in names:
                place = scope + encoded(name)
                if name in _UNASKABLE:
                    yield Unlisted(place, Reason.UNEXPECTED, "a name that cannot be asked for")
                elif not name.endswith("/"):
                    if pattern.matches(place):
                        yield from self._item(mount, folder + name, now)
                elif self._enters(pattern, place, top=not folder):
                    deeper.append(folder + name)
            folders.extend(reversed(deeper))

    def _enters(self, pattern: Pattern, place: str, *, top: bool) -> bool:
        """Whether a folder is worth a listing. What a rotation keeps there is never an item."""
        if top and place.endswith(f"/{PENDING}/"):
            return False
        return pattern.reaches(place) and not any(each.covers(place) for each in self._skip)

    def _unlisted(self, scope: str, refusal: Refusal) -> Unlisted:
        """The folder that may not be listed. When the login itself has ended, the whole listing has."""
        if refusal.status not in {403, 404}:
            raise refusal
        if dead(refusal.words):
            try:
                self._client.whoami()
            except Refusal as again:
                if dead(again.words):
                    raise ProviderError(Reason.LOGIN_REFUSED, "our token is no longer taken") from None
        return Unlisted(scope, refusal.reason, str(refusal))

    def _item(self, mount: Mount, path: str, now: datetime) -> Iterator[Item | Unlisted]:
        place = locator(mount.path, path)
        if path.partition("/")[0] == PENDING or any(each.matches(place) for each in self._skip):
            return
        try:
            known = self._client.metadata(mount, path) if mount.version == 2 else {}
        except Refusal as refusal:
            if refusal.absent and mount.guessed:
                yield Unlisted(place, Reason.NOT_FOUND, _UNSHOWN)
            if refusal.absent:
                return
            if refusal.status != 403:
                raise
            known = {}
        item = described(Item(self._provider, place), known, now)
        if item is not None:
            yield item


def described(item: Item, known: Mapping[str, Any], now: datetime) -> Item | None:
    """The item with its metadata, or None when its current version is deleted or destroyed, or never was.

    A deletion that lies ahead is a date: the store will remove the value then.
    """
    if "current_version" not in known:
        return item
    version = str(known["current_version"])
    current = _table(_table(known.get("versions")).get(version))
    ends = moment(current.get("deletion_time"))
    if version == "0" or current.get("destroyed") or (ends is not None and ends <= now):
        return None
    labels = _table(known.get("custom_metadata"))
    return Item(
        item.provider,
        item.locator,
        version,
        {str(name): str(label) for name, label in labels.items()},
        written_at=moment(current.get("created_time")) or moment(known.get("updated_time")),
        deletes_at=ends,
    )


def _longest(mounts: list[Mount], path: str) -> Mount | None:
    fitting = [each for each in mounts if f"{path}/".startswith(f"{each.path}/")]
    return max(fitting, key=lambda each: len(each.path), default=None)


def _first(path: str) -> Mount:
    return Mount(path.partition("/")[0], 2, guessed=True)


def _table(read: object) -> Mapping[str, Any]:
    return read if isinstance(read, dict) else {}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
