"""What a credential's probes add up to. A refusal is believed late and only with a control; UNKNOWN decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from credwatch.model import Memory, Reason, Tried, Validity

SETTLE = timedelta(minutes=5)
"""Two refusals this far apart make a key INVALID."""
NEWBORN = timedelta(minutes=1)
"""A younger key may be refused because its vendor is not yet consistent."""


class Standing(Enum):
    """How the answers stand."""

    NOTHING = auto()  # there is nothing to try, or nothing was tried yet
    WORKS = auto()
    CANNOT_TELL = auto()
    REFUSED = auto()
    ACCOUNT_REFUSED = auto()  # all of its account at once
    SUSPENDED = auto()


@dataclass(frozen=True)
class Answers:
    """The standing and the reason for it."""

    standing: Standing
    reason: Reason | None = None
    half_pairs: tuple[str, ...] = ()
    """The places whose value is refused though another value of the key works."""
    suspect: bool = False
    """A held value is refused, and not yet for long enough to be believed."""


def of(memory: Memory) -> Answers:
    """What the answers of the values that are held now add up to."""
    here = [held for held in memory.held if held.ended_at is None and held.fingerprint and not held.missing]
    tried = {answer.fingerprint: answer for answer in memory.tried}
    values = [tried[held.fingerprint] for held in here if held.fingerprint in tried]
    if not values:
        return Answers(Standing.NOTHING)
    refused = [answer for answer in values if answer.refused_since is not None]
    suspect = any(not _confirmed(answer, memory) for answer in refused)
    good = [answer for answer in values if answer.refused_since is None and answer.validity is Validity.VALID]
    if good:
        believed = {answer.fingerprint for answer in refused if _confirmed(answer, memory)}
        halves = tuple(held.place for held in here if held.fingerprint in believed)
        return Answers(Standing.WORKS, good[0].reason, halves, suspect)
    if all(answer.suspended_since is not None for answer in values):
        return Answers(Standing.SUSPENDED, _reason(values[0], Validity.SUSPENDED, Reason.ACCOUNT_SUSPENDED))
    if len(refused) == len(values) == len(here) and not suspect:
        return _refused(memory, refused[0])
    if memory.around.cut_off:
        return Answers(Standing.NOTHING, suspect=suspect)
    off = _switched_off(values, memory)
    unclear = next((answer for answer in values if answer.validity is Validity.UNKNOWN), values[0])
    standing, reason = (Standing.REFUSED, Reason.DISABLED) if off else (Standing.CANNOT_TELL, unclear.reason)
    return Answers(standing, reason, suspect=suspect)


def _switched_off(values: Sequence[Tried], memory: Memory) -> bool:
    """The vendor's own list says that the key is disabled, and the vendor answers it with a no that it does not document.

    The list alone is not believed: it may be older than the last try. A vendor that was not reached has said nothing.
    """
    said_no = all(answer.refused_since is not None or answer.reason is Reason.UNEXPECTED for answer in values)
    return bool(memory.facts.disabled and memory.listed_by) and said_no


def _refused(memory: Memory, answer: Tried) -> Answers:
    """Every held value is refused: by the vendor's word for this key, or together with all of its account."""
    around, reason = memory.around, _reason(answer, Validity.INVALID, Reason.REFUSED)
    if around.siblings_valid_since_refusal:
        return Answers(Standing.REFUSED, Reason.REFUSED if reason is Reason.REJECTED_OR_CLOSED else reason)
    if around.siblings_refused:
        return Answers(Standing.ACCOUNT_REFUSED, Reason.REJECTED_OR_CLOSED)
    return Answers(Standing.REFUSED, Reason.REJECTED_OR_CLOSED if reason is Reason.REFUSED else reason)


def _confirmed(answer: Tried, memory: Memory) -> bool:
    """Two refusals, far enough apart, and of a key that is old enough to be believed."""
    if answer.refused_since is None or answer.refused_last is None:
        return False
    born = memory.facts.created or memory.first_seen
    return answer.refused_last - answer.refused_since >= SETTLE and answer.refused_last - born >= NEWBORN


def _reason(answer: Tried, validity: Validity, otherwise: Reason) -> Reason:
    """The reason of the last answer, if that is still this answer; an UNKNOWN after it changes nothing."""
    return answer.reason if answer.validity is validity else otherwise


def next_look(memory: Memory, now: datetime) -> datetime:
    """When a suspect can be tried again."""
    firsts = [answer.refused_since for answer in memory.tried if answer.refused_since is not None]
    return max(min(firsts, default=now) + SETTLE, now)
