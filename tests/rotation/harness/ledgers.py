"""A ledger that knows one credential, made once and copied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random

from credwatch.ledger import Ledger
from credwatch.ledger.connection import Connection
from tests.rotation.harness.times import BEGAN

CREDENTIAL = "c-1234"
_KNOWN = (
    "insert into credential (id, kind, kind_title, vendor, vendor_name, joins, probed, first_seen, last_seen)"
    " values (?, 'model-key', 'Model key', 'model', 'Model', 'id', 1, 0, 0)"
)


@cache
def _made() -> bytes:
    with Ledger.open(None, now=BEGAN) as made:
        with made.transaction() as db:
            db.execute(_KNOWN, (CREDENTIAL,))
        return made._connection.db.serialize()


@contextmanager
def ledger() -> Iterator[Ledger]:
    """One that is kept nowhere, and costs next to nothing."""
    connection = Connection(None)
    connection.db.deserialize(_made())
    connection.db.execute("pragma synchronous = off")
    with Ledger(connection, Random(0)) as made:  # noqa: S311  names are no secrets
        yield made
