"""What alerts read and write of the ledger: alerts that wait, messages, and what they tell."""

from credwatch.ledger.outbox.queue import Outbox
from credwatch.ledger.outbox.views import (
    Answer,
    Counts,
    Course,
    Digest,
    Due,
    Entry,
    Key,
    Larger,
    Message,
    Passed,
    Row,
    Sight,
    Story,
    Successor,
)

__all__ = [
    "Answer",
    "Counts",
    "Course",
    "Digest",
    "Due",
    "Entry",
    "Key",
    "Larger",
    "Message",
    "Outbox",
    "Passed",
    "Row",
    "Sight",
    "Story",
    "Successor",
]
