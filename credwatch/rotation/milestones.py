"""What the on-call is told of a rotation: a line for each step that counts, and one message a person can follow at night."""

from __future__ import annotations

from collections.abc import Iterator

from credwatch.errors import ProviderError
from credwatch.ledger.journal import Milestone
from credwatch.model import Facts, Level, Validity
from credwatch.model.rotating import Rotation, State, Target, Turn
from credwatch.rotation.offers import offers
from credwatch.rotation.run import ASKS, Run
from credwatch.rotation.world import Seen

_SAID = {
    State.CREATED: ("made", Level.WARNING, "made {new}"),
    State.VERIFIED: ("stored", Level.WARNING, "stored and tried in {places}"),
    State.PROMOTED: ("live", Level.WARNING, "live in {places}"),
    State.GRACE: ("grace", Level.WARNING, "its readers were told; the old key {old} is kept until {until}"),
    State.DONE: ("done", Level.RESOLVED, "the new key works from every place"),
    State.ABORTED: ("aborted", Level.RESOLVED, "aborted: {why}; the old key works as before"),
    State.ROLLED_BACK: ("rolled_back", Level.RESOLVED, "rolled back: every place holds the old key {old} again"),
}


def milestones(run: Run, turn: Turn) -> tuple[Milestone, ...]:
    """What is told of this turn; most turns are not."""
    rotation = run.rotation
    if turn.to is State.NEEDS_OPERATOR:
        return (_stopped(run, turn),)
    if turn.to is State.REJECTED:
        return (Milestone("rejected", Level.RESOLVED, f"not begun: {turn.detail}"),) if rotation.automatic else ()
    if turn.to in _SAID:
        name, level, words = _SAID[turn.to]
        # an attempt that is made again says so again
        again = "" if rotation.attempt == 1 or level is Level.RESOLVED else f":{rotation.attempt}"
        return (Milestone(f"{name}{again}", level, words.format(**_words(rotation, turn))),)
    if turn.detail == ASKS:
        day = f"{run.now:%Y-%m-%d}"
        return (Milestone(f"asks:{day}", words=f"may the old key {_name(rotation.old)} be revoked?"),)
    if turn.detail:
        return (Milestone(f"{turn.detail[:60]}:{rotation.attempt}", words=turn.detail),)
    return ()


def _words(rotation: Rotation, turn: Turn) -> dict[str, str]:
    new = turn.changes.get("new", rotation.new)
    until = turn.changes.get("grace_until", rotation.grace_until)
    places = len(rotation.written)
    return {
        "new": _name(new) if isinstance(new, Facts) else "",
        "old": _name(rotation.old),
        "places": f"{places} of {places} place{'s' if places != 1 else ''}",
        "until": f"{until:%a %-d %b %H:%M}" if until is not None else "",
        "why": rotation.reason or turn.detail or "a person asked for it",
    }


def _name(key: Facts) -> str:
    return (key.key_id or key.name or "?")[:8]


def _stopped(run: Run, turn: Turn) -> Milestone:
    """Why, what is true in each place at this moment, and what can be chosen."""
    trouble = turn.changes["trouble"]
    seen = [_look(run, target) for target in run.rotation.targets]
    fails = any(said is Validity.INVALID for _, said, _ in seen)
    lines = [f"Why: {turn.detail}", *(line for line, _, _ in seen), *_vendor(run), *offers(run.rotation, trouble, seen)]
    what = "A key that is in use does not work" if fails else "Nothing is broken; what worked still works"
    level = Level.PAGE if fails else Level.WARNING
    return Milestone(State.NEEDS_OPERATOR.value, level, f"{what}. A person must choose", tuple(lines))


def _look(run: Run, target: Target) -> tuple[str, Validity, Seen | None]:
    """One place as it is now, in words."""
    try:
        seen = run.world.look(target)
        said = run.world.try_(target, seen)
    except ProviderError as error:
        return f"`{target.place}` · cannot be read: {error}", Validity.UNKNOWN, None
    rotation = run.rotation
    known = {rotation.new_fp: f"new key ({_name(rotation.new)})", rotation.old_fp: f"old key ({_name(rotation.old)})"}
    what = known.get(seen.fingerprint or "-", "a third key (unknown to us)" if seen.fingerprint else "no whole key")
    works = {Validity.VALID: "works", Validity.INVALID: "is refused"}.get(said.validity, "cannot tell")
    return f"`{target.place}` · version {seen.version[:12]} · {what}, {works}", said.validity, seen


def _vendor(run: Run) -> Iterator[str]:
    """The two keys as the vendor has them."""
    if run.world.minter is None:
        return
    for which, key in (("old", run.rotation.old), ("new", run.rotation.new)):
        if key.key_id is None:
            continue
        try:
            alive = run.world.detail(key) is not None
        except ProviderError:
            continue
        yield f"at its vendor: {which} {_name(key)} {'alive' if alive else 'gone'}"
