"""A certificate in a store and in a file, and a program of the house that renews it."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

from tests.cli.rotating.yard import CONSUMER, Yard
from tests.rotation.renewals.issuing import OTHERS, OURS, issued, pem

PLACE = "vault-prod:kv/sip/tls#cert"
IDENTITIES = '[rotate.identities]\nvault-prod = { auth = { token = "env:VAULT_TOKEN_OF_THE_WATCH" } }\ndisk = {}\n'
OWN_KEY, NEW_KEY = pem(OURS), pem(OTHERS)
PROGRAM = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
with open(folder / "runs", "ab") as runs:
    runs.write(sys.stdin.buffer.read() + b"=\\n")
sys.stderr.write("as the authority says: " + sys.argv[2])
sys.stdout.write((folder / "new.pem").read_text())
sys.exit(int((folder / "code").read_text()))
"""


class Stand:
    """A certificate in the store and in a file, and a program that prints what lies beside it."""

    def __init__(self, yard: Yard) -> None:
        self.yard, self.folder = yard, yard.folder
        self.old = self.made(20)
        self.file = self.folder / "tls" / "sip.pem"
        self.file.parent.mkdir()
        self.file.write_text(self.old)
        yard.scene.put("sip/tls", cert=self.old, key=OWN_KEY, OTHER="kept")
        self.prints(self.made(90))
        self.configure()
        yard.sweep()

    def made(self, days: float, **more: Any) -> str:
        now = self.yard.clock.now().replace(microsecond=0)
        return issued(now + timedelta(days=days), "sip.example.com", begins=now - timedelta(days=1), **more)

    def prints(self, text: str, code: int = 0) -> None:
        (self.folder / "new.pem").write_text(text)
        (self.folder / "code").write_text(str(code))

    def configure(self, more: str = "", renewals: str | None = None) -> None:
        (self.folder / "renew.py").write_text(PROGRAM)
        argv = [sys.executable, "-S", str(self.folder / "renew.py"), str(self.folder), "no order"]
        line = f'[[renewals]]\nplace = ["vault-prod:kv/sip/**", "disk:**"]\ncommand = {json.dumps(argv)}\n'
        disk = f'[providers.disk]\nuse = "files"\npaths = ["{self.file.parent}"]\n'
        self.yard.configure(disk + IDENTITIES + CONSUMER + (line if renewals is None else renewals) + more, base="")

    @property
    def runs(self) -> list[str]:
        """What the program was given, each time."""
        seen = self.folder / "runs"
        return seen.read_text().split("=\n")[:-1] if seen.exists() else []

    def held(self) -> tuple[dict[str, str], str]:
        """The item of the store, and the file."""
        fields: dict[str, str] = self.yard.scene.vault.ask("read", "kv/data/sip/tls")["data"]["data"]
        return fields, self.file.read_text()

    def begin(self, *words: str) -> int:
        return self.yard.run("rotate", PLACE, "--yes", *words)

    def due(self, **later: float) -> None:
        self.yard.later(**later)
        self.yard.run("--quiet", "rotate", "--due")
