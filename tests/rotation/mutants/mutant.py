"""A broken version of the protocol: one text of the product that says something else."""

from __future__ import annotations

from dataclasses import dataclass

ROTATION, STEPS, JOURNAL = "rotation", "rotation/steps", "ledger/journal"


@dataclass(frozen=True)
class Mutant:
    """One rule that is not kept."""

    name: str
    file: str
    """Under credwatch/."""
    old: str
    new: str
    survives: str = ""
    """Why nothing shows it; empty: it is caught."""
