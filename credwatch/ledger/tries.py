"""The probe history of one (credential, fingerprint), folded into one row."""

from __future__ import annotations

from datetime import timedelta

from credwatch.ledger.rows import Row, columns
from credwatch.model import ProbeResult, Validity

_MICROSECOND = timedelta(microseconds=1)
_TOGETHER = timedelta(days=7) // timedelta(milliseconds=1)
_TIMES = columns("answered_at valid_at refused_since refused_last suspended_since unknown_since")
RUN = columns("credential_id fingerprint at until times validity reason detail")
"""Of a run that is over."""
COLUMNS = (
    "credential_id",
    "fingerprint",
    "validity",
    "reason",
    "detail",
    "at",
    "latency_us",
    "answered_at",
    "valid_at",
    "refused_since",
    "refused_last",
    "suspended_since",
    "unknown_since",
    "began",
    "times",
)


def fold(  # noqa: PLR0913  one answer, and when
    before: Row | None, credential: str, fingerprint: str, result: ProbeResult, at: int, *, now: int
) -> Row:
    """The row after one more answer. An answer older than the last one changes nothing: it came late.

    A last one that is later than `now` was given while our clock was ahead, and counts for nothing. Two refusals that are
    more than a week apart say nothing together: between them nobody looked, or our clock was set.

    A working answer clears a refusal, and so does a suspended account: its key was not refused for its own sake.
    UNKNOWN clears nothing.
    """
    if before is not None and at < before["at"] <= now:
        return before
    before = _believed(before, now)
    row: Row = {
        **(before or dict.fromkeys(COLUMNS)),
        "credential_id": credential,
        "fingerprint": fingerprint,
        "validity": result.validity.value,
        "reason": result.reason.value,
        "detail": result.detail,
        "at": at,
        "latency_us": result.latency // _MICROSECOND,
    }
    lasts = before is not None and same(before, row) and before["at"] <= now
    row["began"], row["times"] = (before["began"], before["times"] + 1) if before is not None and lasts else (at, 1)
    if result.validity is Validity.UNKNOWN:
        row["unknown_since"] = row["unknown_since"] or at
        return row
    row["answered_at"], row["unknown_since"] = at, None
    match result.validity:
        case Validity.VALID:
            row.update(valid_at=at, refused_since=None, refused_last=None, suspended_since=None)
        case Validity.INVALID:
            near = row["refused_since"] is not None and at - (row["refused_last"] or row["refused_since"]) <= _TOGETHER
            row.update(refused_since=row["refused_since"] if near else at, refused_last=at, suspended_since=None)
        case Validity.SUSPENDED:
            row.update(suspended_since=row["suspended_since"] or at, refused_since=None, refused_last=None)
    return row


def _believed(before: Row | None, now: int) -> Row | None:
    """The row without the times that are still to come."""
    if before is None or before["at"] <= now:
        return before
    return {**before, **{column: None for column in _TIMES if before[column] is not None and before[column] > now}}


def same(one: Row, two: Row) -> bool:
    """Both say the same; the vendor's words may differ."""
    return bool(one["validity"] == two["validity"] and one["reason"] == two["reason"])


def quiet(before: Row | None, row: Row) -> bool:
    """A key that works works still: nothing else is known of it than when."""
    if before is None or row["validity"] != Validity.VALID or not same(before, row):
        return False
    return before["refused_since"] is None and before["suspended_since"] is None


def run(row: Row) -> Row:
    """The run of equal answers that the row ends with."""
    return {**row, "at": row["at"] if row["began"] is None else row["began"], "until": row["at"]}


def join(row: Row, other: Row) -> Row:
    """Two histories of one value: the newer one, and the last times that either worked or answered."""
    newer, older = (row, other) if row["at"] >= other["at"] else (other, row)
    joined = {**newer, "credential_id": row["credential_id"]}
    for column in ("valid_at", "answered_at"):
        joined[column] = max((one[column] for one in (row, other) if one[column] is not None), default=None)
    if newer["refused_since"] is not None and older["refused_since"] is not None:
        joined["refused_since"] = min(newer["refused_since"], older["refused_since"])
    return joined
