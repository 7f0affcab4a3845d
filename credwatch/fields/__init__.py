"""What stands in a payload, and how it is put back. Knows no vendor and no store."""

from credwatch.fields.refolding import refold
from credwatch.fields.unfolding import DEEPEST, Leaf, unfold

__all__ = ["DEEPEST", "Leaf", "refold", "unfold"]
