"""The journal as the rest of the house uses it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from credwatch.errors import LedgerError
from credwatch.ledger.book import Ledger
from credwatch.ledger.journal import chain, guarding, keeping
from credwatch.ledger.journal.guarding import Counts
from credwatch.ledger.journal.milestones import Milestone, remind, tell
from credwatch.ledger.rotating import ACTIVE
from credwatch.ledger.texts import held
from credwatch.ledger.times import stored
from credwatch.model.rotating import Entry, Phase, Rotation, Step, Turn

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME, _CHANCE = 10, 16
_LONG = timedelta(days=1)
"""A time to look again that is further away was set by a wrong clock, or it is looked at in vain once a day."""


class Journal:
    """Every rotation of this ledger. No field of it can hold a value.

    `random` draws the ids; `room` says how many bytes are free on the disk of a directory.
    """

    def __init__(
        self, ledger: Ledger, random: Random | None = None, *, room: Callable[[Path], int] = guarding.free
    ) -> None:
        self._ledger = ledger
        self._random = random or secrets.SystemRandom()
        self._room = room

    # -- rotations -------------------------------------------------------------------------------------------------

    def new_id(self, now: datetime) -> str:
        """A ULID: its first ten letters are the millisecond."""
        return _letters(stored(now), _TIME) + _letters(self._random.getrandbits(5 * _CHANCE), _CHANCE)

    def begin(self, rotation: Rotation, now: datetime) -> Rotation:
        """Keep a new one. Busy, which names the other, when its credential has one that has not ended."""
        with self._ledger.transaction() as db:
            return keeping.begin(db, rotation, now)

    def one(self, name: str) -> Rotation:
        """By its id, with or without `cw-`, or by a beginning of six letters or more that no other has. LedgerError."""
        with self._ledger.read() as db:
            return keeping.named(db, name)

    def active(self) -> tuple[Rotation, ...]:
        """Those that have not ended, the oldest first."""
        return self._some(f"where {ACTIVE} order by begun_at, id")

    def due(self, now: datetime) -> tuple[Rotation, ...]:
        """Those that a process can go on with now, the oldest first."""
        waits = (
            "paused = 0 and state <> 'needs_operator' and (next_try_at is null or next_try_at <= ? or next_try_at > ?)"
        )
        return self._some(f"where {ACTIVE} and {waits} order by begun_at, id", stored(now), stored(now + _LONG))

    def recent(self, limit: int) -> tuple[Rotation, ...]:
        """The last ones, those that have ended too, the newest first."""
        return self._some("order by begun_at desc, id desc limit ?", limit)

    def _some(self, query: str, *values: object) -> tuple[Rotation, ...]:
        with self._ledger.read() as db:
            return keeping.some(db, query, *values)

    def move(
        self,
        rotation: Rotation,
        turn: Turn,
        now: datetime,
        *,
        intent: tuple[Step, str] | None = None,
        milestones: Sequence[Milestone] = (),
    ) -> Rotation:
        """How it stands after this turn. All that follows from the turn is kept, or nothing.

        LedgerError when another process moved it since `rotation` was read. `intent`, or the turn's own: the effect that
        comes next.
        """
        with self._ledger.transaction() as db:
            return keeping.move(db, rotation, turn, now, intent=intent or turn.intent, told=milestones)

    def tell(self, rotation: Rotation, milestone: Milestone, now: datetime) -> None:
        """What is told of it though it has not moved; once."""
        with self._ledger.transaction() as db:
            tell(db, rotation, milestone, now)

    def remind(self, rotation: Rotation, milestone: Milestone, now: datetime) -> None:
        """It still waits for a person, who is told so in the thread of its stop; once a day."""
        with self._ledger.transaction() as db:
            remind(db, rotation, milestone, now)

    # -- effects ---------------------------------------------------------------------------------------------------

    def intent(self, rotation: Rotation, step: Step, place: str, now: datetime) -> Entry:
        """The effect is about to happen. It is on the disk when this returns; coming back to it is the same intent.

        LedgerError when another process moved the rotation since it was read: then nothing may happen.
        """
        with self._ledger.transaction() as db:
            keeping.still(db, rotation)
            return chain.intent(db, rotation, step, place, now)

    def outcome(self, entry: Entry, phase: Phase, detail: str, now: datetime) -> None:
        """What came of it this time."""
        if phase is Phase.INTENT:
            raise LedgerError("an intent is no outcome. This is a defect: report it")
        with self._ledger.transaction() as db:
            chain.outcome(db, entry, phase, detail, now)

    def last(self, rotation: Rotation, step: Step, place: str = "") -> Entry | None:
        """The newest word about this effect in this attempt, an intent or an outcome."""
        query = "where rotation_id = ? and attempt = ? and step = ? and place = ? order by seq desc limit 1"
        with self._ledger.read() as db:
            found = chain.entries(db, query, rotation.id, rotation.attempt, step.value, held(place))
        return next(iter(found), None)

    def entries(self, name: str) -> tuple[Entry, ...]:
        """All of one rotation, named as for `one`, the oldest first."""
        with self._ledger.read() as db:
            return chain.entries(db, "where rotation_id = ? order by seq", keeping.named(db, name).id)

    def verify(self) -> int | None:
        """The number of the first row that was changed, or is missing; None when the chain is whole."""
        with self._ledger.read() as db:
            return chain.verify(db)

    # -- guards ----------------------------------------------------------------------------------------------------

    def counts(self, rotation: Rotation, now: datetime) -> Counts:
        """What the guards count, for this one; it need not be begun."""
        with self._ledger.read() as db:
            return guarding.counts(db, rotation, now)

    def holders(self, fingerprint: str) -> tuple[str, ...]:
        """The places that hold this value as far as the watch knows."""
        with self._ledger.read() as db:
            return guarding.holders(db, fingerprint)

    def placed(self, key_id: str) -> tuple[str, ...]:
        """The places that hold the key of this id as far as the watch knows."""
        with self._ledger.read() as db:
            return guarding.placed(db, key_id)

    def claimed(self, key_id: str) -> bool:
        """Whether a place holds the key of this id as far as the watch knows, or a rotation made or replaced it."""
        with self._ledger.read() as db:
            return guarding.claimed(db, key_id)

    def readable(self) -> str:
        """Why the audit or the journal cannot be written, or is broken; empty: all is well. Reads the whole ledger."""
        return guarding.unreliable(self._ledger, self._room)

    def pause_all(self, why: str, who: str, now: datetime) -> None:
        """Nothing is begun until a person says so."""
        with self._ledger.transaction() as db:
            guarding.pause_all(db, why, who, now)

    def paused_all(self) -> str:
        """Why, by whom and when; empty: it is not."""
        with self._ledger.read() as db:
            return guarding.paused_all(db)

    def unpause_all(self, who: str, now: datetime) -> None:
        """As before; what is not paused stays as it is."""
        with self._ledger.transaction() as db:
            guarding.unpause_all(db, who, now)

    def complete_sweep(self) -> datetime | None:
        """Since when every configured provider has been listed completely; None: one of them never was."""
        with self._ledger.read() as db:
            return guarding.complete_sweep(db)

    def blind(self) -> tuple[str, ...]:
        """The providers and vendors that cannot be seen, or not all of them."""
        with self._ledger.read() as db:
            return guarding.blind(db)


def _letters(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
