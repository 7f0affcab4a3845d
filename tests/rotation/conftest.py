"""A ledger that knows one credential, made once and copied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from credwatch.ledger import Ledger
from tests.rotation.harness.times import BEGAN

CREDENTIAL = "c-1234"
_KNOWN = (
    "insert into credential (id, kind, kind_title, vendor, vendor_name, joins, probed, first_seen, last_seen)"
    " values (?, 'model-key', 'Model key', 'model', 'Model', 'id', 1, 0, 0)"
)


def ledger() -> Ledger:
    """One that is kept nowhere."""
    made = Ledger.open(None, now=BEGAN)
    with made.transaction() as db:
        db.execute(_KNOWN, (CREDENTIAL,))
    return made


@pytest.fixture
def known() -> Iterator[Ledger]:
    """A ledger that knows one credential."""
    with ledger() as made:
        yield made
