"""Both keys live: until grace has passed, and until it is clear that the old one may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from credwatch.errors import ProviderError
from credwatch.model import Revoke
from credwatch.model.rotating import PlaceState, State, Trouble, Turn
from credwatch.rotation.run import ASKS, SERIES, Run, needs, there, waits
from credwatch.rotation.steps.promoting import works_everywhere

KEPT = "a person's own value stays in a place: the old key is kept"
_LOOK = timedelta(hours=1)
_ASK = timedelta(hours=24)
_QUIET = timedelta(hours=24)
"""A vendor shows a use late; unseen for so long, a key is not used."""


def keep(run: Run) -> Turn:
    """GRACE: whoever holds the old key goes on working with it."""
    if turn := works_everywhere(run):
        return turn
    until = run.rotation.grace_until or run.now
    if run.now < until:
        return Turn(at=min(until, run.now + _LOOK), changes={"tries": 0})
    return Turn(State.CONFIRMING)


def confirm(run: Run) -> Turn:
    """CONFIRMING: the old key goes when nobody needs it any more, as the rule says; else a person is asked."""
    if turn := works_everywhere(run):
        return turn
    rotation = run.rotation
    left = any(target.state is PlaceState.LEFT for target in rotation.targets)
    if left or rotation.renews:
        return Turn(State.REVOKING, changes={"reason": KEPT} if left else {})
    if held := still_held(run):
        return once_more(run, waits(run, f"the old key is still held: {', '.join(held)}", at=run.now + _LOOK))
    if turn := _again(run):
        return turn
    return _end(run) if rotation.confirmed_by else _decided(run)


def once_more(run: Run, held: Turn) -> Turn:
    """A place holds the old key: from when it does no more, whoever loaded it there has all of the grace again."""
    return replace(held, changes={**held.changes, "grace_until": (held.at or run.now) + run.rotation.grace})


def _again(run: Run) -> Turn | None:
    """None, unless a place held the old key a moment ago. One that gives it up and has it again is not followed for ever."""
    rotation = run.rotation
    if rotation.grace_until is None or run.now >= rotation.grace_until:
        return None
    if rotation.bounces % SERIES >= SERIES - 1:
        return needs(run, Trouble.HELD, "the old key was held in a place again and again, and lately")
    return Turn(
        State.GRACE, changes={"bounces": rotation.bounces + 1, "grace_until": rotation.grace_until, "reason": ""}
    )


def _decided(run: Run) -> Turn:
    """As the rule says. While a store that may hold the old key cannot be seen, only a person lets it go."""
    rotation = run.rotation
    by_rule = rotation.revoke is not Revoke.ASK and not rotation.compromised
    if by_rule and (blind := run.journal.blind()):
        return waits(run, f"we are blind, and the old key may be held there: {', '.join(blind)}", at=run.now + _LOOK)
    if rotation.revoke is Revoke.GRACE:
        return _end(run)
    if rotation.revoke is Revoke.PROVED and (proved := _proof(run)):
        return _end(run, proved)
    later = run.now + (_ASK if rotation.revoke is Revoke.ASK else _LOOK)
    return Turn(at=later, changes={"tries": 0, "reason": ""}, detail=ASKS)


def still_held(run: Run) -> tuple[str, ...]:
    """The places that hold the old key: those of this rotation as they are now, all others as the last sweep saw them."""
    rotation = run.rotation
    ours = {target.place for target in rotation.targets}
    others = [place for place in run.journal.holders(rotation.old_fp) if place not in ours]
    looks = [
        (one.place, there(run, one) if one.state is PlaceState.LEFT else run.world.look(one))
        for one in rotation.targets
    ]
    found = [place for place, seen in looks if seen is not None and seen.fingerprint == rotation.old_fp]
    return (*found, *others)


def readers_switched(run: Run) -> bool | None:
    """Whether every reader shows the new key; None when one of them cannot show it, or does not answer."""
    shown: list[bool | None] = []
    for reader in run.world.readers:
        try:
            shown.append(reader.uses(run.rotation.new.key_id or ""))
        except ProviderError:
            shown.append(None)
    if any(one is False for one in shown):
        return False
    return None if not shown or None in shown else True


def _proof(run: Run) -> str:
    """What shows that the old key is not used; empty: nothing does."""
    if readers_switched(run) and _read_everywhere(run):
        return "every reader shows the new key"
    old = run.world.detail(run.rotation.old) if run.world.minter is not None else None
    used, live = (old.last_used if old else None), run.rotation.promoted_at
    if used is not None and live is not None and run.now - used >= _QUIET and run.now - live >= _QUIET:
        return f"its vendor shows no use since {used:%-d %b %H:%M}"
    return ""


def _read_everywhere(run: Run) -> bool:
    """Whether somebody is still known to read each place: the readers of others prove nothing for it."""
    read = {place for reader in run.world.readers for place in reader.reads}
    return all(one.place in read for one in run.rotation.written)


def _end(run: Run, proved: str = "") -> Turn:
    if run.world.minter is None and not run.rotation.confirmed_by:
        way = f"When it is revoked at its vendor: `credwatch rotations revoke cw-{run.rotation.id}`"
        return needs(run, Trouble.REFUSED, f"nobody but a person can revoke the old key. {way}")
    return Turn(State.DISABLING if run.world.disables else State.REVOKING, changes={"reason": proved}, detail=proved)
