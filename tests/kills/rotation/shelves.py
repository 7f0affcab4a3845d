"""The kinds of places that hold a key: how a person fills one, what its readers get, and what must not change in it."""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from credwatch.sandbox.kubernetes import Kubernetes
from credwatch.sandbox.scene import Scene
from credwatch.sandbox.server import Server

Fields = Mapping[str, str]
KEPT = {"OTHER": 'kept "as" it is – é\\', "SETTINGS": '{"a": [1, 2]}'}
"""What every item holds beside the key."""


class Shelf(ABC):
    """One provider. An item is known by a short name."""

    provider: str

    @abstractmethod
    def tables(self) -> str:
        """TOML: the provider."""

    def identity(self) -> str:
        """TOML: who writes there."""
        return "{}"

    @abstractmethod
    def lay(self, name: str, fields: Fields) -> None:
        """The item as it is at the beginning, for the first time or again."""

    @abstractmethod
    def held(self, name: str) -> dict[str, str]:
        """Its fields as a reader gets them."""

    def shape(self, name: str) -> object:
        """What else a reader could tell: what must be as before."""
        return list(self.held(name))

    @abstractmethod
    def leftover(self) -> bool:
        """Whether anything of ours lies there, beside the items."""

    @abstractmethod
    def clear(self) -> None:
        """Nothing of ours lies there."""

    def write(self, name: str, fields: Fields) -> None:
        """A person writes all of the item."""
        self.lay(name, fields)


class Store(Shelf):
    """The key-value store of the scene."""

    provider = "vault-prod"

    def __init__(self, scene: Scene, token: str) -> None:
        self._vault = scene.vault
        self._token = token

    def tables(self) -> str:
        return ""  # the scene's own

    def identity(self) -> str:
        return f'{{ auth = {{ token = "{self._token}" }} }}'

    def lay(self, name: str, fields: Fields) -> None:
        self._vault.ask("delete", f"kv/metadata/keys/{name}")
        self.write(name, fields)

    def write(self, name: str, fields: Fields) -> None:
        self._vault.ask("update", f"kv/data/keys/{name}", {"data": dict(fields)})

    def held(self, name: str) -> dict[str, str]:
        found: dict[str, str] = self._vault.ask("read", f"kv/data/keys/{name}")["data"]["data"]
        return found

    def leftover(self) -> bool:
        return bool(self._pending())

    def clear(self) -> None:
        for name in self._pending():
            self._vault.ask("delete", f"kv/metadata/credwatch-pending/{name}")

    def _pending(self) -> list[str]:
        try:
            found: list[str] = self._vault.ask("list", "kv/metadata/credwatch-pending/")["data"]["keys"]
        except ValueError:
            return []
        return found


class Files(Shelf):
    """Files with a mode of their own, on the disk that the test controls."""

    provider = "mounted"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "keys"
        self._folder.mkdir()

    def tables(self) -> str:
        return f'[providers.mounted]\nuse = "files"\npaths = ["{self._folder}/*.env"]\n'

    def lay(self, name: str, fields: Fields) -> None:
        lines = "".join(f"{key}='{value}'\n" for key, value in fields.items() if key != "SETTINGS")
        self._path(name).write_text(f"# of the voice agent\n\n{lines}")
        self._path(name).chmod(0o640)

    def held(self, name: str) -> dict[str, str]:
        lines = (line.partition("=") for line in self._path(name).read_text().splitlines() if "=" in line)
        return {key: value.strip("'") for key, _, value in lines}

    def shape(self, name: str) -> object:
        """Every byte but those of the key, whose parts are as long as before; mode and owner."""
        status = self._path(name).stat()
        lines = self._path(name).read_bytes().splitlines(keepends=True)
        rest = [line.partition(b"=")[0] if b"_KEY" in line else line for line in lines]
        return rest, status.st_mode, status.st_uid, status.st_gid

    def leftover(self) -> bool:
        return any("credwatch" in path.name for path in self._folder.iterdir())

    def clear(self) -> None:
        for path in self._folder.iterdir():
            if "credwatch" in path.name:
                path.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.env"


class Cluster(Shelf):
    """Secrets of one namespace."""

    provider = "cluster"

    def __init__(self, cluster: Kubernetes, server: Server, token: str, reference: str) -> None:
        self._cluster, self._server, self._reference = cluster, server, reference
        cluster.allow(token, ["voice"], "get", "list", "create", "patch", "delete")

    def tables(self) -> str:
        where = f'namespaces = ["voice"]\naddress = "{self._server.url}"\ntoken = "{self._reference}"\n'
        return f'[providers.cluster]\nuse = "kubernetes"\n{where}'

    def identity(self) -> str:
        return f'{{ token = "{self._reference}" }}'

    def lay(self, name: str, fields: Fields) -> None:
        metadata = {"labels": {"app": "voice"}}
        self._cluster.put("voice", name, {key: value.encode() for key, value in fields.items()}, metadata=metadata)

    def held(self, name: str) -> dict[str, str]:
        data = self._object(name)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def shape(self, name: str) -> object:
        found = self._object(name)
        return list(found["data"]), found["type"], found["metadata"]["labels"], found["metadata"].get("annotations")

    def leftover(self) -> bool:
        return any("credwatch" in name for _, name in self._cluster.objects)

    def clear(self) -> None:
        for each in [key for key in self._cluster.objects if "credwatch" in key[1]]:
            del self._cluster.objects[each]

    def _object(self, name: str) -> Any:
        return json.loads(json.dumps(self._cluster.objects["voice", name]))
