"""How a credential stands, in the words that are shown: what its vendor answered, not what was concluded from it.

Counted when it is judged, and kept with it and with each of its copies, so that a hundred thousand are counted in a glance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from credwatch.ledger.rows import Row
from credwatch.model import Reason, Validity


class Standing(StrEnum):
    """What the newest answers say. "Refused" is the vendor's word, "cannot tell" is ours."""

    WORKS = "works"
    LIMITED = "works, limited"
    CANNOT_TELL = "cannot tell"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    NOT_TRIED = "not tried"


RANKS = tuple(Standing)
"""A rank, as it is kept, is an index into these."""
WORKS, LIMITED, CANNOT_TELL, SUSPENDED, REFUSED, NOT_TRIED = range(len(RANKS))

ONE_PLACE, PLACE_AND_LIST, LIST = 1, 2, 3
"""The shapes in which a credential is like any other: whole and no mirror, in one place, there and in a list, in a list alone."""


def standing(rank: int | None) -> Standing:
    """The word for a rank."""
    return Standing.NOT_TRIED if rank is None else RANKS[rank]


def of_copy(copy: Row, tried: Mapping[str, Row], *, suspect: bool) -> int | None:
    """The rank of one place; None where nothing could be tried: half of a pair, or a value that was not read.

    A refusal that is not yet believed cannot be told.
    """
    if copy["fingerprint"] is None or copy["missing"] != "[]":
        return None
    answer = tried.get(copy["fingerprint"])
    if answer is None:
        return NOT_TRIED
    if answer["suspended_since"] is not None:
        return SUSPENDED
    if answer["refused_since"] is not None:
        return CANNOT_TELL if suspect else REFUSED
    if answer["validity"] != Validity.VALID:
        return CANNOT_TELL
    return LIMITED if answer["reason"] == Reason.LIMITED else WORKS


def of_all(ranks: Iterable[int | None]) -> int | None:
    """The rank of what is held in several places: it works when a value of it works."""
    known = [rank for rank in ranks if rank is not None]
    if not known:
        return None
    return min(known) if min(known) <= LIMITED or min(known) == max(known) else CANNOT_TELL


def shape(held: Sequence[Row], listed: Sequence[Row]) -> int | None:
    """What it is for the join; None: it has to be looked at by itself."""
    if any(row["ended_at"] is not None for row in listed):
        return None
    if not held:
        return LIST if listed else None
    if len(held) > 1 or held[0]["missing"] != "[]" or held[0]["mirror_of"] is not None:
        return None
    return PLACE_AND_LIST if listed else ONE_PLACE
