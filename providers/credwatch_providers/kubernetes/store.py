"""What the namespaces hold: metadata page by page, and the value of one Secret at a time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from credwatch.contract import Item, Payload, ProviderError, Reason, Secret, Unlisted
from credwatch_providers.kubernetes.cluster import Cluster, Refusal, secrets
from credwatch_providers.kubernetes.keepers import owner, table

OURS = ("credwatch-pending-", "credwatch-former-")
"""How what a rotation lays beside a Secret is called. It is never listed."""

_METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
"""So that no value is on the wire of a listing."""
_NO_RELEASES = "type!=helm.sh/release.v1"
"""Helm keeps every release there, packed: no key of it is read by anybody."""
_PAGE = 500
_RESTARTS = 3


class Namespaces:
    """The Secrets of the configured namespaces that no `skip` means. A locator is `namespace/name`."""

    def __init__(self, provider: str, cluster: Cluster, namespaces: tuple[str, ...], skip: tuple[str, ...]) -> None:
        self._provider = provider
        self._cluster = cluster
        self._namespaces = namespaces
        self._skip = skip

    def items(self) -> Iterator[Item | Unlisted]:
        """Namespace after namespace, page by page."""
        for namespace in dict.fromkeys(self._namespaces):
            try:
                yield from self._of(namespace)
            except Refusal as refusal:
                if refusal.reason is not Reason.FORBIDDEN:
                    raise
                yield Unlisted(f"{namespace}/", refusal.reason, str(refusal))

    def read(self, item: Item) -> Payload:
        """The parts as they are stored."""
        return payload_of(self._cluster.get(path_of(item)))

    def _of(self, namespace: str) -> Iterator[Item]:
        """A page whose time is over is asked for from the start; what was shown before is not shown again."""
        shown: set[str] = set()
        query, restarts = self._first(), 0
        while True:
            try:
                page = self._cluster.get(secrets(namespace), query, _METADATA)
            except Refusal as refusal:
                restarts += 1
                if refusal.status != 410 or restarts > _RESTARTS:
                    raise
                query = self._first()
                continue
            rows = page.get("items")
            if not isinstance(rows, list) or not str(page.get("kind", "")).endswith("List"):
                raise ProviderError(Reason.UNREADABLE, "this is no list of Secrets")
            for row in rows:
                item = self._item(namespace, metadata_of(row))
                if item is not None and item.locator not in shown:
                    shown.add(item.locator)
                    yield item
            if not (further := table(page.get("metadata")).get("continue")):
                return
            query = self._first() | {"continue": str(further)}

    @staticmethod
    def _first() -> dict[str, str]:
        return {"limit": str(_PAGE), "fieldSelector": _NO_RELEASES}

    def _item(self, namespace: str, known: Mapping[str, Any]) -> Item | None:
        locator = f"{namespace}/{known['name']}"
        if known["name"].startswith(OURS) or any(fnmatchcase(locator, each) for each in self._skip):
            return None
        copier, managed = owner(known)
        return Item(
            self._provider,
            locator,
            str(known.get("resourceVersion", "")),
            _labels(known),
            written_at=_written(known),
            mirror_of=copier,
            managed=managed,
        )


def path_of(item: Item) -> str:
    """Where the Secret of an item stands."""
    namespace, _, name = item.locator.partition("/")
    return secrets(namespace, name)


def metadata_of(secret: object) -> Mapping[str, Any]:
    """What Kubernetes knows of an object. UNREADABLE for what has no name."""
    known = table(table(secret).get("metadata"))
    if not isinstance(known.get("name"), str):
        raise ProviderError(Reason.UNREADABLE, "this is no Secret")
    return known


def payload_of(secret: Mapping[str, Any]) -> Payload:
    """Its parts. UNREADABLE for what is no Secret."""
    metadata_of(secret)
    try:
        return Payload({str(name): Secret(base64.b64decode(part)) for name, part in (secret.get("data") or {}).items()})
    except (AttributeError, TypeError, binascii.Error):
        raise ProviderError(Reason.UNREADABLE, "this is no Secret") from None


def _labels(known: Mapping[str, Any]) -> dict[str, str]:
    """Labels, and those annotations that are meant for us: others hold anything, one of them the value itself."""
    notes = {name: value for name, value in table(known.get("annotations")).items() if name.startswith("credwatch-")}
    return {str(name): str(value) for name, value in {**table(known.get("labels")), **notes}.items()}


def _written(known: Mapping[str, Any]) -> datetime | None:
    """When its data were last written, else when it was made."""
    fields = [table(each) for each in known.get("managedFields") or ()]
    times = [_moment(each.get("time")) for each in fields if "f:data" in table(each.get("fieldsV1"))]
    return max((each for each in times if each), default=None) or _moment(known.get("creationTimestamp"))


def _moment(text: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return read if read.tzinfo else None
