"""The pending slots of a project: versions of one secret, `credwatch-pending`, each claimed by an annotation under its etag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from credwatch.contract import Conflict, ProviderError, Reason, Staged
from credwatch_providers.gcp.connection import Connection, told
from credwatch_providers.gcp.store import PENDING

NOTHING = "0"
"""The version of a claim under which nothing was laid yet."""
_PREFIX = "credwatch-"
_TRIES = 5
"""Claims of others change the etag too; so often we look again."""


@dataclass(frozen=True)
class Slots:
    """Those of one project. The claim is made before the version and names it after: a death between leaves a claim."""

    connection: Connection
    project: str
    now: Callable[[], datetime]

    @property
    def path(self) -> str:
        """Of the secret."""
        return f"projects/{self.project}/secrets/{PENDING}"

    def claimed(self, name: str) -> Staged | None:
        """What lies in the slot of this secret. A claim that names no version has the one that nobody names."""
        enabled = self._enabled()  # before the claims, so that whoever added one of these has claimed it by then
        return _resolved(self._secret().annotations, name, enabled)

    def claim(self, name: str, mark: str) -> None:
        """Make it ours, empty. Conflict when it is another rotation's."""
        lies = self.claimed(name)
        if lies and not lies.ours(mark):
            raise _taken(name, lies)
        if lies and lies.version != NOTHING:
            self.destroy(lies.version)

        def ours(annotations: dict[str, str]) -> None:
            there = _claims(annotations).get(_key(name))
            if there and not there.ours(mark):
                raise _taken(name, there)
            annotations[_key(name)] = _written(Staged(NOTHING, mark), self.now())

        self._annotate(ours)

    def name(self, name: str, mark: str, version: str) -> Staged:
        """This version is what lies in our slot."""

        def named(annotations: dict[str, str]) -> None:
            there = _claims(annotations).get(_key(name))
            if there is None or there.mark != mark:
                raise Conflict(Reason.CONFLICT, f"{name}: our claim on its pending slot was taken away")
            annotations[_key(name)] = _written(Staged(version, mark), there.at or self.now())

        return _claims(self._annotate(named))[_key(name)]

    def release(self, name: str, mark: str) -> None:
        """Give the claim up, if it is still this rotation's."""

        def without(annotations: dict[str, str]) -> None:
            there = _claims(annotations).get(_key(name))
            if there is not None and there.mark == mark:
                del annotations[_key(name)]

        self._annotate(without)

    def destroy(self, version: str) -> None:
        """The value goes for good. That it is gone already is no error."""
        request = {"name": f"{self.path}/versions/{version}"}
        try:
            with told(writing=True):
                self.connection.writer.destroy_secret_version(request, **self.connection.once)
        except ProviderError as error:
            if error.reason not in {Reason.NOT_FOUND, Reason.CONFLICT}:
                raise

    def _annotate(self, change: Callable[[dict[str, str]], None]) -> dict[str, str]:
        """The annotations as they are afterwards, changed under the etag that they were read with."""
        for _ in range(_TRIES):
            secret = self._secret()
            annotations = dict(secret.annotations)
            change(annotations)
            if annotations == dict(secret.annotations):
                return annotations
            update = {"secret": {"name": self.path, "annotations": annotations, "etag": secret.etag}}
            try:
                with told(writing=True):
                    self.connection.writer.update_secret(
                        {**update, "update_mask": {"paths": ["annotations"]}}, **self.connection.once
                    )
            except ProviderError as error:
                if error.reason is not Reason.CONFLICT:
                    raise
            else:
                return annotations
        raise Conflict(Reason.CONFLICT, f"{self.path}: its claims change all the time")

    def _secret(self) -> Any:
        try:
            with told():
                return self.connection.secrets.get_secret({"name": self.path}, **self.connection.patience)
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            said = f"gcloud secrets create {PENDING} --project={self.project} --replication-policy=automatic"
            words = f"{self.project} has no secret {PENDING}, in which new values wait. Make it: {said}"
            raise ProviderError(Reason.MISCONFIGURED, words, permanent=True) from None

    def _enabled(self) -> list[str]:
        """The versions that hold a value."""
        request = {"parent": self.path, "filter": "state:ENABLED"}
        try:
            with told():
                found = self.connection.secrets.list_secret_versions(request, **self.connection.patience)
                return [one.name.rpartition("/")[2] for one in found if one.state.name == "ENABLED"]
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            return []


def _resolved(annotations: Mapping[str, str], name: str, enabled: Sequence[str]) -> Staged | None:
    """A claim that names no version has the one that none names, unless that may be another claim's as well."""
    claims = _claims(annotations)
    claim = claims.get(_key(name))
    if claim is None or claim.version != NOTHING or sum(one.version == NOTHING for one in claims.values()) > 1:
        return claim
    named = {one.version for one in claims.values()}
    stray = [version for version in enabled if version not in named]
    return Staged(stray[0], claim.mark, claim.at) if len(stray) == 1 else claim


def _claims(annotations: Mapping[str, str]) -> dict[str, Staged]:
    """Annotation to claim: the mark, the version and the second since the epoch."""
    found: dict[str, Staged] = {}
    for key, value in annotations.items():
        if key.startswith(_PREFIX):
            mark, _, rest = value.partition(" ")
            version, _, at = rest.partition(" ")
            known = version.isdigit() and at.isdigit()
            found[key] = Staged(version, mark, datetime.fromtimestamp(int(at), UTC)) if known else Staged(NOTHING, "")
    return found


def _written(claim: Staged, at: datetime) -> str:
    return f"{claim.mark} {claim.version} {int(at.timestamp())}"


def _key(name: str) -> str:
    return _PREFIX + hashlib.sha256(name.encode()).hexdigest()[:32]


def _taken(name: str, lies: Staged) -> Conflict:
    return Conflict(Reason.CONFLICT, f"{name}: its pending slot is taken by {lies.mark or 'somebody else'}")
