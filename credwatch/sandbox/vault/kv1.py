"""The key-value store, version 1: one value a name, no dates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from credwatch.sandbox.vault.answers import NOTHING, Answer, Ask, Refused, Source, seconds_of

_LEASE = 32 * 86400


class Kv1:
    """One mount."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._values: dict[str, dict[str, Any]] = {}

    def exists(self, path: str) -> bool:
        """Whether a write would change something rather than create it."""
        return path in self._values

    def handle(self, ask: Ask) -> Answer:
        """Read, list, write, delete."""
        match ask.operation:
            case "read":
                return self._read(ask.path)
            case "list":
                return self._source.keys(folder(self._values, ask.path))
            case "update":
                self._values[ask.path] = dict(ask.body)
                return NOTHING
            case "delete":
                self._values.pop(ask.path, None)
                return NOTHING
            case _:
                raise Refused(405, "1 error occurred:\n\t* unsupported operation\n\n")

    def _read(self, path: str) -> Answer:
        if path not in self._values:
            raise Refused(404)
        value = self._values[path]
        return self._source.answer(value, lease_duration=seconds_of(value["ttl"]) if "ttl" in value else _LEASE)


def folder(names: Iterable[str], path: str) -> list[str]:
    """What lies directly under a path: items, and folders with a slash at the end."""
    prefix = f"{path.strip('/')}/" if path.strip("/") else ""
    found = set()
    for name in names:
        if name.startswith(prefix):
            head, slash, _ = name.removeprefix(prefix).partition("/")
            found.add(head + slash)
    return sorted(found)
