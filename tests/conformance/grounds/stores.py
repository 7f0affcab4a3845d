"""Places: a directory, and a Vault."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from credwatch.contract import Store
from credwatch.sandbox.vault import Vault
from tests.conformance.grounds.ground import NAME, Ground, table

_NOBODY = 65534


class FileTree(Ground):
    """Two folders with two files each."""

    use = "files"
    power = Store
    breaks = False
    speaks_http = False

    def begin(self) -> None:
        # Not below pytest's own directory, which only its maker may enter.
        self.root = Path(tempfile.mkdtemp(prefix="conformance-"))
        self.root.chmod(0o755)
        self.running.callback(self._clear)

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="files", paths=[f"{self.root}/**"])

    def fill(self) -> None:
        for name in ("a/one", "a/two", "b/four", "b/three"):
            self._write(self.root / name, f"canary of the file {name}")

    def take(self) -> str:
        path = self.root / "b/three"
        path.unlink()
        return str(path)

    def shut(self) -> None:
        (self.root / "b").chmod(0)
        self._as_nobody()

    def refuse(self) -> None:
        shutil.rmtree(self.root)

    def add(self, name: str) -> bool:
        """No file is called `..`, and no name has a slash, a NUL or more than 255 bytes."""
        parts = [name[at : at + 50] for at in range(0, len(name), 50)]
        if "/" in name:
            return False
        self._write(self.root.joinpath(*parts), json.dumps({name: f"canary of {name}", "PLAIN": "canary of PLAIN"}))
        return True

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.canaries[str(path)] = text

    def _as_nobody(self) -> None:
        """Nothing is shut to root."""
        before = os.geteuid()
        if before == 0:
            self.running.callback(os.seteuid, before)
            os.seteuid(_NOBODY)

    def _clear(self) -> None:
        if (self.root / "b").exists():
            (self.root / "b").chmod(0o700)
        shutil.rmtree(self.root, ignore_errors=True)


class Vaulted(Ground):
    """Two folders of a key-value store; our token may list and read."""

    use = "vault"
    power = Store

    def begin(self) -> None:
        self.vault = Vault()
        self.serve(self.vault)
        self._ask("sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        self._allow('path "kv/*" { capabilities = ["read", "list"] }')
        made = self._ask("auth/token/create", {"policies": ["watch"]})
        self.token: str = made["auth"]["client_token"]
        self.auth = {"token": self.reference("our-token", self.token)}

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="vault", address=self.server.url, auth=self.auth, paths=["kv/**"])

    def fill(self) -> None:
        for name in ("a/one", "a/two", "b/four", "b/three"):
            self._put(name, {"KEY": f"canary of the item {name}"})

    def take(self) -> str:
        self.vault.ask("delete", "kv/metadata/b/three")
        return "kv/b/three"

    def shut(self) -> None:
        closed = 'path "kv/metadata/b/*" { capabilities = ["deny"] }'
        self._allow(f'path "kv/*" {{ capabilities = ["read", "list"] }}\n{closed}')

    def refuse(self) -> None:
        self._ask("auth/token/revoke", {"token": self.token})

    def add(self, name: str) -> bool:
        self._put(name, {name: f"canary of {name}", "PLAIN": "canary of PLAIN"})
        self._ask(f"kv/metadata/{name}", {"custom_metadata": {"note": name}})
        return True

    def _put(self, name: str, fields: dict[str, str]) -> None:
        self._ask(f"kv/data/{name}", {"data": fields})
        self.canaries |= {f"{name} {field}": value for field, value in fields.items()}

    def _allow(self, policy: str) -> None:
        self._ask("sys/policies/acl/watch", {"policy": policy})

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.vault.ask("update", path, body)
