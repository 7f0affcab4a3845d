"""The journal of rotations: where each stands, every effect with its intent before it, and what holds a new one back."""

from credwatch.ledger.journal.guarding import Counts
from credwatch.ledger.journal.keeping import Busy
from credwatch.ledger.journal.milestones import Milestone
from credwatch.ledger.journal.page import Journal

__all__ = ["Busy", "Counts", "Journal", "Milestone"]
