"""What lies in Secret Manager, project by project. Secrets that are bound to a region are another list, and not seen."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from credwatch.contract import Item, Payload, ProviderError, Reason, Secret, Unlisted, Versioned, side_by_side
from credwatch_providers.gcp.connection import Connection, told

_HIDDEN = frozenset({Reason.FORBIDDEN, Reason.NOT_FOUND})
PENDING = "credwatch-pending"
"""The secret of a project in which a rotation lays what is to come; it is no place."""
_PAGE = 100
_AT_ONCE = 8
"""Secrets whose versions are asked for at the same time."""


class Secrets:
    """The secrets whose names match a pattern. A locator is `project/name`."""

    def __init__(self, provider: str, connection: Connection) -> None:
        self._provider = provider
        self._connection = connection
        self._wanted = named(connection.settings.secrets)

    def items(self) -> Iterator[Item | Unlisted]:
        """Project after project, page by page. One that fails does not hide the next; its error is raised at the end."""
        if not self._connection.settings.secrets:
            return
        failed: ProviderError | None = None
        for project in self._connection.settings.projects:
            try:
                yield from self._project(project)
            except ProviderError as error:
                if error.reason in _HIDDEN:
                    yield Unlisted(f"{project}/", error.reason, str(error))
                else:
                    failed = failed or error
        if failed:
            raise failed

    def _project(self, project: str) -> Iterator[Item]:
        request = {"parent": f"projects/{project}", "page_size": _PAGE}
        with told():
            for page in self._connection.secrets.list_secrets(request, **self._connection.patience).pages:
                names = [(secret, _last(secret.name)) for secret in page.secrets]
                wanted = [secret for secret, name in names if name != PENDING and self._wanted.fullmatch(name)]
                looked = side_by_side(functools.partial(self._look, project), wanted, workers=_AT_ONCE)
                yield from (item for item in looked if item)

    def _look(self, project: str, secret: Any) -> Item | None:
        """The secret with its newest version that is switched on; None when it is gone meanwhile. Google lists the newest first."""
        request = {"parent": secret.name, "filter": "state:ENABLED", "page_size": 1}
        try:
            with told():
                versions = self._connection.secrets.list_secret_versions(request, **self._connection.patience)
                newest = next((version for version in versions if version.state.name == "ENABLED"), None)
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            return None
        return item(self._provider, project, secret, newest)

    def read(self, item: Item) -> Payload:
        """What `latest` gives to everybody; where that is switched off, the version that was listed."""
        try:
            return self.access(item, "latest").payload
        except ProviderError as error:
            if error.reason is not Reason.UNEXPECTED or not item.version:
                raise
        return self.access(item, item.version).payload

    def access(self, item: Item, version: str) -> Versioned:
        """One version, and which one it is."""
        project, _, name = item.locator.partition("/")
        return self.accessed(f"projects/{project}/secrets/{name}/versions/{version}")

    def accessed(self, version: str) -> Versioned:
        """The same by its whole name."""
        with told():
            answer = self._connection.secrets.access_secret_version({"name": version}, **self._connection.patience)
        return Versioned(_last(answer.name), Payload({"": Secret(answer.payload.data)}))


def item(provider: str, project: str, secret: Any, version: Any | None) -> Item:
    """One secret and the newest of its versions that is switched on.

    `expire_time` removes the whole secret. The next rotation of a schedule moves on by itself whether or not anybody
    rotated, so what is due is counted from the day that the version was made.
    """
    made: datetime | None = version.create_time if version else None
    rotation = secret.rotation
    due = made + rotation.rotation_period if made and rotation.rotation_period else rotation.next_rotation_time
    return Item(
        provider=provider,
        locator=f"{project}/{_last(secret.name)}",
        version=_last(version.name) if version else "",
        labels=dict(secret.labels),
        written_at=_plain(made),
        deletes_at=_plain(secret.expire_time),
        due_at=_plain(due),
        managed=bool(rotation.managed_rotation_status),
        readable=version is not None,
    )


def named(patterns: Sequence[str]) -> re.Pattern[str]:
    """One expression for all patterns over names, which have no segments: `*` and `**` are the same."""
    return re.compile("|".join(".*".join(re.escape(part) for part in re.split(r"\*+", one)) for one in patterns))


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _plain(moment: datetime | None) -> datetime | None:
    """Google's timestamps with nanoseconds as what they are a kind of."""
    return datetime.combine(moment.date(), moment.timetz()) if moment else None
