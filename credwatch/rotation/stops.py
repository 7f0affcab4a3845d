"""The message of a stop: why, what is true at this moment, what can be chosen, and whether it can wait until morning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from credwatch.errors import ProviderError
from credwatch.ledger.journal import Milestone
from credwatch.model import NEVER, Facts, Level, Reason, Validity
from credwatch.model.rotating import Rotation, State, Target, Trouble, Turn
from credwatch.rotation.claiming import fresh
from credwatch.rotation.offers import Outside, offers
from credwatch.rotation.run import Run, told_to_go, was_live
from credwatch.rotation.steps.staging import at_hand
from credwatch.rotation.world import Seen

_MOST = 3
"""Places in one message, those first that need a look."""
_SOON = timedelta(hours=24)
_AGAIN = "Reminder in 24 h."
_GONE = "gone"
_PREFIXED = re.compile(r"(AKIA|ASIA|[A-Z]{2})[0-9A-Za-z]{10,}")


@dataclass(frozen=True)
class _Look:
    """One place as it is now."""

    words: str
    said: Validity
    seen: Seen | None
    well: bool
    """It holds one of our two keys, which works."""
    missing: bool = False
    """It was deleted."""


def stopped(run: Run, turn: Turn) -> Milestone:
    """A page only where a key that is in use is refused."""
    rotation = replace(run.rotation, resumes=turn.changes.get("resumes", run.rotation.resumes))  # type: ignore[arg-type]
    return _told(run, State.NEEDS_OPERATOR.value, rotation, turn.changes["trouble"], turn.detail)


def reminder(run: Run) -> Milestone:
    """The same a day later, as it is then. It pages nobody again."""
    rotation = run.rotation
    return replace(_told(run, "still", rotation, rotation.trouble, rotation.reason), level=Level.WARNING)


def _told(run: Run, name: str, rotation: Rotation, trouble: object, why: str) -> Milestone:
    looks = [_look(run, target) for target in rotation.targets]
    fails = any(one.said is Validity.INVALID for one in looks)
    unsure = any(one.said is not Validity.VALID for one in looks)
    impact = "Nothing is broken: each place works"
    if fails:
        impact = "A key that is in use is refused"
    elif unsure:
        impact = "We cannot tell whether each place works"
    alive, keys = _at_vendor(run)
    missing = [target.place for target, look in zip(rotation.targets, looks, strict=True) if look.missing]
    asked = keys if trouble is Trouble.CANDIDATES else ()
    lost = trouble is Trouble.STRANGER and _lost(run)
    told = told_to_go(run) or (run.world.minter is None and rotation.resumes is State.REVOKING)
    outside = Outside([one.seen for one in looks], alive.get("old") == _GONE, missing, asked, lost, told)
    lines = [
        f"Why: {_why(rotation, trouble, why)}",
        f"True now (read {run.now:%H:%M} UTC{_vendor(rotation, alive)}):",
        *_shown(run, looks),
        *offers(rotation, trouble, outside),
        f"{_waits(run, fails=fails, unsure=unsure)} {_AGAIN}",
    ]
    level = Level.PAGE if fails else Level.WARNING
    return Milestone(name, level, f"{impact}. A person must choose", tuple(lines))


def _lost(run: Run) -> bool:
    """Whether the new key cannot be written again where it was live; where that cannot be told it is not said."""
    try:
        return run.rotation.wish is None and was_live(run.rotation) and not at_hand(run)
    except ProviderError:
        return False


def named(key: Facts) -> str:
    """A key by what is public of it, short: `SK…41d2`, `AKIA…3XYZ`, the head of a UUID."""
    public = key.key_id or key.name or "?"
    if found := _PREFIXED.fullmatch(public):
        return f"{found[1]}…{public[-4:]}"
    return public[:8]


def _why(rotation: Rotation, trouble: object, why: str) -> str:
    """The place that it is about stands as a place."""
    theirs = trouble is Trouble.STRANGER and "was changed by somebody" in why
    for target in rotation.targets:
        if why.startswith(target.place):
            why = f"`{target.place}`{why.removeprefix(target.place)}"
            break
    return f"{why}. We did not write over it." if theirs else f"{why.rstrip('.')}."


def _look(run: Run, target: Target) -> _Look:
    try:
        seen = run.world.look(target)
        said = run.world.try_(target, seen).validity
    except ProviderError as error:
        missing = error.permanent and error.reason is Reason.NOT_FOUND
        return _Look(f"`{target.place}` · cannot be read: {error}", Validity.UNKNOWN, None, well=False, missing=missing)
    rotation = run.rotation
    known = {rotation.new_fp: f"new key ({named(rotation.new)})", rotation.old_fp: f"old key ({named(rotation.old)})"}
    what = known.get(seen.fingerprint or "-", "a third key (unknown to us)" if seen.fingerprint else "no whole key")
    works = {Validity.VALID: "works", Validity.INVALID: "is refused"}.get(said, "cannot tell whether it works")
    words = f"`{target.place}` · version {seen.version[:12]} · {what}, {works}"
    return _Look(words, said, seen, well=said is Validity.VALID and seen.fingerprint in known)


def _shown(run: Run, looks: Sequence[_Look]) -> Iterator[str]:
    """All places, or of many those that need a look, and the count of the others."""
    if len(looks) <= _MOST:
        yield from (one.words for one in looks)
        return
    shown = [one for one in looks if not one.well][: _MOST - 1]
    yield from (one.words for one in shown)
    others = [one for one in looks if one not in shown]
    well = ", each with the old or the new key, which works" if all(one.well for one in others) else ""
    yield f"{len(others)} other places{well}: `credwatch rotations show cw-{run.rotation.id}`"


def _at_vendor(run: Run) -> tuple[dict[str, str], Sequence[str]]:
    """How the two keys stand at the vendor, where its list shows them, and the ids of those that may be ours."""
    rotation, world = run.rotation, run.world
    if world.minter is None or world.exchanges:
        return {}, ()
    alive: dict[str, str] = {}
    for which, key in (("old", rotation.old), ("new", rotation.new)):
        if key.key_id is not None:
            try:
                now = world.detail(key)
            except ProviderError:
                alive[which] = "cannot tell"
            else:
                alive[which] = _GONE if now is None else "switched off" if now.disabled else "alive"
    try:
        keys = [key.key_id or "" for key in fresh(run, world.beside(rotation.old))]
    except ProviderError:
        return alive, ()
    return alive, [key for key in keys if key and key != rotation.new.key_id]


def _vendor(rotation: Rotation, alive: Mapping[str, str]) -> str:
    """The two keys as the vendor has them."""
    names = {"old": named(rotation.old), "new": named(rotation.new)}
    said = [f"{which} {names[which]} {stands}" for which, stands in alive.items()]
    return f"; at {rotation.minter}: {' · '.join(said)}" if said else ""


def _waits(run: Run, *, fails: bool, unsure: bool) -> str:
    """Whether somebody has to get up for it."""
    if fails:
        return "It cannot wait: whoever reads that place has no key that works."
    if unsure:
        return "Look first at what could not be tried: whether it can wait is not known."
    known = [one for one in (run.rotation.old.expires, run.rotation.new.expires) if one is not None and one != NEVER]
    ends = min((one for one in known if one > run.now), default=None)
    if ends is None:
        return "It can wait until morning: no end of either key is ahead."
    if ends - run.now < _SOON:
        return f"It can wait until {ends:%a %-d %b %H:%M} UTC: then a key ends."
    return f"It can wait until morning: no key ends before {ends:%-d %b}."
