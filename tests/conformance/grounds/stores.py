"""Places: a directory, and a Vault."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from credwatch.contract import Store
from credwatch.sandbox.vault import Vault
from tests.conformance.grounds.ground import NAME, Ground, table

_NOBODY = 65534
# The second line is for names with a newline in them, at which the local Vault's `*` ends.
_MAY_READ = """
path "kv/*" { capabilities = ["read", "list"] }
path "kv/+/+" { capabilities = ["read", "list"] }
"""
_BUT_B = 'path "kv/metadata/b/*" { capabilities = ["deny"] }'


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
            self.put(name, {"KEY": f"canary of the file {name}"})

    def take(self) -> str:
        path = self.root / "b/three"
        path.unlink()
        return str(path)

    def shut(self) -> None:
        (self.root / "b").chmod(0)
        self._as_nobody()

    def refuse(self) -> None:
        shutil.rmtree(self.root)

    def takes(self, name: str) -> bool:
        """No name has a NUL or more than 255 bytes, and `..` leads elsewhere."""
        parts = name.split("/")
        return "\0" not in name and "" not in parts and ".." not in parts and max(map(len, parts)) < 64

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        del note
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(fields))
        self.canaries |= {f"{name} {field}": value for field, value in fields.items()}

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
    labels = True

    def begin(self) -> None:
        self.vault = Vault()
        self.serve(self.vault)
        self._ask("sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        self._allow(_MAY_READ)
        self.auth = self._login()

    def tables(self) -> str:
        return table(f"providers.{NAME}", use="vault", address=self.server.url, auth=self.auth, paths=["kv/**"])

    def fill(self) -> None:
        for name in ("a/one", "a/two", "b/four", "b/three"):
            self.put(name, {"KEY": f"canary of the item {name}"})

    def take(self) -> str:
        self.vault.ask("delete", "kv/metadata/b/three")
        return "kv/b/three"

    def shut(self) -> None:
        self._allow(_MAY_READ + _BUT_B)

    def refuse(self) -> None:
        self._ask("auth/token/revoke", {"token": self.canaries["our-token"]})

    def _login(self) -> dict[str, Any]:
        """A token that may do this, and how the configuration names it."""
        made = self._ask("auth/token/create", {"policies": ["watch"]})
        return {"token": self.reference("our-token", made["auth"]["client_token"])}

    def takes(self, name: str) -> bool:
        """No segment is empty: Vault's own server sends such a request elsewhere."""
        return "" not in name.split("/")

    def put(self, name: str, fields: Mapping[str, str], note: str = "plain") -> None:
        self._ask(f"kv/data/{name}", {"data": dict(fields)})
        self._ask(f"kv/metadata/{name}", {"custom_metadata": {"note": note}})
        self.canaries |= {f"{name} {field}": value for field, value in fields.items()}

    def _allow(self, policy: str) -> None:
        self._ask("sys/policies/acl/watch", {"policy": policy})

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.vault.ask("update", path, body)


class VaultedByAppRole(Vaulted):
    """The same, where we log in."""

    def _login(self) -> dict[str, Any]:
        self._ask("sys/auth/approle", {"type": "approle"})
        self._ask("auth/approle/role/watch", {"token_policies": ["watch"]})
        role: str = self.vault.ask("read", "auth/approle/role/watch/role-id")["data"]["role_id"]
        made = self._ask("auth/approle/role/watch/secret-id", {})["data"]
        self._accessor = made["secret_id_accessor"]
        return {"approle": {"role_id": role, "secret_id": self.reference("our-secret-id", made["secret_id"])}}

    def refuse(self) -> None:
        self._ask("auth/approle/role/watch/secret-id-accessor/destroy", {"secret_id_accessor": self._accessor})
