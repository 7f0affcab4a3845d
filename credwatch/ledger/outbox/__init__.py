"""What alerts read and write of the ledger: alerts that wait, messages, and what they tell."""

from credwatch.ledger.outbox.queue import Outbox
from credwatch.ledger.outbox.views import (
    Answer,
    Counts,
    Digest,
    Due,
    Entry,
    Key,
    Larger,
    Message,
    Row,
    Sight,
    Story,
    Successor,
)

__all__ = [
    "Answer",
    "Counts",
    "Digest",
    "Due",
    "Entry",
    "Key",
    "Larger",
    "Message",
    "Outbox",
    "Row",
    "Sight",
    "Story",
    "Successor",
]
