"""One rotation while a process works on it: how it changes the world, and what is remembered only as long as it lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from credwatch.clock import Clock
from credwatch.errors import Conflict, ProviderError
from credwatch.ledger.journal import Journal
from credwatch.model import Facts, Minted, ProbeResult, Reason, Validity
from credwatch.model.rotating import Phase, PlaceState, Rotation, State, Step, Target, Trouble, Turn
from credwatch.rotation.world import Seen, World

T = TypeVar("T")

SOONEST = timedelta(seconds=5)
LATEST = timedelta(minutes=15)
"""How long it waits before it looks again at what gave no answer: twice as long each time, within these."""
PATIENCE = 100
"""After so many looks, about a day, a person is told."""
LATE = timedelta(seconds=60)
"""What got no answer can still come to be for so long."""
SERIES = 5
"""So many tokens are there between two decisions of a person: the effects after each have tokens of their own."""


ASKS = "asks"
"""The detail of a turn in which a person is asked whether the old key may go."""


class Guards(Protocol):
    """What must hold before anything is begun, apart from the key itself."""

    def refusal(self, rotation: Rotation) -> str:
        """Why nothing may be begun now; empty: it may."""


@dataclass
class Run:
    """A rotation, its world, and the journal between them."""

    rotation: Rotation
    world: World
    journal: Journal
    clock: Clock
    guards: Guards
    minted: Minted | None = None
    """The new key's value: shown once by its vendor, kept nowhere but here and in its places."""
    paste: Callable[[], Minted] | None = None
    """How a person hands over the key, where nobody else makes one."""
    calls: bool = False
    """Whether it was this process that wrote the intent of the create, and has not sent it yet."""
    began: float = field(init=False)
    """When this process began: what one before it sent is older."""

    def __post_init__(self) -> None:
        self.began = self.clock.monotonic()

    @property
    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()

    def effect(self, step: Step, change: Callable[[str], T], place: str = "") -> T:
        """Change the world: the intent before it, the outcome after it. `change` is given the only token it may use."""
        entry = self.journal.intent(self.rotation, step, place, self.now)
        try:
            done = change(entry.key)
        except ProviderError as error:
            refused = error.permanent or isinstance(error, Conflict)
            self.journal.outcome(entry, Phase.FAILED if refused else Phase.UNKNOWN, str(error), self.now)
            raise
        self.journal.outcome(entry, Phase.DONE, "", self.now)
        return done


def discarded(run: Run, target: Target) -> bool:
    """Whether something of ours lay in its pending slot: it is empty now. One that was a part of its place went with it."""
    try:
        staged = run.world.staged(target)
    except ProviderError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
        return False
    if staged is None or not staged.mark.startswith(run.rotation.marks):
        return False
    run.effect(Step.DISCARD, lambda _: run.world.discard(target, staged), target.place)
    return True


def emptied(run: Run, target: Target) -> Turn | None:
    """A turn that emptied its pending slot; None: nothing of ours lay there. One that fills again is a matter of patience."""
    last = run.journal.last(run.rotation, Step.DISCARD, target.place)
    if not discarded(run, target):
        return None
    if last is None or last.phase is not Phase.DONE:
        return Turn(changes={"tries": 0})
    return waits(run, f"{target.place}: what we laid beside it was removed, and lies there again")


def landing(run: Run, step: Step, places: Iterable[str]) -> Turn | None:
    """A wait, while a request of this step without an answer may still be carried out; else None."""
    for place in places:
        last = run.journal.last(run.rotation, step, place)
        if last is None or last.phase is Phase.DONE:
            continue
        here = timedelta(seconds=run.clock.monotonic() - run.began)
        silent = last.phase is Phase.FAILED or last.at > run.now
        left = LATE - (here if silent else min(here, run.now - last.at))
        if left > timedelta(0):
            return Turn(at=run.now + left, changes={"reason": "a request without an answer may still be carried out"})
    return None


def there(run: Run, target: Target) -> Seen | None:
    """What it holds; None: it was deleted."""
    try:
        return run.world.look(target)
    except ProviderError as error:
        if error.permanent and error.reason is Reason.NOT_FOUND:
            return None
        raise


def holds(run: Run, target: Target) -> bool:
    """Whether the new key is there; a place that was deleted holds nothing."""
    seen = there(run, target)
    return seen is not None and seen.fingerprint == run.rotation.new_fp


def was_live(rotation: Rotation) -> bool:
    """Whether any place ever held the new key: from then on somebody may use it."""
    return any(one.promoted_version for one in rotation.targets) or (rotation.turns and rotation.creates > 0)


def switched_on(run: Run) -> Turn:
    """The old key is switched on again; a list that shows that late is looked at later, and not for ever."""
    run.effect(Step.ENABLE, lambda _: run.world.enable(run.rotation.old))
    turn = waits(run, "the old key is switched on again")
    return replace(turn, changes={**turn.changes, "disabled_at": None, "soak_until": None})


def series(rotation: Rotation) -> int:
    """Where the tokens begin anew."""
    return (rotation.bounces // SERIES + 1) * SERIES


def ends(run: Run, old: Facts) -> bool:
    """Whether the old key, as it is now, has an end that it had not when we began, and that it was given to go."""
    told = any(run.journal.last(run.rotation, step) is not None for step in (Step.REVOKE, Step.SUNSET))
    before = run.rotation.old.expires
    return told and old.expires is not None and (before is None or old.expires < before)


def told_to_go(run: Run) -> bool:
    """Whether the old key may be unmade by now; a refusal is certain to have changed nothing."""
    told = (run.journal.last(run.rotation, step) for step in (Step.REVOKE, Step.SUNSET))
    return any(last is not None and last.phase is not Phase.FAILED for last in told)


def given_up(run: Run) -> bool:
    """Whether its new key was told to go: it may still work for a moment, and is not gone on with."""
    told, made = (run.journal.last(run.rotation, step) for step in (Step.REMOVE, Step.MINT))
    return told is not None and (made is None or told.seq > made.seq)


def removed(run: Run) -> Turn | None:
    """None, when the new key is gone; it goes by its exact id, and one too young to be listed is waited for."""
    rotation, world = run.rotation, run.world
    if world.minter is None or rotation.new.key_id is None:
        return None
    last = run.journal.last(rotation, Step.REMOVE) if world.exchanges else None
    told = last is not None and last.phase is Phase.DONE  # no list shows that it is gone
    if not told and world.detail(rotation.new) is not None:
        run.effect(Step.REMOVE, lambda _: world.revoke(rotation.new))
        return waits(run, f"{rotation.new.key_id} is removed")
    made = rotation.created_at
    age = run.now - made if made is not None else LATE
    return Turn(at=run.now + LATE - age) if timedelta(0) <= age < LATE else None


def waits(run: Run, why: str, at: datetime | None = None) -> Turn:
    """Look again later: nobody could tell. After a day of it a person is told."""
    rotation = run.rotation
    if rotation.tries >= PATIENCE:
        return needs(run, Trouble.SILENT, why)
    pause = min(SOONEST * 2 ** min(rotation.tries, 10), LATEST)
    return Turn(at=at or run.now + pause, changes={"tries": rotation.tries + 1, "reason": why})


def needs(run: Run, trouble: Trouble, why: str, resumes: State | None = None) -> Turn:
    """A person has to choose. All that worked still works."""
    changes = {"trouble": trouble, "resumes": resumes or run.rotation.state, "reason": why}
    return Turn(State.NEEDS_OPERATOR, changes=changes, detail=why)


def placed(run: Run, target: Target, **changes: object) -> tuple[Target, ...]:
    """The places, with this one changed and all others of the same item, which are written with it."""
    ours = together(run.rotation, target)
    return tuple(
        replace(one, **changes) if one in ours else one  # type: ignore[arg-type]
        for one in run.rotation.targets
    )


def together(rotation: Rotation, target: Target) -> tuple[Target, ...]:
    """The places of the same item: it has one pending slot, and one version."""
    return tuple(one for one in rotation.written if (one.provider, one.locator) == (target.provider, target.locator))


def promoted(run: Run, target: Target, version: str) -> Turn:
    """This place holds the new key."""
    targets = placed(run, target, promoted_version=version, state=PlaceState.PROMOTED)
    return Turn(targets=targets, changes={"tries": 0}, detail=f"live in {target.place}")


def marked(rotation: Rotation, key: Facts) -> bool:
    """Whether it bears a mark of this rotation."""
    return rotation.marks in (key.name or "")


def unpromoted(rotation: Rotation) -> tuple[Target, ...]:
    """The places that we write and that do not hold the new key yet."""
    return tuple(one for one in rotation.written if one.state in {PlaceState.WAITING, PlaceState.STAGED})


def verdict(run: Run, target: Target, seen: Seen) -> ProbeResult:
    """What the vendor says of a new key: a refusal counts when the key is five minutes old."""
    said = run.world.try_(target, seen)
    made = run.rotation.created_at
    if said.validity is Validity.INVALID and made is not None and timedelta(0) <= run.now - made < SETTLES:
        return ProbeResult.unknown(said.reason, f"{said.detail or said.reason}; it may be too young")
    return said


SETTLES = timedelta(minutes=5)
"""A vendor may refuse a new key for so long, and one that was switched on again."""
