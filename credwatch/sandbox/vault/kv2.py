"""The key-value store, version 2: versions, check-and-set, deletion, custom metadata."""

# ruff: noqa: ARG002  the handlers of one table have the same parameters

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from credwatch.sandbox.merging import merged
from credwatch.sandbox.vault.answers import (
    NOTHING,
    Answer,
    Ask,
    Refused,
    Source,
    after,
    duration_of,
    seconds_of,
    text_of,
    wrapped,
)
from credwatch.sandbox.vault.kv1 import folder

_VERSIONS_KEPT = 10
_HINT = (
    "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. "
    "If using the OpenBao CLI, use 'bao kv get' for this operation."
)
_MISMATCH = "check-and-set parameter did not match the current version"


@dataclass
class _Version:
    data: dict[str, Any]
    created: datetime
    deleted: datetime | None = None
    destroyed: bool = False

    def shown(self) -> dict[str, Any]:
        return {
            "created_time": text_of(self.created),
            "deletion_time": text_of(self.deleted),
            "destroyed": self.destroyed,
        }

    def gone(self, now: datetime) -> bool:
        return self.destroyed or (self.deleted is not None and self.deleted <= now)


@dataclass
class _Entry:
    created: datetime
    updated: datetime
    versions: dict[int, _Version] = field(default_factory=dict)
    current: int = 0
    labels: dict[str, str] | None = None
    max_versions: int = 0
    cas_required: bool = False
    delete_after: int = 0
    metadata_writes: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "cas_required": self.cas_required,
            "created_time": text_of(self.created),
            "current_metadata_version": self.metadata_writes,
            "current_version": self.current,
            "custom_metadata": self.labels,
            "delete_version_after": duration_of(self.delete_after),
            "max_versions": self.max_versions,
            "metadata_cas_required": False,
            "oldest_version": 0 if 1 in self.versions else min(self.versions, default=0),
            "updated_time": text_of(self.updated),
            "versions": {str(number): version.shown() for number, version in self.versions.items()},
        }

    def of(self, number: int) -> dict[str, Any]:
        return self.versions[number].shown() | {"custom_metadata": self.labels, "version": number}


class Kv2:
    """One mount."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._entries: dict[str, _Entry] = {}
        self._handlers: dict[tuple[str, str], Callable[[str, Ask], Answer]] = {
            ("data", "read"): self._read,
            ("data", "update"): self._write,
            ("data", "patch"): self._patch,
            ("data", "delete"): self._delete_current,
            ("metadata", "read"): self._read_metadata,
            ("metadata", "list"): self._list,
            ("metadata", "scan"): self._scan,
            ("metadata", "update"): self._write_metadata,
            ("metadata", "patch"): self._patch_metadata,
            ("metadata", "delete"): self._forget,
            ("detailed-metadata", "list"): self._list_detailed,
            ("subkeys", "read"): self._subkeys,
            ("delete", "update"): self._delete,
            ("undelete", "update"): self._undelete,
            ("destroy", "update"): self._destroy,
            ("config", "read"): self._config,
        }

    def exists(self, path: str) -> bool:
        """Whether a write would change something rather than create it."""
        _, _, name = path.partition("/")
        return name in self._entries

    def handle(self, ask: Ask) -> Answer:
        """By the first segment of the path; a path without one of them gets the hint about version 2."""
        area, _, name = ask.path.partition("/")
        handler = self._handlers.get((area, ask.operation))
        if handler is not None:
            return handler(name, ask)
        if any(known == area for known, _ in self._handlers):
            raise Refused(405, "1 error occurred:\n\t* unsupported operation\n\n")
        return self._source.answer(missing=True, warnings=[_HINT])

    def _entry(self, name: str) -> _Entry:
        if name not in self._entries:
            raise Refused(404)
        return self._entries[name]

    def _make(self, name: str) -> _Entry:
        now = self._source.now()
        return self._entries.setdefault(name, _Entry(created=now, updated=now))

    def _current(self, name: str, ask: Ask) -> tuple[_Entry, int, _Version]:
        entry = self._entry(name)
        number = int(ask.query.get("version", "0")) or entry.current
        if number not in entry.versions:
            raise Refused(404)
        return entry, number, entry.versions[number]

    def _read(self, name: str, ask: Ask) -> Answer:
        entry, number, version = self._current(name, ask)
        gone = version.gone(self._source.now())
        data = {"data": None if gone else version.data, "metadata": entry.of(number)}
        return self._source.answer(data, missing=gone)

    def _subkeys(self, name: str, ask: Ask) -> Answer:
        entry, number, version = self._current(name, ask)
        gone = version.gone(self._source.now())
        data = {"subkeys": None if gone else _names_only(version.data), "metadata": entry.of(number)}
        return self._source.answer(data, missing=gone)

    def _write(self, name: str, ask: Ask) -> Answer:
        data = ask.body.get("data")
        if not isinstance(data, dict):
            raise Refused(400, "no data provided")
        known = self._entries.get(name)
        self._compare(known, ask)
        return self._store(name, data)

    def _compare(self, entry: _Entry | None, ask: Ask) -> None:
        cas = (ask.body.get("options") or {}).get("cas")
        if cas is None and entry is not None and entry.cas_required:
            raise Refused(400, "check-and-set parameter required for this call")
        if cas is not None and int(cas) != (entry.current if entry else 0):
            raise Refused(400, _MISMATCH)

    def _store(self, name: str, data: dict[str, Any]) -> Answer:
        now = self._source.now()
        entry = self._make(name)
        entry.current += 1
        entry.updated = now
        entry.versions[entry.current] = _Version(data, now, after(now, entry.delete_after))
        for number in sorted(entry.versions)[: -(entry.max_versions or _VERSIONS_KEPT)]:
            del entry.versions[number]
        return self._source.answer(entry.of(entry.current))

    def _patch(self, name: str, ask: Ask) -> Answer:
        entry = self._entries.get(name)
        version = entry.versions.get(entry.current) if entry else None
        if version is None or version.gone(self._source.now()):
            return Answer(404)
        self._compare(entry, ask)
        return self._store(name, merged(version.data, ask.body.get("data") or {}))

    def _delete_current(self, name: str, ask: Ask) -> Answer:
        entry = self._entries.get(name)
        if entry is not None and entry.current in entry.versions:
            entry.versions[entry.current].deleted = self._source.now()
        return NOTHING

    def _named(self, name: str, ask: Ask) -> list[_Version]:
        entry = self._entry(name)
        return [entry.versions[int(number)] for number in ask.body.get("versions", ()) if int(number) in entry.versions]

    def _delete(self, name: str, ask: Ask) -> Answer:
        for version in self._named(name, ask):
            version.deleted = self._source.now()
        return NOTHING

    def _undelete(self, name: str, ask: Ask) -> Answer:
        for version in self._named(name, ask):
            version.deleted = None
        return NOTHING

    def _destroy(self, name: str, ask: Ask) -> Answer:
        for version in self._named(name, ask):
            version.destroyed, version.data = True, {}
        return NOTHING

    def _forget(self, name: str, ask: Ask) -> Answer:
        self._entries.pop(name, None)
        return NOTHING

    def _read_metadata(self, name: str, ask: Ask) -> Answer:
        return self._source.answer(self._entry(name).shown())

    def _write_metadata(self, name: str, ask: Ask) -> Answer:
        labels = _labels(ask.body.get("custom_metadata"))
        entry = self._make(name)
        if labels is not None:
            entry.labels = labels
        return self._set(entry, ask.body)

    def _patch_metadata(self, name: str, ask: Ask) -> Answer:
        entry = self._entry(name)
        if isinstance(change := ask.body.get("custom_metadata"), dict):
            entry.labels = _labels(merged(entry.labels or {}, change))
        return self._set(entry, ask.body)

    def _set(self, entry: _Entry, body: Mapping[str, Any]) -> Answer:
        entry.max_versions = int(body.get("max_versions", entry.max_versions))
        entry.cas_required = bool(body.get("cas_required", entry.cas_required))
        entry.delete_after = seconds_of(body.get("delete_version_after", entry.delete_after))
        entry.metadata_writes += 1
        entry.updated = self._source.now()
        return NOTHING

    def _list(self, name: str, ask: Ask) -> Answer:
        names = [key for key in folder(self._entries, name) if key > ask.query.get("after", "")]
        return self._source.keys(names[: int(ask.query.get("limit", "0")) or None])

    def _scan(self, name: str, ask: Ask) -> Answer:
        prefix = f"{name.strip('/')}/" if name.strip("/") else ""
        return self._source.keys(sorted(key.removeprefix(prefix) for key in self._entries if key.startswith(prefix)))

    def _list_detailed(self, name: str, ask: Ask) -> Answer:
        names = folder(self._entries, name)
        if not names:
            raise Refused(404)
        prefix = f"{name.strip('/')}/" if name.strip("/") else ""
        details = {key: self._entries[prefix + key].shown() for key in names if not key.endswith("/")}
        return self._source.answer({"keys": names, "key_info": details})

    def _config(self, name: str, ask: Ask) -> Answer:
        return self._source.answer(
            {"cas_required": False, "delete_version_after": "0s", "max_versions": 0, "metadata_cas_required": False}
        )


def _labels(given: object) -> dict[str, str] | None:
    """Custom metadata as text, or the refusal of what is too much of it."""
    if not isinstance(given, dict):
        return None
    complaint = "custom_metadata validation failed: "
    if len(given) > 64:
        raise wrapped(400, f"{complaint}payload must contain at most 64 keys, provided {len(given)}")
    labels = {str(name): str(value) for name, value in given.items()}
    for name, value in labels.items():
        if not 0 < len(name) <= 128:
            raise wrapped(400, f'{complaint}length of key "{name}" is {len(name)} but must be 0 < len(key) <= 128')
        if not 0 < len(value) <= 512:
            what = f'length of value for key "{name}" is {len(value)}'
            raise wrapped(400, f"{complaint}{what} but must be 0 < len(value) <= 512")
    return labels


def _names_only(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _names_only(below) if isinstance(below, dict) and below else None for name, below in value.items()}
