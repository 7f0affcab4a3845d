"""Secrets Manager as a rotation writes it: a version beside the current one, and labels that are moved between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credwatch.contract import Conflict, Item, Payload, ProviderError, Reason, Staged, Step, Versioned, after_writing
from credwatch_providers.aws.connection import Connection, there, told
from credwatch_providers.aws.store import CURRENT, payload_of, text_of

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.type_defs import DescribeSecretResponseTypeDef

PENDING = "AWSPENDING"
_MARK = "cw-"


class SecretStaging:
    """The pending slot is the version under AWSPENDING. The mark is a label of that version, given in the same request."""

    compare_and_swap = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def call(self, step: Step, of: Item) -> str:
        """The action of a step."""
        _, name = _placed(of)
        match step:
            case Step.STAGE:
                return f"PutSecretValue {name}, {PENDING}"
            case Step.PROMOTE:
                return f"{CURRENT} of {name} from {of.version[:4]}… to the new version"
        return ""

    def held(self, item: Item) -> Versioned:
        """The version under AWSCURRENT."""
        with there():
            return self._version(item, VersionStage=CURRENT)

    def former(self, item: Item, version: str) -> Payload:
        """Any version, as long as Secrets Manager keeps it."""
        return self._version(item, VersionId=version).payload

    def stage(self, item: Item, payload: Payload, mark: str, token: str) -> Staged:
        """A new version, text where the secret is text and bytes where it is bytes; the token becomes its id."""
        region, name = _placed(item)
        described = self._described(item)
        _writable(described, region)
        lies = self._pending(item, described)
        if lies and not lies.ours(mark):
            whose = f"{lies.mark}'s" if lies.mark else "another rotation's"
            raise Conflict(Reason.CONFLICT, f"{item.locator}: AWSPENDING is {whose}")
        value = self._as_kept(item, payload)
        if lies and lies.mark != mark:
            self.discard(item, lies)
        with told(writing=True):
            self._connection.secrets(region, writing=True).put_secret_value(
                SecretId=name, ClientRequestToken=token, VersionStages=[PENDING, mark], **value
            )
        with after_writing():
            return self._still(item, Staged(token, mark))

    def staged(self, item: Item) -> Staged | None:
        """The version under AWSPENDING, or under a mark that was left. It goes with a secret that is planned to be deleted."""
        described = self._described(item)
        return None if described.get("DeletedDate") else self._pending(item, described)

    def read_staged(self, item: Item, staged: Staged) -> Payload:
        """That version."""
        return self.former(item, staged.version)

    def promote(self, item: Item, staged: Staged, base_version: str) -> str:
        """AWSCURRENT is moved, from the version that it must be at."""
        self._still(item, staged)
        return self._moved(item, base_version, staged.version)

    def revert(self, item: Item, base_version: str, promoted_version: str) -> str:
        """AWSCURRENT is moved back the same way."""
        return self._moved(item, promoted_version, base_version)

    def discard(self, item: Item, staged: Staged) -> None:
        """The version loses AWSPENDING, then the mark, by which it is found if we die between; AWS forgets it in time."""
        region, name = _placed(item)
        try:
            labels = self._described(item).get("VersionIdsToStages", {}).get(staged.version, [])
        except ProviderError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            return
        if staged.mark and staged.mark not in labels:
            return
        for label in (PENDING, staged.mark):
            if label in labels:
                self._move(region, name, VersionStage=label, RemoveFromVersionId=staged.version)

    def _moved(self, item: Item, source: str, target: str) -> str:
        """AWSCURRENT from one version to another. Conflict when it is not at the first."""
        region, name = _placed(item)
        try:
            self._move(region, name, VersionStage=CURRENT, MoveToVersionId=target, RemoveFromVersionId=source)
        except ProviderError as error:
            if not error.permanent or error.reason is not Reason.UNEXPECTED:
                raise
            stages = self._described(item).get("VersionIdsToStages", {})
            current = next((version for version, labels in stages.items() if CURRENT in labels), "")
            if current == source:
                raise
            said = f"{item.locator}: AWSCURRENT is at version {current or 'none'} now, not at {source}"
            raise Conflict(Reason.CONFLICT, said) from None
        return target

    def _still(self, item: Item, staged: Staged) -> Staged:
        """What lies there, if it is this. Conflict when it is not."""
        lies = self.staged(item)
        if lies is None or (lies.version, lies.mark) != (staged.version, staged.mark):
            raise Conflict(Reason.CONFLICT, f"{item.locator}: its pending slot holds something else")
        return lies

    def _pending(self, item: Item, described: DescribeSecretResponseTypeDef) -> Staged | None:
        """What is pending, and since when."""
        version, mark = _lying(described)
        if not version:
            return None
        region, name = _placed(item)
        with told():
            value = self._connection.secrets(region).get_secret_value(SecretId=name, VersionId=version)
            return Staged(version, mark, value.get("CreatedDate"))

    def _move(self, region: str, name: str, **labels: str) -> None:
        with told(writing=True):
            self._connection.secrets(region, writing=True).update_secret_version_stage(SecretId=name, **labels)

    def _described(self, item: Item) -> DescribeSecretResponseTypeDef:
        region, name = _placed(item)
        with told():
            return self._connection.secrets(region).describe_secret(SecretId=name)

    def _version(self, item: Item, **which: str) -> Versioned:
        region, name = _placed(item)
        with told():
            value = self._connection.secrets(region).get_secret_value(SecretId=name, **which)
            return Versioned(value["VersionId"], payload_of(value))

    def _as_kept(self, item: Item, payload: Payload) -> dict[str, Any]:
        """Under the field that the current version has."""
        region, name = _placed(item)
        with told():
            current = self._connection.secrets(region).get_secret_value(SecretId=name, VersionStage=CURRENT)
            blob = payload.parts[""]
            if current.get("SecretString") is None:
                return {"SecretBinary": blob.reveal_bytes()}
            return {"SecretString": text_of(payload)}


def _placed(item: Item) -> tuple[str, str]:
    region, _, name = item.locator.partition("/")
    return region, name


def _lying(described: DescribeSecretResponseTypeDef) -> tuple[str, str]:
    """The pending version and its mark. AWSPENDING beside AWSCURRENT, without a mark, is how AWS's own rotations end."""
    left = ("", "")
    for version, labels in described.get("VersionIdsToStages", {}).items():
        mark = next((label for label in labels if label.startswith(_MARK)), "")
        if PENDING in labels and (mark or CURRENT not in labels):
            return version, mark
        if mark:
            left = version, mark
    return left


def _writable(described: DescribeSecretResponseTypeDef, region: str) -> None:
    """ProviderError, permanent, for a secret that is somebody else's to write, or whose readers would see no new version."""
    primary = described.get("PrimaryRegion") or region
    current = next((labels for labels in described.get("VersionIdsToStages", {}).values() if CURRENT in labels), [])
    label = next((label for label in current if not label.startswith(("AWS", _MARK))), "")
    why = (
        "it is planned to be deleted"
        if described.get("DeletedDate")
        else "AWS rotates it by itself (RotationEnabled)"
        if described.get("RotationEnabled")
        else "another service of AWS's, or a partner, rotates it"
        if described.get("OwningService") or described.get("Type")
        else f"it is a replica: write the one in {primary}"
        if primary != region
        else f"its label {label} is on the current version, and readers of it would see no other"
        if label
        else ""
    )
    if why:
        raise ProviderError(Reason.FORBIDDEN, f"{region}/{described.get('Name', '')}: {why}", permanent=True)
