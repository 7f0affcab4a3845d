"""An account at moto: Secrets Manager, and the Parameter Store."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from credwatch.contract import Item
from credwatch.transport import Transport
from tests.conformance.grounds.ground import table
from tests.servers.moto import reset
from tests.staging.shelf import NAME, Shelf

REGION = "eu-west-1"


class _Account(Shelf):
    """An account that is empty; the rotation's identity is a key of its own."""

    moto = True
    service: str
    watched: dict[str, Any]

    def __init__(self, folder: Path, transport: Transport, moto: str) -> None:
        super().__init__(folder, transport)
        self._moto = moto

    def begin(self) -> None:
        reset(self._moto)
        given = {"aws_access_key_id": "admin", "aws_secret_access_key": "admin", "endpoint_url": self._moto}
        self.client: Any = boto3.client(self.service, region_name=REGION, **given)  # type: ignore[call-overload]
        self.running.callback(self.client.close)
        (self.folder / "secret").write_text("x" * 40)

    def tables(self) -> str:
        watch, rotate = (
            {"access_key": {"id": key_id, "secret": f"file:{self.folder}/secret"}}
            for key_id in ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPL2")
        )
        return (
            table(f"providers.{NAME}", use="aws", regions=[REGION], **watch, **self.watched)
            + table("issuers.aws", base_url=self._moto)
            + table("rotate.identities", **{NAME: rotate})
        )

    def put(self, name: str, fields: Mapping[str, str | bytes]) -> Item:
        self.make(name, json.dumps(dict(fields)))
        return self.item(name)

    @abstractmethod
    def make(self, name: str, text: str) -> None:
        """A new one."""

    @abstractmethod
    def item(self, name: str) -> Item:
        """Where it is."""


class SecretsManager(_Account):
    """Every secret is text."""

    room = 65536
    beside = False
    service = "secretsmanager"
    watched = {"secrets": ["**"]}  # noqa: RUF012  read only

    def make(self, name: str, text: str) -> None:
        self.client.create_secret(Name=name, SecretString=text)

    def item(self, name: str) -> Item:
        return Item(NAME, f"{REGION}/{name}")

    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        """Moto, once a label was moved, leaves AWSCURRENT on the version before as well: there it is taken off."""
        given = {"SecretId": _name(item)}
        made = self.client.put_secret_value(**given, SecretString=json.dumps(dict(fields)))["VersionId"]
        for version, labels in self.client.describe_secret(**given)["VersionIdsToStages"].items():
            if version != made and "AWSCURRENT" in labels:
                self.client.update_secret_version_stage(**given, VersionStage="AWSCURRENT", RemoveFromVersionId=version)

    def delete(self, item: Item) -> None:
        """For thirty days it can be had back."""
        self.client.delete_secret(SecretId=_name(item))

    def seen(self, item: Item) -> object:
        return self.client.get_secret_value(SecretId=_name(item), VersionStage="AWSCURRENT")["SecretString"]

    def leftover(self, item: Item) -> bool:
        stages = self.client.describe_secret(SecretId=_name(item))["VersionIdsToStages"].values()
        return any(label == "AWSPENDING" or label.startswith("cw-") for labels in stages for label in labels)

    def takes(self, name: str) -> bool:
        """Letters, digits and /_+=.@-, as CreateSecret documents it."""
        return re.fullmatch(r"[A-Za-z0-9/_+=.@-]{1,512}", name) is not None


class ParameterStore(_Account):
    """Every parameter is a SecureString."""

    room = 4096
    service = "ssm"
    watched = {"parameters": ["**"]}  # noqa: RUF012  read only

    def make(self, name: str, text: str) -> None:
        self.client.put_parameter(Name=_path(name), Value=text, Type="SecureString")

    def item(self, name: str) -> Item:
        return Item(NAME, f"{REGION}/ssm:{_path(name)}")

    def write(self, item: Item, fields: Mapping[str, str | bytes]) -> None:
        name = _name(item).removeprefix("ssm:")
        self.client.put_parameter(Name=name, Value=json.dumps(dict(fields)), Overwrite=True)

    def delete(self, item: Item) -> None:
        self.client.delete_parameter(Name=_name(item).removeprefix("ssm:"))

    def seen(self, item: Item) -> object:
        return self.client.get_parameter(Name=_name(item).removeprefix("ssm:"), WithDecryption=True)["Parameter"][
            "Value"
        ]

    def leftover(self, item: Item) -> bool:
        del item
        names = [one["Name"] for one in self.client.describe_parameters()["Parameters"]]
        return any(name.startswith("/credwatch-pending/") for name in names)

    def takes(self, name: str) -> bool:
        """Letters, digits and _.-, in parts after slashes, as PutParameter documents it."""
        return re.fullmatch(r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+", _path(name)) is not None


def _name(item: Item) -> str:
    return item.locator.partition("/")[2]


def _path(name: str) -> str:
    """A name with a slash in it begins with one."""
    return f"/{name}" if "/" in name and not name.startswith("/") else name
