"""Writes fixtures/schema-N.db with this version's schema.

Run it when a schema is finished and keep the file: a released schema never changes, its fixture neither.

python tests/ledger/make_fixture.py 1
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

from credwatch.ledger import Ledger
from tests.ledger.world import INVALID, START, VALID, World, dice, listed, seen


def main(version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        world = World(Ledger.open(data, now=START, random=dice(), mounts=""))
        world.sweep(seen("vault:kv/a#KEY", "f1", key="SK1", tried=VALID), listed("vault", "SK1", name="voice"))
        world.sweep(seen("vault:kv/a#KEY", "f2", key="SK2", tried=INVALID), listed("vault", "SK1"))
        world.ledger.audit("ana", "acked", "cw-1", detail="", now=START)
        world.ledger.shut()
        small = sqlite3.connect(data / "credwatch.db", isolation_level=None)
        for statement in ("pragma journal_mode = delete", "pragma page_size = 512", "vacuum"):
            small.execute(statement)
        small.close()
        shutil.copyfile(data / "credwatch.db", Path(__file__).parent / "fixtures" / f"schema-{version}.db")


if __name__ == "__main__":
    main(sys.argv[1])
