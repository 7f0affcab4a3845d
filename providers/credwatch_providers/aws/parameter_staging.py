"""The Parameter Store as a rotation writes it. It knows no compare-and-swap: its numbered history tells who wrote between."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from credwatch.contract import (
    Conflict,
    Item,
    Payload,
    ProviderError,
    Reason,
    Secret,
    Staged,
    Step,
    Versioned,
    after_writing,
)
from credwatch_providers.aws.connection import Connection, there, told
from credwatch_providers.aws.parameters import PENDING, placed
from credwatch_providers.aws.store import text_of

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ParameterHistoryTypeDef

_KEPT = ("Type", "KeyId", "Description", "AllowedPattern", "Tier", "DataType")
"""What a parameter loses, or may, when it is written without it."""


class ParameterStaging:
    """The pending slot is a parameter of its own. Its description is the mark, written in one request with the value."""

    compare_and_swap = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def call(self, step: Step, of: Item) -> str:
        """The action of a step."""
        match step:
            case Step.STAGE:
                return f"PutParameter beside {of.locator}"
            case Step.PROMOTE:
                return f"PutParameter {of.locator} if still version {of.version}"
        return ""

    def held(self, item: Item) -> Versioned:
        """The newest version."""
        region, name = placed(item)
        with there():
            return self._read(region, name)

    def former(self, item: Item, version: str) -> Payload:
        """Any of the hundred versions that are kept."""
        region, name = placed(item)
        return self._read(region, f"{name}:{version}").payload

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """A SecureString under the same KMS key, made only if there is none; ours is overwritten."""
        del token
        region, name = placed(item)
        like = self._newest(region, name)
        lies = self.staged(item)
        if labels := like.get("Labels"):
            said = (
                f"{item.locator}: its label {labels[0]} is on the newest version, and readers of it would see no other"
            )
            raise ProviderError(Reason.FORBIDDEN, said, permanent=True)
        if lies and not lies.ours(mark):
            raise Conflict(Reason.CONFLICT, f"{item.locator}: its pending slot is {lies.mark or 'somebody else'}'s")
        kept = {key: value for key, value in _kept(like).items() if key in {"KeyId", "Tier"}}
        given = kept | {"Type": "SecureString", "Description": mark, "Overwrite": lies is not None}
        try:
            version = self._put(region, _slot(name), payload, given)
        except ProviderError as error:
            if error.reason is not Reason.CONFLICT:
                raise
            raise Conflict(Reason.CONFLICT, f"{item.locator}: somebody else took its pending slot just now") from None
        with after_writing():
            return self._still(item, Staged(str(version), mark))

    def staged(self, item: Item) -> Staged | None:
        """The newest version of the slot."""
        region, name = placed(item)
        try:
            found = self._newest(region, _slot(name))
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            return None
        return Staged(str(found["Version"]), found.get("Description", ""), found.get("LastModifiedDate"))

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """That version of the slot."""
        region, name = placed(item)
        return self._read(region, f"{_slot(name)}:{staged.version}").payload

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """A new version, with all else that the parameter has."""
        self._still(item, staged)
        return self._written(item, base_version, self.read_staged(item, staged))

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """A new version again: a parameter only goes forward."""
        return self._written(item, promoted_version, self.former(item, base_version))

    def discard(self, item: Item, staged: Staged) -> None:
        """The slot is deleted with its history."""
        lies = self.staged(item)
        if lies is None or (lies.version, lies.mark) != (staged.version, staged.mark):
            return
        region, name = placed(item)
        try:
            with told(writing=True):
                self._connection.parameters(region, writing=True).delete_parameter(Name=_slot(name))
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise

    def between(self, item: Item, older: str, newer: str) -> tuple[str, ...]:
        """By their numbers."""
        found = [one["Version"] for one in self._history(*placed(item)) if int(older) < one["Version"] < int(newer)]
        return tuple(map(str, found))

    def _written(self, item: Item, base_version: str, payload: Payload) -> str:
        """Compare, write, and look who wrote between: what they wrote is given back, and they are named."""
        region, name = placed(item)
        like = self._newest(region, name)
        if str(like["Version"]) != base_version:
            raise Conflict(Reason.CONFLICT, f"{item.locator}: {_said(like)}, and {base_version} was expected")
        ours = self._put(region, name, payload, _kept(like) | {"Overwrite": True})
        if ours != like["Version"] + 1:
            with after_writing():
                self._give_back(item, like["Version"], ours)
        return str(ours)

    def _give_back(self, item: Item, base: int, ours: int) -> None:
        """What somebody wrote between these versions stands again, unless they have written since. Conflict says who."""
        region, name = placed(item)
        history = self._history(region, name)
        between = [one for one in history if base < one["Version"] < ours]
        if not between:
            return
        said = f"{item.locator}: {_said(between[-1])} while we wrote"
        if history[-1]["Version"] != ours:
            raise Conflict(Reason.CONFLICT, f"{said}; then {_said(history[-1])}")
        value = self._read(region, f"{name}:{between[-1]['Version']}").payload
        back = self._put(region, name, value, _kept(between[-1]) | {"Overwrite": True})
        raise Conflict(Reason.CONFLICT, f"{said}; it stands again, as version {back}")

    def _still(self, item: Item, staged: Staged) -> Staged:
        """What lies there, if it is this. Conflict when it is not."""
        lies = self.staged(item)
        if lies is None or (lies.version, lies.mark) != (staged.version, staged.mark):
            raise Conflict(Reason.CONFLICT, f"{item.locator}: its pending slot holds something else")
        return lies

    def _put(self, region: str, name: str, payload: Payload, given: dict[str, Any]) -> int:
        value = text_of(payload)
        with told(writing=True):
            return self._connection.parameters(region, writing=True).put_parameter(Name=name, Value=value, **given)[
                "Version"
            ]

    def _read(self, region: str, name: str) -> Versioned:
        with told():
            found = self._connection.parameters(region).get_parameter(Name=name, WithDecryption=True)["Parameter"]
            return Versioned(str(found["Version"]), Payload({"": Secret(found["Value"])}))

    def _newest(self, region: str, name: str) -> ParameterHistoryTypeDef:
        """The newest version, undecrypted, with who wrote it. ProviderError(NOT_FOUND) when there is none."""
        history = self._history(region, name)
        if not history:
            raise ProviderError(Reason.NOT_FOUND, f"{region}: there is no parameter {name}", permanent=True)
        return history[-1]

    def _history(self, region: str, name: str) -> list[ParameterHistoryTypeDef]:
        """Every version that is kept, the newest last."""
        with told():
            pages = self._connection.parameters(region).get_paginator("get_parameter_history")
            found = [one for page in pages.paginate(Name=name, WithDecryption=False) for one in page["Parameters"]]
            return sorted(found, key=lambda one: one["Version"])


def _slot(name: str) -> str:
    return PENDING + hashlib.sha256(name.encode()).hexdigest()[:32]


def _kept(like: ParameterHistoryTypeDef) -> dict[str, Any]:
    """All that is written again beside the value. A SecureString without its KeyId would change its key."""
    said: dict[str, Any] = {**like}
    kept = {key: said[key] for key in _KEPT if said.get(key)}
    policies = [json.loads(one.get("PolicyText", "{}")) for one in like.get("Policies", [])]
    return kept | ({"Policies": json.dumps(policies)} if policies else {})


def _said(one: ParameterHistoryTypeDef) -> str:
    """Who wrote a version, and when."""
    at = one.get("LastModifiedDate")
    when = f" at {at:%Y-%m-%d %H:%M:%S}" if at else ""
    return f"version {one.get('Version')} was written by {one.get('LastModifiedUser') or 'somebody'}{when}"
