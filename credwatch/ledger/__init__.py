"""What the watch remembers: one SQLite file."""

from credwatch.ledger.audit import Acknowledged
from credwatch.ledger.book import Ledger
from credwatch.ledger.closing import Change, Closed
from credwatch.ledger.fingerprints import fingerprint_key
from credwatch.ledger.locks import DELIVER, SWEEP, WATCH, Lock
from credwatch.ledger.settling import Suspect

__all__ = [
    "DELIVER",
    "SWEEP",
    "WATCH",
    "Acknowledged",
    "Change",
    "Closed",
    "Ledger",
    "Lock",
    "Suspect",
    "fingerprint_key",
]
